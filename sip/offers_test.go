package sip

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
)

func delayedOffer(t *testing.T) {
	r := newRig(t, nil)
	k := talks(t, r, "", "")
	if offer := body(k.ok); !strings.Contains(offer, "RTP/AVP 8 101") || !strings.Contains(offer, "a=sendrecv") {
		t.Errorf("our offer: %s", offer)
	}
	k.acks(k.here(""))
	k.packet() // the ringing tone: sound goes where the ACK says
	if status, m := k.asks("INVITE", "", k.here("")); status != 200 || !strings.Contains(m, mediaLine(k.ok)) {
		t.Errorf("a refresh: %s", m)
	}
	k.acks("")
	k.leaves()
}

// mediaLine is the m= line of a message.
func mediaLine(message string) string { return regexp.MustCompile(`m=audio[^\r]*`).FindString(message) }

func mediaPort(message string) string { return strings.Fields(mediaLine(message))[1] }

func delayedOfferUnanswerable(t *testing.T) {
	for name, answer := range map[string]string{
		"no answer":     "",
		"no such codec": strings.ReplaceAll(strings.ReplaceAll(plainSDP, "AVP 8", "AVP 9"), "8 PCMA/8000", "9 G722/8000"),
		"refused":       strings.ReplaceAll(plainSDP, "40000", "0"),
		"not SDP":       "hello\n",
	} {
		t.Run(name, func(t *testing.T) {
			k := talks(t, newRig(t, nil), "", "")
			k.acks(answer)
			if bye, end := k.endsBy(); !strings.Contains(field(bye, "Reason"), "cause=88") || end.By != call.ByTandem || end.Q850 != 88 {
				t.Errorf("%+v %s", end, bye)
			}
		})
	}
}

func reinviteWithoutOffer(t *testing.T) {
	r := newRig(t, nil)
	k := talks(t, r, "", strings.Replace(plainSDP, "40000", "{rtp}", 1)+"m=video 41000 RTP/AVP 96\na=rtpmap:96 H264/90000\n")
	k.acks("")
	k.packet()
	status, m := k.asks("INVITE", "", "")
	if offer := body(m); status != 200 || mediaLine(m) != mediaLine(k.ok) || !strings.Contains(offer, "m=video 0 ") || !strings.Contains(offer, "a=sendrecv") {
		t.Errorf("our offer: %s", m)
	}
	k.acks(k.here("a=inactive\nm=video 0 RTP/AVP 96\n")) // which is hold
	eventually(t, k.quiet)
	status, m = k.asks("INVITE", "", "")
	if status != 200 || !strings.Contains(m, "a=sendrecv") { // what we would like, not how it is (RFC 6337 §5.3)
		t.Errorf("our offer: %s", m)
	}
	k.acks(k.here("m=video 0 RTP/AVP 96\n"))
	k.packet()
	status, _ = k.asks("INVITE", "", "")
	k.acks("hello\n")
	if _, end := k.endsBy(); status != 200 || end.Q850 != 88 {
		t.Errorf("a bad answer: %d %+v", status, end)
	}
}

func reinviteOvertakesAnswer(t *testing.T) {
	// What is parked waits for T1: with the T1 of milliseconds a busy machine brings the ACK after it.
	r := newRig(t, func(c *Config) { fast(c); c.Timers.T1 = time.Second })
	k := talks(t, r, "", "")
	k.puts("INVITE", 3, "", k.here("a=sendonly\n"))
	k.puts("ACK", 2, "", k.here(""))
	status, m := k.answer(3, "INVITE")
	if status != 200 || !strings.Contains(m, "a=recvonly") {
		t.Errorf("after the ACK: %s", m)
	}
	k.puts("ACK", 3, "", "")
	k.cseq = 3
	if status, _ = k.asks("INVITE", "", ""); status != 200 {
		t.Fatal(status)
	}
	k.puts("INVITE", 5, "", k.here("")) // and no ACK of the one before
	if status, m = k.answer(5, "INVITE"); status != 491 {
		t.Errorf("without the ACK: %s", m)
	}
	k.puts("ACK", 4, "", k.here(""))
	k.cseq = 5
	k.leaves()
}

