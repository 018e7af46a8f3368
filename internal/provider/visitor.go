package provider

import (
	"slices"
	"strings"

	"tandem/internal/tenant"
)

// OperatorRole is what one of the provider's own people may do. It comes from
// an app role of the provider's registration, assigned in the provider's
// directory.
type OperatorRole string

const (
	Owner    OperatorRole = "owner"    // everything
	Operator OperatorRole = "operator" // everything but making keys and hearing recordings
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
		k.Scopes = []Scope{OnboardingRead, OnboardingWrite, TenantsRead, AgentsRead, AgentsWrite, AuditRead, CallsRead, EventsRead}
	case v.Operator == Owner:
		k.Scopes = []Scope{Everything}
	case v.Operator == Operator:
		k.Scopes = slices.DeleteFunc(Scopes(), func(s Scope) bool { return s == Everything || s == KeysWrite || s == RecordingsHear })
	case v.Operator == Viewer:
		k.Scopes = slices.DeleteFunc(Scopes(), func(s Scope) bool { return !strings.HasSuffix(string(s), ".read") })
	}
	return k
}
