package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// maxChoice is how many agents are considered: as many as one request for
// presence may ask about (facts/entra-graph-teams.md §2.2).
const maxChoice = tenant.MaxQueueAgents

// What is asked of an agent a. Whom Teams would refuse to ring is few of them,
// and those are in an index of their own.
const (
	choiceColumns = agentColumns + `, coalesce(t.entra_tenant_id::text, ''), kept.call_id::text, kept.id::text, kept.until, blocked.agent_id IS NOT NULL,
		turn.chosen_at, turn.free_at, turn.rests_until, CASE WHEN turn.day = (now() AT TIME ZONE 'UTC')::date THEN turn.answered ELSE 0 END`
	choiceJoins = `
	JOIN tenant t ON t.tenant_id = a.tenant_id
	LEFT JOIN reservation kept ON kept.tenant_id = a.tenant_id AND kept.agent_id = a.id AND (kept.until IS NULL OR kept.until > now())
	LEFT JOIN agent_turn turn ON turn.tenant_id = a.tenant_id AND turn.agent_id = a.id
	LEFT JOIN agent_standing blocked ON blocked.tenant_id = a.tenant_id AND blocked.agent_id = a.id AND blocked.blocked
	WHERE `

	// mayBeRung leaves out whom not to ring: nobody of a tenant that is paused,
	// suspended or offboarded (one that is being onboarded has test calls), nobody
	// who was taken out, nobody whom Teams would refuse to ring.
	mayBeRung = `t.paused_at IS NULL AND t.state NOT IN ('suspended', 'offboarded') AND a.paused_at IS NULL AND blocked.agent_id IS NULL AND `

	membersOfQueue = `(
		SELECT agent_id, min(position) AS place FROM (
			SELECT agent_id, position FROM queue_agent WHERE tenant_id = $1 AND queue_id = $2
			UNION ALL
			SELECT m.agent_id, 2147483647 FROM queue q JOIN agent_group_member m ON m.tenant_id = q.tenant_id AND m.group_id = q.group_id
			WHERE q.tenant_id = $1 AND q.id = $2
		) AS both_kinds GROUP BY agent_id
	) AS wanted`
)

// stillAsks is how long a call that waits counts without asking; it asks every
// few seconds (call.QueueEvery).
const stillAsks = 4 * call.QueueEvery

// Choice implements bridge.Registry, in one round trip. All of the tenant are the
// longest known ones.
func (r Registry) Choice(ctx context.Context, t tenant.ID, w bridge.Wanted) (choice bridge.Choice, err error) {
	id, err := tenant.ParseID(string(t))
	if err != nil {
		return choice, noTenant()
	}
	scan := func(row pgx.CollectableRow) (c roster.Candidate, err error) {
		return scanCandidate(row, &choice.Directory)
	}
	only := mayBeRung
	if w.Everybody {
		only = ""
	}
	b := &pgx.Batch{}
	b.Queue(actAs+`, `+planOnce, string(id))
	var found []found
	switch {
	case w.Queue != "":
		if !isUUID(string(w.Queue)) {
			return choice, noQueue()
		}
		collect(b, &choice.Agents, scan, `SELECT `+choiceColumns+` FROM `+membersOfQueue+`
			JOIN agent a ON a.tenant_id = $1 AND a.id = wanted.agent_id `+choiceJoins+only+`true ORDER BY wanted.place, a.id LIMIT $3`,
			string(id), string(w.Queue), maxChoice)
		collect(b, &found, scanFound, foundQuery, string(id), string(w.Queue))
		collect(b, &choice.Waiting, scanWaiter, `
			SELECT call_id::text, since, tried::text[] FROM waiting
			WHERE tenant_id = $1 AND queue_id = $2 AND asked_at > now() - $3::interval ORDER BY since, call_id LIMIT $4`,
			string(id), string(w.Queue), stillAsks, tenant.MaxQueueLength)
	case w.Group != "":
		if !isUUID(w.Group) {
			return choice, noGroup()
		}
		collect(b, &choice.Agents, scan, `SELECT `+choiceColumns+` FROM agent_group_member wanted
			JOIN agent a ON a.tenant_id = wanted.tenant_id AND a.id = wanted.agent_id `+choiceJoins+only+`
			wanted.tenant_id = $1 AND wanted.group_id = $2 ORDER BY a.id LIMIT $3`, string(id), w.Group, maxChoice)
	case len(w.Agents) > 0:
		scan := func(row pgx.CollectableRow) (c roster.Candidate, err error) {
			var t tenant.Tenant
			var paused *time.Time
			var refused bool
			c, err = scanCandidate(row, &choice.Directory, &t.State, &paused, &refused)
			t.PausedAt = orZero(paused)
			choice.Refused = callable(t, refused)
			return c, err
		}
		collect(b, &choice.Agents, scan, `SELECT `+choiceColumns+`, t.state, t.paused_at, `+refused+` FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place)
			JOIN agent a ON a.tenant_id = $1 AND a.id = wanted.id `+choiceJoins+only+`true ORDER BY wanted.place`, string(id), uuids(w.Agents))
	default:
		collect(b, &choice.Agents, scan, `SELECT `+choiceColumns+` FROM agent a `+choiceJoins+only+`a.tenant_id = $1 ORDER BY a.id LIMIT $2`, string(id), maxChoice)
	}
	if err := r.s.app.SendBatch(ctx, b).Close(); err != nil {
		return choice, classify("find who can be rung", err)
	}
	if w.Queue == "" {
		return choice, nil
	}
	if len(found) == 0 {
		return choice, noQueue()
	}
	choice.Queue, choice.Service, choice.Length = found[0].Queue, found[0].service, len(choice.Waiting)
	return choice, nil
}

func scanCandidate(row pgx.CollectableRow, directory *string, more ...any) (c roster.Candidate, err error) {
	var keeper, reservation *string
	var until, chosen, free, rests *time.Time
	var answered *int
	c.Agent, err = scanAgentAnd(row, append([]any{directory, &keeper, &reservation, &until, &c.Blocked, &chosen, &free, &rests, &answered}, more...)...)
	c.Kept = roster.Kept{Call: call.ID(orZero(keeper)), Reservation: tenant.ReservationID(orZero(reservation)), Until: orZero(until)}
	c.ChosenAt, c.FreeAt, c.RestsUntil, c.Answered = orZero(chosen), orZero(free), orZero(rests), orZero(answered)
	return c, err
}

// found is a queue without its members, and its pace.
type found struct {
	tenant.Queue
	service time.Duration
}

const foundQuery = `
	SELECT ` + queueColumns + `, coalesce(p.service_ms, 0)
	FROM queue q LEFT JOIN queue_pace p ON p.tenant_id = q.tenant_id AND p.queue_id = q.id WHERE q.tenant_id = $1 AND q.id = $2`

func scanFound(row pgx.CollectableRow) (f found, err error) {
	var ms float64
	f.Queue, err = scanQueueAnd(row, &ms)
	f.service = time.Duration(ms * float64(time.Millisecond))
	return f, err
}

func scanWaiter(row pgx.CollectableRow) (w roster.Waiter, err error) {
	var tried []string
	err = row.Scan(&w.Call, &w.Since, &tried)
	for _, a := range tried {
		w.Tried = append(w.Tried, tenant.AgentID(a))
	}
	return w, err
}
