package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

const tenantColumns = `tenant_id, name, entra_tenant_id, state, home_region, bound_at, bound_by, paused_at, paused_by, hold_music, created_at, changed_at`

func scanTenant(row pgx.CollectableRow) (tenant.Tenant, error) { return scanTenantAnd(row) }

// scanTenantAnd reads more columns behind those of the tenant.
func scanTenantAnd(row pgx.CollectableRow, more ...any) (t tenant.Tenant, err error) {
	var entra *string
	var bound, paused *time.Time
	err = row.Scan(append([]any{
		&t.ID, &t.Name, &entra, &t.State, &t.HomeRegion, &bound, &t.BoundBy, &paused, &t.PausedBy, &t.HoldMusic, &t.CreatedAt, &t.ChangedAt,
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
	err = s.changing(ctx, t.ID, "create the tenant", func(tx pgx.Tx) error {
		t, err = one(ctx, tx, scanTenant, noTenant(), `
			INSERT INTO tenant (tenant_id, name, entra_tenant_id, state, home_region, hold_music) VALUES ($1, $2, $3, $4, $5, $6)
			RETURNING `+tenantColumns, id, t.Name, null(t.EntraTenantID), t.State, t.HomeRegion, t.HoldMusic)
		return err
	})
	return t, err
}

// Tenant finds a tenant; fault.NotFound.
func (s *Store) Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	return glanceOne(ctx, s, id, "read the tenant", scanTenant, noTenant(), tenantQuery, string(id))
}

const tenantQuery = `SELECT ` + tenantColumns + ` FROM tenant WHERE tenant_id = $1`

func getTenant(ctx context.Context, tx querier, id tenant.ID) (tenant.Tenant, error) {
	return one(ctx, tx, scanTenant, noTenant(), tenantQuery, string(id))
}

// TenantByEntra finds whose organisation an Entra tenant is; fault.NotFound also
// if it was offboarded.
func (s *Store) TenantByEntra(ctx context.Context, entraTenantID string) (t tenant.Tenant, err error) {
	if !isUUID(entraTenantID) {
		return t, noTenant()
	}
	err = s.read(ctx, "", "find the tenant", func(tx querier) error {
		t, err = one(ctx, tx, scanTenant, noTenant(),
			`SELECT `+tenantColumns+` FROM tenant WHERE entra_tenant_id = $1 AND state <> 'offboarded'`, entraTenantID)
		return err
	})
	return t, err
}

const resourcesQuery = `
	SELECT r.id, r.region_id, r.immutable_id, r.region_id = t.home_region FROM tenant t, resource r
	WHERE t.tenant_id = $1 AND (r.owner_tenant IS NULL OR r.owner_tenant = t.tenant_id)
	ORDER BY r.region_id <> t.home_region, r.owner_tenant IS NULL, r.id`

func scanRinging(row pgx.CollectableRow) (r onboarding.Resource, err error) {
	err = row.Scan(&r.ID, &r.Region, &r.ImmutableID, &r.Home)
	return r, err
}

// Resources are those that may ring a tenant's users: of its home region first,
// then those that stand by.
func (s *Store) Resources(ctx context.Context, t tenant.ID) ([]onboarding.Resource, error) {
	return glance(ctx, s, t, "find the tenant's resources", scanRinging, resourcesQuery, string(t))
}

// standingColumns are those that restand keeps.
const standingColumns = `standing, standing_since, step, problem, turn, attention, drift_since, agents_ready, agents_not_ready, agents_unchecked, agents_paused`

func scanTenantStanding(row pgx.CollectableRow) (v onboarding.TenantStanding, err error) {
	var since, drift *time.Time
	s := &v.Standing
	v.Tenant, err = scanTenantAnd(row, &s.State, &since, &s.Step, &s.Problem, &s.Turn, &s.Attention, &drift,
		&s.Agents.Ready, &s.Agents.NotReady, &s.Agents.Unchecked, &s.Agents.Paused)
	s.Since, s.Drift, s.DriftSince = orZero(since), drift != nil, orZero(drift)
	s.Agents.Total = s.Agents.Ready + s.Agents.NotReady + s.Agents.Unchecked + s.Agents.Paused
	return v, err
}

// ListTenants lists tenants by id with how they stand: one, or, with "", those of
// the whole installation.
//
// Nobody can tell beforehand how many a filter finds, so two ways are tried. Of what
// there is much, the next thousand tenants have enough for a page; what is rare, an
// index finds. So a page costs about the same wherever in the list it is.
func (s *Store) ListTenants(
	ctx context.Context, in tenant.ID, f onboarding.TenantFilter, after tenant.ID, limit int,
) (all []onboarding.TenantStanding, err error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	args := append(kindsOf(f), from, page(limit))
	wanted, rare := isOfKinds, ofKinds
	if f.Text != "" {
		words := wordsOf(f.Text)
		if len(words) == 0 {
			return nil, nil
		}
		args = append(args, "'"+strings.Join(words, "':* & '")+"':*") // letters and digits: nothing to quote
		wanted += ` AND words @@ $7::tsquery`
		rare = `WITH v AS MATERIALIZED (SELECT * FROM tenant WHERE tenant_id > $5 AND ` + wanted + `)`
	}
	next := `WITH v AS (SELECT * FROM (SELECT * FROM tenant WHERE tenant_id > $5 ORDER BY tenant_id LIMIT 1000) t WHERE ` + wanted + `)`
	err = s.read(ctx, in, "list the tenants", func(tx querier) error {
		for _, way := range []string{next, rare} {
			all, err = many(ctx, tx, scanTenantStanding, way+` SELECT `+tenantColumns+`, `+standingColumns+` FROM v ORDER BY tenant_id LIMIT $6`, args...)
			if err != nil || len(all) == page(limit) {
				return err
			}
		}
		return nil
	})
	return all, err
}

// A filter is a product of few values. They make kinds of tenants, and each kind is
// one range of tenant_standing_idx, in the order of ids.
const (
	isOfKinds = `state = ANY ($1::text[]) AND standing = ANY ($2::text[]) AND attention = ANY ($3::boolean[]) AND drift = ANY ($4::boolean[])`
	kinds     = `unnest($1::text[]) AS state, unnest($2::text[]) AS standing, unnest($3::boolean[]) AS attention, unnest($4::boolean[]) AS drift`
	isOfKind  = `t.state = state.state AND t.standing = standing.standing AND t.attention = attention.attention AND t.drift = drift.drift`
	ofKinds   = `WITH v AS (
		SELECT v.* FROM ` + kinds + ` CROSS JOIN LATERAL (
			SELECT * FROM tenant t WHERE ` + isOfKind + ` AND t.tenant_id > $5 ORDER BY t.tenant_id LIMIT $6) v)`
)

func kindsOf(f onboarding.TenantFilter) []any {
	return []any{
		orAll(f.States, tenant.States()), orAll(f.Standings, append(onboarding.TrackStates(), "")), either(f.Attention), either(f.Drift),
	}
}

func orAll[T ~string](wanted, all []T) []T {
	if len(wanted) == 0 {
		return all
	}
	return wanted
}

func either(wanted *bool) []bool {
	if wanted == nil {
		return []bool{false, true}
	}
	return []bool{*wanted}
}

// CountTenants counts the tenants of each kind: one, or, with "", those of the whole
// installation.
func (s *Store) CountTenants(ctx context.Context, in tenant.ID) (all []onboarding.TenantCount, err error) {
	err = s.read(ctx, in, "count the tenants", func(tx querier) error {
		all, err = many(ctx, tx, pgx.RowToStructByPos[onboarding.TenantCount], `
			SELECT * FROM `+kinds+` CROSS JOIN LATERAL (SELECT count(*) FROM tenant t WHERE `+isOfKind+`) v WHERE v.count > 0`,
			kindsOf(onboarding.TenantFilter{})...)
		return err
	})
	return all, err
}

// TenantNames tells what tenants are called: with a tenant to look in, that one alone.
// Who is not there has no name.
func (s *Store) TenantNames(ctx context.Context, in tenant.ID, ids []tenant.ID) (map[tenant.ID]string, error) {
	names := map[tenant.ID]string{}
	err := s.read(ctx, in, "name the tenants", func(tx querier) error {
		all, err := many(ctx, tx, func(row pgx.CollectableRow) (t tenant.Tenant, err error) {
			err = row.Scan(&t.ID, &t.Name)
			return t, err
		}, `SELECT tenant_id::text, name FROM tenant WHERE tenant_id = ANY ($1::uuid[])`, words(ids))
		for _, t := range all {
			names[t.ID] = t.Name
		}
		return err
	})
	return names, err
}

// ChangeTenant reads a tenant, changes it and writes it back in one
// transaction. An error of change is returned as it is, and nothing is written.
func (s *Store) ChangeTenant(
	ctx context.Context, id tenant.ID, change func(tenant.Tenant) (tenant.Tenant, error),
) (t tenant.Tenant, err error) {
	var refused error
	err = s.changing(ctx, id, "change the tenant", func(tx pgx.Tx) error {
		if t, err = getTenant(ctx, tx, id); err != nil {
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
			bound_at = $6, bound_by = $7, paused_at = $8, paused_by = $9, hold_music = $10, changed_at = now()
		WHERE tenant_id = $1 RETURNING `+tenantColumns, string(id), t.Name, null(t.EntraTenantID), t.State, t.HomeRegion,
		null(t.BoundAt), t.BoundBy, null(t.PausedAt), t.PausedBy, t.HoldMusic)
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
		if _, err := tx.Exec(ctx, `DELETE FROM event WHERE tenant_id = $1`, string(id)); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM tenant WHERE tenant_id = $1`, string(id))
		return touched(tag, deleting(err), noTenant())
	})
}
