package acs

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/signing"
	"tandem/internal/simulator/teams"
	"tandem/internal/simulator/voice"
)

func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m)
}

const (
	immutableID = "b9614373-fd0b-480c-8fd2-cb58b70eab9f"
	tenantID    = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	ada         = "fc4ccb5f-8046-4812-803f-6c344a5d1560"
	bob         = "0f9d33b0-1111-4222-8333-444455556666"
	accessKey   = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	version     = "2026-03-12"
	caller      = "+4930901820"
)

// fakeLeg is a caller's leg without SIP.
type fakeLeg struct {
	headers  map[string]string
	ended    chan struct{}
	answered chan struct{}
	once     sync.Once
	by       string
	status   int
	cause    int
	answer   func(context.Context) error
	attached atomic.Int32
	digit    func(byte)
	deaf     bool // has no sound
	pressed  string
	press    func(context.Context) error
}

func newLeg() *fakeLeg {
	return &fakeLeg{ended: make(chan struct{}), answered: make(chan struct{})}
}

func (l *fakeLeg) end(by string, status, cause int) {
	l.once.Do(func() {
		l.by, l.status, l.cause = by, status, cause
		close(l.ended)
	})
}
func (l *fakeLeg) From() string                            { return caller }
func (l *fakeLeg) To() string                              { return "+493023125000" }
func (l *fakeLeg) CallID() string                          { return "sip-1" }
func (l *fakeLeg) TrunkFQDN() string                       { return "e0.eu.sbc.tandem.test" }
func (l *fakeLeg) CustomHeaders() map[string]string        { return l.headers }
func (l *fakeLeg) Reject(status, cause int, phrase string) { l.end("microsoft", status, cause) }
func (l *fakeLeg) Bye(cause int, phrase string)            { l.end("microsoft", 0, cause) }
func (l *fakeLeg) Ended() <-chan struct{}                  { return l.ended }
func (l *fakeLeg) End() (string, int, int)                 { return l.by, l.status, l.cause }
func (l *fakeLeg) Answer(ctx context.Context) error {
	if l.answer != nil {
		return l.answer(ctx)
	}
	close(l.answered)
	return nil
}

// Attach gives the leg a place in the sound, silent.
func (l *fakeLeg) Attach(c *mixer.Conference) *mixer.Port {
	l.attached.Add(1)
	if c == nil || l.deaf {
		return nil
	}
	return c.Join("leg", nil)
}

func (l *fakeLeg) OnDigit(f func(byte)) { l.digit = f }

func (l *fakeLeg) Press(ctx context.Context, digits string) error {
	if l.press != nil {
		return l.press(ctx)
	}
	l.pressed += digits
	return nil
}

// told is one callback as the application saw it.
type told struct {
	Type string
	Time string
	Data struct {
		Participant  json.RawMessage
		Participants []participant
		Sequence     int `json:"sequenceNumber"`
		InvitationID string
		Context      string `json:"operationContext"`
		Result       struct {
			Code, SubCode int
			Message       string
		} `json:"resultInformation"`
		CallConnectionID string
		Version          string
	}
	path string
	raw  string
}

// held are the raw ids of those whom an event shows on hold.
func (e told) held() (list []string) {
	for _, p := range e.Data.Participants {
		if p.IsOnHold {
			list = append(list, p.Identifier.RawID)
		}
	}
	return list
}

// data is a member of the event's data, as JSON.
func (e told) data(t *testing.T, key string) string {
	t.Helper()
	var list []struct{ Data map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(e.raw), &list); err != nil {
		t.Fatal(err)
	}
	return string(list[0].Data[key])
}

func (e told) name() string { return strings.TrimPrefix(e.Type, "Microsoft.Communication.") }

// incoming is an IncomingCall event.
type incoming struct {
	To, From            struct{ Kind, RawID string }
	IncomingCallContext string
	CorrelationID       string
	ServerCallID        string
	CustomContext       *struct{ SIPHeaders, VoIPHeaders map[string]string }
}

// bench is a resource with an application behind it.
type bench struct {
	t *testing.T
	*Service
	api      *httptest.Server
	app      *httptest.Server
	events   chan told
	calls    chan incoming
	phones   *phones.Book
	backlog  []told
	all      []told // everything that event has looked at
	files    map[string][]byte
	sockets  chan *socket
	recorded chan json.RawMessage
	refuse   atomic.Bool   // sockets
	gate     chan struct{} // what the application waits for before it takes a socket; nil: nothing
}

type option func(*Config)

// signer makes the keys of callbacks once for all tests; making keys is slow.
var signer = sync.OnceValues(signing.New)

