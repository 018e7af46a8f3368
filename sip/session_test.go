package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
)

// hasty has sessions of seconds and pauses of milliseconds.
func hasty(c *Config) {
	c.Timers.Session, c.Timers.MinSession, c.Timers.Glare = 2*time.Second, time.Second, 20*time.Millisecond
}

func sessionAgreed(t *testing.T) {
	for name, c := range map[string]struct{ asks, expires, requires string }{
		"the caller refreshes":      {"Supported: timer\nSession-Expires: 600;refresher=uac\n", "600;refresher=uac", "timer"},
		"we refresh":                {"k: timer\nx: 600 ; refresher=UAS\n", "600;refresher=uas", ""},
		"nobody said who":           {"Require: timer\nSession-Expires: 600\n", "600;refresher=uac", "timer"},
		"the caller leaves it open": {"Supported: 100rel, timer\n", "1800;refresher=uas", ""},
		"with a least":              {"Supported: timer\nMin-SE: 3600\n", "3600;refresher=uas", ""},
		"the caller has none":       {"Session-Expires: 600\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := talks(t, newRig(t, nil), c.asks, plainSDP)
			if got := field(k.ok, "Session-Expires"); got != c.expires || field(k.ok, "Require") != c.requires {
				t.Errorf("got %s", k.ok)
			}
			k.acks("")
			k.leaves()
		})
	}
	r := newRig(t, nil)
	for name, c := range map[string]struct {
		asks   string
		status int
		least  string
	}{
		"too short":  {"Supported: timer\nSession-Expires: 89\n", 422, "90"},
		"no number":  {"Supported: timer\nSession-Expires: soon\n", 400, ""},
		"zero":       {"Supported: timer\nSession-Expires: 0\n", 400, ""},
		"who is who": {"Supported: timer\nSession-Expires: 600;refresher=proxy\n", 400, ""},
		"two":        {"Supported: timer\nSession-Expires: 600\nx: 700\n", 400, ""},
	} {
		p := newRaw(t, r)
		p.invite(number, name, c.asks, plainSDP)
		if status, m := p.final(); status != c.status || field(m, "Min-SE") != c.least {
			t.Errorf("%s: %s", name, m)
		}
	}
	k := talks(t, r, "Supported: timer\n", plainSDP)
	k.acks("")
	for _, method := range []string{"INVITE", "UPDATE"} {
		if status, m := k.asks(method, "Supported: timer\nSession-Expires: 10\n", ""); status != 422 || field(m, "Min-SE") != "90" {
			t.Errorf("%s: %s", method, m)
		}
		if method == "INVITE" {
			k.acks("")
		}
	}
	k.leaves()
}

// willUpdate is a caller who takes UPDATE, and leaves the refreshing to us.
const willUpdate = "Supported: timer\nAllow: INVITE, ACK, BYE, UPDATE\nSession-Expires: 2;refresher=uas\n"

func sessionByUpdate(t *testing.T) {
	k := talks(t, newRig(t, hasty), willUpdate, plainSDP)
	k.acks("")
	for _, method := range []string{"INVITE", "UPDATE"} { // what is refused changes nothing, the timer included
		if status, m := k.asks(method, "", strings.ReplaceAll(plainSDP, "RTP/AVP", "RTP/SAVP")); status != 488 {
			t.Errorf("%s: %s", method, m)
		}
		if method == "INVITE" {
			k.puts("ACK", k.cseq, "", "")
		}
	}
	for i := range 2 {
		m := k.await("UPDATE ")
		if field(m, "Session-Expires") != "2;refresher=uac" || field(m, "Min-SE") != "1" || body(m) != "" || field(m, "CSeq") != fmt.Sprintf("%d UPDATE", i+1) || field(m, "Contact") == "" {
			t.Errorf("got %s", m)
		}
		k.accepts(m, "Session-Expires: 2;refresher=uac\nRequire: timer\n", "")
	}
	k.leaves()
}

// accepts answers a request of ours inside the dialog.
func (k *talk) accepts(request, extra, sdp string) { k.t.Helper(); k.says(request, 200, extra, sdp) }

