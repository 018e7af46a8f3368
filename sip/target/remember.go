package target

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Remember is a resolver that asks as base does, nil being the system's, and keeps what it
// is answered for as long as that says (RFC 1035 §3.2.1; RFC 2308 §5 where there is nothing).
// The SIP stack looks a proxy's name up for each request that it sends, which without this is
// two questions and their way before an INVITE leaves. now is time.Now if nil.
func Remember(base *net.Resolver, now func() time.Time) *net.Resolver {
	if base == nil {
		base = net.DefaultResolver
	}
	if now == nil {
		now = time.Now
	}
	dial := base.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	m := &memory{now: now, known: map[string]reply{}}
	return &net.Resolver{PreferGo: true, StrictErrors: base.StrictErrors, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if !strings.HasPrefix(network, "udp") { // a long answer, after a short one that said so
			return dial(ctx, network, address)
		}
		return &question{m: m, dial: func() (net.Conn, error) { return dial(ctx, network, address) }}, nil
	}}
}

// memory has replies by their queries without the id.
type memory struct {
	now func() time.Time

	mu    sync.Mutex
	known map[string]reply
}

type reply struct {
	packet  []byte
	expires time.Time
}

func (m *memory) find(query string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.known[query]
	if !ok || !m.now().Before(r.expires) {
		return nil
	}
	return r.packet
}

func (m *memory) keep(query string, packet []byte) {
	ttl := lasts(packet)
	if ttl <= 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= maxKnown {
		clear(m.known)
	}
	m.known[query] = reply{append([]byte(nil), packet...), m.now().Add(min(ttl, maxKept))}
}

// question is what [net.Resolver] takes for a connection to a name server: one query is
// written, and its reply read. There is a socket only if the reply is not known.
type question struct {
	m        *memory
	dial     func() (net.Conn, error)
	deadline time.Time

	query string
	known []byte   // the reply, until it is read
	conn  net.Conn // else it is asked for here
}

const idSize = 2 // bytes, of a message's id (RFC 1035 §4.1.1)

func (q *question) Write(b []byte) (n int, err error) {
	if len(b) > idSize {
		q.query = string(b[idSize:])
		if packet := q.m.find(q.query); packet != nil {
			q.known = append(append([]byte(nil), b[:idSize]...), packet[idSize:]...)
			return len(b), nil
		}
	}
	if q.conn == nil {
		if q.conn, err = q.dial(); err != nil {
			return 0, err
		}
		if err := q.conn.SetDeadline(q.deadline); err != nil {
			return 0, err
		}
	}
	return q.conn.Write(b)
}

func (q *question) Read(b []byte) (n int, err error) {
	if q.known != nil {
		n, q.known = copy(b, q.known), nil
		return n, nil
	}
	if q.conn == nil {
		return 0, net.ErrClosed
	}
	if n, err = q.conn.Read(b); err == nil {
		q.m.keep(q.query, b[:n])
	}
	return n, err
}

func (q *question) Close() error {
	if q.conn == nil {
		return nil
	}
	return q.conn.Close()
}

func (q *question) SetDeadline(t time.Time) error {
	q.deadline = t
	if q.conn == nil {
		return nil
	}
	return q.conn.SetDeadline(t)
}

// The resolver sees by these that a message is a packet.

func (q *question) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := q.Read(b)
	return n, q.RemoteAddr(), err
}
func (q *question) WriteTo(b []byte, _ net.Addr) (int, error) { return q.Write(b) }
func (q *question) SetReadDeadline(t time.Time) error         { return q.SetDeadline(t) }
func (q *question) SetWriteDeadline(t time.Time) error        { return q.SetDeadline(t) }
func (q *question) LocalAddr() net.Addr                       { return &net.UDPAddr{} }
func (q *question) RemoteAddr() net.Addr                      { return &net.UDPAddr{} }

// lasts is for how long a reply may be kept: 0 if not at all.
func lasts(packet []byte) time.Duration {
	var p dnsmessage.Parser
	h, err := p.Start(packet)
	if err != nil || !h.Response || h.Truncated || h.RCode != dnsmessage.RCodeSuccess || p.SkipAllQuestions() != nil {
		return 0
	}
	if ttl := answersLast(&p); ttl >= 0 {
		return ttl
	}
	for {
		a, err := p.AuthorityHeader()
		if err != nil {
			return 0
		}
		if a.Type != dnsmessage.TypeSOA {
			if p.SkipAuthority() != nil {
				return 0
			}
			continue
		}
		soa, err := p.SOAResource()
		if err != nil {
			return 0
		}
		return time.Duration(min(a.TTL, soa.MinTTL)) * time.Second
	}
}

// answersLast is the least TTL of the answers; -1 if there are none. p is behind the questions.
func answersLast(p *dnsmessage.Parser) time.Duration {
	least := time.Duration(-1)
	for {
		h, err := p.AnswerHeader()
		if err != nil {
			return least
		}
		if ttl := time.Duration(h.TTL) * time.Second; least < 0 || ttl < least {
			least = ttl
		}
		if p.SkipAnswer() != nil {
			return least
		}
	}
}
