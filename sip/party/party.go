// Package party reads from a message who calls whom: the number that is called, the caller
// by what a peer or Microsoft asserts, and those who sent the call on; and writes them
// as the other side wants them.
package party

import (
	"net/url"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/tenant"
	numbers "tandem/internal/trunk"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/profile"
)

// Called is the user part of a Request-URI: a number or a token.
func Called(u sipmsg.Uri) string {
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

// Number is the number in a SIP or tel URI as it was written, "" if there is none.
func Number(uri string) string {
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
	return Called(sipmsg.Uri{User: rest})
}

// Caller is the caller's number in E.164 as a peer asserts or claims it, by the peer's
// rules. Of a peer that is not trusted only From counts (RFC 3325 §5). Who wants
// privacy, or shows no number, is anonymous.
func Caller(r *sipmsg.Request, p guard.Peer) string {
	if private(r) {
		return profile.Anonymous
	}
	var uris []string
	if !p.FromOnly {
		for _, name := range []string{"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID"} {
			for _, value := range dialog.List(r, name, "") {
				// Remote-Party-ID is older than the RFCs and still sent: its privacy is its own.
				if name == "Remote-Party-ID" && HasParam(value, "privacy", "full", "uri") {
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
		if n, err := tenant.ParseE164(p.Numbers.Rewrite(numbers.CallerIn, Number(uri))); err == nil {
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

// AtMicrosoft is the caller of Microsoft's INVITE and the number that pays for the
// call. From is the one to be shown: P-Asserted-Identity has the billed number, and
// Privacy hides that one alone (facts/direct-routing.md §6.2, §11).
func AtMicrosoft(r *sipmsg.Request) (shown, billed string) {
	shown = profile.Anonymous
	if from := r.From(); from != nil {
		if n, err := tenant.ParseE164(Number(from.Address.String())); err == nil {
			shown = n
		}
	}
	for _, asserted := range dialog.List(r, "P-Asserted-Identity", "") {
		if n, err := tenant.ParseE164(Number(dialog.AddrSpec(asserted))); err == nil {
			billed = n
			break
		}
	}
	return shown, billed
}

// HasParam reports whether a header value has a parameter with one of these values.
func HasParam(value, name string, values ...string) bool {
	got, ok := Param(value, name)
	for _, v := range values {
		if ok && strings.EqualFold(got, v) {
			return true
		}
	}
	return false
}

// Param is a parameter behind the address in a header value.
func Param(value, name string) (string, bool) {
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

// URI is the URI of a number at host.
func URI(number, host string) string {
	return "sip:" + url.PathEscape(number) + "@" + host + ";user=phone"
}
