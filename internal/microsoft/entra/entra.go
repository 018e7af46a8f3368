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
	"strings"
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
	// HTTP carries the requests and knows the roots to trust; nil is the default.
	HTTP *http.Client
	Now  func() time.Time // of id_tokens; nil is time.Now
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
	return &Tokens{source: source, fresh: k.source, scope: c.graphScope()}, nil
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Token returns an access token of a tenant for a scope such as
// https://graph.microsoft.com/.default. Its errors are faults with the codes of
// the package comment.
func (t *Tokens) Token(ctx context.Context, entraTenantID, scope string) (string, error) {
	return ask(ctx, t.source, entraTenantID, scope)
}

// Prove gets a token for Graph past every cache: a library that was asked too
// early keeps a token without roles for an hour (§1.1). The roles in it are a
// diagnostic; the token is opaque to clients, and what counts is what Graph
// answers to it. No roles that can be read are no error.
func (t *Tokens) Prove(ctx context.Context, entraTenantID string) (token string, roles []string, err error) {
	fresh, err := t.fresh() // thrown away with its cache
	if err != nil {
		return "", nil, err
	}
	if token, err = ask(ctx, fresh, entraTenantID, t.scope); err != nil {
		return "", nil, err
	}
	return token, rolesOf(token), nil
}

func ask(ctx context.Context, source azcore.TokenCredential, entraTenantID, scope string) (string, error) {
	if !guid.MatchString(entraTenantID) { // common and organizations yield no app-only tokens
		return "", fault.Invalid("entra_tenant_id", "an Entra tenant id is a UUID")
	}
	var cause error
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, causeKey{}, &cause), tokenTimeout)
	defer cancel()
	token, err := source.GetToken(ctx, policy.TokenRequestOptions{TenantID: entraTenantID, Scopes: []string{scope}})
	switch {
	case err == nil:
		return token.Token, nil
	case cause != nil:
		return "", credentialRejected.Because(cause)
	}
	return "", classify(err)
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
