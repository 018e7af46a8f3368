package pstnhub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

// The whole of an outbound call, every message of ours against a literal.
func TestCallOutInMicrosoftsWords(t *testing.T) {
	w := newWorld(t, nil)
	var told []int
	c := w.outgoing()
	c.DisplayName, c.Ringing = "Test \"<User>\"\r\n", func(status int) { told = append(told, status) }
	c.Headers = map[string]string{"userToUser": "48656c6c6f;encoding=hex", "X-MS-Custom-CaseId": "35567842", "X-Other": "1"}
	result := w.dials(t.Context(), c)
	b := w.called(w.opened())
	const session = `v=0
o=- NUM 0 IN IP4 127.0.0.1
s=session
c=IN IP4 127.0.0.1
b=CT:10000000
t=0 0
m=audio NUM RTP/SAVP 104 9 103 111 18 0 8 97 101 13 118
c=IN IP4 127.0.0.1
a=rtcp:NUM
a=label:main-audio
a=mid:1
a=sendrecv
a=rtpmap:104 SILK/16000
a=rtpmap:9 G722/8000
a=rtpmap:103 SILK/8000
a=rtpmap:111 SIREN/16000
a=fmtp:111 bitrate=16000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:97 RED/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=rtpmap:13 CN/8000
a=rtpmap:118 CN/16000
a=ptime:20
`
	like(t, b.invite, `INVITE sip:+442079460011@e0.sbc.tandem.test:NUM;user=phone;transport=tls SIP/2.0
FROM: Test User<sip:+4930123456@sip.pstnhub.microsoft.com:5061;user=phone>;tag=HEX32
TO: <sip:+442079460011@e0.sbc.tandem.test:NUM;user=phone>
CSEQ: 1 INVITE
CALL-ID: HEX32
MAX-FORWARDS: 70
VIA: SIP/2.0/TLS 127.0.0.1:NUM;branch=z9hG4bKHEX8
RECORD-ROUTE: <sip:sip-du-a-eu.pstnhub.microsoft.com:NUM;transport=tls;lr>
CONTACT: <sip:api-du-a-euwe.pstnhub.microsoft.com:443;x-i=GUID;x-c=HEX32/d/8/HEX32>
CONTENT-LENGTH: NUM
MIN-SE: 300
SUPPORTED: timer
USER-AGENT: Microsoft.PSTNHub.SIPProxy v.2026.9.14.2 i.EUWE.3
CONTENT-TYPE: application/sdp
ALLOW: INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY
X-MS-Custom-CaseId: 35567842
X-Other: 1
User-To-User: 48656c6c6f;encoding=hex
SESSION-EXPIRES: 3600

`+session+"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY40|2^31\n")
	if !strings.Contains(value(b.invite, "CONTACT"), "x-c="+value(b.invite, "CALL-ID")+"/d/8/") {
		t.Errorf("x-c does not begin with the Call-ID:\n%s", b.invite)
	}
	b.line.send(b.response(100, "", ""))
	for _, tag := range []string{"phone1", "phone2", "sbc1"} {
		b.tag = tag
		b.line.send(b.response(180, "", ""))
	}
	b.line.send(b.ok())
	within := func(method string, cseq int, reason string) string {
		return fmt.Sprintf(`%s sip:+442079460011@e0.sbc.tandem.test:%d;transport=tls SIP/2.0
FROM: Test User<sip:+4930123456@sip.pstnhub.microsoft.com:5061;user=phone>;tag=HEX32
TO: <sip:+442079460011@e0.sbc.tandem.test:%[2]d;user=phone>;tag=sbc1
CSEQ: %[3]d %[1]s
CALL-ID: %[4]s
MAX-FORWARDS: 70
VIA: SIP/2.0/TLS 127.0.0.1:NUM;branch=z9hG4bKHEX8
%[5]sCONTACT: %[6]s
CONTENT-LENGTH: 0
USER-AGENT: Microsoft.PSTNHub.SIPProxy v.2026.9.14.2 i.EUWE.3

`, method, w.port, cseq, value(b.invite, "CALL-ID"), reason, value(b.invite, "CONTACT"))
	}
	ack := b.line.next()
	like(t, ack, within("ACK", 1, ""))
	if value(ack, "VIA") == value(b.invite, "VIA") {
		t.Error("the ACK of a 2xx is a transaction of its own")
	}
	leg, err := w.result(result)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []int{180, 180, 180}) {
		t.Errorf("told %v", told)
	}
	if leg.From() != "+4930123456" || leg.To() != "+442079460011" || leg.CallID() != value(b.invite, "CALL-ID") || leg.Resource() != "resource-1" || leg.TrunkFQDN() != trunkName || leg.Proxy() != "sip" {
		t.Errorf("leg from %s to %s, %s, %s, %s, %s", leg.From(), leg.To(), leg.CallID(), leg.Resource(), leg.TrunkFQDN(), leg.Proxy())
	}
	if got := leg.CustomHeaders(); !maps.Equal(got, c.Headers) || leg.DroppedHeaders() != 0 {
		t.Errorf("custom headers %v", got)
	}
	if err := leg.Answer(t.Context()); !errors.Is(err, ErrEnded) {
		t.Errorf("answered a call of ours: %v", err)
	}
	leg.Ring()
	leg.Reject(486, 17, "x")
	b.line.send(b.ok()) // our ACK was lost
	if again := b.line.next(); again != ack {
		t.Errorf("the repeated 200 got\n%s", again)
	}
	leg.Bye(16, "CallEndReasonLocalUserInitiated")
	ended(t, leg, "microsoft", 0, 16, codeNormal)
	like(t, b.ends(t, leg), within("BYE", 2, "REASON: Q.850;cause=16;text=\"GUID;CallEndReasonLocalUserInitiated\"\n"))
	w.noViolations()

	if err := w.proxies.SetFault(FaultCryptoLines, "on"); err != nil {
		t.Fatal(err)
	}
	result = w.dials(t.Context(), w.outgoing())
	b = w.called(b.line)
	like(t, body(b.invite), session+`a=crypto:0 AES_CM_128_HMAC_SHA1_32 inline:KEY40|2^31
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY40|2^31
a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:KEY40|2^31|1:1
`)
	b.answer(result)
	w.noViolations()
}

