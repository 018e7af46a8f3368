package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/faults"
)

// agree answers both handshakes.
func agree(_ int, w http.ResponseWriter, body []byte) {
	var list []struct {
		Data struct{ ValidationCode string }
	}
	w.Header().Set("WebHook-Allowed-Origin", "eventgrid.azure.net")
	if json.Unmarshal(body, &list) == nil && len(list) == 1 {
		_ = json.NewEncoder(w).Encode(map[string]string{"validationResponse": list[0].Data.ValidationCode})
	}
}

// subscribed makes subscriptions and forgets their handshakes.
func (b *bench) subscribed(t *testing.T, subs ...Subscription) {
	t.Helper()
	b.answer = agree
	for _, sub := range subs {
		sub.Topic = Topic("eu")
		if sub.URL == "" {
			sub.URL = b.app.URL
		}
		if err := b.grid.Subscribe(context.Background(), sub); err != nil {
			t.Fatal(err)
		}
		b.next(t)
	}
	b.answer = nil
}

// status answers every delivery with it.
func (b *bench) status(status int) {
	b.answer = func(_ int, w http.ResponseWriter, _ []byte) { w.WriteHeader(status) }
}

// deadLetters waits until there are n. The clock may hand what it runs to
// another goroutine, so they need not be there when Advance returns.
func (b *bench) deadLetters(t *testing.T, n int) []DeadLetter {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if dead := b.grid.DeadLetters(); len(dead) >= n {
			return dead
		}
		select {
		case <-deadline:
			t.Fatalf("%d dead letters, want %d", len(b.grid.DeadLetters()), n)
		case <-tick.C:
		}
	}
}

func TestSubscriptionsByType(t *testing.T) {
	b := newBench(t)
	b.subscribed(
		t,
		Subscription{Name: "calls", URL: b.app.URL + "/calls"},
		Subscription{Name: "files", URL: b.app.URL + "/files", Types: []string{RecordingFileStatusUpdated}},
		Subscription{Name: "both", URL: b.app.URL + "/both", Types: []string{IncomingCall, RecordingFileStatusUpdated}, Schema: CloudEvents},
	)
	for name, want := range map[string][]string{
		IncomingCall: {"/both", "/calls"}, RecordingFileStatusUpdated: {"/both", "/files"}, CallStarted: {},
	} {
		if n := b.grid.Publish(Topic("eu"), "s", name, Object{}); n != len(want) {
			t.Errorf("%s reached %d subscriptions", name, n)
		}
		got := []string{}
		for range want {
			got = append(got, b.next(t).path)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s went to %v", name, got)
		}
	}
	b.none(t)
}

func TestPolicies(t *testing.T) {
	cases := []struct {
		sub      Subscription
		attempts int // 0: refused
		lifetime time.Duration
	}{
		{Subscription{}, 2, time.Minute},
		{Subscription{Types: []string{IncomingCall}, Lifetime: time.Hour}, 2, time.Hour},
		{Subscription{Types: []string{RecordingFileStatusUpdated}}, 30, 24 * time.Hour},
		{Subscription{Types: []string{IncomingCall, CallEnded}, Attempts: 5}, 5, 24 * time.Hour},
		{Subscription{Attempts: 31}, 0, 0},
		{Subscription{Attempts: -1}, 0, 0},
		{Subscription{Lifetime: 59 * time.Second}, 0, 0},
		{Subscription{Lifetime: 25 * time.Hour}, 0, 0},
		{Subscription{Schema: "CustomInputSchema"}, 0, 0},
	}
	for _, c := range cases {
		sub := c.sub
		sub.URL = "https://x.test"
		err := sub.complete()
		if (err == nil) != (c.attempts > 0) || err == nil && (sub.Attempts != c.attempts || sub.Lifetime != c.lifetime || sub.Schema != EventGridSchema) {
			t.Errorf("%+v became %+v, %v", c.sub, sub, err)
		}
	}
}

func TestCloudEventsHandshake(t *testing.T) {
	cases := []struct {
		allowed string
		status  int
		ok      bool
	}{
		{"eventgrid.azure.net", 200, true}, {"*", 200, true}, {"", 200, false},
		{"example.com", 200, false}, {"*", 202, false}, {"*", 405, false},
	}
	for _, c := range cases {
		b := newBench(t)
		b.answer = func(_ int, w http.ResponseWriter, _ []byte) {
			w.Header().Set("WebHook-Allowed-Origin", c.allowed)
			w.WriteHeader(c.status)
		}
		err := b.grid.Subscribe(context.Background(), Subscription{Name: "calls", Topic: Topic("eu"), URL: b.app.URL, Schema: CloudEvents})
		if (err == nil) != c.ok || (len(b.grid.Subscriptions()) == 1) != c.ok {
			t.Errorf("%q with %d: %v", c.allowed, c.status, err)
		}
		if got := b.next(t); got.method != http.MethodOptions || got.header.Get("WebHook-Request-Origin") != "eventgrid.azure.net" || got.body != "" {
			t.Errorf("handshake %+v", got)
		}
	}
}

