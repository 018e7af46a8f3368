package guard

import (
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
)

// Cause says why something was refused, from a closed list that metrics use.
type Cause string

// The causes.
const (
	CauseMalformed   Cause = "malformed"
	CauseVersion     Cause = "version"
	CauseHops        Cause = "hops"
	CauseExtension   Cause = "extension"
	CauseScheme      Cause = "scheme"
	CauseMethod      Cause = "method"
	CauseMediaType   Cause = "media_type"
	CauseStranger    Cause = "stranger"
	CauseBanned      Cause = "banned"
	CauseChallenge   Cause = "challenge"
	CauseStale       Cause = "stale"
	CauseWrongDigest Cause = "wrong_digest"
	CauseUnavailable Cause = "unavailable"
	CauseScanner     Cause = "scanner"
	CauseFlood       Cause = "flood"
	CauseTooLarge    Cause = "too_large"
	CauseLimit       Cause = "limit"
	CauseRate        Cause = "rate"
	CauseOverload    Cause = "overload"
)

// Causes lists all of them.
func Causes() []Cause {
	return []Cause{
		CauseMalformed, CauseVersion, CauseHops, CauseExtension, CauseScheme, CauseMethod, CauseMediaType, CauseStranger,
		CauseBanned, CauseChallenge, CauseStale, CauseWrongDigest, CauseUnavailable, CauseScanner, CauseFlood, CauseTooLarge,
		CauseLimit, CauseRate, CauseOverload,
	}
}

// Refusal is a final response to a request that is not taken.
type Refusal struct {
	Status  int
	Reason  string // phrase
	Headers []sipmsg.Header
	Cause   Cause
}

func refuse(status int, reason string, cause Cause, headers ...sipmsg.Header) *Refusal {
	return &Refusal{Status: status, Reason: reason, Cause: cause, Headers: headers}
}

func malformed(what string) *Refusal {
	return refuse(sipmsg.StatusBadRequest, "Bad Request: "+what, CauseMalformed)
}

func unavailable() *Refusal {
	return refuse(sipmsg.StatusServiceUnavailable, "Service Unavailable", CauseUnavailable, sipmsg.NewHeader("Retry-After", "5"))
}

// single are the headers of which a request has one (RFC 3261 §7.3.1, table 2); the
// flag tells whether it must. Without Max-Forwards a request is taken as one
// of RFC 2543's.
var single = [...]struct {
	name, compact string
	mandatory     bool
}{
	{"From", "f", true}, {"To", "t", true}, {"Call-ID", "i", true}, {"CSeq", "", true},
	{"Max-Forwards", "", false}, {"Content-Length", "l", false}, {"Content-Type", "c", false},
}

// understood are the methods that are known to us, taken or not: 405 says that one is not
// taken, 501 that nobody here knows it (RFC 3261 §21.4.6, §21.5.2).
var understood = []sipmsg.RequestMethod{
	sipmsg.INVITE, sipmsg.ACK, sipmsg.CANCEL, sipmsg.BYE, sipmsg.OPTIONS, sipmsg.REGISTER, sipmsg.INFO, sipmsg.UPDATE, sipmsg.PRACK, sipmsg.REFER,
	sipmsg.NOTIFY, sipmsg.SUBSCRIBE, sipmsg.MESSAGE, sipmsg.PUBLISH,
}

