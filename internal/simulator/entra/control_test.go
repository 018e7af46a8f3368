package entra

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/faults"
)

// control asks /_sim/entra.
func control(s *Service, method, path, body string, into any) int {
	w := httptest.NewRecorder()
	s.Control().ServeHTTP(w, httptest.NewRequest(method, "/_sim/entra/"+path, strings.NewReader(body)))
	if into != nil {
		_ = json.Unmarshal(w.Body.Bytes(), into)
	}
	return w.Code
}

// appToken asks for an app-only token; code is that of the refusal.
func appToken(t *testing.T, s *Service, server *httptest.Server, tenant string) (c Claims, seconds, code int) {
	t.Helper()
	res := exchange(t, server, tenant, form("client_credentials", "scope", scope))
	if res.Codes != nil {
		return c, 0, res.Codes[0]
	}
	c, err := s.Verify(res.Access)
	if err != nil {
		t.Fatal(err)
	}
	return c, res.Expires, 0
}

func TestControlShowsTenants(t *testing.T) {
	s, _ := newService(t)
	var list []TenantView
	if status := control(s, http.MethodGet, "tenants", "", &list); status != 200 || len(list) != 3 {
		t.Fatalf("%d %+v", status, list)
	}
	first, second := list[0], list[1]
	if first.ID != consented || first.ServicePrincipal != Enabled || len(first.Roles) != 1 || first.App != clientID || !first.UserConsent || len(first.People) != 1 || first.People[0].RoleNames[0] != "Global Administrator" {
		t.Errorf("%+v", first)
	}
	if second.ServicePrincipal != Absent || len(second.Roles) != 0 || len(second.People) != 5 {
		t.Errorf("%+v", second)
	}
	if second.People[0].OID == una {
		t.Error("those with roles come first")
	}
	for path, want := range map[string]int{"tenants/" + consented: 200, "tenants/contoso.example": 200, "tenants/nobody": 404, "tenants/" + consented + "?app=x": 404} {
		if status := control(s, http.MethodGet, path, "", nil); status != want {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestControlChangesTenants(t *testing.T) {
	s, server := newService(t)
	change := func(tenant, body string, want int) (v TenantView) {
		t.Helper()
		if status := control(s, http.MethodPut, "tenants/"+tenant, body, &v); status != want {
			t.Fatalf("%s: %d, want %d", body, status, want)
		}
		return v
	}
	for _, body := range []string{
		`{"service_principal":"gone"}`, `{"service_principal":"absent","roles":["X"]}`, `{"propagation_seconds":-1}`, `{"propagation_shows":"x"}`, `{"token_lifetime_seconds":1e300}`, `{"nonsense":1}`, `[`,
	} {
		change(consented, body, 400)
	}
	change("nobody", `{}`, 404)

	if v := change(consented, `{"roles":["A","B"]}`, 200); len(v.Roles) != 2 {
		t.Errorf("%+v", v)
	}
	if c, _, _ := appToken(t, s, server, consented); strings.Join(c.Roles, " ") != "A B" {
		t.Errorf("roles %v", c.Roles)
	}
	change(consented, `{"roles":["A"]}`, 200)
	if c, _, _ := appToken(t, s, server, consented); strings.Join(c.Roles, " ") != "A" {
		t.Errorf("one role was removed, there are %v", c.Roles)
	}
	change(consented, `{"service_principal":"disabled"}`, 200)
	if _, _, code := appToken(t, s, server, consented); code != 7000112 {
		t.Errorf("disabled: %d", code)
	}
	if v := change(consented, `{"service_principal":"enabled","token_lifetime_seconds":90}`, 200); len(v.Roles) != 1 || v.TokenLifetimeSeconds != 90 {
		t.Errorf("enabled again: %+v", v)
	}
	if c, seconds, _ := appToken(t, s, server, consented); seconds != 89 || c.Expires-c.IssuedAt != 90 {
		t.Errorf("a token of %d s", seconds)
	}
	change(consented, `{"service_principal":"absent"}`, 200)
	if _, _, code := appToken(t, s, server, consented); code != 700016 {
		t.Errorf("deleted: %d", code)
	}
	if v := change(without, `{"roles":["A"]}`, 200); v.ServicePrincipal != Enabled {
		t.Errorf("roles make the service principal: %+v", v)
	}
	s.Reset()
	if _, _, code := appToken(t, s, server, consented); code != 0 {
		t.Errorf("after a reset: %d", code)
	}
	if _, _, code := appToken(t, s, server, without); code != 700016 {
		t.Errorf("after a reset, without consent: %d", code)
	}
}

func TestTokenWithoutRoles(t *testing.T) {
	s, server := newService(t)
	if err := s.Faults.Set(faults.Fault{Knob: faults.EntraRoles, Scope: consented, Times: 1}); err != nil {
		t.Fatal(err)
	}
	for want := range 2 {
		if c, _, code := appToken(t, s, server, consented); code != 0 || len(c.Roles) != want {
			t.Errorf("roles %v, code %d, want %d", c.Roles, code, want)
		}
	}
}

// Consent takes its time to be seen; what shows meanwhile can be chosen.
func TestConsentSpreads(t *testing.T) {
	for shows, want := range map[string]int{ShowsNotFound: 700016, ShowsNoRoles: 0, ShowsConsent: 65001} {
		s, server := newService(t)
		body := `{"propagation_seconds":45,"propagation_shows":"` + shows + `"}`
		if status := control(s, http.MethodPut, "tenants/"+without, body, nil); status != 200 {
			t.Fatal(status)
		}
		accept(t, server, without, peter)
		if c, _, code := appToken(t, s, server, without); code != want || len(c.Roles) != 0 {
			t.Errorf("%s: at first code %d, roles %v", shows, code, c.Roles)
		}
		s.Clock.Advance(44 * time.Second)
		if _, _, code := appToken(t, s, server, without); code != want {
			t.Errorf("%s: after 44 s code %d", shows, code)
		}
		s.Clock.Advance(time.Second)
		if c, _, code := appToken(t, s, server, without); code != 0 || len(c.Roles) != 4 {
			t.Errorf("%s: in the end code %d, roles %v", shows, code, c.Roles)
		}
	}
	s, server := newService(t)
	control(s, http.MethodPut, "tenants/"+consented, `{"propagation_seconds":45}`, nil)
	accept(t, server, consented, gloria)
	if c, _, code := appToken(t, s, server, consented); code != 0 || len(c.Roles) != 1 {
		t.Errorf("consented again: the old roles are seen meanwhile, not %v, %d", c.Roles, code)
	}
}
