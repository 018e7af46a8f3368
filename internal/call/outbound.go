package call

import "time"

// An outbound call has neither customer nor legs: one agent is called at a
// connection that we make, and is its first participant. His ringing and the
// connection are one thing, so it is the connection's machine that tells what
// became of it; only how it reaches him is his own.
//
//	reserved ──CallAgent──▶ inviting ──created──▶ ringing ──answered──▶ joined
//	                        placing               placed               up       (connection)

// LookWithin is how long the look at a call that rang long enough may take.
const LookWithin = 10 * time.Second

// looksForPlaced times EndWithin is how long a connection may still name itself
// that we asked for without an answer: longer than Microsoft rings anybody
// (about two minutes, facts/call-automation.md §6.2).
const looksForPlaced = 18

// called finds the participant whom the connection was made for, as long as he
// neither answered nor is gone; -1 if there is none.
func (c Call) called() int {
	if !c.Plan.outbound() || len(c.Participants) == 0 {
		return -1
	}
	p := c.Participants[0]
	if p.Op == "" || p.Op != c.Connection.Op || p.State != Inviting && p.State != Ringing {
		return -1
	}
	return 0
}

func (s *step) onCalled(e AgentCalled) bool {
	k := &s.c.Connection
	if e.Op != k.Op || e.Connection == "" || k.ID != "" && e.Connection != k.ID {
		return false
	}
	to, ok := nextConnection(k.State, factPlaced)
	if !ok {
		return false
	}
	k.State, k.ID = to, e.Connection
	k.fill("", e.Correlation)
	if i := s.c.called(); i >= 0 {
		s.move(i, factInvitedAgent, Outcome{})
	}
	return true
}

// driveOutbound reserves the agent and calls him. He who fails ends the call
// by the connection's end; nobody takes his place.
func (s *step) driveOutbound() {
	c := &s.c
	i := c.current()
	if i < 0 && c.Connection.Live() { // seen to be up, and he is not there any more
		s.finish(Termination{Result: Completed, Reason: ReasonAgentHungUp, By: ByAgent, Fault: FaultNone})
		return
	}
	if i < 0 {
		if c.Choosing == "" {
			c.Choosing = s.ask(ChooseAgent{Wanted: c.Plan.Agents, Whatever: true, Person: c.Plan.Person})
		}
		return
	}
	p := &c.Participants[i]
	switch {
	case p.State == Reserved && c.Connection.State == ConnectionNone:
		p.Op = s.ask(CallAgent{Resource: c.Plan.Resource, Endpoint: p.Endpoint, DisplayName: c.Plan.DisplayName})
		p.State, p.RungAt = Inviting, s.at
		c.Connection = Connection{State: ConnectionPlacing, Resource: c.Plan.Resource, Op: p.Op, Sequence: -1}
		c.Marks.Ringing = s.at
		s.await(awaitRing(*p), c.Plan.RingTimeout)
	case p.State == Joined:
		s.connected()
	}
}

// callOverdue: it rang long enough. Calling knows no timeout of Microsoft's that
// we could set, so it is for us to end it; but perhaps he has just answered.
func (s *step) callOverdue(i int) {
	p := &s.c.Participants[i]
	if !p.Overdue && s.look() {
		p.Overdue = true
		s.await(awaitRing(*p), LookWithin)
		return
	}
	s.finish(Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft})
}

// onStillRinging ends what rang long enough.
func (s *step) onStillRinging() bool {
	i := s.c.called()
	switch {
	case s.c.Connection.State == ConnectionEnding: // so that drive asks again to end it
		s.c.Connection.State = ConnectionPlaced
		return true
	case i < 0 || !s.c.Participants[i].Overdue || s.c.Ending != nil:
		return false
	}
	s.c.Participants[i].Outcome = Outcome{Class: ClassNoAnswer}
	s.finish(byClass(s.c.Participants[i].Outcome))
	return true
}

// onPlacingFailed: we were not let into a call, or could not call. A refusal is the end
// of the connection that never was. Without an answer there may be one: the call ends,
// but waits until the connection names itself, to end that, or leave by it, too.
func (s *step) onPlacingFailed(e ActionFailed) bool {
	k := &s.c.Connection
	if e.Op != k.Op || k.State != ConnectionPlacing {
		return false
	}
	if e.Unsure {
		return s.stop(Termination{
			Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft, Message: e.Outcome.Message,
		})
	}
	to, _ := nextConnection(k.State, factDown)
	k.State, k.Outcome = to, e.Outcome
	if s.c.Plan.guest() {
		s.stop(s.c.hostEnding(e.Outcome))
		return true
	}
	if i := s.c.called(); i >= 0 {
		s.leave(i, e.Outcome)
	}
	s.stop(byClass(e.Outcome))
	return true
}
