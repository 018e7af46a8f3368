package desk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/acs"
	"tandem/internal/simulator/browser"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/teams"
	"tandem/internal/simulator/watch"
)

// SIP is the fault book of the SIP proxies.
type SIP interface {
	SetFault(knob, value string) error
	ClearFaults()
	// Faults are those that are set; FaultTexts says what each is.
	Faults() map[string]string
	FaultTexts() map[string]string
}

// Config is what the desk works on; SIP and Voice may be nil.
type Config struct {
	Directory *teams.Directory
	Calls     *acs.Service
	Phones    *phones.Book
	Switches  *evidence.Switches
	// Say makes a participant of a call say a text; see acs.Service.Say.
	Say       func(ctx context.Context, call, rawID, text, locale string) error
	Clock     *clock.Clock
	Faults    *faults.Book
	SIP       SIP
	Resources []acs.Resource
	// Subscribe makes Event Grid subscriptions for a resource; no types means
	// IncomingCall.
	Subscribe     func(ctx context.Context, immutableID, url string, types []string, cloudEvents bool) error
	DeadLetters   func() []events.DeadLetter
	Subscriptions func() []events.Subscription
	// Rotate changes the key of callbacks.
	Rotate func() error
	// Reset brings back what is not the desk's: what tenants' admins decided, what resources
	// have been configured with. It may be nil.
	Reset func()
	// Throttler has the limits of Graph; nil: there is no Graph.
	Throttler Throttler
	// Unhandled counts what other parts do not implement; nil: none does.
	Unhandled func() int
	// Voice talks to browsers; nil makes a desk without sound.
	Voice *browser.Endpoint
}

// Handler serves /_sim and /desk.
type Handler struct {
	Config
	http    http.Handler
	changed watch.List // somebody used /_sim
}

// New returns the handler.
func New(c Config) *Handler {
	h := &Handler{Config: c}
	mux := http.NewServeMux()
	for _, r := range []struct {
		pattern string
		do      func(*http.Request) (any, error)
	}{
		{"GET /_sim/users", h.users},
		{"GET /_sim/users/{oid}", h.user},
		{"PUT /_sim/users/{oid}", h.changeUser},
		{"POST /_sim/users/{oid}/accept", h.accept},
		{"POST /_sim/users/{oid}/decline", h.decline},
		{"POST /_sim/users/{oid}/hangup", h.hangUp},
		{"POST /_sim/users/{oid}/mute", h.mute(true)},
		{"POST /_sim/users/{oid}/unmute", h.mute(false)},
		{"POST /_sim/users/{oid}/hold", h.hold(true)},
		{"POST /_sim/users/{oid}/unhold", h.hold(false)},
		{"POST /_sim/users/{oid}/dtmf", h.press},
		{"POST /_sim/users/{oid}/transfer", h.transfer},
		{"GET /_sim/calls", h.calls},
		{"POST /_sim/calls/{id}/hangup", h.endCall},
		{"POST /_sim/incoming", h.incoming},
		{"POST /_sim/reset", h.reset},
		{"POST /_sim/clock", h.advance},
		{"POST /_sim/keys/rotate", h.rotate},
		{"GET /_sim/subscriptions", h.subscriptions},
		{"POST /_sim/subscriptions", h.subscribe},
		{"GET /_sim/deadletters", func(*http.Request) (any, error) { return h.DeadLetters(), nil }},
		{"GET /_sim/unhandled", h.countUnhandled},
	} {
		mux.HandleFunc(r.pattern, h.answer(r.do))
	}
	h.telephone(mux)
	h.misbehaviour(mux)
	h.admin(mux)
	mux.HandleFunc("GET /_sim/users/{oid}/heard", h.heard)
	h.page(mux)
	mux.HandleFunc("GET /desk/events", h.live)
	mux.HandleFunc("POST /desk/{oid}/voice", h.speak)
	mux.HandleFunc("DELETE /desk/{oid}/voice/{id}", h.fallSilent)
	h.http = http.NewCrossOriginProtection().Handler(mux)
	return h
}

// ServeHTTP serves /_sim and /desk.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.http.ServeHTTP(w, r) }

// answer makes a handler of do, and tells the pages when something was done.
func (h *Handler) answer(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		respond(w, r, do)
		if r.Method != http.MethodGet {
			h.changed.Tell()
		}
	}
}

// bad is a request that cannot be understood.
type bad string

func (b bad) Error() string { return string(b) }

// respond answers with what do returns; this is the only place that turns its
// errors into statuses.
func respond(w http.ResponseWriter, r *http.Request, do func(*http.Request) (any, error)) {
	body, err := do(r)
	status := http.StatusOK
	switch {
	case errors.Is(err, teams.ErrUnknown), errors.Is(err, acs.ErrUnknown), errors.Is(err, phones.ErrUnknown), errors.Is(err, faults.ErrUnknown), errors.Is(err, errNoVoice):
		status = http.StatusNotFound
	case err != nil:
		status = http.StatusBadRequest
	case body == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err != nil {
		body = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// decode reads a JSON body; an empty one leaves into as it is.
func decode(r *http.Request, into any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return bad("request body: " + err.Error())
	}
	return nil
}

func (h *Handler) users(*http.Request) (any, error) { return h.Directory.Users(), nil }

func (h *Handler) user(r *http.Request) (any, error) { return h.Directory.User(r.PathValue("oid")) }

func (h *Handler) changeUser(r *http.Request) (any, error) {
	var c teams.Change
	if err := decode(r, &c); err != nil {
		return nil, err
	}
	return h.Directory.Update(r.PathValue("oid"), c)
}

// choice names one of several rings or calls; empty means the oldest. Digits are
// the keys to press, Target is whom to pass a call on to.
type choice struct {
	Ring   string `json:"ring"`
	Call   string `json:"call"`
	Digits string `json:"digits"`
	Target string `json:"target"`
}

func (h *Handler) accept(r *http.Request) (any, error) {
	return h.choose(r, func(oid string, c choice) error { return h.Directory.Answer(oid, c.Ring) })
}

func (h *Handler) decline(r *http.Request) (any, error) {
	return h.choose(r, func(oid string, c choice) error { return h.Directory.Decline(oid, c.Ring) })
}

func (h *Handler) hangUp(r *http.Request) (any, error) {
	return h.choose(r, func(oid string, c choice) error { return h.Directory.HangUp(oid, c.Call) })
}

func (h *Handler) mute(on bool) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		return h.choose(r, func(oid string, c choice) error { return h.Directory.Mute(oid, c.Call, on) })
	}
}

