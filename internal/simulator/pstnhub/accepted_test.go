package pstnhub

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// Final responses of the SBC, and what the caller makes of them.
func TestRefusedCallsOut(t *testing.T) {
	w := newWorld(t, nil)
	var l *line
	for _, tt := range []struct {
		status, q850 int
		extra        string
		failover     bool
	}{
		{486, 17, "", false},
		{486, 34, "Reason: SIP;cause=486, Q.850;cause=34;text=\"x\"\r\n", false},
		{302, 31, "Contact: <sip:+1@elsewhere.test>\r\n", false},
		{404, 1, "", false},
		{408, 102, "", true},
		{480, 31, "", false},
		{500, 41, "", false},
		{503, 41, "Retry-After: 1\r\n", true},
		{504, 102, "", true},
		{600, 17, "", false},
		{603, 21, "", false},
	} {
		result := w.dials(t.Context(), w.outgoing())
		if l == nil {
			l = w.opened()
		}
		b := w.called(l)
		b.line.send(b.response(100, "", "") + b.response(180, "", "") + b.response(tt.status, "", tt.extra))
		ack := b.line.expect("ACK sip:+442079460011@e0.sbc.tandem.test:")
		if value(ack, "VIA") != value(b.invite, "VIA") || value(ack, "CSEQ") != "1 ACK" || value(ack, "TO") != value(b.invite, "TO")+";tag=sbc1" || value(ack, "FROM") != value(b.invite, "FROM") {
			t.Errorf("got\n%s", ack)
		}
		_, err := w.result(result)
		var r *Refused
		if !errors.As(err, &r) || r.Status != tt.status || r.Q850 != tt.q850 || r.Code != 560000+tt.status || r.Phrase != phrase(tt.status) || r.Failover() != tt.failover || r.Unwrap() != nil {
			t.Errorf("%d: %v", tt.status, err)
		}
	}
	w.noViolations()
	if n := len(w.proxies.awaited); n != 0 {
		t.Errorf("%d requests are still awaited", n)
	}
}

// Answers that break a rule. The call ends with ACK and BYE, unless the rule can be done without.
func TestBadAnswers(t *testing.T) {
	w := newWorld(t, nil)
	sdp := func(old, replacement string) func(*callee) {
		return func(b *callee) { b.sdp = strings.Replace(b.sdp, old, replacement, 1) }
	}
	contact := func(uri string) func(*callee) {
		return func(b *callee) { b.contact = "Contact: <" + uri + ">\r\n" }
	}
	var l *line
	for _, tt := range []struct {
		name      string
		change    func(*callee)
		extra     string
		violation string
		status    int // 0: the call is up; 1: an error that is nobody's
	}{
		{"no crypto", func(b *callee) { b.sdp, _, _ = strings.Cut(b.sdp, "a=crypto") }, "", "answer-sdp", 410},
		{"RTP/AVP", sdp("RTP/SAVP", "RTP/AVP"), "", "answer-sdp", 410},
		{"no SDP", func(b *callee) { b.sdp = "" }, "", "answer-sdp", 410},
		{"junk", func(b *callee) { b.sdp = "hello\r\n" }, "", "answer-sdp", 410},
		{"another tag", sdp("a=crypto:1", "a=crypto:2"), "", "answer-sdp", 410},
		{"another suite", sdp("SHA1_80", "SHA1_32"), "", "answer-sdp", 410},
		{"two crypto lines", sdp("a=crypto:1", "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:"+testKey+"\r\na=crypto:1"), "", "answer-sdp", 410},
		{"mux", sdp("a=ptime", "a=rtcp-mux\r\na=ptime"), "", "answer-sdp", 410},
		{"ice", sdp("a=ptime", "a=candidate:1 1 UDP 1 127.0.0.1 40000 typ host\r\na=ptime"), "", "answer-sdp", 410},
		{"dtls", sdp("a=ptime", "a=fingerprint:sha-256 00\r\na=ptime"), "", "answer-sdp", 410},
		{"payload of its own", sdp("8 0 101", "8 0 96"), "", "answer-sdp", 410},
		{"codec under another number", sdp("a=rtpmap:8 PCMA", "a=rtpmap:9 PCMA"), "", "answer-sdp", 410},
		{"stream refused", sdp("m=audio 40000", "m=audio 0"), "", "answer-sdp", 410},
		{"two streams", func(b *callee) { b.sdp += "m=video 0 RTP/SAVP 99\r\n" }, "", "answer-sdp", 410},
		{"held in an old way", sdp("a=sendrecv", "a=sendonly"), "", "hold-form", 0},
		{"held", sdp("a=sendrecv", "a=inactive"), "", "", 0},
		{"codec that only Microsoft has", sdp("8 0 101\r\n", "104 8 101\r\na=rtpmap:104 SILK/16000\r\n"), "", "", 1},
		{"no codec that we have", sdp("8 0 101", "18 101"), "", "", 1},
		{"no Contact", func(b *callee) { b.contact = "" }, "", "answer-contact", 504},
		{"two Contacts", func(b *callee) { b.contact += b.contact }, "", "answer-contact", 504},
		{"unreadable Contact", contact("mailto:x"), "", "answer-contact", 504},
		{"sips", contact("sips:" + trunkName), "", "answer-contact", 504},
		{"address", contact("sip:127.0.0.1:5061"), "", "answer-contact", 504},
		{"another trunk", contact("sip:e1.sbc.tandem.test"), "", "answer-contact", 504},
		{"Record-Route of another trunk", func(b *callee) { b.routes = "Record-Route: <sip:e1.sbc.tandem.test;lr>\r\n" + b.routes }, "", "answer-contact", 504},
		{"no Record-Route", func(b *callee) { b.routes = "" }, "", "answer-route", 0},
		{"timer", func(*callee) {}, "Session-Expires: 1800;refresher=uas\r\n", "", 0},
		{"timer that we refresh", func(*callee) {}, "Session-Expires: 3600;refresher=uac\r\nRequire: timer\r\n", "", 0},
		{"timer without refresher", func(*callee) {}, "Session-Expires: 1800\r\n", "answer-timer", 0},
		{"timer without Require", func(*callee) {}, "Session-Expires: 1800;refresher=uac\r\n", "answer-timer", 0},
		{"timer below Min-SE", func(*callee) {}, "Session-Expires: 90;refresher=uas\r\n", "answer-timer", 0},
		{"timer above ours", func(*callee) {}, "Session-Expires: 7200;refresher=uas\r\n", "answer-timer", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := w.proxies.Violations()
			result := w.dials(t.Context(), w.outgoing())
			if l == nil {
				l = w.opened()
			}
			b := w.called(l)
			tt.change(b)
			b.line.send(b.response(200, b.sdp, tt.extra))
			b.line.expect("ACK ")
			if tt.status != 0 {
				b.line.send(okTo(b.line.expect("BYE ")))
			}
			leg, err := w.result(result)
			var r *Refused
			switch errors.As(err, &r); {
			case tt.status == 0 && err == nil:
				leg.Bye(16, "x")
				b.ends(t, leg)
			case tt.status == 1 && errors.Is(err, errNotSpoken) && r == nil:
			case r == nil || r.Status != tt.status:
				t.Errorf("error %v", err)
			}
			after := w.proxies.Violations()
			if tt.violation != "" {
				before[tt.violation]++
			}
			if !maps.Equal(before, after) {
				t.Errorf("violations %v, want %v", after, before)
			}
		})
	}
}

