package alone

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip"
)

// Forwarder sends every call on to the next hop. Safe for concurrent use.
type Forwarder struct {
	edge edge // set before the edge is run
	ids  atomic.Uint64

	mu    sync.Mutex
	legs  int           // that were begun and have not ended
	empty chan struct{} // closed when the last leg ends; nil: nobody waits
}

var _ sip.Calls = (*Forwarder)(nil)

// edge is what calls are forwarded with.
type edge interface {
	bridge.Edge
	RingThrough(context.Context, call.ID) error
}

// Use names the edge whose calls are forwarded, once.
func (f *Forwarder) Use(e *sip.Edge) { f.edge = e }

// Offer dials the next hop.
func (f *Forwarder) Offer(ctx context.Context, o bridge.Offer) (call.ID, error) {
	id := call.ID(strconv.FormatUint(f.ids.Add(1), 10))
	o.Bind(id)
	f.begun(2)
	err := f.edge.Dial(ctx, id, bridge.FarCall{FarRoute: bridge.FarRoute{Trunk: sip.NextHopTrunk}})
	if err != nil {
		f.ended(1)
		// The near leg is bound, so it has to be ended like one of a call.
		if err = f.edge.HangUp(ctx, id, call.HangUpLeg{Side: call.Near, Status: 503, Q850: 41, Text: fault.CodeOf(err)}); err != nil {
			f.ended(1)
			return "", err
		}
	}
	return id, nil
}

// OutOffer refuses: nothing is dialled for the next hop.
func (f *Forwarder) OutOffer(context.Context, bridge.OutOffer) error {
	return fault.Forbidden("one_way", "calls go to the next hop only")
}

// Leg passes what one leg says on to the other.
func (f *Forwarder) Leg(id call.ID, e call.Event) {
	ctx := context.Background()
	// An error of an order means that the leg is over, which it has said or will say.
	switch e := e.(type) {
	case call.LegProceeding:
		switch {
		case e.Side != call.Far || e.Status < 180:
		case e.Early:
			_ = f.edge.RingThrough(ctx, id)
		default:
			_ = f.edge.Ring(ctx, id)
		}
	case call.LegAnswered:
		if e.Side == call.Far {
			_ = f.edge.Answer(ctx, id)
			_ = f.edge.ConnectMedia(ctx, id)
		}
	case call.MediaLost:
		_ = f.edge.HangUp(ctx, id, call.HangUpLeg{Side: call.Near, Status: 480, Q850: 31, Text: "no media"})
	case call.LegEnded:
		other := call.Near
		if e.Side == call.Near {
			other = call.Far
		}
		status, text := e.Status, e.Text
		if status == 401 || status == 407 { // we have no password, and no challenge to pass on: RFC 3261 §22.2 wants one
			status, text = 500, "the next hop asks for a password"
		}
		_ = f.edge.HangUp(ctx, id, call.HangUpLeg{Side: other, Status: status, Q850: e.Q850, Text: text})
		f.ended(1)
	}
}

func (f *Forwarder) begun(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.legs += n
}

func (f *Forwarder) ended(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.legs -= n; f.legs == 0 && f.empty != nil {
		close(f.empty)
		f.empty = nil
	}
}

// Wait returns when no leg is left, or when ctx ends: then its error.
func (f *Forwarder) Wait(ctx context.Context) error {
	f.mu.Lock()
	if f.legs == 0 {
		f.mu.Unlock()
		return nil
	}
	if f.empty == nil {
		f.empty = make(chan struct{})
	}
	empty := f.empty
	f.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Legs is how many there are.
func (f *Forwarder) Legs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.legs
}
