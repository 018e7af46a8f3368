package onboarding

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const (
	// ShownProofs is how many of the newest proofs a page shows, and a verdict knows.
	ShownProofs = 20
	// callLasts is longer than any test call: 180 s of ringing and some seconds.
	callLasts = 4 * time.Minute
	// talks is longer than a test call goes on after its answer.
	talks = 2 * time.Second
	// nudgeAfter keeps "I ran it", pressed again and again, from asking Microsoft
	// each time.
	nudgeAfter = 10 * time.Second
)

// Federation is the script, what is known of each resource, and the proofs. The
// script needs a bound tenant; before that only the rest is there.
func (s *Service) Federation(ctx context.Context, id tenant.ID) (Federation, error) {
	t, err := s.Store.Tenant(ctx, id)
	if err != nil {
		return Federation{}, err
	}
	resources, err := s.resources(ctx, id)
	if err != nil {
		return Federation{}, err
	}
	holding, err := s.grants(ctx, id)
	if err != nil {
		return Federation{}, err
	}
	proofs, err := s.Store.Proofs(ctx, id, ShownProofs)
	if err != nil {
		return Federation{}, err
	}
	var f Federation
	if r := (rights{t.EntraTenantID, resources}); r.checked() == nil {
		f.Lines = r.lines(false)
		f.Script, f.WhatIf, f.Undo = script(f.Lines), script(r.lines(true)), r.undo()
	}
	for _, r := range resources {
		g := holding.of(tenant.Federation, r.ID)
		f.Resources = append(f.Resources, ResourceState{r, g.State, g.Code, g.At})
	}
	for _, p := range proofs {
		f.Proofs = append(f.Proofs, viewProof(p))
	}
	f.TestUser, err = s.testUser(ctx, id)
	return f, err
}

// resources are those that may ring the tenant, the home region's first.
func (s *Service) resources(ctx context.Context, t tenant.ID) ([]Resource, error) {
	all, err := s.Store.Resources(ctx, t)
	return homeFirst(all), err
}

