package sip

import (
	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
)

// unwanted is an INVITE of ours that nobody waits for any more.
type unwanted struct {
	e         *Edge
	n         *nearSide       // nil: to Microsoft
	request   *sipmsg.Request // to Microsoft; nil: nobody wants to see its ACK
	head      dialog.Head
	hop       dialog.Hop
	dialog    dialog.Dialog
	via       string
	tx        sipmsg.ClientTransaction
	cancelled bool
	far       *trunk // nil: to a peer
}

// watch cancels it when it comes to life, and ends the dialog if it was answered.
func (u *unwanted) watch() {
	u.e.running.Go(func() {
		for {
			select {
			case r := <-u.tx.Responses():
				switch {
				case r.IsProvisional():
					if !u.cancelled {
						u.cancelled = true
						u.cancel()
					}
				case r.IsSuccess():
					u.discard(r)
					return
				default:
					u.keep(r)
					return
				}
			case <-u.tx.Done():
				return
			case <-u.e.ctx.Done():
				u.tx.Terminate()
				return
			}
		}
	})
}

func (u *unwanted) side() call.Side {
	if u.far == nil {
		return call.Near
	}
	return call.Far
}

// keep has a refusal that is repeated acknowledged again; over TLS none is.
func (u *unwanted) keep(r *sipmsg.Response) {
	switch {
	case u.far == nil:
		u.n.keep(u.head, u.hop, r, u.tx)
	case u.request != nil:
		u.e.sawACK(call.Far, u.request, u.tx)
	}
}

// cancel sends CANCEL.
func (u *unwanted) cancel() {
	if u.far == nil {
		u.n.cancel(u.head, u.hop)
		return
	}
	u.e.sendCancel(call.Far, u.far.client, dialog.Cancel(u.head, u.hop))
}

// sendCancel sends a CANCEL beside whoever asks for it.
func (e *Edge) sendCancel(side call.Side, client *sipgo.Client, r *sipmsg.Request) {
	e.running.Go(func() {
		ctx, done := e.requestContext()
		defer done()
		if _, err := e.transact(ctx, side, client, r); err != nil {
			e.log.Info("CANCEL was not answered", keyError, err)
		}
	})
}

// outlet is how its ACK and BYE leave.
func (u *unwanted) outlet() outlet {
	if u.far != nil {
		return u.far.outlet()
	}
	return u.n.outlet(u.via, u.n.fromHere)
}

// discard acknowledges a 2xx that nobody wants, and ends its dialog (RFC 3261 §13.2.2.4).
func (u *unwanted) discard(r *sipmsg.Response) {
	d, err := u.dialog.Establish(r)
	if err != nil {
		u.e.log.Warn("an unwanted 200 cannot be ended", keyError, err)
		return
	}
	out := u.outlet()
	ack, err := d.Request(sipmsg.ACK, out.via)
	if err == nil {
		out.aim(ack)
		err = out.write(ack)
	}
	if err != nil {
		u.e.log.Info("ACK not sent", keyError, err)
	}
	bye, err := d.Request(sipmsg.BYE, out.via)
	if err != nil {
		return
	}
	out.aim(bye)
	ctx, done := u.e.requestContext()
	defer done()
	if _, err := u.e.transact(ctx, u.side(), out.client, bye); err != nil {
		u.e.log.Info("BYE was not answered", keyError, err)
	}
}
