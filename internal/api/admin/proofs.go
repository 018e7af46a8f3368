package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"tandem/internal/fault"
	"tandem/internal/proof"
	"tandem/internal/tenant"
)

// TrunkProofCreate asks for a proof.
type TrunkProofCreate struct {
	Trunk string `json:"trunk" minLength:"1" maxLength:"253" pattern:"^[A-Za-z0-9.-]+$" patternDescription:"a host name" doc:"FQDN of a trunk of an edge of ours." example:"e0.eu.sbc.example.net"`
}

// TrunkProof is a proof of a trunk, without its report.
type TrunkProof struct {
	ID        proof.ID   `json:"id" doc:"A UUID; later ones are greater." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	Trunk     string     `json:"trunk" doc:"FQDN." example:"e0.eu.sbc.example.net"`
	State     string     `json:"state" enum:"waiting,running,made,broken" doc:"waiting: for the node that has the trunk; made: there is a report, whatever it says; broken: there is none, and error says why."`
	Result    string     `json:"result,omitempty" enum:"passed,partly,failed" doc:"Of made. partly: what was shown is good, and something was not shown."`
	Passed    int        `json:"passed" doc:"Checks that passed." example:"20"`
	Failed    int        `json:"failed" doc:"Checks that failed." example:"0"`
	NotShown  int        `json:"not_shown" doc:"Checks that could not be made." example:"1"`
	Error     string     `json:"error,omitempty" doc:"Of broken." example:"no node that runs has the trunk"`
	Node      string     `json:"node,omitempty" doc:"That makes it." example:"edge-1"`
	Asker     string     `json:"asker,omitempty" doc:"Who asked for it, as in the audit trail; absent: the schedule." example:"user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	AskerName string     `json:"asker_name,omitempty" doc:"What he was called then." example:"Adele Vance"`
	AskedAt   time.Time  `json:"asked_at" doc:"RFC 3339, UTC." example:"2026-12-01T09:30:00Z"`
	EndedAt   *time.Time `json:"ended_at,omitempty" doc:"Of made and broken." example:"2026-12-01T09:30:25Z"`
}

func showTrunkProof(k proof.Kept) TrunkProof {
	return TrunkProof{
		ID: k.ID, Trunk: k.Trunk, State: string(k.Stage), Result: string(k.Result), Passed: k.Passed, Failed: k.Failed, NotShown: k.NotShown, Error: k.Error,
		Node: k.Node, Asker: k.Asker, AskerName: k.AskerName, AskedAt: k.AskedAt.UTC(), EndedAt: at(k.EndedAt),
	}
}

// ProofKey is a key that signs proofs, as everybody may know it.
type ProofKey struct {
	ID        string     `json:"id" doc:"The first 16 hex digits of the key's SHA-256." example:"3f1c0a9b8d7e6f50"`
	Algorithm string     `json:"algorithm" doc:"RFC 8032." example:"Ed25519"`
	Public    []byte     `json:"public" doc:"32 bytes." example:"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="`
	MadeAt    time.Time  `json:"made_at" doc:"RFC 3339, UTC." example:"2026-12-01T09:00:00Z"`
	RetiredAt *time.Time `json:"retired_at,omitempty" doc:"It signs nothing later; what it signed before stays good." example:"2027-12-01T09:00:00Z"`
}

// ProofKeys are all of them.
type ProofKeys struct {
	Keys []ProofKey `json:"keys" nullable:"false" doc:"The one that signs first."`
}

