package pstnhub

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// outgoing is an INVITE of ours, until no response to it can come any more. Responses are handled in the goroutine of the connection, the rest in Dial's.
type outgoing struct {
	leg    *Leg
	branch string
	tell   func(status int)
	news   chan int // provisional responses on their way to tell; what is too much is lost

	settled chan struct{} // closed when Dial has its result
	final   chan struct{} // closed by the first final response, or when none can come

	// The rest belongs to the leg's lock. err may be read once settled is closed.
	conn      *conn
	target    string // Request-URI
	to        string // without tag
	err       error
	heard     bool     // something came: the INVITE may be cancelled (RFC 3261 §9.1)
	cancelled bool     // nobody wants the call any more
	sent      bool     // and the SBC knows
	allowed   []string // by the 200
	answered  map[string]*ack
	early     early
}

// ack is what was, or is being, sent for the 2xx of one dialog.
type ack struct {
	conn *conn
	raw  []byte // nil while it is on its way
}

// early is the first description that came before the answer.
type early struct {
	tag string
	sdp *offer
}

// start sends the INVITE. An error means that Dial is over.
func (o *outgoing) start(ctx context.Context, c *conn, display string, headers []header) error {
	l := o.leg
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.openMedia(); err != nil {
		return o.abandon(fmt.Errorf("pstnhub: dial: %w", err))
	}
	number := l.in.called + "@" + l.in.fqdn + ":" + strconv.Itoa(l.in.port) + ";user=phone"
	o.target, o.to, o.answered = "sip:"+number+";transport=tls", "<sip:"+number+">", map[string]*ack{}
	l.dialog = dialog{
		callID: l.in.callID, localTag: l.tag, cseq: 1, remoteCSeq: -1, hop: l.in.trunk,
		local: fmt.Sprintf("%s<sip:%s@sip%s:5061;user=phone>;tag=%s", displayName(display), l.in.caller, domain, l.tag),
	}
	raw := l.inviteText(o.target, l.dialog.local, o.to, o.branch, headers)
	err := o.send(c, raw)
	if err != nil { // the connection broke before we noticed: once more on a new one
		if c, err = l.p.connect(ctx, l.proxy, l.in.trunk); err == nil {
			err = o.send(c, raw)
		}
	}
	if err != nil {
		l.p.unawait(o.branch)
		return o.abandon(unreachable(ctx, err))
	}
	l.log.Info("calling", "trunk", l.in.fqdn, "proxy", l.proxy.name, "from", lastDigits(l.in.caller), "to", lastDigits(l.in.called))
	return nil
}

func (o *outgoing) send(c *conn, raw []byte) error {
	o.conn = c
	if !o.leg.p.await(o.branch, &awaited{conn: c, got: o.response, lost: func() { o.lost(c) }}) {
		return errClosed
	}
	select {
	case <-c.gone: // maybe before it could be told
		return errLost
	default:
	}
	return c.send(raw)
}

// abandon ends a leg that was never called. The lock is held.
func (o *outgoing) abandon(err error) error {
	l := o.leg
	l.state, l.concluded = finished, true
	if l.media != nil {
		l.media.close()
	}
	l.cancelContext()
	return err
}

// settle gives Dial its result; false if it had one. The lock is held.
func (o *outgoing) settle(err error) bool {
	select {
	case <-o.settled:
		return false
	default:
	}
	o.err = err
	close(o.settled)
	return true
}

// finalise notes the first final response; false if there was one. The lock is held.
func (o *outgoing) finalise() bool {
	select {
	case <-o.final:
		return false
	default:
	}
	close(o.final)
	return true
}

// response takes everything that comes with our branch: the answers to INVITE and to CANCEL.
func (o *outgoing) response(m *message) {
	l := o.leg
	if !o.matches(m) {
		l.p.violation("bad-response", "leg", l.guid, "status", m.status)
		return
	}
	if _, method, _ := m.cseq(); method == "CANCEL" {
		l.log.Info("cancel answered", "status", m.status)
		return
	}
	to, err := parseAddress(m.get("to"))
	if (err != nil || to.tag() == "") && m.status > 100 {
		l.p.violation("answer-tag", "leg", l.guid, "status", m.status)
	}
	switch {
	case m.status < 200:
		o.provisional(m, to.tag())
	case m.status < 300:
		o.success(m, to.tag())
	default:
		o.failure(m)
	}
}

