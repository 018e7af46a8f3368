package acs

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

func (e told) people() (list []string) {
	for _, p := range e.Data.Participants {
		list = append(list, p.Identifier.RawID)
	}
	return list
}

const (
	rawCaller = "4:" + caller
	rawAda    = "8:orgid:" + ada
)

func TestOneCallFromOfferToTerminate(t *testing.T) {
	b := newBench(t)
	leg := newLeg()
	leg.headers = map[string]string{"userToUser": "616263;encoding=hex", "X-MS-Custom-Tandem": "token"}
	in := b.offer(leg)
	if in.From.RawID != rawCaller || in.From.Kind != "phoneNumber" || in.To.RawID != "4:+493023125000" {
		t.Errorf("announced %+v", in)
	}
	if in.CustomContext == nil || in.CustomContext.SIPHeaders["X-MS-Custom-Tandem"] != "token" || in.CustomContext.VoIPHeaders == nil {
		t.Errorf("custom context %+v", in.CustomContext)
	}
	r := b.want(b.post(":answer", map[string]any{
		"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL + "/cb", "operationContext": "call", "unknownField": 1,
	}), http.StatusOK)
	props := r.json(t)
	if props["callConnectionState"] != "unknown" || props["serverCallId"] != in.ServerCallID || props["correlationId"] != in.CorrelationID {
		t.Errorf("properties %v", props)
	}
	if r.header.Get("X-Microsoft-Skype-Chain-ID") != in.CorrelationID || r.header.Get("Repeatability-Result") != "accepted" ||
		r.header.Get("x-ms-client-request-id") != "client-1" || r.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("header %v", r.header)
	}
	id, _ := props["callConnectionId"].(string)
	connected, updated := b.event("CallConnected"), b.event("ParticipantsUpdated")
	if connected.Data.Context != "call" || connected.Data.CallConnectionID != id || connected.Data.Version != version || connected.path != "/cb" {
		t.Errorf("CallConnected %+v", connected)
	}
	if updated.Data.Sequence != 1 || updated.Data.Context != "" || !slices.Equal(updated.people(), []string{rawCaller}) {
		t.Errorf("first update %+v", updated)
	}
	<-leg.answered
	r = b.want(b.do(request{method: http.MethodGet, path: "/" + id}), http.StatusOK)
	if r.json(t)["callConnectionState"] != "connected" {
		t.Errorf("state %s", r.body)
	}

	r = b.want(b.post("/"+id+"/participants:add", map[string]any{
		"participantToAdd": teamsUser(strings.ToUpper(ada)), "sourceDisplayName": "Contoso queue",
		"operationContext": "add-1", "operationCallbackUri": b.app.URL + "/op",
	}), http.StatusAccepted)
	if !strings.HasPrefix(r.body, `{"participant":{"identifier":{"rawId":"`+rawAda+`","kind":"microsoftTeamsUser","microsoftTeamsUser":{"userId":"`+ada+`","isAnonymous":false,"cloud":"public"}},"isMuted":false,"isOnHold":false},"operationContext":"add-1","invitationId":"`) {
		t.Errorf("add answered %s", r.body)
	}
	if e := b.event("ParticipantsUpdated"); e.Data.Sequence != 3 || len(e.people()) != 1 {
		t.Errorf("update while ringing %+v", e)
	}
	v, err := b.Directory.User(ada)
	if err != nil || len(v.Ringing) != 1 || v.Ringing[0].DisplayName != "Contoso queue" || v.Ringing[0].Call != id {
		t.Fatalf("ringing %+v, %v", v.Ringing, err)
	}
	if err := b.Directory.Answer(ada, ""); err != nil {
		t.Fatal(err)
	}
	success := b.event("AddParticipantSucceeded")
	updated = b.event("ParticipantsUpdated")
	if success.path != "/op" || success.Data.Context != "add-1" || success.Time != updated.Time || success.Data.Result.Code != 200 {
		t.Errorf("success %+v, update at %s", success, updated.Time)
	}
	if updated.Data.Sequence != 4 || !slices.Equal(updated.people(), []string{rawCaller, rawAda}) || updated.path != "/cb" {
		t.Errorf("update %+v", updated)
	}
	b.event("ParticipantsUpdated")

	r = b.want(b.do(request{method: http.MethodGet, path: "/" + id + "/participants"}), http.StatusOK)
	if list, _ := r.json(t)["value"].([]any); len(list) != 2 || strings.Contains(r.body, "nextLink") {
		t.Errorf("participants %s", r.body)
	}
	for _, spelling := range []string{"8%3Aorgid%3A" + ada, "8:orgid:" + ada, "4%3A%2B4930901820"} {
		b.want(b.do(request{method: http.MethodGet, path: "/" + id + "/participants/" + spelling}), http.StatusOK)
	}
	if got := b.want(b.do(request{method: http.MethodGet, path: "/" + id + "/participants/8%3Aorgid%3A" + bob}), http.StatusNotFound); got.code() != "8522" {
		t.Errorf("absent participant: %s", got.body)
	}
	if calls := b.Calls(); len(calls) != 1 || calls[0].CallConnectionID != id || len(calls[0].Participants) != 2 {
		t.Errorf("calls %+v", calls)
	}

	r = b.want(b.do(request{method: http.MethodPost, path: "/" + id + ":terminate"}), http.StatusNoContent)
	if r.body != "" || r.header.Get("Content-Type") != "" {
		t.Errorf("204 with %q, %v", r.body, r.header)
	}
	if e := b.event("CallDisconnected"); e.Data.Result.SubCode != 7000 || e.Data.Context != "call" {
		t.Errorf("end %+v", e)
	}
	b.over(leg)
	if leg.attached.Load() != 1 || leg.cause != 16 {
		t.Errorf("attached %d times, cause %d", leg.attached.Load(), leg.cause)
	}
	for _, path := range []string{"/" + id, "/" + id + "/participants", "/" + id + "/participants/8%3Aorgid%3A" + ada} {
		if got := b.want(b.do(request{method: http.MethodGet, path: path}), http.StatusNotFound); got.body != `{"error":{"code":"8522","message":"Call not found."}}` {
			t.Errorf("after the end: %s", got.body)
		}
	}
	if p, _ := b.Directory.Presence(tenantID, ada); p.Availability != "Available" {
		t.Errorf("presence after the call %+v", p)
	}
}

