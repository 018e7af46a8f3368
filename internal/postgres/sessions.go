package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Sessions and journeys are engine tables: a cookie and a state parameter say
// whose they are, and not the other way round.

const sessionColumns = `hash, tenant_id, entra_tenant_id, oid, person, created_at, seen_at, expires_at`

func scanSession(row pgx.CollectableRow) (v provider.Session, err error) {
	var of *string
	err = row.Scan(&v.Hash, &of, &v.EntraTenantID, &v.OID, &v.Person, &v.CreatedAt, &v.SeenAt, &v.ExpiresAt)
	v.Tenant = tenant.ID(orZero(of))
	return v, err
}

func noSession() error {
	return fault.Unauthenticated("session_unknown", "you are not signed in")
}

// CreateSession keeps a browser that signed in. One of a tenant's is refused while
// the tenant is offboarded (fault.Gone): that ends its sessions, and a sign-in under
// way must not leave one behind.
func (s *Store) CreateSession(ctx context.Context, v provider.Session) error {
	if !isUUID(v.EntraTenantID) || !isUUID(v.OID) {
		return fault.Invalid("session_invalid", "a session is somebody's: it needs a directory and an object id")
	}
	insert := func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO session (hash, tenant_id, entra_tenant_id, oid, person, created_at, seen_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
			v.Hash, null(string(v.Tenant)), v.EntraTenantID, v.OID, v.Person, v.CreatedAt, v.ExpiresAt)
		return err
	}
	if v.Tenant == "" {
		return s.write(ctx, "keep the session", insert)
	}
	return s.inTenant(ctx, v.Tenant, "keep the session", func(tx pgx.Tx) error {
		t, err := one(ctx, tx, scanTenant, noTenant(), tenantQuery+` FOR SHARE`, string(v.Tenant)) // off-boarding waits, or is seen
		if err == nil && t.State == tenant.Offboarded {
			err = fault.Gone("tenant_offboarded", "the contract with this organisation has ended")
		}
		if err != nil {
			return err
		}
		return insert(tx)
	})
}

// Session finds a session that is good now and notes that it was used, to the
// minute; fault.Unauthenticated with the code session_unknown or session_expired.
func (s *Store) Session(ctx context.Context, hash []byte, now time.Time) (provider.Session, error) {
	v, err := one(ctx, s.app, scanSession, noSession(), `SELECT `+sessionColumns+` FROM session WHERE hash = $1`, hash)
	if err != nil {
		return v, classify("read the session", err)
	}
	if err := v.Usable(now); err != nil {
		return provider.Session{}, err
	}
	if now.Sub(v.SeenAt) > time.Minute {
		_, err = s.app.Exec(ctx, `UPDATE session SET seen_at = greatest(seen_at, $2) WHERE hash = $1`, hash, now)
		v.SeenAt = now
	}
	return v, classify("note the use of the session", err)
}

// SessionsToConfirm lists sessions of tenants' admins that are good now and end before
// a moment, the first to end first.
func (s *Store) SessionsToConfirm(ctx context.Context, now, before time.Time, limit int) ([]provider.Session, error) {
	all, err := many(ctx, s.app, scanSession, `
		SELECT `+sessionColumns+` FROM session
		WHERE expires_at > $1 AND expires_at < $2 AND seen_at > $3 AND tenant_id IS NOT NULL ORDER BY expires_at LIMIT $4`,
		now, before, now.Add(-provider.SessionIdle), limit)
	return all, classify("list the sessions", err)
}

// ConfirmSession writes down what was seen of a session's person, and until when
// that holds. It does nothing for a session that has ended meanwhile.
func (s *Store) ConfirmSession(ctx context.Context, hash, person []byte, until time.Time) error {
	_, err := s.app.Exec(ctx, `UPDATE session SET person = $2, expires_at = $3 WHERE hash = $1`, hash, person, until)
	return classify("confirm the session", err)
}

// EndSession signs a browser out; doing it again changes nothing.
func (s *Store) EndSession(ctx context.Context, hash []byte) error {
	_, err := s.app.Exec(ctx, `DELETE FROM session WHERE hash = $1`, hash)
	return classify("end the session", err)
}

// EndSessions signs a person out everywhere, and says from how many browsers.
func (s *Store) EndSessions(ctx context.Context, entraTenantID, oid string) (int, error) {
	if !isUUID(entraTenantID) || !isUUID(oid) {
		return 0, nil
	}
	tag, err := s.app.Exec(ctx, `DELETE FROM session WHERE entra_tenant_id = $1 AND oid = $2`, entraTenantID, oid)
	return int(tag.RowsAffected()), classify("end the sessions", err)
}

// BeginJourney keeps what has to be known when a browser comes back.
func (s *Store) BeginJourney(ctx context.Context, j provider.Journey) error {
	_, err := s.app.Exec(ctx, `INSERT INTO journey (hash, kind, luggage, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		j.Hash, j.Kind, j.Luggage, j.CreatedAt, j.ExpiresAt)
	return classify("keep the journey", err)
}

// EndJourney takes the luggage of a journey, once. fault.Gone with the code
// state_used or state_expired; fault.NotFound, state_unknown, also for a journey
// of another kind.
func (s *Store) EndJourney(ctx context.Context, kind provider.JourneyKind, hash []byte, now time.Time) (j provider.Journey, err error) {
	err = s.write(ctx, "end the journey", func(tx pgx.Tx) error {
		var used *time.Time
		j, err = one(ctx, tx, func(row pgx.CollectableRow) (j provider.Journey, err error) {
			err = row.Scan(&j.Hash, &j.Kind, &j.Luggage, &j.CreatedAt, &j.ExpiresAt, &used)
			return j, err
		}, fault.NotFound("state_unknown", "this is not an answer to anything we asked; begin again"),
			`SELECT hash, kind, luggage, created_at, expires_at, used_at FROM journey WHERE hash = $1 AND kind = $2 FOR UPDATE`, hash, kind)
		switch {
		case err != nil:
			return err
		case used != nil:
			return fault.Gone("state_used", "this answer was taken before; begin again")
		case !now.Before(j.ExpiresAt):
			return fault.Gone("state_expired", "this took too long; begin again")
		}
		_, err = tx.Exec(ctx, `UPDATE journey SET used_at = $2 WHERE hash = $1`, hash, now)
		return err
	})
	if err != nil {
		return provider.Journey{}, err
	}
	return j, nil
}
