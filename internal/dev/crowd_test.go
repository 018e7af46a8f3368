package dev_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/sip/siptest"
)

// customers is how many call one tenant at once.
const customers = 20

// TestCustomers: whoever can call a number does, one kind after the other; the
// stack is nobody's in particular.
func TestCustomers(t *testing.T) {
	t.Parallel()
	s := start(t, dev.Options{})
	t.Run("answered at once", s.answeredAtOnce)
	t.Run("a softphone", s.aSoftphone)
	t.Run("Kamailio", s.kamailio)
}

// TestTwentyAtOnce: each talks with an agent of their own, all of what
// is said is heard in all calls, and each leaves its record. It is not parallel:
// it takes the whole machine.
func TestTwentyAtOnce(t *testing.T) {
	audio.TestLock(t)
	s := start(t, dev.Options{})
	phone, late := s.phone(t), audio.Lateness()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()

	calls := make([]*siptest.Call, customers)
	for i := range calls {
		c, err := phone.Call(ctx, s.dial(), siptest.CallOptions{
			From: fmt.Sprintf("+49301234%02d", i), Speak: audio.CustomerSpeech(),
		})
		if err != nil {
			t.Fatal(err)
		}
		calls[i] = c
	}
	talked := make(chan error)
	for _, c := range calls {
		go func() { talked <- talk(ctx, c) }()
	}
	var failed error
	for range calls {
		failed = errors.Join(failed, <-talked)
	}
	tolerance := gap + late()
	if failed != nil {
		t.Fatalf("%v; the steps were\n%s", failed, s.story())
	}

	agents, records := map[string]bool{}, map[call.ID]bool{}
	for i, c := range calls {
		over := s.await(t, "the end of a call", soon, func(o bridge.Observation) bool {
			return o.Call.Near.SIPCallID == c.ID() && o.Call.Over()
		}).Call
		s.checkHeard(t, fmt.Sprintf("customer %d", i), over, c, tolerance)
		var r record
		if status := s.ask(t, "GET", "/cdrs/"+string(over.ID), nil, &r); status != 200 {
			t.Fatalf("GET /cdrs: %d", status)
		}
		r.check(t, "completed", "caller_hung_up", "none")
		agents[r.Agent], records[over.ID] = true, true
	}
	if len(agents) != customers || len(records) != customers {
		t.Errorf("%d agents and %d records for %d customers", len(agents), len(records), customers)
	}
	eventually(t, "all calls gone at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })
}

// dial is the first tenant's number at the edge.
func (s *stack) dial() string { return "sip:" + s.File.Peer.Number + "@" + s.File.SIP.UDP }

// talk has a customer say and hear everything, and hang up.
func talk(ctx context.Context, c *siptest.Call) error {
	if err := saidAndHeard(ctx, c); err != nil {
		return err
	}
	return c.Hangup(ctx)
}

// saidAndHeard waits until the customer has said everything and heard as much as
// the agent has to say and a second more.
func saidAndHeard(ctx context.Context, c *siptest.Call) error {
	if err := c.Answered(ctx); err != nil {
		return err
	}
	if err := c.Spoken(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for want := len(audio.AgentSpeech().Samples) + 8000; len(c.Heard()) < want; {
		select {
		case <-tick.C:
		case <-c.Ended():
			return fmt.Errorf("the other side ended the call after %d samples", len(c.Heard()))
		case <-ctx.Done():
			return fmt.Errorf("%d of %d samples: %w", len(c.Heard()), want, ctx.Err())
		}
	}
	return nil
}

// gap is the longest hole in speech that nobody minds: three lost packets.
const gap = 60 * time.Millisecond

// checkHeard compares what was said with what was heard at both ends of a call.
func (s *stack) checkHeard(t *testing.T, who string, over call.Call, c *siptest.Call, tolerance time.Duration) {
	t.Helper()
	var oid string
	for _, p := range over.Participants {
		if !p.JoinedAt.IsZero() {
			oid = p.Endpoint.ID
		}
	}
	teams, err := s.Sim.Heard(oid, over.Connection.ID)
	if err != nil {
		t.Errorf("%s: what Teams heard: %v", who, err)
		return
	}
	checkWhole(t, who+" at Teams", audio.CustomerSpeech().Samples, teams.Samples, tolerance)
	checkWhole(t, who+" at the phone", afterJoining(audio.AgentSpeech()), c.Heard(), tolerance)
}

// afterJoining is what a person says without the first half second: whoever speaks as
// soon as he accepts is heard when the callback about it has come, and a busy machine
// takes its time.
func afterJoining(said audio.PCM) []int16 { return said.Samples[said.Rate/2:] }

// checkWhole demands that speech was heard, with no hole longer than the tolerance.
func checkWhole(t *testing.T, where string, said, heard []int16, tolerance time.Duration) {
	t.Helper()
	m := audio.Compare(said, heard, 8000)
	if m.Correlation < 0.9 || m.LongestGap > tolerance {
		t.Errorf("%s: correlation %.3f, longest gap %v at %v, damaged %v", where, m.Correlation, m.LongestGap, m.GapAt, m.Damaged)
	}
}
