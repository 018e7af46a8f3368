package onboarding

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// OnStore takes a tenant that is invited, with a home and a stand-by resource, its
// whole way on a store; package onboarding_test has a real one, and reads from its
// list how the tenant stands.
func OnStore(t *testing.T, store Store, id tenant.ID, kept func() Standing) {
	w := newWorld(t)
	c := w.Config
	c.Store = store
	w.Service, w.tenant, w.store = New(c), id, nil
	if kept != nil {
		w.keep(t, kept)
	}
	w.trouble = true
	w.dir.refused = noConsent
	grant := func(kind tenant.GrantKind, subject string) tenant.GrantState {
		t.Helper()
		all := must[[]tenant.Grant](t)(store.Grants(t.Context(), id))
		return newLedger(all).of(kind, subject).State
	}

	_, link, err := w.Invite(t.Context(), Actor{ID: "key:1"}, tenant.Invitation{Tenant: id, Note: "Ana"})
	if err != nil {
		t.Fatal(err)
	}
	if p := must[Page](t)(w.Invitation(t.Context(), word(t, link))); p.State != tenant.InvitationOpen {
		t.Errorf("%+v", p)
	}
	stranger := ana
	stranger.Roles = nil
	if _, err := w.SignIn(t.Context(), word(t, link), stranger); fault.CodeOf(err) != "admin_role_missing" {
		t.Errorf("no admin: %v", err)
	}
	must[tenant.Tenant](t)(w.SignIn(t.Context(), word(t, link), ana))
	actor := ana.actor()
	w.work(t)
	if got := w.track(t, actor); got.State != TrackNeedsYou || got.Next != tenant.StepConsent {
		t.Errorf("%s, next %s", got.State, got.Next)
	}

	if err := w.ConsentReturned(t.Context(), actor, id, ConsentReturn{Tenant: contoso}); err != nil {
		t.Fatal(err)
	}
	w.workFor(t, 10*time.Second)
	w.dir.refused = nil
	w.workFor(t, 30*time.Second)
	if got := step(t, w.track(t, actor), tenant.StepConsent); got.State != StepDone || got.By != "Ana Ruiz" {
		t.Errorf("consent is %s by %q: %+v", got.State, got.By, got.Problem)
	}

	w.caller.answer = func(string, string, int) []CallStep { return ends(403, 7600, check.NotYet, check.FederationList) }
	must[[]tenant.Proof](t)(w.StartFederationCheck(t.Context(), actor, id, actor.OID, ""))
	w.workFor(t, time.Minute)
	one := w.person(1)
	must[[]tenant.Proof](t)(w.StartFederationCheck(t.Context(), actor, id, one, ""))
	w.caller.answer = func(string, string, int) []CallStep { return answered() }
	w.workFor(t, 2*time.Minute)
	f := must[Federation](t)(w.Federation(t.Context(), id))
	if len(f.Proofs) != 2 || len(f.Resources) != 2 || !f.Resources[0].Home || f.Script == "" {
		t.Errorf("%+v", f)
	}
	for _, p := range f.Proofs {
		if p.State != ProofProved || p.OID != one || grant(tenant.Federation, p.Resource) != tenant.Proved {
			t.Errorf("%s of %s rings %s", p.State, p.Resource, p.Name)
		}
	}

	if got := must[Added](t)(w.AddPeople(t.Context(), actor, id, []string{one})); got.Added != 1 {
		t.Errorf("%+v", got)
	}
	w.dir.group[desk] = []string{one, w.person(2), w.person(3)}
	must[tenant.Group](t)(w.AddGroup(t.Context(), actor, id, desk))
	w.workFor(t, 5*time.Second)
	if c := must[Counts](t)(store.CountStandings(t.Context(), id)); c.Total != 3 || c.Ready != 3 {
		t.Errorf("%+v", c)
	}
	w.dir.group[desk] = []string{w.person(3)}
	w.pass(regroup)
	w.workFor(t, 5*time.Second)
	all := must[[]AgentStanding](t)(w.Agents(t.Context(), id, nil, "", 10))
	var oids []string
	for _, a := range all {
		oids = append(oids, a.OID)
	}
	slices.Sort(oids)
	if want := []string{one, w.person(3)}; !slices.Equal(oids, want) {
		t.Errorf("agents %v, want %v", oids, want)
	}

	must[string](t)(w.TestCall(t.Context(), actor, id, one, ""))
	w.workFor(t, time.Minute)
	if got := w.track(t, actor); got.State != TrackReady || got.Tenant.State != tenant.Active || w.told.count("tenant.activated") != 1 {
		t.Errorf("%s, next %s, %s", got.State, got.Next, got.Tenant.State)
	}
	no := false
	refuse := func() {
		t.Helper()
		if err := w.CallEnded(t.Context(), id, CallEnd{Call: "c", Resource: f.Resources[0].ID, OID: one, Code: 403, SubCode: 7600}); err != nil {
			t.Fatal(err)
		}
	}
	refuse()
	if g := grant(tenant.Federation, f.Resources[0].ID); g != tenant.Doubtful {
		t.Error(g)
	}
	w.pass(confirmAfter)
	refuse()
	if g := grant(tenant.Federation, f.Resources[0].ID); g != tenant.Missing {
		t.Error(g)
	}
	voiceless := w.dir.people[one]
	voiceless.EnterpriseVoice = &no
	w.dir.people[one] = voiceless
	must[Progress](t)(w.CheckAgents(t.Context(), actor, id))
	w.workFor(t, 5*time.Second)
	if p := must[Progress](t)(w.AgentsProgress(t.Context(), id)); p.Running() || p.Done != 2 {
		t.Errorf("%+v", p)
	}
	if s := must[string](t)(w.FixScript(t.Context(), id)); !strings.Contains(s, "-EnterpriseVoiceEnabled $true") {
		t.Error(s)
	}
	found := must[[]AgentStanding](t)(w.Agents(t.Context(), id, &no, "", 10))
	if len(found) != 1 || found[0].OID != one || found[0].Standing.LastRangAt.IsZero() {
		t.Errorf("%+v", found)
	}
	must[tenant.Tenant](t)(w.Pause(t.Context(), actor, id))
	undo := must[Undo](t)(w.Offboard(t.Context(), Actor{ID: "key:1"}, id))
	if got := w.track(t, actor); got.State != TrackBlocked || undo.Script == "" {
		t.Errorf("%s", got.State)
	}
	if looks, proofs, err := w.Due(t.Context(), 10); err != nil || len(looks)+len(proofs) > 0 {
		t.Errorf("work for a tenant that has left: %v %v %v", looks, proofs, err)
	}
}

func TestOnFakeStore(t *testing.T) {
	w := newWorld(t)
	OnStore(t, w.store, w.tenant, nil)
}
