package provider

import (
	"slices"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// KeyPrefix begins every key, so that scanners recognise one that leaked.
const KeyPrefix = "tdm_"

// KeyID names a key: a UUID in lower case. It is not secret.
type KeyID string

// Scope is one right of a key.
type Scope string

const (
	// Everything includes scopes that are still to come; the first owner's key has it.
	Everything Scope = "*"

	TenantsRead  Scope = "tenants.read"
	TenantsWrite Scope = "tenants.write"
	// The steps of a tenant's onboarding.
	OnboardingRead  Scope = "onboarding.read"
	OnboardingWrite Scope = "onboarding.write"
	AgentsRead      Scope = "agents.read"
	AgentsWrite     Scope = "agents.write"
	NumbersRead     Scope = "numbers.read"
	NumbersWrite    Scope = "numbers.write"
	PromptsRead     Scope = "prompts.read"
	PromptsWrite    Scope = "prompts.write"
	FlowsRead       Scope = "flows.read"
	FlowsWrite      Scope = "flows.write"
	QueuesRead      Scope = "queues.read" // and who can take calls
	QueuesWrite     Scope = "queues.write"
	CallsRead       Scope = "calls.read"
	CallsWrite      Scope = "calls.write" // begin and control calls
	CDRsRead        Scope = "cdrs.read"
	RecordingsRead  Scope = "recordings.read"     // that there are some; not what was said
	RecordingsWrite Scope = "recordings.write"    // delete them, and how they are made and kept
	RecordingsHear  Scope = "recordings.download" // what was said
	AuditRead       Scope = "audit.read"
	EventsRead      Scope = "events.read"
	// WebhooksRead includes EventsRead: webhooks are where events go.
	WebhooksRead  Scope = "webhooks.read"
	WebhooksWrite Scope = "webhooks.write"
	PeersRead     Scope = "peers.read"
	PeersWrite    Scope = "peers.write"
	TrunksRead    Scope = "trunks.read" // regions, resources and trunks
	TrunksWrite   Scope = "trunks.write"
	KeysRead      Scope = "keys.read"
	KeysWrite     Scope = "keys.write"
)

// Scopes lists every scope; TenantScopes those that a tenant's key can have.
func Scopes() []Scope {
	return append(TenantScopes(),
		Everything, TenantsWrite, PeersRead, PeersWrite, TrunksRead, TrunksWrite, KeysRead, KeysWrite)
}

// TenantScopes lists the scopes that a tenant's key can have.
func TenantScopes() []Scope {
	return []Scope{
		TenantsRead, OnboardingRead, OnboardingWrite, AgentsRead, AgentsWrite, NumbersRead, NumbersWrite, CallsRead, CallsWrite, CDRsRead, AuditRead,
		EventsRead, WebhooksRead, WebhooksWrite, PromptsRead, PromptsWrite, QueuesRead, QueuesWrite, FlowsRead, FlowsWrite, RecordingsRead, RecordingsWrite, RecordingsHear,
	}
}

// Key is an API key without its secret.
type Key struct {
	ID         KeyID
	Tenant     tenant.ID // "" for a key of the provider
	Name       string    // what it is for
	Scopes     []Scope
	Hash       []byte    // SHA-256 of the whole key
	Hint       string    // its last four letters, so that people can tell keys apart
	ExpiresAt  time.Time // zero: never
	RevokedAt  time.Time // zero: not revoked
	LastUsedAt time.Time // to the minute; zero: never
	CreatedAt  time.Time
}

// Validate reports everything wrong with a new key.
func (k Key) Validate() error {
	var p fault.Problems
	if k.Name == "" || len(k.Name) > 128 || strings.TrimSpace(k.Name) != k.Name {
		p.Add("name", "must have 1 to 128 characters and say what the key is for")
	}
	if k.Tenant != "" {
		if _, err := tenant.ParseID(string(k.Tenant)); err != nil {
			p.Add("tenant", "must be a tenant's id")
		}
	}
	if len(k.Scopes) == 0 {
		p.Add("scopes", "must not be empty")
	}
	for i, s := range k.Scopes {
		switch {
		case !slices.Contains(Scopes(), s):
			p.Add("scopes", "there is no scope %q", string(s))
		case k.Tenant != "" && !slices.Contains(TenantScopes(), s):
			p.Add("scopes", "%s is not for a tenant's key", s)
		case slices.Contains(k.Scopes[:i], s):
			p.Add("scopes", "%s is there twice", s)
		}
	}
	if len(k.Hash) != 32 {
		p.Add("key", "must be hashed with SHA-256")
	}
	return p.Err("key_invalid", "the key is not valid")
}

// Usable says whether the key is good at a moment: fault.Unauthenticated if not.
func (k Key) Usable(now time.Time) error {
	switch {
	case !k.RevokedAt.IsZero():
		return fault.Unauthenticated("key_revoked", "the key has been revoked")
	case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
		return fault.Unauthenticated("key_expired", "the key has expired")
	}
	return nil
}

// Permits says whether the key has a scope: fault.Forbidden if not.
func (k Key) Permits(s Scope) error {
	if slices.Contains(k.Scopes, s) || slices.Contains(k.Scopes, Everything) || s == EventsRead && slices.Contains(k.Scopes, WebhooksRead) {
		return nil
	}
	return fault.Forbidden("scope_missing", "the key lacks the scope "+string(s))
}

// Sees says whether the key may see a tenant. To a tenant's key all others do
// not exist: fault.NotFound.
func (k Key) Sees(t tenant.ID) error {
	if k.Tenant == "" || k.Tenant == t {
		return nil
	}
	return fault.NotFound("tenant_unknown", "there is no such tenant")
}
