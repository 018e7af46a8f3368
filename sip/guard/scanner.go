package guard

import (
	"bytes"
	"net/netip"
	"time"
)

// agents are programs that try numbers and passwords all over the net, in small letters, as
// they name themselves in User-Agent. Programs that serve tests, such as SIPp, are not
// among them.
var agents = [][]byte{
	[]byte("friendly-scanner"), []byte("friendly-request"), []byte("sipvicious"), []byte("sip-scan"), []byte("sipscan"), []byte("sipcli"), []byte("pplsip"),
	[]byte("sundayddr"), []byte("iwar"), []byte("siparmyknife"), []byte("vaxsipuseragent"), []byte("vaxasip"), []byte("smap 0"), []byte("sipptk"), []byte("gulp"),
}

// parties are how some of them call themselves or whom they call. Only what nobody's name or
// number can hold by chance is among them.
var parties = [][]byte{[]byte("sipvicious"), []byte("friendly-scanner"), []byte("sip:nm@nm"), []byte("sip:nm2@nm2")}

// signatures are those of a header; none for most.
func signatures(name []byte) [][]byte {
	if len(name) == 0 {
		return nil
	}
	is := func(long string) bool {
		return len(name) == 1 || len(name) == len(long) && bytes.EqualFold(name, []byte(long))
	}
	switch name[0] | 0x20 { // most headers are none of these
	case 'u':
		if len(name) > 1 && is("user-agent") {
			return agents
		}
	case 'f':
		if is("from") {
			return parties
		}
	case 't':
		if is("to") {
			return parties
		}
	case 'm':
		if len(name) == 1 {
			return parties
		}
	case 'c':
		if len(name) > 1 && is("contact") {
			return parties
		}
	}
	return nil
}

// longestValue is as much of a header as is looked at.
const longestValue = 256

// IsScanner tells whether a request, as it came, is one of a known scanner.
func IsScanner(message []byte) bool {
	var value [longestValue]byte
	first := true
	for len(message) > 0 {
		line := message
		if i := bytes.IndexByte(message, '\n'); i >= 0 {
			line, message = message[:i], message[i+1:]
		} else {
			message = nil
		}
		line = bytes.TrimRight(line, "\r")
		switch {
		case first:
			first = false
			continue
		case len(line) == 0:
			return false // the body says nothing
		}
		name, rest, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		list := signatures(bytes.TrimSpace(name))
		if list == nil {
			continue
		}
		n := 0
		for _, c := range rest[:min(len(rest), longestValue)] {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			value[n] = c
			n++
		}
		for _, s := range list {
			if bytes.Contains(value[:n], s) {
				return true
			}
		}
	}
	return false
}

// Inspect looks at a request as it came, and where from, before anything is parsed: what
// is of a scanner, of a stranger or too much is not looked at any further. The cause is that of a
// verdict other than [Pass] and [Ask]. It never waits.
func (g *Guard) Inspect(a netip.Addr, message []byte) (Verdict, Cause) {
	a = a.Unmap()
	if IsScanner(message) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.note(a, "dropped a scanner")
		return Drop, CauseScanner
	}
	v := g.Admit(a)
	if v == Pass && !g.Paced(a) {
		return Drop, CauseFlood
	}
	return v, CauseStranger
}

// Paced counts a request of a source, and reports whether it is not one too many.
func (g *Guard) Paced(a netip.Addr) bool {
	a = a.Unmap()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.named(a) {
		return true
	}
	if g.pace(a, g.cfg.Now()) {
		return true
	}
	g.note(a, "dropped what a source sends too fast")
	return false
}

// note logs what a source did, once a minute and source, in words that deploy/fail2ban
// knows. The table is that of strangers: it is bounded, and when it is full nothing is logged.
// It reports whether it was logged. The lock is held.
func (g *Guard) note(a netip.Addr, what string) bool {
	now := g.cfg.Now()
	if last, ok := g.strangers[a]; ok && now.Sub(last) < strangerEvery {
		return false
	}
	if _, known := g.strangers[a]; !known && !room(g.strangers, maxStrangers, &g.swept.strangers, now, func(last time.Time) bool { return now.Sub(last) >= strangerEvery }) {
		return false
	}
	g.strangers[a] = now
	g.log.Warn(what, "source", a.String())
	return true
}
