package dev_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"tandem/internal/app"
	"tandem/internal/dev"
	"tandem/internal/simulator/pki"
	"tandem/sip/siptest"
)

// serial is that of the certificate which a listener shows. Whether it wants one of ours is
// another matter.
func serial(t *testing.T, roots *x509.CertPool, address, name string) string {
	t.Helper()
	raw, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var is string
	_ = tls.Client(raw, &tls.Config{
		ServerName: name, RootCAs: roots, MinVersion: tls.VersionTLS12,
		VerifyConnection: func(s tls.ConnectionState) error {
			is = s.PeerCertificates[0].SerialNumber.String()
			return nil
		},
	}).HandshakeContext(t.Context())
	return is
}

// TestRenewal: all certificates are replaced while somebody talks. Who connects from then on
// sees the new ones, and no call ends.
func TestRenewal(t *testing.T) {
	t.Parallel()
	s := start(t, dev.Options{Health: app.HealthPace{Files: 50 * time.Millisecond}})
	ca, agents := s.Sim.CA(), s.File.Tenants[0].Agents
	_, customer := s.place(t, s.phone(t), agents[0])

	c, trunk := s.Config, s.Config.SIP.Far.Trunks[0]
	loopback, err := ca.Loopback()
	if err != nil {
		t.Fatal(err)
	}
	sbc, err := ca.Issue([]string{trunk.FQDN}, nil, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	if err := pki.WriteFiles(loopback, c.HTTP.PublicCert, c.HTTP.PublicKey); err != nil { // the near side's, too
		t.Fatal(err)
	}
	if err := pki.WriteFiles(sbc, trunk.Cert, trunk.Key); err != nil {
		t.Fatal(err)
	}
	for _, at := range []struct {
		what, address, name string
		want                tls.Certificate
	}{
		{"Microsoft's doors", c.HTTP.PublicListen, "127.0.0.1", loopback},
		{"the near side", s.File.SIP.TLS, "127.0.0.1", loopback},
		{"the trunk", s.File.SIP.Far, trunk.FQDN, sbc},
	} {
		eventually(t, "the new certificate of "+at.what, soon, func() bool {
			return serial(t, ca.Pool(), at.address, at.name) == at.want.Leaf.SerialNumber.String()
		})
	}
	select {
	case <-customer.Ended():
		t.Errorf("the call ended: %+v", customer.Ending())
	default:
	}
	_, another := s.place(t, s.phone(t), agents[1])
	for _, talking := range []*siptest.Call{customer, another} {
		if err := talking.Hangup(t.Context()); err != nil {
			t.Error(err)
		}
	}
	eventually(t, "no call left at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })
}
