package bench

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"tandem/internal/audio"
	"tandem/internal/proof"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip"
	"tandem/sip/identity"
)

// sipgo can leave a socket's reader behind when a message is being handled while it closes.
func TestMain(m *testing.M) {
	pki.Recycle()
	if err := flag.Set("test.parallel", "8"); err != nil { // what is broken here waits, it does not compute
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/emiago/sipgo/sip.(*TransportUDP).readUDPConnection"))
}

const trunkName = "e0.sbc.tandem.test"

// kind is how the trunk's certificate is made.
type kind func(*pki.Authority) (tls.Certificate, error)

func proper(a *pki.Authority) (tls.Certificate, error) { return a.Issue([]string{trunkName}, nil) }

// setup has the files of a trunk with such a certificate.
func setup(t *testing.T, of kind) proof.Setup {
	t.Helper()
	dir := t.TempDir()
	ca, err := pki.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := of(ca)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	s := proof.Setup{Trunk: trunkName, Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Roots: []string{ca.File()}}
	for file, block := range map[string]*pem.Block{s.Cert: {Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, s.Key: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func logger(t *testing.T) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// states are the outcomes by id.
func states(made []proof.Check) map[string]proof.State {
	all := map[string]proof.State{}
	for _, c := range made {
		all[c.ID] = c.State
	}
	return all
}

// TestHealthy: a good trunk passes everything, with REFER and without.
func TestHealthy(t *testing.T) {
	audio.TestShare(t)
	for name, way := range map[string]struct {
		refers   bool
		transfer string
	}{"as recommended": {false, proof.CodeRekeyed}, "with REFER": {true, proof.CodeReferred}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t, proper)
			s.Refers = way.refers
			made, err := Run(t.Context(), s, logger(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range made {
				if c.State != proof.Passed || c.Found == "" {
					t.Errorf("%s %s: %s\n%s", c.ID, c.State, c.Found, strings.Join(c.Evidence, "\n"))
				}
				if want := map[string]string{proof.BenchBlind: way.transfer}[c.ID]; c.Code != want {
					t.Errorf("%s: code %q, want %q", c.ID, c.Code, want)
				}
				t.Logf("%s: %s %v", c.ID, c.Found, c.Figures)
			}
			for _, e := range proof.Catalogue() {
				if _, there := states(made)[e.ID]; e.Way == proof.Bench && !there {
					t.Errorf("%s was not made", e.ID)
				}
			}
			i := slices.IndexFunc(made, func(c proof.Check) bool { return c.ID == proof.BenchAudioTo })
			if evidence := strings.Join(made[i].Evidence, "\n"); !strings.Contains(evidence, "telephone → trunk") && !strings.Contains(evidence, "trunk → Microsoft  INVITE sip:"+agent) || !strings.Contains(evidence, "AES_CM_128_HMAC_SHA1_80") || strings.Contains(evidence, "inline:A") {
				t.Errorf("evidence:\n%s", evidence)
			}
		})
	}
}

// fault sets one of the simulator's before a check.
func fault(id, knob, value string) changes {
	return changes{before: func(at string, b *bench) {
		if at != id {
			value := "off"
			_ = b.hub.SetFault(knob, value)
			return
		}
		if err := b.hub.SetFault(knob, value); err != nil {
			panic(err)
		}
	}}
}

// TestFaults: each check fails when what it is about is broken.
func TestFaults(t *testing.T) {
	audio.TestShare(t)
	away := func(id string) changes { // the trunk's name leads nowhere any more
		return changes{before: func(at string, b *bench) {
			if at == id {
				b.names.Remove(trunkName)
				_ = b.hub.SetFault(pstnhub.FaultNewConnection, "on")
			}
		}}
	}
	for _, c := range []struct {
		name    string
		cert    kind
		refers  bool
		refuses int // the INVITE after REFER
		changes
		fails string
		found string
	}{
		{name: "the certificate has run out", cert: func(a *pki.Authority) (tls.Certificate, error) { return a.Expired([]string{trunkName}) }, fails: proof.BenchTLS, found: "ran out"},
		{name: "the certificate is another name's", cert: func(a *pki.Authority) (tls.Certificate, error) { return a.Issue([]string{"sbc.example.net"}, nil) }, fails: proof.BenchTLS, found: "not " + trunkName},
		{name: "the certificate is nobody's", cert: func(*pki.Authority) (tls.Certificate, error) {
			stranger, err := pki.New()
			if err != nil {
				return tls.Certificate{}, err
			}
			return stranger.Issue([]string{trunkName}, []net.IP{})
		}, fails: proof.BenchTLS, found: "issue"},
		{name: "no OPTIONS", changes: changes{edge: func(c *sip.Config) { c.Far.Ping = -1 }}, fails: proof.BenchOptionsTo, found: "0 of 3"},
		{name: "no OPTIONS of theirs", changes: changes{edge: func(c *sip.Config) { c.Far.Ping = -1 }}, fails: proof.BenchOptionsFrom, found: "not active"},
		{name: "Microsoft refuses", changes: fault(proof.BenchInviteTo, pstnhub.FaultRefuse, "403"), fails: proof.BenchInviteTo, found: "403"},
		{name: "the trunk's name leads nowhere", changes: away(proof.BenchInviteFrom), fails: proof.BenchInviteFrom, found: "no answer"},
		{name: "no ringing", changes: fault(proof.BenchRingback, pstnhub.FaultRefuse, "486"), fails: proof.BenchRingback, found: "486"},
		{name: "one-way sound", changes: fault(proof.BenchAudioTo, pstnhub.FaultNoRTP, "on"), fails: proof.BenchAudioTo, found: "the telephone does not hear"},
		{name: "one-way sound of their call", changes: fault(proof.BenchAudioFrom, pstnhub.FaultNoRTP, "on"), fails: proof.BenchAudioFrom, found: "the telephone does not hear"},
		{name: "hold is not answered", changes: away(proof.BenchHold), fails: proof.BenchHold, found: "hold"},
		{name: "a re-INVITE is not answered", changes: away(proof.BenchRefresh), fails: proof.BenchRefresh, found: "re-INVITE"},
		{name: "our refresh comes too late", changes: changes{edge: func(c *sip.Config) { c.Timers.Second = 0 }}, fails: proof.BenchOwnRefresh, found: "no re-INVITE"},
		{name: "the transfer is refused", refers: true, refuses: 603, fails: proof.BenchBlind, found: "603"},
		{name: "an INVITE with Replaces does not arrive", changes: away(proof.BenchAttended), fails: proof.BenchAttended, found: "Replaces"},
		{name: "the first proxy is dead", changes: fault(proof.BenchFailover1, pstnhub.FaultTLSReset, "sip"), fails: proof.BenchFailover1},
		{name: "the second proxy is dead", changes: fault(proof.BenchFailover2, pstnhub.FaultTLSReset, "sip2"), fails: proof.BenchFailover2, found: "sip3"},
		{name: "the third proxy is dead", changes: fault(proof.BenchFailover3, pstnhub.FaultTLSReset, "sip3"), fails: proof.BenchFailover3},
		{name: "a rule was broken", changes: changes{before: breakRule}, fails: proof.BenchRules, found: "malformed (1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.cert == nil {
				c.cert = proper
			}
			s := setup(t, c.cert)
			s.Refers, c.only = c.refers, c.fails
			if c.refuses != 0 {
				c.invite = func(b *bench, l *pstnhub.Leg) {
					if l.Referral() != nil {
						l.Reject(c.refuses, 21, "Decline")
						return
					}
					b.legs <- l
				}
			}
			made, err := run(t.Context(), s, logger(t), c.changes)
			if err != nil {
				t.Fatal(err)
			}
			one := made[0]
			if one.State != proof.Failed || !strings.Contains(one.Found, c.found) {
				t.Errorf("%s: %s", one.State, one.Found)
			}
			if c.fails == proof.BenchTLS && (one.Fix == "" || !strings.HasPrefix(one.Code, "certificate.")) {
				t.Errorf("%q: what to do about it is %q", one.Code, one.Fix)
			}
		})
	}
}

// breakRule sends Microsoft what is no SIP.
func breakRule(_ string, b *bench) {
	conf := identity.Trunk{FQDN: trunkName, Certificate: b.cert}.Client(b.own)
	conf.ServerName = "sip." + identity.Domain
	c, err := tls.Dial("tcp", b.hub.Addrs()[0], conf)
	if err != nil {
		panic(err)
	}
	defer func() { _ = c.Close() }()
	_, _ = c.Write([]byte("nonsense\r\n\r\n"))
	_, _ = c.Read(make([]byte, 1)) // until it is closed
}
