package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/guard"
)

// joinee is one of two calls of a peer's with us, which is to be joined with the other one.
type joinee struct {
	*talk
	id   call.ID
	side call.Side // of the leg that the peer is in
	far  *pstnhub.Leg
}

// calls has the peer call Microsoft.
func (r *rig) calls(name string) *joinee {
	r.t.Helper()
	j := r.callsWith(name, "")
	r.must(r.edge.Answer(r.ctx(), j.id))
	j.ok = j.await("SIP/2.0 200")
	j.acks("")
	if status, m := j.asks("OPTIONS", "", ""); status != 200 { // so that the ACK has been taken
		r.t.Fatalf("got %s", m)
	}
	return j
}

// callsWith is calls before the answer. body is the peer's; "": the usual.
func (r *rig) callsWith(name, body string) *joinee {
	r.t.Helper()
	j := &joinee{talk: &talk{raw: newRaw(r.t, r), r: r, cseq: 2}, side: call.Near}
	j.rtp = listenRTP(r.t)
	if body == "" {
		body = j.here("")
	}
	j.invite(number, name, "", body)
	next(r.t, "offer", r.engine.offers)
	j.id = next(r.t, "call", r.engine.taken)
	r.dial(j.id)
	j.far = next(r.t, "leg at Microsoft", r.legs)
	r.must(j.far.Answer(r.ctx()))
	r.must(r.edge.ConnectMedia(r.ctx(), j.id))
	return j
}

// isCalled has Microsoft call the peer.
func (r *rig) isCalled(name string) *joinee {
	r.t.Helper()
	j, invite, result := r.rungUp(name)
	j.replies(invite, 200, "", j.here(""))
	j.await("ACK ")
	got := next(r.t, "answer", result)
	r.must(got.err)
	j.far = got.leg
	return j
}

// rungUp is isCalled before the answer.
func (r *rig) rungUp(name string) (j *joinee, invite string, result <-chan called) {
	r.t.Helper()
	j = &joinee{talk: &talk{raw: newRaw(r.t, r), r: r, cseq: 1}, id: call.ID(name), side: outSide}
	j.rtp = listenRTP(r.t)
	r.engine.joins(j.id)
	j.asCarrier(r)
	result = r.dialled(r.ctx(), nil)
	invite = j.await("INVITE ")
	j.ok = inDialogAs(invite)
	return j, invite, result
}

// named is the Refer-To of a call as its peer knows it: our Contact, and the dialog.
func (j *joinee) named(more string) string {
	_, ours, _ := strings.Cut(field(j.ok, "To"), ";tag=")
	_, theirs, _ := strings.Cut(field(j.ok, "From"), ";tag=")
	return "Refer-To: <" + strings.Trim(field(j.ok, "Contact"), "<>") + "?Replaces=" +
		url.QueryEscape(fmt.Sprintf("%s;to-tag=%s;from-tag=%s%s", field(j.ok, "Call-ID"), ours, theirs, more)) + ">\n"
}

// joins transfers one call to the other, and is left by both.
func (j *joinee) joins(other *joinee) {
	j.t.Helper()
	if status, m := j.asks("REFER", other.named(""), ""); status != 202 {
		j.t.Fatalf("got %s", m)
	}
	j.expects("100 Trying", "200 OK")
	j.isLeft("transferred")
	other.isLeft("replaced")
}

// isLeft takes our BYE, after which there is no dialog.
func (j *joinee) isLeft(why string) {
	j.t.Helper()
	bye := j.await("BYE ")
	if field(bye, "Call-ID") != field(j.ok, "Call-ID") || !strings.Contains(field(bye, "Reason"), fmt.Sprintf("text=%q", why)) {
		j.t.Errorf("want it %s: %s", why, bye)
	}
	j.reply(bye, "200 OK")
	for _, method := range []string{"OPTIONS", "BYE", "REFER"} {
		if status, m := j.asks(method, j.named(""), ""); status != 481 {
			j.t.Errorf("the old dialog is still there: %s", m)
		}
	}
}

// left is the remainder that the engine was told last.
func (j *joinee) left() string {
	j.t.Helper()
	all := told(j.r, j.id, func(e call.LegAnswered) bool { return e.Side == j.side })
	if len(all) == 0 {
		j.t.Fatal("never answered")
	}
	return string(all[len(all)-1].Dialog)
}

