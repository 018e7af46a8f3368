package portal

import (
	"context"
	"net/url"
	"time"

	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Sessions keeps sessions and journeys. Its errors are faults.
type Sessions interface {
	CreateSession(ctx context.Context, s provider.Session) error
	// Session finds one that is good now, and notes that it was used:
	// fault.Unauthenticated if there is none.
	Session(ctx context.Context, hash []byte, now time.Time) (provider.Session, error)
	EndSession(ctx context.Context, hash []byte) error
	// SessionsToConfirm lists sessions of tenants' admins that are good now and end
	// before a moment, the first to end first.
	SessionsToConfirm(ctx context.Context, now, before time.Time, limit int) ([]provider.Session, error)
	// ConfirmSession writes down what was seen of a session's person, and until when
	// that holds.
	ConfirmSession(ctx context.Context, hash, person []byte, until time.Time) error
	// EndSessions ends all of a person, and says how many there were.
	EndSessions(ctx context.Context, entraTenantID, oid string) (int, error)
	BeginJourney(ctx context.Context, j provider.Journey) error
	// EndJourney takes the luggage, once: fault.NotFound state_unknown, fault.Gone
	// state_used or state_expired.
	EndJourney(ctx context.Context, kind provider.JourneyKind, hash []byte, now time.Time) (provider.Journey, error)
}

// Tenants finds customers.
type Tenants interface {
	Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
}

// Roles finds out what people are at Microsoft now.
type Roles interface {
	// AdminRoles are the roles that make somebody an admin of his tenant; none of
	// somebody who is gone or must not sign in. What cannot be seen is an error.
	AdminRoles(ctx context.Context, entraTenantID, oid string) ([]tenant.AdminRole, error)
}

// Onboarding is the part of onboarding.Service that is needed here.
type Onboarding interface {
	Invitation(ctx context.Context, word string) (onboarding.Page, error)
	SignIn(ctx context.Context, word string, a onboarding.Admin) (tenant.Tenant, error)
	ConsentReturned(ctx context.Context, by onboarding.Actor, t tenant.ID, r onboarding.ConsentReturn) error
}

// Audit writes the trail of a tenant, or, with "", the provider's own.
type Audit interface {
	Audit(ctx context.Context, t tenant.ID, e provider.Entry) error
}

// Trip is one way to Microsoft and back.
type Trip struct {
	RedirectURI string
	State       string
	Nonce       string
	Verifier    string // of PKCE
}

// Person is whom an id_token is about.
type Person struct {
	TenantID       string // Entra's, in lower case
	OID            string
	Name           string
	Username       string   // for showing only
	DirectoryRoles []string // template ids; nil: the token does not tell
	AppRoles       []string // of our own registration
}

// Identity is Microsoft's sign-in. Its errors are faults, whose codes the web
// app has words for.
type Identity interface {
	URL(ctx context.Context, t Trip) (string, error)
	Redeem(ctx context.Context, t Trip, code string) (Person, error)
	ConsentURL(ctx context.Context, entraTenantID, state, redirectURI string) (string, error)
	// RedirectError is the error that a browser brings back, nil if it brings none.
	RedirectError(q url.Values) error
}
