package call

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

var askBob = ConsultAsked{Add: AddAsked{ID: "k", Agent: "a2", DisplayName: "Second opinion"}, Music: []Source{{Text: "la la"}}}

// consultBegun brings Ana's call to the point where Bob's Teams rings and the customer waits.
func consultBegun(t *testing.T) *story {
	t.Helper()
	s := talking(t, Plan{Connectivity: acsDirectRouting})
	s.expect(askBob, "operate")
	if o := s.asked[0].Do.(Operate).Operation; o.Kind != Hold || len(o.Sources) != 1 || s.c.Consult.State != ConsultHolding {
		t.Fatalf("%+v, %s", o, s.c.Consult.State)
	}
	s.expect(OperationEnded{Op: s.op(), State: OperationDone}, "choose_agent")
	s.expect(AgentChosen{Op: s.op(), Agent: "a2", Name: "Bob", Endpoint: bob}, "ring_agent")
	if ring := s.asked[0].Do.(RingAgent); ring.DisplayName != "Second opinion" || s.c.Consult.State != ConsultRinging {
		t.Fatalf("%+v, %s", ring, s.c.Consult.State)
	}
	return s
}

// consulted has Bob there.
func consulted(t *testing.T) *story {
	t.Helper()
	s := consultBegun(t)
	s.expect(AgentJoined{Connection: "c1", Op: s.c.Participants[1].Op, Endpoint: bob})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 5, Present: []Endpoint{ana, bob}})
	if s.c.Consult.State != ConsultTalking || !s.c.Customer.Held {
		t.Fatalf("%+v, held %v", s.c.Consult, s.c.Customer.Held)
	}
	return s
}

// back answers the unhold, and checks what became of the consult.
func (s *story) back(want ConsultResult) {
	s.t.Helper()
	if len(s.asked) != 1 || s.asked[0].Do.Kind() != "operate" || s.asked[0].Do.(Operate).Operation.Kind != Unhold {
		s.t.Fatalf("asked for %+v, want an unhold", s.asked)
	}
	s.expect(OperationEnded{Op: s.op(), State: OperationDone})
	if k := s.c.Consult; !k.Over() || k.Result != want || s.c.Customer.Held || s.c.Phase != Connected {
		s.t.Errorf("%+v, held %v, %s; want %s", k, s.c.Customer.Held, s.c.Phase, want)
	}
}

func TestConsultMerged(t *testing.T) {
	s := consulted(t)
	s.play(ConsultEndAsked{Merge: true})
	s.back(ConsultMerged)
	if s.c.Participants[0].State != Joined || s.c.Participants[1].State != Joined {
		t.Errorf("%+v", s.c.Participants)
	}
	if err := s.c.Permit(ConsultEndAsked{}); err == nil {
		t.Error("ended twice")
	}
	again := askBob
	again.Add = AddAsked{ID: "k2", Agent: "a3"}
	if err := s.c.Permit(again); err != nil {
		t.Errorf("a second consult: %v", err)
	}
}

// The customer comes back when Bob cannot be heard any more, not before.
func TestConsultCancelled(t *testing.T) {
	s := consulted(t)
	s.expect(ConsultEndAsked{}, "remove_participant")
	op := s.op()
	if err := s.c.Permit(ConsultEndAsked{Merge: true}); err == nil {
		t.Error("merged with somebody who is sent away")
	}
	s.expect(ActionFailed{Op: op, Action: "remove_participant", Outcome: Outcome{Class: ClassUnknown}}, "look", "remove_participant") // tried again
	s.play(ParticipantRemoved{Connection: "c1", Endpoint: bob})
	s.back(ConsultCancelled)

	s = consultBegun(t)
	s.expect(AgentInvited{Op: s.c.Participants[1].Op, Invitation: "i2"})
	s.expect(ConsultEndAsked{}, "cancel_ring")
	s.play(RingCancelled{Connection: "c1", Invitation: "i2"})
	s.back(ConsultCancelled)

	s = talking(t, Plan{Connectivity: acsDirectRouting})
	s.expect(askBob, "operate")
	hold := s.op()
	s.expect(ConsultEndAsked{}) // the hold is on its way, and cannot be taken back before it is there
	s.play(OperationEnded{Op: hold, State: OperationDone})
	s.back(ConsultCancelled)
	if len(s.c.Participants) != 1 {
		t.Errorf("somebody was rung: %+v", s.c.Participants)
	}
}

