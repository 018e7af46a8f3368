package sip

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/profile"
	"tandem/sip/sdp"
	"tandem/sip/wire"
)

// outCall is a call of Microsoft's to a telephone: a dialog with Microsoft, whose
// INVITE we got, and one with a peer, to whom we send one. One goroutine has both,
// that of the handler of Microsoft's INVITE. It relays what the peer answers, and
// the end of either is the end of both:
//
//	offered ─DialOut─▶ dialing ─18x▶ 18x─ ─200▶ 200─ answered ─ACK─▶ up ─BYE▶ BYE─ over
//
// The engine knows both as one outleg. What it has to end them with is kept
// together ([outRemainder]).
type outCall struct {
	e      *Edge
	t      *trunk
	id     call.ID
	side   call.Side
	log    *slog.Logger
	number string // E.164
	caller string // E.164 or [profile.Anonymous]
	billed string // E.164, or "": who pays, if Microsoft says so

	farCallID, peerCallID string // of the dialogs; guarded by Edge.mu

	far, near leg               // without an id of the call: they tell the engine nothing by themselves
	next      *dialog.Remainder // of a call that may take the place of the near one
	nextFar   *dialog.Remainder // and of the far one

	invite    *sipmsg.Request // Microsoft's
	tx        sipmsg.ServerTransaction
	cancelled chan struct{} // closed by a CANCEL
	theirs    *sdp.Description

	state    outState
	ok       *sipmsg.Response // our 200
	interval time.Duration    // until it is repeated
	giveUp   time.Time        // without ACK
	timer    *time.Timer      // of the repetitions

	peer dialled // the other dialog, while it is not established

	cause             *call.LegEnded // why it ends; the first one counts
	reason            dialog.Reason  // what goes along
	farOver, nearOver bool
}

type outState int

const (
	outOffered  outState = iota // Microsoft is owed a final response
	outAnswered                 // the 200 was sent, its ACK is missing
	outUp
)

// outRemainder is what is needed to end both dialogs without the process that held
// them.
type outRemainder struct {
	Far  dialog.Remainder  `json:"far"`
	Near *dialog.Remainder `json:"near,omitempty"` // nil: nothing was sent to the peer
}

func (o *outCall) remainder() json.RawMessage {
	r := outRemainder{Far: dialog.Remainder{State: dialog.Offered, Trunk: o.t.FQDN, Dialog: o.far.dialog, Next: o.nextFar}, Near: o.nearRemainder()}
	if o.state != outOffered {
		r.Far.State = dialog.Up
	}
	if r.Near != nil {
		r.Near.Next = o.next
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return nil // plain data: cannot be
	}
	return raw
}

// outKey finds an outleg by what the engine calls it.
type outKey struct {
	id   call.ID
	side call.Side
}

func (e *Edge) outCall(id call.ID, side call.Side) (*outCall, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if o := e.outs[outKey{id, side}]; o != nil {
		return o, nil
	}
	return nil, errNoLeg
}

// DialOut dials a number at a peer for the outleg that the engine was offered.
func (e *Edge) DialOut(_ context.Context, id call.ID, do call.DialOut) error {
	o, err := e.outCall(id, do.Side)
	if err != nil {
		return err
	}
	p, ok := e.guard.Named(do.Peer)
	if !ok || p.DialTo == "" {
		return fault.Conflict("no_dial_peer", "there is no peer "+do.Peer+" that takes calls")
	}
	return o.far.order(order{do: orderDial, peer: p})
}

// outInvite takes Microsoft's INVITE outside of dialogs. It returns when the outleg is over.
func (f *farSide) outInvite(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	e := f.e
	tag := dialog.Token()
	r.To().Params.Add("tag", tag) // all responses carry it, also the 487 that the stack makes of a CANCEL
	if e.replace(call.Far, nil, r, tx, tag, strings.ToLower(r.Recipient.Host)) {
		return
	}
	if e.isDraining() {
		e.refuse(call.Far, r, tx, &guard.Refusal{Status: 503, Reason: dialog.Phrase(503), Cause: causeDraining, Headers: []sipmsg.Header{sipmsg.NewHeader("Retry-After", "1")}})
		return
	}
	o, refusal := f.newOutCall(r, tx)
	if refusal != nil {
		e.refuse(call.Far, r, tx, refusal)
		return
	}
	leave, refusal := e.enter(r, guard.Peer{})
	if refusal != nil {
		o.far.voice.release()
		e.refuse(call.Far, r, tx, refusal)
		return
	}
	defer leave()
	e.register(&o.far)
	defer o.far.leave()
	if !tx.OnCancel(func(*sipmsg.Request) { close(o.cancelled) }) {
		return // it came before us, and has its 487
	}
	if o.offer() {
		o.t.signs.called()
		o.run()
	}
}

