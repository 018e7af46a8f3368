package trunk

import (
	"strings"
	"time"

	"tandem/internal/fault"
)

// Kind says whose SBC a trunk is.
type Kind string

const (
	Builtin  Kind = "builtin"  // one SIP edge node of ours; not certified by Microsoft
	External Kind = "external" // a third-party SBC
)

// Trunk is an SBC's FQDN and port as registered in a resource. The FQDN is its
// key: Microsoft accepts one only once in all of Azure.
type Trunk struct {
	FQDN      string
	Port      int // of TLS signalling
	Resource  ResourceID
	Kind      Kind
	CreatedAt time.Time
}

// Normalize puts what was typed into the form that is compared and stored.
func (t Trunk) Normalize() Trunk {
	t.FQDN = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(t.FQDN), "."))
	return t
}

// Validate reports everything wrong with a trunk.
func (t Trunk) Validate() error {
	var p fault.Problems
	if !validFQDN(t.FQDN) {
		p.Add("fqdn", "must be a host name with a domain, in lower case, without wildcard and not an address")
	}
	if t.Port < 1 || t.Port > 65535 {
		p.Add("port", "must be from 1 to 65535")
	}
	checkSlug(&p, "resource", string(t.Resource))
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
