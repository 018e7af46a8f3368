package onboarding

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

var noConsent = fault.Forbidden("consent_missing", "no consent")

func (w *world) track(t *testing.T, viewer Actor) Track {
	t.Helper()
	track, err := w.Track(t.Context(), w.tenant, viewer)
	if err != nil {
		t.Fatal(err)
	}
	return track
}

func step(t *testing.T, track Track, id tenant.Step) StepView {
	t.Helper()
	at := slices.IndexFunc(track.Steps, func(v StepView) bool { return v.ID == id })
	if at < 0 {
		t.Fatalf("no step %s", id)
	}
	return track.Steps[at]
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestFromInvitationToActive is the whole way, with the things that go wrong on
// most of them: consent takes a while, and so does federation.
func TestFromInvitationToActive(t *testing.T) {
	w := newWorld(t)
	w.dir.refused = noConsent
	teamsAdmin := Actor{ID: "user:2", Name: "Tom", OID: "2", Roles: []tenant.AdminRole{tenant.TeamsAdministrator}}

	if got := w.track(t, teamsAdmin); got.Next != tenant.StepSignIn {
		t.Errorf("before sign-in, next is %s", got.Next)
	}
	actor := w.bind(t)
	w.work(t)
	if got := w.track(t, actor); got.State != TrackNeedsYou || got.Next != tenant.StepConsent || step(t, got, tenant.StepConsent).State != StepNext {
		t.Errorf("after sign-in: %s, next %s", got.State, got.Next)
	}
	// out of order, for whoever cannot consent
	if got := w.track(t, teamsAdmin); got.State != TrackNeedsYou || got.Next != tenant.StepFederation {
		t.Errorf("for a Teams admin: %s, next %s", got.State, got.Next)
	}
	if got := w.track(t, Actor{ID: "key:1"}); got.State != TrackNeedsOther || got.Next != tenant.StepConsent {
		t.Errorf("for a key: %s, next %s", got.State, got.Next)
	}

	if err := w.ConsentReturned(t.Context(), actor, w.tenant, ConsentReturn{Tenant: strings.ToUpper(contoso)}); err != nil {
		t.Fatal(err)
	}
	if got := step(t, w.track(t, actor), tenant.StepConsent); got.State != StepWaiting || got.Problem.Code != "consent_replicating" {
		t.Errorf("while Entra replicates: %s %+v", got.State, got.Problem)
	}
	w.workFor(t, 20*time.Second)
	w.dir.refused = nil
	w.workFor(t, time.Minute)
	if got := step(t, w.track(t, actor), tenant.StepConsent); got.State != StepDone || got.CheckedAt.IsZero() || got.By != "Ana Ruiz" {
		t.Errorf("consent is %s, looked at %s, by %q", got.State, got.CheckedAt, got.By)
	}

	n := 0
	w.caller.answer = func(string, string, int) []CallStep {
		if n++; n <= 3 {
			return ends(403, 7600, check.NotYet, check.FederationList)
		}
		return answered()
	}
	if _, err := w.StartFederationCheck(t.Context(), actor, w.tenant, actor.OID, ""); err != nil {
		t.Fatal(err)
	}
	w.work(t)
	if got := step(t, w.track(t, actor), tenant.StepFederation); got.State != StepWaiting || got.Problem.Code != "federation_waiting" {
		t.Errorf("while Teams catches up: %s %+v", got.State, got.Problem)
	}
	w.workFor(t, 10*time.Minute)
	if got := step(t, w.track(t, actor), tenant.StepFederation); got.State != StepDone {
		t.Errorf("federation is %s: %+v", got.State, got.Problem)
	}
	if got := w.track(t, actor); step(t, got, tenant.StepTestCall).State == StepDone {
		t.Error("the proof rang no agent, and counts as the test call")
	}

	oid := w.person(1)
	added := must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, []string{strings.ToUpper(oid), oid}))
	if added.Added != 1 || len(added.Refused) > 0 {
		t.Fatalf("added %+v", added)
	}
	if got := w.track(t, actor); got.Next != tenant.StepTestCall {
		t.Errorf("next is %s", got.Next)
	}
	if got := w.store.tenants[w.tenant]; got.State != tenant.Onboarding || w.told.count("tenant.activated") > 0 {
		t.Errorf("%s before the test call", got.State)
	}
	call := must[string](t)(w.TestCall(t.Context(), actor, w.tenant, oid, "somebody"))
	w.pass(nudgeAfter)
	w.work(t)
	view := must[TestCallView](t)(w.TestCallState(t.Context(), w.tenant, call))
	if !view.Over || view.Verdict != "authorised" || view.Cure != nil {
		t.Errorf("the test call: %+v", view)
	}
	got := w.track(t, actor)
	if got.State != TrackReady || got.Next != "" || got.Tenant.State != tenant.Active {
		t.Errorf("at the end: %s, next %s, tenant %s", got.State, got.Next, got.Tenant.State)
	}
	for _, v := range got.Steps {
		if v.State != StepDone || v.ProvedAt.IsZero() || v.OpenedAt.IsZero() || v.OpenedAt.After(v.ProvedAt) || v.By != "Ana Ruiz" {
			t.Errorf("%s: %s, opened %s, proved %s by %q", v.ID, v.State, v.OpenedAt, v.ProvedAt, v.By)
		}
		for _, i := range v.Evidence {
			if i.State == tenant.ItemOK && (i.CheckedAt.IsZero() || i.Check == "" || i.Seen == "") {
				t.Errorf("%s: ok without evidence: %+v", v.ID, i)
			}
		}
		if n := w.told.count("onboarding.step " + string(v.ID)); n != 1 {
			t.Errorf("%s was told %d times", v.ID, n)
		}
	}
	if n := w.told.count("tenant.activated"); n != 1 {
		t.Errorf("the activation was told %d times", n)
	}
	r := must[Readiness](t)(w.Readiness(t.Context(), w.tenant))
	if r.State != TrackReady || r.Agents.Ready != 1 || r.CheckedAt.IsZero() {
		t.Errorf("readiness: %+v", r)
	}
}

