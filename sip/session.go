package sip

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/guard"
)

// session is the session timer of a dialog (RFC 4028): who does not hear of it for an
// interval takes the call for dead. The other party is a peer or Microsoft; what differs
// between them are the first two fields, and what they say themselves.
type session struct {
	wish  time.Duration // what we want of who has session timers and names no interval; 0: nothing
	whole bool          // our description is repeated as it was offered; else what was agreed on is

	interval time.Duration // 0: none
	us       bool          // we refresh, else the other party does
	byInvite bool          // it takes no UPDATE, or has not said that it does
	expires  time.Time
	timer    *time.Timer     // for the next refresh, or for the end
	headers  []sipmsg.Header // of a 2xx that agrees
	minimum  time.Duration   // the other party's
	over     bool            // with the dialog
}

// newSession is that of a dialog with a peer, or with Microsoft, who always asks for a
// timer if it wants one, and wants its refreshes unchanged (facts/direct-routing.md §9).
func newSession(side call.Side, t Timers) session {
	if side == call.Far {
		return session{whole: true, byInvite: true}
	}
	return session{wish: t.Session, byInvite: true}
}

// stop ends it with its dialog.
func (s *session) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer, s.over = nil, true
}

// ready is nil, which is never ready, without a session timer.
func (s *session) ready() <-chan time.Time {
	if s.timer == nil {
		return nil
	}
	return s.timer.C
}

// headed is a message.
type headed interface {
	Headers() []sipmsg.Header
	GetHeaders(name string) []sipmsg.Header
}

var errSessionExpires = errors.New("sip: Session-Expires cannot be read")

// sessionExpires reads a Session-Expires header (RFC 4028 §4); 0 if there is none.
func sessionExpires(m headed) (interval time.Duration, refresher string, err error) {
	values := append(m.GetHeaders("Session-Expires"), m.GetHeaders("x")...)
	if len(values) == 0 {
		return 0, "", nil
	}
	fields := strings.Split(values[0].Value(), ";")
	seconds, err := strconv.ParseUint(strings.TrimSpace(fields[0]), 10, 31)
	if err != nil || seconds == 0 || len(values) > 1 {
		return 0, "", errSessionExpires
	}
	for _, f := range fields[1:] {
		name, value, _ := strings.Cut(f, "=")
		if strings.EqualFold(strings.TrimSpace(name), "refresher") {
			refresher = strings.ToLower(strings.TrimSpace(value))
		}
	}
	if refresher != "" && refresher != "uac" && refresher != "uas" {
		return 0, "", errSessionExpires
	}
	return time.Duration(seconds) * time.Second, refresher, nil
}

// minSE reads a Min-SE header (RFC 4028 §5); 0 if there is none.
func minSE(m headed) time.Duration {
	for _, h := range m.GetHeaders("Min-SE") {
		value, _, _ := strings.Cut(h.Value(), ";")
		if n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31); err == nil {
			return time.Duration(n) * time.Second
		}
	}
	return 0
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// sessionAsked agrees on a session timer with who sends an INVITE or UPDATE, or refuses
// what is too short (RFC 4028 §9). It begins with [leg.sessionBegins]; session.headers
// go along with the 2xx. Who has no session timers gets none.
func (l *leg) sessionAsked(r *sipmsg.Request) *guard.Refusal {
	s, least := &l.session, l.e.cfg.Timers.MinSession
	s.headers = nil
	if !has(r, optionTimer) {
		s.interval = 0
		return nil
	}
	interval, refresher, err := sessionExpires(r)
	switch {
	case err != nil:
		return &guard.Refusal{Status: sipmsg.StatusBadRequest, Reason: "Bad Request: Session-Expires", Cause: guard.CauseMalformed}
	case interval != 0 && interval < least:
		return &guard.Refusal{Status: statusIntervalTooSmall, Reason: dialog.Phrase(statusIntervalTooSmall), Cause: causeSession, Headers: []sipmsg.Header{
			sipmsg.NewHeader("Min-SE", seconds(least)),
		}}
	case interval == 0 && s.wish == 0:
		s.interval = 0
		return nil
	case interval == 0: // it knows session timers and asks for none: ours
		interval, refresher = max(s.wish, minSE(r)), "uas"
	case refresher == "":
		refresher = "uac"
	}
	s.interval, s.us, s.byInvite = interval, refresher == "uas", !allows(r, sipmsg.UPDATE)
	s.headers = append(s.headers, sipmsg.NewHeader("Session-Expires", seconds(interval)+";refresher="+refresher))
	if !s.us {
		s.headers = append(s.headers, sipmsg.NewHeader("Require", optionTimer))
	}
	return nil
}

// sessionWanted is sessionAsked for a request inside the dialog; false if it was refused.
func (l *leg) sessionWanted(m *inside) bool {
	if refusal := l.sessionAsked(m.request); refusal != nil {
		l.respond(m, refusal.Status, nil, refusal.Headers...)
		return false
	}
	return true
}

// agreeing are the headers of a 2xx to an INVITE or UPDATE.
func (l *leg) agreeing() []sipmsg.Header {
	return append(append(l.abilities(), sipmsg.NewHeader("Contact", l.dialog.Contact)), l.session.headers...)
}

