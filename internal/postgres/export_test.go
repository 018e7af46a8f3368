package postgres

import (
	"maps"
	"slices"
)

// ConstraintNames are the names that faults.go knows.
func ConstraintNames() (written, deleted []string) {
	return slices.Collect(maps.Keys(violations)), slices.Collect(maps.Keys(stillUsed))
}

// DeleteBatch is how many rows go in one transaction.
const DeleteBatch = deleteBatch
