package sip

import (
	"context"
	"slices"
	"strings"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/capture"
	"tandem/sip/media"
)

// Limits of captures: they are kept in memory, and not for long.
const (
	mostCaptures = 8
	captureSize  = 32 << 20 // bytes: some five minutes of sound, or an hour without
	captureMost  = time.Hour
	captureKept  = time.Hour // after its end
)

// tracing are the captures of an edge; guarded by Edge.mu.
type tracing struct {
	calls map[call.ID]*traced
	byID  map[string]*capture.File // by Call-ID of the legs
}

// traced is one of them.
type traced struct {
	file  *capture.File
	state bridge.CaptureState
	next  *time.Timer // ends it, and then forgets it
}

// Capture begins to keep the SIP messages, RTP and RTCP of a running call, in all of its legs and
// those that come. Of RTP the headers are kept; sound only if it is asked for, which somebody has to
// answer for. Keys and passwords are not in it. It ends by itself after an hour at the latest.
func (e *Edge) Capture(_ context.Context, id call.ID, want bridge.Capture) (bridge.CaptureState, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, outs := e.conversations[id], e.outsOf(id)
	if c == nil && len(outs) == 0 {
		return bridge.CaptureState{}, errNoLeg
	}
	if before, twice := e.tracing.calls[id]; twice {
		if before.state.Ended.IsZero() {
			return bridge.CaptureState{}, fault.Conflict("capture_running", "this call is being captured; stop that first")
		}
		e.forgetCapture(id)
	}
	if len(e.tracing.calls) >= mostCaptures {
		return bridge.CaptureState{}, fault.Exhausted("too_many_captures", "as many captures are kept as may be; delete one of them first")
	}
	if want.For <= 0 || want.For > captureMost {
		want.For = captureMost
	}
	k := &traced{file: capture.New(captureSize, want.Sound), state: bridge.CaptureState{Capture: want, Began: time.Now()}}
	k.next = time.AfterFunc(want.For, func() { _, _ = e.EndCapture(context.Background(), id) })
	e.tracing.calls[id] = k
	e.traced.Store(true)
	if c != nil {
		for _, callID := range c.callIDs {
			e.tracing.byID[callID] = k.file
		}
		tap(c.near.voice.session, k.file)
	}
	for _, o := range outs {
		e.joinOut(o)
	}
	return k.now(), nil
}

// tap has the packets of a session kept.
func tap(s *media.Session, f *capture.File) {
	s.Tap(func(p media.Passed) {
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
}

func (k *traced) now() bridge.CaptureState {
	s := k.state
	s.Size, s.Missing = k.file.Size()
	return s
}

// outsOf are the calls out of a call. The lock is held.
func (e *Edge) outsOf(id call.ID) (all []*outCall) {
	for k, o := range e.outs {
		if k.id == id {
			all = append(all, o)
		}
	}
	return all
}

// EndCapture ends a capture, whose file is kept for an hour.
func (e *Edge) EndCapture(_ context.Context, id call.ID) (bridge.CaptureState, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k := e.tracing.calls[id]
	if k == nil {
		return bridge.CaptureState{}, errNoCapture
	}
	if k.state.Ended.IsZero() {
		k.state.Ended = time.Now()
		k.next.Stop()
		k.next = time.AfterFunc(captureKept, func() { _ = e.DropCapture(context.Background(), id) })
		e.untap(id, k)
	}
	return k.now(), nil
}

// untap: nothing more is kept. The lock is held.
func (e *Edge) untap(id call.ID, k *traced) {
	k.file.End()
	for callID, f := range e.tracing.byID {
		if f == k.file {
			delete(e.tracing.byID, callID)
		}
	}
	e.traced.Store(len(e.tracing.byID) > 0)
	if c := e.conversations[id]; c != nil {
		c.near.voice.session.Tap(nil)
	}
	for _, o := range e.outsOf(id) {
		o.far.voice.session.Tap(nil)
	}
}

var errNoCapture = fault.NotFound("no_capture", "this call is not being captured here")

// Captured is how a capture stands, and what it has so far as a pcap file, also when the call is over.
func (e *Edge) Captured(_ context.Context, id call.ID) (bridge.CaptureState, []byte, error) {
	e.mu.Lock()
	k := e.tracing.calls[id]
	if k == nil {
		e.mu.Unlock()
		return bridge.CaptureState{}, nil, errNoCapture
	}
	s := k.now()
	e.mu.Unlock()
	return s, k.file.Bytes(), nil
}

// DropCapture ends a capture and forgets it.
func (e *Edge) DropCapture(_ context.Context, id call.ID) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.tracing.calls[id] == nil {
		return errNoCapture
	}
	e.forgetCapture(id)
	return nil
}

// forgetCapture with the lock held.
func (e *Edge) forgetCapture(id call.ID) {
	k := e.tracing.calls[id]
	k.next.Stop()
	e.untap(id, k)
	delete(e.tracing.calls, id)
}

// joinCapture has the messages of a leg that is new in a call kept too. The lock is held.
func (e *Edge) joinCapture(l *leg) {
	if l.id != "" {
		e.records.claim(l.side, l.dialog.CallID, l.id, l.side, l.voice.session)
	}
	if c := e.conversations[l.id]; c != nil {
		c.callIDs[l.side] = l.dialog.CallID
	}
	if k := e.tracing.calls[l.id]; k != nil && k.state.Ended.IsZero() && l.id != "" {
		e.tracing.byID[l.dialog.CallID] = k.file
		e.traced.Store(true)
	}
}

// joinOut does the same for both dialogs of a call out, and their sound. The lock is held.
func (e *Edge) joinOut(o *outCall) {
	e.records.claim(call.Far, o.farCallID, o.id, o.side, o.far.voice.session)
	if o.peerCallID != "" {
		e.records.claim(call.Near, o.peerCallID, o.id, o.side, o.far.voice.session)
	}
	k := e.tracing.calls[o.id]
	if k == nil || !k.state.Ended.IsZero() {
		return
	}
	e.tracing.byID[o.farCallID] = k.file
	if o.peerCallID != "" {
		e.tracing.byID[o.peerCallID] = k.file
	}
	e.traced.Store(true)
	tap(o.far.voice.session, k.file)
}

// Quality is what the sound of the legs of a call is like so far.
func (e *Edge) Quality(_ context.Context, id call.ID) ([]bridge.LegQuality, error) {
	type part struct {
		side call.Side
		s    *media.Session
	}
	var parts []part
	e.mu.Lock()
	if c := e.conversations[id]; c != nil {
		parts = append(parts, part{call.Near, c.near.voice.session})
	}
	for _, o := range e.outsOf(id) {
		parts = append(parts, part{o.side, o.far.voice.session})
	}
	e.mu.Unlock()
	if len(parts) == 0 {
		return nil, errNoLeg
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(string(a.side), string(b.side)) })
	var all []bridge.LegQuality
	for _, p := range parts {
		near, far := p.s.Stats()
		farSide := p.side
		if p.side == call.Near {
			farSide = call.Far
		}
		all = append(all, bridge.LegQuality{Side: p.side, End: call.Near, Media: mediaStats(near)}, bridge.LegQuality{Side: farSide, End: call.Far, Media: mediaStats(far)})
	}
	return all, nil
}
