package tenant

import (
	"strings"
	"time"

	"tandem/internal/fault"
)

// Agent is a person of a tenant who may be rung.
type Agent struct {
	ID       AgentID
	Tenant   ID
	Endpoint Endpoint
	// OID is how the endpoint is addressed: the Entra object id in lower case of
	// a teams_user, the E.164 number of a phone_number. Unique in the tenant.
	OID  string
	Name string
	UPN  string // how people know the account; shown only, for it can change
	// Source says who decided that this person is an agent: "single" (one was
	// picked) or "group" (a member of an Entra group that is kept in step).
	Source    AgentSource
	PausedAt  time.Time // taken out by an admin; zero: may be rung
	CreatedAt time.Time
	ChangedAt time.Time
}

// AgentSource says who keeps an agent.
type AgentSource string

const (
	FromSingle AgentSource = "single"
	FromGroup  AgentSource = "group"
)

// Normalize fills the default endpoint and source and puts what was typed into the form
// that is compared and stored.
func (a Agent) Normalize() Agent {
	if a.Endpoint == "" {
		a.Endpoint = TeamsUser
	}
	if a.Source == "" {
		a.Source = FromSingle
	}
	a.OID = strings.ToLower(strings.TrimSpace(a.OID))
	a.Name = strings.TrimSpace(a.Name)
	return a
}

// Validate reports everything wrong with an agent; its id is not looked at.
func (a Agent) Validate() error {
	var p fault.Problems
	switch a.Endpoint {
	case TeamsUser:
		if u, ok := parseUUID(a.OID); !ok || u != a.OID {
			p.Add("oid", "must be the object id of the user in Entra, a UUID")
		}
	case PhoneNumber:
		if !validE164(a.OID) {
			p.Add("oid", "must be an E.164 number such as +493012345678")
		}
	default:
		p.Add("endpoint", "must be one of %s", listed([]Endpoint{TeamsUser, PhoneNumber}))
	}
	checkName(&p, "name", a.Name)
	return p.Err("agent_invalid", "the agent is not valid")
}
