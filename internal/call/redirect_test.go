package call

import (
	"errors"
	"testing"

	"tandem/internal/tenant"
)

// redirected brings a call to the point where Bob is to get it.
func redirected(t *testing.T, policy tenant.AnswerPolicy) *story {
	t.Helper()
	s := begin(t, Plan{Policy: policy})
	s.expect(RequestedByAPI{})
	s.expect(RedirectAsked{To: *expert})
	s.expect(Offered{Peer: "ccaas", Caller: "+4930123", SIPCallID: "a"}, "ring_near", "dial_far")
	s.expect(LegProceeding{Side: Far, SIPCallID: "f"})
	s.expect(Invited{Resource: "r", Context: "ctx"}, "redirect_invitation")
	if do := s.asked[0].Do.(RedirectInvitation); do.To != bob || do.Context != "ctx" {
		t.Errorf("%+v", do)
	}
	return s
}

func TestRedirect(t *testing.T) {
	for _, policy := range []tenant.AnswerPolicy{tenant.WithAgent, tenant.AtOnce} {
		s := redirected(t, policy)
		s.expect(Redirected{Op: s.op()})
		s.expect(LegAnswered{Side: Far}, "connect_media", "answer_near")
		s.expect(LegAnswered{Side: Near})
		if s.c.Phase != Released || s.c.ReleasedTo.Name != "Bob" || len(s.c.Deadlines) > 0 {
			t.Fatalf("%s to %+v, awaiting %v", s.c.Phase, s.c.ReleasedTo, s.c.Deadlines)
		}
		s.expect(LegEnded{Side: Far, By: ByMicrosoft, Q850: 16}, "hang_up_leg")
		s.expect(LegEnded{Side: Near, By: ByTandem})
		s.over(Termination{Result: Completed, Reason: ReasonMicrosoftHungUp, By: ByMicrosoft, Fault: FaultNone})
		if r := s.c.Record(); r.ReleasedTo != "Bob" || r.Talk <= 0 {
			t.Errorf("%+v", r)
		}
	}
}

// What the far leg says is what became of Bob.
func TestRedirectedInVain(t *testing.T) {
	for status, want := range map[int]Termination{
		486: {Result: Unanswered, Reason: ReasonBusy, By: ByAgent, Fault: FaultNone},
		603: {Result: Unanswered, Reason: ReasonDeclined, By: ByAgent, Fault: FaultNone},
		480: {Result: Unanswered, Reason: ReasonAgentUnavailable, By: ByAgent, Fault: FaultNone},
		487: {Result: Unanswered, Reason: ReasonNoAnswer, By: ByAgent, Fault: FaultNone},
		403: {Result: Failed, Reason: ReasonNotAllowed, By: ByMicrosoft, Fault: FaultTenant},
		500: {Result: Failed, Reason: ReasonRingFailed, By: ByMicrosoft, Fault: FaultMicrosoft},
	} {
		s := redirected(t, tenant.WithAgent)
		s.expect(Redirected{Op: s.op()})
		s.expect(LegEnded{Side: Far, By: ByMicrosoft, Status: status}, "hang_up_leg")
		s.expect(LegEnded{Side: Near, By: ByTandem})
		s.over(want)
	}
	refused := redirected(t, tenant.WithAgent)
	refused.expect(ActionFailed{Op: refused.op(), Action: RedirectInvitation{}.Kind(), Outcome: Outcome{Class: ClassNotAllowed}}, "hang_up_leg", "hang_up_leg")
	refused.play(LegEnded{Side: Near, By: ByTandem})
	refused.play(LegEnded{Side: Far, By: ByTandem})
	refused.over(Termination{Result: Failed, Reason: ReasonNotAllowed, By: ByMicrosoft, Fault: FaultTenant})

	unsure := redirected(t, tenant.WithAgent)
	unsure.expect(ActionFailed{Op: unsure.op(), Action: RedirectInvitation{}.Kind(), Outcome: Outcome{Class: ClassTimeout}, Unsure: true})
	unsure.expect(LegAnswered{Side: Far}, "connect_media", "answer_near") // he rang all the same

	late := redirected(t, tenant.WithAgent)
	late.expect(Redirected{Op: late.op()})
	late.expect(DeadlinePassed{Name: AwaitSetup}, "hang_up_leg", "hang_up_leg")
}

// A call that was taken at Microsoft cannot be redirected, and only once.
func TestPermitRedirect(t *testing.T) {
	ask := RedirectAsked{To: *expert}
	fresh := func(t *testing.T) *story {
		s := begin(t, Plan{})
		s.play(Offered{Peer: "ccaas", Caller: "+4930123", SIPCallID: "a"})
		return s
	}
	for name, v := range map[string]struct {
		from func(*testing.T) *story
		ok   bool
	}{
		"while somebody is chosen": {fresh, true},
		"while it rings":           {func(t *testing.T) *story { return ringing(t, Plan{}) }, false},
		"while they talk":          {func(t *testing.T) *story { return talking(t, Plan{}) }, false},
		"again":                    {func(t *testing.T) *story { return redirected(t, tenant.WithAgent) }, false},
		"outbound":                 {func(t *testing.T) *story { return begin(t, Plan{Direction: Outbound}) }, false},
	} {
		s := v.from(t)
		ignored := s.c.Ignored
		if err := s.c.Permit(ask); (err == nil) != v.ok || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if s.play(ask); (s.c.Ignored == ignored) != v.ok {
			t.Errorf("%s: Next and Permit do not agree", name)
		}
	}
	// Whoever was found meanwhile is let go.
	s := fresh(t)
	choice := s.op()
	s.expect(ask, "ring_near", "dial_far")
	s.expect(AgentChosen{Op: choice, Agent: "a1", Endpoint: ana})
	if len(s.c.Held()) > 0 {
		t.Errorf("%v is kept", s.c.Held())
	}
}

func TestReject(t *testing.T) {
	for why, status := range map[Rejection]int{RejectNone: 603, RejectBusy: 486, RejectForbidden: 403} {
		s := begin(t, Plan{})
		s.play(Offered{Peer: "ccaas", Caller: "+4930123", SIPCallID: "a"})
		s.expect(RejectAsked{Why: why}, "hang_up_leg")
		if do := s.asked[0].Do.(HangUpLeg); do.Status != status {
			t.Errorf("%s: %+v", why, do)
		}
		s.play(LegEnded{Side: Near, By: ByTandem})
		if s.c.Ending.Result != Cancelled || s.c.Ending.By != ByProvider || s.c.Phase != Ended {
			t.Errorf("%s: %+v", why, s.c.Ending)
		}
	}
	for name, s := range map[string]*story{"talking": talking(t, Plan{}), "answered at once": ringing(t, Plan{Policy: tenant.AtOnce})} {
		if err := s.c.Permit(RejectAsked{}); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
