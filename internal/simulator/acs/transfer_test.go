package acs

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/teams"
)

// transferring starts a transfer.
func (b *bench) transferring(id string, more body) response {
	b.t.Helper()
	return b.must(http.StatusAccepted, "/"+id+":transferToParticipant", b.with(body{"operationContext": "tr", "operationCallbackUri": b.app.URL + "/op"}, more))
}

// gone checks that a leg that was transferred away is answered 404/8522 for
// everything.
func (b *bench) gone(id string) {
	b.t.Helper()
	for _, q := range []request{
		{method: "GET", path: "/" + id}, {method: "DELETE", path: "/" + id}, {method: "POST", path: "/" + id + ":terminate"},
		{method: "GET", path: "/" + id + "/participants"},
		{method: "POST", path: "/" + id + ":transferToParticipant", body: body{"targetParticipant": named(rawAda)}},
		{method: "POST", path: "/" + id + "/participants:add", body: body{"participantToAdd": named(rawAda)}},
		{method: "POST", path: "/" + id + ":play", body: body{"playSources": []body{b.file("clip.wav")}}},
	} {
		if r := b.do(q); r.status != 404 || r.code() != "8522" {
			b.t.Errorf("%s %s after the transfer: %d %s", q.method, q.path, r.status, r.body)
		}
	}
}

// A call of two: the other one goes to the target, and the application is out.
func TestTransferOfTwo(t *testing.T) {
	t.Run("phone to Teams user", func(t *testing.T) {
		b := newBench(t)
		id := b.connected(nil, rawPhone)
		if r := b.transferring(id, body{"targetParticipant": named(rawAda)}); r.body != `{"operationContext":"tr"}` {
			t.Errorf("%s", r.body)
		}
		if state := b.want(b.do(request{method: "GET", path: "/" + id}), 200).json(t)["callConnectionState"]; state != "transferring" {
			t.Errorf("state %v", state)
		}
		b.refused(http.StatusConflict, "8607", "/"+id+":transferToParticipant", body{"targetParticipant": named(rawBob)})
		if v := b.view(ada); len(v.Ringing) != 1 || v.Ringing[0].From != customer {
			t.Fatalf("%+v", v.Ringing)
		}
		b.check(b.Directory.Answer(ada, ""))
		list := b.order("CallTransferAccepted", "CallDisconnected")
		if e := list[0]; e.path != "/op" || e.Data.Context != "tr" || !strings.Contains(e.data(t, "transferTarget"), rawAda) || !strings.Contains(e.data(t, "transferee"), rawPhone) {
			t.Errorf("%s", e.raw)
		}
		if e := list[1]; e.path != "/cb" || e.Data.Context != "create" || e.Data.Result.Code != 200 {
			t.Errorf("%+v", e.Data)
		}
		b.gone(id)
		if calls := b.Calls(); len(calls) != 1 || calls[0].State != "released" || !slices.Equal(calls[0].Participants, []string{rawPhone, rawAda}) {
			t.Errorf("%+v", calls)
		}
		b.check(b.phones.HangUp(customer))
		b.leaves(ada)
		if len(b.events)+len(b.backlog) != 0 {
			t.Error("the application is still told")
		}
	})
	t.Run("phone to phone", func(t *testing.T) {
		b := newBench(t)
		id := b.connected(nil, rawPhone)
		b.behave(second, phones.Manual)
		b.transferring(id, body{"targetParticipant": named("4:" + second), "customCallingContext": body{"sipHeaders": body{"X-MS-Custom-a": "1"}}})
		b.phoneIs(second, "ringing")
		if v, _ := b.phones.Phone(second); v.Calls[0].With != customer || v.Calls[0].Extra["X-MS-Custom-a"] != "1" {
			t.Errorf("%+v", v.Calls)
		}
		b.check(b.phones.Answer(second))
		b.order("CallTransferAccepted", "CallDisconnected")
		b.reaches(second, clip(), func() { b.say(customer, clip()) })
		b.check(b.phones.HangUp(second))
		b.phoneIs(customer, "")
	})
	t.Run("Teams user to phone", func(t *testing.T) {
		b := newBench(t)
		b.must200(b.Directory.Update(ada, teams.Change{Behaviour: &teams.Behaviour{Do: teams.Accept}}))
		id := b.begin(nil, rawAda)
		b.event("CallConnected")
		b.event("ParticipantsUpdated")
		b.transferring(id, body{"targetParticipant": named(rawPhone), "sourceCallerIdNumber": body{"value": ours}})
		b.order("CallTransferAccepted", "CallDisconnected")
		b.gone(id)
		b.check(b.Directory.HangUp(ada, ""))
		b.phoneIs(customer, "")
	})
	t.Run("ACS user to phone", func(t *testing.T) {
		b := newBench(t)
		id := b.begin(nil, alice)
		user := b.takes(b.incoming(), "user")
		b.eventOf(user, "CallConnected")
		b.eventOf(id, "CallConnected")
		b.transferring(id, body{"targetParticipant": named(rawPhone), "sourceCallerIdNumber": body{"value": ours}})
		b.event("CallTransferAccepted")
		b.eventOf(id, "CallDisconnected")
		b.gone(id)
		if list := b.list(user); !alike(list, []string{alice, rawPhone}) {
			t.Errorf("%v", list)
		}
		b.check(b.phones.HangUp(customer))
		b.eventOf(user, "CallDisconnected")
	})
}

