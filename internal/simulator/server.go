package simulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/acs"
	"tandem/internal/simulator/browser"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/desk"
	"tandem/internal/simulator/dns"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/graph"
	"tandem/internal/simulator/identity"
	"tandem/internal/simulator/inbox"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/pstnhub"
	"tandem/internal/simulator/routing"
	"tandem/internal/simulator/signing"
	"tandem/internal/simulator/teams"
	"tandem/internal/simulator/voice"
)

// Leg is a caller's leg, for tests that bring their own instead of SIP. A leg
// that has the method Attach(*mixer.Conference) *mixer.Port gets the sound of its call.
type Leg = acs.Leg

// subscribePause is the pause between attempts at a configured subscription.
const subscribePause = 250 * time.Millisecond

// Server is the whole simulator. Make it with New, Start it once, Close it.
type Server struct {
	config Config
	logger *slog.Logger
	work   sync.WaitGroup
	cancel context.CancelFunc
	close  []func() // in reverse order of starting

	clock     *clock.Clock
	faults    *faults.Book
	directory *teams.Directory
	sender    *events.Sender
	grid      *events.Grid
	calls     *acs.Service
	phones    *phones.Book
	switches  *evidence.Switches
	delays    delays.Plan
	speaker   *voice.Speaker
	entra     *entra.Service
	graph     *graph.Service
	names     *dns.Server
	routes    *routing.Book
	proxies   *pstnhub.Proxies
	inbox     *inbox.Service
	client    *http.Client

	endpoints map[string]string // of resources, by name
	control   string
	authority string
	graphURL  string
	tunnel    string
}

