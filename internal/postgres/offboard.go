package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/tenant"
)

// Deleter takes away one kind of a tenant's rows.
type Deleter struct {
	Name string
	// Delete takes away at most limit rows and says how many there were; it is
	// asked again until there are none.
	Delete func(ctx context.Context, tx pgx.Tx, t tenant.ID, limit int) (int64, error)
}

const journal = "journal"

// Deleters are what offboarding does, in order: what refers to something goes
// before it. Who adds a table with a tenant's rows adds its deleter here (a test
// fills every table and counts what is left). What stays is the tenant's row,
// its audit trail, the records of its calls and the headers that they refer to.
func Deleters() []Deleter {
	return []Deleter{
		rows("session"),
		rows("api_key"),
		rows("webhook"),
		{"event", deleteEvents},
		rows("number_agent"),
		rows("number"), // number_lookup goes with it
		rows("flow_version"),
		rows("flow"),
		rows("recording_settings"),
		rows("transcript_phrase"),
		rows("call_trace"),
		rows("recording"), // recording_lookup goes with it, the files follow
		rows("prompt_audio"),
		rows("prompt"),
		rows("bot"),
		rows("queue_agent"),
		rows("queue"),
		rows("queue_pace"),
		rows("agent_turn"),
		{"reservation", deleteReservations},
		rows("dialling"),
		rows("invitation"), // and invitation_lookup
		rows("proof"),
		rows("agent_group_member"),
		rows("agent_group"),
		rows("agent_standing"),
		rows("agent"),
		rows("onboarding_step"),
		rows("onboarding_look"),
		rows("test_user"),
		rows("grant_now"),
		rows("grant_ledger"),
		rows("sip_token"),
		{journal, deleteJournal},
	}
}

// rows deletes the rows of a table that is not partitioned.
func rows(table string) Deleter {
	sql := fmt.Sprintf(`DELETE FROM %[1]s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %[1]s WHERE tenant_id = $1 LIMIT $2))`, table)
	return Deleter{table, func(ctx context.Context, tx pgx.Tx, t tenant.ID, limit int) (int64, error) {
		tag, err := tx.Exec(ctx, sql, string(t), limit)
		return tag.RowsAffected(), err
	}}
}

// deleteEvents leaves what somebody is still to be told: the provider hears of
// the tenant's last call. It goes like all events do, after its days.
func deleteEvents(ctx context.Context, tx pgx.Tx, t tenant.ID, limit int) (int64, error) {
	tag, err := tx.Exec(ctx, `
		DELETE FROM event WHERE tenant_id = $1 AND id IN (
			SELECT e.id FROM event e WHERE e.tenant_id = $1 AND e.seq IS NOT NULL AND NOT EXISTS (
				SELECT FROM webhook_delivery d WHERE d.tenant_id = $1 AND d.event_id = e.id AND d.state = 'pending')
			LIMIT $2)`, string(t), limit)
	return tag.RowsAffected(), err
}

// deleteJournal forgets how calls went that are over. The snapshot goes last: it
// is what says that there is a call to forget.
func deleteJournal(ctx context.Context, tx pgx.Tx, t tenant.ID, limit int) (int64, error) {
	for _, table := range []string{"call_event", "call_action"} {
		_, err := tx.Exec(ctx, `
			DELETE FROM `+table+` j USING (SELECT started_at, call_id FROM call_snapshot WHERE tenant_id = $1 ORDER BY started_at, call_id LIMIT $2) c
			WHERE j.tenant_id = $1 AND j.started_at = c.started_at AND j.call_id = c.call_id`, string(t), limit)
		if err != nil {
			return 0, err
		}
	}
	tag, err := tx.Exec(ctx, `
		DELETE FROM call_snapshot s USING (SELECT started_at, call_id FROM call_snapshot WHERE tenant_id = $1 ORDER BY started_at, call_id LIMIT $2) c
		WHERE s.tenant_id = $1 AND s.started_at = c.started_at AND s.call_id = c.call_id`, string(t), limit)
	return tag.RowsAffected(), err
}

// deleteBatch is how many rows go in one transaction: few enough that nobody
// waits for them.
const deleteBatch = 1000

// Offboard ends the contract with a tenant for good: from now on it cannot be
// called, and what it had is deleted, in batches, so it may be repeated if it was
// cut off. The journal of calls under way is needed until they are over: if there
// are any, [Engine.Sweep] comes back for it.
func (s *Store) Offboard(ctx context.Context, t tenant.ID, at time.Time) (v tenant.Tenant, err error) {
	err = s.changing(ctx, t, "offboard the tenant", func(tx pgx.Tx) error {
		if v, err = getTenant(ctx, tx, t); err != nil || v.State == tenant.Offboarded {
			return err
		}
		if v, err = v.Become(tenant.Offboarded); err != nil {
			return err
		}
		if v.PausedAt.IsZero() { // nobody is rung while the agents go
			v.PausedAt, v.PausedBy = at, itself
		}
		v, err = putTenant(ctx, tx, t, v)
		return err
	})
	if err != nil {
		return tenant.Tenant{}, err
	}
	running, err := s.Engine().CallsRunning(ctx, t)
	if err != nil {
		return tenant.Tenant{}, err
	}
	for _, d := range Deleters() {
		if running && d.Name == journal {
			continue
		}
		if err := s.deleteAll(ctx, t, d); err != nil {
			return tenant.Tenant{}, err
		}
	}
	return v, nil
}

// finishOffboarding forgets the journals of tenants that were offboarded while
// they had calls.
func (s *Store) finishOffboarding(ctx context.Context) error {
	var left []tenant.ID
	err := s.read(ctx, "", "look what is left of offboarded tenants", func(tx querier) (err error) {
		left, err = many(ctx, tx, pgx.RowTo[tenant.ID], `
			SELECT t.tenant_id::text FROM tenant t WHERE t.state = 'offboarded'
			AND EXISTS (SELECT FROM call_snapshot s WHERE s.tenant_id = t.tenant_id)`)
		return err
	})
	for _, t := range left {
		if err == nil {
			_, err = s.Offboard(ctx, t, time.Now())
		}
	}
	return err
}

func (s *Store) deleteAll(ctx context.Context, t tenant.ID, d Deleter) error {
	for {
		var n int64
		err := s.changing(ctx, t, "delete the tenant's "+d.Name, func(tx pgx.Tx) (err error) {
			n, err = d.Delete(ctx, tx, t, deleteBatch)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
