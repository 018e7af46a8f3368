package call

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"tandem/internal/tenant"
)

// treated brings a call with a flow to the point where the customer can hear.
func treated(t *testing.T) *story {
	t.Helper()
	s := begin(t, Plan{Flow: &FlowRef{ID: "f", Version: 1}, Policy: tenant.AtOnce, Connectivity: acsDirectRouting})
	s.expect(Offered{Peer: "carrier", Caller: "+4930123", Called: "+4969100", SIPCallID: "a"}, "ring_near", "dial_far")
	s.expect(LegProceeding{Side: Far, SIPCallID: "f"})
	s.expect(Invited{Resource: "r", Context: "ctx"}, "accept_invitation")
	s.expect(ConnectionAccepted{Op: s.op(), Connection: "c1"})
	s.expect(ConnectionUp{Connection: "c1"})
	if s.c.Treatable() {
		t.Fatal("operations are permitted before anybody hears them")
	}
	s.expect(LegAnswered{Side: Far}, "connect_media", "answer_near")
	s.expect(LegAnswered{Side: Near})
	if !s.c.Treatable() || s.c.Phase != Routing || s.c.Marks.Treated.IsZero() {
		t.Fatalf("%+v", s.c)
	}
	return s
}

var (
	music  = Operation{Kind: Play, Target: Customer, Loop: true, Sources: []Source{{Text: "la la la"}}}
	closed = NobodyAvailable{Closed: true}
)

// rung asks for a handover and rings Ana, while music plays.
func rung(t *testing.T, h HandoverAsked) (s *story, play string) {
	s = treated(t)
	s.expect(OperateAsked{ID: "m", Operation: music}, "operate")
	play = s.op()
	s.expect(OperationStarted{Op: play})
	s.expect(h, "choose_agent")
	s.expect(AgentChosen{Op: s.op(), Agent: "a1", Name: "Ana", Endpoint: ana}, "ring_agent")
	return s, play
}

func TestTreatedCallNeedsNobody(t *testing.T) {
	s := treated(t)
	s.expect(OperateAsked{ID: "1", Operation: music}, "operate")
	s.expect(DeadlinePassed{Name: AwaitWatch}, "look")
	s.expect(Observed{Connection: "c1", Up: true})
	s.expect(LegEnded{Side: Near, By: ByCaller, Q850: 16}, "end_connection", "hang_up_leg")
	s.play(ConnectionDown{Connection: "c1"})
	s.play(LegEnded{Side: Far, By: ByTandem})
	s.over(Termination{Result: Abandoned, Reason: ReasonCallerGaveUp, By: ByCaller, Fault: FaultNone})
}

func TestHandover(t *testing.T) {
	s, play := rung(t, HandoverAsked{Agents: []tenant.AgentID{"a1"}, RingTimeout: 7 * time.Second, DisplayName: "Sales"})
	if ring := s.asked[0].Do.(RingAgent); ring.Timeout != 7*time.Second || ring.DisplayName != "Sales" {
		t.Errorf("%+v", ring)
	}
	s.expect(AgentInvited{Op: s.op(), Invitation: "i1"})
	s.joins(ana, "operate")
	if o := s.asked[0].Do.(Operate); o.Operation.Kind != CancelMedia || s.c.Phase != Connected {
		t.Fatalf("%s in %s", o.Operation.Kind, s.c.Phase)
	}
	cancel := s.op()
	s.expect(OperationEnded{Op: cancel, State: OperationDone})
	s.expect(DeadlinePassed{Name: AwaitQuiet}, "operate") // it may have overtaken the music
	s.expect(OperationEnded{Op: play, State: OperationCancelled})
	if _, ok := s.c.Deadlines[AwaitQuiet]; ok || s.c.Handover.State != HandoverFound {
		t.Errorf("%+v", s.c)
	}
	later := music
	later.Loop = false
	s.expect(OperateAsked{ID: "later", Operation: later}, "operate")
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 3, Present: []Endpoint{ana}})
	s.expect(OperationStarted{Op: s.c.Operations[len(s.c.Operations)-1].Op}) // what is played in the conversation stays
}

// The music was asked for, and is not known to have begun when Ana joins.
func TestMusicThatBeginsLate(t *testing.T) {
	s := treated(t)
	s.expect(HandoverAsked{}, "choose_agent")
	choice := s.op()
	s.expect(OperateAsked{ID: "m", Operation: music}, "operate")
	play := s.op()
	s.expect(AgentChosen{Op: choice, Agent: "a1", Endpoint: ana}, "ring_agent")
	s.joins(ana)
	s.expect(OperationStarted{Op: play}, "operate")
	for range maxQuiet - 1 {
		s.expect(DeadlinePassed{Name: AwaitQuiet}, "operate")
	}
	s.expect(DeadlinePassed{Name: AwaitQuiet}) // in vain
}

