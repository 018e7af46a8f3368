package app

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"tandem/internal/fault"
	"tandem/internal/job"
	"tandem/internal/proof"
	"tandem/internal/provider"
	"tandem/internal/trunk"
)

// registered has the trunk of testApp, one that no node has, and a third-party one.
func registered(t *testing.T, p *proofs) {
	t.Helper()
	if _, err := p.CreateRegion(t.Context(), trunk.Region{ID: "eu", Name: "Europe"}); err != nil {
		t.Fatal(err)
	}
	r := trunk.Resource{ID: "eu-1", Region: "eu", Endpoint: "https://eu-1.example/", ImmutableID: "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", AccessKey: []byte("sealed"), MadeAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	if _, err := p.CreateResource(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	for fqdn, kind := range map[string]trunk.Kind{"e0.eu.sbc.example.net": trunk.Builtin, "e9.eu.sbc.example.net": trunk.Builtin, "x0.eu.sbc.example.net": trunk.External} {
		if _, err := p.CreateTrunk(t.Context(), trunk.Trunk{FQDN: fqdn, Port: 5061, Resource: "eu-1", Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
}

// asked asks for a proof.
func asked(t *testing.T, p *proofs, fqdn string) proof.ID {
	t.Helper()
	k, err := p.AskProof(t.Context(), fqdn, trunk.By{ID: "key:1"})
	if err != nil {
		t.Fatal(err)
	}
	return k.ID
}

// TestProofIsMade: the report has what bench and running edge say, and is signed by the
// installation's key, which is made once; the work may be done twice.
func TestProofIsMade(t *testing.T) {
	var setup proof.Setup
	a := testApp(t, Options{Bench: func(_ context.Context, s proof.Setup) ([]proof.Check, error) {
		setup = s
		return []proof.Check{{ID: proof.BenchHold, State: proof.Passed, Found: "held"}}, nil
	}})
	p := a.proofs
	registered(t, p)
	id := asked(t, p, "e0.eu.sbc.example.net")
	for range 2 {
		if err := p.make(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if setup.Trunk != "e0.eu.sbc.example.net" || setup.Cert == "" || len(setup.Roots) != 1 || setup.PortMin == 0 {
		t.Errorf("%+v", setup)
	}
	keys, err := p.PublicKeys(t.Context())
	if err != nil || len(keys.Keys) != 1 {
		t.Fatalf("%+v, %v", keys, err)
	}
	f, err := p.ProofFiles(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range [][]byte{f.JSON, f.HTML} {
		r, err := proof.Verify(file, keys)
		if err != nil {
			t.Fatal(err)
		}
		states := map[string]proof.State{}
		for _, c := range r.Checks {
			states[c.ID] = c.State
		}
		// The name of the trunk leads nowhere here.
		if r.ID != string(id) || r.Node != "test" || r.Certificate.SHA256 == "" || states[proof.BenchHold] != proof.Passed || states[proof.LiveTLS] != proof.Failed || states[proof.BenchTLS] != proof.NotShown {
			t.Errorf("%+v", r)
		}
	}
	if _, err := a.store.RouteEvents(t.Context(), func(context.Context, pgx.Tx, provider.DeliveryKey, int) error { return nil }); err != nil {
		t.Fatal(err)
	}
	events, err := a.store.EventsAfter(t.Context(), "", 0, 0)
	if err != nil || len(events) != 1 || events[0].Type != provider.TrunkProved || !strings.Contains(string(events[0].Data), `"check":"live.tls"`) {
		t.Errorf("told of %+v, %v", events, err)
	}
	if n := testutil.ToFloat64(p.made.WithLabelValues("e0.eu.sbc.example.net", "failed")); n != 1 {
		t.Errorf("%v proofs were counted", n)
	}
	if k, err := p.RotateProofKey(t.Context()); err != nil || len(k.Keys) != 2 || k.Keys[1].RetiredAt == nil {
		t.Errorf("%+v, %v", k, err)
	}
}

// TestProofWithoutBench: what needs it is not shown, and says why.
func TestProofWithoutBench(t *testing.T) {
	for name, bench := range map[string]Bench{"was not started": nil, "no ports": func(context.Context, proof.Setup) ([]proof.Check, error) { return nil, errors.New("no ports") }} {
		p := testApp(t, Options{Bench: bench}).proofs
		registered(t, p)
		id := asked(t, p, "e0.eu.sbc.example.net")
		if err := p.make(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if f, err := p.ProofFiles(t.Context(), id); err != nil || !strings.Contains(string(f.JSON), name) {
			t.Errorf("%s: %v, %s", name, err, f.JSON)
		}
	}
}

// TestProofWithoutKey: a key that cannot be opened any more is told, with what to do.
func TestProofWithoutKey(t *testing.T) {
	p := testApp(t, Options{}).proofs
	registered(t, p)
	_, public := proof.NewKey(time.Now())
	if err := p.AddProofKey(t.Context(), proof.SigningKey{PublicKey: public, Seed: []byte("of another seal")}, true); err != nil {
		t.Fatal(err)
	}
	id := asked(t, p, "e0.eu.sbc.example.net")
	if err := p.make(t.Context(), id); err == nil {
		t.Error("it was signed")
	}
	if k, err := p.Proof(t.Context(), id); err != nil || k.Stage != proof.Broken || !strings.Contains(k.Error, "POST /v1/proofs/keys") {
		t.Errorf("%+v, %v", k, err)
	}
}

// TestProofElsewhere: a node leaves what is another's, until nobody can have it.
func TestProofElsewhere(t *testing.T) {
	a := testApp(t, Options{})
	p := a.proofs
	registered(t, p)
	id := asked(t, p, "e9.eu.sbc.example.net")
	if err := p.make(t.Context(), id); err == nil || err.Error() != job.Again(askOthers).Error() {
		t.Errorf("%v", err)
	}
	conn, err := pgx.Connect(t.Context(), a.cfg.DatabaseURL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), `UPDATE trunk_proof SET asked_at = asked_at - interval '3 minutes'`); err != nil {
		t.Fatal(err)
	}
	if err := p.make(t.Context(), id); err != nil {
		t.Error(err)
	}
	if k, err := p.Proof(t.Context(), id); err != nil || k.Stage != proof.Broken || !strings.Contains(k.Error, "sip.far.trunks") {
		t.Errorf("%+v, %v", k, err)
	}
	if err := p.make(t.Context(), "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"); fault.CodeOf(err) != "proof_unknown" {
		t.Errorf("one that is not there: %v", err)
	}
}

// TestProofsAreScheduled: every trunk of ours is asked for, one that is under way not again.
func TestProofsAreScheduled(t *testing.T) {
	p := testApp(t, Options{}).proofs
	registered(t, p)
	first := asked(t, p, "e0.eu.sbc.example.net")
	for range 2 {
		if err := p.askAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all, err := p.ListProofs(t.Context(), "", "", 10)
	if err != nil || len(all) != 2 || all[0].Trunk != "e9.eu.sbc.example.net" || all[0].Asker != "" || all[1].ID != first {
		t.Errorf("%+v, %v", all, err)
	}
}
