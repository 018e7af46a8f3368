package dev_test

import (
	"slices"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// moves asks for participants of another call, and returns what they are here.
func (s *stack) moves(t *testing.T, to, from call.ID, who ...string) (ids []string, status int) {
	t.Helper()
	var moving struct{ Items []struct{ ID string } }
	status = s.ask(t, "POST", "/calls/"+string(to)+"/move", object{"from_call": from, "participants": who}, &moving)
	for _, one := range moving.Items {
		ids = append(ids, one.ID)
	}
	return ids, status
}

// is reports whether somebody stands in a call as wanted.
func (v guestView) is(id, state, outcome string) bool {
	return slices.ContainsFunc(v.Participants, func(p guestMember) bool {
		return p.ID == id && p.State == state && (outcome == "" || p.Outcome == outcome)
	})
}

// aside calls an agent alone.
func (f *flows) aside(t *testing.T) (id call.ID, agent dev.FileAgent, participant string) {
	t.Helper()
	agent = f.cast(t, does(teams.Accept))[0]
	id = f.callOut(t, outbound{Agent: agent.ID})
	o := f.await(t, "the call aside", soon, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Phase == call.Connected })
	return id, agent, o.Call.Participants[0].ID
}

// TestMoves: people go from call to call, and both calls know.
func TestMoves(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("into a customer's call", f.movedToCustomer)
	t.Run("into the host's call, and out of it", f.movedToHost)
	t.Run("in vain", f.movedInVain)
	t.Run("bad days", f.movesOnBadDays)
}

