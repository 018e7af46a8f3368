package acs

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/evidence"
)

// What is only inferred can be had otherwise.
func TestSwitches(t *testing.T) {
	set := func(t *testing.T, name, value string) *bench {
		t.Helper()
		b := newBench(t)
		b.check(b.Switches.Set(name, value))
		return b
	}
	t.Run("a context is good again", func(t *testing.T) {
		b := set(t, evidence.ContextSingleUse, "no")
		in := b.offer(newLeg())
		answer := body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL}
		first := b.must(http.StatusOK, ":answer", answer)
		b.event("CallConnected")
		if again := b.must(http.StatusOK, ":answer", answer); again.json(t)["callConnectionId"] != first.json(t)["callConnectionId"] {
			t.Errorf("%s", again.body)
		}
	})
	t.Run("a second invitation of one who is rung", func(t *testing.T) {
		b := set(t, evidence.AddDuplicate, "accepted")
		_, id := b.talking()
		b.ring(id, ada, "one")
		b.ring(id, ada, "two")
		if n := len(b.view(ada).Ringing); n != 2 {
			t.Errorf("%d rings", n)
		}
		b.check(b.Directory.Answer(ada, ""))
		b.event("AddParticipantSucceeded")
		b.check(b.Directory.Answer(ada, ""))
		b.event("AddParticipantSucceeded")
		if list := b.list(id); !slices.Equal(list, []string{rawCaller, rawAda}) {
			t.Errorf("%v", list)
		}
		b.check(b.Directory.HangUp(ada, ""))
		b.leaves(ada)
		b.await("she is gone", func() bool { return len(b.list(id)) == 1 })
	})
	t.Run("no time to ring", func(t *testing.T) {
		b := set(t, evidence.AddZeroTimeout, "immediate")
		_, id := b.talking()
		b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": named(rawAda), "invitationTimeoutInSeconds": 0})
		b.result(b.event("AddParticipantFailed"), 487, 10004)
	})
	t.Run("zero is the default time", func(t *testing.T) {
		b := newBench(t)
		_, id := b.talking()
		b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": named(rawAda), "invitationTimeoutInSeconds": 0})
		b.Clock.Advance(defaultRingTime - time.Second)
		if len(b.view(ada).Ringing) != 1 {
			t.Error("not rung any more")
		}
		b.Clock.Advance(time.Second)
		b.result(b.event("AddParticipantFailed"), 487, 10004)
	})
	t.Run("an id for another request", func(t *testing.T) {
		b := set(t, evidence.RepeatabilityConflict, "replay")
		q := request{method: "POST", body: b.creation(rawPhone), repeat: uuid.NewString()}
		first := b.want(b.do(q), http.StatusCreated)
		q.body = b.creation("4:" + second)
		if again := b.want(b.do(q), http.StatusCreated); again.body != first.body {
			t.Errorf("%s", again.body)
		}
	})
	t.Run("the caller's end ends the call", func(t *testing.T) {
		b := set(t, evidence.CallerLeft, "end")
		leg, id := b.talking()
		b.join(id, ada)
		leg.end("sbc", 0, 16)
		b.result(b.event("CallDisconnected"), 200, 540000)
		b.leaves(ada)
	})
	t.Run("a failed answer is told once", func(t *testing.T) {
		b := set(t, evidence.FailedConnect, "one")
		leg := newLeg()
		leg.answer = func(context.Context) error { return context.DeadlineExceeded }
		in := b.offer(leg)
		b.must(http.StatusOK, ":answer", body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL})
		b.result(b.event("AnswerFailed"), 408, 1106)
		b.over(leg)
		if len(b.Calls())+len(b.events) != 0 {
			t.Errorf("%+v, %d events", b.Calls(), len(b.events))
		}
	})
	t.Run("signed long ago", func(t *testing.T) {
		b := set(t, evidence.HMACSkew, "none")
		id := b.connected(nil, rawPhone)
		req := b.request(request{method: "GET", path: "/" + id})
		date := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
		req.Header.Set("x-ms-date", date)
		key := b.Service.resources[immutableID].key
		req.Header.Set("Authorization", signedHeaders+sign(key, "GET", req.URL.RequestURI(), date, req.Host, hashOf(nil)))
		for want, value := range map[int]string{200: "none", 401: "5m"} {
			b.check(b.Switches.Set(evidence.HMACSkew, value))
			res, err := b.api.Client().Do(req)
			b.check(err)
			_ = res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s: %d", value, res.StatusCode)
			}
		}
	})
}
