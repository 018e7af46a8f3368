package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"tandem/internal/api/portal"
	"tandem/internal/config"
	"tandem/internal/microsoft/entra"
	"tandem/internal/onboarding"
	"tandem/internal/proof"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/web"
)

// entraConfig is the app registration, with the one credential that is given.
func entraConfig(m config.Microsoft, client *http.Client) (entra.Config, error) {
	c := entra.Config{
		HomeTenant: m.HomeTenant, ClientID: m.ClientID, ClientSecret: m.ClientSecret.Reveal(), AssertionFile: m.Assertion,
		Authority: m.Authority, GraphScope: strings.TrimSuffix(m.Graph, "/") + "/.default", HTTP: client,
	}
	for _, p := range onboarding.Permissions() {
		c.Roles = append(c.Roles, p.Name)
	}
	if m.Certificate != "" {
		var err error
		if c.Certificate, err = os.ReadFile(m.Certificate); err != nil {
			return c, fmt.Errorf("microsoft.certificate: %w", err)
		}
	}
	return c, nil
}

// newPortal makes what browsers meet.
func (a *App) newPortal(steps portal.Onboarding, box *secret.Box, registration entra.Config) (*portal.Portal, error) {
	flow, err := entra.NewSignIn(registration)
	if err != nil {
		return nil, fmt.Errorf("microsoft: %w", err)
	}
	return portal.New(portal.Deps{
		Sessions: a.store, Tenants: a.store, Audit: a.store, Onboarding: steps, Identity: signIn{flow}, Roles: a.people,
		Seal: box, App: web.Files(), Logger: a.log,
	}, portal.Config{
		BaseURL: a.cfg.HTTP.PortalURL, Authority: a.cfg.Microsoft.Authority, HomeTenant: a.cfg.Microsoft.HomeTenant,
		ProviderName: a.cfg.ProviderName, Key: a.cfg.Key("csrf"),
	})
}

// consent is what the API makes addresses of Entra's consent page with.
func (a *App) consent(pages *portal.Portal) func(context.Context, tenant.Tenant, onboarding.Actor, []byte, string) (string, time.Time, error) {
	return func(ctx context.Context, t tenant.Tenant, by onboarding.Actor, session []byte, returnTo string) (string, time.Time, error) {
		return pages.StartConsent(ctx, portal.ConsentRequest{Tenant: t, Actor: by, Session: session, ReturnTo: returnTo})
	}
}

// signIn is Microsoft's sign-in as the portal knows it.
type signIn struct{ *entra.SignIn }

func (i signIn) URL(ctx context.Context, t portal.Trip) (string, error) {
	return i.SignIn.URL(ctx, entra.Trip(t))
}

func (i signIn) Redeem(ctx context.Context, t portal.Trip, code string) (portal.Person, error) {
	p, err := i.SignIn.Redeem(ctx, entra.Trip(t), code)
	return portal.Person(p), err
}

func (signIn) RedirectError(q url.Values) error { return entra.RedirectError(q) }

// ofAPI are the paths of the listener that the admin API answers; all others are
// the portal's.
var ofAPI = []string{"/v1", "/openapi.json", "/docs", "/healthz", "/readyz", "/metrics", proof.WellKnown}

// ofProbes are those that every process answers.
var ofProbes = []string{"/healthz", "/readyz", "/metrics"}

// front is the listener for people and programs, or of a process without the role api for
// probes only. What the API answers may be
// read with a browser's session and is then nobody else's to keep or to embed;
// where the API says otherwise, as for its documentation, it is right.
func front(api, pages http.Handler, all bool) http.Handler {
	paths := ofAPI
	if !all {
		paths, pages = ofProbes, http.NotFoundHandler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, path := range paths {
			if r.URL.Path == path || strings.HasPrefix(r.URL.Path, path+"/") {
				h := w.Header()
				h.Set("Cache-Control", "no-store")
				h.Set("X-Content-Type-Options", "nosniff")
				h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
				h.Set("Cross-Origin-Resource-Policy", "same-origin")
				h.Set("Referrer-Policy", "no-referrer")
				api.ServeHTTP(w, r)
				return
			}
		}
		pages.ServeHTTP(w, r)
	})
}
