package call

// How a call is taken apart: the first cause wins, then everything that is there is
// ended and waited for.

// stop finishes a call that is not ending yet.
func (s *step) stop(t Termination) bool {
	if s.c.Ending != nil {
		return false
	}
	s.finish(t)
	return true
}

// endOverdue: something did not go away in time. Look, and in the end let go:
// the legs have told or will never tell, the edge's own timers are shorter.
func (s *step) endOverdue() {
	s.c.Looks++
	s.partAgain()
	k := &s.c.Connection
	switch {
	case s.c.Looks > maxLooks:
		for _, l := range s.c.legs() {
			l.State = over(l.State)
		}
		k.State = ConnectionIsDown
	case s.look():
	case k.State == ConnectionPlacing, s.c.Plan.External && k.State == ConnectionAccepting: // its first callback, or the answer to a repeated request, names it yet
		if s.c.Looks > looksForPlaced {
			k.State = ConnectionIsDown
		}
	case k.Live(): // the accept request never told its id; after this long nothing can be known of it
		if s.c.Looks > 3 {
			k.State = ConnectionIsDown
		}
	}
	s.await(AwaitEnd, EndWithin)
}

func over(l LegState) LegState {
	if l == LegNone {
		return l
	}
	return LegDone
}

func (s *step) onHangUpAsked(e HangUpAsked) bool {
	if e.ForEveryone && s.c.Plan.guest() {
		return false
	}
	t := Termination{Result: Cancelled, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone, Message: e.Cause}
	if s.c.Phase == Connected || s.c.Phase == Released {
		t.Result = Completed
	}
	if e.Flow && s.c.Phase == Routing {
		t = s.c.treatmentOver()
	}
	return s.stop(t)
}

// driveEnding takes the tree apart: the customer first, then whoever still
// rings, then the connection and the far leg.
func (s *step) driveEnding() {
	c := &s.c
	c.Choosing, c.Adds = "", nil
	s.leaveRecording()
	s.endConsult()
	s.endStreams()
	s.endTranscriptions()
	s.endOperations()
	if c.Near.Live() && c.Near.State != LegEnding {
		status, q850 := c.Ending.NearStatus()
		if c.Ending.Result == Completed || c.Ending.Reason == ReasonFlowEnded && c.Near.State == LegUp {
			q850 = 16
		}
		if c.Near.State == LegUp {
			status = 0 // a BYE has none
		}
		s.hangUp(Near, status, q850)
	}
	ringing := s.stopRinging(c.called()) // the end of the connection is the end of his ringing
	switch k := &c.Connection; k.State {
	case ConnectionRedirecting: // whom it was handed to is sent away by the end of the far leg
		k.State = ConnectionIsDown
	case ConnectionOffered:
		s.ask(RefuseInvitation{Resource: k.Resource, Context: k.Invitation})
		k.State, k.Invitation = ConnectionIsDown, ""
	case ConnectionAnswered, ConnectionIsUp:
		if !ringing && !s.takeLeave() {
			s.ask(EndConnection{Connection: k.ID, ForEveryone: !c.Plan.guest()})
			k.State = ConnectionEnding
		}
	case ConnectionPlaced: // only a call that is established can be ended for everyone
		s.ask(EndConnection{Connection: k.ID})
		k.State = ConnectionEnding
	}
	if c.Far.Live() && c.Far.State != LegEnding && !ringing {
		s.hangUp(Far, 487, 16)
	}
	s.driveOutlegs(!ringing)
	if !c.Near.Live() && !c.Far.Live() && !c.calledOut() && !c.Connection.Live() {
		for i := range c.Participants {
			if c.Participants[i].State != Gone {
				s.leave(i, Outcome{Class: ClassEnded})
			}
		}
		s.endRecordings()
		c.Phase = Ended
		c.Marks.Ended = s.at
		clear(c.Deadlines)
	}
}

func (s *step) hangUp(side Side, status, q850 int) {
	l := s.c.leg(side)
	if l.Orphan {
		s.ask(BuryLeg{Side: side, Dialog: l.Dialog})
	} else {
		text := ""
		if s.c.Ending != nil {
			text = string(s.c.Ending.Reason)
		}
		s.ask(HangUpLeg{Side: side, Status: status, Q850: q850, Text: text})
	}
	l.State = LegEnding
}
