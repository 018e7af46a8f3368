package check

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Certificate is one that we show to Microsoft, in a file with its chain.
type Certificate struct {
	Name  string // that it has to cover
	File  string
	Key   string           // file
	Roots []*x509.CertPool // any of them will do; nil is the system's
	// Trunk also asks for what Microsoft wants of an SBC (facts/direct-routing.md §2.3, §2.4).
	Trunk bool
}

// How long before its end a certificate is spoken of, and called a failure: buying
// one takes days, and Microsoft's caches take hours more.
const (
	renewWithin = 30 * 24 * time.Hour
	renewNow    = 3 * 24 * time.Hour
	smallestRSA = 2048 // bits
)

// Check reads the file and judges what is in it. What is good is one finding,
// what is not is one each.
func (c Certificate) Check(now time.Time) []Finding {
	pair, err := tls.LoadX509KeyPair(c.File, c.Key)
	if err != nil {
		return []Finding{{
			ID: "certificate.file", Subject: c.Name, State: Fail, Found: "certificate and key cannot be used: " + err.Error(),
			Fix: "name a readable PEM file with the leaf and all intermediates, and the file of the leaf's own key, not encrypted",
		}}
	}
	chain := []*x509.Certificate{pair.Leaf}
	for _, der := range pair.Certificate[1:] {
		more, err := x509.ParseCertificate(der)
		if err != nil {
			return []Finding{{
				ID: "certificate.file", Subject: c.Name, State: Fail, Found: "a certificate after the first one cannot be read: " + err.Error(), Fix: "make the file anew: leaf, then its intermediates",
			}}
		}
		chain = append(chain, more)
	}
	return c.Judge(chain, now)
}

// Judge looks at a chain, leaf first.
func (c Certificate) Judge(chain []*x509.Certificate, now time.Time) []Finding {
	leaf := chain[0]
	var bad []Finding
	add := func(aspect string, state State, found, fix string) {
		bad = append(bad, Finding{ID: "certificate." + aspect, Subject: c.Name, State: state, Found: found, Fix: fix})
	}
	if c.Trunk {
		switch key, ok := leaf.PublicKey.(*rsa.PublicKey); {
		case !ok:
			add("key", Fail, "the key is not RSA: Microsoft offers suites for RSA only, so that no handshake succeeds", "order a certificate for an RSA key of 2048 bits or more")
		case key.N.BitLen() < smallestRSA:
			add("key", Fail, fmt.Sprintf("the RSA key has %d bits", key.N.BitLen()), "order a certificate for an RSA key of 2048 bits or more")
		}
	}
	if err := leaf.VerifyHostname(c.Name); err != nil {
		add("name", Fail, c.uncovered(leaf), "order a certificate with "+c.Name+" among its DNS names (SAN)")
	}
	const install = "put a new one in the place of the files: it is shown within a minute, and all connections to Microsoft have it within the hour"
	switch left := leaf.NotAfter.Sub(now); {
	case now.Before(leaf.NotBefore):
		add("validity", Fail, "is valid from "+leaf.NotBefore.UTC().Format(time.DateTime)+" UTC on only", "see the clock's findings; or wait")
	case left <= 0:
		add("validity", Fail, "ran out at "+leaf.NotAfter.UTC().Format(time.DateTime)+" UTC", install)
	case left < renewNow:
		add("validity", Fail, fmt.Sprintf("runs out in %d hours", int(left.Hours())), install)
	case left < renewWithin:
		add("validity", Warn, fmt.Sprintf("runs out in %d days, on %s", int(left.Hours()/24), leaf.NotAfter.UTC().Format(time.DateOnly)), "renew it; a certificate for servers and clients while one can be had")
	}
	c.usages(leaf, add)
	issuer := c.chain(chain, now, add)
	if c.Trunk && strings.Contains(leaf.Issuer.String(), "Let's Encrypt") {
		add("issuer", Warn, "is of Let's Encrypt: some operators report that Microsoft refuses those, others that it does not (facts/direct-routing.md §2.4)", "order one of another authority of Microsoft's Trusted Root Program")
	}
	if len(bad) == 0 {
		return []Finding{{
			ID: "certificate", Subject: c.Name, State: OK,
			Found: fmt.Sprintf("covers the name, runs until %s, and leads to %s by the %d certificates of its file", leaf.NotAfter.UTC().Format(time.DateOnly), issuer, len(chain)),
		}}
	}
	return bad
}

