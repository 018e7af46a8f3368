package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// The states of a service principal, as Control has them.
const (
	Absent   = "absent"
	Enabled  = "enabled"
	Disabled = "disabled"
)

// TenantView is a tenant as Control shows it.
type TenantView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Domain string `json:"domain"`
	// App is the client id of the app that the next two are about.
	App              string   `json:"app"`
	ServicePrincipal string   `json:"service_principal"` // absent, enabled or disabled
	Roles            []string `json:"roles"`
	UserConsent      bool     `json:"user_consent"`
	// PropagationSeconds is how long an admin's consent takes to be seen by the
	// token endpoint, PropagationShows what a first consent shows until then.
	PropagationSeconds float64 `json:"propagation_seconds"`
	PropagationShows   string  `json:"propagation_shows"`
	// TokenLifetimeSeconds is that of app-only tokens; 0 is 60 to 90 minutes.
	TokenLifetimeSeconds float64      `json:"token_lifetime_seconds"`
	People               []PersonView `json:"people"`
}

// PersonView is somebody who can sign in.
type PersonView struct {
	OID       string   `json:"oid"`
	Name      string   `json:"name"`
	UPN       string   `json:"upn"`
	Roles     []string `json:"roles"`
	RoleNames []string `json:"role_names"`
	Enabled   bool     `json:"enabled"`
}

// TenantChange is what an admin of the tenant, or a test, changes at once; what
// is nil stays. Absent forgets all grants; roles alone make the service principal.
type TenantChange struct {
	ServicePrincipal     *string   `json:"service_principal"`
	Roles                *[]string `json:"roles"`
	UserConsent          *bool     `json:"user_consent"`
	PropagationSeconds   *float64  `json:"propagation_seconds"`
	PropagationShows     *string   `json:"propagation_shows"`
	TokenLifetimeSeconds *float64  `json:"token_lifetime_seconds"`
}

// ErrUnknown is returned for a tenant or an app that is not there.
var ErrUnknown = errors.New("no such tenant or app")

// maxSeconds keeps times within what a Duration can hold.
const maxSeconds = 365 * 24 * 3600

func (c TenantChange) validate() error {
	if p := c.ServicePrincipal; p != nil && !slices.Contains([]string{Absent, Enabled, Disabled}, *p) {
		return fmt.Errorf("service_principal is absent, enabled or disabled, not %q", *p)
	}
	if p := c.ServicePrincipal; p != nil && *p == Absent && c.Roles != nil && len(*c.Roles) > 0 {
		return errors.New("an absent service principal has no roles")
	}
	if p := c.PropagationShows; p != nil && !slices.Contains([]string{ShowsNotFound, ShowsNoRoles, ShowsConsent}, *p) {
		return fmt.Errorf("propagation_shows is not_found, no_roles or consent_required, not %q", *p)
	}
	for name, p := range map[string]*float64{"propagation_seconds": c.PropagationSeconds, "token_lifetime_seconds": c.TokenLifetimeSeconds} {
		if p != nil && !(*p >= 0 && *p <= maxSeconds) {
			return fmt.Errorf("%s is between 0 and %d", name, maxSeconds)
		}
	}
	return nil
}

// View shows a tenant, by id or domain, as an app finds it; empty is the first app.
func (s *Service) View(tenant, clientID string) (TenantView, error) {
	d, known := s.lookup(tenant)
	a, registered := s.chosen(clientID)
	if !known || !registered {
		return TenantView{}, ErrUnknown
	}
	v := TenantView{ID: d.ID, Name: d.Name, Domain: d.Domain, App: a.ClientID, ServicePrincipal: Absent, Roles: []string{}, People: []PersonView{}}
	s.mu.Lock()
	g := d.principal(a).now
	v.UserConsent, v.PropagationShows = d.userConsent, d.symptom
	v.PropagationSeconds, v.TokenLifetimeSeconds = d.propagation.Seconds(), d.lifetime.Seconds()
	s.mu.Unlock()
	switch {
	case g.disabled:
		v.ServicePrincipal = Disabled
	case g.present:
		v.ServicePrincipal = Enabled
	}
	v.Roles = append(v.Roles, g.roles...)
	for _, o := range s.organisations(d.ID) {
		for _, p := range o.People {
			person := PersonView{OID: p.OID, Name: p.Name, UPN: p.UPN, Roles: append([]string{}, p.Roles...), RoleNames: []string{}, Enabled: p.Enabled}
			for _, role := range p.Roles {
				person.RoleNames = append(person.RoleNames, RoleName(role))
			}
			v.People = append(v.People, person)
		}
	}
	return v, nil
}

