package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

const webhookColumns = `id::text, tenant_id::text, url, description, types, enabled, secret, previous, previous_until,
	failing_since, disabled_reason, created_at, changed_at`

func scanWebhook(row pgx.CollectableRow) (w provider.Webhook, err error) {
	var of *string
	var types []string
	var until, failing *time.Time
	err = row.Scan(&w.ID, &of, &w.URL, &w.Description, &types, &w.Enabled, &w.Secret, &w.Previous, &until,
		&failing, &w.Disabled, &w.CreatedAt, &w.ChangedAt)
	w.Tenant, w.PreviousUntil, w.FailingSince = tenant.ID(orZero(of)), orZero(until), orZero(failing)
	for _, t := range types {
		w.Types = append(w.Types, provider.EventType(t))
	}
	return w, err
}

func webhookValues(w provider.Webhook) []any {
	return []any{
		string(w.ID), null(string(w.Tenant)), w.URL, w.Description, words(w.Types), w.Enabled, w.Secret, w.Previous,
		null(w.PreviousUntil), null(w.FailingSince), string(w.Disabled),
	}
}

// CreateWebhook takes the id that its secret is sealed for.
func (s *Store) CreateWebhook(ctx context.Context, w provider.Webhook) (provider.Webhook, error) {
	if err := w.Validate(); err != nil {
		return provider.Webhook{}, err
	}
	if !isUUID(string(w.ID)) {
		return provider.Webhook{}, fault.Internal("webhook_id", "a webhook's id is a UUID")
	}
	w, err := one(ctx, s.app, scanWebhook, noWebhook(), `
		INSERT INTO webhook (id, tenant_id, url, description, types, enabled, secret, previous, previous_until, failing_since, disabled_reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING `+webhookColumns, webhookValues(w)...)
	return w, classify("create the webhook", err)
}

// Webhook finds a webhook of a tenant, or, with "", any; fault.NotFound.
func (s *Store) Webhook(ctx context.Context, in tenant.ID, id provider.WebhookID) (provider.Webhook, error) {
	if !isUUID(string(id)) {
		return provider.Webhook{}, noWebhook()
	}
	w, err := one(ctx, s.app, scanWebhook, noWebhook(), `
		SELECT `+webhookColumns+` FROM webhook WHERE id = $1 AND ($2::uuid IS NULL OR tenant_id = $2)`, string(id), null(string(in)))
	return w, classify("read the webhook", err)
}