func TestNumbersOfCallsOut(t *testing.T) {
	w := newWorld(t, nil)
	var l *line
	for _, tt := range []struct{ from, to, wantFrom, wantTo string }{
		{"", "112", "anonymous", "112"},
		{"anonymous", "+4930#1", "anonymous", "+4930#1"},
	} {
		c := w.outgoing()
		c.From, c.To = tt.from, tt.to
		result := w.dials(t.Context(), c)
		if l == nil {
			l = w.opened()
		}
		b := w.called(l)
		if !strings.HasPrefix(b.invite, "INVITE sip:"+tt.wantTo+"@"+trunkName) || !strings.HasPrefix(value(b.invite, "FROM"), "<sip:"+tt.wantFrom+"@sip.pstnhub.microsoft.com") {
			t.Errorf("got\n%s", b.invite)
		}
		b.answer(result)
	}
	for name, change := range map[string]func(*Call){
		"no number":            func(c *Call) { c.To = "" },
		"plus alone":           func(c *Call) { c.To = "+" },
		"letters":              func(c *Call) { c.To = "+49abc" },
		"header in the number": func(c *Call) { c.To = "+49\r\nX: y" },
		"long":                 func(c *Call) { c.To = "+" + strings.Repeat("4", 33) },
		"caller without plus":  func(c *Call) { c.From = "4930123456" },
		"caller with text":     func(c *Call) { c.From = "+4930123456;x=y" },
		"header":               func(c *Call) { c.Headers = map[string]string{"Subject": "x"} },
	} {
		c := w.outgoing()
		change(&c)
		_, err := w.proxies.Dial(t.Context(), c)
		if refused := (*Refused)(nil); err == nil || errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHeadersOfCallsOut(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	five := map[string]string{"X-MS-Custom-1": "1", "X-MS-Custom-2": "2", "X-MS-Custom-3": "3", "X-4": "4", "x-ms-custom-5": "5"}
	with := func(name, value string) map[string]string {
		m := maps.Clone(five)
		m[name] = value
		return m
	}
	for _, tt := range []struct {
		name    string
		context map[string]string
		ok      bool
	}{
		{"none", nil, true},
		{"five", five, true},
		{"five and user to user", with("User-To-User", "00;encoding=hex"), true},
		{"six", with("X-MS-Custom-6", "6"), false},
		{"longest", map[string]string{"X-MS-Custom-" + long(52): long(256), "userToUser": long(256)}, true},
		{"name too long", map[string]string{"X-MS-Custom-" + long(53): "1"}, false},
		{"value too long", map[string]string{"X-MS-Custom-a": long(257)}, false},
		{"user to user too long", map[string]string{"User-To-User": long(257)}, false},
		{"empty name", map[string]string{"X-MS-Custom-": "1"}, false},
		{"empty value", map[string]string{"X-MS-Custom-a": ""}, false},
		{"Microsoft's own", map[string]string{"X-MS-UserLocation": "x"}, false},
		{"another header", map[string]string{"P-Asserted-Identity": "x"}, false},
		{"line end", map[string]string{"X-MS-Custom-a": "1\r\nContact: x"}, false},
		{"line end in the name", map[string]string{"X-MS-Custom-a:\r\n": "1"}, false},
		{"blank", map[string]string{"X-MS-Custom-a": "1 2"}, false},
		{"twice", map[string]string{"X-MS-Custom-a": "1", "X-MS-CUSTOM-A": "2"}, false},
		{"user to user twice", map[string]string{"User-To-User": "1", "userToUser": "2"}, false},
	} {
		headers, custom, err := sipHeaders(tt.context)
		if (err == nil) != tt.ok || tt.ok && (len(headers) != len(tt.context) || len(custom) != len(tt.context)) {
			t.Errorf("%s: %v, %v, %v", tt.name, headers, custom, err)
		}
		if tt.ok { // the same limits hold in the other direction, but for the prefix X-
			back, dropped := customHeaders(&message{headers: headers})
			delete(custom, "X-4")
			if dropped != 0 || !maps.Equal(back, custom) {
				t.Errorf("%s: comes back as %v, %d dropped", tt.name, back, dropped)
			}
		}
	}
}

func TestSpeechOfACallOut(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, nil)
	p := newPhone(t)
	result := w.dials(t.Context(), w.outgoing())
	b := w.called(w.opened())
	b.sdp = p.offer()
	p.connect(body(b.invite))
	leg := b.answer(result)
	conf := mixer.New(slog.New(slog.DiscardHandler))
	t.Cleanup(conf.Close)
	var user teams
	port := conf.Join("user", user.hear)
	leg.Attach(conf)
	customer, agent := audio.CustomerSpeech().Samples[:3*8000], audio.AgentSpeech().Samples[:3*8000]
	pace(len(customer)/mixer.FrameSamples+10, func(i int) {
		p.write(p.packet(frame(customer, i, mixer.FrameSamples)))
		port.Write(frame(agent, i, mixer.FrameSamples))
	})
	leg.Bye(16, "x")
	b.ends(t, leg)
	stats := leg.Media()
	p.mu.Lock()
	heard := slices.Clone(p.heard)
	p.mu.Unlock()
	for name, m := range map[string]audio.Match{"to Teams": audio.Compare(customer, user.samples(), 8000), "to the customer": audio.Compare(agent, heard, 8000)} {
		if m.Correlation < 0.99 || m.LongestGap > 60*time.Millisecond {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if stats.AuthFailures+stats.Dropped+stats.Lost != 0 || stats.PacketsIn == 0 || stats.PacketsOut == 0 {
		t.Errorf("stats %+v", stats)
	}
	w.noViolations()
}

// What came in 183 is listened to before the answer, and the first of several forks only.
func TestEarlyMediaOfACallOut(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.RTCPInterval = 20 * time.Millisecond })
	first, second := newPhone(t), newPhone(t)
	b, result := w.calling(t.Context())
	first.connect(body(b.invite))
	second.connect(body(b.invite))
	b.tag = "fork1"
	b.line.send(b.response(183, first.offer(), ""))
	b.tag = "fork2"
	b.line.send(b.response(183, second.offer(), ""))
	first.await("reports before the answer", func() bool { return first.reports > 2 })
	first.write(first.packet(audio.AgentSpeech().Samples[:160]))
	second.mu.Lock()
	if second.reports > 0 {
		t.Error("media goes to the second fork")
	}
	second.mu.Unlock()
	b.sdp = second.offer()
	leg := b.answer(result)
	second.await("reports", func() bool { return second.reports > 2 })
	w.until("early packet", func() bool { return leg.Media().PacketsIn == 1 })
	if s := leg.Media(); s.AuthFailures+s.Dropped+s.Foreign != 0 {
		t.Errorf("early media %+v", s)
	}
	w.noViolations()

	// The same dialog may not change its mind.
	b, result = w.again(b)
	b.line.send(b.response(183, offerText(41000), "")) // to ports where nobody reads with the key of the first call
	b.sdp = offerText(41002)
	b.answer(result)
	// What is no answer does no harm in 183.
	b, result = w.again(b)
	b.line.send(b.response(183, strings.Replace(b.sdp, "SAVP", "AVP", 1), ""))
	b.answer(result)
	// PRACK is not there.
	b, result = w.again(b)
	b.line.send(b.response(180, "", "Require: 100rel\r\nRSeq: 1\r\n"))
	b.answer(result)
	if v := w.proxies.Violations(); v["answer-changed"] != 1 || v["answer-sdp"] != 1 || v["reliable"] != 1 || len(v) != 3 {
		t.Errorf("violations %v", v)
	}
}

// again makes one more call over the connection of another.
func (w *world) again(b *callee) (*callee, chan dialled) {
	w.t.Helper()
	result := w.dials(w.t.Context(), w.outgoing())
	return w.called(b.line), result
}

func TestCancelledCallOut(t *testing.T) {
	w := newWorld(t, fast)
	ringing := make(chan struct{}, 1)
	c := w.outgoing()
	c.Ringing = func(int) { ringing <- struct{}{} }
	var l *line
	// cancelled makes a call that rings and is given up, and returns its CANCEL.
	cancelled := func() (*callee, string) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		result := w.dials(ctx, c)
		if l == nil {
			l = w.opened()
		}
		b := w.called(l)
		b.line.send(b.response(180, "", ""))
		wait(t, "ringing", ringing)
		cancel()
		_, err := w.result(result)
		var r *Refused
		if !errors.As(err, &r) || r.Status != 487 || r.Code != codeCancelled || r.Failover() || !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		return b, b.line.expect("CANCEL ")
	}
	b, request := cancelled()
	like(t, request, fmt.Sprintf(`CANCEL sip:+442079460011@e0.sbc.tandem.test:%d;user=phone;transport=tls SIP/2.0
FROM: %s
TO: %s
CSEQ: 1 CANCEL
CALL-ID: %s
MAX-FORWARDS: 70
VIA: %s
CONTACT: %s
CONTENT-LENGTH: 0
USER-AGENT: Microsoft.PSTNHub.SIPProxy v.2026.9.14.2 i.EUWE.3

`, w.port, value(b.invite, "FROM"), value(b.invite, "TO"), value(b.invite, "CALL-ID"), value(b.invite, "VIA"), value(b.invite, "CONTACT")))
	b.line.send(okTo(request) + b.response(487, "", ""))
	b.line.expect("ACK ")

	// The 200 crosses the CANCEL.
	b, request = cancelled()
	b.line.send(b.ok() + okTo(request))
	b.line.expect("ACK ")
	bye := b.line.expect("BYE ")
	if value(bye, "TO") != value(b.invite, "TO")+";tag=sbc1" || value(bye, "CSEQ") != "2 BYE" {
		t.Errorf("got\n%s", bye)
	}
	b.line.send(okTo(bye))
	w.noViolations()

	// Nothing follows the CANCEL.
	b, request = cancelled()
	b.line.send(okTo(request) + b.response(180, "", ""))
	w.until("giving up", func() bool { return len(w.proxies.Violations()) > 0 })
	if v := w.proxies.Violations(); v["missing-final"] != 1 || len(v) != 1 {
		t.Errorf("violations %v", v)
	}
	b.line.send(b.response(487, "", "")) // far too late: nobody remembers
	b, request = cancelled()
	b.line.send(okTo(request) + b.response(487, "", ""))
	b.line.expect("ACK ")
}