// offer asks the engine whether somebody wants this call; true if the outleg is the
// engine's from now on.
func (o *outCall) offer() bool {
	token := ""
	if values := o.invite.GetHeaders(profile.TokenHeader); len(values) == 1 {
		token = values[0].Value()
		_ = o.send(sipmsg.StatusTrying, nil) // to who may have a right to an answer that takes a moment
	}
	ctx, cancel := context.WithTimeout(o.e.ctx, o.e.cfg.Timers.Offer)
	defer cancel()
	err := o.e.engine.OutOffer(ctx, bridge.OutOffer{
		Token: token, Trunk: o.t.FQDN, Number: o.number, Caller: o.caller, SIPCallID: o.invite.CallID().Value(), Dialog: o.remainder(),
		Bind: func(id call.ID, side call.Side) {
			o.id, o.side = id, side
			o.log = o.log.With(keyCall, string(id))
			o.e.mu.Lock()
			o.e.outs[outKey{id, side}] = o
			o.e.joinOut(o)
			o.e.mu.Unlock()
			if o.e.traced.Load() { // it came before anybody knew whose it is
				o.e.tell(call.Far, o.invite, false, o.invite.Source(), func(p wire.Passed) {
					o.e.captured(p, o.invite.CallID().Value(), time.Now())
				})
			}
		},
	})
	if err == nil && o.id == "" {
		err = errors.New("the engine took an offer without binding it")
	}
	if err == nil {
		o.log.Info("Microsoft calls out", keyCorrelation, microsoftID(o.invite), microsoftHeaders(o.invite), "number", lastDigits(o.number), "caller", lastDigits(o.caller))
		return true
	}
	refusal := outRefusal(err)
	o.log.Warn("refused a call from Microsoft", keySource, o.invite.Source(), "trunk", o.t.FQDN, "number", lastDigits(o.number), keyStatus, refusal.Status, keyError, err)
	o.e.metrics.refuse(call.Far, refusal.Cause)
	_ = o.send(refusal.Status, nil, refusal.Headers...)
	return false
}

// outRefusal is the answer to a call that the engine did not take. 503 has Microsoft
// try another trunk (facts/direct-routing.md §13), so only what another node may do
// better is answered with it.
func outRefusal(err error) *guard.Refusal {
	r := &guard.Refusal{Status: 503, Cause: causeOutUnavailable, Headers: []sipmsg.Header{dialog.Reason{Q850: 41, Text: fault.CodeOf(err)}.Header()}}
	switch fault.KindOf(err) {
	case fault.KindUnavailable:
	case fault.KindExhausted:
		r.Status, r.Cause = 480, guard.CauseLimit
	default: // nobody asked for it, or nobody may: toll fraud looks like this
		r.Status, r.Cause = 403, causeFarCall
	}
	r.Reason = dialog.Phrase(r.Status)
	return r
}

