package testkit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"tandem/internal/localpg"
	"tandem/internal/postgres"
	"tandem/migrations"
)

// urlVariable names the address of a server to use instead of an own one.
const urlVariable = "TANDEM_TEST_DATABASE_URL"

// Main is the TestMain of a package that uses [Postgres]: it runs the tests,
// ends the server and looks for goroutines that were left behind.
//
//	func TestMain(m *testing.M) { testkit.Main(m) }
func Main(m *testing.M, options ...goleak.Option) {
	goleak.VerifyTestMain(endingServer{m}, options...)
}

type endingServer struct{ m *testing.M }

func (e endingServer) Run() int {
	code := e.m.Run()
	if err := server.close(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "testkit:", err)
		code = max(code, 1)
	}
	return code
}

// server is the one global of this package: a test binary has one server, and
// testing gives no place to keep it.
var server cluster

// cluster is a server with the template, started by whoever asks first.
type cluster struct {
	once     sync.Once
	own      *localpg.Server // nil if it is the environment's
	dir      string
	admin    string // address, with a superuser's rights
	template string
	err      error
}

func (c *cluster) start() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c.admin = os.Getenv(urlVariable)
	if c.admin == "" {
		if c.err = c.startOwn(ctx); c.err != nil {
			return
		}
	}
	c.template, c.err = prepareTemplate(ctx, c.admin)
}

func (c *cluster) startOwn(ctx context.Context) error {
	var err error
	if c.dir, err = os.MkdirTemp("", "tandem-test-"); err != nil {
		return err
	}
	// For root: the account that runs the server walks through here.
	if err := os.Chmod(c.dir, 0o755); err != nil {
		return err
	}
	if c.own, err = localpg.Start(ctx, localpg.Config{Dir: c.dir, Scratch: true}); err != nil {
		return err
	}
	c.admin = c.own.DSN()
	return nil
}

func (c *cluster) close() error {
	var problems []error
	if c.own != nil {
		problems = append(problems, c.own.Close(), os.RemoveAll(c.own.DataDir()))
	}
	if c.dir != "" {
		problems = append(problems, os.RemoveAll(c.dir))
	}
	return errors.Join(problems...)
}

// prepareTemplate makes the template database unless another process has. Its
// name is made of the migrations, so that an old one is never taken for new.
func prepareTemplate(ctx context.Context, admin string) (string, error) {
	sum, err := schemaSum()
	if err != nil {
		return "", err
	}
	name := "tandem_template_" + sum
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", fmt.Errorf("connect to the test server: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // which also gives the lock back
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended('tandem test template', 0))`); err != nil {
		return "", fmt.Errorf("lock the template: %w", err)
	}
	var ready bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)`, name).Scan(&ready)
	if err != nil || ready {
		return name, err
	}
	// The mark datistemplate comes last: a database without it was left unfinished.
	for _, step := range []func() error{
		func() error { return exec(ctx, conn, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`) },
		func() error { return exec(ctx, conn, `CREATE DATABASE `+name) },
		func() error { return postgres.Migrate(ctx, address(admin, name, "")) },
		func() error { return exec(ctx, conn, `ALTER DATABASE `+name+` IS_TEMPLATE true`) },
	} {
		if err := step(); err != nil {
			return "", fmt.Errorf("make the template: %w", err)
		}
	}
	return name, nil
}

func exec(ctx context.Context, conn *pgx.Conn, sql string) error {
	_, err := conn.Exec(ctx, sql)
	return err
}

func schemaSum() (string, error) {
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range names {
		b, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintln(h, name, len(b)) // a hash takes everything
		_, _ = h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// Database is a test's own database. The addresses differ in whom they make the
// session act as.
type Database struct {
	Admin    string // a superuser; what an installation's login is to the product
	App      string // tandem_app
	Operator string // tandem_operator
}

// Postgres makes a database with the whole schema, which goes with the test.
// Without PostgreSQL the test is skipped, or fails where CI is true.
func Postgres(t testing.TB) *Database {
	t.Helper()
	admin, template := Server(t)
	return database(t, admin, `TEMPLATE `+template)
}

// EmptyPostgres makes a database without any schema, for tests of migrations.
func EmptyPostgres(t testing.TB) *Database {
	t.Helper()
	admin, _ := Server(t)
	return database(t, admin, `TEMPLATE template0`)
}

// Server is the address of the server behind [Postgres] and the name of the
// template.
func Server(t testing.TB) (admin, template string) {
	t.Helper()
	server.once.Do(server.start)
	if errors.Is(server.err, localpg.ErrNoPostgres) && os.Getenv("CI") != "true" {
		t.Skipf("NOT RUN: %v", server.err)
	}
	if server.err != nil {
		t.Fatalf("no test database: %v", server.err)
	}
	return server.admin, server.template
}

func database(t testing.TB, admin, from string) *Database {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text()[:16])
	statement(t, t.Context(), admin, `CREATE DATABASE `+name+` `+from)
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		statement(t, ctx, admin, `DROP DATABASE `+name+` WITH (FORCE)`)
	})
	return &Database{
		Admin:    address(admin, name, ""),
		App:      address(admin, name, "tandem_app"),
		Operator: address(admin, name, "tandem_operator"),
	}
}

func statement(t testing.TB, ctx context.Context, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	_, err = conn.Exec(ctx, sql)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// address is another database, and perhaps role, of the same server.
func address(dsn, database, role string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // connecting to it says what is wrong
	}
	u.Path = "/" + database
	q := u.Query()
	if role != "" {
		q.Set("options", "-c role="+role)
	}
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // libpq does not read + as a space
	return u.String()
}
