package admin

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

// Cure is what mends something.
type Cure struct {
	Code    string   `json:"code" doc:"Stable; the web app has words for it." example:"assign_teams_phone"`
	Who     []string `json:"who" nullable:"false" doc:"The directory roles of which one is enough; empty: any admin." example:"[\"teams_administrator\"]"`
	Text    string   `json:"text" doc:"What to do, in one sentence." example:"Assign a Teams Phone licence."`
	Command string   `json:"command,omitempty" doc:"PowerShell that does it; absent if it is a click." example:"Set-CsPhoneNumberAssignment …"`
}

func showCure(c tenant.Cure) Cure {
	return Cure{Code: c.Code, Who: texts(c.Who), Text: c.Text, Command: c.Command}
}

// cureOf is nil for none.
func cureOf(c *tenant.Cure) *Cure {
	if c == nil || c.Code == "" {
		return nil
	}
	v := showCure(*c)
	return &v
}

// Item is one precondition with its evidence.
type Item struct {
	Name      string     `json:"name" doc:"What is needed." example:"permission"`
	Subject   string     `json:"subject,omitempty" doc:"Of what: the permission, the resource; absent if the name says all." example:"Presence.Read.All"`
	State     string     `json:"state" enum:"ok,failed,waiting,unknown,left_out" doc:"What is known of it. waiting: done, and Microsoft has not caught up. unknown: nobody looked, or it cannot be known from outside. left_out: not there, and nothing that is in use needs it."`
	CheckedAt *time.Time `json:"checked_at,omitempty" doc:"When somebody looked last; absent: never." example:"2026-11-22T09:30:00Z"`
	Check     string     `json:"check,omitempty" doc:"What looked." example:"token"`
	Seen      string     `json:"seen,omitempty" doc:"What it saw." example:"the role is in the token"`
	Cure      *Cure      `json:"cure,omitempty" doc:"What mends it."`
}

func showItem(i tenant.Item) Item {
	return Item{
		Name: i.Name, Subject: i.Subject, State: string(i.State), CheckedAt: at(i.CheckedAt), Check: i.Check, Seen: i.Seen, Cure: cureOf(&i.Cure),
	}
}

// each shows a list; never null.
func each[T, V any](all []T, show func(T) V) []V {
	out := make([]V, 0, len(all))
	for _, v := range all {
		out = append(out, show(v))
	}
	return out
}

// StepProblem is what keeps a step from being done.
type StepProblem struct {
	Code string `json:"code" doc:"Stable." example:"consent_missing"`
	Text string `json:"text" doc:"For people." example:"No admin has consented yet."`
	Cure *Cure  `json:"cure,omitempty" doc:"What mends it."`
}

// StepView is one step of an onboarding.
type StepView struct {
	ID        string       `json:"id" enum:"sign_in,consent,federation,people,test_call" doc:"Which one."`
	State     string       `json:"state" enum:"done,next,open,waiting,failed" doc:"next is the one thing to do now."`
	OpenedAt  *time.Time   `json:"opened_at,omitempty" doc:"When it was looked at first." example:"2026-11-22T09:30:00Z"`
	ProvedAt  *time.Time   `json:"proved_at,omitempty" doc:"When it was proved first." example:"2026-11-22T09:31:00Z"`
	CheckedAt *time.Time   `json:"checked_at,omitempty" doc:"When it was looked at last." example:"2026-11-22T09:40:00Z"`
	By        string       `json:"by,omitempty" doc:"The admin who did it." example:"Adele Vance"`
	Needs     []string     `json:"needs" nullable:"false" doc:"The directory roles of which one is enough; empty: any admin."`
	Minutes   int          `json:"minutes" doc:"What it takes a person, without waiting." example:"5"`
	ViewerCan bool         `json:"viewer_can" doc:"Whether who asks has such a role. A key has none." example:"false"`
	Problem   *StepProblem `json:"problem,omitempty" doc:"What keeps it from being done."`
	Evidence  []Item       `json:"evidence" nullable:"false" doc:"What was seen."`
}

