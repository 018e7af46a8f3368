package sip

import (
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/media"
	"tandem/sip/sdp"
)

// nearLeg is the dialog with a peer, from its INVITE on.
type nearLeg struct {
	leg
	n          *nearSide
	tx         sipmsg.ServerTransaction // of the INVITE
	invite     *sipmsg.Request
	peer       string
	who        guard.Peer
	transport  string
	via        string
	theirs     *sdp.Description // their offer; nil: there was none
	negotiated sdp.Stream
	cancelled  chan struct{} // closed by a CANCEL

	state    nearState
	bridged  bool
	through  bool             // the caller hears the far side before it answers
	ok       *sipmsg.Response // our 200
	interval time.Duration    // until it is repeated
	giveUp   time.Time        // without ACK
	timer    *time.Timer      // of 100, then of 180s, then of 200s
	hurried  bool             // the next hop answers soon: 100 is sent only if nothing else was in time
	goodbye  *call.HangUpLeg  // asked for while the ACK was missing
	joining  *joining         // the same

	rel100    bool // the caller has 100rel
	reliable  *reliable
	settled   bool // offer and answer of the INVITE are complete already
	answering bool // the 200 waits for the PRACK that has the answer
}

type nearState int

const (
	nearOffered  nearState = iota // a final response is owed
	nearAnswered                  // the 200 was sent, its ACK is missing
	nearUp
	nearEnding // BYE sent
)

// run owns the leg until it is over.
func (l *nearLeg) run() {
	l.timer = time.NewTimer(tryingAfter)
	if !l.hurried {
		l.timer.Stop()
	}
	defer l.timer.Stop()
	defer l.endTransfer()
	closing := l.e.ctx.Done()
	for !l.ended {
		cancelled, gone := l.cancelled, l.tx.Done()
		if l.state != nearOffered {
			cancelled, gone = nil, nil
		}
		select {
		case o := <-l.orders:
			l.obey(*o)
		case m := <-l.inbox:
			l.endIf(l.ahead())
			l.take(m)
		case s := <-l.successors:
			l.succeeded(s)
		case j := <-l.joins:
			l.joinedBy(j)
		case <-l.joint.parted():
			l.end(l.joint.ended())
		case n := <-l.transfer.told():
			moved, over := l.transferred(n)
			if moved {
				l.moved(n.answered)
			}
			if over != nil {
				l.end(*over)
			}
		case ack := <-l.tx.Acks(): // some peers send it with the INVITE's branch
			l.acked(ack)
		case <-cancelled: // the stack has answered both requests
			l.end(call.LegEnded{By: call.ByCaller, Status: sipmsg.StatusRequestTerminated, Q850: 16})
		case <-gone:
			l.end(call.LegEnded{By: call.ByCaller, Q850: 41, Text: "connection lost"})
		case <-l.timer.C:
			l.tick()
		case <-l.reliable.ready():
			l.reliableTick()
		case <-l.pendingTimer():
			if l.pendingTick() {
				l.hangUp(call.HangUpLeg{Q850: 102, Text: "no ACK"})
			}
		case <-l.session.ready():
			l.endIf(l.sessionTick())
		case a := <-l.inquiry.answered():
			l.endIf(l.refreshed(a))
		case err := <-l.byed:
			l.bye200(err)
		case side := <-l.voice.session.Lost():
			l.missed(side)
		case p := <-l.voice.session.Pressed():
			l.e.key(p)
		case status := <-l.probed:
			if l.inquired(status) {
				l.mediaLost()
			}
		case <-closing:
			closing = nil
			if l.state == nearAnswered {
				l.state = nearUp // no time to wait for the ACK
			}
			l.hangUp(call.HangUpLeg{Status: sipmsg.StatusServiceUnavailable, Q850: 41, Text: "the edge closes"})
		}
	}
}

