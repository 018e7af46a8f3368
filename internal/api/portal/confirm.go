package portal

import (
	"context"
	"time"

	"tandem/internal/onboarding"
	"tandem/internal/provider"
)

const (
	// confirmAhead is how long before its end a session is looked at first: what is
	// away for a while signs nobody out.
	confirmAhead  = provider.RolesHold / 2
	confirmAtOnce = 500
)

// ConfirmRoles asks Microsoft what the admins are whose sessions end soon, for a job
// that runs every few minutes. Who still is an admin stays signed in; who is none any
// more is out in every browser. What cannot be seen confirms nothing, and the session
// ends in its time.
func (p *Portal) ConfirmRoles(ctx context.Context) error {
	now := p.cfg.Now()
	sessions, err := p.deps.Sessions.SessionsToConfirm(ctx, now, now.Add(confirmAhead), confirmAtOnce)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if err := p.confirm(ctx, s, now); err != nil {
			p.log.InfoContext(ctx, "roles not confirmed; the session ends in its time", "tenant", s.Tenant, "oid", s.OID, "ends", s.ExpiresAt, "error", err)
		}
	}
	return ctx.Err()
}

func (p *Portal) confirm(ctx context.Context, s provider.Session, now time.Time) error {
	until := earlier(now.Add(provider.RolesHold), s.CreatedAt.Add(provider.SessionLasts))
	if !until.After(s.ExpiresAt) {
		return nil
	}
	person, err := p.opened(s)
	if err != nil {
		return err
	}
	if person.Roles, err = p.deps.Roles.AdminRoles(ctx, s.EntraTenantID, s.OID); err != nil {
		return err
	}
	if len(person.Roles) == 0 {
		return p.dismiss(ctx, s, person)
	}
	packed, err := p.pack(person, sessionSeal)
	if err != nil {
		return err
	}
	return p.deps.Sessions.ConfirmSession(ctx, s.Hash, packed, until)
}

// dismiss ends all sessions of somebody who is no admin any more. Another of them may
// have been ended with this one.
func (p *Portal) dismiss(ctx context.Context, s provider.Session, person sealed) error {
	n, err := p.deps.Sessions.EndSessions(ctx, s.EntraTenantID, s.OID)
	if err == nil && n > 0 {
		p.audit(ctx, s.Tenant, onboarding.Tandem(), "session.end", s.OID, person.Name, map[string]any{"code": "admin_role_missing", "sessions": n})
	}
	return err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
