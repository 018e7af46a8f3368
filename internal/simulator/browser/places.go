package browser

import "tandem/internal/simulator/mixer"

// farAway is further than any gap within one stream, in samples.
const farAway = 10 * mixer.SampleRate

// places turns the packets of one RTP stream, of any size, into frames with a
// place. The timestamp alone says where a sample belongs, so a lost packet is a
// gap and a whole frame that comes late still has its place.
type places struct {
	write     func(place int64, frame []int16)
	started   bool
	timestamp uint32 // belongs to the sample after pending
	next      int64  // the same as a count of samples
	pending   []int16
}

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
		if lead := p.next % mixer.FrameSamples; lead > 0 {
			p.pending = make([]int16, lead, lead+int64(len(samples)))
		}
	}
	p.pending = append(p.pending, samples...)
	p.next += int64(len(samples))
	p.timestamp = timestamp + uint32(len(samples))
	for len(p.pending) >= mixer.FrameSamples {
		p.write((p.next-int64(len(p.pending)))/mixer.FrameSamples, p.pending[:mixer.FrameSamples])
		p.pending = p.pending[mixer.FrameSamples:]
	}
}

// late writes whole frames at their places; parts of frames are lost.
func (p *places) late(at int64, samples []int16) {
	if at < 0 || at%mixer.FrameSamples != 0 {
		return
	}
	for ; len(samples) >= mixer.FrameSamples; samples = samples[mixer.FrameSamples:] {
		p.write(at/mixer.FrameSamples, samples[:mixer.FrameSamples])
		at += mixer.FrameSamples
	}
}

// flush writes what will not be completed any more.
func (p *places) flush() {
	if n := len(p.pending); n > 0 {
		p.write((p.next-int64(n))/mixer.FrameSamples, p.pending)
		p.pending = nil
	}
}
