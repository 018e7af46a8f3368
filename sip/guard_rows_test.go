package sip

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/guard"
	"tandem/sip/siptest"
)

// answersOptions reports whether a peer's OPTIONS is answered, which shows that what it sent before has been dealt with.
func (p *raw) answersOptions(extra string) (int, string) {
	p.t.Helper()
	p.send("OPTIONS sip:edge@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport\nMax-Forwards: 70\nFrom: <sip:x@peer.test>;tag=1\nTo: <sip:edge@127.0.0.1>\n" +
		"Call-ID: {n}\nCSeq: 1 OPTIONS\n" + extra + "Content-Length: 0\n\n")
	return p.final()
}

func scanners(t *testing.T) {
	r := newRig(t, nil)
	p := newRaw(t, r)
	for _, signature := range []string{"User-Agent: friendly-scanner\n", "User-Agent: sipcli/v1.8\n", "User-Agent: pplsip\n"} {
		p.send(strings.Replace(invitation(number, "scan", 1, "", plainSDP), "Max-Forwards: 70\n", "Max-Forwards: 70\n"+signature, 1))
	}
	p.send(strings.Replace(invitation(number, "scan", 1, "", plainSDP), "From: <", "From: \"sipvicious\" <", 1))
	if status, m := p.answersOptions("User-Agent: a phone\n"); status != 200 || field(m, "CSeq") != "1 OPTIONS" {
		t.Errorf("the first answer is %s", m)
	}
	if n := r.counted("tandem_sip_refused_total", "scanner", "near"); n != 4 {
		t.Errorf("%v scanners counted", n)
	}

	c, err := net.Dial("tcp", r.edge.Addrs().TCP.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	options := func(branch, agent string) {
		m := fmt.Sprintf("OPTIONS sip:edge@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:x@peer.test>;tag=1\r\nTo: <sip:edge@127.0.0.1>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nUser-Agent: %s\r\nContent-Length: 0\r\n\r\n",
			c.LocalAddr(), branch, branch, agent)
		if _, err := io.WriteString(c, m); err != nil {
			t.Fatal(err)
		}
	}
	options("scanner", "friendly-scanner")
	options("phone", "a phone")
	b := make([]byte, 4096)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	n, err := c.Read(b)
	if m := string(b[:n]); err != nil || !strings.HasPrefix(m, "SIP/2.0 200") || strings.Contains(m, "z9hG4bKscanner") {
		t.Errorf("%v in %s", err, m)
	}
}

func floods(t *testing.T) {
	r := newRig(t, func(c *Config) { c.RequestsPerSecond = 1 })
	anywhere := digestPeer("joe")
	anywhere.Addresses = nil
	r.peers.set(anywhere)
	r.must(r.edge.RefreshPeers(r.ctx()))
	p := newRaw(t, r)
	const sent = 50
	for n := range sent {
		p.send(fmt.Sprintf("OPTIONS sip:edge@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport\nMax-Forwards: 70\nFrom: <sip:x@peer.test>;tag=1\nTo: <sip:edge@127.0.0.1>\nCall-ID: flood-%d\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n", n))
	}
	answers := 0
	for p.receive(500*time.Millisecond) != "" {
		answers++
	}
	if answers < 2 || answers > 10 { // two, and one more for each second that it took
		t.Errorf("%d of %d answered", answers, sent)
	}
	if n := r.counted("tandem_sip_refused_total", "flood", "near"); n != float64(sent-answers) {
		t.Errorf("%v dropped", n)
	}
}

// refusedFor sends an INVITE that must be refused with 503.
func (r *rig) refusedFor(t *testing.T, p *raw, callID, why string) {
	t.Helper()
	p.invite(number, callID, "", plainSDP)
	if status, m := p.final(); status != 503 || field(m, "Retry-After") == "" || !strings.Contains(field(m, "Reason"), why) {
		t.Errorf("want 503 for %s: %s", why, m)
	}
}

func callRate(t *testing.T) {
	r := newRig(t, nil)
	limited := digestPeer("joe")
	limited.CallsPerSecond = 1
	r.peers.set(limited)
	r.must(r.edge.RefreshPeers(r.ctx()))
	taken, refused := 0, 0
	for n := range 20 { // faster than one a second
		p := newRaw(t, r)
		p.invite(number, fmt.Sprintf("rate-%d", n), "", plainSDP)
		select {
		case <-r.engine.offers:
			taken++
			continue
		case <-time.After(20 * time.Millisecond):
		}
		if m := p.receive(patience); strings.HasPrefix(m, "SIP/2.0 503") && field(m, "Retry-After") == "1" && strings.Contains(field(m, "Reason"), "peer_rate") {
			refused++
			break
		}
	}
	if refused != 1 || taken < 2 {
		t.Errorf("%d taken, %d refused", taken, refused)
	}
}

func callsAtOnce(t *testing.T) {
	r := newRig(t, nil)
	limited := digestPeer("joe")
	limited.MaxCalls = 1
	r.peers.set(limited)
	r.must(r.edge.RefreshPeers(r.ctx()))
	newRaw(t, r).invite(number, "one", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.refusedFor(t, newRaw(t, r), "two", "peer_limit")
	r.hangUp("call-1", call.Near, 480, 31, "test")
	r.ended(call.Near)
	<-r.edge.dialogsGone()
	newRaw(t, r).invite(number, "three", "", plainSDP)
	next(t, "offer after the end of the first", r.engine.offers)
}

func tenantLimit(t *testing.T) {
	r := newRig(t, nil)
	r.engine.answers(func(bridge.Offer) error {
		return fault.Exhausted("tenant_limit", "as many calls as the tenant may have")
	})
	r.refusedFor(t, newRaw(t, r), "one", "tenant_limit")
	r.engine.answers(nil)
	newRaw(t, r).invite(number, "two", "", plainSDP)
	next(t, "offer", r.engine.offers)
}

func overloadByOffers(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxPending = 2 })
	waiting, goOn := make(chan struct{}, 2), make(chan struct{})
	r.engine.answers(func(bridge.Offer) error {
		waiting <- struct{}{}
		<-goOn
		return nil
	})
	for _, id := range []string{"one", "two"} {
		newRaw(t, r).invite(number, id, "", plainSDP)
		next(t, "offer under way", waiting)
	}
	p := newRaw(t, r)
	p.send(invitation(number, "three", 1, "", plainSDP)) // not even challenged
	if status, m := p.final(); status != 503 || field(m, "Retry-After") == "" || !strings.Contains(field(m, "Reason"), "overload") {
		t.Errorf("got %s", m)
	}
	close(goOn)
	next(t, "first offer", r.engine.offers)
	next(t, "second offer", r.engine.offers)
}

