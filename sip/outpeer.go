package sip

import (
	"errors"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"tandem/internal/call"
	"tandem/internal/tenant"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/media"
	"tandem/sip/party"
	"tandem/sip/sdp"
)

// dialled is our INVITE to a peer.
type dialled struct {
	who     guard.Peer
	n       *nearSide // that the peer is called from; nil: nothing was sent yet
	hop     dialog.Hop
	hops    []dialog.Hop // that are left
	found   chan found
	via     string
	request *sipmsg.Request
	head    dialog.Head
	offer   *sdp.Description
	ack     *sipmsg.Request

	tx      sipmsg.ClientTransaction // nil: not sent yet, or nothing more is to come of it
	sending bool                     // on its way to be sent
	started chan outcome
	again   chan *sipmsg.Response // a 200 once more
	wait    *time.Timer           // for the first response; after CANCEL for the final one

	forks map[string]*fork // by their tag

	ringing    bool // something but 100 came
	heard      bool // something came: it may be cancelled (RFC 3261 §9.1)
	cancelled  bool
	challenged bool   // a challenge was answered; a second one is a no
	early      bool   // Microsoft has our description already
	earlyTag   string // of the fork whose sound it is
	counted    bool   // among the calls of the peer
	registered bool
	up         bool
	branches   []string // of all INVITEs sent

	credentials []sipmsg.Header // that the last INVITE had
	wide        bool            // the last INVITE went over TCP because of its size
	narrow      bool            // that was tried in vain
}

// sentTo is where the INVITE went, and its CANCEL has to go.
func (d *dialled) sentTo() dialog.Hop {
	hop := d.hop
	if d.wide {
		hop.Transport = "TCP"
	}
	return hop
}

func (d *dialled) awaited() (responses <-chan *sipmsg.Response, lost <-chan struct{}) {
	if d.tx == nil {
		return nil, nil
	}
	return d.tx.Responses(), d.tx.Done()
}

func (d *dialled) timer() <-chan time.Time {
	if d.wait == nil {
		return nil
	}
	return d.wait.C
}

// newOutCall negotiates with Microsoft as far as it can be without the peer, so that
// what cannot work costs nobody anything.
func (f *farSide) newOutCall(r *sipmsg.Request, tx sipmsg.ServerTransaction) (*outCall, *guard.Refusal) {
	e := f.e
	refuse := func(status int, cause guard.Cause, what string) (*outCall, *guard.Refusal) {
		return nil, &guard.Refusal{Status: status, Reason: dialog.Phrase(status), Cause: cause, Headers: []sipmsg.Header{warning(what)}}
	}
	t, ok := f.trunks[strings.ToLower(r.Recipient.Host)]
	if !ok {
		return refuse(sipmsg.StatusNotFound, causeFarCall, "this is not a trunk of this node")
	}
	o := &outCall{
		e: e, t: t, far: newLeg(e, call.Far), near: newLeg(e, call.Near), invite: r, tx: tx, cancelled: make(chan struct{}),
		number: party.Called(r.Recipient), nearOver: true,
	}
	o.caller, o.billed = party.AtMicrosoft(r)
	o.peer.found = make(chan found, 1)
	o.peer.started, o.peer.again, o.peer.forks = make(chan outcome, 1), make(chan *sipmsg.Response, 4), map[string]*fork{}
	o.log = e.log.With(keyLeg, "out", keySIPCallID, r.CallID().Value(), keyTrunk, t.FQDN)
	o.far.log, o.near.log = o.log, o.log
	o.far.outlet, o.far.trunk = t.outlet(), t.FQDN
	if refusal := o.far.sessionAsked(r); refusal != nil {
		return nil, refusal
	}
	if _, err := tenant.ParseE164(o.number); err != nil {
		return refuse(sipmsg.StatusNotFound, causeFarCall, "only E.164 numbers are dialled")
	}
	var err error
	if o.theirs, err = sdp.Parse(r.Body()); err != nil {
		return refuse(sdpStatus(err), causeSDP, err.Error())
	}
	// The peer chooses from what Microsoft offers, either law of G.711 included, and
	// Microsoft gets what the peer chose if it has that.
	v := (&voice{offered: common(o.theirs.Audio.Codecs), noise: o.theirs.Audio.Noise != 0}).use()
	o.far.profile, o.near.profile = sdp.Far(v.offered...), sdp.Near(e.cfg.Near.Security, withLaws(v.offered)...)
	o.far.profile.Noise, o.near.profile.Noise = v.noise, v.noise
	tag, _ := r.To().Params.Get("tag")
	o.farCallID = r.CallID().Value()
	if o.far.dialog, err = dialog.Answering(r, tag, t.Contact(o.number)); err != nil {
		return refuse(sipmsg.StatusBadRequest, guard.CauseMalformed, "no usable Contact")
	}
	session, err := e.relay.Open(media.PCMA) // until the peer has chosen
	if err != nil {
		o.log.Error("no media ports", keyError, err)
		return refuse(sipmsg.StatusServiceUnavailable, causeNoPorts, "no media ports")
	}
	v.session, o.far.voice = session, v
	for _, l := range []*leg{&o.far, &o.near} {
		l.source = sdp.NewSource(uint64(time.Now().Unix())) //nolint:gosec // after 1970
	}
	o.far.stream, o.near.stream = session.Far(), session.Near()
	o.far.local, o.near.local = localMedia(o.far.stream), localMedia(o.near.stream)
	if _, _, err := sdp.Answer(o.theirs, o.far.local, o.far.profile); err != nil {
		o.far.voice.release()
		return refuse(sdpStatus(err), causeSDP, err.Error())
	}
	return o, nil
}

