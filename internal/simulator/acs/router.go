package acs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
)

const (
	maxBody             = 1 << 20
	prefix              = "/calling/"
	repeatabilityMemory = 5 * time.Minute
)

// exchange is one request on its way through an operation.
type exchange struct {
	*operation
	resource *resource
	request  *http.Request
	version  string
	body     []byte
	id       string // {id}
	party    string // {party}, decoded
	chain    string // correlation id of the call, once it is known
	after    []func()
	settled  []<-chan struct{}
	outbox   *events.Outbox
	answered chan struct{}
}

// then runs f, under the lock, when the answer is on its way.
func (x *exchange) then(f func()) { x.after = append(x.after, f) }

// await returns a channel to close when what the operation started has come to
// its end.
func (x *exchange) await() chan struct{} {
	done := make(chan struct{})
	x.settled = append(x.settled, done)
	return done
}

// patience bounds how long event.before_response holds an answer back.
const patience = time.Second

// awaitCallbacks waits until what the operation started has come to its end
// and its callbacks have been sent.
func (x *exchange) awaitCallbacks() {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for _, done := range x.settled {
		select {
		case <-done:
		case <-deadline.C:
			return
		}
	}
	if x.outbox != nil {
		x.outbox.Flush()
	}
}

// decode reads a body that checkBody has let through.
func (x *exchange) decode(into any) error {
	if len(x.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(x.body, into); err != nil {
		return invalid("The request body is not valid JSON for this operation.")
	}
	return nil
}

// failure is an error with its HTTP status and Microsoft's code.
type failure struct {
	status  int
	code    string
	message string
}

func (f failure) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.code, f.message) }

func invalid(message string) error { return failure{http.StatusBadRequest, "8523", message} }

var errCallNotFound = failure{http.StatusNotFound, "8522", "Call not found."}

// unsupported is what the simulator lacks; it is counted.
type unsupported string

func (u unsupported) Error() string { return "the simulator does not implement " + string(u) }

// match finds the operation of a path as it was sent. Without a method it finds
// out whether there is any.
func match(method, path string) (op *operation, id, party string, pathKnown bool) {
	for _, table := range [][]operation{operations, previews} {
		for i := range table {
			a, b, fits := fit(table[i].path, path)
			if !fits {
				continue
			}
			if table[i].method == method {
				return &table[i], a, b, true
			}
			pathKnown = true
		}
	}
	return nil, "", "", pathKnown
}

func fit(pattern, path string) (id, party string, fits bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return "", "", false
	}
	for i, w := range want {
		segment, err := url.PathUnescape(got[i])
		if err != nil {
			return "", "", false
		}
		switch {
		case w == "{party}":
			party = segment
		case strings.HasPrefix(w, "{id}"):
			var verbFits bool
			id, verbFits = strings.CutSuffix(segment, strings.TrimPrefix(w, "{id}"))
			if !verbFits || id == "" || strings.Contains(id, ":") {
				return "", "", false
			}
		case w != segment:
			return "", "", false
		}
	}
	return id, party, true
}

// answer is what goes back, kept for repetitions.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// serve handles one request to a resource.
func (s *Service) serve(res *resource, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.write(w, r, s.failed(nil, failure{http.StatusRequestEntityTooLarge, "8523", "The request body is too large."}))
		return
	}
	if err := s.authorise(r, body, res); err != nil {
		s.write(w, r, s.failed(nil, err))
		return
	}
	if !strings.HasPrefix(r.URL.Path, prefix) { // another API, whose versions are its own
		s.write(w, r, s.failed(nil, unsupported(r.Method+" "+r.URL.Path)))
		return
	}
	version, known := events.Shape(r.URL.Query().Get("api-version"))
	if !known { // what a withdrawn version gets, too
		s.write(w, r, s.failed(nil, failure{
			http.StatusNotFound, "NotFound",
			"No HTTP resource was found that matches the request URI '" + r.URL.String() + "'.",
		}))
		return
	}
	op, id, party, pathKnown := match(r.Method, r.URL.EscapedPath())
	switch {
	case op == nil && pathKnown:
		s.write(w, r, s.failed(nil, failure{http.StatusMethodNotAllowed, "8520", "Operation is not supported."}))
		return
	case op == nil:
		s.write(w, r, s.failed(nil, unsupported(r.Method+" "+r.URL.Path)))
		return
	}
	x := &exchange{operation: op, resource: res, request: r, version: version, body: body, id: id, party: party, answered: make(chan struct{})}
	s.Faults.Wrap(op.name, w, r, func(w http.ResponseWriter) { s.repeatably(w, x) })
}

// attempt is a repeatability id that was seen: done is closed when answer is set.
type attempt struct {
	fingerprint string
	expires     time.Time
	done        chan struct{}
	answer      answer
}

