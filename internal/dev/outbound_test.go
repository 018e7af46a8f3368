package dev_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/check"
	"tandem/internal/dev"
	"tandem/internal/fault"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
	"tandem/internal/tenant"
)

// throughAPI makes test calls as a provider's program would.
type throughAPI struct{ *stack }

// Place implements check.Calls.
func (a throughAPI) Place(ctx context.Context, t tenant.ID, p call.Plan) (call.ID, error) {
	status, answer, err := a.do(ctx, "POST", "/calls", outbound{
		Direction: "outbound", Tenant: string(t), Agent: string(p.Agents[0]), Resource: p.Resource, DisplayName: p.DisplayName,
		RingTimeout: int(p.RingTimeout / time.Second), MaxDuration: int(p.MaxDuration / time.Second), Context: p.Context,
	})
	if err != nil || status != 201 {
		return "", fmt.Errorf("POST /calls: %d %s: %w", status, answer, err)
	}
	var c created
	err = json.Unmarshal(answer, &c)
	return c.ID, err
}

// outbound is the body of POST /v1/calls for one.
type outbound struct {
	Direction   string          `json:"direction"`
	Tenant      string          `json:"tenant"`
	Agent       string          `json:"agent"`
	Resource    string          `json:"resource,omitempty"`
	DisplayName string          `json:"display_name,omitempty"`
	RingTimeout int             `json:"ring_timeout"`
	MaxDuration int             `json:"max_duration,omitempty"`
	Context     json.RawMessage `json:"context,omitempty"`
}

// CDR implements check.Records.
func (a throughAPI) CDR(ctx context.Context, _ tenant.ID, id call.ID) (call.CDR, error) {
	status, answer, err := a.do(ctx, "GET", "/cdrs/"+string(id), nil)
	switch {
	case err != nil:
		return call.CDR{}, err
	case status == 404:
		return call.CDR{}, fault.NotFound("call_unknown", "not yet")
	case status != 200:
		return call.CDR{}, fmt.Errorf("GET /cdrs: %d %s", status, answer)
	}
	var r struct {
		Reason, Message string
		Marks           struct{ Requested time.Time }
		Attempts        []struct {
			Outcome  string
			Code     int
			SubCode  int       `json:"sub_code"`
			JoinedAt time.Time `json:"joined_at"`
		}
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		return call.CDR{}, err
	}
	out := call.CDR{Call: id, Marks: call.Marks{Requested: r.Marks.Requested}}
	out.Reason, out.Message = call.Reason(r.Reason), r.Message
	for _, x := range r.Attempts {
		out.Attempts = append(out.Attempts, call.Attempt{
			Joined: x.JoinedAt, Outcome: call.Outcome{Class: call.Class(x.Outcome), Code: x.Code, SubCode: x.SubCode},
		})
	}
	return out, nil
}

func (f *flows) tester() *check.Tester {
	return check.New(check.Config{
		Calls: throughAPI{f.stack}, Records: throughAPI{f.stack}, RingFor: 5 * time.Second, TalkFor: time.Second, Poll: 50 * time.Millisecond,
	})
}