type (
	proofCreate struct{ Body TrunkProofCreate }
	proofPath   struct {
		Proof string `path:"proof" maxLength:"64" doc:"Id of the proof." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	}
	proofsQuery struct {
		PageQuery
		Trunk string `query:"trunk" maxLength:"253" pattern:"^[A-Za-z0-9.-]*$" patternDescription:"a host name" doc:"Only those of this trunk." example:"e0.eu.sbc.example.net"`
	}
)

func (s *server) createProof(ctx context.Context, in *proofCreate) (*made[TrunkProof], error) {
	k, err := s.deps.Proofs.AskProof(ctx, in.Body.Trunk, byOf(ctx))
	if err != nil {
		return nil, err
	}
	return &made[TrunkProof]{Location: "/v1/proofs/" + string(k.ID), Body: showTrunkProof(k)}, nil
}

func (s *server) getProof(ctx context.Context, in *proofPath) (*shown[TrunkProof], error) {
	k, err := s.deps.Proofs.Proof(ctx, proof.ID(in.Proof))
	if err != nil {
		return nil, err
	}
	return &shown[TrunkProof]{showTrunkProof(k)}, nil
}

func (s *server) listProofs(ctx context.Context, in *proofsQuery) (*shown[Page[TrunkProof]], error) {
	return list[proof.Kept, TrunkProof]{
		name: "proofs", valid: func(id string) bool { _, err := tenant.ParseID(id); return err == nil }, show: showTrunkProof,
		last: func(k proof.Kept) string { return string(k.ID) },
		fetch: func(before string, limit int) ([]proof.Kept, error) {
			return s.deps.Proofs.ListProofs(ctx, in.Trunk, proof.ID(before), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) proofJSON(ctx context.Context, in *proofPath) (*huma.StreamResponse, error) {
	f, err := s.deps.Proofs.ProofFiles(ctx, proof.ID(in.Proof))
	if err != nil {
		return nil, err
	}
	return s.proofFile(ctx, in.Proof+".json", "application/json", f.JSON), nil
}

func (s *server) proofHTML(ctx context.Context, in *proofPath) (*huma.StreamResponse, error) {
	f, err := s.deps.Proofs.ProofFiles(ctx, proof.ID(in.Proof))
	if err != nil {
		return nil, err
	}
	return s.proofFile(ctx, in.Proof+".html", "text/html; charset=utf-8", f.HTML), nil
}

// proofFile is a report byte for byte, since all of them are signed. As a page it may have
// its own styles, and nothing else.
func (s *server) proofFile(ctx context.Context, name, kind string, file []byte) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", kind)
		c.SetHeader("Content-Disposition", `inline; filename="tandem-proof-`+name+`"`)
		c.SetHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
		c.SetHeader("X-Content-Type-Options", "nosniff")
		c.SetHeader("Cache-Control", "private, no-store")
		if _, err := c.BodyWriter().Write(file); err != nil { // who asked has gone
			s.log.InfoContext(ctx, "download broken off", "request", requestOf(ctx).id, "error", err)
		}
	}}
}

func (s *server) renewProofKeys(ctx context.Context, _ *none) (*made[ProofKeys], error) {
	k, err := s.deps.Proofs.RotateProofKey(ctx)
	if err != nil {
		return nil, err
	}
	return &made[ProofKeys]{
		Location: proof.WellKnown + "#" + k.Keys[0].ID, // where it is published
		Body:     ProofKeys{each(k.Keys, func(p proof.PublicKey) ProofKey { return ProofKey(p) })},
	}, nil
}

// serveProofKeys publishes the keys to everybody: who is handed a proof has no key of ours.
func (s *server) serveProofKeys(g *gin.Engine) {
	if s.deps.Proofs == nil {
		return
	}
	g.GET(proof.WellKnown, func(c *gin.Context) {
		k, err := s.deps.Proofs.PublicKeys(c.Request.Context())
		if err != nil {
			s.log.WarnContext(c.Request.Context(), "the keys of proofs", "error", err)
			c.Header("Retry-After", "2")
			c.JSON(http.StatusServiceUnavailable, gin.H{"error": fault.CodeOf(err)})
			return
		}
		c.Header("Access-Control-Allow-Origin", "*") // for who checks proofs in a browser
		c.Header("Cross-Origin-Resource-Policy", "cross-origin")
		c.JSON(http.StatusOK, k)
	})
}
