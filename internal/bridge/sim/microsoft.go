package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// microsoft is the far side: connections, the people rung, and a network that
// loses, doubles, delays and reorders what it tells.
type microsoft struct {
	s         *Sim
	conns     map[string]*connection
	calls     map[string]*connection // by incomingCallContext
	done      map[string]any         // answers by repeatability id
	people    map[string]*person
	heard     map[string]bool // plays and recognitions that arrived
	events    int
	recorders []*recorder // all there were
	sockets   int
}

type connection struct {
	id         string
	call       call.ID
	far        *dialog        // nil: outbound, nobody called us, or not by a leg of ours
	customer   *call.Endpoint // who came over an SBC that is not ours
	up, down   bool
	redirected bool   // somebody else has it
	host       string // whose guest we are
	seq        int
	invites    map[string]*invite
	present    []call.Endpoint
	sounds     map[string]func() // operations that end by themselves or are cancelled, by action
	music      string            // the newest that plays to the customer until it is cancelled
	joined     time.Time         // when the newest person joined
	streaming  string            // the action that began the stream that runs
	met        bool              // somebody was there
}

type invite struct {
	id, op string
	ring   string // what his phone knows it by
	who    *person
	out    *dialog     // of a telephone, while we carry it
	moved  *connection // where he is now, if not where he was rung
	state  string      // ringing, joined, gone
	lied   bool        // he was told of as joined while he rang
	stop   func()
}

// person is a Teams user. A phone that two calls ring at once is the fault the
// reservation exists to prevent.
type person struct {
	oid       string
	presence  string
	behaviour string // accept, decline, never
	ringing   map[string]bool
	violated  error
}

func (m *microsoft) Route(_ context.Context, c call.Call, token string) (bridge.FarRoute, error) {
	return bridge.FarRoute{Resource: "r", Trunk: "trunk", Number: "+49", Headers: map[string]string{"t": token}}, nil
}

// network decides the fate of one request: it may fail before it arrives, or
// its answer may be lost after it took effect.
func (m *microsoft) network(id call.ID, op, kind string, f func() (any, error)) (any, error) {
	if err := m.s.db.journalled(id, op, kind); err != nil {
		m.s.fail(err)
	}
	if m.s.w.chance(m.s.faults.request) {
		return nil, fault.Unavailable("network", "connection refused")
	}
	key := string(id) + op
	answer, known := m.done[key]
	if !known {
		var err error
		if answer, err = f(); err != nil {
			return nil, err
		}
		m.done[key] = answer
	}
	if m.s.w.chance(m.s.faults.request) {
		return nil, fault.Unavailable("network", "connection reset")
	}
	return answer, nil
}

func (m *microsoft) Accept(_ context.Context, r bridge.Request, do call.AcceptInvitation) (call.ConnectionAccepted, error) {
	a, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		k, ok := m.calls[do.Context]
		if !ok || k.down || k.id != "" {
			return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassGone, Code: 404, SubCode: 8522}}
		}
		k.id = fmt.Sprintf("conn-%d", len(m.conns))
		k.up = true
		m.conns[k.id] = k
		if k.customer != nil {
			k.call = r.Call
			k.present = append(k.present, *k.customer)
			m.s.w.in(m.s.w.upTo(2*time.Minute), nil, func() { m.hangsUp(k) })
		} else {
			k.far.answer()
		}
		m.callback(k, call.ConnectionUp{Connection: k.id})
		m.list(k)
		return call.ConnectionAccepted{Op: r.Op, Connection: k.id}, nil
	})
	if err != nil {
		return call.ConnectionAccepted{}, err
	}
	return a.(call.ConnectionAccepted), nil
}

func (m *microsoft) Refuse(_ context.Context, r bridge.Request, do call.RefuseInvitation) error {
	_, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		if k, ok := m.calls[do.Context]; ok && k.id == "" {
			m.end(k, call.Outcome{})
		}
		return true, nil
	})
	return err
}

