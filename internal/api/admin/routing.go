package admin

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// VoiceRoute is a voice route of a resource, both ways.
type VoiceRoute struct {
	Name             string   `json:"name" maxLength:"256" doc:"Unique in its resource." example:"Germany"`
	Description      string   `json:"description,omitempty" maxLength:"1024" doc:"For people." example:"Calls to Germany"`
	Pattern          string   `json:"pattern" maxLength:"1024" doc:"A regular expression of the numbers. Microsoft reads it as .NET does; new ones must not have what cannot be checked here, look-around and back-references. It may match anywhere in a number unless it says ^ and $." example:"^\\+49\\d{3,13}$"`
	Trunks           []string `json:"trunks" nullable:"false" maxItems:"250" doc:"Names of trunks of the resource. Which of them takes a call is Microsoft's choice; another one is tried if it fails. Use several routes for an order." example:"[\"e0.eu.sbc.example.net\"]"`
	CallerIDOverride string   `json:"caller_id_override,omitempty" maxLength:"16" doc:"Whom the called sees." example:"+493012345600"`
}

// PlannedTrunk is a trunk in a document.
type PlannedTrunk struct {
	FQDN string `json:"fqdn" maxLength:"253" doc:"The SBC's name." example:"e0.eu.sbc.example.net"`
	Port int    `json:"port,omitempty" minimum:"1" maximum:"65535" default:"5061" doc:"Of TLS signalling."`
}

// RoutingDocument is all that a resource shall have.
type RoutingDocument struct {
	Trunks []PlannedTrunk `json:"trunks" nullable:"false" maxItems:"250" doc:"By name." example:"[{\"fqdn\":\"e0.eu.sbc.example.net\",\"port\":5061}]"`
	Routes []VoiceRoute   `json:"routes" nullable:"false" maxItems:"250" doc:"The first is asked first." example:"[{\"name\":\"all\",\"pattern\":\"^\\\\+[1-9]\\\\d{3,14}$\",\"trunks\":[\"e0.eu.sbc.example.net\"]}]"`
}

func (d *RoutingDocument) routing() trunk.Routing {
	var r trunk.Routing
	for _, t := range d.Trunks {
		r.Trunks = append(r.Trunks, trunk.Registered{FQDN: t.FQDN, Port: t.Port})
	}
	r.Routes = domainRoutes(d.Routes)
	return r.Plain()
}

func domainRoutes(routes []VoiceRoute) []trunk.Route {
	var all []trunk.Route
	for _, v := range routes {
		all = append(all, trunk.Route{Name: v.Name, Description: v.Description, Pattern: v.Pattern, Trunks: v.Trunks, CallerIDOverride: v.CallerIDOverride})
	}
	return all
}

func showRoutes(routes []trunk.Route) []VoiceRoute {
	all := make([]VoiceRoute, 0, len(routes))
	for _, r := range routes {
		all = append(all, VoiceRoute{Name: r.Name, Description: r.Description, Pattern: r.Pattern, Trunks: append([]string{}, r.Trunks...), CallerIDOverride: r.CallerIDOverride})
	}
	return all
}

func showDocument(r trunk.Routing) RoutingDocument {
	d := RoutingDocument{Trunks: make([]PlannedTrunk, 0, len(r.Trunks)), Routes: showRoutes(r.Routes)}
	for _, t := range r.Trunks {
		d.Trunks = append(d.Trunks, PlannedTrunk{t.FQDN, t.Port})
	}
	return d
}

// ObservedTrunk is what Microsoft says of a trunk.
type ObservedTrunk struct {
	FQDN     string `json:"fqdn" doc:"The SBC's name." example:"e0.eu.sbc.example.net"`
	Disabled bool   `json:"disabled" doc:"Whether it was switched off in the Azure portal." example:"false"`
	TLS      string `json:"tls,omitempty" doc:"In Microsoft's words: unknown, ok, certExpiring, certExpired." example:"ok"`
	Ping     string `json:"ping,omitempty" doc:"OPTIONS, in Microsoft's words: unknown, ok, expired, error." example:"ok"`
	Overall  string `json:"overall,omitempty" doc:"In Microsoft's words: unknown, active, inactive." example:"active"`
	Reason   string `json:"reason,omitempty" doc:"Of inactive." example:"noRecentPings"`
}

// ObservedDomain is a domain in which the resource may have trunks.
type ObservedDomain struct {
	Name     string `json:"name" doc:"A domain, or the whole name of a trunk." example:"eu.sbc.example.net"`
	Verified bool   `json:"verified" doc:"Whether Microsoft says so. It is verified by a person, in the Azure portal." example:"true"`
}

