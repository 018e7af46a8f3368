package acs

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/phones"
)

// Where a cancelled invitation also fails, it fails as the add was asked for.
func TestCancelFailsTheAddIfAsked(t *testing.T) {
	b := newBench(t)
	b.check(b.Switches.Set(evidence.CancelFailedAdd, "both"))
	id := b.connected(nil, rawPhone)
	r := b.must(http.StatusAccepted, "/"+id+"/participants:add", body{
		"participantToAdd": named(rawAda), "operationContext": "add", "operationCallbackUri": b.app.URL + "/op",
	})
	b.must(http.StatusAccepted, "/"+id+"/participants:cancelAddParticipant", body{"invitationId": r.json(t)["invitationId"], "operationContext": "cancel"})
	if e := b.result(b.event("CancelAddParticipantSucceeded"), 200, 5300); e.Data.Context != "cancel" || e.path != "/cb" {
		t.Errorf("%+v", e)
	}
	if e := b.result(b.event("AddParticipantFailed"), 487, 0); e.Data.Context != "add" || e.path != "/op" {
		t.Errorf("%s %s", e.Data.Context, e.path)
	}
}

// A phone is added under a number, rings, and may refuse.
func TestAddAPhone(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	path := "/" + id + "/participants:add"
	b.refused(400, "8523", path, body{"participantToAdd": named("4:" + second)}) // from no number
	add := body{
		"participantToAdd": named("4:" + second), "sourceCallerIdNumber": body{"value": ours}, "operationContext": "add",
		"customCallingContext": body{"sipHeaders": body{"X-MS-Custom-a": "1"}},
	}
	b.behave(second, phones.Manual)
	r := b.must(http.StatusAccepted, path, add)
	b.phoneIs(second, "ringing")
	if v, _ := b.phones.Phone(second); v.Calls[0].With != ours || v.Calls[0].Extra["X-MS-Custom-a"] != "1" {
		t.Errorf("%+v", v)
	}
	b.must(http.StatusAccepted, "/"+id+"/participants:cancelAddParticipant", body{"invitationId": r.json(t)["invitationId"]})
	b.event("CancelAddParticipantSucceeded")
	b.phoneIs(second, "")
	for do, want := range map[string][2]int{phones.Busy: {486, 560486}, phones.Decline: {603, 560603}} {
		b.behave(second, do)
		b.must(http.StatusAccepted, path, add)
		e := b.result(b.event("AddParticipantFailed"), want[0], want[1])
		if !strings.Contains(e.raw, `"sipDetails":{"code":`+status(want[0])) || !strings.Contains(e.raw, `"q850Details":`) || e.Data.Context != "add" {
			t.Errorf("%s", e.raw)
		}
	}
	for name, headers := range map[string]body{
		"six headers": {"sipHeaders": body{"a": "", "b": "", "c": "", "d": "", "e": "", "f": ""}},
		"long value":  {"sipHeaders": body{"X-MS-Custom-a": strings.Repeat("x", 257)}},
		"long name":   {"sipHeaders": body{strings.Repeat("x", 65): "x"}},
		"long voip":   {"voipHeaders": body{"a": strings.Repeat("x", 1025)}},
	} {
		if r := b.post(path, b.with(add, body{"customCallingContext": headers})); r.status != 400 || r.code() != "8523" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

// An ACS leg that is muted stays so when it is taken along.
func TestMuteGoesAlong(t *testing.T) {
	b := newBench(t)
	id, user := b.withUser(customer, alice)
	b.addPhone(id, second)
	b.must(http.StatusOK, "/"+id+"/participants:mute", body{"targetParticipants": []body{named(alice)}})
	b.transferring(id, body{"targetParticipant": named("4:+4930901829"), "transferee": named(alice), "sourceCallerIdNumber": body{"value": ours}})
	b.event("CallTransferAccepted")
	b.await("taken along", func() bool { return alike(b.list(user), []string{alice, "4:+4930901829"}) })
	if p := b.participants(user)[0]; !p.IsMuted {
		t.Errorf("%+v", p)
	}
	props := b.want(b.do(request{method: "GET", path: "/" + user}), 200).json(t)
	other := b.want(b.do(request{method: "GET", path: "/" + id}), 200).json(t)
	if props["serverCallId"] == other["serverCallId"] {
		t.Error("two calls have one id")
	}
}

// Whom the transfer was for may leave before it comes about: then there is
// nothing to transfer to, and the leg that was answered fails.
func TestTransfereeLeavesFirst(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.addPhone(id, second)
	b.addPhone(id, "+4930901829")
	b.transferring(id, body{"targetParticipant": named(alice), "transferee": named(rawPhone)})
	in := b.incoming()
	b.check(b.phones.HangUp(customer))
	b.await("he is gone", func() bool { return len(b.list(id)) == 2 })
	late := b.takes(in, "late")
	b.result(b.eventOf(id, "CallTransferFailed"), 404, 8522)
	b.result(b.eventOf(late, "AnswerFailed"), 404, 8522)
	b.eventOf(late, "CallDisconnected")
	if list := b.list(id); !alike(list, []string{"4:" + second, "4:+4930901829"}) {
		t.Errorf("%v", list)
	}
}

// The desk sees calls and ends them.
func TestViewsAndHangUp(t *testing.T) {
	b := newBench(t)
	b.behave(second, phones.Manual)
	id := b.connected(nil, rawPhone)
	b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": named("4:" + second), "sourceCallerIdNumber": body{"value": ours}})
	b.states(b.record(id, nil), "inactive!", "active")
	v := b.Calls()[0]
	if v.State != "connected" || v.CallConnectionID != id || !slices.Equal(v.Participants, []string{rawPhone}) || !slices.Equal(v.Ringing, []string{"4:" + second}) || !v.Recording || v.To != customer {
		t.Errorf("%+v", v)
	}
	b.check(b.Service.HangUp(v.ServerCallID))
	b.result(b.event("CallDisconnected"), 200, 560000)
	b.phoneIs(customer, "")
	if b.Service.HangUp(id) == nil || b.Service.Say(id, rawPhone, "x", clip()) == nil {
		t.Error("the call is still known")
	}
	teams := b.begin(nil, rawAda)
	b.check(b.Directory.Answer(ada, ""))
	b.event("CallConnected")
	b.check(b.Service.HangUp(teams)) // without any phone
	b.event("CallDisconnected")
	b.leaves(ada)
}
