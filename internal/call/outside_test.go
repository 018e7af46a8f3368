package call

import (
	"encoding/json"
	"errors"
	"fmt"
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
	s.joins(eve)
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

// Of two commands at once one wins, and the other is told: what the first asked for
// rules the second out from its very step on, before anything comes of it.
func TestTwoAtOnce(t *testing.T) {
	hold, start := Operation{Kind: Hold, Target: Customer}, RecordAsked{How: RecordStart, ID: "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e01", Format: WAV, Channels: Mixed}
	transfer := func(id string) Event {
		return OperateAsked{ID: id, Operation: Operation{Kind: Transfer, Target: Customer, To: &Person{Endpoint: bob, Name: "Bob"}}}
	}
	play := func(id string) Event {
		return OperateAsked{ID: id, Operation: Operation{Kind: Play, Target: Customer, Sources: []Source{{Text: "hello"}}}}
	}
	consulting := func(t *testing.T) *story {
		s := operating(t)
		s.expect(ConsultAsked{Add: AddAsked{ID: "x", Agent: "a2"}}, "operate")
		return s
	}
	waiting := func(t *testing.T) *story { return ringing(t, Plan{}) }
	offered := func(t *testing.T) *story {
		s := begin(t, Plan{})
		s.expect(Offered{}, "choose_agent")
		return s
	}
	to := func(who Endpoint) Event { return RedirectAsked{To: Person{Endpoint: who, Name: who.ID}} }
	for name, row := range map[string]struct {
		from          func(*testing.T) *story
		first, second Event
	}{
		"the same agent":               {operating, AddAsked{ID: "1", Agent: "a2"}, AddAsked{ID: "2", Agent: "a2"}},
		"the same telephone":           {operating, AddAsked{ID: "1", Outside: tel}, AddAsked{ID: "2", Outside: tel}},
		"two queues":                   {operating, AddAsked{ID: "1", Queue: "q"}, AddAsked{ID: "2", Queue: "q2"}},
		"two consults":                 {operating, ConsultAsked{Add: AddAsked{ID: "1", Agent: "a2"}}, ConsultAsked{Add: AddAsked{ID: "2", Agent: "a3"}}},
		"two ends of a consult":        {consulting, ConsultEndAsked{}, ConsultEndAsked{}},
		"two transfers":                {operating, transfer("1"), transfer("2")},
		"a transfer and a sound":       {operating, transfer("1"), play("2")},
		"two sounds for one":           {operating, play("1"), play("2")},
		"a hold and a consult":         {operating, OperateAsked{ID: "1", Operation: hold}, ConsultAsked{Add: AddAsked{ID: "2", Agent: "a2"}}},
		"two recordings":               {operating, start, RecordAsked{How: RecordStart, ID: "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e02", Format: WAV, Channels: Mixed}},
		"one is taken out twice":       {operating, RemoveAsked{Participant: "1.0"}, RemoveAsked{Participant: "1.0"}},
		"two ends":                     {operating, HangUpAsked{}, HangUpAsked{ForEveryone: true}},
		"an end and an addition":       {operating, HangUpAsked{}, AddAsked{ID: "1", Agent: "a2"}},
		"two redirects":                {offered, to(ana), to(bob)},
		"a rejection and a redirect":   {offered, RejectAsked{}, to(bob)},
		"two rejections":               {offered, RejectAsked{}, RejectAsked{}},
		"an invitation is taken twice": {waiting, RemoveAsked{Participant: "1.0"}, RemoveAsked{Participant: "1.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := row.from(t)
			if r, is := row.first.(RemoveAsked); is {
				r.Participant = s.c.Participants[0].ID
				row.first, row.second = r, r
			}
			for _, e := range []Event{row.first, row.second} {
				if err := s.c.Permit(e); err != nil {
					t.Fatalf("alone: %v", err)
				}
			}
			s.play(row.first)
			ignored := s.c.Ignored
			if err := s.c.Permit(row.second); !errors.Is(err, ErrRefused) && !strings.Contains(fmt.Sprint(err), "cannot be done") {
				t.Errorf("the second is told %v", err)
			}
			if s.play(row.second); s.c.Ignored != ignored+1 {
				t.Error("the second does something")
			}
		})
	}
}