// dialling takes the news that the INVITE is on its way, or is not.
func (o *outCall) dialling(s outcome) {
	d := &o.peer
	d.sending = false
	switch {
	case s.err != nil && d.wide && o.cause == nil: // it takes UDP only, so fragments have to do
		o.log.Info("the peer takes no TCP, a large INVITE goes over UDP", keyPeer, d.who.Name, keyError, s.err)
		d.narrow = true
		o.sendInvite(d.credentials...)
	case s.err != nil:
		o.log.Warn("the peer is not reached", keyPeer, d.who.Name, keyTarget, d.hop.String(), keyError, s.err)
		o.avoid(unreachableFor)
		if o.tryNext() {
			return
		}
		o.nearOver = true
		o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusServiceUnavailable, Q850: 38, Text: "peer not reached"}, sipmsg.StatusServiceUnavailable)
	default:
		d.tx = s.tx
		d.wait.Reset(o.e.cfg.Timers.FirstResponse)
		o.post(0)
	}
}

// post tells the engine how it stands, and what the dialogs are ended with.
func (o *outCall) post(status int) {
	if o.cause == nil {
		o.e.engine.Leg(o.id, call.LegProceeding{Side: o.side, Status: status, Dialog: o.remainder()})
	}
}

func (o *outCall) nearRemainder() *dialog.Remainder {
	d := &o.peer
	switch {
	case o.near.joint != nil:
		return nil
	case d.up:
		return &dialog.Remainder{State: dialog.Up, Dialog: o.near.dialog}
	case !d.registered || d.head.Via == nil:
		return nil
	}
	return &dialog.Remainder{
		State: dialog.Dialing, Dialog: o.near.dialog, InviteURI: d.head.URI, InviteTo: d.head.To,
		Branch: d.head.Via.Params.GetOr("branch", ""), SentBy: d.via, Hop: d.sentTo(),
	}
}

// answered takes a response of the peer's to the INVITE.
func (o *outCall) answered(r *sipmsg.Response) {
	if !r.IsProvisional() && !r.IsSuccess() {
		o.e.sawACK(call.Near, o.peer.request, o.peer.tx)
	}
	if err := unpack(r); err != nil {
		o.log.Info("what the peer answers has parts that cannot be used", keyError, err)
	}
	o.e.locate(r)
	switch d := &o.peer; {
	case r.IsProvisional():
		o.provisional(r)
	case r.IsSuccess():
		o.established(r)
	case challenges(r) && !d.challenged && o.cause == nil:
		h, err := credentials(d.who, d.head, r)
		if err != nil {
			o.log.Warn("the peer's challenge cannot be answered", keyPeer, d.who.Name, keyError, err)
			o.refused(r)
			return
		}
		o.from().keep(d.head, d.hop, r, d.tx)
		d.challenged = true
		o.again(h)
	case r.StatusCode == statusIntervalTooSmall && o.near.session.minimum == 0 && minSE(r) > 0 && o.cause == nil:
		o.from().keep(d.head, d.hop, r, d.tx)
		o.near.session.minimum = minSE(r)
		o.again()
	default:
		o.refused(r)
	}
}

