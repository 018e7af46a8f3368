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
	"tandem/sip/wire"
)

// replaces is a Replaces header (RFC 3891 §6): the dialog whose place an INVITE takes, as
// its recipient sees the tags.
type replaces struct {
	callID, toTag, fromTag string
	earlyOnly              bool
}

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
// with it the stack's transaction, waits until the leg is done with it.
type successor struct {
	inside              // done is closed when the transaction is not needed any more, which may be never
	tag       string    // ours
	from      string    // the peer, or the trunk, that it came by
	n         *nearSide // of a peer
	replaces  replaces
	cancelled chan struct{}       // closed by a CANCEL
	refusal   chan *guard.Refusal // nil: taken
}

// replace takes an INVITE with Replaces: somebody else of the same peer's, or of
// Microsoft's, who goes on with a call that there is (RFC 3891 §3). It reports false if
// there is no such header.
func (e *Edge) replace(side call.Side, n *nearSide, r *sipmsg.Request, tx sipmsg.ServerTransaction, tag, from string) bool {
	what, ok, err := parseReplaces(r)
	if !ok {
		return false
	}
	if err != nil {
		e.refuse(side, r, tx, refusalOf(sipmsg.StatusBadRequest, guard.CauseMalformed))
		return true
	}
	e.mu.Lock()
	l := e.dialogs[dialogKey{side, what.callID, what.toTag}]
	e.mu.Unlock()
	unknown := refusalOf(sipmsg.StatusCallTransactionDoesNotExists, causeDialog)
	if l == nil {
		e.refuse(side, r, tx, unknown)
		return true
	}
	s := &successor{
		inside: inside{request: r, tx: tx, done: make(chan struct{})}, tag: tag, from: from, n: n, replaces: what,
		cancelled: make(chan struct{}), refusal: make(chan *guard.Refusal, 1),
	}
	cancelled := s.cancelled // the stack keeps the transaction for a while
	if !tx.OnCancel(func(*sipmsg.Request) { close(cancelled) }) {
		return true // it came before us, and has its 487
	}
	select {
	case l.successors <- s:
	case <-l.over:
		e.refuse(side, r, tx, unknown)
		return true
	}
	select {
	case refusal := <-s.refusal:
		if refusal != nil {
			e.refuse(side, r, tx, refusal)
			return true
		}
		select {
		case <-s.done:
		case <-l.over:
		}
	case <-l.over:
		e.refuse(side, r, tx, unknown)
	}
	return true
}

func refusalOf(status int, cause guard.Cause, headers ...sipmsg.Header) *guard.Refusal {
	return &guard.Refusal{Status: status, Reason: dialog.Phrase(status), Cause: cause, Headers: headers}
}

// refuse leaves everything as it is.
func (s *successor) refuse(status int, cause guard.Cause, headers ...sipmsg.Header) {
	s.refusal <- refusalOf(status, cause, headers...)
}

// givenUp tells whether nobody wants the successor any more; the stack has answered it then.
func (s *successor) givenUp() bool {
	select {
	case <-s.cancelled:
		return true
	default:
		return false
	}
}

// succeeded has another dialog take the place of the leg's own: the engine sees the same
// leg, with another remainder, and what the others hear goes on by the same ports.
func (l *nearLeg) succeeded(s *successor) {
	switch {
	case s.givenUp():
		close(s.done)
		s.refusal <- nil
		return
	case s.replaces.fromTag != l.dialog.RemoteTag || s.from != l.peer || l.departed: // of another peer's calls nobody is told
		s.refuse(sipmsg.StatusCallTransactionDoesNotExists, causeDialog)
		return
	case l.state == nearOffered: // an early dialog that we have not begun (RFC 3891 §3)
		s.refuse(sipmsg.StatusCallTransactionDoesNotExists, causeDialog)
		return
	case l.state == nearEnding:
		s.refuse(sipmsg.StatusGlobalDecline, causeReplaces)
		return
	case s.replaces.earlyOnly:
		s.refuse(sipmsg.StatusBusyHere, causeReplaces)
		return
	case l.transfer.joins(): // and perhaps the other call has agreed
		s.refuse(sipmsg.StatusRequestPending, causeReplaces)
		return
	case l.state == nearAnswered:
		s.refuse(sipmsg.StatusInternalServerError, causeReplaces, retrySoon())
		return
	}
	fresh, refusal := l.negotiateAnew(s)
	if refusal != nil {
		s.refusal <- refusal
		return
	}
	old, leaves := l.dialog, l.outlet
	l.dropTransfer()
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
	l.endReplaced(old, leaves)
}

