package sip

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/siptest"
)

// brief makes a session of 90 s last 4.5 s: between the refresh and the end a busy machine
// has to find 0.75 s for each exchange.
func brief(c *Config) {
	c.Timers = Timers{T1: 10 * time.Millisecond, T2: 50 * time.Millisecond, Second: 50 * time.Millisecond, Glare: 20 * time.Millisecond}
}

// timed is an answered far leg whose 200 says this of the session timer.
func timed(t *testing.T, sessionExpires string) *farDialog {
	t.Helper()
	r, _, proxies := scripted(t, 1, brief)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	d := &farDialog{rig: r, id: id, out: next(t, "connection", proxies[0].lines)}
	d.invite = d.out.await("INVITE ")
	d.out.respond(d.invite, "200 OK", "ms", proxies[0].dialogHeaders()+"REQUIRE: timer\nSESSION-EXPIRES: "+sessionExpires+"\n", farSDP)
	d.out.await("ACK ")
	event[call.LegAnswered](r)
	d.in = d.connection()
	return d
}

// refreshed answers a refresh of ours and checks it.
func (d *farDialog) refreshed(cseq int) {
	d.t.Helper()
	m := d.out.await("INVITE ")
	if body(m) != body(d.invite) || field(m, "CSeq") != fmt.Sprintf("%d INVITE", cseq) || field(m, "Session-Expires") != "90;refresher=uac" || strings.Fields(m)[1] != target {
		d.t.Errorf("got %s", m)
	}
	d.out.respond(m, "200 OK", "", "CONTACT: <"+target+">\nSESSION-EXPIRES: 90;refresher=uac\n", farSDP)
	if ack := d.out.await("ACK "); field(ack, "CSeq") != fmt.Sprintf("%d ACK", cseq) || strings.Fields(ack)[1] != target {
		d.t.Errorf("got %s", ack)
	}
}

// ourRefresh: if we are the refresher, a re-INVITE with the description unchanged goes
// out at half of the interval, again and again.
func ourRefresh(t *testing.T) {
	d := timed(t, "90;refresher=uac")
	d.refreshed(2)
	d.refreshed(3)
	d.over(10)
}

// refreshUnknown: Microsoft does not know the dialog any more.
func refreshUnknown(t *testing.T) {
	d := timed(t, "90;refresher=uac")
	d.out.respond(d.out.await("INVITE "), "481 Call/Transaction Does Not Exist", "", "", "")
	d.out.await("ACK ")
	d.out.respond(d.out.await("BYE "), "481 Call/Transaction Does Not Exist", "", "", "")
	if end := d.ended(call.Far); end.By != call.ByTandem || end.Q850 != 102 {
		t.Errorf("%+v", end)
	}
}

// refreshMissing: who promised to refresh and does not is gone.
func refreshMissing(t *testing.T) {
	d := timed(t, "90;refresher=uas")
	bye := d.out.await("BYE ")
	if reason := field(bye, "Reason"); reason != `Q.850;cause=102;text="session expired"` {
		t.Errorf("Reason: %s", reason)
	}
	d.out.respond(bye, "200 OK", "", "", "")
	d.ended(call.Far)
}

// theirRefresh: each re-INVITE of theirs begins the interval again, and our 200 agrees.
func theirRefresh(t *testing.T) {
	d := timed(t, "90;refresher=uas")
	for cseq := 10; cseq < 13; cseq++ {
		wants := "SUPPORTED: timer\n"
		if cseq == 12 {
			wants = "REQUIRE: timer\n" // as who has it may write instead (RFC 4028 §7.1)
		}
		m := d.inside(d.in, "INVITE", cseq, wants+"SESSION-EXPIRES: 3600;refresher=uac\nMIN-SE: 300\n", farSDP)
		if !strings.HasPrefix(m, "SIP/2.0 200") || field(m, "Session-Expires") != "3600;refresher=uac" || field(m, "Require") != "timer" {
			t.Errorf("got %s", m)
		}
		d.inside(d.in, "ACK", cseq, "", "")
	}
	d.over(20)
}