// TestProofRingsAnAgent: then its answer is the test call as well.
func TestProofRingsAnAgent(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	oid := w.person(1)
	must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, []string{oid}))
	must[[]tenant.Proof](t)(w.StartFederationCheck(t.Context(), actor, w.tenant, oid, ""))
	w.workFor(t, time.Minute)
	if got := w.track(t, actor); got.State != TrackReady {
		t.Errorf("%s, next %s", got.State, got.Next)
	}
	found := must[[]AgentStanding](t)(w.Agents(t.Context(), w.tenant, nil, "", 10))
	if found[0].Standing.LastRangAt.IsZero() {
		t.Error("it rang, and nobody noted it")
	}
}

func TestSignIn(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Admin)
		before func(*world)
		code   string
	}{
		"an admin":              {},
		"a tid in upper case":   {change: func(a *Admin) { a.EntraTenantID = strings.ToUpper(contoso) }},
		"no role":               {change: func(a *Admin) { a.Roles = nil }, code: "admin_role_missing"},
		"no word on roles":      {change: func(a *Admin) { a.Roles, a.RolesKnown = nil, false }, code: "admin_role_unknown"},
		"a personal account":    {change: func(a *Admin) { a.EntraTenantID = personalAccounts }, code: "personal_account"},
		"another organisation":  {before: func(w *world) { w.set(func(t *tenant.Tenant) { t.EntraTenantID = fabrikam }) }, code: "entra_tenant_other"},
		"somebody else's Entra": {before: func(w *world) { w.other(contoso) }, code: "entra_tenant_taken"},
		"expired":               {before: func(w *world) { w.pass(15 * 24 * time.Hour) }, code: "invitation_expired"},
		"revoked": {before: func(w *world) {
			for _, i := range w.store.invitations {
				_, _ = w.Revoke(context.Background(), Tandem(), w.tenant, i.ID)
			}
		}, code: "invitation_revoked"},
		"offboarded": {before: func(w *world) { w.set(func(t *tenant.Tenant) { t.State = tenant.Offboarded }) }, code: "tenant_offboarded"},
	} {
		w := newWorld(t)
		_, link, err := w.Invite(t.Context(), Actor{ID: "key:1"}, tenant.Invitation{Tenant: w.tenant, Note: "Ana"})
		if err != nil {
			t.Fatal(err)
		}
		if c.before != nil {
			c.before(w)
		}
		a := ana
		if c.change != nil {
			c.change(&a)
		}
		got, err := w.SignIn(t.Context(), word(t, link), a)
		if c.code == "" {
			if err != nil || got.State != tenant.Onboarding || got.EntraTenantID != contoso || w.audited("tenant.bind") != 1 {
				t.Errorf("%s: %v %+v", name, err, got)
			}
			continue
		}
		if fault.CodeOf(err) != c.code || w.audited("sign_in.refuse") != 1 {
			t.Errorf("%s: %v, %d audit lines, want %s", name, err, w.audited("sign_in.refuse"), c.code)
		}
		if after := w.store.tenants[w.tenant]; !after.BoundAt.IsZero() || after.State == tenant.Onboarding {
			t.Errorf("%s: turned away, and yet %+v", name, after)
		}
	}
}

