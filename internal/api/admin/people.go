package admin

import (
	"context"
	"time"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

// Person is somebody in the tenant's directory.
type Person struct {
	OID        string         `json:"oid" doc:"The object id in Entra." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Name       string         `json:"name" doc:"What the person is called." example:"Adele Vance"`
	UPN        string         `json:"upn,omitempty" doc:"The account's name." example:"adele@contoso.example"`
	JobTitle   string         `json:"job_title,omitempty" doc:"As the directory has it." example:"Retail manager"`
	Department string         `json:"department,omitempty" doc:"As the directory has it." example:"Retail"`
	Agent      tenant.AgentID `json:"agent,omitempty" doc:"Id of the agent that the person is already." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	CanBeAgent bool           `json:"can_be_agent" doc:"Whether the person can be one." example:"true"`
	Reason     string         `json:"reason,omitempty" doc:"Why not: guest, resource_account, account_disabled, person_unknown." example:"guest"`
}

func showPerson(p onboarding.FoundPerson) Person {
	return Person{
		OID: p.OID, Name: p.Name, UPN: p.UPN, JobTitle: p.JobTitle, Department: p.Department, Agent: p.Agent, CanBeAgent: p.CanBeAgent, Reason: p.Reason,
	}
}

// Found is what a search found.
type Found[T any] struct {
	Items []T `json:"items" nullable:"false" doc:"The best first."`
}

// DirectoryGroup is a group in the tenant's directory.
type DirectoryGroup struct {
	ID   string `json:"id" doc:"The object id in Entra." example:"d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77"`
	Name string `json:"name" doc:"What it is called." example:"Sales"`
}

// AgentGroup is a group whose members are agents.
type AgentGroup struct {
	ID        string     `json:"id" doc:"The object id in Entra." example:"d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77"`
	Name      string     `json:"name" doc:"What it is called." example:"Sales"`
	Members   int        `json:"members" doc:"At the last look." example:"12"`
	AddedBy   string     `json:"added_by,omitempty" doc:"Who picked it." example:"Adele Vance"`
	AddedAt   time.Time  `json:"added_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	SyncedAt  *time.Time `json:"synced_at,omitempty" doc:"When the agents were last in step with it." example:"2026-11-22T09:30:00Z"`
	SyncError string     `json:"sync_error,omitempty" doc:"Why the last look failed." example:"group_unknown"`
}

func showGroup(g tenant.Group) AgentGroup {
	return AgentGroup{
		ID: g.ID, Name: g.Name, Members: g.Members, AddedBy: g.AddedBy, AddedAt: g.AddedAt.UTC(), SyncedAt: at(g.SyncedAt), SyncError: g.SyncError,
	}
}

// GroupAdd picks a group.
type GroupAdd struct {
	Group string `json:"group" maxLength:"36" doc:"The object id in Entra. Its members are agents from now on, later ones too." example:"d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77"`
}

// AgentsAdd picks people.
type AgentsAdd struct {
	OIDs []string `json:"oids" nullable:"false" minItems:"1" maxItems:"200" doc:"Their object ids in Entra." example:"[\"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02\"]"`
}

// AgentsAdded is what became of them.
type AgentsAdded struct {
	Added   int             `json:"added" doc:"Agents now who were not before." example:"3"`
	Refused []PersonRefused `json:"refused" nullable:"false" doc:"Who cannot be an agent."`
}

// PersonRefused cannot be an agent.
type PersonRefused struct {
	OID    string `json:"oid" doc:"The object id in Entra." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Reason string `json:"reason" doc:"guest, resource_account, account_disabled, person_unknown." example:"guest"`
}

// AgentStanding is an agent with what is missing.
type AgentStanding struct {
	ID         tenant.AgentID `json:"id" doc:"A UUID." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	OID        string         `json:"oid" doc:"The object id in Entra." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Name       string         `json:"name" doc:"What the person is called." example:"Adele Vance"`
	UPN        string         `json:"upn,omitempty" doc:"The account's name." example:"adele@contoso.example"`
	Source     string         `json:"source" enum:"single,group" doc:"Whether the person was picked, or is a member of a group."`
	PausedAt   *time.Time     `json:"paused_at,omitempty" doc:"Since when an admin has taken the person out." example:"2026-11-22T09:30:00Z"`
	Ready      bool           `json:"ready" doc:"Whether nothing is missing." example:"true"`
	CheckedAt  *time.Time     `json:"checked_at,omitempty" doc:"When somebody looked; absent: never." example:"2026-11-22T09:30:00Z"`
	LastRangAt *time.Time     `json:"last_rang_at,omitempty" doc:"When Teams on desktop or web rang last; absent: never." example:"2026-11-22T09:30:00Z"`
	Items      []Item         `json:"items" nullable:"false" doc:"What is needed."`
}

func showStanding(v onboarding.AgentStanding) AgentStanding {
	return AgentStanding{
		ID: v.ID, OID: v.OID, Name: v.Name, UPN: v.UPN, Source: string(v.Source), PausedAt: at(v.PausedAt), Ready: v.Standing.Ready,
		CheckedAt: at(v.Standing.CheckedAt), LastRangAt: at(v.Standing.LastRangAt), Items: each(v.Standing.Items, showItem),
	}
}

// FixScript mends what is missing.
type FixScript struct {
	Script string `json:"script" doc:"PowerShell for everything that it can mend, with comments for the rest." example:"Connect-MicrosoftTeams …"`
}

// ProgressShown is how far the look at all agents is.
type ProgressShown struct {
	Progress CheckProgress `json:"progress" doc:"Of the look at all agents."`
}

func showLook(p onboarding.Progress) ProgressShown { return ProgressShown{showProgress(p)} }

type (
	directoryQuery struct {
		TenantPath
		Search string `query:"search" maxLength:"128" doc:"The beginning of a name or an address." example:"ade"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20" doc:"How many at most."`
	}
	groupAdd struct {
		TenantPath
		Body GroupAdd
	}
	groupPath struct {
		TenantPath
		Group string `path:"group" maxLength:"64" doc:"The group's object id in Entra." example:"d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77"`
	}
	agentsAdd struct {
		TenantPath
		Body AgentsAdd
	}
	standingsQuery struct {
		TenantPath
		PageQuery
		Ready string `query:"ready" enum:"true,false" doc:"Only who is ready, or who was looked at and is not." example:"false"`
	}
)

func (s *server) searchPeople(ctx context.Context, in *directoryQuery) (*shown[Found[Person]], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) ([]onboarding.FoundPerson, error) {
		return s.deps.Onboarding.SearchPeople(ctx, t.ID, in.Search, in.Limit)
	}, func(all []onboarding.FoundPerson) Found[Person] { return Found[Person]{each(all, showPerson)} })
}

