package portal

import (
	"context"
	"crypto/hmac"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

const (
	signedInPath  = "/portal/signed-in"
	consentedPath = "/portal/consented"
	journeyLasts  = time.Hour
	journeySeal   = "portal journey"
	maxWord       = 128 // of an invitation, in bytes; ours have 24
	maxState      = 64
)

// luggage is what has to be known when a browser comes back.
type luggage struct {
	Browser    []byte `json:"browser,omitempty"` // hash of its cookie
	Nonce      string `json:"nonce,omitempty"`
	Verifier   string `json:"verifier,omitempty"`
	Invitation string `json:"invitation,omitempty"`
	To         string `json:"to,omitempty"`

	// Of a consent.
	Tenant        tenant.ID        `json:"tenant,omitempty"`
	EntraTenantID string           `json:"entra_tenant_id,omitempty"`
	Actor         onboarding.Actor `json:"actor,omitzero"`
	Session       []byte           `json:"session,omitempty"` // hash; none: an API key asked
}

// depart keeps what a journey needs and returns its state.
func (p *Portal) depart(ctx context.Context, kind provider.JourneyKind, l luggage) (state string, expires time.Time, err error) {
	packed, err := p.pack(l, journeySeal)
	if err != nil {
		return "", expires, err
	}
	state, now := string(secret.Token("")), p.cfg.Now()
	expires = now.Add(journeyLasts)
	return state, expires, p.deps.Sessions.BeginJourney(ctx, provider.Journey{
		Hash: secret.Hash(state), Kind: kind, Luggage: packed, CreatedAt: now, ExpiresAt: expires,
	})
}

// arrive uses a state up.
func (p *Portal) arrive(c *gin.Context, kind provider.JourneyKind) (l luggage, err error) {
	state := c.Query("state")
	unknown := fault.NotFound("state_unknown", "this is not an answer to anything we asked; begin again")
	if state == "" || len(state) > maxState || len(c.Request.URL.Query()["state"]) != 1 {
		return l, unknown
	}
	j, err := p.deps.Sessions.EndJourney(c.Request.Context(), kind, secret.Hash(state), p.cfg.Now())
	if err != nil {
		return l, err
	}
	if err := p.unpack(j.Luggage, journeySeal, &l); err != nil {
		return luggage{}, unknown.Because(err)
	}
	return l, nil
}

// stray notes somebody who came back without having been sent, or not from here.
// Such requests cost whoever makes them up nothing, so only so many are written
// down.
func (p *Portal) stray(c *gin.Context, t tenant.ID, by onboarding.Actor, kind provider.JourneyKind, err error) {
	if fault.KindOf(err) == fault.KindUnavailable || fault.KindOf(err) == fault.KindInternal {
		return
	}
	from := address(c.Request)
	p.log.WarnContext(c.Request.Context(), "state refused", "request", requestID(c.Request.Context()), "journey", kind, "code", fault.CodeOf(err), "from", from)
	if !p.strays.take(from) {
		return
	}
	if by.ID == "" {
		by = nobody
		if v, _, err := p.visitor(c.Request); err == nil {
			t, by = v.Tenant, actor(v)
		}
	}
	p.audit(c.Request.Context(), t, by, "state.refuse", string(kind), "", map[string]any{"code": fault.CodeOf(err), "from": from.Addr().String()})
}

// signIn sends a browser to Microsoft.
func (p *Portal) signIn(c *gin.Context) {
	if there := p.canonical(c.Request); there != "" {
		c.Redirect(http.StatusFound, there)
		return
	}
	to, invitation := local(c.Query("to")), c.Query("invitation")
	if len(invitation) > maxWord {
		p.back(c, luggage{To: to}, fault.NotFound("invitation_unknown", "there is no such invitation"))
		return
	}
	l := luggage{Invitation: invitation, To: to}
	if !p.trips.take(address(c.Request)) {
		p.back(c, l, fault.Exhausted("rate_limited", "too many sign-ins were begun from here; wait a minute"))
		return
	}
	browser := p.word(c.Request, browserCookie) // other tabs may be on their way too
	if browser == "" {
		browser = string(secret.Token(""))
	}
	l.Browser, l.Nonce, l.Verifier = secret.Hash(browser), string(secret.Token("")), string(secret.Token(""))+string(secret.Token(""))
	state, _, err := p.depart(c.Request.Context(), provider.SignInJourney, l)
	var address string
	if err == nil {
		address, err = p.deps.Identity.URL(c.Request.Context(), p.trip(l, state))
	}
	if err != nil {
		p.back(c, l, err)
		return
	}
	p.setCookie(c, browserCookie, browser, journeyLasts)
	c.Redirect(http.StatusFound, address)
}

// canonical is where a browser should be that is on this machine under another
// name: cookies set at 127.0.0.1 would not be there when Microsoft sends it to
// localhost. "" if it is where it should be.
func (p *Portal) canonical(r *http.Request) string {
	if p.secure() || r.Host == p.base.Host {
		return ""
	}
	host, port, err := net.SplitHostPort(r.Host)
	if a, _ := netip.ParseAddr(host); err != nil || port != p.base.Port() || host != "localhost" && !a.IsLoopback() {
		return ""
	}
	return p.cfg.BaseURL + r.URL.RequestURI()
}

func (p *Portal) trip(l luggage, state string) Trip {
	return Trip{RedirectURI: p.redirectURI(signedInPath), State: state, Nonce: l.Nonce, Verifier: l.Verifier}
}

// signedIn takes a browser back. Whatever is wrong, it is told on a page of the
// app; nothing of what came with the browser is repeated there.
func (p *Portal) signedIn(c *gin.Context) {
	l, err := p.arrive(c, provider.SignInJourney)
	if err == nil && !hmac.Equal(secret.Hash(p.word(c.Request, browserCookie)), l.Browser) {
		err = fault.Forbidden("state_other_browser", "this sign-in was begun in another browser; begin again in this one")
		l.Invitation = "" // not for whoever came by it
	}
	if err != nil {
		p.stray(c, "", onboarding.Actor{}, provider.SignInJourney, err)
		p.back(c, l, err)
		return
	}
	v, err := p.identify(c, l)
	if err == nil {
		err = p.begin(c, v)
	}
	if err != nil {
		p.back(c, l, err)
		return
	}
	to := l.To
	if to == "" {
		if to = "/tenant"; v.Tenant == "" {
			to = "/console"
		}
	}
	c.Redirect(http.StatusFound, to)
}

// identify finds out who came back and whether he may come in.
func (p *Portal) identify(c *gin.Context, l luggage) (v provider.Visitor, err error) {
	ctx, q := c.Request.Context(), c.Request.URL.Query()
	if err := p.deps.Identity.RedirectError(q); err != nil {
		return v, err // the words of a browser: nobody has been refused by us
	}
	who, err := p.deps.Identity.Redeem(ctx, p.trip(l, ""), q.Get("code"))
	if err != nil {
		if fault.CodeOf(err) == "sign_in_not_proved" {
			p.log.WarnContext(ctx, "id_token refused", "request", requestID(ctx), "error", err)
			if p.strays.take(address(c.Request)) {
				p.audit(ctx, "", nobody, "sign_in.refuse", "", "", map[string]any{"code": fault.CodeOf(err), "from": address(c.Request).Addr().String()})
			}
		}
		return v, err
	}
	v = provider.Visitor{
		EntraTenantID: who.TenantID, OID: who.OID, Name: who.Name, Username: who.Username, Roles: tenant.AdminRoles(who.DirectoryRoles),
	}
	if v.Operator = p.operator(who); v.Operator != "" && l.Invitation == "" {
		p.audit(ctx, "", actor(v), "sign_in", who.OID, who.Name, map[string]any{"upn": who.Username, "role": v.Operator})
		return v, nil
	}
	v.Operator = "" // with an invitation he comes as an admin of his organisation
	t, err := p.deps.Onboarding.SignIn(ctx, l.Invitation, onboarding.Admin{
		EntraTenantID: who.TenantID, OID: who.OID, Name: who.Name, UPN: who.Username, Roles: v.Roles, RolesKnown: who.DirectoryRoles != nil,
	})
	if err != nil {
		// What concerns a tenant is in its trail; that somebody unknown was at the
		// door is the provider's to know.
		switch fault.CodeOf(err) {
		case "not_invited", "invitation_unknown":
			p.audit(ctx, "", actor(v), "sign_in.refuse", who.OID, who.Name, map[string]any{"code": fault.CodeOf(err), "entra_tenant_id": who.TenantID})
		}
		return v, p.revoked(c, l, who, err)
	}
	v.Tenant = t.ID
	return v, nil
}

// revoked ends the sessions of somebody of whom a sign-in shows that he has not, or
// no longer, the right to any. A refusal that is about an invitation says nothing of
// that kind.
func (p *Portal) revoked(c *gin.Context, l luggage, who Person, why error) error {
	if code := fault.CodeOf(why); code != "admin_role_missing" && (code != "not_invited" || l.Invitation != "") {
		return why
	}
	n, err := p.deps.Sessions.EndSessions(context.WithoutCancel(c.Request.Context()), who.TenantID, who.OID)
	if err != nil {
		return errors.Join(why, err)
	}
	if n > 0 {
		p.log.WarnContext(c.Request.Context(), "sessions ended of somebody without a role", "request", requestID(c.Request.Context()), "oid", who.OID, "sessions", n)
	}
	return why
}

// back sends a browser to the page that says what went wrong.
func (p *Portal) back(c *gin.Context, l luggage, err error) {
	code := fault.CodeOf(err)
	switch fault.KindOf(err) {
	case fault.KindInternal:
		p.logFailure(c, err)
		if code != "credential_rejected" && code != "sign_in_refused" {
			code = "internal"
		}
	case fault.KindUnavailable:
		p.logFailure(c, err)
	default:
		p.log.InfoContext(c.Request.Context(), "sign-in refused", "request", requestID(c.Request.Context()), "code", code, "error", err)
	}
	to := l.To
	if l.Invitation != "" {
		to = "/onboard/" + url.PathEscape(l.Invitation)
	}
	c.Redirect(http.StatusFound, at("/sign-in", "error", code, "to", to, "invitation", l.Invitation))
}
