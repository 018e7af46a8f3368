package sip

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/guard"
)

// toReferOut is a call out that is up, to a peer that takes further calls at a place of its own.
func toReferOut(t *testing.T) (k *referring, leg *pstnhub.Leg) {
	t.Helper()
	r, p, invite, _, result := outToPickUp(t, 200)
	got := next(t, "answer", result)
	r.must(got.err)
	event[call.LegAnswered](r)
	at := &talk{raw: newRaw(t, r), r: r, cseq: 1}
	at.rtp = listenRTP(t)
	r.carrier(func(g *guard.Peer) { g.DialTo = "sip:" + at.conn.LocalAddr().String() })
	return &referring{&talk{raw: p, r: r, cseq: 1, ok: inDialogAs(invite)}, at}, got.leg
}

// leftOut is the remainder of the call out that the engine was told last.
func (k *talk) leftOut() string {
	k.t.Helper()
	e := event[call.LegAnswered](k.r)
	if e.Side != outSide {
		k.t.Errorf("%+v", e)
	}
	return string(e.Dialog)
}

func referOut(t *testing.T) {
	k, leg := toReferOut(t)
	_, invite := k.refers(referTo)
	if !strings.Contains(field(invite, "From"), number) || mediaPort(invite) == "" {
		t.Errorf("got %s", invite)
	}
	if left := k.leftOut(); !strings.Contains(left, `"next":{"state":"dialing"`) {
		t.Errorf("left of it is %s", left)
	}
	k.answers(invite)
	k.expects("100 Trying", "200 OK")
	bye := k.await("BYE ")
	if !strings.Contains(field(bye, "Reason"), `text="transferred"`) {
		t.Errorf("got %s", bye)
	}
	k.reply(bye, "200 OK")
	if left := k.leftOut(); strings.Contains(left, "next") || !strings.Contains(left, field(invite, "Call-ID")) {
		t.Errorf("left of it is %s", left)
	}
	k.at.packet()
	if status, m := k.asks("OPTIONS", "", ""); status != 481 {
		t.Errorf("the old dialog is still there: %s", m)
	}
	if status, m := k.at.asks("INVITE", "", k.at.here("a=sendonly\n")); status != 200 || !strings.Contains(m, "a=recvonly") {
		t.Errorf("a re-INVITE in the new dialog: %s", m)
	}
	k.at.acks("")
	k.at.endsOut(k.r, leg)
	<-k.r.edge.dialogsGone()
}

func referOutFails(t *testing.T) {
	k, leg := toReferOut(t)
	_, invite := k.refers(referTo)
	k.leftOut()
	if status, m := k.asks("REFER", referTo, ""); status != 491 {
		t.Errorf("a second one: %s", m)
	}
	k.at.replies(invite, 486, "", "")
	k.at.await("ACK ")
	k.expects("100 Trying", "486 X")
	if left := k.leftOut(); strings.Contains(left, "next") {
		t.Errorf("left of it is %s", left)
	}
	k.endsOut(k.r, leg)
	<-k.r.edge.dialogsGone()
}

// referOutAndLeave: who transfers hangs up at once. Somebody answers, or nobody does, or
// Microsoft's party does not wait for it.
func referOutAndLeave(t *testing.T) {
	t.Run("answered", func(t *testing.T) {
		k, leg := toReferOut(t)
		_, invite := k.refers(referTo)
		k.leftOut()
		if status, m := k.asks("BYE", "", ""); status != 200 {
			t.Errorf("BYE: %s", m)
		}
		k.answers(invite)
		k.leftOut()
		k.at.packet()
		k.at.endsOut(k.r, leg)
		<-k.r.edge.dialogsGone()
	})
	t.Run("refused", func(t *testing.T) {
		k, leg := toReferOut(t)
		_, invite := k.refers(referTo)
		k.leftOut()
		k.asks("BYE", "", "")
		k.at.replies(invite, 486, "", "")
		k.at.await("ACK ")
		if e := k.r.ended(outSide); e.By != call.ByCaller || e.Status != 486 || e.Text != "transfer failed" {
			t.Errorf("%+v", e)
		}
		<-leg.Ended()
		<-k.r.edge.dialogsGone()
	})
	t.Run("given up", func(t *testing.T) {
		k, leg := toReferOut(t)
		_, invite := k.refers(referTo)
		k.leftOut()
		k.at.replies(invite, 180, "", "")
		k.leftOut()
		k.asks("BYE", "", "")
		leg.Bye(16, "bye")
		cancel := k.at.await("CANCEL ")
		k.at.reply(cancel, "200 OK")
		k.at.replies(invite, 487, "", "")
		k.at.await("ACK ")
		if e := k.r.ended(outSide); e.By != call.ByMicrosoft {
			t.Errorf("%+v", e)
		}
		<-k.r.edge.dialogsGone()
	})
}

// referOutAndDeath: another process ends all three dialogs.
func referOutAndDeath(t *testing.T) {
	k, leg := toReferOut(t)
	_, invite := k.refers(referTo)
	left := k.leftOut()
	buried := make(chan error, 1)
	go func() { buried <- k.r.edge.Bury(k.r.ctx(), "call-1", outSide, []byte(left)) }()
	k.reply(k.await("BYE "), "200 OK")
	k.at.reply(k.at.await("CANCEL "), "200 OK")
	k.r.must(next(t, "burial", buried))
	<-leg.Ended()
	k.asks("BYE", "", "") // of this edge, which is still there
	k.at.replies(invite, 487, "", "")
	k.at.await("ACK ")
	k.r.ended(outSide)
	<-k.r.edge.dialogsGone()
}

