package dev_test

import (
	"slices"
	"strings"
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

// operation is what these tests read of one.
type operation struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	State      string `json:"state"`
	Outcome    string `json:"outcome"`
	Recognized struct {
		Tones  string `json:"tones"`
		Choice string `json:"choice"`
	} `json:"recognized"`
}

// conversation is a call in which things are done.
type conversation struct {
	*flows
	id       call.ID
	path     string
	customer *siptest.Call
	agent    dev.FileAgent
	conn     string
}

func (f *flows) converse(t *testing.T) *conversation {
	t.Helper()
	agents := f.cast(t, does(teams.Accept))
	asked := f.request(t, agents)
	customer := f.place(t, asked.SIPURI)
	up := f.connected(t, asked.ID, customer, soon)
	c := &conversation{f, asked.ID, "/calls/" + string(asked.ID), customer, agents[0], up.Call.Connection.ID}
	return c
}

// silence waits until the agent has said what there is to say.
func (c *conversation) silence(t *testing.T) {
	t.Helper()
	said := audio.AgentSpeech()
	eventually(t, "the agent has spoken", soon, func() bool { return len(c.customer.Heard()) > len(said.Samples)+said.Rate })
}

// begin asks for an operation.
func (c *conversation) begin(t *testing.T, path string, body any) operation {
	t.Helper()
	var o operation
	if status := c.ask(t, "POST", c.path+path, body, &o); status != 202 {
		t.Fatalf("POST %s: %d", path, status)
	}
	return o
}

// end waits for the end of an operation.
func (c *conversation) end(t *testing.T, o operation) operation {
	t.Helper()
	eventually(t, "the end of "+o.Kind, soon, func() bool {
		if status := c.ask(t, "GET", c.path+"/operations/"+o.ID, nil, &o); status != 200 {
			t.Fatalf("GET of %s: %d", o.Kind, status)
		}
		return o.State != "asked" && o.State != "running"
	})
	return o
}

// done is begin and end of what succeeds.
func (c *conversation) done(t *testing.T, path string, body any) operation {
	t.Helper()
	o := c.end(t, c.begin(t, path, body))
	if o.State != "done" {
		t.Fatalf("%s %+v", path, o)
	}
	return o
}

// during reports whether customer and agent hear something for half a second of
// their own from now on.
func (c *conversation) during(t *testing.T) (customer, agent bool) {
	t.Helper()
	atTeams := func() []int16 {
		pcm, err := c.Sim.Heard(c.agent.OID, c.conn)
		if err != nil {
			t.Fatal(err)
		}
		return pcm.Samples
	}
	const half = 4000
	here, there := len(c.customer.Heard()), len(atTeams())
	eventually(t, "half a second of sound", soon, func() bool { return len(c.customer.Heard()) >= here+half && len(atTeams()) >= there+half })
	return loud(c.customer.Heard()[here:]), loud(atTeams()[there:])
}

func (c *conversation) hears(t *testing.T, when string, customer, agent bool) {
	t.Helper()
	if a, b := c.during(t); a != customer || b != agent {
		t.Errorf("%s: the customer hears something: %v, want %v; the agent: %v, want %v", when, a, customer, b, agent)
	}
}

type object = map[string]any

var (
	// long lasts longer than any test of it.
	long   = []object{{"text": strings.Repeat("Please hold the line, the next free person is yours. ", 6)}}
	prompt = []object{{"text": "Press a key."}}
)

// TestOperations: what can be done in a call, with the sound that it makes.
func TestOperations(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("sound", f.sound)
	t.Run("a prompt", f.prompt)
	t.Run("tones", f.tones)
	t.Run("refused", f.refusedOperations)
	t.Run("bad days", f.badDays)
	t.Run("consult", f.consult)
}

