package call

import (
	"slices"
	"testing"
	"time"

	"tandem/internal/tenant"
)

// story plays events into a call and keeps what was asked.
type story struct {
	t     *testing.T
	c     Call
	at    time.Time
	asked []Action
}

func begin(t *testing.T, p Plan) *story {
	if p.RingTimeout == 0 {
		p.RingTimeout = 20 * time.Second
	}
	if p.Policy == "" {
		p.Policy = tenant.WithAgent
	}
	return &story{t: t, at: t0, c: New(NewID(t0, [10]byte{1}), "t1", p)}
}

func (s *story) play(e Event) []Action {
	s.t.Helper()
	s.at = s.at.Add(10 * time.Millisecond)
	c, actions := Next(s.c, s.at, e)
	s.c, s.asked = c, actions
	return actions
}

// expect plays an event and checks the kinds of the actions it causes.
func (s *story) expect(e Event, kinds ...string) {
	s.t.Helper()
	s.play(e)
	var got []string
	for _, a := range s.asked {
		got = append(got, a.Do.Kind())
	}
	if !slices.Equal(got, kinds) {
		s.t.Fatalf("%s in %s asked for %v, want %v", e.Kind(), s.c.Phase, got, kinds)
	}
}

func (s *story) op() string { return s.asked[len(s.asked)-1].ID }

var (
	ana = Endpoint{Kind: tenant.TeamsUser, ID: "ana"}
	eve = Endpoint{Kind: tenant.ACSUser, ID: "8:acs:eve"}
	tel = Endpoint{Kind: tenant.PhoneNumber, ID: "+4930555"}
	bob = Endpoint{Kind: tenant.TeamsUser, ID: "bob"}
)

// ringing brings a call to the point where Ana's Teams rings.
func ringing(t *testing.T, p Plan) *story {
	t.Helper()
	s := begin(t, p)
	s.expect(Offered{Peer: "ccaas", Caller: "+4930123", SIPCallID: "a"}, "choose_agent")
	near := "ring_near"
	if s.c.Plan.Policy == tenant.AtOnce {
		near = "answer_near"
	}
	s.expect(AgentChosen{Op: s.op(), Agent: "a1", Name: "Ana", Endpoint: ana}, near, "dial_far")
	if s.c.Plan.Policy == tenant.AtOnce {
		s.expect(LegAnswered{Side: Near})
	}
	s.expect(LegProceeding{Side: Far, SIPCallID: "f"})
	s.expect(Invited{Resource: "r", Context: "ctx", Correlation: "corr"}, "accept_invitation")
	s.expect(ConnectionAccepted{Op: s.op(), Connection: "c1", ServerCall: "srv"})
	s.expect(LegAnswered{Side: Far})
	s.expect(ConnectionUp{Connection: "c1"}, "ring_agent")
	s.expect(AgentInvited{Op: s.op(), Invitation: "i1"})
	return s
}

// talking brings it to the conversation.
func talking(t *testing.T, p Plan) *story {
	t.Helper()
	s := ringing(t, p)
	s.expect(AgentJoined{Connection: "c1", Op: s.c.Participants[0].Op, Endpoint: ana})
	there := ParticipantsChanged{Connection: "c1", Sequence: 4, Present: []Endpoint{ana}}
	if s.c.Plan.Policy == tenant.AtOnce {
		s.expect(there, "connect_media")
	} else {
		s.expect(there, "connect_media", "answer_near")
		s.expect(LegAnswered{Side: Near})
	}
	if s.c.Phase != Connected {
		t.Fatalf("phase %s after both legs and Ana are there", s.c.Phase)
	}
	return s
}

// joins tells by both signs that somebody joined.
func (s *story) joins(who Endpoint, kinds ...string) {
	s.t.Helper()
	k := s.c.Connection
	s.expect(AgentJoined{Connection: k.ID, Endpoint: who})
	there := []Endpoint{who}
	for _, p := range s.c.Participants {
		if p.inside() {
			there = append(there, p.Endpoint)
		}
	}
	s.expect(ParticipantsChanged{Connection: k.ID, Sequence: k.Sequence + 1, Present: there}, kinds...)
}

func (s *story) over(want Termination) {
	s.t.Helper()
	if s.c.Phase != Ended {
		s.t.Fatalf("phase %s, want ended; call %+v", s.c.Phase, s.c)
	}
	got := *s.c.Ending
	if got.Result != want.Result || got.Reason != want.Reason || got.By != want.By || got.Fault != want.Fault {
		s.t.Errorf("ended %s/%s by %s, fault %s; want %s/%s by %s, fault %s",
			got.Result, got.Reason, got.By, got.Fault, want.Result, want.Reason, want.By, want.Fault)
	}
	if len(s.c.Deadlines) != 0 || len(s.c.Held()) != 0 {
		s.t.Errorf("an ended call still awaits %v and holds %v", s.c.Deadlines, s.c.Held())
	}
}
