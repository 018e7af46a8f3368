package bridge

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/internal/call"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// reception is a ground with one agent, whom its journal may not let have.
type reception struct {
	*ground
	presence string
	refused  error
	asked    atomic.Int32     // for presence
	reserved []tenant.AgentID // by a question of its own
}

func (r *reception) Choice(_ context.Context, _ tenant.ID, w Wanted) (Choice, error) {
	if len(w.Agents) != 1 || w.Agents[0] != "a2" {
		return Choice{}, nil
	}
	a := tenant.Agent{ID: "a2", OID: "oid", Name: "Ben", Endpoint: tenant.TeamsUser}
	return Choice{Agents: []roster.Candidate{{Agent: a}}, Refused: r.refused}, nil
}

func (r *reception) Presence(context.Context, tenant.Tenant, []string) (map[string]roster.Presence, error) {
	r.asked.Add(1)
	return map[string]roster.Presence{"oid": {Availability: r.presence, Source: "graph", At: time.Now()}}, nil
}

func (r *reception) Reserve(_ context.Context, _ tenant.ID, a tenant.AgentID, _ call.ID, _ tenant.ReservationID) (bool, error) {
	r.reserved = append(r.reserved, a)
	return false, nil
}

func (nobody) Ring(context.Context, Request, call.RingAgent) (string, error) {
	return "invitation", nil
}
func (nobody) Look(context.Context, Request, call.Look) (call.Observed, error) {
	return call.Observed{}, nil
}

// talk is a call in which people talk.
func (r *reception) talk() call.ID {
	synctest.Wait() // whoever looked for calls to adopt has looked
	r.b.registry, r.b.presence, r.b.journal = r, r, r
	c := r.b.newCall("t", call.Plan{Connectivity: call.Capabilities()[0].Connectivity, RingTimeout: 20 * time.Second})
	c.Phase, c.Connection = call.Connected, call.Connection{ID: "k", Resource: "r", State: call.ConnectionIsUp}
	c.Participants = []call.Participant{{ID: "1.0", Agent: "a1", State: call.Joined, JoinedAt: time.Now(), Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "first"}}}
	c.Near.State, c.Far.State, c.Media = call.LegUp, call.LegUp, true
	run := r.b.begin(Lease{Call: c.ID, Tenant: "t"}, c)
	r.b.world.Go(run.empty)
	return c.ID
}

func kindsOf(s Step) (all []string) {
	all = append(all, s.Event.Kind())
	for _, c := range s.Commands {
		all = append(all, c.Kind())
	}
	for _, a := range s.Actions {
		all = append(all, a.Do.Kind())
	}
	return all
}

// TestForeseen: who was seen to be free is rung by the step that asks for him, which
// keeps him, too.
func TestForeseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reception{ground: newGround(t), presence: "Available"}
		id := r.talk()
		f := r.b.Foresee(t.Context(), "t", "a2")
		if f == nil {
			t.Fatal("not foreseen")
		}
		if err := r.b.Add(t.Context(), id, call.AddAsked{ID: "x", Agent: "a2"}, f); err != nil {
			t.Fatal(err)
		}
		s := r.first()
		if got := kindsOf(s); len(got) != 3 || got[1] != (call.AgentChosen{}).Kind() || got[2] != (call.RingAgent{}).Kind() {
			t.Errorf("the step is %v", got)
		}
		if s.Reserve == nil || *s.Reserve != (Reserving{Agent: "a2"}) || len(r.reserved) > 0 {
			t.Errorf("keeps %+v, and reserved %v", s.Reserve, r.reserved)
		}
		if s.Seq() != 1 || s.After.Seq != 2 {
			t.Errorf("numbers %d to %d", s.Seq(), s.After.Seq)
		}
		if c, ok := r.b.Known(id); !ok || len(c.Participants) != 2 || c.Participants[1].ID != "x" {
			t.Errorf("known as %+v", c.Participants)
		}
		synctest.Wait()
		if _, err := r.b.registry.Choice(t.Context(), "t", Wanted{}); err != nil {
			t.Error(err)
		}
	})
}

// TestForeseenInVain: what was seen counts for nothing if it is not so, or not what
// the call wants; then the agent is chosen as always, by a step of its own.
func TestForeseenInVain(t *testing.T) {
	for name, change := range map[string]func(*reception){
		"taken since": func(r *reception) {
			r.set(func(s Step) error {
				if s.Reserve != nil {
					return ErrTaken
				}
				return nil
			})
		},
		"busy": func(r *reception) { r.presence = "Busy" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &reception{ground: newGround(t), presence: "Available"}
				id := r.talk()
				change(r)
				if err := r.b.Add(t.Context(), id, call.AddAsked{ID: "x", Agent: "a2"}, r.b.Foresee(t.Context(), "t", "a2")); err != nil {
					t.Fatal(err)
				}
				if s := r.first(); s.Reserve != nil || len(s.Commands) > 0 || kindsOf(s)[1] != (call.ChooseAgent{}).Kind() {
					t.Errorf("the step is %v, and keeps %v", kindsOf(s), s.Reserve)
				}
				synctest.Wait()
				if e, is := r.last().Event.(call.NobodyAvailable); !is || len(e.Why) == 0 {
					t.Errorf("then came %+v", r.last().Event)
				}
			})
		})
	}
}

func TestForeseesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reception{ground: newGround(t), presence: "Available"}
		r.talk()
		if f := r.b.Foresee(t.Context(), "t", "a3"); f != nil {
			t.Error("somebody who is not there was foreseen")
		}
		r.refused = context.Canceled
		if f := r.b.Foresee(t.Context(), "t", "a2"); f != nil {
			t.Error("of a tenant who is not called somebody was foreseen")
		}
		r.refused = nil
		r.asked.Store(0)
		r.b.Foresee(t.Context(), "t", "a2") // learns how he is called
		r.b.Foresee(t.Context(), "t", "a2")
		synctest.Wait()
		if n := r.asked.Load(); n != 3 { // the second time also ahead of everything else
			t.Errorf("presence was asked for %d times", n)
		}
	})
}