// again sends the INVITE once more, with something else in it.
func (o *outCall) again(credentials ...sipmsg.Header) {
	o.peer.head.CSeq++
	o.near.dialog.CSeq = o.peer.head.CSeq
	o.sendInvite(credentials...)
}

// refused passes the peer's no on to Microsoft.
func (o *outCall) refused(r *sipmsg.Response) {
	o.from().keep(o.peer.head, o.peer.hop, r, o.peer.tx)
	o.peer.tx = nil
	if r.StatusCode == sipmsg.StatusServiceUnavailable { // of this target, not of the telephone
		o.log.Info("a target of the peer is not available", keyPeer, o.peer.who.Name, keyTarget, o.peer.hop.String())
		if wait := retryAfter(r); wait > 0 {
			o.avoid(wait)
		}
		if !o.peer.ringing && o.tryNext() {
			return
		}
	}
	o.nearOver = true
	reason := dialog.ParseReason(r)
	o.log.Info("the peer refuses", keyPeer, o.peer.who.Name, keyStatus, r.StatusCode, keyQ850, reason.Q850, keyText, r.Reason)
	status := statusForMicrosoft(r.StatusCode)
	o.end(call.LegEnded{By: call.ByCaller, Status: status, Q850: reason.Q850, Text: r.Reason}, status)
}

// statusForMicrosoft maps what a peer refuses with: what is about the telephone
// passes as it is, what is about the way there makes Microsoft try another trunk
// (facts/direct-routing.md §13).
func statusForMicrosoft(status int) int {
	switch {
	case status < 400, status == sipmsg.StatusUnauthorized, status == sipmsg.StatusProxyAuthRequired, status == sipmsg.StatusRequestTimeout,
		status >= 500 && status < 600:
		return sipmsg.StatusServiceUnavailable
	}
	return status
}

// challenges reports whether a response asks who we are (RFC 3261 §22.2, §22.3).
func challenges(r *sipmsg.Response) bool {
	return r != nil && (r.StatusCode == sipmsg.StatusUnauthorized || r.StatusCode == sipmsg.StatusProxyAuthRequired)
}

// credentials answers the strongest challenge offered: SHA-256 before MD5
// (RFC 8760 §2.4). Of a peer that knows us by the account by which we know it, what
// is kept of the password is good in our own realm only.
func credentials(who guard.Peer, head dialog.Head, r *sipmsg.Response) (sipmsg.Header, error) {
	asks, name := "WWW-Authenticate", "Authorization"
	if r.StatusCode == sipmsg.StatusProxyAuthRequired {
		asks, name = "Proxy-Authenticate", "Proxy-Authorization"
	}
	var chosen *digest.Challenge
	for _, h := range r.GetHeaders(asks) {
		c, err := digest.ParseChallenge(h.Value())
		if err == nil && digest.CanDigest(c) && (chosen == nil || strings.EqualFold(c.Algorithm, "SHA-256")) {
			chosen = c
		}
	}
	if chosen == nil || who.DialUsername == "" {
		return nil, errors.New("no challenge for which there is a password")
	}
	c, err := digest.Digest(chosen, digest.Options{Method: string(head.Method), URI: head.URI, Username: who.DialUsername, Password: who.DialPassword})
	if err != nil {
		return nil, err
	}
	return sipmsg.NewHeader(name, c.String()), nil
}

// connectBoth joins the sound of both dialogs by what the peer answers with.
func (o *outCall) connectBoth(body []byte) error {
	theirs, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	near, err := sdp.Conclude(o.peer.offer, theirs)
	if err != nil {
		return err
	}
	return o.join(o.peer.offer, near)
}