// Change changes a tenant, by id or domain, for an app; empty is the first.
func (s *Service) Change(tenant, clientID string, c TenantChange) error {
	d, known := s.lookup(tenant)
	a, registered := s.chosen(clientID)
	if !known || !registered {
		return ErrUnknown
	}
	if err := c.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := d.principal(a)
	if c.ServicePrincipal != nil || c.Roles != nil {
		p.until = time.Time{}
	}
	if c.ServicePrincipal != nil {
		switch *c.ServicePrincipal {
		case Absent:
			p.now = grant{}
		default:
			p.now.all = p.now.all || !p.now.present
			p.now.present, p.now.disabled = true, *c.ServicePrincipal == Disabled
		}
	}
	if c.Roles != nil && (len(*c.Roles) > 0 || p.now.present) {
		p.now.all = p.now.all || !p.now.present
		p.now.present, p.now.roles = true, slices.Clone(*c.Roles)
	}
	if c.UserConsent != nil {
		d.userConsent = *c.UserConsent
	}
	if c.PropagationSeconds != nil {
		d.propagation = time.Duration(*c.PropagationSeconds * float64(time.Second))
	}
	if c.PropagationShows != nil {
		d.symptom = *c.PropagationShows
	}
	if c.TokenLifetimeSeconds != nil {
		d.lifetime = time.Duration(*c.TokenLifetimeSeconds * float64(time.Second))
	}
	return nil
}

func (s *Service) chosen(clientID string) (App, bool) {
	if clientID == "" && len(s.Apps) > 0 {
		clientID = s.Apps[0].ClientID
	}
	return s.app(clientID)
}

// Control serves /_sim/entra: tenants and keys. The query parameter app picks
// another app than the first.
func (s *Service) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/entra/tenants", func(w http.ResponseWriter, r *http.Request) {
		list := []TenantView{}
		s.mu.Lock()
		order := slices.Clone(s.order)
		s.mu.Unlock()
		for _, id := range order {
			v, err := s.View(id, r.URL.Query().Get("app"))
			if err != nil {
				respond(w, nil, err)
				return
			}
			list = append(list, v)
		}
		respond(w, list, nil)
	})
	mux.HandleFunc("GET /_sim/entra/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request) {
		v, err := s.View(r.PathValue("tenant"), r.URL.Query().Get("app"))
		respond(w, v, err)
	})
	mux.HandleFunc("PUT /_sim/entra/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request) {
		var c TenantChange
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
			respond(w, nil, fmt.Errorf("request body: %w", err))
			return
		}
		app := r.URL.Query().Get("app")
		if err := s.Change(r.PathValue("tenant"), app, c); err != nil {
			respond(w, nil, err)
			return
		}
		v, err := s.View(r.PathValue("tenant"), app)
		respond(w, v, err)
	})
	mux.HandleFunc("POST /_sim/entra/keys/rotate", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.Keys.Rotate(); err != nil {
			respond(w, nil, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func respond(w http.ResponseWriter, body any, err error) {
	switch {
	case errors.Is(err, ErrUnknown):
		write(w, http.StatusNotFound, map[string]string{"error": err.Error()})
	case err != nil:
		write(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	default:
		write(w, http.StatusOK, body)
	}
}
