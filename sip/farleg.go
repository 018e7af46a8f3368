package sip

import (
	"context"
	"errors"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/roomy"
	numbers "tandem/internal/trunk"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/party"
	"tandem/sip/profile"
	"tandem/sip/sdp"
	"tandem/sip/wire"
)

// farLeg is the dialog with Microsoft, from the decision to call on.
type farLeg struct {
	leg
	t     *trunk
	call  profile.Call
	offer *sdp.Description

	caused *sipmsg.Request // the peer's INVITE; only read

	state    farState
	sequence []int // of the proxies, for this call
	attempt  *attempt
	started  chan outcome // of sending the INVITE
	again    chan *sipmsg.Response
	timer    *time.Timer // for the first response; after CANCEL for the final one
	last     *call.LegEnded
	goodbye  *call.HangUpLeg // asked for
	ack      *sipmsg.Request
	drained  bool            // the INVITE's transaction has nothing more to say
	rang     map[string]bool // tags of early dialogs
	through  bool            // it sends sound before it answers
	early    *call.LegEnded  // a BYE that overtook the 200: they come on different connections
}

// outcome tells whether an INVITE is on its way.
type outcome struct {
	tx  sipmsg.ClientTransaction
	err error
}

type farState int

const (
	farDialing farState = iota // no final response yet
	farUp
	farEnding // BYE sent
)

func newFarLeg(t *trunk, id call.ID, near *nearLeg, c bridge.FarCall) *farLeg {
	e := t.far.e
	l := &farLeg{leg: newLeg(e, call.Far), t: t, started: make(chan outcome, 1), again: make(chan *sipmsg.Response, 4), rang: map[string]bool{}}
	l.trunk = t.FQDN
	l.id, l.caused = id, near.invite
	l.voice = near.voice.use()
	l.stream = l.voice.session.Far()
	l.outlet, l.ownsCallID = t.outlet(), true
	kept, dropped := profile.Admit(c.Headers, custom(near.invite))
	e.metrics.dropped.Add(float64(dropped))
	l.call = profile.Call{Number: c.Number, Caller: c.Caller, Headers: kept, CallID: dialog.Token() + "@" + t.FQDN, Tag: dialog.Token()}
	if t.Plain != nil {
		l.call = t.carry(near.invite, l.call)
	}
	if !near.who.FromOnly && t.Dialect.History {
		if all := party.Diversions(near.invite, func(n string) string { return near.who.Numbers.Rewrite(numbers.CallerIn, n) }); len(all) > 0 {
			l.call.History = party.HistoryInfo(all, c.Number, t.SentBy())
		}
	}
	l.dialog = dialog.Dialog{CallID: l.call.CallID, LocalTag: l.call.Tag}
	l.log = e.log.With(keyCall, string(id), keyLeg, string(call.Far), keySIPCallID, l.call.CallID, keyTrunk, t.FQDN)
	return l
}

