package postgres_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/explain"
	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/provider"
)

// TestMaterial: what the journal, the webhooks and the trail keep of a call is found by its
// id, for its tenant, and for nobody else.
func TestMaterial(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	w, err := r.store.CreateWebhook(ctx, provider.Webhook{
		ID: provider.WebhookID(uuid.NewString()), Tenant: r.t1, URL: "https://example.com/hook", Enabled: true, Secret: []byte("sealed"),
	})
	if err != nil {
		t.Fatal(err)
	}
	l, c := r.open(t, r.t1, life("n1", 1))
	other, _ := r.open(t, r.t1, life("n1", 1)) // of the same tenant, at the same time
	c = r.commit(t, l, next(c, call.NobodyAvailable{Op: c.Choosing, Why: []string{"Ana is Busy"}}))
	c = r.commit(t, l, next(c, call.LegEnded{Side: call.Near, By: call.ByTandem, Status: 480, Q850: 20}))
	if !c.Over() {
		t.Fatalf("the call is %s", c.Phase)
	}
	if _, err := r.store.RouteEvents(ctx, func(context.Context, pgx.Tx, provider.DeliveryKey, int) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{string(c.ID), string(other.Call)} {
		if err := r.store.Audit(ctx, r.t1, provider.Entry{Actor: "key:1", ActorName: "night", Action: "downloadCapture", Subject: subject}); err != nil {
			t.Fatal(err)
		}
	}
	trace := call.Trace{
		Leg: call.Near, End: call.Near, Began: now(), Left: 1, Sound: []call.SoundPoint{{At: now(), Packets: 500, MOS: 4.2}},
		Messages: []call.SIPMessage{{At: now(), Transport: "UDP", Local: "192.0.2.1:5060", Remote: "192.0.2.2:5060", Text: "INVITE sip:a SIP/2.0\r\n\r\n\x00\xff"}},
	}
	for range 2 { // who does not know whether it was written writes it again
		if err := r.store.KeepTraces(ctx, r.t1, []postgres.CallTrace{{Call: c.ID, Trace: trace}, {Call: other.Call, Trace: trace}}); err != nil {
			t.Fatal(err)
		}
	}
	m, err := r.store.Material(ctx, r.t1, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if trace.Messages[0].Text = strings.ToValidUTF8(trace.Messages[0].Text, "\ufffd"); len(m.Traces) != 1 || !reflect.DeepEqual(m.Traces[0], trace) {
		t.Errorf("kept of the dialogs: %+v", m.Traces)
	}
	var kinds, asked, told []string
	for _, e := range m.Events {
		kinds = append(kinds, e.Kind)
		if !json.Valid(e.Payload) || e.At.IsZero() {
			t.Errorf("%+v", e)
		}
	}
	for _, a := range m.Actions {
		asked = append(asked, a.Kind)
	}
	for _, one := range m.Told {
		told = append(told, string(one.Event.Type))
		if len(one.Deliveries) != 1 || one.Deliveries[0].Webhook != w.ID {
			t.Errorf("%s goes to %+v", one.Event.Type, one.Deliveries)
		}
	}
	if !slices.Equal(kinds, []string{"offered", "nobody_available", "leg_ended"}) || !slices.Equal(asked, []string{"choose_agent", "hang_up_leg"}) ||
		!slices.Equal(told, []string{"call.offered", "call.ended"}) || len(m.Trail) != 1 || m.Trail[0].ActorName != "night" {
		t.Errorf("events %v, actions %v, told %v, trail %+v", kinds, asked, told, m.Trail)
	}
	x := explain.Explain(c, m, now())
	if x.Verdict == nil || x.Verdict.ID != "nobody_available" {
		t.Errorf("verdict %+v", x.Verdict)
	}
	foreign, err := r.store.Material(ctx, r.t2, c.ID)
	if err != nil || len(foreign.Events)+len(foreign.Actions)+len(foreign.Told)+len(foreign.Trail) != 0 {
		t.Errorf("another tenant reads %+v, %v", foreign, err)
	}
	if _, err := r.store.Material(ctx, r.t1, "x"); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("no id: %v", err)
	}
}

// TestNumberEnding: calls and records are found by the last digits of any of their numbers.
func TestNumberEnding(t *testing.T) {
	r := newRig(t)
	l, c := r.open(t, r.t1, life("n1", 1)) // from +491701234567 to +493012345678
	r.commit(t, l, ending(c))
	for _, v := range []struct {
		digits string
		found  int
	}{{"234567", 1}, {"345678", 1}, {"170123", 0}, {"999", 0}} {
		q := provider.Query{From: c.ID.StartedAt(), Ending: v.digits}
		calls, err := r.store.ListCalls(t.Context(), r.t1, q)
		if err != nil || len(calls) != v.found {
			t.Errorf("%s finds %d calls, %v", v.digits, len(calls), err)
		}
		records, err := r.store.ListCDRs(t.Context(), "", q)
		if err != nil || len(records) != v.found {
			t.Errorf("%s finds %d records, %v", v.digits, len(records), err)
		}
	}
	for _, q := range []provider.Query{{Ending: "234567"}, {From: c.ID.StartedAt(), Ending: "%"}} {
		if _, err := r.store.ListCalls(t.Context(), r.t1, q); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
