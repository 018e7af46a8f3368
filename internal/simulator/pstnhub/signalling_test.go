package pstnhub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"
)

// like matches text against a literal in which GUID, HEX32, HEX8, N and KEY stand for what changes.
func like(t *testing.T, got, want string) {
	t.Helper()
	pattern := regexp.QuoteMeta(strings.ReplaceAll(want, "\n", "\r\n"))
	for name, expression := range map[string]string{
		"GUID": `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`, "HEX32": `[0-9a-f]{32}`, "HEX8": `[0-9a-f]{8}`, "NUM": `[0-9]+`, "KEY40": `[A-Za-z0-9+/]{40}`,
	} {
		pattern = strings.ReplaceAll(pattern, name, expression)
	}
	if !regexp.MustCompile(`\A` + pattern + `\z`).MatchString(got) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOptions(t *testing.T) {
	w := newWorld(t, nil)
	for i, region := range []string{"EUWE.3", "USEA.1", "ASEA.5"} {
		l := w.dial(i)
		l.send(options(trunkName))
		like(t, l.next(), `SIP/2.0 200 OK
FROM: <sip:e0.sbc.tandem.test:5061>;tag=abc
TO: <sip:sip.pstnhub.microsoft.com:5061>
CSEQ: 1 OPTIONS
CALL-ID: options-1
VIA: SIP/2.0/TLS e0.sbc.tandem.test:5061;branch=z9hG4bKoptions;rport
CONTENT-LENGTH: 0
ALLOW: INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY
SERVER: Microsoft.PSTNHub.SIPProxy v.2026.9.14.2 i.`+region+`

`)
	}
	w.noViolations()
	l := w.dial(0)
	l.send(strings.Replace(options(trunkName), "Contact: <sip:", "Contact: <sip:user@", 1))
	l.expect("SIP/2.0 200 OK")
	if v := w.proxies.Violations(); v["options-user"] != 1 {
		t.Errorf("violations %v", v)
	}
}

// The whole of an inbound call, every message against a literal.
func TestCallInMicrosoftsWords(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	c := w.newCall(l)
	c.headers = "User-To-User: 48656c6c6f;encoding=hex\r\nx-ms-custom-CaseId: 35567842\r\n"
	c.line.send(c.request("INVITE", "i", c.offer))
	echo := `FROM: <sip:+442079460011@e0.sbc.tandem.test:5061;user=phone>;tag=` + c.id + `
TO: <sip:+4930123456@sip.pstnhub.microsoft.com:5061;user=phone>%s
CSEQ: 1 INVITE
CALL-ID: ` + c.id + `
VIA: SIP/2.0/TLS e0.sbc.tandem.test:NUM;branch=z9hG4bK` + c.id + `i
`
	const tail = `ALLOW: INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY
SERVER: Microsoft.PSTNHub.SIPProxy v.2026.9.14.2 i.EUWE.3

`
	const contact = `RECORD-ROUTE: <sip:sip-du-a-eu.pstnhub.microsoft.com:NUM;transport=tls;lr>
CONTACT: <sip:api-du-a-euwe.pstnhub.microsoft.com:443;x-i=GUID;x-c=HEX32/s/1/HEX32>
`
	like(t, l.next(), "SIP/2.0 100 Trying\n"+fmt.Sprintf(echo, "")+"CONTENT-LENGTH: 0\n"+tail)

	leg := w.leg()
	if leg.From() != "+442079460011" || leg.To() != "+4930123456" || leg.CallID() != c.id || leg.Resource() != "resource-1" || leg.TrunkFQDN() != trunkName || leg.Proxy() != "sip" {
		t.Errorf("leg from %s to %s, %s, %s, %s, %s", leg.From(), leg.To(), leg.CallID(), leg.Resource(), leg.TrunkFQDN(), leg.Proxy())
	}
	if got, want := leg.CustomHeaders(), map[string]string{"userToUser": "48656c6c6f;encoding=hex", "x-ms-custom-CaseId": "35567842"}; !maps.Equal(got, want) {
		t.Errorf("custom headers %v", got)
	}
	leg.Ring()
	leg.Ring()
	ringing := l.next()
	like(t, ringing, "SIP/2.0 180 Ringing\n"+fmt.Sprintf(echo, ";tag=HEX32")+contact+"CONTENT-LENGTH: 0\n"+tail)
	if second := l.expect("SIP/2.0 180 Ringing"); value(ringing, "TO") == value(second, "TO") {
		t.Error("two endpoints ring with one tag")
	}

	ok := c.answered(leg)
	like(t, ok, "SIP/2.0 200 OK\n"+fmt.Sprintf(echo, ";tag=HEX32")+contact+"CONTENT-LENGTH: NUM\nCONTENT-TYPE: application/sdp\n"+tail+`v=0
o=- NUM 0 IN IP4 127.0.0.1
s=session
c=IN IP4 127.0.0.1
b=CT:10000000
t=0 0
m=audio NUM RTP/SAVP 8 0 101
c=IN IP4 127.0.0.1
a=rtcp:NUM
a=label:main-audio
a=sendrecv
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY40|2^31
`)
	if value(ok, "TO") == value(ringing, "TO") {
		t.Error("the 200 has the tag of a 180")
	}
	if !strings.Contains(value(ok, "CONTACT"), leg.CorrelationID()) {
		t.Error("x-i is not the correlation id")
	}

	l.send(c.again("BYE", ""))
	like(t, l.next(), `SIP/2.0 200 OK
FROM: <sip:+442079460011@e0.sbc.tandem.test:5061;user=phone>;tag=`+c.id+`
TO: <sip:+4930123456@sip.pstnhub.microsoft.com:5061;user=phone>;tag=HEX32
CSEQ: 2 BYE
CALL-ID: `+c.id+`
VIA: SIP/2.0/TLS e0.sbc.tandem.test:NUM;branch=z9hG4bK`+c.id+`2
CONTENT-LENGTH: 0
`+tail)
	ended(t, leg, "sbc", 0, 16, codeNormalBySBC)
	l.send(c.again("BYE", ""))
	l.expect("SIP/2.0 481")
	w.noViolations()
}

func TestByeFromMicrosoft(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(1)
	c, leg := w.up(l)
	leg.Bye(16, "CallEndReasonLocalUserInitiated")
	ended(t, leg, "microsoft", 0, 16, codeNormal)
	in := <-w.inbound
	bye := in.next()
	like(t, bye, fmt.Sprintf(`BYE sip:+442079460011@e0.sbc.tandem.test:%d;transport=tls SIP/2.0
FROM: <sip:+4930123456@sip.pstnhub.microsoft.com:5061;user=phone>;tag=HEX32
TO: <sip:+442079460011@e0.sbc.tandem.test:5061;user=phone>;tag=%s
CSEQ: 1 BYE
CALL-ID: %s
MAX-FORWARDS: 70
VIA: SIP/2.0/TLS 127.0.0.1:NUM;branch=z9hG4bKHEX8
REASON: Q.850;cause=16;text="GUID;CallEndReasonLocalUserInitiated"
CONTACT: <sip:api-du-a-usea.pstnhub.microsoft.com:443;x-i=GUID;x-c=HEX32/s/1/HEX32>
CONTENT-LENGTH: 0
USER-AGENT: Microsoft.PSTNHub.SIPProxy v.2026.9.14.2 i.USEA.1

`, w.port, c.id, c.id))
	if value(bye, "FROM") != c.to || !strings.Contains(value(bye, "REASON"), leg.CorrelationID()) {
		t.Errorf("bye of another dialog:\n%s", bye)
	}
	in.send(okTo(bye))
	wait(t, "end of signalling", leg.over)

	// The second call's BYE goes over the same connection, a request of ours on it is dropped.
	c2, leg2 := w.up(l)
	in.send(options(trunkName))
	in.send("\r\n\r\n")
	leg2.Bye(16, "CallEndReasonLocalUserInitiated")
	bye = in.expect("BYE ")
	l.send(c2.again("BYE", "")) // both hang up at once
	l.expect("SIP/2.0 200 OK")
	ended(t, leg2, "microsoft", 0, 16, codeNormal)
	in.send(okTo(bye))
	// The request on the wrong connection is read beside all this.
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for tries := 0; w.proxies.Violations()["wrong-connection"] == 0 && tries < 1000; tries++ {
		<-tick.C
	}
	if v := w.proxies.Violations(); v["wrong-connection"] != 1 || len(v) != 1 {
		t.Errorf("violations %v", v)
	}
}

// okTo answers a request of the proxy.
func okTo(request string) string {
	var b strings.Builder
	b.WriteString("SIP/2.0 200 OK\r\n")
	for _, name := range []string{"VIA", "FROM", "TO", "CALL-ID", "CSEQ"} {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value(request, name))
	}
	return b.String() + "Content-Length: 0\r\n\r\n"
}

