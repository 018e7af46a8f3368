package call

import "slices"

// A call is released when its customer was transferred: he talks on over the same
// two legs, with somebody whom we did not ring and cannot see. Nothing can be done
// in it any more but to hang up, and the first leg to end ends it. Who was in the
// call before stays behind in a connection that we leave.

// transferring reports whether a transfer is under way.
func (c Call) transferring() *OperationRecord {
	for i := range c.Operations {
		if o := &c.Operations[i]; o.Kind == Transfer && !o.Over() {
			return o
		}
	}
	return nil
}

// accepted takes a transfer for accepted that nobody told of.
func (s *step) accepted(o *OperationRecord) {
	s.onOperationEnded(OperationEnded{Op: o.Op, State: OperationDone, Outcome: Outcome{Class: ClassEnded}})
}

// seeCustomer looks for the customer among who is in the call. If he was there
// before a transfer and is not any more, it was accepted.
func (s *step) seeCustomer(present []Endpoint) {
	switch t := s.c.transferring(); {
	case slices.Contains(present, s.c.customer()):
		s.c.Listed = true
	case s.c.Listed && t != nil:
		s.accepted(t)
	case s.c.Listed && s.c.Plan.External && s.c.Phase != Released:
		s.stop(s.c.left())
	}
}

// release lets the customer go to whom he was transferred to.
func (s *step) release(to *Person) {
	if s.c.Phase != Connected && !s.c.treated() {
		return
	}
	if s.c.Handover.Open() {
		s.closeHandover(HandoverTakenBack, "")
	}
	s.c.Phase, s.c.Marks.Released = Released, s.at
	if s.c.Marks.Connected.IsZero() { // by a flow, which has nobody else to talk to
		s.c.Marks.Connected = s.at
	}
	s.c.ReleasedTo = to
	for len(s.c.Adds) > 0 {
		s.forget(0)
	}
	s.c.Choosing = ""
	s.settle(AwaitWatch, AwaitFlow, AwaitQuiet)
	s.leaveRecording()
	s.endConsult()
	s.endStreams()
	s.endTranscriptions()
	s.endOperations()
}

// driveReleased leaves the connection, as often as it takes, and waits for a BYE.
func (s *step) driveReleased() {
	k := &s.c.Connection
	if ringing := s.stopRinging(-1); k.State == ConnectionIsUp && !ringing {
		s.ask(EndConnection{Connection: k.ID})
		k.State = ConnectionEnding
		s.await(AwaitLeave, EndWithin)
	}
	if !k.Live() {
		s.settle(AwaitLeave)
		s.endRecordings()
		if s.c.Plan.External { // of what he talks on we hear no more
			s.finish(Termination{Result: Completed, Reason: ReasonMicrosoftHungUp, By: ByMicrosoft, Fault: FaultNone})
		}
	}
}
