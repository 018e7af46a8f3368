package sip

import (
	"fmt"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
)

// fork is one of the dialogs that a peer has begun for our INVITE: each telephone that
// rings may have its own (RFC 3261 §12.1.2).
type fork struct {
	dialog dialog.Dialog
	rseq   uint32 // of the last reliable response; 0: none
	body   []byte // the SDP in its last response that had one
	over   bool   // answered beside another one, and ended
}

// provisional relays what the telephones do: early media if there is any, else ringing.
func (o *outCall) provisional(r *sipmsg.Response) {
	d := &o.peer
	if !d.heard {
		d.heard = true
		d.wait.Stop()
	}
	if o.cause != nil {
		o.cancelPeer()
		return
	}
	if r.StatusCode == sipmsg.StatusTrying {
		return
	}
	f := o.fork(r)
	if !o.acknowledged(f, r) {
		return
	}
	if r.StatusCode == statusEarlyDialogTerminated { // the others may ring on (RFC 6228)
		if f != nil {
			delete(d.forks, f.dialog.RemoteTag)
		}
		return
	}
	if f != nil && len(r.Body()) > 0 {
		f.body = r.Body()
	}
	d.ringing = true
	if len(r.Body()) > 0 && !d.early && o.connectBoth(r.Body()) == nil {
		d.early = true
		if f != nil {
			d.earlyTag = f.dialog.RemoteTag
		}
		_ = o.send(sipmsg.StatusSessionInProgress, o.far.body)
	} else if !d.early {
		_ = o.send(sipmsg.StatusRinging, nil)
	}
	o.post(r.StatusCode)
}

// fork is that of a response; nil if it makes no dialog.
func (o *outCall) fork(r *sipmsg.Response) *fork {
	if r.To() == nil {
		return nil
	}
	tag, _ := r.To().Params.Get("tag")
	if f := o.peer.forks[tag]; f != nil {
		return f
	}
	d, err := o.near.dialog.Establish(r)
	if err != nil || len(o.peer.forks) >= maxForks {
		return nil
	}
	f := &fork{dialog: d}
	o.peer.forks[tag] = f
	return f
}

// statusEarlyDialogTerminated says that one fork is over (RFC 6228).
const statusEarlyDialogTerminated = 199

// maxForks is more telephones than a number has.
const maxForks = 64

// acknowledged answers a reliable response with its PRACK (RFC 3262 §4); false if the
// response is to be passed over: it is a repetition, or came before one that was lost.
func (o *outCall) acknowledged(f *fork, r *sipmsg.Response) bool {
	if !requires(r, option100rel) {
		return true
	}
	values := r.GetHeaders("RSeq")
	if f == nil || len(values) != 1 {
		return false
	}
	rseq, err := strconv.ParseUint(strings.TrimSpace(values[0].Value()), 10, 31)
	if err != nil || rseq == 0 || f.rseq != 0 && uint32(rseq) != f.rseq+1 {
		return false
	}
	f.rseq = uint32(rseq)
	prack, err := f.dialog.Request(sipmsg.PRACK, o.peer.via)
	if err != nil {
		o.log.Warn("no PRACK", keyError, err)
		return true
	}
	prack.AppendHeader(sipmsg.NewHeader("RAck", fmt.Sprintf("%d %d %s", rseq, o.peer.head.CSeq, sipmsg.INVITE)))
	e := o.e
	n := o.from()
	n.fromHere(prack)
	e.running.Go(func() {
		ctx, done := e.requestContext()
		defer done()
		if res, err := e.transact(ctx, call.Near, n.client, prack); err != nil || !res.IsSuccess() {
			e.log.Info("PRACK was not taken", keyError, err)
		}
	})
	return true
}

// requires tells whether a message requires an extension.
func requires(r headed, option string) bool {
	for _, o := range dialog.List(r, "Require", "") {
		if strings.EqualFold(o, option) {
			return true
		}
	}
	return false
}

// repeated takes a 2xx after the first: the same one once more, or that of another fork.
func (o *outCall) repeated(r *sipmsg.Response) {
	if to := r.To(); to != nil {
		if tag, _ := to.Params.Get("tag"); tag == o.near.dialog.RemoteTag {
			o.acknowledge()
		} else {
			o.surplus(r)
		}
	}
}

// surplus is a 200 of another fork than the first that answered: it is acknowledged each
// time, and its dialog ended (RFC 3261 §13.2.2.4).
func (o *outCall) surplus(r *sipmsg.Response) {
	f := o.fork(r)
	if f == nil {
		return
	}
	d := f.dialog
	if target, err := d.Establish(r); err == nil {
		d = target
	}
	n, e, via := o.from(), o.e, o.peer.via
	ack, err := d.ACK(o.peer.head.CSeq, via)
	if err != nil {
		return
	}
	n.fromHere(ack)
	if err := n.write(ack); err != nil {
		o.log.Warn("ACK not sent", keyError, err)
	}
	if f.over {
		return
	}
	f.over = true
	o.log.Info("a second telephone has answered, ended", keyPeer, o.peer.who.Name)
	bye, err := d.Request(sipmsg.BYE, via)
	if err != nil {
		return
	}
	f.dialog = d
	bye.AppendHeader(dialog.Reason{Q850: 26, Text: "answered elsewhere"}.Header()) // non-selected user clearing
	n.fromHere(bye)
	e.running.Go(func() {
		ctx, done := e.requestContext()
		defer done()
		if _, err := e.transact(ctx, call.Near, n.client, bye); err != nil {
			e.log.Info("BYE was not answered", keyError, err)
		}
	})
}

// takeEarly handles a request of a peer's whose telephone still rings.
func (o *outCall) takeEarly(m *inside) {
	r, l := m.request, &o.near
	tag, _ := r.From().Params.Get("tag")
	f := o.peer.forks[tag]
	if f == nil {
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		return
	}
	mine := l.dialog
	l.dialog = f.dialog
	defer func() { f.dialog, l.dialog = l.dialog, mine }()
	switch {
	case !l.ours(m):
	case r.Method == sipmsg.UPDATE && !l.describes(m):
	case r.Method == sipmsg.UPDATE && len(r.Body()) > 0 && o.peer.earlyTag != tag:
		l.respond(m, sipmsg.StatusRequestPending, nil) // that of our INVITE is not answered yet (RFC 3311 §5.2)
	case r.Method == sipmsg.UPDATE:
		l.update(m)
	case r.Method == sipmsg.OPTIONS:
		l.respond(m, sipmsg.StatusOK, nil, abilities()...)
	default:
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	}
}
