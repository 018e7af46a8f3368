package call

import "fmt"

// A call can be handed to a person without our taking it: Microsoft then rings him
// as if the customer had called him, with his forwarding and voicemail, and answers
// the far leg when he does. The call has no connection, is released from its first
// word on, and ends with a leg.

// permitRedirect: an invitation that was accepted cannot be redirected any more.
func (c Call) permitRedirect() error {
	switch {
	case c.Plan.legless() || c.Phase != Requested && c.Phase != Routing:
		return fmt.Errorf("%w: a call is redirected before it is connected, this one is %s", ErrRefused, c.Phase)
	case c.Redirect != nil:
		return fmt.Errorf("%w: it was redirected to %s already", ErrRefused, c.Redirect.Name)
	case c.Connection.State != ConnectionNone:
		return fmt.Errorf("%w: it was taken at Microsoft already; add somebody, or transfer it", ErrRefused)
	}
	return nil
}

func (s *step) onRedirectAsked(e RedirectAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	s.c.Redirect = &e.To
	s.c.Choosing = "" // nobody else is wanted
	s.stopRinging(-1)
	return true
}

func (s *step) driveRedirect() {
	c := &s.c
	if c.Near.State == LegOffered {
		s.ask(RingNear{})
		c.Near.State = LegRinging
	}
	if c.Far.State == LegNone {
		s.await(AwaitSetup, SetupWithin) // whatever the policy
		s.dialFar()
	}
	if k := &c.Connection; k.State == ConnectionOffered {
		k.Op = s.ask(RedirectInvitation{Resource: k.Resource, Context: k.Invitation, To: c.Redirect.Endpoint})
		k.State, k.Invitation = ConnectionRedirecting, ""
		c.Marks.Ringing = s.at
	}
	if c.Far.State == LegUp && s.join() {
		c.Phase, c.Marks.Released = Released, s.at
		c.ReleasedTo = c.Redirect
		c.Marks.Connected = s.at
		s.settle(AwaitSetup)
	}
}

// onRedirected: with its answer the invitation is gone.
func (s *step) onRedirected(e Redirected) bool {
	k := &s.c.Connection
	if k.State != ConnectionRedirecting || e.Op != k.Op {
		return false
	}
	k.State = ConnectionIsDown
	return true
}

// onRedirectFailed: without an answer the person may ring all the same, which the
// far leg will tell.
func (s *step) onRedirectFailed(e ActionFailed) bool {
	k := &s.c.Connection
	if k.State != ConnectionRedirecting || e.Op != k.Op {
		return false
	}
	k.State, k.Outcome = ConnectionIsDown, e.Outcome
	if !e.Unsure {
		s.finish(byClass(e.Outcome))
	}
	return true
}

func (s *step) onRejectAsked(e RejectAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	t := Termination{Result: Cancelled, Reason: ReasonDeclined, By: ByProvider, Fault: FaultNone}
	switch e.Why {
	case RejectBusy:
		t.Reason = ReasonBusy
	case RejectForbidden:
		t.Reason = ReasonNotAllowed
	}
	return s.stop(t)
}

// classOfStatus is what a SIP status of the far leg says of the person rung.
func classOfStatus(status int) Class {
	switch status {
	case 486, 600:
		return ClassBusy
	case 603, 607:
		return ClassDeclined
	case 408, 487:
		return ClassNoAnswer
	case 404, 480, 604:
		return ClassUnavailable
	case 403:
		return ClassNotAllowed
	}
	return ClassUnknown
}
