package dev_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// TestVirtualAgent: callers talk with the sample bot, with real sound through
// Microsoft's sockets and ours.
func TestVirtualAgent(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("hands over", f.botHandsOver)
	t.Run("beside an agent", f.botBesideAnAgent)
	t.Run("leaves", f.botLeaves)
	t.Run("is not there", f.botIsNotThere)
}

// notes are what the bot tells, read while it writes.
type notes struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (n *notes) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all.Write(b)
}

// of are those of a call.
func (n *notes) of(id call.ID) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var mine []string
	for line := range strings.SplitSeq(n.all.String(), "\n") {
		if text, ok := strings.CutPrefix(line, string(id)+" "); ok {
			mine = append(mine, text)
		}
	}
	return strings.Join(mine, "\n")
}

func (n *notes) await(t *testing.T, id call.ID, what string) {
	t.Helper()
	eventually(t, "the bot tells: "+what, soon, func() bool { return strings.Contains(n.of(id), what) })
}

// bot registers a sample bot of the first tenant's, which insists on its secret.
func (f *flows) bot(t *testing.T, o dev.BotOptions) (id string, told *notes) {
	t.Helper()
	told = &notes{}
	var bot http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { bot.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	var made struct{ ID, Secret string }
	body := object{"tenant": f.File.Tenants[0].ID, "name": t.Name(), "url": "ws" + strings.TrimPrefix(server.URL, "http"), "language": "en-GB"}
	if status := f.ask(t, "POST", "/bots", body, &made); status != 201 {
		t.Fatalf("POST /bots: %d", status)
	}
	o.Secret = made.Secret
	bot = dev.NewSampleBot(o, told)
	return made.ID, told
}

func virtualAgent(bot string) object {
	return object{"name": "bot", "virtual_agent": object{"bot": bot, "handed_over": "people", "ended": "bye", "failed": "sorry"}}
}

func people(name string) object {
	return object{"name": "people", "hand_over": object{"display_name": name, "nobody": "bye", "no_answer": "bye"}}
}

// streaming waits for a state of the call's stream.
func (f *flows) streaming(t *testing.T, id call.ID, state call.StreamState) call.Stream {
	t.Helper()
	o := f.await(t, "the stream "+string(state), soon, func(o bridge.Observation) bool {
		return o.Call.ID == id && o.Call.Stream != nil && o.Call.Stream.State == state
	})
	return *o.Call.Stream
}

func (f *flows) botHandsOver(t *testing.T) {
	audio.TestShare(t)
	agents := f.cast(t, does(teams.Accept))
	bot, told := f.bot(t, dev.BotOptions{Name: "Refund, from the bot"})
	customer, id := f.serviceLine(t, "+493055502001", agents, virtualAgent(bot), people("Sales"), goodbye("Goodbye."), say("sorry", "Sorry.", "bye"))
	told.await(t, id, "starts")
	for _, part := range []string{`"call":"` + string(id) + `"`, `"language":"en-GB"`, `"called":"+493055502001"`, `"resumed":false`} {
		if !strings.Contains(told.of(id), part) {
			t.Errorf("the bot is not told %s: %s", part, told.of(id))
		}
	}
	f.streaming(t, id, call.StreamRunning)
	eventually(t, "the caller hears the bot", soon, func() bool { return loud(customer.Heard()) })

	// Barge-in: the caller speaks, the bot falls silent, and answers.
	before := len(customer.Heard())
	if err := customer.Say(audio.CustomerSpeech()); err != nil {
		t.Fatal(err)
	}
	told.await(t, id, "interrupted")
	told.await(t, id, "heard ")
	eventually(t, "the bot answers", soon, func() bool { return len(customer.Heard()) > before+8000 && loud(customer.Heard()[before+4000:]) })

	if err := customer.SendDTMF("0"); err != nil {
		t.Fatal(err)
	}
	told.await(t, id, "key 0")
	joined := f.connected(t, id, customer, soon)
	told.await(t, id, "ends: stopped")
	if k := joined.Call.Stream; k.State != call.StreamEnded || k.Handover == nil || !strings.Contains(string(k.Told), `"keys":"0"`) {
		t.Errorf("%+v", k)
	}
	u, err := f.Sim.Users().User(agents[0].OID)
	if err != nil || len(u.Calls) != 1 || u.Calls[0].DisplayName != "Refund, from the bot" {
		t.Errorf("the agent's Teams shows %+v, %v", u.Calls, err)
	}
	at := len(customer.Heard())
	said := audio.AgentSpeech()
	eventually(t, "the agent has spoken", soon, func() bool { return len(customer.Heard()) > at+len(said.Samples)/2 && loud(customer.Heard()[at:]) })

	var events struct {
		Items []struct {
			Data struct {
				Call, Bot, State string
				Handover         struct {
					DisplayName string `json:"display_name"`
				}
				Context struct {
					Keys    string
					SpokeMS int `json:"spoke_ms"`
				}
			}
		}
	}
	f.ask(t, "GET", "/events?type=call.handover_requested&limit=50", nil, &events)
	found := false
	for _, e := range events.Items {
		d := e.Data
		found = found || d.Call == string(id) && d.Bot == bot && d.Handover.DisplayName == "Refund, from the bot" && d.Context.Keys == "0" && d.Context.SpokeMS > 200
	}
	if !found {
		t.Errorf("the provider is told %+v", events.Items)
	}
	f.came(t, id, "bot people")
	customerHangsUp(f, t, customer, call.Call{}, nil)
	f.ended(t, id, soon).check(t, "completed", "caller_hung_up", "none")
	var kept struct {
		Streaming struct {
			State   string
			Context struct{ Keys string }
		}
	}
	if f.ask(t, "GET", "/cdrs/"+string(id), nil, &kept); kept.Streaming.State != "ended" || kept.Streaming.Context.Keys != "0" {
		t.Errorf("the record keeps %+v", kept)
	}
}

func (f *flows) botBesideAnAgent(t *testing.T) {
	audio.TestShare(t)
	c := f.converse(t)
	c.silence(t)
	bot, told := f.bot(t, dev.BotOptions{})
	var k struct{ ID, State string }
	if status := f.ask(t, "POST", c.path+"/streaming", object{"action": "start", "bot": bot, "context": object{"ticket": 4711}}, &k); status != 202 || k.State != "starting" {
		t.Fatalf("%d, %+v", status, k)
	}
	if status := f.ask(t, "POST", c.path+"/streaming", object{"action": "start", "bot": bot}, nil); status != 409 {
		t.Errorf("a second one: %d, want 409", status)
	}
	f.streaming(t, c.id, call.StreamRunning)
	told.await(t, c.id, `"context":{"ticket":4711}`)
	eventually(t, "caller and agent hear the bot", soon, func() bool { a, b := c.during(t); return a && b })
	if status := f.ask(t, "POST", c.path+"/streaming", object{"action": "stop"}, nil); status != 202 {
		t.Fatalf("stop: %d", status)
	}
	f.streaming(t, c.id, call.StreamEnded)
	told.await(t, c.id, "ends: stopped")
	eventually(t, "silence", soon, func() bool { a, b := c.during(t); return !a && !b })
	var v struct {
		Streaming struct{ State, Bot, Name string }
	}
	if c.ask(t, "GET", c.path, nil, &v); v.Streaming.State != "ended" || v.Streaming.Bot != bot || v.Streaming.Name != t.Name() {
		t.Errorf("%+v", v)
	}
	// Again, with its end at the call's.
	if status := f.ask(t, "POST", c.path+"/streaming", object{"action": "start", "bot": bot}, &k); status != 202 {
		t.Fatalf("again: %d", status)
	}
	f.await(t, "the stream again", soon, func(o bridge.Observation) bool {
		return o.Call.ID == c.id && o.Call.Stream != nil && o.Call.Stream.ID == k.ID && o.Call.Stream.State == call.StreamRunning
	})
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
	eventually(t, "the bot is told that it is over", soon, func() bool { return strings.Count(told.of(c.id), "ends: ") == 2 })
}

func (f *flows) botLeaves(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	bot, told := f.bot(t, dev.BotOptions{})
	customer, id := f.serviceLine(t, "+493055502002", agents, virtualAgent(bot), people("Sales"), goodbye("Goodbye."), say("sorry", "Sorry.", "bye"))
	f.streaming(t, id, call.StreamRunning)
	if err := customer.SendDTMF("#"); err != nil {
		t.Fatal(err)
	}
	told.await(t, id, "key #")
	f.ended(t, id, soon).check(t, "unanswered", "flow_ended", "none")
	f.came(t, id, "bot bye")
}

func (f *flows) botIsNotThere(t *testing.T) {
	agents := f.cast(t, does(teams.Accept))
	var made struct{ ID string }
	if status := f.ask(t, "POST", "/bots", object{"tenant": f.File.Tenants[0].ID, "name": t.Name(), "url": "ws://127.0.0.1:1"}, &made); status != 201 {
		t.Fatalf("POST /bots: %d", status)
	}
	_, id := f.serviceLine(t, "+493055502003", agents, virtualAgent(made.ID), people("Sales"), goodbye("Goodbye."), say("sorry", "Sorry.", "bye"))
	k := f.streaming(t, id, call.StreamFailed)
	if k.Outcome.Class != call.ClassUnavailable || !strings.Contains(k.Outcome.Message, "cannot be reached") {
		t.Errorf("%+v", k.Outcome)
	}
	f.ended(t, id, soon).check(t, "unanswered", "flow_ended", "none")
	f.came(t, id, "bot sorry bye")
}

// TestVirtualAgentOnBadDays: Microsoft's socket breaks, or its events come late, doubled or never.
func TestVirtualAgentOnBadDays(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	number := 0
	for name, x := range map[string]faults.Fault{
		"cut":          {Knob: faults.StreamCut, Scope: "mediaStreaming", Value: "1s", Times: 1},
		"not told":     {Knob: faults.EventLose, Scope: "MediaStreamingStarted"},
		"end not told": {Knob: faults.EventLose, Scope: "MediaStreamingStopped"},
		"twice":        {Knob: faults.EventDuplicate},
		"early":        {Knob: faults.EventBeforeResponse},
		"refused":      {Knob: faults.HTTPStatus, Scope: "start_streaming", Value: "500", Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			agents := f.cast(t, does(teams.Accept))
			bot, told := f.bot(t, dev.BotOptions{To: json.RawMessage(`{"agents":["` + agents[0].ID + `"]}`)})
			f.fault(t, x)
			number++
			customer, id := f.serviceLine(t, fmt.Sprintf("+4930555021%02d", number), nil, virtualAgent(bot), people("Sales"), goodbye("Goodbye."), say("sorry", "Sorry.", "bye"))
			switch name {
			case "cut", "refused":
				k := f.streaming(t, id, call.StreamFailed)
				if k.Outcome.Class == "" || k.Outcome.Class == call.ClassEnded {
					t.Errorf("%+v", k.Outcome)
				}
				f.ended(t, id, time.Minute).check(t, "unanswered", "flow_ended", "none")
				f.came(t, id, "bot sorry bye")
				return
			}
			told.await(t, id, "starts")
			if err := customer.SendDTMF("0"); err != nil {
				t.Fatal(err)
			}
			told.await(t, id, "key 0")
			f.connected(t, id, customer, time.Minute)
			f.came(t, id, "bot people")
			f.Sim.Faults().Reset()
			customerHangsUp(f, t, customer, call.Call{}, nil)
			f.ended(t, id, time.Minute).check(t, "completed", "caller_hung_up", "none")
		})
	}
}

