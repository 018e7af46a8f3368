package sip

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/siptest"
)

// pickedUp is a far leg whose dialog Microsoft is to replace.
type pickedUp struct {
	*farDialog
	proxy *proxy
}

func toPickUp(t *testing.T, change func(*Config)) *pickedUp {
	t.Helper()
	r, _, proxies := scripted(t, 1, change)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	d := &pickedUp{&farDialog{rig: r, id: id, out: next(t, "connection", proxies[0].lines)}, proxies[0]}
	d.invite = d.out.await("INVITE ")
	d.in = d.connection()
	return d
}

// answers is Microsoft's 200, and what the engine is told.
func (d *pickedUp) answers() call.LegAnswered {
	d.t.Helper()
	d.out.respond(d.invite, "200 OK", "ms", d.proxy.dialogHeaders(), farSDP)
	d.out.await("ACK ")
	return event[call.LegAnswered](d.rig)
}

// replaces is the header that names the leg's dialog.
func (d *pickedUp) replaces(tag, more string) string {
	_, ours, _ := strings.Cut(field(d.invite, "From"), ";tag=")
	return fmt.Sprintf("REPLACES: %s;to-tag=%s;from-tag=%s%s\n", field(d.invite, "Call-ID"), ours, tag, more)
}

// asks sends an INVITE of Microsoft's that is no request inside a dialog; the final response.
func (d *pickedUp) asks(name, trunk, header, sdp string) string {
	d.t.Helper()
	_, port, _ := net.SplitHostPort(d.proxy.listen.Addr().String())
	header += "RECORD-ROUTE: <sip:sip-du-a-eu.pstnhub.microsoft.com:" + port + ";transport=tls;lr>\n"
	if sdp != "" {
		header += "CONTENT-TYPE: application/sdp\n"
	}
	invite := request("INVITE", "sip:"+caller+"@"+trunk+";transport=tls", 1, "<sip:"+caller+"@"+trunk+">", "<sip:+49302@sip.pstnhub.microsoft.com>;tag="+name, name, header, sdp)
	d.in.write(strings.Replace(invite, "z9hG4bKINVITE1", "z9hG4bK"+name, 1))
	for {
		if m := d.in.await("SIP/2.0 "); !strings.HasPrefix(m, "SIP/2.0 1") && field(m, "Call-ID") == name {
			return m
		}
	}
}

// says is a request inside the dialog that took over.
func (d *pickedUp) says(method string, cseq int, ok, extra, sdp string) {
	d.t.Helper()
	if sdp != "" {
		extra += "CONTENT-TYPE: application/sdp\n"
	}
	d.in.write(request(method, strings.Trim(field(ok, "Contact"), "<>"), cseq, field(ok, "To"), field(ok, "From"), field(ok, "Call-ID"), extra, sdp))
}

// byeOf is our next BYE, to a dialog, which is answered. It may come on a new connection: the stack closes one with its last
// transaction.
func (d *pickedUp) byeOf(callID string) string {
	d.t.Helper()
	bye, limit := "", time.After(patience)
	for !strings.HasPrefix(bye, "BYE ") {
		select {
		case bye = <-d.out.in:
			if bye == "" { // closed
				d.out = next(d.t, "connection", d.proxy.lines)
			}
		case l := <-d.proxy.lines:
			d.out = l
		case <-limit:
			d.t.Fatal("no BYE")
		}
	}
	if field(bye, "Call-ID") != callID {
		d.t.Errorf("want BYE of %s: %s", callID, bye)
	}
	d.out.respond(bye, "200 OK", "", "", "")
	return bye
}

