package pstnhub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// success takes a 2xx. The first makes the call, if it is good and still wanted; every other dialog is acknowledged and hung up (RFC 3261 §13.2.2.4).
func (o *outgoing) success(m *message, tag string) {
	l := o.leg
	l.mu.Lock()
	if a := o.answered[tag]; a != nil { // repeated, because our ACK is on its way or was lost
		if a.raw != nil {
			_ = a.conn.send(a.raw) // a broken connection shows in its reader
		}
		l.mu.Unlock()
		return
	}
	a := &ack{}
	o.answered[tag], o.allowed = a, m.list("allow")
	first := o.finalise()
	d, err := o.dialogOf(m, tag)
	if err != nil {
		l.p.violation("answer-contact", "leg", l.guid, "error", err)
		err = &Refused{Status: 504, Q850: causeOf(504), Code: codeBadResponse, Phrase: err.Error()}
	}
	if first {
		o.checkTimer(m)
		time.AfterFunc(l.p.config.ackTimeout(), func() { l.p.unawait(o.branch) })
	}
	wanted := first && !o.cancelled
	if wanted {
		if err == nil {
			err = o.describe(m, tag)
		}
		if err == nil {
			err = o.accept(a, d)
		}
		if err != nil {
			o.settle(err)
		}
	}
	l.mu.Unlock()
	switch {
	case !first:
		l.p.spawn(func() { o.decline(a, d, 16, phrase(487)) })
	case !wanted:
		l.p.spawn(func() {
			o.decline(a, d, 16, phrase(487))
			l.conclude()
		})
	case err != nil:
		o.refuse(a, d, err)
	}
}

// accept makes the leg a call. The lock is held.
func (o *outgoing) accept(a *ack, d *dialog) error {
	l := o.leg
	l.dialog, l.state, l.allowed = *d, confirmed, o.allowed
	if !l.p.enter(l) {
		return errClosed
	}
	l.media.touch()
	l.awaiting = &acknowledgement{settled: make(chan struct{})}
	l.p.spawn(func() { o.confirm(a, d) })
	return nil
}

// dialogOf makes a dialog of a 2xx. With an error it still is the best way to hang up.
func (o *outgoing) dialogOf(m *message, tag string) (*dialog, error) {
	l := o.leg
	d := l.dialog
	d.remoteTag, d.remote, d.target, d.routes, d.hop = tag, m.get("to"), o.target, nil, l.in.trunk
	ours, routes := false, []string(nil)
	for _, route := range m.list("record-route") {
		if a, err := parseAddress(route); err == nil && a.uri.host == l.proxy.host+domain {
			ours = true // the proxy takes itself out of what its user agent sends
			continue
		}
		routes = append(routes, route)
	}
	if !ours {
		l.p.violation("answer-route", "leg", l.guid)
	}
	contacts := m.list("contact")
	if len(contacts) != 1 {
		return &d, fmt.Errorf("%d Contacts in a 2xx", len(contacts))
	}
	contact, err := parseAddress(contacts[0])
	if err != nil {
		return &d, fmt.Errorf("unusable Contact in a 2xx: %w", err)
	}
	d.target = contact.raw
	if contact.uri.scheme != "sip" {
		return &d, errors.New("the Contact of a 2xx is not a sip: URI")
	}
	hop, refused := identifyBy(routes, contacts, o.conn.leaf)
	switch {
	case refused != nil:
		return &d, errors.New(refused.phrase)
	case hop.fqdn != l.in.fqdn:
		return &d, fmt.Errorf("2xx of trunk %s, called was %s", hop.fqdn, l.in.fqdn)
	case tag == "":
		return &d, errors.New("2xx without To tag")
	}
	slices.Reverse(routes) // RFC 3261 §12.1.2
	d.routes, d.hop = routes, hop
	return &d, nil
}

