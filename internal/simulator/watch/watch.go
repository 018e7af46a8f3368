// Package watch tells whoever looks on that something changed, such as the pages
// of the desk. It says that, never what: who is told reads the new state.
package watch

import "sync"

// List is who looks on. The zero value is nobody.
type List struct {
	mu   sync.Mutex
	told map[chan struct{}]struct{}
}

// Watch joins: changes has a value when Tell was called since the last one was
// taken. Call stop in the end.
func (l *List) Watch() (changes <-chan struct{}, stop func()) {
	told := make(chan struct{}, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told == nil {
		l.told = map[chan struct{}]struct{}{}
	}
	l.told[told] = struct{}{}
	return told, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.told, told)
	}
}

// Tell tells everybody. It never waits, and may be called with any lock held.
func (l *List) Tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for told := range l.told {
		select {
		case told <- struct{}{}:
		default: // is told already
		}
	}
}
