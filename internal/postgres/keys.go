package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

const keyColumns = `id, tenant_id, name, scopes, hash, hint, expires_at, revoked_at, last_used_at, created_at`

func scanKey(row pgx.CollectableRow) (k provider.Key, err error) {
	var of *string
	var scopes []string
	var expires, revoked, used *time.Time
	err = row.Scan(&k.ID, &of, &k.Name, &scopes, &k.Hash, &k.Hint, &expires, &revoked, &used, &k.CreatedAt)
	k.Tenant = tenant.ID(orZero(of))
	k.ExpiresAt, k.RevokedAt, k.LastUsedAt = orZero(expires), orZero(revoked), orZero(used)
	for _, s := range scopes {
		k.Scopes = append(k.Scopes, provider.Scope(s))
	}
	return k, err
}

func noKey() error { return fault.NotFound("key_not_found", "there is no such key") }

// CreateKey gives a key its id and time.
func (s *Store) CreateKey(ctx context.Context, k provider.Key) (provider.Key, error) {
	if err := k.Validate(); err != nil {
		return provider.Key{}, err
	}
	id, err := newID()
	if err != nil {
		return provider.Key{}, err
	}
	scopes := make([]string, len(k.Scopes))
	for i, scope := range k.Scopes {
		scopes[i] = string(scope)
	}
	k, err = one(ctx, s.app, scanKey, noKey(), `
		INSERT INTO api_key (id, tenant_id, name, scopes, hash, hint, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		RETURNING `+keyColumns, id, null(string(k.Tenant)), k.Name, scopes, k.Hash, k.Hint, null(k.ExpiresAt))
	return k, classify("create the key", err)
}

// KeyByHash finds a key by the hash of the whole, usable or not, and notes that
// it was used, to the minute; fault.NotFound.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (provider.Key, error) {
	now := time.Now()
	known, changes, ok := s.keys.find(hash, now)
	if ok {
		return known, nil
	}
	k, err := one(ctx, s.app, scanKey, noKey(), `SELECT `+keyColumns+` FROM api_key WHERE hash = $1`, hash)
	if err != nil {
		return k, classify("read the key", err)
	}
	s.keys.keep(k, now, changes)
	if time.Since(k.LastUsedAt) > time.Minute {
		_, err = s.app.Exec(ctx, `
			UPDATE api_key SET last_used_at = now()
			WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`, string(k.ID))
	}
	return k, classify("note the use of the key", err)
}

// Key finds a key by its id; fault.NotFound.
func (s *Store) Key(ctx context.Context, id provider.KeyID) (provider.Key, error) {
	if !isUUID(string(id)) {
		return provider.Key{}, noKey()
	}
	k, err := one(ctx, s.app, scanKey, noKey(), `SELECT `+keyColumns+` FROM api_key WHERE id = $1`, string(id))
	return k, classify("read the key", err)
}

// ListKeys lists the keys of a tenant, or, with "", all there are, by id.
func (s *Store) ListKeys(ctx context.Context, of tenant.ID, after provider.KeyID, limit int) ([]provider.Key, error) {
	if of != "" && !isUUID(string(of)) {
		return nil, noTenant()
	}
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	cond, args := within(of, "tenant_id", from, page(limit))
	all, err := many(ctx, s.app, scanKey,
		`SELECT `+keyColumns+` FROM api_key WHERE `+cond+`id > $1 ORDER BY id LIMIT $2`, args...)
	return all, classify("list the keys", err)
}

// RevokeKey ends a key at once and for good; doing it again changes nothing.
func (s *Store) RevokeKey(ctx context.Context, id provider.KeyID) error {
	if !isUUID(string(id)) {
		return noKey()
	}
	defer s.keys.forget() // where it is asked for, it counts when the answer is there
	tag, err := s.app.Exec(ctx, `UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1`, string(id))
	return classify("revoke the key", touched(tag, err, noKey()))
}
