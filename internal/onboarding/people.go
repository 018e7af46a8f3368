package onboarding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const (
	// maxPicked is how many people may be picked at once; more are a group.
	maxPicked = 200
	maxText   = 128 // of a search, in characters
	maxFound  = 50
	// awaited is how long somebody waits for a search: what Microsoft puts off for
	// longer he is told.
	awaited = 8 * time.Second
	// regroup is how old the members of a group may get.
	regroup = time.Hour
)

// SearchPeople finds people in the tenant's directory (without a text: some), and
// says who is an agent and who cannot be one.
func (s *Service) SearchPeople(ctx context.Context, id tenant.ID, text string, limit int) ([]FoundPerson, error) {
	t, text, err := s.searched(ctx, id, text)
	if err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, awaited)
	defer cancel()
	people, err := s.Directory.Search(asking, t.EntraTenantID, text, found(limit))
	if err != nil {
		return nil, s.met(ctx, id, err)
	}
	oids := make([]string, len(people))
	for i, p := range people {
		oids[i] = strings.ToLower(p.OID)
	}
	agents, err := s.Store.StandingsByOID(ctx, id, oids)
	if err != nil {
		return nil, err
	}
	all := make([]FoundPerson, len(people))
	for i, p := range people {
		all[i] = FoundPerson{Person: p, Reason: p.unfit()}
		all[i].CanBeAgent = all[i].Reason == ""
		if at := slices.IndexFunc(agents, func(a AgentStanding) bool { return a.OID == oids[i] }); at >= 0 {
			all[i].Agent = agents[at].ID
		}
	}
	return all, nil
}

// SearchGroups finds groups in the tenant's directory.
func (s *Service) SearchGroups(ctx context.Context, id tenant.ID, text string, limit int) ([]Group, error) {
	t, text, err := s.searched(ctx, id, text)
	if err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, awaited)
	defer cancel()
	groups, err := s.Directory.Groups(asking, t.EntraTenantID, text, found(limit))
	return groups, s.met(ctx, id, err)
}

func (s *Service) searched(ctx context.Context, id tenant.ID, text string) (tenant.Tenant, string, error) {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > maxText {
		return tenant.Tenant{}, "", fault.Invalid("search_too_long", fmt.Sprintf("search for at most %d characters", maxText))
	}
	t, err := s.bound(ctx, id)
	return t, text, err
}

func found(limit int) int {
	if limit < 1 {
		return maxFound
	}
	return min(limit, maxFound)
}

// unfit says why a person cannot be an agent; "" if he can.
func (p Person) unfit() string {
	switch {
	case p.ResourceAccount:
		return "resource_account"
	case p.Guest:
		return "guest"
	case !p.Enabled:
		return "account_disabled"
	}
	return ""
}

// unfit adds what only a look tells.
func (s Sight) unfit() string {
	switch {
	case !s.Found:
		return "person_unknown"
	case s.AccountType == "resourceAccount":
		return "resource_account"
	case s.AccountType == "guest":
		return "guest"
	}
	return s.Person.unfit()
}

// agent is the person as an agent.
func (p Person) agent(t tenant.ID, source tenant.AgentSource) (tenant.Agent, error) {
	name := cmp.Or(clip(p.Name), clip(p.UPN))
	a := tenant.Agent{Tenant: t, OID: p.OID, Name: name, UPN: p.UPN, Source: source}.Normalize()
	return a, a.Validate()
}

// AddPeople makes people agents. Each is looked at first: who cannot be one is
// refused by himself, and the others have their readiness at once.
func (s *Service) AddPeople(ctx context.Context, by Actor, id tenant.ID, oids []string) (Added, error) {
	t, err := s.bound(ctx, id)
	if err != nil {
		return Added{}, err
	}
	wanted, err := parsed(oids)
	if err != nil {
		return Added{}, err
	}
	sights := map[string]Sight{}
	err = s.Directory.Look(ctx, t.EntraTenantID, wanted, func(seen Sight) error {
		sights[strings.ToLower(seen.OID)] = seen
		return nil
	})
	if err != nil {
		return Added{}, s.met(ctx, id, err)
	}
	var result Added
	var agents []tenant.Agent
	var fit []Sight
	for _, oid := range wanted {
		seen := sights[oid]
		reason := seen.unfit()
		if reason == "" {
			a, err := seen.agent(id, tenant.FromSingle)
			if err == nil {
				agents, fit = append(agents, a), append(fit, seen)
				continue
			}
			reason = fault.CodeOf(err)
		}
		result.Refused = append(result.Refused, RefusedPerson{oid, reason})
	}
	if len(agents) == 0 {
		return result, nil
	}
	if result.Added, err = s.Store.AddAgents(ctx, id, "", agents); err != nil {
		return result, err
	}
	if err := s.save(ctx, id, fit); err != nil {
		return result, err
	}
	if err := s.ask(ctx, id, LookAgents, s.Now().Add(s.Recheck)); err != nil {
		return result, err
	}
	for _, a := range agents {
		if err := s.audit(ctx, id, by, "agent.pick", thing{a.OID, a.Name}, object{"upn": a.UPN}); err != nil {
			return result, err
		}
	}
	return result, s.advance(ctx, id, by)
}

