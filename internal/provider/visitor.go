package provider

import (
	"slices"
	"strings"
	"time"

	"tandem/internal/tenant"
)

// OperatorRole is what one of the provider's own people may do. It comes from
// an app role of the provider's registration, assigned in the provider's
// directory.
type OperatorRole string

const (
	Owner    OperatorRole = "owner"    // everything
	Operator OperatorRole = "operator" // everything but making keys
	Viewer   OperatorRole = "viewer"   // reads
)

// Visitor is a person who signed in with Microsoft and acts in a browser: an
// admin of one tenant, or one of the provider's operators.
type Visitor struct {
	Tenant        tenant.ID    // whose admin he is; "" for an operator
	Operator      OperatorRole // "" for a tenant's admin
	EntraTenantID string       // of his directory
	OID           string       // his object id there
	Name          string
	Username      string             // for showing only: it changes, and another tenant can have it too
	Roles         []tenant.AdminRole // directory roles; empty may also mean that Entra does not tell
	SessionHash   []byte             // names the session in a store
}

// Actor names him in the audit trail.
func (v Visitor) Actor() string { return "user:" + v.OID }

// Key is what he may do, in the form of an API key: a tenant's admin sees his
// tenant only. Somebody who is neither may do nothing.
func (v Visitor) Key() Key {
	k := Key{Tenant: v.Tenant, Name: v.Name}
	switch {
	case v.Tenant != "":
		k.Scopes = []Scope{OnboardingRead, OnboardingWrite, TenantsRead, AgentsRead, AgentsWrite, AuditRead, CallsRead}
	case v.Operator == Owner:
		k.Scopes = []Scope{Everything}
	case v.Operator == Operator:
		k.Scopes = slices.DeleteFunc(Scopes(), func(s Scope) bool { return s == Everything || s == KeysWrite })
	case v.Operator == Viewer:
		k.Scopes = slices.DeleteFunc(Scopes(), func(s Scope) bool { return !strings.HasSuffix(string(s), ".read") })
	}
	return k
}

// Session is a browser that signed in, as it is stored.
type Session struct {
	Hash          []byte    // SHA-256 of the word in the cookie
	Tenant        tenant.ID // "" for an operator
	EntraTenantID string
	OID           string
	Person        []byte // sealed; the portal's
	CreatedAt     time.Time
	SeenAt        time.Time
	ExpiresAt     time.Time // absolute
}

// JourneyKind is where a browser was sent.
type JourneyKind string

const (
	SignInJourney  JourneyKind = "sign_in"
	ConsentJourney JourneyKind = "consent"
)

// Journey is a trip of a browser to Microsoft and back, as it is stored.
type Journey struct {
	Hash      []byte // SHA-256 of state
	Kind      JourneyKind
	Luggage   []byte // sealed; the portal's
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero: not yet
}
