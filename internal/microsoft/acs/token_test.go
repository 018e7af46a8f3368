package acs

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tandem/internal/fault"
)

// issuer signs tokens and publishes its keys, as Microsoft does.
type issuer struct {
	url     string
	fetches atomic.Int32
	broken  atomic.Bool
	mu      sync.Mutex
	public  []jose.JSONWebKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	srv := httptest.NewServer(i)
	t.Cleanup(srv.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	i.url = srv.URL
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	i.fetches.Add(1)
	if i.broken.Load() {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: i.public})
}

// RoundTrip lets the issuer be asked without a network.
func (i *issuer) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	i.ServeHTTP(w, req)
	return w.Result(), nil
}

// newKey makes a key pair that is not published yet.
func newKey(t *testing.T, id string) jose.JSONWebKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: k, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"}
}

func (i *issuer) publish(keys ...jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.public = nil
	for _, k := range keys {
		i.public = append(i.public, k.Public())
	}
}

func token(t *testing.T, key jose.JSONWebKey, alg jose.SignatureAlgorithm, claims map[string]any) string {
	t.Helper()
	var k any = key
	if alg == jose.HS256 {
		k = []byte("a shared secret that nobody agreed upon")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: k}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// claims of a good token, changed by pairs of name and value; nil removes.
func (i *issuer) claims(now time.Time, change ...any) map[string]any {
	c := map[string]any{"iss": i.url, "aud": testAud, "nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	for n := 0; n < len(change); n += 2 {
		if change[n+1] == nil {
			delete(c, change[n].(string))
			continue
		}
		c[change[n].(string)] = change[n+1]
	}
	return c
}

func TestVerify(t *testing.T) {
	i := newIssuer(t)
	key, other := newKey(t, "one"), newKey(t, "two")
	forged := newKey(t, "one") // says it is the published one
	i.publish(key)
	now := testTime
	v := newVerifier(i.url, i.url, nil, func() time.Time { return now })
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"`+i.url+`","aud":"`+testAud+`","exp":9999999999}`)) + "."
	good := token(t, key, jose.RS256, i.claims(now))
	for _, c := range []struct {
		name, header string
		good         bool
	}{
		{"good", "Bearer " + good, true},
		{"good, scheme in lower case", "bearer " + good, true},
		{"one audience of several", "Bearer " + token(t, key, jose.RS256, i.claims(now, "aud", []string{"x", testAud})), true},
		{"no nbf", "Bearer " + token(t, key, jose.RS256, i.claims(now, "nbf", nil)), true},
		{"expired within the leeway", "Bearer " + token(t, key, jose.RS256, i.claims(now, "exp", now.Add(-50*time.Second).Unix())), true},
		{"clock of ours behind", "Bearer " + token(t, key, jose.RS256, i.claims(now, "nbf", now.Add(50*time.Second).Unix())), true},
		{"nothing", "", false},
		{"no scheme", good, false},
		{"another scheme", "Basic " + good, false},
		{"rubbish", "Bearer x.y.z", false},
		{"wrong audience", "Bearer " + token(t, key, jose.RS256, i.claims(now, "aud", "00000000-0000-4000-8000-000000000000")), false},
		{"no audience", "Bearer " + token(t, key, jose.RS256, i.claims(now, "aud", nil)), false},
		{"wrong issuer", "Bearer " + token(t, key, jose.RS256, i.claims(now, "iss", "https://evil.invalid")), false},
		{"expired", "Bearer " + token(t, key, jose.RS256, i.claims(now, "exp", now.Add(-2*time.Minute).Unix())), false},
		{"no expiry", "Bearer " + token(t, key, jose.RS256, i.claims(now, "exp", nil)), false},
		{"not good yet", "Bearer " + token(t, key, jose.RS256, i.claims(now, "nbf", now.Add(2*time.Minute).Unix())), false},
		{"unknown key id", "Bearer " + token(t, other, jose.RS256, i.claims(now)), false},
		{"forged with a known key id", "Bearer " + token(t, forged, jose.RS256, i.claims(now)), false},
		{"alg none", "Bearer " + none, false},
		{"alg HS256", "Bearer " + token(t, key, jose.HS256, i.claims(now)), false},
		{"alg PS256", "Bearer " + token(t, jose.JSONWebKey{Key: key.Key, KeyID: "one"}, jose.PS256, i.claims(now)), false},
	} {
		err := v.verify(t.Context(), c.header, testAud)
		if c.good && err != nil || !c.good && fault.KindOf(err) != fault.KindUnauthenticated {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := v.verify(t.Context(), "Bearer "+good, ""); fault.KindOf(err) != fault.KindUnauthenticated {
		t.Errorf("a resource without an immutable id: %v", err)
	}
}

// TestTokenAgain: a token that was good counts for a while without its key, but never
// past its time and never for another resource.
func TestTokenAgain(t *testing.T) { synctest.Test(t, testTokenAgain) }

func testTokenAgain(t *testing.T) {
	i := &issuer{url: "https://issuer.example.com"}
	first, second := newKey(t, "one"), newKey(t, "two")
	i.publish(first)
	now := testTime
	v := newVerifier(i.url, i.url, &http.Client{Transport: i}, func() time.Time { return now })
	short := token(t, first, jose.RS256, i.claims(now, "exp", now.Add(time.Minute).Unix()))
	long := token(t, first, jose.RS256, i.claims(now, "exp", now.Add(time.Hour).Unix()))
	check := func(name, raw, audience string, want fault.Kind) {
		t.Helper()
		synctest.Wait() // go-oidc files the keys after it has told them
		if err := v.verify(t.Context(), "Bearer "+raw, audience); fault.KindOf(err) != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	check("short", short, testAud, fault.KindNone)
	check("long", long, testAud, fault.KindNone)
	check("long, for another", long, "00000000-0000-4000-8000-000000000000", fault.KindUnauthenticated)
	i.publish(second)
	now = now.Add(keysInterval)
	check("of the new key", token(t, second, jose.RS256, i.claims(now)), testAud, fault.KindNone)
	check("another of the old key", token(t, first, jose.RS256, i.claims(now)), testAud, fault.KindUnauthenticated)
	check("short again", short, testAud, fault.KindNone)
	now = testTime.Add(time.Minute + tokenLeeway + time.Second)
	check("short past its time", short, testAud, fault.KindUnauthenticated)
	check("long again", long, testAud, fault.KindNone)
	now = testTime.Add(trustFor)
	check("long when its key is long gone", long, testAud, fault.KindUnauthenticated)
}

func TestKeyRotation(t *testing.T) { synctest.Test(t, testKeyRotation) }

func testKeyRotation(t *testing.T) {
	i := &issuer{url: "https://issuer.example.com"}
	first, second, made := newKey(t, "one"), newKey(t, "two"), newKey(t, "made up")
	i.publish(first)
	now := testTime
	v := newVerifier(i.url, i.url, &http.Client{Transport: i}, func() time.Time { return now })
	check := func(name string, k jose.JSONWebKey, want fault.Kind, fetches int32) {
		t.Helper()
		synctest.Wait() // go-oidc files the keys after it has told them
		err := v.verify(t.Context(), "Bearer "+token(t, k, jose.RS256, i.claims(now)), testAud)
		if fault.KindOf(err) != want || i.fetches.Load() != fetches {
			t.Errorf("%s: %v after %d fetches, want %q after %d", name, err, i.fetches.Load(), want, fetches)
		}
	}
	check("first", first, fault.KindNone, 1)
	for range 20 { // made-up key ids cost one fetch in an interval, not twenty
		check("made up", made, fault.KindUnauthenticated, 1)
	}
	now = now.Add(keysInterval)
	i.publish(first, second)
	check("second", second, fault.KindNone, 2)
	check("first still", first, fault.KindNone, 2)
	now = now.Add(keysInterval)
	i.publish(second)
	check("made up", made, fault.KindUnauthenticated, 3)
	check("first no more", first, fault.KindUnauthenticated, 3)
	i.broken.Store(true)
	now = now.Add(keysInterval)
	check("known key, keys away", second, fault.KindNone, 3)
	check("unknown key, keys away", made, fault.KindUnavailable, 4)
	check("unknown key, keys just tried", made, fault.KindUnavailable, 4)
	i.broken.Store(false)
	now = now.Add(keysRetry)
	check("made up, keys back", made, fault.KindUnauthenticated, 5)
}
