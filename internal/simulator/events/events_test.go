package events

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/signing"
)

func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m)
}

// received is one POST that reached the application.
type received struct {
	header http.Header
	body   string
	path   string
	method string
}

// bench is a sender with an https application behind it.
type bench struct {
	*Sender
	grid   *Grid
	app    *httptest.Server
	posts  chan received
	answer func(n int, w http.ResponseWriter, body []byte)
}

// signer makes keys once for all tests; making keys is slow.
var signer = sync.OnceValues(signing.New)

func newBench(t *testing.T) *bench {
	t.Helper()
	keys, err := signer()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{posts: make(chan received, 64)}
	var n atomic.Int32 // requests may come at the same time
	b.app = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if got := int(n.Add(1)); b.answer != nil {
			b.answer(got, w, body)
		}
		b.posts <- received{header: r.Header, body: string(body), path: r.URL.Path, method: r.Method}
	}))
	clk := clock.New()
	b.Sender = NewSender(Config{
		Keys: keys, Issuer: "https://authority.test", Client: b.app.Client(), Clock: clk, Faults: &faults.Book{},
	})
	b.grid = NewGrid(b.Sender)
	t.Cleanup(func() {
		b.Close()
		clk.Close()
		b.app.Client().CloseIdleConnections()
		b.app.Close()
	})
	return b
}

// next waits for the next POST.
func (b *bench) next(t *testing.T) received {
	t.Helper()
	select {
	case r := <-b.posts:
		return r
	case <-time.After(10 * time.Second):
		t.Fatal("no event arrived")
		return received{}
	}
}

func (b *bench) none(t *testing.T) {
	t.Helper()
	b.Sender.work.Wait()
	select {
	case r := <-b.posts:
		t.Fatalf("unexpected event %s", r.body)
	default:
	}
}

var idPattern = regexp.MustCompile(`"id":"[0-9a-f-]{36}"`)

func golden(t *testing.T, name, got string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	got = idPattern.ReplaceAllString(got, `"id":"<id>"`)
	if got != strings.TrimSpace(string(want)) {
		t.Errorf("%s:\n got %s\nwant %s", name, got, want)
	}
}

var leg = Connection{ID: "c1", ServerCallID: "aHR0cHM6Ly8=", CorrelationID: "k1", Version: "2026-03-12"}

func (b *bench) event(name string) Event {
	return Event{Name: name, URL: b.app.URL + "/cb", Source: "calling/callConnections/c1", Data: leg.Operation(name, nil, "", Result{Code: 200})}
}

func typeOf(t *testing.T, body string) string {
	t.Helper()
	var list []struct{ Type string }
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != 1 {
		t.Fatalf("body is not an array with one event: %v: %s", err, body)
	}
	return strings.TrimPrefix(list[0].Type, typePrefix)
}

func TestBodiesAreExact(t *testing.T) {
	b := newBench(t)
	out := b.Outbox("resource")
	at := time.Date(2026, 1, 2, 4, 4, 5, 120_000_000, time.FixedZone("", 3600))
	source := "calling/callConnections/c1"
	phone := []Object{{{"identifier", Object{{"rawId", "4:+4930901820"}}}, {"isMuted", false}, {"isOnHold", false}}}
	cases := []struct {
		file  string
		event Event
	}{
		{"participants-updated.json", Event{Name: "ParticipantsUpdated", Time: at, Data: leg.ParticipantsUpdated(phone, 1)}},
		{"add-participant-failed.json", Event{Name: "AddParticipantFailed", Time: at.Truncate(time.Second), Data: leg.Operation("AddParticipantFailed",
			Object{{"participant", Object{{"rawId", "8:orgid:x"}}}}, "ctx", Result{Code: 603, Message: "Decline & go <away>"})}},
		{"call-disconnected.json", Event{Name: "CallDisconnected", Time: at.Truncate(time.Second).Add(123_456_789), Data: leg.Operation("CallDisconnected", nil, "",
			Result{Code: 410, SubCode: 531005, Message: "lost", SIP: &Diagnostic{410, "Gone"}, Q850: &Diagnostic{22, "x"}})}},
	}
	for _, c := range cases {
		c.event.URL, c.event.Source = b.app.URL+"/cb", source
		out.Push(c.event)
		got := b.next(t)
		golden(t, c.file, got.body)
		if ct := got.header.Get("Content-Type"); ct != "application/json" {
			t.Errorf("Content-Type %q", ct)
		}
	}
}

func TestTimestampIsParsedBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		text := Timestamp(at)
		back, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if d := at.Sub(back); d < 0 || d >= 100 {
			t.Fatalf("%s is %v away", text, d)
		}
		if !strings.HasSuffix(text, "+00:00") || strings.Contains(text, "0+00:00") && strings.Contains(text, ".") {
			t.Fatalf("form of %s", text)
		}
	})
}

