package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/trunk"
)

const revisionColumns = `id, resource_id, author, author_name, reason, created_at, rolls_back_to, desired, base, state, error, applier, applier_name, applying_at, ended_at`

func scanRevision(row pgx.CollectableRow) (r trunk.Revision, err error) {
	var rollsBack *string
	var applying, ended *time.Time
	var desired, base []byte
	err = row.Scan(&r.ID, &r.Resource, &r.Author.ID, &r.Author.Name, &r.Reason, &r.CreatedAt, &rollsBack, &desired, &base, &r.State, &r.Error,
		&r.Applier.ID, &r.Applier.Name, &applying, &ended)
	if err == nil {
		err = errors.Join(json.Unmarshal(desired, &r.Desired), json.Unmarshal(base, &r.Base))
	}
	r.RollsBackTo, r.ApplyingAt, r.EndedAt = trunk.RevisionID(orZero(rollsBack)), orZero(applying), orZero(ended)
	return r, err
}

func scanRoute(row pgx.CollectableRow) (r trunk.Route, err error) {
	err = row.Scan(&r.Name, &r.Description, &r.Pattern, &r.Trunks, &r.CallerIDOverride)
	return r, err
}

func noRevision() error { return fault.NotFound("plan_unknown", "there is no such plan") }

// Routing is what a resource shall have, as the registry says; fault.NotFound.
func (s *Store) Routing(ctx context.Context, id trunk.ResourceID) (r trunk.Routing, err error) {
	err = s.write(ctx, "read the routing", func(tx pgx.Tx) error {
		r, err = routingOf(ctx, tx, id, "")
		return err
	})
	return r, err
}

// routingOf reads the registry of a resource; lock is what is put behind the question for it.
func routingOf(ctx context.Context, tx pgx.Tx, id trunk.ResourceID, lock string) (r trunk.Routing, err error) {
	if _, err = one(ctx, tx, pgx.RowTo[string], noResource(), `SELECT id FROM resource WHERE id = $1 `+lock, id); err != nil {
		return r, err
	}
	trunks, err := many(ctx, tx, scanTrunk, `SELECT `+trunkColumns+` FROM trunk WHERE resource_id = $1 ORDER BY fqdn`, id)
	if err != nil {
		return r, err
	}
	for _, t := range trunks {
		r.Trunks = append(r.Trunks, trunk.Registered{FQDN: t.FQDN, Port: t.Port})
	}
	r.Routes, err = many(ctx, tx, scanRoute,
		`SELECT name, description, pattern, trunks, caller_id_override FROM route WHERE resource_id = $1 ORDER BY place`, id)
	return r.Normalize(), err
}

// ChangeRouting reads the registry of a resource, changes it and writes it back in one
// transaction. A trunk that is new is taken for a third-party one, unless it was ours before.
func (s *Store) ChangeRouting(
	ctx context.Context, id trunk.ResourceID, change func(trunk.Routing) (trunk.Routing, error),
) (r trunk.Routing, err error) {
	var refused error
	err = s.write(ctx, "change the routing", func(tx pgx.Tx) error {
		if r, err = routingOf(ctx, tx, id, `FOR NO KEY UPDATE`); err != nil {
			return err
		}
		was := r
		if r, refused = change(r); refused != nil {
			return refused
		}
		r = r.Wanted()
		if err := r.Validate(was); err != nil {
			return err
		}
		return writeRouting(ctx, tx, id, r)
	})
	return changed(r, err, refused)
}