func reinviteRefused(t *testing.T) {
	r := newRig(t, nil)
	k := talks(t, r, "", strings.Replace(plainSDP, "40000", "{rtp}", 1))
	k.acks("")
	before, from := k.packet()
	for name, c := range map[string]struct {
		sdp    string
		status int
	}{
		"another codec": {strings.ReplaceAll(strings.ReplaceAll(plainSDP, "AVP 8", "AVP 9"), "8 PCMA/8000", "9 G722/8000"), 488},
		"SRTP":          {strings.ReplaceAll(plainSDP, "RTP/AVP", "RTP/SAVP"), 488},
		"no audio":      {strings.ReplaceAll(plainSDP, "40000", "0"), 488},
		"IPv6":          {strings.ReplaceAll(plainSDP, "c=IN IP4 127.0.0.1", "c=IN IP6 ::1"), 488},
		"not SDP":       {"hello\n", 400},
	} {
		status, m := k.asks("INVITE", "", c.sdp)
		if status != c.status || field(m, "Warning") == "" {
			t.Errorf("%s: %s", name, m)
		}
		k.puts("ACK", k.cseq, "", "")
		k.drain()
		if ssrc, at := k.packet(); ssrc != before || at != from {
			t.Errorf("%s: the sound has changed", name)
		}
	}
	if status, m := k.asks("INVITE", "", k.here("")); status != 200 || body(m) != body(k.ok) {
		t.Errorf("it does not go on: %s", m)
	}
	k.acks("")
	k.leaves()
}

func holdByThePeer(t *testing.T) {
	r := newRig(t, nil)
	k := rings(t, r, "", strings.Replace(plainSDP, "40000", "{rtp}", 1))
	r.dial("call-1")
	leg := next(t, "leg at Microsoft", r.legs)
	r.must(leg.Answer(r.ctx()))
	event[call.LegAnswered](r)
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	k.ok = k.await("SIP/2.0 200")
	r.must(r.edge.ConnectMedia(r.ctx(), "call-1"))
	k.acks("")
	ssrc, from := k.packet()
	zeros := func(sdp string) string { return strings.Replace(sdp, "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", 1) }
	for _, c := range []struct {
		name, sdp, answer string
		hears             bool
	}{
		{"sendonly", k.here("a=sendonly\n"), "a=recvonly", false},
		{"inactive", k.here("a=inactive\n"), "a=inactive", false},
		{"zeros", zeros(k.here("")), "a=inactive", false},
		{"zeros and inactive", zeros(k.here("a=inactive\n")), "a=inactive", false},
		{"recvonly", k.here("a=recvonly\n"), "a=sendonly", true},
	} {
		status, m := k.asks("INVITE", "", c.sdp)
		if status != 200 || !strings.Contains(m, c.answer+"\r\n") || mediaLine(m) != mediaLine(k.ok) || strings.Contains(m, "0.0.0.0") {
			t.Errorf("%s: %s", c.name, m)
		}
		k.acks("")
		if c.hears {
			k.drain()
			if s, at := k.packet(); s != ssrc || at != from {
				t.Errorf("%s: the sound has changed", c.name)
			}
		} else {
			eventually(t, k.quiet)
		}
		// Microsoft, which hangs up on silence, gets packets all the while.
		got := leg.Media().PacketsIn
		eventually(t, func() bool { return leg.Media().PacketsIn > got+5 })
		if status, m = k.asks("INVITE", "", k.here("a=sendrecv\n")); status != 200 || !strings.Contains(m, "a=sendrecv\r\n") || mediaLine(m) != mediaLine(k.ok) {
			t.Errorf("resumed after %s: %s", c.name, m)
		}
		k.acks("")
		k.drain()
		if s, at := k.packet(); s != ssrc || at != from {
			t.Errorf("resumed after %s: the sound has changed", c.name)
		}
	}
	k.leaves()
	r.hangUp("call-1", call.Far, 0, 16, "over")
	r.ended(call.Far)
	<-leg.Ended()
	r.clean()
}

func secondInvite(t *testing.T) {
	r := newRig(t, nil)
	k := rings(t, r, "", plainSDP)
	r.must(r.edge.Ring(r.ctx(), "call-1"))
	k.ok = k.await("SIP/2.0 180")
	status, m := k.asks("INVITE", "", plainSDP)
	if wait, err := strconv.Atoi(field(m, "Retry-After")); status != 500 || err != nil || wait < 0 || wait > 10 {
		t.Errorf("got %s", m)
	}
	r.must(r.edge.Answer(r.ctx(), "call-1"))
	k.answer(2, "INVITE")
	k.puts("ACK", 2, "", "")
	k.leaves()
}
