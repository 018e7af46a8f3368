// Package entra is the simulated Entra ID, as far as a multi-tenant application
// meets it: discovery and keys, the sign-in of people (OpenID Connect, code flow
// with PKCE), admin consent, and tokens for people and for the application itself
// (facts/entra-graph-teams.md §1, §6).
//
// It is strict: redirect URIs are compared exactly, a code is good once, for ten
// minutes and at the path that issued it, assertions must name a registered
// certificate or federated credential. What goes wrong with the client or the
// redirect URI is shown on a page and never redirected.
//
// A tenant holds what its admins decided: whether the application's service
// principal is there or disabled, which application permissions it was granted,
// whether people may consent for themselves. The consent page changes that as an
// admin would, Control as a test likes. Nobody stays signed in: every request to
// authorize shows the page, and prompt=none is login_required.
//
// A script drives a page as a person does, by a POST to its own address: user is
// the object id (or account the sign-in name), action the button. sign_in and
// accept answer with a redirect to the client, or with the next page, named by
// data-page of main: user_consent, where accept or decline is next; approval, with
// return or request; problem, whose data-code is the AADSTS code. cancel, decline
// and a button named by a code need no user.
//
// It must sit at the root of an https origin: clients drop a path prefix. The
// pages alone may also be had elsewhere, see Config.Pages.
package entra

import (
	"crypto/x509"
	"net/http"
	"strings"
	"sync"
	"time"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/signing"
)

// Secret is a further secret of an app.
type Secret struct {
	Value string
	// Expires is when it runs out; zero is never.
	Expires time.Time
}

// Federated is a federated credential of an app: tokens of that issuer with that
// subject and audience are taken as its assertions. All three are compared
// exactly (facts/entra-graph-teams.md §1.3).
type Federated struct {
	Issuer, Subject, Audience string
}

// NoneClaims is the App.GroupMembershipClaims of id_tokens without wids.
const NoneClaims = "None"

// App is a registered application, multi-tenant and confidential.
type App struct {
	ClientID string
	// Name is what people read on the pages; empty is the ClientID.
	Name string
	// Secret is its secret, Secrets are further ones, as during a rotation.
	Secret       string
	Secrets      []Secret
	Certificates []*x509.Certificate
	Federated    []Federated
	// RedirectURIs are compared exactly; the port of http://localhost is not
	// looked at.
	RedirectURIs []string
	// Permissions are the application permissions of Graph that it registered;
	// nil is DefaultPermissions.
	Permissions []string
	// GroupMembershipClaims is DirectoryRole, which is also meant by empty, for
	// id_tokens with wids, or NoneClaims.
	GroupMembershipClaims string
}

// Tenant is a directory. Roles are what its admin consented to for every App;
// nil means that no admin ever did, so the apps do not exist there.
type Tenant struct {
	ID     string
	Name   string
	Domain string
	Roles  []string
}

// Config is what a Service needs.
type Config struct {
	// Origin is scheme and host of the service's own address, without a slash.
	Origin string
	// Pages is the origin that discovery names for sign-in and sign-out, so that a
	// browser need not trust the certificate of Origin; empty is Origin.
	Pages   string
	Keys    *signing.Keys
	Apps    []App
	Tenants []Tenant
	// People may be nil: nobody can sign in.
	People People
	Faults *faults.Book
	// Client fetches the keys of federated issuers; nil is http.DefaultClient.
	Client *http.Client
	// Clock is what codes age and consent spreads by; nil is a clock of its own.
	Clock *clock.Clock
	// Now is the time that tokens are made and judged by; nil is time.Now.
	Now func() time.Time
}

// Service issues tokens.
type Service struct {
	Config
	mux   *http.ServeMux
	pages *http.ServeMux
	// personal makes the keys of personal accounts, which common publishes too.
	personal func() (*signing.Keys, error)

	mu        sync.Mutex
	tenants   map[string]*directory // by id, lower case
	order     []string
	codes     map[string]*code
	refreshes map[string]session
}

// New returns a service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	if c.Pages == "" {
		c.Pages = c.Origin
	}
	s := &Service{Config: c, mux: http.NewServeMux(), pages: http.NewServeMux(), personal: sync.OnceValues(signing.NewCertified)}
	s.Reset()
	for path, do := range map[string]http.HandlerFunc{
		"/{tenant}/oauth2/v2.0/authorize": s.authorize,
		"/{tenant}/v2.0/adminconsent":     s.adminConsent(v2),
		"/{tenant}/adminconsent":          s.adminConsent(v1),
		"/{tenant}/oauth2/v2.0/logout":    s.logout,
	} {
		s.pages.HandleFunc("GET "+path, do)
		s.pages.HandleFunc("POST "+path, do)
	}
	for _, path := range PagePaths() {
		s.mux.Handle(path, s.pages)
	}
	s.mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discovery)
	s.mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.keys)
	s.mux.HandleFunc("GET /common/discovery/instance", s.instance)
	s.mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	return s
}

// ServeHTTP answers on behalf of every tenant.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// PageHandler serves the pages alone, for Config.Pages.
func (s *Service) PageHandler() http.Handler { return s.pages }

// PagePaths are the patterns that PageHandler is to be mounted at.
func PagePaths() []string {
	return []string{
		"/{tenant}/oauth2/v2.0/authorize", "/{tenant}/oauth2/v2.0/logout", "/{tenant}/v2.0/adminconsent", "/{tenant}/adminconsent",
	}
}

// Reset brings every tenant back to how it was configured and forgets all codes
// and refresh tokens. Keys stay.
func (s *Service) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants, s.order = map[string]*directory{}, nil
	s.codes, s.refreshes = map[string]*code{}, map[string]session{}
	for _, t := range s.Tenants {
		s.setTenant(t)
	}
}

// SetTenant adds a tenant or changes what it consented to. Tokens that were
// issued before keep their roles until they expire.
func (s *Service) SetTenant(t Tenant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setTenant(t)
}

func (s *Service) setTenant(t Tenant) {
	t.ID = strings.ToLower(t.ID)
	d := &directory{Tenant: t, userConsent: true, symptom: ShowsNotFound, principals: map[string]*principal{}}
	if t.Roles != nil {
		for _, a := range s.Apps {
			d.principal(a).now = grant{present: true, roles: t.Roles, all: true}
		}
	}
	if s.tenants[t.ID] == nil {
		s.order = append(s.order, t.ID)
	}
	s.tenants[t.ID] = d
}

// app finds a registered application.
func (s *Service) app(clientID string) (App, bool) {
	for _, a := range s.Apps {
		if clientID != "" && strings.EqualFold(a.ClientID, clientID) {
			if a.Name == "" {
				a.Name = a.ClientID
			}
			if a.Permissions == nil {
				a.Permissions = DefaultPermissions()
			}
			return a, true
		}
	}
	return App{}, false
}
