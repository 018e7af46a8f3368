package pstnhub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/mixer"
)

// Leg is a call from an SBC to Microsoft, or one that [Proxies.Dial] made to an SBC. Its methods may be called by several goroutines.
type Leg struct {
	p      *Proxies
	proxy  *proxy // which of the three the INVITE came to or went out from; our requests bear its name
	in     *invitation
	invite *invite // the SBC's; nil for a call of ours
	guid   string  // x-i: the correlation id of Microsoft
	own    string  // our CONTACT value
	tag    string  // ours
	log    *slog.Logger

	ctx           context.Context
	cancelContext context.CancelFunc
	ended         chan struct{} // the call is over for the application
	over          chan struct{} // and so is all signalling

	mu        sync.Mutex
	state     state
	end       ending
	concluded bool
	hungUp    bool
	dialog    dialog
	awaiting  *acknowledgement // the latest 2xx, whoever sent it
	media     *media
	sdp       answer
	sdpText   string
	allowed   []string  // the SBC's Allow, of its INVITE or 200
	referral  *Referral // the latest REFER of ours
	refreshes int       // re-INVITEs of the SBC that were answered
	reinvites int       // ours that were
	rung      []string  // tags of the 18x, in order
	offering  *reinvite // ours that is under way
	running   bool      // up was called
	collided  bool      // FaultGlare struck
	timer     *clock.Timer
	onDigit   func(digit byte)
}

type state int

const (
	inviting  state = iota // no final response
	confirmed              // 200 was sent or came
	finished
)

// ending is how a leg ended.
type ending struct {
	by        string
	sipStatus int // 0 is a BYE
	q850      int
	code      int
}

// ErrEnded is in every error about a leg that is over or was never up.
var ErrEnded = errors.New("leg has ended")

// newLeg makes the leg of a call in either direction. The chain is what x-c says before its last part.
func (p *Proxies) newLeg(pr *proxy, in *invitation, chain string) *Leg {
	l := &Leg{p: p, proxy: pr, in: in, guid: newGUID(), tag: hexID(16), ended: make(chan struct{}), over: make(chan struct{})}
	l.own = fmt.Sprintf("<sip:%s%s:443;x-i=%s;x-c=%s/%s>", pr.api, domain, l.guid, chain, hexID(16))
	l.log = p.log.With("leg", l.guid, "call_id", in.callID)
	l.ctx, l.cancelContext = context.WithCancel(p.ctx)
	return l
}

// invited makes the leg of an SBC's INVITE.
func (c *conn) invited(m *message, in *invitation) *Leg {
	l := c.p.newLeg(c.proxy, in, hexID(16)+"/s/1")
	l.allowed = in.allow
	l.dialog = dialog{
		callID: in.callID, localTag: l.tag, remoteTag: in.fromTag, local: m.get("to") + ";tag=" + l.tag, remote: m.get("from"),
		target: in.contact, routes: in.routes, hop: in.trunk, remoteCSeq: int64(in.cseq),
	}
	l.invite = &invite{key: inviteKey(m), conn: c, request: m, leg: l}
	return l
}

// begin answers 100 and whatever the faults ask for, and tells the application.
func (l *Leg) begin() {
	l.mu.Lock()
	l.respond(response{status: 100})
	l.mu.Unlock()
	if status := l.p.faults.number(FaultRefuse); status > 0 {
		l.Reject(status, causeOf(status), phrase(status))
		return
	}
	for range l.p.faults.number(FaultRingStorm) {
		l.Ring()
	}
	if l.p.faults.on(FaultEarlyMedia) {
		l.EarlyMedia()
	}
	if l.p.config.OnInvite == nil {
		l.Reject(480, 31, "No callee endpoints were found.")
		return
	}
	l.p.spawn(func() { l.p.config.OnInvite(l.ctx, l) })
}

// From is the caller's number in E.164 with "+", or "anonymous".
func (l *Leg) From() string { return l.in.caller }

// To is the called number in E.164 with "+"; of a call of ours it may be a short one.
func (l *Leg) To() string { return l.in.called }

// Outbound says that Microsoft called the SBC.
func (l *Leg) Outbound() bool { return l.invite == nil }

// CallID is the SIP Call-ID.
func (l *Leg) CallID() string { return l.in.callID }

// Resource is the id of the resource in which the trunk is registered.
func (l *Leg) Resource() string { return l.in.resource }

// TrunkFQDN is the SBC's name as it was proved.
func (l *Leg) TrunkFQDN() string { return l.in.fqdn }

// CorrelationID is the x-i of the call, which stands in CONTACT and REASON.
func (l *Leg) CorrelationID() string { return l.guid }

// Proxy is the name of the proxy that took or made the call: sip, sip2 or sip3.
func (l *Leg) Proxy() string { return l.proxy.name }

// CustomHeaders are those of the INVITE: User-To-User as "userToUser" and the X-MS-Custom- headers with their names as sent (facts/direct-routing.md §14).
func (l *Leg) CustomHeaders() map[string]string { return maps.Clone(l.in.custom) }

