// Package identity is who we are towards Microsoft and how we know that it is
// Microsoft: certificates and TLS settings of the far side (facts/direct-routing.md
// §2.3, §4.4).
package identity

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tandem/internal/tenant"
)

// Domain is what every certificate of Microsoft's SIP proxies is made out for.
const Domain = "pstnhub.microsoft.com"

// Trunk is one SBC name of this node.
type Trunk struct {
	FQDN        string
	Certificate tls.Certificate // leaf and intermediates; RSA
	// Renewed is the certificate as it is now; nil: it stays Certificate. New connections
	// have it, and no old one is ended for it.
	Renewed func() *tls.Certificate
	// Connectivity is how Microsoft knows it; see profile.Of.
	Connectivity tenant.Connectivity
}

// Covers reports whether the certificate is also one for another name.
func (t Trunk) Covers(fqdn string) error {
	leaf, err := t.leaf()
	if err != nil {
		return err
	}
	if err := leaf.VerifyHostname(fqdn); err != nil {
		return fmt.Errorf("identity: the certificate of %s has to cover %s too: %w", t.FQDN, fqdn, err)
	}
	return nil
}

// Usages reports whether the certificate is one for servers and for clients.
func (t Trunk) Usages() (server, client bool) {
	leaf, err := t.leaf()
	if err != nil {
		return false, false
	}
	named := func(u x509.ExtKeyUsage) bool {
		return len(leaf.ExtKeyUsage) == 0 && len(leaf.UnknownExtKeyUsage) == 0 || slices.Contains(leaf.ExtKeyUsage, u) || slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny)
	}
	return named(x509.ExtKeyUsageServerAuth), named(x509.ExtKeyUsageClientAuth)
}

// Check reports what would make Microsoft refuse the trunk.
func (t Trunk) Check() error {
	if t.FQDN == "" || t.FQDN != strings.ToLower(t.FQDN) || !strings.Contains(t.FQDN, ".") {
		return fmt.Errorf("identity: trunk %q is not a host name in lower case", t.FQDN)
	}
	leaf, err := t.leaf()
	if err != nil {
		return err
	}
	if _, ok := leaf.PublicKey.(*rsa.PublicKey); !ok {
		// Microsoft offers ECDHE_RSA suites only: no handshake would succeed.
		return fmt.Errorf("identity: the certificate of %s must have an RSA key", t.FQDN)
	}
	if err := leaf.VerifyHostname(t.FQDN); err != nil {
		return fmt.Errorf("identity: the certificate does not cover %s: %w", t.FQDN, err)
	}
	return nil
}

// Shown is the certificate that new connections show.
func (t Trunk) Shown() *tls.Certificate {
	if t.Renewed != nil {
		return t.Renewed()
	}
	return &t.Certificate
}

func (t Trunk) leaf() (*x509.Certificate, error) {
	shown := t.Shown()
	if shown.Leaf != nil {
		return shown.Leaf, nil
	}
	if len(shown.Certificate) == 0 {
		return nil, fmt.Errorf("identity: trunk %s has no certificate", t.FQDN)
	}
	leaf, err := x509.ParseCertificate(shown.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("identity: certificate of %s: %w", t.FQDN, err)
	}
	return leaf, nil
}

// Client is the TLS side of our own connections as a trunk. The name of the proxy
// that is dialled is verified as usual; nil roots are the system's.
func (t Trunk) Client(roots *x509.CertPool) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		RootCAs:    roots,
		// Always, also when the proxy's list of authorities does not fit: without a
		// certificate it aborts (facts/direct-routing.md §2.3).
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return t.Shown(), nil },
	}
}

// Server is the TLS side of the listener for Microsoft's own connections.
//
// The stock verification of Go's servers wants clientAuth in the peer's certificate,
// which Microsoft's no longer has; so any certificate is let in and then verified
// here, with either usage, for a name of [Domain] (facts/direct-routing.md §4.4).
func Server(trunks []Trunk, roots *x509.CertPool) (*tls.Config, error) {
	if len(trunks) == 0 {
		return nil, errors.New("identity: no trunk")
	}
	byName := map[string]Trunk{}
	for _, t := range trunks {
		byName[t.FQDN] = t
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAnyClientCert,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if t, ok := byName[strings.ToLower(hello.ServerName)]; ok {
				return t.Shown(), nil
			}
			return trunks[0].Shown(), nil // one name leads here anyway; SNI is not documented for Microsoft
		},
		VerifyConnection: func(s tls.ConnectionState) error { return verify(s, roots) },
	}, nil
}

// Chain verifies the certificate that somebody showed, with either usage; nil roots are
// the system's.
func Chain(s tls.ConnectionState, roots *x509.CertPool) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("identity: no certificate")
	}
	leaf := s.PeerCertificates[0]
	intermediates := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		intermediates.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	return nil
}

func verify(s tls.ConnectionState, roots *x509.CertPool) error {
	if err := Chain(s, roots); err != nil {
		return err
	}
	leaf := s.PeerCertificates[0]
	for _, name := range leaf.DNSNames {
		if host, ok := strings.CutSuffix(strings.ToLower(name), "."+Domain); ok && host != "" && !strings.Contains(host, ".") {
			return nil
		}
	}
	return errors.New("identity: the client certificate is not Microsoft's")
}