func replacesOfAFarLeg(t *testing.T) {
	d := toPickUp(t, nil)
	first := d.answers()
	for i, name := range []string{"with", "require", "without"} {
		old, tag := field(d.invite, "Call-ID"), "ms"
		header := d.replaces(tag, "")
		offer := farSDP
		switch i {
		case 1:
			header, old = fmt.Sprintf("REQUIRE: replaces\nREPLACES: with;to-tag=%s;from-tag=with\n", toTag(d.invite)), "with"
		case 2:
			header, old, offer = fmt.Sprintf("REPLACES: require;to-tag=%s;from-tag=require\n", toTag(d.invite)), "require", ""
		}
		ok := d.asks(name, trunkName, header, offer)
		if !strings.HasPrefix(ok, "SIP/2.0 200") || !allowsAsWe(ok) || !strings.Contains(field(ok, "Contact"), trunkName) || !strings.Contains(ok, "RTP/SAVP 8") {
			t.Fatalf("%s: %s", name, ok)
		}
		if mediaLine(ok) != mediaLine(d.invite) && mediaPort(ok) != mediaPort(d.invite) {
			t.Errorf("%s: our port has moved: %s, was %s", name, mediaLine(ok), mediaLine(d.invite))
		}
		answer := ""
		if offer == "" {
			answer = farSDP
		}
		d.says("ACK", 1, ok, "", answer)
		if bye := d.byeOf(old); !strings.Contains(field(bye, "Reason"), `text="replaced"`) {
			t.Errorf("%s: %s", name, bye)
		}
		again := event[call.LegAnswered](d.rig)
		if again.Side != call.Far || string(again.Dialog) == string(first.Dialog) || !strings.Contains(string(again.Dialog), `"call_id":"`+name+`"`) || !strings.Contains(string(again.Dialog), trunkName) {
			t.Errorf("%s: %+v", name, again)
		}
		d.invite = ok
	}
	d.says("INVITE", 2, d.invite, "", strings.ReplaceAll(farSDP, "sendrecv", "inactive"))
	m := d.in.await("SIP/2.0 2")
	for field(m, "CSeq") != "2 INVITE" { // the one before is repeated until its ACK is taken
		m = d.in.await("SIP/2.0 2")
	}
	if !strings.Contains(m, "a=inactive") {
		t.Errorf("hold in the new dialog: %s", m)
	}
	d.says("ACK", 2, d.invite, "", "")
	d.says("BYE", 3, d.invite, "", "")
	if end := d.ended(call.Far); end.By != call.ByMicrosoft {
		t.Errorf("%+v", end)
	}
}

func replacesWhileItRings(t *testing.T) {
	d := toPickUp(t, nil)
	if m := d.asks("early", trunkName, d.replaces("one", ""), farSDP); !strings.HasPrefix(m, "SIP/2.0 481") {
		t.Errorf("nothing rings yet: %s", m)
	}
	for _, tag := range []string{"one", "two"} {
		d.out.respond(d.invite, "180 Ringing", tag, d.proxy.dialogHeaders(), "")
		for event[call.LegProceeding](d.rig).Status != 180 {
		}
	}
	ok := d.asks("taker", trunkName, d.replaces("one", ";early-only"), farSDP)
	if !strings.HasPrefix(ok, "SIP/2.0 200") {
		t.Fatalf("got %s", ok)
	}
	d.says("ACK", 1, ok, "", "")
	cancel := d.out.await("CANCEL ")
	if field(cancel, "Via") != field(d.invite, "Via") {
		t.Errorf("got %s", cancel)
	}
	d.out.respond(cancel, "200 OK", "one", "", "")
	if again := event[call.LegAnswered](d.rig); again.Side != call.Far || !strings.Contains(string(again.Dialog), `"call_id":"taker"`) {
		t.Errorf("%+v", again)
	}
	d.out.respond(d.invite, "487 Request Terminated", "two", "", "")
	d.out.await("ACK ")
	d.hangUp(d.id, call.Far, 0, 16, "over")
	if bye := d.byeOf("taker"); !strings.Contains(field(bye, "Reason"), `text="over"`) {
		t.Errorf("got %s", bye)
	}
	d.ended(call.Far)
}

