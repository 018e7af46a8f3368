package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/tenant"
)

// Registry answers what the engine asks about tenants.
type Registry struct{ s *Store }

var _ bridge.Registry = Registry{}

// Registry is the engine's view.
func (s *Store) Registry() Registry { return Registry{s} }

// Number finds whose number this is: fault.NotFound, or fault.Forbidden with
// the tenant's state in its code.
func (r Registry) Number(ctx context.Context, e164 string) (n tenant.Number, err error) {
	t, err := r.s.Engine().TenantOfNumber(ctx, e164)
	if err != nil {
		return n, err
	}
	err = r.s.inTenant(ctx, t, "find the number", func(tx pgx.Tx) error {
		owner, err := getTenant(ctx, tx, t, "")
		if err != nil {
			return err
		}
		if err := owner.Callable(); err != nil {
			return err
		}
		n, err = getNumber(ctx, tx, t, e164, "")
		return err
	})
	return n, err
}

// Tenant implements bridge.Registry.
func (r Registry) Tenant(ctx context.Context, t tenant.ID) (tenant.Tenant, error) {
	return r.s.Tenant(ctx, t)
}

// maxChoice is how many agents are considered when nobody is named: as many as
// one request for presence may ask about (facts/entra-graph-teams.md §2.2).
const maxChoice = 650

// Agents lists the wanted agents in order, leaving out those who are gone; all
// of the tenant, the longest known first, if nobody is named.
func (r Registry) Agents(ctx context.Context, t tenant.ID, wanted []tenant.AgentID) (all []tenant.Agent, err error) {
	if len(wanted) > 0 {
		return r.s.agentsByID(ctx, t, wanted)
	}
	err = r.s.inTenant(ctx, t, "list the agents", func(tx pgx.Tx) error {
		all, err = many(ctx, tx, scanAgent,
			`SELECT `+agentColumns+` FROM agent WHERE tenant_id = $1 ORDER BY id LIMIT $2`, string(t), maxChoice)
		return err
	})
	return all, err
}