// TestHandedAway: a call goes on without us, or is never taken.
func TestHandedAway(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("transferred", func(t *testing.T) { f.transferred(t) })
	t.Run("transferred, and not told", func(t *testing.T) { f.transferred(t, "CallTransferAccepted") })
	t.Run("transfer declined", f.transferDeclined)
	t.Run("redirected", f.redirected)
	t.Run("redirected in vain", f.redirectedInVain)
	t.Run("rejected", f.rejected)
}

func (f *flows) sound(t *testing.T) {
	audio.TestShare(t)
	c := f.converse(t)
	c.silence(t)
	c.hears(t, "nobody speaks", false, false)

	o := c.begin(t, "/play", object{"sources": long, "loop": true})
	eventually(t, "everybody hears the music", soon, func() bool { a, b := c.during(t); return a && b })
	c.done(t, "/cancel-media", nil)
	if o = c.end(t, o); o.State != "cancelled" || o.Outcome != "cancelled" {
		t.Errorf("%+v", o)
	}
	eventually(t, "silence after it was cancelled", soon, func() bool { a, b := c.during(t); return !a && !b })

	o = c.begin(t, "/play", object{"sources": long, "target": "customer"})
	eventually(t, "the customer hears the prompt", soon, func() bool { a, _ := c.during(t); return a })
	c.hears(t, "a prompt to the customer", true, false)
	c.done(t, "/cancel-media", nil)
	c.end(t, o)
	c.done(t, "/play", object{"sources": prompt})

	if err := c.customer.Say(audio.CustomerSpeech()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the agent hears the customer", soon, func() bool { _, b := c.during(t); return b })
	c.done(t, "/participants/customer/mute", nil)
	eventually(t, "silence instead of the customer", soon, func() bool { a, b := c.during(t); return !a && !b })
	c.customerIs(t, false, true)
	c.done(t, "/participants/customer/unmute", nil)
	eventually(t, "the agent hears the customer again", soon, func() bool { _, b := c.during(t); return b })

	c.done(t, "/participants/customer/hold", object{"sources": long})
	eventually(t, "music on hold", soon, func() bool { a, b := c.during(t); return a && !b })
	c.customerIs(t, true, false)
	c.done(t, "/participants/customer/unhold", nil)
	eventually(t, "no more music", soon, func() bool { a, _ := c.during(t); return !a })
	c.customerIs(t, false, false)
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// customerIs checks what the API says was done to the customer.
func (c *conversation) customerIs(t *testing.T, held, muted bool) {
	t.Helper()
	var v struct {
		Customer struct{ Held, Muted bool }
	}
	if c.ask(t, "GET", c.path, nil, &v); v.Customer.Held != held || v.Customer.Muted != muted {
		t.Errorf("the customer is %+v, want held %v, muted %v", v.Customer, held, muted)
	}
}

func (f *flows) tones(t *testing.T) {
	audio.TestShare(t)
	c := f.converse(t)
	c.silence(t)
	press := func(tones string) {
		t.Helper()
		if err := c.customer.SendDTMF(tones); err != nil {
			t.Fatal(err)
		}
	}
	o := c.begin(t, "/recognize", object{"sources": prompt, "listen": object{"input": "dtmf", "max_tones": 6, "stop_tones": "#", "interrupt_prompt": true}})
	eventually(t, "the prompt", soon, func() bool { a, _ := c.during(t); return a })
	press("42#")
	if o = c.end(t, o); o.State != "done" || o.Recognized.Tones != "42" {
		t.Errorf("%+v", o)
	}
	choices := []object{{"label": "sales", "phrases": []string{"sales"}, "tone": "1"}, {"label": "billing", "phrases": []string{"billing"}, "tone": "2"}}
	o = c.begin(t, "/recognize", object{"sources": prompt, "listen": object{"input": "choices", "choices": choices, "locale": "en-US", "interrupt_prompt": true}})
	eventually(t, "the prompt", soon, func() bool { a, _ := c.during(t); return a })
	press("2")
	if o = c.end(t, o); o.State != "done" || o.Recognized.Choice != "billing" {
		t.Errorf("%+v", o)
	}
	if o = c.end(t, c.begin(t, "/recognize", object{"listen": object{"input": "dtmf", "initial_silence": 1}})); o.State != "failed" || o.Outcome != "no_input" {
		t.Errorf("nobody pressed a key: %+v", o)
	}

	c.done(t, "/dtmf", object{"tones": "19#"})
	eventually(t, "the customer's phone hears the tones", soon, func() bool { return c.customer.Digits() == "19#" })

	var told struct {
		Items []struct {
			Type string
			Data operation
		}
	}
	eventually(t, "the events", soon, func() bool {
		f.ask(t, "GET", "/events?limit=10", nil, &told)
		n := 0
		for _, e := range told.Items {
			if e.Type == "call.operation_ended" {
				n++
			}
		}
		return n >= 4
	})
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon)
}

// refusedOperations: what cannot be, and what Microsoft will not do.
func (f *flows) refusedOperations(t *testing.T) {
	c := f.converse(t)
	agent := c.path + "/participants/"
	var v struct{ Participants []struct{ ID string } }
	c.ask(t, "GET", c.path, nil, &v)
	for path, want := range map[string]int{
		agent + v.Participants[0].ID + "/mute": 422, agent + v.Participants[0].ID + "/hold": 422, agent + "9.9/mute": 404,
	} {
		if status := f.ask(t, "POST", path, nil, nil); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	// Two at once that cannot be together: the second is told so.
	first := c.begin(t, "/play", object{"sources": long, "target": "customer"})
	if status := f.ask(t, "POST", c.path+"/dtmf", object{"tones": "1"}, nil); status != 409 {
		t.Errorf("tones beside a prompt to the customer: %d, want 409", status)
	}
	c.done(t, "/cancel-media", nil)
	c.end(t, first)

	if o := c.end(t, c.begin(t, "/play", object{"sources": []object{{"file": "https://127.0.0.1:1/none.wav"}}})); o.State != "failed" || o.Outcome != "misconfigured" {
		t.Errorf("a file that is not there: %+v", o)
	}
	f.fault(t, faults.Fault{Knob: faults.HTTPStatus, Scope: "play", Value: "500", Times: 1})
	if o := c.end(t, c.begin(t, "/play", object{"sources": prompt})); o.State != "failed" {
		t.Errorf("playing failed at Microsoft: %+v", o)
	}
	f.fault(t, faults.Fault{Knob: faults.HTTPStatus, Scope: "send_tones", Value: "503", Times: 1})
	c.done(t, "/dtmf", object{"tones": "1"}) // repeated with the same request id
	f.fault(t, faults.Fault{Knob: faults.MediaFail, Scope: "hold", Value: "400/8536"})
	c.begin(t, "/participants/customer/hold", object{"sources": prompt}) // done at first, and undone at once
	f.await(t, "the hold undone", soon, func(o bridge.Observation) bool {
		return o.Call.ID == c.id && !o.Call.Customer.Held && slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool {
			return o.Kind == call.Hold && o.State == call.OperationFailed
		})
	})
	long := c.begin(t, "/play", object{"sources": long, "loop": true})
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
	if o := c.end(t, long); o.State != "cancelled" {
		t.Errorf("after the call: %+v", o)
	}
	if status := f.ask(t, "POST", c.path+"/cancel-media", nil, nil); status != 409 {
		t.Errorf("an operation of a call that is over: %d, want 409", status)
	}
}

// badDays: the same with events that come twice, in disorder, late, or before the
// answers to what caused them.
func (f *flows) badDays(t *testing.T) {
	for _, x := range []faults.Fault{
		{Knob: faults.EventDuplicate}, {Knob: faults.EventReorder, Seed: 3}, {Knob: faults.EventDelay, Value: "1s"}, {Knob: faults.EventBeforeResponse},
	} {
		t.Run(x.Knob, func(t *testing.T) {
			c := f.converse(t)
			f.fault(t, x)
			c.done(t, "/play", object{"sources": prompt})
			o := c.begin(t, "/recognize", object{"listen": object{"input": "dtmf", "max_tones": 2}})
			f.await(t, "listening", soon, func(o bridge.Observation) bool {
				return o.Call.ID == c.id && len(o.Call.Operations) == 2 && o.Call.Operations[1].State == call.OperationRunning
			})
			if err := c.customer.SendDTMF("77"); err != nil {
				t.Fatal(err)
			}
			if o = c.end(t, o); o.State != "done" || o.Recognized.Tones != "77" {
				t.Errorf("%+v", o)
			}
			c.done(t, "/participants/customer/hold", nil)
			c.done(t, "/participants/customer/unhold", nil)
			f.Sim.Faults().Reset()
			customerHangsUp(f, t, c.customer, call.Call{}, nil)
			f.ended(t, c.id, time.Minute).check(t, "completed", "caller_hung_up", "none")
		})
	}
}

// transferred: the customer goes to another agent, over the same legs, and ours is
// not in that call any more. lost are events that never come.
func (f *flows) transferred(t *testing.T, lost ...string) {
	told := len(lost) == 0 // then the sound is judged, too
	if told {
		audio.TestShare(t)
	}
	c := f.converse(t)
	other := f.cast(t, does(teams.Accept))[0]
	for _, e := range lost {
		f.fault(t, faults.Fault{Knob: faults.EventLose, Scope: e})
	}
	if told {
		c.silence(t)
	}
	before := len(c.customer.Heard())
	o := c.begin(t, "/transfer", object{"agent": other.ID})
	f.await(t, "the call released", soon, func(o bridge.Observation) bool { return o.Call.ID == c.id && o.Call.Phase == call.Released })
	if o = c.end(t, o); o.State != "done" {
		t.Errorf("%+v", o)
	}
	if said := audio.AgentSpeech(); told {
		eventually(t, "the other agent has spoken", soon, func() bool { return len(c.customer.Heard()) > before+len(said.Samples)+2*said.Rate })
		if !loud(c.customer.Heard()[before:]) { // nobody else is there
			t.Error("the customer does not hear the other agent")
		}
	}
	eventually(t, "the first agent is out", soon, func() bool {
		u, err := f.Sim.Users().User(c.agent.OID)
		return err == nil && len(u.Calls) == 0
	})
	var v struct {
		Phase      string
		ReleasedTo string `json:"released_to"`
	}
	if c.ask(t, "GET", c.path, nil, &v); v.Phase != "released" || v.ReleasedTo != other.Name {
		t.Errorf("%+v", v)
	}
	if status := f.ask(t, "POST", c.path+"/cancel-media", nil, nil); status != 409 {
		t.Errorf("an operation of a released call: %d, want 409", status)
	}
	f.control(t, "POST", "/users/"+other.OID+"/hangup", nil, nil)
	r := f.ended(t, c.id, soon)
	r.check(t, "completed", "microsoft_hung_up", "none")
	if r.Agent != c.agent.ID {
		t.Errorf("the record names %s", r.Agent)
	}
}

func (f *flows) transferDeclined(t *testing.T) {
	c := f.converse(t)
	other := f.cast(t, does(teams.Decline))[0]
	if o := c.end(t, c.begin(t, "/transfer", object{"agent": other.ID})); o.State != "failed" || o.Outcome != "declined" {
		t.Errorf("%+v", o)
	}
	c.done(t, "/play", object{"sources": prompt}) // the call goes on
	if status := f.ask(t, "POST", c.path+"/transfer", object{"agent": f.File.Tenants[1].Agents[0].ID}, nil); status != 404 {
		t.Errorf("to another tenant's agent: %d, want 404", status)
	}
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// redirected: Microsoft rings the agent as if the customer had called directly.
func (f *flows) redirected(t *testing.T) {
	audio.TestShare(t)
	agent := f.cast(t, does(teams.Accept))[0]
	asked := f.request(t, nil)
	if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/redirect", object{"agent": agent.ID}, nil); status != 202 {
		t.Fatalf("redirect: %d", status)
	}
	customer := f.place(t, asked.SIPURI)
	f.await(t, "the call released", soon, func(o bridge.Observation) bool { return o.Call.ID == asked.ID && o.Call.Phase == call.Released })
	said := audio.AgentSpeech()
	eventually(t, "the agent has spoken", soon, func() bool { return len(customer.Heard()) > len(said.Samples)+2*said.Rate })
	if !loud(customer.Heard()) {
		t.Error("the customer does not hear the agent")
	}
	if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/participants", object{"agent": agent.ID}, nil); status != 409 {
		t.Errorf("a participant for a released call: %d, want 409", status)
	}
	customerHangsUp(f, t, customer, call.Call{}, nil)
	f.ended(t, asked.ID, soon).check(t, "completed", "caller_hung_up", "none")
	eventually(t, "the agent is out", soon, func() bool {
		u, err := f.Sim.Users().User(agent.OID)
		return err == nil && len(u.Calls) == 0
	})
}

