package sim

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/flow"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// faults are one in n; 0 is never.
type faults struct {
	request int // a request fails before or after it took effect
	lose    int // a callback is lost
	double  int // a callback comes twice
	refuse  int // the far leg is refused, an ACK is lost
	lie     int // a refusal is told as a success, a list shows somebody who still rings
}

// Sim is one run.
type Sim struct {
	w         *world
	db        *database
	ms        *microsoft
	faults    faults
	processes []*process
	agents    []tenant.Agent
	dialogs   map[string]*dialog
	failure   error
	lives     int
	strategy  tenant.Strategy // of the queue
	wrapUp    time.Duration
	checks    int
	visits    int
	died      time.Time // when a process did, last
	moves     int
	records   int
}

// process is one life of one node.
type process struct {
	s      *Sim
	node   string
	life   string
	dead   bool
	bridge *bridge.Bridge
	edge   *edge
}

// Now, Go and After make a process the world of its bridge.
func (p *process) Now() time.Time { return p.s.w.now }
func (p *process) Go(f func())    { p.s.w.in(p.s.w.upTo(5*time.Millisecond), p, f) }
func (p *process) After(d time.Duration, f func()) (stop func()) {
	return p.s.w.in(d, p, f)
}

// die ends a process; its node comes back after a while.
func (p *process) die() {
	p.dead, p.s.died = true, p.s.w.now
	p.s.w.in(time.Second+p.s.w.upTo(30*time.Second), nil, func() { p.s.boot(p.node) })
}

// Run plays one seed: its CDRs, the story of the run, and the broken invariant
// if there is one.
func Run(seed uint64) (cdrs []call.CDR, story []string, err error) {
	w := newWorld(seed)
	s := &Sim{w: w, dialogs: map[string]*dialog{}}
	s.db = newDatabase(w)
	s.ms = &microsoft{
		heard: map[string]bool{},
		s:     s, conns: map[string]*connection{}, calls: map[string]*connection{}, done: map[string]any{}, people: map[string]*person{},
	}
	if !w.chance(4) { // one run in four has fair weather
		pick := func(ns ...int) int { return ns[w.rng.IntN(len(ns))] }
		s.faults = faults{request: pick(0, 5, 20), lose: pick(0, 4, 15), double: pick(0, 3, 10), refuse: pick(0, 6), lie: pick(0, 0, 2)}
		for range w.rng.IntN(4) {
			s.db.kill[1+w.rng.IntN(150)] = w.chance(2)
		}
		if w.chance(3) {
			w.in(w.upTo(90*time.Second), nil, func() {
				s.db.away = w.now.Add(w.upTo(25 * time.Second))
				w.tell("the database is away until %.3fs", s.db.away.Sub(start).Seconds())
			})
		}
	}
	s.strategy, s.wrapUp = tenant.Strategies()[w.rng.IntN(len(tenant.Strategies()))], w.upTo(10*time.Second)
	s.people()
	for i := range 1 + w.rng.IntN(2) {
		s.boot(fmt.Sprintf("node%d", i))
	}
	for range 1 + w.rng.IntN(6) {
		w.later(40*time.Second, s.customer)
	}
	for range w.rng.IntN(3) {
		w.later(60*time.Second, s.outbound)
	}
	for range w.rng.IntN(3) {
		w.later(60*time.Second, s.visit)
	}
	for range w.rng.IntN(4) {
		w.later(90*time.Second, s.moveSomebody)
	}
	if seed%3 == 0 { // others come over an SBC that is not ours
		for range 1 + w.rng.IntN(2) {
			w.later(60*time.Second, s.ms.arrives)
		}
	}
	err = w.run(30*time.Minute, s.check)
	if err == nil {
		err = s.checkEnd()
	}
	for _, id := range s.db.order {
		cdrs = append(cdrs, s.db.calls[id].cdrs...)
	}
	return cdrs, w.story, err
}

// connectivity is any that is known: the engine does not care which.
var connectivity = call.Capabilities()[0].Connectivity

