package call

// Who is put on hold hears silence, unless somebody names music for Microsoft to play. The
// customer passes our relay, which plays to him the music of the call instead: from when
// Microsoft has put him on hold until somebody asks to end that, so that it stops before
// the first word. What is played to him alone meanwhile is heard, too.

// parks reports whether the customer is to hear our music now.
func (c Call) parks() bool {
	if !c.Customer.Held || !c.OurMusic || c.Near.State != LegUp || !c.Media || c.Phase == Released {
		return false
	}
	for _, o := range c.Operations {
		if !o.Over() && o.Target == Customer && (o.Kind == Unhold || o.Kind == Play || o.Kind == Recognize) {
			return false
		}
	}
	return true
}

// park has our leg do what the call wants, as far as there is one.
func (s *step) park() {
	if want := s.c.parks(); want != s.c.Parked && s.c.Ending == nil {
		s.c.Parked = want
		s.ask(HoldNear{On: want})
	}
}
