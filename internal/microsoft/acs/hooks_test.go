package acs

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// engine notes what it is told and answers with err.
type engine struct {
	incoming []bridge.Incoming
	received []bridge.Delivery
	err      func(n int) error // n: how many came before
}

func (e *engine) answer() error {
	if e.err == nil {
		return nil
	}
	return e.err(len(e.incoming) + len(e.received) - 1)
}

func (e *engine) Incoming(_ context.Context, in bridge.Incoming) error {
	e.incoming = append(e.incoming, in)
	return e.answer()
}

func (e *engine) Receive(_ context.Context, d bridge.Delivery) error {
	e.received = append(e.received, d)
	return e.answer()
}

type refuser struct {
	requests []bridge.Request
	contexts []string
	ended    []string
	err      error
}

func (r *refuser) End(_ context.Context, q bridge.Request, do call.EndConnection) error {
	r.requests, r.ended = append(r.requests, q), append(r.ended, do.Connection)
	return r.err
}

func (r *refuser) Refuse(_ context.Context, q bridge.Request, do call.RefuseInvitation) error {
	r.requests, r.contexts = append(r.requests, q), append(r.contexts, do.Context)
	return r.err
}

// door is Hooks with everything around it.
type door struct {
	*Hooks
	t         *testing.T
	engine    *engine
	refuser   *refuser
	prompts   *prompts
	directory *directory
	registry  *prometheus.Registry
	bearer    string
}

// doorKey is made once: making RSA keys takes time.
var doorKey = sync.OnceValue(func() jose.JSONWebKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return jose.JSONWebKey{Key: k, KeyID: "k", Algorithm: string(jose.RS256), Use: "sig"}
})

func newDoor(t *testing.T) *door {
	t.Helper()
	i := newIssuer(t)
	key := doorKey()
	i.publish(key)
	d := &door{t: t, engine: &engine{}, refuser: &refuser{}, prompts: &prompts{}, directory: testDirectory(), registry: prometheus.NewRegistry()}
	h, err := NewHooks(HooksConfig{
		Engine: d.engine, Resources: d.directory, Refuser: d.refuser, Prompts: d.prompts, Keys: testKeys, Issuer: i.url, KeysURL: i.url,
		Now: func() time.Time { return testTime }, Metrics: NewMetrics(d.registry),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Hooks = h
	d.bearer = "Bearer " + token(t, key, jose.RS256, i.claims(testTime))
	return d
}

func (d *door) send(method, url, body string, header ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, url, strings.NewReader(body))
	for n := 0; n < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, req)
	return w
}

// callback posts to the test call's address with a good token.
func (d *door) callback(body string) int {
	w := d.send("POST", testKeys.CallURL("https://x", "eu", testCall), body, "Authorization", d.bearer)
	if w.Body.Len() > 0 {
		d.t.Errorf("a callback was answered with a body: %s", w.Body)
	}
	return w.Code
}

func (d *door) grid(body string) *httptest.ResponseRecorder {
	return d.send("POST", testKeys.GridURL("https://x", "eu"), body, "aeg-event-type", "Notification")
}

func (d *door) count(door, result string) float64 {
	return testutil.ToFloat64(d.cfg.Metrics.deliveries.WithLabelValues(door, result))
}

func (d *door) counted(door, result string, want float64) {
	d.t.Helper()
	if got := d.count(door, result); got != want {
		d.t.Errorf("counted %v %s of %s, want %v", got, result, door, want)
	}
}

func (d *door) nothingStored() {
	d.t.Helper()
	if len(d.engine.incoming)+len(d.engine.received) > 0 {
		d.t.Errorf("the engine was told: %+v %+v", d.engine.incoming, d.engine.received)
	}
}

func event(id, name, data string) string {
	return `{"id":"` + id + `","source":"calling/callConnections/` + testConn + `","type":"Microsoft.Communication.` + name +
		`","data":{"callConnectionId":"` + testConn + `"` + data + `},"specversion":"1.0"}`
}

