package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// dialog is one SIP dialog as the network knows it: it outlives the process
// that holds our end of it.
type dialog struct {
	s        *Sim
	name     string
	side     call.Side
	id       call.ID
	holder   *process // whose edge holds our end
	answered bool
	ended    bool
	media    bool
	muted    bool
	parked   bool   // hears our music
	onEnd    func() // of the other side, when we end it

	onDialled func() // of an outleg: its telephone rings
}

// event tells our end something, if there still is one.
func (d *dialog) event(e call.Event) {
	d.s.w.in(d.s.w.upTo(20*time.Millisecond), d.holder, func() { d.holder.bridge.Leg(d.id, e) })
}

// answer is the 200 of the far side.
func (d *dialog) answer() {
	if d.ended || d.answered {
		return
	}
	d.answered = true
	d.event(call.LegAnswered{Side: d.side, Dialog: d.remainder()})
}

// hangUp ends the dialog from the other side.
func (d *dialog) hangUp(by call.By, status int) {
	if d.ended {
		return
	}
	d.ended = true
	d.s.w.tell("%s ends %s", by, d.name)
	d.event(call.LegEnded{Side: d.side, By: by, Status: status, Q850: 16})
}

// end ends it from ours.
func (d *dialog) end() {
	if d.ended {
		return
	}
	d.ended = true
	if d.onEnd != nil {
		d.onEnd()
	}
}

func (d *dialog) remainder() json.RawMessage {
	raw, _ := json.Marshal(d.name)
	return raw
}

// edge is the SIP edge of one process.
type edge struct {
	p    *process
	legs map[call.ID]map[call.Side]*dialog
}

var errNoLeg = errors.New("no such leg")

func (e *edge) leg(id call.ID, side call.Side) (*dialog, error) {
	d := e.legs[id][side]
	if d == nil || d.ended {
		return nil, errNoLeg
	}
	return d, nil
}

func (e *edge) put(d *dialog) {
	if e.legs[d.id] == nil {
		e.legs[d.id] = map[call.Side]*dialog{}
	}
	e.legs[d.id][d.side] = d
	e.p.s.dialogs[d.name] = d
}

func (e *edge) Ring(_ context.Context, id call.ID) error {
	_, err := e.leg(id, call.Near)
	return err
}

func (e *edge) Answer(_ context.Context, id call.ID) error {
	d, err := e.leg(id, call.Near)
	if err != nil {
		return err
	}
	d.answered = true
	var c call.Call
	if err := json.Unmarshal(e.p.s.db.calls[id].snapshot, &c); err != nil {
		return err
	}
	e.p.s.ms.answered(c)
	d.event(call.LegAnswered{Side: call.Near, Dialog: d.remainder()})
	if e.p.s.w.chance(e.p.s.faults.refuse) {
		e.p.s.w.in(32*time.Second, nil, func() { d.hangUp(call.ByTandem, 0) }) // no ACK
	}
	return nil
}

func (e *edge) Dial(_ context.Context, id call.ID, f bridge.FarCall) error {
	s := e.p.s
	d := &dialog{s: s, name: fmt.Sprintf("far-%s-%d", short(id), len(s.dialogs)), side: call.Far, id: id, holder: e.p}
	e.put(d)
	d.event(call.LegProceeding{Side: call.Far, SIPCallID: d.name, Dialog: d.remainder()})
	s.ms.dial(d, id, f.Headers["t"])
	return nil
}

func (e *edge) ConnectMedia(_ context.Context, id call.ID) error {
	for _, side := range []call.Side{call.Near, call.Far} {
		d, err := e.leg(id, side)
		if err != nil {
			return err
		}
		d.media = true
	}
	return nil
}

func (e *edge) Mute(_ context.Context, id call.ID, on bool) error {
	d, err := e.leg(id, call.Near)
	if err == nil {
		d.muted = on
	}
	return err
}

func (e *edge) Music(_ context.Context, id call.ID, side call.Side, _ bridge.Music) error {
	_, err := e.leg(id, side)
	return err
}

func (e *edge) Hold(_ context.Context, id call.ID, on bool) error {
	d, err := e.leg(id, call.Near)
	if err == nil {
		d.parked = on
	}
	return err
}

// DialOut has the telephone ring, whose owner decides.
func (e *edge) DialOut(_ context.Context, id call.ID, do call.DialOut) error {
	d, err := e.leg(id, do.Side)
	if err != nil {
		return err
	}
	d.event(call.LegProceeding{Side: do.Side, Status: 180, Dialog: d.remainder()})
	d.onDialled()
	return nil
}

func (e *edge) HangUp(_ context.Context, id call.ID, h call.HangUpLeg) error {
	d, err := e.leg(id, h.Side)
	if err != nil {
		return err
	}
	e.p.s.w.in(e.p.s.w.upTo(100*time.Millisecond), e.p, func() {
		if d.ended { // crossed by the other side
			return
		}
		d.end()
		d.event(call.LegEnded{Side: h.Side, By: call.ByTandem, Status: h.Status})
	})
	return nil
}

func (e *edge) Bury(_ context.Context, _ call.ID, _ call.Side, remainder json.RawMessage) error {
	s := e.p.s
	if s.w.chance(s.faults.request) {
		return fault.Unavailable("network", "no answer to BYE")
	}
	if len(remainder) == 0 {
		return nil // the INVITE was never sent
	}
	var name string
	if err := json.Unmarshal(remainder, &name); err != nil {
		return err
	}
	if d := s.dialogs[name]; d != nil && !d.ended {
		s.w.tell("%s: buries %s", e.p.life, name)
		d.end()
	}
	return nil
}
