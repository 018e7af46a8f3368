package pstnhub

import (
	"errors"
	"strings"
	"testing"
)

// referring is a call whose SBC takes REFER, and the REFER.
func referring(t *testing.T, w *world, l *line, number string) (b *callee, r *Referral, refer string) {
	t.Helper()
	result := w.dials(t.Context(), w.outgoing())
	if l == nil {
		l = w.opened()
	}
	b = w.called(l)
	b.line.send(b.response(200, b.sdp, "Allow: INVITE, ACK, BYE, REFER, NOTIFY\r\n"))
	b.line.expect("ACK ")
	leg, err := w.result(result)
	if err != nil {
		t.Fatal(err)
	}
	referrals := make(chan *Referral, 1)
	go func() {
		r, err := leg.Refer(t.Context(), number)
		if err != nil {
			t.Error(err)
		}
		referrals <- r
	}()
	refer = b.line.expect("REFER ")
	b.line.send(reinvited(refer, "", "202 Accepted"))
	return b, <-referrals, refer
}

// TestRefer: the SBC sends the INVITE back letter by letter, and tells what becomes of it (facts/direct-routing.md §10).
func TestRefer(t *testing.T) {
	for _, number := range []string{"", "+442079460123"} {
		w := newWorld(t, nil)
		b, r, refer := referring(t, w, nil, number)
		target := inBrackets.FindStringSubmatch(value(refer, "REFER-TO"))[1]
		by := value(refer, "REFERRED-BY")
		if number == "" && !strings.HasPrefix(target, "sip:sip.pstnhub.microsoft.com:5061;transport=tls;x-m=8:orgid:") || number != "" && !strings.HasPrefix(target, "sip:+442079460123@sip.pstnhub") || !strings.Contains(by, ";x-tt=") {
			t.Errorf("got\n%s", refer)
		}
		l := w.dial(1) // any connection and any proxy
		returned := func(change func(*call)) *call {
			c := w.newCall(l)
			c.target, c.to, c.headers = target, "<"+target+">", "Referred-By: "+by+"\r\n"
			if change != nil {
				change(c)
			}
			l.send(c.request("INVITE", "i", c.offer))
			return c
		}
		for _, change := range []func(*call){
			func(c *call) { c.target = strings.ToUpper(target) },
			func(c *call) { c.target = strings.Replace(target, ";transport=tls", "", 1) },
			func(c *call) { c.to = "<sip:" + trunkName + ">" },
			func(c *call) { c.headers = "" },
			func(c *call) { c.headers = "Referred-By: " + strings.Replace(by, "x-tt", "X-TT", 1) + "\r\n" },
		} {
			returned(change)
			l.expect("SIP/2.0 400 Bad Request")
		}
		c := returned(nil)
		l.expect("SIP/2.0 100 ")
		leg := w.leg()
		if leg.Referral() != r || r.Referrer().CallID() != value(b.invite, "CALL-ID") || number != "" && leg.To() != number {
			t.Errorf("leg to %s", leg.To())
		}
		c.target, c.to = "", ""
		c.answered(leg)
		old := b.caller(w.dial(2))
		old.line.send(strings.Replace(old.again("NOTIFY", "SIP/2.0 200 OK\r\n"), "Content-Type: application/sdp",
			"Content-Type: message/sipfrag\r\nEvent: refer\r\nSubscription-State: terminated;reason=noresource", 1))
		old.line.expect("SIP/2.0 200 OK")
		if got := <-r.Progress(); got != 200 {
			t.Errorf("progress %d", got)
		}
		old.line.send(old.again("NOTIFY", ""))
		old.line.expect("SIP/2.0 400 ")
		old.line.send(old.again("BYE", ""))
		old.line.expect("SIP/2.0 200 OK")
		if v := w.proxies.Violations(); v["referred"] != 5 || v["notify"] != 1 || len(v) != 2 {
			t.Errorf("violations %v", v)
		}
	}
}