// In a group only the transferee goes, and the rest of the call goes on.
func TestTransferOutOfAGroup(t *testing.T) {
	for name, leaver := range map[string]string{"phone": rawPhone, "ACS user": alice} {
		for target, who := range map[string]string{"phone": "4:+4930901829", "Teams user": rawAda, "ACS user": carol} {
			t.Run(name+" to "+target, func(t *testing.T) {
				b := newBench(t)
				b.must200(b.Directory.Update(ada, teams.Change{Behaviour: &teams.Behaviour{Do: teams.Accept}}))
				id, user := b.withUser(customer, alice)
				b.addPhone(id, second)
				if leaver == rawPhone {
					b.refused(400, "8523", "/"+id+":transferToParticipant", body{"targetParticipant": named(who)})
				}
				m := b.with(body{"targetParticipant": named(who), "transferee": named(leaver)}, body{"sourceCallerIdNumber": body{"value": ours}})
				b.transferring(id, m)
				third := ""
				if who == carol {
					third = b.takes(b.incoming(), "third")
				}
				b.event("CallTransferAccepted")
				rest := slices.DeleteFunc([]string{rawPhone, alice, "4:" + second}, func(raw string) bool { return raw == leaver })
				b.await("the transferee leaves", func() bool { return alike(b.list(id), rest) })
				if leaver == alice {
					b.await("the leg goes along", func() bool { return alike(b.list(user), []string{alice, who}) })
				}
				if third != "" {
					b.eventOf(third, "CallConnected")
					b.await("both are there", func() bool { return alike(b.list(third), []string{leaver, carol}) })
				}
				b.must(http.StatusNoContent, "/"+id+":terminate", nil)
				b.eventOf(id, "CallDisconnected")
				b.phoneIs(second, "")
				if leaver == rawPhone {
					b.phoneIs(customer, "talking")
					b.check(b.phones.HangUp(customer))
				} else {
					b.want(b.do(request{method: "DELETE", path: "/" + user}), http.StatusNoContent)
					b.eventOf(user, "CallDisconnected")
				}
				b.await("all calls end", func() bool { return len(b.Calls()) == 0 })
			})
		}
	}
}

