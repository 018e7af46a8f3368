package tenant

import (
	"encoding/json"
	"time"
)

// GrantKind is a kind of permission.
type GrantKind string

const (
	// GraphConsent is the admin consent of Entra; its subject is a permission,
	// such as Presence.Read.All.
	GraphConsent GrantKind = "graph_consent"
	// Federation lets one resource call the tenant's users; its subject is the
	// id of the resource.
	Federation GrantKind = "federation"
)

// GrantState is what is known about a grant.
type GrantState string

const (
	Claimed  GrantState = "claimed"  // somebody says it is done; nothing proves it
	Proved   GrantState = "proved"   // Microsoft behaved as it does only with the grant
	Doubtful GrantState = "doubtful" // one observation against it; may be Microsoft catching up
	Missing  GrantState = "missing"  // never seen, or Microsoft said no
	Revoked  GrantState = "revoked"  // was proved, and is gone
)

// Grant is a row of the ledger: what was seen at one moment, and by what. Rows
// are never changed; the newest of a (tenant, kind, subject) is what holds.
type Grant struct {
	ID       int64 // rises with time; given by the store
	Tenant   ID
	Kind     GrantKind
	Subject  string
	State    GrantState
	At       time.Time
	By       string          // actor as in the audit trail: "user:<oid>", "key:<id>", "tandem"
	ByName   string          // what the actor was called then
	Check    string          // what looked: "consent_proof", "test_call", "call", "recheck"
	Code     string          // stable reason of anything but proved: "consent_missing", "federation_missing"
	Message  string          // one line for people
	Evidence json.RawMessage // what was seen: roles of the token, status and code of a probe, id of a call
}

// Holds says whether calls may rely on the grant. A doubtful one holds: it held
// a minute ago, and only a second observation takes it away.
func (g Grant) Holds() bool { return g.State == Proved || g.State == Doubtful }
