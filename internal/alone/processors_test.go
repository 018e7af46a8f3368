package alone

import (
	"testing"
	"time"
)

// TestScale: a processor is taken when those in use are full, and given back only when one
// less would have been enough for a while.
func TestScale(t *testing.T) {
	s := scale{most: 3, now: 1}
	for i, c := range []struct {
		busy   float64
		lasted time.Duration
		want   int
	}{
		{0.85, time.Second, 1},
		{0.95, time.Second, 2},
		{1.7, time.Second, 2},
		{1.85, time.Second, 3},
		{3, time.Second, 3},       // there are no more
		{1.5, 4 * time.Second, 3}, // not long enough
		{1.7, time.Second, 3},     // which begins the wait anew
		{1.5, 4 * time.Second, 3},
		{1.5, time.Second, 2},
		{0.85, time.Minute, 2}, // one would be too full
		{0.7, 5 * time.Second, 1},
		{0, time.Hour, 1},
	} {
		if n := s.next(c.busy, c.lasted); n != c.want {
			t.Errorf("%d: %v busy for %v: %d processors, want %d", i, c.busy, c.lasted, n, c.want)
		}
	}
}
