package sip

import (
	"regexp"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/sip/guard"
)

const goodOptions = `OPTIONS sip:127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport
Max-Forwards: 70
From: <sip:them@peer.test>;tag=1
To: <sip:us@127.0.0.1>
Call-ID: {n}
CSeq: 1 OPTIONS
Content-Length: 0

`

var goodInvite = invitation(number, "{n}", 1, "", plainSDP)

// swap changes one part of a message, which has to be there.
func swap(message, old, new string) string {
	if !strings.Contains(message, old) {
		panic(old + " is not in the message")
	}
	return strings.Replace(message, old, new, 1)
}

func as(method string) string { return strings.ReplaceAll(goodOptions, "OPTIONS", method) }

// ask is a request and what it has to be answered with.
type ask struct {
	message string
	status  int
	says    string // part of the phrase or of a header line
}

// asks sends each request and compares the answers; the edge answers the next one as ever.
func asks(cases map[string]ask) func(*testing.T) {
	return func(t *testing.T) {
		r := newRig(t, nil)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				p := newRaw(t, r)
				p.send(c.message)
				status, response := p.final()
				if status != c.status || !strings.Contains(response, c.says) {
					t.Errorf("got %s", response)
				}
				if !strings.HasPrefix(response, "SIP/2.0 ") || field(response, "To") != "" && !strings.Contains(field(response, "To"), "tag=") {
					t.Errorf("version or To tag: %s", response)
				}
				p.send(goodOptions)
				if status, response := p.final(); status != 200 {
					t.Errorf("afterwards: %s", response)
				}
			})
		}
	}
}

// passedOver sends what nobody can be answered for; the next request is answered, and
// nothing before it.
func passedOver(messages map[string]string) func(*testing.T) {
	return func(t *testing.T) {
		r := newRig(t, nil)
		for name, message := range messages {
			t.Run(name, func(t *testing.T) {
				p := newRaw(t, r)
				p.send(message)
				p.send(goodOptions)
				if status, response := p.final(); status != 200 || !strings.Contains(field(response, "CSeq"), "OPTIONS") {
					t.Errorf("got %s", response)
				}
			})
		}
	}
}

func nearAllow() string { return "Allow: " + guard.Allow(nearMethods()).Value() + "\r\n" }

