package sip

import (
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/sdp"
)

// What a REFER does whose Replaces names another call of the same peer's with us (RFC 5589 §7): the
// peer leaves both, and the two near sides are each other's other end from then on. Both are of this
// process, so nothing is said of it on the wire: an INVITE to ourselves would have to be told from
// a stranger's, to find the way back from an advertised address, and to be ended by another
// process in the place of one that died. Only the sound goes from one relay port to the other.

// joint is what two near sides have in common that are each other's other end.
type joint struct {
	once   sync.Once
	apart  chan struct{} // closed when one of them ends
	reason dialog.Reason // written before
}

// part ends it, once; of nothing it does nothing.
func (j *joint) part(why dialog.Reason) {
	if j == nil {
		return
	}
	j.once.Do(func() {
		j.reason = why
		close(j.apart)
	})
}

// parted is nil, which is never ready, without one.
func (j *joint) parted() <-chan struct{} {
	if j == nil {
		return nil
	}
	return j.apart
}

// ended is the end of the side that is left.
func (j *joint) ended() call.LegEnded {
	return call.LegEnded{By: call.ByCaller, Q850: orNormal(j.reason.Q850), Text: j.reason.Text}
}

// joining asks the leg of a second call to be the other end of that of a first one, which has the REFER.
type joining struct {
	joint    *joint
	other    *leg // of the second call
	replaces replaces
	peer     string           // of the first
	id       call.ID          // call that the first is of
	offer    *sdp.Description // of the first's sound, inside this host
	stop     <-chan struct{}  // closed: the first does not want it any more
	answer   chan joined      // has room
}

// joined is the answer to it.
type joined struct {
	status int        // 0: it has happened
	stream sdp.Stream // what the first is to do with its sound then
}

// joinTo takes a REFER that names another call of ours.
func (l *leg) joinTo(m *inside, f referral, other *leg, what replaces, peer string, id call.ID) {
	if other == l {
		l.respond(m, sipmsg.StatusGlobalDecline, nil, warning("Replaces names the very call that is transferred"))
		return
	}
	t := &transfer{e: l.e, leg: l, refer: f, news: make(chan transferNews), stop: make(chan struct{})}
	t.join = &joining{
		joint: &joint{apart: make(chan struct{})}, other: other, replaces: what, peer: peer, id: id,
		offer: sdp.Offer(l.insideLocal(), l.insideProfile()), stop: t.stop, answer: make(chan joined, 1),
	}
	l.begin(m, t, l.outlet.client)
}

// insideLocal is the leg's end of the sound for another one on this host, to which an advertised address may lead nowhere.
func (l *leg) insideLocal() sdp.Local {
	local := l.local
	local.Address, local.Direction = l.stream.Here(), sdp.SendRecv
	return local
}

// insideProfile is what it may speak there: what it speaks now, without encryption.
func (l *leg) insideProfile() sdp.Profile {
	p := sdp.Near(sdp.PlainOnly, l.profile.Codecs...)
	p.Noise = l.profile.Noise
	return p
}

// runJoin asks the other leg, beside the first one: two that ask each other must not wait for each other.
func (t *transfer) runJoin() {
	j := t.join
	select {
	case j.other.joins <- j:
	case <-j.other.over:
		t.failed(sipmsg.StatusCallTransactionDoesNotExists)
		return
	case <-t.stop:
		return
	}
	select {
	case a := <-j.answer:
		switch {
		case a.status != 0:
			t.failed(a.status)
		case !t.tell(transferNews{joined: &a}): // it has ended meanwhile
			j.joint.part(dialog.Reason{})
		}
	case <-j.other.over:
		t.failed(sipmsg.StatusCallTransactionDoesNotExists)
	}
}

// joins tells whether it is another call of ours that takes the place of the other end.
func (t *transfer) joins() bool { return t != nil && t.join != nil }

// refusesJoin is why the leg cannot be the second, as it would be to an INVITE with
// Replaces (RFC 3891 §3); 0: it can. Of another peer's calls nobody is told.
func (l *leg) refusesJoin(j *joining, peer string, id call.ID, up bool) int {
	switch {
	case !up, l.departed, j.peer != peer, j.replaces.fromTag != l.dialog.RemoteTag:
		return sipmsg.StatusCallTransactionDoesNotExists
	case j.replaces.earlyOnly:
		return sipmsg.StatusBusyHere
	case j.id == id: // it would hear itself
		return sipmsg.StatusGlobalDecline
	case l.transfer != nil, l.unconfirmed(): // a BYE has to wait for the ACK (RFC 3261 §15)
		return sipmsg.StatusRequestPending
	}
	return 0
}

// joinedBy is the part of the second leg; false if it was refused, and nothing has changed.
func (l *leg) joinedBy(j *joining, refused int) bool {
	select {
	case <-j.stop:
		refused = sipmsg.StatusRequestTerminated
	default:
	}
	var first sdp.Stream
	if refused == 0 {
		if first, refused = l.agreeInside(j.offer); refused == 0 {
			old, leaves := l.dialog, l.outlet
			l.joinAt(j.joint)
			l.endReplaced(old, leaves)
		}
	}
	j.answer <- joined{refused, first}
	return refused == 0
}

// agreeInside answers the offer of the first leg, what follows from it for that one too, so that it
// cannot fail there any more.
func (l *leg) agreeInside(offer *sdp.Description) (first sdp.Stream, refused int) {
	answer, stream, err := sdp.Answer(offer, l.insideLocal(), l.insideProfile())
	if err == nil {
		first, err = sdp.Conclude(offer, answer)
	}
	if err == nil {
		err = l.agree(answer, stream)
	}
	if err != nil {
		l.log.Info("a call cannot be joined with this one", keyError, err)
		return first, sipmsg.StatusNotAcceptableHere
	}
	l.stream.Trust(stream.Remote.Addr())
	return first, 0
}

// joinedTo is the part of the first leg.
func (l *leg) joinedTo(j *joining, a joined) {
	if err := l.agree(j.offer, a.stream); err != nil { // the edge closes
		l.log.Warn("no sound", keyError, err)
	}
	l.stream.Trust(a.stream.Remote.Addr())
	l.leaveTransferor()
	l.joinAt(j.joint)
	l.log.Info("joined with another call")
	l.postDialogs(nil)
}

// joinAt has no dialog of the leg be there any more.
func (l *leg) joinAt(j *joint) {
	l.forgetDialog()
	l.session.stop()
	l.joint, l.departed = j, true
}

// joinedBy has another call of the peer's be the leg's other end.
func (l *nearLeg) joinedBy(j *joining) {
	refused := l.refusesJoin(j, l.peer, l.id, l.state == nearUp || l.state == nearAnswered)
	if refused == 0 && l.state == nearAnswered { // the same for the ACK of the first INVITE, which may have been overtaken
		if l.joining == nil {
			l.joining = j
			return
		}
		refused = sipmsg.StatusRequestPending
	}
	if l.leg.joinedBy(j, refused) {
		l.log.Info("another call takes over", "call_joined", string(j.id))
		l.postDialogs(nil)
	}
}

// joinedBy is the same for the telephone of a call out.
func (o *outCall) joinedBy(j *joining) {
	l := &o.near
	if l.joinedBy(j, l.refusesJoin(j, o.peer.who.Name, o.id, o.peer.up && o.cause == nil)) {
		l.log.Info("another call takes over", "call_joined", string(j.id))
		o.dialogs(nil)
	}
}
