package sip

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/tenant"
	numbers "tandem/internal/trunk"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/profile"
)

// calledUser is the user part of the Request-URI: a number or a token.
func calledUser(u sipmsg.Uri) string {
	user, _, _ := strings.Cut(u.User, ";")
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	if rest, ok := strings.CutPrefix(user, "+"); ok { // visual separators (RFC 3966 §5.1.1)
		user = "+" + strings.Map(func(c rune) rune {
			if strings.ContainsRune("-.()", c) {
				return -1
			}
			return c
		}, rest)
	}
	return user
}

// numberIn is the number in a SIP or tel URI as it was written, "" if there is none.
func numberIn(uri string) string {
	scheme, rest, _ := strings.Cut(uri, ":")
	rest, _, _ = strings.Cut(rest, "?")
	switch strings.ToLower(scheme) {
	case "sip", "sips":
		if !strings.Contains(rest, "@") {
			return ""
		}
		rest, _, _ = strings.Cut(rest, "@")
	case "tel":
	default:
		return ""
	}
	return calledUser(sipmsg.Uri{User: rest})
}

// callerOf is the caller's number in E.164 as a peer asserts or claims it, by the peer's
// rules. Of a peer that is not trusted only From counts (RFC 3325 §5). Who wants
// privacy, or shows no number, is anonymous.
func callerOf(r *sipmsg.Request, p guard.Peer) string {
	if private(r) {
		return profile.Anonymous
	}
	var uris []string
	if !p.FromOnly {
		for _, name := range []string{"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID"} {
			for _, value := range dialog.List(r, name, "") {
				// Remote-Party-ID is older than the RFCs and still sent: its privacy is its own.
				if name == "Remote-Party-ID" && hasParam(value, "privacy", "full", "uri") {
					return profile.Anonymous
				}
				uris = append(uris, dialog.AddrSpec(value))
			}
		}
	}
	if from := r.From(); from != nil {
		uris = append(uris, from.Address.String())
	}
	for _, uri := range uris {
		if n, err := tenant.ParseE164(p.Numbers.Rewrite(numbers.CallerIn, numberIn(uri))); err == nil {
			return n
		}
	}
	return profile.Anonymous
}

// private reports whether the caller does not want to be known (RFC 3323 §4.2, RFC 3325
// §9.3).
func private(r *sipmsg.Request) bool {
	for _, p := range dialog.List(r, "Privacy", "") {
		for v := range strings.SplitSeq(strings.ToLower(p), ";") {
			if v = strings.TrimSpace(v); v == "id" || v == "user" || v == "critical" {
				return true
			}
		}
	}
	return false
}

// callerAtMicrosoft is the caller of Microsoft's INVITE and the number that pays for the
// call. From is the one to be shown: P-Asserted-Identity has the billed number, and
// Privacy hides that one alone (facts/direct-routing.md §6.2, §11).
func callerAtMicrosoft(r *sipmsg.Request) (shown, billed string) {
	shown = profile.Anonymous
	if from := r.From(); from != nil {
		if n, err := tenant.ParseE164(numberIn(from.Address.String())); err == nil {
			shown = n
		}
	}
	for _, asserted := range dialog.List(r, "P-Asserted-Identity", "") {
		if n, err := tenant.ParseE164(numberIn(dialog.AddrSpec(asserted))); err == nil {
			billed = n
			break
		}
	}
	return shown, billed
}

// hasParam reports whether a header value has a parameter with one of these values.
func hasParam(value, name string, values ...string) bool {
	got, ok := param(value, name)
	for _, v := range values {
		if ok && strings.EqualFold(got, v) {
			return true
		}
	}
	return false
}

// param is a parameter behind the address in a header value.
func param(value, name string) (string, bool) {
	if i := strings.LastIndexByte(value, '>'); i >= 0 {
		value = value[i+1:]
	}
	for p := range strings.SplitSeq(value, ";") {
		k, v, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.Trim(strings.TrimSpace(v), `"`), true
		}
	}
	return "", false
}

// phoneURI is the URI of a number at host.
func phoneURI(number, host string) string {
	return "sip:" + url.PathEscape(number) + "@" + host + ";user=phone"
}

// callerHeaders are what the peer is told of the caller besides From: who pays, who sent the
// call on, and what whoever made the call sends along. A peer that is not trusted gets
// the last only. The asserted number agrees with From unless that shows none, since some
// carriers show it instead (facts/direct-routing.md §18 no. 23).
func (o *outCall) callerHeaders() []sipmsg.Header {
	var headers []sipmsg.Header
	add := func(name, value string) { headers = append(headers, sipmsg.NewHeader(name, value)) }
	p, asserted := o.peer.who, o.caller
	if o.caller == profile.Anonymous {
		asserted = o.billed
		add("Privacy", "id")
	}
	if !p.FromOnly {
		if asserted != "" {
			add("P-Asserted-Identity", "<"+phoneURI(p.Numbers.Rewrite(numbers.CallerOut, asserted), o.peer.via)+">")
		}
		if all := diversions(o.invite, func(n string) string { return n }); len(all) > 0 {
			for i := range all {
				if all[i].number != "" {
					all[i].number = p.Numbers.Rewrite(numbers.CallerOut, all[i].number)
				}
			}
			add("History-Info", historyInfo(all, p.Numbers.Rewrite(numbers.CalledOut, o.number), o.peer.via))
			headers = append(headers, diversionHeaders(all, o.peer.via)...)
		}
	}
	kept, dropped := profile.Admit(custom(o.invite))
	o.e.metrics.dropped.Add(float64(dropped))
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		add(name, kept[name])
	}
	return headers
}
