package media

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"golang.org/x/sys/unix"

	"tandem/internal/audio"
)

const patience = 10 * time.Second // how long a test waits for what must come

var loopback = netip.MustParseAddr("127.0.0.1")

func key(b byte) (k Key) {
	for i := range k {
		k[i] = b + byte(i)
	}
	return k
}

func newTestRelay(t testing.TB, change func(*Config)) *Relay {
	t.Helper()
	c := Config{Address: loopback, PortMin: 21000, PortMax: 31999, Workers: 2}
	if change != nil {
		change(&c)
	}
	r, err := NewRelay(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// peer is the other end of a stream.
type peer struct {
	t         testing.TB
	conn      *net.UDPConn
	reports   *net.UDPConn
	to        netip.AddrPort
	types     PayloadTypes // as the relay sees them
	in, out   *srtp.Context
	ssrc      uint32
	seq       uint16
	timestamp uint32
}

func listen(t testing.TB, a string) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(a)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func addr(c *net.UDPConn) netip.AddrPort {
	return unmapped(c.LocalAddr().(*net.UDPAddr).AddrPort())
}

// connect puts a peer at the other end of a stream; secure: with SRTP.
func connect(t testing.TB, st *Stream, secure bool, types PayloadTypes) *peer {
	t.Helper()
	p := &peer{t: t, conn: listen(t, "127.0.0.1:0"), reports: listen(t, "127.0.0.1:0"), to: st.Local(), types: types, ssrc: 0x1000 + uint32(st.side), seq: 65500}
	var crypto *Crypto
	if secure {
		crypto = &Crypto{Local: key(10), Remote: key(100)}
		p.rekey(*crypto)
	}
	if err := st.Connect(addr(p.conn), addr(p.reports), crypto, types); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *peer) rekey(c Crypto) {
	p.t.Helper()
	const profile = srtp.ProtectionProfileAes128CmHmacSha1_80 // the peer's SRTP is not ours
	var err error
	if p.in, err = srtp.CreateContext(c.Local[:16], c.Local[16:], profile, srtp.SRTPReplayProtection(64), srtp.SRTCPReplayProtection(64)); err != nil {
		p.t.Fatal(err)
	}
	if p.out, err = srtp.CreateContext(c.Remote[:16], c.Remote[16:], profile); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) packet(payloadType uint8, payload []byte) []byte {
	p.t.Helper()
	h := rtp.Header{Version: 2, PayloadType: payloadType, SequenceNumber: p.seq, Timestamp: p.timestamp, SSRC: p.ssrc}
	p.seq++
	p.timestamp += frameSamples
	raw, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err == nil && p.out != nil {
		raw, err = p.out.EncryptRTP(nil, raw, nil)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return raw
}

func (p *peer) write(raw []byte) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort(raw, p.to); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) send(payloadType uint8, payload []byte) {
	p.t.Helper()
	p.write(p.packet(payloadType, payload))
}

func (p *peer) receive() *rtp.Packet {
	p.t.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 2000)
	n, from, err := p.conn.ReadFromUDPAddrPort(buf)
	if err != nil {
		p.t.Fatal(err)
	}
	if unmapped(from) != p.to {
		p.t.Fatalf("packet from %v, want %v", from, p.to)
	}
	raw := buf[:n]
	if p.in != nil {
		if raw, err = p.in.DecryptRTP(nil, raw, nil); err != nil {
			p.t.Fatalf("SRTP: %v", err)
		}
	}
	packet := &rtp.Packet{}
	if err := packet.Unmarshal(raw); err != nil {
		p.t.Fatal(err)
	}
	return packet
}

// receiveSpeech passes over silence that the relay made.
func (p *peer) receiveSpeech() *rtp.Packet {
	p.t.Helper()
	for range int(patience / frame) {
		if packet := p.receive(); !bytes.Equal(packet.Payload, makeTones(PCMA).silence) {
			return packet
		}
	}
	p.t.Fatal("nothing but silence")
	return nil
}

func speech(n int) []byte {
	return bytes.Repeat([]byte{byte(n), byte(n >> 8), 7, 8}, 40)
}

var (
	same   = PayloadTypes{Receive: Numbers{8, 101, 13}, Send: Numbers{8, 101, 13}}
	odd    = PayloadTypes{Receive: Numbers{96, 97, 100}, Send: Numbers{98, 99, 110}}
	silent = PayloadTypes{Receive: Numbers{Audio: 8}, Send: Numbers{Audio: 8}}
)

func TestRelayMatrix(t *testing.T) {
	audio.TestLock(t)
	for _, nearSecure := range []bool{false, true} {
		for _, farSecure := range []bool{false, true} {
			t.Run(fmt.Sprintf("near SRTP %v, far SRTP %v", nearSecure, farSecure), func(t *testing.T) {
				r := newTestRelay(t, nil)
				s, err := r.Open(PCMA)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				near, far := connect(t, s.Near(), nearSecure, same), connect(t, s.Far(), farSecure, odd)
				last := map[*peer]*rtp.Packet{near: near.receive(), far: far.receive()}
				follows := func(p *peer, packet *rtp.Packet) {
					t.Helper()
					before := last[p]
					step := packet.Timestamp - before.Timestamp
					if packet.SSRC != before.SSRC || packet.SequenceNumber != before.SequenceNumber+1 || step < frameSamples || step%frameSamples != 0 {
						t.Fatalf("%v does not follow %v", packet.Header, before.Header)
					}
					last[p] = packet
				}
				for range 3 {
					follows(far, far.receive())
					follows(near, near.receive())
				}
				s.Bridge()
				for n := range 80 { // over the wrap of their sequence numbers
					for _, way := range []struct{ from, to *peer }{{near, far}, {far, near}} {
						payloadType, want := way.from.types.Receive.Audio, way.to.types.Send.Audio
						if n%10 == 9 {
							payloadType, want = way.from.types.Receive.Events, way.to.types.Send.Events
						}
						way.from.send(payloadType, speech(n+1))
						for {
							packet := way.to.receive()
							follows(way.to, packet)
							if bytes.Equal(packet.Payload, makeTones(PCMA).silence) {
								continue
							}
							if packet.PayloadType != want || !bytes.Equal(packet.Payload, speech(n+1)) {
								t.Fatalf("packet %d came as type %d, want %d", n, packet.PayloadType, want)
							}
							break
						}
					}
				}
				a, b := s.Stats()
				for _, st := range []StreamStats{a, b} {
					if st.Packets != 80 || st.Bytes != 80*160 || st.Lost != 0 || st.AuthFailures+st.Replayed+st.Foreign+st.Unusable != 0 || st.First.IsZero() || st.Last.Before(st.First) {
						t.Errorf("stats %+v", st)
					}
				}
			})
		}
	}
}

// Our own sequence numbers wrap too; the receiver's rollover counter must follow, also over a Connect with the same key, and start anew with a new one.
func TestRolloverAndRekey(t *testing.T) {
	audio.TestLock(t)
	r := newTestRelay(t, nil)
	r.firstSeq = func() uint16 { return 65520 }
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	s.Bridge()
	n := 0
	talk := func(packets int) {
		t.Helper()
		for range packets {
			n++
			near.send(8, speech(n))
			if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(n)) {
				t.Fatalf("packet %d is not what was sent", n)
			}
			far.send(8, speech(n))
			if got := near.receiveSpeech(); !bytes.Equal(got.Payload, speech(n)) {
				t.Fatalf("packet %d back is not what was sent", n)
			}
		}
	}
	talk(100)
	if roc, _ := far.in.ROC(s.Far().out.ssrc); roc != 1 {
		t.Fatalf("our numbers did not wrap: ROC %d", roc)
	}
	if roc, _ := far.out.ROC(far.ssrc); roc != 1 {
		t.Fatalf("their numbers did not wrap: ROC %d", roc)
	}
	again := &Crypto{Local: key(10), Remote: key(100)}
	if err := s.Far().Connect(addr(far.conn), addr(far.reports), again, same); err != nil {
		t.Fatal(err)
	}
	talk(10)

	renewed := Crypto{Local: key(33), Remote: key(44)}
	if err := s.Far().Connect(addr(far.conn), addr(far.reports), &renewed, same); err != nil {
		t.Fatal(err)
	}
	s.Stats() // the worker has done it
	n++
	far.send(8, speech(n)) // which was on its way when we learnt the new key
	if got := near.receiveSpeech(); !bytes.Equal(got.Payload, speech(n)) {
		t.Error("a packet with the old key is lost")
	}
	drain(t, far.conn)
	old := far.out
	far.rekey(renewed)
	talk(10)
	far.out, old = old, far.out
	before := far.packet(8, speech(0))
	far.out = old
	far.write(before)
	talk(1)
	if _, st := s.Stats(); st.AuthFailures != 1 {
		t.Errorf("%d packets were not authentic: the old key is good for ever", st.AuthFailures)
	}
	if roc, _ := far.in.ROC(s.Far().out.ssrc); roc != 0 {
		t.Errorf("ROC %d with a new key, want 0", roc)
	}
}

