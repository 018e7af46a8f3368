package acs

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/google/uuid"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
)

// After a reset the other sides are told, and the application is not.
func TestReset(t *testing.T) {
	b := newBench(t)
	id := b.connected(b.streaming(nil), rawPhone)
	s := b.socket()
	b.event("MediaStreamingStarted")
	b.join(id, ada)
	b.ring(id, bob, "ring")
	b.states(b.record(id, nil), "inactive!", "active")
	b.want(b.play(id, body{"playOptions": body{"loop": true}}, "clip.wav"), http.StatusAccepted)
	b.event("PlayStarted")
	b.recognise(id, "dtmf", nil, body{"recognizeOptions": body{"targetParticipant": named(rawPhone)}, "interruptCallMediaOperation": false})
	waiting := newLeg()
	b.offer(waiting)
	leg, other := b.talking()
	b.backlog = nil

	b.Reset()
	b.over(leg)
	b.over(waiting)
	if waiting.status != http.StatusServiceUnavailable {
		t.Errorf("the waiting call got %d", waiting.status)
	}
	b.phoneIs(customer, "")
	b.leaves(ada)
	s.closes(t)
	if len(b.view(bob).Ringing)+len(b.Calls()) != 0 {
		t.Error("something is left")
	}
	for _, gone := range []string{id, other} {
		b.want(b.do(request{method: "GET", path: "/" + gone}), http.StatusNotFound)
	}
	again := b.connected(nil, rawPhone)
	b.states(b.record(again, nil), "inactive!", "active")
	b.must(http.StatusNoContent, "/"+again+":terminate", nil)
	b.event("CallDisconnected")
	b.event("RecordingStateChanged")
	b.announced()
	for _, e := range append(b.backlog, b.drained()...) {
		if e.Data.CallConnectionID != again && e.name() != "ParticipantsUpdated" { // one may have been on its way
			t.Errorf("told: %s", e.raw)
		}
	}
	if len(b.recorded) != 0 {
		t.Error("a lost file was announced")
	}
}

func (b *bench) drained() (list []told) {
	for len(b.events) > 0 {
		list = append(list, <-b.events)
	}
	return list
}

// An application that leaves takes what it plays along, and no one else.
func TestApplicationLeaves(t *testing.T) {
	b := newBench(t)
	id, user := b.withUser(customer, alice)
	b.addPhone(user, second)
	b.want(b.play(id, body{"playTo": []body{named(rawPhone)}, "playOptions": body{"loop": true}}, "short.wav"), http.StatusAccepted)
	b.event("PlayStarted")
	b.want(b.do(request{method: "DELETE", path: "/" + id}), http.StatusNoContent)
	b.result(b.eventOf(id, "PlayFailed"), 500, 8572)
	b.result(b.eventOf(id, "CallDisconnected"), 200, 7000)
	b.await("off hold", func() bool { return !b.participants(user)[0].IsOnHold })
	b.reaches(customer, other(), func() { b.say(second, other()) })
	if list := b.list(user); !alike(list, []string{rawPhone, alice, "4:" + second}) {
		t.Errorf("%v", list)
	}
	b.check(b.phones.HangUp(second))
	b.await("she is gone", func() bool { return len(b.list(user)) == 2 })
	b.check(b.phones.HangUp(customer))
	b.result(b.eventOf(user, "CallDisconnected"), 200, 560000)
	if len(b.Calls()) != 0 {
		t.Errorf("%+v", b.Calls())
	}
	for _, e := range b.backlog { // CallDisconnected was its last event
		if e.Data.CallConnectionID == id && slices.IndexFunc(b.all, func(o told) bool { return o.raw == e.raw }) > slices.IndexFunc(b.all, func(o told) bool { return o.name() == "CallDisconnected" && o.Data.CallConnectionID == id }) {
			t.Errorf("%s", e.raw)
		}
	}
}