func branchOf(message string) string {
	_, branch, _ := strings.Cut(value(message, "VIA"), "branch=")
	return branch
}

// until waits for a condition that nothing signals.
func (w *world) until(what string, condition func() bool) {
	w.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(patience); !condition(); <-tick.C {
		if time.Now().After(limit) {
			w.t.Fatalf("%s: did not happen", what)
		}
	}
}

func TestUnansweredCallOut(t *testing.T) {
	t.Run("silent", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.SilentTimeout = 200 * time.Millisecond })
		b, result := w.calling(t.Context())
		_, err := w.result(result)
		var r *Refused
		if !errors.As(err, &r) || r.Status != 408 || r.Code != 500001 || !r.Failover() {
			t.Errorf("error %v", err)
		}
		b.line.send(b.response(180, "", "")) // only now may it be cancelled
		b.line.send(okTo(b.line.expect("CANCEL ")))
		b.line.send(b.response(487, "", ""))
		b.line.expect("ACK ")

		b, result = w.again(b)
		if _, err = w.result(result); err == nil {
			t.Error("answered")
		}
		b.line.send(b.ok()) // without a word before
		b.line.expect("ACK ")
		b.line.send(okTo(b.line.expect("BYE ")))
		w.noViolations()
	})
	t.Run("trying keeps the SBC in the race, ringing ends", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.SilentTimeout, c.RingTimeout = 300*time.Millisecond, time.Second })
		b, result := w.calling(t.Context())
		begun := time.Now()
		b.line.send(b.response(100, "", ""))
		b.line.send(okTo(b.line.expect("CANCEL ")))
		b.line.send(b.response(487, "", ""))
		b.line.expect("ACK ")
		_, err := w.result(result)
		var r *Refused
		if !errors.As(err, &r) || r.Status != 487 || r.Q850 != 19 || r.Failover() || time.Since(begun) < 600*time.Millisecond {
			t.Errorf("error %v after %s", err, time.Since(begun))
		}
		w.noViolations()
	})
}