func TestByeFollowsRecordRoute(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	c := w.newCall(l)
	c.contact = "<sip:+442079460011@" + trunkName + ":9;transport=tls>"
	c.headers = fmt.Sprintf("Record-Route: <sip:%s:%d;transport=tls;lr>\r\n", trunkName, w.port)
	c.invite()
	leg := w.leg()
	ok := c.answered(leg)
	if n := strings.Count(ok, "RECORD-ROUTE: "); n != 2 {
		t.Errorf("%d RECORD-ROUTE in\n%s", n, ok)
	}
	leg.Bye(16, "x")
	in := <-w.inbound
	bye := in.expect("BYE sip:+442079460011@e0.sbc.tandem.test:9;transport=tls SIP/2.0")
	if got := value(bye, "ROUTE"); got != fmt.Sprintf("<sip:%s:%d;transport=tls;lr>", trunkName, w.port) {
		t.Errorf("ROUTE %q", got)
	}
	in.send(okTo(bye))
	wait(t, "end of signalling", leg.over)
}

func TestByeToAnSBCThatIsGone(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Dial = func(context.Context, netip.Addr, string, int) (net.Conn, error) { return nil, errors.New("no route") }
	})
	_, leg := w.up(w.dial(0))
	leg.Bye(16, "x")
	leg.Bye(16, "again")
	ended(t, leg, "microsoft", 0, 16, codeNormal)
	wait(t, "end of signalling", leg.over)
}

