package sip

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/sip/guard"
)

// filler is header lines of about n bytes.
func filler(n int) string {
	line := "X-Filler: " + strings.Repeat("x", 990) + "\n"
	return strings.Repeat(line, n/len(line))
}

func largeDatagrams(t *testing.T) {
	r := newRig(t, nil)
	for _, size := range []int{2_000, 33_000, 60_000} {
		p := newRaw(t, r)
		p.invite(number, "large", filler(size), plainSDP)
		o := next(t, "offer", r.engine.offers)
		if o.User != number {
			t.Errorf("%+v", o)
		}
		// What it is answered with is as large: Record-Route comes back.
		id := next(t, "id", r.engine.taken)
		r.hangUp(id, call.Near, 486, 17, "busy")
		if status, response := p.final(); status != 486 {
			t.Errorf("%d: %s", size, response)
		}
		r.ended(call.Near)
	}
	p := newRaw(t, r)
	p.send(swap(goodOptions, "Max-Forwards", strings.Repeat("Record-Route: <sip:"+strings.Repeat("x", 900)+".peer.test;lr>\n", 10)+"Max-Forwards"))
	if status, response := p.final(); status != 200 || len(response) < 9_000 {
		t.Errorf("%d bytes in the response: %.200s", len(response), response)
	}
}

func largeOverTCP(t *testing.T) {
	r := newRig(t, nil)
	l, transport := streamPeer(t, r, false)
	large := swap(goodOptions, "Max-Forwards", filler(60_000)+"Max-Forwards")
	l.write(onStream(t, transport, large))
	if m := l.await("SIP/2.0 "); !strings.HasPrefix(m, "SIP/2.0 200") {
		t.Errorf("got %s", m)
	}
	// The connection ends when one is too large, whether the end of its headers is in sight or
	// not; the edge goes on.
	for name, message := range map[string]string{
		"headers": swap(goodOptions, "Max-Forwards", filler(90_000)+"Max-Forwards"),
		"body":    swap(goodOptions, "Content-Length: 0", "Content-Length: 90000"),
	} {
		l, transport := streamPeer(t, r, false)
		_, _ = io.WriteString(l.conn, onStream(t, transport, message)) // it may end while we write
		m := l.await("SIP/2.0 ")
		if !strings.HasPrefix(m, "SIP/2.0 513 Message Too Large\r\n") || field(m, "CSeq") != "1 OPTIONS" || !strings.Contains(field(m, "To"), ";tag=") || !strings.Contains(field(m, "Via"), "192.0.2.1:5060") {
			t.Errorf("%s: got %s", name, m)
		}
		for m := range l.in { // until it ends
			t.Errorf("%s: got %s", name, m)
		}
	}
	p := newRaw(t, r)
	p.send(goodOptions)
	if status, response := p.final(); status != 200 {
		t.Errorf("afterwards: %s", response)
	}
}

// inPieces: a stream is cut where it likes, and has keep-alives between messages.
func inPieces(t *testing.T) {
	r := newRig(t, nil)
	conn, err := net.Dial("tcp", r.edge.Addrs().TCP.String())
	r.must(err)
	defer func() { _ = conn.Close() }()
	r.must(conn.SetDeadline(time.Now().Add(patience)))
	in := bufio.NewReader(conn)
	p := &raw{t: t, conn: unconnected(t)}
	overTCP := func(m string) string {
		return p.fill(strings.ReplaceAll(m, "SIP/2.0/UDP {here}", "SIP/2.0/TCP {here}"))
	}
	answers := func(n int) {
		t.Helper()
		for range n {
			m, err := readMessage(in)
			r.must(err)
			if !strings.HasPrefix(m, "SIP/2.0 200") && !strings.HasPrefix(m, "SIP/2.0 401") {
				t.Errorf("got %s", m)
			}
		}
	}
	write := func(s string) {
		t.Helper()
		_, err := io.WriteString(conn, s)
		r.must(err)
	}
	for _, b := range []byte(overTCP(goodInvite)) { // byte by byte
		write(string(b))
	}
	answers(1)
	write(overTCP(goodOptions) + "\r\n" + overTCP(goodInvite) + "\r\n\r\n" + overTCP(goodOptions)) // all at once
	answers(3)
	two := overTCP(goodOptions) + overTCP(goodOptions)
	write(two[:len(two)/2+40]) // one and a bit
	answers(1)
	write(two[len(two)/2+40:])
	answers(1)
	write("\r\n\r\n") // a ping is answered by a pong (RFC 5626 §4.4.1)
	pong := make([]byte, 2)
	if _, err := io.ReadFull(in, pong); err != nil || string(pong) != "\r\n" {
		t.Errorf("pong %q, %v", pong, err)
	}
}

