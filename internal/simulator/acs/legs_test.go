package acs

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/phones"
)

// Adding an ACS user announces a call that has the ids of the running one, and
// whoever answers has a leg of his own.
func TestAddAnACSUser(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.must(http.StatusAccepted, "/"+id+"/participants:add", body{
		"participantToAdd": named(alice), "sourceDisplayName": "Contoso", "operationContext": "add", "operationCallbackUri": b.app.URL + "/op",
		"customCallingContext": body{"voipHeaders": body{"a": "b"}},
	})
	in := b.incoming()
	if in.From.RawID != rawPhone || in.To.RawID != alice || in.CustomContext.VoIPHeaders["a"] != "b" {
		t.Errorf("%+v", in)
	}
	if e := b.eventOf(id, "ParticipantsUpdated"); e.Data.Sequence != 3 || len(e.people()) != 1 {
		t.Errorf("while ringing: %+v", e.Data)
	}
	other := b.takes(in, "user")
	b.eventOf(other, "CallConnected")
	e := b.event("AddParticipantSucceeded")
	if e.Data.CallConnectionID != id || e.path != "/op" || e.Data.Context != "add" {
		t.Errorf("%+v", e)
	}
	for _, leg := range []string{id, other} {
		if e := b.eventOf(leg, "ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawPhone, alice}) || e.Data.Sequence != 4 {
			t.Errorf("%+v", e.Data)
		}
		if list := b.list(leg); !alike(list, []string{rawPhone, alice}) {
			t.Errorf("%v", list)
		}
	}
	// Removing him ends his leg, and no other.
	b.must(http.StatusAccepted, "/"+id+"/participants:remove", body{"participantToRemove": named(alice)})
	b.event("RemoveParticipantSucceeded")
	if e := b.eventOf(other, "CallDisconnected"); e.Data.Result.Code != 200 {
		t.Errorf("%+v", e.Data)
	}
	b.want(b.do(request{method: "GET", path: "/" + other}), http.StatusNotFound)
	if list := b.list(id); !alike(list, []string{rawPhone}) {
		t.Errorf("%v", list)
	}
}

func TestAddedUserRejects(t *testing.T) {
	for reason, want := range map[string][2]int{"none": {603, 0}, "Busy": {486, 8539}, "forbidden": {403, 0}} {
		b := newBench(t)
		id := b.connected(nil, rawPhone)
		b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": named(alice), "operationContext": "add"})
		in := b.incoming()
		b.must(http.StatusNoContent, ":reject", body{"incomingCallContext": in.IncomingCallContext, "callRejectReason": reason})
		e := b.result(b.event("AddParticipantFailed"), want[0], want[1])
		if !strings.HasPrefix(e.Data.Result.Message, "addParticipants failed for participant "+alice+". Underlying reason: ") {
			t.Errorf("%s", e.Data.Result.Message)
		}
		b.refused(404, "8522", ":answer", body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL})
		b.want(b.do(request{method: "GET", path: "/" + id}), http.StatusOK)
	}
}

// Whoever answers for an invited user too late has a leg that fails.
func TestCancelledWhileTheUserAnswers(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	r := b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": named(alice), "operationContext": "add"})
	in := b.incoming()
	b.must(http.StatusAccepted, "/"+id+"/participants:cancelAddParticipant", body{"invitationId": r.json(t)["invitationId"]})
	b.result(b.event("CancelAddParticipantSucceeded"), 200, 5300)
	b.refused(404, "8522", ":answer", body{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL})
}

