package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/simulator/clock"
	simentra "tandem/internal/simulator/entra"
	"tandem/internal/simulator/faults"
	simgraph "tandem/internal/simulator/graph"
	"tandem/internal/simulator/signing"
	"tandem/internal/simulator/teams"
	"tandem/internal/tenant"
)

// office365 is the simulated Graph of one tenant, and a Directory that asks it.
type office365 struct {
	*Directory
	tenant string
	people *teams.Directory
	faults *faults.Book
	tokens *simentra.Service
	roles  []string
}

func (o *office365) set(knob, value string, count int) {
	if err := o.faults.Set(faults.Fault{Knob: knob, Scope: o.tenant, Value: value, Count: count}); err != nil {
		panic(err)
	}
}

func newOffice(t *testing.T) *office365 {
	t.Helper()
	keys, err := signing.New()
	if err != nil {
		t.Fatal(err)
	}
	o := &office365{tenant: contoso.EntraTenantID, faults: &faults.Book{}, roles: simentra.DefaultPermissions()}
	clk := clock.New()
	server := httptest.NewUnstartedServer(nil)
	origin := "https://" + server.Listener.Addr().String()
	o.tokens = simentra.New(simentra.Config{
		Origin: "https://authority.test", Keys: keys, Faults: o.faults, Clock: clk, Apps: []simentra.App{{ClientID: "app", Secret: "secret"}},
		Tenants: []simentra.Tenant{{ID: o.tenant, Name: "Contoso", Domain: "contoso.example", Roles: o.roles}},
	})
	o.people = teams.New(clk, o.faults, slog.New(slog.DiscardHandler))
	if err := o.people.AddTenant(teams.Tenant{ID: o.tenant, Name: "Contoso", Domain: "contoso.example"}); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = simgraph.New(simgraph.Config{Origin: origin, Tokens: o.tokens, Directory: o.people, Faults: o.faults, Clock: clk})
	server.StartTLS()
	t.Cleanup(func() {
		server.Client().CloseIdleConnections()
		server.Close()
		o.people.Close()
		clk.Close()
	})
	o.Directory, err = NewDirectory(Config{Tokens: o, BaseURL: origin, HTTP: server.Client()}, o)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Token implements TokenSource.
func (o *office365) Token(ctx context.Context, tenant, _ string) (string, error) {
	token, _, err := o.Prove(ctx, tenant)
	return token, err
}

// Prove implements Prover; Directory's own is o.Directory.Prove.
func (o *office365) Prove(_ context.Context, tenant string) (string, []string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"secret"}, "scope": {BaseURL + "/.default"}}
	r := httptest.NewRequest(http.MethodPost, "/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	o.tokens.ServeHTTP(w, r)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Token == "" {
		return "", nil, fault.Forbidden("consent_missing", w.Body.String())
	}
	return answer.Token, o.roles, nil
}

// add puts people into the tenant, the n-th with oid(n).
func (o *office365) add(t *testing.T, all ...teams.Profile) {
	t.Helper()
	for n, p := range all {
		p.OID, p.Tenant = oid(n), o.tenant
		if err := o.people.Add(p); err != nil {
			t.Fatal(err)
		}
	}
}

