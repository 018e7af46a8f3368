package sip

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	numbers "tandem/internal/trunk"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/party"
	"tandem/sip/wire"
)

// referral is a REFER of a peer: its call shall go on with somebody else, whom we are to
// call at that very peer (RFC 3515, RFC 5589 §6, §7).
type referral struct {
	number   string // in E.164, or whatever the peer calls whom it has behind it; "": none, as in our own Contact
	replaces string // the dialog that the other call is to take the place of; "": a blind transfer
	by       string // value of Referred-By (RFC 3892)
	silent   bool   // no news wanted (RFC 4488)
	target   string // of Microsoft's: the URI, letter by letter
}

// optionNoReferSub is the extension of RFC 4488.
const optionNoReferSub = "norefersub"

var errReferTo = errors.New("sip: Refer-To cannot be used")

// parseRefer reads a REFER. The host of its target is of no interest: it is called at the
// peer, wherever the URI leads.
func parseRefer(r headed) (f referral, err error) {
	targets := append(r.GetHeaders("Refer-To"), r.GetHeaders("r")...)
	if len(targets) != 1 { // RFC 3515 §2.4.1
		return f, errReferTo
	}
	uri := dialog.AddrSpec(targets[0].Value())
	uri, headers, _ := strings.Cut(uri, "?")
	if method, ok := party.Param("<>;"+afterFirst(uri, ';'), "method"); ok && !strings.EqualFold(method, string(sipmsg.INVITE)) {
		return f, errReferTo
	}
	f.number = party.Number(uri)
	if len(f.number) > maxUser || strings.Trim(f.number, plainUser) != "" {
		return f, errReferTo
	}
	for h := range strings.SplitSeq(headers, "&") {
		name, value, _ := strings.Cut(h, "=")
		if !strings.EqualFold(name, "Replaces") {
			continue // of what a URI asks for besides, only this is ours to do (RFC 3261 §19.1.5)
		}
		plain, err := url.PathUnescape(value)
		if err != nil || f.replaces != "" || strings.ContainsAny(plain, "\r\n") {
			return f, errReferTo
		}
		f.replaces = plain
		if _, _, err := parseReplaces(replacesHeader(plain)); err != nil {
			return f, errReferTo
		}
	}
	if f.number == "" && f.replaces == "" {
		return f, errReferTo
	}
	for _, h := range append(r.GetHeaders("Referred-By"), r.GetHeaders("b")...) {
		f.by = h.Value()
	}
	f.silent = wantsNoNews(r)
	return f, nil
}

// wantsNoNews reads Refer-Sub (RFC 4488 §4).
func wantsNoNews(r headed) bool {
	silent := false
	for _, h := range r.GetHeaders("Refer-Sub") {
		value, _, _ := strings.Cut(h.Value(), ";")
		silent = strings.EqualFold(strings.TrimSpace(value), "false")
	}
	return silent
}

// What a peer may call those by whom it has behind it.
const (
	maxUser   = 64
	plainUser = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_.*#"
)

func afterFirst(s string, sep byte) string {
	_, rest, _ := strings.Cut(s, string(sep))
	return rest
}

// replacesHeader is a message that has nothing but this Replaces.
type replacesHeader string

// Headers are all of them.
func (h replacesHeader) Headers() []sipmsg.Header {
	return []sipmsg.Header{sipmsg.NewHeader("Replaces", string(h))}
}

// GetHeaders are those of a name, which is Replaces.
func (h replacesHeader) GetHeaders(string) []sipmsg.Header { return h.Headers() }

// subscription is what a REFER has begun: we tell the peer what becomes of it (RFC 3515
// §2.4.4). It ends with the first NOTIFY that is refused.
type subscription struct {
	l      *leg
	event  string
	silent bool
	queue  chan *sipmsg.Request // in order; closed at the end
}

// subscribed begins one; requests of ours leave one after the other, beside the leg.
func (l *leg) subscribed(m *inside, silent bool, client *sipgo.Client) *subscription {
	s := &subscription{l: l, event: "refer", silent: silent, queue: make(chan *sipmsg.Request, maxNotices)}
	if l.referred++; l.referred > 1 { // the first needs no id, and not all understand one (RFC 3515 §2.4.6)
		s.event += fmt.Sprintf(";id=%d", m.request.CSeq().SeqNo)
	}
	e, log, side := l.e, l.log, l.side
	e.running.Go(func() {
		refused := false
		for r := range s.queue {
			if refused && r.Method == sipmsg.NOTIFY {
				continue
			}
			ctx, done := e.requestContext()
			res, err := e.transact(ctx, side, client, r)
			done()
			if r.Method == sipmsg.NOTIFY && (err != nil || !res.IsSuccess()) {
				refused = true
				log.Info("NOTIFY was not taken, no more is sent", keyError, err)
			}
		}
	})
	return s
}

