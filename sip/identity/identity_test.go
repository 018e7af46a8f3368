package identity

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	fqdn      = "t1-eu.sbc.test"
	microsoft = "sip.pstnhub.microsoft.com"
)

// authority issues certificates of keys that are made once, since RSA keys take long.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

var (
	rsaKey   = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
	ecdsaKey = sync.OnceValues(func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })
)

func keyRSA(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keyECDSA(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := ecdsaKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = serial
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newAuthority(t testing.TB, name string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := caTemplate(name)
	return authority{sign(t, template, template, key.Public(), key), key}
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
}

// below is an authority between a root and its certificates.
func (a authority) below(t testing.TB, name string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return authority{sign(t, caTemplate(name), a.certificate, key.Public(), a.key), key}
}

func (a authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.certificate)
	return p
}

// issue makes a certificate with an RSA key for both usages, unless change says otherwise.
func (a authority) issue(t testing.TB, change func(*x509.Certificate), names ...string) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "x"}, DNSNames: names, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	key := keyRSA(t)
	leaf := sign(t, template, a.certificate, key.Public(), a.key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func usage(u ...x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtKeyUsage = u }
}

// shake lets both sides talk over loopback, a byte each way, and tells what each met and
// which certificate the client was shown.
func shake(t *testing.T, server, client *tls.Config) (shown *x509.Certificate, served, called error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	done := make(chan error, 1)
	go func() {
		raw, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		c := tls.Server(raw, server)
		if err = c.HandshakeContext(ctx); err == nil {
			_, err = c.Write([]byte{1})
		}
		if err != nil { // the alert was sent; the client reads it before the end
			_, _ = io.Copy(io.Discard, raw)
		}
		_ = c.Close()
		done <- err
	}()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(raw, client)
	called = c.HandshakeContext(ctx)
	if called == nil { // with TLS 1.3 the server's refusal comes after the client's handshake
		_, called = io.ReadFull(c, make([]byte, 1))
		if s := c.ConnectionState(); len(s.PeerCertificates) > 0 {
			shown = s.PeerCertificates[0]
		}
	}
	_ = c.Close()
	return shown, <-done, called
}

// TestServer: who may connect to the listener for Microsoft (facts/direct-routing.md §4.4).
func TestServer(t *testing.T) {
	roots, others := newAuthority(t, "root"), newAuthority(t, "another root")
	between := roots.below(t, "between")
	ours := Trunk{FQDN: fqdn, Certificate: roots.issue(t, nil, fqdn)}
	config, err := Server([]Trunk{ours}, roots.pool())
	if err != nil {
		t.Fatal(err)
	}
	chain := between.issue(t, nil, "*."+Domain)
	lonely := chain
	chain.Certificate = append(chain.Certificate[:1:1], between.certificate.Raw)
	none := tls.Certificate{}

	for name, c := range map[string]struct {
		certificate tls.Certificate
		want        string // of the error; empty: let in
	}{
		"wildcard, serverAuth only":        {roots.issue(t, usage(x509.ExtKeyUsageServerAuth), "*."+Domain), ""},
		"name of a proxy, serverAuth only": {roots.issue(t, usage(x509.ExtKeyUsageServerAuth), microsoft), ""},
		"clientAuth only":                  {roots.issue(t, usage(x509.ExtKeyUsageClientAuth), microsoft), ""},
		"both usages":                      {roots.issue(t, nil, microsoft), ""},
		"second name, in capitals":         {roots.issue(t, nil, "other.test", "SIP.PSTNHUB.MICROSOFT.COM"), ""},
		"with its chain":                   {chain, ""},
		"without its chain":                {lonely, "unknown authority"},
		"another usage":                    {roots.issue(t, usage(x509.ExtKeyUsageEmailProtection), microsoft), "incompatible key usage"},
		"another root":                     {others.issue(t, nil, microsoft), "unknown authority"},
		"expired": {roots.issue(t, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}, microsoft), "expired"},
		"not yet valid": {roots.issue(t, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
		}, microsoft), "not yet valid"},
		"another name":               {roots.issue(t, nil, "sip.other.test"), "not Microsoft's"},
		"our own name":               {ours.Certificate, "not Microsoft's"},
		"a name that ends like it":   {roots.issue(t, nil, "evil"+Domain), "not Microsoft's"},
		"a name that begins like it": {roots.issue(t, nil, microsoft+".evil.test"), "not Microsoft's"},
		"the bare domain":            {roots.issue(t, nil, Domain), "not Microsoft's"},
		"two labels":                 {roots.issue(t, nil, "a.b."+Domain), "not Microsoft's"},
		"common name only": {roots.issue(t, func(c *x509.Certificate) {
			c.Subject.CommonName = microsoft
		}), "not Microsoft's"},
		"no certificate": {none, "didn't provide a certificate"},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+", "+tls.VersionName(version), func(t *testing.T) {
				_, served, called := shake(t, config, &tls.Config{
					RootCAs: roots.pool(), ServerName: fqdn, MinVersion: version, MaxVersion: version,
					GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.certificate, nil },
				})
				if c.want == "" {
					if served != nil || called != nil {
						t.Fatalf("refused: %v; %v", served, called)
					}
					return
				}
				if served == nil || called == nil || !strings.Contains(served.Error(), c.want) {
					t.Fatalf("got %v; %v", served, called)
				}
			})
		}
	}
}

