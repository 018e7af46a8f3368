package pstnhub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"
)

// peer is a trunk that we have, or had, a connection of our own to.
type peer struct {
	turn chan struct{} // has room for one: who dials, so that one connection serves all that wait for it
	conn *conn         // belongs to whoever has the turn
}

// awaited is a request of ours whose responses are wanted. Its functions are called in the goroutine of the connection, so they must not wait.
type awaited struct {
	conn *conn
	got  func(*message)
	lost func() // the connection has ended
}

var (
	errNoAnswer = errors.New("no answer")
	errLost     = errors.New("connection lost")
)

// await enters a request before it is sent; false if the proxies were closed.
func (p *Proxies) await(branch string, a *awaited) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.awaited[branch] = a
	return true
}

func (p *Proxies) unawait(branch string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.awaited, branch)
}

// ask sends a request on a connection that we opened and awaits its final response. Whatever breaks is tried once more on a new connection.
func (p *Proxies) ask(pr *proxy, t trunk, branch string, raw []byte) (*message, error) {
	ctx, cancel := context.WithTimeout(p.ctx, p.config.ackTimeout()) // timer F
	defer cancel()
	defer p.unawait(branch)
	var answer *message
	var err error
	for range 2 {
		if answer, err = p.askOnce(ctx, pr, t, branch, raw); err == nil || ctx.Err() != nil {
			break
		}
	}
	return answer, err
}

func (p *Proxies) askOnce(ctx context.Context, pr *proxy, t trunk, branch string, raw []byte) (*message, error) {
	c, err := p.line(ctx, pr, t)
	if err != nil {
		return nil, err
	}
	final := make(chan *message, 1)
	got := func(m *message) {
		if m.status < 200 {
			return
		}
		select {
		case final <- m:
		default: // said twice
		}
	}
	if !p.await(branch, &awaited{conn: c, got: got, lost: func() {}}) {
		return nil, errNoAnswer
	}
	if err := c.send(raw); err != nil {
		return nil, err
	}
	select {
	case m := <-final:
		return m, nil
	case <-ctx.Done():
		return nil, errNoAnswer
	case <-c.gone:
	}
	select {
	case m := <-final: // the last thing that came
		return m, nil
	default:
		return nil, errLost
	}
}

// line returns a connection for a request within a dialog: the one that there is, with FaultNewConnection one that is opened for it.
func (p *Proxies) line(ctx context.Context, pr *proxy, t trunk) (*conn, error) {
	if p.faults.on(FaultNewConnection) {
		p.mu.Lock()
		delete(p.peers, peerKey(pr, t)) // what is on the old one stays there
		p.mu.Unlock()
	}
	return p.connect(ctx, pr, t)
}

func peerKey(pr *proxy, t trunk) string { return fmt.Sprintf("%s %s:%d", pr.name, t.fqdn, t.port) }

// connect returns our connection to a trunk.
func (p *Proxies) connect(ctx context.Context, pr *proxy, t trunk) (*conn, error) {
	key := peerKey(pr, t)
	p.mu.Lock()
	pe := p.peers[key]
	if pe == nil {
		pe = &peer{turn: make(chan struct{}, 1)}
		p.peers[key] = pe
	}
	p.mu.Unlock()
	select {
	case pe.turn <- struct{}{}:
		defer func() { <-pe.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if pe.conn != nil && !pe.conn.broken.Load() {
		return pe.conn, nil
	}
	nc, err := p.config.Dial(ctx, pr.address.Addr(), t.fqdn, t.port)
	if err != nil {
		return nil, fmt.Errorf("dial trunk: %w", err)
	}
	if !p.keep(nc) {
		p.drop(nc)
		return nil, context.Canceled
	}
	tc := tls.Client(nc, &tls.Config{
		ServerName: t.fqdn, RootCAs: p.config.ClientRoots, Certificates: []tls.Certificate{p.certificate()},
		MinVersion: tls.VersionTLS12, MaxVersion: p.config.MaxTLS, CipherSuites: suites,
	})
	if err := tc.HandshakeContext(ctx); err != nil {
		p.drop(nc)
		return nil, fmt.Errorf("%w: %w", errHandshake, err)
	}
	c := &conn{Conn: p.config.Tap(tc), p: p, proxy: pr, leaf: tc.ConnectionState().PeerCertificates[0], ours: true, gone: make(chan struct{})}
	ok := p.spawn(func() {
		c.read(c.response)
		c.broken.Store(true)
		close(c.gone)
		p.drop(nc)
		p.lostOurs(c)
	})
	if !ok || !p.spawn(c.ping) {
		p.drop(nc)
		return nil, context.Canceled
	}
	pe.conn = c
	return c, nil
}

var errHandshake = errors.New("tls to trunk")

// lostOurs tells the requests whose answers can come no more.
func (p *Proxies) lostOurs(c *conn) {
	p.mu.Lock()
	var lost []func()
	for _, a := range p.awaited {
		if a.conn == c {
			lost = append(lost, a.lost)
		}
	}
	p.mu.Unlock()
	for _, f := range lost {
		f()
	}
}

// response hands an answer to whoever awaits it. A request has no business here (§4.3).
func (c *conn) response(m *message) {
	if m.status == 0 {
		c.p.violation("wrong-connection", "method", m.method)
		return
	}
	_, branch, _ := m.topVia()
	c.p.mu.Lock()
	a := c.p.awaited[branch]
	c.p.mu.Unlock()
	if a == nil || a.conn != c {
		c.p.log.Info("late or stray response", "status", m.status, "cseq", m.get("cseq"))
		return
	}
	a.got(m)
}

// ping sends the keep-alive of RFC 5626 §3.5.1.
func (c *conn) ping() {
	ticker := time.NewTicker(c.p.config.KeepAlive)
	defer ticker.Stop()
	for {
		select {
		case <-c.gone:
			return
		case <-ticker.C:
			if c.send([]byte("\r\n\r\n")) != nil {
				return
			}
		}
	}
}
