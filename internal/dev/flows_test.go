package dev_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// soon is for what only takes as long as the machine needs.
const soon = 20 * time.Second

// record is what these tests read of a CDR.
type record struct {
	Result     string `json:"result"`
	Reason     string `json:"reason"`
	By         string `json:"by"`
	Fault      string `json:"fault"`
	SIPStatus  int    `json:"sip_status"`
	ACSCode    int    `json:"acs_code"`
	ACSSubCode int    `json:"acs_sub_code"`
	Agent      string `json:"agent"`
	Marks      struct {
		Dialed string `json:"dialed"`
	} `json:"marks"`
	Attempts []struct {
		Agent   string `json:"agent"`
		Outcome string `json:"outcome"`
	} `json:"attempts"`
	Far struct {
		SIPCallID string `json:"sip_call_id"`
	} `json:"far"`
	Context map[string]any `json:"context"`
}

func (r record) outcomes() []string {
	var all []string
	for _, a := range r.Attempts {
		all = append(all, a.Outcome)
	}
	return all
}

// flows is a stack that plays one call after the other.
type flows struct {
	*stack
	centre *siptest.Phone
	used   int // agents of the first tenant who had their call
}

// cast takes the next agents of the first tenant and sets them up. Each call
// has its own, because what Graph said of them is kept for some seconds.
func (f *flows) cast(t *testing.T, changes ...teams.Change) []dev.FileAgent {
	t.Helper()
	all := f.File.Tenants[0].Agents
	var chosen []dev.FileAgent
	for _, change := range changes {
		a := all[f.used%len(all)]
		f.used++
		if _, err := f.Sim.Users().Update(a.OID, change); err != nil {
			t.Fatal(err)
		}
		chosen = append(chosen, a)
	}
	t.Cleanup(f.Sim.Users().Reset)
	return chosen
}

// does is a user who does something when rung.
func does(what string) teams.Change { return teams.Change{Behaviour: &teams.Behaviour{Do: what}} }

func absent() teams.Change { return teams.Change{Presence: &teams.Presence{Availability: "Offline"}} }

// fault sets a fault of Microsoft's until the test is over.
func (f *flows) fault(t *testing.T, x faults.Fault) {
	t.Helper()
	if err := f.Sim.Faults().Set(x); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Sim.Faults().Reset)
}

// wanted is the body of POST /v1/calls, created its answer.
type wanted struct {
	Tenant       string         `json:"tenant"`
	Agents       []string       `json:"agents"`
	DisplayName  string         `json:"display_name,omitempty"`
	RingTimeout  int            `json:"ring_timeout"`
	AnswerPolicy string         `json:"answer_policy,omitempty"`
	Context      map[string]any `json:"context,omitempty"`
}

type created struct {
	ID     call.ID `json:"id"`
	SIPURI string  `json:"sip_uri"`
}

// request asks for a call to these agents in turn, five seconds each.
func (f *flows) request(t *testing.T, agents []dev.FileAgent) created {
	t.Helper()
	w := wanted{Tenant: f.File.Tenants[0].ID, RingTimeout: 5, Context: map[string]any{"test": t.Name()}}
	for _, a := range agents {
		w.Agents = append(w.Agents, a.ID)
	}
	var c created
	if status := f.ask(t, "POST", "/calls", w, &c); status != 201 {
		t.Fatalf("POST /calls: %d", status)
	}
	return c
}

// place sends the customer to an address.
func (f *flows) place(t *testing.T, uri string) *siptest.Call {
	t.Helper()
	c, err := f.centre.Call(t.Context(), uri, siptest.CallOptions{From: "+4930123456"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.Hangup(ctx) // what a failed test left
	})
	return c
}

// ended waits for the end of a call and reads its record, of which there must
// be one and that of this call.
func (f *flows) ended(t *testing.T, id call.ID, within time.Duration) record {
	t.Helper()
	o := f.await(t, "the end of the call", within, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Over() })
	var r record
	if status := f.ask(t, "GET", "/cdrs/"+string(id), nil, &r); status != 200 {
		t.Fatalf("GET /cdrs: %d", status)
	}
	if held := o.Call.Held(); len(held) > 0 {
		t.Errorf("agents still kept: %v", held)
	}
	eventually(t, "the call gone at Microsoft", soon, func() bool { return !f.atMicrosoft(t, o.Call) })
	return r
}

