package sip

import (
	"bytes"
	"context"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/capture"
	"tandem/sip/wire"
)

// Messages are seen where they pass, as they are: the sockets that the edge listens on, and the
// connections that were made to them, show all of them ([wire.Gate]), also those that the SIP
// stack answers, repeats or drops by itself. Of connections that the stack has opened it shows
// what comes (readFilter); what goes is told by who sends it (saw). Those are of TCP or TLS, where
// the stack repeats nothing; the ACKs that it makes are looked up (sawACK).

// passed keeps a message for whoever wants it: a record, a capture.
func (e *Edge) passed(p wire.Passed) {
	traced := e.traced.Load()
	if e.records == nil && !traced {
		return
	}
	id := wire.CallID(p.Text)
	if id == nil {
		return
	}
	now := time.Now()
	if e.records != nil {
		e.records.take(p, id, now)
	}
	if traced {
		e.captured(p, string(id), now)
	}
}

// captured keeps a message if its call is being captured.
func (e *Edge) captured(p wire.Passed, callID string, now time.Time) {
	e.mu.Lock()
	f := e.tracing.byID[callID]
	e.mu.Unlock()
	if f == nil {
		return
	}
	from, to := p.Remote, p.Local
	if p.Sent {
		from, to = to, from
	}
	f.Packet(now, from, to, []byte(capture.Redact(string(p.Text))), -1)
}

// watched is whether anybody wants messages.
func (e *Edge) watched() bool { return e.records != nil || e.traced.Load() }

// readFilter shows what comes to a user agent on connections that it has opened. Of what
// comes on any connection it lets what was read before go first, which the stack has given to
// goroutines of their own: a 200 that comes right behind its 180 would overtake it.
func (e *Edge) readFilter(side call.Side) sipmsg.TransportReadFilter {
	var reads wire.Reads
	return func(p sipmsg.TransportReadProps, data []byte) ([]byte, error) {
		if p.Transport != "UDP" {
			runtime.Gosched()
		}
		if !e.watched() || e.toldOf(side, p.Transport) {
			return data, nil
		}
		local, remote := p.LocalAddr.String(), p.RemoteAddr.String()
		if !e.told(side, p.Transport, remote) {
			reads.Cut(local, remote, data, func(message []byte) {
				e.passed(wire.Passed{Side: side, Transport: p.Transport, Local: wire.Source(local), Remote: wire.Source(remote), Text: message})
			})
		}
		return data, nil
	}
}

// saw tells of a message that we send, if no socket does.
func (e *Edge) saw(side call.Side, m sipmsg.Message) {
	if e.watched() && !e.told(side, m.Transport(), m.Destination()) {
		e.tell(side, m, true, m.Destination(), e.passed)
	}
}

// told is whether a socket tells of what passes with a remote address.
func (e *Edge) told(side call.Side, transport, remote string) bool {
	if side == call.Far {
		next := e.far.next
		return e.far.tls != nil && e.far.tls.Tells(remote) || next != nil && next.tcp != nil && next.tcp.Tells(remote)
	}
	return e.toldOf(side, transport) || slices.ContainsFunc(e.nears, func(n *nearSide) bool {
		return n.tcp != nil && n.tcp.Tells(remote) || n.tls != nil && n.tls.Tells(remote)
	})
}

// toldOf is whether a socket tells of all that passes: peers' datagrams come and go by one that we listen on.
func (e *Edge) toldOf(side call.Side, transport string) bool {
	return side == call.Near && transport == "UDP" && slices.ContainsFunc(e.nears, func(n *nearSide) bool { return n.udp != nil })
}

var texts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// tell writes a message down for take.
func (e *Edge) tell(side call.Side, m sipmsg.Message, sent bool, remote string, take func(wire.Passed)) {
	local := e.near.udpAddr
	switch transport := m.Transport(); {
	case side == call.Far:
		local = e.far.addr
	case transport == "TCP" && e.near.tcpAddr.IsValid():
		local = e.near.tcpAddr
	case transport == "TLS" && e.near.tlsAddr.IsValid():
		local = e.near.tlsAddr
	}
	if !local.IsValid() {
		local = netip.AddrPortFrom(netip.IPv4Unspecified(), 5060)
	}
	b := texts.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is in it
	defer texts.Put(b)
	b.Reset()
	m.StringWrite(b)
	p := wire.Passed{Side: side, Transport: strings.ToUpper(m.Transport()), Local: local, Remote: wire.Source(remote), Sent: sent, Text: b.Bytes()}
	if !p.Remote.IsValid() {
		p.Host = remote
	}
	take(p)
}

// sawACK tells of the ACK that the stack has sent for a refusal of our INVITE. On a reliable transport, for which alone it
// matters, there is one.
func (e *Edge) sawACK(side call.Side, invite *sipmsg.Request, tx sipmsg.ClientTransaction) {
	if !e.watched() || e.told(side, invite.Transport(), invite.Destination()) {
		return
	}
	if ack := wire.Acknowledged(tx); ack != nil {
		e.tell(side, ack, true, invite.Destination(), e.passed)
	}
}

// tracedTx is a transaction whose responses are seen.
type tracedTx struct {
	sipmsg.ServerTransaction
	e    *Edge
	side call.Side
	from string // where the request came from, on whose connection the responses go
}

func (t tracedTx) Respond(res *sipmsg.Response) error {
	err := t.ServerTransaction.Respond(res)
	if err == nil && t.e.watched() && !t.e.told(t.side, res.Transport(), t.from) {
		t.e.tell(t.side, res, true, t.from, t.e.passed)
	}
	return err
}

// watch sees what a request is answered.
func (e *Edge) watch(side call.Side, r *sipmsg.Request, tx sipmsg.ServerTransaction) sipmsg.ServerTransaction {
	return tracedTx{tx, e, side, r.Source()}
}

// transact is the function transact with its request seen.
func (e *Edge) transact(ctx context.Context, side call.Side, client *sipgo.Client, r *sipmsg.Request) (*sipmsg.Response, error) {
	e.saw(side, r)
	return transact(ctx, client, r)
}

// Traces are the messages and the sound of the dialogs of a call so far.
func (e *Edge) Traces(_ context.Context, id call.ID) ([]call.Trace, error) {
	all := e.records.traces(id)
	if len(all) == 0 {
		return nil, errNoLeg
	}
	return all, nil
}
