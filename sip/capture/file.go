package capture

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

const (
	magic    = 0xa1b23c4d // nanoseconds
	linkRaw  = 101
	snapLen  = 262144
	fileHead = 24
	packHead = 16

	ip4Head = 20
	ip6Head = 40
	udpHead = 8
	udp     = 17
)

// File is one capture. Safe for concurrent use.
type File struct {
	// Audio keeps the sound of packets, and not only their headers.
	Audio bool

	mu    sync.Mutex
	data  []byte
	most  int
	lost  int // packets that had no room
	ended bool
}

// New makes an empty capture of at most so many bytes.
func New(most int, audio bool) *File {
	f := &File{Audio: audio, most: most}
	le := binary.LittleEndian
	f.data = le.AppendUint32(f.data, magic)
	f.data = le.AppendUint16(f.data, 2)
	f.data = le.AppendUint16(f.data, 4)
	f.data = append(f.data, make([]byte, 8)...)
	f.data = le.AppendUint32(f.data, snapLen)
	f.data = le.AppendUint32(f.data, linkRaw)
	return f
}

// Packet appends one that passed at an instant. keep is how much of the payload is kept; negative: all.
// What has no room is counted and lost.
func (f *File) Packet(at time.Time, from, to netip.AddrPort, payload []byte, keep int) {
	if keep < 0 || keep > len(payload) {
		keep = len(payload)
	}
	from, to = sameFamily(from, to)
	head := ip4Head
	if from.Addr().Is6() {
		head = ip6Head
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || len(payload)+udpHead > 65000 || len(f.data)+packHead+head+udpHead+keep > f.most {
		f.lost++
		return
	}
	le := binary.LittleEndian
	f.data = le.AppendUint32(f.data, uint32(at.Unix()))                             //nolint:gosec // until 2106
	f.data = le.AppendUint32(f.data, uint32(at.Nanosecond()))                       //nolint:gosec // below 10^9
	f.data = le.AppendUint32(f.data, uint32(head+udpHead+keep))                     //nolint:gosec // checked
	f.data = le.AppendUint32(f.data, uint32(head+udpHead+len(payload)))             //nolint:gosec // checked
	f.data = appendIP(f.data, from.Addr(), to.Addr(), uint16(udpHead+len(payload))) //nolint:gosec // checked
	f.data = appendUDP(f.data, from, to, payload)
	f.data = append(f.data, payload[:keep]...)
}

// sameFamily puts two addresses into one family; one that is not known is unspecified.
func sameFamily(from, to netip.AddrPort) (a, b netip.AddrPort) {
	x, y := from.Addr().Unmap(), to.Addr().Unmap()
	switch {
	case x.Is6() && !y.Is6():
		y = netip.IPv6Unspecified()
	case y.Is6() && !x.Is6():
		x = netip.IPv6Unspecified()
	}
	if !x.IsValid() {
		x = netip.IPv4Unspecified()
	}
	if !y.IsValid() {
		y = netip.IPv4Unspecified()
	}
	return netip.AddrPortFrom(x.WithZone(""), from.Port()), netip.AddrPortFrom(y.WithZone(""), to.Port())
}

func appendIP(dst []byte, from, to netip.Addr, length uint16) []byte {
	be := binary.BigEndian
	if from.Is6() {
		dst = append(dst, 0x60, 0, 0, 0)
		dst = be.AppendUint16(dst, length)
		dst = append(dst, udp, 64)
		return append(append(dst, from.AsSlice()...), to.AsSlice()...)
	}
	start := len(dst)
	dst = append(dst, 0x45, 0)
	dst = be.AppendUint16(dst, ip4Head+length)
	dst = append(dst, 0, 0, 0x40, 0, 64, udp, 0, 0)
	dst = append(append(dst, from.AsSlice()...), to.AsSlice()...)
	be.PutUint16(dst[start+10:], ^fold(sum(dst[start:])))
	return dst
}

func appendUDP(dst []byte, from, to netip.AddrPort, payload []byte) []byte {
	be := binary.BigEndian
	length := uint16(udpHead + len(payload)) //nolint:gosec // checked
	start := len(dst)
	dst = be.AppendUint16(dst, from.Port())
	dst = be.AppendUint16(dst, to.Port())
	dst = be.AppendUint16(dst, length)
	dst = append(dst, 0, 0)
	total := sum(from.Addr().AsSlice()) + sum(to.Addr().AsSlice()) + udp + uint32(length) + sum(dst[start:]) + sum(payload)
	check := ^fold(total)
	if check == 0 {
		check = 0xffff // RFC 768
	}
	be.PutUint16(dst[start+6:], check)
	return dst
}

// sum adds 16-bit words (RFC 1071); at most 64 kB, so it does not overflow.
func sum(b []byte) (total uint32) {
	for ; len(b) > 1; b = b[2:] {
		total += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		total += uint32(b[0]) << 8
	}
	return total
}

func fold(total uint32) uint16 {
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}

// Size is that of the file so far, in bytes, and how many packets had no room in it.
func (f *File) Size() (size, lost int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.data), f.lost
}

// Bytes is a copy of the file so far.
func (f *File) Bytes() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]byte(nil), f.data...)
}

// End keeps what comes later out, and returns the file and how many packets had no room in it.
func (f *File) End() (pcap []byte, lost int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	return f.data, f.lost
}
