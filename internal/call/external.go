package call

// A customer may come over an SBC that is not ours. Microsoft tells of him as of any call,
// and nothing in it is a token of ours: the number that he called says whose he is
// (DESIGN §4). No leg of his passes here. He is answered at once, because only out of a
// connection can somebody be rung; until somebody joins he hears what the flow of the
// number plays, or nothing. That he has left shows in Microsoft's lists of who is there, or
// as the end of the connection.
//
//	requested ──IncomingCall──▶ routing, answered at once ──joined──▶ connected ──▶ ending: for everyone ──▶ ended
//
// The call is ours all the same: we took it, so we end it.

// arrived takes such a customer, with whom his call begins.
func (s *step) arrived(e Invited) {
	s.c.Phase = Routing
	s.settle(AwaitInvite)
	s.c.Caller, s.c.Called = e.Caller, e.Called
	s.c.Marks.Requested, s.c.Marks.Offered, s.c.Marks.Invited = s.at, s.at, s.at
	s.c.Connection = Connection{
		State: ConnectionOffered, Resource: e.Resource, Correlation: e.Correlation, Invitation: e.Context, Sequence: -1,
	}
}

// there reports whether the customer hears what happens in the call.
func (c Call) there() bool {
	if c.Plan.External {
		return c.Connection.State == ConnectionIsUp
	}
	return c.Near.State == LegUp
}

// bridged has the customer hear Microsoft's call as soon as that can be, and reports
// whether he does.
func (s *step) bridged() bool {
	if s.c.Plan.External {
		return s.c.there()
	}
	return s.c.Far.State == LegUp && s.join()
}

// left is how a call ends whose customer has gone.
func (c Call) left() Termination {
	if c.Phase == Connected || c.Phase == Released {
		return Termination{Result: Completed, Reason: ReasonCallerHungUp, By: ByCaller, Fault: FaultNone}
	}
	return Termination{Result: Abandoned, Reason: ReasonCallerGaveUp, By: ByCaller, Fault: FaultNone}
}
