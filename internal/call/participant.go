package call

import (
	"slices"
	"time"

	"tandem/internal/tenant"
)

// ParticipantState is where one person of the call stands.
type ParticipantState string

const (
	Reserved   ParticipantState = "reserved"   // kept for this call, not rung yet
	Inviting   ParticipantState = "inviting"   // ringing was asked for
	Ringing    ParticipantState = "ringing"    // Microsoft took the invitation
	Joined     ParticipantState = "joined"     // in the call
	Cancelling ParticipantState = "cancelling" // withdrawing the invitation was asked for
	Removing   ParticipantState = "removing"   // taking out was asked for
	Arriving   ParticipantState = "arriving"   // moves here from another call
	Departing  ParticipantState = "departing"  // moves to another call, and is still here
	Gone       ParticipantState = "gone"
)

// Participant is a person rung for the call. Its id is the one that he was asked
// for with, else that of the choice that found him; one person rung twice is two
// participants. Without an agent it is somebody outside, whom nobody reserves.
type Participant struct {
	ID          string           `json:"id"`
	Agent       tenant.AgentID   `json:"agent,omitempty"`
	Name        string           `json:"name,omitempty"`
	Endpoint    Endpoint         `json:"endpoint"`
	Queue       tenant.QueueID   `json:"queue,omitempty"`        // that he was chosen from
	For         string           `json:"for,omitempty"`          // the addition that he was chosen for: the id names him, too
	RingTimeout time.Duration    `json:"ring_timeout,omitempty"` // of his queue; 0: the plan's
	Why         string           `json:"why,omitempty"`          // what his choice was based on
	DisplayName string           `json:"display_name,omitempty"` // shown while it rings, instead of the plan's
	CallerID    string           `json:"caller_id,omitempty"`    // shown by a telephone, E.164
	State       ParticipantState `json:"state"`
	Op          string           `json:"op,omitempty"` // the RingAgent or CallAgent action
	Invitation  string           `json:"invitation,omitempty"`
	Listed      bool             `json:"listed,omitempty"`    // a participant list has shown him
	Host        bool             `json:"host,omitempty"`      // brought by the host of a call that we are a guest of
	Moved       Passage          `json:"moved,omitzero"`      // from or to another call
	Partings    int              `json:"partings,omitempty"`  // how often a guest who leaves had him taken out
	Overdue     bool             `json:"overdue,omitempty"`   // rang longer than asked, or is not known to be out; a look is under way
	Withdrawn   bool             `json:"withdrawn,omitempty"` // CancelRing was asked for
	Reported    bool             `json:"reported,omitempty"`  // an event said that he joined
	Sighting    Sighting         `json:"sighting,omitempty"`  // how far it is looked into that he joined
	Treated     Treated          `json:"treated,omitzero"`
	Told        Treated          `json:"told,omitzero"`    // what Microsoft's newest list shows him as
	Outcome     Outcome          `json:"outcome,omitzero"` // how it ended
	RungAt      time.Time        `json:"rung_at,omitzero"`
	JoinedAt    time.Time        `json:"joined_at,omitzero"`
	LeftAt      time.Time        `json:"left_at,omitzero"`
}

type participantFact string

const (
	factInvitedAgent participantFact = "invited" // 202
	factJoined       participantFact = "joined"
	factFailed       participantFact = "failed"
	factCancelled    participantFact = "cancelled"
	factLeft         participantFact = "left" // listed before, not any more; or removed
)

// participantTable: an answer can cross the withdrawal, then the person is in;
// and joining can overtake the answer to the invite request.
var participantTable = map[ParticipantState]map[participantFact]ParticipantState{
	Reserved:   {factFailed: Gone},
	Inviting:   {factInvitedAgent: Ringing, factJoined: Joined, factFailed: Gone},
	Ringing:    {factJoined: Joined, factFailed: Gone, factCancelled: Gone},
	Joined:     {factLeft: Gone},
	Cancelling: {factInvitedAgent: Cancelling, factJoined: Joined, factFailed: Gone, factCancelled: Gone, factLeft: Gone},
	Removing:   {factLeft: Gone},
	Arriving:   {factJoined: Joined, factFailed: Gone},
	Departing:  {factLeft: Gone},
}

func nextParticipant(from ParticipantState, f participantFact) (ParticipantState, bool) {
	to, ok := participantTable[from][f]
	return to, ok
}

// participant finds one by id, or who came or is to come for an addition by its id, the
// newest of them; -1 if there is none.
func (c Call) participant(id string) int {
	found, gone := -1, -1
	for i, p := range c.Participants {
		switch {
		case p.ID != id && (p.For != id || id == ""):
		case p.State != Gone:
			found = i
		default:
			gone = i
		}
	}
	if found < 0 {
		return gone
	}
	return found
}

// Named is the participant that an id names, his own or that of an addition.
func (c Call) Named(id string) (p Participant, ok bool) {
	i := c.participant(id)
	if i < 0 {
		return p, false
	}
	return c.Participants[i], true
}