func (f *flows) redirectedInVain(t *testing.T) {
	agent := f.cast(t, does(teams.Decline))[0]
	asked := f.request(t, nil)
	f.ask(t, "POST", "/calls/"+string(asked.ID)+"/redirect", object{"agent": agent.ID}, nil)
	if no := refused(t, f.place(t, asked.SIPURI)); no.Status != 603 {
		t.Errorf("the customer got %d, want 603", no.Status)
	}
	f.ended(t, asked.ID, soon).check(t, "unanswered", "declined", "none")
}

// rejected: while the agent's Teams rings.
func (f *flows) rejected(t *testing.T) {
	agents := f.cast(t, does(teams.Never))
	asked := f.request(t, agents)
	customer := f.place(t, asked.SIPURI)
	eventually(t, "Teams rings", soon, func() bool {
		u, err := f.Sim.Users().User(agents[0].OID)
		return err == nil && len(u.Ringing) == 1
	})
	if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/redirect", object{"agent": agents[0].ID}, nil); status != 409 {
		t.Errorf("redirect of a call that was taken: %d, want 409", status)
	}
	if status := f.ask(t, "POST", "/calls/"+string(asked.ID)+"/reject", object{"reason": "busy"}, nil); status != 202 {
		t.Fatalf("reject: %d", status)
	}
	if no := refused(t, customer); no.Status != 486 {
		t.Errorf("the customer got %d, want 486", no.Status)
	}
	f.ended(t, asked.ID, soon).check(t, "cancelled", "busy", "none")
}

