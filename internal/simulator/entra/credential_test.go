package entra

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/signing"
)

// keyPair is a certificate of the app with its key.
type keyPair struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func makePair(until time.Duration) (keyPair, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return keyPair{}, err
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "tandem"}, NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(until)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return keyPair{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return keyPair{key, cert}, err
}

// pairs are one that is registered, one that is not, and one that ran out.
var pairs = sync.OnceValues(func() ([]keyPair, error) {
	var list []keyPair
	for _, until := range []time.Duration{time.Hour, time.Hour, -time.Hour} {
		p, err := makePair(until)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
})

// options are those of azidentity for a service of the test.
func options(t *testing.T, server *httptest.Server) (azcore.ClientOptions, []string) {
	t.Helper()
	pool := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: server.URL + "/"},
		Transport: &http.Client{Transport: transport}, Retry: policy.RetryOptions{MaxRetries: -1},
	}, []string{"*"}
}

func TestAzidentityWithCertificate(t *testing.T) {
	known, err := pairs()
	if err != nil {
		t.Fatal(err)
	}
	s, server := newService(t, func(c *Config) { c.Apps[0].Certificates = []*x509.Certificate{known[2].cert, known[0].cert} })
	client, tenants := options(t, server)
	for _, chain := range []bool{false, true} {
		for i, want := range []string{"", "AADSTS700027", "AADSTS700027"} {
			cred, err := azidentity.NewClientCertificateCredential(noRoles, clientID, []*x509.Certificate{known[i].cert}, crypto.PrivateKey(known[i].key), &azidentity.ClientCertificateCredentialOptions{
				ClientOptions: client, DisableInstanceDiscovery: true, AdditionallyAllowedTenants: tenants, SendCertificateChain: chain,
			})
			if err != nil {
				t.Fatal(err)
			}
			token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{scope}, TenantID: consented})
			if want != "" {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("certificate %d: %v", i, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if c, err := s.Verify(token.Token); err != nil || c.AppKind != byAssertion || c.Tenant != consented || len(c.Roles) != 1 {
				t.Errorf("%+v %v", c, err)
			}
		}
	}
}

// issuer is a foreign identity provider, such as a cluster's.
func foreignIssuer(t *testing.T) (*httptest.Server, *signing.Keys) {
	t.Helper()
	keys, err := published()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	t.Cleanup(func() {
		server.Client().CloseIdleConnections()
		server.Close()
	})
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, map[string]any{"issuer": server.URL, "jwks_uri": server.URL + "/keys", "authorization_endpoint": server.URL, "token_endpoint": server.URL})
	})
	mux.Handle("GET /keys", keys)
	return server, keys
}

