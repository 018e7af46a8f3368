package notify

import "sync"

// Hub tells streams in this process that there may be more events. The zero
// value is ready.
type Hub struct {
	mu       sync.Mutex
	closed   bool
	watchers map[chan struct{}]struct{}
}

// WatchEvents gives a channel that receives when there may be more, and is
// closed with the hub. done gives it back.
func (h *Hub) WatchEvents() (more <-chan struct{}, done func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan struct{}, 1)
	if h.closed {
		close(c)
		return c, func() {}
	}
	if h.watchers == nil {
		h.watchers = map[chan struct{}]struct{}{}
	}
	h.watchers[c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, c)
	}
}

// Tell wakes everybody who watches; who is awake already is not told twice.
func (h *Hub) Tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.watchers {
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
