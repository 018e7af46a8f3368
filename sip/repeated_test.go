package sip

import (
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/sip/guard"
)

func inviteOnceMore(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	sent := p.invite(number, "again", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Ring(r.ctx(), "call-1"))
	first := p.await("SIP/2.0 180")
	p.write(sent)
	if second := p.await("SIP/2.0 180"); second != first {
		t.Errorf("another response: %s", second)
	}
	r.hangUp("call-1", call.Near, 486, 17, "busy")
	p.await("SIP/2.0 486")
	r.ended(call.Near)
	select {
	case o := <-r.engine.offers:
		t.Errorf("a second call: %+v", o)
	default:
	}
}

func inviteAfterTheAnswer(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	sent := p.invite(number, "absorbed", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	ok := p.await("SIP/2.0 200")
	p.inside("ACK", 2, ok, "")
	p.write(sent)
	p.write(sent)
	p.inside("OPTIONS", 3, ok, "")
	if _, m := p.final(); !strings.HasSuffix(field(m, "CSeq"), "OPTIONS") {
		t.Errorf("answered: %s", m)
	}
	p.inside("BYE", 4, ok, "")
	r.ended(call.Near)
	select {
	case o := <-r.engine.offers:
		t.Errorf("a second call: %+v", o)
	default:
	}
}

func refusalRepeated(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	sent := p.invite(number, "refused", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.hangUp("call-1", call.Near, 486, 17, "busy")
	busy := p.await("SIP/2.0 486")
	if again := p.await("SIP/2.0 486"); again != busy { // by itself
		t.Errorf("another response: %s", again)
	}
	p.write(sent)
	if again := p.await("SIP/2.0 486"); again != busy { // asked for
		t.Errorf("another response: %s", again)
	}
	ack := strings.NewReplacer("INVITE sip:", "ACK sip:", "CSeq: 2 INVITE", "CSeq: 2 ACK", field(sent, "To"), field(busy, "To")).Replace(headersOnly(sent))
	p.write(ack)
	r.ended(call.Near)
	for p.receive(50*time.Millisecond) != "" { // what was on its way
	}
	for m := p.receive(1500 * time.Millisecond); m != ""; m = p.receive(1500 * time.Millisecond) { // longer than until the next one
		if strings.HasPrefix(m, "SIP/2.0 486") {
			t.Errorf("after the ACK: %s", m)
		}
	}
}

func requestsOnceMore(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	sent := p.invite(number, "given-up", "", plainSDP)
	next(t, "offer", r.engine.offers)
	cancel := strings.NewReplacer("INVITE sip:", "CANCEL sip:", "CSeq: 2 INVITE", "CSeq: 2 CANCEL").Replace(headersOnly(sent))
	for range 2 {
		p.write(cancel)
		for !strings.HasSuffix(field(p.await("SIP/2.0 200"), "CSeq"), "CANCEL") {
		}
	}
	r.ended(call.Near)
	p = newRaw(t, r)
	p.invite(number, "over", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Answer(r.ctx(), "call-2"))
	ok := p.await("SIP/2.0 200")
	p.inside("ACK", 2, ok, "")
	bye := p.inside("BYE", 3, ok, "")
	p.await("SIP/2.0 200")
	r.ended(call.Near)
	p.write(bye) // also when the leg is gone
	for !strings.HasSuffix(field(p.await("SIP/2.0 200"), "CSeq"), "BYE") {
	}
}

// asCarrier makes a raw peer what numbers are dialled at.
func (p *raw) asCarrier(r *rig) {
	p.t.Helper()
	r.carrier(func(g *guard.Peer) { g.DialTo = "sip:" + p.conn.LocalAddr().String() })
}

func ourInviteRepeated(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	first := p.await("INVITE ")
	for range 2 {
		if again := p.await("INVITE "); again != first {
			t.Errorf("another one: %s", again)
		}
	}
	p.replies(first, 100, "", "")
	p.replies(first, 486, "", "")
	p.await("ACK ")
	if got := next(t, "refusal", result); got.err == nil {
		t.Error("answered")
	}
	r.ended(outSide)
}

func ourCancelWaits(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	first := p.await("INVITE ")
	r.hangUp("call-out", outSide, 480, 16, "removed")
	if got := next(t, "refusal", result); got.err == nil {
		t.Error("answered")
	}
	if again := p.receive(patience); again != first { // the INVITE once more, and no CANCEL
		t.Errorf("got %s", again)
	}
	p.replies(first, 180, "", "")
	cancel := p.await("CANCEL ")
	if field(cancel, "Via") != field(first, "Via") || field(cancel, "CSeq") != "1 CANCEL" || field(cancel, "To") != field(first, "To") {
		t.Errorf("got %s", cancel)
	}
	p.reply(cancel, "200 OK")
	p.replies(first, 487, "", "")
	p.await("ACK ")
	if e := r.ended(outSide); e.By != call.ByTandem {
		t.Errorf("%+v", e)
	}
}

func ourByeRepeated(t *testing.T) {
	r := newRig(t, nil)
	k := talks(t, r, "", plainSDP)
	k.acks("")
	r.hangUp("call-1", call.Near, 0, 16, "over")
	first := k.await("BYE ")
	if again := k.await("BYE "); again != first {
		t.Errorf("another one: %s", again)
	}
	k.reply(first, "200 OK")
	r.ended(call.Near)
}

func refusalOnceMore(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	p.replies(invite, 486, "", "")
	first := p.await("ACK ")
	next(t, "refusal", result)
	r.ended(outSide)
	ctx := r.ctx()
	for range 5 { // the stack alone takes four seconds for each, which is more than our patience
		p.replies(invite, 486, "", "")
		ack := p.await("ACK ")
		if field(ack, "Via") != field(first, "Via") || field(ack, "To") != field(first, "To") || field(ack, "CSeq") != field(first, "CSeq") {
			t.Errorf("got %s, first %s", ack, first)
		}
	}
	if ctx.Err() != nil {
		t.Error("too late")
	}
}