// established acknowledges the peer's 2xx and passes it on.
func (o *outCall) established(r *sipmsg.Response) {
	d := &o.peer
	d.wait.Stop()
	d.tx.OnRetransmission(func(r *sipmsg.Response) {
		select {
		case d.again <- r:
		default: // it will be repeated
		}
	})
	d.tx = nil
	established, err := o.near.dialog.Establish(r)
	if err != nil {
		o.log.Error("200 without a usable dialog", keyError, err)
		o.nearOver = true
		o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusServiceUnavailable, Q850: 111, Text: "200 without a usable dialog"}, sipmsg.StatusServiceUnavailable)
		return
	}
	body, connected := r.Body(), false
	if f := d.forks[established.RemoteTag]; f != nil {
		established.CSeq, established.RemoteCSeq = f.dialog.CSeq, f.dialog.RemoteCSeq
		if len(body) == 0 { // the answer was in a provisional response, and may have been changed since
			body, connected = f.body, d.earlyTag == established.RemoteTag
		}
	}
	o.near.dialog, d.up = established, true
	o.near.sessionAnswered(r)
	o.acknowledge()
	if o.cause != nil { // it crossed our CANCEL
		o.endNear()
		return
	}
	if !connected {
		if err := o.connectBoth(body); err != nil && !d.early {
			o.log.Error("the peer's SDP cannot be used", keyError, err)
			o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusNotAcceptableHere, Q850: 88, Text: "SDP answer"}, sipmsg.StatusNotAcceptableHere)
			return
		}
	}
	o.answer()
}

// answer passes on that the telephone has answered.
func (o *outCall) answer() {
	d := &o.peer
	if err := o.send(sipmsg.StatusOK, o.far.body); err != nil {
		select {
		case <-o.cancelled: // seen next
		default:
			o.farOver = true
			o.end(call.LegEnded{By: call.ByTandem, Q850: 41, Text: "200 not sent"}, 0)
		}
		return
	}
	t := o.e.cfg.Timers
	o.state, o.interval, o.giveUp = outAnswered, t.T1, time.Now().Add(t.Ack)
	o.timer.Reset(o.interval)
	o.log.Info("the telephone answers", keyPeer, d.who.Name)
	o.e.engine.Leg(o.id, call.LegAnswered{Side: o.side, Dialog: o.remainder()})
}

// acknowledge sends the ACK, the same one each time (RFC 3261 §13.2.2.4).
func (o *outCall) acknowledge() {
	d := &o.peer
	if d.ack == nil {
		ack, err := o.near.dialog.ACK(d.head.CSeq, d.via)
		if err != nil {
			o.log.Error("no ACK", keyError, err)
			return
		}
		o.from().fromHere(ack)
		d.ack = ack
	}
	if err := o.from().write(d.ack); err != nil {
		o.log.Warn("ACK not sent", keyError, err)
	}
}

// write sends a request without a transaction, in bounded time.
func (n *nearSide) write(r *sipmsg.Request) error {
	ctx, done := n.e.requestContext()
	defer done()
	c, err := n.ua.TransportLayer().ClientRequestConnection(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _, _ = c.TryClose() }()
	n.e.saw(call.Near, r)
	return c.WriteMsg(r)
}

// peerLost: the transaction ended by itself, mostly because the connection did.
func (o *outCall) peerLost() {
	err := o.peer.tx.Err()
	o.peer.tx = nil
	o.avoid(unreachableFor)
	if !o.peer.ringing && o.tryNext() {
		return
	}
	o.nearOver = true
	o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusServiceUnavailable, Q850: 38, Text: "peer lost"}, sipmsg.StatusServiceUnavailable)
	o.log.Info("INVITE lost", keyPeer, o.peer.who.Name, keyError, err)
}

// peerSilent: nothing came in time, to the INVITE or to its CANCEL. Who comes to life
// late is told that nobody wants the call any more.
func (o *outCall) peerSilent() {
	d := &o.peer
	if d.tx == nil || d.up {
		return
	}
	o.log.Warn("the peer stays silent", keyPeer, d.who.Name, keyTarget, d.hop.String())
	o.avoid(unreachableFor)
	(&unwanted{e: o.e, n: o.from(), head: d.head, hop: d.sentTo(), dialog: o.near.dialog, via: d.via, tx: d.tx, cancelled: d.cancelled}).watch()
	d.tx = nil
	if o.tryNext() {
		return
	}
	o.nearOver = true
	o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusServiceUnavailable, Q850: 102, Text: "peer silent"}, sipmsg.StatusServiceUnavailable)
}