// run owns the leg until it is over.
func (l *farLeg) run() {
	roomy.Stack()
	l.e.register(&l.leg)
	defer l.leave()
	defer l.forget()
	l.profile = l.t.media(l.voice.forFar()...)
	l.profile.Noise = l.voice.noise
	defer l.voice.fromFar(sdp.Codec{})
	l.local, l.source = localMedia(l.stream), sdp.NewSource(uint64(time.Now().Unix())) //nolint:gosec // after 1970
	l.offer = sdp.Offer(l.local, l.profile)
	l.body = l.source.Write(l.offer)
	l.call.SDP = l.body
	l.timer = time.NewTimer(time.Hour)
	defer l.timer.Stop()
	defer l.endTransfer()
	l.log.Info("dialling Microsoft", "number", lastDigits(l.call.Number), "caller", lastDigits(l.call.Caller))
	l.sequence = l.t.standing.order(time.Now())
	l.try(0)
	closing := l.e.ctx.Done()
	for !l.ended {
		var responses <-chan *sipmsg.Response
		var gone <-chan struct{}
		if a := l.attempt; a != nil && a.tx != nil && !l.drained {
			responses, gone = a.tx.Responses(), a.tx.Done()
		}
		select {
		case o := <-l.started:
			l.sent(o)
		case r := <-responses:
			l.response(r)
		case <-gone:
			l.lost()
		case r := <-l.again:
			l.repeated(r)
		case <-l.timer.C:
			l.silent()
		case o := <-l.orders:
			switch {
			case o.do == orderHangUp:
				l.hangUp(o.hangUp)
			case o.do == orderInquire && l.state == farUp && !l.departed:
				l.inquire(l.t.client, l.t.SentBy(), l.t.nameless)
			}
		case status := <-l.probed:
			if l.inquired(status) {
				l.mediaLost()
			}
		case m := <-l.inbox:
			l.endIf(l.ahead())
			l.take(m)
		case n := <-l.transfer.told():
			moved, over := l.transferred(n)
			if moved {
				l.moved(n.answered)
			}
			if over != nil {
				l.end(*over)
			}
		case s := <-l.successors:
			l.succeeded(s)
		case <-l.pendingTimer():
			if l.pendingTick() {
				l.hangUp(call.HangUpLeg{Q850: 102, Text: "no ACK"})
				l.confirmed()
			}
		case <-l.session.ready():
			l.endIf(l.sessionTick())
		case a := <-l.inquiry.answered():
			l.endIf(l.refreshed(a))
		case err := <-l.byed:
			l.byeDone(err)
		case <-closing:
			closing = nil
			if l.unconfirmed() {
				l.pending.first = false // no time to wait for the ACK
			}
			l.hangUp(call.HangUpLeg{Status: sipmsg.StatusRequestTerminated, Q850: 41, Text: "the edge closes"})
		}
	}
}

// forget ends what the stack keeps of an INVITE that was answered, for other answers of
// a fork (RFC 6026 §7.2): with the dialog's end nobody would take them.
func (l *farLeg) forget() {
	if l.attempt != nil && l.attempt.tx != nil && l.state != farDialing {
		wire.Release(l.attempt.tx)
	}
}

// endIf hangs up if there is a reason to.
func (l *farLeg) endIf(h *call.HangUpLeg) {
	if h != nil {
		l.hangUp(*h)
	}
}

// try begins an attempt at the proxy of that place in the order.
func (l *farLeg) try(place int) {
	i := l.sequence[place]
	a := &attempt{leg: l, place: place, index: i, proxy: l.t.far.proxies[i], deadline: time.Now().Add(l.e.cfg.Timers.FirstResponse)}
	a.request, a.head, l.dialog = l.t.Invite(a.proxy, l.call)
	passOn(l.caused, a.request)
	l.attempt, l.drained = a, false
	ctx, cancel := context.WithDeadline(l.e.ctx, a.deadline)
	a.stop = cancel
	l.timer.Stop()
	send := func() {
		l.e.saw(call.Far, a.request)
		tx, err := l.t.client.TransactionRequest(ctx, a.request, asIs)
		l.started <- outcome{tx, err} // has room: the leg waits for it before it tries another proxy
	}
	if l.t.connected(a.proxy) {
		send() // nothing to wait for, and one change of goroutines less
		return
	}
	l.e.running.Go(func() {
		if err := l.t.reach(ctx, a.proxy); err != nil {
			l.started <- outcome{err: err}
			return
		}
		send()
	})
}

// sent takes the news that an INVITE is on its way, or is not.
func (l *farLeg) sent(o outcome) {
	a := l.attempt
	defer a.stop()
	switch {
	case o.err != nil && l.goodbye != nil:
		l.endCancelled()
	case o.err != nil:
		l.log.Info("proxy not reached", keyProxy, a.proxy.FQDN, keyError, o.err)
		l.next(attemptUnreachable)
	default:
		a.tx = o.tx
		l.timer.Reset(max(time.Until(a.deadline), time.Millisecond))
		l.post(call.LegProceeding{Side: call.Far, SIPCallID: l.call.CallID, Dialog: l.dialing()})
	}
}

