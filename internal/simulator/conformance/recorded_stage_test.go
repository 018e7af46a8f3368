package conformance_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"tandem/internal/audio"
	"tandem/internal/simulator"
	"tandem/internal/simulator/pki"
)

// soon is for what only takes as long as the machine needs.
const soon = 20 * time.Second

// immutableID is that of the stage's one resource.
const immutableID = "6d889502-3d7a-41a8-befa-d21fd80e8767"

// user makes the raw id of an ACS user of the resource.
func user(n string) string {
	return "8:acs:" + immutableID + "_00000026-056a-0166-4ff7-343a0d00a9" + n
}

// The people of the recordings: who creates, who answers, who is added.
var alice, bob, carol = user("8a"), user("8b"), user("8c")

// stage is a simulator and the one application that owns all legs of a call. It
// is driven by plain signed HTTP; what it posts is kept in order of arrival.
type stage struct {
	*testing.T
	server  *simulator.Server
	running simulator.Running
	app     *httptest.Server
	version string // api-version

	mu      sync.Mutex
	posts   []*tree
	changed chan struct{} // closed and replaced with each post
}

func newStage(t *testing.T, version string, delays string) *stage {
	t.Helper()
	return newStageOf(t, version, simulator.Config{Delays: delays})
}

// newStageOf makes a stage of a simulator with more settings.
func newStageOf(t *testing.T, version string, c simulator.Config) *stage {
	t.Helper()
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Loopback()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, version: version, changed: make(chan struct{})}
	s.app = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.app.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	s.app.Config.ErrorLog = log.New(io.Discard, "", 0) // of connections that are closed early
	s.app.StartTLS()
	t.Cleanup(s.app.Close)
	c.CA, c.Resources = ca, []simulator.Resource{{Name: "eu", Region: "eu", ImmutableID: immutableID}}
	if s.server, err = simulator.New(c); err != nil {
		t.Fatal(err)
	}
	if err := s.server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.server.Close)
	if err := s.server.Subscribe(t.Context(), simulator.Subscription{Resource: "eu", URL: s.app.URL + "/grid"}); err != nil {
		t.Fatal(err)
	}
	s.running = s.server.Resources()[0]
	t.Cleanup(func() {
		if n := s.server.Unhandled(); n != 0 {
			t.Errorf("%d requests were not implemented", n)
		}
	})
	return s
}

// serve is the application: callbacks and Event Grid, files to play, a socket.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/callbacks":
		raw, _ := io.ReadAll(r.Body)
		if n := parse(s.T, raw); len(n.items) == 1 {
			s.keep(n.items[0])
		} else {
			s.Errorf("a callback has %d events: %s", len(n.items), raw)
		}
	case "/grid":
		var list []struct {
			EventType string
			Data      json.RawMessage
		}
		if err := json.NewDecoder(r.Body).Decode(&list); err != nil || len(list) != 1 {
			s.Errorf("an event of Event Grid: %v", err)
			return
		}
		var handshake struct{ ValidationCode string }
		if strings.HasSuffix(list[0].EventType, "SubscriptionValidationEvent") {
			_ = json.Unmarshal(list[0].Data, &handshake)
			_ = json.NewEncoder(w).Encode(map[string]string{"validationResponse": handshake.ValidationCode})
			return
		}
		s.keep(parse(s.T, list[0].Data))
	case "/prompt.wav":
		_ = audio.WriteWAV(w, audio.PCM{Rate: 16000, Samples: make([]int16, 3200)})
	case "/broken.wav":
		_, _ = io.WriteString(w, "this is no sound")
	case "/socket":
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		for {
			if _, _, err := conn.Read(r.Context()); err != nil {
				return
			}
		}
	default:
		http.NotFound(w, r)
	}
}

func (s *stage) keep(n *tree) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts = append(s.posts, n)
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *stage) all() []*tree {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*tree(nil), s.posts...)
}

// await waits for the nth post, from 0, that is so.
func (s *stage) await(what string, nth int, is func(*tree) bool) *tree {
	s.Helper()
	limit := time.NewTimer(soon)
	defer limit.Stop()
	for {
		s.mu.Lock()
		list, changed := s.posts, s.changed
		s.mu.Unlock()
		seen := 0
		for _, n := range list {
			if is(n) {
				if seen == nth {
					return n
				}
				seen++
			}
		}
		select {
		case <-changed:
		case <-limit.C:
			s.Fatalf("%s did not arrive; there were %v", what, tokens(list))
		}
	}
}

// event waits for the nth callback of a name on a leg, "" being any.
func (s *stage) event(leg, name string, nth int) *tree {
	s.Helper()
	return s.await(name, nth, func(n *tree) bool {
		return eventName(n) == name && (leg == "" || n.at("data", "callConnectionId").text == leg)
	})
}

// held waits until a leg was told that somebody is on hold, or nobody.
func (s *stage) held(leg string, people int) *tree {
	s.Helper()
	return s.await("the hold", 0, func(n *tree) bool {
		return n.at("data", "callConnectionId").text == leg && eventName(n) == updated && onHold(n) == people
	})
}

// incoming waits for the nth IncomingCall and returns its context.
func (s *stage) incoming(nth int) string {
	s.Helper()
	return s.await("IncomingCall", nth, isIncoming).at("incomingCallContext").text
}

// reply is an answer of the service.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a signed request (facts/call-automation.md §2.1).
func (s *stage) ask(method, path string, body any, header http.Header) reply {
	s.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			s.Fatal(err)
		}
	}
	if raw != nil {
		header = header.Clone()
		if header == nil {
			header = http.Header{}
		}
		header.Set("Content-Type", "application/json")
	}
	return s.signed(method, "/calling/"+path+"?api-version="+s.version, raw, header)
}

// signed sends a request to the resource with the signature of its key.
func (s *stage) signed(method, target string, raw []byte, header http.Header) reply {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), soon)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.running.Endpoint, "/")+target, bytes.NewReader(raw))
	if err != nil {
		s.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	key, err := base64.StdEncoding.DecodeString(s.running.AccessKey)
	if err != nil {
		s.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	hash, date := base64.StdEncoding.EncodeToString(sum[:]), time.Now().UTC().Format(http.TimeFormat)
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, method+"\n"+req.URL.RequestURI()+"\n"+date+";"+req.URL.Host+";"+hash)
	req.Header.Set("x-ms-date", date)
	req.Header.Set("x-ms-content-sha256", hash)
	req.Header.Set("Authorization", "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := s.app.Client().Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	r := reply{status: res.StatusCode, header: res.Header}
	if r.body, err = io.ReadAll(res.Body); err != nil {
		s.Fatal(err)
	}
	return r
}

// do posts, and fails where the service refuses.
func (s *stage) do(path string, body any) *tree {
	s.Helper()
	r := s.ask(http.MethodPost, path, body, http.Header{
		"Repeatability-Request-Id": {uuid.NewString()}, "Repeatability-First-Sent": {time.Now().UTC().Format(http.TimeFormat)},
	})
	if r.status >= 300 {
		s.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	if len(r.body) == 0 {
		return &tree{}
	}
	return parse(s.T, r.body)
}

// control speaks with the simulator's desk.
func (s *stage) control(path string, body any) {
	s.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.server.Control()+path, bytes.NewReader(raw))
	if err != nil {
		s.Fatal(err)
	}
	res, err := s.app.Client().Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		s.Fatalf("POST /_sim%s: %d", path, res.StatusCode)
	}
}