// Redirect hands the call to somebody who answers, or does not, and hangs up at
// some time.
func (m *microsoft) Redirect(_ context.Context, r bridge.Request, do call.RedirectInvitation) error {
	_, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		k, ok := m.calls[do.Context]
		if !ok || k.down || k.redirected {
			return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassGone, Code: 404, SubCode: 8522}}
		}
		k.redirected = true
		m.s.w.tell("microsoft: call %s is redirected", short(r.Call))
		far := k.far
		if m.s.w.chance(3) {
			m.s.w.in(m.s.w.upTo(20*time.Second), nil, func() { far.hangUp(call.ByMicrosoft, 603) })
			return true, nil
		}
		m.s.w.in(m.s.w.upTo(20*time.Second), nil, far.answer)
		m.s.w.in(20*time.Second+m.s.w.upTo(time.Minute), nil, func() { far.hangUp(call.ByMicrosoft, 0) })
		return true, nil
	})
	return err
}

// Resource implements bridge.Microsoft.
func (m *microsoft) Resource(context.Context, tenant.ID, string) (string, error) { return "r", nil }

// Call rings somebody at a connection of our own.
func (m *microsoft) Call(_ context.Context, r bridge.Request, do call.CallAgent) (call.AgentCalled, error) {
	a, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		if m.s.w.chance(m.s.faults.refuse) {
			return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassMisconfigured, Code: 400, SubCode: 8523}}
		}
		k := &connection{call: r.Call, id: fmt.Sprintf("conn-%d", len(m.conns)), invites: map[string]*invite{}, sounds: map[string]func(){}}
		m.conns[k.id] = k
		i := &invite{id: "call", op: r.Op, ring: k.id, who: m.people[do.Endpoint.ID], state: "ringing"}
		k.invites[i.id] = i
		m.s.w.tell("microsoft: %s calls %s", k.id, i.who.oid)
		i.who.ring(i.ring)
		m.answer(k, i, do.Endpoint)
		return call.AgentCalled{Op: r.Op, Connection: k.id}, nil
	})
	if err != nil {
		return call.AgentCalled{}, err
	}
	return a.(call.AgentCalled), nil
}

// answer lets the person who is called do what he does; the service rings for
// two minutes (facts/call-automation.md §6.2).
func (m *microsoft) answer(k *connection, i *invite, e call.Endpoint) {
	fails := func(o call.Outcome) func() {
		return func() { // both are sent, in any order (facts/observed-events.md §6)
			if !k.down {
				m.callback(k, call.ConnectionDown{Connection: k.id, Outcome: o})
				m.end(k, o)
			}
		}
	}
	after, then := m.s.w.upTo(20*time.Second), func() { m.pickUp(k, i, e) }
	switch {
	case m.s.w.chance(m.s.faults.refuse):
		after, then = m.s.w.upTo(time.Second), fails(call.Outcome{Class: call.ClassMisconfigured, Code: 403, SubCode: 7600})
	case i.who.presence == "Offline":
		after, then = 0, fails(call.Outcome{Class: call.ClassUnavailable, Code: 480, SubCode: 10037})
	case i.who.behaviour == "decline":
		then = fails(call.Outcome{Class: call.ClassDeclined, Code: 603})
	case i.who.behaviour == "never":
		after, then = 2*time.Minute, fails(call.Outcome{Class: call.ClassNoAnswer, Code: 487, SubCode: 10004})
	}
	i.stop = m.s.w.in(after, nil, then)
}

// pickUp is a person answering who was called; some hang up after a while.
func (m *microsoft) pickUp(k *connection, i *invite, e call.Endpoint) {
	if k.down {
		return
	}
	m.s.w.tell("microsoft: %s answers %s", e.ID, k.id)
	i.state, k.up = "joined", true
	k.present = append(k.present, e)
	events := []func(){func() { m.callback(k, call.ConnectionUp{Connection: k.id}) }, func() { m.list(k) }}
	if m.s.w.chance(2) {
		slices.Reverse(events)
	}
	for _, tell := range events {
		tell()
	}
	if m.s.w.chance(3) {
		m.s.w.in(m.s.w.upTo(90*time.Second), nil, func() { m.leave(k, i, e) })
	}
}

// find answers as the service does for a call that is over.
func (m *microsoft) find(connection string) (*connection, error) {
	k, ok := m.conns[connection]
	if !ok || k.down {
		return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassGone, Code: 404, SubCode: 8522}}
	}
	return k, nil
}

