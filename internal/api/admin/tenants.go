package admin

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Tenant is a tenant as the API shows it.
type Tenant struct {
	ID            tenant.ID  `json:"id" doc:"A UUID." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name          string     `json:"name" doc:"What people call it." example:"Contoso Airlines"`
	EntraTenantID string     `json:"entra_tenant_id,omitempty" doc:"Its directory (tenant) id in Entra, a UUID; absent until an admin of it signed in." example:"2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11"`
	State         string     `json:"state" enum:"invited,onboarding,active,suspended,offboarded" doc:"Where it stands; only an active tenant can be called." example:"active"`
	HomeRegion    string     `json:"home_region" doc:"Id of the region where its data and its calls stay." example:"eu"`
	BoundAt       *time.Time `json:"bound_at,omitempty" doc:"When an admin of its Entra tenant signed in first." example:"2026-11-22T09:30:00Z"`
	BoundBy       string     `json:"bound_by,omitempty" doc:"The admin's name." example:"Adele Vance"`
	PausedAt      *time.Time `json:"paused_at,omitempty" doc:"Since when all ringing is stopped; absent: it is not." example:"2026-11-22T09:30:00Z"`
	PausedBy      string     `json:"paused_by,omitempty" doc:"Who stopped it." example:"Adele Vance"`
	HoldMusic     string     `json:"hold_music" doc:"What is heard on hold in its calls, if nobody names music: melody (a quiet tune of ours), silence, or the id of a prompt of the tenant's, of which two minutes are played again and again." example:"melody"`
	CreatedAt     time.Time  `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt     *time.Time `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

func showTenant(t tenant.Tenant) Tenant {
	return Tenant{
		ID: t.ID, Name: t.Name, EntraTenantID: t.EntraTenantID, State: string(t.State), HomeRegion: t.HomeRegion,
		BoundAt: at(t.BoundAt), BoundBy: t.BoundBy, PausedAt: at(t.PausedAt), PausedBy: t.PausedBy, HoldMusic: string(t.HoldMusic),
		CreatedAt: t.CreatedAt.UTC(), ChangedAt: at(t.ChangedAt),
	}
}

// TenantCreate is a new tenant.
type TenantCreate struct {
	Name          string `json:"name" minLength:"1" maxLength:"256" doc:"What people call it." example:"Contoso Airlines"`
	EntraTenantID string `json:"entra_tenant_id,omitempty" maxLength:"36" doc:"Its directory (tenant) id in Entra, a UUID. No two tenants have the same. It can be left out: the admin who signs in by the invitation brings it." example:"2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11"`
	HomeRegion    string `json:"home_region" minLength:"1" maxLength:"40" doc:"Id of the region where its data and its calls stay; it cannot be changed." example:"eu"`
}

func (b *TenantCreate) tenant() tenant.Tenant {
	return tenant.Tenant{Name: b.Name, EntraTenantID: b.EntraTenantID, HomeRegion: b.HomeRegion, State: tenant.Invited}.Normalize()
}

// Resolve implements huma.ResolverWithPath.
func (b *TenantCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.tenant().Validate())
}

// TenantChange is what can be changed of a tenant.
type TenantChange struct {
	Name  merge[string] `json:"name,omitempty" minLength:"1" maxLength:"256" doc:"What people call it." example:"Contoso Airlines"`
	State merge[string] `json:"state,omitempty" enum:"invited,onboarding,active,suspended,offboarded" doc:"Where it is to stand." example:"active"`

	HoldMusic merge[string] `json:"hold_music,omitempty" maxLength:"36" doc:"What is heard on hold in its calls: melody, silence or the id of a prompt of the tenant's. Calls that have begun keep theirs." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
}

