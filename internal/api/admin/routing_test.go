package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/trunk"
)

var _ admin.Routings = (*check.Routings)(nil)

const onePlan = "0193a5c0-aaaa-7c3a-9b52-6a1f0c9d8e77" // planned for eu-0

// routed is what places know of routes and plans, and Microsoft's side of every resource.
type routed struct {
	routes map[trunk.ResourceID][]trunk.Route
	plans  []trunk.Revision
	marks  []trunk.DomainMark
	far    trunk.Routing
}

func (s *places) DeleteTrunk(_ context.Context, fqdn string) error {
	t, err := s.trunks.get(fqdn, nil)
	if err != nil {
		return err
	}
	for _, r := range s.routes[t.Resource] {
		if slices.Contains(r.Trunks, fqdn) {
			return fault.Conflict("trunk_in_use", "a route names the trunk")
		}
	}
	return s.trunks.drop(fqdn, nil)
}

func (s *places) Routing(_ context.Context, of trunk.ResourceID) (r trunk.Routing, err error) {
	if _, err := s.resources.get(string(of), nil); err != nil {
		return r, err
	}
	all, err := s.trunks.list("", 1000, func(t trunk.Trunk) bool { return t.Resource == of })
	for _, t := range all {
		r.Trunks = append(r.Trunks, trunk.Registered{FQDN: t.FQDN, Port: t.Port})
	}
	r.Routes = s.routes[of]
	return r.Normalize(), err
}

func (s *places) ChangeRouting(ctx context.Context, of trunk.ResourceID, change func(trunk.Routing) (trunk.Routing, error)) (trunk.Routing, error) {
	was, err := s.Routing(ctx, of)
	if err != nil {
		return was, err
	}
	r, err := change(was)
	if err == nil {
		err = r.Validate(was)
	}
	if err == nil {
		s.set(of, r)
	}
	return r, err
}

func (s *places) set(of trunk.ResourceID, r trunk.Routing) {
	if s.routes == nil {
		s.routes = map[trunk.ResourceID][]trunk.Route{}
	}
	s.routes[of] = r.Routes
	for _, t := range r.Trunks {
		_, _ = s.trunks.put(t.FQDN, trunk.Trunk{FQDN: t.FQDN, Port: t.Port, Resource: of, Kind: trunk.External, CreatedAt: day}) // there already: stays
	}
}

func (s *places) CreateRevision(_ context.Context, r trunk.Revision) (trunk.Revision, error) {
	if r.ID == "" {
		r.ID = trunk.RevisionID(fmt.Sprintf("0193a5c0-bbbb-7c3a-9b52-%012d", len(s.plans)))
	}
	r.CreatedAt = day
	s.plans = append(s.plans, r)
	if r.State == trunk.Active {
		s.set(r.Resource, r.Desired)
	}
	return r, nil
}

func (s *places) plan(id trunk.RevisionID) (*trunk.Revision, error) {
	i := slices.IndexFunc(s.plans, func(r trunk.Revision) bool { return r.ID == id })
	if i < 0 {
		return &trunk.Revision{}, fault.NotFound("plan_unknown", "there is no such plan")
	}
	return &s.plans[i], nil
}

func (s *places) Revision(_ context.Context, id trunk.RevisionID) (trunk.Revision, error) {
	r, err := s.plan(id)
	return *r, err
}

func (s *places) ListRevisions(_ context.Context, of trunk.ResourceID, before trunk.RevisionID, limit int) (all []trunk.Revision, err error) {
	for _, r := range slices.Backward(s.plans) {
		if (of == "" || r.Resource == of) && (before == "" || r.ID < before) && len(all) < limit {
			all = append(all, r)
		}
	}
	return all, nil
}

func (s *places) BeginApply(_ context.Context, id trunk.RevisionID, by trunk.By, _ time.Duration) (trunk.Revision, error) {
	r, err := s.plan(id)
	if err == nil && r.State != trunk.Planned {
		err = fault.Conflict("plan_not_planned", "the plan was applied already")
	}
	if err == nil {
		r.State, r.Applier, r.ApplyingAt = trunk.Applying, by, day
	}
	return *r, err
}

func (s *places) EndApply(_ context.Context, id trunk.RevisionID, state trunk.RevisionState, reason string) (trunk.Revision, error) {
	r, err := s.plan(id)
	r.State, r.Error, r.EndedAt = state, reason, day
	if state != trunk.Failed {
		s.set(r.Resource, r.Desired)
	}
	return *r, err
}

func (s *places) Activate(context.Context, trunk.RevisionID) error { return nil }

func (s *places) DomainMarks(_ context.Context, of trunk.ResourceID) (all []trunk.DomainMark, err error) {
	for _, m := range s.marks {
		if m.Resource == of {
			all = append(all, m)
		}
	}
	return all, nil
}

