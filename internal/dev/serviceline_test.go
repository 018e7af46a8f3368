package dev_test

import (
	"fmt"
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

// TestServiceLine: a number's flow treats the caller: it greets, asks, hands over with
// music that ends before the agent is heard, and knows what to do if nobody comes.
func TestServiceLine(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("handed over", f.handedOver)
	t.Run("nobody", f.overflows)
	t.Run("closed", f.closedHours)
	t.Run("waits in a queue", f.waitsInAQueue)
	t.Run("a message", f.leavesAMessage)
	t.Run("hung up while it is treated", f.hungUpInTheFlow)
}

// music is longer than any wait in these tests, and plays in a loop all the same.
const music = "Please hold the line, the next free person is yours. Please hold the line, the next free person is yours. "

// serviceLine gives a number a flow of the first tenant and calls it.
func (f *flows) serviceLine(t *testing.T, number string, agents []dev.FileAgent, steps ...object) (*siptest.Call, call.ID) {
	t.Helper()
	of := f.File.Tenants[0].ID
	var made struct{ ID string }
	if status := f.ask(t, "POST", "/flows", object{"tenant": of, "name": t.Name(), "document": object{"steps": steps}}, &made); status != 201 {
		t.Fatalf("POST /flows: %d", status)
	}
	ids := []string{}
	for _, a := range agents {
		ids = append(ids, a.ID)
	}
	if status := f.ask(t, "POST", "/numbers", object{"tenant": of, "e164": number, "agents": ids, "ring_timeout": 5, "flow": made.ID}, nil); status != 201 {
		t.Fatalf("POST /numbers: %d", status)
	}
	if status := f.ask(t, "DELETE", "/flows/"+made.ID, nil, nil); status != 409 {
		t.Errorf("a flow that a number has was deleted: %d", status)
	}
	customer := f.place(t, f.uri(number))
	id := f.await(t, "the call", soon, func(o bridge.Observation) bool { return o.Call.Near.SIPCallID == customer.ID() }).Call.ID
	if err := customer.Answered(t.Context()); err != nil {
		t.Fatal(err)
	}
	return customer, id
}

func say(name, text, next string) object {
	return object{"name": name, "say": object{"sounds": []object{{"text": text, "locale": "en-US"}}, "next": next}}
}

func goodbye(text string) object {
	return object{"name": "bye", "hang_up": object{"sounds": []object{{"text": text, "locale": "en-US"}}}}
}

// steps are those that a call came through, as the tenant's events tell.
func (f *flows) steps(t *testing.T, id call.ID) (all []string) {
	t.Helper()
	var told struct {
		Items []struct {
			Type string
			Data struct {
				Call, Step string
				Number     int
			}
		}
	}
	f.ask(t, "GET", "/events?limit=200&type=call.flow_step", nil, &told)
	for _, e := range slices.Backward(told.Items) {
		if e.Data.Call == string(id) {
			if all = append(all, e.Data.Step); e.Data.Number != len(all) {
				t.Errorf("step %d is told as the %dth", e.Data.Number, len(all))
			}
		}
	}
	return all
}

func (f *flows) handedOver(t *testing.T) {
	audio.TestShare(t)
	agents := f.cast(t, does(teams.Accept))
	customer, id := f.serviceLine(t, "+493055501001", agents,
		say("greeting", "Welcome to Contoso.", "menu"),
		object{"name": "menu", "ask": object{
			"sounds": []object{{"text": "For sales press one."}}, "choices": []object{{"label": "sales", "tone": "1", "next": "sales"}, {"label": "nothing", "tone": "2", "next": "bye"}},
			"retries": 1, "sorry": []object{{"text": "Sorry?"}}, "wait_s": 20, "no_input": "bye", "not_understood": "bye",
		}},
		object{"name": "sales", "hand_over": object{"display_name": "Sales", "music": []object{{"text": music}}, "nobody": "bye", "no_answer": "bye"}},
		goodbye("Goodbye."))
	asked := f.await(t, "the question", soon, func(o bridge.Observation) bool {
		return o.Call.ID == id && o.Call.Flow.Step == "menu" && slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool {
			return o.Kind == call.Recognize && o.State == call.OperationRunning
		})
	})
	if !loud(customer.Heard()) {
		t.Error("the customer does not hear the greeting")
	}
	if asked.Call.Phase != call.Routing || asked.Call.Near.State != call.LegUp || len(asked.Call.Participants) > 0 {
		t.Errorf("%+v", asked.Call)
	}
	if err := customer.SendDTMF("9"); err != nil { // none of the answers
		t.Fatal(err)
	}
	f.await(t, "the question again", soon, func(o bridge.Observation) bool {
		n := 0
		for _, op := range o.Call.Operations {
			if op.Kind == call.Recognize && (op.Over() || op.State == call.OperationRunning) {
				n++
			}
		}
		return o.Call.ID == id && n == 2
	})
	if err := customer.SendDTMF("1"); err != nil {
		t.Fatal(err)
	}
	joined := f.connected(t, id, customer, soon)
	before := len(customer.Heard())
	quiet := f.await(t, "the end of the music", soon, func(o bridge.Observation) bool {
		return o.Call.ID == id && o.Call.Phase == call.Connected && !slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool { return !o.Over() })
	})
	played := slices.IndexFunc(quiet.Call.Operations, func(o call.OperationRecord) bool { return o.Kind == call.Play && o.Loop })
	if played < 0 {
		t.Fatalf("no music: %+v", quiet.Call.Operations)
	}
	o := quiet.Call.Operations[played]
	if late := o.EndedAt.Sub(joined.Call.Marks.Joined); o.State != call.OperationCancelled || late > time.Second {
		t.Errorf("the music was %s %s after the agent joined", o.State, late)
	}
	said := audio.AgentSpeech()
	eventually(t, "the agent has spoken", soon, func() bool { return len(customer.Heard()) > before+len(said.Samples)+said.Rate })
	// His first words are mixed with the end of the music, and joining takes a busy machine's
	// time: he is judged once he is there.
	if m := audio.Compare(said.Samples[3*said.Rate:], customer.Heard()[before:], said.Rate); m.Correlation < 0.8 {
		t.Errorf("the customer hears the agent: %+v", m)
	}
	c := &conversation{flows: f, id: id, path: "/calls/" + string(id), customer: customer, agent: agents[0], conn: quiet.Call.Connection.ID}
	c.hears(t, "nobody speaks, and no music plays", false, false)
	var v struct {
		Phase string
		Flow  struct {
			Step     string
			Version  int
			Handover struct{ State string }
		}
	}
	if f.ask(t, "GET", c.path, nil, &v); v.Phase != "connected" || v.Flow.Step != "sales" || v.Flow.Version != 1 || v.Flow.Handover.State != "found" {
		t.Errorf("%+v", v)
	}
	eventually(t, "the events of the steps", soon, func() bool { return len(f.steps(t, id)) == 3 })
	if got := f.steps(t, id); !slices.Equal(got, []string{"greeting", "menu", "sales"}) {
		t.Errorf("steps %v", got)
	}
	customerHangsUp(f, t, customer, call.Call{}, nil)
	f.ended(t, id, soon).check(t, "completed", "caller_hung_up", "none")
}

