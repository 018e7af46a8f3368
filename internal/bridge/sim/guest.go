package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/tenant"
)

// hosts are who is in a call that the provider holds.
var hosts = []call.Endpoint{{Kind: tenant.PhoneNumber, ID: "+4930777"}, {Kind: tenant.TeamsUser, ID: "host"}, {Kind: tenant.ACSUser, ID: "8:acs:host"}}

// visit is the provider bringing us into a call of its own, for a limited time or
// until it has us leave.
func (s *Sim) visit() {
	p := s.anyProcess()
	if p == nil {
		s.w.later(10*time.Second, s.visit)
		return
	}
	s.visits++
	plan := call.Plan{Connectivity: connectivity, Host: &call.HostCall{Kind: call.HostGroup, ID: fmt.Sprint("group", s.visits)}, RingTimeout: 15 * time.Second}
	if s.w.chance(2) {
		plan.MaxDuration = s.w.upTo(time.Minute)
	} else {
		s.w.in(3*time.Minute, nil, s.hangUp)
	}
	told := false
	s.w.in(0, p, func() {
		p.bridge.TakeConnect(context.Background(), "t", plan, func(id call.ID, err error) {
			if told {
				s.fail(fmt.Errorf("who asked for guest %s is told twice", short(id)))
			}
			told = true
			if err != nil {
				s.w.tell("%s: no guest of %s: %v", p.life, plan.Host.ID, err)
				return
			}
			s.w.tell("%s: call %s is a guest of %s", p.life, short(id), plan.Host.ID)
			for range 1 + s.w.rng.IntN(3) {
				s.w.later(30*time.Second, func() { s.meddle(id) })
			}
			s.w.later(40*time.Second, func() { s.meddleWithHosts(id) })
		})
	})
}

// snapshot is a call as the database has it.
func (s *Sim) snapshot(id call.ID) (c call.Call) {
	if err := json.Unmarshal(s.db.calls[id].snapshot, &c); err != nil {
		s.fail(err)
	}
	return c
}

// meddleWithHosts does something to the host's people, and asks for what a guest may not.
func (s *Sim) meddleWithHosts(id call.ID) {
	p := s.anyProcess()
	if p == nil {
		return
	}
	commands := []call.Event{call.HangUpAsked{ForEveryone: true}, call.RejectAsked{}}
	for _, who := range s.snapshot(id).Participants {
		if who.Host {
			commands = append(commands, call.RemoveAsked{Participant: who.ID}, call.OperateAsked{ID: "of " + who.ID, Operation: call.Operation{Kind: call.Hold, Target: who.ID}})
		}
	}
	for _, command := range commands {
		s.w.in(s.w.upTo(10*time.Second), p, func() { p.bridge.Command(id, command, func(error) {}) })
	}
}

// Connect lets us in, or does not; the host's call ends at some time.
func (m *microsoft) Connect(_ context.Context, r bridge.Request, do call.ConnectCall) (call.CallFound, error) {
	a, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		if m.s.w.chance(m.s.faults.refuse) {
			return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassGone, Code: 404, SubCode: 8522}}
		}
		k := &connection{
			call: r.Call, id: fmt.Sprintf("conn-%d", len(m.conns)), host: do.Host.ID, invites: map[string]*invite{}, sounds: map[string]func(){},
			present: slices.Clone(hosts[:1+m.s.w.rng.IntN(len(hosts))]),
		}
		m.conns[k.id] = k
		m.s.w.tell("microsoft: %s is a guest of %s", k.id, k.host)
		m.s.w.in(m.s.w.upTo(3*time.Second), nil, func() { m.admit(k) })
		m.s.w.in(m.s.w.upTo(4*time.Minute), nil, func() {
			if !k.down {
				m.s.w.tell("microsoft: the host ends %s", k.host)
				m.end(k, call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 5001})
			}
		})
		return call.CallFound{Op: r.Op, Connection: k.id, ServerCall: "srv-" + k.host}, nil
	})
	if err != nil {
		return call.CallFound{}, err
	}
	return a.(call.CallFound), nil
}

// admit tells that we are in, in any order, or that it came to nothing.
func (m *microsoft) admit(k *connection) {
	if k.down {
		return
	}
	if m.s.w.chance(m.s.faults.refuse) {
		o := call.Outcome{Class: call.ClassGone, Code: 404, SubCode: 8522}
		m.callback(k, call.ConnectionDown{Connection: k.id, Outcome: o}) // ConnectFailed, and CallDisconnected
		m.end(k, o)
		return
	}
	k.up = true
	events := []func(){func() { m.callback(k, call.ConnectionUp{Connection: k.id}) }, func() { m.list(k) }}
	if m.s.w.chance(2) {
		slices.Reverse(events)
	}
	for _, tell := range events {
		tell()
	}
	m.s.w.in(m.s.w.upTo(time.Minute), nil, func() { // one of the host's goes
		if !k.down {
			m.outOf(k, hosts[0])
		}
	})
}

func (m *microsoft) outOf(k *connection, who call.Endpoint) {
	k.present = slices.DeleteFunc(k.present, func(p call.Endpoint) bool { return p == who })
	m.list(k)
}

// leaves looks at how a guest goes: the call is the host's, and nobody of ours stays.
func (m *microsoft) leaves(k *connection, do call.EndConnection) {
	if k.host == "" {
		return
	}
	if do.ForEveryone {
		m.s.fail(fmt.Errorf("%s: the host's call is terminated", k.id))
	}
	for _, i := range inTurn(k.invites) {
		if i.state != "gone" && m.s.faults == (faults{}) {
			m.s.fail(fmt.Errorf("%s: we leave, and %s is %s", k.id, i.who.oid, i.state))
		}
	}
}
