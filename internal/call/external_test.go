package call

import (
	"slices"
	"testing"

	"tandem/internal/tenant"
)

var caller = Endpoint{Kind: tenant.PhoneNumber, ID: "+4930123"}

// arrived has a customer who came over an SBC that is not ours in the connection.
func arrivedOver(t *testing.T, p Plan) *story {
	t.Helper()
	p.External, p.Policy, p.Connectivity = true, tenant.AtOnce, acsDirectRouting
	s := begin(t, p)
	asked := []string{"accept_invitation"}
	if p.Flow == nil {
		asked = append(asked, "choose_agent")
	}
	s.expect(Invited{Resource: "r", Context: "ctx", Correlation: "corr", Caller: caller.ID, Called: "+493099"}, asked...)
	if do := s.asked[0].Do.(AcceptInvitation); do.Context != "ctx" || do.Resource != "r" || s.c.Caller != caller.ID || s.c.Called != "+493099" {
		t.Fatalf("%+v of %+v", do, s.c)
	}
	return s
}

// servedOver has him talk with Ana.
func servedOver(t *testing.T, p Plan) *story {
	t.Helper()
	s := arrivedOver(t, p)
	accept, choose := s.asked[0].ID, s.asked[1].ID
	s.expect(AgentChosen{Op: choose, Agent: "a1", Name: "Ana", Endpoint: ana})
	s.expect(ConnectionAccepted{Op: accept, Connection: "c1", ServerCall: "srv"})
	s.expect(ConnectionUp{Connection: "c1"}, "ring_agent")
	s.expect(AgentInvited{Op: s.op(), Invitation: "i1"})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 2, Present: []Endpoint{caller}})
	s.expect(AgentJoined{Connection: "c1", Op: s.c.Participants[0].Op, Endpoint: ana})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 4, Present: []Endpoint{caller, ana}})
	if s.c.Phase != Connected || s.c.Near.State != LegNone || s.c.Far.State != LegNone {
		t.Fatalf("phase %s, legs %s and %s", s.c.Phase, s.c.Near.State, s.c.Far.State)
	}
	return s
}

// Each way in which the call of such a customer ends.
func TestEndsOverAnotherSBC(t *testing.T) {
	hungUp := Termination{Result: Completed, Reason: ReasonCallerHungUp, By: ByCaller, Fault: FaultNone}
	gaveUp := Termination{Result: Abandoned, Reason: ReasonCallerGaveUp, By: ByCaller, Fault: FaultNone}
	down := ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassEnded, Code: 200}}
	for name, x := range map[string]struct {
		story func(*testing.T) *story
		ends  func(*story)
		want  Termination
	}{
		"he hangs up, says a list": {func(t *testing.T) *story { return servedOver(t, Plan{}) }, func(s *story) {
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 6, Present: []Endpoint{ana}}, "end_connection")
			if do := s.asked[0].Do.(EndConnection); !do.ForEveryone {
				s.t.Error("the agent is left alone")
			}
			s.expect(down)
		}, hungUp},
		"he hangs up, says a look": {func(t *testing.T) *story { return servedOver(t, Plan{}) }, func(s *story) {
			s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}}, "end_connection")
			s.expect(down)
		}, hungUp},
		"the connection ends": {func(t *testing.T) *story { return servedOver(t, Plan{}) }, func(s *story) { s.expect(down) }, hungUp},
		"the agent hangs up": {func(t *testing.T) *story { return servedOver(t, Plan{}) }, func(s *story) {
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 6, Present: []Endpoint{caller}}, "end_connection")
			s.expect(down)
		}, Termination{Result: Completed, Reason: ReasonAgentHungUp, By: ByAgent, Fault: FaultNone}},
		"the provider ends it": {func(t *testing.T) *story { return servedOver(t, Plan{}) }, func(s *story) {
			s.expect(HangUpAsked{}, "end_connection")
			s.expect(down)
		}, Termination{Result: Completed, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone}},
		"he gives up before he is in": {func(t *testing.T) *story { return arrivedOver(t, Plan{}) }, func(s *story) { s.expect(down) }, gaveUp},
		"nobody is there": {func(t *testing.T) *story { return arrivedOver(t, Plan{}) }, func(s *story) {
			accept, choose := s.asked[0].ID, s.asked[1].ID
			s.expect(ConnectionAccepted{Op: accept, Connection: "c1"})
			s.expect(NobodyAvailable{Op: choose}, "end_connection")
			s.expect(down)
		}, Termination{Result: Unanswered, Reason: ReasonNobodyAvailable, By: ByTandem, Fault: FaultNone}},
		"Microsoft refuses the answer": {func(t *testing.T) *story { return arrivedOver(t, Plan{}) }, func(s *story) {
			s.expect(ActionFailed{Op: s.asked[0].ID, Action: "accept_invitation", Outcome: Outcome{Class: ClassMisconfigured, Code: 400}})
		}, Termination{Result: Failed, Reason: ReasonMicrosoftRefused, By: ByMicrosoft, Fault: FaultMicrosoft}},
		"nobody knows whether he was answered, and he was": {func(t *testing.T) *story { return arrivedOver(t, Plan{}) }, func(s *story) {
			s.expect(ActionFailed{Op: s.asked[0].ID, Action: "accept_invitation", Unsure: true})
			s.expect(ConnectionUp{Connection: "c1"}, "end_connection")
			s.expect(down)
		}, Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft}},
		"he is transferred": {func(t *testing.T) *story { return servedOver(t, Plan{}) }, func(s *story) {
			s.expect(OperateAsked{ID: "t", Operation: Operation{Kind: Transfer, Target: Customer, To: &Person{Endpoint: bob, Name: "Bob"}}}, "operate")
			s.expect(OperationEnded{Op: s.op(), State: OperationDone, Outcome: Outcome{Class: ClassEnded}}, "end_connection")
			if do := s.asked[0].Do.(EndConnection); do.ForEveryone || s.c.Phase != Released {
				s.t.Errorf("%+v in %s", do, s.c.Phase)
			}
			s.expect(down)
		}, Termination{Result: Completed, Reason: ReasonMicrosoftHungUp, By: ByMicrosoft, Fault: FaultNone}},
	} {
		t.Run(name, func(t *testing.T) {
			s := x.story(t)
			x.ends(s)
			s.over(x.want)
		})
	}
}