// overflows: one is absent and one does not answer; what comes then is said, and the
// flow ends the call.
func (f *flows) overflows(t *testing.T) {
	agents := f.cast(t, absent(), does(teams.Decline))
	_, id := f.serviceLine(t, "+493055501002", agents,
		object{"name": "first", "hand_over": object{"agents": []string{agents[0].ID}, "music": []object{{"text": music}}, "nobody": "second", "no_answer": "bye"}},
		object{"name": "second", "hand_over": object{"agents": []string{agents[1].ID}, "music": []object{{"text": music}}, "nobody": "bye", "no_answer": "sorry"}},
		say("sorry", "Nobody is free now.", "bye"), goodbye("Goodbye."))
	r := f.ended(t, id, time.Minute)
	r.check(t, "unanswered", "declined", "none")
	if !slices.Equal(r.outcomes(), []string{"declined"}) {
		t.Errorf("%v", r.outcomes())
	}
	eventually(t, "the events of the steps", soon, func() bool { return len(f.steps(t, id)) == 4 })
	if got := f.steps(t, id); !slices.Equal(got, []string{"first", "second", "sorry", "bye"}) {
		t.Errorf("steps %v", got)
	}
}

func (f *flows) closedHours(t *testing.T) {
	tomorrow := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[time.Now().UTC().Add(36*time.Hour).Weekday()]
	customer, id := f.serviceLine(t, "+493055501003", nil,
		object{"name": "hours", "hours": object{
			"zone": "UTC", "weekly": []object{{"days": []string{tomorrow}, "from": "00:00", "to": "24:00"}}, "open": "open", "closed": "bye",
		}},
		object{"name": "open", "hand_over": object{"nobody": "bye", "no_answer": "bye"}},
		goodbye("We are closed today."))
	r := f.ended(t, id, time.Minute)
	r.check(t, "unanswered", "flow_ended", "none")
	if !loud(customer.Heard()) {
		t.Error("the customer does not hear why")
	}
	if len(r.outcomes()) > 0 {
		t.Errorf("somebody was rung: %v", r.outcomes())
	}
}

