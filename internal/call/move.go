package call

import (
	"fmt"
	"slices"
	"time"

	"tandem/internal/tenant"
)

// Participants move from one call of a tenant to another one without being rung
// (facts/call-automation.md §6, participants:moveHere). The two calls may have
// different owners, so they tell each other by the journal (action TellCall, event
// MoveTold); whatever is told twice, or late, changes nothing.
//
//	there: joined ──asked──▶ departing ──moved, or not listed any more──▶ gone (moved)
//	                  │          └──────stayed──────▶ joined
//	                  └─refused
//	here:  arriving ──granted: MoveHere──▶ joined (tells moved), or gone (tells stayed)
//
// His reservation goes with him: the step that grants the move hands it over, and the
// one that finds that he stayed hands it back. In between neither call holds him in
// its model, and the journal keeps him all the same, so nobody rings him. A call
// that hears nothing looks at Microsoft, and believes that.

// MoveWord is what one call tells the other.
type MoveWord string

// The words. The first and the last two come from the call that he moves to.
const (
	MoveAsks    MoveWord = "asked"
	MoveGrants  MoveWord = "granted"
	MoveRefuses MoveWord = "refused"
	MoveDone    MoveWord = "moved"
	MoveFailed  MoveWord = "stayed"
)

// MoveWithin is how long a move may take before it is looked at.
const MoveWithin = 30 * time.Second

// AwaitMove is the name of a deadline, followed by "/" and the participant's id.
const AwaitMove = "move"

func awaitMove(p Participant) string { return AwaitMove + "/" + p.ID }

// Passage is how a participant moves, or moved.
type Passage struct {
	Call        ID       `json:"call"`        // the other one
	Participant string   `json:"participant"` // his id there
	Out         bool     `json:"out,omitempty"`
	Tell        string   `json:"tell,omitempty"` // the newest word to the other call, by its action
	Word        MoveWord `json:"word,omitempty"` // that word
}

// Movable reports what stands against taking a participant into another call.
func (c Call) Movable(participant string) error {
	if c.Phase != Connected || c.Connection.State != ConnectionIsUp {
		return fmt.Errorf("%w: participants are moved out of a connected call, this one is %s", ErrRefused, c.Phase)
	}
	if c.transferring() != nil {
		return fmt.Errorf("%w: a transfer is under way", ErrRefused)
	}
	party, _, err := c.party(participant)
	if err != nil {
		return err
	}
	if able := c.Able(Move, party); !able.Allowed() {
		return &NotAble{able}
	}
	i := c.participant(participant)
	if slices.ContainsFunc(c.Outlegs, func(o Outleg) bool { return o.Live() && o.Op == c.Participants[i].Op }) {
		return &NotAble{Capability{
			Connectivity: c.Plan.Connectivity, Operation: Move, Party: Telephone, Source: sheet + "§6",
			Why: "Microsoft called this telephone through our trunk, and its leg is part of the call that it is in",
		}}
	}
	return nil
}

// permitMove says what stands against somebody's moving here.
func (c Call) permitMove(e MoveAsked) error {
	switch {
	case c.Phase != Connected || c.Connection.State != ConnectionIsUp:
		return fmt.Errorf("%w: participants are moved to a connected call, this one is %s", ErrRefused, c.Phase)
	case e.From == c.ID || e.From == "" || e.ID == "" || e.Participant == "":
		return fmt.Errorf("%w: a move is of a participant of another call", ErrRefused)
	case c.participant(e.ID) >= 0 || c.asked(e.ID) >= 0:
		return fmt.Errorf("%w: participant %s was asked for already", ErrRefused, e.ID)
	case c.transferring() != nil:
		return fmt.Errorf("%w: a transfer is under way", ErrRefused)
	}
	for _, p := range c.Participants {
		if p.State != Gone && (p.Endpoint == e.Endpoint || p.Moved.Call == e.From && p.Moved.Participant == e.Participant && !p.Moved.Out && p.State == Arriving) {
			return fmt.Errorf("%w: that participant is %s here already", ErrRefused, p.State)
		}
	}
	return nil
}

func (s *step) onMoveAsked(e MoveAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	s.c.Participants = append(s.c.Participants, Participant{
		ID: e.ID, Agent: e.Agent, Name: e.Name, Endpoint: e.Endpoint, State: Arriving, Moved: Passage{Call: e.From, Participant: e.Participant},
	})
	i := len(s.c.Participants) - 1
	s.tellOther(i, MoveTold{Word: MoveAsks}, "")
	s.await(awaitMove(s.c.Participants[i]), MoveWithin)
	return true
}

// tellOther has the other call told something about participant i. hand is the agent
// whose reservation goes there with this step.
func (s *step) tellOther(i int, told MoveTold, hand tenant.AgentID) {
	m := &s.c.Participants[i].Moved
	told.Tenant, told.From, told.Peer, told.Participant = s.c.Tenant, s.c.ID, s.c.Participants[i].ID, m.Participant
	m.Word = told.Word
	m.Tell = s.ask(TellCall{Call: m.Call, Told: told, Hand: hand})
}