func (k *talk) says(request string, status int, extra, sdp string) {
	k.t.Helper()
	if sdp != "" {
		extra += "Content-Type: application/sdp\n"
	}
	k.send(fmt.Sprintf("SIP/2.0 %d X\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\nContact: <sip:them@{here}>\n%sContent-Length: {length}\n\n%s",
		status, field(request, "Via"), field(request, "From"), field(request, "To"), field(request, "Call-ID"), field(request, "CSeq"), extra, sdp))
}

func sessionByInvite(t *testing.T) {
	k := talks(t, newRig(t, hasty), strings.Replace(willUpdate, ", UPDATE", "", 1), strings.Replace(plainSDP, "40000", "{rtp}", 1))
	k.acks("")
	ssrc, from := k.packet()
	for i := range 2 {
		m := k.await("INVITE ")
		if field(m, "Session-Expires") != "2;refresher=uac" || body(m) != body(k.ok) || field(m, "CSeq") != fmt.Sprintf("%d INVITE", i+1) {
			t.Errorf("got %s", m)
		}
		for range 2 { // the second time because our ACK was lost
			k.accepts(m, "Session-Expires: 2;refresher=uac\n", k.here(""))
			if ack := k.await("ACK "); field(ack, "CSeq") != fmt.Sprintf("%d ACK", i+1) || field(ack, "Via") == field(m, "Via") {
				t.Errorf("got %s", ack)
			}
		}
	}
	k.drain()
	if s, at := k.packet(); s != ssrc || at != from {
		t.Error("the sound has changed")
	}
	k.leaves()
}

func sessionExpired(t *testing.T) {
	k := talks(t, newRig(t, hasty), "Supported: timer\nSession-Expires: 2;refresher=uac\n", plainSDP)
	k.acks("")
	for _, method := range []string{"UPDATE", "INVITE"} { // each begins anew
		status, m := k.asks(method, "Supported: timer\nSession-Expires: 2;refresher=uac\n", "")
		if status != 200 || field(m, "Session-Expires") != "2;refresher=uac" {
			t.Errorf("%s: %s", method, m)
		}
		if method == "INVITE" {
			k.acks("")
		}
	}
	bye, end := k.endsBy()
	if field(bye, "Reason") != `Q.850;cause=102;text="session expired"` || end.By != call.ByTandem || end.Status != 408 {
		t.Errorf("%+v %s", end, bye)
	}
}

func refreshFails(t *testing.T) {
	for name, answer := range map[string]int{"481": 481, "408": 408, "nothing": 0} {
		t.Run(name, func(t *testing.T) {
			k := talks(t, newRig(t, func(c *Config) { hasty(c); c.Timers.Request = 200 * time.Millisecond }), willUpdate, plainSDP)
			k.acks("")
			if m := k.await("UPDATE "); answer != 0 {
				k.says(m, answer, "", "")
			}
			if _, end := k.endsBy(); end.Q850 != 102 || end.By != call.ByTandem {
				t.Errorf("%+v", end)
			}
		})
	}
	t.Run("405", func(t *testing.T) { // then by re-INVITE
		k := talks(t, newRig(t, hasty), willUpdate, plainSDP)
		k.acks("")
		k.says(k.await("UPDATE "), 405, "", "")
		k.accepts(k.await("INVITE "), "Session-Expires: 2;refresher=uac\n", plainSDP)
		k.await("ACK ")
		k.leaves()
	})
}

func glareOfInvites(t *testing.T) {
	k := talks(t, newRig(t, hasty), strings.Replace(willUpdate, ", UPDATE", "", 1), plainSDP)
	k.acks("")
	ours := k.await("INVITE ")
	for _, method := range []string{"INVITE", "UPDATE"} {
		if status, m := k.asks(method, "Supported: timer\n", plainSDP+"a=sendonly\n"); status != 491 {
			t.Errorf("%s: %s", method, m)
		}
		if method == "INVITE" {
			k.puts("ACK", k.cseq, "", "")
		}
	}
	k.says(ours, 491, "", "")
	if ack := k.await("ACK "); field(ack, "CSeq") != "1 ACK" {
		t.Errorf("got %s", ack)
	}
	again := k.await("INVITE ")
	if field(again, "CSeq") != "2 INVITE" || body(again) != body(ours) {
		t.Errorf("got %s", again)
	}
	k.accepts(again, "Session-Expires: 2;refresher=uac\n", plainSDP)
	k.await("ACK ")
	if status, m := k.asks("INVITE", "Supported: timer\n", plainSDP+"a=sendonly\n"); status != 200 || !strings.Contains(m, "a=recvonly") {
		t.Errorf("afterwards: %s", m)
	}
	k.acks("")
	k.leaves()
}

