package routing

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// Limits of the contract (sip-routing.json).
const (
	maxTrunks  = 250
	maxRoutes  = 250
	maxDomains = 250
	maxFQDN    = 249 // characters
	maxName    = 256
	maxText    = 1024
)

// Trunk is an SBC of a resource. All members but the port are of the preview.
type Trunk struct {
	SIPSignalingPort   int    `json:"sipSignalingPort"`
	Enabled            *bool  `json:"enabled,omitempty"`
	PrivacyHeader      string `json:"privacyHeader,omitempty"`
	IPAddressVersion   string `json:"ipAddressVersion,omitempty"`
	StepOutOfSignaling *bool  `json:"stepOutOfSignaling,omitempty"`
	Health             any    `json:"health,omitempty"`
}

// Route is a voice route.
type Route struct {
	Description      string   `json:"description,omitempty"`
	Name             string   `json:"name"`
	NumberPattern    string   `json:"numberPattern"`
	Trunks           []string `json:"trunks"`
	CallerIDOverride string   `json:"callerIdOverride,omitempty"` // preview
}

// Domain is one that a resource may have trunks in; preview.
type Domain struct {
	Enabled bool `json:"enabled"`
}

// Configuration is what a resource has. Its maps and slices are not changed once it is made.
type Configuration struct {
	Domains map[string]Domain `json:"domains,omitempty"`
	Trunks  map[string]Trunk  `json:"trunks"` // by FQDN in small letters
	Routes  []Route           `json:"routes"`
}

// Refusal is an answer of the service that is an error: the inner code tells the cause.
type Refusal struct {
	Status     int
	Code, Text string // inner; empty if none was ever seen
}

func (r Refusal) Error() string {
	if r.Code == "" {
		return "One or more request inputs are not valid."
	}
	return r.Code + ": " + r.Text
}

func refuse(code, text string) error {
	return Refusal{http.StatusUnprocessableEntity, code, text}
}

var (
	errEmpty   = refuse("EmptyPatch", "Patch with no data provided.")
	errPort    = refuse("InvalidTrunkSipSignalingPort", "Trunk with an invalid SIP signaling port.")
	errName    = refuse("InvalidRouteName", "Route with an invalid name.")
	errPattern = refuse("InvalidRouteNumberPattern", "Route with an invalid number pattern.")
	errMissing = refuse("MissingTrunk", "Route targeting a missing trunk.")
	errTwice   = Refusal{http.StatusBadRequest, "DuplicatedRoute", "There is a duplicated route."}
	// errOther: refused, but with which inner code was not seen.
	errOther = refuse("", "")
)

func errFQDN(fqdn string) error {
	return refuse("InvalidTrunkFqdn", "Domain '"+fqdn+"' is not properly formatted domnain name.") // so recorded
}

// change is the body of a PATCH. A null deletes what it stands for.
type change struct {
	Domains map[string]*domainChange `json:"domains"`
	Trunks  map[string]*trunkChange  `json:"trunks"`
	Routes  *[]Route                 `json:"routes"`
}

type domainChange struct {
	Enabled *bool `json:"enabled"`
}

type trunkChange struct {
	SIPSignalingPort   *int    `json:"sipSignalingPort"`
	Enabled            *bool   `json:"enabled"`
	PrivacyHeader      *string `json:"privacyHeader"`
	IPAddressVersion   *string `json:"ipAddressVersion"`
	StepOutOfSignaling *bool   `json:"stepOutOfSignaling"`
}

// preview reports whether a version of the API has the members of the previews.
func preview(version string) bool { return version == newestPreview }

// Patch is what a configuration becomes by a merge patch. All of it is done or nothing: what
// comes out is held against the rules as a whole (§1.3). mayHave says whether the resource,
// which then has those domains, may have a trunk of a new FQDN.
func Patch(old Configuration, body []byte, version string, mayHave func(fqdn string, domains map[string]Domain) error) (Configuration, error) {
	var c change
	if err := json.Unmarshal(body, &c); err != nil {
		return old, Refusal{http.StatusBadRequest, "InvalidRequest", "The request body is not valid: " + err.Error()}
	}
	if !preview(version) {
		c.Domains = nil
	}
	if len(c.Domains) == 0 && len(c.Trunks) == 0 && c.Routes == nil {
		return old, errEmpty
	}
	next := Configuration{Domains: maps.Clone(old.Domains), Trunks: maps.Clone(old.Trunks), Routes: old.Routes}
	if next.Domains == nil {
		next.Domains = map[string]Domain{}
	}
	if next.Trunks == nil {
		next.Trunks = map[string]Trunk{}
	}
	for name, d := range c.Domains {
		if err := next.addDomain(strings.ToLower(name), d); err != nil {
			return old, err
		}
	}
	for name, t := range c.Trunks {
		if !preview(version) && t != nil {
			t = &trunkChange{SIPSignalingPort: t.SIPSignalingPort}
		}
		if err := next.changeTrunk(strings.ToLower(name), t, mayHave); err != nil {
			return old, err
		}
	}
	for name, d := range c.Domains {
		if d == nil && !next.removeDomain(strings.ToLower(name)) {
			return old, errOther
		}
	}
	if c.Routes != nil {
		next.Routes = routesOf(*c.Routes, version)
	}
	if len(next.Trunks) > maxTrunks || len(next.Routes) > maxRoutes || len(next.Domains) > maxDomains {
		return old, errOther
	}
	return next, next.check()
}

