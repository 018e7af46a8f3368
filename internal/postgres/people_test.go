package postgres_test

import (
	"slices"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/onboarding"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

func TestAgentsOfGroups(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	const sales, support = "bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
	oid := func(n string) string { return "aaaaaaaa-0000-4000-8000-00000000000" + n }
	person := func(n string) tenant.Agent {
		return tenant.Agent{OID: oid(n), Name: "Person " + n, UPN: n + "@contoso.example"}
	}
	for _, g := range []tenant.Group{{Tenant: t1.ID, ID: sales, Name: "Sales"}, {Tenant: t1.ID, ID: support, Name: "Help", AddedBy: "ana"}} {
		if err := s.SaveGroup(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	add := func(group string, want int, people ...tenant.Agent) {
		t.Helper()
		if added, err := s.AddAgents(ctx, t1.ID, group, people); err != nil || added != want {
			t.Errorf("added %d, %v, want %d", added, err, want)
		}
	}
	add("", 2, person("1"), person("2"), person("1"))
	add(sales, 2, person("2"), person("3"), person("4"))
	add(support, 1, person("4"), person("5"))
	add(support, 0, person("4"), person("5"))
	add("", 0)
	names := func() (all []string) {
		t.Helper()
		agents, err := s.ListAgents(ctx, t1.ID, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range agents {
			name := a.OID[35:] + " " + string(a.Source)
			if !a.PausedAt.IsZero() {
				name += " paused"
			}
			all = append(all, name)
		}
		slices.Sort(all)
		return all
	}
	if got, want := names(), []string{"1 single", "2 single", "3 group", "4 group", "5 group"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	found, err := s.StandingsByOID(ctx, t1.ID, []string{oid("3"), nobody})
	if err != nil || len(found) != 1 || found[0].UPN != "3@contoso.example" {
		t.Fatalf("%+v, %v", found, err)
	}
	listed, err := s.StandingsByOID(ctx, t1.ID, []string{oid("5")})
	if err != nil {
		t.Fatal(err)
	}
	number(t, s, t1.ID, "+493012345678", listed[0].ID)

	if _, err := s.KeepMembers(ctx, t2.ID, sales, nil); err != nil || len(names()) != 5 {
		t.Errorf("t2 emptied a group of t1: %v, %v", names(), err)
	}
	if removed, err := s.KeepMembers(ctx, t1.ID, sales, []string{oid("2")}); err != nil || removed != 1 {
		t.Errorf("removed %d, %v, want the third alone: the fourth is in another group", removed, err)
	}
	if got, want := names(), []string{"1 single", "2 single", "4 group", "5 group"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if err := s.DeleteGroup(ctx, t1.ID, support); err != nil {
		t.Error(err)
	}
	if got, want := names(), []string{"1 single", "2 single", "5 group paused"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	add(sales, 0, person("2"))
	if err := s.DeleteGroup(ctx, t1.ID, sales); err != nil || !slices.Contains(names(), "2 single") {
		t.Errorf("who was picked went with a group: %v, %v", names(), err)
	}
	wantCode(t, "again", s.DeleteGroup(ctx, t1.ID, sales), "group_unknown")
	_, err = s.AddAgents(ctx, t1.ID, sales, []tenant.Agent{person("7")})
	wantCode(t, "into a group that is gone", err, "group_unknown")
	_, err = s.AddAgents(ctx, t1.ID, "", []tenant.Agent{person("8"), {OID: "x", Name: "X"}})
	wantCode(t, "somebody odd", err, "agent_invalid")
	if len(names()) != 3 {
		t.Errorf("a refused list left %v", names())
	}
}

func TestGroups(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	at := now()
	g := tenant.Group{Tenant: t1.ID, ID: nobody, Name: "Sales", AddedBy: "ana", AddedAt: at}
	if err := s.SaveGroup(ctx, g); err != nil {
		t.Fatal(err)
	}
	g.Name, g.Members, g.SyncedAt, g.SyncError = "Sales EU", 7, at, "throttled"
	again := g
	again.AddedBy, again.AddedAt = "eve", at.Add(time.Hour)
	if err := s.SaveGroup(ctx, again); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Groups(ctx, t1.ID); err != nil || len(all) != 1 || all[0] != g {
		t.Errorf("%+v, %v, want %+v", all, err, g)
	}
	if all, err := s.Groups(ctx, t2.ID); err != nil || len(all) != 0 {
		t.Errorf("t2 sees %+v, %v", all, err)
	}
	wantCode(t, "t2 deletes", s.DeleteGroup(ctx, t2.ID, g.ID), "group_unknown")
	wantCode(t, "what is no id", s.SaveGroup(ctx, tenant.Group{Tenant: t1.ID, ID: "x"}), "group_unknown")
	g.Tenant = nobody
	wantCode(t, "an unknown tenant", s.SaveGroup(ctx, g), "tenant_unknown")
}

func TestStandings(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	a, b, c := agent(t, s, t1.ID, "1"), agent(t, s, t1.ID, "2"), agent(t, s, t1.ID, "3")
	foreign := agent(t, s, t2.ID, "4")
	at := now()
	item := tenant.Item{
		Name: "enterprise_voice", Subject: "x", State: tenant.ItemFailed, CheckedAt: at, Check: "graph", Seen: "off\x00",
		Cure: tenant.Cure{Code: "enable", Who: []tenant.AdminRole{tenant.TeamsAdministrator}, Text: "Do it.", Command: "Set-X"},
	}
	standing := func(of tenant.AgentID, ready bool, items ...tenant.Item) tenant.Standing {
		return tenant.Standing{Tenant: t1.ID, Agent: of, Ready: ready, CheckedAt: at, Items: items}
	}
	early, late := at.Add(-time.Hour), at.Add(time.Hour)
	if err := s.MarkRang(ctx, t1.ID, a.OID, at); err != nil {
		t.Fatal(err)
	}
	if got, err := s.ListStandings(ctx, t1.ID, nil, "", 1); err != nil || len(got) != 1 || !got[0].Standing.CheckedAt.IsZero() || !got[0].Standing.LastRangAt.Equal(at) {
		t.Errorf("who rang and was not looked at: %+v, %v", got, err)
	}
	ringing := standing(a.ID, true)
	ringing.LastRangAt = early
	if err := s.SaveStandings(ctx, t1.ID, []tenant.Standing{
		ringing, standing(b.ID, true), standing(b.ID, false, item), standing(foreign.ID, true), standing(nobody, true), standing("x", true),
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.MarkRang(ctx, t1.ID, nobody, late); err != nil {
		t.Error(err)
	}
	all, err := s.ListStandings(ctx, t1.ID, nil, "", 0)
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	if !all[0].Standing.Ready || !all[0].Standing.LastRangAt.Equal(at) || all[0].Agent != a {
		t.Errorf("%+v", all[0])
	}
	if got := all[1].Standing; got.Ready || len(got.Items) != 1 || got.Items[0].Cure.Command != "Set-X" || got.Items[0].Cure.Who[0] != tenant.TeamsAdministrator || !got.Items[0].CheckedAt.Equal(at) {
		t.Errorf("%+v", got)
	}
	if !all[2].Standing.CheckedAt.IsZero() {
		t.Errorf("nobody looked: %+v", all[2])
	}
	yes, no := true, false
	id := func(v onboarding.AgentStanding) tenant.AgentID { return v.Agent.ID }
	for name, want := range map[string]struct {
		ready *bool
		after tenant.AgentID
		want  []tenant.AgentID
	}{
		"ready": {&yes, "", []tenant.AgentID{a.ID}}, "not ready": {&no, "", []tenant.AgentID{b.ID}}, "behind": {nil, a.ID, []tenant.AgentID{b.ID, c.ID}},
		"ready behind": {&yes, a.ID, []tenant.AgentID{}},
	} {
		if got, err := s.ListStandings(ctx, t1.ID, want.ready, want.after, 0); err != nil || !slices.Equal(ids(got, id), want.want) {
			t.Errorf("%s: %v, %v", name, ids(got, id), err)
		}
	}
	for _, out := range []struct {
		agent tenant.AgentID
		want  onboarding.Counts
	}{
		{a.ID, onboarding.Counts{Total: 3, NotReady: 1, Unchecked: 1, Paused: 1}}, {c.ID, onboarding.Counts{Total: 3, NotReady: 1, Paused: 2}},
		{b.ID, onboarding.Counts{Total: 3, Paused: 3}},
	} {
		if _, err := s.ChangeAgent(ctx, t1.ID, out.agent, func(a tenant.Agent) (tenant.Agent, error) { a.PausedAt = at; return a, nil }); err != nil {
			t.Fatal(err)
		}
		if got, err := s.CountStandings(ctx, t1.ID); err != nil || got != out.want {
			t.Errorf("%+v, want %+v, %v", got, out.want, err)
		}
	}
	if got, err := s.CountStandings(ctx, t2.ID); err != nil || got != (onboarding.Counts{Total: 1, Unchecked: 1}) {
		t.Errorf("t2: %+v, %v", got, err)
	}
	if got, err := s.ListStandings(ctx, t2.ID, nil, "", 0); err != nil || len(got) != 1 || !got[0].Standing.CheckedAt.IsZero() {
		t.Errorf("t2: %+v, %v", got, err)
	}
	_, notTheirs := s.AgentStanding(ctx, t2.ID, a.ID)
	wantCode(t, "another tenant's agent", notTheirs, "agent_unknown")
	if got, err := s.AgentStanding(ctx, t1.ID, a.ID); err != nil || got.OID != a.OID {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.StandingsByOID(ctx, t2.ID, []string{a.OID}); err != nil || len(got) != 0 {
		t.Errorf("t2 finds %+v, %v", got, err)
	}
	_, err = s.ListStandings(ctx, t1.ID, nil, "x", 0)
	wantCode(t, "an odd cursor", err, "cursor_invalid")
}

// TestWhoIsRung: the next choice obeys what an admin stopped, and what is known
// to fail is not tried.
func TestWhoIsRung(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	a, b, c := agent(t, s, t1.ID, "1"), agent(t, s, t1.ID, "2"), agent(t, s, t1.ID, "3")
	agent(t, s, t2.ID, "1")
	n := number(t, s, t1.ID, "+493012345678")
	r := s.Registry()
	check := func(what string, want ...tenant.AgentID) {
		t.Helper()
		for _, wanted := range [][]tenant.AgentID{nil, {a.ID, b.ID, c.ID}} {
			choice, err := r.Choice(ctx, t1.ID, bridge.Wanted{Agents: wanted})
			got := ids(choice.Agents, candidateID)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, asked for %v: %v, %v", what, wanted, got, err)
			}
		}
	}
	check("everybody", a.ID, b.ID, c.ID)
	failed := func(name string) tenant.Standing {
		return tenant.Standing{Tenant: t1.ID, Agent: b.ID, CheckedAt: now(), Items: []tenant.Item{{Name: name, State: tenant.ItemFailed, CheckedAt: now()}}}
	}
	for _, name := range []string{"account", "teams_licence", "phone_licence", "enterprise_voice", "policy", "presence"} {
		if err := s.SaveStandings(ctx, t1.ID, []tenant.Standing{failed(name)}); err != nil {
			t.Fatal(err)
		}
		if name == "policy" || name == "presence" { // it may ring all the same
			check(name+" failed", a.ID, b.ID, c.ID)
		} else {
			check(name+" failed", a.ID, c.ID)
		}
	}
	if _, err := s.ChangeAgent(ctx, t1.ID, a.ID, func(a tenant.Agent) (tenant.Agent, error) { a.PausedAt = now(); return a, nil }); err != nil {
		t.Fatal(err)
	}
	check("one taken out", b.ID, c.ID)
	pause := func(at time.Time) {
		t.Helper()
		if _, err := s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { v.PausedAt, v.PausedBy = at, "Ana"; return v, nil }); err != nil {
			t.Fatal(err)
		}
	}
	pause(now())
	check("paused", []tenant.AgentID{}...)
	_, err := r.Number(ctx, n.E164)
	wantCode(t, "a paused tenant's number", err, "tenant_paused")
	_, err = s.Callable(ctx, t1.ID)
	wantCode(t, "a paused tenant", err, "tenant_paused")
	if got, err := r.Choice(ctx, t2.ID, bridge.Wanted{}); err != nil || len(got.Agents) != 1 {
		t.Errorf("t2 is paused as well: %v, %v", got, err)
	}
	pause(time.Time{})
	check("resumed", b.ID, c.ID)
	for _, state := range []tenant.State{tenant.Suspended, tenant.Active} {
		if _, err := s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { return v.Become(state) }); err != nil {
			t.Fatal(err)
		}
		if state == tenant.Suspended {
			check("suspended", []tenant.AgentID{}...)
		}
	}
	if got, err := s.Callable(ctx, t1.ID); err != nil || got.ID != t1.ID {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = s.Callable(ctx, nobody)
	wantCode(t, "an unknown one", err, "tenant_unknown")
}

// TestRefusedAtOnce: a call that Teams would refuse is not begun.
func TestRefusedAtOnce(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	n := number(t, s, t1.ID, "+493012345678")
	resource := func(id trunk.ResourceID, immutable string, owner tenant.ID) {
		t.Helper()
		if _, err := s.CreateResource(ctx, trunk.Resource{
			ID: id, Region: "eu", Endpoint: "https://" + string(id) + ".communication.azure.com", ImmutableID: immutable, OwnerTenant: owner,
			AccessKey: []byte("sealed"), MadeAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), AnchorNumber: "+4969100000",
		}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what, code string) {
		t.Helper()
		_, err := s.Registry().Number(ctx, n.E164)
		wantCode(t, what+", by number", err, code)
		_, err = s.Callable(ctx, t1.ID)
		wantCode(t, what, err, code)
		if _, err := s.Callable(ctx, t2.ID); err != nil {
			t.Errorf("%s: t2 has to do with it: %v", what, err)
		}
	}
	seen := func(subject string, state tenant.GrantState) {
		t.Helper()
		if err := s.AppendGrants(ctx, t1.ID, tenant.Grant{Kind: tenant.Federation, Subject: subject, State: state, By: "tandem"}); err != nil {
			t.Fatal(err)
		}
	}
	want("no resource at all", "")
	resource("shared", "44444444-4444-4444-8444-444444444441", "")
	resource("of-t2", "44444444-4444-4444-8444-444444444442", t2.ID)
	want("no row of the ledger", "")
	for _, c := range []struct {
		state tenant.GrantState
		code  string
	}{
		{tenant.Claimed, ""}, {tenant.Missing, "federation_missing"}, {tenant.Proved, ""}, {tenant.Doubtful, ""}, {tenant.Revoked, "federation_missing"},
	} {
		seen("shared", c.state)
		want(string(c.state), c.code)
	}
	if err := s.AppendGrants(ctx, t1.ID, tenant.Grant{Kind: tenant.GraphConsent, Subject: "shared", State: tenant.Proved, By: "x"}); err != nil {
		t.Fatal(err)
	}
	want("consent has nothing to do with it", "federation_missing")
	resource("own", "44444444-4444-4444-8444-444444444443", t1.ID)
	want("another way", "")
	seen("own", tenant.Missing)
	want("no way", "federation_missing")
}