func (m *microsoft) Ring(_ context.Context, r bridge.Request, do call.RingAgent) (string, error) {
	a, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		k, err := m.find(do.Connection)
		if err != nil {
			return nil, err
		}
		id := fmt.Sprintf("inv-%s-%d", k.id, len(k.invites))
		i := &invite{id: id, ring: id, op: r.Op, who: m.whom(do.Endpoint), state: "ringing"}
		k.invites[i.id] = i
		i.who.ring(i.ring)
		if i.lied = m.s.w.chance(m.s.faults.lie); i.lied {
			m.tellList(k, append(slices.Clone(k.present), do.Endpoint))
		} else {
			m.list(k) // an update with unchanged members is seen while it rings
		}
		if do.Endpoint.Kind == tenant.PhoneNumber {
			m.s.w.later(200*time.Millisecond, func() { m.callOut(k, i, do, 3) })
			i.stop = m.s.w.in(do.Timeout, nil, func() { m.fail(k, i, do.Endpoint, call.Outcome{Class: call.ClassNoAnswer, Code: 487, SubCode: 10004}) })
			return i.id, nil
		}
		m.decide(k, i, do)
		return i.id, nil
	})
	if err != nil {
		return "", err
	}
	return a.(string), nil
}

// whom finds who is rung. Somebody outside may be rung by several calls at once, so
// each ringing has one of its own.
func (m *microsoft) whom(e call.Endpoint) *person {
	if e.Kind == tenant.TeamsUser {
		return m.people[e.ID]
	}
	return &person{oid: e.ID, ringing: map[string]bool{}, behaviour: []string{"accept", "accept", "decline", "never"}[m.s.w.rng.IntN(4)]}
}

func (p *person) ring(invitation string) {
	if len(p.ringing) > 0 && p.violated == nil {
		p.violated = fmt.Errorf("%s is rung by %s while %v has him", p.oid, invitation, p.ringing)
	}
	p.ringing[invitation] = true
}

// decide lets the person do what he does.
func (m *microsoft) decide(k *connection, i *invite, do call.RingAgent) {
	after, then := m.s.w.upTo(15*time.Second), func() { m.join(k, i, do.Endpoint) }
	switch {
	case i.who.behaviour == "decline" && !i.lied && m.s.w.chance(m.s.faults.lie): // two signs that lie are believed
		then = func() { m.lie(k, i, do.Endpoint) }
	case i.who.behaviour == "decline":
		then = func() { m.fail(k, i, do.Endpoint, call.Outcome{Class: call.ClassDeclined, Code: 603}) }
	case i.who.behaviour == "never" || after > do.Timeout:
		after = do.Timeout
		then = func() { m.fail(k, i, do.Endpoint, call.Outcome{Class: call.ClassNoAnswer, Code: 487, SubCode: 10004}) }
	}
	i.stop = m.s.w.in(after, nil, then)
}

func (m *microsoft) join(k *connection, i *invite, e call.Endpoint) {
	if i.state != "ringing" || k.down {
		return
	}
	m.s.w.tell("microsoft: %s accepts in %s", e.ID, k.id)
	i.state, k.joined, k.met = "joined", m.s.w.now, true
	k.present = append(k.present, e)
	op := i.op
	if m.s.w.chance(3) {
		op = "" // some events carry no context
	}
	m.list(k)
	m.callback(k, call.AgentJoined{Connection: k.id, Op: op, Endpoint: e})
	m.list(k)
	if m.s.w.chance(3) { // and hangs up after a while
		m.s.w.in(m.s.w.upTo(90*time.Second), nil, func() { m.leave(k, i, e) })
	}
}

func (m *microsoft) leave(k *connection, i *invite, e call.Endpoint) {
	if i.moved != nil {
		k = i.moved
	}
	if i.state != "joined" || k.down {
		return
	}
	i.over()
	k.present = slices.DeleteFunc(k.present, func(p call.Endpoint) bool { return p == e })
	m.list(k)
	if k.far == nil && k.customer == nil && k.host == "" && len(k.present) == 0 { // nobody is left with us
		m.end(k, call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 5001})
	}
}

