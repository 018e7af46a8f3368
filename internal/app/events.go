package app

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/config"
	"tandem/internal/job"
	"tandem/internal/notify"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// The jobs. Their arguments are ids; see package job.
var (
	// deliver's timeout leaves room for a slow receiver and for writing down what
	// it answered.
	deliver = job.Kind[delivery]{Name: "webhook.deliver", Timeout: 30 * time.Second}
	forget  = job.Kind[struct{}]{Name: "event.forget", Timeout: time.Minute}
	rejudge = job.Kind[struct{}]{Name: "tenant.rejudge", Timeout: time.Minute}
	// confirmRoles asks Microsoft about one admin after the other.
	confirmRoles = job.Kind[struct{}]{Name: "session.roles", Timeout: 4 * time.Minute}
)

// delivery names a run of a delivery; its tenant is the job's.
type delivery struct {
	Webhook provider.WebhookID `json:"webhook"`
	Event   provider.EventID   `json:"event"`
	Run     int                `json:"run"`
}

func prefixes(texts []string) (all []netip.Prefix, err error) {
	for _, n := range texts {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// newJobs prepares the jobs and what tells others of events, which they do.
func (a *App) newJobs(ctx context.Context, reg prometheus.Registerer, box *secret.Box) error {
	networks, err := prefixes(a.cfg.Webhooks.Networks)
	if err != nil {
		return fmt.Errorf("webhooks.networks: %w", err)
	}
	pool, err := postgres.OpenPool(ctx, postgres.Config{DSN: a.cfg.DatabaseURL.Reveal()})
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if a.jobs, err = job.Open(ctx, job.Config{Pool: pool, Queues: queues(a.cfg), Logger: a.log, Metrics: reg}); err != nil {
		pool.Close()
		return err
	}
	a.notifier = notify.New(notify.Config{
		Store: a.store, Route: func(ctx context.Context) (bool, error) { return a.store.RouteEvents(ctx, a.enqueueDelivery) },
		Box: box, Development: a.cfg.Development, Networks: networks, Logger: a.log, Metrics: reg,
	})
	job.Register(a.jobs, deliver, func(ctx context.Context, t tenant.ID, d delivery) error {
		again, err := a.notifier.Deliver(ctx, provider.DeliveryKey{Tenant: t, Webhook: d.Webhook, Event: d.Event}, d.Run)
		if err == nil && again > 0 {
			return job.Again(again)
		}
		return err
	})
	job.Register(a.jobs, forget, func(ctx context.Context, _ tenant.ID, _ struct{}) error { return a.notifier.Forget(ctx) })
	job.Every(a.jobs, forget, 24*time.Hour, struct{}{})
	job.Register(a.jobs, rejudge, func(ctx context.Context, _ tenant.ID, _ struct{}) error { return a.store.Rejudge(ctx) })
	job.Every(a.jobs, rejudge, time.Minute, struct{}{})
	return nil
}

// queues are those whose jobs a process does: of edges, what only their node can.
func queues(c config.Config) (all []job.Queue) {
	if c.Has(config.RoleJobs) {
		all = append(all, job.General)
	}
	if c.Has(config.RoleSIP) {
		all = append(all, job.Edges)
	}
	return all
}

// enqueueDelivery is postgres.Enqueue.
func (a *App) enqueueDelivery(ctx context.Context, tx pgx.Tx, k provider.DeliveryKey, run int) error {
	return job.EnqueueTx(ctx, tx, a.jobs, deliver, k.Tenant, delivery{k.Webhook, k.Event, run}, job.Options{Unique: true})
}

// deliveries is what the API asks for about webhooks.
type deliveries struct {
	*notify.Notifier
	a *App
}

// ReplayEvent implements admin.Deliveries.
func (d deliveries) ReplayEvent(ctx context.Context, k provider.DeliveryKey) error {
	return d.a.store.Replay(ctx, k, d.a.enqueueDelivery)
}

// ReplayFailed implements admin.Deliveries.
func (d deliveries) ReplayFailed(ctx context.Context, in tenant.ID, id provider.WebhookID, since time.Time) (int, error) {
	return d.a.store.ReplayFailed(ctx, in, id, since, d.a.enqueueDelivery)
}

// events is what the API reads of them.
type events struct {
	*postgres.Store
	*notify.Hub
}
