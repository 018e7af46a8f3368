package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"tandem/internal/call"
	"tandem/internal/tenant"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/media"
	"tandem/sip/profile"
	"tandem/sip/sdp"
)

// dialled is our INVITE to a peer.
type dialled struct {
	who     guard.Peer
	hop     dialog.Hop
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
		return nil, &guard.Refusal{Status: status, Reason: phrase(status), Cause: cause, Headers: []sipmsg.Header{warning(what)}}
	}
	t, ok := f.trunks[strings.ToLower(r.Recipient.Host)]
	if !ok {
		return refuse(sipmsg.StatusNotFound, causeFarCall, "this is not a trunk of this node")
	}
	o := &outCall{
		e: e, t: t, far: newLeg(e, call.Far), near: newLeg(e, call.Near), invite: r, tx: tx, cancelled: make(chan struct{}),
		number: calledUser(r.Recipient), caller: callerOf(r), nearOver: true,
	}
	o.peer.started, o.peer.again, o.peer.forks = make(chan outcome, 1), make(chan *sipmsg.Response, 4), map[string]*fork{}
	o.log = e.log.With(keyLeg, "out", keySIPCallID, r.CallID().Value(), keyTrunk, t.FQDN)
	o.far.log, o.near.log = o.log, o.log
	if _, err := tenant.ParseE164(o.number); err != nil {
		return refuse(sipmsg.StatusNotFound, causeFarCall, "only E.164 numbers are dialled")
	}
	var err error
	if o.theirs, err = sdp.Parse(r.Body()); err != nil {
		return refuse(sdpStatus(err), causeSDP, err.Error())
	}
	// The relay passes G.711 on as it is: the peer chooses from what Microsoft offers, and
	// Microsoft gets what the peer chose.
	var codecs []sdp.Codec
	for _, c := range o.theirs.Audio.Codecs {
		if c.Same(sdp.PCMA) {
			codecs = append(codecs, sdp.PCMA)
		} else if c.Same(sdp.PCMU) {
			codecs = append(codecs, sdp.PCMU)
		}
	}
	o.far.profile, o.near.profile = sdp.Far(codecs...), sdp.Near(e.cfg.Near.Security, codecs...)
	tag, _ := r.To().Params.Get("tag")
	if o.far.dialog, err = dialog.Answering(r, tag, t.Contact(o.number)); err != nil {
		return refuse(sipmsg.StatusBadRequest, guard.CauseMalformed, "no usable Contact")
	}
	session, err := e.relay.Open(media.PCMA) // until the peer has chosen
	if err != nil {
		o.log.Error("no media ports", keyError, err)
		return refuse(sipmsg.StatusServiceUnavailable, causeNoPorts, "no media ports")
	}
	o.far.voice = (&voice{session: session}).use()
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

// dial sends the INVITE to the peer.
func (o *outCall) dial(p guard.Peer) {
	if o.cause != nil || o.peer.sending || o.peer.tx != nil {
		return
	}
	e, n := o.e, o.e.near
	fail := func(text string, err error) {
		o.log.Error("the number cannot be dialled", keyPeer, p.Name, keyText, text, keyError, err)
		o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusServiceUnavailable, Q850: 38, Text: text}, sipmsg.StatusServiceUnavailable)
	}
	hop, err := dialog.NextHop(p.DialTo, "UDP")
	if err != nil {
		fail("no_dial_peer", err)
		return
	}
	if !e.count(p) {
		fail("peer_limit", errors.New("as many calls as the peer may have"))
		return
	}
	d := &o.peer
	d.who, d.hop, d.counted = p, hop, true
	d.via = n.sentBy(hop.Transport, sourceOf(hop.String()).Addr())
	o.near.outlet, o.near.ownsCallID = outlet{d.via, n.fromHere}, true
	o.near.voice = o.far.voice.use()
	d.offer = sdp.Offer(o.near.local, o.near.profile)
	o.near.body = o.near.source.Write(d.offer)
	tag := dialog.Token()
	from, contact := fmt.Sprintf("<sip:%s@%s;user=phone>;tag=%s", o.caller, d.via, tag), contact(hop.Transport, d.via)
	if o.caller == profile.Anonymous {
		from = `"Anonymous" <sip:anonymous@anonymous.invalid>;tag=` + tag
	}
	uri := fmt.Sprintf("sip:%s@%s;user=phone", o.number, hop)
	if hop.Transport != "UDP" {
		uri += ";transport=" + strings.ToLower(hop.Transport)
	}
	d.head = dialog.Head{
		Method: sipmsg.INVITE, URI: uri, From: from, To: fmt.Sprintf("<sip:%s@%s;user=phone>", o.number, hop), CallID: dialog.Token(), CSeq: 1,
	}
	o.near.dialog = dialog.Dialog{
		CallID: d.head.CallID, Local: from, Remote: d.head.To, LocalTag: tag, CSeq: 1, Target: uri, Transport: hop.Transport, Contact: contact,
	}
	e.register(&o.near)
	d.registered, o.nearOver = true, false
	d.wait = time.NewTimer(time.Hour)
	o.log.Info("dialling at a peer", keyPeer, p.Name)
	o.sendInvite()
}

