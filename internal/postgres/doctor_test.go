package postgres_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/check"
	"tandem/internal/postgres"
	"tandem/internal/testkit"
)

// TestLook: a database that is as it should be, one without a schema, and what can be
// wrong with one.
func TestLook(t *testing.T) {
	t.Parallel()
	db := testkit.Postgres(t)
	good := postgres.Look(t.Context(), db.Admin)
	if good.Err != nil || good.Version < 150000 || good.Schema != good.Wanted || good.Schema == 0 || good.Dirty || len(good.Roles) != 2 || len(good.Unguarded) > 0 || !good.Superuser {
		t.Errorf("%+v", good)
	}
	for _, r := range good.Roles {
		if !r.Exists || !r.Usable || r.Bypasses || r.Owns {
			t.Errorf("%+v", r)
		}
	}
	if empty := postgres.Look(t.Context(), testkit.EmptyPostgres(t).Admin); empty.Err != nil || empty.Schema != 0 || empty.Wanted != good.Wanted {
		t.Errorf("an empty database: %+v", empty)
	}

	conn, err := pgx.Connect(t.Context(), db.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for sql, bad := range map[string]func(check.Database) bool{
		`UPDATE schema_migrations SET version = 3`:                   func(d check.Database) bool { return d.Schema == 3 },
		`UPDATE schema_migrations SET dirty = true`:                  func(d check.Database) bool { return d.Dirty },
		`ALTER TABLE cdr NO FORCE ROW LEVEL SECURITY`:                func(d check.Database) bool { return len(d.Unguarded) == 1 && d.Unguarded[0] == "cdr" },
		`CREATE TABLE mine (); ALTER TABLE mine OWNER TO tandem_app`: func(d check.Database) bool { return d.Roles[0].Owns },
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if d := postgres.Look(t.Context(), db.Admin); d.Err != nil || !bad(d) {
			t.Errorf("after %s: %+v", sql, d)
		}
	}
}

// TestLookAway: a server that is not there, and one that refuses, without the password.
func TestLookAway(t *testing.T) {
	t.Parallel()
	db := testkit.Postgres(t)
	u, err := url.Parse(db.Admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/nothing_here"
	for dsn, want := range map[string]string{
		"postgres://tandem:s3cret@127.0.0.1:1/tandem": "refused", "postgres://tandem:s3cret@localhost:port/tandem": "not understood", u.String(): "nothing_here",
	} {
		d := postgres.Look(t.Context(), dsn)
		if d.Err == nil || !strings.Contains(d.Err.Error(), want) || strings.Contains(d.Err.Error(), "s3cret") {
			t.Errorf("%s: %v", dsn, d.Err)
		}
		if _, err := postgres.Clock(t.Context(), dsn); err == nil {
			t.Errorf("%s has a clock", dsn)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d := postgres.Look(ctx, db.Admin); d.Err == nil {
		t.Error("asked after the end")
	}
}

func TestLastSeen(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	if at, err := s.Engine().LastSeen(t.Context(), "eu"); err != nil || !at.IsZero() {
		t.Errorf("%v %v", at, err)
	}
	conn, err := pgx.Connect(t.Context(), db.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	last := time.Now().Add(-time.Hour).Truncate(time.Microsecond)
	if _, err := conn.Exec(t.Context(), `INSERT INTO seen_event VALUES ('eu', 'a', $1), ('eu', 'b', $2), ('us', 'c', now())`, last.Add(-time.Hour), last); err != nil {
		t.Fatal(err)
	}
	if at, err := s.Engine().LastSeen(t.Context(), "eu"); err != nil || !at.Equal(last) {
		t.Errorf("%v %v", at, err)
	}
	if at, err := postgres.Clock(t.Context(), db.Admin); err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("%v %v", at, err)
	}
}
