package browser

import "tandem/internal/simulator/mixer"

// farAway is further than any gap within one stream, in units of the timestamp.
const farAway = 10 * mixer.SampleRate

// places turns the packets of one RTP stream, of any size, into frames with a
// place. The timestamp alone says where a sample belongs, so a lost packet is a
// gap and a whole frame that comes late still has its place.
//
// Timestamps count 8 kHz. G.722 has two samples for each count, by an old mistake
// that RFC 3551 §4.5.2 keeps.
type places struct {
	scale     int // samples a count: 1, or 2 at 16 kHz
	write     func(place int64, frame []int16)
	started   bool
	timestamp uint32 // belongs to the sample after pending
	next      int64  // the same as a count from the first packet
	pending   []int16
}

// frame is how many samples a frame has.
func (p *places) frame() int { return p.scale * mixer.FrameSamples }

// packet takes the samples of one packet.
func (p *places) packet(timestamp uint32, samples []int16) {
	if !p.started {
		p.started, p.timestamp = true, timestamp
	}
	gap := int64(int32(timestamp - p.timestamp))
	if gap < 0 && gap > -farAway {
		p.late(p.next+gap, samples)
		return
	}
	if gap != 0 {
		p.flush()
		if gap < 0 || gap > farAway { // a new stream: far enough for the mixer to begin a new count
			gap = 2*farAway - p.next%mixer.FrameSamples
		}
		p.next += gap
		if lead := int(p.next%mixer.FrameSamples) * p.scale; lead > 0 {
			p.pending = make([]int16, lead, lead+len(samples))
		}
	}
	p.pending = append(p.pending, samples...)
	p.next += int64(len(samples) / p.scale)
	p.timestamp = timestamp + uint32(len(samples)/p.scale)
	for len(p.pending) >= p.frame() {
		p.write(p.place(), p.pending[:p.frame()])
		p.pending = p.pending[p.frame():]
	}
}

// place is where pending begins.
func (p *places) place() int64 {
	return (p.next - int64(len(p.pending)/p.scale)) / mixer.FrameSamples
}

// late writes whole frames at their places; parts of frames are lost.
func (p *places) late(at int64, samples []int16) {
	if at < 0 || at%mixer.FrameSamples != 0 {
		return
	}
	for ; len(samples) >= p.frame(); samples = samples[p.frame():] {
		p.write(at/mixer.FrameSamples, samples[:p.frame()])
		at += mixer.FrameSamples
	}
}

// flush writes what will not be completed any more.
func (p *places) flush() {
	if len(p.pending) > 0 {
		p.write(p.place(), p.pending)
		p.pending = nil
	}
}
