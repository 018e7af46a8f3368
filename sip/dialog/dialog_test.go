package dialog

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

// As Microsoft writes them (facts/direct-routing.md §6.2).
const (
	microsoftTarget = "sip:api-du-a-euwe.pstnhub.microsoft.com:443;x-i=5fd5a3a1-0ff0-4b1f-8a6a-5a4a4f5e0c11;x-c=0a1b2c3d4e5f60718293a4b5c6d7e8f9/d/8/00112233445566778899aabbccddeeff"
	microsoftRoute  = "<sip:sip-du-a-eu.pstnhub.microsoft.com:5061;transport=tls;lr>"
)

const microsoftInvite = `INVITE sip:+493012345@t1.sbc.test:5061;user=phone;transport=tls SIP/2.0
FROM: Display Name<sip:+493099@sip.pstnhub.microsoft.com:5061;user=phone>;tag=0123456789abcdef
TO: <sip:+493012345@t1.sbc.test:5061;user=phone>
CSEQ: 7 INVITE
CALL-ID: fedcba9876543210
MAX-FORWARDS: 70
VIA: SIP/2.0/TLS 52.112.0.9:5061;branch=z9hG4bK12345678
RECORD-ROUTE: ` + microsoftRoute + `
CONTACT: <` + microsoftTarget + `>
CONTENT-LENGTH: 0

`

const okay = `SIP/2.0 200 OK
Via: SIP/2.0/TLS t1.sbc.test:5061;branch=z9hG4bKours
Record-Route: <sip:one.test:5061;transport=tls;lr>, <sip:two.test;lr;x=a%2Cb>
Record-Route: <sip:three.test;lr>
From: <sip:+493012345@t1.sbc.test:5061;user=phone>;tag=ours
To: <sip:+493099@sip.pstnhub.microsoft.com:5061;user=phone>;tag=theirs
Call-ID: ours
CSeq: 1 INVITE
Contact: <` + microsoftTarget + `>
Content-Length: 0

`

func parsed[M sipmsg.Message](t testing.TB, message string) M {
	t.Helper()
	m, err := sipmsg.ParseMessage([]byte(strings.ReplaceAll(message, "\n", "\r\n")))
	if err != nil {
		t.Fatalf("%v in %s", err, message)
	}
	typed, ok := m.(M)
	if !ok {
		t.Fatalf("a %T", m)
	}
	return typed
}

func swap(t testing.TB, message, old, with string) string {
	t.Helper()
	if !strings.Contains(message, old) {
		t.Fatalf("%q is not in the message", old)
	}
	return strings.Replace(message, old, with, 1)
}

