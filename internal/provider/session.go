package provider

import (
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// How long a browser stays signed in. What an operator may do is read from his token
// at the sign-in and cannot be looked up later, so his session lasts no longer than a
// token of Entra does, and whoever loses the role is out by then.
const (
	SessionIdle          = time.Hour      // without a request
	SessionLasts         = 12 * time.Hour // altogether
	OperatorSessionLasts = time.Hour      // of an operator, altogether
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
	ExpiresAt     time.Time // absolute
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