// parsed checks object ids and puts them into the one form, each once.
func parsed(oids []string) ([]string, error) {
	if len(oids) > maxPicked {
		return nil, fault.Invalid("too_many_people", fmt.Sprintf("pick at most %d people at once; for more, pick a group", maxPicked))
	}
	var p fault.Problems
	var all []string
	for i, oid := range oids {
		u, err := tenant.ParseID(strings.TrimSpace(oid)) // the form is that of any UUID
		if err != nil {
			p.Add(fmt.Sprintf("oids[%d]", i), "must be the object id of a user in Entra, a UUID")
		} else if !slices.Contains(all, string(u)) {
			all = append(all, string(u))
		}
	}
	if len(oids) == 0 {
		p.Add("oids", "must name somebody")
	}
	return all, p.Err("people_invalid", "not every object id is valid")
}

// known finds out that somebody who is to be rung belongs to the tenant: the
// admin himself, an agent, or somebody in its directory. Without it a link to one
// organisation would ring people of another that lets us ring.
func (s *Service) known(ctx context.Context, t tenant.Tenant, by Actor, oid, name string) (_, _ string, err error) {
	one, err := parsed([]string{oid})
	if err != nil {
		return "", "", err
	}
	oid = one[0]
	if by.OID != "" && strings.EqualFold(by.OID, oid) {
		return oid, by.called(), nil
	}
	agents, err := s.Store.StandingsByOID(ctx, t.ID, one)
	if err != nil {
		return "", "", err
	}
	if len(agents) > 0 {
		return oid, agents[0].Name, nil
	}
	seen, err := s.member(ctx, t, oid)
	if err != nil {
		return "", "", err
	}
	if seen.Name != "" {
		name = seen.Name
	}
	return oid, clip(name), nil
}

// member is somebody in the tenant's directory who can be rung: fault.Invalid if
// he is not there, or cannot.
func (s *Service) member(ctx context.Context, t tenant.Tenant, oid string) (seen Sight, err error) {
	err = s.Directory.Look(ctx, t.EntraTenantID, []string{oid}, func(found Sight) error {
		seen = found
		return nil
	})
	if err != nil {
		return seen, s.met(ctx, t.ID, err)
	}
	if reason := seen.unfit(); reason != "" {
		err = fault.Invalid(reason, cureOf(reason).problem)
	}
	return seen, err
}

// Member says whether an object id is of somebody in the tenant's directory who can
// be an agent: fault.Invalid if not. Object ids of other organisations that let the
// provider ring would ring there.
func (s *Service) Member(ctx context.Context, id tenant.ID, oid string) error {
	t, err := s.bound(ctx, id)
	if err != nil {
		return err
	}
	one, err := parsed([]string{oid})
	if err != nil {
		return err
	}
	_, err = s.member(ctx, t, one[0])
	return err
}

// PauseAgent takes an agent out: he is not rung until he is resumed.
func (s *Service) PauseAgent(ctx context.Context, by Actor, t tenant.ID, id tenant.AgentID) (tenant.Agent, error) {
	return s.switchAgent(ctx, by, t, id, "agent.pause", s.Now())
}

// ResumeAgent takes him in again.
func (s *Service) ResumeAgent(ctx context.Context, by Actor, t tenant.ID, id tenant.AgentID) (tenant.Agent, error) {
	return s.switchAgent(ctx, by, t, id, "agent.resume", time.Time{})
}

func (s *Service) switchAgent(ctx context.Context, by Actor, t tenant.ID, id tenant.AgentID, action string, paused time.Time) (tenant.Agent, error) {
	if _, err := s.open(ctx, t); err != nil {
		return tenant.Agent{}, err
	}
	changed := false
	a, err := s.Store.ChangeAgent(ctx, t, id, func(a tenant.Agent) (tenant.Agent, error) {
		if changed = a.PausedAt.IsZero() != paused.IsZero(); changed {
			a.PausedAt = paused
		}
		return a, nil
	})
	if err != nil || !changed {
		return a, err
	}
	return a, s.audit(ctx, t, by, action, thing{string(id), a.Name}, nil)
}

// Groups lists the groups that are kept in step.
func (s *Service) Groups(ctx context.Context, t tenant.ID) ([]tenant.Group, error) {
	return s.Store.Groups(ctx, t)
}