// How an invitation ends, and what the application hears of it.
func TestInvitationEndings(t *testing.T) {
	cases := []struct {
		name      string
		do        func(b *bench, call, invitation string)
		event     string
		code, sub int
		reason    string
	}{
		{"declined", func(b *bench, _, _ string) { _ = b.Directory.Decline(ada, "") }, "AddParticipantFailed", 603, 0, "Underlying reason: Decline. DiagCode: 603#0.@"},
		{"no answer", func(b *bench, _, _ string) { b.Clock.Advance(31 * time.Second) }, "AddParticipantFailed", 487, 10004, "DiagCode: 487#10004.@"},
		{"cancelled", func(b *bench, call, invitation string) {
			r := b.want(b.post("/"+call+"/participants:cancelAddParticipant", map[string]any{"invitationId": invitation, "operationContext": "op"}), http.StatusAccepted)
			if r.body != `{"invitationId":"`+invitation+`","operationContext":"op"}` {
				b.t.Errorf("cancel answered %s", r.body)
			}
		}, "CancelAddParticipantSucceeded", 200, 5300, "addParticipants failed for participant " + rawAda + ". Underlying reason: The conversation has ended. DiagCode: 0#5300.@"},
		{"cancel of an unknown invitation", func(b *bench, call, _ string) {
			b.want(b.post("/"+call+"/participants:cancelAddParticipant", map[string]any{"invitationId": "3521d4ba-294b-45e6-95a4-3fd06c24fb9b", "operationContext": "op"}), http.StatusAccepted)
		}, "CancelAddParticipantFailed", 404, 8522, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			_, call := b.talking()
			invitation := b.ring(call, ada, "op")
			c.do(b, call, invitation)
			e := b.event(c.event)
			if e.Data.Result.Code != c.code || e.Data.Result.SubCode != c.sub || e.Data.Context != "op" || !strings.Contains(e.Data.Result.Message, c.reason) {
				t.Errorf("%+v", e.Data)
			}
			if strings.HasPrefix(c.event, "Cancel") && e.Data.InvitationID == "" {
				t.Error("no invitationId")
			}
			b.want(b.do(request{method: http.MethodGet, path: "/" + call}), http.StatusOK)
		})
	}
}

