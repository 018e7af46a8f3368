package media

import "time"

const clockRate = 8000 // of every codec we carry, and of telephone-event

// reception counts what one side sends us (RFC 3550 §6.4.1, A.1, A.3, A.8). Times are in nanoseconds since the relay started.
type reception struct {
	packets, bytes uint64
	lostBefore     uint64 // by earlier sources of this stream
	first, last    int64
	jitter         float64 // in timestamp units

	started bool
	ssrc    uint32
	base    uint32 // extended number of the source's first packet
	highest uint32 // extended
	count   uint32 // packets of this source
	transit int64

	expectedBefore, countBefore uint32 // at the last report
}

func (r *reception) add(ssrc uint32, seq uint16, ts uint32, size int, now int64) {
	if r.packets == 0 {
		r.first = now
	}
	r.packets++
	r.bytes += uint64(size) // not negative
	r.last = now
	transit := now/int64(time.Second/clockRate) - int64(ts)
	ahead := int32(int16(seq - uint16(r.highest))) // the distance on the circle
	if !r.started || ssrc != r.ssrc || ahead > maxForward || ahead < -maxForward {
		r.lostBefore += uint64(r.lost())
		r.started, r.ssrc, r.base, r.highest, r.count = true, ssrc, uint32(seq), uint32(seq), 1
		r.expectedBefore, r.countBefore = 0, 0
		r.transit = transit
		return
	}
	r.count++
	if ahead > 0 {
		r.highest += uint32(ahead)
	}
	d := int64(int32(uint32(transit - r.transit))) // timestamps wrap
	r.transit = transit
	r.jitter += (float64(max(d, -d)) - r.jitter) / 16
}

// lost is what the present source sent and we never saw; duplicates can hide losses, as in RFC 3550.
func (r *reception) lost() uint32 {
	if expected := r.expected(); expected > r.count {
		return expected - r.count
	}
	return 0
}

func (r *reception) expected() uint32 {
	if !r.started {
		return 0
	}
	return r.highest - r.base + 1
}

// fraction is the share of packets lost since the last call, in 1/256.
func (r *reception) fraction() uint8 {
	expected, count := r.expected()-r.expectedBefore, r.count-r.countBefore
	r.expectedBefore, r.countBefore = r.expected(), r.count
	if expected == 0 || count >= expected {
		return 0
	}
	return uint8(min(255, (expected-count)*256/expected))
}
