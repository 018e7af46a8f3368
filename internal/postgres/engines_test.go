package postgres_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/postgres"
	"tandem/internal/roster"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// engine is a process whose calls get as far as somebody to ring: its edge does
// what it is asked, and Microsoft never answers.
type engine struct{ *bridge.Bridge }

// edge of an engine.
type edge struct{ engine }

func (edge) Ring(context.Context, call.ID) error                    { return nil }
func (edge) Answer(context.Context, call.ID) error                  { return nil }
func (edge) Dial(context.Context, call.ID, bridge.FarCall) error    { return nil }
func (edge) ConnectMedia(context.Context, call.ID) error            { return nil }
func (edge) Mute(context.Context, call.ID, bool) error              { return nil }
func (edge) Bury(context.Context, call.Side, json.RawMessage) error { return nil }
func (edge) DialOut(context.Context, call.ID, call.DialOut) error   { return nil }
func (e edge) HangUp(_ context.Context, id call.ID, h call.HangUpLeg) error {
	e.Leg(id, call.LegEnded{Side: h.Side, By: call.ByTandem})
	return nil
}

type microsoft struct{ bridge.Microsoft }

func (microsoft) Route(context.Context, call.Call, string) (bridge.FarRoute, error) {
	return bridge.FarRoute{}, nil
}

// everybodyIsThere is a presence source.
type everybodyIsThere struct{}

func (everybodyIsThere) Presence(_ context.Context, _ tenant.Tenant, oids []string) (map[string]roster.Presence, error) {
	found := map[string]roster.Presence{}
	for _, oid := range oids {
		found[oid] = roster.Presence{Availability: "Available", Source: "test", At: time.Now()}
	}
	return found, nil
}

func newEngine(t *testing.T, dsn, node string, seen func(bridge.Observation)) engine {
	t.Helper()
	s := openStore(t, dsn)
	j := postgres.NewJournal(s, slog.New(slog.DiscardHandler))
	world := &bridge.RealWorld{}
	e := engine{bridge.New(bridge.Config{
		Node: node, Life: node + ".1", World: world, Journal: j, Registry: s.Registry(), Presence: everybodyIsThere{},
		Microsoft: map[tenant.Connectivity]bridge.Microsoft{"": microsoft{}}, Logger: slog.New(slog.DiscardHandler), Hash: secret.Hash, Observe: seen,
	})}
	e.Use(edge{e})
	e.Start()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	listens := make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		j.Listen(ctx, node, e.Wake, func(of tenant.ID) {
			once.Do(func() { close(listens) })
			e.Freed(of)
		})
	})
	t.Cleanup(func() {
		stop()
		wg.Wait()
		e.Close()
		world.Stop()
	})
	<-listens
	return e
}

// TestTwoEngines: two processes, one agent. Whoever waits longest has him when he
// is free, though the call that had him is another process's, and is told so; he
// is never two calls'.
func TestTwoEngines(t *testing.T) {
	c := newCrew(t, 1)
	c.exec(t, `UPDATE queue SET wrap_up_ms = 0, hours = '{}'`)
	type event struct {
		id   call.ID
		kind string
	}
	happened := make(chan event, 1024)
	seen := func(o bridge.Observation) {
		if !o.Ignored {
			happened <- event{o.Call.ID, o.Event.Kind()}
		}
	}
	a, b := newEngine(t, c.db.Admin, "a", seen), newEngine(t, c.db.Admin, "b", seen)
	holder := call.ID("") // of the agent
	told := map[call.ID]bool{}
	until := func(what string, is func(event) bool) {
		t.Helper()
		limit := time.NewTimer(30 * time.Second)
		defer limit.Stop()
		for {
			select {
			case e := <-happened:
				switch e.kind {
				case (call.AgentChosen{}).Kind():
					if holder != "" {
						t.Fatalf("%s has the agent of %s", e.id, holder)
					}
					holder = e.id
				case (call.QueueMoved{}).Kind():
					told[e.id] = true
				}
				if is(e) {
					return
				}
			case <-limit.C:
				t.Fatalf("%s: not in time", what)
			}
		}
	}
	caller := func(e engine) call.ID {
		t.Helper()
		id, token, _, err := e.Request(t.Context(), c.t1, call.Plan{Queue: c.queue.ID, RingTimeout: 20 * time.Second, Policy: tenant.WithAgent})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Offer(t.Context(), bridge.Offer{Peer: "carrier", User: token, SIPCallID: token}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	is := func(id call.ID, kind string) func(event) bool {
		return func(e event) bool { return e == event{id, kind} }
	}
	chosen, nobody := (call.AgentChosen{}).Kind(), (call.NobodyAvailable{}).Kind()
	first := caller(a)
	until("the first has the agent", is(first, chosen))
	second := caller(b)
	until("the second waits", is(second, nobody))
	third := caller(a)
	until("the third waits", is(third, nobody))
	if w := c.choice(t).Waiting; len(w) != 2 || w[0].Call != second || w[1].Call != third {
		t.Errorf("%+v wait", w)
	}
	for _, next := range []struct{ ends, has call.ID }{{first, second}, {second, third}} {
		holder = ""
		if err := a.Ask(t.Context(), next.ends, call.HangUpAsked{}); err != nil {
			t.Fatal(err)
		}
		until("the next one has the agent", func(e event) bool { return e.kind == chosen })
		if holder != next.has {
			t.Fatalf("%s has the agent, not %s", holder, next.has)
		}
		if !told[next.has] {
			t.Errorf("%s was not told", next.has)
		}
	}
}
