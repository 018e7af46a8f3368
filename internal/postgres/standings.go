package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

// AddAgents makes people agents who are none yet, and says how many were new.
// With a group they are its members; without, each was picked, and stays when he
// leaves a group.
func (s *Store) AddAgents(ctx context.Context, t tenant.ID, group string, agents []tenant.Agent) (added int, err error) {
	if group != "" && !isUUID(group) {
		return 0, noGroup()
	}
	n := len(agents)
	ids, oids, names, upns := make([]string, 0, n), make([]string, 0, n), make([]string, 0, n), make([]string, 0, n)
	seen := map[string]bool{}
	for i, a := range agents {
		if a = a.Normalize(); seen[a.OID] {
			continue
		}
		seen[a.OID] = true
		var p fault.Problems
		if p.Under(fmt.Sprintf("agents[%d]", i), a.Validate()); a.Endpoint != tenant.TeamsUser {
			p.Add(fmt.Sprintf("agents[%d].endpoint", i), "must be teams_user")
		}
		if err := p.Err("agent_invalid", "the agent is not valid"); err != nil {
			return 0, err
		}
		id, err := newID()
		if err != nil {
			return 0, err
		}
		ids, oids, names, upns = append(ids, id), append(oids, a.OID), append(names, a.Name), append(upns, plain(a.UPN))
	}
	source := tenant.FromSingle
	if group != "" {
		source = tenant.FromGroup
	}
	err = s.changing(ctx, t, "add the agents", func(tx pgx.Tx) error {
		added, err = one(ctx, tx, pgx.RowTo[int], noTenant(), `
			WITH known AS (
				INSERT INTO agent AS a (tenant_id, id, endpoint, oid, name, upn, source)
				SELECT $1, p.id, 'teams_user', p.oid, p.name, p.upn, $6
				FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS p (id, oid, name, upn) ORDER BY p.oid
				ON CONFLICT ON CONSTRAINT agent_oid_key DO UPDATE SET
					upn = CASE WHEN excluded.upn = '' THEN a.upn ELSE excluded.upn END,
					-- Who was picked has the name he was given; a group's members have the directory's.
					name = CASE WHEN a.source = 'group' THEN excluded.name ELSE a.name END,
					source = CASE WHEN excluded.source = 'single' THEN excluded.source ELSE a.source END
				RETURNING id, xmax = 0 AS new
			), members AS (
				INSERT INTO agent_group_member (tenant_id, group_id, agent_id) SELECT $1, $7::uuid, id FROM known WHERE $7::uuid IS NOT NULL
				ON CONFLICT DO NOTHING
			)
			SELECT count(*) FILTER (WHERE new) FROM known`,
			string(t), ids, oids, names, upns, source, null(group))
		return err
	})
	return added, err
}

// KeepMembers takes away the memberships of a group that are not in oids, and
// the agents whom only they had made agents. One whom a number lists cannot go
// (the list could become empty, which means everybody): he is paused instead.
func (s *Store) KeepMembers(ctx context.Context, t tenant.ID, group string, oids []string) (removed int, err error) {
	if !isUUID(group) {
		return 0, noGroup()
	}
	err = s.changing(ctx, t, "keep the group's members", func(tx pgx.Tx) error {
		removed, err = dropMembers(ctx, tx, t, group, oids)
		return err
	})
	return removed, err
}