func TestByeOfACallOut(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MediaTimeout = -1 })
	b, leg := w.connected(nil)
	l := w.dial(1) // the SBC's connection to any proxy
	c := b.caller(l)
	first := body(b.invite)

	l.send(c.again("INVITE", strings.Replace(b.sdp, "a=sendrecv", "a=inactive", 1)))
	held := l.expect("SIP/2.0 200 OK")
	c2 := *c
	l.send(c2.request("ACK", "ack1", ""))
	if !leg.OnHold() || !strings.Contains(body(held), "a=inactive") || !strings.Contains(body(held), "RTP/SAVP 8 0 101\r\n") ||
		regexp.MustCompile(`inline:[^|]*`).FindString(first) != regexp.MustCompile(`inline:[^|]*`).FindString(body(held)) ||
		regexp.MustCompile(`m=audio \d+`).FindString(first) != regexp.MustCompile(`m=audio \d+`).FindString(body(held)) {
		t.Errorf("hold answered with\n%s", held)
	}
	was, now := regexp.MustCompile(`o=- \d+ `).FindString(first), regexp.MustCompile(`o=- \d+ \d+`).FindString(body(held))
	if now != was+"1" {
		t.Errorf("origin %q became %q", was, now)
	}
	l.send(c.again("BYE", ""))
	l.expect("SIP/2.0 200 OK")
	ended(t, leg, "sbc", 0, 16, codeNormalBySBC)

	b, leg = w.connected(b.line) // wrong ways back
	c = b.caller(l)
	target := c.target
	c.target, _, _ = strings.Cut(target, ";")
	l.send(c.again("BYE", ""))
	l.nothing()
	c.target, c.route = target, ""
	l.send(c.again("BYE", ""))
	l.nothing()
	leg.Bye(16, "x")
	b.ends(t, leg)
	if v := w.proxies.Violations(); v["wrong-target"] != 1 || v["wrong-route"] != 1 || len(v) != 2 {
		t.Errorf("violations %v", v)
	}
}

