package postgres

import (
	"context"
	"maps"
	"slices"
	"time"

	"tandem/internal/proof"
)

// ConstraintNames are the names that faults.go knows.
func ConstraintNames() (written, deleted []string) {
	return slices.Collect(maps.Keys(violations)), slices.Collect(maps.Keys(stillUsed))
}

// DeleteBatch is how many rows go in one transaction.
const DeleteBatch = deleteBatch

// SelectOne is the cheapest question there is, by way of the app's own pool.
func (s *Store) SelectOne(ctx context.Context) error {
	var one int
	return s.app.QueryRow(ctx, `SELECT 1`).Scan(&one)
}

// RememberKeysFor is for tests that want to hear of changes.
func (s *Store) RememberKeysFor(d time.Duration) { s.keys.lasts = d }

// AgeProof has a proof be asked for earlier.
func (s *Store) AgeProof(ctx context.Context, id proof.ID, by time.Duration) error {
	_, err := s.app.Exec(ctx, `UPDATE trunk_proof SET asked_at = asked_at - $2::interval WHERE id = $1`, string(id), by)
	return err
}
