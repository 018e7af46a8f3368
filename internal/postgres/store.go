package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// The roles that the migrations make.
const (
	appRole      = "tandem_app"
	operatorRole = "tandem_operator"
)

// OperatorTables are the tables that can be read across tenants; the policies
// of the schema say the same (a test compares them).
func OperatorTables() []string {
	return []string{
		"tenant", "agent", "number", "number_agent", "audit", "call", "call_snapshot", "cdr", "call_usage", "agent_usage",
		"invitation", "grant_ledger", "grant_now", "onboarding_step", "onboarding_look", "agent_standing", "proof",
		"event", "webhook_delivery", "prompt", "bot", "recording", "flow", "queue", "queue_agent", "transcript_phrase", "call_trace",
	}
}

// Store is the database. It is safe for use by several goroutines.
type Store struct {
	app      *pgxpool.Pool
	operator *pgxpool.Pool
	keys     knownKeys
}

// Config of a Store.
type Config struct {
	DSN         string
	Connections int           // of the app's pool; 0: 16
	Timeout     time.Duration // to connect; 0: 5 s
}

// Open connects, and fails if the database does not answer or if one of the
// roles could see what it must not. The schema must be there ([Migrate]).
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Connections <= 0 {
		cfg.Connections = 16
	}
	app, err := open(ctx, cfg, appRole, cfg.Connections)
	if err != nil {
		return nil, err
	}
	// Lists across tenants are for people who look; a few at a time are enough.
	operator, err := open(ctx, cfg, operatorRole, 4)
	if err != nil {
		app.Close()
		return nil, err
	}
	return &Store{app: app, operator: operator}, nil
}

// OpenPool opens connections with the app's role that the store does not use:
// for the jobs, which bring their own tables.
func OpenPool(ctx context.Context, cfg Config) (*pgxpool.Pool, error) {
	return open(ctx, cfg, appRole, max(cfg.Connections, 4))
}

func open(ctx context.Context, cfg Config, role string, connections int) (*pgxpool.Pool, error) {
	pc, err := pgxpool.ParseConfig(cfg.DSN)
	if err != nil {
		// The error shows the address, and perhaps the password in it.
		return nil, fault.Invalid("database_url_invalid", "the address of the database is not understood: postgres://user:password@host/database")
	}
	pc.MaxConns = int32(connections)
	pc.ConnConfig.ConnectTimeout = max(cfg.Timeout, 0)
	if cfg.Timeout == 0 {
		pc.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	pc.ConnConfig.RuntimeParams["application_name"] = role
	// A transaction whose process hangs must not hold its locks for ever.
	pc.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "30000"
	if role == operatorRole {
		pc.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	} else {
		// Plans are made once a connection (planOnce), often while a table is empty, and then kept:
		// one that reads the whole table would read every lease and reservation that was
		// deleted since the last vacuum. What such a plan is said to cost would have it compiled.
		for _, name := range []string{"enable_seqscan", "jit"} {
			if _, said := pc.ConnConfig.RuntimeParams[name]; !said { // in the address
				pc.ConnConfig.RuntimeParams[name] = "off"
			}
		}
	}
	pc.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		_, err := conn.Exec(ctx, "SET ROLE "+role)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, classify("open the database", err)
	}
	if err := powerless(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// powerless checks that row level security holds for the role.
func powerless(ctx context.Context, pool *pgxpool.Pool) error {
	var role string
	var bypasses, owns bool
	err := pool.QueryRow(ctx, `
		SELECT rolname, rolsuper OR rolbypassrls, EXISTS (SELECT FROM pg_class WHERE relowner = r.oid)
		FROM pg_roles r WHERE rolname = current_user`).Scan(&role, &bypasses, &owns)
	if err != nil {
		return classify("look at the database's role", err)
	}
	if bypasses || owns {
		return fault.Internal("role_too_strong", "the database role "+role+" owns tables or bypasses row level security")
	}
	return nil
}

// Close ends all connections and waits for those in use.
func (s *Store) Close() {
	s.app.Close()
	s.operator.Close()
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return classify("ask the database", s.app.Ping(ctx))
}

// write runs f in a transaction without a tenant, for tables of the provider
// and of the engine.
func (s *Store) write(ctx context.Context, what string, f func(pgx.Tx) error) error {
	return classify(what, pgx.BeginFunc(ctx, s.app, f))
}

// actAs makes a transaction one of a tenant.
const actAs = `SELECT set_config('app.tenant_id', $1, true)`

// inTenant runs f in a transaction that sees the rows of one tenant.
func (s *Store) inTenant(ctx context.Context, t tenant.ID, what string, f func(pgx.Tx) error) error {
	id, err := tenant.ParseID(string(t))
	if err != nil {
		return noTenant()
	}
	return s.as(ctx, id, what, f)
}

// as is inTenant for an id whose form is known to be right.
func (s *Store) as(ctx context.Context, t tenant.ID, what string, f func(pgx.Tx) error) error {
	// In one round trip: an id is a UUID, so there is nothing in it to quote.
	begin := pgx.TxOptions{BeginQuery: `BEGIN; SET LOCAL app.tenant_id = '` + string(t) + `'`}
	return classify(what, pgx.BeginTxFunc(ctx, s.app, begin, f))
}

// read runs f with the rows of one tenant, or, for "", of all. What is read of all
// needs no transaction: each statement of one sees its own moment anyway.
func (s *Store) read(ctx context.Context, in tenant.ID, what string, f func(querier) error) error {
	if in != "" {
		return s.inTenant(ctx, in, what, func(tx pgx.Tx) error { return f(tx) })
	}
	return classify(what, f(s.operator))
}

// one runs a query for a single row; none is missing.
func one[T any](ctx context.Context, tx querier, scan pgx.RowToFunc[T], missing error, sql string, args ...any) (T, error) {
	var none T
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return none, err
	}
	got, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return none, missing
	}
	return got, err
}

