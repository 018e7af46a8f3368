package entra

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// What a token request meets while a first consent has not spread yet
// (facts/entra-graph-teams.md §1.1, reported).
const (
	ShowsNotFound = "not_found"        // AADSTS700016
	ShowsNoRoles  = "no_roles"         // a token without roles
	ShowsConsent  = "consent_required" // AADSTS65001
)

// directory is a tenant with what its admins decided; guarded by Service.mu.
type directory struct {
	Tenant
	userConsent bool // people may consent for themselves
	propagation time.Duration
	symptom     string
	lifetime    time.Duration // of app-only tokens; zero is the usual
	principals  map[string]*principal
}

// principal is an app's service principal in a tenant.
type principal struct {
	now    grant
	before grant // what is still seen, until then
	until  time.Time
}

// grant is what an app has in a tenant.
type grant struct {
	present, disabled bool
	roles             []string
	all               bool            // an admin consented to sign-in for everybody
	users             map[string]bool // who consented for himself, by object id
	unconsented       bool            // ShowsConsent
}

func (d *directory) principal(a App) *principal {
	key := strings.ToLower(a.ClientID)
	if d.principals[key] == nil {
		d.principals[key] = &principal{}
	}
	return d.principals[key]
}

func (p *principal) seen(now time.Time) grant {
	if now.Before(p.until) {
		return p.before
	}
	return p.now
}

// consented records an admin's consent, which others see after the tenant's
// propagation time. Roles replace those that were granted before; nil, of delegated
// scopes alone, leaves them: only /.default asks for roles (facts/entra-graph-teams.md §1.1).
func (d *directory) consented(a App, roles []string, now time.Time) {
	p := d.principal(a)
	p.before = p.seen(now)
	if !p.before.present {
		p.before = grant{present: d.symptom == ShowsNoRoles, unconsented: d.symptom == ShowsConsent}
	}
	if roles == nil {
		roles = p.now.roles
	}
	p.until = now.Add(d.propagation)
	p.now = grant{present: true, disabled: p.now.disabled, roles: roles, all: true, users: p.now.users}
}

// consentedFor records that a person consented for himself. That too makes the
// service principal, without any role.
func (d *directory) consentedFor(a App, oid string) {
	p := d.principal(a)
	users := maps.Clone(p.now.users)
	if users == nil {
		users = map[string]bool{}
	}
	users[oid] = true
	p.now.users, p.now.present = users, true
}

// needsConsent reports whether the person must consent before signing in.
func (g grant) needsConsent(oid string) bool { return !g.present || !g.all && !g.users[oid] }

// lookup finds a tenant by id or domain.
func (s *Service) lookup(name string) (*directory, bool) {
	name = strings.ToLower(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, known := s.tenants[name]; known {
		return d, true
	}
	for _, d := range s.tenants {
		if d.Domain != "" && strings.EqualFold(d.Domain, name) {
			return d, true
		}
	}
	return nil, false
}

// anyTenant reports whether a path takes the accounts of every organisation.
func anyTenant(path string) bool {
	return strings.EqualFold(path, "organizations") || strings.EqualFold(path, "common")
}

// canonical is what two spellings of the same path have in common.
func (s *Service) canonical(path string) (string, bool) {
	if anyTenant(path) {
		return strings.ToLower(path), true
	}
	d, known := s.lookup(path)
	if !known {
		return "", false
	}
	return d.ID, true
}

// seen returns what an app has in a tenant, as a token request sees it.
func (s *Service) seen(d *directory, a App) grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return d.principal(a).seen(s.Clock.Now())
}

// organisation is a tenant with its people, admins first.
type organisation struct {
	Tenant
	People []Person
}

// organisations returns who may sign in at a path.
func (s *Service) organisations(path string) []organisation {
	s.mu.Lock()
	var list []organisation
	for _, id := range s.order {
		if d := s.tenants[id]; anyTenant(path) || id == path {
			list = append(list, organisation{Tenant: d.Tenant})
		}
	}
	s.mu.Unlock()
	if s.People == nil {
		return nil
	}
	for i := range list {
		people := slices.Clone(s.People.Members(list[i].ID))
		slices.SortStableFunc(people, func(a, b Person) int { return min(len(b.Roles), 1) - min(len(a.Roles), 1) })
		list[i].People = people
	}
	return list
}

// person finds somebody by object id or sign-in name, in any tenant.
func (s *Service) person(who string) (*directory, Person, bool) {
	for _, o := range s.organisations("organizations") {
		for _, p := range o.People {
			if who != "" && (strings.EqualFold(p.OID, who) || strings.EqualFold(p.UPN, who)) {
				d, _ := s.lookup(o.ID)
				return d, p, true
			}
		}
	}
	return nil, Person{}, false
}
