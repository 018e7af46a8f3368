package onboarding

import (
	"context"
	"time"

	"tandem/internal/check"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Directory is a tenant's Microsoft 365 as an application may read it: app-only
// tokens and Graph. Tenants are named by their Entra id. Its errors are faults;
// the codes of package entra say what became of the consent (consent_missing,
// app_disabled …), permission_missing says that a role is not in the token,
// directory_throttled and the other Unavailable ones that it is worth trying
// again.
type Directory interface {
	// Prove gets a token past every cache and asks one harmless question for each
	// permission; oid is the admin's own, for the questions that need a person.
	// An error means that there is no token at all.
	Prove(ctx context.Context, entraTenantID, oid string) (Consent, error)
	// Search finds people by the beginnings of their names and addresses.
	Search(ctx context.Context, entraTenantID, text string, limit int) ([]Person, error)
	// Groups finds groups by the beginnings of the words of their names.
	Groups(ctx context.Context, entraTenantID, text string, limit int) ([]Group, error)
	// Group finds one; fault.NotFound.
	Group(ctx context.Context, entraTenantID, id string) (Group, error)
	// Members hands over the people of a group, nested ones too, page by page.
	Members(ctx context.Context, entraTenantID, group string, page func([]Person) error) error
	// Look finds out what is needed to ring people, in batches; each person is
	// handed over once, in any order, as soon as it is known. Throttling is
	// waited out within ctx.
	Look(ctx context.Context, entraTenantID string, oids []string, seen func(Sight) error) error
}

// Permission is an application permission of Microsoft Graph that we ask for.
type Permission struct {
	Name    string // as Graph calls it
	Why     string // what it is for, in one English sentence
	Without string // what breaks without it
	Needed  bool   // false: only if agents are picked by group
}

// Permissions is what the app registration asks for
// (facts/entra-graph-teams.md §2.1).
func Permissions() []Permission {
	return []Permission{
		{"User.Read.All", "Find the people you pick, see whether they have the Teams Phone licence, and whether who signed in here still is an admin.", "You could not search for people, and we could not tell who is not ready.", true},
		{"Presence.Read.All", "See who is free before ringing them.", "We would ring people who are busy or away.", true},
		{"TeamsUserConfiguration.Read.All", "See whether Enterprise Voice is on for the people you pick.", "A call could fail and nobody would know why.", true},
		{"GroupMember.Read.All", "Keep the list of people in step with a group of yours.", "You would pick people one by one.", false},
	}
}

// Consent is what a proof saw.
type Consent struct {
	At          time.Time
	ID          string // of the organisation: the Entra tenant that was asked for, or something is very wrong; "" if it could not be read
	Name        string // of the organisation
	Domain      string // its default domain
	Permissions []Probe
}

// Probe is one question asked to see whether a permission is there.
type Probe struct {
	Permission string
	InToken    bool   // the token carries the role; a diagnostic
	Status     int    // HTTP status of the question; 0: not asked or not answered
	Code       string // Graph's error code
	OK         bool   // answered, so the permission is there
}

// Person is somebody in the tenant's directory.
type Person struct {
	OID             string
	Name            string
	UPN             string
	JobTitle        string
	Department      string
	Enabled         bool
	Guest           bool
	ResourceAccount bool // a Teams app, not a human: cannot be an agent
}

// Group is a group of the tenant's directory.
type Group struct {
	ID   string
	Name string
}

// Plan is the state of a service plan.
type Plan string

const (
	PlanActive  Plan = "active"  // Enabled, Success or in its grace time
	PlanPending Plan = "pending" // assigned, Teams has not caught up
	PlanMissing Plan = "missing"
	PlanUnknown Plan = "unknown" // could not be read
)

// Sight is what was seen of one person (facts/entra-graph-teams.md §2.5).
type Sight struct {
	Person
	At              time.Time
	Found           bool
	Teams           Plan
	TeamsPhone      Plan
	PhoneSystem     *bool  // Teams itself lists the feature; nil: not readable
	EnterpriseVoice *bool  // nil: not readable
	AccountType     string // of the Teams configuration: user, resourceAccount …; "" if not readable
	Presence        string // availability; "" if not readable
	Problems        []string
}

// Caller makes test calls, of people who are agents or not.
type Caller interface {
	// Place rings one person from a resource, and returns when Microsoft has been
	// asked. The call ends by itself some seconds after an answer. once names the
	// call within the tenant: by a name that there was before nobody is rung, and
	// the call of that time is the answer.
	Place(ctx context.Context, t tenant.ID, resource, oid, name, once string) (call string, err error)
	// HangUp ends a test call, whether it rings or talks; fault.NotFound if there is no
	// such test call, fault.Conflict (code call_state) if it is over.
	HangUp(ctx context.Context, t tenant.ID, call string) error
	// Steps is what has happened so far, from the oldest; fault.NotFound.
	Steps(ctx context.Context, t tenant.ID, call string) ([]CallStep, error)
	// Watch follows a call: it sends what has happened so far, then each change,
	// and closes the channel after the last one, or when ctx ends.
	Watch(ctx context.Context, t tenant.ID, call string) (<-chan CallStep, error)
}

// CallState is how far a test call is.
type CallState string

const (
	CallPlaced   CallState = "placed"
	CallRinging  CallState = "ringing"
	CallAnswered CallState = "answered"
	CallOver     CallState = "ended"
)

// CallStep is what happened to a test call.
type CallStep struct {
	At      time.Time
	State   CallState
	Code    int // Call Automation's, of an end
	SubCode int
	Verdict check.Verdict // of an end
	Cure    check.Cure
	Message string
	Over    bool
}

// Resource is one that may ring the tenant's users.
type Resource struct {
	ID          string
	Region      string
	ImmutableID string
	Home        bool // of the tenant's home region; others stand by
}

// Event is something the provider is told of: onboarding.step, tenant.activated,
// grant.changed, agent.readiness_changed, tenant.paused, tenant.resumed,
// tenant.offboarded.
type Event struct {
	Type string
	Data any // JSON
}

// Publisher tells the provider; what is told is stored before it returns.
type Publisher interface {
	Publish(ctx context.Context, t tenant.ID, e Event) error
}

// Store keeps what onboarding knows. Its errors are faults; lists run in the
// order of their key, behind after.
type Store interface {
	Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
	TenantByEntra(ctx context.Context, entraTenantID string) (tenant.Tenant, error)
	ChangeTenant(ctx context.Context, id tenant.ID, change func(tenant.Tenant) (tenant.Tenant, error)) (tenant.Tenant, error)
	Resources(ctx context.Context, t tenant.ID) ([]Resource, error)
	// Facts is everything that the verdict on a tenant is made of.
	Facts(ctx context.Context, t tenant.ID) (Facts, error)

	// CreateInvitation gives the invitation its id; hash is that of the link's word.
	CreateInvitation(ctx context.Context, i tenant.Invitation, hash []byte) (tenant.Invitation, error)
	// InvitationByHash finds it among all tenants; fault.NotFound.
	InvitationByHash(ctx context.Context, hash []byte) (tenant.Invitation, error)
	ListInvitations(ctx context.Context, in tenant.ID, after tenant.InvitationID, limit int) ([]tenant.Invitation, error)
	// RevokeInvitation is done at once and for good; doing it again changes nothing.
	RevokeInvitation(ctx context.Context, in tenant.ID, id tenant.InvitationID, at time.Time) (tenant.Invitation, error)
	// UseInvitation uses it up and binds its tenant to an Entra tenant, in one
	// transaction: fault.Gone if somebody was faster; fault.Conflict with code
	// entra_tenant_taken if the Entra tenant is another customer's, entra_tenant_other
	// if the tenant is bound (or was created) with another one.
	UseInvitation(ctx context.Context, i tenant.Invitation, entraTenantID, by string, at time.Time) (tenant.Tenant, error)

	// AppendGrants adds rows to the ledger.
	AppendGrants(ctx context.Context, t tenant.ID, g ...tenant.Grant) error
	// Grants is what holds now: the newest row of each kind and subject.
	Grants(ctx context.Context, t tenant.ID) ([]tenant.Grant, error)
	// GrantHistory lists the ledger from the newest row; before is 0 for the first page.
	GrantHistory(ctx context.Context, t tenant.ID, before int64, limit int) ([]tenant.Grant, error)

	// MarkStep keeps the first moment of each kind, and the last By that is not empty.
	MarkStep(ctx context.Context, t tenant.ID, m tenant.StepMark) error
	StepMarks(ctx context.Context, t tenant.ID) ([]tenant.StepMark, error)

	// AddAgents makes people agents who are none yet, and says how many were new.
	// With a group they are its members; without, each was picked.
	AddAgents(ctx context.Context, t tenant.ID, group string, agents []tenant.Agent) (added int, err error)
	// KeepMembers takes away the memberships of a group that are not in oids, and
	// the agents that only they had made agents.
	KeepMembers(ctx context.Context, t tenant.ID, group string, oids []string) (removed int, err error)
	ChangeAgent(ctx context.Context, t tenant.ID, id tenant.AgentID, change func(tenant.Agent) (tenant.Agent, error)) (tenant.Agent, error)
	// ListStandings lists agents with what was last seen of them; ready narrows.
	ListStandings(ctx context.Context, t tenant.ID, ready *bool, after tenant.AgentID, limit int) ([]AgentStanding, error)
	// StandingsByOID finds those of these people who are agents, in any order.
	StandingsByOID(ctx context.Context, t tenant.ID, oids []string) ([]AgentStanding, error)
	// SaveStandings replaces what was seen of agents; the later LastRangAt stays,
	// and who is no longer an agent is passed over.
	SaveStandings(ctx context.Context, t tenant.ID, s []tenant.Standing) error
	// MarkRang notes that an agent's Teams rang; the latest moment stays. It does
	// nothing for somebody who is no agent, and does not make one look checked.
	MarkRang(ctx context.Context, t tenant.ID, oid string, at time.Time) error
	CountStandings(ctx context.Context, t tenant.ID) (Counts, error)

	SaveGroup(ctx context.Context, g tenant.Group) error // adds or replaces
	Groups(ctx context.Context, t tenant.ID) ([]tenant.Group, error)
	DeleteGroup(ctx context.Context, t tenant.ID, id string) error // and its memberships, as KeepMembers with none

	// StartProof begins one; fault.Conflict with code proof_running if one is under way.
	StartProof(ctx context.Context, p tenant.Proof) (tenant.Proof, error)
	// ChangeProof reads one and writes what change makes of it, under a lock, so
	// that two workers never both ring; an error of change changes nothing.
	ChangeProof(ctx context.Context, p ProofRef, change func(tenant.Proof) (tenant.Proof, error)) (tenant.Proof, error)
	Proofs(ctx context.Context, t tenant.ID, limit int) ([]tenant.Proof, error) // from the newest

	// TestUser is whom a tenant named; fault.NotFound if nobody.
	TestUser(ctx context.Context, t tenant.ID) (tenant.TestUser, error)
	SaveTestUser(ctx context.Context, u tenant.TestUser) error // in place of the one before
	DeleteTestUser(ctx context.Context, t tenant.ID) error     // doing it again changes nothing

	// Look is what is known of one thing that is looked at again and again; one
	// with nothing but its key if it never was.
	Look(ctx context.Context, l LookRef) (Look, error)
	// ChangeLook reads one and writes what change makes of it, as ChangeProof; one
	// that never was begins with its key alone.
	ChangeLook(ctx context.Context, l LookRef, change func(Look) (Look, error)) (Look, error)

	// DueLooks, DueProofs find what jobs have to do, among all tenants that are not
	// offboarded: a DueAt or NextAt that has come, the oldest first.
	DueLooks(ctx context.Context, now time.Time, limit int) ([]LookRef, error)
	DueProofs(ctx context.Context, now time.Time, limit int) ([]ProofRef, error)

	// Offboard ends a tenant for good, in one transaction: its state, and everything
	// of use to nobody but it deleted, by the list of deleters. Call records and the
	// audit trail stay.
	Offboard(ctx context.Context, t tenant.ID, at time.Time) (tenant.Tenant, error)

	Audit(ctx context.Context, t tenant.ID, e provider.Entry) error
}

// Facts is everything stored that the onboarding of a tenant is judged by.
type Facts struct {
	Tenant    tenant.Tenant
	Grants    []tenant.Grant // what holds now
	Resources []Resource
	Marks     []tenant.StepMark
	Looks     []Look
	Counts    Counts
	Proofs    []tenant.Proof // [ShownProofs] of them, from the newest
}

// AgentStanding is an agent with what was last seen of him; a zero CheckedAt:
// nothing yet.
type AgentStanding struct {
	tenant.Agent
	Standing tenant.Standing
}

// Counts of a tenant's agents; each is one of the last four.
type Counts struct{ Total, Ready, NotReady, Unchecked, Paused int }

// ProofRef names a proof across tenants.
type ProofRef struct {
	Tenant tenant.ID
	ID     string
}

// LookKind is a kind of work that goes on by itself.
type LookKind string

const (
	LookConsent  LookKind = "consent"   // prove the consent
	LookAgents   LookKind = "agents"    // see what is missing for each agent
	LookGroups   LookKind = "groups"    // keep the members of the groups in step
	LookTestCall LookKind = "test_call" // see how the newest test call ended
	LookTestUser LookKind = "test_user" // ring whom the tenant named, if it is time
)

// LookRef names a look across tenants; there is one of each kind a tenant.
type LookRef struct {
	Tenant tenant.ID
	Kind   LookKind
}

// Look is a thing that is looked at again and again, with the moment of the next
// time, so that it goes on when a page is closed and when a process dies.
type Look struct {
	LookRef
	DueAt     time.Time // of the next look, or of the next part of one; zero: none to come
	StartedAt time.Time // of the look, or of the series of quick tries, under way or last; of a test user: when he was last rung
	EndedAt   time.Time // when the last look came to its end; zero: never
	Tries     int       // since StartedAt, or failures in a row
	Code      string    // of the last failure; "" if the last look went well
	OID       string    // of a consent: the admin whose own presence is asked for; of a test call: whom it rings
	Call      string    // of a test call
	After     string    // of the agents: the last one that is done
	Total     int       // of the agents
	Done      int
}
