package guard

import (
	"slices"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

const goodOptions = `OPTIONS sip:127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1;rport
Max-Forwards: 70
From: <sip:them@peer.test>;tag=1
To: <sip:us@127.0.0.1>
Call-ID: one
CSeq: 1 OPTIONS
Content-Length: 0

`

const goodInvite = `INVITE sip:+493012345@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1;rport
Max-Forwards: 70
From: <sip:them@peer.test>;tag=1
To: <sip:+493012345@127.0.0.1>
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:them@192.0.2.7>
Content-Type: application/sdp
Content-Length: 5

v=0
`

func allowed() []sipmsg.RequestMethod {
	return []sipmsg.RequestMethod{sipmsg.INVITE, sipmsg.ACK, sipmsg.CANCEL, sipmsg.BYE, sipmsg.OPTIONS}
}

func wire(message string) []byte { return []byte(strings.ReplaceAll(message, "\n", "\r\n")) }

func request(t testing.TB, message string) *sipmsg.Request {
	t.Helper()
	m, err := sipmsg.ParseMessage(wire(message))
	if err != nil {
		t.Fatalf("%v in %s", err, message)
	}
	r, ok := m.(*sipmsg.Request)
	if !ok {
		t.Fatalf("no request: %s", message)
	}
	return r
}

type checkCase struct {
	message string
	secure  bool
	status  int // 0: passes
	cause   Cause
	header  string // name: value, of the refusal
}

func checkCases(t testing.TB) map[string]checkCase {
	swap := func(message, old, with string) string {
		if !strings.Contains(message, old) {
			t.Fatalf("%q is not in the message", old)
		}
		return strings.Replace(message, old, with, 1)
	}
	as := func(method string) string { return strings.ReplaceAll(goodOptions, "OPTIONS", method) }
	bad := func(message string) checkCase { return checkCase{message, false, 400, CauseMalformed, ""} }
	good := func(message string) checkCase { return checkCase{message: message} }
	const hops = "Max-Forwards: 70"
	return map[string]checkCase{
		"OPTIONS":                       good(goodOptions),
		"INVITE":                        good(goodInvite),
		"INVITE without body":           good(swap(swap(goodInvite, "Content-Length: 5", "Content-Length: 0"), "v=0\n", "")),
		"compact names":                 good(strings.NewReplacer("From:", "f:", "To:", "t:", "Call-ID:", "i:", "Contact:", "m:", "Content-Type:", "c:", "Content-Length:", "l:", "Via:", "v:").Replace(goodInvite)),
		"names in capitals":             good(strings.NewReplacer("From:", "FROM:", "To:", "TO:", "CSeq:", "CSEQ:", "Contact:", "CONTACT:").Replace(goodInvite)),
		"media type with parameter":     good(swap(goodInvite, "application/sdp", "Application/SDP;charset=utf-8")),
		"identity encoding":             good(swap(goodInvite, "Content-Type", "Content-Encoding: identity\nContent-Type")),
		"Max-Forwards 1":                good(swap(goodOptions, hops, "Max-Forwards: 1")),
		"Max-Forwards 255":              good(swap(goodOptions, hops, "Max-Forwards: 255")),
		"no Max-Forwards":               good(swap(goodOptions, hops+"\n", "")),
		"BYE":                           good(as("BYE")),
		"ACK with Require":              good(swap(as("ACK"), hops, hops+"\nRequire: 100rel")),
		"CANCEL with Require":           good(swap(as("CANCEL"), hops, hops+"\nRequire: 100rel")),
		"sips: over TLS":                {swap(goodOptions, "OPTIONS sip:", "OPTIONS sips:"), true, 0, "", ""},
		"several Vias":                  good(swap(goodOptions, "Via:", "Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK0\nVia:")),
		"Contact of sips":               good(swap(goodInvite, "Contact: <sip:", "Contact: <sips:")),
		"OPTIONS needs no Contact":      good(goodOptions),
		"no Via":                        bad(swap(goodOptions, "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1;rport\n", "")),
		"no From":                       bad(swap(goodOptions, "From: <sip:them@peer.test>;tag=1\n", "")),
		"no To":                         bad(swap(goodOptions, "To: <sip:us@127.0.0.1>\n", "")),
		"no Call-ID":                    bad(swap(goodOptions, "Call-ID: one\n", "")),
		"no CSeq":                       bad(swap(goodOptions, "CSeq: 1 OPTIONS\n", "")),
		"From without tag":              bad(swap(goodOptions, ";tag=1", "")),
		"From with an empty tag":        bad(swap(goodOptions, ";tag=1", ";tag=")),
		"two From":                      bad(swap(goodOptions, "To:", "From: <sip:other@peer.test>;tag=2\nTo:")),
		"two From, one compact":         bad(swap(goodOptions, "To:", "f: <sip:other@peer.test>;tag=2\nTo:")),
		"two To":                        bad(swap(goodOptions, "Call-ID", "t: <sip:other@127.0.0.1>\nCall-ID")),
		"two Call-ID":                   bad(swap(goodOptions, "CSeq", "i: two\nCSeq")),
		"two CSeq":                      bad(swap(goodOptions, "CSeq", "CSeq: 2 OPTIONS\nCSeq")),
		"two Max-Forwards":              bad(swap(goodOptions, hops, hops+"\n"+hops)),
		"two Content-Length":            bad(swap(goodOptions, "Content-Length: 0", "Content-Length: 0\nl: 0")),
		"two Content-Type":              bad(swap(goodInvite, "Content-Length", "c: text/plain\nContent-Length")),
		"CSeq of another method":        bad(swap(goodOptions, "CSeq: 1 OPTIONS", "CSeq: 1 INVITE")),
		"Max-Forwards 256":              bad(swap(goodOptions, hops, "Max-Forwards: 256")),
		"INVITE without Contact":        bad(swap(goodInvite, "Contact: <sip:them@192.0.2.7>\n", "")),
		"INVITE with two Contacts":      bad(swap(goodInvite, "Contact:", "Contact: <sip:other@192.0.2.7>\nContact:")),
		"INVITE with m and Contact":     bad(swap(goodInvite, "Contact:", "m: <sip:other@192.0.2.7>\nContact:")),
		"INVITE with a Contact list":    bad(swap(goodInvite, "Contact: ", "Contact: <sip:other@192.0.2.7>, ")),
		"INVITE with Contact *":         bad(swap(goodInvite, "<sip:them@192.0.2.7>", "*")),
		"INVITE with Contact tel:":      bad(swap(goodInvite, "<sip:them@192.0.2.7>", "<tel:+4930>")),
		"SIP/3.0":                       {swap(goodOptions, "127.0.0.1 SIP/2.0", "127.0.0.1 SIP/3.0"), false, 505, CauseVersion, ""},
		"Max-Forwards 0":                {swap(goodOptions, hops, "Max-Forwards: 0"), false, 483, CauseHops, ""},
		"Require":                       {swap(goodOptions, hops, hops+"\nRequire: 100rel"), false, 420, CauseExtension, "Unsupported: 100rel"},
		"Require twice, with a list":    {swap(goodInvite, hops, hops+"\nRequire: 100rel, timer\nRequire: 100rel,nonsense"), false, 420, CauseExtension, "Unsupported: 100rel, timer, nonsense"},
		"Require with what is no token": {swap(goodInvite, hops, hops+"\nRequire: a b, <x>, timer"), false, 420, CauseExtension, "Unsupported: timer"},
		"unknown method":                {as("DANCE"), false, 501, CauseMethod, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS"},
		"REGISTER":                      {as("REGISTER"), false, 405, CauseMethod, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS"},
		"method in small letters":       {as("options"), false, 501, CauseMethod, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS"},
		"tel: URI":                      {swap(goodInvite, "sip:+493012345@127.0.0.1", "tel:+493012345"), false, 416, CauseScheme, ""},
		"http: URI":                     {swap(goodOptions, "sip:127.0.0.1", "http:127.0.0.1"), true, 416, CauseScheme, ""},
		"sips: over UDP":                {swap(goodOptions, "OPTIONS sip:", "OPTIONS sips:"), false, 416, CauseScheme, ""},
		"body that is not SDP":          {swap(goodInvite, "application/sdp", "text/plain"), false, 415, CauseMediaType, "Accept: application/sdp"},
		"body without type":             {swap(goodInvite, "Content-Type: application/sdp\n", ""), false, 415, CauseMediaType, "Accept: application/sdp"},
		"type that begins like SDP":     {swap(goodInvite, "application/sdp", "application/sdpx"), false, 415, CauseMediaType, "Accept: application/sdp"},
		"encoded body":                  {swap(goodInvite, "Content-Type", "Content-Encoding: gzip\nContent-Type"), false, 415, CauseMediaType, "Accept-Encoding: identity"},
	}
}

// TestCheck: what the parser of the stack lets through gets RFC 3261's answer (§8.2, §16.3).
func TestCheck(t *testing.T) {
	for name, c := range checkCases(t) {
		t.Run(name, func(t *testing.T) {
			refusal := Check(request(t, c.message), allowed(), c.secure)
			if refusal == nil {
				if c.status != 0 {
					t.Fatalf("passed, want %d", c.status)
				}
				return
			}
			if refusal.Status != c.status || refusal.Cause != c.cause {
				t.Fatalf("got %d %s (%s), want %d (%s)", refusal.Status, refusal.Reason, refusal.Cause, c.status, c.cause)
			}
			var headers []string
			for _, h := range refusal.Headers {
				headers = append(headers, h.Name()+": "+h.Value())
			}
			if got := strings.Join(headers, "\n"); got != c.header {
				t.Errorf("got %q, want %q", got, c.header)
			}
		})
	}
}

// FuzzCheck: whatever the parser takes, Check gives a sound answer, and what passes has
// the headers that the edge reads without asking.
func FuzzCheck(f *testing.F) {
	for _, c := range checkCases(f) {
		f.Add(wire(c.message), c.secure)
	}
	f.Fuzz(func(t *testing.T, message []byte, secure bool) {
		m, err := sipmsg.ParseMessage(message)
		if err != nil {
			return
		}
		r, ok := m.(*sipmsg.Request)
		if !ok {
			return
		}
		refusal := Check(r, allowed(), secure)
		if refusal != nil {
			sound(t, refusal)
			return
		}
		if r.Via() == nil || r.From() == nil || r.To() == nil || r.CallID() == nil || r.CSeq() == nil {
			t.Fatal("a header is missing")
		}
		if tag, _ := r.From().Params.Get("tag"); tag == "" {
			t.Fatal("no tag in From")
		}
		if !slices.Contains(allowed(), r.Method) {
			t.Fatalf("method %q passed", r.Method)
		}
		if r.IsInvite() && (r.Contact() == nil || r.Contact().Address.Host == "") {
			t.Fatal("INVITE without Contact passed")
		}
	})
}

// sound holds a refusal against what the edge sends of it.
func sound(t *testing.T, r *Refusal) {
	t.Helper()
	if r.Status < 400 || r.Status > 699 || !slices.Contains(Causes(), r.Cause) {
		t.Fatalf("status %d, cause %q", r.Status, r.Cause)
	}
	text := r.Reason
	for _, h := range r.Headers {
		text += h.Name() + h.Value()
	}
	if strings.ContainsAny(text, "\r\n") {
		t.Fatalf("a line break in %q", text)
	}
}
