package onboarding

import (
	"slices"
	"time"

	"tandem/internal/tenant"
)

// Standing is how a tenant stands, at a glance: the verdict of [Readiness], as a
// list shows it. The store keeps it beside the tenant and renews it whenever
// something changes of which it is made, so that it can be looked for among
// 100,000; only [Facts.Standing] judges.
type Standing struct {
	State      TrackState  // "": not judged yet
	Since      time.Time   // State and Step are what they are; kept by the store
	Step       tenant.Step // that is next, or is waited for; "": none
	Problem    string      // code of what keeps Step from being done; "": nobody has done it
	Turn       Turn        // whose it is
	Attention  bool        // the provider should look
	Drift      bool        // of an active tenant something does not hold that was proved
	DriftSince time.Time   // kept by the store; zero: no drift
	Agents     Counts
}

// Turn says who has to do something; "": nobody, or it goes on by itself.
type Turn string

const (
	TenantsTurn   Turn = "tenant"
	ProvidersTurn Turn = "provider"
)

// providersCures are the cures that are the provider's.
var providersCures = []string{"tell_provider", "wait_for_provider"}

// TenantStanding is a tenant with how it stands.
type TenantStanding struct {
	tenant.Tenant
	Standing Standing
}

// TenantFilter says which tenants of a list are wanted; the zero value: all.
type TenantFilter struct {
	Text      string // its words are beginnings of words of the name or the ids, in any case
	States    []tenant.State
	Standings []TrackState
	Attention *bool
	Drift     *bool
}

// TenantCount is how many tenants are alike.
type TenantCount struct {
	State     tenant.State
	Standing  TrackState
	Attention bool
	Drift     bool
	Tenants   int
}

// TellsAs says whether a verdict is the same with either of two states of a look:
// when it was and how far it is does not matter to it.
func (l Look) TellsAs(m Look) bool {
	return l.Code == m.Code && l.Call == m.Call && progress(l).Running() == progress(m).Running() &&
		l.StartedAt.IsZero() == m.StartedAt.IsZero() && l.EndedAt.IsZero() == m.EndedAt.IsZero()
}

// Standing judges. It knows no viewer, as [Readiness].
func (f Facts) Standing() Standing { return newFacts(f, time.Time{}).standing() }

func (f facts) standing() Standing {
	t := f.impersonal()
	s := Standing{State: t.State, Agents: f.counts}
	at := slices.IndexFunc(t.Steps, func(v StepView) bool {
		return v.ID == t.first || t.State == TrackWaiting && v.State == StepWaiting
	})
	cure := ""
	if at >= 0 && t.State != TrackBlocked {
		s.Step = t.Steps[at].ID
		if p := t.Steps[at].Problem; p != nil {
			s.Problem, cure = p.Code, p.Cure.Code
		}
	}
	switch {
	case slices.Contains(providersCures, cure), f.tenant.State == tenant.Suspended:
		s.Turn = ProvidersTurn
	case t.State == TrackNeedsOther, t.State == TrackPaused:
		s.Turn = TenantsTurn
	}
	active := f.tenant.State == tenant.Active
	for _, v := range t.Steps {
		s.Drift = s.Drift || active && !v.ProvedAt.IsZero() && v.State != StepDone
	}
	s.Attention = s.Turn == ProvidersTurn || active && s.State != TrackReady
	return s
}
