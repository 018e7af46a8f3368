package pstnhub

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

// dialog is what requests of ours within a dialog need (RFC 3261 §12).
type dialog struct {
	callID              string
	localTag, remoteTag string
	local, remote       string // FROM and TO
	target              string // the remote target, letter by letter
	routes              []string
	hop                 trunk  // who gets the requests
	cseq                uint32 // of our latest request, 0 before the first
	remoteCSeq          int64  // of the SBC's latest, -1 before the first
}

// dialogID is what a dialog is found by.
type dialogID struct{ callID, local, remote string }

func (d *dialog) id() dialogID { return dialogID{d.callID, d.localTag, d.remoteTag} }

// request writes a request within the dialog. The form is that of contracts/recorded/sip/ms-bye-2020-12.sip.
func (l *Leg) request(d *dialog, method string, cseq uint32, branch, reason string) []byte {
	return l.requestWith(d, method, cseq, branch, "", []header{{"REASON", reason}})
}

// requestWith writes one with SDP and other headers.
func (l *Leg) requestWith(d *dialog, method string, cseq uint32, branch, sdp string, extra []header) []byte {
	var w writer
	fmt.Fprintf(&w.Buffer, "%s %s %s\r\n", method, d.target, sipVersion)
	w.line("FROM", d.local)
	w.line("TO", d.remote)
	w.line("CSEQ", fmt.Sprintf("%d %s", cseq, method))
	w.line("CALL-ID", d.callID)
	w.line("MAX-FORWARDS", "70")
	w.line("VIA", l.via(branch))
	for _, route := range d.routes {
		w.line("ROUTE", route)
	}
	for _, h := range extra {
		w.line(h.name, h.value)
	}
	w.line("CONTACT", l.own)
	w.line("CONTENT-LENGTH", strconv.Itoa(len(sdp)))
	if sdp != "" {
		w.line("CONTENT-TYPE", "application/sdp")
	}
	w.line("USER-AGENT", l.proxy.product())
	w.WriteString("\r\n" + sdp)
	return l.p.dialect(w.Bytes())
}

func newBranch() string { return "z9hG4bK" + hexID(4) }

func (l *Leg) via(branch string) string {
	return fmt.Sprintf("SIP/2.0/TLS %s;branch=%s", l.proxy.address, branch)
}

// acknowledgement is a 2xx that waits for its ACK. Of one that the SBC sent only settled matters.
type acknowledgement struct {
	cseq    uint32
	raw     []byte
	conn    *conn
	settled chan struct{} // closed by the ACK, or when it was given up
	acked   bool          // which of the two; set before
	once    sync.Once
}

func (a *acknowledgement) settle(acked bool) {
	a.once.Do(func() {
		a.acked = acked
		close(a.settled)
	})
}

// wellAimed checks Request-URI and Route of an in-dialog request: the URI is our Contact letter by letter, the Route is our RECORD-ROUTE.
// Otherwise the real thing does not answer (facts/direct-routing.md §18 no. 26).
func (l *Leg) wellAimed(m *message) bool {
	if "<"+m.uri+">" != l.own {
		l.p.violation("wrong-target", "leg", l.guid, "method", m.method)
		return false
	}
	for _, value := range m.list("route") {
		if a, err := parseAddress(value); err == nil && a.uri.host == l.proxy.host+domain {
			return true
		}
	}
	l.p.violation("wrong-route", "leg", l.guid, "method", m.method)
	return false
}

// ack settles the 2xx that is waiting.
func (l *Leg) ack(m *message) {
	if !l.wellAimed(m) || l.p.faults.on(FaultLostACK) {
		return
	}
	n, _, err := m.cseq()
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.awaiting; err == nil && a != nil && a.cseq == n {
		a.settle(true)
	}
}

// awaitACK repeats a 2xx until its ACK (RFC 3261 §13.3.1.4). It is false if none came in 64·T1.
func (l *Leg) awaitACK(a *acknowledgement) bool {
	interval := l.p.config.T1
	repeat := time.NewTimer(interval)
	defer repeat.Stop()
	giveUp := time.NewTimer(l.p.config.ackTimeout())
	defer giveUp.Stop()
	for {
		select {
		case <-a.settled:
			return true
		case <-l.over: // a BYE overtook the ACK
			a.settle(false)
			return true
		case <-repeat.C:
			_ = a.conn.send(a.raw)
			interval = min(2*interval, 8*l.p.config.T1) // T2 is 8·T1
			repeat.Reset(interval)
		case <-giveUp.C:
			a.settle(false)
			return false
		}
	}
}

// confirm sees a 200 to its ACK, or ends the call.
func (l *Leg) confirm(a *acknowledgement) {
	if l.awaitACK(a) {
		l.up()
		return
	}
	if !l.p.faults.on(FaultLostACK) {
		l.p.violation("missing-ack", "leg", l.guid)
	}
	l.hangUp(ending{"microsoft", 408, 102, codeNoACK}, "Request Timeout") // the code is Microsoft's (§7), the phrase is not known
}

// up starts what goes on while a call is up, once.
func (l *Leg) up() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != confirmed || l.running {
		return
	}
	l.running = true
	l.refreshLater()
	l.misbehave()
}

