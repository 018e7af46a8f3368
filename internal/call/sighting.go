package call

import "time"

// That somebody joined is told twice: by the event about his invitation, and by the
// list of who is in the call, in any order and within moments of each other
// (facts/call-automation.md §11.4). Each of them is known to be wrong at times: a
// declined invitation was reported as a success (§16, azure-sdk-for-net#41032), and a
// list is only as good as the moment that it was made. So one sign alone is looked
// into before the customer is answered for it:
//
//	         one sign                    2nd sign, or the look shows him
//	ringing ──────────▶ waiting ──▶ looking ─────────────────────────────▶ joined
//	    ▲                              │ not there
//	    └───────── only listed ────────┤
//	                     reported      ▼
//	                              missed ──▶ looking again ──not there──▶ gone, declined
//
// Where no look is answered, what was told is believed.

// Sighting is how far it is looked into that somebody joined; "": not at all.
type Sighting string

const (
	SightWaiting Sighting = "waiting"       // for the other sign
	SightLooking Sighting = "looking"       // a look is under way
	SightMissed  Sighting = "missed"        // it did not show him, which the next may
	SightAgain   Sighting = "looking_again" // the next is under way
)

const (
	// SightWithin is how long the second sign is waited for.
	SightWithin = 250 * time.Millisecond
	// SightAgainIn is how long after a look that did not show him there is another:
	// what Microsoft answers may be older than what it tells.
	SightAgainIn = 2 * time.Second
)

func awaitSight(p Participant) string { return AwaitSight + "/" + p.ID }

// awaited reports whether he may still join.
func (p Participant) awaited() bool {
	_, ok := nextParticipant(p.State, factJoined)
	return ok
}

// reported takes the word that participant i joined.
func (s *step) reported(i int) bool {
	if i < 0 || s.c.Participants[i].Reported || !s.c.Participants[i].awaited() {
		return false
	}
	s.c.Participants[i].Reported = true
	return s.sighted(i)
}

// sighted takes one sign that participant i joined, or the second; false if he cannot.
func (s *step) sighted(i int) bool {
	p := &s.c.Participants[i]
	switch {
	case !p.awaited():
		return false
	case p.Sighting == "":
		p.Sighting = SightWaiting
		s.await(awaitSight(*p), SightWithin)
		return true
	}
	return s.move(i, factJoined, Outcome{})
}

// unlisted: the list that showed him was wrong, or he has left at once.
func (s *step) unlisted(i int) {
	p := &s.c.Participants[i]
	p.Listed = false
	if !p.Reported {
		p.Sighting = ""
		s.settle(awaitSight(*p))
	}
}

// sightOverdue: the second sign did not come, or the look was not answered.
func (s *step) sightOverdue(i int) {
	if i < 0 || !s.c.Participants[i].awaited() {
		return
	}
	p := &s.c.Participants[i]
	switch p.Sighting {
	case SightWaiting:
		p.Sighting = SightLooking
	case SightMissed:
		p.Sighting = SightAgain
	default:
		s.move(i, factJoined, Outcome{})
		return
	}
	s.look()
	s.await(awaitSight(*p), ConnectedWithin)
}

// notSeen: a look did not show participant i, of whom there is a sign.
func (s *step) notSeen(i int) {
	p := &s.c.Participants[i]
	switch {
	case p.Sighting != SightLooking && p.Sighting != SightAgain: // asked before the sign came
	case !p.Reported:
		s.unlisted(i)
	case p.Sighting == SightLooking:
		p.Sighting = SightMissed
		s.await(awaitSight(*p), SightAgainIn)
	default:
		s.leave(i, Outcome{Class: ClassDeclined, Message: "reported as joined, but not in the call"})
	}
}