// referredOut is a call out that is up, and that Microsoft transfers: who was called by it,
// and the leg that came of its REFER.
func referredOut(t *testing.T, to string) (k *talk, leg, taker *pstnhub.Leg, referral *pstnhub.Referral, left string) {
	t.Helper()
	r, p, invite, _, result := outToPickUp(t, 200, refersToo)
	got := next(t, "answer", result)
	r.must(got.err)
	event[call.LegAnswered](r)
	referral, err := got.leg.Refer(r.ctx(), to)
	r.must(err)
	taker = next(t, "leg that came of it", r.legs)
	if taker.Referral() != referral || taker.TrunkFQDN() != trunkName || taker.From() != abroad {
		t.Errorf("leg from %s to %s", taker.From(), taker.To())
	}
	k = &talk{raw: p, r: r, cseq: 1, ok: inDialogAs(invite)}
	if left = k.leftOut(); !strings.Contains(left, `"next":{"state":"dialing"`) || !strings.Contains(left, taker.CallID()) {
		t.Errorf("left of it is %s", left)
	}
	return k, got.leg, taker, referral, left
}

func referFarOut(t *testing.T) {
	for _, to := range []string{"", "+442079460123"} {
		k, leg, taker, referral, _ := referredOut(t, to)
		taker.Ring()
		k.r.must(taker.Answer(k.r.ctx()))
		if status := last(t, referral); status != 200 {
			t.Errorf("told %d", status)
		}
		<-leg.Ended()
		if by, _, q850 := leg.End(); by != "sbc" || q850 != 16 {
			t.Errorf("ended by %s, %d", by, q850)
		}
		for left := k.leftOut(); strings.Contains(left, "next"); left = k.leftOut() {
			if strings.Contains(left, `"state":"up","next"`) {
				t.Errorf("left of it is %s", left)
			}
		}
		k.rtp = listenRTP(t)
		if status, m := k.asks("INVITE", "", k.here("a=sendonly\n")); status != 200 {
			t.Errorf("a re-INVITE of the telephone's: %s", m)
		}
		k.acks("")
		k.endsOut(k.r, taker)
		<-k.r.edge.dialogsGone()
	}
}

func referFarOutFails(t *testing.T) {
	k, leg, taker, referral, _ := referredOut(t, "")
	taker.Reject(486, 17, "Busy")
	if status := last(t, referral); status != 486 {
		t.Errorf("told %d", status)
	}
	if left := k.leftOut(); strings.Contains(left, "next") {
		t.Errorf("left of it is %s", left)
	}
	k.endsOut(k.r, leg)
	<-k.r.edge.dialogsGone()
}

// microsoftLeaves has Microsoft hang up, and waits until that was answered.
func (k *talk) microsoftLeaves(leg *pstnhub.Leg) {
	k.t.Helper()
	answered := k.r.edge.metrics.responses.WithLabelValues(string(call.Far), "2xx")
	before := testutil.ToFloat64(answered)
	leg.Bye(16, "bye")
	eventually(k.t, func() bool { return testutil.ToFloat64(answered) > before })
}

func referFarOutAndLeave(t *testing.T) {
	t.Run("answered", func(t *testing.T) {
		k, leg, taker, _, _ := referredOut(t, "")
		k.microsoftLeaves(leg)
		k.r.must(taker.Answer(k.r.ctx()))
		for left := k.leftOut(); strings.Contains(left, "next"); left = k.leftOut() {
		}
		k.endsOut(k.r, taker)
		<-k.r.edge.dialogsGone()
	})
	t.Run("refused", func(t *testing.T) {
		k, leg, taker, _, _ := referredOut(t, "")
		k.microsoftLeaves(leg)
		taker.Reject(486, 17, "Busy")
		k.reply(k.await("BYE "), "200 OK")
		if e := k.r.ended(outSide); e.By != call.ByMicrosoft || e.Status != 486 || e.Text != "transfer failed" {
			t.Errorf("%+v", e)
		}
		<-k.r.edge.dialogsGone()
	})
	t.Run("given up", func(t *testing.T) {
		k, leg, taker, _, _ := referredOut(t, "")
		taker.Ring()
		k.leftOut()
		k.microsoftLeaves(leg)
		k.asks("BYE", "", "")
		<-taker.Ended()
		if e := k.r.ended(outSide); e.By != call.ByCaller {
			t.Errorf("%+v", e)
		}
		<-k.r.edge.dialogsGone()
	})
}

func referFarOutAndDeath(t *testing.T) {
	k, leg, taker, _, left := referredOut(t, "")
	r := k.r
	buried := make(chan error, 1)
	go func() { buried <- r.edge.Bury(r.ctx(), "out", outSide, []byte(left)) }()
	k.reply(k.await("BYE "), "200 OK")
	r.must(next(t, "burial", buried))
	<-leg.Ended()
	<-taker.Ended()
	k.asks("BYE", "", "") // of this edge, which is still there
	r.ended(outSide)
	<-r.edge.dialogsGone()
}
