package dev_test

import (
	"context"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/sip/siptest"
)

// request asks for a call to one agent.
func (s *stack) request(t *testing.T, agent dev.FileAgent) created {
	t.Helper()
	var c created
	w := wanted{Tenant: s.File.Tenants[0].ID, Agents: []string{agent.ID}, RingTimeout: 15}
	if status := s.ask(t, "POST", "/calls", w, &c); status != 201 {
		t.Fatalf("POST /calls: %d", status)
	}
	return c
}

// phase is where the API says that a call stands.
func (s *stack) phase(t *testing.T, id call.ID) string {
	t.Helper()
	var v struct {
		Phase string `json:"phase"`
	}
	if status := s.ask(t, "GET", "/calls/"+string(id), nil, &v); status != 200 {
		return ""
	}
	return v.Phase
}

// place requests a call to an agent, and returns it when both talk.
func (s *stack) place(t *testing.T, phone *siptest.Phone, agent dev.FileAgent) (call.ID, *siptest.Call) {
	t.Helper()
	asked := s.request(t, agent)
	c, err := phone.Call(t.Context(), asked.SIPURI, siptest.CallOptions{From: "+4930123456", Speak: audio.CustomerSpeech()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Answered(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "customer and agent connected", soon, func() bool { return s.phase(t, asked.ID) == "connected" })
	return asked.ID, c
}

// recorded waits for the record of a call.
func (s *stack) recorded(t *testing.T, id call.ID, within time.Duration) record {
	t.Helper()
	eventually(t, "the end of the call", within, func() bool { return s.phase(t, id) == "ended" })
	var r record
	if status := s.ask(t, "GET", "/cdrs/"+string(id), nil, &r); status != 200 {
		t.Fatalf("GET /cdrs: %d", status)
	}
	return r
}

// hungUp waits until the other side has ended a customer's call.
func hungUp(t *testing.T, c *siptest.Call, within time.Duration) {
	t.Helper()
	limit := time.NewTimer(within)
	defer limit.Stop()
	select {
	case <-c.Ended():
		if !c.Ending().Remote {
			t.Error("the customer's call was not ended by the other side")
		}
	case <-limit.C:
		t.Fatalf("nobody ends the customer's call within %v", within)
	}
}

// TestKilled: the process dies in the middle of a call with a telephone. Its next
// life ends what it left: all ends get their BYE, the record says why, and the agent can take
// the next call.
func TestKilled(t *testing.T) {
	t.Parallel()
	s, first := apart(t)
	phone, agent := s.phone(t), s.File.Tenants[0].Agents[0]
	id, customer := s.place(t, phone, agent)
	outside := make(chan *siptest.Call, 1)
	s.outside(t, func(in *siptest.Incoming) {
		c, err := in.Answer(context.Background(), audio.PCM{})
		if err != nil {
			t.Error(err)
		}
		outside <- c
	})
	if status := s.ask(t, "POST", "/calls/"+string(id)+"/participants", map[string]any{"phone_number": "+4930555111"}, nil); status != 202 {
		t.Fatalf("POST participants: %d", status)
	}
	telephone := <-outside
	eventually(t, "the telephone in the call", soon, func() bool {
		var c struct{ Participants []struct{ State string } }
		return s.ask(t, "GET", "/calls/"+string(id), nil, &c) == 200 && len(c.Participants) == 2 && c.Participants[1].State == "joined"
	})
	first.kill(t)
	if n := len(s.calls(t)); n != 1 {
		t.Fatalf("Microsoft has %d calls after the kill, want the one", n)
	}

	second := spawn(t, s.Config)
	if second.Addrs != first.Addrs {
		t.Fatalf("the second life listens at %+v, the first did at %+v", second.Addrs, first.Addrs)
	}
	hungUp(t, customer, 30*time.Second)
	hungUp(t, telephone, 30*time.Second)
	r := s.recorded(t, id, 30*time.Second)
	r.check(t, "failed", "owner_lost", "tandem")
	if r.Agent != agent.ID {
		t.Errorf("the record names agent %q", r.Agent)
	}
	eventually(t, "the call gone at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })

	id, customer = s.place(t, phone, agent)
	if err := customer.Hangup(t.Context()); err != nil {
		t.Error(err)
	}
	s.recorded(t, id, soon).check(t, "completed", "caller_hung_up", "none")
	second.stop(t)
}

// TestStopped: asked to end while a call is up, the product ends that call on
// both sides, with its record, and then itself.
func TestStopped(t *testing.T) {
	t.Parallel()
	s, first := apart(t)
	agent := s.File.Tenants[0].Agents[0]
	id, customer := s.place(t, s.phone(t), agent)
	first.stop(t)
	hungUp(t, customer, soon)
	eventually(t, "the call gone at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })

	second := spawn(t, s.Config)
	r := s.recorded(t, id, soon)
	r.check(t, "completed", "hangup_requested", "none")
	if r.Agent != agent.ID {
		t.Errorf("the record names agent %q", r.Agent)
	}
	second.stop(t)
}
