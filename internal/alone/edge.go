package alone

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/sip"
	"tandem/sip/guard"
	"tandem/sip/media"
)

// Options are what `tandem edge` is told. Each error names the flag and the cure.
type Options struct {
	Listen    []string // udp:H:P, tcp:H:P or tls:H:P
	Allow     []string // CIDRs or addresses of peers
	NextHop   string   // sip:H:P;transport=tls
	CA        string   // file: who vouches for the next hop; empty: the system's
	Cert, Key string   // files: of the tls listeners, and shown to the next hop

	Media     string // address of RTP; empty: that of the listener, else the one that leads to the next hop
	Ports     string // of RTP, such as 20000-32767; empty: these
	Advertise string // host in SIP; empty: the listener's
	Workers   int    // threads that relay; 1

	NoMediaAfter time.Duration // until a call without media ends; 0: never
	Drain        time.Duration // for calls to end by themselves; 0: none
	Logger       *slog.Logger
}

// Edge is all edges of one command.
type Edge struct {
	o     Options
	parts []*part
}

// part is one edge: at most one listener of each transport.
type part struct {
	edge    *sip.Edge
	forward *Forwarder
}

// New checks the options and opens the listeners.
func New(o Options) (*Edge, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c, err := o.common()
	if err != nil {
		return nil, err
	}
	peers, err := o.peers()
	if err != nil {
		return nil, err
	}
	groups, err := o.listeners(c.Near.Certificate)
	if err != nil {
		return nil, err
	}
	e := &Edge{o: o}
	for _, near := range groups {
		one := c
		one.Near = near
		if err := o.media(&one, near); err != nil {
			return nil, errors.Join(err, e.close())
		}
		p := &part{forward: &Forwarder{}}
		if p.edge, err = sip.New(one, p.forward, peers, o.Logger, prometheus.NewRegistry()); err != nil {
			return nil, errors.Join(err, e.close())
		}
		p.forward.Use(p.edge)
		e.parts = append(e.parts, p)
	}
	return e, nil
}

// common is what all parts have in common.
func (o Options) common() (sip.Config, error) {
	var c sip.Config
	next := &sip.NextHop{URI: o.NextHop, Advertise: o.Advertise}
	if o.NextHop == "" {
		return c, errors.New("--next-hop is missing: say where calls go, as in --next-hop 'sip:192.0.2.1:5061;transport=tls'")
	}
	switch {
	case (o.Cert == "") != (o.Key == ""):
		return c, errors.New("--cert and --key go together: give both files, or neither")
	case o.Cert != "":
		var err error
		if next.Certificate, err = tls.LoadX509KeyPair(o.Cert, o.Key); err != nil {
			return c, fmt.Errorf("--cert and --key: %w; they have to be PEM files of a certificate and its key", err)
		}
	}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		if err != nil {
			return c, fmt.Errorf("--ca: %w", err)
		}
		next.Roots = x509.NewCertPool()
		if !next.Roots.AppendCertsFromPEM(pem) {
			return c, fmt.Errorf("--ca: %s has no certificate in PEM", o.CA)
		}
	}
	c.Near.Certificate = next.Certificate
	c.Far.Next = next
	c.Forgetful = true
	_, _ = rand.Read(c.NonceKey[:]) // never fails (crypto/rand)
	c.Media = media.Config{Workers: o.Workers, NoMediaAfter: o.NoMediaAfter, OnlyRelay: true, Logger: o.Logger}
	// One next hop: nobody else could be tried in the time that a failover needs.
	c.Timers.FirstResponse = nextHopPatience
	if o.Ports != "" {
		if n, err := fmt.Sscanf(o.Ports, "%d-%d", &c.Media.PortMin, &c.Media.PortMax); err != nil || n != 2 {
			return c, fmt.Errorf("--ports %q: write a range, as in --ports 20000-32767", o.Ports)
		}
	}
	return c, nil
}

// nextHopPatience is how long the next hop may take for its first response.
const nextHopPatience = 8 * time.Second

// peerList is who was allowed.
type peerList []guard.Peer

func (p peerList) Peers(context.Context) ([]guard.Peer, error) { return p, nil }

