package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Engine is the door to the engine's tables, which have no row security: what
// is read here may be of any tenant, and is used only to find out whose turn it
// is. Rows that belong to a tenant are then read with its id as everywhere.
type Engine struct{ s *Store }

// Engine opens the door.
func (s *Store) Engine() *Engine { return &Engine{s} }

// actAsOwner makes a transaction one of the tenant whose number it is; without
// one it sees no rows.
const actAsOwner = `SELECT set_config('app.tenant_id', coalesce((SELECT tenant_id::text FROM number_lookup WHERE e164 = $1), ''), true), ` + planOnce

// CallsRunning says whether any call of a tenant is not over.
func (e *Engine) CallsRunning(ctx context.Context, t tenant.ID) (bool, error) {
	running, err := one(ctx, e.s.app, pgx.RowTo[bool], noTenant(), `SELECT EXISTS (SELECT FROM call_lease WHERE tenant_id = $1)`, string(t))
	return running, classify("look for calls under way", err)
}

// enterNumber says whose a number is (actAsOwner); that leaves with its row in
// the table number.
func enterNumber(ctx context.Context, tx pgx.Tx, t tenant.ID, e164 string) error {
	_, err := tx.Exec(ctx, `INSERT INTO number_lookup (e164, tenant_id) VALUES ($1, $2)`, e164, string(t))
	return err
}

// enterInvitation makes an invitation known by its link.
func enterInvitation(ctx context.Context, tx pgx.Tx, t tenant.ID, id string, hash []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO invitation_lookup (hash, tenant_id, id) VALUES ($1, $2, $3)`, hash, string(t), id)
	return err
}

func (e *Engine) invitation(ctx context.Context, hash []byte) (tenant.ID, tenant.InvitationID, error) {
	i, err := one(ctx, e.s.app, func(row pgx.CollectableRow) (i tenant.Invitation, err error) {
		err = row.Scan(&i.Tenant, &i.ID)
		return i, err
	}, noInvitation(), `SELECT tenant_id, id FROM invitation_lookup WHERE hash = $1`, hash)
	return i.Tenant, i.ID, classify("find the invitation", err)
}

// MakePartitions makes the journal's partitions of this month and some more;
// to be called every few days.
func (e *Engine) MakePartitions(ctx context.Context, monthsAhead int) error {
	_, err := e.s.app.Exec(ctx, `SELECT make_journal_partitions($1)`, monthsAhead)
	return classify("make the journal's partitions", err)
}

// How long things are remembered that only keep something from being done twice.
const (
	seenFor        = 7 * 24 * time.Hour // DESIGN §7
	tokensFor      = 24 * time.Hour     // beyond their time, to say "expired" and not "unknown"
	idempotencyFor = 48 * time.Hour
	turnsFor       = 30 * 24 * time.Hour
	journeysFor    = 24 * time.Hour // beyond their time, to say "used" and not "unknown"
)

// Sweep forgets what has been remembered for long enough; to be called every
// hour or so.
func (e *Engine) Sweep(ctx context.Context, now time.Time) error {
	for _, old := range []struct {
		sql string
		age time.Duration
	}{
		{`DELETE FROM seen_event WHERE seen_at < $1`, seenFor},
		{`DELETE FROM sip_token WHERE expires_at < $1`, tokensFor},
		{`DELETE FROM idempotency WHERE claimed_at < $1`, idempotencyFor},
		{`DELETE FROM journey WHERE expires_at < $1`, journeysFor},
		{`DELETE FROM reservation WHERE until < $1`, 0},
		{`DELETE FROM agent_turn WHERE touched_at < $1`, turnsFor},
		{`DELETE FROM queue_pace WHERE touched_at < $1`, turnsFor},
		{`DELETE FROM session WHERE expires_at < $1`, 0},
		{`DELETE FROM session WHERE seen_at < $1`, provider.SessionIdle},
	} {
		if _, err := e.s.app.Exec(ctx, old.sql, now.Add(-old.age)); err != nil {
			return classify("forget what is old", err)
		}
	}
	return e.s.finishOffboarding(ctx)
}