// ObservedRouting is what Microsoft has.
type ObservedRouting struct {
	Document RoutingDocument  `json:"document" doc:"What can be planned."`
	Trunks   []ObservedTrunk  `json:"trunks" nullable:"false" doc:"How they are."`
	Domains  []ObservedDomain `json:"domains" nullable:"false" doc:"In which there may be trunks."`
}

func showObserved(r trunk.Routing) ObservedRouting {
	o := ObservedRouting{Document: showDocument(r), Trunks: []ObservedTrunk{}, Domains: []ObservedDomain{}}
	for _, t := range r.Trunks {
		is := ObservedTrunk{FQDN: t.FQDN, Disabled: t.Disabled}
		if h := t.Health; h != nil {
			is.TLS, is.Ping, is.Overall, is.Reason = h.TLS, h.Ping, h.Overall, h.Reason
		}
		o.Trunks = append(o.Trunks, is)
	}
	for _, d := range r.Domains {
		o.Domains = append(o.Domains, ObservedDomain{d.Name, d.Enabled})
	}
	return o
}

// RouteList are the routes of a resource.
type RouteList struct {
	Resource trunk.ResourceID `json:"resource" doc:"Id of the resource." example:"eu-1"`
	Routes   []VoiceRoute     `json:"routes" nullable:"false" doc:"The first is asked first."`
}

// RoutesChange are all routes that a resource shall have.
type RoutesChange struct {
	Routes []VoiceRoute `json:"routes" nullable:"false" maxItems:"250" doc:"The first is asked first." example:"[{\"name\":\"all\",\"pattern\":\"^\\\\+[1-9]\\\\d{3,14}$\",\"trunks\":[]}]"`
}