// TestTestCalls: what the person does, what Microsoft says, what of it is lost
// on the way, and what the test call makes of it.
func TestTestCalls(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	presence := func(p string) teams.Change {
		return teams.Change{Presence: &teams.Presence{Availability: p}, Behaviour: &teams.Behaviour{Do: teams.Accept}}
	}
	add := func(value string) faults.Fault { return faults.Fault{Knob: faults.AddResult, Value: value} }
	lose := func(event string) faults.Fault { return faults.Fault{Knob: faults.EventLose, Scope: event} }
	twice := faults.Fault{Knob: faults.EventDuplicate}
	for _, c := range []struct {
		name      string
		person    teams.Change
		faults    []faults.Fault
		verdict   check.Verdict
		cure      check.Cure
		code, sub int
		result    string
		reason    string
		fault     string
	}{
		{"accepts", does(teams.Accept), nil, check.Authorised, "", 200, 0, "completed", "max_duration", "none"},
		{"declines", does(teams.Decline), nil, check.Authorised, "", 603, 0, "unanswered", "declined", "none"},
		{"does not answer", does(teams.Never), nil, check.Authorised, "", 0, 0, "unanswered", "no_answer", "none"},
		{"is busy", presence("Busy"), nil, check.Authorised, "", 486, 8539, "unanswered", "busy", "none"},
		{"is offline", presence("Offline"), nil, check.Inconclusive, check.SignIn, 480, 10037, "unanswered", "agent_unavailable", "none"},
		{"has not federated", does(teams.Accept), []faults.Fault{add("403/7600")}, check.NotYet, check.FederationList, 403, 7600, "failed", "not_allowed", "tenant"},
		{"may not be called", does(teams.Accept), []faults.Fault{add("403/5223")}, check.NotYet, check.Federation, 403, 5223, "failed", "not_allowed", "tenant"},
		{"has no licence", does(teams.Accept), []faults.Fault{{Knob: faults.HTTPStatus, Scope: "create", Value: "400"}},
			check.NotReady, check.Licence, 400, 8523, "failed", "misconfigured", "provider"},

		{"accepts, everything is told twice", does(teams.Accept), []faults.Fault{twice}, check.Authorised, "", 200, 0, "completed", "max_duration", "none"},
		{"declines, everything is told twice", does(teams.Decline), []faults.Fault{twice}, check.Authorised, "", 603, 0, "unanswered", "declined", "none"},
		{"accepts, CallConnected is lost", does(teams.Accept), []faults.Fault{lose("CallConnected")}, check.Authorised, "", 200, 0, "completed", "max_duration", "none"},
		{"accepts, only a look tells", does(teams.Accept), []faults.Fault{lose("CallConnected"), lose("ParticipantsUpdated")},
			check.Authorised, "", 200, 0, "completed", "max_duration", "none"},
		{"accepts, CallDisconnected is lost", does(teams.Accept), []faults.Fault{lose("CallDisconnected")}, check.Authorised, "", 200, 0, "completed", "max_duration", "none"},
		{"declines, CreateCallFailed is lost", does(teams.Decline), []faults.Fault{lose("CreateCallFailed")}, check.Authorised, "", 603, 0, "unanswered", "declined", "none"},
		{"declines, CallDisconnected is lost", does(teams.Decline), []faults.Fault{lose("CallDisconnected")}, check.Authorised, "", 603, 0, "unanswered", "declined", "none"},
		{"declines, nothing is told", does(teams.Decline), []faults.Fault{lose("CreateCallFailed"), lose("CallDisconnected")},
			check.Inconclusive, check.Callbacks, 0, 0, "failed", "connection_lost", "microsoft"},
		{"accepts before the request is answered", does(teams.Accept), []faults.Fault{{Knob: faults.EventBeforeResponse}},
			check.Authorised, "", 200, 0, "completed", "max_duration", "none"},
		{"accepts, the answer to the request is lost", does(teams.Accept), []faults.Fault{{Knob: faults.HTTPReset, Scope: "create", Value: "after", Count: 1}},
			check.Authorised, "", 200, 0, "completed", "max_duration", "none"},
		{"accepts, Microsoft is away at first", does(teams.Accept), []faults.Fault{{Knob: faults.HTTPStatus, Scope: "create", Value: "503", Count: 2}},
			check.Authorised, "", 200, 0, "completed", "max_duration", "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			agent := f.cast(t, c.person)[0]
			for _, x := range c.faults {
				f.fault(t, x)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			target := check.Target{Tenant: tenant.ID(f.File.Tenants[0].ID), Agent: tenant.AgentID(agent.ID)}
			a, err := f.tester().TestCall(ctx, target)
			if err != nil {
				t.Fatalf("%v; the steps were\n%s", err, f.story())
			}
			if a.Verdict != c.verdict || a.Cure != c.cure || a.Code != c.code || a.SubCode != c.sub || a.Message == "" {
				t.Errorf("judged %+v, want %s, cure %q, %d/%d", a, c.verdict, c.cure, c.code, c.sub)
			}
			r := f.ended(t, a.Call, soon)
			r.check(t, c.result, c.reason, c.fault)
			if len(r.Attempts) != 1 || r.Attempts[0].Agent != agent.ID || r.Far.SIPCallID != "" || r.Marks.Dialed != "" || r.Context["test_call"] != true {
				t.Errorf("record %+v", r)
			}
			if n := f.endings(a.Call); n != 1 {
				t.Errorf("the call ended %d times", n)
			}
			f.quiet(t, agent)
		})
	}
}

// endings is how many steps found the call over.
func (f *flows) endings(id call.ID) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.seen {
		if o.Call.ID == id && o.Call.Over() && !o.Ignored {
			n++
		}
	}
	return n
}

// quiet waits until an agent's Teams neither rings nor is in a call.
func (s *stack) quiet(t *testing.T, agent dev.FileAgent) {
	t.Helper()
	eventually(t, agent.Name+"'s Teams quiet", soon, func() bool {
		v, err := s.Sim.Users().User(agent.OID)
		return err == nil && len(v.Ringing) == 0 && len(v.Calls) == 0
	})
}

// callOut asks for an outbound call.
func (s *stack) callOut(t *testing.T, o outbound) call.ID {
	t.Helper()
	o.Direction, o.Tenant = "outbound", s.File.Tenants[0].ID
	if o.RingTimeout == 0 {
		o.RingTimeout = 15
	}
	var c created
	if status := s.ask(t, "POST", "/calls", o, &c); status != 201 || c.SIPURI != "" {
		t.Fatalf("POST /calls: %d, %+v", status, c)
	}
	return c.ID
}

