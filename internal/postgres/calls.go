package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Calls are written by the journal; this file reads them.

func noCall() error { return fault.NotFound("call_unknown", "there is no such call") }

func badCursor() error {
	return fault.Invalid("cursor_invalid", "this is not where a page can begin")
}

// The journal's key has the start of the call in it, which is part of the id;
// naming it lets the database go to one partition. Each header is made to look for
// its snapshot: PostgreSQL would think that hardly any has one, and read all of both
// for a page.
const callQuery = `
	SELECT s.state FROM call c CROSS JOIN LATERAL (
		SELECT s.state FROM call_snapshot s
		WHERE s.tenant_id = c.tenant_id AND s.started_at = c.started_at AND s.call_id = c.id LIMIT 1) s `

// Call finds a call of a tenant, or, with "", of any, as it stands; fault.NotFound.
func (s *Store) Call(ctx context.Context, in tenant.ID, id call.ID) (c call.Call, err error) {
	if _, err := call.ParseID(string(id)); err != nil {
		return c, noCall()
	}
	err = s.read(ctx, in, "read the call", func(tx querier) error {
		cond, args := within(in, "c.tenant_id", string(id), id.StartedAt())
		c, err = one(ctx, tx, scanJSON[call.Call], noCall(), callQuery+`WHERE `+cond+`c.id = $1 AND c.started_at = $2`, args...)
		return err
	})
	return c, err
}

// Foreign reports whether the call under way that Microsoft has by that name is
// another tenant's.
func (s *Store) Foreign(ctx context.Context, t tenant.ID, serverCall string) (foreign bool, err error) {
	err = s.read(ctx, "", "find whose call it is", func(tx querier) error {
		foreign, err = one(ctx, tx, pgx.RowTo[bool], nil, `
			SELECT EXISTS (
				SELECT FROM call c JOIN call_snapshot s ON s.tenant_id = c.tenant_id AND s.started_at = c.started_at AND s.call_id = c.id
				WHERE c.ended_at IS NULL AND c.tenant_id <> $1 AND s.state->'connection'->>'server_call' = $2)`, string(t), serverCall)
		return err
	})
	return foreign, err
}

// ListCalls lists calls of a tenant, or, with "", of all, from the newest to
// the oldest.
func (s *Store) ListCalls(ctx context.Context, in tenant.ID, q provider.Query) ([]call.Call, error) {
	w, err := where(in, q, map[string]string{
		"id": "c.id", "tenant": "c.tenant_id", "phase": "c.phase", "peer": "c.peer", "caller": "c.caller", "number": "c.number",
		"result": "c.result", "reason": "c.reason",
	})
	if err != nil {
		return nil, err
	}
	if q.Agent != "" {
		w.add(`EXISTS (SELECT FROM json_array_elements(s.state->'participants') AS p WHERE p->>'agent' = %s)`, string(q.Agent))
	}
	return listJSON[call.Call](ctx, s, in, "list the calls", callQuery, "c.id", w, q.Limit)
}

// CDR finds a call's record; fault.NotFound as long as the call is not over.
func (s *Store) CDR(ctx context.Context, in tenant.ID, id call.ID) (r call.CDR, err error) {
	if _, err := call.ParseID(string(id)); err != nil {
		return r, noCall()
	}
	err = s.read(ctx, in, "read the record", func(tx querier) error {
		cond, args := within(in, "tenant_id", string(id), id.StartedAt())
		r, err = one(ctx, tx, scanJSON[call.CDR], noCall(), `SELECT record FROM cdr WHERE `+cond+`call_id = $1 AND started_at = $2`, args...)
		return err
	})
	return r, err
}

// ListCDRs lists call records of a tenant, or, with "", of all, from the newest
// call to the oldest.
func (s *Store) ListCDRs(ctx context.Context, in tenant.ID, q provider.Query) ([]call.CDR, error) {
	if q.Phase != "" {
		return nil, fault.Invalid("query_invalid", "a record has no phase: the call is over")
	}
	w, err := where(in, q, map[string]string{
		"id": "call_id", "tenant": "tenant_id", "peer": "peer", "caller": "caller", "number": "number",
		"result": "result", "reason": "reason",
	})
	if err != nil {
		return nil, err
	}
	if q.Agent != "" {
		w.add(`agent_id = %s`, string(q.Agent))
	}
	return listJSON[call.CDR](ctx, s, in, "list the records", `SELECT record FROM cdr `, "call_id", w, q.Limit)
}

func scanJSON[T any](row pgx.CollectableRow) (v T, err error) {
	var b []byte
	if err := row.Scan(&b); err != nil {
		return v, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, fmt.Errorf("decode a %T: %w", v, err)
	}
	return v, nil
}

func listJSON[T any](
	ctx context.Context, s *Store, in tenant.ID, what, query, id string, w *conditions, limit int,
) (all []T, err error) {
	err = s.read(ctx, in, what, func(tx querier) error {
		all, err = many(ctx, tx, scanJSON[T],
			fmt.Sprintf(`%s WHERE %s ORDER BY %s DESC LIMIT %d`, query, strings.Join(w.all, " AND "), id, page(limit)), w.args...)
		return err
	})
	return all, err
}

// conditions collects what a list is narrowed by; values go as arguments.
type conditions struct {
	all  []string
	args []any
}

// add takes a condition with %s where its value belongs.
func (w *conditions) add(format string, value any) {
	w.args = append(w.args, value)
	w.all = append(w.all, fmt.Sprintf(format, fmt.Sprintf("$%d", len(w.args))))
}

// where makes conditions of a query; columns has the names of this table.
func where(in tenant.ID, q provider.Query, columns map[string]string) (*conditions, error) {
	w := &conditions{all: []string{"true"}}
	if in != "" {
		w.add(columns["tenant"]+` = %s`, string(in))
	}
	if q.After != "" {
		id, err := call.ParseID(q.After)
		if err != nil {
			return nil, badCursor()
		}
		w.add(columns["id"]+` < %s`, string(id))
	}
	if q.Agent != "" && !isUUID(string(q.Agent)) {
		return nil, fault.Invalid("query_invalid", "an agent's id is a UUID")
	}
	// Ids begin with the moment the call started, in milliseconds (RFC 9562 §5.7),
	// so a span of time is a span of ids, and the primary key finds it.
	if !q.From.IsZero() {
		w.add(columns["id"]+` >= %s`, firstID(q.From))
	}
	if !q.To.IsZero() {
		w.add(columns["id"]+` < %s`, firstID(q.To))
	}
	if q.Ending != "" {
		if q.From.IsZero() || strings.Trim(q.Ending, "0123456789") != "" {
			return nil, fault.Invalid("query_invalid", "the end of a number is digits, and is searched for from a moment on")
		}
		w.add(`(caller || ' ' || called || ' ' || number || ' ') LIKE %s`, "%"+q.Ending+" %")
	}
	for _, f := range []struct{ name, value string }{
		{"phase", q.Phase}, {"peer", q.Peer}, {"caller", q.Caller}, {"number", q.Number}, {"result", q.Result}, {"reason", q.Reason},
	} {
		if f.value != "" {
			w.add(columns[f.name]+` = %s`, f.value)
		}
	}
	return w, nil
}

// firstID is below every id of a call that started at or after t. Ids have
// milliseconds; a finer t is rounded up, so that no earlier call gets in.
func firstID(t time.Time) string {
	if whole := t.Truncate(time.Millisecond); whole.Before(t) {
		t = whole.Add(time.Millisecond)
	}
	id := string(call.NewID(t, [10]byte{}))
	return id[:14] + "0000-0000-" + strings.Repeat("0", 12)
}
