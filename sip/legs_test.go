package sip

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/siptest"
)

// fast makes our own timers short: an ACK is awaited for 640 ms.
func fast(c *Config) {
	c.Timers = Timers{T1: 10 * time.Millisecond, T2: 50 * time.Millisecond, FirstResponse: 500 * time.Millisecond, Request: 2 * time.Second}
}

func callerGivesUp(t *testing.T) {
	r := newRig(t, nil)
	c, id, _ := r.call(siptest.CallOptions{})
	r.must(r.edge.Ring(r.ctx(), id))
	r.dial(id)
	far := next(t, "leg", r.legs)
	far.Ring()
	for event[call.LegProceeding](r).Status != 180 {
	}
	r.must(c.Cancel(r.ctx()))
	if end := r.ended(call.Near); end.By != call.ByCaller || end.Status != 487 {
		t.Errorf("near %+v", end)
	}
	r.hangUp(id, call.Far, 487, 16, "caller_gave_up")
	if end := r.ended(call.Far); end.By != call.ByTandem || end.Status != 487 {
		t.Errorf("far %+v", end)
	}
	<-far.Ended()
	if by, status, _ := far.End(); by != "sbc" || status != 487 {
		t.Errorf("at Microsoft: %s %d", by, status)
	}
	var refused *siptest.Refused
	if err := c.Answered(r.ctx()); !errors.As(err, &refused) || refused.Status != 487 {
		t.Errorf("caller sees %v", err)
	}
	r.clean()
}

func cancelDuringTheOffer(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	asked, decide := make(chan struct{}), make(chan error)
	r.engine.answers(func(bridgeOffer) error { close(asked); return <-decide })
	sent := p.invite(number, "early", "", plainSDP)
	<-asked
	p.write(strings.NewReplacer("INVITE sip:", "CANCEL sip:", "CSeq: 2 INVITE", "CSeq: 2 CANCEL").Replace(headersOnly(sent)))
	p.await("SIP/2.0 487")
	decide <- nil
	next(t, "offer", r.engine.offers)
	if end := r.ended(call.Near); end.By != call.ByCaller || end.Status != 487 {
		t.Errorf("%+v", end)
	}
	if err := r.edge.Answer(r.ctx(), "call-1"); err == nil {
		<-r.edge.dialogsGone()
	}
}

func refusedByUs(t *testing.T) {
	r := newRig(t, nil)
	c, id, _ := r.call(siptest.CallOptions{})
	r.must(r.edge.Ring(r.ctx(), id))
	r.hangUp(id, call.Near, 486, 17, "busy")
	var refused *siptest.Refused
	if err := c.Answered(r.ctx()); !errors.As(err, &refused) || refused.Status != 486 || refused.ReasonHeader != `Q.850;cause=17;text="busy"` {
		t.Errorf("caller sees %v", err)
	}
	if end := r.ended(call.Near); end.By != call.ByTandem || end.Status != 486 || end.Q850 != 17 {
		t.Errorf("%+v", end)
	}
	if err := r.edge.Ring(r.ctx(), id); err == nil {
		<-r.edge.dialogsGone()
	}
}

// ringingIsRepeated: proxies forget a call that stays silent for three minutes.
func ringingIsRepeated(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Timers.Ringing = 20 * time.Millisecond })
	c, id, _ := r.call(siptest.CallOptions{})
	r.must(r.edge.Ring(r.ctx(), id))
	for n := 0; n < 3; {
		if next(t, "180", c.Progress()) == 180 {
			n++
		}
	}
	r.must(c.Cancel(r.ctx()))
	r.ended(call.Near)
}

