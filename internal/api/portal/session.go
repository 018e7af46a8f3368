package portal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// CSRFHeader carries the token.
const CSRFHeader = "X-CSRF-Token"

const (
	sessionCookie = "tandem"
	browserCookie = "tandem-browser" // of whoever is on the way to Microsoft and back
	hostPrefix    = "__Host-"        // RFC 6265bis §4.1.3.2
	wordLength    = 24               // of secret.Token
	sessionSeal   = "portal session"
)

// sealed is what a session's row does not show.
type sealed struct {
	Name     string                `json:"name"`
	Username string                `json:"username"`
	Roles    []tenant.AdminRole    `json:"roles,omitempty"`
	Operator provider.OperatorRole `json:"operator,omitempty"`
}

func (p *Portal) cookieName(name string) string {
	if p.secure() {
		return hostPrefix + name
	}
	return name
}

func (p *Portal) setCookie(c *gin.Context, name, value string, maxAge time.Duration) {
	cookie := &http.Cookie{
		Name: p.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: p.secure(), SameSite: http.SameSiteLaxMode,
		MaxAge: int(maxAge / time.Second),
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(c.Writer, cookie)
}

// word is what a cookie holds, if it can be one of our words.
func (p *Portal) word(r *http.Request, name string) string {
	all := r.CookiesNamed(p.cookieName(name))
	if len(all) != 1 || len(all[0].Value) != wordLength { // two: somebody planted one
		return ""
	}
	return all[0].Value
}

// Session says who a request comes from, by its cookie: fault.Unauthenticated if
// by nobody, fault.Forbidden csrf_failed if it would change something and may
// come from another site. The admin API asks when a request has no key.
func (p *Portal) Session(r *http.Request) (provider.Visitor, error) {
	v, word, err := p.visitor(r)
	if err != nil {
		return v, err
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return v, nil
	}
	if !p.sameSite(r) || !hmac.Equal([]byte(r.Header.Get(CSRFHeader)), []byte(p.csrf(word))) {
		return provider.Visitor{}, fault.Forbidden("csrf_failed", "the request does not come from a page of this session; reload the page")
	}
	return v, nil
}

// pack seals what a row must not show, and unpack opens it.
func (p *Portal) pack(v any, purpose string) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return p.deps.Seal.Seal(raw, purpose), nil
}

