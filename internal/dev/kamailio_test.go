package dev_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// kamailioFiles are those that we hand to providers.
const kamailioFiles = "../../deploy/peers/kamailio"

// runKamailio runs Debian's until the test is over.
func runKamailio(t *testing.T, file string, args ...string) {
	t.Helper()
	args = append([]string{"-DD", "-E", "-f", file, "-Y", t.TempDir()}, args...)
	cmd := exec.CommandContext(t.Context(), program(t, "kamailio", "kamailio"), args...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // it ends by our signal
		if t.Failed() {
			t.Logf("kamailio: %s", log.String())
		}
	})
}

// kamailio answers the digest for a platform that has no account with us.
func (s *stack) kamailio(t *testing.T) {
	listen := unused(t, 1)
	runKamailio(t, filepath.Join(kamailioFiles, "tandem.cfg"), "-A", fmt.Sprintf("TANDEM=%q", s.File.SIP.UDP), "-A", "LISTEN=udp:"+listen,
		"-A", fmt.Sprintf("ACCOUNT=%q", s.File.Peer.Username), "-A", fmt.Sprintf("PASSWORD=%q", s.File.Peer.Password))
	ctx, stop := context.WithTimeout(t.Context(), 60*time.Second)
	defer stop()
	// Without a password it cannot answer a challenge itself. The INVITE is repeated by the
	// transaction until Kamailio listens.
	c, err := telephone(t).Call(ctx, "sip:"+s.File.Peer.Number+"@"+listen, siptest.CallOptions{From: caller})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Answered(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "no call left at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })
}

// telephone is one that has no account anywhere.
func telephone(t *testing.T) *siptest.Phone {
	t.Helper()
	p, err := siptest.New(siptest.Config{Username: "telephone"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// kamailioSBC runs one as the SBC of a trunk, and returns where it takes calls of telephones.
func (f *flows) kamailioSBC(t *testing.T, fqdn, resource string) string {
	t.Helper()
	dir, inside, outside := t.TempDir(), unused(t, 1), netip.MustParseAddrPort(unused(t, 1))
	in := func(name string) string { return filepath.Join(dir, name) }
	cert, err := f.Sim.CA().Issue([]string{fqdn}, nil, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := os.ReadFile(f.Sim.CA().File())
	if err := errors.Join(err, os.CopyFS(dir, os.DirFS(kamailioFiles)), pki.WriteFiles(cert, in("sbc.pem"), in("sbc-key.pem")),
		os.WriteFile(in("microsoft.pem"), roots, 0o600)); err != nil {
		t.Fatal(err)
	}
	runKamailio(t, in("external.cfg"), "--substdef", fmt.Sprintf("!TRUNK!%s:%d!", fqdn, outside.Port()),
		"-A", "INSIDE=udp:"+inside, "-A", "OUTSIDE=tls:"+outside.String(),
		"-A", `MICROSOFT="127.0.0.0/8"`, "-A", `PINGS="name=ping;interval=1;mode=1"`,
		"-A", fmt.Sprintf("PROXIES=%q", strings.Join(f.Config.SIP.Far.Proxies, ",")),
		"--loadmodule=jsonrpcs.so", "--modparam=jsonrpcs:transport:i:4", "--modparam=jsonrpcs:dgram_socket:s:"+in("rpc"))
	f.external(t, resource, fqdn, outside)

	// It asks the system's DNS servers, who do not know the simulator's addresses: they are
	// put into its cache.
	eventually(t, "Kamailio running", soon, func() bool { _, err := os.Stat(in("rpc")); return err == nil })
	rpc, err := net.DialUnix("unixgram", &net.UnixAddr{Name: in("us"), Net: "unixgram"}, &net.UnixAddr{Name: in("rpc"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rpc.Close() }()
	if err := rpc.SetDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	for name, at := range f.Sim.Proxies().Names() {
		request, err := json.Marshal(object{"jsonrpc": "2.0", "id": 1, "method": "dns.add_a", "params": []any{name, 3600, at.Addr().String(), 0}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rpc.Write(request); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 4096)
		if n, err := rpc.Read(answer); err != nil || strings.Contains(string(answer[:n]), "error") {
			t.Fatalf("dns.add_a: %s, %v", answer[:n], err)
		}
	}
	return inside
}

// TestKamailioAsSBC: a caller whose SBC is Kamailio, which knows nothing of us.
func TestKamailioAsSBC(t *testing.T) {
	t.Parallel()
	if found, err := filepath.Glob("/usr/lib/*/kamailio/modules/tls.so"); err != nil || len(found) == 0 {
		without(t, "kamailio with TLS", "kamailio kamailio-tls-modules")
	}
	f := newFlows(t)
	const fqdn = "kamailio.carrier.tandem.test"
	proxies := f.Sim.Proxies()
	if err := proxies.SetFault("certificate", "expired"); err != nil {
		t.Fatal(err)
	}
	at := f.kamailioSBC(t, fqdn, "tandem-eu")
	eventually(t, "who is not Microsoft refused", soon, func() bool { return strings.Contains(f.log.String(), "expired certificate") })
	if err := proxies.SetFault("certificate", "off"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "OPTIONS both ways", soon, func() bool { return proxies.Health(fqdn).Overall == "active" })
	who, phone := f.File.Tenants[0], telephone(t)
	talks := func(t *testing.T) (*siptest.Call, call.Call) {
		agents := f.cast(t, does(teams.Accept))
		if status := f.ask(t, "PATCH", "/numbers/"+who.Number, object{"agents": []string{agents[0].ID}}, nil); status != 200 {
			t.Fatalf("PATCH /numbers: %d", status)
		}
		came := f.newcomers()
		c, err := phone.Call(t.Context(), "sip:"+who.Number+"@"+at, siptest.CallOptions{From: caller, Secure: true})
		if err != nil {
			t.Fatal(err)
		}
		id := f.await(t, "the call", soon, func(o bridge.Observation) bool { return came(o.Call) && o.Call.Plan.External }).Call.ID
		return c, f.connected(t, id, c, soon).Call
	}
	t.Run("the customer hangs up", func(t *testing.T) {
		audio.TestShare(t)
		late := audio.Lateness()
		f.sipFault(t, "refresh", "1s") // re-INVITEs, whose answers the proxies judge
		c, up := talks(t)
		if err := c.Say(audio.CustomerSpeech()); err != nil {
			t.Fatal(err)
		}
		want := len(c.Heard()) + len(audio.AgentSpeech().Samples) + rate
		eventually(t, "all was said", soon, func() bool { return len(c.Heard()) >= want })
		if err := c.Spoken(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Hangup(t.Context()); err != nil {
			t.Error(err)
		}
		f.checkHeard(t, "the customer", up, c, gap+late())
		f.ended(t, up.ID, soon).check(t, "completed", "caller_hung_up", "none")
	})
	t.Run("the second proxy, and the agent hangs up", func(t *testing.T) {
		f.sipFault(t, "unavailable", "sip")
		c, up := talks(t)
		f.control(t, "POST", "/users/"+joined(up)+"/hangup", nil, nil)
		hungUp(t, c, soon)
		f.ended(t, up.ID, soon).check(t, "completed", "agent_hung_up", "none")
	})
	var all struct {
		Items []struct{ Tenant, Caller, Called string }
	}
	if f.ask(t, "GET", "/cdrs", nil, &all); len(all.Items) != 2 || all.Items[0].Tenant != who.ID || all.Items[0].Caller != caller || all.Items[0].Called != who.Number {
		t.Errorf("records of two calls: %+v", all.Items)
	}
}