// ends has the call's ends, each once.
func (j *joinee) ends(side call.Side) call.LegEnded {
	j.t.Helper()
	of := func() []call.LegEnded {
		return told(j.r, j.id, func(e call.LegEnded) bool { return e.Side == side })
	}
	eventually(j.t, func() bool { return len(of()) > 0 })
	if n := len(of()); n != 1 {
		j.t.Errorf("%d ends of the %s leg", n, side)
	}
	return of()[0]
}

// microsoftEnds has Microsoft's party of the call hang up, and the engine do what it does then.
func (j *joinee) microsoftEnds() {
	j.t.Helper()
	j.far.Bye(16, "bye")
	if j.side != call.Near {
		if e := j.ends(j.side); e.By != call.ByMicrosoft {
			j.t.Errorf("%+v", e)
		}
		return
	}
	j.ends(call.Far)
	j.r.hangUp(j.id, call.Near, 0, 16, "over")
	if e := j.ends(call.Near); e.By != call.ByTandem {
		j.t.Errorf("%+v", e)
	}
}

// endsWith is the end of the other call that follows.
func (j *joinee) endsWith(why string) {
	j.t.Helper()
	if e := j.ends(j.side); e.By != call.ByCaller || e.Q850 != 16 || e.Text != why {
		j.t.Errorf("%+v", e)
	}
	if j.side == call.Near {
		j.r.hangUp(j.id, call.Far, 0, 16, "over")
		j.ends(call.Far)
	}
	<-j.far.Ended()
}

// goesOn checks that nothing has become of the call.
func (j *joinee) goesOn() {
	j.t.Helper()
	if status, m := j.asks("OPTIONS", "", ""); status != 200 {
		j.t.Errorf("the dialog is gone: %s", m)
	}
	j.drain()
	j.packet()
	if ends := told(j.r, j.id, func(call.LegEnded) bool { return true }); len(ends) > 0 {
		j.t.Errorf("ended: %+v", ends)
	}
}

// speakTogether judges what the two parties at Microsoft hear of each other.
func speakTogether(t *testing.T, a, b *pstnhub.Leg) error {
	t.Helper()
	customer, person := audio.CustomerSpeech().Samples[:stretchHeard], audio.AgentSpeech().Samples[:stretchHeard]
	x, y := joinAgent(t, a, customer), joinAgent(t, b, person)
	heard := func(g *agent) []int16 {
		next(t, "end of the speech", g.later)
		g.mu.Lock()
		defer g.mu.Unlock()
		return slices.Clone(g.heard)
	}
	likely := func(who string, sent, heard []int16) error {
		if m := audio.Compare(sent, heard, 8000); m.Correlation < 0.6 { // gaps are the busy machine's: rows run in numbers
			return fmt.Errorf("%s heard %+v", who, m)
		}
		return nil
	}
	return errors.Join(likely("the first", person, heard(x)), likely("the second", customer, heard(y)))
}

// converse is speakTogether with a second and a third chance.
func converse(t *testing.T, a, b *joinee) {
	t.Helper()
	for chance := 1; ; chance++ {
		err := speakTogether(t, a.far, b.far)
		if err == nil {
			return
		}
		if chance == 3 {
			t.Fatal(err)
		}
		t.Log(err)
	}
}

// presses has each of the two parties hear the other one's keys.
func presses(t *testing.T, a, b *joinee) {
	t.Helper()
	a.r.must(a.far.Press(a.r.ctx(), "42"))
	a.r.must(b.far.Press(a.r.ctx(), "7"))
	eventually(t, func() bool { return a.far.Digits() == "7" && b.far.Digits() == "42" })
}

// joinsCalls: the peer has called, or was called, in either call.
func joinsCalls(t *testing.T) {
	in, out := (*rig).calls, (*rig).isCalled
	for name, of := range map[string][2]func(*rig, string) *joinee{
		"in and in": {in, in}, "in and out": {in, out}, "out and in": {out, in}, "out and out": {out, out},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			a, b := of[0](r, "first"), of[1](r, "second")
			if status, m := a.asks("INVITE", "", a.here("a=sendonly\n")); status != 200 { // as is usual before
				t.Fatalf("hold: %s", m)
			}
			a.acks("")
			a.joins(b)
			converse(t, a, b)
			presses(t, a, b)
			for _, j := range []*joinee{a, b} {
				if strings.Contains(j.left(), field(j.ok, "Call-ID")) {
					t.Errorf("left of it is %s", j.left())
				}
			}
			a.microsoftEnds()
			b.endsWith(map[call.Side]string{call.Near: "over", outSide: "bye"}[a.side])
			<-r.edge.dialogsGone()
			r.clean()
		})
	}
}