func dropMembers(ctx context.Context, tx pgx.Tx, t tenant.ID, group string, keep []string) (int, error) {
	gone, err := many(ctx, tx, pgx.RowTo[string], `
		DELETE FROM agent_group_member m USING agent a
		WHERE m.tenant_id = $1 AND m.group_id = $2 AND a.tenant_id = $1 AND a.id = m.agent_id AND a.oid <> ALL ($3)
		RETURNING m.agent_id::text`, string(t), group, lowered(keep))
	if err != nil || len(gone) == 0 {
		return 0, err
	}
	return one(ctx, tx, pgx.RowTo[int], noTenant(), `
		WITH orphan AS (
			SELECT a.id, EXISTS (SELECT FROM number_agent l WHERE l.tenant_id = $1 AND l.agent_id = a.id) AS listed
			FROM agent a WHERE a.tenant_id = $1 AND a.id = ANY ($2::uuid[]) AND a.source = 'group'
				AND NOT EXISTS (SELECT FROM agent_group_member m WHERE m.tenant_id = $1 AND m.agent_id = a.id)
		), paused AS (
			UPDATE agent SET paused_at = coalesce(paused_at, now()), changed_at = now()
			WHERE tenant_id = $1 AND id IN (SELECT id FROM orphan WHERE listed)
		), deleted AS (
			DELETE FROM agent WHERE tenant_id = $1 AND id IN (SELECT id FROM orphan WHERE NOT listed)
		)
		SELECT count(*) FROM orphan`, string(t), gone)
}

func lowered(oids []string) []string {
	all := make([]string, len(oids))
	for i, oid := range oids {
		all[i] = strings.ToLower(oid)
	}
	return all
}

// itemRow is an item in its column.
type itemRow struct {
	Name      string             `json:"name"`
	Subject   string             `json:"subject,omitempty"`
	State     tenant.ItemState   `json:"state"`
	CheckedAt time.Time          `json:"checked_at"`
	Check     string             `json:"check"`
	Seen      string             `json:"seen"`
	Code      string             `json:"cure,omitempty"`
	Who       []tenant.AdminRole `json:"who,omitempty"`
	Text      string             `json:"text,omitempty"`
	Command   string             `json:"command,omitempty"`
}

func itemRows(items []tenant.Item) ([]byte, error) {
	rows := make([]itemRow, len(items))
	for i, v := range items {
		rows[i] = itemRow{v.Name, v.Subject, v.State, v.CheckedAt, v.Check, v.Seen, v.Cure.Code, v.Cure.Who, v.Cure.Text, v.Cure.Command}
	}
	return json.Marshal(rows)
}

func itemsOf(b []byte) ([]tenant.Item, error) {
	var rows []itemRow
	if err := json.Unmarshal(b, &rows); err != nil {
		return nil, fmt.Errorf("decode the items: %w", err)
	}
	var items []tenant.Item
	for _, r := range rows {
		items = append(items, tenant.Item{
			Name: r.Name, Subject: r.Subject, State: r.State, CheckedAt: r.CheckedAt, Check: r.Check, Seen: r.Seen,
			Cure: tenant.Cure{Code: r.Code, Who: r.Who, Text: r.Text, Command: r.Command},
		})
	}
	return items, nil
}