func (w *world) set(change func(*tenant.Tenant)) {
	t := w.store.tenants[w.tenant]
	change(&t)
	w.store.tenants[w.tenant] = t
}

// other adds a second tenant.
func (w *world) other(entra string) tenant.ID {
	id := tenant.ID("99999999-0000-4000-8000-000000000002")
	w.store.tenants[id] = tenant.Tenant{ID: id, Name: "Fabrikam", State: tenant.Active, EntraTenantID: entra, BoundAt: start, HomeRegion: "eu"}
	return id
}

func TestSignInAgain(t *testing.T) {
	w := newWorld(t)
	_, link, err := w.Invite(t.Context(), Actor{ID: "key:1"}, tenant.Invitation{Tenant: w.tenant})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(t.Context(), "", ana); fault.CodeOf(err) != "not_invited" {
		t.Errorf("before the first: %v", err)
	}
	if _, err := w.SignIn(t.Context(), word(t, link), ana); err != nil {
		t.Fatal(err)
	}
	tom := ana
	tom.Name, tom.OID, tom.Roles = "Tom", "77aa1c52-0000-4000-8000-000000000002", []tenant.AdminRole{tenant.TeamsAdministrator}
	for name, with := range map[string]string{"without": "", "by the used link": word(t, link)} {
		if got, err := w.SignIn(t.Context(), with, tom); err != nil || got.ID != w.tenant {
			t.Errorf("another admin %s: %v", name, err)
		}
	}
	foreign := ana
	foreign.EntraTenantID = fabrikam
	if _, err := w.SignIn(t.Context(), word(t, link), foreign); fault.CodeOf(err) != "invitation_used" {
		t.Errorf("another organisation by the used link: %v", err)
	}
	_, link, err = w.Handover(t.Context(), ana.actor(), w.tenant, tenant.StepFederation)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(t.Context(), word(t, link), foreign); fault.CodeOf(err) != "entra_tenant_other" {
		t.Errorf("another organisation by a handover: %v", err)
	}
	page := must[Page](t)(w.Invitation(t.Context(), word(t, link)))
	if page.Kind != tenant.Handover || page.Step != tenant.StepFederation || page.State != tenant.InvitationOpen || !page.Bound {
		t.Errorf("the page: %+v", page)
	}
	if _, err := w.SignIn(t.Context(), word(t, link), tom); err != nil {
		t.Error(err)
	}
	if got := w.store.tenants[w.tenant]; got.BoundBy != "Ana Ruiz" {
		t.Errorf("bound by %s", got.BoundBy)
	}
	for _, bad := range []string{"", "nobody", strings.Repeat("x", 10_000)} {
		if _, err := w.Invitation(t.Context(), bad); fault.CodeOf(err) != "invitation_unknown" {
			t.Errorf("%.10q: %v", bad, err)
		}
	}
	if _, _, err := w.Handover(t.Context(), ana.actor(), w.tenant, tenant.StepPeople); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("a handover of people: %v", err)
	}
}