// TestServerName: each trunk shows its own certificate; who asks for a name that is none of
// ours sees the first and, if it verifies names at all, goes away.
func TestServerName(t *testing.T) {
	roots := newAuthority(t, "root")
	const second = "t2-eu.sbc.test"
	config, err := Server([]Trunk{
		{FQDN: fqdn, Certificate: roots.issue(t, nil, fqdn)}, {FQDN: second, Certificate: roots.issue(t, nil, second)},
	}, roots.pool())
	if err != nil {
		t.Fatal(err)
	}
	proxy := roots.issue(t, usage(x509.ExtKeyUsageServerAuth), "*."+Domain)
	call := func(name string, verify bool) (*x509.Certificate, error, error) {
		return shake(t, config, &tls.Config{
			RootCAs: roots.pool(), ServerName: name, InsecureSkipVerify: !verify, //nolint:gosec // what an old peer does
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &proxy, nil },
		})
	}
	for _, name := range []string{fqdn, second, strings.ToUpper(second)} {
		if shown, served, called := call(name, true); served != nil || called != nil || shown.DNSNames[0] != strings.ToLower(name) {
			t.Errorf("%s: %v; %v", name, served, called)
		}
	}
	var wrong x509.HostnameError
	if _, served, called := call("unknown.sbc.test", true); served == nil || !errors.As(called, &wrong) {
		t.Errorf("an unknown name: %v; %v", served, called)
	}
	for _, name := range []string{"unknown.sbc.test", ""} {
		if shown, served, called := call(name, false); served != nil || called != nil || shown.DNSNames[0] != fqdn {
			t.Errorf("%q, not verified: %v; %v", name, served, called)
		}
	}
}

func TestServerWantsATrunk(t *testing.T) {
	if _, err := Server(nil, nil); err == nil {
		t.Error("taken")
	}
}

// TestOldTLS: nothing below 1.2, on either side (facts/direct-routing.md §2.3).
func TestOldTLS(t *testing.T) {
	roots := newAuthority(t, "root")
	ours := Trunk{FQDN: fqdn, Certificate: roots.issue(t, nil, fqdn)}
	config, err := Server([]Trunk{ours}, roots.pool())
	if err != nil {
		t.Fatal(err)
	}
	proxy := roots.issue(t, nil, microsoft)
	_, served, called := shake(t, config, &tls.Config{
		RootCAs: roots.pool(), ServerName: fqdn, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, //nolint:gosec // on purpose
		Certificates: []tls.Certificate{proxy},
	})
	if served == nil || called == nil {
		t.Error("our listener speaks TLS 1.1")
	}
	client := ours.Client(roots.pool())
	client.ServerName = microsoft
	_, served, called = shake(t, &tls.Config{
		Certificates: []tls.Certificate{proxy}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, //nolint:gosec // on purpose
	}, client)
	if served == nil || called == nil {
		t.Error("our connections speak TLS 1.1")
	}
}

