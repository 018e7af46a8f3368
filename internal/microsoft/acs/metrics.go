package acs

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// The doors, as metric labels.
const (
	doorGrid    = "event_grid"
	doorCalls   = "callbacks"
	doorPrompts = "prompts"
	doorMedia   = "media"
)

// What became of something delivered or fetched, as metric labels.
const (
	wasTaken       = "taken"        // durable
	wasLate        = "late"         // its call is over or never was
	wasRejected    = "rejected"     // an invitation nobody waited for, declined at Microsoft
	wasEnded       = "ended"        // a connection whose call is over, ended at Microsoft
	wasUnknown     = "unknown_type" // ignored
	wasUnreadable  = "unreadable"   // a known type whose data makes no sense
	wasForeign     = "foreign"      // of another topic or connection than it should be
	wasBadSecret   = "bad_secret"   // 404
	wasBadToken    = "bad_token"    // 401
	wasBadBody     = "bad_body"     // 400, 413
	wasUnavailable = "unavailable"  // 503
	wasFailed      = "failed"       // 500
	wasHandshake   = "handshake"    // Event Grid's validation
	wasServed      = "served"       // a prompt, or the part of it that was asked for
	wasGone        = "gone"         // 404: a prompt that was deleted, or has other audio by now
)

// What is left out, as metric labels.
const (
	planContext = "plan_context" // of a call, too long for a User-To-User header
	party       = "party"        // somebody in a participant list who is not of a kind we know
)

// Metrics counts what this package does.
type Metrics struct {
	requests   *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	drops      *prometheus.CounterVec
}

// NewMetrics registers the metrics; with nil they are kept but not shown.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		requests: f.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "tandem_acs_request_seconds",
			Help:    "Duration of requests to Call Automation by operation and result.",
			Buckets: []float64{.02, .05, .1, .2, .5, 1, 2, 5, 10},
		}, []string{"operation", "result"}),
		deliveries: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_acs_deliveries_total",
			Help: "What Microsoft delivered or fetched, by door and what became of it.",
		}, []string{"door", "result"}),
		drops: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_acs_dropped_total",
			Help: "Things left out because they break a limit or are of an unknown kind.",
		}, []string{"what"}),
	}
}

func (m *Metrics) request(operation, result string, took time.Duration) {
	m.requests.WithLabelValues(operation, result).Observe(took.Seconds())
}

func (m *Metrics) delivery(door, result string) { m.deliveries.WithLabelValues(door, result).Inc() }

func (m *Metrics) dropped(what string) { m.drops.WithLabelValues(what).Inc() }