// Ringing may take longer than media may be missing: that counts from the answer.
func TestMediaLostOfACallOut(t *testing.T) {
	const limit = 400 * time.Millisecond
	w := newWorld(t, func(c *Config) { c.MediaTimeout = limit })
	begun := time.Now()
	b, result := w.calling(t.Context())
	b.line.send(b.response(180, "", ""))
	w.until("ringing", func() bool { return time.Since(begun) > limit+limit/2 })
	answered := time.Now()
	leg := b.answer(result)
	ended(t, leg, "media", 410, 22, codeMediaLost)
	if time.Since(answered) < limit {
		t.Errorf("ended %s after the answer", time.Since(answered))
	}
	b.ends(t, leg)
	w.noViolations()
}

func TestPortOfTheTrunk(t *testing.T) {
	dialled := 0
	w := newWorld(t, func(c *Config) {
		c.TrunkPort = func(fqdn string) int { return map[string]int{trunkName: 5071}[fqdn] }
		c.Dial = func(_ context.Context, _ netip.Addr, _ string, port int) (net.Conn, error) {
			dialled = port
			return nil, errors.New("not now")
		}
	})
	c := w.outgoing()
	for port, want := range map[int]int{0: 5071, 5081: 5081} {
		c.Port = port
		if _, err := w.proxies.Dial(t.Context(), c); err == nil {
			t.Error("connected")
		}
		if dialled != want {
			t.Errorf("dialled %d, want %d", dialled, want)
		}
	}
}

