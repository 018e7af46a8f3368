package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tandem/internal/call"
	numbers "tandem/internal/trunk"
	"tandem/sip/guard"
)

// referring is a call that is up, and where its peer takes calls.
type referring struct {
	*talk
	at *talk // where the peer is dialled
}

func toRefer(t *testing.T, change func(*guard.Peer)) *referring {
	t.Helper()
	k := toACK(t, change)
	k.acks("")
	return k
}

// toACK is the same call whose ACK is still to come.
func toACK(t *testing.T, change func(*guard.Peer)) *referring {
	t.Helper()
	r := newRig(t, nil)
	at := &talk{raw: newRaw(t, r), r: r, cseq: 1}
	at.rtp = listenRTP(t)
	r.carrier(func(p *guard.Peer) {
		p.DialTo, p.DialUsername, p.DialPassword = "sip:"+at.conn.LocalAddr().String(), "us", "ours"
		if change != nil {
			change(p)
		}
	})
	return &referring{talks(t, r, "", strings.Replace(plainSDP, "40000", "{rtp}", 1)), at}
}

const referTo = "Refer-To: <sip:+4930111@elsewhere.test>\n"

// refers sends a REFER that is taken; the INVITE that comes of it.
func (k *referring) refers(headers string) (accepted, invite string) {
	k.t.Helper()
	status, accepted := k.asks("REFER", headers, "")
	if status != 202 {
		k.t.Fatalf("got %s", accepted)
	}
	return accepted, k.at.await("INVITE ")
}

// notified is the next NOTIFY, which is taken.
func (k *talk) notified() (says, state string) {
	k.t.Helper()
	n := k.await("NOTIFY ")
	if !strings.HasPrefix(field(n, "Event"), "refer") || !strings.HasPrefix(field(n, "Content-Type"), "message/sipfrag") || field(n, "Contact") == "" {
		k.t.Errorf("got %s", n)
	}
	k.reply(n, "200 OK")
	return strings.TrimSpace(body(n)), field(n, "Subscription-State")
}

// expects that the next NOTIFYs say this, the last one that it is over.
func (k *talk) expects(list ...string) {
	k.t.Helper()
	for i, want := range list {
		says, state := k.notified()
		over := strings.HasPrefix(state, "terminated")
		if says != "SIP/2.0 "+want || over != (i == len(list)-1) {
			k.t.Errorf("NOTIFY says %q, %s; want %s", says, state, want)
		}
	}
}

// left is the remainder that the engine was told last.
func (k *referring) left() string {
	k.t.Helper()
	e := event[call.LegAnswered](k.r)
	if e.Side != call.Near {
		k.t.Errorf("%+v", e)
	}
	return string(e.Dialog)
}

// answers a call at the peer, where the sound is from now on.
func (k *referring) answers(invite string) {
	k.t.Helper()
	k.at.replies(invite, 200, "", k.at.here(""))
	k.at.ok = inDialogAs(invite)
	if ack := k.at.await("ACK "); toTag(ack) != "raw" {
		k.t.Errorf("got %s", ack)
	}
}

// inDialogAs is an INVITE of ours as the response that the peer would have had from us: its
// requests then go the other way.
func inDialogAs(invite string) string {
	return strings.Join([]string{
		"SIP/2.0 200 OK", "From: " + field(invite, "To") + ";tag=raw", "To: " + field(invite, "From"), "Call-ID: " + field(invite, "Call-ID"), "Contact: " + field(invite, "Contact"), "", "",
	}, "\r\n")
}