// describe applies the SDP of the answer. The lock is held.
func (o *outgoing) describe(m *message, tag string) error {
	l := o.leg
	sdp, err := parseAnswer(m)
	if err != nil {
		return o.badSDP(err)
	}
	if e := o.early; e.sdp != nil && e.tag == tag && (e.sdp.address != sdp.address || e.sdp.port != sdp.port || e.sdp.key != sdp.key) {
		l.p.violation("answer-changed", "leg", l.guid)
	}
	if sdp.direction == "sendonly" || sdp.direction == "recvonly" {
		l.p.violation("hold-form", "leg", l.guid)
	}
	return l.media.connect(sdp)
}

// badSDP counts a description that is no answer, and says what becomes of a call with it. What Microsoft says then is not known; the status and the code
// are those of a description that it cannot use.
func (o *outgoing) badSDP(err error) error {
	if errors.Is(err, errNotSpoken) {
		return fmt.Errorf("pstnhub: dial: %w", err)
	}
	o.leg.p.violation("answer-sdp", "leg", o.leg.guid, "error", err)
	return &Refused{Status: 410, Q850: causeOf(410), Code: codeBadSDP, Phrase: err.Error()}
}

// checkTimer holds Session-Expires of a 2xx against RFC 4028 §9: between our Min-SE and our Session-Expires, with a refresher, and with Require if that is us.
func (o *outgoing) checkTimer(m *message) {
	value := m.get("session-expires")
	if value == "" {
		return
	}
	text, params, _ := strings.Cut(value, ";")
	seconds, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	refresher, _ := findParam(parseParams(params), "refresher")
	required := slices.ContainsFunc(m.list("require"), func(option string) bool { return strings.EqualFold(option, "timer") })
	if err != nil || seconds < minExpires || seconds > sessionExpires || refresher != "uas" && (refresher != "uac" || !required) {
		o.leg.p.violation("answer-timer", "leg", o.leg.guid, "session_expires", value)
	}
}

// acknowledge sends the ACK of a 2xx, on a connection to where the dialog leads.
func (o *outgoing) acknowledge(a *ack, d *dialog) error {
	l := o.leg
	ctx, cancel := context.WithTimeout(l.p.ctx, handshakeTimeout)
	defer cancel()
	raw := l.request(d, "ACK", 1, newBranch(), "")
	var err error
	for range 2 {
		var c *conn
		if c, err = l.p.line(ctx, l.proxy, d.hop); err != nil {
			continue
		}
		if err = c.send(raw); err == nil {
			l.mu.Lock()
			a.conn, a.raw = c, raw
			l.mu.Unlock()
			return nil
		}
	}
	return err
}

// confirm acknowledges the answer, and gives the leg to Dial or hangs up if that has gone.
func (o *outgoing) confirm(a *ack, d *dialog) {
	l := o.leg
	err := o.acknowledge(a, d)
	l.mu.Lock()
	l.awaiting.settle(err == nil)
	if err != nil {
		o.settle(&Refused{Status: 504, Q850: causeOf(504), Code: codeNoConnection, Phrase: "The 200 cannot be acknowledged", err: err})
		l.mu.Unlock()
		l.finish(ending{"sbc", 504, causeOf(504), codeNoConnection})
		l.conclude()
		return
	}
	wanted := o.settle(nil)
	l.mu.Unlock()
	l.up()
	if !wanted {
		l.hangUp(ending{"microsoft", 487, 16, codeCancelled}, phrase(487))
	}
}

// refuse ends a call whose answer cannot be used.
func (o *outgoing) refuse(a *ack, d *dialog, why error) {
	end := ending{"microsoft", 500, causeOf(500), codeMicrosoft + 500}
	text := why.Error()
	var r *Refused
	if errors.As(why, &r) {
		end, text = ending{"microsoft", r.Status, r.Q850, r.Code}, r.Phrase
	}
	o.leg.finish(end)
	o.leg.p.spawn(func() {
		o.decline(a, d, end.q850, text)
		o.leg.conclude()
	})
}

// decline acknowledges and hangs up a 2xx that makes no call.
func (o *outgoing) decline(a *ack, d *dialog, cause int, text string) {
	if err := o.acknowledge(a, d); err != nil {
		o.leg.log.Warn("ack", "error", err)
		return
	}
	o.leg.sendBye(d, cause, text)
}
