package postgres_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
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

func (edge) Ring(context.Context, call.ID) error                             { return nil }
func (edge) Answer(context.Context, call.ID) error                           { return nil }
func (edge) Dial(context.Context, call.ID, bridge.FarCall) error             { return nil }
func (edge) Music(context.Context, call.ID, call.Side, bridge.Music) error   { return nil }
func (edge) Hold(context.Context, call.ID, bool) error                       { return nil }
func (edge) ConnectMedia(context.Context, call.ID) error                     { return nil }
func (edge) Mute(context.Context, call.ID, bool) error                       { return nil }
func (edge) Bury(context.Context, call.ID, call.Side, json.RawMessage) error { return nil }
func (edge) DialOut(context.Context, call.ID, call.DialOut) error            { return nil }
func (e edge) HangUp(_ context.Context, id call.ID, h call.HangUpLeg) error {
	e.Leg(id, call.LegEnded{Side: h.Side, By: call.ByTandem})
	return nil
}

type microsoft struct{ bridge.Microsoft }

func (microsoft) Route(context.Context, call.Call, string) (bridge.FarRoute, error) {
	return bridge.FarRoute{}, nil
}

func (microsoft) Resource(context.Context, tenant.ID, string) (string, error) { return "r", nil }
func (microsoft) Call(context.Context, bridge.Request, call.CallAgent) (call.AgentCalled, error) {
	return call.AgentCalled{Connection: "c"}, nil
}
func (microsoft) Ring(context.Context, bridge.Request, call.RingAgent) (string, error) {
	return "i", nil
}
func (microsoft) CancelRing(context.Context, bridge.Request, call.CancelRing) error { return nil }

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

// event is what two engines do.
type event struct {
	id   call.ID
	kind string
}

// pair is two processes, and one agent in the queue.
type pair struct {
	*crew
	a, b     engine
	happened chan event
	holder   call.ID // of the agent
	told     map[call.ID]bool
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{crew: newCrew(t, 1), happened: make(chan event, 1024), told: map[call.ID]bool{}}
	p.exec(t, `UPDATE queue SET wrap_up_ms = 0, hours = '{}'`)
	seen := func(o bridge.Observation) {
		if !o.Ignored {
			p.happened <- event{o.Call.ID, o.Event.Kind()}
		}
	}
	p.a, p.b = newEngine(t, p.db.Admin, "a", seen), newEngine(t, p.db.Admin, "b", seen)
	return p
}

func (p *pair) until(t *testing.T, what string, is func(event) bool) {
	t.Helper()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for {
		select {
		case e := <-p.happened:
			switch e.kind {
			case (call.AgentChosen{}).Kind():
				if p.holder != "" {
					t.Fatalf("%s has the agent of %s", e.id, p.holder)
				}
				p.holder = e.id
			case (call.QueueMoved{}).Kind():
				p.told[e.id] = true
			}
			if is(e) {
				return
			}
		case <-limit.C:
			t.Fatalf("%s: not in time", what)
		}
	}
}

func is(id call.ID, e call.Event) func(event) bool {
	return func(x event) bool { return x == event{id, e.Kind()} }
}

// caller is a call that begins in the queue.
func (p *pair) caller(t *testing.T, e engine) call.ID {
	t.Helper()
	id, token, _, err := e.Request(t.Context(), p.t1, call.Plan{Queue: p.queue.ID, RingTimeout: 20 * time.Second, Policy: tenant.WithAgent})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Offer(t.Context(), bridge.Offer{Peer: "carrier", User: token, SIPCallID: token}); err != nil {
		t.Fatal(err)
	}
	return id
}

// passesOn ends a call that has the agent, and sees who has him then.
func (p *pair) passesOn(t *testing.T, ends, has call.ID) {
	t.Helper()
	p.holder = ""
	if err := p.a.Ask(t.Context(), ends, call.HangUpAsked{}); err != nil {
		t.Fatal(err)
	}
	p.until(t, "the next one has the agent", func(e event) bool { return e.kind == (call.AgentChosen{}).Kind() })
	if p.holder != has {
		t.Fatalf("%s has the agent, not %s", p.holder, has)
	}
	if !p.told[has] {
		t.Errorf("%s was not told", has)
	}
}

func (p *pair) wait(t *testing.T, want ...call.ID) {
	t.Helper()
	if got := ids(p.choice(t).Waiting, func(w roster.Waiter) call.ID { return w.Call }); !slices.Equal(got, want) {
		t.Errorf("%v wait, want %v", got, want)
	}
}

// TestTwoEngines: two processes, one agent. Whoever waits longest has him when he
// is free, though the call that had him is another process's, and is told so; he
// is never two calls'.
func TestTwoEngines(t *testing.T) {
	p := newPair(t)
	first := p.caller(t, p.a)
	p.until(t, "the first has the agent", is(first, call.AgentChosen{}))
	second := p.caller(t, p.b)
	p.until(t, "the second waits", is(second, call.NobodyAvailable{}))
	third := p.caller(t, p.a)
	p.until(t, "the third waits", is(third, call.NobodyAvailable{}))
	p.wait(t, second, third)
	p.passesOn(t, first, second)
	p.passesOn(t, second, third)
}

// TestTwoEnginesAdd: a call under way that asks for somebody of the queue waits behind
// those that wait longer in another process, and before those that come later.
func TestTwoEnginesAdd(t *testing.T) {
	p := newPair(t)
	other := agent(t, p.store, p.t1, "9") // not in the queue
	talk, err := p.a.Place(t.Context(), p.t1, call.Plan{Agents: []tenant.AgentID{other.ID}, RingTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	p.until(t, "somebody is called", is(talk, call.AgentCalled{}))
	p.holder = "" // who is called is not of the queue
	up := bridge.Delivery{Call: talk, Seen: bridge.Seen{Resource: "r", EventID: "1"}, Event: call.ConnectionUp{Connection: "c"}}
	if err := p.a.Receive(t.Context(), up); err != nil {
		t.Fatal(err)
	}
	first := p.caller(t, p.b)
	p.until(t, "the first has the agent", is(first, call.AgentChosen{}))
	second := p.caller(t, p.b)
	p.until(t, "the second waits", is(second, call.NobodyAvailable{}))
	if err := p.a.Ask(t.Context(), talk, call.AddAsked{ID: "x", Queue: p.queue.ID}); err != nil {
		t.Fatal(err)
	}
	p.until(t, "the call under way waits", is(talk, call.NobodyAvailable{}))
	third := p.caller(t, p.b)
	p.until(t, "the third waits", is(third, call.NobodyAvailable{}))
	p.wait(t, second, talk, third)
	p.passesOn(t, first, second)
	p.passesOn(t, second, talk)
	p.until(t, "he is rung", is(talk, call.AgentInvited{}))
	if err := p.a.Ask(t.Context(), talk, call.RemoveAsked{Participant: "x"}); err != nil {
		t.Fatal(err)
	}
	p.holder = ""
	p.until(t, "the invitation is withdrawn", is(talk, call.RemoveAsked{}))
	p.wait(t, third) // who is taken back waits no more
	if err := p.a.Receive(t.Context(), bridge.Delivery{
		Call: talk, Seen: bridge.Seen{Resource: "r", EventID: "2"}, Event: call.RingCancelled{Connection: "c", Invitation: "i"},
	}); err != nil {
		t.Fatal(err)
	}
	p.until(t, "the third has the agent", is(third, call.AgentChosen{}))
}