// New checks the configuration; nothing listens yet.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Server{
		config: c, logger: c.Logger, clock: clock.New(), faults: &faults.Book{}, speaker: &voice.Speaker{},
		endpoints: make(map[string]string),
	}
	var err error
	if s.switches, err = evidence.NewSwitches(evidence.Inferences()); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	for name, value := range c.Inferences {
		if err := s.switches.Set(name, value); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	s.faults.Clock = s.clock
	s.phones = phones.New(s.clock)
	s.directory = teams.New(s.clock, s.faults, c.Logger)
	s.directory.Switches = s.switches
	if s.delays, err = delays.Parse(c.Delays); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s.directory.PresenceLag = s.delays[delays.Presence]
	s.routes = routing.NewBook(routing.Config{Clock: s.clock, Switches: s.switches, Delays: s.delays, Text: s.text, Seed: c.Seed})
	for _, r := range c.Resources {
		if err := s.routes.Add(r.ImmutableID, r.routing()); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	for _, t := range c.Tenants {
		if err := s.directory.AddTenant(t.teams()); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	for _, u := range c.Users {
		if err := s.directory.Add(u); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	for _, t := range c.Tenants {
		if err := s.crowd(t); err != nil {
			return nil, fmt.Errorf("simulator: crowd of %s: %w", t.Name, err)
		}
	}
	for _, f := range c.Faults {
		if err := s.faults.Set(f); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	return s, nil
}

// crowd makes up the people of a tenant, and their group.
func (s *Server) crowd(t Tenant) error {
	if t.Crowd == 0 {
		return nil
	}
	oids, err := s.directory.AddCrowd(t.ID, t.Crowd)
	if err != nil {
		return err
	}
	return s.directory.Reconfigure(t.ID, func(settings *teams.Settings) error {
		id := uuid.NewSHA1(uuid.NameSpaceURL, []byte("crowd/"+strings.ToLower(t.ID))).String()
		settings.SetGroup(teams.Group{ID: id, Name: "Contact centre", Description: "All of the crowd", Members: oids})
		return nil
	})
}

// Start listens and returns when everything answers. When it fails nothing is
// left running. The simulator ends with Close, not with ctx.
func (s *Server) Start(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		s.Close()
		return fmt.Errorf("simulator: %w", err)
	}
	return nil
}

func (s *Server) start(ctx context.Context) error {
	c := s.config
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.close = append(s.close, s.clock.Close, s.routes.Close)

	leaf, err := c.CA.Loopback(x509.ExtKeyUsageServerAuth)
	if err != nil {
		return err
	}
	authority, err := s.listen(ctx, "authority", c.Listen.Authority)
	if err != nil {
		return err
	}
	s.authority = "https://" + authority.Addr().String()

	callbackKeys, err := signing.New()
	if err != nil {
		return err
	}
	tokenKeys, err := signing.NewCertified()
	if err != nil {
		return err
	}
	control, err := s.listen(ctx, "control", c.Listen.Control)
	if err != nil {
		return err
	}
	s.control = "http://" + control.Addr().String()
	s.startEvents(callbackKeys)
	if err := s.startCalls(); err != nil {
		return err
	}
	s.startEntra(tokenKeys)
	s.inbox = inbox.New(inbox.Config{Claims: func(token string) (map[string]any, error) {
		claims := map[string]any{}
		return claims, callbackKeys.Verify(token, &claims)
	}, Clock: s.clock})
	s.close = append(s.close, s.inbox.Close)
	root := http.NewServeMux()
	root.Handle(inbox.Path, s.inbox.Receiver())
	root.Handle("/calling/", s.sender.Discovery())
	root.Handle("/v1/objects/", s.calls.Files())
	root.Handle("/", s.entra)
	s.serve("authority", authority, root, &leaf)

	graphListener, err := s.listen(ctx, "graph", c.Listen.Graph)
	if err != nil {
		return err
	}
	s.graphURL = "https://" + graphListener.Addr().String()
	s.graph = graph.New(graph.Config{
		Origin: s.graphURL, Tokens: s.entra, Directory: s.directory, Faults: s.faults, Switches: s.switches, Clock: s.clock,
		Throttling: c.Throttling, Logger: s.logger,
	})
	s.serve("graph", graphListener, s.graph, &leaf)

	if err := s.startResources(ctx, callbackKeys, &leaf); err != nil {
		return err
	}
	if err := s.startSIP(); err != nil {
		return err
	}
	if err := s.startTunnel(ctx, background, &leaf); err != nil {
		return err
	}
	if err := s.startDesk(ctx, control, callbackKeys); err != nil {
		return err
	}
	for _, sub := range c.Subscriptions {
		s.work.Go(func() { s.keepSubscribing(background, sub) })
	}
	return nil
}

func (s *Server) startEvents(keys *signing.Keys) {
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: s.config.CA.Pool(), MinVersion: tls.VersionTLS12},
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     30 * time.Second,
	}
	s.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.sender = events.NewSender(events.Config{
		Keys: keys, Issuer: s.authority, Client: s.client, Clock: s.clock, Faults: s.faults, Switches: s.switches, Logger: s.logger,
	})
	s.grid = events.NewGrid(s.sender)
	s.close = append(s.close, transport.CloseIdleConnections, s.sender.Close, s.directory.Close)
}

func (s *Server) startCalls() error {
	resources := make([]acs.Resource, 0, len(s.config.Resources))
	for _, r := range s.config.Resources {
		resources = append(resources, acs.Resource{Name: r.Name, Region: r.Region, ImmutableID: r.ImmutableID, AccessKey: r.AccessKey})
	}
	var err error
	s.calls, err = acs.New(acs.Config{
		Sender: s.sender, Grid: s.grid, Directory: s.directory, Clock: s.clock, Faults: s.faults, Switches: s.switches, Logger: s.logger,
		Client: s.client, Dial: s.dial, HasClient: s.hasClient, Resources: resources, Bearer: s.bearer, Speaker: s.speaker, Storage: s.authority,
		InsecureCallbacks: s.config.InsecureCallbacks, AnswerTime: s.config.AnswerTime, Seed: s.config.Seed, Delays: s.delays,
	})
	if err != nil {
		return err
	}
	s.close = append(s.close, s.calls.Close)
	return nil
}

func (s *Server) startEntra(keys *signing.Keys) {
	tenants := make([]entra.Tenant, 0, len(s.config.Tenants))
	for _, t := range s.config.Tenants {
		tenants = append(tenants, entra.Tenant{ID: t.ID, Name: t.Name, Domain: t.Domain, Roles: t.Roles})
	}
	pages := ""
	if s.config.PlainSignIn {
		pages = s.SignIn()
	}
	s.entra = entra.New(entra.Config{
		Origin: s.authority, Pages: pages, Keys: keys, Apps: s.config.Apps, Tenants: tenants, People: people{s.directory},
		Faults: s.faults, Client: s.client, Clock: s.clock,
	})
}

// people lets the users of the directory sign in.
type people struct{ directory *teams.Directory }

func (p people) Members(tenant string) []entra.Person {
	var list []entra.Person
	for _, u := range p.directory.People(tenant) {
		if !u.Unlisted { // a crowd has no place on a page
			list = append(list, entra.Person{OID: u.OID, Name: u.Name, UPN: u.UPN, Roles: u.Roles, AppRoles: u.AppRoles, Enabled: !u.Disabled})
		}
	}
	return list
}

func (s *Server) startResources(ctx context.Context, keys *signing.Keys, leaf *tls.Certificate) error {
	for _, r := range s.config.Resources {
		handler, err := s.resourceHandler(r, keys)
		if err != nil {
			return err
		}
		l, err := s.listen(ctx, "resource "+r.Name, r.Listen)
		if err != nil {
			return err
		}
		scheme, cert := "http", (*tls.Certificate)(nil)
		if r.TLS {
			scheme, cert = "https", leaf
		}
		s.endpoints[r.Name] = scheme + "://" + l.Addr().String() + "/"
		s.serve("resource "+r.Name, l, handler, cert)
	}
	return nil
}

// resourceHandler serves Call Automation and, beside it, the users of the
// resource and its SIP routing. Their tokens have the keys of callbacks: both are the resource's.
func (s *Server) resourceHandler(r Resource, keys *signing.Keys) (http.Handler, error) {
	calls, err := s.calls.Handler(r.ImmutableID)
	if err != nil {
		return nil, err
	}
	users := identity.New(identity.Config{ImmutableID: r.ImmutableID, Keys: keys, Clock: s.clock})
	guarded, err := s.calls.Guard(r.ImmutableID, users)
	if err != nil {
		return nil, err
	}
	routes := routing.NewService(s.routes, r.ImmutableID, s.health)
	guardedRoutes, err := s.calls.Guard(r.ImmutableID, routes)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case users.Serves(req):
			guarded.ServeHTTP(w, req)
		case routes.Serves(req):
			guardedRoutes.ServeHTTP(w, req)
		default:
			calls.ServeHTTP(w, req)
		}
	}), nil
}

