// Package faults is the list of ways in which the simulated service can be
// made to misbehave. A fault is set by knob and scope, through /_sim/faults or
// in process, and is taken by the code that it concerns.
package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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
	LegReject           = "leg.reject"
	AddResult           = "add.result"
	GraphStatus         = "graph.status"
	EntraError          = "entra.error"
)

// SIPPrefix marks the knobs of the SIP proxies, which keep a list of their own.
const SIPPrefix = "sip."

// knobs says what each knob does.
var knobs = map[string]string{
	EventLose:           "scope: event type; the event is never sent",
	EventDuplicate:      "scope: event type; the event is sent twice with one id",
	EventDelay:          "scope: event type; value: how long the event is held back, as in 2s",
	EventReorder:        "scope: event type; the event is sent after the next one of its connection",
	EventOrder:          "value: updated-first or connected-first; order of ParticipantsUpdated and CallConnected",
	EventBeforeResponse: "scope: operation; its callbacks go out before its HTTP answer",
	EventBeforeAnswer:   "scope: trunk FQDN; CallConnected goes out before the SIP leg gets its 200",
	EventStorm:          "value: count; ParticipantsUpdated repeats every 0.4 s after an add",
	TokenAudience:       "scope: event type; the JWT is for another resource",
	TokenExpired:        "scope: event type; the JWT ran out an hour ago",
	TokenKey:            "scope: event type; the JWT is signed by a key that is not published",
	HTTPStatus:          "scope: operation; value: HTTP status to answer with, work undone",
	LegReject:           "scope: trunk FQDN; value: SIP status of the refusal, before any IncomingCall",
	AddResult:           "scope: user oid; value: code/subCode with which adding this user fails",
	GraphStatus:         "scope: tenant id; value: HTTP status of Graph",
	EntraError:          "scope: tenant id; value: AADSTS code of the token endpoint",
}

// Knobs returns every knob with what its scope and value mean.
func Knobs() map[string]string {
	all := make(map[string]string, len(knobs))
	for knob, text := range knobs {
		all[knob] = text
	}
	return all
}

// Fault is one misbehaviour. Scope narrows it ("" and "*" take all), Times is
// how often it strikes (0: until reset), Seed other than 0 makes it strike
// every candidate with even chance, the same ones for the same seed.
type Fault struct {
	Knob  string `json:"knob"`
	Scope string `json:"scope,omitempty"`
	Value string `json:"value,omitempty"`
	Times int    `json:"times,omitempty"`
	Seed  uint64 `json:"seed,omitempty"`
}

type armed struct {
	Fault
	left int
	dice *rand.Rand
}

// Book holds the faults that are set. The zero value is an empty book.
type Book struct {
	mu    sync.Mutex
	armed []*armed
}

// Set arms a fault, beside those already there. An unknown knob is an error.
func (b *Book) Set(f Fault) error {
	if _, ok := knobs[f.Knob]; !ok {
		return fmt.Errorf("unknown knob %q", f.Knob)
	}
	a := &armed{Fault: f, left: f.Times}
	if f.Seed != 0 {
		a.dice = rand.New(rand.NewPCG(f.Seed, f.Seed))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
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
		if a.dice != nil && a.dice.IntN(2) == 0 {
			continue
		}
		if a.Times > 0 {
			if a.left--; a.left == 0 {
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
