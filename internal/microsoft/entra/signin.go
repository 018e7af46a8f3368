package entra

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tandem/internal/fault"
)

const (
	organizations    = "organizations"  // any work account, no personal one
	discoveryFor     = 24 * time.Hour   // how long endpoints are taken for current
	tenantID         = "{tenantid}"     // stands in the issuer of organizations
	maxAnswer        = 1 << 20          // bytes of a document or a token answer
	maxCode          = 8 << 10          // bytes; real codes have about 1,000
	signInScope      = "openid profile" // nothing of the person's data
	promptForAccount = "select_account" // an admin often has several
	consumers        = "9188040d-6c67-4c5b-b112-36a304b66dad"
)

// Trip is one way to Microsoft and back. State, nonce and verifier are random
// and used once.
type Trip struct {
	RedirectURI string // exactly as registered
	State       string
	Nonce       string
	Verifier    string // of PKCE: 43 to 128 characters (RFC 7636 §4.1)
}

// Person is whom an id_token is about.
type Person struct {
	TenantID       string // in lower case; with OID the key of an account
	OID            string // in lower case
	Name           string
	Username       string   // preferred_username: for showing only, it can be anybody's
	DirectoryRoles []string // wids; absence proves nothing (§1.5)
	AppRoles       []string // roles of our own registration
}

// SignIn sends people to Microsoft and judges what they bring back. Safe for
// concurrent use.
type SignIn struct {
	c          Config
	credential *credential
	template   string // of the issuer

	mu    sync.Mutex // held while the document is fetched: all wait for the same
	found *endpoints
	at    time.Time
}

// endpoints is what discovery told.
type endpoints struct {
	oauth oauth2.Endpoint
	keys  *keySet
	pages string // origin of the pages that people see
}

// NewSignIn makes one; nothing is fetched before it is needed.
func NewSignIn(c Config) (*SignIn, error) {
	k, err := c.credential()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(c.authority())
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || !guid.MatchString(c.HomeTenant) || c.ClientID == "" {
		return nil, fault.Invalid("entra_config", "the settings of the Entra application are not good: want an https authority, a home tenant and a client id")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	transport := http.DefaultTransport
	if c.HTTP != nil && c.HTTP.Transport != nil {
		transport = c.HTTP.Transport
	}
	c.HTTP = &http.Client{Transport: limited{transport}, Timeout: tokenTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a secret is not sent on
	}}
	return &SignIn{c: c, credential: k, template: c.authority() + "/" + tenantID + "/v2.0"}, nil
}

// limited keeps answers small.
type limited struct{ next http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, err
}

// discover finds the endpoints. What was found yesterday is better than nothing.
func (s *SignIn) discover(ctx context.Context) (*endpoints, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.c.Now()
	if s.found != nil && now.Sub(s.at) < discoveryFor {
		return s.found, nil
	}
	found, err := s.fetch(ctx)
	if err != nil {
		if s.found != nil {
			return s.found, nil
		}
		return nil, unavailable.Because(err)
	}
	if s.found != nil && s.found.keys.url == found.keys.url {
		found.keys = s.found.keys // with what they know
	}
	s.found, s.at = found, now
	return found, nil
}

func (s *SignIn) fetch(ctx context.Context) (*endpoints, error) {
	// go-oidc would have the issuer equal the address; here it is a template, and
	// go-oidc then does not look at it.
	ctx = oidc.InsecureIssuerURLContext(oidc.ClientContext(ctx, s.c.HTTP), s.template)
	provider, err := oidc.NewProvider(ctx, s.c.authority()+"/"+organizations+"/v2.0")
	if err != nil {
		return nil, err
	}
	var more struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, err
	}
	if more.Issuer != s.template {
		return nil, fmt.Errorf("the discovery document is of the issuer %q", more.Issuer)
	}
	e := &endpoints{oauth: provider.Endpoint()}
	e.oauth.AuthStyle = oauth2.AuthStyleInParams
	for _, address := range []string{e.oauth.TokenURL, more.Keys, e.oauth.AuthURL} {
		u, err := url.Parse(address)
		// The simulator's pages are had by plain http on this machine, because no
		// browser trusts its certificate; nothing of ours goes there.
		if err != nil || u.Host == "" || u.Scheme != "https" && (address != e.oauth.AuthURL || u.Scheme != "http" || !loopback(u.Hostname())) {
			return nil, fmt.Errorf("the discovery document names %q, which is not https", address)
		}
		e.pages = u.Scheme + "://" + u.Host // of the last, where people sign in
	}
	e.keys = &keySet{url: more.Keys, template: s.template, http: s.c.HTTP, now: s.c.Now}
	return e, nil
}

func loopback(host string) bool {
	a, _ := netip.ParseAddr(host)
	return host == "localhost" || a.IsLoopback()
}

func (s *SignIn) oauth(e *endpoints, redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: s.c.ClientID, Endpoint: e.oauth, RedirectURL: redirect, Scopes: strings.Fields(signInScope)}
}

// URL is where a browser is sent. The answer comes as a query, so that a cookie
// with SameSite=Lax goes with it.
func (s *SignIn) URL(ctx context.Context, t Trip) (string, error) {
	e, err := s.discover(ctx)
	if err != nil {
		return "", err
	}
	return s.oauth(e, t.RedirectURI).AuthCodeURL(t.State, oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier),
		oauth2.SetAuthURLParam("response_mode", "query"), oauth2.SetAuthURLParam("prompt", promptForAccount)), nil
}

// Redeem exchanges the code for an id_token and says whom it is about. The
// access token that comes with it is not kept.
func (s *SignIn) Redeem(ctx context.Context, t Trip, code string) (Person, error) {
	if code == "" || len(code) > maxCode || t.Nonce == "" || t.Verifier == "" {
		return Person{}, notProved.Because(fmt.Errorf("a code of %d bytes", len(code)))
	}
	e, err := s.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	form, err := s.credential.form(ctx, e.oauth.TokenURL, s.c.Now())
	if err != nil {
		return Person{}, err
	}
	options := []oauth2.AuthCodeOption{oauth2.VerifierOption(t.Verifier), oauth2.SetAuthURLParam("scope", signInScope)}
	for k, v := range form {
		options = append(options, oauth2.SetAuthURLParam(k, v))
	}
	token, err := s.oauth(e, t.RedirectURI).Exchange(oidc.ClientContext(ctx, s.c.HTTP), code, options...)
	if err != nil {
		return Person{}, classifyRedemption(err)
	}
	raw, _ := token.Extra("id_token").(string)
	return s.verify(ctx, e.keys, raw, t.Nonce)
}

// ConsentURL is where an admin gives consent for his whole organisation. The
// scopes of sign-in are in it, so that this consent covers the sign-ins of
// other admins too, who may not consent themselves (§1.1).
func (s *SignIn) ConsentURL(ctx context.Context, entraTenantID, state, redirectURI string) (string, error) {
	if !guid.MatchString(entraTenantID) {
		return "", fault.Invalid("entra_tenant_id", "an Entra tenant id is a UUID")
	}
	e, err := s.discover(ctx)
	if err != nil {
		return "", err
	}
	q := url.Values{
		"client_id": {s.c.ClientID}, "redirect_uri": {redirectURI}, "state": {state}, "scope": {s.c.graphScope() + " " + signInScope},
	}
	return e.pages + "/" + strings.ToLower(entraTenantID) + "/v2.0/adminconsent?" + q.Encode(), nil
}
