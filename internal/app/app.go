package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tandem/internal/api/admin"
	"tandem/internal/bot"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/check"
	"tandem/internal/config"
	"tandem/internal/fault"
	"tandem/internal/job"
	"tandem/internal/microsoft/acs"
	"tandem/internal/microsoft/entra"
	"tandem/internal/microsoft/graph"
	"tandem/internal/notify"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/recording"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
	"tandem/sip"
)

// Options are for those who run the app inside another program.
type Options struct {
	Logger  *slog.Logger
	Observe func(bridge.Observation) // sees every step of every call; must not block
	Health  HealthPace
	Bench   Bench // for proofs of trunks; nil: what needs it is not shown
}

// App is the product in one process.
type App struct {
	cfg          config.Config
	log          *slog.Logger
	started      time.Time
	store        *postgres.Store
	journal      *postgres.Journal
	world        *bridge.RealWorld
	bridge       *bridge.Bridge
	edge         *sip.Edge
	traces       *traces
	presence     *graph.Presence
	jobs         *job.Runner
	notifier     *notify.Notifier
	recordings   *recording.Store
	bots         *bot.Service
	routings     *check.Routings
	proofs       *proofs
	people       *graph.Directory
	onboarding   *onboarding.Service
	due          due
	health       HealthPace
	learning     sync.Mutex // held while one call's lesson is written down
	registration entra.Config
	streams      notify.Hub
	api          *http.Server
	hooks        *http.Server
	apiOn        net.Listener
	hooksOn      net.Listener
	steps        *prometheus.CounterVec
	metrics      *prometheus.Registry
	pairs        []*pair // the certificates that this process shows
}

// drainFor is how long calls have to end when the process is asked to stop.
const drainFor = 30 * time.Second

// New opens everything; nothing is served before Run.
func New(ctx context.Context, cfg config.Config, o Options) (a *App, err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a = &App{cfg: cfg, log: o.Logger, started: time.Now(), world: &bridge.RealWorld{}, due: newDue(), health: o.Health.withDefaults()}
	defer func() {
		if err != nil {
			a.close()
			a = nil
		}
	}()
	reg := prometheus.NewRegistry()
	a.metrics = reg
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	box, err := secret.ReadKeys(strings.NewReader(cfg.SealKeys.Reveal()))
	if err != nil {
		return a, fmt.Errorf("seal_keys: %w", err)
	}
	if a.store, err = postgres.Open(ctx, postgres.Config{DSN: cfg.DatabaseURL.Reveal()}); err != nil {
		return a, fmt.Errorf("database: %w", err)
	}
	a.journal = postgres.NewJournal(a.store, a.log)
	if err := a.newJobs(ctx, reg, box); err != nil {
		return a, err
	}
	a.journal.OnPublished(a.notifier.Wake)
	if err := a.newBridge(o, reg, box); err != nil {
		return a, err
	}
	if err := a.newEdge(reg, box); err != nil {
		return a, err
	}
	a.newProofs(o.Bench, box)
	return a, a.newServers(reg, box)
}