func names(people []onboarding.Person) string {
	var all []string
	for _, p := range people {
		all = append(all, p.Name)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestSearch(t *testing.T) {
	o := newOffice(t)
	o.add(t, teams.Profile{Name: "Ada Lovelace", JobTitle: "Adviser"}, teams.Profile{Name: "Adam O'Neil"},
		teams.Profile{Name: "Ada Gone", Disabled: true}, teams.Profile{Name: "Ada Guest", UserType: "Guest"}, teams.Profile{Name: "Grace Hopper"})
	for _, v := range []struct{ text, want string }{
		{"ada", "Ada Lovelace, Adam O'Neil"}, {"love", "Ada Lovelace"}, {"grace.hopper@", "Grace Hopper"}, {"nobody", ""},
		{" ", "Ada Lovelace, Adam O'Neil, Grace Hopper"},
		{`x" OR "displayName:ada`, ""}, {`love\`, "Ada Lovelace"}, {"o & m", ""}, {"O'Ne", "Adam O'Neil"}, {"+", ""},
	} {
		got, err := o.Search(t.Context(), o.tenant, v.text, 25)
		if err != nil || names(got) != v.want {
			t.Errorf("%q finds %q, %v; want %q", v.text, names(got), err, v.want)
		}
	}
	got, err := o.Search(t.Context(), o.tenant, "love", 25)
	want := onboarding.Person{OID: oid(0), Name: "Ada Lovelace", UPN: "ada.lovelace@contoso.example", JobTitle: "Adviser", Department: got[0].Department, Enabled: true}
	if err != nil || got[0] != want {
		t.Errorf("%+v, want %+v", got[0], want)
	}
	o.set(faults.GraphStatus, "403", 1)
	if _, err := o.Search(t.Context(), o.tenant, "ada", 25); fault.CodeOf(err) != "permission_missing" || !strings.Contains(err.Error(), "User.Read.All") {
		t.Errorf("without the permission: %v", err)
	}
	o.set(faults.GraphStatus, "429;retry-after=0.05", 2)
	if got, err := o.Search(t.Context(), o.tenant, "love", 25); err != nil || len(got) != 1 {
		t.Errorf("throttled for a moment: %v, %v", got, err)
	}
	o.set(faults.GraphEmptyPage, "", 1)
	if got, err := o.Search(t.Context(), o.tenant, "love", 25); err != nil || len(got) != 1 {
		t.Errorf("an empty page before the first: %v, %v", got, err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	o.set(faults.GraphStatus, "429;retry-after=60", 1)
	if _, err := o.Search(short, o.tenant, "ada", 25); fault.CodeOf(err) != "directory_throttled" || retryAfterOf(err) != time.Minute {
		t.Errorf("throttled for longer than the caller has: %v", err)
	}
}

func TestGroups(t *testing.T) {
	o := newOffice(t)
	o.add(t, teams.Profile{Name: "Ada"}, teams.Profile{Name: "Ben"}, teams.Profile{Name: "Cara"})
	crowd, err := o.people.AddCrowd(o.tenant, 1300)
	if err != nil {
		t.Fatal(err)
	}
	outer, inner := "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	err = o.people.Reconfigure(o.tenant, func(s *teams.Settings) error {
		s.Groups = []teams.Group{
			{ID: outer, Name: "Service desk", Members: append([]string{oid(0)}, crowd...), Groups: []string{inner}},
			{ID: inner, Name: "Night shift", Members: []string{oid(1)}},
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := o.Groups(t.Context(), o.tenant, "desk", 10); err != nil || len(got) != 1 || got[0] != (onboarding.Group{ID: outer, Name: "Service desk"}) {
		t.Errorf("groups: %v, %v", got, err)
	}
	if got, err := o.Groups(t.Context(), o.tenant, "", 10); err != nil || len(got) < 2 {
		t.Errorf("all groups: %v, %v", got, err)
	}
	if got, err := o.Group(t.Context(), o.tenant, strings.ToUpper(inner)); err != nil || got.Name != "Night shift" {
		t.Errorf("group: %v, %v", got, err)
	}
	for _, id := range []string{"aaaaaaaa-0000-4000-8000-00000000000f", "../users", ""} {
		if _, err := o.Group(t.Context(), o.tenant, id); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("group %q: %v", id, err)
		}
	}
	o.set(faults.GraphEmptyPage, "", 1)
	seen := map[string]bool{}
	err = o.Members(t.Context(), o.tenant, outer, func(page []onboarding.Person) error {
		for _, p := range page {
			seen[p.OID] = true
		}
		return nil
	})
	if err != nil || len(seen) != 1302 || !seen[oid(1)] || seen[oid(2)] {
		t.Errorf("%d members, %v; want 1302, the nested one too", len(seen), err)
	}
	enough := errors.New("enough")
	if err := o.Members(t.Context(), o.tenant, outer, func([]onboarding.Person) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the caller had enough: %v", err)
	}
}

func TestProve(t *testing.T) {
	o := newOffice(t)
	o.add(t, teams.Profile{Name: "Ada"})
	prove := func() string {
		c, err := o.Directory.Prove(t.Context(), o.tenant, oid(0))
		if err != nil {
			return fault.CodeOf(err)
		}
		if c.ID != o.tenant || c.Name != "Contoso" || c.Domain != "contoso.example" {
			if c.ID != "" {
				t.Errorf("the organisation is %+v", c)
			}
		}
		var held []string
		for _, p := range c.Permissions {
			if p.OK != (p.Status == 200) {
				t.Errorf("%+v", p)
			}
			if p.OK {
				held = append(held, strings.Split(p.Permission, ".")[0])
			}
		}
		return strings.Join(held, " ")
	}
	grant := func(roles ...string) {
		o.roles = roles
		o.tokens.SetTenant(simentra.Tenant{ID: o.tenant, Name: "Contoso", Roles: roles})
	}
	if got := prove(); got != "User Presence TeamsUserConfiguration GroupMember" {
		t.Errorf("all was granted: %s", got)
	}
	grant("Presence.Read.All", "TeamsUserConfiguration.Read.All")
	if got := prove(); got != "Presence TeamsUserConfiguration" {
		t.Errorf("half was granted: %s", got)
	}
	grant()
	if got := prove(); got != "consent_missing" && got != "" {
		t.Errorf("nothing was granted: %s", got)
	}
	grant("User.Read.All", "Presence.Read.All")
	o.set(faults.GraphStatus, "503", 1)
	if got := prove(); got != "graph_unavailable" {
		t.Errorf("what Graph could not answer says nothing of permissions: %s", got)
	}
	o.set(faults.GraphStatus, "401", 1)
	if got := prove(); got != "User Presence" {
		t.Errorf("a 401 that goes away: %s", got)
	}
}

// TestLook looks at people of every kind, and at more than Graph has time for.
func TestLook(t *testing.T) {
	o := newOffice(t)
	phone := "4828c8ec-dc2e-4779-b502-87ac9ce28ab7"
	teamsOnly := []teams.Plan{{ID: "57ff2da0-773e-42df-b2af-ffb7a2317929"}}
	o.add(t,
		teams.Profile{Name: "Ready", Presence: teams.Presence{Availability: "Busy"}},
		teams.Profile{Name: "Unlicensed", Plans: teamsOnly},
		teams.Profile{Name: "Grace", Plans: append(slices.Clone(teamsOnly), teams.Plan{ID: phone, State: "Warning"})},
		teams.Profile{Name: "Suspended", Plans: append(slices.Clone(teamsOnly), teams.Plan{ID: phone, State: "Suspended"})},
		teams.Profile{Name: "Silent", NoEnterpriseVoice: true},
		teams.Profile{Name: "Gone", Disabled: true},
		teams.Profile{Name: "App", AccountType: "resourceAccount"},
	)
	crowd, err := o.people.AddCrowd(o.tenant, 200)
	if err != nil {
		t.Fatal(err)
	}
	look := func(oids ...string) map[string]onboarding.Sight {
		t.Helper()
		got := map[string]onboarding.Sight{}
		err := o.Look(t.Context(), o.tenant, oids, func(s onboarding.Sight) error {
			if _, twice := got[s.OID]; twice {
				t.Errorf("%s was handed over twice", s.OID)
			}
			got[s.OID] = s
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	all := []string{strings.ToUpper(oid(0)), oid(1), oid(2), oid(3), oid(4), oid(5), oid(6), oid(99), oid(1), "no id"}
	got := look(all...)
	if len(got) != 8 {
		t.Errorf("%d people", len(got))
	}
	voice := func(n int) string {
		if v := got[oid(n)].EnterpriseVoice; v != nil {
			return fmt.Sprint(*v)
		}
		return "unknown"
	}
	for n, want := range []string{
		"true active active true", "true active missing false", "true active active true", "true active missing false", "true active active false",
	} {
		s := got[oid(n)]
		if is := fmt.Sprint(s.Found, " ", s.Teams, " ", s.TeamsPhone, " ", voice(n)); is != want {
			t.Errorf("%s: %s, want %s", s.Name, is, want)
		}
	}
	if got[oid(0)].Presence != "Busy" || got[oid(5)].Enabled || got[oid(99)].Found || got[oid(6)].AccountType != "resourceAccount" {
		t.Errorf("%+v %+v %+v %+v", got[oid(0)], got[oid(5)], got[oid(99)], got[oid(6)])
	}

	o.set(faults.GraphNoConfigurations, "404", 0)
	if s := look(oid(0))[oid(0)]; s.EnterpriseVoice != nil || s.AccountType != "" || len(s.Problems) != 1 || s.TeamsPhone != onboarding.PlanActive {
		t.Errorf("a cloud without configurations: %+v", s)
	}
	o.faults.Reset()

	o.set(faults.GraphStatus, "429;retry-after=0.02", 7)
	if got := look(crowd...); len(got) != len(crowd) {
		t.Errorf("%d of %d people under throttling", len(got), len(crowd))
	}
	enough := errors.New("enough")
	if err := o.Look(t.Context(), o.tenant, crowd, func(onboarding.Sight) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the caller had enough: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.Look(gone, o.tenant, crowd, func(onboarding.Sight) error { return nil }); fault.KindOf(err) != fault.KindUnavailable {
		t.Errorf("the caller is gone: %v", err)
	}
}

// TestNextPageElsewhere keeps the token at the host it is for.
func TestNextPageElsewhere(t *testing.T) {
	c := client{base: "https://graph.example.com"}
	for _, path := range []string{"https://evil.example/v1.0/users", "https://graph.example.com.evil.example/", "http://graph.example.com/v1.0/users"} {
		if _, err := c.request(t.Context(), question{path: path}); err == nil {
			t.Errorf("%s is followed", path)
		}
	}
	if _, err := c.request(t.Context(), question{path: "https://graph.example.com/v1.0/users?$skiptoken=x"}); err != nil {
		t.Error(err)
	}
}

// TestAdminRoles: what makes an admin, and nothing of whom Microsoft lets in no more.
func TestAdminRoles(t *testing.T) {
	o := newOffice(t)
	const reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451" // Global Reader
	o.add(t, teams.Profile{Name: "Gloria", Roles: []string{reader, simentra.TeamsAdministrator, simentra.GlobalAdministrator}},
		teams.Profile{Name: "Rita", Roles: []string{reader}}, teams.Profile{Name: "Ada"},
		teams.Profile{Name: "Gone", Roles: []string{simentra.GlobalAdministrator}, Disabled: true})
	both := []tenant.AdminRole{tenant.GlobalAdministrator, tenant.TeamsAdministrator}
	for name, v := range map[string]struct {
		who  string
		want []tenant.AdminRole
	}{
		"admin": {oid(0), both}, "admin of another kind": {oid(1), nil}, "no admin": {oid(2), nil}, "blocked": {oid(3), nil}, "deleted": {oid(9), nil},
	} {
		if got, err := o.AdminRoles(t.Context(), o.tenant, v.who); err != nil || !slices.Equal(got, v.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for code, status := range map[string]string{"permission_missing": "403", "graph_unavailable": "500"} {
		o.set(faults.GraphStatus, status, 1)
		if got, err := o.AdminRoles(t.Context(), o.tenant, oid(0)); fault.CodeOf(err) != code || got != nil {
			t.Errorf("%s: %v, %v", status, got, err)
		}
	}
	if _, err := o.AdminRoles(t.Context(), o.tenant, "../groups"); fault.KindOf(err) != fault.KindInvalid {
		t.Error(err)
	}
	o.tokens.SetTenant(simentra.Tenant{ID: o.tenant, Name: "Contoso", Domain: "contoso.example"})
	if _, err := o.AdminRoles(t.Context(), o.tenant, oid(0)); fault.CodeOf(err) != "consent_missing" {
		t.Errorf("without consent: %v", err)
	}
}
