package dev_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// tapping lies between the product and Microsoft, and notes when what passes. It
// takes the place of the product's doors and of its one resource, so that neither
// side knows.
type tapping struct {
	s       *stack
	doors   *http.Transport // trusts the stack's authority
	mu      sync.Mutex
	invited map[string]time.Time // IncomingCall came in, by its context
	asked   map[string]time.Time // a handover was asked for, by the person's object id
	added   map[string]chan struct{}
	took    map[string][]time.Duration // by what was measured
}

// What is measured.
const (
	toAnswer = "answer" // IncomingCall received → answer sent
	toAdd    = "add"    // handover asked for → addParticipant sent
	toAck    = "ack"    // callback received → acknowledged
	theFloor = "floor"  // a request received → acknowledged by a bare handler with one commit
)

// tap puts a wire into a stack whose product does not run yet: its doors.
func tap(t testing.TB, s *stack) *tapping {
	t.Helper()
	pem, err := os.ReadFile(s.Config.Microsoft.Roots)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	w := &tapping{
		s: s, doors: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 64},
		invited: map[string]time.Time{}, asked: map[string]time.Time{}, added: map[string]chan struct{}{}, took: map[string][]time.Duration{},
	}
	t.Cleanup(w.doors.CloseIdleConnections)
	front := s.Config.HTTP.PublicListen
	s.Config.HTTP.PublicListen = unused(t, 1)
	w.secure(t, front, w.through("https://"+s.Config.HTTP.PublicListen, func(r *http.Request, body []byte) (measured string) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/hooks/eventgrid/"):
			w.incoming(body)
		case strings.HasPrefix(r.URL.Path, "/hooks/calls/"):
			return toAck
		}
		return ""
	}))
	return w
}

// splice puts the wire before the resource at which calls are, once it is registered.
func (w *tapping) splice(t testing.TB) {
	t.Helper()
	ln := listen(t, "127.0.0.1:0")
	serve(t, ln, w.through(w.s.File.Simulator.ACS.Endpoint, func(r *http.Request, body []byte) string {
		switch {
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/callConnections:answer"):
			w.answered(body)
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/participants:add"):
			w.adds(body)
		}
		return ""
	}))
	pool := w.database(t)
	tag, err := pool.Exec(t.Context(), `UPDATE resource SET endpoint = $1 WHERE endpoint = $2`, "http://"+ln.Addr().String()+"/", w.s.File.Simulator.ACS.Endpoint)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%d resources moved: %v", tag.RowsAffected(), err)
	}
}

// bare starts the floor: a handler that commits one row and answers, behind the
// same kind of wire as the product's doors. What is asked of it comes back.
func (w *tapping) bare(t testing.TB) (address string) {
	t.Helper()
	pool := w.database(t)
	if _, err := pool.Exec(t.Context(), `CREATE TABLE IF NOT EXISTS floor (id bigserial PRIMARY KEY, body text NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	behind, front := unused(t, 1), unused(t, 1)
	w.secure(t, behind, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			_, err = pool.Exec(r.Context(), `INSERT INTO floor (body) VALUES ($1)`, string(body))
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
		}
	}))
	w.secure(t, front, w.through("https://"+behind, func(*http.Request, []byte) string { return theFloor }))
	return "https://" + front + "/"
}

func (w *tapping) database(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), w.s.File.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// through hands requests on, unchanged, and shows them first. What see names is
// measured until the answer is back.
func (w *tapping) through(to string, see func(*http.Request, []byte) (measured string)) http.Handler {
	target, err := url.Parse(to)
	if err != nil {
		panic(err)
	}
	proxy := &httputil.ReverseProxy{
		Transport: w.doors,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // the signature covers it
		},
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		began := time.Now()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		measured := see(r, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(rw, r)
		if measured != "" {
			w.note(measured, time.Since(began))
		}
	})
}

func (w *tapping) note(what string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.took[what] = append(w.took[what], d)
}

// results are the times noted since the last ones.
func (w *tapping) results() map[string][]time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.took
	w.took = map[string][]time.Duration{}
	return took
}

func (w *tapping) incoming(body []byte) {
	now := time.Now()
	var events []struct {
		Type      string `json:"type"`
		EventType string `json:"eventType"`
		Data      struct {
			Context string `json:"incomingCallContext"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &events) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		if e.Data.Context != "" {
			w.invited[e.Data.Context] = now
		}
	}
}

func (w *tapping) answered(body []byte) {
	now := time.Now()
	var b struct {
		Context string `json:"incomingCallContext"`
	}
	if json.Unmarshal(body, &b) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if at, ok := w.invited[b.Context]; ok {
		delete(w.invited, b.Context)
		w.took[toAnswer] = append(w.took[toAnswer], now.Sub(at))
	}
}

// handover says that somebody is asked for now; the channel is closed when
// Microsoft is.
func (w *tapping) handover(oid string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[oid], w.added[oid] = time.Now(), make(chan struct{})
	return w.added[oid]
}

func (w *tapping) adds(body []byte) {
	now := time.Now()
	var b struct {
		To struct {
			User struct {
				ID string `json:"userId"`
			} `json:"microsoftTeamsUser"`
		} `json:"participantToAdd"`
	}
	if json.Unmarshal(body, &b) != nil {
		return
	}
	oid := b.To.User.ID
	w.mu.Lock()
	defer w.mu.Unlock()
	if at, ok := w.asked[oid]; ok {
		w.took[toAdd] = append(w.took[toAdd], now.Sub(at))
		close(w.added[oid])
		delete(w.asked, oid)
		delete(w.added, oid)
	}
}

// secure serves with the product's own certificate.
func (w *tapping) secure(t testing.TB, address string, h http.Handler) {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(w.s.Config.HTTP.PublicCert, w.s.Config.HTTP.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, tls.NewListener(listen(t, address), &tls.Config{Certificates: []tls.Certificate{cert}}), h)
}

func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func serve(t testing.TB, ln net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(ln) // closed below
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
}
