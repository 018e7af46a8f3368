package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"tandem/internal/fault"
)

// Config of a Runner.
type Config struct {
	// Pool is used for nothing else, so that jobs and calls do not wait for each
	// other's connections. One of its connections listens. The Runner closes it.
	Pool    *pgxpool.Pool
	Queues  []Queue       // of which jobs are done here; none: all
	Workers int           // jobs of each at once in this process; 0: 20
	Timeout time.Duration // of a job whose kind has none, and the least after half of which a dead process's jobs are found; 0: a minute
	Grace   time.Duration // for running jobs when the process stops; 0: 10 s
	Logger  *slog.Logger
	Metrics prometheus.Registerer

	quick bool // for tests: short periods and pauses
}

// Runner does jobs in one process.
type Runner struct {
	cfg      Config
	log      *slog.Logger
	client   *river.Client[pgx.Tx]
	workers  *river.Workers
	periodic []*river.PeriodicJob
	longest  time.Duration
	metrics  metrics
	started  bool
}

type settings struct {
	timeout, maxAge time.Duration
	tries           int
}

// Open checks the schema and makes a runner that can enqueue; it does jobs from
// Run on. fault.Conflict if the database has not the tables that this River
// needs.
func Open(ctx context.Context, cfg Config) (*Runner, error) {
	if len(cfg.Queues) == 0 {
		cfg.Queues = []Queue{General, Edges}
	}
	cfg.Workers, cfg.Timeout, cfg.Grace = cmp.Or(cfg.Workers, 20), cmp.Or(cfg.Timeout, time.Minute), cmp.Or(cfg.Grace, 10*time.Second)
	r := &Runner{cfg: cfg, log: cfg.Logger, workers: river.NewWorkers(), longest: cfg.Timeout, metrics: newMetrics(cfg.Metrics)}
	driver := riverpgxv5.New(cfg.Pool)
	if err := validate(ctx, driver, cfg.Logger); err != nil {
		return nil, err
	}
	var err error
	// A client that only inserts; Run makes the one that works, when all kinds are known.
	if r.client, err = river.NewClient(driver, &river.Config{Logger: quiet(cfg.Logger)}); err != nil {
		return nil, fault.Internal("jobs", "could not prepare jobs").Because(err)
	}
	return r, nil
}

// validate compares the schema with what River expects.
func validate(ctx context.Context, driver *riverpgxv5.Driver, log *slog.Logger) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet(log)})
	if err != nil {
		return fault.Internal("jobs", "could not prepare jobs").Because(err)
	}
	found, err := m.Validate(ctx, nil)
	if err != nil {
		return fault.Unavailable("jobs_schema_unknown", "the tables of the jobs cannot be looked at: does the database answer?").Because(err)
	}
	if !found.OK {
		return fault.Conflict("jobs_schema", "the tables of the jobs are not those this version needs: run tandem migrate").Because(errors.New(strings.Join(found.Messages, "; ")))
	}
	return nil
}

// register ties a kind to its work.
func (r *Runner) register(kind string, s settings, do func(context.Context, envelope) error) {
	if r.started {
		panic("job: Register after Run")
	}
	r.longest = max(r.longest, s.timeout)
	r.metrics.announce(kind)
	river.AddWorkerArgs(r.workers, envelope{kind: kind}, &worker{r: r, settings: s, do: do})
}