func TestTokens(t *testing.T) {
	b := newBench(t)
	out := b.Outbox("resource-guid")
	claimsOf := func(r received) (claims map[string]any, err error) {
		claims = map[string]any{}
		err = b.Keys.Verify(strings.TrimPrefix(r.header.Get("Authorization"), "Bearer "), &claims)
		return claims, err
	}
	out.Push(b.event("CallConnected"))
	claims, err := claimsOf(b.next(t))
	if err != nil || claims["iss"] != "https://authority.test" || claims["aud"] != "resource-guid" {
		t.Errorf("claims %v, %v", claims, err)
	}
	if life := claims["exp"].(float64) - claims["iat"].(float64); life != 300 {
		t.Errorf("token lives %v s", life)
	}
	faulty := []struct {
		knob string
		bad  func(map[string]any, error) bool
	}{
		{faults.TokenAudience, func(c map[string]any, err error) bool { return err == nil && c["aud"] != "resource-guid" }},
		{faults.TokenExpired, func(c map[string]any, err error) bool {
			return err == nil && c["exp"].(float64) < float64(time.Now().Unix())
		}},
		{faults.TokenKey, func(_ map[string]any, err error) bool { return err != nil }},
	}
	show := func() string {
		out.Push(b.event("CallConnected"))
		return b.next(t).header.Get("Authorization")
	}
	if first, second := show(), show(); first == second {
		t.Error("two events have one token")
	}
	b.KeepTokens(time.Minute)
	if first, second := show(), show(); first != second {
		t.Error("a token is not kept")
	}
	for _, f := range faulty { // also while tokens are kept
		if err := b.Faults.Set(faults.Fault{Knob: f.knob, Scope: "CallConnected", Times: 1}); err != nil {
			t.Fatal(err)
		}
		out.Push(b.event("CallConnected"))
		if claims, err := claimsOf(b.next(t)); !f.bad(claims, err) {
			t.Errorf("%s: claims %v, %v", f.knob, claims, err)
		}
	}

	res := httptest.NewRecorder()
	b.Discovery().ServeHTTP(res, httptest.NewRequest(http.MethodGet, ConfigurationPath, nil))
	var doc struct {
		Issuer string
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(res.Body.Bytes(), &doc); err != nil || doc.Issuer != "https://authority.test" || doc.Keys != doc.Issuer+KeysPath {
		t.Errorf("configuration %+v, %v", doc, err)
	}
	res = httptest.NewRecorder()
	b.Discovery().ServeHTTP(res, httptest.NewRequest(http.MethodGet, KeysPath, nil))
	if res.Code != http.StatusOK || !strings.Contains(res.Body.String(), `"kid"`) {
		t.Errorf("keys: %d %s", res.Code, res.Body)
	}
}

func TestOrderAndFaults(t *testing.T) {
	cases := []struct {
		name  string
		fault faults.Fault
		want  []string
	}{
		{"in order", faults.Fault{}, []string{"CallConnected", "ParticipantsUpdated", "CallDisconnected"}},
		{"lost", faults.Fault{Knob: faults.EventLose, Scope: "ParticipantsUpdated"}, []string{"CallConnected", "CallDisconnected"}},
		{"doubled", faults.Fault{Knob: faults.EventDuplicate, Scope: "CallConnected"}, []string{"CallConnected", "CallConnected", "ParticipantsUpdated", "CallDisconnected"}},
		{"reordered", faults.Fault{Knob: faults.EventReorder, Scope: "CallConnected"}, []string{"ParticipantsUpdated", "CallConnected", "CallDisconnected"}},
		{"delayed", faults.Fault{Knob: faults.EventDelay, Scope: "CallConnected", Value: "1h"}, []string{"ParticipantsUpdated", "CallDisconnected", "CallConnected"}},
		{"reordered last", faults.Fault{Knob: faults.EventReorder, Scope: "CallDisconnected"}, []string{"CallConnected", "ParticipantsUpdated", "CallDisconnected"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			if c.fault.Knob != "" {
				if err := b.Faults.Set(c.fault); err != nil {
					t.Fatal(err)
				}
			}
			out := b.Outbox("r")
			out.Push(b.event("CallConnected"), b.event("ParticipantsUpdated"), b.event("CallDisconnected"))
			b.Sender.work.Wait()
			b.Clock.Advance(2 * time.Hour)
			var got []string
			for range c.want {
				got = append(got, typeOf(t, b.next(t).body))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("arrived %v, want %v", got, c.want)
			}
			b.none(t)
		})
	}
}

func TestFailedCallbackIsTriedAgainWithTheSameID(t *testing.T) {
	b := newBench(t)
	b.answer = func(n int, w http.ResponseWriter, _ []byte) {
		if n <= 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	b.Outbox("r").Push(b.event("CallConnected"))
	bodies := []string{b.next(t).body}
	b.Sender.work.Wait()
	for range 2 {
		b.Clock.Advance(3 * time.Second)
		bodies = append(bodies, b.next(t).body)
	}
	if bodies[0] != bodies[1] || bodies[1] != bodies[2] {
		t.Error("a later attempt had another body")
	}
	b.Clock.Advance(time.Minute)
	b.none(t)
}

func TestGridHandshake(t *testing.T) {
	echo := func(_ int, w http.ResponseWriter, body []byte) {
		var list []struct {
			Data struct{ ValidationCode string }
		}
		_ = json.Unmarshal(body, &list)
		_ = json.NewEncoder(w).Encode(map[string]string{"validationResponse": list[0].Data.ValidationCode})
	}
	cases := []struct {
		name   string
		answer func(int, http.ResponseWriter, []byte)
		ok     bool
	}{
		{"echoes the code", echo, true},
		{"202 is not accepted", func(n int, w http.ResponseWriter, body []byte) { w.WriteHeader(http.StatusAccepted); echo(n, w, body) }, false},
		{"wrong code", func(_ int, w http.ResponseWriter, _ []byte) { _, _ = w.Write([]byte(`{"validationResponse":"x"}`)) }, false},
		{"no json", func(int, http.ResponseWriter, []byte) {}, false},
		{"refused", func(_ int, w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusUnauthorized) }, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.answer = c.answer
			err := b.grid.Subscribe(context.Background(), Subscription{Name: "calls", Topic: Topic("eu"), URL: b.app.URL})
			if (err == nil) != c.ok || (len(b.grid.Subscriptions()) == 1) != c.ok {
				t.Errorf("err %v, %d subscriptions", err, len(b.grid.Subscriptions()))
			}
			if got := b.next(t); got.header.Get("aeg-event-type") != "SubscriptionValidation" {
				t.Errorf("header %v", got.header)
			}
		})
	}
	b := newBench(t)
	if err := b.grid.Subscribe(context.Background(), Subscription{URL: "http://127.0.0.1:1/"}); err == nil {
		t.Error("plain http was accepted")
	}
}

