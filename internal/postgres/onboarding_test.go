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