// longChallenge makes our next INVITE larger than what goes over UDP without fragments.
var longChallenge = `WWW-Authenticate: Digest realm="carrier", nonce="` + strings.Repeat("n", 900) + `", algorithm=MD5, qop="auth"` + "\n"

// largeRequests: what does not fit into a datagram goes over TCP if the peer takes it, and else
// over UDP all the same.
func largeRequests(t *testing.T) {
	dialledBy := func(t *testing.T, suffix string, tcp bool) (r *rig, p *raw, l net.Listener, result <-chan called) {
		r = newRig(t, nil)
		p = newRaw(t, r)
		at := p.conn.LocalAddr().String()
		if tcp {
			var err error
			l, err = net.Listen("tcp", at)
			r.must(err)
			t.Cleanup(func() { _ = l.Close() })
		}
		r.carrier(func(g *guard.Peer) { g.DialTo, g.DialUsername, g.DialPassword = "sip:"+at+suffix, "tandem", "x" })
		result = r.dialled(r.ctx(), nil)
		p.replies(p.await("INVITE "), 401, longChallenge, "")
		return r, p, l, result
	}
	t.Run("the peer takes TCP", func(t *testing.T) {
		r, _, l, result := dialledBy(t, "", true)
		conn, err := l.Accept()
		r.must(err)
		defer func() { _ = conn.Close() }()
		r.must(conn.SetDeadline(time.Now().Add(patience)))
		m, err := readMessage(bufio.NewReader(conn))
		r.must(err)
		if !strings.HasPrefix(m, "INVITE ") || !strings.HasPrefix(field(m, "Via"), "SIP/2.0/TCP ") || len(m) < safeDatagram {
			t.Errorf("got %s", m)
		}
		_, err = io.WriteString(conn, strings.ReplaceAll("SIP/2.0 486 X\nVia: "+field(m, "Via")+"\nFrom: "+field(m, "From")+"\nTo: "+field(m, "To")+";tag=r\nCall-ID: "+field(m, "Call-ID")+"\nCSeq: "+field(m, "CSeq")+"\nContent-Length: 0\n\n", "\n", "\r\n"))
		r.must(err)
		refusedWith(t, result, 486)
	})
	for name, c := range map[string]struct {
		suffix string
		tcp    bool
	}{"the peer takes no TCP": {"", false}, "the peer wants UDP": {";transport=udp", true}} {
		t.Run(name, func(t *testing.T) {
			_, p, _, result := dialledBy(t, c.suffix, c.tcp)
			m := p.await("INVITE ")
			for ; field(m, "Authorization") == ""; m = p.await("INVITE ") { // a retransmission
				continue
			}
			if !strings.HasPrefix(field(m, "Via"), "SIP/2.0/UDP ") || len(m) < safeDatagram {
				t.Errorf("got %s", m)
			}
			p.replies(m, 486, "", "")
			refusedWith(t, result, 486)
		})
	}
}

func tooLargeOfMicrosoft(t *testing.T) {
	r := newRig(t, nil)
	l, err := r.callIn(ptr(world().microsoft))
	r.must(err)
	m := request("OPTIONS", "sip:"+trunkName+":5061;transport=tls", 1, "<sip:"+trunkName+">", microsoftSays, "ping", "", "")
	_, _ = io.WriteString(l.conn, strings.ReplaceAll(swap(m, "CONTENT-LENGTH", filler(90_000)+"CONTENT-LENGTH"), "\n", "\r\n"))
	if answer := l.await("SIP/2.0 "); !strings.HasPrefix(answer, "SIP/2.0 513") || field(answer, "CSeq") != "1 OPTIONS" {
		t.Errorf("got %s", answer)
	}
	again, err := r.callIn(ptr(world().microsoft))
	r.must(err)
	again.write(m)
	again.await("SIP/2.0 200")
}
