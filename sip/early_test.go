package sip

import (
	"bytes"
	"strings"
	"testing"

	"tandem/internal/call"
)

// earlyMediaIn: what the far side says before it answers is heard by the caller, if whoever
// runs the edge wants that; the description is that of the 200.
func earlyMediaIn(t *testing.T) {
	for name, last := range map[string]bool{"said again in the 200": true, "not said again": false} {
		t.Run(name, func(t *testing.T) {
			s, invite, headers, description := soundDialled(t, nil, usual, usual)
			r := s.r
			s.line.respond(invite, "180 Ringing", "ms", headers, "")
			for e := event[call.LegProceeding](r); e.Status != 180; e = event[call.LegProceeding](r) {
			}
			s.line.respond(invite, "183 Session Progress", "ms", headers, description)
			if e := event[call.LegProceeding](r); e.Status != 183 || !e.Early {
				t.Errorf("%+v", e)
			}
			r.must(r.edge.RingThrough(r.ctx(), "call-1"))
			progress := s.k.await("SIP/2.0 183")
			s.near.aim(body(progress))
			silence := s.near.read(patience)
			if silence == nil {
				t.Fatal("the caller hears nothing")
			}
			for n := 60000; ; n++ {
				s.far.says(8, n)
				if p := s.near.read(patience); p == nil {
					t.Fatal("the caller hears nothing")
				} else if !bytes.Equal(p.Payload, silence.Payload) {
					break
				}
			}
			if !last {
				description = ""
			}
			s.answered(invite, headers, description)
			if body(s.k.ok) != body(progress) {
				t.Errorf("the 200 says otherwise than the 183: %s", s.k.ok)
			}
			s.joined()
			s.over()
		})
	}
}

// earlyMediaNot: who cannot have it hears his own ringing.
func earlyMediaNot(t *testing.T) {
	for name, c := range map[string]struct{ extra, body string }{
		"without an offer":            {"", ""},
		"who insists on PRACK (3262)": {"Require: 100rel\n", plainSDP},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			k := rings(t, r, c.extra, c.body)
			r.must(r.edge.RingThrough(r.ctx(), "call-1"))
			if m := k.await("SIP/2.0 18"); !strings.HasPrefix(m, "SIP/2.0 180") {
				t.Errorf("got %s", m)
			}
		})
	}
}
