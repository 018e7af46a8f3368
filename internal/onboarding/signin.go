package onboarding

import (
	"context"
	"fmt"
	"strings"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// personalAccounts is the tid of accounts that belong to no organisation.
const personalAccounts = "9188040d-6c67-4c5b-b112-36a304b66dad"

// SignIn opens a tenant to an admin: by an invitation's word, which binds the
// tenant to his Entra tenant, or without one if that is bound already.
//
// Only an admin comes in, because everything here speaks for an organisation. A
// token that says nothing about roles is refused as well, with a code of its own
// (admin_role_unknown): a forwarded link must not let any employee bind the
// tenant, and the cure is not the person's but the provider's, whose app
// registration does not ask for roles. Who is turned away is written down at the
// tenant he asked for.
func (s *Service) SignIn(ctx context.Context, word string, a Admin) (tenant.Tenant, error) {
	entra, err := tenant.ParseID(a.EntraTenantID)
	if err != nil {
		return tenant.Tenant{}, fault.Invalid("entra_tenant_id", "an Entra tenant id is a UUID").Because(err)
	}
	a.EntraTenantID = string(entra)
	a.OID = strings.ToLower(a.OID)
	if word == "" {
		return s.signInAgain(ctx, a)
	}
	i, t, err := s.invited(ctx, word)
	if err != nil {
		return t, err
	}
	if i.State(s.Now()) == tenant.InvitationUsed && !t.BoundAt.IsZero() && t.EntraTenantID == a.EntraTenantID {
		return s.signInAgain(ctx, a) // the same people come back by the old mail
	}
	refuse := func(why error) (tenant.Tenant, error) {
		return tenant.Tenant{}, s.refused(ctx, t.ID, a.actor(), "sign_in.refuse", thing{string(i.ID), i.Note}, why, a.detail())
	}
	if t.State == tenant.Offboarded {
		return refuse(fault.Gone("tenant_offboarded", "the organisation has left "+s.ProviderName))
	}
	if err := i.Usable(s.Now()); err != nil {
		return refuse(err)
	}
	if err := a.admitted(); err != nil {
		return refuse(err)
	}
	if t.EntraTenantID != "" && t.EntraTenantID != a.EntraTenantID {
		return refuse(fault.Conflict("entra_tenant_other", "this invitation is for another organisation than the one you signed in with; choose another account"))
	}
	first := t.BoundAt.IsZero()
	bound, err := s.Store.UseInvitation(ctx, i, a.EntraTenantID, a.Name, s.Now())
	switch fault.KindOf(err) {
	case fault.KindNone:
	case fault.KindGone, fault.KindConflict: // somebody was faster, or the Entra tenant is another customer's
		return refuse(err)
	default:
		return bound, err
	}
	return s.signedIn(ctx, bound, a, first)
}

// signInAgain is without an invitation.
func (s *Service) signInAgain(ctx context.Context, a Admin) (tenant.Tenant, error) {
	t, err := s.Store.TenantByEntra(ctx, a.EntraTenantID)
	if fault.KindOf(err) == fault.KindNotFound {
		return t, fault.Forbidden("not_invited", "your organisation is not set up here; open the link of your invitation").Because(err)
	}
	if err != nil {
		return t, err
	}
	refuse := func(why error) (tenant.Tenant, error) {
		return tenant.Tenant{}, s.refused(ctx, t.ID, a.actor(), "sign_in.refuse", thing{a.OID, a.Name}, why, a.detail())
	}
	if t.State == tenant.Offboarded {
		return refuse(fault.Gone("tenant_offboarded", "the organisation has left "+s.ProviderName))
	}
	if t.BoundAt.IsZero() {
		return refuse(fault.Forbidden("not_invited", "the first admin signs in by the link of an invitation"))
	}
	if err := a.admitted(); err != nil {
		return refuse(err)
	}
	return s.signedIn(ctx, t, a, false)
}

// signedIn writes down that an admin came in. Consent is looked at at once: the
// organisation may have given it before (facts/entra-graph-teams.md §0.3).
func (s *Service) signedIn(ctx context.Context, t tenant.Tenant, a Admin, first bool) (tenant.Tenant, error) {
	by, now := a.actor(), s.Now()
	action := "sign_in"
	if first {
		action = "tenant.bind"
	}
	if t.State == tenant.Invited {
		var err error
		t, err = s.Store.ChangeTenant(ctx, t.ID, func(t tenant.Tenant) (tenant.Tenant, error) {
			if t.State != tenant.Invited { // another admin, at the same moment
				return t, nil
			}
			return t.Become(tenant.Onboarding)
		})
		if err != nil {
			return t, err
		}
	}
	_, err := s.Store.ChangeLook(ctx, LookRef{t.ID, LookConsent}, func(l Look) (Look, error) {
		l.OID = a.OID
		if l.DueAt.IsZero() {
			l.DueAt = now
		}
		return l, nil
	})
	if err != nil {
		return t, err
	}
	if err := s.advance(ctx, t.ID, by); err != nil {
		return t, err
	}
	return t, s.audit(ctx, t.ID, by, action, thing{a.OID, a.Name}, a.detail())
}

// admitted says whether the person may speak for his organisation.
func (a Admin) admitted() error {
	switch {
	case a.EntraTenantID == personalAccounts:
		return fault.Forbidden("personal_account", "sign in with the account of your organisation, not with a personal one")
	case len(a.Roles) > 0:
		return nil
	case !a.RolesKnown:
		return fault.Forbidden("admin_role_unknown", "Microsoft did not say whether you are an admin; the provider has to set groupMembershipClaims to DirectoryRole in its app registration")
	}
	return fault.Forbidden("admin_role_missing", "only an admin can set this up: Global Administrator, Privileged Role Administrator, Teams Administrator or Teams Communications Administrator; if you hold such a role by request, activate it and sign in again")
}

func (a Admin) actor() Actor {
	return Actor{ID: "user:" + a.OID, Name: a.Name, OID: a.OID, Roles: a.Roles}
}

func (a Admin) detail() object {
	return object{"upn": a.UPN, "entra_tenant_id": a.EntraTenantID, "roles": fmt.Sprint(a.Roles)}
}