// glareOfOurs: theirs was first, so ours gets 491 and is sent again with another number.
func glareOfOurs(t *testing.T) {
	d := timed(t, "90;refresher=uac")
	d.out.respond(d.out.await("INVITE "), "491 Request Pending", "", "", "")
	d.out.await("ACK ")
	d.refreshed(3)
	d.over(10)
}

// glareOfTheirs: ours is under way, so theirs gets 491; both come through in the end.
func glareOfTheirs(t *testing.T) {
	d := timed(t, "90;refresher=uac")
	m := d.out.await("INVITE ")
	if got := d.inside(d.in, "INVITE", 10, "", farSDP); !strings.HasPrefix(got, "SIP/2.0 491") {
		t.Errorf("got %s", got)
	}
	d.inside(d.in, "ACK", 10, "", "")
	d.out.respond(m, "200 OK", "", "CONTACT: <"+target+">\nSESSION-EXPIRES: 3600;refresher=uac\n", farSDP)
	d.out.await("ACK ")
	cseq := 11
	for ; ; cseq++ { // our ACK may be ahead of the leg, which has its answer still to take
		got := d.inside(d.in, "INVITE", cseq, "", farSDP)
		d.inside(d.in, "ACK", cseq, "", "")
		if strings.HasPrefix(got, "SIP/2.0 200") {
			break
		}
		if !strings.HasPrefix(got, "SIP/2.0 491") || cseq > 20 {
			t.Fatalf("got %s", got)
		}
	}
	d.over(cseq + 1)
}

// repeatedRefreshAnswer: the ACK of a refresh was lost, and is sent again.
func repeatedRefreshAnswer(t *testing.T) {
	d := timed(t, "90;refresher=uac")
	m := d.out.await("INVITE ")
	for range 2 {
		d.out.respond(m, "200 OK", "", "CONTACT: <"+target+">\nSESSION-EXPIRES: 90;refresher=uac\n", farSDP)
		if ack := d.out.await("ACK "); field(ack, "CSeq") != "2 ACK" {
			t.Errorf("got %s", ack)
		}
	}
	d.over(10)
}

// glareAtTheProxies: the simulator's proxies collide with our refresh, which is 491;
// theirs comes through, now or later, and refreshes the session as well.
func glareAtTheProxies(t *testing.T) {
	r := newRigWith(t, brief, func(c *pstnhub.Config) { c.T1 = 50 * time.Millisecond })
	r.must(r.hub.SetFault(pstnhub.FaultRefresher, "90"))
	r.must(r.hub.SetFault(pstnhub.FaultGlare, "on"))
	c, _, far, _, _ := r.up(siptest.CallOptions{})
	eventually(t, func() bool { return far.Reinvites() > 0 })
	packets := far.Media().PacketsIn
	eventually(t, func() bool { return far.Media().PacketsIn > packets+10 })
	r.must(c.Hangup(r.ctx()))
	r.ended(call.Near)
	far.Bye(16, "x")
	r.ended(call.Far)
	r.clean()
}

// refreshesOfACallOut: re-INVITEs with the description unchanged, answered with ours unchanged.
func refreshesOfACallOut(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	r.must(r.hub.SetFault(pstnhub.FaultRefresh, "50ms"))
	leg, phone, _ := r.talkingOut()
	eventually(t, func() bool { return leg.Reinvites() > 2 })
	packets := leg.Media().PacketsIn
	eventually(t, func() bool { return leg.Media().PacketsIn > packets+10 })
	r.must(phone.Hangup(r.ctx()))
	<-leg.Ended()
	r.ended(outSide)
	r.clean()
}

