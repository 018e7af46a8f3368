package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/flow"
	"tandem/internal/tenant"
)

const (
	flowColumns    = `f.tenant_id, f.id, f.name, f.published, f.newest, f.created_at, f.changed_at`
	versionColumns = `v.tenant_id, v.flow_id, v.version, v.document, v.created_at`
)

func scanFlow(row pgx.CollectableRow) (f flow.Flow, err error) {
	err = row.Scan(&f.Tenant, &f.ID, &f.Name, &f.Published, &f.Newest, &f.CreatedAt, &f.ChangedAt)
	return f, err
}

func scanVersion(row pgx.CollectableRow) (v flow.Version, err error) {
	var raw []byte
	if err = row.Scan(&v.Tenant, &v.Flow, &v.Version, &raw, &v.CreatedAt); err != nil {
		return v, err
	}
	// Not flow.Parse: what an older program wrote is read as far as it is known.
	if err = json.Unmarshal(raw, &v.Document); err != nil {
		return v, fault.Internal("flow_unreadable", "the flow cannot be read").Because(err)
	}
	return v, nil
}

func noFlow() *fault.Error { return fault.NotFound("flow_unknown", "there is no such flow") }
func noVersion() *fault.Error {
	return fault.NotFound("flow_version_unknown", "the flow has no such version")
}

// CreateFlow gives a flow its id and times, and its first version, which runs.
// fault.Conflict if the tenant has one of this name, or as many as it may have.
func (s *Store) CreateFlow(ctx context.Context, f flow.Flow, d flow.Document) (flow.Flow, error) {
	f = f.Normalize()
	if err := f.Validate(); err != nil {
		return flow.Flow{}, err
	}
	id, err := newID()
	if err != nil {
		return flow.Flow{}, err
	}
	err = s.inTenant(ctx, f.Tenant, "create the flow", func(tx pgx.Tx) error {
		// Of two at once only one may be the last for which there is room.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('tandem flows ' || $1, 0))`, string(f.Tenant)); err != nil {
			return err
		}
		n, err := one(ctx, tx, pgx.RowTo[int], noTenant(), `SELECT count(*) FROM flow WHERE tenant_id = $1`, string(f.Tenant))
		if err != nil {
			return err
		}
		if n >= flow.MaxFlows {
			return fault.Conflict("flows_full", fmt.Sprintf("the tenant has %d flows, more are not kept: delete one first", n))
		}
		f, err = one(ctx, tx, scanFlow, noFlow(), `
			INSERT INTO flow AS f (tenant_id, id, name, published, newest) VALUES ($1, $2, $3, 1, 1) RETURNING `+flowColumns,
			string(f.Tenant), id, f.Name)
		if err != nil {
			return err
		}
		return putVersion(ctx, tx, f, d)
	})
	if err != nil {
		return flow.Flow{}, err
	}
	return f, nil
}

// putVersion writes a document as the newest version.
func putVersion(ctx context.Context, tx pgx.Tx, f flow.Flow, d flow.Document) error {
	raw, err := encode(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO flow_version (tenant_id, flow_id, version, document) VALUES ($1, $2, $3, $4)`,
		string(f.Tenant), string(f.ID), f.Newest, raw)
	return err
}

// AddFlowVersion keeps a new version, which does not run yet.
func (s *Store) AddFlowVersion(ctx context.Context, t tenant.ID, id tenant.FlowID, d flow.Document) (f flow.Flow, err error) {
	if !isUUID(string(id)) {
		return f, noFlow()
	}
	err = s.inTenant(ctx, t, "add a version of the flow", func(tx pgx.Tx) error {
		f, err = one(ctx, tx, scanFlow, noFlow(), `
			UPDATE flow AS f SET newest = newest + 1, changed_at = now() WHERE tenant_id = $1 AND id = $2 RETURNING `+flowColumns, string(t), string(id))
		if err != nil {
			return err
		}
		if f.Newest > flow.MaxVersions {
			return fault.Conflict("flow_versions_full", fmt.Sprintf("the flow has %d versions, more are not kept: make a new flow of it", flow.MaxVersions))
		}
		return putVersion(ctx, tx, f, d)
	})
	return f, err
}

// PublishFlow has new calls get a version; fault.NotFound if the flow has no such.
func (s *Store) PublishFlow(ctx context.Context, t tenant.ID, id tenant.FlowID, version int) (f flow.Flow, err error) {
	if !isUUID(string(id)) {
		return f, noFlow()
	}
	err = s.inTenant(ctx, t, "publish the flow", func(tx pgx.Tx) error {
		f, err = one(ctx, tx, scanFlow, noFlow(), `SELECT `+flowColumns+` FROM flow f WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, string(t), string(id))
		if err != nil {
			return err
		}
		if version < 1 || version > f.Newest {
			return noVersion()
		}
		f, err = one(ctx, tx, scanFlow, noFlow(), `
			UPDATE flow AS f SET published = $3, changed_at = now() WHERE tenant_id = $1 AND id = $2 RETURNING `+flowColumns, string(t), string(id), version)
		return err
	})
	return f, err
}