const ended = `,"resultInformation":{"code":200,"subCode":7000,"message":""}`

func TestCallbackIsReceived(t *testing.T) {
	d := newDoor(t)
	if code := d.callback("[" + event("e1", "CallConnected", `,"serverCallId":"s"`) + "," + event("e2", "TranscriptionCallSummaryUpdated", "") + "," + event("e3", "CallDisconnected", ended) + "]"); code != 200 {
		t.Fatal(code)
	}
	want := []bridge.Delivery{
		{Call: testCall, Seen: bridge.Seen{Resource: "eu", EventID: "e1"}, Event: call.ConnectionUp{Connection: testConn, ServerCall: "s"}},
		{Call: testCall, Seen: bridge.Seen{Resource: "eu", EventID: "e3"}, Event: call.ConnectionDown{
			Connection: testConn, Outcome: call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 7000},
		}},
	}
	if !reflect.DeepEqual(d.engine.received, want) {
		t.Errorf("%+v", d.engine.received)
	}
	d.counted(doorCalls, wasTaken, 2)
	d.counted(doorCalls, wasUnknown, 1)
	former := HookKeys{Current: testKeys.Previous}
	if w := d.send("POST", former.CallURL("https://x", "eu", testCall), "[]", "Authorization", d.bearer); w.Code != 200 {
		t.Errorf("address made with the former key: %d", w.Code)
	}
	upper := strings.Replace(testKeys.CallURL("https://x", "eu", testCall), string(testCall), strings.ToUpper(string(testCall)), 1)
	if w := d.send("POST", upper, "[]", "Authorization", d.bearer); w.Code != 200 {
		t.Errorf("call id in upper case: %d", w.Code)
	}
}

func TestCallbackWithoutIDIsStillKnownAgain(t *testing.T) {
	d := newDoor(t)
	for range 2 {
		if code := d.callback(event("", "CallConnected", "")); code != 200 {
			t.Fatal(code)
		}
	}
	if code := d.callback(event("", "CallConnected", `,"serverCallId":"s"`)); code != 200 {
		t.Fatal(code)
	}
	if code := d.callback(event("", "CallDisconnected", "")); code != 200 {
		t.Fatal(code)
	}
	got := d.engine.received
	if got[0].Seen.EventID == "" || got[0].Seen != got[1].Seen || got[0].Seen == got[2].Seen || got[0].Seen == got[3].Seen {
		t.Errorf("%+v", got)
	}
}