// Run does jobs until ctx ends, then stops as the package comment says and
// closes the pool.
func (r *Runner) Run(ctx context.Context) error {
	r.started = true
	defer r.cfg.Pool.Close()
	c := &river.Config{
		Logger: quiet(r.log), Workers: r.workers, PeriodicJobs: r.periodic,
		Queues:          map[string]river.QueueConfig{},
		JobTimeout:      r.cfg.Timeout,
		SoftStopTimeout: r.cfg.Grace,
		// A job must not be taken for dead while it may still run.
		RescueStuckJobsAfter: 2 * r.longest,
		// What is done is in the log and the counters; rows of it are of no use.
		CompletedJobRetentionPeriod: 24 * time.Hour, // of periodic jobs: as long as the longest period
		// REINDEX is for the owner of a table, which this role is not.
		ReindexerIndexNames: []string{},
	}
	for _, q := range r.cfg.Queues {
		c.Queues[string(q)] = river.QueueConfig{MaxWorkers: r.cfg.Workers}
	}
	if r.cfg.quick {
		c.FetchPollInterval, c.FetchCooldown = 100*time.Millisecond, 10*time.Millisecond
	}
	client, err := river.NewClient(riverpgxv5.New(r.cfg.Pool), c)
	if err != nil {
		return fault.Internal("jobs", "could not prepare jobs").Because(err)
	}
	// Start's context ends the client as Stop would; what it needs for stopping
	// well must not end with it.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fault.Unavailable("jobs_not_started", "the jobs could not be started: does the database answer?").Because(err)
	}
	r.watch(ctx)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.Grace+stopWithin)
	defer cancel()
	if err := client.Stop(stop); err != nil {
		return fmt.Errorf("stop the jobs: %w", err)
	}
	return nil
}

// Close gives the connections back if Run has not.
func (r *Runner) Close() { r.cfg.Pool.Close() }

// stopWithin is the time to give cancelled jobs back.
const stopWithin = 10 * time.Second

// watch counts what waits, until ctx ends.
func (r *Runner) watch(ctx context.Context) {
	tick := time.NewTicker(depthEvery)
	defer tick.Stop()
	for {
		if err := r.metrics.measure(ctx, r.cfg.Pool); err != nil && ctx.Err() == nil {
			r.log.Warn("waiting jobs not counted", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const depthEvery = 15 * time.Second

// worker does the jobs of one kind.
type worker struct {
	river.WorkerDefaults[envelope]
	settings
	r  *Runner
	do func(context.Context, envelope) error
}

// Timeout implements river.Worker.
func (w *worker) Timeout(*river.Job[envelope]) time.Duration { return w.timeout }

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, j *river.Job[envelope]) (err error) {
	began := time.Now()
	log := w.r.log.With("job", j.ID, "kind", j.Kind, "tenant", j.Args.Tenant, "attempt", j.Attempt)
	defer func() {
		if broken := recover(); broken != nil {
			w.r.metrics.ran(j.Kind, "panicked", time.Since(began))
			panic(broken) // River knows the stack, and says it
		}
	}()
	if age := began.Sub(j.CreatedAt); w.maxAge > 0 && age > w.maxAge {
		w.r.metrics.ran(j.Kind, "expired", 0)
		log.Warn("job dropped: too old", "age", age.Round(time.Second))
		return river.JobCancel(fmt.Errorf("older than %v", w.maxAge))
	}
	err = w.do(ctx, j.Args)
	var later *again
	var drop *dropped
	outcome := "failed"
	switch {
	case err == nil:
		outcome = "done"
	case errors.As(err, &later):
		outcome, err = "again", river.JobSnooze(later.after)
	case errors.As(err, &drop):
		outcome = "dropped"
		log.Error("job given up", "error", drop.err)
		err = river.JobCancel(drop.err)
	case ctx.Err() != nil && context.Cause(ctx) != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		outcome = "stopped" // the process ends; the job is not to blame
		log.Info("job stopped: the process ends")
	case j.Attempt >= j.MaxAttempts:
		log.Error("job given up after its last attempt", "error", err)
	default:
		log.Warn("job failed; it will be tried again", "error", err)
	}
	w.r.metrics.ran(j.Kind, outcome, time.Since(began))
	return err
}

// quiet lets only what needs somebody's attention out of River, which tells
// every few seconds how it is.
func quiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return slog.New(warnings{log.Handler()})
}

type warnings struct{ slog.Handler }

func (h warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}
func (h warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{h.Handler.WithAttrs(a)} }
func (h warnings) WithGroup(name string) slog.Handler   { return warnings{h.Handler.WithGroup(name)} }
