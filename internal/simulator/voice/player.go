package voice

import (
	"sync"

	"tandem/internal/audio"
)

// Line is where a player speaks: a wide port of a conference. A frame has
// [FrameSamples] samples; its place is counted in ticks.
type Line interface {
	WriteAt(place int64, frame []int16)
}

// drain is how many ticks after the last frame a player reports its end: so long
// may a frame wait in the conference, and who leaves takes with him what waits.
const drain = 6

// Player plays clips, one after the other, into a line. The conference paces it,
// so it needs no goroutine. Use [NewPlayer].
type Player struct {
	done func(completed bool)

	mu    sync.Mutex
	line  Line
	clips [][]int16
	loop  bool
	clip  int // the one that plays
	at    int // sample in it
	place int64
	quiet int // ticks since the last frame
	ended bool
}

// NewPlayer returns a player and the function that the conference is to call
// each tick: hand it to JoinWide or Whisper, then the port to [Player.Start].
// With loop it plays over and over until it is stopped.
//
// done is called exactly once: with true when everything was heard, with false
// when the player was stopped. It runs on the conference's goroutine or within
// Stop, and must not block.
func NewPlayer(clips []audio.PCM, loop bool, done func(completed bool)) (*Player, func([]int16)) {
	p := &Player{loop: loop, done: done}
	for _, c := range clips {
		if w := wide(c); len(w.Samples) > 0 {
			p.clips = append(p.clips, w.Samples)
		}
	}
	return p, p.tick
}

// Start begins to speak on line with the next tick.
func (p *Player) Start(line Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line = line
}

// Stop ends playing; it may be called at any time and again. Up to six frames may
// still be in the conference until the port leaves.
func (p *Player) Stop() { p.end(false) }

// Ended reports whether done was called, or is about to be.
func (p *Player) Ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

func (p *Player) end(completed bool) {
	p.mu.Lock()
	first := !p.ended
	p.ended = true
	p.mu.Unlock()
	if first && p.done != nil {
		p.done(completed)
	}
}

// tick says one frame. What the port hears does not matter.
func (p *Player) tick([]int16) {
	p.mu.Lock()
	line := p.line
	if line == nil || p.ended {
		p.mu.Unlock()
		return
	}
	frame := p.next()
	if frame == nil {
		p.quiet++
	}
	place := p.place // by the conference's ticks: when it was late, what is said is late as well and has no holes
	p.place++
	over := p.quiet > drain
	p.mu.Unlock()
	// Without the lock, as the line has its own.
	if frame != nil {
		line.WriteAt(place, frame)
	}
	if over {
		p.end(true)
	}
}

// next is the next frame, filled up with silence at the very end; nil after it.
func (p *Player) next() []int16 {
	if len(p.clips) == 0 || p.clip == len(p.clips) {
		return nil
	}
	frame := make([]int16, FrameSamples)
	for filled := 0; filled < FrameSamples; {
		n := copy(frame[filled:], p.clips[p.clip][p.at:])
		filled += n
		if p.at += n; p.at < len(p.clips[p.clip]) {
			continue
		}
		p.at = 0
		if p.clip++; p.clip < len(p.clips) {
			continue
		}
		if !p.loop {
			break
		}
		p.clip = 0
	}
	return frame
}
