package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/audio"
	"tandem/internal/simulator/acs"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/signing"
	"tandem/internal/simulator/teams"
)

func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m)
}

const (
	resource = "b9614373-fd0b-480c-8fd2-cb58b70eab9f"
	contoso  = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	ada      = "fc4ccb5f-8046-4812-803f-6c344a5d1560"
)

type fakeSIP struct{ set map[string]string }

func (f *fakeSIP) SetFault(knob, value string) error {
	if knob != "silent" {
		return errors.New("no such fault")
	}
	if f.set[knob] = value; value == "off" {
		delete(f.set, knob)
	}
	return nil
}
func (f *fakeSIP) ClearFaults()              { clear(f.set) }
func (f *fakeSIP) Faults() map[string]string { return maps.Clone(f.set) }
func (f *fakeSIP) FaultTexts() map[string]string {
	return map[string]string{"silent": "value: proxies; TCP is accepted, nothing is ever answered"}
}

type bench struct {
	t *testing.T
	*Handler
	sip        *fakeSIP
	sessions   chan *teams.Session
	did        []string // what whoever invited was told
	subscribed []string
	rotated    int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	clk, book, logger := clock.New(), &faults.Book{}, slog.New(slog.DiscardHandler)
	keys, err := signing.New()
	if err != nil {
		t.Fatal(err)
	}
	people := teams.New(clk, book, logger)
	if err := people.AddTenant(teams.Tenant{ID: contoso, Name: "Contoso <Airlines>", Federation: []string{resource}}); err != nil {
		t.Fatal(err)
	}
	if err := people.Add(teams.Profile{OID: ada, Tenant: contoso, Name: "Ada Lovelace", Behaviour: teams.Behaviour{Do: teams.Manual}}); err != nil {
		t.Fatal(err)
	}
	sender := events.NewSender(events.Config{Keys: keys, Client: http.DefaultClient, Clock: clk, Faults: book})
	resources := []acs.Resource{{Name: "eu-1", Region: "eu", ImmutableID: resource, AccessKey: "a2V5"}}
	grid := events.NewGrid(sender)
	switches, err := evidence.NewSwitches(evidence.Inferences())
	if err != nil {
		t.Fatal(err)
	}
	calls, err := acs.New(acs.Config{Sender: sender, Grid: grid, Directory: people, Clock: clk, Faults: book, Switches: switches, Logger: logger, Resources: resources})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, sip: &fakeSIP{map[string]string{}}, sessions: make(chan *teams.Session, 8)}
	b.Handler = New(Config{
		Directory: people, Calls: calls, Phones: phones.New(clk), Switches: switches, Clock: clk, Faults: book, SIP: b.sip, Resources: resources, Subscriptions: grid.Subscriptions, DeadLetters: grid.DeadLetters,
		Subscribe: func(_ context.Context, id, url string, _ []string, _ bool) error {
			b.subscribed = append(b.subscribed, id+" "+url)
			return nil
		},
		Rotate: func() error { b.rotated++; return nil },
	})
	t.Cleanup(func() { calls.Close(); people.Close(); sender.Close(); clk.Close() })
	return b
}

func (b *bench) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost:8090"+path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// ring lets Ada's phone ring.
func (b *bench) ring() {
	b.t.Helper()
	room := mixer.New(nil)
	b.t.Cleanup(room.Close)
	customer := room.Join("customer", nil)
	for range 4 {
		customer.Write(slices.Repeat([]int16{7}, 160))
	}
	b.Directory.Ring(ada, teams.Invitation{
		ID: "ring-1", Call: "call-1", Resource: resource, From: "+4930901820", DisplayName: "Contoso queue", Timeout: time.Minute, Room: room,
		VoIPHeaders: map[string]string{"order": "<17>"},
		Done:        func(_ teams.Outcome, s *teams.Session) { b.sessions <- s },
		Left:        func() { b.did = append(b.did, "left") },
		Changed:     func(muted, held bool) { b.did = append(b.did, fmt.Sprintf("changed:%t,%t", muted, held)) },
		Pressed:     func(digit byte) { b.did = append(b.did, string(digit)) },
		Transfer:    func(target string) error { b.did = append(b.did, target); return nil },
	})
}

