// Package bench is the part of a proof for which Microsoft and a telephone are played: an
// edge with a trunk's name, certificate and settings, on loopback and free ports,
// between the simulator's proxies and a telephone of package siptest. Nothing leaves the
// machine, and a running edge beside it notices nothing.
//
// The engine of the product is not here: calls are joined by a few lines (engine.go), so
// that what is shown is the edge. Timers are those of production, but for the second of
// the session timer: a session of 90 s, the shortest that there is, lasts 4.5 s.
package bench

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/check"
	"tandem/internal/proof"
	"tandem/internal/simulator/dns"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip"
	"tandem/sip/guard"
	"tandem/sip/identity"
	"tandem/sip/media"
	"tandem/sip/siptest"
)

// sessionSecond is a second of Session-Expires.
const sessionSecond = 50 * time.Millisecond

// What is dialled, and who calls: of the ranges that are nobody's (Bundesnetzagentur, Ofcom).
const (
	customer = "+4930901820"
	agent    = "+493023125000"
	another  = "+442079460123"
)

// bench is all that is started for a proof.
type bench struct {
	setup proof.Setup
	cert  tls.Certificate
	roots *x509.CertPool // that vouch for the trunk
	own   *x509.CertPool // that vouch for the Microsoft of the bench

	names  *dns.Server
	hub    *pstnhub.Proxies
	edge   *sip.Edge
	engine *engine
	reg    *prometheus.Registry
	phone  *siptest.Phone
	legs   chan *pstnhub.Leg // calls that come to Microsoft
	closes []func() error
}

// changes is what tests have go wrong.
type changes struct {
	edge   func(*sip.Config)
	before func(id string, b *bench)
	invite func(*bench, *pstnhub.Leg) // in the place of the bench, when a call comes to Microsoft
	only   string                     // the check that is made; all of them if empty
}

// Run makes the checks of the bench. An error means that there is none: ports, files. It
// takes about a minute, half of it speech.
func Run(ctx context.Context, s proof.Setup, log *slog.Logger) ([]proof.Check, error) {
	return run(ctx, s, log, changes{})
}

