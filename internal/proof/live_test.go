package proof

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"tandem/internal/check"
	"tandem/internal/simulator/pki"
	"tandem/sip/identity"
)

const liveTrunk = "e0.sbc.tandem.test"

// listens is an edge's listener with a certificate; open takes everybody.
func listens(t *testing.T, cert tls.Certificate, open bool) string {
	t.Helper()
	config, err := identity.Server([]identity.Trunk{{FQDN: liveTrunk, Certificate: cert}}, x509.NewCertPool())
	if err != nil {
		t.Fatal(err)
	}
	if open {
		config.ClientAuth, config.VerifyConnection = tls.NoClientCert, nil
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.(*tls.Conn).Handshake() //nolint:forcetypeassert // crypto/tls says so
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// TestTheRunningEdge: what it shows is judged, and whether it is what it should be.
func TestTheRunningEdge(t *testing.T) {
	pki.Recycle()
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	issue := func(cert tls.Certificate, err error) tls.Certificate {
		if err != nil {
			t.Fatal(err)
		}
		if cert.Leaf == nil {
			if cert.Leaf, err = x509.ParseCertificate(cert.Certificate[0]); err != nil {
				t.Fatal(err)
			}
		}
		return cert
	}
	good := issue(ca.Issue([]string{liveTrunk}, nil))
	for _, c := range []struct {
		name    string
		shows   tls.Certificate
		file    *tls.Certificate // nil: the same
		open    bool
		nowhere bool
		state   State
		code    string
		found   string
	}{
		{name: "healthy", shows: good, state: Passed, found: "refuses who shows none"},
		{name: "expired", shows: issue(ca.Expired([]string{liveTrunk})), state: Failed, found: "ran out", code: "certificate.validity"},
		{name: "another name", shows: issue(ca.Issue([]string{"other.tandem.test"}, nil)), state: Failed, found: "not " + liveTrunk, code: "certificate.name"},
		{name: "another authority", shows: issue(stranger.Issue([]string{liveTrunk}, nil)), state: Failed, found: "issue", code: "certificate.chain"},
		{name: "an older certificate than the file's", shows: issue(ca.Issue([]string{liveTrunk}, nil)), file: &good, state: Failed, found: "another certificate", code: CodeOtherCertificate},
		{name: "open to everybody", shows: good, open: true, state: Failed, found: "who shows no certificate"},
		{name: "nobody there", shows: good, nowhere: true, state: Failed, found: "no connection"},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := listens(t, c.shows, c.open)
			own := c.shows.Leaf
			if c.file != nil {
				own = c.file.Leaf
			}
			e := Edge{
				Trunk: liveTrunk, Address: address, Roots: ca.Pool(), Own: CertificateOf(own), Counted: Counted{Since: noon},
				Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					if c.nowhere {
						return nil, net.ErrClosed
					}
					var d net.Dialer
					return d.DialContext(ctx, network, address)
				},
				Judge: func(chain []*x509.Certificate) []check.Finding {
					return check.Certificate{Name: liveTrunk, Roots: []*x509.CertPool{ca.Pool()}, Trunk: true}.Judge(chain, time.Now())
				},
			}
			got := e.Checks(t.Context())[0]
			if got.ID != LiveTLS || got.State != c.state || got.Code != c.code || !strings.Contains(got.Found, c.found) {
				t.Errorf("%s %q: %s", got.State, got.Code, got.Found)
			}
		})
	}
}

// TestCounted: silence of Microsoft's is a failure, and that nobody has called is not.
func TestCounted(t *testing.T) {
	for _, c := range []struct {
		counted         Counted
		to, from, calls State
	}{
		{Counted{Proxies: 3, Answering: 3, OptionsFrom: 7, Tried: 9, Answered: 8}, Passed, Passed, Passed},
		{Counted{Proxies: 3, Answering: 2, OptionsFrom: 7}, Failed, Passed, NotShown},
		{Counted{Proxies: 3, Tried: 4}, Failed, Failed, Failed},
	} {
		got := Edge{Counted: c.counted}.counted()
		for i, want := range []State{c.to, c.from, c.calls} {
			if got[i].State != want || got[i].Found == "" || (got[i].Code == CodeNoCall) != (want == NotShown) {
				t.Errorf("%+v: %s is %s %q, want %s", c.counted, got[i].ID, got[i].State, got[i].Code, want)
			}
		}
	}
}
