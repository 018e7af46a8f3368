package srtp

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// Sizes in bytes.
const (
	KeySize  = 16
	SaltSize = 14
	// TagSize is the authentication tag, in RTP and RTCP alike.
	TagSize = 10
	// MaxOverhead is what protection adds to a packet, without an MKI.
	MaxOverhead = TagSize + indexSize

	rtpHeader  = 12
	rtcpHeader = 8 // of the first packet: what is not encrypted
	indexSize  = 4 // of SRTCP

	// window is the replay window in packets: 2.5 s of audio in packets of 20 ms.
	window = 128
	// maxSources bounds the SSRCs of one context. Only packets that authenticate make one.
	maxSources = 64
	// lastIndex is the last of SRTCP under one key (§9.2).
	lastIndex = 1<<31 - 1
	encrypted = 1 << 31 // the E flag
)

// Errors of packets.
var (
	ErrAuth      = errors.New("srtp: the packet does not authenticate")
	ErrMKI       = errors.New("srtp: the packet has another master key identifier")
	ErrReplay    = errors.New("srtp: the packet came before, or is too old to tell")
	ErrMalformed = errors.New("srtp: too short, or a header that does not end")
	ErrSources   = errors.New("srtp: too many sources under one key")
	ErrExhausted = errors.New("srtp: the key has been used up")
)

// Context protects or unprotects the packets of one direction.
type Context struct {
	master  [KeySize]byte
	salt    [SaltSize]byte
	mki     []byte
	rtp     *cipherSuite
	rtcp    *cipherSuite // made with the first report
	sources []source
	reports []source
	index   uint32 // of our last report
}

// source is what is known of one SSRC. index is the 48-bit number of RTP (rollover counter
// and sequence number), or that of SRTCP.
type source struct {
	ssrc    uint32
	started bool
	highest uint64
	seen    [window / 64]uint64 // bit i: highest-i was seen
}

// New makes a context. mki is carried by every packet (§3.1); nil: none.
func New(master [KeySize]byte, salt [SaltSize]byte, mki []byte) (*Context, error) {
	c := &Context{master: master, salt: salt, mki: bytes.Clone(mki)}
	var err error
	c.rtp, err = newSuite(master, salt, labelRTP)
	return c, err
}

func (c *Context) reportSuite() (*cipherSuite, error) {
	if c.rtcp == nil {
		s, err := newSuite(c.master, c.salt, labelRTCP)
		if err != nil {
			return nil, err
		}
		c.rtcp = s
	}
	return c.rtcp, nil
}

// find looks for an SSRC; a new one is only kept with [keep].
func find(list []source, ssrc uint32) (s *source, found bool) {
	for i := range list {
		if list[i].ssrc == ssrc {
			return &list[i], true
		}
	}
	return nil, false
}

// estimate is the index of a packet with that sequence number (§3.3.1, appendix A).
func (s *source) estimate(seq uint16) uint64 {
	if !s.started {
		return uint64(seq)
	}
	const half = 1 << 15
	roc, last := s.highest>>16, uint16(s.highest) //nolint:gosec // its lower half
	switch {
	case last < half && int(seq)-int(last) > half && roc > 0:
		roc--
	case last >= half && int(last)-half > int(seq):
		roc++
	}
	return roc<<16 | uint64(seq)
}

// fresh tells whether an index may be taken (§3.3.2).
func (s *source) fresh(index uint64) bool {
	if !s.started || index > s.highest {
		return true
	}
	behind := s.highest - index
	return behind < window && s.seen[behind/64]&(1<<(behind%64)) == 0
}

// take marks an index as seen.
func (s *source) take(index uint64) {
	if s.started && index <= s.highest {
		if behind := s.highest - index; behind < window {
			s.seen[behind/64] |= 1 << (behind % 64)
		}
		return
	}
	shift := index - s.highest
	switch {
	case !s.started || shift >= window:
		s.seen = [window / 64]uint64{}
	case shift >= 64:
		s.seen[1], s.seen[0] = s.seen[0]<<(shift-64), 0
	default:
		s.seen[1] = s.seen[1]<<shift | s.seen[0]>>(64-shift)
		s.seen[0] <<= shift
	}
	s.seen[0] |= 1
	s.highest, s.started = index, true
}

// header is the length of an RTP header.
func header(packet []byte) (int, error) {
	if len(packet) < rtpHeader {
		return 0, ErrMalformed
	}
	n := rtpHeader + 4*int(packet[0]&0x0f)
	if packet[0]&0x10 != 0 {
		if len(packet) < n+4 {
			return 0, ErrMalformed
		}
		n += 4 + 4*int(binary.BigEndian.Uint16(packet[n+2:]))
	}
	if n > len(packet) {
		return 0, ErrMalformed
	}
	return n, nil
}

