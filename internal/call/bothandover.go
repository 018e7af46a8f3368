package call

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// A bot that helps in a connected call may ask for a person. If who asked for the
// stream said to whom it may hand over, they are rung as any addition is, agents one
// after the other until somebody joins; then the bot leaves. Their Teams shows what the
// bot said it should, or the bot's name. It goes on also if the bot has left before.
//
//	(told only)                    no targets
//	seeking ──joined──▶ found      and the stream is stopped
//	   └──nobody came──▶ lost      the bot goes on, and may ask again

// BotTargets are whom a bot may hand a connected call over to: agents or a queue.
type BotTargets struct {
	Agents []tenant.AgentID `json:"agents,omitempty"`
	Queue  tenant.QueueID   `json:"queue,omitempty"`
}

func (to BotTargets) check(p *fault.Problems, path string) {
	tenant.CheckAgents(p, path+".agents", to.Agents)
	if id, err := tenant.ParseQueueID(string(to.Queue)); to.Queue != "" && (err != nil || id != to.Queue) {
		p.Add(path+".queue", "must be a queue's id, a UUID in lower case")
	}
	if (len(to.Agents) > 0) == (to.Queue != "") {
		p.Add(path, "must have either agents or a queue")
	}
}

// wished is a wish of a bot's, and what is to come of it. Of several agents it may
// name those it wants; that it names somebody else counts for nothing. One that is
// being fulfilled goes on.
func (c Call) wished(k Stream, h BotHandover, at time.Time) *BotHandover {
	h.At = at
	h.State, h.ChangedAt, h.Seeks, h.Left = HandoverNone, time.Time{}, "", nil
	if before := k.Handover; before != nil && before.State == HandoverSeeking {
		h.State, h.ChangedAt, h.Seeks, h.Left = before.State, before.ChangedAt, before.Seeks, before.Left
		return &h
	}
	if k.To == nil || c.Phase != Connected {
		return &h
	}
	h.State, h.ChangedAt = HandoverSeeking, at
	for _, a := range k.To.Agents {
		if slices.Contains(h.Agents, a) {
			h.Left = append(h.Left, a)
		}
	}
	if len(h.Left) == 0 {
		h.Left = slices.Clone(k.To.Agents)
	}
	return &h
}

// driveBotHandover goes on with what a bot asked for.
func (s *step) driveBotHandover() {
	k := s.c.Stream
	if k == nil || k.Handover == nil || k.Handover.State != HandoverSeeking || s.c.Phase != Connected {
		return
	}
	of := func(p Participant) bool { return p.ID == k.Handover.Seeks || p.For == k.Handover.Seeks }
	if k.Handover.Seeks != "" {
		came := func(p Participant) bool { return of(p) && !p.JoinedAt.IsZero() }
		coming := func(p Participant) bool { return of(p) && p.State != Gone }
		switch {
		case slices.ContainsFunc(s.c.Participants, came):
			s.botHandoverIs(HandoverFound)
			if !k.Over() && !k.Unwanted {
				s.leaveStream(Outcome{Class: ClassEnded, Message: "who was asked for is there"})
			}
			return
		case s.c.asked(k.Handover.Seeks) >= 0, slices.ContainsFunc(s.c.Participants, coming):
			return
		}
	}
	if !s.seekNext() {
		s.botHandoverIs(HandoverLost)
	}
}

// seekNext asks for the next one; false if nobody is left. Who cannot be asked for, because
// he is in the call for example, is passed over.
func (s *step) seekNext() bool {
	k := s.c.Stream
	add := AddAsked{ID: fmt.Sprintf("%s-handover-%d", k.ID, s.c.Seq), DisplayName: cmp.Or(k.Handover.DisplayName, k.Name)}
	asked := false
	left := k.Handover.Left
	if k.To.Queue != "" && k.Handover.Seeks == "" {
		add.Queue = k.To.Queue
		asked = s.onAddAsked(add)
	}
	for ; !asked && len(left) > 0; left = left[1:] {
		add.Agent = left[0]
		asked = s.onAddAsked(add)
	}
	if asked {
		s.changeBotHandover(func(h *BotHandover) { h.Seeks, h.Left = add.ID, left })
	}
	return asked
}

func (s *step) botHandoverIs(state HandoverState) {
	s.changeBotHandover(func(h *BotHandover) { h.State, h.ChangedAt = state, s.at })
}

func (s *step) changeBotHandover(change func(*BotHandover)) {
	h := *s.c.Stream.Handover
	change(&h)
	s.changeStream(func(k *Stream) { k.Handover = &h })
}