func TestFederatedCredential(t *testing.T) {
	foreign, keys := foreignIssuer(t)
	const subject = "system:serviceaccount:tandem:api"
	s, server := newService(t, func(c *Config) {
		c.Client = foreign.Client()
		c.Apps[0].Federated = []Federated{{foreign.URL, subject, exchangeAudience}, {c.Origin + "/" + consented + "/v2.0", "nobody", exchangeAudience}}
	})
	client, tenants := options(t, server)
	now := time.Now()
	claims := func(change ...any) map[string]any {
		c := map[string]any{"iss": foreign.URL, "sub": subject, "aud": exchangeAudience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		for i := 0; i < len(change); i += 2 {
			c[change[i].(string)] = change[i+1]
		}
		return c
	}
	for name, c := range map[string]struct {
		claims map[string]any
		sign   func(any) (string, error)
		want   string
	}{
		"good":            {claims(), keys.Sign, ""},
		"several":         {claims("aud", []string{"x", exchangeAudience}), keys.Sign, ""},
		"other issuer":    {claims("iss", foreign.URL+"/"), keys.Sign, "AADSTS700211"},
		"no issuer":       {claims("iss", ""), keys.Sign, "AADSTS70021:"},
		"other subject":   {claims("sub", strings.ToUpper(subject)), keys.Sign, "AADSTS700213"},
		"other audience":  {claims("aud", "api://other"), keys.Sign, "AADSTS700212"},
		"expired":         {claims("exp", now.Add(-time.Hour).Unix()), keys.Sign, "AADSTS700024"},
		"other key":       {claims(), keys.SignUnpublished, "AADSTS700027"},
		"a person's":      {claims("iss", server.URL+"/"+consented+"/v2.0", "sub", "nobody"), s.Keys.Sign, "AADSTS700229"},
		"no token at all": {claims(), func(any) (string, error) { return "x.y.z", nil }, "AADSTS700027"},
	} {
		assertion, err := c.sign(c.claims)
		if err != nil {
			t.Fatal(err)
		}
		cred, err := azidentity.NewClientAssertionCredential(noRoles, clientID, func(context.Context) (string, error) { return assertion, nil }, &azidentity.ClientAssertionCredentialOptions{
			ClientOptions: client, DisableInstanceDiscovery: true, AdditionallyAllowedTenants: tenants,
		})
		if err != nil {
			t.Fatal(err)
		}
		token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{scope}, TenantID: consented})
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := s.Verify(token.Token); err != nil || got.AppKind != byAssertion {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

// An app stands for the managed identity: its token for the exchange is taken as
// the assertion of another app.
func TestOwnTokenAsAssertion(t *testing.T) {
	const identity = "b7c20000-0000-4000-8000-000000000002"
	s, server := newService(t, func(c *Config) {
		c.Apps = append(c.Apps, App{ClientID: identity, Secret: "secret"})
	})
	s.Client = server.Client()
	request := form("client_credentials", "client_id", identity, "scope", exchangeAudience+"/.default")
	first := exchange(t, server, consented, request)
	c, err := s.Verify(first.Access)
	if err != nil || c.Issuer != server.URL+"/"+consented+"/v2.0" {
		t.Fatalf("%+v %v", c, err)
	}
	s.Apps[0].Federated = []Federated{{c.Issuer, c.Subject, exchangeAudience}}
	request = form("client_credentials", "client_secret", "", "scope", scope, "client_assertion_type", assertionType, "client_assertion", first.Access)
	if a := exchange(t, server, consented, request); a.Status != 200 {
		t.Errorf("%+v", a)
	}
}

func TestAssertions(t *testing.T) {
	known, err := pairs()
	if err != nil {
		t.Fatal(err)
	}
	s, server := newService(t, func(c *Config) { c.Apps[0].Certificates = []*x509.Certificate{known[0].cert, known[2].cert} })
	long, short := sha256.Sum256(known[0].cert.Raw), sha1.Sum(known[0].cert.Raw)
	old := sha256.Sum256(known[2].cert.Raw)
	now := time.Now()
	type change = map[string]any
	for name, c := range map[string]struct {
		alg    jose.SignatureAlgorithm
		header change
		claims change
		key    int
		code   int
	}{
		"PS256, x5t#S256, standard": {jose.PS256, change{"x5t#S256": base64.StdEncoding.EncodeToString(long[:])}, nil, 0, 0},
		"PS256, x5t#S256, url":      {jose.PS256, change{"x5t#S256": base64.RawURLEncoding.EncodeToString(long[:])}, nil, 0, 0},
		"RS256, x5t, url":           {jose.RS256, change{"x5t": base64.RawURLEncoding.EncodeToString(short[:])}, nil, 0, 0},
		"RS256, x5t, standard":      {jose.RS256, change{"x5t": base64.StdEncoding.EncodeToString(short[:])}, nil, 0, 0},
		"RS256, x5t#S256, padded":   {jose.RS256, change{"x5t#S256": base64.URLEncoding.EncodeToString(long[:])}, nil, 0, 0},
		"audience is the issuer":    {jose.RS256, nil, change{"aud": server.URL + "/" + consented + "/v2.0"}, 0, 0},
		"audience by domain":        {jose.RS256, nil, change{"aud": server.URL + "/contoso.example/oauth2/v2.0/token"}, 0, 0},
		"RS384":                     {jose.RS384, nil, nil, 0, 700027},
		"no thumbprint":             {jose.RS256, change{}, nil, 0, 700027},
		"thumbprint of nobody":      {jose.RS256, change{"x5t": "AAAA"}, nil, 0, 700027},
		"thumbprint not base64":     {jose.RS256, change{"x5t": "!"}, nil, 0, 700027},
		"other key":                 {jose.RS256, nil, nil, 1, 700027},
		"certificate ran out":       {jose.RS256, change{"x5t#S256": base64.RawURLEncoding.EncodeToString(old[:])}, nil, 2, 700027},
		"other subject":             {jose.RS256, nil, change{"sub": "x"}, 0, 700021},
		"other issuer":              {jose.RS256, nil, change{"iss": "x"}, 0, 700211},
		"audience elsewhere":        {jose.RS256, nil, change{"aud": "https://evil.example/oauth2/v2.0/token"}, 0, 700023},
		"audience other tenant":     {jose.RS256, nil, change{"aud": server.URL + "/" + without + "/oauth2/v2.0/token"}, 0, 700023},
		"expired":                   {jose.RS256, nil, change{"exp": now.Add(-6 * time.Minute).Unix()}, 0, 700024},
		"too early":                 {jose.RS256, nil, change{"nbf": now.Add(6 * time.Minute).Unix()}, 0, 700024},
		"without end":               {jose.RS256, nil, change{"exp": nil}, 0, 700024},
	} {
		t.Run(name, func(t *testing.T) {
			o := (&jose.SignerOptions{}).WithType("JWT")
			if c.header == nil {
				c.header = change{"x5t#S256": base64.RawURLEncoding.EncodeToString(long[:])}
			}
			for k, v := range c.header {
				o = o.WithHeader(jose.HeaderKey(k), v)
			}
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: c.alg, Key: known[c.key].key}, o)
			if err != nil {
				t.Fatal(err)
			}
			claims := change{
				"iss": clientID, "sub": clientID, "aud": server.URL + "/" + consented + "/oauth2/v2.0/token", "jti": name,
				"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
			}
			for k, v := range c.claims {
				claims[k] = v
				if v == nil {
					delete(claims, k)
				}
			}
			assertion, err := jwt.Signed(signer).Claims(claims).Serialize()
			if err != nil {
				t.Fatal(err)
			}
			a := exchange(t, server, consented, form("client_credentials", "client_secret", "", "scope", scope, "client_assertion_type", assertionType, "client_assertion", assertion))
			switch {
			case c.code == 0:
				if got, err := s.Verify(a.Access); err != nil || got.AppKind != byAssertion {
					t.Errorf("%+v %v", a, err)
				}
			case a.Status != 401 || a.Error != "invalid_client" || a.Codes[0] != c.code:
				t.Errorf("%+v, want %d", a, c.code)
			}
		})
	}
}