// Users who cannot be rung fail at once, with the codes of §14.
func TestUsersWhoCannotBeRung(t *testing.T) {
	mobile, yes := teams.Mobile, true
	presence := func(a string) *teams.Presence { return &teams.Presence{Availability: a} }
	cases := []struct {
		name      string
		change    teams.Change
		fault     string
		code, sub int
	}{
		{"offline", teams.Change{Presence: presence("Offline")}, "", 480, 10037},
		{"do not disturb", teams.Change{Presence: presence("DoNotDisturb")}, "", 480, 10037},
		{"busy", teams.Change{Presence: presence("Busy")}, "", 486, 8539},
		{"phone only", teams.Change{Client: &mobile}, "", 480, 10037},
		{"not federated", teams.Change{NotFederated: &yes}, "", 403, 5223},
		{"fault", teams.Change{}, "408/4506", 408, 4506},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			_, call := b.talking()
			if _, err := b.Directory.Update(ada, c.change); err != nil {
				t.Fatal(err)
			}
			if c.fault != "" {
				if err := b.Faults.Set(faults.Fault{Knob: faults.AddResult, Scope: ada, Value: c.fault}); err != nil {
					t.Fatal(err)
				}
			}
			b.ring(call, ada, "op")
			if e := b.event("AddParticipantFailed"); e.Data.Result.Code != c.code || e.Data.Result.SubCode != c.sub {
				t.Errorf("%+v", e.Data.Result)
			}
		})
	}
}

// How a call ends, and with what.
func TestCallEndings(t *testing.T) {
	cases := []struct {
		name  string
		users []string
		do    func(b *bench, leg *fakeLeg, call string)
		sub   int
		code  int
	}{
		{"caller hangs up", nil, func(_ *bench, leg *fakeLeg, _ string) { leg.end("sbc", 0, 16) }, 540000, 200},
		{"media of the caller is lost", nil, func(_ *bench, leg *fakeLeg, _ string) { leg.end("media", 0, 22) }, 531005, 410},
		{"caller's side fails", nil, func(_ *bench, leg *fakeLeg, _ string) { leg.end("sbc", 503, 41) }, 540503, 503},
		{"app hangs up with the caller alone", nil, func(b *bench, _ *fakeLeg, call string) {
			b.want(b.do(request{method: http.MethodDelete, path: "/" + call}), http.StatusNoContent)
		}, 7000, 200},
		{"app terminates", []string{ada}, func(b *bench, _ *fakeLeg, call string) {
			b.want(b.post("/"+call+":terminate", nil), http.StatusNoContent)
		}, 7000, 200},
		{"app removes the only party", nil, func(b *bench, _ *fakeLeg, call string) {
			r := b.want(b.post("/"+call+"/participants:remove", map[string]any{"participantToRemove": map[string]any{"rawId": rawCaller}}), http.StatusAccepted)
			if r.body != "{}" {
				b.t.Errorf("remove answered %s", r.body)
			}
			b.event("RemoveParticipantSucceeded")
		}, 5001, 200},
		{"the caller, then the user", []string{ada}, func(b *bench, leg *fakeLeg, call string) {
			leg.end("sbc", 0, 16)
			if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawAda}) {
				b.t.Errorf("left: %v", e.people())
			}
			b.want(b.do(request{method: http.MethodGet, path: "/" + call}), http.StatusOK)
			if err := b.Directory.HangUp(ada, call); err != nil {
				b.t.Error(err)
			}
		}, 5001, 200},
		{"the user, then the caller", []string{ada}, func(b *bench, leg *fakeLeg, call string) {
			if err := b.Directory.HangUp(ada, ""); err != nil {
				b.t.Error(err)
			}
			if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawCaller}) {
				b.t.Errorf("left: %v", e.people())
			}
			leg.end("sbc", 0, 16)
		}, 540000, 200},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			leg, call := b.talking()
			for _, u := range c.users {
				b.join(call, u)
			}
			c.do(b, leg, call)
			e := b.event("CallDisconnected")
			if e.Data.Result.SubCode != c.sub || e.Data.Result.Code != c.code || e.Data.Context != "call" {
				t.Errorf("%+v", e.Data)
			}
			b.over(leg)
			b.want(b.do(request{method: http.MethodGet, path: "/" + call}), http.StatusNotFound)
			if v, err := b.Directory.User(ada); err != nil || len(v.Calls)+len(v.Ringing) != 0 {
				t.Errorf("Ada is still busy: %+v", v)
			}
		})
	}
}

func TestCallerGivesUpWhileTheAgentRings(t *testing.T) {
	b := newBench(t)
	leg, call := b.talking()
	b.ring(call, ada, "op")
	leg.end("sbc", 0, 16)
	b.event("CallDisconnected")
	if v, _ := b.Directory.User(ada); len(v.Ringing) != 0 {
		t.Error("Ada is still rung")
	}
}

