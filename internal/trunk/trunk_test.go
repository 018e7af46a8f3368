package trunk_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/trunk"
)

const someUUID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

func paths(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.KindInvalid {
		t.Fatalf("not a fault of kind invalid: %v", err)
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Path)
	}
	return all
}

func resource(change func(*trunk.Resource)) error {
	r := trunk.Resource{
		ID: "eu-1", Region: "eu", Endpoint: "https://contoso.communication.azure.com/", ImmutableID: someUUID,
		AccessKey: []byte("sealed"), MadeAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	change(&r)
	return r.Validate()
}

func peer(auth trunk.Auth, change func(*trunk.Peer)) error {
	p := trunk.Peer{Name: "platform", Auth: auth}
	switch auth {
	case trunk.Digest:
		p.Username, p.Realm, p.HA1MD5, p.HA1SHA256 = "acme", "sbc.example", []byte{1}, []byte{2}
	case trunk.Address:
		p.Addresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/64")}
	case trunk.Certificate:
		p.CertificateName = "sip.carrier.example"
	}
	change(&p)
	return p.Validate()
}

func network(s string) func(*trunk.Peer) {
	return func(p *trunk.Peer) { p.Addresses = []netip.Prefix{netip.MustParsePrefix(s)} }
}

func TestValidate(t *testing.T) {
	asIs := func(*trunk.Peer) {}
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"region":              {trunk.Region{ID: "eu", Name: "Europe"}.Validate(), nil},
		"empty region":        {trunk.Region{}.Validate(), []string{"id", "name"}},
		"region with a slash": {trunk.Region{ID: "eu/1", Name: "Europe"}.Validate(), []string{"id"}},

		"resource": {resource(func(*trunk.Resource) {}), nil},
		"empty resource": {trunk.Resource{}.Validate(), []string{
			"id", "region", "endpoint", "immutable_id", "access_key", "made_at",
		}},
		"plain http": {resource(func(r *trunk.Resource) { r.Endpoint = "http://contoso.example/" }), []string{"endpoint"}},
		"loopback":   {resource(func(r *trunk.Resource) { r.Endpoint = "http://127.0.0.1:8091/" }), nil},
		"a path":     {resource(func(r *trunk.Resource) { r.Endpoint = "https://contoso.example/x" }), []string{"endpoint"}},
		"odd parts": {resource(func(r *trunk.Resource) {
			r.OwnerTenant, r.CognitiveEndpoint, r.AnchorNumber = "x", "y", "z"
		}), []string{"owner_tenant", "cognitive_endpoint", "anchor_number"}},

		"trunk":            {trunk.Trunk{FQDN: "E0.eu.sbc.example.", Port: 5061, Resource: "eu-1", Kind: trunk.Builtin}.Normalize().Validate(), nil},
		"empty trunk":      {trunk.Trunk{}.Validate(), []string{"fqdn", "port", "resource", "kind"}},
		"an address":       {trunk.Trunk{FQDN: "192.0.2.1", Port: 5061, Resource: "eu-1", Kind: trunk.Builtin}.Validate(), []string{"fqdn"}},
		"one of Teams'":    {trunk.Trunk{FQDN: "t0.sbc.example", Port: 5061, Kind: trunk.Builtin, Connectivity: trunk.TeamsDirectRouting}.Validate(), nil},
		"of both":          {trunk.Trunk{FQDN: "t0.sbc.example", Port: 5061, Resource: "eu-1", Kind: trunk.Builtin, Connectivity: trunk.TeamsDirectRouting}.Validate(), []string{"resource"}},
		"of neither":       {trunk.Trunk{FQDN: "t0.sbc.example", Port: 5061, Kind: trunk.Builtin, Connectivity: trunk.TeamsPhoneExtensibility}.Validate(), []string{"connectivity"}},
		"a wildcard":       {trunk.Trunk{FQDN: "*.sbc.example", Port: 5061, Resource: "eu-1", Kind: trunk.Builtin}.Validate(), []string{"fqdn"}},
		"without a domain": {trunk.Trunk{FQDN: "sbc", Port: 5061, Resource: "eu-1", Kind: trunk.Builtin}.Validate(), []string{"fqdn"}},

		"digest":                {peer(trunk.Digest, asIs), nil},
		"address":               {peer(trunk.Address, asIs), nil},
		"certificate":           {peer(trunk.Certificate, asIs), nil},
		"empty peer":            {trunk.Peer{}.Validate(), []string{"name", "auth"}},
		"digest of nobody":      {trunk.Peer{Name: "p", Auth: trunk.Digest}.Validate(), []string{"username", "realm", "password"}},
		"a quote in the name":   {peer(trunk.Digest, func(p *trunk.Peer) { p.Username = `a"b` }), []string{"username"}},
		"address without one":   {trunk.Peer{Name: "p", Auth: trunk.Address}.Validate(), []string{"addresses"}},
		"loopback by address":   {peer(trunk.Address, network("127.0.0.1/32")), []string{"addresses[0]"}},
		"digest from loopback":  {peer(trunk.Digest, network("127.0.0.0/8")), nil},
		"everybody by address":  {peer(trunk.Address, network("0.0.0.0/0")), []string{"addresses[0]"}},
		"a name it cannot use":  {peer(trunk.Address, func(p *trunk.Peer) { p.Username = "x" }), []string{"username"}},
		"certificate of digest": {peer(trunk.Digest, func(p *trunk.Peer) { p.CertificateName = "a.b" }), []string{"certificate_name"}},
		"a mapped address":      {peer(trunk.Address, network("::ffff:192.0.2.0/120")), []string{"addresses[0]"}},
		"negative":              {peer(trunk.Digest, func(p *trunk.Peer) { p.MaxCalls = -1 }), []string{"max_calls"}},
		"a rule of nothing":     {peer(trunk.Digest, func(p *trunk.Peer) { p.NumberRules = []trunk.NumberRule{{AppliesTo: "called", Match: "("}} }), []string{"number_rules[0].applies_to", "number_rules[0].match"}},
		"a rule without match":  {peer(trunk.Digest, func(p *trunk.Peer) { p.NumberRules = []trunk.NumberRule{{AppliesTo: trunk.CallerOut}} }), []string{"number_rules[0].match"}},
		"33 rules":              {peer(trunk.Digest, func(p *trunk.Peer) { p.NumberRules = slices.Repeat([]trunk.NumberRule{{trunk.CalledIn, "a", ""}}, 33) }), []string{"number_rules"}},
		"another identity":      {peer(trunk.Digest, func(p *trunk.Peer) { p.Identity = "nobody" }), []string{"identity"}},
		"a ping to nowhere":     {peer(trunk.Digest, func(p *trunk.Peer) { p.PingSeconds = 30 }), []string{"ping_seconds"}},
		"too many a second":     {peer(trunk.Digest, func(p *trunk.Peer) { p.MaxCallsPerSecond = 10_001 }), []string{"max_calls_per_second"}},
		"prefixes to nowhere":   {peer(trunk.Digest, func(p *trunk.Peer) { p.DialPrefixes = []string{"+49"} }), []string{"dial_to"}},
		"bad prefixes": {peer(trunk.Digest, func(p *trunk.Peer) {
			p.DialTo, p.DialPrefixes = "sip:a.example", []string{"49", "+49", "+", "+0", "+49 30", "+1234567890123456"}
		}), []string{"dial_prefixes[0]", "dial_prefixes[2]", "dial_prefixes[3]", "dial_prefixes[4]", "dial_prefixes[5]"}},
		"a ping too often":  {peer(trunk.Digest, func(p *trunk.Peer) { p.PingSeconds, p.DialTo = 1, "sip:a.example" }), []string{"ping_seconds"}},
		"no network at all": {peer(trunk.Digest, func(p *trunk.Peer) { p.Addresses = make([]netip.Prefix, 1) }), []string{"addresses[0]"}},
		"65 networks": {peer(trunk.Digest, func(p *trunk.Peer) {
			p.Addresses = slices.Repeat([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, 65)
		}), []string{"addresses"}},
		"a fingerprint alone": {trunk.Peer{Name: "p", Auth: trunk.Certificate, CertificateFingerprints: []string{strings.Repeat("0f", 32)}}.Validate(), nil},
		"half a fingerprint":  {peer(trunk.Certificate, func(p *trunk.Peer) { p.CertificateFingerprints = []string{strings.Repeat("0f", 31)} }), []string{"certificate_fingerprints"}},
		"a fingerprint of another kind": {peer(trunk.Certificate, func(p *trunk.Peer) {
			p.CertificateFingerprints = []string{strings.Repeat("0f", 32), strings.Repeat("xy", 32)}
		}), []string{"certificate_fingerprints"}},
		"nine fingerprints":       {peer(trunk.Certificate, func(p *trunk.Peer) { p.CertificateFingerprints = slices.Repeat([]string{strings.Repeat("0f", 32)}, 9) }), []string{"certificate_fingerprints"}},
		"a fingerprint of digest": {peer(trunk.Digest, func(p *trunk.Peer) { p.CertificateFingerprints = []string{strings.Repeat("0f", 32)} }), []string{"certificate_fingerprints"}},
		"certificate for nobody":  {trunk.Peer{Name: "p", Auth: trunk.Certificate}.Validate(), []string{"certificate_name"}},
	} {
		if got := paths(t, c.err); !slices.Equal(got, c.want) {
			t.Errorf("%s: problems with %v, want %v (%v)", name, got, c.want, c.err)
		}
	}
}

// TestHA1 has the example of RFC 7616 §3.9.1.
func TestHA1(t *testing.T) {
	md5Hex, sha256Hex := trunk.HA1("Mufasa", "http-auth@example.org", "Circle of Life")
	if md5Hex != "3d78807defe7de2157e2b0b6573a855f" {
		t.Errorf("MD5 %s", md5Hex)
	}
	if sha256Hex != "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232" {
		t.Errorf("SHA-256 %s", sha256Hex)
	}
}

func TestAdmits(t *testing.T) {
	anywhere := trunk.Peer{Auth: trunk.Digest}
	here := trunk.Peer{Auth: trunk.Digest, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	nowhere := trunk.Peer{Auth: trunk.Address}
	for _, c := range []struct {
		p    trunk.Peer
		from string
		want bool
	}{
		{anywhere, "198.51.100.1", true},
		{here, "192.0.2.7", true},
		{here, "::ffff:192.0.2.7", true},
		{here, "198.51.100.1", false},
		{nowhere, "192.0.2.7", false},
	} {
		if got := c.p.Admits(netip.MustParseAddr(c.from)); got != c.want {
			t.Errorf("%v from %s: %v", c.p.Addresses, c.from, got)
		}
	}
}

func TestNormalizeMasks(t *testing.T) {
	before := trunk.Peer{Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.7/24")}}
	after := before.Normalize()
	if got := after.Addresses[0].String(); got != "192.0.2.0/24" {
		t.Error(got)
	}
	if before.Addresses[0].String() != "192.0.2.7/24" {
		t.Error("the original was changed")
	}
}

func TestConnectivity(t *testing.T) {
	before := trunk.Resource{MadeAt: trunk.DirectRoutingClosed.Add(-time.Second)}
	if !before.DirectRouting() || (trunk.Resource{MadeAt: trunk.DirectRoutingClosed}).DirectRouting() || (trunk.Resource{}).DirectRouting() {
		t.Error("the day of closing")
	}
}

func TestCheckAccessKey(t *testing.T) {
	for key, good := range map[string]bool{
		"": false, "!": false, "c2hvcnQ=": false, strings.Repeat("QUJD", 20): true,
	} {
		var p fault.Problems
		trunk.CheckAccessKey(&p, "access_key", key)
		if got := p.Err("x", "x") == nil; got != good {
			t.Errorf("%q: %v", key, got)
		}
	}
}
