package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const invitationColumns = `tenant_id, id, kind, step, note, created_by, created_at, expires_at, revoked_at, used_at, used_by`

func scanInvitation(row pgx.CollectableRow) (i tenant.Invitation, err error) {
	var revoked, used *time.Time
	err = row.Scan(&i.Tenant, &i.ID, &i.Kind, &i.Step, &i.Note, &i.CreatedBy, &i.CreatedAt, &i.ExpiresAt, &revoked, &used, &i.UsedBy)
	i.RevokedAt, i.UsedAt = orZero(revoked), orZero(used)
	return i, err
}

func noInvitation() error {
	return fault.NotFound("invitation_unknown", "there is no such invitation")
}

// CreateInvitation gives an invitation its id. Only the hash of the link's word
// is kept.
func (s *Store) CreateInvitation(ctx context.Context, i tenant.Invitation, hash []byte) (tenant.Invitation, error) {
	if i.CreatedAt.IsZero() {
		i.CreatedAt = time.Now()
	}
	if err := i.Validate(i.CreatedAt); err != nil {
		return tenant.Invitation{}, err
	}
	id, err := newID()
	if err != nil {
		return tenant.Invitation{}, err
	}
	t := i.Tenant
	err = s.inTenant(ctx, t, "create the invitation", func(tx pgx.Tx) error {
		i, err = one(ctx, tx, scanInvitation, noInvitation(), `
			INSERT INTO invitation (tenant_id, id, kind, step, note, created_by, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING `+invitationColumns,
			string(t), id, i.Kind, i.Step, i.Note, i.CreatedBy, i.CreatedAt, i.ExpiresAt)
		if err != nil {
			return err
		}
		return enterInvitation(ctx, tx, t, id, hash)
	})
	if err != nil {
		return tenant.Invitation{}, err
	}
	return i, nil
}

// InvitationByHash finds an invitation among all tenants, whatever became of
// it; fault.NotFound.
func (s *Store) InvitationByHash(ctx context.Context, hash []byte) (tenant.Invitation, error) {
	t, id, err := s.Engine().invitation(ctx, hash)
	if err != nil {
		return tenant.Invitation{}, err
	}
	return s.Invitation(ctx, t, id)
}

// Invitation finds an invitation of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Invitation(ctx context.Context, in tenant.ID, id tenant.InvitationID) (i tenant.Invitation, err error) {
	if !isUUID(string(id)) {
		return i, noInvitation()
	}
	err = s.read(ctx, in, "read the invitation", func(tx querier) error {
		cond, args := within(in, "tenant_id", string(id))
		i, err = one(ctx, tx, scanInvitation, noInvitation(),
			`SELECT `+invitationColumns+` FROM invitation WHERE `+cond+`id = $1`, args...)
		return err
	})
	return i, err
}

// ListInvitations lists the invitations of a tenant, or, with "", of all, by id.
func (s *Store) ListInvitations(ctx context.Context, in tenant.ID, after tenant.InvitationID, limit int) (all []tenant.Invitation, err error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, in, "list the invitations", func(tx querier) error {
		cond, args := within(in, "tenant_id", from, page(limit))
		all, err = many(ctx, tx, scanInvitation,
			`SELECT `+invitationColumns+` FROM invitation WHERE `+cond+`id > $1 ORDER BY id LIMIT $2`, args...)
		return err
	})
	return all, err
}

// RevokeInvitation is done at once and for good; doing it again changes nothing.
func (s *Store) RevokeInvitation(ctx context.Context, in tenant.ID, id tenant.InvitationID, at time.Time) (i tenant.Invitation, err error) {
	if !isUUID(string(id)) {
		return i, noInvitation()
	}
	err = s.inTenant(ctx, in, "revoke the invitation", func(tx pgx.Tx) error {
		i, err = one(ctx, tx, scanInvitation, noInvitation(), `
			UPDATE invitation SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2
			RETURNING `+invitationColumns, string(in), string(id), at)
		return err
	})
	return i, err
}

// UseInvitation uses an invitation up and binds its tenant to an Entra tenant:
// both or nothing. fault.Gone if somebody was faster; fault.Conflict with the
// code entra_tenant_taken if the Entra tenant is another customer's,
// entra_tenant_other if the tenant is bound, or was created, with another one.
func (s *Store) UseInvitation(
	ctx context.Context, i tenant.Invitation, entraTenantID, by string, at time.Time,
) (t tenant.Tenant, err error) {
	if !isUUID(string(i.ID)) || !isUUID(entraTenantID) {
		return t, noInvitation()
	}
	err = s.changing(ctx, i.Tenant, "use the invitation", func(tx pgx.Tx) error {
		found, err := one(ctx, tx, scanInvitation, noInvitation(),
			`SELECT `+invitationColumns+` FROM invitation WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, string(i.Tenant), string(i.ID))
		if err != nil {
			return err
		}
		if err := found.Usable(at); err != nil {
			return err
		}
		if t, err = getTenant(ctx, tx, i.Tenant); err != nil {
			return err
		}
		if t, err = bound(t, entraTenantID, by, at); err != nil {
			return err
		}
		if t, err = putTenant(ctx, tx, i.Tenant, t); err != nil {
			return taken(err)
		}
		_, err = tx.Exec(ctx, `UPDATE invitation SET used_at = $3, used_by = $4 WHERE tenant_id = $1 AND id = $2`,
			string(i.Tenant), string(i.ID), at, by)
		return err
	})
	if err != nil {
		return tenant.Tenant{}, err
	}
	return t, nil
}

// bound is a tenant whose admin signed in.
func bound(t tenant.Tenant, entraTenantID, by string, at time.Time) (tenant.Tenant, error) {
	if t.State == tenant.Offboarded {
		return t, fault.Gone("tenant_offboarded", "the contract with this organisation has ended; ask for a new invitation")
	}
	t.EntraTenantID = tenant.Tenant{EntraTenantID: t.EntraTenantID}.Normalize().EntraTenantID
	wanted := tenant.Tenant{EntraTenantID: entraTenantID}.Normalize().EntraTenantID
	if t.EntraTenantID != "" && t.EntraTenantID != wanted {
		return t, fault.Conflict("entra_tenant_other", "this invitation is for another organisation: sign in with an account of that one")
	}
	t.EntraTenantID = wanted
	if t.BoundAt.IsZero() {
		t.BoundAt, t.BoundBy = at, by
	}
	if t.State == tenant.Invited {
		return t.Become(tenant.Onboarding)
	}
	return t, nil
}

func taken(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "tenant_entra_tenant_id_key" {
		return fault.Conflict("entra_tenant_taken", "this organisation is a customer already, under another invitation").Because(err)
	}
	return err
}
