package guard

import (
	"testing"
	"time"
)

// TestLag: one stall refuses nobody, two in a row do until one timer is in time.
func TestLag(t *testing.T) {
	l := NewLoad(10, time.Second)
	for i, c := range []struct {
		lag             time.Duration
		changed, refuse bool
	}{
		{0, false, false},
		{2 * time.Second, false, false},
		{0, false, false},
		{2 * time.Second, false, false},
		{3 * time.Second, true, true},
		{4 * time.Second, false, true},
		{time.Second, true, false},
	} {
		if changed := l.Lagged(c.lag); changed != c.changed || (l.Refuses() != nil) != c.refuse {
			t.Errorf("step %d: changed %v, refuses %v", i, changed, l.Refuses())
		}
	}
	for range 10 {
		l.Begin()
	}
	if r := l.Refuses(); r == nil || r.Cause != CauseOverload {
		t.Errorf("with ten offers that wait: %+v", r)
	}
}
