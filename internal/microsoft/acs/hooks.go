package acs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// maxBody is what a delivery may weigh. Event Grid's limit is 1 MB.
const maxBody = 1 << 20

// Engine takes what Microsoft tells; both methods return when it is durable.
type Engine interface {
	Incoming(ctx context.Context, in bridge.Incoming) error
	Receive(ctx context.Context, d bridge.Delivery) error
}

// Refuser declines invitations that nobody waits for, and ends connections that
// nobody looks after.
type Refuser interface {
	Refuse(ctx context.Context, r bridge.Request, do call.RefuseInvitation) error
	End(ctx context.Context, r bridge.Request, do call.EndConnection) error
}

// HooksConfig is what the doors need.
type HooksConfig struct {
	Engine    Engine
	Resources Resources
	Refuser   Refuser
	Prompts   Prompts
	// Recordings takes what is told of recorded files; it returns when that is
	// durable. fault.NotFound: no recording of ours.
	Recordings func(ctx context.Context, ready call.RecordingReady) error
	Media      bridge.Media // nil: no sockets are taken
	Keys       HookKeys
	Issuer     string       // of the callbacks' tokens; "" is the real service's
	KeysURL    string       // its key set; "" is the real service's
	HTTP       *http.Client // fetches the key set; only its transport is used
	Now        func() time.Time
	Logger     *slog.Logger
	Metrics    *Metrics
}

// Hooks is the door for Microsoft, an http.Handler for everything below /hooks/,
// /prompts/ and /media/.
//
//	OPTIONS, POST /hooks/eventgrid/{resource}/{secret}
//	POST          /hooks/calls/{resource}/{call}/{secret}
//	GET, HEAD     /prompts/{prompt}/{version}-{secret}.wav
//	GET           /media/{resource}/{call}/{secret}, a WebSocket
//
// Answers to what is delivered: 200 when everything is durable or of no interest; 400 or 413 for a
// body that is not JSON or over 1 MiB; 401 for a bad token; 403 for another
// topic; 404 for a bad secret; 503 when a dependency is away, 500 when something
// broke: then nothing more of that delivery was taken, and it is welcome again.
type Hooks struct {
	cfg   HooksConfig
	mux   *http.ServeMux
	check *verifier
}

// NewHooks makes the doors.
func NewHooks(c HooksConfig) (*Hooks, error) {
	if err := c.Keys.validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	h := &Hooks{
		cfg: c, mux: http.NewServeMux(),
		check: newVerifier(either(c.Issuer, Issuer), either(c.KeysURL, KeysURL), c.HTTP, c.Now),
	}
	h.mux.HandleFunc("OPTIONS /hooks/eventgrid/{resource}/{secret}", h.greet)
	h.mux.HandleFunc("POST /hooks/eventgrid/{resource}/{secret}", h.grid)
	h.mux.HandleFunc("POST /hooks/calls/{resource}/{call}/{secret}", h.call)
	h.mux.HandleFunc("GET /prompts/{prompt}/{file}", h.prompt)
	h.mux.HandleFunc("GET /media/{resource}/{call}/{secret}", h.media)
	return h, nil
}

func (h *Hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// answer ends a delivery that is not taken.
func (h *Hooks) answer(w http.ResponseWriter, door, result string, status int) {
	h.cfg.Metrics.delivery(door, result)
	w.WriteHeader(status)
}

// fail answers an error of the engine or the directory.
func (h *Hooks) fail(w http.ResponseWriter, r *http.Request, door string, err error) {
	if fault.KindOf(err) == fault.KindUnavailable {
		h.cfg.Logger.WarnContext(r.Context(), "request of Microsoft's not taken", "door", door, "error", err)
		h.answer(w, door, wasUnavailable, http.StatusServiceUnavailable)
		return
	}
	h.cfg.Logger.ErrorContext(r.Context(), "request of Microsoft's failed", "door", door, "error", err)
	h.answer(w, door, wasFailed, http.StatusInternalServerError)
}

// body reads the body, or answers and returns false.
func (h *Hooks) body(w http.ResponseWriter, r *http.Request, door string) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		h.answer(w, door, wasBadBody, http.StatusRequestEntityTooLarge)
	case err != nil:
		h.answer(w, door, wasBadBody, http.StatusBadRequest)
	}
	return body, err == nil
}

// resource finds the resource of a path whose secret was good, or answers.
func (h *Hooks) resource(w http.ResponseWriter, r *http.Request, door string) (Resource, bool) {
	res, err := h.cfg.Resources.Resource(r.Context(), r.PathValue("resource"))
	switch fault.KindOf(err) {
	case fault.KindNone:
		return res, true
	case fault.KindNotFound:
		h.answer(w, door, wasBadSecret, http.StatusNotFound)
	default:
		h.fail(w, r, door, err)
	}
	return res, false
}

