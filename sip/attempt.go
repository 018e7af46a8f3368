package sip

import (
	"context"
	"net"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/profile"
)

// attempt is an INVITE at one proxy. It belongs to its leg until it is abandoned.
type attempt struct {
	leg      *farLeg
	place    int // in the order of the leg's attempts
	index    int // of the proxy
	proxy    profile.Proxy
	request  *sipmsg.Request
	head     dialog.Head
	deadline time.Time // for the first response
	stop     context.CancelFunc

	tx sipmsg.ClientTransaction // set when the INVITE is on its way

	provisional bool
	rang        bool // something but 100 came
	cancelled   bool
}

// cancel sends CANCEL beside the leg; false if that was done before.
func (a *attempt) cancel() bool {
	if a.cancelled {
		return false
	}
	a.cancelled = true
	e, client, log := a.leg.e, a.leg.t.client, a.leg.log
	r := dialog.Cancel(a.head, a.proxy.Hop())
	e.running.Go(func() {
		ctx, done := e.requestContext()
		defer done()
		if _, err := e.transact(ctx, call.Far, client, r); err != nil {
			log.Info("CANCEL was not answered", keyError, err)
		}
	})
	return true
}

// abandon leaves the transaction to itself: a proxy that comes to life late is told
// that nobody wants the call any more.
func (a *attempt) abandon() {
	e := a.leg.e
	e.running.Go(func() {
		for {
			select {
			case r := <-a.tx.Responses():
				switch {
				case r.IsProvisional():
					a.cancel()
				case r.IsSuccess():
					a.discard(r)
					return
				default:
					e.sawACK(call.Far, a.request, a.tx)
					return
				}
			case <-a.tx.Done():
				return
			case <-e.ctx.Done():
				a.tx.Terminate()
				return
			}
		}
	})
}

// discard acknowledges a 2xx that nobody wants, and ends its dialog.
func (a *attempt) discard(r *sipmsg.Response) {
	e, t, log := a.leg.e, a.leg.t, a.leg.log
	d, err := dialog.Dialog{
		CallID: a.head.CallID, Local: a.head.From, CSeq: a.head.CSeq, Transport: a.proxy.Hop().Transport, Contact: t.Contact(""),
	}.Establish(r)
	if err != nil {
		log.Warn("an unwanted 200 cannot be ended", keyError, err)
		return
	}
	e.running.Go(func() {
		ack, err := d.Request(sipmsg.ACK, t.SentBy())
		if err == nil {
			err = t.write(e, ack)
		}
		if err != nil {
			log.Info("ACK not sent", keyError, err)
		}
		bye, err := d.Request(sipmsg.BYE, t.SentBy())
		if err != nil {
			return
		}
		ctx, done := e.requestContext()
		defer done()
		if _, err := e.transact(ctx, call.Far, t.client, bye); err != nil {
			log.Info("BYE was not answered", keyError, err)
		}
	})
}

// write sends a request without a transaction, in bounded time.
func (t *trunk) write(e *Edge, r *sipmsg.Request) error {
	ctx, done := e.requestContext()
	defer done()
	c, err := t.ua.TransportLayer().ClientRequestConnection(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _, _ = c.TryClose() }()
	e.saw(call.Far, r)
	return c.WriteMsg(r)
}

// retire keeps new requests from the connection of a transaction: a proxy that answers
// 503 may be on its way out, and Microsoft asks for a new connection
// (facts/direct-routing.md §13). Calls that are on it stay there; Microsoft closes it when
// nobody uses it any more.
func (t *trunk) retire(tx sipmsg.ClientTransaction) {
	own, ok := tx.(*sipmsg.ClientTx)
	if !ok {
		return
	}
	if c, ok := own.Connection().(interface{ RemoteAddr() net.Addr }); ok {
		t.ua.TransportLayer().Pool("tls").Delete(c.RemoteAddr().String())
	}
}
