package sip

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/identity"
	"tandem/sip/siptest"
)

// unhealthyLast: a proxy that does not answer OPTIONS is tried after the others, and
// first again when it does.
func unhealthyLast(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Far.Ping, c.Timers.Request = 20*time.Millisecond, 2*time.Second
	})
	healthy := func(want float64) {
		t.Helper()
		eventually(t, func() bool { return r.counted("tandem_sip_trunk_up", "1", trunkName) == want })
	}
	takes := func(proxy string) {
		t.Helper()
		c, id, _ := r.call(siptest.CallOptions{})
		r.dial(id)
		far := next(t, "leg", r.legs)
		if far.Proxy() != proxy {
			t.Errorf("taken by %s", far.Proxy())
		}
		r.must(c.Cancel(r.ctx()))
		r.ended(call.Near)
		r.hangUp(id, call.Far, 487, 16, "over")
		r.ended(call.Far)
	}
	healthy(1)
	r.must(r.hub.SetFault(pstnhub.FaultSilent, "sip"))
	healthy(0)
	takes("sip2")
	if n := r.attempts(); n != 0 {
		t.Errorf("%v attempts failed before it", n)
	}
	r.hub.ClearFaults()
	healthy(1)
	takes("sip")
	r.clean()
}

// nobodyHealthy: there may be nobody else, so those that are down are tried all the same.
func nobodyHealthy(t *testing.T) {
	s := newStanding(3)
	for i := range 3 {
		s.mark(i, false)
	}
	if got := s.order(time.Now()); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("order %v", got)
	}
	s.mark(1, true)
	if got := s.order(time.Now()); !slices.Equal(got, []int{1, 0, 2}) {
		t.Errorf("order %v", got)
	}
}

// retryAfterRespected: who asks to be left alone for a while is, by the next call too.
func retryAfterRespected(t *testing.T) {
	r, _, proxies := scripted(t, 2, nil)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	first := next(t, "connection", proxies[0].lines)
	first.respond(first.await("INVITE "), "503 Service Unavailable", "x", "RETRY-AFTER: 60\n", "")
	second := next(t, "connection to the second", proxies[1].lines)
	second.respond(second.await("INVITE "), "486 Busy Here", "x", "", "")
	second.await("ACK ")
	r.ended(call.Far)
	_, id, _ = r.call(siptest.CallOptions{})
	r.dial(id)
	second.respond(second.await("INVITE "), "486 Busy Here", "x", "", "")
	if end := r.ended(call.Far); end.Status != 486 {
		t.Errorf("%+v", end)
	}
	select {
	case <-proxies[0].lines:
		t.Error("the first one was not left alone")
	default:
	}
}

// nextOrFinal: this status leads to the next proxy before anybody's telephone rang, and
// to the end after.
func nextOrFinal(status string) func(*testing.T) {
	return func(t *testing.T) {
		r, _, proxies := scripted(t, 2, nil)
		_, id, _ := r.call(siptest.CallOptions{})
		r.dial(id)
		l := next(t, "connection", proxies[0].lines)
		l.respond(l.await("INVITE "), status, "x", "", "")
		l.await("ACK ")
		l = next(t, "connection to the second", proxies[1].lines)
		invite := l.await("INVITE ")
		l.respond(invite, "180 Ringing", "ms", proxies[1].dialogHeaders(), "")
		l.respond(invite, status, "ms", "", "")
		l.await("ACK ")
		if end := r.ended(call.Far); end.By != call.ByMicrosoft || !strings.HasPrefix(status, fmt.Sprint(end.Status)) {
			t.Errorf("%+v", end)
		}

		r, _, proxies = scripted(t, 2, nil)
		_, id, _ = r.call(siptest.CallOptions{})
		r.dial(id)
		l = next(t, "connection", proxies[0].lines)
		invite = l.await("INVITE ")
		l.respond(invite, "180 Ringing", "ms", proxies[0].dialogHeaders(), "")
		for event[call.LegProceeding](r).Status != 180 {
		}
		l.respond(invite, status, "ms", "", "")
		l.await("ACK ")
		if end := r.ended(call.Far); end.By != call.ByMicrosoft || !strings.HasPrefix(status, fmt.Sprint(end.Status)) {
			t.Errorf("%+v", end)
		}
		select {
		case <-proxies[1].lines:
			t.Error("another INVITE after it rang")
		default:
		}
	}
}

