package call

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var hostGroup = HostCall{Kind: HostGroup, ID: "7a1c"}

// knocking brings a guest's call to where Microsoft is asked to let us in.
func knocking(t *testing.T, p Plan) *story {
	t.Helper()
	p.Direction, p.Resource, p.Host, p.Connectivity = Guest, "eu-0", &hostGroup, acsDirectRouting
	s := begin(t, p)
	s.expect(RequestedByAPI{}, "connect_call")
	if do := s.asked[0].Do.(ConnectCall); do.Resource != "eu-0" || do.Host != hostGroup {
		t.Fatalf("asked for %+v", do)
	}
	return s
}

// visiting has us in a call in which the host's telephone and Teams user talk.
func visiting(t *testing.T, p Plan) *story {
	t.Helper()
	s := knocking(t, p)
	s.expect(CallFound{Op: s.op(), Connection: "c1", ServerCall: "srv", Correlation: "corr"})
	s.expect(ConnectionUp{Connection: "c1", ServerCall: "srv"})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 4, Present: []Endpoint{tel, bob}})
	if s.c.Phase != Connected || len(s.c.Participants) != 2 {
		t.Fatalf("phase %s, %+v", s.c.Phase, s.c.Participants)
	}
	return s
}

// The first list is lost, which tells a guest who is there: he looks soon.
func TestGuestWhoIsNotTold(t *testing.T) {
	s := knocking(t, Plan{})
	s.expect(CallFound{Op: s.op(), Connection: "c1", ServerCall: "srv", Correlation: "corr"})
	s.expect(ConnectionUp{Connection: "c1", ServerCall: "srv"})
	if due := s.c.Deadlines[AwaitWatch]; due.Sub(s.at) != SightAgainIn {
		t.Errorf("he looks in %s", due.Sub(s.at))
	}
	s.expect(DeadlinePassed{Name: AwaitWatch}, "look")
	s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{tel, bob}})
	if due := s.c.Deadlines[AwaitWatch]; len(s.c.Participants) != 2 || due.Sub(s.at) < WatchEvery/2 {
		t.Errorf("%+v, the next look is in %s", s.c.Participants, due.Sub(s.at))
	}
}

// withAna adds an agent of ours.
func withAna(t *testing.T, p Plan) *story {
	t.Helper()
	s := visiting(t, p)
	s.expect(AddAsked{ID: "p1", Agent: "a1"}, "choose_agent")
	s.expect(AgentChosen{Op: s.op(), Agent: "a1", Name: "Ana", Endpoint: ana}, "ring_agent")
	s.expect(AgentInvited{Op: s.op(), Invitation: "i1"})
	s.expect(AgentJoined{Connection: "c1", Endpoint: ana})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 6, Present: []Endpoint{tel, bob, ana}})
	return s
}

func TestGuestLeaves(t *testing.T) {
	s := withAna(t, Plan{MaxDuration: time.Minute})
	if len(s.c.Held()) != 1 {
		t.Errorf("keeps %v", s.c.Held())
	}
	if err := s.c.Permit(HangUpAsked{ForEveryone: true}); !errors.Is(err, ErrGuest) {
		t.Errorf("terminating: %v", err)
	}
	s.expect(HangUpAsked{ForEveryone: true})
	if s.c.Phase != Connected {
		t.Fatal("a guest ended the host's call")
	}
	s.expect(HangUpAsked{}, "remove_participant")
	if do := s.asked[0].Do.(RemoveParticipant); do.Endpoint != ana {
		t.Errorf("removes %+v, who is the host's", do.Endpoint)
	}
	s.expect(ParticipantRemoved{Connection: "c1", Endpoint: ana}, "end_connection")
	if end := s.asked[0].Do.(EndConnection); end.ForEveryone {
		t.Error("the host's call is terminated")
	}
	s.expect(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassEnded, Code: 200, SubCode: 7000}})
	s.over(Termination{Result: Completed, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone})
	r := s.c.Record()
	if r.Direction != Guest || *r.Host != hostGroup || r.ServerCall != "srv" || r.Agent != "a1" || len(r.Attempts) != 1 || r.Setup <= 0 || r.Talk <= 0 {
		t.Errorf("record %+v", r)
	}
}