func (b *bench) subscribe(t *testing.T) {
	t.Helper()
	b.answer = func(_ int, w http.ResponseWriter, body []byte) {
		var list []struct {
			Data struct{ ValidationCode string }
		}
		_ = json.Unmarshal(body, &list)
		_ = json.NewEncoder(w).Encode(map[string]string{"validationResponse": list[0].Data.ValidationCode})
	}
	if err := b.grid.Subscribe(context.Background(), Subscription{Name: "calls", Topic: Topic("eu"), URL: b.app.URL}); err != nil {
		t.Fatal(err)
	}
	b.next(t)
}

func TestGridDelivery(t *testing.T) {
	b := newBench(t)
	b.subscribe(t)
	calls := 0
	b.answer = func(_ int, w http.ResponseWriter, _ []byte) {
		calls++
		w.WriteHeader(http.StatusInternalServerError)
	}
	if n := b.grid.Publish(Topic("us"), "s", IncomingCall, Object{}); n != 0 {
		t.Errorf("another topic reached %d subscriptions", n)
	}
	if n := b.grid.Publish(Topic("eu"), "s", "RecordingFileStatusUpdated", Object{}); n != 0 {
		t.Errorf("another type reached %d subscriptions", n)
	}
	if n := b.grid.Publish(Topic("eu"), "/caller/a/recipient/b", IncomingCall, Object{{"x", 1}}); n != 1 {
		t.Fatalf("reached %d subscriptions", n)
	}
	first := b.next(t)
	b.Sender.work.Wait()
	b.Clock.Advance(schedule[0])
	second := b.next(t)
	if first.body != second.body {
		t.Error("the second attempt had another body")
	}
	if first.header.Get("aeg-delivery-count") != "0" || second.header.Get("aeg-delivery-count") != "1" {
		t.Error("delivery count")
	}
	b.Clock.Advance(time.Hour)
	b.none(t)
	if calls != 2 {
		t.Errorf("%d attempts, want 2", calls)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(first.body), &list); err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"topic": Topic("eu"), "subject": "/caller/a/recipient/b", "eventType": "Microsoft.Communication.IncomingCall", "dataVersion": "1.0", "metadataVersion": "1"} {
		if list[0][key] != want {
			t.Errorf("%s = %v, want %v", key, list[0][key], want)
		}
	}
}

