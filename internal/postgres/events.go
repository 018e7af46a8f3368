package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"math"
	"slices"
	"strings"
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

// Steps of calls tell their own process alone: transactions that notify commit one
// after another (PostgreSQL documentation, NOTIFY), and many steps publish something.
const (
	publishEvent = `
		WITH e AS (
			INSERT INTO event (tenant_id, id, type, at, data) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT DO NOTHING RETURNING tenant_id, id)
		INSERT INTO event_outbox (tenant_id, event_id) SELECT tenant_id, id FROM e`
	tellOthers = `SELECT pg_notify('` + outboxChannel + `', '')`
)

// publish writes an event in a transaction of its tenant.
func publish(ctx context.Context, tx pgx.Tx, t tenant.ID, kind provider.EventType, at time.Time, data any) error {
	id, payload, err := eventValues(data)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(publishEvent, string(t), id, string(kind), at, payload)
	b.Queue(tellOthers)
	return tx.SendBatch(ctx, b).Close()
}

// publish writes an event about the call.
func (b *batch) publish(kind provider.EventType, at time.Time, data any) error {
	id, payload, err := eventValues(data)
	if err != nil {
		return err
	}
	b.outbox(id, kind, at, payload)
	return nil
}

func (b *batch) outbox(id string, kind provider.EventType, at time.Time, payload []byte) {
	b.published = true
	b.Queue(publishEvent, b.tenant, id, string(kind), at, payload)
}

// publishOnce is publish for a step that may be written again: the event's id is
// made from what it tells of, and from a moment that stays the same.
func (b *batch) publishOnce(kind provider.EventType, of string, since, at time.Time, data any) error {
	payload, err := encode(data)
	if err != nil {
		return err
	}
	h := sha256.Sum256([]byte(b.call + "/" + of + "/" + string(kind)))
	b.outbox(string(call.NewID(since, [10]byte(h[:10]))), kind, at, payload)
	return nil
}

func eventValues(data any) (id string, payload []byte, err error) {
	if id, err = newID(); err != nil {
		return "", nil, err
	}
	payload, err = encode(data)
	return id, payload, err
}

// whose runs f in a transaction that sees the events of a tenant, or the provider's own.
func (s *Store) whose(ctx context.Context, t tenant.ID, what string, f func(pgx.Tx) error) error {
	if t == provider.Installation {
		return s.as(ctx, t, what, f)
	}
	return s.inTenant(ctx, t, what, f)
}

// PublishEvent writes an event in a transaction of its own, for what is not
// written down otherwise. data becomes JSON.
func (s *Store) PublishEvent(ctx context.Context, t tenant.ID, kind provider.EventType, at time.Time, data any) error {
	return s.whose(ctx, t, "publish an event", func(tx pgx.Tx) error { return publish(ctx, tx, t, kind, at, data) })
}

// callEnded is what is told of a call that is over.
func callEnded(r call.CDR, at time.Time) provider.CallEndedData {
	return provider.CallEndedData{
		Call: string(r.Call), Result: string(r.Result), Reason: string(r.Reason), By: string(r.By), Fault: string(r.Fault),
		Peer: r.Peer, Caller: r.Caller, Called: r.Called, Number: r.Number, Agent: string(r.Agent), EndedAt: at.UTC(),
		SetupS: r.Setup.Seconds(), TalkS: r.Talk.Seconds(), Attempts: len(r.Attempts), Phrases: r.Phrases,
	}
}

// flowStep is what is told of a step that a flow begins.
func flowStep(c call.Call, m call.FlowMoved) provider.CallFlowStepData {
	return provider.CallFlowStepData{Call: string(c.ID), Flow: string(c.Plan.Flow.ID), Version: c.Plan.Flow.Version, Step: m.Step, Number: m.Number}
}

// operationEnded is what is told of an operation that is over.
func operationEnded(c call.Call, o call.OperationRecord) provider.CallOperationEndedData {
	d := provider.CallOperationEndedData{
		Call: string(c.ID), Operation: o.ID, Kind: string(o.Kind), Target: o.Target, State: string(o.State),
		Outcome: string(o.Outcome.Class), Message: o.Outcome.Message,
	}
	if r := o.Recognized; r != nil {
		d.Recognized = &provider.RecognizedData{Tones: r.Tones, Choice: r.Choice, Phrase: r.Phrase, Speech: r.Speech, Confidence: r.Confidence}
	}
	return d
}

// Enqueue writes down, in a transaction, that a run of a delivery is to be
// made; the jobs do.
type Enqueue func(ctx context.Context, tx pgx.Tx, k provider.DeliveryKey, run int) error

// callOfEvent is the call that an event is about, NULL if it is about none.
const callOfEvent = `CASE WHEN type ~ '^(call|recording)[.]' THEN (data->>'call')::uuid END`

// routeAtOnce is how many events are routed in one transaction.
const routeAtOnce = 100

// RouteEvents routes events from the outbox, and tells whether there may be more.
// The lock lets one router work at a time, see the table event.
func (s *Store) RouteEvents(ctx context.Context, enqueue Enqueue) (more bool, err error) {
	err = s.write(ctx, "route the events", func(tx pgx.Tx) error {
		all, err := outbox(ctx, tx)
		if err != nil || len(all) == 0 {
			return err
		}
		more = len(all) == routeAtOnce
		deliveries, err := route(ctx, tx, all)
		for _, d := range deliveries {
			if err == nil {
				err = enqueue(ctx, tx, d, 1)
			}
		}
		return err
	})
	return more && err == nil, err
}

// unrouted is an event in the outbox.
type unrouted struct {
	n     int64
	of    tenant.ID
	event provider.EventID
}

