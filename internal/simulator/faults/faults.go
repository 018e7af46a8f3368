// Package faults is the list of ways in which the simulated service can be
// made to misbehave. A fault is set by knob and scope, through /_sim/faults or
// in process, and is taken by the code that it concerns. Chance comes from the
// fault's seed alone, so that a run repeats exactly as long as the candidates
// come in the same order.
package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"tandem/internal/simulator/clock"
)

// The knobs. What Scope and Value mean is said in Knobs.
const (
	EventLose           = "event.lose"
	EventDuplicate      = "event.duplicate"
	EventDelay          = "event.delay"
	EventReorder        = "event.reorder"
	EventOrder          = "event.order"
	EventBeforeResponse = "event.before_response"
	EventBeforeAnswer   = "event.before_answer"
	EventStorm          = "event.storm"
	TokenAudience       = "token.audience"
	TokenExpired        = "token.expired"
	TokenKey            = "token.key"
	HTTPStatus          = "http.status"
	HTTPSlow            = "http.slow"
	HTTPCut             = "http.cut"
	HTTPReset           = "http.reset"
	LegReject           = "leg.reject"
	LeaveSilent         = "leave.silent"
	AddResult           = "add.result"
	AddLie              = "add.lie"
	AddPhantom          = "add.phantom"
	MediaFail           = "media.fail"
	StreamCut           = "stream.cut"
	RecordingFail       = "recording.fail"
	RecordingChunk      = "recording.chunk"
	GridLose            = "grid.lose"
	PresenceFreeze      = "presence.freeze"
	PresenceCamelCase   = "presence.camel_case"
	PresencePoor        = "presence.poor"
	GraphStatus         = "graph.status"
	GraphEmptyPage      = "graph.empty_page"
	// GraphNoConfigurations is a cloud without Teams user configurations.
	GraphNoConfigurations = "graph.no_configurations"
	EntraError            = "entra.error"
	EntraStatus           = "entra.status"
	EntraIssuer           = "entra.issuer"
	EntraKey              = "entra.key"
	EntraSignIn           = "entra.sign_in"
	EntraRoles            = "entra.roles"
	EntraWrongTenant      = "entra.consent.tenant"
	EntraLostState        = "entra.consent.state"
	EntraPartial          = "entra.consent.partial"
)

// SIPPrefix marks the knobs of the SIP proxies, which keep a list of their own.
const SIPPrefix = "sip."

// knobs says what each knob does.
var knobs = map[string]string{
	EventLose:             "scope: event type; the event is never sent",
	EventDuplicate:        "scope: event type; the event is sent twice with one id",
	EventDelay:            "scope: event type; value: how long the event is held back, as in 2s",
	EventReorder:          "scope: event type; the event is sent after the next one of its connection",
	EventOrder:            "value: updated-first or connected-first; order of ParticipantsUpdated and CallConnected",
	EventBeforeResponse:   "scope: operation; its callbacks go out before its HTTP answer",
	EventBeforeAnswer:     "scope: trunk FQDN; CallConnected goes out before the SIP leg gets its 200",
	EventStorm:            "value: count; ParticipantsUpdated repeats every 0.4 s after an add",
	TokenAudience:         "scope: event type; the JWT is for another resource",
	TokenExpired:          "scope: event type; the JWT ran out an hour ago",
	TokenKey:              "scope: event type; the JWT is signed by a key that is not published",
	HTTPStatus:            "scope: operation; value: status to answer with, work undone, then headers, as in 429;retry-after=2 or 503",
	HTTPSlow:              "scope: operation; value: how long the answer is held back after the work is done, as in 20s",
	HTTPCut:               "scope: operation; value: before or after; the connection is closed without an answer, before or after the work is done",
	HTTPReset:             "scope: operation; value: before or after; as http.cut, with a TCP reset",
	LegReject:             "scope: trunk FQDN; value: SIP status of the refusal, before any IncomingCall",
	LeaveSilent:           "scope: immutable id of the resource; the CallDisconnected that ends a connection is not sent",
	AddResult:             "scope: user oid; value: code/subCode with which adding this user fails",
	AddLie:                "scope: user oid; AddParticipantSucceeded is sent when the user declines, and he does not join",
	AddPhantom:            "scope: immutable id of the resource; value: raw id; this participant is listed in ParticipantsUpdated without being in the call",
	MediaFail:             "scope: operation on sound, as in play, recognize, hold, send_tones, start_tones, start_streaming or start_transcription; value: code/subCode; the operation is accepted and then its Failed event is sent",
	StreamCut:             "scope: mediaStreaming or transcription; value: how long after its start the WebSocket is cut, as in 5s",
	RecordingFail:         "scope: immutable id of the resource; value: code/subCode; an accepted recording ends in StartRecordingFailed",
	RecordingChunk:        "scope: immutable id of the resource; value: length of the pieces that a recording's file comes in, as in 1s",
	GridLose:              "scope: event type; one delivery by Event Grid gets lost on its way, and counts as an attempt that timed out",
	PresenceFreeze:        "scope: user oid; Graph answers the presence that it answered before, whatever the user does",
	PresenceCamelCase:     "scope: tenant id; Graph writes presences in camelCase",
	PresencePoor:          "scope: tenant id; Graph's presences have id, availability, activity and statusMessage alone, as in the government's clouds",
	GraphStatus:           "scope: tenant id; value: status of Graph, then headers, as in 429;retry-after=2.5, 429;retry-after=none or 401",
	GraphEmptyPage:        "scope: tenant id; a page of Graph comes empty, with a link to what should have been on it",
	GraphNoConfigurations: "scope: tenant id; value: status with which Graph refuses Teams user configurations, 403 or 404",
	EntraError:            "scope: tenant id; value: AADSTS code of the token endpoint",
	EntraStatus:           "scope: tenant id, organizations or common; value: status of discovery, keys and token endpoint, then headers, as in 429;retry-after=2",
	EntraIssuer:           "scope: tenant id, organizations or common; value: issuer that the discovery document names",
	EntraKey:              "scope: tenant id; value: unknown or personal; the id_token is signed by a key that is not published, or by one of personal accounts",
	EntraSignIn:           "scope: tenant id; value: AADSTS code with which a sign-in ends",
	EntraRoles:            "scope: tenant id; app-only tokens come without roles",
	EntraWrongTenant:      "scope: tenant id; value: tenant id that the redirect after an admin's consent names instead",
	EntraLostState:        "scope: tenant id; value: state that the redirect after an admin's consent carries, or none",
	EntraPartial:          "scope: tenant id; value: application permissions, spaces between, that an admin's consent leaves out",
}

