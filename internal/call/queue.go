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
}

// waits keeps a call for which the queue has nobody now. The customer hears
// ringing meanwhile, no longer than SetupWithin; false if he is not to wait.
func (s *step) waits(e NobodyAvailable) bool {
	c := &s.c
	if c.Plan.Queue == "" || c.Phase != Routing || e.Closed {
		return false
	}
	if c.Waiting.Since.IsZero() {
		c.Waiting.Since = s.at
	}
	c.Waiting.Position, c.Waiting.Estimate, c.Waiting.Why = e.Position, e.Estimate, e.Why
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
	switch {
	case q == "":
	case c.Plan.Queue == q:
		return c.Marks.Offered
	case c.Handover.Queue == q && c.Handover.Open():
		return c.Handover.Since
	}
	return time.Time{}
}

// RungFrom reports whether somebody was rung for the call out of a queue.
func (c Call) RungFrom(q tenant.QueueID) bool {
	return slices.ContainsFunc(c.Participants, func(p Participant) bool { return p.Queue == q })
}