// DroppedHeaders is how many custom headers broke a limit.
func (l *Leg) DroppedHeaders() int { return l.in.dropped }

// Ended is closed when the call is over: BYE, CANCEL, refusal, lost connection before the answer, lost media.
func (l *Leg) Ended() <-chan struct{} { return l.ended }

// End says how the leg ended. It means something once Ended is closed. by is "sbc", "microsoft" or "media"; the status is 0 after a BYE.
func (l *Leg) End() (by string, sipStatus int, q850 int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end.by, l.end.sipStatus, l.end.q850
}

// Code is Microsoft's own code for the ending (§12), such as 1106 for a missing ACK.
func (l *Leg) Code() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end.code
}

// respond sends a response to the INVITE and remembers it for a repetition. The lock is held.
func (l *Leg) respond(r response) []byte {
	raw := l.p.format(l.proxy, l.invite.request, r)
	l.invite.last = raw
	_ = l.invite.conn.send(raw)
	return raw
}

// repeat answers a retransmitted INVITE.
func (l *Leg) repeat(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = c.send(l.invite.last)
}

// early is a provisional response, which opens a dialog of its own (§7).
func (l *Leg) early(status int, body string) {
	tag := hexID(16)
	l.rung = append(l.rung, tag)
	l.respond(response{status: status, toTag: tag, contact: l.own, route: l.recordRoute(), body: body})
}

func (l *Leg) recordRoute() string {
	return fmt.Sprintf("<sip:%s%s:%d;transport=tls;lr>", l.proxy.host, domain, l.proxy.address.Port())
}

// Ring sends 180. Every call of it is one more endpoint that rings, with a To tag of its own.
func (l *Leg) Ring() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == inviting {
		l.early(180, "")
	}
}

// Forward sends 181, as when a call to a number is redirected to another one (§7).
func (l *Leg) Forward() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == inviting {
		l.early(181, "")
	}
}

// AnswerAs makes a later Answer come from the early dialog of the n-th 18x, counted from 0; without it the 200 has a tag that no 18x had.
func (l *Leg) AnswerAs(n int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != inviting || n < 0 || n >= len(l.rung) {
		return fmt.Errorf("answer as early dialog %d of %d: %w", n, len(l.rung), ErrEnded)
	}
	l.dialog.local = strings.TrimSuffix(l.dialog.local, l.tag) + l.rung[n]
	l.tag, l.dialog.localTag = l.rung[n], l.rung[n]
	return nil
}

// EarlyMedia sends a 183 with the description that the 200 will have. No media follows before the answer (§18 no. 20).
func (l *Leg) EarlyMedia() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != inviting {
		return
	}
	if err := l.openMedia(); err != nil {
		l.log.Error("early media", "error", err)
		return
	}
	l.early(183, l.sdpText)
}

// Answer sends 200 with SDP and waits for the ACK. Without one the leg ends with 408 and code 1106, and the error says so. If ctx ends first the leg is not affected.
func (l *Leg) Answer(ctx context.Context) error {
	l.mu.Lock()
	if l.state != inviting {
		l.mu.Unlock()
		return fmt.Errorf("answer: %w", ErrEnded)
	}
	a, err := l.accept()
	if err != nil {
		l.mu.Unlock()
		return fmt.Errorf("answer: %w", err)
	}
	l.state = confirmed
	l.mu.Unlock()
	l.p.spawn(func() { l.confirm(a) })
	select {
	case <-a.settled:
		if a.acked {
			return nil
		}
		<-l.ended // follows at once
	case <-l.ended:
	case <-ctx.Done():
		return fmt.Errorf("answer: %w", ctx.Err())
	}
	by, status, _ := l.End()
	return fmt.Errorf("answer: %w: by %s with %d", ErrEnded, by, status)
}

// accept opens the media, enters the dialog and sends 200. The lock is held.
func (l *Leg) accept() (*acknowledgement, error) {
	if err := l.openMedia(); err != nil {
		return nil, err
	}
	if !l.p.enter(l) {
		l.media.close()
		return nil, ErrEnded
	}
	l.media.touch()
	raw := l.respond(response{status: 200, toTag: l.tag, contact: l.own, route: l.recordRoute(), body: l.sdpText, extra: l.sessionTimer()})
	l.forgetLater()
	l.awaiting = &acknowledgement{cseq: l.in.cseq, raw: raw, conn: l.invite.conn, settled: make(chan struct{})}
	return l.awaiting, nil
}

// sessionTimer is what FaultRefresher adds to the 200, for an SBC that supports it (RFC 4028 §9).
func (l *Leg) sessionTimer() []header {
	seconds := l.p.faults.number(FaultRefresher)
	supported := slices.ContainsFunc(l.invite.request.list("supported"), func(option string) bool { return strings.EqualFold(option, "timer") })
	if seconds == 0 || !supported {
		return nil
	}
	return []header{{"REQUIRE", "timer"}, {"SESSION-EXPIRES", strconv.Itoa(seconds) + ";refresher=uac"}}
}

