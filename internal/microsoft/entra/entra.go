// Package entra is what we have to do with Entra ID: the application's own
// tokens for any customer tenant, people who sign in, and the address of admin
// consent (facts/entra-graph-teams.md §1).
//
// # Tokens
//
// One credential of the provider's app registration serves all tenants; tokens
// are cached by the library per tenant and scope. That the tenant is a customer
// of ours is the caller's check, made before he asks here. The credential is a
// secret, a certificate or a federated assertion; with the last nothing secret
// is stored.
//
// A token proves less than it seems: Entra issues one without roles when
// nothing was granted. What a refusal means is decided in refusal.go, by the
// AADSTS number; the fault's code says what to do:
//
//	consent_missing         the tenant's admin has to consent (again)
//	app_disabled            the admin switched the application off
//	policy_blocked          Conditional Access or cross-tenant policy
//	service_missing         the tenant has no subscription for the resource
//	entra_tenant_unknown    there is no such tenant
//	entra_other_cloud       it lives in a national cloud
//	credential_rejected     our secret or certificate is wrong: not the tenant's doing
//	entra_unavailable       try again
//	entra_refused           anything else, most likely our registration
//
// 700016 also comes for some minutes after consent was given, so one
// observation is not yet a revocation.
//
// # Sign-in
//
// [SignIn] is the code flow with PKCE (RFC 6749, RFC 7636, OpenID Connect Core)
// against organizations, which any work account may use. Its issuer is a
// template, so nearly everything that makes an id_token trustworthy is checked
// here and not by the library: see idtoken.go. What a person may do is not
// decided here.
//
//	admin_approval_needed   user consent is off: an administrator first
//	consent_declined        the person said no
//	cancelled               the person went back
//	policy_blocked          Conditional Access
//	user_not_assigned       the registration asks for an assignment
//	account_other           a guest, a disabled one, the wrong directory
//	personal_account        of the consumers' tenant
//	sign_in_again, try_again
//	sign_in_not_proved      the id_token is not good
//	sign_in_refused         anything else
package entra

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"tandem/internal/fault"
)

// Microsoft's own addresses, of the global cloud.
const (
	Authority  = "https://login.microsoftonline.com"
	GraphScope = "https://graph.microsoft.com/.default"
)

const tokenTimeout = 10 * time.Second // one token, retries included

// Config says who we are. Exactly one of ClientSecret, Certificate and
// AssertionFile is given.
type Config struct {
	HomeTenant    string // of the app registration, a GUID
	ClientID      string
	ClientSecret  string // secret
	Certificate   []byte // PEM: certificate and its RSA key; secret
	AssertionFile string // a token of the platform's (workload identity), read anew each time
	// Authority is an https origin; "" is the global cloud's. It is taken on
	// trust (no instance discovery): it comes from the installation's settings.
	Authority string
	// GraphScope is what Prove and the consent ask for; "" is the global cloud's.
	GraphScope string
	// Roles are the application permissions that a token should carry. One that
	// carries less may have been had before they were granted, and is asked for anew.
	Roles []string
	// HTTP carries the requests and knows the roots to trust; nil is the default.
	HTTP *http.Client
	Now  func() time.Time // nil is time.Now
}

// LogValue leaves the secrets out.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.ClientID) }

func (c Config) authority() string {
	if c.Authority == "" {
		return Authority
	}
	return strings.TrimSuffix(c.Authority, "/")
}

func (c Config) graphScope() string {
	if c.GraphScope == "" {
		return GraphScope
	}
	return c.GraphScope
}

// Tokens is a source of app-only tokens, safe for concurrent use.
type Tokens struct {
	source azcore.TokenCredential
	fresh  func() (azcore.TokenCredential, error)
	scope  string
	roles  []string
	now    func() time.Time

	mu    sync.Mutex
	newer map[string]renewal // by tenant and scope, where the cached token is poor
}

// renewEvery is how often a poor token is asked for anew: what is not in it then is
// not granted, or not seen everywhere yet.
const renewEvery = time.Minute

// renewal is a token that is newer than the cached one; none if there is none yet.
type renewal struct {
	azcore.AccessToken
	tried time.Time
}