// SaveStandings keeps what was seen of agents. Those who are none any more are
// left out; when somebody rang last stays if it is not told.
func (s *Store) SaveStandings(ctx context.Context, t tenant.ID, all []tenant.Standing) error {
	n := len(all)
	ids, ready, blocked := make([]string, 0, n), make([]bool, 0, n), make([]bool, 0, n)
	checked, rang, items := make([]time.Time, 0, n), make([]*time.Time, 0, n), make([]string, 0, n)
	place := map[tenant.AgentID]int{} // of two looks at one agent the later in the list counts
	for i, v := range all {
		place[v.Agent] = i
	}
	for i, v := range all {
		if place[v.Agent] != i || !isUUID(string(v.Agent)) {
			continue
		}
		b, err := itemRows(v.Items)
		if err != nil {
			return err
		}
		ids, ready, blocked = append(ids, string(v.Agent)), append(ready, v.Ready), append(blocked, v.Blocked())
		checked, rang, items = append(checked, v.CheckedAt), append(rang, null(v.LastRangAt)), append(items, string(b))
	}
	return s.changing(ctx, t, "save what was seen", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO agent_standing AS s (tenant_id, agent_id, ready, blocked, checked_at, items, last_rang_at)
			SELECT $1, v.id, v.ready, v.blocked, v.checked, v.items::json, v.rang
			FROM unnest($2::uuid[], $3::boolean[], $4::boolean[], $5::timestamptz[], $6::text[], $7::timestamptz[])
				AS v (id, ready, blocked, checked, items, rang)
			JOIN agent a ON a.tenant_id = $1 AND a.id = v.id ORDER BY v.id
			ON CONFLICT ON CONSTRAINT agent_standing_pkey DO UPDATE SET ready = excluded.ready, blocked = excluded.blocked,
				checked_at = excluded.checked_at, items = excluded.items, last_rang_at = greatest(s.last_rang_at, excluded.last_rang_at)`,
			string(t), ids, ready, blocked, checked, items, rang)
		return err
	})
}

const standingQuery = `SELECT ` + agentColumns + `, s.ready, s.checked_at, s.items, s.last_rang_at `

func scanStanding(row pgx.CollectableRow) (v onboarding.AgentStanding, err error) {
	var checked, rang *time.Time
	var ready *bool
	var items []byte
	if v.Agent, err = scanAgentAnd(row, &ready, &checked, &items, &rang); err != nil {
		return v, err
	}
	v.Standing = tenant.Standing{Tenant: v.Tenant, Agent: v.ID, Ready: orZero(ready), CheckedAt: orZero(checked), LastRangAt: orZero(rang)}
	if items != nil {
		v.Standing.Items, err = itemsOf(items)
	}
	return v, err
}

// ListStandings lists agents by id with what was last seen of them; ready
// narrows to those who were looked at and were ready, or were not.
func (s *Store) ListStandings(
	ctx context.Context, t tenant.ID, ready *bool, after tenant.AgentID, limit int,
) ([]onboarding.AgentStanding, error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	if ready == nil {
		return glance(ctx, s, t, "list the agents", scanStanding, standingQuery+`
			FROM agent a LEFT JOIN agent_standing s ON s.tenant_id = a.tenant_id AND s.agent_id = a.id AND s.agent_id > $2
			WHERE a.tenant_id = $1 AND a.id > $2 ORDER BY a.id LIMIT $3`, string(t), from, page(limit))
	}
	return glance(ctx, s, t, "list the agents", scanStanding, standingQuery+`
		FROM agent_standing s JOIN agent a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id AND a.id > $3
		WHERE s.tenant_id = $1 AND s.ready = $2 AND s.agent_id > $3 ORDER BY s.agent_id LIMIT $4`, string(t), *ready, from, page(limit))
}

// StandingsByOID finds those of these people who are agents.
func (s *Store) StandingsByOID(ctx context.Context, t tenant.ID, oids []string) ([]onboarding.AgentStanding, error) {
	return glance(ctx, s, t, "find the agents", scanStanding, standingQuery+`
		FROM agent a LEFT JOIN agent_standing s ON s.tenant_id = a.tenant_id AND s.agent_id = a.id
		WHERE a.tenant_id = $1 AND a.oid = ANY ($2)`, string(t), lowered(oids))
}

// AgentStanding finds an agent with what was last seen of him: fault.NotFound.
func (s *Store) AgentStanding(ctx context.Context, t tenant.ID, id tenant.AgentID) (onboarding.AgentStanding, error) {
	if !isUUID(string(id)) {
		return onboarding.AgentStanding{}, noAgent()
	}
	return glanceOne(ctx, s, t, "read the agent", scanStanding, noAgent(), standingQuery+`
		FROM agent a LEFT JOIN agent_standing s ON s.tenant_id = a.tenant_id AND s.agent_id = a.id
		WHERE a.tenant_id = $1 AND a.id = $2`, string(t), string(id))
}

// MarkRang notes that an agent's Teams rang; the latest moment stays. Whether
// anybody looked at him is another matter.
func (s *Store) MarkRang(ctx context.Context, t tenant.ID, oid string, at time.Time) error {
	if !isUUID(string(t)) {
		return noTenant()
	}
	return s.put(ctx, t, "note that it rang", `
		INSERT INTO agent_standing AS s (tenant_id, agent_id, blocked, items, last_rang_at)
		SELECT $1, id, false, '[]', $3 FROM agent WHERE tenant_id = $1 AND oid = lower($2)
		ON CONFLICT ON CONSTRAINT agent_standing_pkey DO UPDATE SET last_rang_at = greatest(s.last_rang_at, excluded.last_rang_at)`,
		string(t), oid, at)
}

const countsQuery = `
	SELECT count(*), count(*) FILTER (WHERE a.paused_at IS NULL AND s.ready), count(*) FILTER (WHERE a.paused_at IS NULL AND NOT s.ready),
		count(*) FILTER (WHERE a.paused_at IS NULL AND s.ready IS NULL), count(*) FILTER (WHERE a.paused_at IS NOT NULL)
	FROM agent a LEFT JOIN agent_standing s ON s.tenant_id = a.tenant_id AND s.agent_id = a.id WHERE a.tenant_id = $1`

func scanCounts(row pgx.CollectableRow) (c onboarding.Counts, err error) {
	err = row.Scan(&c.Total, &c.Ready, &c.NotReady, &c.Unchecked, &c.Paused)
	return c, err
}

// CountStandings counts a tenant's agents, each once: who was taken out is neither
// ready nor not.
func (s *Store) CountStandings(ctx context.Context, t tenant.ID) (onboarding.Counts, error) {
	all, err := glance(ctx, s, t, "count the agents", scanCounts, countsQuery, string(t))
	if err != nil {
		return onboarding.Counts{}, err
	}
	return all[0], nil
}

const groupColumns = `tenant_id, id, name, members, added_by, added_at, synced_at, sync_error`

func scanGroup(row pgx.CollectableRow) (g tenant.Group, err error) {
	var synced *time.Time
	err = row.Scan(&g.Tenant, &g.ID, &g.Name, &g.Members, &g.AddedBy, &g.AddedAt, &synced, &g.SyncError)
	g.SyncedAt = orZero(synced)
	return g, err
}

// SaveGroup adds a group or replaces what is known of it; who added it stays.
func (s *Store) SaveGroup(ctx context.Context, g tenant.Group) error {
	if !isUUID(g.ID) {
		return noGroup()
	}
	if g.AddedAt.IsZero() {
		g.AddedAt = time.Now()
	}
	return s.inTenant(ctx, g.Tenant, "save the group", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO agent_group (tenant_id, id, name, members, added_by, added_at, synced_at, sync_error)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT ON CONSTRAINT agent_group_pkey DO UPDATE SET name = excluded.name, members = excluded.members,
				synced_at = excluded.synced_at, sync_error = excluded.sync_error`,
			string(g.Tenant), g.ID, plain(g.Name), g.Members, g.AddedBy, g.AddedAt, null(g.SyncedAt), plain(g.SyncError))
		return err
	})
}

// Groups lists a tenant's groups by name.
func (s *Store) Groups(ctx context.Context, t tenant.ID) ([]tenant.Group, error) {
	return glance(ctx, s, t, "list the groups", scanGroup,
		`SELECT `+groupColumns+` FROM agent_group WHERE tenant_id = $1 ORDER BY name, id`, string(t))
}

// DeleteGroup removes a group, and its members as [Store.KeepMembers] with none.
func (s *Store) DeleteGroup(ctx context.Context, t tenant.ID, id string) error {
	if !isUUID(id) {
		return noGroup()
	}
	return s.changing(ctx, t, "delete the group", func(tx pgx.Tx) error {
		if _, err := dropMembers(ctx, tx, t, id, nil); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM agent_group WHERE tenant_id = $1 AND id = $2`, string(t), id)
		return touched(tag, deleting(err), noGroup())
	})
}
