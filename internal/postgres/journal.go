package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// Journal is bridge.Journal on PostgreSQL.
//
// # One round trip
//
// A step is one batch: all its statements go out together and make one
// transaction, which the first error undoes. The lease is therefore checked by
// a function that raises an error (lease_lost), and a delivery taken before is
// recognised by the primary key it violates.
//
// # Doubt
//
// When the connection breaks under a commit, nobody knows whether it counted.
// The bridge takes it for not written and performs nothing of it, so the
// journal must make that true: it remembers the step (in memory; if the process
// dies, what is written counts and its adopter goes on from there), and the next
// step of the same call first takes back whatever the doubtful one left. A call
// whose lease itself is in doubt has no runner; the next renewal gives it up, so
// that somebody adopts it.
//
// # Clocks
//
// Leases are given for a time, and only the database's clock measures it.
type Journal struct {
	store   *Store
	log     *slog.Logger
	timeout time.Duration
	told    func()

	mu     sync.Mutex
	steps  map[call.ID]doubt // steps in doubt
	leases map[call.ID]int64 // the epoch of a lease in doubt
}

var _ bridge.Journal = (*Journal)(nil)

// journalTimeout bounds each operation, so that a database that neither answers
// nor breaks the connection counts as away.
const journalTimeout = 10 * time.Second

// NewJournal makes the journal of one process. There must be only one of an
// owner: it holds what the process has to remember.
func NewJournal(s *Store, log *slog.Logger) *Journal {
	return &Journal{
		store: s, log: log, timeout: journalTimeout, told: func() {},
		steps: map[call.ID]doubt{}, leases: map[call.ID]int64{},
	}
}

// OnPublished has told called after each step that published an event, to be routed
// by this process; before the journal is used. It must not block.
func (j *Journal) OnPublished(told func()) { j.told = told }

// within bounds an operation.
func (j *Journal) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, j.timeout)
}

// send runs a batch as one transaction.
func (j *Journal) send(ctx context.Context, b *pgx.Batch) error {
	ctx, cancel := j.within(ctx)
	defer cancel()
	return j.store.app.SendBatch(ctx, b).Close()
}

// write runs a step.
func (j *Journal) write(ctx context.Context, b *batch) error {
	err := j.send(ctx, &b.Batch)
	if err == nil && b.published {
		j.told()
	}
	return err
}

// inDoubt reports whether the transaction may have been committed in spite of
// the error. An ERROR of the server has undone it; a FATAL one may have come
// just after it. What the driver calls safe to retry is no help: it can be the
// error of a rollback that hides the one of the commit. To doubt in vain costs
// a few statements that find nothing.
func inDoubt(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.SeverityUnlocalized != "ERROR"
	}
	return err != nil
}

// Create implements bridge.Journal.
func (j *Journal) Create(ctx context.Context, o bridge.Opening) (bridge.Lease, error) {
	c := o.Step.After
	l := bridge.Lease{Call: c.ID, Tenant: c.Tenant, Epoch: 1}
	b := newBatch(c.Tenant, c.ID)
	if o.Owner != nil {
		l.Owner = o.Owner.Life
		b.Queue(`
			INSERT INTO call_lease (tenant_id, started_at, call_id, epoch, owner, node, expires_at)
			VALUES ($1, $2, $3, 1, $4, $5, now() + $6::interval)`,
			b.tenant, b.started, b.call, o.Owner.Life, o.Owner.Node, time.Until(o.Owner.Until))
	} else {
		b.Queue(`INSERT INTO call_lease (tenant_id, started_at, call_id, epoch) VALUES ($1, $2, $3, 1)`,
			b.tenant, b.started, b.call)
	}
	if o.Token != nil {
		b.Queue(`INSERT INTO sip_token (hash, tenant_id, call_id, expires_at) VALUES ($1, $2, $3, $4)`,
			o.Token, b.tenant, b.call, o.Expires)
	}
	b.create(c)
	if r := c.Plan.Reservation; r != "" {
		b.Queue(takeReservation, b.tenant, string(r), string(c.Plan.Agents[0]), b.call)
	}
	if err := b.step(o.Step, false); err != nil {
		return bridge.Lease{}, err
	}
	if err := j.write(ctx, b); err != nil {
		if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.ConstraintName == "call_once_key" {
			return bridge.Lease{}, j.before(ctx, c)
		}
		if o.Owner != nil && inDoubt(err) {
			j.doubtLease(l)
		}
		return bridge.Lease{}, stepError(err)
	}
	return l, nil
}

