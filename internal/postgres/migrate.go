package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/golang-migrate/migrate/v4"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"tandem/internal/fault"
	"tandem/migrations"
)

// Migrate brings the schema up to date. The DSN is the owner's. Several
// processes may do it at once; one works, the others wait.
//
// Each step is one request to the server and therefore one transaction. A step
// that was cut off leaves a mark (dirty) nonetheless; then a person has to look,
// because the cut may have come before or after the commit.
func Migrate(ctx context.Context, dsn string) error {
	return migrated(ctx, dsn, (*migrate.Migrate).Up)
}

// Unmigrate takes the schema down again, with everything in it; for tests.
func Unmigrate(ctx context.Context, dsn string) error {
	return migrated(ctx, dsn, (*migrate.Migrate).Down)
}

func migrated(ctx context.Context, dsn string, run func(*migrate.Migrate) error) error {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fault.Invalid("database_url_invalid", "the address of the database is not understood: postgres://user:password@host/database")
	}
	db := stdlib.OpenDB(*cfg)
	if err := db.PingContext(ctx); err != nil {
		return classify("open the database", errors.Join(err, db.Close()))
	}
	driver, err := migratepgx.WithInstance(db, &migratepgx.Config{})
	if err != nil {
		return classify("prepare the migration", errors.Join(err, db.Close()))
	}
	source, err := iofs.New(migrations.FS, ".")
	if err != nil {
		return errors.Join(fmt.Errorf("read the migrations: %w", err), driver.Close())
	}
	m, err := migrate.NewWithInstance("iofs", source, "postgres", driver)
	if err != nil {
		return errors.Join(fmt.Errorf("read the migrations: %w", err), driver.Close())
	}
	// The library knows no context; between two steps it can be asked to stop.
	stop := context.AfterFunc(ctx, func() { m.GracefulStop <- true })
	err = run(m)
	stop()
	if errors.Is(err, migrate.ErrNoChange) {
		err = nil
	}
	if err == nil {
		err = ctx.Err() // a run that was stopped half-way tells no error
	}
	var dirty migrate.ErrDirty
	if errors.As(err, &dirty) {
		err = fault.Conflict("schema_dirty", fmt.Sprintf(
			"an earlier migration to version %d was cut off: see whether it took effect, then correct the table schema_migrations", dirty.Version))
	}
	sourceErr, driverErr := m.Close()
	return classify("migrate the database", errors.Join(err, sourceErr, driverErr))
}