// sent is a request as it goes out, with the random branch replaced.
func sent(r *sipmsg.Request) string {
	text := strings.ReplaceAll(r.String(), "\r\n", "\n")
	return regexp.MustCompile(`branch=z9hG4bK[0-9a-f]{24}`).ReplaceAllString(text, "branch=BRANCH")
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestAnswering: the dialog of an INVITE of Microsoft's, and the BYE in it, with the
// target and the route letter by letter (facts/direct-routing.md §6.2, §18 no. 26).
func TestAnswering(t *testing.T) {
	d, err := Answering(parsed[*sipmsg.Request](t, microsoftInvite), "ours", "<sip:t1.sbc.test:5061;transport=tls>")
	if err != nil {
		t.Fatal(err)
	}
	if d.Target != microsoftTarget || !slices.Equal(d.Routes, []string{microsoftRoute}) {
		t.Errorf("target %s, routes %q", d.Target, d.Routes)
	}
	if d.LocalTag != "ours" || d.RemoteTag != "0123456789abcdef" || d.RemoteCSeq != 7 || d.CSeq != 0 || d.CallID != "fedcba9876543210" {
		t.Errorf("got %+v", d)
	}
	d.Transport = "TLS" // of the connection
	bye, err := d.Request(sipmsg.BYE, "t1.sbc.test:5061")
	if err != nil {
		t.Fatal(err)
	}
	same(t, sent(bye), `BYE `+microsoftTarget+` SIP/2.0
Via: SIP/2.0/TLS t1.sbc.test:5061;branch=BRANCH
Max-Forwards: 70
Route: `+microsoftRoute+`
From: <sip:+493012345@t1.sbc.test:5061;user=phone>;tag=ours
To: "Display Name" <sip:+493099@sip.pstnhub.microsoft.com:5061;user=phone>;tag=0123456789abcdef
Call-ID: fedcba9876543210
CSeq: 1 BYE
Content-Length: 0

`)
	if bye.Destination() != "sip-du-a-eu.pstnhub.microsoft.com:5061" || bye.Transport() != "TLS" {
		t.Errorf("goes to %s over %s", bye.Destination(), bye.Transport())
	}
}

// TestAnsweringKeepsTheOrderOfRoutes (RFC 3261 §12.1.1).
func TestAnsweringKeepsTheOrderOfRoutes(t *testing.T) {
	m := swap(t, microsoftInvite, microsoftRoute, "<sip:one.test;lr>, <sip:two.test;lr>\nRecord-Route: <sip:three.test;lr>")
	d, err := Answering(parsed[*sipmsg.Request](t, m), "ours", "<sip:us>")
	if err != nil || !slices.Equal(d.Routes, []string{"<sip:one.test;lr>", "<sip:two.test;lr>", "<sip:three.test;lr>"}) {
		t.Errorf("%v: %q", err, d.Routes)
	}
}

// dialled is the dialog of an INVITE of ours before any response.
func dialled() Dialog {
	return Dialog{
		CallID: "ours", Local: "<sip:+493012345@t1.sbc.test:5061;user=phone>;tag=ours", Remote: "<sip:+493099@sip.pstnhub.microsoft.com:5061;user=phone>",
		LocalTag: "ours", CSeq: 1, Target: "sip:+493099@sip.pstnhub.microsoft.com:5061", Transport: "TLS", Contact: "<sip:t1.sbc.test:5061;transport=tls>",
	}
}

// TestEstablish: routes are turned round (RFC 3261 §12.1.2), and what d was stays as it was.
func TestEstablish(t *testing.T) {
	before := dialled()
	d, err := before.Establish(parsed[*sipmsg.Response](t, okay))
	if err != nil {
		t.Fatal(err)
	}
	routes := []string{"<sip:three.test;lr>", "<sip:two.test;lr;x=a%2Cb>", "<sip:one.test:5061;transport=tls;lr>"}
	if !slices.Equal(d.Routes, routes) || d.Target != microsoftTarget || d.RemoteTag != "theirs" {
		t.Errorf("got %+v", d)
	}
	if before.RemoteTag != "" || before.Routes != nil {
		t.Errorf("changed to %+v", before)
	}
	ack, err := d.Request(sipmsg.ACK, "t1.sbc.test:5061")
	if err != nil {
		t.Fatal(err)
	}
	const head = ` SIP/2.0
Via: SIP/2.0/TLS t1.sbc.test:5061;branch=BRANCH
Max-Forwards: 70
Route: <sip:three.test;lr>
Route: <sip:two.test;lr;x=a%2Cb>
Route: <sip:one.test:5061;transport=tls;lr>
From: <sip:+493012345@t1.sbc.test:5061;user=phone>;tag=ours
To: <sip:+493099@sip.pstnhub.microsoft.com:5061;user=phone>;tag=theirs
Call-ID: ours
`
	same(t, sent(ack), "ACK "+microsoftTarget+head+"CSeq: 1 ACK\nContent-Length: 0\n\n")
	again, err := d.Request(sipmsg.INVITE, "t1.sbc.test:5061")
	if err != nil {
		t.Fatal(err)
	}
	same(t, sent(again), "INVITE "+microsoftTarget+head+"CSeq: 2 INVITE\nContent-Length: 0\nContact: <sip:t1.sbc.test:5061;transport=tls>\n\n")
}

// TestLetterByLetter: how a URI was written is kept through the stack's parser, in the
// target and in the routes. (Not so the scheme, which it writes in small letters.)
func TestLetterByLetter(t *testing.T) {
	for _, uri := range []string{
		microsoftTarget, "sip:a.test", "sip:a.test:5061;lr=on", "sip:A@B.Test;X-I=Q;x-c=a/d/8/b", "sip:%61@b.test;x=%2C",
		"sip:a:pw@b.test", "sip:+49;phone-context=x.test@b.test", "sip:a@[2001:db8::1]:5070;lr", "sips:a@b.test", "sip:a,b@c.test;lr", "sip:a@b.test?k=v&l=m", "sip:a@b.test;z;y;x;w=1",
		"sip:#1@b.test", "sip:a@b.test:5060;transport=TCP;ob", "sip:1@b.test;x-i=5fd5a3a1;x-c=a=b", "sip:a@b.test;TRANSPORT=tls;Lr", "sip:a@192.0.2.1;maddr=192.0.2.2;ttl=1",
	} {
		m := strings.NewReplacer(microsoftTarget, uri, "sip:three.test;lr", uri).Replace(okay)
		d, err := dialled().Establish(parsed[*sipmsg.Response](t, m))
		if err != nil {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		if d.Target != uri || d.Routes[0] != "<"+uri+">" {
			t.Errorf("%s: target %s, route %s", uri, d.Target, d.Routes[0])
		}
		d.Routes = nil
		if r, err := d.Request(sipmsg.BYE, "us"); err != nil || !strings.HasPrefix(r.String(), "BYE "+uri+" SIP/2.0\r\n") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

// TestFork: two answers to one INVITE are two dialogs that know nothing of each other.
func TestFork(t *testing.T) {
	early := parsed[*sipmsg.Response](t, swap(t, okay, "200 OK", "183 Session Progress"))
	first, err := dialled().Establish(early)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer("tag=theirs", "tag=another", "<sip:three.test;lr>", "<sip:four.test;lr>", microsoftTarget, "sip:other.test").Replace(okay)
	second, err := first.Establish(parsed[*sipmsg.Response](t, other))
	if err != nil {
		t.Fatal(err)
	}
	if first.RemoteTag != "theirs" || first.Routes[0] != "<sip:three.test;lr>" || second.RemoteTag != "another" || second.Routes[0] != "<sip:four.test;lr>" || len(second.Routes) != 3 || second.Target != "sip:other.test" {
		t.Errorf("first %+v, second %+v", first, second)
	}
}

// TestUnusable: messages that make no dialog.
func TestUnusable(t *testing.T) {
	for name, with := range map[string]string{
		"Contact *": "Contact: *", "no Contact": "X: y", "Contact of a telephone": "Contact: <tel:+4930>",
		"Contact without host": "Contact: <sip:>", "port too large": "Contact: <sip:a.test:70000>",
	} {
		m := swap(t, okay, "Contact: <"+microsoftTarget+">", with)
		if _, err := dialled().Establish(parsed[*sipmsg.Response](t, m)); !errors.Is(err, ErrUnusable) {
			t.Errorf("%s in a response: %v", name, err)
		}
		m = swap(t, microsoftInvite, "CONTACT: <"+microsoftTarget+">", with)
		if _, err := Answering(parsed[*sipmsg.Request](t, m), "ours", "<sip:us>"); !errors.Is(err, ErrUnusable) {
			t.Errorf("%s in a request: %v", name, err)
		}
	}
	for name, m := range map[string]string{
		"no tag": swap(t, okay, ";tag=theirs", ""), "empty tag": swap(t, okay, ";tag=theirs", ";tag="),
		"no To": swap(t, okay, "To: <sip:+493099@sip.pstnhub.microsoft.com:5061;user=phone>;tag=theirs\n", ""),
	} {
		if _, err := dialled().Establish(parsed[*sipmsg.Response](t, m)); !errors.Is(err, ErrUnusable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHop: where requests go (RFC 3261 §12.2.1.1; ports of RFC 3263 §4.2).
func TestHop(t *testing.T) {
	for name, c := range map[string]struct {
		target, transport string
		routes            []string
		want              string // empty: refused
	}{
		"target":               {"sip:a.test:5070", "UDP", nil, "UDP a.test:5070"},
		"no port":              {"sip:a.test", "UDP", nil, "UDP a.test:5060"},
		"no port, TLS":         {"sip:a.test", "TLS", nil, "TLS a.test:5061"},
		"transport of the URI": {"sip:u@a.test;transport=tcp", "UDP", nil, "TCP a.test:5060"},
		"sips":                 {"sips:a.test;transport=tcp", "UDP", nil, "TLS a.test:5061"},
		"small letters":        {"sip:a.test", "tcp", nil, "TCP a.test:5060"},
		"IPv6":                 {"sip:u@[2001:db8::1]:5070", "UDP", nil, "UDP [2001:db8::1]:5070"},
		"route":                {microsoftTarget, "TLS", []string{microsoftRoute, "<sip:b.test;lr>"}, "TLS sip-du-a-eu.pstnhub.microsoft.com:5061"},
		"route with a name":    {"sip:a.test", "UDP", []string{`"x <sip:no.test>" <sip:b.test;lr>;y=z`}, "UDP b.test:5060"},
		"another transport":    {"sip:a.test;transport=sctp", "UDP", nil, ""},
		"no transport":         {"sip:a.test", "", nil, ""},
		"route of a telephone": {"sip:a.test", "UDP", []string{"<tel:+49>"}, ""},
		"nothing":              {"", "UDP", nil, ""},
	} {
		d := Dialog{Target: c.target, Transport: c.transport, Routes: c.routes}
		h, err := d.Hop()
		if got := h.Transport + " " + h.String(); err == nil && got != c.want || err != nil && c.want != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		before := d.CSeq
		if _, err := d.Request(sipmsg.BYE, "us"); c.want == "" && (err == nil || d.CSeq != before) {
			t.Errorf("%s: a BYE was made", name)
		}
	}
}

func TestNewVia(t *testing.T) {
	for sentBy, want := range map[string]string{
		"t1.sbc.test:5061": "SIP/2.0/TLS t1.sbc.test:5061;branch=z", "t1.sbc.test": "SIP/2.0/TLS t1.sbc.test;branch=z",
		"[2001:db8::1]:5061": "SIP/2.0/TLS [2001:db8::1]:5061;branch=z", "2001:db8::1": "SIP/2.0/TLS [2001:db8::1];branch=z",
	} {
		if got := NewVia("TLS", sentBy, "z").Value(); got != want {
			t.Errorf("%s: %s", sentBy, got)
		}
	}
	if got := NewVia("UDP", "192.0.2.1:5060", "z").Value(); got != "SIP/2.0/UDP 192.0.2.1:5060;branch=z;rport" {
		t.Error(got)
	}
}

// TestCancel: the same Request-URI, Via, Route, From, To, Call-ID and number as the INVITE
// (RFC 3261 §9.1).
func TestCancel(t *testing.T) {
	h := Head{
		Method: sipmsg.INVITE, URI: "sip:+493099@sip.test:5061;user=phone;transport=tls", From: "<sip:us>;tag=ours", To: "<sip:them>", CallID: "ours", CSeq: 3,
		Routes: []string{"<sip:a.test;lr>", "<sip:b.test;lr>"}, Via: NewVia("TLS", "t1.sbc.test:5061", "z9hG4bKours"),
	}
	invite := Build(h)
	invite.SetBody(nil)
	hop := Hop{Host: "a.test", Port: 5061, Transport: "TLS"}
	cancel := Cancel(h, hop)
	same(t, sent(cancel), strings.ReplaceAll(sent(invite), "INVITE", "CANCEL"))
	if cancel.Destination() != "a.test:5061" || cancel.Transport() != "TLS" {
		t.Errorf("goes to %s over %s", cancel.Destination(), cancel.Transport())
	}
	cancel.Via().Params.Add("received", "192.0.2.1")
	if h.Via.Params.Has("received") || h.Method != sipmsg.INVITE {
		t.Error("the INVITE's head was changed")
	}
}

func TestTokensDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		seen[Token()] = true
	}
	if len(seen) != 1000 || !strings.HasPrefix(Branch(), "z9hG4bK") || len(Token()) != 24 {
		t.Errorf("%d of 1000; %s", len(seen), Branch())
	}
}

// TestHopBehindNAT: who names an address of his own network is reached where his packets
// come from; whoever can be reached is reached at his Contact.
func TestHopBehindNAT(t *testing.T) {
	for name, c := range map[string]struct {
		d    Dialog
		want string
	}{
		"private":          {Dialog{Target: "sip:a@10.0.0.1:5060", Source: "192.0.2.1:40000"}, "192.0.2.1:40000"},
		"carrier's NAT":    {Dialog{Target: "sip:a@100.64.9.9", Source: "192.0.2.1:40000"}, "192.0.2.1:40000"},
		"IPv6":             {Dialog{Target: "sip:a@[fd00::1]:5060", Source: "[2001:db8::1]:40000"}, "[2001:db8::1]:40000"},
		"same network":     {Dialog{Target: "sip:a@10.0.0.1:5070", Source: "10.0.0.1:5060"}, "10.0.0.1:5070"},
		"public":           {Dialog{Target: "sip:a@198.51.100.7:5070", Source: "192.0.2.1:40000"}, "198.51.100.7:5070"},
		"a name":           {Dialog{Target: "sip:a@peer.test:5070", Source: "192.0.2.1:40000"}, "peer.test:5070"},
		"behind a proxy":   {Dialog{Target: "sip:a@10.0.0.1", Routes: []string{"<sip:198.51.100.7:5080;lr>"}, Source: "192.0.2.1:40000"}, "198.51.100.7:5080"},
		"over TCP":         {Dialog{Target: "sip:a@10.0.0.1;transport=tcp", Source: "192.0.2.1:40000"}, "10.0.0.1:5060"},
		"source not known": {Dialog{Target: "sip:a@10.0.0.1:5070"}, "10.0.0.1:5070"},
	} {
		c.d.Transport = "UDP"
		if hop, err := c.d.Hop(); err != nil || hop.String() != c.want {
			t.Errorf("%s: %s %v, want %s", name, hop, err, c.want)
		}
	}
}

// TestACKAfterOtherRequests: it has the number of its INVITE, and uses none up.
func TestACKAfterOtherRequests(t *testing.T) {
	d := Dialog{CallID: "c", Local: "<sip:us>;tag=a", Remote: "<sip:them>;tag=b", CSeq: 1, Target: "sip:them@192.0.2.9", Transport: "UDP", Contact: "<sip:us>"}
	if _, err := d.Request(sipmsg.PRACK, "us"); err != nil {
		t.Fatal(err)
	}
	ack, err := d.ACK(1, "us")
	if err != nil || ack.CSeq().SeqNo != 1 || ack.CSeq().MethodName != sipmsg.ACK || d.CSeq != 2 {
		t.Errorf("%v %v, then %d", ack, err, d.CSeq)
	}
}

// TestStrictRouter: who wants to be named in the Request-URI is (RFC 3261 §12.2.1.1).
func TestStrictRouter(t *testing.T) {
	const target = "sip:them@192.0.2.1;x=%41"
	for name, c := range map[string]struct {
		set    []string
		uri    string
		routes []string
	}{
		"none":               {nil, target, nil},
		"loose":              {[]string{"<sip:a.test;lr>", "<sip:b.test>"}, target, []string{"<sip:a.test;lr>", "<sip:b.test>"}},
		"loose with a value": {[]string{"<sip:a.test;LR=on>"}, target, []string{"<sip:a.test;LR=on>"}},
		"strict":             {[]string{"<sip:a.test:5062>", "<sip:b.test;lr>"}, "sip:a.test:5062", []string{"<sip:b.test;lr>", "<" + target + ">"}},
		"lr of the header":   {[]string{"<sip:a.test>;lr"}, "sip:a.test", []string{"<" + target + ">"}},
		"with headers":       {[]string{"<sip:a.test;maddr=192.0.2.9?Subject=x>"}, "sip:a.test;maddr=192.0.2.9", []string{"<" + target + ">"}},
	} {
		d := Dialog{CallID: "c", Local: "<sip:us>;tag=a", Remote: "<sip:them>;tag=b", Target: target, Transport: "UDP", Routes: c.set}
		for _, method := range []sipmsg.RequestMethod{sipmsg.BYE, sipmsg.ACK} {
			r, err := d.Request(method, "192.0.2.2")
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var routes []string
			for _, h := range r.GetHeaders("Route") {
				routes = append(routes, h.Value())
			}
			if uri := strings.Fields(r.StartLine())[1]; uri != c.uri || !slices.Equal(routes, c.routes) {
				t.Errorf("%s: %s to %s by %q", name, method, uri, routes)
			}
			if len(c.set) > 0 && r.Destination() != mustHop(t, c.set[0]) {
				t.Errorf("%s: sent to %s", name, r.Destination())
			}
		}
		if !slices.Equal(d.Routes, c.set) {
			t.Errorf("%s: the route set has become %q", name, d.Routes)
		}
	}
}

func mustHop(t *testing.T, route string) string {
	t.Helper()
	hop, err := NextHop(AddrSpec(route), "UDP")
	if err != nil {
		t.Fatal(err)
	}
	return hop.String()
}
