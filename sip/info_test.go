package sip

import (
	"strings"
	"testing"

	"tandem/internal/call"
)

func infoDTMF(t *testing.T) {
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
	if !strings.Contains(field(k.ok, "Allow"), "INFO") {
		t.Errorf("got %s", k.ok)
	}
	for _, c := range []struct{ kind, body string }{
		{"application/dtmf-relay", "Signal=5\nDuration=100\n"},
		{"Application/DTMF-Relay", "Signal= *\nDuration= 250\n"},
		{"application/dtmf-relay", "Signal=11\n"},
		{"application/dtmf", "0"},
		{"application/dtmf", "d\n"},
		{"application/dtmf-relay", "Signal=5\nDuration=1\n"},
	} {
		if status, m := k.asks("INFO", "Content-Type: "+c.kind+"\n", c.body); status != 200 {
			t.Errorf("%s %q: %s", c.kind, c.body, m)
		}
	}
	eventually(t, func() bool { return len(leg.Digits()) >= 6 })
	if got := leg.Digits(); got != "5*#0D5" {
		t.Errorf("pressed %s", got)
	}
	k.leaves()
	r.hangUp("call-1", call.Far, 0, 16, "over")
	r.ended(call.Far)
	<-leg.Ended()
	r.clean()
}

func infoOdd(t *testing.T) {
	k := talks(t, newRig(t, nil), "", plainSDP)
	k.acks("")
	for _, c := range []struct {
		kind, body string
		status     int
	}{
		{"", "", 200},
		{"text/plain", "5", 415},
		{"application/sdp", plainSDP, 415},
		{"application/dtmf-relay", "Duration=100\n", 400},
		{"application/dtmf-relay", "Signal=x\n", 400},
		{"application/dtmf-relay", "Signal=5\nDuration=long\n", 400},
		{"application/dtmf", "16", 400},
		{"application/dtmf", "55", 400},
	} {
		kind := ""
		if c.kind != "" {
			kind = "Content-Type: " + c.kind + "\n"
		}
		status, m := k.asks("INFO", kind, c.body)
		if status != c.status || status == 415 && field(m, "Accept") != "application/dtmf-relay, application/dtmf" {
			t.Errorf("%s %q: %s", c.kind, c.body, m)
		}
	}
	k.leaves()
}
