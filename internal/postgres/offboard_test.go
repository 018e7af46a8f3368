package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// staysAfterOffboarding is what outlives the contract, and why.
var staysAfterOffboarding = map[string]string{
	"tenant":      "the name behind the records",
	"audit":       "the trail outlives what it tells of",
	"cdr":         "records outlive the contract",
	"call_usage":  "so does their sum",
	"agent_usage": "and whom it counts",
	"call":        "the header that a record refers to",
}

// TestOffboarding fills every table that has a tenant in it, as the catalogue
// tells, and counts what is left.
func TestOffboarding(t *testing.T) {
	s, db := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	admin := connect(t, db.Admin)
	tables := strs(t, admin, `
		SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`)
	if len(tables) < 20 {
		t.Fatalf("the catalogue shows %v", tables)
	}
	for _, of := range []tenant.ID{t1.ID, t2.ID} {
		fill(t, admin, tables, of)
	}
	count := func(table string, of tenant.ID) string {
		t.Helper()
		return strs(t, admin, `SELECT count(*)::text FROM `+table+` WHERE tenant_id = $1`, string(of))[0]
	}
	before := map[string]string{}
	for _, table := range tables {
		if before[table] = count(table, t2.ID); count(table, t1.ID) == "0" {
			t.Errorf("%s was not filled: the test does not know how", table)
		}
	}

	// A call is under way: its journal stays until it is over.
	off, err := s.Offboard(ctx, t1.ID, time.Now())
	if err != nil || off.State != tenant.Offboarded || off.PausedAt.IsZero() {
		t.Fatalf("%+v, %v", off, err)
	}
	running := []string{"attempt", "call_action", "call_event", "call_lease", "call_snapshot", "reservation", "waiting"}
	check := func(when string, stays func(table string) bool) {
		t.Helper()
		for _, table := range tables {
			if left := count(table, t1.ID); (left != "0") != stays(table) {
				t.Errorf("%s: %s rows of %s", when, left, table)
			}
			if got := count(table, t2.ID); got != before[table] {
				t.Errorf("%s: the other tenant has %s rows of %s, had %s", when, got, table, before[table])
			}
		}
	}
	check("while a call runs", func(table string) bool { return staysAfterOffboarding[table] != "" || slices.Contains(running, table) })
	if _, err := admin.Exec(ctx, `DELETE FROM call_lease WHERE tenant_id = $1`, string(t1.ID)); err != nil { // as the journal does
		t.Fatal(err)
	}
	if err := s.Engine().Sweep(ctx, time.Now()); err != nil {
		t.Fatal(err)
	}
	check("when the last call is over", func(table string) bool { return staysAfterOffboarding[table] != "" })

	if _, err := s.Offboard(ctx, t1.ID, time.Now()); err != nil {
		t.Errorf("again: %v", err)
	}
	wantCode(t, "sign in", s.CreateSession(ctx, provider.Session{
		Hash: []byte("hash"), Tenant: t1.ID, EntraTenantID: t1.EntraTenantID, OID: nobody, Person: []byte("sealed"), CreatedAt: now(), ExpiresAt: now().Add(time.Hour),
	}), "tenant_offboarded")
	_, err = s.Callable(ctx, t1.ID)
	wantCode(t, "call it", err, "tenant_offboarded")
	_, err = s.Offboard(ctx, nobody, time.Now())
	wantCode(t, "an unknown one", err, "tenant_unknown")
	_, err = s.TenantByEntra(ctx, t1.EntraTenantID)
	wantCode(t, "find it by its organisation", err, "tenant_unknown")
	if _, err := s.CreateTenant(ctx, tenant.Tenant{Name: "Contoso", EntraTenantID: t1.EntraTenantID, State: tenant.Invited, HomeRegion: "eu"}); err != nil {
		t.Errorf("the organisation cannot come back: %v", err)
	}
}

