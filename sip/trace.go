package sip

import (
	"context"
	"net/netip"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/capture"
	"tandem/sip/media"
)

// Limits of captures: they are kept in memory until somebody takes them.
const (
	mostCaptures = 8
	captureSize  = 32 << 20 // bytes: some five minutes of sound, or an hour without
)

// tracing are the captures of an edge; guarded by Edge.mu.
type tracing struct {
	files map[call.ID]*capture.File
	byID  map[string]*capture.File // by Call-ID of the legs
}

// Capture begins to keep the SIP messages, RTP and RTCP of a running call. Of RTP the headers
// are kept; sound only if it is asked for, which somebody has to answer for. Keys and
// passwords are not in it. See [Edge.Captured].
func (e *Edge) Capture(_ context.Context, id call.ID, sound bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.conversations[id]
	if c == nil {
		return errNoLeg
	}
	if _, twice := e.tracing.files[id]; twice {
		return fault.Conflict("capture_running", "this call is being captured; fetch that first")
	}
	if len(e.tracing.files) >= mostCaptures {
		return fault.Exhausted("too_many_captures", "as many calls are being captured as may be; fetch one of them first")
	}
	f := capture.New(captureSize, sound)
	e.tracing.files[id] = f
	e.tracing.byID[c.near.dialog.CallID] = f
	if c.far != nil {
		e.tracing.byID[c.far.call.CallID] = f
	}
	e.traced.Store(true)
	c.near.voice.session.Tap(func(p media.Passed) {
		keep := -1
		if !f.Audio && !p.RTCP {
			keep = p.Header
		}
		from, to := p.Remote, p.Local
		if p.Sent {
			from, to = to, from
		}
		f.Packet(p.At, from, to, p.Packet, keep)
	})
	return nil
}

// Captured ends a capture and returns it as a pcap file, also when the call is over.
func (e *Edge) Captured(_ context.Context, id call.ID) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.tracing.files[id]
	if f == nil {
		return nil, fault.NotFound("no_capture", "this call is not being captured here")
	}
	delete(e.tracing.files, id)
	for k, other := range e.tracing.byID {
		if other == f {
			delete(e.tracing.byID, k)
		}
	}
	e.traced.Store(len(e.tracing.files) > 0)
	if c := e.conversations[id]; c != nil {
		c.near.voice.session.Tap(nil)
	}
	pcap, lost := f.End()
	if lost > 0 {
		e.log.Warn("a capture was too small", keyCall, string(id), "packets_lost", lost)
	}
	return pcap, nil
}

// joinCapture has the messages of a leg that is new in a call kept too. The lock is held.
func (e *Edge) joinCapture(l *leg) {
	if f := e.tracing.files[l.id]; f != nil && l.id != "" {
		e.tracing.byID[l.dialog.CallID] = f
	}
}

// saw keeps a message if its call is being captured, which costs a look if none is.
func (e *Edge) saw(side call.Side, m sipmsg.Message, sent bool) {
	if !e.traced.Load() || m.CallID() == nil {
		return
	}
	e.mu.Lock()
	f := e.tracing.byID[m.CallID().Value()]
	e.mu.Unlock()
	if f == nil {
		return
	}
	local := e.near.udpAddr
	if side == call.Far {
		local = e.far.addr
	}
	if !local.IsValid() {
		local = netip.AddrPortFrom(netip.IPv4Unspecified(), 5060)
	}
	from, to := sourceOf(m.Source()), local
	if sent {
		from, to = local, sourceOf(m.Destination())
	}
	f.Packet(time.Now(), from, to, capture.Redact([]byte(m.String())), -1)
}

// tracedTx is a transaction whose responses are seen.
type tracedTx struct {
	sipmsg.ServerTransaction
	e    *Edge
	side call.Side
}

func (t tracedTx) Respond(res *sipmsg.Response) error {
	err := t.ServerTransaction.Respond(res)
	if err == nil {
		t.e.saw(t.side, res, true)
	}
	return err
}

// watch sees a request of theirs, and what is answered.
func (e *Edge) watch(side call.Side, r *sipmsg.Request, tx sipmsg.ServerTransaction) sipmsg.ServerTransaction {
	e.saw(side, r, false)
	return tracedTx{tx, e, side}
}

// transact is the function transact with its messages seen.
func (e *Edge) transact(ctx context.Context, side call.Side, client *sipgo.Client, r *sipmsg.Request) (*sipmsg.Response, error) {
	e.saw(side, r, true)
	res, err := transact(ctx, client, r)
	if err == nil {
		e.saw(side, res, false)
	}
	return res, err
}