func (h *Handler) hold(on bool) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		return h.choose(r, func(oid string, c choice) error { return h.Directory.Hold(oid, c.Call, on) })
	}
}

func (h *Handler) press(r *http.Request) (any, error) {
	return h.choose(r, func(oid string, c choice) error { return h.Directory.Press(oid, c.Call, c.Digits) })
}

func (h *Handler) transfer(r *http.Request) (any, error) {
	return h.choose(r, func(oid string, c choice) error { return h.Directory.Transfer(oid, c.Call, c.Target) })
}

func (h *Handler) choose(r *http.Request, do func(string, choice) error) (any, error) {
	var c choice
	if err := decode(r, &c); err != nil {
		return nil, err
	}
	oid := r.PathValue("oid")
	if err := do(oid, c); err != nil {
		return nil, err
	}
	return h.Directory.User(oid)
}

func (h *Handler) heard(w http.ResponseWriter, r *http.Request) {
	pcm, err := h.Directory.Heard(r.PathValue("oid"), r.URL.Query().Get("call"))
	if err != nil {
		respond(w, r, func(*http.Request) (any, error) { return nil, err })
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	_ = audio.WriteWAV(w, pcm)
}

func (h *Handler) calls(*http.Request) (any, error) { return h.Calls.Calls(), nil }

func (h *Handler) endCall(r *http.Request) (any, error) {
	return nil, h.Calls.HangUp(r.PathValue("id"))
}

// resource finds a resource by name, region or immutable id.
func (h *Handler) resource(name string) (string, error) {
	for _, r := range h.Resources {
		if name != "" && (strings.EqualFold(name, r.ImmutableID) || name == r.Name || name == r.Region) {
			return r.ImmutableID, nil
		}
	}
	return "", bad("no such resource: " + name)
}

func (h *Handler) incoming(r *http.Request) (any, error) {
	var req struct {
		Resource string            `json:"resource"`
		From     string            `json:"from"`
		To       string            `json:"to"`
		Headers  map[string]string `json:"headers"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	id, err := h.resource(req.Resource)
	if err != nil {
		return nil, err
	}
	line := h.Phones.Place(req.From, req.To, req.Headers)
	incomingCallContext, err := h.Calls.Place(id, line)
	if err != nil {
		line.Reject(http.StatusNotFound, 1, "") // or the phone would call for ever
		return nil, err
	}
	return map[string]string{"incomingCallContext": incomingCallContext}, nil
}

// reset brings back the state after the start: no faults, no calls, users and
// consent as configured. Subscriptions and keys stay.
func (h *Handler) reset(*http.Request) (any, error) {
	h.forgetFaults()
	h.Calls.Reset()
	h.Phones.Reset()
	h.Switches.Reset()
	h.Directory.Reset()
	if h.Reset != nil {
		h.Reset()
	}
	return nil, nil
}

// advance takes a duration, as in {"advance":"2m"}, or a number of seconds.
func (h *Handler) advance(r *http.Request) (any, error) {
	var req struct {
		Advance json.RawMessage `json:"advance"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	var text string
	var seconds float64
	var d time.Duration
	var err error
	if json.Unmarshal(req.Advance, &text) == nil {
		d, err = time.ParseDuration(text)
	} else if err = json.Unmarshal(req.Advance, &seconds); err == nil {
		d = time.Duration(seconds * float64(time.Second))
	}
	if err != nil || d < 0 {
		return nil, bad("advance: want a duration as in 90s, or seconds")
	}
	h.Clock.Advance(d)
	return map[string]time.Time{"now": h.Clock.Now()}, nil
}

func (h *Handler) rotate(*http.Request) (any, error) { return nil, h.Rotate() }

func (h *Handler) subscriptions(*http.Request) (any, error) {
	list := []map[string]any{}
	for _, s := range h.Subscriptions() {
		list = append(list, map[string]any{"name": s.Name, "topic": s.Topic, "url": s.URL, "types": s.Types, "schema": s.Schema})
	}
	return list, nil
}

func (h *Handler) subscribe(r *http.Request) (any, error) {
	var req struct {
		Resource    string   `json:"resource"`
		URL         string   `json:"url"`
		Types       []string `json:"types"`
		CloudEvents bool     `json:"cloud_events"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	id, err := h.resource(req.Resource)
	if err != nil {
		return nil, err
	}
	return nil, h.Subscribe(r.Context(), id, req.URL, req.Types, req.CloudEvents)
}

func (h *Handler) countUnhandled(*http.Request) (any, error) {
	n := h.Calls.Unhandled()
	if h.Unhandled != nil {
		n += h.Unhandled()
	}
	return map[string]int{"count": n}, nil
}