func glarePauses(t *testing.T) {
	timers := Timers{Glare: time.Second}
	seen := map[time.Duration]bool{}
	for range 2000 {
		if d := timers.glare(true); d < 2100*time.Millisecond || d > 4*time.Second || d%(10*time.Millisecond) != 0 {
			t.Fatalf("owner waits %v", d)
		}
		d := timers.glare(false)
		if d < 0 || d > 2*time.Second || d%(10*time.Millisecond) != 0 {
			t.Fatalf("the other waits %v", d)
		}
		seen[d] = true
	}
	if len(seen) < 100 {
		t.Errorf("only %d different pauses", len(seen))
	}
}

func refreshOverTCP(t *testing.T) {
	r := newRig(t, hasty)
	l, transport := streamPeer(t, r, false)
	l.write(onStream(t, transport, invitation(number, "s", 1, "", plainSDP)))
	challenge := l.await("SIP/2.0 401")
	l.write(onStream(t, transport, strings.Replace(invitation(number, "s", 2, "Supported: timer\n"+authorization(t, challenge, "MD5", secret, 1), plainSDP), "z9hG4bK{n}", "z9hG4bK{n}b", 1)))
	next(t, "offer", r.engine.offers)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	ok := l.await("SIP/2.0 200")
	l.write("ACK sip:x@127.0.0.1 SIP/2.0\nVia: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKack\nMax-Forwards: 70\nFrom: " + field(ok, "From") +
		"\nTo: " + field(ok, "To") + "\nCall-ID: s\nCSeq: 2 ACK\nContent-Length: 0\n\n")
	invite := l.await("INVITE ") // the caller does not say that it takes UPDATE
	if uri := strings.Fields(invite)[1]; !strings.HasPrefix(uri, "sip:them@192.0.2.1:5060") || body(invite) != body(ok) {
		t.Errorf("got %s", invite)
	}
	l.respond(invite, "200 OK", "", "Contact: <sip:them@192.0.2.1:5060;transport=tcp>\nSession-Expires: 2;refresher=uac\n", plainSDP)
	l.await("ACK ")
	r.hangUp("call-1", call.Near, 0, 16, "over")
	l.respond(l.await("BYE "), "200 OK", "", "", "")
	r.ended(call.Near)
}

func sessionOfACallOut(t *testing.T) {
	r := newRig(t, hasty)
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	if field(invite, "Session-Expires") != "2" || field(invite, "Min-SE") != "1" || !strings.Contains(field(invite, "Supported"), "timer") {
		t.Errorf("got %s", invite)
	}
	p.replies(invite, 422, "Min-SE: 3\n", "")
	p.await("ACK ")
	again := p.await("INVITE ")
	for ; field(again, "CSeq") == "1 INVITE"; again = p.await("INVITE ") { // a repetition that was on its way
	}
	if field(again, "Session-Expires") != "3" || field(again, "Min-SE") != "3" || field(again, "CSeq") != "2 INVITE" {
		t.Errorf("got %s", again)
	}
	p.replies(again, 200, "Session-Expires: 3;refresher=uac\nRequire: timer\nAllow: INVITE, ACK, BYE, UPDATE\n", plainSDP)
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	update := p.await("UPDATE ")
	if field(update, "Session-Expires") != "3;refresher=uac" || field(update, "CSeq") != "3 UPDATE" || toTag(update) != "raw" {
		t.Errorf("got %s", update)
	}
	p.reply(update, "481 Gone")
	bye := p.await("BYE ")
	if !strings.Contains(field(bye, "Reason"), "cause=102") {
		t.Errorf("got %s", bye)
	}
	p.reply(bye, "200 OK")
	<-got.leg.Ended()
	if e := r.ended(outSide); e.By != call.ByTandem || e.Q850 != 102 {
		t.Errorf("%+v", e)
	}
}