// Check holds a request against RFC 3261 §8.2 and §16.3. allow are the methods that
// are taken; secure tells whether it came over TLS; supported are the extensions that
// it may require. After it, the headers of a
// request that passed are there and mean one thing. An ACK or CANCEL that is
// refused gets no answer by itself: see §8.2.2.3, §9.2.
func Check(r *sipmsg.Request, allow []sipmsg.RequestMethod, secure bool, supported ...string) *Refusal {
	if r.Via() == nil {
		return malformed("no Via")
	}
	var count [len(single)]int
	for _, h := range r.Headers() {
		for i := range single {
			if s, n := &single[i], h.Name(); strings.EqualFold(n, s.name) || strings.EqualFold(n, s.compact) {
				count[i]++
			}
		}
	}
	for i, s := range single {
		if count[i] > 1 {
			return malformed("several " + s.name)
		}
		if count[i] == 0 && s.mandatory {
			return malformed("no " + s.name)
		}
	}
	for _, h := range []struct {
		name   string
		unread bool
	}{{"From", r.From() == nil}, {"To", r.To() == nil}, {"Call-ID", r.CallID() == nil}, {"CSeq", r.CSeq() == nil}} {
		if h.unread {
			return malformed(h.name + " cannot be read")
		}
	}
	if !strings.EqualFold(r.SipVersion, "SIP/2.0") {
		return refuse(sipmsg.StatusVersionNotSupported, "Version Not Supported", CauseVersion)
	}
	switch method := strings.TrimSpace(string(r.CSeq().MethodName)); {
	case method == string(r.Method):
	case strings.EqualFold(method, string(r.Method)): // the stack capitalizes that of the first line: it was another one, which nobody knows (RFC 3261 §7.1)
		return refuse(sipmsg.StatusNotImplemented, "Not Implemented", CauseMethod, Allow(allow))
	default:
		return malformed("CSeq of another method")
	}
	if tag, _ := r.From().Params.Get("tag"); tag == "" {
		return malformed("From without tag")
	}
	if !slices.Contains(allow, r.Method) {
		if !slices.Contains(understood, r.Method) {
			return refuse(sipmsg.StatusNotImplemented, "Not Implemented", CauseMethod, Allow(allow))
		}
		return refuse(sipmsg.StatusMethodNotAllowed, "Method Not Allowed", CauseMethod, Allow(allow))
	}
	if s := r.Recipient.Scheme; s != "sip" && (s != "sips" || !secure) {
		return refuse(sipmsg.StatusRequestedRangeNotSatisfiable, "Unsupported URI Scheme", CauseScheme) // 416; the constant has HTTP's name
	}
	switch {
	case r.Recipient.Host == "":
		return malformed("Request-URI without host")
	case len(r.Recipient.Headers) > 0: // RFC 3261 §19.1.1, table 1
		return malformed("Request-URI with headers")
	}
	if h := r.GetHeader("Max-Forwards"); h != nil {
		m := r.MaxForwards()
		if m == nil || m.Val() > 255 {
			return malformed("Max-Forwards")
		}
		if m.Val() == 0 && !inDialog(r) {
			return refuse(sipmsg.StatusTooManyHops, "Too Many Hops", CauseHops)
		}
	}
	if !r.IsAck() && !r.IsCancel() {
		if options := required(r, supported); len(options) > 0 {
			return refuse(sipmsg.StatusBadExtension, "Bad Extension", CauseExtension, sipmsg.NewHeader("Unsupported", strings.Join(options, ", ")))
		}
	}
	if r.IsInvite() {
		return checkInvite(r)
	}
	return nil
}

// inDialog: a request inside a dialog is at its end with us, however many hops it has left.
func inDialog(r *sipmsg.Request) bool {
	tag, _ := r.To().Params.Get("tag")
	return tag != ""
}

// checkInvite wants one Contact and, if there is a body, that it is SDP in plain.
func checkInvite(r *sipmsg.Request) *Refusal {
	contacts := append(r.GetHeaders("Contact"), r.GetHeaders("m")...)
	if len(contacts) != 1 {
		return malformed("an INVITE needs one Contact")
	}
	c := r.Contact()
	if c == nil || dialog.HasGap(contacts[0].Value()) || c.Address.Wildcard || c.Address.Host == "" || c.Address.Scheme != "sip" && c.Address.Scheme != "sips" {
		return malformed("Contact cannot be used")
	}
	if !takesSDP(r) {
		return refuse(sipmsg.StatusNotAcceptable, "Not Acceptable", CauseMediaType, sipmsg.NewHeader("Accept", "application/sdp"))
	}
	if len(r.Body()) == 0 {
		return nil
	}
	if codings := dialog.List(r, "Content-Encoding", "e"); slices.ContainsFunc(codings, func(c string) bool { return !strings.EqualFold(c, "identity") }) {
		return refuse(sipmsg.StatusUnsupportedMediaType, "Unsupported Media Type", CauseMediaType, sipmsg.NewHeader("Accept-Encoding", "identity"))
	}
	if dialog.MediaType(r) != "application/sdp" {
		return refuse(sipmsg.StatusUnsupportedMediaType, "Unsupported Media Type", CauseMediaType, sipmsg.NewHeader("Accept", "application/sdp"))
	}
	return nil
}

// takesSDP reports whether the caller can read our answer (RFC 3261 §20.1): without
// Accept he can.
func takesSDP(r *sipmsg.Request) bool {
	accepts := r.GetHeaders("Accept")
	for _, h := range accepts {
		for kind := range strings.SplitSeq(h.Value(), ",") {
			kind, _, _ = strings.Cut(kind, ";")
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case "application/sdp", "application/*", "*/*":
				return true
			}
		}
	}
	return len(accepts) == 0
}

// required are the option tags of Require that are not supported (RFC 3261 §8.2.2.3).
func required(r *sipmsg.Request, supported []string) []string {
	var options []string
	for _, h := range r.GetHeaders("Require") {
		for o := range strings.SplitSeq(h.Value(), ",") {
			if o = strings.TrimSpace(o); isToken(o) && !slices.Contains(options, o) && !slices.ContainsFunc(supported, func(s string) bool { return strings.EqualFold(s, o) }) {
				options = append(options, o)
			}
		}
	}
	return options
}

// isToken keeps what we echo to the grammar of RFC 3261 §25.1.
func isToken(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") == ""
}

// Allow is the header that lists methods.
func Allow(methods []sipmsg.RequestMethod) sipmsg.Header {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = string(m)
	}
	return sipmsg.NewHeader("Allow", strings.Join(names, ", "))
}
