package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/faults"
)

// gridTimeout is how long Event Grid waits for an endpoint, at the handshake
// and later.
const gridTimeout = 30 * time.Second

// gridOrigin is who asks at the handshake of CloudEvents.
const gridOrigin = "eventgrid.azure.net"

// Schema is the form in which a subscription gets its events.
type Schema string

// The schemas (facts/call-automation.md §12).
const (
	EventGridSchema Schema = "EventGridSchema"
	CloudEvents     Schema = "CloudEventSchemaV1_0"
)

// Subscription sends the events of a topic to an endpoint.
type Subscription struct {
	Name  string
	Topic string
	URL   string
	// Types are event types without prefix; empty means IncomingCall only.
	Types []string
	// Present is a filter: members that an event must have, as in
	// data.customContext.sipHeaders.X-MS-Custom-A. It is the operator IsNotNull of
	// Event Grid's advanced filters, whose keys are compared without case [?].
	Present []string
	// Schema is EventGridSchema unless said otherwise.
	Schema Schema
	// Attempts, 1 to 30, and Lifetime, a minute to a day, are the retry policy.
	// Zero means Event Grid's own default, 30 attempts within a day; for a
	// subscription to IncomingCall alone it means two attempts within a minute.
	Attempts int
	Lifetime time.Duration
}

// complete puts in the defaults and refuses what Azure refuses.
func (sub *Subscription) complete() error {
	if !strings.HasPrefix(sub.URL, "https://") {
		return errors.New("Event Grid delivers to https only")
	}
	if len(sub.Types) == 0 {
		sub.Types = []string{IncomingCall}
	}
	attempts, lifetime := maxAttempts, maxLifetime
	if slices.Equal(sub.Types, []string{IncomingCall}) {
		attempts, lifetime = 2, time.Minute
	}
	if sub.Attempts == 0 {
		sub.Attempts = attempts
	}
	if sub.Lifetime == 0 {
		sub.Lifetime = lifetime
	}
	if sub.Attempts < 1 || sub.Attempts > maxAttempts {
		return fmt.Errorf("%d attempts: Event Grid takes 1 to %d", sub.Attempts, maxAttempts)
	}
	if sub.Lifetime < time.Minute || sub.Lifetime > maxLifetime {
		return fmt.Errorf("lifetime %v: Event Grid takes a minute to a day", sub.Lifetime)
	}
	switch sub.Schema {
	case "":
		sub.Schema = EventGridSchema
	case EventGridSchema, CloudEvents:
	default:
		return fmt.Errorf("schema %q: take %s or %s", sub.Schema, EventGridSchema, CloudEvents)
	}
	return nil
}

// Grid is Event Grid for the topics of the simulated resources.
type Grid struct {
	sender *Sender
	mu     sync.Mutex
	subs   []Subscription
	dead   []DeadLetter
}

// NewGrid returns a grid that shares client, clock, faults and life with s.
func NewGrid(s *Sender) *Grid { return &Grid{sender: s} }

// Topic returns the Azure resource path that serves as topic of a resource.
func Topic(resourceName string) string {
	return "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/simulator" +
		"/providers/Microsoft.Communication/communicationServices/" + resourceName
}

