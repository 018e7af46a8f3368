package wire

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"tandem/internal/call"
	"tandem/sip/guard"
	"tandem/sip/identity"
)

// handshakeTimeout is for the whole of a TLS handshake.
const handshakeTimeout = 10 * time.Second

// Listener wraps the connections of a listener: strangers are hung up on, and a TLS
// handshake has to end in time. Both happen at the first read, which is in the
// connection's own goroutine and not in the one that accepts.
type Listener struct {
	net.Listener
	gate Gate
	side call.Side   // of peers: the guard is asked
	tls  *tls.Config // nil: none

	mu        sync.Mutex
	open      map[string]struct{} // connections that are told of, by remote address
	certified map[string][]string // DNS names in verified client certificates and fingerprints of all, by remote address; nil: nobody is asked for one
}

// NewListener takes connections of a side. With a configuration they are of TLS; if that asks
// peers for certificates, what those prove is kept, see [Listener.Names].
func NewListener(l net.Listener, g Gate, side call.Side, conf *tls.Config) *Listener {
	n := &Listener{Listener: l, gate: g, side: side, tls: conf, open: map[string]struct{}{}}
	if side == call.Near && conf != nil {
		n.certified = map[string][]string{}
	}
	return n
}

// Names are those that the connection from an address has proved.
func (l *Listener) Names(remote string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.certified[remote]
}

// Known is how many connections have proved something.
func (l *Listener) Known() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.certified)
}

// certify keeps the names in a client certificate that the roots vouch for, and the
// fingerprint of any that has not run out: the handshake has shown that the peer has its key. Another one
// proves nothing and does no harm: the peer may know a password.
func (l *Listener) certify(remote string, s tls.ConnectionState) {
	if l.certified == nil {
		return
	}
	l.forget(remote) // of an earlier connection, if it was not closed yet
	if len(s.PeerCertificates) == 0 {
		return
	}
	leaf := s.PeerCertificates[0]
	var proved []string
	if now := time.Now(); !now.Before(leaf.NotBefore) && !now.After(leaf.NotAfter) {
		sum := sha256.Sum256(leaf.Raw)
		proved = append(proved, guard.Fingerprint+hex.EncodeToString(sum[:]))
	}
	if err := identity.Chain(s, l.gate.Roots); err != nil {
		l.gate.Log.Info("the roots do not vouch for a client certificate", "source", remote, "error", err)
	} else {
		for _, name := range leaf.DNSNames {
			if !strings.Contains(name, ":") { // which would look like a fingerprint
				proved = append(proved, name)
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.certified[remote] = proved
}

// Tells is whether what passes with a remote address is told of (Gate.Passed): it is on a
// connection that was accepted here, and is not closed.
func (l *Listener) Tells(remote string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, open := l.open[remote]
	return open
}

func (l *Listener) forget(remote string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.certified, remote)
}

// Accept is the next connection. The guard is asked when it is read from.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.accept()
	if err != nil {
		return nil, err
	}
	remote := c.RemoteAddr().String()
	s := &conn{Conn: Direct(c), l: l, local: Source(c.LocalAddr().String()), remote: Source(remote)}
	l.mu.Lock()
	l.open[remote] = struct{}{}
	l.mu.Unlock()
	if l.tls != nil {
		s.Conn = tls.Server(s.Conn, l.tls)
	}
	return s, nil
}

// The pauses before a listener tries again for which the system has no room.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// accept waits while the system has no room for one more connection: to the stack any error is
// the end of the listener.
func (l *Listener) accept() (net.Conn, error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		c, err := l.Listener.Accept()
		if !isFull(err) {
			return c, err
		}
		l.gate.Log.Warn("no connection can be taken now", "listener", l.Addr().String(), "again_in", pause, "error", err)
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-l.gate.Context.Done():
			again.Stop()
			return nil, err
		}
	}
}

// isFull reports whether an error only says that there are too many files, or is too little memory.
func isFull(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

type conn struct {
	net.Conn
	l       *Listener
	once    sync.Once
	err     error
	frames  framer // of the reader
	cutter  cutter // of the reader
	writing sync.Mutex

	local, remote netip.AddrPort

	leave  func() // nil: not counted. With closed it is guarded by Listener.mu
	closed bool
}

func (c *conn) Read(b []byte) (int, error) {
	c.once.Do(func() { c.err = c.welcome() })
	if c.err != nil {
		return 0, io.EOF // told already; the stack would print it
	}
	n, err := c.Conn.Read(b)
	for err == nil && n < len(b) && c.frames.between() && isHalfLine(b[:n]) {
		// To the stack it would be a keep-alive, and the rest the beginning of a request.
		var more int
		more, err = c.Conn.Read(b[n:])
		n += more
	}
	if head := c.frames.follow(b[:n]); head != nil {
		c.tooLarge(head)
		c.err = io.EOF
		return 0, io.EOF
	}
	if c.l.gate.Passed != nil && n > 0 {
		c.cutter.cut(b[:n], func(message []byte) { c.passed(message, false) })
	}
	return n, err
}

func (c *conn) welcome() error {
	g := c.l.gate
	ctx, cancel := context.WithTimeout(g.Context, handshakeTimeout)
	defer cancel()
	if c.l.side == call.Near {
		if v := g.Guard.AdmitAfterAsking(ctx, Source(c.RemoteAddr().String()).Addr()); v != guard.Pass {
			g.Refused(call.Near, guard.CauseStranger)
			return io.EOF
		}
		if !c.counted(g.Guard) {
			g.Refused(call.Near, guard.CauseFlood)
			return io.EOF
		}
	}
	if t, ok := c.Conn.(*tls.Conn); ok {
		if err := t.HandshakeContext(ctx); err != nil {
			g.Log.Info("TLS handshake failed", "source", c.RemoteAddr().String(), "error", err)
			return err
		}
		c.l.certify(c.RemoteAddr().String(), t.ConnectionState())
	}
	return nil
}

// Close forgets who it was.
func (c *conn) Close() error {
	remote := c.RemoteAddr().String()
	c.l.forget(remote)
	c.l.mu.Lock()
	delete(c.l.open, remote)
	leave := c.leave
	c.leave, c.closed = nil, true
	c.l.mu.Unlock()
	if leave != nil {
		leave()
	}
	return c.Conn.Close()
}

// counted has the guard count the connection while it is open; false if there are too many.
func (c *conn) counted(g *guard.Guard) bool {
	leave, ok := g.Connect(c.remote.Addr())
	if !ok {
		return false
	}
	c.l.mu.Lock()
	closed := c.closed
	if !closed {
		c.leave = leave
	}
	c.l.mu.Unlock()
	if closed {
		leave()
	}
	return true
}