func newBench(t *testing.T, options ...option) *bench {
	t.Helper()
	b := &bench{t: t, events: make(chan told, 1024), calls: make(chan incoming, 16), files: soundFiles(), sockets: make(chan *socket, 8), recorded: make(chan json.RawMessage, 8)}
	b.app = httptest.NewTLSServer(http.HandlerFunc(b.receive))
	keys, err := signer()
	if err != nil {
		t.Fatal(err)
	}
	clk, book, logger := clock.New(), &faults.Book{}, slog.New(slog.DiscardHandler)
	sender := events.NewSender(events.Config{Keys: keys, Issuer: "https://authority.test", Client: b.app.Client(), Clock: clk, Faults: book})
	grid := events.NewGrid(sender)
	for name, types := range map[string][]string{"calls": nil, "files": {events.RecordingFileStatusUpdated}} {
		if err := grid.Subscribe(t.Context(), events.Subscription{Name: name, Topic: events.Topic("eu"), URL: b.app.URL + "/grid", Types: types}); err != nil {
			t.Fatal(err)
		}
	}
	b.phones = phones.New(clk)
	switches, err := evidence.NewSwitches(evidence.Inferences())
	if err != nil {
		t.Fatal(err)
	}
	people := teams.New(clk, book, logger)
	if err := people.AddTenant(teams.Tenant{ID: tenantID, Name: "Contoso", Federation: []string{immutableID}}); err != nil {
		t.Fatal(err)
	}
	for oid, name := range map[string]string{ada: "Ada", bob: "Bob"} {
		if err := people.Add(teams.Profile{OID: oid, Tenant: tenantID, Name: name, Behaviour: teams.Behaviour{Do: teams.Manual}}); err != nil {
			t.Fatal(err)
		}
	}
	config := Config{
		Sender: sender, Grid: grid, Directory: people, Clock: clk, Faults: book, Switches: switches, Logger: logger,
		Client: b.app.Client(), Storage: b.app.URL, Speaker: &voice.Speaker{Tones: true},
		Dial: func(ctx context.Context, o Outbound) (Leg, error) {
			line, err := b.phones.Dial(ctx, phones.Call{From: o.From, To: o.To, DisplayName: o.DisplayName, Headers: o.Headers})
			if err != nil {
				return nil, err
			}
			return line, nil
		},
		Resources: []Resource{{Name: "eu", Region: "eu", ImmutableID: immutableID, AccessKey: accessKey}},
	}
	for _, o := range options {
		o(&config)
	}
	if b.Service, err = New(config); err != nil {
		t.Fatal(err)
	}
	handler, err := b.Handler(immutableID)
	if err != nil {
		t.Fatal(err)
	}
	b.api = httptest.NewServer(handler)
	t.Cleanup(func() {
		if n := b.Unhandled(); n != 0 {
			t.Errorf("%d requests were not implemented", n)
		}
		b.api.Client().CloseIdleConnections()
		b.api.Close()
		b.Close()
		people.Close()
		sender.Close()
		clk.Close()
		b.app.Client().CloseIdleConnections()
		b.app.Close()
	})
	return b
}

