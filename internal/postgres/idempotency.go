package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/provider"
)

// claimFor is how long a request may be worked on before its process counts as
// dead and another one may do it.
const claimFor = time.Minute

// Remembered is what a request was answered.
type Remembered struct {
	Status   int
	Location string
	Body     []byte // sealed by the caller; nil if it is not to be kept
}

// ClaimRequest claims a request by the name its sender gave it. It returns the
// answer if the request was done already, nil if it is now to be done.
// fault.Conflict: idempotency_reused if the fingerprint is another one,
// idempotency_running if somebody does it at this moment.
func (s *Store) ClaimRequest(ctx context.Context, key provider.KeyID, name string, fingerprint []byte) (*Remembered, error) {
	var r *Remembered
	err := s.write(ctx, "claim the request", func(tx pgx.Tx) error {
		// An insert waits for another one of the same key that is under way.
		tag, err := tx.Exec(ctx, `
			INSERT INTO idempotency (key_id, name, fingerprint) VALUES ($1, $2, $3)
			ON CONFLICT ON CONSTRAINT idempotency_pkey DO UPDATE SET claimed_at = now()
			WHERE idempotency.status IS NULL AND idempotency.fingerprint = $3
				AND idempotency.claimed_at < now() - make_interval(secs => $4)`,
			string(key), name, fingerprint, claimFor.Seconds())
		if err != nil || tag.RowsAffected() > 0 {
			return err
		}
		r, err = one(ctx, tx, scanRemembered(fingerprint), running(),
			`SELECT fingerprint, status, location, answer FROM idempotency WHERE key_id = $1 AND name = $2`, string(key), name)
		return err
	})
	return r, err
}

func running() error {
	return fault.Conflict("idempotency_running", "the same request is being worked on: try again in a moment")
}

func scanRemembered(fingerprint []byte) pgx.RowToFunc[*Remembered] {
	return func(row pgx.CollectableRow) (*Remembered, error) {
		var first, body []byte
		var status *int
		var location *string
		if err := row.Scan(&first, &status, &location, &body); err != nil {
			return nil, err
		}
		switch {
		case string(first) != string(fingerprint):
			return nil, fault.Conflict("idempotency_reused", "this Idempotency-Key was used for another request")
		case status == nil:
			return nil, running()
		}
		return &Remembered{Status: *status, Location: orZero(location), Body: body}, nil
	}
}

// FinishRequest keeps the answer of a request that was claimed.
func (s *Store) FinishRequest(ctx context.Context, key provider.KeyID, name string, r Remembered) error {
	_, err := s.app.Exec(ctx, `
		UPDATE idempotency SET status = $3, location = $4, answer = $5 WHERE key_id = $1 AND name = $2 AND status IS NULL`,
		string(key), name, r.Status, null(r.Location), r.Body)
	return classify("keep the answer", err)
}

// AbandonRequest gives the name of a claimed request free.
func (s *Store) AbandonRequest(ctx context.Context, key provider.KeyID, name string) error {
	_, err := s.app.Exec(ctx, `DELETE FROM idempotency WHERE key_id = $1 AND name = $2 AND status IS NULL`, string(key), name)
	return classify("abandon the request", err)
}
