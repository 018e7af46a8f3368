package provider

import (
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// How long a browser stays signed in. What a person may do is read from his token at
// the sign-in, and nobody tells us when he loses a role; so a session is good for
// RolesHold only, about as long as a token of Entra is. That of a tenant's admin goes
// on as long as Microsoft, asked before, says that he still has a role: Graph answers
// checkMemberObjects, with the template ids of the roles, to User.Read.All, which the
// tenant has consented to for other reasons (microsoft-graph-docs,
// directoryobject-checkmemberobjects). An operator, and an admin whose organisation
// has not consented yet, signs in again after the hour, which mostly takes a click:
// the app roles of operators would need a permission of their own.
//
// Rejected: to sign in again by prompt=none. In a frame browsers keep Microsoft's
// cookies from it, and the way there and back takes the page from under its reader.
const (
	SessionIdle  = time.Hour      // without a request
	SessionLasts = 12 * time.Hour // altogether
	RolesHold    = time.Hour      // since the roles were seen
)

// Session is a browser that signed in. What tells people about the person is
// sealed by whoever writes it, because sessions are found before it is known
// whose they are.
type Session struct {
	Hash          []byte    // SHA-256 of the cookie
	Tenant        tenant.ID // "": an operator of the provider, or an admin who is not bound yet
	EntraTenantID string
	OID           string
	Person        []byte // sealed
	CreatedAt     time.Time
	SeenAt        time.Time // to the minute
	ExpiresAt     time.Time // moves on as roles are confirmed, up to SessionLasts
}

// Usable says whether the session is good at a moment: fault.Unauthenticated if not.
func (s Session) Usable(now time.Time) error {
	if !now.Before(s.ExpiresAt) || now.Sub(s.SeenAt) >= SessionIdle {
		return fault.Unauthenticated("session_expired", "you have been signed out; sign in again")
	}
	return nil
}

// JourneyKind says what a browser went to Microsoft for.
type JourneyKind string

const (
	SignInJourney  JourneyKind = "sign_in"
	ConsentJourney JourneyKind = "consent"
)

// Journey is a trip to Microsoft and back. Its state parameter is good once.
type Journey struct {
	Hash      []byte // SHA-256 of state
	Kind      JourneyKind
	Luggage   []byte // sealed: what has to be known when it comes back
	CreatedAt time.Time
	ExpiresAt time.Time
}