// AddGroup makes the members of a group agents, now and later ones. A job fetches
// them; SyncedAt tells when it has.
func (s *Service) AddGroup(ctx context.Context, by Actor, id tenant.ID, group string) (tenant.Group, error) {
	t, err := s.bound(ctx, id)
	if err != nil {
		return tenant.Group{}, err
	}
	u, err := tenant.ParseID(strings.TrimSpace(group))
	if err != nil {
		return tenant.Group{}, fault.Invalid("group_invalid", "a group is named by its object id in Entra, a UUID").Because(err)
	}
	g, err := s.Directory.Group(ctx, t.EntraTenantID, string(u))
	if err != nil {
		return tenant.Group{}, s.met(ctx, id, err)
	}
	added := tenant.Group{Tenant: id, ID: string(u), Name: clip(g.Name), AddedBy: by.called(), AddedAt: s.Now()}
	if err := s.Store.SaveGroup(ctx, added); err != nil {
		return added, err
	}
	if err := s.Store.MarkStep(ctx, id, tenant.StepMark{Step: tenant.StepPeople, OpenedAt: s.Now(), By: by.called()}); err != nil {
		return added, err
	}
	if err := s.ask(ctx, id, LookGroups, s.Now()); err != nil {
		return added, err
	}
	return added, s.audit(ctx, id, by, "group.add", thing{added.ID, added.Name}, nil)
}

// RemoveGroup takes out a group and the agents that only it had made.
func (s *Service) RemoveGroup(ctx context.Context, by Actor, t tenant.ID, group string) error {
	if _, err := s.open(ctx, t); err != nil {
		return err
	}
	about := thing{id: group}
	groups, err := s.Store.Groups(ctx, t)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if g.ID == group {
			about.name = g.Name
		}
	}
	if err := s.Store.DeleteGroup(ctx, t, group); err != nil {
		return err
	}
	return s.audit(ctx, t, by, "group.remove", about, nil)
}

// syncGroups brings all groups in step, for a job.
func (s *Service) syncGroups(ctx context.Context, id tenant.ID) (next time.Time, err error) {
	look, err := s.take(ctx, LookRef{id, LookGroups}, nil)
	if notDue(err) {
		return look.DueAt, nil
	}
	if err != nil {
		return next, err
	}
	groups, err := s.Store.Groups(ctx, id)
	if err != nil {
		return next, err
	}
	var failed []error
	for _, g := range groups {
		if err := s.SyncGroup(ctx, id, g.ID); err != nil {
			failed = append(failed, fmt.Errorf("group %s: %w", g.ID, err))
		}
	}
	err = errors.Join(failed...)
	now := s.Now()
	look, saved := s.Store.ChangeLook(context.WithoutCancel(ctx), LookRef{id, LookGroups}, func(l Look) (Look, error) {
		l.EndedAt, l.Code, l.Tries = now, "", 0
		l.DueAt = now.Add(regroup)
		if err != nil {
			l.Code, l.Tries = fault.CodeOf(err), l.Tries+1
			l.DueAt = now.Add(s.again(err, l.Tries))
		}
		if len(groups) == 0 {
			l.DueAt = time.Time{}
		}
		return l, nil
	})
	return look.DueAt, errors.Join(err, saved)
}

// SyncGroup brings the agents of a group in step with its members. Nobody is
// taken out before all members are known; a group that is gone keeps its people
// and says so, because a deleted group shall not silence a service desk. Guests
// and resource accounts are passed over.
func (s *Service) SyncGroup(ctx context.Context, id tenant.ID, group string) error {
	t, err := s.bound(ctx, id)
	if err != nil {
		return err
	}
	groups, err := s.Store.Groups(ctx, id)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(groups, func(g tenant.Group) bool { return g.ID == group })
	if at < 0 {
		return fault.NotFound("group_unknown", "this group is not kept in step")
	}
	g := groups[at]
	members, added, removed, err := s.sync(ctx, t, group)
	if err != nil {
		g.SyncError = fault.CodeOf(err)
		return errors.Join(s.met(ctx, id, err), s.Store.SaveGroup(context.WithoutCancel(ctx), g))
	}
	g.Members, g.SyncedAt, g.SyncError = members, s.Now(), ""
	if err := s.Store.SaveGroup(ctx, g); err != nil {
		return err
	}
	if added+removed == 0 {
		return nil
	}
	if added > 0 { // who is new is looked at at once
		if err := s.ask(ctx, id, LookAgents, s.Now()); err != nil {
			return err
		}
	}
	return s.audit(ctx, id, Tandem(), "group.sync", thing{group, g.Name}, object{"added": added, "removed": removed, "members": members})
}

func (s *Service) sync(ctx context.Context, t tenant.Tenant, group string) (members, added, removed int, err error) {
	var oids []string
	err = s.Directory.Members(ctx, t.EntraTenantID, group, func(page []Person) error {
		var agents []tenant.Agent
		for _, p := range page {
			if r := p.unfit(); r != "" && r != "account_disabled" { // a blocked account stays, not ready
				continue
			}
			a, err := p.agent(t.ID, tenant.FromGroup)
			if err != nil {
				s.Logger.WarnContext(ctx, "a member of a group cannot be an agent", "tenant", t.ID, "oid", p.OID, "error", err)
				continue
			}
			agents, oids = append(agents, a), append(oids, a.OID)
		}
		if len(agents) == 0 {
			return nil
		}
		n, err := s.Store.AddAgents(ctx, t.ID, group, agents)
		added += n
		return err
	})
	if err != nil {
		return 0, added, 0, err
	}
	removed, err = s.Store.KeepMembers(ctx, t.ID, group, oids)
	return len(oids), added, removed, err
}