// addDomain adds or changes a domain; nil is for [Configuration.removeDomain], when the trunks
// are those that shall be.
func (c *Configuration) addDomain(name string, d *domainChange) error {
	switch {
	case d == nil:
		return nil
	case !isFQDN(name):
		return errOther
	}
	is := c.Domains[name]
	set(&is.Enabled, d.Enabled)
	c.Domains[name] = is
	return nil
}

// removeDomain reports whether the domain could be removed: it must have no trunks.
func (c *Configuration) removeDomain(name string) bool {
	for fqdn := range c.Trunks {
		if fqdn == name || parent(fqdn) == name {
			return false
		}
	}
	delete(c.Domains, name)
	return true
}

func (c *Configuration) changeTrunk(fqdn string, t *trunkChange, mayHave func(string, map[string]Domain) error) error {
	if t == nil {
		delete(c.Trunks, fqdn)
		return nil
	}
	is, known := c.Trunks[fqdn]
	if !known {
		if !isFQDN(fqdn) || strings.HasSuffix(fqdn, ".onmicrosoft.com") || strings.HasSuffix(fqdn, ".azure.com") { // §1.7
			return errFQDN(fqdn)
		}
		if err := mayHave(fqdn, c.Domains); err != nil {
			return err
		}
	}
	set(&is.SIPSignalingPort, t.SIPSignalingPort)
	set(&is.PrivacyHeader, t.PrivacyHeader)
	set(&is.IPAddressVersion, t.IPAddressVersion)
	if t.Enabled != nil {
		is.Enabled = t.Enabled
	}
	if t.StepOutOfSignaling != nil {
		is.StepOutOfSignaling = t.StepOutOfSignaling
	}
	if is.SIPSignalingPort < 1 || is.SIPSignalingPort > 65535 {
		return errPort
	}
	c.Trunks[fqdn] = is
	return nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func routesOf(list []Route, version string) []Route {
	list = slices.Clone(list)
	for i := range list {
		r := &list[i]
		if r.Trunks == nil {
			r.Trunks = []string{}
		}
		if !preview(version) {
			r.CallerIDOverride = ""
		}
	}
	return list
}

// check holds the routes against the contract and the trunks that there are.
func (c *Configuration) check() error {
	names := map[string]bool{}
	for _, r := range c.Routes {
		switch {
		case r.Name == "" || len(r.Name) > maxName:
			return errName
		case r.NumberPattern == "" || len(r.NumberPattern) > maxText:
			return errPattern
		case len(r.Description) > maxText || len(r.Trunks) > maxTrunks:
			return errOther
		case names[r.Name]:
			return errTwice
		}
		names[r.Name] = true
		if _, err := compile(r.NumberPattern); err != nil {
			return errPattern
		}
		for _, fqdn := range r.Trunks {
			if _, ok := c.Trunks[strings.ToLower(fqdn)]; !ok {
				return errMissing
			}
		}
	}
	return nil
}

// matching are the routes of a number, the first before the others (§1.6).
func (c *Configuration) matching(number string) []Route {
	list := []Route{}
	for _, r := range c.Routes {
		if pattern, err := compile(r.NumberPattern); err == nil {
			if ok, err := pattern.MatchString(number); ok && err == nil {
				list = append(list, r)
			}
		}
	}
	return list
}

// patience is how long a pattern may look at a number.
const patience = 100 * time.Millisecond

// CheckPattern says what is wrong with a number pattern.
func CheckPattern(pattern string) error {
	_, err := compile(pattern)
	return err
}

func compile(pattern string) (*regexp2.Regexp, error) {
	r, err := regexp2.Compile(pattern, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("number pattern: %w", err)
	}
	r.MatchTimeout = patience
	return r, nil
}

// isFQDN: labels of letters, digits and hyphens, two at least.
func isFQDN(name string) bool {
	labels := strings.Split(name, ".")
	if len(name) > maxFQDN || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") ||
			strings.Trim(strings.ToLower(l), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// parent is the domain of a host: all but its first label.
func parent(fqdn string) string {
	_, rest, _ := strings.Cut(fqdn, ".")
	return rest
}
