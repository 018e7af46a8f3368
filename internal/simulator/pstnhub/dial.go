package pstnhub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"
)

// peer is a trunk that we have, or had, a connection of our own to.
type peer struct {
	mu   sync.Mutex // held while dialling, so that one connection serves all that wait for it
	conn *conn
}

var errNoAnswer = errors.New("no answer")

// ask sends a request on a connection that we opened and awaits its final response. Whatever breaks is tried once more on a new connection.
func (p *Proxies) ask(pr *proxy, t trunk, branch string, raw []byte) (*message, error) {
	ctx, cancel := context.WithTimeout(p.ctx, p.config.ackTimeout()) // timer F
	defer cancel()
	answers := make(chan *message, 8)
	p.mu.Lock()
	p.awaited[branch] = answers
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.awaited, branch)
		p.mu.Unlock()
	}()
	var err error
	for range 2 {
		var c *conn
		if c, err = p.connect(ctx, pr, t); err != nil {
			continue
		}
		if err = c.send(raw); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	for {
		select {
		case m := <-answers:
			if m.status >= 200 {
				return m, nil
			}
		case <-ctx.Done():
			return nil, errNoAnswer
		}
	}
}

// connect returns our connection to a trunk.
func (p *Proxies) connect(ctx context.Context, pr *proxy, t trunk) (*conn, error) {
	key := fmt.Sprintf("%s %s:%d", pr.name, t.fqdn, t.port)
	p.mu.Lock()
	pe := p.peers[key]
	if pe == nil {
		pe = &peer{}
		p.peers[key] = pe
	}
	p.mu.Unlock()
	pe.mu.Lock()
	defer pe.mu.Unlock()
	if pe.conn != nil && !pe.conn.broken.Load() {
		return pe.conn, nil
	}
	nc, err := p.config.Dial(ctx, t.fqdn, t.port)
	if err != nil {
		return nil, fmt.Errorf("dial trunk: %w", err)
	}
	if !p.keep(nc) {
		p.drop(nc)
		return nil, context.Canceled
	}
	tc := tls.Client(nc, &tls.Config{
		ServerName: t.fqdn, RootCAs: p.config.ClientRoots, Certificates: []tls.Certificate{p.config.Certificate},
		MinVersion: tls.VersionTLS12, MaxVersion: p.config.MaxTLS, CipherSuites: suites,
	})
	if err := tc.HandshakeContext(ctx); err != nil {
		p.drop(nc)
		return nil, fmt.Errorf("tls to trunk: %w", err)
	}
	c := &conn{Conn: tc, p: p, proxy: pr, ours: true}
	pe.conn = c
	gone := make(chan struct{})
	ok := p.spawn(func() {
		c.read(c.response)
		close(gone)
		p.drop(nc)
		pe.mu.Lock()
		if pe.conn == c {
			pe.conn = nil
		}
		pe.mu.Unlock()
	})
	if !ok || !p.spawn(func() { c.ping(gone) }) {
		p.drop(nc)
		return nil, context.Canceled
	}
	return c, nil
}

// response hands an answer to whoever awaits it. A request has no business here (§4.3).
func (c *conn) response(m *message) {
	if m.status == 0 {
		c.p.violation("wrong-connection", "method", m.method)
		return
	}
	_, branch, _ := m.topVia()
	c.p.mu.Lock()
	answers := c.p.awaited[branch]
	c.p.mu.Unlock()
	select {
	case answers <- m: // nil if nobody waits: never ready
	default:
	}
}

// ping sends the keep-alive of RFC 5626 §3.5.1.
func (c *conn) ping(gone <-chan struct{}) {
	ticker := time.NewTicker(c.p.config.KeepAlive)
	defer ticker.Stop()
	for {
		select {
		case <-gone:
			return
		case <-ticker.C:
			if c.send([]byte("\r\n\r\n")) != nil {
				return
			}
		}
	}
}