// TestTranscription: what caller and agent say is told as it comes, with who said it;
// another language is asked for, and after the stop nothing comes.
func TestTranscription(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	audio.TestShare(t)
	c := f.converse(t)
	c.silence(t)
	var k struct{ ID, State, Locale string }
	if status := f.ask(t, "POST", c.path+"/transcription", object{"action": "start", "locale": "en-GB"}, &k); status != 202 || k.State != "starting" || k.Locale != "en-GB" {
		t.Fatalf("%d, %+v", status, k)
	}
	running := func(locale string) {
		t.Helper()
		f.await(t, "the transcription in "+locale, soon, func(o bridge.Observation) bool {
			x := o.Call.Transcription
			return o.Call.ID == c.id && x != nil && x.ID == k.ID && x.State == call.TranscriptionRunning && x.Locale == locale && x.Change == ""
		})
	}
	running("en-GB")
	type phrase struct {
		Number    int
		Who, Text string
	}
	told := func() (all []phrase) {
		var events struct {
			Items []struct {
				Data struct {
					Call, Transcription string
					phrase
				}
			}
		}
		f.ask(t, "GET", "/events?type=call.transcript&limit=50", nil, &events)
		for _, e := range slices.Backward(events.Items) {
			if e.Data.Call == string(c.id) && e.Data.Transcription == k.ID {
				all = append(all, e.Data.phrase)
			}
		}
		return all
	}
	var v struct {
		Caller       string
		Participants []struct{ ID string }
	}
	c.ask(t, "GET", c.path, nil, &v)
	for who, said := range map[string]struct{ raw, text string }{
		"customer": {"4:" + v.Caller, "where is my luggage"}, v.Participants[0].ID: {"8:orgid:" + c.agent.OID, "let me see"},
	} {
		c.control(t, "POST", "/say", object{"participant": said.raw, "text": said.text}, nil)
		eventually(t, "what "+who+" says", soon, func() bool {
			return slices.ContainsFunc(told(), func(p phrase) bool { return p.Who == who && p.Text == said.text && p.Number > 0 })
		})
	}
	if status := f.ask(t, "POST", c.path+"/transcription", object{"action": "update", "locale": "es-ES"}, nil); status != 202 {
		t.Fatalf("update: %d", status)
	}
	running("es-ES")
	if status := f.ask(t, "POST", c.path+"/transcription", object{"action": "stop"}, nil); status != 202 {
		t.Fatalf("stop: %d", status)
	}
	f.await(t, "its end", soon, func(o bridge.Observation) bool {
		return o.Call.ID == c.id && o.Call.Transcription != nil && o.Call.Transcription.State == call.TranscriptionEnded
	})
	if status := f.ask(t, "POST", c.path+"/transcription", object{"action": "stop"}, nil); status != 409 {
		t.Errorf("a second stop: %d, want 409", status)
	}
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
}

// came waits until the tenant's events, which follow a moment later, tell of these steps.
func (f *flows) came(t *testing.T, id call.ID, steps string) {
	t.Helper()
	eventually(t, "the steps "+steps, soon, func() bool { return strings.Join(f.steps(t, id), " ") == steps })
}
