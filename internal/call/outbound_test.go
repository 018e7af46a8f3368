package call

import (
	"slices"
	"testing"
	"time"

	"tandem/internal/tenant"
)

// calling brings an outbound call to the point where Ana is to be called.
func calling(t *testing.T, p Plan) *story {
	t.Helper()
	p.Direction, p.Resource, p.Agents = Outbound, "eu-0", []tenant.AgentID{"a1"}
	s := begin(t, p)
	s.expect(RequestedByAPI{}, "choose_agent")
	if choose := s.asked[0].Do.(ChooseAgent); !choose.Whatever || !slices.Equal(choose.Wanted, p.Agents) {
		t.Fatalf("asked for %+v", choose)
	}
	s.expect(AgentChosen{Op: s.op(), Agent: "a1", Name: "Ana", Endpoint: ana}, "call_agent")
	if do := s.asked[0].Do.(CallAgent); do.Resource != "eu-0" || do.Endpoint != ana || do.DisplayName != p.DisplayName {
		t.Fatalf("asked for %+v", do)
	}
	return s
}

// beingCalled brings it to where Ana's Teams rings, answering to where she is there.
func beingCalled(t *testing.T, p Plan) *story {
	t.Helper()
	s := calling(t, p)
	s.expect(AgentCalled{Op: s.op(), Connection: "c1", Correlation: "corr"})
	if st := s.c.Participants[0].State; st != Ringing || s.c.Connection.State != ConnectionPlaced {
		t.Fatalf("Ana %s, connection %s", st, s.c.Connection.State)
	}
	return s
}

func answering(t *testing.T, p Plan) *story {
	t.Helper()
	s := beingCalled(t, p)
	s.expect(ConnectionUp{Connection: "c1", ServerCall: "srv"})
	if s.c.Phase != Connected || s.c.Participants[0].State != Joined {
		t.Fatalf("phase %s, Ana %s", s.c.Phase, s.c.Participants[0].State)
	}
	return s
}

func TestOutbound(t *testing.T) {
	s := answering(t, Plan{DisplayName: "Test call", MaxDuration: 3 * time.Second})
	s.expect(ParticipantsChanged{Connection: "c1", ServerCall: "srv", Sequence: 1, Present: []Endpoint{ana}})
	if s.c.Connection.ServerCall != "srv" { // CallConnected did not come
		t.Errorf("%+v", s.c.Connection)
	}
	if due := s.c.Deadlines[AwaitLimit]; !due.Equal(s.c.Marks.Connected.Add(3 * time.Second)) {
		t.Errorf("limited to %v", due)
	}
	s.expect(DeadlinePassed{Name: AwaitLimit}, "end_connection")
	if end := s.asked[0].Do.(EndConnection); !end.ForEveryone || end.Connection != "c1" {
		t.Errorf("ends with %+v", end)
	}
	s.expect(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassEnded, Code: 200, SubCode: 7000}})
	s.over(Termination{Result: Completed, Reason: ReasonMaxDuration, By: ByTandem, Fault: FaultNone})
	r := s.c.Record()
	if r.Direction != Outbound || r.Resource != "eu-0" || r.Connection != "c1" || r.Correlation != "corr" || r.Agent != "a1" || r.Setup <= 0 || r.Talk <= 0 {
		t.Errorf("record %+v", r)
	}
	if len(r.Attempts) != 1 || r.Attempts[0].Rung.IsZero() || r.Attempts[0].Joined.IsZero() || r.Attempts[0].Left.IsZero() {
		t.Errorf("attempts %+v", r.Attempts)
	}
}

