package dev_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// reach is a call that reaches a person, by a detour or not, and how it ends.
type reach struct {
	name     string
	people   []teams.Change
	broken   func(*flows, *testing.T)
	end      func(*flows, *testing.T, *siptest.Call, call.Call, []dev.FileAgent) // nil: it ends by itself
	result   string
	reason   string
	fault    string
	outcomes []string
}

// customerHangsUp ends a call.
func customerHangsUp(_ *flows, t *testing.T, c *siptest.Call, _ call.Call, _ []dev.FileAgent) {
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := c.Hangup(ctx); err != nil {
		t.Error(err)
	}
}

// byAPI ends a call with one of the API's words.
func byAPI(word string) func(*flows, *testing.T, *siptest.Call, call.Call, []dev.FileAgent) {
	return func(f *flows, t *testing.T, _ *siptest.Call, c call.Call, _ []dev.FileAgent) {
		if status := f.ask(t, "POST", "/calls/"+string(c.ID)+"/"+word, nil, nil); status != 202 {
			t.Errorf("%s: %d", word, status)
		}
	}
}

func set(x faults.Fault) func(*flows, *testing.T) {
	return func(f *flows, t *testing.T) { f.fault(t, x) }
}

func lose(events ...string) func(*flows, *testing.T) {
	return func(f *flows, t *testing.T) {
		for _, e := range events {
			f.fault(t, faults.Fault{Knob: faults.EventLose, Scope: e})
		}
	}
}

var oneAccepts = []teams.Change{accepts}

var talks = []reach{
	{"the customer hangs up", oneAccepts, nil, customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"the agent hangs up at the desk", oneAccepts, nil, func(f *flows, t *testing.T, _ *siptest.Call, _ call.Call, a []dev.FileAgent) {
		f.control(t, "POST", "/users/"+a[0].OID+"/hangup", nil, nil)
	}, "completed", "agent_hung_up", "none", []string{"ended"}},
	{"hung up by the API", oneAccepts, nil, byAPI("hangup"), "completed", "hangup_requested", "none", []string{"ended"}},
	{"terminated by the API", oneAccepts, nil, byAPI("terminate"), "completed", "hangup_requested", "none", []string{"ended"}},
	{"declined, then the next", []teams.Change{does(teams.Decline), does(teams.Accept)}, nil, customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"declined", "ended"}},
	{"absent, no answer, then the next", []teams.Change{absent(), does(teams.Never), does(teams.Accept)}, nil, customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"no_answer", "ended"}},

	{"events twice", oneAccepts, set(faults.Fault{Knob: faults.EventDuplicate}), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"events in disorder", oneAccepts, set(faults.Fault{Knob: faults.EventReorder, Seed: 7}), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"callbacks before the answers", oneAccepts, set(faults.Fault{Knob: faults.EventBeforeResponse}), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"CallConnected before the 200", oneAccepts, set(faults.Fault{Knob: faults.EventBeforeAnswer}), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"a storm of lists", oneAccepts, set(faults.Fault{Knob: faults.EventStorm, Value: "20"}), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"answering fails once", oneAccepts, set(faults.Fault{Knob: faults.HTTPStatus, Scope: "answer", Value: "503", Times: 1}), customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"ended"}},
	{"adding fails twice", oneAccepts, set(faults.Fault{Knob: faults.HTTPStatus, Scope: "add", Value: "500", Times: 2}), customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"ended"}},
	{"Graph away", oneAccepts, set(faults.Fault{Knob: faults.GraphStatus, Value: "500"}), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"hanging up fails once", oneAccepts, set(faults.Fault{Knob: faults.HTTPStatus, Scope: "hang_up", Value: "503", Times: 1}), customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"ended"}},

	// Reports come all the same, and the dialog answers: silence is no reason to hang up.
	{"no sound from Microsoft", oneAccepts, func(f *flows, t *testing.T) { f.sipFault(t, "no-rtp", "on") }, customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"ended"}},
}

// lostCallbacks: what Microsoft does not tell is found out when it is overdue.
var lostCallbacks = []reach{
	{"CallConnected lost", oneAccepts, lose("CallConnected"), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"AddParticipantSucceeded lost", oneAccepts, lose("AddParticipantSucceeded"), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
	{"every sign of the agent's joining lost", oneAccepts, lose("AddParticipantSucceeded", "ParticipantsUpdated"), customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"ended"}},
	{"AddParticipantFailed lost", []teams.Change{does(teams.Decline), does(teams.Accept)}, lose("AddParticipantFailed"), customerHangsUp,
		"completed", "caller_hung_up", "none", []string{"no_answer", "ended"}},
	{"CallDisconnected lost", oneAccepts, lose("CallDisconnected"), customerHangsUp, "completed", "caller_hung_up", "none", []string{"ended"}},
}

