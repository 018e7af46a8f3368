package entra

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tandem/internal/fault"
)

func TestSignIn(t *testing.T) {
	l := newLogin(t)
	l.claims = func(c map[string]any) {
		c["tid"], c["iss"] = strings.ToUpper(fabrikam), l.URL+"/"+fabrikam+"/v2.0"
		c["roles"] = []string{"Tandem.Viewer"}
	}
	s := l.signIn(l.config())
	got, err := l.through(s)
	want := Person{
		TenantID: fabrikam, OID: ada, Name: "Ada Admin", Username: "ada@fabrikam.example",
		DirectoryRoles: []string{globalAdmin, "b79fbf4d-3ef9-4689-8143-76b194e85509"}, AppRoles: []string{"Tandem.Viewer"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := l.through(s); err != nil || l.fetches != 1 {
		t.Errorf("%v after %d fetches of the keys", err, l.fetches)
	}
}

// A code is good once, with its own verifier and for its own address.
func TestRedemption(t *testing.T) {
	l := newLogin(t)
	s := l.signIn(l.config())
	begin := func() (Trip, string) {
		trip := newTrip()
		address, err := s.URL(t.Context(), trip)
		if err != nil {
			t.Fatal(err)
		}
		return trip, l.authorize(address)
	}
	trip, code := begin()
	if _, err := s.Redeem(t.Context(), trip, code); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Redeem(t.Context(), trip, code); fault.CodeOf(err) != "try_again" {
		t.Errorf("twice: %v", err)
	}
	trip, code = begin()
	trip.Verifier = newTrip().Verifier
	if _, err := s.Redeem(t.Context(), trip, code); fault.CodeOf(err) != "try_again" {
		t.Errorf("another verifier: %v", err)
	}
	trip, code = begin()
	trip.Nonce = "other"
	if _, err := s.Redeem(t.Context(), trip, code); fault.CodeOf(err) != "sign_in_not_proved" {
		t.Errorf("another nonce: %v", err)
	}
	asked := len(l.tokens)
	for _, bad := range []string{"", strings.Repeat("x", maxCode+1)} {
		if _, err := s.Redeem(t.Context(), newTrip(), bad); fault.CodeOf(err) != "sign_in_not_proved" {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	if len(l.tokens) != asked {
		t.Error("nonsense reached Entra")
	}
}

// TestForgedTokens: each is refused, and for the reason meant: the same token
// without the forgery is taken in TestSignIn.
func TestForgedTokens(t *testing.T) {
	l := newLogin(t)
	l.keys = append(l.keys, published{"contosos", l.URL + "/" + contoso + "/v2.0", strangersKey()},
		published{"personal", l.URL + "/" + consumers + "/v2.0", strangersKey()})
	now := time.Now().Unix()
	none := func(c map[string]any) string {
		payload, _ := json.Marshal(c)
		enc := base64.RawURLEncoding.EncodeToString
		return enc([]byte(`{"alg":"none","kid":"k1"}`)) + "." + enc(payload) + "."
	}
	public, err := x509.MarshalPKIXPublicKey(signingKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		claims func(map[string]any)
		sign   func(map[string]any) string
		why    string
		code   string
	}{
		"alg none":                    {nil, none, `unexpected signature algorithm "none"`, ""},
		"HS256 with the public key":   {nil, func(c map[string]any) string { return l.signed(jose.HS256, public, "k1", c) }, `unexpected signature algorithm "HS256"`, ""},
		"PS256":                       {nil, func(c map[string]any) string { return l.signed(jose.PS256, signingKey(), "k1", c) }, "unexpected signature algorithm", ""},
		"RS384":                       {nil, func(c map[string]any) string { return l.signed(jose.RS384, signingKey(), "k1", c) }, "unexpected signature algorithm", ""},
		"stranger's key":              {nil, func(c map[string]any) string { return l.signed(jose.RS256, strangersKey(), "k1", c) }, "error in cryptographic primitive", ""},
		"key that nobody publishes":   {nil, func(c map[string]any) string { return l.signed(jose.RS256, strangersKey(), "k9", c) }, "nobody knows the key", ""},
		"no key id":                   {nil, func(c map[string]any) string { return l.signed(jose.RS256, signingKey(), "", c) }, "nobody knows the key", ""},
		"another tenant's key":        {nil, func(c map[string]any) string { return l.signed(jose.RS256, strangersKey(), "contosos", c) }, "the key is another issuer's", ""},
		"key for personal accounts":   {nil, func(c map[string]any) string { return l.signed(jose.RS256, strangersKey(), "personal", c) }, "the key is another issuer's", ""},
		"personal account":            {func(c map[string]any) { c["tid"], c["iss"] = consumers, l.URL+"/"+consumers+"/v2.0" }, nil, "", "personal_account"},
		"another client":              {with("aud", "other"), nil, "expected audience", ""},
		"another client beside us":    {with("aud", []string{"app", "other"}), nil, "not for us alone", ""},
		"no audience":                 {without("aud"), nil, "expected audience", ""},
		"another nonce":               {with("nonce", "x"), nil, "nonce", ""},
		"no nonce":                    {without("nonce"), nil, "nonce", ""},
		"issuer of another tenant":    {with("iss", l.URL+"/"+contoso+"/v2.0"), nil, "issuer", ""},
		"tenant of another issuer":    {with("tid", contoso), nil, "issuer", ""},
		"issuer of version 1":         {with("iss", "https://sts.windows.net/"+fabrikam+"/"), nil, "issuer", ""},
		"issuer of another host":      {with("iss", "https://login.example.com/"+fabrikam+"/v2.0"), nil, "issuer", ""},
		"issuer with a slash more":    {with("iss", l.URL+"/"+fabrikam+"/v2.0/"), nil, "issuer", ""},
		"tenant that is no GUID":      {func(c map[string]any) { c["tid"], c["iss"] = "organizations", l.URL+"/organizations/v2.0" }, nil, "issuer", ""},
		"template for a tenant":       {func(c map[string]any) { c["tid"], c["iss"] = "{tenantid}", l.template() }, nil, "issuer", ""},
		"no tenant":                   {without("tid"), nil, "issuer", ""},
		"nobody":                      {without("oid"), nil, "names nobody", ""},
		"expired":                     {with("exp", now-301), nil, "expired", ""},
		"never expires":               {without("exp"), nil, "expired", ""},
		"issued tomorrow":             {with("iat", now+86400), nil, "not good yet", ""},
		"issued never":                {without("iat"), nil, "not good yet", ""},
		"not before tomorrow":         {with("nbf", now+86400), nil, "not good yet", ""},
		"roles that are no list":      {with("wids", globalAdmin), nil, "unmarshal", ""},
		"no token":                    {nil, func(map[string]any) string { return "" }, "0 bytes", ""},
		"no JWT":                      {nil, func(map[string]any) string { return "a.b.c" }, "malformed", ""},
		"huge":                        {nil, func(map[string]any) string { return strings.Repeat("a", maxToken+1) }, "bytes", ""},
		"two signatures, one is good": {nil, func(c map[string]any) string { return l.twice(c) }, "", ""},
	} {
		l.claims, l.sign = v.claims, v.sign
		if v.code == "" {
			v.code = "sign_in_not_proved"
		}
		p, err := l.through(l.signIn(l.config()))
		if fault.CodeOf(err) != v.code || !strings.Contains(err.Error(), v.why) || p.OID != "" {
			t.Errorf("%s: %+v %v", name, p, err)
		}
	}
}

// twice is a token in JSON form with two signatures.
func (l *login) twice(c map[string]any) string {
	signer, err := jose.NewMultiSigner([]jose.SigningKey{{Algorithm: jose.RS256, Key: signingKey()}, {Algorithm: jose.RS256, Key: strangersKey()}}, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	payload, _ := json.Marshal(c)
	jws, err := signer.Sign(payload)
	if err != nil {
		l.t.Fatal(err)
	}
	return jws.FullSerialize()
}

// Clocks differ by some minutes.
func TestSkew(t *testing.T) {
	l := newLogin(t)
	now := time.Now().Unix()
	l.claims = func(c map[string]any) { c["exp"], c["iat"], c["nbf"] = now-200, now+200, now+200 }
	if _, err := l.through(l.signIn(l.config())); err != nil {
		t.Error(err)
	}
}

// TestKeyRollover: a new key is found, made-up ones do not make us fetch, and
// Entra's absence is told from forgery.
func TestKeyRollover(t *testing.T) {
	l := newLogin(t)
	clock := time.Now()
	l.now = func() time.Time { return clock }
	s := l.signIn(l.config())
	step := func(d time.Duration, code string, fetches int) {
		t.Helper()
		clock = clock.Add(d)
		if _, err := l.through(s); fault.CodeOf(err) != code || l.fetches != fetches {
			t.Errorf("%v after %d fetches, want %q after %d", err, l.fetches, code, fetches)
		}
	}
	step(0, "", 1)
	l.sign = func(c map[string]any) string { return l.signed(jose.RS256, strangersKey(), "k2", c) }
	step(time.Minute, "sign_in_not_proved", 1) // too soon after the last fetch
	l.keys = append(l.keys, published{"k2", l.template(), strangersKey()})
	step(time.Minute, "sign_in_not_proved", 1)
	step(4*time.Minute, "", 2)
	l.sign = func(c map[string]any) string { return l.signed(jose.RS256, strangersKey(), rand.Text(), c) }
	step(time.Minute, "sign_in_not_proved", 2)
	step(time.Minute, "sign_in_not_proved", 2)
	l.sign = nil
	l.keys = l.keys[1:] // k1 is withdrawn
	step(time.Minute, "", 2)
	step(time.Hour, "sign_in_not_proved", 3)
}

func TestEntraAway(t *testing.T) {
	l := newLogin(t)
	clock := time.Now()
	l.now = func() time.Time { return clock }
	s := l.signIn(l.config())
	l.away = true
	if _, err := s.URL(t.Context(), newTrip()); fault.CodeOf(err) != "entra_unavailable" {
		t.Errorf("discovery: %v", err)
	}
	l.away = false
	trip := newTrip()
	address, err := s.URL(t.Context(), trip)
	if err != nil {
		t.Fatal(err)
	}
	code := l.authorize(address)
	l.away = true
	if _, err := s.Redeem(t.Context(), trip, code); fault.CodeOf(err) != "entra_unavailable" {
		t.Errorf("token: %v", err)
	}
	keys := &keySet{url: l.URL + "/organizations/discovery/v2.0/keys", template: l.template(), http: l.Client(), now: l.now}
	raw := l.signed(jose.RS256, signingKey(), "k1", l.person("n"))
	if _, err := s.verify(t.Context(), keys, raw, "n"); fault.CodeOf(err) != "entra_unavailable" {
		t.Errorf("keys: %v", err)
	}
	l.away = false
	clock = clock.Add(keysRetry)
	if _, err := s.verify(t.Context(), keys, raw, "n"); err != nil {
		t.Errorf("keys are back: %v", err)
	}
	l.away = true // known keys stay good for a day
	clock = clock.Add(2 * time.Hour)
	raw = l.signed(jose.RS256, signingKey(), "k1", l.person("n"))
	if _, err := s.verify(t.Context(), keys, raw, "n"); err != nil {
		t.Errorf("keys of two hours ago: %v", err)
	}
	clock = clock.Add(keysGood)
	raw = l.signed(jose.RS256, signingKey(), "k1", l.person("n"))
	if _, err := s.verify(t.Context(), keys, raw, "n"); fault.CodeOf(err) != "entra_unavailable" {
		t.Errorf("keys of yesterday: %v", err)
	}
}

func TestOddDiscovery(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"another issuer": with("issuer", "https://login.example.com/{tenantid}/v2.0"),
		"plain http":     with("token_endpoint", "http://login.example.com/token"),
		"no keys":        without("jwks_uri"),
		"endless":        with("padding", strings.Repeat("x", maxAnswer)),
	} {
		l := newLogin(t)
		l.found = change
		if _, err := l.signIn(l.config()).URL(t.Context(), newTrip()); fault.CodeOf(err) != "entra_unavailable" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each kind of credential, seen from the token endpoint.
func TestCredentials(t *testing.T) {
	certificate, pemFile := newCertificate(t)
	assertion := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(assertion, []byte("federated\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	federated := func(form url.Values) error {
		if form.Get("client_assertion") != "federated" || form.Get("client_assertion_type") != assertionType || form.Has("client_secret") {
			return fmt.Errorf("%v", form)
		}
		return nil
	}
	l := newLogin(t)
	l.credential = func(form url.Values) error {
		token, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.PS256})
		if err != nil {
			return err
		}
		var c jwt.Claims
		if err := token.Claims(certificate.PublicKey, &c); err != nil {
			return err
		}
		if token.Headers[0].ExtraHeaders["x5t#S256"] == nil || c.ID == "" {
			t.Error("the assertion does not name its certificate or itself")
		}
		return c.Validate(jwt.Expected{Issuer: "app", Subject: "app", AnyAudience: jwt.Audience{l.URL + "/organizations/oauth2/v2.0/token"}, Time: time.Now()})
	}
	c := l.config()
	c.ClientSecret, c.Certificate = "", pemFile
	if _, err := l.through(l.signIn(c)); err != nil {
		t.Errorf("certificate: %v", err)
	}
	c.Certificate, c.AssertionFile = nil, assertion
	l.credential = federated
	s := l.signIn(c)
	if _, err := l.through(s); err != nil {
		t.Errorf("assertion: %v", err)
	}
	if err := os.WriteFile(assertion, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.through(s); fault.CodeOf(err) != "credential_rejected" {
		t.Errorf("no assertion: %v", err)
	}
	c.AssertionFile, c.ClientSecret = "", "wrong"
	l.credential = func(url.Values) error { return fmt.Errorf("no") }
	if _, err := l.through(l.signIn(c)); fault.CodeOf(err) != "credential_rejected" || strings.Contains(err.Error(), "wrong") {
		t.Errorf("wrong secret: %v", err)
	}
}

// newCertificate is a certificate as an operator makes one, and its PEM file.
func newCertificate(t *testing.T) (*x509.Certificate, []byte) {
	t.Helper()
	k := strangersKey()
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)},
		&x509.Certificate{}, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return c, append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
}

func TestBadSignInSettings(t *testing.T) {
	_, pemFile := newCertificate(t)
	good := Config{HomeTenant: home, ClientID: "app", ClientSecret: "hush"}
	for name, change := range map[string]func(*Config){
		"no credential":        func(c *Config) { c.ClientSecret = "" },
		"two credentials":      func(c *Config) { c.Certificate = pemFile },
		"certificate of words": func(c *Config) { c.ClientSecret, c.Certificate = "", []byte("words") },
		"certificate, no key": func(c *Config) {
			c.ClientSecret, c.Certificate = "", pemFile[:strings.Index(string(pemFile), "-----BEGIN PRIV")]
		},
		"plain http":     func(c *Config) { c.Authority = "http://login.example.com" },
		"path":           func(c *Config) { c.Authority = "https://login.example.com/entra" },
		"home is a name": func(c *Config) { c.HomeTenant = "contoso.com" },
		"no client":      func(c *Config) { c.ClientID = "" },
	} {
		c := good
		change(&c)
		if _, err := NewSignIn(c); fault.CodeOf(err) != "entra_config" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewSignIn(good); err != nil {
		t.Error(err)
	}
}