// writeRouting makes the registry of a resource what a document says. A trunk of ours that
// is not in it stays ours, in no resource, so that it is no stranger when it comes back.
func writeRouting(ctx context.Context, tx pgx.Tx, id trunk.ResourceID, r trunk.Routing) error {
	if err := ownTrunks(ctx, tx, id, r); err != nil {
		return err
	}
	b := &pgx.Batch{}
	names := namesOf(r)
	for _, t := range r.Trunks {
		b.Queue(`
			INSERT INTO trunk (fqdn, port, resource_id, kind, connectivity) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (fqdn) DO UPDATE SET port = excluded.port, resource_id = excluded.resource_id
			WHERE trunk.resource_id = excluded.resource_id OR `+outOfUse,
			t.FQDN, t.Port, id, trunk.External, trunk.ACSDirectRouting).
			// Nothing is written if somebody else took the name since ownTrunks looked.
			Exec(func(tag pgconn.CommandTag) error { return touched(tag, nil, trunkTaken()) })
	}
	b.Queue(`UPDATE trunk SET resource_id = NULL WHERE resource_id = $1 AND kind = $3 AND fqdn <> ALL ($2)`, id, names, trunk.Builtin)
	b.Queue(`DELETE FROM trunk WHERE resource_id = $1 AND fqdn <> ALL ($2)`, id, names)
	b.Queue(`DELETE FROM route WHERE resource_id = $1`, id)
	for i, route := range r.Routes {
		b.Queue(`INSERT INTO route (resource_id, place, name, description, pattern, trunks, caller_id_override) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, i, route.Name, route.Description, route.Pattern, route.Trunks, route.CallerIDOverride)
	}
	return tx.SendBatch(ctx, b).Close()
}

func namesOf(r trunk.Routing) []string {
	names := make([]string, 0, len(r.Trunks))
	for _, t := range r.Trunks {
		names = append(names, t.FQDN)
	}
	return names
}

// ownTrunks refuses trunks that are another resource's, or Teams': Microsoft takes an FQDN
// only once (facts/direct-routing.md §0.4, §3).
func ownTrunks(ctx context.Context, tx pgx.Tx, id trunk.ResourceID, r trunk.Routing) error {
	taken, err := many(ctx, tx, scanTrunk,
		`SELECT `+trunkColumns+` FROM trunk WHERE fqdn = ANY ($1) AND (resource_id <> $2 OR connectivity <> $3) ORDER BY fqdn`, namesOf(r), id, trunk.ACSDirectRouting)
	if err != nil {
		return err
	}
	var p fault.Problems
	for _, t := range taken {
		if t.Connectivity != trunk.ACSDirectRouting {
			p.Add("trunks", "%s is a trunk of Teams direct routing, and an FQDN is never in both: choose another name, or delete that trunk if Teams has it no more", t.FQDN)
			continue
		}
		p.Add("trunks", "%s belongs to resource %s, and an FQDN to one resource only: remove it there first, or choose another name", t.FQDN, t.Resource)
	}
	return p.Err("routing_invalid", "the routing is not valid")
}

// DeleteTrunk forgets a trunk that no route names. Microsoft keeps it until that is applied.
func (s *Store) DeleteTrunk(ctx context.Context, fqdn string) error {
	return s.write(ctx, "delete the trunk", func(tx pgx.Tx) error {
		t, err := one(ctx, tx, scanTrunk, noTrunk(), `SELECT `+trunkColumns+` FROM trunk WHERE fqdn = $1`, fqdn)
		if err != nil {
			return err
		}
		if err := unnamed(ctx, tx, t); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM trunk WHERE fqdn = $1`, fqdn)
		return err
	})
}

// unnamed refuses a trunk that a route of its resource names.
func unnamed(ctx context.Context, tx pgx.Tx, t trunk.Trunk) error {
	if t.Resource == "" {
		return nil
	}
	r, err := routingOf(ctx, tx, t.Resource, `FOR NO KEY UPDATE`)
	if err != nil {
		return err
	}
	for _, route := range r.Routes {
		if slices.Contains(route.Trunks, t.FQDN) {
			return fault.Conflict("trunk_in_use", fmt.Sprintf("the route %q names the trunk: take it out there first", route.Name))
		}
	}
	return nil
}

