package tenant

// ID names a tenant of this installation: a UUID in lower case.
type ID string

// AgentID names an agent of a tenant: a UUID in lower case.
type AgentID string

// Connectivity says how a number reaches Microsoft. The values are known only
// to package trunk and to the adapters that implement them.
type Connectivity string

// AnswerPolicy says when the customer's INVITE gets its 200.
type AnswerPolicy string

const (
	WithAgent AnswerPolicy = "with_agent" // when a person joins; a SIP failure otherwise
	AtOnce    AnswerPolicy = "at_once"    // as soon as somebody can be rung
)

// Endpoint says by what kind of address a person is rung.
type Endpoint string

const (
	TeamsUser   Endpoint = "teams_user"   // an Entra object id
	PhoneNumber Endpoint = "phone_number" // E.164
	ACSUser     Endpoint = "acs_user"     // an identity of an ACS resource, 8:acs:…, in lower case; no agent is one
)
