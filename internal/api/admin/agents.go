package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Agent is an agent as the API shows it.
type Agent struct {
	ID        tenant.AgentID `json:"id" doc:"A UUID." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Tenant    tenant.ID      `json:"tenant" doc:"The tenant it belongs to." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Endpoint  string         `json:"endpoint" doc:"By what kind of address the person is rung." enum:"teams_user,phone_number" example:"teams_user"`
	OID       string         `json:"oid" doc:"The address: the object id in Entra of a teams_user, the E.164 number of a phone_number." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Name      string         `json:"name" doc:"What the person is called." example:"Adele Vance"`
	UPN       string         `json:"upn,omitempty" doc:"The account's name, for people." example:"adele@contoso.example"`
	Source    string         `json:"source" enum:"single,group" doc:"Whether the person was picked, or is a member of a group that is kept in step."`
	PausedAt  *time.Time     `json:"paused_at,omitempty" doc:"Since when an admin has taken the person out: not rung until resumed." example:"2026-11-22T09:30:00Z"`
	CreatedAt time.Time      `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt *time.Time     `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

func showAgent(a tenant.Agent) Agent {
	return Agent{
		ID: a.ID, Tenant: a.Tenant, Endpoint: string(a.Endpoint), OID: a.OID, Name: a.Name,
		UPN: a.UPN, Source: string(a.Normalize().Source), PausedAt: at(a.PausedAt),
		CreatedAt: a.CreatedAt.UTC(), ChangedAt: at(a.ChangedAt),
	}
}

// AgentCreate is a new agent.
type AgentCreate struct {
	Tenant   string `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant; a tenant's key may leave it out." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Endpoint string `json:"endpoint,omitempty" enum:"teams_user,phone_number" default:"teams_user" doc:"By what kind of address the person is rung."`
	OID      string `json:"oid" maxLength:"36" doc:"The address: the object id in Entra of a teams_user, the E.164 number of a phone_number. Unique in the tenant." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Name     string `json:"name" minLength:"1" maxLength:"256" doc:"What the person is called." example:"Adele Vance"`
}

func (b *AgentCreate) agent() tenant.Agent {
	return tenant.Agent{Endpoint: tenant.Endpoint(b.Endpoint), OID: b.OID, Name: b.Name}.Normalize()
}

// Resolve implements huma.ResolverWithPath.
func (b *AgentCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.agent().Validate())
}

// AgentChange is what can be changed of an agent.
type AgentChange struct {
	Endpoint merge[string] `json:"endpoint,omitempty" enum:"teams_user,phone_number" doc:"By what kind of address the person is rung." example:"teams_user"`
	OID      merge[string] `json:"oid,omitempty" maxLength:"36" doc:"The address." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Name     merge[string] `json:"name,omitempty" minLength:"1" maxLength:"256" doc:"What the person is called." example:"Adele Vance"`
}

type (
	agentCreate struct{ Body AgentCreate }
	AgentPath   struct {
		Agent string `path:"agent" maxLength:"64" doc:"Id of the agent." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	}
	agentChange struct {
		AgentPath
		Body AgentChange
	}
	// OfTenant narrows a list.
	OfTenant struct {
		PageQuery
		Tenant string `query:"tenant" maxLength:"64" doc:"Only of this tenant." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	}
)

func (s *server) createAgent(ctx context.Context, in *agentCreate) (*made[Agent], error) {
	a := in.Body.agent()
	var err error
	if a.Tenant, err = s.livingTenant(ctx, in.Body.Tenant); err != nil {
		return nil, err
	}
	if err := s.theirs(ctx, a); err != nil {
		return nil, err
	}
	if a, err = s.deps.Agents.CreateAgent(ctx, a); err != nil {
		return nil, err
	}
	concerns(ctx, a.Tenant, a.Name)
	return &made[Agent]{Location: "/v1/agents/" + string(a.ID), Body: showAgent(a)}, nil
}

func (s *server) agentOf(ctx context.Context, in AgentPath) (tenant.Agent, error) {
	id, err := tenant.ParseAgentID(in.Agent)
	if err != nil {
		return tenant.Agent{}, fault.NotFound("agent_unknown", "there is no such agent")
	}
	a, err := s.deps.Agents.Agent(ctx, callerOf(ctx).Tenant, id)
	concerns(ctx, a.Tenant, a.Name)
	return a, err
}

func (s *server) getAgent(ctx context.Context, in *AgentPath) (*shown[Agent], error) {
	a, err := s.agentOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Agent]{showAgent(a)}, nil
}