func TestControl(t *testing.T) {
	b := newBench(t)
	user := "/_sim/users/" + ada
	steps := []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"GET", "/_sim/users", "", 200, `"name":"Ada Lovelace"`},
		{"GET", user, "", 200, `"ringing":[]`},
		{"GET", "/_sim/users/x", "", 404, `"error"`},
		{"PUT", user, `{"presence":"Busy","client":"web","behaviour":{"do":"decline","after_seconds":2}}`, 200, `"after_seconds":2`},
		{"PUT", user, `{"presence":{"availability":"Available"},"behaviour":"manual"}`, 200, `"activity":"Available"`},
		{"PUT", user, `{"mood":"good"}`, 400, "mood"},
		{"PUT", user, `{"presence":"Asleep"}`, 400, "Asleep"},
		{"PUT", user, `[`, 400, "request body"},
		{"PUT", "/_sim/users/x", `{}`, 404, ""},
		{"POST", user + "/accept", "", 404, ""},
		{"POST", user + "/hangup", "", 404, ""},
		{"GET", user + "/heard", "", 404, ""},
		{"GET", "/_sim/calls", "", 200, "[]"},
		{"POST", "/_sim/calls/x/hangup", "", 404, ""},
		{"POST", "/_sim/incoming", `{"resource":"nowhere","from":"+1","to":"+2"}`, 400, "nowhere"},
		{"POST", "/_sim/incoming", `{"resource":"eu","from":"ada","to":"+493012345"}`, 400, "number"},
		{"GET", "/_sim/phones/ada", "", 200, `"calls":[]`},
		{"POST", "/_sim/incoming", `{"resource":"eu-1","from":"+4930901820","to":"+493012345"}`, 200, "incomingCallContext"},
		{"POST", "/_sim/faults", `{"knob":"no.such"}`, 400, "no.such"},
		{"POST", "/_sim/faults", `{"knob":"event.lose","scope":"CallConnected","seed":7}`, 204, ""},
		{"POST", "/_sim/faults", `{"knob":"sip.silent","value":"sip2"}`, 204, ""},
		{"POST", "/_sim/faults", `{"knob":"sip.loud"}`, 400, "no such fault"},
		{"GET", "/_sim/faults", "", 200, `[{"id":1,"knob":"event.lose","scope":"CallConnected","probability":0.5,"seed":7},{"knob":"sip.silent","value":"sip2"}]`},
		{"GET", "/_sim/knobs", "", 200, `"token.expired"`},
		{"GET", "/_sim/knobs", "", 200, `"sip.silent":"value: proxies`},
		{"DELETE", "/_sim/faults/1", "", 204, ""},
		{"DELETE", "/_sim/faults/1", "", 404, "no such fault"},
		{"DELETE", "/_sim/faults/sip.silent", "", 204, ""},
		{"DELETE", "/_sim/faults/sip.silent", "", 404, "no such fault"},
		{"DELETE", "/_sim/faults/one", "", 400, "GET /_sim/faults"},
		{"GET", "/_sim/faults", "", 200, "[]"},
		{"POST", "/_sim/faults", `{"knob":"event.lose","count":2}`, 204, ""},
		{"GET", "/_sim/faults", "", 200, `"id":2,"left":2`},
		{"POST", "/_sim/faults", `{"knob":"sip.silent","value":"sip2"}`, 204, ""},
		{"DELETE", "/_sim/faults", "", 204, ""},
		{"GET", "/_sim/faults", "", 200, "[]"},
		{"POST", "/_sim/faults", `{"knob":"sip.silent","value":"sip2"}`, 204, ""},
		{"POST", "/_sim/clock", `{"advance":"90s"}`, 200, `"now"`},
		{"POST", "/_sim/clock", `{"advance":1.5}`, 200, `"now"`},
		{"POST", "/_sim/clock", `{"advance":"soon"}`, 400, "advance"},
		{"POST", "/_sim/clock", `{"advance":-1}`, 400, "advance"},
		{"POST", "/_sim/keys/rotate", "", 204, ""},
		{"GET", "/_sim/subscriptions", "", 200, "[]"},
		{"POST", "/_sim/subscriptions", `{"resource":"eu","url":"https://127.0.0.1:1/x"}`, 204, ""},
		{"GET", "/_sim/unhandled", "", 200, `{"count":0}`},
		{"POST", "/_sim/reset", "", 204, ""},
		{"GET", "/_sim/faults", "", 200, "[]"},
		{"GET", "/_sim/nothing", "", 404, ""},
		{"DELETE", user, "", 405, ""},
	}
	for _, s := range steps {
		w := b.do(s.method, s.path, s.body)
		if w.Code != s.status || !strings.Contains(w.Body.String(), s.contains) {
			t.Errorf("%s %s %s: %d %s", s.method, s.path, s.body, w.Code, w.Body)
		}
	}
	if len(b.sip.set) != 0 || b.rotated != 1 || !slices.Equal(b.subscribed, []string{resource + " https://127.0.0.1:1/x"}) {
		t.Errorf("sip %v, rotated %d, subscribed %v", b.sip.set, b.rotated, b.subscribed)
	}
}

