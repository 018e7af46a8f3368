package postgres

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/call"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Events are published in the transaction of the change they tell of: a row of
// the event and one of the outbox, in one statement, which a batch can hold.
// RouteEvents then gives events their places and makes a delivery, with its job,
// for each webhook that wants them.

// The channels on which processes tell each other that there is something to
// look for.
const (
	outboxChannel = "tandem_event"
	routedChannel = "tandem_event_routed"
)

const publishEvent = `
	WITH e AS (
		INSERT INTO event (tenant_id, id, type, at, data) VALUES ($1, $2, $3, $4, $5) RETURNING tenant_id, id),
	o AS (INSERT INTO event_outbox (tenant_id, event_id) SELECT tenant_id, id FROM e)
	SELECT pg_notify('` + outboxChannel + `', '')`

// publish writes an event in a transaction of its tenant.
func publish(ctx context.Context, tx pgx.Tx, t tenant.ID, kind provider.EventType, at time.Time, data any) error {
	id, payload, err := eventValues(data)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, publishEvent, string(t), id, string(kind), at, payload)
	return err
}

// publish writes an event about the call.
func (b *batch) publish(kind provider.EventType, at time.Time, data any) error {
	id, payload, err := eventValues(data)
	if err != nil {
		return err
	}
	b.Queue(publishEvent, b.tenant, id, string(kind), at, payload)
	return nil
}

func eventValues(data any) (id string, payload []byte, err error) {
	if id, err = newID(); err != nil {
		return "", nil, err
	}
	payload, err = encode(data)
	return id, payload, err
}

// PublishEvent writes an event in a transaction of its own, for what is not
// written down otherwise. data becomes JSON.
func (s *Store) PublishEvent(ctx context.Context, t tenant.ID, kind provider.EventType, at time.Time, data any) error {
	return s.inTenant(ctx, t, "publish an event", func(tx pgx.Tx) error { return publish(ctx, tx, t, kind, at, data) })
}

// callEnded is what is told of a call that is over.
func callEnded(r call.CDR, at time.Time) provider.CallEndedData {
	return provider.CallEndedData{
		Call: string(r.Call), Result: string(r.Result), Reason: string(r.Reason), By: string(r.By), Fault: string(r.Fault),
		Peer: r.Peer, Caller: r.Caller, Called: r.Called, Number: r.Number, Agent: string(r.Agent), EndedAt: at.UTC(),
		SetupS: r.Setup.Seconds(), TalkS: r.Talk.Seconds(), Attempts: len(r.Attempts),
	}
}

// Enqueue writes down, in a transaction, that a run of a delivery is to be
// made; the jobs do.
type Enqueue func(ctx context.Context, tx pgx.Tx, k provider.DeliveryKey, run int) error

// routeAtOnce is how many events are routed in one transaction.
const routeAtOnce = 100

// RouteEvents routes events from the outbox and tells how many there were;
// there may be more. The lock lets one router work at a time, see the table
// event.
func (s *Store) RouteEvents(ctx context.Context, enqueue Enqueue) (routed int, err error) {
	type waiting struct {
		n      int64
		tenant string
		event  string
	}
	err = s.write(ctx, "route the events", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('tandem route events', 0))`); err != nil {
			return err
		}
		all, err := many(ctx, tx, func(row pgx.CollectableRow) (w waiting, err error) {
			err = row.Scan(&w.n, &w.tenant, &w.event)
			return w, err
		}, `SELECT n, tenant_id::text, event_id::text FROM event_outbox ORDER BY n LIMIT $1`, routeAtOnce)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, w := range all {
			if err := routeOne(ctx, tx, tenant.ID(w.tenant), provider.EventID(w.event), enqueue); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM event_outbox WHERE n = ANY ($1)`, numbersOf(all, func(w waiting) int64 { return w.n })); err != nil {
			return err
		}
		routed = len(all)
		_, err = tx.Exec(ctx, `SELECT pg_notify('`+routedChannel+`', '')`)
		return err
	})
	return routed, err
}

func numbersOf[T any](all []T, of func(T) int64) []int64 {
	out := make([]int64, len(all))
	for i, v := range all {
		out[i] = of(v)
	}
	return out
}

