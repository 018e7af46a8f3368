package sip

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tandem/internal/call"
	"tandem/sip/siptest"
)

// proxy is one of Microsoft's, played line by line by a test.
type proxy struct {
	t      *testing.T
	listen net.Listener
	lines  chan *line
	wg     sync.WaitGroup
}

// line is one connection; requests and responses appear in in.
type line struct {
	t    *testing.T
	conn net.Conn
	in   chan string
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{world().microsoft}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: world().ca.Pool(), MaxVersion: tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, listen: l, lines: make(chan *line, 16)}
	p.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.lines <- newLine(t, c, &p.wg)
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		close(p.lines)
		for c := range p.lines {
			_ = c.conn.Close()
		}
		p.wg.Wait()
	})
	return p
}

func newLine(t *testing.T, c net.Conn, wg *sync.WaitGroup) *line {
	l := &line{t: t, conn: c, in: make(chan string, 64)}
	wg.Go(func() {
		defer func() { _ = c.Close() }()
		defer close(l.in)
		r := bufio.NewReader(c)
		for {
			m, err := readMessage(r)
			if err != nil {
				return
			}
			l.in <- m
		}
	})
	t.Cleanup(func() { _ = c.Close() })
	return l
}

func readMessage(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		s, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		b.WriteString(s)
		if s == "\r\n" && b.Len() > 2 {
			break
		}
	}
	n, _ := strconv.Atoi(field(b.String(), "Content-Length"))
	rest := make([]byte, n)
	if _, err := io.ReadFull(r, rest); err != nil {
		return "", err
	}
	return b.String() + string(rest), nil
}

func (l *line) write(message string) {
	l.t.Helper()
	message = strings.ReplaceAll(strings.ReplaceAll(message, "\r\n", "\n"), "\n", "\r\n")
	if _, err := io.WriteString(l.conn, message); err != nil {
		l.t.Fatal(err)
	}
}

// await is the next message that begins so.
func (l *line) await(start string) string {
	l.t.Helper()
	for {
		m := next(l.t, start, l.in)
		if m == "" {
			l.t.Fatalf("closed before %q", start)
		}
		if strings.HasPrefix(m, start) {
			return m
		}
	}
}

const farSDP = `v=0
o=- 7 0 IN IP4 127.0.0.1
s=session
c=IN IP4 127.0.0.1
b=CT:10000000
t=0 0
m=audio 50112 RTP/SAVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB|2^31
a=sendrecv
`

// target is Microsoft's Contact, with all that no parser may change.
const target = "sip:api-du-a-euwe.pstnhub.microsoft.com:443;x-i=6d3f5a5e-6d4c-4cde-8d6f-2d0d0b9c7a11;x-c=A0b1=/s/1/%41;X-Odd;x-e=;lr=on"

// respond answers an INVITE in Microsoft's dialect: names in upper case, Via fifth.
func (l *line) respond(invite, status, tag, extra, body string) {
	l.t.Helper()
	if tag != "" {
		tag = ";tag=" + tag
	}
	if body != "" {
		extra += "CONTENT-TYPE: application/sdp\n"
	}
	l.write(fmt.Sprintf("SIP/2.0 %s\nFROM: %s\nTO: %s%s\nCSEQ: %s\nCALL-ID: %s\nVIA: %s\n%sCONTENT-LENGTH: %d\n\n%s", status, field(invite, "From"),
		field(invite, "To"), tag, field(invite, "CSeq"), field(invite, "Call-ID"), field(invite, "Via"), extra, len(strings.ReplaceAll(body, "\n", "\r\n")), body))
}

// dialogHeaders are what makes a dialog.
func (p *proxy) dialogHeaders() string {
	_, port, _ := net.SplitHostPort(p.listen.Addr().String())
	return fmt.Sprintf("RECORD-ROUTE: <sip:sip-du-a-eu.pstnhub.microsoft.com:%s;transport=tls;lr>\nCONTACT: <%s>\n", port, target)
}

