package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// A queue's agents are rows of their own, so that who is no agent any more leaves it.
const (
	queueColumns = `
		q.tenant_id, q.id, q.name, coalesce(q.group_id::text, ''), q.strategy, q.ring_timeout_ms, q.wrap_up_ms, q.max_wait_ms, q.max_length, q.hours,
		q.created_at, q.changed_at`
	queueAgents = `, ARRAY(SELECT l.agent_id FROM queue_agent l WHERE l.tenant_id = q.tenant_id AND l.queue_id = q.id ORDER BY l.position)::text[]`
	queueQuery  = `SELECT ` + queueColumns + queueAgents + ` FROM queue q `
)

func scanQueue(row pgx.CollectableRow) (tenant.Queue, error) {
	var agents []string
	q, err := scanQueueAnd(row, &agents)
	for _, a := range agents {
		q.Agents = append(q.Agents, tenant.AgentID(a))
	}
	return q, err
}

// scanQueueAnd reads more columns behind those of the queue.
func scanQueueAnd(row pgx.CollectableRow, more ...any) (q tenant.Queue, err error) {
	var ring, wrapUp, wait int64
	var hours []byte
	err = row.Scan(append([]any{
		&q.Tenant, &q.ID, &q.Name, &q.Group, &q.Strategy, &ring, &wrapUp, &wait, &q.MaxLength, &hours, &q.CreatedAt, &q.ChangedAt,
	}, more...)...)
	q.RingTimeout, q.WrapUp, q.MaxWait = time.Duration(ring)*time.Millisecond, time.Duration(wrapUp)*time.Millisecond, time.Duration(wait)*time.Millisecond
	if err == nil {
		err = decoded(json.Unmarshal(hours, &q.Hours))
	}
	return q, err
}

func noQueue() *fault.Error { return fault.NotFound("queue_unknown", "there is no such queue") }

func queueValues(q tenant.Queue) (values []any, err error) {
	hours, err := encode(q.Hours)
	return []any{
		string(q.Tenant), string(q.ID), q.Name, null(q.Group), string(q.Strategy), q.RingTimeout.Milliseconds(), q.WrapUp.Milliseconds(), q.MaxWait.Milliseconds(),
		q.MaxLength, hours,
	}, err
}

// CreateQueue gives a queue its id and times. fault.Conflict if the tenant has one
// of this name, or as many as it may have; fault.Invalid if an agent or the group
// is not the tenant's.
func (s *Store) CreateQueue(ctx context.Context, q tenant.Queue) (tenant.Queue, error) {
	q = q.Normalize()
	if err := q.Validate(); err != nil {
		return tenant.Queue{}, err
	}
	id, err := newID()
	if err != nil {
		return tenant.Queue{}, err
	}
	q.ID = tenant.QueueID(id)
	values, err := queueValues(q)
	if err != nil {
		return tenant.Queue{}, err
	}
	err = s.inTenant(ctx, q.Tenant, "create the queue", func(tx pgx.Tx) error {
		// Of two at once only one may be the last for which there is room.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('tandem queues ' || $1, 0))`, string(q.Tenant)); err != nil {
			return err
		}
		n, err := one(ctx, tx, pgx.RowTo[int], noTenant(), `SELECT count(*) FROM queue WHERE tenant_id = $1`, string(q.Tenant))
		if err != nil {
			return err
		}
		if n >= tenant.MaxQueues {
			return fault.Conflict("queues_full", fmt.Sprintf("the tenant has %d queues, more are not kept: delete one first", n))
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO queue (tenant_id, id, name, group_id, strategy, ring_timeout_ms, wrap_up_ms, max_wait_ms, max_length, hours)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, values...); err != nil {
			return err
		}
		if err := putMembers(ctx, tx, q); err != nil {
			return err
		}
		q, err = getQueue(ctx, tx, q.Tenant, q.ID, "")
		return err
	})
	if err != nil {
		return tenant.Queue{}, err
	}
	return q, nil
}

func putMembers(ctx context.Context, tx pgx.Tx, q tenant.Queue) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO queue_agent (tenant_id, queue_id, position, agent_id)
		SELECT $1, $2, place, id FROM unnest($3::uuid[]) WITH ORDINALITY AS list (id, place)`,
		string(q.Tenant), string(q.ID), words(q.Agents))
	return err
}

func getQueue(ctx context.Context, tx querier, in tenant.ID, id tenant.QueueID, lock string) (tenant.Queue, error) {
	cond, args := within(in, "q.tenant_id", string(id))
	return one(ctx, tx, scanQueue, noQueue(), queueQuery+`WHERE `+cond+`q.id = $1 `+lock, args...)
}

// Queue finds a queue of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Queue(ctx context.Context, in tenant.ID, id tenant.QueueID) (q tenant.Queue, err error) {
	if !isUUID(string(id)) {
		return q, noQueue()
	}
	err = s.read(ctx, in, "read the queue", func(tx querier) error {
		q, err = getQueue(ctx, tx, in, id, "")
		return err
	})
	return q, err
}

// ListQueues lists the queues of a tenant, or, with "", of all, by id.
func (s *Store) ListQueues(ctx context.Context, in tenant.ID, after tenant.QueueID, limit int) (all []tenant.Queue, err error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, in, "list the queues", func(tx querier) error {
		cond, args := within(in, "q.tenant_id", from, page(limit))
		all, err = many(ctx, tx, scanQueue, queueQuery+`WHERE `+cond+`q.id > $1 ORDER BY q.id LIMIT $2`, args...)
		return err
	})
	return all, err
}

// ChangeQueue reads a queue, changes it and writes it back in one transaction.
func (s *Store) ChangeQueue(
	ctx context.Context, t tenant.ID, id tenant.QueueID, change func(tenant.Queue) (tenant.Queue, error),
) (q tenant.Queue, err error) {
	if !isUUID(string(id)) {
		return q, noQueue()
	}
	var refused error
	err = s.inTenant(ctx, t, "change the queue", func(tx pgx.Tx) error {
		if q, err = getQueue(ctx, tx, t, id, "FOR UPDATE OF q"); err != nil {
			return err
		}
		if q, refused = change(q); refused != nil {
			return refused
		}
		q.Tenant, q.ID = t, id
		q = q.Normalize()
		if err := q.Validate(); err != nil {
			return err
		}
		values, err := queueValues(q)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE queue SET name = $3, group_id = $4, strategy = $5, ring_timeout_ms = $6, wrap_up_ms = $7, max_wait_ms = $8, max_length = $9,
				hours = $10, changed_at = now() WHERE tenant_id = $1 AND id = $2`, values...); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM queue_agent WHERE tenant_id = $1 AND queue_id = $2`, string(t), string(id)); err != nil {
			return err
		}
		if err := putMembers(ctx, tx, q); err != nil {
			return err
		}
		q, err = getQueue(ctx, tx, t, id, "")
		return err
	})
	return changed(q, err, refused)
}

// DeleteQueue removes a queue; fault.Conflict while a number has it. Calls that wait in
// it have nobody to wait for any more.
func (s *Store) DeleteQueue(ctx context.Context, t tenant.ID, id tenant.QueueID) error {
	if !isUUID(string(id)) {
		return noQueue()
	}
	return s.inTenant(ctx, t, "delete the queue", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM queue WHERE tenant_id = $1 AND id = $2`, string(t), string(id))
		return touched(tag, deleting(err), noQueue())
	})
}