// health is what the proxies make of a trunk.
func (s *Server) health(fqdn string) routing.Health {
	if s.proxies == nil {
		return routing.Health{TLS: "unknown", Ping: "unknown", Overall: "unknown"}
	}
	return routing.Health(s.proxies.Health(fqdn))
}

// text asks the name server of the simulated world.
func (s *Server) text(ctx context.Context, domain string) ([]string, error) {
	return s.names.Resolver().LookupTXT(ctx, domain)
}

// startSIP starts the name server and, if there are addresses for them, the
// SIP proxies.
func (s *Server) startSIP() error {
	zones := []string{"pstnhub.microsoft.com"}
	for _, r := range s.config.Resources {
		for _, t := range r.Trunks {
			zones = append(zones, t.FQDN)
			if _, parent, found := strings.Cut(t.FQDN, "."); found {
				zones = append(zones, parent)
			}
		}
	}
	var err error
	if s.names, err = dns.New(dns.Config{Listen: s.config.Listen.DNS, Zones: zones, Logger: s.logger}); err != nil {
		return &ListenError{Part: "dns", Address: s.config.Listen.DNS, Err: err}
	}
	s.close = append(s.close, func() { s.logError("close dns", s.names.Close()) })
	for _, r := range s.config.Resources {
		for _, t := range r.Trunks {
			s.names.Set(t.FQDN, t.address())
		}
	}
	if len(s.config.Listen.SIP) == 0 {
		return nil
	}
	// One label under the wildcard covers every proxy; serverAuth alone is what
	// Microsoft's certificates have (facts/direct-routing.md §2.3).
	hosts := []string{"sip.pstnhub.microsoft.com", "*.pstnhub.microsoft.com"}
	cert, err := s.config.CA.Issue(hosts, nil, x509.ExtKeyUsageServerAuth)
	if err != nil {
		return err
	}
	s.proxies, err = pstnhub.New(pstnhub.Config{
		Listen: s.config.Listen.SIP, Certificate: cert, ClientRoots: s.config.CA.Pool(),
		Resource: s.trunkResource, TrunkPort: s.trunkPort, Resolver: s.names.Resolver(), Logger: s.logger,
		OnInvite: func(_ context.Context, leg *pstnhub.Leg) { s.calls.Offer(leg.Resource(), leg) },
		Clock:    s.clock, FailName: s.failName, Tap: s.config.TapSIP,
		Issue: func(kind string) (tls.Certificate, error) {
			if kind == "expired" {
				return s.config.CA.Expired(hosts, x509.ExtKeyUsageServerAuth)
			}
			return s.config.CA.Issue(hosts, nil)
		},
	})
	if err != nil {
		return &ListenError{Part: "sip", Address: strings.Join(s.config.Listen.SIP, ","), Err: err}
	}
	s.close = append(s.close, func() { s.logError("close the SIP proxies", s.proxies.Close()) })
	for name, at := range s.proxies.Names() {
		s.names.Set(name, at.Addr())
	}
	return nil
}

