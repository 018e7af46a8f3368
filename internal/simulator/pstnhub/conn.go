package pstnhub

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	handshakeTimeout = 10 * time.Second
	writeTimeout     = 5 * time.Second
)

// suites are those of Microsoft's four that Go has (facts/direct-routing.md §2.3). They need an RSA certificate.
var suites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}

// conn is a TLS connection with an SBC. Only one goroutine reads it; anybody may send.
type conn struct {
	net.Conn
	p     *Proxies
	proxy *proxy
	leaf  *x509.Certificate // the SBC's
	ours  bool              // we opened it: only our requests and the SBC's responses travel on it (§4.3)
	known map[string]looked // trunks it was asked for; the reader's own
	gone  chan struct{}     // of a connection of ours: closed when it has ended

	mu     sync.Mutex  // one message at a time
	broken atomic.Bool // nothing can be sent any more
}

func (c *conn) send(raw []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err == nil {
		_, err = c.Write(raw)
	}
	if err != nil {
		c.broken.Store(true)
	}
	return err
}

// keep registers a network connection so that Close finds it; false if Close has begun.
func (p *Proxies) keep(nc net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.conns[nc] = struct{}{}
	}
	return !p.closed
}

func (p *Proxies) drop(nc net.Conn) {
	_ = nc.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, nc)
}

// accept takes the connections of one proxy until its listener is closed.
func (p *Proxies) accept(pr *proxy) {
	for {
		nc, err := pr.listener.Accept()
		if errors.Is(err, net.ErrClosed) || p.ctx.Err() != nil {
			if nc != nil {
				_ = nc.Close()
			}
			return
		}
		if err != nil {
			p.log.Warn("accept", "proxy", pr.name, "error", err)
			continue
		}
		if !p.keep(nc) || !p.spawn(func() { p.serve(pr, nc) }) {
			p.drop(nc)
			return
		}
	}
}

// serve runs one connection that an SBC opened.
func (p *Proxies) serve(pr *proxy, nc net.Conn) {
	defer p.drop(nc)
	if p.faults.hits(FaultSilent, pr) {
		_, _ = io.Copy(io.Discard, nc)
		return
	}
	if p.faults.hits(FaultTLSReset, pr) {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, handshakeTimeout)
	defer cancel()
	tc := tls.Server(nc, p.serverTLS())
	if err := tc.HandshakeContext(ctx); err != nil {
		p.log.Warn("tls handshake", "proxy", pr.name, "remote", nc.RemoteAddr().String(), "error", err)
		return
	}
	c := &conn{Conn: p.config.Tap(tc), p: p, proxy: pr, leaf: tc.ConnectionState().PeerCertificates[0]}
	c.read(c.request)
	p.lost(c)
}

// read hands every message on until the connection ends or was without a transaction for too long (§4.3).
func (c *conn) read(handle func(*message)) {
	r := bufio.NewReader(c)
	idle := time.NewTimer(c.p.config.IdleTimeout)
	touch := func() { idle.Reset(c.p.config.IdleTimeout) }
	over := make(chan struct{})
	defer close(over)
	go func() {
		defer idle.Stop()
		for {
			select {
			case <-over:
				return
			case <-idle.C:
			}
			if !c.busy() {
				_ = c.SetReadDeadline(time.Now())
				return
			}
			touch()
		}
	}()
	for {
		m, err := readMessage(r, func(ping bool) {
			if c.ours { // neither our pings nor their answers keep a connection of ours open
				return
			}
			touch()
			if ping && !c.p.faults.on(FaultNoKeepAlive) && !c.p.faults.hits(FaultSilent, c.proxy) {
				_ = c.send([]byte("\r\n"))
			}
		})
		if errors.Is(err, errMalformed) || errors.Is(err, errTooLarge) {
			c.p.violation("malformed", "remote", c.RemoteAddr().String(), "error", err)
		}
		if err != nil {
			return
		}
		touch()
		handle(m)
	}
}

