package call

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/tenant"
)

const otherCall = ID("019b7c1e-0000-7000-8000-000000000009")

// anyMove draws an event of a move, mostly one that fits.
func anyMove(t *rapid.T, c Call, op string, who Endpoint) Event {
	id := "m" + op
	for _, p := range c.Participants {
		if rapid.Bool().Draw(t, "his") {
			id = p.ID
		}
	}
	told := MoveTold{
		Tenant: c.Tenant, From: otherCall, Participant: id, Peer: "4.0", Connection: "c9", Endpoint: who,
		Word: rapid.SampledFrom([]MoveWord{MoveAsks, MoveGrants, MoveRefuses, MoveDone, MoveFailed}).Draw(t, "word"),
	}
	if rapid.Bool().Draw(t, "asked for") {
		return MoveAsked{ID: id, From: otherCall, Participant: "4.0", Endpoint: who}
	}
	return told
}

// told is the word that the newest action leaves for the other call.
func (s *story) told(word MoveWord) TellCall {
	s.t.Helper()
	for _, a := range slices.Backward(s.asked) {
		if tell, ok := a.Do.(TellCall); ok && tell.Told.Word == word && tell.Told.Tenant == s.c.Tenant && tell.Told.From == s.c.ID {
			return tell
		}
	}
	s.t.Fatalf("%q is not told: %+v", word, s.asked)
	return TellCall{}
}

// two are a call in which Ana talks, and another one with Bob, to which she is asked.
func two(t *testing.T) (there, here *story) {
	t.Helper()
	there = talking(t, Plan{Connectivity: acsDirectRouting})
	here = begin(t, Plan{})
	here.c = talking(t, Plan{Connectivity: acsDirectRouting}).c
	here.c.ID = otherCall
	here.c.Participants = slices.Clone(here.c.Participants)
	here.c.Participants[0].Agent, here.c.Participants[0].Endpoint = "a2", bob
	here.c.Connection.ID = "c2"
	here.at = there.at
	here.expect(MoveAsked{ID: "m1", From: there.c.ID, Participant: there.c.Participants[0].ID, Agent: "a1", Name: "Ana", Endpoint: ana}, "tell_call")
	if p := here.c.Participants[1]; p.State != Arriving || slices.Contains(here.c.Held(), "a1") {
		t.Fatalf("%+v", p)
	}
	return there, here
}

func TestMove(t *testing.T) {
	there, here := two(t)
	there.expect(here.told(MoveAsks).Told, "tell_call")
	granted := there.told(MoveGrants)
	if granted.Hand != "a1" || granted.Call != otherCall || there.c.Participants[0].State != Departing || len(there.c.Held()) != 0 {
		t.Fatalf("%+v, %+v", granted, there.c.Participants[0])
	}
	there.expect(ParticipantsChanged{Connection: "c1", Sequence: 5, Present: []Endpoint{ana}}) // still there
	if there.c.Participants[0].State != Departing {
		t.Fatal("a list from before undid the move")
	}
	here.expect(granted.Told, "move_here")
	if do := here.asked[0].Do.(MoveHere); do != (MoveHere{Connection: "c2", From: "c1", Endpoint: ana}) {
		t.Fatalf("%+v", do)
	}
	here.expect(granted.Told) // told twice
	here.joins(ana, "tell_call")
	if p := here.c.Participants[1]; p.State != Joined || p.Agent != "a1" || p.Name != "Ana" || !slices.Equal(here.c.Held(), []tenant.AgentID{"a2", "a1"}) {
		t.Errorf("%+v, holds %v", p, here.c.Held())
	}
	moved := here.told(MoveDone)
	if moved.Hand != "" {
		t.Errorf("%+v", moved)
	}
	there.expect(moved.Told, "hang_up_leg", "end_connection", "hang_up_leg") // nobody is left with the customer
	if p := there.c.Participants[0]; p.State != Gone || p.Outcome.Class != ClassMoved || there.c.Ending.Reason != ReasonAgentHungUp {
		t.Errorf("%+v, %+v", p, there.c.Ending)
	}
	there.expect(moved.Told)
	if r := here.c.Record(); len(r.Attempts) != 2 || r.Attempts[1].Agent != "a1" || r.Attempts[1].Joined.IsZero() {
		t.Errorf("%+v", r.Attempts)
	}
}

