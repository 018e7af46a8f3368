package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// outlegsLive counts the telephones that calls of the tenant have called now.
func outlegsLive(ctx context.Context, tx pgx.Tx, t tenant.ID) (live int, err error) {
	states, err := many(ctx, tx, pgx.RowTo[[]byte], `
		SELECT s.state->'outlegs' FROM call_lease l
		JOIN call_snapshot s ON s.tenant_id = l.tenant_id AND s.started_at = l.started_at AND s.call_id = l.call_id
		WHERE l.tenant_id = $1 AND s.state->'outlegs' IS NOT NULL`, string(t))
	if err != nil {
		return 0, err
	}
	for _, raw := range states {
		var legs []call.Outleg
		if err := json.Unmarshal(raw, &legs); err != nil {
			return 0, decoded(err)
		}
		for _, l := range legs {
			if l.Live() {
				live++
			}
		}
	}
	return live, nil
}
