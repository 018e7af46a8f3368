package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/sip"
)

// engine joins the telephone and Microsoft: what comes from one is called at the other.
type engine struct {
	trunk string
	edge  *sip.Edge // set before it is run

	mu       sync.Mutex
	next     int
	answered map[call.ID]bool
	closed   bool
	dialing  sync.WaitGroup
}

func newEngine(trunk string) *engine { return &engine{trunk: trunk, answered: map[call.ID]bool{}} }

// Offer takes the telephone's call to Microsoft.
func (e *engine) Offer(ctx context.Context, o bridge.Offer) (call.ID, error) {
	id := e.id()
	o.Bind(id)
	if _, err := e.edge.Capture(ctx, id, bridge.Capture{For: time.Minute}); err != nil {
		return id, err
	}
	return id, e.edge.Dial(ctx, id, bridge.FarCall{Caller: o.Caller, FarRoute: bridge.FarRoute{Trunk: e.trunk, Number: o.User}})
}

// OutOffer takes Microsoft's call to the telephone, which is dialled when it has been taken.
func (e *engine) OutOffer(_ context.Context, o bridge.OutOffer) error {
	id, side := e.id(), call.OutSide("1")
	o.Bind(id, side)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.dialing.Go(func() {
		ctx := context.Background()
		_, err := e.edge.Capture(ctx, id, bridge.Capture{For: time.Minute})
		if err == nil {
			err = e.edge.DialOut(ctx, id, call.DialOut{Side: side, Peer: peerName, Number: o.Number, Caller: o.Caller})
		}
		if err != nil { // Microsoft hears of it, and so does the check
			_ = e.edge.HangUp(ctx, id, call.HangUpLeg{Side: side, Status: 503, Q850: 41, Text: "bench"})
		}
	})
	return nil
}

// Leg passes what one leg of the telephone's call says on to the other. An error of an
// order means that the leg is over, which it has said or will say.
func (e *engine) Leg(id call.ID, event call.Event) {
	ctx := context.Background()
	switch event := event.(type) {
	case call.LegProceeding:
		if event.Side == call.Far && event.Status >= 180 {
			_ = e.edge.Ring(ctx, id)
		}
	case call.LegAnswered:
		if event.Side == call.Far && e.first(id) {
			_ = e.edge.Answer(ctx, id)
			_ = e.edge.ConnectMedia(ctx, id)
		}
	case call.LegEnded:
		other := map[call.Side]call.Side{call.Near: call.Far, call.Far: call.Near}[event.Side]
		if other != "" {
			_ = e.edge.HangUp(ctx, id, call.HangUpLeg{Side: other, Status: event.Status, Q850: event.Q850, Text: event.Text})
		}
	}
}

// first says whether the far leg of a call is answered for the first time; later it is
// another dialog that has taken its place.
func (e *engine) first(id call.ID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.answered[id]
	e.answered[id] = true
	return !before
}

func (e *engine) id() call.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next++
	return call.ID(fmt.Sprintf("bench-%d", e.next))
}

// last is the call that began last.
func (e *engine) last() call.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return call.ID(fmt.Sprintf("bench-%d", e.next))
}

func (e *engine) close() error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.dialing.Wait()
	return nil
}
