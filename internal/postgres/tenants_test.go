package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/check"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// standing is how the list says a tenant stands, which must be the verdict of what
// is stored.
func standing(t *testing.T, s *postgres.Store, id tenant.ID) onboarding.Standing {
	t.Helper()
	all, err := s.ListTenants(t.Context(), id, onboarding.TenantFilter{}, "", 0)
	if err != nil || len(all) != 1 || all[0].ID != id {
		t.Fatalf("%+v, %v", all, err)
	}
	f, err := s.Facts(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got, want := all[0].Standing, f.Standing()
	want.Since, want.DriftSince = got.Since, got.DriftSince
	if got != want {
		t.Errorf("the list says %+v, the facts %+v", got, want)
	}
	return got
}

func resource(id string, owner tenant.ID) trunk.Resource {
	n := fmt.Sprintf("%012d", len(id)+int(id[len(id)-1]))
	return trunk.Resource{
		ID: trunk.ResourceID(id), Region: "eu", Endpoint: "https://" + id + ".communication.azure.com/", ImmutableID: "aaaaaaaa-0000-4000-8000-" + n,
		AccessKey: []byte("sealed"), OwnerTenant: owner, MadeAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// TestStandingIsKept: what is written past the onboarding's service is judged as
// well; package onboarding has the rest.
func TestStandingIsKept(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := standing(t, s, t1.ID); got.State != onboarding.TrackNeedsOther || got.Step != tenant.StepSignIn || !got.Attention || got.Since.IsZero() {
		t.Errorf("new: %+v", got)
	}
	a := agent(t, s, t1.ID, "1")
	before := standing(t, s, t1.ID)
	if before.Agents.Unchecked != 1 {
		t.Errorf("an agent: %+v", before)
	}
	must(s.ChangeAgent(ctx, t1.ID, a.ID, func(a tenant.Agent) (tenant.Agent, error) { a.PausedAt = now(); return a, nil }))
	if got := standing(t, s, t1.ID); got.Agents.Paused != 1 || got.Since != before.Since {
		t.Errorf("taken out: %+v", got)
	}
	must(nil, s.DeleteAgent(ctx, t1.ID, a.ID))
	if got := standing(t, s, t1.ID); got.Agents.Total != 0 {
		t.Errorf("deleted: %+v", got)
	}
	bind := func(v tenant.Tenant) (tenant.Tenant, error) { v.BoundAt = now(); return v, nil }
	must(s.ChangeTenant(ctx, t1.ID, bind))
	if got := standing(t, s, t1.ID); got.Step != tenant.StepConsent || !got.Since.After(before.Since) {
		t.Errorf("bound: %+v", got)
	}
	var all []tenant.Grant
	for _, p := range onboarding.Permissions() {
		all = append(all, tenant.Grant{Kind: tenant.GraphConsent, Subject: p.Name, State: tenant.Proved, By: "tandem"})
	}
	must(nil, s.AppendGrants(ctx, t1.ID, all...))
	if got := standing(t, s, t1.ID); got.Step != tenant.StepFederation || got.Problem != "no_resource" || got.Turn != onboarding.ProvidersTurn {
		t.Errorf("no resource: %+v", got)
	}

	// One of its own is its alone.
	must(s.CreateResource(ctx, resource("own-1", t1.ID)))
	if got := standing(t, s, t1.ID); got.Step != tenant.StepFederation || got.Problem != "" || got.Turn != onboarding.TenantsTurn {
		t.Errorf("a resource of its own: %+v", got)
	}
	p, err := s.StartProof(ctx, tenant.Proof{Tenant: t1.ID, Resource: "own-1", OID: nobody, Name: "Ana", StartedBy: "x", StartedAt: now(), NextAt: now()})
	must(p, err)
	must(s.ChangeProof(ctx, onboarding.ProofRef{Tenant: t1.ID, ID: p.ID}, func(p tenant.Proof) (tenant.Proof, error) {
		p.EndedAt, p.Verdict = now().Add(time.Second), string(check.Inconclusive)
		p.Attempts = []tenant.ProofAttempt{{Cure: string(check.SignIn)}}
		return p, nil
	}))
	if got := standing(t, s, t1.ID); got.Problem != string(check.SignIn) {
		t.Errorf("nobody was signed in: %+v", got)
	}

	// A shared one is everybody's, and nobody waits for that.
	federation := tenant.Grant{Kind: tenant.Federation, Subject: "own-1", State: tenant.Proved, By: "tandem"}
	must(nil, s.AppendGrants(ctx, t1.ID, federation))
	must(nil, s.MarkStep(ctx, t1.ID, tenant.StepMark{Step: tenant.StepFederation, ProvedAt: now()}))
	if got := standing(t, s, t1.ID); got.Step != tenant.StepPeople || got.Drift {
		t.Errorf("federation is proved: %+v", got)
	}
	must(s.ChangeTenant(ctx, t2.ID, bind))
	must(s.CreateResource(ctx, resource("eu-1", "")))
	must(nil, s.Rejudge(ctx))
	first := standing(t, s, t1.ID)
	if first.Step != tenant.StepFederation || !first.Drift || time.Since(first.DriftSince) > time.Minute {
		t.Errorf("a resource that is not proved: %+v", first)
	}
	standing(t, s, t2.ID)
	agent(t, s, t1.ID, "2") // something else changes
	if got := standing(t, s, t1.ID); got.DriftSince != first.DriftSince || got.Since != first.Since {
		t.Errorf("since %s, drift since %s; were %+v", got.Since, got.DriftSince, first)
	}
	federation.Subject = "eu-1"
	must(nil, s.AppendGrants(ctx, t1.ID, federation))
	if got := standing(t, s, t1.ID); got.Drift || !got.DriftSince.IsZero() {
		t.Errorf("proved again: %+v", got)
	}
	must(s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { return v.Become(tenant.Suspended) }))
	if got := standing(t, s, t1.ID); got.State != onboarding.TrackBlocked {
		t.Errorf("suspended: %+v", got)
	}
	must(s.Offboard(ctx, t1.ID, now()))
	if got := standing(t, s, t1.ID); got.Agents.Total != 0 || got.Attention {
		t.Errorf("offboarded: %+v", got)
	}
}

// TestStandingOfManyWriters: who comes last has seen what the others wrote.
func TestStandingOfManyWriters(t *testing.T) {
	s, _ := open(t)
	t1, _ := twoTenants(t, s)
	const rounds, writers = 20, 4
	for round := range rounds {
		var all sync.WaitGroup
		begin := make(chan struct{})
		failed := make(chan error, writers)
		for n := range writers {
			all.Go(func() {
				<-begin
				oid := fmt.Sprintf("bbbbbbbb-0000-4000-8000-%06d%06d", round, n)
				_, err := s.AddAgents(t.Context(), t1.ID, "", []tenant.Agent{{OID: oid, Name: "A"}})
				failed <- err
			})
		}
		close(begin)
		all.Wait()
		close(failed)
		for err := range failed {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := standing(t, s, t1.ID); got.Agents.Total != (round+1)*writers {
			t.Fatalf("round %d: %+v", round, got)
		}
	}
}

// TestRejudge: what an older version left unjudged is judged, and found.
func TestRejudge(t *testing.T) {
	s, db := open(t)
	t1, t2 := twoTenants(t, s)
	admin := connect(t, db.Admin)
	if _, err := admin.Exec(t.Context(), `UPDATE tenant SET standing = DEFAULT, standing_since = NULL, words = DEFAULT, attention = false, judged_with = DEFAULT`); err != nil {
		t.Fatal(err)
	}
	search := func() []tenant.ID {
		t.Helper()
		found, err := s.ListTenants(t.Context(), "", onboarding.TenantFilter{Text: "contoso"}, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return ids(found, tenantID)
	}
	all, err := s.ListTenants(t.Context(), "", onboarding.TenantFilter{}, "", 0)
	if err != nil || !slices.Equal(ids(all, tenantID), []tenant.ID{t1.ID, t2.ID}) || all[0].Standing.State != "" {
		t.Errorf("%+v, %v", all, err)
	}
	if found := search(); len(found) != 0 {
		t.Errorf("found %v", found)
	}
	for range 2 {
		if err := s.Rejudge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	standing(t, s, t1.ID)
	if found := search(); !slices.Equal(found, []tenant.ID{t1.ID}) {
		t.Errorf("found %v", found)
	}
}

func tenantID(v onboarding.TenantStanding) tenant.ID { return v.ID }

// TestSearchTenants: every word of the text is the beginning of a word.
func TestSearchTenants(t *testing.T) {
	s, _ := open(t)
	t1, t2 := twoTenants(t, s) // Contoso, Fabrikam
	made := map[string]tenant.ID{"contoso": t1.ID, "fabrikam": t2.ID}
	for name, full := range map[string]string{"air": "Contoso Air-Lines (EMEA), Ltd.", "oslo": "Ærøskøbing Öl & Søn", "quote": `O'Neill "& ':*" | \Co`} {
		made[name] = unbound(t, s, full).ID
	}
	for text, want := range map[string][]string{
		"contoso": {"contoso", "air"}, "CONT": {"contoso", "air"}, "con air": {"air"}, "line air": {"air"}, "air-lines": {"air"}, "emea": {"air"},
		"ontoso": nil, "contoso fabrikam": nil, "öL": {"oslo"}, "ærø SØN": {"oslo"}, "o'neill": {"quote"}, "':*": nil, "&": nil, `\`: nil, " contoso  ltd ": {"air"},
		t1.EntraTenantID: {"contoso"}, strings.ToUpper(string(t2.ID)): {"fabrikam"}, string(t1.ID[:23]): {"contoso"}, "2222": {"fabrikam"}, "22222222-2222": {"fabrikam"},
		"22222222-2222-5": nil, string(t1.ID) + " fab": nil, "con\x00toso": nil, "\xff": nil,
	} {
		found, err := s.ListTenants(t.Context(), "", onboarding.TenantFilter{Text: text}, "", 0)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		var wanted []tenant.ID
		for _, name := range want {
			wanted = append(wanted, made[name])
		}
		slices.Sort(wanted)
		if got := ids(found, tenantID); !slices.Equal(got, wanted) {
			t.Errorf("%q finds %v, want %v", text, got, wanted)
		}
	}
	if _, err := s.ChangeTenant(t.Context(), t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { v.Name = "Litware"; return v, nil }); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"litware": 1, "contoso": 1} {
		if found, err := s.ListTenants(t.Context(), "", onboarding.TenantFilter{Text: text}, "", 0); err != nil || len(found) != want {
			t.Errorf("%s after the name was changed: %v, %v", text, found, err)
		}
	}

	// A tenant's own key sees itself, whatever it asks for.
	for text, want := range map[string]int{"": 1, "fab": 1, "con": 0, "litware": 0} {
		if found, err := s.ListTenants(t.Context(), t2.ID, onboarding.TenantFilter{Text: text}, "", 0); err != nil || len(found) != want {
			t.Errorf("%q within Fabrikam: %v, %v", text, found, err)
		}
	}
	counts, err := s.CountTenants(t.Context(), t2.ID)
	if err != nil || len(counts) != 1 || counts[0].Tenants != 1 {
		t.Errorf("counts within Fabrikam: %v, %v", counts, err)
	}
}

// spread puts tenants of every kind into the table, and their words.
func spread(t *testing.T, admin *pgx.Conn, n int) {
	t.Helper()
	if _, err := admin.Exec(t.Context(), `
		INSERT INTO tenant (tenant_id, name, entra_tenant_id, state, home_region, standing, standing_since, attention, drift_since, words, judged_with)
		SELECT ('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Tenant ' || n, md5('e' || n)::uuid, state, 'eu', standing, now(),
			hashtext('a' || n) % 3 = 0, CASE WHEN hashtext('d' || n) % 4 = 0 THEN now() END,
			array_to_tsvector(ARRAY['common', 'w' || n % 10, 'rare' || n % 1000]), 0
		FROM (SELECT n, CASE WHEN n > $1 * 9 / 10 THEN 'invited' ELSE (ARRAY['onboarding', 'active', 'active', 'suspended', 'offboarded'])[1 + abs(hashtext('s' || n)) % 5] END AS state,
			(ARRAY['ready', 'ready', 'needs_other', 'waiting', 'blocked', 'paused', ''])[1 + abs(hashtext('t' || n)) % 7] AS standing
			FROM generate_series(1, $1::integer) n) x`, n); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(t.Context(), `VACUUM ANALYZE tenant`); err != nil {
		t.Fatal(err)
	}
}

// TestPagesOfTenants: whatever is looked for, the pages together are what a look
// at every tenant finds, in order.
func TestPagesOfTenants(t *testing.T) {
	s, db := open(t)
	twoTenants(t, s)
	spread(t, connect(t, db.Admin), 3000)
	var all []onboarding.TenantStanding
	read := func(f onboarding.TenantFilter, limit int) []onboarding.TenantStanding {
		t.Helper()
		var found []onboarding.TenantStanding
		for after := tenant.ID(""); ; {
			page, err := s.ListTenants(t.Context(), "", f, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			if found = append(found, page...); len(page) < limit {
				return found
			}
			after = page[limit-1].ID
		}
	}
	if all = read(onboarding.TenantFilter{}, 200); len(all) != 3002 || !slices.IsSortedFunc(all, func(a, b onboarding.TenantStanding) int { return strings.Compare(string(a.ID), string(b.ID)) }) {
		t.Fatalf("%d tenants", len(all))
	}
	texts := map[string]func(n int) bool{
		"": func(int) bool { return true }, "comm": func(int) bool { return true }, "w3": func(n int) bool { return n%10 == 3 },
		"rare11": func(n int) bool { return strings.HasPrefix(fmt.Sprint(n%1000), "11") }, "zzz": func(int) bool { return false },
	}
	subset := func(n int) []int { return rand.Perm(n)[:rand.IntN(n+1)] }
	maybe := func() *bool {
		v := rand.IntN(2) == 0
		if rand.IntN(2) == 0 {
			return nil
		}
		return &v
	}
	for range 40 {
		f := onboarding.TenantFilter{Attention: maybe(), Drift: maybe()}
		for _, i := range subset(5) {
			f.States = append(f.States, tenant.States()[i])
		}
		for _, i := range subset(5) {
			f.Standings = append(f.Standings, onboarding.TrackStates()[i])
		}
		for text := range texts { // any of them
			f.Text = text
			break
		}
		var want []tenant.ID
		for _, v := range all {
			var n int
			if _, err := fmt.Sscanf(v.Name, "Tenant %d", &n); err != nil && f.Text != "" {
				continue // the two that have words of their own
			}
			if texts[f.Text](n) && (len(f.States) == 0 || slices.Contains(f.States, v.State)) && (len(f.Standings) == 0 || slices.Contains(f.Standings, v.Standing.State)) &&
				(f.Attention == nil || *f.Attention == v.Standing.Attention) && (f.Drift == nil || *f.Drift == v.Standing.Drift) {
				want = append(want, v.ID)
			}
		}
		if got := ids(read(f, 1+rand.IntN(199)), tenantID); !slices.Equal(got, want) {
			t.Errorf("%+v: %d tenants, want %d", f, len(got), len(want))
		}
	}
	counts, err := s.CountTenants(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[onboarding.TenantCount]int{}
	for _, v := range all {
		want[onboarding.TenantCount{State: v.State, Standing: v.Standing.State, Attention: v.Standing.Attention, Drift: v.Standing.Drift}]++
	}
	for _, c := range counts {
		n := c.Tenants
		c.Tenants = 0
		if want[c] != n {
			t.Errorf("%d of %+v, want %d", n, c, want[c])
		}
		delete(want, c)
	}
	if len(want) > 0 {
		t.Errorf("not counted: %v", want)
	}
}

// TestPagesOfTenantsAreFlat: a page reads as few rows at the end of the list as at
// its beginning, and as few of what is rare. The server counts (idx_tup_fetch).
func TestPagesOfTenantsAreFlat(t *testing.T) {
	s, db := open(t)
	twoTenants(t, s)
	s.Close()
	admin := connect(t, db.Admin)
	alone(t, admin)
	const crowded, limit = 20000, 50
	spread(t, admin, crowded)
	yes := true
	for name, f := range map[string]onboarding.TenantFilter{
		"all": {}, "the newest": {States: []tenant.State{tenant.Invited}}, "attention": {Attention: &yes},
		"drift of the paused": {Drift: &yes, Standings: []onboarding.TrackState{onboarding.TrackPaused}}, "a common word": {Text: "comm"}, "a rare word": {Text: "rare77"}, "no word": {Text: "zzz"},
	} {
		for _, depth := range []int{0, crowded / 2, crowded - 100} {
			after := tenant.ID(fmt.Sprintf("019a0000-0000-7000-8000-%012x", depth))
			read := rowsRead(t, admin, db.Admin, func(ctx context.Context, s *postgres.Store) error {
				_, err := s.ListTenants(ctx, "", f, after, limit)
				return err
			})
			// The next thousand, and of each kind the first ones, or those that have the words.
			if most := int64(60 * limit); read > most {
				t.Errorf("%s, behind %d: %d rows read, want %d at most", name, depth, read, most)
			}
		}
	}
}

// rowsRead is how many rows of tenants a fresh store fetches to do something.
func rowsRead(t *testing.T, admin *pgx.Conn, dsn string, do func(context.Context, *postgres.Store) error) int64 {
	t.Helper()
	count := func() (n int64) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), `SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()`); err != nil {
			t.Fatal(err)
		}
		if err := admin.QueryRow(t.Context(), `SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables WHERE relname = 'tenant'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	s, err := postgres.Open(t.Context(), postgres.Config{DSN: dsn, Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	err = do(t.Context(), s)
	s.Close()
	if err != nil {
		t.Fatal(err)
	}
	alone(t, admin)
	return count() - before
}
