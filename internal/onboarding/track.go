package onboarding

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/check"
	"tandem/internal/tenant"
)

// facts is everything stored that a track is made of; the functions on it are
// pure.
type facts struct {
	tenant                    tenant.Tenant
	ledger                    ledger
	resources                 []Resource
	marks                     map[tenant.Step]tenant.StepMark
	consent, agents, testCall Look
	counts                    Counts
	proofs                    []tenant.Proof // from the newest
	now                       time.Time
}

func (s *Service) facts(ctx context.Context, id tenant.ID) (facts, error) {
	f, err := s.Store.Facts(ctx, id)
	return newFacts(f, s.Now()), err
}

func newFacts(stored Facts, now time.Time) facts {
	f := facts{
		tenant: stored.Tenant, ledger: newLedger(stored.Grants), resources: homeFirst(stored.Resources),
		marks: marked(stored.Marks), counts: stored.Counts, proofs: stored.Proofs, now: now,
	}
	for _, l := range stored.Looks {
		switch l.Kind {
		case LookConsent:
			f.consent = l
		case LookAgents:
			f.agents = l
		case LookTestCall:
			f.testCall = l
		case LookGroups, LookTestUser:
		}
	}
	return f
}

func (s *Service) marks(ctx context.Context, id tenant.ID) (map[tenant.Step]tenant.StepMark, error) {
	all, err := s.Store.StepMarks(ctx, id)
	return marked(all), err
}

func marked(all []tenant.StepMark) map[tenant.Step]tenant.StepMark {
	marks := map[tenant.Step]tenant.StepMark{}
	for _, m := range all {
		marks[m.Step] = m
	}
	return marks
}

// Track is the onboarding as one viewer sees it. That an admin saw the step that
// is next opens it, for the timeline.
func (s *Service) Track(ctx context.Context, id tenant.ID, viewer Actor) (Track, error) {
	f, err := s.facts(ctx, id)
	if err != nil {
		return Track{}, err
	}
	t := f.track(viewer)
	if t.Next != "" && viewer.OID != "" && f.marks[t.Next].OpenedAt.IsZero() {
		err = s.Store.MarkStep(ctx, id, tenant.StepMark{Step: t.Next, OpenedAt: f.now})
	}
	return t, err
}

// Readiness is everything that has to be true, in one document. Its state knows
// no viewer: whatever people have to do is somebody else's.
func (s *Service) Readiness(ctx context.Context, id tenant.ID) (Readiness, error) {
	f, err := s.facts(ctx, id)
	if err != nil {
		return Readiness{}, err
	}
	return f.readiness(), nil
}

// impersonal is the track as nobody in particular sees it.
func (f facts) impersonal() Track {
	t := f.track(Actor{})
	if t.State == TrackNeedsYou {
		t.State = TrackNeedsOther
	}
	return t
}

func (f facts) readiness() Readiness {
	t := f.impersonal()
	r := Readiness{Tenant: f.tenant.ID, State: t.State, Agents: f.counts, Progress: progress(f.agents)}
	for _, step := range t.Steps {
		r.Items = append(r.Items, step.item())
		r.Items = append(r.Items, step.Evidence...)
	}
	for _, i := range r.Items {
		if !i.CheckedAt.IsZero() && (r.CheckedAt.IsZero() || i.CheckedAt.Before(r.CheckedAt)) {
			r.CheckedAt = i.CheckedAt
		}
	}
	return r
}

// item is a step as one precondition.
func (v StepView) item() tenant.Item {
	i := tenant.Item{Name: string(v.ID), CheckedAt: v.CheckedAt, Check: "onboarding", State: tenant.ItemUnknown}
	if v.Problem != nil {
		i.Seen, i.Cure = v.Problem.Text, v.Problem.Cure
	}
	switch v.State {
	case StepDone:
		i.State = tenant.ItemOK
	case StepWaiting:
		i.State = tenant.ItemWaiting
	case StepFailed:
		i.State = tenant.ItemFailed
	case StepOpen, StepNext:
	}
	return i
}

