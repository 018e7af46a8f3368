package sip

import (
	"errors"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/sdp"
	"tandem/sip/wire"
)

// What INVITE with Replaces does to legs whose first INVITE was ours, or which have two
// dialogs; that of a near leg is in replaces.go. The 200 is repeated as that to a
// re-INVITE is, until its ACK.

// mayTake refuses a successor that cannot have the leg (RFC 3891 §3). The leg's dialog is
// confirmed, or, for one of our INVITEs, is among the early ones whose tags are given.
// What belongs to another peer, or another trunk, is not told of.
func (l *leg) mayTake(s *successor, from string, up bool, early func(tag string) bool) bool {
	switch {
	case s.givenUp():
		close(s.done)
		s.refusal <- nil
	case s.from != from, up && s.replaces.fromTag != l.dialog.RemoteTag, !up && !early(s.replaces.fromTag):
		s.refuse(sipmsg.StatusCallTransactionDoesNotExists, causeDialog)
	case up && s.replaces.earlyOnly:
		s.refuse(sipmsg.StatusBusyHere, causeReplaces)
	case l.transfer.joins(): // and perhaps the other call has agreed
		s.refuse(sipmsg.StatusRequestPending, causeReplaces)
	case l.unconfirmed() && l.pending.offer != nil: // the answer to it is missing; else the ACK was only overtaken
		s.refuse(sipmsg.StatusInternalServerError, causeReplaces, retrySoon())
	default:
		return true
	}
	return false
}

// unconfirmed tells whether the ACK of a successor's INVITE is missing: until then there is
// no BYE (RFC 3261 §15).
func (l *leg) unconfirmed() bool { return l.pending != nil && l.pending.first }

// succeedsWith is taken with the session timer of the new dialog, which the successor may
// want otherwise than the one it replaces.
func (l *leg) succeedsWith(s *successor, contact string) bool {
	before := l.session
	l.session = newSession(l.side, l.e.cfg.Timers)
	if refusal := l.sessionAsked(s.request); refusal != nil {
		l.session = before
		s.refusal <- refusal
		return false
	}
	if !l.taken(s, contact) {
		l.session = before
		return false
	}
	before.stop()
	l.sessionBegins()
	return true
}

// taken has the dialog of a successor take the place of the leg's own; false if it was
// refused, and nothing has changed.
func (l *leg) taken(s *successor, contact string) bool {
	var a anew
	if refusal := l.describeAnew(&a, s, contact); refusal != nil {
		s.refusal <- refusal
		return false
	}
	described, agreed, body := l.described, l.agreed, l.body
	d := a.answer
	if d == nil {
		d = sdp.Offer(a.local, l.profile)
	} else if err := l.agree(a.answer, a.stream); err != nil {
		s.refusal <- badSDP(sipmsg.StatusNotAcceptableHere, err.Error())
		return false
	}
	source := sdp.NewSource(uint64(time.Now().Unix())) //nolint:gosec // after 1970
	l.body = source.Write(d)
	old := l.dialog
	l.dialog = a.dialog
	l.enterDialog() // who has the 200 may send what belongs to the dialog
	res := dialog.NewResponse(s.request, sipmsg.StatusOK, "OK", l.body, l.agreeing()...)
	if err := s.tx.Respond(res); err != nil { // it was cancelled at this moment
		l.log.Info("200 to a successor not sent", keyError, err)
		l.leaveDialog()
		l.dialog, l.body = old, body
		if a.answer != nil && described != nil {
			_ = l.agree(described, agreed) // as it was
		}
		close(s.done)
		s.refusal <- nil
		return false
	}
	l.e.metrics.response(l.side, sipmsg.StatusOK)
	l.dialog = old
	l.forgetDialog()
	l.dialog, l.local, l.source, l.ownsCallID = a.dialog, a.local, source, false
	t := l.e.cfg.Timers
	l.pending = &pending{
		m: &s.inside, response: res, cseq: s.request.CSeq().SeqNo, interval: t.T1, giveUp: time.Now().Add(t.Ack), timer: time.NewTimer(t.T1), first: true,
	}
	if a.answer == nil {
		l.pending.offer = d
	}
	l.log.Info("another dialog takes over", keySIPCallID, l.dialog.CallID)
	s.refusal <- nil
	return true
}

// succeeded takes an INVITE with Replaces of Microsoft's: a call is picked up, or
// transferred by one (facts/direct-routing.md §10). While it rings, ours is cancelled.
func (l *farLeg) succeeded(s *successor) {
	up := l.state == farUp
	if l.state == farEnding || l.goodbye != nil || l.early != nil || l.departed {
		s.refuse(sipmsg.StatusGlobalDecline, causeReplaces)
		return
	}
	if !l.mayTake(s, l.t.FQDN, up, func(tag string) bool { return l.rang[tag] }) {
		return
	}
	old, leaves := l.dialog, l.outlet
	if !l.succeedsWith(s, l.dialog.Contact) {
		return
	}
	l.dropTransfer()
	switch a := l.attempt; {
	case up:
		l.endReplaced(old, leaves)
	default:
		l.e.metrics.attempt(a.index, attemptCancelled)
		a.cancel()
		a.abandon()
		l.attempt, l.drained = nil, true
		l.timer.Stop()
	}
	l.state = farUp
	if l.described != nil {
		l.voice.fromFar(l.agreed.Codec)
	}
	l.post(call.LegAnswered{Side: call.Far, Dialog: l.remains(dialog.Remainder{State: dialog.Up, Trunk: l.t.FQDN, Dialog: l.dialog})})
}

