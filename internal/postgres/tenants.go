package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

const tenantColumns = `tenant_id, name, entra_tenant_id, state, home_region, bound_at, bound_by, paused_at, paused_by, created_at, changed_at`

func scanTenant(row pgx.CollectableRow) (tenant.Tenant, error) { return scanTenantAnd(row) }

// scanTenantAnd reads more columns behind those of the tenant.
func scanTenantAnd(row pgx.CollectableRow, more ...any) (t tenant.Tenant, err error) {
	var entra *string
	var bound, paused *time.Time
	err = row.Scan(append([]any{
		&t.ID, &t.Name, &entra, &t.State, &t.HomeRegion, &bound, &t.BoundBy, &paused, &t.PausedBy, &t.CreatedAt, &t.ChangedAt,
	}, more...)...)
	t.EntraTenantID, t.BoundAt, t.PausedAt = orZero(entra), orZero(bound), orZero(paused)
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
			RETURNING `+tenantColumns, id, t.Name, null(t.EntraTenantID), t.State, t.HomeRegion)
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

// TenantByEntra finds whose organisation an Entra tenant is; fault.NotFound also
// if it was offboarded.
func (s *Store) TenantByEntra(ctx context.Context, entraTenantID string) (t tenant.Tenant, err error) {
	if !isUUID(entraTenantID) {
		return t, noTenant()
	}
	err = s.read(ctx, "", "find the tenant", func(tx pgx.Tx) error {
		t, err = one(ctx, tx, scanTenant, noTenant(),
			`SELECT `+tenantColumns+` FROM tenant WHERE entra_tenant_id = $1 AND state <> 'offboarded'`, entraTenantID)
		return err
	})
	return t, err
}

// Resources are those that may ring a tenant's users: of its home region first,
// then those that stand by.
func (s *Store) Resources(ctx context.Context, t tenant.ID) ([]onboarding.Resource, error) {
	return glance(ctx, s, t, "find the tenant's resources", func(row pgx.CollectableRow) (r onboarding.Resource, err error) {
		err = row.Scan(&r.ID, &r.Region, &r.ImmutableID, &r.Home)
		return r, err
	}, `
		SELECT r.id, r.region_id, r.immutable_id, r.region_id = t.home_region FROM tenant t, resource r
		WHERE t.tenant_id = $1 AND (r.owner_tenant IS NULL OR r.owner_tenant = t.tenant_id)
		ORDER BY r.region_id <> t.home_region, r.owner_tenant IS NULL, r.id`, string(t))
}

// ListTenants lists tenants of the whole installation by id.
func (s *Store) ListTenants(ctx context.Context, after tenant.ID, limit int) (all []tenant.Tenant, err error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, "", "list the tenants", func(tx pgx.Tx) error {
		all, err = many(ctx, tx, scanTenant,
			`SELECT `+tenantColumns+` FROM tenant WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2`, from, page(limit))
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
		t, err = putTenant(ctx, tx, id, t)
		return err
	})
	return changed(t, err, refused)
}

func putTenant(ctx context.Context, tx pgx.Tx, id tenant.ID, t tenant.Tenant) (tenant.Tenant, error) {
	return one(ctx, tx, scanTenant, noTenant(), `
		UPDATE tenant SET name = $2, entra_tenant_id = $3, state = $4, home_region = $5,
			bound_at = $6, bound_by = $7, paused_at = $8, paused_by = $9, changed_at = now()
		WHERE tenant_id = $1 RETURNING `+tenantColumns, string(id), t.Name, null(t.EntraTenantID), t.State, t.HomeRegion,
		null(t.BoundAt), t.BoundBy, null(t.PausedAt), t.PausedBy)
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
