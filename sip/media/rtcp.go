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

	cname = "tandem"
)

// isRTCP tells RTCP from RTP by its second byte (RFC 5761 §4).
func isRTCP(packet []byte) bool {
	return len(packet) >= 8 && packet[0]>>6 == 2 && packet[1] >= 192 && packet[1] <= 223
}

// report appends a compound packet to dst: a sender report, or a receiver report if nothing was sent, with one block about what is received, and the
// mandatory CNAME (RFC 3550 §6.1).
func report(dst []byte, o *outgoing, in *reception, sentPackets, sentBytes uint64, wall time.Time, now int64) []byte {
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
		dst = binary.BigEndian.AppendUint32(dst, uint32(sentPackets)) // the field wraps
		dst = binary.BigEndian.AppendUint32(dst, uint32(sentBytes))   // the field wraps
	}
	if blocks > 0 {
		dst = binary.BigEndian.AppendUint32(dst, in.ssrc)
		dst = binary.BigEndian.AppendUint32(dst, uint32(in.fraction())<<24|min(in.lost(), 1<<23-1))
		dst = binary.BigEndian.AppendUint32(dst, in.highest)
		dst = binary.BigEndian.AppendUint32(dst, uint32(in.jitter))
		dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0) // their reports are not evaluated: no LSR, no DLSR
	}
	dst = append(dst, 2<<6|1, rtcpSDES, 0, 4)
	dst = binary.BigEndian.AppendUint32(dst, o.ssrc)
	dst = append(dst, 1, byte(len(cname)))
	dst = append(dst, cname...)
	return append(dst, 0, 0, 0, 0) // end of the chunk, padded to 32 bits
}

// ntp is a time in the 64-bit format of RFC 3550 §4.
func ntp(t time.Time) uint64 {
	const from1900 = 2_208_988_800
	seconds := uint64(t.Unix() + from1900) // after 1900
	return seconds<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
