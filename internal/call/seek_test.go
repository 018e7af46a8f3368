package call

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/tenant"
)

// seeking is a conversation with Ana for which somebody of a queue is looked for.
func seeking(t *testing.T, e AddAsked) *story {
	t.Helper()
	s := operating(t)
	e.ID, e.Queue = "x", "q"
	s.expect(e, "choose_agent")
	if do := s.asked[0].Do.(ChooseAgent); do.Queue != "q" || do.Wanted != nil || len(do.Tried) > 0 {
		t.Fatalf("asked for %+v", do)
	}
	if q, of, _ := s.c.Place(); q != "q" || of != "x" || s.c.Queued() != "q" || !s.c.InQueue("q").Equal(s.at) {
		t.Fatalf("in %q for %q since %s", q, of, s.c.InQueue("q"))
	}
	return s
}

func (s *story) last() Participant { return s.c.Participants[len(s.c.Participants)-1] }

// nobody answers the choice under way.
func (s *story) nobody(position int) {
	s.t.Helper()
	s.expect(NobodyAvailable{Op: s.c.Choosing, Position: position, Estimate: time.Minute, Why: []string{"Bob is Busy"}})
}

// bob is chosen, and rung.
func (s *story) bob() {
	s.t.Helper()
	s.expect(AgentChosen{Op: s.c.Choosing, Agent: "a2", Name: "Bob", Endpoint: bob, Queue: "q", RingTimeout: 7 * time.Second, Why: []string{"Bob is free"}}, "ring_agent")
	if do := s.asked[0].Do.(RingAgent); do.Timeout != 7*time.Second {
		s.t.Errorf("rung as %+v", do)
	}
	if p := s.last(); p.For != "x" || p.ID == "x" || p.Queue != "q" {
		s.t.Errorf("%+v", p)
	}
	s.expect(AgentInvited{Op: s.op(), Invitation: "i2"})
}

// A queue is looked through until one of it joins: it waits, rings one after the other,
// and whoever came has the id that was asked for.
func TestAddQueue(t *testing.T) {
	s := seeking(t, AddAsked{DisplayName: "Escalation"})
	s.nobody(3)
	moved := s.at
	if _, _, w := s.c.Place(); w.Position != 3 || w.Estimate != time.Minute || !w.MovedAt.Equal(moved) || !slices.Equal(w.Why, []string{"Bob is Busy"}) {
		t.Errorf("%+v", w)
	}
	s.expect(DeadlinePassed{Name: "queue/x"}, "choose_agent")
	s.nobody(3)
	if _, _, w := s.c.Place(); !w.MovedAt.Equal(moved) {
		t.Error("the same place is news")
	}
	s.expect(QueueMoved{}, "choose_agent")
	s.expect(QueueMoved{}) // it asks already
	s.bob()
	if s.last().DisplayName != "Escalation" {
		t.Errorf("%+v", s.last())
	}
	s.expect(QueueMoved{})
	s.expect(AgentFailed{Connection: "c1", Endpoint: bob, Outcome: Outcome{Class: ClassNoAnswer}}, "choose_agent")
	if do := s.asked[0].Do.(ChooseAgent); do.Queue != "q" || !slices.Equal(do.Tried, []tenant.AgentID{"a2"}) {
		t.Errorf("asked for %+v", do)
	}
	s.nobody(1)
	s.at = s.at.Add(RestFor)
	s.expect(QueueMoved{}, "choose_agent")
	if do := s.asked[0].Do.(ChooseAgent); len(do.Tried) != 0 {
		t.Errorf("who had a rest is still left out: %v", do.Tried)
	}
	s.bob()
	s.joins(bob)
	if len(s.c.Adds) > 0 || s.c.Queued() != "" || !s.c.InQueue("q").IsZero() {
		t.Errorf("still looks for %+v", s.c.Adds)
	}
	if p, ok := s.c.Named("x"); !ok || p.ID != s.last().ID || p.State != Joined {
		t.Errorf("x names %+v", p)
	}
	s.expect(RemoveAsked{Participant: "x"}, "remove_participant")
	if do := s.asked[0].Do.(RemoveParticipant); do.Endpoint != bob {
		t.Errorf("%+v", do)
	}
	s.expect(ParticipantRemoved{Connection: "c1", Endpoint: bob})
	if p, _ := s.c.Named("x"); p.ID != s.last().ID || p.Outcome.Class != ClassEnded { // not who was rung in vain
		t.Errorf("x names %+v", p)
	}
}