// openMedia takes ports and a key for the call, once.
func (l *Leg) openMedia() error {
	if l.media != nil {
		return nil
	}
	m, err := l.p.openMedia(l, l.in.offer)
	if err != nil {
		return err
	}
	l.media = m
	l.sdp = answer{session: m.session, address: l.p.config.MediaAddress.String(), port: m.port, rtcp: m.port + 1, key: m.key}
	if l.in.offer == nil {
		l.sdpText = l.sdp.offer(l.p.faults.on(FaultCryptoLines))
	} else {
		l.sdpText = l.sdp.text(l.in.offer)
	}
	return nil
}

// Reject sends a final failure, with REASON in Microsoft's form. It does nothing after a final response.
func (l *Leg) Reject(status, cause int, phrase string) {
	l.mu.Lock()
	if l.state != inviting {
		l.mu.Unlock()
		return
	}
	l.state = finished
	l.respond(response{status: status, toTag: l.tag, reason: reasonHeader(cause, l.guid, phrase)})
	l.forgetLater()
	l.mu.Unlock()
	l.finish(ending{"microsoft", status, cause, codeMicrosoft + status})
	l.conclude()
}

// Bye ends the call from Microsoft's side: a BYE on a connection of ours, sent in the background. A leg that was not answered is refused with 480.
func (l *Leg) Bye(cause int, phrase string) {
	l.mu.Lock()
	pending := l.state == inviting
	l.mu.Unlock()
	if pending {
		l.Reject(480, cause, phrase)
		return
	}
	l.hangUp(ending{"microsoft", 0, cause, codeNormal}, phrase)
}

// Attach joins the media of an answered leg to a conference, and takes it out of the one it was in. Nil only takes it out. It returns the leg's port, wide
// if the leg's codec is G.722; nil if it did not join, which is also what becomes of a leg that is over.
func (l *Leg) Attach(conf *mixer.Conference) *mixer.Port {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != confirmed || l.media == nil {
		return nil
	}
	return l.media.attach(conf)
}

// Media returns the counters of the leg's media; zero before the answer.
func (l *Leg) Media() MediaStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.media == nil {
		return MediaStats{}
	}
	return l.media.snapshot()
}

// Digits are the keys that the customer pressed (RFC 4733), in order.
func (l *Leg) Digits() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.media == nil {
		return ""
	}
	return l.media.pressed()
}

// Refreshes is how many re-INVITEs of the SBC were answered with 200.
func (l *Leg) Refreshes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refreshes
}

// Reinvites is how many re-INVITEs of ours the SBC answered with what fits.
func (l *Leg) Reinvites() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reinvites
}

// OnHold says whether the SBC has put the call on hold.
func (l *Leg) OnHold() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.media != nil && l.media.onHold()
}

// cancelled handles CANCEL (RFC 3261 §9.2).
func (l *Leg) cancelled(cause int) {
	l.mu.Lock()
	if l.state != inviting {
		l.mu.Unlock()
		return
	}
	l.state = finished
	end := ending{"sbc", 487, cause, codeCancelled}
	if l.p.faults.on(FaultLateOK) {
		l.mu.Unlock()
		l.finish(end) // first, because it closes the media
		l.mu.Lock()
		if a, err := l.accept(); err == nil {
			l.mu.Unlock()
			l.p.spawn(func() { l.crossed(a) })
			return
		}
	}
	l.respond(response{status: 487, toTag: l.tag})
	l.forgetLater()
	l.mu.Unlock()
	l.finish(end)
	l.conclude()
}

// disconnected ends a leg whose INVITE lost its connection before a final response.
func (l *Leg) disconnected() {
	l.mu.Lock()
	pending := l.state == inviting
	if pending {
		l.state = finished
	}
	l.mu.Unlock()
	if !pending {
		return
	}
	l.finish(ending{"sbc", 504, 0, codeDisconnected})
	l.p.forget(l.invite)
	l.conclude()
}

// finish tells the application that the call is over; only the first ending counts. Media stops.
func (l *Leg) finish(e ending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end.by != "" {
		return
	}
	l.end, l.state = e, finished
	l.timer.Stop()
	if l.media != nil {
		l.media.close()
	}
	l.cancelContext()
	close(l.ended)
	l.log.Info("leg ended", "by", e.by, "status", e.sipStatus, "q850", e.q850, "code", e.code)
}

// conclude ends the signalling.
func (l *Leg) conclude() {
	l.mu.Lock()
	if !l.concluded {
		l.concluded = true
		close(l.over)
	}
	if l.media != nil {
		l.media.close()
	}
	id := l.dialog.id()
	l.mu.Unlock()
	l.p.leave(id)
	l.p.forgetReferral(l.guid)
}

// forgetLater drops the INVITE when no copy of it and no ACK can come any more.
func (l *Leg) forgetLater() {
	time.AfterFunc(l.p.config.ackTimeout(), func() { l.p.forget(l.invite) })
}

// enter makes the leg's dialog known. The leg's lock is held.
func (p *Proxies) enter(l *Leg) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.dialogs[l.dialog.id()] = l
	return true
}

func (p *Proxies) leave(id dialogID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.dialogs, id)
}
