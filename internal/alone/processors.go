package alone

import (
	"context"
	"runtime"
	"time"
)

const (
	processorsEvery = 250 * time.Millisecond
	processorFull   = 0.9             // of the processors in use: one more is taken
	processorSpare  = 0.8             // of one less than those in use: one is given back; the same work costs less there
	processorAfter  = 5 * time.Second // of that
)

// ScaleProcessors lets the process run on as many processors as it needs, one at first, until
// ctx ends. A packet that comes to an edge with little to do otherwise wakes a second
// thread to look for work that the first one has done already, which costs a quarter of a
// call; with little to do one thread is also sooner at the next packet.
func ScaleProcessors(ctx context.Context) {
	most := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(most)
	s := scale{most: most, now: 1}
	runtime.GOMAXPROCS(s.now)
	tick := time.NewTicker(processorsEvery)
	defer tick.Stop()
	used, at := processorTime(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		before, since := used, at
		used, at = processorTime(), time.Now()
		if n := s.next(float64(used-before)/float64(at.Sub(since)), at.Sub(since)); n != runtime.GOMAXPROCS(0) {
			runtime.GOMAXPROCS(n) // stops the world for a moment, so only when it changes
		}
	}
}

// scale decides on the number of processors.
type scale struct {
	most, now int
	spare     time.Duration // how long one was too many
}

// next is the number for the time to come, of how many were busy for how long.
func (s *scale) next(busy float64, lasted time.Duration) int {
	switch {
	case busy > processorFull*float64(s.now):
		s.now, s.spare = min(s.now+1, s.most), 0
	case busy < processorSpare*float64(s.now-1):
		if s.spare += lasted; s.spare >= processorAfter {
			s.now, s.spare = s.now-1, 0
		}
	default:
		s.spare = 0
	}
	return s.now
}