// An invitation that is redirected goes on under its own id.
func TestRedirectOfAnInvitation(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	add := func() (string, incoming) {
		r := b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": named(alice), "operationContext": "add"})
		invitation, _ := r.json(t)["invitationId"].(string)
		return invitation, b.incoming()
	}
	_, in := add()
	b.refused(400, "8523", ":redirect", body{"incomingCallContext": in.IncomingCallContext, "target": named("4:" + second)})
	b.must(http.StatusNoContent, ":redirect", body{"incomingCallContext": in.IncomingCallContext, "target": named(carol)})
	again := b.incoming()
	if again.To.RawID != carol || again.From.RawID != rawPhone {
		t.Errorf("%+v", again)
	}
	b.takes(again, "user")
	b.event("AddParticipantSucceeded")
	if list := b.list(id); !alike(list, []string{rawPhone, carol}) {
		t.Errorf("%v", list)
	}
	invitation, in := add()
	b.must(http.StatusNoContent, ":redirect", body{"incomingCallContext": in.IncomingCallContext, "target": named(rawAda)})
	if len(b.view(ada).Ringing) != 1 {
		t.Fatal("Ada is not rung")
	}
	b.must(http.StatusAccepted, "/"+id+"/participants:cancelAddParticipant", body{"invitationId": invitation})
	b.event("CancelAddParticipantSucceeded")
	if len(b.view(ada).Ringing) != 0 {
		t.Error("Ada is rung still")
	}
	_, in = add()
	b.must(http.StatusNoContent, ":redirect", body{"incomingCallContext": in.IncomingCallContext, "target": named(rawAda)})
	b.check(b.Directory.Answer(ada, ""))
	b.event("AddParticipantSucceeded")
	if list := b.list(id); !alike(list, []string{rawPhone, carol, rawAda}) {
		t.Errorf("%v", list)
	}
}

// A caller who gives up before the other side's line is through leaves nobody
// behind.
func TestRedirectedCallerGivesUp(t *testing.T) {
	b := newBench(t)
	leg := newLeg()
	release := make(chan struct{})
	answering := make(chan struct{})
	leg.answer = func(context.Context) error { close(answering); <-release; return nil }
	in := b.offer(leg)
	b.must(http.StatusNoContent, ":redirect", body{"incomingCallContext": in.IncomingCallContext, "target": named(rawAda)})
	b.check(b.Directory.Answer(ada, ""))
	<-answering
	leg.end("sbc", 0, 16)
	b.await("the call is gone", func() bool { return len(b.Calls()) == 0 })
	close(release)
	b.leaves(ada)
}

// An application that has answered in the place of a redirected user is told when the caller has gone.
func TestRedirectedCallerIsGone(t *testing.T) {
	for name, c := range map[string]struct {
		gone bool // before his line is through; else it cannot be had
	}{"gives up": {true}, "cannot be answered": {}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			leg := newLeg()
			release, answering := make(chan struct{}), make(chan struct{})
			leg.answer = func(context.Context) error {
				close(answering)
				<-release
				return errors.New("no media")
			}
			in := b.offer(leg)
			b.must(http.StatusNoContent, ":redirect", body{"incomingCallContext": in.IncomingCallContext, "target": named(alice)})
			late := b.takes(b.incoming(), "late")
			<-answering
			if c.gone {
				leg.end("sbc", 0, 16)
			}
			close(release)
			b.eventOf(late, "AnswerFailed")
			b.await("the call is gone", func() bool { return len(b.Calls()) == 0 })
		})
	}
}

func TestRedirectToAPhone(t *testing.T) {
	b := newBench(t)
	leg := newLeg()
	leg.headers = map[string]string{"X-MS-Custom-Tandem": "token"}
	in := b.offer(leg)
	b.behave(customer, phones.Manual)
	b.must(http.StatusNoContent, ":redirect", body{"incomingCallContext": in.IncomingCallContext, "target": named(rawPhone)})
	b.phoneIs(customer, "ringing")
	if v, _ := b.phones.Phone(customer); v.Calls[0].Extra["X-MS-Custom-Tandem"] != "token" || v.Calls[0].With != ours {
		t.Errorf("%+v", v.Calls)
	}
	b.check(b.phones.Answer(customer))
	<-leg.answered
	b.phoneIs(customer, "talking")
	b.check(b.phones.HangUp(customer))
	b.over(leg)
	if len(b.events) != 0 {
		t.Error("the application was told of a redirected call")
	}
}

