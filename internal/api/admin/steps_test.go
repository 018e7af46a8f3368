package admin_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// steps is onboarding.Service as far as the API looks at it: it notes what it is
// asked, and leaves the lines in the trail that the real one does.
type steps struct {
	w      *world
	mu     sync.Mutex
	orders []string
	by     []onboarding.Actor
	err    error
}

func (s *steps) note(t tenant.ID, by onboarding.Actor, format string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = append(s.orders, fmt.Sprintf(format, args...))
	s.by = append(s.by, by)
	if s.err == nil && by.ID != "" {
		return s.w.Audit(context.Background(), t, provider.Entry{Actor: by.ID, Action: fmt.Sprintf(format, args...)})
	}
	return s.err
}

func (s *steps) Invite(_ context.Context, by onboarding.Actor, i tenant.Invitation) (tenant.Invitation, string, error) {
	if strings.Contains(i.Note, "unlucky") {
		return i, "", fault.Unavailable("database_away", "the database does not answer: try again")
	}
	i.ID = tenant.InvitationID(uuid.NewString())
	return i, "https://tandem.example/onboard/word-" + string(i.Tenant), s.note(i.Tenant, by, "invite %s", i.Note)
}
func (s *steps) Revoke(_ context.Context, by onboarding.Actor, in tenant.ID, id tenant.InvitationID) (tenant.Invitation, error) {
	return tenant.Invitation{}, s.note(in, by, "revoke %s", id)
}
func (s *steps) Handover(_ context.Context, by onboarding.Actor, t tenant.ID, step tenant.Step) (tenant.Invitation, string, error) {
	return tenant.Invitation{ExpiresAt: day}, "https://tandem.example/onboard/x", s.note(t, by, "handover %s", step)
}
func (s *steps) Track(ctx context.Context, t tenant.ID, viewer onboarding.Actor) (onboarding.Track, error) {
	v, err := s.w.Tenant(ctx, t)
	return onboarding.Track{Tenant: v, State: onboarding.TrackNeedsYou, Next: tenant.StepConsent, Steps: []onboarding.StepView{
		{ID: tenant.StepSignIn, State: onboarding.StepDone, OpenedAt: day, ProvedAt: day, By: "Adele Vance"},
		{
			ID: tenant.StepConsent, State: onboarding.StepNext, Needs: tenant.StepConsent.Needs(), Minutes: 5, ViewerCan: len(viewer.Roles) > 0,
			Problem:  &onboarding.Problem{Code: "consent_missing", Text: "No admin has consented yet.", Cure: tenant.Cure{Code: "consent", Text: "Consent."}},
			Evidence: []tenant.Item{{Name: "permission", Subject: "User.Read.All", State: tenant.ItemFailed, CheckedAt: day, Check: "token", Seen: "403", Cure: tenant.Cure{Code: "consent"}}},
		},
	}}, err
}
func (s *steps) Readiness(_ context.Context, t tenant.ID) (onboarding.Readiness, error) {
	return onboarding.Readiness{Tenant: t, State: onboarding.TrackWaiting, Agents: onboarding.Counts{Total: 3, Ready: 1, NotReady: 1, Unchecked: 1}, CheckedAt: day}, nil
}
func (s *steps) ConsentAsked(_ context.Context, by onboarding.Actor, t tenant.ID) error {
	return s.note(t, by, "consent asked")
}
func (s *steps) CheckConsent(ctx context.Context, by onboarding.Actor, t tenant.ID) (onboarding.Track, error) {
	v, _ := s.Track(ctx, t, by)
	return v, s.note(t, by, "consent check")
}
func (s *steps) Federation(_ context.Context, _ tenant.ID) (onboarding.Federation, error) {
	return onboarding.Federation{
		Script: "Set-X", WhatIf: "Set-X -WhatIf", Undo: "Remove-X", Lines: []onboarding.Line{{Text: "Set-X", Code: "set", Means: "sets"}},
		Resources: []onboarding.ResourceState{{Resource: onboarding.Resource{ID: "eu-0", Region: "eu", ImmutableID: "i", Home: true}, State: tenant.Missing, Code: "federation_missing", CheckedAt: day}},
		TestUser:  &onboarding.TestUserView{TestUser: tenant.TestUser{OID: "o", Zone: "UTC", NamedBy: "key:k", ByName: "contact centre", NamedAt: day}},
		Proofs: []onboarding.ProofView{{State: onboarding.ProofWaiting, Cure: &tenant.Cure{Code: "wait"}, Proof: tenant.Proof{
			ID: "p", Resource: "eu-0", OID: "o", Name: "Adele", StartedAt: day, NextAt: day, Verdict: "not_yet",
			Attempts: []tenant.ProofAttempt{{At: day, Call: "c", Verdict: "not_yet", Code: 403, SubCode: 7550, Message: "m"}},
		}}},
	}, nil
}
func (s *steps) StartFederationCheck(_ context.Context, by onboarding.Actor, t tenant.ID, oid, name string) ([]tenant.Proof, error) {
	return nil, s.note(t, by, "federation check %s %s", oid, name)
}
func (s *steps) CancelFederationCheck(_ context.Context, by onboarding.Actor, t tenant.ID) error {
	return s.note(t, by, "cancel federation check")
}
func (s *steps) NameTestUser(_ context.Context, by onboarding.Actor, t tenant.ID, u tenant.TestUser) error {
	return s.note(t, by, "test user %s %v %s %s-%s", u.OID, u.Days, u.Zone, u.From, u.Until)
}
func (s *steps) ForgetTestUser(_ context.Context, by onboarding.Actor, t tenant.ID) error {
	return s.note(t, by, "no test user")
}
func (s *steps) SearchPeople(_ context.Context, t tenant.ID, text string, limit int) ([]onboarding.FoundPerson, error) {
	_ = s.note(t, onboarding.Actor{}, "search %s %d", text, limit)
	return []onboarding.FoundPerson{{Person: onboarding.Person{OID: "o", Name: "N", UPN: "u"}, Reason: "guest"}}, nil
}
func (s *steps) SearchGroups(context.Context, tenant.ID, string, int) ([]onboarding.Group, error) {
	return []onboarding.Group{{ID: salesGroup, Name: "Sales"}}, nil
}
func (s *steps) Member(_ context.Context, t tenant.ID, oid string) error {
	if strings.HasPrefix(oid, "f") { // one of Fabrikam
		return fault.Invalid("person_unknown", "there is no such person")
	}
	return nil
}

