package postgres_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
)

// tenants is the size of BenchmarkTenants. That of the promise takes minutes to
// fill and 15 GB:
//
//	go test -run '^$' -bench Tenants -benchtime 10s -timeout 1h ./internal/postgres -tenants 100000
var tenants = flag.Int("tenants", 2000, "how many tenants BenchmarkTenants has, of 50 agents each")

const agentsEach = 50

// BenchmarkTenants asks what a call asks, and lists what the console lists, among
// -tenants tenants. Nothing is cached between two questions but by PostgreSQL.
//
//   - look-up: the p99 of each question on the way of a call, one at a time, beside
//     that of SELECT 1, which takes turns with them on the same pool: "number/1" is
//     how many times as long the first one takes. "call/1" is all that a call to a
//     number asks until somebody is chosen, one after the other.
//   - pages: the median of a page at the far end beside that of the first one: "deep/first"
//     is near 1 if lists do not get slower with depth.
func BenchmarkTenants(b *testing.B) {
	db := testkit.Postgres(b)
	began := time.Now()
	crowd := crowded{n: *tenants, started: began.Add(-3 * time.Hour).UnixMilli()}
	crowd.fill(b, connect(b, db.Admin))
	b.Logf("%d tenants and %d agents filled in %v", crowd.n, crowd.n*(agentsEach+1), time.Since(began).Round(time.Second))
	s := openStore(b, db.Admin)
	b.Run("look-up", func(b *testing.B) { crowd.lookUps(b, s) })
	all := crowd.pages(b.Context(), s)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.Run("pages/"+name, func(b *testing.B) { depth(b, all[name]) })
	}
}

// crowded is a database of many tenants. The first one is a giant: it has as many
// more agents, lines in its trail and calls as there are tenants.
type crowded struct {
	n       int
	started int64 // the moment in the first id, in milliseconds
}

// Kinds of ids. Like those of the store they rise with time, and a group's
// members have theirs next to each other.
const (
	tenantKind = iota + 1
	agentKind
	callKind
)

func (c crowded) id(kind byte, n int) string {
	return string(call.NewID(time.UnixMilli(c.started+int64(n)), [10]byte{1: kind}))
}

// sql is id for a number that an expression gives.
func (c crowded) sql(kind byte, n string) string {
	return fmt.Sprintf(`(lpad(to_hex(%d + %s), 12, '0') || '70%02x80' || repeat('0', 14))::uuid`, c.started, n, kind)
}

func (c crowded) number(tenant int) string { return fmt.Sprintf("+49%09d", tenant) }

