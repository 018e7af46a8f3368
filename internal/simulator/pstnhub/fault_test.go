package pstnhub

import (
	"crypto/tls"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
)

func TestFaults(t *testing.T) {
	w := newWorld(t, fast)
	set := func(knob, value string) {
		t.Helper()
		w.proxies.ClearFaults()
		if err := w.proxies.SetFault(knob, value); err != nil {
			t.Fatal(err)
		}
	}
	l := w.dial(0)

	set(FaultUnavailable, "sip")
	l.send(w.newCall(l).request("INVITE", "i", offerText(40000)))
	m := l.expect("SIP/2.0 503 Service Unavailable")
	if value(m, "RETRY-AFTER") != "1" {
		t.Errorf("got\n%s", m)
	}
	l.nothing() // OPTIONS go on
	second := w.dial(1)
	w.newCall(second).invite()
	w.leg().Reject(480, 31, "x")
	second.expect("SIP/2.0 480")

	set(FaultSilent, "sip,sip3")
	nc, err := net.Dial("tcp", w.proxies.Addrs()[2]) // connects, and no handshake would be answered
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	l.send(options(trunkName))
	l.send("\r\n\r\nthe end\r\n\r\n") // cannot be read: closes the connection
	if m := l.next(); m != "" {
		t.Errorf("a silent proxy says %q", m)
	}
	set(FaultSilent, "off")
	l = w.dial(0)
	l.nothing()
	if v := w.proxies.Violations(); v["malformed"] != 1 || len(v) != 1 {
		t.Errorf("violations %v", v)
	}

	set(FaultTLSReset, "sip")
	if nc, err := tls.Dial("tcp", w.proxies.Addrs()[0], w.clientTLS()); err == nil {
		_ = nc.Close()
		t.Error("handshake succeeded")
	}

	set(FaultRefuse, "486")
	c := w.newCall(l)
	c.invite()
	like(t, value(l.expect("SIP/2.0 486 Busy Here"), "REASON"), `Q.850;cause=17;text="GUID;Busy Here"`)

	set(FaultRingStorm, "30")
	c = w.newCall(l)
	c.invite()
	tags := map[string]bool{}
	for range 30 {
		tags[value(l.expect("SIP/2.0 180"), "TO")] = true
	}
	if len(tags) != 30 {
		t.Errorf("%d tags", len(tags))
	}
	w.leg().Reject(480, 31, "x")
	l.expect("SIP/2.0 480")

	set(FaultEarlyMedia, "on")
	c = w.newCall(l)
	c.invite()
	early := l.expect("SIP/2.0 183 Session Progress")
	leg := w.leg()
	ok := c.answered(leg)
	if body(early) != body(ok) || body(ok) == "" || value(early, "TO") == value(ok, "TO") {
		t.Errorf("got\n%s\nand\n%s", early, ok)
	}

	set(FaultLateOK, "on")
	c = w.newCall(l)
	c.invite()
	leg = w.leg()
	l.send(c.request("CANCEL", "i", ""))
	l.expect("SIP/2.0 200 OK")
	ok = l.expect("SIP/2.0 200 OK")
	if value(ok, "CSEQ") != "1 INVITE" || body(ok) == "" {
		t.Errorf("got\n%s", ok)
	}
	ended(t, leg, "sbc", 487, 0, codeCancelled)
	c.adopt(ok)
	l.send(c.request("ACK", "a", ""))
	l.send(c.again("BYE", ""))
	for value(l.expect("SIP/2.0 200 OK"), "CSEQ") != "2 BYE" { // the 200 may have been repeated meanwhile
	}
	wait(t, "end of signalling", leg.over)
	if v := w.proxies.Violations(); v["missing-ack"]+v["missing-bye"] != 0 {
		t.Errorf("violations %v", v)
	}
	c = w.newCall(l)
	c.invite()
	leg = w.leg()
	l.send(c.request("CANCEL", "i", ""))
	l.expect("SIP/2.0 200 OK")
	in := <-w.inbound // neither ACK nor BYE: Microsoft hangs up
	in.send(okTo(in.expect("BYE ")))
	wait(t, "end of signalling", leg.over)
	if v := w.proxies.Violations(); v["missing-ack"] != 1 || v["missing-bye"] != 1 {
		t.Errorf("violations %v", v)
	}
	for len(l.in) > 0 {
		l.expect("SIP/2.0 200 OK")
	}

	set(FaultLostACK, "on")
	c = w.newCall(l)
	c.invite()
	leg = w.leg()
	result := make(chan error, 1)
	go func() { result <- leg.Answer(t.Context()) }()
	c.adopt(l.expect("SIP/2.0 200 OK"))
	l.send(c.request("ACK", "a", ""))
	if err := <-result; err == nil {
		t.Error("answered without ACK")
	}
	ended(t, leg, "microsoft", 408, 102, codeNoACK)
	in.send(okTo(in.expect("BYE ")))
	wait(t, "end of signalling", leg.over)
	if v := w.proxies.Violations(); v["missing-ack"] != 1 {
		t.Errorf("the SBC is blamed: %v", v)
	}
	for len(l.in) > 0 {
		l.expect("SIP/2.0 200 OK")
	}

	set(FaultLowerCase, "on")
	l.send(options(trunkName))
	if m := l.next(); !strings.Contains(m, "\r\nallow: INVITE,ACK,OPTIONS,CANCEL,BYE,NOTIFY\r\n") || strings.Contains(m, "FROM") {
		t.Errorf("got\n%s", m)
	}
	set(FaultNoKeepAlive, "on")
	l.send("\r\n\r\n")
	l.nothing()

	for _, bad := range [][2]string{{"unheard-of", "on"}, {FaultRefuse, "200"}, {FaultRefuse, "x"}, {FaultSilent, "sip4"}, {FaultLostACK, "1"}, {FaultRingStorm, "0"}} {
		if err := w.proxies.SetFault(bad[0], bad[1]); err == nil {
			t.Errorf("fault %s=%s accepted", bad[0], bad[1])
		}
	}
	if texts := w.proxies.FaultTexts(); len(texts) != len(knobs) {
		t.Errorf("texts %v", texts)
	}
	if set := w.proxies.Faults(); !maps.Equal(set, map[string]string{FaultNoKeepAlive: "on"}) {
		t.Errorf("set %v", set)
	}
	for knob, text := range w.proxies.FaultTexts() {
		if !strings.HasPrefix(text, "value: ") || !strings.Contains(text, "; ") {
			t.Errorf("%s: %q", knob, text)
		}
		if err := w.proxies.SetFault(knob, "off"); err != nil {
			t.Error(err)
		}
	}
	if set := w.proxies.Faults(); len(set) != 0 {
		t.Errorf("set after off: %v", set)
	}
}

func TestNoRTP(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, func(c *Config) { c.RTCPInterval = 30 * time.Millisecond })
	if err := w.proxies.SetFault(FaultNoRTP, "on"); err != nil {
		t.Fatal(err)
	}
	v := w.talk()
	v.await("reports", func() bool { return v.reports > 3 })
	if s := v.leg.Media(); s.PacketsOut != 0 || s.RTCPOut == 0 {
		t.Errorf("stats %+v", s)
	}
	if err := w.proxies.SetFault(FaultNoRTP, ""); err != nil {
		t.Fatal(err)
	}
	v.await("media", func() bool { return len(v.packets) > 0 && v.packets[0].Marker })
}