func (a *App) newBridge(o Options, reg prometheus.Registerer, box *secret.Box) error {
	client, err := outgoing(a.cfg.Microsoft)
	if err != nil {
		return err
	}
	m := a.cfg.Microsoft
	a.registration, err = entraConfig(m, client)
	if err != nil {
		return err
	}
	tokens, err := entra.New(a.registration)
	if err != nil {
		return fmt.Errorf("microsoft: %w", err)
	}
	if a.presence, err = graph.New(graph.Config{Tokens: tokens, BaseURL: m.Graph, HTTP: client, Logger: a.log}); err != nil {
		return fmt.Errorf("microsoft: %w", err)
	}
	keys := hookKeys(a.cfg)
	dir := directory{store: a.store, box: box, fqdns: a.fqdns(), known: &known{all: map[string]knownResource{}}}
	acsMetrics := acs.NewMetrics(reg)
	toACS := acs.Config{HTTP: client, Logger: a.log, Metrics: acsMetrics, RecordingHosts: a.cfg.Recordings.Hosts}
	a.newRoutings(dir, toACS)
	connectivity, err := acs.NewConnectivity(dir, keys, a.cfg.HTTP.PublicURL, toACS)
	if err != nil {
		return err
	}
	a.steps = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "tandem", Subsystem: "call", Name: "events_total", Help: "Events that calls took, by kind and whether they changed anything.",
	}, []string{"kind", "ignored"})
	reg.MustRegister(a.steps)
	var life [8]byte
	_, _ = rand.Read(life[:]) // never fails (crypto/rand)
	a.bridge = bridge.New(bridge.Config{
		Node: a.cfg.Node, Life: a.cfg.Node + "." + hex.EncodeToString(life[:]),
		World: a.world, Journal: a.journal, Registry: a.store.Registry(), Presence: suspecting{a.presence, a},
		Microsoft: map[tenant.Connectivity]bridge.Microsoft{trunk.ACSDirectRouting: connectivity},
		Logger:    a.log, Hash: secret.Hash, Alarm: a.alarm(reg),
		Observe: func(ob bridge.Observation) {
			a.steps.WithLabelValues(ob.Event.Kind(), fmt.Sprint(ob.Ignored)).Inc()
			if ob.Call.Over() {
				a.logEnd(ob.Call)
			}
			a.learn(ob)
			if o.Observe != nil {
				o.Observe(ob)
			}
		},
	})
	if err := a.newRecordings(connectivity, reg); err != nil {
		return err
	}
	if err := a.newBots(reg, box); err != nil {
		return err
	}
	h, err := acs.NewHooks(acs.HooksConfig{
		Engine: a.bridge, Resources: dir, Refuser: connectivity, Prompts: a.store, Recordings: a.recordingReady, Media: a.bots, Keys: keys, Issuer: m.Issuer, KeysURL: m.Keys,
		HTTP: client, Logger: a.log, Metrics: acsMetrics,
	})
	if err != nil {
		return err
	}
	a.hooks = server(h, a.log)
	return a.newOnboarding(tokens, client)
}

// logEnd is the one line that every call leaves, with every name it has
// elsewhere.
func (a *App) logEnd(c call.Call) {
	r := c.Record()
	a.log.Info("call over", "call", c.ID, "tenant", c.Tenant, "result", r.Result, "reason", r.Reason, "by", r.By, "fault", r.Fault,
		"setup", r.Setup.Round(time.Millisecond), "talk", r.Talk.Round(time.Millisecond), "agent", r.Agent, "events", c.Seq, "ignored", c.Ignored,
		"near_sip_call_id", r.Near.SIPCallID, "far_sip_call_id", r.Far.SIPCallID, "connection", r.Connection, "correlation", r.Correlation)
}

func (a *App) fqdns() []string {
	var all []string
	for _, t := range a.cfg.SIP.Far.Trunks {
		all = append(all, t.FQDN)
	}
	return all
}

// outgoing is the client for everything at Microsoft.
func outgoing(m config.Microsoft) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // net/http says so
	transport.MaxIdleConnsPerHost = 32
	if m.Roots != "" {
		pool, err := roots(m.Roots)
		if err != nil {
			return nil, fmt.Errorf("microsoft.roots: %w", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport, Timeout: 15 * time.Second}, nil
}

func roots(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate", file)
	}
	return pool, nil
}

