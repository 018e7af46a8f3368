package pstnhub

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/simulator/clock"
)

// Health of a trunk, in the words of the SIP routing API (facts/direct-routing.md §1.2).
type Health struct {
	TLS     string // unknown, ok, certExpiring or certExpired: the SBC's certificate
	Ping    string // unknown, ok, expired or error: expired if the SBC's OPTIONS stopped, error if ours are not answered as they must be
	Overall string // unknown, active or inactive
	Reason  string // noRecentPings, if inactive
}

// expiring is how long before its end a certificate counts as expiring [I].
const expiring = 30 * 24 * time.Hour

// watch is what is known of one trunk. It belongs to the lock of Proxies.
type watch struct {
	trunk    trunk     // the FQDN of its Contact, and where it listens
	seen     time.Time // when its last OPTIONS came, by the clock
	expires  time.Time // its certificate
	rounds   map[*proxy]*clock.Timer
	answered bool // the last OPTIONS of ours was answered as it must be
	asked    bool // one was
}

// pinged notes an OPTIONS of an SBC. The first one at a proxy starts that proxy's own (facts/direct-routing.md §5.2), to the FQDN in Contact
// and the port that it was registered with (§20.1).
func (p *Proxies) pinged(pr *proxy, t trunk, leaf *x509.Certificate) {
	if carrier := p.watchedBy(t.fqdn); carrier != t.fqdn {
		p.violation("options-below", "trunk", t.fqdn, "carrier", carrier)
	}
	if p.config.TrunkPort != nil {
		t.port = cmp.Or(p.config.TrunkPort(t.fqdn), t.port)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.watches[t.fqdn]
	if w == nil {
		w = &watch{rounds: map[*proxy]*clock.Timer{}}
		p.watches[t.fqdn] = w
	}
	t.allow = w.trunk.allow // which only its answers bring (facts/direct-routing.md §10)
	w.trunk, w.seen = t, p.now()
	if leaf != nil {
		w.expires = leaf.NotAfter
	}
	if p.config.Ping > 0 && w.rounds[pr] == nil && !p.closed {
		w.rounds[pr] = p.after(0, func() { p.round(pr, t.fqdn) })
	}
}

// round sends one OPTIONS and says when the next is due. An SBC that fell silent is not asked any more: it has to begin again [I].
func (p *Proxies) round(pr *proxy, fqdn string) {
	p.mu.Lock()
	w := p.watches[fqdn]
	if w == nil || p.closed {
		p.mu.Unlock()
		return
	}
	if p.silent(w) {
		w.rounds[pr] = nil
		p.mu.Unlock()
		return
	}
	w.rounds[pr] = p.after(p.config.Ping, func() { p.round(pr, fqdn) })
	t := w.trunk
	p.mu.Unlock()
	p.spawn(func() { p.ping(pr, t) })
}

// ping asks an SBC for its options, in the form of facts/direct-routing.md §5.2.
func (p *Proxies) ping(pr *proxy, t trunk) {
	branch, id := newBranch(), newGUID()
	own := fmt.Sprintf("sip:%s%s:%d", pr.host, domain, pr.address.Port())
	var w writer
	fmt.Fprintf(&w.Buffer, "OPTIONS sip:%s:%d;transport=tls %s\r\n", t.fqdn, t.port, sipVersion)
	w.line("FROM", "<"+own+">;tag="+newGUID())
	w.line("TO", "<sip:"+t.fqdn+">")
	w.line("CSEQ", "1 OPTIONS")
	w.line("CALL-ID", id)
	w.line("MAX-FORWARDS", "70")
	w.line("VIA", fmt.Sprintf("SIP/2.0/TLS %s;branch=%s", pr.address, branch))
	w.line("CONTACT", "<"+own+">")
	w.line("CONTENT-LENGTH", "0")
	w.line("USER-AGENT", pr.product())
	w.line("ALLOW", allow)
	w.WriteString("\r\n")
	answer, err := p.ask(pr, t, branch, p.dialect(w.Bytes()))
	switch {
	case err != nil:
		p.log.Warn("the SBC does not answer OPTIONS", "trunk", t.fqdn, "proxy", pr.name, "error", err)
	case answer.status != 200:
		err = fmt.Errorf("status %d", answer.status)
	case len(answer.list("contact"))+len(answer.list("record-route")) == 0:
		err = errors.New("no Contact") // [F]: a 200 without it is rejected
		p.violation("options-contact", "trunk", t.fqdn)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if wa := p.watches[t.fqdn]; wa != nil {
		wa.asked, wa.answered = true, err == nil
		if err == nil {
			wa.trunk.allow = answer.list("allow")
		}
	}
}

// watchedBy is the trunk whose OPTIONS count for a trunk: its carrier's, else its own.
func (p *Proxies) watchedBy(fqdn string) string {
	if p.config.Carrier != nil {
		if carrier, ok := p.config.Carrier(fqdn); ok {
			return carrier
		}
	}
	return fqdn
}

// silent says whether an SBC's OPTIONS stopped: none in three of its intervals of a minute (facts/direct-routing.md §5.3). The lock is held.
func (p *Proxies) silent(w *watch) bool {
	return p.config.Demote > 0 && p.now().Sub(w.seen) >= p.config.Demote
}

// demoted says whether a trunk is left out for its silence. Of one that has not begun yet nothing is known, and it is called unless NeedOptions is set.
func (p *Proxies) demoted(fqdn string) bool {
	fqdn = p.watchedBy(fqdn)
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.watches[fqdn]
	if w == nil {
		return p.config.NeedOptions
	}
	return p.silent(w) || p.config.NeedOptions && !w.answered
}

// Health is what a trunk looks like from here.
func (p *Proxies) Health(fqdn string) Health {
	fqdn = p.watchedBy(strings.ToLower(fqdn))
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.watches[fqdn]
	if w == nil {
		return Health{TLS: "unknown", Ping: "unknown", Overall: "unknown"}
	}
	h := Health{TLS: "ok", Ping: "ok", Overall: "active"}
	switch left := w.expires.Sub(p.now()); {
	case w.expires.IsZero():
		h.TLS = "unknown"
	case left <= 0:
		h.TLS = "certExpired"
	case left < expiring:
		h.TLS = "certExpiring"
	}
	switch {
	case p.silent(w):
		h.Ping, h.Overall, h.Reason = "expired", "inactive", "noRecentPings"
	case p.config.Ping > 0 && !w.asked:
		h.Ping, h.Overall = "unknown", "unknown"
	case p.config.Ping > 0 && !w.answered:
		h.Ping, h.Overall, h.Reason = "error", "inactive", "noRecentPings"
	}
	return h
}

// allows says whether an SBC listed a method in its latest answer to our OPTIONS.
func (p *Proxies) allows(fqdn, method string) bool {
	fqdn = p.watchedBy(fqdn)
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.watches[fqdn]
	return w != nil && slices.ContainsFunc(w.trunk.allow, func(m string) bool { return strings.EqualFold(m, method) })
}

func (p *Proxies) now() time.Time {
	if p.config.Clock == nil {
		return time.Now()
	}
	return p.config.Clock.Now()
}

// after runs f, which must not wait, when it is time by the clock.
func (p *Proxies) after(d time.Duration, f func()) *clock.Timer {
	if p.config.Clock == nil {
		return nil
	}
	return p.config.Clock.AfterFunc(d, f)
}
