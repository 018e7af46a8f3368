package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/teams"
)

const (
	adatum = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b77"
	gloria = "0a000000-0000-4000-8000-000000000077"
)

// An organisation that is not there yet signs in and consents on the pages that
// need no certificate; /_sim/entra sees it, and a reset takes it back.
func TestOnboarding(t *testing.T) {
	const callback = "https://portal.example.com/callback"
	w := newWorld(t, func(c *Config) {
		c.PlainSignIn = true
		c.Apps[0].RedirectURIs = []string{callback}
		c.Tenants = append(c.Tenants, Tenant{ID: adatum, Name: "Adatum Insurance"})
		c.Users = append(c.Users, teams.Profile{OID: gloria, Tenant: adatum, Name: "Gloria Hart", Roles: []string{entra.GlobalAdministrator}})
	})
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(res *http.Response, err error, into any) *http.Response {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if into != nil {
			if err := json.NewDecoder(res.Body).Decode(into); err != nil {
				t.Fatal(err)
			}
		}
		return res
	}
	view := func() (v entra.TenantView) {
		t.Helper()
		res, err := w.client.Get(w.Control() + "/entra/tenants/adatuminsurance.example")
		ask(res, err, &v)
		return v
	}
	if v := view(); v.ServicePrincipal != entra.Absent || len(v.People) != 1 || v.People[0].UPN != "gloria.hart@adatuminsurance.example" {
		t.Fatalf("%+v", v)
	}

	var d struct {
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
	}
	res, err := w.client.Get(w.Authority() + "organizations/v2.0/.well-known/openid-configuration")
	ask(res, err, &d)
	if d.Authorize != w.SignIn()+"/organizations/oauth2/v2.0/authorize" || !strings.HasPrefix(w.SignIn(), "http://localhost:") || d.Token != w.Authority()+"organizations/oauth2/v2.0/token" {
		t.Fatalf("%+v", d)
	}
	q := url.Values{"client_id": {"app"}, "redirect_uri": {callback}, "scope": {"https://graph.microsoft.com/.default"}, "state": {"s"}}
	press := url.Values{"user": {gloria}, "action": {"accept"}}
	res, err = w.client.PostForm(w.SignIn()+"/"+adatum+"/v2.0/adminconsent?"+q.Encode(), press)
	if res = ask(res, err, nil); res.StatusCode != http.StatusFound || !strings.HasPrefix(res.Header.Get("Location"), callback+"?admin_consent=True&") {
		t.Fatalf("consent: %s %s", res.Status, res.Header.Get("Location"))
	}
	q.Set("response_type", "code")
	q.Set("scope", "openid")
	res, err = w.client.PostForm(d.Authorize+"?"+q.Encode(), url.Values{"user": {gloria}, "action": {"sign_in"}})
	res = ask(res, err, nil)
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	var tokens struct {
		ID string `json:"id_token"`
	}
	res, err = w.client.PostForm(d.Token, url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"app"}, "client_secret": {"secret"}, "redirect_uri": {callback}, "code": {back.Query().Get("code")},
	})
	if ask(res, err, &tokens); tokens.ID == "" {
		t.Errorf("sign-in: %s", res.Status)
	}
	if v := view(); v.ServicePrincipal != entra.Enabled || len(v.Roles) != 4 {
		t.Errorf("after consent: %+v", v)
	}
	res, err = w.client.Post(w.Control()+"/reset", "", nil)
	ask(res, err, nil)
	if v := view(); v.ServicePrincipal != entra.Absent {
		t.Errorf("after a reset: %+v", v)
	}
}
