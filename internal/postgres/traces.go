package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Traces are what the edges keep of dialogs: a row each, written once, behind the end of the
// dialog. The journal does without them: they say how a call went, and not what has to be done.

// CallTrace is a trace with the call that it is of.
type CallTrace struct {
	Call  call.ID
	Trace call.Trace
}

// KeepTraces writes what was kept of dialogs of a tenant's calls. Writing the same again changes nothing.
func (s *Store) KeepTraces(ctx context.Context, t tenant.ID, all []CallTrace) error {
	b := &pgx.Batch{}
	for _, x := range all {
		if _, err := call.ParseID(string(x.Call)); err != nil {
			return noCall()
		}
		raw, err := json.Marshal(x.Trace)
		if err != nil {
			return fault.Internal("trace_unwritable", "the trace of a dialog cannot be written").Because(err)
		}
		b.Queue(`
			INSERT INTO call_trace (tenant_id, started_at, call_id, leg, far_end, began, trace) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT DO NOTHING`,
			string(t), x.Call.StartedAt(), string(x.Call), string(x.Trace.Leg), x.Trace.End == call.Far, x.Trace.Began, raw)
	}
	return s.inTenant(ctx, t, "keep the messages of a call", func(tx pgx.Tx) error { return tx.SendBatch(ctx, b).Close() })
}

// tracesOf reads those of a call, as the dialogs began.
func tracesOf(ctx context.Context, tx pgx.Tx, key ...any) ([]call.Trace, error) {
	return many(ctx, tx, func(row pgx.CollectableRow) (t call.Trace, err error) {
		var raw []byte
		if err = row.Scan(&raw); err == nil {
			err = json.Unmarshal(raw, &t)
		}
		return t, err
	}, `SELECT trace FROM call_trace WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 ORDER BY began, leg, far_end LIMIT $4`, append(key, explainedTraces)...)
}

// ForgetTraces removes those of calls that began before a moment.
func (s *Store) ForgetTraces(ctx context.Context, before time.Time) error {
	for {
		var of []string
		err := s.read(ctx, "", "look for messages of old calls", func(tx querier) (err error) {
			of, err = many(ctx, tx, pgx.RowTo[string], `SELECT tenant_id::text FROM call_trace WHERE started_at < $1 ORDER BY started_at LIMIT 1`, before)
			return err
		})
		if err != nil || len(of) == 0 {
			return err
		}
		err = s.inTenant(ctx, tenant.ID(of[0]), "remove the messages of old calls", func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM call_trace WHERE tenant_id = $1 AND started_at < $2`, of[0], before)
			return err
		})
		if err != nil {
			return err
		}
	}
}
