package trunk

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Limits of the SIP routing API (facts/direct-routing.md §1.2), lengths in bytes.
const (
	MaxTrunks        = 250 // of one resource, and of one route
	MaxRoutes        = 250 // of one resource
	maxTrunkFQDN     = 249
	maxRouteName     = 256
	maxRouteText     = 1024
	maxPatternLength = 1024
)

// Route is an ordered voice route of a resource: numbers that match the pattern go to one
// of the trunks. Which of them is Microsoft's choice, so priority is a matter of several
// routes: the next one that matches is tried when every trunk of a route has failed
// (facts/direct-routing.md §1.6).
type Route struct {
	Name             string   `json:"name"` // unique in its resource
	Description      string   `json:"description,omitempty"`
	Pattern          string   `json:"pattern"` // regular expression of .NET; unanchored unless it says so
	Trunks           []string `json:"trunks"`  // FQDNs; may be empty
	CallerIDOverride string   `json:"caller_id_override,omitempty"`
}

// Checked reports whether Go can read the pattern, so that it can be compared with others.
// .NET knows look-around and back-references, which Go does not.
func (r Route) Checked() bool {
	_, err := regexp.Compile(r.Pattern)
	return err == nil
}

func (r Route) equal(o Route) bool {
	return r.Name == o.Name && r.Description == o.Description && r.Pattern == o.Pattern &&
		r.CallerIDOverride == o.CallerIDOverride && slices.Equal(r.Trunks, o.Trunks)
}

// Registered is a trunk as a resource has it.
type Registered struct {
	FQDN string `json:"fqdn"`
	Port int    `json:"port"` // of TLS signalling
	// What Microsoft says of it, and what is not planned: it is left as it is.
	Disabled bool    `json:"disabled,omitempty"`
	Health   *Health `json:"health,omitempty"`
}

// Health is what Microsoft's proxies make of a trunk, in their words
// (facts/direct-routing.md §1.2). Values that are not listed there may come.
type Health struct {
	TLS     string `json:"tls"`              // unknown, ok, certExpiring, certExpired
	Ping    string `json:"ping"`             // of OPTIONS: unknown, ok, expired, error
	Overall string `json:"overall"`          // unknown, active, inactive
	Reason  string `json:"reason,omitempty"` // of inactive: noRecentCalls, noRecentPings, noRecentCallsAndPings
}

// Routing is what one resource has, or shall have: the document that is planned, applied,
// exported and imported.
type Routing struct {
	Trunks  []Registered `json:"trunks"`            // by FQDN
	Routes  []Route      `json:"routes"`            // the first is asked first
	Domains []Domain     `json:"domains,omitempty"` // by name; as Microsoft says, never planned
}

