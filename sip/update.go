package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
)

// describes tells whether the body of a request is SDP, or there is none. It refuses what
// is something else (RFC 3261 §8.2.3).
func (l *leg) describes(m *inside) bool {
	if r := m.request; len(r.Body()) == 0 || dialog.MediaType(r) == "application/sdp" {
		return true
	}
	l.respond(m, sipmsg.StatusUnsupportedMediaType, nil, sipmsg.NewHeader("Accept", "application/sdp"))
	return false
}

// mayOffer tells whether a request inside the dialog may have an offer now, which is when
// none waits for its answer, of theirs or of ours (RFC 3311 §5.2). Else it refuses it.
func (l *nearLeg) mayOffer(m *inside) bool {
	switch {
	case l.state == nearOffered && l.asked == nil && !l.settled: // that of their INVITE
		l.respond(m, sipmsg.StatusInternalServerError, nil, retrySoon())
		return false
	case l.asked != nil || l.asking():
		l.respond(m, sipmsg.StatusRequestPending, nil)
		return false
	}
	return true
}

// asking tells whether an offer of ours waits for its answer.
func (l *leg) asking() bool {
	return l.pending != nil && l.pending.offer != nil || l.inquiry != nil && l.inquiry.offer != nil
}

// update takes an UPDATE, with or without an offer, which is answered here as a re-INVITE
// is (RFC 3311 §5.2). The caller has seen that an offer may come now.
func (l *leg) update(m *inside) {
	session := l.session
	if !l.sessionWanted(m) {
		return
	}
	var body []byte
	if offer := m.request.Body(); len(offer) > 0 {
		if status, what := l.renegotiate(offer); status != 0 {
			l.session = session
			l.log.Info("UPDATE refused", keyStatus, status, keyText, what)
			l.respond(m, status, nil, warning(what))
			return
		}
		body = l.body
	}
	l.retarget(m.request)
	l.respond(m, sipmsg.StatusOK, body, l.agreeing()...)
	l.sessionBegins()
}

// retarget takes the Contact of a request that changes the remote target (RFC 3261 §12.2.2).
func (l *leg) retarget(r *sipmsg.Request) {
	if target, err := dialog.RemoteTarget(r); err == nil { // else the one that is known is better
		l.dialog.Target = target
	}
}