func (s *Sim) people() {
	presences := []string{"Available", "Available", "Available", "Offline", "", "Busy"}
	behaviours := []string{"accept", "accept", "accept", "decline", "never"}
	for i := range 1 + s.w.rng.IntN(5) {
		oid := fmt.Sprintf("oid-%d", i)
		s.agents = append(s.agents, tenant.Agent{ID: tenant.AgentID(fmt.Sprintf("agent-%d", i)), Name: oid, OID: oid, Endpoint: tenant.TeamsUser})
		s.ms.people[oid] = &person{
			oid: oid, ringing: map[string]bool{},
			presence: presences[s.w.rng.IntN(len(presences))], behaviour: behaviours[s.w.rng.IntN(len(behaviours))],
		}
	}
}

func (s *Sim) boot(node string) {
	s.lives++
	p := &process{s: s, node: node, life: fmt.Sprintf("%s.%d", node, s.lives)}
	p.edge = &edge{p: p, legs: map[call.ID]map[call.Side]*dialog{}}
	p.bridge = bridge.New(bridge.Config{
		Node: node, Life: p.life, World: p, Journal: journal{s.db, p}, Registry: s, Presence: s.ms,
		Microsoft: map[tenant.Connectivity]bridge.Microsoft{connectivity: s.ms},
		Logger:    slog.New(slog.DiscardHandler),
		Random: func(b []byte) {
			for i := range b {
				b[i] = byte(s.w.rng.Uint32())
			}
		},
		Hash: func(token string) []byte { h := sha256.Sum256([]byte(token)); return h[:] },
	})
	s.processes = append(s.processes, p)
	s.w.tell("%s starts", p.life)
	p.bridge.Use(p.edge)
	s.w.in(0, p, p.bridge.Start)
}

// anyProcess is where the load balancer sends a request; nil if all are dead.
func (s *Sim) anyProcess() *process {
	var alive []*process
	for _, p := range s.processes {
		if !p.dead {
			alive = append(alive, p)
		}
	}
	if len(alive) == 0 {
		return nil
	}
	return alive[s.w.rng.IntN(len(alive))]
}

// Number implements bridge.Registry.
func (s *Sim) Number(_ context.Context, e164 string) (tenant.Number, error) {
	if e164 == "+49200" {
		return tenant.Number{Tenant: "t", E164: e164, Connectivity: connectivity, RingTimeout: 10 * time.Second, Flow: "f"}, nil
	}
	if e164 != "+49100" {
		return tenant.Number{}, fault.NotFound("number_unknown", "no such number")
	}
	policy := tenant.WithAgent
	if s.w.chance(3) {
		policy = tenant.AtOnce
	}
	return tenant.Number{Tenant: "t", E164: e164, Connectivity: connectivity, RingTimeout: 20 * time.Second, AnswerPolicy: policy}, nil
}

// External implements bridge.Registry.
func (s *Sim) External(context.Context, string) (bool, error) {
	return true, journal{database: s.db}.reach()
}

// Flow implements bridge.Registry.
func (s *Sim) Flow(context.Context, tenant.ID, tenant.FlowID) (call.FlowRef, flow.Document, error) {
	n := s.w.rng.IntN(len(flows))
	d, err := flowOf(n)
	return call.FlowRef{ID: "f", Version: n}, d, err
}

// FlowVersion implements bridge.Registry.
func (s *Sim) FlowVersion(_ context.Context, _ tenant.ID, ref call.FlowRef) (flow.Document, error) {
	if err := (journal{database: s.db}).reach(); err != nil {
		return flow.Document{}, err
	}
	return flowOf(ref.Version)
}

// DialPeer implements bridge.Registry.
func (s *Sim) DialPeer(_ context.Context, _ tenant.ID, number string) (string, error) {
	if number == premium {
		return "", fault.Forbidden("destination_refused", "not at the tenant's expense")
	}
	return "carrier", journal{database: s.db}.reach()
}

// premium is a number that no tenant may call.
const premium = "+49900"

