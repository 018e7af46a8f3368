package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

const diallingColumns = `tenant_id, prefixes, max_legs, peer, changed_at`

func scanDialling(row pgx.CollectableRow) (d tenant.Dialling, err error) {
	err = row.Scan(&d.Tenant, &d.Prefixes, &d.MaxLegs, &d.Peer, &d.ChangedAt)
	return d, err
}

// Dialling finds a tenant's rules for dialling, or the usual ones; fault.NotFound
// if there is no such tenant.
func (s *Store) Dialling(ctx context.Context, t tenant.ID) (d tenant.Dialling, err error) {
	if _, err := s.Tenant(ctx, t); err != nil {
		return d, err
	}
	err = s.inTenant(ctx, t, "read the rules for dialling", func(tx pgx.Tx) error {
		d, err = diallingIn(ctx, tx, t)
		return err
	})
	return d, err
}

func diallingIn(ctx context.Context, tx querier, t tenant.ID) (tenant.Dialling, error) {
	all, err := many(ctx, tx, scanDialling, `SELECT `+diallingColumns+` FROM dialling WHERE tenant_id = $1`, string(t))
	if err != nil || len(all) == 0 {
		return tenant.DefaultDialling(t), err
	}
	return all[0], nil
}

// SetDialling makes a tenant's rules; fault.Invalid if they name a peer that takes
// no calls.
func (s *Store) SetDialling(ctx context.Context, d tenant.Dialling) (tenant.Dialling, error) {
	d = d.Normalize()
	if err := d.Validate(); err != nil {
		return tenant.Dialling{}, err
	}
	prefixes := append([]string{}, d.Prefixes...) // and not NULL
	err := s.inTenant(ctx, d.Tenant, "write the rules for dialling", func(tx pgx.Tx) (err error) {
		if d.Peer != "" {
			known, err := one(ctx, tx, pgx.RowTo[bool], nil, `SELECT EXISTS (SELECT FROM peer WHERE name = $1 AND dial_to <> '')`, text(d.Peer))
			if err != nil {
				return err
			}
			if !known {
				const msg = "there is no such peer that takes calls: give it dial_to"
				return &fault.Error{Kind: fault.KindInvalid, Code: "peer_unknown", Msg: msg, Fields: []fault.Field{{Path: "peer", Msg: msg}}}
			}
		}
		d, err = one(ctx, tx, scanDialling, noTenant(), `
			INSERT INTO dialling (tenant_id, prefixes, max_legs, peer) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant_id) DO UPDATE SET prefixes = $2, max_legs = $3, peer = $4, changed_at = now()
			RETURNING `+diallingColumns, string(d.Tenant), prefixes, d.MaxLegs, d.Peer)
		return err
	})
	return d, err
}

// DialPeer implements bridge.Registry.
func (r Registry) DialPeer(ctx context.Context, t tenant.ID, number string) (string, error) {
	return r.s.DialPeer(ctx, t, number)
}

// DialPeer names the peer at which a number is dialled for a tenant, or says why it
// is not; see bridge.Registry. Telephones under way are counted in the
// snapshots of the tenant's calls: those that Microsoft calls through us already,
// on whichever node.
func (s *Store) DialPeer(ctx context.Context, t tenant.ID, number string) (peer string, err error) {
	owner, err := s.Tenant(ctx, t)
	if err != nil {
		return "", err
	}
	if err := owner.Callable(); err != nil {
		return "", err
	}
	err = s.inTenant(ctx, t, "look where to dial", func(tx pgx.Tx) error {
		d, err := diallingIn(ctx, tx, t)
		if err != nil {
			return err
		}
		own, err := many(ctx, tx, pgx.RowTo[string], `SELECT e164 FROM number WHERE tenant_id = $1`, string(t))
		if err != nil {
			return err
		}
		if err := d.Refuses(number, own); err != nil {
			return err
		}
		live, err := outlegsLive(ctx, tx, t)
		if err != nil {
			return err
		}
		if live >= d.MaxLegs {
			return outlegsFull(d.MaxLegs)
		}
		peers, err := many(ctx, tx, scanPeer, `SELECT `+peerColumns+` FROM peer WHERE dial_to <> '' ORDER BY cardinality(dial_regions) = 0, name`)
		if err != nil {
			return err
		}
		// Of the tenant, and then also of the number.
		peers = slices.DeleteFunc(peers, func(p trunk.Peer) bool {
			if d.Peer != "" {
				return p.Name != d.Peer
			}
			return len(p.DialRegions) > 0 && !slices.Contains(p.DialRegions, trunk.RegionID(owner.HomeRegion))
		})
		if len(peers) == 0 && d.Peer != "" {
			return fault.Conflict("no_dial_peer", "the tenant's rules for dialling name peer "+d.Peer+", and there is none of this name that takes calls: see PUT /v1/tenants/{tenant}/dialling")
		}
		if len(peers) == 0 {
			return fault.Conflict("no_dial_peer", "no peer takes calls of region "+owner.HomeRegion+": give one dial_to, see PATCH /v1/peers/{peer}")
		}
		i := slices.IndexFunc(peers, func(p trunk.Peer) bool { return p.Dials(number) })
		if i < 0 {
			return fault.Forbidden("destination_refused", "no peer of the tenant may be dialled for this number: see dial_prefixes of "+peers[0].Name)
		}
		peer = peers[i].Name
		return nil
	})
	return peer, err
}