func (s *steps) AddPeople(_ context.Context, by onboarding.Actor, t tenant.ID, oids []string) (onboarding.Added, error) {
	return onboarding.Added{Added: len(oids), Refused: []onboarding.RefusedPerson{{OID: "o", Reason: "guest"}}}, s.note(t, by, "add %v", oids)
}
func (s *steps) Groups(context.Context, tenant.ID) ([]tenant.Group, error) {
	return []tenant.Group{{ID: salesGroup, Name: "Sales", AddedAt: day}}, nil
}
func (s *steps) AddGroup(_ context.Context, by onboarding.Actor, t tenant.ID, group string) (tenant.Group, error) {
	return tenant.Group{ID: group, Name: "Sales", AddedAt: day}, s.note(t, by, "group %s", group)
}
func (s *steps) RemoveGroup(_ context.Context, by onboarding.Actor, t tenant.ID, group string) error {
	return s.note(t, by, "remove group %s", group)
}
func (s *steps) PauseAgent(ctx context.Context, by onboarding.Actor, t tenant.ID, id tenant.AgentID) (tenant.Agent, error) {
	a, err := s.w.ChangeAgent(ctx, t, id, func(a tenant.Agent) (tenant.Agent, error) { a.PausedAt = day; return a, nil })
	if err != nil {
		return a, err
	}
	return a, s.note(t, by, "pause %s", id)
}
func (s *steps) ResumeAgent(ctx context.Context, by onboarding.Actor, t tenant.ID, id tenant.AgentID) (tenant.Agent, error) {
	a, err := s.w.ChangeAgent(ctx, t, id, func(a tenant.Agent) (tenant.Agent, error) { a.PausedAt = time.Time{}; return a, nil })
	if err != nil {
		return a, err
	}
	return a, s.note(t, by, "resume %s", id)
}
func (s *steps) Agents(ctx context.Context, t tenant.ID, ready *bool, after tenant.AgentID, limit int) ([]onboarding.AgentStanding, error) {
	all, err := s.w.ListAgents(ctx, t, after, limit)
	var out []onboarding.AgentStanding
	for _, a := range all {
		if ready == nil || *ready {
			out = append(out, onboarding.AgentStanding{Agent: a, Standing: tenant.Standing{Ready: true, CheckedAt: day, Items: []tenant.Item{{Name: "account", State: tenant.ItemOK, CheckedAt: day}}}})
		}
	}
	return out, err
}
func (s *steps) CheckAgents(_ context.Context, by onboarding.Actor, t tenant.ID) (onboarding.Progress, error) {
	return onboarding.Progress{Total: 3, StartedAt: day}, s.note(t, by, "check agents")
}
func (s *steps) AgentsProgress(context.Context, tenant.ID) (onboarding.Progress, error) {
	return onboarding.Progress{Total: 3, Done: 3, StartedAt: day, EndedAt: day}, nil
}
func (s *steps) CancelCheck(_ context.Context, by onboarding.Actor, t tenant.ID) (onboarding.Progress, error) {
	return onboarding.Progress{}, s.note(t, by, "cancel check")
}
func (s *steps) FixScript(context.Context, tenant.ID) (string, error) { return "Set-Y", nil }
func (s *steps) TestCall(_ context.Context, by onboarding.Actor, t tenant.ID, oid, name string) (string, error) {
	return string(contosoCall), s.note(t, by, "test call %s %s", oid, name)
}
func (s *steps) HangUpTestCall(_ context.Context, by onboarding.Actor, t tenant.ID, call string) error {
	return s.note(t, by, "hang up %s", call)
}
func (s *steps) TestCallState(_ context.Context, _ tenant.ID, _ string) (onboarding.TestCallView, error) {
	return onboarding.TestCallView{Steps: []onboarding.CallStep{{At: day, State: onboarding.CallRinging}}}, nil
}
func (s *steps) Pause(ctx context.Context, by onboarding.Actor, t tenant.ID) (tenant.Tenant, error) {
	v, err := s.w.ChangeTenant(ctx, t, func(v tenant.Tenant) (tenant.Tenant, error) { v.PausedAt, v.PausedBy = day, by.ID; return v, nil })
	if err != nil {
		return v, err
	}
	return v, s.note(t, by, "pause")
}
func (s *steps) Resume(ctx context.Context, by onboarding.Actor, t tenant.ID) (tenant.Tenant, error) {
	v, err := s.w.ChangeTenant(ctx, t, func(v tenant.Tenant) (tenant.Tenant, error) { v.PausedAt = time.Time{}; return v, nil })
	if err != nil {
		return v, err
	}
	return v, s.note(t, by, "resume")
}
func (s *steps) Offboard(_ context.Context, by onboarding.Actor, t tenant.ID) (onboarding.Undo, error) {
	return onboarding.Undo{Script: "Remove-X", Steps: []onboarding.UndoStep{{Code: "federation", Text: "Run it."}}}, s.note(t, by, "offboard")
}
func (s *steps) Undo(context.Context, tenant.ID) (onboarding.Undo, error) {
	return onboarding.Undo{Script: "Remove-X"}, nil
}

func (w *world) consentAddress(_ context.Context, t tenant.Tenant, by onboarding.Actor, session []byte, returnTo string) (string, time.Time, error) {
	return "https://login.example/" + t.EntraTenantID + "?to=" + returnTo + "&by=" + by.ID + "&session=" + string(session), day.Add(time.Hour), nil
}