// busy says whether a transaction is under way: a request of ours whose answers are wanted, or an INVITE of the SBC's without final response.
func (c *conn) busy() bool {
	c.p.mu.Lock()
	busy := false
	for _, a := range c.p.awaited {
		busy = busy || a.conn == c
	}
	var legs []*Leg
	for _, i := range c.p.invites {
		if i.conn == c {
			legs = append(legs, i.leg)
		}
	}
	c.p.mu.Unlock()
	for _, l := range legs {
		l.mu.Lock()
		busy = busy || l.state == inviting
		l.mu.Unlock()
	}
	return busy
}

// serverTLS is mutual TLS as Microsoft's proxies do it.
func (p *Proxies) serverTLS() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{p.certificate()},
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   p.config.MaxTLS,
		CipherSuites: suites,
		ClientAuth:   tls.RequireAnyClientCert, // which key usages are taken is decided below
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if !strings.HasSuffix(strings.ToLower(hello.ServerName), domain) { // [F]: an address or nothing as SNI fails
				return nil, fmt.Errorf("server name %q", hello.ServerName)
			}
			return nil, nil
		},
		VerifyConnection: func(state tls.ConnectionState) error {
			intermediates := x509.NewCertPool()
			for _, cert := range state.PeerCertificates[1:] {
				intermediates.AddCert(cert)
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
				Roots: p.config.ClientRoots, Intermediates: intermediates,
				KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
			})
			return err
		},
	}
}

// reply answers a request outside of any leg.
func (c *conn) reply(m *message, r response) {
	_ = c.send(c.p.format(c.proxy, m, r)) // a broken connection shows in read
}

// refuse answers a request with a failure in Microsoft's form.
func (c *conn) refuse(m *message, r *refusal) {
	out := response{status: r.status, toTag: hexID(16), extra: r.extra}
	if r.cause != 0 {
		out.reason = reasonHeader(r.cause, newGUID(), r.phrase)
	}
	c.p.log.Info("refused", "method", m.method, "status", r.status, "phrase", r.phrase, "call_id", m.get("call-id"))
	c.reply(m, out)
}

// request handles whatever an SBC sends on a connection it opened.
func (c *conn) request(m *message) {
	if c.p.faults.hits(FaultSilent, c.proxy) {
		return
	}
	switch {
	case m.status != 0: // we never send requests here
		c.p.violation("wrong-connection", "status", m.status)
		return
	case m.method == "ACK":
		c.ack(m)
		return
	}
	if r := checkRequest(m); r != nil {
		c.refuse(m, r)
		return
	}
	switch m.method {
	case "OPTIONS":
		c.options(m)
	case "INVITE":
		if to, _ := parseAddress(m.get("to")); to.tag() != "" {
			c.inDialog(m, (*Leg).reinvite)
		} else {
			c.invite(m)
		}
	case "CANCEL":
		c.cancel(m)
	case "BYE":
		c.inDialog(m, (*Leg).byeFromSBC)
	case "NOTIFY":
		c.inDialog(m, (*Leg).notify)
	default:
		c.refuse(m, &refusal{status: 405, cause: 63, phrase: phrase(405)})
	}
}

func (c *conn) options(m *message) {
	t, refused := identify(m, c.leaf)
	if refused == nil {
		_, refused = c.resource(t.fqdn)
	}
	if refused != nil {
		c.refuse(m, refused)
		return
	}
	if a, err := parseAddress(m.get("contact")); err == nil && a.uri.user != "" {
		c.p.violation("options-user", "trunk", t.fqdn)
	}
	c.p.pinged(c.proxy, t, c.leaf)
	c.reply(m, response{status: 200})
}

// invite is one INVITE that started a leg, until its final response is acknowledged or forgotten.
type invite struct {
	key     string
	conn    *conn
	request *message
	leg     *Leg
	last    []byte // last response; belongs to the leg's lock
}

