package onboarding

import (
	"slices"
	"testing"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// whole is what is stored of a tenant that has everything.
func whole() facts {
	f := facts{
		now:       start,
		tenant:    tenant.Tenant{ID: "t", EntraTenantID: contoso, State: tenant.Active, BoundAt: start, BoundBy: "Ana"},
		ledger:    newLedger(nil),
		resources: []Resource{{ID: "eu-1", Region: "eu", Home: true}, {ID: "us-1", Region: "us"}},
		marks:     map[tenant.Step]tenant.StepMark{tenant.StepTestCall: {ProvedAt: start}, tenant.StepPeople: {ProvedAt: start}},
		consent:   Look{EndedAt: start},
		counts:    Counts{Total: 2, Ready: 1, NotReady: 1},
	}
	for _, p := range Permissions() {
		f.grant(tenant.GraphConsent, p.Name, tenant.Proved, "")
	}
	f.grant(tenant.Federation, "eu-1", tenant.Proved, "")
	return f
}

func (f facts) grant(kind tenant.GrantKind, subject string, state tenant.GrantState, code string) {
	f.ledger[kind][subject] = tenant.Grant{Kind: kind, Subject: subject, State: state, Code: code, At: start, Check: "call"}
}

var (
	global = Actor{ID: "user:1", OID: "1", Roles: []tenant.AdminRole{tenant.GlobalAdministrator}}
	teams  = Actor{ID: "user:2", OID: "2", Roles: []tenant.AdminRole{tenant.TeamsAdministrator}}
	role   = Actor{ID: "user:3", OID: "3", Roles: []tenant.AdminRole{tenant.PrivilegedRoleAdministrator}}
	apiKey = Actor{ID: "key:1"}
)

// TestTrack: what is stored, who looks, and what he is told.
func TestTrack(t *testing.T) {
	const presence = "Presence.Read.All"
	for name, c := range map[string]struct {
		change  func(*facts)
		viewer  Actor
		state   TrackState
		next    tenant.Step
		step    tenant.Step // the one looked at
		is      StepState
		problem string
	}{
		"everything":      {nil, global, TrackReady, "", tenant.StepTestCall, StepDone, ""},
		"paused":          {func(f *facts) { f.tenant.PausedAt = start }, global, TrackPaused, "", tenant.StepConsent, StepDone, ""},
		"suspended":       {func(f *facts) { f.tenant.State = tenant.Suspended }, global, TrackBlocked, "", tenant.StepConsent, StepDone, ""},
		"all, not active": {func(f *facts) { f.tenant.State = tenant.Onboarding }, global, TrackWaiting, "", tenant.StepConsent, StepDone, ""},
		"unbound": {func(f *facts) { f.tenant.BoundAt = time.Time{}; f.ledger = newLedger(nil) }, apiKey, TrackNeedsOther, tenant.StepSignIn,
			tenant.StepSignIn, StepNext, ""},

		"a doubt": {func(f *facts) { f.grant(tenant.GraphConsent, presence, tenant.Doubtful, "consent_missing") }, global, TrackReady, "",
			tenant.StepConsent, StepDone, "grant_doubtful"},
		"an optional permission is missing": {func(f *facts) {
			f.grant(tenant.GraphConsent, "GroupMember.Read.All", tenant.Missing, "permission_missing")
		}, global, TrackReady, "", tenant.StepConsent, StepDone, ""},
		"consent is gone": {func(f *facts) { f.grant(tenant.GraphConsent, presence, tenant.Revoked, "consent_missing") }, global,
			TrackNeedsYou, tenant.StepConsent, tenant.StepConsent, StepFailed, "consent_missing"},
		"and a Teams admin looks": {func(f *facts) { f.grant(tenant.GraphConsent, presence, tenant.Revoked, "consent_missing") }, teams,
			TrackNeedsOther, tenant.StepConsent, tenant.StepConsent, StepFailed, "consent_missing"},
		"claimed, Entra replicates": {func(f *facts) {
			f.grant(tenant.GraphConsent, presence, tenant.Claimed, "")
			f.consent.StartedAt = start
		}, global, TrackWaiting, "", tenant.StepConsent, StepWaiting, "consent_replicating"},
		"nobody has consented": {func(f *facts) {
			f.ledger[tenant.GraphConsent] = map[string]tenant.Grant{}
			f.consent.Code = "consent_missing"
		}, role, TrackNeedsYou, tenant.StepConsent, tenant.StepConsent, StepNext, ""},
		"our own credential": {func(f *facts) {
			f.ledger[tenant.GraphConsent] = map[string]tenant.Grant{}
			f.consent.Code = "credential_rejected"
		}, global, TrackNeedsYou, tenant.StepConsent, tenant.StepConsent, StepNext, "credential_rejected"},

		"no resource": {func(f *facts) { f.resources = f.resources[1:] }, teams, TrackNeedsYou, tenant.StepFederation,
			tenant.StepFederation, StepFailed, "no_resource"},
		"nobody ran the script": {func(f *facts) { f.ledger[tenant.Federation] = map[string]tenant.Grant{} }, role, TrackNeedsOther,
			tenant.StepFederation, tenant.StepFederation, StepNext, ""},
		"refused by calls": {func(f *facts) { f.grant(tenant.Federation, "eu-1", tenant.Missing, "federation_missing") }, teams, TrackNeedsYou,
			tenant.StepFederation, tenant.StepFederation, StepFailed, "federation_missing"},
		"not yet": {func(f *facts) {
			f.grant(tenant.Federation, "eu-1", tenant.Claimed, "")
			f.proofs = []tenant.Proof{{Resource: "eu-1", StartedAt: start, NextAt: start, Verdict: string(check.NotYet), Attempts: []tenant.ProofAttempt{{Verdict: string(check.NotYet)}}}}
		}, teams, TrackWaiting, "", tenant.StepFederation, StepWaiting, "federation_waiting"},
		"the person was away": {func(f *facts) {
			f.grant(tenant.Federation, "eu-1", tenant.Claimed, "")
			f.proofs = []tenant.Proof{{Resource: "eu-1", StartedAt: start, EndedAt: start, Verdict: string(check.Inconclusive), Attempts: []tenant.ProofAttempt{{Cure: string(check.SignIn)}}}}
		}, teams, TrackNeedsYou, tenant.StepFederation, tenant.StepFederation, StepFailed, "sign_in"},
		"proved since": {func(f *facts) {
			f.proofs = []tenant.Proof{{Resource: "eu-1", StartedAt: start, EndedAt: start, Verdict: string(check.Inconclusive)}}
		}, teams, TrackReady, "", tenant.StepFederation, StepDone, ""},
		"a stand-by is not proved": {func(f *facts) { f.grant(tenant.Federation, "us-1", tenant.Missing, "federation_missing") }, teams,
			TrackReady, "", tenant.StepFederation, StepDone, ""},

		"no people": {func(f *facts) { f.counts = Counts{} }, apiKey, TrackNeedsYou, tenant.StepPeople, tenant.StepPeople, StepNext, ""},
		"nobody ready": {func(f *facts) { f.counts = Counts{Total: 3, NotReady: 3} }, apiKey, TrackNeedsYou, tenant.StepPeople,
			tenant.StepPeople, StepFailed, "nobody_ready"},
		"nobody looked at": {func(f *facts) { f.counts = Counts{Total: 3, Unchecked: 3} }, apiKey, TrackWaiting, "",
			tenant.StepPeople, StepWaiting, ""},
		"throttled": {func(f *facts) {
			f.counts = Counts{Total: 3, Unchecked: 3}
			f.agents = Look{StartedAt: start, Code: "directory_throttled"}
		}, apiKey, TrackWaiting, "", tenant.StepPeople, StepWaiting, "directory_throttled"},
		"people need consent": {func(f *facts) {
			f.counts = Counts{}
			f.grant(tenant.GraphConsent, presence, tenant.Revoked, "consent_missing")
		}, teams, TrackNeedsOther, tenant.StepConsent, tenant.StepPeople, StepOpen, ""},

		"not rung yet": {func(f *facts) { delete(f.marks, tenant.StepTestCall) }, apiKey, TrackNeedsYou, tenant.StepTestCall,
			tenant.StepTestCall, StepNext, ""},
		"it rings": {func(f *facts) {
			delete(f.marks, tenant.StepTestCall)
			f.testCall = Look{Call: "c", StartedAt: start}
		}, apiKey, TrackWaiting, "", tenant.StepTestCall, StepWaiting, ""},
		"not answered": {func(f *facts) {
			delete(f.marks, tenant.StepTestCall)
			f.testCall = Look{Call: "c", StartedAt: start, EndedAt: start, Code: "test_unanswered"}
		}, apiKey, TrackNeedsYou, tenant.StepTestCall, tenant.StepTestCall, StepFailed, "test_unanswered"},
	} {
		f := whole()
		if c.change != nil {
			c.change(&f)
		}
		got := f.track(c.viewer)
		v := step(t, got, c.step)
		code := ""
		if v.Problem != nil {
			code = v.Problem.Code
			if v.Problem.Text == "" || v.Problem.Cure.Code == "" {
				t.Errorf("%s: %+v", name, v.Problem)
			}
		}
		if got.State != c.state || got.Next != c.next || v.State != c.is || code != c.problem {
			t.Errorf("%s: %s, next %q, %s is %s (%s)", name, got.State, got.Next, c.step, v.State, code)
		}
		next := 0
		for _, v := range got.Steps {
			if v.State == StepNext {
				next++
			}
			if len(v.Evidence) == 0 {
				t.Errorf("%s: %s has no evidence", name, v.ID)
			}
			for _, i := range v.Evidence {
				if i.State == tenant.ItemOK && (i.CheckedAt.IsZero() || i.Check == "") || i.State == tenant.ItemFailed && i.Cure.Code == "" {
					t.Errorf("%s: %+v", name, i)
				}
			}
		}
		if next > 1 || len(got.Steps) != len(tenant.Steps()) {
			t.Errorf("%s: %d steps are next, of %d", name, next, len(got.Steps))
		}
	}
}

func TestReadiness(t *testing.T) {
	f := whole()
	f.consent.EndedAt = start.Add(time.Hour)
	r := f.readiness()
	if r.State != TrackReady || !r.CheckedAt.Equal(start) || r.Agents != f.counts {
		t.Errorf("%+v", r)
	}
	var subjects []string
	for _, i := range r.Items {
		if i.Subject != "" {
			subjects = append(subjects, i.Name+" "+i.Subject)
		}
	}
	want := []string{"entra_tenant " + contoso}
	for _, p := range Permissions() {
		want = append(want, "permission "+p.Name)
	}
	if want = append(want, "federation eu-1", "federation us-1"); !slices.Equal(subjects, want) {
		t.Errorf("%v", subjects)
	}
	f.counts = Counts{}
	if r := f.readiness(); r.State != TrackNeedsOther { // nobody looks, so nobody is "you"
		t.Error(r.State)
	}
}

// TestSuspect: Entra's refusal of any work is followed up at once, trouble is not.
func TestSuspect(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	w.pass(5 * time.Minute)
	oid := w.person(1)
	w.dir.troubles = []error{fault.Unavailable("directory_throttled", "")}
	if _, err := w.AddPeople(t.Context(), actor, w.tenant, []string{oid}); fault.CodeOf(err) != "directory_throttled" {
		t.Fatal(err)
	}
	if looks, _, _ := w.Due(t.Context(), 10); len(looks) > 0 {
		t.Errorf("throttled, and %v", looks)
	}
	w.dir.refused, w.dir.troubles = noConsent, []error{noConsent}
	if _, err := w.AddPeople(t.Context(), actor, w.tenant, []string{oid}); fault.CodeOf(err) != "consent_missing" {
		t.Fatal(err)
	}
	w.work(t)
	if g := w.grant(tenant.GraphConsent, "User.Read.All"); g.State != tenant.Doubtful {
		t.Errorf("%s", g.State)
	}
	for range 3 { // more of the same does not hurry the second look
		if err := w.Suspect(t.Context(), w.tenant, noConsent); err != nil {
			t.Fatal(err)
		}
		if looks, _, _ := w.Due(t.Context(), 10); len(looks) > 0 {
			t.Errorf("looked at all the time: %v", looks)
		}
	}
	w.workFor(t, confirmAfter+time.Second)
	if g := w.grant(tenant.GraphConsent, "User.Read.All"); g.State != tenant.Revoked {
		t.Errorf("%s", g.State)
	}
}

// TestOptionalPermission: one that was never granted is nobody's fault; one that was
// taken away is missed.
func TestOptionalPermission(t *testing.T) {
	const groups = "GroupMember.Read.All"
	for state, want := range map[tenant.GrantState]tenant.ItemState{
		tenant.Proved: tenant.ItemOK, tenant.Missing: tenant.ItemLeftOut, tenant.Revoked: tenant.ItemFailed, tenant.Claimed: tenant.ItemWaiting,
	} {
		f := whole()
		f.grant(tenant.GraphConsent, groups, state, "permission_missing")
		v := f.consentStep()
		i := v.Evidence[slices.IndexFunc(v.Evidence, func(i tenant.Item) bool { return i.Subject == groups })]
		if i.State != want || (i.Cure.Code != "") != (want == tenant.ItemFailed || want == tenant.ItemWaiting) || v.State != StepDone {
			t.Errorf("%s: %+v, the step is %s", state, i, v.State)
		}
	}
	f := whole()
	f.grant(tenant.GraphConsent, "Presence.Read.All", tenant.Missing, "permission_missing")
	if v := f.consentStep(); !slices.ContainsFunc(v.Evidence, func(i tenant.Item) bool { return i.State == tenant.ItemFailed }) {
		t.Errorf("a needed one: %+v", v)
	}
}