// replacesCrossedByAnAnswer: one of those who rang answers when another has taken the call.
func replacesCrossedByAnAnswer(t *testing.T) {
	d := toPickUp(t, nil)
	d.out.respond(d.invite, "180 Ringing", "one", d.proxy.dialogHeaders(), "")
	for event[call.LegProceeding](d.rig).Status != 180 {
	}
	ok := d.asks("taker", trunkName, d.replaces("one", ""), farSDP)
	d.says("ACK", 1, ok, "", "")
	cancel := d.out.await("CANCEL ")
	d.out.respond(d.invite, "200 OK", "two", d.proxy.dialogHeaders(), farSDP)
	d.out.respond(cancel, "200 OK", "two", "", "")
	d.out.await("ACK ")
	if bye := d.byeOf(field(d.invite, "Call-ID")); toTag(bye) != "two" {
		t.Errorf("got %s", bye)
	}
	event[call.LegAnswered](d.rig)
	d.hangUp(d.id, call.Far, 0, 16, "over")
	d.byeOf("taker")
	d.ended(call.Far)
}

func replacesOfAFarLegRefused(t *testing.T) {
	d := toPickUp(t, nil)
	d.answers()
	refused := 0
	expect := func(want, trunk, header, sdp string) {
		t.Helper()
		refused++
		m := d.asks(fmt.Sprintf("taker-%d", refused), trunk, header, sdp)
		if !strings.HasPrefix(m, "SIP/2.0 "+want) {
			t.Errorf("want %s: %s", want, m)
		}
	}
	good := d.replaces("ms", "")
	expect("481", trunkName, d.replaces("other", ""), farSDP)
	expect("481", trunkName, strings.Replace(good, "REPLACES: ", "REPLACES: x", 1), farSDP)
	expect("481", "e1.sbc.tandem.test", good, farSDP) // the identity of another trunk
	expect("486", trunkName, d.replaces("ms", ";early-only"), farSDP)
	expect("400", trunkName, "REPLACES: x\n", farSDP)
	expect("400", trunkName, good+good, farSDP)
	expect("488", trunkName, good, strings.ReplaceAll(farSDP, "SAVP", "AVP"))
	expect("400", trunkName, good, "v=1\n")
	ok := d.asks("taker", trunkName, good, "")
	expect("500", trunkName, fmt.Sprintf("REPLACES: taker;to-tag=%s;from-tag=taker\n", toTag(ok)), farSDP) // the answer in its ACK is missing
	d.says("ACK", 1, ok, "", farSDP)
	d.byeOf(field(d.invite, "Call-ID"))
	d.says("BYE", 2, ok, "", "")
	d.ended(call.Far)
	expect("481", trunkName, fmt.Sprintf("REPLACES: taker;to-tag=%s;from-tag=taker\n", toTag(ok)), farSDP)
}

func replacesOfAFarLegWithoutACK(t *testing.T) {
	d := toPickUp(t, fast)
	d.answers()
	d.asks("deaf", trunkName, d.replaces("ms", ""), farSDP)
	d.byeOf(field(d.invite, "Call-ID"))
	d.in.await("SIP/2.0 200") // again
	d.byeOf("deaf")
	if end := d.ended(call.Far); end.Q850 != 102 {
		t.Errorf("%+v", end)
	}
	d = toPickUp(t, nil)
	d.answers()
	ok := d.asks("slow", trunkName, d.replaces("ms", ""), farSDP)
	d.byeOf(field(d.invite, "Call-ID"))
	event[call.LegAnswered](d.rig)
	d.hangUp(d.id, call.Far, 0, 16, "over")
	d.in.await("SIP/2.0 200") // again, for want of the ACK
	select {
	case m := <-d.out.in:
		t.Errorf("before the ACK: %s", m)
	default:
	}
	d.says("ACK", 1, ok, "", "")
	d.byeOf("slow")
	d.ended(call.Far)
}