func TestAddQueueInVain(t *testing.T) {
	lost := func(t *testing.T, s *story, class Class) {
		t.Helper()
		if p, _ := s.c.Named("x"); p.ID != "x" || p.State != Gone || p.Queue != "q" || p.Outcome.Class != class || !p.RungAt.IsZero() {
			t.Errorf("%+v, want %s", p, class)
		}
		if len(s.c.Adds) > 0 || s.c.Choosing != "" || s.c.Queued() != "" || s.c.Phase != Connected {
			t.Errorf("%s, still looks for %+v by %q", s.c.Phase, s.c.Adds, s.c.Choosing)
		}
		for name := range s.c.Deadlines {
			if strings.HasSuffix(name, "/x") {
				t.Errorf("still awaits %s", name)
			}
		}
	}
	t.Run("closed", func(t *testing.T) {
		s := seeking(t, AddAsked{})
		s.expect(NobodyAvailable{Op: s.c.Choosing, Closed: true, Why: []string{"closed at this hour"}})
		lost(t, s, ClassUnavailable)
		if m := s.last().Outcome.Message; m != "closed at this hour" {
			t.Error(m)
		}
	})
	t.Run("rung in vain, then closed", func(t *testing.T) {
		s := seeking(t, AddAsked{})
		s.bob()
		s.expect(AgentFailed{Connection: "c1", Endpoint: bob, Outcome: Outcome{Class: ClassDeclined}}, "choose_agent")
		s.expect(NobodyAvailable{Op: s.c.Choosing, Closed: true})
		lost(t, s, ClassNoAnswer)
	})
	t.Run("waited long enough", func(t *testing.T) {
		s := seeking(t, AddAsked{MaxWait: time.Minute})
		s.nobody(1)
		s.expect(DeadlinePassed{Name: "add/x"})
		lost(t, s, ClassTimeout)
	})
	t.Run("waited long enough, while it rings", func(t *testing.T) {
		s := seeking(t, AddAsked{MaxWait: time.Minute})
		s.bob()
		s.expect(DeadlinePassed{Name: "add/x"}, "cancel_ring")
		s.expect(RingCancelled{Connection: "c1", Invitation: "i2"})
		lost(t, s, ClassTimeout)
	})
	t.Run("the choice fails", func(t *testing.T) {
		s := seeking(t, AddAsked{})
		s.expect(ActionFailed{Op: s.c.Choosing, Action: "choose_agent", Outcome: Outcome{Class: ClassTimeout}})
		lost(t, s, ClassTimeout)
	})
	t.Run("cancelled while it waits", func(t *testing.T) {
		s := seeking(t, AddAsked{})
		s.nobody(1)
		s.expect(RemoveAsked{Participant: "x"})
		lost(t, s, ClassCancelled)
		s.expect(DeadlinePassed{Name: "queue/x"})
	})
	t.Run("cancelled while somebody is chosen", func(t *testing.T) {
		s := seeking(t, AddAsked{})
		op := s.c.Choosing
		s.expect(RemoveAsked{Participant: "x"})
		s.expect(AgentChosen{Op: op, Agent: "a2", Endpoint: bob})
		lost(t, s, ClassCancelled)
		if slices.Contains(s.c.Held(), "a2") {
			t.Error("who was chosen too late is held")
		}
	})
	t.Run("cancelled while it rings, and answered all the same", func(t *testing.T) {
		s := seeking(t, AddAsked{})
		s.bob()
		s.expect(RemoveAsked{Participant: "x"}, "cancel_ring")
		s.joins(bob)
		if p, _ := s.c.Named("x"); p.State != Joined || p.Agent != "a2" {
			t.Errorf("%+v", p)
		}
		s.expect(RemoveAsked{Participant: "x"}, "remove_participant")
	})
	t.Run("one person is passed over", func(t *testing.T) {
		s := seeking(t, AddAsked{})
		s.bob()
		s.expect(RemoveAsked{Participant: s.last().ID}, "cancel_ring")
		s.expect(RingCancelled{Connection: "c1", Invitation: "i2"}, "choose_agent")
	})
}