func lostACK(t *testing.T) {
	r := newRig(t, fast)
	p := newRaw(t, r)
	p.invite(number, "deaf", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	event[call.LegAnswered](r)
	for range 4 { // again and again
		p.await("SIP/2.0 200")
	}
	bye := p.await("BYE ")
	if field(bye, "Reason") != `Q.850;cause=102;text="no ACK"` {
		t.Errorf("got %s", bye)
	}
	p.reply(bye, "200 OK")
	if end := r.ended(call.Near); end.By != call.ByTandem || end.Status != 408 || end.Q850 != 102 {
		t.Errorf("%+v", end)
	}
}

// hangUpBeforeACK: a callee sends no BYE before the ACK (RFC 3261 §15).
func hangUpBeforeACK(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	p.invite(number, "quick", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	ok := p.await("SIP/2.0 200")
	r.hangUp("call-1", call.Near, 0, 16, "over")
	if m := p.receive(100 * time.Millisecond); strings.HasPrefix(m, "BYE") {
		t.Error("BYE before the ACK")
	}
	p.inside("ACK", 2, ok, "")
	p.reply(p.await("BYE "), "200 OK")
	if end := r.ended(call.Near); end.By != call.ByTandem || end.Q850 != 16 {
		t.Errorf("%+v", end)
	}
}

// ackOfTheOldKind: some peers give the ACK of a 200 the branch of the INVITE.
func ackOfTheOldKind(t *testing.T) {
	r := newRig(t, fast)
	p := newRaw(t, r)
	sent := p.invite(number, "old", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	ok := p.await("SIP/2.0 200")
	ack := strings.NewReplacer("INVITE sip:", "ACK sip:", "CSeq: 2 INVITE", "CSeq: 2 ACK", field(sent, "To"), field(ok, "To")).Replace(headersOnly(sent))
	p.write(ack)
	for p.receive(200*time.Millisecond) != "" { // what was on its way
	}
	r.hangUp("call-1", call.Near, 0, 16, "over")
	p.reply(p.await("BYE "), "200 OK")
	if end := r.ended(call.Near); end.Q850 != 16 {
		t.Errorf("%+v", end)
	}
}

func byeFromEachSide(t *testing.T) {
	t.Run("Microsoft", func(t *testing.T) {
		r := newRig(t, nil)
		c, id, far, _, _ := r.up(siptest.CallOptions{})
		far.Bye(31, "CallEndReasonOther")
		end := r.ended(call.Far)
		if end.By != call.ByMicrosoft || end.Q850 != 31 || end.Text != "CallEndReasonOther" {
			t.Errorf("far %+v", end)
		}
		r.hangUp(id, call.Near, 480, 31, "microsoft_hung_up")
		if end := r.ended(call.Near); end.By != call.ByTandem {
			t.Errorf("near %+v", end)
		}
		<-c.Ended()
		if e := c.Ending(); !e.Remote || e.ReasonHeader != `Q.850;cause=31;text="microsoft_hung_up"` {
			t.Errorf("phone %+v", e)
		}
		r.clean()
	})
	t.Run("both at once", func(t *testing.T) {
		r := newRig(t, nil)
		c, id, far, _, _ := r.up(siptest.CallOptions{})
		go far.Bye(16, "x")
		r.hangUp(id, call.Far, 0, 16, "y")
		r.hangUp(id, call.Near, 0, 16, "y")
		_ = c.Hangup(r.ctx()) // 481 if ours was faster
		ends := map[call.Side]int{}
		for len(ends) < 2 {
			if e, ok := next(t, "ends", r.engine.events).(call.LegEnded); ok {
				ends[e.Side]++
			}
		}
		<-r.edge.dialogsGone()
		select {
		case e := <-r.engine.events:
			t.Errorf("after the ends: %+v", e)
		default:
		}
		r.clean()
	})
}

// faulty is what is wrong with Microsoft's proxies.
type faulty struct {
	faults map[string]string
	dns    []string // proxies whose names fail
}

func (f faulty) strike(r *rig) {
	r.t.Helper()
	for knob, value := range f.faults {
		r.must(r.hub.SetFault(knob, value))
	}
	for _, host := range f.dns {
		r.names.Fail(host + ".pstnhub.microsoft.com")
	}
}

// unhurried waits a second for a proxy, which is long for one that works.
func unhurried(c *Config) { c.Timers.FirstResponse = time.Second }

// failover: a proxy takes the call in spite of what is wrong with others.
func failover(proxy string, f faulty) func(*testing.T) {
	return func(t *testing.T) {
		r := newRig(t, unhurried)
		f.strike(r)
		caller, id, _ := r.call(siptest.CallOptions{})
		r.dial(id)
		far := next(t, "leg", r.legs)
		if far.Proxy() != proxy {
			t.Errorf("taken by %s", far.Proxy())
		}
		r.must(far.Answer(r.ctx()))
		event[call.LegAnswered](r)
		r.hangUp(id, call.Far, 0, 16, "over")
		r.ended(call.Far)
		<-far.Ended()
		r.must(caller.Cancel(r.ctx()))
		r.ended(call.Near)
		r.clean()
	}
}

// inVain: nobody takes it, after so many attempts.
func inVain(attempts float64, by call.By, status int, f faulty) func(*testing.T) {
	return func(t *testing.T) {
		r := newRig(t, unhurried)
		f.strike(r)
		caller, id, _ := r.call(siptest.CallOptions{})
		r.dial(id)
		if end := r.ended(call.Far); end.By != by || end.Status != status {
			t.Errorf("%+v", end)
		}
		if n := r.attempts(); n != attempts {
			t.Errorf("%v attempts", n)
		}
		r.must(caller.Cancel(r.ctx()))
		r.ended(call.Near)
		r.clean()
	}
}

// attempts counts those that failed.
func (r *rig) attempts() (n float64) {
	for i := range 3 {
		for _, outcome := range []string{attemptRefused, attemptBusy, attemptUnreachable, attemptSilent} {
			n += r.counted("tandem_sip_far_attempts_total", outcome, fmt.Sprint(i+1))
		}
	}
	return n
}

// manyRing: 180 of many endpoints, each with a tag of its own; the stack's own dialogs give up after ten.
func manyRing(t *testing.T) {
	r := newRig(t, nil)
	r.must(r.hub.SetFault(pstnhub.FaultRingStorm, "40"))
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	far := next(t, "leg", r.legs)
	r.must(far.Answer(r.ctx()))
	event[call.LegAnswered](r)
	r.hangUp(id, call.Far, 0, 16, "over")
	r.ended(call.Far)
	r.clean()
}

func answerCrossesCancel(t *testing.T) {
	r := newRig(t, nil)
	r.must(r.hub.SetFault(pstnhub.FaultLateOK, "on"))
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	far := next(t, "leg", r.legs)
	far.Ring()
	for event[call.LegProceeding](r).Status != 180 {
	}
	r.hangUp(id, call.Far, 487, 16, "given up")
	if end := r.ended(call.Far); end.By != call.ByTandem {
		t.Errorf("%+v", end)
	}
	<-far.Ended()
	r.clean() // would have missing-ack or missing-bye
}

func lowerCase(t *testing.T) {
	r := newRig(t, nil)
	r.must(r.hub.SetFault(pstnhub.FaultLowerCase, "on"))
	c, _, far, _, _ := r.up(siptest.CallOptions{})
	far.Bye(16, "x")
	r.ended(call.Far)
	r.must(c.Hangup(r.ctx()))
	r.clean()
}

func givenUpBeforeTheFirstAnswer(t *testing.T) {
	r := newRig(t, fast)
	r.must(r.hub.SetFault(pstnhub.FaultSilent, "sip,sip2,sip3"))
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	r.hangUp(id, call.Far, 487, 16, "given up") // the handshake hangs
	if end := r.ended(call.Far); end.By != call.ByTandem || end.Status != 487 {
		t.Errorf("%+v", end)
	}
}

func anonymousCaller(t *testing.T) {
	r := newRig(t, nil)
	c, err := r.phone.Call(r.ctx(), r.uri(number), siptest.CallOptions{From: "sip:anonymous@anonymous.invalid"})
	r.must(err)
	if o := next(t, "offer", r.engine.offers); o.Caller != "anonymous" || o.User != number || o.Peer != "peer-joe" || o.SIPCallID != c.ID() {
		t.Errorf("%+v", o)
	}
	f := farCall()
	f.Caller = "anonymous"
	r.must(r.edge.Dial(r.ctx(), "call-1", f))
	if far := next(t, "leg", r.legs); far.From() != "anonymous" {
		t.Errorf("from %s", far.From())
	}
	r.clean()
}

func TestDialIsChecked(t *testing.T) {
	r := newRig(t, nil)
	_, id, _ := r.call(siptest.CallOptions{})
	for name, change := range map[string]func(*bridgeFarCall){
		"another trunk": func(f *bridgeFarCall) { f.Trunk = "e9.sbc.tandem.test" },
		"no number":     func(f *bridgeFarCall) { f.Number = "123>;evil" },
		"odd caller":    func(f *bridgeFarCall) { f.Caller = "x\r\nEvil: 1" },
	} {
		f := farCall()
		change(&f)
		if r.edge.Dial(r.ctx(), id, f) == nil {
			t.Errorf("%s was dialled", name)
		}
	}
	if r.edge.Dial(r.ctx(), "nobody", farCall()) == nil {
		t.Error("a call that does not exist")
	}
	r.dial(id)
	if r.edge.Dial(r.ctx(), id, farCall()) == nil {
		t.Error("twice")
	}
}

// TestBury: another process ends what is left, in each state.
func TestBury(t *testing.T) {
	r := newRig(t, nil)
	var proxies []string
	for _, name := range []string{"sip", "sip2", "sip3"} {
		fqdn := name + ".pstnhub.microsoft.com"
		proxies = append(proxies, fmt.Sprintf("%s:%d", fqdn, r.hub.Names()[fqdn].Port()))
	}
	k := recorder{make(chan call.Trace, 16)}
	heir := r.newEdge(proxies, func(c *Config) {
		fast(c)
		c.Trace = k.of
	})
	bury := func(side call.Side, dialog json.RawMessage) {
		t.Helper()
		r.must(heir.Bury(r.ctx(), "call-1", side, dialog))
	}

	c, id, offer := r.call(siptest.CallOptions{})
	r.must(r.edge.Ring(r.ctx(), id))
	next(t, "180", c.Progress())
	r.dial(id)
	far := next(t, "leg", r.legs)
	bury(call.Far, event[call.LegProceeding](r).Dialog)
	<-far.Ended()
	if by, status, _ := far.End(); by != "sbc" || status != 487 {
		t.Errorf("dialing: %s %d", by, status)
	}
	r.ended(call.Far) // in this test the dead are still there to see it
	bury(call.Near, offer.Dialog)
	var refused *siptest.Refused
	if err := c.Answered(r.ctx()); !errors.As(err, &refused) || refused.Status != 480 || refused.ReasonHeader != `Q.850;cause=41;text="owner_lost"` {
		t.Errorf("offered: %v", err)
	}

	c, _, far, near, remote := r.up(siptest.CallOptions{})
	bury(call.Far, remote)
	<-far.Ended()
	if by, status, _ := far.End(); by != "sbc" || status != 0 {
		t.Errorf("up: %s %d", by, status)
	}
	bury(call.Far, remote) // 481 is as good
	bury(call.Near, near)
	<-c.Ended()
	if !c.Ending().Remote {
		t.Error("near leg not ended")
	}
	bury(call.Near, near)

	// An offered one that was answered at the last moment.
	c, id, offer = r.call(siptest.CallOptions{})
	r.must(r.edge.Answer(r.ctx(), id))
	r.must(c.Answered(r.ctx()))
	bury(call.Near, offer.Dialog)
	<-c.Ended()

	bury(call.Far, nil)
	if heir.Bury(r.ctx(), "call-1", call.Far, json.RawMessage(`{"state":"up","trunk":"other.sbc.tandem.test"}`)) == nil {
		t.Error("buried with a trunk of another node")
	}
	if heir.Bury(r.ctx(), "call-1", call.Near, json.RawMessage(`{`)) == nil || heir.Bury(r.ctx(), "call-1", call.Near, json.RawMessage(`{"state":"up"}`)) == nil {
		t.Error("buried what cannot be read")
	}
	byes := map[call.Side]int{} // what is said to end a dialog is all that is kept of it
	for byes[call.Near] < 1 || byes[call.Far] < 1 {
		trace := next(t, "trace of a burial", k.traces)
		for _, m := range trace.Messages {
			if m.Sent && strings.HasPrefix(m.Text, "BYE ") {
				byes[trace.End]++
			}
		}
	}
	r.clean()
}

// TestManyCalls come and go at once; nothing stays.
func TestManyCalls(t *testing.T) {
	r := newRig(t, nil)
	const n = 20
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			c, err := r.phone.Call(r.ctx(), r.uri(number), siptest.CallOptions{From: caller})
			if err != nil {
				t.Error(err)
				return
			}
			if err := c.Answered(r.ctx()); err != nil {
				t.Error(err)
				return
			}
			if i%2 == 0 {
				if err := c.Hangup(r.ctx()); err != nil {
					t.Error(err)
				}
			}
			<-c.Ended()
		})
	}
	for range n {
		id := next(t, "call", r.engine.taken)
		r.dial(id)
		far := next(t, "leg", r.legs)
		r.must(far.Answer(r.ctx()))
		r.must(r.edge.Answer(r.ctx(), id))
		if err := r.edge.ConnectMedia(r.ctx(), id); fault.CodeOf(err) != "no_leg" { // who hangs up at once is gone by now
			r.must(err)
		}
	}
	ended := 0
	for ended < 2*n {
		e := next(t, "events", r.engine.events)
		switch e := e.(type) {
		case call.LegAnswered:
			if e.Side == call.Near {
				continue
			}
		case call.LegEnded:
			ended++
		}
		if ended == n/2 { // the callers who hang up have done so
			for i := range n {
				id := call.ID(fmt.Sprintf("call-%d", i+1))
				for _, side := range []call.Side{call.Near, call.Far} {
					_ = r.edge.HangUp(r.ctx(), id, call.HangUpLeg{Side: side, Q850: 16})
				}
			}
		}
	}
	all.Wait()
	<-r.edge.dialogsGone()
	r.edge.mu.Lock()
	if n := len(r.edge.conversations) + len(r.edge.offers) + len(r.edge.perPeer); n != 0 {
		t.Errorf("%d things stay", n)
	}
	r.edge.mu.Unlock()
	eventually(t, func() bool { return r.counted("tandem_sip_legs", "near")+r.counted("tandem_sip_legs", "far") == 0 }) // a leg counts until its goroutine ends
	r.clean()
}

