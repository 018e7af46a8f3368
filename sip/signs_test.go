package sip

import (
	"crypto/tls"
	"slices"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	registry "tandem/internal/trunk"
	"tandem/sip/siptest"
)

// signsOf waits until what the edge knows of its trunk is as it should be.
func (r *rig) signsOf(is func(Signs) bool) Signs {
	r.t.Helper()
	var last Signs
	eventually(r.t, func() bool {
		for _, s := range r.edge.Signs() {
			if s.Of == registry.TrunkKind && s.Name == trunkName {
				last = s
			}
		}
		return is(last)
	})
	return last
}

// whatATrunkShows: OPTIONS both ways, a call that is answered and one that is not.
func TestWhatATrunkShows(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Far.Ping, c.Timers.Request = 20*time.Millisecond, 2*time.Second })
	s := r.signsOf(func(s Signs) bool {
		return len(s.Asked) == 3 && !s.Asked[0].Since.IsZero() && !s.Asked[1].Since.IsZero() && !s.Asked[2].Since.IsZero() && !s.Heard.IsZero()
	})
	for _, a := range s.Asked {
		if a.RoundTrip <= 0 || a.Failure != "" || a.Answered.Before(a.Since) {
			t.Errorf("%+v", a)
		}
	}
	if s.Calls != 0 || !s.LastCall.IsZero() || s.Good < 3 || len(s.Chain) == 0 || s.Chain[0].VerifyHostname(trunkName) != nil {
		t.Errorf("%+v", s)
	}

	c, id, _ := r.call(siptest.CallOptions{})
	r.dial(id)
	far := next(t, "leg", r.legs)
	if s := r.signsOf(func(s Signs) bool { return s.Calls == 1 }); s.Answered != 0 {
		t.Errorf("%+v", s)
	}
	r.must(far.Answer(r.ctx()))
	if s := r.signsOf(func(s Signs) bool { return s.Answered == 1 }); s.LastCall.IsZero() {
		t.Errorf("%+v", s)
	}
	r.must(c.Cancel(r.ctx()))
	r.ended(call.Near)
	r.hangUp(id, call.Far, 487, 16, "over")
	r.ended(call.Far)
}

// TestWhyNobodyAnswers: how a proxy fails is told apart, because the cures are different.
func TestWhyNobodyAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		fault, value string
		want         registry.Failure
	}{
		"silent":             {pstnhub.FaultSilent, "sip", registry.FailedSilent},
		"no address":         {pstnhub.FaultDNS, "sip", registry.FailedName},
		"an expired one":     {pstnhub.FaultCertificate, "expired", registry.FailedTLS},
		"refuses the INVITE": {pstnhub.FaultRefuse, "486", ""}, // and not OPTIONS
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *Config) {
				c.Far.Ping, c.Far.Renew, c.Timers.Request = 20*time.Millisecond, time.Nanosecond, 300*time.Millisecond
			})
			r.signsOf(func(s Signs) bool { return len(s.Asked) == 3 && !s.Asked[0].Since.IsZero() })
			r.must(r.hub.SetFault(c.fault, c.value))
			before := r.signsOf(func(Signs) bool { return true })
			s := r.signsOf(func(s Signs) bool { return s.Sent > before.Sent+6 && s.Asked[0].Failure == c.want })
			if a := s.Asked[0]; c.want != "" && (a.Error == "" || !a.Since.IsZero() || a.Answered.IsZero()) {
				t.Errorf("%+v", a)
			}
			r.hub.ClearFaults()
			r.signsOf(func(s Signs) bool { return s.Asked[0].Failure == "" && !s.Asked[0].Since.IsZero() })
		})
	}
}

// TestTrunksThatMicrosoftRefuses: a certificate that ran out, and a name that is registered
// nowhere.
func TestTrunksThatMicrosoftRefuses(t *testing.T) {
	expired, err := world().ca.Expired([]string{trunkName})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		certificate *tls.Certificate
		resource    string // of the trunk; "": none
		failures    []registry.Failure
		status      int
	}{
		"expired certificate": {&expired, "resource-1", []registry.Failure{registry.FailedTLS, registry.FailedSilent}, 0}, // TLS 1.3 tells it after the handshake
		"unknown name":        {nil, "", []registry.Failure{registry.FailedRefused}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRigWith(t, func(f *Config) {
				f.Far.Ping, f.Timers.Request = 20*time.Millisecond, time.Second
				if c.certificate != nil {
					f.Far.Trunks[0].Certificate = *c.certificate
				}
			}, func(h *pstnhub.Config) {
				h.Resource = func(string) (string, bool) { return c.resource, c.resource != "" }
			})
			s := r.signsOf(func(s Signs) bool { return s.Sent >= 3 && s.Asked[0].Failure != "" })
			if a := s.Asked[0]; !slices.Contains(c.failures, a.Failure) || a.Status != c.status || !s.Heard.IsZero() {
				t.Errorf("%+v", s)
			}
		})
	}
}