func (m *microsoft) fail(k *connection, i *invite, e call.Endpoint, o call.Outcome) {
	if i.state != "ringing" || k.down {
		return
	}
	i.over()
	m.callback(k, call.AgentFailed{Connection: k.id, Op: i.op, Endpoint: e, Outcome: o})
}

func (i *invite) over() {
	i.state = "gone"
	delete(i.who.ringing, i.ring)
	if i.stop != nil {
		i.stop()
	}
	if i.out != nil {
		d := i.out
		i.out, d.onEnd = nil, nil
		d.s.w.later(50*time.Millisecond, func() { d.hangUp(call.ByMicrosoft, 487) })
	}
}

func (m *microsoft) CancelRing(_ context.Context, r bridge.Request, do call.CancelRing) error {
	_, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		k, err := m.find(do.Connection)
		if err != nil {
			return nil, err
		}
		i := k.invites[do.Invitation]
		if i.state != "ringing" {
			return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassUnknown, Code: 400, SubCode: 8523}}
		}
		i.over()
		m.callback(k, call.RingCancelled{Connection: k.id, Invitation: i.id})
		return true, nil
	})
	return err
}

func (m *microsoft) Remove(_ context.Context, r bridge.Request, do call.RemoveParticipant) error {
	_, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		k, err := m.find(do.Connection)
		if err != nil {
			return nil, err
		}
		for _, i := range inTurn(k.invites) {
			if i.who.oid == do.Endpoint.ID {
				m.leave(k, i, do.Endpoint)
			}
		}
		if slices.Contains(hosts, do.Endpoint) {
			m.outOf(k, do.Endpoint)
		}
		m.callback(k, call.ParticipantRemoved{Connection: k.id, Op: r.Op, Endpoint: do.Endpoint})
		return true, nil
	})
	return err
}

func (m *microsoft) End(_ context.Context, r bridge.Request, do call.EndConnection) error {
	_, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		if k, err := m.find(do.Connection); err == nil {
			if do.ForEveryone && !k.up {
				return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassUnknown, Code: 400, SubCode: 8501}}
			}
			m.leaves(k, do)
			m.missed(r.Call, k)
			m.end(k, call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 7000})
		}
		return true, nil
	})
	return err
}

func (m *microsoft) Look(_ context.Context, r bridge.Request, do call.Look) (call.Observed, error) {
	if err := m.s.db.journalled(r.Call, r.Op, do.Kind()); err != nil {
		m.s.fail(err)
	}
	if m.s.w.chance(m.s.faults.request) {
		return call.Observed{}, fault.Unavailable("network", "timeout")
	}
	k, known := m.conns[do.Connection]
	if !known || k.down {
		return call.Observed{Connection: do.Connection}, nil
	}
	if !k.up {
		if !do.Called {
			m.s.fail(fmt.Errorf("%s rings, and the look at it does not want to know", k.id))
		}
		return call.Observed{Connection: k.id, Ringing: true}, nil
	}
	return call.Observed{Connection: k.id, Up: true, Present: slices.Clone(k.present)}, nil
}

// dial is the far leg's INVITE arriving: Event Grid asks twice at most.
func (m *microsoft) dial(d *dialog, id call.ID, token string) {
	m.s.w.later(200*time.Millisecond, func() {
		if d.ended {
			return
		}
		if m.s.w.chance(m.s.faults.refuse) {
			d.hangUp(call.ByMicrosoft, 503)
			return
		}
		ctx := fmt.Sprintf("ctx-%d", len(m.calls))
		k := &connection{call: id, far: d, invites: map[string]*invite{}, sounds: map[string]func(){}}
		m.calls[ctx] = k
		m.s.w.in(30*time.Second, nil, func() { // nobody answered
			if k.id == "" && !k.redirected {
				m.end(k, call.Outcome{})
			}
		})
		d.onEnd = func() { m.end(k, call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 5001}) }
		if m.s.w.chance(m.s.faults.lose) {
			m.s.w.tell("microsoft: IncomingCall of %s is lost", short(id))
			return
		}
		m.events++
		in := bridge.Incoming{Resource: "r", Seen: bridge.Seen{Resource: "r", EventID: fmt.Sprint("in", m.events)}, Token: token, Context: ctx}
		m.ask(k, in, 2)
		if m.s.w.chance(m.s.faults.double) {
			m.s.w.later(3*time.Second, func() { m.ask(k, in, 1) })
		}
	})
}

