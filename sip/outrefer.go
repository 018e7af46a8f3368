package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/wire"
)

// refer takes a REFER of a telephone that Microsoft called: who called it shall go on with
// somebody else behind the same peer.
func (o *outCall) refer(m *inside) {
	l := &o.near
	switch {
	case o.cause != nil || l.departed:
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	case l.transfer != nil || l.unconfirmed():
		l.respond(m, sipmsg.StatusRequestPending, nil)
	default:
		l.dialogs = o.dialogs
		l.transferTo(m, o.id, o.peer.who, o.caller, o.invite)
	}
}

// dialogs tells the engine what there is to end, with a dialog that may take the place of
// the near one.
func (o *outCall) dialogs(next *dialog.Remainder) {
	o.next = next
	o.e.engine.Leg(o.id, call.LegAnswered{Side: o.side, Dialog: o.remainder()})
}

// referFar takes a REFER of Microsoft's: the telephone that it called shall go on with somebody
// else, whom it is to be connected with at the proxies.
func (o *outCall) referFar(m *inside) {
	l := &o.far
	switch {
	case o.cause != nil || l.departed || o.state == outOffered:
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	case l.transfer != nil || l.unconfirmed():
		l.respond(m, sipmsg.StatusRequestPending, nil)
	default:
		l.dialogs = func(next *dialog.Remainder) {
			o.nextFar = next
			o.dialogs(o.next)
		}
		l.referBack(m, o.t, o.number, o.invite)
	}
}

// transferredFar takes news of a transfer of Microsoft's.
func (o *outCall) transferredFar(n transferNews) {
	l := &o.far
	switch moved, over := l.transferred(n); {
	case moved:
		o.rejoin()
		l.session.stop()
		l.session = newSession(l.side, o.e.cfg.Timers)
		l.sessionAnswered(n.answered.response)
	case over != nil:
		o.farOver = true
		o.end(*over, 0)
	}
}

// rejoin has the messages of a dialog that took the place of another one kept with the call's.
func (o *outCall) rejoin() {
	o.e.mu.Lock()
	defer o.e.mu.Unlock()
	o.farCallID, o.peerCallID = o.far.dialog.CallID, o.near.dialog.CallID
	o.e.joinOut(o)
}

// transferred takes news of a transfer of the telephone's.
func (o *outCall) transferred(n transferNews) {
	l := &o.near
	switch moved, over := l.transferred(n); {
	case moved:
		o.rejoin()
		l.stream.Trust(wire.Source(n.answered.response.Source()).Addr())
		l.session.stop()
		l.session = newSession(l.side, o.e.cfg.Timers)
		l.sessionAnswered(n.answered.response)
	case over != nil:
		o.nearOver = true
		o.end(*over, 0)
	}
}
