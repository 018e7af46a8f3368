package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

func noTestUser() error {
	return fault.NotFound("test_user_unknown", "the tenant has named no test user")
}

func scanTestUser(row pgx.CollectableRow) (u tenant.TestUser, err error) {
	var days []int32
	err = row.Scan(&u.Tenant, &u.OID, &u.Name, &u.Zone, &days, &u.From, &u.Until, &u.NamedBy, &u.ByName, &u.NamedAt)
	for _, d := range days {
		u.Days = append(u.Days, time.Weekday(d))
	}
	return u, err
}

// TestUser is whom a tenant lets us ring by ourselves; fault.NotFound if nobody.
func (s *Store) TestUser(ctx context.Context, t tenant.ID) (tenant.TestUser, error) {
	all, err := glance(ctx, s, t, "read the test user", scanTestUser,
		`SELECT tenant_id, oid, name, zone, days, from_min, until_min, named_by, by_name, named_at FROM test_user WHERE tenant_id = $1`, string(t))
	if err == nil && len(all) == 0 {
		err = noTestUser()
	}
	if err != nil {
		return tenant.TestUser{}, err
	}
	return all[0], nil
}

// SaveTestUser names one in place of the one before.
func (s *Store) SaveTestUser(ctx context.Context, u tenant.TestUser) error {
	days := make([]int, len(u.Days))
	for i, d := range u.Days {
		days[i] = int(d)
	}
	return s.inTenant(ctx, u.Tenant, "save the test user", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO test_user (tenant_id, oid, name, zone, days, from_min, until_min, named_by, by_name, named_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT ON CONSTRAINT test_user_pkey DO UPDATE SET oid = excluded.oid, name = excluded.name, zone = excluded.zone,
				days = excluded.days, from_min = excluded.from_min, until_min = excluded.until_min,
				named_by = excluded.named_by, by_name = excluded.by_name, named_at = excluded.named_at`,
			string(u.Tenant), u.OID, plain(u.Name), u.Zone, days, u.From, u.Until, u.NamedBy, plain(u.ByName), u.NamedAt)
		return err
	})
}

// DeleteTestUser leaves nobody named.
func (s *Store) DeleteTestUser(ctx context.Context, t tenant.ID) error {
	return s.inTenant(ctx, t, "delete the test user", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM test_user WHERE tenant_id = $1`, string(t))
		return err
	})
}
