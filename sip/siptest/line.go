package siptest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"tandem/internal/audio"
	"tandem/sip/sdp"
)

const (
	clockRate    = 8000
	frame        = 20 * time.Millisecond
	frameSamples = 160
)

// Codec restricts what a call offers.
type Codec int

// The codecs of the phone.
const (
	AnyCodec Codec = iota // A-law, then µ-law
	PCMA
	PCMU
)

// Stats tells what a call has carried.
type Stats struct {
	Sent        int // packets
	Received    int // audio packets and events, duplicates not counted
	Lost        int // by gaps in sequence numbers
	Duplicates  int
	Sources     int // SSRCs seen; a relay that does its work well shows one
	Reports     int // RTCP packets
	Undecodable int // failed authentication, or not RTP
	First, Last time.Time
}

// line is the audio of one call: a socket for RTP, one for RTCP, what is to be said and what was heard.
type line struct {
	rtp, rtcp *net.UDPConn
	codec     Codec
	running   sync.WaitGroup
	done      chan struct{}

	mu       sync.Mutex
	closed   bool
	talking  bool
	stream   sdp.Stream
	in, out  *srtp.Context
	counters Stats
	record   recorder
	sources  map[uint32]*sequence
	digits   strings.Builder
	lastEnd  uint32 // timestamp of the last event that ended
	anyEnd   bool

	speech []int16
	quiet  chan struct{} // closed while nothing is left to say
	events []event

	ssrc      uint32
	seq       uint16
	timestamp uint32
}

// event is one packet of a telephone-event to be sent.
type event struct {
	payload [4]byte
	n       uint32 // counts the packets of the event from 1; 0: a pause of one frame, no packet
}

func openLine(address netip.Addr, codec Codec) (*line, error) {
	l := &line{codec: codec, done: make(chan struct{}), quiet: make(chan struct{}), sources: map[uint32]*sequence{}}
	close(l.quiet)
	var err error
	if l.rtp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, 0))); err != nil {
		return nil, fmt.Errorf("siptest: %w", err)
	}
	if l.rtcp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, 0))); err != nil {
		return nil, errors.Join(fmt.Errorf("siptest: %w", err), l.rtp.Close())
	}
	random := sdp.NewKey() // thirty random bytes, whatever for
	l.ssrc = binary.BigEndian.Uint32(random[:])
	l.seq = binary.BigEndian.Uint16(random[4:]) & 0x7fff
	l.timestamp = binary.BigEndian.Uint32(random[8:])
	l.running.Go(func() { l.read(l.rtp, l.takeRTP) })
	l.running.Go(func() { l.read(l.rtcp, l.takeRTCP) })
	return l, nil
}

func (l *line) port() uint16     { return uint16(l.rtp.LocalAddr().(*net.UDPAddr).Port) }  // a port
func (l *line) rtcpPort() uint16 { return uint16(l.rtcp.LocalAddr().(*net.UDPAddr).Port) } // a port

func (l *line) codecs() []sdp.Codec {
	switch l.codec {
	case PCMA:
		return []sdp.Codec{sdp.PCMA}
	case PCMU:
		return []sdp.Codec{sdp.PCMU}
	case AnyCodec:
	}
	return []sdp.Codec{sdp.PCMA, sdp.PCMU}
}

// connect sets the other end. Unchanged keys keep their contexts, and with them the rollover counters.
func (l *line) connect(s sdp.Stream) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.Secure && (l.in == nil || s.RemoteKey != l.stream.RemoteKey || s.LocalKey != l.stream.LocalKey) {
		const profile = srtp.ProtectionProfileAes128CmHmacSha1_80
		in, err := srtp.CreateContext(s.RemoteKey[:16], s.RemoteKey[16:], profile, srtp.SRTPReplayProtection(128))
		if err != nil {
			return fmt.Errorf("siptest: %w", err)
		}
		out, err := srtp.CreateContext(s.LocalKey[:16], s.LocalKey[16:], profile)
		if err != nil {
			return fmt.Errorf("siptest: %w", err)
		}
		l.in, l.out = in, out
	}
	if !s.Secure {
		l.in, l.out = nil, nil
	}
	l.stream = s
	return nil
}

// talk starts to send: what is to be said, then silence, a packet each 20 ms.
func (l *line) talk() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.talking || l.closed {
		return
	}
	l.talking = true
	l.running.Go(l.pace)
}

func (l *line) close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	l.mu.Unlock()
	close(l.done)
	_ = l.rtp.Close()
	_ = l.rtcp.Close()
	l.running.Wait()
}

// pace keeps to the clock, not to the timer: a packet that is late is followed by the next in its own time.
func (l *line) pace() {
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := time.Duration(1); ; n++ {
		select {
		case <-timer.C:
		case <-l.done:
			return
		}
		l.sendFrame()
		timer.Reset(time.Until(began.Add(n * frame)))
	}
}

func (l *line) say(speech []int16) {
	if len(speech) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.speech) == 0 {
		l.quiet = make(chan struct{})
	}
	l.speech = append(l.speech, speech...)
}

func (l *line) spoken() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.quiet
}