func (p *Portal) unpack(row []byte, purpose string, v any) error {
	raw, err := p.deps.Seal.Open(row, purpose)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

// opened is the person of a session.
func (p *Portal) opened(s provider.Session) (person sealed, err error) {
	err = p.unpack(s.Person, sessionSeal, &person)
	return person, err
}

func (p *Portal) visitor(r *http.Request) (v provider.Visitor, word string, err error) {
	if word = p.word(r, sessionCookie); word == "" {
		return v, "", fault.Unauthenticated("session_missing", "you are not signed in; sign in with Microsoft")
	}
	s, err := p.deps.Sessions.Session(r.Context(), secret.Hash(word), p.cfg.Now())
	if err != nil {
		return v, "", err
	}
	person, err := p.opened(s)
	if err != nil { // a key that is gone: he signs in again
		return v, "", fault.Unauthenticated("session_unknown", "you have been signed out; sign in again").Because(err)
	}
	return provider.Visitor{
		Tenant: s.Tenant, Operator: person.Operator, EntraTenantID: s.EntraTenantID, OID: s.OID, Name: person.Name,
		Username: person.Username, Roles: person.Roles, SessionHash: s.Hash,
	}, word, nil
}

// sameSite hears what the browser itself says about where a request comes from.
// A client that says nothing is no browser, and nobody's cookies can be abused
// with it.
func (p *Portal) sameSite(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "" || origin == p.cfg.BaseURL
}

// csrf is the token of a session.
func (p *Portal) csrf(word string) string {
	h := hmac.New(sha256.New, p.cfg.Key[:])
	_, _ = h.Write([]byte("csrf\x00" + word)) // never fails (hash.Hash)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// begin signs a person in: always a new word, and the end of the session that
// the browser had.
func (p *Portal) begin(c *gin.Context, v provider.Visitor) error {
	person, err := p.pack(sealed{Name: v.Name, Username: v.Username, Roles: v.Roles, Operator: v.Operator}, sessionSeal)
	if err != nil {
		return err
	}
	ctx, now, word := c.Request.Context(), p.cfg.Now(), string(secret.Token(""))
	err = p.deps.Sessions.CreateSession(ctx, provider.Session{
		Hash: secret.Hash(word), Tenant: v.Tenant, EntraTenantID: v.EntraTenantID, OID: v.OID, Person: person,
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(provider.RolesHold),
	})
	if err != nil {
		return err
	}
	if old := p.word(c.Request, sessionCookie); old != "" {
		if err := p.deps.Sessions.EndSession(ctx, secret.Hash(old)); err != nil {
			return err
		}
	}
	p.setCookie(c, sessionCookie, word, 0)
	return nil
}

// operatorRoles are the app roles of the provider's registration, the mightiest
// first.
var operatorRoles = []struct {
	value string
	role  provider.OperatorRole
}{{"Tandem.Owner", provider.Owner}, {"Tandem.Operator", provider.Operator}, {"Tandem.Viewer", provider.Viewer}}

// operator is what a person of the provider's own directory may do; "" for
// everybody else. App roles are assigned in the directory of whoever signs in,
// so those of another one mean nothing.
func (p *Portal) operator(who Person) provider.OperatorRole {
	if !strings.EqualFold(who.TenantID, p.cfg.HomeTenant) {
		return ""
	}
	for _, r := range operatorRoles {
		if slices.Contains(who.AppRoles, r.value) {
			return r.role
		}
	}
	return ""
}

// nobody is the actor of what nobody known did.
var nobody = onboarding.Actor{ID: "nobody"}

// actor is a visitor as onboarding knows people.
func actor(v provider.Visitor) onboarding.Actor {
	return onboarding.Actor{ID: v.Actor(), Name: v.Name, OID: v.OID, Roles: v.Roles}
}

type (
	sessionView struct {
		SignedIn bool                  `json:"signed_in"`
		CSRF     string                `json:"csrf,omitempty"`
		Person   *personView           `json:"person,omitempty"`
		Tenant   *tenantView           `json:"tenant,omitempty"`
		Operator provider.OperatorRole `json:"operator,omitempty"`
		Scopes   []provider.Scope      `json:"scopes,omitempty"` // what he may do at the API
		Provider named                 `json:"provider"`
	}
	personView struct {
		OID   string             `json:"oid"`
		Name  string             `json:"name"`
		UPN   string             `json:"upn"`
		Roles []tenant.AdminRole `json:"roles"`
	}
	tenantView struct {
		ID   tenant.ID `json:"id"`
		Name string    `json:"name"`
	}
	named struct {
		Name string `json:"name"`
	}
)

// session tells the app who is here.
func (p *Portal) session(c *gin.Context) {
	view := sessionView{Provider: named{p.cfg.ProviderName}}
	v, word, err := p.visitor(c.Request)
	switch {
	case fault.KindOf(err) == fault.KindUnauthenticated:
		if len(c.Request.CookiesNamed(p.cookieName(sessionCookie))) > 0 {
			p.setCookie(c, sessionCookie, "", 0)
		}
		c.JSON(http.StatusOK, view)
		return
	case err != nil:
		p.fail(c, err)
		return
	}
	view.SignedIn, view.CSRF, view.Operator, view.Scopes = true, p.csrf(word), v.Operator, v.Key().Scopes
	view.Person = &personView{v.OID, v.Name, v.Username, append([]tenant.AdminRole{}, v.Roles...)}
	if v.Tenant != "" {
		t, err := p.deps.Tenants.Tenant(c.Request.Context(), v.Tenant)
		if err != nil {
			p.fail(c, fmt.Errorf("read the tenant of a session: %w", err))
			return
		}
		view.Tenant = &tenantView{t.ID, t.Name}
	}
	c.JSON(http.StatusOK, view)
}

func (p *Portal) signOut(c *gin.Context) {
	v, err := p.Session(c.Request)
	if fault.KindOf(err) == fault.KindUnauthenticated { // done already
		p.setCookie(c, sessionCookie, "", 0)
		c.Status(http.StatusNoContent)
		return
	}
	if err == nil {
		err = p.deps.Sessions.EndSession(c.Request.Context(), v.SessionHash)
	}
	if err != nil {
		p.fail(c, err)
		return
	}
	p.audit(c.Request.Context(), v.Tenant, actor(v), "sign_out", v.OID, v.Name, nil)
	p.setCookie(c, sessionCookie, "", 0)
	c.Status(http.StatusNoContent)
}

// audit writes a line about a person or, without a name, a thing; that it cannot be
// written is told in the log, because what it tells of has happened.
func (p *Portal) audit(ctx context.Context, t tenant.ID, by onboarding.Actor, action, subject, called string, detail map[string]any) {
	ctx = context.WithoutCancel(ctx)
	raw, err := json.Marshal(detail)
	if err == nil && detail == nil {
		raw = []byte(`{}`)
	}
	if err == nil {
		err = p.deps.Audit.Audit(ctx, t, provider.Entry{
			Tenant: t, Actor: by.ID, ActorName: by.Name, Action: action, Subject: subject, SubjectName: called, Detail: raw,
		})
	}
	if err != nil {
		p.log.ErrorContext(ctx, "audit line lost", "request", requestID(ctx), "actor", by.ID, "action", action, "subject", subject, "error", err)
	}
}