func (m *microsoft) ask(k *connection, in bridge.Incoming, tries int) {
	if tries == 0 || k.down {
		return
	}
	again := func() { m.s.w.in(time.Second, nil, func() { m.ask(k, in, tries-1) }) }
	p := m.s.anyProcess()
	if p == nil {
		again()
		return
	}
	m.s.w.in(m.s.w.upTo(100*time.Millisecond), p, func() {
		p.bridge.DeliverIncoming(in, func(err error) {
			switch {
			case fault.KindOf(err) == fault.KindNotFound: // the adapter refuses it
				m.end(k, call.Outcome{})
			case err != nil:
				again()
			}
		})
	})
}

// callback tells the process behind the public address something, perhaps.
func (m *microsoft) callback(k *connection, e call.Event) {
	m.events++
	d := bridge.Delivery{Call: k.call, Seen: bridge.Seen{Resource: "r", EventID: fmt.Sprint("ev", m.events)}, Event: e}
	if m.s.w.chance(m.s.faults.lose) {
		m.s.w.tell("microsoft: %s of call %s is lost", e.Kind(), short(k.call))
		return
	}
	m.deliver(d)
	if m.s.w.chance(m.s.faults.double) {
		m.deliver(d)
	}
}

func (m *microsoft) deliver(d bridge.Delivery) {
	delay := m.s.w.upTo(300 * time.Millisecond)
	if m.s.w.chance(20) {
		delay = m.s.w.upTo(5 * time.Second)
	}
	m.s.w.in(delay, nil, func() {
		if p := m.s.anyProcess(); p != nil {
			m.s.w.in(0, p, func() { p.bridge.Deliver(d, func(error) {}) })
		}
	})
}

func (m *microsoft) list(k *connection) { m.tellList(k, slices.Clone(k.present)) }

func (m *microsoft) tellList(k *connection, present []call.Endpoint) {
	k.seq += 1 + m.s.w.rng.IntN(2)
	m.callback(k, call.ParticipantsChanged{Connection: k.id, Sequence: k.seq, Present: present})
}

// end closes the connection and everything in it.
func (m *microsoft) end(k *connection, o call.Outcome) {
	if k.down {
		return
	}
	cared := m.s.faults == (faults{}) && m.s.w.now.Sub(m.s.died) > time.Minute // an adopter needs half of that
	if _, sounds := k.sounds[k.music]; sounds && cared && len(k.present) > 0 && m.s.w.now.Sub(k.joined) > 10*time.Second {
		m.s.fail(fmt.Errorf("%s: somebody talks since %s, and the customer hears music", k.id, k.joined.Sub(start)))
	}
	k.down = true
	k.present = nil
	for _, rec := range m.recorders {
		if rec.conn == k {
			m.stopped(rec)
		}
	}
	for _, i := range inTurn(k.invites) {
		if i.state != "gone" {
			i.over()
		}
	}
	if k.id != "" {
		m.s.w.tell("microsoft: %s is over", k.id)
		m.callback(k, call.ConnectionDown{Connection: k.id, Outcome: o})
	}
	if k.far == nil {
		return
	}
	k.far.onEnd = nil
	if !k.far.ended {
		m.s.w.later(50*time.Millisecond, func() { k.far.hangUp(call.ByMicrosoft, 480) })
	}
}

// inTurn are the things of a map, in the order of their names: the same in each run.
func inTurn[T any](things map[string]T) (all []T) {
	for _, name := range slices.Sorted(maps.Keys(things)) {
		all = append(all, things[name])
	}
	return all
}

// Presence implements bridge.PresenceSource.
func (m *microsoft) Presence(_ context.Context, _ tenant.Tenant, oids []string) (map[string]roster.Presence, error) {
	if m.s.w.chance(m.s.faults.request) {
		return nil, fault.Unavailable("graph", "no presence today")
	}
	found := map[string]roster.Presence{}
	for _, oid := range oids {
		found[oid] = roster.Presence{Availability: m.people[oid].presence, At: m.s.w.now}
	}
	return found, nil
}