// fill writes all rows past triggers: what they refer to is there.
func (c crowded) fill(b *testing.B, admin *pgx.Conn) {
	b.Helper()
	items, snapshot := typicalItems(b), typicalSnapshot(b)
	// The tenant of the n-th of its things, of which each tenant has so many.
	of := func(each int) string { return fmt.Sprintf(`CASE WHEN n < %d THEN n / %d ELSE 0 END`, c.n*each, each) }
	tenantOf := func(each int) string { return c.sql(tenantKind, of(each)) }
	series := func(each, more int) string { return fmt.Sprintf(` FROM generate_series(0, %d) n`, c.n*(each+more)-1) }
	agentID, callID := c.sql(agentKind, "n"), c.sql(callKind, "n")
	const at = `to_timestamp((%d + n) / 1000.0)`
	callAt := fmt.Sprintf(at, c.started)
	steps := []string{
		`SET session_replication_role = replica`,
		`INSERT INTO region (id, name) VALUES ('eu', 'Europe')`,
		`INSERT INTO resource (id, region_id, endpoint, immutable_id, access_key, made_at, cognitive_endpoint, anchor_number)
			SELECT 'eu-' || n, 'eu', 'https://' || n, gen_random_uuid(), '', now(), '', '' FROM generate_series(1, 2) n`,
		`INSERT INTO tenant (tenant_id, name, entra_tenant_id, state, home_region, bound_at, standing, attention, words, judged_with)
			SELECT ` + tenantOf(1) + `, 'Tenant ' || n, gen_random_uuid(), 'active', 'eu', now(),
				CASE WHEN n % 20 = 3 THEN 'needs_other' ELSE 'ready' END, n % 20 = 3, array_to_tsvector(ARRAY['tenant', n::text, 'w' || n % 20]), 2` + series(1, 0),
		`INSERT INTO agent (tenant_id, id, endpoint, oid, name, upn, source)
			SELECT ` + tenantOf(agentsEach) + `, ` + agentID + `, 'teams_user', gen_random_uuid()::text, 'Agent ' || n, 'agent' || n || '@example.com', 'group'` + series(agentsEach, 1),
		`INSERT INTO agent_standing (tenant_id, agent_id, ready, blocked, checked_at, items)
			SELECT ` + tenantOf(agentsEach) + `, ` + agentID + `, n % 10 > 0, n % 20 = 0, now(), ` + items + series(agentsEach, 1),
		`INSERT INTO number (tenant_id, e164, connectivity, display_name, ring_timeout_ms, answer_policy)
			SELECT ` + tenantOf(1) + `, '+49' || lpad(n::text, 9, '0'), 'acs_direct_routing', 'Hotline', 20000, 'with_agent'` + series(1, 0),
		`INSERT INTO number_lookup (tenant_id, e164) SELECT tenant_id, e164 FROM number`,
		`INSERT INTO number_agent (tenant_id, e164, position, agent_id)
			SELECT ` + tenantOf(3) + `, '+49' || lpad((n / 3)::text, 9, '0'), n % 3, ` + c.sql(agentKind, fmt.Sprintf(`n / 3 * %d + n %% 3`, agentsEach)) + series(3, 0),
		`INSERT INTO grant_ledger (tenant_id, kind, subject, state, by, looked, code, message)
			SELECT ` + tenantOf(6) + `, CASE WHEN n % 6 < 2 THEN 'federation' ELSE 'graph_consent' END,
				(ARRAY['eu-1', 'eu-2', 'User.Read.All', 'Presence.Read.All', 'GroupMember.Read.All', 'TeamsUserConfiguration.Read.All'])[n % 6 + 1],
				'proved', 'tandem', 'test_call', '', ''` + series(6, 0),
		`INSERT INTO grant_now (tenant_id, kind, subject, ledger_id, state, at, by, looked, code, message, evidence)
			SELECT tenant_id, kind, subject, id, state, at, by, looked, code, message, evidence FROM grant_ledger`,
		`INSERT INTO audit (tenant_id, actor, action, subject, detail)
			SELECT ` + tenantOf(10) + `, 'key:x', 'agent.add', 'y', '{"name":"Agent"}'` + series(10, 1),
		`INSERT INTO call (tenant_id, id, started_at, phase, peer, caller, called, number, result, reason, ended_at)
			SELECT ` + tenantOf(2) + `, ` + callID + `, ` + callAt + `, 'ended', 'carrier', '+491701234567', '', '', 'completed', 'agent_hung_up', now()` + series(2, 1),
		`INSERT INTO call_snapshot (tenant_id, started_at, call_id, seq, state)
			SELECT ` + tenantOf(2) + `, ` + callAt + `, ` + callID + `, 13, ` + snapshot + series(2, 1),
		`SET session_replication_role = origin`,
		`VACUUM ANALYZE`,
		`CHECKPOINT`, // what was filled in is on disk before anything is measured
	}
	for _, sql := range steps {
		if _, err := admin.Exec(b.Context(), sql); err != nil {
			b.Fatalf("%.80s: %v", sql, err)
		}
	}
}