func TestHandoverThatBringsNobody(t *testing.T) {
	lost := func(t *testing.T, s *story, why Loss) {
		t.Helper()
		if h := s.c.Handover; h.State != HandoverLost || h.Loss != why || s.c.Phase != Routing || !s.c.Treatable() {
			t.Errorf("%+v in %s, want %s", h, s.c.Phase, why)
		}
	}
	t.Run("nobody", func(t *testing.T) {
		s := treated(t)
		s.expect(HandoverAsked{}, "choose_agent")
		s.expect(NobodyAvailable{Op: s.op(), Why: []string{"Ana is Offline"}})
		lost(t, s, LossNobody)
		s.expect(HangUpAsked{Flow: true}, "hang_up_leg", "end_connection", "hang_up_leg")
		if e := s.c.Ending; e.Result != Unanswered || e.Reason != ReasonNobodyAvailable {
			t.Errorf("%+v", e)
		}
	})
	t.Run("no answer, then another handover to the same", func(t *testing.T) {
		s, _ := rung(t, HandoverAsked{})
		s.expect(AgentFailed{Connection: "c1", Endpoint: ana, Outcome: Outcome{Class: ClassNoAnswer}}, "choose_agent")
		if tried := s.asked[0].Do.(ChooseAgent).Tried; !slices.Equal(tried, []tenant.AgentID{"a1"}) {
			t.Errorf("tried %v", tried)
		}
		s.expect(NobodyAvailable{Op: s.op()})
		lost(t, s, LossNoAnswer)
		s.expect(HandoverAsked{}, "choose_agent")
		if tried := s.asked[0].Do.(ChooseAgent).Tried; len(tried) != 0 {
			t.Errorf("tried %v in a new handover", tried)
		}
	})
	t.Run("closed", func(t *testing.T) {
		s := treated(t)
		s.expect(HandoverAsked{Queue: "q", MaxWait: time.Minute}, "choose_agent")
		e := closed
		e.Op = s.op()
		s.expect(e)
		lost(t, s, LossClosed)
		s.expect(HangUpAsked{Flow: true}, "hang_up_leg", "end_connection", "hang_up_leg")
		if e := s.c.Ending; e.Result != Unanswered || e.Reason != ReasonFlowEnded {
			t.Errorf("%+v", e)
		}
	})
	t.Run("the choice fails", func(t *testing.T) {
		s := treated(t)
		s.expect(HandoverAsked{}, "choose_agent")
		s.expect(ActionFailed{Op: s.op(), Action: "choose_agent", Outcome: Outcome{Message: "no"}})
		lost(t, s, LossNobody)
	})
	t.Run("waited long enough, while it rings", func(t *testing.T) {
		s, _ := rung(t, HandoverAsked{Queue: "q", MaxWait: time.Minute})
		s.expect(AgentInvited{Op: s.op(), Invitation: "i1"})
		s.expect(DeadlinePassed{Name: AwaitHandover}, "cancel_ring")
		lost(t, s, LossTimeout)
		s.expect(RingCancelled{Connection: "c1", Invitation: "i1"})
		lost(t, s, LossTimeout)
	})
	t.Run("withdrawn, and answered all the same", func(t *testing.T) {
		s, _ := rung(t, HandoverAsked{})
		s.expect(AgentInvited{Op: s.op(), Invitation: "i1"})
		s.expect(HandoverWithdrawn{}, "cancel_ring")
		s.expect(HandoverWithdrawn{})
		s.joins(ana, "operate")
		if s.c.Phase != Connected {
			t.Error(s.c.Phase)
		}
	})
	t.Run("withdrawn while somebody is chosen", func(t *testing.T) {
		s := treated(t)
		s.expect(HandoverAsked{}, "choose_agent")
		op := s.op()
		s.expect(HandoverWithdrawn{})
		s.expect(AgentChosen{Op: op, Agent: "a1", Endpoint: ana})
		if len(s.c.Held()) != 0 {
			t.Errorf("holds %v", s.c.Held())
		}
	})
}