// count has one more call of a peer; false if there are as many as may be.
func (e *Edge) count(p guard.Peer) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.MaxCalls > 0 && e.perPeer[p.Name] >= p.MaxCalls {
		return false
	}
	e.perPeer[p.Name]++
	return true
}

// sendInvite sends the INVITE beside the outleg, with what else is to be in it.
func (o *outCall) sendInvite(credentials ...sipmsg.Header) {
	d, n := &o.peer, o.e.near
	d.head.Via = dialog.NewVia(d.hop.Transport, d.via, dialog.Branch())
	r := dialog.Build(d.head)
	r.AppendHeader(sipmsg.NewHeader("Contact", o.near.dialog.Contact))
	for _, h := range append(abilities(), o.near.sessionWish()...) {
		r.AppendHeader(h)
	}
	r.AppendHeader(sipmsg.NewHeader("User-Agent", o.e.cfg.UserAgent))
	if o.caller == profile.Anonymous {
		r.AppendHeader(sipmsg.NewHeader("Privacy", "id"))
	}
	for _, h := range credentials {
		r.AppendHeader(h)
	}
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(o.near.body)
	dialog.Aim(r, d.hop)
	n.fromHere(r)
	d.request, d.tx, d.sending, d.heard = r, nil, true, false
	d.wait.Reset(o.e.cfg.Timers.FirstResponse)
	ctx, cancel := context.WithTimeout(o.e.ctx, o.e.cfg.Timers.FirstResponse)
	o.e.running.Go(func() {
		defer cancel()
		tx, err := n.client.TransactionRequest(ctx, r, asIs)
		d.started <- outcome{tx, err} // has room: nothing is sent again before it was taken
	})
}

// dialling takes the news that the INVITE is on its way, or is not.
func (o *outCall) dialling(s outcome) {
	d := &o.peer
	d.sending = false
	switch {
	case s.err != nil:
		o.log.Warn("the peer is not reached", keyPeer, d.who.Name, keyError, s.err)
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
	case d.up:
		return &dialog.Remainder{State: dialog.Up, Dialog: o.near.dialog}
	case !d.registered || d.head.Via == nil:
		return nil
	}
	return &dialog.Remainder{
		State: dialog.Dialing, Dialog: o.near.dialog, InviteURI: d.head.URI, InviteTo: d.head.To,
		Branch: d.head.Via.Params.GetOr("branch", ""), SentBy: d.via, Hop: d.hop,
	}
}

