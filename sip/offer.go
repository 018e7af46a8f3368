package sip

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/tenant"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/media"
	"tandem/sip/profile"
	"tandem/sip/sdp"
)

// invite takes an INVITE outside of dialogs. It returns when the leg is over.
func (n *nearSide) invite(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	// All responses carry the same tag, also the 487 that the stack makes of a CANCEL.
	tag := dialog.Token()
	r.To().Params.Add("tag", tag)
	if n.e.isDraining() {
		n.refuse(r, tx, &guard.Refusal{Status: 503, Reason: phrase(503), Cause: causeDraining, Headers: []sipmsg.Header{sipmsg.NewHeader("Retry-After", "1")}})
		return
	}
	source := sourceOf(r.Source())
	peer, refusal := n.e.guard.Authenticate(n.e.ctx, r, source.Addr())
	if refusal != nil {
		n.refuse(r, tx, refusal)
		return
	}
	l := &nearLeg{leg: newLeg(n.e, call.Near), n: n, tx: tx, invite: r, peer: peer.Name, cancelled: make(chan struct{})}
	l.log = n.e.log.With(keyLeg, string(call.Near), keySIPCallID, r.CallID().Value(), keyPeer, peer.Name)
	if refusal := l.prepare(tag, source.Addr().String()); refusal != nil {
		n.refuse(r, tx, refusal)
		return
	}
	leave, refusal := n.e.enter(r, peer)
	if refusal != nil {
		l.voice.release()
		n.refuse(r, tx, refusal)
		return
	}
	n.e.register(&l.leg)
	defer l.leave()
	defer leave()
	cancelled := l.cancelled // the stack keeps the transaction for a while, but not the leg
	if !tx.OnCancel(func(*sipmsg.Request) { close(cancelled) }) {
		return // it came before us, and has its 487
	}
	if n.e.far.next == nil {
		_ = l.send(sipmsg.StatusTrying, nil)
	} // else the next hop answers soon; the stack says 100 after 200 ms without an answer (RFC 3261 §17.2.1)
	if l.offer(source.String()) {
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
		return nil, &guard.Refusal{Status: 482, Reason: phrase(482), Cause: causeLoop}
	}
	if p.MaxCalls > 0 && e.perPeer[p.Name] >= p.MaxCalls {
		return nil, &guard.Refusal{Status: 503, Reason: phrase(503), Cause: causeLimit, Headers: []sipmsg.Header{
			sipmsg.NewHeader("Retry-After", "5"), dialog.Reason{Q850: 42, Text: "peer_limit"}.Header(),
		}}
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
		return &guard.Refusal{Status: status, Reason: phrase(status), Cause: causeSDP, Headers: []sipmsg.Header{warning(what)}}
	}
	if len(l.invite.Body()) == 0 {
		return bad(sipmsg.StatusNotAcceptableHere, "an SDP offer is needed in the INVITE")
	}
	offer, err := sdp.Parse(l.invite.Body())
	if err != nil {
		return bad(sdpStatus(err), err.Error())
	}
	codec := sdp.PCMA
	if i := slices.IndexFunc(offer.Audio.Codecs, func(c sdp.Codec) bool { return c.Same(sdp.PCMA) || c.Same(sdp.PCMU) }); i >= 0 && offer.Audio.Codecs[i].Same(sdp.PCMU) {
		codec = sdp.PCMU
	}
	l.profile = sdp.Near(l.e.cfg.Near.Security, codec)
	l.transport = strings.ToUpper(l.invite.Transport())
	l.via = l.n.sentBy(l.transport, sourceOf(l.invite.Source()).Addr())
	if l.dialog, err = dialog.Answering(l.invite, tag, contact(l.transport, l.via)); err != nil {
		return &guard.Refusal{Status: 400, Reason: phrase(400), Cause: guard.CauseMalformed}
	}
	mediaCodec := media.PCMA
	if codec.Same(sdp.PCMU) {
		mediaCodec = media.PCMU
	}
	session, err := l.e.relay.Open(mediaCodec)
	if err != nil {
		l.log.Error("no media ports", keyError, err)
		return &guard.Refusal{Status: 503, Reason: phrase(503), Cause: causeNoPorts, Headers: []sipmsg.Header{
			sipmsg.NewHeader("Retry-After", "5"), dialog.Reason{Q850: 34, Text: "no_ports"}.Header(),
		}}
	}
	l.voice, l.stream = (&voice{session: session, codec: codec}).use(), session.Near()
	l.local, l.source = localMedia(l.stream), sdp.NewSource(uint64(time.Now().Unix())) //nolint:gosec // after 1970
	answer, s, err := sdp.Answer(offer, l.local, l.profile)
	if err != nil {
		l.voice.release()
		return bad(sdpStatus(err), err.Error())
	}
	l.body, l.negotiated = l.source.Write(answer), s
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
	caller := callerOf(l.invite)
	tag, _ := l.invite.From().Params.Get("tag")
	_, err := l.e.engine.Offer(ctx, bridge.Offer{
		Peer: l.peer, User: calledUser(l.invite.Recipient), Caller: caller, SIPCallID: l.invite.CallID().Value(), FromTag: tag,
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

func (e *Edge) bind(id call.ID, l *nearLeg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conversations[id] = &conversation{near: l, legs: 1}
}

// calledUser is the user part of the Request-URI: a number or a token.
func calledUser(u sipmsg.Uri) string {
	user, _, _ := strings.Cut(u.User, ";")
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	if rest, ok := strings.CutPrefix(user, "+"); ok { // visual separators (RFC 3966 §5.1.1)
		user = "+" + strings.Map(func(c rune) rune {
			if strings.ContainsRune("-.()", c) {
				return -1
			}
			return c
		}, rest)
	}
	return user
}

// callerOf is the caller's number, asserted or claimed; a peer is trusted with either
// (RFC 3325 §5). Who wants privacy, or shows no number, is anonymous.
func callerOf(r *sipmsg.Request) string {
	for _, p := range dialog.List(r, "Privacy", "") {
		for v := range strings.SplitSeq(strings.ToLower(p), ";") {
			if v = strings.TrimSpace(v); v == "id" || v == "user" || v == "critical" {
				return profile.Anonymous
			}
		}
	}
	uris := []string{}
	for _, asserted := range dialog.List(r, "P-Asserted-Identity", "") {
		uris = append(uris, dialog.AddrSpec(asserted))
	}
	if from := r.From(); from != nil {
		uris = append(uris, from.Address.String())
	}
	for _, uri := range uris {
		scheme, rest, _ := strings.Cut(uri, ":")
		switch strings.ToLower(scheme) {
		case "sip", "sips":
			if !strings.Contains(rest, "@") {
				continue
			}
			rest, _, _ = strings.Cut(rest, "@")
		case "tel":
		default:
			continue
		}
		number := calledUser(sipmsg.Uri{User: rest})
		if n, err := tenant.ParseE164(number); err == nil {
			return n
		}
	}
	return profile.Anonymous
}

// userToUser is what the peer wants carried on; X-MS-Custom headers of a peer are not,
// because one of them is ours to set.
func userToUser(r *sipmsg.Request) string {
	if values := r.GetHeaders(profile.UserToUser); len(values) == 1 {
		return values[0].Value()
	}
	return ""
}