// replacesCancelled: the CANCEL comes at any moment of taking over, and either of both is whole.
func replacesCancelled(t *testing.T) {
	d := toPickUp(t, nil)
	d.answers()
	_, port, _ := net.SplitHostPort(d.proxy.listen.Addr().String())
	invite := request("INVITE", "sip:"+caller+"@"+trunkName+";transport=tls", 1, "<sip:"+caller+"@"+trunkName+">", "<sip:+49302@sip.pstnhub.microsoft.com>;tag=taker", "taker",
		d.replaces("ms", "")+"RECORD-ROUTE: <sip:sip-du-a-eu.pstnhub.microsoft.com:"+port+";transport=tls;lr>\nCONTENT-TYPE: application/sdp\n", farSDP)
	cancel := strings.ReplaceAll(request("CANCEL", "sip:"+caller+"@"+trunkName+";transport=tls", 1, "<sip:"+caller+"@"+trunkName+">", "<sip:+49302@sip.pstnhub.microsoft.com>;tag=taker", "taker", "", ""), "CANCEL1", "INVITE1")
	d.in.write(invite + cancel)
	for {
		m := d.in.await("SIP/2.0 ")
		if !strings.HasSuffix(field(m, "CSeq"), "INVITE") || strings.HasPrefix(m, "SIP/2.0 1") {
			continue
		}
		if strings.HasPrefix(m, "SIP/2.0 487") { // nothing has changed
			d.over(10)
			return
		}
		d.says("ACK", 1, m, "", "") // the 200 was faster
		d.byeOf(field(d.invite, "Call-ID"))
		d.says("BYE", 2, m, "", "")
		d.ended(call.Far)
		return
	}
}

// replacesAtTheProxies: both kinds of legs as the simulated Microsoft picks them up.
func replacesAtTheProxies(t *testing.T) {
	t.Run("of a call of ours", func(t *testing.T) {
		r := newRig(t, nil)
		c, id, far, _, _ := r.up(siptest.CallOptions{})
		taker, err := r.hub.Dial(r.ctx(), pstnhub.Call{Trunk: trunkName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: caller, Replaces: far})
		r.must(err)
		<-far.Ended()
		event[call.LegAnswered](r)
		before := c.Stats().Received
		eventually(t, func() bool { return taker.Media().PacketsIn > 10 && c.Stats().Received > before+10 })
		r.hangUp(id, call.Near, 0, 16, "over")
		r.hangUp(id, call.Far, 0, 16, "over")
		<-taker.Ended()
		r.ended(call.Far)
		<-r.edge.dialogsGone()
		r.clean()
	})
	t.Run("of a call of theirs", func(t *testing.T) {
		r := newRig(t, nil)
		r.carrier(nil)
		leg, phone, first := r.talkingOut()
		taker, err := r.hub.Dial(r.ctx(), pstnhub.Call{Trunk: trunkName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: abroad, Replaces: leg})
		r.must(err)
		<-leg.Ended()
		if again := event[call.LegAnswered](r); again.Side != outSide || string(again.Dialog) == string(first) || !strings.Contains(string(again.Dialog), taker.CallID()) {
			t.Errorf("%+v", again)
		}
		before := phone.Stats().Received
		eventually(t, func() bool { return taker.Media().PacketsIn > 10 && phone.Stats().Received > before+10 })
		r.must(phone.Hangup(r.ctx()))
		<-taker.Ended()
		r.ended(outSide)
		r.clean()
	})
}

// replacesAndDeath: another process ends the dialog that took over, and nothing else.
func replacesAndDeath(t *testing.T) {
	d := toPickUp(t, nil)
	d.answers()
	ok := d.asks("taker", trunkName, d.replaces("ms", ""), farSDP)
	d.says("ACK", 1, ok, "", "")
	d.byeOf(field(d.invite, "Call-ID"))
	left := event[call.LegAnswered](d.rig).Dialog
	buried := make(chan error, 1)
	go func() { buried <- d.edge.Bury(d.ctx(), "call-1", call.Far, left) }()
	if bye := d.byeOf("taker"); !strings.Contains(field(bye, "To"), ";tag=taker") {
		t.Errorf("got %s", bye)
	}
	d.must(next(t, "burial", buried))
	d.says("BYE", 9, ok, "", "")
	d.ended(call.Far)
}

