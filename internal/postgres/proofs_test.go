package postgres_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/proof"
	"tandem/internal/provider"
	"tandem/internal/trunk"
)

// TestTrunkProofs: one at a time of a trunk, its job with it or neither, and its report.
func TestTrunkProofs(t *testing.T) {
	s := twoResources(t)
	ctx, by := t.Context(), trunk.By{ID: "key:1", Name: "ops"}
	if _, err := s.CreateTrunk(ctx, trunk.Trunk{FQDN: "x0.example.net", Port: 5061, Resource: "eu-1", Kind: trunk.External}); err != nil {
		t.Fatal(err)
	}
	queued := 0
	enqueue := func(pgx.Tx, proof.ID) error { queued++; return nil }
	for fqdn, code := range map[string]string{"nowhere.example.net": "trunk_unknown", "x0.example.net": "trunk_external"} {
		if _, err := s.AskProof(ctx, fqdn, by, enqueue); fault.CodeOf(err) != code {
			t.Errorf("%s: %v", fqdn, err)
		}
	}
	broken := errors.New("no")
	if _, err := s.AskProof(ctx, "e0.example.net", by, func(pgx.Tx, proof.ID) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if all, err := s.ListProofs(ctx, "", "", 0); err != nil || len(all) != 0 || queued != 0 {
		t.Errorf("%v, %v, %d jobs", all, err, queued)
	}
	first, err := s.AskProof(ctx, "e0.example.net", by, enqueue)
	if err != nil || first.Stage != proof.Waiting || first.Asker != by.ID || first.AskerName != by.Name || queued != 1 || first.Over() {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := s.AskProof(ctx, "e0.example.net", by, enqueue); fault.CodeOf(err) != "proof_under_way" {
		t.Errorf("a second one: %v", err)
	}
	if _, err := s.ProofFiles(ctx, first.ID); fault.CodeOf(err) != "proof_not_made" {
		t.Errorf("no report yet: %v", err)
	}
	for range 2 { // a job may run again
		if began, err := s.BeginProof(ctx, first.ID, "edge-1"); !began || err != nil {
			t.Errorf("began %v, %v", began, err)
		}
	}
	r := proof.Report{Trunk: "e0.example.net"}
	r.Conclude([]proof.Check{{ID: proof.BenchHold, State: proof.Failed, Found: "silence"}, {ID: proof.BenchTLS, State: proof.Passed}}, "")
	if err := s.EndProof(ctx, first.ID, r, proof.Files{JSON: []byte("{}"), HTML: []byte("<p>")}, 10); err != nil {
		t.Fatal(err)
	}
	if err := s.EndProof(ctx, first.ID, r, proof.Files{JSON: []byte("late"), HTML: []byte("late")}, 10); err != nil {
		t.Fatal(err)
	}
	toldOfProof(t, s, first.ID, r)
	k, err := s.Proof(ctx, first.ID)
	if err != nil || k.Stage != proof.Made || !k.Over() || k.Node != "edge-1" || k.Result != proof.SomeFailed || k.Failed != 1 || k.NotShown != r.Count(proof.NotShown) || k.EndedAt.IsZero() {
		t.Errorf("%+v, %v", k, err)
	}
	if f, err := s.ProofFiles(ctx, first.ID); err != nil || string(f.JSON) != "{}" || string(f.HTML) != "<p>" {
		t.Errorf("%s, %v", f.JSON, err)
	}
	if began, err := s.BeginProof(ctx, first.ID, "edge-2"); began || err != nil {
		t.Errorf("one that is over began again: %v", err)
	}
	second, err := s.AskProof(ctx, "e0.example.net", trunk.By{}, enqueue)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.BreakProof(ctx, second.ID, "no node has it"); err != nil {
			t.Fatal(err)
		}
	}
	toldOfBroken(t, s, 2, second.ID, "", "no node has it")
	all, err := s.ListProofs(ctx, "e0.example.net", "", 1)
	if err != nil || len(all) != 1 || all[0].ID != second.ID || all[0].Error != "no node has it" {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err = s.ListProofs(ctx, "", second.ID, 10); err != nil || len(all) != 1 || all[0].ID != first.ID {
		t.Errorf("%+v, %v", all, err)
	}
	// One that never ends keeps nobody out for ever.
	third, err := s.AskProof(ctx, "e0.example.net", trunk.By{}, enqueue)
	if err != nil {
		t.Fatal(err)
	}
	if began, err := s.BeginProof(ctx, third.ID, "edge-2"); !began || err != nil {
		t.Errorf("began %v, %v", began, err)
	}
	if err := s.AgeProof(ctx, third.ID, proof.Longest+time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AskProof(ctx, "e0.example.net", trunk.By{}, enqueue); err != nil {
		t.Errorf("behind one that hangs: %v", err)
	}
	k, err = s.Proof(ctx, third.ID)
	if err != nil || k.Stage != proof.Broken || k.Error == "" || k.EndedAt.IsZero() {
		t.Errorf("%+v, %v", k, err)
	}
	toldOfBroken(t, s, 3, third.ID, "edge-2", k.Error)
	// Of many the newest stay.
	if all, err = s.ListProofs(ctx, "e0.example.net", "", 10); err != nil || len(all) != 4 {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := s.EndProof(ctx, all[0].ID, r, proof.Files{JSON: []byte("{}"), HTML: []byte("<p>")}, 2); err != nil {
		t.Fatal(err)
	}
	if left, err := s.ListProofs(ctx, "e0.example.net", "", 10); err != nil || len(left) != 2 || left[0].ID != all[0].ID || left[1].ID != all[1].ID {
		t.Errorf("%+v, %v", left, err)
	}
	// A trunk that was never proved has none: the third-party one.
	if newest, err := s.NewestProofs(ctx); err != nil || len(newest) != 1 || newest[0].ID != all[0].ID || newest[0].Stage != proof.Made {
		t.Errorf("%+v, %v", newest, err)
	}
	for _, id := range []proof.ID{"x", "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"} {
		_, err1 := s.Proof(ctx, id)
		_, err2 := s.ProofFiles(ctx, id)
		if fault.CodeOf(err1) != "proof_unknown" || fault.CodeOf(err2) != "proof_unknown" {
			t.Errorf("%s: %v, %v", id, err1, err2)
		}
	}
}

// toldOfProof: the report is an event of the provider, once, with what failed in it.
func toldOfProof(t *testing.T, s *postgres.Store, id proof.ID, r proof.Report) {
	t.Helper()
	events := told(t, s)
	if len(events) != 1 || events[0].Type != provider.TrunkProved || events[0].Tenant != provider.Installation {
		t.Fatalf("told of %+v", events)
	}
	var d provider.TrunkProvedData
	if err := json.Unmarshal(events[0].Data, &d); err != nil {
		t.Fatal(err)
	}
	if d.Proof != string(id) || d.Trunk != "e0.example.net" || d.Result != "failed" || d.Passed != 1 || d.NotShown != r.Count(proof.NotShown) {
		t.Errorf("told %+v", d)
	}
	if f := d.Failed; len(f) != 1 || f[0].Check != proof.BenchHold || f[0].Title == "" || f[0].Found != "silence" || f[0].Fix == "" {
		t.Errorf("of failed checks %+v", f)
	}
}

// toldOfBroken: that there will be no report is an event, the newest of so many, with the reason.
func toldOfBroken(t *testing.T, s *postgres.Store, events int, id proof.ID, node, why string) {
	t.Helper()
	all := told(t, s)
	if len(all) != events || all[events-1].Type != provider.TrunkProved || all[events-1].Tenant != provider.Installation {
		t.Fatalf("told of %+v", all)
	}
	got, want := string(all[events-1].Data), fmt.Sprintf(`{"proof": %q, "trunk": "e0.example.net", "node": %q, "result": "broken", "passed": 0, "not_shown": 0, "failed": [], "error": %q}`, id, node, why)
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("told %s, want %s", got, want)
	}
}

// TestProofKeys: one signs, and the others stay.
func TestProofKeys(t *testing.T) {
	s, _ := open(t)
	key := func() proof.SigningKey {
		_, public := proof.NewKey(time.Now())
		return proof.SigningKey{PublicKey: public, Seed: []byte("sealed")}
	}
	first, late, next := key(), key(), key()
	for _, err := range []error{
		s.AddProofKey(t.Context(), first, false), s.AddProofKey(t.Context(), late, false), s.AddProofKey(t.Context(), next, true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.ProofKeys(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != next.ID || all[0].RetiredAt != nil || all[1].ID != first.ID || all[1].RetiredAt == nil || string(all[1].Seed) != "sealed" {
		t.Errorf("%+v, %v", all, err)
	}
	if !all[1].RetiredAt.Equal(next.MadeAt) {
		t.Errorf("retired at %s, want %s", all[1].RetiredAt, next.MadeAt)
	}
}