// atMicrosoft reports whether the simulator still has a call.
func (f *flows) atMicrosoft(t *testing.T, c call.Call) bool {
	t.Helper()
	return slices.ContainsFunc(f.calls(t), func(v microsoftCall) bool {
		return c.Far.SIPCallID != "" && v.SIPCallID == c.Far.SIPCallID || c.Connection.ID != "" && v.Connection == c.Connection.ID
	})
}

// refused waits for the customer's refusal.
func refused(t *testing.T, c *siptest.Call) *siptest.Refused {
	t.Helper()
	err := c.Answered(t.Context())
	var r *siptest.Refused
	if !errors.As(err, &r) {
		t.Fatalf("the customer's call ended with %v, want a refusal", err)
	}
	return r
}

// connected waits until customer and agent talk.
func (f *flows) connected(t *testing.T, id call.ID, c *siptest.Call, within time.Duration) bridge.Observation {
	t.Helper()
	o := f.await(t, "customer and agent connected", within, func(o bridge.Observation) bool {
		return o.Call.ID == id && (o.Call.Phase == call.Connected || o.Call.Over())
	})
	if o.Call.Over() {
		t.Fatalf("the call ended: %+v", *o.Call.Ending)
	}
	if err := c.Answered(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o
}

func (r record) check(t *testing.T, result, reason, fault string) {
	t.Helper()
	if r.Result != result || r.Reason != reason || r.Fault != fault {
		t.Errorf("the record says %s, %s, fault %s; want %s, %s, fault %s", r.Result, r.Reason, r.Fault, result, reason, fault)
	}
}

// newFlows starts a stack that gives a silent call up after four seconds.
func newFlows(t *testing.T) *flows {
	t.Helper()
	s := start(t, dev.Options{LostAfter: 4 * time.Second})
	return &flows{stack: s, centre: s.phone(t)}
}

// Two stacks side by side, because these tests mostly wait.

func TestFailingCalls(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("nobody takes it", f.nobodyTakesIt)
	t.Run("the customer gives up", f.givesUp)
	t.Run("the provider takes it back", f.takenBack)
	t.Run("one after the other", f.inTurn)
}

func TestTalks(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("somebody takes it", f.somebodyTakesIt)
	t.Run("a second agent", f.threesome)
}

func TestAnsweredAtOnce(t *testing.T) {
	newFlows(t).atOnce(t)
}

// inTurn dials a number whose first agents do not come: offline, declining,
// not answering; the fourth takes the call.
func (f *flows) inTurn(t *testing.T) {
	third := f.File.Tenants[2]
	customer := f.place(t, f.uri(third.Number))
	id := f.await(t, "the call", soon, func(o bridge.Observation) bool { return o.Call.Near.SIPCallID == customer.ID() }).Call.ID
	f.connected(t, id, customer, 40*time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := customer.Hangup(ctx); err != nil {
		t.Error(err)
	}
	r := f.ended(t, id, soon)
	r.check(t, "completed", "caller_hung_up", "none")
	if !slices.Equal(r.outcomes(), []string{"declined", "no_answer", "ended"}) || r.Agent != third.Agents[3].ID {
		t.Errorf("outcomes %v, agent %s; want the last of %v", r.outcomes(), r.Agent, third.Agents)
	}
}

// nobodyTakesIt: every way in which a call does not come to be ends with the
// right status for the customer and the right party at fault.
func (f *flows) nobodyTakesIt(t *testing.T) {
	accepts := []teams.Change{does(teams.Accept)}
	addFails := func(code string) func(*testing.T, []dev.FileAgent) {
		return func(t *testing.T, a []dev.FileAgent) {
			f.fault(t, faults.Fault{Knob: faults.AddResult, Scope: a[0].OID, Value: code})
		}
	}
	for _, c := range []struct {
		name                  string
		people                []teams.Change
		broken                func(*testing.T, []dev.FileAgent)
		status                int
		cause                 string // in the Reason header
		result, reason, fault string
		outcomes              []string
		noFar                 bool // Microsoft must not even be asked
	}{
		{"nobody available", []teams.Change{absent(), absent()}, nil, 480, "cause=20", "unanswered", "nobody_available", "none", nil, true},
		{"declined", []teams.Change{does(teams.Decline)}, nil, 603, "cause=21", "unanswered", "declined", "none", []string{"declined"}, false},
		{"all decline", []teams.Change{does(teams.Decline), does(teams.Decline), does(teams.Decline)}, nil,
			603, "cause=21", "unanswered", "declined", "none", []string{"declined", "declined", "declined"}, false},
		{"no answer", []teams.Change{does(teams.Never)}, nil, 480, "cause=19", "unanswered", "no_answer", "none", []string{"no_answer"}, false},

		{"busy", accepts, addFails("486/8539"), 486, "cause=17", "unanswered", "busy", "none", []string{"busy"}, false},
		{"no client", accepts, addFails("480/10037"), 480, "cause=20", "unanswered", "agent_unavailable", "none", []string{"unavailable"}, false},
		{"not federated", accepts, addFails("403/5223"), 403, "cause=21", "failed", "not_allowed", "tenant", []string{"not_allowed"}, false},
		{"wrong identity", accepts, addFails("403/7507"), 502, "cause=38", "failed", "misconfigured", "provider", []string{"misconfigured"}, false},
		{"no media path", accepts, addFails("410/301004"), 502, "cause=38", "failed", "ring_failed", "microsoft", []string{"media"}, false},
		{"slow to join", accepts, addFails("408/10057"), 502, "cause=38", "failed", "ring_failed", "microsoft", []string{"timeout"}, false},
		{"throttled", accepts, addFails("429/8516"), 502, "cause=38", "failed", "ring_failed", "microsoft", []string{"throttled"}, false},
		{"unheard of", accepts, addFails("599/4711"), 502, "cause=38", "failed", "ring_failed", "microsoft", []string{"unknown"}, false},

		{"Microsoft refuses the leg", accepts, func(t *testing.T, _ []dev.FileAgent) { f.sipFault(t, "refuse", "403") },
			502, "cause=38", "failed", "microsoft_refused", "microsoft", []string{"cancelled"}, false},
		{"Microsoft refuses the call", accepts, func(t *testing.T, _ []dev.FileAgent) {
			f.fault(t, faults.Fault{Knob: faults.LegReject, Value: "480"})
		}, 502, "cause=38", "failed", "microsoft_refused", "microsoft", []string{"cancelled"}, false},
		{"our answer is refused", accepts, func(t *testing.T, _ []dev.FileAgent) {
			f.fault(t, faults.Fault{Knob: faults.HTTPStatus, Scope: "answer", Value: "403"})
		}, 502, "cause=38", "failed", "microsoft_refused", "microsoft", []string{"cancelled"}, false},
		{"no IncomingCall", accepts, func(t *testing.T, _ []dev.FileAgent) {
			f.fault(t, faults.Fault{Knob: faults.EventLose, Scope: events.IncomingCall})
		}, 504, "cause=102", "failed", "no_incoming_call", "microsoft", []string{"cancelled"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			agents := f.cast(t, c.people...)
			if c.broken != nil {
				c.broken(t, agents)
			}
			asked := f.request(t, agents)
			customer := f.place(t, asked.SIPURI)
			r := f.ended(t, asked.ID, 30*time.Second)
			no := refused(t, customer)
			if no.Status != c.status || !strings.Contains(no.ReasonHeader, c.cause) || !strings.Contains(no.ReasonHeader, c.reason) {
				t.Errorf("the customer got %d with %q, want %d with %s and %s", no.Status, no.ReasonHeader, c.status, c.cause, c.reason)
			}
			r.check(t, c.result, c.reason, c.fault)
			if !slices.Equal(r.outcomes(), c.outcomes) {
				t.Errorf("outcomes %v, want %v", r.outcomes(), c.outcomes)
			}
			if none := r.Far.SIPCallID == "" && r.Marks.Dialed == ""; none != c.noFar {
				t.Errorf("far leg %q dialed at %q, want none: %v", r.Far.SIPCallID, r.Marks.Dialed, c.noFar)
			}
			if r.Context["test"] != t.Name() {
				t.Errorf("context %v did not come back", r.Context)
			}
		})
	}
}