func routeOne(ctx context.Context, tx pgx.Tx, t tenant.ID, id provider.EventID, enqueue Enqueue) error {
	if _, err := tx.Exec(ctx, actAs, string(t)); err != nil {
		return err
	}
	hooks, err := many(ctx, tx, pgx.RowTo[provider.WebhookID], `
		WITH e AS (
			UPDATE event SET seq = nextval('event_seq') WHERE tenant_id = $1 AND id = $2 RETURNING type),
		w AS (
			SELECT w.id FROM webhook w, e
			WHERE w.enabled AND (w.tenant_id IS NULL OR w.tenant_id = $1) AND (w.types = '{}' OR e.type = ANY (w.types))
			FOR KEY SHARE OF w)
		INSERT INTO webhook_delivery (tenant_id, webhook_id, event_id, state)
		SELECT $1, w.id, $2, 'pending' FROM w ON CONFLICT DO NOTHING
		RETURNING webhook_id::text`, string(t), string(id))
	if err != nil {
		return err
	}
	for _, w := range hooks {
		if err := enqueue(ctx, tx, provider.DeliveryKey{Tenant: t, Webhook: w, Event: id}, 1); err != nil {
			return err
		}
	}
	return nil
}

// ListenEvents calls outbox when there may be events to route and routed when
// some were, also after each time it had to connect. It returns when ctx ends;
// what it misses, polling finds.
func (s *Store) ListenEvents(ctx context.Context, log *slog.Logger, outbox, routed func()) {
	s.listen(ctx, log, []string{outboxChannel, routedChannel}, func(n *pgconn.Notification) {
		if n == nil || n.Channel == outboxChannel {
			outbox()
		}
		if n == nil || n.Channel == routedChannel {
			routed()
		}
	})
}

const eventColumns = `id::text, coalesce(seq, 0), type, tenant_id::text, at, data`

func scanEvent(row pgx.CollectableRow) (e provider.Event, err error) {
	var data []byte
	err = row.Scan(&e.ID, &e.Seq, &e.Type, &e.Tenant, &e.At, &data)
	e.Data = json.RawMessage(data)
	return e, err
}

// ListEvents lists routed events of a tenant, or, with "", of all, from the
// newest to the oldest; of one type, or, with "", of all.
func (s *Store) ListEvents(
	ctx context.Context, in tenant.ID, kind provider.EventType, before provider.EventID, limit int,
) (all []provider.Event, err error) {
	if before != "" && !isUUID(string(before)) {
		return nil, badCursor()
	}
	err = s.read(ctx, in, "list the events", func(tx pgx.Tx) error {
		all, err = many(ctx, tx, scanEvent, `
			SELECT `+eventColumns+` FROM event
			WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2 = '' OR type = $2) AND seq IS NOT NULL
				AND ($3::uuid IS NULL OR seq < (SELECT seq FROM event WHERE id = $3 AND ($1::uuid IS NULL OR tenant_id = $1)))
			ORDER BY seq DESC LIMIT $4`, null(string(in)), string(kind), null(string(before)), page(limit))
		return err
	})
	return all, err
}

// EventsAfter lists routed events of a tenant, or, with "", of all, in their
// order, from behind a place on.
func (s *Store) EventsAfter(ctx context.Context, in tenant.ID, seq int64, limit int) (all []provider.Event, err error) {
	err = s.read(ctx, in, "read the events", func(tx pgx.Tx) error {
		all, err = many(ctx, tx, scanEvent, `
			SELECT `+eventColumns+` FROM event
			WHERE ($1::uuid IS NULL OR tenant_id = $1) AND seq > $2 ORDER BY seq LIMIT $3`, null(string(in)), seq, page(limit))
		return err
	})
	return all, err
}

// PlaceOf is the place of an event; 0, before all that are kept, if there is
// none such any more. With "" it is the place of the last event.
func (s *Store) PlaceOf(ctx context.Context, in tenant.ID, id provider.EventID) (seq int64, err error) {
	if id != "" && !isUUID(string(id)) {
		return 0, nil
	}
	err = s.read(ctx, in, "find the event", func(tx pgx.Tx) error {
		seq, err = one(ctx, tx, pgx.RowTo[int64], nil, `
			SELECT coalesce(max(seq), 0) FROM event
			WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::uuid IS NULL OR id = $2)`, null(string(in)), null(string(id)))
		return err
	})
	return seq, err
}

// ForgetEvents removes the events of all tenants from before a moment, with
// their deliveries.
func (s *Store) ForgetEvents(ctx context.Context, before time.Time) error {
	for after := tenant.ID(""); ; {
		some, err := s.ListTenants(ctx, "", onboarding.TenantFilter{}, after, provider.MaxPage)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, t := range some {
			err := s.inTenant(ctx, t.ID, "forget old events", func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM event WHERE tenant_id = $1 AND at < $2`, string(t.ID), before)
				return err
			})
			if err != nil {
				return err
			}
			after = t.ID
		}
	}
}
