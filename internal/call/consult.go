package call

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A consult lets the people of a call talk with one more, while the customer waits
// with music. It is made of what the call can do anyway: a hold, an addition, an
// unhold. It is here, and not with who asks, because the customer must get out of the
// hold whatever becomes of the others.
//
//	holding ──held──▶ ringing ──joined──▶ talking
//	   │                 │                   │
//	   └── refused       └── nobody came     └── merge, cancel, or one side left
//	                 └────────▶ returning ──unheld──▶ over
//
// Nobody is rung before the customer is held, so that he hears nothing of it. If it
// is cancelled, he comes back when who was asked is gone; if the one who asked
// leaves, he talks with the other, which is a warm transfer.

// ConsultState is where a consult stands.
type ConsultState string

// The states.
const (
	ConsultHolding   ConsultState = "holding" // the customer is to be put on hold
	ConsultRinging   ConsultState = "ringing" // the other person is looked for, or rung
	ConsultTalking   ConsultState = "talking"
	ConsultReturning ConsultState = "returning" // the customer is to come back
	ConsultIsOver    ConsultState = "over"
)

// ConsultResult is what became of a consult.
type ConsultResult string

// The results.
const (
	ConsultMerged     ConsultResult = "merged"      // all of them talk
	ConsultHandedOver ConsultResult = "handed_over" // who asked left, the other has the customer
	ConsultCancelled  ConsultResult = "cancelled"   // who was asked is gone again
	ConsultFailed     ConsultResult = "failed"      // nobody came, or the customer could not be put on hold
)

// Consult is the newest consult of a call.
type Consult struct {
	Add       AddAsked      `json:"add"` // who is asked; its id is the consult's and the participant's
	State     ConsultState  `json:"state"`
	Result    ConsultResult `json:"result,omitempty"` // decided when it is returning
	Outcome   Outcome       `json:"outcome,omitzero"` // why it failed, or why the customer is still on hold
	Operation string        `json:"operation"`        // the newest hold or unhold, by its id
	Tries     int           `json:"tries,omitempty"`  // of the way back
	AskedAt   time.Time     `json:"asked_at"`
	ChangedAt time.Time     `json:"changed_at"`
}

// Over reports whether nothing more is expected of it.
func (k Consult) Over() bool { return k.State == ConsultIsOver }

// maxReturns is how often the customer's way back is tried; then people have to.
const maxReturns = 5

func (e ConsultAsked) hold(id string) OperateAsked {
	return OperateAsked{ID: id, Operation: Operation{Kind: Hold, Target: Customer, Sources: e.Music}}
}

// permitConsult says what stands against a consult.
func (c Call) permitConsult(e ConsultAsked) error {
	switch {
	case c.Consult != nil && !c.Consult.Over():
		return fmt.Errorf("%w: a consult is %s", ErrRefused, c.Consult.State)
	case e.Add.ID == "":
		return fmt.Errorf("%w: a consult has the id of whom it adds", ErrRefused)
	case c.Customer.Held:
		return fmt.Errorf("%w: the customer is on hold already: add a participant instead", ErrRefused)
	case slices.ContainsFunc(c.Operations, func(o OperationRecord) bool { return !o.Over() && (o.Kind == Hold || o.Kind == Unhold) }):
		return fmt.Errorf("%w: a hold of the customer is under way", ErrRefused)
	}
	if err := c.permitOperation(e.hold(e.Add.ID)); err != nil {
		return err
	}
	return c.permitAdd(e.Add)
}

// permitConsultEnd says what stands against its end.
func (c Call) permitConsultEnd(e ConsultEndAsked) error {
	switch k := c.Consult; {
	case k == nil || k.Over():
		return fmt.Errorf("%w: it has no consult", ErrRefused)
	case k.State == ConsultReturning:
		return fmt.Errorf("%w: the customer is on his way back already", ErrRefused)
	case e.Merge && k.State != ConsultTalking:
		return fmt.Errorf("%w: the consult is %s, and there is nobody to merge with yet", ErrRefused, k.State)
	}
	return nil
}

func (s *step) onConsultAsked(e ConsultAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	s.c.Consult = &Consult{Add: e.Add, Operation: e.Add.ID, AskedAt: s.at}
	s.consultIs(ConsultHolding)
	return s.onOperateAsked(e.hold(e.Add.ID))
}

func (s *step) onConsultEndAsked(e ConsultEndAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	if e.Merge {
		s.consultReturns(ConsultMerged, Outcome{})
	} else {
		s.consultReturns(ConsultCancelled, Outcome{})
	}
	return true
}

func (s *step) consultIs(state ConsultState) {
	k := *s.c.Consult // an earlier snapshot may share it
	k.State, k.ChangedAt = state, s.at
	s.c.Consult = &k
}

