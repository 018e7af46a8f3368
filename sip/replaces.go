package sip

import (
	"errors"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/sdp"
)

// replaces is a Replaces header (RFC 3891 §6): the dialog whose place an INVITE takes, as
// its recipient sees the tags.
type replaces struct {
	callID, toTag, fromTag string
	earlyOnly              bool
}

// noREFER is what a peer is told who asks us to call somebody: whom a call goes to is
// decided by flows and the API, and each such leg is one that the engine knows.
const noREFER = "no transfer by REFER: take over with INVITE and Replaces, or transfer by the API"

var errReplaces = errors.New("sip: Replaces cannot be read")

// parseReplaces reads the header; ok is false if there is none.
func parseReplaces(m headed) (r replaces, ok bool, err error) {
	values := m.GetHeaders("Replaces")
	if len(values) == 0 {
		return r, false, nil
	}
	if len(values) > 1 || strings.Contains(values[0].Value(), ",") { // RFC 3891 §3
		return r, true, errReplaces
	}
	fields := strings.Split(values[0].Value(), ";")
	r.callID = strings.TrimSpace(fields[0])
	for _, f := range fields[1:] {
		name, value, _ := strings.Cut(f, "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			r.toTag = value
		case "from-tag":
			r.fromTag = value
		case "early-only":
			r.earlyOnly = true
		}
	}
	if r.callID == "" || r.toTag == "" || r.fromTag == "" {
		return r, true, errReplaces
	}
	return r, true, nil
}

// successor is an INVITE that wants to take the place of a leg's dialog. Its handler, and
// with it the stack's transaction, waits for the end of the leg if it got its way.
type successor struct {
	request  *sipmsg.Request
	tx       sipmsg.ServerTransaction
	tag      string // ours
	peer     string
	replaces replaces
	refusal  chan *guard.Refusal // nil: taken
}

// replace takes an INVITE with Replaces: somebody else of the same peer's, who goes on
// with a call that is up (RFC 3891 §3). It reports false if there is no such header.
func (n *nearSide) replace(r *sipmsg.Request, tx sipmsg.ServerTransaction, tag string, peer guard.Peer) bool {
	what, ok, err := parseReplaces(r)
	if !ok {
		return false
	}
	refuse := func(status int, cause guard.Cause) *guard.Refusal {
		return &guard.Refusal{Status: status, Reason: phrase(status), Cause: cause}
	}
	if err != nil {
		n.refuse(r, tx, refuse(sipmsg.StatusBadRequest, guard.CauseMalformed))
		return true
	}
	n.e.mu.Lock()
	l := n.e.dialogs[dialogKey{call.Near, what.callID, what.toTag}]
	n.e.mu.Unlock()
	unknown := refuse(sipmsg.StatusCallTransactionDoesNotExists, causeDialog)
	switch {
	case l == nil:
		n.refuse(r, tx, unknown)
		return true
	case l.successors == nil: // a telephone that a call has added; see "What is not done yet"
		n.refuse(r, tx, refuse(sipmsg.StatusGlobalDecline, causeReplaces))
		return true
	}
	s := &successor{request: r, tx: tx, tag: tag, peer: peer.Name, replaces: what, refusal: make(chan *guard.Refusal, 1)}
	select {
	case l.successors <- s:
	case <-l.over:
		n.refuse(r, tx, unknown)
		return true
	}
	select {
	case refusal := <-s.refusal:
		if refusal != nil {
			n.refuse(r, tx, refusal)
			return true
		}
		<-l.over
	case <-l.over:
	}
	return true
}