// dialing is the remainder of a leg without a final response.
func (l *farLeg) dialing() []byte {
	a := l.attempt
	return l.remains(dialog.Remainder{
		State: dialog.Dialing, Trunk: l.t.FQDN, Dialog: l.dialog, InviteURI: a.head.URI, InviteTo: a.head.To,
		Branch: a.head.Via.Params.GetOr("branch", ""), SentBy: l.t.SentBy(), Hop: a.proxy.Hop(),
	})
}

// next goes on to the next proxy, or gives up: the last real response counts, else
// nobody was there.
func (l *farLeg) next(outcome string) {
	l.e.metrics.attempt(l.attempt.index, outcome)
	if outcome != attemptBusy && l.e.cfg.Far.Ping > 0 && l.goodbye == nil {
		l.t.standing.mark(l.attempt.index, false) // the next OPTIONS that it answers takes this back
	}
	switch place := l.attempt.place + 1; {
	case l.goodbye != nil:
		l.endCancelled()
	case place < len(l.sequence):
		l.try(place)
	case l.last != nil:
		l.end(*l.last)
	default:
		who := "no proxy of Microsoft's answered"
		if l.t.Plain != nil {
			who = "the next hop did not answer"
		}
		l.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusRequestTimeout, Q850: 102, Text: who})
	}
}

// endCancelled is the end of a leg that the engine gave up before it was answered.
func (l *farLeg) endCancelled() {
	l.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusRequestTerminated, Q850: l.goodbye.Q850, Text: l.goodbye.Text})
}

// silent: nothing came in time.
func (l *farLeg) silent() {
	a := l.attempt
	if l.state != farDialing || a == nil || a.tx == nil {
		return
	}
	a.abandon()
	if a.provisional { // our CANCEL brought nothing
		l.endCancelled()
		return
	}
	l.log.Warn("proxy stays silent", keyProxy, a.proxy.FQDN)
	l.next(attemptSilent)
}

// lost: the transaction ended by itself, mostly because the connection did.
func (l *farLeg) lost() {
	a := l.attempt
	l.drained = true
	if l.state != farDialing {
		return // after a final response this is just its end
	}
	err := a.tx.Err()
	l.log.Info("INVITE lost", keyProxy, a.proxy.FQDN, keyError, err)
	switch {
	case !a.provisional:
		l.next(attemptUnreachable)
	case l.goodbye != nil:
		l.e.metrics.attempt(a.index, attemptCancelled)
		l.endCancelled()
	default: // Microsoft has begun to work on it: another INVITE would be a second call
		l.e.metrics.attempt(a.index, attemptUnreachable)
		l.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusRequestTimeout, Q850: 41, Text: "connection lost while ringing"})
	}
}

// response takes one to the INVITE.
func (l *farLeg) response(r *sipmsg.Response) {
	a := l.attempt
	if l.t.Plain != nil { // Microsoft's media processors have addresses
		l.e.locate(r)
	}
	switch {
	case r.IsProvisional():
		l.provisional(r)
	case r.IsSuccess():
		l.established(r)
	default:
		l.e.sawACK(call.Far, a.request, a.tx)
		reason := dialog.ParseReason(r)
		correlation, text := reason.Microsoft()
		if text == "" {
			text = r.Reason
		}
		l.drained = true
		l.timer.Stop()
		l.log.Info("INVITE refused", keyProxy, a.proxy.FQDN, keyStatus, r.StatusCode, keyQ850, reason.Q850, keyText, text, keyCorrelation, correlation)
		ended := call.LegEnded{By: call.ByMicrosoft, Status: r.StatusCode, Q850: reason.Q850, Text: text}
		switch {
		case l.goodbye != nil:
			l.e.metrics.attempt(a.index, attemptCancelled)
			l.endCancelled()
		case a.elsewhere(r.StatusCode):
			l.last = &ended
			if r.StatusCode == sipmsg.StatusServiceUnavailable {
				l.t.retire(a.tx)
				l.t.standing.rest(a.index, r, time.Now())
			}
			l.next(attemptBusy)
		default:
			l.e.metrics.attempt(a.index, attemptRefused)
			l.end(ended)
		}
	}
}

