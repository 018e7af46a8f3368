package call

import (
	"encoding/json"
	"strings"
	"testing"
)

// telephoning is a conversation of customer and Ana to which a telephone is called
// through us; it rings.
func telephoning(t *testing.T) (s *story, side Side) {
	t.Helper()
	s = operating(t)
	s.expect(AddAsked{ID: "p", Outside: tel, CallerID: "+4969100"}, "ring_agent")
	if do := s.asked[0].Do.(RingAgent); do.Endpoint != tel || do.CallerID != "+4969100" {
		t.Fatalf("%+v", do)
	}
	op := s.op()
	s.expect(AgentInvited{Op: op, Invitation: "i2"})
	s.expect(OutOffered{Op: op, Peer: "carrier", Number: tel.ID, Caller: "+4969100", SIPCallID: "o", Dialog: json.RawMessage(`"both"`)}, "dial_out")
	do := s.asked[0].Do.(DialOut)
	if do.Number != tel.ID || do.Peer != "carrier" || do.Side != s.c.NewestOut(op) {
		t.Fatalf("%+v", do)
	}
	s.expect(LegProceeding{Side: do.Side, Status: 180})
	return s, do.Side
}

func answered(t *testing.T) (s *story, side Side) {
	t.Helper()
	s, side = telephoning(t)
	s.expect(LegAnswered{Side: side})
	s.joins(tel)
	return s, side
}

func TestOutlegEnds(t *testing.T) {
	t.Run("the telephone hangs up: the call goes on, and nobody has to tell", func(t *testing.T) {
		s, side := answered(t)
		s.expect(LegEnded{Side: side, By: ByCaller, Q850: 16, Media: MediaStats{PacketsIn: 7}})
		if s.c.Phase != Connected || s.c.Participants[1].State != Gone {
			t.Errorf("%s, %+v", s.c.Phase, s.c.Participants[1])
		}
		s.play(HangUpAsked{})
		s.play(ConnectionDown{Connection: "c1"})
		s.play(LegEnded{Side: Near, By: ByTandem})
		s.play(LegEnded{Side: Far, By: ByTandem})
		r := s.c.Record()
		if len(r.Outlegs) != 1 || r.Outlegs[0].Peer != "carrier" || r.Outlegs[0].Number != tel.ID || r.Outlegs[0].SIPCallID != "o" || r.Outlegs[0].Media.PacketsIn != 7 {
			t.Errorf("%+v", r.Outlegs)
		}
	})
	t.Run("he is removed, and Microsoft forgets the BYE", func(t *testing.T) {
		s, side := answered(t)
		s.expect(RemoveAsked{Participant: "p"}, "remove_participant")
		s.expect(ParticipantRemoved{Connection: "c1", Endpoint: tel}, "hang_up_leg")
		if h := s.asked[0].Do.(HangUpLeg); h.Side != side {
			t.Errorf("%+v", h)
		}
		s.expect(LegEnded{Side: side, By: ByTandem})
	})
	t.Run("no answer", func(t *testing.T) {
		s, _ := telephoning(t)
		s.expect(AgentFailed{Connection: "c1", Op: s.c.Participants[1].Op, Endpoint: tel, Outcome: Outcome{Class: ClassNoAnswer}}, "hang_up_leg")
	})
	t.Run("no sound from it", func(t *testing.T) {
		s, side := answered(t)
		s.expect(MediaLost{Side: side}, "hang_up_leg")
		s.expect(LegEnded{Side: side, By: ByTandem})
		if s.c.Phase != Connected || s.c.Participants[1].State != Gone {
			t.Errorf("%s, %+v", s.c.Phase, s.c.Participants[1])
		}
	})
	t.Run("with the call", func(t *testing.T) {
		s, side := answered(t)
		s.expect(LegEnded{Side: Near, By: ByCaller}, "end_connection", "hang_up_leg", "hang_up_leg")
		s.play(ConnectionDown{Connection: "c1"})
		s.play(LegEnded{Side: Far, By: ByTandem})
		if s.c.Phase != Ending {
			t.Error("over while the telephone talks")
		}
		s.play(LegEnded{Side: side, By: ByTandem})
		s.over(Termination{Result: Completed, Reason: ReasonCallerHungUp, By: ByCaller, Fault: FaultNone})
	})
	t.Run("with the customer's transfer: who stays behind is out of our hands", func(t *testing.T) {
		s, side := answered(t)
		op := s.asks("o", Operation{Kind: Transfer, Target: Customer, To: expert})
		s.expect(OperationEnded{Op: op, State: OperationDone}, "end_connection", "hang_up_leg")
		if h := s.asked[1].Do.(HangUpLeg); h.Side != side {
			t.Errorf("%+v", h)
		}
	})
	t.Run("its owner is lost", func(t *testing.T) {
		s, side := answered(t)
		s.expect(OwnerLost{}, "bury_leg", "end_connection", "bury_leg", "bury_leg")
		if b := s.asked[3].Do.(BuryLeg); b.Side != side || string(b.Dialog) != `"both"` {
			t.Errorf("%+v", b)
		}
	})
	t.Run("it cannot be dialled", func(t *testing.T) {
		s, _ := telephoning(t)
		s.expect(ActionFailed{Op: s.c.Outlegs[0].Dial, Action: "dial_out"}, "hang_up_leg")
		if h := s.asked[0].Do.(HangUpLeg); h.Status != 503 {
			t.Errorf("%+v", h)
		}
	})
}

// A token is for one call to one telephone.
func TestOutRefused(t *testing.T) {
	s, side := telephoning(t)
	op := s.c.Participants[1].Op
	refuses := func(e OutOffered, want string) {
		t.Helper()
		if err := s.c.Permit(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", e, err, want)
		}
		s.expect(e)
	}
	refuses(OutOffered{Op: op, Number: tel.ID}, "the token was used")
	refuses(OutOffered{Op: op, Number: "+4990012345"}, "for another number")
	refuses(OutOffered{Op: s.c.Participants[0].Op, Number: tel.ID}, "for another number") // Ana's
	refuses(OutOffered{Op: "9.9", Number: tel.ID}, "calls nobody")
	refuses(OutOffered{Number: tel.ID}, "calls nobody")
	s.expect(LegEnded{Side: side, By: ByCaller, Status: 486})
	refuses(OutOffered{Op: op, Number: tel.ID}, "the token was used")
	s.expect(AgentFailed{Connection: "c1", Op: op, Endpoint: tel, Outcome: Outcome{Class: ClassBusy}})
	refuses(OutOffered{Op: op, Number: tel.ID}, "is gone")
}

// Only after what makes Microsoft try another trunk the token is good again.
func TestOutFailsOver(t *testing.T) {
	s, side := telephoning(t)
	op := s.c.Participants[1].Op
	s.expect(LegEnded{Side: side, By: ByCaller, Status: 503})
	s.expect(OutOffered{Op: op, Number: tel.ID, SIPCallID: "o2"}, "dial_out")
	if again := s.c.NewestOut(op); again == side || len(s.c.Outlegs) != 2 {
		t.Errorf("%v, %+v", again, s.c.Outlegs)
	}
}
