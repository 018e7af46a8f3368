package sip

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"tandem/internal/simulator/pki"
	"tandem/sip/guard"
)

// clientCertificate: a peer is known by a name in its certificate, if the roots vouch for it and
// it comes from where it may.
func clientCertificate(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Near.TLS, c.Near.Certificate, c.Near.Roots = "127.0.0.1:0", world().trunk, world().ca.Pool()
	})
	r.peers.set(digestPeer("joe"), guard.Peer{Name: "carrier", CertificateName: "SBC.carrier.test", Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	r.must(r.edge.RefreshPeers(r.ctx()))
	issue := func(a *pki.Authority, name string, usage x509.ExtKeyUsage) tls.Certificate {
		c, err := a.Issue([]string{name}, nil, usage)
		r.must(err)
		return c
	}
	stranger, err := pki.New()
	r.must(err)
	good := issue(world().ca, "sbc.carrier.test", x509.ExtKeyUsageClientAuth)
	for name, c := range map[string]struct {
		from         string
		certificates []tls.Certificate
		secure       bool
		want         string // the peer, or what the answer begins with
	}{
		"its own":                    {"127.0.0.1", []tls.Certificate{good}, true, "carrier"},
		"of a server":                {"127.0.0.1", []tls.Certificate{issue(world().ca, "sbc.carrier.test", x509.ExtKeyUsageServerAuth)}, true, "carrier"},
		"none":                       {"127.0.0.1", nil, true, "SIP/2.0 401"},
		"of another name":            {"127.0.0.1", []tls.Certificate{issue(world().ca, "sbc2.carrier.test", x509.ExtKeyUsageClientAuth)}, true, "SIP/2.0 401"},
		"of a wildcard":              {"127.0.0.1", []tls.Certificate{issue(world().ca, "*.carrier.test", x509.ExtKeyUsageClientAuth)}, true, "SIP/2.0 401"},
		"of an authority of its own": {"127.0.0.1", []tls.Certificate{issue(stranger, "sbc.carrier.test", x509.ExtKeyUsageClientAuth)}, true, "SIP/2.0 401"},
		"from elsewhere":             {"127.0.0.2", []tls.Certificate{good}, true, "SIP/2.0 401"},
		"by address alone over TCP":  {"127.0.0.1", nil, false, "SIP/2.0 401"},
	} {
		t.Run(name, func(t *testing.T) {
			to := r.edge.Addrs().TCP
			if c.secure {
				to = r.edge.Addrs().TLS
			}
			l, transport := streamPeerFrom(t, c.from, to, c.secure, c.certificates...)
			l.write(onStream(t, transport, goodInvite))
			if strings.HasPrefix(c.want, "SIP/2.0") {
				l.await(c.want)
				r.must(l.conn.Close())
				return
			}
			if o := next(t, "offer", r.engine.offers); o.Peer != c.want {
				t.Errorf("%+v", o)
			}
			r.must(l.conn.Close())
		})
	}
	r.forgotten(t)
}

// clientFingerprint: a peer is known by its certificate as such, whoever signed it; with a
// name as well both have to fit.
func clientFingerprint(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Near.TLS, c.Near.Certificate, c.Near.Roots = "127.0.0.1:0", world().trunk, world().ca.Pool()
	})
	own, err := pki.New()
	r.must(err)
	issue := func(a *pki.Authority, name string) (tls.Certificate, string) {
		c, err := a.Issue([]string{name}, nil, x509.ExtKeyUsageClientAuth)
		r.must(err)
		sum := sha256.Sum256(c.Certificate[0])
		return c, hex.EncodeToString(sum[:])
	}
	old, oldSum := issue(own, "pbx.local")
	renewed, renewedSum := issue(own, "pbx.local")
	other, _ := issue(own, "pbx.local")
	both, bothSum := issue(world().ca, "sbc.carrier.test")
	unvouched, unvouchedSum := issue(own, "sbc.carrier.test")
	expired, err := own.Expired([]string{"pbx.local"}, x509.ExtKeyUsageClientAuth)
	r.must(err)
	expiredSum := sha256.Sum256(expired.Certificate[0])
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	r.peers.set(digestPeer("joe"),
		guard.Peer{Name: "pbx", CertificateFingerprints: []string{oldSum, renewedSum, hex.EncodeToString(expiredSum[:])}, Addresses: loopback},
		guard.Peer{Name: "carrier", CertificateName: "sbc.carrier.test", CertificateFingerprints: []string{bothSum, unvouchedSum}, Addresses: loopback})
	r.must(r.edge.RefreshPeers(r.ctx()))
	for name, c := range map[string]struct {
		from         string
		certificates []tls.Certificate
		want         string // the peer, or what the answer begins with
	}{
		"its own":                                 {"127.0.0.1", []tls.Certificate{old}, "pbx"},
		"the one that takes its place":            {"127.0.0.1", []tls.Certificate{renewed}, "pbx"},
		"another one of the same name":            {"127.0.0.1", []tls.Certificate{other}, "SIP/2.0 401"},
		"one that has run out":                    {"127.0.0.1", []tls.Certificate{expired}, "SIP/2.0 401"},
		"none":                                    {"127.0.0.1", nil, "SIP/2.0 401"},
		"from elsewhere":                          {"127.0.0.2", []tls.Certificate{old}, "SIP/2.0 401"},
		"name and fingerprint":                    {"127.0.0.1", []tls.Certificate{both}, "carrier"},
		"the fingerprint, with an unvouched name": {"127.0.0.1", []tls.Certificate{unvouched}, "SIP/2.0 401"},
	} {
		t.Run(name, func(t *testing.T) {
			l, transport := streamPeerFrom(t, c.from, r.edge.Addrs().TLS, true, c.certificates...)
			l.write(onStream(t, transport, goodInvite))
			if strings.HasPrefix(c.want, "SIP/2.0") {
				l.await(c.want)
			} else if o := next(t, "offer", r.engine.offers); o.Peer != c.want {
				t.Errorf("%+v", o)
			}
			r.must(l.conn.Close())
		})
	}
	r.forgotten(t)
}

// forgotten waits until nobody is known by a connection that has ended.
func (r *rig) forgotten(t *testing.T) {
	t.Helper()
	eventually(t, func() bool { return r.edge.near.tls.Known() == 0 })
}
