package call

import (
	"encoding/json"
	"strings"
	"testing"

	"tandem/internal/tenant"
)

// consulting is a conversation of customer and Ana to which Eve was added.
func consulting(t *testing.T) *story {
	t.Helper()
	s := operating(t)
	s.expect(AddAsked{ID: "p", Outside: eve, DisplayName: "Expert"}, "ring_agent")
	if do := s.asked[0].Do.(RingAgent); do.Endpoint != eve || do.DisplayName != "Expert" {
		t.Fatalf("%+v", do)
	}
	s.expect(AgentInvited{Op: s.op(), Invitation: "i2"})
	s.expect(AgentJoined{Connection: "c1", Op: s.c.Participants[1].Op, Endpoint: eve})
	return s
}

// Somebody outside is nobody's agent, and one who may talk to the customer.
func TestOutside(t *testing.T) {
	s := consulting(t)
	if held := s.c.Held(); len(held) != 1 || held[0] != "a1" {
		t.Errorf("holds %v", held)
	}
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 5, Present: []Endpoint{ana, eve}})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 6, Present: []Endpoint{eve}})
	if s.c.Phase != Connected {
		t.Fatal("the call ended although the expert is there")
	}
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 7}, "hang_up_leg", "end_connection", "hang_up_leg")
	r := s.c.Record()
	if r.Agent != "a1" || len(r.Attempts) != 2 || r.Attempts[0].Outside != (Endpoint{}) || r.Attempts[1].Outside != eve || r.Attempts[1].Agent != "" {
		t.Errorf("record %+v", r.Attempts)
	}
}

func TestAddRefused(t *testing.T) {
	s := consulting(t)
	for _, c := range []struct {
		e    AddAsked
		want string
	}{
		{AddAsked{ID: "q", Outside: eve}, "that user is joined already"},
		{AddAsked{ID: "p", Outside: Endpoint{Kind: tenant.ACSUser, ID: "8:acs:other"}}, "was asked for already"},
		{AddAsked{Outside: Endpoint{Kind: tenant.ACSUser, ID: "8:acs:other"}}, "who has an id"},
		{AddAsked{ID: "q"}, "either an agent"},
		{AddAsked{ID: "q", Agent: "a2", Outside: eve}, "either an agent"},
		{AddAsked{ID: "q", Agent: "a1"}, "that agent is joined already"},
		{AddAsked{ID: "q", Outside: Endpoint{Kind: tenant.PhoneNumber, ID: s.c.Caller}}, "that is the customer"},
	} {
		err := s.c.Permit(c.e)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.e, err, c.want)
		}
		before, _ := json.Marshal(s.c.Participants)
		s.expect(c.e)
		if after, _ := json.Marshal(s.c.Participants); string(after) != string(before) || len(s.c.Adds) > 0 {
			t.Errorf("%+v was refused and changed the call", c.e)
		}
	}
}

// Several at once: agents are chosen one after the other, each under the id that he
// was asked for with, and may be taken back before.
func TestAddSeveral(t *testing.T) {
	s := operating(t)
	s.expect(AddAsked{ID: "p1", Agent: "a2"}, "choose_agent")
	first := s.op()
	s.expect(AddAsked{ID: "p2", Agent: "a3"})
	s.expect(AddAsked{ID: "p3", Agent: "a4"})
	s.expect(RemoveAsked{Participant: "p2"})
	s.expect(AgentChosen{Op: first, Agent: "a2", Endpoint: bob}, "choose_agent", "ring_agent")
	last := s.asked[0].ID
	s.expect(RemoveAsked{Participant: "p3"})
	s.expect(AgentChosen{Op: last, Agent: "a4", Endpoint: eve}) // too late
	if len(s.c.Participants) != 2 || s.c.Participants[1].ID != "p1" || len(s.c.Adds) != 0 || s.c.Choosing != "" {
		t.Errorf("%+v, asked for %v, choosing %q", s.c.Participants, s.c.Adds, s.c.Choosing)
	}
	s.expect(AddAsked{ID: "p4", Agent: "a4"}, "choose_agent")
	s.expect(NobodyAvailable{Op: s.op()})
	if p := s.c.Participants[2]; p.ID != "p4" || p.Outcome.Class != ClassUnavailable {
		t.Errorf("%+v", p)
	}
}

// What Microsoft says of somebody is kept apart from what we did.
func TestTold(t *testing.T) {
	s := consulting(t)
	op := "m"
	s.expect(OperateAsked{ID: op, Operation: Operation{Kind: Mute, Target: "p"}}, "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationDone}, "look")
	s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana, eve, s.c.customer()}, Muted: []Endpoint{eve}, OnHold: []Endpoint{s.c.customer()}})
	p := s.c.Participants[1]
	if !p.Treated.Muted || !p.Told.Muted || p.Told.Held || !s.c.CustomerTold.Held {
		t.Errorf("%+v, customer %+v", p, s.c.CustomerTold)
	}
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 5, Present: []Endpoint{ana, eve}}) // which says nothing of mutes
	if p := s.c.Participants[1]; !p.Told.Muted || s.c.CustomerTold.Held {
		t.Errorf("%+v, customer %+v", p, s.c.CustomerTold)
	}
	s.expect(Doubted{}, "look")
	s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana, eve}})
	if p := s.c.Participants[1]; p.Told.Muted || p.Treated.Muted {
		t.Errorf("he unmuted himself: %+v", p)
	}
	if err := s.c.Permit(OperateAsked{ID: "u", Operation: Operation{Kind: Unmute, Target: "p"}}); err == nil {
		t.Error("somebody was unmuted by the application")
	}
}
