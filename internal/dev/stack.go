package dev

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tandem/internal/app"
	"tandem/internal/bridge"
	"tandem/internal/config"
	"tandem/internal/localpg"
	"tandem/internal/simulator"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/pki"
	"tandem/sip/siptest"
)

// Options say how a stack is to be.
type Options struct {
	Dir    string // keeps the database, the authority and the secrets; made if missing
	Listen string // of the API, host:port; port 0 frees every port of the stack. Default 127.0.0.1:8080
	SIP    string // of the near side, UDP and TCP; default 127.0.0.1:5060
	// DatabaseURL of a database to use instead of a private one.
	DatabaseURL string
	// WithoutProduct starts everything but the product, for tests that run it in
	// a process of its own with [Stack.Config].
	WithoutProduct bool
	LostAfter      time.Duration // silence that ends a call; the product's default if 0
	// Delays of the simulated Microsoft: none, the default, or documented.
	Delays string
	// TapSIP, if set, wraps each SIP connection with the simulated Microsoft, inside of TLS.
	TapSIP  func(net.Conn) net.Conn
	Logger  *slog.Logger
	Observe func(bridge.Observation)
	Health  app.HealthPace
	Bench   app.Bench // for proofs of trunks
}

// Stack is a running stack.
type Stack struct {
	File   File
	Sim    *simulator.Server
	Config config.Config

	dir     string
	owns    bool // the directory: nobody else's stack runs in it
	log     *slog.Logger
	pg      *localpg.Server
	carrier *siptest.Phone
	product chan error // the product's end
	stop    context.CancelFunc
	secrets secrets
	api     *client
}

// Where things listen unless told otherwise; the README names these.
const (
	defaultListen = "127.0.0.1:8080"
	defaultSIP    = "127.0.0.1:5060"
	bootTime      = 3 * time.Minute
)

// ports is the plan of a stack's listeners.
type ports struct {
	api, public, udp, tcp, tls, far, control, authority, graph, dns string
	acs, proxies                                                    []string
}

// plan decides every address. With port 0 all are free ones; they are kept in
// the directory, because the registry stores where resources are.
func plan(o Options) ports {
	if strings.HasSuffix(o.Listen, ":0") {
		host := strings.TrimSuffix(o.Listen, ":0")
		any := host + ":0"
		p := ports{
			api: any, public: any, udp: o.SIP, tcp: o.SIP, tls: any, far: any, control: any, authority: any, graph: any, dns: any,
			proxies: []string{"127.0.0.2:0", "127.0.0.3:0", "127.0.0.4:0"},
		}
		for range regions {
			p.acs = append(p.acs, any)
		}
		return p
	}
	host, _, _ := net.SplitHostPort(o.SIP)
	return ports{
		api: o.Listen, public: "127.0.0.1:8453", udp: o.SIP, tcp: o.SIP, tls: net.JoinHostPort(host, "5061"), far: "127.0.0.1:5067",
		control: "127.0.0.1:8090", authority: "127.0.0.1:8443", graph: "127.0.0.1:8444", dns: "127.0.0.1:8053",
		acs: []string{"127.0.0.1:8091", "127.0.0.1:8092"}, proxies: []string{"127.0.0.2:5061", "127.0.0.3:5061", "127.0.0.4:5061"},
	}
}