// drain throws away what has arrived. A deadline would not do: one that has passed before
// the read, on a busy machine, leaves everything where it is.
func drain(t *testing.T, c *net.UDPConn) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2000)
	if err := raw.Control(func(fd uintptr) {
		for {
			if _, _, err := unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT); err != nil { //nolint:gosec // a descriptor
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// settle returns the statistics after the worker has read n datagrams a socket: each question costs a round, and each round reads one.
func settle(s *Session, n int) (near, far StreamStats) {
	for range n + 2 {
		near, far = s.Stats()
	}
	return near, far
}

func TestRefusedPackets(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	s.Bridge()

	good := far.packet(8, speech(1))
	forged := bytes.Clone(good)
	forged[20] ^= 1
	far.write(forged)
	far.write(good)
	far.write(good) // replayed
	far.write([]byte("not RTP"))
	far.send(77, speech(2)) // a payload type that nobody agreed on
	if got := near.receiveSpeech(); !bytes.Equal(got.Payload, speech(1)) {
		t.Errorf("payload %x", got.Payload[:4])
	}
	_, st := settle(s, 5)
	if st.AuthFailures != 1 || st.Replayed != 1 || st.Unusable != 2 || st.Packets != 1 || st.Foreign != 0 {
		t.Errorf("far: %+v", st)
	}
	if st.Source != addr(far.conn) {
		t.Errorf("learnt %v", st.Source)
	}

	// A plain peer has no authentication, but duplicates are not sent on: under SRTP they would share an index.
	twin := near.packet(8, speech(3))
	near.write(twin)
	near.write(twin)
	near.send(8, speech(4))
	for _, want := range []int{3, 4} {
		if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(want)) {
			t.Errorf("payload %x, want %x", got.Payload[:4], speech(want)[:4])
		}
	}
	if st, _ := settle(s, 3); st.Replayed != 1 {
		t.Errorf("near: %+v", st)
	}
}

// The port is learnt from the first packet of the signalled address, then nobody else is heard; a packet that fails authentication teaches nothing.
func TestLatching(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	s.Bridge()
	stranger, behindNAT := listen(t, "127.0.0.2:0"), listen(t, "127.0.0.1:0")
	raw := near.packet(8, speech(1))
	if _, err := stranger.WriteToUDPAddrPort(raw, near.to); err != nil {
		t.Fatal(err)
	}
	if st, _ := settle(s, 1); st.Foreign != 1 || st.Source.IsValid() {
		t.Fatalf("a stranger was heard: %+v", st)
	}
	if _, err := behindNAT.WriteToUDPAddrPort(raw, near.to); err != nil {
		t.Fatal(err)
	}
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(1)) {
		t.Fatal("the peer behind a NAT was not heard")
	}
	if st, _ := s.Stats(); st.Source != addr(behindNAT) {
		t.Fatalf("learnt %v", st.Source)
	}
	near.send(8, speech(2)) // the same address, but the port is fixed now
	if st, _ := settle(s, 1); st.Foreign != 2 || st.Packets != 1 {
		t.Errorf("after learning: %+v", st)
	}
	far.send(8, speech(5))
	near.conn = behindNAT
	if got := near.receiveSpeech(); !bytes.Equal(got.Payload, speech(5)) {
		t.Error("audio does not go where it comes from")
	}

	noise := append([]byte{0x80, 8, 0, 1}, bytes.Repeat([]byte{9}, 178)...)
	other := listen(t, "127.0.0.1:0")
	s2, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	far2 := connect(t, s2.Far(), true, same)
	if _, err := other.WriteToUDPAddrPort(noise, far2.to); err != nil {
		t.Fatal(err)
	}
	if _, st := settle(s2, 1); st.AuthFailures != 1 || st.Source.IsValid() {
		t.Errorf("learnt from a forged packet: %+v", st)
	}

	// A changed address is learnt anew.
	moved := listen(t, "127.0.0.3:0")
	if err := s.Near().Connect(addr(moved), netip.AddrPort{}, nil, same); err != nil {
		t.Fatal(err)
	}
	if _, err := moved.WriteToUDPAddrPort(near.packet(8, speech(6)), near.to); err != nil {
		t.Fatal(err)
	}
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(6)) {
		t.Error("the moved peer was not heard")
	}
}