// Subscribe performs the validation handshake and adds the subscription, in
// place of one with the same name and topic.
func (g *Grid) Subscribe(ctx context.Context, sub Subscription) error {
	if err := sub.complete(); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	shake := g.shakeHands
	if sub.Schema == CloudEvents {
		shake = g.askPermission
	}
	if err := shake(ctx, sub); err != nil {
		return fmt.Errorf("subscribe: validation handshake: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.subs = slices.DeleteFunc(g.subs, func(s Subscription) bool { return s.Name == sub.Name && s.Topic == sub.Topic })
	g.subs = append(g.subs, sub)
	return nil
}

// shakeHands sends a code. Only a 200 with the code, within 30 s, counts
// (facts/call-automation.md §12). The other way, a GET of validationUrl by a
// human, is not offered: the address leads nowhere.
func (g *Grid) shakeHands(ctx context.Context, sub Subscription) error {
	code := uuid.NewString()
	e := notification{id: uuid.NewString(), topic: sub.Topic, eventType: "Microsoft.EventGrid.SubscriptionValidationEvent", version: "1", at: time.Now(), data: Object{
		{"validationCode", code},
		{"validationUrl", "https://rp-simulator.eventgrid.invalid:553/eventsubscriptions/" + sub.Name + "/validate?id=" + code},
	}}
	body, err := e.body(EventGridSchema)
	if err != nil {
		return err
	}
	r, err := send(ctx, g.sender.Client, gridTimeout, http.MethodPost, sub.URL, sub.header("SubscriptionValidation", e.id, 0), body)
	if err != nil {
		return err
	}
	var answer struct {
		ValidationResponse string `json:"validationResponse"`
	}
	if r.status != http.StatusOK || json.Unmarshal(r.body, &answer) != nil || answer.ValidationResponse != code {
		return fmt.Errorf("answered %d without the code; want 200 and {\"validationResponse\":\"%s\"}", r.status, code)
	}
	return nil
}

// askPermission is the handshake of CloudEvents: the endpoint must allow
// Event Grid, or everybody, to send (facts/call-automation.md §12).
func (g *Grid) askPermission(ctx context.Context, sub Subscription) error {
	header := http.Header{}
	header.Set("WebHook-Request-Origin", gridOrigin)
	r, err := send(ctx, g.sender.Client, gridTimeout, http.MethodOptions, sub.URL, header, nil)
	if err != nil {
		return err
	}
	if allowed := r.header.Get("WebHook-Allowed-Origin"); r.status != http.StatusOK || allowed != "*" && !strings.EqualFold(allowed, gridOrigin) {
		return fmt.Errorf("answered %d with WebHook-Allowed-Origin %q; want 200 and %s or *", r.status, allowed, gridOrigin)
	}
	return nil
}

// Unsubscribe removes every subscription of a topic.
func (g *Grid) Unsubscribe(topic string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.subs = slices.DeleteFunc(g.subs, func(s Subscription) bool { return s.Topic == topic })
}

// Subscriptions returns the subscriptions that are in force.
func (g *Grid) Subscriptions() []Subscription {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.subs)
}

// has says whether an event has a member, by its path below data.
func (o Object) has(path []string) bool {
	for _, f := range o {
		if !strings.EqualFold(f.Key, path[0]) || f.Value == nil {
			continue
		}
		if len(path) == 1 {
			return true
		}
		switch v := f.Value.(type) {
		case Object:
			return v.has(path[1:])
		case map[string]string:
			for key := range v {
				if len(path) == 2 && strings.EqualFold(key, path[1]) {
					return true
				}
			}
		}
	}
	return false
}

func (sub Subscription) wants(data Object) bool {
	return !slices.ContainsFunc(sub.Present, func(key string) bool {
		path := strings.Split(key, ".")
		return len(path) < 2 || path[0] != "data" || !data.has(path[1:])
	})
}

// Publish sends an event to the subscriptions that want it and returns how
// many there are for its type, filtered out or not. It does not wait for them.
func (g *Grid) Publish(topic, subject, name string, data Object) int {
	s := g.sender
	e := notification{id: uuid.NewString(), topic: topic, subject: subject, eventType: typePrefix + name, version: "1.0", at: time.Now(), data: data}
	wanted := 0
	for _, sub := range g.Subscriptions() {
		if sub.Topic != topic || !slices.Contains(sub.Types, name) {
			continue
		}
		wanted++
		if !sub.wants(data) {
			continue
		}
		body, err := e.body(sub.Schema)
		if err != nil {
			s.Logger.Error("event cannot be written", "event", name, "error", err)
			continue
		}
		if _, struck := s.Faults.Take(faults.EventLose, name); struck {
			s.Logger.Info("event lost on purpose", "event", name)
			continue
		}
		d := delivery{grid: g, sub: sub, name: name, id: e.id, body: body, born: s.Clock.Now()}
		attempt := func() { d.attempt(1, s.Clock.Now()) }
		if _, struck := s.Faults.Take(faults.EventDuplicate, name); struck {
			s.spawn(attempt)
		}
		if value, struck := s.Faults.Take(faults.EventDelay, name); struck {
			if delay, err := time.ParseDuration(value); err == nil {
				s.Clock.AfterFunc(delay, attempt)
				continue
			}
			s.Logger.Error("fault without a duration", "knob", faults.EventDelay, "value", value)
		}
		s.spawn(attempt)
	}
	return wanted
}

// notification is an event as it was published.
type notification struct {
	id, topic, subject, eventType, version string
	at                                     time.Time
	data                                   Object
}

// body writes an array with one event, or the bare event of CloudEvents
// (contracts/eventgrid-communication.json).
func (e notification) body(schema Schema) (body []byte, err error) {
	if schema == CloudEvents {
		body, err = encode(Object{
			{"id", e.id},
			{"source", e.topic},
			{"subject", e.subject},
			{"data", e.data},
			{"type", e.eventType},
			{"specversion", "1.0"},
			{"time", GridTimestamp(e.at)},
		})
	} else {
		body, err = encode([]Object{{
			{"id", e.id},
			{"topic", e.topic},
			{"subject", e.subject},
			{"data", e.data},
			{"eventType", e.eventType},
			{"dataVersion", e.version},
			{"metadataVersion", "1"},
			{"eventTime", GridTimestamp(e.at)},
		}})
	}
	if err != nil {
		return nil, fmt.Errorf("write an Event Grid event: %w", err)
	}
	return body, nil
}

// header makes the headers of a delivery, by the documentation of webhooks [D]:
// aeg-metadata-version is the version of CloudEvents there, and aeg-data-version
// does not apply to them.
func (sub Subscription) header(kind, id string, delivered int) http.Header {
	h := http.Header{}
	h.Set("aeg-event-type", kind)
	h.Set("aeg-subscription-name", strings.ToUpper(sub.Name))
	h.Set("aeg-delivery-count", strconv.Itoa(delivered))
	h.Set("aeg-output-event-id", id)
	if sub.Schema == CloudEvents {
		h.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
		h.Set("aeg-metadata-version", "1.0")
		return h
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("aeg-metadata-version", "1")
	h.Set("aeg-data-version", "1.0")
	return h
}
