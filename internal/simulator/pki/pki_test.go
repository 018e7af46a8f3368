package pki

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestLoadOrCreateKeepsTheAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deeper")
	first, err := LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !first.cert.Equal(second.cert) {
		t.Error("the second start made another authority")
	}
	if second.File() != filepath.Join(dir, CertFile) {
		t.Errorf("File() = %q", second.File())
	}
	info, err := os.Stat(filepath.Join(dir, KeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info.Mode(), err)
	}

	cert, err := second.Issue([]string{"sip.pstnhub.microsoft.com"}, []net.IP{net.IPv4(127, 0, 0, 1)}, x509.ExtKeyUsageServerAuth)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(name string, usage x509.ExtKeyUsage) error {
		_, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: first.Pool(), DNSName: name, KeyUsages: []x509.ExtKeyUsage{usage}})
		return err
	}
	if err := verify("sip.pstnhub.microsoft.com", x509.ExtKeyUsageServerAuth); err != nil {
		t.Error(err)
	}
	if err := verify("127.0.0.1", x509.ExtKeyUsageServerAuth); err != nil {
		t.Error(err)
	}
	if verify("sip.pstnhub.microsoft.com", x509.ExtKeyUsageClientAuth) == nil {
		t.Error("serverAuth alone must not do for a client")
	}

	certFile, keyFile := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	if err := WriteFiles(cert, certFile, keyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := tls.LoadX509KeyPair(certFile, keyFile); err != nil {
		t.Error(err)
	}
}

func TestDamagedAuthorityIsAnError(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{CertFile, KeyFile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := LoadOrCreate(dir); err == nil {
		t.Error("a damaged authority was replaced in silence")
	}
}
