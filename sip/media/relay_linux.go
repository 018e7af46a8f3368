package media

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Relay relays the media of many sessions. Safe for concurrent use.
type Relay struct {
	config  Config
	log     *slog.Logger
	start   time.Time
	tones   [3]*tones // by Codec
	laws    laws
	workers []*worker
	running sync.WaitGroup
	opened  atomic.Uint64  // sessions ever opened: spreads them over workers and ticks
	pair    atomic.Uint64  // next port pair to try: round robin, so that those rest longest that were used last
	rested  []atomic.Int64 // by pair: when it may be used again

	firstSeq func() uint16 // of our streams; chosen in tests
}

// NewRelay starts the workers.
func NewRelay(c Config) (*Relay, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Relay{
		config: c, log: c.Logger, start: time.Now(),
		tones:    [3]*tones{PCMU: makeTones(PCMU), PCMA: makeTones(PCMA), G722: makeTones(G722)},
		laws:     makeLaws(),
		rested:   make([]atomic.Int64, c.pairs()),
		firstSeq: func() uint16 { return uint16(random() & 0x7fff) }, // masked
	}
	r.pair.Store(uint64(random()))
	r.warnAboutPorts()
	for range c.Workers {
		w, err := newWorker(r)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		r.workers = append(r.workers, w)
		w.restock()
		r.running.Go(w.run)
	}
	return r, nil
}

// Close ends all sessions and waits for the workers.
func (r *Relay) Close() error {
	for _, w := range r.workers {
		w.stop()
	}
	r.running.Wait()
	return nil
}

// warnAboutPorts tells when our range overlaps that from which the kernel gives ports to others.
func (r *Relay) warnAboutPorts() {
	raw, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return
	}
	var low, high uint16
	if _, err := fmt.Sscan(string(raw), &low, &high); err == nil && r.config.PortMin <= high && r.config.PortMax >= low {
		r.log.Warn("media ports overlap the kernel's ephemeral range, other programs may take them",
			"port_min", r.config.PortMin, "port_max", r.config.PortMax, "ephemeral_min", low, "ephemeral_max", high)
	}
}

// now is the time since the start, in nanoseconds.
func (r *Relay) now() int64 { return int64(time.Since(r.start)) }

// wall is the time of day of an instant; zero for zero.
func (r *Relay) wall(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return r.start.Add(time.Duration(at)).Round(0)
}

func random() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint32(b[:])
}

// Session is one call. Safe for concurrent use; calls take effect in their order.
type Session struct {
	relay   *Relay
	worker  *worker
	id      uint64
	streams [2]*Stream
	lost    chan Side
	pressed chan Press

	// The rest belongs to the worker.
	tap     func(Passed)
	bridged bool
	closed  bool
}

// Open binds a port pair for each side. Without a free pair it fails with [ErrNoPorts].
func (r *Relay) Open(codec Codec) (*Session, error) { return r.open(codec, false) }

// Open6 is Open for a peer that speaks IPv6. It fails with [ErrNoIPv6] if we do not.
func (r *Relay) Open6(codec Codec) (*Session, error) {
	if !r.config.Address6.IsValid() {
		return nil, ErrNoIPv6
	}
	return r.open(codec, true)
}

func (r *Relay) open(codec Codec, six bool) (*Session, error) {
	if codec < PCMU || codec > G722 {
		return nil, fmt.Errorf("media: unknown codec %d", codec)
	}
	id := r.opened.Add(1)
	s := &Session{
		relay: r, id: id, lost: make(chan Side, 2), pressed: make(chan Press, 16),
		worker: r.workers[id%uint64(len(r.workers))],
	}
	for side := range s.streams {
		s.streams[side] = r.newStream(s, Side(side), codec)
	}
	complete, err := false, error(nil)
	add := func() {
		if complete = s.worker.equip(s, six); complete {
			err = s.worker.add(s)
		}
	}
	running := s.worker.do(add)
	if running && !complete {
		if err = s.bindRest(six); err == nil {
			running = s.worker.do(add)
		}
	}
	if !running {
		err = ErrClosed
	}
	if err != nil {
		s.worker.do(func() { s.worker.forgetAll(s) })
		s.closeSockets()
		return nil, err
	}
	return s, nil
}

func (r *Relay) newStream(s *Session, side Side, codec Codec) *Stream {
	st := &Stream{session: s, side: side, codec: codec, direction: SendRecv}
	st.rtp, st.rtcp = socket{fd: -1, slot: unwatched, stream: st}, socket{fd: -1, slot: unwatched, stream: st, isRTCP: true}
	st.out.begin(random(), r.firstSeq(), random())
	return st
}

// bindRest binds pairs for the streams that have none.
func (s *Session) bindRest(six bool) error {
	for _, st := range s.streams {
		if st.bound() {
			continue
		}
		address, advertise := s.relay.config.Address, s.relay.config.Advertise
		if six && st.side == Near {
			address, advertise = s.relay.config.Address6, s.relay.config.Advertise6
		}
		p, err := s.relay.bindPair(address)
		if err != nil {
			return err
		}
		st.has(p, address, advertise)
	}
	return nil
}

