package teams

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// GlobalPolicy is the name of the policy of everybody who has no other.
const GlobalPolicy = "Global"

// Federation is CsTeamsAcsFederationConfiguration: which ACS resources a tenant
// lets call its users (facts/entra-graph-teams.md §3.2).
type Federation struct {
	EnableAcsUsers bool `json:"enable_acs_users"`
	// AllowedAcsResources are immutable ids of resources.
	AllowedAcsResources []string `json:"allowed_acs_resources"`
}

// Policy is an ExternalAccessPolicy, as far as calls of ACS go (§3.3).
type Policy struct {
	Name                      string `json:"name"`
	EnableAcsFederationAccess bool   `json:"enable_acs_federation_access"`
}

// Grant gives the members of a group a policy; the lowest rank counts. Members of
// nested groups do not get it.
type Grant struct {
	Group  string `json:"group"` // id
	Policy string `json:"policy"`
	Rank   int    `json:"rank"`
}

// Group is a group of the directory: users by object id, groups by id.
type Group struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Members     []string `json:"members"`
	Groups      []string `json:"groups"`
}

// Settings are what the administrators of a tenant set, but for what they set
// for each user.
type Settings struct {
	Federation Federation `json:"federation"`
	Policies   []Policy   `json:"policies"`
	Grants     []Grant    `json:"grants"`
	Groups     []Group    `json:"groups"`
}

func (s Settings) clone() Settings {
	s.Federation.AllowedAcsResources = slices.Clone(s.Federation.AllowedAcsResources)
	s.Policies, s.Grants, s.Groups = slices.Clone(s.Policies), slices.Clone(s.Grants), slices.Clone(s.Groups)
	for i := range s.Groups {
		s.Groups[i].Members, s.Groups[i].Groups = slices.Clone(s.Groups[i].Members), slices.Clone(s.Groups[i].Groups)
	}
	return s
}

// Policy returns the policy of that name, in whatever case.
func (s Settings) Policy(name string) (Policy, bool) {
	i := slices.IndexFunc(s.Policies, func(p Policy) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		return Policy{}, false
	}
	return s.Policies[i], true
}

// SetPolicy adds a policy or changes the one of that name.
func (s *Settings) SetPolicy(p Policy) {
	if i := slices.IndexFunc(s.Policies, func(q Policy) bool { return strings.EqualFold(q.Name, p.Name) }); i >= 0 {
		p.Name = s.Policies[i].Name
		s.Policies[i] = p
		return
	}
	s.Policies = append(s.Policies, p)
}

// Group returns the group of that id, or of that name.
func (s Settings) Group(id string) (Group, bool) {
	i := slices.IndexFunc(s.Groups, func(g Group) bool { return strings.EqualFold(g.ID, id) || g.Name == id })
	if i < 0 {
		return Group{}, false
	}
	return s.Groups[i], true
}

// SetGroup adds a group or replaces the one of that id.
func (s *Settings) SetGroup(g Group) {
	if i := slices.IndexFunc(s.Groups, func(h Group) bool { return strings.EqualFold(h.ID, g.ID) }); i >= 0 {
		s.Groups[i] = g
		return
	}
	s.Groups = append(s.Groups, g)
}

// SetGrant gives a group a policy in place of the one that it has; an empty
// policy takes it away.
func (s *Settings) SetGrant(g Grant) {
	s.Grants = slices.DeleteFunc(s.Grants, func(old Grant) bool { return strings.EqualFold(old.Group, g.Group) })
	if g.Policy != "" {
		s.Grants = append(s.Grants, g)
	}
}

// Effective returns the policy that counts for a user: his own, else that of the
// lowest rank among his groups, else Global.
func (s Settings) Effective(oid, own string) Policy {
	if p, found := s.Policy(own); found {
		return p
	}
	grants := slices.Clone(s.Grants)
	slices.SortStableFunc(grants, func(a, b Grant) int { return a.Rank - b.Rank })
	for _, grant := range grants {
		g, _ := s.Group(grant.Group)
		if p, found := s.Policy(grant.Policy); found && slices.Contains(g.Members, oid) {
			return p
		}
	}
	p, _ := s.Policy(GlobalPolicy)
	return p
}

