package onboarding

import (
	"context"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

var errTodo = fault.Internal("unfinished", "this is not written yet")

// invite.go

// Invite makes an invitation of kind welcome; the tenant must exist. ExpiresAt
// may be zero for the default. The link holds a secret that is told once.
func (s *Service) Invite(ctx context.Context, by Actor, i tenant.Invitation) (made tenant.Invitation, link string, err error) {
	return i, "", errTodo
}

// Invitation is the page behind a link; fault.NotFound for a word nobody was given.
func (s *Service) Invitation(ctx context.Context, word string) (Page, error) { return Page{}, errTodo }

// Revoke withdraws an invitation.
func (s *Service) Revoke(ctx context.Context, by Actor, in tenant.ID, id tenant.InvitationID) (tenant.Invitation, error) {
	return tenant.Invitation{}, errTodo
}

// Handover makes a link for an admin whose role a step needs.
func (s *Service) Handover(ctx context.Context, by Actor, t tenant.ID, step tenant.Step) (made tenant.Invitation, link string, err error) {
	return made, "", errTodo
}

// signin.go

// SignIn opens a tenant to an admin: by an invitation's word, which binds it, or
// without one if his Entra tenant is bound.
func (s *Service) SignIn(ctx context.Context, word string, a Admin) (tenant.Tenant, error) {
	return tenant.Tenant{}, errTodo
}

// track.go

// Track is the onboarding as one viewer sees it.
func (s *Service) Track(ctx context.Context, t tenant.ID, viewer Actor) (Track, error) {
	return Track{}, errTodo
}

// Readiness is everything that has to be true, in one document.
func (s *Service) Readiness(ctx context.Context, t tenant.ID) (Readiness, error) {
	return Readiness{}, errTodo
}

// consent.go

// ConsentAsked notes that an admin was sent to Entra's consent page.
func (s *Service) ConsentAsked(ctx context.Context, by Actor, t tenant.ID) error { return errTodo }

// ConsentReturned notes what the browser brought back and begins to prove it.
func (s *Service) ConsentReturned(ctx context.Context, by Actor, t tenant.ID, r ConsentReturn) error {
	return errTodo
}

// CheckConsent proves the consent now.
func (s *Service) CheckConsent(ctx context.Context, by Actor, t tenant.ID) (Track, error) {
	return Track{}, errTodo
}

// RecheckTenant proves the consent, for a job, and says when to do it again.
func (s *Service) RecheckTenant(ctx context.Context, t tenant.ID) (next time.Time, err error) {
	return next, errTodo
}

// federation.go

// Federation is the script, what is known of each resource, and the proofs.
func (s *Service) Federation(ctx context.Context, t tenant.ID) (Federation, error) {
	return Federation{}, errTodo
}

// StartFederationCheck begins to prove each resource by calls to one person.
func (s *Service) StartFederationCheck(ctx context.Context, by Actor, t tenant.ID, oid, name string) ([]tenant.Proof, error) {
	return nil, errTodo
}

// RunProof makes one attempt, for a job, and says when the next is due; zero:
// never.
func (s *Service) RunProof(ctx context.Context, p ProofRef) (next time.Time, err error) {
	return next, errTodo
}

// people.go

// SearchPeople finds people in the tenant's directory.
func (s *Service) SearchPeople(ctx context.Context, t tenant.ID, text string, limit int) ([]FoundPerson, error) {
	return nil, errTodo
}

// SearchGroups finds groups in the tenant's directory.
func (s *Service) SearchGroups(ctx context.Context, t tenant.ID, text string, limit int) ([]Group, error) {
	return nil, errTodo
}

// AddPeople makes people agents, at most 200 at once.
func (s *Service) AddPeople(ctx context.Context, by Actor, t tenant.ID, oids []string) (Added, error) {
	return Added{}, errTodo
}

// Groups lists the groups that are kept in step.
func (s *Service) Groups(ctx context.Context, t tenant.ID) ([]tenant.Group, error) {
	return nil, errTodo
}

// AddGroup makes the members of a group agents, now and later ones.
func (s *Service) AddGroup(ctx context.Context, by Actor, t tenant.ID, group string) (tenant.Group, error) {
	return tenant.Group{}, errTodo
}

// RemoveGroup takes out a group and the agents that only it had made.
func (s *Service) RemoveGroup(ctx context.Context, by Actor, t tenant.ID, group string) error {
	return errTodo
}

// SyncGroup brings the agents of a group in step with its members.
func (s *Service) SyncGroup(ctx context.Context, t tenant.ID, group string) error { return errTodo }

// PauseAgent takes an agent out: he is not rung until he is resumed.
func (s *Service) PauseAgent(ctx context.Context, by Actor, t tenant.ID, id tenant.AgentID) (tenant.Agent, error) {
	return tenant.Agent{}, errTodo
}

// ResumeAgent takes him in again.
func (s *Service) ResumeAgent(ctx context.Context, by Actor, t tenant.ID, id tenant.AgentID) (tenant.Agent, error) {
	return tenant.Agent{}, errTodo
}

// agents.go

// Agents lists agents with what was last seen of them.
func (s *Service) Agents(ctx context.Context, t tenant.ID, ready *bool, after tenant.AgentID, limit int) ([]AgentStanding, error) {
	return nil, errTodo
}

// CheckAgents asks for a look at all agents; a job does it. Asking again while
// one is under way changes nothing.
func (s *Service) CheckAgents(ctx context.Context, by Actor, t tenant.ID) (Progress, error) {
	return Progress{}, errTodo
}

// AgentsProgress is how far the look is.
func (s *Service) AgentsProgress(ctx context.Context, t tenant.ID) (Progress, error) {
	return Progress{}, errTodo
}

// CancelCheck stops the look that is under way.
func (s *Service) CancelCheck(ctx context.Context, by Actor, t tenant.ID) (Progress, error) {
	return Progress{}, errTodo
}

// LookAtAgents looks at all agents, for a job, and says when to go on or begin
// again.
func (s *Service) LookAtAgents(ctx context.Context, t tenant.ID) (next time.Time, err error) {
	return next, errTodo
}

// FixScript is PowerShell for everything that it can mend, and comments for the
// rest.
func (s *Service) FixScript(ctx context.Context, t tenant.ID) (string, error) { return "", errTodo }

// testcall.go

// TestCall rings one person from the home region's resource.
func (s *Service) TestCall(ctx context.Context, by Actor, t tenant.ID, oid, name string) (call string, err error) {
	return "", errTodo
}

// TestCallState is how a test call stands.
func (s *Service) TestCallState(ctx context.Context, t tenant.ID, call string) (TestCallView, error) {
	return TestCallView{}, errTodo
}

// WatchCall follows a test call until it is over or ctx ends.
func (s *Service) WatchCall(ctx context.Context, t tenant.ID, call string) (<-chan CallStep, error) {
	return nil, errTodo
}

// drift.go

// CallEnd is how the ringing of one person from one resource ended, in any call.
type CallEnd struct {
	Call     string
	Resource string
	OID      string
	Code     int // Call Automation's
	SubCode  int
	Answered bool
	At       time.Time
}

// CallEnded learns from a call: a refusal speaks against the federation grant, an
// answer proves it.
func (s *Service) CallEnded(ctx context.Context, t tenant.ID, e CallEnd) error { return errTodo }

// work.go

// Due is what jobs have to do now, among all tenants.
func (s *Service) Due(ctx context.Context, limit int) ([]LookRef, []ProofRef, error) {
	return nil, nil, errTodo
}

// RunLook does one look, and says when it is due again; zero: not by itself.
func (s *Service) RunLook(ctx context.Context, l LookRef) (next time.Time, err error) {
	return next, errTodo
}

// stop.go

// Pause stops all ringing of a tenant at once.
func (s *Service) Pause(ctx context.Context, by Actor, t tenant.ID) (tenant.Tenant, error) {
	return tenant.Tenant{}, errTodo
}

// Resume lets it ring again.
func (s *Service) Resume(ctx context.Context, by Actor, t tenant.ID) (tenant.Tenant, error) {
	return tenant.Tenant{}, errTodo
}

// offboard.go

// Offboard ends a tenant for good.
func (s *Service) Offboard(ctx context.Context, by Actor, t tenant.ID) (Undo, error) {
	return Undo{}, errTodo
}

// Undo is what the tenant has to do on its side so that nothing of us remains.
func (s *Service) Undo(ctx context.Context, t tenant.ID) (Undo, error) { return Undo{}, errTodo }