// run owns the outleg until both dialogs are over.
func (o *outCall) run() {
	o.timer = time.NewTimer(time.Hour)
	o.timer.Stop()
	defer o.timer.Stop()
	defer o.leavePeer()
	closing := o.e.ctx.Done()
	for !o.farOver || !o.nearOver {
		cancelled, gone := o.cancelled, o.tx.Done()
		if o.state != outOffered || o.farOver {
			cancelled, gone = nil, nil
		}
		responses, lost := o.peer.awaited()
		parted := o.near.joint.parted()
		if o.nearOver {
			parted = nil
		}
		select {
		case x := <-o.far.orders:
			o.obey(*x)
		case m := <-o.far.inbox:
			o.unanswered(o.far.ahead())
			o.takeFar(m)
		case m := <-o.near.inbox:
			o.unanswered(o.near.ahead())
			o.takeNear(m)
		case n := <-o.near.transfer.told():
			o.transferred(n)
		case n := <-o.far.transfer.told():
			o.transferredFar(n)
		case s := <-o.far.successors:
			o.succeededFar(s)
		case s := <-o.near.successors:
			o.succeededNear(s)
		case j := <-o.near.joins:
			o.joinedBy(j)
		case <-parted:
			o.nearOver = true
			o.end(o.near.joint.ended(), 0)
		case ack := <-o.tx.Acks():
			o.acked(ack)
		case <-cancelled: // the stack has answered both requests
			o.farOver = true
			o.end(call.LegEnded{By: call.ByMicrosoft, Status: sipmsg.StatusRequestTerminated, Q850: 16}, 0)
		case <-gone:
			o.farOver = true
			o.end(call.LegEnded{By: call.ByMicrosoft, Q850: 41, Text: "connection lost"}, 0)
		case <-o.timer.C:
			o.tick()
		case f := <-o.peer.found:
			o.located(f)
		case s := <-o.peer.started:
			o.dialling(s)
		case r := <-responses:
			o.answered(r)
		case <-lost:
			o.peerLost()
		case r := <-o.peer.again:
			o.repeated(r)
		case <-o.peer.timer():
			o.peerSilent()
		case <-o.far.pendingTimer():
			if o.far.pendingTick() {
				o.end(call.LegEnded{By: call.ByTandem, Q850: 102, Text: "no ACK"}, 0)
				o.confirmedAnew()
			}
		case <-o.near.pendingTimer():
			if o.near.pendingTick() {
				o.end(call.LegEnded{By: call.ByTandem, Q850: 102, Text: "no ACK"}, 0)
				o.confirmedAnew()
			}
		case <-o.near.session.ready():
			o.unanswered(o.near.sessionTick())
		case a := <-o.near.inquiry.answered():
			o.unanswered(o.near.refreshed(a))
		case <-o.far.session.ready():
			o.unanswered(o.far.sessionTick())
		case a := <-o.far.inquiry.answered():
			o.unanswered(o.far.refreshed(a))
		case err := <-o.far.byed:
			o.farGone(err)
		case err := <-o.near.byed:
			o.nearGone(err)
		case side := <-o.far.voice.session.Lost():
			o.missed(side)
		case p := <-o.far.voice.session.Pressed():
			o.e.key(p)
		case status := <-o.near.probed:
			if o.near.inquired(status) {
				o.e.engine.Leg(o.id, call.MediaLost{Side: o.side})
			}
		case status := <-o.far.probed:
			if o.far.inquired(status) {
				o.e.engine.Leg(o.id, call.MediaLost{Side: o.side})
			}
		case <-closing:
			closing = nil
			for _, l := range []*leg{&o.far, &o.near} {
				if l.unconfirmed() {
					l.pending.first = false
				}
			}
			if o.state == outAnswered {
				o.state = outUp // no time to wait for the ACK
			}
			o.end(call.LegEnded{By: call.ByTandem, Q850: 41, Text: "the edge closes"}, 503)
		}
	}
	o.e.mu.Lock()
	delete(o.e.outs, outKey{o.id, o.side}) // before the engine hears of it
	o.e.mu.Unlock()
	e := *o.cause
	near, far := o.far.voice.session.Stats()
	e.Side, e.Media = o.side, mediaStats(far)
	o.e.metrics.media(call.Near, near)
	o.e.metrics.media(call.Far, far)
	o.e.records.end(o.id, o.side, call.Near, near)
	o.e.records.end(o.id, o.side, call.Far, far)
	o.e.metrics.ended.WithLabelValues("out", string(e.By)).Inc()
	o.log.Info("outleg ended", keyBy, string(e.By), keyStatus, e.Status, keyQ850, e.Q850, keyText, e.Text)
	o.e.engine.Leg(o.id, e)
}

func (o *outCall) obey(x order) {
	switch x.do {
	case orderDial:
		o.dial(x.peer)
	case orderHangUp:
		o.end(call.LegEnded{By: call.ByTandem, Status: x.hangUp.Status, Q850: x.hangUp.Q850, Text: x.hangUp.Text}, x.hangUp.Status)
	}
}

// end begins the end of both dialogs; status is Microsoft's answer if it is owed one.
func (o *outCall) end(cause call.LegEnded, status int) {
	if o.cause != nil {
		return
	}
	o.cause, o.reason = &cause, dialog.Reason{Q850: cause.Q850, Text: cause.Text}
	o.endFar(status)
	o.endNear()
}

func (o *outCall) endFar(status int) {
	switch {
	case o.farOver:
	case o.state == outOffered:
		if status < 400 || status > 699 {
			status = sipmsg.StatusTemporarilyUnavailable
		}
		var headers []sipmsg.Header
		if h := o.reason.Header(); h != nil {
			headers = append(headers, h)
		}
		_ = o.send(status, nil, headers...)
		o.farOver = true
	case o.far.unconfirmed(): // BYE follows the ACK
	case o.state == outUp && o.far.departed:
		o.far.dropTransfer()
		o.farOver = true
	case o.state == outUp:
		o.far.dropTransfer()
		o.far.startBye(o.reason)
	} // answered: a callee must not send BYE before the ACK (RFC 3261 §15)
}