// maxNotices is more than there is to tell of one call.
const maxNotices = 16

// tell sends what became of the other call; last is true for a final status.
func (s *subscription) tell(status int, reason string, last bool) {
	if s.silent {
		return
	}
	r, err := s.l.dialog.Request(sipmsg.NOTIFY, s.l.outlet.via)
	if err != nil {
		return
	}
	state := "active;expires=180"
	if last {
		state = "terminated;reason=noresource"
	}
	r.AppendHeader(sipmsg.NewHeader("Event", s.event))
	r.AppendHeader(sipmsg.NewHeader("Subscription-State", state))
	r.AppendHeader(sipmsg.NewHeader("User-Agent", s.l.e.cfg.UserAgent))
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	r.SetBody(fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", status, reason))
	s.send(r)
}

func (s *subscription) send(r *sipmsg.Request) {
	s.l.outlet.aim(r)
	select {
	case s.queue <- r:
	default: // more ringing than anybody wants to hear of
	}
}

// refer takes a REFER inside the dialog.
func (l *nearLeg) refer(m *inside) {
	warn := func(status int, what string) { l.respond(m, status, nil, warning(what)) }
	if l.state == nearAnswered && l.asked == nil { // the ACK was overtaken, see reinvite
		l.confirmed(nil)
	}
	switch {
	case l.state == nearEnding || l.departed:
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		return
	case l.state == nearAnswered && l.asked != nil: // the answer to our offer is still to come
		l.respond(m, sipmsg.StatusRequestPending, nil)
		return
	case l.state != nearUp:
		warn(sipmsg.StatusForbidden, "only a call that is answered is transferred")
		return
	case l.transfer != nil:
		l.respond(m, sipmsg.StatusRequestPending, nil)
		return
	}
	l.transferTo(m, l.id, l.who, l.called(), l.invite)
}

// transferTo has somebody else called at a peer, by the rules of calls out. For him the call
// is from the caller that is given, and caused by an INVITE of the other side. Where the peer
// names another of its calls with us, nobody is called (join.go).
func (l *leg) transferTo(m *inside, id call.ID, who guard.Peer, caller string, caused *sipmsg.Request) {
	warn := func(status int, what string) { l.respond(m, status, nil, warning(what)) }
	f, err := parseRefer(m.request)
	if other, what, ours := l.e.ownDialog(f.replaces); err == nil && ours {
		l.joinTo(m, f, other, what, who.Name, id)
		return
	}
	if err != nil || f.number == "" {
		warn(sipmsg.StatusBadRequest, "Refer-To has to be one SIP or tel URI with a user part, for a call")
		return
	}
	if now, ok := l.e.guard.Named(who.Name); ok { // as it is set up now
		who = now
	}
	number := who.Numbers.Rewrite(numbers.CalledIn, f.number)
	if !who.MayTransfer() || !who.MayBeDialled(number) {
		l.log.Warn("a transfer is not allowed", keyPeer, who.Name, "number", lastDigits(number))
		l.e.metrics.refuse(call.Near, causeToll)
		warn(sipmsg.StatusForbidden, "the peer may not transfer there: see dial_to and dial_prefixes of the peer")
		return
	}
	if refusal := l.e.enterTransfer(who); refusal != nil {
		l.e.metrics.refuse(call.Near, refusal.Cause)
		l.respond(m, refusal.Status, nil, refusal.Headers...)
		return
	}
	f.number = number
	t := l.newTransfer(f, caller, caused)
	t.who = who
	l.begin(m, t, l.outlet.client)
}

// begin accepts a REFER.
func (l *leg) begin(m *inside, t *transfer, client *sipgo.Client) {
	headers := append(l.abilities(), sipmsg.NewHeader("Contact", l.dialog.Contact))
	if t.refer.silent {
		headers = append(headers, sipmsg.NewHeader("Refer-Sub", "false"))
	}
	l.log.Info("a transfer is asked for", "number", lastDigits(t.refer.number), "attended", t.refer.replaces != "")
	l.respond(m, sipmsg.StatusAccepted, nil, headers...)
	l.notices = l.subscribed(m, t.refer.silent, client)
	l.notices.tell(sipmsg.StatusTrying, dialog.Phrase(sipmsg.StatusTrying), false)
	l.transfer = t
	if t.joins() {
		l.e.running.Go(t.runJoin)
	} else {
		l.e.running.Go(t.run)
	}
}

// ownDialog finds the dialog of ours that a Replaces header names, with its leg.
func (e *Edge) ownDialog(value string) (l *leg, what replaces, ok bool) {
	if value == "" {
		return nil, what, false
	}
	what, _, err := parseReplaces(replacesHeader(value))
	if err != nil {
		return nil, what, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	l = e.dialogs[dialogKey{call.Near, what.callID, what.toTag}]
	return l, what, l != nil
}

// enterTransfer counts one more call of a peer, if it may have one.
func (e *Edge) enterTransfer(p guard.Peer) *guard.Refusal {
	switch {
	case !e.guard.MayCall(p):
		return guard.Later(guard.CauseRate, 1, "peer_rate")
	case !e.count(p):
		return guard.Later(guard.CauseLimit, 5, "peer_limit")
	}
	return nil
}

// transferred takes news of the other call. It has taken the place of the leg's if moved; over
// is the end of a leg that nobody is left at.
func (l *leg) transferred(n transferNews) (moved bool, over *call.LegEnded) {
	switch {
	case n.answered != nil:
		return l.adopted(n.answered)
	case n.joined != nil:
		l.joinedTo(l.transfer.join, *n.joined)
	case n.remainder != nil:
		l.postDialogs(n.remainder)
		if n.status > 0 {
			l.notices.tell(n.status, n.reason, false)
		}
	default:
		l.log.Info("the transfer failed", keyStatus, n.status, keyText, n.reason)
		l.notices.tell(n.status, n.reason, true)
		l.endTransfer()
		if !l.departed {
			l.postDialogs(nil)
			break
		}
		by := call.ByCaller
		if l.side == call.Far {
			by = call.ByMicrosoft
		}
		return false, &call.LegEnded{By: by, Status: n.status, Q850: l.leftWith.Q850, Text: "transfer failed"}
	}
	return false, nil
}

// postDialogs tells the engine what there is to end: the leg's dialog, and the one that may
// take its place.
func (l *leg) postDialogs(next *dialog.Remainder) {
	if l.dialogs != nil {
		l.dialogs(next)
		return
	}
	left := dialog.Remainder{State: dialog.Up, Trunk: l.trunk, Dialog: l.dialog, Next: next}
	if l.joint != nil {
		left = dialog.Remainder{State: dialog.Joined}
	}
	l.post(call.LegAnswered{Side: l.side, Dialog: l.remains(left)})
}

// adopted has the answered call take the place of the one that was transferred.
func (l *leg) adopted(a *answeredTransfer) (moved bool, over *call.LegEnded) {
	described, agreed := l.described, l.agreed
	if err := l.agree(a.offer, a.stream); err != nil {
		a.taken <- false
		_ = l.agree(described, agreed)
		return l.transferred(transferNews{status: sipmsg.StatusNotAcceptableHere, reason: dialog.Phrase(sipmsg.StatusNotAcceptableHere)})
	}
	l.leaveTransferor()
	l.forgetDialog()
	l.dialog, l.local, l.source, l.body = a.dialog, a.local, a.source, a.body
	l.outlet, l.ownsCallID, l.departed, l.referred = a.outlet, true, false, 0
	l.enterDialog()
	a.taken <- true
	l.log.Info("transferred", keySIPCallID, l.dialog.CallID)
	l.postDialogs(nil)
	return true, nil
}

// leaveTransferor says that the transfer is done, and leaves who has asked for it, unless he has left.
func (l *leg) leaveTransferor() {
	l.notices.tell(sipmsg.StatusOK, "OK", true)
	if !l.departed {
		if r, err := l.dialog.Request(sipmsg.BYE, l.outlet.via); err == nil { // behind the NOTIFY
			r.AppendHeader(dialog.Reason{Q850: 16, Text: "transferred"}.Header())
			l.notices.send(r)
		}
	}
	l.endTransfer()
}

// moved is what only a near leg has to know of its new dialog.
func (l *nearLeg) moved(a *answeredTransfer) {
	l.transport, l.via = a.dialog.Transport, a.outlet.via
	l.stream.Trust(wire.Source(a.response.Source()).Addr())
	l.session.stop()
	l.session = newSession(l.side, l.e.cfg.Timers)
	l.sessionAnswered(a.response)
}

// dropTransfer gives up a transfer, and says so.
func (l *leg) dropTransfer() {
	if l.transfer != nil {
		l.notices.tell(sipmsg.StatusRequestTerminated, dialog.Phrase(sipmsg.StatusRequestTerminated), true)
		l.endTransfer()
	}
}

// endTransfer leaves a transfer that is over, or not wanted any more, to itself.
func (l *leg) endTransfer() {
	if l.transfer == nil {
		return
	}
	close(l.transfer.stop)
	close(l.notices.queue)
	l.transfer, l.notices = nil, nil
}