// tryingAfter is the time in which an INVITE has to have its first response (RFC 3261 §17.2.1).
const tryingAfter = 200 * time.Millisecond

// send answers the INVITE. It fails if a CANCEL was faster.
func (l *nearLeg) send(status int, body []byte, headers ...sipmsg.Header) error {
	res := dialog.NewResponse(l.invite, status, dialog.Phrase(status), body, headers...)
	if err := l.tx.Respond(res); err != nil {
		l.log.Debug("response not sent", keyStatus, status, keyError, err)
		return err
	}
	l.e.metrics.response(call.Near, status)
	if status == sipmsg.StatusOK {
		l.ok = res
	}
	return nil
}

func (l *nearLeg) obey(o order) {
	switch o.do {
	case orderRing:
		if l.state == nearOffered {
			l.ring()
		}
	case orderRingThrough:
		if l.state == nearOffered {
			l.ringThrough()
		}
	case orderAnswer:
		if l.state == nearOffered {
			l.accept()
		}
	case orderMute:
		l.voice.session.Mute(media.Near, o.on)
	case orderConnect:
		l.bridged = true
		l.voice.session.Bridge()
	case orderHangUp:
		l.hangUp(o.hangUp)
	}
}

func (l *nearLeg) ring() {
	l.hurried = false
	if l.rel100 {
		l.ringReliably()
	} else {
		_ = l.send(sipmsg.StatusRinging, nil, append(abilities(), sipmsg.NewHeader("Contact", l.dialog.Contact))...)
	}
	l.timer.Reset(l.e.cfg.Timers.Ringing)
}

// ringThrough has the caller hear the far side before it answers. His INVITE must have had
// an offer, and he must not insist on reliable responses, of which each has to wait for the PRACK of
// the one before.
func (l *nearLeg) ringThrough() {
	l.hurried = false
	if !l.through {
		if l.theirs == nil || l.settled || requires(l.invite, option100rel) || !l.speak() {
			l.ring()
			return
		}
		if err := l.agree(l.described, l.negotiated); err != nil {
			l.log.Error("media not connected", keyError, err)
			l.ring()
			return
		}
		l.through, l.bridged = true, true
		l.voice.session.Bridge()
	}
	_ = l.send(sipmsg.StatusSessionInProgress, l.body, append(abilities(), sipmsg.NewHeader("Contact", l.dialog.Contact))...)
	l.timer.Reset(l.e.cfg.Timers.Ringing)
}

// accept sends the 200, and repeats it until the ACK (RFC 3261 §13.3.1.4).
func (l *nearLeg) accept() {
	if l.theirs != nil && !l.settled && !l.speak() {
		return
	}
	if l.reliable.open() && l.reliable.offer { // not before it is answered (RFC 3262 §3)
		l.answering = true
		return
	}
	body := l.body
	if l.settled {
		body = nil
	} else if l.asked == nil { // else the ACK says where to
		if err := l.agree(l.described, l.negotiated); err != nil {
			l.hangUp(call.HangUpLeg{Status: sipmsg.StatusNotAcceptableHere, Q850: 88, Text: "media"})
			l.log.Error("media not connected", keyError, err)
			return
		}
	}
	if !l.bridged {
		l.voice.session.Tone(media.Near, media.Ringback)
	}
	if err := l.send(sipmsg.StatusOK, body, l.agreeing()...); err != nil {
		select {
		case <-l.cancelled: // seen next
		default:
			l.end(call.LegEnded{By: call.ByTandem, Q850: 41, Text: "200 not sent"})
		}
		return
	}
	t := l.e.cfg.Timers
	l.state, l.interval, l.giveUp = nearAnswered, t.T1, time.Now().Add(t.Ack)
	l.timer.Reset(l.interval)
	l.sessionBegins()
	l.post(call.LegAnswered{Side: call.Near, Dialog: l.remains(dialog.Remainder{State: dialog.Up, Dialog: l.dialog})})
}