// many runs a query for rows.
func many[T any](ctx context.Context, tx querier, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// within narrows a query to a tenant; "" is all of them. It is part of the
// statement and not a condition that may be absent ($1 IS NULL OR …), because
// with such a one no plan that fits every argument can use an index.
func within(in tenant.ID, column string, args ...any) (condition string, all []any) {
	if in == "" {
		return "", args
	}
	return fmt.Sprintf("%s = $%d AND ", column, len(args)+1), append(args, string(in))
}

// firstUUID is before every id there is.
const firstUUID = "00000000-0000-0000-0000-000000000000"

// behind is where a page by id begins.
func behind[T ~string](after T) (string, error) {
	if after == "" {
		return firstUUID, nil
	}
	if !isUUID(string(after)) {
		return "", badCursor()
	}
	return string(after), nil
}

// planOnce makes the rest of a transaction use plans that fit any arguments, which
// PostgreSQL makes once a connection and a statement. Left to itself it takes
// them to be dearer than a new plan for these arguments (it reckons with lists of
// ten), and makes such a plan each time: that takes longer than the query.
const planOnce = `set_config('plan_cache_mode', 'force_generic_plan', true)`

// glance reads rows of one tenant in one round trip: without BEGIN, what is sent
// at once is one transaction (PostgreSQL documentation, §55.2.3), so the settings
// last as long as the query.
func glance[T any](ctx context.Context, s *Store, t tenant.ID, what string, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	id, err := tenant.ParseID(string(t))
	if err != nil {
		return nil, noTenant()
	}
	b := &pgx.Batch{}
	b.Queue(actAs+`, `+planOnce, string(id))
	return send(ctx, s, what, scan, b, sql, args...)
}

// glanceOne is glance for a single row; none is missing.
func glanceOne[T any](
	ctx context.Context, s *Store, t tenant.ID, what string, scan pgx.RowToFunc[T], missing error, sql string, args ...any,
) (T, error) {
	var none T
	found, err := glance(ctx, s, t, what, scan, sql, args...)
	if err == nil && len(found) == 0 {
		err = missing
	}
	if err != nil {
		return none, err
	}
	return found[0], nil
}

func send[T any](ctx context.Context, s *Store, what string, scan pgx.RowToFunc[T], b *pgx.Batch, sql string, args ...any) (all []T, err error) {
	b.Queue(sql, args...)
	results := s.app.SendBatch(ctx, b)
	if _, err = results.Exec(); err == nil {
		rows, _ := results.Query() // its error comes with the rows
		all, err = pgx.CollectRows(rows, scan)
	}
	return all, classify(what, errors.Join(err, results.Close()))
}

// put writes rows of one tenant with one statement, in one round trip (see glance). The
// form of the id is known to be right.
func (s *Store) put(ctx context.Context, t tenant.ID, what, sql string, args ...any) error {
	b := &pgx.Batch{}
	b.Queue(actAs+`, `+planOnce, string(t))
	b.Queue(sql, args...)
	return classify(what, s.app.SendBatch(ctx, b).Close())
}

// touched turns "no row" into a fault.
func touched(tag interface{ RowsAffected() int64 }, err, missing error) error {
	if err == nil && tag.RowsAffected() == 0 {
		return missing
	}
	return err
}

// plain takes out of words from elsewhere what a text column cannot hold.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// newID is a UUIDv7; see the package comment on lists.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}

// isUUID keeps words that are no ids away from the database.
func isUUID(s string) bool {
	_, err := tenant.ParseID(s)
	return err == nil
}

// null is NULL for the zero value.
func null[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// orZero is the zero value for NULL.
func orZero[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// page allows one row more than the largest page, so that callers can see
// whether there is a next one.
func page(limit int) int {
	if limit < 1 {
		return provider.DefaultPage
	}
	return min(limit, provider.MaxPage+1)
}
