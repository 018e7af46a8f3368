package dev_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/app"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/config"
	"tandem/internal/dev"
	"tandem/internal/simulator/pki"
	"tandem/internal/testkit"
	"tandem/sip/siptest"
)

// serveEnv names the configuration file of a product that this test binary is
// to be; see serveChild.
const serveEnv = "TANDEM_TEST_SERVE"

func TestMain(m *testing.M) {
	if file := os.Getenv(serveEnv); file != "" {
		if err := serveChild(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1) //nolint:forbidigo // this is the child's main
		}
		return
	}
	// The parallel tests of calls mostly wait, each for a stack of its own.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	pki.Recycle()
	// sipgo can leave a socket's reader behind when a message is being handled
	// while it closes; see the edge's own tests.
	testkit.Main(m, goleak.IgnoreAnyFunction("github.com/emiago/sipgo/sip.(*TransportUDP).readUDPConnection"))
}

// serveChild is `tandem serve`, so that a test can kill the product without
// killing itself. It says where it listens (app.Addrs) on stdout and logs on
// stderr.
func serveChild(file string) error {
	environ := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TANDEM_TEST_") })
	cfg, err := config.Load(file, environ)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	a, err := app.New(ctx, cfg, app.Options{Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(a.Addrs()); err != nil {
		return err
	}
	return a.Run(ctx)
}

// stack is a running stack and what its calls went through.
type stack struct {
	*dev.Stack
	http *http.Client

	mu      sync.Mutex
	seen    []bridge.Observation
	changed chan struct{} // closed and replaced with each observation
}

// start brings a stack up on free ports. It goes down with the test, which
// fails if Microsoft was asked for what it does not have, or was told nonsense.
// Without a directory it has a database on the server of all tests; a directory
// brings its own server, as `tandem dev` does.
func start(t testing.TB, o dev.Options) *stack {
	t.Helper()
	s := &stack{changed: make(chan struct{}), http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}}
	if o.Dir == "" {
		o.Dir = t.TempDir()
		if o.DatabaseURL == "" {
			o.DatabaseURL = testkit.Postgres(t).Admin
		}
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.SIP == "" {
		o.SIP = "127.0.0.1:0"
	}
	if os.Getenv("TANDEM_TEST_LOG") != "" && o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	o.Observe = s.observe
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var err error
	if s.Stack, err = dev.Start(ctx, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := s.Sim.Unhandled(); n > 0 {
			t.Errorf("%d requests asked Microsoft for something it does not have", n)
		}
		if v := s.violations(); len(v) > 0 {
			t.Errorf("Microsoft's SIP proxies complain: %v", v)
		}
		s.http.CloseIdleConnections()
		s.Close()
		remove(t, o.Dir)
	})
	return s
}

// remove deletes a stack's directory with its database, which lives elsewhere
// when root runs the tests.
func remove(t testing.TB, dir string) {
	t.Helper()
	if err := dev.Remove(dir); err != nil {
		t.Error(err)
	}
}

// violations are the breaches of Microsoft's rules.
func (s *stack) violations() map[string]int { return s.Sim.Proxies().Violations() }

func (s *stack) observe(o bridge.Observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, o)
	close(s.changed)
	s.changed = make(chan struct{})
}

// await waits for a step of a call, one that was already taken included.
func (s *stack) await(t *testing.T, what string, within time.Duration, is func(bridge.Observation) bool) bridge.Observation {
	t.Helper()
	limit := time.NewTimer(within)
	defer limit.Stop()
	for next := 0; ; {
		s.mu.Lock()
		seen, changed := s.seen[next:], s.changed
		next = len(s.seen)
		s.mu.Unlock()
		if i := slices.IndexFunc(seen, is); i >= 0 {
			return seen[i]
		}
		select {
		case <-changed:
		case <-limit.C:
			t.Fatalf("%s: not within %v; the steps were\n%s", what, within, s.story())
		}
	}
}

// newcomers tells the calls that come from now on from those that were there.
func (s *stack) newcomers() func(call.Call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := map[call.ID]bool{}
	for _, o := range s.seen {
		old[o.Call.ID] = true
	}
	return func(c call.Call) bool { return !old[c.ID] }
}

// story tells the latest steps of all calls.
func (s *stack) story() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, o := range s.seen[max(0, len(s.seen)-40):] {
		fmt.Fprintf(&b, "%s %s: near %s, far %s, connection %s; %s", o.Call.ID, o.Call.Phase, o.Call.Near.State, o.Call.Far.State, o.Call.Connection.State, o.Event.Kind())
		for _, a := range o.Actions {
			fmt.Fprintf(&b, " → %s", a.Do.Kind())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// eventually waits for something that gives no sign of itself.
func eventually(t testing.TB, what string, within time.Duration, is func() bool) {
	t.Helper()
	limit, tick := time.NewTimer(within), time.NewTicker(50*time.Millisecond)
	defer limit.Stop()
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("%s: not within %v", what, within)
		}
	}
}

// phone is the contact centre's telephone.
func (s *stack) phone(t testing.TB) *siptest.Phone {
	t.Helper()
	p, err := siptest.New(siptest.Config{Username: s.File.Peer.Username, Password: s.File.Peer.Password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// ask sends a request to the admin API and returns the status; a body that can
// be read goes into out, if not nil.
func (s *stack) ask(t testing.TB, method, path string, in, out any) int {
	t.Helper()
	status, raw, err := s.do(t.Context(), method, path, in)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil && len(raw) > 0 {
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	if status >= 300 {
		t.Logf("%s %s: %d %s", method, path, status, raw)
	}
	return status
}

// do sends a request to the admin API.
func (s *stack) do(ctx context.Context, method, path string, in any) (status int, answer []byte, err error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return 0, nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.File.API.URL+path, body)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.File.API.Key)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := s.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

// sipFault sets a fault of Microsoft's SIP proxies until the test is over.
func (s *stack) sipFault(t *testing.T, knob, value string) {
	t.Helper()
	if err := s.Sim.Proxies().SetFault(knob, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Sim.Proxies().SetFault(knob, "off") })
}

// microsoftCall is a call as the simulator shows it.
type microsoftCall struct {
	State        string   `json:"state"`
	Connection   string   `json:"call_connection_id"`
	SIPCallID    string   `json:"sip_call_id"`
	Participants []string `json:"participants"`
	Ringing      []string `json:"ringing"`
}

// calls are the calls that Microsoft has.
func (s *stack) calls(t *testing.T) []microsoftCall {
	t.Helper()
	var all []microsoftCall
	s.control(t, "GET", "/calls", nil, &all)
	return all
}

// control speaks with the simulator's desk.
func (s *stack) control(t testing.TB, method, path string, in, out any) {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if in == nil {
		raw = nil
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.File.Simulator.Control+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		t.Fatalf("%s /_sim%s: %d", method, path, res.StatusCode)
	}
	if out == nil {
		return
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		t.Fatalf("%s /_sim%s: %v", method, path, err)
	}
}