// TestCallsOut: a call without a customer lasts until somebody hangs up.
func TestCallsOut(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	answered := func(t *testing.T, o outbound) (call.ID, dev.FileAgent) {
		t.Helper()
		agent := f.cast(t, does(teams.Accept))[0]
		o.Agent = agent.ID
		id := f.callOut(t, o)
		f.await(t, "the agent answers", soon, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Phase == call.Connected })
		return id, agent
	}
	t.Run("the API terminates it", func(t *testing.T) {
		id, agent := answered(t, outbound{})
		var v struct {
			Direction, Phase, Resource string
			Participants               []struct{ State string }
		}
		if f.ask(t, "GET", "/calls/"+string(id), nil, &v) != 200 || v.Direction != "outbound" || v.Phase != "connected" || v.Resource != "tandem-eu" ||
			len(v.Participants) != 1 || v.Participants[0].State != "joined" {
			t.Errorf("shown as %+v", v)
		}
		if status := f.ask(t, "POST", "/calls/"+string(id)+"/terminate", nil, nil); status != 202 {
			t.Errorf("terminate: %d", status)
		}
		f.ended(t, id, soon).check(t, "completed", "hangup_requested", "none")
		f.quiet(t, agent)
	})
	t.Run("the agent hangs up", func(t *testing.T) {
		id, agent := answered(t, outbound{})
		if err := f.Sim.Users().HangUp(agent.OID, ""); err != nil {
			t.Fatal(err)
		}
		r := f.ended(t, id, soon)
		r.check(t, "completed", "agent_hung_up", "none")
		if r.By != "agent" {
			t.Errorf("by %s", r.By)
		}
	})
	t.Run("the API hangs up while it rings", func(t *testing.T) {
		agent := f.cast(t, does(teams.Manual))[0]
		id := f.callOut(t, outbound{Agent: agent.ID, DisplayName: "Contoso test"})
		eventually(t, "ringing", soon, func() bool {
			v, err := f.Sim.Users().User(agent.OID)
			return err == nil && len(v.Ringing) == 1 && v.Ringing[0].DisplayName == "Contoso test"
		})
		if status := f.ask(t, "POST", "/calls/"+string(id)+"/hangup", nil, nil); status != 202 {
			t.Errorf("hangup: %d", status)
		}
		f.ended(t, id, soon).check(t, "cancelled", "hangup_requested", "none")
		f.quiet(t, agent)
	})
	t.Run("from the stand-by resource", func(t *testing.T) {
		id, agent := answered(t, outbound{Resource: "tandem-us", MaxDuration: 1})
		f.ended(t, id, soon).check(t, "completed", "max_duration", "none")
		o := f.await(t, "the record", soon, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Over() })
		if r := o.Call.Record(); r.Resource != "tandem-us" {
			t.Errorf("from %q", r.Resource)
		}
		f.quiet(t, agent)
	})
	t.Run("from a resource that is not there", func(t *testing.T) {
		agent := f.cast(t, does(teams.Accept))[0]
		status, answer, err := f.do(t.Context(), "POST", "/calls", outbound{
			Direction: "outbound", Tenant: f.File.Tenants[0].ID, Agent: agent.ID, RingTimeout: 10, Resource: "nowhere",
		})
		if err != nil || status != 422 || !strings.Contains(string(answer), "resource_unknown") || !strings.Contains(string(answer), "body.resource") {
			t.Errorf("%d %s %v", status, answer, err)
		}
	})
	t.Run("an agent is called by one call at a time", func(t *testing.T) {
		id, agent := answered(t, outbound{})
		second := f.callOut(t, outbound{Agent: agent.ID})
		f.ended(t, second, soon).check(t, "unanswered", "nobody_available", "none")
		if status := f.ask(t, "POST", "/calls/"+string(id)+"/hangup", nil, nil); status != 202 {
			t.Errorf("hangup: %d", status)
		}
		f.ended(t, id, soon)
	})
}

// TestKilledWhileCallingOut: the process dies while the agent's Teams rings, and
// again while he is in the call. The next life ends both calls as was asked for.
func TestKilledWhileCallingOut(t *testing.T) {
	t.Parallel()
	s, first := apart(t)
	agents := s.File.Tenants[0].Agents
	behave := func(a dev.FileAgent, what string) {
		if _, err := s.Sim.Users().Update(a.OID, does(what)); err != nil {
			t.Fatal(err)
		}
	}
	behave(agents[0], teams.Never)
	behave(agents[1], teams.Accept)
	ringing := s.callOut(t, outbound{Agent: agents[0].ID, RingTimeout: 10})
	talking := s.callOut(t, outbound{Agent: agents[1].ID, MaxDuration: 3})
	eventually(t, "one rings, one talks", soon, func() bool {
		v, err := s.Sim.Users().User(agents[0].OID)
		return err == nil && len(v.Ringing) == 1 && s.phase(t, talking) == "connected"
	})
	first.kill(t)
	if n := len(s.calls(t)); n != 2 {
		t.Fatalf("Microsoft has %d calls after the kill, want both", n)
	}
	second := spawn(t, s.Config)
	s.recorded(t, talking, 30*time.Second).check(t, "completed", "max_duration", "none")
	s.recorded(t, ringing, 40*time.Second).check(t, "unanswered", "no_answer", "none")
	eventually(t, "the calls gone at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })
	s.quiet(t, agents[0])
	s.quiet(t, agents[1])
	second.stop(t)
}
