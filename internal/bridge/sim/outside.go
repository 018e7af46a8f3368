package sim

import (
	"context"
	"fmt"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// callOut is Microsoft calling a telephone through a trunk of ours: any of them,
// and another one if that cannot take the call.
func (m *microsoft) callOut(k *connection, i *invite, do call.RingAgent, tries int) {
	s := m.s
	if i.state != "ringing" || k.down {
		return
	}
	refused := func(status int) {
		m.fail(k, i, do.Endpoint, call.Outcome{Class: call.ClassUnavailable, Code: status, SubCode: 560000 + status})
	}
	p := s.anyProcess()
	if tries == 0 || p == nil {
		refused(503)
		return
	}
	d := &dialog{s: s, name: fmt.Sprintf("out-%s-%d", short(k.call), len(s.dialogs)), holder: p, ended: true}
	s.dialogs[d.name] = d
	d.onDialled = func() { m.telephone(k, i, do, d, tries) }
	s.w.in(0, p, func() {
		p.bridge.TakeOutOffer(context.Background(), bridge.OutOffer{
			Token: do.Token, Trunk: "trunk", Number: do.Endpoint.ID, Caller: do.CallerID, SIPCallID: d.name, Dialog: d.remainder(),
			Bind: func(id call.ID, side call.Side) {
				d.id, d.side, d.ended = id, side, false
				p.edge.put(d)
				if i.state != "ringing" || k.down { // the CANCEL comes when there is something to cancel
					s.w.later(50*time.Millisecond, func() { d.hangUp(call.ByMicrosoft, 487) })
					return
				}
				if i.out != nil {
					s.fail(fmt.Errorf("%s: two outlegs of one invitation at once", d.name))
				}
				i.out, d.onEnd = d, func() { m.outGone(k, i, do, d, 480, 0) }
			},
		}, func(err error) {
			switch {
			case err == nil:
			case fault.KindOf(err) == fault.KindUnavailable:
				s.w.tell("microsoft: tries another trunk for %s", do.Endpoint.ID)
				s.w.later(time.Second, func() { m.callOut(k, i, do, tries-1) })
			default:
				s.w.tell("microsoft: call out to %s refused: %s", do.Endpoint.ID, fault.CodeOf(err))
				refused(403)
			}
		})
	})
	// Nobody answers for a process that is killed meanwhile.
	s.w.in(10*time.Second, nil, func() {
		if d.id == "" && i.out == nil && p.dead {
			m.callOut(k, i, do, tries-1)
		}
	})
}

// telephone is the far end of an outleg: it is answered, or not, and hung up. And a
// forger shows the token a second time.
func (m *microsoft) telephone(k *connection, i *invite, do call.RingAgent, d *dialog, tries int) {
	s := m.s
	if s.w.chance(3) {
		if p := d.holder; !p.dead {
			s.w.in(s.w.upTo(time.Second), p, func() {
				if d.ended { // when it failed over, Microsoft's next try may show it
					return
				}
				p.bridge.TakeOutOffer(context.Background(), bridge.OutOffer{
					Token: do.Token, Number: do.Endpoint.ID, SIPCallID: "forged",
					Bind: func(call.ID, call.Side) { s.fail(fmt.Errorf("%s: a token was good twice", d.name)) },
				}, func(err error) { s.w.tell("a forger shows the token of %s: %s", d.name, fault.CodeOf(err)) })
			})
		}
	}
	after := s.w.upTo(15 * time.Second)
	switch s.w.rng.IntN(5) {
	case 0: // busy
		s.w.in(after, nil, func() { m.outEnds(k, i, do, d, 486, 0) })
	case 1: // the carrier fails, so Microsoft tries another trunk
		s.w.in(after, nil, func() { m.outEnds(k, i, do, d, 503, tries-1) })
	case 2: // never
	default:
		s.w.in(after, nil, func() {
			if d.ended || i.state != "ringing" || k.down {
				return
			}
			d.answer()
			m.join(k, i, do.Endpoint)
			s.w.in(s.w.upTo(90*time.Second), nil, func() { m.outEnds(k, i, do, d, 0, 0) })
		})
	}
}

// outEnds is the telephone refusing or hanging up: both dialogs end.
func (m *microsoft) outEnds(k *connection, i *invite, do call.RingAgent, d *dialog, status, tries int) {
	if d.ended {
		return
	}
	d.onEnd = nil
	d.hangUp(call.ByCaller, status)
	m.outGone(k, i, do, d, status, tries)
}

// outGone is Microsoft's side of an outleg that ended.
func (m *microsoft) outGone(k *connection, i *invite, do call.RingAgent, d *dialog, status, tries int) {
	if i.out != d {
		return
	}
	i.out = nil
	switch {
	case i.state == "joined":
		m.leave(k, i, do.Endpoint)
	case status == 503 && tries > 0:
		m.callOut(k, i, do, tries)
	default:
		m.fail(k, i, do.Endpoint, call.Outcome{Class: call.ClassBusy, Code: status, SubCode: 560000 + status})
	}
}
