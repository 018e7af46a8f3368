package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/fault"
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

func outlegsFull(most int) *fault.Error {
	return fault.Exhausted("outlegs_full", fmt.Sprintf("the tenant has %d telephones called at once, which is its limit", most))
}

// queueOutlegs makes the steps of a tenant that take a telephone wait for each other,
// so that [batch.limitOutlegs] sees what those before it wrote.
func (b *batch) queueOutlegs() {
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('outlegs ' || $1, 0))`, b.tenant)
}

// limitOutlegs undoes the step if the tenant has more telephones with it than it may:
// the look before it ([Store.DialPeer]) says why, but two may look at once.
func (b *batch) limitOutlegs() {
	b.Queue(`
		SELECT CASE WHEN (
			SELECT count(*) FROM call_lease l
			JOIN call_snapshot s ON s.tenant_id = l.tenant_id AND s.started_at = l.started_at AND s.call_id = l.call_id
			CROSS JOIN json_array_elements(s.state->'outlegs') AS leg
			WHERE l.tenant_id = $1 AND s.state->'outlegs' IS NOT NULL AND coalesce(leg->>'state', $2) NOT IN ($2, $3)
		) > coalesce((SELECT max_legs FROM dialling WHERE tenant_id = $1), $4::integer) THEN outlegs_full() END`,
		b.tenant, string(call.LegNone), string(call.LegDone), tenant.DefaultDialling("").MaxLegs)
}
