package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/flow"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Every kind of action has a redo rule, and none is left over.
func TestRedoRules(t *testing.T) {
	for _, d := range call.Doings() {
		_, ok := redoRules[d.Kind()]
		if _, operate := d.(call.Operate); ok == operate { // an operation's rule is that of its kind
			t.Errorf("redo rule for %s: %v", d.Kind(), ok)
		}
	}
	if len(redoRules) != len(call.Doings())-1 {
		t.Errorf("%d rules for %d kinds", len(redoRules), len(call.Doings()))
	}
	own := []call.OperationKind{call.Record, call.Remove, call.Move, call.Terminate} // have actions, or commands, of their own
	asked := map[call.OperationKind]bool{}
	for _, c := range call.Capabilities() {
		if c.Means == call.ByMicrosoftsAPI && !slices.Contains(own, c.Operation) {
			asked[c.Operation] = true
			if _, ok := operationRules[c.Operation]; !ok {
				t.Errorf("no redo rule for the operation %s", c.Operation)
			}
		}
	}
	if len(operationRules) != len(asked) {
		t.Errorf("%d rules for %d operations", len(operationRules), len(asked))
	}
}

func TestRequestIDs(t *testing.T) {
	a, b := requestID("c1", "1.0"), requestID("c1", "1.1")
	if a != requestID("c1", "1.0") || a == b || len(a) != 36 || a[14] != '4' {
		t.Errorf("%s %s", a, b)
	}
}

// ground is a bridge on a journal of one call, in real goroutines and fake time.
type ground struct {
	t     *testing.T
	b     *Bridge
	world *RealWorld

	mu      sync.Mutex
	commits []Step
	fail    func(Step) error
	hung    []call.HangUpLeg
	leg     chan string
	flow    tenant.FlowID // of the number
	claimed *Claimed      // what a former owner left
	away    bool          // flows cannot be read
	opening func()        // while a call is opened
}

func newGround(t *testing.T) *ground {
	g := &ground{t: t, world: &RealWorld{}, leg: make(chan string, 64)}
	g.b = New(Config{
		Node: "n", Life: "n.1", World: g.world, Journal: g, Registry: g, Presence: g,
		Microsoft: map[tenant.Connectivity]Microsoft{"": nobody{}, call.Capabilities()[0].Connectivity: nobody{}},
		Logger:    slog.New(slog.DiscardHandler),
		Hash:      func(s string) []byte { return []byte(s) },
	})
	g.b.Use(g)
	g.b.Start()
	t.Cleanup(func() { g.b.Close(); g.world.Stop() })
	return g
}

func (g *ground) offer() call.ID {
	g.t.Helper()
	bound := make(chan call.ID, 1)
	id, err := g.b.Offer(context.Background(), Offer{User: "+49100", SIPCallID: "x", Bind: func(id call.ID) { bound <- id }})
	if err != nil {
		g.t.Fatal(err)
	}
	if got := <-bound; got != id {
		g.t.Fatalf("bound to %s, offered %s", got, id)
	}
	return id
}

func (g *ground) did() []string {
	var all []string
	for {
		select {
		case s := <-g.leg:
			all = append(all, s)
		default:
			return all
		}
	}
}

// The journal is away: a callback is handed back, a BYE waits, and the engine
// looks at Microsoft afterwards.
func TestJournalAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		id := g.offer()
		synctest.Wait()
		g.set(func(Step) error { return fault.Unavailable("database_away", "down") })
		err := g.b.Receive(context.Background(), Delivery{Call: id, Event: call.Invited{Context: "x"}})
		if fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("a callback that could not be written: %v", err)
		}
		g.b.Leg(id, call.LegEnded{Side: call.Near, By: call.ByCaller})
		time.Sleep(3 * time.Second) //nolint:forbidigo // fake time: lets the retries come
		if len(g.did()) == 0 || g.b.Running() != 1 {
			t.Fatal("the call is gone although nothing could be written")
		}
		g.set(nil)
		time.Sleep(6 * time.Second) //nolint:forbidigo // fake time
		if last := g.last(); last.After.Ending == nil || last.After.Ending.Reason != call.ReasonCallerGaveUp {
			t.Errorf("the BYE was lost: %+v", last.After.Ending)
		}
	})
}

func TestStaleOwnerLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		id := g.offer()
		synctest.Wait()
		g.set(func(Step) error { return ErrStale })
		g.b.Leg(id, call.LegProceeding{Side: call.Far, Status: 180})
		synctest.Wait()
		if g.b.Running() != 0 || len(g.hung) != 2 {
			t.Errorf("%d calls run, %d legs were given back", g.b.Running(), len(g.hung))
		}
	})
}

func TestSeenIsSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		id := g.offer()
		synctest.Wait()
		g.set(func(s Step) error {
			if s.Seen != nil {
				return ErrSeen
			}
			return nil
		})
		if err := g.b.Receive(context.Background(), Delivery{Call: id, Event: call.Invited{Context: "x"}}); err != nil {
			t.Error(err)
		}
		if s := g.last(); s.After.Connection.State != call.ConnectionNone {
			t.Error("an event seen before counted twice")
		}
	})
}

// A list that says what is known is not worth a transaction, but an older one does not
// count after it, and the next step carries its number.
func TestListsThatSayNothingNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		id, err := g.b.Place(context.Background(), "t", call.Plan{Agents: []tenant.AgentID{"a1"}, RingTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		const connection = "at usual"
		here := []call.Endpoint{g.last().After.Participants[0].Endpoint}
		receive := func(e call.Event) (written int) {
			t.Helper()
			g.mu.Lock()
			before := len(g.commits)
			g.mu.Unlock()
			if err := g.b.Receive(context.Background(), Delivery{Call: id, Event: e}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			g.mu.Lock()
			defer g.mu.Unlock()
			return len(g.commits) - before
		}
		list := func(n int, present ...call.Endpoint) call.Event {
			return call.ParticipantsChanged{Connection: connection, ServerCall: "s", Sequence: n, Present: present}
		}
		if n := receive(list(1, here...)); n == 0 {
			t.Error("the list that shows him is not written")
		}
		for n := range 9 {
			if n := receive(list(2+n, here...)); n != 0 {
				t.Errorf("%d steps for a list that says what is known", n)
			}
		}
		if n := receive(list(5)); n != 0 || g.last().After.Connection.Sequence != 1 {
			t.Errorf("%d steps for an old list", n)
		}
		met := 0
		g.set(func(s Step) error {
			if s.Event.Kind() == list(0).Kind() {
				met = s.Before.Connection.Sequence
			}
			return nil
		})
		if n := receive(list(12)); n == 0 || met != 10 {
			t.Errorf("%d steps for the list without him, which met number %d", n, met)
		}
	})
}

// A flood fills the box once; the call ends with a reason, the process lives.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		id := g.offer()
		synctest.Wait()
		block := make(chan struct{})
		g.set(func(Step) error { <-block; return nil })
		for range 3 * boxSize {
			g.b.Leg(id, call.LegProceeding{Side: call.Far, Status: 180})
		}
		g.set(nil)
		close(block)
		synctest.Wait()
		if s := g.last(); s.After.Ending == nil || s.After.Ending.Reason != call.ReasonOverload {
			t.Errorf("ended %+v", s.After.Ending)
		}
	})
}

func TestCommandsAreRefusedWithAReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		id := g.offer()
		synctest.Wait()
		err := g.b.Ask(context.Background(), id, call.AddAsked{Agent: "a2"})
		if fault.KindOf(err) != fault.KindConflict {
			t.Errorf("adding to a call that is not connected: %v", err)
		}
		if err := g.b.Ask(context.Background(), id, call.HangUpAsked{}); err != nil {
			t.Error(err)
		}
	})
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		g.offer()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		go func() {
			for range g.leg { // the edge does as it is told
				g.b.Leg(g.last().After.ID, call.LegEnded{Side: call.Near, By: call.ByTandem})
				g.b.Leg(g.last().After.ID, call.LegEnded{Side: call.Far, By: call.ByTandem})
			}
		}()
		if err := g.b.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := g.b.Offer(ctx, Offer{User: "+49100"}); fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("a draining node took a call: %v", err)
		}
		close(g.leg)
	})
}

// A call that is being opened while the node begins to drain is asked to end, too.
func TestDrainWhileOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		g.opening = func() { _ = g.b.Drain(ctx) }
		if _, err := g.b.Place(context.Background(), "t", call.Plan{Agents: []tenant.AgentID{"a1"}, RingTimeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if c := g.last().After; c.Ending == nil || c.Ending.Message != "shutdown" {
			t.Errorf("it goes on: %s, %+v", c.Phase, c.Ending)
		}
	})
}

// slow is a Microsoft that takes its time to let us in.
type slow struct{ nobody }