func TestCloudEventDelivery(t *testing.T) {
	b := newBench(t)
	b.subscribed(t, Subscription{Name: "calls", Schema: CloudEvents})
	b.grid.Publish(Topic("eu"), "/caller/a/recipient/b", IncomingCall, Object{{"x", 1}})
	got := b.next(t)
	if got.header.Get("Content-Type") != "application/cloudevents+json; charset=utf-8" || got.header.Get("aeg-event-type") != "Notification" ||
		got.header.Get("aeg-metadata-version") != "1.0" || got.header.Get("aeg-data-version") != "" {
		t.Errorf("header %v", got.header)
	}
	o := ordered(t, []byte(got.body))
	if keys := strings.Join(o.keys(), " "); keys != "id source subject data type specversion time" {
		t.Errorf("members %s", keys)
	}
	for key, want := range map[string]string{
		"id": got.header.Get("aeg-output-event-id"), "source": Topic("eu"), "subject": "/caller/a/recipient/b",
		"type": "Microsoft.Communication.IncomingCall", "specversion": "1.0",
	} {
		if o.text(key) != want {
			t.Errorf("%s = %s, want %s", key, o.text(key), want)
		}
	}
}

// Both forms have the members of the collected examples.
func TestGridExamples(t *testing.T) {
	path := contract(t, "eventgrid-communication.json")
	if path == "" {
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Examples map[string]json.RawMessage `json:"x-examples-built-by-editor"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	e := notification{id: "i", topic: "t", subject: "s", eventType: "e", version: "1.0", at: time.Now(), data: Object{}}
	compared := 0
	for name, example := range file.Examples {
		schema := EventGridSchema
		switch {
		case strings.Contains(name, "CloudEvents 1.0"):
			schema = CloudEvents
		case !strings.HasPrefix(name, "IncomingCall (Event Grid"):
			continue
		}
		compared++
		body, err := e.body(schema)
		if err != nil {
			t.Fatal(err)
		}
		want, got := []json.RawMessage{example}, []json.RawMessage{body}
		if schema == EventGridSchema {
			if err := errors.Join(json.Unmarshal(example, &want), json.Unmarshal(body, &got)); err != nil {
				t.Fatal(err)
			}
		}
		if w, g := ordered(t, want[0]).keys(), ordered(t, got[0]).keys(); !slices.Equal(w, g) {
			t.Errorf("%s: %v, want %v", name, g, w)
		}
	}
	if compared < 2 {
		t.Errorf("%d examples compared", compared)
	}
}

// The whole schedule, played by one push of the clock.
func TestSchedule(t *testing.T) {
	cases := []struct {
		name     string
		status   int
		sub      Subscription
		attempts int
		reason   string
		outcome  string
		last     time.Duration // after publication
	}{
		{"a day", 500, Subscription{Types: []string{CallEnded}}, 11, TimeToLiveExceeded, "GenericError", 46*time.Minute + 40*time.Second + 22*time.Hour},
		{"five attempts", 404, Subscription{Attempts: 5, Lifetime: time.Hour}, 5, MaxDeliveryAttemptsExceeded, "NotFound", 6*time.Minute + 40*time.Second},
		{"half an hour", 500, Subscription{Attempts: 10, Lifetime: 30 * time.Minute}, 6, TimeToLiveExceeded, "GenericError", 16*time.Minute + 40*time.Second},
		{"a call", 500, Subscription{}, 2, MaxDeliveryAttemptsExceeded, "GenericError", 10 * time.Second},
		{"busy", 503, Subscription{}, 2, MaxDeliveryAttemptsExceeded, "Busy", 30 * time.Second},
		{"timed out", 408, Subscription{}, 1, TimeToLiveExceeded, "TimedOut", 0},
		{"bad", 400, Subscription{}, 1, NotRetriable, "BadRequest", 0},
		{"unauthorised", 401, Subscription{}, 1, NotRetriable, "Unauthorized", 0},
		{"forbidden", 403, Subscription{}, 1, NotRetriable, "Forbidden", 0},
		{"too large", 413, Subscription{}, 1, NotRetriable, "PayloadTooLarge", 0},
		{"205 is no success", 205, Subscription{}, 2, MaxDeliveryAttemptsExceeded, "GenericError", 10 * time.Second},
		{"204 is", 204, Subscription{}, 1, "", "", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			c.sub.Name = "s"
			b.subscribed(t, c.sub)
			b.status(c.status)
			name := IncomingCall
			if len(c.sub.Types) > 0 {
				name = c.sub.Types[0]
			}
			before := b.Clock.Now()
			b.grid.Publish(Topic("eu"), "s", name, Object{})
			first := b.next(t)
			b.Sender.work.Wait()
			b.Clock.Advance(48 * time.Hour)
			for n := 1; n < c.attempts; n++ {
				if again := b.next(t); again.body != first.body || again.header.Get("aeg-delivery-count") != fmt.Sprint(n) {
					t.Errorf("attempt %d: %v %s", n, again.header, again.body)
				}
			}
			if c.reason == "" {
				b.none(t)
				if dead := b.grid.DeadLetters(); len(dead) != 0 {
					t.Errorf("dead letters %+v", dead)
				}
				return
			}
			d := b.deadLetters(t, 1)[0]
			b.none(t)
			if d.Reason != c.reason || d.Outcome != c.outcome || d.Attempts != c.attempts || d.Status != c.status ||
				d.Subscription != "s" || d.Topic != Topic("eu") || d.Event != name || d.Body != first.body || !strings.Contains(d.Body, d.ID) {
				t.Errorf("dead letter %+v", d)
			}
			if off := d.Last.Sub(d.Published) - c.last; off < 0 || off > 5*time.Second || d.Published.Before(before) {
				t.Errorf("last attempt after %v, want %v", d.Last.Sub(d.Published), c.last)
			}
			b.grid.ClearDeadLetters()
			if len(b.grid.DeadLetters()) != 0 {
				t.Error("dead letters were not forgotten")
			}
		})
	}
}

func TestSchedulesEnd(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 10 * time.Second, 4: 5 * time.Minute, 9: 6 * time.Hour, 10: 12 * time.Hour, 30: 12 * time.Hour} {
		if got := pause(n, 500); got != want {
			t.Errorf("after attempt %d: %v", n, got)
		}
	}
	if pause(1, 408) != 2*time.Minute || pause(5, 408) != 10*time.Minute || pause(2, 503) != 30*time.Second || pause(1, 503) != 30*time.Second {
		t.Error("pauses after 408 and 503")
	}
}

func TestOnlySoManyDeadLetters(t *testing.T) {
	b := newBench(t)
	for i := range keptDead + 5 {
		b.grid.bury(DeadLetter{Attempts: i})
	}
	if dead := b.grid.DeadLetters(); len(dead) != keptDead || dead[0].Attempts != 5 {
		t.Errorf("%d dead letters, the first %+v", len(dead), dead[0])
	}
}

func TestLostDeliveryIsTriedAgain(t *testing.T) {
	b := newBench(t)
	b.subscribed(t, Subscription{Name: "calls"})
	if err := b.Faults.Set(faults.Fault{Knob: faults.GridLose, Scope: IncomingCall, Count: 1}); err != nil {
		t.Fatal(err)
	}
	b.grid.Publish(Topic("eu"), "s", IncomingCall, Object{})
	b.none(t)
	b.Clock.Advance(schedule[0])
	if got := b.next(t); got.header.Get("aeg-delivery-count") != "1" {
		t.Errorf("delivery count %v", got.header)
	}
	if err := b.Faults.Set(faults.Fault{Knob: faults.GridLose}); err != nil {
		t.Fatal(err)
	}
	b.grid.Publish(Topic("eu"), "s", IncomingCall, Object{})
	b.none(t)
	b.Clock.Advance(time.Hour)
	if dead := b.deadLetters(t, 1); len(dead) != 1 || dead[0].Outcome != "TimedOut" || dead[0].Status != 0 {
		t.Errorf("dead letters %+v", dead)
	}
	b.none(t)
}

func TestNobodyListens(t *testing.T) {
	b := newBench(t)
	b.subscribed(t, Subscription{Name: "calls"})
	b.app.CloseClientConnections()
	_ = b.app.Listener.Close()
	b.grid.Publish(Topic("eu"), "s", IncomingCall, Object{})
	b.Sender.work.Wait()
	b.Clock.Advance(time.Hour)
	if dead := b.deadLetters(t, 1); len(dead) != 1 || dead[0].Outcome != "Aborted" || dead[0].Attempts != 2 {
		t.Errorf("dead letters %+v", dead)
	}
}

// A filter keeps events from an endpoint that lack what it asks for.
func TestFilterOfASubscription(t *testing.T) {
	b := newBench(t)
	b.subscribed(t, Subscription{Name: "n", Present: []string{"data.customContext.sipHeaders.X-MS-Custom-A"}})
	with := func(headers map[string]string) Object {
		return Object{{"to", "x"}, {"customContext", Object{{"sipHeaders", headers}}}}
	}
	for _, data := range []Object{{{"to", "x"}}, with(nil), with(map[string]string{"X-MS-Custom-B": "1"}), with(map[string]string{"x-ms-custom-a": "1"})} {
		if n := b.grid.Publish(Topic("eu"), "s", IncomingCall, data); n != 1 {
			t.Errorf("published to %d", n)
		}
	}
	if got := b.next(t); !strings.Contains(got.body, "x-ms-custom-a") {
		t.Errorf("delivered %s", got.body)
	}
	if len(b.posts) != 0 {
		t.Error("more was delivered")
	}
}
