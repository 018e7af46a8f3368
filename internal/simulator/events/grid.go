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

// gridRetry is Event Grid's first pause between attempts.
const gridRetry = 10 * time.Second

// Subscription sends the events of a topic to an endpoint.
type Subscription struct {
	Name  string
	Topic string
	URL   string
	// Types are event types without prefix; empty means IncomingCall only.
	Types []string
	// Attempts and Lifetime are the retry policy; zero means two attempts
	// within a minute.
	Attempts int
	Lifetime time.Duration
}

// Grid is Event Grid for the topics of the simulated resources.
type Grid struct {
	sender *Sender
	mu     sync.Mutex
	subs   []Subscription
}

// NewGrid returns a grid that shares client, clock, faults and life with s.
func NewGrid(s *Sender) *Grid { return &Grid{sender: s} }

// Topic returns the Azure resource path that serves as topic of a resource.
func Topic(resourceName string) string {
	return "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/simulator" +
		"/providers/Microsoft.Communication/communicationServices/" + resourceName
}

// Subscribe performs the validation handshake and adds the subscription, in
// place of one with the same name and topic. Only a 200 with the code, within
// 30 s, counts (facts/call-automation.md §12).
func (g *Grid) Subscribe(ctx context.Context, sub Subscription) error {
	if !strings.HasPrefix(sub.URL, "https://") {
		return errors.New("subscribe: Event Grid delivers to https only")
	}
	if len(sub.Types) == 0 {
		sub.Types = []string{IncomingCall}
	}
	if sub.Attempts == 0 {
		sub.Attempts = 2
	}
	if sub.Lifetime == 0 {
		sub.Lifetime = time.Minute
	}
	code := uuid.NewString()
	body, err := g.envelope(sub.Topic, "", "Microsoft.EventGrid.SubscriptionValidationEvent", "1", Object{
		{"validationCode", code},
		{"validationUrl", "https://rp-simulator.eventgrid.invalid:553/eventsubscriptions/" + sub.Name + "/validate?id=" + code},
	})
	if err != nil {
		return err
	}
	status, answer, err := post(ctx, g.sender.Client, gridTimeout, sub.URL, sub.header("SubscriptionValidation", 0), body)
	if err != nil {
		return fmt.Errorf("subscribe: validation handshake: %w", err)
	}
	var reply struct {
		ValidationResponse string `json:"validationResponse"`
	}
	if status != http.StatusOK || json.Unmarshal(answer, &reply) != nil || reply.ValidationResponse != code {
		return fmt.Errorf("subscribe: validation handshake: answered %d without the code", status)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.subs = slices.DeleteFunc(g.subs, func(s Subscription) bool { return s.Name == sub.Name && s.Topic == sub.Topic })
	g.subs = append(g.subs, sub)
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

// Publish sends an event to the subscriptions that want it and returns how
// many those are. It does not wait for them.
func (g *Grid) Publish(topic, subject, name string, data Object) int {
	s := g.sender
	body, err := g.envelope(topic, subject, typePrefix+name, "1.0", data)
	if err != nil {
		s.Logger.Error("event cannot be written", "event", name, "error", err)
		return 0
	}
	wanted := 0
	for _, sub := range g.Subscriptions() {
		if sub.Topic != topic || !slices.Contains(sub.Types, name) {
			continue
		}
		wanted++
		if _, struck := s.Faults.Take(faults.EventLose, name); struck {
			s.Logger.Info("event lost on purpose", "event", name)
			continue
		}
		born := s.Clock.Now()
		send := func() { g.attempt(sub, name, body, born, 1) }
		if _, struck := s.Faults.Take(faults.EventDuplicate, name); struck {
			s.spawn(send)
		}
		if value, struck := s.Faults.Take(faults.EventDelay, name); struck {
			if delay, err := time.ParseDuration(value); err == nil {
				s.Clock.AfterFunc(delay, send)
				continue
			}
			s.Logger.Error("fault without a duration", "knob", faults.EventDelay, "value", value)
		}
		s.spawn(send)
	}
	return wanted
}

func (g *Grid) attempt(sub Subscription, name string, body []byte, born time.Time, n int) {
	s := g.sender
	status, _, err := post(s.ctx, s.Client, gridTimeout, sub.URL, sub.header("Notification", n-1), body)
	if err == nil && status >= 200 && status <= 204 {
		return
	}
	if s.ctx.Err() != nil {
		return
	}
	if n >= sub.Attempts || s.Clock.Now().Add(gridRetry).Sub(born) > sub.Lifetime {
		s.Logger.Warn("event given up", "event", name, "attempts", n, "status", status, "error", err)
		return
	}
	s.Clock.AfterFunc(gridRetry, func() { g.attempt(sub, name, body, born, n+1) })
}

func (g *Grid) envelope(topic, subject, eventType, version string, data Object) ([]byte, error) {
	body, err := encode([]Object{{
		{"id", uuid.NewString()},
		{"topic", topic},
		{"subject", subject},
		{"data", data},
		{"eventType", eventType},
		{"dataVersion", version},
		{"metadataVersion", "1"},
		{"eventTime", GridTimestamp(time.Now())},
	}})
	if err != nil {
		return nil, fmt.Errorf("write an Event Grid event: %w", err)
	}
	return body, nil
}

func (sub Subscription) header(kind string, delivered int) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("aeg-event-type", kind)
	h.Set("aeg-subscription-name", strings.ToUpper(sub.Name))
	h.Set("aeg-delivery-count", strconv.Itoa(delivered))
	h.Set("aeg-metadata-version", "1")
	return h
}