func TestToneHoldAndDirection(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	s.Tone(Near, Ringback)
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	silence := makeTones(PCMA).silence
	if first := near.receive(); bytes.Equal(first.Payload, silence) || !first.Marker {
		t.Error("no ringback towards near")
	}
	if !bytes.Equal(far.receive().Payload, silence) {
		t.Error("no silence towards far")
	}
	s.Bridge()
	drain(t, near.conn) // of ringing: by now there may be more than the first packet
	near.send(8, speech(1))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(1)) {
		t.Error("not relayed")
	}
	s.Hold(Near, true)
	near.send(8, speech(2)) // must not come through
	settle(s, 1)
	drain(t, far.conn)
	for range 3 {
		if got := far.receive(); !bytes.Equal(got.Payload, silence) {
			t.Error("far hears something of a held side")
		}
	}
	s.Hold(Near, false)
	near.send(8, speech(3))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(3)) {
		t.Error("not relayed after hold")
	}
	s.Mute(Near, true)
	near.send(8, speech(2)) // must not come through
	far.send(8, speech(4))
	if got := near.receiveSpeech(); !bytes.Equal(got.Payload, speech(4)) {
		t.Error("a muted side does not hear")
	}
	settle(s, 1)
	drain(t, far.conn)
	for range 3 {
		if got := far.receive(); !bytes.Equal(got.Payload, silence) {
			t.Error("far hears something of a muted side")
		}
	}
	s.Mute(Near, false)
	near.send(8, speech(3))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(3)) {
		t.Error("not relayed after mute")
	}
	s.Far().SetDirection(Inactive)
	s.Stats()
	drain(t, far.conn)
	_, before := s.Stats()
	near.send(8, speech(4))
	if _, after := settle(s, 1); after.SentPackets != before.SentPackets {
		t.Error("an inactive side was sent audio")
	}
	s.Far().SetDirection(SendRecv)
	near.send(8, speech(5))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(5)) {
		t.Error("not relayed after inactive")
	}
}

