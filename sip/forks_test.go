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

// rung is the status of the next provisional response that the engine is told of.
func (r *rig) rung() int {
	r.t.Helper()
	for {
		if p := event[call.LegProceeding](r); p.Status > 100 {
			return p.Status
		}
	}
}

// toTag is the tag in To.
func toTag(message string) string {
	_, tag, _ := strings.Cut(field(message, "To"), ";tag=")
	return tag
}

// endsOut has Microsoft hang up, and the peer answer our BYE.
func (p *raw) endsOut(r *rig, leg *pstnhub.Leg) string {
	p.t.Helper()
	leg.Bye(16, "bye")
	bye := p.await("BYE ")
	p.reply(bye, "200 OK")
	r.ended(outSide)
	r.clean()
	return bye
}

func forkedAnswers(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	for _, tag := range []string{"one", "two", "three"} {
		p.repliesAs(tag, invite, 180, "", "")
		if status := r.rung(); status != 180 {
			t.Errorf("rung %d", status)
		}
	}
	p.repliesAs("two", invite, 200, "", plainSDP)
	if ack := p.await("ACK "); toTag(ack) != "two" || field(ack, "CSeq") != "1 ACK" {
		t.Errorf("got %s", ack)
	}
	got := next(t, "answer", result)
	r.must(got.err)
	for range 2 { // the second answer, and once more: its ACK was lost
		p.repliesAs("three", invite, 200, "", plainSDP)
		if ack := p.await("ACK "); toTag(ack) != "three" || field(ack, "CSeq") != "1 ACK" {
			t.Errorf("got %s", ack)
		}
	}
	bye := p.await("BYE ")
	if toTag(bye) != "three" || field(bye, "CSeq") != "2 BYE" || field(bye, "Reason") == "" {
		t.Errorf("got %s", bye)
	}
	p.reply(bye, "200 OK")
	p.repliesAs("two", invite, 200, "", plainSDP)
	if ack := p.await("ACK "); toTag(ack) != "two" {
		t.Errorf("got %s", ack)
	}
	if bye := p.endsOut(r, got.leg); toTag(bye) != "two" {
		t.Errorf("got %s", bye)
	}
}

func forkGivesUp(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	p.repliesAs("one", invite, 180, "", "")
	p.repliesAs("two", invite, 180, "", "")
	r.rung()
	r.rung()
	p.repliesAs("one", invite, 199, "", "")
	p.repliesAs("two", invite, 181, "", "")
	if status := r.rung(); status != 181 {
		t.Errorf("rung %d", status)
	}
	p.repliesAs("two", invite, 200, "", plainSDP)
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	p.endsOut(r, got.leg)
}

func earlyMediaOut(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	told := make(chan int, 16)
	result := r.callOutTelling(told)
	next(t, "call out", r.engine.outs)
	r.must(r.edge.DialOut(r.ctx(), "call-out", call.DialOut{Side: outSide, Peer: "peer-joe", Number: abroad, Caller: number}))
	invite := p.await("INVITE ")
	for _, c := range []struct {
		status int
		sdp    string
		hears  int
	}{{180, "", 180}, {183, "", 180}, {183, plainSDP, 183}} {
		p.replies(invite, c.status, "", c.sdp)
		if got := next(t, "ringing at Microsoft", told); got != c.hears {
			t.Errorf("%d came as %d, want %d", c.status, got, c.hears)
		}
	}
	p.replies(invite, 180, "", "") // Microsoft plays what it hears, and needs no more
	r.rung()
	p.replies(invite, 200, "", plainSDP)
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	select {
	case status := <-told:
		t.Errorf("told %d after early media", status)
	default:
	}
	p.endsOut(r, got.leg)
}

// callOutTelling is callOut with the token that tells of provisional responses.
func (r *rig) callOutTelling(told chan int) <-chan called {
	result := make(chan called, 1)
	ctx := r.ctx()
	go func() {
		leg, err := r.hub.Dial(ctx, pstnhub.Call{
			Trunk: trunkName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: abroad, DisplayName: "Contoso", Headers: withToken,
			Ringing: func(status int) { told <- status },
		})
		result <- called{leg, err}
	}()
	return result
}