// Responses that are not to be believed, and a dialog without a tag.
func TestBadResponses(t *testing.T) {
	w := newWorld(t, nil)
	b, result := w.calling(t.Context())
	for _, change := range [][2]string{
		{"CSEQ: 1 INVITE", "CSEQ: 2 INVITE"}, {"CSEQ: 1 INVITE", "CSEQ: 1 BYE"}, {"CSEQ: 1 INVITE", "CSEQ: 1 INVITE\r\nCSeq: 1 INVITE"}, {"CALL-ID: ", "CALL-ID: x"}, {";tag=", ";tag=x"}, {"FROM: ", "FROM: <"},
		{"VIA: ", "VIA: SIP/2.0/TLS before;branch=" + branchOf(b.invite) + "\r\nVIA: "},
	} {
		b.line.send(strings.Replace(b.response(486, "", ""), change[0], change[1], 1))
	}
	b.line.send(strings.Replace(b.response(486, "", ""), "z9hG4bK", "z9hG4bKx", 1)) // of no transaction
	m, err := readMessage(bufio.NewReader(strings.NewReader(b.response(486, "", ""))), func(bool) {})
	if err != nil {
		t.Fatal(err)
	}
	(&conn{p: w.proxies}).response(m) // on another connection
	b.tag = ""
	b.line.send(b.response(180, "", ""))
	b.line.send(b.ok())
	b.line.expect("ACK ")
	b.line.send(okTo(b.line.expect("BYE ")))
	_, err = w.result(result)
	var r *Refused
	if !errors.As(err, &r) || r.Status != 504 || r.Code != codeBadResponse {
		t.Errorf("error %v", err)
	}
	if v := w.proxies.Violations(); v["bad-response"] != 7 || v["answer-tag"] != 2 || v["answer-contact"] != 1 || len(v) != 3 {
		t.Errorf("violations %v", v)
	}
}

// A second endpoint that answers is hung up.
func TestSecondAnswer(t *testing.T) {
	w := newWorld(t, nil)
	b, leg := w.connected(nil)
	b.tag = "sbc2"
	b.line.send(b.ok())
	ack, bye := b.line.expect("ACK "), b.line.expect("BYE ")
	for _, m := range []string{ack, bye} {
		if !strings.HasSuffix(value(m, "TO"), ";tag=sbc2") {
			t.Errorf("got\n%s", m)
		}
	}
	b.line.send(okTo(bye))
	b.tag = "sbc1"
	leg.Bye(16, "x")
	if bye := b.ends(t, leg); !strings.HasSuffix(value(bye, "TO"), ";tag=sbc1") {
		t.Errorf("got\n%s", bye)
	}
	w.noViolations()
}