func TestConsent(t *testing.T) {
	presence := "Presence.Read.All"
	consent := func(w *world) tenant.Grant { return w.grant(tenant.GraphConsent, presence) }

	t.Run("not asked yet", func(t *testing.T) {
		w := newWorld(t)
		for _, p := range Permissions() { // the sign-in alone makes a token that permits nothing
			w.dir.without[p.Name] = 403
		}
		actor := w.bind(t)
		w.workFor(t, 11*time.Minute)
		if got := step(t, w.track(t, actor), tenant.StepConsent); got.State != StepNext || got.Problem != nil || consent(w).State != "" {
			t.Errorf("%s %+v, the ledger says %q", got.State, got.Problem, consent(w).State)
		}
		if err := w.ConsentReturned(t.Context(), actor, w.tenant, ConsentReturn{Tenant: contoso}); err != nil {
			t.Fatal(err)
		}
		w.workFor(t, series+time.Minute)
		if got := step(t, w.track(t, actor), tenant.StepConsent); got.State != StepFailed || got.Problem.Code != "permission_missing" {
			t.Errorf("claimed, and not given: %s %+v", got.State, got.Problem)
		}
	})

	t.Run("partial", func(t *testing.T) {
		w := newWorld(t)
		actor := w.bind(t)
		w.dir.without = map[string]int{presence: 403, "GroupMember.Read.All": 403}
		if err := w.ConsentReturned(t.Context(), actor, w.tenant, ConsentReturn{Tenant: contoso}); err != nil {
			t.Fatal(err)
		}
		if g := consent(w); g.State != tenant.Claimed {
			t.Errorf("at once: %s", g.State)
		}
		w.workFor(t, series+time.Minute)
		if g := consent(w); g.State != tenant.Missing || g.Code != "permission_missing" {
			t.Errorf("in the end: %s %s", g.State, g.Code)
		}
		got := step(t, w.track(t, actor), tenant.StepConsent)
		if got.State != StepFailed || got.Problem.Code != "permission_missing" ||
			!strings.Contains(got.Problem.Text, presence) || !strings.Contains(got.Problem.Text, "busy or away") || strings.Contains(got.Problem.Text, "Group") {
			t.Errorf("%s %+v", got.State, got.Problem)
		}
		delete(w.dir.without, presence) // the optional one stays away
		if track := must[Track](t)(w.CheckConsent(t.Context(), actor, w.tenant)); step(t, track, tenant.StepConsent).State != StepDone {
			t.Error("consented, and not done")
		}
	})

	t.Run("drift", func(t *testing.T) {
		w := newWorld(t)
		w.bind(t)
		w.work(t)
		if consent(w).State != tenant.Proved {
			t.Fatal("consent given before is not found")
		}
		w.dir.refused = noConsent
		w.workFor(t, 10*time.Minute+time.Second)
		if g := consent(w); g.State != tenant.Doubtful || g.Code != "consent_missing" || !g.Holds() {
			t.Errorf("after the first look: %s", g.State)
		}
		w.workFor(t, confirmAfter+time.Second)
		if g := consent(w); g.State != tenant.Revoked || w.told.count("grant.changed "+presence+" revoked") != 1 || w.audited("grant.revoked") != 4 {
			t.Errorf("after the second: %s, told %v", g.State, w.told.told)
		}
		w.dir.refused = fault.Forbidden("app_disabled", "disabled")
		w.workFor(t, 11*time.Minute)
		if g := consent(w); g.State != tenant.Revoked || g.Code != "app_disabled" {
			t.Errorf("for another reason: %s %s", g.State, g.Code)
		}
		w.dir.refused = nil
		w.workFor(t, 11*time.Minute)
		if g := consent(w); g.State != tenant.Proved {
			t.Errorf("given again: %s", g.State)
		}
	})

	t.Run("once only", func(t *testing.T) {
		w := newWorld(t)
		w.bind(t)
		w.work(t)
		w.dir.refused = noConsent
		w.pass(11 * time.Minute)
		w.work(t)
		w.dir.refused = nil
		w.workFor(t, 3*time.Minute)
		if g := consent(w); g.State != tenant.Proved || w.told.count("grant.changed "+presence+" revoked") > 0 {
			t.Errorf("one bad look took it away: %s", g.State)
		}
	})

	t.Run("nobody's fault", func(t *testing.T) {
		w := newWorld(t)
		actor := w.bind(t)
		w.work(t)
		w.trouble = true
		for _, code := range []error{
			fault.Unavailable("entra_unavailable", ""), fault.Internal("credential_rejected", ""), errors.New("odd"),
		} {
			w.dir.refused = code
			w.workFor(t, 15*time.Minute)
		}
		w.dir.refused = nil
		w.dir.without = map[string]int{presence: 503}
		w.workFor(t, 15*time.Minute)
		if g := consent(w); g.State != tenant.Proved || len(w.store.ledger) != 4 {
			t.Errorf("%s after %d rows", g.State, len(w.store.ledger))
		}
		if w.track(t, actor).Steps[1].State != StepDone {
			t.Error("trouble at Microsoft undoes a step")
		}
	})

	t.Run("what the redirect says", func(t *testing.T) {
		for name, c := range map[string]struct {
			r    ConsentReturn
			code string
		}{
			"cancelled":          {ConsentReturn{Error: "access_denied"}, "consent_declined"},
			"declined":           {ConsentReturn{Error: "consent_required", Description: "AADSTS65004: x", Tenant: contoso}, "consent_declined"},
			"no admin":           {ConsentReturn{Error: "access_denied", Description: "AADSTS90094: x"}, "consent_needs_admin"},
			"requested":          {ConsentReturn{Error: "access_denied", Description: "AADSTS90095: x"}, "consent_requested"},
			"registration":       {ConsentReturn{Error: "invalid_request", Description: "AADSTS650056: x"}, "registration_wrong"},
			"hostile":            {ConsentReturn{Error: "\x00<script>\n", Description: strings.Repeat("é", 9999)}, "consent_refused"},
			"forged, of another": {ConsentReturn{Tenant: fabrikam}, "consent_tenant_other"},
		} {
			w := newWorld(t)
			w.dir.refused = noConsent
			actor := w.bind(t)
			w.work(t)
			if err := w.ConsentReturned(t.Context(), actor, w.tenant, c.r); err != nil {
				t.Fatal(err)
			}
			w.workFor(t, 11*time.Minute) // a recheck does not wipe the reason
			got := step(t, w.track(t, actor), tenant.StepConsent)
			if got.State != StepFailed || got.Problem.Code != c.code || len(w.store.ledger) > 0 || w.audited("consent.refuse") != 1 {
				t.Errorf("%s: %s %+v, %d rows", name, got.State, got.Problem, len(w.store.ledger))
			}
			if track := w.track(t, actor); track.Next != tenant.StepConsent {
				t.Errorf("%s: next is %s", name, track.Next)
			}
		}
	})

	t.Run("forged, nothing granted", func(t *testing.T) {
		w := newWorld(t)
		w.dir.refused = noConsent
		actor := w.bind(t)
		if err := w.ConsentReturned(t.Context(), actor, w.tenant, ConsentReturn{Tenant: contoso}); err != nil {
			t.Fatal(err)
		}
		w.workFor(t, series+2*time.Minute)
		if g := consent(w); g.State != tenant.Missing || g.Code != "consent_missing" {
			t.Errorf("%s %s", g.State, g.Code)
		}
	})

	t.Run("another organisation answers", func(t *testing.T) {
		w := newWorld(t)
		w.dir.id = fabrikam
		actor := w.bind(t)
		track := must[Track](t)(w.CheckConsent(t.Context(), actor, w.tenant))
		if got := step(t, track, tenant.StepConsent); got.State == StepDone || got.Problem == nil || got.Problem.Code != "organisation_other" || len(w.store.ledger) > 0 {
			t.Errorf("%s %+v", got.State, got.Problem)
		}
	})
}