// typicalItems is what a look at an agent leaves, as a literal.
func typicalItems(b *testing.B) string {
	type item struct {
		Name      string    `json:"name"`
		State     string    `json:"state"`
		CheckedAt time.Time `json:"checked_at"`
		Check     string    `json:"check"`
		Seen      string    `json:"seen"`
	}
	var all []item
	for _, name := range []string{"account", "teams_licence", "phone_licence", "enterprise_voice", "presence", "policy"} {
		all = append(all, item{name, "ok", time.Now(), "graph licenseDetails", "an enabled account of a member, with a licence"})
	}
	return literal(b, all)
}

func literal(b *testing.B, v any) string {
	b.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	return `'` + strings.ReplaceAll(string(raw), `'`, `''`) + `'`
}

// typicalSnapshot is a call that is over, as a literal.
func typicalSnapshot(b *testing.B) string {
	c := newCall(newTenantID())
	for _, e := range []call.Event{
		call.Offered{Peer: "carrier", Caller: "+491701234567", Called: "+493012345678", SIPCallID: "a@b", Dialog: json.RawMessage(`{"to":"sip:+493012345678@192.0.2.1"}`)},
		call.AgentChosen{Op: "1.0", Agent: "a1", Name: "Ana Ruiz", Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "00000000-0000-4000-8000-000000000001"}},
		call.LegProceeding{Side: call.Far, SIPCallID: "f"}, call.Invited{Resource: "eu-1", Context: strings.Repeat("ctx", 300)},
		call.ConnectionAccepted{Op: "4.0", Connection: "c1"}, call.LegAnswered{Side: call.Far}, call.ConnectionUp{Connection: "c1"},
		call.LegEnded{Side: call.Near, By: call.ByCaller, Q850: 16}, call.ConnectionDown{Connection: "c1"}, call.LegEnded{Side: call.Far, By: call.ByTandem},
	} {
		c, _ = call.Next(c, time.Now(), e)
	}
	return literal(b, c)
}

// lookUps measures what is asked between an INVITE and the ringing of a phone.
func (c crowded) lookUps(b *testing.B, s *postgres.Store) {
	ctx, r := b.Context(), s.Registry()
	questions := []struct {
		name string
		ask  func(of int) error
	}{
		{"select", func(int) error { return s.SelectOne(ctx) }},
		// Whose number it is, who is listed, and whether the ledger lets us ring.
		{"number", func(of int) error { _, err := r.Number(ctx, c.number(of)); return err }},
		// Who of those listed may be rung, and who of them is rung already.
		{"choice", func(of int) error {
			_, err := r.Choice(ctx, c.tenant(of), bridge.Wanted{Agents: c.listed(of)})
			return err
		}},
		// The same where nobody is listed, so that any of 50 may be.
		{"everybody", func(of int) error { _, err := r.Choice(ctx, c.tenant(of), bridge.Wanted{}); return err }},
		// What the API asks of a call that names tenant and agents.
		{"callable", func(of int) error { _, err := s.Callable(ctx, c.tenant(of)); return err }},
		{"known", func(of int) error { _, err := s.KnownAgents(ctx, c.tenant(of), c.listed(of)); return err }},
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		of := 1 + rand.IntN(c.n-1) // not the giant, whose lists are longer
		for _, q := range questions {
			began := time.Now()
			if err := q.ask(of); err != nil {
				b.Fatalf("%s: %v", q.name, err)
			}
			took[q.name] = append(took[q.name], time.Since(began))
		}
	}
	for i, d := range took["number"] {
		took["call"] = append(took["call"], d+took["choice"][i])
	}
	b.ReportMetric(0, "ns/op") // of all together: means nothing
	one := quantile(took["select"], 0.99)
	for _, name := range slices.Sorted(maps.Keys(took)) {
		p99 := quantile(took[name], 0.99)
		b.Logf("%-9s p50 %v, p99 %v", name, quantile(took[name], 0.5), p99)
		if name != "select" {
			b.ReportMetric(float64(p99)/float64(one), name+"/1")
		}
	}
}

func (c crowded) tenant(n int) tenant.ID { return tenant.ID(c.id(tenantKind, n)) }