func TestLost(t *testing.T) {
	r := newTestRelay(t, func(c *Config) { c.NoMediaAfter = 100 * time.Millisecond })
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	far := connect(t, s.Far(), true, same)
	connect(t, s.Near(), false, same)
	s.Hold(Near, true)
	s.Bridge()
	lost := func(want Side) {
		t.Helper()
		select {
		case got := <-s.Lost():
			if got != want {
				t.Fatalf("lost %v, want %v", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("%v is not missed", want)
		}
	}
	lost(Far)
	far.send(8, speech(1)) // and silent again
	lost(Far)
	s.Hold(Near, false)
	lost(Near)
	select {
	case side := <-s.Lost():
		t.Errorf("%v is missed twice", side)
	default:
	}
}

func TestReports(t *testing.T) {
	r := newTestRelay(t, func(c *Config) { c.ReportEvery = 30 * time.Millisecond })
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	s.Far().SetDirection(Inactive) // on hold
	far.send(8, speech(1))
	for _, p := range []*peer{near, far} {
		_ = p.reports.SetReadDeadline(time.Now().Add(patience))
		buf := make([]byte, 2000)
		for blocks := 0; blocks == 0; { // until one tells of the packet
			n, err := p.reports.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			raw := buf[:n]
			if p.in != nil {
				if raw, err = p.in.DecryptRTCP(nil, raw, nil); err != nil {
					t.Fatalf("SRTCP: %v", err)
				}
			}
			packets, err := rtcp.Unmarshal(raw)
			if err != nil {
				t.Fatal(err)
			}
			switch report := packets[0].(type) {
			case *rtcp.SenderReport:
				blocks = 1 // near hears silence, far heard some before it was inactive
			case *rtcp.ReceiverReport:
				blocks = len(report.Reports)
			}
		}
	}
	report, err := (&rtcp.ReceiverReport{SSRC: 1}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	secured, err := far.out.EncryptRTCP(nil, report, nil)
	if err != nil {
		t.Fatal(err)
	}
	to := netip.AddrPortFrom(far.to.Addr(), far.to.Port()+1)
	for _, raw := range [][]byte{secured, report, secured} { // good, forged, replayed
		if _, err := far.reports.WriteToUDPAddrPort(raw, to); err != nil {
			t.Fatal(err)
		}
	}
	if _, st := settle(s, 3); st.RTCP != 1 || st.AuthFailures+st.Replayed != 2 {
		t.Errorf("stats %+v", st)
	}
}