// hungUpInTheFlow: while music plays and somebody's Teams rings.
func (f *flows) hungUpInTheFlow(t *testing.T) {
	agents := f.cast(t, does(teams.Never))
	customer, id := f.serviceLine(t, "+493055501004", agents,
		object{"name": "wait", "hand_over": object{"music": []object{{"text": music}}, "ring_s": 60, "max_wait_s": 120, "nobody": "bye", "no_answer": "bye"}}, goodbye("Goodbye."))
	f.await(t, "Teams rings, and music plays", soon, func(o bridge.Observation) bool {
		return o.Call.ID == id && len(o.Call.Participants) == 1 && o.Call.Participants[0].State == call.Ringing &&
			slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool { return o.Loop && o.State == call.OperationRunning })
	})
	customerHangsUp(f, t, customer, call.Call{}, nil)
	r := f.ended(t, id, soon)
	r.check(t, "abandoned", "caller_gave_up", "none")
	eventually(t, "Teams rings no more", soon, func() bool {
		u, err := f.Sim.Users().User(agents[0].OID)
		return err == nil && len(u.Ringing) == 0
	})
	if fmt.Sprint(r.outcomes()) != "[cancelled]" {
		t.Errorf("%v", r.outcomes())
	}
}

// waitsInAQueue: the one agent of the queue is away at first; the caller hears his place,
// and music, and talks to her when she is back.
func (f *flows) waitsInAQueue(t *testing.T) {
	agents := f.cast(t, absent())
	var queue struct{ ID string }
	if status := f.ask(t, "POST", "/queues", object{"tenant": f.File.Tenants[0].ID, "name": t.Name(), "agents": []string{agents[0].ID}}, &queue); status != 201 {
		t.Fatalf("POST /queues: %d", status)
	}
	customer, id := f.serviceLine(t, "+493055501006", nil,
		object{"name": "queue", "hand_over": object{
			"queue": queue.ID, "max_wait_s": 120, "music": []object{{"text": music}}, "nobody": "bye", "no_answer": "bye",
			"announce": object{"every_s": 60, "sounds": []object{{"text": "You are number {position}."}}},
		}},
		goodbye("Goodbye."))
	waiting := f.await(t, "the announcement is over, and music plays", soon, func(o bridge.Observation) bool {
		said := slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool {
			return o.Kind == call.Play && !o.Loop && o.State == call.OperationDone
		})
		return o.Call.ID == id && said && slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool { return o.Loop && o.State == call.OperationRunning })
	})
	if h := waiting.Call.Handover; h.State == call.HandoverLost || h.Position != 1 || !loud(customer.Heard()) {
		t.Errorf("%+v", h)
	}
	back := teams.Change{Presence: &teams.Presence{Availability: "Available"}, Behaviour: &teams.Behaviour{Do: teams.Accept}}
	if _, err := f.Sim.Users().Update(agents[0].OID, back); err != nil {
		t.Fatal(err)
	}
	f.connected(t, id, customer, time.Minute)
	customerHangsUp(f, t, customer, call.Call{}, nil)
	if r := f.ended(t, id, soon); r.Agent != agents[0].ID {
		t.Errorf("%+v", r)
	}
}

