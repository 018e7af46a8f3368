package sip

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	numbers "tandem/internal/trunk"
	"tandem/sip/identity"
	"tandem/sip/siptest"
)

// tenantName is a tenant's trunk below that of the carrier.
const tenantName = "t1." + trunkName

// carrierIdentities are trunks of Teams direct routing: the carrier's, and a tenant's below it.
func carrierIdentities(t *testing.T, names ...string) []identity.Trunk {
	t.Helper()
	certificate, err := world().ca.Issue(names, nil)
	if err != nil {
		t.Fatal(err)
	}
	return []identity.Trunk{
		{FQDN: trunkName, Certificate: certificate, Connectivity: numbers.TeamsDirectRouting},
		{FQDN: tenantName, Certificate: certificate, Connectivity: numbers.TeamsDirectRouting},
	}
}

// teams is an edge whose trunks are those of Teams direct routing, and proxies that know them so.
func teams(t *testing.T, ping time.Duration) *rig {
	t.Helper()
	trunks := carrierIdentities(t, trunkName, "*."+trunkName)
	r := newRigWith(t, func(c *Config) { c.Far.Trunks, c.Far.Ping = trunks, ping }, func(c *pstnhub.Config) {
		c.NeedOptions = ping > 0
		c.Resource = func(fqdn string) (string, bool) { return "tenant of " + fqdn, fqdn == trunkName || fqdn == tenantName }
		c.Carrier = func(fqdn string) (string, bool) { return strings.CutPrefix(fqdn, "t1.") }
	})
	r.names.Set(tenantName, netip.MustParseAddr("127.0.0.1"))
	return r
}

// teamsHealth: OPTIONS for the carrier's name make both known, and are sent for no other.
func teamsHealth(t *testing.T) {
	r := teams(t, 50*time.Millisecond)
	for _, name := range []string{trunkName, tenantName} {
		eventually(t, func() bool { return r.hub.Health(name).Overall == "active" })
	}
	r.clean()
}

// teamsCalls: a call each way under the tenant's name, with sound.
func teamsCalls(t *testing.T) {
	r := teams(t, 50*time.Millisecond)
	c, id, _ := r.call(siptest.CallOptions{})
	r.must(r.edge.Ring(r.ctx(), id))
	f := farCall()
	f.Trunk = tenantName
	r.must(r.edge.Dial(r.ctx(), id, f))
	far := next(t, "leg at Microsoft", r.legs)
	if far.TrunkFQDN() != tenantName || far.Resource() != "tenant of "+tenantName || far.CustomHeaders()["X-MS-Custom-Tandem"] != "token-1" {
		t.Errorf("it came as %s, to %s, with %v", far.TrunkFQDN(), far.Resource(), far.CustomHeaders())
	}
	r.must(far.Answer(r.ctx()))
	event[call.LegAnswered](r)
	r.must(r.edge.Answer(r.ctx(), id))
	r.must(r.edge.ConnectMedia(r.ctx(), id))
	r.must(c.Answered(r.ctx()))
	eventually(t, func() bool { return far.Media().PacketsIn > 10 })
	r.must(c.Hangup(r.ctx()))
	r.ended(call.Near)
	far.Bye(16, "x")
	r.ended(call.Far)

	r.carrier(nil)
	eventually(t, func() bool { return r.hub.Health(tenantName).Overall == "active" })
	r.phone.OnCall(func(in *siptest.Incoming) { _ = in.Reject(486, "Busy Here") })
	result := make(chan error, 1)
	go func() {
		_, err := r.hub.Dial(r.ctx(), pstnhub.Call{Trunk: tenantName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: abroad, Headers: withToken})
		result <- err
	}()
	o := next(t, "call out", r.engine.outs)
	if o.Trunk != tenantName {
		t.Errorf("offered %+v", o)
	}
	r.must(r.edge.DialOut(r.ctx(), "call-out", call.DialOut{Side: outSide, Peer: "peer-joe", Number: o.Number, Caller: o.Caller}))
	var refused *pstnhub.Refused
	if err := next(t, "refusal", result); !errors.As(err, &refused) || refused.Status != 486 {
		t.Errorf("Microsoft got %v", err)
	}
	r.ended(outSide)
	r.clean()
}

// teamsInvite: the tenant's name in all headers, the carrier's connection, and no History-Info.
func teamsInvite(t *testing.T) {
	trunks := carrierIdentities(t, trunkName, "*."+trunkName)
	r, _, proxies := scripted(t, 1, func(c *Config) { c.Far.Trunks = trunks })
	newRaw(t, r).invite(number, "wire", "Diversion: <sip:+4930222@10.0.0.9>;reason=user-busy\nUser-To-User: 616263;encoding=hex\n", plainSDP)
	next(t, "offer", r.engine.offers)
	f := farCall()
	f.Trunk = tenantName
	r.must(r.edge.Dial(r.ctx(), next(t, "id", r.engine.taken), f))
	l := next(t, "connection", proxies[0].lines)
	invite := l.await("INVITE ")
	for _, name := range []string{"Contact", "From", "Via"} {
		if !strings.Contains(field(invite, name), tenantName+":") {
			t.Errorf("%s: %s", name, field(invite, name))
		}
	}
	if field(invite, "History-Info") != "" || field(invite, "User-To-User") != "616263;encoding=hex" {
		t.Errorf("got %s", invite)
	}
	if shown := l.conn.(*tls.Conn).ConnectionState().PeerCertificates[0]; shown.VerifyHostname(tenantName) != nil {
		t.Errorf("certificate of %v", shown.DNSNames)
	}
	in, err := r.callIn(ptr(world().microsoft))
	r.must(err)
	in.write(request("OPTIONS", "sip:"+tenantName+":5061;transport=tls", 1, "<sip:"+tenantName+">", microsoftSays, "ping", "", ""))
	if pong := in.await("SIP/2.0 200"); !strings.Contains(field(pong, "Contact"), tenantName+":") {
		t.Errorf("OPTIONS: %s", pong)
	}
}

// teamsRefused: what Teams would not take is refused when the edge starts, with the cure.
func teamsRefused(t *testing.T) {
	long := strings.Repeat("n", 63-len(trunkName)) + "." + trunkName
	for name, c := range map[string]struct {
		trunks []identity.Trunk
		want   string
	}{
		"a certificate for both names":                 {carrierIdentities(t, trunkName, tenantName), ""},
		"a certificate that does not cover the tenant": {carrierIdentities(t, trunkName), tenantName},
		"a name of 64 characters":                      {[]identity.Trunk{{FQDN: long, Certificate: carrierIdentities(t, long)[0].Certificate, Connectivity: numbers.TeamsDirectRouting}}, "takes 63"},
		"the same name at ACS":                         {[]identity.Trunk{{FQDN: long, Certificate: carrierIdentities(t, long)[0].Certificate}}, ""},
		"a connectivity that has no trunks":            {[]identity.Trunk{{FQDN: trunkName, Certificate: world().trunk, Connectivity: numbers.TeamsPhoneExtensibility}}, string(numbers.TeamsDirectRouting)},
	} {
		t.Run(name, func(t *testing.T) {
			err := starts(Config{Near: NearConfig{UDP: "127.0.0.1:0"}, Far: FarConfig{Listen: "127.0.0.1:0", Trunks: c.trunks, Roots: world().ca.Pool()}})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(fmt.Sprint(err), c.want)) {
				t.Errorf("got %v", err)
			}
		})
	}
}
