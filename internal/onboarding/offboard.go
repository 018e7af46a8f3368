package onboarding

import (
	"context"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Pause stops all ringing of a tenant at once: nobody is chosen any more.
func (s *Service) Pause(ctx context.Context, by Actor, id tenant.ID) (tenant.Tenant, error) {
	return s.switchTenant(ctx, by, id, "tenant.pause", "tenant.paused", s.Now())
}

// Resume lets it ring again.
func (s *Service) Resume(ctx context.Context, by Actor, id tenant.ID) (tenant.Tenant, error) {
	return s.switchTenant(ctx, by, id, "tenant.resume", "tenant.resumed", time.Time{})
}

// switchTenant stops first and tells then: a stop must not wait for anything.
// Asking again tells again, for the first telling may have failed.
func (s *Service) switchTenant(ctx context.Context, by Actor, id tenant.ID, action, event string, paused time.Time) (tenant.Tenant, error) {
	changed := false
	t, err := s.Store.ChangeTenant(ctx, id, func(t tenant.Tenant) (tenant.Tenant, error) {
		if t.State == tenant.Offboarded {
			return t, fault.Conflict("tenant_offboarded", "the tenant has left; nothing can be changed any more")
		}
		if changed = t.PausedAt.IsZero() != paused.IsZero(); changed {
			t.PausedAt, t.PausedBy = paused, ""
			if !paused.IsZero() {
				t.PausedBy = by.called()
			}
		}
		return t, nil
	})
	if err != nil {
		return t, err
	}
	if changed {
		if err := s.audit(ctx, id, by, action, thing{}, nil); err != nil {
			return t, err
		}
	}
	return t, s.publish(ctx, id, event, object{"by": by.called(), "at": s.Now()})
}

// Offboard ends a tenant for good. What it has to undo on its side is in the
// answer, and stays to be read.
func (s *Service) Offboard(ctx context.Context, by Actor, id tenant.ID) (Undo, error) {
	t, err := s.Store.Tenant(ctx, id)
	if err != nil {
		return Undo{}, err
	}
	undo, err := s.Undo(ctx, id)
	if err != nil {
		return undo, err
	}
	if t.State == tenant.Offboarded { // what was cut off goes on
		_, err = s.Store.Offboard(ctx, id, s.Now())
		return undo, err
	}
	if err := s.publish(ctx, id, "tenant.offboarded", object{"by": by.called(), "at": s.Now()}); err != nil {
		return undo, err
	}
	if _, err := s.Store.Offboard(ctx, id, s.Now()); err != nil {
		return undo, err
	}
	return undo, s.audit(ctx, id, by, "tenant.offboard", thing{string(id), t.Name}, nil)
}

// Undo is what the tenant has to do on its side so that nothing of us remains
// (facts/entra-graph-teams.md §3.2, §4).
func (s *Service) Undo(ctx context.Context, id tenant.ID) (Undo, error) {
	t, err := s.Store.Tenant(ctx, id)
	if err != nil {
		return Undo{}, err
	}
	resources, err := s.resources(ctx, id)
	if err != nil {
		return Undo{}, err
	}
	var u Undo
	if r := (rights{t.EntraTenantID, resources}); r.checked() == nil {
		u.Script = r.undo()
		u.Steps = append(u.Steps, UndoStep{
			Code: "federation", Who: callAdmins, Command: u.Script,
			Text: "Take the provider's resources off the list of those who may ring. The script leaves the entries of others as they are.",
		})
	}
	app := ""
	if clientID, err := tenant.ParseID(s.ClientID); err == nil { // the form is that of any UUID
		app = "Connect-MgGraph -Scopes Application.ReadWrite.All\n" +
			"Get-MgServicePrincipal -Filter " + quoted("appId eq '"+string(clientID)+"'") +
			" | ForEach-Object { Remove-MgServicePrincipal -ServicePrincipalId $_.Id }"
	}
	u.Steps = append(u.Steps, UndoStep{
		Code: "policy", Who: callAdmins,
		Text:    "If an external access policy was made for this, take it from the people who have it, and remove it. Look first; nothing here does it for you.",
		Command: "Get-CsExternalAccessPolicy | Format-Table Identity,EnableAcsFederationAccess",
	}, UndoStep{
		Code: "enterprise_app", Who: consenters, Command: app,
		Text: "Delete the provider's application in the Entra admin centre, under Enterprise applications. That takes back every permission.",
	}, UndoStep{
		Code: "data",
		Text: "Off-boarding deletes what " + s.ProviderName + " knows of people, groups, checks and invitations. Call records and the audit trail stay as long as the contract says.",
	})
	return u, nil
}