func referBlind(t *testing.T) {
	k := toRefer(t, nil)
	k.packet()
	ssrc, from := k.packet()
	accepted, invite := k.refers(referTo + "Referred-By: <sip:Joe@peer.test>\n")
	if field(accepted, "Refer-Sub") != "" || field(accepted, "Contact") == "" || !strings.Contains(field(accepted, "Allow"), "REFER") {
		t.Errorf("got %s", accepted)
	}
	if uri := strings.Fields(invite)[1]; uri != "sip:+4930111@"+k.at.conn.LocalAddr().String()+";user=phone" {
		t.Errorf("dialled %s", uri)
	}
	if field(invite, "Referred-By") != "<sip:Joe@peer.test>" || field(invite, "Replaces") != "" || !strings.Contains(field(invite, "From"), strings.TrimPrefix(number, "+")) || field(invite, "Call-ID") == field(k.ok, "Call-ID") {
		t.Errorf("got %s", invite)
	}
	if mediaPort(invite) != mediaPort(k.ok) {
		t.Errorf("our port has moved: %s, was %s", mediaLine(invite), mediaLine(k.ok))
	}
	if left := k.left(); !strings.Contains(left, `"next":{"state":"dialing"`) || !strings.Contains(left, field(k.ok, "Call-ID")) {
		t.Errorf("left of it is %s", left)
	}
	k.at.replies(invite, 180, "", "")
	k.expectsRinging()
	if left := k.left(); !strings.Contains(left, `"remote_tag":"raw"`) {
		t.Errorf("left of it is %s", left)
	}
	k.drain()
	k.packet() // it goes on meanwhile
	k.answers(invite)
	k.expects("200 OK")
	bye := k.await("BYE ")
	if !strings.Contains(field(bye, "Reason"), `text="transferred"`) {
		t.Errorf("got %s", bye)
	}
	k.reply(bye, "200 OK")
	if left := k.left(); strings.Contains(left, field(k.ok, "Call-ID")) || strings.Contains(left, "next") || !strings.Contains(left, field(invite, "Call-ID")) {
		t.Errorf("left of it is %s", left)
	}
	if s, at := k.at.packet(); s != ssrc || at != from {
		t.Error("the sound does not come from where it came from")
	}
	if status, m := k.asks("OPTIONS", "", ""); status != 481 {
		t.Errorf("the old dialog is still there: %s", m)
	}
	if status, m := k.at.asks("INVITE", "", k.at.here("a=sendonly\n")); status != 200 || !strings.Contains(m, "a=recvonly") {
		t.Errorf("a re-INVITE in the new dialog: %s", m)
	}
	k.at.acks("")
	k.r.hangUp("call-1", call.Near, 0, 16, "over")
	if _, end := k.at.endsBy(); end.By != call.ByTandem {
		t.Errorf("%+v", end)
	}
	<-k.r.edge.dialogsGone()
}

// expectsRinging has the first news: 100 and 180.
func (k *referring) expectsRinging() {
	k.t.Helper()
	for _, want := range []string{"SIP/2.0 100 Trying", "SIP/2.0 180 X"} {
		if says, state := k.notified(); says != want || !strings.HasPrefix(state, "active") {
			k.t.Errorf("NOTIFY says %q, %s; want %s", says, state, want)
		}
	}
}

func referFails(t *testing.T) {
	k := toRefer(t, nil)
	for i, status := range []int{486, 603, 404} {
		_, invite := k.refers(referTo)
		k.left()
		k.at.replies(invite, status, "", "")
		k.at.await("ACK ")
		says, state := k.notified()
		if says != "SIP/2.0 100 Trying" || !strings.HasPrefix(state, "active") {
			t.Errorf("NOTIFY says %q, %s", says, state)
		}
		n := k.await("NOTIFY ")
		k.reply(n, "200 OK")
		if !strings.HasPrefix(body(n), fmt.Sprintf("SIP/2.0 %d ", status)) || !strings.HasPrefix(field(n, "Subscription-State"), "terminated") {
			t.Errorf("got %s", n)
		}
		if i > 0 != strings.Contains(field(n, "Event"), fmt.Sprintf("id=%d", k.cseq)) {
			t.Errorf("got %s", n)
		}
		if left := k.left(); strings.Contains(left, "next") || !strings.Contains(left, field(k.ok, "Call-ID")) {
			t.Errorf("left of it is %s", left)
		}
		k.drain()
		k.packet()
	}
	k.leaves()
}

