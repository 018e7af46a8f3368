package sip

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"tandem/internal/call"
	"tandem/sip/sdp"
)

// end is the sound of one party of a call, packet by packet.
type end struct {
	t            *testing.T
	rtp, rtcp    *net.UDPConn
	to, reportTo netip.AddrPort
	in, out      *srtp.Context // nil: plain

	ssrc uint32
	seq  uint16
	ts   uint32
}

func newEnd(t *testing.T, ssrc uint32) *end {
	t.Helper()
	e := &end{t: t, ssrc: ssrc, seq: 100, ts: 1000}
	for _, c := range []**net.UDPConn{&e.rtp, &e.rtcp} {
		*c = udp(t)
	}
	return e
}

func udp(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func portOf(c *net.UDPConn) int { return c.LocalAddr().(*net.UDPAddr).Port }

// describe is SDP with formats such as "8 PCMA".
func (e *end) describe(protocol, crypto string, formats ...string) string {
	numbers, maps := "", ""
	for _, f := range formats {
		number, name, _ := strings.Cut(f, " ")
		numbers += " " + number
		maps += "a=rtpmap:" + number + " " + name + "/8000\n"
	}
	return fmt.Sprintf("v=0\no=- 7 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio %d %s%s\na=rtcp:%d\n%s%sa=sendrecv\n",
		portOf(e.rtp), protocol, numbers, portOf(e.rtcp), maps, crypto)
}

// aim points the end at what the edge described.
func (e *end) aim(description string) *sdp.Description {
	e.t.Helper()
	d, err := sdp.Parse([]byte(description))
	if err != nil {
		e.t.Fatal(err)
	}
	e.to, e.reportTo = netip.AddrPortFrom(d.Audio.Address, d.Audio.Port), d.Audio.RTCP
	return d
}

func (e *end) packet(payloadType uint8, marker bool, payload []byte) []byte {
	e.t.Helper()
	p := rtp.Packet{Header: rtp.Header{Version: 2, Marker: marker, PayloadType: payloadType, SequenceNumber: e.seq, Timestamp: e.ts, SSRC: e.ssrc}, Payload: payload}
	e.seq++
	e.ts += 160
	raw, err := p.Marshal()
	if err == nil && e.out != nil {
		raw, err = e.out.EncryptRTP(nil, raw, nil)
	}
	if err != nil {
		e.t.Fatal(err)
	}
	return raw
}

func (e *end) writeFrom(c *net.UDPConn, raw []byte) {
	e.t.Helper()
	if _, err := c.WriteToUDPAddrPort(raw, e.to); err != nil {
		e.t.Fatal(err)
	}
}

// says sends a packet of sound.
func (e *end) says(payloadType uint8, n int) {
	e.t.Helper()
	e.writeFrom(e.rtp, e.packet(payloadType, false, word(n)))
}

// word is a payload that no other has, and that no silence looks like.
func word(n int) []byte {
	p := bytes.Repeat([]byte{byte(n), byte(n >> 8), 7, 8}, 40)
	return p
}

// read is the next packet, or nil if none comes in time.
func (e *end) read(within time.Duration) *rtp.Packet {
	e.t.Helper()
	buf := make([]byte, 2048)
	_ = e.rtp.SetReadDeadline(time.Now().Add(within))
	n, _, err := e.rtp.ReadFromUDPAddrPort(buf)
	if err != nil {
		return nil
	}
	raw := buf[:n]
	if e.in != nil {
		if raw, err = e.in.DecryptRTP(nil, raw, nil); err != nil {
			e.t.Fatalf("SRTP: %v", err)
		}
	}
	p := &rtp.Packet{}
	if err := p.Unmarshal(raw); err != nil {
		e.t.Fatal(err)
	}
	return p
}

// hears is the next packet for which good holds; others, such as silence, are passed over.
func (e *end) hears(what string, good func(*rtp.Packet) bool) *rtp.Packet {
	e.t.Helper()
	for range int(patience / (20 * time.Millisecond)) {
		p := e.read(patience)
		if p == nil {
			break
		}
		if good(p) {
			return p
		}
	}
	e.t.Fatalf("%s is not heard", what)
	return nil
}

func (e *end) hearsWord(n int) *rtp.Packet {
	e.t.Helper()
	return e.hears(fmt.Sprintf("word %d", n), func(p *rtp.Packet) bool { return bytes.Equal(p.Payload, word(n)) })
}

func (e *end) hearsType(payloadType uint8) *rtp.Packet {
	e.t.Helper()
	return e.hears(fmt.Sprintf("type %d", payloadType), func(p *rtp.Packet) bool { return p.PayloadType == payloadType })
}

// reports sends RTCP.
func (e *end) reports(packets ...rtcp.Packet) {
	e.t.Helper()
	raw, err := rtcp.Marshal(packets)
	if err == nil && e.out != nil {
		raw, err = e.out.EncryptRTCP(nil, raw, nil)
	}
	if err == nil {
		_, err = e.rtcp.WriteToUDPAddrPort(raw, e.reportTo)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

// report is the next RTCP for which good holds.
func (e *end) report(what string, good func([]rtcp.Packet) bool) []rtcp.Packet {
	e.t.Helper()
	buf := make([]byte, 2048)
	_ = e.rtcp.SetReadDeadline(time.Now().Add(patience))
	for {
		n, _, err := e.rtcp.ReadFromUDPAddrPort(buf)
		if err != nil {
			e.t.Fatalf("no %s: %v", what, err)
		}
		raw := buf[:n]
		if e.in != nil {
			if raw, err = e.in.DecryptRTCP(nil, raw, nil); err != nil {
				e.t.Fatalf("SRTCP: %v", err)
			}
		}
		packets, err := rtcp.Unmarshal(raw)
		if err != nil {
			e.t.Fatal(err)
		}
		if good(packets) {
			return packets
		}
	}
}

// sounds is a call with a raw party on either side, joined.
type sounds struct {
	r         *rig
	near, far *end
	k         *talk
	line      *line
	answers   *sdp.Description // ours to the near party
	offered   *sdp.Description // ours to Microsoft
}

// farKey is the key in farCrypto.
var farKey = bytes.Repeat([]byte{1}, 30)

const farCrypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB|2^31\n"

// usual formats of a party.
var usual = []string{"8 PCMA", "101 telephone-event", "13 CN"}

// soundDialled is a call whose far party has our INVITE, with the description that it
// answers with and the headers of its dialog.
func soundDialled(t *testing.T, change func(*Config), near, far []string) (s *sounds, invite, headers, description string) {
	t.Helper()
	r, _, proxies := scripted(t, 1, change)
	s = &sounds{r: r, near: newEnd(t, 0x1111), far: newEnd(t, 0x2222)}
	s.k = &talk{raw: newRaw(t, r), r: r, cseq: 2}
	s.k.invite(number, "sound", "", s.near.describe("RTP/AVP", "", near...))
	next(t, "offer", r.engine.offers)
	r.dial("call-1")
	s.line = next(t, "connection", proxies[0].lines)
	invite = s.line.await("INVITE ")
	s.offered = s.far.aim(body(invite))
	const srtpProfile = srtp.ProtectionProfileAes128CmHmacSha1_80
	ours := s.offered.Audio.Crypto[0].Key
	var err error
	if s.far.in, err = srtp.CreateContext(ours[:16], ours[16:], srtpProfile); err != nil {
		t.Fatal(err)
	}
	if s.far.out, err = srtp.CreateContext(farKey[:16], farKey[16:], srtpProfile); err != nil {
		t.Fatal(err)
	}
	return s, invite, proxies[0].dialogHeaders(), s.far.describe("RTP/SAVP", farCrypto, far...)
}

// sound makes a call with the formats that each party has.
func sound(t *testing.T, change func(*Config), near, far []string) *sounds {
	t.Helper()
	s, invite, headers, description := soundDialled(t, change, near, far)
	s.answered(invite, headers, description)
	s.joined()
	return s
}

// answered has both parties answer.
func (s *sounds) answered(invite, headers, description string) {
	s.k.t.Helper()
	s.line.respond(invite, "200 OK", "ms", headers, description)
	s.line.await("ACK ")
	event[call.LegAnswered](s.r)
	s.r.must(s.r.edge.Answer(s.r.ctx(), "call-1"))
	s.k.ok = s.k.await("SIP/2.0 200")
	s.k.acks("")
	event[call.LegAnswered](s.r)
	s.answers = s.near.aim(body(s.k.ok))
	s.r.must(s.r.edge.ConnectMedia(s.r.ctx(), "call-1"))
}

// joined waits until the near party is heard at the far one, which is a moment after ConnectMedia returns.
func (s *sounds) joined() {
	s.k.t.Helper()
	format := s.answers.Audio.Codecs[0].PayloadType
	silence := s.far.read(patience)
	if silence == nil {
		s.k.t.Fatal("Microsoft hears nothing")
	}
	for n := 60000; ; n++ {
		s.near.says(format, n)
		if p := s.far.read(patience); p == nil {
			s.k.t.Fatal("Microsoft hears nothing")
		} else if !bytes.Equal(p.Payload, silence.Payload) {
			return
		}
	}
}

// over hangs up and returns how both legs ended.
func (s *sounds) over() (near, far call.LegEnded) {
	s.k.t.Helper()
	if status, m := s.k.asks("BYE", "", ""); status != 200 {
		s.k.t.Fatalf("BYE: %s", m)
	}
	near = s.r.ended(call.Near)
	s.r.hangUp("call-1", call.Far, 0, 16, "over")
	s.line.respond(s.line.await("BYE "), "200 OK", "", "", "")
	return near, s.r.ended(call.Far)
}
