package sip

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/siptest"
)

// refersToo has REFER in our Allow.
func refersToo(c *Config) { c.Far.Refers = true }

// last is the last status that the simulated Microsoft was told.
func last(t *testing.T, r *pstnhub.Referral) int {
	t.Helper()
	for {
		if status := next(t, "NOTIFY", r.Progress()); status >= 200 {
			return status
		}
	}
}

// referredAtTheProxies: 202, NOTIFY, an INVITE letter by letter, BYE; on any connection.
func referredAtTheProxies(fault string) func(*testing.T) {
	return func(t *testing.T) {
		for _, to := range []string{"", "+442079460123"} {
			r := newRig(t, refersToo)
			if fault != "" {
				r.must(r.hub.SetFault(fault, "on"))
			}
			c, id, far, _, first := r.up(siptest.CallOptions{})
			referral, err := far.Refer(r.ctx(), to)
			r.must(err)
			taker := next(t, "leg that came of it", r.legs)
			if taker.Referral() != referral || taker.TrunkFQDN() != trunkName || to != "" && taker.To() != to || taker.From() != caller || len(taker.CustomHeaders()) != 0 {
				t.Errorf("leg from %s to %s", taker.From(), taker.To())
			}
			if left := string(event[call.LegAnswered](r).Dialog); !strings.Contains(left, taker.CallID()) || !strings.Contains(left, far.CallID()) {
				t.Errorf("left of it is %s", left)
			}
			taker.Ring()
			r.must(taker.Answer(r.ctx()))
			if status := last(t, referral); status != 200 {
				t.Errorf("told %d", status)
			}
			<-far.Ended()
			if by, _, q850 := far.End(); by != "sbc" || q850 != 16 {
				t.Errorf("ended by %s, %d", by, q850)
			}
			left := ""
			for strings.Contains(left, far.CallID()) || left == "" {
				left = string(event[call.LegAnswered](r).Dialog)
			}
			if !strings.Contains(left, taker.CallID()) || left == string(first) {
				t.Errorf("left of it is %s", left)
			}
			before := c.Stats().Received
			eventually(t, func() bool { return taker.Media().PacketsIn > 10 && c.Stats().Received > before+10 })
			r.hangUp(id, call.Near, 0, 16, "over")
			r.hangUp(id, call.Far, 0, 16, "over")
			<-taker.Ended()
			r.ended(call.Far)
			<-r.edge.dialogsGone()
			r.clean()
		}
	}
}

func referAtTheProxiesFails(t *testing.T) {
	r := newRig(t, refersToo)
	c, id, far, _, _ := r.up(siptest.CallOptions{})
	for range 2 { // the second one has an id
		referral, err := far.Refer(r.ctx(), "")
		r.must(err)
		next(t, "leg that came of it", r.legs).Reject(486, 17, "Busy")
		if status := last(t, referral); status != 486 {
			t.Errorf("told %d", status)
		}
		for strings.Contains(string(event[call.LegAnswered](r).Dialog), `"next"`) {
		}
	}
	before := c.Stats().Received
	eventually(t, func() bool { return c.Stats().Received > before+10 })
	far.Bye(16, "x")
	r.ended(call.Far)
	r.hangUp(id, call.Near, 0, 16, "over")
	r.clean()
}

func referOffByDefault(t *testing.T) {
	r := newRig(t, nil)
	_, id, far, _, _ := r.up(siptest.CallOptions{})
	if _, err := far.Refer(r.ctx(), ""); !errors.Is(err, pstnhub.ErrNoRefer) {
		t.Errorf("%v", err)
	}
	far.Bye(16, "x")
	r.ended(call.Far)
	r.hangUp(id, call.Near, 0, 16, "over")
	r.clean()
}

// byHand is a far leg at a proxy that is played by hand, and takes REFER.
func byHand(t *testing.T) *pickedUp {
	t.Helper()
	d := toPickUp(t, refersToo)
	if !strings.HasSuffix(field(d.invite, "Allow"), ",REFER") {
		t.Errorf("Allow: %s", field(d.invite, "Allow"))
	}
	d.answers()
	return d
}

const (
	referTarget = "sip:sip2.pstnhub.microsoft.com:5061;transport=tls;x-m=8:orgid:0A-b"
	referredBy  = "<sip:sip.pstnhub.microsoft.com:5061;x-m=8:orgid:Zz;x-t=T;x-ti=i;x-tt=aHR0%3d>"
)

// refers is a REFER that is taken, and its INVITE.
func (d *pickedUp) refers(cseq int) string {
	d.t.Helper()
	if m := d.inside(d.in, "REFER", cseq, "REFER-TO: <"+referTarget+">\nREFERRED-BY: "+referredBy+"\n", ""); !strings.HasPrefix(m, "SIP/2.0 202") || !strings.Contains(field(m, "Allow"), "REFER") {
		d.t.Fatalf("got %s", m)
	}
	return d.comes("INVITE ")
}