// leavesAMessage: nobody is there, so what the customer says is recorded until he
// presses a key.
func (f *flows) leavesAMessage(t *testing.T) {
	agents := f.cast(t, absent())
	customer, id := f.serviceLine(t, "+493055501005", agents,
		object{"name": "agents", "hand_over": object{"nobody": "message", "no_answer": "message"}},
		object{"name": "message", "voicemail": object{"sounds": []object{{"text": "Leave a message."}}, "tone": []object{{"text": "Beep."}}, "max_s": 60, "next": "bye"}},
		goodbye("Thank you."))
	f.await(t, "the call recorded, and listened to", soon, func(o bridge.Observation) bool {
		return o.Call.ID == id && len(o.Call.Recordings) == 1 && o.Call.Recordings[0].State == call.RecordingActive &&
			slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool { return o.Kind == call.Recognize && o.State == call.OperationRunning })
	})
	if err := customer.Say(audio.CustomerSpeech()); err != nil {
		t.Fatal(err)
	}
	if err := customer.SendDTMF("#"); err != nil {
		t.Fatal(err)
	}
	ended := f.await(t, "the end of the call", time.Minute, func(o bridge.Observation) bool { return o.Call.ID == id && o.Call.Over() })
	if r := ended.Call.Recordings[0]; r.State != call.RecordingEnded || r.Recorded(time.Now()) <= 0 {
		t.Errorf("%+v", r)
	}
	f.ended(t, id, soon).check(t, "unanswered", "nobody_available", "none")
	eventually(t, "the events of the steps", soon, func() bool { return len(f.steps(t, id)) == 3 })
}

// TestServiceLineOnBadDays: a flow with events that come twice, in disorder, late, before the
// answers to what caused them, or never.
func TestServiceLineOnBadDays(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	for i, x := range []faults.Fault{
		{Knob: faults.EventDuplicate}, {Knob: faults.EventReorder, Seed: 3}, {Knob: faults.EventDelay, Value: "1s"}, {Knob: faults.EventBeforeResponse},
		{Knob: faults.EventLose, Scope: "PlayCanceled"}, {Knob: faults.EventLose, Scope: "PlayCompleted"},
	} {
		t.Run(x.Knob+" "+x.Scope, func(t *testing.T) {
			agents := f.cast(t, absent(), does(teams.Accept))
			f.fault(t, x)
			customer, id := f.serviceLine(t, fmt.Sprintf("+4930555020%02d", i), agents,
				say("greeting", "Hi.", "menu"),
				object{"name": "menu", "ask": object{
					"sounds": []object{{"text": "Press one."}}, "choices": []object{{"label": "sales", "tone": "1", "next": "first"}}, "wait_s": 30, "no_input": "bye", "not_understood": "bye",
				}},
				object{"name": "first", "hand_over": object{"agents": []string{agents[0].ID}, "max_wait_s": 5, "music": []object{{"text": music}}, "nobody": "bye", "no_answer": "bye", "timeout": "second"}},
				object{"name": "second", "hand_over": object{"agents": []string{agents[1].ID}, "music": []object{{"text": music}}, "nobody": "bye", "no_answer": "bye"}},
				goodbye("Goodbye."))
			f.await(t, "the question", time.Minute, func(o bridge.Observation) bool {
				return o.Call.ID == id && slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool {
					return o.Kind == call.Recognize && o.State == call.OperationRunning
				})
			})
			if err := customer.SendDTMF("1"); err != nil {
				t.Fatal(err)
			}
			f.connected(t, id, customer, time.Minute)
			f.await(t, "the end of the music", soon, func(o bridge.Observation) bool {
				return o.Call.ID == id && o.Call.Phase == call.Connected && !slices.ContainsFunc(o.Call.Operations, func(o call.OperationRecord) bool { return !o.Over() })
			})
			f.Sim.Faults().Reset()
			customerHangsUp(f, t, customer, call.Call{}, nil)
			f.ended(t, id, time.Minute).check(t, "completed", "caller_hung_up", "none")
			eventually(t, "the events of the steps", soon, func() bool { return len(f.steps(t, id)) == 4 })
		})
	}
}