func (slow) Connect(context.Context, Request, call.ConnectCall) (call.CallFound, error) {
	time.Sleep(2 * time.Second) //nolint:forbidigo // fake time
	return call.CallFound{Connection: "c1"}, nil
}

// Who does not wait for the host's call any more is out of the way of its answer.
func TestConnectGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		g.b.cfg.Microsoft[""] = slow{}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		plan := call.Plan{Host: &call.HostCall{Kind: call.HostGroup, ID: "g"}, RingTimeout: time.Minute}
		if id, err := g.b.Connect(ctx, "t", plan); fault.KindOf(err) != fault.KindUnavailable || id != "" {
			t.Errorf("%q, %v", id, err)
		}
		time.Sleep(2 * time.Second) //nolint:forbidigo // fake time
		synctest.Wait()
		if c := g.last().After; c.Connection.ID != "c1" {
			t.Errorf("the answer is lost: %+v", c.Connection)
		}
	})
}

// The caller over an SBC that is not ours has no leg that dies with its process: who takes
// his call over goes on with its flow, as soon as that can be read.
func TestFlowIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		_, d, err := g.Flow(context.Background(), "t", "f")
		if err != nil {
			t.Fatal(err)
		}
		c := call.New(call.NewID(time.Now(), [10]byte{1}), "t", call.Plan{
			External: true, Flow: &call.FlowRef{ID: "f", Version: 3}, Policy: tenant.AtOnce, Connectivity: call.Capabilities()[0].Connectivity, RingTimeout: time.Minute,
		})
		op := ""
		for _, e := range []func() call.Event{
			func() call.Event { return call.Invited{Resource: "r", Context: "x", Caller: "+4930"} },
			func() call.Event { return call.ConnectionAccepted{Op: op, Connection: "c1"} },
			func() call.Event { return call.ConnectionUp{Connection: "c1"} },
			func() call.Event { return call.OperationStarted{Op: op} },
		} {
			var asked, more []call.Action
			c, asked = call.Next(c, time.Now(), e())
			c, _, more = flow.Advance(d, c, time.Now())
			for _, a := range append(asked, more...) {
				op = a.ID
			}
		}
		g.claimed, g.away = &Claimed{Lease: Lease{Call: c.ID, Tenant: "t"}, Call: c}, true
		if _, err := g.b.claim(c.ID); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			done <- g.b.Receive(context.Background(), Delivery{Call: c.ID, Event: call.OperationEnded{Op: op, State: call.OperationDone}})
		}()
		time.Sleep(3 * time.Second) //nolint:forbidigo // fake time: the database is away
		g.mu.Lock()
		g.away = false
		g.mu.Unlock()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if c := g.last().After; c.Ending == nil || c.Ending.Reason != call.ReasonFlowEnded {
			t.Errorf("the flow stands still: %s, %+v in step %s", c.Phase, c.Ending, c.Flow.Step)
		}
	})
}

// An outbound call is journalled with its resource before anybody is called, and
// presence (which this ground does not have) is not asked for.
func TestPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		plan := call.Plan{Agents: []tenant.AgentID{"a1"}, RingTimeout: time.Minute, Once: "check 1"}
		for name, bad := range map[string]call.Plan{
			"nobody": {RingTimeout: time.Minute}, "two": {Agents: []tenant.AgentID{"a1", "a2"}, RingTimeout: time.Minute},
			"for ever":      {Agents: plan.Agents},
			"no connection": {Agents: plan.Agents, RingTimeout: time.Minute, Connectivity: "pigeons"},
			"no resource":   {Agents: plan.Agents, RingTimeout: time.Minute, Resource: "nowhere"},
		} {
			if _, err := g.b.Place(context.Background(), "t", bad); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		id, err := g.b.Place(context.Background(), "t", plan)
		if err != nil {
			t.Fatal(err)
		}
		if c := g.first().After; c.ID != id || c.Plan.Resource != "usual" || c.Plan.Direction != call.Outbound {
			t.Fatalf("journalled %+v", c)
		}
		synctest.Wait()
		s := g.last()
		if c := s.After; c.Connection.State != call.ConnectionPlaced || c.Connection.ID != "at usual" || c.Connection.Resource != "usual" {
			t.Errorf("connection %+v after %s", c.Connection, s.Event.Kind())
		}
		if again, err := g.b.Place(context.Background(), "t", plan); err != nil || again != id || g.b.Running() != 1 {
			t.Errorf("placed again: %s, %v, %d calls", again, err, g.b.Running())
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = g.b.Drain(ctx) // does not wait
		if _, err := g.b.Place(context.Background(), "t", plan); fault.CodeOf(err) != "draining" {
			t.Errorf("a draining node calls: %v", err)
		}
		synctest.Wait()
	})
}

