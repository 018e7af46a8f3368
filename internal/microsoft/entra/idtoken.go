package entra

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"tandem/internal/fault"
)

const (
	skew       = 5 * time.Minute // between Entra's clock and ours
	keysFresh  = time.Hour       // then they are fetched again
	keysGood   = 24 * time.Hour  // then they are no longer used
	keysUnseen = 5 * time.Minute // at least, between two fetches for an unknown key
	keysRetry  = 5 * time.Second // after a failed fetch
	maxToken   = 32 << 10        // bytes of an id_token
)

var (
	notProved = fault.Unauthenticated("sign_in_not_proved", "Microsoft's answer does not prove who you are; start once more")
	personal  = fault.Forbidden("personal_account", "a personal Microsoft account cannot be used; choose a work account of your organisation")
)

// verify is facts/entra-graph-teams.md §1.6.
func (s *SignIn) verify(ctx context.Context, keys *keySet, raw, nonce string) (Person, error) {
	if raw == "" || len(raw) > maxToken {
		return Person{}, notProved.Because(fmt.Errorf("an id_token of %d bytes", len(raw)))
	}
	// go-oidc checks alg, signature and audience; it cannot check an issuer that
	// is a template, and has no leeway for exp.
	check := oidc.NewVerifier(s.template, keys, &oidc.Config{
		ClientID: s.c.ClientID, SupportedSigningAlgs: []string{oidc.RS256}, SkipIssuerCheck: true, SkipExpiryCheck: true, Now: s.c.Now,
	})
	var away error
	token, err := check.Verify(context.WithValue(ctx, awayKey{}, &away), raw)
	if away != nil {
		return Person{}, unavailable.Because(away)
	}
	if err != nil {
		return Person{}, notProved.Because(err)
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return Person{}, notProved.Because(err)
	}
	if err := c.check(s.template, s.c.ClientID, nonce, token.Audience, s.c.Now()); err != nil {
		return Person{}, notProved.Because(err)
	}
	if strings.EqualFold(c.TenantID, consumers) {
		return Person{}, personal
	}
	return Person{
		TenantID: strings.ToLower(c.TenantID), OID: strings.ToLower(c.OID), Name: c.Name, Username: c.Username,
		DirectoryRoles: c.DirectoryRoles, AppRoles: c.AppRoles,
	}, nil
}

// claims of an id_token, version 2.0 (§1.5).
type claims struct {
	Issuer         string   `json:"iss"`
	TenantID       string   `json:"tid"`
	OID            string   `json:"oid"`
	Nonce          string   `json:"nonce"`
	Expires        *float64 `json:"exp"`
	IssuedAt       *float64 `json:"iat"`
	NotBefore      *float64 `json:"nbf"`
	Name           string   `json:"name"`
	Username       string   `json:"preferred_username"`
	DirectoryRoles []string `json:"wids"`
	AppRoles       []string `json:"roles"`
}

func (c claims) check(template, clientID, nonce string, audience []string, now time.Time) error {
	early, late := float64(now.Add(-skew).Unix()), float64(now.Add(skew).Unix())
	switch {
	case !guid.MatchString(c.TenantID) || c.Issuer != issuerOf(template, c.TenantID):
		return errors.New("the issuer is not that of the tenant")
	case len(audience) != 1 || audience[0] != clientID: // go-oidc lets others stand beside us
		return errors.New("the token is not for us alone")
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return errors.New("the nonce is not ours")
	case !guid.MatchString(c.OID):
		return errors.New("the token names nobody")
	case c.Expires == nil || *c.Expires <= early:
		return errors.New("the token has expired")
	case c.IssuedAt == nil || *c.IssuedAt > late || c.NotBefore != nil && *c.NotBefore > late:
		return errors.New("the token is not good yet")
	}
	return nil
}

// issuerOf puts a tenant into the template of an issuer.
func issuerOf(template, tenant string) string {
	return strings.ReplaceAll(template, tenantID, strings.ToLower(tenant))
}

// key is one that Entra publishes, and the issuer it may sign for.
type key struct {
	jose.JSONWebKey
	issuer string // may be a template
}

// keySet holds Entra's keys. go-oidc's own forgets the issuer of a key, and
// fetches at every unknown key id, which costs whoever makes tokens up nothing.
type keySet struct {
	url      string
	template string
	http     *http.Client
	now      func() time.Time

	mu    sync.Mutex // held while fetching: all wait for the same answer
	keys  map[string]key
	at    time.Time // of keys
	tried time.Time
	err   error // of the last try
}

// awayKey is where VerifySignature leaves that there are no keys: go-oidc's
// verifier keeps only the text of that error.
type awayKey struct{}

// VerifySignature implements oidc.KeySet. A key signs only for its own issuer:
// one meant for a single tenant, or for personal accounts, makes nobody an
// admin of another tenant (§1.6).
func (s *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	if len(jws.Signatures) != 1 {
		return nil, errors.New("not one signature")
	}
	k, err := s.key(ctx, jws.Signatures[0].Header.KeyID)
	if err != nil {
		return nil, err
	}
	payload, err := jws.Verify(k.JSONWebKey)
	if err != nil {
		return nil, err
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, err
	}
	if !guid.MatchString(c.TenantID) || issuerOf(k.issuer, c.TenantID) != c.Issuer {
		return nil, errors.New("the key is another issuer's")
	}
	return payload, nil
}

var errUnknownKey = errors.New("nobody knows the key of the signature")

func (s *keySet) key(ctx context.Context, id string) (key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	k, known := s.keys[id]
	age, pause := now.Sub(s.at), keysUnseen
	if s.err != nil || known {
		pause = keysRetry
	}
	if wanted := !known || age >= keysFresh; wanted && (s.tried.IsZero() || now.Sub(s.tried) >= pause) {
		s.tried = now
		var keys map[string]key
		if keys, s.err = s.fetch(ctx); s.err == nil {
			s.keys, s.at, age = keys, now, 0
			k, known = keys[id]
		}
	}
	switch {
	case known && age < keysGood:
		return k, nil
	case s.err != nil:
		if away, ok := ctx.Value(awayKey{}).(*error); ok {
			*away = s.err
		}
		return key{}, s.err
	}
	return key{}, errUnknownKey
}

func (s *keySet) fetch(ctx context.Context) (map[string]key, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenTimeout) // others wait for it too
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the key set was answered with %d", resp.StatusCode)
	}
	return parseKeys(body, s.template)
}

// parseKeys takes the RSA signing keys out of a key set and leaves the rest.
func parseKeys(body []byte, template string) (map[string]key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	keys := make(map[string]key)
	for _, raw := range set.Keys {
		var about struct {
			Type   string `json:"kty"`
			Use    string `json:"use"`
			Issuer string `json:"issuer"`
		}
		var k key
		if json.Unmarshal(raw, &about) != nil || about.Type != "RSA" || about.Use != "sig" && about.Use != "" ||
			json.Unmarshal(raw, &k.JSONWebKey) != nil || !k.Valid() || !k.IsPublic() || k.KeyID == "" {
			continue
		}
		if k.issuer = about.Issuer; k.issuer == "" {
			k.issuer = template
		}
		keys[k.KeyID] = k
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no key that could sign")
	}
	return keys, nil
}