// Normalize puts what was typed into the form that is compared and stored.
func (r Routing) Normalize() Routing {
	out := r.Plain()
	slices.SortStableFunc(out.Trunks, func(a, b Registered) int { return strings.Compare(a.FQDN, b.FQDN) })
	slices.SortFunc(out.Domains, func(a, b Domain) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Plain is the same with everything at its place, so that mistakes can be told by it.
func (r Routing) Plain() Routing {
	out := Routing{Trunks: []Registered{}, Routes: []Route{}, Domains: slices.Clone(r.Domains)}
	for _, t := range r.Trunks {
		t.FQDN = plainFQDN(t.FQDN)
		out.Trunks = append(out.Trunks, t)
	}
	for _, route := range r.Routes {
		route.Name = strings.TrimSpace(route.Name)
		trunks := []string{} // an empty list is one, as Microsoft has it
		for _, fqdn := range route.Trunks {
			trunks = append(trunks, plainFQDN(fqdn))
		}
		route.Trunks = trunks
		out.Routes = append(out.Routes, route)
	}
	return out
}

// Wanted is the document without what only Microsoft knows.
func (r Routing) Wanted() Routing {
	out := r.Normalize()
	out.Domains = nil
	for i := range out.Trunks {
		out.Trunks[i].Disabled, out.Trunks[i].Health = false, nil
	}
	return out
}

// Has reports whether a trunk is in the document.
func (r Routing) Has(fqdn string) bool {
	return slices.ContainsFunc(r.Trunks, func(t Registered) bool { return t.FQDN == fqdn })
}

func plainFQDN(s string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
}

// Validate reports everything for which Microsoft would refuse the document, and patterns
// that cannot be checked here. Such patterns are excused where one of the known documents
// has them already: what was imported, or was in force before.
func (r Routing) Validate(known ...Routing) error {
	var p fault.Problems
	if len(r.Trunks) > MaxTrunks {
		p.Add("trunks", "at most %d can be in one resource; more need another resource", MaxTrunks)
	}
	if len(r.Routes) > MaxRoutes {
		p.Add("routes", "at most %d can be in one resource", MaxRoutes)
	}
	seen := map[string]bool{}
	for i, t := range r.Trunks {
		at := fmt.Sprintf("trunks[%d].", i)
		checkTrunkName(&p, at+"fqdn", t.FQDN)
		if seen[t.FQDN] {
			p.Add(at+"fqdn", "is in the list twice")
		}
		seen[t.FQDN] = true
		if t.Port < 1 || t.Port > 65535 {
			p.Add(at+"port", "must be from 1 to 65535")
		}
	}
	names, excused := map[string]bool{}, patternsOf(known)
	for i, route := range r.Routes {
		at := fmt.Sprintf("routes[%d].", i)
		route.check(&p, at, excused)
		if route.Name != "" && names[route.Name] {
			p.Add(at+"name", "another route of the resource has this name")
		}
		names[route.Name] = true
		for n, fqdn := range route.Trunks {
			switch {
			case !seen[fqdn]:
				p.Add(fmt.Sprintf("%strunks[%d]", at, n), "%s is not a trunk of this resource: create it there first, or take it out of the route", fqdn)
			case slices.Contains(route.Trunks[:n], fqdn):
				p.Add(fmt.Sprintf("%strunks[%d]", at, n), "is in the list twice")
			}
		}
	}
	return p.Err("routing_invalid", "the routing is not valid")
}

func patternsOf(known []Routing) map[string]bool {
	all := map[string]bool{}
	for _, k := range known {
		for _, r := range k.Routes {
			all[r.Pattern] = true
		}
	}
	return all
}

// checkTrunkName notes what Microsoft has against a name (facts/direct-routing.md §1.7).
func checkTrunkName(p *fault.Problems, path, fqdn string) {
	switch {
	case !validFQDN(fqdn):
		p.Add(path, "must be a host name with a domain, in lower case, without wildcard and not an address")
	case len(fqdn) > maxTrunkFQDN:
		p.Add(path, "at most %d characters", maxTrunkFQDN)
	case strings.HasSuffix(fqdn, ".onmicrosoft.com") || strings.HasSuffix(fqdn, ".azure.com"):
		p.Add(path, "must be in a domain of your own: Microsoft refuses those of onmicrosoft.com and azure.com")
	}
}

func (r Route) check(p *fault.Problems, at string, excused map[string]bool) {
	if r.Name == "" || len(r.Name) > maxRouteName {
		p.Add(at+"name", "must have 1 to %d characters", maxRouteName)
	}
	if len(r.Description) > maxRouteText {
		p.Add(at+"description", "at most %d characters", maxRouteText)
	}
	switch {
	case r.Pattern == "" || len(r.Pattern) > maxPatternLength:
		p.Add(at+"pattern", "must have 1 to %d characters", maxPatternLength)
	case !r.Checked() && !excused[r.Pattern]:
		p.Add(at+"pattern", `must be a regular expression that can be checked here, without look-around and back-references, such as ^\+49\d{3,13}$`)
	}
	if len(r.Trunks) > MaxTrunks {
		p.Add(at+"trunks", "at most %d", MaxTrunks)
	}
	if r.CallerIDOverride != "" {
		if _, err := tenant.ParseE164(r.CallerIDOverride); err != nil {
			p.Add(at+"caller_id_override", "must be an E.164 number such as +493012345678")
		}
	}
}

// Covers reports whether a certificate with these DNS names is one of the trunk's. A
// wildcard stands for the first label and nothing else (facts/direct-routing.md §2.3,
// RFC 6125 §6.4.3).
func Covers(names []string, fqdn string) bool {
	fqdn = plainFQDN(fqdn)
	_, domain, _ := strings.Cut(fqdn, ".")
	return slices.ContainsFunc(names, func(name string) bool {
		name = plainFQDN(name)
		return name == fqdn || domain != "" && name == "*."+domain
	})
}