// A search keeps nobody from being added who is there at once.
func TestAddBesideAQueue(t *testing.T) {
	s := seeking(t, AddAsked{})
	s.expect(AddAsked{ID: "p", Agent: "a3"})
	s.expect(NobodyAvailable{Op: s.c.Choosing, Position: 1}, "choose_agent")
	if do := s.asked[0].Do.(ChooseAgent); !slices.Equal(do.Wanted, []tenant.AgentID{"a3"}) {
		t.Errorf("%+v", do)
	}
	s.expect(DeadlinePassed{Name: "queue/x"})
	s.expect(AgentChosen{Op: s.c.Choosing, Agent: "a3", Endpoint: bob}, "choose_agent", "ring_agent")
	if p := s.last(); p.ID != "p" || p.For != "" {
		t.Errorf("%+v", p)
	}
	for want, e := range map[string]AddAsked{
		"waits in a queue already": {ID: "y", Queue: "q2"}, "either an agent": {ID: "y", Queue: "q2", Agent: "a4"}, "who has an id": {Queue: "q2"},
		"asked for already": {ID: "x", Queue: "q2"}, "are waited": {ID: "y", Agent: "a4", MaxWait: time.Second},
	} {
		if err := s.c.Permit(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", e, err, want)
		}
	}
}

// Whoever asked may leave: the customer goes on waiting for somebody of the queue, and
// no longer than that.
func TestHandedBackToAQueue(t *testing.T) {
	s := seeking(t, AddAsked{})
	s.nobody(1)
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 5})
	if s.c.Phase != Connected {
		t.Fatal("the customer does not wait")
	}
	found := *s
	found.expect(QueueMoved{}, "choose_agent")
	found.bob()
	found.joins(bob)
	if found.c.Phase != Connected {
		t.Error(found.c.Phase)
	}
	s.expect(DeadlinePassed{Name: "queue/x"}, "choose_agent")
	s.expect(NobodyAvailable{Op: s.c.Choosing, Closed: true}, "hang_up_leg", "end_connection", "hang_up_leg")
}

// A transfer ends the search.
func TestReleasedWhileItSeeks(t *testing.T) {
	s := seeking(t, AddAsked{MaxWait: time.Minute})
	s.nobody(1)
	s.expect(OperateAsked{ID: "t", Operation: Operation{Kind: Transfer, Target: Customer, To: &Person{Endpoint: bob, Name: "Bob"}}}, "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationDone}, "end_connection")
	if s.c.Phase != Released || len(s.c.Adds) > 0 || s.c.Queued() != "" {
		t.Errorf("%s %+v", s.c.Phase, s.c.Adds)
	}
	s.expect(DeadlinePassed{Name: "queue/x"})
}

// A consult with a queue: the customer is on hold until one of it is there.
func TestConsultWithAQueue(t *testing.T) {
	begin := func(t *testing.T) *story {
		s := operating(t)
		s.expect(ConsultAsked{Add: AddAsked{ID: "x", Queue: "q"}}, "operate")
		s.expect(OperationEnded{Op: s.op(), State: OperationDone}, "hold_near", "choose_agent")
		s.nobody(1)
		s.expect(QueueMoved{}, "choose_agent")
		s.bob()
		if s.c.Consult.State != ConsultRinging {
			t.Fatal(s.c.Consult.State)
		}
		return s
	}
	t.Run("the second of it comes, and has the caller", func(t *testing.T) {
		s := begin(t)
		s.expect(AgentFailed{Connection: "c1", Endpoint: bob, Outcome: Outcome{Class: ClassDeclined}}, "choose_agent")
		if s.c.Consult.State != ConsultRinging {
			t.Fatal(s.c.Consult.State)
		}
		s.bob()
		s.joins(bob)
		if s.c.Consult.State != ConsultTalking {
			t.Fatal(s.c.Consult.State)
		}
		s.expect(ParticipantsChanged{Connection: "c1", Sequence: 5, Present: []Endpoint{bob}}, "hold_near", "operate")
		if s.c.Consult.Result != ConsultHandedOver {
			t.Errorf("%+v", s.c.Consult)
		}
	})
	t.Run("cancelled while it rings", func(t *testing.T) {
		s := begin(t)
		s.expect(ConsultEndAsked{}, "cancel_ring")
		s.expect(RingCancelled{Connection: "c1", Invitation: "i2"}, "hold_near", "operate")
		if o := s.asked[1].Do.(Operate); o.Operation.Kind != Unhold || len(s.c.Adds) > 0 {
			t.Errorf("%+v, %+v", o, s.c.Adds)
		}
	})
	t.Run("nobody comes", func(t *testing.T) {
		s := begin(t)
		s.expect(AgentFailed{Connection: "c1", Endpoint: bob, Outcome: Outcome{Class: ClassDeclined}}, "choose_agent")
		s.expect(NobodyAvailable{Op: s.c.Choosing, Closed: true}, "hold_near", "operate")
		if k := s.c.Consult; k.Result != ConsultFailed || k.Outcome.Class != ClassNoAnswer {
			t.Errorf("%+v", k)
		}
	})
}
