package sip

import (
	"context"
	"errors"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/bridge"
	"tandem/internal/call"
	numbers "tandem/internal/trunk"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/media"
	"tandem/sip/party"
	"tandem/sip/profile"
	"tandem/sip/sdp"
	"tandem/sip/wire"
)

// invite takes an INVITE outside of dialogs. It returns when the leg is over.
func (n *nearSide) invite(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	// All responses carry the same tag, also the 487 that the stack makes of a CANCEL.
	tag := dialog.Token()
	r.To().Params.Add("tag", tag)
	if n.e.isDraining() {
		n.refuse(r, tx, &guard.Refusal{Status: 503, Reason: dialog.Phrase(503), Cause: causeDraining, Headers: []sipmsg.Header{sipmsg.NewHeader("Retry-After", "1")}})
		return
	}
	if n.e.looped(r) {
		n.refuse(r, tx, &guard.Refusal{Status: 482, Reason: dialog.Phrase(482), Cause: causeLoop})
		return
	}
	if refusal := n.e.load.Refuses(); refusal != nil {
		n.refuse(r, tx, refusal)
		return
	}
	source := wire.Source(r.Source())
	peer, refusal := n.e.guard.Authenticate(n.e.ctx, r, source.Addr(), n.certified(r)...)
	if refusal == nil && !n.e.guard.MayCall(peer) {
		refusal = guard.Later(guard.CauseRate, 1, "peer_rate")
	}
	if refusal != nil {
		n.refuse(r, tx, refusal)
		return
	}
	n.e.locate(r)
	if n.e.replace(call.Near, n, r, tx, tag, peer.Name) {
		return
	}
	leaveTenant, refusal := n.e.tenants.Enter(n.e.ctx, peer.Numbers.Rewrite(numbers.CalledIn, party.Called(r.Recipient)), time.Now())
	if refusal != nil {
		n.refuse(r, tx, refusal)
		return
	}
	l := &nearLeg{leg: newLeg(n.e, call.Near), n: n, tx: tx, invite: r, peer: peer.Name, who: peer, cancelled: make(chan struct{}), rel100: has(r, option100rel)}
	l.account = peer
	l.log = n.e.log.With(keyLeg, string(call.Near), keySIPCallID, r.CallID().Value(), keyPeer, peer.Name)
	if refusal := l.prepare(tag, source.Addr().String()); refusal != nil {
		leaveTenant()
		n.refuse(r, tx, refusal)
		return
	}
	leave, refusal := n.e.enter(r, peer)
	if refusal != nil {
		leaveTenant()
		l.voice.release()
		n.refuse(r, tx, refusal)
		return
	}
	n.e.register(&l.leg)
	defer l.leave()
	defer leaveTenant()
	defer leave()
	cancelled := l.cancelled // the stack keeps the transaction for a while, but not the leg
	if !tx.OnCancel(func(*sipmsg.Request) { close(cancelled) }) {
		return // it came before us, and has its 487
	}
	if l.hurried = n.e.far.next != nil; !l.hurried {
		_ = l.send(sipmsg.StatusTrying, nil)
	}
	if l.offer(source.String()) {
		n.e.tallies.of(peer.Name).called()
		l.run()
	}
}

// enter notes a call while it lasts: a second INVITE of the same caller's call is a
// loop (RFC 3261 §8.2.2.2), and a peer may have a limit.
func (e *Edge) enter(r *sipmsg.Request, p guard.Peer) (leave func(), refusal *guard.Refusal) {
	tag, _ := r.From().Params.Get("tag")
	key := offerKey{r.CallID().Value(), tag}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, loop := e.offers[key]; loop {
		return nil, &guard.Refusal{Status: 482, Reason: dialog.Phrase(482), Cause: causeLoop}
	}
	if p.MaxCalls > 0 && e.perPeer[p.Name] >= p.MaxCalls {
		return nil, guard.Later(guard.CauseLimit, 5, "peer_limit")
	}
	e.offers[key] = struct{}{}
	e.perPeer[p.Name]++
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.offers, key)
		if e.perPeer[p.Name]--; e.perPeer[p.Name] == 0 {
			delete(e.perPeer, p.Name)
		}
	}, nil
}

