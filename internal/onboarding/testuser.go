package onboarding

import (
	"context"
	"errors"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// proveAfter is how old the proof of a federation may get before the test user is
// rung for a new one; more than freshAfter, or it would look older than it is.
const proveAfter = 24 * time.Hour

// oneByOne is more than it takes to prove the resources of a tenant one after the
// other.
const oneByOne = time.Hour

// NameTestUser lets Tandem ring a person by itself within some hours, once a day
// at most, as long as no call of people's own has proved the federation meanwhile;
// sooner only to confirm a doubt. It replaces who was named before.
func (s *Service) NameTestUser(ctx context.Context, by Actor, id tenant.ID, u tenant.TestUser) error {
	t, err := s.bound(ctx, id)
	if err != nil {
		return err
	}
	if u, err = u.Checked(); err != nil {
		return err
	}
	if u.OID, u.Name, err = s.known(ctx, t, by, u.OID, u.Name); err != nil {
		return err
	}
	u.Tenant, u.NamedBy, u.ByName, u.NamedAt = id, by.ID, by.Name, s.Now()
	if err := s.Store.SaveTestUser(ctx, u); err != nil {
		return err
	}
	detail := object{"zone": u.Zone, "days": u.Days, "from": u.From.String(), "until": u.Until.String()}
	if err := s.audit(ctx, id, by, "federation.test_user", thing{u.OID, u.Name}, detail); err != nil {
		return err
	}
	_, err = s.Store.ChangeLook(ctx, LookRef{id, LookTestUser}, func(l Look) (Look, error) {
		l.DueAt = u.NamedAt
		return l, nil
	})
	return err
}

// ForgetTestUser ends that. Who is being rung already is left in peace by the
// next attempt at the latest.
func (s *Service) ForgetTestUser(ctx context.Context, by Actor, id tenant.ID) error {
	if _, err := s.open(ctx, id); err != nil {
		return err
	}
	if err := s.Store.DeleteTestUser(ctx, id); err != nil {
		return err
	}
	return s.audit(ctx, id, by, "federation.test_user_remove", thing{}, nil)
}

// testUser is the tenant's, with the moment when it is looked at next; nil if
// nobody is named.
func (s *Service) testUser(ctx context.Context, id tenant.ID) (*TestUserView, error) {
	u, err := s.Store.TestUser(ctx, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil, nil //nolint:nilnil // nobody is named, which is no error
	}
	if err != nil {
		return nil, err
	}
	l, err := s.Store.Look(ctx, LookRef{id, LookTestUser})
	return &TestUserView{u, l.StartedAt, l.DueAt}, err
}

// ringTestUser begins to prove what has not been proved for a day, or is in doubt,
// for a job, and says when to think of it again.
func (s *Service) ringTestUser(ctx context.Context, id tenant.ID) (next time.Time, err error) {
	ref := LookRef{id, LookTestUser}
	taken, err := s.take(ctx, ref, nil)
	if notDue(err) {
		return taken.DueAt, nil
	}
	if err != nil {
		return next, err
	}
	rung := taken.StartedAt
	next, began, failed := s.proveByTestUser(ctx, id, rung)
	if failed != nil {
		next = s.Now().Add(s.again(failed, taken.Tries+1))
	}
	l, err := s.Store.ChangeLook(context.WithoutCancel(ctx), ref, func(l Look) (Look, error) {
		if !l.DueAt.Equal(taken.DueAt) {
			return l, nil // named anew, or asked for, meanwhile
		}
		l.DueAt, l.Tries, l.Code = next, 0, fault.CodeOf(failed)
		if failed != nil {
			l.Tries = taken.Tries + 1
		}
		if began {
			l.StartedAt = s.Now()
		}
		return l, nil
	})
	return l.DueAt, errors.Join(failed, err)
}

// proveByTestUser starts the proofs that are due and may be made now. rung is when
// it last did.
func (s *Service) proveByTestUser(ctx context.Context, id tenant.ID, rung time.Time) (next time.Time, began bool, err error) {
	u, err := s.Store.TestUser(ctx, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return next, false, nil
	}
	if err != nil {
		return next, false, err
	}
	now := s.Now()
	if open := u.Next(now); open.After(now) {
		return open, false, nil
	}
	if _, err = s.ringable(ctx, id); fault.KindOf(err) == fault.KindConflict {
		return u.Next(now.Add(time.Hour)), false, nil // stopped: it may be let go on any day
	}
	if err != nil {
		return next, false, err
	}
	resources, err := s.resources(ctx, id)
	if err != nil {
		return next, false, err
	}
	holding, err := s.grants(ctx, id)
	if err != nil {
		return next, false, err
	}
	next = now.Add(proveAfter)
	start := func(r Resource) error {
		_, err := s.Store.StartProof(ctx, tenant.Proof{
			Tenant: id, Resource: r.ID, OID: u.OID, Name: u.Name, StartedBy: byTestUser, StartedAt: now, NextAt: now,
		})
		if fault.CodeOf(err) == "proof_running" {
			err = nil
		}
		began = began || err == nil
		return err
	}
	along := map[string]time.Time{}
	for _, r := range resources {
		g := holding.of(tenant.Federation, r.ID)
		due := later(g.At, rung).Add(proveAfter)
		switch {
		case !g.Holds(): // whoever mends it says so, and then it is tried
			continue
		case g.State == tenant.Doubtful && g.At.After(rung):
			due = g.At.Add(confirmAfter)
		}
		switch {
		case !due.After(now):
			if err := start(r); err != nil {
				return next, began, err
			}
		case g.State == tenant.Proved && !due.After(now.Add(oneByOne)):
			along[r.ID] = due
		default:
			next = earlier(next, due)
		}
	}
	for _, r := range resources {
		due, near := along[r.ID]
		switch {
		case !near:
		case !began:
			next = earlier(next, due)
		default: // it was proved a little after the other, and goes along again
			if err := start(r); err != nil {
				return next, began, err
			}
		}
	}
	return u.Next(next), began, nil
}

// byTestUser is who started the proofs that nobody asked for.
const byTestUser = "tandem:test_user"

// welcome says whether a proof may ring now: one that nobody asked for only while
// its person is the test user, in the hours.
func (s *Service) welcome(ctx context.Context, p tenant.Proof) (bool, error) {
	if p.StartedBy != byTestUser {
		return true, nil
	}
	u, err := s.Store.TestUser(ctx, p.Tenant)
	if fault.KindOf(err) == fault.KindNotFound {
		return false, nil
	}
	now := s.Now()
	return err == nil && u.OID == p.OID && u.Next(now).Equal(now), err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
