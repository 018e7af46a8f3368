package pstnhub

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Change is what a re-INVITE of Microsoft's alters. The zero value is a refresh: the description goes out as it stands, letter by letter [F].
type Change struct {
	Direction string // inactive is hold and sendrecv its end; "" leaves it as it is. The literal form of Microsoft's is not known
	Rekey     bool   // another SRTP key, with a rollover counter of 0 (facts/direct-routing.md §8.2)
}

// Reinvite sends a re-INVITE and sees it to its end; the SBC's answer must fit. Glare is resolved by trying again (RFC 3261 §14.1). An SBC that
// refuses it is a [*Refused], and the call goes on.
func (l *Leg) Reinvite(ctx context.Context, change Change) error {
	for {
		r, err := l.begins(ctx, change)
		if err != nil {
			return err
		}
		answer, err := r.send(ctx)
		if err != nil {
			l.mu.Lock()
			l.offering = nil
			l.mu.Unlock()
			return fmt.Errorf("re-invite: %w", err)
		}
		if answer.status != 491 {
			return r.conclude(answer)
		}
		l.mu.Lock()
		l.offering = nil
		l.mu.Unlock()
		t := l.p.config.T1 // 2.1 to 4 s for who made the Call-ID, 0 to 2 s for the other, of a T1 of 500 ms
		wait := time.Duration(rand.Float64() * 4 * float64(t))
		if l.Outbound() {
			wait = time.Duration((4.2 + 3.8*rand.Float64()) * float64(t))
		}
		select {
		case <-time.After(wait):
		case <-l.over:
			return fmt.Errorf("re-invite: %w", ErrEnded)
		case <-ctx.Done():
			return fmt.Errorf("re-invite: %w", ctx.Err())
		}
	}
}

// reinvite is a re-INVITE of ours.
type reinvite struct {
	leg    *Leg
	change Change
	cseq   uint32
	branch string
	raw    []byte
	sdp    answer
	text   string
	dialog dialog

	conn *conn  // it went out on; set before a response can come
	ack  []byte // of a 2xx, belongs to the leg's lock
}

// begins waits until nothing else is under way and takes the next number.
func (l *Leg) begins(ctx context.Context, change Change) (*reinvite, error) {
	for {
		l.mu.Lock()
		if l.state != confirmed || l.hungUp {
			l.mu.Unlock()
			return nil, fmt.Errorf("re-invite: %w", ErrEnded)
		}
		busy := l.offering != nil
		var wait <-chan struct{}
		if !busy {
			select {
			case <-l.awaiting.settled:
				r := l.prepare(change)
				l.mu.Unlock()
				return r, nil
			default:
				wait = l.awaiting.settled
			}
		}
		l.mu.Unlock()
		if busy {
			return nil, errors.New("re-invite: another one is under way")
		}
		select {
		case <-wait:
		case <-l.over:
			return nil, fmt.Errorf("re-invite: %w", ErrEnded)
		case <-ctx.Done():
			return nil, fmt.Errorf("re-invite: %w", ctx.Err())
		}
	}
}

// prepare writes the request. The lock is held.
func (l *Leg) prepare(change Change) *reinvite {
	l.dialog.cseq++
	r := &reinvite{leg: l, change: change, cseq: l.dialog.cseq, branch: newBranch(), sdp: l.sdp, text: l.sdpText, dialog: l.dialog}
	if change.Rekey {
		r.sdp.key = newKey()
		r.text = strings.ReplaceAll(r.text, l.sdp.key, r.sdp.key)
	}
	if change.Direction != "" {
		for _, d := range []string{"sendrecv", "inactive"} {
			r.text = strings.Replace(r.text, "a="+d+"\r\n", "a="+change.Direction+"\r\n", 1)
		}
	}
	if r.text != l.sdpText { // RFC 3264 §8
		r.sdp.version++
		r.text = strings.Replace(r.text, fmt.Sprintf("o=- %d %d ", l.sdp.session, l.sdp.version), fmt.Sprintf("o=- %d %d ", r.sdp.session, r.sdp.version), 1)
	}
	r.raw = l.requestWith(&r.dialog, "INVITE", r.cseq, r.branch, r.text, []header{
		{"MIN-SE", strconv.Itoa(minExpires)}, {"SUPPORTED", "timer"}, {"ALLOW", allow}, {"SESSION-EXPIRES", strconv.Itoa(sessionExpires)},
	})
	l.offering = r
	return r
}

// send waits for the final response. A failure is acknowledged here, hop by hop (RFC 3261 §17.1.1.3).
func (r *reinvite) send(ctx context.Context) (*message, error) {
	l := r.leg
	ctx, cancel := context.WithTimeout(ctx, l.p.config.ackTimeout())
	defer cancel()
	c, err := l.p.line(ctx, l.proxy, r.dialog.hop)
	if err != nil {
		return nil, err
	}
	r.conn = c
	final := make(chan *message, 1)
	got := func(m *message) {
		switch {
		case m.status < 200:
			return
		case m.status >= 300:
			_ = c.send(l.request(&r.dialog, "ACK", r.cseq, r.branch, ""))
		default:
			l.mu.Lock()
			if r.ack == nil && l.offering != r { // given up, but a 2xx is acknowledged all the same (RFC 3261 §13.2.2.4)
				r.acknowledge(m)
			}
			ack := r.ack
			l.mu.Unlock()
			if ack != nil {
				_ = c.send(ack)
			}
		}
		select {
		case final <- m:
		default: // said twice
		}
	}
	if !l.p.await(r.branch, &awaited{conn: c, got: got, lost: func() {}}) {
		return nil, errClosed
	}
	time.AfterFunc(l.p.config.ackTimeout(), func() { l.p.unawait(r.branch) }) // a 200 may be repeated
	if err := c.send(r.raw); err != nil {
		return nil, err
	}
	select {
	case m := <-final:
		return m, nil
	case <-c.gone:
		return nil, errLost
	case <-l.over:
		return nil, ErrEnded
	case <-ctx.Done():
		return nil, errNoAnswer
	}
}

