package stream

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// drain returns the ticks of what is queued, -1 for a text.
func drain(t *testing.T, q *queue) []int64 {
	t.Helper()
	q.close()
	list := []int64{}
	for {
		e, more, err := q.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return list
		}
		if e.text != nil {
			e.tick = -1
		}
		list = append(list, e.tick)
	}
}

// The oldest entries make room, whatever they are; ticks go on counting.
func TestQueue(t *testing.T) {
	q := newQueue(3)
	text := entry{text: []byte("text")}
	for _, e := range []entry{text, {}, text, {}, {}} {
		q.push(e)
	}
	if got := drain(t, q); !slices.Equal(got, []int64{-1, 1, 2}) || q.lost() != 2 {
		t.Errorf("%v are left, %d lost", got, q.lost())
	}
	q.push(entry{})
	if got := drain(t, q); len(got) != 0 || q.lost() != 2 {
		t.Errorf("after close %v, %d lost", got, q.lost())
	}

	q = newQueue(3)
	for _, e := range []entry{{}, text, {}} {
		q.push(e)
	}
	q.discardAudio()
	q.push(entry{})
	if got := drain(t, q); !slices.Equal(got, []int64{-1, 2}) || q.lost() != 2 {
		t.Errorf("%v are left, %d lost", got, q.lost())
	}
}

// Who waits is woken by an entry, by close and by the end of his context.
func TestQueueWakes(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	q := newQueue(1)
	type result struct {
		more bool
		err  error
	}
	results := make(chan result)
	wait := func() {
		go func() {
			_, more, err := q.next(ctx)
			results <- result{more, err}
		}()
	}
	wait()
	q.push(entry{at: time.Now()})
	if r := await(t, results); !r.more || r.err != nil {
		t.Errorf("after push %+v", r)
	}
	wait()
	reason := errors.New("broken")
	cancel(reason)
	if r := await(t, results); r.more || !errors.Is(r.err, reason) {
		t.Errorf("after the end %+v", r)
	}
	ctx = t.Context()
	wait()
	q.close()
	if r := await(t, results); r.more || r.err != nil {
		t.Errorf("after close %+v", r)
	}
}
