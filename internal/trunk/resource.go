package trunk

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// RegionID and ResourceID are names chosen by the provider: they appear in
// addresses and logs, so they are short and plain (see validSlug).
type (
	RegionID   string
	ResourceID string
)

// Region is a place: its resources, SIP edges and trunks, and the data of the
// tenants that have it as their home.
type Region struct {
	ID        RegionID
	Name      string
	CreatedAt time.Time
}

// Validate reports everything wrong with a region.
func (r Region) Validate() error {
	var p fault.Problems
	checkSlug(&p, "id", string(r.ID))
	if r.Name == "" || len(r.Name) > 128 {
		p.Add("name", "must have 1 to 128 characters")
	}
	return p.Err("region_invalid", "the region is not valid")
}

// DirectRoutingClosed is when ACS direct routing was closed to new resources
// (facts/direct-routing.md §0).
var DirectRoutingClosed = time.Date(2026, time.October, 23, 0, 0, 0, 0, time.UTC)

// Resource is an ACS resource of the provider.
type Resource struct {
	ID          ResourceID
	Region      RegionID
	Endpoint    string // https://name.communication.azure.com/, with the slash at its end
	ImmutableID string // a UUID in lower case: audience of the tokens Microsoft signs for it
	AccessKey   []byte // sealed with AccessKeyContext(ID)
	OwnerTenant tenant.ID
	// MadeAt is when the resource was made in Azure; it decides about direct routing.
	MadeAt            time.Time
	CognitiveEndpoint string // without it Microsoft neither speaks nor listens in a call
	AnchorNumber      string // E.164; called where a call has no number of its own
	CreatedAt         time.Time
}

// AccessKeyContext binds a sealed access key to its resource.
func AccessKeyContext(id ResourceID) string { return "resource/" + string(id) + "/access_key" }

// CheckAccessKey notes what is wrong with an access key before it is sealed.
func CheckAccessKey(p *fault.Problems, path, key string) {
	if b, err := base64.StdEncoding.DecodeString(key); err != nil || len(b) < 16 {
		p.Add(path, "must be an access key of the resource, in base64")
	}
}

// DirectRouting reports whether the resource may have direct routing at all.
func (r Resource) DirectRouting() bool {
	return !r.MadeAt.IsZero() && r.MadeAt.Before(DirectRoutingClosed)
}

// Normalize puts what was typed into the form that is compared and stored.
func (r Resource) Normalize() Resource {
	r.ImmutableID = strings.ToLower(strings.TrimSpace(r.ImmutableID))
	r.Endpoint = slashed(strings.TrimSpace(r.Endpoint))
	r.CognitiveEndpoint = slashed(strings.TrimSpace(r.CognitiveEndpoint))
	return r
}

func slashed(u string) string {
	if u == "" || strings.HasSuffix(u, "/") {
		return u
	}
	return u + "/"
}

// Validate reports everything wrong with a resource. Plain http is right for
// the loopback only, where the simulator is.
func (r Resource) Validate() error {
	var p fault.Problems
	checkSlug(&p, "id", string(r.ID))
	checkSlug(&p, "region", string(r.Region))
	checkEndpoint(&p, "endpoint", r.Endpoint)
	if _, err := tenant.ParseID(r.ImmutableID); err != nil || strings.ToLower(r.ImmutableID) != r.ImmutableID {
		p.Add("immutable_id", "must be the immutable resource id, a UUID")
	}
	if len(r.AccessKey) == 0 {
		p.Add("access_key", "must not be empty")
	}
	if r.OwnerTenant != "" {
		if _, err := tenant.ParseID(string(r.OwnerTenant)); err != nil {
			p.Add("owner_tenant", "must be a tenant's id")
		}
	}
	if r.MadeAt.IsZero() {
		p.Add("made_at", "must say when the resource was made in Azure; only those before 2026-10-23 have direct routing")
	}
	if r.CognitiveEndpoint != "" {
		checkEndpoint(&p, "cognitive_endpoint", r.CognitiveEndpoint)
	}
	if r.AnchorNumber != "" {
		if _, err := tenant.ParseE164(r.AnchorNumber); err != nil {
			p.Add("anchor_number", "must be an E.164 number such as +493012345678")
		}
	}
	return p.Err("resource_invalid", "the resource is not valid")
}

func checkEndpoint(p *fault.Problems, path, s string) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		p.Add(path, "must be an address without a path, such as https://name.communication.azure.com/")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		p.Add(path, "must begin with https://")
	}
}

func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// validSlug: lower-case letters, digits and hyphens, beginning with a letter.
func validSlug(s string) bool {
	if s == "" || len(s) > 40 || s[0] < 'a' || s[0] > 'z' || strings.HasSuffix(s, "-") {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func checkSlug(p *fault.Problems, path, s string) {
	if !validSlug(s) {
		p.Add(path, "must have 1 to 40 lower-case letters, digits and hyphens, and begin with a letter")
	}
}
