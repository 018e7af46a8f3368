package admin

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/tenant"
)

// Dialling is what may be dialled at a tenant's expense.
type Dialling struct {
	Prefixes  []string   `json:"prefixes" nullable:"false" doc:"Beginnings of the numbers that may be dialled; empty: the countries of the tenant's own numbers." example:"[\"+49\",\"+4420\"]"`
	MaxLegs   int        `json:"max_legs" doc:"Telephones called at once, rung ones included." example:"10"`
	Peer      string     `json:"peer,omitempty" doc:"Name of the peer that dials them; absent: one that takes calls of the home region." example:"carrier"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"Absent: nobody made rules, these are the usual ones." example:"2026-11-22T09:30:00Z"`
}

func showDialling(d tenant.Dialling) Dialling {
	return Dialling{Prefixes: append([]string{}, d.Prefixes...), MaxLegs: d.MaxLegs, Peer: d.Peer, ChangedAt: at(d.ChangedAt)}
}

// DiallingSet makes the rules anew.
type DiallingSet struct {
	Prefixes []string `json:"prefixes,omitempty" nullable:"false" maxItems:"100" doc:"Beginnings of the numbers that may be dialled, with the +; without it the countries of the tenant's own numbers. What costs more than an ordinary call is dialled only if a prefix names it." example:"[\"+49\",\"+4420\"]"`
	MaxLegs  int      `json:"max_legs" minimum:"0" maximum:"1000" doc:"Telephones called at once, rung ones included; 0: none." example:"10"`
	Peer     string   `json:"peer,omitempty" maxLength:"40" doc:"Name of a peer with dial_to; without it one that takes calls of the home region." example:"carrier"`
}

func (b *DiallingSet) dialling() tenant.Dialling {
	return tenant.Dialling{Prefixes: b.Prefixes, MaxLegs: b.MaxLegs, Peer: b.Peer}
}

// Resolve implements huma.ResolverWithPath.
func (b *DiallingSet) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.dialling().Validate())
}

type diallingSet struct {
	TenantPath
	Body DiallingSet
}

func (s *server) getDialling(ctx context.Context, in *TenantPath) (*shown[Dialling], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (tenant.Dialling, error) { return s.deps.Dialling.Dialling(ctx, t.ID) }, showDialling)
}

func (s *server) setDialling(ctx context.Context, in *diallingSet) (*shown[Dialling], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (tenant.Dialling, error) {
		d := in.Body.dialling()
		d.Tenant = t.ID
		return s.deps.Dialling.SetDialling(ctx, d)
	}, showDialling)
}
