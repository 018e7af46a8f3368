package dev_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// guestView is what these tests read of a guest's call, or of its host's.
type guestView struct {
	Phase        string        `json:"phase"`
	Direction    string        `json:"direction"`
	ServerCall   string        `json:"server_call"`
	Participants []guestMember `json:"participants"`
}

type guestMember struct {
	ID      string `json:"id"`
	Agent   string `json:"agent"`
	Teams   string `json:"teams_user"`
	Host    bool   `json:"host"`
	State   string `json:"state"`
	Outcome string `json:"outcome"`
	From    string `json:"from_call"`
}

func (s *stack) view(t *testing.T, id call.ID) (v guestView) {
	t.Helper()
	if status := s.ask(t, "GET", "/calls/"+string(id), nil, &v); status != 200 {
		t.Fatalf("GET /calls: %d", status)
	}
	return v
}

// until waits until a call is shown as wanted.
func (s *stack) until(t *testing.T, id call.ID, what string, is func(guestView) bool) (v guestView) {
	t.Helper()
	came := false
	defer func() {
		if !came {
			t.Logf("%s: %+v; the steps were\n%s", what, v, s.story())
		}
	}()
	eventually(t, what, soon, func() bool { v = s.view(t, id); return is(v) })
	came = true
	return v
}

// hosting is a call in which one of the host's talks, and by which name others find it.
func (f *flows) hosting(t *testing.T) (id call.ID, agent dev.FileAgent, server string) {
	t.Helper()
	agent = f.cast(t, does(teams.Accept))[0]
	id = f.callOut(t, outbound{Agent: agent.ID})
	f.await(t, "the host's call", soon, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Phase == call.Connected })
	return id, agent, f.until(t, id, "its name", func(v guestView) bool { return v.ServerCall != "" }).ServerCall
}

// connectTo asks for a guest's call.
func (s *stack) connectTo(t *testing.T, kind, id string, more object) (made created, status int, answer string) {
	t.Helper()
	body := object{"tenant": s.File.Tenants[0].ID, "connect": object{"kind": kind, "id": id}, "ring_timeout": 10}
	for k, v := range more {
		body[k] = v
	}
	status = s.ask(t, "POST", "/calls", body, &made)
	if status != 201 {
		_, raw, err := s.do(t.Context(), "POST", "/calls", body)
		if err != nil {
			t.Fatal(err)
		}
		answer = string(raw)
	}
	return made, status, answer
}

// visit is connectTo that succeeds.
func (s *stack) visit(t *testing.T, server string) call.ID {
	t.Helper()
	made, status, answer := s.connectTo(t, "server_call", server, nil)
	if status != 201 {
		t.Fatalf("connect: %d %s", status, answer)
	}
	s.until(t, made.ID, "we are in the host's call", func(v guestView) bool { return v.Phase == "connected" && v.Direction == "guest" })
	return made.ID
}

// TestGuest: in a call that the provider holds we add people, and leave with them.
func TestGuest(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("adds an agent and leaves", f.guestLeaves)
	t.Run("the host's call ends", f.hostEnds)
	t.Run("no such call", f.noHost)
	t.Run("a group", f.group)
	t.Run("bad days", f.guestsBadDays)
}

