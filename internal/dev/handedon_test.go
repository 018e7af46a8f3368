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
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// TestAddedQueues: somebody of a queue comes into a call under way, and into calls of a
// number, in the one order in which all wait.
func TestAddedQueues(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("waits, declined, joins", f.addedQueue)
	t.Run("in vain", f.addedInVain)
	t.Run("behind a call that waits longer", f.behindAnother)
	t.Run("handed back", f.handedBack)
	t.Run("of a number", f.numberQueue)
}

// queued is what these tests read of a participant who was asked for by a queue.
type queued struct {
	ID, Agent, State, Outcome, Queue string
	AskedAs                          string `json:"asked_as"`
	Waiting                          *struct {
		Position int
		Why      []string
	}
}

// addQueue asks for somebody of a queue.
func (c *conversation) addQueue(t *testing.T, body object) string {
	t.Helper()
	var added struct{ Items []queued }
	if status := c.ask(t, "POST", c.path+"/participants", body, &added); status != 202 {
		t.Fatalf("add the queue: %d", status)
	}
	return added.Items[0].ID
}

func (c *conversation) sought(t *testing.T, id, what string, is func(queued) bool) (p queued) {
	t.Helper()
	eventually(t, what, soon, func() bool {
		p = queued{}
		return c.ask(t, "GET", c.path+"/participants/"+id, nil, &p) == 200 && is(p)
	})
	return p
}

func away() teams.Change {
	return teams.Change{Presence: &teams.Presence{Availability: "Busy", Activity: "InACall"}, Behaviour: &teams.Behaviour{Do: teams.Accept}}
}

func (f *flows) isFree(t *testing.T, a dev.FileAgent) {
	t.Helper()
	if _, err := f.Sim.Users().Update(a.OID, teams.Change{Presence: &teams.Presence{Availability: "Available"}}); err != nil {
		t.Fatal(err)
	}
}

