package onboarding

import (
	"context"
	"slices"
	"testing"
	"time"

	"tandem/internal/tenant"
)

// TestStanding: what a list says of a tenant.
func TestStanding(t *testing.T) {
	const presence = "Presence.Read.All"
	revoked := func(f *facts) { f.grant(tenant.GraphConsent, presence, tenant.Revoked, "consent_missing") }
	onboarding := func(f *facts) { f.tenant.State = tenant.Onboarding; f.marks = marked(nil) }
	for name, c := range map[string]struct {
		changes   []func(*facts)
		state     TrackState
		step      tenant.Step
		problem   string
		turn      Turn
		attention bool
		drift     bool
	}{
		"everything":       {nil, TrackReady, "", "", "", false, false},
		"a doubt":          {[]func(*facts){func(f *facts) { f.grant(tenant.GraphConsent, presence, tenant.Doubtful, "x") }}, TrackReady, "", "", "", false, false},
		"consent is gone":  {[]func(*facts){revoked}, TrackNeedsOther, tenant.StepConsent, "consent_missing", TenantsTurn, true, true},
		"nobody ready":     {[]func(*facts){func(f *facts) { f.counts = Counts{Total: 1, NotReady: 1} }}, TrackNeedsOther, tenant.StepPeople, "nobody_ready", TenantsTurn, true, true},
		"no resource":      {[]func(*facts){func(f *facts) { f.resources = nil }}, TrackNeedsOther, tenant.StepFederation, "no_resource", ProvidersTurn, true, true},
		"paused":           {[]func(*facts){func(f *facts) { f.tenant.PausedAt = start }}, TrackPaused, "", "", TenantsTurn, true, false},
		"paused, and gone": {[]func(*facts){revoked, func(f *facts) { f.tenant.PausedAt = start }}, TrackPaused, tenant.StepConsent, "consent_missing", TenantsTurn, true, true},
		"suspended":        {[]func(*facts){revoked, func(f *facts) { f.tenant.State = tenant.Suspended }}, TrackBlocked, "", "", ProvidersTurn, true, false},
		"offboarded":       {[]func(*facts){revoked, func(f *facts) { f.tenant.State = tenant.Offboarded }}, TrackBlocked, "", "", "", false, false},
		"active by the provider's word": {[]func(*facts){func(f *facts) {
			f.tenant.BoundAt, f.ledger, f.marks, f.counts = time.Time{}, newLedger(nil), marked(nil), Counts{}
		}}, TrackNeedsOther, tenant.StepSignIn, "", TenantsTurn, true, false},

		"invited": {[]func(*facts){onboarding, func(f *facts) {
			f.tenant.State, f.tenant.BoundAt, f.ledger = tenant.Invited, time.Time{}, newLedger(nil)
		}}, TrackNeedsOther, tenant.StepSignIn, "", TenantsTurn, false, false},
		"Entra replicates": {[]func(*facts){onboarding, func(f *facts) {
			f.grant(tenant.GraphConsent, presence, tenant.Claimed, "")
			f.consent.StartedAt, f.counts = start, Counts{}
			f.ledger[tenant.Federation] = map[string]tenant.Grant{}
		}}, TrackNeedsOther, tenant.StepFederation, "", TenantsTurn, false, false},
		"and nothing else is to be done": {[]func(*facts){onboarding, func(f *facts) {
			f.grant(tenant.GraphConsent, presence, tenant.Claimed, "")
			f.consent.StartedAt = start
			f.marks[tenant.StepTestCall] = tenant.StepMark{ProvedAt: start}
		}}, TrackWaiting, tenant.StepConsent, "consent_replicating", "", false, false},
		"our own credential": {[]func(*facts){onboarding, func(f *facts) {
			f.ledger[tenant.GraphConsent], f.consent.Code = map[string]tenant.Grant{}, "credential_rejected"
		}}, TrackNeedsOther, tenant.StepConsent, "credential_rejected", ProvidersTurn, true, false},
		"consent and test call are open": {[]func(*facts){onboarding, func(f *facts) {
			f.ledger[tenant.GraphConsent] = map[string]tenant.Grant{}
		}}, TrackNeedsOther, tenant.StepConsent, "", TenantsTurn, false, false},
	} {
		f := whole()
		for _, step := range tenant.Steps() {
			f.marks[step] = tenant.StepMark{Step: step, ProvedAt: start}
		}
		for _, change := range c.changes {
			change(&f)
		}
		want := Standing{State: c.state, Step: c.step, Problem: c.problem, Turn: c.turn, Attention: c.attention, Drift: c.drift, Agents: f.counts}
		if got := f.standing(); got != want {
			t.Errorf("%s:\n%+v, want\n%+v", name, got, want)
		}
		if got := f.readiness(); got.State != c.state {
			t.Errorf("%s: the readiness says %s", name, got.State)
		}
	}
}

// keeping is a store whose list is compared with the readiness after each change.
type keeping struct {
	Store
	compare func()
}

func compared[T any](s keeping, v T, err error) (T, error) {
	s.compare()
	return v, err
}