// Choice implements bridge.Registry. There is one queue, of all agents.
func (s *Sim) Choice(_ context.Context, _ tenant.ID, w bridge.Wanted) (choice bridge.Choice, err error) {
	if w.Queue != "" {
		choice.Queue = tenant.Queue{ID: w.Queue, Name: "q", Strategy: s.strategy, WrapUp: s.wrapUp, MaxLength: 4}.Normalize()
		choice.Waiting, choice.Service = s.db.ahead(), 20*time.Second
		choice.Length = len(choice.Waiting)
	}
	for _, a := range s.agents {
		if len(w.Agents) > 0 && !slices.Contains(w.Agents, a.ID) {
			continue
		}
		t := s.db.turns[a.ID]
		c := roster.Candidate{Agent: a, Kept: roster.Kept{Call: s.db.held[a.ID]}, ChosenAt: t.chosen, FreeAt: t.free}
		if !t.free.IsZero() {
			c.RestsUntil = t.free.Add(s.wrapUp)
		}
		choice.Agents = append(choice.Agents, c)
	}
	return choice, journal{database: s.db}.reach()
}

// customer calls a number, or is announced by the API first.
func (s *Sim) customer() {
	p := s.anyProcess()
	if p == nil {
		s.w.later(10*time.Second, s.customer)
		return
	}
	if s.w.chance(2) {
		number := "+49100"
		if s.w.chance(2) {
			number = "+49200"
		}
		s.w.in(0, p, func() { s.invite(p, number) })
		return
	}
	s.w.in(0, p, func() {
		plan := call.Plan{Connectivity: connectivity, RingTimeout: 15 * time.Second, Policy: tenant.WithAgent, InviteWithin: 20 * time.Second}
		switch s.w.rng.IntN(4) {
		case 0:
			plan.Flow, plan.Policy = &call.FlowRef{ID: "f", Version: s.w.rng.IntN(len(flows))}, tenant.AtOnce
		case 1, 2:
			plan.Queue = "q"
		}
		id, token, _, err := p.bridge.Request(context.Background(), "t", plan)
		if err != nil {
			return
		}
		s.w.tell("%s: call %s requested", p.life, short(id))
		if s.w.chance(4) {
			to := call.Person{Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "expert"}, Name: "expert"}
			s.w.in(s.w.upTo(20*time.Second), p, func() { p.bridge.Command(id, call.RedirectAsked{To: to}, func(error) {}) })
		}
		if s.w.chance(6) {
			return // the platform thinks better of it
		}
		s.w.later(25*time.Second, func() {
			if p := s.anyProcess(); p != nil {
				s.w.in(0, p, func() { s.invite(p, token) })
			}
		})
	})
}

// outbound is the provider having an agent called, for a limited time or until
// he hangs up.
func (s *Sim) outbound() {
	s.checks++
	plan := call.Plan{
		Connectivity: connectivity,
		Agents:       []tenant.AgentID{s.agents[s.w.rng.IntN(len(s.agents))].ID}, RingTimeout: 15 * time.Second,
		Once: fmt.Sprintf("check %d", s.checks),
	}
	if s.w.chance(2) {
		plan.MaxDuration = s.w.upTo(30 * time.Second)
	}
	s.place(plan)
}

// place has a call placed, and placed again as somebody does who never heard
// whether it was.
func (s *Sim) place(plan call.Plan) {
	p := s.anyProcess()
	if p == nil {
		s.w.later(10*time.Second, func() { s.place(plan) })
		return
	}
	if s.w.chance(3) {
		s.w.later(time.Minute, func() { s.place(plan) })
	}
	if plan.MaxDuration == 0 {
		s.w.in(3*time.Minute, nil, s.hangUp)
	}
	s.w.in(0, p, func() {
		id, err := p.bridge.Place(context.Background(), "t", plan)
		if err != nil {
			return
		}
		if first := s.db.once[plan.Once]; id != first {
			s.fail(fmt.Errorf("%s is call %s, and was call %s before", plan.Once, short(id), short(first)))
		}
		s.w.tell("%s: call %s to %s", p.life, short(id), plan.Agents[0])
		if s.w.chance(4) {
			s.w.later(40*time.Second, func() { s.meddle(id) })
		}
	})
}

// hangUp is the provider ending the calls that would last for ever, as often as
// it takes. It looks for them, because it may never have heard of their ids: the
// process died that was to tell.
func (s *Sim) hangUp() {
	left := false
	for _, id := range s.db.order {
		c := s.snapshot(id)
		if c.Over() || c.Plan.Direction == "" || c.Plan.MaxDuration != 0 {
			continue
		}
		left = true
		if p := s.anyProcess(); p != nil {
			s.w.in(0, p, func() {
				p.bridge.Command(id, call.HangUpAsked{ForEveryone: c.Plan.Direction == call.Outbound}, func(error) {})
			})
		}
	}
	if left {
		s.w.in(5*time.Second, nil, s.hangUp)
	}
}

