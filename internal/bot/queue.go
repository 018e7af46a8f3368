package bot

import (
	"context"
	"sync"
)

const (
	heldFrames = 50  // of sound for the bot: one second
	heldTexts  = 100 // messages for the bot; the sender of so many refusals is refused no more
)

// queue holds what is on its way to the bot. Texts go first: they are few, and a key
// is of more use early than in its place in the sound.
type queue struct {
	mu      sync.Mutex
	frames  [heldFrames][]byte // a ring; buffers are used again
	first   int
	n       int
	texts   [][]byte
	last    []byte // the end, when everything else is said
	ready   chan struct{}
	dropped func()
}

func newQueue(dropped func()) *queue { return &queue{ready: make(chan struct{}, 1), dropped: dropped} }

// sound takes a copy of a frame. If there is no room the oldest goes.
func (q *queue) sound(pcm []byte) {
	q.mu.Lock()
	if q.n == heldFrames {
		q.first = (q.first + 1) % heldFrames
		q.n--
		q.dropped()
	}
	at := (q.first + q.n) % heldFrames
	q.frames[at] = append(q.frames[at][:0], pcm...)
	q.n++
	q.mu.Unlock()
	q.wake()
}

// text takes a message.
func (q *queue) text(m []byte) {
	q.mu.Lock()
	if len(q.texts) < heldTexts {
		q.texts = append(q.texts, m)
	}
	q.mu.Unlock()
	q.wake()
}

// end lets the message be the last. Sound that waits would delay it.
func (q *queue) end(m []byte) {
	q.mu.Lock()
	if q.last == nil {
		q.last, q.n = m, 0
	}
	q.mu.Unlock()
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// item is what goes next.
type item struct {
	text, last bool
	data       []byte
}

// next waits for what goes next; sound is put into buf.
func (q *queue) next(ctx context.Context, buf []byte) (item, error) {
	for {
		if it, ok := q.take(buf); ok {
			return it, nil
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
			return item{}, context.Cause(ctx)
		}
	}
}

func (q *queue) take(buf []byte) (item, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.texts) > 0:
		m := q.texts[0]
		q.texts = q.texts[1:]
		return item{text: true, data: m}, true
	case q.last != nil:
		return item{text: true, last: true, data: q.last}, true
	case q.n > 0:
		pcm := append(buf[:0], q.frames[q.first]...)
		q.first = (q.first + 1) % heldFrames
		q.n--
		return item{data: pcm}, true
	}
	return item{}, false
}