// PlanCreate asks for a plan.
type PlanCreate struct {
	Resource   string           `json:"resource" maxLength:"40" doc:"Id of the resource." example:"eu-1"`
	Reason     string           `json:"reason,omitempty" maxLength:"1024" doc:"For those who read the history." example:"Second edge node"`
	Document   *RoutingDocument `json:"document,omitempty" doc:"What shall be; without it, and without roll_back_to, what the registry has."`
	RollBackTo string           `json:"roll_back_to,omitempty" maxLength:"36" doc:"Id of a plan whose document shall be in force again." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
}

// Resolve implements huma.ResolverWithPath.
func (b *PlanCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	if b.RollBackTo != "" {
		if _, err := tenant.ParseID(b.RollBackTo); err != nil {
			p.Add("roll_back_to", "must be the id of a plan")
		}
	}
	return mistakes(at, p.Err("plan_invalid", "the plan is not valid"))
}

// ImportAsked says why.
type ImportAsked struct {
	Reason string `json:"reason,omitempty" maxLength:"1024" doc:"For those who read the history." example:"Made in the portal until today"`
}

// PlanChange is one line of a plan.
type PlanChange struct {
	Action string   `json:"action" enum:"add,change,remove,reorder" doc:"What is done."`
	Of     string   `json:"of" enum:"trunk,route,routes" doc:"With what; routes: their order."`
	Name   string   `json:"name,omitempty" doc:"Of the trunk or route." example:"e0.eu.sbc.example.net"`
	Lines  []string `json:"lines" nullable:"false" doc:"What is changed." example:"[\"port: 5061 → 5067\"]"`
	Text   string   `json:"text" doc:"All of it, to be read." example:"~ trunk e0.eu.sbc.example.net\n    port: 5061 → 5067"`
}

// PlanNote is something that a person should know.
type PlanNote struct {
	Code    string `json:"code" doc:"Stable." example:"routes_overlap"`
	Subject string `json:"subject,omitempty" doc:"The route or trunk." example:"Germany"`
	Text    string `json:"text" doc:"With the cure, where there is one." example:"no route names trunk e0.eu.sbc.example.net: it gets no calls from Microsoft"`
}

// Plan is a plan and what became of it.
type Plan struct {
	ID          trunk.RevisionID `json:"id" doc:"A UUID; later ones are greater." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	Resource    trunk.ResourceID `json:"resource" doc:"Id of the resource." example:"eu-1"`
	State       string           `json:"state" enum:"planned,applying,failed,activating,active,replaced" doc:"activating: Microsoft has it, but does not say of every trunk yet that it is active, or OPTIONS both ways and a call have not shown yet that each of ours works; replaced: a later one is in force."`
	Reason      string           `json:"reason,omitempty" doc:"Why." example:"Second edge node"`
	Author      string           `json:"author" doc:"Who planned it, as in the audit trail." example:"user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	AuthorName  string           `json:"author_name,omitempty" doc:"What he was called then." example:"Adele Vance"`
	Applier     string           `json:"applier,omitempty" doc:"Who applied it." example:"user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	ApplierName string           `json:"applier_name,omitempty" doc:"What he was called then." example:"Adele Vance"`
	RollsBackTo trunk.RevisionID `json:"rolls_back_to,omitempty" doc:"The plan whose document this one has." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	Base        string           `json:"base" doc:"Fingerprint of what Microsoft had; if it has another one when the plan is applied, that is refused." example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Changes     []PlanChange     `json:"changes" nullable:"false" doc:"In this order; all of them are one request. Empty: nothing is to be done."`
	Notes       []PlanNote       `json:"notes" nullable:"false" doc:"What Microsoft takes, and a person should know all the same."`
	Document    RoutingDocument  `json:"document" doc:"What shall be."`
	Error       string           `json:"error,omitempty" doc:"Of failed: why, and what to do." example:"somebody has changed the resource at Microsoft since this was planned: plan again"`
	CreatedAt   time.Time        `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ApplyingAt  *time.Time       `json:"applying_at,omitempty" doc:"When applying began." example:"2026-11-22T09:31:00Z"`
	EndedAt     *time.Time       `json:"ended_at,omitempty" doc:"When Microsoft had taken or refused it." example:"2026-11-22T09:31:01Z"`
}

func (s *server) showPlan(ctx context.Context, r trunk.Revision) (Plan, error) {
	plan := r.Plan()
	notes, err := s.deps.Routings.Notes(ctx, r)
	p := Plan{
		ID: r.ID, Resource: r.Resource, State: string(r.State), Reason: r.Reason, Author: r.Author.ID, AuthorName: r.Author.Name,
		Applier: r.Applier.ID, ApplierName: r.Applier.Name, RollsBackTo: r.RollsBackTo, Base: plan.Base, Changes: []PlanChange{}, Notes: []PlanNote{},
		Document: showDocument(r.Desired), Error: r.Error, CreatedAt: r.CreatedAt.UTC(), ApplyingAt: at(r.ApplyingAt), EndedAt: at(r.EndedAt),
	}
	for _, c := range plan.Changes {
		p.Changes = append(p.Changes, PlanChange{string(c.Action), string(c.Of), c.Name, append([]string{}, c.Lines...), c.String()})
	}
	for _, n := range notes {
		p.Notes = append(p.Notes, PlanNote(n))
	}
	return p, err
}

// madePlan answers with a plan that is new.
func (s *server) madePlan(ctx context.Context, r trunk.Revision) (*made[Plan], error) {
	p, err := s.showPlan(ctx, r)
	return &made[Plan]{Location: "/v1/plans/" + string(r.ID), Body: p}, err
}

// shownPlan answers with one that is known.
func (s *server) shownPlan(ctx context.Context, r trunk.Revision) (*shown[Plan], error) {
	p, err := s.showPlan(ctx, r)
	return &shown[Plan]{p}, err
}

// PlanSummary is a plan in a list.
type PlanSummary struct {
	ID          trunk.RevisionID `json:"id" doc:"A UUID; later ones are greater." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	Resource    trunk.ResourceID `json:"resource" doc:"Id of the resource." example:"eu-1"`
	State       string           `json:"state" enum:"planned,applying,failed,activating,active,replaced" doc:"As in the plan."`
	Reason      string           `json:"reason,omitempty" doc:"Why." example:"Second edge node"`
	Author      string           `json:"author" doc:"Who planned it." example:"user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	AuthorName  string           `json:"author_name,omitempty" doc:"What he was called then." example:"Adele Vance"`
	RollsBackTo trunk.RevisionID `json:"rolls_back_to,omitempty" doc:"The plan whose document this one has." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	Changes     int              `json:"changes" doc:"How many." example:"2"`
	Error       string           `json:"error,omitempty" doc:"Of failed: why, and what to do." example:"somebody has changed the resource at Microsoft since this was planned: plan again"`
	CreatedAt   time.Time        `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	EndedAt     *time.Time       `json:"ended_at,omitempty" doc:"When Microsoft had taken or refused it." example:"2026-11-22T09:31:01Z"`
}

func summarisePlan(r trunk.Revision) PlanSummary {
	return PlanSummary{
		ID: r.ID, Resource: r.Resource, State: string(r.State), Reason: r.Reason, Author: r.Author.ID, AuthorName: r.Author.Name, RollsBackTo: r.RollsBackTo,
		Changes: len(r.Plan().Changes), Error: r.Error, CreatedAt: r.CreatedAt.UTC(), EndedAt: at(r.EndedAt),
	}
}

type (
	planCreate struct{ Body PlanCreate }
	planPath   struct {
		Plan string `path:"plan" maxLength:"64" doc:"Id of the plan." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	}
	plansQuery struct {
		PageQuery
		Resource string `query:"resource" maxLength:"40" doc:"Only those of this resource." example:"eu-1"`
	}
	routesChange struct {
		Resource string `path:"resource" maxLength:"64" doc:"Id of the resource." example:"eu-1"`
		Body     RoutesChange
	}
	importAsked struct {
		Resource string `path:"resource" maxLength:"64" doc:"Id of the resource." example:"eu-1"`
		Body     ImportAsked
	}
)