func (s *places) MarkDomain(_ context.Context, of trunk.ResourceID, name string, change func(*trunk.DomainMark)) (trunk.DomainMark, error) {
	if _, err := s.resources.get(string(of), nil); err != nil {
		return trunk.DomainMark{}, err
	}
	i := slices.IndexFunc(s.marks, func(m trunk.DomainMark) bool { return m.Resource == of && m.Name == name })
	if i < 0 {
		i, s.marks = len(s.marks), append(s.marks, trunk.DomainMark{Resource: of, Name: name})
	}
	change(&s.marks[i])
	return s.marks[i], s.marks[i].Validate()
}

// farSide is Microsoft.
type farSide struct{ *places }

func (f farSide) Routing(context.Context) (trunk.Routing, error) { return f.far.Normalize(), nil }

func (f farSide) PatchRouting(_ context.Context, p trunk.Patch) (trunk.Routing, error) {
	for fqdn, port := range p.Ports {
		f.far.Trunks = append(f.far.Trunks, trunk.Registered{FQDN: fqdn, Port: port})
	}
	if p.ReplaceRoutes {
		f.far.Routes = p.Routes
	}
	return f.far.Normalize(), nil
}

func (w *world) routings() *check.Routings {
	return &check.Routings{Registry: w.places, Far: func(_ context.Context, of trunk.ResourceID) (check.Far, error) {
		_, err := w.resources.get(string(of), nil)
		return farSide{w.places}, err
	}}
}

func (w *world) furnishRouting(t testing.TB) {
	t.Helper()
	w.far.Domains = []trunk.Domain{{Name: "sbc.example.net", Enabled: true}}
	desired, err := w.places.Routing(t.Context(), "eu-0")
	if err == nil {
		_, err = w.CreateRevision(t.Context(), trunk.Revision{ID: onePlan, Resource: "eu-0", Author: trunk.By{ID: "user:1", Name: "Adele Vance"}, Desired: desired, Base: w.far, State: trunk.Planned})
	}
	if err != nil {
		t.Fatal(err)
	}
}

type plan struct {
	ID, State, Error, Author, Applier string
	Changes                           []struct{ Action, Of, Name, Text string }
	Notes                             []struct{ Code, Subject string }
	RollsBackTo                       string `json:"rolls_back_to"`
	Document                          struct{ Routes []struct{ Pattern string } }
}

// TestPlanIsMadeAndApplied by the API, with the registry and the history behind it.
func TestPlanIsMadeAndApplied(t *testing.T) {
	w := newWorld(t)
	w.do(t, owner, "PUT", "/v1/routes/eu-0", `{"routes":[{"name":"all","pattern":"^\\+","trunks":["e0.sbc.example.net"]}]}`).want(http.StatusOK)
	var p plan
	w.do(t, owner, "POST", "/v1/plans", `{"resource":"eu-0","reason":"first"}`).want(http.StatusCreated).into(&p)
	if p.State != "planned" || len(p.Changes) != 2 || p.Changes[0].Text != "+ trunk e0.sbc.example.net\n    port: 5061" || p.Changes[1].Of != "route" {
		t.Fatalf("%+v", p)
	}
	id := p.ID
	w.do(t, owner, "POST", "/v1/plans/"+id+"/apply", "").want(http.StatusOK).into(&p)
	if p.State != "activating" || p.Applier == "" || len(w.far.Trunks) != 1 || len(w.far.Routes) != 1 {
		t.Errorf("%+v; Microsoft has %+v", p, w.far)
	}
	w.do(t, owner, "POST", "/v1/plans/"+id+"/apply", "").problem(http.StatusConflict, "plan_not_planned")
	w.do(t, owner, "DELETE", "/v1/trunks/e0.sbc.example.net", "").problem(http.StatusConflict, "trunk_in_use")

	// The plan of before was made for another base.
	w.do(t, owner, "POST", "/v1/plans/"+onePlan+"/apply", "").problem(http.StatusConflict, "base_changed")
	w.do(t, owner, "GET", "/v1/plans/"+onePlan, "").want(http.StatusOK).into(&p)
	if p.State != "failed" || !strings.Contains(p.Error, "plan again") {
		t.Errorf("%+v", p)
	}

	w.do(t, owner, "POST", "/v1/plans", `{"resource":"eu-0","roll_back_to":"`+id+`"}`).want(http.StatusCreated).into(&p)
	if len(p.Changes) != 0 || p.RollsBackTo != id {
		t.Errorf("%+v", p)
	}
	var page struct {
		Items []struct {
			ID, State string
			Changes   int
		}
	}
	w.do(t, owner, "GET", "/v1/plans?resource=eu-0", "").want(http.StatusOK).into(&page)
	if len(page.Items) != 3 || page.Items[1].ID != id || page.Items[1].Changes != 2 {
		t.Errorf("%+v", page)
	}
	var trail struct {
		Items []struct{ Action, Subject string }
	}
	w.do(t, owner, "GET", "/v1/audit", "").want(http.StatusOK).into(&trail)
	if !slices.ContainsFunc(trail.Items, func(e struct{ Action, Subject string }) bool { return e.Action == "applyPlan" && e.Subject == id }) {
		t.Errorf("no line of it: %+v", trail)
	}
}