// after says which steps have to be done before a step can be taken at all;
// otherwise the order is free.
var after = map[tenant.Step]tenant.Step{
	tenant.StepConsent:    tenant.StepSignIn,
	tenant.StepFederation: tenant.StepSignIn,
	tenant.StepPeople:     tenant.StepConsent,
	tenant.StepTestCall:   tenant.StepFederation,
}

// track puts the steps together and finds the one that is next: the first that
// can be taken and that the viewer can take, else the first that can be taken.
func (f facts) track(viewer Actor) Track {
	t := Track{Tenant: f.tenant}
	done := map[tenant.Step]bool{}
	for _, look := range []func() StepView{f.signIn, f.consentStep, f.federation, f.people, f.testCallStep} {
		v := look()
		m := f.marks[v.ID]
		v.OpenedAt, v.ProvedAt, v.By = m.OpenedAt, m.ProvedAt, cmp.Or(v.By, m.By)
		v.Needs, v.Minutes, v.ViewerCan = v.ID.Needs(), minutes[v.ID], viewer.can(v.ID)
		done[v.ID] = v.State == StepDone
		t.Steps = append(t.Steps, v)
	}
	first, mine := -1, -1
	all := true
	for i, v := range t.Steps {
		all = all && done[v.ID]
		if done[v.ID] || v.State == StepWaiting || after[v.ID] != "" && !done[after[v.ID]] {
			continue
		}
		if first < 0 {
			first = i
		}
		if mine < 0 && v.ViewerCan {
			mine = i
		}
	}
	if first >= 0 {
		t.first = t.Steps[first].ID
	}
	switch {
	case f.tenant.State == tenant.Offboarded || f.tenant.State == tenant.Suspended:
		t.State = TrackBlocked
		return t
	case !f.tenant.PausedAt.IsZero():
		t.State = TrackPaused
	case all && f.tenant.State == tenant.Active:
		t.State = TrackReady
	case mine >= 0:
		t.State = TrackNeedsYou
	case first >= 0:
		t.State = TrackNeedsOther
	default:
		t.State = TrackWaiting
	}
	at := mine
	if at < 0 {
		at = first
	}
	if at >= 0 {
		t.Next = t.Steps[at].ID
		if t.Steps[at].State == StepOpen {
			t.Steps[at].State = StepNext
		}
	}
	return t
}

func (f facts) signIn() StepView {
	v := StepView{ID: tenant.StepSignIn, State: StepOpen, CheckedAt: f.tenant.BoundAt, By: f.tenant.BoundBy}
	i := tenant.Item{Name: "entra_tenant", Subject: f.tenant.EntraTenantID, State: tenant.ItemUnknown}
	if !f.tenant.BoundAt.IsZero() {
		v.State = StepDone
		i.State, i.CheckedAt, i.Check, i.Seen = tenant.ItemOK, f.tenant.BoundAt, "sign-in", "an admin of the organisation signed in"
	}
	v.Evidence = []tenant.Item{i}
	return v
}

func (f facts) consentStep() StepView {
	v := StepView{ID: tenant.StepConsent, State: StepOpen, CheckedAt: f.consent.EndedAt}
	holds, doubt, claimed := true, false, false
	var lost []string
	code := ""
	for _, p := range Permissions() {
		g := f.ledger.of(tenant.GraphConsent, p.Name)
		i := grantItem("permission", p.Name, g, f.consent.EndedAt, "consent_replicating")
		if !p.Needed && g.State == tenant.Missing { // never granted; one that was, and is gone, is missed
			i.State, i.Cure = tenant.ItemLeftOut, tenant.Cure{}
		}
		v.Evidence = append(v.Evidence, i)
		if !p.Needed {
			continue
		}
		holds = holds && g.Holds()
		doubt = doubt || g.State == tenant.Doubtful
		claimed = claimed || g.State == tenant.Claimed
		if g.State == tenant.Missing || g.State == tenant.Revoked {
			lost = append(lost, p.Name+": "+p.Without)
			code = cmp.Or(code, g.Code)
		}
	}
	trying := claimed && !f.consent.StartedAt.IsZero()
	switch {
	case holds:
		v.State = StepDone
		if doubt {
			v.Problem = problemOf("grant_doubtful")
		}
	case hearsay[f.consent.Code]: // somebody tried again, and it went wrong
		v.State, v.Problem = StepFailed, problemOf(f.consent.Code)
	case trying:
		v.State, v.Problem = StepWaiting, problemOf("consent_replicating")
	case len(lost) > 0:
		v.State, v.Problem = StepFailed, problemOf(code)
		if code == "permission_missing" {
			v.Problem.Text = "Not granted: " + strings.Join(lost, " ")
		}
	case f.consent.Code != "" && f.consent.Code != "consent_missing":
		v.Problem = problemOf(f.consent.Code)
	}
	return v
}