// endReplaced ends a dialog whose place another one has taken (RFC 3891 §3).
func (l *leg) endReplaced(old dialog.Dialog, leaves outlet) {
	e, side, log := l.e, l.side, l.log
	e.running.Go(func() {
		r, err := old.Request(sipmsg.BYE, leaves.via)
		if err != nil {
			return
		}
		r.AppendHeader(dialog.Reason{Q850: 16, Text: "replaced"}.Header())
		leaves.aim(r)
		ctx, cancel := e.requestContext()
		defer cancel()
		if _, err := e.transact(ctx, side, leaves.client, r); err != nil {
			log.Info("BYE was not answered", keyError, err)
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
	a.transport = strings.ToUpper(s.request.Transport())
	a.via = l.n.sentBy(a.transport, wire.Source(s.request.Source()).Addr())
	if refusal := l.describeAnew(&a, s, contact(a.transport, a.via)); refusal != nil {
		return a, refusal
	}
	timer := l.session
	if refusal := l.sessionAsked(s.request); refusal != nil {
		l.session = timer
		return a, refusal
	}
	if a.answer != nil {
		if err := l.agree(a.answer, a.stream); err != nil {
			l.session = timer
			return a, badSDP(sipmsg.StatusNotAcceptableHere, err.Error())
		}
	}
	return a, nil
}

func badSDP(status int, what string) *guard.Refusal {
	return refusalOf(status, causeSDP, warning(what))
}

// describeAnew answers the successor's offer, if it has one, and makes its dialog.
func (l *leg) describeAnew(a *anew, s *successor, contact string) *guard.Refusal {
	a.local = l.local
	a.local.Key = sdp.NewKey() // who is new does not know how often the old one's packets have been counted round
	if len(s.request.Body()) > 0 {
		offer, err := sdp.Parse(s.request.Body())
		if err == nil {
			a.answer, a.stream, err = sdp.Answer(offer, a.local, l.profile)
		}
		if err != nil {
			return badSDP(sdpStatus(err), err.Error())
		}
	}
	var err error
	if a.dialog, err = dialog.Answering(s.request, s.tag, contact); err != nil {
		return refusalOf(sipmsg.StatusBadRequest, guard.CauseMalformed)
	}
	return nil
}

// forgetDialog leaves what is under way in the old dialog to itself.
func (l *leg) forgetDialog() {
	if l.pending != nil {
		l.pending.close()
		l.pending = nil
	}
	l.clearPark()
	l.inquiry, l.probed, l.overtaken = nil, nil, overtaken{}
	l.leaveDialog()
}

// leaveDialog has nobody find the leg by its dialog any more.
func (l *leg) leaveDialog() {
	l.e.mu.Lock()
	defer l.e.mu.Unlock()
	delete(l.e.dialogs, dialogKey{l.side, l.dialog.CallID, l.dialog.LocalTag})
}

// enterDialog has the leg be found by its dialog.
func (l *leg) enterDialog() {
	l.e.mu.Lock()
	defer l.e.mu.Unlock()
	l.e.dialogs[dialogKey{l.side, l.dialog.CallID, l.dialog.LocalTag}] = l
	l.e.joinCapture(l)
}

// become is the new dialog from now on.
func (l *nearLeg) become(s *successor, a anew) {
	l.tx, l.n, l.invite, l.dialog, l.transport, l.via, l.local = s.tx, s.n, s.request, a.dialog, a.transport, a.via, a.local
	l.outlet = l.leavesFrom()
	l.stream.Trust(wire.Source(s.request.Source()).Addr())
	l.source = sdp.NewSource(uint64(time.Now().Unix())) //nolint:gosec // after 1970
	l.settled, l.reliable, l.asked = false, nil, nil
	d := a.answer
	if d == nil {
		d = sdp.Offer(l.local, l.profile)
		l.asked = d
	}
	l.body = l.source.Write(d)
	l.enterDialog()
}