// rollover: their sequence numbers wrap, then they re-INVITE: with the same key our
// rollover counter is kept, with a new one it is 0 (facts/direct-routing.md §8.2).
func rollover(rekey bool) func(*testing.T) {
	return func(t *testing.T) {
		r := newRigWith(t, nil, func(c *pstnhub.Config) { c.Sequence = 65520 })
		c, id, far, _, _ := r.up(siptest.CallOptions{})
		speaker := joinAgent(t, far, audio.AgentSpeech().Samples[:3*8000])
		defer func() { <-speaker.done }()
		eventually(t, func() bool { return far.Media().PacketsOut > 30 }) // it has wrapped
		r.must(far.Reinvite(r.ctx(), pstnhub.Change{Rekey: rekey}))
		sent := far.Media().PacketsOut
		eventually(t, func() bool { return far.Media().PacketsOut > sent+30 })
		sent = far.Media().PacketsOut
		r.hangUp(id, call.Far, 0, 16, "over")
		end := r.ended(call.Far)
		const underWay = 5 // packets, while keys are changed on a busy machine
		if end.Media.PacketsIn+underWay < sent {
			t.Errorf("%d of %d packets were taken", end.Media.PacketsIn, sent)
		}
		<-far.Ended()
		if m := far.Media(); m.AuthFailures > underWay || m.PacketsIn == 0 { // with a wrong counter it is all of them
			t.Errorf("%+v", m)
		}
		r.must(c.Hangup(r.ctx()))
		r.clean()
	}
}

// rekeys: Microsoft changes its key again and again, and no packet is lost by it.
func rekeys(t *testing.T) {
	r := newRig(t, nil)
	r.must(r.hub.SetFault(pstnhub.FaultRekey, "100ms"))
	c, id, far, _, _ := r.up(siptest.CallOptions{})
	speaker := joinAgent(t, far, audio.AgentSpeech().Samples[:8000])
	eventually(t, func() bool { return far.Reinvites() > 3 })
	<-speaker.done
	sent := far.Media().PacketsOut
	r.hub.ClearFaults()
	r.hangUp(id, call.Far, 0, 16, "over")
	if end := r.ended(call.Far); end.Media.PacketsIn+10 < sent { // a packet may overtake the ACK of its key
		t.Errorf("%d of %d packets were taken", end.Media.PacketsIn, sent)
	}
	r.must(c.Hangup(r.ctx()))
	r.clean()
}

// staleTrunk: a trunk that was registered a moment ago is still unknown to the connections
// that Microsoft has; a renewed one knows it (facts/direct-routing.md §4.3).
func staleTrunk(t *testing.T) {
	var registered atomic.Bool
	var asked atomic.Int64
	r := newRigWith(t, func(c *Config) { c.Far.Ping, c.Far.Renew = 20*time.Millisecond, 500*time.Millisecond }, func(c *pstnhub.Config) {
		c.Resource = func(fqdn string) (string, bool) {
			asked.Add(1)
			return "resource-1", registered.Load() && fqdn == trunkName
		}
	})
	r.must(r.hub.SetFault(pstnhub.FaultConfigCache, "on"))
	eventually(t, func() bool { return asked.Load() >= 3 }) // each proxy has looked, and remembers
	registered.Store(true)
	eventually(t, func() bool { return r.counted("tandem_sip_trunk_up", "1", trunkName) == 1 })
}

// heldAtTheProxies: Microsoft holds and resumes, and our media target stays.
func heldAtTheProxies(t *testing.T) {
	r := newRig(t, nil)
	c, _, far, _, _ := r.up(siptest.CallOptions{})
	for _, direction := range []string{"inactive", "sendrecv"} {
		r.must(far.Reinvite(r.ctx(), pstnhub.Change{Direction: direction}))
		if far.OnHold() != (direction == "inactive") {
			t.Errorf("after %s on hold: %v", direction, far.OnHold())
		}
	}
	packets := far.Media().PacketsIn
	eventually(t, func() bool { return far.Media().PacketsIn > packets+10 })
	far.Bye(16, "x")
	r.ended(call.Far)
	r.must(c.Hangup(r.ctx()))
	r.clean()
}

// cryptoLines: of three lines, one with MKI, ours is chosen, and both hear each other.
func cryptoLines(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	r.must(r.hub.SetFault(pstnhub.FaultCryptoLines, "on"))
	leg, phone, _ := r.talkingOut()
	eventually(t, func() bool { return leg.Media().PacketsIn > 10 && phone.Stats().Received > 10 })
	if m := leg.Media(); m.AuthFailures != 0 {
		t.Errorf("%+v", m)
	}
	r.must(phone.Hangup(r.ctx()))
	<-leg.Ended()
	r.ended(outSide)
	r.clean()
}

