// Package entra is the token service of the simulated Entra ID: discovery, keys
// and app-only tokens for tenants whose admin has consented
// (facts/entra-graph-teams.md §1.3, §1.4, §1.2 for the errors). Sign-in and the
// consent pages are not here yet.
//
// It must sit at the root of an https origin: clients drop a path prefix.
package entra

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/signing"
)

const (
	tokenLifetime   = 75 * time.Minute
	timestampFormat = "2006-01-02 15:04:05Z"
)

// App is a registered application.
type App struct {
	ClientID string
	Secret   string
}

// Tenant is a directory. Roles are what its admin consented to for every App;
// nil means that no admin ever did, so the apps do not exist there.
type Tenant struct {
	ID    string
	Name  string
	Roles []string
}

// Config is what a Service needs.
type Config struct {
	// Origin is scheme and host of the service's own address, without a slash.
	Origin  string
	Keys    *signing.Keys
	Apps    []App
	Tenants []Tenant
	Faults  *faults.Book
	// Now is the time that tokens are made and judged by; nil is time.Now.
	Now func() time.Time
}

// Service issues tokens.
type Service struct {
	Config
	mux     *http.ServeMux
	mu      sync.Mutex
	tenants map[string]Tenant
}

// New returns a service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Service{Config: c, mux: http.NewServeMux(), tenants: make(map[string]Tenant)}
	for _, t := range c.Tenants {
		s.SetTenant(t)
	}
	s.mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discovery)
	s.mux.Handle("GET /{tenant}/discovery/v2.0/keys", s.Keys)
	s.mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	return s
}

// ServeHTTP answers on behalf of every tenant.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// SetTenant adds a tenant or changes what it consented to. Tokens that were
// issued before keep their roles until they expire.
func (s *Service) SetTenant(t Tenant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants[strings.ToLower(t.ID)] = t
}

func (s *Service) tenant(id string) (Tenant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tenants[strings.ToLower(id)]
	return t, ok
}

func (s *Service) discovery(w http.ResponseWriter, r *http.Request) {
	t, known := s.tenant(r.PathValue("tenant"))
	if !known {
		s.refuse(w, problem{90002, "Tenant '" + r.PathValue("tenant") + "' not found."}, r)
		return
	}
	base := s.Origin + "/" + strings.ToLower(t.ID)
	write(w, http.StatusOK, map[string]any{
		"issuer":                                base + "/v2.0",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"tenant_region_scope":                   nil,
		"cloud_instance_name":                   "microsoftonline.com",
		"msgraph_host":                          "graph.microsoft.com",
	})
}

// problem is an AADSTS code with its text.
type problem struct {
	code int
	text string
}

// kinds gives the OAuth error and the HTTP status of AADSTS codes.
var kinds = map[int]struct {
	name   string
	status int
}{
	90002:   {"invalid_tenant", http.StatusBadRequest},
	700016:  {"unauthorized_client", http.StatusBadRequest},
	7000112: {"unauthorized_client", http.StatusBadRequest},
	7000215: {"invalid_client", http.StatusUnauthorized},
	7000218: {"invalid_client", http.StatusUnauthorized},
	7000222: {"invalid_client", http.StatusUnauthorized},
	1002012: {"invalid_scope", http.StatusBadRequest},
	70003:   {"unsupported_grant_type", http.StatusBadRequest},
	53003:   {"access_denied", http.StatusBadRequest},
	90033:   {"temporarily_unavailable", http.StatusServiceUnavailable},
	50196:   {"invalid_request", http.StatusBadRequest},
	9002313: {"invalid_request", http.StatusBadRequest},
}

func (s *Service) refuse(w http.ResponseWriter, p problem, r *http.Request) {
	kind, known := kinds[p.code]
	if !known {
		kind.name, kind.status = "invalid_request", http.StatusBadRequest
	}
	now := s.Now().UTC().Format(timestampFormat)
	trace, correlation := uuid.NewString(), r.Header.Get("client-request-id")
	if correlation == "" {
		correlation = uuid.NewString()
	}
	write(w, kind.status, map[string]any{
		"error": kind.name,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			p.code, p.text, trace, correlation, now),
		"error_codes": []int{p.code}, "timestamp": now, "trace_id": trace, "correlation_id": correlation,
		"error_uri": s.Origin + "/error?code=" + strconv.Itoa(p.code),
	})
}