func (g *ground) set(f func(Step) error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fail = f
}

func (g *ground) first() Step {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.commits[0]
}

func (g *ground) last() Step {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.commits[len(g.commits)-1]
}

func (g *ground) Create(_ context.Context, o Opening) (Lease, error) {
	if g.opening != nil {
		g.opening()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.commits {
		if once := o.Step.After.Plan.Once; once != "" && once == s.After.Plan.Once {
			return Lease{}, &Before{s.After.ID}
		}
	}
	g.commits = append(g.commits, o.Step)
	return Lease{Call: o.Step.After.ID}, nil
}

func (g *ground) Commit(_ context.Context, _ Lease, s Step) error {
	g.mu.Lock()
	fail := g.fail
	g.mu.Unlock()
	if fail != nil {
		if err := fail(s); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.commits = append(g.commits, s)
	return nil
}

func (g *ground) Claim(context.Context, call.ID, Owner) (Claimed, error) {
	if g.claimed != nil {
		return *g.claimed, nil
	}
	return Claimed{}, fault.NotFound("call_over", "no such call")
}
func (*ground) Renew(context.Context, Owner) error { return nil }
func (*ground) Adoptable(context.Context, Owner, bool, int) ([]call.ID, error) {
	return nil, nil
}
func (*ground) Post(context.Context, call.ID, call.Event, *Seen) error { return nil }
func (*ground) Collect(context.Context, Owner) ([]Posted, error)       { return nil, nil }
func (*ground) BindToken(context.Context, []byte, string) (call.ID, error) {
	return "", fault.Forbidden("token_unknown", "no such token")
}
func (*ground) Attempt(context.Context, []byte) (call.ID, error) { return "", errors.New("unused") }
func (*ground) Reserve(context.Context, tenant.ID, tenant.AgentID, call.ID, tenant.ReservationID) (bool, error) {
	return true, nil
}
func (*ground) Wait(context.Context, Waiting) error { return nil }
func (g *ground) Number(context.Context, string) (tenant.Number, error) {
	return tenant.Number{Tenant: "t", Connectivity: call.Capabilities()[0].Connectivity, AnswerPolicy: tenant.WithAgent, RingTimeout: time.Minute, Flow: g.flow}, nil
}
func (*ground) External(context.Context, string) (bool, error) { return false, nil }
func (*ground) Flow(_ context.Context, _ tenant.ID, id tenant.FlowID) (call.FlowRef, flow.Document, error) {
	d, err := flow.Parse([]byte(`{"steps": [{"name": "hello", "say": {"sounds": [{"text": "hello"}], "next": "bye"}}, {"name": "bye", "hang_up": {}}]}`))
	return call.FlowRef{ID: id, Version: 3}, d, err
}
func (g *ground) FlowVersion(ctx context.Context, t tenant.ID, ref call.FlowRef) (flow.Document, error) {
	if ref.ID == "deleted" {
		return flow.Document{}, fault.NotFound("flow_unknown", "there is no such flow")
	}
	g.mu.Lock()
	away := g.away
	g.mu.Unlock()
	if away {
		return flow.Document{}, fault.Unavailable("database_away", "down")
	}
	_, d, err := g.Flow(ctx, t, ref.ID)
	return d, err
}
func (*ground) DialPeer(context.Context, tenant.ID, string) (string, error) { return "carrier", nil }
func (g *ground) DialOut(context.Context, call.ID, call.DialOut) error      { return g.tell("dial out") }

func (*ground) Choice(context.Context, tenant.ID, Wanted) (Choice, error) {
	return Choice{Agents: []roster.Candidate{{Agent: tenant.Agent{ID: "a1", OID: "o1", Endpoint: tenant.TeamsUser}}}}, nil
}
func (*ground) Presence(context.Context, tenant.Tenant, []string) (map[string]roster.Presence, error) {
	return nil, fault.Unavailable("graph", "not today")
}

func (g *ground) tell(what string) error {
	select {
	case g.leg <- what:
	default:
	}
	return nil
}
func (g *ground) Ring(context.Context, call.ID) error                             { return g.tell("ring") }
func (g *ground) Answer(context.Context, call.ID) error                           { return g.tell("answer") }
func (g *ground) Dial(context.Context, call.ID, FarCall) error                    { return g.tell("dial") }
func (g *ground) Music(context.Context, call.ID, call.Side, Music) error          { return nil }
func (g *ground) Hold(context.Context, call.ID, bool) error                       { return g.tell("hold") }
func (g *ground) ConnectMedia(context.Context, call.ID) error                     { return g.tell("media") }
func (g *ground) Mute(context.Context, call.ID, bool) error                       { return g.tell("mute") }
func (g *ground) Bury(context.Context, call.ID, call.Side, json.RawMessage) error { return nil }
func (g *ground) HangUp(_ context.Context, _ call.ID, h call.HangUpLeg) error {
	g.mu.Lock()
	g.hung = append(g.hung, h)
	g.mu.Unlock()
	return g.tell("hang up")
}

// nobody is a Microsoft that has nothing to say.
type nobody struct{ Microsoft }

func (nobody) Route(context.Context, call.Call, string) (FarRoute, error) { return FarRoute{}, nil }
func (nobody) End(context.Context, Request, call.EndConnection) error     { return nil }
func (nobody) Resource(_ context.Context, _ tenant.ID, named string) (string, error) {
	if named != "" {
		return "", fault.Invalid("resource_unknown", "no such resource")
	}
	return "usual", nil
}
func (nobody) Call(_ context.Context, r Request, do call.CallAgent) (call.AgentCalled, error) {
	return call.AgentCalled{Connection: "at " + do.Resource}, nil
}
func (nobody) Refuse(context.Context, Request, call.RefuseInvitation) error { return nil }
func (nobody) Accept(context.Context, Request, call.AcceptInvitation) (call.ConnectionAccepted, error) {
	return call.ConnectionAccepted{Connection: "c1"}, nil
}
func (nobody) Operate(context.Context, Request, call.Operate) (bool, error) { return false, nil }

func TestReleased(t *testing.T) {
	with := func(agents ...tenant.AgentID) (c call.Call) {
		for _, a := range agents {
			c.Participants = append(c.Participants, call.Participant{Agent: a, State: call.Joined})
		}
		return c
	}
	for name, v := range map[string]struct {
		before call.Call
		e      call.Event
		after  call.Call
		want   []tenant.AgentID
	}{
		"who left":             {with("a", "b"), call.AgentFailed{}, with("b"), []tenant.AgentID{"a"}},
		"who was taken":        {with("a"), call.AgentChosen{Agent: "b"}, with("a", "b"), nil},
		"who came too late":    {with("a"), call.AgentChosen{Agent: "b"}, with("a"), []tenant.AgentID{"b"}},
		"who is there already": {with("a"), call.AgentChosen{Agent: "a"}, with("a"), nil},
		"no agent":             {with("a"), call.AgentChosen{}, with("a"), nil},
	} {
		if got := released(v.before, v.e, v.after); !slices.Equal(got, v.want) {
			t.Errorf("%s: %v, want %v", name, got, v.want)
		}
	}
}

// What a flow makes of an event is in the step of the event.
func TestFlowInTheStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		g.flow = "f"
		id := g.offer()
		synctest.Wait()
		for _, e := range []call.Event{
			call.Invited{Resource: "r", Context: "x"}, call.ConnectionUp{Connection: "c1"}, call.LegAnswered{Side: call.Far}, call.LegAnswered{Side: call.Near},
		} {
			g.b.Leg(id, e)
			synctest.Wait()
		}
		s := g.commits[slices.IndexFunc(g.commits, func(s Step) bool { return s.Event.Kind() == "leg_answered" && len(s.Commands) > 0 })]
		if p := s.After.Plan; *p.Flow != (call.FlowRef{ID: "f", Version: 3}) || p.Policy != tenant.AtOnce {
			t.Errorf("%+v", p)
		}
		var kinds []string
		for _, e := range s.Commands {
			kinds = append(kinds, e.Kind())
		}
		if want := []string{"flow_moved", "operate_asked", "flow_moved"}; !slices.Equal(kinds, want) {
			t.Fatalf("the flow commanded %v, want %v", kinds, want)
		}
		if s.After.Flow.Step != "hello" || s.Seq() != s.After.Seq-3 || len(s.Actions) != 1 || s.Actions[0].Do.Kind() != "operate" {
			t.Errorf("%+v", s)
		}
	})
}