// TestCloseEndsCalls: a process that goes says goodbye.
func TestCloseEndsCalls(t *testing.T) {
	r := newRig(t, nil)
	c, _, far, _, _ := r.up(siptest.CallOptions{})
	ringing, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	pending := next(t, "leg", r.legs)
	r.must(r.edge.Close())
	<-c.Ended()
	<-ringing.Ended()
	<-far.Ended()
	<-pending.Ended()
	if by, status, _ := far.End(); by != "sbc" || status != 0 {
		t.Errorf("up: %s %d", by, status)
	}
	if by, status, _ := pending.End(); by != "sbc" || status != 487 {
		t.Errorf("dialing: %s %d", by, status)
	}
	if err := r.edge.Bury(r.ctx(), "call-1", call.Far, nil); err != nil {
		t.Error(err)
	}
}

// TestCallsAreForgotten: after a call over UDP its INVITE and BYE are the edge's to
// remember, and not the stack's.
func TestCallsAreForgotten(t *testing.T) {
	r := newRig(t, nil)
	c, _, far, _, _ := r.up(siptest.CallOptions{})
	r.must(c.Hangup(r.ctx()))
	r.ended(call.Near)
	far.Bye(16, "x")
	r.ended(call.Far)
	eventually(t, func() bool { return r.edge.near.udp.Remembered() >= 2 })
}
