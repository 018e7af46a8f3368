package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// inboxChannel is notified with the node whose inbox has got something.
const inboxChannel = "tandem_inbox"

// Post implements bridge.Journal.
func (j *Journal) Post(ctx context.Context, id call.ID, e call.Event, seen *bridge.Seen) error {
	payload, err := encode(e)
	if err != nil {
		return err
	}
	var s bridge.Seen
	if seen != nil {
		s = *seen
	}
	ctx, cancel := j.within(ctx)
	defer cancel()
	// A call that ends at this very moment shows as a violated foreign key, which
	// means the same.
	tag, err := j.store.app.Exec(ctx, `
		WITH lease AS (SELECT call_id, coalesce(node, '') AS node FROM call_lease WHERE call_id = $1),
		mail AS (
			INSERT INTO inbox (call_id, kind, event, resource, event_id)
			SELECT call_id, $2, $3, $4, $5 FROM lease)
		SELECT pg_notify('`+inboxChannel+`', node) FROM lease`,
		string(id), e.Kind(), payload, null(text(s.Resource)), null(text(s.EventID)))
	return classify("leave an event for a call", touched(tag, err, callOver()))
}

// Collect implements bridge.Journal. An event that this version does not know
// stays for one that does.
func (j *Journal) Collect(ctx context.Context, o bridge.Owner) ([]bridge.Posted, error) {
	ctx, cancel := j.within(ctx)
	defer cancel()
	type row struct {
		bridge.Posted
		err error
	}
	rows, err := many(ctx, j.store.app, func(r pgx.CollectableRow) (p row, err error) {
		var kind string
		var payload []byte
		var resource, event *string
		if err := r.Scan(&p.ID, &p.Call, &kind, &payload, &resource, &event); err != nil {
			return p, err
		}
		if resource != nil {
			p.Seen = &bridge.Seen{Resource: *resource, EventID: orZero(event)}
		}
		p.Event, p.err = call.DecodeEvent(kind, payload)
		return p, nil
	}, `
		SELECT i.seq, i.call_id::text, i.kind, i.event, i.resource, i.event_id
		FROM inbox i JOIN call_lease l USING (call_id) WHERE l.owner = $1 ORDER BY i.seq`, o.Life)
	if err != nil {
		return nil, classify("collect events for our calls", err)
	}
	var mine []bridge.Posted
	for _, p := range rows {
		if p.err != nil {
			j.log.Error("an event in the inbox is not understood", "call", p.Call, "row", p.ID, "error", p.err)
			continue
		}
		mine = append(mine, p.Posted)
	}
	return mine, nil
}

// Listen calls wake whenever something may have been left for the node, and freed
// when agents of a tenant may be free for calls that wait; both after each time it
// had to connect again, freed then with "". It returns when ctx ends. It is a hint
// only: what it misses, the next poll finds.
func (j *Journal) Listen(ctx context.Context, node string, wake func(), freed func(tenant.ID)) {
	j.store.listen(ctx, j.log, []string{inboxChannel, freeChannel}, func(n *pgconn.Notification) {
		switch {
		case n == nil:
			wake()
			freed("")
		case n.Channel == freeChannel:
			freed(tenant.ID(n.Payload))
		case n.Payload == node:
			wake()
		}
	})
}

// BindToken implements bridge.Journal.
func (j *Journal) BindToken(ctx context.Context, hash []byte, dialog string) (call.ID, error) {
	ctx, cancel := j.within(ctx)
	defer cancel()
	// The first look decides; only if it finds nothing is it asked why. Nothing
	// that happens in between turns a refusal into a permission.
	id, err := one(ctx, j.store.app, pgx.RowTo[call.ID], errRefused, `
		UPDATE sip_token SET bound_call_id = $2, used_at = coalesce(used_at, now())
		WHERE hash = $1 AND (bound_call_id = $2 OR bound_call_id IS NULL AND expires_at > now())
		RETURNING call_id::text`, hash, text(dialog))
	if !errors.Is(err, errRefused) {
		return id, classify("bind a token", err)
	}
	used, err := one(ctx, j.store.app, pgx.RowTo[bool], fault.Forbidden("token_unknown", "there is no such token"),
		`SELECT bound_call_id IS NOT NULL FROM sip_token WHERE hash = $1`, hash)
	switch {
	case err != nil:
		return "", classify("bind a token", err)
	case used:
		return "", fault.Forbidden("token_used", "the token was used by another dialog")
	}
	return "", fault.Forbidden("token_expired", "the token is past its time")
}

var errRefused = errors.New("the token is refused")

// Attempt implements bridge.Journal.
func (j *Journal) Attempt(ctx context.Context, hash []byte) (call.ID, error) {
	ctx, cancel := j.within(ctx)
	defer cancel()
	id, err := one(ctx, j.store.app, pgx.RowTo[call.ID], fault.NotFound("attempt_unknown", "no call waits for this"),
		`SELECT call_id::text FROM attempt WHERE hash = $1`, hash)
	return id, classify("look for an attempt", err)
}
