package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// LastSeen is when Microsoft last brought an event of a resource that was taken; the
// zero time if none is remembered, which is for seven days.
func (e *Engine) LastSeen(ctx context.Context, resource string) (time.Time, error) {
	at, err := one(ctx, e.s.app, pgx.RowTo[time.Time], errNone,
		`SELECT seen_at FROM seen_event WHERE resource = $1 ORDER BY seen_at DESC LIMIT 1`, resource)
	if errors.Is(err, errNone) {
		return time.Time{}, nil
	}
	return at, classify("look for the last event", err)
}

var errNone = errors.New("none")