// speak settles the codec; false if that has to wait for Microsoft, or cannot be.
func (l *nearLeg) speak() bool {
	codec, ok := l.voice.settle(func() { _ = l.order(order{do: orderAnswer}) })
	if !ok || codec.Same(l.negotiated.Codec) {
		return ok
	}
	l.profile.Codecs = []sdp.Codec{codec}
	var err error
	if l.described, l.negotiated, err = sdp.Answer(l.theirs, l.local, l.profile); err != nil {
		l.hangUp(call.HangUpLeg{Status: sipmsg.StatusNotAcceptableHere, Q850: 88, Text: "codec"})
		return false
	}
	l.body = l.source.Write(l.described)
	return true
}

// tick repeats what has to be repeated.
func (l *nearLeg) tick() {
	switch l.state {
	case nearOffered:
		switch {
		case l.hurried:
			l.hurried = false
			_ = l.send(sipmsg.StatusTrying, nil)
		case l.through:
			l.ringThrough()
		default:
			l.ring()
		}
	case nearAnswered:
		if time.Now().After(l.giveUp) {
			l.log.Warn("no ACK")
			l.state = nearUp // BYE is allowed now (RFC 3261 §15)
			l.hangUp(call.HangUpLeg{Q850: 102, Text: "no ACK"})
			l.goodbye = &call.HangUpLeg{Status: sipmsg.StatusRequestTimeout, Q850: 102, Text: "no ACK"}
			return
		}
		if err := l.tx.Respond(l.ok); err != nil {
			l.log.Debug("200 not repeated", keyError, err)
		}
		l.clearPark()
		l.interval = min(2*l.interval, l.e.cfg.Timers.T2)
		l.timer.Reset(l.interval)
	}
}

// acked takes the ACK of the 200.
func (l *nearLeg) acked(ack *sipmsg.Request) {
	if l.state == nearAnswered && ack.CSeq() != nil && ack.CSeq().SeqNo == l.invite.CSeq().SeqNo {
		l.confirmed(ack.Body())
	}
}

// confirmed: the peer has our 200, and answers our offer if there was one in it
// (RFC 3261 §13.2.1).
func (l *nearLeg) confirmed(answer []byte) {
	l.timer.Stop()
	l.state = nearUp
	l.e.tallies.of(l.peer).answered(time.Now())
	if offer := l.asked; offer != nil {
		l.asked = nil
		if err := l.settle(offer, answer); err != nil && l.goodbye == nil {
			l.goodbye = l.unanswerable(err)
		}
	}
	switch {
	case l.goodbye != nil:
		l.hangUp(*l.goodbye)
	case l.joining != nil:
		j := l.joining
		l.joining = nil
		l.joinedBy(j)
	case l.parked != nil:
		m := l.parked
		l.parked = nil
		l.reinvite(m)
	}
}

// endIf hangs up if there is a reason to.
func (l *nearLeg) endIf(h *call.HangUpLeg) {
	if h != nil {
		l.hangUp(*h)
	}
}

// hangUp ends the leg as it stands.
func (l *nearLeg) hangUp(h call.HangUpLeg) {
	reason := dialog.Reason{Q850: h.Q850, Text: h.Text}
	switch l.state {
	case nearOffered:
		status := h.Status
		if status < 400 || status > 699 {
			status = sipmsg.StatusTemporarilyUnavailable
		}
		var headers []sipmsg.Header
		if r := reason.Header(); r != nil {
			headers = append(headers, r)
		}
		_ = l.send(status, nil, headers...)
		l.end(call.LegEnded{By: call.ByTandem, Status: status, Q850: h.Q850, Text: h.Text})
	case nearAnswered:
		l.goodbye = &h // a callee must not send BYE before the ACK (RFC 3261 §15)
	case nearUp:
		l.goodbye = &h
		l.state = nearEnding
		l.dropTransfer()
		if l.departed {
			l.bye200(nil)
			return
		}
		l.startBye(reason)
	}
}

