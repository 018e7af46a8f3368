package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/api/admin"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/config"
	"tandem/internal/fault"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/sip"
	"tandem/sip/identity"
	"tandem/sip/media"
)

// newEdge makes the SIP edge of a process that has one.
func (a *App) newEdge(reg prometheus.Registerer, box *secret.Box) error {
	a.traces = newTraces(a.store.KeepTraces, a.log, reg)
	if !a.cfg.Has(config.RoleSIP) {
		return nil
	}
	s := a.cfg.SIP
	c := sip.Config{
		Near:  sip.NearConfig{UDP: s.Near.UDP, TCP: s.Near.TCP, TLS: s.Near.TLS, Advertise: s.Near.Advertise, Advertise6: s.Near.Advertise6},
		Far:   sip.FarConfig{Listen: s.Far.Listen, Port: s.Far.Port, Proxies: s.Far.Proxies, Refers: s.Far.Refers, Ping: a.health.Ping},
		Realm: s.Realm, NonceKey: a.cfg.Key("nonces"), MD5Only: !s.DigestSHA256,
		SilentToStrangers: s.Guard.Silent, BanAfter: s.Guard.BanAfter, BanFor: s.Guard.BanFor,
		TenantCallsPerSecond: s.Guard.TenantCallsPerSecond, TenantCalls: s.Guard.TenantCalls, TenantOf: a.tenantOf,
		RequestsPerSecond: s.Guard.RequestsPerSecond, CallsPerSecond: s.Guard.CallsPerSecond, MaxPending: s.Guard.MaxPending,
		Media: media.Config{
			PortMin: uint16(s.Media.PortMin), PortMax: uint16(s.Media.PortMax), //nolint:gosec // validated
			NoMediaAfter: s.Media.LostAfter, Logger: a.log,
		},
	}
	needsCert := s.Near.TLS != ""
	for _, l := range s.Near.Also {
		c.AlsoNear = append(c.AlsoNear, sip.NearConfig{UDP: l.UDP, TCP: l.TCP, TLS: l.TLS, Advertise: l.Advertise, Advertise6: l.Advertise6})
		needsCert = needsCert || l.TLS != ""
	}
	c.Prompt = func(ctx context.Context, t tenant.ID, id tenant.PromptID) ([]byte, error) {
		p, err := a.store.Prompt(ctx, t, id)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(a.store.PromptAudio(ctx, p))
	}
	var err error
	if c.Media.Address, err = netip.ParseAddr(s.Media.Address); err != nil {
		return fmt.Errorf("sip.media.address: %w", err)
	}
	if c.Media.Advertise, err = netip.ParseAddr(s.Media.Advertise); err != nil {
		return fmt.Errorf("sip.media.advertise: %w", err)
	}
	for name, a := range map[string]struct {
		text string
		to   *netip.Addr
	}{"address6": {s.Media.Address6, &c.Media.Address6}, "advertise6": {s.Media.Advertise6, &c.Media.Advertise6}} {
		if a.text == "" {
			continue
		}
		if *a.to, err = netip.ParseAddr(a.text); err != nil {
			return fmt.Errorf("sip.media.%s: %w", name, err)
		}
	}
	if needsCert {
		p, err := a.certificate(s.Near.Cert, s.Near.Key, nil)
		if err != nil {
			return fmt.Errorf("sip.near.cert: %w", err)
		}
		c.Near.Certificate, c.Near.Renewed = *p.now(), p.now
	}
	if s.Near.Roots != "" {
		if c.Near.Roots, err = roots(s.Near.Roots); err != nil {
			return fmt.Errorf("sip.near.roots: %w", err)
		}
	}
	for _, t := range s.Far.Trunks {
		is := identity.Trunk{FQDN: t.FQDN, Connectivity: tenant.Connectivity(t.Connectivity)}
		p, err := a.certificate(t.Cert, t.Key, func(c tls.Certificate) error { return identity.Trunk{FQDN: t.FQDN, Certificate: c}.Check() })
		if err != nil {
			return fmt.Errorf("certificate of trunk %s: %w", t.FQDN, err)
		}
		is.Certificate, is.Renewed = *p.now(), p.now
		c.Far.Trunks = append(c.Far.Trunks, is)
	}
	if s.Far.Roots != "" {
		if c.Far.Roots, err = roots(s.Far.Roots); err != nil {
			return fmt.Errorf("sip.far.roots: %w", err)
		}
	}
	c.Far.Resolver = farResolver(s.Far.DNS)
	c.Trace = func(id call.ID) func(call.Trace) { return a.traces.keeper(a.bridge.TenantOf(id), id) }
	if a.edge, err = sip.New(c, a.bridge, peers{a.store, box}, a.log, reg); err != nil {
		return err
	}
	a.bridge.Use(a.edge)
	return nil
}

// farResolver asks a DNS server of development's; nil is the system's.
func farResolver(server string) *net.Resolver {
	if server == "" {
		return nil
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, server)
	}}
}

// tenantOf finds whose a number is, for limits; "" if the engine will refuse it anyway.
func (a *App) tenantOf(ctx context.Context, e164 string) (string, error) {
	n, err := a.store.Registry().Number(ctx, e164)
	switch fault.KindOf(err) {
	case fault.KindNotFound, fault.KindForbidden:
		return "", nil
	}
	return string(n.Tenant), err
}

func (a *App) refreshPeers(ctx context.Context) {
	if a.edge == nil { // edges elsewhere look for themselves
		return
	}
	if err := a.edge.RefreshPeers(ctx); err != nil {
		a.log.Warn("the edge learns of the changed peer later", "error", err)
	}
}

// sipURI is where a call of the API is sent with its token: to the edge of this process,
// or of any of the cell's, which is one region.
func (a *App) sipURI(_, token string) string {
	addr := a.cfg.SIP.Near.UDP
	if a.edge != nil {
		addr = a.edge.Addrs().UDP.String()
	}
	if host := a.cfg.SIP.Near.Advertise; host != "" {
		_, port, _ := net.SplitHostPort(addr)
		addr = net.JoinHostPort(host, port)
	}
	return "sip:" + token + "@" + addr
}

// legs are those of this process.
func (a *App) legs() admin.Legs {
	if a.edge == nil {
		return noLegs{}
	}
	return a.edge
}

// noLegs is what a process without an edge has.
type noLegs struct{}

var errNoLegs = fault.NotFound("no_leg", "this process has no SIP edge (roles)")

func (noLegs) Quality(context.Context, call.ID) ([]bridge.LegQuality, error) { return nil, errNoLegs }

func (noLegs) Capture(context.Context, call.ID, bridge.Capture) (bridge.CaptureState, error) {
	return bridge.CaptureState{}, errNoLegs
}

func (noLegs) EndCapture(context.Context, call.ID) (bridge.CaptureState, error) {
	return bridge.CaptureState{}, errNoLegs
}

func (noLegs) Captured(context.Context, call.ID) (bridge.CaptureState, []byte, error) {
	return bridge.CaptureState{}, nil, errNoLegs
}

func (noLegs) DropCapture(context.Context, call.ID) error            { return errNoLegs }
func (noLegs) Traces(context.Context, call.ID) ([]call.Trace, error) { return nil, nil }