func (s *Session) closeSockets() {
	for _, st := range s.streams {
		if st.bound() {
			shut(st.rtp.fd)
			shut(st.rtcp.fd)
			s.relay.rested[st.pair].Store(s.relay.now() + int64(s.relay.config.Rest))
		}
	}
}

// Near is the peer's side.
func (s *Session) Near() *Stream { return s.streams[Near] }

// Far is Microsoft's side.
func (s *Session) Far() *Stream { return s.streams[Far] }

// Bridge relays both ways from now on. A side keeps hearing silence until the other one's first packet, and again while the other one sends nothing.
func (s *Session) Bridge() {
	s.worker.do(func() {
		if s.bridged {
			return
		}
		s.bridged = true
		for _, st := range s.streams {
			st.said.before = st.said.lost
			st.tone = Silence
			st.quietSince = s.worker.now
		}
	})
}

// Tone chooses what a side hears until Bridge; it begins anew each time. After Bridge it does nothing.
func (s *Session) Tone(side Side, t Tone) {
	s.worker.do(func() {
		if st := s.streams[side]; !s.bridged {
			st.tone, st.toneFrame = t, 0
		}
	})
}

// Hold says that a side is on hold: the other one hears its music ([Session.Music]) or silence, and nobody waits for the side's packets. What Microsoft sends while it
// only sends is music of its own, and goes before ours.
func (s *Session) Hold(side Side, on bool) {
	s.worker.do(func() {
		st := s.streams[side]
		if on && !st.held {
			s.streams[side.other()].musicFrame = 0
		}
		st.held, st.quietSince = on, s.worker.now
	})
}

// Music chooses what a side hears while the other one is on hold, or it is parked; nil is silence, as at first.
func (s *Session) Music(side Side, m *Music) {
	s.worker.do(func() { s.streams[side].music = m })
}

// Park has a side hear its music instead of the other one, which goes on hearing it. The first packet of the other one after the end of it is heard.
func (s *Session) Park(side Side, on bool) {
	s.worker.do(func() {
		st := s.streams[side]
		if on && !st.parked {
			st.musicFrame = 0
		}
		st.parked = on
	})
}

// Mute has the other side hear silence instead of this one, which goes on hearing, and whose packets are still missed if they do not come.
func (s *Session) Mute(side Side, on bool) {
	s.worker.do(func() { s.streams[side].muted = on })
}

// Use changes the codec of both sides before any of them is connected.
func (s *Session) Use(codec Codec) {
	for _, st := range s.streams {
		st.Use(codec)
	}
}

// Tap shows every packet of the session to f, on the worker's goroutine: f must be quick. Nil ends it.
func (s *Session) Tap(f func(Passed)) {
	s.worker.do(func() { s.tap = f })
}

// Stats is a snapshot; after Close the last one.
func (s *Session) Stats() (near, far StreamStats) {
	s.worker.ask(func() { near, far = s.streams[Near].stats(), s.streams[Far].stats() })
	return near, far
}

// Lost yields a side of which neither RTP nor RTCP came for [Config.NoMediaAfter] although the session is bridged, the side may send and is not on hold; once
// for each silence. It is never closed.
func (s *Session) Lost() <-chan Side { return s.lost }

// Forgive begins to wait anew for a side that was lost.
func (s *Session) Forgive(side Side) {
	s.worker.do(func() {
		st := s.streams[side]
		st.quietSince, st.lostFired = s.worker.now, false
	})
}

// Close frees the ports and returns when the last packet has been sent. It may be called again.
func (s *Session) Close() {
	s.worker.ask(func() { s.worker.remove(s) })
	s.worker.restock()
}

// Stream is one side of a session.
type Stream struct {
	session *Session
	side    Side
	local   netip.AddrPort
	here    netip.Addr
	pair    int // of ports

	// The rest belongs to the worker.
	rtp, rtcp socket
	connected bool
	codec     Codec // what silence and tones are made in, and what audio of the other side is converted to
	direction Direction
	types     PayloadTypes
	crypto    *Crypto
	srtp      contexts

	tone       Tone
	toneFrame  int
	held       bool
	muted      bool
	parked     bool
	music      *Music
	musicFrame int
	quietSince int64 // when we began to wait for packets
	fedAt      int64 // when the other side's last packet was relayed to this one,
	wait       int64 // and how long after it there may be nothing
	noisy      bool  // its last packet was comfort noise
	lostFired  bool
	presses    []pressing // of ours, to be sent
	sawPress   bool
	lastPress  uint32 // timestamp of the last one that they sent
	keys       uint64
	reportAt   int64

	wantsReports bool

	trusted    netip.Addr // see Trust
	moving     move
	reportedAt int64 // when their last report came

	in                                    reception
	out                                   outgoing
	said                                  hearsay
	sent                                  sent
	moves                                 uint64
	authFailures, replays, foreign, unfit uint64
	reports                               uint64
}