func referAndLeave(t *testing.T) {
	k := toRefer(t, nil)
	_, invite := k.refers(referTo)
	k.left()
	if status, m := k.asks("BYE", "", ""); status != 200 {
		t.Errorf("BYE: %s", m)
	}
	k.at.replies(invite, 180, "", "")
	k.left()
	k.answers(invite)
	if left := k.left(); !strings.Contains(left, field(invite, "Call-ID")) {
		t.Errorf("left of it is %s", left)
	}
	k.at.packet()
	if status, m := k.at.asks("BYE", "", ""); status != 200 {
		t.Errorf("BYE: %s", m)
	}
	if end := k.r.ended(call.Near); end.By != call.ByCaller {
		t.Errorf("%+v", end)
	}
}

func referLeftAlone(t *testing.T) {
	k := toRefer(t, nil)
	_, invite := k.refers(referTo)
	if status, m := k.asks("BYE", "", ""); status != 200 {
		t.Errorf("BYE: %s", m)
	}
	k.at.replies(invite, 486, "", "")
	k.at.await("ACK ")
	if end := k.r.ended(call.Near); end.By != call.ByCaller || end.Status != 486 {
		t.Errorf("%+v", end)
	}
}

// referOvertakesACK: the stack hands messages on in goroutines of their own.
func referOvertakesACK(t *testing.T) {
	k := toACK(t, nil)
	_, invite := k.refers(referTo)
	k.acks("")
	k.answers(invite)
	k.expects("100 Trying", "200 OK")
	k.reply(k.await("BYE "), "200 OK")
	k.at.packet()
	k.r.hangUp("call-1", call.Near, 0, 16, "over")
	k.at.endsBy()
}

func referSilent(t *testing.T) {
	k := toRefer(t, nil)
	accepted, invite := k.refers(referTo + "Refer-Sub: false\nSupported: norefersub\nRequire: norefersub\n")
	if field(accepted, "Refer-Sub") != "false" {
		t.Errorf("got %s", accepted)
	}
	k.answers(invite)
	for {
		m := k.receive(patience)
		if strings.HasPrefix(m, "NOTIFY ") {
			t.Fatalf("got %s", m)
		}
		if strings.HasPrefix(m, "BYE ") {
			k.reply(m, "200 OK")
			break
		}
	}
	k.at.packet()
	k.r.hangUp("call-1", call.Near, 0, 16, "over")
	k.at.endsBy()
}

func referAttended(t *testing.T) {
	k := toRefer(t, nil)
	_, invite := k.refers("Refer-To: \"Ann\" <sip:201@10.0.0.7:5070?Replaces=a%40b%3Bto-tag%3Dc%3Bfrom-tag%3Dd&Subject=x>\nReferred-By: <sip:Joe@Peer.Test>;x=Y\n")
	if field(invite, "Replaces") != "a@b;to-tag=c;from-tag=d" || field(invite, "Require") != "replaces" || field(invite, "Referred-By") != "<sip:Joe@Peer.Test>;x=Y" || field(invite, "Subject") != "" {
		t.Errorf("got %s", invite)
	}
	if uri := strings.Fields(invite)[1]; uri != "sip:201@"+k.at.conn.LocalAddr().String() {
		t.Errorf("dialled %s", uri)
	}
	k.answers(invite)
	k.expects("100 Trying", "200 OK")
	k.reply(k.await("BYE "), "200 OK")
	k.at.packet()
	k.r.hangUp("call-1", call.Near, 0, 16, "over")
	k.at.endsBy()
}