// inviteKey matches INVITE, CANCEL and the ACK of a failure (RFC 3261 §17.2.3).
func inviteKey(m *message) string {
	_, branch, sentBy := m.topVia()
	return branch + " " + sentBy
}

func (p *Proxies) findInvite(m *message) *invite {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.invites[inviteKey(m)]
}

func (p *Proxies) forget(i *invite) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.invites[i.key] == i {
		delete(p.invites, i.key)
	}
}

// invite handles an INVITE outside of a dialog.
func (c *conn) invite(m *message) {
	if i := c.p.findInvite(m); i != nil {
		i.leg.repeat(c)
		return
	}
	if c.p.faults.hits(FaultUnavailable, c.proxy) {
		c.reply(m, response{status: 503, toTag: hexID(16), extra: []header{{"RETRY-AFTER", "1"}}})
		return
	}
	in, refused := c.admit(m)
	if refused != nil {
		c.refuse(m, refused)
		return
	}
	l := c.invited(m, in)
	if !c.p.register(l) {
		l.cancelContext()
		c.refuse(m, &refusal{status: 482, cause: 25, phrase: phrase(482)}) // merged request, RFC 3261 §8.2.2.2
		return
	}
	c.p.log.Info("invite", "leg", l.guid, "call_id", in.callID, "trunk", in.fqdn, "from", lastDigits(in.caller), "to", lastDigits(in.called))
	l.begin()
}

// register enters the leg's INVITE, unless the same request is here already by another way.
func (p *Proxies) register(l *Leg) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	for _, i := range p.invites {
		select {
		case <-i.leg.ended: // refused: the SBC may try elsewhere
			continue
		default:
		}
		if o := i.leg.in; o.callID == l.in.callID && o.fromTag == l.in.fromTag && o.cseq == l.in.cseq {
			return false
		}
	}
	p.invites[l.invite.key] = l.invite
	return true
}

func (c *conn) cancel(m *message) {
	i := c.p.findInvite(m)
	if i == nil || !covers(c.leaf, i.leg.in.fqdn) {
		c.refuse(m, &refusal{status: 481, cause: 41, phrase: phrase(481)})
		return
	}
	i.leg.mu.Lock()
	tag := i.leg.tag // AnswerAs changes it
	i.leg.mu.Unlock()
	c.reply(m, response{status: 200, toTag: tag})
	i.leg.cancelled(parseReason(m, 0))
}

func (c *conn) ack(m *message) {
	if l := c.findDialog(m); l != nil {
		l.ack(m)
	} else if i := c.p.findInvite(m); i != nil {
		c.p.forget(i)
	}
}

// findDialog returns the leg of an in-dialog request. A dialog is known to its own trunk only.
func (c *conn) findDialog(m *message) *Leg {
	from, err := parseAddress(m.get("from"))
	to, err2 := parseAddress(m.get("to"))
	if err != nil || err2 != nil {
		return nil
	}
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if l := c.p.dialogs[dialogID{m.get("call-id"), to.tag(), from.tag()}]; l != nil && covers(c.leaf, l.in.fqdn) {
		return l
	}
	return nil
}

// inDialog hands a request to the leg it belongs to. It may come on any connection that the SBC opened.
func (c *conn) inDialog(m *message, handle func(*Leg, *conn, *message)) {
	l := c.findDialog(m)
	switch {
	case l == nil:
		c.refuse(m, &refusal{status: 481, cause: 41, phrase: phrase(481)})
	case l.wellAimed(m):
		handle(l, c, m)
	}
}

// lost ends the legs whose INVITE has no final response yet: with its connection there is no way left to give one.
func (p *Proxies) lost(c *conn) {
	p.mu.Lock()
	var legs []*Leg
	for _, i := range p.invites {
		if i.conn == c {
			legs = append(legs, i.leg)
		}
	}
	p.mu.Unlock()
	for _, l := range legs {
		l.disconnected()
	}
}