// Flow finds a flow of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Flow(ctx context.Context, in tenant.ID, id tenant.FlowID) (f flow.Flow, err error) {
	if !isUUID(string(id)) {
		return f, noFlow()
	}
	err = s.read(ctx, in, "read the flow", func(tx querier) error {
		cond, args := within(in, "f.tenant_id", string(id))
		f, err = one(ctx, tx, scanFlow, noFlow(), `SELECT `+flowColumns+` FROM flow f WHERE `+cond+`f.id = $1`, args...)
		return err
	})
	return f, err
}

// ListFlows lists the flows of a tenant, or, with "", of all, by id.
func (s *Store) ListFlows(ctx context.Context, in tenant.ID, after tenant.FlowID, limit int) (all []flow.Flow, err error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, in, "list the flows", func(tx querier) error {
		cond, args := within(in, "f.tenant_id", from, page(limit))
		all, err = many(ctx, tx, scanFlow, `SELECT `+flowColumns+` FROM flow f WHERE `+cond+`f.id > $1 ORDER BY f.id LIMIT $2`, args...)
		return err
	})
	return all, err
}

// FlowVersion finds one version; fault.NotFound.
func (s *Store) FlowVersion(ctx context.Context, t tenant.ID, id tenant.FlowID, version int) (flow.Version, error) {
	if !isUUID(string(id)) {
		return flow.Version{}, noFlow()
	}
	return glanceOne(ctx, s, t, "read the version of the flow", scanVersion, noVersion(), `
		SELECT `+versionColumns+` FROM flow_version v WHERE tenant_id = $1 AND flow_id = $2 AND version = $3`, string(t), string(id), version)
}

// DeleteFlow removes a flow and its versions; fault.Conflict while a number has it.
// Calls under way go on.
func (s *Store) DeleteFlow(ctx context.Context, t tenant.ID, id tenant.FlowID) error {
	if !isUUID(string(id)) {
		return noFlow()
	}
	return s.inTenant(ctx, t, "delete the flow", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM flow WHERE tenant_id = $1 AND id = $2`, string(t), string(id))
		return touched(tag, deleting(err), noFlow())
	})
}

// Speech says whether Microsoft speaks and understands in calls of the tenant: whether
// a resource of its home region that it may use has a cognitive endpoint.
func (s *Store) Speech(ctx context.Context, t tenant.ID) (bool, error) {
	return glanceOne(ctx, s, t, "look for a cognitive endpoint", pgx.RowTo[bool], noTenant(), `
		SELECT EXISTS (SELECT FROM resource r WHERE r.region_id = t.home_region AND (r.owner_tenant IS NULL OR r.owner_tenant = t.tenant_id) AND r.cognitive_endpoint <> '')
		FROM tenant t WHERE tenant_id = $1`, string(t))
}

// Flow implements bridge.Registry.
func (r Registry) Flow(ctx context.Context, t tenant.ID, id tenant.FlowID) (call.FlowRef, flow.Document, error) {
	v, err := glanceOne(ctx, r.s, t, "read the flow", scanVersion, noFlow(), `
		SELECT `+versionColumns+` FROM flow f JOIN flow_version v ON v.tenant_id = f.tenant_id AND v.flow_id = f.id AND v.version = f.published
		WHERE f.tenant_id = $1 AND f.id = $2`, string(t), string(id))
	if err != nil {
		return call.FlowRef{}, flow.Document{}, err
	}
	d, err := r.furnish(ctx, t, v.Document)
	return call.FlowRef{ID: v.Flow, Version: v.Version}, d, err
}

// FlowVersion implements bridge.Registry.
func (r Registry) FlowVersion(ctx context.Context, t tenant.ID, ref call.FlowRef) (flow.Document, error) {
	v, err := r.s.FlowVersion(ctx, t, ref.ID, ref.Version)
	if err != nil {
		return flow.Document{}, err
	}
	return r.furnish(ctx, t, v.Document)
}

// furnish adds to a document what the flow has to know of its tenant's things: how long
// prompts last, and who can be rung of those whom it hands the caller to.
func (r Registry) furnish(ctx context.Context, t tenant.ID, d flow.Document) (flow.Document, error) {
	if prompts, _, _ := d.References(); len(prompts) > 0 {
		found, err := glance(ctx, r.s, t, "read how long prompts last", scanPrompt, `
			SELECT `+promptColumns+` FROM prompt p WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, string(t), uuids(prompts))
		if err != nil {
			return d, err
		}
		lasts := make(map[tenant.PromptID]time.Duration, len(prompts))
		for _, p := range found {
			lasts[p.ID] = p.Duration
		}
		d = d.Lasting(lasts)
	}
	ids := d.People()
	if len(ids) == 0 {
		return d, nil
	}
	choice, err := r.Choice(ctx, t, bridge.Wanted{Agents: ids})
	people := make(map[tenant.AgentID]call.Person, len(ids))
	for _, c := range choice.Agents {
		people[c.Agent.ID] = call.Person{Endpoint: call.Endpoint{Kind: c.Agent.Endpoint, ID: c.Agent.OID}, Name: c.Agent.Name}
	}
	return d.Knowing(people), err
}