type (
	tenantCreate struct{ Body TenantCreate }
	TenantPath   struct {
		Tenant string `path:"tenant" maxLength:"64" doc:"Id of the tenant." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	}
	tenantChange struct {
		TenantPath
		Body TenantChange
	}
)

func (s *server) createTenant(ctx context.Context, in *tenantCreate) (*made[Tenant], error) {
	t, err := s.deps.Tenants.CreateTenant(ctx, in.Body.tenant())
	if err != nil {
		return nil, err
	}
	concerns(ctx, t.ID, t.Name)
	return &made[Tenant]{Location: "/v1/tenants/" + string(t.ID), Body: showTenant(t)}, nil
}

// tenantOf reads the tenant of a path, which the caller must be able to see.
func (s *server) tenantOf(ctx context.Context, in TenantPath) (tenant.Tenant, error) {
	id, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return tenant.Tenant{}, err
	}
	t, err := s.deps.Tenants.Tenant(ctx, id)
	concerns(ctx, id, t.Name)
	return t, err
}

func (s *server) getTenant(ctx context.Context, in *TenantPath) (*shown[Tenant], error) {
	t, err := s.tenantOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Tenant]{showTenant(t)}, nil
}

func (s *server) changeTenant(ctx context.Context, in *tenantChange) (*shown[Tenant], error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	if m := in.Body.HoldMusic; m.set {
		if err := s.knownMusic(ctx, t.ID, tenant.HoldMusic(m.value)); err != nil {
			return nil, err
		}
	}
	t, err = s.deps.Tenants.ChangeTenant(ctx, t.ID, func(t tenant.Tenant) (tenant.Tenant, error) {
		in.Body.Name.into(&t.Name)
		if in.Body.HoldMusic.set {
			t.HoldMusic = tenant.HoldMusic(in.Body.HoldMusic.value)
		}
		if in.Body.State.set {
			if s := tenant.State(in.Body.State.value); s == tenant.Offboarded && s != t.State {
				return t, fault.Conflict("tenant_offboard", "off-boarding deletes what the tenant has and tells what to undo: POST /v1/tenants/{tenant}/offboard")
			}
			var err error
			if t, err = t.Become(tenant.State(in.Body.State.value)); err != nil {
				return t, err
			}
		}
		t = t.Normalize()
		return t, t.Validate()
	})
	if err != nil {
		return nil, err
	}
	return &shown[Tenant]{showTenant(t)}, nil
}

// knownMusic says of a body whether the prompt of its hold music is the tenant's.
func (s *server) knownMusic(ctx context.Context, t tenant.ID, m tenant.HoldMusic) error {
	id := m.Prompt()
	if _, err := tenant.ParsePromptID(string(id)); id == "" || err != nil { // the latter is told by its form
		return nil //nolint:nilerr // see above
	}
	if _, err := s.deps.Prompts.Prompt(ctx, t, id); err != nil {
		return notTheTenants(err, "hold_music", "prompt_unknown")
	}
	return nil
}

func (s *server) deleteTenant(ctx context.Context, in *TenantPath) (*none, error) {
	t, err := s.tenantOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Tenants.DeleteTenant(ctx, t.ID)
}

// livingTenant is namedTenant for what an offboarded tenant cannot have any more.
func (s *server) livingTenant(ctx context.Context, named string) (tenant.ID, error) {
	id, err := namedTenant(ctx, named)
	if err != nil {
		return "", err
	}
	if err := s.living(ctx, id); err != nil {
		return "", notTheTenants(err, "tenant", "tenant_unknown")
	}
	return id, nil
}

// living says whether a tenant can still be given something.
func (s *server) living(ctx context.Context, id tenant.ID) error {
	t, err := s.deps.Tenants.Tenant(ctx, id)
	if err == nil && t.State == tenant.Offboarded {
		err = fault.Conflict("tenant_offboarded", "the tenant has left; create a new one if the organisation comes back")
	}
	return err
}

func isTenantID(s string) bool {
	_, err := tenant.ParseID(s)
	return err == nil
}

// namedTenant reads the tenant that a new thing shall belong to. A tenant's key
// need not name its own.
func namedTenant(ctx context.Context, named string) (tenant.ID, error) {
	id, err := callerOf(ctx).within(named)
	switch {
	case fault.KindOf(err) == fault.KindNotFound: // said of a body, not of the path
		return "", &fault.Error{Kind: fault.KindNotFound, Code: "tenant_unknown", Msg: "there is no such tenant",
			Fields: []fault.Field{{Path: "tenant", Msg: "there is no such tenant"}}}
	case err == nil && id == "":
		return "", &fault.Error{Kind: fault.KindInvalid, Code: "tenant_missing", Msg: "say which tenant",
			Fields: []fault.Field{{Path: "tenant", Msg: "must be the id of a tenant; only a tenant's own key may leave it out"}}}
	}
	concerns(ctx, id, "")
	return id, err
}
