package call

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/tenant"
)

// A telephone that was added is called by Microsoft through a trunk of ours: its
// INVITE shows the token that went along with the invitation, and we dial the
// number at a peer. Both dialogs together are one outleg; its edge relays between
// them by itself and tells how they stand, so here it has the states of a leg that
// dials. An outleg never decides about the call: its end is that of a participant.
//
//	(INVITE with the token) ──▶ dialing ──18x──▶ ringing ──200──▶ up ──▶ ended
//
// Nobody else ends it if Microsoft forgets to: an outleg whose participant is gone
// is hung up.

// Outleg is Microsoft's call to a telephone through us.
type Outleg struct {
	ID string `json:"id"` // within the call
	Leg
	Op     string    `json:"op"` // the RingAgent action whose token it showed
	Dial   string    `json:"dial"`
	Peer   string    `json:"peer"` // where the number is dialled
	Number string    `json:"number"`
	Caller string    `json:"caller"` // E.164 or "anonymous"
	At     time.Time `json:"at"`
}

const outPrefix = "out/"

// OutSide names an outleg where a side is named.
func OutSide(id string) Side { return Side(outPrefix + id) }

// Out is the id of the outleg that the side names; false for near and far.
func (s Side) Out() (id string, ok bool) { return strings.CutPrefix(string(s), outPrefix) }

// Side is how legs' events and actions name the outleg.
func (o Outleg) Side() Side { return OutSide(o.ID) }

func (c Call) outleg(id string) int {
	return slices.IndexFunc(c.Outlegs, func(o Outleg) bool { return o.ID == id })
}

// NewestOut is the side of the last outleg that showed the token of an action.
func (c Call) NewestOut(op string) Side {
	for _, o := range slices.Backward(c.Outlegs) {
		if o.Op == op {
			return o.Side()
		}
	}
	return ""
}

// failsOver reports whether Microsoft may try another trunk after a status
// (facts/direct-routing.md §13).
func failsOver(status int) bool { return status == 408 || status == 503 || status == 504 }

// permitOut: a token is for one call to one telephone, as long as it is wanted.
// It is shown again only by Microsoft's next try after one that failed over.
func (c Call) permitOut(e OutOffered) error {
	i := c.rung(e.Op, Endpoint{})
	if e.Op == "" || i < 0 {
		return fmt.Errorf("%w: it calls nobody with this token", ErrRefused)
	}
	p := c.Participants[i]
	switch {
	case p.Endpoint != Endpoint{Kind: tenant.PhoneNumber, ID: e.Number}:
		return fmt.Errorf("%w: the token is for another number", ErrRefused)
	case p.State != Inviting && p.State != Ringing:
		return fmt.Errorf("%w: that participant is %s", ErrRefused, p.State)
	}
	for _, o := range c.Outlegs {
		if o.Op == e.Op && (o.Live() || !failsOver(o.Status)) {
			return fmt.Errorf("%w: the token was used", ErrRefused)
		}
	}
	return nil
}

func (s *step) onOutOffered(e OutOffered) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	o := Outleg{
		ID: fmt.Sprint(s.c.Seq), Leg: Leg{State: LegDialing, SIPCallID: e.SIPCallID, Dialog: e.Dialog},
		Op: e.Op, Peer: e.Peer, Number: e.Number, Caller: e.Caller, At: s.at,
	}
	o.Dial = s.ask(DialOut{Side: o.Side(), Peer: o.Peer, Number: o.Number, Caller: o.Caller})
	s.c.Outlegs = append(s.c.Outlegs, o)
	return true
}

// onDialOutFailed: the number cannot be dialled here; the edge still owes
// Microsoft an answer.
func (s *step) onDialOutFailed(op string) bool {
	i := slices.IndexFunc(s.c.Outlegs, func(o Outleg) bool { return o.Dial == op })
	if i < 0 || !s.c.Outlegs[i].Live() || s.c.Outlegs[i].State == LegEnding {
		return false
	}
	s.hangUp(s.c.Outlegs[i].Side(), 503, 38)
	return true
}

// outEnded: who talked over it is gone. Who was only rung is Microsoft's to tell
// of: it may try another trunk.
func (s *step) outEnded(id string) {
	o := s.c.Outlegs[s.c.outleg(id)]
	if i := s.c.rung(o.Op, Endpoint{}); i >= 0 && s.c.Participants[i].inside() {
		s.move(i, factLeft, Outcome{Class: ClassEnded})
	}
}

// driveOutlegs hangs up those that are for nobody. all: the call has no use for any.
func (s *step) driveOutlegs(all bool) {
	for _, o := range s.c.Outlegs {
		if !o.Live() || o.State == LegEnding {
			continue
		}
		if i := s.c.rung(o.Op, Endpoint{}); all || i < 0 || s.c.Participants[i].State == Gone {
			s.hangUp(o.Side(), 480, 16)
		}
	}
}

// calledOut reports whether an outleg exists, or may.
func (c Call) calledOut() bool {
	return slices.ContainsFunc(c.Outlegs, func(o Outleg) bool { return o.Live() })
}

// legs are all dialogs of the call.
func (c *Call) legs() []*Leg {
	all := []*Leg{&c.Near, &c.Far}
	for i := range c.Outlegs {
		all = append(all, &c.Outlegs[i].Leg)
	}
	return all
}

// OutlegRecord is what the record keeps of an outleg: the side of Microsoft's.
type OutlegRecord struct {
	LegRecord
	Peer   string    `json:"peer"`
	Number string    `json:"number"`
	Caller string    `json:"caller"`
	At     time.Time `json:"at"`
}

func (o Outleg) record() OutlegRecord {
	return OutlegRecord{LegRecord: o.Leg.record(), Peer: o.Peer, Number: o.Number, Caller: o.Caller, At: o.At}
}
