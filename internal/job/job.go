package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Kind is one kind of work with arguments A, which become JSON.
type Kind[A any] struct {
	Name    string        // "webhook.deliver": lower case, parts joined by dots; stays the same for ever
	Timeout time.Duration // of one run; 0: a minute
	MaxAge  time.Duration // a job older than this is dropped instead of run; 0: none is
	Tries   int           // runs that fail before the job is given up; [Again] is not one; 0: 25
	Queue   Queue         // "": [General]
}

// Queue is who does a kind of job.
type Queue string

// The queues.
const (
	General Queue = river.QueueDefault
	Edges   Queue = "edges" // processes with a SIP edge
)

// Options say when and how often.
type Options struct {
	At     time.Time // not before; zero: now
	Unique bool      // nothing happens if the same job (kind, tenant, arguments) is waiting or running
}

// Again is returned by work that shall be done again after a time. It is no
// failure.
func Again(after time.Duration) error { return &again{max(after, 0)} }

type again struct{ after time.Duration }

func (a *again) Error() string { return "again in " + a.after.String() }

// Drop is returned by work that cannot succeed any more.
func Drop(err error) error { return &dropped{err} }

type dropped struct{ err error }

func (d *dropped) Error() string { return d.err.Error() }
func (d *dropped) Unwrap() error { return d.err }

// envelope is what River keeps of every job.
type envelope struct {
	kind   string
	Tenant tenant.ID       `json:"tenant,omitempty"`
	Args   json.RawMessage `json:"args"`
}

// Kind implements river.JobArgs.
func (e envelope) Kind() string { return e.kind }

// Register says how jobs of a kind are done. A kind that is registered twice is
// a mistake of the program and panics, as does registering after Run.
func Register[A any](r *Runner, k Kind[A], work func(ctx context.Context, t tenant.ID, args A) error) {
	r.register(k.Name, settings{timeout: k.Timeout, maxAge: k.MaxAge, tries: k.Tries}, func(ctx context.Context, e envelope) error {
		var args A
		if err := json.Unmarshal(e.Args, &args); err != nil {
			return Drop(fmt.Errorf("arguments not understood: %w", err))
		}
		return work(ctx, e.Tenant, args)
	})
}

// Enqueue asks for a job in a transaction of its own.
func Enqueue[A any](ctx context.Context, r *Runner, k Kind[A], t tenant.ID, args A, o Options) error {
	e, opts, err := prepare(k, t, args, o)
	if err == nil {
		_, err = r.client.Insert(ctx, e, opts)
	}
	return enqueued(k.Name, err)
}

// EnqueueTx asks for a job in a transaction of the caller's.
func EnqueueTx[A any](ctx context.Context, tx pgx.Tx, r *Runner, k Kind[A], t tenant.ID, args A, o Options) error {
	e, opts, err := prepare(k, t, args, o)
	if err == nil {
		_, err = r.client.InsertTx(ctx, tx, e, opts)
	}
	return enqueued(k.Name, err)
}

// Every asks for a job without a tenant in each period, which is counted in UTC:
// at most one in each, whatever the number of processes and however often they
// start. The first is due when a process starts. A period is a minute at least,
// for each leaves a row for a day.
func Every[A any](r *Runner, k Kind[A], period time.Duration, args A) {
	if period < time.Minute && !r.cfg.quick {
		panic("job: a period is a minute at least")
	}
	e, opts, err := prepare(k, "", args, Options{})
	if err != nil {
		panic(err)
	}
	opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByPeriod: period}
	r.periodic = append(r.periodic, river.NewPeriodicJob(river.PeriodicInterval(period),
		func() (river.JobArgs, *river.InsertOpts) { return e, opts },
		&river.PeriodicJobOpts{ID: k.Name, RunOnStart: true}))
}

// unfinished are the states in which a unique job keeps another one out.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

func prepare[A any](k Kind[A], t tenant.ID, args A, o Options) (envelope, *river.InsertOpts, error) {
	b, err := json.Marshal(args)
	if err != nil {
		return envelope{}, nil, fault.Internal("job_arguments", "the arguments of a job do not become JSON").Because(err)
	}
	opts := &river.InsertOpts{ScheduledAt: o.At, MaxAttempts: k.Tries, Queue: string(k.Queue)}
	if o.Unique {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: unfinished}
	}
	return envelope{k.Name, t, b}, opts, nil
}

func enqueued(kind string, err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return fault.Unavailable("job_refused", "the job could not be written down: try again").Because(fmt.Errorf("%s: %w", kind, err))
}
