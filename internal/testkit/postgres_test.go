package testkit_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"tandem/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestPostgres: every test has its own rows, and the addresses act as they say.
func TestPostgres(t *testing.T) {
	one, other := testkit.Postgres(t), testkit.Postgres(t)
	for dsn, want := range map[string]string{one.App: "tandem_app", one.Operator: "tandem_operator"} {
		if got := ask(t, dsn, `SELECT current_user::text`); got != want {
			t.Errorf("acts as %s, want %s", got, want)
		}
	}
	ask(t, one.Admin, `INSERT INTO region (id, name) VALUES ('eu', 'Europe') RETURNING id`)
	if got := ask(t, other.Admin, `SELECT count(*)::text FROM region`); got != "0" {
		t.Errorf("the other database has %s regions", got)
	}
	if got := ask(t, testkit.EmptyPostgres(t).Admin, `SELECT count(*)::text FROM pg_tables WHERE schemaname = 'public'`); got != "0" {
		t.Errorf("the empty database has %s tables", got)
	}
}

func ask(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}