// outToPickUp is a call out that was answered by a raw peer, or rings there.
func outToPickUp(t *testing.T, status int, changes ...func(*Config)) (r *rig, p *raw, invite, good string, result <-chan called) {
	t.Helper()
	r = newRig(t, func(c *Config) {
		for _, change := range changes {
			change(c)
		}
	})
	p = newRaw(t, r)
	p.asCarrier(r)
	result = r.dialled(r.ctx(), nil)
	invite = p.await("INVITE ")
	sdp := ""
	if status == 200 {
		sdp = plainSDP
	}
	p.replies(invite, status, "", sdp)
	if status == 200 {
		p.await("ACK ")
	} else {
		r.rung()
	}
	_, ours, _ := strings.Cut(field(invite, "From"), ";tag=")
	return r, p, invite, fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=raw", field(invite, "Call-ID"), ours), result
}

func replacesOfACallOut(t *testing.T) {
	r, p, invite, good, result := outToPickUp(t, 200)
	got := next(t, "answer", result)
	r.must(got.err)
	first := event[call.LegAnswered](r)
	q := newRaw(t, r)
	k := &talk{raw: q, r: r, cseq: 2}
	k.rtp = listenRTP(t)
	q.invite(number, "taker", good+"\n", k.here(""))
	k.ok = q.await("SIP/2.0 200")
	k.acks("")
	bye := p.await("BYE ")
	if field(bye, "Call-ID") != field(invite, "Call-ID") || !strings.Contains(field(bye, "Reason"), `text="replaced"`) {
		t.Errorf("got %s", bye)
	}
	p.reply(bye, "200 OK")
	again := event[call.LegAnswered](r)
	if again.Side != outSide || string(again.Dialog) == string(first.Dialog) || !strings.Contains(string(again.Dialog), `"call_id":"taker"`) {
		t.Errorf("%+v", again)
	}
	if mediaPort(k.ok) != mediaPort(invite) {
		t.Errorf("our port has moved: %s, was %s", mediaLine(k.ok), mediaLine(invite))
	}
	k.packet()
	if status, m := k.asks("INVITE", "", k.here("a=sendonly\n")); status != 200 || !strings.Contains(m, "a=recvonly") {
		t.Errorf("a re-INVITE in the new dialog: %s", m)
	}
	k.acks("")
	q.endsOut(r, got.leg)
	<-r.edge.dialogsGone()
}

func replacesPicksUp(t *testing.T) {
	r, p, invite, good, result := outToPickUp(t, 180)
	q := newRaw(t, r)
	k := &talk{raw: q, r: r, cseq: 2}
	k.rtp = listenRTP(t)
	q.invite(number, "taker", good+"\n", k.here(""))
	k.ok = q.await("SIP/2.0 200")
	k.acks("")
	cancel := p.await("CANCEL ")
	p.reply(cancel, "200 OK")
	p.replies(invite, 487, "", "")
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	if again := event[call.LegAnswered](r); again.Side != outSide || !strings.Contains(string(again.Dialog), `"call_id":"taker"`) {
		t.Errorf("%+v", again)
	}
	k.packet()
	q.endsOut(r, got.leg)
	<-r.edge.dialogsGone()
}

func replacesOfACallOutRefused(t *testing.T) {
	r, p, invite, good, result := outToPickUp(t, 180)
	n := 0
	refused := func(want int, header, sdp string) {
		t.Helper()
		n++
		q := newRaw(t, r)
		q.invite(number, fmt.Sprintf("taker-%d", n), header+"\n", sdp)
		if status, m := q.final(); status != want {
			t.Errorf("want %d: %s", want, m)
		}
	}
	refused(481, strings.Replace(good, "from-tag=", "from-tag=x", 1), plainSDP)
	refused(488, good, "")
	refused(488, good, strings.ReplaceAll(strings.ReplaceAll(plainSDP, "AVP 8", "AVP 18"), "8 PCMA/8000", "18 G729/8000"))
	p.replies(invite, 200, "", plainSDP)
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	refused(486, good+";early-only", plainSDP)
	refused(481, strings.Replace(good, "to-tag=", "to-tag=x", 1), plainSDP)
	p.endsOut(r, got.leg)
	refused(481, good, plainSDP)
}