// Whoever has dialled two phones takes them along.
func TestCallOfTwoDialledPhonesDrops(t *testing.T) {
	b := newBench(t)
	id, user := b.withUser(customer, alice)
	b.addPhone(id, second)
	b.want(b.do(request{method: "DELETE", path: "/" + id}), http.StatusNoContent)
	b.eventOf(id, "CallDisconnected")
	b.eventOf(user, "CallDisconnected")
	b.phoneIs(customer, "")
	b.phoneIs(second, "")
}

// A request whose answer is lost has been done, and says so when it is sent
// again under its id.
func TestLostAnswers(t *testing.T) {
	b := newBench(t)
	for _, knob := range []string{faults.HTTPCut, faults.HTTPReset} {
		q := request{method: "POST", body: b.creation(rawPhone), repeat: uuid.NewString()}
		b.fault(faults.Fault{Knob: knob, Scope: "create", Value: "before", Times: 1})
		b.lost(q)
		if len(b.Calls()) != 0 {
			t.Error("it was done")
		}
		b.fault(faults.Fault{Knob: knob, Scope: "create", Value: "after", Times: 1})
		b.lost(q)
		done := b.event("CallConnected")
		r := b.want(b.do(q), http.StatusCreated)
		if r.json(t)["callConnectionId"] != done.Data.CallConnectionID || r.header.Get("Repeatability-Result") != "accepted" {
			t.Errorf("%s", r.body)
		}
		if calls := b.Calls(); len(calls) != 1 {
			t.Errorf("%+v", calls)
		}
		b.must(http.StatusNoContent, "/"+done.Data.CallConnectionID+":terminate", nil)
		b.event("CallDisconnected")
	}
	b.fault(faults.Fault{Knob: faults.HTTPStatus, Scope: "create", Value: "429;retry-after=2", Times: 1})
	if r := b.post("", b.creation(rawPhone)); r.status != 429 || r.header.Get("Retry-After") != "2" || len(b.Calls()) != 0 {
		t.Errorf("%d %v", r.status, r.header)
	}
}

// lost sends a request that gets no answer. A client may send it again by
// itself, unless it has to do with a body that cannot be read again.
func (b *bench) lost(q request) {
	b.t.Helper()
	req := b.request(q)
	req.GetBody = nil
	req.Close = true
	res, err := b.api.Client().Do(req)
	if err == nil {
		_ = res.Body.Close()
		b.t.Fatalf("answered %d", res.StatusCode)
	}
}

// Every version that Microsoft takes is taken, and shapes the events.
func TestVersions(t *testing.T) {
	b := newBench(t)
	for _, v := range events.Versions() {
		r := b.want(b.do(request{method: "POST", body: b.creation(rawPhone), version: v}), http.StatusCreated)
		id, _ := r.json(t)["callConnectionId"].(string)
		e := b.eventOf(id, "CallConnected")
		if e.Data.Version != v {
			t.Errorf("%s: %s", v, e.raw)
		}
		for _, spelling := range []string{v, "2026-03-12"} {
			b.want(b.do(request{method: "GET", path: "/" + id, version: spelling}), http.StatusOK)
		}
		b.want(b.do(request{method: "DELETE", path: "/" + id, version: v}), http.StatusNoContent)
		b.eventOf(id, "CallDisconnected")
	}
}

// A token of Entra does instead of a signature.
func TestBearer(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Bearer = func(token string) error {
			if token != "good" {
				return errors.New("not good")
			}
			return nil
		}
	})
	id := b.connected(nil, rawPhone)
	for token, want := range map[string]int{"good": 200, "bad": 401} {
		req := b.request(request{method: "GET", path: "/" + id, unsigned: true})
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := b.api.Client().Do(req)
		b.check(err)
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d", token, res.StatusCode)
		}
	}
	none := newBench(t)
	req := none.request(request{method: "GET", path: "/" + id, unsigned: true})
	req.Header.Set("Authorization", "Bearer good")
	res, err := none.api.Client().Do(req)
	none.check(err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without tokens: %d", res.StatusCode)
	}
}