// listed are the agents of a tenant's number.
func (c crowded) listed(of int) []tenant.AgentID {
	var all []tenant.AgentID
	for i := range 3 {
		all = append(all, tenant.AgentID(c.id(agentKind, of*agentsEach+i)))
	}
	return all
}

// quantile sorts what it is given.
func quantile(all []time.Duration, q float64) time.Duration {
	slices.Sort(all)
	return all[int(q*float64(len(all)-1))]
}

// page reads one page of a list and tells how many rows it has.
type page func(deep bool) (rows int, err error)

// pages are the lists of the console, each with its first page and one that is as
// full and as far from it as can be.
func (c crowded) pages(ctx context.Context, s *postgres.Store) map[string]page {
	const rows = provider.DefaultPage
	giant := c.tenant(0)
	from := func(deep bool, kind byte, n int) string {
		if !deep {
			return ""
		}
		return c.id(kind, n)
	}
	line := func(deep bool, n int) int64 {
		if !deep {
			return 0
		}
		return int64(n) + 1 // they are numbered from 1
	}
	tenants := func(f onboarding.TenantFilter, each int) page { // one of each is found
		return func(deep bool) (int, error) {
			got, err := s.ListTenants(ctx, "", f, tenant.ID(from(deep, tenantKind, c.n-1-rows*each)), rows)
			return len(got), err
		}
	}
	agents, lines, calls := c.n*(agentsEach+1), c.n*10, c.n*2 // where agents end, and where the giant's own lines and calls begin
	return map[string]page{
		"tenants":           tenants(onboarding.TenantFilter{}, 1),
		"tenants-needy":     tenants(onboarding.TenantFilter{Attention: new(true)}, 20),
		"tenants-searched":  tenants(onboarding.TenantFilter{Text: "tenant w7"}, 20),
		"tenants-by-a-word": tenants(onboarding.TenantFilter{Text: "TEN"}, 1),
		"agents": func(deep bool) (int, error) {
			got, err := s.ListAgents(ctx, "", tenant.AgentID(from(deep, agentKind, agents-1-rows)), rows)
			return len(got), err
		},
		"agents-of-one": func(deep bool) (int, error) {
			got, err := s.ListAgents(ctx, giant, tenant.AgentID(from(deep, agentKind, agents-1-rows)), rows)
			return len(got), err
		},
		"standings-of-one": func(deep bool) (int, error) {
			got, err := s.ListStandings(ctx, giant, nil, tenant.AgentID(from(deep, agentKind, agents-1-rows)), rows)
			return len(got), err
		},
		"audit": func(deep bool) (int, error) {
			got, err := s.ListAudit(ctx, "", line(deep, rows), rows)
			return len(got), err
		},
		"audit-of-one": func(deep bool) (int, error) {
			got, err := s.ListAudit(ctx, giant, line(deep, lines+rows), rows)
			return len(got), err
		},
		"calls": func(deep bool) (int, error) {
			got, err := s.ListCalls(ctx, "", provider.Query{After: from(deep, callKind, rows), Limit: rows})
			return len(got), err
		},
		"calls-of-one": func(deep bool) (int, error) {
			got, err := s.ListCalls(ctx, giant, provider.Query{After: from(deep, callKind, calls+rows), Limit: rows})
			return len(got), err
		},
	}
}

// depth reads the two pages in turn.
func depth(b *testing.B, read page) {
	took := map[bool][]time.Duration{}
	for b.Loop() {
		for _, deep := range []bool{false, true} {
			began := time.Now()
			if rows, err := read(deep); err != nil || rows != provider.DefaultPage {
				b.Fatalf("deep %v: %d rows, %v", deep, rows, err)
			}
			took[deep] = append(took[deep], time.Since(began))
		}
	}
	first, deep := quantile(took[false], 0.5), quantile(took[true], 0.5)
	b.ReportMetric(0, "ns/op") // of both: means nothing
	b.ReportMetric(float64(deep)/float64(first), "deep/first")
}
