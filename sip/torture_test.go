package sip

import (
	"bufio"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// torture is a message in the spirit of RFC 4475 or RFC 5118 and what becomes of it: the
// statuses that are right, 0 for no answer at all. Over a stream what has no
// recognisable end may end the connection instead.
type torture struct {
	message  string
	statuses []int
	cut      bool // over a stream the connection may end instead
}

func ok(statuses ...int) []int { return statuses }

// unusual is RFC 4475 §3.1.1.2.
func unusual(method string) string {
	const user = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
	return method + " sip:" + user + ":&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\n" +
		"Via: SIP/2.0/UDP {here};branch=z9hG4bK-.!%66*_+`'~{n}\n" +
		"To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:" + user + "@example.com>\n" +
		"From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\u0440\u0430\u0431\u043e\u0442\u0430\u044e\u0449\u0438\u0439\";tag=_token~1'+`*%!-.\n" +
		"Call-ID: {n}.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\n" +
		"CSeq: 139122385 " + method + "\n" +
		"Max-Forwards: 255\nextensionHeader-!.%*+_`'~:\ufeff\u5927\u505c\u96fb\nContent-Length: 0\n\n"
}

// tortures are keyed by the section that describes the case.
func tortures() map[string]torture {
	long := strings.Repeat("long", 256)
	headers := func(lines string) string { return swap(goodOptions, "Content-Length", lines+"Content-Length") }
	to := func(value string) string { return swap(goodOptions, "<sip:us@127.0.0.1>", value) }
	from := func(value string) string { return swap(goodOptions, "<sip:them@peer.test>;tag=1", value) }
	uri := func(value string) string { return swap(goodOptions, "sip:127.0.0.1 SIP", value+" SIP") }
	via := func(value string) string {
		return swap(goodOptions, "SIP/2.0/UDP {here};branch=z9hG4bK{n};rport", value)
	}
	contact := func(value string) string { return swap(goodInvite, "<sip:them@{here}>", value) }
	return map[string]torture{
		// Valid, however odd.
		"4475 3.1.1.1 white space, folding and short names": {`INVITE sip:us@127.0.0.1;unknownparam SIP/2.0
TO :
 sip:us@127.0.0.1
f   : "J Rosenberg \\\""       <sip:them@peer.test>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: {n}
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    {here};rport ; branch = z9hG4bK{n}
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.peer.test;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.peer.test   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:them@peer.test> ; newparam =
      newvalue ;
  secondparam ; q = 0.33
Content-Length: {length}

` + plainSDP, ok(401), false},
		"4475 3.1.1.2 every character of a token":       {strings.ReplaceAll(headers("extensionHeader-!.%*+_`'~: odd\n"), "OPTIONS", "!interesting-Method0123456789_*+`.%indeed'~"), ok(501), false},
		"4475 3.1.1.2 every character of a user":        {swap(goodOptions, "sip:127.0.0.1 SIP", "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@127.0.0.1 SIP"), ok(200), false},
		"4475 3.1.1.2 as it is written there":           {unusual("!interesting-Method0123456789_*+`.%indeed'~"), ok(501), false},
		"4475 3.1.1.2 with a method that is known":      {unusual("OPTIONS"), ok(200), false},
		"4475 3.1.1.3 as it is written there":           {swap(swap(contact("<sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>"), "INVITE sip:"+number+"@127.0.0.1", "INVITE sip:sips%3Auser%40example.com@example.net"), "To: <sip:"+number+"@127.0.0.1>", "To: sip:%75se%72@example.com"), ok(401), false},
		"4475 3.1.1.3 escaped characters":               {uri("sip:sips%3Auser%40example.com@127.0.0.1"), ok(200), false},
		"4475 3.1.1.4 escaped nulls":                    {from("sip:null-%00-null@peer.test;tag=839923423"), ok(200), false},
		"4475 3.1.1.5 percent signs in a method":        {strings.ReplaceAll(goodOptions, "OPTIONS", "RE%47IST%45R"), ok(501), false},
		"4475 3.1.1.6 no space before the bracket":      {from("caller<sip:them@peer.test>;tag=323"), ok(200), false},
		"4475 3.1.1.7 long values":                      {headers("Unknown-" + long + ": " + long + "\nUser-Agent: " + long + "\n"), ok(200), false},
		"4475 3.1.1.7 a long tag and a long user":       {from("\"" + long + "\" <sip:" + long + "@peer.test>;tag=" + long), ok(200), false},
		"4475 3.1.1.7 many Vias":                        {headers(strings.Repeat("Via: SIP/2.0/UDP sip33.peer.test;branch=z9hG4bK1\n", 34)), ok(200), false},
		"4475 3.1.1.8 bytes behind the message":         {goodOptions + "INVITE sip:us@127.0.0.1 SIP/2.0\r\nThis is not looked at\r\n\r\n", ok(200), true},
		"empty lines before the first one (§7.5)":       {"\r\n\r\n" + goodOptions, ok(200), false},
		"4475 3.1.1.9 semicolons in the user":           {uri("sip:user;par=u%40example.net@127.0.0.1"), ok(200), false},
		"4475 3.1.1.10 Vias of all transports":          {headers("Via: SIP/2.0/SCTP a.peer.test;branch=z9hG4bKa\nVia: SIP/2.0/TLS b.peer.test;branch=z9hG4bKb\nVia: SIP/2.0/UNKNOWN c.peer.test;branch=z9hG4bKc\n"), ok(200), false},
		"4475 3.1.1.11 a body of several parts":         {swap(goodInvite, "application/sdp", "multipart/mixed;boundary=7a9cbec02ceef655"), ok(415), false},
		"4475 3.3.4 schemes that nobody knows":          {swap(to("<isbn:2983792873>"), "<sip:them@peer.test>", "<http://www.peer.test>"), ok(200), false},
		"4475 3.3.7 an unknown scheme of credentials":   {headers("Authorization: NoOneKnowsThisScheme opaque-data=here\n"), ok(200), false},
		"4475 3.1.2.12 a date in another zone":          {headers("Date: Fri, 01 Jan 2010 16:00:00 EST\n"), ok(200, 400), false},
		"4475 3.1.2.15 a display name of other letters": {from("Bell, Alexander <sip:them@peer.test>;tag=43"), ok(200, 400), false},
		"4475 3.2.1 a branch of the cookie alone":       {via("SIP/2.0/UDP {here};branch=z9hG4bK;rport"), ok(200), false},
		"4475 3.3.13 an unknown Contact parameter":      {contact("<sip:them@{here}>;unknownparam"), ok(401), false},
		"4475 3.3.15 an unknown Accept":                 {swap(goodInvite, "Content-Type", "Accept: text/nobodyKnowsThis\nContent-Type"), ok(406), false},

		// Not valid.
		"4475 3.1.2.1 separators without values":       {contact("\"Joe\" <sip:them@{here}>;;;;,,"), ok(400), false},
		"4475 3.1.2.1 as it is written there":          {"INVITE sip:user@example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: sip:caller@example.net;tag=134161461246\nMax-Forwards: 7\nCall-ID: {n}\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP {here};;,;,,\nContact: \"Joe\" <sip:joe@example.org>;;;;\nContent-Length: {length}\nContent-Type: application/sdp\n\n" + plainSDP, ok(400), true},
		"4475 3.1.2.2 a Content-Length too large":      {swap(goodInvite, "{length}", "9999"), ok(400), true},
		"4475 3.1.2.3 a Content-Length below zero":     {swap(goodInvite, "{length}", "-999"), ok(400), true},
		"4475 3.1.2.4 a CSeq too large":                {swap(goodOptions, "CSeq: 1 OPTIONS", "CSeq: 36893488147419103232 OPTIONS"), ok(400), true},
		"4475 3.1.2.4 hops too large":                  {swap(goodOptions, "Max-Forwards: 70", "Max-Forwards: 300"), ok(400), false},
		"4475 3.1.2.6 a quotation without end":         {to("\"Mr. J. User <sip:j.user@peer.test>"), ok(400), false},
		"4475 3.1.2.7 brackets around the URI":         {uri("<sip:127.0.0.1>"), ok(400), true},
		"4475 3.1.2.8 a space in the URI":              {uri("sip:us@127.0.0.1; lr"), ok(400), true},
		"4475 3.1.2.9 two spaces in the first line":    {uri(" sip:us@127.0.0.1"), ok(400), true},
		"4475 3.1.2.10 spaces behind the first line":   {swap(goodOptions, "127.0.0.1 SIP/2.0\n", "127.0.0.1 SIP/2.0  \n"), ok(400), true},
		"4475 3.1.2.11 headers in the Request-URI":     {uri("sip:us@127.0.0.1?Route=%3Csip:peer.test%3E"), ok(400), false},
		"4475 3.1.2.14 no scheme in To":                {to("\"Watson, Thomas\" < t.watson@peer.test >"), ok(400), false},
		"4475 3.1.2.16 another version":                {swap(goodOptions, "127.0.0.1 SIP/2.0", "127.0.0.1 SIP/7.0"), ok(505), false},
		"4475 3.1.2.17 a CSeq of another method":       {swap(goodOptions, "CSeq: 1 OPTIONS", "CSeq: 8 INVITE"), ok(400), false},
		"4475 3.1.2.18 an unknown method's CSeq":       {swap(as("NEWMETHOD"), "CSeq: 1 NEWMETHOD", "CSeq: 8 INVITE"), ok(400, 501), false},
		"4475 3.3.1 nothing but Via and CSeq":          {"INVITE sip:us@127.0.0.1 SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport\nContent-Type: application/sdp\nl: {length}\n\n" + plainSDP, ok(400), false},
		"4475 3.3.2 a scheme that nobody knows":        {uri("nobodyKnowsThisScheme:totallyopaquecontent"), ok(416), false},
		"4475 3.3.3 a scheme of another trade":         {uri("soap.beep://192.0.2.103:3002"), ok(416), true},
		"4475 3.3.5 Require and Proxy-Require":         {headers("Require: nothingSupportsThis, nothingSupportsThisEither\nProxy-Require: noProxiesSupportThis\n"), ok(420), false},
		"4475 3.3.6 an unknown body":                   {swap(goodInvite, "application/sdp", "application/unknownformat"), ok(415), false},
		"4475 3.3.8 two of what there is one of":       {headers("CSeq: 5 OPTIONS\nCall-ID: other\nMax-Forwards: 5\nFrom: <sip:b@peer.test>;tag=2\n"), ok(400), false},
		"4475 3.3.9 two Content-Lengths":               {swap(goodInvite, "Content-Length: {length}", "Content-Length: 13\nContent-Length: 244"), ok(400), true},
		"4475 3.3.11 no hops left":                     {swap(goodOptions, "Max-Forwards: 70", "Max-Forwards: 0"), ok(483), false},
		"4475 3.3.12, 3.3.14 a REGISTER with Contacts": {swap(as("REGISTER"), "Content-Length", "Contact: sip:+19725552222@gw1.example.net;unknownparam, <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\nContent-Length"), ok(405), false},
		"4475 3.4.1 RFC 2543 as it is written there":   {"INVITE sip:UserB@example.com SIP/2.0\nVia: SIP/2.0/UDP {here}\nFrom: <sip:caller@example.com>\nRecord-Route: <sip:UserB@example.com;maddr=ss1.example.com>\nTo: sip:UserB@example.com\nCall-ID: {n}\nCSeq: 56 INVITE\nContent-Type: application/sdp\n\n" + plainSDP, ok(400), true},
		"4475 3.4.1 RFC 2543 without a tag":            {swap(goodInvite, ";tag=them-{n}", ""), ok(400), false},
		"a header without a colon":                     {headers("This is no header\n"), ok(400), true},
		"the headers do not end":                       {"OPTIONS sip:us@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n}", ok(400), true},

		// Responses are for nobody.
		"4475 3.1.1.12 an unusual phrase":   {"SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n}\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: {n}\nCSeq: 1 INVITE\nContent-Length: 0\n\n", ok(0), false},
		"4475 3.1.1.13 no phrase":           {"SIP/2.0 100 \nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n}\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: {n}\nCSeq: 1 INVITE\nContent-Length: 0\n\n", ok(0), false},
		"4475 3.1.2.19 a status too large":  {"SIP/2.0 4294967301 better not break\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n}\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: {n}\nCSeq: 1 INVITE\nContent-Length: 0\n\n", ok(0), true},
		"4475 3.1.2.5 numbers too large":    {"SIP/2.0 503 Service Unavailable\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n}\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: {n}\nCSeq: 9292394834772304023312 OPTIONS\nRetry-After: 949302838503028349304023988\nContent-Length: 0\n\n", ok(0), true},
		"4475 3.3.10 a Via of everybody":    {"SIP/2.0 200 OK\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK{n}\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: {n}\nCSeq: 1 INVITE\nContent-Length: 0\n\n", ok(0), false},
		"a response without any header":     {"SIP/2.0 200 OK\n\n", ok(0), true},
		"a response whose Via has no end":   {"SIP/2.0 200 OK\nVia: SIP/2.0/UDP [::1;branch=z9hG4bK{n}\nCSeq: 1 INVITE\nContent-Length: 0\n\n", ok(0), true},
		"an ACK that nobody waits for":      {as("ACK"), ok(0), false},
		"an ACK whose first line is broken": {swap(as("ACK"), "sip:127.0.0.1", "sip:127 .0.0.1"), ok(0), true},

		// IPv6.
		"5118 4.1 an IPv6 reference":               {uri("sip:[2001:db8::10]"), ok(200), false},
		"5118 4.2 an IPv6 address without bracket": {uri("sip:2001:db8::10"), ok(400), true},
		"5118 4.3 a port inside the brackets":      {uri("sip:[2001:db8::10:5070]"), ok(200), false},
		"5118 4.4 a port behind the brackets":      {uri("sip:[2001:db8::10]:5070"), ok(200), false},
		"5118 4.5 received with brackets":          {headers("Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111\n"), ok(200), false},
		"5118 4.5 received without brackets":       {headers("Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-111\n"), ok(200), false},
		"5118 4.6 a Contact of IPv6":               {contact("<sip:them@[2001:db8::1]>"), ok(401), false},
		"5118 4.8 a Via of IPv6 and a port":        {headers("Via: SIP/2.0/UDP [2001:db8::9:1]:5060;branch=z9hG4bKas3-112\n"), ok(200), false},
		"5118 4.9 an IPv4 address in an IPv6 one":  {uri("sip:[::ffff:192.0.2.10]"), ok(200), false},
		"5118 4.10 three colons":                   {uri("sip:us@[2001:db8:::192.0.2.1]"), ok(200, 400), false},
	}
}

// tortureOverUDP: each gets the right answer or none, and the edge is alive afterwards.
func tortureOverUDP(t *testing.T) {
	r := newRig(t, nil)
	for name, c := range tortures() {
		t.Run(name, func(t *testing.T) {
			p := newRaw(t, r)
			sent := p.fill(c.message)
			if strings.HasPrefix(name, "the headers") {
				sent = strings.TrimRight(sent, "\r\n")
			}
			p.write(sent)
			c.judge(t, func() int { status, _ := p.final(); return status }, func() { p.send(goodOptions) })
		})
	}
}

// judge compares the answer, or the answer to another request if there is to be none.
func (c torture) judge(t *testing.T, answer func() int, options func()) {
	t.Helper()
	if c.statuses[0] != 0 {
		if got := answer(); !slices.Contains(c.statuses, got) {
			t.Fatalf("got %d, want one of %d", got, c.statuses)
		}
	}
	options()
	if got := answer(); got != 200 {
		t.Errorf("afterwards %d", got)
	}
}

// tortureOverTCP: the same on a stream, where what has no recognisable end may cost the
// connection, and nothing else.
func tortureOverTCP(t *testing.T) {
	r := newRig(t, nil)
	for name, c := range tortures() {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", r.edge.Addrs().TCP.String())
			r.must(err)
			defer func() { _ = conn.Close() }()
			r.must(conn.SetDeadline(time.Now().Add(patience)))
			p := &raw{t: t, conn: unconnected(t)}
			in := bufio.NewReader(conn)
			closed := false
			answer := func() int {
				for {
					m, err := readMessage(in)
					if err != nil {
						closed = true
						return 0
					}
					if status, _ := strconv.Atoi(strings.Fields(m)[1]); strings.HasPrefix(m, "SIP/2.0 ") && status >= 200 {
						return status
					}
				}
			}
			write := func(message string) {
				message = p.fill(strings.ReplaceAll(message, "SIP/2.0/UDP {here}", "SIP/2.0/TCP {here}"))
				_, _ = conn.Write([]byte(message))
			}
			write(c.message)
			if c.cut {
				write(goodOptions)
				_ = conn.(*net.TCPConn).CloseWrite() // the edge may have been faster
				if got := answer(); !closed && got != 200 && !slices.Contains(c.statuses, got) {
					t.Errorf("got %d", got)
				}
			} else {
				c.judge(t, answer, func() { write(goodOptions) })
			}
			other := newRaw(t, r)
			other.send(goodOptions)
			if status, response := other.final(); status != 200 {
				t.Errorf("the edge answers %s", response)
			}
		})
	}
}