// requestsOnNewConnections: each request of Microsoft's in the dialog on one of its own.
func requestsOnNewConnections(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	r.must(r.hub.SetFault(pstnhub.FaultNewConnection, "on"))
	leg, phone, _ := r.talkingOut()
	for range 2 {
		r.must(leg.Reinvite(r.ctx(), pstnhub.Change{}))
	}
	leg.Bye(16, "x")
	<-phone.Ended()
	if e := r.ended(outSide); e.By != call.ByMicrosoft {
		t.Errorf("%+v", e)
	}
	r.clean()
}

// byeOnOurConnection: in a call that came on Microsoft's connection our requests go out
// on our own (facts/direct-routing.md §4.3).
func byeOnOurConnection(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	leg, phone, _ := r.talkingOut()
	r.hangUp("call-out", outSide, 0, 31, "removed")
	<-phone.Ended()
	<-leg.Ended()
	if by, _, q850 := leg.End(); by != "sbc" || q850 != 31 {
		t.Errorf("at Microsoft: %s, Q.850 %d", by, q850)
	}
	r.ended(outSide)
	r.clean() // would have wrong-connection
}

// noMoves: the peer moves its media, and Microsoft does not hear of it: neither by a
// re-INVITE nor by another port of ours.
func noMoves(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.invite(number, "moves", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.dial("call-1")
	far := next(t, "leg", r.legs)
	r.must(far.Answer(r.ctx()))
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	ok := p.await("SIP/2.0 200")
	p.inside("ACK", 2, ok, "")
	r.must(r.edge.ConnectMedia(r.ctx(), "call-1"))
	contact := strings.Trim(field(ok, "Contact"), "<>")
	p.send(fmt.Sprintf("INVITE %s SIP/2.0\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: 3 INVITE\nContact: <sip:them@{here}>\nContent-Type: application/sdp\nContent-Length: {length}\n\n%s",
		contact, field(ok, "From"), field(ok, "To"), field(ok, "Call-ID"), strings.Replace(plainSDP, "40000", "40100", 1)))
	if status, m := p.final(); status != 200 {
		t.Errorf("got %s", m)
	}
	p.inside("ACK", 3, ok, "")
	packets := far.Media().PacketsIn
	eventually(t, func() bool { return far.Media().PacketsIn > packets+5 })
	if n := far.Refreshes(); n != 0 {
		t.Errorf("%d re-INVITEs", n)
	}
	if m := far.Media(); m.Foreign != 0 || m.AuthFailures != 0 {
		t.Errorf("%+v", m)
	}
	far.Bye(16, "x")
	r.ended(call.Far)
	p.inside("BYE", 4, ok, "")
	r.ended(call.Near)
	r.clean()
}

// notifyOfNothing: nobody subscribed, and the call goes on.
func notifyOfNothing(t *testing.T) {
	d := answeredDialog(t, nil)
	if m := d.inside(d.in, "NOTIFY", 10, "EVENT: refer\nSUBSCRIPTION-STATE: active\n", ""); !strings.HasPrefix(m, "SIP/2.0 481") {
		t.Errorf("NOTIFY: %s", m)
	}
	d.over(11)
}

// provisional: the peer hears nothing of Microsoft's 18x but what the engine says, and
// never a description whose media is silence (facts/direct-routing.md §18 no. 20).
func provisional(status int, does func(*rig, *pstnhub.Leg)) func(*testing.T) {
	return func(t *testing.T) {
		r := newRig(t, nil)
		p := newRaw(t, r)
		p.invite(number, "rings", "", plainSDP)
		next(t, "offer", r.engine.offers)
		r.must(r.edge.Ring(r.ctx(), "call-1"))
		r.dial("call-1")
		far := next(t, "leg", r.legs)
		does(r, far)
		for event[call.LegProceeding](r).Status != status {
		}
		r.must(far.Answer(r.ctx()))
		event[call.LegAnswered](r)
		r.must(r.edge.Answer(r.ctx(), "call-1"))
		rang := 0
		ok := ""
		for ok == "" {
			m := p.receive(patience)
			switch {
			case strings.HasPrefix(m, "SIP/2.0 200"):
				ok = m
			case strings.HasPrefix(m, "SIP/2.0 100"):
			case strings.HasPrefix(m, "SIP/2.0 180") && body(m) == "":
				rang++
			default:
				t.Fatalf("the peer got %q", m)
			}
		}
		if rang == 0 {
			t.Error("no 180")
		}
		p.inside("ACK", 2, ok, "")
		p.inside("BYE", 3, ok, "")
		r.ended(call.Near)
		r.clean()
	}
}

// lostACKAtMicrosoft: the 200 comes again and again, is acknowledged each time, and then
// Microsoft gives up.
func lostACKAtMicrosoft(t *testing.T) {
	r := newRigWith(t, nil, func(c *pstnhub.Config) { c.T1 = 5 * time.Millisecond })
	r.must(r.hub.SetFault(pstnhub.FaultLostACK, "on"))
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	far := next(t, "leg", r.legs)
	if err := far.Answer(r.ctx()); err == nil {
		t.Error("the ACK arrived")
	}
	if end := r.ended(call.Far); end.By != call.ByMicrosoft || end.Q850 != 102 {
		t.Errorf("%+v", end)
	}
	r.clean()
}

// outTaken is a call out with other particulars; it is answered.
func outTaken(fault string, change func(*pstnhub.Call)) func(*testing.T) {
	return func(t *testing.T) {
		r := newRig(t, nil)
		r.carrier(nil)
		if fault != "" {
			r.must(r.hub.SetFault(fault, "on"))
		}
		r.phone.OnCall(func(in *siptest.Incoming) {
			_, _ = in.Answer(r.ctx(), audio.CustomerSpeech()) // it may be over before the ACK was seen
		})
		c := pstnhub.Call{Trunk: trunkName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: abroad, DisplayName: "Contoso", Headers: withToken}
		if change != nil {
			change(&c)
		}
		result := make(chan called, 1)
		go func() {
			leg, err := r.hub.Dial(r.ctx(), c)
			result <- called{leg, err}
		}()
		o := next(t, "call out", r.engine.outs)
		r.must(r.edge.DialOut(r.ctx(), "call-out", call.DialOut{Side: outSide, Peer: "peer-joe", Number: o.Number, Caller: o.Caller}))
		got := next(t, "answer", result)
		r.must(got.err)
		got.leg.Bye(16, "x")
		r.ended(outSide)
		r.clean()
	}
}

// hashInTheUser: "#" comes unescaped. It is no number that we dial, and no bad request.
func hashInTheUser(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	_, err := r.hub.Dial(r.ctx(), pstnhub.Call{Trunk: trunkName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: "*21#", Headers: withToken})
	var refused *pstnhub.Refused
	if !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("%v", err)
	}
	r.clean()
}

// expiredCallsIn: Microsoft's certificate ran out, so it does not get in.
func expiredCallsIn(t *testing.T) {
	r := newRig(t, nil)
	r.must(r.hub.SetFault(pstnhub.FaultCertificate, "expired"))
	_, err := r.hub.Dial(r.ctx(), pstnhub.Call{Trunk: trunkName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: abroad})
	var refused *pstnhub.Refused
	if !errors.As(err, &refused) || refused.Status != 504 {
		t.Errorf("%v", err)
	}
}

// neededOptions: Microsoft calls a trunk once OPTIONS went well both ways.
func neededOptions(t *testing.T) {
	r := newRigWith(t, func(c *Config) { c.Far.Ping = 50 * time.Millisecond }, func(c *pstnhub.Config) { c.NeedOptions = true })
	eventually(t, func() bool { return r.hub.Health(trunkName).Overall == "active" })
	r.clean()
}
