package postgres_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
)

// Every table is in one of these lists; see package migrations.
var (
	tenantTables = []string{
		"agent", "agent_group", "agent_group_member", "agent_standing", "agent_usage", "audit", "bot", "call", "call_action", "call_event", "call_snapshot",
		"call_trace",
		"call_usage", "cdr", "dialling", "event", "flow", "flow_version", "grant_ledger", "grant_now", "invitation", "number", "number_agent", "onboarding_look", "onboarding_step",
		"prompt", "prompt_audio", "proof", "queue", "queue_agent", "recording", "recording_settings", "tenant", "test_user", "transcript_phrase", "webhook_delivery",
	}
	providerTables = []string{
		"api_key", "domain_mark", "health", "health_sample", "idempotency", "peer", "proof_key", "region", "resource", "route", "routing_revision", "trunk", "trunk_proof", "webhook",
	}
	engineTables = []string{
		"agent_turn", "attempt", "call_deadline", "call_lease", "event_outbox", "inbox", "invitation_lookup", "journey", "number_lookup", "queue_pace", "recording_lookup", "recording_trash", "reservation",
		"river_job", "river_leader", "river_migration", "river_notification", "river_queue", "seen_event", "session", "sip_token", "waiting",
	}
	migrationTables = []string{"schema_migrations"}

	// appendOnly are the tables whose rows go only with the whole tenant.
	appendOnly = []string{"call_snapshot", "grant_ledger"}
)

func connect(t testing.TB, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func strs(t *testing.T, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return all
}

// TestEveryTableIsClassified fails for a table that nobody thought about.
func TestEveryTableIsClassified(t *testing.T) {
	conn := connect(t, testkit.Postgres(t).Admin)
	const tables = `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`
	known := slices.Concat(tenantTables, providerTables, engineTables, migrationTables)
	found := strs(t, conn, tables)
	for _, table := range found {
		if !slices.Contains(known, table) {
			t.Errorf("the table %s is in no list: say what it is", table)
		}
	}
	for _, table := range known {
		if !slices.Contains(found, table) {
			t.Errorf("there is no table %s", table)
		}
	}
	secured := strs(t, conn, tables+` AND relrowsecurity AND relforcerowsecurity ORDER BY 1`)
	if !slices.Equal(secured, tenantTables) {
		t.Errorf("row level security is forced on %v, want %v", secured, tenantTables)
	}
	if half := strs(t, conn, tables+` AND relrowsecurity <> relforcerowsecurity`); len(half) > 0 {
		t.Errorf("row level security is half on: %v", half)
	}
}

// TestTenantTables: the tenant comes first in the key, and the policies are the
// two there shall be.
func TestTenantTables(t *testing.T) {
	conn := connect(t, testkit.Postgres(t).Admin)
	for _, table := range tenantTables {
		first := strs(t, conn, `
			SELECT a.attname::text FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
			WHERE c.conrelid = $1::regclass AND c.contype = 'p'`, table)
		if !slices.Equal(first, []string{"tenant_id"}) {
			t.Errorf("%s: the primary key begins with %v", table, first)
		}
		foreign := strs(t, conn, `
			SELECT c.conname::text FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
			WHERE c.conrelid = $1::regclass AND c.contype = 'f' AND c.confrelid::regclass::text = ANY ($2) AND a.attname <> 'tenant_id'`,
			table, tenantTables)
		if len(foreign) > 0 {
			t.Errorf("%s: foreign keys to tenant tables without the tenant: %v", table, foreign)
		}
		policies := strs(t, conn, `
			SELECT format('%s %s %s%s', cmd, array_to_string(roles, ','), CASE permissive WHEN 'PERMISSIVE' THEN '' ELSE 'RESTRICTIVE ' END, qual) FROM pg_policies WHERE tablename = $1 ORDER BY 1`, table)
		want := []string{"ALL tandem_app (tenant_id = current_tenant())"}
		if slices.Contains(postgres.OperatorTables(), table) {
			want = append(want, "SELECT tandem_operator true")
		}
		if slices.Contains(appendOnly, table) {
			want = slices.Insert(want, 1, "DELETE tandem_app RESTRICTIVE (EXISTS ( SELECT\n   FROM tenant t\n  WHERE ((t.tenant_id = "+table+".tenant_id) AND (t.state = 'offboarded'::text))))")
		}
		if !slices.Equal(policies, want) {
			t.Errorf("%s: policies %q, want %q", table, policies, want)
		}
	}
}

// TestRights: the roles can do what the lists say and nothing else.
func TestRights(t *testing.T) {
	conn := connect(t, testkit.Postgres(t).Admin)
	const rights = `
		SELECT DISTINCT format('%s %s', c.relname, a.privilege_type) FROM pg_class c, aclexplode(c.relacl) a
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.grantee = $1::regrole ORDER BY 1`
	operator := strs(t, conn, rights, "tandem_operator")
	var want []string
	for _, table := range postgres.OperatorTables() {
		want = append(want, table+" SELECT")
	}
	slices.Sort(want)
	if !slices.Equal(operator, want) {
		t.Errorf("the operator may %q, want %q", operator, want)
	}
	app := strs(t, conn, rights, "tandem_app")
	for _, table := range slices.Concat(tenantTables, providerTables, engineTables) {
		if !slices.Contains(app, table+" SELECT") {
			t.Errorf("the app cannot read %s", table)
		}
	}
	for _, right := range app {
		table, what, _ := strings.Cut(right, " ")
		if strings.Contains(table, "_default") || slices.Contains(migrationTables, table) || !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE"}, what) {
			t.Errorf("the app may %s", right)
		}
	}
	for _, right := range []string{"audit UPDATE", "audit DELETE", "cdr UPDATE", "cdr DELETE", "call DELETE", "grant_ledger UPDATE"} {
		if slices.Contains(app, right) {
			t.Errorf("the app may %s", right)
		}
	}
	if public := strs(t, conn, rights, "-"); len(public) > 0 {
		t.Errorf("everybody may %v", public)
	}
}

