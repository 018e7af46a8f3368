package acs

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/faults"
)

func TestRefusals(t *testing.T) {
	b := newBench(t)
	_, call := b.talking()
	b.ring(call, bob, "ringing")
	in := b.offer(newLeg())
	good := func(extra map[string]any) map[string]any {
		m := map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": "https://app.contoso.com/cb"}
		for k, v := range extra {
			m[k] = v
		}
		return m
	}
	add := func(extra map[string]any) map[string]any {
		m := map[string]any{"participantToAdd": teamsUser(ada)}
		for k, v := range extra {
			m[k] = v
		}
		return m
	}
	participants := "/" + call + "/participants"
	cases := []struct {
		name   string
		q      request
		status int
		code   string
	}{
		{"not signed", request{method: "POST", path: ":answer", body: good(nil), unsigned: true}, 401, "7509"},
		{"unknown api-version", request{method: "POST", path: ":answer", body: good(nil), version: "2024-11-15-preview"}, 404, "NotFound"},
		{"wrong method", request{method: "PUT", path: "/" + call}, 405, "8520"},
		{"no json", request{method: "POST", path: ":answer", body: "{"}, 400, "8523"},
		{"empty body", request{method: "POST", path: ":answer"}, 400, "8523"},
		{"no context", request{method: "POST", path: ":answer", body: good(map[string]any{"incomingCallContext": ""})}, 400, "8523"},
		{"unknown context", request{method: "POST", path: ":answer", body: good(map[string]any{"incomingCallContext": "eyJ"})}, 400, "8523"},
		{"no callback", request{method: "POST", path: ":answer", body: good(map[string]any{"callbackUri": nil})}, 400, "8523"},
		{"plain http callback", request{method: "POST", path: ":answer", body: good(map[string]any{"callbackUri": "http://127.0.0.1/cb"})}, 400, "8523"},
		{"relative callback", request{method: "POST", path: ":answer", body: good(map[string]any{"callbackUri": "/cb"})}, 400, "8523"},
		{"reject reason", request{method: "POST", path: ":reject", body: good(map[string]any{"callRejectReason": "tired"})}, 400, "8523"},
		{"redirect without target", request{method: "POST", path: ":redirect", body: good(nil)}, 400, "8523"},
		{"unknown call", request{method: "GET", path: "/" + uuid.NewString()}, 404, "8522"},
		{"unknown call, terminate", request{method: "POST", path: "/" + uuid.NewString() + ":terminate"}, 404, "8522"},
		{"unknown call, add", request{method: "POST", path: "/" + uuid.NewString() + "/participants:add", body: add(nil)}, 404, "8522"},
		{"unknown call, hang up", request{method: "DELETE", path: "/" + uuid.NewString()}, 404, "8522"},
		{"add nobody", request{method: "POST", path: participants + ":add", body: "{}"}, 400, "8523"},
		{"add, no GUID", request{method: "POST", path: participants + ":add", body: add(map[string]any{"participantToAdd": teamsUser("ada")})}, 400, "8523"},
		{"add, kind contradicts", request{method: "POST", path: participants + ":add", body: add(map[string]any{"participantToAdd": map[string]any{"kind": "phoneNumber", "rawId": rawAda}})}, 400, "8523"},
		{"add, raw id contradicts", request{method: "POST", path: participants + ":add", body: add(map[string]any{"participantToAdd": map[string]any{"rawId": rawAda, "microsoftTeamsUser": map[string]any{"userId": bob}}})}, 400, "8523"},
		{"add, other cloud", request{method: "POST", path: participants + ":add", body: add(map[string]any{"participantToAdd": map[string]any{"microsoftTeamsUser": map[string]any{"userId": ada, "cloud": "gcch"}}})}, 400, "8523"},
		{"add, ring too long", request{method: "POST", path: participants + ":add", body: add(map[string]any{"invitationTimeoutInSeconds": 181})}, 400, "8523"},
		{"add, ring too long, misspelt", request{method: "POST", path: participants + ":add", body: add(map[string]any{"InvitationTimeoutInSeconds": 181})}, 400, "8523"},
		{"answered by somebody", request{method: "POST", path: ":answer", body: good(map[string]any{"answeredBy": map[string]any{"id": "somebody"}})}, 400, "8523"},
		{"add, ring negative", request{method: "POST", path: participants + ":add", body: add(map[string]any{"invitationTimeoutInSeconds": -1})}, 400, "8523"},
		{"add, bad operation callback", request{method: "POST", path: participants + ":add", body: add(map[string]any{"operationCallbackUri": "http://x/"})}, 400, "8523"},
		{"add who is rung", request{method: "POST", path: participants + ":add", body: add(map[string]any{"participantToAdd": teamsUser(strings.ToUpper(bob))})}, 400, "8523"},
		{"cancel nothing", request{method: "POST", path: participants + ":cancelAddParticipant", body: "{}"}, 400, "8523"},
		{"remove nobody", request{method: "POST", path: participants + ":remove", body: "{}"}, 400, "8523"},
		{"get a bad id", request{method: "GET", path: participants + "/8%3Aorgid%3Ax"}, 400, "8523"},
		{"repeatability id is no uuid", request{method: "POST", path: ":answer", body: good(nil), repeat: "1"}, 400, "8523"},
	}
	for _, c := range cases {
		r := b.do(c.q)
		if r.status != c.status || r.code() != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, r.status, r.body, c.status, c.code)
		}
	}
	if got := b.do(request{method: "POST", path: ":answer", body: strings.Repeat("x", maxBody+1), repeat: uuid.NewString()}); got.status != 413 {
		t.Errorf("huge body: %d", got.status)
	}
	// After all of that the call can still be answered, and by raw id only users can be named.
	b.want(b.post(":answer", good(map[string]any{"callbackUri": b.app.URL})), http.StatusOK)
	b.want(b.post(participants+":add", map[string]any{"participantToAdd": map[string]any{"rawId": rawAda}}), http.StatusAccepted)
}

