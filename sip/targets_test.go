package sip

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"tandem/internal/simulator/pstnhub"
	"tandem/sip/guard"
)

// service is a peer behind SRV records; the targets are tried in this order.
func (r *rig) service(proto string, ports ...int) {
	r.t.Helper()
	r.names.Set("sbc.carrier.test", netip.MustParseAddr("127.0.0.1"))
	var records []net.SRV
	for i, p := range ports {
		records = append(records, net.SRV{Target: "sbc.carrier.test", Port: uint16(p), Priority: uint16(10 * i), Weight: 5}) //nolint:gosec // a port
	}
	r.names.SetSRV("_sip._"+proto+".carrier.test", records...)
	r.carrier(func(p *guard.Peer) { p.DialTo = "sip:carrier.test" })
}

func (p *raw) port() int { return p.conn.LocalAddr().(*net.UDPAddr).Port }

func refusedWith(t *testing.T, result <-chan called, status int) {
	t.Helper()
	var refused *pstnhub.Refused
	if got := next(t, "refusal", result); !errors.As(got.err, &refused) || refused.Status != status {
		t.Errorf("%v", got.err)
	}
}

// serviceRecords: the first target of the SRV records is called, by the name of the peer.
func serviceRecords(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	r.service("udp", p.port(), 9)
	result := r.dialled(r.ctx(), nil)
	invite := p.await("INVITE ")
	if uri := strings.Fields(invite)[1]; uri != "sip:"+abroad+"@carrier.test;user=phone" || !strings.Contains(field(invite, "To"), uri) {
		t.Errorf("INVITE %s, To %s", uri, field(invite, "To"))
	}
	p.replies(invite, 486, "", "")
	refusedWith(t, result, 486) // about the telephone: final
}

// silentTarget: who does not answer is passed over, and tried last in the next call. If he
// comes to life after all, he is told that nobody wants the call.
func silentTarget(t *testing.T) {
	r := newRig(t, fast)
	silent, p := newRaw(t, r), newRaw(t, r)
	r.service("udp", silent.port(), p.port())
	result := r.dialled(r.ctx(), nil)
	invite, late := p.await("INVITE "), silent.await("INVITE ")
	if field(invite, "Call-ID") != field(late, "Call-ID") || field(invite, "Via") == field(late, "Via") {
		t.Errorf("%s\nthen %s", late, invite)
	}
	p.replies(invite, 486, "", "")
	refusedWith(t, result, 486)
	silent.replies(late, 180, "", "")
	silent.reply(silent.await("CANCEL "), "200 OK")
	silent.replies(late, 200, "", plainSDP) // it has crossed our CANCEL
	silent.await("ACK ")
	bye := silent.await("BYE ")
	if field(bye, "CSeq") != "2 BYE" || strings.Contains(bye, "owner_lost") { // nobody has died
		t.Errorf("got %s", bye)
	}
	silent.reply(bye, "200 OK")

	result = r.dialled(r.ctx(), nil)
	p.replies(p.await("INVITE "), 486, "", "") // at once
	refusedWith(t, result, 486)
	if m := silent.receive(1); strings.HasPrefix(m, "INVITE ") && field(m, "Call-ID") != field(late, "Call-ID") {
		t.Errorf("called again: %s", m)
	}
}

// busyTarget: 503 leads to the next target, and Retry-After says for how long.
func busyTarget(t *testing.T) {
	r := newRig(t, nil)
	busy, p := newRaw(t, r), newRaw(t, r)
	r.service("udp", busy.port(), p.port())
	for i, calls := 0, 3; i < calls; i++ {
		result := r.dialled(r.ctx(), nil)
		switch i {
		case 0: // without Retry-After it is asked the next time, too
			busy.replies(busy.await("INVITE "), 503, "", "")
		case 1:
			busy.replies(busy.await("INVITE "), 503, "Retry-After: 120 (in maintenance);duration=3600\n", "")
		}
		p.replies(p.await("INVITE "), 404, "", "")
		refusedWith(t, result, 404)
	}
	// All are out: the last word is theirs.
	result := r.dialled(r.ctx(), nil)
	p.replies(p.await("INVITE "), 503, "", "")
	busy.replies(busy.await("INVITE "), 503, "", "")
	refusedWith(t, result, 503)
}

// refusedConnection: no connection leads to the next target.
func refusedConnection(t *testing.T) {
	r := newRig(t, nil)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	r.must(err)
	_, port, _ := net.SplitHostPort(closed.Addr().String())
	r.must(closed.Close())
	nobody, _ := strconv.Atoi(port)
	p := newTCPPeer(t)
	r.service("tcp", nobody, p.port)
	r.names.SetSRV("_sip._udp.carrier.test")
	result := r.dialled(r.ctx(), nil)
	l := next(t, "connection", p.lines)
	invite := l.await("INVITE ")
	if !strings.HasPrefix(field(invite, "Via"), "SIP/2.0/TCP ") || !strings.Contains(strings.Fields(invite)[1], ";transport=tcp") {
		t.Errorf("got %s", invite)
	}
	l.respond(invite, "486 Busy Here", "x", "", "")
	refusedWith(t, result, 486)
}