var requestRows = rows{
	"OPTIONS is answered with Allow, Accept and Supported (RFC 3261 §11.2)": asks(map[string]ask{
		"Allow":                {goodOptions, 200, nearAllow()},
		"Accept":               {goodOptions, 200, "\r\nAccept: application/sdp\r\n"},
		"Supported":            {goodOptions, 200, "\r\nSupported:"},
		"an Accept of its own": {swap(goodOptions, "Max-Forwards: 70", "Max-Forwards: 70\nAccept: text/html"), 200, ""},
	}),
	"Max-Forwards 0 is answered with 483 (RFC 3261 §16.3)": asks(map[string]ask{
		"OPTIONS": {swap(goodOptions, "Max-Forwards: 70", "Max-Forwards: 0"), 483, "Too Many Hops"},
		"INVITE":  {swap(goodInvite, "Max-Forwards: 70", "Max-Forwards: 0"), 483, "Too Many Hops"},
		// Its end is here, if anywhere: no dialog must stay because a BYE came a long way.
		"BYE of a dialog": {swap(swap(as("BYE"), "Max-Forwards: 70", "Max-Forwards: 0"), "To: <sip:us@127.0.0.1>", "To: <sip:us@127.0.0.1>;tag=x"), 481, ""},
	}),
	"an unknown Require is answered with 420 and Unsupported (RFC 3261 §8.2.2.3)": asks(map[string]ask{
		"one":     {swap(goodInvite, "Max-Forwards: 70", "Max-Forwards: 70\nRequire: nothingSupportsThis"), 420, "\r\nUnsupported: nothingSupportsThis\r\n"},
		"several": {swap(goodInvite, "Max-Forwards: 70", "Max-Forwards: 70\nRequire: nothingSupportsThis\nrequire: norThis , nothingSupportsThis"), 420, "\r\nUnsupported: nothingSupportsThis, norThis\r\n"},
		// Proxies look at Proxy-Require, and we are none.
		"Proxy-Require": {swap(goodOptions, "Max-Forwards: 70", "Max-Forwards: 70\nProxy-Require: nothingSupportsThis"), 200, ""},
	}),
	"another version is answered with 505 (RFC 3261 §21.5.6)": asks(map[string]ask{
		"SIP/3.0": {swap(goodOptions, "127.0.0.1 SIP/2.0", "127.0.0.1 SIP/3.0"), 505, ""},
		"SIP/7.0": {swap(goodInvite, "127.0.0.1 SIP/2.0", "127.0.0.1 SIP/7.0"), 505, ""},
	}),
	"a method that is not taken is answered with 405 and Allow (RFC 3261 §8.2.1)": asks(map[string]ask{
		"REGISTER": {as("REGISTER"), 405, nearAllow()}, "PUBLISH": {as("PUBLISH"), 405, nearAllow()}, "SUBSCRIBE": {as("SUBSCRIBE"), 405, nearAllow()},
	}),
	"a method that nobody knows is answered with 501 and Allow (RFC 3261 §21.5.2)": asks(map[string]ask{
		"DANCE": {as("DANCE"), 501, nearAllow()},
	}),
	"a missing header is answered with 400 that names it (RFC 3261 §8.1.1)": asks(map[string]ask{
		"CSeq":    {swap(goodOptions, "CSeq: 1 OPTIONS\n", ""), 400, "no CSeq\r\n"},
		"Call-ID": {swap(goodOptions, "Call-ID: {n}\n", ""), 400, "no Call-ID\r\n"},
		"From":    {swap(goodOptions, "From: <sip:them@peer.test>;tag=1\n", ""), 400, "no From\r\n"},
		"To":      {swap(goodOptions, "To: <sip:us@127.0.0.1>\n", ""), 400, "no To\r\n"},
		"Via":     {swap(goodOptions, "Via: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport\n", ""), 400, "no Via\r\n"},
		"Contact": {swap(goodInvite, "Contact: <sip:them@{here}>\n", ""), 400, "one Contact\r\n"},
		"tag":     {swap(goodOptions, ";tag=1", ""), 400, "From without tag\r\n"},
	}),
	"a header that comes twice is answered with 400 that names it (RFC 3261 §7.3.1)": asks(map[string]ask{
		"Content-Length": {swap(goodOptions, "Content-Length: 0", "Content-Length: 0\nl: 0"), 400, "several Content-Length\r\n"},
		"Call-ID":        {swap(goodOptions, "Call-ID: {n}", "Call-ID: {n}\nCall-ID: other"), 400, "several Call-ID\r\n"},
		"From":           {swap(goodOptions, "Call-ID: {n}", "Call-ID: {n}\nf: <sip:other@peer.test>;tag=2"), 400, "several From\r\n"},
		"To":             {swap(goodOptions, "Call-ID: {n}", "Call-ID: {n}\nt: <sip:other@peer.test>"), 400, "several To\r\n"},
		"CSeq":           {swap(goodOptions, "CSeq: 1 OPTIONS", "CSeq: 1 OPTIONS\nCSeq: 1 OPTIONS"), 400, "several CSeq\r\n"},
		"Max-Forwards":   {swap(goodOptions, "Max-Forwards: 70", "Max-Forwards: 70\nMax-Forwards: 5"), 400, "several Max-Forwards\r\n"},
		"Contact":        {swap(goodInvite, "Contact: <sip:them@{here}>", "Contact: <sip:them@{here}>\nm: <sip:other@{here}>"), 400, "one Contact\r\n"},
	}),
	"a header that cannot be read is answered with 400 that names it (RFC 3261 §21.4.1)": asks(map[string]ask{
		"From":                    {swap(goodOptions, "<sip:them@peer.test>;tag=1", "\"them <sip:them@peer.test>;tag=1"), 400, "From cannot be read\r\n"},
		"To":                      {swap(goodOptions, "<sip:us@127.0.0.1>", "us <127.0.0.1"), 400, "To cannot be read\r\n"},
		"CSeq of another method":  {swap(goodOptions, "CSeq: 1 OPTIONS", "CSeq: 1 BYE"), 400, "CSeq of another method\r\n"},
		"CSeq too large":          {swap(goodOptions, "CSeq: 1 OPTIONS", "CSeq: 2147483648 OPTIONS"), 400, "CSeq\r\n"},
		"Max-Forwards too large":  {swap(goodOptions, "Max-Forwards: 70", "Max-Forwards: 256"), 400, "Max-Forwards\r\n"},
		"Max-Forwards of words":   {swap(goodOptions, "Max-Forwards: 70", "Max-Forwards: many"), 400, "Max-Forwards\r\n"},
		"Contact with nothing in": {swap(goodInvite, "<sip:them@{here}>", "\"Joe\" <sip:them@{here}>;;;;"), 400, "Contact cannot be used\r\n"},
		"two Contacts":            {swap(goodInvite, "<sip:them@{here}>", "<sip:them@{here}>, <sip:other@{here}>"), 400, "Contact cannot be used\r\n"},
		"Via with nothing in":     {swap(goodOptions, "{n};rport", "{n};;rport"), 400, "Via\r\n"},
		"Contact *":               {swap(goodInvite, "Contact: <sip:them@{here}>", "Contact: *"), 400, "Contact cannot be used\r\n"},
		"Contact of a telephone":  {swap(goodInvite, "Contact: <sip:them@{here}>", "Contact: <tel:+49301>"), 400, "Contact cannot be used\r\n"},
		"Authorization":           {swap(goodInvite, "Content-Type", "Authorization: Digest realm=\"tandem\nContent-Type"), 400, "Bad Authorization\r\n"},
		"Content-Length":          {swap(goodOptions, "Content-Length: 0", "Content-Length: none"), 400, "Content-Length\r\n"},
	}),
	"a request of no dialog is answered with 481 (RFC 3261 §12.2.2, §9.2)": asks(map[string]ask{
		"stray CANCEL":       {as("CANCEL"), 481, ""},
		"BYE without tag":    {as("BYE"), 481, ""},
		"BYE with a tag":     {swap(as("BYE"), "To: <sip:us@127.0.0.1>", "To: <sip:us@127.0.0.1>;tag=x"), 481, ""},
		"INVITE with a tag":  {swap(goodInvite, "@127.0.0.1>\nCall-ID", "@127.0.0.1>;tag=x\nCall-ID"), 481, ""},
		"OPTIONS with a tag": {swap(goodOptions, "To: <sip:us@127.0.0.1>", "To: <sip:us@127.0.0.1>;tag=x"), 481, ""},
	}),
	"a URI scheme that is not ours is answered with 416 (RFC 3261 §8.2.2.1)": asks(map[string]ask{
		"tel:":            {swap(goodInvite, "INVITE sip:"+number+"@127.0.0.1", "INVITE tel:"+number), 416, ""},
		"sips: over UDP":  {swap(goodInvite, "INVITE sip:", "INVITE sips:"), 416, ""},
		"nobody knows it": {swap(goodOptions, "sip:127.0.0.1 SIP", "nobodyKnowsThis:totallyopaque SIP"), 416, ""},
	}),
	"a body that is not SDP in plain is answered with 415 and what would be taken (RFC 3261 §8.2.3)": asks(map[string]ask{
		"text":     {swap(goodInvite, "application/sdp", "text/plain"), 415, "\r\nAccept: application/sdp\r\n"},
		"no type":  {swap(goodInvite, "Content-Type: application/sdp\n", ""), 415, "\r\nAccept: application/sdp\r\n"},
		"encoded":  {swap(goodInvite, "Content-Type", "Content-Encoding: gzip\nContent-Type"), 415, "\r\nAccept-Encoding: identity\r\n"},
		"in short": {swap(goodInvite, "Content-Type", "e: gzip\nContent-Type"), 415, "\r\nAccept-Encoding: identity\r\n"},
	}),
	"a caller who takes no SDP is answered with 406 (RFC 3261 §20.1)": asks(map[string]ask{
		"text only": {swap(goodInvite, "Content-Type", "Accept: text/plain\nContent-Type"), 406, "\r\nAccept: application/sdp\r\n"},
		"anything":  {swap(goodInvite, "Content-Type", "Accept: text/plain, */*;q=0.1\nContent-Type"), 401, ""},
	}),
	"an INVITE without credentials is challenged (RFC 3261 §22.1)": asks(map[string]ask{
		"none":           {goodInvite, 401, "WWW-Authenticate: Digest "},
		"other realm":    {swap(goodInvite, "Content-Type", "Authorization: Digest realm=\"other\", username=\"joe\"\nContent-Type"), 401, ""},
		"unknown scheme": {swap(goodInvite, "Content-Type", "Authorization: NoOneKnows opaque-data=here\nContent-Type"), 401, ""},
	}),
	"what has no answer is passed over (RFC 3261 §17.1.1.2, §18.3)": passedOver(map[string]string{
		"ACK of nothing":       as("ACK"),
		"ACK with SIP/3.0":     swap(as("ACK"), "127.0.0.1 SIP/2.0", "127.0.0.1 SIP/3.0"),
		"ACK cut off":          swap(as("ACK"), "Content-Length: 0", "Content-Length: 7"),
		"garbage":              "hello\n\n",
		"bytes":                "\x00\xff\x80\x01",
		"a response of nobody": "SIP/2.0 200 OK\nVia: SIP/2.0/UDP {here};branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: x\nCSeq: 1 INVITE\nContent-Length: 0\n\n",
		"a broken response":    "SIP/2.0 4294967301 better not break\nVia: SIP/2.0/UDP {here};branch=z9hG4bKx\nCSeq: x\n\n",
	}),
}