func TestInsecureCallbacksAreForLoopbackOnly(t *testing.T) {
	b := newBench(t, func(c *Config) { c.InsecureCallbacks = true })
	for uri, good := range map[string]bool{
		"http://127.0.0.1:80/cb": true, "http://localhost/cb": true, "http://[::1]/": true, "https://x.test/": true,
		"http://example.com/": false, "ftp://127.0.0.1/": false, "https://": false, "https://u:p@x.test/": false,
	} {
		if err := b.callback("CallbackUri", uri); (err == nil) != good {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestRepeatability(t *testing.T) {
	b := newBench(t)
	in := b.offer(newLeg())
	q := request{
		method: "POST", path: ":answer", repeat: uuid.NewString(),
		body: map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL},
	}
	replies := make([]response, 4)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() { replies[i] = b.do(q) })
	}
	wg.Wait()
	for _, r := range replies {
		if r.status != 200 || r.body != replies[0].body || r.header.Get("Repeatability-Result") != "accepted" {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	b.event("CallConnected")
	b.event("ParticipantsUpdated")

	other := q
	other.body = map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL + "/other"}
	if r := b.do(other); r.status != 400 || r.code() != "8523" {
		t.Errorf("same id, other body: %d %s", r.status, r.body)
	}
	fresh := q
	fresh.repeat = uuid.NewString()
	if r := b.do(fresh); r.status != 404 || r.code() != "8522" {
		t.Errorf("second answer: %d %s", r.status, r.body)
	}
	b.Clock.Advance(repeatabilityMemory + time.Second)
	if r := b.do(q); r.status != 404 {
		t.Errorf("forgotten id: %d %s", r.status, r.body)
	}
	if len(b.events)+len(b.backlog) != 0 {
		t.Error("a repetition caused events")
	}
}

func TestHTTPFaults(t *testing.T) {
	b := newBench(t)
	_, call := b.talking()
	for value, status := range map[string]int{"503": 503, "429": 429, "x": 500} {
		if err := b.Faults.Set(faults.Fault{Knob: faults.HTTPStatus, Scope: "terminate", Value: value, Times: 1}); err != nil {
			t.Fatal(err)
		}
		r := b.do(request{method: "POST", path: "/" + call + ":terminate"})
		if r.status != status || (status != 500) != (r.header.Get("Retry-After") == "1") {
			t.Errorf("%s: %d %v", value, r.status, r.header)
		}
	}
	b.want(b.do(request{method: "POST", path: "/" + call + ":terminate"}), http.StatusNoContent)
}

// What is missing is loud.
func TestUnhandledIsCounted(t *testing.T) {
	b := newBench(t)
	_, call := b.talking()
	requests := []request{
		{method: "POST", path: "!/calling/recordings", body: map[string]any{"callConnectionId": call, "externalStorage": map[string]any{"recordingStorageKind": "azureBlobStorage"}}},
		{method: "GET", path: "!/calling/nothing"},
		{method: "GET", path: "!/sip", version: "2023-03-01"}, // another API has versions of its own
	}
	for i, q := range requests {
		if r := b.do(q); r.status != http.StatusNotImplemented || b.Unhandled() != i+1 {
			t.Errorf("%s: %d, %d counted", q.path, r.status, b.Unhandled())
		}
	}
	b.unhandled.Store(0) // the bench checks that nothing else was missing
}

func TestPlacedCall(t *testing.T) {
	b := newBench(t)
	if _, err := b.Place("nowhere", b.phones.Place(caller, "+4930", nil)); err == nil {
		t.Error("unknown resource")
	}
	if err := b.HangUp("nothing"); err == nil {
		t.Error("hung up nothing")
	}
	context, err := b.Place(immutableID, b.phones.Place(caller, "+493023125000", map[string]string{"X-MS-Custom-a": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	in := <-b.calls
	if in.IncomingCallContext != context || in.CustomContext.SIPHeaders["X-MS-Custom-a"] != "1" {
		t.Errorf("%+v", in)
	}
	b.want(b.post(":answer", map[string]any{"incomingCallContext": context, "callbackUri": b.app.URL}), http.StatusOK)
	b.event("CallConnected")
	if err := b.HangUp(in.CorrelationID); err != nil {
		t.Fatal(err)
	}
	b.event("CallDisconnected")
}

func FuzzIdentifier(f *testing.F) {
	f.Add("8:orgid:" + ada)
	f.Add("4:+14255550123")
	f.Add("8:acs:x_y")
	f.Add("4:+")
	f.Fuzz(func(t *testing.T, raw string) {
		i, err := (&identifierModel{RawID: raw}).parse()
		if err != nil {
			return
		}
		if again := parseRaw(i.raw()); again != i {
			t.Errorf("%q became %v and then %v", raw, i, again)
		}
	})
}

func FuzzRoute(f *testing.F) {
	for _, o := range operations {
		f.Add(o.method, strings.NewReplacer("{id}", "c1", "{party}", "8%3Aorgid%3Ax").Replace(o.path))
	}
	f.Add("GET", "/calling/callConnections/%zz")
	f.Fuzz(func(t *testing.T, method, path string) {
		op, id, _, _ := match(method, path)
		if op != nil && strings.Contains(op.path, "{id}") && (id == "" || strings.Contains(id, ":")) {
			t.Errorf("%s %s: id %q", method, path, id)
		}
	})
}

func TestEveryOperationHasOnePath(t *testing.T) {
	seen := map[string]string{}
	for _, o := range operations {
		key := fmt.Sprint(o.method, " ", o.path)
		if seen[key] != "" || o.do == nil || o.status == 0 {
			t.Errorf("%s: %s", o.name, key)
		}
		seen[key] = o.name
	}
}

// Whatever a body holds, the answer is success or a refusal in the service's
// own shape; only what is not implemented is 501, and a transfer to a kind of
// identifier that is none 500, as it is known to be.
func FuzzBody(f *testing.F) {
	for i := range operations {
		f.Add(uint8(i), `{}`)
	}
	for j, text := range []string{
		`{"targetParticipant":{"rawId":"4:+4930901820"},"tones":["one"],"playSources":[{"kind":"file","file":{"uri":"https://x.test/a.wav"}}]}`,
		`{"recognizeInputType":"dtmf","recognizeOptions":{"targetParticipant":{"rawId":"4:+4930901820"},"dtmfOptions":{"maxTonesToCollect":-1}}}`,
		`{"targets":[{"kind":"x"}],"callbackUri":"https://x.test/"}`, `[]`, `null`, `{"targets":null}`, "\xff",
	} {
		for i := j; i < len(operations); i += 7 {
			f.Add(uint8(i), text)
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, text string) {
		b := newBench(t)
		_, call := b.talking()
		o := operations[int(n)%len(operations)]
		path := strings.NewReplacer("{id}", call, "{party}", "4%3A%2B4930901820").Replace(o.path)
		r := b.do(request{method: o.method, path: "!" + path, body: text})
		switch {
		case r.status/100 == 2:
		case r.code() == "":
			t.Errorf("%s: %d without a code: %s", o.name, r.status, r.body)
		case r.status/100 != 4 && r.status != http.StatusNotImplemented && (o.name != "transfer" || r.status != 500):
			t.Errorf("%s: %d %s", o.name, r.status, r.body)
		}
		b.unhandled.Store(0) // the bench checks that nothing else was missing
	})
}
