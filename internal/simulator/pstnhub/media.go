package pstnhub

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

const profile = srtp.ProtectionProfileAes128CmHmacSha1_80

// MediaStats counts the packets of one leg.
type MediaStats struct {
	PacketsIn, PacketsOut uint64 // RTP, taken and sent
	Lost                  uint64 // missing sequence numbers
	AuthFailures          uint64 // SRTP or SRTCP that another key made, or nobody's
	Dropped               uint64 // replayed or unreadable
	Foreign               uint64 // from an address that was not signalled
	RTCPIn, RTCPOut       uint64
}

// media is the media processor's end of one leg: two sockets, a key each way, G.711 or G.722.
type media struct {
	leg       *Leg
	rtp, rtcp *net.UDPConn
	port      int
	session   int    // number for o=
	key       string // ours, base64
	done      chan struct{}
	once      sync.Once
	seen      atomic.Int64 // when RTP or RTCP came last, Unix nanoseconds

	in, out, rtcpIn, rtcpOut, auth, dropped, foreign atomic.Uint64

	mu         sync.Mutex
	encrypt    *srtp.Context
	decrypt    *srtp.Context
	remoteKey  string
	signalled  netip.AddrPort // the first target; it stays the target
	target     netip.AddrPort // with the port latched
	rtcpTarget netip.AddrPort
	latched    bool
	mux, hold  bool
	codecs     []codec
	event      int
	party      *mixer.Port
	wide       bool      // so the party joined
	presses    []*press  // key presses to send; the first is under way
	said       time.Time // when the conference last ticked
	sent       sender
	heard      receiver
}

// sender is the state of our stream.
type sender struct {
	ssrc      uint32
	sequence  uint16
	timestamp uint32
	pause     bool // the next packet starts a talkspurt
	octets    uint32
	g722      *audio.G722Encoder
	split     audio.BandSplitter // should the conference's frames be wider than the codec
	join      audio.BandJoiner   // should they be narrower
}

// openMedia binds a pair of ports and starts the goroutines of a leg's media. Without an offer of the SBC nothing is taken or sent until connect.
func (p *Proxies) openMedia(l *Leg, o *offer) (*media, error) {
	m := &media{leg: l, done: make(chan struct{}), event: -1}
	var err error
	if m.rtp, m.rtcp, m.port, err = p.bindPair(); err != nil {
		return nil, err
	}
	if err := m.prepare(o); err != nil {
		m.close()
		return nil, err
	}
	m.touch()
	for _, f := range []func(){func() { m.receive(m.rtp) }, func() { m.receive(m.rtcp) }, m.clock} {
		if !p.spawn(f) {
			m.close()
			return nil, ErrEnded
		}
	}
	return m, nil
}

// prepare makes our key and takes over the first offer, if there is one.
func (m *media) prepare(o *offer) error {
	m.key = newKey()
	random := func(limit int64) int64 {
		n, err := rand.Int(rand.Reader, big.NewInt(limit))
		if err != nil {
			return 1
		}
		return n.Int64()
	}
	m.session = int(random(900_000)) + 100_000
	// The first sequence number is below 2^15, so that a lost first packet does not spoil the other side's guess of the ROC (RFC 3711 §3.3.1).
	m.sent = sender{ssrc: uint32(random(1 << 32)), sequence: m.leg.p.config.firstSequence(uint16(random(1 << 15))), timestamp: uint32(random(1 << 32)), pause: true, g722: audio.NewG722Encoder()}
	var err error
	if m.encrypt, err = contextOf(m.key); err != nil {
		return err
	}
	if o == nil {
		return nil
	}
	return m.connect(o)
}

// firstSequence is the number of the first RTP packet.
func (c Config) firstSequence(random uint16) uint16 {
	if c.Sequence != 0 {
		return c.Sequence - 1 // it is counted before it is sent
	}
	return random
}

// connect takes over a description of the SBC's with the target in it.
func (m *media) connect(o *offer) error {
	m.mu.Lock()
	m.signalled = netip.AddrPortFrom(o.address, o.port)
	m.target, m.rtcpTarget, m.latched = m.signalled, o.rtcp, false
	m.mu.Unlock()
	return m.apply(o)
}

// newKey is key and salt of SRTP in base64.
func newKey() string {
	var raw [keyLength]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.StdEncoding.EncodeToString(raw[:])
}

