package sip

import (
	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/dialog"
)

// unwanted is an INVITE to a peer that nobody waits for any more.
type unwanted struct {
	e         *Edge
	n         *nearSide // nil: to Microsoft
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
	if u.far == nil {
		u.n.keep(u.head, u.hop, r, u.tx)
	}
}

// cancel sends CANCEL.
func (u *unwanted) cancel() {
	if u.far == nil {
		u.n.cancel(u.head, u.hop)
		return
	}
	e, client, r := u.e, u.far.client, dialog.Cancel(u.head, u.hop)
	e.running.Go(func() {
		ctx, done := e.requestContext()
		defer done()
		if _, err := e.transact(ctx, call.Far, client, r); err != nil {
			e.log.Info("CANCEL was not answered", keyError, err)
		}
	})
}

func (u *unwanted) discard(r *sipmsg.Response) {
	d, err := u.dialog.Establish(r)
	if err != nil {
		return
	}
	var client *sipgo.Client
	var aim func(*sipmsg.Request)
	var write func(*sipmsg.Request) error
	if u.far != nil {
		client, write = u.far.client, func(r *sipmsg.Request) error { return u.far.write(u.e, r) }
	} else {
		client, aim, write = u.n.client, u.n.fromHere, u.n.write
	}
	if ack, err := d.Request(sipmsg.ACK, u.via); err == nil {
		if aim != nil {
			aim(ack)
		}
		_ = write(ack)
	}
	ctx, done := u.e.requestContext()
	defer done()
	if err := u.e.bye(ctx, u.side(), client, d, u.via, aim); err != nil && fault.KindOf(err) != fault.KindUnavailable {
		u.e.log.Info("an unwanted 200 cannot be ended", keyError, err)
	}
}
