package portal

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// ConsentRequest is somebody who wants to be sent to admin consent.
type ConsentRequest struct {
	Tenant   tenant.Tenant // bound: consent is asked of one Entra tenant
	Actor    onboarding.Actor
	Session  []byte // [provider.Visitor.SessionHash]; nil: an API key asks
	ReturnTo string // a path of the portal's, for after; "": the tenant's page
}

// StartConsent makes the address to which the admin's browser goes. It is good
// for one way there and back.
func (p *Portal) StartConsent(ctx context.Context, r ConsentRequest) (address string, expires time.Time, err error) {
	if r.Tenant.EntraTenantID == "" || r.Tenant.BoundAt.IsZero() {
		return "", expires, fault.Conflict("tenant_unbound", "an admin of the organisation has to sign in first")
	}
	l := luggage{Tenant: r.Tenant.ID, EntraTenantID: r.Tenant.EntraTenantID, Actor: r.Actor, Session: r.Session}
	if r.ReturnTo != "" {
		if l.To = local(r.ReturnTo); l.To == "" {
			return "", expires, &fault.Error{Kind: fault.KindInvalid, Code: "return_to_invalid", Msg: "the address to return to is not one of the portal",
				Fields: []fault.Field{{Path: "return_to", Msg: "must be a path of the portal, such as /tenant"}}}
		}
	}
	state, expires, err := p.depart(ctx, provider.ConsentJourney, l)
	if err != nil {
		return "", expires, err
	}
	address, err = p.deps.Identity.ConsentURL(ctx, r.Tenant.EntraTenantID, state, p.redirectURI(consentedPath))
	return address, expires, err
}

// consented takes a browser back from there. The answer is hearsay; onboarding
// starts the proof.
func (p *Portal) consented(c *gin.Context) {
	ctx := c.Request.Context()
	l, err := p.arrive(c, provider.ConsentJourney)
	if err != nil {
		p.stray(c, "", onboarding.Actor{}, provider.ConsentJourney, err)
		p.returned(c, l, "refused", err)
		return
	}
	by := l.Actor
	if l.Session != nil {
		v, _, err := p.visitor(c.Request)
		if err == nil && (v.Tenant != l.Tenant && v.Operator == "" || v.OID != l.Actor.OID) {
			err = fault.Forbidden("state_other_browser", "this was begun by somebody else; begin again yourself")
		}
		if err != nil {
			if fault.KindOf(err) == fault.KindUnauthenticated { // signed out meanwhile, or another browser
				err = fault.Forbidden("state_other_browser", "this was begun in another browser, or you have been signed out; sign in and begin again").Because(err)
			}
			p.stray(c, l.Tenant, by, provider.ConsentJourney, err)
			p.returned(c, luggage{}, "refused", err)
			return
		}
		by = actor(v)
	}
	q := c.Request.URL.Query()
	said := onboarding.ConsentReturn{Error: q.Get("error"), Description: q.Get("error_description"), Tenant: q.Get("tenant")}
	refusal := p.deps.Identity.RedirectError(q)
	switch {
	case refusal != nil && said.Error == "": // error= with nothing behind it
		said.Error = "invalid_request"
	case refusal == nil && !strings.EqualFold(q.Get("admin_consent"), "true"):
		said.Error, refusal = "consent_required", fault.Forbidden("consent_declined", "Microsoft does not say that consent was given; start again")
	case refusal == nil && said.Tenant != "" && !strings.EqualFold(said.Tenant, l.EntraTenantID):
		refusal = fault.Forbidden("consent_tenant_other", "consent was given for another organisation; sign in to Microsoft with an account of yours")
	}
	// The line in the trail is onboarding's, beside what it makes of it.
	if err := p.deps.Onboarding.ConsentReturned(context.WithoutCancel(ctx), by, l.Tenant, said); err != nil {
		p.logFailure(c, err)
		p.returned(c, l, "refused", err)
		return
	}
	if refusal != nil {
		p.returned(c, l, "declined", refusal)
		return
	}
	p.returned(c, l, "returned", nil)
}

// returned sends the browser on to the page it came from.
func (p *Portal) returned(c *gin.Context, l luggage, how string, err error) {
	to := l.To
	if to == "" {
		to = "/tenant"
	}
	code := ""
	if err != nil {
		if code = fault.CodeOf(err); fault.KindOf(err) == fault.KindInternal {
			code = "internal"
		}
	}
	c.Redirect(http.StatusFound, at(to, "consent", how, "error", code))
}
