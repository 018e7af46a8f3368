package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

const (
	regionColumns   = `id, name, created_at`
	resourceColumns = `id, region_id, endpoint, immutable_id, access_key, owner_tenant, made_at, cognitive_endpoint, anchor_number, created_at`
	trunkColumns    = `fqdn, port, resource_id, kind, connectivity, created_at`
)

func scanRegion(row pgx.CollectableRow) (r trunk.Region, err error) {
	err = row.Scan(&r.ID, &r.Name, &r.CreatedAt)
	return r, err
}

func scanResource(row pgx.CollectableRow) (r trunk.Resource, err error) {
	var owner *string
	err = row.Scan(&r.ID, &r.Region, &r.Endpoint, &r.ImmutableID, &r.AccessKey, &owner, &r.MadeAt,
		&r.CognitiveEndpoint, &r.AnchorNumber, &r.CreatedAt)
	r.OwnerTenant = tenant.ID(orZero(owner))
	return r, err
}

func scanTrunk(row pgx.CollectableRow) (t trunk.Trunk, err error) {
	var resource *string
	err = row.Scan(&t.FQDN, &t.Port, &resource, &t.Kind, &t.Connectivity, &t.CreatedAt)
	t.Resource = trunk.ResourceID(orZero(resource))
	return t, err
}

func noRegion() error { return fault.NotFound("region_unknown", "there is no such region") }
func noResource() *fault.Error {
	return fault.NotFound("resource_unknown", "there is no such resource")
}
func trunksFull() error {
	return fault.Exhausted("trunks_full", fmt.Sprintf("the resource has %d trunks, and Microsoft allows no more: remove one, or use another resource", trunk.MaxTrunks))
}
func trunkTaken() *fault.Error {
	return fault.Conflict("trunk_exists", "there is such a trunk already; an FQDN belongs to one resource only, or to Teams")
}
func noTrunk() error { return fault.NotFound("trunk_unknown", "there is no such trunk") }

// CreateRegion stores a region.
func (s *Store) CreateRegion(ctx context.Context, r trunk.Region) (trunk.Region, error) {
	if err := r.Validate(); err != nil {
		return trunk.Region{}, err
	}
	r, err := one(ctx, s.app, scanRegion, noRegion(),
		`INSERT INTO region (id, name) VALUES ($1, $2) RETURNING `+regionColumns, r.ID, r.Name)
	return r, classify("create the region", err)
}

// Region finds a region; fault.NotFound.
func (s *Store) Region(ctx context.Context, id trunk.RegionID) (trunk.Region, error) {
	r, err := one(ctx, s.app, scanRegion, noRegion(), `SELECT `+regionColumns+` FROM region WHERE id = $1`, id)
	return r, classify("read the region", err)
}

// ListRegions lists regions by id.
func (s *Store) ListRegions(ctx context.Context, after trunk.RegionID, limit int) ([]trunk.Region, error) {
	all, err := many(ctx, s.app, scanRegion,
		`SELECT `+regionColumns+` FROM region WHERE id > $1 ORDER BY id LIMIT $2`, after, page(limit))
	return all, classify("list the regions", err)
}

// CreateResource stores a resource, whose access key is sealed.
func (s *Store) CreateResource(ctx context.Context, r trunk.Resource) (trunk.Resource, error) {
	r = r.Normalize()
	if err := r.Validate(); err != nil {
		return trunk.Resource{}, err
	}
	var made trunk.Resource
	insert := func(tx pgx.Tx) (err error) {
		made, err = one(ctx, tx, scanResource, noResource(), `
			INSERT INTO resource (id, region_id, endpoint, immutable_id, access_key, owner_tenant, made_at, cognitive_endpoint, anchor_number)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING `+resourceColumns,
			r.ID, r.Region, r.Endpoint, r.ImmutableID, r.AccessKey, null(string(r.OwnerTenant)), r.MadeAt, r.CognitiveEndpoint, r.AnchorNumber)
		return err
	}
	const what = "create the resource"
	if r.OwnerTenant == "" { // what it means for all tenants, Rejudge finds out
		err := s.write(ctx, what, insert)
		return made, err
	}
	err := s.changing(ctx, r.OwnerTenant, what, insert)
	return made, err
}

// Resource finds a resource; fault.NotFound.
func (s *Store) Resource(ctx context.Context, id trunk.ResourceID) (trunk.Resource, error) {
	r, err := one(ctx, s.app, scanResource, noResource(), `SELECT `+resourceColumns+` FROM resource WHERE id = $1`, id)
	return r, classify("read the resource", err)
}

// ResourceOf finds a resource of a region that a tenant may use, one dedicated to
// it first; fault.NotFound.
func (s *Store) ResourceOf(ctx context.Context, t tenant.ID, region trunk.RegionID) (trunk.Resource, error) {
	if !isUUID(string(t)) {
		return trunk.Resource{}, noTenant()
	}
	r, err := one(ctx, s.app, scanResource, noResource(), `
		SELECT `+resourceColumns+` FROM resource WHERE region_id = $1 AND (owner_tenant IS NULL OR owner_tenant = $2)
		ORDER BY owner_tenant IS NULL, id LIMIT 1`, region, string(t))
	return r, classify("find a resource of the region", err)
}

