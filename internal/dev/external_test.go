package dev_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/alone"
	"tandem/internal/app"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
	"tandem/internal/provider"
	"tandem/internal/simulator"
	"tandem/internal/simulator/entra"
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

// third makes the simulator's company that is nobody's customer yet a tenant, the third one of
// the first region.
func (s *stack) third(t *testing.T) dev.FileTenant {
	t.Helper()
	org := s.organisation(t, "adatum.example")
	s.simulator(t, "PUT", "/teams/tenants/"+org.ID+"/federation", object{
		"enable_acs_users": true, "allowed_acs_resources": []string{s.File.Simulator.ACS.ImmutableID},
	}, nil)
	s.simulator(t, "PUT", "/entra/tenants/"+org.ID, object{"roles": entra.DefaultPermissions()}, nil)
	who := dev.FileTenant{EntraTenantID: org.ID, Name: org.Name, Number: "+4969100200"}
	agent := dev.FileAgent{Name: "Bruno Keller", OID: org.person(t, "Bruno Keller")}
	var made struct{ ID string }
	post := func(method, path string, in object) {
		if status := s.ask(t, method, path, in, &made); status >= 300 {
			t.Fatalf("%s %s: %d", method, path, status)
		}
	}
	post("POST", "/tenants", object{"name": who.Name, "entra_tenant_id": org.ID, "home_region": "eu"})
	who.ID = made.ID
	for _, state := range []string{"onboarding", "active"} {
		post("PATCH", "/tenants/"+who.ID, object{"state": state})
	}
	post("POST", "/agents", object{"tenant": who.ID, "oid": agent.OID, "name": agent.Name})
	agent.ID = made.ID
	who.Agents = []dev.FileAgent{agent}
	post("POST", "/numbers", object{"tenant": who.ID, "e164": who.Number, "display_name": who.Name, "ring_timeout": 15})
	return who
}

// three are the tenants of the first region, with agents who take calls.
func (s *stack) three(t *testing.T) (all []dev.FileTenant) {
	t.Helper()
	for _, who := range append(s.File.Tenants, s.third(t)) {
		if !strings.HasPrefix(who.Number, "+49") { // of the other region
			continue
		}
		for _, a := range who.Agents {
			if _, err := s.Sim.Users().Update(a.OID, does(teams.Accept)); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, who)
	}
	if len(all) != 3 {
		t.Fatalf("%d tenants in the region", len(all))
	}
	return all
}

// as is the stack for who has another key.
func (s *stack) as(t *testing.T, of dev.FileTenant) *stack {
	t.Helper()
	var made struct{ Key string }
	if status := s.ask(t, "POST", "/keys", object{"name": "its own", "tenant": of.ID, "scopes": []string{"calls.read", "cdrs.read"}}, &made); status != 201 {
		t.Fatalf("POST /keys: %d", status)
	}
	file := s.File
	file.API.Key = made.Key
	return &stack{Stack: &dev.Stack{File: file}, http: s.http}
}

// hears gives a tenant a webhook, which must be told of that tenant alone, and returns the
// calls whose end it was told of.
func (s *stack) hears(t *testing.T, all []dev.FileTenant, of dev.FileTenant) <-chan call.ID {
	t.Helper()
	ended := make(chan call.ID, 16)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		var e struct {
			Type   provider.EventType
			Tenant string
			Data   struct{ Call call.ID }
		}
		if err = errors.Join(err, json.Unmarshal(raw, &e)); err != nil || e.Tenant != of.ID {
			t.Errorf("%s is told %s, %v", of.Name, raw, err)
		}
		for _, other := range all {
			if other.ID != of.ID && (bytes.Contains(raw, []byte(other.ID)) || bytes.Contains(raw, []byte(other.Number))) {
				t.Errorf("%s is told of %s: %s", of.Name, other.Name, raw)
			}
		}
		if e.Type == provider.CallEnded {
			ended <- e.Data.Call
		}
	}))
	t.Cleanup(hook.Close)
	if status := s.ask(t, "POST", "/webhooks", object{"tenant": of.ID, "url": hook.URL}, nil); status != 201 {
		t.Fatalf("POST /webhooks: %d", status)
	}
	return ended
}

