package bridge

import (
	"sync"
	"time"

	"tandem/internal/roomy"
)

// RealWorld is wall time and goroutines. Stop ends it: timers no longer fire,
// and it waits for what runs.
type RealWorld struct {
	mu      sync.Mutex
	stopped bool
	wg      sync.WaitGroup
}

// Now implements World.
func (*RealWorld) Now() time.Time { return time.Now() }

// Go implements World; after Stop it does nothing.
func (w *RealWorld) Go(f func()) {
	if !w.enter() {
		return
	}
	go func() {
		defer w.wg.Done()
		roomy.Stack()
		f()
	}()
}

// After implements World.
func (w *RealWorld) After(d time.Duration, f func()) (stop func()) {
	t := time.AfterFunc(d, func() {
		if w.enter() {
			defer w.wg.Done()
			f()
		}
	})
	return func() { t.Stop() }
}

func (w *RealWorld) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return false
	}
	w.wg.Add(1)
	return true
}

// Stop waits for everything under way; nothing new starts.
func (w *RealWorld) Stop() {
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	w.wg.Wait()
}