func run(ctx context.Context, s proof.Setup, log *slog.Logger, c changes) (made []proof.Check, err error) {
	pool, err := s.Authorities()
	if err != nil {
		return nil, err
	}
	if bad := certificate(s, pool); bad != nil { // with which no edge would start, or no proxy would speak
		return withoutTLS([]proof.Check{*bad}), nil
	}
	b, err := open(s, pool, log, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, st := range steps {
		if c.only != "" && st.id != c.only {
			continue
		}
		if c.before != nil {
			c.before(st.id, b)
		}
		one := st.make(ctx, b)
		if ctx.Err() != nil {
			return made, fmt.Errorf("bench: %w", context.Cause(ctx))
		}
		if made = append(made, one); st.id == proof.BenchTLS && one.State == proof.Failed {
			return withoutTLS(made), nil
		}
	}
	return made, nil
}

// withoutTLS leaves out all that needs it.
func withoutTLS(made []proof.Check) []proof.Check {
	for _, st := range steps[len(made):] {
		made = append(made, proof.Check{ID: st.id, State: proof.NotShown, Code: proof.CodeNoTLS, Found: "there is no TLS between the trunk and Microsoft, so that nothing else can be: see " + proof.BenchTLS, Fix: "mend " + proof.BenchTLS + " first"})
	}
	return made
}

// certificate is what is wrong with the certificate, as the doctor judges it; nil if nothing is.
func certificate(s proof.Setup, roots *x509.CertPool) *proof.Check {
	judge := check.Certificate{Name: s.Trunk, File: s.Cert, Key: s.Key, Roots: []*x509.CertPool{roots}, Trunk: true}
	for _, f := range judge.Check(time.Now()) {
		if f.State == check.Fail {
			return &proof.Check{ID: proof.BenchTLS, State: proof.Failed, Code: f.ID, Found: "the certificate: " + f.Found, Fix: f.Fix}
		}
	}
	return nil
}

func open(s proof.Setup, roots *x509.CertPool, log *slog.Logger, c changes) (b *bench, err error) {
	b = &bench{setup: s, roots: roots, legs: make(chan *pstnhub.Leg, 16), reg: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if b.cert, err = tls.LoadX509KeyPair(s.Cert, s.Key); err != nil {
		return b, fmt.Errorf("bench: certificate of %s: %w", s.Trunk, err)
	}
	if b.names, err = dns.New(dns.Config{Listen: "127.0.0.1:0", Zones: []string{identity.Domain, s.Trunk}}); err != nil {
		return b, fmt.Errorf("bench: %w", err)
	}
	b.closes = append(b.closes, b.names.Close)
	b.names.Set(s.Trunk, netip.MustParseAddr("127.0.0.1"))
	if err = b.microsoft(log, c); err == nil {
		err = b.telephone(log)
	}
	if err == nil {
		err = b.start(log, c)
	}
	return b, err
}

// microsoft starts the three proxies, with an authority that nobody else trusts.
func (b *bench) microsoft(log *slog.Logger, c changes) error {
	authority, err := pki.New()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	cert, err := authority.Issue([]string{"*." + identity.Domain}, nil, x509.ExtKeyUsageServerAuth)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	b.own = authority.Pool()
	arrives := func(l *pstnhub.Leg) { b.legs <- l }
	if c.invite != nil {
		arrives = func(l *pstnhub.Leg) { c.invite(b, l) }
	}
	b.hub, err = pstnhub.New(pstnhub.Config{
		Listen: []string{"127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"}, Certificate: cert, ClientRoots: b.roots,
		Resource: func(fqdn string) (string, bool) { return "bench", fqdn == b.setup.Trunk },
		OnInvite: func(_ context.Context, l *pstnhub.Leg) { arrives(l) },
		Resolver: b.names.Resolver(), Logger: log,
	})
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	b.closes = append(b.closes, b.hub.Close)
	for name, at := range b.hub.Names() {
		b.names.Set(name, at.Addr())
	}
	return nil
}

func (b *bench) telephone(log *slog.Logger) (err error) {
	if b.phone, err = siptest.New(siptest.Config{Username: "bench", Logger: log}); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	b.closes = append(b.closes, b.phone.Close)
	return nil
}

// proxies are the addresses of the three as the edge is told them.
func (b *bench) proxies() []string {
	var all []string
	for _, name := range []string{"sip", "sip2", "sip3"} {
		fqdn := name + "." + identity.Domain
		all = append(all, fmt.Sprintf("%s:%d", fqdn, b.hub.Names()[fqdn].Port()))
	}
	return all
}

// peers are the telephone alone.
type peers []guard.Peer

func (p peers) Peers(context.Context) ([]guard.Peer, error) { return p, nil }

const peerName = "bench"

// start runs the edge.
func (b *bench) start(log *slog.Logger, c changes) error {
	local := netip.MustParseAddr("127.0.0.1")
	config := sip.Config{
		Near: sip.NearConfig{UDP: "127.0.0.1:0", Resolver: b.names.Resolver()},
		Far: sip.FarConfig{
			Listen: "127.0.0.1:0", Roots: b.own, Proxies: b.proxies(), Resolver: b.names.Resolver(), Refers: b.setup.Refers,
			Trunks: []identity.Trunk{{FQDN: b.setup.Trunk, Certificate: b.cert, Connectivity: b.setup.Connectivity}},
		},
		Media:     media.Config{Address: local, PortMin: b.setup.PortMin, PortMax: b.setup.PortMax, Logger: log},
		Timers:    sip.Timers{Second: sessionSecond},
		Forgetful: true,
	}
	_, _ = rand.Read(config.NonceKey[:]) // never fails (crypto/rand)
	if c.edge != nil {
		c.edge(&config)
	}
	b.engine = newEngine(b.setup.Trunk)
	b.closes = append(b.closes, b.engine.close)
	all := peers{{Name: peerName, Loopback: true, Addresses: []netip.Prefix{netip.PrefixFrom(local, 8)}, DialTo: "sip:" + b.phone.Addr().String()}}
	var err error
	if b.edge, err = sip.New(config, b.engine, all, log, b.reg); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	b.engine.edge = b.edge
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.edge.Run(ctx) }()
	b.closes = append(b.closes, func() error { stop(); return <-done })
	select {
	case <-b.edge.Ready():
		return nil
	case err := <-done:
		done <- nil // for close
		return fmt.Errorf("bench: %w", errors.Join(err, errors.New("the edge did not start")))
	}
}

// close gives everything back, the last first.
func (b *bench) close() error {
	var errs []error
	for i := len(b.closes) - 1; i >= 0; i-- {
		errs = append(errs, b.closes[i]())
	}
	return errors.Join(errs...)
}