func TestHangUpLeavesTwoOthersTalking(t *testing.T) {
	b := newBench(t)
	leg, call := b.talking()
	b.join(call, ada)
	b.want(b.do(request{method: http.MethodDelete, path: "/" + call}), http.StatusNoContent)
	b.event("CallDisconnected")
	b.want(b.do(request{method: http.MethodGet, path: "/" + call}), http.StatusNotFound)
	if calls := b.Calls(); len(calls) != 1 || calls[0].State != "released" {
		t.Fatalf("calls %+v", calls)
	}
	leg.end("sbc", 0, 16)
	b.leaves(ada)
}

func TestRemoveTheUser(t *testing.T) {
	b := newBench(t)
	leg, call := b.talking()
	b.join(call, ada)
	remove := func(oid string) {
		b.want(b.post("/"+call+"/participants:remove", map[string]any{"participantToRemove": teamsUser(oid), "operationContext": "rm"}), http.StatusAccepted)
	}
	remove(bob)
	if e := b.event("RemoveParticipantFailed"); e.Data.Result.SubCode != 8558 || e.Data.Context != "rm" {
		t.Errorf("%+v", e.Data)
	}
	remove(ada)
	b.event("RemoveParticipantSucceeded")
	if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawCaller}) {
		t.Errorf("left: %v", e.people())
	}
	b.leaves(ada)
	b.join(call, ada) // may come back
	select {
	case <-leg.ended:
		t.Error("the caller was thrown out too")
	default:
	}
}

// What happens to an offered call that is not answered.
func TestUnanswered(t *testing.T) {
	cases := []struct {
		name   string
		do     func(b *bench, leg *fakeLeg, in incoming)
		status int
	}{
		{"rejected", func(b *bench, _ *fakeLeg, in incoming) {
			b.want(b.post(":reject", map[string]any{"incomingCallContext": in.IncomingCallContext}), http.StatusNoContent)
		}, 603},
		{"rejected as busy", func(b *bench, _ *fakeLeg, in incoming) {
			b.want(b.post(":reject", map[string]any{"incomingCallContext": in.IncomingCallContext, "callRejectReason": "busy"}), http.StatusNoContent)
		}, 486},
		{"nobody answers", func(b *bench, _ *fakeLeg, _ incoming) { b.Clock.Advance(2 * time.Minute) }, 480},
		{"caller gives up", func(_ *bench, leg *fakeLeg, _ incoming) { leg.end("sbc", 487, 16) }, 487},
		{"reset", func(b *bench, _ *fakeLeg, _ incoming) { b.Reset() }, 503},
		{"redirected to one who declines", func(b *bench, _ *fakeLeg, in incoming) {
			b.want(b.post(":redirect", map[string]any{"incomingCallContext": in.IncomingCallContext, "target": teamsUser(ada)}), http.StatusNoContent)
			_ = b.Directory.Decline(ada, "")
		}, 603},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			leg := newLeg()
			in := b.offer(leg)
			c.do(b, leg, in)
			b.over(leg)
			if leg.status != c.status {
				t.Errorf("the leg got %d, want %d", leg.status, c.status)
			}
			for _, op := range []string{":answer", ":reject"} {
				got := b.post(op, map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL})
				if got.status != http.StatusNotFound || got.code() != "8522" {
					t.Errorf("%s afterwards: %d %s", op, got.status, got.body)
				}
			}
		})
	}
}

func TestRedirectToOneWhoAccepts(t *testing.T) {
	b := newBench(t)
	leg := newLeg()
	in := b.offer(leg)
	b.want(b.post(":redirect", map[string]any{"incomingCallContext": in.IncomingCallContext, "target": teamsUser(ada)}), http.StatusNoContent)
	if err := b.Directory.Answer(ada, ""); err != nil {
		t.Fatal(err)
	}
	<-leg.answered
	leg.end("sbc", 0, 16)
	b.leaves(ada)
}

