package call

import (
	"slices"
	"time"

	"tandem/internal/tenant"
)

// Waiting is how a call stands in the queue of its plan. The zero value: it does
// not wait.
type Waiting struct {
	Since    time.Time     `json:"since,omitzero"`
	Position int           `json:"position,omitempty"` // 1: the next one
	Estimate time.Duration `json:"estimate,omitempty"` // until somebody is free; 0: nobody can say
	Why      []string      `json:"why,omitempty"`      // of those looked at last
	MovedAt  time.Time     `json:"moved_at,omitzero"`  // when its place was news last
}

// ToldPlaces is how far from the head of a queue each new place is news. Behind it
// places change with every call that is taken, for all who wait.
const ToldPlaces = 10

// told is what a queue says now of a call that waits in it.
func (w Waiting) told(e NobodyAvailable, at time.Time) Waiting {
	if w.Since.IsZero() {
		w.Since = at
	}
	if w.MovedAt.IsZero() || e.Position != w.Position && e.Position <= ToldPlaces {
		w.MovedAt = at
	}
	w.Position, w.Estimate, w.Why = e.Position, e.Estimate, e.Why
	return w
}

// waits keeps a call for which the queue has nobody now. The customer hears
// ringing meanwhile, no longer than SetupWithin; false if he is not to wait.
func (s *step) waits(e NobodyAvailable) bool {
	c := &s.c
	if c.Plan.Queue == "" || c.Phase != Routing || e.Closed {
		return false
	}
	c.Waiting = c.Waiting.told(e, s.at)
	s.await(AwaitQueue, QueueEvery)
	if c.Near.State == LegOffered {
		s.ringNear()
	}
	return true
}

// askAgain has a call that waits in its plan's queue ask for somebody now.
func (s *step) askAgain() bool {
	if _, waits := s.c.Deadlines[AwaitQueue]; !waits {
		return false
	}
	s.settle(AwaitQueue)
	return true
}

// InQueue is since when the call is in a queue; zero if it is not.
func (c Call) InQueue(q tenant.QueueID) time.Time {
	switch i := c.seeking(); {
	case q == "":
	case c.Phase == Connected && i >= 0 && c.Adds[i].Queue == q:
		return c.Adds[i].Since
	case c.Plan.Queue == q:
		return c.Marks.Offered
	case c.Handover.Queue == q && c.Handover.Open():
		return c.Handover.Since
	}
	return time.Time{}
}

// RungFrom reports whether somebody was rung for the call out of a queue, for what it
// waits there for now.
func (c Call) RungFrom(q tenant.QueueID) bool {
	of := ""
	if i := c.seeking(); i >= 0 {
		of = c.Adds[i].ID
	}
	return slices.ContainsFunc(c.Participants, func(p Participant) bool { return p.Queue == q && p.For == of && p.Agent != "" })
}

// Place is how the call stands in the queue that it waits in; of is the id of the
// addition that it waits for, "" if it waits for its first person. Without a queue it
// waits in none.
func (c Call) Place() (q tenant.QueueID, of string, w Waiting) {
	switch q := c.Queued(); {
	case q == "":
	case c.Phase == Connected:
		a := c.Adds[c.seeking()]
		return q, a.ID, a.Waiting
	case c.treated():
		h := c.Handover
		return q, "", Waiting{Since: h.Since, Position: h.Position, Estimate: h.Estimate, Why: h.Why, MovedAt: h.MovedAt}
	default:
		return q, "", c.Waiting
	}
	return "", "", Waiting{}
}