// matches holds a response against what RFC 3261 §8.2.6.2 has it repeat.
func (o *outgoing) matches(m *message) bool {
	n, method, err := m.cseq()
	from, err2 := parseAddress(m.get("from"))
	return err == nil && err2 == nil && n == 1 && (method == "INVITE" || method == "CANCEL") && m.count("cseq") == 1 &&
		m.get("call-id") == o.leg.in.callID && from.tag() == o.leg.tag && len(m.list("via")) == 1
}

func (o *outgoing) provisional(m *message, tag string) {
	l := o.leg
	if slices.ContainsFunc(m.list("require"), func(option string) bool { return strings.EqualFold(option, "100rel") }) {
		l.p.violation("reliable", "leg", l.guid)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	o.heard = true
	select {
	case <-o.final:
		return
	default:
	}
	select {
	case o.news <- m.status:
	default:
	}
	if o.cancelled {
		o.cancel()
		return
	}
	if len(m.body) == 0 || o.early.sdp != nil || l.media == nil { // several forks may send media; the first is listened to
		return
	}
	sdp, err := parseAnswer(m)
	if err == nil {
		err = l.media.connect(sdp)
	}
	if err != nil {
		_ = o.badSDP(err) // only counted: the answer may be better
		return
	}
	o.early = early{tag, sdp}
}

// failure takes a final response that refuses the call.
func (o *outgoing) failure(m *message) {
	l := o.leg
	l.mu.Lock()
	if err := o.conn.send(o.message("ACK", m.get("to"))); err != nil { // hop by hop, RFC 3261 §17.1.1.3
		l.log.Warn("ack", "error", err)
	}
	if !o.finalise() {
		l.mu.Unlock()
		return
	}
	r := &Refused{Status: m.status, Q850: parseReason(m, causeOf(m.status)), Code: codeSBC + m.status, Phrase: m.reason}
	l.p.unawait(o.branch)
	o.settle(r)
	l.mu.Unlock()
	l.finish(ending{"sbc", r.Status, r.Q850, r.Code})
	l.conclude()
}

// message is an ACK or CANCEL of the INVITE's own transaction: same Request-URI, Via, From and number (RFC 3261 §9.1, §17.1.1.3).
func (o *outgoing) message(method, to string) []byte {
	d := dialog{callID: o.leg.in.callID, local: o.leg.dialog.local, remote: to, target: o.target}
	return o.leg.request(&d, method, 1, o.branch, "")
}

// cancel sends CANCEL, once. The lock is held.
func (o *outgoing) cancel() {
	if o.sent {
		return
	}
	o.sent = true
	if err := o.conn.send(o.message("CANCEL", o.to)); err != nil {
		o.leg.log.Warn("cancel", "error", err)
	}
}

// giveUp ends a call that nobody wants any more. What is already answered is hung up by whoever acknowledges it.
func (o *outgoing) giveUp(r *Refused) {
	l := o.leg
	l.mu.Lock()
	if !o.settle(r) {
		l.mu.Unlock()
		return
	}
	o.cancelled = true
	select {
	case <-o.final:
		l.mu.Unlock()
		return
	default:
	}
	if o.heard { // otherwise with the first provisional response
		o.cancel()
	}
	l.mu.Unlock()
	l.finish(ending{"microsoft", r.Status, r.Q850, r.Code})
	l.p.spawn(o.awaitFinal)
}

// awaitFinal forgets a cancelled INVITE when its final response came, or 64·T1 later (RFC 3261 §9.1).
func (o *outgoing) awaitFinal() {
	l := o.leg
	timer := time.NewTimer(l.p.config.ackTimeout())
	defer timer.Stop()
	select {
	case <-o.final:
		return
	case <-l.p.ctx.Done():
		return
	case <-timer.C:
	}
	l.mu.Lock()
	late, blamed := o.finalise(), o.sent
	l.mu.Unlock()
	if late && blamed {
		l.p.violation("missing-final", "leg", l.guid)
	}
	if late {
		l.p.unawait(o.branch)
		l.conclude()
	}
}

// lost ends a call whose connection ended before the final response.
func (o *outgoing) lost(c *conn) {
	l := o.leg
	l.mu.Lock()
	if o.conn != c || !o.finalise() {
		l.mu.Unlock()
		return
	}
	r := &Refused{Status: 504, Q850: causeOf(504), Code: codeDisconnected, Phrase: "Connection to the SBC lost", err: errLost}
	l.p.unawait(o.branch)
	o.settle(r)
	l.mu.Unlock()
	l.finish(ending{"sbc", r.Status, r.Q850, r.Code})
	l.conclude()
}
