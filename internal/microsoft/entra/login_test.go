package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	ada         = "77777777-7777-4777-8777-777777777777"
	redirect    = "https://portal.example.net/portal/signed-in"
	globalAdmin = "62e90394-69f5-4237-9190-012177145e10"
)

// signingKey makes one a test run; making an RSA key takes its time.
var signingKey, strangersKey = sync.OnceValue(makeKey), sync.OnceValue(makeKey)

func makeKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// published is an entry of a key set.
type published struct {
	kid, issuer string
	key         *rsa.PrivateKey
}

// login is Entra's side of the code flow. It is strict: a request that is not
// exactly what RFC 6749 and RFC 7636 want is a failure of the test.
type login struct {
	*httptest.Server
	t          *testing.T
	credential func(url.Values) error
	now        func() time.Time

	mu      sync.Mutex
	keys    []published
	fetches int    // of the key set
	away    bool   // everything answers 503
	refusal string // of the token endpoint, instead of a token
	issued  map[string]url.Values
	claims  func(c map[string]any)             // changes what an id_token says
	sign    func(claims map[string]any) string // nil: as Entra does
	found   func(document map[string]any)      // changes the discovery document
	tokens  []url.Values                       // requests for tokens
}

func newLogin(t *testing.T) *login {
	t.Helper()
	l := &login{t: t, now: time.Now, issued: map[string]url.Values{}}
	l.credential = func(form url.Values) error {
		if form.Get("client_secret") != "hush" {
			return fmt.Errorf("not the secret")
		}
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /organizations/v2.0/.well-known/openid-configuration", l.discovery)
	mux.HandleFunc("GET /organizations/discovery/v2.0/keys", l.keySet)
	mux.HandleFunc("POST /organizations/oauth2/v2.0/token", l.token)
	l.Server = httptest.NewTLSServer(mux)
	t.Cleanup(l.Close)
	l.keys = []published{{"k1", l.template(), signingKey()}}
	return l
}

func (l *login) template() string { return l.URL + "/{tenantid}/v2.0" }

func (l *login) discovery(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	base := l.URL + "/organizations"
	d := map[string]any{
		"issuer": l.template(), "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
		"jwks_uri": base + "/discovery/v2.0/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
	}
	if l.found != nil {
		l.found(d)
	}
	answer(w, http.StatusOK, d)
}

func (l *login) keySet(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fetches++
	if l.away {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	all := []any{map[string]any{"kty": "EC", "kid": "k1", "use": "sig"}, map[string]any{"kty": "RSA", "use": "enc", "kid": "k1"}}
	for _, k := range l.keys {
		all = append(all, map[string]any{
			"kty": "RSA", "use": "sig", "kid": k.kid, "issuer": k.issuer, "e": "AQAB",
			"n": base64.RawURLEncoding.EncodeToString(k.key.N.Bytes()),
		})
	}
	answer(w, http.StatusOK, map[string]any{"keys": all})
}

// authorize is a person who signs in: it checks the address he was sent to and
// returns the code that his browser brings back.
func (l *login) authorize(address string) string {
	l.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		l.t.Fatal(err)
	}
	q := u.Query()
	want := map[string]string{
		"client_id": "app", "response_type": "code", "redirect_uri": redirect, "response_mode": "query", "scope": "openid profile",
		"code_challenge_method": "S256", "prompt": "select_account",
	}
	for k, v := range want {
		if q.Get(k) != v {
			l.t.Errorf("%s is %q, want %q", k, q.Get(k), v)
		}
	}
	if u.Host != l.Listener.Addr().String() || u.Path != "/organizations/oauth2/v2.0/authorize" || q.Get("state") == "" || q.Get("nonce") == "" || len(q.Get("code_challenge")) != 43 {
		l.t.Errorf("sent to %s", address)
	}
	code := rand.Text()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.issued[code] = q
	return code
}

func (l *login) token(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := r.ParseForm(); err != nil {
		l.t.Error(err)
	}
	f := r.PostForm
	l.tokens = append(l.tokens, f)
	refuse := func(status int, oauth string, number int) {
		answer(w, status, map[string]any{
			"error": oauth, "error_description": fmt.Sprintf("AADSTS%d: Some text.\r\nTrace ID: t", number), "error_codes": []int{number}, "correlation_id": "corr",
		})
	}
	asked, known := l.issued[f.Get("code")]
	delete(l.issued, f.Get("code"))
	challenge := sha256.Sum256([]byte(f.Get("code_verifier")))
	switch {
	case l.away:
		w.WriteHeader(http.StatusServiceUnavailable)
	case l.refusal != "":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, l.refusal)
	case r.URL.RawQuery != "" || f.Get("grant_type") != "authorization_code" || f.Get("client_id") != "app" || r.Header.Get("Authorization") != "":
		refuse(http.StatusBadRequest, "invalid_request", 9002313)
	case l.credential(f) != nil:
		refuse(http.StatusUnauthorized, "invalid_client", 7000215)
	case !known || f.Get("redirect_uri") != asked.Get("redirect_uri"):
		refuse(http.StatusBadRequest, "invalid_grant", 54005)
	case base64.RawURLEncoding.EncodeToString(challenge[:]) != asked.Get("code_challenge"):
		refuse(http.StatusBadRequest, "invalid_grant", 501481)
	default:
		c := l.person(asked.Get("nonce"))
		if l.claims != nil {
			l.claims(c)
		}
		var raw string
		if l.sign != nil {
			raw = l.sign(c)
		} else {
			raw = l.signed(jose.RS256, signingKey(), "k1", c)
		}
		answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": "opaque", "id_token": raw})
	}
}

// person is what an id_token of Ada says (facts/entra-graph-teams.md §1.5).
func (l *login) person(nonce string) map[string]any {
	now := l.now().Unix()
	return map[string]any{
		"ver": "2.0", "iss": l.URL + "/" + fabrikam + "/v2.0", "aud": "app", "exp": now + 3600, "iat": now, "nbf": now, "tid": fabrikam,
		"oid": ada, "sub": "pairwise", "name": "Ada Admin", "preferred_username": "ada@fabrikam.example", "nonce": nonce,
		"wids": []string{globalAdmin, "b79fbf4d-3ef9-4689-8143-76b194e85509"},
	}
}

func (l *login) signed(alg jose.SignatureAlgorithm, key any, kid string, c map[string]any) string {
	l.t.Helper()
	o := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		o = o.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		l.t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(c).Serialize()
	if err != nil {
		l.t.Fatal(err)
	}
	return raw
}

func (l *login) config() Config {
	return Config{HomeTenant: home, ClientID: "app", ClientSecret: "hush", Authority: l.URL + "/", HTTP: l.Client(), Now: l.now}
}

func (l *login) signIn(c Config) *SignIn {
	l.t.Helper()
	s, err := NewSignIn(c)
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

func newTrip() Trip {
	return Trip{RedirectURI: redirect, State: rand.Text(), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text()}
}

// through is one sign-in from end to end.
func (l *login) through(s *SignIn) (Person, error) {
	l.t.Helper()
	t := newTrip()
	address, err := s.URL(l.t.Context(), t)
	if err != nil {
		return Person{}, err
	}
	return s.Redeem(l.t.Context(), t, l.authorize(address))
}

// without is a change of claims.
func without(names ...string) func(map[string]any) {
	return func(c map[string]any) {
		maps.DeleteFunc(c, func(k string, _ any) bool {
			for _, n := range names {
				if k == n {
					return true
				}
			}
			return false
		})
	}
}

func with(name string, value any) func(map[string]any) {
	return func(c map[string]any) { c[name] = value }
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
