package sip

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
)

// talk is a call between a raw peer, who called, and the edge.
type talk struct {
	*raw
	r    *rig
	ok   string // the response that made the dialog
	cseq int
	rtp  *net.UDPConn
}

// talks calls and is answered; the ACK is still to be sent. extra are header lines of
// the INVITE; body may hold {rtp}, the port of the peer's sound.
func talks(t *testing.T, r *rig, extra, body string) *talk {
	t.Helper()
	k := rings(t, r, extra, body)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	k.ok = k.await("SIP/2.0 200")
	event[call.LegAnswered](r)
	return k
}

// rings calls, and the engine has the offer.
func rings(t *testing.T, r *rig, extra, body string) *talk {
	t.Helper()
	k := &talk{raw: newRaw(t, r), r: r, cseq: 2}
	k.rtp = listenRTP(t)
	k.invite(number, "talk", extra, k.at(body))
	next(t, "offer", r.engine.offers)
	return k
}

func listenRTP(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// at has a body name the peer's socket.
func (k *talk) at(body string) string {
	_, port, _ := net.SplitHostPort(k.rtp.LocalAddr().String())
	return strings.ReplaceAll(body, "{rtp}", port)
}

// here is SDP of the peer with attributes.
func (k *talk) here(attributes string) string {
	return k.at(strings.Replace(plainSDP, "40000", "{rtp}", 1)) + attributes
}

// puts sends a request inside the dialog.
func (k *talk) puts(method string, cseq int, extra, body string) {
	k.t.Helper()
	if body != "" && !strings.Contains(extra, "Content-Type") {
		extra += "Content-Type: application/sdp\n"
	}
	target := strings.Trim(field(k.ok, "Contact"), "<>")
	k.send(fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\nContact: <sip:them@{here}>\n%sContent-Length: {length}\n\n%s",
		method, target, field(k.ok, "From"), field(k.ok, "To"), field(k.ok, "Call-ID"), cseq, method, extra, body))
}

// asks sends the next request and returns its final response.
func (k *talk) asks(method, extra, body string) (status int, response string) {
	k.t.Helper()
	k.cseq++
	k.puts(method, k.cseq, extra, body)
	return k.answer(k.cseq, method)
}

// answer is the final response to one request of ours; what else comes is passed over.
func (k *talk) answer(cseq int, method string) (status int, response string) {
	k.t.Helper()
	for {
		if status, response = k.final(); field(response, "CSeq") == fmt.Sprintf("%d %s", cseq, method) {
			return status, response
		}
	}
}

// acks the INVITE that was sent last.
func (k *talk) acks(body string) { k.t.Helper(); k.puts("ACK", k.cseq, "", body) }

// packet is the next RTP packet of a payload type that the peer gets.
func (k *talk) packet() (ssrc uint32, from netip.AddrPort) {
	k.t.Helper()
	b := make([]byte, 2048)
	if err := k.rtp.SetReadDeadline(time.Now().Add(patience)); err != nil {
		k.t.Fatal(err)
	}
	n, at, err := k.rtp.ReadFromUDPAddrPort(b)
	if err != nil || n < 12 {
		k.t.Fatalf("no RTP: %v", err)
	}
	return binary.BigEndian.Uint32(b[8:]), at
}

// drain forgets the RTP that has come.
func (k *talk) drain() {
	k.t.Helper()
	b := make([]byte, 2048)
	for {
		_ = k.rtp.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := k.rtp.Read(b); err != nil {
			return
		}
	}
}

// quiet tells whether nothing comes for as long as five packets take.
func (k *talk) quiet() bool {
	k.t.Helper()
	k.drain()
	_ = k.rtp.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := k.rtp.Read(make([]byte, 2048))
	return err != nil
}

// endsBy has our BYE answered.
func (k *talk) endsBy() (bye string, end call.LegEnded) {
	k.t.Helper()
	bye = k.await("BYE ")
	k.reply(bye, "200 OK")
	return bye, k.r.ended(call.Near)
}

// leaves hangs up.
func (k *talk) leaves() {
	k.t.Helper()
	if status, m := k.asks("BYE", "", ""); status != 200 {
		k.t.Errorf("BYE: %s", m)
	}
	k.r.ended(call.Near)
}
