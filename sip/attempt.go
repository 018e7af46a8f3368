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
	a.leg.e.sendCancel(call.Far, a.leg.t.client, dialog.Cancel(a.head, a.proxy.Hop()))
	return true
}

// unwanted is the attempt when its leg waits for it no more.
func (a *attempt) unwanted() *unwanted {
	t := a.leg.t
	return &unwanted{
		e: a.leg.e, request: a.request, head: a.head, hop: a.proxy.Hop(), via: t.SentBy(), tx: a.tx, cancelled: a.cancelled, far: t,
		dialog: dialog.Dialog{CallID: a.head.CallID, Local: a.head.From, CSeq: a.head.CSeq, Transport: a.proxy.Hop().Transport, Contact: t.Contact("")},
	}
}

// abandon leaves the transaction to itself: a proxy that comes to life late is told
// that nobody wants the call any more.
func (a *attempt) abandon() { a.unwanted().watch() }

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
