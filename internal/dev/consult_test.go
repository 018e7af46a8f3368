package dev_test

import (
	"testing"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/simulator/teams"
)

// consult: the agents talk and the customer hears nothing of it; merged, he hears who was
// asked. Without an answer he is back by himself.
func (f *flows) consult(t *testing.T) {
	audio.TestShare(t)
	agents := f.cast(t, does(teams.Accept), does(teams.Accept), does(teams.Decline))
	asked := f.request(t, agents[:1])
	customer := f.place(t, asked.SIPURI)
	up := f.connected(t, asked.ID, customer, soon)
	c := &conversation{f, asked.ID, "/calls/" + string(asked.ID), customer, agents[0], up.Call.Connection.ID}
	c.silence(t)
	state := func(what string, is func(k call.Consult, held bool) bool) {
		t.Helper()
		f.await(t, what, soon, func(o bridge.Observation) bool {
			return o.Call.ID == c.id && o.Call.Consult != nil && is(*o.Call.Consult, o.Call.Customer.Held)
		})
	}
	var k struct{ ID, State string }
	if status := c.ask(t, "POST", c.path+"/consult", object{"agent": agents[1].ID}, &k); status != 202 || k.State != "holding" {
		t.Fatalf("POST consult: %d %+v", status, k)
	}
	if status := c.ask(t, "POST", c.path+"/consult", object{"agent": agents[2].ID}, nil); status != 409 {
		t.Errorf("a second one at once: %d", status)
	}
	state("the agents talk", func(k call.Consult, held bool) bool { return k.State == call.ConsultTalking && held })
	from := len(customer.Heard())
	// The second agent says all that there is to say.
	said := audio.AgentSpeech()
	eventually(t, "a conversation without the customer", soon, func() bool { return len(customer.Heard()) > from+len(said.Samples)+said.Rate })
	heard := customer.Heard()[from+said.Rate/10:] // what was under way when he joined
	if m := audio.Compare(said.Samples, heard, said.Rate); m.Correlation > 0.3 {
		t.Errorf("the customer hears the agents: %+v", m)
	}
	if !loud(heard) {
		t.Error("the customer hears no music")
	}
	if status := c.ask(t, "POST", c.path+"/consult/merge", nil, nil); status != 202 {
		t.Fatalf("merge: %d", status)
	}
	state("merged", func(k call.Consult, held bool) bool {
		return k.Over() && k.Result == call.ConsultMerged && !held
	})

	if status := c.ask(t, "DELETE", c.path+"/participants/"+k.ID, nil, nil); status != 202 {
		t.Fatalf("DELETE participant: %d", status)
	}
	f.await(t, "the second agent gone", soon, func(o bridge.Observation) bool {
		return o.Call.ID == c.id && len(o.Call.Participants) == 2 && o.Call.Participants[1].State == call.Gone
	})
	if status := c.ask(t, "POST", c.path+"/consult", object{"agent": agents[2].ID}, nil); status != 202 {
		t.Fatalf("POST consult: %d", status)
	}
	state("declined, and the customer is back", func(k call.Consult, held bool) bool {
		return k.Over() && k.Result == call.ConsultFailed && k.Outcome.Class == call.ClassDeclined && !held
	})
	if status := c.ask(t, "POST", c.path+"/consult/cancel", nil, nil); status != 409 {
		t.Errorf("cancelled when it was over: %d", status)
	}
	if err := customer.Hangup(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")

	var told struct {
		Items []struct{ Data struct{ Call, State string } }
	}
	eventually(t, "each step told", soon, func() bool {
		states := map[string]bool{}
		f.ask(t, "GET", "/events?limit=200&type=call.consult", nil, &told)
		for _, e := range told.Items {
			if e.Data.Call == string(c.id) {
				states[e.Data.State] = true
			}
		}
		return states["holding"] && states["ringing"] && states["talking"] && states["over"]
	})
}
