package onboarding

import (
	"time"

	"tandem/internal/tenant"
)

// Page is what "Before you begin" shows to whoever has the link.
type Page struct {
	Tenant      tenant.ID // not for the page: it names what sign-in will open
	TenantName  string
	Provider    string
	State       tenant.InvitationState
	Kind        tenant.InvitationKind
	Step        tenant.Step // of a handover
	Note        string
	ExpiresAt   time.Time
	UsedBy      string // name of the admin who used it
	Bound       bool   // an admin has signed in already
	Permissions []Permission
	Steps       []StepNeeds
}

// StepNeeds says which roles a step needs, and how long it takes a person.
type StepNeeds struct {
	Step    tenant.Step
	Needs   []tenant.AdminRole // one is enough; nil: any admin role
	Minutes int
}

// TrackState is how an onboarding stands, in one word.
type TrackState string

const (
	TrackReady      TrackState = "ready"       // everything is proved: calls ring
	TrackNeedsYou   TrackState = "needs_you"   // the viewer can do what is next
	TrackNeedsOther TrackState = "needs_other" // somebody with another role has to
	TrackWaiting    TrackState = "waiting"     // Microsoft or we are at it
	TrackBlocked    TrackState = "blocked"     // suspended or offboarded: the provider's word
	TrackPaused     TrackState = "paused"      // an admin stopped all ringing
)

// TrackStates are those that a tenant can be in whoever looks; needs_you is not.
func TrackStates() []TrackState {
	return []TrackState{TrackReady, TrackNeedsOther, TrackWaiting, TrackBlocked, TrackPaused}
}

// StepState is how a step stands.
type StepState string

const (
	StepDone    StepState = "done"
	StepNext    StepState = "next"    // the one thing to do now
	StepOpen    StepState = "open"    // to be done, later or by somebody else
	StepWaiting StepState = "waiting" // goes on by itself
	StepFailed  StepState = "failed"  // see Problem
)

// Track is the whole onboarding of a tenant: state before action, one next step.
type Track struct {
	Tenant tenant.Tenant
	State  TrackState
	Next   tenant.Step // "" if there is nothing to do
	Steps  []StepView
	first  tenant.Step // that somebody can take now, whoever looks; "": none
}

// StepView is one step of it.
type StepView struct {
	ID        tenant.Step
	State     StepState
	OpenedAt  time.Time // zero: not yet, as the others
	ProvedAt  time.Time // first proved
	CheckedAt time.Time // last looked at
	By        string    // name of the admin who did it
	Needs     []tenant.AdminRole
	Minutes   int // of a person, without waiting
	ViewerCan bool
	Problem   *Problem // of a failed or waiting step; of a done one: a doubt
	Evidence  []tenant.Item
}

// Problem is what keeps a step from being done.
type Problem struct {
	Code string // stable
	Text string
	Cure tenant.Cure
}

// Readiness is everything that has to be true of a tenant, in one document.
type Readiness struct {
	Tenant    tenant.ID
	State     TrackState
	Items     []tenant.Item // consent, each permission, each resource, people, test call
	Agents    Counts
	Progress  Progress  // of the look at the agents
	CheckedAt time.Time // of the oldest item that was looked at; zero: none was
}

// Progress of a look at all agents.
type Progress struct {
	Total, Done int
	StartedAt   time.Time // zero: never
	EndedAt     time.Time // zero: under way, if it was started
	Code        string    // why it is waiting, such as directory_throttled; "" if it is not
	NextAt      time.Time // when it goes on or begins again; zero: not by itself
}

// Running says that a look is under way.
func (p Progress) Running() bool { return !p.StartedAt.IsZero() && p.EndedAt.IsZero() }

// ConsentReturn is what the browser brought back from Entra's admin consent; all
// of it hearsay.
type ConsentReturn struct {
	Error       string // "" if there was none; looked at first
	Description string // Entra's error_description
	Tenant      string // Entra tenant id
}

// Federation is everything about letting the provider's resources ring.
type Federation struct {
	Script    string // Teams PowerShell
	WhatIf    string // the same, changing nothing
	Undo      string
	Lines     []Line // Script, explained
	Resources []ResourceState
	Proofs    []ProofView   // from the newest
	TestUser  *TestUserView // nil: nobody is rung without being asked
}

// TestUserView is whom the tenant lets us ring by ourselves.
type TestUserView struct {
	tenant.TestUser
	RungAt time.Time // when a proof by him began last; zero: never
	NextAt time.Time // the next moment to see whether it is needed
}

// Line is a piece of the script, one or more lines of it, with what it means.
type Line struct {
	Text  string
	Code  string // stable; "" of an empty or closing line
	Means string
}

// ResourceState is a resource and whether it may ring.
type ResourceState struct {
	Resource
	State     tenant.GrantState // "" if nobody has claimed or seen anything
	Code      string            // why it does not hold
	CheckedAt time.Time         // zero: never
}

// ProofState is how a proof of federation stands.
type ProofState string

const (
	ProofRinging ProofState = "ringing" // an attempt is under way
	ProofWaiting ProofState = "waiting" // for the next attempt
	ProofProved  ProofState = "proved"
	ProofFailed  ProofState = "failed" // see Cure
)

// ProofView is a proof with what to do about it.
type ProofView struct {
	tenant.Proof
	State ProofState
	Cure  *tenant.Cure
}

// FoundPerson is somebody found in the directory.
type FoundPerson struct {
	Person
	Agent      tenant.AgentID // "" if not an agent
	CanBeAgent bool
	Reason     string // if not: guest, resource_account, account_disabled, person_unknown
}

// Added is what became of people who were picked.
type Added struct {
	Added   int // agents now who were not before
	Refused []RefusedPerson
}

// RefusedPerson cannot be an agent.
type RefusedPerson struct {
	OID    string
	Reason string // as of FoundPerson
}

// TestCallView is how a test call stands.
type TestCallView struct {
	Steps   []CallStep
	Over    bool
	Verdict string // of package check; "" until it is certain
	Cure    *tenant.Cure
}

// Undo is what a tenant has to do on its side so that nothing of us remains.
type Undo struct {
	Script string // Teams PowerShell: takes our resources off the list
	Steps  []UndoStep
}

// UndoStep is one thing to undo.
type UndoStep struct {
	Code    string // federation, policy, enterprise_app, data
	Who     []tenant.AdminRole
	Text    string
	Command string // PowerShell; "" if there is nothing to run
}