func TestCallbackRefused(t *testing.T) {
	good := "[" + event("e", "CallConnected", "") + "]"
	url := testKeys.CallURL("https://x", "eu", testCall)
	for _, v := range []struct {
		name, url, body string
		bearer          bool
		status          int
		counted         string
	}{
		{"wrong secret", url[:len(url)-1] + "x", good, true, 404, wasBadSecret},
		{"wrong secret and no token", url[:len(url)-1] + "x", good, false, 404, wasBadSecret},
		{"secret of another call", strings.Replace(url, "0001/", "0002/", 1), good, true, 404, wasBadSecret},
		{"no call id", strings.Replace(url, string(testCall), "x", 1), good, true, 404, wasBadSecret},
		{"unknown resource", testKeys.CallURL("https://x", "us", testCall), good, true, 404, wasBadSecret},
		{"no token", url, good, false, 401, wasBadToken},
		{"not JSON", url, "hello", true, 400, wasBadBody},
		{"nothing", url, "", true, 400, wasBadBody},
		{"an array of something else", url, "[1,2]", true, 400, wasBadBody},
		{"broken at the end", url, good[:len(good)-1], true, 400, wasBadBody},
		{"too large", url, `["` + strings.Repeat("x", maxBody) + `"]`, true, 413, wasBadBody},
		{"unreadable", url, event("e", "CallConnected", `,"serverCallId":7`), true, 200, wasUnreadable},
		{"of another connection", url, strings.Replace(good, testConn, "0", 1), true, 200, wasForeign},
	} {
		d := newDoor(t)
		var header []string
		if v.bearer {
			header = []string{"Authorization", d.bearer}
		}
		if w := d.send("POST", v.url, v.body, header...); w.Code != v.status {
			t.Errorf("%s: %d, want %d", v.name, w.Code, v.status)
		}
		d.nothingStored()
		d.counted(doorCalls, v.counted, 1)
	}
	d := newDoor(t)
	if w := d.send("GET", url, ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
	if w := d.send("POST", "https://x/hooks/other", ""); w.Code != http.StatusNotFound {
		t.Errorf("another path: %d", w.Code)
	}
}

// The audience is chosen by the path: a token for one resource is no good for
// another, even with that one's secret.
func TestCallbackTokenOfAnotherResource(t *testing.T) {
	d := newDoor(t)
	d.directory.resource.ImmutableID = "00000000-0000-4000-8000-000000000000"
	if code := d.callback("[" + event("e", "CallConnected", "") + "]"); code != 401 {
		t.Error(code)
	}
	d.nothingStored()
}

func TestCallbackWhenTheEngineCannot(t *testing.T) {
	three := "[" + event("e1", "CallConnected", "") + "," + event("e2", "CallConnected", "") + "," + event("e3", "CallConnected", "") + "]"
	for _, v := range []struct {
		name    string
		err     error // for the second
		status  int
		told    int
		counted string
	}{
		{"late", fault.NotFound("call_over", "over"), 200, 3, wasEnded},
		{"away", fault.Unavailable("db_away", "away"), 503, 2, wasUnavailable},
		{"broken", errors.New("boom"), 500, 2, wasFailed},
	} {
		d := newDoor(t)
		d.engine.err = func(n int) error {
			if n == 1 {
				return v.err
			}
			return nil
		}
		if code := d.callback(three); code != v.status || len(d.engine.received) != v.told {
			t.Errorf("%s: %d after %d", v.name, code, len(d.engine.received))
		}
		d.counted(doorCalls, v.counted, 1)
	}
	d := newDoor(t)
	d.directory.err = fault.Unavailable("db_away", "away")
	if code := d.callback(three); code != 503 {
		t.Errorf("directory away: %d", code)
	}
	if w := d.grid("[]"); w.Code != 503 {
		t.Errorf("directory away, Event Grid: %d", w.Code)
	}
	d.nothingStored()
}

// Nobody looks after a connection that comes up when its call is over.
func TestCallbacksOfACallThatIsOver(t *testing.T) {
	for _, v := range []struct {
		name, event string
		end         error
		status      int
		ended       bool
		counted     string
	}{
		{"it comes up", "CallConnected", nil, 200, true, wasEnded},
		{"it comes up, Microsoft is away", "CallConnected", fault.Unavailable("acs_unavailable", ""), 503, true, wasUnavailable},
		{"it comes up and may not be ended", "CallConnected", &bridge.Refused{}, 200, true, wasLate},
		{"it went down", "CallDisconnected", nil, 200, false, wasLate},
	} {
		d := newDoor(t)
		d.engine.err = func(int) error { return fault.NotFound("call_over", "over") }
		d.refuser.err = v.end
		for range 2 {
			if code := d.callback("[" + event("e1", v.event, "") + "]"); code != v.status {
				t.Errorf("%s: %d", v.name, code)
			}
		}
		d.counted(doorCalls, v.counted, 2)
		if !v.ended {
			if len(d.refuser.ended) > 0 {
				t.Errorf("%s: ended %v", v.name, d.refuser.ended)
			}
			continue
		}
		a, b := d.refuser.requests[0], d.refuser.requests[1]
		if a.ID == "" || a.ID != b.ID || a.Resource != "eu" || a.Call != testCall || d.refuser.ended[0] != testConn {
			t.Errorf("%s: %+v %+v, ended %v", v.name, a, b, d.refuser.ended)
		}
	}
}

func gridEventText(id, kind, data string) string {
	return `{"id":"` + id + `","topic":"` + testTopic + `","subject":"/caller/4:+49301/recipient/4:+49302","data":` + data +
		`,"eventType":"` + kind + `","dataVersion":"1.0","metadataVersion":"1","eventTime":"2026-01-02T03:04:05.1234567Z"}`
}

func invitation(custom string) string {
	return `{"to":{"kind":"phoneNumber","rawId":"4:+49302","phoneNumber":{"value":"+49302"}},
		"from":{"kind":"phoneNumber","rawId":"4:anonymous","phoneNumber":{"value":"anonymous","isAnonymous":true}},
		"serverCallId":"s","callerDisplayName":"","incomingCallContext":"opaque","correlationId":"corr"` + custom + `}`
}

func TestIncomingCall(t *testing.T) {
	want := bridge.Incoming{
		Resource: "eu", Seen: bridge.Seen{Resource: "eu", EventID: "g1"}, Context: "opaque", Correlation: "corr", From: "anonymous", To: "+49302",
	}
	cloud := `{"id":"g1","source":"` + testTopic + `","type":"Microsoft.Communication.IncomingCall","specversion":"1.0","data":` +
		invitation(`,"customContext":{"sipHeaders":{"X-MS-Custom-Tandem":"tok"}}`) + `}`
	for _, v := range []struct{ name, body, token string }{
		{"with a token", "[" + gridEventText("g1", typeIncoming, invitation(`,"customContext":{"sipHeaders":{"userToUser":"22;encoding=hex","X-MS-Custom-Tandem":"tok"},"voipHeaders":{}}`)) + "]", "tok"},
		{"header in another case", "[" + gridEventText("g1", typeIncoming, invitation(`,"customContext":{"sipHeaders":{"x-ms-custom-tandem":"tok"}}`)) + "]", "tok"},
		{"without context", "[" + gridEventText("g1", typeIncoming, invitation("")) + "]", ""},
		{"empty context", "[" + gridEventText("g1", typeIncoming, invitation(`,"customContext":null`)) + "]", ""},
		{"CloudEvents", cloud, "tok"},
		{"CloudEvents batch", "[" + cloud + "]", "tok"},
	} {
		d := newDoor(t)
		want.Token = v.token
		if w := d.grid(v.body); w.Code != 200 || w.Body.Len() > 0 {
			t.Errorf("%s: %d %s", v.name, w.Code, w.Body)
		}
		if len(d.engine.incoming) != 1 || d.engine.incoming[0] != want {
			t.Errorf("%s: %+v", v.name, d.engine.incoming)
		}
		d.counted(doorGrid, wasTaken, 1)
	}
}

func TestIncomingCallNobodyWaitsFor(t *testing.T) {
	body := "[" + gridEventText("g1", typeIncoming, invitation("")) + "]"
	for _, v := range []struct {
		name           string
		engine, refuse error
		status         int
		refused        bool
		counted        string
	}{
		{"refused", fault.NotFound("no_token", ""), nil, 200, true, wasRejected},
		{"refusal fails for now", fault.NotFound("no_token", ""), fault.Unavailable("acs_unavailable", ""), 503, true, wasUnavailable},
		{"refusal is refused", fault.NotFound("no_token", ""), &bridge.Refused{}, 200, true, wasLate},
		{"engine away", fault.Unavailable("db_away", ""), nil, 503, false, wasUnavailable},
	} {
		d := newDoor(t)
		d.engine.err = func(int) error { return v.engine }
		d.refuser.err = v.refuse
		for range 2 {
			if w := d.grid(body); w.Code != v.status {
				t.Errorf("%s: %d", v.name, w.Code)
			}
		}
		if !v.refused {
			if len(d.refuser.requests) > 0 {
				t.Errorf("%s: refused", v.name)
			}
			continue
		}
		a, b := d.refuser.requests[0], d.refuser.requests[1]
		if a.ID == "" || a.ID != b.ID || a.Resource != "eu" || d.refuser.contexts[0] != "opaque" {
			t.Errorf("%s: %+v %+v", v.name, a, b)
		}
		d.counted(doorGrid, v.counted, 2)
	}
}

func TestHandshakes(t *testing.T) {
	d := newDoor(t)
	code := `{"validationCode":"512d38b6-c7b8","validationUrl":"https://rp.example/validate"}`
	w := d.send("POST", testKeys.GridURL("https://x", "eu"), "["+gridEventText("v", typeValidation, code)+"]", "aeg-event-type", "SubscriptionValidation")
	var got map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || len(got) != 1 || got["validationResponse"] != "512d38b6-c7b8" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = d.send("OPTIONS", testKeys.GridURL("https://x", "eu"), "", "WebHook-Request-Origin", "eventgrid.azure.net")
	if w.Code != 200 || w.Header().Get("WebHook-Allowed-Origin") != "eventgrid.azure.net" || w.Header().Get("WebHook-Allowed-Rate") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	d.counted(doorGrid, wasHandshake, 2)
	if w := d.send("OPTIONS", testKeys.GridURL("https://x", "us"), ""); w.Code != 400 {
		t.Errorf("without origin: %d", w.Code)
	}
	if w := d.send("OPTIONS", "https://x/hooks/eventgrid/eu/guess", "", "WebHook-Request-Origin", "o"); w.Code != 404 {
		t.Errorf("wrong secret: %d", w.Code)
	}
	d.nothingStored()
}

func TestEventGridRefused(t *testing.T) {
	url := testKeys.GridURL("https://x", "eu")
	good := gridEventText("g", typeIncoming, invitation(""))
	foreign := strings.Replace(good, "/contoso", "/fabrikam", 1)
	for _, v := range []struct {
		name, url, body string
		status          int
		counted         string
	}{
		{"wrong secret", url[:len(url)-1] + "*", "[" + good + "]", 404, wasBadSecret},
		{"secret of another resource", strings.Replace(url, "/eu/", "/us/", 1), "[" + good + "]", 404, wasBadSecret},
		{"unknown resource", testKeys.GridURL("https://x", "us"), "[" + good + "]", 404, wasBadSecret},
		{"another topic", url, "[" + foreign + "]", 403, wasForeign},
		{"another topic among good ones", url, "[" + good + "," + foreign + "]", 403, wasForeign},
		{"handshake of another topic", url, strings.Replace(gridEventText("v", typeValidation, `{"validationCode":"c"}`), "/contoso", "/fabrikam", 1), 403, wasForeign},
		{"not JSON", url, "<xml/>", 400, wasBadBody},
		{"too large", url, `["` + strings.Repeat("x", maxBody) + `"]`, 413, wasBadBody},
		{"another type", url, gridEventText("g", "Microsoft.Communication.CallStarted", "{}"), 200, wasUnknown},
		{"handshake without code", url, gridEventText("v", typeValidation, "{}"), 200, wasUnknown},
		{"no incoming call context", url, gridEventText("g", typeIncoming, `{"to":{},"from":{}}`), 200, wasUnreadable},
		{"data of another type", url, gridEventText("g", typeIncoming, `"x"`), 200, wasUnreadable},
	} {
		d := newDoor(t)
		if w := d.send("POST", v.url, v.body); w.Code != v.status {
			t.Errorf("%s: %d, want %d", v.name, w.Code, v.status)
		}
		d.nothingStored()
		d.counted(doorGrid, v.counted, 1)
	}
	d := newDoor(t)
	d.directory.resource.Topic = "" // not known: not compared
	if w := d.grid("[" + foreign + "]"); w.Code != 200 || len(d.engine.incoming) != 1 {
		t.Errorf("topic not known: %d", w.Code)
	}
	d.directory.resource.Topic = strings.ToUpper(testTopic) + "/"
	if w := d.grid("[" + good + "]"); w.Code != 200 {
		t.Errorf("topic in another case: %d", w.Code)
	}
}

func TestNewHooksRefusesShortKeys(t *testing.T) {
	if _, err := NewHooks(HooksConfig{}); fault.KindOf(err) != fault.KindInvalid {
		t.Error(err)
	}
}
