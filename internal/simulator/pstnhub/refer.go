package pstnhub

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Referral is a REFER of Microsoft's: the SBC shall send a new INVITE back to a proxy, which names the target and the transferor letter by letter
// (facts/direct-routing.md §10).
type Referral struct {
	leg      *Leg
	target   string // URI of REFER-TO
	by       string // value of REFERRED-BY
	progress chan int
}

// Progress are the statuses of the SBC's NOTIFYs, as they come. What is too much is lost.
func (r *Referral) Progress() <-chan int { return r.progress }

// ErrNoRefer is the error of a REFER to an SBC whose Allow does not name it: Microsoft transfers otherwise then.
var ErrNoRefer = errors.New("the SBC's Allow has no REFER")

// Refer asks the SBC to transfer an answered call: to a number in E.164 with "+", or with "" to a user of Teams, who has no number in his URI. It returns
// when the SBC has accepted. The SBC's INVITE comes as a leg of its own, whose [Leg.Referral] this is; one that is not letter by letter what it must be is
// refused with 400.
func (l *Leg) Refer(ctx context.Context, number string) (*Referral, error) {
	target := "sip:sip" + domain + ":5061;transport=tls;x-m=8:orgid:" + newGUID()
	if number != "" {
		if userNumber(uri{user: number}) != number {
			return nil, fmt.Errorf("pstnhub: refer to %q, which is not E.164 with +", number)
		}
		target = "sip:" + number + "@sip" + domain + ":5061;user=phone;transport=tls"
	}
	l.mu.Lock()
	switch {
	case l.state != confirmed || l.hungUp:
		l.mu.Unlock()
		return nil, fmt.Errorf("refer: %w", ErrEnded)
	case !slices.ContainsFunc(l.allowed, func(m string) bool { return strings.EqualFold(m, "REFER") }) && !l.p.allows(l.in.fqdn, "REFER"):
		l.mu.Unlock()
		return nil, fmt.Errorf("refer: %w", ErrNoRefer)
	}
	r := &Referral{leg: l, target: target, by: referredBy(l.guid, l.in.callID, 0), progress: make(chan int, 16)}
	l.dialog.cseq++
	d, branch := l.dialog, newBranch()
	raw := l.requestWith(&d, "REFER", d.cseq, branch, "", []header{{"REFER-TO", "<" + target + ">"}, {"REFERRED-BY", r.by}, {"ALLOW", allow}})
	l.referral = r
	l.p.mu.Lock()
	l.p.referrals[l.guid] = r // before the leg can end, which takes it out again
	l.p.mu.Unlock()
	l.mu.Unlock()
	answer, err := l.p.ask(l.proxy, d.hop, branch, raw)
	if err == nil && answer.status != 202 {
		err = &Refused{Status: answer.status, Q850: causeOf(answer.status), Code: codeSBC + answer.status, Phrase: answer.reason}
	}
	if err != nil {
		l.p.forgetReferral(l.guid)
		return nil, fmt.Errorf("refer: %w", err)
	}
	return r, ctx.Err()
}

func (p *Proxies) forgetReferral(guid string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.referrals, guid)
}

// Referral is the REFER that an SBC's INVITE came from, nil for any other.
func (l *Leg) Referral() *Referral { return l.in.referral }

// Referrer is the leg that was transferred.
func (r *Referral) Referrer() *Leg { return r.leg }

// referredBy is the value of REFERRED-BY in the form of contracts/recorded/sip/ms-header-fragments.txt, whose base64 Microsoft itself has made lower case;
// filled up to length characters if that is more.
func referredBy(guid, call string, length int) string {
	text := "sip://call-du-a-euwe.microsoft.com/v1/ongoingcall/notification/?cri=" + call
	for {
		value := fmt.Sprintf("<sip:sip%s:5061;x-m=8:orgid:%s;x-t=%s;x-ti=%s;x-tt=%s>", domain, guid, guid, guid,
			strings.ToLower(strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(text)), "=", "%3d")))
		if len(value) >= length {
			return value
		}
		text += "x"
	}
}

// returned finds the REFER that an INVITE of a trunk answers, and holds the INVITE against it. Its Referred-By says which; the Request-URI alone shows only
// that its own trunk left that out, since anybody may call the number.
func (p *Proxies) returned(m *message, fqdn string) (*Referral, *refusal) {
	bad := func(what string) *refusal {
		p.violation("referred", "what", what)
		return &refusal{status: 400, cause: 111, phrase: phrase(400)} // [F]
	}
	var r *Referral
	by := m.get("referred-by")
	p.mu.Lock()
	for guid, candidate := range p.referrals {
		if strings.Contains(strings.ToLower(by), "x-ti="+guid) {
			r = candidate
			break
		}
		if m.uri == candidate.target && candidate.leg.in.fqdn == fqdn {
			r = candidate
		}
	}
	p.mu.Unlock()
	if r == nil {
		if strings.Contains(m.uri, ";x-m=") {
			return nil, bad("Request-URI of no REFER")
		}
		return nil, nil
	}
	to, err := parseAddress(m.get("to"))
	switch {
	case m.uri != r.target:
		return nil, bad("Request-URI")
	case m.count("referred-by") != 1 || by != r.by:
		return nil, bad("Referred-By")
	case err != nil || to.raw != r.target:
		return nil, bad("To")
	}
	return r, nil
}

// notify takes the SBC's news of a transfer (RFC 3515 §2.4.5). Without a REFER nobody has anything to notify.
func (l *Leg) notify(c *conn, m *message) {
	if !l.inOrder(m) {
		c.refuse(m, &refusal{status: 500, cause: 41, phrase: "CSeq out of order"})
		return
	}
	l.mu.Lock()
	r := l.referral
	l.mu.Unlock()
	if r == nil {
		c.refuse(m, &refusal{status: 481, cause: 41, phrase: phrase(481)})
		return
	}
	kind, _, _ := strings.Cut(m.get("content-type"), ";")
	var status int
	_, err := fmt.Sscanf(string(m.body), sipVersion+" %d", &status)
	if !strings.HasPrefix(m.get("event"), "refer") || m.get("subscription-state") == "" || !strings.EqualFold(kind, "message/sipfrag") || err != nil {
		c.p.violation("notify", "leg", l.guid)
		c.refuse(m, &refusal{status: 400, cause: 111, phrase: "NOTIFY of no transfer"})
		return
	}
	c.reply(m, response{status: 200})
	select {
	case r.progress <- status:
	default:
	}
}
