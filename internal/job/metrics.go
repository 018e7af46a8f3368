package job

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	runs    *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	waiting *prometheus.GaugeVec
}

// outcomes are the ends of a run.
var outcomes = []string{"done", "again", "failed", "dropped", "expired", "stopped", "panicked"}

func newMetrics(reg prometheus.Registerer) metrics {
	m := metrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "tandem", Subsystem: "job", Name: "runs_total", Help: "Runs of jobs, by kind and how they ended.",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "tandem", Subsystem: "job", Name: "run_seconds", Help: "How long runs took.",
			Buckets: []float64{.005, .05, .25, 1, 5, 15, 60},
		}, []string{"kind"}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "tandem", Subsystem: "job", Name: "waiting", Help: "Jobs of the cell that are not done, by kind and state; every process tells the same.",
		}, []string{"kind", "state"}),
	}
	if reg != nil {
		reg.MustRegister(m.runs, m.seconds, m.waiting)
	}
	return m
}

// announce makes the series of a kind, so that a rate over them begins at nought.
func (m metrics) announce(kind string) {
	for _, o := range outcomes {
		m.runs.WithLabelValues(kind, o)
	}
}

func (m metrics) ran(kind, outcome string, took time.Duration) {
	m.runs.WithLabelValues(kind, outcome).Inc()
	m.seconds.WithLabelValues(kind).Observe(took.Seconds())
}

// measure counts the jobs that are not done.
func (m metrics) measure(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	rows, err := pool.Query(ctx, `
		SELECT kind, state::text, count(*) FROM river_job
		WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled') GROUP BY 1, 2`)
	if err != nil {
		return err
	}
	m.waiting.Reset()
	var kind, state string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &state, &n}, func() error {
		m.waiting.WithLabelValues(kind, state).Set(float64(n))
		return nil
	})
	return err
}