func TestRejectAndCancel(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	c := w.newCall(l).invite()
	leg := w.leg()
	leg.Reject(480, 31, "No callee endpoints were found.")
	refused := l.expect("SIP/2.0 480 Temporarily Unavailable")
	like(t, value(refused, "REASON"), `Q.850;cause=31;text="`+leg.CorrelationID()+`;No callee endpoints were found."`)
	l.send(c.request("ACK", "i", ""))
	ended(t, leg, "microsoft", 480, 31, codeMicrosoft+480)
	if err := leg.Answer(t.Context()); !errors.Is(err, ErrEnded) {
		t.Errorf("answer after the end: %v", err)
	}
	leg.Ring()
	leg.Bye(16, "x")
	leg.Reject(486, 17, "x")
	l.nothing()

	c = w.newCall(l).invite()
	leg = w.leg()
	leg.Ring()
	l.expect("SIP/2.0 180")
	l.send(c.request("CANCEL", "i", ""))
	cancelled := l.expect("SIP/2.0 200 OK")
	if got := value(cancelled, "CSEQ"); got != "1 CANCEL" {
		t.Errorf("CSEQ %q", got)
	}
	terminated := l.expect("SIP/2.0 487 Request Terminated")
	if value(terminated, "CSEQ") != "1 INVITE" || value(terminated, "TO") != value(cancelled, "TO") {
		t.Errorf("got\n%s%s", cancelled, terminated)
	}
	l.send(c.request("ACK", "i", ""))
	ended(t, leg, "sbc", 487, 0, codeCancelled)

	l.send(w.newCall(l).request("CANCEL", "i", ""))
	l.expect("SIP/2.0 481")

	w.newCall(l).invite()
	leg = w.leg()
	leg.Bye(31, "unanswered")
	l.expect("SIP/2.0 480")
	ended(t, leg, "microsoft", 480, 31, codeMicrosoft+480)

	c, leg = w.up(l)
	l.send(strings.Replace(strings.Replace(c.request("CANCEL", "i", ""), c.target, "sip:+4930123456@sip.pstnhub.microsoft.com", 1), c.to, "<sip:+4930123456@sip.pstnhub.microsoft.com:5061;user=phone>", 1))
	l.expect("SIP/2.0 200 OK") // too late: no effect
	l.send(strings.Replace(c.again("BYE", ""), "Content-Length", "Reason: SIP;cause=200, Q.850;cause=31;text=\"x\"\r\nContent-Length", 1))
	l.expect("SIP/2.0 200 OK")
	ended(t, leg, "sbc", 0, 31, codeNormalBySBC)
	w.noViolations()
}

