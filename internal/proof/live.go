package proof

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"time"

	"tandem/internal/check"
)

// Counted is what a running edge has counted of the real Microsoft.
type Counted struct {
	Since       time.Time // when it was started
	Proxies     int       // that there are
	Answering   int       // of them, to the trunk's last OPTIONS
	OptionsFrom int       // OPTIONS of Microsoft's, of all trunks of the node
	Tried       int       // INVITEs to proxies, of all trunks of the node
	Answered    int       // of them
}

// Edge is the edge in production, looked at from outside and by its counters.
type Edge struct {
	Trunk   string
	Address string // FQDN and port, as Microsoft dials it
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Roots   *x509.CertPool                                  // that vouch for the trunk
	Judge   func(chain []*x509.Certificate) []check.Finding // as the doctor does
	Own     Certificate                                     // of the file, which the edge should show
	Counted Counted
}

// CertificateOf tells of a leaf.
func CertificateOf(leaf *x509.Certificate) Certificate {
	sum := sha256.Sum256(leaf.Raw)
	return Certificate{
		Subject: leaf.Subject.CommonName, Names: append([]string{}, leaf.DNSNames...), Issuer: leaf.Issuer.CommonName, NotAfter: leaf.NotAfter.UTC(), SHA256: hex.EncodeToString(sum[:]),
	}
}

// liveFor is how long the edge may take to shake hands.
const liveFor = 10 * time.Second

// Checks are those of [Live].
func (r Edge) Checks(ctx context.Context) []Check {
	began, shown := time.Now(), Check{ID: LiveTLS, State: Passed}
	if err := r.tls(ctx, &shown); err != nil {
		shown.State, shown.Found = Failed, err.Error()
	}
	shown.TookMS = time.Since(began).Milliseconds()
	return append([]Check{shown}, r.counted()...)
}

// tls shakes hands as far as somebody gets who is not Microsoft: to where the edge has shown
// its certificate, and wants one.
func (r Edge) tls(ctx context.Context, c *Check) error {
	ctx, cancel := context.WithTimeout(ctx, liveFor)
	defer cancel()
	raw, err := r.Dial(ctx, "tcp", r.Address)
	if err != nil {
		return fmt.Errorf("no connection to %s: %w", r.Address, err)
	}
	defer func() { _ = raw.Close() }()
	var chain []*x509.Certificate
	conn := tls.Client(raw, &tls.Config{
		ServerName: r.Trunk, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, // in which a refusal is part of the handshake
		RootCAs: r.Roots,
		VerifyConnection: func(s tls.ConnectionState) error {
			chain = s.PeerCertificates
			c.Evidence = []string{fmt.Sprintf("%s  %s, %s, certificate of %s by %s, chain of %d", r.Address, tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), chain[0].Subject.CommonName, chain[0].Issuer.CommonName, len(chain))}
			c.Figures = []Figure{{Name: "certificate runs for", Value: float64(int(time.Until(chain[0].NotAfter).Hours() / 24)), Unit: "days"}}
			return nil
		},
	})
	err = conn.HandshakeContext(ctx)
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) {
		chain = unverified.UnverifiedCertificates // the judge says what is wrong with it
	}
	switch {
	case len(chain) == 0:
		return fmt.Errorf("no TLS with %s: %w", r.Address, err)
	case err == nil:
		return errors.New("the edge takes a connection from who shows no certificate")
	}
	if CertificateOf(chain[0]).SHA256 != r.Own.SHA256 {
		c.Code, c.Fix = CodeOtherCertificate, "restart the node, so that it shows the certificate of its file; or see what else answers at this name and port"
		return errors.New("what answers there shows another certificate than the file of the trunk has")
	}
	for _, f := range r.Judge(chain) {
		if f.State == check.Fail {
			c.Code, c.Fix = f.ID, f.Fix
			return fmt.Errorf("the certificate %s", f.Found)
		}
	}
	if unverified != nil {
		return fmt.Errorf("the certificate does not hold: %w", unverified)
	}
	c.Found = "the trunk's name leads to the edge, which shows a certificate that covers it with its chain, and refuses who shows none"
	return nil
}

// counted judges what the edge has counted. None of something is no failure when nobody has
// tried, and is not shown then.
func (r Edge) counted() []Check {
	n := r.Counted
	since := "since " + n.Since.UTC().Format("2 January 2006, 15:04") + " UTC, when the node was started"
	to := Check{ID: LiveOptionsTo, State: Passed, Found: fmt.Sprintf("%d of %d proxies answered the last OPTIONS of the trunk", n.Answering, n.Proxies), Figures: []Figure{{Name: "proxies that answer", Value: float64(n.Answering)}}}
	if n.Answering < n.Proxies {
		to.State = Failed
	}
	from := Check{ID: LiveOptionsFrom, State: Passed, Found: fmt.Sprintf("%d OPTIONS of Microsoft's came to the node %s", n.OptionsFrom, since), Figures: []Figure{{Name: "OPTIONS", Value: float64(n.OptionsFrom)}}}
	if n.OptionsFrom == 0 {
		from.State = Failed
	}
	calls := Check{ID: LiveCalls, State: Passed, Found: fmt.Sprintf("Microsoft answered %d of %d INVITEs of the node %s", n.Answered, n.Tried, since), Figures: []Figure{{Name: "INVITEs", Value: float64(n.Tried)}, {Name: "answered", Value: float64(n.Answered)}}}
	switch {
	case n.Tried == 0:
		calls.State, calls.Code, calls.Found = NotShown, CodeNoCall, "the node has sent Microsoft no call "+since
	case n.Answered == 0:
		calls.State = Failed
	}
	return []Check{to, from, calls}
}
