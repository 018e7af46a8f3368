package portal

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
	"tandem/internal/trunk"
)

// unproved is a directory that has not heard of any consent yet.
type unproved struct{ onboarding.Directory }

func (unproved) Prove(context.Context, string, string) (onboarding.Consent, error) {
	return onboarding.Consent{}, fault.Forbidden("consent_missing", "the tenant's admin has not consented to the application")
}

type deaf struct{}

func (deaf) Publish(context.Context, tenant.ID, onboarding.Event) error { return nil }

// TestOnboarding: from the link of an invitation to a consent that is being
// proved, with the real service on a real database.
func TestOnboarding(t *testing.T) {
	db, err := postgres.Open(t.Context(), postgres.Config{DSN: testkit.Postgres(t).Admin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	var service *onboarding.Service
	w := newWorld(t, func(d *Deps, c *Config) {
		service = onboarding.New(onboarding.Config{
			Store: db, Directory: unproved{}, Publisher: deaf{}, ProviderName: "Acme", ClientID: clientID, PublicBase: c.BaseURL, Now: c.Now,
		})
		d.Sessions, d.Tenants, d.Audit, d.Onboarding = db, db, db, service
	})
	if _, err := db.CreateRegion(t.Context(), trunk.Region{ID: "eu", Name: "Europe"}); err != nil {
		t.Fatal(err)
	}
	customer, err := db.CreateTenant(t.Context(), tenant.Tenant{Name: "Contoso Airlines", State: tenant.Invited, HomeRegion: "eu"})
	if err != nil {
		t.Fatal(err)
	}
	_, link, err := service.Invite(t.Context(), onboarding.Actor{ID: "key:7"}, tenant.Invitation{Tenant: customer.ID})
	if err != nil {
		t.Fatal(err)
	}
	word, found := strings.CutPrefix(link, w.server.URL+"/onboard/")
	if !found {
		t.Fatal(link)
	}
	b := w.browser()
	if s := b.get(link); s.StatusCode != http.StatusOK || !strings.Contains(s.body, "<title>Tandem</title>") {
		t.Fatalf("%d %s", s.StatusCode, s.body)
	}
	if s := b.get("/portal/invitations/" + word); !strings.Contains(s.body, `"state":"open"`) || !strings.Contains(s.body, "Contoso Airlines") {
		t.Fatalf("%d %s", s.StatusCode, s.body)
	}
	if s := w.browser().signIn(una, "?invitation="+word); query(s.to(), "error") != "admin_role_missing" {
		t.Errorf("no admin: %s", s.to())
	}
	if s := b.signIn(gloria, "?invitation="+word); s.to() != "/tenant" {
		t.Fatal(s.to())
	}
	if v := b.session(); v.Tenant.ID != string(customer.ID) || v.Tenant.Name != "Contoso Airlines" || v.Person.OID != gloria {
		t.Errorf("%+v", v)
	}
	if s := w.browser().signIn(theo, "?invitation="+word); query(s.to(), "error") != "invitation_used" {
		t.Errorf("another organisation's admin: %s", s.to())
	}
	if s := w.browser().signIn(theo, ""); query(s.to(), "error") != "not_invited" {
		t.Errorf("nobody's admin: %s", s.to())
	}

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "__Host-tandem", Value: b.cookie("__Host-tandem")})
	v, err := w.portal.Session(r)
	if err != nil {
		t.Fatal(err)
	}
	if customer, err = db.Tenant(t.Context(), customer.ID); err != nil || customer.EntraTenantID != contoso || customer.BoundBy != "Gloria Hart" {
		t.Fatalf("%+v %v", customer, err)
	}
	address, _, err := w.portal.StartConsent(t.Context(), ConsentRequest{Tenant: customer, Actor: actor(v), Session: v.SessionHash})
	if err != nil {
		t.Fatal(err)
	}
	back := b.answered(address, gloria, "accept")
	if s := b.get(back); s.to() != "/tenant?consent=returned" {
		t.Fatal(s.to())
	}
	if s := b.get(back); s.to() != "/tenant?consent=refused&error=state_used" {
		t.Errorf("replayed: %s", s.to())
	}
	grants, err := db.Grants(t.Context(), customer.ID)
	if err != nil || len(grants) == 0 || slices.ContainsFunc(grants, func(g tenant.Grant) bool { return g.State == tenant.Proved }) {
		t.Errorf("a browser's word proved something: %+v %v", grants, err)
	}
	token := b.session().CSRF
	if s := b.send(http.MethodPost, "/portal/sign-out", nil, CSRFHeader, token); s.StatusCode != http.StatusNoContent || b.session().SignedIn {
		t.Errorf("sign-out: %d", s.StatusCode)
	}
	trail, err := db.ListAudit(t.Context(), "", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range trail {
		actions = append(actions, e.Action)
	}
	for _, want := range []string{"invitation.create", "sign_in.refuse", "tenant.bind", "consent.return", "state.refuse", "sign_out"} {
		if !slices.Contains(actions, want) {
			t.Errorf("the trail has no %s: %v", want, actions)
		}
	}
}