// Knobs returns every knob with what its scope and value mean.
func Knobs() map[string]string {
	all := make(map[string]string, len(knobs))
	for knob, text := range knobs {
		all[knob] = text
	}
	return all
}

// ErrUnknown is returned for a fault that is not set, or not any more.
var ErrUnknown = errors.New("no such fault is set")

// Fault is one misbehaviour. Scope narrows it ("" and "*" take all).
type Fault struct {
	// ID and Left, how often it will still strike, are List's to say; Set does
	// not look at them. 0 is no limit.
	ID    int    `json:"id,omitempty"`
	Left  int    `json:"left,omitempty"`
	Knob  string `json:"knob"`
	Scope string `json:"scope,omitempty"`
	Value string `json:"value,omitempty"`
	// Count is how often it strikes; 0: until reset. Times is its older name.
	Count int `json:"count,omitempty"`
	Times int `json:"times,omitempty"`
	// Probability, 0 to 1, is the chance with which it strikes a candidate; 0:
	// every one, or with a Seed every second. The same Seed strikes the same
	// candidates in every run.
	Probability float64 `json:"probability,omitempty"`
	Seed        uint64  `json:"seed,omitempty"`
}

type armed struct {
	Fault
	dice *rand.Rand // nil: strikes always
}

// Book holds the faults that are set. The zero value is an empty book.
type Book struct {
	// Clock, if set before use, is what http.slow waits by; else real time.
	Clock *clock.Clock

	mu    sync.Mutex
	armed []*armed
	ids   int // how many were given out
}

// Set arms a fault, beside those already there. It is an error when the knob
// is not known or count and probability make no sense.
func (b *Book) Set(f Fault) error {
	if _, ok := knobs[f.Knob]; !ok {
		return fmt.Errorf("unknown knob %q; GET /_sim/knobs lists them", f.Knob)
	}
	if f.Count == 0 {
		f.Count = f.Times
	}
	f.Times = 0
	if f.Count < 0 {
		return fmt.Errorf("fault %s: count %d is negative; 0 means until reset", f.Knob, f.Count)
	}
	if !(f.Probability >= 0 && f.Probability <= 1) {
		return fmt.Errorf("fault %s: probability %v is not between 0 and 1", f.Knob, f.Probability)
	}
	if f.Probability == 0 {
		f.Probability = 1
		if f.Seed != 0 {
			f.Probability = 0.5
		}
	}
	f.Left = f.Count
	a := &armed{Fault: f}
	if f.Probability < 1 {
		a.dice = rand.New(rand.NewPCG(f.Seed, f.Seed))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids++
	a.ID = b.ids
	b.armed = append(b.armed, a)
	return nil
}

// Take reports whether a fault strikes here and now, with its value, and
// counts the stroke.
func (b *Book) Take(knob, scope string) (value string, struck bool) {
	if b == nil {
		return "", false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, a := range b.armed {
		if a.Knob != knob || !inScope(a.Scope, scope) {
			continue
		}
		if a.dice != nil && a.dice.Float64() >= a.Probability {
			continue
		}
		if a.Count > 0 {
			if a.Left--; a.Left == 0 {
				b.armed = slices.Delete(b.armed, i, i+1)
			}
		}
		return a.Value, true
	}
	return "", false
}

func inScope(want, got string) bool {
	return want == "" || want == "*" || strings.EqualFold(want, got)
}

// Reset forgets every fault.
func (b *Book) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed = nil
}

// Remove takes back one fault by its ID. The error is ErrUnknown.
func (b *Book) Remove(id int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.armed, func(a *armed) bool { return a.ID == id })
	if i < 0 {
		return ErrUnknown
	}
	b.armed = slices.Delete(b.armed, i, i+1)
	return nil
}

// List returns the faults that are set.
func (b *Book) List() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Fault, 0, len(b.armed))
	for _, a := range b.armed {
		list = append(list, a.Fault)
	}
	return list
}