// oneIdentityPerTrunk: the certificate that is shown, Contact, From and Via are those of
// the trunk that the call is for, and so is the answer to OPTIONS.
func oneIdentityPerTrunk(t *testing.T) {
	const other = "e1.sbc.tandem.test"
	var certificates []tls.Certificate
	for _, name := range []string{trunkName, other} {
		c, err := world().ca.Issue([]string{name}, nil)
		if err != nil {
			t.Fatal(err)
		}
		certificates = append(certificates, c)
	}
	r, _, proxies := scripted(t, 1, func(c *Config) {
		c.Far.Trunks = []identity.Trunk{{FQDN: trunkName, Certificate: certificates[0]}, {FQDN: other, Certificate: certificates[1]}}
	})
	for _, name := range []string{trunkName, other} {
		_, id, _ := r.call(siptest.CallOptions{})
		f := farCall()
		f.Trunk = name
		r.must(r.edge.Dial(r.ctx(), id, f))
		l := next(t, "connection", proxies[0].lines)
		invite := l.await("INVITE ")
		if shown := l.conn.(*tls.Conn).ConnectionState().PeerCertificates[0].DNSNames; !slices.Equal(shown, []string{name}) {
			t.Errorf("certificate of %v", shown)
		}
		for _, header := range []string{"Contact", "From", "Via"} {
			if value := field(invite, header); !strings.Contains(value, name+":") {
				t.Errorf("%s: %s", header, value)
			}
		}
		in, err := r.callIn(ptr(world().microsoft))
		r.must(err)
		in.write(request("OPTIONS", "sip:"+name+":5061;transport=tls", 1, "<sip:"+name+">", microsoftSays, "ping", "", ""))
		if pong := in.await("SIP/2.0 200"); !strings.Contains(field(pong, "Contact"), name+":") {
			t.Errorf("OPTIONS: %s", pong)
		}
	}
}

// ofAnotherRoot: Microsoft's name signed by somebody else.
func ofAnotherRoot(r *rig) *tls.Certificate {
	ca, err := pki.New()
	r.must(err)
	c, err := ca.Issue([]string{"sip.pstnhub.microsoft.com"}, nil)
	r.must(err)
	return &c
}

func expired(r *rig) *tls.Certificate {
	c, err := issueForMicrosoft("expired")
	r.must(err)
	return &c
}

// certificateWithBothUsages: as it was before 2026.
func certificateWithBothUsages(t *testing.T) {
	r := newRig(t, nil)
	r.must(r.hub.SetFault(pstnhub.FaultCertificate, "both"))
	c, _, far, _, _ := r.up(siptest.CallOptions{})
	far.Bye(16, "x")
	r.ended(call.Far)
	r.must(c.Hangup(r.ctx()))
	r.clean()
}

// idleClose: Microsoft closes connections that idle, in the middle of a call too; the
// next request goes out on a new one.
func idleClose(t *testing.T) {
	r, _, proxies := scripted(t, 1, nil)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	l := next(t, "connection", proxies[0].lines)
	l.respond(l.await("INVITE "), "200 OK", "ms", proxies[0].dialogHeaders(), farSDP)
	l.await("ACK ")
	event[call.LegAnswered](r)
	r.must(l.conn.Close())
	eventually(t, func() bool { return r.edge.far.trunks[trunkName].ua.TransportLayer().Pool("tls").Size() == 0 })
	r.hangUp(id, call.Far, 0, 16, "over")
	l = next(t, "another connection", proxies[0].lines)
	l.respond(l.await("BYE "), "200 OK", "", "", "")
	if end := r.ended(call.Far); end.By != call.ByTandem || end.Q850 != 16 {
		t.Errorf("%+v", end)
	}
}