// New makes a source.
func New(c Config) (*Tokens, error) {
	k, err := c.credential()
	if err != nil {
		return nil, err
	}
	source, err := k.source()
	if err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Tokens{source: source, fresh: k.source, scope: c.graphScope(), roles: c.Roles, now: c.Now, newer: map[string]renewal{}}, nil
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Token returns an access token of a tenant for a scope such as
// https://graph.microsoft.com/.default. Its errors are faults with the codes of
// the package comment.
//
// The library keeps a token for an hour, also one that was asked for too early and
// carries no roles (§1.1): where roles are missing a newer one is asked for now and
// then, past its cache.
func (t *Tokens) Token(ctx context.Context, entraTenantID, scope string) (string, error) {
	token, err := ask(ctx, t.source, entraTenantID, scope)
	if err != nil || t.rich(token) {
		return token.Token, err
	}
	return t.renewed(ctx, token, entraTenantID, scope).Token, nil
}

// rich says whether a token carries all that it should.
func (t *Tokens) rich(token azcore.AccessToken) bool {
	has := rolesOf(token.Token)
	return !slices.ContainsFunc(t.roles, func(role string) bool { return !slices.Contains(has, role) })
}

// renewed is the newest token there is in place of a poor one.
func (t *Tokens) renewed(ctx context.Context, poor azcore.AccessToken, entraTenantID, scope string) azcore.AccessToken {
	key, now := keyOf(entraTenantID, scope), t.now()
	t.mu.Lock()
	r := t.newer[key]
	best := poor
	if r.ExpiresOn.After(now.Add(time.Minute)) {
		best = r.AccessToken
	}
	due := !t.rich(best) && now.Sub(r.tried) >= renewEvery
	if due {
		r.tried = now
		t.newer[key] = r
	}
	t.mu.Unlock()
	if !due {
		return best
	}
	token, err := t.past(ctx, entraTenantID, scope)
	if err != nil { // the other is good until it ends
		return best
	}
	return token
}

// past gets a token past every cache, and keeps it for whom the cached one is poor.
func (t *Tokens) past(ctx context.Context, entraTenantID, scope string) (token azcore.AccessToken, err error) {
	fresh, err := t.fresh() // thrown away with its cache
	if err != nil {
		return token, err
	}
	if token, err = ask(ctx, fresh, entraTenantID, scope); err != nil {
		return token, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, poor := t.newer[keyOf(entraTenantID, scope)]; poor {
		r.AccessToken = token
		t.newer[keyOf(entraTenantID, scope)] = r
	}
	return token, nil
}

func keyOf(entraTenantID, scope string) string { return strings.ToLower(entraTenantID) + " " + scope }

// Prove gets a token for Graph past every cache. The roles in it are a
// diagnostic; the token is opaque to clients, and what counts is what Graph
// answers to it. No roles that can be read are no error.
func (t *Tokens) Prove(ctx context.Context, entraTenantID string) (token string, roles []string, err error) {
	got, err := t.past(ctx, entraTenantID, t.scope)
	if err != nil {
		return "", nil, err
	}
	return got.Token, rolesOf(got.Token), nil
}

func ask(ctx context.Context, source azcore.TokenCredential, entraTenantID, scope string) (token azcore.AccessToken, err error) {
	if !guid.MatchString(entraTenantID) { // common and organizations yield no app-only tokens
		return token, fault.Invalid("entra_tenant_id", "an Entra tenant id is a UUID")
	}
	var cause error
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, causeKey{}, &cause), tokenTimeout)
	defer cancel()
	token, err = source.GetToken(ctx, policy.TokenRequestOptions{TenantID: entraTenantID, Scopes: []string{scope}})
	switch {
	case err == nil:
		return token, nil
	case cause != nil:
		return token, credentialRejected.Because(cause)
	}
	return token, classify(err)
}

// rolesOf reads the roles of an access token without checking anything.
func rolesOf(token string) []string {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
	if err != nil {
		return nil
	}
	var claims struct {
		Roles []string `json:"roles"`
	}
	if json.Unmarshal(raw, &claims) != nil {
		return nil
	}
	return claims.Roles
}