// A flow has him as soon as the connection is there.
func TestFlowOverAnotherSBC(t *testing.T) {
	s := arrivedOver(t, Plan{Flow: &FlowRef{ID: "f", Version: 1}})
	s.expect(ConnectionAccepted{Op: s.op(), Connection: "c1"})
	if s.c.Treatable() {
		t.Error("treated before he hears anything")
	}
	s.expect(ConnectionUp{Connection: "c1"})
	if !s.c.Treatable() || s.c.Marks.Treated.IsZero() {
		t.Errorf("not treated: %+v", s.c)
	}
	s.expect(OperateAsked{ID: "p", Operation: Operation{Kind: Play, Target: Customer, Sources: []Source{{Text: "welcome"}}}}, "operate")
	s.expect(HandoverAsked{Agents: []tenant.AgentID{"a1"}}, "choose_agent")
	s.expect(AgentChosen{Op: s.op(), Agent: "a1", Endpoint: ana}, "ring_agent")
	s.joins(ana)
	if s.c.Phase != Connected {
		t.Errorf("phase %s", s.c.Phase)
	}
}

// What takes a leg of ours cannot be done.
func TestRefusedOverAnotherSBC(t *testing.T) {
	s := servedOver(t, Plan{})
	for _, e := range []Event{Offered{}, RejectAsked{}, RedirectAsked{}, OperateAsked{ID: "m", Operation: Operation{Kind: Mute, Target: Customer}}} {
		if s.c.Permit(e) == nil {
			t.Errorf("%s is permitted", e.Kind())
		}
	}
	s.expect(OperateAsked{ID: "h", Operation: Operation{Kind: Hold, Target: Customer}}, "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationDone}) // and no music of our leg's
	s.expect(Invited{Resource: "r", Context: "again"}, "refuse_invitation")
	s.expect(OwnerLost{})
	if s.c.Phase != Connected {
		t.Errorf("a call without a leg is %s when its owner is lost", s.c.Phase)
	}
	if !slices.ContainsFunc(Capabilities(), func(c Capability) bool {
		return c.External && c.Operation == Mute && c.Party == CustomerLeg && !c.Allowed()
	}) {
		t.Error("the table does not tell")
	}
}