// invite is an INVITE at an edge, and what the customer does afterwards.
func (s *Sim) invite(p *process, user string) {
	d := &dialog{s: s, name: fmt.Sprintf("near-%d", len(s.dialogs)), side: call.Near, holder: p}
	s.dialogs[d.name] = d
	d.ended = true // until the call takes it
	p.bridge.TakeOffer(context.Background(), bridge.Offer{
		Peer: "ccaas", User: user, Caller: "+4930", SIPCallID: d.name, Dialog: d.remainder(),
		Bind: func(id call.ID) {
			d.id, d.ended = id, false
			p.edge.put(d)
		},
	}, func(_ call.ID, err error) { s.taken(p, d, err) })
}

// taken is what the customer does once his INVITE was taken, or was not.
func (s *Sim) taken(p *process, d *dialog, err error) {
	if err != nil {
		s.w.tell("%s: INVITE %s refused: %v", p.life, d.name, err)
		return
	}
	s.w.in(s.w.upTo(150*time.Second), nil, func() { d.hangUp(call.ByCaller, 487) })
	if s.w.chance(2) {
		s.w.later(60*time.Second, func() { s.meddle(d.id) })
	}
}

// meddle is the provider using the API in the middle of the call.
func (s *Sim) meddle(id call.ID) {
	p := s.anyProcess()
	if p == nil {
		return
	}
	commands := []call.Event{
		call.HangUpAsked{}, call.QueueMoved{}, call.HandoverWithdrawn{}, call.AddAsked{Agent: s.agents[0].ID}, call.AddAsked{Agent: s.agents[len(s.agents)-1].ID},
	}
	if s.w.chance(2) {
		outside := []call.Endpoint{
			{Kind: tenant.ACSUser, ID: "8:acs:guest"}, {Kind: tenant.PhoneNumber, ID: "+4930555"}, {Kind: tenant.PhoneNumber, ID: "+4930556"}, {Kind: tenant.PhoneNumber, ID: premium},
		}
		for i, e := range outside[s.w.rng.IntN(len(outside)):] {
			commands = append(commands, call.AddAsked{ID: fmt.Sprint("outside", i), Outside: e, CallerID: "+49100"})
		}
		commands = append(commands, call.RemoveAsked{Participant: "outside0"})
	}
	if s.w.chance(2) {
		commands = append(commands, call.AddAsked{ID: fmt.Sprint("sought", s.w.rng.IntN(2)), Queue: "q", MaxWait: s.w.upTo(time.Minute)})
		if s.w.chance(3) {
			commands = append(commands, call.RemoveAsked{Participant: "sought0"})
		}
	}
	if s.w.chance(2) {
		ask := call.ConsultAsked{Add: call.AddAsked{ID: fmt.Sprint("consult", s.w.rng.IntN(2)), Agent: s.agents[s.w.rng.IntN(len(s.agents))].ID}}
		if s.w.chance(3) {
			ask.Add.Agent, ask.Add.Queue = "", "q"
		}
		commands = append(commands, ask, call.ConsultEndAsked{Merge: s.w.chance(2)}, call.ConsultEndAsked{Merge: s.w.chance(2)})
	}
	if s.w.chance(2) {
		commands = append(commands, s.streams()...)
	}
	for i := range 1 + s.w.rng.IntN(3) {
		commands = append(commands, call.OperateAsked{ID: fmt.Sprint("o", i), Operation: s.operations()[s.w.rng.IntN(len(s.operations()))]})
	}
	if s.w.chance(2) {
		var at time.Duration
		for _, command := range s.recordings() { // in turn, as somebody who records does
			s.w.in(at, p, func() { p.bridge.Command(id, command, func(error) {}) })
			at += s.w.upTo(20 * time.Second)
		}
	}
	for _, command := range commands[s.w.rng.IntN(len(commands)):] {
		s.w.in(s.w.upTo(5*time.Second), p, func() { s.command(p, id, command) })
	}
}

