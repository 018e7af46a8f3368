package onboarding

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const (
	// pageOfAgents is how many are looked at and saved in one go; progress moves by
	// as many, and that many are asked for again if a process dies.
	pageOfAgents = 200
	// pageLasts is how long a throttled page may take before it is given back; less
	// than the lease.
	pageLasts = 4 * time.Minute
)

// Agents lists agents with what was last seen of them.
func (s *Service) Agents(ctx context.Context, t tenant.ID, ready *bool, after tenant.AgentID, limit int) ([]AgentStanding, error) {
	return s.Store.ListStandings(ctx, t, ready, after, limit)
}

// CheckAgents asks for a look at all agents; a job does it. Asking again while
// one is under way changes nothing.
func (s *Service) CheckAgents(ctx context.Context, by Actor, t tenant.ID) (Progress, error) {
	if _, err := s.bound(ctx, t); err != nil {
		return Progress{}, err
	}
	counts, err := s.Store.CountStandings(ctx, t)
	if err != nil {
		return Progress{}, err
	}
	now := s.Now()
	l, err := s.Store.ChangeLook(ctx, LookRef{t, LookAgents}, func(l Look) (Look, error) {
		if progress(l).Running() {
			return l, nil
		}
		begin(&l, counts.Total, now)
		l.DueAt = now
		return l, nil
	})
	if err != nil {
		return Progress{}, err
	}
	return progress(l), s.audit(ctx, t, by, "agent.check", thing{}, nil)
}

// AgentsProgress is how far the look is.
func (s *Service) AgentsProgress(ctx context.Context, t tenant.ID) (Progress, error) {
	l, err := s.Store.Look(ctx, LookRef{t, LookAgents})
	return progress(l), err
}

// CancelCheck stops the look that is under way; what it has seen stays. The next
// one comes by itself.
func (s *Service) CancelCheck(ctx context.Context, by Actor, t tenant.ID) (Progress, error) {
	now := s.Now()
	stopped := false
	l, err := s.Store.ChangeLook(ctx, LookRef{t, LookAgents}, func(l Look) (Look, error) {
		if stopped = progress(l).Running(); stopped {
			l.EndedAt, l.After, l.Code, l.Tries, l.DueAt = now, "", "", 0, now.Add(s.Recheck)
		}
		return l, nil
	})
	if err != nil || !stopped {
		return progress(l), err
	}
	return progress(l), s.audit(ctx, t, by, "agent.check_cancel", thing{}, object{"done": l.Done, "total": l.Total})
}

func progress(l Look) Progress {
	p := Progress{Total: l.Total, Done: l.Done, StartedAt: l.StartedAt, Code: l.Code, NextAt: l.DueAt}
	if !l.EndedAt.Before(l.StartedAt) {
		p.EndedAt = l.EndedAt
	}
	return p
}

// begin makes a look a new one.
func begin(l *Look, total int, now time.Time) {
	l.StartedAt, l.EndedAt, l.After, l.Done, l.Total, l.Code, l.Tries = now, time.Time{}, "", 0, total, "", 0
}

// errStopped ends a look that somebody cancelled, or that another has taken over.
var errStopped = fault.Conflict("look_stopped", "the look was stopped")

