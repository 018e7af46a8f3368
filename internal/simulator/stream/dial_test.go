package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// Every way of an application to refuse has its detail, and no error shows what
// may be secret in the URL.
func TestRefusals(t *testing.T) {
	for status, want := range map[int]string{
		200: DetailUnsuccessful,
		302: DetailUnsuccessful,
		400: DetailBadRequest,
		401: DetailAuthentication,
		403: DetailForbidden,
		404: DetailUnsuccessful,
		408: DetailTimeout,
		429: DetailTooManyRequests,
		500: DetailUnsuccessful,
		503: DetailUnsuccessful,
		504: DetailTimeout,
	} {
		a := newApplication(t)
		a.refuse = func(_ int, w http.ResponseWriter) bool {
			w.Header().Set("Location", a.URL+"/elsewhere")
			w.WriteHeader(status)
			return true
		}
		for _, set := range []func(*Config){
			func(c *Config) { c.Media = &Media{} },
			func(c *Config) { c.Transcription = &Transcription{Locale: "en-us"} },
		} {
			c := a.config()
			set(&c)
			_, err := Dial(t.Context(), c)
			if Detail(err) != want || err == nil || !strings.Contains(err.Error(), fmt.Sprint(status)) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%d: %q, %v; want %s", status, Detail(err), err, want)
			}
		}
		if a.tries() != 2 {
			t.Errorf("%d: %d handshakes, want 2: nothing is followed, nothing tried again", status, a.tries())
		}
	}
}

// What cannot be connected to at all.
func TestNoConnection(t *testing.T) {
	a := newApplication(t)
	a.refuse = func(_ int, w http.ResponseWriter) bool {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return true
		}
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n\r\n"))
		_ = conn.Close()
		return true
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "wss://" + listener.Addr().String() + "/?secret=1"
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	stranger := &http.Client{Transport: &http.Transport{}}
	defer stranger.CloseIdleConnections()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()

	for _, row := range []struct {
		name   string
		ctx    context.Context
		change func(*Config)
		want   string // of a media stream
		second string // of a transcription
	}{
		{"nobody listens", t.Context(), func(c *Config) { c.URL = nobody }, DetailInitialWebSocket, DetailUnsuccessful},
		{"no name", t.Context(), func(c *Config) { c.URL = "wss://nowhere.invalid/?secret=1" }, DetailInitialWebSocket, DetailUnsuccessful},
		{"no trust", t.Context(), func(c *Config) { c.Client = stranger }, DetailInitialWebSocket, DetailUnsuccessful},
		{"no WebSocket", t.Context(), func(*Config) {}, DetailInitialWebSocket, DetailUnsuccessful},
		{"no URL", t.Context(), func(c *Config) { c.URL = "" }, DetailURLMissing, DetailURLMissing},
		{"https", t.Context(), func(c *Config) { c.URL = a.URL + "/?secret=1" }, DetailBadRequest, DetailBadRequest},
		{"no host", t.Context(), func(c *Config) { c.URL = "wss:///secret" }, DetailBadRequest, DetailBadRequest},
		{"no URL at all", t.Context(), func(c *Config) { c.URL = "wss://[/?secret" }, DetailBadRequest, DetailBadRequest},
		{"ws", t.Context(), func(c *Config) { c.URL = "ws://127.0.0.1/?secret=1" }, DetailBadRequest, DetailBadRequest},
		{"ws to elsewhere", t.Context(), func(c *Config) { c.URL, c.AllowInsecure = "ws://192.0.2.1/?secret=1", true }, DetailBadRequest, DetailBadRequest},
		{"no token", t.Context(), func(c *Config) { c.Token = func() (string, error) { return "", errors.New("no key") } }, DetailUnspecified, DetailUnspecified},
		{"given up", cancelled, func(*Config) {}, DetailUnspecified, DetailUnspecified},
		{"another rate", t.Context(), func(c *Config) { c.Media = &Media{Rate: 8000}; c.Transcription = nil }, DetailUnspecified, DetailUnspecified},
		{"both", t.Context(), func(c *Config) { c.Media, c.Transcription = &Media{}, &Transcription{} }, DetailUnspecified, DetailUnspecified},
		{"neither", t.Context(), func(c *Config) { c.Media, c.Transcription = nil, nil }, DetailUnspecified, DetailUnspecified},
		{"no client", t.Context(), func(c *Config) { c.Client = nil }, DetailUnspecified, DetailUnspecified},
	} {
		for _, media := range []bool{true, false} {
			c := a.config()
			want := row.second
			if media {
				c.Media, want = &Media{}, row.want
			} else {
				c.Transcription = &Transcription{}
			}
			row.change(&c)
			_, err := Dial(row.ctx, c)
			if err == nil || Detail(err) != want || strings.Contains(err.Error(), "secret=1") {
				t.Errorf("%s, media %t: %q, %v; want %s", row.name, media, Detail(err), err, want)
			}
		}
	}
	if Detail(nil) != "" {
		t.Error("no error has a detail")
	}
}

// An application that never answers the handshake costs Timeout, or what the
// caller grants.
func TestHandshakeTimesOut(t *testing.T) {
	a := newApplication(t)
	ended := make(chan struct{})
	a.refuse = func(int, http.ResponseWriter) bool {
		<-ended
		return true
	}
	defer close(ended)
	c := a.config()
	c.Media = &Media{}
	c.Timeout = 50 * time.Millisecond
	if _, err := Dial(t.Context(), c); Detail(err) != DetailTimeout {
		t.Errorf("%q, %v", Detail(err), err)
	}
	c.Timeout = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, c); Detail(err) != DetailTimeout {
		t.Errorf("%q, %v", Detail(err), err)
	}
}

// Without encryption only where it is wanted and nobody can listen.
func TestInsecureOnLoopback(t *testing.T) {
	taken := make(chan *websocket.Conn, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		taken <- conn
	}))
	defer server.Close()
	a := newApplication(t)
	c := a.config()
	c.Client = server.Client()
	defer c.Client.CloseIdleConnections()
	c.Media = &Media{}
	c.URL = "ws" + strings.TrimPrefix(server.URL, "http")
	if _, err := Dial(t.Context(), c); Detail(err) != DetailBadRequest {
		t.Fatalf("without AllowInsecure: %v", err)
	}
	c.AllowInsecure = true
	s, err := Dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conn := await(t, taken)
	defer func() { _ = conn.CloseNow() }()
	_, text, err := conn.Read(t.Context())
	if err != nil || !strings.Contains(string(text), "AudioMetadata") {
		t.Fatalf("%s, %v", text, err)
	}
	conn.CloseRead(t.Context())
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.8.8.8": true, "::1": true, "localhost": true, "LocalHost": true,
		"": false, "0.0.0.0": false, "localhost.example.com": false, "127.0.0.1.example.com": false, "::ffff:192.0.2.1": false,
	} {
		if loopback(host) != want {
			t.Errorf("%q: %t", host, !want)
		}
	}
}
