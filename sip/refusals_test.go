package sip

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/sip/guard"
	"tandem/sip/profile"
)

// farRefusals: what is refused to peers is refused to Microsoft too, and a call out is before
// anybody is asked about it.
func farRefusals(t *testing.T) {
	allow := "\r\nAllow: " + guard.Allow(profile.Methods()).Value() + "\r\n"
	options := request("OPTIONS", "sip:"+trunkName+":5061;transport=tls", 1, "<sip:"+trunkName+">", microsoftSays, "{id}", "", "")
	invite := func(extra, body string) string {
		return request("INVITE", "sip:+49301@"+trunkName+":5061;user=phone;transport=tls", 1, "<sip:+49301@"+trunkName+">", microsoftSays, "{id}",
			"X-MS-CUSTOM-TANDEM: token-1\n"+extra, body)
	}
	typed := "CONTENT-TYPE: application/sdp\n"
	r := newRig(t, nil)
	number := 0
	for name, c := range map[string]ask{
		"483 OPTIONS":                {swap(options, "MAX-FORWARDS: 70", "MAX-FORWARDS: 0"), 483, "Too Many Hops"},
		"483 INVITE":                 {swap(invite(typed, farSDP), "MAX-FORWARDS: 70", "MAX-FORWARDS: 0"), 483, "Too Many Hops"},
		"420":                        {invite("REQUIRE: nothingSupportsThis\n"+typed, farSDP), 420, "\r\nUnsupported: nothingSupportsThis\r\n"},
		"501":                        {strings.ReplaceAll(options, "OPTIONS", "DANCE"), 501, allow},
		"405":                        {strings.ReplaceAll(options, "OPTIONS", "SUBSCRIBE"), 405, allow},
		"505":                        {swap(options, "transport=tls SIP/2.0", "transport=tls SIP/3.0"), 505, ""},
		"481 BYE":                    {strings.ReplaceAll(swap(options, "<sip:"+trunkName+">", "<sip:"+trunkName+">;tag=x"), "OPTIONS", "BYE"), 481, ""},
		"481 INVITE":                 {swap(invite(typed, farSDP), "<sip:+49301@"+trunkName+">", "<sip:+49301@"+trunkName+">;tag=x"), 481, ""},
		"488 plain RTP":              {invite(typed, strings.ReplaceAll(farSDP, "SAVP", "AVP")), 488, "\r\nWarning: "},
		"488 no codec":               {invite(typed, strings.NewReplacer("RTP/SAVP 8 ", "RTP/SAVP 18 ", "RTP/SAVP 0 ", "RTP/SAVP 18 ", "PCMA", "G729", "PCMU", "G729").Replace(farSDP)), 488, "\r\nWarning: "},
		"415":                        {invite("CONTENT-TYPE: text/plain\n", farSDP), 415, "\r\nAccept: application/sdp\r\n"},
		"404 another trunk":          {strings.ReplaceAll(invite(typed, farSDP), "+49301@"+trunkName, "+49301@e9.sbc.tandem.test"), 404, ""},
		"404 no number":              {strings.ReplaceAll(invite(typed, farSDP), "+49301@", "anna@"), 404, ""},
		"400 CSeq of another":        {swap(options, "CSEQ: 1 OPTIONS", "CSEQ: 1 INFO"), 400, "CSeq of another method\r\n"},
		"400 two Max-Forwards":       {swap(options, "MAX-FORWARDS: 70", "MAX-FORWARDS: 70\nMAX-FORWARDS: 70"), 400, "several Max-Forwards\r\n"},
		"416 a scheme of somebody's": {swap(invite(typed, farSDP), "INVITE sip:", "INVITE tel:"), 416, ""},
	} {
		t.Run(name, func(t *testing.T) {
			number++
			l, err := r.callIn(ptr(world().microsoft))
			r.must(err)
			_, err = io.WriteString(l.conn, strings.ReplaceAll(strings.ReplaceAll(c.message, "{id}", fmt.Sprintf("refused-%d", number)), "\n", "\r\n"))
			r.must(err)
			m := l.await("SIP/2.0 ")
			for strings.HasPrefix(m, "SIP/2.0 1") {
				m = l.await("SIP/2.0 ")
			}
			if !strings.HasPrefix(m, fmt.Sprintf("SIP/2.0 %d ", c.status)) || !strings.Contains(m, c.says) {
				t.Errorf("got %s", m)
			}
			r.must(l.conn.Close())
		})
	}
	if len(r.engine.outs) != 0 {
		t.Error("the engine was asked about a call out that cannot be")
	}
}

// carriersRefusals: what a peer asks for inside a call out and cannot have changes nothing.
func carriersRefusals(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	p.replies(invite, 200, "", plainSDP)
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	event[call.LegAnswered](r)
	cseq := 0
	inside := func(method, version, tag, extra, body string) (int, string) {
		cseq++
		p.send(fmt.Sprintf("%s %s %s\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n}i\nMax-Forwards: 70\nFrom: %s;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\nContact: <sip:{here}>\n%sContent-Length: {length}\n\n%s",
			method, strings.Trim(field(invite, "Contact"), "<>"), version, field(invite, "To"), tag, field(invite, "From"), field(invite, "Call-ID"), cseq, method, extra, body))
		status, m := p.final()
		if method == "INVITE" {
			p.send(fmt.Sprintf("ACK %s SIP/2.0\nVia: %s\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %d ACK\nContent-Length: 0\n\n",
				strings.Trim(field(invite, "Contact"), "<>"), strings.ReplaceAll(field(m, "Via"), ";rport", ""), field(m, "From"), field(m, "To"), field(m, "Call-ID"), cseq))
		}
		return status, m
	}
	typed := "Content-Type: application/sdp\n"
	for _, c := range []struct {
		name, method, version, tag, extra, body string
		status                                  int
		says                                    string
	}{
		{"an extension", "INVITE", "SIP/2.0", "raw", "Require: nothingSupportsThis\n" + typed, plainSDP, 420, "\r\nUnsupported: nothingSupportsThis\r\n"},
		{"a codec", "INVITE", "SIP/2.0", "raw", typed, strings.NewReplacer("AVP 8 ", "AVP 18 ", "rtpmap:8 PCMA", "rtpmap:18 G729").Replace(plainSDP), 488, "\r\nWarning: "},
		{"a body", "INVITE", "SIP/2.0", "raw", "Content-Type: text/plain\n", "hello\n", 415, "\r\nAccept: application/sdp\r\n"},
		{"a method", "DANCE", "SIP/2.0", "raw", "", "", 501, nearAllow()},
		{"a method that is not taken", "MESSAGE", "SIP/2.0", "raw", "", "", 405, nearAllow()},
		{"a version", "OPTIONS", "SIP/3.0", "raw", "", "", 505, ""},
		{"a dialog", "BYE", "SIP/2.0", "somebody", "", "", 481, ""},
		{"nothing", "OPTIONS", "SIP/2.0", "raw", "", "", 200, ""},
		{"the end", "BYE", "SIP/2.0", "raw", "", "", 200, ""},
	} {
		if status, m := inside(c.method, c.version, c.tag, c.extra, c.body); status != c.status || !strings.Contains(m, c.says) {
			t.Errorf("%s: %s", c.name, m)
		}
	}
	<-got.leg.Ended()
	r.ended(outSide)
	r.clean()
}
