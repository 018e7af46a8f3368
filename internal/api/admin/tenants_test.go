package admin_test

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/api/admin"
	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

type tenants struct {
	shelf[tenant.Tenant]
	standings map[tenant.ID]onboarding.Standing
	filters   []onboarding.TenantFilter // that were asked for
	namings   int                       // questions for names
}

func (s *tenants) CreateTenant(_ context.Context, t tenant.Tenant) (tenant.Tenant, error) {
	t.ID, t.CreatedAt = cmp.Or(t.ID, tenant.ID(uuid.NewString())), day
	return s.put(string(t.ID), t)
}
func (s *tenants) Tenant(_ context.Context, id tenant.ID) (tenant.Tenant, error) {
	return s.get(string(id), nil)
}
func (s *tenants) TenantNames(_ context.Context, in tenant.ID, ids []tenant.ID) (map[tenant.ID]string, error) {
	s.namings++
	names := map[tenant.ID]string{}
	for _, id := range ids {
		if t, err := s.get(string(id), nil); err == nil && (in == "" || in == id) {
			names[id] = t.Name
		}
	}
	return names, nil
}
func (s *tenants) ChangeTenant(_ context.Context, id tenant.ID, f func(tenant.Tenant) (tenant.Tenant, error)) (tenant.Tenant, error) {
	return s.change(string(id), nil, f)
}
func (s *tenants) Callable(_ context.Context, id tenant.ID) (tenant.Tenant, error) {
	t, err := s.get(string(id), nil)
	if err == nil {
		err = t.Callable()
	}
	return t, err
}
func (s *tenants) DeleteTenant(_ context.Context, id tenant.ID) error { return s.drop(string(id), nil) }

func (s *tenants) ListTenants(
	_ context.Context, in tenant.ID, f onboarding.TenantFilter, after tenant.ID, limit int,
) (all []onboarding.TenantStanding, err error) {
	s.filters = append(s.filters, f)
	found, err := s.list(string(after), limit, func(t tenant.Tenant) bool {
		return (in == "" || t.ID == in) && (f.Attention == nil || *f.Attention == s.standings[t.ID].Attention)
	})
	for _, t := range found {
		all = append(all, onboarding.TenantStanding{Tenant: t, Standing: s.standings[t.ID]})
	}
	return all, err
}

func (s *tenants) CountTenants(ctx context.Context, in tenant.ID) (all []onboarding.TenantCount, err error) {
	found, err := s.ListTenants(ctx, in, onboarding.TenantFilter{}, "", 1000)
	for _, t := range found {
		all = append(all, onboarding.TenantCount{
			State: t.State, Standing: t.Standing.State, Attention: t.Standing.Attention, Drift: t.Standing.Drift, Tenants: 1,
		})
	}
	return all, err
}

// standing gives Contoso, which is active, a trouble.
func (w *world) standing() *world {
	w.standings = map[tenant.ID]onboarding.Standing{contoso: {
		State: onboarding.TrackNeedsOther, Since: day, Step: tenant.StepConsent, Problem: "consent_missing", Turn: onboarding.TenantsTurn,
		Attention: true, Drift: true, DriftSince: day.Add(time.Hour), Agents: onboarding.Counts{Total: 40, Ready: 37, NotReady: 2, Paused: 1},
	}}
	return w
}

func TestListOfTenants(t *testing.T) {
	w := newWorld(t).standing()
	var page admin.Page[admin.TenantStanding]
	w.do(t, owner, "GET", "/v1/tenants", "").want(http.StatusOK).into(&page)
	at := slices.IndexFunc(page.Items, func(v admin.TenantStanding) bool { return v.ID == contoso })
	if len(page.Items) != 2 || at < 0 || page.Items[1-at].Standing != nil {
		t.Fatalf("%+v", page.Items)
	}
	since := day.Add(time.Hour)
	want := admin.Standing{
		State: "needs_other", Since: day, Step: "consent", Problem: "consent_missing", Turn: "tenant", Needs: []string{"global_administrator", "privileged_role_administrator"},
		Attention: true, DriftSince: &since, Agents: admin.AgentCounts{Total: 40, Ready: 37, NotReady: 2, Paused: 1},
	}
	if got := *page.Items[at].Standing; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}

	w.filters = nil
	w.do(t, owner, "GET", "/v1/tenants?q=Air+line&state=active&state=suspended&standing=paused&attention=false&drift=true&limit=7", "").want(http.StatusOK)
	no, yes := false, true
	wanted := []onboarding.TenantFilter{{
		Text: "Air line", States: []tenant.State{tenant.Active, tenant.Suspended}, Standings: []onboarding.TrackState{onboarding.TrackPaused}, Attention: &no, Drift: &yes,
	}}
	if !reflect.DeepEqual(w.filters, wanted) {
		t.Errorf("asked %+v", w.filters)
	}
	for _, wrong := range []string{"state=gone", "standing=needs_you", "attention=1", "drift=yes", "who=me"} {
		w.do(t, owner, "GET", "/v1/tenants?"+wrong, "").problem(http.StatusUnprocessableEntity, "request_invalid")
	}
}

func TestSummaryOfTenants(t *testing.T) {
	w := newWorld(t).standing()
	var all, own, others admin.TenantSummary
	w.do(t, owner, "GET", "/v1/tenants/summary", "").want(http.StatusOK).into(&all)
	if all.Total != 2 || all.States.Active != 2 || all.Standings.NeedsOther != 1 || all.Standings.Unjudged != 1 || all.Attention != 1 || all.Drift != 1 ||
		len(all.Needy) != 1 || all.Needy[0].ID != contoso {
		t.Errorf("%+v", all)
	}
	w.do(t, contosoKey, "GET", "/v1/tenants/summary", "").want(http.StatusOK).into(&own)
	w.do(t, fabrikamKey, "GET", "/v1/tenants/summary", "").want(http.StatusOK).into(&others)
	if own.Total != 1 || len(own.Needy) != 1 || others.Total != 1 || others.Attention != 0 || others.Needy == nil || len(others.Needy) != 0 {
		t.Errorf("%+v %+v", own, others)
	}
	w.do(t, owner, "GET", "/v1/tenants/summary?limit=51", "").problem(http.StatusUnprocessableEntity, "request_invalid")
}

// TestEveryKindIsCounted: a state or a standing that the summary does not know
// would be a panic in production.
func TestEveryKindIsCounted(t *testing.T) {
	w := newWorld(t)
	w.standings = map[tenant.ID]onboarding.Standing{}
	want := map[string]int{}
	for _, state := range tenant.States() {
		for _, standing := range append(onboarding.TrackStates(), "") {
			v, err := w.CreateTenant(t.Context(), tenant.Tenant{Name: "T", State: state})
			if err != nil {
				t.Fatal(fault.CodeOf(err))
			}
			w.standings[v.ID] = onboarding.Standing{State: standing}
			want[string(state)]++
		}
	}
	var all admin.TenantSummary
	w.do(t, owner, "GET", "/v1/tenants/summary", "").want(http.StatusOK).into(&all)
	n, m := all.States, all.Standings
	if n.Invited != want["invited"] || n.Offboarded != want["offboarded"] || n.Invited+n.Onboarding+n.Active+n.Suspended+n.Offboarded != all.Total ||
		m.Paused != 5 || m.Ready+m.NeedsOther+m.Waiting+m.Blocked+m.Paused+m.Unjudged != all.Total {
		t.Errorf("%+v", all)
	}
}