// Every refusal: what is changed in a good INVITE and what it gets.
func TestRefusals(t *testing.T) {
	replace := func(old, replacement string) func(string) string {
		return func(m string) string { return strings.Replace(m, old, replacement, 1) }
	}
	without := func(name string) func(string) string {
		expression := regexp.MustCompile(`(?m)^` + name + `: .*\r\n`)
		return func(m string) string { return expression.ReplaceAllString(m, "") }
	}
	add := func(text string) func(string) string { return replace("Content-Length", text+"\r\nContent-Length") }
	sdp := func(old, replacement string) func(string) string {
		return func(m string) string {
			head, b, _ := strings.Cut(m, "\r\n\r\n")
			b = strings.Replace(b, old, replacement, 1)
			return regexp.MustCompile(`Content-Length: \d+`).ReplaceAllString(head, fmt.Sprintf("Content-Length: %d", len(b))) + "\r\n\r\n" + b
		}
	}
	fqdn := func(name string) func(string) string {
		return func(m string) string { return strings.ReplaceAll(m, trunkName, name) }
	}
	tests := []struct {
		name   string
		change func(string) string
		start  string
		reason string // after the guid; "" for none
	}{
		{"no contact and no record-route", without("Contact"), "400 Bad Request", `63;text="GUID;Record-Route and Contact headers are missing"`},
		{"address in contact", replace("Contact: <sip:+442079460011@"+trunkName, "Contact: <sip:+442079460011@127.0.0.1"), "403 Forbidden", `63;text="GUID;Contact or Record-Route without a FQDN"`},
		{"ipv6 address in contact", replace("Contact: <sip:+442079460011@"+trunkName, "Contact: <sip:+442079460011@[::1]"), "403 Forbidden", `63;text="GUID;Contact or Record-Route without a FQDN"`},
		{"address in record-route", add("Record-Route: <sip:127.0.0.1:5061;lr>"), "403 Forbidden", `63;text="GUID;Contact or Record-Route without a FQDN"`},
		{"record-route names another", add("Record-Route: <sip:e1.sbc.tandem.test:5061;lr>"), "403 Forbidden", `63;text="GUID;Record-Route and Contact name different FQDNs"`},
		{"record-route without contact", func(m string) string {
			return add("Record-Route: <sip:" + trunkName + ":5061;lr>")(without("Contact")(m))
		}, "400 Bad Request", `111;text="GUID;Contact"`},
		{"name not in the certificate", fqdn("e0.foreign.test"), "403 Forbidden", `63;text="GUID;Certificate does not cover the FQDN"`},
		{"two labels under a wildcard", fqdn("a.b.sbc.tandem.test"), "403 Forbidden", `63;text="GUID;Certificate does not cover the FQDN"`},
		{"unknown trunk", fqdn("e9.sbc.tandem.test"), "403 Forbidden", `63;text="GUID;511532 No trunk configuration for the FQDN"`},
		{"called number without plus", replace("INVITE sip:+", "INVITE sip:"), "484 Address Incomplete", `28;text="GUID;Request-URI is not an E.164 number with +"`},
		{"called no number", replace("INVITE sip:+4930123456", "INVITE sip:alice"), "484 Address Incomplete", `28;text="GUID;Request-URI is not an E.164 number with +"`},
		{"called another host", replace("@sip.pstnhub.microsoft.com:5061;user=phone;transport=tls SIP", "@127.0.0.1:5061;user=phone;transport=tls SIP"), "404 Not Found", `1;text="GUID;Request-URI names another host"`},
		{"caller without plus", replace("From: <sip:+", "From: <sip:"), "403 Forbidden", `21;text="GUID;510403 From is not an E.164 number with +"`},
		{"no offer", sdp(offerText(40000), ""), "488 Not Acceptable Here", `88;text="GUID;An SDP offer is needed"`},
		{"body of another type", replace("application/sdp", "text/plain"), "488 Not Acceptable Here", `88;text="GUID;An SDP offer is needed"`},
		{"plain RTP", sdp("RTP/SAVP", "RTP/AVP"), "410 Gone", `22;text="GUID;MediaOfferError"`},
		{"no key", sdp("a=crypto", "a=nothing"), "410 Gone", `22;text="GUID;MediaOfferError"`},
		{"only the short tag", sdp("SHA1_80", "SHA1_32"), "410 Gone", `22;text="GUID;MediaOfferError"`},
		{"duplicate payload type", sdp("a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMU/8000"), "488 Not Acceptable Here", `88;text="GUID;Duplicate payload type"`},
		{"replaces", add("Replaces: abc;to-tag=1;from-tag=2"), "420 Bad Extension", `127;text="GUID;Bad Extension"`},
		{"require 100rel", add("Require: 100rel"), "420 Bad Extension", `127;text="GUID;Bad Extension"`},
		{"require anything", add("Require: timer, precondition"), "420 Bad Extension", `127;text="GUID;Bad Extension"`},
		{"no From tag", func(m string) string { return regexp.MustCompile(`(From: .*);tag=\w+`).ReplaceAllString(m, "$1") }, "400 Bad Request", `111;text="GUID;From"`},
		{"no Call-ID", without("Call-ID"), "400 Bad Request", `111;text="GUID;Header missing or repeated: call-id"`},
		{"two Call-IDs", add("i: another"), "400 Bad Request", `111;text="GUID;Header missing or repeated: call-id"`},
		{"no Max-Forwards", without("Max-Forwards"), "400 Bad Request", `111;text="GUID;Header missing or repeated: max-forwards"`},
		{"Max-Forwards 0", replace("Max-Forwards: 70", "Max-Forwards: 0"), "483 Too Many Hops", `25;text="GUID;Too Many Hops"`},
		{"Max-Forwards no number", replace("Max-Forwards: 70", "Max-Forwards: many"), "400 Bad Request", `111;text="GUID;Max-Forwards"`},
		{"CSeq of another method", replace("1 INVITE", "1 BYE"), "400 Bad Request", `111;text="GUID;CSeq"`},
		{"no branch", func(m string) string { return regexp.MustCompile(`;branch=\w+`).ReplaceAllString(m, "") }, "400 Bad Request", `111;text="GUID;Via"`},
		{"no Via", without("Via"), "400 Bad Request", `111;text="GUID;Via"`},
		{"wrong version", replace(" SIP/2.0\r\n", " SIP/3.0\r\n"), "505 Version Not Supported", `127;text="GUID;Version Not Supported"`},
		{"sips", replace("INVITE sip:", "INVITE sips:"), "416 Unsupported URI Scheme", `127;text="GUID;Unsupported URI Scheme"`},
		{"tel", replace("INVITE sip:+4930123456@sip.pstnhub.microsoft.com:5061;user=phone;transport=tls", "INVITE tel:+4930123456"), "416 Unsupported URI Scheme", `127;text="GUID;Unsupported URI Scheme"`},
		{"tag of a dialog that is not", replace("5061;user=phone>\r\nCall", "5061;user=phone>;tag=gone\r\nCall"), "481 Call/Transaction Does Not Exist", `41;text="GUID;Call/Transaction Does Not Exist"`},
		{"UPDATE", func(m string) string { return strings.ReplaceAll(m, "INVITE", "UPDATE") }, "405 Method Not Allowed", `63;text="GUID;Method Not Allowed"`},
		{"PRACK", func(m string) string { return strings.ReplaceAll(m, "INVITE", "PRACK") }, "405 Method Not Allowed", `63;text="GUID;Method Not Allowed"`},
		{"INFO", func(m string) string { return strings.ReplaceAll(m, "INVITE", "INFO") }, "405 Method Not Allowed", `63;text="GUID;Method Not Allowed"`},
		{"REFER", func(m string) string { return strings.ReplaceAll(m, "INVITE", "REFER") }, "405 Method Not Allowed", `63;text="GUID;Method Not Allowed"`},
		{"NOTIFY without REFER", func(m string) string { return strings.ReplaceAll(m, "INVITE", "NOTIFY") }, "481 Call/Transaction Does Not Exist", `41;text="GUID;Call/Transaction Does Not Exist"`},
		{"OPTIONS without contact", func(m string) string { return without("Contact")(strings.ReplaceAll(m, "INVITE", "OPTIONS")) }, "400 Bad Request", `63;text="GUID;Record-Route and Contact headers are missing"`},
		{"OPTIONS of an unknown trunk", func(m string) string { return fqdn("e9.sbc.tandem.test")(strings.ReplaceAll(m, "INVITE", "OPTIONS")) }, "403 Forbidden", `63;text="GUID;511532 No trunk configuration for the FQDN"`},
	}
	unsupported := map[string]string{"replaces": "replaces", "require 100rel": "100rel", "require anything": "precondition"}
	w := newWorld(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := w.dial(0)
			c := w.newCall(l)
			good := c.request("INVITE", "i", c.offer)
			bad := tt.change(good)
			if bad == good {
				t.Fatal("nothing changed")
			}
			l.send(bad)
			m := l.expect("SIP/2.0 " + tt.start + "\r\n")
			like(t, value(m, "REASON"), "Q.850;cause="+tt.reason)
			if value(m, "ALLOW") != allow || !strings.HasPrefix(value(m, "SERVER"), "Microsoft.PSTNHub.SIPProxy v.") {
				t.Errorf("got\n%s", m)
			}
			if got := value(m, "UNSUPPORTED"); got != unsupported[tt.name] {
				t.Errorf("UNSUPPORTED %q", got)
			}
			l.nothing()
		})
	}
	if len(w.legs) != 0 {
		t.Errorf("%d legs", len(w.legs))
	}
}