// ListWebhooks lists the webhooks of a tenant, or, with "", all, by id.
func (s *Store) ListWebhooks(ctx context.Context, in tenant.ID, after provider.WebhookID, limit int) ([]provider.Webhook, error) {
	if after != "" && !isUUID(string(after)) {
		return nil, badCursor()
	}
	all, err := many(ctx, s.app, scanWebhook, `
		SELECT `+webhookColumns+` FROM webhook
		WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
		null(string(in)), null(string(after)), page(limit))
	return all, classify("list the webhooks", err)
}

// ChangeWebhook reads a webhook, changes it and writes it back in one
// transaction. Whose it is stays.
func (s *Store) ChangeWebhook(
	ctx context.Context, in tenant.ID, id provider.WebhookID, change func(provider.Webhook) (provider.Webhook, error),
) (w provider.Webhook, err error) {
	if !isUUID(string(id)) {
		return w, noWebhook()
	}
	var refused error
	err = s.write(ctx, "change the webhook", func(tx pgx.Tx) error {
		w, err = one(ctx, tx, scanWebhook, noWebhook(), `
			SELECT `+webhookColumns+` FROM webhook WHERE id = $1 AND ($2::uuid IS NULL OR tenant_id = $2) FOR NO KEY UPDATE`,
			string(id), null(string(in)))
		if err != nil {
			return err
		}
		of := w.Tenant
		if w, refused = change(w); refused != nil {
			return refused
		}
		w.ID, w.Tenant = id, of
		if err := w.Validate(); err != nil {
			return err
		}
		w, err = one(ctx, tx, scanWebhook, noWebhook(), `
			UPDATE webhook SET tenant_id = $2, url = $3, description = $4, types = $5, enabled = $6, secret = $7, previous = $8,
				previous_until = $9, failing_since = $10, disabled_reason = $11, changed_at = now()
			WHERE id = $1 RETURNING `+webhookColumns, webhookValues(w)...)
		return err
	})
	return changed(w, err, refused)
}

// DeleteWebhook removes a webhook with its deliveries.
func (s *Store) DeleteWebhook(ctx context.Context, in tenant.ID, id provider.WebhookID) error {
	if !isUUID(string(id)) {
		return noWebhook()
	}
	tag, err := s.app.Exec(ctx, `DELETE FROM webhook WHERE id = $1 AND ($2::uuid IS NULL OR tenant_id = $2)`, string(id), null(string(in)))
	return classify("delete the webhook", touched(tag, err, noWebhook()))
}

const deliveryColumns = `tenant_id::text, webhook_id::text, event_id::text, state, run, tries, attempts, next_at, created_at, changed_at`

func scanDelivery(row pgx.CollectableRow) (d provider.Delivery, err error) {
	var attempts []byte
	var next *time.Time
	err = row.Scan(&d.Tenant, &d.Webhook, &d.Event, &d.State, &d.Run, &d.Tries, &attempts, &next, &d.CreatedAt, &d.ChangedAt)
	if err == nil {
		err = json.Unmarshal(attempts, &d.Attempts)
	}
	d.NextAt = orZero(next)
	return d, err
}

func noDelivery() *fault.Error {
	return fault.NotFound("delivery_unknown", "this event was not for this webhook, or is not kept any more")
}

// ListDeliveries lists what was to be sent to a webhook, from the newest event
// to the oldest.
func (s *Store) ListDeliveries(
	ctx context.Context, in tenant.ID, id provider.WebhookID, before provider.EventID, limit int,
) (all []provider.Delivery, err error) {
	if before != "" && !isUUID(string(before)) {
		return nil, badCursor()
	}
	err = s.read(ctx, in, "list the deliveries", func(tx querier) error {
		all, err = many(ctx, tx, scanDelivery, `
			SELECT `+deliveryColumns+` FROM webhook_delivery
			WHERE webhook_id = $1 AND ($2::uuid IS NULL OR event_id < $2) ORDER BY event_id DESC LIMIT $3`,
			string(id), null(string(before)), page(limit))
		return err
	})
	return all, err
}

// Parcel finds a delivery; fault.NotFound if the event or the webhook is gone.
func (s *Store) Parcel(ctx context.Context, k provider.DeliveryKey) (p provider.Parcel, err error) {
	err = s.whose(ctx, k.Tenant, "read a delivery", func(tx pgx.Tx) error {
		p.Delivery, err = one(ctx, tx, scanDelivery, noDelivery(), `
			SELECT `+deliveryColumns+` FROM webhook_delivery WHERE tenant_id = $1 AND webhook_id = $2 AND event_id = $3`,
			string(k.Tenant), string(k.Webhook), string(k.Event))
		if err != nil {
			return err
		}
		if p.Event, err = one(ctx, tx, scanEvent, noDelivery(), `
			SELECT `+eventColumns+` FROM event WHERE tenant_id = $1 AND id = $2`, string(k.Tenant), string(k.Event)); err != nil {
			return err
		}
		if p.Webhook, err = one(ctx, tx, scanWebhook, noWebhook(), `SELECT `+webhookColumns+` FROM webhook WHERE id = $1`, string(k.Webhook)); err != nil {
			return err
		}
		before, err := many(ctx, tx, scanDelivery, `
			SELECT `+deliveryColumns+` FROM webhook_delivery
			WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'pending' AND call_id IS NOT NULL AND (call_id, seq) IN (
				SELECT b.call_id, b.seq FROM webhook_delivery d JOIN webhook_delivery b
				ON b.tenant_id = d.tenant_id AND b.webhook_id = d.webhook_id AND b.call_id = d.call_id AND b.seq < d.seq AND b.state = 'pending'
				WHERE d.tenant_id = $1 AND d.webhook_id = $2 AND d.event_id = $3)
			ORDER BY tries >= $4, seq LIMIT 1`, string(k.Tenant), string(k.Webhook), string(k.Event), provider.OvertakenAfter)
		switch {
		case len(before) == 0:
		case before[0].Tries >= provider.OvertakenAfter: // as all of them
			p.Overtakes = before[0].Event
		default:
			p.Before = &before[0]
		}
		return err
	})
	return p, err
}

// RecordAttempt writes an attempt down and what follows from it for delivery and
// webhook. That a tenant's webhook was disabled is told in its audit trail.
func (s *Store) RecordAttempt(ctx context.Context, k provider.DeliveryKey, run int, a provider.Attempt, o provider.Outcome) error {
	return s.whose(ctx, k.Tenant, "write an attempt down", func(tx pgx.Tx) error {
		d, err := one(ctx, tx, scanDelivery, noDelivery(), `
			SELECT `+deliveryColumns+` FROM webhook_delivery
			WHERE tenant_id = $1 AND webhook_id = $2 AND event_id = $3 FOR NO KEY UPDATE`, string(k.Tenant), string(k.Webhook), string(k.Event))
		if err != nil {
			return err
		}
		a.Answer, a.Error = text(a.Answer), text(a.Error)
		d.Attempts = append(d.Attempts, a)
		d.Attempts = d.Attempts[max(0, len(d.Attempts)-provider.AttemptsKept):]
		attempts, err := encode(d.Attempts)
		if err != nil {
			return err
		}
		// A replay that was asked for meanwhile goes its own way.
		if _, err := tx.Exec(ctx, `
			UPDATE webhook_delivery SET attempts = $4, changed_at = now(), tries = tries + (run = $5)::integer,
				state = CASE WHEN run = $5 THEN $6 ELSE state END, next_at = CASE WHEN run = $5 THEN $7::timestamptz ELSE next_at END
			WHERE tenant_id = $1 AND webhook_id = $2 AND event_id = $3`,
			string(k.Tenant), string(k.Webhook), string(k.Event), attempts, run, string(o.State), null(o.NextAt)); err != nil {
			return err
		}
		return health(ctx, tx, k, a, o)
	})
}

// health keeps how the webhook is.
func health(ctx context.Context, tx pgx.Tx, k provider.DeliveryKey, a provider.Attempt, o provider.Outcome) error {
	if o.State == provider.DeliveryDelivered {
		_, err := tx.Exec(ctx, `UPDATE webhook SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL`, string(k.Webhook))
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE webhook SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL`, string(k.Webhook), a.At); err != nil || o.Disable == "" {
		return err
	}
	var of, description string
	err := tx.QueryRow(ctx, `
		UPDATE webhook SET enabled = false, disabled_reason = $2, changed_at = now() WHERE id = $1 AND enabled
		RETURNING coalesce(tenant_id, $3::uuid)::text, description`, string(k.Webhook), string(o.Disable), string(providerTrail)).Scan(&of, &description)
	if errors.Is(err, pgx.ErrNoRows) { // it is off already
		return nil
	}
	if err == nil { // the event's tenant has no part in the trail of the provider's own webhook
		_, err = tx.Exec(ctx, actAs, of)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `
			INSERT INTO audit (tenant_id, actor, actor_name, action, subject, subject_name, detail)
			VALUES ($1, 'tandem', 'Tandem', 'webhook.disable', $2, $3, jsonb_build_object('reason', $4::text))`,
			of, string(k.Webhook), description, string(o.Disable))
	}
	return err
}