// reach plays one.
func (f *flows) reach(t *testing.T, c reach) {
	agents := f.cast(t, c.people...)
	if c.broken != nil {
		c.broken(f, t)
	}
	asked := f.request(t, agents)
	customer := f.place(t, asked.SIPURI)
	up := f.connected(t, asked.ID, customer, 50*time.Second)
	if c.end != nil {
		c.end(f, t, customer, up.Call, agents)
	}
	r := f.ended(t, asked.ID, 40*time.Second)
	select {
	case <-customer.Ended():
	case <-time.After(soon):
		t.Error("the customer's phone still believes in the call")
	}
	r.check(t, c.result, c.reason, c.fault)
	if !slices.Equal(r.outcomes(), c.outcomes) {
		t.Errorf("outcomes %v, want %v", r.outcomes(), c.outcomes)
	}
	if r.Agent != agents[len(agents)-1].ID {
		t.Errorf("the record names agent %q, want the last one", r.Agent)
	}
}

// givesUp: the customer hangs up while the agent's Teams rings.
func (f *flows) givesUp(t *testing.T) {
	agents := f.cast(t, does(teams.Never))
	asked := f.request(t, agents)
	customer := f.place(t, asked.SIPURI)
	eventually(t, "Teams rings", soon, func() bool {
		u, err := f.Sim.Users().User(agents[0].OID)
		return err == nil && len(u.Ringing) == 1
	})
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := customer.Cancel(ctx); err != nil {
		t.Fatal(err)
	}
	r := f.ended(t, asked.ID, soon)
	if no := refused(t, customer); no.Status != 487 {
		t.Errorf("the customer got %d, want 487", no.Status)
	}
	r.check(t, "abandoned", "caller_gave_up", "none")
	if !slices.Equal(r.outcomes(), []string{"cancelled"}) {
		t.Errorf("outcomes %v, want cancelled", r.outcomes())
	}
	f.await(t, "Microsoft's word that the invitation was withdrawn", soon, func(o bridge.Observation) bool {
		_, withdrawn := o.Event.(call.RingCancelled)
		return withdrawn && o.Call.ID == asked.ID
	})
	if u, err := f.Sim.Users().User(agents[0].OID); err != nil || len(u.Ringing) > 0 {
		t.Errorf("Teams still rings: %+v, %v", u.Ringing, err)
	}
}

// takenBack: the provider ends the call, or the ringing, before anybody answers.
func (f *flows) takenBack(t *testing.T) {
	rings := func(t *testing.T, a dev.FileAgent) {
		t.Helper()
		eventually(t, "Teams rings", soon, func() bool {
			u, err := f.Sim.Users().User(a.OID)
			return err == nil && len(u.Ringing) == 1
		})
	}
	t.Run("the call", func(t *testing.T) {
		agents := f.cast(t, does(teams.Never))
		asked := f.request(t, agents)
		customer := f.place(t, asked.SIPURI)
		rings(t, agents[0])
		if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/hangup", nil, nil); status != 202 {
			t.Fatalf("hangup: %d", status)
		}
		r := f.ended(t, asked.ID, soon)
		if no := refused(t, customer); no.Status != 480 {
			t.Errorf("the customer got %d, want 480", no.Status)
		}
		r.check(t, "cancelled", "hangup_requested", "none")
		if !slices.Equal(r.outcomes(), []string{"cancelled"}) {
			t.Errorf("outcomes %v, want cancelled", r.outcomes())
		}
		if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/hangup", nil, nil); status != 409 {
			t.Errorf("hangup of a call that is over: %d, want 409", status)
		}
	})
	t.Run("the ringing of the first", func(t *testing.T) {
		agents := f.cast(t, does(teams.Never), does(teams.Accept))
		asked := f.request(t, agents)
		customer := f.place(t, asked.SIPURI)
		rings(t, agents[0])
		first := f.await(t, "the first rings", soon, func(o bridge.Observation) bool {
			return o.Call.ID == asked.ID && len(o.Call.Participants) == 1 && o.Call.Participants[0].State == call.Ringing
		}).Call.Participants[0]
		if status := f.ask(t, "DELETE", "/calls/"+string(asked.ID)+"/participants/"+first.ID, nil, nil); status != 202 {
			t.Fatalf("remove a participant: %d", status)
		}
		f.connected(t, asked.ID, customer, soon)
		f.control(t, "POST", "/users/"+agents[1].OID+"/hangup", nil, nil)
		r := f.ended(t, asked.ID, soon)
		r.check(t, "completed", "agent_hung_up", "none")
		if !slices.Equal(r.outcomes(), []string{"cancelled", "ended"}) {
			t.Errorf("outcomes %v, want cancelled and ended", r.outcomes())
		}
	})
}

