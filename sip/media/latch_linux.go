package media

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// followAfter is the silence of the place that was learnt after which plain RTP may come from another one. With SRTP the packet proves itself.
const followAfter = int64(100 * time.Millisecond)

// move is a packet that would be believed if its successor came from the same place.
type move struct {
	from netip.AddrPort
	next uint16
}

// trusts tells whether media may come from an address before a place was learnt: it was signalled, or the requests come from there.
func (st *Stream) trusts(a netip.Addr) bool {
	return a == st.rtp.signalled.Addr() || a == st.trusted || a == st.rtcp.signalled.Addr()
}

// admits tells whether a packet may come from there: a trusted address, any port until one has been learnt.
func (s *socket) admits(from netip.AddrPort) bool {
	if s.source.IsValid() {
		return from == s.source
	}
	return s.stream.trusts(from.Addr()) || s.isRTCP && from.Addr() == s.stream.rtp.source.Addr()
}

// leftFor is how long packets from where the other end was may be on their way when it has told another address: with the old key too they
// prove good, and would keep out who has taken its place.
const leftFor = 2 * time.Second

// learn fixes the source of a packet that proved good.
func (s *socket) learn(from netip.AddrPort, now int64) {
	if !s.source.IsValid() && (from != s.left || now >= s.leftUntil) {
		s.source = from
		s.target.set(from)
	}
}

// continues tells whether an RTP packet from an unknown place goes on where our source stopped: its SSRC, and a number soon after the highest. A NAT that forgot
// a peer gives it another port in the middle of its stream. Without authentication that alone is not proof enough: the old place must have fallen silent, and
// two packets in a row must have come from the new one.
func (st *Stream) continues(packet []byte, from netip.AddrPort, now int64) bool {
	if len(packet) < rtpHeader || !st.in.started || binary.BigEndian.Uint32(packet[8:]) != st.in.ssrc {
		return false
	}
	seq := binary.BigEndian.Uint16(packet[2:])
	if ahead := int16(seq - uint16(st.in.highest)); ahead <= 0 || ahead > maxForward {
		return false
	}
	if st.srtp.in != nil {
		return true
	}
	known := st.moving == move{from: from, next: seq}
	st.moving = move{from: from, next: seq + 1}
	return known && now-st.in.last >= followAfter
}

// follow makes a place that proved good the only one, also for reports: their port is learnt anew.
func (st *Stream) follow(from netip.AddrPort) {
	st.rtp.source, st.moving = from, move{}
	st.rtp.target.set(from)
	st.rtcp.source = netip.AddrPort{}
	st.moves++
}