// TestConsentSchedule: the moments of facts/entra-graph-teams.md §1.1.
func TestConsentSchedule(t *testing.T) {
	w := newWorld(t)
	w.dir.refused = noConsent
	actor := w.bind(t)
	w.work(t)
	if err := w.ConsentReturned(t.Context(), actor, w.tenant, ConsentReturn{}); err != nil {
		t.Fatal(err)
	}
	var waits []time.Duration
	for last := w.now(); len(waits) < 8; {
		l, _ := w.store.Look(t.Context(), LookRef{w.tenant, LookConsent})
		w.pass(l.DueAt.Sub(w.now()))
		waits = append(waits, w.now().Sub(last)/time.Second)
		last = w.now()
		w.work(t)
	}
	if want := []time.Duration{1, 2, 4, 8, 15, 30, 60, 60}; !slices.Equal(waits, want) {
		t.Errorf("tried again after %d, want %d", waits, want)
	}
}

// TestTellingFails: a change that could not be told is found and told again.
func TestTellingFails(t *testing.T) {
	w := newWorld(t)
	w.bind(t)
	w.told.fail = fault.Unavailable("store_away", "away")
	if _, err := w.RecheckTenant(t.Context(), w.tenant); err == nil || len(w.store.ledger) > 0 {
		t.Fatalf("%v, %d rows", err, len(w.store.ledger))
	}
	w.told.fail = nil
	w.pass(lease)
	w.work(t)
	if n := w.told.count("grant.changed User.Read.All proved"); n != 1 || w.grant(tenant.GraphConsent, "User.Read.All").State != tenant.Proved {
		t.Errorf("told %d times", n)
	}
}

