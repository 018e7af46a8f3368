package sip

import (
	"net/netip"
	"strings"
	"testing"

	"tandem/internal/call"
)

// byName is plainSDP with the name of a host in the place of the address.
func byName(host, sdp string) string {
	return strings.Replace(sdp, "c=IN IP4 127.0.0.1", "c=IN IP4 "+host, 1)
}

// namesInDescriptions: the sound goes where the name leads, of an offer and of a re-INVITE; a name that
// leads nowhere is refused and changes nothing.
func namesInDescriptions(t *testing.T) {
	r := newRig(t, nil)
	r.names.Set("media.carrier.test", netip.MustParseAddr("127.0.0.1"))
	k := talks(t, r, "", byName("media.carrier.test", strings.Replace(plainSDP, "40000", "{rtp}", 1)))
	k.acks("")
	k.packet()
	if status, m := k.asks("INVITE", "", byName("nobody.carrier.test", k.here(""))); status != 488 || !strings.Contains(field(m, "Warning"), "nobody.carrier.test") {
		t.Errorf("a name of nobody: %s", m)
	}
	k.acks("")
	if status, m := k.asks("UPDATE", "", byName("media.carrier.test", k.here("a=inactive\n"))); status != 200 {
		t.Errorf("UPDATE: %s", m)
	}
	eventually(t, k.quiet)
	if status, m := k.asks("INVITE", "", byName("media.carrier.test", k.here(""))); status != 200 {
		t.Errorf("re-INVITE: %s", m)
	}
	k.acks("")
	k.packet()
	k.leaves()
}

// nameInAnAnswer: the same of the telephone of a call out.
func nameInAnAnswer(t *testing.T) {
	r := newRig(t, nil)
	r.names.Set("media.carrier.test", netip.MustParseAddr("127.0.0.1"))
	p := newRaw(t, r)
	p.asCarrier(r)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	k := &talk{raw: p, r: r, rtp: listenRTP(t)}
	p.repliesAs("one", invite, 200, "", byName("media.carrier.test", k.here("")))
	p.await("ACK ")
	got := next(t, "answer", result)
	r.must(got.err)
	event[call.LegAnswered](r)
	k.packet()
	p.endsOut(r, got.leg)
}