// rung finds the participant of a RingAgent action, else the newest one with
// that endpoint who is not gone: some events carry no context of ours.
func (c Call) rung(op string, e Endpoint) int {
	if op != "" {
		return slices.IndexFunc(c.Participants, func(p Participant) bool { return p.Op == op })
	}
	for i := len(c.Participants) - 1; i >= 0; i-- {
		if p := c.Participants[i]; p.Endpoint == e && p.State != Gone {
			return i
		}
	}
	return -1
}

// current is the first participant who may still talk to the customer.
func (c Call) current() int {
	return slices.IndexFunc(c.Participants, func(p Participant) bool {
		return p.State == Reserved || p.State == Inviting || p.State == Ringing || p.State == Joined || p.State == Cancelling
	})
}

func awaitRing(p Participant) string { return AwaitRing + "/" + p.ID }

// move applies a fact to participant i; false if it has no place there.
func (s *step) move(i int, f participantFact, o Outcome) bool {
	if i < 0 {
		return false
	}
	p := &s.c.Participants[i]
	to, ok := nextParticipant(p.State, f)
	if !ok {
		return false
	}
	switch to {
	case Gone:
		if p.State == Departing {
			o = Outcome{Class: ClassMoved}
		}
		s.leave(i, o)
	case Joined:
		p.State, p.JoinedAt, p.Overdue, p.Outcome, p.Sighting = Joined, s.at, false, Outcome{}, ""
		s.settle(awaitRing(*p), awaitMove(*p), awaitSight(*p))
		if s.c.Marks.Joined.IsZero() {
			s.c.Marks.Joined = s.at
		}
	default:
		p.State = to
	}
	return true
}

// leave ends participant i. An outcome noted earlier (why we withdrew) stays.
func (s *step) leave(i int, o Outcome) {
	p := &s.c.Participants[i]
	p.State, p.LeftAt, p.Sighting = Gone, s.at, ""
	if p.Outcome == (Outcome{}) {
		p.Outcome = o
	}
	s.settle(awaitRing(*p), awaitMove(*p), awaitSight(*p))
}

func (s *step) onChosen(e AgentChosen) bool {
	if s.c.Choosing == "" || e.Op != s.c.Choosing || s.c.Ending != nil {
		return false
	}
	p := Participant{ID: e.Op, Agent: e.Agent, Name: e.Name, Endpoint: e.Endpoint, Queue: e.Queue, RingTimeout: e.RingTimeout, State: Reserved}
	if len(e.Why) > 0 {
		p.Why = e.Why[0]
	}
	if s.c.hosted(p.Endpoint) || e.Agent != "" && slices.Contains(s.c.Inside(), e.Agent) { // came while he was chosen
		p.State, p.LeftAt, p.Outcome = Gone, s.at, Outcome{Class: ClassBusy, Message: "is in the call already"}
	}
	s.c.Choosing, s.c.Waiting = "", Waiting{}
	if i := s.c.soughtBy(e.Op); i >= 0 {
		p = s.chosenFor(i, p)
	}
	s.c.Participants = append(s.c.Participants, p)
	return true
}

func (s *step) onNobody(e NobodyAvailable) bool {
	if s.c.Choosing == "" || e.Op != s.c.Choosing {
		return false
	}
	s.c.Choosing = ""
	if i := s.c.soughtBy(e.Op); i >= 0 {
		s.noneFor(i, e)
		return true
	}
	if s.c.treated() {
		s.foundNobody(e)
		return true
	}
	if s.waits(e) {
		return true
	}
	s.finish(s.c.nobody(e))
	return true
}

func (s *step) onAgentInvited(e AgentInvited) bool {
	i := s.c.rung(e.Op, Endpoint{})
	if i < 0 || e.Op == "" {
		return false
	}
	p := &s.c.Participants[i]
	if p.State == Joined && p.Invitation == "" { // he was faster than the answer to the request
		p.Invitation = e.Invitation
		return true
	}
	if !s.move(i, factInvitedAgent, Outcome{}) {
		return false
	}
	p.Invitation = e.Invitation
	return true
}

func (s *step) onCancelled(e RingCancelled) bool {
	i := slices.IndexFunc(s.c.Participants, func(p Participant) bool {
		return p.Invitation != "" && p.Invitation == e.Invitation
	})
	return s.c.ours(e.Connection) && s.move(i, factCancelled, Outcome{Class: ClassCancelled})
}