func TestOutboundEndings(t *testing.T) {
	down := func(class Class, code, sub int) Event {
		return ConnectionDown{Connection: "c1", Outcome: Outcome{Class: class, Code: code, SubCode: sub}}
	}
	refused := func(class Class, code, sub int) func(*story) {
		return func(s *story) { s.expect(down(class, code, sub)) }
	}
	rows := []struct {
		name      string
		from      func(*testing.T, Plan) *story
		end       func(*story)
		want      Termination
		outcome   Class
		code, sub int
	}{
		{"declined", beingCalled, refused(ClassDeclined, 603, 0), Termination{Result: Unanswered, Reason: ReasonDeclined, By: ByAgent, Fault: FaultNone}, ClassDeclined, 603, 0},
		{"not federated", beingCalled, refused(ClassMisconfigured, 403, 7600), Termination{Result: Failed, Reason: ReasonMisconfigured, By: ByMicrosoft, Fault: FaultProvider}, ClassMisconfigured, 403, 7600},
		{"not allowed", beingCalled, refused(ClassNotAllowed, 403, 5223), Termination{Result: Failed, Reason: ReasonNotAllowed, By: ByMicrosoft, Fault: FaultTenant}, ClassNotAllowed, 403, 5223},
		{"offline", beingCalled, refused(ClassUnavailable, 480, 10037), Termination{Result: Unanswered, Reason: ReasonAgentUnavailable, By: ByAgent, Fault: FaultNone}, ClassUnavailable, 480, 10037},
		{"failed before the answer to the request", calling, func(s *story) {
			op := s.op()
			s.expect(down(ClassDeclined, 603, 0))
			s.expect(down(ClassDeclined, 603, 0)) // CallDisconnected and CreateCallFailed both tell it
			s.expect(AgentCalled{Op: op, Connection: "c1"})
		}, Termination{Result: Unanswered, Reason: ReasonDeclined, By: ByAgent, Fault: FaultNone}, ClassDeclined, 603, 0},
		{"the request is refused", calling, func(s *story) {
			s.expect(ActionFailed{Op: s.op(), Action: "call_agent", Outcome: Outcome{Class: ClassMisconfigured, Code: 400, SubCode: 8523}})
		}, Termination{Result: Failed, Reason: ReasonMisconfigured, By: ByMicrosoft, Fault: FaultProvider}, ClassMisconfigured, 400, 8523},
		{"agent hangs up", answering, func(s *story) {
			s.expect(down(ClassEnded, 200, 5001))
		}, Termination{Result: Completed, Reason: ReasonAgentHungUp, By: ByAgent, Fault: FaultNone}, ClassEnded, 200, 5001},
		{"agent hangs up, the list is first", answering, func(s *story) {
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 1, Present: []Endpoint{ana}})
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 2}, "end_connection")
			s.expect(down(ClassEnded, 200, 5001))
		}, Termination{Result: Completed, Reason: ReasonAgentHungUp, By: ByAgent, Fault: FaultNone}, ClassEnded, 0, 0},
		{"connection lost", answering, func(s *story) {
			s.expect(down(ClassMedia, 410, 301005))
		}, Termination{Result: Failed, Reason: ReasonConnectionLost, By: ByMicrosoft, Fault: FaultMicrosoft}, ClassEnded, 410, 301005},
		{"hung up while it rings", beingCalled, func(s *story) {
			s.expect(HangUpAsked{}, "end_connection")
			if end := s.asked[0].Do.(EndConnection); end.ForEveryone {
				s.t.Error("a call that only rings cannot be terminated")
			}
			s.expect(ConnectionUp{Connection: "c1"}) // crossed
			s.expect(down(ClassEnded, 200, 7000))
		}, Termination{Result: Cancelled, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone}, ClassCancelled, 0, 0},
		{"the agent is taken out while it rings", beingCalled, func(s *story) {
			s.expect(RemoveAsked{Participant: s.c.Participants[0].ID}, "end_connection")
			s.expect(down(ClassEnded, 200, 7000))
		}, Termination{Result: Cancelled, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone}, ClassCancelled, 0, 0},
		{"hung up before the answer to the request", calling, func(s *story) {
			op := s.op()
			s.expect(HangUpAsked{})
			s.expect(AgentCalled{Op: op, Connection: "c1"}, "end_connection")
			s.expect(down(ClassEnded, 200, 7000))
		}, Termination{Result: Cancelled, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone}, ClassCancelled, 0, 0},
		{"rings too long", beingCalled, func(s *story) {
			s.expect(DeadlinePassed{Name: awaitRing(s.c.Participants[0])}, "look")
			s.expect(Observed{Connection: "c1", Ringing: true}, "end_connection")
			s.expect(down(ClassEnded, 200, 7000))
		}, Termination{Result: Unanswered, Reason: ReasonNoAnswer, By: ByAgent, Fault: FaultNone}, ClassNoAnswer, 0, 0},
		{"rings too long, and the look is lost", beingCalled, func(s *story) {
			s.expect(DeadlinePassed{Name: awaitRing(s.c.Participants[0])}, "look")
			s.expect(DeadlinePassed{Name: awaitRing(s.c.Participants[0])}, "end_connection")
			s.expect(down(ClassEnded, 200, 7000))
		}, Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft}, ClassCancelled, 0, 0},
		{"CreateCallFailed is lost", beingCalled, func(s *story) {
			s.expect(DeadlinePassed{Name: awaitRing(s.c.Participants[0])}, "look")
			s.expect(Observed{Connection: "c1"})
		}, Termination{Result: Failed, Reason: ReasonConnectionLost, By: ByMicrosoft, Fault: FaultMicrosoft}, ClassGone, 0, 0},
		{"no answer to the request, and none ever", calling, func(s *story) {
			s.expect(ActionFailed{Op: s.op(), Action: "call_agent", Outcome: Outcome{Class: ClassTimeout}, Unsure: true})
			for range looksForPlaced {
				s.expect(DeadlinePassed{Name: AwaitEnd})
			}
			if s.c.Phase != Ending {
				s.t.Fatal("given up while Microsoft may still ring")
			}
			s.expect(DeadlinePassed{Name: AwaitEnd})
		}, Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft}, ClassEnded, 0, 0},
		{"no answer to the request, but she answers", calling, func(s *story) {
			s.expect(ActionFailed{Op: s.op(), Action: "call_agent", Outcome: Outcome{Class: ClassTimeout}, Unsure: true})
			s.expect(ConnectionUp{Connection: "c1"}, "end_connection")
			s.expect(down(ClassEnded, 200, 7000))
		}, Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft}, ClassEnded, 0, 0},
		{"taken by another call", func(t *testing.T, p Plan) *story {
			p.Direction, p.Agents = Outbound, []tenant.AgentID{"a1"}
			s := begin(t, p)
			s.expect(RequestedByAPI{}, "choose_agent")
			return s
		}, func(s *story) {
			s.expect(NobodyAvailable{Op: s.op(), Why: []string{"Ana is taken by another call"}})
		}, Termination{Result: Unanswered, Reason: ReasonNobodyAvailable, By: ByTandem, Fault: FaultNone}, "", 0, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := row.from(t, Plan{})
			s.t = t
			row.end(s)
			s.over(row.want)
			if s.c.Ending.ACSCode != row.code || s.c.Ending.ACSSubCode != row.sub {
				t.Errorf("ended with %d/%d, want %d/%d", s.c.Ending.ACSCode, s.c.Ending.ACSSubCode, row.code, row.sub)
			}
			if row.outcome == "" {
				return
			}
			if got := s.c.Participants[0].Outcome.Class; got != row.outcome {
				t.Errorf("Ana's outcome is %s, want %s", got, row.outcome)
			}
		})
	}
}