// TestRoutingIsImported with a pattern that cannot be checked, which a new one must not have.
func TestRoutingIsImported(t *testing.T) {
	w := newWorld(t)
	w.far.Trunks = []trunk.Registered{{FQDN: "x.sbc.example.net", Port: 5061, Health: &trunk.Health{TLS: "ok", Ping: "ok", Overall: "active"}}}
	w.far.Routes = []trunk.Route{{Name: "not us", Pattern: `^\+(?!1)`, Trunks: []string{"x.sbc.example.net"}}}
	w.do(t, owner, "POST", "/v1/plans", `{"resource":"eu-0","document":{"trunks":[],"routes":[{"name":"a","pattern":"(?=1)","trunks":[]}]}}`).
		problem(http.StatusUnprocessableEntity, "routing_invalid")
	var seen struct {
		Trunks  []struct{ Overall string }
		Domains []struct{ Verified bool }
	}
	w.do(t, owner, "GET", "/v1/resources/eu-0/routing/observed", "").want(http.StatusOK).into(&seen)
	if len(seen.Trunks) != 1 || seen.Trunks[0].Overall != "active" || len(seen.Domains) != 1 || !seen.Domains[0].Verified {
		t.Errorf("%+v", seen)
	}
	var p plan
	w.do(t, owner, "POST", "/v1/resources/eu-0/routing/import", `{"reason":"as it was"}`).want(http.StatusCreated).into(&p)
	if p.State != "active" || len(p.Notes) != 1 || p.Notes[0].Code != "pattern_not_checked" {
		t.Errorf("%+v", p)
	}
	document := w.do(t, owner, "GET", "/v1/resources/eu-0/routing", "").want(http.StatusOK).Body.String()
	if !strings.Contains(document, `(?!1)`) {
		t.Error(document)
	}
	w.do(t, owner, "POST", "/v1/plans", `{"resource":"eu-0","document":`+document+`}`).want(http.StatusCreated) // what is exported can be planned
	w.do(t, owner, "POST", "/v1/plans", `{"resource":"eu-0","roll_back_to":"x"}`).problem(http.StatusUnprocessableEntity, "request_invalid")
	w.do(t, owner, "GET", "/v1/plans/x", "").problem(http.StatusNotFound, "plan_unknown")
	w.do(t, owner, "GET", "/v1/routes/none", "").problem(http.StatusNotFound, "resource_unknown")
	w.do(t, owner, "DELETE", "/v1/trunks/none.example.net", "").problem(http.StatusNotFound, "trunk_unknown")
}

// TestDomainsAreMarked by a person, whom the API keeps, with what Microsoft says beside it.
func TestDomainsAreMarked(t *testing.T) {
	w := newWorld(t)
	at := "/v1/resources/eu-0/domains"
	type done struct{ By, At string }
	type domain struct {
		Name, State, TXT    string
		Published, Verified *done
		Trunks              []string
	}
	w.do(t, owner, "POST", "/v1/plans", `{"resource":"eu-0","document":{"trunks":[{"fqdn":"n.new.example"}],"routes":[]}}`).want(http.StatusCreated)
	list := func() map[string]domain {
		t.Helper()
		var page struct{ Items []domain }
		w.do(t, owner, "GET", at, "").want(http.StatusOK).into(&page)
		all := map[string]domain{}
		for _, d := range page.Items {
			all[d.Name] = d
		}
		return all
	}
	if all := list(); all["sbc.example.net"].State != "verified" || all["new.example"].State != "open" || !slices.Equal(all["new.example"].Trunks, []string{"n.new.example"}) {
		t.Errorf("%+v", all)
	}
	var d domain
	w.do(t, owner, "PUT", at+"/new.example", `{"txt":"ms1","published":true}`).want(http.StatusOK).into(&d)
	if d.TXT != "ms1" || d.Published == nil || d.Published.By == "" || d.Verified != nil {
		t.Errorf("%+v", d)
	}
	w.do(t, owner, "PUT", at+"/new.example", `{"published":true,"verified":true}`).want(http.StatusOK)
	if d = list()["new.example"]; d.State != "claimed" || d.TXT != "ms1" || d.Verified == nil {
		t.Errorf("%+v", d)
	}
	w.do(t, owner, "PUT", at+"/new.example", `{}`).want(http.StatusOK)
	if d = list()["new.example"]; d.State != "open" || d.TXT != "ms1" {
		t.Errorf("taken back: %+v", d)
	}
	w.do(t, owner, "PUT", at+"/nolabel", `{}`).problem(http.StatusUnprocessableEntity, "domain_invalid")
	w.do(t, owner, "PUT", "/v1/resources/none/domains/new.example", `{}`).problem(http.StatusNotFound, "resource_unknown")
}