func referChallenged(t *testing.T) {
	k := toRefer(t, nil)
	_, invite := k.refers(referTo)
	k.at.replies(invite, 407, "Proxy-Authenticate: Digest realm=\"peer\", nonce=\"1\", algorithm=SHA-256\n", "")
	k.at.await("ACK ")
	again := k.at.await("INVITE ")
	if !strings.Contains(field(again, "Proxy-Authorization"), `username="us"`) || field(again, "CSeq") != "2 INVITE" {
		t.Errorf("got %s", again)
	}
	k.answers(again)
	k.expects("100 Trying", "200 OK")
	k.reply(k.await("BYE "), "200 OK")
	k.r.hangUp("call-1", call.Near, 0, 16, "over")
	k.at.endsBy()
}

func referNotAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*guard.Peer)
		want   int
	}{
		"nowhere to dial":         {func(p *guard.Peer) { p.DialTo = "" }, 403},
		"another destination":     {func(p *guard.Peer) { p.Destinations = []string{"+4940"} }, 403},
		"a password alone":        {func(p *guard.Peer) { p.Addresses = nil }, 403},
		"as many calls as it may": {func(p *guard.Peer) { p.MaxCalls = 1 }, 503},
		"as often as it may":      {func(p *guard.Peer) { p.CallsPerSecond = 1 }, 503},
		"a password and a list":   {func(p *guard.Peer) { p.Addresses, p.Destinations = nil, []string{"+4930"} }, 202},
		"what the rules rewrite": {func(p *guard.Peer) {
			p.Numbers, p.Destinations = rules(numbers.CalledIn, `\+4930(\d+)`, "+4940$1"), []string{"+4940"}
		}, 202},
		"a number that has no list": {nil, 202},
	} {
		k := toRefer(t, c.change)
		if c.want == 503 && strings.HasPrefix(name, "as often") {
			k.r.edge.guard.MayCall(must(k.r.edge.guard.Named("peer-joe")))
		}
		status, m := k.asks("REFER", referTo, "")
		if status != c.want || status == 403 && !strings.Contains(field(m, "Warning"), "dial_prefixes") {
			t.Errorf("%s: %s", name, m)
		}
		if c.want == 202 {
			k.at.replies(k.at.await("INVITE "), 486, "", "")
			k.at.await("ACK ")
		}
		k.leavesSoon()
	}
}

func must[T any](v T, _ bool) T { return v }

// leavesSoon hangs up, whatever else comes.
func (k *referring) leavesSoon() {
	k.t.Helper()
	k.cseq++
	k.puts("BYE", k.cseq, "", "")
	k.r.ended(call.Near)
}

func referRefused(t *testing.T) {
	k := toRefer(t, nil)
	for name, header := range map[string]string{
		"no Refer-To": "", "two": referTo + referTo, "no user": "Refer-To: <sip:peer.test>\n", "no user, and a dialog that is not ours": "Refer-To: <sip:peer.test?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\n", "a method": "Refer-To: <sip:1@peer.test;method=BYE>\n",
		"a web page": "Refer-To: <https://x@peer.test>\n", "odd Replaces": "Refer-To: <sip:1@peer.test?Replaces=x>\n", "odd user": "Refer-To: <sip:1%20%22@peer.test>\n",
	} {
		if status, m := k.asks("REFER", header, ""); status != 400 {
			t.Errorf("%s: %s", name, m)
		}
	}
	_, ours, _ := strings.Cut(field(k.ok, "To"), ";tag=")
	if status, m := k.asks("REFER", "Refer-To: <sip:1@peer.test?Replaces=talk%3Bto-tag%3D"+ours+"%3Bfrom-tag%3Dx>\n", ""); status != 603 {
		t.Errorf("its own dialog: %s", m)
	}
	_, invite := k.refers(referTo)
	if status, m := k.asks("REFER", referTo, ""); status != 491 {
		t.Errorf("a second one: %s", m)
	}
	k.at.replies(invite, 486, "", "")
	k.at.await("ACK ")
	k.leavesSoon()
	outside := newRaw(t, k.r)
	outside.send(strings.NewReplacer("INVITE", "REFER").Replace(invitation(number, "outside", 1, referTo, "")))
	if status, m := outside.final(); status != 481 {
		t.Errorf("outside of dialogs: %s", m)
	}
	r := newRig(t, nil)
	early := rings(t, r, "", plainSDP)
	r.must(r.edge.Ring(r.ctx(), "call-1"))
	early.ok = early.await("SIP/2.0 180")
	if status, m := early.asks("REFER", referTo, ""); status != 403 {
		t.Errorf("while it rings: %s", m)
	}
	r.hangUp("call-1", call.Near, 480, 16, "over")
	r.ended(call.Near)
}

