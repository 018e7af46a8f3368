package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
)

// moveSomebody is the provider moving somebody from one call to another, some of them
// in vain.
func (s *Sim) moveSomebody() {
	var connected []call.Call
	for _, id := range s.db.order {
		if c := s.snapshot(id); c.Phase == call.Connected {
			connected = append(connected, c)
		}
	}
	p := s.anyProcess()
	if p == nil || len(connected) < 2 {
		if s.w.now.Sub(start) < 3*time.Minute {
			s.w.in(5*time.Second, nil, s.moveSomebody)
		}
		return
	}
	from := connected[s.w.rng.IntN(len(connected))]
	to := connected[s.w.rng.IntN(len(connected))]
	for _, who := range from.Participants {
		if who.State != call.Joined || from.ID == to.ID {
			continue
		}
		s.moves++
		e := call.MoveAsked{ID: fmt.Sprint("m", s.moves), From: from.ID, Participant: who.ID, Agent: who.Agent, Name: who.Name, Endpoint: who.Endpoint}
		s.w.tell("%s: %s is to move from %s to %s", p.life, who.Endpoint.ID, short(from.ID), short(to.ID))
		s.w.in(0, p, func() { p.bridge.Command(to.ID, e, func(error) {}) })
		break
	}
	if s.w.chance(2) {
		s.w.later(20*time.Second, s.moveSomebody)
	}
}

// Move takes somebody out of one connection into another, or does not.
func (m *microsoft) Move(_ context.Context, r bridge.Request, do call.MoveHere) error {
	_, err := m.network(r.Call, r.Op, do.Kind(), func() (any, error) {
		k, err := m.find(do.Connection)
		if err != nil {
			return nil, err
		}
		from, known := m.conns[do.From]
		if !known || from.down || !from.up || m.s.w.chance(m.s.faults.refuse) {
			return nil, &bridge.Refused{Outcome: call.Outcome{Class: call.ClassMisconfigured, Code: 400, SubCode: 8523}}
		}
		m.s.w.later(2*time.Second, func() { m.bringOver(from, k, r.Op, do.Endpoint) })
		return true, nil
	})
	return err
}

func (m *microsoft) bringOver(from, to *connection, op string, who call.Endpoint) {
	if to.down {
		return
	}
	if from.down || !slices.Contains(from.present, who) {
		m.callback(to, call.ActionFailed{Op: op, Action: call.MoveHere{}.Kind(), Outcome: call.Outcome{Class: call.ClassMisconfigured, Code: 400, SubCode: 8523}})
		return
	}
	m.s.w.tell("microsoft: %s moves from %s to %s", who.ID, from.id, to.id)
	for key, i := range from.invites {
		if i.state == "joined" && i.who.oid == who.ID {
			from.invites[key] = &invite{id: i.id, who: &person{}, state: "gone"} // their number makes names
			i.moved = to
			to.invites["moved "+op] = i
		}
	}
	from.present = slices.DeleteFunc(from.present, func(p call.Endpoint) bool { return p == who })
	to.present, to.joined = append(to.present, who), m.s.w.now
	m.callback(to, call.AgentJoined{Connection: to.id, Op: op, Endpoint: who})
	m.list(to)
	if from.far == nil && from.host == "" && len(from.present) == 0 {
		m.end(from, call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 5001})
		return
	}
	m.list(from)
}