// answered takes a response of the peer's to the INVITE.
func (o *outCall) answered(r *sipmsg.Response) {
	switch d := &o.peer; {
	case r.IsProvisional():
		o.provisional(r)
	case r.IsSuccess():
		o.established(r)
	case (r.StatusCode == sipmsg.StatusUnauthorized || r.StatusCode == sipmsg.StatusProxyAuthRequired) && !d.challenged && o.cause == nil:
		h, err := o.credentials(r)
		if err != nil {
			o.log.Warn("the peer's challenge cannot be answered", keyPeer, d.who.Name, keyError, err)
			o.refused(r)
			return
		}
		o.e.near.keep(d.head, d.hop, r, d.tx)
		d.challenged = true
		o.again(h)
	case r.StatusCode == statusIntervalTooSmall && o.near.session.minimum == 0 && minSE(r) > 0 && o.cause == nil:
		o.e.near.keep(d.head, d.hop, r, d.tx)
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
	o.e.near.keep(o.peer.head, o.peer.hop, r, o.peer.tx)
	o.peer.tx, o.nearOver = nil, true
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

// credentials answers the strongest challenge offered: SHA-256 before MD5
// (RFC 8760 §2.4). Of a peer that knows us by the account by which we know it, what
// is kept of the password is good in our own realm only.
func (o *outCall) credentials(r *sipmsg.Response) (sipmsg.Header, error) {
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
	who := o.peer.who
	if chosen == nil || who.DialUsername == "" {
		return nil, errors.New("no challenge for which there is a password")
	}
	c, err := digest.Digest(chosen, digest.Options{Method: string(sipmsg.INVITE), URI: o.peer.head.URI, Username: who.DialUsername, Password: who.DialPassword})
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
	chosen := near.Codec
	if o.peer.early { // Microsoft has its answer, and the peer may not choose another one now
		chosen = o.far.voice.codec
	}
	o.far.profile, o.near.profile = sdp.Far(chosen), sdp.Near(o.e.cfg.Near.Security, chosen)
	o.far.voice.codec = chosen
	if chosen.Same(sdp.PCMU) {
		o.far.voice.session.Use(media.PCMU)
	}
	answer, far, err := sdp.Answer(o.theirs, o.far.local, o.far.profile)
	if err != nil {
		return err
	}
	if !o.peer.early {
		o.far.body = o.far.source.Write(answer)
	}
	if err := errors.Join(o.near.agree(o.peer.offer, near), o.far.agree(answer, far)); err != nil {
		return err
	}
	o.far.voice.session.Bridge()
	return nil
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
		o.e.near.fromHere(ack)
		d.ack = ack
	}
	if err := o.e.near.write(d.ack); err != nil {
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
	return c.WriteMsg(r)
}

// peerLost: the transaction ended by itself, mostly because the connection did.
func (o *outCall) peerLost() {
	err := o.peer.tx.Err()
	o.peer.tx, o.nearOver = nil, true
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
	o.log.Warn("the peer stays silent", keyPeer, d.who.Name)
	(&unwanted{e: o.e, head: d.head, hop: d.hop, dialog: o.near.dialog, via: d.via, tx: d.tx, cancelled: d.cancelled}).watch()
	d.tx, o.nearOver = nil, true
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
	o.e.near.cancel(d.head, d.hop)
}

func (n *nearSide) cancel(head dialog.Head, hop dialog.Hop) {
	r := dialog.Cancel(head, hop)
	n.fromHere(r)
	n.e.running.Go(func() {
		ctx, done := n.e.requestContext()
		defer done()
		if _, err := transact(ctx, n.client, r); err != nil {
			n.e.log.Info("CANCEL was not answered", keyError, err)
		}
	})
}

func (o *outCall) endNear() {
	switch d := &o.peer; {
	case o.nearOver:
	case d.up:
		o.near.startBye(o.e.near.client, d.via, o.reason, o.e.near.fromHere)
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
	case sipmsg.BYE:
		o.near.respond(m, sipmsg.StatusOK, nil)
		o.nearOver = true
		reason := dialog.ParseReason(r)
		o.end(call.LegEnded{By: call.ByCaller, Q850: orNormal(reason.Q850), Text: reason.Text}, 0)
	case sipmsg.INVITE:
		if o.peer.up && o.cause == nil {
			o.near.reinvite(m)
			return
		}
		o.near.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	case sipmsg.OPTIONS:
		o.near.respond(m, sipmsg.StatusOK, nil, append(abilities(), sipmsg.NewHeader("Accept", "application/sdp"))...)
	case sipmsg.INFO:
		o.near.info(m)
	case sipmsg.UPDATE:
		switch {
		case o.cause != nil:
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
		o.e.mu.Lock()
		if o.e.perPeer[d.who.Name]--; o.e.perPeer[d.who.Name] == 0 {
			delete(o.e.perPeer, d.who.Name)
		}
		o.e.mu.Unlock()
	}
	if d.registered {
		o.near.leave()
	}
	if d.sending { // its news has nobody left to take it
		started := d.started
		u := &unwanted{e: o.e, head: d.head, hop: d.hop, dialog: o.near.dialog, via: d.via}
		o.e.running.Go(func() {
			if s := <-started; s.err == nil {
				u.tx = s.tx
				u.watch()
			}
		})
	}
}