// leavesFrom makes a request leave from the listening socket, or by the connection that the
// INVITE came on while it lasts: behind a NAT there is no other way back. With a
// route set the proxy that asked for it is the next hop, whatever connection there is.
func (l *nearLeg) leavesFrom() outlet {
	n, transport, source, routed := l.n, l.transport, l.invite.Source(), len(l.dialog.Routes) > 0
	return n.outlet(l.via, func(r *sipmsg.Request) { n.aimBack(r, transport, source, routed) })
}

func (n *nearSide) aimBack(r *sipmsg.Request, transport, source string, routed bool) {
	n.fromHere(r)
	if transport == "UDP" || r.Transport() != transport || routed {
		return
	}
	if c, err := n.ua.TransportLayer().GetConnection(transport, source); err == nil {
		_, _ = c.TryClose() // gives back what GetConnection took
		r.SetDestination(source)
	}
}

// bye200 is the end of our BYE; without an answer the leg is over all the same.
func (l *nearLeg) bye200(err error) {
	e := call.LegEnded{By: call.ByTandem}
	if h := l.goodbye; h != nil {
		e.Status, e.Q850, e.Text = h.Status, h.Q850, h.Text
	}
	if err != nil {
		l.log.Info("BYE was not answered", keyError, err)
	}
	l.end(e)
}

// take handles a request inside the dialog.
func (l *nearLeg) take(m *inside) {
	r := m.request
	if !l.ours(m) {
		close(m.done)
		return
	}
	switch r.Method {
	case sipmsg.ACK:
		l.acked(r)
		if h := l.pendingAck(r); h != nil {
			l.hangUp(*h)
		}
	case sipmsg.BYE:
		l.bye(m)
	case sipmsg.REFER:
		l.refer(m)
	case sipmsg.INVITE:
		switch {
		case l.departed:
			l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		case l.state == nearOffered:
			l.respond(m, sipmsg.StatusInternalServerError, nil, retrySoon()) // RFC 3261 §14.2
		case l.state == nearAnswered && l.asked != nil: // the answer to our offer is still to come
			l.park(m)
			return
		case l.state == nearAnswered: // the ACK was overtaken, see reinvite
			l.confirmed(nil)
			l.reinvite(m)
			return
		case l.state == nearEnding:
			l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		default:
			l.reinvite(m)
			return
		}
	case sipmsg.OPTIONS:
		l.respond(m, sipmsg.StatusOK, nil, capabilities()...)
	case sipmsg.INFO:
		l.info(m)
	case sipmsg.PRACK:
		l.prack(m)
	case sipmsg.UPDATE:
		switch {
		case l.state == nearEnding:
			l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		case l.describes(m) && (len(r.Body()) == 0 || l.mayOffer(m)):
			l.update(m)
		}
	default:
		l.respond(m, sipmsg.StatusMethodNotAllowed, nil, guard.Allow(nearMethods()))
	}
	close(m.done)
}

// bye takes the peer's BYE. One that crosses ours counts as theirs.
func (l *nearLeg) bye(m *inside) {
	l.respond(m, sipmsg.StatusOK, nil)
	if l.state == nearOffered { // a caller may end an early dialog so (RFC 3261 §15)
		_ = l.send(sipmsg.StatusRequestTerminated, nil)
	}
	reason := dialog.ParseReason(m.request)
	if reason.Q850 == 0 {
		reason.Q850 = 16
	}
	if l.transfer != nil && l.state == nearUp { // who transfers may leave at once (RFC 5589 §6.1)
		l.departed, l.leftWith = true, reason
		if l.session.timer != nil {
			l.session.timer.Stop()
		}
		return
	}
	by := call.ByCaller
	if l.state == nearEnding {
		by = call.ByTandem
	}
	l.end(call.LegEnded{By: by, Q850: reason.Q850, Text: reason.Text})
}
