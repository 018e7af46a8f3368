package sip

import (
	"context"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/media"
)

// inquire asks the other end of a leg that has been silent for long, by an OPTIONS inside
// the dialog, whether it still has that dialog. Nothing but silence shows a phone that is
// muted, or waits: who is there goes on.
func (l *leg) inquire(client *sipgo.Client, via string, aim func(*sipmsg.Request)) {
	if l.probed != nil || l.byed != nil || l.ended {
		return
	}
	r, err := l.dialog.Request(sipmsg.OPTIONS, via)
	if err != nil {
		l.log.Warn("no OPTIONS", keyError, err)
		return
	}
	if aim != nil {
		aim(r)
	}
	l.log.Info("no media, asking whether anybody is there")
	l.probed = make(chan int, 1)
	l.e.running.Go(func() {
		ctx, cancel := l.e.requestContext()
		defer cancel()
		l.probed <- l.poll(ctx, client, r)
	})
}

// poll is the status of the response, 408 if there is none.
func (l *leg) poll(ctx context.Context, client *sipgo.Client, r *sipmsg.Request) int {
	res, err := l.e.transact(ctx, l.side, client, r)
	if err != nil {
		return sipmsg.StatusRequestTimeout
	}
	return res.StatusCode
}

// inquired takes the answer, and reports whether the other end is gone: it does not know
// the dialog, or does not answer (RFC 5057 §5.1). Any other status shows that it is there.
func (l *leg) inquired(status int) (gone bool) {
	l.probed = nil
	gone = status == sipmsg.StatusCallTransactionDoesNotExists || status == sipmsg.StatusRequestTimeout
	outcome := "there"
	if gone {
		outcome = "gone"
	}
	l.e.metrics.silent.WithLabelValues(string(l.side), outcome).Inc()
	if gone {
		l.log.Warn("no media, and nobody there", keyStatus, status)
	} else {
		l.log.Info("no media, but somebody is there", keyStatus, status)
		l.voice.session.Forgive(mediaSide(l.side))
	}
	return gone
}

// nameless takes the user part out of the Contact of an OPTIONS, which Microsoft does not
// want there, not even inside a dialog (facts/direct-routing.md §5.1).
func (t *trunk) nameless(r *sipmsg.Request) {
	r.ReplaceHeader(sipmsg.NewHeader("Contact", t.Contact("")))
}

// missed is a side of the relay of which nothing came for too long.
func (l *nearLeg) missed(side media.Side) {
	if side == media.Near {
		if l.state == nearUp && !l.departed {
			l.inquire(l.n.client, l.outlet.via, l.outlet.aim)
		} else {
			l.voice.session.Forgive(side) // the ACK, or who a call is transferred to, is awaited by a timer of its own
		}
		return
	}
	if far, err := l.e.farLeg(l.id); err == nil {
		_ = far.order(order{do: orderInquire}) // a leg that does not keep up is missed again
	}
}

// missed is the same of a call out.
func (o *outCall) missed(side media.Side) {
	switch {
	case o.cause != nil:
	case o.state != outUp || side == media.Near && o.near.departed || side == media.Far && o.far.departed:
		o.far.voice.session.Forgive(side)
	case side == media.Near:
		o.near.inquire(o.near.outlet.client, o.near.outlet.via, o.near.outlet.aim)
	default:
		o.far.inquire(o.t.client, o.t.SentBy(), o.t.nameless)
	}
}

// key counts a key that was pressed. Which one is nobody's business: it may be of a PIN.
func (e *Edge) key(p media.Press) {
	e.metrics.keys.WithLabelValues(string(callSide(p.From))).Inc()
}

// mediaLost tells the engine that a leg is silent, and nobody there.
func (l *leg) mediaLost() { l.post(call.MediaLost{Side: l.side}) }
