package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// freeChannel is notified with a tenant of which an agent was let go while calls wait.
const freeChannel = "tandem_free"

// Reserve implements bridge.Journal. That the call is over shows as a violated
// foreign key to its lease.
func (j *Journal) Reserve(ctx context.Context, t tenant.ID, a tenant.AgentID, id call.ID, r tenant.ReservationID) (bool, error) {
	ctx, cancel := j.within(ctx)
	defer cancel()
	got, err := one(ctx, j.store.app, pgx.RowTo[bool], errRefused, reserve+`SELECT EXISTS (SELECT FROM got)`,
		string(t), string(a), string(id), null(string(r)))
	err = classify("reserve an agent", err)
	if fault.CodeOf(err) == callOver().Code {
		return false, nil
	}
	return got, err
}

// reserve keeps agent $2 of tenant $1 for call $3, also if reservation $4 has him; "got"
// is empty if he is not to be had.
const reserve = `
	WITH got AS (
		INSERT INTO reservation (tenant_id, agent_id, call_id)
		SELECT tenant_id, $2, call_id FROM call_lease WHERE call_id = $3 AND tenant_id = $1
		ON CONFLICT (tenant_id, agent_id) DO UPDATE SET call_id = excluded.call_id, id = NULL, until = NULL
		WHERE reservation.call_id = excluded.call_id OR reservation.until <= now() OR reservation.id = $4
		RETURNING agent_id),
	turn AS (
		INSERT INTO agent_turn (tenant_id, agent_id, chosen_at) SELECT $1, agent_id, now() FROM got
		ON CONFLICT (tenant_id, agent_id) DO UPDATE SET chosen_at = excluded.chosen_at, touched_at = now()),
	asks AS (UPDATE waiting SET asked_at = '-infinity' WHERE call_id = $3 AND EXISTS (SELECT FROM got))
	`

// reserve does so with the step, and undoes it all if he is not to be had.
func (b *batch) reserve(r bridge.Reserving) {
	b.Queue(reserve+`SELECT CASE WHEN NOT EXISTS (SELECT FROM got) THEN agent_taken() END`,
		b.tenant, string(r.Agent), b.call, null(string(r.By)))
}

// Wait implements bridge.Journal.
func (j *Journal) Wait(ctx context.Context, w bridge.Waiting) error {
	ctx, cancel := j.within(ctx)
	defer cancel()
	tag, err := j.store.app.Exec(ctx, `
		INSERT INTO waiting (call_id, tenant_id, queue_id, since, asked_at, tried)
		SELECT call_id, tenant_id, $3, $4, now(), $5::uuid[] FROM call_lease WHERE call_id = $1 AND tenant_id = $2
		ON CONFLICT (call_id) DO UPDATE SET asked_at = now(), tried = excluded.tried, queue_id = excluded.queue_id,
			since = CASE WHEN waiting.queue_id = excluded.queue_id THEN waiting.since ELSE excluded.since END`,
		string(w.Call), string(w.Tenant), string(w.Queue), w.Since, uuids(w.Tried))
	return classify("wait in a queue", touched(tag, err, callOver()))
}

// release lets agents go, notes whose turn it is from now on, and wakes the calls
// that wait. A step that is written again after doubt about it counts a call of
// theirs twice: that is worth no more statements.
func (b *batch) release(s bridge.Step) {
	if len(s.Release) == 0 {
		return
	}
	var answered []bool
	var queues []*string
	var took []int64 // ms
	for _, a := range s.Release {
		var last call.Participant
		for _, p := range s.After.Participants {
			if p.Agent == a {
				last = p
			}
		}
		answered = append(answered, !last.JoinedAt.IsZero())
		queues = append(queues, null(string(last.Queue)))
		took = append(took, last.LeftAt.Sub(last.RungAt).Milliseconds())
	}
	b.Queue(`DELETE FROM reservation WHERE call_id = $1 AND agent_id = ANY ($2::uuid[])`, b.call, words(s.Release))
	b.Queue(`
		INSERT INTO agent_turn (tenant_id, agent_id, free_at, rests_until, day, answered)
		SELECT $1, a.id, $2::timestamptz, CASE WHEN a.answered THEN $2::timestamptz + (SELECT q.wrap_up_ms FROM queue q WHERE q.tenant_id = $1 AND q.id = a.queue) * interval '1 ms' END,
			($2::timestamptz AT TIME ZONE 'UTC')::date, a.answered::integer
		FROM unnest($3::uuid[], $4::boolean[], $5::uuid[]) AS a (id, answered, queue) ORDER BY a.id
		ON CONFLICT (tenant_id, agent_id) DO UPDATE SET free_at = excluded.free_at, rests_until = excluded.rests_until, day = excluded.day, touched_at = now(),
			answered = excluded.answered + CASE WHEN agent_turn.day = excluded.day THEN agent_turn.answered ELSE 0 END`,
		b.tenant, s.At, words(s.Release), answered, queues)
	if slices.ContainsFunc(queues, func(q *string) bool { return q != nil }) {
		b.Queue(`
			INSERT INTO queue_pace (tenant_id, queue_id, service_ms, calls)
			SELECT $1, queue, avg(took), count(*) FROM unnest($2::uuid[], $3::boolean[], $4::bigint[]) AS a (queue, answered, took)
			WHERE queue IS NOT NULL AND answered AND took > 0 GROUP BY queue ORDER BY queue
			ON CONFLICT (tenant_id, queue_id) DO UPDATE SET calls = least(queue_pace.calls + 1, 20), touched_at = now(),
				service_ms = queue_pace.service_ms + (excluded.service_ms - queue_pace.service_ms) / least(queue_pace.calls + 1, 20)`,
			b.tenant, queues, answered, took)
	}
	b.Queue(`SELECT pg_notify('`+freeChannel+`', $1) WHERE EXISTS (SELECT FROM waiting WHERE tenant_id = $1::uuid)`, b.tenant)
}

