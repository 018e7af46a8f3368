package sip

import (
	"context"
	"errors"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/sdp"
)

// outlet is how requests of ours leave: what Via says, from where, and by which user agent.
type outlet struct {
	via    string
	aim    func(*sipmsg.Request)
	client *sipgo.Client
	write  func(*sipmsg.Request) error // sends what has no transaction
}

func (n *nearSide) outlet(via string, aim func(*sipmsg.Request)) outlet {
	return outlet{via, aim, n.client, n.write}
}

func (t *trunk) outlet() outlet {
	e := t.far.e
	return outlet{t.SentBy(), func(*sipmsg.Request) {}, t.client, func(r *sipmsg.Request) error { return t.write(e, r) }}
}

// ourRequest is an INVITE or UPDATE of ours inside the dialog, until its final response.
type ourRequest struct {
	method     sipmsg.RequestMethod
	request    *sipmsg.Request
	offer      *sdp.Description
	challenged bool // it is the second one, with credentials
	answer     chan answerToUs
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

// ask sends a request beside the leg, with credentials if they were asked for.
func (l *leg) ask(method sipmsg.RequestMethod, offer *sdp.Description, credentials ...sipmsg.Header) {
	r, err := l.dialog.Request(method, l.outlet.via)
	if err != nil {
		l.log.Warn("no request can be made", keyError, err)
		return
	}
	headers := append(append(l.abilities(), l.sessionWish()...), sipmsg.NewHeader("User-Agent", l.e.cfg.UserAgent))
	for _, h := range append(headers, credentials...) {
		r.AppendHeader(h)
	}
	if offer != nil {
		r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		r.SetBody(l.body)
	}
	l.outlet.aim(r)
	o := &ourRequest{method: method, request: r, offer: offer, challenged: len(credentials) > 0, answer: make(chan answerToUs, 1)}
	l.inquiry = o
	d, out := l.dialog, l.outlet
	l.e.running.Go(func() {
		a, tx := l.e.request(l.side, r, d, out)
		o.answer <- a // first: who has the ACK may ask again at once, see ahead
		if tx != nil {
			l.e.acknowledge(tx, a.dialog, out)
		}
	})
}

// ahead takes the answer to a request of ours, if it is there: it comes before what the
// other party sends after our ACK.
func (l *leg) ahead() *call.HangUpLeg {
	select {
	case a := <-l.inquiry.answered():
		return l.refreshed(a)
	default:
		return nil
	}
}

// request sends an INVITE or UPDATE inside a dialog and waits for its final response. The
// transaction is that of an INVITE with a 2xx, which is to be acknowledged.
func (e *Edge) request(side call.Side, r *sipmsg.Request, d dialog.Dialog, out outlet) (answerToUs, sipmsg.ClientTransaction) {
	ctx, done := e.requestContext()
	defer done()
	a := answerToUs{dialog: d}
	if r.Method != sipmsg.INVITE {
		a.response, a.err = e.transact(ctx, side, out.client, r)
		a.retarget()
		return a, nil
	}
	e.saw(side, r)
	var tx sipmsg.ClientTransaction
	if tx, a.err = out.client.TransactionRequest(ctx, r, asIs); a.err != nil {
		return a, nil
	}
	if a.response, a.err = waitFinal(ctx, tx); a.err == nil && !a.response.IsSuccess() {
		e.sawACK(side, r, tx)
	}
	if a.err != nil || !a.response.IsSuccess() {
		tx.Terminate()
		return a, nil
	}
	a.retarget()
	if side == call.Near {
		e.locate(a.response)
	}
	return a, tx
}

// retarget takes the Contact of a 2xx (RFC 3261 §12.2.1.2).
func (a *answerToUs) retarget() {
	if a.err != nil || !a.response.IsSuccess() {
		return
	}
	if target, err := dialog.RemoteTarget(a.response); err == nil {
		a.dialog.Target = target
	}
}

// acknowledge sends the ACK of a 2xx to a re-INVITE of ours, now and whenever the 2xx is repeated.
func (e *Edge) acknowledge(tx sipmsg.ClientTransaction, d dialog.Dialog, out outlet) {
	ack, err := d.ACK(d.CSeq, out.via)
	if err != nil {
		return
	}
	out.aim(ack)
	write := func(*sipmsg.Response) {
		if err := out.write(ack); err != nil {
			e.log.Debug("ACK not sent", keyError, err)
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