// uncovered says why the name is not covered, for the mistakes that are made.
func (c Certificate) uncovered(leaf *x509.Certificate) string {
	for _, name := range leaf.DNSNames {
		if parent, is := strings.CutPrefix(name, "*."); is && strings.HasSuffix(c.Name, "."+parent) {
			return fmt.Sprintf("%s does not cover %s: a wildcard stands for one label only (RFC 2818 §3.1)", name, c.Name)
		}
	}
	if strings.EqualFold(leaf.Subject.CommonName, c.Name) {
		return c.Name + " is its common name only, and not among its DNS names (SAN)"
	}
	if len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 {
		return "it has no DNS names (SAN) at all"
	}
	return fmt.Sprintf("it covers %s, not %s", strings.Join(leaf.DNSNames, ", "), c.Name)
}

// usages knows the trap: we show the certificate as server and as client, Teams wants
// both usages, public authorities leave one out since 2025, and what ACS makes of that is
// unknown (facts/direct-routing.md §2.4). Microsoft's own certificates have lost it, which
// is why package sip/identity takes either (§4.4).
func (c Certificate) usages(leaf *x509.Certificate, add func(string, State, string, string)) {
	names := func(u x509.ExtKeyUsage) bool {
		return len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0 || slices.Contains(leaf.ExtKeyUsage, u) || slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny)
	}
	if !names(x509.ExtKeyUsageServerAuth) {
		add("usage", Fail, "is not one for servers (extended key usage serverAuth)", "order one for TLS servers")
	}
	if c.Trunk && !names(x509.ExtKeyUsageClientAuth) {
		add("usage", Warn, "is for servers only (no extended key usage clientAuth). We also show it as a client: Teams direct routing wants both since March 2024; whether ACS takes it is not documented",
			"while an authority still sells them order one with serverAuth and clientAuth; else see whether proxy.tls is ok and calls pass, before this is relied on")
	}
}

// chain verifies against each pool and says by whose root it ends.
func (c Certificate) chain(chain []*x509.Certificate, now time.Time, add func(string, State, string, string)) string {
	leaf, between := chain[0], x509.NewCertPool()
	for _, one := range chain[1:] {
		between.AddCert(one)
	}
	at := now // whether it runs now is another finding
	if now.After(leaf.NotAfter) {
		at = leaf.NotAfter.Add(-time.Second)
	} else if now.Before(leaf.NotBefore) {
		at = leaf.NotBefore.Add(time.Second)
	}
	pools := c.Roots
	if len(pools) == 0 {
		pools = []*x509.CertPool{nil}
	}
	var last error
	for _, roots := range pools {
		ways, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err == nil {
			return ways[0][len(ways[0])-1].Subject.CommonName
		}
		last = err
	}
	var unknown x509.UnknownAuthorityError
	const fix = "put the leaf and all intermediates of its authority into the file, leaf first; the authority must be of Microsoft's Trusted Root Program"
	switch {
	case leaf.Issuer.String() == leaf.Subject.String():
		add("chain", Fail, "is signed by itself, which Microsoft refuses", "order one of an authority of Microsoft's Trusted Root Program")
	case errors.As(last, &unknown) && len(chain) == 1:
		add("chain", Fail, fmt.Sprintf("the file has the leaf alone, and its issuer %q is no root that this machine knows: intermediates are missing, and Microsoft does not fetch them", leaf.Issuer.CommonName), fix)
	case errors.As(last, &unknown):
		add("chain", Fail, fmt.Sprintf("the chain ends at %q, which is issued by nobody that this machine trusts", chain[len(chain)-1].Subject.CommonName), fix)
	default:
		add("chain", Fail, "the chain does not hold: "+last.Error(), fix)
	}
	return ""
}