// server with limits that no honest client meets.
func server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func (a *App) newServers(reg *prometheus.Registry, box *secret.Box) error {
	pages, err := a.newPortal(a.onboarding, box, a.registration)
	if err != nil {
		return err
	}
	job.Register(a.jobs, confirmRoles, func(ctx context.Context, _ tenant.ID, _ struct{}) error { return pages.ConfirmRoles(ctx) })
	job.Every(a.jobs, confirmRoles, 5*time.Minute, struct{}{})
	a.newWatch(reg)
	a.newHealth()
	a.newExternal()
	a.newReseal(box)
	keys := hookKeys(a.cfg)
	api := admin.New(admin.Deps{
		Keys: a.store, Tenants: a.store, Agents: a.store, Numbers: a.store, Peers: registry{a.store, a.refreshPeers}, Dialling: a.store, Places: a.store, Routings: a.routings, Health: a.store, Calls: a.store, Journals: a.store,
		Queues: a.store, Reservations: a.store,
		Recordings: a.store, Transcripts: a.store, RecordingFiles: a.recordings,
		Prompts: a.store, Bots: a.store, Flows: a.store, PromptURL: func(p tenant.Prompt) string { return keys.PromptURL(a.cfg.HTTP.PublicURL, p) },
		Webhooks: a.store, Deliveries: deliveries{a.notifier, a}, Events: events{a.store, &a.streams},
		Audit: a.store, Ledger: a.store, Onboarding: a.onboarding, Consent: a.consent(pages), Session: pages.Session,
		Engine: a.bridge, Legs: a.legs(), Pcap: pcapOf, Idempotency: once{a.store, box}, Seal: box, Logger: a.log, Ready: a.ready,
		Proofs:  a.proofs,
		Doctor:  func(ctx context.Context) check.Report { return Doctor(ctx, a.cfg, nil) },
		Metrics: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
	}, admin.Config{
		Realm: a.cfg.SIP.Realm, Connectivities: []tenant.Connectivity{trunk.ACSDirectRouting}, SIPURI: a.sipURI,
		Development: a.cfg.Development,
	})
	a.api = server(front(api, pages, a.cfg.Has(config.RoleAPI)), a.log)
	a.api.RegisterOnShutdown(a.streams.Close)
	a.api.RegisterOnShutdown(a.bridge.StopWatching)
	if a.apiOn, err = net.Listen("tcp", a.cfg.HTTP.Listen); err != nil {
		return fmt.Errorf("http.listen: %w", err)
	}
	if !a.cfg.Has(config.RoleBridge) {
		return nil
	}
	public, err := a.certificate(a.cfg.HTTP.PublicCert, a.cfg.HTTP.PublicKey, nil)
	if err != nil {
		return fmt.Errorf("http.public_cert: %w", err)
	}
	if a.hooksOn, err = net.Listen("tcp", a.cfg.HTTP.PublicListen); err != nil {
		return fmt.Errorf("http.public_listen: %w", err)
	}
	a.hooksOn = tls.NewListener(a.hooksOn, &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return public.now(), nil },
	})
	return nil
}

// ready tells what is away.
func (a *App) ready(ctx context.Context) []admin.Away {
	if err := a.store.Ping(ctx); err != nil {
		return []admin.Away{{Name: "postgres", Err: err}}
	}
	if !a.bridge.Ready() {
		return []admin.Away{{Name: "bridge", Err: fault.Unavailable("not_ready", "the journal does not answer, or the node is draining")}}
	}
	return nil
}

// Addrs are the listeners as they became; those of roles that the process has not are empty.
type Addrs struct {
	API, Public string
	SIP         sip.Addrs
}

// Addrs tells where the app listens.
func (a *App) Addrs() Addrs {
	all := Addrs{API: a.apiOn.Addr().String()}
	if a.hooksOn != nil {
		all.Public = a.hooksOn.Addr().String()
	}
	if a.edge != nil {
		all.SIP = a.edge.Addrs()
	}
	return all
}

// GridFilter is the member that an IncomingCall event must have to be of use where all calls
// come through edges of ours: the token of a call that the product sent itself. An advanced
// filter of the subscription (IsNotNull) leaves other calls of the resource to others. A
// resource with a trunk of somebody else's SBC must not have it.
const GridFilter = "data.customContext.sipHeaders." + acs.TokenHeader

// GridTypes are the events of Event Grid that the product has use for, besides
// IncomingCall: a subscription of their own with the longest retries, and no filter.
func GridTypes() []string { return []string{"RecordingFileStatusUpdated"} }

// GridURL is the address that the Event Grid subscription of a resource must have.
func GridURL(c config.Config, resource string) string {
	return hookKeys(c).GridURL(c.HTTP.PublicURL, resource)
}

// hookKeys make the secrets in the addresses that Microsoft calls.
func hookKeys(c config.Config) acs.HookKeys {
	k := c.Key("hooks")
	return acs.HookKeys{Current: k[:]}
}

// gcPercent lets garbage be collected half as often as Go does by itself. Calls leave
// much of it and keep little: that saves a twentieth of the processor for some tens of
// megabytes.
const gcPercent = 200

