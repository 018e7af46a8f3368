package dev_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/localpg"
	"tandem/sip/siptest"
)

// database is a Postgres behind a door that can be shut: to its clients it is
// then as gone as one whose machine restarts.
type database struct {
	url      string
	upstream string // its socket
	door     net.Listener
	wg       sync.WaitGroup

	mu    sync.Mutex
	shut  bool
	conns map[net.Conn]bool
}

// openDatabase starts one that ends with the test.
func openDatabase(t *testing.T) *database {
	t.Helper()
	ctx := t.Context()
	pg, err := localpg.Start(ctx, localpg.Config{Dir: shortDir(t), Scratch: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pg.Close(); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(pg.DataDir())
	})
	u, err := url.Parse(pg.DSN())
	if err != nil {
		t.Fatal(err)
	}
	const socket = ".s.PGSQL.5432"
	q, dir := u.Query(), shortDir(t)
	d := &database{upstream: filepath.Join(q.Get("host"), socket), conns: map[net.Conn]bool{}}
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	d.url = u.String()
	if d.door, err = net.Listen("unix", filepath.Join(dir, socket)); err != nil {
		t.Fatal(err)
	}
	d.wg.Go(d.serve)
	t.Cleanup(func() {
		_ = d.door.Close()
		d.away()
		d.wg.Wait()
	})
	return d
}

// shortDir: the path of a socket has at most 107 characters, and a database of
// root's is walked to by another account.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tandem-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (d *database) serve() {
	for {
		client, err := d.door.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", d.upstream)
		if err != nil || !d.keep(client, server) {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			continue
		}
		for from, to := range map[net.Conn]net.Conn{client: server, server: client} {
			d.wg.Go(func() {
				_, _ = io.Copy(to, from) // either end of it ends both
				_ = from.Close()
				_ = to.Close()
				d.mu.Lock()
				defer d.mu.Unlock()
				delete(d.conns, from)
			})
		}
	}
}

func (d *database) keep(both ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range both {
		d.conns[c] = !d.shut
	}
	if d.shut {
		clear(d.conns)
	}
	return !d.shut
}

// away cuts every connection and lets nobody in.
func (d *database) away() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = true
	for c := range d.conns {
		_ = c.Close()
	}
}

func (d *database) back() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = false
}

// plain reads what the API tells without a key.
func (s *stack) plain(t *testing.T, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", strings.TrimSuffix(s.File.API.URL, "/v1")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func (s *stack) ready(t *testing.T) bool {
	t.Helper()
	status, _ := s.plain(t, "/readyz")
	return status == 200
}

// TestDatabaseAway: Postgres goes in the middle of a call and the agent hangs up
// before it is back. The media does not notice, Microsoft's callbacks are
// refused, and afterwards the call is found ended, with one record.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	db := openDatabase(t)
	s := start(t, dev.Options{DatabaseURL: db.url})
	audio.TestShare(t)
	agent := s.File.Tenants[0].Agents[0]
	asked := s.request(t, agent)
	customer, err := s.phone(t).Call(t.Context(), asked.SIPURI, siptest.CallOptions{From: "+4930123456", Speak: audio.CustomerSpeech()})
	if err != nil {
		t.Fatal(err)
	}
	up := s.await(t, "customer and agent connected", soon, func(o bridge.Observation) bool { return o.Call.Phase == call.Connected }).Call

	db.away()
	eventually(t, "readiness red", soon, func() bool { return !s.ready(t) })
	if err := saidAndHeard(t.Context(), customer); err != nil {
		t.Fatal(err)
	}
	s.checkHeard(t, "without a database", up, customer, gap)
	s.control(t, "POST", "/users/"+agent.OID+"/hangup", nil, nil)
	eventually(t, "a callback refused", soon, func() bool {
		_, metrics := s.plain(t, "/metrics")
		return strings.Contains(metrics, `tandem_acs_deliveries_total{door="callbacks",result="unavailable"}`)
	})
	if s.ready(t) {
		t.Error("readiness is green without a database")
	}

	db.back()
	eventually(t, "readiness green", soon, func() bool { return s.ready(t) })
	hungUp(t, customer, 30*time.Second)
	r := s.recorded(t, asked.ID, 30*time.Second)
	r.check(t, "completed", "agent_hung_up", "none")
	eventually(t, "the call gone at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })
	var all struct {
		Items []record `json:"items"`
	}
	if s.ask(t, "GET", "/cdrs", nil, &all); len(all.Items) != 1 {
		t.Errorf("%d records of one call", len(all.Items))
	}
}