// fill puts rows of a tenant into every table: values by type, so that a table
// that comes later is filled as well.
func fill(t *testing.T, admin *pgx.Conn, tables []string, of tenant.ID) {
	t.Helper()
	tx, err := admin.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Which row refers to which does not matter here.
	if _, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if table == "tenant" {
			continue
		}
		columns := strs(t, admin, `
			SELECT attname || ' ' || format_type(atttypid, NULL) FROM pg_attribute
			WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''`, table)
		var names, values []string
		for _, c := range columns {
			name, kind, _ := strings.Cut(c, " ")
			names, values = append(names, name), append(values, valueOf(t, table, name, kind, of))
		}
		sql := fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM generate_series(1, 3) n ON CONFLICT DO NOTHING`, table, strings.Join(names, ", "), strings.Join(values, ", "))
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func valueOf(t *testing.T, table, name, kind string, of tenant.ID) string {
	t.Helper()
	// Calls and invitations have the same key in each of their tables.
	same := `md5(n || '` + string(of) + `')::uuid`
	allowed := map[string]string{
		"invitation.kind": "'welcome'", "grant_ledger.kind": "'federation'", "grant_ledger.state": "'proved'", "agent.source": "'single'",
		"number.answer_policy": "'at_once'", "call_action.state": "'done'", "onboarding_look.kind": "(ARRAY['consent', 'agents', 'groups'])[n]",
		"agent_standing.ready": "true", "sip_token.bound_call_id": "NULL", "sip_token.used_at": "NULL", "proof.ended_at": "now()", "proof.attempts": "'[]'",
		"queue.strategy": "'in_order'", "reservation.id": "NULL", "reservation.until": "NULL", "agent_turn.day": "current_date", "queue_pace.service_ms": "n",
		"waiting.tried":           "'{}'",
		"webhook.disabled_reason": "''", "webhook_delivery.state": "'delivered'",
		"recording.id": same, "recording_lookup.recording_id": same, "recording_lookup.microsoft_id": `'m ' || n || '` + string(of) + `'`, "recording.file": "'none'",
		"recording.files": `'[{"key": "k"}]'`,
	}
	if v, ok := allowed[table+"."+name]; ok {
		return v
	}
	if name == "tenant_id" {
		return "'" + string(of) + "'::uuid"
	}
	if table == "session" && name == "hash" || strings.HasSuffix(name, "hash") || name == "e164" {
		return map[string]string{"bytea": `decode(md5(n::text || '` + string(of) + `'), 'hex')`, "text": `'+' || n || '` + string(of) + `'`}[kind]
	}
	switch kind {
	case "uuid":
		if name == "call_id" || table == "call" || strings.HasPrefix(table, "invitation") || name == "event_id" || table == "event" || table == "agent_standing" {
			return same
		}
		return "gen_random_uuid()"
	case "text":
		return `'text ' || n`
	case "text[]":
		return `ARRAY['text']`
	case "integer[]":
		return `ARRAY[n]`
	case "bytea":
		return `decode(md5(n::text), 'hex')`
	case "json", "jsonb":
		return `'{}'::` + kind
	case "boolean":
		return `true`
	case "integer", "bigint", "smallint", "double precision":
		return `n`
	case "date":
		return `'2126-01-01'::date + n`
	case "timestamp with time zone":
		return `'2126-01-01 00:00:00+00'::timestamptz`
	}
	t.Fatalf("%s.%s is a %s: say how to fill it", table, name, kind)
	return ""
}

// TestOffboardingInBatches: more rows than go at once.
func TestOffboardingInBatches(t *testing.T) {
	s, db := open(t)
	t1, t2 := twoTenants(t, s)
	admin := connect(t, db.Admin)
	for _, of := range []tenant.ID{t1.ID, t2.ID} {
		if _, err := admin.Exec(t.Context(), `
			INSERT INTO agent (tenant_id, id, endpoint, oid, name) SELECT $1, gen_random_uuid(), 'teams_user', n::text, 'x' FROM generate_series(1, $2) n`,
			string(of), 2*postgres.DeleteBatch+1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Offboard(t.Context(), t1.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%s %d", t2.ID, 2*postgres.DeleteBatch+1)
	if left := strs(t, admin, `SELECT tenant_id || ' ' || count(*) FROM agent GROUP BY tenant_id`); !slices.Equal(left, []string{want}) {
		t.Errorf("left %v, want %s", left, want)
	}
}