// cancelPeer sends CANCEL, once, and waits for the final response (RFC 3261 §9.1).
func (o *outCall) cancelPeer() {
	d := &o.peer
	if d.cancelled {
		return
	}
	d.cancelled = true
	d.wait.Reset(min(o.e.cfg.Timers.Request, 64*o.e.cfg.Timers.T1))
	o.from().cancel(d.head, d.sentTo())
}

func (n *nearSide) cancel(head dialog.Head, hop dialog.Hop) {
	r := dialog.Cancel(head, hop)
	n.fromHere(r)
	n.e.sendCancel(call.Near, n.client, r)
}

func (o *outCall) endNear() {
	switch d := &o.peer; {
	case o.nearOver:
	case d.up && o.near.unconfirmed(): // BYE follows the ACK
	case d.up && o.near.departed:
		o.near.dropTransfer()
		o.near.joint.part(o.reason)
		o.nearOver = true
	case d.up:
		o.near.dropTransfer()
		o.near.startBye(o.reason)
	case d.heard:
		o.cancelPeer()
	} // without a response yet: CANCEL follows the first one, or the timer ends the wait
}

func (o *outCall) nearGone(err error) {
	if err != nil {
		o.log.Info("BYE was not answered", keyPeer, o.peer.who.Name, keyError, err)
	}
	o.near.byed, o.nearOver = nil, true
}

// takeNear handles a request of the peer's inside its dialog.
func (o *outCall) takeNear(m *inside) {
	r := m.request
	if !o.peer.up {
		o.takeEarly(m)
		close(m.done)
		return
	}
	if !o.near.ours(m) {
		close(m.done)
		return
	}
	switch r.Method {
	case sipmsg.ACK:
		o.unanswered(o.near.pendingAck(r))
		o.confirmedAnew()
	case sipmsg.BYE:
		o.near.respond(m, sipmsg.StatusOK, nil)
		o.near.session.stop()
		reason := dialog.ParseReason(r)
		if o.near.transfer != nil && o.cause == nil { // who transfers may leave at once (RFC 5589 §6.1)
			o.near.departed, o.near.leftWith = true, dialog.Reason{Q850: orNormal(reason.Q850), Text: reason.Text}
			break
		}
		o.nearOver = true
		o.end(call.LegEnded{By: call.ByCaller, Q850: orNormal(reason.Q850), Text: reason.Text}, 0)
	case sipmsg.INVITE:
		if o.peer.up && o.cause == nil && !o.near.departed {
			o.near.reinvite(m)
			return
		}
		o.near.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	case sipmsg.OPTIONS:
		o.near.respond(m, sipmsg.StatusOK, nil, capabilities()...)
	case sipmsg.INFO:
		o.near.info(m)
	case sipmsg.REFER:
		o.refer(m)
	case sipmsg.UPDATE:
		switch {
		case o.cause != nil || o.near.departed:
			o.near.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		case !o.near.describes(m):
		case o.near.asking() && len(r.Body()) > 0:
			o.near.respond(m, sipmsg.StatusRequestPending, nil)
		default:
			o.near.update(m)
		}
	default:
		o.near.respond(m, sipmsg.StatusMethodNotAllowed, nil, guard.Allow(nearMethods()))
	}
	close(m.done)
}

// leavePeer gives back what dialling took.
func (o *outCall) leavePeer() {
	d := &o.peer
	if d.wait != nil {
		d.wait.Stop()
	}
	if d.counted {
		o.e.uncount(d.who)
	}
	o.e.arrived(d.branches)
	if d.registered {
		o.near.leave()
	}
	if d.sending { // its news has nobody left to take it
		started := d.started
		u := &unwanted{e: o.e, n: o.from(), head: d.head, hop: d.sentTo(), dialog: o.near.dialog, via: d.via}
		o.e.running.Go(func() {
			if s := <-started; s.err == nil {
				u.tx = s.tx
				u.watch()
			}
		})
	}
}
