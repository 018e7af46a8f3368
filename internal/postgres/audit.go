package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Audit adds a line to a tenant's trail. The store gives id and time.
func (s *Store) Audit(ctx context.Context, t tenant.ID, e provider.Entry) error {
	if len(e.Detail) == 0 {
		e.Detail = json.RawMessage(`{}`)
	}
	return s.inTenant(ctx, t, "write the audit trail", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO audit (tenant_id, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)`,
			string(t), e.Actor, e.Action, e.Subject, e.Detail)
		return err
	})
}

// ListAudit lists the trail of a tenant, or, with "", of all, from the newest
// line to the oldest; before is the last id of the page before, 0 for the first.
func (s *Store) ListAudit(ctx context.Context, in tenant.ID, before int64, limit int) (all []provider.Entry, err error) {
	err = s.read(ctx, in, "read the audit trail", func(tx pgx.Tx) error {
		all, err = many(ctx, tx, scanEntry, `
			SELECT tenant_id, id, at, actor, action, subject, detail FROM audit
			WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
			null(string(in)), null(before), page(limit))
		return err
	})
	return all, err
}

func scanEntry(row pgx.CollectableRow) (e provider.Entry, err error) {
	err = row.Scan(&e.Tenant, &e.ID, &e.At, &e.Actor, &e.Action, &e.Subject, &e.Detail)
	return e, err
}