// Start brings a stack up and returns when all of it answers.
func Start(ctx context.Context, o Options) (s *Stack, err error) {
	if o.Listen == "" {
		o.Listen = defaultListen
	}
	if o.SIP == "" {
		o.SIP = defaultSIP
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	s = &Stack{dir: o.Dir, log: o.Logger}
	defer func() {
		if err != nil {
			s.Close()
			s = nil
		}
	}()
	if s.secrets, err = loadSecrets(o.Dir); err != nil {
		return s, err
	}
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	dsn, err := s.database(ctx, o)
	if err != nil {
		return s, err
	}
	p, err := keepPorts(o.Dir, plan(o))
	if err != nil {
		return s, err
	}
	if p.far, err = freed(p.far); err != nil { // Microsoft has to know where to call
		return s, err
	}
	if s.carrier, err = startCarrier(s.secrets.PeerPassword, o.Logger.With("part", "carrier")); err != nil {
		return s, err
	}
	if err := s.simulate(ctx, o, p); err != nil {
		return s, err
	}
	if err := s.configure(o, p, dsn); err != nil {
		return s, err
	}
	if s.secrets.APIKey == "" || o.DatabaseURL != "" {
		if s.secrets.APIKey, err = app.Init(ctx, dsn, "tandem dev"); err != nil {
			return s, err
		}
		if err := s.secrets.save(o.Dir); err != nil {
			return s, err
		}
	}
	if o.WithoutProduct {
		return s, nil
	}
	return s, s.serve(ctx, o)
}

func (s *Stack) database(ctx context.Context, o Options) (string, error) {
	if o.DatabaseURL != "" {
		s.own()
		return o.DatabaseURL, nil
	}
	var err error
	if s.pg, err = localpg.Start(ctx, localpg.Config{Dir: s.dir, Owned: s.own, Logger: s.log}); err != nil {
		return "", err
	}
	return s.pg.DSN(), nil
}

// own takes the directory: what an earlier life said of itself is no longer so.
func (s *Stack) own() {
	s.owns = true
	_ = os.Remove(Path(s.dir))
}

// keptPorts is the file that keeps the addresses of a directory.
func keptPorts(dir string) string { return filepath.Join(dir, "ports.json") }

// keepPorts replaces each port 0 of what the registry stores by a free one, the
// same as last time.
func keepPorts(dir string, p ports) (ports, error) {
	var kept struct{ ACS []string }
	raw, err := os.ReadFile(keptPorts(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	if err == nil {
		if err := json.Unmarshal(raw, &kept); err != nil {
			return p, fmt.Errorf("%s is damaged; delete the directory to begin anew: %w", keptPorts(dir), err)
		}
	}
	for i, addr := range p.acs {
		if !strings.HasSuffix(addr, ":0") {
			continue
		}
		if i < len(kept.ACS) {
			p.acs[i] = kept.ACS[i]
			continue
		}
		if p.acs[i], err = freed(addr); err != nil {
			return p, err
		}
	}
	kept.ACS = p.acs
	if raw, err = json.Marshal(kept); err != nil {
		return p, err
	}
	return p, os.WriteFile(keptPorts(dir), raw, 0o600)
}

// simulate starts Microsoft.
func (s *Stack) simulate(ctx context.Context, o Options, p ports) error {
	ca, err := pki.LoadOrCreate(s.dir)
	if err != nil {
		return err
	}
	c := simulator.Config{
		CA:     ca,
		Listen: simulator.Listen{Control: p.control, Authority: p.authority, Graph: p.graph, DNS: p.dns, SIP: p.proxies},
		Apps: []entra.App{{
			ClientID: derived("app", "tandem"), Name: "Tandem", Secret: s.secrets.ClientSecret,
			RedirectURIs: []string{"http://localhost/portal/signed-in", "http://localhost/portal/consented"}, // whatever the port
		}},
		// A person's browser does not know the stack's authority.
		PlainSignIn: true,
		TapSIP:      o.TapSIP, Delays: o.Delays, Seed: 1, Logger: s.log.With("part", "simulator"),
	}
	immutable := map[string]string{}
	for i, r := range regions {
		// Numbers go to the resource's trunk, as direct routing has it.
		farPort, err := portOf(p.far)
		if err != nil {
			return err
		}
		res := simulator.Resource{
			Name: r.resource, Region: r.name, AccessKey: s.secrets.AccessKeys[r.resource], Listen: p.acs[i],
			ImmutableID: derived("resource", r.resource), Trunks: []simulator.Trunk{{FQDN: r.trunk, Address: netip.MustParseAddr("127.0.0.1"), Port: farPort}},
			Routes: []simulator.Route{{Pattern: `^\+[1-9]\d{3,23}$`, Trunks: []string{r.trunk}}},
		}
		immutable[r.resource] = res.ImmutableID
		c.Resources = append(c.Resources, res)
	}
	c.Tenants, c.Users = microsoft(immutable)
	sim, err := simulator.New(c)
	if err != nil {
		return err
	}
	if err := sim.Start(ctx); err != nil {
		return err
	}
	s.Sim = sim
	return nil
}

// configure writes the product's configuration: certificates of the directory's
// authority, and the simulator where Microsoft would be.
func (s *Stack) configure(o Options, p ports, dsn string) error {
	public, err := freed(p.public)
	if err != nil {
		return err
	}
	if p.api, err = freed(p.api); err != nil {
		return err
	}
	c := config.Config{
		Node: "dev", Development: true, DatabaseURL: config.Secret(dsn),
		ProviderName: provider().name,
		MasterKey:    config.Secret(s.secrets.MasterKey), SealKeys: config.Secret(s.secrets.SealKeys),
		HTTP: config.HTTP{Listen: p.api, PublicListen: public, PublicURL: "https://" + public},
		SIP: config.SIP{
			Near:  config.Near{UDP: p.udp, TCP: p.tcp, TLS: p.tls},
			Far:   config.Far{Listen: p.far, DNS: s.Sim.DNS(), Roots: s.Sim.CA().File()},
			Media: config.Media{Address: "127.0.0.1", LostAfter: o.LostAfter},
		},
		Microsoft: config.Microsoft{
			ClientID: derived("app", "tandem"), HomeTenant: provider().entra(), ClientSecret: config.Secret(s.secrets.ClientSecret),
			Authority: s.Sim.Authority(), Graph: s.Sim.Graph(), Issuer: s.Sim.CallbackIssuer(), Keys: s.Sim.CallbackKeys(), Roots: s.Sim.CA().File(),
		},
		Recordings: config.Recordings{Hosts: []string{strings.TrimPrefix(s.Sim.CallbackIssuer(), "https://")}}, // whose storage it is, too
	}
	kept, err := filepath.Abs(filepath.Join(s.dir, "recordings"))
	if err != nil {
		return err
	}
	c.Recordings.Store = (&url.URL{Scheme: "file", Path: kept}).String()
	for i, name := range []string{"sip", "sip2", "sip3"} {
		_, port, err := net.SplitHostPort(s.Sim.SIPProxies()[i])
		if err != nil {
			return err
		}
		c.SIP.Far.Proxies = append(c.SIP.Far.Proxies, name+".pstnhub.microsoft.com:"+port)
	}
	certs := filepath.Join(s.dir, "certs")
	if err := os.MkdirAll(certs, 0o700); err != nil {
		return err
	}
	if c.HTTP.PublicCert, c.HTTP.PublicKey, err = s.certificate(certs, "loopback"); err != nil {
		return err
	}
	c.SIP.Near.Cert, c.SIP.Near.Key = c.HTTP.PublicCert, c.HTTP.PublicKey
	for _, r := range regions {
		cert, key, err := s.certificate(certs, r.trunk)
		if err != nil {
			return err
		}
		c.SIP.Far.Trunks = append(c.SIP.Far.Trunks, config.Trunk{FQDN: r.trunk, Cert: cert, Key: key})
	}
	s.Config = c.WithDefaults("dev")
	if err := s.Config.Validate(); err != nil {
		return err
	}
	return WriteSettings(s.Config, SettingsPath(s.dir))
}

// freed turns port 0 into an unused one: the public URL, the portal's and what
// the registry stores have to be known before their listeners are open.
func freed(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port != "0" {
		return addr, err
	}
	return Unused(host, 1)
}

func portOf(addr string) (int, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// certificate issues one for a name, or for the loopback addresses, and keeps it.
func (s *Stack) certificate(dir, name string) (certFile, keyFile string, err error) {
	certFile, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+"-key.pem")
	if _, err := os.Stat(certFile); err == nil {
		return certFile, keyFile, nil
	}
	cert, err := s.Sim.CA().Loopback()
	if name != "loopback" {
		cert, err = s.Sim.CA().Issue([]string{name}, nil, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	}
	if err != nil {
		return "", "", err
	}
	return certFile, keyFile, pki.WriteFiles(cert, certFile, keyFile)
}

// serve runs the product in this process, fills it, and writes dev.json.
func (s *Stack) serve(ctx context.Context, o Options) error {
	a, err := app.New(ctx, s.Config, app.Options{Logger: s.log, Observe: o.Observe, Health: o.Health, Bench: o.Bench})
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(context.Background())
	s.stop, s.product = stop, make(chan error, 1)
	go func() { s.product <- a.Run(run) }()
	addrs := a.Addrs()
	if err := s.Fill(ctx, addrs.API, int(addrs.SIP.Far.Port())); err != nil {
		return err
	}
	s.File.SIP = FileSIP{
		UDP: addrs.SIP.UDP.String(), TCP: addrs.SIP.TCP.String(), TLS: addrs.SIP.TLS.String(), Far: addrs.SIP.Far.String(),
	}
	for _, r := range regions {
		// The product has use only for calls that it sent itself, with a token of
		// its own; so calls placed at the control interface, and calls between
		// users of the resource, are left to whoever placed them.
		if err := s.Sim.Subscribe(ctx, simulator.Subscription{
			Resource: r.resource, URL: app.GridURL(s.Config, r.resource), Present: []string{app.GridFilter},
		}); err != nil {
			return fmt.Errorf("subscribe to the events of %s: %w", r.resource, err)
		}
		if err := s.Sim.Subscribe(ctx, simulator.Subscription{
			Resource: r.resource, URL: app.GridURL(s.Config, r.resource), Types: app.GridTypes(),
		}); err != nil {
			return fmt.Errorf("subscribe to the recordings of %s: %w", r.resource, err)
		}
	}
	s.File.Ready = true
	return s.File.write(s.dir)
}

// Fill seeds the product that listens at an address, and describes the stack.
func (s *Stack) Fill(ctx context.Context, apiAddr string, farPort int) error {
	s.api = &client{base: "http://" + apiAddr + "/v1", key: s.secrets.APIKey, http: &http.Client{Timeout: time.Minute}}
	tenants, err := seed(ctx, s.api, s.secrets, s.Sim.Resources(), farPort)
	if err == nil {
		err = seedCarrier(ctx, s.api, s.secrets.PeerPassword, s.carrier)
	}
	if err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	f := File{
		Portal: browser("http://" + apiAddr), PublicURL: s.Config.HTTP.PublicURL,
		API:  FileAPI{URL: s.api.base, Key: s.api.key},
		Peer: FilePeer{Username: peerName, Password: s.secrets.PeerPassword, Number: cast()[0].number},
		Simulator: FileSimulator{
			Control: s.Sim.Control(), Desk: browser(s.Sim.Desk()), SignIn: browser(strings.TrimSuffix(s.Sim.Control(), "/_sim")),
			Callbacks: s.Sim.Inbox(), Authority: s.Sim.Authority(), Graph: s.Sim.Graph(), CAFile: s.Sim.CA().File(), DNS: s.Sim.DNS(), SIPProxies: s.Sim.SIPProxies(),
		},
		DatabaseURL: s.Config.DatabaseURL.Reveal(), Tenants: tenants,
	}
	for i, r := range s.Sim.Resources() {
		acs := FileACS{Endpoint: r.Endpoint, AccessKey: r.AccessKey, ImmutableID: r.ImmutableID}
		f.Simulator.Resources = append(f.Simulator.Resources, FileResource{Region: r.Region, FileACS: acs, TrunkFQDN: regions[i].trunk})
	}
	f.Simulator.ACS = f.Simulator.Resources[0].FileACS
	s.File = f
	return nil
}

// browser shows a loopback URL by the name that browsers trust.
func browser(u string) string { return strings.Replace(u, "127.0.0.1", "localhost", 1) }

// Wait returns when the product ends by itself, or the database does.
func (s *Stack) Wait(ctx context.Context) error {
	var dead <-chan struct{}
	if s.pg != nil {
		dead = s.pg.Exited()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.product:
		s.product <- err
		return fmt.Errorf("the product ended: %w", err)
	case <-dead:
		return errors.New("the database ended")
	}
}

// Close takes everything down, the product first and politely.
func (s *Stack) Close() {
	if s.owns {
		_ = os.Remove(Path(s.dir))
	}
	if s.stop != nil {
		s.stop()
		if err := <-s.product; err != nil {
			s.log.Error("the product ended badly", "error", err)
		}
	}
	if s.carrier != nil {
		if err := s.carrier.Close(); err != nil {
			s.log.Error("the carrier ended badly", "error", err)
		}
	}
	if s.Sim != nil {
		s.Sim.Close()
	}
	if s.pg != nil {
		if err := s.pg.Close(); err != nil {
			s.log.Error("the database ended badly", "error", err)
		}
	}
}

// Remove deletes a stack's directory, and its database if that had to live
// elsewhere (localpg says where in pg.path).
func Remove(dir string) error {
	var errs []error
	if raw, err := os.ReadFile(filepath.Join(dir, "pg.path")); err == nil {
		errs = append(errs, os.RemoveAll(strings.TrimSpace(string(raw))))
	}
	return errors.Join(append(errs, os.RemoveAll(dir))...)
}