func TestGuestEndings(t *testing.T) {
	down := func(class Class, code int) Event {
		return ConnectionDown{Connection: "c1", Outcome: Outcome{Class: class, Code: code}}
	}
	bare := func(t *testing.T, p Plan) *story { return knocking(t, p) }
	for _, row := range []struct {
		name string
		from func(*testing.T, Plan) *story
		end  func(*story)
		want Termination
	}{
		{"the host's call ends", withAna, func(s *story) { s.expect(down(ClassEnded, 200)) },
			Termination{Result: Completed, Reason: ReasonHostEnded, By: ByHost, Fault: FaultNone}},
		{"the host's call ended, and nobody said so", withAna, func(s *story) {
			s.expect(DeadlinePassed{Name: AwaitWatch}, "look")
			s.expect(Observed{Connection: "c1"})
		}, Termination{Result: Completed, Reason: ReasonHostEnded, By: ByHost, Fault: FaultNone}},
		{"our leg is lost", withAna, func(s *story) { s.expect(down(ClassMedia, 410)) },
			Termination{Result: Failed, Reason: ReasonConnectionLost, By: ByMicrosoft, Fault: FaultMicrosoft}},
		{"no such call", bare, func(s *story) {
			s.expect(ActionFailed{Op: s.op(), Action: "connect_call", Outcome: Outcome{Class: ClassGone, Code: 404, SubCode: 8522}})
		}, Termination{Result: Failed, Reason: ReasonHostRefused, By: ByMicrosoft, Fault: FaultProvider}},
		{"ConnectFailed", bare, func(s *story) {
			op := s.op()
			s.expect(down(ClassNotAllowed, 403))
			s.expect(CallFound{Op: op, Connection: "c1"})
		}, Termination{Result: Failed, Reason: ReasonHostRefused, By: ByMicrosoft, Fault: FaultTenant}},
		{"hung up before the answer", bare, func(s *story) {
			op := s.op()
			s.expect(HangUpAsked{})
			s.expect(CallFound{Op: op, Connection: "c1"}, "end_connection")
			if s.asked[0].Do.(EndConnection).ForEveryone {
				s.t.Error("terminated")
			}
			s.expect(ConnectionUp{Connection: "c1"}) // crossed
			s.expect(down(ClassEnded, 200))
		}, Termination{Result: Cancelled, Reason: ReasonHangUpRequested, By: ByProvider, Fault: FaultNone}},
		{"no answer, but we are in", bare, func(s *story) {
			s.expect(ActionFailed{Op: s.op(), Action: "connect_call", Outcome: Outcome{Class: ClassTimeout}, Unsure: true})
			s.expect(ConnectionUp{Connection: "c1"}, "end_connection")
			s.expect(down(ClassEnded, 200))
		}, Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft}},
		{"no answer, and none ever", bare, func(s *story) {
			s.expect(ActionFailed{Op: s.op(), Action: "connect_call", Outcome: Outcome{Class: ClassTimeout}, Unsure: true})
			for range looksForPlaced + 1 {
				s.expect(DeadlinePassed{Name: AwaitEnd})
			}
		}, Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft}},
		{"never let in", bare, func(s *story) {
			s.expect(CallFound{Op: s.op(), Connection: "c1"})
			s.expect(DeadlinePassed{Name: AwaitConnected}, "look")
			if !s.asked[0].Do.(Look).Called {
				s.t.Error("the look cannot tell that we are still let in")
			}
			s.expect(Observed{Connection: "c1", Ringing: true})
			s.expect(DeadlinePassed{Name: AwaitConnected}, "end_connection")
			s.expect(down(ClassEnded, 200))
		}, Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft}},
		{"long enough", withAna, func(s *story) {
			s.expect(DeadlinePassed{Name: AwaitLimit}, "remove_participant")
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 8, Present: []Endpoint{tel, bob}}, "end_connection")
			s.expect(Observed{Connection: "c1"})
		}, Termination{Result: Completed, Reason: ReasonMaxDuration, By: ByTandem, Fault: FaultNone}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := row.from(t, Plan{MaxDuration: time.Minute})
			s.t = t
			row.end(s)
			s.over(row.want)
		})
	}
}

// What Microsoft shows as on its way is believed, whatever tells first.
func TestGuestInAnyOrder(t *testing.T) {
	facts := map[string]func(op string) Event{
		"found":     func(op string) Event { return CallFound{Op: op, Connection: "c1", ServerCall: "srv"} },
		"connected": func(string) Event { return ConnectionUp{Connection: "c1"} },
		"listed": func(string) Event {
			return ParticipantsChanged{Connection: "c1", Sequence: 1, Present: []Endpoint{tel}}
		},
		"looked": func(string) Event { return Observed{Connection: "c1", Up: true, Present: []Endpoint{tel}} },
	}
	for _, order := range [][]string{
		{"found", "connected", "listed"}, {"connected", "found", "listed"}, {"listed", "found", "connected"}, {"listed", "connected", "found"},
		{"found", "listed"}, {"found", "looked", "connected"},
	} {
		s := knocking(t, Plan{})
		op := s.op()
		for _, f := range order {
			s.expect(facts[f](op))
		}
		if s.c.Phase != Connected || s.c.Connection.ID != "c1" || s.c.Connection.State != ConnectionIsUp || len(s.c.Participants) != 1 || !s.c.Participants[0].Host {
			t.Errorf("%v: %s, %+v, %+v", order, s.c.Phase, s.c.Connection, s.c.Participants)
		}
	}
}

