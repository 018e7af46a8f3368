package bridge

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// desk is a registry, a journal and a source of presence of which tests say the answers.
type desk struct {
	Journal
	Registry
	choice   Choice
	choose   func(Wanted) error // before each choice
	presence map[string]roster.Presence
	away     error // of the presence
	taken    []tenant.AgentID
	waits    []Waiting
	asked    atomic.Int32 // watches ask beside the test
}

func (d *desk) Choice(_ context.Context, _ tenant.ID, w Wanted) (Choice, error) {
	d.asked.Add(1)
	if d.choose != nil {
		if err := d.choose(w); err != nil {
			return Choice{}, err
		}
	}
	c := d.choice
	c.Agents = slices.Clone(c.Agents)
	return c, nil
}
func (d *desk) Presence(context.Context, tenant.Tenant, []string) (map[string]roster.Presence, error) {
	return d.presence, d.away
}
func (d *desk) Reserve(_ context.Context, _ tenant.ID, a tenant.AgentID, _ call.ID, _ tenant.ReservationID) (bool, error) {
	return !slices.Contains(d.taken, a), nil
}
func (d *desk) Wait(_ context.Context, w Waiting) error {
	d.waits = append(d.waits, w)
	return nil
}

func (d *desk) bridge(t *testing.T) *Bridge {
	t.Helper()
	world := &RealWorld{}
	b := New(Config{World: world, Journal: d, Registry: d, Presence: d, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { b.Close(); world.Stop() })
	return b
}

// open is a desk with a queue of Ana and Bob, who are there.
func open() *desk {
	d := &desk{presence: map[string]roster.Presence{}}
	for _, name := range []string{"Ana", "Bob"} {
		d.choice.Agents = append(d.choice.Agents, roster.Candidate{Agent: tenant.Agent{ID: tenant.AgentID(name), Name: name, OID: name, Endpoint: tenant.TeamsUser}})
		d.presence[name] = roster.Presence{Availability: "Available", Source: "graph", At: time.Now()}
	}
	d.choice.Queue = tenant.Queue{ID: "q", Name: "Sales", Strategy: tenant.InOrder}.Normalize()
	d.choice.Service = time.Minute
	return d
}

func TestChoose(t *testing.T) {
	waiter := func(id call.ID, tried ...tenant.AgentID) roster.Waiter { return roster.Waiter{Call: id, Tried: tried} }
	for name, row := range map[string]struct {
		change func(*desk)
		c      func(*call.Call)
		do     call.ChooseAgent
		agent  tenant.AgentID // chosen
		nobody call.NobodyAvailable
		why    string // the first line
	}{
		"the first": {agent: "Ana", why: "Ana is free: Available, 0 s old from graph"},
		"two wait longer": {
			change: func(d *desk) { d.choice.Waiting = []roster.Waiter{waiter("x"), waiter("y"), waiter("c"), waiter("z")} },
			nobody: call.NobodyAvailable{Position: 3, Estimate: 90 * time.Second}, why: "Ana is left to a call that waits longer",
		},
		"one waits longer": {change: func(d *desk) { d.choice.Waiting = []roster.Waiter{waiter("x"), waiter("c")} }, agent: "Bob", why: "Bob is free: Available, 0 s old from graph"},
		"who waits longer had her": {
			change: func(d *desk) { d.choice.Waiting = []roster.Waiter{waiter("x", "Ana")} }, agent: "Ana", why: "Ana is free: Available, 0 s old from graph",
		},
		"taken at this very moment": {change: func(d *desk) { d.taken = []tenant.AgentID{"Ana"} }, agent: "Bob", why: "Bob is free: Available, 0 s old from graph"},
		"all taken": {
			change: func(d *desk) { d.taken = []tenant.AgentID{"Ana", "Bob"} },
			nobody: call.NobodyAvailable{Position: 1, Estimate: 30 * time.Second}, why: "Ana is taken by another call",
		},
		"both away": {
			change: func(d *desk) {
				d.presence["Ana"], d.presence["Bob"] = roster.Presence{Availability: "Away", At: time.Now()}, roster.Presence{Availability: "Busy", At: time.Now()}
			},
			nobody: call.NobodyAvailable{Position: 1}, why: "Ana is Away, 0 s old from ",
		},
		"Graph is down": {
			change: func(d *desk) { d.presence, d.away = nil, fault.Unavailable("graph_away", "x") }, agent: "Ana", why: "Ana is rung last: no presence is known",
		},
		"Graph is down, and nobody is there": {
			change: func(d *desk) { d.choice.Agents, d.away = nil, fault.Unavailable("graph_away", "x") }, nobody: call.NobodyAvailable{Position: 1}, why: "there is no agent",
		},
		"closed": {
			change: func(d *desk) {
				d.choice.Queue.Hours = tenant.Hours{Zone: "UTC", Open: []tenant.Opening{{Days: []time.Weekday{time.Now().Add(48 * time.Hour).UTC().Weekday()}, Until: 60}}}
			},
			nobody: call.NobodyAvailable{Closed: true, Loss: call.LossClosed}, why: "Sales is closed at this hour",
		},
		"full": {
			change: func(d *desk) { d.choice.Queue.MaxLength, d.choice.Length = 2, 2 },
			nobody: call.NobodyAvailable{Closed: true, Loss: call.LossNobody}, why: "Sales is full: as many calls wait as may",
		},
		"full, but it waits already": {
			change: func(d *desk) {
				d.choice.Queue.MaxLength, d.choice.Length, d.choice.Waiting = 2, 2, []roster.Waiter{waiter("c"), waiter("x")}
			},
			agent: "Ana", why: "Ana is free: Available, 0 s old from graph",
		},
		"too long": {
			c: func(c *call.Call) { c.Marks.Offered = time.Now().Add(-time.Hour) }, nobody: call.NobodyAvailable{Closed: true, Loss: call.LossTimeout}, why: "the call has waited as long as Sales lets calls wait",
		},
		"the queue is gone": {
			change: func(d *desk) { d.choose = func(Wanted) error { return fault.NotFound("queue_unknown", "x") } },
			nobody: call.NobodyAvailable{Closed: true, Loss: call.LossNobody}, why: "there is no such queue any more",
		},
		"one of them is in the call, which waits for another": {
			c: func(c *call.Call) {
				c.Phase, c.Plan.Queue = call.Connected, ""
				c.Participants = []call.Participant{{ID: "1.0", Agent: "Ana", State: call.Joined}}
				c.Adds = []call.Sought{{AddAsked: call.AddAsked{ID: "x", Queue: "q"}, Since: time.Now()}}
			},
			change: func(d *desk) { d.choice.Agents[0].Kept = roster.Kept{Call: "c"} },
			agent:  "Bob", why: "Bob is free: Available, 0 s old from graph",
		},
		"the call, which talks, has waited too long for another": {
			c: func(c *call.Call) {
				c.Phase, c.Plan.Queue = call.Connected, ""
				c.Adds = []call.Sought{{AddAsked: call.AddAsked{ID: "x", Queue: "q"}, Since: time.Now().Add(-time.Hour)}}
			},
			nobody: call.NobodyAvailable{Closed: true, Loss: call.LossTimeout}, why: "the call has waited as long as Sales lets calls wait",
		},
		"rests": {
			change: func(d *desk) { d.choice.Agents[0].RestsUntil = time.Now().Add(10 * time.Second) }, agent: "Bob", why: "Bob is free: Available, 0 s old from graph",
		},
		"rests, but is wanted herself": {
			change: func(d *desk) { d.choice.Agents[0].RestsUntil = time.Now().Add(10 * time.Second) }, do: call.ChooseAgent{Wanted: []tenant.AgentID{"Ana"}},
			agent: "Ana", why: "Ana is free: Available, 0 s old from graph",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := open()
				if row.change != nil {
					row.change(d)
				}
				c := call.Call{ID: "c", Tenant: "t", Phase: call.Routing, Plan: call.Plan{Queue: "q"}, Marks: call.Marks{Offered: time.Now()}}
				if row.c != nil {
					row.c(&c)
				}
				do := row.do
				if len(do.Wanted) == 0 {
					do.Queue = "q"
				}
				e, err := d.bridge(t).choose(t.Context(), c, "1.0", do)
				if err != nil {
					t.Fatal(err)
				}
				var why []string
				switch e := e.(type) {
				case call.AgentChosen:
					if why = e.Why; e.Agent != row.agent || e.Queue != "" && e.RingTimeout != tenant.DefaultRingTimeout || e.Queue != do.Queue || e.Op != "1.0" || len(d.waits) > 0 {
						t.Errorf("%+v, waits %v", e, d.waits)
					}
				case call.NobodyAvailable:
					why = e.Why
					if e.Position != row.nobody.Position || e.Estimate != row.nobody.Estimate || e.Closed != row.nobody.Closed || row.agent != "" || (len(d.waits) == 1) == e.Closed {
						t.Errorf("%+v, waits %v; want %+v", e, d.waits, row.nobody)
					}
				}
				first := why
				if len(d.choice.Agents) == 0 && len(why) > 1 { // behind the failure of Graph
					first = why[1:]
				}
				if row.why != "" && (len(first) == 0 || first[0] != row.why) {
					t.Errorf("because %q, want %q", why, row.why)
				}
				if d.away != nil && len(d.choice.Agents) > 0 && !slices.Contains(why, "presence could not be read (graph_away)") {
					t.Errorf("nobody says that Graph is down: %q", why)
				}
			})
		})
	}
}

