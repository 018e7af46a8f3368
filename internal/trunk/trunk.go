package trunk

import (
	"cmp"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Kind says whose SBC a trunk is.
type Kind string

const (
	Builtin  Kind = "builtin"  // one SIP edge node of ours; not certified by Microsoft
	External Kind = "external" // a third-party SBC
)

// Trunk is an SBC's FQDN and port as registered at Microsoft. The FQDN is its key:
// Microsoft accepts one only once, be it in a resource or in a tenant's Teams
// (facts/direct-routing.md §0.4, §3).
type Trunk struct {
	FQDN string
	Port int // of TLS signalling
	// Resource is "" for a trunk that is in none: one of Teams', or one of ours that a
	// routing document took out.
	Resource ResourceID
	Kind     Kind
	// Connectivity is ACSDirectRouting, which "" stands for, or TeamsDirectRouting.
	Connectivity tenant.Connectivity
	CreatedAt    time.Time
}

// Normalize puts what was typed into the form that is compared and stored.
func (t Trunk) Normalize() Trunk {
	t.FQDN = plainFQDN(t.FQDN)
	t.Connectivity = cmp.Or(t.Connectivity, ACSDirectRouting)
	return t
}

// Validate reports everything wrong with a trunk that is to be made.
func (t Trunk) Validate() error {
	var p fault.Problems
	checkTrunkName(&p, "fqdn", t.FQDN)
	if t.Port < 1 || t.Port > 65535 {
		p.Add("port", "must be from 1 to 65535")
	}
	switch cmp.Or(t.Connectivity, ACSDirectRouting) {
	case ACSDirectRouting:
		checkSlug(&p, "resource", string(t.Resource))
	case TeamsDirectRouting:
		if t.Resource != "" {
			p.Add("resource", "must be empty: a trunk of %s is in a tenant's Teams and in no resource", TeamsDirectRouting)
		}
	default:
		p.Add("connectivity", "must be %s or %s", ACSDirectRouting, TeamsDirectRouting)
	}
	if t.Kind != Builtin && t.Kind != External {
		p.Add("kind", "must be %s or %s", Builtin, External)
	}
	return p.Err("trunk_invalid", "the trunk is not valid")
}

// validFQDN: letters, digits and hyphens (RFC 1123 §2.1), at least two labels,
// the last one not a number, so that no IPv4 address gets through.
func validFQDN(s string) bool {
	if len(s) > 253 {
		return false
	}
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' ||
			strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}
