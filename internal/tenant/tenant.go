package tenant

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tandem/internal/fault"
)

// State is where a tenant stands with the provider.
type State string

const (
	Invited    State = "invited"    // known to us; its admins have done nothing yet
	Onboarding State = "onboarding" // its admins are at it
	Active     State = "active"     // can be called
	Suspended  State = "suspended"  // for now not
	Offboarded State = "offboarded" // never again
)

// States lists every state, in the order of a tenant's life.
func States() []State { return []State{Invited, Onboarding, Active, Suspended, Offboarded} }

// becomes is the diagram of the package comment.
var becomes = map[State][]State{
	Invited:    {Onboarding, Offboarded},
	Onboarding: {Active, Offboarded},
	Active:     {Suspended, Offboarded},
	Suspended:  {Active, Offboarded},
}

// Tenant is a customer organisation.
type Tenant struct {
	ID            ID
	Name          string
	EntraTenantID string // a UUID in lower case, one tenant of ours each; "" until an admin of it signed in
	State         State
	HomeRegion    string    // id of the region where its data and its calls stay
	BoundAt       time.Time // an admin of the Entra tenant signed in; zero: not yet
	BoundBy       string    // his name
	PausedAt      time.Time // an admin stopped all ringing; zero: nobody did
	PausedBy      string
	HoldMusic     HoldMusic // of its calls, if a call has no other; [HoldMelody] by default
	CreatedAt     time.Time
	ChangedAt     time.Time
}

// Normalize puts what was typed into the form that is compared and stored.
func (t Tenant) Normalize() Tenant {
	t.Name = strings.TrimSpace(t.Name)
	t.EntraTenantID = strings.ToLower(strings.TrimSpace(t.EntraTenantID))
	if t.HoldMusic == "" {
		t.HoldMusic = HoldMelody
	}
	return t
}

// Validate reports everything wrong with a tenant; its id is not looked at,
// because the store gives it.
func (t Tenant) Validate() error {
	var p fault.Problems
	checkName(&p, "name", t.Name)
	if u, ok := parseUUID(t.EntraTenantID); t.EntraTenantID != "" && (!ok || u != t.EntraTenantID) {
		p.Add("entra_tenant_id", "must be the directory (tenant) id of Entra, a UUID; leave it out if it is not known yet")
	}
	if !slices.Contains(States(), t.State) {
		p.Add("state", "must be one of %s", listed(States()))
	}
	if t.HomeRegion == "" {
		p.Add("home_region", "must name a region")
	}
	if t.HoldMusic != "" {
		CheckHoldMusic(&p, "hold_music", t.HoldMusic)
	}
	return p.Err("tenant_invalid", "the tenant is not valid")
}

// Become checks a change of state: fault.Conflict if the diagram has no such
// arrow. Staying is no change.
func (t Tenant) Become(next State) (Tenant, error) {
	if next == t.State {
		return t, nil
	}
	if !slices.Contains(becomes[t.State], next) {
		return t, fault.Conflict("tenant_state", "a tenant that is "+string(t.State)+" cannot become "+string(next))
	}
	t.State = next
	return t, nil
}

// Callable says whether calls to the tenant are taken: fault.Forbidden with a
// code that names the state if not.
func (t Tenant) Callable() error {
	if t.State == Active && !t.PausedAt.IsZero() {
		return fault.Forbidden("tenant_paused", "an admin of the tenant has stopped all ringing")
	}
	if t.State == Active {
		return nil
	}
	return fault.Forbidden("tenant_"+string(t.State), "the tenant is "+string(t.State)+", only an active one can be called")
}

// maxName is the longest name in characters that is shown to people; Microsoft
// documents no limit for display names, this is the one of Entra's own.
const maxName = 256

func checkName(p *fault.Problems, path, s string) {
	switch {
	case s == "":
		p.Add(path, "must not be empty")
	case !showable(s):
		p.Add(path, "must be printable text of at most %d characters, without spaces at its ends", maxName)
	}
}

func showable(s string) bool {
	if utf8.RuneCountInString(s) > maxName || !utf8.ValidString(s) || strings.TrimSpace(s) != s {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && !joins(r) }) < 0
}

// joins reports whether a rune joins or parts its neighbours, as in Persian and Hindi
// words and in emoji of several, or says the direction of what has none; what overrides
// directions is none of these (Unicode 15, §23.2).
func joins(r rune) bool { return r >= '\u200c' && r <= '\u200f' }

func listed[T ~string](all []T) string {
	var b strings.Builder
	for i, v := range all {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(v))
	}
	return b.String()
}