// Whatever tells first that she answered is believed; the rest changes nothing.
func TestOutboundInAnyOrder(t *testing.T) {
	facts := map[string]func(op string) Event{
		"created":   func(op string) Event { return AgentCalled{Op: op, Connection: "c1"} },
		"connected": func(string) Event { return ConnectionUp{Connection: "c1", ServerCall: "srv"} },
		"listed": func(string) Event {
			return ParticipantsChanged{Connection: "c1", Sequence: 1, Present: []Endpoint{ana}}
		},
		"looked": func(string) Event { return Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}} },
	}
	for _, order := range [][]string{
		{"created", "connected", "listed"}, {"created", "listed", "connected"}, {"connected", "created", "listed"},
		{"listed", "connected", "created"}, {"listed", "created"}, {"connected", "connected", "created", "created"}, {"created", "looked", "connected"},
	} {
		s := calling(t, Plan{})
		op := s.op()
		for _, f := range order {
			s.expect(facts[f](op))
		}
		if slices.Contains(order, "connected") && s.c.Connection.ServerCall != "srv" {
			t.Errorf("%v: the server call is %q", order, s.c.Connection.ServerCall)
		}
		if s.c.Phase != Connected || s.c.Connection.State != ConnectionIsUp || s.c.Connection.ID != "c1" || s.c.Participants[0].State != Joined {
			t.Errorf("%v: %s, connection %+v, Ana %s", order, s.c.Phase, s.c.Connection, s.c.Participants[0].State)
		}
		s.expect(HangUpAsked{ForEveryone: true}, "end_connection")
	}
}

