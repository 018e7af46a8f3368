package simulator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/audio"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/teams"
)

func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m)
}

const (
	contoso  = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	ada      = "fc4ccb5f-8046-4812-803f-6c344a5d1560"
	resource = "b9614373-fd0b-480c-8fd2-cb58b70eab9f"
	trunk    = "e0.eu.sbc.tandem.test"
)

// world is a running simulator with an application, which answers the
// handshake and hands out what it is told.
type world struct {
	t *testing.T
	*Server
	client *http.Client
	app    string
	events chan event
	calls  chan incoming
}

type event struct {
	Type string
	Data struct {
		CallConnectionID string
		Result           struct{ Code, SubCode int } `json:"resultInformation"`
		Tone             string
		DTMF             struct{ Tones []string } `json:"dtmfResult"`
	}
}

type incoming struct {
	IncomingCallContext string
	CustomContext       struct{ SIPHeaders map[string]string }
}

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, events: make(chan event, 64), calls: make(chan incoming, 4)}
	c := Config{
		CA:        ca,
		Resources: []Resource{{Name: "eu", Region: "eu", ImmutableID: resource, Trunks: []Trunk{{FQDN: trunk}}}},
		Tenants:   []Tenant{{ID: contoso, Name: "Contoso Airlines", Roles: []string{"Presence.Read.All"}, Federation: []string{resource}}},
		Users:     []teams.Profile{{OID: ada, Tenant: contoso, Name: "Ada Lovelace", Behaviour: teams.Behaviour{Do: teams.Manual}}},
		Apps:      []entra.App{{ClientID: "app", Secret: "secret"}},
	}
	w.startApp(ca)
	c.Subscriptions = []Subscription{{Resource: "eu", URL: w.app + "/grid"}}
	if change != nil {
		change(&c)
	}
	if w.Server, err = New(c); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}}
	w.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if n := w.Unhandled(); n != 0 {
			t.Errorf("%d requests were not implemented", n)
		}
		w.Close()
		w.Close()
	})
	return w
}

// startApp serves the application by https under the authority's certificate.
func (w *world) startApp(ca *pki.Authority) {
	cert, err := ca.Loopback()
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		w.t.Fatal(err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(w.receive), ReadHeaderTimeout: time.Minute,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.ServeTLS(l, "", "")
	}()
	w.t.Cleanup(func() { _ = server.Close(); <-done })
	w.app = "https://" + l.Addr().String()
}

func (w *world) receive(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.Header.Get("aeg-event-type") {
	case "SubscriptionValidation":
		var list []struct {
			Data struct{ ValidationCode string }
		}
		_ = json.Unmarshal(body, &list)
		_ = json.NewEncoder(out).Encode(map[string]string{"validationResponse": list[0].Data.ValidationCode})
	case "Notification":
		var list []struct{ Data incoming }
		_ = json.Unmarshal(body, &list)
		w.calls <- list[0].Data
	default:
		var list []event
		_ = json.Unmarshal(body, &list)
		w.events <- list[0]
	}
}

