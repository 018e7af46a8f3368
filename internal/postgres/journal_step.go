package postgres

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// batch collects the statements about one call. Every key begins with the three
// fields, of which started prunes the partitions.
type batch struct {
	pgx.Batch
	tenant    string
	started   time.Time
	call      string
	published bool // there is something in the outbox then
}

// newBatch begins a batch, which becomes one transaction that sees one tenant. Left to
// itself PostgreSQL would plan each update of a partitioned table anew, to look at
// fewer partitions, which takes several times as long as the update.
func newBatch(t tenant.ID, id call.ID) *batch {
	b := &batch{tenant: string(t), started: id.StartedAt(), call: string(id)}
	b.Queue(actAs+`, `+planOnce, b.tenant)
	return b
}

// heldBatch begins one that fails with codeLeaseLost if the lease is another's by now,
// and else keeps it so until the end. NO KEY: posting to the inbox and reserving an
// agent, which only look whether the call lives, need not wait.
func heldBatch(l bridge.Lease) *batch {
	b := &batch{tenant: string(l.Tenant), started: l.Call.StartedAt(), call: string(l.Call)}
	b.Queue(actAs+`, `+planOnce+`, CASE WHEN NOT EXISTS (
		SELECT FROM call_lease WHERE call_id = $2 AND tenant_id = $1::uuid AND owner = $3 AND epoch = $4 FOR NO KEY UPDATE) THEN lease_lost() END`,
		b.tenant, b.call, l.Owner, l.Epoch)
	return b
}

// keyed queues a statement whose first parameters are the key.
func (b *batch) keyed(sql string, args ...any) {
	b.Queue(sql, append([]any{b.tenant, b.started, b.call}, args...)...)
}

