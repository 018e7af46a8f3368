package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// Registry answers what the engine asks about tenants, each question in one
// round trip.
type Registry struct{ s *Store }

var _ bridge.Registry = Registry{}

// Registry is the engine's view.
func (s *Store) Registry() Registry { return Registry{s} }

// External implements bridge.Registry.
func (r Registry) External(ctx context.Context, resource string) (bool, error) {
	var there bool
	err := r.s.app.QueryRow(ctx, `SELECT EXISTS (SELECT FROM trunk WHERE resource_id = $1 AND kind = $2)`, resource, trunk.External).Scan(&there)
	return there, classify("look for a resource's trunks", err)
}

// refused says of a tenant t that no resource of its home region may ring its
// users, as far as the ledger knows. A resource nobody looked at may: tenants
// can be set up without onboarding.
const refused = `
	coalesce((
		SELECT bool_and(EXISTS (
			SELECT FROM grant_now g WHERE g.tenant_id = t.tenant_id AND g.kind = 'federation' AND g.subject = r.id
			AND g.state IN ('missing', 'revoked')))
		FROM resource r WHERE r.region_id = t.home_region AND (r.owner_tenant IS NULL OR r.owner_tenant = t.tenant_id)), false)`

func callable(t tenant.Tenant, refused bool) error {
	if err := t.Callable(); err != nil {
		return err
	}
	if refused {
		return fault.Forbidden("federation_missing", "Teams of this tenant does not let us ring its users: a Teams admin has to run the script of the federation step")
	}
	return nil
}

// Callable finds a tenant that calls may be made to now: fault.NotFound, or
// fault.Forbidden with the reason in its code (tenant_suspended, tenant_paused,
// federation_missing …). Consent is not needed to ring.
func (s *Store) Callable(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	type answer struct {
		t       tenant.Tenant
		refused bool
	}
	found, err := glanceOne(ctx, s, id, "read the tenant", func(row pgx.CollectableRow) (a answer, err error) {
		a.t, err = scanTenantAnd(row, &a.refused)
		return a, err
	}, noTenant(), `SELECT `+tenantColumns+`, `+refused+` FROM tenant t WHERE tenant_id = $1`, string(id))
	if err == nil {
		err = callable(found.t, found.refused)
	}
	if err != nil {
		return tenant.Tenant{}, err
	}
	return found.t, nil
}

// Number finds whose number this is: fault.NotFound, or fault.Forbidden as
// [Store.Callable] says.
func (r Registry) Number(ctx context.Context, e164 string) (tenant.Number, error) {
	type answer struct {
		n       tenant.Number
		t       tenant.Tenant
		refused bool
	}
	b := &pgx.Batch{}
	b.Queue(actAsOwner, e164)
	found, err := send(ctx, r.s, "find the number", func(row pgx.CollectableRow) (a answer, err error) {
		var paused *time.Time
		a.n, err = scanNumberAnd(row, &a.t.State, &paused, &a.n.HoldMusic, &a.refused)
		a.t.PausedAt = orZero(paused)
		return a, err
	}, b, `SELECT `+numberColumns+`, t.state, t.paused_at, t.hold_music, `+refused+`
		FROM number n JOIN tenant t ON t.tenant_id = n.tenant_id WHERE n.tenant_id = current_tenant() AND n.e164 = $1`, e164)
	switch {
	case err != nil:
		return tenant.Number{}, err
	case len(found) == 0:
		return tenant.Number{}, noNumber()
	}
	if err := callable(found[0].t, found[0].refused); err != nil {
		return tenant.Number{}, err
	}
	return found[0].n, nil
}
