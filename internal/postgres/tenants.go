package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tandem/internal/tenant"
)

const tenantColumns = `tenant_id, name, entra_tenant_id, state, home_region, created_at, changed_at`

func scanTenant(row pgx.CollectableRow) (t tenant.Tenant, err error) {
	err = row.Scan(&t.ID, &t.Name, &t.EntraTenantID, &t.State, &t.HomeRegion, &t.CreatedAt, &t.ChangedAt)
	return t, err
}

// CreateTenant gives a tenant its id and times.
func (s *Store) CreateTenant(ctx context.Context, t tenant.Tenant) (tenant.Tenant, error) {
	t = t.Normalize()
	if err := t.Validate(); err != nil {
		return tenant.Tenant{}, err
	}
	id, err := newID()
	if err != nil {
		return tenant.Tenant{}, err
	}
	t.ID = tenant.ID(id)
	err = s.inTenant(ctx, t.ID, "create the tenant", func(tx pgx.Tx) error {
		t, err = one(ctx, tx, scanTenant, noTenant(), `
			INSERT INTO tenant (tenant_id, name, entra_tenant_id, state, home_region) VALUES ($1, $2, $3, $4, $5)
			RETURNING `+tenantColumns, id, t.Name, t.EntraTenantID, t.State, t.HomeRegion)
		return err
	})
	return t, err
}

// Tenant finds a tenant; fault.NotFound.
func (s *Store) Tenant(ctx context.Context, id tenant.ID) (t tenant.Tenant, err error) {
	err = s.inTenant(ctx, id, "read the tenant", func(tx pgx.Tx) error {
		t, err = getTenant(ctx, tx, id, "")
		return err
	})
	return t, err
}

func getTenant(ctx context.Context, tx querier, id tenant.ID, lock string) (tenant.Tenant, error) {
	return one(ctx, tx, scanTenant, noTenant(),
		`SELECT `+tenantColumns+` FROM tenant WHERE tenant_id = $1 `+lock, string(id))
}

// ListTenants lists tenants of the whole installation by id.
func (s *Store) ListTenants(ctx context.Context, after tenant.ID, limit int) (all []tenant.Tenant, err error) {
	if after != "" && !isUUID(string(after)) {
		return nil, badCursor()
	}
	err = s.read(ctx, "", "list the tenants", func(tx pgx.Tx) error {
		all, err = many(ctx, tx, scanTenant, `
			SELECT `+tenantColumns+` FROM tenant WHERE $1::uuid IS NULL OR tenant_id > $1 ORDER BY tenant_id LIMIT $2`,
			null(string(after)), page(limit))
		return err
	})
	return all, err
}

// ChangeTenant reads a tenant, changes it and writes it back in one
// transaction. An error of change is returned as it is, and nothing is written.
func (s *Store) ChangeTenant(
	ctx context.Context, id tenant.ID, change func(tenant.Tenant) (tenant.Tenant, error),
) (t tenant.Tenant, err error) {
	var refused error
	err = s.inTenant(ctx, id, "change the tenant", func(tx pgx.Tx) error {
		if t, err = getTenant(ctx, tx, id, "FOR UPDATE"); err != nil {
			return err
		}
		if t, refused = change(t); refused != nil {
			return refused
		}
		t = t.Normalize()
		if err := t.Validate(); err != nil {
			return err
		}
		t, err = one(ctx, tx, scanTenant, noTenant(), `
			UPDATE tenant SET name = $2, entra_tenant_id = $3, state = $4, home_region = $5, changed_at = now()
			WHERE tenant_id = $1 RETURNING `+tenantColumns, string(id), t.Name, t.EntraTenantID, t.State, t.HomeRegion)
		return err
	})
	return changed(t, err, refused)
}

// changed prefers what the caller's own function said.
func changed[T any](v T, err, refused error) (T, error) {
	var none T
	if refused != nil {
		return none, refused
	}
	if err != nil {
		return none, err
	}
	return v, nil
}

// DeleteTenant removes a tenant that has nothing any more; fault.Conflict as
// long as anything is its own.
func (s *Store) DeleteTenant(ctx context.Context, id tenant.ID) error {
	return s.inTenant(ctx, id, "delete the tenant", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM tenant WHERE tenant_id = $1`, string(id))
		return touched(tag, deleting(err), noTenant())
	})
}