// CreateRevision stores a revision that is planned, or active already if it was imported.
// What it wants must be the resource's to have.
func (s *Store) CreateRevision(ctx context.Context, r trunk.Revision) (made trunk.Revision, err error) {
	id, err := newID()
	if err != nil {
		return made, err
	}
	desired, err := json.Marshal(r.Desired.Wanted())
	if err != nil {
		return made, err
	}
	base, err := json.Marshal(r.Base)
	if err != nil {
		return made, err
	}
	err = s.write(ctx, "store the plan", func(tx pgx.Tx) error {
		if err := ownTrunks(ctx, tx, r.Resource, r.Desired); err != nil {
			return err
		}
		if r.State == trunk.Active { // imported: the registry follows
			if _, err := routingOf(ctx, tx, r.Resource, `FOR NO KEY UPDATE`); err != nil {
				return err
			}
			if err := writeRouting(ctx, tx, r.Resource, r.Desired.Wanted()); err != nil {
				return err
			}
			if err := replaceRevisions(ctx, tx, r.Resource); err != nil {
				return err
			}
		}
		made, err = one(ctx, tx, scanRevision, noRevision(), `
			INSERT INTO routing_revision (id, resource_id, author, author_name, reason, rolls_back_to, desired, base, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING `+revisionColumns,
			id, r.Resource, r.Author.ID, plain(r.Author.Name), r.Reason, null(string(r.RollsBackTo)), desired, base, r.State)
		return err
	})
	return made, err
}

func replaceRevisions(ctx context.Context, tx pgx.Tx, id trunk.ResourceID) error {
	_, err := tx.Exec(ctx, `UPDATE routing_revision SET state = 'replaced' WHERE resource_id = $1 AND state IN ('activating', 'active')`, id)
	return err
}

// Revision finds a revision; fault.NotFound.
func (s *Store) Revision(ctx context.Context, id trunk.RevisionID) (trunk.Revision, error) {
	if !isUUID(string(id)) {
		return trunk.Revision{}, noRevision()
	}
	r, err := one(ctx, s.app, scanRevision, noRevision(), `SELECT `+revisionColumns+` FROM routing_revision WHERE id = $1`, string(id))
	return r, classify("read the plan", err)
}

// ListRevisions lists those of a resource, or with "" of all, the newest first.
func (s *Store) ListRevisions(ctx context.Context, of trunk.ResourceID, before trunk.RevisionID, limit int) ([]trunk.Revision, error) {
	const lastUUID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
	if before == "" {
		before = lastUUID
	} else if !isUUID(string(before)) {
		return nil, badCursor()
	}
	sql, args := `SELECT `+revisionColumns+` FROM routing_revision WHERE id < $1 `, []any{string(before), page(limit)}
	if of != "" {
		sql, args = sql+`AND resource_id = $3 `, append(args, of)
	}
	all, err := many(ctx, s.app, scanRevision, sql+`ORDER BY id DESC LIMIT $2`, args...)
	return all, classify("list the plans", err)
}