// Replay asks for an event to be sent to a webhook again, or for the first time.
func (s *Store) Replay(ctx context.Context, k provider.DeliveryKey, enqueue Enqueue) error {
	if !isUUID(string(k.Event)) {
		return noDelivery()
	}
	return s.whose(ctx, k.Tenant, "replay an event", func(tx pgx.Tx) error { return replay(ctx, tx, k, enqueue) })
}

func replay(ctx context.Context, tx pgx.Tx, k provider.DeliveryKey, enqueue Enqueue) error {
	run, err := one(ctx, tx, pgx.RowTo[int], noDelivery(), `
		INSERT INTO webhook_delivery AS d (tenant_id, webhook_id, event_id, state, seq, call_id)
		SELECT tenant_id, $2, id, 'pending', seq, `+callOfEvent+` FROM event WHERE tenant_id = $1 AND id = $3 AND seq IS NOT NULL
		ON CONFLICT (tenant_id, webhook_id, event_id)
		DO UPDATE SET state = 'pending', run = d.run + 1, tries = 0, next_at = NULL, changed_at = now()
		RETURNING run`, string(k.Tenant), string(k.Webhook), string(k.Event))
	if err != nil {
		return err
	}
	return enqueue(ctx, tx, k, run)
}

// TenantOfEvent finds whose event it is, as far as in can see; fault.NotFound.
func (s *Store) TenantOfEvent(ctx context.Context, in tenant.ID, id provider.EventID) (t tenant.ID, err error) {
	if !isUUID(string(id)) {
		return "", noEvent()
	}
	err = s.read(ctx, in, "find the event", func(tx querier) error {
		t, err = one(ctx, tx, pgx.RowTo[tenant.ID], noEvent(), `SELECT tenant_id::text FROM event WHERE id = $1`, string(id))
		return err
	})
	return t, err
}

func noEvent() *fault.Error { return fault.NotFound("event_unknown", "there is no such event") }

// replayAtMost bounds what one request sets in motion.
const replayAtMost = 10_000

// ReplayFailed asks for all deliveries to a webhook that failed since a moment,
// the oldest events first and at most 10,000, and tells how many there were.
func (s *Store) ReplayFailed(
	ctx context.Context, in tenant.ID, id provider.WebhookID, since time.Time, enqueue Enqueue,
) (asked int, err error) {
	var keys []provider.DeliveryKey
	err = s.read(ctx, in, "find what failed", func(tx querier) error {
		keys, err = many(ctx, tx, func(row pgx.CollectableRow) (provider.DeliveryKey, error) {
			k := provider.DeliveryKey{Webhook: id}
			err := row.Scan(&k.Tenant, &k.Event)
			return k, err
		}, `
			SELECT tenant_id::text, event_id::text FROM webhook_delivery
			WHERE webhook_id = $1 AND state = 'failed' AND changed_at >= $2 ORDER BY event_id LIMIT $3`, string(id), since, replayAtMost)
		return err
	})
	if err != nil {
		return 0, err
	}
	byTenant := map[tenant.ID][]provider.DeliveryKey{}
	for _, k := range keys {
		byTenant[k.Tenant] = append(byTenant[k.Tenant], k)
	}
	for t, some := range byTenant {
		err := s.whose(ctx, t, "replay events", func(tx pgx.Tx) error {
			for _, k := range some {
				if err := replay(ctx, tx, k, enqueue); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return asked, err
		}
		asked += len(some)
	}
	return asked, nil
}
