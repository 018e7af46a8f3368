package media

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"
)

// from writes a packet from another socket than the peer's.
func (p *peer) from(c *net.UDPConn, raw []byte) {
	p.t.Helper()
	if _, err := c.WriteToUDPAddrPort(raw, p.to); err != nil {
		p.t.Fatal(err)
	}
}

// A NAT that forgot the peer gives it another port: with SRTP the packet proves who sent it, and what was forged or replayed does not.
func TestSecurePeerMoves(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), true, same), connect(t, s.Far(), false, same)
	s.Bridge()
	old := near.packet(8, speech(1))
	near.write(old)
	far.receiveSpeech()
	stranger, elsewhere := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.2:0")
	near.from(stranger, old) // replayed from elsewhere
	next := near.packet(8, speech(2))
	forged := bytes.Clone(next)
	forged[20] ^= 1
	near.from(stranger, forged)
	if st, _ := settle(s, 2); st.Foreign != 1 || st.AuthFailures != 1 || st.Source != addr(near.conn) {
		t.Fatalf("%+v", st)
	}
	near.from(elsewhere, next) // even another address, since only the peer has the key
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(2)) {
		t.Fatal("the peer was not followed")
	}
	if st, _ := s.Stats(); st.Source != addr(elsewhere) || st.Moves != 1 {
		t.Errorf("%+v", st)
	}
	near.conn = elsewhere
	far.send(8, speech(3))
	if got := near.receiveSpeech(); !bytes.Equal(got.Payload, speech(3)) {
		t.Error("audio does not go where it comes from")
	}
}

// Plain RTP has no proof but continuity: the same SSRC and numbers that go on, twice in a row, from where the old place has fallen silent.
func TestPlainPeerMoves(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	s.Bridge()
	near.send(8, speech(1))
	far.receiveSpeech()
	moved := listen(t, "127.0.0.1:0")
	near.from(moved, near.packet(8, speech(2)))
	near.from(moved, near.packet(8, speech(3)))
	if st, _ := settle(s, 2); st.Foreign != 2 || st.Moves != 0 {
		t.Fatalf("a place was left that had just spoken: %+v", st)
	}
	s.worker.do(func() { s.Near().in.last -= followAfter }) // it has been silent since
	near.ssrc++
	near.from(moved, near.packet(8, speech(4)))
	near.from(moved, near.packet(8, speech(5)))
	near.ssrc--
	near.seq += maxForward
	near.from(moved, near.packet(8, speech(6)))
	near.from(moved, near.packet(8, speech(7)))
	if st, _ := settle(s, 4); st.Foreign != 6 || st.Moves != 0 {
		t.Fatalf("another stream was followed: %+v", st)
	}
	near.seq -= maxForward + 2
	near.from(moved, near.packet(8, speech(8))) // one could be chance
	near.from(moved, near.packet(8, speech(9)))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(9)) {
		t.Fatal("the peer was not followed")
	}
	if st, _ := s.Stats(); st.Source != addr(moved) || st.Moves != 1 || st.Foreign != 7 {
		t.Errorf("%+v", st)
	}
}

// A peer behind a NAT describes an address that means nothing here; its requests tell the one that does.
func TestTrustedAddress(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	far := connect(t, s.Far(), true, same)
	public, stranger := listen(t, "127.0.0.2:0"), listen(t, "127.0.0.3:0")
	near := &peer{t: t, conn: public, to: s.Near().Local(), types: same, ssrc: 5, seq: 1}
	s.Near().Trust(netip.MustParseAddr("127.0.0.2"))
	if err := s.Near().Connect(netip.MustParseAddrPort("10.1.2.3:4000"), netip.AddrPort{}, nil, same); err != nil {
		t.Fatal(err)
	}
	s.Bridge()
	near.from(stranger, near.packet(8, speech(1)))
	near.send(8, speech(2))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(2)) {
		t.Error("a stranger was heard, or the peer was not")
	}
	if st, _ := s.Stats(); st.Source != addr(public) || st.Foreign != 1 {
		t.Errorf("%+v", st)
	}
}

// The end of a call is told, and by one BYE for our stream.
func TestGoodbye(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	near.receive()
	far.receive()
	s.Close()
	for _, p := range []*peer{near, far} {
		_ = p.reports.SetReadDeadline(time.Now().Add(patience))
		buf := make([]byte, 2000)
		n, err := p.reports.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		raw := buf[:n]
		if p.in != nil {
			if raw, err = p.in.DecryptRTCP(nil, raw, nil); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Contains(raw, []byte{0x81, rtcpBYE, 0, 1}) {
			t.Errorf("no BYE in %x", raw)
		}
	}
}

// When the other end has become another one, as by a transfer, what is on its way from the old one is heard, and does not keep the
// new one out: what it says after that, and what is said to it, goes through.
func TestTheOldPlaceIsLeft(t *testing.T) {
	for name, secure := range map[string]bool{"RTP": false, "SRTP": true} {
		t.Run(name, func(t *testing.T) {
			r := newTestRelay(t, nil)
			s, err := r.Open(PCMA)
			if err != nil {
				t.Fatal(err)
			}
			near, old := connect(t, s.Near(), false, same), connect(t, s.Far(), secure, same)
			s.Bridge()
			old.send(8, speech(1))
			near.receiveSpeech()
			taker := connect(t, s.Far(), secure, same)
			taker.ssrc++
			var renewed *Crypto
			if secure {
				renewed = &Crypto{Local: key(33), Remote: key(44)}
				taker.rekey(*renewed)
			}
			if err := s.Far().Connect(addr(taker.conn), addr(taker.reports), renewed, same); err != nil {
				t.Fatal(err)
			}
			old.send(8, speech(2))
			if _, st := settle(s, 1); st.Source == addr(old.conn) {
				t.Fatal("the old place was learnt again")
			}
			taker.send(8, speech(3))
			for got := near.receiveSpeech(); !bytes.Equal(got.Payload, speech(3)); {
				got = near.receiveSpeech()
			}
			near.send(8, speech(4))
			if got := taker.receiveSpeech(); !bytes.Equal(got.Payload, speech(4)) {
				t.Error("what is said does not go to the new place")
			}
			old.send(8, speech(5))
			if _, st := settle(s, 1); st.Source != addr(taker.conn) {
				t.Errorf("%+v", st)
			}
		})
	}
}

// Whoever tells another address and goes on sending from where he was is learnt there in the end.
func TestWhoStaysIsLearntAgain(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near := connect(t, s.Near(), false, same)
	near.send(8, speech(1))
	if st, _ := settle(s, 1); st.Source != addr(near.conn) {
		t.Fatalf("%+v", st)
	}
	if err := s.Near().Connect(netip.MustParseAddrPort("127.0.0.1:9"), netip.AddrPort{}, nil, same); err != nil {
		t.Fatal(err)
	}
	near.send(8, speech(2))
	if st, _ := settle(s, 1); st.Source.IsValid() || st.Packets != 2 {
		t.Fatalf("%+v", st)
	}
	s.worker.do(func() { s.Near().rtp.leftUntil -= int64(leftFor) })
	near.send(8, speech(3))
	if st, _ := settle(s, 1); st.Source != addr(near.conn) {
		t.Errorf("%+v", st)
	}
}