// Somebody who becomes free while a queue is asked is not overlooked.
func TestChooseAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open()
		d.taken = []tenant.AgentID{"Ana", "Bob"}
		b := d.bridge(t)
		d.choose = func(Wanted) error {
			if d.asked.Load() == 2 {
				d.taken = nil
			}
			b.Freed("t")
			return nil
		}
		e, err := b.choose(t.Context(), call.Call{ID: "c", Tenant: "t", Plan: call.Plan{Queue: "q"}, Marks: call.Marks{Offered: time.Now()}}, "1.0", call.ChooseAgent{Queue: "q"})
		if chosen, is := e.(call.AgentChosen); err != nil || !is || chosen.Agent != "Ana" || d.asked.Load() != 2 {
			t.Errorf("%+v, %v after %d questions", e, err, d.asked.Load())
		}
		d.taken = []tenant.AgentID{"Ana", "Bob"}
		d.asked.Store(2)
		if e, err := b.choose(t.Context(), call.Call{ID: "c", Tenant: "t", Plan: call.Plan{Queue: "q"}, Marks: call.Marks{Offered: time.Now()}}, "1.0", call.ChooseAgent{Queue: "q"}); err != nil || d.asked.Load() > 2+1+mostAgain {
			t.Errorf("%+v, %v after %d questions", e, err, d.asked.Load()-2)
		}
	})
}

