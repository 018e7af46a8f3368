package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const botColumns = `b.tenant_id, b.id, b.name, b.url, b.secret, b.language, b.dtmf_clears, b.created_at, b.changed_at`

func scanBot(row pgx.CollectableRow) (b tenant.Bot, err error) {
	err = row.Scan(&b.Tenant, &b.ID, &b.Name, &b.URL, &b.Secret, &b.Language, &b.DTMFClears, &b.CreatedAt, &b.ChangedAt)
	return b, err
}

func noBot() *fault.Error { return fault.NotFound("bot_unknown", "there is no such bot") }

func botValues(b tenant.Bot) []any {
	return []any{string(b.Tenant), string(b.ID), b.Name, b.URL, b.Secret, b.Language, b.DTMFClears}
}

// CreateBot takes the id that its secret is sealed for. fault.Conflict if the
// tenant has one of this name, or as many as it may have.
func (s *Store) CreateBot(ctx context.Context, b tenant.Bot) (tenant.Bot, error) {
	b = b.Normalize()
	if err := b.Validate(); err != nil {
		return tenant.Bot{}, err
	}
	if !isUUID(string(b.ID)) {
		return tenant.Bot{}, fault.Internal("bot_id", "a bot's id is a UUID")
	}
	err := s.inTenant(ctx, b.Tenant, "create the bot", func(tx pgx.Tx) error {
		// Of two at once only one may be the last for which there is room.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('tandem bots ' || $1, 0))`, string(b.Tenant)); err != nil {
			return err
		}
		n, err := one(ctx, tx, pgx.RowTo[int], noTenant(), `SELECT count(*) FROM bot WHERE tenant_id = $1`, string(b.Tenant))
		if err != nil {
			return err
		}
		if n >= tenant.MaxBots {
			return fault.Conflict("bots_full", fmt.Sprintf("the tenant has %d bots, more are not kept: delete one first", n))
		}
		b, err = one(ctx, tx, scanBot, noBot(), `
			INSERT INTO bot AS b (tenant_id, id, name, url, secret, language, dtmf_clears) VALUES ($1, $2, $3, $4, $5, $6, $7)
			RETURNING `+botColumns, botValues(b)...)
		return err
	})
	if err != nil {
		return tenant.Bot{}, err
	}
	return b, nil
}

// Bot finds a bot of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Bot(ctx context.Context, in tenant.ID, id tenant.BotID) (b tenant.Bot, err error) {
	if !isUUID(string(id)) {
		return b, noBot()
	}
	err = s.read(ctx, in, "read the bot", func(tx querier) error {
		cond, args := within(in, "b.tenant_id", string(id))
		b, err = one(ctx, tx, scanBot, noBot(), `SELECT `+botColumns+` FROM bot b WHERE `+cond+`b.id = $1`, args...)
		return err
	})
	return b, err
}

// ListBots lists the bots of a tenant, or, with "", of all, by id.
func (s *Store) ListBots(ctx context.Context, in tenant.ID, after tenant.BotID, limit int) (all []tenant.Bot, err error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, in, "list the bots", func(tx querier) error {
		cond, args := within(in, "b.tenant_id", from, page(limit))
		all, err = many(ctx, tx, scanBot, `SELECT `+botColumns+` FROM bot b WHERE `+cond+`b.id > $1 ORDER BY b.id LIMIT $2`, args...)
		return err
	})
	return all, err
}

// ChangeBot reads a bot, changes it and writes it back in one transaction.
func (s *Store) ChangeBot(
	ctx context.Context, t tenant.ID, id tenant.BotID, change func(tenant.Bot) (tenant.Bot, error),
) (b tenant.Bot, err error) {
	if !isUUID(string(id)) {
		return b, noBot()
	}
	var refused error
	err = s.inTenant(ctx, t, "change the bot", func(tx pgx.Tx) error {
		if b, err = one(ctx, tx, scanBot, noBot(), `
			SELECT `+botColumns+` FROM bot b WHERE b.tenant_id = $1 AND b.id = $2 FOR UPDATE`, string(t), string(id)); err != nil {
			return err
		}
		if b, refused = change(b); refused != nil {
			return refused
		}
		b.Tenant, b.ID = t, id
		b = b.Normalize()
		if err := b.Validate(); err != nil {
			return err
		}
		b, err = one(ctx, tx, scanBot, noBot(), `
			UPDATE bot AS b SET name = $3, url = $4, secret = $5, language = $6, dtmf_clears = $7, changed_at = now()
			WHERE tenant_id = $1 AND id = $2 RETURNING `+botColumns, botValues(b)...)
		return err
	})
	return changed(b, err, refused)
}

// DeleteBot removes a bot. Streams that run go on.
func (s *Store) DeleteBot(ctx context.Context, t tenant.ID, id tenant.BotID) error {
	if !isUUID(string(id)) {
		return noBot()
	}
	return s.inTenant(ctx, t, "delete the bot", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM bot WHERE tenant_id = $1 AND id = $2`, string(t), string(id))
		return touched(tag, deleting(err), noBot())
	})
}