// failName makes the name of a proxy fail, or lead to it again.
func (s *Server) failName(name string, fail bool) {
	if fail {
		s.names.Fail(name)
	} else if at, ok := s.proxies.Names()[name]; ok {
		s.names.Set(name, at.Addr())
	}
}

func (s *Server) startDesk(ctx context.Context, l net.Listener, keys *signing.Keys) error {
	c := desk.Config{
		Directory: s.directory, Calls: s.calls, Clock: s.clock, Faults: s.faults, Resources: s.calls.Resources,
		Phones: s.phones, Switches: s.switches, Say: s.say, Throttler: s.graph, Unhandled: s.graph.Unhandled,
		Subscribe: s.subscribeByID, Subscriptions: s.grid.Subscriptions, DeadLetters: s.grid.DeadLetters, Rotate: keys.Rotate,
		Reset: func() { s.entra.Reset(); s.routes.Reset() },
	}
	if s.proxies != nil {
		c.SIP = s.proxies
	}
	var err error
	if c.Voice, err = browser.Listen(ctx, s.logger); err != nil {
		return err
	}
	s.close = append(s.close, c.Voice.Close)
	root := http.NewServeMux()
	root.Handle("/_sim/entra/", s.entra.Control())
	for _, path := range entra.PagePaths() {
		root.Handle(path, s.entra.PageHandler())
	}
	root.Handle("/_sim/sip", s.routes.Control())
	root.Handle("/_sim/sip/domains", s.routes.Control())
	root.Handle("/_sim/sip/domains/", s.routes.Control())
	root.Handle("/_sim/dns/", s.names.Control())
	root.Handle("/_sim/inbox", s.inbox.Control())
	root.Handle("/_sim/inbox/", s.inbox.Control())
	root.Handle("/", desk.New(c))
	s.serve("control", l, http.NewCrossOriginProtection().Handler(root), nil)
	return nil
}