func (f *flows) movedToCustomer(t *testing.T) {
	c := f.converse(t)
	aside, second, participant := f.aside(t)
	if _, status := f.moves(t, c.id, aside, "customer"); status < 400 {
		t.Errorf("a customer moves: %d", status)
	}
	ids, status := f.moves(t, c.id, aside, participant)
	if status != 202 {
		t.Fatalf("move: %d", status)
	}
	v := f.until(t, c.id, "the second agent is here", func(v guestView) bool { return v.is(ids[0], "joined", "") })
	if p := v.Participants[1]; p.Agent != second.ID || p.From != string(aside) {
		t.Errorf("%+v", p)
	}
	r := f.ended(t, aside, soon)
	r.check(t, "completed", "agent_hung_up", "none")
	if !slices.Equal(r.outcomes(), []string{"moved"}) {
		t.Errorf("%+v", r.Attempts)
	}
	if there := f.presentAt(t, c); len(there) != 3 {
		t.Errorf("Microsoft has %v", there)
	}
	// He is this call's now, and nobody else's.
	busy := f.callOut(t, outbound{Agent: second.ID})
	f.ended(t, busy, soon).check(t, "unanswered", "nobody_available", "none")
	if status := f.ask(t, "DELETE", c.path+"/participants/"+ids[0], nil, nil); status != 202 {
		t.Errorf("DELETE: %d", status)
	}
	f.until(t, c.id, "taken out", func(v guestView) bool { return v.is(ids[0], "gone", "ended") })
	f.quiet(t, second)
	again := f.callOut(t, outbound{Agent: second.ID})
	f.await(t, "he can be called again", soon, func(o bridge.Observation) bool { return o.Call.ID == again && o.Call.Phase == call.Connected })
	f.finish(t, again)
	if err := c.customer.Hangup(t.Context()); err != nil {
		t.Error(err)
	}
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

func (f *flows) movedToHost(t *testing.T) {
	host, _, server := f.hosting(t)
	guest := f.visit(t, server)
	aside, agent, participant := f.aside(t)
	ids, status := f.moves(t, guest, aside, participant)
	if status != 202 {
		t.Fatalf("move: %d", status)
	}
	f.until(t, guest, "he is the host's guest", func(v guestView) bool { return v.is(ids[0], "joined", "") })
	f.ended(t, aside, soon)
	// And on, with the one whom the host has.
	v := f.view(t, guest)
	i := slices.IndexFunc(v.Participants, func(p guestMember) bool { return p.Host })
	c := f.converse(t)
	for _, who := range []string{ids[0], v.Participants[i].ID} { // in turn: without his own the host ends it
		here, status := f.moves(t, c.id, guest, who)
		if status != 202 || len(here) != 1 {
			t.Fatalf("move: %d", status)
		}
		f.until(t, c.id, "he is here", func(v guestView) bool { return v.is(here[0], "joined", "") })
	}
	if status := f.ask(t, "POST", c.path+"/hangup", nil, nil); status != 202 {
		t.Errorf("hangup: %d", status)
	}
	r := f.ended(t, c.id, soon)
	if len(r.Attempts) != 3 || r.Attempts[1].Agent != agent.ID {
		t.Errorf("%+v", r.Attempts)
	}
	f.quiet(t, agent)
	f.ask(t, "POST", "/calls/"+string(guest)+"/hangup", nil, nil)
	f.ended(t, guest, soon)
	f.ended(t, host, soon) // nobody was left in it
}

func (f *flows) movedInVain(t *testing.T) {
	c := f.converse(t)
	aside, agent, participant := f.aside(t)
	f.fault(t, faults.Fault{Knob: faults.HTTPStatus, Scope: "move", Value: "400", Times: 1})
	ids, status := f.moves(t, c.id, aside, participant)
	if status != 202 {
		t.Fatalf("move: %d", status)
	}
	f.until(t, c.id, "refused", func(v guestView) bool { return v.is(ids[0], "gone", "misconfigured") })
	f.until(t, aside, "he stayed", func(v guestView) bool { return v.Phase == "connected" && v.is(participant, "joined", "") })
	// He is kept by the call that he stayed in.
	busy := f.callOut(t, outbound{Agent: agent.ID})
	f.ended(t, busy, soon).check(t, "unanswered", "nobody_available", "none")
	f.finish(t, aside)
	if err := c.customer.Hangup(t.Context()); err != nil {
		t.Error(err)
	}
	f.ended(t, c.id, soon)
}

func (f *flows) movesOnBadDays(t *testing.T) {
	for _, x := range []struct {
		name  string
		fault []faults.Fault
	}{
		{"the word of it lost", []faults.Fault{{Knob: faults.EventLose, Scope: "MoveParticipantSucceeded"}}},
		{"everything twice", []faults.Fault{{Knob: faults.EventDuplicate}}},
		{"the answer lost", []faults.Fault{{Knob: faults.HTTPReset, Scope: "move", Value: "after", Times: 1}}},
		{"in disorder", []faults.Fault{{Knob: faults.EventReorder, Seed: 5}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := f.converse(t)
			aside, agent, participant := f.aside(t)
			for _, one := range x.fault {
				f.fault(t, one)
			}
			ids, status := f.moves(t, c.id, aside, participant)
			if status != 202 {
				t.Fatalf("move: %d", status)
			}
			f.until(t, c.id, "he is here", func(v guestView) bool { return v.is(ids[0], "joined", "") })
			if r := f.ended(t, aside, soon); !slices.Equal(r.outcomes(), []string{"moved"}) {
				t.Errorf("%+v", r.Attempts)
			}
			f.Sim.Faults().Reset()
			if err := c.customer.Hangup(t.Context()); err != nil {
				t.Error(err)
			}
			f.ended(t, c.id, soon)
			f.quiet(t, agent)
		})
	}
}

// TestKilledWhileMoving: the process dies when the move was asked for. In the next
// life he is in one call, and the other knows.
func TestKilledWhileMoving(t *testing.T) {
	t.Parallel()
	s, first := apart(t)
	agents := s.File.Tenants[0].Agents
	for _, a := range agents[:2] {
		if _, err := s.Sim.Users().Update(a.OID, does(teams.Accept)); err != nil {
			t.Fatal(err)
		}
	}
	to, from := s.callOut(t, outbound{Agent: agents[0].ID}), s.callOut(t, outbound{Agent: agents[1].ID})
	up := func(v guestView) bool { return v.Phase == "connected" }
	s.until(t, to, "one talks", up)
	who := s.until(t, from, "the other talks", up).Participants[0].ID
	ids, status := s.moves(t, to, from, who)
	if status != 202 {
		t.Fatalf("move: %d", status)
	}
	first.kill(t)
	second := spawn(t, s.Config)
	var v guestView
	eventually(t, "the move is decided", 90*time.Second, func() bool {
		v = s.view(t, to)
		return v.is(ids[0], "joined", "") || v.is(ids[0], "gone", "")
	})
	if v.is(ids[0], "joined", "") {
		s.recorded(t, from, 60*time.Second)
	} else {
		s.until(t, from, "he stayed", func(v guestView) bool { return v.is(who, "joined", "") })
		s.ask(t, "POST", "/calls/"+string(from)+"/terminate", nil, nil)
		s.recorded(t, from, 30*time.Second)
	}
	s.ask(t, "POST", "/calls/"+string(to)+"/terminate", nil, nil)
	s.recorded(t, to, 30*time.Second)
	eventually(t, "the calls gone at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })
	s.quiet(t, agents[1])
	second.stop(t)
}