// repeatably performs the operation, or answers again what it answered the
// first time (facts/call-automation.md §4; the five minutes and the 400 for
// another request under the same id are inferred [?]).
func (s *Service) repeatably(w http.ResponseWriter, x *exchange) {
	requestID := x.request.Header.Get("Repeatability-Request-ID")
	firstSent := x.request.Header.Get("Repeatability-First-Sent")
	if !x.repeatable || (requestID == "" && firstSent == "") {
		s.perform(w, x, nil)
		return
	}
	_, timeErr := http.ParseTime(firstSent)
	if uuid.Validate(requestID) != nil || timeErr != nil {
		s.write(w, x.request, s.failed(x, invalid("Repeatability headers need a UUID and an IMF-fixdate, both.")))
		return
	}
	key := x.resource.ImmutableID + " " + strings.ToLower(requestID)
	fingerprint := x.request.Method + " " + x.request.RequestURI + " " + hashOf(x.body)
	now := s.Clock.Now()

	s.mu.Lock()
	s.forgetAttempts(now)
	known := s.attempts[key]
	if known == nil || now.After(known.expires) {
		known = &attempt{fingerprint: fingerprint, expires: now.Add(repeatabilityMemory), done: make(chan struct{})}
		s.attempts[key] = known
		s.mu.Unlock()
		s.perform(w, x, known)
		return
	}
	s.mu.Unlock()
	if known.fingerprint != fingerprint && s.Switches.Get(evidence.RepeatabilityConflict) == "400" {
		s.write(w, x.request, s.failed(x, invalid("Repeatability-Request-ID was used for another request.")))
		return
	}
	select {
	case <-known.done:
		s.write(w, x.request, known.answer)
	case <-x.request.Context().Done():
	}
}

// forgetAttempts does so now and then: to look at all of them takes a while.
func (s *Service) forgetAttempts(now time.Time) {
	if now.Before(s.forgetAt) {
		return
	}
	s.forgetAt = now.Add(repeatabilityMemory / 10)
	for k, old := range s.attempts {
		if now.After(old.expires) {
			delete(s.attempts, k)
		}
	}
}

// perform runs the operation, answers, and starts what it left behind.
func (s *Service) perform(w http.ResponseWriter, x *exchange, first *attempt) {
	err := checkBody(x.body, x.operation.body)
	var body events.Object
	if err == nil {
		s.mu.Lock()
		body, err = x.do(s, x)
		s.mu.Unlock()
	}
	a := s.failed(x, err)
	if err == nil {
		a = s.succeeded(x, body)
	}
	if first != nil {
		a.header.Set("Repeatability-Result", "accepted")
		first.answer = a
		close(first.done)
	}
	if _, struck := s.Faults.Take(faults.EventBeforeResponse, x.name); struck {
		s.finish(x)
		x.awaitCallbacks()
		s.write(w, x.request, a)
		return
	}
	s.write(w, x.request, a)
	s.finish(x)
}

// finish starts what follows the answer.
func (s *Service) finish(x *exchange) {
	s.mu.Lock()
	for _, f := range x.after {
		f()
	}
	s.mu.Unlock()
	close(x.answered)
}

func (s *Service) succeeded(x *exchange, body events.Object) answer {
	a := answer{status: x.status, header: s.header(x)}
	if body != nil { // many operations answer without one
		a.body = encode(body)
	}
	return a
}

func (s *Service) failed(x *exchange, err error) answer {
	if err == nil {
		return answer{}
	}
	var u unsupported
	if errors.As(err, &u) {
		s.unhandled.Add(1)
		s.Logger.Error("request for something the simulator does not implement", "what", string(u))
		err = failure{http.StatusNotImplemented, "NotImplemented", u.Error()}
	}
	var f failure
	if !errors.As(err, &f) {
		f = failure{http.StatusInternalServerError, "9999", err.Error()}
	}
	return answer{status: f.status, header: s.header(x), body: encode(events.Object{{Key: "error", Value: events.Object{
		{Key: "code", Value: f.code}, {Key: "message", Value: f.message},
	}}})}
}

// header makes the headers of facts/call-automation.md §1. The chain id is the
// call's correlation id on calls that exist, any other value elsewhere.
func (s *Service) header(x *exchange) http.Header {
	chain := uuid.NewString()
	if x != nil && x.chain != "" {
		chain = x.chain
	}
	h := http.Header{}
	h.Set("X-Microsoft-Skype-Chain-ID", chain)
	h.Set("X-Azure-Ref", "0"+strings.ReplaceAll(uuid.NewString(), "-", ""))
	h.Set("X-Cache", "CONFIG_NOCACHE")
	return h
}

// write sends the answer at once, so that what follows it really follows.
func (s *Service) write(w http.ResponseWriter, r *http.Request, a answer) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if id := r.Header.Get("x-ms-client-request-id"); id != "" {
		h.Set("x-ms-client-request-id", id)
	}
	if len(a.body) > 0 {
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
	_ = http.NewResponseController(w).Flush()
}

func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte("{}")
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}