func TestAccepted(t *testing.T) {
	tests := []struct {
		name   string
		change func(*call)
		from   string
	}{
		{"anonymous caller", func(c *call) { c.from = `"Anonymous" <sip:anonymous@anonymous.invalid>` }, "anonymous"},
		{"child of a registered parent", func(c *call) { c.contact = "<sip:+1@x.parent.sbc.tandem.test:5061>" }, "+442079460011"},
		{"certificate by second name", func(c *call) { c.contact = "<sip:e0.other.test>" }, "+442079460011"},
		{"parameters outside the brackets", func(c *call) { c.contact = "<sip:+442079460011@" + trunkName + ":5061>;transport=tls" }, "+442079460011"},
		{"address without brackets", func(c *call) { c.contact = "sip:" + trunkName + ":5061;transport=tls" }, "+442079460011"},
		{"require timer", func(c *call) { c.headers = "Require: timer\r\nSession-Expires: 1800\r\n" }, "+442079460011"},
		{"folded header", func(c *call) { c.headers = "Subject: one\r\n two\r\n" }, "+442079460011"},
		{"display name with brackets", func(c *call) { c.from = `"a <sip:b@c> \" ;tag=1" <sip:+15551234567@x.test>` }, "+15551234567"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) {
				c.Resource = func(fqdn string) (string, bool) {
					return "r", fqdn == trunkName || fqdn == "parent.sbc.tandem.test" || fqdn == "e0.other.test"
				}
			})
			w.cert = pki().issue(t, nil, "*.sbc.tandem.test", "*.parent.sbc.tandem.test", "e0.other.test")
			c := w.newCall(w.dial(0))
			tt.change(c)
			c.invite()
			if leg := w.leg(); leg.From() != tt.from {
				t.Errorf("from %s", leg.From())
			}
		})
	}
}

