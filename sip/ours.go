package sip

import (
	"context"
	"errors"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/sdp"
)

// outlet is how requests of ours leave for a peer: what Via says, and from where.
type outlet struct {
	via string
	aim func(*sipmsg.Request)
}

// ourRequest is an INVITE or UPDATE of ours inside the dialog, until its final response.
type ourRequest struct {
	method sipmsg.RequestMethod
	offer  *sdp.Description
	answer chan answerToUs
}

// answerToUs is the final response; nil if none came. The dialog is that of the request,
// with the remote target of the response.
type answerToUs struct {
	response *sipmsg.Response
	dialog   dialog.Dialog
	err      error
}

// answered is nil, which is never ready, if nothing of ours is under way.
func (o *ourRequest) answered() <-chan answerToUs {
	if o == nil {
		return nil
	}
	return o.answer
}

// ask sends a request beside the leg.
func (l *leg) ask(method sipmsg.RequestMethod, offer *sdp.Description) {
	r, err := l.dialog.Request(method, l.outlet.via)
	if err != nil {
		l.log.Warn("no request can be made", keyError, err)
		return
	}
	for _, h := range append(append(l.abilities(), l.sessionWish()...), sipmsg.NewHeader("User-Agent", l.e.cfg.UserAgent)) {
		r.AppendHeader(h)
	}
	if offer != nil {
		r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		r.SetBody(l.body)
	}
	l.outlet.aim(r)
	o := &ourRequest{method: method, offer: offer, answer: make(chan answerToUs, 1)}
	l.inquiry = o
	d := l.dialog
	out := l.outlet
	l.e.running.Go(func() { o.answer <- l.e.near.request(r, d, out) })
}

// request sends an INVITE or UPDATE inside a dialog and waits for its final response. A
// 2xx to an INVITE is acknowledged as often as it comes.
func (n *nearSide) request(r *sipmsg.Request, d dialog.Dialog, out outlet) answerToUs {
	ctx, done := n.e.requestContext()
	defer done()
	a := answerToUs{dialog: d}
	if r.Method != sipmsg.INVITE {
		a.response, a.err = n.e.transact(ctx, call.Near, n.client, r)
		a.retarget()
		return a
	}
	var tx sipmsg.ClientTransaction
	if tx, a.err = n.client.TransactionRequest(ctx, r, asIs); a.err != nil {
		return a
	}
	if a.response, a.err = waitFinal(ctx, tx); a.err != nil || !a.response.IsSuccess() {
		tx.Terminate()
		return a
	}
	a.retarget()
	n.acknowledge(tx, a.dialog, out)
	return a
}

// retarget takes the Contact of a 2xx (RFC 3261 §12.2.1.2).
func (a *answerToUs) retarget() {
	if a.err != nil || !a.response.IsSuccess() {
		return
	}
	if contact := dialog.List(a.response, "Contact", "m"); len(contact) == 1 {
		a.dialog.Target = dialog.AddrSpec(contact[0])
	}
}

// acknowledge sends the ACK of a 2xx to a re-INVITE of ours, now and whenever the 2xx is repeated.
func (n *nearSide) acknowledge(tx sipmsg.ClientTransaction, d dialog.Dialog, out outlet) {
	ack, err := d.ACK(d.CSeq, out.via)
	if err != nil {
		return
	}
	out.aim(ack)
	write := func(*sipmsg.Response) {
		if err := n.write(ack); err != nil {
			n.e.log.Debug("ACK not sent", keyError, err)
		}
	}
	tx.OnRetransmission(write)
	write(nil)
}

// waitFinal waits for the final response of a transaction, which goes on.
func waitFinal(ctx context.Context, tx sipmsg.ClientTransaction) (*sipmsg.Response, error) {
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, errors.Join(errSilent, tx.Err())
		case <-ctx.Done():
			return nil, errSilent
		}
	}
}
