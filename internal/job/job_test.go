package job

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const contoso = tenant.ID("0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21")

type order struct {
	Dish string `json:"dish"`
}

var cook = Kind[order]{Name: "kitchen.cook"}

// waitFor bounds what a test waits for.
const waitFor = 20 * time.Second

func pool(t *testing.T, db *testkit.Database) *pgxpool.Pool {
	t.Helper()
	p, err := postgres.OpenPool(t.Context(), postgres.Config{DSN: db.Admin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func runner(t *testing.T, db *testkit.Database, change ...func(*Config)) *Runner {
	t.Helper()
	cfg := Config{Pool: pool(t, db), Logger: slog.New(slog.DiscardHandler), Grace: time.Second, quick: true}
	for _, f := range change {
		f(&cfg)
	}
	r, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run does jobs until the returned function is called or the test ends.
func run(t *testing.T, r *Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(waitFor):
		t.Fatal("nothing came")
	}
	panic("unreachable")
}

func enqueue(t *testing.T, r *Runner, o order, opts Options) {
	t.Helper()
	if err := Enqueue(t.Context(), r, cook, contoso, o, opts); err != nil {
		t.Fatal(err)
	}
}

// TestOutbox: a job is there exactly if the caller's transaction is.
func TestOutbox(t *testing.T) {
	db := testkit.Postgres(t)
	r := runner(t, db)
	cooked := make(chan order, 10)
	Register(r, cook, func(_ context.Context, of tenant.ID, o order) error {
		if of != contoso {
			t.Errorf("for %s", of)
		}
		cooked <- o
		return nil
	})
	app := pool(t, db)
	for dish, err := range map[string]error{"rolled back": errors.New("no"), "committed": nil} {
		got := pgx.BeginFunc(t.Context(), app, func(tx pgx.Tx) error {
			if err := EnqueueTx(t.Context(), tx, r, cook, contoso, order{dish}, Options{}); err != nil {
				t.Fatal(err)
			}
			return err
		})
		if !errors.Is(got, err) {
			t.Fatal(got)
		}
	}
	run(t, r)
	if got := receive(t, cooked); got.Dish != "committed" {
		t.Error(got)
	}
	// What comes last proves that the other one never will.
	enqueue(t, r, order{"last"}, Options{})
	if got := receive(t, cooked); got.Dish != "last" {
		t.Error(got)
	}
}

// TestTwoProcesses: each job is done once, by one of them.
func TestTwoProcesses(t *testing.T) {
	db := testkit.Postgres(t)
	const n = 60
	cooked := make(chan string, 2*n)
	work := func(_ context.Context, _ tenant.ID, o order) error {
		cooked <- o.Dish
		return nil
	}
	one, two := runner(t, db), runner(t, db)
	Register(one, cook, work)
	Register(two, cook, work)
	stopOne, stopTwo := run(t, one), run(t, two)
	for i := range n {
		enqueue(t, one, order{string(rune('A' + i))}, Options{})
	}
	seen := map[string]int{}
	for range n {
		seen[receive(t, cooked)]++
	}
	stopOne()
	stopTwo()
	close(cooked)
	for dish := range cooked {
		seen[dish]++
	}
	for dish, times := range seen {
		if times != 1 {
			t.Errorf("%s was cooked %d times", dish, times)
		}
	}
	if len(seen) != n {
		t.Errorf("%d dishes", len(seen))
	}
}

func TestUnique(t *testing.T) {
	db := testkit.Postgres(t)
	r := runner(t, db)
	started, goOn := make(chan string, 10), make(chan struct{}, 10)
	Register(r, cook, func(_ context.Context, _ tenant.ID, o order) error {
		started <- o.Dish
		<-goOn
		return nil
	})
	run(t, r)
	enqueue(t, r, order{"soup"}, Options{Unique: true})
	receive(t, started)
	enqueue(t, r, order{"soup"}, Options{Unique: true}) // runs already
	enqueue(t, r, order{"stew"}, Options{Unique: true}) // is another one
	if got := receive(t, started); got != "stew" {
		t.Error(got)
	}
	goOn <- struct{}{}
	goOn <- struct{}{}
	waitIdle(t, r)
	enqueue(t, r, order{"soup"}, Options{Unique: true}) // the first is done
	if got := receive(t, started); got != "soup" {
		t.Error(got)
	}
	goOn <- struct{}{}
	if len(started) != 0 {
		t.Error("one job too many")
	}
}

// waitIdle polls until no job is left, which only the database tells.
func waitIdle(t *testing.T, r *Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitFor)
	defer cancel()
	for {
		var left int
		err := r.cfg.Pool.QueryRow(ctx, `
			SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`).Scan(&left)
		if err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			return
		}
		if _, err := r.cfg.Pool.Exec(ctx, `SELECT pg_sleep(0.02)`); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAgainAndDropAndAge(t *testing.T) {
	db := testkit.Postgres(t)
	reg := prometheus.NewRegistry()
	r := runner(t, db, func(c *Config) { c.Metrics = reg })
	runs := make(chan time.Time, 10)
	var first sync.Once
	Register(r, cook, func(context.Context, tenant.ID, order) error {
		runs <- time.Now()
		err := Drop(errors.New("burnt"))
		first.Do(func() { err = Again(200 * time.Millisecond) })
		return err
	})
	stale := Kind[order]{Name: "kitchen.stale", MaxAge: time.Millisecond}
	Register(r, stale, func(context.Context, tenant.ID, order) error {
		t.Error("done though it was too old")
		return nil
	})
	if err := Enqueue(t.Context(), r, stale, contoso, order{}, Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.cfg.Pool.Exec(t.Context(), `UPDATE river_job SET created_at = created_at - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	run(t, r)
	at := time.Now().Add(300 * time.Millisecond)
	enqueue(t, r, order{}, Options{At: at})
	one, two := receive(t, runs), receive(t, runs)
	if one.Before(at) {
		t.Errorf("run %v before its time", at.Sub(one))
	}
	if two.Sub(one) < 200*time.Millisecond {
		t.Errorf("again after %v", two.Sub(one))
	}
	waitIdle(t, r)
	for outcome, want := range map[string]float64{"again": 1, "dropped": 1, "done": 0, "failed": 0} {
		if got := testutil.ToFloat64(r.metrics.runs.WithLabelValues("kitchen.cook", outcome)); got != want {
			t.Errorf("%s: %v runs, want %v", outcome, got, want)
		}
	}
	if got := testutil.ToFloat64(r.metrics.runs.WithLabelValues("kitchen.stale", "expired")); got != 1 {
		t.Errorf("%v expired", got)
	}
}

// TestFailureAndPanic: both come again.
func TestFailureAndPanic(t *testing.T) {
	db := testkit.Postgres(t)
	r := runner(t, db)
	runs := make(chan int, 10)
	n := 0 // one worker
	Register(r, cook, func(context.Context, tenant.ID, order) error {
		n++
		runs <- n
		switch n {
		case 1:
			return errors.New("dropped the pan")
		default:
			return nil
		}
	})
	run(t, r)
	enqueue(t, r, order{}, Options{})
	receive(t, runs)
	if got := receive(t, runs); got != 2 {
		t.Error(got)
	}
}

// TestStoppedMidway: a job that the end of a process cuts off is done by the
// next one, at once.
func TestStoppedMidway(t *testing.T) {
	db := testkit.Postgres(t)
	first := runner(t, db, func(c *Config) { c.Grace = 50 * time.Millisecond })
	started := make(chan struct{}, 1)
	Register(first, cook, func(ctx context.Context, _ tenant.ID, _ order) error {
		started <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	stop := run(t, first)
	enqueue(t, first, order{"roast"}, Options{})
	receive(t, started)
	stop()

	next := runner(t, db)
	cooked := make(chan order, 1)
	Register(next, cook, func(_ context.Context, _ tenant.ID, o order) error {
		cooked <- o
		return nil
	})
	run(t, next)
	if got := receive(t, cooked); got.Dish != "roast" {
		t.Error(got)
	}
}

// TestKilledMidway: a job whose process is gone without a word is found.
func TestKilledMidway(t *testing.T) {
	db := testkit.Postgres(t)
	r := runner(t, db, func(c *Config) { c.Timeout = time.Second })
	cooked := make(chan order, 1)
	Register(r, cook, func(_ context.Context, _ tenant.ID, o order) error {
		cooked <- o
		return nil
	})
	enqueue(t, r, order{"roast"}, Options{})
	if _, err := r.cfg.Pool.Exec(t.Context(), `
		UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '1 minute', attempted_by = '{gone}'`); err != nil {
		t.Fatal(err)
	}
	run(t, r)
	if got := receive(t, cooked); got.Dish != "roast" {
		t.Error(got)
	}
}

// TestEvery: one run in each period, however many processes there are.
func TestEvery(t *testing.T) {
	db := testkit.Postgres(t)
	runs := make(chan struct{}, 10)
	for range 2 {
		r := runner(t, db)
		Register(r, cook, func(context.Context, tenant.ID, order) error {
			runs <- struct{}{}
			return nil
		})
		Every(r, cook, 24*time.Hour, order{"stock"})
		stop := run(t, r)
		if len(runs) == 0 {
			receive(t, runs)
			runs <- struct{}{}
		}
		stop()
	}
	if len(runs) != 1 { // a test that runs across midnight UTC may see two
		t.Errorf("%d runs", len(runs))
	}
}

// TestValidate: another schema is refused, with the cure.
func TestValidate(t *testing.T) {
	db := testkit.Postgres(t)
	conn, err := pgx.Connect(t.Context(), db.Admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `DELETE FROM river_migration WHERE version = 8`); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Config{Pool: pool(t, db)})
	if fault.CodeOf(err) != "jobs_schema" || !strings.Contains(err.Error(), "tandem migrate") {
		t.Error(err)
	}
}

func TestDepth(t *testing.T) {
	db := testkit.Postgres(t)
	r := runner(t, db)
	enqueue(t, r, order{"now"}, Options{})
	enqueue(t, r, order{"later"}, Options{At: time.Now().Add(time.Hour)})
	if err := r.metrics.measure(t.Context(), r.cfg.Pool); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"available", "scheduled"} {
		if got := testutil.ToFloat64(r.metrics.waiting.WithLabelValues("kitchen.cook", state)); got != 1 {
			t.Errorf("%v %s", got, state)
		}
	}
}
