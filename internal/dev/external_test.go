package dev_test

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/alone"
	"tandem/internal/app"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/simulator"
	"tandem/internal/simulator/teams"
	"tandem/sip"
	"tandem/sip/guard"
	"tandem/sip/identity"
	"tandem/sip/media"
	"tandem/sip/siptest"
)

// sbc is somebody else's: it takes calls of its telephones and sends them to Microsoft over
// a trunk of its own. The product hears of them from Microsoft only.
type sbc struct {
	alone.Forwarder
	edge  *sip.Edge
	trunk string
	ids   atomic.Uint64
}

func (s *sbc) Offer(ctx context.Context, o bridge.Offer) (call.ID, error) {
	id := call.ID(strconv.FormatUint(s.ids.Add(1), 10))
	o.Bind(id)
	return id, s.edge.Dial(ctx, id, bridge.FarCall{FarRoute: bridge.FarRoute{Trunk: s.trunk, Number: o.User}, Caller: o.Caller})
}

// Peers are its telephones.
func (s *sbc) Peers(context.Context) ([]guard.Peer, error) {
	return []guard.Peer{{Name: "telephones", Loopback: true, Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}, nil
}

// anotherSBC runs one whose trunk is registered in a resource, at Microsoft and with us.
func (s *stack) anotherSBC(t *testing.T, fqdn, resource string) *sbc {
	t.Helper()
	cert, err := s.Sim.CA().Issue([]string{fqdn}, nil, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	x := &sbc{trunk: fqdn}
	x.edge, err = sip.New(sip.Config{
		Near: sip.NearConfig{UDP: "127.0.0.1:0"},
		Far: sip.FarConfig{
			Listen: unused(t, 1), Proxies: s.Config.SIP.Far.Proxies, Roots: s.Sim.CA().Pool(), Trunks: []identity.Trunk{{FQDN: fqdn, Certificate: cert}},
			Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, s.Sim.DNS())
			}},
		},
		Media: media.Config{Address: netip.MustParseAddr("127.0.0.1")}, Realm: fqdn, NonceKey: [32]byte{1},
	}, x, x, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	x.Use(x.edge)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- x.edge.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	<-x.edge.Ready()
	s.external(t, resource, fqdn, x.edge.Addrs().Far)
	return x
}

// external makes somebody else's trunk known, at Microsoft and with us.
func (s *stack) external(t *testing.T, resource, fqdn string, at netip.AddrPort) {
	t.Helper()
	if err := s.Sim.Register(resource, simulator.Trunk{FQDN: fqdn, Port: int(at.Port()), Address: at.Addr()}); err != nil {
		t.Fatal(err)
	}
	if status := s.ask(t, "POST", "/trunks", object{"fqdn": fqdn, "port": at.Port(), "resource": resource, "kind": "external"}, nil); status != 201 {
		t.Fatalf("POST /trunks: %d", status)
	}
	// What has no token of ours is filtered out where all calls come through edges of ours.
	if err := s.Sim.Subscribe(t.Context(), simulator.Subscription{Resource: resource, URL: app.GridURL(s.Config, resource)}); err != nil {
		t.Fatal(err)
	}
}

// TestExternal: callers who come over somebody else's SBC. Its one trunk serves all tenants,
// who are told apart by their numbers.
func TestExternal(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	x := f.anotherSBC(t, "sbc.carrier.tandem.test", "tandem-eu")
	at := "@" + x.edge.Addrs().UDP.String()
	served := 0
	for _, who := range f.File.Tenants {
		if !strings.HasPrefix(who.Number, "+49") { // of the other region
			continue
		}
		served++
		t.Run(who.Name, func(t *testing.T) {
			for _, a := range who.Agents {
				if _, err := f.Sim.Users().Update(a.OID, does(teams.Accept)); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), soon)
			defer cancel()
			c, err := f.centre.Call(ctx, "sip:"+who.Number+at, siptest.CallOptions{From: caller})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Answered(ctx); err != nil {
				t.Fatal(err)
			}
			o := f.await(t, "an agent", soon, func(o bridge.Observation) bool {
				return o.Call.Plan.External && string(o.Call.Tenant) == who.ID && o.Call.Phase == call.Connected
			})
			var v struct{ External bool }
			if status := f.ask(t, "GET", "/calls/"+string(o.Call.ID), nil, &v); status != 200 || !v.External {
				t.Errorf("GET /calls: %d %+v", status, v)
			}
			if status := f.ask(t, "POST", "/calls/"+string(o.Call.ID)+"/participants/customer/mute", nil, nil); status != 422 {
				t.Errorf("muted on a leg that we do not have: %d", status)
			}
			if err := c.Hangup(t.Context()); err != nil {
				t.Error(err)
			}
			r := f.ended(t, o.Call.ID, soon)
			r.check(t, "completed", "caller_hung_up", "none")
			var kept struct {
				Tenant, Caller, Called, Peer string
				External                     bool
			}
			if status := f.ask(t, "GET", "/cdrs/"+string(o.Call.ID), nil, &kept); status != 200 || kept.Tenant != who.ID || kept.Caller != caller || kept.Called != who.Number ||
				!kept.External || kept.Peer != "" || r.Agent == "" {
				t.Errorf("record: %d %+v", status, kept)
			}
		})
	}
	if served < 2 {
		t.Errorf("%d tenants in the region", served)
	}
	t.Run("nobody's number", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		c, err := f.centre.Call(ctx, "sip:+4969999999"+at, siptest.CallOptions{From: caller})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Answered(ctx); err == nil || ctx.Err() != nil {
			t.Errorf("not refused: %v", err)
		}
	})
	eventually(t, "no call left at Microsoft", soon, func() bool { return len(f.calls(t)) == 0 })
}