// The host's people come and go by the lists, are treated like others, and are
// nobody whom we ring.
func TestGuestSeesHosts(t *testing.T) {
	s := withAna(t, Plan{})
	id := s.c.Participants[1].ID
	s.expect(AddAsked{Agent: "a2"}, "choose_agent")
	s.expect(AgentChosen{Op: s.op(), Agent: "a2", Name: "Bob", Endpoint: bob}) // who is there already
	if p := s.c.Participants[3]; p.State != Gone || p.Outcome.Class != ClassBusy || slices.Contains(s.c.Held(), "a2") {
		t.Errorf("%+v", p)
	}
	if err := s.c.Permit(AddAsked{ID: "x", Outside: tel}); err == nil {
		t.Error("the host's telephone is called a second time")
	}
	s.expect(RemoveAsked{Participant: id}, "remove_participant")
	s.expect(ParticipantRemoved{Connection: "c1", Endpoint: bob})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 9, Present: []Endpoint{tel, ana}})
	if p := s.c.Participants[s.c.participant(id)]; p.State != Gone || s.c.Phase != Connected {
		t.Errorf("%+v in %s", p, s.c.Phase)
	}
	// Ana hangs up, and an older list shows her still.
	s.expect(ParticipantRemoved{Connection: "c1", Endpoint: ana})
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 9, Present: []Endpoint{tel, ana}})
	for _, p := range s.c.Participants {
		if p.Host && p.Endpoint == ana {
			t.Error("Ana became the host's")
		}
	}
	s.at = s.at.Add(time.Minute)
	s.expect(ParticipantsChanged{Connection: "c1", Sequence: 12, Present: []Endpoint{ana}}) // the host called her
	if i := s.c.rung("", ana); i < 0 || !s.c.Participants[i].Host || s.c.Phase != Connected {
		t.Errorf("%+v", s.c.Participants)
	}
	for n := range 3 * keptHosts {
		s.play(ParticipantsChanged{Connection: "c1", Sequence: 20 + 2*n, Present: []Endpoint{eve}})
		s.play(ParticipantsChanged{Connection: "c1", Sequence: 21 + 2*n})
	}
	if n := len(s.c.Participants); n > keptHosts+5 {
		t.Errorf("%d participants are kept", n)
	}
	if err := s.c.Permit(OperateAsked{ID: "h", Operation: Operation{Kind: Hold, Target: Customer}}); notAbleIn(err) != CustomerLeg {
		t.Errorf("hold of a customer: %v", err)
	}
}

func notAbleIn(err error) Party {
	var n *NotAble
	if errors.As(err, &n) {
		return n.Capability.Party
	}
	return ""
}

// A guest leaves however taking out fails, and does not try for ever.
func TestGuestLeavesInSpite(t *testing.T) {
	s := withAna(t, Plan{})
	s.expect(HangUpAsked{}, "remove_participant")
	s.expect(ActionFailed{Op: s.op(), Action: "remove_participant"}, "look", "remove_participant")
	s.expect(DeadlinePassed{Name: AwaitEnd}, "look", "remove_participant")
	s.expect(DeadlinePassed{Name: AwaitEnd}, "look", "end_connection")
	if s.asked[1].Do.(EndConnection).ForEveryone {
		t.Error("terminated")
	}
}

// Whatever happens, a guest never asks for the end of the host's call.
func TestGuestNeverTerminates(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := Plan{Direction: Guest, Host: &hostGroup, Resource: "r", RingTimeout: time.Second, MaxDuration: time.Minute, Connectivity: acsDirectRouting}
		c, at := New(NewID(t0, [10]byte{}), "t1", p), t0
		var asked []Action
		c, asked = Next(c, at, RequestedByAPI{})
		for range rapid.IntRange(1, 60).Draw(rt, "events") {
			at = at.Add(time.Second)
			next, actions := Next(c, at, anyEvent(rt, c, asked))
			for _, a := range actions {
				switch do := a.Do.(type) {
				case EndConnection:
					if do.ForEveryone {
						rt.Fatal("the host's call is terminated")
					}
					for _, q := range next.Participants {
						if !q.Host && (q.State == Inviting || q.State == Ringing) {
							rt.Fatalf("%+v rings when we leave", q)
						}
					}
				case RemoveParticipant:
					if next.Ending != nil && !slices.ContainsFunc(next.Participants, func(q Participant) bool { return !q.Host && q.Endpoint == do.Endpoint }) {
						rt.Fatalf("%+v is the host's", do.Endpoint)
					}
				case DialFar, AnswerNear, RefuseInvitation, AcceptInvitation:
					if a.Do.Kind() != (RefuseInvitation{}).Kind() {
						rt.Fatalf("%s in a guest's call", a.Do.Kind())
					}
				}
			}
			c, asked = next, append(asked, actions...)
		}
	})
}
