package app

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/call"
	"tandem/internal/job"
	"tandem/internal/postgres"
	"tandem/internal/recording"
	"tandem/internal/tenant"
)

// The jobs of recordings. A fetch has time for a large file over a slow line; what
// it could not have it comes back for, and package recording says when to give up.
var (
	fetchRecording = job.Kind[fetched]{Name: "recording.fetch", Timeout: 30 * time.Minute, Tries: 100}
	tendRecordings = job.Kind[struct{}]{Name: "recording.tend", Timeout: 5 * time.Minute}
)

const tendEvery = 5 * time.Minute

// fetched names a recording; its tenant is the job's.
type fetched struct {
	Recording call.RecordingID `json:"recording"`
}

// rows is the store as package recording uses it.
type rows struct {
	*postgres.Store
	*postgres.Engine
}

// newRecordings prepares what becomes of recorded files.
func (a *App) newRecordings(ms recording.Microsoft, reg prometheus.Registerer) error {
	var err error
	if a.recordings, err = recording.NewStore(a.cfg.Recordings.Store); err != nil {
		return fmt.Errorf("recordings.store: %w", err)
	}
	service := recording.New(recording.Config{
		Rows: rows{a.store, a.store.Engine()}, Microsoft: ms, Files: a.recordings, Logger: a.log, Metrics: reg,
		Fetch: func(ctx context.Context, t tenant.ID, id call.RecordingID) error {
			return job.Enqueue(ctx, a.jobs, fetchRecording, t, fetched{id}, job.Options{Unique: true})
		},
	})
	job.Register(a.jobs, fetchRecording, func(ctx context.Context, t tenant.ID, f fetched) error {
		again, err := service.Fetch(ctx, t, f.Recording)
		if err == nil && again > 0 {
			return job.Again(again)
		}
		return err
	})
	job.Register(a.jobs, tendRecordings, func(ctx context.Context, _ tenant.ID, _ struct{}) error { return service.Tend(ctx) })
	job.Every(a.jobs, tendRecordings, tendEvery, struct{}{})
	return nil
}

// recordingReady takes what Microsoft says of recorded files: when it returns, they
// will be fetched.
func (a *App) recordingReady(ctx context.Context, ready call.RecordingReady) error {
	return a.store.Engine().RecordingReady(ctx, ready, time.Now(), func(ctx context.Context, tx pgx.Tx, r postgres.RecordingRef) error {
		return job.EnqueueTx(ctx, tx, a.jobs, fetchRecording, r.Tenant, fetched{r.ID}, job.Options{Unique: true})
	})
}