func (l *farLeg) provisional(r *sipmsg.Response) {
	a := l.attempt
	if !a.provisional {
		a.provisional = true
		l.timer.Stop()
	}
	if r.StatusCode > 100 {
		a.rang = true
		if len(r.Body()) > 0 && !l.through && l.goodbye == nil { // of several telephones the first
			if err := l.connect(r.Body()); err != nil {
				l.log.Info("early media cannot be used", keyError, err)
			} else {
				l.through = true
			}
		}
		if early, err := l.dialog.Establish(r); err == nil { // there may be several; the last one is as good as any
			if len(l.rang) < maxForks {
				l.rang[early.RemoteTag] = true
			}
			saved := l.dialog
			l.dialog = early
			l.post(call.LegProceeding{Side: call.Far, Status: r.StatusCode, SIPCallID: l.call.CallID, Dialog: l.dialing(), Early: l.through})
			l.dialog = saved
		} else {
			l.post(call.LegProceeding{Side: call.Far, Status: r.StatusCode, SIPCallID: l.call.CallID, Dialog: l.dialing(), Early: l.through})
		}
	}
	if l.goodbye != nil {
		l.cancel()
	}
}

// cancel sends CANCEL, once, and waits for the final response (RFC 3261 §9.1).
func (l *farLeg) cancel() {
	wait := l.e.cfg.Timers.Request
	if l.e.ctx.Err() != nil {
		wait = min(wait, l.e.cfg.Timers.Close)
	}
	if l.attempt.cancel() {
		l.timer.Reset(wait)
	}
}

// established acknowledges a 2xx and connects the media.
func (l *farLeg) established(r *sipmsg.Response) {
	a := l.attempt
	l.timer.Stop()
	l.drained = true
	l.e.metrics.attempt(a.index, attemptAnswered)
	l.t.signs.answered(time.Now())
	again := l.again // the stack keeps the transaction for a while, but not the leg
	a.tx.OnRetransmission(func(r *sipmsg.Response) {
		select {
		case again <- r:
		default: // it will be repeated
		}
	})
	d, err := l.dialog.Establish(r)
	if err != nil {
		l.log.Error("200 without a usable dialog", keyError, err)
		l.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusBadGateway, Q850: 111, Text: "200 without a usable dialog"})
		return
	}
	l.dialog = d
	l.state = farUp
	l.acknowledge()
	l.log.Info("answered by Microsoft", keyProxy, a.proxy.FQDN, keyCorrelation, microsoftID(r), microsoftHeaders(r))
	l.sessionAnswered(r)
	if l.early != nil {
		l.end(*l.early)
		return
	}
	if err := l.connect(r.Body()); err != nil && l.goodbye == nil {
		l.log.Error("the answer's SDP cannot be used", keyError, err)
		l.goodbye = &call.HangUpLeg{Status: sipmsg.StatusNotAcceptableHere, Q850: 88, Text: "SDP answer"}
	}
	// Told also when the engine has given up meanwhile: the dialog exists until the BYE.
	l.post(call.LegAnswered{Side: call.Far, Dialog: l.remains(dialog.Remainder{State: dialog.Up, Trunk: l.t.FQDN, Dialog: l.dialog})})
	if h := l.goodbye; h != nil {
		l.bye(*h)
	}
}

func (l *farLeg) connect(body []byte) error {
	switch {
	case len(body) == 0 && l.through: // it was in the 18x
		return nil
	case len(body) == 0:
		return errors.New("no SDP in the 200")
	}
	err := l.settle(l.offer, body)
	if err == nil {
		l.voice.fromFar(l.agreed.Codec)
	}
	return err
}

// acknowledge sends the ACK, the same one each time (RFC 3261 §13.2.2.4).
func (l *farLeg) acknowledge() {
	if l.ack == nil {
		ack, err := l.dialog.Request(sipmsg.ACK, l.t.SentBy())
		if err != nil {
			l.log.Error("no ACK", keyError, err)
			return
		}
		l.ack = ack
	}
	if err := l.t.write(l.e, l.ack); err != nil {
		l.log.Warn("ACK not sent", keyError, err)
	}
}

