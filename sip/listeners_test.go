package sip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/guard"
	"tandem/sip/media"
)

// second adds listeners at another address.
func second(at string) func(*Config) {
	return func(c *Config) {
		c.AlsoNear = []NearConfig{{UDP: at, TCP: at}}
		c.Media.Address6 = loopback6
	}
}

// rawTo is a peer that knows one listener only.
func rawTo(t *testing.T, listener netip.AddrPort) *raw {
	t.Helper()
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, net.UDPAddrFromAddrPort(listener))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &raw{t: t, conn: conn}
}

// answersFromWhereAsked: one socket asks both listeners in turn.
func answersFromWhereAsked(t *testing.T) {
	r := newRig(t, second("127.0.0.2:0"))
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	r.must(err)
	t.Cleanup(func() { _ = conn.Close() })
	both := r.edge.Listeners()
	for n, i := range []int{0, 1, 0, 0, 1, 1, 0} {
		to := both[i].UDP
		_, err := conn.WriteToUDPAddrPort(fmt.Appendf(nil, strings.ReplaceAll("OPTIONS sip:edge@%s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKturn%d;rport\nMax-Forwards: 70\nFrom: <sip:x@peer.test>;tag=1\nTo: <sip:edge@127.0.0.1>\nCall-ID: turn-%d\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n", "\n", "\r\n"),
			to, conn.LocalAddr(), n, n), to)
		r.must(err)
		b := make([]byte, 4096)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		length, from, err := conn.ReadFromUDPAddrPort(b)
		r.must(err)
		if from != to || !strings.HasPrefix(string(b[:length]), "SIP/2.0 200") {
			t.Errorf("%d: asked %s, answered from %s: %s", n, to, from, b[:length])
		}
	}
}

// namesItsListener: a call at the second listener has its name in Contact and Via, and is
// ended from there, also by who has nothing but the journal.
func namesItsListener(t *testing.T) {
	r := newRig(t, second("127.0.0.2:0"))
	at := r.edge.Listeners()[1].UDP
	for _, buried := range []bool{false, true} {
		p := rawTo(t, at)
		p.invite(number, fmt.Sprintf("second-%v", buried), "", plainSDP)
		next(t, "offer", r.engine.offers)
		id := next(t, "id", r.engine.taken)
		r.must(r.edge.Answer(r.ctx(), id))
		ok := p.await("SIP/2.0 200")
		if want := "<sip:" + at.String() + ">"; field(ok, "Contact") != want {
			t.Errorf("Contact: %s", field(ok, "Contact"))
		}
		p.inside("ACK", 2, ok, "")
		dialog := event[call.LegAnswered](r).Dialog
		if buried {
			done := make(chan error, 1)
			go func() { done <- r.edge.Bury(r.ctx(), "call-1", call.Near, dialog) }()
			defer func() { r.must(next(t, "end of burying", done)) }()
		} else {
			r.hangUp(id, call.Near, 0, 16, "over")
		}
		bye := p.await("BYE ") // the socket hears that listener alone
		if !strings.Contains(field(bye, "Via"), at.String()) {
			t.Errorf("Via: %s", field(bye, "Via"))
		}
		p.reply(bye, "200 OK")
		if buried {
			r.hangUp(id, call.Near, 0, 16, "over")
			p.reply(p.await("BYE "), "481 Call/Transaction Does Not Exist")
		}
		r.ended(call.Near)
	}
}

// callsOutOfWhatFits: a peer is called from the listener that reaches it, here of IPv6 beside one of IPv4.
func callsOutOfWhatFits(t *testing.T) {
	r := newRig(t, second("[::1]:0"))
	both := r.edge.Listeners()
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv6loopback}, net.UDPAddrFromAddrPort(both[1].UDP))
	r.must(err)
	t.Cleanup(func() { _ = conn.Close() })
	for at, p := range map[netip.AddrPort]*raw{both[0].UDP: newRaw(t, r), both[1].UDP: {t: t, conn: conn}} {
		r.carrier(func(g *guard.Peer) { sixPeer(g); g.DialTo = "sip:" + p.conn.LocalAddr().String() })
		result := r.callOut(r.ctx(), withToken)
		next(t, "call out", r.engine.outs)
		r.must(r.edge.DialOut(r.ctx(), "call-out", call.DialOut{Side: outSide, Peer: "peer-joe", Number: abroad, Caller: number}))
		invite := p.await("INVITE ")
		if !strings.Contains(field(invite, "Via"), at.String()) || field(invite, "Contact") != "<sip:"+at.String()+">" {
			t.Errorf("from %s: %s", at, invite)
		}
		p.replies(invite, 486, "", "")
		if ack := p.await("ACK "); !strings.Contains(field(ack, "Via"), at.String()) {
			t.Errorf("from %s: %s", at, ack)
		}
		var refused *pstnhub.Refused
		if got := next(t, "refusal", result); !errors.As(got.err, &refused) || refused.Status != 486 {
			t.Errorf("Microsoft got %v", got.err)
		}
		r.ended(outSide)
	}
}

// oneNameTwice: listeners that peers could not tell apart are refused at the start.
func oneNameTwice(t *testing.T) {
	for advertised, refused := range map[string]bool{"edge.test": true, "": false} {
		probe, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(probe.LocalAddr().String())
		_ = probe.Close()
		err = starts(Config{
			Near: NearConfig{UDP: "127.0.0.1:" + port, Advertise: advertised}, AlsoNear: []NearConfig{{UDP: "127.0.0.2:" + port, Advertise: advertised}},
		})
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "an advertised host of its own") {
			t.Errorf("advertised %q: %v", advertised, err)
		}
	}
}

// starts reports what keeps an edge from starting.
func starts(c Config) error {
	c.NonceKey[0] = 1
	c.Media = media.Config{Address: netip.MustParseAddr("127.0.0.1"), PortMin: 20000, PortMax: 29999}
	e, err := New(c, &engine{}, &peerList{}, discard, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	return e.Close()
}
