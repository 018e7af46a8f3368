package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// A number's agents are rows of their own, so that the database keeps them
// agents of the same tenant.
const (
	numberColumns = `
		n.tenant_id, n.e164, n.connectivity, n.display_name, n.ring_timeout_ms, n.answer_policy, coalesce(n.flow_id::text, ''), coalesce(n.queue_id::text, ''), n.created_at, n.changed_at,
		ARRAY(SELECT l.agent_id FROM number_agent l WHERE l.tenant_id = n.tenant_id AND l.e164 = n.e164 ORDER BY l.position)::text[]`
	numberQuery = `SELECT ` + numberColumns + ` FROM number n `
)

func scanNumber(row pgx.CollectableRow) (tenant.Number, error) { return scanNumberAnd(row) }

// scanNumberAnd reads more columns behind those of the number.
func scanNumberAnd(row pgx.CollectableRow, more ...any) (n tenant.Number, err error) {
	var ring int64
	var agents []string
	err = row.Scan(append([]any{
		&n.Tenant, &n.E164, &n.Connectivity, &n.DisplayName, &ring, &n.AnswerPolicy, &n.Flow, &n.Queue, &n.CreatedAt, &n.ChangedAt, &agents,
	}, more...)...)
	n.RingTimeout = time.Duration(ring) * time.Millisecond
	for _, a := range agents {
		n.Agents = append(n.Agents, tenant.AgentID(a))
	}
	return n, err
}

func noNumber() error { return fault.NotFound("number_unknown", "there is no such number") }

// CreateNumber gives a number its times. fault.Conflict if any tenant has it.
func (s *Store) CreateNumber(ctx context.Context, n tenant.Number) (tenant.Number, error) {
	n = n.Normalize()
	if err := n.Validate(); err != nil {
		return tenant.Number{}, err
	}
	err := s.inTenant(ctx, n.Tenant, "create the number", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO number (tenant_id, e164, connectivity, display_name, ring_timeout_ms, answer_policy, flow_id, queue_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			string(n.Tenant), n.E164, n.Connectivity, n.DisplayName, n.RingTimeout.Milliseconds(), n.AnswerPolicy, null(string(n.Flow)), null(string(n.Queue)))
		if err != nil {
			return err
		}
		if err := enterNumber(ctx, tx, n.Tenant, n.E164); err != nil {
			return err
		}
		if err := putAgents(ctx, tx, n); err != nil {
			return err
		}
		n, err = getNumber(ctx, tx, n.Tenant, n.E164, "")
		return err
	})
	return n, err
}

func putAgents(ctx context.Context, tx pgx.Tx, n tenant.Number) error {
	ids := make([]string, len(n.Agents))
	for i, a := range n.Agents {
		ids[i] = string(a)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO number_agent (tenant_id, e164, position, agent_id)
		SELECT $1, $2, place, id FROM unnest($3::uuid[]) WITH ORDINALITY AS list (id, place)`,
		string(n.Tenant), n.E164, ids)
	return err
}

func getNumber(ctx context.Context, tx querier, in tenant.ID, e164, lock string) (tenant.Number, error) {
	cond, args := within(in, "n.tenant_id", e164)
	return one(ctx, tx, scanNumber, noNumber(), numberQuery+`WHERE `+cond+`n.e164 = $1 `+lock, args...)
}

// Number finds a number of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Number(ctx context.Context, in tenant.ID, e164 string) (n tenant.Number, err error) {
	err = s.read(ctx, in, "read the number", func(tx querier) error {
		n, err = getNumber(ctx, tx, in, e164, "")
		return err
	})
	return n, err
}

// ListNumbers lists the numbers of a tenant, or, with "", of all, by number.
func (s *Store) ListNumbers(ctx context.Context, in tenant.ID, after string, limit int) (all []tenant.Number, err error) {
	err = s.read(ctx, in, "list the numbers", func(tx querier) error {
		cond, args := within(in, "n.tenant_id", after, page(limit))
		all, err = many(ctx, tx, scanNumber, numberQuery+`WHERE `+cond+`n.e164 > $1 ORDER BY n.e164 LIMIT $2`, args...)
		return err
	})
	return all, err
}

// ChangeNumber reads a number, changes it and writes it back in one
// transaction. The number itself and its tenant do not change.
func (s *Store) ChangeNumber(
	ctx context.Context, t tenant.ID, e164 string, change func(tenant.Number) (tenant.Number, error),
) (n tenant.Number, err error) {
	var refused error
	err = s.inTenant(ctx, t, "change the number", func(tx pgx.Tx) error {
		if n, err = getNumber(ctx, tx, t, e164, "FOR UPDATE OF n"); err != nil {
			return err
		}
		if n, refused = change(n); refused != nil {
			return refused
		}
		n.Tenant, n.E164 = t, e164
		n = n.Normalize()
		if err := n.Validate(); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE number SET connectivity = $3, display_name = $4, ring_timeout_ms = $5, answer_policy = $6, flow_id = $7, queue_id = $8, changed_at = now()
			WHERE tenant_id = $1 AND e164 = $2`,
			string(t), e164, n.Connectivity, n.DisplayName, n.RingTimeout.Milliseconds(), n.AnswerPolicy, null(string(n.Flow)), null(string(n.Queue)))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM number_agent WHERE tenant_id = $1 AND e164 = $2`, string(t), e164); err != nil {
			return err
		}
		if err := putAgents(ctx, tx, n); err != nil {
			return err
		}
		n, err = getNumber(ctx, tx, t, e164, "")
		return err
	})
	return changed(n, err, refused)
}

// DeleteNumber removes a number; calls under way go on.
func (s *Store) DeleteNumber(ctx context.Context, t tenant.ID, e164 string) error {
	return s.inTenant(ctx, t, "delete the number", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM number WHERE tenant_id = $1 AND e164 = $2`, string(t), e164)
		return touched(tag, deleting(err), noNumber())
	})
}