// greet is the handshake of CloudEvents delivery (facts/call-automation.md §12).
func (h *Hooks) greet(w http.ResponseWriter, r *http.Request) {
	if !h.cfg.Keys.admits(r.PathValue("secret"), gridText(r.PathValue("resource"))) {
		h.answer(w, doorGrid, wasBadSecret, http.StatusNotFound)
		return
	}
	origin := r.Header.Get("WebHook-Request-Origin")
	if origin == "" {
		h.answer(w, doorGrid, wasBadBody, http.StatusBadRequest)
		return
	}
	w.Header().Set("WebHook-Allowed-Origin", origin)
	w.Header().Set("WebHook-Allowed-Rate", "*")
	h.answer(w, doorGrid, wasHandshake, http.StatusOK)
}

func (h *Hooks) grid(w http.ResponseWriter, r *http.Request) {
	if !h.cfg.Keys.admits(r.PathValue("secret"), gridText(r.PathValue("resource"))) {
		h.answer(w, doorGrid, wasBadSecret, http.StatusNotFound)
		return
	}
	res, ok := h.resource(w, r, doorGrid)
	if !ok {
		return
	}
	body, ok := h.body(w, r, doorGrid)
	if !ok {
		return
	}
	events, err := split[gridEvent](body)
	if err != nil {
		h.answer(w, doorGrid, wasBadBody, http.StatusBadRequest)
		return
	}
	for _, e := range events {
		if res.Topic != "" && !strings.EqualFold(strings.TrimRight(e.topic(), "/"), strings.TrimRight(res.Topic, "/")) {
			h.cfg.Logger.WarnContext(r.Context(), "Event Grid delivered an event of another topic", "resource", res.ID)
			h.answer(w, doorGrid, wasForeign, http.StatusForbidden)
			return
		}
	}
	for _, e := range events {
		if code := e.validation(); code != "" {
			h.cfg.Metrics.delivery(doorGrid, wasHandshake)
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_ = json.NewEncoder(w).Encode(map[string]string{"validationResponse": code}) // the client is gone: nothing to do
			return
		}
	}
	for _, e := range events {
		result, err := h.invited(r.Context(), res, e)
		if err != nil {
			h.fail(w, r, doorGrid, err)
			return
		}
		h.cfg.Metrics.delivery(doorGrid, result)
	}
	w.WriteHeader(http.StatusOK)
}

// invited takes one event of Event Grid and says what became of it.
func (h *Hooks) invited(ctx context.Context, res Resource, e gridEvent) (string, error) {
	switch e.kind() {
	case typeIncoming:
	case typeRecordingFile:
		return h.recorded(ctx, res, e)
	default:
		return wasUnknown, nil
	}
	id := eventID(e.ID, e.kind(), e.Data)
	in, ok := e.incoming(res.ID, id)
	if !ok {
		h.cfg.Logger.WarnContext(ctx, "IncomingCall that cannot be read", "resource", res.ID, "event", id)
		return wasUnreadable, nil
	}
	err := h.cfg.Engine.Incoming(ctx, in)
	if fault.KindOf(err) != fault.KindNotFound {
		return wasTaken, err
	}
	// Nobody waits for it: declined, it does not ring on. The id is made from
	// the event's, so that a second delivery does not decline twice.
	h.cfg.Logger.InfoContext(ctx, "incoming call that nobody waits for is refused",
		"resource", res.ID, "correlation", in.Correlation, "reason", fault.CodeOf(err))
	err = h.cfg.Refuser.Refuse(ctx, bridge.Request{
		Resource: res.ID, ID: derivedUUID("refuse/" + res.ID + "/" + id), FirstSent: h.cfg.Now(),
	}, call.RefuseInvitation{Resource: res.ID, Context: in.Context})
	var refused *bridge.Refused
	if errors.As(err, &refused) { // it stays so however often it is delivered
		h.cfg.Logger.WarnContext(ctx, "incoming call could not be refused", "resource", res.ID, "error", err)
		return wasLate, nil
	}
	return wasRejected, err
}

// recorded takes the event that tells where the files of a recording are. A
// recording that nobody knows may be another application's of the same resource.
func (h *Hooks) recorded(ctx context.Context, res Resource, e gridEvent) (string, error) {
	ready, ok := e.recordingFile(res.ID)
	if !ok {
		h.cfg.Logger.WarnContext(ctx, "RecordingFileStatusUpdated that cannot be read", "resource", res.ID, "event", eventID(e.ID, e.kind(), e.Data))
		return wasUnreadable, nil
	}
	if h.cfg.Recordings == nil {
		return wasForeign, nil
	}
	err := h.cfg.Recordings(ctx, ready)
	if fault.KindOf(err) == fault.KindNotFound {
		h.cfg.Logger.WarnContext(ctx, "files of a recording that is none of ours", "resource", res.ID, "files", len(ready.Files))
		return wasForeign, nil
	}
	return wasTaken, err
}