// grantItem is a grant as one precondition; looked is when it was last looked at,
// if that leaves no row.
func grantItem(name, subject string, g tenant.Grant, looked time.Time, waiting string) tenant.Item {
	i := tenant.Item{
		Name: name, Subject: subject, State: tenant.ItemUnknown, CheckedAt: g.At,
		Check: strings.ReplaceAll(g.Check, "_", " "), Seen: g.Message,
	}
	switch g.State {
	case tenant.Proved:
		i.State, i.Seen = tenant.ItemOK, "proved"
		if looked.After(i.CheckedAt) {
			i.CheckedAt = looked
		}
	case tenant.Doubtful:
		i.State, i.Cure = tenant.ItemWaiting, cureOf("grant_doubtful").cure
	case tenant.Claimed:
		i.State, i.Seen, i.Cure = tenant.ItemWaiting, "said to be done, not proved yet", cureOf(waiting).cure
	case tenant.Missing, tenant.Revoked:
		i.State, i.Cure = tenant.ItemFailed, cureOf(g.Code).cure
	}
	return i
}

func (f facts) federation() StepView {
	v := StepView{ID: tenant.StepFederation, State: StepOpen}
	home, holds, doubt := false, true, false
	var code string
	var lostAt time.Time
	var proof *tenant.Proof
	for _, r := range f.resources {
		g := f.ledger.of(tenant.Federation, r.ID)
		v.Evidence = append(v.Evidence, grantItem("federation", r.ID, g, time.Time{}, "federation_waiting"))
		if !r.Home {
			continue
		}
		home = true
		holds = holds && g.Holds()
		doubt = doubt || g.State == tenant.Doubtful
		if g.State == tenant.Missing || g.State == tenant.Revoked {
			code, lostAt = g.Code, g.At
		}
		if g.At.After(v.CheckedAt) && g.State != tenant.Claimed {
			v.CheckedAt = g.At
		}
		at := slices.IndexFunc(f.proofs, func(p tenant.Proof) bool { return p.Resource == r.ID })
		if at >= 0 && !g.Holds() && (proof == nil || f.proofs[at].StartedAt.After(proof.StartedAt)) {
			proof = &f.proofs[at]
		}
	}
	switch {
	case !home:
		v.State, v.Problem = StepFailed, problemOf("no_resource")
	case holds:
		v.State = StepDone
		if doubt {
			v.Problem = problemOf("grant_doubtful")
		}
	case proof != nil && proof.EndedAt.IsZero():
		v.State = StepWaiting
		v.CheckedAt = later(v.CheckedAt, lastTry(*proof).At)
		if proof.Verdict == string(check.NotYet) {
			v.Problem = problemOf("federation_waiting")
		}
	case proof != nil && proof.EndedAt.After(lostAt) && !slices.Contains([]string{string(check.Authorised), string(check.NotYet), cancelled}, proof.Verdict):
		v.State, v.Problem = StepFailed, problemOf(cmp.Or(lastTry(*proof).Cure, string(check.TryAgain)))
		v.CheckedAt = later(v.CheckedAt, proof.EndedAt)
	case code != "":
		v.State, v.Problem = StepFailed, problemOf(code)
	}
	return v
}

