package pstnhub

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestCertificates: new connections show the certificate that a fault asks for, and the usual one again when it is taken back.
func TestCertificates(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Issue = func(kind string) (tls.Certificate, error) {
			return pki().issue(t, func(x *x509.Certificate) {
				if kind == "expired" {
					x.NotBefore, x.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
					return
				}
				x.ExtKeyUsage = append(x.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
			}, "*.pstnhub.microsoft.com"), nil
		}
	})
	shown := func() *x509.Certificate {
		t.Helper()
		config := w.clientTLS()
		config.InsecureSkipVerify = true //nolint:gosec // it is looked at below
		nc, err := tls.Dial("tcp", w.proxies.Addrs()[0], config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = nc.Close() }()
		return nc.ConnectionState().PeerCertificates[0]
	}
	set := func(value string) {
		t.Helper()
		if err := w.proxies.SetFault(FaultCertificate, value); err != nil {
			t.Fatal(err)
		}
	}
	if usage := shown().ExtKeyUsage; len(usage) != 1 || usage[0] != x509.ExtKeyUsageServerAuth {
		t.Errorf("usages %v", usage)
	}
	set("both")
	if usage := shown().ExtKeyUsage; len(usage) != 2 {
		t.Errorf("usages %v", usage)
	}
	w.connected(nil) // as client too
	set("expired")
	if shown().NotAfter.After(time.Now()) {
		t.Error("not expired")
	}
	var refused *Refused
	if _, err := w.proxies.Dial(t.Context(), w.outgoing()); !errors.As(err, &refused) || refused.Code != codeDisconnected {
		t.Errorf("an SBC takes an expired certificate: %v", err)
	}
	w.proxies.ClearFaults()
	if shown().NotAfter.Before(time.Now()) {
		t.Error("still expired")
	}
	w = newWorld(t, nil)
	if w.proxies.SetFault(FaultCertificate, "expired") == nil || w.proxies.SetFault(FaultDNS, "sip") == nil {
		t.Error("there is neither an authority nor a name server")
	}
}

// TestNamesThatFail tells the name server.
func TestNamesThatFail(t *testing.T) {
	failing := map[string]bool{}
	w := newWorld(t, func(c *Config) { c.FailName = func(name string, fail bool) { failing[name] = fail } })
	names := func(sip, sip2 bool) map[string]bool {
		return map[string]bool{"sip.pstnhub.microsoft.com": sip, "sip2.pstnhub.microsoft.com": sip2, "sip3.pstnhub.microsoft.com": false}
	}
	if err := w.proxies.SetFault(FaultDNS, "sip,sip2"); err != nil || !maps.Equal(failing, names(true, true)) {
		t.Errorf("%v %v", failing, err)
	}
	if err := w.proxies.SetFault(FaultDNS, "sip2"); err != nil || !maps.Equal(failing, names(false, true)) {
		t.Errorf("%v %v", failing, err)
	}
	if w.proxies.ClearFaults(); !maps.Equal(failing, names(false, false)) {
		t.Errorf("%v", failing)
	}
}

// TestCachedConfiguration: a connection goes by what it has learnt of a trunk, until it ends.
func TestCachedConfiguration(t *testing.T) {
	var gone atomic.Bool
	w := newWorld(t, func(c *Config) {
		c.Resource = func(fqdn string) (string, bool) { return "r", fqdn == trunkName && !gone.Load() }
	})
	l := w.dial(0)
	l.nothing()
	gone.Store(true)
	l.send(options(trunkName))
	l.expect("SIP/2.0 403 ")
	gone.Store(false)
	if err := w.proxies.SetFault(FaultConfigCache, "on"); err != nil {
		t.Fatal(err)
	}
	l = w.dial(0)
	l.nothing()
	gone.Store(true)
	l.nothing()
	fresh := w.dial(0)
	fresh.send(options(trunkName))
	fresh.expect("SIP/2.0 403 ")
}

// TestOtherHeaders: what an INVITE of Microsoft's may carry besides.
func TestOtherHeaders(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.proxies.SetFault(FaultReferredBy, "on"); err != nil {
		t.Fatal(err)
	}
	c := w.outgoing()
	c.Asserted = "+493012345"
	result := w.dials(t.Context(), c)
	b := w.called(w.opened())
	if by := value(b.invite, "REFERRED-BY"); len(by) < 400 || !strings.Contains(by, ";x-ti=") || value(b.invite, "P-ASSERTED-IDENTITY") != "<tel:+493012345>" || value(b.invite, "PRIVACY") != "id" {
		t.Errorf("got\n%s", b.invite)
	}
	b.answer(result)
	c.Asserted = "12345"
	if _, err := w.proxies.Dial(t.Context(), c); err == nil {
		t.Error("asserted what is no number")
	}
}
