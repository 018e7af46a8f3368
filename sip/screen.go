package sip

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/guard"
	"tandem/sip/identity"
)

// packetScreen is the UDP socket of the near side with the guard in front of it:
// what strangers send never reaches the SIP stack, which would keep state for it.
type packetScreen struct {
	net.PacketConn
	e     *Edge
	once  sync.Once
	ready chan struct{} // closed when the stack reads: only then does it send from here

	answered *answered
	again    [65536]byte // a response that is repeated; of the reader
}

func (s *packetScreen) ReadFrom(b []byte) (int, net.Addr, error) {
	s.once.Do(func() { close(s.ready) })
	for {
		n, from, err := s.PacketConn.ReadFrom(b)
		if err != nil {
			return n, from, err
		}
		udp, ok := from.(*net.UDPAddr)
		// Responses are let in: they match a request of ours, or nothing at all.
		if !ok || bytes.HasPrefix(b[:n], []byte("SIP/")) {
			return n, from, nil
		}
		verdict, cause := s.e.guard.Inspect(udp.AddrPort().Addr(), b[:n])
		switch verdict {
		case guard.Pass:
			if s.repeat(b[:n], udp) {
				continue
			}
			if answer := flaw(b[:n]); answer != "" {
				s.refuseDatagram(b[:n], answer, from)
				continue
			}
			return n, from, nil
		case guard.Refuse:
			s.refuse(b[:n], from)
		}
		s.e.metrics.refuse(call.Near, cause)
	}
}

// repeat answers a request that was answered before.
func (s *packetScreen) repeat(packet []byte, from *net.UDPAddr) bool {
	response, to, yes := s.answered.repeats(packet, from.AddrPort(), s.again[:])
	if yes && len(response) > 0 {
		if _, err := s.WriteTo(response, net.UDPAddrFromAddrPort(to)); err != nil {
			s.e.log.Debug("response not repeated", keyError, err)
		}
	}
	return yes
}

// screensStream does for a request of a connection what [packetScreen] does for a datagram:
// false if it is not looked at any further, and gets no answer.
func (e *Edge) screensStream(r *sipmsg.Request) bool {
	if r.Transport() == "UDP" {
		return true
	}
	switch a := sourceOf(r.Source()).Addr(); {
	case guard.IsScanner([]byte(r.String())):
		e.metrics.refuse(call.Near, guard.CauseScanner)
	case !e.guard.Paced(a):
		e.metrics.refuse(call.Near, guard.CauseFlood)
	default:
		return true
	}
	return false
}

// refuse answers a stranger without keeping anything.
func (s *packetScreen) refuse(packet []byte, to net.Addr) {
	m, err := sipmsg.ParseMessage(bytes.Clone(packet))
	if err != nil {
		return
	}
	r, ok := m.(*sipmsg.Request)
	if !ok || r.IsAck() || r.Via() == nil {
		return
	}
	r.SetTransport("UDP")
	r.SetSource(to.String())
	res := newResponse(r, sipmsg.StatusForbidden, "Forbidden", nil)
	if _, err := s.WriteTo([]byte(res.String()), to); err != nil {
		s.e.log.Debug("403 to a stranger not sent", keyError, err)
	}
}

// handshakeTimeout is for the whole of a TLS handshake.
const handshakeTimeout = 10 * time.Second

// screened wraps the connections of a listener: strangers are hung up on, and a TLS
// handshake has to end in time. Both happen at the first read, which is in the
// connection's own goroutine and not in the one that accepts.
type screened struct {
	net.Listener
	e     *Edge
	tls   *tls.Config // nil: none
	admit bool        // ask the guard

	mu        sync.Mutex
	certified map[string][]string // DNS names in verified client certificates, by remote address; nil: nobody is asked for one
}

// names are those that the connection from an address has proved.
func (l *screened) names(remote string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.certified[remote]
}

// certify keeps the names in a client certificate that the roots vouch for. Another one
// proves nothing and does no harm: the peer may know a password.
func (l *screened) certify(remote string, s tls.ConnectionState) {
	if l.certified == nil {
		return
	}
	l.forget(remote) // of an earlier connection, if it was not closed yet
	if len(s.PeerCertificates) == 0 {
		return
	}
	if err := identity.Chain(s, l.e.cfg.Near.Roots); err != nil {
		l.e.log.Info("a client certificate is not trusted", keySource, remote, keyError, err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.certified[remote] = s.PeerCertificates[0].DNSNames
}

func (l *screened) forget(remote string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.certified, remote)
}

func (l *screened) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s := &screenedConn{Conn: c, l: l}
	if l.tls != nil {
		s.Conn = tls.Server(c, l.tls)
	}
	return s, nil
}

type screenedConn struct {
	net.Conn
	l    *screened
	once sync.Once
	err  error
}

func (c *screenedConn) Read(b []byte) (int, error) {
	c.once.Do(func() { c.err = c.welcome() })
	if c.err != nil {
		return 0, io.EOF // told already; the stack would print it
	}
	return c.Conn.Read(b)
}

func (c *screenedConn) welcome() error {
	e := c.l.e
	ctx, cancel := context.WithTimeout(e.ctx, handshakeTimeout)
	defer cancel()
	if c.l.admit {
		if v := e.guard.AdmitAfterAsking(ctx, sourceOf(c.RemoteAddr().String()).Addr()); v != guard.Pass {
			e.metrics.refuse(call.Near, guard.CauseStranger)
			return io.EOF
		}
	}
	if t, ok := c.Conn.(*tls.Conn); ok {
		if err := t.HandshakeContext(ctx); err != nil {
			e.log.Info("TLS handshake failed", keySource, c.RemoteAddr().String(), keyError, err)
			return err
		}
		c.l.certify(c.RemoteAddr().String(), t.ConnectionState())
	}
	return nil
}

// Close forgets who it was.
func (c *screenedConn) Close() error {
	c.l.forget(c.RemoteAddr().String())
	return c.Conn.Close()
}

// sourceOf reads the address that the SIP stack gives a message.
func sourceOf(s string) netip.AddrPort {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
