package entra

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// The values of appidacr.
const (
	bySecret    = "1"
	byAssertion = "2"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// fetchTime is how long the keys of a federated issuer may take.
const fetchTime = 10 * time.Second

// random returns 256 bits of chance behind a prefix.
func random(prefix string) string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

// authenticate checks the credential of a confidential client and returns its
// appidacr.
func (s *Service) authenticate(r *http.Request, a App, path string) (string, *problem) {
	form := r.PostForm
	secret := form.Get("client_secret")
	if _, password, basic := r.BasicAuth(); basic && secret == "" {
		secret, _ = url.QueryUnescape(password) // RFC 6749 §2.3.1
	}
	assertion := form.Get("client_assertion")
	switch {
	case secret != "":
		return bySecret, s.checkSecret(a, secret)
	case assertion == "":
		return "", &problem{code: 7000218}
	case form.Get("client_assertion_type") != assertionType:
		return "", &problem{900144, "The request body must contain the following parameter: 'client_assertion_type' with the value '" + assertionType + "'."}
	}
	return byAssertion, s.checkAssertion(r.Context(), a, path, assertion)
}

func (s *Service) checkSecret(a App, secret string) *problem {
	for _, known := range append([]Secret{{Value: a.Secret}}, a.Secrets...) {
		if known.Value == "" || subtle.ConstantTimeCompare([]byte(secret), []byte(known.Value)) != 1 {
			continue
		}
		if !known.Expires.IsZero() && !s.Now().Before(known.Expires) {
			return &problem{7000222, "The provided client secret keys for app '" + a.ClientID + "' are expired."}
		}
		return nil
	}
	return &problem{7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + a.ClientID + "'."}
}

// checkAssertion takes what the app signed itself, or a token of an issuer that
// it trusts.
func (s *Service) checkAssertion(ctx context.Context, a App, path, assertion string) *problem {
	malformed := &problem{700027, "Client assertion failed signature validation. The assertion is not a JWT signed with RS256 or PS256."}
	token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.RS256, jose.PS256})
	if err != nil {
		return malformed
	}
	var c jwt.Claims
	if err := token.UnsafeClaimsWithoutVerification(&c); err != nil {
		return malformed
	}
	if c.Issuer == "" {
		return &problem{code: 70021}
	}
	if !strings.EqualFold(c.Issuer, a.ClientID) {
		return s.checkFederated(ctx, a, assertion, token, c)
	}
	cert, p := certificate(a, assertion)
	if p != nil {
		return p
	}
	if err := token.Claims(cert.PublicKey, &c); err != nil {
		return &problem{700027, "Client assertion contains an invalid signature. [Reason - The provided signature value did not match the expected signature value.]"}
	}
	now := s.Now()
	switch {
	case now.After(cert.NotAfter) || now.Before(cert.NotBefore):
		return &problem{700027, "Client assertion contains an invalid signature. [Reason - The key used is expired.]"}
	case !strings.EqualFold(c.Subject, a.ClientID):
		return &problem{code: 700021}
	case !slices.ContainsFunc(c.Audience, func(aud string) bool { return s.ownAudience(aud, path) }):
		return &problem{code: 700023}
	}
	return inTime(c, now)
}

func inTime(c jwt.Claims, now time.Time) *problem {
	const skew = 5 * time.Minute
	if c.Expiry == nil || now.After(c.Expiry.Time().Add(skew)) || c.NotBefore != nil && now.Before(c.NotBefore.Time().Add(-skew)) {
		return &problem{700024, "Client assertion is not within its valid time range. Current time: " + now.UTC().Format(time.RFC3339) + ". Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials."}
	}
	return nil
}

// ownAudience reports whether an assertion is made out to the token endpoint or
// issuer that it was sent to, whichever way the tenant was spelt.
func (s *Service) ownAudience(audience, path string) bool {
	rest, own := strings.CutPrefix(audience, s.Origin+"/")
	name, rest, _ := strings.Cut(rest, "/")
	id, known := s.canonical(name)
	return own && known && id == path && (rest == "oauth2/v2.0/token" || rest == "v2.0")
}

// certificate finds the registered certificate that the header names: x5t is
// SHA-1, x5t#S256 SHA-256; base64 of either alphabet, padded or not, for MSAL for
// Go writes the standard one (facts/entra-graph-teams.md §1.3).
func certificate(a App, assertion string) (*x509.Certificate, *problem) {
	first, _, _ := strings.Cut(assertion, ".")
	var header struct {
		SHA1   string `json:"x5t"`
		SHA256 string `json:"x5t#S256"`
	}
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || json.Unmarshal(text, &header) != nil || header.SHA1+header.SHA256 == "" {
		return nil, &problem{700027, "Client assertion failed signature validation. The header names no certificate: x5t or x5t#S256."}
	}
	for _, cert := range a.Certificates {
		long, short := sha256.Sum256(cert.Raw), sha1.Sum(cert.Raw) //nolint:gosec // x5t is SHA-1 (RFC 7515 §4.1.7)
		if header.SHA256 != "" && bytes.Equal(anyBase64(header.SHA256), long[:]) || header.SHA256 == "" && bytes.Equal(anyBase64(header.SHA1), short[:]) {
			return cert, nil
		}
	}
	return nil, &problem{700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]"}
}

func anyBase64(text string) []byte {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}

// checkFederated compares with the registered credentials, then lets the issuer's
// published keys judge.
func (s *Service) checkFederated(ctx context.Context, a App, assertion string, token *jwt.JSONWebToken, c jwt.Claims) *problem {
	left := slices.DeleteFunc(slices.Clone(a.Federated), func(f Federated) bool { return f.Issuer != c.Issuer })
	if len(left) == 0 {
		return &problem{700211, "No matching federated identity record found for presented assertion issuer '" + c.Issuer + "'."}
	}
	if left = slices.DeleteFunc(left, func(f Federated) bool { return f.Subject != c.Subject }); len(left) == 0 {
		return &problem{700213, "No matching federated identity record found for presented assertion subject '" + c.Subject + "'."}
	}
	if left = slices.DeleteFunc(left, func(f Federated) bool { return !slices.Contains(c.Audience, f.Audience) }); len(left) == 0 {
		return &problem{700212, "No matching federated identity record found for presented assertion audience '" + strings.Join(c.Audience, " ") + "'."}
	}
	if strings.HasPrefix(c.Issuer, s.Origin+"/") {
		var own struct {
			Type string `json:"idtyp"`
		}
		if err := token.UnsafeClaimsWithoutVerification(&own); err != nil || own.Type != "app" {
			return &problem{code: 700229}
		}
	}
	if p := inTime(c, s.Now()); p != nil {
		return p
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, s.Client), fetchTime)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, c.Issuer)
	if err == nil {
		_, err = provider.VerifierContext(ctx, &oidc.Config{SkipClientIDCheck: true, SkipExpiryCheck: true}).Verify(ctx, assertion)
	}
	if err != nil {
		return &problem{700027, "Client assertion failed signature validation. " + err.Error()}
	}
	return nil
}
