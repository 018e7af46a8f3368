package admin_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tandem/internal/api/admin"
	"tandem/internal/fault"
	"tandem/internal/proof"
	"tandem/internal/trunk"
)

const oneProof = "0193a5c0-aaaa-7c3a-9b52-6a1f0c9d8e78" // made of e0.sbc.example.net

// proofs keeps them in memory, and makes none.
type proofs struct {
	all   []proof.Kept
	files map[proof.ID]proof.Files
	keys  proof.Keys
}

func (p *proofs) furnish() {
	p.all = []proof.Kept{{ID: oneProof, Trunk: "e0.sbc.example.net", Stage: proof.Made, AskedAt: day, EndedAt: day, Result: proof.PartPassed, Passed: 20, NotShown: 1, Node: "edge-1"}}
	p.files = map[proof.ID]proof.Files{oneProof: {JSON: []byte("{\"report\": 1}\n"), HTML: []byte("<!doctype html>\n")}}
	p.rotate()
}

func (p *proofs) rotate() {
	_, public := proof.NewKey(day)
	for i := range p.keys.Keys {
		p.keys.Keys[i].RetiredAt = &day
	}
	p.keys.Keys = append([]proof.PublicKey{public}, p.keys.Keys...)
}

func (p *proofs) AskProof(_ context.Context, fqdn string, by trunk.By) (proof.Kept, error) {
	for _, k := range p.all {
		if k.Trunk == fqdn && !k.Over() {
			return k, fault.Conflict("proof_under_way", "wait")
		}
	}
	k := proof.Kept{ID: proof.ID(fmt.Sprintf("0193a5c0-bbbb-7c3a-9b52-%012d", len(p.all))), Trunk: fqdn, Stage: proof.Waiting, Asker: by.ID, AskerName: by.Name, AskedAt: day}
	p.all = append(p.all, k)
	return k, nil
}

func (p *proofs) Proof(_ context.Context, id proof.ID) (proof.Kept, error) {
	i := slices.IndexFunc(p.all, func(k proof.Kept) bool { return k.ID == id })
	if i < 0 {
		return proof.Kept{}, fault.NotFound("proof_unknown", "there is no such proof")
	}
	return p.all[i], nil
}

func (p *proofs) ProofFiles(ctx context.Context, id proof.ID) (proof.Files, error) {
	if _, err := p.Proof(ctx, id); err != nil {
		return proof.Files{}, err
	}
	f, made := p.files[id]
	if !made {
		return f, fault.Conflict("proof_not_made", "there is no report")
	}
	return f, nil
}

func (p *proofs) ListProofs(_ context.Context, fqdn string, before proof.ID, limit int) (all []proof.Kept, err error) {
	for _, k := range p.all {
		if (fqdn == "" || k.Trunk == fqdn) && (before == "" || k.ID < before) {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b proof.Kept) int { return cmp.Compare(b.ID, a.ID) })
	return all[:min(limit, len(all))], nil
}

func (p *proofs) NewestProofs(context.Context) ([]proof.Kept, error) { return p.all, nil }

func (p *proofs) PublicKeys(context.Context) (proof.Keys, error) { return p.keys, nil }

func (p *proofs) RotateProofKey(context.Context) (proof.Keys, error) {
	p.rotate()
	return p.keys, nil
}

func TestProofsOfTrunks(t *testing.T) {
	w := newWorld(t)
	var k struct {
		ID, Trunk, State, Result, Asker string
		Passed                          int
	}
	a := w.do(t, owner, "POST", "/v1/proofs", `{"trunk":"e1.sbc.example.net"}`).want(http.StatusCreated)
	a.into(&k)
	if k.State != "waiting" || k.Asker == "" || a.Header().Get("Location") != "/v1/proofs/"+k.ID {
		t.Errorf("%+v at %s", k, a.Header().Get("Location"))
	}
	w.do(t, owner, "POST", "/v1/proofs", `{"trunk":"e1.sbc.example.net"}`).problem(http.StatusConflict, "proof_under_way")
	w.do(t, owner, "GET", "/v1/proofs/"+k.ID+"/report.html", "").problem(http.StatusConflict, "proof_not_made")
	w.do(t, owner, "GET", "/v1/proofs/"+oneProof, "").want(http.StatusOK).into(&k)
	if k.State != "made" || k.Result != "partly" || k.Passed != 20 {
		t.Errorf("%+v", k)
	}
	var page struct{ Items []struct{ ID string } }
	w.do(t, owner, "GET", "/v1/proofs?trunk=e0.sbc.example.net", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].ID != oneProof {
		t.Errorf("%+v", page)
	}
	for form, want := range map[string]struct{ kind, body string }{"json": {"application/json", "{\"report\": 1}\n"}, "html": {"text/html; charset=utf-8", "<!doctype html>\n"}} {
		a := w.do(t, owner, "GET", "/v1/proofs/"+oneProof+"/report."+form, "").want(http.StatusOK)
		if a.Body.String() != want.body || a.Header().Get("Content-Type") != want.kind || !strings.Contains(a.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %q %v", form, a.Body, a.Header())
		}
	}
}

// TestReportIsDescribed: what the API says of a signed report is what package proof signs.
func TestReportIsDescribed(t *testing.T) {
	seed, _ := proof.NewKey(day)
	signer, err := proof.NewSigner(seed)
	if err != nil {
		t.Fatal(err)
	}
	r := proof.Report{ID: oneProof, At: day, TookMS: 1, Provider: "p", Node: "n", Program: "tandem", Trunk: "e0.sbc.example.net", Port: 5061}
	r.Certificate = proof.Certificate{Subject: "CN=e0", Names: []string{"e0"}, Issuer: "CN=ca", NotAfter: day, SHA256: "00"}
	r.Conclude([]proof.Check{{ID: proof.BenchHold, State: proof.Failed, Found: "silence", Figures: []proof.Figure{{Name: "gap", Value: 20.5, Unit: "ms"}}, Evidence: []string{"INVITE"}, TookMS: 2}}, "no bench")
	file, err := signer.JSON(r)
	if err != nil {
		t.Fatal(err)
	}
	var described admin.SignedReport
	if err := json.Unmarshal(file, &described); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(described)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := errors.Join(json.Unmarshal(again, &got), json.Unmarshal(file, &want)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: described as\n%s\nsigned is\n%s", err, again, file)
	}
}

// TestKeysOfProofs: everybody may read them, and what was retired stays.
func TestKeysOfProofs(t *testing.T) {
	w := newWorld(t)
	first := published(t, w)
	if len(first.Keys) != 1 || first.Keys[0].RetiredAt != nil {
		t.Fatalf("%+v", first)
	}
	var shown struct{ Keys []struct{ ID string } }
	w.do(t, owner, "POST", "/v1/proofs/keys", "").want(http.StatusCreated).into(&shown)
	now := published(t, w)
	if len(now.Keys) != 2 || now.Keys[0].ID != shown.Keys[0].ID || now.Keys[1].ID != first.Keys[0].ID || now.Keys[1].RetiredAt == nil {
		t.Errorf("%+v", now)
	}
}

func published(t *testing.T, w *world) proof.Keys {
	t.Helper()
	a := w.do(t, "", "GET", proof.WellKnown, "").want(http.StatusOK)
	k, err := proof.ReadKeys(a.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(a.Body.Bytes()) || strings.Contains(a.Body.String(), "seed") {
		t.Errorf("%s", a.Body)
	}
	return k
}
