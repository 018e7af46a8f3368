package onboarding

import (
	"context"

	"tandem/internal/fault"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// maxWord is longer than any word of ours; nothing longer is even hashed.
const maxWord = 64

// Invite makes an invitation of kind welcome; the tenant must exist. ExpiresAt
// may be zero for the default. The link holds a secret that is told once.
func (s *Service) Invite(ctx context.Context, by Actor, i tenant.Invitation) (made tenant.Invitation, link string, err error) {
	i.Kind, i.Step = tenant.Welcome, ""
	return s.invite(ctx, by, i)
}

// Handover makes a link for an admin whose role a step needs.
func (s *Service) Handover(ctx context.Context, by Actor, t tenant.ID, step tenant.Step) (made tenant.Invitation, link string, err error) {
	if len(step.Needs()) == 0 {
		return made, "", fault.Invalid("step_no_handover", "only the steps consent and federation need another admin's role")
	}
	return s.invite(ctx, by, tenant.Invitation{Tenant: t, Kind: tenant.Handover, Step: step})
}

func (s *Service) invite(ctx context.Context, by Actor, i tenant.Invitation) (tenant.Invitation, string, error) {
	if _, err := s.open(ctx, i.Tenant); err != nil {
		return i, "", err
	}
	now := s.Now()
	i.CreatedBy, i.CreatedAt = by.ID, now
	if i.ExpiresAt.IsZero() {
		i.ExpiresAt = now.Add(tenant.InvitationLasts)
	}
	if err := i.Validate(now); err != nil {
		return i, "", err
	}
	word := string(secret.Token(""))
	i, err := s.Store.CreateInvitation(ctx, i, secret.Hash(word))
	if err != nil {
		return i, "", err
	}
	err = s.audit(ctx, i.Tenant, by, "invitation.create", thing{string(i.ID), i.Note},
		object{"kind": i.Kind, "step": i.Step, "expires_at": i.ExpiresAt})
	return i, s.PublicBase + "/onboard/" + word, err
}

// Revoke withdraws an invitation.
func (s *Service) Revoke(ctx context.Context, by Actor, in tenant.ID, id tenant.InvitationID) (tenant.Invitation, error) {
	i, err := s.Store.RevokeInvitation(ctx, in, id, s.Now())
	if err != nil {
		return i, err
	}
	return i, s.audit(ctx, in, by, "invitation.revoke", thing{string(id), i.Note}, nil)
}

// Invitation is the page behind a link; fault.NotFound for a word nobody was
// given. That an open one was looked at begins the tenant's timeline.
func (s *Service) Invitation(ctx context.Context, word string) (Page, error) {
	i, t, err := s.invited(ctx, word)
	if err != nil {
		return Page{}, err
	}
	now := s.Now()
	p := Page{
		Tenant: t.ID, TenantName: t.Name, Provider: s.ProviderName, State: i.State(now), Kind: i.Kind, Step: i.Step,
		Note: i.Note, ExpiresAt: i.ExpiresAt, UsedBy: i.UsedBy, Bound: !t.BoundAt.IsZero(),
		Permissions: Permissions(), Steps: needs(),
	}
	if t.State == tenant.Offboarded {
		p.State = tenant.InvitationRevoked
	}
	if p.State == tenant.InvitationOpen {
		err = s.Store.MarkStep(ctx, t.ID, tenant.StepMark{Step: tenant.StepSignIn, OpenedAt: now})
	}
	return p, err
}

func (s *Service) invited(ctx context.Context, word string) (i tenant.Invitation, t tenant.Tenant, err error) {
	unknown := fault.NotFound("invitation_unknown", "there is no such invitation; look at the link again, or ask whoever sent it for a new one")
	if word == "" || len(word) > maxWord {
		return i, t, unknown
	}
	i, err = s.Store.InvitationByHash(ctx, secret.Hash(word))
	if fault.KindOf(err) == fault.KindNotFound {
		return i, t, unknown.Because(err)
	}
	if err != nil {
		return i, t, err
	}
	t, err = s.Store.Tenant(ctx, i.Tenant)
	return i, t, err
}

// minutes is what each step takes a person, without waiting.
var minutes = map[tenant.Step]int{
	tenant.StepSignIn: 1, tenant.StepConsent: 1, tenant.StepFederation: 5, tenant.StepPeople: 2, tenant.StepTestCall: 1,
}

// needs lists what each step takes.
func needs() []StepNeeds {
	var all []StepNeeds
	for _, step := range tenant.Steps() {
		all = append(all, StepNeeds{step, step.Needs(), minutes[step]})
	}
	return all
}