// Claims is an app-only token in the form that Graph's have.
type Claims struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	AppID     string   `json:"appid"`
	AppKind   string   `json:"appidacr"`
	Type      string   `json:"idtyp"`
	Object    string   `json:"oid"`
	Subject   string   `json:"sub"`
	Tenant    string   `json:"tid"`
	Roles     []string `json:"roles,omitempty"`
	Version   string   `json:"ver"`
	Unique    string   `json:"uti"`
}

func (s *Service) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, problem{9002313, "Invalid request. Request is malformed or invalid."}, r)
		return
	}
	claims, p := s.grant(r)
	if p != nil {
		s.refuse(w, *p, r)
		return
	}
	token, err := s.Keys.Sign(claims)
	if err != nil {
		s.refuse(w, problem{90033, "A transient error has occurred. Please try again."}, r)
		return
	}
	seconds := int(tokenLifetime.Seconds()) - 1
	write(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
	})
}

// grant decides about a request for a token with client credentials.
func (s *Service) grant(r *http.Request) (Claims, *problem) {
	form := r.PostForm
	t, known := s.tenant(r.PathValue("tenant"))
	if !known {
		return Claims{}, &problem{90002, "Tenant '" + r.PathValue("tenant") + "' not found."}
	}
	if value, struck := s.Faults.Take(faults.EntraError, t.ID); struck {
		if code, err := strconv.Atoi(value); err == nil {
			return Claims{}, &problem{code, "Set by the simulator's operator."}
		}
	}
	if form.Get("grant_type") != "client_credentials" {
		return Claims{}, &problem{70003, "The app requested an unsupported grant type."}
	}
	id := form.Get("client_id")
	notThere := &problem{700016, "Application with identifier '" + id + "' was not found in the directory '" + t.Name + "'."}
	i := slices.IndexFunc(s.Apps, func(a App) bool { return strings.EqualFold(a.ClientID, id) })
	if i < 0 {
		return Claims{}, notThere
	}
	switch secret := form.Get("client_secret"); {
	case secret == "":
		return Claims{}, &problem{7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	case subtle.ConstantTimeCompare([]byte(secret), []byte(s.Apps[i].Secret)) != 1:
		return Claims{}, &problem{7000215, "Invalid client secret provided."}
	}
	if t.Roles == nil {
		return Claims{}, notThere
	}
	audience := ""
	for scope := range strings.FieldsSeq(form.Get("scope")) {
		// Libraries add openid, offline_access and profile even here.
		if name, found := strings.CutSuffix(scope, "/.default"); found {
			audience = name
		}
	}
	if audience == "" {
		return Claims{}, &problem{1002012, "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier."}
	}
	now := s.Now().Unix()
	object := uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.ToLower(t.ID+id))).String()
	return Claims{
		Audience: audience, Issuer: s.Origin + "/" + strings.ToLower(t.ID) + "/",
		IssuedAt: now, NotBefore: now, Expires: now + int64(tokenLifetime.Seconds()),
		AppID: s.Apps[i].ClientID, AppKind: "1", Type: "app", Object: object, Subject: object,
		Tenant: strings.ToLower(t.ID), Roles: t.Roles, Version: "1.0", Unique: uuid.NewString(),
	}, nil
}

// Verify returns the claims of a token that was issued here and has not expired.
func (s *Service) Verify(token string) (Claims, error) {
	var c Claims
	if err := s.Keys.Verify(token, &c); err != nil {
		return Claims{}, err
	}
	if now := s.Now().Unix(); now >= c.Expires || now < c.NotBefore-300 {
		return Claims{}, errors.New("token is out of its time")
	}
	return c, nil
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
