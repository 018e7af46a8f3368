package onboarding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// TestCall rings one person from the home region's resource. How it ends is found
// out by a job as well, so that nobody has to watch.
func (s *Service) TestCall(ctx context.Context, by Actor, id tenant.ID, oid, name string) (call string, err error) {
	t, err := s.ringable(ctx, id)
	if err != nil {
		return "", err
	}
	oid, name, err = s.known(ctx, t, by, oid, name)
	if err != nil {
		return "", err
	}
	proofs, err := s.Store.Proofs(ctx, id, ShownProofs)
	if err != nil {
		return "", err
	}
	now := s.Now()
	if slices.ContainsFunc(proofs, func(p tenant.Proof) bool {
		return p.OID == oid && (ringing(p) || !p.EndedAt.IsZero() && now.Sub(p.EndedAt) < talks)
	}) {
		return "", fault.Conflict("proof_ringing", name+" is being rung to prove that calling is allowed; try again when that call is over, in a few seconds")
	}
	resources, err := s.resources(ctx, id)
	if err != nil {
		return "", err
	}
	if len(resources) == 0 || !resources[0].Home {
		return "", fault.Conflict("no_resource", "the provider has no resource in the home region that could ring the tenant")
	}
	free, err := s.quiet(ctx, id)
	if err != nil {
		return "", err
	}
	turn := now
	if untold(free, now) { // perhaps it rings already: then it is this call
		turn = free.StartedAt
	}
	before, err := s.takeTurn(ctx, free, turn)
	if err != nil {
		return "", err
	}
	call, err = s.Caller.Place(ctx, id, resources[0].ID, oid, name, fmt.Sprintf("test_call/%d/%s", turn.UnixMicro(), oid))
	if err != nil {
		return "", errors.Join(err, s.giveTurn(context.WithoutCancel(ctx), before, turn))
	}
	_, err = s.Store.ChangeLook(ctx, LookRef{id, LookTestCall}, func(l Look) (Look, error) {
		return Look{LookRef: l.LookRef, Call: call, OID: oid, StartedAt: now, DueAt: now.Add(nudgeAfter)}, nil
	})
	if err != nil {
		return call, err
	}
	if err := s.Store.MarkStep(ctx, id, tenant.StepMark{Step: tenant.StepTestCall, OpenedAt: now, By: by.called()}); err != nil {
		return call, err
	}
	return call, s.audit(ctx, id, by, "test_call", thing{oid, name}, object{"call": call, "resource": resources[0].ID})
}

// HangUpTestCall ends a test call before its time. How it ended is found out as of any
// other.
func (s *Service) HangUpTestCall(ctx context.Context, by Actor, id tenant.ID, call string) error {
	if err := s.Caller.HangUp(ctx, id, call); err != nil {
		return err
	}
	return s.audit(ctx, id, by, "test_call.hang_up", thing{id: call}, nil)
}

// placeTakes is longer than it takes to ask for a call.
const placeTakes = 30 * time.Second

// quiet finds that no test call is going on; one at a time is enough for a tenant.
func (s *Service) quiet(ctx context.Context, id tenant.ID) (Look, error) {
	look, err := s.Store.Look(ctx, LookRef{id, LookTestCall})
	since := s.Now().Sub(look.StartedAt)
	switch {
	case err != nil || since > callLasts:
		return look, err
	case look.Call == "" && since < placeTakes:
		return look, testCallRunning()
	case look.Call == "":
		return look, nil
	}
	steps, err := s.Caller.Steps(ctx, id, look.Call)
	if fault.KindOf(err) == fault.KindNotFound {
		return look, nil
	}
	if err != nil {
		return look, err
	}
	if !over(steps) {
		return look, testCallRunning()
	}
	end, _ := endOf(steps)
	return look, s.testCallEnded(ctx, id, look.Call, end)
}

// untold says that whoever took the turn did not live to tell of its call.
func untold(look Look, now time.Time) bool {
	return look.Call == "" && !look.StartedAt.IsZero() && look.EndedAt.IsZero() && now.Sub(look.StartedAt) <= callLasts
}

func testCallRunning() error {
	return fault.Conflict("test_call_running", "a test call is going on; wait until it is over")
}

// takeTurn makes the next test call the caller's, if nobody began one since quiet
// looked, and returns what was there before.
func (s *Service) takeTurn(ctx context.Context, free Look, turn time.Time) (before Look, err error) {
	_, err = s.Store.ChangeLook(ctx, LookRef{free.Tenant, LookTestCall}, func(l Look) (Look, error) {
		if !l.StartedAt.Equal(free.StartedAt) {
			return l, testCallRunning()
		}
		before = l
		return Look{LookRef: l.LookRef, StartedAt: turn}, nil
	})
	return before, err
}

// giveTurn takes that back, because there was no call.
func (s *Service) giveTurn(ctx context.Context, before Look, turn time.Time) error {
	_, err := s.Store.ChangeLook(ctx, before.LookRef, func(l Look) (Look, error) {
		if l.Call != "" || !l.StartedAt.Equal(turn) {
			return l, nil
		}
		return before, nil
	})
	return err
}