func next[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// event waits for that event and drops the others.
func (w *world) event(name string) event {
	w.t.Helper()
	for {
		if e := next(w.t, name, w.events); e.Type == "Microsoft.Communication."+name {
			return e
		}
	}
}

// acs sends a signed request about calls to the resource.
func (w *world) acs(method, path string, body any) (int, map[string]any) {
	w.t.Helper()
	return w.signed(method, "/calling/callConnections"+path, body)
}

// signed sends a signed request to the resource.
func (w *world) signed(method, path string, body any) (int, map[string]any) {
	w.t.Helper()
	r := w.Resources()[0]
	text := []byte{}
	if body != nil {
		text, _ = json.Marshal(body)
	}
	target := path + "?api-version=2026-03-12"
	req, err := http.NewRequest(method, strings.TrimSuffix(r.Endpoint, "/")+target, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	hash, date := base64.StdEncoding.EncodeToString(sum[:]), time.Now().UTC().Format(http.TimeFormat)
	key, err := base64.StdEncoding.DecodeString(r.AccessKey)
	if err != nil {
		w.t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s\n%s\n%s;%s;%s", method, target, date, req.Host, hash)
	req.Header.Set("x-ms-date", date)
	req.Header.Set("x-ms-content-sha256", hash)
	req.Header.Set("Authorization", "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return w.send(req)
}

func (w *world) send(req *http.Request) (int, map[string]any) {
	w.t.Helper()
	res, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer := map[string]any{}
	_ = json.NewDecoder(res.Body).Decode(&answer)
	return res.StatusCode, answer
}

// sim sends a request to /_sim.
func (w *world) sim(method, path, body string) (int, map[string]any) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.Control()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(req)
}

// answer takes the announced call and returns the connection id.
func (w *world) answer(in incoming) string {
	w.t.Helper()
	status, props := w.acs(http.MethodPost, ":answer", map[string]any{"incomingCallContext": in.IncomingCallContext, "callbackUri": w.app + "/cb"})
	if status != http.StatusOK {
		w.t.Fatalf("answer: %d %v", status, props)
	}
	w.event("CallConnected")
	return props["callConnectionId"].(string)
}

func (w *world) add(call string) {
	w.t.Helper()
	status, answer := w.acs(http.MethodPost, "/"+call+"/participants:add", map[string]any{"participantToAdd": map[string]any{"rawId": "8:orgid:" + ada}})
	if status != http.StatusAccepted {
		w.t.Fatalf("add: %d %v", status, answer)
	}
}

// subscribed waits until the background subscription is there.
func (w *world) subscribed() {
	w.t.Helper()
	if err := w.Subscribe(w.t.Context(), Subscription{Resource: "eu", URL: w.app + "/grid"}); err != nil {
		w.t.Fatal(err)
	}
}

func TestPlacedCallByTheControlInterface(t *testing.T) {
	w := newWorld(t, nil)
	w.subscribed()
	status, placed := w.sim(http.MethodPost, "/incoming", `{"resource":"eu","from":"+4930901820","to":"+493023125000","headers":{"X-MS-Custom-Tandem":"t"}}`)
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, placed)
	}
	in := next(t, "IncomingCall", w.calls)
	if in.IncomingCallContext != placed["incomingCallContext"] || in.CustomContext.SIPHeaders["X-MS-Custom-Tandem"] != "t" {
		t.Errorf("announced %+v", in)
	}
	call := w.answer(in)
	w.add(call)
	if status, user := w.sim(http.MethodPost, "/users/"+ada+"/accept", ""); status != http.StatusOK || len(user["calls"].([]any)) != 1 {
		t.Errorf("accept: %d %v", status, user)
	}
	w.event("AddParticipantSucceeded")
	if status, _ := w.sim(http.MethodPost, "/calls/"+call+"/hangup", ""); status != http.StatusNoContent {
		t.Errorf("caller hangs up: %d", status)
	}
	if status, _ := w.sim(http.MethodPost, "/users/"+ada+"/hangup", `{"call":"`+call+`"}`); status != http.StatusOK {
		t.Errorf("hang up: %d", status)
	}
	w.event("CallDisconnected")
}

// Keys of callbacks and tokens for Graph come from where clients look for them.
func TestAuthorityAndGraph(t *testing.T) {
	w := newWorld(t, nil)
	get := func(url string) map[string]any {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, answer := w.send(req)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", url, status)
		}
		return answer
	}
	if doc := get(w.CallbackConfiguration()); doc["jwks_uri"] != w.CallbackKeys() || doc["issuer"] != w.CallbackIssuer() {
		t.Errorf("configuration %v", doc)
	}
	if keys := get(w.CallbackKeys()); len(keys["keys"].([]any)) != 1 {
		t.Errorf("keys %v", keys)
	}
	if status, _ := w.sim(http.MethodPost, "/keys/rotate", ""); status != http.StatusNoContent {
		t.Errorf("rotate: %d", status)
	}
	if keys := get(w.CallbackKeys()); len(keys["keys"].([]any)) != 2 {
		t.Errorf("keys after rotation %v", keys)
	}
	discovery := get(w.Authority() + contoso + "/v2.0/.well-known/openid-configuration?")
	res, err := w.client.PostForm(discovery["token_endpoint"].(string), map[string][]string{
		"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"secret"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var token struct {
		Text string `json:"access_token"`
	}
	err = json.NewDecoder(res.Body).Decode(&token)
	_ = res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, w.Graph()+"v1.0/communications/getPresencesByUserId", strings.NewReader(`{"ids":["`+ada+`"]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Text)
	if status, answer := w.send(req); status != http.StatusOK || len(answer["value"].([]any)) != 1 {
		t.Errorf("presence: %d %v", status, answer)
	}
}

// silentLeg has no SIP and no sound.
type silentLeg struct{ ended chan struct{} }

func (l silentLeg) From() string                     { return "+4930901820" }
func (l silentLeg) To() string                       { return "+493023125000" }
func (l silentLeg) CallID() string                   { return "x" }
func (l silentLeg) TrunkFQDN() string                { return trunk }
func (l silentLeg) CustomHeaders() map[string]string { return nil }
func (l silentLeg) Answer(context.Context) error     { return nil }
func (l silentLeg) Reject(int, int, string)          { close(l.ended) }
func (l silentLeg) Bye(int, string)                  { close(l.ended) }
func (l silentLeg) Ended() <-chan struct{}           { return l.ended }
func (l silentLeg) End() (string, int, int)          { return "microsoft", 0, 16 }

func (l silentLeg) Attach(*mixer.Conference) *mixer.Port { return nil }
func (l silentLeg) OnDigit(func(byte))                   {}
func (l silentLeg) Press(context.Context, string) error  { return nil }

func TestOwnLegAndItsSound(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, nil)
	w.subscribed()
	leg := silentLeg{make(chan struct{})}
	w.Offer(resource, leg)
	call := w.answer(next(t, "IncomingCall", w.calls))
	w.add(call)
	w.event("ParticipantsUpdated")
	if err := w.Users().Answer(ada, ""); err != nil {
		t.Fatal(err)
	}
	w.event("AddParticipantSucceeded")
	if status, _ := w.acs(http.MethodPost, "/"+call+":terminate", nil); status != http.StatusNoContent {
		t.Errorf("terminate: %d", status)
	}
	w.event("CallDisconnected")
	next(t, "end of the leg", leg.ended)
}

func TestPortInUseIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for part, c := range map[string]Config{
		"control":     {Listen: Listen{Control: l.Addr().String()}},
		"graph":       {Listen: Listen{Graph: l.Addr().String()}},
		"resource eu": {Resources: []Resource{{Name: "eu", Listen: l.Addr().String()}}},
	} {
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), l.Addr().String()) {
			t.Errorf("%s: %v", part, err)
		}
	}
}

func TestBadConfigurations(t *testing.T) {
	for name, c := range map[string]Config{
		"nameless resource":    {Resources: []Resource{{}}},
		"same name twice":      {Resources: []Resource{{Name: "a"}, {Name: "a"}}},
		"user without tenant":  {Users: []teams.Profile{{OID: ada, Tenant: contoso}}},
		"unknown subscription": {Subscriptions: []Subscription{{Resource: "x"}}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	s, err := New(Config{Resources: []Resource{{Name: "a", AccessKey: "?"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err == nil {
		t.Error("a bad access key was accepted")
	}
}
