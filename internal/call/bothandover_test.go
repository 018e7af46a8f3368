package call

import (
	"errors"
	"testing"

	"tandem/internal/tenant"
)

const (
	secondAgent = tenant.AgentID("8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e52")
	thirdAgent  = tenant.AgentID("8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e53")
)

// helped is a conversation with a bot that may hand it over.
func helped(t *testing.T, to *BotTargets) *story {
	t.Helper()
	s := talking(t, Plan{Connectivity: acsDirectRouting})
	asked := streamAsked
	asked.To = to
	s.expect(asked, "operate")
	s.play(OperationStarted{Op: s.op()})
	s.play(BotJoined{Stream: "k", Session: "s1"})
	s.expect(OperationEnded{Op: s.c.operationNamed("k").Op, State: OperationDone})
	s.streamIs(StreamRunning)
	return s
}

func (s *story) handoverIs(state HandoverState) {
	s.t.Helper()
	if h := s.c.Stream.Handover; h == nil || h.State != state {
		s.t.Fatalf("the handover is %+v, want %s", h, state)
	}
}

// comes has somebody chosen and rung.
func (s *story) comes(a tenant.AgentID, who Endpoint) {
	s.t.Helper()
	s.expect(AgentChosen{Op: s.c.Choosing, Agent: a, Name: "X", Endpoint: who}, "ring_agent")
	s.expect(AgentInvited{Op: s.op(), Invitation: "i" + string(a)})
}

// TestBotHandsOver: agents are rung one after the other with what the bot said, until
// one joins; then the bot leaves.
func TestBotHandsOver(t *testing.T) {
	s := helped(t, &BotTargets{Agents: []tenant.AgentID{secondAgent, thirdAgent}})
	before := s.c
	s.expect(BotAsked{Stream: "k", Handover: &BotHandover{DisplayName: "Refund, XY123"}}, "choose_agent")
	s.handoverIs(HandoverSeeking)
	if do := s.asked[0].Do.(ChooseAgent); len(do.Wanted) != 1 || do.Wanted[0] != secondAgent {
		t.Errorf("%v is asked for", do.Wanted)
	}
	if before.Stream.Handover != nil {
		t.Error("an earlier snapshot changed")
	}
	s.expect(BotAsked{Stream: "k", Handover: &BotHandover{DisplayName: "Refund again"}}) // one at a time
	s.comes(secondAgent, bob)
	if p := s.last(); p.DisplayName != "Refund, XY123" || p.ID != s.c.Stream.Handover.Seeks {
		t.Errorf("rung as %+v", p)
	}
	s.expect(AgentFailed{Connection: "c1", Endpoint: bob, Outcome: Outcome{Class: ClassNoAnswer}}, "choose_agent")
	s.handoverIs(HandoverSeeking)
	carl := Endpoint{Kind: tenant.TeamsUser, ID: "carl"}
	s.comes(thirdAgent, carl)
	s.streamIs(StreamRunning)
	s.joins(carl, "operate")
	s.handoverIs(HandoverFound)
	s.stopped()
	s.streamIs(StreamEnded)
}

// TestBotHandsOverInVain: the bot goes on, and may ask again.
func TestBotHandsOverInVain(t *testing.T) {
	s := helped(t, &BotTargets{Agents: []tenant.AgentID{secondAgent, thirdAgent}})
	wish := BotAsked{Stream: "k", Handover: &BotHandover{Agents: []tenant.AgentID{thirdAgent, tenant.AgentID(aBot)}}}
	for range 2 {
		s.expect(wish, "choose_agent")
		if do := s.asked[0].Do.(ChooseAgent); do.Wanted[0] != thirdAgent {
			t.Errorf("%v is asked for: the bot may choose among those it may have", do.Wanted)
		}
		s.expect(NobodyAvailable{Op: s.c.Choosing, Why: []string{"busy"}})
		s.handoverIs(HandoverLost)
		s.streamIs(StreamRunning)
	}
	s.expect(BotAsked{Stream: "k", Handover: &BotHandover{Agents: []tenant.AgentID{secondAgent}}}, "choose_agent")
	s.expect(BotLeft{Stream: "k", Session: "s1", Outcome: Outcome{Class: ClassEnded}}, "operate")
	s.stopped()
	s.handoverIs(HandoverSeeking) // it was asked for, whoever did
	s.comes(secondAgent, bob)
	s.joins(bob)
	s.handoverIs(HandoverFound)
}

// TestBotHandsOverToQueue: the queue is waited for as for any addition.
func TestBotHandsOverToQueue(t *testing.T) {
	const queue = tenant.QueueID("0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77")
	s := helped(t, &BotTargets{Queue: queue})
	s.expect(BotAsked{Stream: "k", Handover: &BotHandover{}}, "choose_agent")
	s.expect(NobodyAvailable{Op: s.c.Choosing, Position: 1})
	s.handoverIs(HandoverSeeking)
	s.expect(QueueMoved{}, "choose_agent")
	s.comes(secondAgent, bob)
	if p := s.last(); p.DisplayName != "Helper" || p.For != s.c.Stream.Handover.Seeks {
		t.Errorf("rung as %+v", p)
	}
	s.joins(bob, "operate")
	s.handoverIs(HandoverFound)
	s.stopped()
	s.streamIs(StreamEnded)
}

// TestBotIsToldOnly: without targets its wish is for the provider; targets make sense
// or are refused.
func TestBotIsToldOnly(t *testing.T) {
	s := helped(t, nil)
	s.expect(BotAsked{Stream: "k", Handover: &BotHandover{Agents: []tenant.AgentID{secondAgent}}})
	s.handoverIs(HandoverNone)
	s.expect(BotLeft{Stream: "k", Session: "s1", Outcome: Outcome{Class: ClassEnded}}, "operate")
	s.stopped()
	for name, to := range map[string]BotTargets{
		"nobody": {}, "both": {Agents: []tenant.AgentID{secondAgent}, Queue: "0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"},
		"no queue": {Queue: "x"}, "no agent": {Agents: []tenant.AgentID{"x"}},
	} {
		again := streamAsked
		again.ID, again.To = "l", &to
		if err := s.c.Permit(again); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