func TestNoPortsForACallOut(t *testing.T) {
	w := newWorld(t, nil)
	taken := socket(t)
	port := uint16(portOf(taken)) &^ 1
	w.proxies.config.PortMin, w.proxies.config.PortMax = port, port+1
	_, err := w.proxies.Dial(t.Context(), w.outgoing())
	if r := (*Refused)(nil); err == nil || errors.As(err, &r) {
		t.Errorf("error %v", err)
	}
}

func TestCloseWhileCallingOut(t *testing.T) {
	w := newWorld(t, nil)
	b, up := w.connected(nil)
	_, result := w.again(b)
	if err := w.proxies.Close(); err != nil {
		t.Error(err)
	}
	if _, err := w.result(result); err == nil {
		t.Error("answered")
	}
	ended(t, up, "microsoft", 503, 41, codeInactive)
	if _, err := w.proxies.Dial(t.Context(), w.outgoing()); !errors.Is(err, errClosed) {
		t.Errorf("error %v", err)
	}
}

// Whoever is slow to hear that it rings still hears all of it, and before Dial returns.
func TestRingingBeforeTheAnswer(t *testing.T) {
	w := newWorld(t, nil)
	var l *line
	for range 8 {
		var told []int
		answered := make(chan struct{})
		c := w.outgoing()
		c.Ringing = func(status int) {
			told = append(told, status)
			<-answered
		}
		result := w.dials(t.Context(), c)
		if l == nil {
			l = w.opened()
		}
		b := w.called(l)
		b.line.send(b.response(180, "", "") + b.response(181, "", "") + b.response(183, "", "") + b.ok())
		b.line.expect("ACK ")
		close(answered)
		if _, err := w.result(result); err != nil || !slices.Equal(told, []int{180, 181, 183}) {
			t.Errorf("told %v, %v", told, err)
		}
	}
}

// Closing comes at any moment between a 200, good or bad, and the end of what it sets off.
func TestCloseWhileACallIsAnswered(t *testing.T) {
	for i := range 12 {
		w := newWorld(t, nil)
		b, result := w.calling(t.Context())
		if i%2 == 1 {
			b.sdp = ""
		}
		b.line.send(b.response(180, "", "") + b.ok())
		if i%4 < 2 {
			b.line.expect("ACK ")
		}
		closed := make(chan struct{})
		go func() {
			if err := w.proxies.Close(); err != nil {
				t.Error(err)
			}
			close(closed)
		}()
		wait(t, "closing", closed)
		if leg, err := w.result(result); err == nil {
			ended(t, leg, "microsoft", 503, 41, codeInactive)
		}
	}
}
