package call

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const aBot = tenant.BotID("0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77")

var streamAsked = StreamAsked{ID: "k", Bot: aBot, Name: "Helper"}

// streamed brings a conversation to where a bot hears it.
func streamed(t *testing.T) *story {
	t.Helper()
	s := talking(t, Plan{Connectivity: acsDirectRouting})
	s.expect(streamAsked, "operate")
	s.play(OperationStarted{Op: s.op()})
	s.play(BotJoined{Stream: "k", Session: "s1"})
	s.streamIs(StreamStarting)
	s.expect(OperationEnded{Op: s.c.operationNamed("k").Op, State: OperationDone})
	s.streamIs(StreamRunning)
	return s
}

func (s *story) streamIs(state StreamState) {
	s.t.Helper()
	if s.c.Stream == nil || s.c.Stream.State != state {
		s.t.Fatalf("the stream is %+v, want %s", s.c.Stream, state)
	}
}

// stop answers what asks Microsoft to stop.
func (s *story) stopped() {
	s.t.Helper()
	s.streamIs(StreamStopping)
	s.play(OperationEnded{Op: s.c.operationNamed(s.c.Stream.Stop).Op, State: OperationDone})
}

// TestStreamStates: each event in each state, and what it makes of the stream.
func TestStreamStates(t *testing.T) {
	failed := OperationEnded{State: OperationFailed, Outcome: Outcome{Class: ClassMedia}}
	left := BotLeft{Stream: "k", Session: "s1", Outcome: Outcome{Class: ClassEnded}}
	lost := BotLeft{Stream: "k", Session: "s1", Outcome: Outcome{Class: ClassUnavailable, Message: "away"}}
	start := func(s *story) string { return s.c.operationNamed("k").Op }
	begun := func(t *testing.T) *story {
		s := talking(t, Plan{Connectivity: acsDirectRouting})
		s.expect(streamAsked, "operate")
		return s
	}
	for name, row := range map[string]struct {
		from func(*testing.T) *story
		do   func(*story)
		want StreamState
		why  Class
	}{
		"Microsoft's word before the socket": {begun, func(s *story) {
			s.play(OperationEnded{Op: start(s), State: OperationDone})
			s.streamIs(StreamStarting)
			s.play(BotJoined{Stream: "k", Session: "s1"})
		}, StreamRunning, ""},
		"the socket, and Microsoft's word is lost": {begun, func(s *story) {
			s.play(BotJoined{Stream: "k", Session: "s1"})
			s.play(DeadlinePassed{Name: awaitOperation(start(s))})
		}, StreamRunning, ""},
		"refused": {begun, func(s *story) {
			s.play(ActionFailed{Op: start(s), Action: Operate{}.Kind(), Outcome: Outcome{Class: ClassMisconfigured}})
		}, StreamFailed, ClassMisconfigured},
		"no socket": {begun, func(s *story) {
			failed := failed
			failed.Op = start(s)
			s.play(failed)
		}, StreamFailed, ClassMedia},
		"started, and no socket": {begun, func(s *story) {
			s.play(OperationEnded{Op: start(s), State: OperationDone})
			s.play(DeadlinePassed{Name: AwaitStream})
			s.stopped()
		}, StreamFailed, ClassTimeout},
		"no bot": {begun, func(s *story) {
			lost := lost
			lost.Session = "s0" // that never joined
			s.play(lost)
			s.streamIs(StreamStarting) // until it can be stopped
			s.play(OperationEnded{Op: start(s), State: OperationDone})
			s.stopped()
		}, StreamFailed, ClassUnavailable},
		"stopped":                     {streamed, func(s *story) { s.expect(StreamStopAsked{}, "operate"); s.stopped() }, StreamEnded, ClassEnded},
		"the bot hangs up its socket": {streamed, func(s *story) { s.expect(left, "operate"); s.stopped() }, StreamEnded, ClassEnded},
		"the bot is lost":             {streamed, func(s *story) { s.expect(lost, "operate"); s.stopped() }, StreamFailed, ClassUnavailable},
		"the stop is refused": {streamed, func(s *story) {
			s.expect(StreamStopAsked{}, "operate")
			s.play(ActionFailed{Op: s.op(), Action: Operate{}.Kind(), Outcome: Outcome{Class: ClassUnknown}})
		}, StreamEnded, ClassEnded},
		"the stop is not answered": {streamed, func(s *story) {
			s.expect(StreamStopAsked{}, "operate")
			s.play(DeadlinePassed{Name: awaitOperation(s.op())})
		}, StreamEnded, ClassEnded},
		"Microsoft loses it": {streamed, func(s *story) {
			failed := failed
			failed.Op = start(s)
			s.expect(failed)
		}, StreamFailed, ClassMedia},
		"another pair of sockets took over": {streamed, func(s *story) {
			s.play(BotJoined{Stream: "k", Session: "s2"})
			before := s.c.Ignored
			if s.play(lost); s.c.Ignored == before {
				s.t.Error("the end of a pair that was replaced counts")
			}
		}, StreamRunning, ""},
		"of another stream": {streamed, func(s *story) {
			for _, e := range []Event{BotLeft{Stream: "x", Session: "s1"}, BotJoined{Stream: "x", Session: "s1"}, BotAsked{Stream: "x", HangUp: true}} {
				s.expect(e)
			}
		}, StreamRunning, ""},
		"the call ends":    {streamed, func(s *story) { s.play(HangUpAsked{}) }, StreamEnded, ClassEnded},
		"the bot hangs up": {streamed, func(s *story) { s.play(BotAsked{Stream: "k", HangUp: true}) }, StreamEnded, ClassEnded},
	} {
		t.Run(name, func(t *testing.T) {
			s := row.from(t)
			row.do(s)
			s.streamIs(row.want)
			if got := s.c.Stream.Outcome.Class; got != row.why {
				t.Errorf("because %q, want %q", got, row.why)
			}
			if _, awaited := s.c.Deadlines[AwaitStream]; awaited && s.c.Stream.Over() {
				t.Error("an end is awaited that came")
			}
			if s.c.Stream.Over() == s.c.Stream.EndedAt.IsZero() {
				t.Errorf("ended at %s", s.c.Stream.EndedAt)
			}
		})
	}
}