func overloadByLag(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxLag = -1 })
	r.edge.load.Lagged(1)
	r.edge.load.Lagged(1)
	p := newRaw(t, r)
	p.send(invitation(number, "one", 1, "", plainSDP))
	if status, m := p.final(); status != 503 || field(m, "Retry-After") == "" {
		t.Errorf("got %s", m)
	}
	r.edge.load.Lagged(-2)
	newRaw(t, r).invite(number, "two", "", plainSDP)
	next(t, "offer", r.engine.offers)
}

// guesses sends INVITEs with a wrong password.
func (r *rig) guesses(times int) {
	r.t.Helper()
	for n := range times {
		p := newRaw(r.t, r)
		p.send(invitation(number, fmt.Sprintf("guess-%d", n), 1, "", plainSDP))
		status, m := p.final()
		if status != 401 {
			p.t.Fatalf("not challenged: %s", m)
		}
		p.send(invitation(number, fmt.Sprintf("guess-%d", n), 2, authorization(p.t, m, "SHA-256", "guess", 1), plainSDP))
		if status, m = p.final(); status != 403 {
			p.t.Fatalf("got %s", m)
		}
	}
}

func bansExpire(t *testing.T) {
	r := newRig(t, func(c *Config) { c.BanAfter, c.BanFor = 2, time.Second })
	r.guesses(2)
	p := newRaw(t, r)
	p.send(invitation(number, "banned", 1, "", plainSDP))
	if status, m := p.final(); status != 403 {
		t.Errorf("not banned: %s", m)
	}
	for n := 0; ; n++ { // until it is over
		p := newRaw(t, r) // where no refusal is repeated
		p.send(invitation(number, fmt.Sprintf("again-%d", n), 1, "", plainSDP))
		if status, m := p.final(); status == 401 {
			break
		} else if status != 403 || n > 10_000 {
			t.Fatalf("got %s", m)
		}
	}
	newRaw(t, r).invite(number, "good", "", plainSDP)
	next(t, "offer", r.engine.offers)
}

func bansSpareCalls(t *testing.T) {
	r := newRig(t, func(c *Config) { c.BanAfter, c.BanFor = 1, time.Hour })
	k := talks(t, r, "", plainSDP)
	k.acks("")
	r.guesses(1)
	if status, m := k.asks("OPTIONS", "", ""); status != 200 {
		t.Errorf("inside the dialog: %s", m)
	}
	k.leaves()
}

func destinations(t *testing.T) {
	for prefix, dialled := range map[string]bool{abroad[:4]: true, "+8821": false} {
		r := newRig(t, nil)
		r.carrier(func(p *guard.Peer) { p.Destinations = []string{"+1", prefix} })
		result := r.dialled(r.ctx(), func(in *siptest.Incoming) {
			if !dialled {
				t.Error("a number was dialled that the peer is not for")
			}
			_ = in.Reject(486, "Busy Here")
		})
		want := 403
		if dialled {
			want = 486
		}
		var refused *pstnhub.Refused
		if got := next(t, "refusal", result); !errors.As(got.err, &refused) || refused.Status != want {
			t.Errorf("Microsoft got %v, want %d", got.err, want)
		}
		if e := r.ended(outSide); !dialled && (e.By != call.ByTandem || e.Text != "peer_destination") {
			t.Errorf("%+v", e)
		}
	}
}

// unasked: a trunk is not an open door to the telephone network.
func unasked(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	r.phone.OnCall(func(in *siptest.Incoming) {
		t.Error("a number was dialled that no call asked for")
		_ = in.Reject(486, "Busy Here")
	})
	for name, headers := range map[string]map[string]string{"no token": nil, "a wrong token": {"X-MS-Custom-Tandem": "token-2"}} {
		var refused *pstnhub.Refused
		if got := next(t, "refusal", r.callOut(r.ctx(), headers)); !errors.As(got.err, &refused) || refused.Status != 403 {
			t.Errorf("%s: Microsoft got %v", name, got.err)
		}
	}
}
