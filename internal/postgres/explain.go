package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/explain"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// What is kept of one call, for package explain. Bounds keep a call that went wild from
// filling a page and the memory.
const (
	explainedSteps  = 5000
	explainedEvents = 1000
	explainedTrail  = 200
	explainedTraces = 100
)

// Material reads what is kept of a call of a tenant, besides itself and its record. A call
// that is not the tenant's has nothing.
func (s *Store) Material(ctx context.Context, t tenant.ID, id call.ID) (m explain.Material, err error) {
	if _, err := call.ParseID(string(id)); err != nil {
		return m, noCall()
	}
	err = s.inTenant(ctx, t, "read what is kept of the call", func(tx pgx.Tx) error {
		key := []any{string(t), id.StartedAt(), string(id)}
		m.Events, err = many(ctx, tx, func(row pgx.CollectableRow) (e explain.Event, err error) {
			err = row.Scan(&e.Seq, &e.At, &e.Kind, &e.Payload, &e.Callback)
			return e, err
		}, `SELECT seq, at, kind, payload, coalesce(event_id, '') FROM call_event
			WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 ORDER BY seq LIMIT $4`, append(key, explainedSteps)...)
		if err != nil {
			return err
		}
		m.Actions, err = many(ctx, tx, func(row pgx.CollectableRow) (a explain.Action, err error) {
			err = row.Scan(&a.ID, &a.Seq, &a.At, &a.Kind, &a.Payload, &a.State, &a.Attempts, &a.Error)
			return a, err
		}, `SELECT action_id, seq, at, kind, payload, state, attempts, coalesce(error, '') FROM call_action
			WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 ORDER BY seq, n LIMIT $4`, append(key, explainedSteps)...)
		if err != nil {
			return err
		}
		if m.Told, err = toldOf(ctx, tx, t, id); err != nil {
			return err
		}
		m.Trail, err = many(ctx, tx, scanEntry, `
			SELECT tenant_id, id, at, actor, actor_name, action, subject, subject_name, detail FROM audit
			WHERE tenant_id = $1 AND at >= $2 AND subject = $3 ORDER BY id LIMIT $4`, append(key, explainedTrail)...)
		if err != nil {
			return err
		}
		m.Traces, err = tracesOf(ctx, tx, key...)
		return err
	})
	return m, err
}

// toldOf is what was told of the call. Nothing is told of a call before it starts, nor a day
// after its end, but of its recordings: the index of events by time finds the first, the
// deliveries know their call.
func toldOf(ctx context.Context, tx pgx.Tx, t tenant.ID, id call.ID) ([]explain.Told, error) {
	events, err := many(ctx, tx, scanEvent, `
		SELECT `+eventColumns+` FROM event
		WHERE tenant_id = $1 AND at >= $2 AND at <= (
				SELECT coalesce(ended_at, now()) + interval '1 day' FROM call WHERE tenant_id = $1 AND id = $3)
			AND `+callOfEvent+` = $3
		ORDER BY at, id LIMIT $4`, string(t), id.StartedAt(), string(id), explainedEvents)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	told, place, ids := make([]explain.Told, len(events)), map[provider.EventID]int{}, make([]string, len(events))
	for i, e := range events {
		told[i].Event, place[e.ID], ids[i] = e, i, string(e.ID)
	}
	deliveries, err := many(ctx, tx, scanDelivery, `
		SELECT `+deliveryColumns+` FROM webhook_delivery
		WHERE tenant_id = $1 AND event_id = ANY ($2::uuid[]) ORDER BY created_at, webhook_id`, string(t), ids)
	for _, d := range deliveries {
		i := place[d.Event]
		told[i].Deliveries = append(told[i].Deliveries, d)
	}
	return told, err
}