func (o Options) peers() (peerList, error) {
	if len(o.Allow) == 0 {
		return nil, errors.New("--allow is missing: say who may call, as in --allow 192.0.2.0/24; it may be given several times")
	}
	p := guard.Peer{Name: "allowed", Loopback: true}
	for _, s := range o.Allow {
		if a, err := netip.ParseAddr(s); err == nil {
			p.Addresses = append(p.Addresses, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("--allow %q: write an address or a network, as in --allow 192.0.2.0/24", s)
		}
		p.Addresses = append(p.Addresses, prefix.Masked())
	}
	return peerList{p}, nil
}

// listeners are the near sides: the n-th of each transport together.
func (o Options) listeners(cert tls.Certificate) ([]sip.NearConfig, error) {
	if len(o.Listen) == 0 {
		return nil, errors.New("--listen is missing: say where, as in --listen udp:192.0.2.2:5060; it may be given several times")
	}
	var groups []sip.NearConfig
	count := map[string]int{}
	for _, s := range o.Listen {
		transport, at, _ := strings.Cut(s, ":")
		if _, _, err := net.SplitHostPort(at); err != nil {
			return nil, fmt.Errorf("--listen %q: write transport, address and port, as in --listen udp:192.0.2.2:5060", s)
		}
		if count[transport] == len(groups) {
			groups = append(groups, sip.NearConfig{Certificate: cert, Advertise: o.Advertise})
		}
		g := &groups[count[transport]]
		count[transport]++
		switch transport {
		case "udp":
			g.UDP = at
		case "tcp":
			g.TCP = at
		case "tls":
			if len(cert.Certificate) == 0 {
				return nil, fmt.Errorf("--listen %q needs a certificate: give --cert and --key", s)
			}
			g.TLS = at
		default:
			return nil, fmt.Errorf("--listen %q: the transport is udp, tcp or tls, as in --listen udp:192.0.2.2:5060", s)
		}
	}
	return groups, nil
}

// media chooses the address of RTP.
func (o Options) media(c *sip.Config, near sip.NearConfig) error {
	at := o.Media
	for _, listener := range []string{near.UDP, near.TCP, near.TLS} {
		if host, _, err := net.SplitHostPort(listener); err == nil && at == "" {
			at = host
		}
	}
	a, err := netip.ParseAddr(strings.Trim(at, "[]"))
	if err != nil && at != "" {
		return fmt.Errorf("--media %q: RTP needs an IP address", at)
	}
	if err != nil || a.IsUnspecified() {
		if a, err = sip.LocalTowards(o.NextHop); err != nil {
			return err
		}
	}
	c.Media.Address = a
	return nil
}

// String is the line that tells where it listens.
func (e *Edge) String() string {
	var at []string
	for _, p := range e.parts {
		a := p.edge.Addrs()
		for _, l := range []struct {
			transport string
			at        netip.AddrPort
		}{{"udp", a.UDP}, {"tcp", a.TCP}, {"tls", a.TLS}} {
			if l.at.IsValid() {
				at = append(at, l.transport+":"+l.at.String())
			}
		}
	}
	return fmt.Sprintf("listening at %s, calls go to %s", strings.Join(at, ", "), e.o.NextHop)
}

// Addrs are the listeners, in the order of the parts.
func (e *Edge) Addrs() []sip.Addrs {
	var all []sip.Addrs
	for _, p := range e.parts {
		all = append(all, p.edge.Addrs())
	}
	return all
}

// Run serves until ctx ends. Then new calls are refused with 503, and those that there
// are may end by themselves for as long as [Options.Drain]; ready is called when the listeners are
// served.
func (e *Edge) Run(ctx context.Context, ready func()) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	failed := make(chan error, len(e.parts))
	var running sync.WaitGroup
	for _, p := range e.parts {
		running.Go(func() { failed <- p.edge.Run(background) })
	}
	for _, p := range e.parts {
		select {
		case <-p.edge.Ready():
		case err := <-failed:
			stop()
			running.Wait()
			return errors.Join(err, e.close())
		}
	}
	if ready != nil {
		ready()
	}
	var err error
	select {
	case <-ctx.Done():
		e.drain(background)
	case err = <-failed:
	}
	stop()
	running.Wait()
	close(failed)
	for other := range failed {
		err = errors.Join(err, other)
	}
	return err
}

func (e *Edge) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, e.o.Drain)
	defer cancel()
	legs := 0
	for _, p := range e.parts {
		p.edge.Drain()
		legs += p.forward.Legs()
	}
	e.o.Logger.Info("stopping", "legs", legs)
	for _, p := range e.parts {
		if p.forward.Wait(ctx) != nil {
			e.o.Logger.Warn("calls are hung up, they did not end in time", "legs", p.forward.Legs())
		}
	}
}

func (e *Edge) close() error {
	var errs []error
	for _, p := range e.parts {
		errs = append(errs, p.edge.Close())
	}
	return errors.Join(errs...)
}