func referCrossedByTheEnd(t *testing.T) {
	k := toRefer(t, nil)
	_, invite := k.refers(referTo)
	k.at.replies(invite, 180, "", "")
	k.expectsRinging()
	k.r.hangUp("call-1", call.Near, 0, 16, "over")
	cancel := k.at.await("CANCEL ")
	if field(cancel, "Via") != field(invite, "Via") {
		t.Errorf("got %s", cancel)
	}
	k.at.reply(cancel, "200 OK")
	k.at.replies(invite, 200, "", plainSDP) // it has crossed our CANCEL
	k.at.await("ACK ")
	k.at.reply(k.at.await("BYE "), "200 OK")
	seen := map[string]bool{}
	for !seen["BYE"] || !seen["NOTIFY"] {
		m := k.receive(patience)
		method, _, _ := strings.Cut(m, " ")
		switch method {
		case "NOTIFY":
			if !strings.HasPrefix(body(m), "SIP/2.0 487") || !strings.HasPrefix(field(m, "Subscription-State"), "terminated") {
				t.Errorf("got %s", m)
			}
			fallthrough
		case "BYE":
			seen[method] = true
			k.reply(m, "200 OK")
		case "":
			t.Fatal("nothing comes")
		}
	}
	if end := k.r.ended(call.Near); end.By != call.ByTandem {
		t.Errorf("%+v", end)
	}
	<-k.r.edge.dialogsGone()
}

func referDuringHold(t *testing.T) {
	k := toRefer(t, nil)
	if status, m := k.asks("INVITE", "", k.here("a=sendonly\n")); status != 200 {
		t.Fatalf("hold: %s", m)
	}
	k.acks("")
	_, invite := k.refers(referTo)
	if !strings.Contains(invite, "a=sendrecv") {
		t.Errorf("got %s", invite)
	}
	n := k.await("NOTIFY ")
	k.reply(n, "481 Call/Transaction Does Not Exist")
	k.at.replies(invite, 180, "", "")
	k.answers(invite)
	for {
		m := k.receive(patience)
		if strings.HasPrefix(m, "BYE ") {
			k.reply(m, "200 OK")
			break
		}
		if strings.HasPrefix(m, "NOTIFY ") && m != n {
			t.Fatalf("got %s", m)
		}
	}
	k.at.packet()
	k.r.hangUp("call-1", call.Near, 0, 16, "over")
	k.at.endsBy()
}

func referAndDeath(t *testing.T) {
	k := toRefer(t, nil)
	_, invite := k.refers(referTo)
	k.left()
	k.at.replies(invite, 180, "", "")
	k.expectsRinging()
	left := event[call.LegAnswered](k.r).Dialog
	buried := make(chan error, 1)
	go func() { buried <- k.r.edge.Bury(context.WithoutCancel(k.r.ctx()), "call-1", call.Near, left) }()
	k.reply(k.await("BYE "), "200 OK")
	cancel := k.at.await("CANCEL ")
	if field(cancel, "Via") != field(invite, "Via") {
		t.Errorf("got %s", cancel)
	}
	k.at.reply(cancel, "200 OK")
	k.r.must(next(t, "burial", buried))
	k.at.replies(invite, 487, "", "")
	k.at.await("ACK ")
	k.leavesSoon()
}
