package postgres_test

import (
	"maps"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// TestWhatStaysIsNotWritten: with the call before a step known, its header and its
// deadlines are after each step those of the call, whether the step changed them or not.
func TestWhatStaysIsNotWritten(t *testing.T) {
	r := newRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	ana := call.Endpoint{Kind: tenant.TeamsUser, ID: "00000000-0000-4000-8000-000000000001"}
	for _, e := range []func() call.Event{
		func() call.Event {
			return call.AgentChosen{Op: c.Choosing, Agent: "7d2c5f0e-9c4e-4a53-8f0e-1f8f5a0d7c21", Name: "Ana", Endpoint: ana}
		},
		func() call.Event { return call.LegProceeding{Side: call.Far, SIPCallID: "f"} },
		func() call.Event { return call.Invited{Resource: "eu-1", Context: "ctx"} },
		func() call.Event { return call.ConnectionAccepted{Op: c.Connection.Op, Connection: "c1"} },
		func() call.Event { return call.LegAnswered{Side: call.Far} },
		func() call.Event { return call.ConnectionUp{Connection: "c1"} },
		func() call.Event { return call.AgentJoined{Connection: "c1", Endpoint: ana} },
		func() call.Event {
			return call.ParticipantsChanged{Connection: "c1", Sequence: 1, Present: []call.Endpoint{ana}}
		},
		func() call.Event { return call.LegAnswered{Side: call.Near} },
		func() call.Event { return call.HangUpAsked{} },
	} {
		s, before := next(c, e()), c
		s.Before = &before
		c = r.commit(t, l, s)
		r.admin(t, func(conn *pgx.Conn) error {
			var phase string
			if err := conn.QueryRow(t.Context(), `SELECT phase FROM call WHERE id = $1`, string(c.ID)).Scan(&phase); err != nil {
				return err
			}
			rows, err := conn.Query(t.Context(), `SELECT kind, due_at FROM call_deadline WHERE call_id = $1`, string(c.ID))
			if err != nil {
				return err
			}
			due := map[string]time.Time{}
			var kind string
			var at time.Time
			_, err = pgx.ForEachRow(rows, []any{&kind, &at}, func() error {
				due[kind] = at
				return nil
			})
			same := maps.EqualFunc(due, c.Deadlines, func(a, b time.Time) bool { return a.Equal(b) })
			if phase != string(c.Phase) || !same {
				t.Errorf("after %s: %s and %v, want %s and %v", s.Event.Kind(), phase, due, c.Phase, c.Deadlines)
			}
			return err
		})
	}
	if c.Phase != call.Ending {
		t.Fatalf("the call is %s", c.Phase)
	}
}

// TestForeign: whose a call of Microsoft's is can be told while it goes on.
func TestForeign(t *testing.T) {
	r := newRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	s := next(c, call.Doubted{})
	s.After.Connection.ServerCall = "srv"
	c = r.commit(t, l, s)
	want := func(of tenant.ID, name string, want bool) {
		t.Helper()
		if got, err := r.store.Foreign(t.Context(), of, name); err != nil || got != want {
			t.Errorf("%s of %s: %v, %v", name, of, got, err)
		}
	}
	want(r.t2, "srv", true)
	want(r.t1, "srv", false)
	want(r.t2, "another", false)
	r.commit(t, l, ending(c))
	want(r.t2, "srv", false)
}