// Who watches the same shares one look; it ends with the last of them, and all do
// with the process.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open()
		b := d.bridge(t)
		first, stop := context.WithCancel(t.Context())
		one, err := b.Watch(first, "t", Wanted{Queue: "q"})
		if err != nil {
			t.Fatal(err)
		}
		two, err := b.Watch(t.Context(), "t", Wanted{Queue: "q"})
		if err != nil {
			t.Fatal(err)
		}
		if a := <-one; len(a.Agents) != 2 || a.Agents[0].State != roster.Free || d.asked.Load() != 2 {
			t.Errorf("%+v after %d questions", a, d.asked.Load())
		}
		<-two
		time.Sleep(3 * watchEvery) //nolint:forbidigo // of a clock that is not real
		synctest.Wait()
		if d.asked.Load() != 5 {
			t.Errorf("%d questions for two who watch for three turns", d.asked.Load()-2)
		}
		if a := <-one; time.Since(a.At) > watchEvery {
			t.Errorf("told of %v ago", time.Since(a.At))
		}
		stop()
		synctest.Wait()
		if n := len(b.watches); n != 1 {
			t.Errorf("%d watches", n)
		}
		for i := range maxWatches - 1 {
			if _, err := b.Watch(t.Context(), "t", Wanted{Agents: []tenant.AgentID{tenant.AgentID(rune('a' + i))}}); err != nil {
				t.Fatal(err)
			}
		}
		_, err = b.Watch(t.Context(), "t", Wanted{})
		if fault.CodeOf(err) != "watches_exhausted" {
			t.Errorf("one too many: %v", err)
		}
		b.StopWatching()
		<-two
		if _, goesOn := <-two; goesOn {
			t.Error("it goes on")
		}
		if late, err := b.Watch(t.Context(), "t", Wanted{}); err != nil {
			t.Error(err)
		} else if _, goesOn := <-late; !goesOn {
			t.Error("not even the first answer")
		} else if _, goesOn := <-late; goesOn {
			t.Error("it goes on")
		}
		synctest.Wait()
	})
}