func TestWaitingInAQueue(t *testing.T) {
	s := treated(t)
	s.expect(HandoverAsked{Queue: "q", MaxWait: 10 * time.Minute}, "choose_agent")
	if q := s.asked[0].Do.(ChooseAgent).Queue; q != "q" || s.c.Queued() != "q" {
		t.Errorf("queue %q, queued in %q", q, s.c.Queued())
	}
	s.expect(NobodyAvailable{Op: s.op(), Position: 3, Estimate: time.Minute, Why: []string{"all are busy"}})
	if h := s.c.Handover; h.State != HandoverWaiting || h.Position != 3 || h.Estimate != time.Minute {
		t.Errorf("%+v", h)
	}
	s.expect(DeadlinePassed{Name: AwaitQueue}, "choose_agent")
	s.expect(NobodyAvailable{Op: s.op(), Position: 1})
	s.expect(QueueMoved{}, "choose_agent")
	choice := s.op()
	s.expect(QueueMoved{})
	s.expect(AgentChosen{Op: choice, Agent: "a1", Endpoint: ana}, "ring_agent")
	s.expect(AgentFailed{Connection: "c1", Endpoint: ana, Outcome: Outcome{Class: ClassNoAnswer}}, "choose_agent")
	if tried := s.asked[0].Do.(ChooseAgent).Tried; !slices.Equal(tried, []tenant.AgentID{"a1"}) {
		t.Errorf("tried %v", tried)
	}
	s.expect(NobodyAvailable{Op: s.op(), Position: 1})
	s.at = s.at.Add(RestFor)
	s.expect(QueueMoved{}, "choose_agent")
	if tried := s.asked[0].Do.(ChooseAgent).Tried; len(tried) != 0 {
		t.Errorf("who had a rest is still left out: %v", tried)
	}
	s.expect(HangUpAsked{}, "hang_up_leg", "end_connection", "hang_up_leg")
	if s.c.Queued() != "" {
		t.Error("a call that ends waits in a queue")
	}
}

func TestPermitHandover(t *testing.T) {
	s := talking(t, Plan{})
	for _, e := range []Event{HandoverAsked{}} {
		if s.c.Permit(e) == nil {
			t.Errorf("%s of a call without a flow", e.Kind())
		}
	}
	s = treated(t)
	for _, e := range []HandoverAsked{{Queue: "q", Agents: []tenant.AgentID{"a1"}}, {MaxWait: -1}, {MaxWait: MaxHandoverWait + 1}} {
		if s.c.Permit(e) == nil {
			t.Errorf("%+v is permitted", e)
		}
	}
	s.expect(HandoverAsked{}, "choose_agent")
	if s.c.Permit(HandoverAsked{}) == nil {
		t.Error("two at once")
	}
}

func TestFlowPosition(t *testing.T) {
	s := treated(t)
	wake := s.at.Add(time.Minute)
	s.expect(FlowMoved{Step: "menu", Number: 1, State: json.RawMessage(`{"tries":1}`), Wake: wake})
	if s.c.Flow.Step != "menu" || !s.c.Deadlines[AwaitFlow].Equal(wake) {
		t.Errorf("%+v until %s", s.c.Flow, s.c.Deadlines[AwaitFlow])
	}
	since := s.c.Flow.Since
	s.expect(FlowMoved{Step: "menu"})
	if _, ok := s.c.Deadlines[AwaitFlow]; ok || !s.c.Flow.Since.Equal(since) {
		t.Errorf("%+v", s.c.Flow)
	}
	s = talking(t, Plan{})
	s.expect(FlowMoved{Step: "menu"})
	if s.c.Flow.Step != "" {
		t.Error("a call without a flow has a place in it")
	}
}

func TestTreatedCallThatMicrosoftLoses(t *testing.T) {
	s := treated(t)
	s.expect(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassMedia}}, "hang_up_leg", "hang_up_leg")
	if e := s.c.Ending; e.Result != Failed || e.Reason != ReasonConnectionLost {
		t.Errorf("%+v", e)
	}
}

// TestWhyAQueueTakesNoMore: a queue in which it was waited long enough, or that is full,
// is not one that is closed at this hour.
func TestWhyAQueueTakesNoMore(t *testing.T) {
	for told, want := range map[Loss]Loss{"": LossClosed, LossClosed: LossClosed, LossTimeout: LossTimeout, LossNobody: LossNobody} {
		s := treated(t)
		s.expect(HandoverAsked{Queue: "q", MaxWait: time.Minute}, "choose_agent")
		s.play(NobodyAvailable{Op: s.op(), Closed: true, Loss: told})
		if h := s.c.Handover; h.State != HandoverLost || h.Loss != want {
			t.Errorf("%q: %+v", told, h)
		}
	}
}

// TestFlowThatEndsSaysGoodbye: an answered caller's dialog ends as any does, and one who
// was not is not sent another way.
func TestFlowThatEndsSaysGoodbye(t *testing.T) {
	s := treated(t)
	s.play(HangUpAsked{Flow: true})
	if do := hangUpOf(t, s); do.Status != 0 || do.Q850 != 16 {
		t.Errorf("%+v", do)
	}
	if status, _ := (Termination{Reason: ReasonFlowEnded}).NearStatus(); status != 480 {
		t.Errorf("%d", status)
	}
}

func hangUpOf(t *testing.T, s *story) HangUpLeg {
	t.Helper()
	for _, a := range s.asked {
		if do, ok := a.Do.(HangUpLeg); ok && do.Side == Near {
			return do
		}
	}
	t.Fatal("nobody hangs up")
	return HangUpLeg{}
}
