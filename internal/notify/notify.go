package notify

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/secret"
)

// Store keeps events and deliveries.
type Store interface {
	// Parcel is a delivery with its event and webhook; fault.NotFound if one of
	// them is gone.
	Parcel(ctx context.Context, k provider.DeliveryKey) (provider.Parcel, error)
	// RecordAttempt writes an attempt of a run down, and what follows from it for
	// delivery and webhook.
	RecordAttempt(ctx context.Context, k provider.DeliveryKey, run int, a provider.Attempt, o provider.Outcome) error
	ForgetEvents(ctx context.Context, before time.Time) error
}

// Config of a Notifier.
type Config struct {
	Store Store
	// Route turns events of the outbox into deliveries with their jobs and tells
	// whether there may be more.
	Route       func(context.Context) (more bool, err error)
	Box         *secret.Box
	Development bool           // permits loopback, and http to it
	Networks    []netip.Prefix // that webhooks of the provider may reach beyond the public ones
	Logger      *slog.Logger
	Metrics     prometheus.Registerer

	schedule []time.Duration // for tests; nil: Standard Webhooks'
	timeout  time.Duration   // for tests; 0: 15 s
	now      func() time.Time
}

// schedule is the pause before each further try (Standard Webhooks,
// "Deliverability and reliability").
var schedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// Notifier sends events to webhooks.
type Notifier struct {
	cfg          Config
	log          *slog.Logger
	ours, theirs *http.Client // for webhooks of the provider and of tenants
	wake         chan struct{}
	closed       sync.Once
	attempts     *prometheus.CounterVec
	seconds      prometheus.Histogram
	disabled     *prometheus.CounterVec
}

// New makes a Notifier; nothing is sent before somebody calls Deliver.
func New(cfg Config) *Notifier {
	if cfg.schedule == nil {
		cfg.schedule = schedule
	}
	if cfg.timeout == 0 {
		cfg.timeout = answerWithin
	}
	if cfg.now == nil {
		cfg.now = time.Now
	}
	n := &Notifier{
		cfg: cfg, log: cfg.Logger, wake: make(chan struct{}, 1),
		ours:   client(Guard{Allowed: cfg.Networks, Loopback: cfg.Development}, cfg.timeout),
		theirs: client(Guard{Loopback: cfg.Development}, cfg.timeout),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "tandem", Subsystem: "webhook", Name: "attempts_total", Help: "Attempts to deliver an event, by the class of the answer's status; none: there was no answer.",
		}, []string{"status"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "tandem", Subsystem: "webhook", Name: "attempt_seconds", Help: "How long attempts took.", Buckets: []float64{.05, .25, 1, 5, 15},
		}),
		disabled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "tandem", Subsystem: "webhook", Name: "disabled_total", Help: "Webhooks disabled because of their answers, by reason.",
		}, []string{"reason"}),
	}
	if cfg.Metrics != nil {
		cfg.Metrics.MustRegister(n.attempts, n.seconds, n.disabled)
	}
	for _, s := range []string{"none", "2xx", "3xx", "4xx", "5xx"} {
		n.attempts.WithLabelValues(s)
	}
	return n
}

func (n *Notifier) now() time.Time { return n.cfg.now() }

// Close gives idle connections back.
func (n *Notifier) Close() {
	n.closed.Do(func() {
		n.ours.CloseIdleConnections()
		n.theirs.CloseIdleConnections()
	})
}

// Wake tells that there may be events to route.
func (n *Notifier) Wake() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// routeEvery is how often the outbox is looked at without a hint.
const routeEvery = 2 * time.Second

// routeGap lies between two looks at the outbox: while calls come in, several
// events are routed in one transaction, and what tells of a step does not compete
// with the steps that follow it.
const routeGap = 25 * time.Millisecond

// Run routes events until ctx ends.
func (n *Notifier) Run(ctx context.Context) {
	tick := time.NewTicker(routeEvery)
	defer tick.Stop()
	for {
		more, err := n.cfg.Route(ctx)
		if err != nil && ctx.Err() == nil {
			n.log.Error("events not routed; they wait", "error", err)
		}
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(routeGap):
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-n.wake:
		}
	}
}

// Forget removes events that were kept for long enough.
func (n *Notifier) Forget(ctx context.Context) error {
	return n.cfg.Store.ForgetEvents(ctx, n.now().Add(-provider.EventsKept))
}

