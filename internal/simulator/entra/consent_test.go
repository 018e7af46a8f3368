package entra

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tandem/internal/simulator/faults"
)

const graphDefault = "https://graph.microsoft.com/.default"

// consentAt is an address of admin consent; pairs change its parameters, and
// empty ones go.
func consentAt(server *httptest.Server, path string, pairs ...string) string {
	q := url.Values{"client_id": {clientID}, "redirect_uri": {callback}, "scope": {graphDefault + " openid profile"}, "state": {"s1"}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return server.URL + "/" + path + "/adminconsent?" + q.Encode()
}

// accept consents at version 2.
func accept(t *testing.T, server *httptest.Server, tenant, who string) seen {
	t.Helper()
	b := browse(t, server, consentAt(server, tenant+"/v2.0"), "user", who, "action", "accept")
	if b.query("admin_consent") != "True" {
		t.Fatalf("no consent: %d %v %s", b.status, b.to, b.page)
	}
	return b
}

func TestAdminConsent(t *testing.T) {
	s, server := newService(t)
	b := browse(t, server, consentAt(server, without+"/v2.0"))
	if b.name() != "consent" || strings.Contains(b.page, gloria) {
		t.Fatalf("page: %s", b.page)
	}
	for _, text := range []string{"Presence.Read.All", "Read presence information of all users", "GroupMember.Read.All", "Sign users in", peter} {
		if !strings.Contains(b.page, text) {
			t.Errorf("the page lacks %s", text)
		}
	}
	for _, who := range []string{una, theo, cloe} {
		if b := browse(t, server, consentAt(server, without+"/v2.0"), "user", who, "action", "accept"); b.to != nil || b.name() != "approval" {
			t.Errorf("%s may not consent: %v %s", who, b.to, b.name())
		}
	}
	if b := browse(t, server, consentAt(server, without+"/v2.0"), "user", gloria, "action", "accept"); b.code() != "50020" {
		t.Errorf("admin of another tenant: %v", b.to)
	}
	if _, _, code := appToken(t, s, server, without); code != 700016 {
		t.Errorf("before: %d", code)
	}
	b = accept(t, server, without, peter)
	const graph = "https://graph.microsoft.com/"
	want := graph + "Presence.Read.All " + graph + "User.Read.All " + graph + "TeamsUserConfiguration.Read.All " + graph + "GroupMember.Read.All openid profile"
	if b.status != http.StatusFound || b.query("tenant") != without || b.query("state") != "s1" || b.query("scope") != want || b.query("error") != "" {
		t.Errorf("redirect: %v", b.to)
	}
	c, _, code := appToken(t, s, server, without)
	if code != 0 || len(c.Roles) != 4 || c.AppName != "Tandem" || c.AppKind != "1" || len(c.RoleIDs) != 1 || c.RoleIDs[0] != applicationRole || c.Issuer != "https://sts.windows.net/"+without+"/" {
		t.Errorf("after: %d %+v", code, c)
	}
}

func TestEndsOfAdminConsent(t *testing.T) {
	s, server := newService(t)
	for _, c := range []struct{ path, action, want string }{
		{without + "/v2.0", "cancel", "error=access_denied&error_subcode=cancel&state=s1"},
		{"organizations/v2.0", "cancel", "error=access_denied&error_subcode=cancel&state=s1"},
		{without, "cancel", "error=permission_denied&error_description=The+admin+canceled+the+request&state=s1"},
		{without + "/v2.0", "decline", "admin_consent=True&error=consent_required&error_description=AADSTS65004%3A"},
		{without, "decline", "admin_consent=True&error=consent_required&error_description=AADSTS65004%3A"},
		{without + "/v2.0", "return", "error=access_denied&error_description=AADSTS90094%3A"},
	} {
		b := browse(t, server, consentAt(server, c.path), "action", c.action, "user", peter)
		if b.to == nil || !strings.HasPrefix(b.to.RawQuery, c.want) || b.query("state") != "s1" {
			t.Errorf("%s of %s: %v", c.action, c.path, b.to)
		}
	}
	if v, _ := s.View(without, ""); v.ServicePrincipal != Absent {
		t.Errorf("%s", v.ServicePrincipal)
	}
	for name, c := range map[string]struct {
		path  string
		pairs []string
		page  string
		err   string
	}{
		"unknown tenant":     {"nobody/v2.0", nil, "90002", ""},
		"common":             {"common/v2.0", nil, "9002313", ""},
		"common of v1":       {"common", []string{"scope", ""}, "consent", ""},
		"unknown client":     {without + "/v2.0", []string{"client_id", "x"}, "700016", ""},
		"other redirect":     {without + "/v2.0", []string{"redirect_uri", "https://evil.example"}, "50011", ""},
		"no scope":           {without + "/v2.0", []string{"scope", ""}, "900144", ""},
		"malformed scope":    {without + "/v2.0", []string{"scope", "Presence.Read.All"}, "", "invalid_scope"},
		"two resources":      {without + "/v2.0", []string{"scope", graphDefault + " https://other.example/.default"}, "", "invalid_request"},
		"delegated":          {without + "/v2.0", []string{"scope", "https://graph.microsoft.com/User.Read"}, "consent", ""},
		"unknown button":     {without + "/v2.0", []string{"button", "dance"}, "9002313", ""},
		"unknown button, v1": {without, []string{"button", "dance"}, "9002313", ""},
	} {
		var press []string
		if len(c.pairs) > 0 && c.pairs[0] == "button" {
			press = []string{"action", c.pairs[1]}
		}
		b := browse(t, server, consentAt(server, c.path, c.pairs...), press...)
		if c.err != "" && b.query("error") != c.err || c.err == "" && (b.to != nil || b.name() != c.page && b.code() != c.page) {
			t.Errorf("%s: %v %s %s", name, b.to, b.name(), b.code())
		}
	}
	b := browse(t, server, consentAt(server, "common", "scope", "", "state", "a<script>b"), "action", "accept", "user", peter)
	if b.to == nil || b.to.RawQuery != "admin_consent=True&state=ab&tenant="+without {
		t.Errorf("version 1, and state with HTML: %v", b.to)
	}
	// Delegated permissions alone are for application administrators too.
	b = browse(t, server, consentAt(server, without+"/v2.0", "scope", "https://graph.microsoft.com/User.Read"), "action", "accept", "user", cloe)
	if b.query("admin_consent") != "True" || b.query("scope") != "https://graph.microsoft.com/User.Read" {
		t.Errorf("delegated: %v", b.to)
	}
	if c, _, code := appToken(t, s, server, without); code != 0 || len(c.Roles) != 4 {
		t.Errorf("delegated: roles %v, %d", c.Roles, code)
	}
	control(s, http.MethodPut, "tenants/"+without, `{"service_principal":"disabled"}`, nil)
	if b := browse(t, server, consentAt(server, without+"/v2.0"), "action", "accept", "user", peter); b.code() != "7000112" {
		t.Errorf("disabled: %v", b.to)
	}
}

func TestFaultsOfConsent(t *testing.T) {
	s, server := newService(t)
	for _, f := range []faults.Fault{
		{Knob: faults.EntraWrongTenant, Scope: without, Value: noRoles, Times: 1},
		{Knob: faults.EntraLostState, Scope: without, Value: "none", Times: 1},
		{Knob: faults.EntraPartial, Scope: without, Value: "User.Read.All GroupMember.Read.All", Times: 1},
	} {
		if err := s.Faults.Set(f); err != nil {
			t.Fatal(err)
		}
	}
	b := accept(t, server, "organizations", peter)
	if b.query("tenant") != noRoles || b.to.Query().Has("state") || strings.Contains(b.query("scope"), "User.Read.All") {
		t.Errorf("%v", b.to)
	}
	if c, _, _ := appToken(t, s, server, without); strings.Join(c.Roles, " ") != "Presence.Read.All TeamsUserConfiguration.Read.All" {
		t.Errorf("roles %v", c.Roles)
	}
	if b = accept(t, server, "organizations", peter); b.query("tenant") != without || b.query("state") != "s1" {
		t.Errorf("the second time: %v", b.to)
	}
	if c, _, _ := appToken(t, s, server, without); len(c.Roles) != 4 {
		t.Errorf("the second time: %v", c.Roles)
	}
}