// joinsAndTheEnd: it does not matter which of both ends, nor that the peer has left already.
func joinsAndTheEnd(t *testing.T) {
	t.Run("of the second call", func(t *testing.T) {
		r := newRig(t, nil)
		a, b := r.calls("first"), r.calls("second")
		a.joins(b)
		b.microsoftEnds()
		a.endsWith("over")
		<-r.edge.dialogsGone()
	})
	t.Run("the peer leaves the first at once", func(t *testing.T) {
		r := newRig(t, nil)
		a, b := r.calls("first"), r.calls("second")
		if status, m := a.asks("REFER", b.named(""), ""); status != 202 {
			t.Fatalf("got %s", m)
		}
		if status, m := a.asks("BYE", "", ""); status != 200 && status != 481 { // ours was faster
			t.Errorf("BYE: %s", m)
		}
		b.isLeft("replaced")
		presses(t, a, b)
		a.microsoftEnds()
		b.endsWith("over")
	})
	t.Run("the edge closes", func(t *testing.T) {
		r := newRig(t, nil)
		a, b := r.calls("first"), r.isCalled("second")
		a.joins(b)
		r.must(r.edge.Close())
		for _, j := range []*joinee{a, b} {
			<-j.far.Ended()
			j.ends(j.side)
		}
		a.ends(call.Far)
	})
}

// joinsInside: the sound of both goes to where it is heard on this host, whatever others are told. Nothing came from the peer.
func joinsInside(t *testing.T) {
	for name, address := range map[string]string{"an address": "127.0.0.1", "all addresses": "0.0.0.0"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *Config) {
				c.Media.Address, c.Media.Advertise = netip.MustParseAddr(address), netip.MustParseAddr("192.0.2.1")
			})
			a, b := r.calls("first"), r.isCalled("second")
			a.joins(b)
			for _, j := range []*joinee{a, b} {
				s, err := r.edge.soundOf(j.id, j.side)
				r.must(err)
				eventually(t, func() bool {
					near, _ := s.Stats()
					return near.Packets > 10
				})
			}
		})
	}
}

// joinsRefused: nothing becomes of either call.
func joinsRefused(t *testing.T) {
	r := newRig(t, nil)
	a, b := r.calls("first"), r.calls("second")
	refused := func(name string, to string, want string) {
		t.Helper()
		if status, m := a.asks("REFER", to, ""); status != 202 {
			t.Fatalf("%s: %s", name, m)
		}
		a.expects("100 Trying", want)
		a.goesOn()
	}
	good := b.named("")
	refused("another tag of theirs", strings.Replace(good, "from-tag%3D", "from-tag%3Dx", 1), "481 Call/Transaction Does Not Exist")
	refused("early-only", b.named(";early-only"), "486 Busy Here")

	ringing := r.callsWith("ringing", "")
	r.must(r.edge.Ring(r.ctx(), ringing.id))
	ringing.ok = ringing.await("SIP/2.0 180")
	refused("it rings", ringing.named(""), "481 Call/Transaction Does Not Exist")
	r.must(r.edge.Answer(r.ctx(), ringing.id))
	ringing.ok = ringing.await("SIP/2.0 200")
	ringing.acks("")

	wide := r.callsWith("wide", ringing.at(strings.NewReplacer("40000", "{rtp}", "AVP 8", "AVP 9", "8 PCMA/8000", "9 G722/8000").Replace(plainSDP)))
	r.must(r.edge.Answer(r.ctx(), wide.id))
	wide.ok = wide.await("SIP/2.0 200")
	wide.acks("")
	wide.asks("OPTIONS", "", "")
	refused("no common codec", wide.named(""), "488 Not Acceptable Here")

	same, invite, _ := r.rungUp(string(a.id)) // a telephone of the first call
	refused("it rings there", same.named(""), "481 Call/Transaction Does Not Exist")
	same.replies(invite, 200, "", same.here(""))
	same.await("ACK ")
	refused("the same call", same.named(""), "603 Decline")
	if status, m := a.asks("REFER", a.named(""), ""); status != 603 || !strings.Contains(field(m, "Warning"), "very call") {
		t.Errorf("itself: %s", m)
	}
	b.goesOn()

	r.peers.set(digestPeer("joe"), guard.Peer{Name: "peer-ann", Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Loopback: true})
	r.must(r.edge.RefreshPeers(r.ctx()))
	hers := &joinee{talk: &talk{raw: rawFrom(t, r, "127.0.0.2"), r: r, cseq: 1, rtp: listenRTP(t)}}
	hers.send(invitation(number, "hers", 1, "", hers.here("")))
	if o := next(t, "offer", r.engine.offers); o.Peer != "peer-ann" {
		t.Fatalf("offered %+v", o)
	}
	hers.id = next(t, "call", r.engine.taken)
	r.must(r.edge.Answer(r.ctx(), hers.id))
	hers.ok = hers.await("SIP/2.0 200")
	hers.acks("")
	refused("another peer's", hers.named(""), "481 Call/Transaction Does Not Exist")
	hers.goesOn()
	b.goesOn()
	if status, m := b.asks("BYE", "", ""); status != 200 {
		t.Errorf("BYE: %s", m)
	}
	b.ends(call.Near)
	if status, m := a.asks("REFER", good, ""); status != 400 { // a user part is needed to call there
		t.Errorf("gone: %s", m)
	}
	a.goesOn()
}

