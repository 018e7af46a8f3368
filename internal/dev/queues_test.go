package dev_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// attendance is what these tests read of the availability of agents.
type attendance struct {
	Trouble string
	Agents  []struct {
		Agent, State, Why, Presence, Call, Reservation string
	}
}

// waits is what they read of a call.
type waits struct {
	Phase   string
	Waiting *struct {
		Position int
		Why      []string
	}
	Participants []struct{ Agent, State, Why, Queue string }
}

// queue makes a queue of some agents.
func (f *flows) queue(t *testing.T, agents []dev.FileAgent, more object) string {
	t.Helper()
	body := object{"tenant": f.File.Tenants[0].ID, "name": t.Name(), "ring_timeout": 5}
	var ids []string
	for _, a := range agents {
		ids = append(ids, a.ID)
	}
	body["agents"] = ids
	for k, v := range more {
		body[k] = v
	}
	var q struct{ ID string }
	if status := f.ask(t, "POST", "/queues", body, &q); status != 201 {
		t.Fatalf("POST /queues: %d", status)
	}
	return q.ID
}

// requestOf asks for a call to whoever the body says.
func (f *flows) requestOf(t *testing.T, body object) created {
	t.Helper()
	body["tenant"] = f.File.Tenants[0].ID
	var c created
	if status := f.ask(t, "POST", "/calls", body, &c); status != 201 {
		t.Fatalf("POST /calls: %d", status)
	}
	return c
}

func (f *flows) availability(t *testing.T, query string) attendance {
	t.Helper()
	var a attendance
	if status := f.ask(t, "GET", "/tenants/"+f.File.Tenants[0].ID+"/availability?"+query, nil, &a); status != 200 {
		t.Fatalf("availability: %d", status)
	}
	return a
}

// waiting waits until a call stands at a place in its queue.
func (f *flows) waiting(t *testing.T, id call.ID, position int) {
	t.Helper()
	f.await(t, "the call waits", soon, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Waiting.Position == position })
}

func (f *flows) hangsUp(t *testing.T, c *siptest.Call, id call.ID) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := c.Hangup(ctx); err != nil {
		t.Error(err)
	}
	f.ended(t, id, soon)
}

// TestQueues: calls that wait for agents, whose presence and whose calls decide.
func TestQueues(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("three calls and one agent", f.threeForOne)
	t.Run("the agent is in a call of Teams", f.inTeams)
	t.Run("closed", f.closedQueue)
	t.Run("reserved", f.reserved)
	t.Run("watched", f.watched)
	t.Run("Graph is down", f.graphDown) // which asks to be left alone for a while
}

// threeForOne: they have the agent in the order in which they came, one at a time,
// and hear ringing meanwhile.
func (f *flows) threeForOne(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	q := f.queue(t, agents, nil)
	first := f.requestOf(t, object{"queue": q})
	one := f.place(t, first.SIPURI)
	f.connected(t, first.ID, one, soon)
	if a := f.availability(t, "queue="+q); len(a.Agents) != 1 || a.Agents[0].State != "taken" || a.Agents[0].Call != string(first.ID) {
		t.Errorf("%+v", a)
	}

	second, third := f.requestOf(t, object{"queue": q}), f.requestOf(t, object{"queue": q})
	two := f.place(t, second.SIPURI)
	f.waiting(t, second.ID, 1)
	three := f.place(t, third.SIPURI)
	f.waiting(t, third.ID, 2)
	var v waits
	f.ask(t, "GET", "/calls/"+string(second.ID), nil, &v)
	if v.Phase != "routing" || v.Waiting == nil || v.Waiting.Position != 1 || len(v.Waiting.Why) != 1 || !strings.Contains(v.Waiting.Why[0], "is taken by another call") {
		t.Errorf("%+v", v)
	}

	f.hangsUp(t, one, first.ID)
	f.connected(t, second.ID, two, soon)
	f.waiting(t, third.ID, 1)
	if a := f.availability(t, "agents="+agents[0].ID); a.Agents[0].Call != string(second.ID) {
		t.Errorf("%+v", a)
	}
	f.hangsUp(t, two, second.ID)
	o := f.connected(t, third.ID, three, soon)
	if p := o.Call.Participants; len(p) != 1 || string(p[0].Queue) != q || !strings.HasPrefix(p[0].Why, agents[0].Name+" is ") {
		t.Errorf("%+v", p)
	}
	f.hangsUp(t, three, third.ID)
}

// inTeams: nobody rings an agent who talks already, and he is rung when he is free.
func (f *flows) inTeams(t *testing.T) {
	busy := does(teams.Accept)
	busy.Presence = &teams.Presence{Availability: "Busy", Activity: "InACall"}
	agents := f.cast(t, busy)
	q := f.queue(t, agents, nil)
	asked := f.requestOf(t, object{"queue": q})
	customer := f.place(t, asked.SIPURI)
	o := f.await(t, "the call waits", soon, func(o bridge.Observation) bool { return o.Call.ID == asked.ID && o.Call.Waiting.Position == 1 })
	if why := o.Call.Waiting.Why; len(why) != 1 || !strings.Contains(why[0], agents[0].Name+" is Busy (InACall)") {
		t.Errorf("waits because %q", why)
	}
	if _, err := f.Sim.Users().Update(agents[0].OID, teams.Change{Presence: &teams.Presence{Availability: "Available"}}); err != nil {
		t.Fatal(err)
	}
	o = f.connected(t, asked.ID, customer, soon)
	if why := o.Call.Participants[0].Why; !strings.Contains(why, " is free: Available") {
		t.Errorf("rung because %q", why)
	}
	f.hangsUp(t, customer, asked.ID)
}

