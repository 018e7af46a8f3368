package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/fault"
	"tandem/sip/dialog"
)

// unwanted is an INVITE to a peer that nobody waits for any more.
type unwanted struct {
	e         *Edge
	head      dialog.Head
	hop       dialog.Hop
	dialog    dialog.Dialog
	via       string
	tx        sipmsg.ClientTransaction
	cancelled bool
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
						u.e.near.cancel(u.head, u.hop)
					}
				case r.IsSuccess():
					u.discard(r)
					return
				default:
					u.e.near.keep(u.head, u.hop, r, u.tx)
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

func (u *unwanted) discard(r *sipmsg.Response) {
	d, err := u.dialog.Establish(r)
	if err != nil {
		return
	}
	n := u.e.near
	if ack, err := d.Request(sipmsg.ACK, u.via); err == nil {
		n.fromHere(ack)
		_ = n.write(ack)
	}
	ctx, done := u.e.requestContext()
	defer done()
	if err := bye(ctx, n.client, d, u.via, n.fromHere); err != nil && fault.KindOf(err) != fault.KindUnavailable {
		u.e.log.Info("an unwanted 200 cannot be ended", keyError, err)
	}
}
