package postgres_test

import (
	"testing"

	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// TestHandOver: the step that lets an agent move gives his reservation to the other
// call of the same tenant, as long as that is not over.
func TestHandOver(t *testing.T) {
	r := newRig(t)
	agent := tenant.AgentID(uuid.NewString())
	holder := func(want call.ID) {
		t.Helper()
		if n := r.count(t, `SELECT count(*) FROM reservation WHERE agent_id = $1 AND call_id = $2`, string(agent), string(want)); n != 1 {
			t.Errorf("call %s has him %d times", want, n)
		}
	}
	l1, from := r.open(t, r.t1, life("n1", 1))
	l2, to := r.open(t, r.t1, life("n1", 1))
	_, foreign := r.open(t, r.t2, life("n1", 1))
	if ok, err := r.Reserve(t.Context(), r.t1, agent, from.ID, ""); !ok || err != nil {
		t.Fatal(ok, err)
	}
	hand := func(c call.Call, id string, to call.ID) call.TellCall {
		return call.TellCall{Call: to, Hand: agent, Told: call.MoveTold{Tenant: c.Tenant, From: c.ID, Participant: id, Word: call.MoveGrants}}
	}
	step := func(c call.Call, do call.TellCall) call.Call {
		s := next(c, call.Doubted{})
		s.After.Seq = c.Seq + 1
		s.Actions = []call.Action{{ID: "hand", Do: do}}
		l := l1
		if c.ID == to.ID {
			l = l2
		}
		s.Actions[0].ID = string(do.Call) + do.Told.Participant
		return r.commit(t, l, s)
	}
	from = step(from, hand(from, "a", foreign.ID)) // never to another tenant's
	holder(from.ID)
	from = step(from, hand(from, "b", to.ID))
	holder(to.ID)
	from = step(from, hand(from, "c", to.ID)) // told twice
	holder(to.ID)
	to = step(to, hand(to, "d", from.ID)) // he stayed
	holder(from.ID)
	r.commit(t, l2, ending(to))
	from = step(from, hand(from, "e", to.ID)) // which is over
	holder(from.ID)
	r.commit(t, l1, ending(from))
	if n := r.count(t, `SELECT count(*) FROM reservation`); n != 0 {
		t.Errorf("still held: %d", n)
	}
}