func TestPauseAndOffboard(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	oid := w.person(1)
	must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, []string{oid}))
	got := must[tenant.Tenant](t)(w.Pause(t.Context(), actor, w.tenant))
	if got.PausedBy != "Ana Ruiz" || !got.PausedAt.Equal(w.now()) || w.track(t, actor).State != TrackPaused {
		t.Errorf("%+v", got)
	}
	must[tenant.Tenant](t)(w.Pause(t.Context(), actor, w.tenant))
	if w.audited("tenant.pause") != 1 {
		t.Error("a second stop is a second line")
	}
	if _, err := w.TestCall(t.Context(), actor, w.tenant, oid, ""); fault.CodeOf(err) != "tenant_paused" || len(w.caller.placed) > 0 {
		t.Errorf("a test call while stopped: %v", err)
	}
	if got := must[tenant.Tenant](t)(w.Resume(t.Context(), actor, w.tenant)); !got.PausedAt.IsZero() || got.PausedBy != "" {
		t.Errorf("%+v", got)
	}
	agent := must[[]AgentStanding](t)(w.Agents(t.Context(), w.tenant, nil, "", 1))[0]
	if a := must[tenant.Agent](t)(w.PauseAgent(t.Context(), actor, w.tenant, agent.ID)); a.PausedAt.IsZero() {
		t.Error("not taken out")
	}
	if a := must[tenant.Agent](t)(w.ResumeAgent(t.Context(), actor, w.tenant, agent.ID)); !a.PausedAt.IsZero() {
		t.Error("not taken in")
	}

	// The trail says who and whom, by their names too.
	line := w.store.audits[len(w.store.audits)-1]
	if line.Action != "agent.resume" || line.Actor != actor.ID || line.ActorName != "Ana Ruiz" || line.Subject != string(agent.ID) || line.SubjectName != agent.Name || agent.Name == "" {
		t.Errorf("%+v", line)
	}

	undo := must[Undo](t)(w.Offboard(t.Context(), Actor{ID: "key:1"}, w.tenant))
	var codes []string
	for _, s := range undo.Steps {
		codes = append(codes, s.Code)
	}
	if !slices.Equal(codes, []string{"federation", "policy", "enterprise_app", "data"}) || !strings.Contains(undo.Script, w.store.resources[0].ImmutableID) {
		t.Errorf("%v\n%s", codes, undo.Script)
	}
	again := must[Undo](t)(w.Offboard(t.Context(), Actor{ID: "key:1"}, w.tenant))
	if again.Script != undo.Script || w.told.count("tenant.offboarded") != 1 || w.track(t, actor).State != TrackBlocked {
		t.Error("off-boarding twice is not the same as once")
	}
	w.store.agents = []tenant.Agent{agent.Agent} // as if the first time had been cut off
	must[Undo](t)(w.Offboard(t.Context(), Actor{ID: "key:1"}, w.tenant))
	if len(w.store.agents) > 0 {
		t.Error("what was cut off did not go on")
	}
	if _, err := w.Pause(t.Context(), actor, w.tenant); fault.CodeOf(err) != "tenant_offboarded" {
		t.Error(err)
	}
	if _, _, err := w.Invite(t.Context(), actor, tenant.Invitation{Tenant: w.tenant}); fault.CodeOf(err) != "tenant_offboarded" {
		t.Error(err)
	}
}
