package sip

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/guard"
	"tandem/sip/siptest"
)

const abroad = "+4930555123"

// carrier makes the phone what numbers are dialled at.
func (r *rig) carrier(change func(*guard.Peer)) {
	r.t.Helper()
	p := digestPeer("joe")
	p.DialTo = "sip:" + r.phone.Addr().String()
	if change != nil {
		change(&p)
	}
	r.peers.set(p)
	r.must(r.edge.RefreshPeers(r.ctx()))
}

// callOut is Microsoft calling a number through our trunk; the result comes when it is answered or not.
func (r *rig) callOut(ctx context.Context, headers map[string]string) <-chan called {
	result := make(chan called, 1)
	go func() {
		leg, err := r.hub.Dial(ctx, pstnhub.Call{Trunk: trunkName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: abroad, DisplayName: "Contoso", Headers: headers})
		result <- called{leg, err}
	}()
	return result
}

type called struct {
	leg *pstnhub.Leg
	err error
}

var withToken = map[string]string{"X-MS-Custom-Tandem": "token-1"}

// dialled brings a call out to where the phone is called.
func (r *rig) dialled(ctx context.Context, decide func(*siptest.Incoming)) <-chan called {
	r.t.Helper()
	r.phone.OnCall(decide)
	result := r.callOut(ctx, withToken)
	o := next(r.t, "call out", r.engine.outs)
	if o.Number != abroad || o.Caller != number || o.Trunk != trunkName {
		r.t.Errorf("offered %+v", o)
	}
	r.must(r.edge.DialOut(r.ctx(), r.engine.outID(), call.DialOut{Side: outSide, Peer: "peer-joe", Number: o.Number, Caller: o.Caller}))
	return result
}

// talking brings it to where both talk.
func (r *rig) talkingOut() (*pstnhub.Leg, *siptest.Call, json.RawMessage) {
	r.t.Helper()
	answers := make(chan *siptest.Call, 1)
	result := r.dialled(r.ctx(), func(in *siptest.Incoming) {
		if err := in.Ring(); err != nil {
			r.t.Error(err)
		}
		c, err := in.Answer(r.ctx(), audio.CustomerSpeech())
		if err != nil {
			r.t.Error(err)
		}
		answers <- c
	})
	got := next(r.t, "answer at Microsoft", result)
	r.must(got.err)
	dialogs := event[call.LegAnswered](r).Dialog
	return got.leg, next(r.t, "answer", answers), dialogs
}

func callOut(t *testing.T) {
	t.Run("the telephone hangs up", func(t *testing.T) {
		r := newRig(t, nil)
		r.carrier(nil)
		leg, phone, _ := r.talkingOut()
		eventually(t, func() bool { return leg.Media().PacketsIn > 25 && phone.Stats().Received > 25 })
		r.must(phone.Hangup(r.ctx()))
		<-leg.Ended()
		if e := r.ended(outSide); e.By != call.ByCaller || e.Q850 != 16 || e.Media.PacketsOut == 0 {
			t.Errorf("%+v", e)
		}
		r.clean()
	})
	t.Run("Microsoft hangs up", func(t *testing.T) {
		r := newRig(t, nil)
		r.carrier(nil)
		leg, phone, _ := r.talkingOut()
		leg.Bye(16, "bye")
		<-phone.Ended()
		if e := r.ended(outSide); e.By != call.ByMicrosoft {
			t.Errorf("%+v", e)
		}
		<-r.edge.dialogsGone()
		r.clean()
	})
	t.Run("the engine hangs up", func(t *testing.T) {
		r := newRig(t, nil)
		r.carrier(nil)
		leg, phone, _ := r.talkingOut()
		r.hangUp("call-out", outSide, 480, 16, "removed")
		<-phone.Ended()
		<-leg.Ended()
		if e := r.ended(outSide); e.By != call.ByTandem || e.Text != "removed" {
			t.Errorf("%+v", e)
		}
		r.clean()
	})
}