// Deliver makes one attempt of a run of a delivery. again is when to come back,
// 0 for not at all; an error is of ours, and another try may help.
func (n *Notifier) Deliver(ctx context.Context, k provider.DeliveryKey, run int) (again time.Duration, err error) {
	p, err := n.cfg.Store.Parcel(ctx, k)
	switch {
	case fault.KindOf(err) == fault.KindNotFound:
		return 0, nil // too old, or its webhook is gone
	case err != nil:
		return 0, err
	case p.Delivery.Run != run || p.Delivery.State != provider.DeliveryPending:
		return 0, nil // done already, or asked for anew
	}
	if wait := p.Delivery.NextAt.Sub(n.now()); wait > 0 {
		return wait, nil // the job came back before its time
	}
	if p.Before != nil && p.Webhook.Enabled {
		return n.turn(*p.Before), nil
	}
	var s sent
	if p.Webhook.Enabled {
		if s, err = n.send(ctx, p.Webhook, p.Event, p.Overtakes); err != nil {
			return 0, err
		}
		if s.stopped {
			return 0, context.Cause(ctx)
		}
		n.count(s)
	} else {
		s.At, s.Error = n.now(), "the webhook is disabled: enable it, then replay"
	}
	o := n.judge(p, s)
	// What was sent is written down also if the process is asked to stop just now.
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if err := n.cfg.Store.RecordAttempt(record, k, run, s.Attempt, o); err != nil {
		return 0, err
	}
	n.tell(p, s, o)
	if o.State != provider.DeliveryPending {
		return 0, nil
	}
	return max(o.NextAt.Sub(n.now()), time.Millisecond), nil
}

const recordWithin = 5 * time.Second

// How often an event looks whether the one before it has arrived.
const (
	turnFirst = 100 * time.Millisecond
	turnMost  = 30 * time.Second // whoever sends it may have died; its job comes back in time
)

// turn is after how long it may be the turn of an event behind this delivery.
func (n *Notifier) turn(before provider.Delivery) time.Duration {
	if wait := before.NextAt.Sub(n.now()); wait > 0 {
		return wait + turnFirst
	}
	return min(max(n.now().Sub(before.ChangedAt)/4, turnFirst), turnMost)
}

// judge decides what follows from an attempt.
func (n *Notifier) judge(p provider.Parcel, s sent) provider.Outcome {
	if s.Status >= 200 && s.Status < 300 {
		return provider.Outcome{State: provider.DeliveryDelivered}
	}
	o := provider.Outcome{State: provider.DeliveryFailed}
	switch {
	case !p.Webhook.Enabled:
		return o
	case s.Status == http.StatusGone:
		o.Disable = provider.DisabledGone
		return o
	case !p.Webhook.FailingSince.IsZero() && s.At.Sub(p.Webhook.FailingSince) >= provider.DisableAfter:
		o.Disable = provider.DisabledFailing
		return o
	case p.Delivery.Tries >= len(n.cfg.schedule):
		return o
	}
	pause := n.cfg.schedule[p.Delivery.Tries]
	pause += rand.N(pause/10 + 1)
	o.State, o.NextAt = provider.DeliveryPending, n.now().Add(max(pause, s.retryAfter))
	return o
}

func (n *Notifier) count(s sent) {
	status := "none"
	if s.Status > 0 {
		status = strconv.Itoa(s.Status/100) + "xx"
	}
	n.attempts.WithLabelValues(status).Inc()
	n.seconds.Observe(s.Took.Seconds())
}

// tell writes to the log what people should know.
func (n *Notifier) tell(p provider.Parcel, s sent, o provider.Outcome) {
	log := n.log.With("webhook", p.Webhook.ID, "tenant", p.Event.Tenant, "event", p.Event.ID, "type", p.Event.Type, "status", s.Status, "error", s.Error)
	switch {
	case o.Disable != "":
		n.disabled.WithLabelValues(string(o.Disable)).Inc()
		log.Error("webhook disabled", "reason", o.Disable, "failing_since", p.Webhook.FailingSince)
	case o.State == provider.DeliveryFailed:
		log.Warn("event given up; it can be replayed", "tries", p.Delivery.Tries+1)
	case o.State == provider.DeliveryPending:
		log.Info("event not delivered", "again_at", o.NextAt)
	}
}

// Test sends an event of its own, which nobody keeps, and tells what became of
// it, also for a webhook that is disabled.
func (n *Notifier) Test(ctx context.Context, w provider.Webhook) (provider.Attempt, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return provider.Attempt{}, err
	}
	s, err := n.send(ctx, w, provider.Event{
		ID: provider.EventID(id.String()), Type: provider.WebhookTest, Tenant: w.Tenant, At: n.now(),
		Data: json.RawMessage(`{"webhook":"` + string(w.ID) + `"}`),
	}, "")
	if err == nil {
		n.count(s)
	}
	return s.Attempt, err
}
