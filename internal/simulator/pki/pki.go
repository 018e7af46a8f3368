// Package pki is a certificate authority for one directory. The simulator and
// a development stack trust nothing else, so that no connection ever has to
// skip verification.
//
// Keys are RSA with 2048 bits: Microsoft's SIP proxies speak to RSA
// certificates only (facts/direct-routing.md §2.3).
package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Names of the authority's files in its directory.
const (
	CertFile = "ca.pem"
	KeyFile  = "ca-key.pem"
)

// Validity of the authority and of what it issues.
const (
	authorityYears = 10
	leafYears      = 1
)

// Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey
	path string
}

// New makes an authority that lives in memory only.
func New() (*Authority, error) {
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	template, err := newTemplate("Tandem development CA", authorityYears)
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("sign the authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("parse the authority: %w", err)
	}
	return &Authority{cert: cert, key: key}, nil
}

// LoadOrCreate returns the authority of dir. It is made, with dir, if it is
// not there or has run out; a damaged one is an error.
func LoadOrCreate(dir string) (*Authority, error) {
	a, err := load(dir)
	switch {
	case err == nil && time.Now().Before(a.cert.NotAfter.AddDate(-leafYears, 0, 0)):
		return a, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if a, err = New(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the authority's directory: %w", err)
	}
	a.path = filepath.Join(dir, CertFile)
	// The certificate is written last: whoever finds it finds its key too.
	if err := writeKey(filepath.Join(dir, KeyFile), a.key); err != nil {
		return nil, err
	}
	if err := writePEM(a.path, "CERTIFICATE", 0o644, a.cert.Raw); err != nil {
		return nil, err
	}
	return a, nil
}

func load(dir string) (*Authority, error) {
	path := filepath.Join(dir, CertFile)
	pair, err := tls.LoadX509KeyPair(path, filepath.Join(dir, KeyFile))
	if err != nil {
		return nil, fmt.Errorf("load the authority: %w", err)
	}
	key, ok := pair.PrivateKey.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("load the authority: %s is no RSA key", KeyFile)
	}
	return &Authority{cert: pair.Leaf, key: key, path: path}, nil
}

// File returns the path of the authority's certificate, empty if it lives in
// memory only.
func (a *Authority) File() string { return a.path }

// Pool returns a pool with this authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Issue makes a certificate with a new key for the names and addresses. Without
// usages it is good for both ends of a TLS connection.
func (a *Authority) Issue(names []string, ips []net.IP, usages ...x509.ExtKeyUsage) (tls.Certificate, error) {
	return a.issue(names, ips, nil, usages...)
}

// Expired makes one that ran out a minute ago.
func (a *Authority) Expired(names []string, usages ...x509.ExtKeyUsage) (tls.Certificate, error) {
	return a.issue(names, nil, func(t *x509.Certificate) { t.NotAfter = time.Now().Add(-time.Minute) }, usages...)
}

func (a *Authority) issue(names []string, ips []net.IP, change func(*x509.Certificate), usages ...x509.ExtKeyUsage) (tls.Certificate, error) {
	common := "tandem"
	if len(names) > 0 {
		common = names[0]
	}
	template, err := newTemplate(common, leafYears)
	if err != nil {
		return tls.Certificate{}, err
	}
	if len(usages) == 0 {
		usages = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	template.ExtKeyUsage = usages
	template.DNSNames = names
	template.IPAddresses = ips
	if change != nil {
		change(template)
	}
	key, err := NewKey()
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign the certificate of %s: %w", common, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("parse the certificate of %s: %w", common, err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// Loopback makes a certificate for localhost, 127.0.0.1 and ::1.
func (a *Authority) Loopback(usages ...x509.ExtKeyUsage) (tls.Certificate, error) {
	return a.Issue([]string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, usages...)
}

// WriteFiles stores an issued certificate, with its chain, and its key as PEM
// files; the key is for the owner's eyes only.
func WriteFiles(cert tls.Certificate, certFile, keyFile string) error {
	key, ok := cert.PrivateKey.(*rsa.PrivateKey)
	if !ok {
		return errors.New("only RSA keys can be written")
	}
	if err := writeKey(keyFile, key); err != nil {
		return err
	}
	return writePEM(certFile, "CERTIFICATE", 0o644, cert.Certificate...)
}

func newTemplate(common string, years int) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: common, Organization: []string{"Tandem development"}},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(years, 0, 0),
	}, nil
}

func writeKey(path string, key *rsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode a key: %w", err)
	}
	return writePEM(path, "PRIVATE KEY", 0o600, der)
}

func writePEM(path, kind string, mode fs.FileMode, blocks ...[]byte) error {
	var text []byte
	for _, der := range blocks {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	}
	if err := os.WriteFile(path, text, mode); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}