// callOutRefused: what the telephone says passes; what is about the way there
// sends Microsoft to another trunk.
func callOutRefused(t *testing.T) {
	for _, c := range []struct{ says, hears int }{{486, 486}, {603, 603}, {404, 404}, {480, 480}, {500, 503}, {503, 503}, {408, 503}} {
		r := newRig(t, nil)
		r.carrier(nil)
		result := r.dialled(r.ctx(), func(in *siptest.Incoming) { _ = in.Reject(c.says, "No") })
		got := next(t, "refusal", result)
		var refused *pstnhub.Refused
		if !errors.As(got.err, &refused) || refused.Status != c.hears {
			t.Errorf("%d came as %v, want %d", c.says, got.err, c.hears)
		}
		if e := r.ended(outSide); e.By != call.ByCaller || e.Status != c.hears {
			t.Errorf("%+v", e)
		}
		r.clean()
	}
}

// callOutForged: without a good token nothing is dialled, and there is an alarm.
func TestCallOutForged(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	r.phone.OnCall(func(*siptest.Incoming) { t.Error("somebody was dialled") })
	for name, headers := range map[string]map[string]string{
		"no token": nil, "another token": {"X-MS-Custom-Tandem": "token-2"}, "another header": {"X-MS-Custom-Other": "token-1"},
	} {
		got := next(t, "refusal", r.callOut(r.ctx(), headers))
		var refused *pstnhub.Refused
		if !errors.As(got.err, &refused) || refused.Status != 403 {
			t.Errorf("%s: %v", name, got.err)
		}
	}
	if n := r.counted("tandem_sip_refused_total", "call_from_microsoft", "far"); n != 3 {
		t.Errorf("%v alarms", n)
	}
	for err, want := range map[error]int{fault.Unavailable("not_owner", "x"): 503, fault.Exhausted("outlegs_full", "x"): 480, fault.Conflict("no_dial_peer", "x"): 403} {
		r.engine.mu.Lock()
		r.engine.refuse = err
		r.engine.mu.Unlock()
		var refused *pstnhub.Refused
		if got := next(t, "refusal", r.callOut(r.ctx(), withToken)); !errors.As(got.err, &refused) || refused.Status != want {
			t.Errorf("%v: %v, want %d", err, got.err, want)
		}
	}
	r.clean()
}

// callOutCancelled: Microsoft gives up while it rings.
func callOutCancelled(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	rang := make(chan *siptest.Incoming, 1)
	ctx, cancel := context.WithCancel(r.ctx())
	result := r.dialled(ctx, func(in *siptest.Incoming) {
		_ = in.Ring()
		rang <- in
		<-in.Cancelled()
	})
	in := next(t, "ringing", rang)
	eventually(t, func() bool {
		select {
		case e := <-r.engine.events:
			p, ok := e.(call.LegProceeding)
			return ok && p.Status == 180 && len(p.Dialog) > 0
		default:
			return false
		}
	})
	cancel()
	<-in.Cancelled()
	next(t, "end at Microsoft", result)
	if e := r.ended(outSide); e.By != call.ByMicrosoft {
		t.Errorf("%+v", e)
	}
	<-r.edge.dialogsGone()
	r.clean()
}

// callOutNowhere: a peer that is not there, is silent, or has as many calls as it may.
func callOutNowhere(t *testing.T) {
	for name, change := range map[string]func(*guard.Peer){
		"silent":     func(p *guard.Peer) { p.DialTo = "sip:127.0.0.1:9" },
		"no TCP":     func(p *guard.Peer) { p.DialTo = "sip:127.0.0.1:9;transport=tcp" },
		"not a URI":  func(p *guard.Peer) { p.DialTo = "tel:1" },
		"not a port": func(p *guard.Peer) { p.DialTo = "sip:127.0.0.1:9;transport=sctp" },
	} {
		r := newRig(t, func(c *Config) { c.Timers.FirstResponse = 500 * time.Millisecond })
		r.carrier(change)
		got := next(t, "refusal", r.dialled(r.ctx(), nil))
		var refused *pstnhub.Refused
		if !errors.As(got.err, &refused) || refused.Status != 503 {
			t.Errorf("%s: %v", name, got.err)
		}
		if e := r.ended(outSide); e.By != call.ByTandem || e.Status != 503 {
			t.Errorf("%s: %+v", name, e)
		}
		r.clean()
	}
	r := newRig(t, nil)
	if err := r.edge.DialOut(r.ctx(), "call-out", call.DialOut{Side: outSide, Peer: "peer-joe"}); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("an outleg that is not there: %v", err)
	}
}