const takeReservation = `SELECT take_reservation($1, $2, $3, $4)`

func lapsed() *fault.Error {
	return fault.Conflict("reservation_lapsed", "the reservation is over, was used, or is of another agent: reserve again")
}

func noReservation() *fault.Error {
	return fault.NotFound("reservation_unknown", "there is no such reservation: it is over, or a call has the agent")
}

func scanReservation(row pgx.CollectableRow) (r provider.Reservation, err error) {
	err = row.Scan(&r.ID, &r.Tenant, &r.Agent, &r.Until)
	return r, err
}

// CreateReservation keeps an agent for a while; the id and the end are set.
// fault.Conflict if somebody has him.
func (s *Store) CreateReservation(ctx context.Context, t tenant.ID, a tenant.AgentID, lasts time.Duration) (provider.Reservation, error) {
	id, err := newID()
	if err != nil {
		return provider.Reservation{}, err
	}
	var r provider.Reservation
	err = s.inTenant(ctx, t, "reserve the agent", func(tx pgx.Tx) error {
		r, err = one(ctx, tx, scanReservation, fault.Conflict("agent_taken", "a call, or another reservation, has the agent"), `
			INSERT INTO reservation (tenant_id, agent_id, id, until) SELECT tenant_id, id, $3, now() + $4::interval FROM agent WHERE tenant_id = $1 AND id = $2
			ON CONFLICT (tenant_id, agent_id) DO UPDATE SET call_id = NULL, id = excluded.id, until = excluded.until WHERE reservation.until <= now()
			RETURNING id::text, tenant_id::text, agent_id::text, until`, string(t), string(a), id, lasts)
		return err
	})
	return r, err
}

// DeleteReservation lets the agent go; fault.NotFound if a call took him over.
func (s *Store) DeleteReservation(ctx context.Context, t tenant.ID, id tenant.ReservationID) error {
	if !isUUID(string(id)) {
		return noReservation()
	}
	return s.inTenant(ctx, t, "delete the reservation", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM reservation WHERE tenant_id = $1 AND id = $2 AND until > now()`, string(t), string(id))
		if err := touched(tag, err, noReservation()); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `SELECT pg_notify('`+freeChannel+`', $1) WHERE EXISTS (SELECT FROM waiting WHERE tenant_id = $1::uuid)`, string(t))
		return err
	})
}

// Reservation finds one that holds; fault.NotFound.
func (s *Store) Reservation(ctx context.Context, t tenant.ID, id tenant.ReservationID) (provider.Reservation, error) {
	if !isUUID(string(id)) {
		return provider.Reservation{}, noReservation()
	}
	return glanceOne(ctx, s, t, "read the reservation", scanReservation, noReservation(),
		`SELECT id::text, tenant_id::text, agent_id::text, until FROM reservation WHERE tenant_id = $1 AND id = $2 AND until > now()`, string(t), string(id))
}

// deleteReservations leaves those of calls, which go with their call.
func deleteReservations(ctx context.Context, tx pgx.Tx, t tenant.ID, _ int) (int64, error) {
	tag, err := tx.Exec(ctx, `DELETE FROM reservation WHERE tenant_id = $1 AND call_id IS NULL`, string(t))
	return tag.RowsAffected(), err
}