func TestGridFaults(t *testing.T) {
	cases := []struct {
		fault faults.Fault
		want  int
	}{
		{faults.Fault{Knob: faults.EventLose, Scope: IncomingCall}, 0},
		{faults.Fault{Knob: faults.EventDuplicate, Scope: IncomingCall}, 2},
		{faults.Fault{Knob: faults.EventDelay, Scope: IncomingCall, Value: "30s"}, 1},
	}
	for _, c := range cases {
		t.Run(c.fault.Knob, func(t *testing.T) {
			b := newBench(t)
			b.subscribe(t)
			if err := b.Faults.Set(c.fault); err != nil {
				t.Fatal(err)
			}
			b.answer = nil
			b.grid.Publish(Topic("eu"), "s", IncomingCall, Object{})
			b.Sender.work.Wait()
			b.Clock.Advance(time.Minute)
			for range c.want {
				b.next(t)
			}
			b.none(t)
		})
	}
}

func TestSwitchesOfCallbacks(t *testing.T) {
	b := newBench(t)
	switches, err := evidence.NewSwitches(evidence.Inferences())
	if err != nil {
		t.Fatal(err)
	}
	b.Switches = switches
	switches.FlipAll()
	b.answer = func(_ int, w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusServiceUnavailable) }
	b.Outbox("r").Push(b.event(CallConnected))
	if ct := b.next(t).header.Get("Content-Type"); ct != "application/cloudevents-batch+json" {
		t.Errorf("Content-Type %q", ct)
	}
	b.Sender.work.Wait()
	b.Clock.Advance(time.Minute)
	b.none(t)
	b.Sender.Attempts = 2 // asked for outright
	b.Outbox("r").Push(b.event(CallConnected))
	b.next(t)
	b.Sender.work.Wait()
	b.Clock.Advance(time.Minute)
	b.next(t)
	b.Clock.Advance(time.Minute)
	b.none(t)
}

func TestSilentLeave(t *testing.T) {
	b := newBench(t)
	if err := b.Faults.Set(faults.Fault{Knob: faults.LeaveSilent, Scope: "eu", Count: 1}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		resource string
		want     []string
	}{
		{"us", []string{CallConnected, CallDisconnected}},
		{"eu", []string{CallConnected}},
		{"eu", []string{CallConnected, CallDisconnected}},
	} {
		b.Outbox(step.resource).Push(b.event(CallConnected), b.event(CallDisconnected))
		for _, want := range step.want {
			if got := typeOf(t, b.next(t).body); got != want {
				t.Errorf("%s: %s, want %s", step.resource, got, want)
			}
		}
		b.none(t)
	}
}

// Every event goes to its own URL; one that fails does not disturb the order of
// the others, nor does it make them late.
func TestManyURLs(t *testing.T) {
	b := newBench(t)
	b.answer = func(n int, w http.ResponseWriter, _ []byte) {
		if n == 2 || n == 4 { // those to /broken
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
	out := b.Outbox("r")
	for i, name := range []string{CallConnected, PlayStarted, ParticipantsUpdated, PlayCompleted, CallDisconnected} {
		e := b.event(name)
		e.URL = b.app.URL + "/good"
		if i%2 == 1 {
			e.URL = b.app.URL + "/broken"
		}
		out.Push(e)
	}
	out.Flush()
	var good []string
	for range 5 {
		if r := b.next(t); r.path == "/good" {
			good = append(good, typeOf(t, r.body))
		}
	}
	if !slices.Equal(good, []string{CallConnected, ParticipantsUpdated, CallDisconnected}) {
		t.Errorf("good %v", good)
	}
	b.Clock.Advance(time.Minute)
	for range 2 {
		if r := b.next(t); r.path != "/broken" {
			t.Errorf("%s was sent again to %s", typeOf(t, r.body), r.path)
		}
	}
	b.none(t)
}

// An application that takes a callback and does not answer gets the next one
// all the same, and the first one once.
func TestUnansweredCallbackHoldsNothingUp(t *testing.T) {
	b := newBench(t)
	b.Timeout = 2 * headStart
	lines := make(logLines, 16)
	b.Logger = slog.New(slog.NewTextHandler(lines, nil))
	forever := make(chan struct{})
	b.answer = func(n int, _ http.ResponseWriter, _ []byte) {
		if n == 1 {
			<-forever
		}
	}
	b.Outbox("aud").Push(Event{Name: "First", URL: b.app.URL, Source: "s"}, Event{Name: "Second", URL: b.app.URL, Source: "s"})
	if got := <-b.posts; !strings.Contains(got.body, "Second") {
		t.Errorf("came first: %s", got.body)
	}
	if line := <-lines; !strings.Contains(line, "not answered in time") {
		t.Errorf("log: %s", line)
	}
	b.Clock.Advance(time.Minute) // when a failed one would be tried again
	close(forever)
	if got := <-b.posts; !strings.Contains(got.body, "First") {
		t.Errorf("then came: %s", got.body)
	}
	if len(lines) != 0 || len(b.posts) != 0 {
		t.Errorf("%d lines, %d posts more", len(lines), len(b.posts))
	}
}

// logLines hands on what is logged.
type logLines chan string

func (l logLines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}
