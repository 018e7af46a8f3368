package admin

import (
	"context"
	"time"

	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

// Standing is how a tenant stands, at a glance.
type Standing struct {
	State      string      `json:"state" enum:"ready,needs_other,waiting,blocked,paused" doc:"As of the readiness. waiting: it goes on by itself. blocked: suspended or offboarded." example:"needs_other"`
	Since      time.Time   `json:"since" doc:"Since when state and step are what they are." example:"2026-11-22T09:30:00Z"`
	Step       string      `json:"step,omitempty" enum:"sign_in,consent,federation,people,test_call" doc:"The step of the onboarding that is next, or that is waited for; absent: none." example:"consent"`
	Problem    string      `json:"problem,omitempty" doc:"Code of what keeps the step from being done, as in the onboarding; absent: nobody has done it yet." example:"consent_declined"`
	Turn       string      `json:"turn,omitempty" enum:"tenant,provider" doc:"Who has to do something; absent: nobody." example:"tenant"`
	Needs      []string    `json:"needs" nullable:"false" doc:"The directory roles of which one is enough for the step; empty: any admin." example:"[\"global_administrator\"]"`
	Attention  bool        `json:"attention" doc:"Whether the provider should look: of an active tenant not everything holds, or it is the provider's turn." example:"false"`
	DriftSince *time.Time  `json:"drift_since,omitempty" doc:"Since when something does not hold any more that was proved of an active tenant; absent: all of it holds." example:"2026-11-22T09:30:00Z"`
	Agents     AgentCounts `json:"agents" doc:"How many there are."`
}

// TenantStanding is a tenant with how it stands.
type TenantStanding struct {
	Tenant
	Standing *Standing `json:"standing,omitempty" doc:"How it stands; absent for the first minutes after an update that brought this."`
}

func showTenantStanding(t onboarding.TenantStanding) TenantStanding {
	v, s := TenantStanding{Tenant: showTenant(t.Tenant)}, t.Standing
	if s.State != "" {
		v.Standing = &Standing{
			State: string(s.State), Since: s.Since.UTC(), Step: string(s.Step), Problem: s.Problem, Turn: string(s.Turn), Needs: texts(s.Step.Needs()),
			Attention: s.Attention, DriftSince: at(s.DriftSince), Agents: AgentCounts(s.Agents),
		}
	}
	return v
}

// TenantsByState counts tenants.
type TenantsByState struct {
	Invited    int `json:"invited" doc:"Its admins have done nothing yet." example:"12"`
	Onboarding int `json:"onboarding" doc:"Its admins are at it." example:"7"`
	Active     int `json:"active" doc:"Can be called." example:"981"`
	Suspended  int `json:"suspended" doc:"For now not." example:"3"`
	Offboarded int `json:"offboarded" doc:"Never again." example:"40"`
}

// TenantsByStanding counts tenants.
type TenantsByStanding struct {
	Ready      int `json:"ready" doc:"Everything is proved." example:"970"`
	NeedsOther int `json:"needs_other" doc:"Somebody has to do something." example:"20"`
	Waiting    int `json:"waiting" doc:"It goes on by itself." example:"4"`
	Blocked    int `json:"blocked" doc:"Suspended or offboarded." example:"43"`
	Paused     int `json:"paused" doc:"An admin stopped all ringing." example:"1"`
	Unjudged   int `json:"unjudged" doc:"Not known for the first minutes after an update that brought this." example:"0"`
}

// TenantSummary is how all tenants stand.
type TenantSummary struct {
	Total     int               `json:"total" doc:"All of them." example:"1043"`
	States    TenantsByState    `json:"states" doc:"How many are in which state."`
	Standings TenantsByStanding `json:"standings" doc:"How many stand how."`
	Attention int               `json:"attention" doc:"At how many the provider should look." example:"5"`
	Drift     int               `json:"drift" doc:"Of how many active ones something does not hold any more." example:"2"`
	Needy     []TenantStanding  `json:"needy" nullable:"false" doc:"The first of those at which the provider should look; all of them are listed by attention=true."`
}

func (v *TenantSummary) add(c onboarding.TenantCount) {
	v.Total += c.Tenants
	if c.Attention {
		v.Attention += c.Tenants
	}
	if c.Drift {
		v.Drift += c.Tenants
	}
	*map[tenant.State]*int{
		tenant.Invited: &v.States.Invited, tenant.Onboarding: &v.States.Onboarding, tenant.Active: &v.States.Active,
		tenant.Suspended: &v.States.Suspended, tenant.Offboarded: &v.States.Offboarded,
	}[c.State] += c.Tenants
	*map[onboarding.TrackState]*int{
		onboarding.TrackReady: &v.Standings.Ready, onboarding.TrackNeedsOther: &v.Standings.NeedsOther, onboarding.TrackWaiting: &v.Standings.Waiting,
		onboarding.TrackBlocked: &v.Standings.Blocked, onboarding.TrackPaused: &v.Standings.Paused, "": &v.Standings.Unjudged,
	}[c.Standing] += c.Tenants
}

type (
	tenantsQuery struct {
		PageQuery
		Q         string   `query:"q" maxLength:"128" doc:"Only whose name, id or Entra tenant id has a word that begins so, for each word of this; in any case." example:"contoso air"`
		State     []string `query:"state,explode" enum:"invited,onboarding,active,suspended,offboarded" maxItems:"5" doc:"Only in one of these states." example:"[\"active\"]"`
		Standing  []string `query:"standing,explode" enum:"ready,needs_other,waiting,blocked,paused" maxItems:"5" doc:"Only who stands in one of these ways." example:"[\"needs_other\"]"`
		Attention string   `query:"attention" enum:"true,false" doc:"Only at whom the provider should look, or need not." example:"true"`
		Drift     string   `query:"drift" enum:"true,false" doc:"Only of whom something does not hold any more, or all of it." example:"true"`
	}
	summaryQuery struct {
		Limit int `query:"limit" minimum:"1" maximum:"50" default:"12" doc:"How many of those at which the provider should look."`
	}
)

func (q tenantsQuery) filter() onboarding.TenantFilter {
	f := onboarding.TenantFilter{Text: q.Q, States: words[tenant.State](q.State), Standings: words[onboarding.TrackState](q.Standing)}
	if q.Attention != "" {
		f.Attention = new(q.Attention == "true")
	}
	if q.Drift != "" {
		f.Drift = new(q.Drift == "true")
	}
	return f
}

func (s *server) listTenants(ctx context.Context, in *tenantsQuery) (*shown[Page[TenantStanding]], error) {
	own := callerOf(ctx).Tenant
	return list[onboarding.TenantStanding, TenantStanding]{
		name: "tenants", valid: isTenantID, show: showTenantStanding,
		last: func(t onboarding.TenantStanding) string { return string(t.ID) },
		fetch: func(after string, limit int) ([]onboarding.TenantStanding, error) {
			return s.deps.Tenants.ListTenants(ctx, own, in.filter(), tenant.ID(after), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) summariseTenants(ctx context.Context, in *summaryQuery) (*shown[TenantSummary], error) {
	own := callerOf(ctx).Tenant
	counts, err := s.deps.Tenants.CountTenants(ctx, own)
	if err != nil {
		return nil, err
	}
	needy, err := s.deps.Tenants.ListTenants(ctx, own, onboarding.TenantFilter{Attention: new(true)}, "", in.Limit)
	if err != nil {
		return nil, err
	}
	v := TenantSummary{Needy: each(needy, showTenantStanding)}
	for _, c := range counts {
		v.add(c)
	}
	return &shown[TenantSummary]{v}, nil
}