// onMoveTold takes what the other call says.
func (s *step) onMoveTold(e MoveTold) bool {
	if e.Tenant != s.c.Tenant || e.From == s.c.ID {
		return false
	}
	i := s.c.participant(e.Participant)
	switch e.Word {
	case MoveAsks:
		return s.letGo(i, e)
	case MoveGrants:
		return s.fetch(i, e)
	}
	if i < 0 || s.c.Participants[i].Moved.Call != e.From || s.c.Participants[i].Moved.Participant != e.Peer {
		return false
	}
	p := &s.c.Participants[i]
	switch {
	case e.Word == MoveRefuses && p.State == Arriving && p.Op == "":
		s.leave(i, e.Outcome)
	case e.Word == MoveDone && p.State == Departing:
		s.leave(i, Outcome{Class: ClassMoved})
	case e.Word == MoveFailed && p.State == Departing:
		s.unmoved(i)
	default:
		return false
	}
	return true
}

// letGo grants a move out of this call, or refuses it.
func (s *step) letGo(i int, e MoveTold) bool {
	answer := TellCall{Call: e.From, Told: MoveTold{Tenant: s.c.Tenant, From: s.c.ID, Peer: e.Participant, Participant: e.Peer, Word: MoveRefuses}}
	if i >= 0 && s.c.Participants[i].State == Departing && s.c.Participants[i].Moved.Participant == e.Peer && s.c.Participants[i].Moved.Call == e.From {
		s.grant(i) // asked once more
		return true
	}
	if err := s.c.Movable(e.Participant); err != nil {
		answer.Told.Outcome = Outcome{Class: ClassUnavailable, Message: err.Error()}
		s.ask(answer)
		return true
	}
	p := &s.c.Participants[i]
	p.State, p.Overdue = Departing, false
	p.Moved = Passage{Call: e.From, Participant: e.Peer, Out: true}
	s.await(awaitMove(*p), 2*MoveWithin)
	s.grant(i)
	return true
}

func (s *step) grant(i int) {
	p := s.c.Participants[i]
	s.tellOther(i, MoveTold{
		Word: MoveGrants, Connection: s.c.Connection.ID, Resource: s.c.Connection.Resource, Endpoint: p.Endpoint, Agent: p.Agent, Name: p.Name,
	}, p.Agent)
}

// fetch has Microsoft move who was granted, unless he is not wanted any more.
func (s *step) fetch(i int, e MoveTold) bool {
	if i < 0 || s.c.Ending != nil || s.c.Participants[i].State != Arriving || s.c.Participants[i].Moved.Call != e.From {
		s.ask(TellCall{
			Call: e.From, Hand: e.Agent,
			Told: MoveTold{Tenant: s.c.Tenant, From: s.c.ID, Peer: e.Participant, Participant: e.Peer, Word: MoveFailed},
		})
		return true
	}
	p := &s.c.Participants[i]
	if p.Op != "" { // granted once more
		return false
	}
	p.Agent, p.Name, p.Endpoint = e.Agent, e.Name, e.Endpoint
	if e.Resource != s.c.Connection.Resource {
		s.leave(i, Outcome{Class: ClassMisconfigured, Message: "the other call is in another resource"})
		return true
	}
	p.Op = s.ask(MoveHere{Connection: s.c.Connection.ID, From: e.Connection, Endpoint: p.Endpoint})
	s.await(awaitMove(*p), MoveWithin)
	return true
}

// unmoved has a participant who did not move be what he was; whether he is there is
// looked at.
func (s *step) unmoved(i int) {
	s.stays(i)
	s.look()
}

// moveOverdue: nobody said how it ended. What Microsoft shows counts.
func (s *step) moveOverdue(i int) {
	if i < 0 {
		return
	}
	p := &s.c.Participants[i]
	asked := p.State == Departing || p.State == Arriving && p.Op != ""
	switch {
	case asked && !p.Overdue && s.look():
		p.Overdue = true
		s.await(awaitMove(*p), ConnectedWithin)
	case p.State == Departing:
		s.unmoved(i)
	case p.State == Arriving:
		s.leave(i, Outcome{Class: ClassTimeout, Message: "nobody said how the move ended"})
	}
}

// onMoveFailed: Microsoft refused, or gave no answer; then a look tells, in time.
func (s *step) onMoveFailed(e ActionFailed) bool {
	if e.Unsure {
		return s.look()
	}
	return s.move(s.c.rung(e.Op, Endpoint{}), factFailed, e.Outcome)
}

// onTellFailed: the other call is over.
func (s *step) onTellFailed(e ActionFailed) bool {
	i := slices.IndexFunc(s.c.Participants, func(p Participant) bool { return p.Moved.Tell != "" && p.Moved.Tell == e.Op })
	if i < 0 {
		return false
	}
	switch p := &s.c.Participants[i]; {
	case p.State == Departing:
		s.unmoved(i)
	case p.State == Arriving && p.Op == "":
		s.leave(i, Outcome{Class: ClassGone, Message: "the other call is over"})
	default:
		return false
	}
	return true
}

// reportMoves tells the other calls what became of those who were to come here.
func (s *step) reportMoves() {
	for i := range s.c.Participants {
		p := s.c.Participants[i]
		if p.Moved.Call == "" || p.Moved.Out || p.State == Arriving {
			continue
		}
		switch came := !p.JoinedAt.IsZero(); {
		case came && p.Moved.Word != MoveDone:
			s.tellOther(i, MoveTold{Word: MoveDone}, "")
		case !came && p.Moved.Word != MoveFailed:
			s.tellOther(i, MoveTold{Word: MoveFailed}, p.Agent)
		}
	}
}