func homeFirst(all []Resource) []Resource {
	slices.SortStableFunc(all, func(a, b Resource) int {
		if a.Home != b.Home {
			if a.Home {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}

func viewProof(p tenant.Proof) ProofView {
	v := ProofView{Proof: p, State: ProofWaiting}
	last := tenant.ProofAttempt{}
	if n := len(p.Attempts); n > 0 {
		last = p.Attempts[n-1]
	}
	switch {
	case !p.EndedAt.IsZero() && p.Verdict == string(check.Authorised):
		v.State = ProofProved
	case !p.EndedAt.IsZero():
		v.State = ProofFailed
	case ringing(p):
		v.State = ProofRinging
	}
	if v.State != ProofProved && last.Cure != "" {
		c := cureOf(last.Cure).cure
		v.Cure = &c
	}
	return v
}

// ringing says that the last attempt has not come to its end.
func ringing(p tenant.Proof) bool {
	n := len(p.Attempts)
	return p.EndedAt.IsZero() && n > 0 && p.Attempts[n-1].Verdict == ""
}

// StartFederationCheck begins to prove the resources that are not proved yet (all,
// if all are) by calls to one person; each is a proof of its own. One that is
// under way already is tried again at once, with the person who is named now.
func (s *Service) StartFederationCheck(ctx context.Context, by Actor, id tenant.ID, oid, name string) ([]tenant.Proof, error) {
	t, err := s.ringable(ctx, id)
	if err != nil {
		return nil, err
	}
	oid, name, err = s.known(ctx, t, by, oid, name)
	if err != nil {
		return nil, err
	}
	resources, err := s.resources(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(resources) == 0 {
		return nil, fault.Conflict("no_resource", "the provider has no resource that could ring the tenant")
	}
	holding, err := s.grants(ctx, id)
	if err != nil {
		return nil, err
	}
	wanted := slices.DeleteFunc(slices.Clone(resources), func(r Resource) bool {
		return holding.of(tenant.Federation, r.ID).State == tenant.Proved
	})
	if len(wanted) == 0 {
		wanted = resources
	}
	now := s.Now()
	var subjects []string
	for _, r := range wanted {
		subjects = append(subjects, r.ID)
		p := tenant.Proof{
			Tenant: id, Resource: r.ID, OID: oid, Name: name, StartedBy: by.ID, StartedAt: now, NextAt: now,
		}
		if _, err := s.Store.StartProof(ctx, p); fault.CodeOf(err) == "proof_running" {
			err = s.nudge(ctx, id, r.ID, oid, name)
			if err != nil {
				return nil, err
			}
		} else if err != nil {
			return nil, err
		}
	}
	if err := s.claim(ctx, id, by, "script_run", tenant.Federation, subjects...); err != nil {
		return nil, err
	}
	if err := s.Store.MarkStep(ctx, id, tenant.StepMark{Step: tenant.StepFederation, OpenedAt: now, By: by.called()}); err != nil {
		return nil, err
	}
	if err := s.audit(ctx, id, by, "federation.check", thing{oid, name}, object{"resources": subjects}); err != nil {
		return nil, err
	}
	return s.Store.Proofs(ctx, id, ShownProofs)
}

// nudge brings the next attempt of a running proof forward.
func (s *Service) nudge(ctx context.Context, id tenant.ID, resource, oid, name string) error {
	all, err := s.Store.Proofs(ctx, id, ShownProofs)
	if err != nil {
		return err
	}
	now := s.Now()
	for _, p := range all {
		if p.Resource != resource || !p.EndedAt.IsZero() {
			continue
		}
		_, err := s.Store.ChangeProof(ctx, ProofRef{id, p.ID}, func(p tenant.Proof) (tenant.Proof, error) {
			n := len(p.Attempts)
			switch {
			case !p.EndedAt.IsZero(), ringing(p), n > 0 && now.Sub(p.Attempts[n-1].At) < nudgeAfter:
				return p, errNotDue
			case n > 0: // no attempt is under way, so what is planned may come sooner
				p.NextAt = now
			}
			p.OID, p.Name = oid, name
			return p, nil
		})
		if err != nil && !notDue(err) {
			return err
		}
	}
	return nil
}

// cancelled is the verdict of a proof that somebody stopped.
const cancelled = "cancelled"

// CancelFederationCheck ends the proofs that are under way, and the call of one that
// rings: fault.Conflict with the code proof_not_running if there is none. What was
// seen stays, and what is only claimed stays a claim.
func (s *Service) CancelFederationCheck(ctx context.Context, by Actor, id tenant.ID) error {
	if _, err := s.open(ctx, id); err != nil {
		return err
	}
	all, err := s.Store.Proofs(ctx, id, ShownProofs)
	if err != nil {
		return err
	}
	now := s.Now()
	var stopped []tenant.Proof
	var subjects []string
	for _, p := range all {
		if !p.EndedAt.IsZero() {
			continue
		}
		p, err := s.changeRunning(ctx, ProofRef{id, p.ID}, func(p *tenant.Proof) {
			if ringing(*p) {
				p.Attempts[len(p.Attempts)-1].Verdict = cancelled
			}
			p.Verdict, p.EndedAt, p.NextAt = cancelled, now, time.Time{}
		})
		if notDue(err) {
			continue
		}
		if err != nil {
			return err
		}
		stopped, subjects = append(stopped, p), append(subjects, p.Resource)
	}
	if len(stopped) == 0 {
		return fault.Conflict("proof_not_running", "no check of the federation is under way")
	}
	if err := s.audit(ctx, id, by, "federation.check_cancel", thing{stopped[0].OID, stopped[0].Name}, object{"resources": subjects}); err != nil {
		return err
	}
	for _, p := range stopped {
		if a := lastTry(p); a.Verdict == cancelled {
			if err := s.silence(ctx, id, a.Call); err != nil {
				return err
			}
		}
	}
	return nil
}

// silence ends a call, if it is not over by itself.
func (s *Service) silence(ctx context.Context, t tenant.ID, call string) error {
	err := s.Caller.HangUp(ctx, t, call)
	if kind := fault.KindOf(err); kind == fault.KindNotFound || kind == fault.KindConflict {
		return nil
	}
	return err
}

// changeRunning changes a proof that is under way; errNotDue if it has ended.
func (s *Service) changeRunning(ctx context.Context, ref ProofRef, change func(*tenant.Proof)) (tenant.Proof, error) {
	return s.Store.ChangeProof(ctx, ref, func(p tenant.Proof) (tenant.Proof, error) {
		if !p.EndedAt.IsZero() {
			return p, errNotDue
		}
		change(&p)
		return p, nil
	})
}

// RunProof makes one attempt, for a job, and says when the next is due; zero:
// never. An attempt rings for minutes at most; if ctx ends before, somebody else
// goes on to watch the same call. Nothing rings after a final answer.
func (s *Service) RunProof(ctx context.Context, ref ProofRef) (next time.Time, err error) {
	p, err := s.takeProof(ctx, ref)
	if notDue(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return next, err
	}
	if !ringing(p) {
		var rang bool
		if p, rang, err = s.attempt(ctx, p); notDue(err) { // it was cancelled meanwhile
			return time.Time{}, nil
		}
		if err != nil || !rang {
			return p.NextAt, err
		}
	}
	last := p.Attempts[len(p.Attempts)-1]
	end, err := s.await(ctx, ref.Tenant, last.Call, last.At)
	if err != nil {
		return s.letGo(ctx, ref, err)
	}
	return s.conclude(ctx, p, last.Call, end)
}

// takeProof makes a due proof the caller's for the time of a lease.
func (s *Service) takeProof(ctx context.Context, ref ProofRef) (tenant.Proof, error) {
	now := s.Now()
	return s.Store.ChangeProof(ctx, ref, func(p tenant.Proof) (tenant.Proof, error) {
		if !p.EndedAt.IsZero() || p.NextAt.IsZero() || p.NextAt.After(now) {
			return p, errNotDue
		}
		p.NextAt = now.Add(lease)
		return p, nil
	})
}

// letGo gives a taken proof back, so that whoever comes next goes on soon.
func (s *Service) letGo(ctx context.Context, ref ProofRef, why error) (time.Time, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	p, err := s.Store.ChangeProof(ctx, ref, func(p tenant.Proof) (tenant.Proof, error) {
		if p.EndedAt.IsZero() {
			p.NextAt = s.Now().Add(nudgeAfter)
		}
		return p, nil
	})
	if err != nil {
		s.Logger.WarnContext(ctx, "a proof waits for the end of its lease", "tenant", ref.Tenant, "proof", ref.ID, "error", err)
	}
	return p.NextAt, why
}

// attempt rings, unless the proof has to wait for another one or needs no call
// of its own any more.
func (s *Service) attempt(ctx context.Context, p tenant.Proof) (_ tenant.Proof, rang bool, err error) {
	ref := ProofRef{p.Tenant, p.ID}
	change := func(f func(*tenant.Proof)) (tenant.Proof, error) { return s.changeRunning(ctx, ref, f) }
	now := s.Now()
	welcome, err := s.welcome(ctx, p)
	if err != nil {
		p.NextAt, err = s.letGo(ctx, ref, err)
		return p, false, err
	}
	if !welcome || now.Sub(p.StartedAt) > check.Patience { // stopped, or nothing could be asked, for all that time
		p, err = change(func(p *tenant.Proof) {
			p.Verdict, p.EndedAt, p.NextAt = cmp.Or(p.Verdict, string(check.Inconclusive)), now, time.Time{}
		})
		return p, false, err
	}
	_, err = s.ringable(ctx, p.Tenant)
	if fault.KindOf(err) == fault.KindConflict { // stopped for now: nothing rings, nothing is lost
		p, err = change(func(p *tenant.Proof) { p.NextAt = now.Add(time.Minute) })
		return p, false, err
	}
	if err != nil {
		p.NextAt, err = s.letGo(ctx, ref, err)
		return p, false, err
	}
	before, err := s.ahead(ctx, p)
	if err != nil {
		p.NextAt, err = s.letGo(ctx, ref, err)
		return p, false, err
	}
	if before != nil {
		p, err = change(func(p *tenant.Proof) { behind(p, *before, now) })
		return p, false, err
	}
	// Who comes after a process that died before it wrote the call down gets that call.
	once := fmt.Sprintf("proof/%s/%d/%s", p.ID, len(p.Attempts), p.OID)
	call, err := s.Caller.Place(ctx, p.Tenant, p.Resource, p.OID, p.Name, once)
	switch fault.KindOf(err) {
	case fault.KindNone:
	case fault.KindUnavailable, fault.KindExhausted: // nothing was asked of Microsoft
		p.NextAt, err = s.letGo(ctx, ref, err)
		return p, false, err
	default:
		_, failed := s.conclude(ctx, p, "", ending{CallStep: CallStep{
			At: now, Verdict: check.Inconclusive, Cure: check.TryAgain, Message: "the call could not be made: " + fault.CodeOf(err),
		}})
		s.Logger.WarnContext(ctx, "a test call could not be made", "tenant", p.Tenant, "resource", p.Resource, "error", err)
		return tenant.Proof{}, false, failed
	}
	p, err = change(func(p *tenant.Proof) {
		p.Attempts = append(p.Attempts, tenant.ProofAttempt{At: now, Call: call})
	})
	if notDue(err) { // cancelled while Microsoft was asked
		if failed := s.silence(ctx, ref.Tenant, call); failed != nil {
			err = failed
		}
	}
	return p, true, err
}

// ahead is a proof that p has to wait for, or whose end is p's end as well. Home
// comes first, one resource after the other: a person is not rung by two at once,
// and not again from another region if the first call could not reach him.
func (s *Service) ahead(ctx context.Context, p tenant.Proof) (*tenant.Proof, error) {
	resources, err := s.resources(ctx, p.Tenant)
	if err != nil {
		return nil, err
	}
	place := func(resource string) int {
		return slices.IndexFunc(resources, func(r Resource) bool { return r.ID == resource })
	}
	all, err := s.Store.Proofs(ctx, p.Tenant, ShownProofs)
	if err != nil {
		return nil, err
	}
	for _, q := range all {
		before := place(q.Resource) < place(p.Resource)
		switch {
		case q.ID == p.ID:
		case ringing(q), before && q.EndedAt.IsZero(),
			before && q.StartedAt.Equal(p.StartedAt) && q.Verdict != string(check.Authorised):
			return &q, nil
		}
	}
	return nil, nil
}

// behind makes p wait for q, or end as it did.
func behind(p *tenant.Proof, q tenant.Proof, now time.Time) {
	switch {
	case !q.EndedAt.IsZero():
		p.Verdict, p.EndedAt, p.NextAt = q.Verdict, now, time.Time{}
	case ringing(q) || q.NextAt.Before(now):
		p.NextAt = now.Add(5 * time.Second)
	default: // q may be just about to ring: then its moment is that of its lease
		p.NextAt = now.Add(min(q.NextAt.Sub(now)+time.Second, time.Minute))
	}
}

// wake makes proofs due at a moment that waited for one that has ended.
func (s *Service) wake(ctx context.Context, of tenant.Proof, at time.Time) error {
	all, err := s.Store.Proofs(ctx, of.Tenant, ShownProofs)
	if err != nil {
		return err
	}
	for _, q := range all {
		if q.ID == of.ID || !q.EndedAt.IsZero() || ringing(q) || !q.StartedAt.Equal(of.StartedAt) {
			continue
		}
		_, err := s.Store.ChangeProof(ctx, ProofRef{q.Tenant, q.ID}, func(p tenant.Proof) (tenant.Proof, error) {
			if !p.EndedAt.IsZero() || ringing(p) {
				return p, errNotDue
			}
			p.NextAt = at
			return p, nil
		})
		if err != nil && !notDue(err) {
			return err
		}
	}
	return nil
}

// ending is how a test call went.
type ending struct {
	CallStep
	answered bool
}

// await follows a call until its end is certain. A call that nobody knows, or
// that has not come to an end long after it should have, ends as inconclusive.
func (s *Service) await(ctx context.Context, t tenant.ID, call string, asked time.Time) (ending, error) {
	watching, cancel := context.WithTimeout(ctx, callLasts)
	defer cancel()
	steps, err := s.Caller.Watch(watching, t, call)
	if err == nil {
		var seen []CallStep
		for step := range steps {
			seen = append(seen, step)
			if end, certain := endOf(seen); certain {
				return end, nil
			}
		}
		err = fault.Unavailable("test_call_running", "the test call has not ended")
	}
	if ctx.Err() != nil {
		return ending{}, ctx.Err()
	}
	if fault.KindOf(err) == fault.KindNotFound || s.Now().Sub(asked) > callLasts {
		return ending{CallStep: CallStep{
			At: s.Now(), Over: true, Verdict: check.Inconclusive, Cure: check.TryAgain, Message: "the call's end is not known",
		}}, nil
	}
	return ending{}, err
}

// endOf is how a call ended, as soon as that is certain: an answer is all that a
// test call can show, and what comes after it is a matter of seconds.
func endOf(steps []CallStep) (end ending, certain bool) {
	for _, step := range steps {
		switch {
		case step.State == CallAnswered:
			a := judged(CallEnd{Answered: true})
			step.Code, step.SubCode, step.Verdict, step.Cure, step.Message = a.Code, a.SubCode, a.Verdict, a.Cure, a.Message
			return ending{CallStep: step, answered: true}, true
		case step.Over:
			return ending{CallStep: step}, true
		}
	}
	return end, false
}

// over says that nobody is in the call any more.
func over(steps []CallStep) bool {
	return len(steps) > 0 && steps[len(steps)-1].Over
}

// conclude writes down how an attempt ended. The ledger comes first: if this
// process dies in between, the same call is judged again, to the same end.
func (s *Service) conclude(ctx context.Context, p tenant.Proof, call string, end ending) (next time.Time, err error) {
	ref := ProofRef{p.Tenant, p.ID}
	now := s.Now()
	p = ended(p, call, end.CallStep, now)
	seen := sign{
		call: call, resource: p.Resource, oid: p.OID, check: "test_call", at: now, final: !p.EndedAt.IsZero(),
		verdict: end.Verdict, cure: end.Cure, code: end.Code, subCode: end.SubCode, message: end.Message, answered: end.answered,
	}
	if _, err := s.learn(ctx, ref.Tenant, Tandem(), seen); err != nil {
		return s.letGo(ctx, ref, err)
	}
	if end.answered {
		if err := s.credit(ctx, ref.Tenant, p.OID); err != nil {
			return s.letGo(ctx, ref, err)
		}
	}
	if err := s.advance(ctx, ref.Tenant, Tandem()); err != nil {
		return s.letGo(ctx, ref, err)
	}
	p, err = s.changeRunning(ctx, ref, func(p *tenant.Proof) { *p = ended(*p, call, end.CallStep, now) })
	if notDue(err) { // it was cancelled meanwhile
		return time.Time{}, nil
	}
	if err == nil && !p.EndedAt.IsZero() {
		at := now
		if end.answered {
			at = now.Add(talks)
		}
		err = s.wake(ctx, p, at)
	}
	return p.NextAt, err
}

// ended is a proof after an attempt: at its end, or with the moment of the next.
func ended(p tenant.Proof, call string, end CallStep, now time.Time) tenant.Proof {
	p.Attempts = slices.Clone(p.Attempts)
	if !ringing(p) {
		p.Attempts = append(p.Attempts, tenant.ProofAttempt{At: now, Call: call})
	}
	a := &p.Attempts[len(p.Attempts)-1]
	a.Verdict, a.Code, a.SubCode, a.Cure, a.Message = string(end.Verdict), end.Code, end.SubCode, string(end.Cure), end.Message
	p.Verdict = a.Verdict
	next, again := check.Next(len(p.Attempts), p.Attempts[0].At, now)
	if end.Verdict == check.NotYet && again {
		p.NextAt = next
		return p
	}
	p.NextAt, p.EndedAt = time.Time{}, now
	return p
}