// graphDown: people are rung all the same, and everybody can see why so.
func (f *flows) graphDown(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	f.fault(t, faults.Fault{Knob: faults.GraphStatus, Value: "503"})
	q := f.queue(t, agents, nil)
	asked := f.requestOf(t, object{"queue": q})
	customer := f.place(t, asked.SIPURI)
	o := f.connected(t, asked.ID, customer, soon)
	if why := o.Call.Participants[0].Why; why != agents[0].Name+" is rung last: no presence is known" {
		t.Errorf("rung because %q", why)
	}
	if a := f.availability(t, "queue="+q); !strings.Contains(a.Trouble, "presence could not be read") {
		t.Errorf("%+v", a)
	}
	f.hangsUp(t, customer, asked.ID)
}

// closedQueue turns the customer away at once, and says why.
func (f *flows) closedQueue(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	day := time.Now().UTC().Add(48 * time.Hour).Weekday()
	q := f.queue(t, agents, object{"hours": object{"zone": "UTC", "open": []object{{"days": []string{strings.ToLower(day.String()[:3])}, "from": "00:00", "until": "24:00"}}}})
	asked := f.requestOf(t, object{"queue": q})
	customer := f.place(t, asked.SIPURI)
	f.ended(t, asked.ID, soon).check(t, "unanswered", "nobody_available", "none")
	if no := refused(t, customer); no.Status != 480 {
		t.Errorf("the customer got %d", no.Status)
	}
}

// reserved: who holds an agent has him, and nobody else.
func (f *flows) reserved(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	q := f.queue(t, agents, nil)
	path := "/tenants/" + f.File.Tenants[0].ID + "/reservations"
	var r struct{ ID string }
	if status := f.ask(t, "POST", path, object{"agent": agents[0].ID, "seconds": 30}, &r); status != 201 {
		t.Fatalf("reserve: %d", status)
	}
	if status := f.ask(t, "POST", path, object{"agent": agents[0].ID}, nil); status != 409 {
		t.Errorf("reserve him again: %d", status)
	}
	if a := f.availability(t, "queue="+q).Agents[0]; a.State != "taken" || a.Reservation != r.ID {
		t.Errorf("%+v", a)
	}
	waiting := f.requestOf(t, object{"queue": q})
	patient := f.place(t, waiting.SIPURI)
	f.waiting(t, waiting.ID, 1)

	asked := f.requestOf(t, object{"reservation": r.ID})
	if status := f.ask(t, "POST", "/calls", object{"tenant": f.File.Tenants[0].ID, "reservation": r.ID}, nil); status != 409 {
		t.Errorf("use it twice: %d", status)
	}
	customer := f.place(t, asked.SIPURI)
	o := f.connected(t, asked.ID, customer, soon)
	if p := o.Call.Participants[0]; string(p.Agent) != agents[0].ID || !strings.Contains(p.Why, "is kept for this call") {
		t.Errorf("%+v", p)
	}
	f.hangsUp(t, customer, asked.ID)
	f.connected(t, waiting.ID, patient, soon)
	f.hangsUp(t, patient, waiting.ID)
}

// watched: the stream tells each change, and only changes.
func (f *flows) watched(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", f.File.API.URL+"/tenants/"+f.File.Tenants[0].ID+"/availability/stream?agents="+agents[0].ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.File.API.Key)
	res, err := (&http.Client{Transport: f.http.Transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	next := func(want string) {
		t.Helper()
		for lines.Scan() {
			data, is := strings.CutPrefix(lines.Text(), "data: ")
			if !is {
				continue
			}
			var a struct{ Agent, State, Presence string }
			if err := json.Unmarshal([]byte(data), &a); err != nil || a.Agent != agents[0].ID || a.State+" "+a.Presence != want {
				t.Fatalf("told %s, want %s", data, want)
			}
			return
		}
		t.Fatalf("the stream ended before %s: %v", want, lines.Err())
	}
	next("free Available")
	if _, err := f.Sim.Users().Update(agents[0].OID, teams.Change{Presence: &teams.Presence{Availability: "Away"}}); err != nil {
		t.Fatal(err)
	}
	next("unavailable Away")
	var r struct{ ID string }
	path := "/tenants/" + f.File.Tenants[0].ID + "/reservations"
	if status := f.ask(t, "POST", path, object{"agent": agents[0].ID, "seconds": 30}, &r); status != 201 {
		t.Fatalf("reserve: %d", status)
	}
	next("taken Away")
	if status := f.ask(t, "DELETE", path+"/"+r.ID, nil, nil); status != 204 {
		t.Fatalf("let go: %d", status)
	}
	next("unavailable Away")
}