// Local is the advertised address of our RTP port; RTCP has the next port.
func (st *Stream) Local() netip.AddrPort { return st.local }

// Here is the address under which the stream is reached on this host, whatever is advertised to others.
func (st *Stream) Here() netip.Addr { return st.here }

// onHost is where a socket is reached that is bound to a.
func onHost(a netip.Addr) netip.Addr {
	switch {
	case !a.IsUnspecified():
		return a
	case a.Is6():
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// Connect says where the other end is and how it talks: addresses of its RTP and RTCP, keys (nil: plain RTP), payload types. It may be called again when a
// re-INVITE changes any of them. What does not change goes on: an unchanged key keeps its rollover counter and replay window
// (facts/direct-routing.md §8.2), an unchanged address keeps the port that was learnt.
func (st *Stream) Connect(remote, rtcp netip.AddrPort, crypto *Crypto, types PayloadTypes) error {
	remote, rtcp = unmapped(remote), unmapped(rtcp)
	if !remote.IsValid() || remote.Port() == 0 || remote.Addr().Is6() != st.local.Addr().Is6() {
		return fmt.Errorf("media: cannot send to %v from %v", remote, st.local.Addr())
	}
	if rtcp.Addr().Is6() != remote.Addr().Is6() {
		rtcp = netip.AddrPort{} // no reports
	}
	if max(types.Receive.Audio, types.Receive.Events, types.Receive.Noise, types.Send.Audio, types.Send.Events, types.Send.Noise) > 127 {
		return errors.New("media: payload type above 127")
	}
	var fresh contexts
	if crypto != nil {
		c := *crypto
		crypto = &c
		var err error
		if fresh.in, fresh.out, err = crypto.contexts(); err != nil {
			return err
		}
	}
	if !st.session.worker.do(func() { st.connect(remote, rtcp, crypto, fresh, types) }) {
		return ErrClosed
	}
	return nil
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// Use says what the stream is coded in. Of what the other side has in the other law of G.711 it gets its own; G.722 is passed to G.722 only.
func (st *Stream) Use(codec Codec) {
	st.session.worker.do(func() { st.codec = codec })
}

// Trust names one more address from which media is believed until a place has been learnt: that of the requests, because what stands in the description of a
// peer behind a NAT means nothing here.
func (st *Stream) Trust(a netip.Addr) {
	st.session.worker.do(func() { st.trusted = a.Unmap() })
}

// WantsReports says that the other end has named a port for RTCP, so that it gets reports with [Config.OnlyRelay] too.
func (st *Stream) WantsReports() {
	st.session.worker.do(func() { st.wantsReports = true })
}

// SetDirection says what the stream may do after a re-INVITE; SendRecv at first. A stream that may not receive is not missed. RTCP is sent
// in any direction.
func (st *Stream) SetDirection(d Direction) {
	w := st.session.worker
	w.do(func() { st.direction, st.quietSince = d&SendRecv, w.now })
}

func (st *Stream) connect(remote, rtcp netip.AddrPort, crypto *Crypto, fresh contexts, types PayloadTypes) {
	if st.crypto.sameRemote(crypto) {
		fresh.in, fresh.before = st.srtp.in, st.srtp.before
	} else if fresh.in != nil {
		fresh.before = st.srtp.in
	}
	if st.crypto.sameLocal(crypto) {
		fresh.out = st.srtp.out
	}
	st.crypto, st.srtp, st.types = crypto, fresh, types
	now := st.session.worker.now
	st.rtp.aim(remote, now)
	st.rtcp.aim(rtcp, now)
	st.quietSince = now
	if !st.connected {
		st.connected = true
		st.reportAt = now + int64(st.session.relay.config.ReportEvery)
	}
}

func (st *Stream) stats() StreamStats {
	r := st.session.relay
	return StreamStats{
		Packets: st.in.packets, Bytes: st.in.bytes,
		Lost:   st.in.lostBefore + uint64(st.in.lost()),
		Jitter: samples(st.in.jitter),
		First:  r.wall(st.in.first), Last: r.wall(st.in.last), RTCP: st.reports, Keys: st.keys,
		SentPackets: st.sent.packets, SentBytes: st.sent.bytes,
		RTT: time.Duration(st.said.rtt), LostThere: uint64(st.said.lost), JitterThere: samples(float64(st.said.jitter)),
		AuthFailures: st.authFailures, Replayed: st.replays, Foreign: st.foreign, Unusable: st.unfit,
		Source: st.rtp.source, Moves: st.moves,
	}
}

// samples is a time in timestamp units.
func samples(n float64) time.Duration {
	return time.Duration(math.Round(n * float64(time.Second) / clockRate))
}