// renewalKeepsCalls: a call outlives the connection that it began on, and its media.
func renewalKeepsCalls(t *testing.T) {
	var asked atomic.Int64 // the trunk is looked up for each OPTIONS
	r := newRigWith(t, func(c *Config) { c.Far.Ping, c.Far.Renew = 20*time.Millisecond, time.Millisecond }, func(c *pstnhub.Config) {
		c.Resource = func(fqdn string) (string, bool) {
			asked.Add(1)
			return "resource-1", fqdn == trunkName
		}
	})
	_, id, far, _, _ := r.up(siptest.CallOptions{})
	before := asked.Load()
	eventually(t, func() bool { return asked.Load() > before+30 })
	packets := far.Media().PacketsIn
	eventually(t, func() bool { return far.Media().PacketsIn > packets+10 })
	r.hangUp(id, call.Far, 0, 16, "over")
	if end := r.ended(call.Far); end.By != call.ByTandem || end.Q850 != 16 {
		t.Errorf("%+v", end)
	}
	<-far.Ended()
	if by, status, q850 := far.End(); by != "sbc" || status != 0 || q850 != 16 {
		t.Errorf("at Microsoft: %s %d %d", by, status, q850)
	}
	r.clean()
}

// correlationLogged: what Microsoft's support asks for is in the log of the call, and so
// are their own X-MS headers; those of customers are not.
func correlationLogged(t *testing.T) {
	r, _, proxies := scripted(t, 1, nil)
	var text safeBuffer
	r.log = slog.New(slog.NewTextHandler(&text, nil))
	r.edge = r.newEdge([]string{"sip.pstnhub.microsoft.com:" + proxies[0].port()}, nil)
	_, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	l := next(t, "connection", proxies[0].lines)
	l.respond(l.await("INVITE "), "200 OK", "ms", proxies[0].dialogHeaders()+"X-MS-UserLocation: External\nX-MS-Custom-Secret: 4711\n", farSDP)
	event[call.LegAnswered](r)
	for _, want := range []string{"microsoft_correlation=6d3f5a5e-6d4c-4cde-8d6f-2d0d0b9c7a11", "x_ms.X-MS-UserLocation=External"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in %s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "4711") {
		t.Error("a customer's header is logged")
	}
	l.await("ACK ")
	r.hangUp(id, call.Far, 0, 16, "over")
	l.respond(l.await("BYE "), "200 OK", "", "", "")
	r.ended(call.Far)
}

func (p *proxy) port() string {
	_, port, _ := strings.Cut(p.listen.Addr().String(), ":")
	return port
}

// safeBuffer may be written and read at once.
type safeBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

var _ io.Writer = (*safeBuffer)(nil)

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestRetryAfter: a number of seconds, which a comment or a parameter may follow (RFC 3261 §20.33), and not for ever.
func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"1": time.Second, " 5 ;duration=60": 5 * time.Second, "18 (in a meeting)": 18 * time.Second, "0": 0, "": 0, "soon": 0, "-1": 0, "99999999999999": 0, "86400": 10 * time.Minute,
	} {
		r := sipmsg.NewResponse(503, "Service Unavailable")
		r.AppendHeader(sipmsg.NewHeader("Retry-After", value))
		if got := retryAfter(r); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	if got := retryAfter(sipmsg.NewResponse(503, "Service Unavailable")); got != 0 {
		t.Errorf("without the header: %v", got)
	}
}

// FuzzFarHeaders: what Microsoft writes is either taken within its bounds or not at all.
func FuzzFarHeaders(f *testing.F) {
	f.Add("<sip:a@b;x-i=1>", "1")
	f.Add("sip:b;x-i=", "5 (x);d")
	f.Add("<<;x-i=;>", ";")
	f.Fuzz(func(t *testing.T, contact, wait string) {
		r := sipmsg.NewRequest(sipmsg.INVITE, sipmsg.Uri{Scheme: "sip", Host: "a"})
		r.AppendHeader(sipmsg.NewHeader("Contact", contact))
		if id := microsoftID(r); strings.ContainsAny(id, ";>") && !strings.Contains(contact, `"`) && strings.Contains(contact, "<") {
			t.Errorf("id %q in %q", id, contact)
		}
		res := sipmsg.NewResponse(503, "x")
		res.AppendHeader(sipmsg.NewHeader("Retry-After", wait))
		if got := retryAfter(res); got < 0 || got > 10*time.Minute {
			t.Errorf("%q: %v", wait, got)
		}
	})
}