// complete checks what was set and brings ids into one form.
func (s *Settings) complete() error {
	ids := s.Federation.AllowedAcsResources
	for i, id := range ids {
		if uuid.Validate(id) != nil {
			return fmt.Errorf("allowed resource %q: want the immutable id of an ACS resource, a GUID", id)
		}
		ids[i] = strings.ToLower(id)
	}
	if ids == nil {
		s.Federation.AllowedAcsResources = []string{}
	}
	if _, found := s.Policy(GlobalPolicy); !found {
		s.Policies = slices.Insert(s.Policies, 0, Policy{GlobalPolicy, true})
	}
	for _, p := range s.Policies {
		if strings.TrimSpace(p.Name) == "" {
			return errors.New("a policy needs a name")
		}
	}
	for i := range s.Groups {
		g := &s.Groups[i]
		g.ID = strings.ToLower(g.ID)
		if uuid.Validate(g.ID) != nil || g.Name == "" {
			return fmt.Errorf("group %q %q: want a GUID and a name", g.ID, g.Name)
		}
		for _, list := range []*[]string{&g.Members, &g.Groups} {
			if *list == nil {
				*list = []string{}
			}
			for j, id := range *list {
				(*list)[j] = strings.ToLower(id)
			}
		}
	}
	for i := range s.Grants {
		g := &s.Grants[i]
		group, found := s.Group(g.Group)
		policy, there := s.Policy(g.Policy)
		if !found || !there {
			return fmt.Errorf("policy %q for the group %q: one of them is not there", g.Policy, g.Group)
		}
		g.Group, g.Policy = group.ID, policy.Name
	}
	if s.Grants == nil {
		s.Grants = []Grant{}
	}
	if s.Groups == nil {
		s.Groups = []Group{}
	}
	return nil
}

// organisation is a Tenant with its settings; guarded by Directory.mu.
type organisation struct {
	Tenant
	shown   Settings // what an administrator sees
	acts    Settings // what calls go by
	delay   time.Duration
	size    int // users
	crowd   int // how many were made up
	version int // of all that an administrator sees
	waiting int // changes that do not act yet
	round   int // changes from before a reset never act
	changes int // how many there have been, which numbers them
	acted   int // the number of the change that acts
}

// propagate makes a change act on calls, after the tenant's delay; with
// Directory.mu held. acted is the number of the change of the same that acts: an
// older one, which had a longer delay, would undo it and so never does.
func (d *Directory) propagate(t *organisation, acted *int, do func()) {
	t.version++
	t.changes++
	number := t.changes
	act := func() {
		if number > *acted {
			*acted = number
			do()
		}
	}
	if t.delay <= 0 {
		act()
		return
	}
	t.waiting++
	round := t.round
	d.clock.AfterFunc(t.delay, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if t.round == round {
			t.waiting--
			t.version++
			act()
			d.changed()
		}
	})
}

// Settings returns what the administrators of a tenant have set.
func (d *Directory) Settings(id string) (Settings, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tenants[strings.ToLower(id)]
	if t == nil {
		return Settings{}, ErrUnknown
	}
	return t.shown.clone(), nil
}

// Reconfigure changes the settings of a tenant as one of its administrators
// would: do gets a copy, which counts unless it returns an error. Calls go by it
// after the tenant's delay. do must not use the Directory.
func (d *Directory) Reconfigure(id string, do func(*Settings) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tenants[strings.ToLower(id)]
	if t == nil {
		return ErrUnknown
	}
	s := t.shown.clone()
	if err := do(&s); err != nil {
		return err
	}
	if err := s.complete(); err != nil {
		return err
	}
	for _, g := range s.Groups {
		for _, oid := range g.Members {
			// By object id alone: a sign-in name would count for nobody.
			if u := d.users[oid]; u == nil || u.Tenant != t.ID {
				return fmt.Errorf("group %s: no user of this tenant: %s", g.Name, oid)
			}
		}
		for _, nested := range g.Groups {
			if _, found := s.Group(nested); !found {
				return fmt.Errorf("group %s: no such group: %s", g.Name, nested)
			}
		}
	}
	t.shown = s
	d.propagate(t, &t.acted, func() { t.acts = s })
	d.changed()
	return nil
}

// SetDelay sets how long a tenant's changes take until calls go by them.
func (d *Directory) SetDelay(id string, delay time.Duration) error {
	if delay < 0 || delay > maxAfter {
		return errors.New("delay: want nothing to a day")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tenants[strings.ToLower(id)]
	if t == nil {
		return ErrUnknown
	}
	t.delay = delay
	t.version++
	d.changed()
	return nil
}

// standing is what is set for one user and decides whether a resource may call
// him (§3.4).
type standing struct {
	phone, voice, person bool
	policy               string
}

func (p Profile) standing() standing {
	return standing{phone: p.HasPhone() && p.HasTeams(), voice: !p.NoEnterpriseVoice, person: p.AccountType == AccountUser, policy: p.Policy}
}

// Version counts what has changed of what administrators see, of all tenants.
func (d *Directory) Version() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, t := range d.tenants {
		n += t.version
	}
	return n
}
