package mixer

const (
	ahead = 2  // ticks between a party's first frame and its mix, beside the one under way
	early = 5  // a frame may be at most so many ticks before its mix
	slots = 64 // a row; more than early and than any backlog of the mixing goroutine that is worth keeping
	pause = 25 // so many ticks late, it was a pause and not a stall
)

// Port is one party's place in a conference. Its methods may be called by several goroutines.
type Port struct {
	conference *Conference
	name       string
	out        func([]int16)

	// All below belongs to the conference's lock.
	left, muted bool
	started     bool
	base        int64 // tick of the frame at place 0
	next        int64 // the place after the last written one
	last        int64 // the latest tick that has a frame
	lateAt      int64 // due tick when Write was last late
	row         [slots]slot
	stats       Stats
}

// slot holds the frame of one tick.
type slot struct {
	tick  int64
	frame []int16
}

// Stats counts what became of a party's frames.
type Stats struct {
	Mixed uint64 // heard by the others, or would have been were the party not muted
	Late  uint64 // came after their tick, dropped
	Early uint64 // too far ahead of the clock, dropped
}

// Stats returns the counters of this party.
func (p *Port) Stats() Stats {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	return p.stats
}

// Write says the next frame. It is copied. A shorter frame is filled with silence, a longer one is cut.
func (p *Port) Write(frame []int16) {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	if p.left {
		return
	}
	due := p.conference.due()
	if late := due - (p.base + p.next); p.started && late > 0 {
		// After a stall the missing frames come in one burst, and dropping those whose tick has passed keeps the rest aligned. Someone who stays late
		// from one tick to the next is not catching up: he had paused.
		if late > pause || (p.lateAt != 0 && due > p.lateAt) {
			p.base, p.lateAt = due+ahead-p.next, 0
		} else if p.lateAt == 0 {
			p.lateAt = due
		}
	} else {
		p.lateAt = 0
	}
	p.put(p.next, frame, due)
}

// WriteAt says the frame that belongs at place, counted in frames from any origin. It is copied. Frames may come out of order, as long as
// their tick has not passed. A place far from what the clock allows starts a new count.
func (p *Port) WriteAt(place int64, frame []int16) {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	if p.left {
		return
	}
	due := p.conference.due()
	if distance := p.base + place - due; p.started && (distance < -slots || distance > slots) {
		p.started = false
	}
	p.put(place, frame, due)
}

func (p *Port) put(place int64, frame []int16, due int64) {
	if !p.started {
		// A new count must not take the places of frames that are still to be heard.
		p.started, p.base = true, min(max(due+ahead, p.last+1), due+early)-place
	}
	tick := p.base + place
	if tick > due+early {
		// His clock is faster than ours, or he says more than there is time for. Leaving out this frame brings those after it nearer.
		p.base = due + early - place
		p.next = place + 1
		p.stats.Early++
		return
	}
	p.next = max(p.next, place+1)
	if tick < p.conference.mixed {
		p.stats.Late++
		return
	}
	s := &p.row[tick%slots]
	p.last = max(p.last, tick)
	s.tick = tick
	s.frame = make([]int16, FrameSamples)
	copy(s.frame, frame)
}

// take returns what the party says in a tick; nil is silence.
func (p *Port) take(tick int64) []int16 {
	s := &p.row[tick%slots]
	if s.frame == nil || s.tick != tick {
		return nil
	}
	frame := s.frame
	s.frame = nil
	p.stats.Mixed++
	if p.muted {
		return nil
	}
	return frame
}

// SetMuted makes the party silent for the others; it goes on hearing them.
func (p *Port) SetMuted(muted bool) {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	p.muted = muted
}

// Leave takes the party out. Its out function may be running while Leave returns, but does not start again. Leave may be called again.
func (p *Port) Leave() {
	c := p.conference
	c.mu.Lock()
	defer c.mu.Unlock()
	p.left = true
	for i, q := range c.ports {
		if q == p {
			c.ports = append(c.ports[:i:i], c.ports[i+1:]...)
			return
		}
	}
}