// TestClient: we show our certificate even if the proxy's list of authorities does not name
// its issuer, and verify whom we called (facts/direct-routing.md §2.3).
func TestClient(t *testing.T) {
	roots, others := newAuthority(t, "root"), newAuthority(t, "another root")
	ours := Trunk{FQDN: fqdn, Certificate: others.issue(t, nil, fqdn)}
	for name, c := range map[string]struct {
		proxy tls.Certificate
		want  bool
	}{
		"the proxy":    {roots.issue(t, usage(x509.ExtKeyUsageServerAuth), "*."+Domain), true},
		"another name": {roots.issue(t, nil, "sip.other.test"), false},
		"another root": {others.issue(t, nil, microsoft), false},
	} {
		t.Run(name, func(t *testing.T) {
			client := ours.Client(roots.pool())
			client.ServerName = microsoft
			var seen []*x509.Certificate
			_, served, called := shake(t, &tls.Config{
				MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{c.proxy}, ClientAuth: tls.RequireAnyClientCert, ClientCAs: roots.pool(),
				VerifyConnection: func(s tls.ConnectionState) error { seen = s.PeerCertificates; return nil },
			}, client)
			if ok := served == nil && called == nil; ok != c.want {
				t.Fatalf("got %v; %v", served, called)
			}
			if c.want && (len(seen) != 1 || seen[0].DNSNames[0] != fqdn) {
				t.Error("the proxy was not shown our certificate")
			}
		})
	}
}

// TestCheck: what would make Microsoft refuse a trunk (facts/direct-routing.md §2.3, §2.4).
func TestCheck(t *testing.T) {
	roots := newAuthority(t, "root")
	good := roots.issue(t, nil, fqdn)
	raw := good
	raw.Leaf = nil
	curve := sign(t, &x509.Certificate{DNSNames: []string{fqdn}}, roots.certificate, keyECDSA(t).Public(), roots.key)
	for name, c := range map[string]struct {
		trunk Trunk
		want  string // of the error; empty: none
	}{
		"good":                     {Trunk{FQDN: fqdn, Certificate: good}, ""},
		"not parsed yet":           {Trunk{FQDN: fqdn, Certificate: raw}, ""},
		"wildcard":                 {Trunk{FQDN: fqdn, Certificate: roots.issue(t, nil, "*.sbc.test")}, ""},
		"second name":              {Trunk{FQDN: fqdn, Certificate: roots.issue(t, nil, "other.test", fqdn)}, ""},
		"wildcard of two labels":   {Trunk{FQDN: "a.b.sbc.test", Certificate: roots.issue(t, nil, "*.sbc.test")}, "does not cover"},
		"another name":             {Trunk{FQDN: "t2-eu.sbc.test", Certificate: good}, "does not cover"},
		"common name only":         {Trunk{FQDN: fqdn, Certificate: roots.issue(t, func(c *x509.Certificate) { c.Subject.CommonName = fqdn })}, "does not cover"},
		"ECDSA":                    {Trunk{FQDN: fqdn, Certificate: tls.Certificate{Certificate: [][]byte{curve.Raw}, PrivateKey: keyECDSA(t)}}, "RSA"},
		"no name":                  {Trunk{FQDN: "", Certificate: good}, "host name"},
		"name in capitals":         {Trunk{FQDN: "T1-EU.sbc.test", Certificate: good}, "lower case"},
		"name without domain":      {Trunk{FQDN: "localhost", Certificate: good}, "host name"},
		"no certificate":           {Trunk{FQDN: fqdn}, "no certificate"},
		"certificate is something": {Trunk{FQDN: fqdn, Certificate: tls.Certificate{Certificate: [][]byte{{1, 2, 3}}}}, "certificate of"},
	} {
		if err := c.trunk.Check(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUsages: what a certificate may be used for, which Teams looks at.
func TestUsages(t *testing.T) {
	a := newAuthority(t, "root")
	for name, c := range map[string]struct {
		change         func(*x509.Certificate)
		server, client bool
	}{
		"both":   {nil, true, true},
		"server": {usage(x509.ExtKeyUsageServerAuth), true, false},
		"client": {usage(x509.ExtKeyUsageClientAuth), false, true},
		"any":    {usage(x509.ExtKeyUsageAny), true, true},
		"none":   {usage(), true, true},
	} {
		own := Trunk{FQDN: fqdn, Certificate: a.issue(t, c.change, fqdn)}
		if server, client := own.Usages(); server != c.server || client != c.client {
			t.Errorf("%s: server %v, client %v", name, server, client)
		}
		if own.Covers(fqdn) != nil || own.Covers("a."+fqdn) == nil {
			t.Errorf("%s: covers other names than its own", name)
		}
	}
}
