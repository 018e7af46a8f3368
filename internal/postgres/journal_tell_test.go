package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// TestStepsAreTold: whoever listens hears of each step of a call, in order, once, and
// whom it was about.
func TestStepsAreTold(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	o := life("n1", 1)
	l, c := r.open(t, r.t1, o)
	ana := call.Endpoint{Kind: tenant.TeamsUser, ID: "00000000-0000-4000-8000-000000000001"}
	// At first nobody is free, and its place is news.
	asked := c
	asked.Plan.Queue = "0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"
	c = r.commit(t, l, next(asked, call.NobodyAvailable{Op: c.Choosing, Position: 2, Estimate: time.Minute, Why: []string{"Ana is Busy"}}))
	c = r.commit(t, l, next(c, call.QueueMoved{}))
	c = r.commit(t, l, next(c, call.NobodyAvailable{Op: c.Choosing, Position: 2}))
	c = r.commit(t, l, next(c, call.QueueMoved{}))
	agent := "7d2c5f0e-9c4e-4a53-8f0e-1f8f5a0d7c21"
	op := ""
	for _, e := range []func() call.Event{
		func() call.Event {
			return call.AgentChosen{Op: c.Choosing, Agent: tenant.AgentID(agent), Name: "Ana", Endpoint: ana}
		},
		func() call.Event { return call.LegProceeding{Side: call.Far, SIPCallID: "f"} },
		func() call.Event { return call.Invited{Resource: "eu-1", Context: "ctx"} },
		func() call.Event { return call.ConnectionAccepted{Op: c.Connection.Op, Connection: "c1"} },
		func() call.Event { return call.LegAnswered{Side: call.Far} },
		func() call.Event { return call.ConnectionUp{Connection: "c1"} },
		func() call.Event {
			op = c.Participants[0].Op
			return call.AgentJoined{Connection: "c1", Op: op, Endpoint: ana}
		},
		func() call.Event {
			return call.ParticipantsChanged{Connection: "c1", Present: []call.Endpoint{ana}}
		},
		func() call.Event { return call.LegAnswered{Side: call.Near} },
		func() call.Event { return call.LegEnded{Side: call.Near, By: call.ByCaller, Q850: 16} },
		func() call.Event { return call.ConnectionDown{Connection: "c1"} },
		func() call.Event { return call.LegEnded{Side: call.Far, By: call.ByTandem} },
	} {
		c = r.commit(t, l, next(c, e()))
	}
	if !c.Over() {
		t.Fatalf("the call is %s", c.Phase)
	}
	if _, err := r.store.RouteEvents(ctx, func(context.Context, pgx.Tx, provider.DeliveryKey, int) error { return nil }); err != nil {
		t.Fatal(err)
	}
	events, err := r.store.ListEvents(ctx, r.t1, "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(events) // the newest was first
	var kinds []provider.EventType
	for _, e := range events {
		kinds = append(kinds, e.Type)
		var w provider.CallWaitingData
		if e.Type == provider.CallWaiting {
			if err := json.Unmarshal(e.Data, &w); err != nil || w.Call != string(c.ID) || w.Queue != string(asked.Plan.Queue) || w.Position != 2 || w.EstimateS != 60 || len(w.Why) != 1 {
				t.Errorf("%s: %s, %v", e.Type, e.Data, err)
			}
			continue
		}
		var d provider.CallStepData
		if err := json.Unmarshal(e.Data, &d); err != nil || d.Call != string(c.ID) || d.Caller != c.Caller {
			t.Errorf("%s: %s, %v", e.Type, e.Data, err)
		}
		if about := d.Participant; (about != nil) != slices.Contains([]provider.EventType{provider.ParticipantRinging, provider.ParticipantJoined, provider.ParticipantLeft}, e.Type) ||
			about != nil && (about.Agent != agent || about.Name != "Ana") {
			t.Errorf("%s is about %+v", e.Type, about)
		}
	}
	want := []provider.EventType{
		provider.CallOffered, provider.CallWaiting, provider.ParticipantRinging, provider.ParticipantJoined, provider.CallConnected, provider.ParticipantLeft, provider.CallEnded,
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("told of %v, want %v", kinds, want)
	}
}

// TestWhoeverPublishedRoutes: the process that wrote an event hears of it, and of steps
// that tell nothing it hears nothing.
func TestWhoeverPublishedRoutes(t *testing.T) {
	r := newRig(t)
	told := 0
	r.OnPublished(func() { told++ })
	l, c := r.open(t, r.t1, life("n1", 1))
	before := told // the call was offered
	if before != 1 {
		t.Errorf("told %d times of a call that was offered", before)
	}
	c = r.commit(t, l, next(c, call.Doubted{}))
	if told != before {
		t.Error("told of a step that nobody else wants to know of")
	}
	stale := l
	stale.Epoch--
	if err := r.Commit(t.Context(), stale, next(c, call.LegEnded{Side: call.Near, By: call.ByCaller, Q850: 16})); !errors.Is(err, bridge.ErrStale) {
		t.Fatalf("a step of another owner: %v", err)
	}
	if told != before {
		t.Error("told of a step that was not written")
	}
}