// ListResources lists resources by id.
func (s *Store) ListResources(ctx context.Context, after trunk.ResourceID, limit int) ([]trunk.Resource, error) {
	all, err := many(ctx, s.app, scanResource,
		`SELECT `+resourceColumns+` FROM resource WHERE id > $1 ORDER BY id LIMIT $2`, after, page(limit))
	return all, classify("list the resources", err)
}

// CreateTrunk stores a trunk; fault.Exhausted if its resource has all that it can have,
// fault.Conflict if the name is another resource's or Teams'.
func (s *Store) CreateTrunk(ctx context.Context, t trunk.Trunk) (trunk.Trunk, error) {
	t = t.Normalize()
	if err := t.Validate(); err != nil {
		return trunk.Trunk{}, err
	}
	var made trunk.Trunk
	err := s.write(ctx, "create the trunk", func(tx pgx.Tx) error {
		// That others count the same is prevented by the lock; that the resource is there, by its key.
		if _, err := tx.Exec(ctx, `SELECT FROM resource WHERE id = $1 FOR NO KEY UPDATE`, t.Resource); err != nil {
			return err
		}
		there, err := one(ctx, tx, pgx.RowTo[int], nil, `SELECT count(*) FROM trunk WHERE resource_id = $1`, t.Resource)
		if err != nil {
			return err
		}
		if there >= trunk.MaxTrunks {
			return trunksFull()
		}
		made, err = one(ctx, tx, scanTrunk, trunkTaken(), `
			INSERT INTO trunk (fqdn, port, resource_id, kind, connectivity) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (fqdn) DO UPDATE SET port = excluded.port, resource_id = excluded.resource_id, kind = excluded.kind
			WHERE `+outOfUse+` RETURNING `+trunkColumns,
			t.FQDN, t.Port, null(string(t.Resource)), t.Kind, t.Connectivity)
		return err
	})
	return made, err
}

// outOfUse is what a trunk of ours is that a document took out: whoever names it has it.
const outOfUse = `trunk.resource_id IS NULL AND trunk.connectivity = excluded.connectivity AND excluded.resource_id IS NOT NULL`

// Trunk finds a trunk; fault.NotFound.
func (s *Store) Trunk(ctx context.Context, fqdn string) (trunk.Trunk, error) {
	t, err := one(ctx, s.app, scanTrunk, noTrunk(), `SELECT `+trunkColumns+` FROM trunk WHERE fqdn = $1`, fqdn)
	return t, classify("read the trunk", err)
}

// ListTrunks lists trunks by FQDN.
func (s *Store) ListTrunks(ctx context.Context, after string, limit int) ([]trunk.Trunk, error) {
	all, err := many(ctx, s.app, scanTrunk,
		`SELECT `+trunkColumns+` FROM trunk WHERE fqdn > $1 ORDER BY fqdn LIMIT $2`, after, page(limit))
	return all, classify("list the trunks", err)
}

// Way is how calls of a tenant can get to Microsoft.
type Way struct {
	Resource trunk.Resource
	Trunk    trunk.Trunk
}

// Ways lists the trunks of a kind in a region that a tenant may use, those of
// resources dedicated to it first. Resources dedicated to others are not shown.
func (s *Store) Ways(ctx context.Context, t tenant.ID, region trunk.RegionID, kind trunk.Kind) ([]Way, error) {
	if !isUUID(string(t)) {
		return nil, noTenant()
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT ` + planOnce) // to plan it takes ten times as long as to do it
	return send(ctx, s, "find a way to Microsoft", scanWay, b, `
		SELECT r.id, r.region_id, r.endpoint, r.immutable_id, r.access_key, r.owner_tenant, r.made_at, r.cognitive_endpoint,
			r.anchor_number, r.created_at, t.fqdn, t.port, t.resource_id, t.kind, t.connectivity, t.created_at
		FROM resource r JOIN trunk t ON t.resource_id = r.id
		WHERE r.region_id = $1 AND t.kind = $2 AND (r.owner_tenant IS NULL OR r.owner_tenant = $3)
		ORDER BY r.owner_tenant IS NULL, r.id, t.fqdn`, region, kind, string(t))
}

func scanWay(row pgx.CollectableRow) (w Way, err error) {
	var owner *string
	r, t := &w.Resource, &w.Trunk
	err = row.Scan(&r.ID, &r.Region, &r.Endpoint, &r.ImmutableID, &r.AccessKey, &owner, &r.MadeAt, &r.CognitiveEndpoint,
		&r.AnchorNumber, &r.CreatedAt, &t.FQDN, &t.Port, &t.Resource, &t.Kind, &t.Connectivity, &t.CreatedAt)
	r.OwnerTenant = tenant.ID(orZero(owner))
	return w, err
}