// create writes the header of a new call.
func (b *batch) create(c call.Call) {
	b.keyed(`
		INSERT INTO call (tenant_id, started_at, id, phase, peer, caller, called, number, result, reason, ended_at, once)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, append(headerOf(c).values(), null(text(c.Plan.Once)))...)
}

// update brings the header up to date.
func (b *batch) update(c call.Call) {
	b.keyed(`
		UPDATE call SET phase = $4, peer = $5, caller = $6, called = $7, number = $8, result = $9, reason = $10, ended_at = $11
		WHERE tenant_id = $1 AND started_at = $2 AND id = $3`, headerOf(c).values()...)
}

// header is what lists of calls look for.
type header struct {
	phase                        call.Phase
	peer, caller, called, number string
	result                       call.Result
	reason                       call.Reason
	ended                        time.Time
}

func headerOf(c call.Call) header {
	h := header{phase: c.Phase, peer: c.Peer, caller: c.Caller, called: c.Called, number: c.Plan.Number, ended: c.Marks.Ended}
	if c.Ending != nil {
		h.result, h.reason = c.Ending.Result, c.Ending.Reason
	}
	return h
}

func (h header) values() []any {
	return []any{
		string(h.phase), text(h.peer), text(h.caller), text(h.called), text(h.number),
		null(string(h.result)), null(string(h.reason)), null(h.ended),
	}
}

// takeBack undoes our own steps from a number on, as far as another step does
// not overwrite them anyway.
func (b *batch) takeBack(d doubt) {
	from := d.from
	b.keyed(`
		DELETE FROM seen_event s USING call_event e
		WHERE e.tenant_id = $1 AND e.started_at = $2 AND e.call_id = $3 AND e.seq >= $4
			AND s.resource = e.resource AND s.event_id = e.event_id`, from)
	b.keyed(`DELETE FROM call_event WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 AND seq >= $4`, from)
	b.keyed(`DELETE FROM call_action WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 AND seq >= $4`, from)
	b.Queue(`DELETE FROM attempt WHERE call_id = $1 AND no >= $2`, b.call, from)
	b.keyed(`DELETE FROM transcript_phrase WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 AND seq >= $4`, from)
	if len(d.kept) > 0 {
		b.Queue(`DELETE FROM reservation WHERE call_id = $1 AND agent_id = ANY ($2::uuid[])`, b.call, d.kept)
	}
}

// step writes what one event did. again: it may have been written already, so
// its row in the inbox may be gone.
func (b *batch) step(s bridge.Step, again bool) error {
	if s.Reserve != nil {
		b.reserve(*s.Reserve)
	}
	_, takesOutleg := s.Event.(call.OutOffered)
	if takesOutleg {
		b.queueOutlegs()
	}
	if err := b.event(s); err != nil {
		return err
	}
	if takesOutleg {
		b.limitOutlegs()
	}
	switch {
	case s.Inbox != 0 && again:
		b.Queue(`DELETE FROM inbox WHERE seq = $1`, s.Inbox)
	case s.Inbox != 0:
		b.Queue(`SELECT take_mail($1)`, s.Inbox)
	}
	if s.Closes != "" {
		state := "done"
		if _, failed := s.Event.(call.ActionFailed); failed {
			state = "failed"
		}
		b.keyed(`
			UPDATE call_action SET state = $5
			WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 AND action_id = $4`, s.Closes, state)
	}
	if err := b.actions(s); err != nil {
		return err
	}
	for _, hash := range s.Attempts {
		b.Queue(`INSERT INTO attempt (hash, tenant_id, call_id, no) VALUES ($1, $2, $3, $4)`, hash, b.tenant, b.call, s.After.Seq)
	}
	if err := b.tell(s); err != nil {
		return err
	}
	if s.After.Over() {
		return b.end(s)
	}
	b.release(s)
	if s.Leaves { // else its place would be an old one if it waited there again
		b.Queue(`DELETE FROM waiting WHERE call_id = $1`, b.call)
	}
	if s.Before == nil || !maps.Equal(s.Before.Deadlines, s.After.Deadlines) {
		b.deadlines(s.After)
	}
	return nil
}

// What is written at each step is one statement: to begin and end one takes
// PostgreSQL as long as to write a row.
const (
	insertEvent = `
		INSERT INTO call_event (tenant_id, started_at, call_id, seq, at, kind, payload, resource, event_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	writeSeen  = `WITH seen AS (INSERT INTO seen_event (resource, event_id) VALUES ($8, $9)), `
	writeEvent = `event AS (` + insertEvent + `)
		INSERT INTO call_snapshot (tenant_id, started_at, call_id, seq, state) VALUES ($1, $2, $3, $10, $11)
		ON CONFLICT (tenant_id, started_at, call_id) DO UPDATE SET seq = excluded.seq, state = excluded.state
		WHERE call_snapshot.seq <= excluded.seq` // a batch can come late, from a connection given up
)

// event writes the event, the delivery that brought it, and the call after it.
func (b *batch) event(s bridge.Step) error {
	payload, err := encode(withoutWords(s.Event))
	if err != nil {
		return err
	}
	state, err := encode(s.After)
	if err != nil {
		return err
	}
	var seen bridge.Seen
	if s.Seen != nil {
		seen = *s.Seen
	}
	args := []any{
		s.Seq(), s.At, s.Event.Kind(), payload, null(text(seen.Resource)), null(text(seen.EventID)), s.After.Seq, state,
	}
	if s.Seen != nil {
		b.keyed(writeSeen+writeEvent, args...)
	} else {
		b.keyed(`WITH `+writeEvent, args...)
	}
	for i, command := range s.Commands {
		if payload, err = encode(command); err != nil {
			return err
		}
		b.keyed(insertEvent, s.Seq()+1+i, s.At, command.Kind(), payload, nil, nil)
	}
	return nil
}

// actions writes what is to be done now.
func (b *batch) actions(s bridge.Step) error {
	if len(s.Actions) == 0 {
		return nil
	}
	var ids, kinds, payloads []string
	for _, a := range s.Actions {
		if tell, ok := a.Do.(call.TellCall); ok && tell.Hand != "" {
			b.hand(tell)
		}
		payload, err := encode(a.Do)
		if err != nil {
			return err
		}
		ids, kinds, payloads = append(ids, a.ID), append(kinds, a.Do.Kind()), append(payloads, string(payload))
	}
	b.keyed(`
		INSERT INTO call_action (tenant_id, started_at, call_id, seq, at, action_id, kind, payload, n)
		SELECT $1, $2, $3, $4, $5, action_id, kind, payload::json, n
		FROM unnest($6::text[], $7::text[], $8::text[]) WITH ORDINALITY AS a (action_id, kind, payload, n)`,
		s.After.Seq, s.At, ids, kinds, payloads)
	return nil
}

// hand gives the reservation of an agent to another call of the tenant, if that is
// not over.
func (b *batch) hand(t call.TellCall) {
	b.Queue(`
		UPDATE reservation SET call_id = $4 WHERE tenant_id = $1 AND agent_id = $2 AND call_id = $3
			AND EXISTS (SELECT FROM call_lease WHERE call_id = $4 AND tenant_id = $1)`, b.tenant, string(t.Hand), b.call, string(t.Call))
}

// deadlines makes the rows those of the call.
func (b *batch) deadlines(c call.Call) {
	names, dues := make([]string, 0, len(c.Deadlines)), make([]time.Time, 0, len(c.Deadlines))
	for name, due := range c.Deadlines {
		names, dues = append(names, name), append(dues, due)
	}
	b.Queue(`
		WITH settled AS (DELETE FROM call_deadline WHERE call_id = $1 AND kind <> ALL ($2::text[]))
		INSERT INTO call_deadline (call_id, kind, due_at)
		SELECT $1, kind, due_at FROM unnest($2::text[], $3::timestamptz[]) AS d (kind, due_at)
		ON CONFLICT (call_id, kind) DO UPDATE SET due_at = excluded.due_at
		WHERE call_deadline.due_at <> excluded.due_at`, b.call, names, dues)
}

// end writes the record and lets everything go that hangs on the lease:
// deadlines, mail, reservations, attempts.
func (b *batch) end(s bridge.Step) error {
	r := s.After.Record()
	record, err := encode(r)
	if err != nil {
		return err
	}
	b.keyed(`
		INSERT INTO cdr (tenant_id, started_at, call_id, ended_at, peer, caller, called, number, agent_id,
			result, reason, fault, setup_ms, talk_ms, record)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		s.At, text(r.Peer), text(r.Caller), text(r.Called), text(r.Number), null(string(r.Agent)),
		string(r.Result), string(r.Reason), string(r.Fault), r.Setup.Milliseconds(), r.Talk.Milliseconds(), record)
	b.keyed(`
		UPDATE call_action SET state = 'dropped'
		WHERE tenant_id = $1 AND started_at = $2 AND call_id = $3 AND state = 'pending'`)
	b.Queue(`DELETE FROM call_lease WHERE call_id = $1`, b.call)
	b.release(s)
	if err := b.publish(provider.CallEnded, s.At, callEnded(r, s.At)); err != nil {
		return err
	}
	b.count(r) // last: others of the tenant that end now wait from here on
	return nil
}

// read queues what fills in the call and what is pending, if its lease was taken before.
func (b *batch) read(got *bridge.Claimed) {
	b.Queue(`
		SELECT state FROM call_snapshot
		WHERE tenant_id = current_tenant() AND started_at = $1 AND call_id = $2`, b.started, b.call).QueryRow(func(row pgx.Row) error {
		var state []byte
		if err := row.Scan(&state); err != nil || got.Lease.Epoch == 0 {
			return ignoreNone(err)
		}
		return decoded(json.Unmarshal(state, &got.Call))
	})
	b.Queue(`
		SELECT action_id, kind, payload, at FROM call_action
		WHERE tenant_id = current_tenant() AND started_at = $1 AND call_id = $2 AND state = 'pending' ORDER BY seq, n`,
		b.started, b.call).Query(func(rows pgx.Rows) (err error) {
		if got.Lease.Epoch == 0 {
			return nil
		}
		got.Pending, err = pgx.CollectRows(rows, pending)
		return err
	})
}

func pending(row pgx.CollectableRow) (p bridge.Pending, err error) {
	var kind string
	var payload []byte
	if err := row.Scan(&p.Action.ID, &kind, &payload, &p.At); err != nil {
		return p, err
	}
	p.Action.Do, err = call.DecodeDoing(kind, payload)
	return p, decoded(err)
}

// decoded classifies what the journal holds and we do not understand.
func decoded(err error) error {
	if err == nil {
		return nil
	}
	return fault.Internal("journal_unreadable", "the journal holds something unknown").Because(err)
}

// encode makes JSON that PostgreSQL takes: raw parts of it came from outside
// and may hold bytes that are no UTF-8.
func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Internal("journal_unwritable", "a step cannot be encoded").Because(fmt.Errorf("%T: %w", v, err))
	}
	if !utf8.Valid(b) { // rare, and to look is cheaper than to copy
		b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	return b, nil
}

// text makes a string that PostgreSQL takes.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

func words[T ~string](all []T) []string {
	w := make([]string, len(all))
	for i, v := range all {
		w[i] = string(v)
	}
	return w
}