// TestCancelWhileAnswering: the application chooses an early dialog just when the CANCEL comes; for the race detector.
func TestCancelWhileAnswering(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	for range 10 {
		c := w.newCall(l).invite()
		leg := w.leg()
		leg.Ring()
		l.expect("SIP/2.0 180 ")
		l.send(c.request("CANCEL", "i", ""))
		_ = leg.AnswerAs(0) // too late is all right
		l.expect("SIP/2.0 200 OK")
		l.expect("SIP/2.0 487 ")
		l.send(c.request("ACK", "i", ""))
	}
}

func TestTransactions(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	c := w.newCall(l).invite()
	w.leg()
	l.send(c.request("INVITE", "i", c.offer)) // the same again
	l.expect("SIP/2.0 100 Trying")
	l.send(c.request("INVITE", "other", c.offer)) // the same request by another way
	l.expect("SIP/2.0 482 Loop Detected")
	if len(w.legs) != 0 {
		t.Error("one INVITE, two legs")
	}
	other := newWorld(t, nil)
	other.cert = pki().issue(t, nil, "e1.sbc.tandem.test")
	other.proxies.config.Listen = nil
	stranger, err := tls.Dial("tcp", w.proxies.Addrs()[0], other.clientTLS())
	if err != nil {
		t.Fatal(err)
	}
	s := newLine(t, stranger)
	s.send(c.request("CANCEL", "i", "")) // of another trunk's call
	s.expect("SIP/2.0 481")
	up, leg := w.up(l)
	s.send(up.again("BYE", ""))
	s.expect("SIP/2.0 481")
	l2 := w.dial(2) // the trunk itself may use any connection
	l2.send(up.request("BYE", "x", ""))
	l2.expect("SIP/2.0 200 OK")
	ended(t, leg, "sbc", 0, 16, codeNormalBySBC)
}