// consultReturns begins the customer's way back.
func (s *step) consultReturns(r ConsultResult, why Outcome) {
	s.consultIs(ConsultReturning)
	s.c.Consult.Result, s.c.Consult.Outcome = r, why
}

// endConsult: with the call, or with our control of it, everything ends.
func (s *step) endConsult() {
	if k := s.c.Consult; k != nil && !k.Over() {
		s.consultIs(ConsultIsOver)
		s.c.Consult.Result = cmp.Or(k.Result, ConsultCancelled)
	}
}

// driveConsult goes on with whatever the call shows by now.
func (s *step) driveConsult() {
	for k := s.c.Consult; k != nil && !k.Over(); {
		before := *k
		s.stepConsult(*k)
		if k = s.c.Consult; *k == before {
			return
		}
	}
}

func (s *step) stepConsult(k Consult) {
	held := s.c.Customer.Held
	i := s.c.participant(k.Add.ID)
	switch k.State {
	case ConsultHolding:
		switch o := s.c.operationNamed(k.Operation); {
		case o == nil || o.State == OperationFailed || o.State == OperationCancelled:
			why := Outcome{Class: ClassUnknown}
			if o != nil {
				why = o.Outcome
			}
			s.consultReturns(ConsultFailed, why)
		case !o.Over():
		case s.onAddAsked(k.Add):
			s.consultIs(ConsultRinging)
		default: // he came meanwhile, by another request
			s.consultReturns(ConsultFailed, Outcome{Class: ClassUnknown, Message: "who was asked for cannot be added any more"})
		}
	case ConsultRinging:
		switch {
		case s.c.asked(k.Add.ID) >= 0 && held:
		case i < 0 && held:
			s.consultReturns(ConsultFailed, Outcome{Class: ClassUnknown})
		case i >= 0 && s.c.Participants[i].State == Gone:
			s.consultReturns(ConsultFailed, s.c.Participants[i].Outcome)
		case i >= 0 && s.c.Participants[i].inside():
			s.consultIs(ConsultTalking)
		case !held: // somebody else ended the hold, or its music could not be had
			s.consultReturns(ConsultCancelled, Outcome{})
		}
	case ConsultTalking:
		switch {
		case i < 0 || s.c.Participants[i].State == Gone:
			s.consultReturns(ConsultCancelled, Outcome{})
		case !held:
			s.consultReturns(ConsultMerged, Outcome{})
		case !slices.ContainsFunc(s.c.Participants, func(p Participant) bool { return p.inside() && p.ID != k.Add.ID && p.For != k.Add.ID }):
			s.consultReturns(ConsultHandedOver, Outcome{})
		}
	case ConsultReturning:
		s.returnConsult(k, i)
	}
}

// returnConsult takes who is not to be heard out, and then the customer off hold.
func (s *step) returnConsult(k Consult, i int) {
	next := k
	switch o := s.c.operationNamed(k.Operation); {
	case k.Result == ConsultCancelled && s.sendAway(k.Add.ID, i, &next):
	case o != nil && !o.Over():
		return
	case !s.c.Customer.Held:
		next.State, next.ChangedAt = ConsultIsOver, s.at
	case next.Tries >= maxReturns: // visible as held; the API has an unhold
		next.State, next.ChangedAt = ConsultIsOver, s.at
		if o != nil {
			next.Outcome = o.Outcome
		}
	default:
		e := OperateAsked{ID: fmt.Sprintf("%s-back-%d", k.Add.ID, k.Tries), Operation: Operation{Kind: Unhold, Target: Customer}}
		if !s.onOperateAsked(e) {
			return // something else is under way; when that is over it is tried again
		}
		next.Operation = e.ID
		next.Tries++
	}
	s.c.Consult = &next
}

// sendAway sees to it that a participant is not heard, and reports whether that is
// still to be waited for.
func (s *step) sendAway(id string, i int, next *Consult) bool {
	if at := s.c.asked(id); at >= 0 {
		s.dropAdd(at)
		i = s.c.participant(id) // somebody of a queue may ring
	}
	if i < 0 {
		return false
	}
	switch p := s.c.Participants[i]; {
	case p.State == Gone:
		return false
	case p.State == Removing || p.State == Cancelling:
		return true
	case next.Tries >= maxReturns:
		return false
	}
	next.Tries++
	s.onRemoveAsked(RemoveAsked{Participant: id})
	return true
}

// operationNamed finds one by the id it was asked for with; nil if there is none.
func (c Call) operationNamed(id string) *OperationRecord {
	i := slices.IndexFunc(c.Operations, func(o OperationRecord) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Operations[i]
}
