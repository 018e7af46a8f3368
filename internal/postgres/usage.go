package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// count adds a record to what its tenant's calls of that month come to. It is
// part of the step that writes the record, so each counts once, whatever dies.
// Calls of one tenant that end at the same moment wait for each other here, for
// the rest of one commit.
func (b *batch) count(r call.CDR) {
	month, t := call.MonthOf(r.Call.StartedAt()).First(), r.Traffic()
	direction := call.Inbound
	if r.Direction != "" {
		direction = r.Direction
	}
	b.Queue(`
		INSERT INTO agent_usage (tenant_id, month, agent_id) SELECT $1, $2, unnest($3::uuid[]) ON CONFLICT DO NOTHING`,
		b.tenant, month, words(r.Talked()))
	b.Queue(`
		INSERT INTO call_usage AS u (tenant_id, month, direction, calls, connected, talk_ms, minutes, people_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (tenant_id, month, direction) DO UPDATE SET
			calls = u.calls + excluded.calls, connected = u.connected + excluded.connected, talk_ms = u.talk_ms + excluded.talk_ms,
			minutes = u.minutes + excluded.minutes, people_ms = u.people_ms + excluded.people_ms`,
		b.tenant, month, string(direction), t.Calls, t.Connected, t.Talk.Milliseconds(), t.Minutes, t.People.Milliseconds())
}

// ListUsage lists what the calls of a tenant, or, with "", of all, come to, from
// the newest month to the oldest and by falling id; see the port.
func (s *Store) ListUsage(ctx context.Context, in tenant.ID, span call.Months, after *call.UsageKey, limit int) (all []call.Usage, err error) {
	from, to := time.Unix(0, 0).UTC(), endOfMonths
	if span.From != (call.Month{}) {
		from = span.From.First()
	}
	if span.To != (call.Month{}) {
		to = span.To.First()
	}
	lastMonth, lastTenant := endOfMonths, firstUUID
	if after != nil {
		if !isUUID(string(after.Tenant)) {
			return nil, badCursor()
		}
		lastMonth, lastTenant = after.Month.First(), string(after.Tenant)
	}
	err = s.read(ctx, in, "list the usage", func(tx querier) error {
		cond, args := within(in, "u.tenant_id", from, to, lastMonth, lastTenant, page(limit))
		all, err = many(ctx, tx, scanUsage, `
			SELECT u.*, (SELECT count(*) FROM agent_usage a WHERE a.tenant_id = u.tenant_id AND a.month = u.month)
			FROM (
				SELECT tenant_id, month, `+traffic("inbound")+`, `+traffic("outbound")+`, `+traffic("guest")+` FROM call_usage u
				WHERE `+cond+`month BETWEEN $1 AND $2 AND (month, tenant_id) < ($3, $4)
				GROUP BY month, tenant_id ORDER BY month DESC, tenant_id DESC LIMIT $5) u
			ORDER BY month DESC, tenant_id DESC`, args...)
		return err
	})
	return all, err
}

// endOfMonths is after every month there is.
var endOfMonths = time.Date(9999, 12, 1, 0, 0, 0, 0, time.UTC)

// traffic adds up the rows of a direction, of which there is one at most.
func traffic(direction string) string {
	of := ` FILTER (WHERE direction = '` + direction + `'), 0)::bigint`
	return `coalesce(sum(calls)` + of + `, coalesce(sum(connected)` + of + `, coalesce(sum(talk_ms)` + of +
		`, coalesce(sum(minutes)` + of + `, coalesce(sum(people_ms)` + of
}

func scanUsage(row pgx.CollectableRow) (u call.Usage, err error) {
	var month time.Time
	var inTalk, inPeople, outTalk, outPeople, guestTalk, guestPeople int64
	err = row.Scan(&u.Tenant, &month, &u.Inbound.Calls, &u.Inbound.Connected, &inTalk, &u.Inbound.Minutes, &inPeople,
		&u.Outbound.Calls, &u.Outbound.Connected, &outTalk, &u.Outbound.Minutes, &outPeople,
		&u.Guest.Calls, &u.Guest.Connected, &guestTalk, &u.Guest.Minutes, &guestPeople, &u.Agents)
	u.Month = call.MonthOf(month)
	u.Inbound.Talk, u.Inbound.People = milliseconds(inTalk), milliseconds(inPeople)
	u.Outbound.Talk, u.Outbound.People = milliseconds(outTalk), milliseconds(outPeople)
	u.Guest.Talk, u.Guest.People = milliseconds(guestTalk), milliseconds(guestPeople)
	return u, err
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