// When a transfer fails the call goes on, and can be transferred again.
func TestTransferThatFails(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	for _, c := range []struct {
		target    string
		fail      func()
		code, sub int
	}{
		{rawAda, func() { b.check(b.Directory.Decline(ada, "")) }, 603, 0},
		{rawAda, func() { b.Clock.Advance(transferLimit) }, 487, 10004},
		{"4:" + second, nil, 486, 560486},
		{alice, func() {
			b.must(http.StatusNoContent, ":reject", body{"incomingCallContext": b.incoming().IncomingCallContext})
		}, 603, 0},
	} {
		b.behave(second, phones.Busy)
		b.transferring(id, body{"targetParticipant": named(c.target), "sourceCallerIdNumber": body{"value": ours}})
		if c.fail != nil {
			c.fail()
		}
		e := b.result(b.event("CallTransferFailed"), c.code, c.sub)
		if e.path != "/op" || e.Data.Context != "tr" {
			t.Errorf("%+v", e)
		}
		if state := b.want(b.do(request{method: "GET", path: "/" + id}), 200).json(t)["callConnectionState"]; state != "connected" {
			t.Errorf("state %v", state)
		}
	}
	b.transferring(id, body{"targetParticipant": named(rawAda)})
	b.check(b.phones.HangUp(customer))
	b.event("CallDisconnected")
	if len(b.view(ada).Ringing) != 0 {
		t.Error("Ada is rung still")
	}
}

func TestTransferRefusals(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	path := "/" + id + ":transferToParticipant"
	b.refused(400, "8523", path, body{"targetParticipant": named(rawPhone)})
	b.refused(404, "8522", path, body{"targetParticipant": named(rawAda), "transferee": named("4:" + second)})
	b.refused(500, "9999", path, body{"targetParticipant": body{"kind": "microsoftTeamsApp", "rawId": "28:orgid:" + ada}})
	b.addPhone(id, second)
	b.refused(400, "8523", path, body{"targetParticipant": named("4:" + second), "transferee": named(rawPhone)})
}

// Members come over from another call, with their sound.
func TestMove(t *testing.T) {
	b := newBench(t)
	here := b.connected(nil, rawPhone)
	there := b.connected(nil, "4:"+second)
	b.join(there, ada)
	path := "/" + here + "/participants:moveHere"
	b.refused(400, "8523", path, body{"targetParticipants": []body{named(rawAda)}, "fromCall": "x"})
	b.refused(400, "8523", path, body{"targetParticipants": []body{named(rawAda)}, "fromCall": here})
	r := b.must(http.StatusAccepted, path, body{
		"targetParticipants": []body{named(rawAda), named(rawBob)}, "fromCall": there, "operationContext": "mv", "operationCallbackUri": b.app.URL + "/op",
	})
	if m := r.json(t); m["fromCall"] != there || m["operationContext"] != "mv" || len(m["participants"].([]any)) != 2 {
		t.Errorf("%s", r.body)
	}
	e := b.event("MoveParticipantSucceeded")
	if e.path != "/op" || e.Data.Context != "mv" || e.Data.CallConnectionID != here || e.data(t, "fromCall") != `"`+there+`"` || !strings.Contains(e.data(t, "participant"), rawAda) {
		t.Errorf("%s", e.raw)
	}
	if e := b.result(b.event("MoveParticipantFailed"), 400, 8523); !strings.Contains(e.data(t, "participant"), rawBob) {
		t.Errorf("%s", e.raw)
	}
	if e := b.eventOf(here, "ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawPhone, rawAda}) {
		t.Errorf("%v", e.people())
	}
	if e := b.eventOf(there, "ParticipantsUpdated"); !slices.Equal(e.people(), []string{"4:" + second}) {
		t.Errorf("%v", e.people())
	}
	b.reaches(customer, other(), func() { b.check(b.Service.Say(here, rawAda, "", other())) })
	if !b.silent(second, other()) {
		t.Error("the call that she left hears her")
	}
	// The last one to be moved ends the call.
	b.must(http.StatusAccepted, path, body{"targetParticipants": []body{named("4:" + second)}, "fromCall": there})
	b.event("MoveParticipantSucceeded")
	b.eventOf(there, "CallDisconnected")
	if list := b.list(here); !alike(list, []string{rawPhone, rawAda, "4:" + second}) {
		t.Errorf("%v", list)
	}
	b.check(b.phones.HangUp(second))
	b.await("the moved phone leaves", func() bool { return len(b.list(here)) == 2 })
}