// TestBuryOut: another life of the node ends both dialogs from what the journal has.
func TestBuryOut(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	leg, phone, dialogs := r.talkingOut()
	r.must(r.edge.Bury(r.ctx(), "call-1", outSide, dialogs))
	<-leg.Ended()
	<-phone.Ended()
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	limit, tick := time.NewTimer(patience), time.NewTicker(10*time.Millisecond)
	defer limit.Stop()
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatal("not in time")
		}
	}
}

// replies answers a request that a raw peer got.
func (p *raw) replies(request string, status int, extra, body string) {
	p.t.Helper()
	p.repliesAs("raw", request, status, extra, body)
}

// repliesAs is replies of one of several telephones.
func (p *raw) repliesAs(tag, request string, status int, extra, body string) {
	p.t.Helper()
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\n"
	}
	p.send(fmt.Sprintf("SIP/2.0 %d X\nVia: %s\nFrom: %s\nTo: %s;tag=%s\nCall-ID: %s\nCSeq: %s\nContact: <sip:{here}>\n%s%sContent-Length: {length}\n\n%s",
		status, field(request, "Via"), field(request, "From"), field(request, "To"), tag, field(request, "Call-ID"), field(request, "CSeq"), extra, kind, body))
}

// reinviteBeforeTheAnswer: Microsoft asks again while the telephone rings.
func reinviteBeforeTheAnswer(t *testing.T) {
	r, p, far, invite := nearInvite(t, nil, nil, "")
	p.reply(invite, "180 Ringing")
	ringing := far.await("SIP/2.0 180")
	far.write(request("INVITE", "sip:"+trunkName+":5061;transport=tls", 2, field(ringing, "To"), field(ringing, "From"), "out", "CONTENT-TYPE: application/sdp\n", farSDP))
	if m := far.await("SIP/2.0 5"); !strings.HasPrefix(m, "SIP/2.0 500") || field(m, "Retry-After") == "" || field(m, "CSeq") != "2 INVITE" {
		t.Errorf("got %s", m)
	}
	p.reply(invite, "486 Busy Here")
	far.await("SIP/2.0 486")
	r.ended(outSide)
}

// challengedInside: the peer wants the password inside the dialog too: of a refresh, and of the BYE, without which its
// telephone would stay off the hook.
func challengedInside(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Timers.Second = 100 * time.Millisecond }) // 90 s end after 6, and leave 1.5 for two exchanges
	p := newRaw(t, r)
	r.carrier(func(g *guard.Peer) {
		g.DialTo, g.DialUsername, g.DialPassword = "sip:"+p.conn.LocalAddr().String(), "tandem", "out of here"
	})
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	p.repliesAs("one", invite, 200, "Allow: INVITE, ACK, BYE, UPDATE\nSession-Expires: 90;refresher=uac\n", plainSDP)
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	proved := func(method string) (sent string) {
		t.Helper()
		first := p.await(method + " ")
		k := &talk{raw: p}
		k.says(first, 407, `Proxy-Authenticate: Digest realm="carrier", nonce="abc", algorithm=MD5, qop="auth"`+"\n", "")
		second := p.await(method + " ")
		c, err := digest.ParseCredentials(field(second, "Proxy-Authorization"))
		if err != nil {
			t.Fatalf("%v in %s", err, second)
		}
		good, err := digest.Digest(&digest.Challenge{Realm: "carrier", Nonce: "abc", Algorithm: "MD5", QOP: []string{"auth"}},
			digest.Options{Method: method, URI: strings.Fields(second)[1], Username: "tandem", Password: "out of here", Cnonce: c.Cnonce, Count: c.Nc})
		if err != nil || good.Response != c.Response || field(second, "CSeq") == field(first, "CSeq") || field(second, "Via") == field(first, "Via") || field(second, "Reason") != field(first, "Reason") {
			t.Errorf("%+v, want %+v; %v, in %s", c, good, err, second)
		}
		return second
	}
	k := &talk{raw: p}
	k.accepts(proved("UPDATE"), "Session-Expires: 90;refresher=uac\n", "")
	got.leg.Bye(16, "bye")
	k.accepts(proved("BYE"), "", "")
	r.ended(outSide)
	r.clean()
}