// prepare negotiates the media, so that what cannot work costs nobody anything.
func (l *nearLeg) prepare(tag, source string) *guard.Refusal {
	bad := func(status int, what string) *guard.Refusal {
		return &guard.Refusal{Status: status, Reason: dialog.Phrase(status), Cause: causeSDP, Headers: []sipmsg.Header{warning(what)}}
	}
	voice := (&voice{offered: []sdp.Codec{sdp.PCMA}}).use()
	var err error
	var offer *sdp.Description // nil: ours goes along with the 200, and the ACK answers it
	if len(l.invite.Body()) > 0 {
		if offer, err = sdp.Parse(l.invite.Body()); err != nil {
			return bad(sdpStatus(err), err.Error())
		}
		if voice.offered = common(offer.Audio.Codecs); len(voice.offered) == 0 {
			voice.offered = []sdp.Codec{sdp.PCMA} // which it does not have: it is told below
		}
		voice.noise = offer.Audio.Noise != 0
	}
	codec := voice.first()
	l.profile = sdp.Near(l.e.cfg.Near.Security, codec)
	l.profile.Noise = offer != nil
	l.transport = strings.ToUpper(l.invite.Transport())
	l.via = l.n.sentBy(l.transport, wire.Source(l.invite.Source()).Addr())
	if l.dialog, err = dialog.Answering(l.invite, tag, contact(l.transport, l.via)); err != nil {
		return &guard.Refusal{Status: 400, Reason: dialog.Phrase(400), Cause: guard.CauseMalformed}
	}
	l.outlet = l.leavesFrom()
	if refusal := l.sessionAsked(l.invite); refusal != nil {
		return refusal
	}
	open := l.e.relay.Open
	if offer != nil && offer.Audio.Address.Is6() || offer == nil && l.e.cfg.Media.Address6.IsValid() && wire.Source(l.invite.Source()).Addr().Is6() {
		open = l.e.relay.Open6
	}
	if voice.session, err = open(mediaCodec(codec)); errors.Is(err, media.ErrNoIPv6) {
		return bad(sipmsg.StatusNotAcceptableHere, "no IPv6 media here: set sip.media.address6")
	} else if err != nil {
		l.log.Error("no media ports", keyError, err)
		return &guard.Refusal{Status: 503, Reason: dialog.Phrase(503), Cause: causeNoPorts, Headers: []sipmsg.Header{
			sipmsg.NewHeader("Retry-After", "5"), dialog.Reason{Q850: 34, Text: "no_ports"}.Header(),
		}}
	}
	l.voice, l.stream = voice, voice.session.Near()
	l.stream.Trust(wire.Source(l.invite.Source()).Addr())
	l.local, l.source = localMedia(l.stream), sdp.NewSource(uint64(time.Now().Unix())) //nolint:gosec // after 1970
	if offer == nil {
		l.asked = sdp.Offer(l.local, l.profile)
		l.body = l.source.Write(l.asked)
		return nil
	}
	l.theirs = offer
	if l.described, l.negotiated, err = sdp.Answer(offer, l.local, l.profile); err != nil {
		l.voice.release()
		return bad(sdpStatus(err), err.Error())
	}
	l.body = l.source.Write(l.described)
	return nil
}

// offer asks the engine; true if the leg is the engine's from now on.
func (l *nearLeg) offer(replyTo string) bool {
	vias := make([]string, 0, 2)
	for _, v := range append(l.invite.GetHeaders("Via"), l.invite.GetHeaders("v")...) {
		vias = append(vias, v.Value())
	}
	remainder := dialog.Remainder{State: dialog.Offered, Dialog: l.dialog, Vias: vias, ReplyTo: replyTo}
	ctx, cancel := context.WithTimeout(l.e.ctx, l.e.cfg.Timers.Offer)
	defer cancel()
	caller := party.Caller(l.invite, l.who)
	tag, _ := l.invite.From().Params.Get("tag")
	defer l.e.load.Begin()()
	_, err := l.e.engine.Offer(ctx, bridge.Offer{
		Peer: l.peer, User: l.called(), Caller: caller, SIPCallID: l.invite.CallID().Value(), FromTag: tag,
		Dialog: l.remains(remainder),
		Bind: func(id call.ID) {
			l.id = id
			l.log = l.log.With(keyCall, string(id))
			l.e.bind(id, l)
		},
	})
	if err == nil && l.id == "" {
		err = errors.New("the engine took an offer without binding it")
	}
	if err == nil {
		l.log.Info("call offered", "caller", lastDigits(caller))
		return true
	}
	status, headers := statusOf(err)
	l.log.Info("call not taken", keyStatus, status, keyError, err)
	_ = l.send(status, nil, headers...)
	return false
}

// called is the number or token that the peer calls, by the peer's rules.
func (l *nearLeg) called() string {
	return l.who.Numbers.Rewrite(numbers.CalledIn, party.Called(l.invite.Recipient))
}

func (e *Edge) bind(id call.ID, l *nearLeg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conversations[id] = &conversation{near: l, legs: 1, callIDs: map[call.Side]string{}}
	e.joinCapture(&l.leg)
}

// custom are the peer's own headers for whoever answers, and User-To-User. The header
// that an attempt is known by is ours: a peer's is left out.
func custom(r *sipmsg.Request) map[string]string {
	headers := map[string]string{}
	for _, h := range r.Headers() {
		name := h.Name()
		if profile.Custom(name) && !strings.EqualFold(name, profile.TokenHeader) {
			if _, twice := headers[name]; twice {
				continue // one of two would say something else
			}
			headers[name] = h.Value()
		}
	}
	return headers
}
