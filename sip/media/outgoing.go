package media

import "time"

const (
	frame        = 20 * time.Millisecond
	frameSamples = 160

	// maxForward is the largest step of a source's sequence numbers that is taken for loss (RFC 3550 A.1, MAX_DROPOUT).
	maxForward = 3000
	// reorderWindow is how late a packet may come, in packets.
	reorderWindow = 64
	// maxDrift is how far the timestamps of a source may get away from the time that passes: behind it is a clock that was set.
	maxDrift = 2 * clockRate
)

// outgoing is the one stream that a side receives from us. Its source changes (generated audio, the other side, the other side with a new SSRC); what
// the receiver sees does not step. Times are in nanoseconds since the relay started.
type outgoing struct {
	ssrc    uint32
	seq     uint16 // highest sent
	ts      uint32 // of that packet
	samples uint32 // in that packet
	at      int64  // when the first one with that timestamp was sent
	started bool
	sent    uint64 // bit i: seq-i was sent

	synced  bool // the fields below describe the source that feeds us
	source  uint32
	seqDiff uint16 // ours minus theirs
	tsDiff  uint32
	suspect bool   // the last packet was out of all order,
	restart uint16 // and this is what would follow it
}

// begin sets the identity of the stream. Sequence numbers start in the lower half, so that an early loss cannot be mistaken for a wrap by the
// SRTP receiver (RFC 3711 §3.3.1).
func (o *outgoing) begin(ssrc uint32, seq uint16, ts uint32) {
	o.ssrc, o.seq, o.ts = ssrc, seq-1, ts-frameSamples
	o.samples = frameSamples
}

// next is sequence number and timestamp of a packet that does not follow from its source. The timestamp moves by the time that has passed, in
// whole frames, so that the receiver's clock stays true, and at least by what the last packet held, so that nothing overlaps.
func (o *outgoing) next(now int64) (seq uint16, ts uint32) {
	step := o.samples
	if o.started {
		frames := (now - o.at + int64(frame)/2) / int64(frame)
		step = max(step, uint32(max(0, min(frames, 1<<20)))*frameSamples) // bounded
	}
	return o.seq + 1, o.ts + step
}

func (o *outgoing) advance(seq uint16, ts, samples uint32, now int64) {
	if shift := seq - o.seq; shift < reorderWindow {
		o.sent <<= shift
	} else {
		o.sent = 0
	}
	o.sent |= 1
	if ts != o.ts || !o.started { // else a packet more of one key press
		o.at = now
	}
	o.seq, o.ts, o.samples, o.started = seq, ts, samples, true
}

// event numbers a packet of a key press of our own, which began at an instant and has samples samples by now.
func (o *outgoing) event(ts, samples uint32, at int64) (seq uint16) {
	seq = o.seq + 1
	o.advance(seq, ts, samples, at)
	o.synced = false
	return seq
}

// drift is how far a timestamp is ahead of what the time that passed lets expect, in samples.
func (o *outgoing) drift(ts uint32, now int64) int32 {
	return int32(ts - o.ts - uint32((now-o.at)/int64(time.Second/clockRate))) // on the circle
}

// generate numbers a packet of our own with samples samples.
func (o *outgoing) generate(samples uint32, now int64) (seq uint16, ts uint32) {
	seq, ts = o.next(now)
	o.advance(seq, ts, samples, now)
	o.synced = false
	return seq, ts
}

// relay renumbers a packet of a source; ok is false if it must not be sent: it was sent already, or is too late.
func (o *outgoing) relay(ssrc uint32, theirSeq uint16, theirTS, samples uint32, now int64) (seq uint16, ts uint32, ok bool) {
	if !o.synced || ssrc != o.source {
		return o.sync(ssrc, theirSeq, theirTS, samples, now)
	}
	seq, ts = theirSeq+o.seqDiff, theirTS+o.tsDiff
	ahead := int(int16(seq - o.seq)) // the distance on the circle
	switch {
	case ahead > maxForward, ahead <= -reorderWindow:
		if !o.suspect || theirSeq != o.restart {
			o.suspect, o.restart = true, theirSeq+1
			return 0, 0, false
		}
		return o.sync(ssrc, theirSeq, theirTS, samples, now) // two in a row: the source has started anew
	case ahead > 0:
		o.suspect = false
		if d := o.drift(ts, now); d > maxDrift || d < -maxDrift {
			var step uint32 // theirs jumped: ours goes on
			_, step = o.next(now)
			o.tsDiff += step - ts
			ts = step
		}
		o.advance(seq, ts, samples, now)
		return seq, ts, true
	}
	bit := uint64(1) << -ahead
	if o.sent&bit != 0 {
		return 0, 0, false
	}
	o.sent |= bit
	return seq, ts, true
}

func (o *outgoing) sync(ssrc uint32, theirSeq uint16, theirTS, samples uint32, now int64) (seq uint16, ts uint32, ok bool) {
	seq, ts = o.next(now)
	o.synced, o.source, o.suspect = true, ssrc, false
	o.seqDiff, o.tsDiff = seq-theirSeq, ts-theirTS
	o.advance(seq, ts, samples, now)
	return seq, ts, true
}

// skip closes the gap that a packet of the source leaves which is not relayed.
func (o *outgoing) skip(ssrc uint32, theirSeq uint16) {
	if o.synced && ssrc == o.source && theirSeq+o.seqDiff == o.seq+1 {
		o.seqDiff--
	}
}