// prompt: what a tenant uploaded is what the customer hears.
func (f *flows) prompt(t *testing.T) {
	audio.TestShare(t)
	c := f.converse(t)
	said := audio.CustomerSpeech()
	p := f.upload(t, "POST", "/prompts?tenant="+f.File.Tenants[0].ID+"&name=Greeting", said)
	c.silence(t)
	whole := false
	for range 3 { // stacks that run beside this one may take the processor from it
		late := audio.Lateness()
		before := len(c.customer.Heard())
		c.done(t, "/play", object{"sources": []object{{"prompt": p.ID}}, "target": "customer"})
		tolerance := gap + late()
		m := audio.Compare(said.Samples, c.customer.Heard()[before:], said.Rate)
		if whole = m.Correlation >= 0.9 && m.LongestGap <= tolerance; whole {
			break
		}
		t.Logf("the customer heard the prompt with correlation %.3f and a gap of %v at %v, tolerated are %v", m.Correlation, m.LongestGap, m.GapAt, tolerance)
	}
	if !whole {
		t.Error("the customer did not hear the prompt whole")
	}
	theirs := f.upload(t, "POST", "/prompts?tenant="+f.File.Tenants[1].ID+"&name=Greeting", said)
	if status := f.ask(t, "POST", c.path+"/play", object{"sources": []object{{"prompt": theirs.ID}}}, nil); status != 404 {
		t.Errorf("another tenant's prompt: %d, want 404", status)
	}
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon)
}
