package notify

import (
	"slices"
	"sync"

	"tandem/internal/tenant"
)

// Hub tells streams in this process that there may be more events. The zero
// value is ready.
type Hub struct {
	mu       sync.Mutex
	closed   bool
	watchers map[chan struct{}]tenant.ID // whose events each waits for; "": anybody's
}

// WatchEvents gives a channel that receives when there may be more events of a
// tenant, or, with "", of any, and is closed with the hub. done gives it back.
func (h *Hub) WatchEvents(of tenant.ID) (more <-chan struct{}, done func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan struct{}, 1)
	if h.closed {
		close(c)
		return c, func() {}
	}
	if h.watchers == nil {
		h.watchers = map[chan struct{}]tenant.ID{}
	}
	h.watchers[c] = of
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, c)
	}
}

// Tell wakes who waits for events of these tenants, or, without any, everybody:
// a page of each tenant's admin may be open, and each that is woken asks the
// database. Who is awake already is not told twice.
func (h *Hub) Tell(of ...tenant.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c, whose := range h.watchers {
		if len(of) > 0 && whose != "" && !slices.Contains(of, whose) {
			continue
		}
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Close ends all streams, also those that begin later.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.watchers {
		close(c)
	}
	h.watchers = nil
}
