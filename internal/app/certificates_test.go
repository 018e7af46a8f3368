package app

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/pki"
	"tandem/sip/identity"
)

// TestCertificatesAreRenewed: what is put in the place of a certificate is shown to who
// connects then; what could not be shown is told of, once, and changes nothing.
func TestCertificatesAreRenewed(t *testing.T) {
	dir := t.TempDir()
	ca, err := pki.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	at := time.Now().Add(-time.Hour)
	write := func(name string) tls.Certificate {
		t.Helper()
		c, err := ca.Issue([]string{name}, []net.IP{net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		var chain bytes.Buffer
		for _, der := range c.Certificate {
			_ = pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der})
		}
		private, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Minute)
		for file, raw := range map[string][]byte{cert: chain.Bytes(), key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
			if err := os.WriteFile(file, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(file, at, at); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	const name = "e0.example.net"
	first := write(name)
	var log bytes.Buffer
	a := &App{log: slog.New(slog.NewTextHandler(&log, nil))}
	p, err := a.certificate(cert, key, func(c tls.Certificate) error { return identity.Trunk{FQDN: name, Certificate: c}.Check() })
	if err != nil {
		t.Fatal(err)
	}
	conf, err := identity.Server([]identity.Trunk{{FQDN: name, Certificate: *p.now(), Renewed: p.now}}, ca.Pool())
	if err != nil {
		t.Fatal(err)
	}
	shows := func(what string, want tls.Certificate) {
		t.Helper()
		a.renew(p)
		for _, asked := range []string{name, ""} {
			if got, err := conf.GetCertificate(&tls.ClientHelloInfo{ServerName: asked}); err != nil || !bytes.Equal(got.Certificate[0], want.Certificate[0]) {
				t.Errorf("%s: %q is shown another certificate, %v", what, asked, err)
			}
		}
	}
	shows("at first", first)
	second := write(name)
	shows("replaced", second)
	if n := strings.Count(log.String(), "new connections show"); n != 1 {
		t.Errorf("told %d times: %s", n, log.String())
	}
	write("other.example.net")
	shows("one for another name", second)
	shows("and again", second)
	if n := strings.Count(log.String(), "cannot be shown"); n != 1 {
		t.Errorf("told %d times: %s", n, log.String())
	}
	write(name)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	shows("half of it", second)
	third := write(name)
	shows("mended", third)
	if _, err := a.certificate(cert, filepath.Join(dir, "nowhere"), nil); err == nil {
		t.Error("a pair without a key is taken")
	}
}
