package admin_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/fault"
	"tandem/internal/trunk"
)

// conditions is what nodes have told.
type conditions struct {
	standings []trunk.Standing
	samples   []trunk.Sample
	drifts    map[trunk.ResourceID][]string
}

func (c *conditions) Standings(context.Context) ([]trunk.Standing, error) { return c.standings, nil }

func (c *conditions) TrunkStanding(_ context.Context, fqdn string) (trunk.Standing, error) {
	for _, h := range c.standings {
		if h.Of == trunk.TrunkKind && h.Name == fqdn {
			return h, nil
		}
	}
	return trunk.Standing{}, fault.NotFound("health_unknown", "no node has told of the trunk")
}

func (c *conditions) Samples(context.Context, time.Time) ([]trunk.Sample, error) {
	return c.samples, nil
}

func (c *conditions) SamplesOf(_ context.Context, fqdn string, from time.Time) ([]trunk.Sample, error) {
	var all []trunk.Sample
	for _, x := range c.samples {
		if x.Of == trunk.TrunkKind && x.Name == fqdn && !x.At.Before(from) {
			all = append(all, x)
		}
	}
	return all, nil
}

func (c *conditions) Drifts(context.Context) (map[trunk.ResourceID][]string, error) {
	return c.drifts, nil
}

const theirTrunk = "e0.sbc.example.net"

// TestHealth: what nodes have told of trunks and peers, and what there is of those of which
// nobody has.
func TestHealth(t *testing.T) {
	w := newWorld(t)
	if _, err := w.CreateRegion(t.Context(), trunk.Region{ID: "eu", Name: "Europe"}); err != nil {
		t.Fatal(err)
	}
	at := day.Add(-time.Minute)
	w.health.standings = []trunk.Standing{{
		Of: trunk.TrunkKind, Name: theirTrunk, SeenAt: day,
		Held: trunk.Held{Condition: trunk.Degraded, Reason: trunk.Reason{Code: "proxy_silent", Found: "sip2", Cure: "wait"}, Since: day.Add(-time.Hour), Next: trunk.Verdict{Condition: trunk.Up}, NextSince: at},
		Signs: trunk.Signs{
			Node: "sip-1", Heard: at, LastCall: at, Calls: 4, Answered: 3,
			Asked:       []trunk.Asked{{Whom: "sip.pstnhub.microsoft.com", At: at, Answered: at, Since: at, RoundTrip: 21400 * time.Microsecond, Status: 200}},
			Certificate: &trunk.Shown{Names: []string{theirTrunk}, Issuer: "CA", Expires: day.Add(time.Hour), Warning: trunk.Reason{Code: "certificate.validity", Found: "soon", Cure: "renew"}},
		},
	}}
	w.health.samples = []trunk.Sample{
		{Of: trunk.TrunkKind, Name: theirTrunk, At: day.Add(-30 * time.Hour), Worst: trunk.Up},
		{Of: trunk.TrunkKind, Name: theirTrunk, At: day.Add(-10 * time.Minute), Worst: trunk.Up, Sent: 15, Good: 15, RoundTrip: 30 * time.Millisecond},
		{Of: trunk.TrunkKind, Name: theirTrunk, At: day.Add(-5 * time.Minute), Worst: trunk.Degraded, Sent: 15, Good: 10, Calls: 4, Answered: 3},
	}
	w.health.drifts = map[trunk.ResourceID][]string{"eu-0": {"+ route all"}}

	w.proofs.all[0].Trunk = theirTrunk

	var all admin.HealthReport
	w.do(t, owner, "GET", "/v1/health", "").want(http.StatusOK).into(&all)
	var one *admin.TrunkHealth
	for _, region := range all.Regions {
		for _, r := range region.Resources {
			if r.ID == "eu-0" && len(r.Drift) != 1 {
				t.Errorf("%+v", r)
			}
			for i, x := range r.Trunks {
				if x.Name == theirTrunk {
					one = &r.Trunks[i]
				} else if x.Condition != "unknown" || x.Reason == nil || len(x.Strip) != 1 {
					t.Errorf("%+v", x)
				}
			}
		}
	}
	if one == nil || one.Proof == nil || one.Proof.ID != oneProof || one.Proof.Result != "partly" {
		t.Fatalf("%+v", one)
	}
	if one.Condition != "degraded" || one.Reason.Code != "proxy_silent" || one.Next != "up" || one.Node != "sip-1" || one.Calls != 4 || one.Certificate.Problem == nil ||
		len(one.Options) != 1 || one.Options[0].RoundTripMS != 21.4 {
		t.Fatalf("%+v", one)
	}
	// Two days ago is not of today, and nobody told until ten minutes ago.
	if s := one.Strip; len(s) != 3 || s[0].Condition != "unknown" || s[1].Condition != "up" || s[2].Condition != "degraded" || !s[2].To.Equal(day) || !s[0].From.Equal(day.Add(-24*time.Hour)) {
		t.Errorf("%+v", s)
	}
	for _, p := range all.Peers {
		if p.Condition != "unknown" || p.Reason == nil {
			t.Errorf("%+v", p)
		}
	}
	if len(all.Peers) == 0 {
		t.Error("no peers")
	}

	var history admin.TrunkHistory
	w.do(t, owner, "GET", "/v1/trunks/"+theirTrunk+"/health?hours=1", "").want(http.StatusOK).into(&history)
	if s := history.Samples; len(s) != 2 || s[0].RoundTripMS != 30 || s[1].Good != 10 || s[1].Condition != "degraded" || history.Name != theirTrunk || history.Port == 0 || history.Proof == nil {
		t.Errorf("%+v", history)
	}
	w.do(t, owner, "GET", "/v1/trunks/e9.example.net/health", "").problem(http.StatusNotFound, "trunk_unknown")
	w.do(t, owner, "GET", "/v1/trunks/"+theirTrunk+"/health?hours=1000", "").want(http.StatusUnprocessableEntity)
}

// TestHealthOfNoResource: trunks of Teams direct routing belong to no resource, nor does one that
// a plan has taken out; both carry calls, or could.
func TestHealthOfNoResource(t *testing.T) {
	w := newWorld(t)
	const teams, external = "teams.sbc.example.net", "external.sbc.example.net"
	for _, x := range []trunk.Trunk{
		{FQDN: teams, Port: 5061, Kind: trunk.Builtin, Connectivity: trunk.TeamsDirectRouting},
		{FQDN: external, Port: 5061, Kind: trunk.External, Connectivity: trunk.TeamsDirectRouting},
	} {
		if _, err := w.CreateTrunk(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	w.health.standings = []trunk.Standing{{Of: trunk.TrunkKind, Name: teams, SeenAt: day, Held: trunk.Held{Condition: trunk.Up}}}
	var all admin.HealthReport
	w.do(t, owner, "GET", "/v1/health", "").want(http.StatusOK).into(&all)
	if len(all.Trunks) != 2 || all.Trunks[0].Name != external || all.Trunks[1].Name != teams || all.Trunks[1].Condition != "up" {
		t.Fatalf("%+v", all.Trunks)
	}
	if why := all.Trunks[0].Reason; why == nil || why.Code != "no_resource" || all.Trunks[0].Condition != "unknown" {
		t.Errorf("%+v", why)
	}
}
