package media

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
)

// Packets of a peer that chose a key with a master key identifier carry it; ours do not.
func TestMKI(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, s.Near(), false, same), connect(t, s.Far(), true, same)
	crypto := &Crypto{Local: key(10), Remote: key(50), RemoteMKI: []byte{1}}
	if err := s.Far().Connect(addr(far.conn), addr(far.reports), crypto, same); err != nil {
		t.Fatal(err)
	}
	remote := key(50)
	far.out, err = srtp.CreateContext(remote[:16], remote[16:], srtp.ProtectionProfileAes128CmHmacSha1_80, srtp.MasterKeyIndicator([]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	s.Bridge()
	far.send(8, speech(1))
	if got := near.receiveSpeech(); !bytes.Equal(got.Payload, speech(1)) {
		t.Error("not relayed")
	}
	near.send(8, speech(2))
	if got := far.receiveSpeech(); !bytes.Equal(got.Payload, speech(2)) {
		t.Error("not relayed back")
	}
}

// FuzzDatagram throws anything at both kinds of sockets of both kinds of streams: nothing may break, and nothing but RTP is counted as such.
func FuzzDatagram(f *testing.F) {
	r := newTestRelay(f, nil)
	s, err := r.Open(PCMA)
	if err != nil {
		f.Fatal(err)
	}
	near, far := connect(f, s.Near(), false, same), connect(f, s.Far(), true, same)
	s.Bridge()
	f.Add(near.packet(8, speech(1)))
	f.Add(far.packet(8, speech(1)))
	f.Add([]byte{0x80, 200, 0, 1, 0, 0, 0, 0})
	f.Add([]byte{0xbf, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0xa0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 200})
	f.Fuzz(func(t *testing.T, datagram []byte) {
		s.worker.do(func() {
			w := s.worker
			for _, st := range s.streams {
				for _, sock := range []*socket{&st.rtp, &st.rtcp} {
					n := copy(w.buf[:], datagram)
					w.sort(sock, w.buf[:n], sock.signalled)
				}
			}
		})
		if near, _ := s.Stats(); near.Bytes > near.Packets*maxPacket {
			t.Errorf("%+v", near)
		}
	})
}

// BenchmarkRelay sends packets through a session, RTP to SRTP, in bursts of 32, the same through a bare loop that reads and sends, and the same from socket
// to socket; it reports ratios to both beside the time of a packet. The burst keeps wake-ups of the reader out of the figure, as a busy worker has them.
func BenchmarkRelay(b *testing.B) {
	for _, secure := range []bool{false, true} {
		b.Run(map[bool]string{false: "RTP", true: "SRTP"}[secure], func(b *testing.B) {
			r := newTestRelay(b, func(c *Config) { c.Workers = 1 })
			s, err := r.Open(PCMA)
			if err != nil {
				b.Fatal(err)
			}
			near, far := connect(b, s.Near(), false, same), connect(b, s.Far(), secure, same)
			s.Bridge()
			direct, beyond := listen(b, "127.0.0.1:0"), listen(b, "127.0.0.1:0")
			bare := bareRelay(b, addr(beyond))

			relayed, looped, plain := time.Duration(0), time.Duration(0), time.Duration(0)
			for b.Loop() {
				relayed += burst(b, near, near.to, far.conn)
				looped += burst(b, near, bare, beyond)
				plain += burst(b, near, addr(direct), direct)
			}
			packets := float64(b.N * burstSize)
			b.ReportMetric(float64(relayed)/packets, "ns/packet")
			b.ReportMetric(float64(plain)/packets, "ns/packet-direct")
			b.ReportMetric(float64(relayed)/float64(plain), "x-direct")
			b.ReportMetric(float64(relayed)/float64(looped), "x-bare")
		})
	}
}

// bareRelay is the least that a relay can be: one goroutine that reads a packet and sends it on.
func bareRelay(b *testing.B, to netip.AddrPort) netip.AddrPort {
	b.Helper()
	c := listen(b, "127.0.0.1:0")
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2000)
		for {
			n, _, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = c.WriteToUDPAddrPort(buf[:n], to)
		}
	}()
	b.Cleanup(func() {
		_ = c.Close()
		<-done
	})
	return addr(c)
}

const burstSize = 32

// burst sends packets from p to a and reads as many speech packets from c.
func burst(b *testing.B, p *peer, to netip.AddrPort, c *net.UDPConn) time.Duration {
	var raw [burstSize][]byte
	for i := range raw {
		raw[i] = p.packet(8, speech(i+1))
	}
	buf := make([]byte, 2000)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	began := time.Now()
	for i := range raw {
		if _, err := p.conn.WriteToUDPAddrPort(raw[i], to); err != nil {
			b.Fatal(err)
		}
	}
	for range raw {
		if _, err := c.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}