func TestInDialogRules(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	c, leg := w.up(l)
	target, route := c.target, c.route

	c.target, _, _ = strings.Cut(target, ";")
	l.send(c.again("BYE", ""))
	l.nothing()
	c.target, c.route = target, ""
	l.send(c.again("BYE", ""))
	l.nothing()
	if v := w.proxies.Violations(); v["wrong-target"] != 1 || v["wrong-route"] != 1 {
		t.Errorf("violations %v", v)
	}
	c.route = route
	c.cseq = 0
	l.send(c.again("BYE", "")) // CSeq 1 was the INVITE
	l.expect("SIP/2.0 500")
	l.send(c.again("BYE", ""))
	l.expect("SIP/2.0 200")
	ended(t, leg, "sbc", 0, 16, codeNormalBySBC)
}

func TestReInvite(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.T1 = 20 * time.Millisecond }) // an ACK may take 1.3 s
	l := w.dial(0)
	c := w.newCall(l).invite()
	leg := w.leg()
	first := body(c.answered(leg))
	port := regexp.MustCompile(`m=audio (\d+)`).FindString(first)
	reinvite := func(offer string) string {
		t.Helper()
		l.send(c.again("INVITE", offer))
		ok := l.expect("SIP/2.0 200 OK")
		for value(ok, "CSEQ") != fmt.Sprintf("%d INVITE", c.cseq) { // one more of the 200 before, which crossed its ACK
			ok = l.expect("SIP/2.0 200 OK")
		}
		c2 := *c
		l.send(c2.request("ACK", fmt.Sprintf("ack%d", c.cseq), ""))
		return body(ok)
	}
	if got := reinvite(c.offer); got != first {
		t.Errorf("refresh answered with\n%s\nwant\n%s", got, first)
	}
	held := reinvite(strings.Replace(c.offer, "a=sendrecv", "a=inactive", 1))
	want := strings.Replace(strings.Replace(first, " 0 IN IP4 127", " 1 IN IP4 127", 1), "a=sendrecv", "a=inactive", 1)
	if held != want || !leg.OnHold() {
		t.Errorf("hold answered with\n%s\nwant\n%s", held, want)
	}
	resumed := reinvite(c.offer)
	if want := strings.Replace(first, " 0 IN IP4 127", " 2 IN IP4 127", 1); resumed != want || leg.OnHold() {
		t.Errorf("resume answered with\n%s", resumed)
	}
	if got := reinvite(strings.Replace(c.offer, "a=sendrecv", "a=sendonly", 1)); !strings.Contains(got, "a=sendrecv") || leg.OnHold() {
		t.Errorf("sendonly was understood:\n%s", got)
	}
	if got := reinvite(strings.Replace(c.offer, "m=audio 40000", "m=audio 40002", 1)); !strings.Contains(got, port) {
		t.Errorf("our port moved:\n%s", got)
	}
	if v := w.proxies.Violations(); v["hold-form"] != 1 || v["retarget"] != 1 || len(v) != 2 {
		t.Errorf("violations %v", v)
	}
	for _, tt := range []struct{ name, message, start string }{
		{"no offer", c.again("INVITE", ""), "488"},
		{"bad offer", c.again("INVITE", strings.Replace(c.offer, "SAVP", "AVP", 1)), "410"},
		{"require", strings.Replace(c.again("INVITE", c.offer), "Content-Type", "Require: 100rel\r\nContent-Type", 1), "420"},
		{"another trunk", strings.Replace(c.again("INVITE", c.offer), "Contact: <sip:+442079460011@e0", "Contact: <sip:+442079460011@e1", 1), "403"},
	} {
		l.send(tt.message)
		m := l.next()
		for strings.HasPrefix(m, "SIP/2.0 200") { // as above
			m = l.next()
		}
		if !strings.HasPrefix(m, "SIP/2.0 "+tt.start) {
			t.Errorf("%s: %s", tt.name, m)
		}
		if value(m, "CSEQ") != fmt.Sprintf("%s INVITE", strings.Fields(value(m, "CSEQ"))[0]) {
			t.Errorf("%s: %s", tt.name, m)
		}
	}
	if leg.OnHold() {
		t.Error("a refused offer had an effect")
	}
	l.send(c.again("INVITE", c.offer)) // never acknowledged
	l.expect("SIP/2.0 200 OK")
	l.send(c.again("INVITE", c.offer))
	for {
		if m := l.next(); strings.HasPrefix(m, "SIP/2.0 491") {
			break
		}
	}
	ended(t, leg, "microsoft", 408, 102, codeNoACK)
	in := <-w.inbound
	in.send(okTo(in.expect("BYE ")))
	wait(t, "end of signalling", leg.over)
}

