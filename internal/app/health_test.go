package app

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"testing"
	"time"

	"tandem/internal/config"
	"tandem/internal/postgres"
	"tandem/internal/simulator/pki"
	"tandem/internal/testkit"
	"tandem/internal/trunk"
	"tandem/sip"
)

// TestWhatIsTold: everything once a minute, what is not well and what changes at once, and
// counters as what has come since; what could not be told is told later.
func TestWhatIsTold(t *testing.T) {
	at := time.Date(2026, time.December, 1, 12, 0, 0, 0, time.UTC)
	is := sip.Signs{Of: trunk.TrunkKind, Name: "e0.example.net", Asked: []trunk.Asked{{At: at, Answered: at, Since: at}}, Heard: at, Sent: 3, Good: 3}
	var got []trunk.Sighting
	var away error
	asked := 0
	w := &healthWatch{
		node: "n1", hold: trunk.HoldDown, told: map[string]told{}, names: map[string]resolved{},
		signs:   func() []sip.Signs { return []sip.Signs{is} },
		judge:   func(string, []*x509.Certificate, time.Time) *trunk.Shown { return nil },
		resolve: func(context.Context, string) trunk.Reason { asked++; return trunk.Reason{Code: "dns.trunk"} },
		tell: func(_ context.Context, node string, all []trunk.Sighting, _ time.Time, _ trunk.Hold) error {
			if away == nil && node == "n1" {
				got = append(got, all...)
			}
			return away
		},
	}
	look := func(after time.Duration, want int) {
		t.Helper()
		got = nil
		is.Heard = at.Add(after)
		if err := w.look(t.Context(), at.Add(after)); !errors.Is(err, away) || len(got) != want {
			t.Fatalf("told %+v, %v", got, err)
		}
	}
	look(0, 1)
	if got[0].Sent != 3 || got[0].Signs.Name.Code != "dns.trunk" || got[0].Signs.Node != "n1" {
		t.Errorf("%+v", got[0])
	}
	is.Sent, is.Good, is.Calls = 6, 6, 2
	look(15*time.Second, 0)
	away = errors.New("no database")
	look(time.Minute, 0)
	away = nil
	is.Asked[0].Since, is.Asked[0].Failure = time.Time{}, trunk.FailedSilent
	look(75*time.Second, 1)
	if got[0].Sent != 3 || got[0].Calls != 2 {
		t.Errorf("%+v", got[0])
	}
	look(90*time.Second, 1) // it is still not well
	if got[0].Sent != 0 {
		t.Errorf("%+v", got[0])
	}
	is.Asked[0].Since, is.Asked[0].Failure = at, ""
	look(105*time.Second, 1)
	look(120*time.Second, 0)
	if asked != 1 {
		t.Errorf("asked %d times for the name", asked)
	}
	is.Sent, is.Good = 1, 1 // it was asked no more for a while, and is again
	look(6*time.Minute, 1)
	if got[0].Sent != 1 || got[0].Good != 1 {
		t.Errorf("%+v", got[0])
	}
	if asked != 2 {
		t.Errorf("asked %d times for the name", asked)
	}
}

// TestCertificateThatIsShown: what is wrong with it, and what is only to be told.
func TestCertificateThatIsShown(t *testing.T) {
	ca, err := pki.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.Issue([]string{"e0.example.net"}, []net.IP{net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a := &App{cfg: config.Config{Development: true, SIP: config.SIP{Far: config.Far{Roots: ca.File()}}}}
	chain := []*x509.Certificate{pair.Leaf}
	ends := pair.Leaf.NotAfter
	for name, c := range map[string]struct {
		fqdn            string
		at              time.Time
		broken, warning string
	}{
		"good":          {"e0.example.net", ends.Add(-60 * 24 * time.Hour), "", ""},
		"soon":          {"e0.example.net", ends.Add(-20 * 24 * time.Hour), "", "certificate.validity"},
		"in two days":   {"e0.example.net", ends.Add(-48 * time.Hour), "", "certificate.validity"},
		"expired":       {"e0.example.net", ends.Add(time.Hour), "certificate.validity", ""},
		"another's":     {"e1.example.net", ends.Add(-60 * 24 * time.Hour), "certificate.name", ""},
		"another's too": {"e1.example.net", ends.Add(-48 * time.Hour), "certificate.name", "certificate.validity"},
	} {
		s := a.judgeChain(c.fqdn, chain, c.at)
		if s.Broken.Code != c.broken || s.Warning.Code != c.warning || !s.Expires.Equal(ends) || len(s.Names) != 1 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestProved: a trunk of ours by OPTIONS both ways and a call since a moment, one of others
// by Microsoft's word alone.
func TestProved(t *testing.T) {
	s, err := postgres.Open(t.Context(), postgres.Config{DSN: testkit.Postgres(t).Admin})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.CreateRegion(t.Context(), trunk.Region{ID: "eu", Name: "Europe"})
	if err == nil {
		_, err = s.CreateResource(t.Context(), trunk.Resource{
			ID: "eu-1", Region: "eu", Endpoint: "https://eu-1.example/", ImmutableID: "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", AccessKey: []byte("sealed"), MadeAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		})
	}
	for fqdn, kind := range map[string]trunk.Kind{"e0.example.net": trunk.Builtin, "e1.example.net": trunk.Builtin, "sbc.example.net": trunk.External} {
		if err == nil {
			_, err = s.CreateTrunk(t.Context(), trunk.Trunk{FQDN: fqdn, Port: 5061, Resource: "eu-1", Kind: kind})
		}
	}
	at := time.Now()
	works := trunk.Sighting{Of: trunk.TrunkKind, Name: "e0.example.net", Signs: trunk.Signs{Asked: []trunk.Asked{{At: at, Answered: at, Since: at}}, Heard: at, LastCall: at}}
	if err == nil {
		err = s.TellHealth(t.Context(), "n1", []trunk.Sighting{works}, at, trunk.HoldDown)
	}
	if err != nil {
		t.Fatal(err)
	}
	a := &App{store: s}
	for _, c := range []struct {
		fqdn  string
		since time.Time
		want  bool
	}{
		{"e0.example.net", at.Add(-time.Minute), true}, {"e0.example.net", at.Add(time.Minute), false}, {"e1.example.net", at.Add(-time.Minute), false},
		{"sbc.example.net", at, true}, {"e9.example.net", at, true},
	} {
		if got, err := a.proved(t.Context(), c.fqdn, c.since); err != nil || got != c.want {
			t.Errorf("%s since %s: %v, %v", c.fqdn, c.since, got, err)
		}
	}
}
