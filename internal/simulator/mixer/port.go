package mixer

import (
	"slices"

	"tandem/internal/audio"
)

const (
	ahead = 2  // ticks between a party's first frame and its mix, beside the one under way
	early = 12 // a frame may be at most so many ticks before its mix
	slots = 64 // a row; more than early and than any backlog of the mixing goroutine that is worth keeping
	pause = 25 // so many ticks late, it was a pause and not a stall
)

// Port is one party's place in a conference. Its methods may be called by several goroutines.
type Port struct {
	conference *Conference
	name       string
	out        func([]int16)
	wide       bool
	to         *Port // whom it whispers to; nil for a party

	// All below belongs to the conference's lock.
	left, muted bool
	held        bool
	whispers    []*Port
	voice       voice // what it says in the tick that is being mixed
	split       audio.BandSplitter
	join        audio.BandJoiner // of what it hears
	tapped      audio.BandJoiner // of what it says
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
	Mixed uint64 // heard by the others, or would have been were the party not muted or held
	Late  uint64 // came after their tick, dropped
	Early uint64 // too far ahead of the clock, dropped
}

// Stats returns the counters of this party.
func (p *Port) Stats() Stats {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	return p.stats
}

// Write says the next frame: FrameSamples, or WideSamples where the port is wide. It is copied. A shorter frame is filled with silence, a longer one is cut.
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
	s.frame = make([]int16, p.samples())
	copy(s.frame, frame)
}

// samples is the size of a frame.
func (p *Port) samples() int {
	if p.wide {
		return WideSamples
	}
	return FrameSamples
}

// take returns what the party says in a tick.
func (p *Port) take(tick int64) voice {
	s := &p.row[tick%slots]
	if s.frame == nil || s.tick != tick {
		return p.silence()
	}
	frame := s.frame
	s.frame = nil
	p.stats.Mixed++
	if !p.wide {
		return voice{low: frame}
	}
	v := voice{whole: frame}
	v.low, v.high = p.split.Split(frame)
	return v
}

// silence is what a party says that says nothing. After speech at the wide rate that is once what is left in the filter.
func (p *Port) silence() voice {
	if p.voice.whole == nil {
		return voice{}
	}
	var v voice
	v.low, v.high = p.split.Split(make([]int16, WideSamples))
	return v
}

// audible says whether the conference hears what the port says.
func (p *Port) audible() bool { return p.to == nil && !p.muted && !p.held }

// hear makes the frame for the out function, given the sum of all.
func (p *Port) hear(all *bands) []int16 {
	var sum bands
	switch {
	case p.held:
	case p.to != nil:
		if !p.to.muted {
			sum.add(p.to.voice)
		}
	default:
		sum.low = all.low
		if p.wide {
			sum.high = all.high
		}
		if p.audible() {
			sum.remove(p.voice)
		}
	}
	for _, w := range p.whispers {
		if !w.muted && !w.held {
			sum.add(w.voice)
		}
	}
	if !p.wide {
		return sum.narrow()
	}
	return p.join.Join(sum.low[:], sum.high[:])
}

// spoken is what the conference hears of the port, at the wide rate; nil is silence.
func (p *Port) spoken() []int16 {
	switch {
	case p.voice.low == nil || !p.audible():
		p.tapped = audio.BandJoiner{} // the next words do not begin with the end of these
		return nil
	case p.wide:
		return p.voice.whole
	default:
		return p.tapped.Widen(p.voice.low)
	}
}

// Whisper adds somebody whom only this party hears, on top of the conference and also while the party is held: a prompt, or music on hold. The new port is wide.
// Its out may be nil; it gets, every tick, what this party alone says, held or not, but not what a muted party keeps to itself. It leaves with the party.
func (p *Port) Whisper(name string, out func(frame []int16)) *Port {
	w := &Port{conference: p.conference, name: name, out: out, wide: true, to: p}
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	if p.left {
		w.left = true
		return w
	}
	p.whispers = append(p.whispers, w)
	return p.conference.add(w)
}

// SetMuted makes the party silent for the others; it goes on hearing them.
func (p *Port) SetMuted(muted bool) {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	p.muted = muted
}

// SetHeld puts the party on hold: it neither hears the others nor is heard by them, but it hears what is whispered to it.
func (p *Port) SetHeld(held bool) {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	p.held = held
}

// Leave takes the party out, with those who whisper to it. Its out function may be running while Leave returns, but does not start again. Leave may be called again.
func (p *Port) Leave() {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	p.leave()
}

func (p *Port) leave() {
	isP := func(other *Port) bool { return other == p }
	p.left = true
	for _, w := range slices.Clone(p.whispers) {
		w.leave()
	}
	if p.to != nil {
		p.to.whispers = slices.DeleteFunc(p.to.whispers, isP)
	}
	p.conference.ports = slices.DeleteFunc(p.conference.ports, isP)
}

// SetName changes the name under which a [Conference.Tap] lists the party.
func (p *Port) SetName(name string) {
	p.conference.mu.Lock()
	defer p.conference.mu.Unlock()
	p.name = name
}