// Protect encrypts an RTP packet in place and appends what it needs; with room for
// [MaxOverhead] and the MKI nothing is allocated. A sequence number must not be used
// twice under one key: that is the caller's to see to.
func (c *Context) Protect(packet []byte) ([]byte, error) {
	n, err := header(packet)
	if err != nil {
		return nil, err
	}
	ssrc := binary.BigEndian.Uint32(packet[8:])
	s, found := find(c.sources, ssrc)
	if !found {
		if s, err = keep(&c.sources, source{ssrc: ssrc}); err != nil {
			return nil, err
		}
	}
	index := s.estimate(binary.BigEndian.Uint16(packet[2:]))
	if !s.started || index > s.highest {
		s.highest, s.started = index, true
	}
	c.rtp.xor(packet[n:], ssrc, index)
	tag := c.rtp.tag(packet, uint32(index>>16)) //nolint:gosec // 48 bits
	packet = append(packet, c.mki...)
	return append(packet, tag...), nil
}

// Unprotect authenticates a packet and decrypts it in place.
func (c *Context) Unprotect(packet []byte) ([]byte, error) {
	body, tag, err := c.cut(packet)
	if err != nil {
		return nil, err
	}
	n, err := header(body)
	if err != nil {
		return nil, err
	}
	ssrc := binary.BigEndian.Uint32(body[8:])
	s, found := find(c.sources, ssrc)
	if !found {
		s = &source{ssrc: ssrc}
	}
	index := s.estimate(binary.BigEndian.Uint16(body[2:]))
	if !s.fresh(index) {
		return nil, ErrReplay
	}
	if subtle.ConstantTimeCompare(c.rtp.tag(body, uint32(index>>16)), tag) != 1 { //nolint:gosec // 48 bits
		return nil, ErrAuth
	}
	if !found {
		if s, err = keep(&c.sources, *s); err != nil {
			return nil, err
		}
	}
	s.take(index)
	c.rtp.xor(body[n:], ssrc, index)
	return body, nil
}

func keep(list *[]source, s source) (*source, error) {
	if len(*list) >= maxSources {
		return nil, ErrSources
	}
	*list = append(*list, s)
	return &(*list)[len(*list)-1], nil
}

// cut takes MKI and tag off.
func (c *Context) cut(packet []byte) (body, tag []byte, err error) {
	n := len(packet) - TagSize - len(c.mki)
	if n < rtcpHeader {
		return nil, nil, ErrMalformed
	}
	if len(c.mki) > 0 && !bytes.Equal(packet[n:n+len(c.mki)], c.mki) {
		return nil, nil, ErrMKI
	}
	return packet[:n], packet[n+len(c.mki):], nil
}

// ProtectRTCP encrypts a compound packet of RTCP in place and appends what it needs.
func (c *Context) ProtectRTCP(packet []byte) ([]byte, error) {
	suite, err := c.reportSuite()
	switch {
	case err != nil:
		return nil, err
	case len(packet) < rtcpHeader:
		return nil, ErrMalformed
	case c.index == lastIndex:
		return nil, ErrExhausted
	}
	c.index++
	suite.xor(packet[rtcpHeader:], binary.BigEndian.Uint32(packet[4:]), uint64(c.index))
	packet = binary.BigEndian.AppendUint32(packet, c.index|encrypted)
	tag := suite.tagRTCP(packet)
	packet = append(packet, c.mki...)
	return append(packet, tag...), nil
}

// UnprotectRTCP authenticates a compound packet and decrypts it in place.
func (c *Context) UnprotectRTCP(packet []byte) ([]byte, error) {
	suite, err := c.reportSuite()
	if err != nil {
		return nil, err
	}
	body, tag, err := c.cut(packet)
	if err != nil {
		return nil, err
	}
	n := len(body) - indexSize
	if n < rtcpHeader {
		return nil, ErrMalformed
	}
	if subtle.ConstantTimeCompare(suite.tagRTCP(body), tag) != 1 {
		return nil, ErrAuth
	}
	word, ssrc := binary.BigEndian.Uint32(body[n:]), binary.BigEndian.Uint32(body[4:])
	index := uint64(word &^ encrypted)
	s, found := find(c.reports, ssrc)
	if !found {
		if s, err = keep(&c.reports, source{ssrc: ssrc}); err != nil {
			return nil, err
		}
	}
	if !s.fresh(index) {
		return nil, ErrReplay
	}
	s.take(index)
	if word&encrypted != 0 {
		suite.xor(body[rtcpHeader:n], ssrc, index)
	}
	return body[:n], nil
}