// outbox takes the router's lock, and lists what waits, the oldest first.
func outbox(ctx context.Context, tx pgx.Tx) (all []unrouted, err error) {
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('tandem route events', 0))`)
	b.Queue(`SELECT n, tenant_id::text, event_id::text FROM event_outbox ORDER BY n LIMIT $1`, routeAtOnce).Query(func(rows pgx.Rows) error {
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (u unrouted, err error) {
			err = row.Scan(&u.n, &u.of, &u.event)
			return u, err
		})
		return err
	})
	return all, tx.SendBatch(ctx, b).Close()
}

// route gives each event its place, in turn, and makes a delivery for each webhook
// that wants it.
func route(ctx context.Context, tx pgx.Tx, all []unrouted) (deliveries []provider.DeliveryKey, err error) {
	b := &pgx.Batch{}
	var done []int64
	var whose []string // at most routeAtOnce of 36 bytes, and a payload may have 8,000
	for i, u := range all {
		done, whose = append(done, u.n), append(whose, string(u.of))
		if i == 0 || u.of != all[i-1].of {
			b.Queue(actAs+`, `+planOnce, string(u.of))
		}
		b.Queue(`
			WITH e AS (
				UPDATE event SET seq = nextval('event_seq') WHERE tenant_id = $1 AND id = $2
				RETURNING type, seq, `+callOfEvent+` AS call_id),
			w AS (
				SELECT w.id, e.seq, e.call_id FROM webhook w, e
				WHERE w.enabled AND (w.tenant_id IS NULL OR w.tenant_id = $1) AND (w.types = '{}' OR e.type = ANY (w.types))
				FOR KEY SHARE OF w)
			INSERT INTO webhook_delivery (tenant_id, webhook_id, event_id, state, seq, call_id)
			SELECT $1, w.id, $2, 'pending', w.seq, w.call_id FROM w ON CONFLICT DO NOTHING
			RETURNING webhook_id::text`, string(u.of), string(u.event)).Query(func(rows pgx.Rows) error {
			hooks, err := pgx.CollectRows(rows, pgx.RowTo[provider.WebhookID])
			for _, w := range hooks {
				deliveries = append(deliveries, provider.DeliveryKey{Tenant: u.of, Webhook: w, Event: u.event})
			}
			return err
		})
	}
	b.Queue(`DELETE FROM event_outbox WHERE n = ANY ($1)`, done)
	slices.Sort(whose)
	b.Queue(`SELECT pg_notify('`+routedChannel+`', $1)`, strings.Join(slices.Compact(whose), " "))
	return deliveries, tx.SendBatch(ctx, b).Close()
}

// ListenEvents calls outbox when there may be events to route and routed when
// some of these tenants were, or, without any, of nobody knows whom: after each
// time it had to connect it calls both. It returns when ctx ends; what it misses,
// polling finds.
func (s *Store) ListenEvents(ctx context.Context, log *slog.Logger, outbox func(), routed func(of ...tenant.ID)) {
	s.listen(ctx, log, []string{outboxChannel, routedChannel}, func(n *pgconn.Notification) {
		switch {
		case n == nil:
			outbox()
			routed()
		case n.Channel == outboxChannel:
			outbox()
		default:
			var of []tenant.ID
			for _, id := range strings.Fields(n.Payload) {
				of = append(of, tenant.ID(id))
			}
			routed(of...)
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
	err = s.read(ctx, in, "list the events", func(tx querier) error {
		from := int64(math.MaxInt64)
		if before != "" {
			if from, err = placeOf(ctx, tx, in, before); err != nil {
				return err
			}
		}
		cond, args := within(in, "tenant_id", string(kind), from, page(limit))
		all, err = many(ctx, tx, scanEvent, `
			SELECT `+eventColumns+` FROM event WHERE `+cond+`($1 = '' OR type = $1) AND seq < $2 ORDER BY seq DESC LIMIT $3`, args...)
		return err
	})
	return all, err
}

// EventsAfter lists routed events of a tenant, or, with "", of all, in their
// order, from behind a place on.
func (s *Store) EventsAfter(ctx context.Context, in tenant.ID, seq int64, limit int) (all []provider.Event, err error) {
	err = s.read(ctx, in, "read the events", func(tx querier) error {
		cond, args := within(in, "tenant_id", seq, page(limit))
		all, err = many(ctx, tx, scanEvent, `SELECT `+eventColumns+` FROM event WHERE `+cond+`seq > $1 ORDER BY seq LIMIT $2`, args...)
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
	err = s.read(ctx, in, "find the event", func(tx querier) error {
		seq, err = placeOf(ctx, tx, in, id)
		return err
	})
	return seq, err
}

func placeOf(ctx context.Context, tx querier, in tenant.ID, id provider.EventID) (int64, error) {
	cond, args := within(in, "tenant_id")
	if id != "" {
		cond, args = within(in, "tenant_id", string(id))
		cond += "id = $1 AND "
	}
	return one(ctx, tx, pgx.RowTo[int64], nil, `SELECT coalesce(max(seq), 0) FROM event WHERE `+cond+`seq IS NOT NULL`, args...)
}

// ForgetEvents removes the events of all tenants, and the provider's own, from before a
// moment, with their deliveries.
func (s *Store) ForgetEvents(ctx context.Context, before time.Time) error {
	forget := func(of tenant.ID) error {
		return s.whose(ctx, of, "forget old events", func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM event WHERE tenant_id = $1 AND at < $2`, string(of), before)
			return err
		})
	}
	if err := forget(provider.Installation); err != nil {
		return err
	}
	for after := tenant.ID(""); ; {
		some, err := s.ListTenants(ctx, "", onboarding.TenantFilter{}, after, provider.MaxPage)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, t := range some {
			if err := forget(t.ID); err != nil {
				return err
			}
			after = t.ID
		}
	}
}