// ListenError is a part of the simulator that cannot listen where it was told:
// a port in use is the usual problem.
type ListenError struct {
	// Part is control, authority, graph, dns, sip, tunnel, or resource and its
	// name.
	Part    string
	Address string
	Err     error
}

func (e *ListenError) Error() string { return e.Part + ": " + e.Err.Error() }

func (e *ListenError) Unwrap() error { return e.Err }

func (s *Server) listen(ctx context.Context, part, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &ListenError{Part: part, Address: address, Err: err}
	}
	s.close = append(s.close, func() { _ = l.Close() })
	return l, nil
}

func (s *Server) serve(part string, l net.Listener, h http.Handler, cert *tls.Certificate) {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(s.logger.With("part", part).Handler(), slog.LevelDebug),
	}
	if cert != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12}
	}
	s.work.Go(func() {
		var err error
		if cert != nil {
			err = server.ServeTLS(l, "", "")
		} else {
			err = server.Serve(l)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			s.logError("serve "+part, err)
		}
	})
	s.close = append(s.close, func() { s.logError("close "+part, server.Close()) })
}

func (s *Server) logError(what string, err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		s.logger.Error(what, "error", err)
	}
}

// Close ends all calls and stops everything. It may be called again.
func (s *Server) Close() {
	if s.cancel != nil {
		s.cancel()
	}
	for i := len(s.close) - 1; i >= 0; i-- {
		s.close[i]()
	}
	s.close = nil
	s.work.Wait()
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
}

// keepSubscribing tries until the endpoint has proved itself.
func (s *Server) keepSubscribing(ctx context.Context, sub Subscription) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := s.Subscribe(ctx, sub)
		if err == nil {
			return
		}
		s.logger.Debug("subscription will be tried again", "resource", sub.Resource, "error", err)
		timer.Reset(subscribePause)
	}
}

// Subscribe makes, or replaces, subscriptions of a resource; the endpoint must
// answer the handshake of each.
func (s *Server) Subscribe(ctx context.Context, sub Subscription) error {
	types, schema := sub.Types, events.EventGridSchema
	if len(types) == 0 {
		types = []string{events.IncomingCall}
	}
	if sub.CloudEvents {
		schema = events.CloudEvents
	}
	for _, name := range types {
		if err := s.grid.Subscribe(ctx, events.Subscription{
			Name: strings.ToLower(name), Topic: events.Topic(sub.Resource), URL: sub.URL, Types: []string{name}, Schema: schema, Present: sub.Present,
		}); err != nil {
			return err
		}
	}
	return nil
}

// subscribeByID is Subscribe with the resource's immutable id.
func (s *Server) subscribeByID(ctx context.Context, immutableID, url string, types []string, cloudEvents bool) error {
	for _, r := range s.config.Resources {
		if strings.EqualFold(r.ImmutableID, immutableID) {
			return s.Subscribe(ctx, Subscription{Resource: r.Name, URL: url, Types: types, CloudEvents: cloudEvents})
		}
	}
	return errors.New("no such resource")
}

// Register adds a trunk to a resource, given by name, while it runs.
func (s *Server) Register(resource string, t Trunk) error {
	for _, r := range s.config.Resources {
		if r.Name == resource {
			s.names.Serve(t.FQDN)
			s.names.Set(t.FQDN, t.address())
			return s.routes.Register(r.ImmutableID, t.FQDN, t.port())
		}
	}
	return errors.New("simulator: no such resource: " + resource)
}

func (s *Server) trunkResource(fqdn string) (string, bool) {
	id, _, ok := s.routes.Trunk(fqdn)
	return id, ok
}

func (s *Server) trunkPort(fqdn string) int {
	_, port, _ := s.routes.Trunk(fqdn)
	return port
}

// Offer brings in a call that does not come by SIP.
func (s *Server) Offer(immutableID string, leg Leg) { s.calls.Offer(immutableID, leg) }
