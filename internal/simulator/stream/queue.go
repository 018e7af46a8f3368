package stream

import (
	"context"
	"sync"
	"time"
)

// entry is what waits to be sent: 20 ms of audio, or a text that is ready.
type entry struct {
	text []byte
	tick int64 // counts calls of Audio, so that gaps show
	at   time.Time
	said []voice
}

// voice is a speaker's own copy of Said.
type voice struct {
	rawID string
	frame [inputSamples]int16
}

// queue holds entries between those who must not wait and the network. When it
// is full the oldest makes room.
type queue struct {
	mu      sync.Mutex
	entries []entry
	limit   int
	ticks   int64
	dropped uint64
	closed  bool
	wake    chan struct{} // holds one: something changed
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, wake: make(chan struct{}, 1)}
}

// push does not block. After close it does nothing.
func (q *queue) push(e entry) {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	if e.text == nil {
		e.tick = q.ticks
		q.ticks++
	}
	if len(q.entries) == q.limit {
		q.pop()
		q.dropped++
	}
	q.entries = append(q.entries, e)
	q.mu.Unlock()
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// pop takes the oldest entry; there is one, and mu is held.
func (q *queue) pop() entry {
	e := q.entries[0]
	q.entries[0] = entry{}
	q.entries = q.entries[1:]
	return e
}

// next waits for an entry. There are no more once the queue is closed and empty.
func (q *queue) next(ctx context.Context) (e entry, more bool, err error) {
	for {
		if err := context.Cause(ctx); err != nil {
			return entry{}, false, err
		}
		q.mu.Lock()
		if len(q.entries) > 0 {
			e = q.pop()
			q.mu.Unlock()
			return e, true, nil
		}
		closed := q.closed
		q.mu.Unlock()
		if closed {
			return entry{}, false, nil
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
		}
	}
}

// discardAudio drops audio that fell into an interruption; other frames stay.
func (q *queue) discardAudio() {
	q.mu.Lock()
	defer q.mu.Unlock()
	kept := make([]entry, 0, len(q.entries))
	for _, e := range q.entries {
		if e.text == nil {
			q.dropped++
			continue
		}
		kept = append(kept, e)
	}
	q.entries = kept
}

// lose counts an entry that next returned and nobody got.
func (q *queue) lose() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped++
}

// abandon closes the queue and drops what is left.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.dropped += uint64(len(q.entries))
	q.entries = nil
}

// close lets next return what is left and nothing more.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

func (q *queue) lost() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}