func reliably(rseq int) string { return fmt.Sprintf("Require: 100rel\nRSeq: %d\n", rseq) }

func ourPRACK(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	if !strings.Contains(field(invite, "Supported"), "100rel") || !strings.Contains(field(invite, "Allow"), "PRACK") {
		t.Errorf("got %s", invite)
	}
	p.replies(invite, 180, reliably(7), "")
	first := p.await("PRACK ")
	if field(first, "RAck") != "7 1 INVITE" || field(first, "CSeq") != "2 PRACK" || toTag(first) != "raw" || !strings.HasPrefix(first, "PRACK sip:"+p.conn.LocalAddr().String()) {
		t.Errorf("got %s", first)
	}
	if again := p.await("PRACK "); again != first { // nobody has answered it
		t.Errorf("got %s", again)
	}
	p.reply(first, "200 OK")
	p.replies(invite, 180, reliably(7), "")  // once more
	p.replies(invite, 180, reliably(12), "") // those before it were lost
	p.replies(invite, 183, reliably(8), "")
	second := p.await("PRACK ")
	if field(second, "RAck") != "8 1 INVITE" || field(second, "CSeq") != "3 PRACK" {
		t.Errorf("got %s", second)
	}
	p.reply(second, "200 OK")
	p.replies(invite, 200, "", plainSDP)
	if ack := p.await("ACK "); field(ack, "CSeq") != "1 ACK" {
		t.Errorf("got %s", ack)
	}
	got := next(t, "answer", result)
	r.must(got.err)
	if bye := p.endsOut(r, got.leg); field(bye, "CSeq") != "4 BYE" {
		t.Errorf("got %s", bye)
	}
}

func answerInReliableRinging(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	p.replies(invite, 183, reliably(1), plainSDP)
	p.reply(p.await("PRACK "), "200 OK")
	p.replies(invite, 200, "", "")
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	p.endsOut(r, got.leg)
}

func updateOfACarrier(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	p.replies(invite, 180, reliably(1), "")
	p.reply(p.await("PRACK "), "200 OK")
	update := func(cseq int, tag, sdp string) (int, string) {
		t.Helper()
		kind := ""
		if sdp != "" {
			kind = "Content-Type: application/sdp\n"
		}
		p.send(fmt.Sprintf("UPDATE %s SIP/2.0\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n}u\nMax-Forwards: 70\nFrom: %s;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d UPDATE\nContact: <sip:{here}>\n%sContent-Length: {length}\n\n%s",
			strings.Trim(field(invite, "Contact"), "<>"), field(invite, "To"), tag, field(invite, "From"), field(invite, "Call-ID"), cseq, kind, sdp))
		return p.final()
	}
	if status, m := update(1, "raw", ""); status != 200 {
		t.Errorf("without SDP: %s", m)
	}
	if status, m := update(2, "raw", plainSDP); status != 491 {
		t.Errorf("before the answer: %s", m)
	}
	if status, m := update(3, "nobody", ""); status != 481 {
		t.Errorf("of somebody else: %s", m)
	}
	p.replies(invite, 183, reliably(2), plainSDP)
	p.reply(p.await("PRACK "), "200 OK")
	if status, m := update(4, "raw", plainSDP+"a=inactive\n"); status != 200 || !strings.Contains(m, "a=inactive") {
		t.Errorf("after the answer: %s", m)
	}
	p.replies(invite, 200, "", "")
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	if status, m := update(4, "raw", ""); status != 500 {
		t.Errorf("out of order: %s", m)
	}
	if status, m := update(5, "raw", plainSDP); status != 200 || !strings.Contains(m, "a=sendrecv") {
		t.Errorf("inside the call: %s", m)
	}
	p.endsOut(r, got.leg)
}

func redirectNotFollowed(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	result := r.dialled(r.ctx(), func(in *siptest.Incoming) { _ = in.Reject(302, "Moved Temporarily") })
	var refused *pstnhub.Refused
	if got := next(t, "refusal", result); !errors.As(got.err, &refused) || refused.Status != 503 {
		t.Errorf("got %v", got.err)
	}
	r.ended(outSide)
	r.clean()
}