// TestForgottenWhere is the reason for row level security: a query without any
// condition shows one tenant's rows, and none without a tenant.
func TestForgottenWhere(t *testing.T) {
	s, db := open(t)
	t1, _ := twoTenants(t, s)
	conn := connect(t, db.App)
	if got := strs(t, conn, `SELECT name FROM tenant`); len(got) != 0 {
		t.Errorf("without a tenant: %v", got)
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT set_config('app.tenant_id', $1, true)`, string(t1.ID)); err != nil {
		t.Fatal(err)
	}
	if got := strs(t, conn, `SELECT name FROM tenant`); !slices.Equal(got, []string{"Contoso"}) {
		t.Errorf("as t1: %v", got)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The setting is now '' and not absent: that must not be an error.
	if got := strs(t, conn, `SELECT name FROM tenant`); len(got) != 0 {
		t.Errorf("after the transaction: %v", got)
	}
	if got := strs(t, connect(t, db.Operator), `SELECT name FROM tenant ORDER BY name`); !slices.Equal(got, []string{"Contoso", "Fabrikam"}) {
		t.Errorf("the operator sees %v", got)
	}
	if _, err := connect(t, db.Operator).Exec(t.Context(), `DELETE FROM tenant`); err == nil {
		t.Error("the operator could delete")
	}
}

// TestMigrations: up, down, up again, and the same schema; two at once.
func TestMigrations(t *testing.T) {
	db := testkit.EmptyPostgres(t)
	const schema = `
		SELECT format('%s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'i') AND a.attnum > 0
		UNION ALL
		SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
		WHERE connamespace = 'public'::regnamespace
		UNION ALL
		SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
		UNION ALL
		SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
		ORDER BY 1`
	both := make(chan error, 2)
	for range 2 {
		go func() { both <- postgres.Migrate(t.Context(), db.Admin) }()
	}
	for range 2 {
		if err := <-both; err != nil {
			t.Fatal(err)
		}
	}
	conn := connect(t, db.Admin)
	first := strs(t, conn, schema)
	if err := postgres.Unmigrate(t.Context(), db.Admin); err != nil {
		t.Fatal(err)
	}
	left := slices.DeleteFunc(strs(t, conn, schema), func(s string) bool { return strings.Contains(s, "schema_migrations") })
	if len(left) > 0 {
		t.Errorf("the way down left %q", left)
	}
	if err := postgres.Migrate(t.Context(), db.Admin); err != nil {
		t.Fatal(err)
	}
	if again := strs(t, conn, schema); !slices.Equal(again, first) {
		t.Errorf("the second way up made another schema:\n%q\n%q", first, again)
	}
}

// TestConstraintNames: every name that faults.go knows is in the schema, and
// every constraint that a user can run into is known.
func TestConstraintNames(t *testing.T) {
	conn := connect(t, testkit.Postgres(t).Admin)
	all := strs(t, conn, `
		SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique AND indpred IS NOT NULL`)
	violations, stillUsed := postgres.ConstraintNames()
	for _, name := range slices.Concat(violations, stillUsed) {
		if !slices.Contains(all, name) {
			t.Errorf("there is no constraint %s", name)
		}
	}
	for _, name := range strs(t, conn, `
		SELECT conname::text FROM pg_constraint
		WHERE contype IN ('f', 'u') AND conrelid::regclass::text = ANY ($1) AND conparentid = 0
		UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique AND indpred IS NOT NULL AND indrelid::regclass::text = ANY ($1)`,
		slices.Concat(tenantTables, providerTables)) {
		if !slices.Contains(violations, name) && !slices.Contains(internalKeys, name) {
			t.Errorf("nobody says what a violation of %s means", name)
		}
	}
}

// internalKeys can be violated only by a mistake of ours.
var internalKeys = []string{
	"number_agent_agent_key", "number_agent_number_fkey", "cdr_call_fkey", "grant_now_ledger_fkey", "webhook_delivery_event_fkey", "prompt_audio_prompt_fkey",
	"flow_version_flow_fkey", "queue_agent_agent_key", "queue_agent_queue_fkey",
}

func TestOpenRefusesAnAddressItCannotRead(t *testing.T) {
	_, err := postgres.Open(t.Context(), postgres.Config{DSN: "postgres://user:hunter2@host:port/"})
	if fault.KindOf(err) != fault.KindInvalid || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
	if err := postgres.Migrate(t.Context(), "postgres://user:hunter2@host:port/"); fault.KindOf(err) != fault.KindInvalid || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

// TestNoTenant: every method about one tenant refuses what is no tenant's id,
// before it asks the database.
func TestNoTenant(t *testing.T) {
	s, _ := open(t)
	for name, err := range map[string]error{
		"DeleteTenant": s.DeleteTenant(t.Context(), "x"),
		"DeleteAgent":  s.DeleteAgent(t.Context(), "", tenant.AgentID("11111111-1111-4111-8111-111111111111")),
		"DeleteNumber": s.DeleteNumber(t.Context(), "'; --", "+493012345678"),
	} {
		if fault.CodeOf(err) != "tenant_unknown" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPartitions: asking again makes nothing, and the app may ask.
func TestPartitions(t *testing.T) {
	s, db := open(t)
	for range 2 {
		if err := s.Engine().MakePartitions(t.Context(), 4); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]int{}
	for _, parent := range strs(t, connect(t, db.Admin), `SELECT inhparent::regclass::text FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind = 'r'`) {
		found[parent]++
	}
	if want := map[string]int{"call_event": 6, "call_snapshot": 6, "call_action": 6}; !maps.Equal(found, want) {
		t.Errorf("partitions: %v, want %v (five months and the default)", found, want)
	}
	if err := s.Engine().MakePartitions(t.Context(), 100); err == nil {
		t.Error("made partitions for 100 months")
	}
}