// before finds the call that has another one's name.
func (j *Journal) before(ctx context.Context, c call.Call) error {
	ctx, cancel := j.within(ctx)
	defer cancel()
	id, err := glanceOne(ctx, j.store, c.Tenant, "find the call of before", pgx.RowTo[call.ID], noCall(),
		`SELECT id::text FROM call WHERE tenant_id = $1 AND once = $2`, string(c.Tenant), text(c.Plan.Once))
	if err != nil {
		return err
	}
	return &bridge.Before{Call: id}
}

// Commit implements bridge.Journal.
func (j *Journal) Commit(ctx context.Context, l bridge.Lease, s bridge.Step) error {
	j.mu.Lock()
	doubted, doubtful := j.steps[l.Call]
	j.mu.Unlock()

	b := heldBatch(l)
	if doubtful {
		b.takeBack(doubted)
		s.Before = nil // the rows may be those of the step taken back
	}
	if s.Before == nil || headerOf(*s.Before) != headerOf(s.After) {
		b.update(s.After)
	}
	if err := b.step(s, doubtful); err != nil {
		return err
	}
	err := stepError(j.write(ctx, b))
	if doubtful && s.After.Over() && errors.Is(err, bridge.ErrStale) {
		// The doubtful step ended the call, and the lease went with it.
		var ended bool
		if ended, err = j.ended(ctx, l); err == nil && !ended {
			err = bridge.ErrStale
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case err == nil, errors.Is(err, bridge.ErrStale):
		delete(j.steps, l.Call)
	case inDoubt(errors.Unwrap(err)):
		if !doubtful {
			doubted.from = s.Seq()
		}
		if s.Reserve != nil {
			doubted.kept = append(doubted.kept, string(s.Reserve.Agent))
		}
		j.steps[l.Call] = doubted
	}
	return err
}

// doubt is what of a call may have been written or not.
type doubt struct {
	from int      // the number of the first step
	kept []string // agents whom steps reserved
}

// ended reports whether the call has its record.
func (j *Journal) ended(ctx context.Context, l bridge.Lease) (ended bool, err error) {
	ctx, cancel := j.within(ctx)
	defer cancel()
	err = j.store.inTenant(ctx, l.Tenant, "look for the call's record", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM cdr WHERE tenant_id = $1 AND call_id = $2)`,
			string(l.Tenant), string(l.Call)).Scan(&ended)
	})
	return ended, err
}

// What lease_lost, take_mail, take_reservation, agent_taken and outlegs_full raise.
const (
	codeLeaseLost = "TN001"
	codeMailTaken = "TN002"
	codeLapsed    = "TN003"
	codeTaken     = "TN004"
	codeOutlegs   = "TN005"
)

// stepError classifies what a step failed with.
func stepError(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code == codeLeaseLost:
			return bridge.ErrStale
		case pg.Code == codeMailTaken, pg.ConstraintName == "seen_event_pkey":
			return bridge.ErrSeen
		case pg.Code == codeTaken:
			return bridge.ErrTaken
		case pg.Code == codeOutlegs:
			return fault.Exhausted("outlegs_full", "the tenant has as many telephones called at once as it may").Because(err)
		case pg.Code == codeLapsed:
			return lapsed().Because(err)
		}
	}
	return classify("write a step of a call", err)
}

// doubtLease notes a lease of which nobody knows whether it is ours.
func (j *Journal) doubtLease(l bridge.Lease) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.leases[l.Call] = l.Epoch
}

// claim takes the lease of a call that nobody has, or one whose owner lost it, and returns
// one row if there is such a call: $2 and $3 want it for $4, $5 is an epoch of $2's that is
// in doubt, and $6 takes only what nobody ever had. The lock has the conditions be those of
// the row as it is left by whoever wrote it last.
const claim = `
	WITH old AS (
		SELECT tenant_id, owner, node, epoch, expires_at FROM call_lease WHERE call_id = $1 FOR UPDATE),
	taken AS (
		UPDATE call_lease l SET owner = $2, node = $3, expires_at = now() + $4::interval, epoch = old.epoch + 1 FROM old
		WHERE l.call_id = $1 AND NOT coalesce(old.owner = $2 AND old.epoch IS DISTINCT FROM $5, false)
			AND (coalesce(old.expires_at <= now(), true) OR old.node = $3) AND (old.owner IS NULL OR NOT $6)
		RETURNING l.epoch)
	SELECT old.tenant_id, old.owner IS NULL, coalesce(taken.epoch, 0) FROM old LEFT JOIN taken ON true`

// Claim implements bridge.Journal. The epoch is known before the commit that may be in doubt.
func (j *Journal) Claim(ctx context.Context, id call.ID, o bridge.Owner) (bridge.Claimed, error) {
	ctx, cancel := j.within(ctx)
	defer cancel()
	got := bridge.Claimed{Lease: bridge.Lease{Call: id, Owner: o.Life}}
	err := pgx.BeginFunc(ctx, j.store.app, func(tx pgx.Tx) error { return j.take(ctx, tx, o, &got) })
	if err != nil {
		if got.Lease.Epoch != 0 && inDoubt(err) {
			j.doubtLease(got.Lease)
		}
		return bridge.Claimed{}, classify("claim a call", err)
	}
	j.mu.Lock()
	delete(j.leases, id)
	j.mu.Unlock()
	return got, nil
}

// take takes the lease if it is to be had, and reads the call, in one round trip.
func (j *Journal) take(ctx context.Context, tx pgx.Tx, o bridge.Owner, got *bridge.Claimed) error {
	var doubtful *int64
	j.mu.Lock()
	if epoch, ok := j.leases[got.Lease.Call]; ok {
		doubtful = &epoch
	}
	j.mu.Unlock()
	there := false
	b := &batch{started: got.Lease.Call.StartedAt(), call: string(got.Lease.Call)}
	b.Queue(`SELECT set_config('app.tenant_id', coalesce((SELECT tenant_id::text FROM call_lease WHERE call_id = $1), ''), true), `+planOnce, b.call)
	b.Queue(claim, b.call, o.Life, o.Node, time.Until(o.Until), doubtful, o.Legless).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&got.Lease.Tenant, &got.Fresh, &got.Lease.Epoch)
		there = err == nil
		return ignoreNone(err)
	})
	b.read(got)
	err := tx.SendBatch(ctx, &b.Batch).Close()
	switch {
	case err != nil:
		return err
	case !there:
		return callOver()
	case got.Lease.Epoch == 0:
		return fault.Conflict("leased", "another process owns the call")
	}
	return nil
}

// ignoreNone makes no row no error.
func ignoreNone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// Renew implements bridge.Journal. It also gives up leases in doubt: whoever
// asked for them was told that he does not have them.
func (j *Journal) Renew(ctx context.Context, o bridge.Owner) error {
	var ids []string
	var epochs []int64
	j.mu.Lock()
	for id, epoch := range j.leases {
		ids, epochs = append(ids, string(id)), append(epochs, epoch)
	}
	j.mu.Unlock()

	b := &pgx.Batch{}
	if len(ids) > 0 {
		b.Queue(`
			UPDATE call_lease l SET owner = '', node = '', expires_at = '-infinity'
			FROM unnest($2::uuid[], $3::bigint[]) AS d (call_id, epoch)
			WHERE l.call_id = d.call_id AND l.epoch = d.epoch AND l.owner = $1`, o.Life, ids, epochs)
	}
	b.Queue(`UPDATE call_lease SET expires_at = now() + $2::interval WHERE owner = $1`, o.Life, time.Until(o.Until))
	if err := j.send(ctx, b); err != nil {
		return classify("renew the leases", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, id := range ids {
		if j.leases[call.ID(id)] == epochs[i] {
			delete(j.leases, call.ID(id))
		}
	}
	return nil
}

// Adoptable implements bridge.Journal. A lease that was given up (owner ”) is
// free at once.
func (j *Journal) Adoptable(ctx context.Context, o bridge.Owner, settled bool, limit int) ([]call.ID, error) {
	ctx, cancel := j.within(ctx)
	defer cancel()
	ids, err := many(ctx, j.store.app, pgx.RowTo[call.ID], `
		SELECT call_id::text FROM call_lease l
		WHERE owner IS NULL AND EXISTS (SELECT FROM call_deadline d WHERE d.call_id = l.call_id AND due_at <= now())
			OR owner = ''
			OR owner <> $1 AND (node = $2 OR $3 AND expires_at <= now())
		ORDER BY call_id LIMIT $4`, o.Life, o.Node, settled, limit)
	return ids, classify("look for calls without an owner", err)
}
