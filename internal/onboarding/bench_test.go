package onboarding_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/microsoft/entra"
	"tandem/internal/microsoft/graph"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/simulator"
	simentra "tandem/internal/simulator/entra"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
	"tandem/internal/trunk"
)

const (
	rechecked = 100 // tenants
	peopleOf  = 10  // agents of each
	// promised is how many tenants a second are 100,000 of them in ten minutes.
	promised = 100_000.0 / 600
)

// BenchmarkRecheck is how many active tenants one process proves anew in a second:
// a token, a question for each permission, and a look at each agent. Simulated
// Microsoft and PostgreSQL run on the same cores. "of-100k" is the share of what
// 100,000 tenants in ten minutes need.
//
// With no delay it shows what the work costs; with 100 ms for each answer of
// Microsoft's, which is more like the real one, how many looks have to be under way
// at once for it.
func BenchmarkRecheck(b *testing.B) {
	w := newOffice(b)
	for _, c := range []struct {
		delay  time.Duration
		atOnce int
	}{{0, 1}, {0, 8}, {0, 64}, {100 * time.Millisecond, 8}, {100 * time.Millisecond, 64}, {100 * time.Millisecond, 200}} {
		b.Run(fmt.Sprintf("delay=%v/at-once=%d", c.delay, c.atOnce), func(b *testing.B) {
			var took time.Duration
			for b.Loop() {
				b.StopTimer()
				w.age(b)
				w.microsoft.by = c.delay
				b.StartTimer()
				began := time.Now()
				w.recheck(b, c.atOnce)
				took += time.Since(began)
			}
			perSecond := float64(b.N) * rechecked / took.Seconds()
			b.ReportMetric(0, "ns/op") // told as a rate
			b.ReportMetric(perSecond, "tenants/s")
			b.ReportMetric(perSecond/promised, "of-100k")
		})
	}
}

// office is the onboarding of many tenants, all of which are active.
type office struct {
	*onboarding.Service
	store     *postgres.Store
	microsoft *delayed
	looks     []onboarding.LookRef
}

func newOffice(b *testing.B) *office {
	b.Helper()
	c := simulator.Config{Apps: []simentra.App{{ClientID: uuid.NewString(), Name: "Tandem", Secret: "secret"}}}
	for i := range rechecked {
		c.Tenants = append(c.Tenants, simulator.Tenant{
			ID: uuid.NewString(), Name: fmt.Sprintf("Company %d", i), Roles: simentra.DefaultPermissions(), Crowd: peopleOf,
		})
	}
	sim, err := simulator.New(c)
	if err != nil {
		b.Fatal(err)
	}
	if err := sim.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(sim.Close)
	base := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: sim.CA().Pool(), MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 32}
	b.Cleanup(base.CloseIdleConnections)
	microsoft := &delayed{base, 0}
	client := &http.Client{Transport: microsoft, Timeout: time.Minute}
	tokens, err := entra.New(entra.Config{
		HomeTenant: c.Tenants[0].ID, ClientID: c.Apps[0].ClientID, ClientSecret: "secret", Authority: sim.Authority(), GraphScope: sim.Graph() + ".default", HTTP: client,
	})
	if err != nil {
		b.Fatal(err)
	}
	directory, err := graph.NewDirectory(graph.Config{Tokens: tokens, BaseURL: sim.Graph(), HTTP: client}, tokens)
	if err != nil {
		b.Fatal(err)
	}
	store, err := postgres.Open(b.Context(), postgres.Config{DSN: testkit.Postgres(b).Admin})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(store.Close)
	w := &office{onboarding.New(onboarding.Config{Store: store, Directory: directory, Publisher: told{store}}), store, microsoft, nil}
	if _, err := store.CreateRegion(b.Context(), trunk.Region{ID: "eu", Name: "Europe"}); err != nil {
		b.Fatal(err)
	}
	for _, t := range c.Tenants {
		w.settle(b, t, directory)
	}
	w.age(b)
	w.recheck(b, 8) // the first time, all is news
	return w
}

// told writes events down, as the product does.
type told struct{ store *postgres.Store }

func (p told) Publish(ctx context.Context, t tenant.ID, e onboarding.Event) error {
	return p.store.PublishEvent(ctx, t, provider.EventType(e.Type), time.Now(), e.Data)
}

// delayed is a network on which answers take their time.
type delayed struct {
	http.RoundTripper
	by time.Duration
}

func (d *delayed) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.by > 0 {
		select {
		case <-time.After(d.by):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return d.RoundTripper.RoundTrip(r)
}

// settle makes a tenant that has been active for a while.
func (w *office) settle(b *testing.B, of simulator.Tenant, d *graph.Directory) {
	b.Helper()
	ctx := b.Context()
	t, err := w.store.CreateTenant(ctx, tenant.Tenant{Name: of.Name, EntraTenantID: of.ID, State: tenant.Active, HomeRegion: "eu"})
	if err != nil {
		b.Fatal(err)
	}
	_, err = w.store.ChangeTenant(ctx, t.ID, func(t tenant.Tenant) (tenant.Tenant, error) {
		t.BoundAt = time.Now()
		return t, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	group := uuid.NewSHA1(uuid.NameSpaceURL, []byte("crowd/"+of.ID)).String()
	err = d.Members(ctx, of.ID, group, func(people []onboarding.Person) error {
		var agents []tenant.Agent
		for _, p := range people {
			agents = append(agents, tenant.Agent{Tenant: t.ID, OID: p.OID, Name: p.Name})
		}
		if _, err := w.store.AddAgents(ctx, t.ID, "", agents); err != nil {
			return err
		}
		_, err := w.store.ChangeLook(ctx, onboarding.LookRef{Tenant: t.ID, Kind: onboarding.LookConsent}, func(l onboarding.Look) (onboarding.Look, error) {
			l.OID = agents[0].OID // of the admin whose presence is asked for
			return l, nil
		})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []onboarding.LookKind{onboarding.LookConsent, onboarding.LookAgents} {
		w.looks = append(w.looks, onboarding.LookRef{Tenant: t.ID, Kind: kind})
	}
}

// age makes everything due.
func (w *office) age(b *testing.B) {
	b.Helper()
	for _, l := range w.looks {
		_, err := w.store.ChangeLook(b.Context(), l, func(l onboarding.Look) (onboarding.Look, error) {
			l.DueAt = time.Now()
			return l, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// recheck does all that is due, so much at once.
func (w *office) recheck(b *testing.B, atOnce int) {
	b.Helper()
	todo := make(chan onboarding.LookRef)
	var workers sync.WaitGroup
	var failed atomic.Pointer[error]
	for range atOnce {
		workers.Go(func() {
			for l := range todo {
				next, err := w.RunLook(context.WithoutCancel(b.Context()), l)
				if err == nil && time.Until(next) < time.Minute {
					err = fmt.Errorf("%s is tried again already at %v", l.Kind, next)
				}
				if err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	for _, l := range w.looks {
		todo <- l
	}
	close(todo)
	workers.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
}