// Track is the whole onboarding of a tenant.
type Track struct {
	Tenant Tenant     `json:"tenant" doc:"Whose it is."`
	State  string     `json:"state" enum:"ready,needs_you,needs_other,waiting,blocked,paused" doc:"How it stands, in one word."`
	Next   string     `json:"next,omitempty" enum:"sign_in,consent,federation,people,test_call" doc:"The step to take now; absent: none."`
	Steps  []StepView `json:"steps" nullable:"false" doc:"The five steps in their order."`
}

func showStep(v onboarding.StepView) StepView {
	s := StepView{
		ID: string(v.ID), State: string(v.State), OpenedAt: at(v.OpenedAt), ProvedAt: at(v.ProvedAt), CheckedAt: at(v.CheckedAt), By: v.By,
		Needs: texts(v.Needs), Minutes: v.Minutes, ViewerCan: v.ViewerCan, Evidence: each(v.Evidence, showItem),
	}
	if v.Problem != nil {
		s.Problem = &StepProblem{Code: v.Problem.Code, Text: v.Problem.Text, Cure: cureOf(&v.Problem.Cure)}
	}
	return s
}

func showTrack(t onboarding.Track) Track {
	return Track{Tenant: showTenant(t.Tenant), State: string(t.State), Next: string(t.Next), Steps: each(t.Steps, showStep)}
}

// AgentCounts counts a tenant's agents.
type AgentCounts struct {
	Total     int `json:"total" doc:"All of them." example:"40"`
	Ready     int `json:"ready" doc:"Nothing is missing." example:"37"`
	NotReady  int `json:"not_ready" doc:"Something is." example:"2"`
	Unchecked int `json:"unchecked" doc:"Nobody has looked yet." example:"1"`
	Paused    int `json:"paused" doc:"Taken out by an admin." example:"0"`
}

// CheckProgress is how far a look at all agents is.
type CheckProgress struct {
	Running   bool       `json:"running" doc:"Whether it is under way." example:"false"`
	Total     int        `json:"total" doc:"How many there are to look at." example:"40"`
	Done      int        `json:"done" doc:"How many are done." example:"12"`
	StartedAt *time.Time `json:"started_at,omitempty" doc:"Absent: never." example:"2026-11-22T09:30:00Z"`
	EndedAt   *time.Time `json:"ended_at,omitempty" doc:"When the last one ended." example:"2026-11-22T09:31:00Z"`
	Code      string     `json:"code,omitempty" doc:"Why it waits." example:"directory_throttled"`
	NextAt    *time.Time `json:"next_at,omitempty" doc:"When it goes on, or begins again." example:"2026-11-22T09:40:00Z"`
}

func showProgress(p onboarding.Progress) CheckProgress {
	return CheckProgress{
		Running: p.Running(), Total: p.Total, Done: p.Done, StartedAt: at(p.StartedAt), EndedAt: at(p.EndedAt), Code: p.Code, NextAt: at(p.NextAt),
	}
}