func (s *server) listAgents(ctx context.Context, in *OfTenant) (*shown[Page[Agent]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[tenant.Agent, Agent]{
		name: "agents", valid: isTenantID, show: showAgent,
		last: func(a tenant.Agent) string { return string(a.ID) },
		fetch: func(after string, limit int) ([]tenant.Agent, error) {
			return s.deps.Agents.ListAgents(ctx, of, tenant.AgentID(after), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) changeAgent(ctx context.Context, in *agentChange) (*shown[Agent], error) {
	a, err := s.agentOf(ctx, in.AgentPath)
	if err != nil {
		return nil, err
	}
	change := func(a tenant.Agent) (tenant.Agent, error) {
		convert(in.Body.Endpoint, &a.Endpoint, asEndpoint)
		in.Body.OID.into(&a.OID)
		in.Body.Name.into(&a.Name)
		a = a.Normalize()
		return a, a.Validate()
	}
	wanted, err := change(a)
	if err == nil && (wanted.OID != a.OID || wanted.Endpoint != a.Endpoint) {
		err = s.theirs(ctx, wanted)
	}
	if err != nil {
		return nil, err
	}
	a, err = s.deps.Agents.ChangeAgent(ctx, a.Tenant, a.ID, change)
	if err != nil {
		return nil, err
	}
	return &shown[Agent]{showAgent(a)}, nil
}

// theirs says whether whoever asks may have an agent rung at this address. The
// provider may have anybody; a tenant, and its admin in a browser, only people of
// its own directory: the resources are shared, so the object id of another
// customer's person would ring there, and a phone number would cost the provider.
func (s *server) theirs(ctx context.Context, a tenant.Agent) error {
	switch {
	case callerOf(ctx).Tenant == "":
		return nil
	case a.Endpoint != tenant.TeamsUser:
		return fault.Forbidden("endpoint_of_provider", "only the provider can make somebody an agent who is not a Teams user; ask the provider")
	}
	return s.deps.Onboarding.Member(ctx, a.Tenant, a.OID)
}

func asEndpoint(s string) tenant.Endpoint { return tenant.Endpoint(s) }

func (s *server) deleteAgent(ctx context.Context, in *AgentPath) (*none, error) {
	a, err := s.agentOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Agents.DeleteAgent(ctx, a.Tenant, a.ID)
}

// ringable finds the one agent whom a body wants to be rung: fault.NotFound if the
// tenant has no such, fault.Invalid if the person was taken out, or if Teams would refuse to ring
// for a reason that is known; it is named then, with what mends it.
func (s *server) ringable(ctx context.Context, t tenant.ID, id tenant.AgentID, path string) (tenant.Agent, error) {
	a, err := s.deps.Agents.AgentStanding(ctx, t, id)
	if err != nil {
		return tenant.Agent{}, notTheTenants(err, path, "agent_unknown")
	}
	refuse := func(code, msg string) error {
		return &fault.Error{Kind: fault.KindInvalid, Code: code, Msg: msg, Fields: []fault.Field{{Path: path, Msg: msg}}}
	}
	if !a.PausedAt.IsZero() {
		return tenant.Agent{}, refuse("agent_paused", a.Name+" was taken out and is not rung until resumed")
	}
	if item, blocked := a.Standing.Block(); blocked {
		return tenant.Agent{}, refuse("agent_not_ready", fmt.Sprintf("Teams does not ring %s: %s is missing (%s). %s", a.Name, item.Name, item.Seen, item.Cure.Text))
	}
	return a.Agent, nil
}

// anyRingable refuses agents of whom none can be rung: they are tried in turn, so one
// who can is enough. What is missing is told of the first.
func (s *server) anyRingable(ctx context.Context, t tenant.ID, ids []tenant.AgentID, path func(i int) string) (first error) {
	for i, id := range ids {
		_, err := s.ringable(ctx, t, id, path(i))
		if k := fault.KindOf(err); err == nil || k != fault.KindInvalid && k != fault.KindNotFound {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// knownAgents checks that agents named in a body are the tenant's.
func (s *server) knownAgents(ctx context.Context, t tenant.ID, ids []tenant.AgentID, path func(i int) string) error {
	if len(ids) == 0 {
		return nil
	}
	known, err := s.deps.Agents.KnownAgents(ctx, t, ids)
	if err != nil {
		return err
	}
	there := make(map[tenant.AgentID]bool, len(known))
	for _, id := range known {
		there[id] = true
	}
	var p fault.Problems
	for i, id := range ids {
		if !there[id] {
			p.Add(path(i), "the tenant has no such agent")
		}
	}
	unknown := p.Err("agent_unknown", "the tenant has no such agent")
	if f := (*fault.Error)(nil); errors.As(unknown, &f) {
		f.Kind = fault.KindNotFound
	}
	return unknown
}