func TestLostACK(t *testing.T) {
	w := newWorld(t, fast)
	l := w.dial(0)
	w.newCall(l).invite()
	leg := w.leg()
	if err := leg.Answer(t.Context()); !errors.Is(err, ErrEnded) {
		t.Errorf("answer: %v", err)
	}
	ended(t, leg, "microsoft", 408, 102, codeNoACK)
	in := <-w.inbound
	bye := in.expect("BYE ")
	in.send(okTo(bye))
	copies := 0
	for len(l.in) > 0 {
		l.expect("SIP/2.0 200 OK")
		copies++
	}
	if copies < 5 { // 5, 15, 35, 75, 115 ms … after the first
		t.Errorf("the 200 came %d times", copies)
	}
	if v := w.proxies.Violations(); v["missing-ack"] != 1 || len(v) != 1 {
		t.Errorf("violations %v", v)
	}
	w.newCall(l).invite()
	leg = w.leg()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := leg.Answer(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("answer with a context that ended: %v", err)
	}
	in.send(okTo(in.expect("BYE ")))
	wait(t, "end of signalling", leg.over)
}

func TestLostConnection(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	pending := func() *Leg { w.newCall(l).invite(); return w.leg() }()
	c, up := w.up(l)
	_ = l.conn.Close()
	ended(t, pending, "sbc", 504, 0, codeDisconnected)
	l = w.dial(0) // an answered call does not mind
	l.send(c.again("BYE", ""))
	l.expect("SIP/2.0 200 OK")
	ended(t, up, "sbc", 0, 16, codeNormalBySBC)
	w.noViolations()
}