// scripted is a rig whose Microsoft is played by hand.
func scripted(t *testing.T, proxies int, change func(*Config)) (*rig, *Edge, []*proxy) {
	r := newRig(t, nil)
	var list []*proxy
	var names []string
	for i := range proxies {
		p := newProxy(t)
		list = append(list, p)
		_, port, _ := net.SplitHostPort(p.listen.Addr().String())
		names = append(names, fmt.Sprintf("sip%s.pstnhub.microsoft.com:%s", []string{"", "2", "3"}[i], port))
	}
	e := r.newEdge(names, change)
	r.edge = e
	return r, e, list
}

func remoteTargetLetterByLetter(t *testing.T) {
	r, _, proxies := scripted(t, 1, nil)
	p := proxies[0]
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	l := next(t, "connection", p.lines)
	invite := l.await("INVITE ")
	uri := strings.Fields(invite)[1]
	_, port, _ := net.SplitHostPort(p.listen.Addr().String())
	if want := "sip:" + number + "@sip.pstnhub.microsoft.com:" + port + ";user=phone;transport=tls"; uri != want {
		t.Errorf("Request-URI %s", uri)
	}
	farPort := r.edge.Addrs().Far.Port()
	for name, want := range map[string]string{
		"Contact":            fmt.Sprintf("<sip:%s@%s:%d;transport=tls>", caller, trunkName, farPort),
		"Allow":              "INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY",
		"Supported":          "timer",
		"X-MS-Custom-Tandem": "token-1",
		"User-Agent":         "Tandem",
		"Record-Route":       "",
		"Require":            "",
		"Max-Forwards":       "69",
	} {
		if got := field(invite, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if from := field(invite, "From"); !strings.HasPrefix(from, fmt.Sprintf("<sip:%s@%s:%d;user=phone>;tag=", caller, trunkName, farPort)) {
		t.Errorf("From: %s", from)
	}
	if via := field(invite, "Via"); !strings.HasPrefix(via, fmt.Sprintf("SIP/2.0/TLS %s:%d;branch=z9hG4bK", trunkName, farPort)) {
		t.Errorf("Via: %s", via)
	}
	if !strings.Contains(invite, "|2^31") || !strings.Contains(invite, "RTP/SAVP 8 0 101") {
		t.Errorf("offer %s", body(invite))
	}
	l.respond(invite, "100 Trying", "", "", "")
	l.respond(invite, "200 OK", "ms", p.dialogHeaders(), farSDP)
	event[call.LegAnswered](r)
	r.hangUp(id, call.Far, 0, 16, "over")
	for _, method := range []string{"ACK", "BYE"} { // to the same proxy: the name in Record-Route leads there
		m := l.await(method)
		if got := strings.Fields(m)[1]; got != target {
			t.Errorf("%s %s", method, got)
		}
		if route := field(m, "Route"); !strings.HasPrefix(route, "<sip:sip-du-a-eu.pstnhub.microsoft.com:") || !strings.HasSuffix(route, ";lr>") {
			t.Errorf("Route: %s", route)
		}
		if method == "BYE" {
			if got := field(m, "Reason"); got != `Q.850;cause=16;text="over"` {
				t.Errorf("Reason: %s", got)
			}
			l.respond(m, "200 OK", "", "", "")
		}
	}
	if end := r.ended(call.Far); end.By != call.ByTandem || end.Q850 != 16 {
		t.Errorf("%+v", end)
	}
}

// secondAnswer: another branch of a fork is acknowledged and ended.
func secondAnswer(t *testing.T) {
	r, _, proxies := scripted(t, 1, nil)
	p := proxies[0]
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	l := next(t, "connection", p.lines)
	invite := l.await("INVITE ")
	for _, tag := range []string{"one", "two", "three"} {
		l.respond(invite, "180 Ringing", tag, p.dialogHeaders(), "")
	}
	l.respond(invite, "200 OK", "four", p.dialogHeaders(), farSDP)
	event[call.LegAnswered](r)
	if ack := l.await("ACK "); !strings.HasSuffix(field(ack, "To"), ";tag=four") || field(ack, "CSeq") != "1 ACK" {
		t.Errorf("got %s", ack)
	}
	l.respond(invite, "200 OK", "four", p.dialogHeaders(), farSDP) // repeated
	if ack := l.await("ACK "); !strings.HasSuffix(field(ack, "To"), ";tag=four") {
		t.Errorf("got %s", ack)
	}
	l.respond(invite, "200 OK", "five", p.dialogHeaders(), farSDP)
	if ack := l.await("ACK "); !strings.HasSuffix(field(ack, "To"), ";tag=five") {
		t.Errorf("got %s", ack)
	}
	bye := l.await("BYE ")
	if !strings.HasSuffix(field(bye, "To"), ";tag=five") || field(bye, "CSeq") != "2 BYE" {
		t.Errorf("got %s", bye)
	}
	l.respond(bye, "200 OK", "", "", "")
	r.hangUp(id, call.Far, 0, 16, "over")
	bye = l.await("BYE ")
	if !strings.HasSuffix(field(bye, "To"), ";tag=four") {
		t.Errorf("got %s", bye)
	}
	l.respond(bye, "200 OK", "", "", "")
	r.ended(call.Far)
}

// silentProxyComesToLife: the second proxy has the call, the first is told so.
func silentProxyComesToLife(late string) func(*testing.T) {
	return func(t *testing.T) {
		r, _, proxies := scripted(t, 2, fast)
		_, id, _ := r.call(siptest.CallOptions{})
		r.dial(id)
		silent := next(t, "connection", proxies[0].lines)
		lost := silent.await("INVITE ")
		l := next(t, "connection to the second", proxies[1].lines)
		invite := l.await("INVITE ")
		if field(invite, "Call-ID") != field(lost, "Call-ID") || field(invite, "Via") == field(lost, "Via") || field(invite, "From") != field(lost, "From") {
			t.Errorf("the attempts differ wrongly: %s %s", lost, invite)
		}
		l.respond(invite, "200 OK", "ms", proxies[1].dialogHeaders(), farSDP)
		event[call.LegAnswered](r)
		if late == "180 Ringing" {
			silent.respond(lost, late, "late", proxies[0].dialogHeaders(), "")
			cancel := silent.await("CANCEL ")
			if field(cancel, "Via") != field(lost, "Via") || field(cancel, "CSeq") != "1 CANCEL" || strings.Fields(cancel)[1] != strings.Fields(lost)[1] {
				t.Errorf("got %s", cancel)
			}
			silent.respond(cancel, "200 OK", "late", "", "")
			silent.respond(lost, "487 Request Terminated", "late", "", "")
			silent.await("ACK ")
		} else {
			silent.respond(lost, late, "late", proxies[0].dialogHeaders(), farSDP)
			silent.await("ACK ")
			silent.respond(silent.await("BYE "), "200 OK", "", "", "")
		}
		r.hangUp(id, call.Far, 0, 16, "over")
		l.await("ACK ")
		l.respond(l.await("BYE "), "200 OK", "", "", "")
		if end := r.ended(call.Far); end.By != call.ByTandem {
			t.Errorf("%+v", end)
		}
	}
}

// newConnectionAfter503: Microsoft wants the old one left alone.
func newConnectionAfter503(t *testing.T) {
	r, _, proxies := scripted(t, 1, nil)
	for i := range 2 {
		_, id, _ := r.call(siptest.CallOptions{})
		r.dial(id)
		l := next(t, "connection", proxies[0].lines)
		l.respond(l.await("INVITE "), "503 Service Unavailable", "x", "RETRY-AFTER: 1\n", "")
		l.await("ACK ")
		if end := r.ended(call.Far); end.Status != 503 || end.By != call.ByMicrosoft {
			t.Errorf("%d: %+v", i, end)
		}
	}
}

// brokenAnswer ends the leg and leaves nobody hanging.
func brokenAnswer(sdp string) func(*testing.T) {
	return func(t *testing.T) {
		r, _, proxies := scripted(t, 1, nil)
		_, id, _ := r.call(siptest.CallOptions{})
		r.dial(id)
		l := next(t, "connection", proxies[0].lines)
		l.respond(l.await("INVITE "), "200 OK", "ms", proxies[0].dialogHeaders(), sdp)
		l.await("ACK ")
		l.respond(l.await("BYE "), "200 OK", "", "", "")
		if end := r.ended(call.Far); end.By != call.ByTandem || end.Q850 != 88 {
			t.Errorf("%+v", end)
		}
	}
}

func connectionLostWhileRinging(t *testing.T) {
	r, _, proxies := scripted(t, 2, nil)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	l := next(t, "connection", proxies[0].lines)
	l.respond(l.await("INVITE "), "180 Ringing", "ms", proxies[0].dialogHeaders(), "")
	for event[call.LegProceeding](r).Status != 180 {
	}
	r.must(l.conn.Close())
	if end := r.ended(call.Far); end.By != call.ByTandem || end.Q850 != 41 {
		t.Errorf("%+v", end)
	}
}

func connectionLostBeforeAnyAnswer(t *testing.T) {
	r, _, proxies := scripted(t, 2, nil)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	l := next(t, "connection", proxies[0].lines)
	l.await("INVITE ")
	r.must(l.conn.Close())
	next(t, "connection to the second", proxies[1].lines).await("INVITE ")
}

// call in from Microsoft's side.
func (r *rig) callIn(cert *tls.Certificate) (*line, error) {
	r.t.Helper()
	c := &tls.Config{RootCAs: world().ca.Pool(), ServerName: trunkName}
	if cert != nil {
		c.Certificates = []tls.Certificate{*cert}
	}
	conn, err := tls.Dial("tcp", r.edge.Addrs().Far.String(), c)
	if err != nil {
		return nil, err
	}
	wg := &sync.WaitGroup{}
	r.t.Cleanup(wg.Wait)
	return newLine(r.t, conn, wg), nil
}

func ptr[T any](v T) *T { return &v }

func request(method, uri string, cseq int, to, from, callID, extra, body string) string {
	return fmt.Sprintf(`%s %s SIP/2.0
FROM: %s
TO: %s
CSEQ: %d %s
CALL-ID: %s
MAX-FORWARDS: 70
VIA: SIP/2.0/TLS 52.112.1.1:5061;branch=z9hG4bK%s%d
CONTACT: <sip:sip-du-a-eu.pstnhub.microsoft.com:5061>
%sCONTENT-LENGTH: %d

%s`, method, uri, from, to, cseq, method, callID, method, cseq, extra, len(strings.ReplaceAll(body, "\n", "\r\n")), body)
}

// farDialog is a far leg that was answered, with the connection it went out on and one
// that Microsoft opened.
type farDialog struct {
	*rig
	id     call.ID
	invite string
	out    *line
	in     *line
}

func answeredDialog(t *testing.T, change func(*Config)) *farDialog {
	t.Helper()
	r, _, proxies := scripted(t, 1, change)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	d := &farDialog{rig: r, id: id, out: next(t, "connection", proxies[0].lines)}
	d.invite = d.out.await("INVITE ")
	d.out.respond(d.invite, "200 OK", "ms", proxies[0].dialogHeaders(), farSDP)
	event[call.LegAnswered](r)
	d.in = d.connection()
	return d
}

// connection is one more that Microsoft opens.
func (d *farDialog) connection() *line {
	d.t.Helper()
	l, err := d.callIn(ptr(world().microsoft))
	d.must(err)
	return l
}

// inside sends a request of Microsoft's in the dialog and returns the final response.
func (d *farDialog) inside(l *line, method string, cseq int, extra, body string) string {
	d.t.Helper()
	if body != "" {
		extra += "CONTENT-TYPE: application/sdp\n"
	}
	l.write(request(method, "sip:"+caller+"@"+trunkName+";transport=tls", cseq, field(d.invite, "From"), field(d.invite, "To")+";tag=ms", field(d.invite, "Call-ID"), extra, body))
	if method == "ACK" {
		return ""
	}
	for {
		m := l.await("SIP/2.0 ")
		if !strings.HasPrefix(m, "SIP/2.0 100") && field(m, "CSeq") == fmt.Sprintf("%d %s", cseq, method) {
			return m
		}
	}
}

// over ends it with Microsoft's BYE.
func (d *farDialog) over(cseq int) {
	d.t.Helper()
	if m := d.inside(d.in, "BYE", cseq, "", ""); !strings.HasPrefix(m, "SIP/2.0 200") {
		d.t.Errorf("BYE: %s", m)
	}
	d.ended(call.Far)
}

// allowsAsWe says whether a message has our Allow, which decides how Microsoft transfers (§10).
func allowsAsWe(m string) bool {
	return strings.ReplaceAll(field(m, "Allow"), " ", "") == "INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY"
}

const microsoftSays = "<sip:sip-du-a-eu.pstnhub.microsoft.com:5061>;tag=a"

func optionsAnswered(t *testing.T) {
	r := newRig(t, nil)
	in, err := r.callIn(ptr(world().microsoft))
	r.must(err)
	options := request("OPTIONS", "sip:"+trunkName+":5061;transport=tls", 1, "<sip:"+trunkName+">", microsoftSays, "ping", "", "")
	in.write(options)
	pong := in.await("SIP/2.0 ")
	if want := fmt.Sprintf("<sip:%s:%d;transport=tls>", trunkName, r.edge.Addrs().Far.Port()); !strings.HasPrefix(pong, "SIP/2.0 200") || field(pong, "Contact") != want || !allowsAsWe(pong) {
		t.Errorf("OPTIONS: %s", pong)
	}
	in.write(strings.ReplaceAll(strings.ReplaceAll(options, "OPTIONS sip:"+trunkName, "OPTIONS sip:other.test"), "OPTIONS1", "OPTIONS2"))
	if m := in.await("SIP/2.0 "); !strings.HasPrefix(m, "SIP/2.0 404") {
		t.Errorf("OPTIONS for somebody else: %s", m)
	}
}

func inviteWithoutToken(t *testing.T) {
	r := newRig(t, nil)
	in, err := r.callIn(ptr(world().microsoft))
	r.must(err)
	in.write(request("INVITE", "sip:+49301@"+trunkName, 1, "<sip:+49301@"+trunkName+">", "<sip:+49302@sip.pstnhub.microsoft.com>;tag=b", "call", "CONTENT-TYPE: application/sdp\n", farSDP))
	if m := in.await("SIP/2.0 "); !strings.HasPrefix(m, "SIP/2.0 403") {
		t.Errorf("INVITE: %s", m)
	}
	if n := r.counted("tandem_sip_refused_total", string(causeFarCall), "far"); n != 1 {
		t.Errorf("%v", n)
	}
}

// refreshUnchanged: the same offer has the same answer, letter by letter.
func refreshUnchanged(t *testing.T) {
	d := answeredDialog(t, nil)
	refresh := d.inside(d.in, "INVITE", 10, "", farSDP)
	if !strings.HasPrefix(refresh, "SIP/2.0 200") || !strings.Contains(refresh, "a=sendrecv") || strings.Contains(field(refresh, "Contact"), "127.0.0.1") {
		t.Errorf("refresh: %s", refresh)
	}
	d.inside(d.in, "ACK", 10, "", "")
	again := d.inside(d.in, "INVITE", 11, "", farSDP)
	if body(again) != body(refresh) {
		t.Errorf("the second refresh differs: %s", again)
	}
	d.inside(d.in, "ACK", 11, "", "")
	d.over(12)
}

func heldByMicrosoft(t *testing.T) {
	d := answeredDialog(t, nil)
	if m := d.inside(d.in, "INVITE", 10, "", strings.ReplaceAll(farSDP, "sendrecv", "inactive")); !strings.Contains(m, "a=inactive") || strings.Contains(m, "0.0.0.0") {
		t.Errorf("hold: %s", m)
	}
	d.inside(d.in, "ACK", 10, "", "")
	if m := d.inside(d.in, "INVITE", 11, "", farSDP); !strings.Contains(m, "a=sendrecv") {
		t.Errorf("resume: %s", m)
	}
	d.inside(d.in, "ACK", 11, "", "")
	d.over(12)
}

// methodNotTaken: what our Allow does not name is answered so, and the call goes on.
func methodNotTaken(method string) func(*testing.T) {
	return func(t *testing.T) {
		d := answeredDialog(t, nil)
		m := d.inside(d.in, method, 10, "", "")
		if !strings.HasPrefix(m, "SIP/2.0 405") || !allowsAsWe(m) {
			t.Errorf("%s: %s", method, m)
		}
		d.over(11)
	}
}

// anotherTag: a dialog is found by both tags.
func anotherTag(t *testing.T) {
	d := answeredDialog(t, nil)
	d.in.write(request("BYE", "sip:"+caller+"@"+trunkName, 30, field(d.invite, "From"), field(d.invite, "To")+";tag=other", field(d.invite, "Call-ID"), "", ""))
	if m := d.in.await("SIP/2.0 "); !strings.HasPrefix(m, "SIP/2.0 481") {
		t.Errorf("BYE with another tag: %s", m)
	}
	d.over(31)
}

// byeOnAnyConnection: requests inside the dialog may come on any connection that
// Microsoft opened, and never on ours.
func byeOnAnyConnection(t *testing.T) {
	d := answeredDialog(t, nil)
	if m := d.inside(d.in, "INVITE", 10, "", farSDP); !strings.HasPrefix(m, "SIP/2.0 200") {
		t.Errorf("re-INVITE: %s", m)
	}
	other := d.connection()
	d.inside(other, "ACK", 10, "", "")
	reason := "REASON: Q.850;cause=16;text=\"6d3f5a5e-6d4c;CallEndReasonNormal\"\n"
	if m := d.inside(d.connection(), "BYE", 31, reason, ""); !strings.HasPrefix(m, "SIP/2.0 200") {
		t.Errorf("BYE: %s", m)
	}
	if end := d.ended(call.Far); end.By != call.ByMicrosoft || end.Q850 != 16 || end.Text != "CallEndReasonNormal" {
		t.Errorf("%+v", end)
	}
	d.out.await("ACK ")
	select {
	case m := <-d.out.in:
		t.Errorf("on our connection: %s", m)
	default:
	}
}

// byeOvertakesTheAnswer: they come on different connections.
func byeOvertakesTheAnswer(t *testing.T) {
	r, _, proxies := scripted(t, 1, nil)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	l := next(t, "connection", proxies[0].lines)
	invite := l.await("INVITE ")
	in, err := r.callIn(ptr(world().microsoft))
	r.must(err)
	in.write(request("BYE", "sip:"+caller+"@"+trunkName, 1, field(invite, "From"), field(invite, "To")+";tag=ms", field(invite, "Call-ID"), "REASON: Q.850;cause=22;text=\"id;gone\"\n", ""))
	in.await("SIP/2.0 200")
	l.respond(invite, "200 OK", "ms", proxies[0].dialogHeaders(), farSDP)
	l.await("ACK ")
	if end := r.ended(call.Far); end.By != call.ByMicrosoft || end.Q850 != 22 || end.Text != "gone" {
		t.Errorf("%+v", end)
	}
}