func TestClientCredentials(t *testing.T) {
	s, server := newService(t, func(c *Config) {
		c.Apps[0].Secrets = []Secret{{Value: "next"}, {Value: "old", Expires: time.Now().Add(-time.Minute)}, {Value: "ends", Expires: time.Now().Add(time.Hour)}}
	})
	for _, c := range []struct {
		name, tenant string
		pairs        []string
		code         int
	}{
		{"next secret", consented, []string{"client_secret", "next"}, 0},
		{"secret that will expire", consented, []string{"client_secret", "ends"}, 0},
		{"expired secret", consented, []string{"client_secret", "old"}, 7000222},
		{"assertion without type", consented, []string{"client_secret", "", "client_assertion", "x"}, 900144},
		{"no grant", consented, []string{"grant_type", ""}, 900144},
		{"no client", consented, []string{"client_id", ""}, 900144},
		{"common", "common", nil, 9001023},
		{"organizations", "organizations", nil, 50059},
		{"two resources", consented, []string{"scope", scope + " https://other.example/.default"}, 28000},
		{"no resource", consented, []string{"scope", "openid"}, 1002012},
		{"domain", "contoso.example", nil, 0},
	} {
		a := exchange(t, server, c.tenant, form("client_credentials", append([]string{"scope", scope}, c.pairs...)...))
		if c.code == 0 && a.Status != 200 || c.code != 0 && (len(a.Codes) != 1 || a.Codes[0] != c.code) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}

	r := httptest.NewRequest(http.MethodPost, "/"+consented+"/oauth2/v2.0/token", strings.NewReader("grant_type=client_credentials&scope="+scope))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(clientID, "secret")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("Basic: %d %s", w.Code, w.Body)
	}

	for range 20 {
		if c, seconds, _ := appToken(t, s, server, consented); seconds < 3599 || seconds > 5400 || c.Capabilities != nil {
			t.Fatalf("a token lives %d s", seconds)
		}
	}
	a := exchange(t, server, consented, form("client_credentials", "scope", scope, "claims", `{"access_token":{"xms_cc":{"values":["CP1"]}}}`))
	if c, err := s.Verify(a.Access); err != nil || a.Expires < 20*3600 || c.Capabilities == nil {
		t.Errorf("continuous access evaluation: %d s", a.Expires)
	}
	if err := s.Faults.Set(faults.Fault{Knob: faults.EntraStatus, Scope: consented, Value: "503", Times: 1}); err != nil {
		t.Fatal(err)
	}
	res, err := server.Client().PostForm(server.URL+"/"+consented+"/oauth2/v2.0/token", form("client_credentials", "scope", scope))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("status fault: %d %v", res.StatusCode, res.Header)
	}
}

// A refusal has every member that Microsoft documents.
func TestErrorBody(t *testing.T) {
	_, server := newService(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/"+without+"/oauth2/v2.0/token", strings.NewReader(form("client_credentials", "scope", scope).Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("client-request-id", "8d1f0000-0000-4000-8000-000000000001")
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var b struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Timestamp   string `json:"timestamp"`
		Trace       string `json:"trace_id"`
		Correlation string `json:"correlation_id"`
		URI         string `json:"error_uri"`
	}
	if err := json.NewDecoder(res.Body).Decode(&b); err != nil {
		t.Fatal(err)
	}
	_, err = time.Parse(timestampFormat, b.Timestamp)
	want := "AADSTS700016: Application with identifier '" + clientID + "' was not found in the directory 'Fabrikam'."
	if err != nil || b.Error != "unauthorized_client" || !strings.HasPrefix(b.Description, want) || !strings.HasSuffix(b.Description, "Trace ID: "+b.Trace+" Correlation ID: "+b.Correlation+" Timestamp: "+b.Timestamp) ||
		b.Correlation != "8d1f0000-0000-4000-8000-000000000001" || b.URI != server.URL+"/error?code=700016" {
		t.Errorf("%+v %v", b, err)
	}
}
