package postgres

import (
	"context"
	"maps"
	"slices"
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