// rekey sends with another key from now on, whose rollover counter is 0 whatever the sequence number (facts/direct-routing.md §8.2).
func (m *media) rekey(key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, err := contextOf(key)
	if err == nil {
		m.key, m.encrypt = key, c
	}
	return err
}

// rekeyed says whether a description has another key than the last one.
func (m *media) rekeyed(o *offer) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.remoteKey != "" && o.key != m.remoteKey
}

func contextOf(key string) (*srtp.Context, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != keyLength {
		return nil, errors.New("srtp key")
	}
	return srtp.CreateContext(raw[:16], raw[16:], profile, srtp.SRTPReplayProtection(128), srtp.SRTCPReplayProtection(128))
}

// bindPair finds an even port and the one above it. The range is partly the kernel's own for outgoing sockets: only binding tells what is free.
func (p *Proxies) bindPair() (*net.UDPConn, *net.UDPConn, int, error) {
	first, pairs := int(p.config.PortMin), (int(p.config.PortMax)-int(p.config.PortMin)+1)/2
	for range pairs {
		p.mu.Lock()
		port := first + 2*(p.nextPort%pairs)
		p.nextPort++
		p.mu.Unlock()
		listen := func(port int) (*net.UDPConn, error) {
			return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.config.MediaAddress, uint16(port))))
		}
		a, err := listen(port)
		if err != nil {
			continue
		}
		b, err := listen(port + 1)
		if err != nil {
			_ = a.Close()
			continue
		}
		return a, b, port, nil
	}
	return nil, nil, 0, fmt.Errorf("no free pair of ports in %d-%d", p.config.PortMin, p.config.PortMax)
}

// touch notes that the other side is there.
func (m *media) touch() { m.seen.Store(time.Now().UnixNano()) }

// close frees the sockets; the goroutines see it and end. It may be called again.
func (m *media) close() {
	m.once.Do(func() {
		close(m.done)
		_ = m.rtp.Close()
		_ = m.rtcp.Close()
		m.attach(nil)
	})
}

func (m *media) closed() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

// apply takes over what an offer says about codecs, hold and key, and nothing about the target.
func (m *media) apply(o *offer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.key != m.remoteKey { // a new key starts with a ROC of 0, an unchanged one keeps it (facts/direct-routing.md §8.2)
		c, err := contextOf(o.key)
		if err != nil {
			return err
		}
		m.decrypt, m.remoteKey = c, o.key
	}
	m.codecs, m.event, m.mux, m.hold = o.codecs, o.event, o.mux, o.held()
	return nil
}

// moved says whether an offer names another target than the first one did.
func (m *media) moved(o *offer) bool {
	return netip.AddrPortFrom(o.address, o.port) != m.signalled
}

func (m *media) onHold() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hold
}

func (m *media) attach(conf *mixer.Conference) *mixer.Port {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.party != nil {
		m.party.Leave()
		m.party = nil
	}
	if conf != nil && !m.closed() {
		join := conf.Join
		if m.wide = m.codecs[0].name == "G722"; m.wide {
			join = conf.JoinWide
		}
		m.party, m.said = join(m.leg.guid, m.say), time.Now()
		m.heard.restart()
	}
	return m.party
}

func (m *media) snapshot() MediaStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return MediaStats{
		PacketsIn: m.in.Load(), PacketsOut: m.out.Load(), Lost: m.heard.lost, AuthFailures: m.auth.Load(),
		Dropped: m.dropped.Load(), Foreign: m.foreign.Load(), RTCPIn: m.rtcpIn.Load(), RTCPOut: m.rtcpOut.Load(),
	}
}

func (m *media) pressed() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard.digits
}

// say sends one frame of the conference to the SBC. The clock of the stream runs on while nothing is sent.
func (m *media) say(frame []int16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said = time.Now()
	m.tick(frame)
}

// tick sends what is due in the next 20 ms: a key press, else the frame, if there is one. The lock is held.
func (m *media) tick(frame []int16) {
	s := &m.sent
	s.timestamp += mixer.FrameSamples
	if m.tone() {
		s.pause = true
		return
	}
	if frame == nil || m.silent() {
		s.pause = true
		return
	}
	if m.send(m.codecs[0].payload, s.timestamp, s.pause, s.encode(m.codecs[0], frame)) {
		s.pause = false
	}
}

// silent says whether we send no RTP.
func (m *media) silent() bool { return m.hold || m.closed() || m.leg.p.faults.on(FaultNoRTP) }

