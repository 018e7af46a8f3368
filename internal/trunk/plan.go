package trunk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Action is what a change does.
type Action string

const (
	Add     Action = "add"
	Alter   Action = "change"
	Remove  Action = "remove"
	Reorder Action = "reorder"
)

// Subject is what a change is about.
type Subject string

const (
	OfTrunk  Subject = "trunk"
	OfRoute  Subject = "route"
	OfRoutes Subject = "routes" // their order
)

// Change is one line of a plan.
type Change struct {
	Action Action   `json:"action"`
	Of     Subject  `json:"of"`
	Name   string   `json:"name"`            // FQDN of a trunk, name of a route, empty for their order
	Lines  []string `json:"lines,omitempty"` // what is changed: "port: 5061 → 5067"
}

// String is the change as people read it.
func (c Change) String() string {
	sign := map[Action]string{Add: "+", Alter: "~", Remove: "-", Reorder: "~"}[c.Action]
	text := fmt.Sprintf("%s %s %s", sign, c.Of, c.Name)
	if c.Of == OfRoutes {
		text = sign + " order of routes"
	}
	for _, l := range c.Lines {
		text += "\n    " + l
	}
	return text
}

// Patch is one merge patch of a resource's routing: what it does not name stays.
type Patch struct {
	Ports  map[string]int // of trunks that are added or changed, by FQDN
	Remove []string       // trunks
	Routes []Route        // all of them, if ReplaceRoutes
	// ReplaceRoutes is set if the routes change: Microsoft takes them as a whole.
	ReplaceRoutes bool
}

// Empty reports whether there is nothing to do. Microsoft refuses such a patch.
func (p Patch) Empty() bool { return len(p.Ports) == 0 && len(p.Remove) == 0 && !p.ReplaceRoutes }

// Plan is the way from what a resource has to what it shall have.
type Plan struct {
	Base    string // fingerprint of what it has
	Changes []Change
	Patch   Patch
}

// NewPlan compares. A trunk that goes and the routes that named it are in one patch, which
// Microsoft judges by its result (facts/direct-routing.md §1.3); members of a trunk that
// are not planned stay.
func NewPlan(desired, observed Routing) Plan {
	desired, observed = desired.Normalize(), observed.Normalize()
	p := Plan{Base: observed.Fingerprint(), Patch: Patch{Ports: map[string]int{}}}
	had := map[string]Registered{}
	for _, t := range observed.Trunks {
		had[t.FQDN] = t
	}
	for _, t := range desired.Trunks {
		was, there := had[t.FQDN]
		switch {
		case !there:
			p.Changes = append(p.Changes, Change{Add, OfTrunk, t.FQDN, []string{fmt.Sprintf("port: %d", t.Port)}})
		case was.Port != t.Port:
			p.Changes = append(p.Changes, Change{Alter, OfTrunk, t.FQDN, []string{fmt.Sprintf("port: %d → %d", was.Port, t.Port)}})
		default:
			continue
		}
		p.Patch.Ports[t.FQDN] = t.Port
	}
	if !slices.EqualFunc(desired.Routes, observed.Routes, Route.equal) {
		p.Patch.Routes, p.Patch.ReplaceRoutes = desired.Routes, true
		p.Changes = append(p.Changes, routeChanges(desired.Routes, observed.Routes)...)
	}
	for _, t := range observed.Trunks {
		if !desired.Has(t.FQDN) {
			p.Patch.Remove = append(p.Patch.Remove, t.FQDN)
			p.Changes = append(p.Changes, Change{Action: Remove, Of: OfTrunk, Name: t.FQDN})
		}
	}
	return p
}

// routeChanges says how lists that differ do so. Routes are the same if their names are.
func routeChanges(desired, observed []Route) []Change {
	var changes []Change
	had, wanted := byName(observed), byName(desired)
	for _, r := range observed {
		if _, stays := wanted[r.Name]; !stays {
			changes = append(changes, Change{Action: Remove, Of: OfRoute, Name: r.Name})
		}
	}
	for i, r := range desired {
		was, there := had[r.Name]
		switch {
		case !there:
			changes = append(changes, Change{Add, OfRoute, r.Name, routeLines(i, r)})
		case !was.equal(r):
			changes = append(changes, Change{Alter, OfRoute, r.Name, differences(was, r)})
		}
	}
	was, is := common(observed, wanted), common(desired, had)
	if !slices.Equal(was, is) || len(changes) == 0 {
		changes = append(changes, Change{Reorder, OfRoutes, "", []string{quoted(was) + " → " + quoted(is)}})
	}
	return changes
}

func byName(routes []Route) map[string]Route {
	all := map[string]Route{}
	for _, r := range routes {
		all[r.Name] = r
	}
	return all
}

// common are the names of routes that the others have too, in order.
func common(routes []Route, others map[string]Route) []string {
	var names []string
	for _, r := range routes {
		if _, both := others[r.Name]; both {
			names = append(names, r.Name)
		}
	}
	return names
}

func quoted(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(all, ", ")
}

func routeLines(i int, r Route) []string {
	lines := []string{fmt.Sprintf("place: %d", i+1), "pattern: " + r.Pattern, "trunks: " + list(r.Trunks)}
	if r.Description != "" {
		lines = append(lines, "description: "+r.Description)
	}
	if r.CallerIDOverride != "" {
		lines = append(lines, "caller id: "+r.CallerIDOverride)
	}
	return lines
}

func differences(was, is Route) []string {
	var lines []string
	for _, d := range []struct{ what, was, is string }{
		{"pattern", was.Pattern, is.Pattern},
		{"trunks", list(was.Trunks), list(is.Trunks)},
		{"description", was.Description, is.Description},
		{"caller id", was.CallerIDOverride, is.CallerIDOverride},
	} {
		if d.was != d.is {
			lines = append(lines, fmt.Sprintf("%s: %s → %s", d.what, orNone(d.was), orNone(d.is)))
		}
	}
	return lines
}

func list(fqdns []string) string { return orNone(strings.Join(fqdns, ", ")) }

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// Fingerprint names what is planned of a routing, 64 hex digits: two have the same one if
// there is nothing to do between them.
func (r Routing) Fingerprint() string {
	raw, err := json.Marshal(r.Wanted())
	if err != nil { // strings and numbers
		panic(fmt.Errorf("fingerprint of a routing: %w", err))
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