func lastTry(p tenant.Proof) (a tenant.ProofAttempt) {
	if n := len(p.Attempts); n > 0 {
		a = p.Attempts[n-1]
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (f facts) people() StepView {
	c, look := f.counts, progress(f.agents)
	v := StepView{ID: tenant.StepPeople, State: StepOpen}
	v.CheckedAt = later(f.agents.EndedAt, f.marks[v.ID].ProvedAt)
	i := tenant.Item{
		Name: "agents", State: tenant.ItemUnknown, CheckedAt: v.CheckedAt, Check: "graph",
		Seen: fmt.Sprintf("%d ready, %d not ready, %d not looked at, %d taken out", c.Ready, c.NotReady, c.Unchecked, c.Paused),
	}
	switch {
	case c.Ready > 0:
		v.State = StepDone
		if !v.CheckedAt.IsZero() {
			i.State = tenant.ItemOK
		}
	case c.Total == 0:
	case look.Running() || c.Unchecked > 0:
		v.State, i.State = StepWaiting, tenant.ItemWaiting
		if look.Code != "" {
			v.Problem = problemOf(look.Code)
		}
	default:
		v.State, v.Problem = StepFailed, problemOf("nobody_ready")
		i.State, i.Cure = tenant.ItemFailed, v.Problem.Cure
	}
	v.Evidence = []tenant.Item{i}
	return v
}

func (f facts) testCallStep() StepView {
	m := f.marks[tenant.StepTestCall]
	v := StepView{ID: tenant.StepTestCall, State: StepOpen, CheckedAt: later(m.ProvedAt, f.testCall.EndedAt)}
	i := tenant.Item{Name: "test_call", Subject: f.testCall.Call, State: tenant.ItemUnknown, CheckedAt: v.CheckedAt, Check: "test call"}
	switch {
	case !m.ProvedAt.IsZero():
		v.State = StepDone
		i.State, i.Seen = tenant.ItemOK, "rang, and was answered"
	case f.testCall.Call != "" && f.testCall.EndedAt.IsZero():
		v.State, i.State, i.Seen = StepWaiting, tenant.ItemWaiting, "the call is going on"
	case f.testCall.Code != "":
		v.State, v.Problem = StepFailed, problemOf(f.testCall.Code)
		i.State, i.Seen, i.Cure = tenant.ItemFailed, v.Problem.Text, v.Problem.Cure
	}
	v.Evidence = []tenant.Item{i}
	return v
}

// advance writes down which steps are proved now, and makes a tenant active that
// has everything. Doing it again changes nothing.
func (s *Service) advance(ctx context.Context, id tenant.ID, by Actor) error {
	f, err := s.facts(ctx, id)
	if err != nil {
		return err
	}
	all := true
	for _, v := range f.track(by).Steps {
		if v.State != StepDone {
			all = false
			continue
		}
		if err := s.stepProved(ctx, id, f.marks, v.ID, cmp.Or(v.By, by.person())); err != nil {
			return err
		}
	}
	if !all || f.tenant.State != tenant.Onboarding {
		return nil
	}
	if err := s.publish(ctx, id, "tenant.activated", object{"name": f.tenant.Name, "at": f.now}); err != nil {
		return err
	}
	_, err = s.Store.ChangeTenant(ctx, id, func(t tenant.Tenant) (tenant.Tenant, error) {
		if t.State != tenant.Onboarding { // somebody else came first
			return t, nil
		}
		return t.Become(tenant.Active)
	})
	if err != nil {
		return err
	}
	return s.audit(ctx, id, by, "tenant.activate", thing{}, nil)
}

// stepProved writes down that a step is proved, and tells it once.
func (s *Service) stepProved(ctx context.Context, id tenant.ID, marks map[tenant.Step]tenant.StepMark, step tenant.Step, by string) error {
	if !marks[step].ProvedAt.IsZero() {
		return nil
	}
	now := s.Now()
	if err := s.publish(ctx, id, "onboarding.step", object{"step": step, "state": StepDone, "by": by, "at": now}); err != nil {
		return err
	}
	return s.Store.MarkStep(ctx, id, tenant.StepMark{Step: step, OpenedAt: now, ProvedAt: now, By: by})
}