// addedQueue: of two one declines, and the other is busy at first; who comes hears the
// caller, and is taken out by the id of the request.
func (f *flows) addedQueue(t *testing.T) {
	audio.TestShare(t)
	c := f.converse(t)
	agents := f.cast(t, does(teams.Decline), away())
	q := f.queue(t, agents, object{"strategy": "in_order"})
	id := c.addQueue(t, object{"queue": q, "display_name": "Second opinion"})
	p := c.sought(t, id, "it waits", func(p queued) bool { return p.Waiting != nil })
	if p.State != "asked" || p.Queue != q || p.Waiting.Position != 1 || !slices.ContainsFunc(p.Waiting.Why, func(s string) bool { return strings.Contains(s, "is Busy") }) {
		t.Errorf("%+v", p)
	}
	if status := c.ask(t, "POST", c.path+"/participants", object{"queue": q}, nil); status != 409 {
		t.Errorf("twice at once: %d", status)
	}
	f.isFree(t, agents[1])
	p = c.sought(t, id, "joined", func(p queued) bool { return p.State == "joined" })
	if p.Agent != agents[1].ID || p.AskedAs != id || p.ID == id {
		t.Errorf("%+v", p)
	}
	heard := func() []int16 {
		pcm, err := f.Sim.Heard(agents[1].OID, c.conn)
		if err != nil {
			t.Fatal(err)
		}
		return pcm.Samples
	}
	c.silence(t)
	before := len(heard())
	if err := c.customer.Say(audio.CustomerSpeech()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "who came hears the caller", soon, func() bool { return loud(heard()[before:]) })
	var told struct {
		Items []struct {
			Data struct {
				Call, Participant, Queue string
				Position                 int
			}
		}
	}
	eventually(t, "the place is told", soon, func() bool {
		f.ask(t, "GET", "/events?limit=200&type=call.waiting", nil, &told)
		for _, e := range told.Items {
			if e.Data.Call == string(c.id) && e.Data.Participant == id && e.Data.Queue == q && e.Data.Position == 1 {
				return true
			}
		}
		return false
	})
	if status := c.ask(t, "DELETE", c.path+"/participants/"+id, nil, nil); status != 202 {
		t.Errorf("DELETE: %d", status)
	}
	c.sought(t, id, "taken out", func(p queued) bool { return p.State == "gone" && p.Outcome == "ended" })
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// addedInVain: the call goes on, and is told what became of it.
func (f *flows) addedInVain(t *testing.T) {
	c := f.converse(t)
	agents := f.cast(t, away())
	day := time.Now().UTC().Add(48 * time.Hour).Weekday()
	closed := f.queue(t, agents, object{"hours": object{"zone": "UTC", "open": []object{{"days": []string{strings.ToLower(day.String()[:3])}, "from": "00:00", "until": "24:00"}}}})
	id := c.addQueue(t, object{"queue": closed})
	c.sought(t, id, "the queue is closed", func(p queued) bool { return p.State == "gone" && p.Outcome == "unavailable" })
	q := f.queue(t, agents, object{"name": t.Name() + " open"})
	id = c.addQueue(t, object{"queue": q, "max_wait": 3})
	c.sought(t, id, "waited long enough", func(p queued) bool { return p.State == "gone" && p.Outcome == "timeout" })
	if status := c.ask(t, "POST", c.path+"/participants", object{"queue": "0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"}, nil); status != 404 {
		t.Errorf("no such queue: %d", status)
	}
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// behindAnother: a call that waits longer has the next free agent, also before one that
// talks already.
func (f *flows) behindAnother(t *testing.T) {
	c := f.converse(t)
	agents := f.cast(t, away())
	q := f.queue(t, agents, nil)
	first := f.requestOf(t, object{"queue": q})
	one := f.place(t, first.SIPURI)
	f.waiting(t, first.ID, 1)
	id := c.addQueue(t, object{"queue": q})
	c.sought(t, id, "it waits behind", func(p queued) bool { return p.Waiting != nil && p.Waiting.Position == 2 })
	f.isFree(t, agents[0])
	f.connected(t, first.ID, one, soon)
	c.sought(t, id, "it moves up", func(p queued) bool { return p.Waiting != nil && p.Waiting.Position == 1 })
	f.hangsUp(t, one, first.ID)
	c.sought(t, id, "joined", func(p queued) bool { return p.State == "joined" })
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// handedBack: the agent asks for somebody of the queue and leaves; the caller waits, and
// talks to who comes.
func (f *flows) handedBack(t *testing.T) {
	c := f.converse(t)
	agents := f.cast(t, away())
	id := c.addQueue(t, object{"queue": f.queue(t, agents, nil)})
	c.sought(t, id, "it waits", func(p queued) bool { return p.Waiting != nil })
	f.control(t, "POST", "/users/"+c.agent.OID+"/hangup", nil, nil)
	f.await(t, "the agent has left", soon, func(o bridge.Observation) bool {
		return o.Call.ID == c.id && o.Call.Phase == call.Connected && o.Call.Participants[0].State == call.Gone
	})
	f.isFree(t, agents[0])
	c.sought(t, id, "joined", func(p queued) bool { return p.State == "joined" })
	f.control(t, "POST", "/users/"+agents[0].OID+"/hangup", nil, nil)
	f.ended(t, c.id, soon).check(t, "completed", "agent_hung_up", "none")
}

// numberQueue: callers of a number wait in its queue, which stays as long as the number.
func (f *flows) numberQueue(t *testing.T) {
	agents := f.cast(t, away())
	q := f.queue(t, agents, nil)
	const number = "+493055502001"
	if status := f.ask(t, "POST", "/numbers", object{"tenant": f.File.Tenants[0].ID, "e164": number, "queue": q}, nil); status != 201 {
		t.Fatalf("POST /numbers: %d", status)
	}
	if status := f.ask(t, "DELETE", "/queues/"+q, nil, nil); status != 409 {
		t.Errorf("a queue that a number has was deleted: %d", status)
	}
	customer := f.place(t, f.uri(number))
	id := f.await(t, "the call waits", soon, func(o bridge.Observation) bool {
		return o.Call.Near.SIPCallID == customer.ID() && o.Call.Waiting.Position == 1 && o.Call.Near.State == call.LegRinging
	}).Call.ID
	f.isFree(t, agents[0])
	o := f.connected(t, id, customer, soon)
	if p := o.Call.Participants[0]; string(p.Queue) != q || p.RingTimeout != 5*time.Second {
		t.Errorf("%+v", p)
	}
	f.hangsUp(t, customer, id)
}

// TestHandedOn: what a flow does to be rid of the caller, of a call that was asked for.
func TestHandedOn(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("transferred", f.flowTransfers)
	t.Run("transferred in vain", f.flowTransfersInVain)
	t.Run("redirected", f.flowRedirects)
	t.Run("the flow is gone", f.flowIsGone)
}

// flowCall asks for a call with a flow and sends the caller to it.
func (f *flows) flowCall(t *testing.T, steps ...object) (*siptest.Call, call.ID, string) {
	t.Helper()
	var made struct{ ID string }
	if status := f.ask(t, "POST", "/flows", object{"tenant": f.File.Tenants[0].ID, "name": t.Name(), "document": object{"steps": steps}}, &made); status != 201 {
		t.Fatalf("POST /flows: %d", status)
	}
	asked := f.requestOf(t, object{"flow": made.ID})
	if strings.HasSuffix(t.Name(), "gone") {
		if status := f.ask(t, "DELETE", "/flows/"+made.ID, nil, nil); status != 204 {
			t.Fatalf("DELETE: %d", status)
		}
	}
	return f.place(t, asked.SIPURI), asked.ID, made.ID
}

func (f *flows) flowTransfers(t *testing.T) {
	audio.TestShare(t)
	agent := f.cast(t, does(teams.Accept))[0]
	customer, id, _ := f.flowCall(t, say("hello", "One moment.", "away"),
		object{"name": "away", "transfer": object{"agent": agent.ID, "failed": "bye"}}, goodbye("Goodbye."))
	o := f.await(t, "the call released", soon, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Phase == call.Released })
	if hello := o.Call.Operations[0]; hello.HeardAt.Before(hello.AskedAt) || !hello.HeardAt.Before(hello.EndedAt) {
		t.Errorf("asked for at %s, heard from %s to %s", hello.AskedAt, hello.HeardAt, hello.EndedAt)
	}
	if o.Call.ReleasedTo.Name != agent.Name || o.Call.Flow.Step != "away" || o.Call.Plan.Flow.Version != 1 {
		t.Errorf("%+v, %+v", o.Call.ReleasedTo, o.Call.Flow)
	}
	before, said := len(customer.Heard()), audio.AgentSpeech()
	if before == 0 || !loud(customer.Heard()) {
		t.Error("the caller does not hear the greeting")
	}
	eventually(t, "the agent has spoken", soon, func() bool { return len(customer.Heard()) > before+len(said.Samples)+2*said.Rate })
	if !loud(customer.Heard()[before:]) {
		t.Error("the caller does not hear the agent")
	}
	customerHangsUp(f, t, customer, call.Call{}, nil)
	f.ended(t, id, soon).check(t, "completed", "caller_hung_up", "none")
	eventually(t, "the events of the steps", soon, func() bool { return slices.Equal(f.steps(t, id), []string{"hello", "away"}) })
}

// flowTransfersInVain: who declines leads on, and so does who is no agent any more.
func (f *flows) flowTransfersInVain(t *testing.T) {
	agents := f.cast(t, does(teams.Decline), does(teams.Accept))
	if status := f.ask(t, "POST", "/agents/"+agents[1].ID+"/pause", nil, nil); status >= 300 {
		t.Fatalf("pause: %d", status)
	}
	defer f.ask(t, "POST", "/agents/"+agents[1].ID+"/resume", nil, nil)
	_, id, _ := f.flowCall(t,
		object{"name": "first", "transfer": object{"agent": agents[0].ID, "no_answer": "second", "failed": "bye"}},
		object{"name": "second", "transfer": object{"agent": agents[1].ID, "failed": "bye"}}, goodbye("Goodbye."))
	f.ended(t, id, time.Minute).check(t, "unanswered", "flow_ended", "none")
	eventually(t, "the events of the steps", soon, func() bool { return slices.Equal(f.steps(t, id), []string{"first", "second", "bye"}) })
}

// flowRedirects: nothing is answered by us, and the agent's Teams rings as if the caller
// had called there.
func (f *flows) flowRedirects(t *testing.T) {
	audio.TestShare(t)
	agent := f.cast(t, does(teams.Accept))[0]
	customer, id, _ := f.flowCall(t, object{"name": "away", "redirect": object{"agent": agent.ID, "failed": "bye"}}, goodbye("Goodbye."))
	o := f.await(t, "the call released", soon, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Phase == call.Released })
	if !o.Call.Marks.Treated.IsZero() || !o.Call.Marks.Accepted.IsZero() || o.Call.ReleasedTo.Name != agent.Name {
		t.Errorf("%+v", o.Call)
	}
	said := audio.AgentSpeech()
	eventually(t, "the agent has spoken", soon, func() bool { return len(customer.Heard()) > len(said.Samples)+2*said.Rate })
	if !loud(customer.Heard()) {
		t.Error("the caller does not hear the agent")
	}
	customerHangsUp(f, t, customer, call.Call{}, nil)
	f.ended(t, id, soon).check(t, "completed", "caller_hung_up", "none")
}

// flowIsGone: a flow that is deleted before the caller comes has nothing to do.
func (f *flows) flowIsGone(t *testing.T) {
	_, id, _ := f.flowCall(t, goodbye("Goodbye."))
	f.ended(t, id, time.Minute).check(t, "unanswered", "flow_ended", "none")
}
