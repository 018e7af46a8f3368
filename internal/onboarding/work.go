package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// DueLooks and DueProofs are what jobs have to do now, among all tenants. Whoever
// asks may be one of many: what somebody else has taken is left alone when it is run.
func (s *Service) DueLooks(ctx context.Context, limit int) ([]LookRef, error) {
	return s.Store.DueLooks(ctx, s.Now(), limit)
}

// DueProofs see DueLooks.
func (s *Service) DueProofs(ctx context.Context, limit int) ([]ProofRef, error) {
	return s.Store.DueProofs(ctx, s.Now(), limit)
}

// RunLook does one look, and says when it is due again; zero: not by itself.
func (s *Service) RunLook(ctx context.Context, l LookRef) (next time.Time, err error) {
	switch l.Kind {
	case LookConsent:
		return s.RecheckTenant(ctx, l.Tenant)
	case LookAgents:
		return s.LookAtAgents(ctx, l.Tenant)
	case LookGroups:
		return s.syncGroups(ctx, l.Tenant)
	case LookTestCall:
		return s.followTestCall(ctx, l.Tenant)
	case LookTestUser:
		return s.ringTestUser(ctx, l.Tenant)
	}
	return time.Time{}, fault.Invalid("look_unknown", fmt.Sprintf("there is no look %q", l.Kind))
}

// lease is how long a worker has what it took before another may take it.
const lease = 5 * time.Minute

// errNotDue ends a change because somebody else has taken the work, or it is done.
var errNotDue = fault.Conflict("not_due", "this is not to be done now")

// take makes a due look the caller's for the time of a lease; errNotDue, and the
// look as it is, if it is not due.
func (s *Service) take(ctx context.Context, ref LookRef, started func(*Look)) (Look, error) {
	now := s.Now()
	l, err := s.Store.ChangeLook(ctx, ref, func(l Look) (Look, error) {
		if l.DueAt.IsZero() || l.DueAt.After(now) {
			return l, errNotDue
		}
		l.DueAt = now.Add(lease)
		if started != nil {
			started(&l)
		}
		return l, nil
	})
	if !notDue(err) {
		return l, err
	}
	l, read := s.Store.Look(ctx, ref)
	return l, errors.Join(err, read)
}

func notDue(err error) bool { return fault.CodeOf(err) == errNotDue.Code }

// ask makes a look due at a moment, if it would not come sooner by itself.
func (s *Service) ask(ctx context.Context, t tenant.ID, kind LookKind, at time.Time) error {
	_, err := s.Store.ChangeLook(ctx, LookRef{t, kind}, func(l Look) (Look, error) {
		if l.DueAt.IsZero() || l.DueAt.After(at) {
			l.DueAt = at
		}
		return l, nil
	})
	return err
}

// tries is the schedule of facts/entra-graph-teams.md §1.1, from the first try.
var tries = []time.Duration{1, 2, 4, 8, 15, 30, 60}

// patience is how long to wait after the n-th failure, counted from 1.
func patience(n int) time.Duration {
	return tries[min(max(n, 1), len(tries))-1] * time.Second
}

// again is when to go on after an error: soon if it is a matter of patience, else
// when the same would be looked at anyway.
func (s *Service) again(err error, n int) time.Duration {
	if k := fault.KindOf(err); k == fault.KindUnavailable || k == fault.KindExhausted ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return min(patience(n), s.Recheck)
	}
	return s.Recheck
}

// open reads a tenant that has not come to its end.
func (s *Service) open(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	t, err := s.Store.Tenant(ctx, id)
	if err == nil && t.State == tenant.Offboarded {
		err = fault.Conflict("tenant_offboarded", "the tenant has left; nothing can be changed any more")
	}
	return t, err
}

// bound reads a tenant that an admin has signed in to.
func (s *Service) bound(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	t, err := s.open(ctx, id)
	if err == nil && (t.BoundAt.IsZero() || t.EntraTenantID == "") {
		err = fault.Conflict("tenant_unbound", "an admin of the organisation has to sign in first, by an invitation")
	}
	return t, err
}

// ringable reads a tenant whose people may be rung by a test.
func (s *Service) ringable(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	t, err := s.bound(ctx, id)
	switch {
	case err != nil:
	case !t.PausedAt.IsZero():
		err = fault.Conflict("tenant_paused", "all ringing is stopped; resume it first")
	case t.State == tenant.Suspended:
		err = fault.Conflict("tenant_suspended", "the provider has suspended the tenant")
	}
	return t, err
}

// thing is what a line of the trail is about.
type thing struct{ id, name string }

func (s *Service) audit(ctx context.Context, t tenant.ID, by Actor, action string, about thing, detail any) error {
	return s.Store.Audit(ctx, t, provider.Entry{
		Tenant: t, At: s.Now(), Actor: by.ID, ActorName: by.Name, Action: action, Subject: about.id, SubjectName: about.name, Detail: encoded(detail),
	})
}

func (s *Service) publish(ctx context.Context, t tenant.ID, kind string, data any) error {
	return s.Publisher.Publish(ctx, t, Event{Type: kind, Data: data})
}

// object is JSON for an audit line, evidence or an event.
type object map[string]any

func encoded(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil { // only of what cannot be encoded at all, which we never hand in
		return nil
	}
	return b
}

// refused writes down who was turned away, and returns why; a failure to write
// does not let anybody in.
func (s *Service) refused(ctx context.Context, t tenant.ID, by Actor, action string, about thing, why error, detail object) error {
	if detail == nil {
		detail = object{}
	}
	detail["code"] = fault.CodeOf(why)
	return errors.Join(why, s.audit(ctx, t, by, action, about, detail))
}