func byOf(ctx context.Context) trunk.By {
	a := callerOf(ctx).actor
	return trunk.By{ID: a.ID, Name: a.Name}
}

func (s *server) deleteTrunk(ctx context.Context, in *trunkPath) (*none, error) {
	return nil, s.deps.Places.DeleteTrunk(ctx, in.FQDN)
}

func (s *server) getRoutes(ctx context.Context, in *resourcePath) (*shown[RouteList], error) {
	id := trunk.ResourceID(in.Resource)
	r, err := s.deps.Places.Routing(ctx, id)
	if err != nil {
		return nil, err
	}
	return &shown[RouteList]{RouteList{id, showRoutes(r.Routes)}}, nil
}

func (s *server) setRoutes(ctx context.Context, in *routesChange) (*shown[RouteList], error) {
	id := trunk.ResourceID(in.Resource)
	r, err := s.deps.Places.ChangeRouting(ctx, id, func(r trunk.Routing) (trunk.Routing, error) {
		r.Routes = domainRoutes(in.Body.Routes)
		return r, nil
	})
	if err != nil {
		return nil, err
	}
	return &shown[RouteList]{RouteList{id, showRoutes(r.Routes)}}, nil
}

func (s *server) getRouting(ctx context.Context, in *resourcePath) (*shown[RoutingDocument], error) {
	r, err := s.deps.Places.Routing(ctx, trunk.ResourceID(in.Resource))
	if err != nil {
		return nil, err
	}
	return &shown[RoutingDocument]{showDocument(r)}, nil
}

func (s *server) observeRouting(ctx context.Context, in *resourcePath) (*shown[ObservedRouting], error) {
	r, err := s.deps.Routings.Observed(ctx, trunk.ResourceID(in.Resource))
	if err != nil {
		return nil, err
	}
	return &shown[ObservedRouting]{showObserved(r)}, nil
}

func (s *server) importRouting(ctx context.Context, in *importAsked) (*made[Plan], error) {
	r, err := s.deps.Routings.Import(ctx, trunk.ResourceID(in.Resource), in.Body.Reason, byOf(ctx))
	if err != nil {
		return nil, err
	}
	return s.madePlan(ctx, r)
}

func (s *server) createPlan(ctx context.Context, in *planCreate) (*made[Plan], error) {
	p := check.Proposal{
		Resource: trunk.ResourceID(in.Body.Resource), RollBackTo: trunk.RevisionID(in.Body.RollBackTo), Reason: in.Body.Reason, By: byOf(ctx),
	}
	if in.Body.Document != nil {
		document := in.Body.Document.routing()
		p.Document = &document
	}
	r, err := s.deps.Routings.Plan(ctx, p)
	if err != nil {
		return nil, err
	}
	return s.madePlan(ctx, r)
}

func (s *server) getPlan(ctx context.Context, in *planPath) (*shown[Plan], error) {
	r, err := s.deps.Places.Revision(ctx, trunk.RevisionID(in.Plan))
	if err != nil {
		return nil, err
	}
	return s.shownPlan(ctx, r)
}

func (s *server) listPlans(ctx context.Context, in *plansQuery) (*shown[Page[PlanSummary]], error) {
	return list[trunk.Revision, PlanSummary]{
		name: "plans", valid: func(id string) bool { _, err := tenant.ParseID(id); return err == nil }, show: summarisePlan,
		last: func(r trunk.Revision) string { return string(r.ID) },
		fetch: func(before string, limit int) ([]trunk.Revision, error) {
			return s.deps.Places.ListRevisions(ctx, trunk.ResourceID(in.Resource), trunk.RevisionID(before), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) applyPlan(ctx context.Context, in *planPath) (*shown[Plan], error) {
	r, err := s.deps.Routings.Apply(ctx, trunk.RevisionID(in.Plan), byOf(ctx))
	if err != nil {
		return nil, err
	}
	return s.shownPlan(ctx, r)
}
