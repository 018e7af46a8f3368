package app

import (
	"context"
	"crypto/tls"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/check"
	"tandem/internal/job"
	"tandem/internal/microsoft/acs"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// watchRoutings looks for what somebody has changed at Microsoft past us, and whether what
// was applied is active.
var watchRoutings = job.Kind[struct{}]{Name: "routing.watch", Timeout: 4 * time.Minute, MaxAge: 10 * time.Minute, Tries: 1}

// watchRoutingsEvery is how often: Microsoft takes five minutes for a change
// (facts/direct-routing.md §1.5).
const watchRoutingsEvery = time.Minute

func (a *App) newWatch(reg prometheus.Registerer) {
	d := newDrifts(reg, a.log, a.store.TellDrift)
	job.Register(a.jobs, watchRoutings, func(ctx context.Context, _ tenant.ID, _ struct{}) error {
		return d.look(ctx, a.store.ListResources, a.routings.Watch)
	})
	job.Every(a.jobs, watchRoutings, watchRoutingsEvery, struct{}{})
}

// drifts tells of resources that are not what was applied. Any process may look, so it
// counts looks: a gauge would stay where somebody else looked last.
type drifts struct {
	log   *slog.Logger
	looks *prometheus.CounterVec
	keep  func(ctx context.Context, of trunk.ResourceID, changes []string, at time.Time) error

	mu   sync.Mutex
	told map[trunk.ResourceID]string // so that each is told once
}

func newDrifts(
	reg prometheus.Registerer, log *slog.Logger, keep func(ctx context.Context, of trunk.ResourceID, changes []string, at time.Time) error,
) *drifts {
	d := &drifts{log: log, keep: keep, told: map[trunk.ResourceID]string{}, looks: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "tandem", Subsystem: "routing", Name: "looks_total",
		Help: "Looks at what resources route, by what was found: same; inactive (a trunk that Microsoft does not hear); unproved (OPTIONS both ways and a call have not shown yet that each trunk of ours works); drifted (somebody has changed it at Microsoft); failed.",
	}, []string{"resource", "found"})}
	reg.MustRegister(d.looks)
	return d
}

// look goes through all resources. What is wrong with one does not hide the others.
func (d *drifts) look(
	ctx context.Context, list func(context.Context, trunk.ResourceID, int) ([]trunk.Resource, error), watch func(context.Context, trunk.ResourceID) (check.Drift, error),
) error {
	const few = 100
	for after := trunk.ResourceID(""); ; {
		all, err := list(ctx, after, few)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, r := range all {
			found, err := watch(ctx, r.ID)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			d.tell(r.ID, found, err)
			if err != nil {
				continue // it is as it was, as far as anybody knows
			}
			if err := d.keep(ctx, r.ID, lines(found.Changes), time.Now()); err != nil {
				return err
			}
		}
		after = all[len(all)-1].ID
	}
}

func (d *drifts) tell(id trunk.ResourceID, found check.Drift, err error) {
	changes := lines(found.Changes)
	now, result := strings.Join(changes, "; "), "same"
	switch {
	case err != nil:
		now, result = err.Error(), "failed"
	case found.Never:
		return
	case len(changes) > 0:
		result = "drifted"
	case len(found.Inactive) > 0:
		now, result = strings.Join(found.Inactive, ", "), "inactive"
	case len(found.Unproved) > 0:
		now, result = strings.Join(found.Unproved, ", "), "unproved"
	}
	d.looks.WithLabelValues(string(id), result).Inc()
	d.mu.Lock()
	was := d.told[id]
	d.told[id] = now
	d.mu.Unlock()
	switch {
	case was == now:
	case result == "drifted":
		d.log.Error("ALARM: somebody has changed the routing of a resource at Microsoft; this would take it back (tandem trunks plan)", "resource", id, "changes", now)
	case result == "failed":
		d.log.Info("the routing of a resource cannot be looked at", "resource", id, "error", err)
	default: // a trunk that is not heard yet is no surprise after a change
		d.log.Info("the routing of a resource", "resource", id, "found", result, "trunks", now)
	}
}

// lines are changes, each on a line of its own.
func lines(changes []trunk.Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, strings.ReplaceAll(c.String(), "\n   ", ""))
	}
	return all
}

// newRoutings brings the routing of resources to Microsoft, with their access keys.
func (a *App) newRoutings(dir directory, c acs.Config) {
	names := a.certificateNames()
	a.routings = &check.Routings{
		Registry: a.store,
		Far: func(ctx context.Context, of trunk.ResourceID) (check.Far, error) {
			r, err := dir.readResource(ctx, string(of)) // a key that was just replaced counts
			if err != nil {
				return nil, err
			}
			return acs.NewClient(r.Endpoint, r.AccessKey, c)
		},
		CertificateNames: func(fqdn string) ([]string, bool) { n, ours := names[fqdn]; return n, ours },
		Proved:           a.proved,
	}
}

// certificateNames are what the certificates of this node's trunks are for. One that cannot
// be read keeps the edge from starting, which tells it.
func (a *App) certificateNames() map[string][]string {
	all := map[string][]string{}
	for _, t := range a.cfg.SIP.Far.Trunks {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			continue
		}
		all[t.FQDN] = pair.Leaf.DNSNames
	}
	return all
}