func TestMoveInVain(t *testing.T) {
	granted := func(t *testing.T) (there, here *story) {
		there, here = two(t)
		there.play(here.told(MoveAsks).Told)
		here.expect(there.told(MoveGrants).Told, "move_here")
		return there, here
	}
	back := func(t *testing.T, there, here *story, class Class) {
		t.Helper()
		if p := here.c.Participants[1]; p.State != Gone || p.Outcome.Class != class {
			t.Errorf("%+v", p)
		}
		stayed := here.told(MoveFailed)
		if stayed.Hand != "a1" {
			t.Errorf("%+v", stayed)
		}
		there.expect(stayed.Told, "look")
		there.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}})
		if p := there.c.Participants[0]; p.State != Joined || there.c.Phase != Connected || len(there.c.Held()) != 1 {
			t.Errorf("%+v in %s", p, there.c.Phase)
		}
		if len(there.c.Deadlines) != 1 {
			t.Errorf("awaits %v", there.c.Deadlines)
		}
	}
	t.Run("Microsoft refuses", func(t *testing.T) {
		there, here := granted(t)
		here.expect(ActionFailed{Op: here.op(), Action: "move_here", Outcome: Outcome{Class: ClassMisconfigured, Code: 400, SubCode: 8523}}, "tell_call")
		back(t, there, here, ClassMisconfigured)
	})
	t.Run("nobody says how it ended, and he is not here", func(t *testing.T) {
		there, here := granted(t)
		here.expect(DeadlinePassed{Name: AwaitMove + "/m1"}, "look")
		here.expect(Observed{Connection: "c2", Up: true, Present: []Endpoint{bob}}, "tell_call")
		back(t, there, here, ClassTimeout)
	})
	t.Run("nobody says how it ended, and he is here", func(t *testing.T) {
		_, here := granted(t)
		here.expect(DeadlinePassed{Name: AwaitMove + "/m1"}, "look")
		here.expect(Observed{Connection: "c2", Up: true, Present: []Endpoint{ana, bob}}, "tell_call")
		here.told(MoveDone)
	})
	t.Run("this call ends meanwhile", func(t *testing.T) {
		there, here := granted(t)
		here.play(LegEnded{Side: Near, By: ByCaller})
		here.play(ConnectionDown{Connection: "c2", Outcome: Outcome{Class: ClassEnded}})
		back(t, there, here, ClassCancelled)
	})
	t.Run("that call does not let him go", func(t *testing.T) {
		there, here := two(t)
		there.expect(RemoveAsked{Participant: there.c.Participants[0].ID}, "remove_participant")
		there.expect(here.told(MoveAsks).Told, "tell_call")
		refused := there.told(MoveRefuses)
		if refused.Hand != "" || refused.Told.Outcome.Message == "" {
			t.Errorf("%+v", refused)
		}
		here.expect(refused.Told, "tell_call")
		if p := here.c.Participants[1]; p.State != Gone || here.c.Phase != Connected {
			t.Errorf("%+v in %s", p, here.c.Phase)
		}
		there.expect(here.told(MoveFailed).Told)
	})
	t.Run("that call is over", func(t *testing.T) {
		_, here := two(t)
		here.expect(ActionFailed{Op: here.op(), Action: "tell_call"}, "tell_call")
		if p := here.c.Participants[1]; p.State != Gone || p.Outcome.Class != ClassGone {
			t.Errorf("%+v", p)
		}
	})
	t.Run("this call is over, and that one learns it", func(t *testing.T) {
		there, here := two(t)
		there.expect(here.told(MoveAsks).Told, "tell_call")
		there.expect(ActionFailed{Op: there.op(), Action: "tell_call"}, "look")
		if p := there.c.Participants[0]; p.State != Joined || len(there.c.Held()) != 1 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("that call hears nothing any more, and he is gone", func(t *testing.T) {
		there, here := two(t)
		there.expect(here.told(MoveAsks).Told, "tell_call")
		there.expect(DeadlinePassed{Name: AwaitMove + "/" + there.c.Participants[0].ID}, "look")
		there.play(Observed{Connection: "c1", Up: true})
		if p := there.c.Participants[0]; p.State != Gone || p.Outcome.Class != ClassMoved {
			t.Errorf("%+v", p)
		}
	})
	t.Run("another resource", func(t *testing.T) {
		there, here := two(t)
		here.c.Connection.Resource = "elsewhere"
		there.play(here.told(MoveAsks).Told)
		here.expect(there.told(MoveGrants).Told, "tell_call")
		back(t, there, here, ClassMisconfigured)
	})
	t.Run("another tenant's call", func(t *testing.T) {
		there, here := two(t)
		e := here.told(MoveAsks).Told
		e.Tenant = "t2"
		there.expect(e)
		if there.c.Participants[0].State != Joined {
			t.Error("he was let go")
		}
	})
}

func TestWhoMoves(t *testing.T) {
	there, here := two(t)
	if err := there.c.Movable(Customer); notAbleIn(err) != CustomerLeg {
		t.Errorf("the customer: %v", err)
	}
	if err := here.c.Permit(MoveAsked{ID: "m2", From: there.c.ID, Participant: "x", Endpoint: bob}); err == nil {
		t.Error("Bob is here already")
	}
	if err := here.c.Permit(MoveAsked{ID: "m2", From: here.c.ID, Participant: "x", Endpoint: eve}); err == nil {
		t.Error("moved within one call")
	}
	there.expect(AddAsked{ID: "tel", Outside: tel, CallerID: "+49"}, "ring_agent")
	op := there.op()
	there.expect(OutOffered{Op: op, Peer: "carrier", Number: tel.ID}, "dial_out")
	there.joins(tel)
	if err := there.c.Movable("tel"); notAbleIn(err) != Telephone {
		t.Errorf("a telephone that we carry: %v", err)
	}
	host := visiting(t, Plan{})
	for _, p := range host.c.Participants {
		if err := host.c.Movable(p.ID); err != nil {
			t.Errorf("%+v: %v", p.Endpoint, err)
		}
	}
}