// confirmed ends a leg whose end had to wait for the ACK of a successor.
func (l *farLeg) confirmed() {
	if l.goodbye != nil && l.state == farUp && !l.unconfirmed() {
		l.bye(*l.goodbye)
	}
}

// succeededFar is the same for the side of Microsoft's of a call out, once it is up.
func (o *outCall) succeededFar(s *successor) {
	switch {
	case o.cause != nil:
		s.refuse(sipmsg.StatusGlobalDecline, causeReplaces)
		return
	case o.state == outOffered: // an early dialog that we have not begun
		s.refuse(sipmsg.StatusCallTransactionDoesNotExists, causeDialog)
		return
	}
	if o.state == outAnswered { // its ACK was overtaken: who knows our tag has our 200
		o.confirmed()
	}
	if !o.far.mayTake(s, o.t.FQDN, true, nil) {
		return
	}
	old, leaves := o.far.dialog, o.far.outlet
	if !o.far.succeedsWith(s, o.far.dialog.Contact) {
		return
	}
	o.far.dropTransfer()
	o.rejoin()
	o.far.endReplaced(old, leaves)
	o.e.engine.Leg(o.id, call.LegAnswered{Side: o.side, Dialog: o.remainder()})
}

// succeededNear has another telephone of the same peer's go on with a call out. One that
// still rings is answered so, and ours is cancelled: a call is picked up elsewhere.
func (o *outCall) succeededNear(s *successor) {
	d, l := &o.peer, &o.near
	if o.cause != nil || l.departed {
		s.refuse(sipmsg.StatusGlobalDecline, causeReplaces)
		return
	}
	if !l.mayTake(s, d.who.Name, d.up, func(tag string) bool { return d.forks[tag] != nil }) {
		return
	}
	if !d.up && len(s.request.Body()) == 0 { // Microsoft's answer would have to wait for the ACK
		s.refuse(sipmsg.StatusNotAcceptableHere, causeReplaces, warning("a call that rings is picked up with an offer"))
		return
	}
	transport, n := strings.ToUpper(s.request.Transport()), s.n
	via := n.sentBy(transport, wire.Source(s.request.Source()).Addr())
	old, leaves := l.dialog, l.outlet
	if !l.succeedsWith(s, contact(transport, via)) {
		return
	}
	source, routed := s.request.Source(), len(l.dialog.Routes) > 0
	l.outlet = n.outlet(via, func(r *sipmsg.Request) { n.aimBack(r, transport, source, routed) })
	l.stream.Trust(wire.Source(source).Addr())
	o.rejoin()
	if d.up {
		l.dropTransfer()
		l.endReplaced(old, leaves)
		o.e.engine.Leg(o.id, call.LegAnswered{Side: o.side, Dialog: o.remainder()})
		return
	}
	o.forgetPeer()
	d.up = true
	if err := o.join(l.described, l.agreed); err != nil {
		o.log.Error("the successor's SDP cannot be used", keyError, err)
		o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusNotAcceptableHere, Q850: 88, Text: "SDP answer"}, sipmsg.StatusNotAcceptableHere)
		return
	}
	o.answer()
}

// confirmedAnew ends what had to wait for the ACK of a successor.
func (o *outCall) confirmedAnew() {
	if o.cause != nil {
		o.endFar(0)
		o.endNear()
	}
}

// forgetPeer cancels an INVITE of ours that is not needed any more, and leaves it to itself.
func (o *outCall) forgetPeer() {
	d := &o.peer
	d.wait.Stop()
	if d.tx == nil {
		return
	}
	o.cancelPeer()
	(&unwanted{e: o.e, n: o.from(), head: d.head, hop: d.sentTo(), dialog: dialog.Dialog{
		CallID: d.head.CallID, Local: d.head.From, Remote: d.head.To, CSeq: d.head.CSeq, Target: d.head.URI, Transport: d.hop.Transport, Contact: contact(d.hop.Transport, d.via),
	}, via: d.via, tx: d.tx, cancelled: true}).watch()
	d.wait.Stop()
	d.tx = nil
}

// join gives Microsoft an answer that fits what was agreed on with the peer.
func (o *outCall) join(d *sdp.Description, near sdp.Stream) error {
	switch same := slices.ContainsFunc(o.far.profile.Codecs, near.Codec.Same); {
	case o.peer.early: // Microsoft has its answer; the peer may still change its law
		if !slices.ContainsFunc(alike(o.far.agreed.Codec), near.Codec.Same) {
			return errors.New("the peer has changed to a codec that Microsoft was not told")
		}
		o.far.profile.Codecs = []sdp.Codec{o.far.agreed.Codec}
	case same:
		o.far.profile.Codecs = []sdp.Codec{near.Codec}
	default: // the other law
		o.far.profile.Codecs = alike(near.Codec)
	}
	answer, far, err := sdp.Answer(o.theirs, o.far.local, o.far.profile)
	if err != nil {
		return err
	}
	if !o.peer.early {
		o.far.body = o.far.source.Write(answer)
	}
	if err := errors.Join(o.near.agree(d, near), o.far.agree(answer, far)); err != nil {
		return err
	}
	o.far.voice.session.Bridge()
	return nil
}
