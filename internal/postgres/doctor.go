package postgres

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/migrations"
)

// Look asks a database about itself, with one connection of the login's own. It wants
// nothing of the schema, so that it also tells what is wrong with one that is not there.
func Look(ctx context.Context, dsn string) check.Database {
	d, err := look(ctx, dsn)
	if err != nil {
		return check.Database{Err: err}
	}
	return d
}

func look(ctx context.Context, dsn string) (d check.Database, err error) {
	pc, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The error shows the address, and perhaps the password in it.
		return d, fault.Invalid("database_url_invalid", "the address of the database is not understood: postgres://user:password@host/database")
	}
	conn, err := pgx.ConnectConfig(ctx, pc)
	if err != nil {
		return d, refusal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if d.Wanted, err = lastMigration(); err != nil {
		return d, err
	}
	err = conn.QueryRow(ctx, `
		SELECT current_setting('server_version_num')::int, session_user, (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)`,
	).Scan(&d.Version, &d.Login, &d.Superuser)
	if err != nil {
		return d, err
	}
	for _, name := range []string{appRole, operatorRole} {
		r := check.Role{Name: name}
		err := conn.QueryRow(ctx, `
			SELECT rolsuper OR rolbypassrls, EXISTS (SELECT FROM pg_class WHERE relowner = r.oid), pg_has_role(session_user, r.oid, 'MEMBER')
			FROM pg_roles r WHERE rolname = $1`, name).Scan(&r.Bypasses, &r.Owns, &r.Usable)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return d, err
		}
		r.Exists = err == nil
		d.Roles = append(d.Roles, r)
	}
	if d.Unguarded, err = many(ctx, conn, pgx.RowTo[string], `
		SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY($1)
			AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1`, OperatorTables()); err != nil {
		return d, err
	}
	var there bool
	if err := conn.QueryRow(ctx, `SELECT to_regclass('public.schema_migrations') IS NOT NULL`).Scan(&there); err != nil || !there {
		return d, err
	}
	err = conn.QueryRow(ctx, `SELECT version, dirty FROM public.schema_migrations`).Scan(&d.Schema, &d.Dirty)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return d, err
}

// refusal is what the server or the network said; the whole of it names the user and
// each address that was tried, one a line.
func refusal(err error) error {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return fault.Unavailable("database_refused", said.Message+" (SQLSTATE "+said.Code+")")
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return fault.Unavailable("database_unreachable", network.Error())
	}
	return classify("open the database", err)
}

// lastMigration is the number of the last migration of this program.
func lastMigration() (int, error) {
	names, err := fs.Glob(migrations.FS, "*.up.sql")
	if err != nil {
		return 0, err
	}
	last := 0
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			return 0, err
		}
		last = max(last, n)
	}
	return last, nil
}

// Clock reads the time of the database server.
func Clock(ctx context.Context, dsn string) (time.Time, error) {
	pc, err := pgx.ParseConfig(dsn)
	if err != nil {
		return time.Time{}, fault.Invalid("database_url_invalid", "the address of the database is not understood")
	}
	conn, err := pgx.ConnectConfig(ctx, pc)
	if err != nil {
		return time.Time{}, refusal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var now time.Time
	err = conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&now)
	return now, err
}