// A look at what ends shows that it rings on: end it again.
func TestOutboundEndsWhatRingsOn(t *testing.T) {
	s := beingCalled(t, Plan{})
	s.expect(HangUpAsked{}, "end_connection")
	s.expect(DeadlinePassed{Name: AwaitEnd}, "look")
	if look := s.asked[0].Do.(Look); !look.Called {
		t.Error("the look cannot tell that it rings")
	}
	s.expect(Observed{Connection: "c1", Ringing: true}, "end_connection")
	s.expect(Observed{Connection: "c1"})
	s.over(Termination{Result: Cancelled, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone})
}

func TestOutboundTakesNoCustomer(t *testing.T) {
	s := beingCalled(t, Plan{})
	if err := s.c.Permit(Offered{}); err == nil {
		t.Error("an INVITE is permitted")
	}
	s.expect(Offered{Peer: "ccaas"})
	s.expect(Invited{Resource: "r", Context: "x"}, "refuse_invitation")
	s.expect(OwnerLost{}) // there are no legs to lose
	if s.c.Phase != Routing || s.c.Near.State != LegNone {
		t.Errorf("%s, near %s", s.c.Phase, s.c.Near.State)
	}
}

func TestOutboundGrows(t *testing.T) {
	s := answering(t, Plan{})
	s.expect(AddAsked{Agent: "a2"}, "choose_agent")
	s.expect(AgentChosen{Op: s.op(), Agent: "a2", Endpoint: bob}, "ring_agent")
	s.expect(AgentInvited{Op: s.op(), Invitation: "i2"})
	s.joins(bob)
	s.expect(RemoveAsked{Participant: s.c.Participants[0].ID}, "remove_participant")
	s.expect(ParticipantRemoved{Connection: "c1", Endpoint: ana})
	if s.c.Phase != Connected {
		t.Error("the call ended although Bob is there")
	}
}

// TestOutboundToNoAgent calls somebody who is kept from no other call.
func TestOutboundToNoAgent(t *testing.T) {
	s := begin(t, Plan{Direction: Outbound, Resource: "eu-0", Person: &Person{Endpoint: ana, Name: "Ana"}})
	s.expect(RequestedByAPI{}, "choose_agent")
	do := s.asked[0].Do.(ChooseAgent)
	if do.Person == nil || *do.Person != (Person{Endpoint: ana, Name: "Ana"}) || len(do.Wanted) > 0 {
		t.Fatalf("asked for %+v", do)
	}
	s.expect(AgentChosen{Op: s.op(), Name: "Ana", Endpoint: ana}, "call_agent")
	if to := s.asked[0].Do.(CallAgent).Endpoint; to != ana {
		t.Errorf("calls %+v", to)
	}
	if held := s.c.Held(); len(held) > 0 {
		t.Errorf("keeps %v", held)
	}
	s.expect(AgentCalled{Op: s.op(), Connection: "c1", Correlation: "corr"})
	s.expect(ConnectionUp{Connection: "c1", ServerCall: "srv"})
	if r := s.c.Record(); s.c.Phase != Connected || r.Agent != "" {
		t.Errorf("phase %s, record %+v", s.c.Phase, r)
	}
}

// Nobody adds whom we call, so a word that adding him failed is not about him.
func TestCalledIsNotAdded(t *testing.T) {
	s := begin(t, Plan{Direction: Outbound, Agents: []tenant.AgentID{"a1"}})
	s.play(RequestedByAPI{})
	s.play(AgentChosen{Op: s.op(), Agent: "a1", Endpoint: ana})
	ignored := s.c.Ignored
	s.expect(AgentFailed{Connection: "c1", Endpoint: ana, Outcome: Outcome{Class: ClassDeclined}})
	if s.c.Ignored != ignored+1 || len(s.c.Deadlines) == 0 {
		t.Errorf("%+v", s.c)
	}
}