// BeginApply takes a planned revision, so that nobody else applies one to its resource.
// fault.Conflict if somebody does, with his name, or if it is not planned any more. Who has
// been at it for longer than patience has died: his revision has failed.
func (s *Store) BeginApply(ctx context.Context, id trunk.RevisionID, by trunk.By, patience time.Duration) (r trunk.Revision, err error) {
	if !isUUID(string(id)) {
		return r, noRevision()
	}
	err = s.write(ctx, "begin to apply the plan", func(tx pgx.Tx) error {
		if r, err = one(ctx, tx, scanRevision, noRevision(), `SELECT `+revisionColumns+` FROM routing_revision WHERE id = $1`, string(id)); err != nil {
			return err
		}
		// One at a time decides for a resource; the row of the plan is read again behind the lock.
		if _, err := routingOf(ctx, tx, r.Resource, `FOR NO KEY UPDATE`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE routing_revision SET state = 'failed', ended_at = now(),
				error = 'the process that applied it has died; whether Microsoft has it is not known: plan again'
			WHERE resource_id = $1 AND state = 'applying' AND applying_at < now() - $2::interval`, r.Resource, patience)
		if err != nil {
			return err
		}
		others, err := many(ctx, tx, scanRevision, `SELECT `+revisionColumns+` FROM routing_revision WHERE resource_id = $1 AND state = 'applying'`, r.Resource)
		if err != nil {
			return err
		}
		for _, o := range others {
			return fault.Conflict("apply_under_way", fmt.Sprintf("%s has been applying a plan to resource %s since %s: wait for its end, then plan again",
				nameOf(o.Applier), o.Resource, o.ApplyingAt.UTC().Format(time.TimeOnly)))
		}
		r, err = one(ctx, tx, scanRevision, fault.Conflict("plan_not_planned", "the plan was applied already: make another one"), `
			UPDATE routing_revision SET state = 'applying', applying_at = now(), applier = $2, applier_name = $3
			WHERE id = $1 AND state = 'planned' RETURNING `+revisionColumns, string(id), by.ID, plain(by.Name))
		return err
	})
	return r, err
}

func nameOf(by trunk.By) string {
	if by.Name != "" {
		return by.Name
	}
	return by.ID
}

// EndApply says what became of a revision that is being applied: Failed, with the reason, or
// Activating. Then the registry becomes what it wanted, and earlier ones are replaced.
func (s *Store) EndApply(ctx context.Context, id trunk.RevisionID, state trunk.RevisionState, reason string) (r trunk.Revision, err error) {
	err = s.write(ctx, "end the plan", func(tx pgx.Tx) error {
		if r, err = one(ctx, tx, scanRevision, noRevision(), `SELECT `+revisionColumns+` FROM routing_revision WHERE id = $1`, string(id)); err != nil {
			return err
		}
		if _, err := routingOf(ctx, tx, r.Resource, `FOR NO KEY UPDATE`); err != nil {
			return err
		}
		if state != trunk.Failed {
			if err := writeRouting(ctx, tx, r.Resource, r.Desired); err != nil {
				return err
			}
			if err := replaceRevisions(ctx, tx, r.Resource); err != nil {
				return err
			}
		}
		r, err = one(ctx, tx, scanRevision, fault.Conflict("apply_overtaken", "it took so long that another process gave it up: plan again"), `
			UPDATE routing_revision SET state = $2, error = $3, ended_at = now()
			WHERE id = $1 AND state = 'applying' RETURNING `+revisionColumns, string(id), state, plain(reason))
		return err
	})
	return r, err
}

// TellDrift takes what would make a resource again what was applied; empty: it is that. What
// is new is an event.
func (s *Store) TellDrift(ctx context.Context, id trunk.ResourceID, changes []string, at time.Time) error {
	if changes == nil {
		changes = []string{}
	}
	return s.whose(ctx, provider.Installation, "write the drift down", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE resource SET drift = $2 WHERE id = $1 AND drift <> $2`, id, changes)
		if err != nil || tag.RowsAffected() == 0 || len(changes) == 0 {
			return err
		}
		return publish(ctx, tx, provider.Installation, provider.RoutingDrifted, at, provider.RoutingDriftedData{Resource: string(id), Changes: changes})
	})
}

// Drifts are what was told of resources that are not what was applied, by id.
func (s *Store) Drifts(ctx context.Context) (map[trunk.ResourceID][]string, error) {
	type drift struct {
		id      trunk.ResourceID
		changes []string
	}
	all, err := many(ctx, s.app, func(row pgx.CollectableRow) (d drift, err error) {
		err = row.Scan(&d.id, &d.changes)
		return d, err
	}, `SELECT id, drift FROM resource WHERE drift <> '{}'`)
	found := map[trunk.ResourceID][]string{}
	for _, d := range all {
		found[d.id] = d.changes
	}
	return found, classify("read the drift", err)
}

// Activate marks an activating revision as active; nothing happens to others.
func (s *Store) Activate(ctx context.Context, id trunk.RevisionID) error {
	_, err := s.app.Exec(ctx, `UPDATE routing_revision SET state = 'active' WHERE id = $1 AND state = 'activating'`, string(id))
	return classify("mark the plan as active", err)
}