// An application joins a call that exists, and leaves it again.
func TestConnectAsAGuest(t *testing.T) {
	b := newBench(t)
	id, user := b.withUser(customer, alice)
	server := b.want(b.do(request{method: "GET", path: "/" + id}), 200).json(t)["serverCallId"]
	r := b.must(http.StatusOK, ":connect", body{
		"callLocator": body{"kind": "serverCallLocator", "serverCallId": server}, "callbackUri": b.app.URL + "/guest", "operationContext": "guest",
	})
	guest, _ := r.json(t)["callConnectionId"].(string)
	if e := b.eventOf(guest, "CallConnected"); e.Data.Context != "guest" || e.path != "/guest" {
		t.Errorf("%+v", e)
	}
	if e := b.eventOf(guest, "ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawPhone, alice}) {
		t.Errorf("%v", e.people())
	}
	if list := b.list(guest); !alike(list, []string{rawPhone, alice}) {
		t.Errorf("%v", list)
	}
	b.want(b.do(request{method: "DELETE", path: "/" + guest}), http.StatusNoContent)
	b.result(b.eventOf(guest, "CallDisconnected"), 200, 7000)
	if list := b.list(id); !alike(list, []string{rawPhone, alice}) {
		t.Errorf("%v", list)
	}
	// A guest who ends the call ends it for all.
	r = b.must(http.StatusOK, ":connect", body{"callLocator": body{"serverCallId": server}, "callbackUri": b.app.URL + "/guest"})
	guest, _ = r.json(t)["callConnectionId"].(string)
	b.eventOf(guest, "CallConnected")
	b.must(http.StatusNoContent, "/"+guest+":terminate", nil)
	for _, leg := range []string{guest, id, user} {
		b.eventOf(leg, "CallDisconnected")
	}
	b.phoneIs(customer, "")
}

// Groups and rooms are opened by the first who comes, and the next finds them.
func TestConnectToGroupsAndRooms(t *testing.T) {
	for _, locator := range []body{{"kind": "groupCallLocator", "groupCallId": "g1"}, {"kind": "roomCallLocator", "roomId": "99"}} {
		b := newBench(t)
		connect := func() (string, any) {
			r := b.must(http.StatusOK, ":connect", body{"callLocator": locator, "callbackUri": b.app.URL + "/guest"})
			id, _ := r.json(t)["callConnectionId"].(string)
			b.eventOf(id, "CallConnected")
			return id, r.json(t)["serverCallId"]
		}
		first, server := connect()
		again, same := connect()
		if server != same {
			t.Errorf("%v: two calls", locator)
		}
		// Who is asked into it before anybody is there hears of a caller all the same.
		b.must(http.StatusAccepted, "/"+first+"/participants:add", body{"participantToAdd": named(alice), "invitationTimeoutInSeconds": 1})
		if in := b.incoming(); in.From.Kind != "communicationUser" || !strings.HasPrefix(in.From.RawID, "8:acs:") {
			t.Errorf("called by %+v", in.From)
		}
		b.Clock.Advance(time.Second)
		b.eventOf(first, "AddParticipantFailed")
		b.addPhone(first, customer)
		if list := b.list(again); !alike(list, []string{rawPhone}) {
			t.Errorf("%v", list)
		}
		b.want(b.do(request{method: "DELETE", path: "/" + first}), http.StatusNoContent)
		b.eventOf(first, "CallDisconnected")
		b.phoneIs(customer, "talking")
		b.check(b.phones.HangUp(customer))
		b.eventOf(again, "CallDisconnected")
	}
}

func TestConnectRefusals(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		locator body
		status  int
		code    string
	}{
		"unknown call":  {body{"kind": "serverCallLocator", "serverCallId": "x"}, 404, "8522"},
		"nothing":       {body{"kind": "serverCallLocator"}, 400, "8523"},
		"two":           {body{"serverCallId": "x", "groupCallId": "y"}, 400, "8523"},
		"another two":   {body{"roomId": "x", "groupCallId": "y"}, 400, "8523"},
		"kind disagree": {body{"kind": "groupCallLocator", "roomId": "x"}, 400, "8523"},
	} {
		if r := b.post(":connect", body{"callLocator": c.locator, "callbackUri": b.app.URL}); r.status != c.status || r.code() != c.code {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}