func TestNoSubscription(t *testing.T) {
	b := newBench(t)
	b.Grid.Unsubscribe(events.Topic("eu"))
	leg := newLeg()
	b.Offer(immutableID, leg)
	b.over(leg)
	if leg.status != 480 {
		t.Errorf("the leg got %d", leg.status)
	}
	leg = newLeg()
	b.Offer("00000000-0000-4000-8000-000000000000", leg)
	if b.over(leg); leg.status != 403 {
		t.Errorf("unknown resource: %d", leg.status)
	}
	if err := b.Faults.Set(faults.Fault{Knob: faults.LegReject, Value: "503", Times: 1}); err != nil {
		t.Fatal(err)
	}
	leg = newLeg()
	b.Offer(immutableID, leg)
	if b.over(leg); leg.status != 503 {
		t.Errorf("fault: %d", leg.status)
	}
}

func TestAnswerThatFails(t *testing.T) {
	cases := []struct {
		name   string
		answer func(leg *fakeLeg) error
		code   int
		sub    int
	}{
		{"no ACK", func(*fakeLeg) error { return context.DeadlineExceeded }, 408, 1106},
		{"caller cancelled", func(leg *fakeLeg) error { leg.end("sbc", 487, 16); return context.Canceled }, 487, 540487},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			leg := newLeg()
			leg.answer = func(context.Context) error { return c.answer(leg) }
			in := b.offer(leg)
			b.want(b.post(":answer", map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL, "operationContext": "call"}), http.StatusOK)
			for _, name := range []string{"AnswerFailed", "CallDisconnected"} {
				if e := b.event(name); e.Data.Result.Code != c.code || e.Data.Result.SubCode != c.sub || e.Data.Context != "call" {
					t.Errorf("%s %+v", name, e.Data)
				}
			}
			if len(b.backlog) != 0 {
				t.Errorf("also told: %v", names(b.backlog))
			}
		})
	}
}

func TestAddWhileConnecting(t *testing.T) {
	b := newBench(t)
	leg := newLeg()
	release := make(chan struct{})
	leg.answer = func(context.Context) error { <-release; return nil }
	in := b.offer(leg)
	r := b.want(b.post(":answer", map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL, "answeredBy": map[string]any{"id": "8:acs:x_y"}}), http.StatusOK)
	id, _ := r.json(t)["callConnectionId"].(string)
	if got := b.post("/"+id+"/participants:add", map[string]any{"participantToAdd": teamsUser(ada)}); got.status != 400 || got.code() != "8501" {
		t.Errorf("add while connecting: %d %s", got.status, got.body)
	}
	if got := b.want(b.do(request{method: http.MethodGet, path: "/" + id}), 200); got.json(t)["callConnectionState"] != "connecting" {
		t.Errorf("state %s", got.body)
	}
	close(release)
	b.event("CallConnected")
	// An identity that the application gave is listed, as in the recordings.
	if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawCaller, "8:acs:x_y"}) {
		t.Errorf("participants %v", e.people())
	}
	leg.end("sbc", 0, 16)
	b.event("CallDisconnected")
}

func TestOrderFaults(t *testing.T) {
	for value, first := range map[string]string{"updated-first": "ParticipantsUpdated", "connected-first": "CallConnected"} {
		b := newBench(t)
		if err := b.Faults.Set(faults.Fault{Knob: faults.EventOrder, Value: value}); err != nil {
			t.Fatal(err)
		}
		in := b.offer(newLeg())
		b.want(b.post(":answer", map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL}), http.StatusOK)
		if e := <-b.events; e.name() != first {
			t.Errorf("%s: first came %s", value, e.name())
		}
	}

	b := newBench(t)
	for _, knob := range []string{faults.EventBeforeResponse, faults.EventBeforeAnswer} {
		if err := b.Faults.Set(faults.Fault{Knob: knob}); err != nil {
			t.Fatal(err)
		}
	}
	leg := newLeg()
	told := make(chan string, 1)
	leg.answer = func(context.Context) error { told <- (<-b.events).name(); return nil }
	in := b.offer(leg)
	b.want(b.post(":answer", map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL}), http.StatusOK)
	if len(b.events) != 1 { // one was taken inside Answer
		t.Errorf("%d events before the answer", len(b.events))
	}
	<-told
}

func TestStorm(t *testing.T) {
	b := newBench(t)
	if err := b.Faults.Set(faults.Fault{Knob: faults.EventStorm, Value: "3"}); err != nil {
		t.Fatal(err)
	}
	_, call := b.talking()
	b.join(call, ada)
	for range 3 {
		b.Clock.Advance(stormPause)
		if e := b.event("ParticipantsUpdated"); e.Data.Sequence != 4 || len(e.people()) != 2 {
			t.Errorf("%+v", e.Data)
		}
	}
}