func (s *server) searchGroups(ctx context.Context, in *directoryQuery) (*shown[Found[DirectoryGroup]], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) ([]onboarding.Group, error) {
		return s.deps.Onboarding.SearchGroups(ctx, t.ID, in.Search, in.Limit)
	}, func(all []onboarding.Group) Found[DirectoryGroup] {
		return Found[DirectoryGroup]{each(all, func(g onboarding.Group) DirectoryGroup { return DirectoryGroup(g) })}
	})
}

func (s *server) listAgentGroups(ctx context.Context, in *TenantPath) (*shown[Found[AgentGroup]], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) ([]tenant.Group, error) {
		return s.deps.Onboarding.Groups(ctx, t.ID)
	}, func(all []tenant.Group) Found[AgentGroup] { return Found[AgentGroup]{each(all, showGroup)} })
}

func (s *server) addAgentGroup(ctx context.Context, in *groupAdd) (*made[AgentGroup], error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	g, err := s.deps.Onboarding.AddGroup(ctx, callerOf(ctx).actor, t.ID, in.Body.Group)
	if err != nil {
		return nil, err
	}
	return &made[AgentGroup]{Location: "/v1/tenants/" + string(t.ID) + "/agent-groups/" + g.ID, Body: showGroup(g)}, nil
}

func (s *server) removeAgentGroup(ctx context.Context, in *groupPath) (*none, error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	if !isTenantID(in.Group) {
		return nil, fault.NotFound("group_unknown", "there is no such group among those whose members are agents")
	}
	return nil, s.deps.Onboarding.RemoveGroup(ctx, callerOf(ctx).actor, t.ID, in.Group)
}

func (s *server) addAgents(ctx context.Context, in *agentsAdd) (*shown[AgentsAdded], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (onboarding.Added, error) {
		return s.deps.Onboarding.AddPeople(ctx, callerOf(ctx).actor, t.ID, in.Body.OIDs)
	}, func(a onboarding.Added) AgentsAdded {
		return AgentsAdded{a.Added, each(a.Refused, func(r onboarding.RefusedPerson) PersonRefused { return PersonRefused(r) })}
	})
}

func (s *server) listStandings(ctx context.Context, in *standingsQuery) (*shown[Page[AgentStanding]], error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	var ready *bool
	if in.Ready != "" {
		ready = new(in.Ready == "true")
	}
	return list[onboarding.AgentStanding, AgentStanding]{
		name: "standings", valid: isTenantID, show: showStanding,
		last: func(v onboarding.AgentStanding) string { return string(v.ID) },
		fetch: func(after string, limit int) ([]onboarding.AgentStanding, error) {
			return s.deps.Onboarding.Agents(ctx, t.ID, ready, tenant.AgentID(after), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) checkAgents(ctx context.Context, in *TenantPath) (*shown[ProgressShown], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Progress, error) {
		return s.deps.Onboarding.CheckAgents(ctx, callerOf(ctx).actor, t.ID)
	}, showLook)
}

func (s *server) agentCheck(ctx context.Context, in *TenantPath) (*shown[ProgressShown], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Progress, error) {
		return s.deps.Onboarding.AgentsProgress(ctx, t.ID)
	}, showLook)
}

func (s *server) cancelAgentCheck(ctx context.Context, in *TenantPath) (*shown[ProgressShown], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Progress, error) {
		return s.deps.Onboarding.CancelCheck(ctx, callerOf(ctx).actor, t.ID)
	}, showLook)
}

func (s *server) agentFixes(ctx context.Context, in *TenantPath) (*shown[FixScript], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (string, error) {
		return s.deps.Onboarding.FixScript(ctx, t.ID)
	}, func(script string) FixScript { return FixScript{script} })
}

func (s *server) pauseAgent(ctx context.Context, in *AgentPath) (*shown[Agent], error) {
	return s.switchAgent(ctx, *in, s.deps.Onboarding.PauseAgent)
}

func (s *server) resumeAgent(ctx context.Context, in *AgentPath) (*shown[Agent], error) {
	return s.switchAgent(ctx, *in, s.deps.Onboarding.ResumeAgent)
}

func (s *server) switchAgent(
	ctx context.Context, in AgentPath, change func(context.Context, onboarding.Actor, tenant.ID, tenant.AgentID) (tenant.Agent, error),
) (*shown[Agent], error) {
	a, err := s.agentOf(ctx, in)
	if err != nil {
		return nil, err
	}
	if a, err = change(ctx, callerOf(ctx).actor, a.Tenant, a.ID); err != nil {
		return nil, err
	}
	return &shown[Agent]{showAgent(a)}, nil
}