func (f *flows) guestLeaves(t *testing.T) {
	host, there, server := f.hosting(t)
	id := f.visit(t, server)
	v := f.until(t, id, "the host's people", func(v guestView) bool { return len(v.Participants) == 1 })
	if p := v.Participants[0]; !p.Host || p.Teams != there.OID || p.State != "joined" || p.Agent != "" {
		t.Errorf("%+v", p)
	}
	agents := f.cast(t, does(teams.Accept), does(teams.Never))
	c := &conversation{f, id, "/calls/" + string(id), nil, agents[0], ""}
	items := c.adds(t, object{"agent": agents[0].ID}, object{"agent": agents[1].ID})
	c.joined(t, items[0].ID)
	c.done(t, "/play", object{"sources": []object{{"text": "An agent has joined."}}})
	for _, path := range []string{"/participants/" + v.Participants[0].ID + "/mute", "/participants/customer/hold", "/terminate"} {
		if status := f.ask(t, "POST", c.path+path, nil, nil); status != 422 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status := f.ask(t, "DELETE", c.path+"/participants/"+items[1].ID, nil, nil); status != 202 {
		t.Errorf("cancelled: %d", status)
	}
	c.stands(t, items[1].ID, "withdrawn", func(p participant) bool { return p.State == "gone" && p.Outcome == "cancelled" })

	if status := f.ask(t, "POST", c.path+"/hangup", nil, nil); status != 202 {
		t.Errorf("hangup: %d", status)
	}
	r := f.ended(t, id, soon)
	r.check(t, "completed", "hangup_requested", "none")
	if len(r.Attempts) != 2 || r.Agent != agents[0].ID || !slices.Equal(r.outcomes(), []string{"ended", "cancelled"}) {
		t.Errorf("record %+v", r)
	}
	f.quiet(t, agents[0])
	f.quiet(t, agents[1])
	if n := f.endings(id); n != 1 {
		t.Errorf("ended %d times", n)
	}
	if h := f.view(t, host); h.Phase != "connected" {
		t.Errorf("the host's call is %s", h.Phase)
	}
	if all := f.calls(t); len(all) != 1 || !slices.Equal(all[0].Participants, []string{"8:orgid:" + there.OID}) {
		t.Errorf("Microsoft has %+v", all)
	}
	f.finish(t, host)
}

// finish terminates a call of our own.
func (f *flows) finish(t *testing.T, id call.ID) {
	t.Helper()
	if status := f.ask(t, "POST", "/calls/"+string(id)+"/terminate", nil, nil); status != 202 {
		t.Errorf("terminate: %d", status)
	}
	f.ended(t, id, soon)
}

func (f *flows) hostEnds(t *testing.T) {
	host, _, server := f.hosting(t)
	id := f.visit(t, server)
	agent := f.cast(t, does(teams.Accept))[0]
	c := &conversation{f, id, "/calls/" + string(id), nil, agent, ""}
	c.joined(t, c.adds(t, object{"agent": agent.ID})[0].ID)
	f.finish(t, host)
	r := f.ended(t, id, soon)
	r.check(t, "completed", "host_ended", "none")
	if r.By != "host" || r.Agent != agent.ID {
		t.Errorf("record %+v", r)
	}
	f.quiet(t, agent)
}

func (f *flows) noHost(t *testing.T) {
	host, _, server := f.hosting(t)
	for name, x := range map[string]struct {
		kind, id string
		more     object
		code     string
	}{
		"a name of nothing":                {"server_call", "bm93aGVyZQ==", nil, "host_call_unknown"},
		"a call of another resource":       {"server_call", server, object{"resource": "tandem-us"}, "host_call_unknown"},
		"a resource that is not there":     {"server_call", server, object{"resource": "nowhere"}, "resource_unknown"},
		"people before we are in the call": {"server_call", server, object{"agents": []string{f.File.Tenants[0].Agents[0].ID}}, "request_invalid"},
	} {
		if _, status, answer := f.connectTo(t, x.kind, x.id, x.more); status != 422 || !strings.Contains(answer, x.code) {
			t.Errorf("%s: %d %s, want %s", name, status, answer, x.code)
		}
	}
	if all := f.calls(t); len(all) != 1 {
		t.Errorf("Microsoft has %+v", all)
	}
	f.finish(t, host)
}

func (f *flows) group(t *testing.T) {
	made, status, answer := f.connectTo(t, "group", "29228d3e-040e-4656-a70e-890ab4e173e5", object{"max_duration": 2})
	if status != 201 {
		t.Fatalf("connect: %d %s", status, answer)
	}
	r := f.ended(t, made.ID, soon)
	r.check(t, "completed", "max_duration", "none")
}

// guestsBadDays: what Microsoft loses or says twice changes nothing.
func (f *flows) guestsBadDays(t *testing.T) {
	for _, x := range []struct {
		name  string
		fault faults.Fault
	}{
		{"CallConnected lost", faults.Fault{Knob: faults.EventLose, Scope: "CallConnected"}},
		{"CallConnected and lists lost", faults.Fault{Knob: faults.EventLose, Scope: "CallConnected"}},
		{"everything twice", faults.Fault{Knob: faults.EventDuplicate}},
		{"in disorder", faults.Fault{Knob: faults.EventReorder, Seed: 3}},
		{"before the answer", faults.Fault{Knob: faults.EventBeforeResponse}},
		{"the answer lost", faults.Fault{Knob: faults.HTTPReset, Scope: "connect", Value: "after", Times: 1}},
		{"Microsoft away at first", faults.Fault{Knob: faults.HTTPStatus, Scope: "connect", Value: "503", Times: 2}},
		{"removing fails once", faults.Fault{Knob: faults.HTTPStatus, Scope: "remove", Value: "500", Times: 1}},
		{"CallDisconnected lost", faults.Fault{Knob: faults.EventLose, Scope: "CallDisconnected"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			host, there, server := f.hosting(t)
			f.fault(t, x.fault)
			if strings.Contains(x.name, "lists") {
				f.fault(t, faults.Fault{Knob: faults.EventLose, Scope: "ParticipantsUpdated"})
			}
			id := f.visit(t, server)
			agent := f.cast(t, does(teams.Accept))[0]
			c := &conversation{f, id, "/calls/" + string(id), nil, agent, ""}
			c.joined(t, c.adds(t, object{"agent": agent.ID})[0].ID)
			if status := f.ask(t, "POST", c.path+"/hangup", nil, nil); status != 202 {
				t.Errorf("hangup: %d", status)
			}
			f.ended(t, id, 2*soon).check(t, "completed", "hangup_requested", "none")
			f.quiet(t, agent)
			if all := f.calls(t); len(all) != 1 || !slices.Equal(all[0].Participants, []string{"8:orgid:" + there.OID}) {
				t.Errorf("Microsoft has %+v", all)
			}
			f.Sim.Faults().Reset()
			f.finish(t, host)
		})
	}
}

// TestKilledAsGuest: the next life of the process goes on as the guest, and leaves
// when it is asked to.
func TestKilledAsGuest(t *testing.T) {
	t.Parallel()
	s, first := apart(t)
	agents := s.File.Tenants[0].Agents
	for _, a := range agents[:2] {
		if _, err := s.Sim.Users().Update(a.OID, does(teams.Accept)); err != nil {
			t.Fatal(err)
		}
	}
	host := s.callOut(t, outbound{Agent: agents[0].ID})
	server := s.until(t, host, "the host's call", func(v guestView) bool { return v.Phase == "connected" && v.ServerCall != "" }).ServerCall
	id := s.visit(t, server)
	if status := s.ask(t, "POST", "/calls/"+string(id)+"/participants", object{"agent": agents[1].ID}, nil); status != 202 {
		t.Fatalf("add: %d", status)
	}
	s.until(t, id, "the agent is there", func(v guestView) bool { return len(v.Participants) == 2 && v.Participants[1].State == "joined" })
	first.kill(t)
	second := spawn(t, s.Config)
	eventually(t, "the hang-up is taken", 30*time.Second, func() bool {
		return s.ask(t, "POST", "/calls/"+string(id)+"/hangup", nil, nil) == 202
	})
	r := s.recorded(t, id, 40*time.Second)
	r.check(t, "completed", "hangup_requested", "none")
	s.quiet(t, agents[1])
	if v := s.view(t, host); v.Phase != "connected" {
		t.Errorf("the host's call is %s", v.Phase)
	}
	if status := s.ask(t, "POST", "/calls/"+string(host)+"/terminate", nil, nil); status != 202 {
		t.Errorf("terminate: %d", status)
	}
	s.recorded(t, host, 30*time.Second)
	eventually(t, "the calls gone at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })
	second.stop(t)
}
