package postgres

import (
	"context"
	"encoding/json"
	"math"

	"github.com/jackc/pgx/v5"

	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// providerTrail is in the place of the tenant in lines about the installation
// as a whole: the nil UUID, which names nobody ([tenant.ParseID] refuses it), so
// that row security hides them from every tenant and one order of ids runs
// through the lines of all.
const providerTrail = provider.Installation

// Audit adds a line to a tenant's trail, or, with "", to the provider's own. The
// store gives id and time.
func (s *Store) Audit(ctx context.Context, t tenant.ID, e provider.Entry) error {
	if len(e.Detail) == 0 {
		e.Detail = json.RawMessage(`{}`)
	}
	if t == "" {
		t = providerTrail
	} else if !isUUID(string(t)) {
		return noTenant()
	}
	return s.put(ctx, t, "write the audit trail", `
		INSERT INTO audit (tenant_id, actor, actor_name, action, subject, subject_name, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		string(t), e.Actor, plain(e.ActorName), e.Action, e.Subject, plain(e.SubjectName), e.Detail)
}

// ListAudit lists the trail of a tenant, or, with "", of all and the provider's
// own, from the newest line to the oldest; before is the last id of the page before, 0 for the first.
func (s *Store) ListAudit(ctx context.Context, in tenant.ID, before int64, limit int) (all []provider.Entry, err error) {
	err = s.read(ctx, in, "read the audit trail", func(tx querier) error {
		cond, args := within(in, "tenant_id", newest(before), page(limit))
		all, err = many(ctx, tx, scanEntry, `
			SELECT tenant_id, id, at, actor, actor_name, action, subject, subject_name, detail FROM audit
			WHERE `+cond+`id < $1 ORDER BY id DESC LIMIT $2`, args...)
		return err
	})
	return all, err
}

func scanEntry(row pgx.CollectableRow) (e provider.Entry, err error) {
	err = row.Scan(&e.Tenant, &e.ID, &e.At, &e.Actor, &e.ActorName, &e.Action, &e.Subject, &e.SubjectName, &e.Detail)
	if e.Tenant == providerTrail {
		e.Tenant = ""
	}
	return e, err
}

// newest is where a list that runs backwards begins: before is 0 for the first page.
func newest(before int64) int64 {
	if before <= 0 {
		return math.MaxInt64
	}
	return before
}