// dial queues the packets of telephone-events: each 100 ms long, with the end sent three times (RFC 4733 §2.5.1.4), and 40 ms of pause.
func (l *line) dial(digits string) error {
	var queue []event
	for _, digit := range digits {
		code := strings.IndexRune("0123456789*#ABCD", digit)
		if code < 0 {
			return fmt.Errorf("siptest: no digit: %q", digit)
		}
		for n := uint32(1); n <= 8; n++ {
			e := event{payload: [4]byte{byte(code), 10}, n: n}                        // below 16
			binary.BigEndian.PutUint16(e.payload[2:], uint16(min(n, 5)*frameSamples)) // at most 800
			if n > 5 {
				e.payload[1] |= 0x80
			}
			queue = append(queue, e)
		}
		queue = append(queue, event{}, event{})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stream.SendEvents == 0 {
		return errors.New("siptest: telephone-event was not agreed on")
	}
	l.events = append(l.events, queue...)
	return nil
}

// sendFrame sends what belongs to the next 20 ms.
func (l *line) sendFrame() {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := rtp.Header{Version: 2, SSRC: l.ssrc, Timestamp: l.timestamp, PayloadType: l.stream.Codec.PayloadType}
	var payload []byte
	if len(l.events) > 0 {
		e := l.events[0]
		l.events = l.events[1:]
		if e.n == 0 {
			l.timestamp += frameSamples
			return
		}
		h.Timestamp -= (e.n - 1) * frameSamples // all packets of an event show its beginning
		h.PayloadType, h.Marker, payload = l.stream.SendEvents, e.n == 1, e.payload[:]
	} else {
		payload = l.encode(l.nextSpeech())
	}
	l.timestamp += frameSamples
	if l.stream.Direction&sdp.SendOnly == 0 || !l.stream.Remote.IsValid() {
		return
	}
	h.SequenceNumber = l.seq
	l.seq++
	raw, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err == nil && l.out != nil {
		raw, err = l.out.EncryptRTP(nil, raw, nil)
	}
	if err != nil {
		return
	}
	if _, err := l.rtp.WriteToUDPAddrPort(raw, l.stream.Remote); err == nil {
		l.counters.Sent++
	}
}

func (l *line) nextSpeech() []int16 {
	samples := make([]int16, frameSamples)
	n := copy(samples, l.speech)
	if n > 0 {
		if l.speech = l.speech[n:]; len(l.speech) == 0 {
			close(l.quiet)
		}
	}
	return samples
}

func (l *line) encode(samples []int16) []byte {
	out := make([]byte, len(samples))
	if l.stream.Codec.Same(sdp.PCMU) {
		audio.LinearToULaw(out, samples)
	} else {
		audio.LinearToALaw(out, samples)
	}
	return out
}

func (l *line) read(conn *net.UDPConn, take func([]byte, time.Time)) {
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of an earlier packet
		}
		now := time.Now()
		l.mu.Lock()
		if remote := l.stream.Remote; !remote.IsValid() || from.Addr().Unmap() == remote.Addr() {
			take(buf[:n], now)
		}
		l.mu.Unlock()
	}
}

func (l *line) takeRTCP([]byte, time.Time) { l.counters.Reports++ }

func (l *line) takeRTP(raw []byte, now time.Time) {
	var err error
	if l.in != nil {
		if raw, err = l.in.DecryptRTP(nil, raw, nil); err != nil {
			l.counters.Undecodable++
			return
		}
	}
	var p rtp.Packet
	if err := p.Unmarshal(raw); err != nil {
		l.counters.Undecodable++
		return
	}
	s := l.sources[p.SSRC]
	if s == nil {
		s = &sequence{}
		l.sources[p.SSRC] = s
		l.counters.Sources++
	}
	if !s.add(p.SequenceNumber) {
		l.counters.Duplicates++
		return
	}
	l.counters.Received++
	if l.counters.First.IsZero() {
		l.counters.First = now
	}
	l.counters.Last = now
	if events := l.stream.ReceiveEvents; events != 0 && p.PayloadType == events {
		l.takeEvent(p.Payload, p.Timestamp)
		return
	}
	codec := l.stream.Codec
	if !l.stream.Remote.IsValid() { // before the SDP: static numbers only
		codec = sdp.Codec{PayloadType: p.PayloadType, Name: map[uint8]string{0: "PCMU", 8: "PCMA"}[p.PayloadType], Rate: clockRate}
	} else if p.PayloadType != l.stream.ReceivePayload {
		return
	}
	samples := make([]int16, len(p.Payload))
	switch {
	case codec.Same(sdp.PCMU):
		audio.ULawToLinear(samples, p.Payload)
	case codec.Same(sdp.PCMA):
		audio.ALawToLinear(samples, p.Payload)
	default:
		return
	}
	l.record.add(p.SSRC, p.Timestamp, samples, now)
}

func (l *line) takeEvent(payload []byte, timestamp uint32) {
	if len(payload) < 4 || payload[0] > 15 || payload[1]&0x80 == 0 || l.anyEnd && timestamp == l.lastEnd {
		return
	}
	l.anyEnd, l.lastEnd = true, timestamp
	l.digits.WriteByte("0123456789*#ABCD"[payload[0]])
}

func (l *line) heardDigits() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.digits.String()
}

func (l *line) heard() []int16 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.record.samples)
}

func (l *line) stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.counters
	for _, source := range l.sources {
		s.Lost += source.lost()
	}
	return s
}