// receive is the application's side.
func (b *bench) receive(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1/objects/"):
		b.Files().ServeHTTP(w, r)
		return
	case r.Method == http.MethodGet:
		b.give(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil { // the bench is being closed while a callback is on its way
		return
	}
	switch r.Header.Get("aeg-event-type") {
	case "SubscriptionValidation":
		var list []struct {
			Data struct{ ValidationCode string }
		}
		_ = json.Unmarshal(body, &list)
		_ = json.NewEncoder(w).Encode(map[string]string{"validationResponse": list[0].Data.ValidationCode})
	case "Notification":
		var list []struct {
			EventType, Subject string
			Data               json.RawMessage
		}
		if err := json.Unmarshal(body, &list); err != nil {
			b.t.Error(err)
		}
		if list[0].EventType == "Microsoft.Communication.RecordingFileStatusUpdated" {
			b.recorded <- list[0].Data
			return
		}
		var in incoming
		if err := json.Unmarshal(list[0].Data, &in); err != nil {
			b.t.Error(err)
		}
		b.calls <- in
	default:
		var list []told
		if err := json.Unmarshal(body, &list); err != nil {
			b.t.Error(err)
		}
		list[0].path, list[0].raw = r.URL.Path, string(body)
		checkEvent(b.t, body)
		b.events <- list[0]
	}
}

// request is a signed request.
type request struct {
	method, path string
	body         any
	repeat       string // Repeatability-Request-ID
	version      string
	unsigned     bool
}

type response struct {
	status int
	header http.Header
	body   string
}

func (r response) json(t *testing.T) map[string]any {
	t.Helper()
	m := map[string]any{}
	if err := json.Unmarshal([]byte(r.body), &m); err != nil {
		t.Fatalf("%v in %q", err, r.body)
	}
	return m
}

// code is the error's code.
func (r response) code() string {
	var e struct{ Error struct{ Code string } }
	_ = json.Unmarshal([]byte(r.body), &e)
	return e.Error.Code
}

func (b *bench) do(q request) response {
	b.t.Helper()
	res, err := b.api.Client().Do(b.request(q))
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	checkAnswer(b.t, q.method, res.Request.URL.EscapedPath(), res.StatusCode, text)
	return response{res.StatusCode, res.Header, string(text)}
}

// request makes the request, signed.
func (b *bench) request(q request) *http.Request {
	b.t.Helper()
	var body []byte
	switch v := q.body.(type) {
	case nil:
	case string:
		body = []byte(v)
	default:
		var err error
		if body, err = json.Marshal(v); err != nil {
			b.t.Fatal(err)
		}
	}
	if q.version == "" {
		q.version = version
	}
	path, isWhole := strings.CutPrefix(q.path, "!") // the whole path
	if !isWhole {
		path = "/calling/callConnections" + q.path
	}
	target := path + "?api-version=" + q.version
	req, err := http.NewRequest(q.method, b.api.URL+target, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(accessKey)
	if err != nil {
		b.t.Fatal(err)
	}
	date := time.Now().UTC().Format(http.TimeFormat)
	req.Header.Set("x-ms-date", date)
	req.Header.Set("x-ms-content-sha256", hashOf(body))
	req.Header.Set("x-ms-client-request-id", "client-1")
	if !q.unsigned {
		req.Header.Set("Authorization", signedHeaders+sign(key, q.method, target, date, req.Host, hashOf(body)))
	}
	if q.repeat != "" {
		req.Header.Set("Repeatability-Request-ID", q.repeat)
		req.Header.Set("Repeatability-First-Sent", date)
	}
	return req
}

func (b *bench) post(path string, body any) response {
	b.t.Helper()
	return b.do(request{method: http.MethodPost, path: path, body: body, repeat: uuid.NewString()})
}

// want fails the test unless the response has that status.
func (b *bench) want(r response, status int) response {
	b.t.Helper()
	if r.status != status {
		b.t.Fatalf("answered %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// event waits for the next event with that name; those before it stay for later.
func (b *bench) event(name string) told {
	b.t.Helper()
	for i, e := range b.backlog {
		if e.name() == name {
			b.backlog = append(b.backlog[:i:i], b.backlog[i+1:]...)
			return e
		}
	}
	deadline := time.After(10 * time.Second)
	for {
		select {
		case e := <-b.events:
			b.all = append(b.all, e)
			if e.name() == name {
				return e
			}
			b.backlog = append(b.backlog, e)
		case <-deadline:
			b.t.Fatalf("no %s; there were %v", name, names(b.backlog))
		}
	}
}

func names(list []told) (out []string) {
	for _, e := range list {
		out = append(out, e.name())
	}
	return out
}

// offer sends a call and waits until it is announced.
func (b *bench) offer(leg *fakeLeg) incoming {
	b.t.Helper()
	b.Offer(immutableID, leg)
	select {
	case in := <-b.calls:
		return in
	case <-time.After(10 * time.Second):
		b.t.Fatal("no IncomingCall")
		return incoming{}
	}
}

// talking makes a connected call and returns its leg and connection id.
func (b *bench) talking() (*fakeLeg, string) {
	b.t.Helper()
	leg := newLeg()
	in := b.offer(leg)
	r := b.want(b.post(":answer", map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": b.app.URL + "/cb", "operationContext": "call"}), http.StatusOK)
	id, _ := r.json(b.t)["callConnectionId"].(string)
	b.event("CallConnected")
	b.event("ParticipantsUpdated")
	return leg, id
}

func teamsUser(oid string) map[string]any {
	return map[string]any{
		"kind": "microsoftTeamsUser", "rawId": "8:orgid:" + oid,
		"microsoftTeamsUser": map[string]any{"userId": oid, "isAnonymous": false, "cloud": "public"},
	}
}

// ring adds a user and returns the invitation id once the user is rung.
func (b *bench) ring(id, oid, operation string) string {
	b.t.Helper()
	r := b.want(b.post("/"+id+"/participants:add", map[string]any{
		"participantToAdd": teamsUser(oid), "sourceDisplayName": "Contoso queue",
		"invitationTimeoutInSeconds": 30, "operationContext": operation,
	}), http.StatusAccepted)
	invitation, _ := r.json(b.t)["invitationId"].(string)
	b.event("ParticipantsUpdated")
	return invitation
}

// join adds a user who accepts.
func (b *bench) join(id, oid string) {
	b.t.Helper()
	b.ring(id, oid, "join")
	if err := b.Directory.Answer(oid, ""); err != nil {
		b.t.Fatal(err)
	}
	b.event("AddParticipantSucceeded")
	b.event("ParticipantsUpdated")
	b.event("ParticipantsUpdated")
}

func (b *bench) over(leg *fakeLeg) {
	b.t.Helper()
	select {
	case <-leg.ended:
	case <-time.After(10 * time.Second):
		b.t.Fatal("the leg does not end")
	}
}

// leaves waits until a user is in no call any more.
func (b *bench) leaves(oid string) {
	b.t.Helper()
	changed, stop := b.Directory.Watch()
	defer stop()
	deadline := time.After(10 * time.Second)
	for {
		if v, err := b.Directory.User(oid); err != nil || len(v.Calls) == 0 {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			b.t.Fatalf("%s stays", oid)
		}
	}
}