// TestExternal: callers who come over somebody else's SBC. Its one trunk serves all tenants,
// who are told apart by their numbers.
func TestExternal(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	x := f.anotherSBC(t, "sbc.carrier.tandem.test", "tandem-eu")
	at := "@" + x.edge.Addrs().UDP.String()
	all := f.three(t)
	told, ids := map[string]<-chan call.ID{}, map[string]call.ID{} // by tenant
	for _, who := range all {
		told[who.ID] = f.hears(t, all, who)
	}
	for _, who := range all {
		t.Run(who.Name, func(t *testing.T) {
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
			ids[who.ID] = o.Call.ID
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
	for _, who := range all {
		t.Run(who.Name+" alone", func(t *testing.T) {
			select {
			case id := <-told[who.ID]:
				if id != ids[who.ID] {
					t.Errorf("the webhook was told of the end of %s, want %s", id, ids[who.ID])
				}
			case <-time.After(soon):
				t.Error("the webhook was not told of the end")
			}
			own := f.as(t, who)
			for of, id := range ids {
				want := 404
				if of == who.ID {
					want = 200
				}
				for _, path := range []string{"/cdrs/", "/calls/"} {
					if status := own.ask(t, "GET", path+string(id), nil, nil); status != want {
						t.Errorf("GET %s of a call of %s: %d, want %d", path, of, status, want)
					}
				}
			}
			var kept struct{ Items []struct{ Call call.ID } }
			if own.ask(t, "GET", "/cdrs", nil, &kept); len(kept.Items) != 1 || kept.Items[0].Call != ids[who.ID] {
				t.Errorf("its records: %+v, want that of %s", kept.Items, ids[who.ID])
			}
		})
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

// TestTenantQuota: a tenant whose number is called more often than it may be takes nothing
// from the others who share the trunk.
func TestTenantQuota(t *testing.T) {
	t.Parallel()
	s, _ := apart(t, func(s *stack) { s.Config.SIP.Guard.TenantCalls = 1 })
	all, phone := s.three(t), s.phone(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*soon)
	defer cancel()
	answered := func(who dev.FileTenant) (*siptest.Call, error) {
		c, err := phone.Call(ctx, "sip:"+who.Number+"@"+s.File.SIP.UDP, siptest.CallOptions{From: caller})
		if err != nil {
			t.Fatal(err)
		}
		return c, c.Answered(ctx)
	}
	var up []*siptest.Call
	for _, who := range all {
		c, err := answered(who)
		if err != nil {
			t.Fatalf("%s: %v", who.Name, err)
		}
		up = append(up, c)
		var r *siptest.Refused
		if _, err := answered(all[0]); !errors.As(err, &r) || r.Status != 503 || r.RetryAfter != "5" || !strings.Contains(r.ReasonHeader, "tenant_limit") {
			t.Errorf("the first tenant's second call: %v", err)
		}
	}
	if n := len(s.calls(t)); n != len(all) {
		t.Errorf("Microsoft has %d calls", n)
	}
	for _, c := range up {
		if err := c.Hangup(ctx); err != nil {
			t.Error(err)
		}
	}
	for _, who := range all {
		var kept struct{ Items []record }
		eventually(t, "the record of "+who.Name, soon, func() bool {
			return s.ask(t, "GET", "/cdrs?tenant="+who.ID, nil, &kept) == 200 && len(kept.Items) > 0
		})
		if kept.Items[0].check(t, "completed", "caller_hung_up", "none"); len(kept.Items) != 1 {
			t.Errorf("%s has %d records", who.Name, len(kept.Items))
		}
	}
	eventually(t, "room again", soon, func() bool {
		c, err := answered(all[0])
		return err == nil && c.Hangup(ctx) == nil
	})
}