// send sends one RTP packet.
func (m *media) send(payloadType uint8, timestamp uint32, marker bool, payload []byte) bool {
	s := &m.sent
	s.sequence++
	packet := rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: marker, PayloadType: payloadType, SequenceNumber: s.sequence, Timestamp: timestamp, SSRC: s.ssrc},
		Payload: payload,
	}
	raw, err := packet.Marshal()
	if err == nil {
		raw, err = m.encrypt.EncryptRTP(nil, raw, nil)
	}
	if err != nil {
		m.leg.log.Error("rtp", "error", err)
		return false
	}
	if _, err := m.rtp.WriteToUDPAddrPort(raw, m.target); err != nil {
		return false
	}
	s.octets += uint32(len(payload))
	m.out.Add(1)
	return true
}

// receive reads one of the sockets until it is closed.
func (m *media) receive(socket *net.UDPConn) {
	buf := make([]byte, 2048)
	for {
		n, from, err := socket.ReadFromUDPAddrPort(buf)
		if err != nil {
			if m.closed() || errors.Is(err, net.ErrClosed) {
				return
			}
			continue // an ICMP error of an earlier packet
		}
		if key := m.packet(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), socket == m.rtcp); key != 0 {
			m.leg.keyed(key)
		}
	}
}

// packet takes what came, and returns the key that it says was pressed, 0 for none.
func (m *media) packet(raw []byte, from netip.AddrPort, control bool) (key byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if from.Addr() != m.signalled.Addr() {
		m.foreign.Add(1)
		return 0
	}
	if control || m.mux && len(raw) > 1 && raw[1] >= 192 && raw[1] <= 223 { // RFC 5761 §4
		if _, err := m.decrypt.DecryptRTCP(nil, raw, nil); m.good(err) {
			m.rtcpIn.Add(1)
		}
		return 0
	}
	raw, err := m.decrypt.DecryptRTP(nil, raw, nil)
	if !m.good(err) {
		return 0
	}
	var packet rtp.Packet
	if err := packet.Unmarshal(raw); err != nil {
		m.dropped.Add(1)
		return 0
	}
	m.in.Add(1)
	if !m.latched { // the SBC may send from another port than it named, and from no other address
		m.latched, m.target = true, from
		if m.mux {
			m.rtcpTarget = from
		}
	}
	if m.hold {
		return 0
	}
	return m.heard.packet(m, &packet)
}

// good counts what happened to a packet and says whether it can be used.
func (m *media) good(err error) bool {
	switch {
	case err == nil:
		m.touch()
		return true
	case errors.Is(err, srtp.ErrFailedToVerifyAuthTag):
		m.auth.Add(1)
	default:
		m.dropped.Add(1)
	}
	return false
}

// clock sends RTCP and notices when nothing comes any more.
func (m *media) clock() {
	report := time.NewTicker(m.leg.p.config.RTCPInterval)
	defer report.Stop()
	var silence <-chan time.Time
	limit := m.leg.p.config.MediaTimeout
	if limit > 0 {
		check := time.NewTicker(limit / 4)
		defer check.Stop()
		silence = check.C
	}
	for {
		select {
		case <-m.done:
			return
		case <-report.C:
			m.report()
		case <-silence:
			if time.Since(time.Unix(0, m.seen.Load())) > limit {
				m.leg.mediaLost()
			}
		}
	}
}

// mediaLost ends an answered call whose media stopped coming (531005/410, facts/direct-routing.md §12). How long Microsoft waits is not known.
func (l *Leg) mediaLost() {
	l.mu.Lock()
	up := l.state == confirmed
	l.mu.Unlock()
	if up {
		l.hangUp(ending{"media", 410, 22, codeMediaLost}, "BackToBackSessionDeleted")
	}
}

// report sends a sender report with our name (RFC 3550 §6.4.1 and §6.5).
func (m *media) report() {
	m.mu.Lock()
	defer m.mu.Unlock()
	raw, err := m.encrypt.EncryptRTCP(nil, m.sent.report(time.Now(), uint32(m.out.Load())), nil)
	if err != nil {
		m.leg.log.Error("rtcp", "error", err)
		return
	}
	socket := m.rtcp
	if m.mux {
		socket = m.rtp
	}
	if _, err := socket.WriteToUDPAddrPort(raw, m.rtcpTarget); err == nil {
		m.rtcpOut.Add(1)
	}
}