// send answers Microsoft's INVITE. It fails if a CANCEL was faster.
func (o *outCall) send(status int, body []byte, headers ...sipmsg.Header) error {
	if status > 100 && status < 300 {
		headers = append(headers, sipmsg.NewHeader("Contact", o.far.dialog.Contact), guard.Allow(o.t.Methods()))
		if status == sipmsg.StatusOK {
			headers = append(headers, o.far.session.headers...)
		}
	}
	res := dialog.NewResponse(o.invite, status, dialog.Phrase(status), body, headers...)
	if err := o.tx.Respond(res); err != nil {
		o.log.Debug("response not sent", keyStatus, status, keyError, err)
		return err
	}
	o.e.metrics.response(call.Far, status)
	if status == sipmsg.StatusOK {
		o.ok = res
		o.far.sessionBegins()
	}
	return nil
}

// tick repeats the 200, or gives up.
func (o *outCall) tick() {
	if o.state != outAnswered {
		return
	}
	if time.Now().After(o.giveUp) {
		o.state = outUp // BYE is allowed now (RFC 3261 §15)
		o.end(call.LegEnded{By: call.ByTandem, Q850: 102, Text: "no ACK"}, 0)
		o.endFar(0)
		return
	}
	if err := o.tx.Respond(o.ok); err != nil {
		o.log.Debug("200 not repeated", keyError, err)
	}
	o.interval = min(2*o.interval, o.e.cfg.Timers.T2)
	o.timer.Reset(o.interval)
}

func (o *outCall) acked(ack *sipmsg.Request) {
	if o.state != outAnswered || ack.CSeq() == nil || ack.CSeq().SeqNo != o.invite.CSeq().SeqNo {
		return
	}
	o.confirmed()
}

func (o *outCall) confirmed() {
	o.timer.Stop()
	o.state = outUp
	now := time.Now()
	o.t.signs.answered(now)
	o.e.tallies.of(o.peer.who.Name).answered(now)
	if o.cause != nil {
		o.endFar(0)
	}
}

// takeFar handles a request of Microsoft's inside its dialog.
func (o *outCall) takeFar(m *inside) {
	r := m.request
	if !o.far.ours(m) {
		close(m.done)
		return
	}
	switch r.Method {
	case sipmsg.ACK:
		o.acked(r)
		o.unanswered(o.far.pendingAck(r))
		o.confirmedAnew()
	case sipmsg.BYE:
		o.far.respond(m, sipmsg.StatusOK, nil)
		if o.state == outOffered { // a caller may end an early dialog so (RFC 3261 §15)
			_ = o.send(sipmsg.StatusRequestTerminated, nil)
		}
		reason := dialog.ParseReason(r)
		_, text := reason.Microsoft()
		o.far.session.stop()
		if o.far.transfer != nil && o.cause == nil { // who transfers may leave at once (RFC 5589 §6.1)
			o.far.departed, o.far.leftWith = true, dialog.Reason{Q850: orNormal(reason.Q850), Text: text}
			break
		}
		o.farOver = true
		o.end(call.LegEnded{By: call.ByMicrosoft, Q850: orNormal(reason.Q850), Text: text}, 0)
	case sipmsg.INVITE:
		if o.state == outAnswered { // the ACK was overtaken
			o.confirmed()
		}
		switch {
		case o.state == outOffered && o.cause == nil:
			o.far.respond(m, sipmsg.StatusInternalServerError, nil, retrySoon()) // RFC 3261 §14.2
		case o.state == outUp && o.cause == nil && !o.far.departed:
			o.far.reinvite(m)
			return
		default:
			o.far.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		}
	case sipmsg.OPTIONS:
		o.far.respond(m, sipmsg.StatusOK, nil, sipmsg.NewHeader("Contact", o.t.Contact("")), guard.Allow(o.t.Methods()))
	case sipmsg.NOTIFY: // nobody subscribed
		o.far.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	case sipmsg.REFER:
		if o.state == outAnswered { // the ACK was overtaken
			o.confirmed()
		}
		o.referFar(m)
	default:
		o.far.respond(m, sipmsg.StatusMethodNotAllowed, nil, guard.Allow(o.t.Methods()))
	}
	close(m.done)
}

// unanswered ends it if a party has answered our offer with what cannot be.
func (o *outCall) unanswered(h *call.HangUpLeg) {
	if h != nil {
		o.end(call.LegEnded{By: call.ByTandem, Status: h.Status, Q850: h.Q850, Text: h.Text}, h.Status)
	}
}

func orNormal(q850 int) int {
	if q850 == 0 {
		return 16
	}
	return q850
}

func (o *outCall) farGone(err error) {
	if err != nil {
		o.log.Info("BYE was not answered", keyError, err)
	}
	o.far.byed, o.farOver = nil, true
}