// sessionAnswered takes what a 2xx to a request of ours says about it (RFC 4028 §7.2).
func (l *leg) sessionAnswered(r *sipmsg.Response) {
	s := &l.session
	interval, refresher, err := sessionExpires(r)
	if err != nil || interval < l.e.cfg.Timers.MinSession { // it has no session timers and needs none, or breaks §9
		s.interval = 0
	} else {
		s.interval, s.us = interval, refresher != "uas"
	}
	if len(r.GetHeaders("Allow")) > 0 {
		s.byInvite = !allows(r, sipmsg.UPDATE)
	}
	l.sessionBegins()
}

// sessionBegins starts the timer anew.
func (l *leg) sessionBegins() {
	s, second := &l.session, l.e.cfg.Timers.Second
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	if s.interval == 0 || s.over {
		return
	}
	// A little before the interval is over, as RFC 4028 §10 has it.
	whole := s.interval / time.Second * second
	life := whole - min(32*second, whole/3)
	s.expires = time.Now().Add(life)
	if s.us {
		life = whole / 2
	}
	s.timer = time.NewTimer(life)
}

// sessionTick refreshes, or ends the leg.
func (l *leg) sessionTick() *call.HangUpLeg {
	s := &l.session
	left := time.Until(s.expires)
	if left <= 0 {
		l.log.Warn("the session was not refreshed")
		return &call.HangUpLeg{Status: sipmsg.StatusRequestTimeout, Q850: 102, Text: "session expired"}
	}
	s.timer.Reset(left)
	if s.us {
		l.refresh()
	}
	return nil
}

// sessionRetry has the next try come soon, if the session lasts so long.
func (l *leg) sessionRetry(after time.Duration) {
	if s := &l.session; s.timer != nil {
		s.timer.Reset(max(0, min(after, time.Until(s.expires))))
	}
}

// sessionWish is what a request of ours says.
func (l *leg) sessionWish() []sipmsg.Header {
	t, s := l.e.cfg.Timers, &l.session
	interval, refresher := s.wish, ""
	if s.interval != 0 {
		interval, refresher = s.interval, ";refresher=uac"
	}
	interval = max(interval, s.minimum)
	return []sipmsg.Header{
		sipmsg.NewHeader("Session-Expires", seconds(interval)+refresher), sipmsg.NewHeader("Min-SE", seconds(max(t.MinSession, s.minimum))),
	}
}

// allows tells whether a message lists a method in Allow.
func allows(m headed, method sipmsg.RequestMethod) bool {
	for _, h := range m.GetHeaders("Allow") {
		for a := range strings.SplitSeq(h.Value(), ",") {
			if strings.TrimSpace(a) == string(method) {
				return true
			}
		}
	}
	return false
}

// statusIntervalTooSmall: 422 (RFC 4028 §6).
const statusIntervalTooSmall = 422

// refresh sends an UPDATE, or a re-INVITE with the SDP that the other party has from us,
// letter by letter (RFC 4028 §7.4).
func (l *leg) refresh() {
	switch {
	case l.inquiry != nil || l.pending != nil || l.parked != nil: // of theirs, which refreshes as well
		l.sessionRetry(l.e.cfg.Timers.T2)
	case l.session.byInvite && l.described != nil:
		offer := l.described
		if !l.session.whole {
			offer = offer.Reoffer(l.agreed, offer.Audio.Direction, l.profile)
			l.body = l.source.Write(offer)
		}
		l.ask(sipmsg.INVITE, offer)
	default:
		l.ask(sipmsg.UPDATE, nil)
	}
}

// refreshed takes the answer to a refresh; what is returned ends the leg.
func (l *leg) refreshed(a answerToUs) *call.HangUpLeg {
	o := l.inquiry
	l.inquiry = nil
	t := l.e.cfg.Timers
	r := a.response
	switch {
	case l.session.over:
	case r == nil, r.StatusCode == sipmsg.StatusRequestTimeout, r.StatusCode == sipmsg.StatusCallTransactionDoesNotExists: // RFC 3261 §12.2.1.2
		l.log.Warn("the other side does not know the call any more", keyError, a.err)
		return &call.HangUpLeg{Status: sipmsg.StatusRequestTimeout, Q850: 102, Text: "no answer to a refresh"}
	case r.IsSuccess():
		l.dialog.Target = a.dialog.Target
		l.sessionAnswered(r)
		if o.offer != nil && len(r.Body()) > 0 {
			if err := l.settle(o.offer, r.Body()); err != nil {
				return l.unanswerable(err)
			}
		}
	case r.StatusCode == sipmsg.StatusRequestPending:
		l.sessionRetry(t.glare(l.ownsCallID))
	case r.StatusCode == statusIntervalTooSmall:
		l.session.minimum = minSE(r)
		l.session.interval = max(l.session.interval, l.session.minimum)
		l.sessionRetry(0)
	case o.method == sipmsg.UPDATE && (r.StatusCode == sipmsg.StatusMethodNotAllowed || r.StatusCode == sipmsg.StatusNotImplemented):
		l.session.byInvite = true
		l.sessionRetry(0)
	default:
		if h := answerTo(l.account, o.request, r); h != nil && !o.challenged {
			l.ask(o.method, o.offer, h)
			break
		}
		l.log.Info("a refresh was refused", keyStatus, r.StatusCode)
		l.sessionRetry(cmp.Or(retryAfter(r), t.T2))
	}
	return nil
}