// callOutChallenged: the peer wants a password, of us as of anybody; early media
// comes before the answer, and the 200 twice.
func callOutChallenged(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	r.carrier(func(g *guard.Peer) {
		g.DialTo, g.DialUsername, g.DialPassword = "sip:"+p.conn.LocalAddr().String(), "tandem", "out of here"
	})
	result := r.dialled(r.ctx(), nil)
	first := p.await("INVITE ")
	challenge := func(nonce string) string {
		return `WWW-Authenticate: Digest realm="carrier", nonce="` + nonce + `", algorithm=MD5, qop="auth"` + "\n" +
			`WWW-Authenticate: Digest realm="carrier", nonce="` + nonce + `", algorithm=SHA-256, qop="auth"` + "\n"
	}
	p.replies(first, 401, challenge("abc"), "")
	p.await("ACK ")
	second := p.await("INVITE ")
	c, err := digest.ParseCredentials(field(second, "Authorization"))
	if err != nil || c.Username != "tandem" || c.Realm != "carrier" || c.Algorithm != "SHA-256" {
		t.Fatalf("%+v %v in %s", c, err, second)
	}
	good, err := digest.Digest(&digest.Challenge{Realm: "carrier", Nonce: "abc", Algorithm: "SHA-256", QOP: []string{"auth"}},
		digest.Options{Method: "INVITE", URI: c.URI, Username: "tandem", Password: "out of here", Cnonce: c.Cnonce, Count: c.Nc})
	if err != nil || good.Response != c.Response || !strings.HasPrefix(second, "INVITE "+c.URI+" ") || field(second, "CSeq") != "2 INVITE" || field(second, "Call-ID") != field(first, "Call-ID") {
		t.Errorf("%+v, want %+v; %v, in %s", c, good, err, second)
	}
	p.replies(second, 183, "", plainSDP)
	p.replies(second, 200, "", plainSDP)
	p.await("ACK ")
	p.replies(second, 200, "", plainSDP) // our ACK was lost
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	got.leg.Bye(16, "bye")
	bye := p.await("BYE ")
	p.replies(bye, 200, "", "")
	if e := r.ended(outSide); e.By != call.ByMicrosoft {
		t.Errorf("%+v", e)
	}
	r.clean()

	result = r.dialled(r.ctx(), nil)
	p.replies(p.await("INVITE "), 407, strings.ReplaceAll(challenge("x"), "WWW-Authenticate", "Proxy-Authenticate"), "")
	again := p.await("INVITE ")
	for ; field(again, "Proxy-Authorization") == ""; again = p.await("INVITE ") { // a retransmission
		continue
	}
	p.replies(again, 407, strings.ReplaceAll(challenge("y"), "WWW-Authenticate", "Proxy-Authenticate"), "") // the wrong password
	var refused *pstnhub.Refused
	if got := next(t, "refusal", result); !errors.As(got.err, &refused) || refused.Status != 503 {
		t.Errorf("%v", got.err)
	}
}