// joinsWhatIsTransferred: two that are under way do not meet.
func joinsWhatIsTransferred(t *testing.T) {
	r := newRig(t, nil)
	a, b := r.calls("first"), r.calls("second")
	at := newRaw(t, r)
	at.asCarrier(r)
	if status, m := b.asks("REFER", referTo, ""); status != 202 {
		t.Fatalf("got %s", m)
	}
	invite := at.await("INVITE ")
	if status, m := a.asks("REFER", b.named(""), ""); status != 202 {
		t.Fatalf("got %s", m)
	}
	a.expects("100 Trying", "491 Request Pending")
	a.goesOn()
	b.findsBusy(at, invite)

	// Each to the other: both are refused, or one is done and the other one finds nobody.
	for _, j := range []struct{ from, to *joinee }{{a, b}, {b, a}} {
		j.from.cseq++
		j.from.puts("REFER", j.from.cseq, j.to.named(""), "")
	}
	status, _ := a.answer(a.cseq, "REFER")
	other, _ := b.answer(b.cseq, "REFER")
	if status != 202 && status != 481 || other != 202 && other != 481 || status+other == 2*481 {
		t.Errorf("REFER at once: %d and %d", status, other)
	}
	left := a.joinedOrNot()
	if b.joinedOrNot() != left {
		t.Error("one is joined, and the other one is not")
	}
	if !left {
		a.goesOn()
		b.joins(a)
	}
	presses(t, a, b)
	a.microsoftEnds()
	b.endsWith("over")
}

// findsBusy ends a transfer that is under way: who is dialled for it is busy.
func (j *joinee) findsBusy(at *raw, invite string) {
	j.t.Helper()
	at.replies(invite, 486, "", "")
	at.await("ACK ")
	j.expects("100 Trying", "486 X")
	j.goesOn()
}

// joinedOrNot waits until it is known what became of REFERs at once: our BYE, or a last NOTIFY.
func (j *joinee) joinedOrNot() bool {
	j.t.Helper()
	for {
		switch m := j.receive(patience); {
		case strings.HasPrefix(m, "BYE "):
			j.reply(m, "200 OK")
			return true
		case strings.HasPrefix(m, "NOTIFY "):
			j.reply(m, "200 OK")
			if strings.HasPrefix(field(m, "Subscription-State"), "terminated") && !strings.HasPrefix(body(m), "SIP/2.0 200") {
				return false
			}
		case m == "":
			j.t.Fatal("nothing comes")
		}
	}
}

