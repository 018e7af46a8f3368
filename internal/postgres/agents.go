package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const agentColumns = `a.tenant_id, a.id, a.endpoint, a.oid, a.name, a.upn, a.source, a.paused_at, a.created_at, a.changed_at`

func scanAgent(row pgx.CollectableRow) (tenant.Agent, error) { return scanAgentAnd(row) }

// scanAgentAnd reads more columns behind those of the agent.
func scanAgentAnd(row pgx.CollectableRow, more ...any) (a tenant.Agent, err error) {
	var paused *time.Time
	err = row.Scan(append([]any{
		&a.Tenant, &a.ID, &a.Endpoint, &a.OID, &a.Name, &a.UPN, &a.Source, &paused, &a.CreatedAt, &a.ChangedAt,
	}, more...)...)
	a.PausedAt = orZero(paused)
	return a, err
}

func noAgent() *fault.Error { return fault.NotFound("agent_unknown", "there is no such agent") }

// CreateAgent gives an agent its id and times.
func (s *Store) CreateAgent(ctx context.Context, a tenant.Agent) (tenant.Agent, error) {
	a = a.Normalize()
	if err := a.Validate(); err != nil {
		return tenant.Agent{}, err
	}
	id, err := newID()
	if err != nil {
		return tenant.Agent{}, err
	}
	err = s.changing(ctx, a.Tenant, "create the agent", func(tx pgx.Tx) error {
		a, err = one(ctx, tx, scanAgent, noAgent(), `
			INSERT INTO agent AS a (tenant_id, id, endpoint, oid, name, upn, source, paused_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			RETURNING `+agentColumns, string(a.Tenant), id, a.Endpoint, a.OID, a.Name, a.UPN, a.Source, null(a.PausedAt))
		return err
	})
	return a, err
}

// Agent finds an agent of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Agent(ctx context.Context, in tenant.ID, id tenant.AgentID) (a tenant.Agent, err error) {
	if !isUUID(string(id)) {
		return a, noAgent()
	}
	err = s.read(ctx, in, "read the agent", func(tx querier) error {
		cond, args := within(in, "tenant_id", string(id))
		a, err = one(ctx, tx, scanAgent, noAgent(), `SELECT `+agentColumns+` FROM agent a WHERE `+cond+`id = $1`, args...)
		return err
	})
	return a, err
}

// ListAgents lists the agents of a tenant, or, with "", of all, by id.
func (s *Store) ListAgents(ctx context.Context, in tenant.ID, after tenant.AgentID, limit int) (all []tenant.Agent, err error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, in, "list the agents", func(tx querier) error {
		cond, args := within(in, "tenant_id", from, page(limit))
		all, err = many(ctx, tx, scanAgent,
			`SELECT `+agentColumns+` FROM agent a WHERE `+cond+`id > $1 ORDER BY id LIMIT $2`, args...)
		return err
	})
	return all, err
}

// KnownAgents tells which of the ids are agents of the tenant, in their order.
func (s *Store) KnownAgents(ctx context.Context, t tenant.ID, ids []tenant.AgentID) ([]tenant.AgentID, error) {
	return glance(ctx, s, t, "read the agents", pgx.RowTo[tenant.AgentID], `
		SELECT id::text FROM agent WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY array_position($2::uuid[], id)`, string(t), uuids(ids))
}

// uuids leaves out what is no id.
func uuids[T ~string](ids []T) []string {
	all := make([]string, 0, len(ids))
	for _, id := range ids {
		if isUUID(string(id)) {
			all = append(all, string(id))
		}
	}
	return all
}

// ChangeAgent reads an agent, changes it and writes it back in one transaction.
func (s *Store) ChangeAgent(
	ctx context.Context, t tenant.ID, id tenant.AgentID, change func(tenant.Agent) (tenant.Agent, error),
) (a tenant.Agent, err error) {
	if !isUUID(string(id)) {
		return a, noAgent()
	}
	var refused error
	err = s.changing(ctx, t, "change the agent", func(tx pgx.Tx) error {
		a, err = one(ctx, tx, scanAgent, noAgent(),
			`SELECT `+agentColumns+` FROM agent a WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, string(t), string(id))
		if err != nil {
			return err
		}
		if a, refused = change(a); refused != nil {
			return refused
		}
		a = a.Normalize()
		if err := a.Validate(); err != nil {
			return err
		}
		a, err = one(ctx, tx, scanAgent, noAgent(), `
			UPDATE agent AS a SET endpoint = $3, oid = $4, name = $5, upn = $6, source = $7, paused_at = $8, changed_at = now()
			WHERE tenant_id = $1 AND id = $2 RETURNING `+agentColumns,
			string(t), string(id), a.Endpoint, a.OID, a.Name, a.UPN, a.Source, null(a.PausedAt))
		return err
	})
	return changed(a, err, refused)
}

// DeleteAgent removes an agent; fault.Conflict while a number lists him.
func (s *Store) DeleteAgent(ctx context.Context, t tenant.ID, id tenant.AgentID) error {
	if !isUUID(string(id)) {
		return noAgent()
	}
	return s.changing(ctx, t, "delete the agent", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM agent WHERE tenant_id = $1 AND id = $2`, string(t), string(id))
		return touched(tag, deleting(err), noAgent())
	})
}