// TestCallState is how a test call stands.
func (s *Service) TestCallState(ctx context.Context, id tenant.ID, call string) (TestCallView, error) {
	steps, err := s.Caller.Steps(ctx, id, call)
	if err != nil {
		return TestCallView{}, err
	}
	v := TestCallView{Steps: steps, Over: over(steps)}
	end, certain := endOf(steps)
	if !certain {
		return v, nil
	}
	v.Verdict = string(end.Verdict)
	if code := end.trouble(); code != "" {
		c := cureOf(code).cure
		v.Cure = &c
	}
	return v, s.testCallEnded(ctx, id, call, end)
}

// trouble is the code of what keeps the end of a test call from being an answer.
func (e ending) trouble() string {
	switch {
	case e.answered:
		return ""
	case e.Verdict == check.Authorised && busy(e.Code, e.SubCode):
		return "test_busy"
	case e.Verdict == check.Authorised:
		return "test_unanswered"
	case e.Cure != "":
		return string(e.Cure)
	}
	return string(check.TryAgain)
}

// WatchCall follows a test call until it is over or ctx ends, and then closes the
// channel.
func (s *Service) WatchCall(ctx context.Context, id tenant.ID, call string) (<-chan CallStep, error) {
	steps, err := s.Caller.Watch(ctx, id, call)
	if err != nil {
		return nil, err
	}
	out := make(chan CallStep)
	go func() {
		defer close(out)
		var seen []CallStep
		for step := range steps {
			seen = append(seen, step)
			if end, certain := endOf(seen); certain {
				if err := s.testCallEnded(ctx, id, call, end); err != nil { // the job does it
					s.Logger.WarnContext(ctx, "the end of a test call is not written down yet", "tenant", id, "call", call, "error", err)
				}
			}
			select {
			case out <- step:
			case <-ctx.Done():
			}
		}
	}()
	return out, nil
}

// followTestCall finds out how the newest test call ended, for a job.
func (s *Service) followTestCall(ctx context.Context, id tenant.ID) (next time.Time, err error) {
	ref := LookRef{id, LookTestCall}
	look, err := s.take(ctx, ref, nil)
	if notDue(err) {
		return look.DueAt, nil
	}
	if err != nil {
		return next, err
	}
	steps, err := s.Caller.Steps(ctx, id, look.Call)
	end, certain := endOf(steps)
	lost := fault.KindOf(err) == fault.KindNotFound || s.Now().Sub(look.StartedAt) > callLasts
	if certain && err == nil {
		return next, s.testCallEnded(ctx, id, look.Call, end)
	}
	look, saved := s.Store.ChangeLook(ctx, ref, func(l Look) (Look, error) {
		switch {
		case l.Call != look.Call || !l.EndedAt.IsZero():
		case lost:
			l.EndedAt, l.DueAt, l.Code = s.Now(), time.Time{}, string(check.TryAgain)
		default:
			l.DueAt = s.Now().Add(nudgeAfter)
		}
		return l, nil
	})
	if saved != nil || lost {
		return look.DueAt, saved
	}
	return look.DueAt, err
}

// testCallEnded learns from the newest test call, once, when its end is certain. A
// call that is not the newest any more proves federation all the same, by CallEnded.
func (s *Service) testCallEnded(ctx context.Context, id tenant.ID, call string, end ending) error {
	ref := LookRef{id, LookTestCall}
	look, err := s.Store.Look(ctx, ref)
	if err != nil || look.Call != call || !look.EndedAt.IsZero() {
		return err
	}
	resources, err := s.resources(ctx, id)
	if err != nil || len(resources) == 0 {
		return err
	}
	if _, err := s.learn(ctx, id, Tandem(), sign{
		call: call, resource: resources[0].ID, oid: look.OID, check: "test_call", at: s.Now(), final: true,
		verdict: end.Verdict, cure: end.Cure, code: end.Code, subCode: end.SubCode, message: end.Message, answered: end.answered,
	}); err != nil {
		return err
	}
	if end.answered {
		if err := s.answered(ctx, id); err != nil {
			return err
		}
	}
	if err := s.advance(ctx, id, Tandem()); err != nil {
		return err
	}
	_, err = s.Store.ChangeLook(ctx, ref, func(l Look) (Look, error) {
		if l.Call == call {
			l.EndedAt, l.DueAt, l.Code = s.Now(), time.Time{}, end.trouble()
		}
		return l, nil
	})
	return err
}

// credit lets an answered call of a proof count as the test call, if the person is
// an agent: then it was what the last step asks for, one call to an agent, seen
// from end to end. The admin who only checked his own phone rings again.
func (s *Service) credit(ctx context.Context, id tenant.ID, oid string) error {
	agents, err := s.Store.StandingsByOID(ctx, id, []string{oid})
	if err != nil || len(agents) == 0 {
		return err
	}
	return s.answered(ctx, id)
}

// answered proves the step test_call, for whoever began it.
func (s *Service) answered(ctx context.Context, id tenant.ID) error {
	marks, err := s.marks(ctx, id)
	if err != nil {
		return err
	}
	by := cmp.Or(marks[tenant.StepTestCall].By, marks[tenant.StepFederation].By)
	return s.stepProved(ctx, id, marks, tenant.StepTestCall, by)
}