func TestConsultWithoutAnybody(t *testing.T) {
	for name, e := range map[string]func(*story) Event{
		"declined": func(s *story) Event {
			return AgentFailed{Connection: "c1", Op: s.c.Participants[1].Op, Endpoint: bob, Outcome: Outcome{Class: ClassDeclined}}
		},
		"not rung": func(s *story) Event {
			return ActionFailed{Op: s.c.Participants[1].Op, Action: "ring_agent", Outcome: Outcome{Class: ClassNotAllowed}}
		},
	} {
		s := consultBegun(t)
		s.play(e(s))
		s.back(ConsultFailed)
		if s.c.Consult.Outcome.Class != s.c.Participants[1].Outcome.Class {
			t.Errorf("%s: %+v", name, s.c.Consult.Outcome)
		}
	}
	for _, e := range []func(string) Event{
		func(op string) Event { return NobodyAvailable{Op: op} },
		func(op string) Event { return ActionFailed{Op: op, Action: "choose_agent"} },
	} {
		s := talking(t, Plan{Connectivity: acsDirectRouting})
		s.expect(askBob, "operate")
		s.expect(OperationEnded{Op: s.op(), State: OperationDone}, "choose_agent")
		s.play(e(s.op()))
		s.back(ConsultFailed)
	}
	s := talking(t, Plan{Connectivity: acsDirectRouting})
	s.expect(askBob, "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationFailed, Outcome: Outcome{Class: ClassThrottled}})
	if k := s.c.Consult; !k.Over() || k.Result != ConsultFailed || k.Outcome.Class != ClassThrottled {
		t.Errorf("nobody is held: %+v", k)
	}
}

// Who leaves decides: without Bob the customer is back with Ana, without Ana he is Bob's.
func TestConsultLeft(t *testing.T) {
	s := consulted(t)
	s.play(ParticipantsChanged{Connection: "c1", Sequence: 6, Present: []Endpoint{ana}})
	s.back(ConsultCancelled)
	s = consulted(t)
	s.play(ParticipantsChanged{Connection: "c1", Sequence: 6, Present: []Endpoint{bob}})
	s.back(ConsultHandedOver)
	s.expect(LegEnded{Side: Near, By: ByCaller, Q850: 16}, "end_connection", "hang_up_leg")
}

// The way back is tried more than once; in the end the hold stays visible.
func TestConsultStuck(t *testing.T) {
	s := consulted(t)
	s.play(ConsultEndAsked{Merge: true})
	for range maxReturns {
		if s.c.Consult.Over() {
			t.Fatal("given up too early")
		}
		s.play(OperationEnded{Op: s.op(), State: OperationFailed, Outcome: Outcome{Class: ClassThrottled}})
	}
	if k := s.c.Consult; !k.Over() || !s.c.Customer.Held || k.Outcome.Class != ClassThrottled {
		t.Errorf("%+v, held %v", k, s.c.Customer.Held)
	}
	s.expect(OperateAsked{ID: "u", Operation: Operation{Kind: Unhold, Target: Customer}}, "operate")
}

func TestConsultRefused(t *testing.T) {
	fresh := func() *story { return talking(t, Plan{Connectivity: acsDirectRouting}) }
	s := fresh()
	if s.c.Permit(ConsultEndAsked{}) == nil || s.c.Permit(ConsultAsked{Add: AddAsked{Agent: "a2"}}) == nil || s.c.Permit(ConsultAsked{Add: AddAsked{ID: "k", Agent: "a1"}}) == nil {
		t.Error("a consult without sense is permitted")
	}
	s.expect(OperateAsked{ID: "h", Operation: Operation{Kind: Hold, Target: Customer}}, "operate")
	if s.c.Permit(askBob) == nil {
		t.Error("while a hold is under way")
	}
	s.play(OperationEnded{Op: s.op(), State: OperationDone})
	if s.c.Permit(askBob) == nil {
		t.Error("of a customer who is held")
	}
	s = ringing(t, Plan{Connectivity: acsDirectRouting})
	if s.c.Permit(askBob) == nil {
		t.Error("before anybody talks")
	}
	s = consultBegun(t)
	if s.c.Permit(ConsultAsked{Add: AddAsked{ID: "k2", Agent: "a3"}}) == nil || s.c.Permit(ConsultEndAsked{Merge: true}) == nil {
		t.Error("two at once, or merged with nobody")
	}
	s.play(LegEnded{Side: Near, By: ByCaller, Q850: 16})
	if !s.c.Consult.Over() {
		t.Errorf("the customer is gone: %+v", s.c.Consult)
	}
}

// TestConsultEnds: whatever comes in whatever order, a consult that is over while the
// call goes on leaves the customer off hold, unless the way back was refused to the end;
// and earlier snapshots stay as they were.
func TestConsultEnds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := consultBegun(t)
		var asked []Action
		for range rapid.IntRange(1, 25).Draw(rt, "events") {
			p := s.c.Participants[1]
			op := ""
			for _, o := range s.c.Operations {
				if !o.Over() {
					op = o.Op
				}
			}
			events := []Event{
				AgentInvited{Op: p.Op, Invitation: "i2"}, AgentJoined{Connection: "c1", Op: p.Op, Endpoint: bob},
				AgentFailed{Connection: "c1", Op: p.Op, Endpoint: bob, Outcome: Outcome{Class: ClassDeclined}}, RingCancelled{Connection: "c1", Invitation: "i2"},
				ParticipantRemoved{Connection: "c1", Endpoint: bob}, ParticipantsChanged{Connection: "c1", Sequence: 5 + len(s.c.Participants), Present: []Endpoint{ana, bob}},
				OperationEnded{Op: op, State: OperationDone}, OperationEnded{Op: op, State: OperationFailed, Outcome: Outcome{Class: ClassThrottled}},
				ConsultEndAsked{}, ConsultEndAsked{Merge: true}, RemoveAsked{Participant: "k"}, RemoveAsked{Participant: s.c.Participants[0].ID},
				OperateAsked{ID: rapid.StringN(1, 3, 3).Draw(rt, "id"), Operation: Operation{Kind: Unhold, Target: Customer}},
				ActionFailed{Op: "x", Action: "remove_participant"}, Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}},
			}
			was, _ := json.Marshal(s.c)
			before := s.c
			asked = append(asked, s.play(rapid.SampledFrom(events).Draw(rt, "event"))...)
			if now, _ := json.Marshal(before); string(now) != string(was) {
				rt.Fatalf("an earlier snapshot changed: %s\n%s", was, now)
			}
		}
		for range 50 { // everything is answered well from here on
			for _, a := range asked {
				asked = asked[1:]
				switch do := a.Do.(type) {
				case RemoveParticipant:
					asked = append(asked, s.play(ParticipantRemoved{Connection: "c1", Endpoint: do.Endpoint})...)
				case CancelRing:
					asked = append(asked, s.play(RingCancelled{Connection: "c1", Invitation: do.Invitation})...)
				}
			}
			for _, o := range s.c.Operations {
				if !o.Over() {
					asked = append(asked, s.play(OperationEnded{Op: o.Op, State: OperationDone})...)
				}
			}
			next := ""
			for name, due := range s.c.Deadlines {
				if was, ok := s.c.Deadlines[next]; !ok || due.Before(was) {
					next = name
				}
			}
			if next != "" && s.c.Consult.State == ConsultReturning {
				s.at = s.c.Deadlines[next]
				asked = append(asked, s.play(DeadlinePassed{Name: next})...)
			}
		}
		k := s.c.Consult
		if s.c.Phase == Connected && k.State == ConsultReturning {
			rt.Fatalf("the customer is not back: %+v, held %v, operations %+v", k, s.c.Customer.Held, s.c.Operations)
		}
		if s.c.Phase == Connected && k.Over() && s.c.Customer.Held && k.Tries < maxReturns {
			rt.Fatalf("over, and the customer is held: %+v", k)
		}
	})
}