// TestBotAsks: what a bot wants is kept, and a snapshot before knows nothing of it.
func TestBotAsks(t *testing.T) {
	s := streamed(t)
	before := s.c
	h := &BotHandover{Queue: tenant.QueueID(aBot), DisplayName: "Refund"}
	s.expect(BotAsked{Stream: "k", Handover: h, Told: json.RawMessage(`{"flight":1}`)})
	if k := s.c.Stream; k.Handover.Queue != h.Queue || !k.Handover.At.Equal(s.at) || string(k.Told) != `{"flight":1}` {
		t.Errorf("%+v", k)
	}
	if before.Stream.Handover != nil {
		t.Error("an earlier snapshot changed")
	}
	for name, e := range map[string]Event{
		"agents and a queue": BotAsked{Stream: "k", Handover: &BotHandover{Queue: h.Queue, Agents: []tenant.AgentID{tenant.AgentID(aBot)}}},
		"no queue's id":      BotAsked{Stream: "k", Handover: &BotHandover{Queue: "x"}},
		"no agent's id":      BotAsked{Stream: "k", Handover: &BotHandover{Agents: []tenant.AgentID{"x"}}},
		"no JSON":            BotAsked{Stream: "k", Told: json.RawMessage(`{`)},
		"a long context":     BotAsked{Stream: "k", Told: json.RawMessage(`"` + strings.Repeat("x", MaxBotContext) + `"`)},
		"a long name":        BotAsked{Stream: "k", Handover: &BotHandover{DisplayName: strings.Repeat("x", 300)}},
		"a second stream":    StreamAsked{ID: "l", Bot: aBot},
		"no bot":             StreamAsked{ID: "l", Bot: "x"},
	} {
		if err := s.c.Permit(e); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.expect(StreamStopAsked{}, "operate")
	for _, e := range []Event{StreamStopAsked{}, BotAsked{Stream: "k", HangUp: true}} {
		if err := s.c.Permit(e); !errors.Is(err, ErrRefused) {
			t.Errorf("%s of a stream that is being stopped: %v", e.Kind(), err)
		}
	}
	s.stopped()
	if r := s.c.Record(); r.Stream == nil || string(r.Stream.Told) != `{"flight":1}` {
		t.Errorf("the record keeps %+v", r.Stream)
	}
	again := StreamAsked{ID: "l", Bot: aBot}
	if err := s.c.Permit(again); err != nil {
		t.Errorf("another one after it: %v", err)
	}
	if err := (talking(t, Plan{}).c).Permit(again); err == nil || fault.KindOf(err) == fault.KindNone {
		t.Error("streamed over a connectivity that nothing is known of")
	}
}

// A stream is stopped as soon as something else, which Microsoft does alone, is over.
func TestStreamStopsLater(t *testing.T) {
	s := streamed(t)
	s.expect(OperateAsked{ID: "t", Operation: Operation{Kind: Transfer, Target: Customer, To: &Person{Endpoint: bob}}}, "operate")
	transfer := s.op()
	s.expect(BotLeft{Stream: "k", Session: "s1", Outcome: Outcome{Class: ClassEnded}})
	s.streamIs(StreamRunning)
	s.at = s.at.Add(time.Second)
	s.expect(OperationEnded{Op: transfer, State: OperationFailed}, "look", "operate")
	s.stopped()
	s.streamIs(StreamEnded)
}

func streamOf(c Call) string {
	if c.Stream == nil {
		return ""
	}
	return c.Stream.ID
}