// comes is the next request of a kind; NOTIFYs before it are taken.
func (d *pickedUp) comes(start string) string {
	d.t.Helper()
	for {
		m := d.out.await("")
		if strings.HasPrefix(m, start) {
			return m
		}
		if strings.HasPrefix(m, "NOTIFY ") {
			d.out.respond(m, "200 OK", "", "", "")
		}
	}
}

// referLetterByLetter: what Microsoft wrote comes back as it was; it leaves at once.
func referLetterByLetter(t *testing.T) {
	d := byHand(t)
	invite := d.refers(10)
	if strings.Fields(invite)[1] != referTarget || field(invite, "To") != "<"+referTarget+">" || field(invite, "Referred-By") != referredBy {
		t.Errorf("got %s", invite)
	}
	if field(invite, "Contact") != field(d.invite, "Contact") || field(invite, "Replaces") != "" || field(invite, "X-MS-Custom-Tandem") != "" || mediaPort(invite) != mediaPort(d.invite) || strings.Contains(invite, cryptoLine(d.invite)) {
		t.Errorf("got %s", invite)
	}
	if m := d.inside(d.in, "REFER", 11, "REFER-TO: <"+referTarget+">\n", ""); !strings.HasPrefix(m, "SIP/2.0 491") {
		t.Errorf("a second REFER: %s", m)
	}
	for i, header := range []string{"", "REFER-TO: <sip:x>\nREFER-TO: <sip:y>\n"} {
		if m := d.inside(d.in, "REFER", 12+i, header, ""); !strings.HasPrefix(m, "SIP/2.0 4") {
			t.Errorf("%q: %s", header, m)
		}
	}
	if m := d.inside(d.in, "BYE", 20, "", ""); !strings.HasPrefix(m, "SIP/2.0 200") { // it leaves at once
		t.Errorf("BYE: %s", m)
	}
	d.out.respond(invite, "200 OK", "new", d.proxy.dialogHeaders(), farSDP)
	if ack := d.comes("ACK "); toTag(ack) != "new" {
		t.Errorf("got %s", ack)
	}
	d.hangUp(d.id, call.Far, 0, 16, "over")
	bye := d.comes("BYE ")
	if field(bye, "Call-ID") != field(invite, "Call-ID") {
		t.Errorf("got %s", bye)
	}
	d.out.respond(bye, "200 OK", "", "", "")
	if end := d.ended(call.Far); end.By != call.ByTandem {
		t.Errorf("%+v", end)
	}
}

func cryptoLine(message string) string {
	_, line, _ := strings.Cut(message, "inline:")
	line, _, _ = strings.Cut(line, "\r")
	return line
}

// referAndTheEnd: the engine's end cancels what came of a REFER, and an answer that crosses
// the CANCEL is ended as well.
func referAndTheEnd(t *testing.T) {
	d := byHand(t)
	invite := d.refers(10)
	d.out.respond(invite, "180 Ringing", "new", d.proxy.dialogHeaders(), "")
	left := ""
	for !strings.Contains(left, `"remote_tag":"new"`) {
		left = string(event[call.LegAnswered](d.rig).Dialog)
	}
	d.hangUp(d.id, call.Far, 0, 16, "over")
	seen := map[string]string{}
	for len(seen) < 2 {
		m := d.out.await("")
		switch method, _, _ := strings.Cut(m, " "); method {
		case "CANCEL", "BYE":
			seen[method] = m
			d.out.respond(m, "200 OK", "", "", "")
		case "NOTIFY":
			d.out.respond(m, "200 OK", "", "", "")
		}
	}
	if field(seen["BYE"], "Call-ID") != field(d.invite, "Call-ID") || field(seen["CANCEL"], "Via") != field(invite, "Via") {
		t.Errorf("got %v", seen)
	}
	d.ended(call.Far)
	d.out.respond(invite, "200 OK", "new", d.proxy.dialogHeaders(), farSDP)
	d.comes("ACK ")
	bye := d.comes("BYE ")
	if field(bye, "Call-ID") != field(invite, "Call-ID") {
		t.Errorf("got %s", bye)
	}
	d.out.respond(bye, "200 OK", "", "", "")
}

// referAndBurial: another process ends both calls.
func referAndBurial(t *testing.T) {
	d := byHand(t)
	invite := d.refers(10)
	left := event[call.LegAnswered](d.rig).Dialog
	if !strings.Contains(string(left), fmt.Sprintf(`"call_id":"%s"`, field(invite, "Call-ID"))) {
		t.Errorf("left of it is %s", left)
	}
	buried := make(chan error, 1)
	go func() { buried <- d.edge.Bury(d.ctx(), "call-1", call.Far, left) }()
	bye := d.comes("BYE ")
	d.out.respond(bye, "200 OK", "", "", "")
	cancel := d.comes("CANCEL ")
	if field(cancel, "Via") != field(invite, "Via") || field(bye, "Call-ID") != field(d.invite, "Call-ID") {
		t.Errorf("got %s, %s", bye, cancel)
	}
	d.out.respond(cancel, "200 OK", "", "", "")
	d.must(next(t, "burial", buried))
	d.out.respond(invite, "487 Request Terminated", "new", "", "")
	d.over(20)
}