// threesome: the API brings a second agent into the call and takes the first out.
func (f *flows) threesome(t *testing.T) {
	agents := f.cast(t, does(teams.Accept), does(teams.Accept))
	asked := f.request(t, agents[:1])
	customer := f.place(t, asked.SIPURI)
	path := "/calls/" + string(asked.ID) + "/participants"
	if status := f.ask(t, "POST", path, map[string]string{"agent": agents[1].ID}, nil); status != 409 {
		t.Errorf("a participant for a call that is not connected: %d, want 409", status)
	}
	up := f.connected(t, asked.ID, customer, soon)
	if status := f.ask(t, "POST", path, map[string]string{"agent": agents[1].ID, "display_name": "Second opinion"}, nil); status != 202 {
		t.Fatalf("add a participant: %d", status)
	}
	inCall := func(oid string) func() bool {
		return func() bool {
			u, err := f.Sim.Users().User(oid)
			return err == nil && len(u.Calls) == 1
		}
	}
	eventually(t, "the second agent joined", soon, inCall(agents[1].OID))
	f.await(t, "both are there", soon, func(o bridge.Observation) bool {
		return o.Call.ID == asked.ID && len(o.Call.Held()) == 2 && o.Call.Participants[1].State == call.Joined
	})
	if status := f.ask(t, "POST", path, map[string]string{"agent": agents[1].ID}, nil); status != 409 {
		t.Errorf("the same participant again: %d, want 409", status)
	}
	if status := f.ask(t, "DELETE", path+"/"+up.Call.Participants[0].ID, nil, nil); status != 202 {
		t.Fatalf("remove a participant: %d", status)
	}
	eventually(t, "the first agent left", soon, func() bool { return !inCall(agents[0].OID)() })
	f.await(t, "one is left", soon, func(o bridge.Observation) bool {
		return o.Call.ID == asked.ID && len(o.Call.Participants) == 2 && o.Call.Participants[0].State == call.Gone
	})
	if !inCall(agents[1].OID)() {
		t.Error("the second agent is gone too")
	}
	f.control(t, "POST", "/users/"+agents[1].OID+"/hangup", nil, nil)
	r := f.ended(t, asked.ID, soon)
	r.check(t, "completed", "agent_hung_up", "none")
	if len(r.Attempts) != 2 || r.Agent != agents[0].ID {
		t.Errorf("the record has %d attempts and agent %q, want two and the first", len(r.Attempts), r.Agent)
	}
}

// answeredAtOnce: a number whose calls are answered before a person is found.
func (s *stack) answeredAtOnce(t *testing.T) {
	audio.TestShare(t)
	f := &flows{stack: s, centre: s.phone(t), log: &journal{}}
	agents := f.cast(t, teams.Change{Behaviour: &teams.Behaviour{Do: teams.Manual}})
	number := "/numbers/" + f.File.Tenants[0].Number
	if status := f.ask(t, "PATCH", number, map[string]any{"answer_policy": "at_once", "agents": []string{agents[0].ID}}, nil); status != 200 {
		t.Fatalf("PATCH %s: %d", number, status)
	}
	t.Cleanup(func() {
		req := map[string]any{"answer_policy": "with_agent", "agents": []string{}}
		if status, _, err := f.do(context.WithoutCancel(t.Context()), "PATCH", number, req); err != nil || status != 200 {
			t.Errorf("PATCH %s back: %d, %v", number, status, err)
		}
	})
	customer := f.place(t, "sip:"+f.File.Tenants[0].Number+"@"+f.File.SIP.UDP)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := customer.Answered(ctx); err != nil {
		t.Fatal(err)
	}
	id := f.await(t, "the call", soon, func(o bridge.Observation) bool { return o.Call.Near.SIPCallID == customer.ID() }).Call.ID
	eventually(t, "ringback", soon, func() bool { return loud(customer.Heard()) })
	eventually(t, "Teams rings", soon, func() bool {
		u, err := f.Sim.Users().User(agents[0].OID)
		return err == nil && len(u.Ringing) == 1
	})
	f.control(t, "POST", "/users/"+agents[0].OID+"/accept", nil, nil)
	f.connected(t, id, customer, soon)
	said := audio.AgentSpeech()
	want := len(customer.Heard()) + len(said.Samples) + said.Rate
	eventually(t, "the agent was heard", time.Minute, func() bool { return len(customer.Heard()) >= want })
	if m := audio.Compare(afterJoining(said), customer.Heard(), said.Rate); m.Correlation < 0.9 || m.LongestGap > gap {
		t.Errorf("the customer heard the agent with correlation %.3f and a gap of %v", m.Correlation, m.LongestGap)
	}
	if err := customer.Hangup(ctx); err != nil {
		t.Error(err)
	}
	f.ended(t, id, soon).check(t, "completed", "caller_hung_up", "none")
}

// loud reports whether samples are more than silence.
func loud(samples []int16) bool {
	return slices.ContainsFunc(samples, func(s int16) bool { return s > 500 || s < -500 })
}
