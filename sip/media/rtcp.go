package media

import (
	"encoding/binary"
	"time"
)

// reportEvery is the interval of our RTCP, the fixed minimum of RFC 3550 §6.2.
const reportEvery = 5 * time.Second

const (
	rtcpSR   = 200
	rtcpRR   = 201
	rtcpSDES = 202
	rtcpBYE  = 203

	cname = "tandem"

	senderInfo  = 20 // bytes of a sender report before its blocks
	reportBlock = 24 // bytes
	mostLost    = 1<<23 - 1
)

// isRTCP tells RTCP from RTP by its second byte (RFC 5761 §4).
func isRTCP(packet []byte) bool {
	return len(packet) >= 8 && packet[0]>>6 == 2 && packet[1] >= 192 && packet[1] <= 223
}

// hearsay is what the reports of the other end say (RFC 3550 §6.4.1). Times are in nanoseconds since the relay started.
type hearsay struct {
	lastSR uint32 // the middle of the NTP time in its last sender report; 0: none came
	srAt   int64  // when that came

	at       int64 // when it last told how our stream arrives; 0: never
	lost     uint32
	fraction uint8
	jitter   uint32 // in timestamp units
	rtt      int64  // smoothed; 0: not known

	before uint32 // lost when the sides were joined
}

// take reads a compound packet for what concerns us: the stream with ssrc. What is broken is passed over.
func (h *hearsay) take(packet []byte, ssrc uint32, wall time.Time, now int64) {
	for len(packet) >= 8 && packet[0]>>6 == 2 {
		size := 4 * (1 + int(binary.BigEndian.Uint16(packet[2:])))
		if size > len(packet) {
			return
		}
		count, body := int(packet[0]&31), packet[min(8, size):size] // after their SSRC
		switch packet[1] {
		case rtcpSR:
			if len(body) < senderInfo {
				return
			}
			h.lastSR, h.srAt = binary.BigEndian.Uint32(body[2:]), now
			h.blocks(body[senderInfo:], count, ssrc, wall, now)
		case rtcpRR:
			h.blocks(body, count, ssrc, wall, now)
		}
		packet = packet[size:]
	}
}

func (h *hearsay) blocks(body []byte, count int, ssrc uint32, wall time.Time, now int64) {
	for ; count > 0 && len(body) >= reportBlock; count-- {
		if binary.BigEndian.Uint32(body) == ssrc {
			h.block(body, wall, now)
		}
		body = body[reportBlock:]
	}
}

// block takes one report about our stream. The round trip is what passed since our report, less the time that they kept it.
func (h *hearsay) block(b []byte, wall time.Time, now int64) {
	h.at = now
	h.fraction = b[4]
	if lost := binary.BigEndian.Uint32(b[4:]) & 0xffffff; lost <= mostLost { // negative with duplicates
		h.lost = lost
	}
	h.jitter = binary.BigEndian.Uint32(b[12:])
	last, kept := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
	if last == 0 {
		return
	}
	passed := int32(uint32(ntp(wall)>>16) - last - kept) // in 1/65536 s, on the circle
	if passed < 0 || passed > 10<<16 {
		return // their clock or their arithmetic is wrong
	}
	rtt := max(1, int64(passed)*int64(time.Second)>>16)
	if h.rtt != 0 {
		rtt = (7*h.rtt + rtt) / 8 // as TCP does (RFC 6298 §2)
	}
	h.rtt = rtt
}

// fresh reports whether their last word about our stream still means something.
func (h *hearsay) fresh(now int64) bool { return h.at != 0 && now-h.at < 3*int64(reportEvery) }

// sent is what a sender report says.
type sent struct{ packets, bytes uint64 }

// report appends a compound packet to dst: a sender report, or a receiver report if nothing was sent, with one block about what is received, and the
// mandatory CNAME (RFC 3550 §6.1). said is what the receiver of it has told us; beyond, if not nil, is what the side that their packets are relayed to tells
// of our stream there: what it lost is lost for them too (see doc.go).
func report(dst []byte, o *outgoing, in *reception, said, beyond *hearsay, s sent, wall time.Time, now int64) []byte {
	blocks := byte(0)
	if in.started {
		blocks = 1
	}
	kind, words := byte(rtcpRR), 1+6*int(blocks)
	if o.started {
		kind, words = rtcpSR, words+5
	}
	dst = append(dst, 2<<6|blocks, kind, 0, byte(words))
	dst = binary.BigEndian.AppendUint32(dst, o.ssrc)
	if o.started {
		dst = binary.BigEndian.AppendUint64(dst, ntp(wall))
		passed := time.Duration(max(0, now-o.at)) * clockRate / time.Second
		dst = binary.BigEndian.AppendUint32(dst, o.ts+uint32(passed)) // timestamps wrap
		dst = binary.BigEndian.AppendUint32(dst, uint32(s.packets))   // the field wraps
		dst = binary.BigEndian.AppendUint32(dst, uint32(s.bytes))     // the field wraps
	}
	if blocks > 0 {
		fraction, lost := uint32(in.fraction()), in.lost()
		if beyond != nil && beyond.fresh(now) {
			fraction = 256 - (256-fraction)*(256-uint32(beyond.fraction))/256
			if beyond.lost > beyond.before {
				lost += beyond.lost - beyond.before
			}
		}
		dst = binary.BigEndian.AppendUint32(dst, in.ssrc)
		dst = binary.BigEndian.AppendUint32(dst, min(255, fraction)<<24|min(lost, mostLost))
		dst = binary.BigEndian.AppendUint32(dst, in.highest)
		dst = binary.BigEndian.AppendUint32(dst, uint32(in.jitter))
		dst = binary.BigEndian.AppendUint32(dst, said.lastSR)
		kept := uint32(0)
		if said.lastSR != 0 {
			kept = uint32((now - said.srAt) << 10 / (int64(time.Second) >> 6)) // 1/65536 s
		}
		dst = binary.BigEndian.AppendUint32(dst, kept)
	}
	dst = append(dst, 2<<6|1, rtcpSDES, 0, 4)
	dst = binary.BigEndian.AppendUint32(dst, o.ssrc)
	dst = append(dst, 1, byte(len(cname)))
	dst = append(dst, cname...)
	return append(dst, 0, 0, 0, 0) // end of the chunk, padded to 32 bits
}

// goodbye appends the BYE that ends our stream (RFC 3550 §6.6).
func goodbye(dst []byte, o *outgoing) []byte {
	dst = append(dst, 2<<6|1, rtcpBYE, 0, 1)
	return binary.BigEndian.AppendUint32(dst, o.ssrc)
}

// ntp is a time in the 64-bit format of RFC 3550 §4.
func ntp(t time.Time) uint64 {
	const from1900 = 2_208_988_800
	seconds := uint64(t.Unix() + from1900) // after 1900
	return seconds<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
