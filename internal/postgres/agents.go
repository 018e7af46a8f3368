package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const agentColumns = `tenant_id, id, endpoint, oid, name, created_at, changed_at`

func scanAgent(row pgx.CollectableRow) (a tenant.Agent, err error) {
	err = row.Scan(&a.Tenant, &a.ID, &a.Endpoint, &a.OID, &a.Name, &a.CreatedAt, &a.ChangedAt)
	return a, err
}

func noAgent() error { return fault.NotFound("agent_unknown", "there is no such agent") }

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
	err = s.inTenant(ctx, a.Tenant, "create the agent", func(tx pgx.Tx) error {
		a, err = one(ctx, tx, scanAgent, noAgent(), `
			INSERT INTO agent (tenant_id, id, endpoint, oid, name) VALUES ($1, $2, $3, $4, $5) RETURNING `+agentColumns,
			string(a.Tenant), id, a.Endpoint, a.OID, a.Name)
		return err
	})
	return a, err
}

// Agent finds an agent of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Agent(ctx context.Context, in tenant.ID, id tenant.AgentID) (a tenant.Agent, err error) {
	if !isUUID(string(id)) {
		return a, noAgent()
	}
	err = s.read(ctx, in, "read the agent", func(tx pgx.Tx) error {
		a, err = one(ctx, tx, scanAgent, noAgent(), `
			SELECT `+agentColumns+` FROM agent WHERE ($1::uuid IS NULL OR tenant_id = $1) AND id = $2`,
			null(string(in)), string(id))
		return err
	})
	return a, err
}

// ListAgents lists the agents of a tenant, or, with "", of all, by id.
func (s *Store) ListAgents(ctx context.Context, in tenant.ID, after tenant.AgentID, limit int) (all []tenant.Agent, err error) {
	if after != "" && !isUUID(string(after)) {
		return nil, badCursor()
	}
	err = s.read(ctx, in, "list the agents", func(tx pgx.Tx) error {
		all, err = many(ctx, tx, scanAgent, `
			SELECT `+agentColumns+` FROM agent
			WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
			null(string(in)), null(string(after)), page(limit))
		return err
	})
	return all, err
}

// KnownAgents tells which of the ids are agents of the tenant, in their order.
func (s *Store) KnownAgents(ctx context.Context, t tenant.ID, ids []tenant.AgentID) ([]tenant.AgentID, error) {
	agents, err := s.agentsByID(ctx, t, ids)
	if err != nil {
		return nil, err
	}
	known := make([]tenant.AgentID, len(agents))
	for i, a := range agents {
		known[i] = a.ID
	}
	return known, nil
}

// agentsByID finds agents in the given order; those that do not exist are left out.
func (s *Store) agentsByID(ctx context.Context, t tenant.ID, ids []tenant.AgentID) (all []tenant.Agent, err error) {
	wanted := make([]string, 0, len(ids))
	for _, id := range ids {
		if isUUID(string(id)) {
			wanted = append(wanted, string(id))
		}
	}
	err = s.inTenant(ctx, t, "read the agents", func(tx pgx.Tx) error {
		all, err = many(ctx, tx, scanAgent, `
			SELECT a.tenant_id, a.id, a.endpoint, a.oid, a.name, a.created_at, a.changed_at
			FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place)
			JOIN agent a ON a.tenant_id = $1 AND a.id = wanted.id ORDER BY wanted.place`, string(t), wanted)
		return err
	})
	return all, err
}

// ChangeAgent reads an agent, changes it and writes it back in one transaction.
func (s *Store) ChangeAgent(
	ctx context.Context, t tenant.ID, id tenant.AgentID, change func(tenant.Agent) (tenant.Agent, error),
) (a tenant.Agent, err error) {
	if !isUUID(string(id)) {
		return a, noAgent()
	}
	var refused error
	err = s.inTenant(ctx, t, "change the agent", func(tx pgx.Tx) error {
		a, err = one(ctx, tx, scanAgent, noAgent(),
			`SELECT `+agentColumns+` FROM agent WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, string(t), string(id))
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
			UPDATE agent SET endpoint = $3, oid = $4, name = $5, changed_at = now()
			WHERE tenant_id = $1 AND id = $2 RETURNING `+agentColumns, string(t), string(id), a.Endpoint, a.OID, a.Name)
		return err
	})
	return changed(a, err, refused)
}

// DeleteAgent removes an agent; fault.Conflict while a number lists him.
func (s *Store) DeleteAgent(ctx context.Context, t tenant.ID, id tenant.AgentID) error {
	if !isUUID(string(id)) {
		return noAgent()
	}
	return s.inTenant(ctx, t, "delete the agent", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM agent WHERE tenant_id = $1 AND id = $2`, string(t), string(id))
		return touched(tag, deleting(err), noAgent())
	})
}