// requestsOvertaken: the stack hands each message on in a goroutine of its own, and nobody
// is to pay for it who sends in order.
func requestsOvertaken(t *testing.T) {
	const press = "Content-Type: application/dtmf-relay\n"
	k := talks(t, newRig(t, nil), "", plainSDP)
	k.acks("")
	for _, c := range []struct {
		method       string
		cseq, status int
	}{
		{"UPDATE", 4, 200}, {"INFO", 3, 200}, // which was sent first
		{"INFO", 3, 500}, {"OPTIONS", 4, 500}, {"OPTIONS", 2, 500}, // these are old
		{"OPTIONS", 6, 200}, {"INVITE", 5, 500}, // a description that is not the last one
		{"OPTIONS", 1000, 200}, {"OPTIONS", 900, 500}, // nobody sends so many at once
	} {
		extra, body := "", ""
		if c.method == "INFO" {
			extra, body = press, "Signal=1\nDuration=100\n"
		}
		k.puts(c.method, c.cseq, extra, body)
		if status, m := k.answer(c.cseq, c.method); status != c.status {
			t.Errorf("%s %d: %s", c.method, c.cseq, m)
		}
		if c.method == "INVITE" {
			k.puts("ACK", c.cseq, "", "")
		}
	}
	k.cseq = 1000
	k.leaves()
}

// strictRouter: a route without lr.
func strictRouter(t *testing.T) {
	r := newRig(t, nil)
	k := talks(t, r, "Record-Route: <sip:strict@{here}>, <sip:loose@peer.test;lr>\n", plainSDP)
	k.acks("")
	r.hangUp("call-1", call.Near, 0, 16, "over")
	bye, _ := k.endsBy()
	routes := regexp.MustCompile(`(?m)^Route: (.*)\r$`).FindAllStringSubmatch(bye, -1)
	if uri := strings.Fields(bye)[1]; !strings.HasPrefix(uri, "sip:strict@") || len(routes) != 2 || routes[0][1] != "<sip:loose@peer.test;lr>" || !strings.HasPrefix(routes[1][1], "<sip:them@") {
		t.Errorf("got %s", bye)
	}
}