// joinsAtTheSameMoment: the leg that is asked cannot answer yet, and something else comes.
func joinsAtTheSameMoment(t *testing.T) {
	for name, first := range map[string]func(*rig, string) *joinee{"a call in": (*rig).calls, "a call out": (*rig).isCalled} {
		t.Run("INVITE with Replaces of "+name, func(t *testing.T) {
			r := newRig(t, nil)
			a, b := first(r, "first"), r.calls("second")
			at := newRaw(t, r)
			at.asCarrier(r)
			held, release := r.engine.holds(b.id)
			if status, m := b.asks("REFER", referTo, ""); status != 202 {
				t.Fatalf("got %s", m)
			}
			invite := at.await("INVITE ")
			<-held
			if status, m := a.asks("REFER", b.named(""), ""); status != 202 {
				t.Fatalf("got %s", m)
			}
			_, ours, _ := strings.Cut(field(a.ok, "To"), ";tag=")
			_, theirs, _ := strings.Cut(field(a.ok, "From"), ";tag=")
			taker := newRaw(t, r)
			taker.invite(number, "taker", fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=%s\n", field(a.ok, "Call-ID"), ours, theirs), plainSDP)
			if status, m := taker.final(); status != 491 {
				t.Errorf("got %s", m)
			}
			release()
			a.expects("100 Trying", "491 Request Pending")
			a.goesOn()
			b.findsBusy(at, invite)
		})
	}
	for name, acked := range map[string]bool{"ACK of the other call": true, "no ACK of the other call": false} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, fast)
			a, b := r.calls("first"), r.callsWith("second", "")
			r.must(r.edge.Answer(r.ctx(), b.id))
			b.ok = b.await("SIP/2.0 200")
			if status, m := a.asks("REFER", b.named(""), ""); status != 202 {
				t.Fatalf("got %s", m)
			}
			if says, state := a.notified(); says != "SIP/2.0 100 Trying" || !strings.HasPrefix(state, "active") {
				t.Errorf("NOTIFY says %q, %s", says, state)
			}
			if acked {
				b.acks("")
				a.expects("200 OK")
				a.isLeft("transferred")
				b.isLeft("replaced")
				return
			}
			b.reply(b.await("BYE "), "200 OK")
			a.expects("481 Call/Transaction Does Not Exist")
			a.goesOn()
		})
	}
	t.Run("BYE", func(t *testing.T) {
		r := newRig(t, nil)
		at := newRaw(t, r)
		for i := range 6 {
			a, b := r.calls(fmt.Sprintf("first-%d", i)), r.calls(fmt.Sprintf("second-%d", i))
			at.asCarrier(r)
			if status, m := b.asks("REFER", referTo, ""); status != 202 {
				t.Fatalf("got %s", m)
			}
			invite := at.await("INVITE ")
			eventually(t, func() bool { return strings.Contains(b.left(), "next") })
			held, release := r.engine.holds(b.id)
			at.replies(invite, 486, "", "")
			at.await("ACK ")
			<-held // in telling that it has failed
			b.cseq++
			b.puts("BYE", b.cseq, "", "")
			if status, m := a.asks("REFER", b.named(""), ""); status != 202 {
				t.Fatalf("got %s", m)
			}
			release()
			if status, _ := b.answer(b.cseq, "BYE"); a.joinedOrNot() != (status == 481) { // whichever was taken first
				t.Errorf("the BYE got %d", status)
			}
		}
	})
}

// joinsWithinLimits: both count until they end, and nothing else does.
func joinsWithinLimits(t *testing.T) {
	r := newRig(t, nil)
	limited := digestPeer("joe")
	limited.MaxCalls = 2
	r.peers.set(limited)
	r.must(r.edge.RefreshPeers(r.ctx()))
	a, b := r.calls("first"), r.calls("second")
	a.joins(b)
	third := newRaw(t, r)
	third.invite(number, "third", "", plainSDP)
	if status, m := third.final(); status != 503 {
		t.Errorf("one more: %s", m)
	}
	a.microsoftEnds()
	b.endsWith("over")
	<-r.edge.dialogsGone()
	r.edge.mu.Lock()
	defer r.edge.mu.Unlock()
	if len(r.edge.perPeer) != 0 {
		t.Errorf("still counted: %v", r.edge.perPeer)
	}
}

// joinsAndDeath: another process ends Microsoft's dialogs, and says nothing to the peer.
func joinsAndDeath(t *testing.T) {
	r := newRig(t, nil)
	a, b := r.calls("first"), r.isCalled("second")
	a.joins(b)
	r.must(r.edge.Bury(r.ctx(), a.id, a.side, []byte(a.left())))
	r.must(r.edge.Bury(r.ctx(), b.id, b.side, []byte(b.left())))
	<-b.far.Ended()
	for _, j := range []*joinee{a, b} {
		if status, m := j.asks("OPTIONS", "", ""); status != 481 {
			t.Errorf("got %s", m)
		}
		for _, m := range j.got {
			if strings.HasPrefix(m, "BYE ") && strings.Contains(m, "owner_lost") {
				t.Errorf("the peer is told: %s", m)
			}
		}
	}
}
