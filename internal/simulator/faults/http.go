package faults

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Answer is what the value of http.status asks for.
type Answer struct {
	Status int
	// Header holds what stands behind the status, as in retry-after=2.
	Header http.Header
}

// ParseAnswer reads a value of http.status: a status from 400 to 599, and
// headers, each behind a semicolon. A 429 and a 503 without Retry-After get one
// of a second, as the service sends it; retry-after=none leaves it out. What
// cannot be read becomes a 500, for a fault must strike.
func ParseAnswer(value string) Answer {
	text, rest, more := strings.Cut(value, ";")
	status, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || status < 400 || status > 599 {
		status = http.StatusInternalServerError
	}
	a := Answer{Status: status, Header: http.Header{}}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		a.Header.Set("Retry-After", "1")
	}
	for more {
		text, rest, more = strings.Cut(rest, ";")
		name, content, _ := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if content = strings.TrimSpace(content); content == "none" {
			a.Header.Del(name)
		} else {
			a.Header.Set(name, content)
		}
	}
	return a
}

// codes are the subcodes that Call Automation puts into the body of an error
// (facts/call-automation.md §3).
var codes = map[int]string{
	http.StatusBadRequest: "8523", http.StatusUnauthorized: "7509", http.StatusNotFound: "8522", http.StatusMethodNotAllowed: "8520",
	http.StatusConflict: "8519", http.StatusPreconditionFailed: "8583", http.StatusTooManyRequests: "8516",
}

// write answers with the error body of Azure's services.
func (a Answer) write(w http.ResponseWriter) {
	code := codes[a.Status]
	if code == "" {
		code = "9999"
	}
	body, _ := json.Marshal(map[string]any{"error": map[string]string{"code": code, "message": "Set by the simulator's operator."}})
	h := w.Header()
	for name, values := range a.Header {
		h[name] = values
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.Status)
	_, _ = w.Write(body)
}

// Wrap answers a request for an operation by calling do, or as an http.* fault
// says: it may answer in do's place, hold do's answer back, or close the
// connection with do done or not done. Headers that are already set on w stay.
// do must write to the writer that it is handed. Where a connection is closed
// Wrap does not return: it panics with http.ErrAbortHandler, which net/http
// takes for that.
func (b *Book) Wrap(op string, w http.ResponseWriter, r *http.Request, do func(http.ResponseWriter)) {
	for _, cut := range []struct {
		knob string
		end  func(http.ResponseWriter)
	}{{HTTPCut, abort}, {HTTPReset, reset}} {
		if value, struck := b.Take(cut.knob, op); struck {
			if value == "after" {
				do(&deaf{header: http.Header{}})
			}
			cut.end(w)
		}
	}
	if value, struck := b.Take(HTTPSlow, op); struck {
		if pause, err := time.ParseDuration(value); err == nil && pause > 0 {
			w = &late{ResponseWriter: w, wait: func() { b.wait(pause, r) }}
		}
	}
	if value, struck := b.Take(HTTPStatus, op); struck {
		ParseAnswer(value).write(w)
		return
	}
	do(w)
	if l, slow := w.(*late); slow {
		l.once() // do wrote nothing, which is a 200
	}
}

// wait returns after pause, or when the client has gone.
func (b *Book) wait(pause time.Duration, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // net/http sees a client go only when the body is read
	done := make(chan struct{})
	if b.Clock != nil {
		defer b.Clock.AfterFunc(pause, func() { close(done) }).Stop()
	} else {
		defer time.AfterFunc(pause, func() { close(done) }).Stop()
	}
	select {
	case <-done:
	case <-r.Context().Done():
	}
}

// late holds back the answer, once.
type late struct {
	http.ResponseWriter
	wait func()
}

func (l *late) once() {
	if l.wait != nil {
		l.wait()
		l.wait = nil
	}
}

func (l *late) WriteHeader(status int) { l.once(); l.ResponseWriter.WriteHeader(status) }

func (l *late) Write(p []byte) (int, error) { l.once(); return l.ResponseWriter.Write(p) }

// FlushError holds back too; http.ResponseController finds it.
func (l *late) FlushError() error {
	l.once()
	return http.NewResponseController(l.ResponseWriter).Flush()
}

// deaf takes an answer that nobody will read.
type deaf struct{ header http.Header }

func (d *deaf) Header() http.Header { return d.header }

func (d *deaf) WriteHeader(int) {}

func (d *deaf) Write(p []byte) (int, error) { return len(p), nil }

func (d *deaf) Flush() {}

// abort closes the connection: the client reads an end of file.
func abort(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// reset closes the connection so that the kernel sends RST. Where the
// connection cannot be had, as over HTTP/2, it is an abort.
func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		raw := conn
		if secure, isTLS := conn.(*tls.Conn); isTLS {
			raw = secure.NetConn()
		}
		if tcp, isTCP := raw.(*net.TCPConn); isTCP {
			_ = tcp.SetLinger(0)
		}
		_ = raw.Close()
	}
	panic(http.ErrAbortHandler)
}
