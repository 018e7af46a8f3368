package call

import (
	"cmp"
	"slices"
	"time"

	"tandem/internal/tenant"
)

// An agent who was asked for is reserved, or is not there. Of a queue somebody is
// looked for until one of it has joined, as for a call that waits in it:
//
//	seeking ──chosen──▶ ringing ──joined──▶ (found)
//	 │   ▲                 │
//	 │   └── did not come ─┘
//	 │   ▲
//	 ▼   │ "queue/<id>", QueueMoved
//	waiting ──closed, waited long enough──▶ (lost)
//
// Each person rung is a participant of his own, who says what he was rung for
// ([Participant.For]); a search that brings nobody leaves one that never came, under
// the id that it was asked for with. A call waits in one queue at a time, so that its
// place in it is one, too.

// Sought is somebody who was asked for and has not come yet.
type Sought struct {
	AddAsked
	Since   time.Time `json:"since,omitzero"`
	Op      string    `json:"op,omitempty"`     // the choice under way for it
	Waiting Waiting   `json:"waiting,omitzero"` // of a queue, while nobody of it is free
}

// AwaitAdd is the name of a deadline, followed by "/" and the id of an addition: the
// longest wait for somebody of a queue.
const AwaitAdd = "add"

func awaitAdd(id string) string       { return AwaitAdd + "/" + id }
func awaitAddsQueue(id string) string { return AwaitQueue + "/" + id }

// asked finds who was asked for by that id and has not come yet; -1 if there is none.
func (c Call) asked(id string) int {
	return slices.IndexFunc(c.Adds, func(a Sought) bool { return a.ID != "" && a.ID == id })
}

// soughtBy finds for whom a choice is under way; -1 if it is for the call itself.
func (c Call) soughtBy(op string) int {
	return slices.IndexFunc(c.Adds, func(a Sought) bool { return a.Op != "" && a.Op == op })
}

// seeking finds what is looked for in a queue; -1 if there is nothing.
func (c Call) seeking() int {
	return slices.IndexFunc(c.Adds, func(a Sought) bool { return a.Queue != "" })
}

// chosenFor makes a participant of who was chosen for Adds[i]. Of a queue the search
// goes on until he joined.
func (s *step) chosenFor(i int, p Participant) Participant {
	a := &s.c.Adds[i]
	p.DisplayName = a.DisplayName
	if a.Queue == "" {
		p.ID = cmp.Or(a.ID, p.ID)
		s.forget(i)
		return p
	}
	p.For = a.ID
	a.Op, a.Waiting = "", Waiting{}
	return p
}

// noneFor is the answer to a choice for Adds[i] that found nobody.
func (s *step) noneFor(i int, e NobodyAvailable) {
	a := &s.c.Adds[i]
	if a.Queue == "" || e.Closed {
		o := Outcome{Class: ClassUnavailable}
		if len(e.Why) > 0 {
			o.Message = e.Why[0]
		}
		s.lose(i, o)
		return
	}
	a.Op, a.Waiting = "", a.Waiting.told(e, s.at)
	s.await(awaitAddsQueue(a.ID), QueueEvery)
}

// lose ends a search that brought nobody. Who was rung in vain says more than that
// nobody is left.
func (s *step) lose(i int, o Outcome) {
	a := s.c.Adds[i]
	for _, p := range s.c.Participants {
		if a.ID != "" && p.For == a.ID && o.Class == ClassUnavailable {
			o.Class = ClassNoAnswer
		}
	}
	s.stopRingingFor(a.ID)
	s.c.Participants = append(s.c.Participants, Participant{
		ID: cmp.Or(a.ID, a.Op), Agent: a.Agent, Queue: a.Queue, State: Gone, LeftAt: s.at, Outcome: o,
	})
	s.forget(i)
}

// forget takes Adds[i] out. A choice under way for it comes too late then, and lets
// whom it found go.
func (s *step) forget(i int) {
	a := s.c.Adds[i]
	if a.Op != "" && a.Op == s.c.Choosing {
		s.c.Choosing = ""
	}
	s.settle(awaitAdd(a.ID), awaitAddsQueue(a.ID))
	s.c.Adds = slices.Delete(s.c.Adds, i, i+1)
}

// dropAdd ends a search on demand. That of an agent leaves no trace: nobody was rung.
func (s *step) dropAdd(i int) {
	if s.c.Adds[i].Queue != "" {
		s.lose(i, Outcome{Class: ClassCancelled})
		return
	}
	s.forget(i)
}

func (s *step) stopRingingFor(id string) {
	for i, p := range s.c.Participants {
		switch {
		case id == "" || p.For != id:
		case p.State == Reserved:
			s.leave(i, Outcome{Class: ClassCancelled})
		case p.State == Inviting || p.State == Ringing:
			s.withdraw(i, Outcome{Class: ClassCancelled})
		}
	}
}

// findAdds ends the searches that somebody joined for.
func (s *step) findAdds() {
	for i := len(s.c.Adds) - 1; i >= 0; i-- {
		id := s.c.Adds[i].ID
		if s.c.Adds[i].Queue != "" && slices.ContainsFunc(s.c.Participants, func(p Participant) bool { return p.For == id && !p.JoinedAt.IsZero() }) {
			s.forget(i)
		}
	}
}

// driveAdds has the next one chosen who was asked for: one at a time.
func (s *step) driveAdds() {
	c := &s.c
	if c.Choosing != "" {
		return
	}
	for i := range c.Adds {
		a := &c.Adds[i]
		do := ChooseAgent{Wanted: []tenant.AgentID{a.Agent}, Reservation: a.Reservation}
		if a.Queue != "" {
			_, patient := c.Deadlines[awaitAddsQueue(a.ID)]
			coming := func(p Participant) bool { return p.For == a.ID && p.State != Gone }
			if patient || slices.ContainsFunc(c.Participants, coming) {
				continue
			}
			do = ChooseAgent{Queue: a.Queue, Tried: s.triedFor(a.ID)}
		}
		c.Choosing = s.ask(do)
		a.Op = c.Choosing
		return
	}
}

// triedFor lists the agents whom a search should not ring now.
func (s *step) triedFor(id string) (ids []tenant.AgentID) {
	for _, p := range s.c.Participants {
		if p.For == id && s.at.Sub(p.LeftAt) < RestFor {
			ids = append(ids, p.Agent)
		}
	}
	return ids
}

// seekAgain has a search that waits ask for somebody now.
func (s *step) seekAgain() bool {
	i := s.c.seeking()
	if i < 0 {
		return false
	}
	name := awaitAddsQueue(s.c.Adds[i].ID)
	_, waits := s.c.Deadlines[name]
	s.settle(name)
	return waits
}

// addOverdue ends a search that waited long enough, and the ringing with it.
func (s *step) addOverdue(id string) {
	if i := s.c.asked(id); i >= 0 {
		s.lose(i, Outcome{Class: ClassTimeout, Message: "nobody of the queue came in time"})
	}
}
