package provider

import (
	"encoding/json"
	"time"

	"tandem/internal/tenant"
)

// Entry is one line of a tenant's audit trail. It is written once and never
// changed; it stays when what it tells of is gone.
type Entry struct {
	ID          int64 // rises with time; given by the store
	Tenant      tenant.ID
	At          time.Time
	Actor       string          // who did it: "user:<oid>", "key:<id>", "tandem"
	ActorName   string          // what he, or the key, was called then; "" if nobody knew
	Action      string          // what: "agent.create"
	Subject     string          // to whom: an id
	SubjectName string          // what that was called then; "" if nobody knew, or the id says it
	Detail      json.RawMessage // what changed; no secrets
}
