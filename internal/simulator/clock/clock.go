// Package clock is the simulator's time: real time plus an offset that
// POST /_sim/clock can push forward, so that a ring of two minutes or a
// repeatability window of five does not cost a test two or five minutes.
//
// Only what waits goes by it. Times that others compare with their own clocks
// (signatures, tokens, timestamps of events) are real.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and runs functions later. The zero value is not usable;
// call New.
type Clock struct {
	mu      sync.Mutex
	offset  time.Duration
	pending map[*Timer]struct{}
	running sync.WaitGroup
	closed  bool
}

// Timer is one function waiting for its time.
type Timer struct {
	clock *Clock
	due   time.Time
	run   func()
	real  *time.Timer
}

// New returns a clock that shows real time.
func New() *Clock {
	return &Clock{pending: make(map[*Timer]struct{})}
}

// Now returns real time plus everything that was advanced.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time { return time.Now().Add(c.offset) }

// AfterFunc runs f in its own goroutine once d has passed. After Close it does
// nothing.
func (c *Clock) AfterFunc(d time.Duration, f func()) *Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &Timer{clock: c, due: c.now().Add(d), run: f}
	if c.closed {
		return t
	}
	c.pending[t] = struct{}{}
	t.real = time.AfterFunc(d, t.fire)
	return t
}

// Stop forgets the function and reports whether it had not been started yet.
func (t *Timer) Stop() bool {
	if t == nil {
		return false
	}
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.clock.remove(t)
}

func (c *Clock) remove(t *Timer) bool {
	if _, ok := c.pending[t]; !ok {
		return false
	}
	delete(c.pending, t)
	t.real.Stop()
	return true
}

func (t *Timer) fire() {
	c := t.clock
	c.mu.Lock()
	if !c.remove(t) {
		c.mu.Unlock()
		return
	}
	c.running.Add(1)
	c.mu.Unlock()
	defer c.running.Done()
	t.run()
}

// Advance moves the clock forward and runs what became due, in the order of
// its times, before it returns. Do not call it with a lock that a waiting
// function may want.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.offset += d
	now := c.now()
	for t := range c.pending {
		if left := t.due.Sub(now); left > 0 {
			t.real.Reset(left)
		} else {
			t.real.Stop() // it is run below, in its turn: a real timer would start it beside the others
		}
	}
	c.mu.Unlock()
	for {
		t := c.nextDue()
		if t == nil {
			return
		}
		t.fire()
	}
}

func (c *Clock) nextDue() *Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	var first *Timer
	for t := range c.pending {
		if first == nil || t.due.Before(first.due) {
			first = t
		}
	}
	if first == nil || first.due.After(c.now()) {
		return nil
	}
	return first
}

// Close drops every waiting function and waits for those that run.
func (c *Clock) Close() {
	c.mu.Lock()
	c.closed = true
	for t := range c.pending {
		c.remove(t)
	}
	c.mu.Unlock()
	c.running.Wait()
}