// succeeded has another dialog take the place of the leg's own: the engine sees the same
// leg, with another remainder, and what the others hear goes on by the same ports.
func (l *nearLeg) succeeded(s *successor) {
	refuse := func(status int, cause guard.Cause, headers ...sipmsg.Header) {
		s.refusal <- &guard.Refusal{Status: status, Reason: phrase(status), Cause: cause, Headers: headers}
	}
	switch {
	case s.replaces.fromTag != l.dialog.RemoteTag || s.peer != l.peer: // of another peer's calls nobody is told
		refuse(sipmsg.StatusCallTransactionDoesNotExists, causeDialog)
		return
	case l.state == nearOffered: // an early dialog that we have not begun (RFC 3891 §3)
		refuse(sipmsg.StatusCallTransactionDoesNotExists, causeDialog)
		return
	case l.state == nearEnding:
		refuse(sipmsg.StatusGlobalDecline, causeReplaces)
		return
	case s.replaces.earlyOnly:
		refuse(sipmsg.StatusBusyHere, causeReplaces)
		return
	case l.state == nearAnswered:
		refuse(sipmsg.StatusInternalServerError, causeReplaces, retrySoon())
		return
	}
	fresh, refusal := l.negotiateAnew(s)
	if refusal != nil {
		s.refusal <- refusal
		return
	}
	old, leaves := l.dialog, l.outlet
	l.forgetDialog()
	l.become(s, fresh)
	if err := l.send(sipmsg.StatusOK, l.body, l.agreeing()...); err != nil {
		l.log.Info("200 not sent", keyError, err) // it is repeated until there is an ACK
	}
	s.refusal <- nil
	t := l.e.cfg.Timers
	l.state, l.interval, l.giveUp = nearAnswered, t.T1, time.Now().Add(t.Ack)
	l.timer.Reset(l.interval)
	l.sessionBegins()
	l.log.Info("another dialog takes over", keySIPCallID, l.dialog.CallID)
	l.post(call.LegAnswered{Side: call.Near, Dialog: l.remains(dialog.Remainder{State: dialog.Up, Dialog: l.dialog})})
	l.e.running.Go(func() {
		r, err := old.Request(sipmsg.BYE, leaves.via)
		if err != nil {
			return
		}
		r.AppendHeader(dialog.Reason{Q850: 16, Text: "replaced"}.Header())
		leaves.aim(r)
		ctx, cancel := l.e.requestContext()
		defer cancel()
		if _, err := l.e.transact(ctx, call.Near, l.n.client, r); err != nil {
			l.log.Info("BYE was not answered", keyError, err)
		}
	})
}

// anew is what was negotiated with a successor.
type anew struct {
	transport, via string
	dialog         dialog.Dialog
	local          sdp.Local
	answer         *sdp.Description // nil: our offer is in asked
	stream         sdp.Stream
}

// negotiateAnew changes nothing yet.
func (l *nearLeg) negotiateAnew(s *successor) (a anew, refusal *guard.Refusal) {
	bad := func(status int, what string) (anew, *guard.Refusal) {
		return a, &guard.Refusal{Status: status, Reason: phrase(status), Cause: causeSDP, Headers: []sipmsg.Header{warning(what)}}
	}
	a.local = l.local
	a.local.Key = sdp.NewKey() // who is new does not know how often the old one's packets have been counted round
	if len(s.request.Body()) > 0 {
		offer, err := sdp.Parse(s.request.Body())
		if err == nil {
			a.answer, a.stream, err = sdp.Answer(offer, a.local, l.profile)
		}
		if err != nil {
			return bad(sdpStatus(err), err.Error())
		}
	}
	a.transport = strings.ToUpper(s.request.Transport())
	a.via = l.n.sentBy(a.transport, sourceOf(s.request.Source()).Addr())
	var err error
	if a.dialog, err = dialog.Answering(s.request, s.tag, contact(a.transport, a.via)); err != nil {
		return a, &guard.Refusal{Status: sipmsg.StatusBadRequest, Reason: phrase(sipmsg.StatusBadRequest), Cause: guard.CauseMalformed}
	}
	timer := l.session
	if refusal := l.sessionAsked(s.request); refusal != nil {
		l.session = timer
		return a, refusal
	}
	if a.answer != nil {
		if err := l.agree(a.answer, a.stream); err != nil {
			l.session = timer
			return bad(sipmsg.StatusNotAcceptableHere, err.Error())
		}
	}
	return a, nil
}

// forgetDialog leaves what is under way in the old dialog to itself.
func (l *nearLeg) forgetDialog() {
	if l.pending != nil {
		l.pending.close()
		l.pending = nil
	}
	l.clearPark()
	l.inquiry, l.probed = nil, nil
	l.e.mu.Lock()
	delete(l.e.dialogs, dialogKey{call.Near, l.dialog.CallID, l.dialog.LocalTag})
	l.e.mu.Unlock()
}

// become is the new dialog from now on.
func (l *nearLeg) become(s *successor, a anew) {
	l.tx, l.invite, l.dialog, l.transport, l.via, l.local = s.tx, s.request, a.dialog, a.transport, a.via, a.local
	l.outlet = l.leavesFrom()
	l.stream.Trust(sourceOf(s.request.Source()).Addr())
	l.source = sdp.NewSource(uint64(time.Now().Unix())) //nolint:gosec // after 1970
	l.settled, l.reliable, l.asked = false, nil, nil
	d := a.answer
	if d == nil {
		d = sdp.Offer(l.local, l.profile)
		l.asked = d
	}
	l.body = l.source.Write(d)
	l.e.mu.Lock()
	l.e.dialogs[dialogKey{call.Near, l.dialog.CallID, l.dialog.LocalTag}] = &l.leg
	l.e.mu.Unlock()
}
