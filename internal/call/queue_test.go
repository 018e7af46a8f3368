package call

import (
	"slices"
	"testing"
	"time"

	"tandem/internal/tenant"
)

// queued brings a call to where the queue has nobody for it.
func queued(t *testing.T) *story {
	t.Helper()
	s := begin(t, Plan{Queue: "q"})
	s.expect(Offered{Peer: "ccaas", Caller: "+4930123", SIPCallID: "a"}, "choose_agent")
	if do := s.asked[0].Do.(ChooseAgent); do.Queue != "q" || do.Wanted != nil {
		t.Fatalf("asked for %+v", do)
	}
	s.expect(NobodyAvailable{Op: s.op(), Position: 3, Estimate: time.Minute, Why: []string{"Ana is Busy"}}, "ring_near")
	return s
}

// A call waits in its queue: the customer hears ringing, and it asks again when it
// is told that somebody is free, and by itself.
func TestQueue(t *testing.T) {
	s := queued(t)
	if w := s.c.Waiting; w.Position != 3 || w.Estimate != time.Minute || w.Since.IsZero() || s.c.Phase != Routing || s.c.Queued() != "q" || s.c.Far.State != LegNone {
		t.Fatalf("waits %+v in %s", w, s.c.Phase)
	}
	s.expect(QueueMoved{}, "choose_agent")
	op := s.op()
	s.expect(QueueMoved{}) // it asks already
	s.expect(NobodyAvailable{Op: op, Position: 1})
	s.expect(DeadlinePassed{Name: AwaitQueue}, "choose_agent")
	s.expect(AgentChosen{Op: s.op(), Agent: "a1", Name: "Ana", Endpoint: ana, Queue: "q", Why: []string{"Ana is free", "Bob is Busy"}}, "dial_far")
	if p := s.c.Participants[0]; p.Queue != "q" || p.Why != "Ana is free" || !s.c.RungFrom("q") {
		t.Errorf("%+v", p)
	}
	if w := s.c.Waiting; w.Position != 0 || !w.Since.IsZero() {
		t.Errorf("still waits: %+v", w)
	}
	if since := s.c.InQueue("q"); !since.Equal(s.c.Marks.Offered) || !s.c.InQueue("other").IsZero() {
		t.Errorf("in the queue since %v", since)
	}
	// She does not come: the call asks again, with its old place.
	s.expect(LegProceeding{Side: Far, SIPCallID: "f"})
	s.expect(Invited{Resource: "r", Context: "ctx"}, "accept_invitation")
	s.expect(ConnectionAccepted{Op: s.op(), Connection: "c1"})
	s.expect(LegAnswered{Side: Far})
	s.expect(ConnectionUp{Connection: "c1"}, "ring_agent")
	s.expect(AgentFailed{Connection: "c1", Op: s.op(), Endpoint: ana, Outcome: Outcome{Class: ClassDeclined}}, "choose_agent")
	if do := s.asked[0].Do.(ChooseAgent); do.Queue != "q" || !slices.Equal(do.Tried, []tenant.AgentID{"a1"}) {
		t.Errorf("asked for %+v", do)
	}
	s.expect(NobodyAvailable{Op: s.op(), Position: 1})
	s.expect(QueueMoved{}, "choose_agent")
}

func TestQueueEndings(t *testing.T) {
	for name, row := range map[string]struct {
		end    func(*story)
		result Result
		reason Reason
	}{
		"closed": {func(s *story) {
			s.expect(QueueMoved{}, "choose_agent")
			s.expect(NobodyAvailable{Op: s.op(), Closed: true, Why: []string{"closed at this hour"}}, "hang_up_leg")
		}, Unanswered, ReasonNobodyAvailable},
		"too long":        {func(s *story) { s.expect(DeadlinePassed{Name: AwaitSetup}, "hang_up_leg") }, Unanswered, ReasonSetupTimeout},
		"caller gives up": {func(s *story) { s.expect(LegEnded{Side: Near, By: ByCaller, Status: 487}) }, Abandoned, ReasonCallerGaveUp},
		"hung up":         {func(s *story) { s.expect(HangUpAsked{}, "hang_up_leg") }, Cancelled, ReasonHangUpRequested},
	} {
		t.Run(name, func(t *testing.T) {
			s := queued(t)
			row.end(s)
			if s.c.Near.Live() {
				s.expect(LegEnded{Side: Near, By: ByTandem})
			}
			if s.c.Phase != Ended || s.c.Ending.Result != row.result || s.c.Ending.Reason != row.reason {
				t.Errorf("%s: %+v", s.c.Phase, s.c.Ending)
			}
			s.expect(QueueMoved{})
		})
	}
}
