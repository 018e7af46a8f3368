package sip

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/media"
)

// Option tags that we know (RFC 3261 §19.2).
const (
	option100rel   = "100rel"
	optionTimer    = "timer"
	optionReplaces = "replaces"
)

// nearOptions are the extensions that a peer may require of us.
func nearOptions() []string {
	return []string{option100rel, optionTimer, optionReplaces, optionNoReferSub}
}

// abilities are the headers that tell a peer what it may use.
func abilities() []sipmsg.Header {
	return []sipmsg.Header{guard.Allow(nearMethods()), sipmsg.NewHeader("Supported", strings.Join(nearOptions(), ", "))}
}

// abilities are those of a side.
func (l *leg) abilities() []sipmsg.Header {
	if l.side == call.Near {
		return abilities()
	}
	return []sipmsg.Header{guard.Allow(l.e.allowed(l.side)), sipmsg.NewHeader("Supported", optionTimer)}
}

// has tells whether a request requires an extension, or supports it.
func has(r *sipmsg.Request, option string) bool {
	same := func(o string) bool { return strings.EqualFold(o, option) }
	return slices.ContainsFunc(dialog.List(r, "Require", ""), same) || slices.ContainsFunc(dialog.List(r, "Supported", "k"), same)
}

// reliable is the provisional response that was sent last to a caller who has 100rel
// (RFC 3262 §3). It is repeated until its PRACK.
type reliable struct {
	response *sipmsg.Response
	rseq     uint32
	offer    bool // it has our offer, which the PRACK answers (RFC 3262 §5)
	acked    bool
	interval time.Duration
	giveUp   time.Time
	timer    *time.Timer
}

// ready is nil, which is never ready, if nothing is to be repeated.
func (p *reliable) ready() <-chan time.Time {
	if p == nil {
		return nil
	}
	return p.timer.C
}

// open tells whether the PRACK is missing.
func (p *reliable) open() bool { return p != nil && !p.acked }

// ringReliably sends 180, with our offer if there was none in the INVITE: the first
// reliable response has to have it (RFC 3262 §5). Before the PRACK of the one before
// no further one is sent.
func (l *nearLeg) ringReliably() {
	if l.reliable.open() {
		return
	}
	rseq := uint32(rand.Int32N(1<<30)) + 1 //nolint:gosec // positive, and no secret
	if l.reliable != nil {
		rseq = l.reliable.rseq + 1
		l.reliable.timer.Stop()
	}
	headers := append(abilities(), sipmsg.NewHeader("Contact", l.dialog.Contact),
		sipmsg.NewHeader("Require", option100rel), sipmsg.NewHeader("RSeq", fmt.Sprint(rseq)))
	var body []byte
	if l.asked != nil {
		body = l.body
	}
	res := dialog.NewResponse(l.invite, sipmsg.StatusRinging, dialog.Phrase(sipmsg.StatusRinging), body, headers...)
	if err := l.tx.Respond(res); err != nil {
		l.log.Debug("response not sent", keyStatus, res.StatusCode, keyError, err)
		return
	}
	l.e.metrics.response(call.Near, res.StatusCode)
	t := l.e.cfg.Timers
	l.reliable = &reliable{
		response: res, rseq: rseq, offer: body != nil, interval: t.T1, giveUp: time.Now().Add(64 * t.T1), timer: time.NewTimer(t.T1),
	}
}

// reliableTick repeats the response, twice as late each time, or gives up (RFC 3262 §3).
func (l *nearLeg) reliableTick() {
	p := l.reliable
	if l.state != nearOffered || !p.open() {
		return
	}
	if time.Now().After(p.giveUp) {
		l.log.Warn("no PRACK")
		l.hangUp(call.HangUpLeg{Status: sipmsg.StatusGatewayTimeout, Q850: 102, Text: "no PRACK"})
		return
	}
	if err := l.tx.Respond(p.response); err != nil {
		l.log.Debug("response not repeated", keyError, err)
	}
	p.interval *= 2
	p.timer.Reset(p.interval)
}

// prack takes the acknowledgement of a provisional response.
func (l *nearLeg) prack(m *inside) {
	p, r := l.reliable, m.request
	if p == nil || p.acked || !l.acknowledges(r, p.rseq) {
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		return
	}
	if !l.describes(m) {
		return
	}
	var body []byte
	switch {
	case p.offer && l.asked != nil: // the PRACK has to have the answer
		offer := l.asked
		l.asked = nil
		if err := l.settle(offer, r.Body()); err != nil {
			l.respond(m, sipmsg.StatusNotAcceptableHere, nil, warning(err.Error()))
			l.hangUp(*l.unanswerable(err))
			return
		}
		l.settled = true
		l.voice.session.Tone(media.Near, media.Ringback) // who has SDP with the 180 makes no tone of his own
	case len(r.Body()) > 0 && !l.mayOffer(m):
		return
	case len(r.Body()) > 0:
		if status, what := l.renegotiate(r.Body()); status != 0 {
			l.respond(m, status, nil, warning(what))
			return
		}
		body = l.body
	}
	p.acked = true
	p.timer.Stop()
	l.respond(m, sipmsg.StatusOK, body)
	if l.state == nearOffered {
		l.timer.Reset(l.e.cfg.Timers.Ringing)
	}
	if l.answering {
		l.answering = false
		l.accept()
	}
}

// acknowledges tells whether the RAck of a PRACK names a response to the INVITE.
func (l *nearLeg) acknowledges(r *sipmsg.Request, rseq uint32) bool {
	values := r.GetHeaders("RAck")
	if len(values) != 1 {
		return false
	}
	f := strings.Fields(values[0].Value())
	return slices.Equal(f, []string{fmt.Sprint(rseq), fmt.Sprint(l.invite.CSeq().SeqNo), string(sipmsg.INVITE)})
}
