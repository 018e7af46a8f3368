package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Event is an event as the API shows it.
type Event struct {
	ID     provider.EventID `json:"id" doc:"A UUID; webhook-id where the event is sent to a webhook." example:"0193a5c0-8a10-7f00-8c00-1f8f5a0d7c21"`
	Type   string           `json:"type" doc:"What the event tells." example:"call.ended"`
	Tenant tenant.ID        `json:"tenant,omitempty" doc:"To whom it happened; absent: it is about what is the provider's, such as trunks." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	At     time.Time        `json:"at" doc:"When; RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	Data   json.RawMessage  `json:"data" doc:"What there is to tell; its members are those of the type." example:"{\"call\":\"0193a5c0-5b10-7f00-8c00-1f8f5a0d7c21\",\"result\":\"completed\"}"`
}

// EventKind is a type of event.
type EventKind struct {
	Type  string `json:"type" doc:"As in the events, and in the types of a webhook." example:"call.ended"`
	Means string `json:"means" doc:"When such an event happens." example:"A call is over."`
}

func (s *server) listEventTypes(context.Context, *none) (*shown[Page[EventKind]], error) {
	return &shown[Page[EventKind]]{Page[EventKind]{Items: each(provider.EventTypes(), func(t provider.EventType) EventKind {
		return EventKind{string(t), t.Means()}
	})}}, nil
}

func showEvent(e provider.Event) Event {
	return Event{ID: e.ID, Type: string(e.Type), Tenant: e.Of(), At: e.At.UTC(), Data: e.Data}
}

type (
	// EventsQuery narrows a list of events.
	EventsQuery struct {
		OfTenant
		Type string `query:"type" maxLength:"64" doc:"Only of this type." example:"call.ended"`
	}
	// EventsStream says where a stream begins.
	EventsStream struct {
		Tenant string `query:"tenant" maxLength:"64" doc:"Only of this tenant." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
		Last   string `header:"Last-Event-ID" maxLength:"64" doc:"The id of the last event that was received; the stream goes on behind it. If that is not kept any more, it begins with the oldest there is. Without it, it begins now." example:"0193a5c0-8a10-7f00-8c00-1f8f5a0d7c21"`
	}
)

func (s *server) listEvents(ctx context.Context, in *EventsQuery) (*shown[Page[Event]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[provider.Event, Event]{
		name: "events", valid: isTenantID, show: showEvent,
		last: func(e provider.Event) string { return string(e.ID) },
		fetch: func(before string, limit int) ([]provider.Event, error) {
			return s.deps.Events.ListEvents(ctx, of, provider.EventType(in.Type), provider.EventID(before), limit)
		},
	}.page(in.PageQuery)
}

const (
	// streamPoll is how often a stream looks without a hint; it also keeps the
	// connection alive, and finds out that the key was revoked.
	streamPoll = 15 * time.Second
	streamPage = 100
	// maxStreams is how many a key, or a session, may have open at this process. A
	// program needs one, and a browser one for each window that is looked at.
	maxStreams = 10
)

// streams counts those that are open, by whose they are.
type streams struct {
	mu   sync.Mutex
	open map[string]int
}

// begin counts one more, until end is called; fault.Exhausted if there are too many.
func (s *streams) begin(c caller) (end func(), err error) {
	whose := "key " + string(c.ID)
	if c.session != nil { // a person may have several
		whose = "session " + string(c.session)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[whose] >= maxStreams {
		return nil, fault.Exhausted("streams_exhausted", fmt.Sprintf(
			"%d event streams of this key or session are open already: close one, or read everything from one of them", maxStreams))
	}
	if s.open == nil {
		s.open = map[string]int{}
	}
	s.open[whose]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open[whose]--; s.open[whose] == 0 {
			delete(s.open, whose)
		}
	}, nil
}

// streamEvents answers as Server-Sent Events (HTML Living Standard §9.2).
func (s *server) streamEvents(ctx context.Context, in *EventsStream) (*huma.StreamResponse, error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	place, err := s.deps.Events.PlaceOf(ctx, of, provider.EventID(in.Last))
	if err != nil {
		return nil, err
	}
	end, err := s.streams.begin(callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer end()
		c.SetHeader("Content-Type", "text/event-stream")
		c.SetHeader("Cache-Control", "no-store")
		c.SetHeader("X-Accel-Buffering", "no") // nginx would hold events back
		// The server's limits are for requests that end.
		_ = c.SetReadDeadline(time.Time{}) // not every server has it
		w := humagin.Unwrap(c).Writer
		if err := s.stream(ctx, w, w.Flush, of, place); err != nil {
			s.log.DebugContext(ctx, "stream ended", "request", requestOf(ctx).id, "error", err)
		}
	}}, nil
}

// stream writes events from behind a place on, until the client goes, the key
// is no longer good or the process stops.
func (s *server) stream(ctx context.Context, w io.Writer, flush func(), of tenant.ID, place int64) error {
	more, done := s.deps.Events.WatchEvents(of)
	defer done()
	tick := time.NewTicker(streamPoll)
	defer tick.Stop()
	if _, err := io.WriteString(w, ": events\n\n"); err != nil {
		return err
	}
	for {
		some, err := s.deps.Events.EventsAfter(ctx, of, place, streamPage)
		if err != nil {
			return err // the client comes back with Last-Event-ID
		}
		for _, e := range some {
			data, err := json.Marshal(showEvent(e))
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "id: %s\nevent: %s\ndata: %s\n\n", e.ID, e.Type, data); err != nil {
				return err
			}
			place = e.Seq
		}
		flush()
		if len(some) == streamPage {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, goesOn := <-more:
			if !goesOn {
				return nil
			}
		case <-tick.C:
			if err := callerOf(ctx).again(ctx); err != nil {
				return err
			}
			if _, err := io.WriteString(w, ": alive\n\n"); err != nil {
				return err
			}
		}
	}
}