// Readiness is everything that has to be true of a tenant.
type Readiness struct {
	Tenant    tenant.ID     `json:"tenant" doc:"Whose it is." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	State     string        `json:"state" enum:"ready,needs_you,needs_other,waiting,blocked,paused" doc:"How it stands, in one word."`
	Items     []Item        `json:"items" nullable:"false" doc:"What is needed: consent, each permission, each resource, people, a test call."`
	Agents    AgentCounts   `json:"agents" doc:"How many there are."`
	Progress  CheckProgress `json:"progress" doc:"Of the look at the agents."`
	CheckedAt *time.Time    `json:"checked_at,omitempty" doc:"When the oldest of the items was looked at." example:"2026-11-22T09:30:00Z"`
}

func showReadiness(r onboarding.Readiness) Readiness {
	return Readiness{
		Tenant: r.Tenant, State: string(r.State), Items: each(r.Items, showItem), Agents: AgentCounts(r.Agents),
		Progress: showProgress(r.Progress), CheckedAt: at(r.CheckedAt),
	}
}

// Grant is a row of the ledger.
type Grant struct {
	ID       int64           `json:"id" doc:"Rises with time." example:"4711"`
	Kind     string          `json:"kind" enum:"graph_consent,federation" doc:"What kind of permission."`
	Subject  string          `json:"subject" doc:"The permission of Microsoft Graph, or the id of the resource." example:"Presence.Read.All"`
	State    string          `json:"state" enum:"claimed,proved,doubtful,missing,revoked" doc:"What was known from then on."`
	At       time.Time       `json:"at" doc:"When it was seen." example:"2026-11-22T09:30:00Z"`
	By       string          `json:"by" doc:"Who brought it about, as in the audit trail." example:"tandem"`
	ByName   string          `json:"by_name,omitempty" doc:"What he, or the key, was called then." example:"Tandem"`
	Check    string          `json:"check" doc:"What looked." example:"consent_proof"`
	Code     string          `json:"code,omitempty" doc:"The reason of anything but proved." example:"consent_missing"`
	Message  string          `json:"message,omitempty" doc:"For people."`
	Evidence json.RawMessage `json:"evidence,omitempty" doc:"What was seen." example:"{\"status\":200}"`
}

func showGrant(g tenant.Grant) Grant {
	return Grant{
		ID: g.ID, Kind: string(g.Kind), Subject: g.Subject, State: string(g.State), At: g.At.UTC(), By: g.By, ByName: g.ByName, Check: g.Check, Code: g.Code,
		Message: g.Message, Evidence: g.Evidence,
	}
}

// ConsentAsk asks for the address of the consent page.
type ConsentAsk struct {
	ReturnTo string `json:"return_to,omitempty" maxLength:"512" doc:"A path of the portal to come back to." example:"/tenant"`
}

// ConsentAddress is where an admin consents.
type ConsentAddress struct {
	URL       string    `json:"url" doc:"Of Microsoft's consent page; good for one way there and back." example:"https://login.microsoftonline.com/2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11/v2.0/adminconsent?client_id=…"`
	ExpiresAt time.Time `json:"expires_at" doc:"By when the admin has to be back." example:"2026-11-22T09:40:00Z"`
}

// HandoverAsk names what another admin shall do.
type HandoverAsk struct {
	Step string `json:"step" enum:"consent,federation" doc:"The step that needs another role." example:"consent"`
}

// HandoverLink is for the other admin.
type HandoverLink struct {
	Link      string    `json:"link" doc:"Whoever has it can begin; told once." example:"https://tandem.example.net/onboard/3sVq8Yd0Yt2R1cW9sJq2AkM4"`
	ExpiresAt time.Time `json:"expires_at" doc:"When it stops working." example:"2026-12-06T09:30:00Z"`
	Needs     []string  `json:"needs" nullable:"false" doc:"The directory roles of which the other one has to have one." example:"[\"global_administrator\"]"`
}

// UndoStep is one thing to undo.
type UndoStep struct {
	Code    string   `json:"code" doc:"Stable." example:"enterprise_app"`
	Who     []string `json:"who" nullable:"false" doc:"The directory roles of which one is enough."`
	Text    string   `json:"text" doc:"What to do." example:"Delete the enterprise application."`
	Command string   `json:"command,omitempty" doc:"PowerShell that does it." example:"Remove-MgServicePrincipal …"`
}

// Undo is what a tenant has to do on its side so that nothing of us remains.
type Undo struct {
	Script string     `json:"script" doc:"Teams PowerShell that takes the provider's resources off the list." example:"Set-CsTeamsAcsFederationConfiguration …"`
	Steps  []UndoStep `json:"steps" nullable:"false" doc:"Everything there is to undo."`
}

func showUndo(u onboarding.Undo) Undo {
	return Undo{Script: u.Script, Steps: each(u.Steps, func(s onboarding.UndoStep) UndoStep {
		return UndoStep{Code: s.Code, Who: texts(s.Who), Text: s.Text, Command: s.Command}
	})}
}

type (
	consentAsk struct {
		TenantPath
		Body ConsentAsk
	}
	handoverAsk struct {
		TenantPath
		Body HandoverAsk
	}
	tenantPage struct {
		TenantPath
		PageQuery
	}
)

// ofTenant answers about the tenant of a path, which the caller must be able to see.
func ofTenant[T, V any](
	ctx context.Context, s *server, in TenantPath, ask func(t tenant.Tenant) (T, error), show func(T) V,
) (*shown[V], error) {
	t, err := s.tenantOf(ctx, in)
	if err != nil {
		return nil, err
	}
	v, err := ask(t)
	if err != nil {
		return nil, err
	}
	return &shown[V]{show(v)}, nil
}

func (s *server) track(ctx context.Context, in *TenantPath) (*shown[Track], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Track, error) {
		return s.deps.Onboarding.Track(ctx, t.ID, callerOf(ctx).actor)
	}, showTrack)
}

func (s *server) readiness(ctx context.Context, in *TenantPath) (*shown[Readiness], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Readiness, error) {
		return s.deps.Onboarding.Readiness(ctx, t.ID)
	}, showReadiness)
}

func (s *server) listGrants(ctx context.Context, in *tenantPage) (*shown[Page[Grant]], error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	return list[tenant.Grant, Grant]{
		name: "grants", valid: isPlace, show: showGrant,
		last: func(g tenant.Grant) string { return strconv.FormatInt(g.ID, 10) },
		fetch: func(before string, limit int) ([]tenant.Grant, error) {
			return s.deps.Ledger.GrantHistory(ctx, t.ID, place(before), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) askConsent(ctx context.Context, in *consentAsk) (*shown[ConsentAddress], error) {
	c := callerOf(ctx)
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (v ConsentAddress, err error) {
		if v.URL, v.ExpiresAt, err = s.deps.Consent(ctx, t, c.actor, c.session, in.Body.ReturnTo); err != nil {
			return v, err
		}
		return v, s.deps.Onboarding.ConsentAsked(ctx, c.actor, t.ID)
	}, func(v ConsentAddress) ConsentAddress { v.ExpiresAt = v.ExpiresAt.UTC(); return v })
}

func (s *server) checkConsent(ctx context.Context, in *TenantPath) (*shown[Track], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Track, error) {
		return s.deps.Onboarding.CheckConsent(ctx, callerOf(ctx).actor, t.ID)
	}, showTrack)
}

func (s *server) handOver(ctx context.Context, in *handoverAsk) (*shown[HandoverLink], error) {
	step := tenant.Step(in.Body.Step)
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (HandoverLink, error) {
		i, link, err := s.deps.Onboarding.Handover(ctx, callerOf(ctx).actor, t.ID, step)
		return HandoverLink{Link: link, ExpiresAt: i.ExpiresAt.UTC(), Needs: texts(step.Needs())}, err
	}, func(v HandoverLink) HandoverLink { return v })
}

func (s *server) pauseTenant(ctx context.Context, in *TenantPath) (*shown[Tenant], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (tenant.Tenant, error) {
		return s.deps.Onboarding.Pause(ctx, callerOf(ctx).actor, t.ID)
	}, showTenant)
}

func (s *server) resumeTenant(ctx context.Context, in *TenantPath) (*shown[Tenant], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (tenant.Tenant, error) {
		return s.deps.Onboarding.Resume(ctx, callerOf(ctx).actor, t.ID)
	}, showTenant)
}

func (s *server) offboardTenant(ctx context.Context, in *TenantPath) (*shown[Undo], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Undo, error) {
		return s.deps.Onboarding.Offboard(ctx, callerOf(ctx).actor, t.ID)
	}, showUndo)
}

func (s *server) getUndo(ctx context.Context, in *TenantPath) (*shown[Undo], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (onboarding.Undo, error) {
		return s.deps.Onboarding.Undo(ctx, t.ID)
	}, showUndo)
}