// crossed sees a 200 that crossed a CANCEL to its ACK and the BYE that the SBC owes us.
func (l *Leg) crossed(a *acknowledgement) {
	if !l.awaitACK(a) {
		l.p.violation("missing-ack", "leg", l.guid)
	}
	timer := time.NewTimer(l.p.config.ackTimeout())
	defer timer.Stop()
	select {
	case <-l.over:
	case <-timer.C:
		l.p.violation("missing-bye", "leg", l.guid)
		l.hangUp(ending{q850: 31}, "Request Terminated")
	}
}

// inOrder checks and takes the CSeq of a request (RFC 3261 §12.2.2).
func (l *Leg) inOrder(m *message) bool {
	n, _, _ := m.cseq()
	l.mu.Lock()
	defer l.mu.Unlock()
	if int64(n) <= l.dialog.remoteCSeq {
		return false
	}
	l.dialog.remoteCSeq = int64(n)
	return true
}

func (l *Leg) byeFromSBC(c *conn, m *message) {
	if !l.inOrder(m) {
		c.refuse(m, &refusal{status: 500, cause: 41, phrase: "CSeq out of order"})
		return
	}
	c.reply(m, response{status: 200})
	l.finish(ending{"sbc", 0, parseReason(m, 16), codeNormalBySBC})
	l.conclude()
}

// reinvite answers at once: the same SDP, but for hold, which is a=inactive and nothing else. A new target of the media is ignored (facts/direct-routing.md §8.2, §9).
func (l *Leg) reinvite(c *conn, m *message) {
	if !l.inOrder(m) {
		c.refuse(m, &refusal{status: 500, cause: 41, phrase: "CSeq out of order"})
		return
	}
	t, refused := identify(m, c.leaf)
	if refused == nil && t.fqdn != l.in.fqdn {
		refused = &refusal{status: 403, cause: 63, phrase: "Contact names another trunk"}
	}
	if refused == nil {
		refused = checkExtensions(m)
	}
	var o *offer
	if refused == nil && len(m.body) == 0 {
		refused = &refusal{status: 488, cause: 88, phrase: "An SDP offer is needed"}
	}
	if refused == nil {
		o, refused = checkOffer(m.body)
	}
	if refused != nil {
		c.refuse(m, refused)
		return
	}
	if l.collide() {
		c.refuse(m, &refusal{status: 491, cause: 41, phrase: phrase(491)})
		return
	}
	l.mu.Lock()
	a := l.renegotiate(c, m, o)
	l.mu.Unlock()
	if a == nil {
		c.refuse(m, &refusal{status: 491, cause: 41, phrase: phrase(491)})
		return
	}
	l.p.spawn(func() { l.confirm(a) })
}

// renegotiate applies a good offer and answers 200; nil while another answer waits for its ACK. The lock is held.
func (l *Leg) renegotiate(c *conn, m *message, o *offer) *acknowledgement {
	if l.state != confirmed || l.offering != nil {
		return nil
	}
	select {
	case <-l.awaiting.settled:
	default:
		return nil
	}
	if contact, err := parseAddress(m.get("contact")); err == nil {
		l.dialog.target = contact.raw
	}
	if l.media.moved(o) {
		l.p.violation("retarget", "leg", l.guid)
	}
	if o.direction == "sendonly" || o.direction == "recvonly" {
		l.p.violation("hold-form", "leg", l.guid)
	}
	if err := l.media.apply(o); err != nil {
		l.log.Error("re-invite", "error", err)
		return nil
	}
	if text := l.sdp.text(o); text != l.sdpText {
		l.sdp.version++ // RFC 3264 §8: only when something changed
		l.sdpText = l.sdp.text(o)
	}
	n, _, _ := m.cseq()
	raw := l.p.format(l.proxy, m, response{status: 200, contact: l.own, route: l.recordRoute(), body: l.sdpText})
	_ = c.send(raw)
	l.awaiting = &acknowledgement{cseq: n, raw: raw, conn: c, settled: make(chan struct{})}
	l.refreshes++
	return l.awaiting
}

// hangUp ends an answered call with a BYE, which waits for the ACK of the 200 (RFC 3261 §15).
func (l *Leg) hangUp(e ending, phrase string) {
	l.mu.Lock()
	if l.hungUp || l.concluded || l.awaiting == nil {
		l.mu.Unlock()
		return
	}
	l.hungUp = true
	a := l.awaiting
	l.mu.Unlock()
	l.finish(e)
	l.p.spawn(func() {
		defer l.conclude()
		select {
		case <-a.settled:
		case <-l.over:
			return
		case <-l.p.ctx.Done():
			return
		}
		l.mu.Lock()
		d := l.dialog
		l.mu.Unlock()
		l.sendBye(&d, e.q850, phrase)
	})
}

// sendBye sends BYE on a connection of ours and awaits the answer.
func (l *Leg) sendBye(d *dialog, cause int, phrase string) {
	branch := newBranch()
	answer, err := l.p.ask(l.proxy, d.hop, branch, l.request(d, "BYE", d.cseq+1, branch, reasonHeader(cause, l.guid, phrase)))
	if err != nil {
		l.log.Warn("bye", "error", err)
		return
	}
	l.log.Info("bye answered", "status", answer.status)
}
