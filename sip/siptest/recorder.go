package siptest

import "time"

const (
	maxRecording = 30 * 60 * clockRate // samples; what comes later is not kept
	maxJump      = 10 * clockRate      // of a timestamp within one source
)

// recorder puts samples where their timestamps say.
type recorder struct {
	samples []int16
	started bool
	ssrc    uint32
	base    uint32 // the timestamp that stands at origin
	origin  int
	last    time.Time // when the last packet came
}

// add keeps a packet. A new source, or a timestamp far from the last, begins where the clock on the wall says.
func (r *recorder) add(ssrc, timestamp uint32, samples []int16, now time.Time) {
	at := r.origin + int(int32(timestamp-r.base)) // the distance on the circle
	if !r.started || ssrc != r.ssrc || at < len(r.samples)-maxJump || at > len(r.samples)+maxJump {
		at = len(r.samples)
		if r.started {
			pause := int(now.Sub(r.last)*clockRate/time.Second) - frameSamples
			at += max(0, pause)
		}
		r.started, r.ssrc, r.base, r.origin = true, ssrc, timestamp, at
	}
	r.last = now
	if at < 0 || at+len(samples) > maxRecording {
		return
	}
	if missing := at + len(samples) - len(r.samples); missing > 0 {
		r.samples = append(r.samples, make([]int16, missing)...)
	}
	copy(r.samples[at:], samples)
}

// sequence counts one source by its sequence numbers.
type sequence struct {
	started       bool
	base, highest int // extended
	received      int
	seen          [1024]int // extended number + 1 that was last seen in each place
}

// add is false for a duplicate.
func (s *sequence) add(number uint16) bool {
	if !s.started {
		s.started, s.base, s.highest = true, int(number)+1<<16, int(number)+1<<16
	}
	at := s.highest + int(int16(number-uint16(s.highest))) // the distance on the circle
	place := &s.seen[uint(at)%uint(len(s.seen))]           // positive
	if *place == at+1 {
		return false
	}
	*place = at + 1
	s.received++
	s.highest, s.base = max(s.highest, at), min(s.base, at)
	return true
}

func (s *sequence) lost() int { return max(0, s.highest-s.base+1-s.received) }