// The dialog leads where the SBC's Record-Route says.
func TestCallOutFollowsRecordRoute(t *testing.T) {
	w := newWorld(t, nil)
	b, result := w.calling(t.Context())
	route := fmt.Sprintf("<sip:%s:%d;transport=tls;lr>", trunkName, w.port)
	inner := "<sip:" + trunkName + ":7;transport=tls;lr>"
	b.routes = "Record-Route: " + route + "," + inner + "\r\n" + b.routes
	b.contact = "Contact: <sip:+442079460011@" + trunkName + ":9;transport=tls>\r\n"
	b.line.send(b.ok())
	ack := b.line.expect("ACK sip:+442079460011@e0.sbc.tandem.test:9;transport=tls SIP/2.0")
	leg, err := w.result(result)
	if err != nil {
		t.Fatal(err)
	}
	leg.Bye(16, "x")
	bye := b.ends(t, leg)
	for _, m := range []string{ack, bye} {
		if !strings.Contains(m, "\r\nROUTE: "+inner+"\r\nROUTE: "+route+"\r\n") || strings.Count(m, "ROUTE: ") != 2 { // RFC 3261 §12.1.2: turned round
			t.Errorf("got\n%s", m)
		}
	}
	// Without a route the Contact's port is dialled, where nobody is: there is no way to acknowledge.
	b, result = w.again(b)
	b.contact = "Contact: <sip:+442079460011@" + trunkName + ":9;transport=tls>\r\n"
	b.line.send(b.ok())
	_, err = w.result(result)
	var r *Refused
	if !errors.As(err, &r) || r.Status != 504 || r.Code != codeNoConnection {
		t.Errorf("error %v", err)
	}
	w.noViolations()
}

func TestLostConnectionOfACallOut(t *testing.T) {
	w := newWorld(t, nil)
	b, up := w.connected(nil)
	next, result := w.again(b)
	next.line.send(next.response(180, "", ""))
	_ = b.line.conn.Close()
	_, err := w.result(result)
	var r *Refused
	if !errors.As(err, &r) || r.Status != 504 || r.Code != codeDisconnected || !r.Failover() {
		t.Errorf("error %v", err)
	}
	l := w.dial(0) // an answered call does not mind
	l.send(b.caller(l).again("BYE", ""))
	l.expect("SIP/2.0 200 OK")
	ended(t, up, "sbc", 0, 16, codeNormalBySBC)
	_, leg := w.connected(nil) // the next call opens a new one
	leg.Bye(16, "x")
	w.noViolations()
}

func TestUnreachableTrunk(t *testing.T) {
	var tried []string
	fail := error(&net.OpError{Op: "dial", Err: errors.New("refused")})
	w := newWorld(t, func(c *Config) {
		c.Dial = func(_ context.Context, _ netip.Addr, fqdn string, port int) (net.Conn, error) {
			tried = append(tried, fmt.Sprintf("%s:%d", fqdn, port))
			if fail == nil { // a TLS server with somebody else's certificate is as good as one that hangs up
				near, far := net.Pipe()
				return near, far.Close()
			}
			return nil, fail
		}
	})
	for _, tt := range []struct {
		name string
		err  error
		code int
	}{
		{"refused", fail, 569002},
		{"no such name", &net.DNSError{Err: "no such host", Name: trunkName, IsNotFound: true}, 569015},
		{"no TLS", nil, codeDisconnected},
	} {
		tried, fail = nil, tt.err
		c := w.outgoing()
		c.Port = 0
		_, err := w.proxies.Dial(t.Context(), c)
		var r *Refused
		if !errors.As(err, &r) || r.Status != 504 || r.Code != tt.code || !r.Failover() {
			t.Errorf("%s: %v", tt.name, err)
		}
		if want := trunkName + ":5061"; !slices.Equal(tried, []string{want, want, want}) {
			t.Errorf("%s: tried %v", tt.name, tried)
		}
	}
	for _, name := range []string{"e1.sbc.tandem.test", "x.parent.sbc.tandem.test", ""} {
		c := w.outgoing()
		c.Trunk = name
		_, err := w.proxies.Dial(t.Context(), c)
		var r *Refused
		if !errors.As(err, &r) || r.Status != 403 || r.Code != codeNoTrunk || r.Failover() {
			t.Errorf("trunk %q: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.proxies.Dial(ctx, w.outgoing()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	w.noViolations()
}

// A connection that broke unnoticed is replaced, and its late end does not touch the call that went over the new one.
func TestStaleConnection(t *testing.T) {
	w := newWorld(t, nil)
	old, up := w.connected(nil)
	w.proxies.mu.Lock()
	c := w.proxies.peers[fmt.Sprintf("sip %s:%d", trunkName, w.port)].conn
	w.proxies.mu.Unlock()
	if err := c.Conn.(*tls.Conn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	result := w.dials(t.Context(), w.outgoing())
	b := w.called(w.opened())
	_ = old.line.conn.Close()
	wait(t, "end of the old connection", c.gone)
	leg := b.answer(result)
	for _, l := range []*Leg{up, leg} {
		l.Bye(16, "x")
		b.ends(t, l)
	}
	w.noViolations()
}