// Run serves until ctx ends and then drains. It closes everything.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	if set := debug.SetGCPercent(gcPercent); set != 100 {
		debug.SetGCPercent(set) // who runs it has said what he wants (GOGC)
	}
	var wg, writing sync.WaitGroup
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	patience, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		stop()
		_ = a.api.Close() // what Shutdown left, or everything if it never came to that
		_ = a.hooks.Close()
		wg.Wait()
		if a.edge != nil {
			_ = a.edge.Close() // it hands over what it has; Run may not have got so far
		}
		close(a.traces.queue)
		defer time.AfterFunc(tracesLast, stopWriting).Stop()
		writing.Wait()
		stopWriting()
	}()
	writing.Go(func() { a.traces.run(patience) })
	failed := make(chan error, 4)
	serve := func(name string, f func() error) {
		wg.Go(func() {
			if err := f(); err != nil && !errors.Is(err, http.ErrServerClosed) && background.Err() == nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	if a.edge != nil {
		serve("SIP edge", func() error { return a.edge.Run(background) })
		select {
		case <-a.edge.Ready():
		case err := <-failed:
			return err
		}
		wg.Go(func() { a.tellHealth(background) })
	}
	a.bridge.Start()
	serve("admin API", func() error { return a.api.Serve(a.apiOn) })
	if a.hooksOn != nil {
		serve("doors for Microsoft", func() error { return a.hooks.Serve(a.hooksOn) })
	}
	wg.Go(func() { a.journal.Listen(background, a.cfg.Node, a.bridge.Wake, a.bridge.Freed) })
	wg.Go(func() { a.store.WatchKeys(background, a.log) })
	if len(queues(a.cfg)) > 0 {
		serve("jobs", func() error { return a.jobs.Run(background) })
	}
	wg.Go(func() { a.notifier.Run(background) })
	wg.Go(func() { a.store.ListenEvents(background, a.log, a.notifier.Wake, a.streams.Tell) })
	if a.cfg.Has(config.RoleJobs) {
		wg.Go(func() { a.work(background) })
		wg.Go(func() { a.housekeep(background) })
	}
	wg.Go(func() { a.renewCertificates(background) })
	at := a.Addrs()
	a.log.Info("serving", "node", a.cfg.Node, "roles", a.cfg.Roles, "api", at.API, "public", at.Public, "sip", at.SIP)

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.log.Info("stopping", "calls", a.bridge.Running())
	if a.edge != nil {
		a.edge.Drain()
	}
	drain, cancel := context.WithTimeout(background, drainFor)
	defer cancel()
	if drainErr := a.bridge.Drain(drain); drainErr != nil {
		a.log.Warn("calls left for whoever comes next", "calls", a.bridge.Running())
	}
	shut, cancelShut := context.WithTimeout(background, 5*time.Second)
	defer cancelShut()
	_ = a.api.Shutdown(shut) // what does not end in time is cut
	_ = a.hooks.Shutdown(shut)
	return err
}

// housekeep keeps the journal's tables in shape.
func (a *App) housekeep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := a.store.Engine().MakePartitions(ctx, partitionsAhead); err != nil && ctx.Err() == nil {
			a.log.Error("partitions not made", "error", err)
		}
		if err := a.store.Engine().Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.log.Error("old rows not swept", "error", err)
		}
		if err := a.store.ForgetTraces(ctx, time.Now().Add(-tracesKept)); err != nil && ctx.Err() == nil {
			a.log.Error("messages of old calls not removed", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// close gives everything back, in the reverse order of New.
func (a *App) close() {
	for _, l := range []net.Listener{a.apiOn, a.hooksOn} {
		if l != nil {
			_ = l.Close() // the servers may have
		}
	}
	if a.bots != nil {
		a.bots.Close()
	}
	if a.bridge != nil {
		a.bridge.Close()
	}
	if a.edge != nil {
		if err := a.edge.Close(); err != nil {
			a.log.Warn("SIP edge", "error", err)
		}
	}
	a.world.Stop()
	if a.presence != nil {
		a.presence.Close()
	}
	if a.notifier != nil {
		a.notifier.Close()
	}
	if a.recordings != nil {
		_ = a.recordings.Close() // nothing is being written any more
	}
	if a.jobs != nil {
		a.jobs.Close()
	}
	if a.store != nil {
		a.store.Close()
	}
}
