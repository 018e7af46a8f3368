package sip

import (
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
)

// refer takes a REFER of Microsoft's, who sends one only if our Allow has it.
func (l *farLeg) refer(m *inside) {
	switch {
	case l.state != farUp || l.goodbye != nil || l.departed:
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
	case l.transfer != nil || l.unconfirmed():
		l.respond(m, sipmsg.StatusRequestPending, nil)
	default:
		l.referBack(m, l.t, l.call.Caller, l.caused)
	}
}

// referBack takes a REFER of Microsoft's inside a dialog of a trunk. The call that comes of it
// goes back to the proxies, also for a telephone: Microsoft finds out there whom its URI
// means. What it wrote is in it letter by letter (facts/direct-routing.md §10).
func (l *leg) referBack(m *inside, t *trunk, caller string, caused *sipmsg.Request) {
	if !t.Refers {
		l.respond(m, sipmsg.StatusGlobalDecline, nil)
		return
	}
	targets := append(m.request.GetHeaders("Refer-To"), m.request.GetHeaders("r")...)
	by := append(m.request.GetHeaders("Referred-By"), m.request.GetHeaders("b")...)
	if len(targets) != 1 || len(by) > 1 {
		l.respond(m, sipmsg.StatusBadRequest, nil, warning("one Refer-To and one Referred-By"))
		return
	}
	f := referral{target: dialog.AddrSpec(targets[0].Value())}
	if _, err := dialog.NextHop(f.target, "TLS"); err != nil || strings.Contains(f.target, "?") { // a Request-URI has no headers (RFC 3261 §19.1.1)
		l.respond(m, sipmsg.StatusBadRequest, nil, warning("Refer-To has to be a SIP URI without headers"))
		return
	}
	if len(by) == 1 {
		f.by = by[0].Value()
	}
	f.silent = wantsNoNews(m.request)
	x := l.newTransfer(f, caller, caused)
	x.far = t
	l.begin(m, x, t.client)
}

// moved is what only a far leg has to know of its new dialog.
func (l *farLeg) moved(a *answeredTransfer) {
	l.session.stop()
	l.session = newSession(l.side, l.e.cfg.Timers)
	l.sessionAnswered(a.response)
}

// hopsTo are the proxies in the order of an attempt, the one that a URI names first.
func (t *trunk) hopsTo(uri string) []dialog.Hop {
	var hops []dialog.Hop
	named, _ := dialog.NextHop(uri, "TLS")
	for _, i := range t.standing.order(time.Now()) {
		p := t.far.proxies[i]
		if strings.EqualFold(p.FQDN, named.Host) {
			hops = append([]dialog.Hop{p.Hop()}, hops...)
		} else {
			hops = append(hops, p.Hop())
		}
	}
	return hops
}