// onList takes a full participant list; only a newer or equal one counts
// (facts/observed-events.md §5).
func (s *step) onList(e ParticipantsChanged) bool {
	k := &s.c.Connection
	if !k.Live() || !s.c.ours(e.Connection) || e.Sequence < k.Sequence {
		return false
	}
	changed, doubt := e.Sequence != k.Sequence, false
	k.Sequence = e.Sequence
	k.fill(e.ServerCall, "") // CallConnected, which tells it, too, may be lost
	s.seeCustomer(e.Present)
	changed = s.toldHeld(e.OnHold) || changed
	if i := s.c.called(); s.c.Plan.guest() || i >= 0 && slices.Contains(e.Present, s.c.Participants[i].Endpoint) {
		s.onUp(e.Connection, "") // CallConnected is late, or lost
	}
	for i := range s.c.Participants {
		p := &s.c.Participants[i]
		switch present := slices.Contains(e.Present, p.Endpoint); {
		case present && p.Listed: // nothing new
		case present && (p.inside() || s.sighted(i)):
			p.Listed, changed = true, true
		case !present && p.Listed && s.move(i, factLeft, Outcome{Class: ClassEnded}):
			changed = true
		case !present && p.Listed && p.awaited():
			s.unlisted(i)
			changed = true
		case !present && p.inside() && changed: // seen by a look: he has left, or the list is older than his arrival
			doubt = true
		}
	}
	changed = s.seeHosts(e.Present) || changed
	if doubt {
		s.look()
	}
	return changed
}

// inside reports whether he hears the call.
func (p Participant) inside() bool {
	return p.State == Joined || p.State == Removing || p.State == Departing
}

// between reports whether he is on his way between two calls, of which neither
// holds him: the journal does.
func (p Participant) between() bool { return p.State == Arriving || p.State == Departing }

// observe compares participant i with who is really there.
func (s *step) observe(i int, e Observed) {
	p := &s.c.Participants[i]
	switch here := slices.Contains(e.Present, p.Endpoint); {
	case here && p.Overdue && (p.State == Removing || p.State == Departing):
		s.stays(i)
	case !here && p.State == Arriving && p.Overdue:
		s.leave(i, Outcome{Class: ClassTimeout, Message: "Microsoft did not move him"})
	case here:
		s.move(i, factJoined, Outcome{})
	case p.inside() && !e.Asked.IsZero() && e.Asked.Before(p.JoinedAt): // an answer older than his arrival
	case p.inside():
		s.move(i, factLeft, Outcome{Class: ClassEnded})
	case p.Sighting != "":
		s.notSeen(i)
	case p.Overdue && p.State == Ringing:
		s.withdraw(i, Outcome{Class: ClassNoAnswer})
	case p.Overdue && p.State == Inviting: // the answer to the request never came either
		s.leave(i, Outcome{Class: ClassNoAnswer})
	}
}

// ringOverdue: neither joined nor failed in time. Ask Microsoft before deciding.
func (s *step) ringOverdue(i int) {
	if i < 0 {
		return
	}
	if i == s.c.called() {
		s.callOverdue(i)
		return
	}
	p := &s.c.Participants[i]
	switch p.State {
	case Cancelling: // the withdrawal was never confirmed
		s.leave(i, Outcome{Class: ClassCancelled})
	case Inviting, Ringing:
		if p.Overdue { // even the look did not help
			s.leave(i, Outcome{Class: ClassNoAnswer})
			return
		}
		p.Overdue = true
		s.look()
		s.await(awaitRing(*p), ConnectedWithin)
	case Removing: // nobody said that he is out, and no list came without him
		if p.Overdue {
			s.stays(i)
			return
		}
		p.Overdue = true
		s.look()
		s.await(awaitRing(*p), ConnectedWithin)
	}
}

// stays: participant i was not taken out, or did not move, or not so far; it can be
// asked for again.
func (s *step) stays(i int) {
	p := &s.c.Participants[i]
	p.State, p.Overdue = Joined, false
	s.settle(awaitRing(*p), awaitMove(*p))
}

// withdraw stops the ringing of participant i, for a reason of ours. The handle
// for it may still be on its way; drive asks when it is there.
func (s *step) withdraw(i int, why Outcome) {
	p := &s.c.Participants[i]
	p.State, p.Outcome, p.Overdue = Cancelling, why, false
	s.await(awaitRing(*p), CancelWithin)
}

// withdrawals asks for the withdrawals that became possible.
func (s *step) withdrawals() {
	for i := range s.c.Participants {
		if p := &s.c.Participants[i]; p.State == Cancelling && p.Invitation != "" && !p.Withdrawn {
			s.ask(CancelRing{Connection: s.c.Connection.ID, Invitation: p.Invitation})
			p.Withdrawn = true
		}
	}
}

// tried lists the agents who had their turn.
func (c Call) tried() []tenant.AgentID {
	var ids []tenant.AgentID
	for _, p := range c.Participants {
		ids = append(ids, p.Agent)
	}
	return ids
}

// stopRinging withdraws all invitations but that of one participant, and reports
// whether some are still out: who leaves a connection leaves them ringing.
func (s *step) stopRinging(but int) (ringing bool) {
	for i := range s.c.Participants {
		if i == but {
			continue
		}
		switch p := &s.c.Participants[i]; p.State {
		case Reserved:
			s.leave(i, Outcome{Class: ClassCancelled})
		case Inviting, Ringing:
			s.withdraw(i, Outcome{Class: ClassCancelled})
			ringing = true
		case Cancelling:
			if _, ok := s.c.Deadlines[awaitRing(*p)]; !ok { // withdrawn before the end began, which cleared all
				s.await(awaitRing(*p), CancelWithin)
			}
			ringing = true
		}
	}
	return ringing
}
