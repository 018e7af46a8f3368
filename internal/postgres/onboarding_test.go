package postgres_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// now is a moment that the database keeps exactly.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func welcome(of tenant.ID) tenant.Invitation {
	return tenant.Invitation{
		Tenant: of, Kind: tenant.Welcome, Note: "for Ana", CreatedBy: "key:x", CreatedAt: now(), ExpiresAt: now().Add(time.Hour),
	}
}

func unbound(t *testing.T, s *postgres.Store, name string) tenant.Tenant {
	t.Helper()
	made, err := s.CreateTenant(t.Context(), tenant.Tenant{Name: name, State: tenant.Invited, HomeRegion: "eu"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestInvitations(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	fresh, second := unbound(t, s, "Fresh"), unbound(t, s, "Second") // two without an Entra id are no conflict

	i, err := s.CreateInvitation(ctx, welcome(fresh.ID), secret.Hash("word"))
	if err != nil || i.ID == "" || i.Note != "for Ana" {
		t.Fatalf("%+v, %v", i, err)
	}
	if got, err := s.InvitationByHash(ctx, secret.Hash("word")); err != nil || got != i {
		t.Errorf("by its word: %+v, %v, want %+v", got, err, i)
	}
	_, err = s.InvitationByHash(ctx, secret.Hash("another"))
	wantCode(t, "an unknown word", err, "invitation_unknown")
	_, err = s.Invitation(ctx, t2.ID, i.ID)
	wantCode(t, "t2 reads", err, "invitation_unknown")
	_, err = s.RevokeInvitation(ctx, t2.ID, i.ID, now())
	wantCode(t, "t2 revokes", err, "invitation_unknown")
	stolen := i
	stolen.Tenant = t2.ID
	_, err = s.UseInvitation(ctx, stolen, nobody, "Eve", now())
	wantCode(t, "t2 uses", err, "invitation_unknown")
	late := welcome(fresh.ID)
	late.ExpiresAt = now().Add(-time.Hour)
	_, err = s.CreateInvitation(ctx, late, secret.Hash("late"))
	wantCode(t, "one of yesterday", err, "invitation_invalid")
	_, err = s.CreateInvitation(ctx, welcome(nobody), secret.Hash("lost"))
	wantCode(t, "an unknown tenant", err, "tenant_unknown")

	_, err = s.UseInvitation(ctx, i, t2.EntraTenantID, "Ben", now())
	wantCode(t, "another customer's organisation", err, "entra_tenant_taken")
	if got, _ := s.InvitationByHash(ctx, secret.Hash("word")); got != i {
		t.Errorf("the refused sign-in used it up: %+v", got)
	}
	at := now()
	bound, err := s.UseInvitation(ctx, i, "ABCDEF00-0000-4000-8000-000000000001", "Ana", at)
	if err != nil || bound.State != tenant.Onboarding || bound.EntraTenantID != "abcdef00-0000-4000-8000-000000000001" ||
		bound.BoundBy != "Ana" || !bound.BoundAt.Equal(at) {
		t.Errorf("%+v, %v", bound, err)
	}
	if got, err := s.TenantByEntra(ctx, bound.EntraTenantID); err != nil || got != bound {
		t.Errorf("by its Entra id: %+v, %v", got, err)
	}
	_, err = s.TenantByEntra(ctx, nobody)
	wantCode(t, "an unknown organisation", err, "tenant_unknown")
	_, err = s.UseInvitation(ctx, i, bound.EntraTenantID, "Ana", now())
	wantCode(t, "again", err, "invitation_used")
	if got, _ := s.InvitationByHash(ctx, secret.Hash("word")); got.State(now()) != tenant.InvitationUsed || got.UsedBy != "Ana" {
		t.Errorf("after it was used: %+v", got)
	}

	again, err := s.CreateInvitation(ctx, welcome(fresh.ID), secret.Hash("again"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.UseInvitation(ctx, again, nobody, "Eve", now())
	wantCode(t, "another organisation than the one that is bound", err, "entra_tenant_other")
	revoked, err := s.RevokeInvitation(ctx, fresh.ID, again.ID, at)
	if err != nil || !revoked.RevokedAt.Equal(at) {
		t.Errorf("%+v, %v", revoked, err)
	}
	if twice, err := s.RevokeInvitation(ctx, fresh.ID, again.ID, at.Add(time.Minute)); err != nil || !twice.RevokedAt.Equal(at) {
		t.Errorf("revoked twice: %+v, %v", twice, err)
	}
	_, err = s.UseInvitation(ctx, again, bound.EntraTenantID, "Ana", now())
	wantCode(t, "a revoked one", err, "invitation_revoked")
	_, err = s.UseInvitation(ctx, i, bound.EntraTenantID, "Ana", now().Add(100*24*time.Hour))
	wantCode(t, "a used one that is old as well", err, "invitation_used")

	other, err := s.CreateInvitation(ctx, welcome(t1.ID), secret.Hash("other"))
	if err != nil {
		t.Fatal(err)
	}
	id := func(i tenant.Invitation) tenant.InvitationID { return i.ID }
	for in, want := range map[tenant.ID][]tenant.InvitationID{fresh.ID: {i.ID, again.ID}, second.ID: {}, "": {i.ID, again.ID, other.ID}} {
		if all, err := s.ListInvitations(ctx, in, "", 0); err != nil || !slices.Equal(ids(all, id), want) {
			t.Errorf("list of %q: %v, %v, want %v", in, ids(all, id), err, want)
		}
	}
	if all, err := s.ListInvitations(ctx, "", again.ID, 0); err != nil || !slices.Equal(ids(all, id), []tenant.InvitationID{other.ID}) {
		t.Errorf("second page: %v, %v", all, err)
	}
	_, err = s.ListInvitations(ctx, "", "x", 0)
	wantCode(t, "an odd cursor", err, "cursor_invalid")
}

// TestUseInvitationRace: two admins with one link; one comes in.
func TestUseInvitationRace(t *testing.T) {
	s, _ := open(t)
	twoTenants(t, s)
	fresh := unbound(t, s, "Fresh")
	i, err := s.CreateInvitation(t.Context(), welcome(fresh.ID), secret.Hash("word"))
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 8)
	for n := range cap(results) {
		go func() {
			entra := "abcdef00-0000-4000-8000-00000000000" + string(rune('0'+n))
			_, err := s.UseInvitation(t.Context(), i, entra, "admin", time.Now())
			results <- err
		}()
	}
	won := 0
	for range cap(results) {
		if err := <-results; err == nil {
			won++
		} else if fault.CodeOf(err) != "invitation_used" {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d came in", won)
	}
}

func TestLedger(t *testing.T) {
	s, db := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	at := now()
	grant := func(subject string, state tenant.GrantState, by, code string, after time.Duration) tenant.Grant {
		return tenant.Grant{Kind: tenant.GraphConsent, Subject: subject, State: state, At: at.Add(after), By: by, ByName: "called " + by, Check: "consent_proof", Code: code}
	}
	write := func(g ...tenant.Grant) {
		t.Helper()
		if err := s.AppendGrants(ctx, t1.ID, g...); err != nil {
			t.Fatal(err)
		}
	}
	write(grant("A", tenant.Claimed, "user:ana", "", 0), grant("B", tenant.Missing, "user:ana", "consent_missing", 0),
		grant("A", tenant.Proved, "tandem", "", time.Second)) // one subject twice
	write(grant("A", tenant.Proved, "tandem", "", time.Minute))     // nothing new
	write(grant("A", tenant.Proved, "user:ana", "", time.Hour))     // a person looked
	write(grant("B", tenant.Missing, "tandem", "other", time.Hour)) // another reason
	weird := grant("A", tenant.Doubtful, "tandem", "x", 2*time.Hour)
	weird.Message, weird.Evidence = "a\x00b\xff", []byte(`{"said":"\u0000"}`)
	write(weird)

	type row struct {
		subject string
		state   tenant.GrantState
		at      time.Duration
		by      string
	}
	seen := func(g tenant.Grant) row {
		if g.ByName != "called "+g.By {
			t.Errorf("%s is called %q", g.By, g.ByName)
		}
		return row{g.Subject, g.State, g.At.Sub(at), g.By}
	}
	holds, err := s.Grants(ctx, t1.ID)
	if want := []row{{"A", tenant.Doubtful, 2 * time.Hour, "tandem"}, {"B", tenant.Missing, time.Hour, "tandem"}}; err != nil || !slices.Equal(ids(holds, seen), want) {
		t.Errorf("holds %v, %v, want %v", ids(holds, seen), err, want)
	}
	if holds[0].Message != "ab\uFFFD" || string(holds[0].Evidence) != `{"said":"\u0000"}` || holds[0].Tenant != t1.ID {
		t.Errorf("%+v", holds[0])
	}
	history, err := s.GrantHistory(ctx, t1.ID, 0, 0)
	want := []row{
		{"A", tenant.Doubtful, 2 * time.Hour, "tandem"}, {"B", tenant.Missing, time.Hour, "tandem"}, {"A", tenant.Proved, time.Hour, "user:ana"},
		{"A", tenant.Proved, time.Second, "tandem"}, {"B", tenant.Missing, 0, "user:ana"}, {"A", tenant.Claimed, 0, "user:ana"},
	}
	if err != nil || len(history) != len(want) || !slices.Equal(ids(history[:4], seen), want[:4]) {
		t.Errorf("history %v, %v, want %v", ids(history, seen), err, want)
	}
	if holds[0].ID != history[0].ID {
		t.Errorf("what holds is row %d, the newest is %d", holds[0].ID, history[0].ID)
	}
	if rest, err := s.GrantHistory(ctx, t1.ID, history[3].ID, 1); err != nil || len(rest) != 1 || rest[0].ID != history[4].ID {
		t.Errorf("second page: %v, %v", rest, err)
	}
	if other, err := s.Grants(ctx, t2.ID); err != nil || len(other) != 0 {
		t.Errorf("t2 sees %v, %v", other, err)
	}
	if other, err := s.GrantHistory(ctx, t2.ID, 0, 0); err != nil || len(other) != 0 {
		t.Errorf("t2 sees %v, %v", other, err)
	}
	wantCode(t, "an unknown tenant", s.AppendGrants(ctx, nobody, grant("A", tenant.Proved, "x", "", 0)), "tenant_unknown")
	wantCode(t, "an unknown state", s.AppendGrants(ctx, t1.ID, grant("A", "maybe", "x", "", 0)), "grant_invalid")
	app := connect(t, db.App)
	if _, err := app.Exec(ctx, `UPDATE grant_ledger SET state = 'proved'`); err == nil {
		t.Error("the ledger could be changed")
	}
	if _, err := app.Exec(ctx, `SELECT set_config('app.tenant_id', $1, false)`, string(t1.ID)); err != nil {
		t.Fatal(err)
	}
	if tag, err := app.Exec(ctx, `DELETE FROM grant_ledger`); err != nil || tag.RowsAffected() > 0 {
		t.Errorf("rows of a living tenant went: %v, %v", tag, err)
	}
}

func TestSteps(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	at := now()
	for _, m := range []tenant.StepMark{
		{Step: tenant.StepConsent, OpenedAt: at.Add(time.Minute)},
		{Step: tenant.StepConsent, OpenedAt: at, By: "Ana"},
		{Step: tenant.StepConsent, ProvedAt: at.Add(time.Hour), By: "Ben"},
		{Step: tenant.StepConsent, ProvedAt: at.Add(2 * time.Hour), By: "Eve"},
		{Step: tenant.StepPeople, ProvedAt: at.Add(3 * time.Hour)},
	} {
		if err := s.MarkStep(ctx, t1.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	want := []tenant.StepMark{
		{Step: tenant.StepConsent, OpenedAt: at, ProvedAt: at.Add(time.Hour), By: "Ben"},
		{Step: tenant.StepPeople, OpenedAt: at.Add(3 * time.Hour), ProvedAt: at.Add(3 * time.Hour)},
	}
	if got, err := s.StepMarks(ctx, t1.ID); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if got, err := s.StepMarks(ctx, t2.ID); err != nil || len(got) != 0 {
		t.Errorf("t2 sees %+v, %v", got, err)
	}
}

func TestProofs(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	at := now()
	p := tenant.Proof{Tenant: t1.ID, Resource: "eu-1", OID: nobody, Name: "Ana", StartedBy: "user:x", StartedAt: at, NextAt: at}
	made, err := s.StartProof(ctx, p)
	if err != nil || made.ID == "" || !made.NextAt.Equal(at) {
		t.Fatalf("%+v, %v", made, err)
	}
	_, err = s.StartProof(ctx, p)
	wantCode(t, "a second one", err, "proof_running")
	p.Tenant = t2.ID
	if _, err := s.StartProof(ctx, p); err != nil {
		t.Errorf("t2's own: %v", err)
	}
	p.Tenant = nobody
	_, err = s.StartProof(ctx, p)
	wantCode(t, "an unknown tenant", err, "tenant_unknown")

	ref := onboarding.ProofRef{Tenant: t1.ID, ID: made.ID}
	_, err = s.ChangeProof(ctx, onboarding.ProofRef{Tenant: t2.ID, ID: made.ID}, func(p tenant.Proof) (tenant.Proof, error) { t.Error("t2 sees it"); return p, nil })
	wantCode(t, "t2 changes", err, "proof_unknown")
	attempt := tenant.ProofAttempt{At: at, Call: "c", Verdict: "not_yet", Code: 403, SubCode: 7550, Cure: "wait", Message: "\x00"}
	after, err := s.ChangeProof(ctx, ref, func(p tenant.Proof) (tenant.Proof, error) {
		p.Attempts = append(p.Attempts, attempt)
		p.Verdict, p.NextAt = "not_yet", at.Add(time.Minute)
		return p, nil
	})
	if err != nil || !slices.Equal(after.Attempts, []tenant.ProofAttempt{attempt}) || after.Verdict != "not_yet" {
		t.Errorf("%+v, %v", after, err)
	}
	mine := errors.New("mine")
	if _, err = s.ChangeProof(ctx, ref, func(p tenant.Proof) (tenant.Proof, error) { p.Verdict = "x"; return p, mine }); !errors.Is(err, mine) {
		t.Error(err)
	}
	if all, err := s.Proofs(ctx, t1.ID, 0); err != nil || len(all) != 1 || all[0].Verdict != "not_yet" {
		t.Errorf("%+v, %v", all, err)
	}
	id := func(r onboarding.ProofRef) tenant.ID { return r.Tenant }
	for until, want := range map[time.Duration][]tenant.ID{-time.Hour: {}, 0: {t2.ID}, time.Hour: {t2.ID, t1.ID}} {
		if due, err := s.DueProofs(ctx, at.Add(until), 0); err != nil || !slices.Equal(ids(due, id), want) {
			t.Errorf("due at %v: %v, %v, want %v", until, due, err, want)
		}
	}
	if _, err := s.ChangeProof(ctx, ref, func(p tenant.Proof) (tenant.Proof, error) { p.EndedAt, p.NextAt = at, time.Time{}; return p, nil }); err != nil {
		t.Fatal(err)
	}
	p.Tenant = t1.ID
	newer, err := s.StartProof(ctx, p) // the one before is over
	if err != nil {
		t.Fatal(err)
	}
	if all, err := s.Proofs(ctx, t1.ID, 1); err != nil || len(all) != 1 || all[0].ID != newer.ID {
		t.Errorf("the newest: %+v, %v", all, err)
	}
}

func TestLooks(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	at := now()
	ref := onboarding.LookRef{Tenant: t1.ID, Kind: onboarding.LookConsent}
	if l, err := s.Look(ctx, ref); err != nil || l != (onboarding.Look{LookRef: ref}) {
		t.Errorf("never looked: %+v, %v", l, err)
	}
	mine := errors.New("mine")
	if _, err := s.ChangeLook(ctx, ref, func(l onboarding.Look) (onboarding.Look, error) { return l, mine }); !errors.Is(err, mine) {
		t.Error(err)
	}
	want := onboarding.Look{LookRef: ref, DueAt: at, StartedAt: at, EndedAt: at, Tries: 2, Code: "c", OID: "o", Call: "l", After: "a", Total: 5, Done: 3}
	got, err := s.ChangeLook(ctx, ref, func(l onboarding.Look) (onboarding.Look, error) {
		if l != (onboarding.Look{LookRef: ref}) {
			t.Errorf("began with %+v", l)
		}
		return want, nil
	})
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.Look(ctx, ref); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	theirs := onboarding.LookRef{Tenant: t2.ID, Kind: onboarding.LookConsent}
	if l, err := s.Look(ctx, theirs); err != nil || l != (onboarding.Look{LookRef: theirs}) {
		t.Errorf("t2's: %+v, %v", l, err)
	}
	// Of many who count, none is lost.
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := s.ChangeLook(ctx, theirs, func(l onboarding.Look) (onboarding.Look, error) {
				l.Done++
				l.DueAt = at.Add(time.Minute)
				return l, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if l, err := s.Look(ctx, theirs); err != nil || l.Done != 10 {
		t.Errorf("counted %d, %v", l.Done, err)
	}
	for until, want := range map[time.Duration][]onboarding.LookRef{-1: {}, 0: {ref}, time.Hour: {ref, theirs}} {
		if due, err := s.DueLooks(ctx, at.Add(until), 0); err != nil || !slices.Equal(due, want) {
			t.Errorf("due at %v: %v, %v, want %v", until, due, err, want)
		}
	}
	_, err = s.ChangeLook(ctx, onboarding.LookRef{Tenant: nobody, Kind: onboarding.LookConsent}, func(l onboarding.Look) (onboarding.Look, error) { return l, nil })
	wantCode(t, "an unknown tenant", err, "tenant_unknown")
	_, err = s.ChangeLook(ctx, onboarding.LookRef{Tenant: t1.ID, Kind: "odd"}, func(l onboarding.Look) (onboarding.Look, error) { return l, nil })
	wantCode(t, "an unknown kind", err, "look_invalid")
}

func TestResourcesOfTenant(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	if _, err := s.CreateRegion(ctx, trunk.Region{ID: "us", Name: "America"}); err != nil {
		t.Fatal(err)
	}
	for id, r := range map[trunk.ResourceID]trunk.Resource{
		"a-us": {Region: "us", ImmutableID: "44444444-4444-4444-8444-444444444441"},
		"b-eu": {Region: "eu", ImmutableID: "44444444-4444-4444-8444-444444444442"},
		"c-t1": {Region: "eu", ImmutableID: "44444444-4444-4444-8444-444444444443", OwnerTenant: t1.ID},
		"d-t2": {Region: "eu", ImmutableID: "44444444-4444-4444-8444-444444444444", OwnerTenant: t2.ID},
	} {
		r.ID, r.Endpoint, r.AccessKey = id, "https://"+string(id)+".communication.azure.com", []byte("sealed")
		r.MadeAt, r.AnchorNumber = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), "+4969100000"
		if _, err := s.CreateResource(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	id := func(r onboarding.Resource) string { return r.ID }
	all, err := s.Resources(ctx, t1.ID)
	if err != nil || !slices.Equal(ids(all, id), []string{"c-t1", "b-eu", "a-us"}) || !all[0].Home || all[2].Home || all[2].Region != "us" || all[2].ImmutableID == "" {
		t.Errorf("%+v, %v", all, err)
	}
}

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
			choice, err := r.Choice(ctx, t1.ID, wanted)
			got := choice.Agents
			if err != nil || !slices.Equal(ids(got, func(a tenant.Agent) tenant.AgentID { return a.ID }), want) {
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
	if got, err := r.Choice(ctx, t2.ID, nil); err != nil || len(got.Agents) != 1 {
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

func TestSessions(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	at := now()
	session := func(word, oid string, of tenant.ID) provider.Session {
		t.Helper()
		v := provider.Session{
			Hash: secret.Hash(word), Tenant: of, EntraTenantID: t1.EntraTenantID, OID: oid, Person: []byte("sealed"),
			CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(provider.SessionLasts),
		}
		if err := s.CreateSession(ctx, v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	const ana, ben = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	v := session("a", ana, "")
	session("a2", ana, t1.ID)
	session("b", ben, t2.ID)
	get := func(word string, after time.Duration) (provider.Session, error) {
		return s.Session(ctx, secret.Hash(word), at.Add(after))
	}
	same := func(a, b provider.Session) bool {
		return string(a.Hash) == string(b.Hash) && a.Tenant == b.Tenant && a.OID == b.OID && a.EntraTenantID == b.EntraTenantID &&
			string(a.Person) == string(b.Person) && a.SeenAt.Equal(b.SeenAt) && a.CreatedAt.Equal(b.CreatedAt) && a.ExpiresAt.Equal(b.ExpiresAt)
	}
	if got, err := get("a", 30*time.Second); err != nil || !same(got, v) {
		t.Errorf("%+v, %v, want %+v", got, err, v)
	}
	if got, err := get("a", 59*time.Minute); err != nil || !got.SeenAt.Equal(at.Add(59*time.Minute)) {
		t.Errorf("its use was not noted: %+v, %v", got, err)
	}
	if got, err := get("a", 118*time.Minute); err != nil || got.SeenAt.Equal(at) {
		t.Errorf("used within the hour: %+v, %v", got, err)
	}
	_, err := get("a2", 60*time.Minute)
	wantCode(t, "idle for an hour", err, "session_expired")
	_, err = get("nobody's", 0)
	wantCode(t, "an unknown cookie", err, "session_unknown")
	for h := 2; h < 12; h++ {
		if _, err := get("a", time.Duration(h)*time.Hour-time.Minute*time.Duration(h)); err != nil {
			t.Fatalf("after %d hours: %v", h, err)
		}
	}
	if _, err := get("a", 11*time.Hour+40*time.Minute); err != nil {
		t.Error(err)
	}
	_, err = get("a", 12*time.Hour)
	wantCode(t, "after its day", err, "session_expired")

	// Whose roles are to be confirmed: admins of tenants who are here now.
	short := func(word string, of tenant.ID, seen, ends time.Duration) {
		t.Helper()
		if err := s.CreateSession(ctx, provider.Session{
			Hash: secret.Hash(word), Tenant: of, EntraTenantID: t1.EntraTenantID, OID: nobody, Person: []byte("old"), CreatedAt: at.Add(seen), ExpiresAt: at.Add(ends),
		}); err != nil {
			t.Fatal(err)
		}
	}
	short("soon", t2.ID, 0, 20*time.Minute)
	short("sooner", t1.ID, 0, 10*time.Minute)
	short("over", t1.ID, 0, 0)
	short("later", t1.ID, 0, 31*time.Minute)
	short("idle", t1.ID, -time.Hour, 10*time.Minute)
	short("operator", "", 0, 10*time.Minute)
	confirmed := func() (all []string) {
		t.Helper()
		found, err := s.SessionsToConfirm(ctx, at, at.Add(30*time.Minute), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			for _, word := range []string{"soon", "sooner", "over", "later", "idle", "operator", "a", "a2", "b"} {
				if string(v.Hash) == string(secret.Hash(word)) {
					all = append(all, word+" "+string(v.Person))
				}
			}
		}
		return all
	}
	if got := confirmed(); !slices.Equal(got, []string{"sooner old", "soon old"}) {
		t.Errorf("to confirm: %v", got)
	}
	if err := errors.Join(s.ConfirmSession(ctx, secret.Hash("sooner"), []byte("new"), at.Add(25*time.Minute)), s.ConfirmSession(ctx, secret.Hash("x"), []byte("new"), at)); err != nil {
		t.Error(err)
	}
	if got := confirmed(); !slices.Equal(got, []string{"soon old", "sooner new"}) {
		t.Errorf("when one is: %v", got)
	}

	if err := s.BindSession(ctx, v.Hash, t1.ID); err != nil {
		t.Error(err)
	}
	if got, err := get("a", 11*time.Hour+40*time.Minute); err != nil || got.Tenant != t1.ID {
		t.Errorf("%+v, %v", got, err)
	}
	wantCode(t, "bind to nobody", s.BindSession(ctx, v.Hash, nobody), "tenant_unknown")
	wantCode(t, "bind what is not there", s.BindSession(ctx, secret.Hash("x"), t1.ID), "session_unknown")
	if n, err := s.EndSessions(ctx, t1.EntraTenantID, ana); err != nil || n != 2 {
		t.Errorf("ended %d, %v", n, err)
	}
	_, err = get("a", 0)
	wantCode(t, "after all ended", err, "session_unknown")
	if _, err := get("b", 0); err != nil {
		t.Errorf("another person's ended as well: %v", err)
	}
	if err := errors.Join(s.EndSession(ctx, secret.Hash("b")), s.EndSession(ctx, secret.Hash("b"))); err != nil {
		t.Error(err)
	}
	_, err = get("b", 0)
	wantCode(t, "after it ended", err, "session_unknown")
	wantCode(t, "nobody's", s.CreateSession(ctx, provider.Session{Hash: secret.Hash("n")}), "session_invalid")
}

func TestJourneys(t *testing.T) {
	s, db := open(t)
	ctx := t.Context()
	at := now()
	j := provider.Journey{Hash: secret.Hash("state"), Kind: provider.SignInJourney, Luggage: []byte("sealed"), CreatedAt: at, ExpiresAt: at.Add(10 * time.Minute)}
	if err := s.BeginJourney(ctx, j); err != nil {
		t.Fatal(err)
	}
	end := func(kind provider.JourneyKind, word string, after time.Duration) (provider.Journey, error) {
		return s.EndJourney(ctx, kind, secret.Hash(word), at.Add(after))
	}
	_, err := end(provider.SignInJourney, "forged", 0)
	wantCode(t, "a forged state", err, "state_unknown")
	_, err = end(provider.ConsentJourney, "state", 0)
	wantCode(t, "another kind", err, "state_unknown")
	_, err = end(provider.SignInJourney, "state", 10*time.Minute)
	wantCode(t, "too late", err, "state_expired")
	if got, err := end(provider.SignInJourney, "state", time.Minute); err != nil || string(got.Luggage) != "sealed" || !got.ExpiresAt.Equal(j.ExpiresAt) {
		t.Errorf("%+v, %v", got, err)
	}
	got, err := end(provider.SignInJourney, "state", time.Minute)
	wantCode(t, "replayed", err, "state_used")
	if got.Luggage != nil {
		t.Errorf("a replay got the luggage: %+v", got)
	}
	if err := s.CreateSession(ctx, provider.Session{Hash: secret.Hash("a"), EntraTenantID: nobody, OID: nobody, Person: []byte("x"), CreatedAt: at, ExpiresAt: at.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	left := func() []string {
		return strs(t, connect(t, db.Admin), `SELECT 'journey' FROM journey UNION ALL SELECT 'session' FROM session ORDER BY 1`)
	}
	for after, want := range map[time.Duration][]string{0: {"journey", "session"}} {
		if err := s.Engine().Sweep(ctx, at.Add(after)); err != nil || !slices.Equal(left(), want) {
			t.Errorf("swept after %v: %v, %v", after, left(), err)
		}
	}
	if err := s.Engine().Sweep(ctx, at.Add(61*time.Minute)); err != nil || !slices.Equal(left(), []string{"journey"}) {
		t.Errorf("after an hour: %v, %v", left(), err)
	}
	if err := s.Engine().Sweep(ctx, at.Add(25*time.Hour)); err != nil || len(left()) != 0 {
		t.Errorf("after a day: %v, %v", left(), err)
	}
}
