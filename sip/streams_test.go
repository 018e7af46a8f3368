package sip

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tandem/internal/call"
)

// streamPeer is a peer on TCP or TLS that sends what it likes.
func streamPeer(t *testing.T, r *rig, secure bool) (*line, string) {
	t.Helper()
	address := r.edge.Addrs().TCP
	if secure {
		address = r.edge.Addrs().TLS
	}
	return streamPeerFrom(t, "127.0.0.1", address, secure)
}

// streamPeerFrom has an address of its own, and perhaps a certificate.
func streamPeerFrom(t *testing.T, from string, to netip.AddrPort, secure bool, certificates ...tls.Certificate) (*line, string) {
	t.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext(t.Context(), "tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	transport := "TCP"
	if secure {
		transport = "TLS"
		conn = tls.Client(conn, &tls.Config{RootCAs: world().ca.Pool(), ServerName: "edge.sbc.tandem.test", Certificates: certificates})
	}
	wg := &sync.WaitGroup{}
	t.Cleanup(wg.Wait)
	return newLine(t, conn, wg), transport
}

// onStream is a message for UDP made one for a stream. Its Contact leads nowhere, as
// behind a NAT.
func onStream(t *testing.T, transport, message string) string {
	p := &raw{t: t, conn: unconnected(t)}
	message = strings.ReplaceAll(message, "SIP/2.0/UDP {here}", "SIP/2.0/"+transport+" 192.0.2.1:5060")
	message = strings.ReplaceAll(message, "<sip:them@{here}>", "<sip:them@192.0.2.1:5060;transport="+strings.ToLower(transport)+">")
	return p.fill(message)
}

func unconnected(t *testing.T) *net.UDPConn {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// callOverStream: over TCP and TLS requests of ours go back on the connection of the INVITE.
func callOverStream(name string) func(*testing.T) {
	secure := name == "TLS"
	return func(t *testing.T) {
		r := newRig(t, func(c *Config) {
			c.Near.TLS, c.Near.Certificate = "127.0.0.1:0", world().trunk
		})
		l, transport := streamPeer(t, r, secure)
		l.write(onStream(t, transport, invitation(number, "s", 1, "", plainSDP)))
		challenge := l.await("SIP/2.0 401")
		l.write(onStream(t, transport, strings.Replace(invitation(number, "s", 2, authorization(t, challenge, "MD5", secret, 1), plainSDP), "z9hG4bK{n}", "z9hG4bK{n}b", 1)))
		next(t, "offer", r.engine.offers)
		r.must(r.edge.Ring(r.ctx(), "call-1"))
		l.await("SIP/2.0 180")
		r.must(r.edge.Answer(r.ctx(), "call-1"))
		ok := l.await("SIP/2.0 200")
		if contact := field(ok, "Contact"); !strings.Contains(contact, "transport="+strings.ToLower(name)) {
			t.Errorf("Contact: %s", contact)
		}
		ack := "ACK sip:x@127.0.0.1 SIP/2.0\nVia: SIP/2.0/" + transport + " 192.0.2.1:5060;branch=z9hG4bKack\nMax-Forwards: 70\nFrom: " + field(ok, "From") +
			"\nTo: " + field(ok, "To") + "\nCall-ID: s\nCSeq: 2 ACK\nContent-Length: 0\n\n"
		l.write(ack)
		r.hangUp("call-1", call.Near, 0, 16, "over")
		bye := l.await("BYE ")
		if uri := strings.Fields(bye)[1]; !strings.HasPrefix(uri, "sip:them@192.0.2.1:5060") {
			t.Errorf("BYE to %s", uri)
		}
		l.respond(bye, "200 OK", "", "", "")
		if end := r.ended(call.Near); end.By != call.ByTandem || end.Q850 != 16 {
			t.Errorf("%+v", end)
		}

		// A connection that ends takes an unanswered call with it.
		l.write(onStream(t, transport, invitation(number, "t", 1, "", plainSDP)))
		challenge = l.await("SIP/2.0 401")
		l.write(onStream(t, transport, strings.Replace(invitation(number, "t", 2, authorization(t, challenge, "SHA-256", secret, 1), plainSDP), "z9hG4bK{n}", "z9hG4bK{n}d", 1)))
		next(t, "offer", r.engine.offers)
		r.must(l.conn.Close())
		if end := r.ended(call.Near); end.By != call.ByCaller || end.Q850 != 41 {
			t.Errorf("%+v", end)
		}
	}
}

// wildcardListener: requests of ours come from the socket that peers know, also if it is
// bound to no address, and name one that peers can reach.
func wildcardListener(t *testing.T) {
	for name, listen := range map[string]string{"IPv4": "0.0.0.0:0", "both": ":0"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *Config) { c.Near.UDP = listen })
			port := r.edge.Addrs().UDP.Port()
			conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(port)})
			r.must(err)
			defer func() { _ = conn.Close() }()
			p := &raw{t: t, conn: conn} // connected: it hears that socket only
			p.invite(number, "wild", "", plainSDP)
			next(t, "offer", r.engine.offers)
			r.must(r.edge.Answer(r.ctx(), "call-1"))
			ok := p.await("SIP/2.0 200")
			if want := "<sip:127.0.0.1:" + strconv.Itoa(int(port)) + ">"; field(ok, "Contact") != want {
				t.Errorf("Contact: %s", field(ok, "Contact"))
			}
			p.inside("ACK", 2, ok, "")
			r.hangUp("call-1", call.Near, 0, 16, "over")
			p.reply(p.await("BYE "), "200 OK")
			r.ended(call.Near)
		})
	}
}

// tcpPeer listens for connections of ours.
type tcpPeer struct {
	port  int
	lines chan *line
}

func newTCPPeer(t *testing.T) *tcpPeer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, wg := &tcpPeer{port: l.Addr().(*net.TCPAddr).Port, lines: make(chan *line, 4)}, &sync.WaitGroup{}
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { _ = l.Close() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.lines <- newLine(t, c, wg)
		}
	})
	return p
}