// What is heard can be fetched as a WAV file.
func TestHeard(t *testing.T) {
	b := newBench(t)
	b.ring()
	if w := b.do("POST", "/_sim/users/"+ada+"/accept", `{"ring":"ring-1"}`); w.Code != 200 || !strings.Contains(w.Body.String(), `"call":"call-1"`) {
		t.Fatalf("accept: %d %s", w.Code, w.Body)
	}
	var pcm audio.PCM
	var err error
	for deadline := time.After(5 * time.Second); err == nil && !slices.Contains(pcm.Samples, 7); {
		select {
		case <-deadline:
			t.Fatal("the user hears nothing")
		case <-time.After(10 * time.Millisecond):
		}
		if w := b.do("GET", "/_sim/users/"+ada+"/heard?call=call-1", ""); w.Code == http.StatusOK {
			if kind := w.Header().Get("Content-Type"); kind != "audio/wav" {
				t.Fatalf("type %s", kind)
			}
			pcm, err = audio.ReadWAV(w.Body)
		}
	}
	if err != nil || pcm.Rate != 8000 {
		t.Errorf("rate %d, %v", pcm.Rate, err)
	}
}

// A telephone's sound can be fetched in parts, as a browser's player does.
func TestPhoneHeard(t *testing.T) {
	b := newBench(t)
	path := "/_sim/phones/+34910000001"
	if w := b.do("GET", path+"/heard", ""); w.Code != http.StatusNotFound {
		t.Errorf("nobody's: %d", w.Code)
	}
	if w := b.do("PUT", path, `{"behaviour":"busy","after_seconds":2}`); w.Code != 200 || !strings.Contains(w.Body.String(), `"behaviour":"busy","after_seconds":2`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	w := b.do("GET", path+"/heard", "", "Range", "bytes=0-3")
	if w.Code != http.StatusPartialContent || w.Body.String() != "RIFF" || w.Header().Get("Content-Type") != "audio/wav" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
}

// What a person does in a call, as the buttons send it.
func TestInACall(t *testing.T) {
	b := newBench(t)
	b.ring()
	user := "/_sim/users/" + ada
	for _, s := range []struct {
		path, body string
		status     int
		contains   string
	}{
		{"/mute", "", 404, ""},
		{"/accept", `{"ring":"ring-1"}`, 200, `"muted":false,"held":false`},
		{"/mute", "", 200, `"muted":true`},
		{"/unmute", `{"call":"call-1"}`, 200, `"muted":false`},
		{"/hold", `{"call":"call-1"}`, 200, `"held":true`},
		{"/unhold", "", 200, `"held":false`},
		{"/hold", `{"call":"call-2"}`, 404, ""},
		{"/dtmf", `{"digits":"1#"}`, 200, ""},
		{"/dtmf", `{"digits":"one"}`, 400, "keys"},
		{"/transfer", `{"target":"+493012345"}`, 200, ""},
		{"/transfer", `{"target":"Bob"}`, 400, "neither"},
		{"/transfer", `{"target":"` + resource + `"}`, 404, ""},
		{"/hangup", `{"call":"call-1"}`, 200, `"calls":[]`},
	} {
		w := b.do("POST", user+s.path, s.body)
		if w.Code != s.status || !strings.Contains(w.Body.String(), s.contains) {
			t.Errorf("%s %s: %d %s", s.path, s.body, w.Code, w.Body)
		}
	}
	if strings.Join(b.did, " ") != "changed:true,false changed:false,false changed:false,true changed:false,false 1 # +493012345 left" {
		t.Errorf("whoever invited was told %v", b.did)
	}
}

// Another site's page must not be able to press a button here.
func TestOtherSitesAreRefused(t *testing.T) {
	b := newBench(t)
	for name, header := range map[string][]string{
		"by fetch metadata": {"Sec-Fetch-Site", "cross-site"},
		"by origin":         {"Origin", "https://evil.example"},
	} {
		if w := b.do("POST", "/_sim/reset", "", header...); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := b.do("POST", "/_sim/reset", "", "Sec-Fetch-Site", "same-origin"); w.Code != http.StatusNoContent {
		t.Errorf("own page: %d", w.Code)
	}
}

func FuzzControl(f *testing.F) {
	f.Add(`{"presence":"Busy","behaviour":{"do":"accept","after_seconds":1e300}}`)
	f.Add(`{"behaviour":"fail"}`)
	f.Fuzz(func(t *testing.T, body string) {
		var c teams.Change
		if json.Unmarshal([]byte(body), &c) == nil && c.Behaviour != nil && c.Behaviour.After > 24*time.Hour {
			t.Errorf("after %v", c.Behaviour.After)
		}
	})
}