// repeated takes a 2xx after the first: the same one again, or that of another
// branch of a fork, which is acknowledged and ended (RFC 3261 §13.2.2.4).
func (l *farLeg) repeated(r *sipmsg.Response) {
	to := r.To()
	if to == nil {
		return
	}
	if tag, _ := to.Params.Get("tag"); tag == l.dialog.RemoteTag {
		l.acknowledge()
		return
	}
	l.log.Warn("a second answer, ended")
	u := l.attempt.unwanted()
	l.e.running.Go(func() { u.discard(r) })
}

// hangUp gives up or ends the leg.
func (l *farLeg) hangUp(h call.HangUpLeg) {
	if l.goodbye != nil {
		return
	}
	l.goodbye = &h
	switch a := l.attempt; {
	case l.state == farUp && l.unconfirmed(): // BYE follows the ACK
	case l.state == farUp:
		l.bye(h)
	case l.state == farDialing && a.tx == nil:
		a.stop() // what comes back from it is seen in sent
	case l.state == farDialing && a.provisional:
		l.cancel()
	} // without a response yet: CANCEL follows the first one, or the timer ends the wait
}

func (l *farLeg) bye(h call.HangUpLeg) {
	l.state = farEnding
	l.dropTransfer()
	if l.departed {
		l.session.stop()
		l.byeDone(nil)
		return
	}
	l.startBye(dialog.Reason{Q850: h.Q850, Text: h.Text})
}

func (l *farLeg) byeDone(err error) {
	if err != nil {
		l.log.Info("BYE was not answered", keyError, err)
	}
	h := l.goodbye
	l.end(call.LegEnded{By: call.ByTandem, Q850: h.Q850, Text: h.Text})
}

// take handles a request of Microsoft's inside the dialog.
func (l *farLeg) take(m *inside) {
	r := m.request
	if l.state == farDialing {
		l.tooEarly(m)
		close(m.done)
		return
	}
	if !l.ours(m) {
		close(m.done)
		return
	}
	switch r.Method {
	case sipmsg.ACK:
		if h := l.pendingAck(r); h != nil {
			l.hangUp(*h)
		}
		l.confirmed()
	case sipmsg.BYE:
		l.hungUp(m)
	case sipmsg.REFER:
		l.refer(m)
	case sipmsg.INVITE:
		if l.state == farUp && l.goodbye == nil && !l.departed {
			l.reinvite(m)
			return
		}
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	case sipmsg.OPTIONS:
		l.respond(m, sipmsg.StatusOK, nil, sipmsg.NewHeader("Contact", l.t.Contact("")), guard.Allow(l.t.Methods()))
	case sipmsg.NOTIFY: // nobody subscribed
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	default:
		l.respond(m, sipmsg.StatusMethodNotAllowed, nil, guard.Allow(l.t.Methods()))
	}
	close(m.done)
}

// tooEarly: the dialog of this request is not known yet, if there is one at all.
func (l *farLeg) tooEarly(m *inside) {
	if m.request.Method != sipmsg.BYE {
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		return
	}
	l.respond(m, sipmsg.StatusOK, nil)
	ended := l.farewell(m.request)
	l.early = &ended
}

// hungUp takes Microsoft's BYE; one that crosses ours changes nothing.
func (l *farLeg) hungUp(m *inside) {
	l.respond(m, sipmsg.StatusOK, nil)
	e := l.farewell(m.request)
	if l.transfer != nil && l.state == farUp { // who transfers may leave at once (RFC 5589 §6.1)
		l.session.stop()
		l.departed, l.leftWith = true, dialog.Reason{Q850: e.Q850, Text: e.Text}
		return
	}
	if l.state == farEnding {
		e.By = call.ByTandem
	}
	l.end(e)
}

// farewell is what a BYE says.
func (l *farLeg) farewell(r *sipmsg.Request) call.LegEnded {
	reason := dialog.ParseReason(r)
	correlation, text := reason.Microsoft()
	if correlation != "" {
		l.log.Info("Microsoft hung up", keyCorrelation, correlation)
	}
	if reason.Q850 == 0 {
		reason.Q850 = 16
	}
	return call.LegEnded{By: call.ByMicrosoft, Q850: reason.Q850, Text: text}
}