func (s keeping) ChangeTenant(ctx context.Context, t tenant.ID, change func(tenant.Tenant) (tenant.Tenant, error)) (tenant.Tenant, error) {
	v, err := s.Store.ChangeTenant(ctx, t, change)
	return compared(s, v, err)
}

func (s keeping) UseInvitation(ctx context.Context, i tenant.Invitation, entra, by string, at time.Time) (tenant.Tenant, error) {
	v, err := s.Store.UseInvitation(ctx, i, entra, by, at)
	return compared(s, v, err)
}

func (s keeping) AppendGrants(ctx context.Context, t tenant.ID, g ...tenant.Grant) error {
	err := s.Store.AppendGrants(ctx, t, g...)
	s.compare()
	return err
}

func (s keeping) MarkStep(ctx context.Context, t tenant.ID, m tenant.StepMark) error {
	err := s.Store.MarkStep(ctx, t, m)
	s.compare()
	return err
}

func (s keeping) AddAgents(ctx context.Context, t tenant.ID, group string, agents []tenant.Agent) (int, error) {
	n, err := s.Store.AddAgents(ctx, t, group, agents)
	return compared(s, n, err)
}

func (s keeping) KeepMembers(ctx context.Context, t tenant.ID, group string, oids []string) (int, error) {
	n, err := s.Store.KeepMembers(ctx, t, group, oids)
	return compared(s, n, err)
}

func (s keeping) ChangeAgent(ctx context.Context, t tenant.ID, id tenant.AgentID, change func(tenant.Agent) (tenant.Agent, error)) (tenant.Agent, error) {
	v, err := s.Store.ChangeAgent(ctx, t, id, change)
	return compared(s, v, err)
}

func (s keeping) SaveStandings(ctx context.Context, t tenant.ID, all []tenant.Standing) error {
	err := s.Store.SaveStandings(ctx, t, all)
	s.compare()
	return err
}

func (s keeping) MarkRang(ctx context.Context, t tenant.ID, oid string, at time.Time) error {
	err := s.Store.MarkRang(ctx, t, oid, at)
	s.compare()
	return err
}

func (s keeping) DeleteGroup(ctx context.Context, t tenant.ID, id string) error {
	err := s.Store.DeleteGroup(ctx, t, id)
	s.compare()
	return err
}

func (s keeping) StartProof(ctx context.Context, p tenant.Proof) (tenant.Proof, error) {
	v, err := s.Store.StartProof(ctx, p)
	return compared(s, v, err)
}

func (s keeping) ChangeProof(ctx context.Context, p ProofRef, change func(tenant.Proof) (tenant.Proof, error)) (tenant.Proof, error) {
	v, err := s.Store.ChangeProof(ctx, p, change)
	return compared(s, v, err)
}

func (s keeping) ChangeLook(ctx context.Context, l LookRef, change func(Look) (Look, error)) (Look, error) {
	v, err := s.Store.ChangeLook(ctx, l, change)
	return compared(s, v, err)
}

func (s keeping) Offboard(ctx context.Context, t tenant.ID, at time.Time) (tenant.Tenant, error) {
	v, err := s.Store.Offboard(ctx, t, at)
	return compared(s, v, err)
}

// keep makes the world's store one whose list, read by kept, must tell what the
// readiness tells, after whatever is written.
func (w *world) keep(t *testing.T, kept func() Standing) {
	seen := map[Standing]bool{}
	drifted := false
	w.Store = keeping{w.Store, func() {
		t.Helper()
		got, r, f := kept(), must[Readiness](t)(w.Readiness(t.Context(), w.tenant)), must[Facts](t)(w.Store.Facts(t.Context(), w.tenant))
		missing := func(step tenant.Step) bool {
			return slices.ContainsFunc(r.Items, func(i tenant.Item) bool { return i.Name == string(step) && i.Subject == "" && i.State != tenant.ItemOK })
		}
		drift := f.Tenant.State == tenant.Active && slices.ContainsFunc(f.Marks, func(m tenant.StepMark) bool { return !m.ProvedAt.IsZero() && missing(m.Step) })
		if got.State != r.State || got.Agents != r.Agents || got.Drift != drift || got.Step != "" && !missing(got.Step) ||
			got.Attention != (got.Turn == ProvidersTurn || f.Tenant.State == tenant.Active && r.State != TrackReady) {
			t.Errorf("the list says %+v, the readiness %+v of %+v", got, r, f.Tenant)
		}
		if got.Since.IsZero() || got.DriftSince.IsZero() == got.Drift {
			t.Errorf("since %s, drift since %s", got.Since, got.DriftSince)
		}
		drifted = drifted || got.Drift
		got.Since, got.DriftSince = time.Time{}, time.Time{}
		if want := f.Standing(); got != want {
			t.Errorf("the list says %+v, the facts %+v", got, want)
		}
		seen[got] = true
	}}
	t.Cleanup(func() {
		if len(seen) < 10 || !drifted {
			t.Errorf("the way went by %d standings only, drift: %v", len(seen), drifted)
		}
	})
}
