package onboarding

import (
	"log/slog"
	"strings"
	"time"

	"tandem/internal/tenant"
)

// Config is what a Service needs. Store, Directory, Caller and Publisher are
// required.
type Config struct {
	Store     Store
	Directory Directory
	Caller    Caller
	Publisher Publisher

	ProviderName string // shown to customers
	ClientID     string // of the app registration, a GUID
	PublicBase   string // address of the web app, without a slash at its end
	// Recheck is the longest time after which consent and agents are looked at
	// again; default 10 min.
	Recheck time.Duration
	Now     func() time.Time // default time.Now
	Logger  *slog.Logger     // default discards
}

// Service is the onboarding of all tenants. It holds no state of its own, starts
// nothing in the background, and may be used from any number of goroutines and
// processes at once.
type Service struct{ Config }

// defaultRecheck is how old a proof of consent or a standing may get.
const defaultRecheck = 10 * time.Minute

// New makes a service.
func New(c Config) *Service {
	if c.Recheck == 0 {
		c.Recheck = defaultRecheck
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	now := c.Now // as exact as what is stored, for moments are compared; events and the audit trail tell them in UTC
	c.Now = func() time.Time { return now().UTC().Truncate(time.Microsecond) }
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.PublicBase = strings.TrimSuffix(c.PublicBase, "/")
	return &Service{c}
}

// Actor is who does something, as the audit trail names him.
type Actor struct {
	ID    string // "user:<oid>", "key:<id>" or "tandem"
	Name  string // for people: his, or what a key is for
	OID   string // of a signed-in person, in the tenant's Entra; "" of a key or an operator
	Roles []tenant.AdminRole
}

// Tandem is the product itself, in jobs and when calls end.
func Tandem() Actor { return Actor{ID: "tandem", Name: "Tandem"} }

// called is how a person is named in what others read.
func (a Actor) called() string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// person is called, or "" of the product itself: what it finds out, others did.
func (a Actor) person() string {
	if a.ID == Tandem().ID {
		return ""
	}
	return a.called()
}

// can says whether the actor has a role that is enough for a step. Keys and
// operators have none: what only an admin of Microsoft can do, they cannot.
func (a Actor) can(s tenant.Step) bool {
	if s == tenant.StepSignIn {
		return a.OID != ""
	}
	needs := s.Needs()
	for _, n := range needs {
		for _, r := range a.Roles {
			if r == n {
				return true
			}
		}
	}
	return needs == nil
}

// Admin is a person as a verified id token names him.
type Admin struct {
	EntraTenantID string // tid
	OID           string
	Name          string
	UPN           string // preferred_username; display only
	Roles         []tenant.AdminRole
	// RolesKnown says that the token carried wids at all. Without it nobody knows
	// whether the person is an admin (facts/entra-graph-teams.md §1.5).
	RolesKnown bool
}