// command gives one, of somebody by name also with what was seen of him a while ago.
func (s *Sim) command(p *process, id call.ID, command call.Event) {
	add, is := command.(call.AddAsked)
	if !is || add.Agent == "" || s.w.chance(3) {
		p.bridge.Command(id, command, func(error) {})
		return
	}
	seen := p.bridge.Foresee(context.Background(), "t", add.Agent)
	s.w.in(s.w.upTo(200*time.Millisecond), p, func() { p.bridge.CommandAdd(id, add, seen, func(error) {}) })
}

// operations are what is asked for in the middle of calls.
func (s *Sim) operations() []call.Operation {
	prompt := []call.Source{{Text: "one moment"}}
	listen := &call.Recognition{Input: call.InputDTMF, InitialSilence: 5 * time.Second, InterToneGap: 2 * time.Second, MaxTones: 1}
	return []call.Operation{
		{Kind: call.Play, Sources: prompt}, {Kind: call.Play, Sources: prompt, Loop: true}, {Kind: call.Play, Sources: prompt, Target: call.Customer},
		{Kind: call.Play, Sources: prompt, Interrupt: true}, {Kind: call.CancelMedia}, {Kind: call.Recognize, Target: call.Customer, Listen: listen},
		{Kind: call.SendDTMF, Target: call.Customer, Tones: "1#"}, {Kind: call.Hold, Target: call.Customer}, {Kind: call.Unhold, Target: call.Customer},
		{Kind: call.Transfer, Target: call.Customer, To: &call.Person{Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "expert"}, Name: "expert"}},
		{Kind: call.Mute, Target: call.Customer}, {Kind: call.Unmute, Target: call.Customer},
	}
}

func (s *Sim) fail(err error) {
	if s.failure == nil {
		s.failure = err
	}
}

// check runs after every task.
func (s *Sim) check() error {
	for _, p := range s.ms.people {
		if p.violated != nil {
			return p.violated
		}
	}
	if err := s.ms.believed(false); err != nil {
		return err
	}
	for _, id := range s.db.order {
		if n := len(s.db.calls[id].cdrs); n > 1 {
			return fmt.Errorf("call %s has %d CDRs", short(id), n)
		}
	}
	return s.failure
}

// checkEnd runs when nothing more can happen.
func (s *Sim) checkEnd() error {
	var bad []string
	if err := s.ms.believed(true); err != nil {
		bad = append(bad, err.Error())
	}
	for _, id := range s.db.order {
		if r := s.db.calls[id]; !r.over || len(r.cdrs) != 1 {
			bad = append(bad, fmt.Sprintf("call %s: over %v, %d CDRs: %s", short(id), r.over, len(r.cdrs), r.snapshot))
		} else if o := unfinished(r.snapshot); o != "" {
			bad = append(bad, fmt.Sprintf("call %s: operation %s has no end", short(id), o))
		} else if c := r.cdrs[0]; c.Result == "" || c.Reason == "" || c.Fault == "" || c.By == "" {
			bad = append(bad, fmt.Sprintf("call %s: CDR without a full termination %+v", short(id), c.Termination))
		}
	}
	for name, d := range s.dialogs {
		if !d.ended {
			bad = append(bad, "orphan leg "+name)
		}
	}
	for _, k := range s.ms.conns {
		if !k.down {
			bad = append(bad, "orphan connection "+k.id)
		}
	}
	for oid, p := range s.ms.people {
		if len(p.ringing) > 0 {
			bad = append(bad, oid+" still rings")
		}
	}
	if len(s.db.held) > 0 {
		bad = append(bad, fmt.Sprintf("agents still reserved: %v", s.db.held))
	}
	if len(s.db.waiting) > 0 {
		bad = append(bad, fmt.Sprintf("calls still wait: %v", s.db.waiting))
	}
	if bad == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(bad, "\n"))
}

// unfinished names an operation of a call that is over which never ended.
func unfinished(snapshot []byte) string {
	var c call.Call
	if err := json.Unmarshal(snapshot, &c); err != nil {
		return err.Error()
	}
	for _, o := range c.Operations {
		if !o.Over() {
			return o.ID
		}
	}
	if c.Stream != nil && !c.Stream.Over() {
		return c.Stream.ID
	}
	if c.Transcription != nil && !c.Transcription.Over() {
		return c.Transcription.ID
	}
	return unfinishedRecording(c)
}