func (h *Hooks) call(w http.ResponseWriter, r *http.Request) {
	resource := r.PathValue("resource")
	id, err := call.ParseID(r.PathValue("call"))
	if err != nil || !h.cfg.Keys.admits(r.PathValue("secret"), callText(resource, id)) {
		h.answer(w, doorCalls, wasBadSecret, http.StatusNotFound)
		return
	}
	res, ok := h.resource(w, r, doorCalls)
	if !ok || !h.verified(w, r, doorCalls, res, id) {
		return
	}
	body, ok := h.body(w, r, doorCalls)
	if !ok {
		return
	}
	events, err := split[cloudEvent](body)
	if err != nil {
		h.answer(w, doorCalls, wasBadBody, http.StatusBadRequest)
		return
	}
	for _, e := range events {
		result, err := h.received(r.Context(), res, id, e)
		if err != nil {
			h.fail(w, r, doorCalls, err)
			return
		}
		h.cfg.Metrics.delivery(doorCalls, result)
	}
	w.WriteHeader(http.StatusOK)
}

// verified checks the token of what comes for a call, or answers.
func (h *Hooks) verified(w http.ResponseWriter, r *http.Request, door string, res Resource, id call.ID) bool {
	err := h.check.verify(r.Context(), r.Header.Get("Authorization"), res.ImmutableID)
	switch fault.KindOf(err) {
	case fault.KindNone:
		return true
	case fault.KindUnauthenticated:
		h.cfg.Logger.WarnContext(r.Context(), "request for a call refused", "door", door, "resource", res.ID, "call", id, "error", err)
		w.Header().Set("WWW-Authenticate", "Bearer")
		h.answer(w, door, wasBadToken, http.StatusUnauthorized)
	default:
		h.fail(w, r, door, err)
	}
	return false
}

// received takes one callback and says what became of it.
func (h *Hooks) received(ctx context.Context, res Resource, id call.ID, e cloudEvent) (string, error) {
	ev, strangers, err := decode(e)
	if err != nil {
		return h.ignored(ctx, res, id, e, err), nil
	}
	for range strangers {
		h.cfg.Metrics.dropped(party)
	}
	err = h.cfg.Engine.Receive(ctx, bridge.Delivery{
		Call: id, Seen: bridge.Seen{Resource: res.ID, EventID: eventID(e.ID, e.Type, e.Data)}, Event: ev,
	})
	if fault.KindOf(err) == fault.KindNotFound {
		return h.late(ctx, res, id, ev)
	}
	return wasTaken, err
}

// late takes an event of a call that is over. Somebody who was called when no
// answer to that came back may answer after we gave the call up, and we may be let
// into a call of the provider's; nobody else would end that connection. Our leg
// leaves, which ends a call of two, and not the provider's.
func (h *Hooks) late(ctx context.Context, res Resource, id call.ID, ev call.Event) (string, error) {
	up, ok := ev.(call.ConnectionUp)
	if !ok {
		return wasLate, nil
	}
	h.cfg.Logger.WarnContext(ctx, "the connection of a call that is over is ended", "resource", res.ID, "call", id, "connection", up.Connection)
	err := h.cfg.Refuser.End(ctx, bridge.Request{
		Call: id, Resource: res.ID, ID: derivedUUID("end/" + res.ID + "/" + up.Connection), FirstSent: h.cfg.Now(),
	}, call.EndConnection{Connection: up.Connection})
	var refused *bridge.Refused
	if errors.As(err, &refused) { // it stays so however often it is delivered
		h.cfg.Logger.WarnContext(ctx, "connection could not be ended", "resource", res.ID, "call", id, "error", err)
		return wasLate, nil
	}
	return wasEnded, err
}

// ignored says why a callback means nothing to its call. None of this is a
// reason to have it delivered again.
func (h *Hooks) ignored(ctx context.Context, res Resource, id call.ID, e cloudEvent, why error) string {
	result := wasUnreadable
	switch {
	case errors.Is(why, errUnknownType):
		return wasUnknown
	case errors.Is(why, errForeign):
		result = wasForeign
	}
	h.cfg.Logger.WarnContext(ctx, "callback ignored", "resource", res.ID, "call", id, "type", brief(e.Type), "error", why)
	return result
}

// eventID is the event's own id, else (or if it is absurdly long) one made from
// its content, so that a second delivery is known all the same.
func eventID(id, kind string, data []byte) string {
	if id != "" && len(id) <= 128 {
		return id
	}
	sum := sha256.Sum256([]byte(id + "\x00" + kind + "\x00" + string(data)))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// derivedUUID makes the same UUID (in the form of version 4) for the same text.
func derivedUUID(text string) string {
	sum := sha256.Sum256([]byte(text))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