// LookAtAgents looks at all agents, for a job, and says when to go on or begin
// again. It goes page by page; what is seen is saved as it comes, with how far it
// is, so that it goes on from there when Microsoft asks for patience, when the
// process dies, or when ctx ends.
func (s *Service) LookAtAgents(ctx context.Context, id tenant.ID) (next time.Time, err error) {
	before, err := s.Store.CountStandings(ctx, id)
	if err != nil {
		return next, err
	}
	ref := LookRef{id, LookAgents}
	look, err := s.take(ctx, ref, func(l *Look) {
		if !progress(*l).Running() {
			begin(l, before.Total, s.Now())
		}
	})
	if notDue(err) {
		return look.DueAt, nil
	}
	if err != nil {
		return next, err
	}
	t, err := s.bound(ctx, id)
	if err == nil {
		err = s.met(ctx, id, s.lookOn(ctx, t, look))
	}
	now := s.Now()
	switch {
	case fault.CodeOf(err) == errStopped.Code:
		l, err := s.Store.Look(ctx, ref)
		return l.DueAt, err
	case err != nil:
		l, saved := s.Store.ChangeLook(context.WithoutCancel(ctx), ref, func(l Look) (Look, error) {
			if !progress(l).Running() || !l.StartedAt.Equal(look.StartedAt) {
				return l, nil
			}
			l.Code, l.Tries = fault.CodeOf(err), l.Tries+1
			l.DueAt = now.Add(s.again(err, l.Tries))
			return l, nil
		})
		return l.DueAt, errors.Join(err, saved)
	}
	l, err := s.Store.ChangeLook(ctx, ref, func(l Look) (Look, error) {
		if !l.StartedAt.Equal(look.StartedAt) || !progress(l).Running() {
			return l, nil
		}
		l.EndedAt, l.After, l.Code, l.Tries, l.DueAt = now, "", "", 0, now.Add(s.Recheck)
		l.Total = l.Done
		if l.Done == 0 {
			l.DueAt = time.Time{} // nobody to look at; whoever adds people asks again
		}
		return l, nil
	})
	if err != nil {
		return next, err
	}
	after, err := s.Store.CountStandings(ctx, id)
	if err != nil {
		return l.DueAt, err
	}
	if after != before {
		if err := s.publish(ctx, id, "agent.readiness_changed", object{"was": counted(before), "now": counted(after)}); err != nil {
			return l.DueAt, err
		}
	} else if t.State == tenant.Active { // nothing goes any further
		return l.DueAt, nil
	}
	return l.DueAt, s.advance(ctx, id, Tandem())
}

func counted(c Counts) object {
	return object{"total": c.Total, "ready": c.Ready, "not_ready": c.NotReady, "unchecked": c.Unchecked, "paused": c.Paused}
}

// lookOn looks at the agents behind look.After.
func (s *Service) lookOn(ctx context.Context, t tenant.Tenant, look Look) error {
	done := look.Done
	for after := tenant.AgentID(look.After); ; {
		page, err := s.Store.ListStandings(ctx, t.ID, nil, after, pageOfAgents)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := s.lookAt(ctx, t, page); err != nil {
			return err
		}
		after = page[len(page)-1].ID
		done += len(page)
		_, err = s.Store.ChangeLook(ctx, look.LookRef, func(l Look) (Look, error) {
			if !l.StartedAt.Equal(look.StartedAt) || !progress(l).Running() {
				return l, errStopped
			}
			l.After, l.Code, l.Tries = string(after), "", 0
			l.Done, l.Total = done, max(l.Total, done)
			l.DueAt = s.Now().Add(lease)
			return l, nil
		})
		if err != nil || len(page) < pageOfAgents {
			return err
		}
	}
}

// lookAt looks at one page of agents. Microsoft may pass somebody over; he is
// asked for once more, and else keeps what was seen of him before.
func (s *Service) lookAt(ctx context.Context, t tenant.Tenant, page []AgentStanding) error {
	ctx, cancel := context.WithTimeout(ctx, pageLasts)
	defer cancel()
	left := map[string]bool{}
	for _, a := range page {
		if a.Endpoint == tenant.TeamsUser {
			left[a.OID] = true
		}
	}
	for range 2 {
		if len(left) == 0 {
			return nil
		}
		oids := slices.Sorted(maps.Keys(left))
		var seen []Sight
		err := s.Directory.Look(ctx, t.EntraTenantID, oids, func(one Sight) error {
			if oid := strings.ToLower(one.OID); left[oid] { // not for the second time, nor somebody else
				delete(left, oid)
				seen = append(seen, one)
			}
			return nil
		})
		if err = errors.Join(err, s.save(ctx, t.ID, seen)); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		s.Logger.WarnContext(ctx, "Microsoft passed over people it was asked for", "tenant", t.ID, "people", len(left))
	}
	return nil
}

// save keeps what was seen of people who are agents.
func (s *Service) save(ctx context.Context, t tenant.ID, seen []Sight) error {
	if len(seen) == 0 {
		return nil
	}
	oids := make([]string, len(seen))
	for i, one := range seen {
		oids[i] = strings.ToLower(one.OID)
	}
	agents, err := s.Store.StandingsByOID(ctx, t, oids)
	if err != nil {
		return err
	}
	var all []tenant.Standing
	for _, a := range agents {
		i := slices.Index(oids, a.OID)
		if i < 0 {
			continue
		}
		if seen[i].At.IsZero() {
			seen[i].At = s.Now()
		}
		was := a.Standing
		was.Tenant, was.Agent = t, a.ID
		all = append(all, verdict(seen[i], was))
	}
	if len(all) == 0 {
		return nil
	}
	return s.Store.SaveStandings(ctx, t, all)
}
