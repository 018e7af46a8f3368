package target

import (
	"context"
	"net"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// watch reads the TTLs in what a resolver is answered.
type watch struct {
	base *net.Resolver

	mu  sync.Mutex
	ttl time.Duration // the least; -1: none was seen
}

// resolver asks as the base does.
func (w *watch) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, StrictErrors: w.base.StrictErrors, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dial := w.base.Dial
		if dial == nil {
			dial = (&net.Dialer{}).DialContext
		}
		c, err := dial(ctx, network, address)
		if udp, ok := c.(*net.UDPConn); ok && err == nil {
			return &watched{UDPConn: udp, w: w}, nil
		}
		return c, err // long answers come over TCP, and are kept for [unknownKept]
	}}
}

// watched is a connection to a name server; each read is a packet.
type watched struct {
	*net.UDPConn
	w *watch
}

func (c *watched) Read(b []byte) (int, error) {
	n, err := c.UDPConn.Read(b)
	if err == nil {
		c.w.note(b[:n])
	}
	return n, err
}

func (w *watch) note(packet []byte) {
	var p dnsmessage.Parser
	if _, err := p.Start(packet); err != nil || p.SkipAllQuestions() != nil {
		return
	}
	ttl := answersLast(&p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if ttl >= 0 && (w.ttl < 0 || ttl < w.ttl) {
		w.ttl = ttl
	}
}

func (w *watch) least() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ttl
}