// conclude takes the final response: a 2xx is acknowledged and applied.
func (r *reinvite) conclude(m *message) error {
	l := r.leg
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offering = nil
	if m.status >= 300 {
		return fmt.Errorf("re-invite: %w", &Refused{Status: m.status, Q850: parseReason(m, causeOf(m.status)), Code: codeSBC + m.status, Phrase: m.reason})
	}
	r.acknowledge(m)
	if err := r.conn.send(r.ack); err != nil {
		return fmt.Errorf("re-invite: ack: %w", err)
	}
	if l.state != confirmed {
		return fmt.Errorf("re-invite: %w", ErrEnded)
	}
	theirs, err := r.answered(m)
	if err != nil {
		l.p.violation("answer-sdp", "leg", l.guid, "error", err)
		return fmt.Errorf("re-invite: %w", err)
	}
	if l.media.moved(theirs) {
		l.p.violation("retarget", "leg", l.guid)
	}
	if theirs.direction == "sendonly" || theirs.direction == "recvonly" {
		l.p.violation("hold-form", "leg", l.guid)
	}
	if r.change == (Change{}) && l.media.rekeyed(theirs) {
		l.p.violation("answer-changed", "leg", l.guid)
	}
	l.sdp, l.sdpText = r.sdp, r.text
	if r.change.Rekey {
		if err := l.media.rekey(r.sdp.key); err != nil {
			return fmt.Errorf("re-invite: %w", err)
		}
	}
	l.reinvites++
	return l.media.apply(theirs)
}

// acknowledge writes the ACK of a 2xx, whose Contact is the new remote target (RFC 3261 §12.2.1.2). The lock is held.
func (r *reinvite) acknowledge(m *message) {
	l := r.leg
	if contact, err := parseAddress(m.get("contact")); err == nil {
		l.dialog.target, r.dialog.target = contact.raw, contact.raw
	} else {
		l.p.violation("answer-contact", "leg", l.guid)
	}
	r.ack = l.request(&r.dialog, "ACK", r.cseq, newBranch(), "")
}

// answered reads the SBC's answer. It must not bring in anything and must take our crypto line. That is the one of our own offer as long as it stands; an
// offer of the SBC's, which a re-INVITE may bring in a call out as well, has left its own (RFC 4568 §5.1.2).
func (r *reinvite) answered(m *message) (*offer, error) {
	if strings.Contains(r.text, "RTP/SAVP "+offeredPayloads+"\r\n") {
		return parseAnswer(m)
	}
	theirs, err := parseOffer(m.body)
	switch {
	case err != nil:
		return nil, err
	case !strings.Contains(r.text, "a=crypto:"+theirs.cryptoTag+" "+suite+" "):
		return nil, fmt.Errorf("a=crypto has tag %s, which was not offered", theirs.cryptoTag)
	}
	return theirs, nil
}

// refreshLater starts the session timer: a re-INVITE with the same description at half of Session-Expires, again and again (RFC 4028 §10). That
// Microsoft sends one after 27 minutes is reported [F]; the interval is ours.
func (l *Leg) refreshLater() {
	wait := l.p.config.Refresh
	if wait <= 0 {
		return
	}
	l.timer = l.p.after(wait, func() {
		l.p.spawn(func() {
			if err := l.Reinvite(l.ctx, Change{}); err != nil {
				l.log.Info("session refresh", "error", err)
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.state == confirmed {
				l.refreshLater()
			}
		})
	})
}

// misbehave starts the re-INVITEs that faults ask for, once the call is up.
func (l *Leg) misbehave() {
	for knob, change := range map[string]Change{FaultRefresh: {}, FaultRekey: {Rekey: true}} {
		interval, err := time.ParseDuration(l.p.faults.value(knob))
		if err != nil {
			continue
		}
		l.p.spawn(func() {
			tick := time.NewTicker(interval)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
				case <-l.ended:
					return
				}
				if err := l.Reinvite(l.ctx, change); err != nil {
					l.log.Info("re-invite", "fault", knob, "error", err)
				}
			}
		})
	}
}

// collide sends a re-INVITE just when one of the SBC's came, which is refused with 491; once a leg. True if it did.
func (l *Leg) collide() bool {
	if !l.p.faults.on(FaultGlare) {
		return false
	}
	l.mu.Lock()
	if l.collided || l.state != confirmed || l.offering != nil {
		l.mu.Unlock()
		return false
	}
	l.collided = true
	r := l.prepare(Change{})
	l.mu.Unlock()
	l.p.spawn(func() {
		answer, err := r.send(l.ctx)
		if err == nil && answer.status != 491 {
			err = r.conclude(answer)
		} else {
			l.mu.Lock()
			l.offering = nil // also if it came to nothing: else each of the SBC's would get 491 from now on (RFC 3261 §14.2)
			l.mu.Unlock()
			if err == nil {
				err = l.Reinvite(l.ctx, Change{})
			}
		}
		if err != nil {
			l.log.Info("re-invite", "fault", FaultGlare, "error", err)
		}
	})
	return true
}
