package sip

import (
	"fmt"
	"strings"
	"testing"

	"github.com/icholy/digest"

	"tandem/internal/call"
)

// replacing is the Replaces header for a call.
func replacing(ok, more string) string {
	_, ours, _ := strings.Cut(field(ok, "To"), ";tag=")
	_, theirs, _ := strings.Cut(field(ok, "From"), ";tag=")
	return fmt.Sprintf("Require: replaces\nReplaces: %s;to-tag=%s;from-tag=%s%s\n", field(ok, "Call-ID"), ours, theirs, more)
}

func replacesTakesOver(t *testing.T) {
	r := newRig(t, nil)
	k := rings(t, r, "", strings.Replace(plainSDP, "40000", "{rtp}", 1))
	r.dial("call-1")
	leg := next(t, "leg at Microsoft", r.legs)
	r.must(leg.Answer(r.ctx()))
	event[call.LegAnswered](r)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	k.ok = k.await("SIP/2.0 200")
	first := event[call.LegAnswered](r)
	r.must(r.edge.ConnectMedia(r.ctx(), "call-1"))
	k.acks("")
	ssrc, from := k.packet()
	for i, name := range []string{"with an offer", "without"} {
		q := newRaw(t, r)
		to := &talk{raw: q, r: r, cseq: 2}
		to.rtp = listenRTP(t)
		offer := to.here("")
		if i == 1 {
			offer = ""
		}
		q.invite(number, fmt.Sprintf("taker-%d", i), replacing(k.ok, ""), offer)
		to.ok = q.await("SIP/2.0 200")
		if i == 1 {
			to.acks(to.here(""))
		} else {
			to.acks("")
		}
		bye := k.await("BYE ")
		if field(bye, "Call-ID") != field(k.ok, "Call-ID") || !strings.Contains(field(bye, "Reason"), `text="replaced"`) {
			t.Errorf("%s: %s", name, bye)
		}
		k.reply(bye, "200 OK")
		again := event[call.LegAnswered](r)
		if again.Side != call.Near || string(again.Dialog) == string(first.Dialog) || !strings.Contains(string(again.Dialog), fmt.Sprintf("taker-%d", i)) {
			t.Errorf("%s: %+v", name, again)
		}
		if s, at := to.packet(); s != ssrc || at != from || mediaPort(to.ok) != mediaPort(k.ok) {
			t.Errorf("%s: the sound has changed: %s, was %s", name, mediaLine(to.ok), mediaLine(k.ok))
		}
		if status, m := k.asks("OPTIONS", "", ""); status != 481 {
			t.Errorf("%s: the old dialog is still there: %s", name, m)
		}
		k = to
	}
	if status, m := k.asks("INVITE", "", k.here("a=sendonly\n")); status != 200 || !strings.Contains(m, "a=recvonly") {
		t.Errorf("a re-INVITE in the new dialog: %s", m)
	}
	k.acks("")
	got := leg.Media().PacketsIn
	eventually(t, func() bool { return leg.Media().PacketsIn > got+5 }) // Microsoft notices nothing
	r.hangUp("call-1", call.Near, 0, 16, "over")
	if _, end := k.endsBy(); end.By != call.ByTandem {
		t.Errorf("%+v", end)
	}
	r.hangUp("call-1", call.Far, 0, 16, "over")
	r.ended(call.Far)
	<-leg.Ended()
	<-r.edge.dialogsGone()
	r.clean()
}

func replacesRefused(t *testing.T) {
	r := newRig(t, nil)
	k := rings(t, r, "", strings.Replace(plainSDP, "40000", "{rtp}", 1))
	r.must(r.edge.Ring(r.ctx(), "call-1"))
	k.ok = k.await("SIP/2.0 180")
	refused := func(name, header, sdp string, want int) {
		t.Helper()
		q := newRaw(t, r)
		q.invite(number, name, header, sdp)
		if status, m := q.final(); status != want {
			t.Errorf("%s: %s", name, m)
		}
	}
	good := replacing(k.ok, "")
	refused("while it rings", good, plainSDP, 481)
	refused("while it rings, early-only", replacing(k.ok, ";early-only"), plainSDP, 481)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	_, k.ok = k.answer(2, "INVITE")
	refused("before the ACK", good, plainSDP, 500)
	k.puts("ACK", 2, "", "")
	k.packet()
	ssrc, from := k.packet()
	k.asks("OPTIONS", "", "") // so that the ACK has been taken
	refused("early-only", replacing(k.ok, ";early-only"), plainSDP, 486)
	refused("another call", strings.Replace(good, ": talk;", ": other;", 1), plainSDP, 481)
	refused("another tag of ours", strings.Replace(good, "to-tag=", "to-tag=x", 1), plainSDP, 481)
	refused("another tag of theirs", strings.Replace(good, "from-tag=", "from-tag=x", 1), plainSDP, 481)
	refused("no tags", "Replaces: talk\n", plainSDP, 400)
	refused("two of them", good+good, plainSDP, 400)
	refused("no common codec", good, strings.ReplaceAll(strings.ReplaceAll(plainSDP, "AVP 8", "AVP 9"), "8 PCMA/8000", "9 G722/8000"), 488)
	refused("too short a session", good+"Supported: timer\nSession-Expires: 5\n", plainSDP, 422)
	k.drain()
	if s, at := k.packet(); s != ssrc || at != from {
		t.Error("the sound has changed")
	}
	r.peers.set(digestPeer("joe"), digestPeer("ann"))
	r.must(r.edge.RefreshPeers(r.ctx()))
	stranger := newRaw(t, r)
	stranger.send(invitation(number, "stranger", 1, good, plainSDP))
	_, challenge := stranger.final()
	c, err := digest.ParseChallenge(field(challenge, "WWW-Authenticate"))
	r.must(err)
	a, err := digest.Digest(c, digest.Options{Method: "INVITE", URI: "sip:elsewhere.test", Username: "ann", Password: secret, Count: 1})
	r.must(err)
	stranger.send(invitation(number, "stranger", 2, good+"Authorization: "+a.String()+"\n", plainSDP))
	if status, m := stranger.final(); status != 481 { // it is not told that there is such a call
		t.Errorf("another peer: %s", m)
	}
	k.leaves()
	refused("when it is over", good, plainSDP, 481)
	select {
	case o := <-r.engine.offers:
		t.Errorf("offered as a call: %+v", o)
	default:
	}
}

func replacesWithoutACK(t *testing.T) {
	r := newRig(t, fast)
	k := talks(t, r, "", plainSDP)
	k.acks("")
	q := newRaw(t, r)
	q.invite(number, "deaf", replacing(k.ok, ""), plainSDP)
	q.await("SIP/2.0 200")
	k.reply(k.await("BYE "), "200 OK")
	q.await("SIP/2.0 200")
	q.reply(q.await("BYE "), "200 OK")
	if end := r.ended(call.Near); end.Q850 != 102 {
		t.Errorf("%+v", end)
	}
}