// TestTwoRefers: two calls are referred to one number, and each INVITE is that of its own Referred-By.
func TestTwoRefers(t *testing.T) {
	w := newWorld(t, nil)
	const number = "+442079460123"
	b, one, refer1 := referring(t, w, nil, number)
	_, two, refer2 := referring(t, w, b.line, number)
	l := w.dial(1)
	for range 4 {
		for r, refer := range map[*Referral]string{one: refer1, two: refer2} {
			c := w.newCall(l)
			c.target = inBrackets.FindStringSubmatch(value(refer, "REFER-TO"))[1]
			c.to, c.headers = "<"+c.target+">", "Referred-By: "+value(refer, "REFERRED-BY")+"\r\n"
			c.invite()
			if leg := w.leg(); leg.Referral() != r {
				t.Error("the other call's REFER")
			}
		}
	}
	w.noViolations()
}

// TestReferIsOfItsTrunk: while a REFER is not answered, another trunk calls the same number.
func TestReferIsOfItsTrunk(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Resource = func(string) (string, bool) { return "r", true } })
	referring(t, w, nil, "+442079460123")
	c := w.newCall(w.dial(1))
	c.called, c.contact = "+442079460123", "<sip:e0.other.test>"
	c.invite()
	if w.leg().Referral() != nil {
		t.Error("it is taken for the answer to the REFER")
	}
	w.noViolations()
}

// TestNoRefer: who does not allow it is not asked; who has no REFER to tell of is refused.
func TestNoRefer(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	c, leg := w.up(l)
	if _, err := leg.Refer(t.Context(), ""); !errors.Is(err, ErrNoRefer) {
		t.Errorf("%v", err)
	}
	if _, err := leg.Refer(t.Context(), "123"); err == nil {
		t.Error("referred to 123")
	}
	l.send(c.again("NOTIFY", ""))
	l.expect("SIP/2.0 481 ")
	other := w.newCall(l)
	other.target, other.to = "sip:sip.pstnhub.microsoft.com:5061;transport=tls;x-m=8:orgid:1", "<sip:sip.pstnhub.microsoft.com>"
	l.send(other.request("INVITE", "i", other.offer))
	l.expect("SIP/2.0 400 ")
}

// TestReplaces: a call may take the place of another one, whose SBC owes the BYE (RFC 3891 §3).
func TestReplaces(t *testing.T) {
	w := newWorld(t, fast)
	b, leg := w.connected(nil)
	again := func() *callee {
		c := w.outgoing()
		c.Replaces = leg
		result := w.dials(t.Context(), c)
		n := w.called(b.line)
		from := value(b.invite, "FROM")
		if want := value(b.invite, "CALL-ID") + ";to-tag=sbc1;from-tag=" + from[strings.Index(from, "tag=")+4:]; value(n.invite, "REPLACES") != want {
			t.Errorf("got\n%s", n.invite)
		}
		n.answer(result)
		return n
	}
	again()
	w.until("no BYE", func() bool { return w.proxies.Violations()["replaced"] == 1 })
	again()
	old := b.caller(w.dial(0))
	old.line.send(old.again("BYE", ""))
	old.line.expect("SIP/2.0 200 OK")
	wait(t, "end", leg.over)
	if v := w.proxies.Violations(); v["replaced"] != 1 || len(v) != 1 {
		t.Errorf("violations %v", v)
	}
}

// TestForks: the 200 comes from the early dialog that was chosen.
func TestForks(t *testing.T) {
	w := newWorld(t, nil)
	l := w.dial(0)
	c := w.newCall(l).invite()
	leg := w.leg()
	leg.Forward()
	leg.Ring()
	leg.EarlyMedia()
	l.expect("SIP/2.0 181 Call Is Being Forwarded")
	ringing, early := l.expect("SIP/2.0 180 "), l.expect("SIP/2.0 183 ")
	if value(ringing, "TO") == value(early, "TO") || body(early) == "" || body(ringing) != "" {
		t.Errorf("got\n%s", early)
	}
	if leg.AnswerAs(3) == nil || leg.AnswerAs(-1) == nil {
		t.Error("an early dialog that is not there")
	}
	if err := leg.AnswerAs(1); err != nil {
		t.Fatal(err)
	}
	if ok := c.answered(leg); value(ok, "TO") != value(ringing, "TO") || body(ok) != body(early) {
		t.Errorf("got\n%s", ok)
	}
	l.send(c.again("BYE", ""))
	l.expect("SIP/2.0 200 OK")
	w.noViolations()
}
