package entra

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tandem/internal/simulator/faults"
)

// form is a request of the app for a token; pairs follow the grant.
func form(grant string, pairs ...string) url.Values {
	f := url.Values{"grant_type": {grant}, "client_id": {clientID}, "client_secret": {"secret"}}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// answer is what the token endpoint says.
type answer struct {
	Status                int
	Error                 string
	Description           string `json:"error_description"`
	Codes                 []int  `json:"error_codes"`
	Access                string `json:"access_token"`
	ID                    string `json:"id_token"`
	Refresh               string `json:"refresh_token"`
	Expires               int    `json:"expires_in"`
	Scope, Suberror       string
	ClientInfo            string `json:"client_info"`
}

func exchange(t *testing.T, server *httptest.Server, tenant string, f url.Values) answer {
	t.Helper()
	res, err := server.Client().PostForm(server.URL+"/"+tenant+"/oauth2/v2.0/token", f)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{Status: res.StatusCode}
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

// seen is what a browser sees: where it is sent, or the page.
type seen struct {
	status int
	to     *url.URL
	page   string
}

func (b seen) query(name string) string {
	if b.to == nil {
		return ""
	}
	return b.to.Query().Get(name)
}

var (
	pageName    = regexp.MustCompile(`data-page="([a-z_]+)"`)
	problemCode = regexp.MustCompile(`data-code="(\d+)"`)
)

func (b seen) name() string {
	if m := pageName.FindStringSubmatch(b.page); m != nil {
		return m[1]
	}
	return ""
}

func (b seen) code() string {
	if m := problemCode.FindStringSubmatch(b.page); m != nil {
		return m[1]
	}
	return ""
}

// browse opens a page, or presses a button of it when pairs say what the form has.
func browse(t *testing.T, server *httptest.Server, address string, pairs ...string) seen {
	t.Helper()
	var res *http.Response
	var err error
	if len(pairs) == 0 {
		res, err = server.Client().Get(address)
	} else {
		f := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		res, err = server.Client().PostForm(address, f)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	b := seen{status: res.StatusCode, page: string(body)}
	if at := res.Header.Get("Location"); at != "" {
		if b.to, err = url.Parse(at); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// at is an address of authorize; pairs change its parameters, and empty ones go.
func at(server *httptest.Server, path string, pairs ...string) string {
	q := url.Values{
		"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid profile"}, "state": {"s1"}, "nonce": {"n1"},
	}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return server.URL + "/" + path + "/oauth2/v2.0/authorize?" + q.Encode()
}

// The libraries that the product uses are the judges of the whole flow.
func TestCodeFlow(t *testing.T) {
	for _, path := range []string{consented, "organizations", "common", "contoso.example"} {
		t.Run(path, func(t *testing.T) {
			_, server := newService(t)
			ctx := oidc.ClientContext(t.Context(), server.Client())
			templated := path == "organizations" || path == "common"
			issuer := server.URL + "/" + consented + "/v2.0"
			if templated {
				issuer = server.URL + "/{tenantid}/v2.0"
			}
			provider, err := oidc.NewProvider(oidc.InsecureIssuerURLContext(ctx, issuer), server.URL+"/"+path+"/v2.0")
			if err != nil {
				t.Fatal(err)
			}
			config := oauth2.Config{
				ClientID: clientID, ClientSecret: "secret", RedirectURL: callback, Endpoint: provider.Endpoint(),
				Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
			}
			verifier := oauth2.GenerateVerifier()
			address := config.AuthCodeURL("s & 1", oidc.Nonce("nonce"), oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "select_account"))
			if b := browse(t, server, address); b.status != 200 || b.name() != "sign_in" || !strings.Contains(b.page, "Global Administrator") {
				t.Fatalf("page: %d %s", b.status, b.page)
			}
			b := browse(t, server, address, "user", gloria, "action", "sign_in")
			if b.status != http.StatusFound || b.query("state") != "s & 1" || b.query("code") == "" || b.query("session_state") == "" || !strings.HasPrefix(b.to.String(), callback+"?") {
				t.Fatalf("redirect: %d %v", b.status, b.to)
			}
			token, err := config.Exchange(ctx, b.query("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			check := func(token *oauth2.Token, nonce string) {
				t.Helper()
				raw, _ := token.Extra("id_token").(string)
				id, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: clientID, SkipIssuerCheck: templated}).Verify(ctx, raw)
				if err != nil {
					t.Fatal(err)
				}
				var c struct {
					Ver, Tid, Oid, Name, Email, Sid, Uti, Rh string
					UPN                                      string `json:"preferred_username"`
					Wids                                     []string
				}
				if err := id.Claims(&c); err != nil {
					t.Fatal(err)
				}
				if id.Issuer != server.URL+"/"+consented+"/v2.0" || id.Nonce != nonce || id.Subject == gloria || len(id.Subject) < 40 || c.Ver != "2.0" || c.Tid != consented || c.Oid != gloria ||
					c.Name != "Gloria Hart" || c.UPN != "gloria@contoso.example" || c.Email != "gloria@contoso.example" || c.Sid == "" || c.Uti == "" || c.Rh == "" || !slices.Equal(c.Wids, []string{GlobalAdministrator, ordinaryMember}) {
					t.Errorf("%+v %+v", id, c)
				}
			}
			check(token, "nonce")
			token.Expiry = time.Now().Add(-time.Hour)
			renewed, err := config.TokenSource(ctx, token).Token()
			if err != nil {
				t.Fatal(err)
			}
			check(renewed, "")
			if renewed.RefreshToken == token.RefreshToken || renewed.AccessToken == token.AccessToken {
				t.Error("the tokens were not renewed")
			}
		})
	}
}

func TestRequestsOfAuthorize(t *testing.T) {
	_, server := newService(t)
	long := strings.Repeat("c", 43)
	for _, c := range []struct {
		name, path string
		pairs      []string
		page       string // code shown, or name of the page
		err        string // at the client
		aadsts     int
	}{
		{"good", without, nil, "sign_in", "", 0},
		{"domain", "fabrikam.example", nil, "sign_in", "", 0},
		{"unknown tenant", "nobody", nil, "90002", "", 0},
		{"no client", without, []string{"client_id", ""}, "900144", "", 0},
		{"unknown client", without, []string{"client_id", "x"}, "700016", "", 0},
		{"no redirect", without, []string{"redirect_uri", ""}, "50011", "", 0},
		{"other redirect", without, []string{"redirect_uri", callback + "/"}, "50011", "", 0},
		{"redirect in other case", without, []string{"redirect_uri", strings.ToUpper(callback)}, "50011", "", 0},
		{"port of localhost", without, []string{"redirect_uri", "http://localhost:8080/entra/callback"}, "sign_in", "", 0},
		{"path of localhost", without, []string{"redirect_uri", "http://localhost:8080/other"}, "50011", "", 0},
		{"localhost by https", without, []string{"redirect_uri", "https://localhost:8080/entra/callback"}, "50011", "", 0},
		{"no response type", without, []string{"response_type", ""}, "900144", "", 0},
		{"implicit", without, []string{"response_type", "id_token"}, "", "unsupported_response_type", 70005},
		{"no scope", without, []string{"scope", ""}, "900144", "", 0},
		{"response mode", without, []string{"response_mode", "cookie"}, "", "invalid_request", 70007},
		{"silent", without, []string{"prompt", "none"}, "", "login_required", 50058},
		{"login", without, []string{"prompt", "login"}, "sign_in", "", 0},
		{"prompt", without, []string{"prompt", "please"}, "", "invalid_request", 90023},
		{"challenge", without, []string{"code_challenge", long, "code_challenge_method", "S256"}, "sign_in", "", 0},
		{"plain challenge", without, []string{"code_challenge", long}, "sign_in", "", 0},
		{"short challenge", without, []string{"code_challenge", "c", "code_challenge_method", "S256"}, "", "invalid_request", 50147},
		{"no challenge", without, []string{"code_challenge_method", "S256"}, "", "invalid_request", 50147},
		{"other method", without, []string{"code_challenge", long, "code_challenge_method", "S512"}, "", "invalid_request", 90023},
	} {
		b := browse(t, server, at(server, c.path, c.pairs...))
		switch {
		case c.err != "":
			if b.query("error") != c.err || b.query("state") != "s1" || !strings.HasPrefix(b.query("error_description"), fmt.Sprintf("AADSTS%d: ", c.aadsts)) {
				t.Errorf("%s: %d %v", c.name, b.status, b.to)
			}
		case b.to != nil || c.page != b.name() && c.page != b.code():
			t.Errorf("%s: %d to %v, page %s %s", c.name, b.status, b.to, b.name(), b.code())
		}
	}
}

func TestWhoSignsIn(t *testing.T) {
	_, server := newService(t)
	b := browse(t, server, at(server, without, "login_hint", "Theo@fabrikam.example"))
	if strings.Contains(b.page, gloria) || !strings.Contains(b.page, una) || !regexp.MustCompile(`value="`+theo+`" required checked`).MatchString(b.page) || strings.Count(b.page, "checked>") != 1 {
		t.Errorf("page of a tenant: %s", b.page)
	}
	for _, c := range []struct{ name, path, user, account, code, page string }{
		{"guest", without, gloria, "", "50020", ""},
		{"guest by name", without, "other", "Gloria@Contoso.example", "50020", ""},
		{"by name", "organizations", "other", " gloria@contoso.example ", "", ""},
		{"nobody", "organizations", "x", "", "50034", ""},
		{"nobody at all", "organizations", "", "", "50034", ""},
		{"disabled", "organizations", denis, "", "50057", ""},
		{"first time", without, una, "", "", "user_consent"},
	} {
		b := browse(t, server, at(server, c.path), "user", c.user, "account", c.account, "action", "sign_in")
		if c.code+c.page != "" && (b.to != nil || b.code() != c.code || c.page != "" && b.name() != c.page) || c.code+c.page == "" && b.query("code") == "" {
			t.Errorf("%s: %d %v %s %s", c.name, b.status, b.to, b.name(), b.code())
		}
	}
}

func TestButtons(t *testing.T) {
	s, server := newService(t)
	for action, want := range map[string]string{
		"cancel": "access_denied cancel ", "decline": "consent_required  AADSTS65004", "90094": "access_denied  AADSTS90094", "90095": "access_denied  AADSTS90095", "53003": "access_denied  AADSTS53003",
		"530032": "access_denied  AADSTS530032", "500212": "access_denied  AADSTS500212", "50076": "interaction_required  AADSTS50076", "90033": "temporarily_unavailable  AADSTS90033",
	} {
		b := browse(t, server, at(server, consented), "action", action)
		text, _, _ := strings.Cut(b.query("error_description"), ":")
		if got := b.query("error") + " " + b.query("error_subcode") + " " + text; got != want || b.query("state") != "s1" || b.query("code") != "" || b.query("admin_consent") != "" {
			t.Errorf("%s: %s, want %s", action, got, want)
		}
	}
	for _, code := range []string{"50105", "50057"} {
		if b := browse(t, server, at(server, consented), "action", code); b.to != nil || b.code() != code {
			t.Errorf("%s: %v %s", code, b.to, b.code())
		}
	}
	if b := browse(t, server, at(server, consented), "action", "dance"); b.code() != "9002313" {
		t.Errorf("unknown button: %s", b.page)
	}
	if err := s.Faults.Set(faults.Fault{Knob: faults.EntraSignIn, Scope: consented, Value: "53003", Times: 1}); err != nil {
		t.Fatal(err)
	}
	if b := browse(t, server, at(server, consented), "action", "sign_in", "user", gloria); b.query("error") != "access_denied" {
		t.Errorf("fault: %v", b.to)
	}
}

func TestResponseModes(t *testing.T) {
	_, server := newService(t)
	b := browse(t, server, at(server, consented, "response_mode", "form_post", "state", `"><b>`), "action", "sign_in", "user", gloria)
	if b.status != 200 || b.name() != "form_post" || !strings.Contains(b.page, `action="`+callback+`"`) || !strings.Contains(b.page, `name="state" value="&#34;&gt;&lt;b&gt;"`) || !strings.Contains(b.page, `name="code" value="1.`) {
		t.Errorf("form_post: %s", b.page)
	}
	b = browse(t, server, at(server, consented, "response_mode", "fragment"), "action", "sign_in", "user", gloria)
	if b.to == nil || b.to.RawQuery != "" || !strings.Contains(b.to.Fragment, "code=1.") {
		t.Errorf("fragment: %v", b.to)
	}
	b = browse(t, server, at(server, consented, "redirect_uri", bare), "action", "sign_in", "user", gloria)
	if b.to == nil || b.to.Path != "/" {
		t.Errorf("without a path: %v", b.to)
	}
}

func TestUserConsent(t *testing.T) {
	s, server := newService(t)
	address := at(server, "organizations")
	b := browse(t, server, address, "action", "sign_in", "user", una)
	if b.name() != "user_consent" || !strings.Contains(b.page, "Sign users in") {
		t.Fatalf("page %s", b.page)
	}
	if b := browse(t, server, address, "action", "decline", "user", una); b.query("error") != "consent_required" {
		t.Errorf("declined: %v", b.to)
	}
	if v, _ := s.View(without, ""); v.ServicePrincipal != Absent {
		t.Errorf("declined: %s", v.ServicePrincipal)
	}
	if b := browse(t, server, address, "action", "accept", "user", una); b.query("code") == "" {
		t.Errorf("accepted: %v", b.to)
	}
	if c, _, code := appToken(t, s, server, without); code != 0 || len(c.Roles) != 0 {
		t.Errorf("consent for oneself makes the service principal, without roles: %d %v", code, c.Roles)
	}
	if b := browse(t, server, address, "action", "sign_in", "user", una); b.query("code") == "" {
		t.Errorf("the second time: %s", b.page)
	}
	if b := browse(t, server, address, "action", "sign_in", "user", theo); b.name() != "user_consent" {
		t.Errorf("somebody else: %s", b.name())
	}
	if b := browse(t, server, at(server, "organizations", "prompt", "consent"), "action", "sign_in", "user", una); b.name() != "user_consent" {
		t.Errorf("prompt=consent: %s", b.name())
	}

	control(s, http.MethodPut, "tenants/"+without, `{"service_principal":"absent","user_consent":false}`, nil)
	for _, who := range []string{una, theo} {
		if b := browse(t, server, address, "action", "sign_in", "user", who); b.name() != "approval" {
			t.Errorf("user consent is off: %s", b.page)
		}
		if b := browse(t, server, address, "action", "accept", "user", who); b.name() != "approval" {
			t.Errorf("user consent is off, and the page skipped: %s", b.page)
		}
	}
	for action, want := range map[string]string{"return": "AADSTS90094", "request": "AADSTS90095"} {
		if b := browse(t, server, address, "action", action, "user", una); b.query("error") != "access_denied" || !strings.HasPrefix(b.query("error_description"), want) {
			t.Errorf("%s: %v", action, b.to)
		}
	}
	if b := browse(t, server, address, "action", "sign_in", "user", cloe); b.name() != "user_consent" {
		t.Errorf("an application administrator may consent: %s", b.name())
	}
	accept(t, server, without, peter)
	if b := browse(t, server, address, "action", "sign_in", "user", una); b.query("code") == "" {
		t.Errorf("after the admin's consent: %s", b.name())
	}
	control(s, http.MethodPut, "tenants/"+without, `{"service_principal":"disabled"}`, nil)
	if b := browse(t, server, address, "action", "sign_in", "user", una); b.code() != "7000112" {
		t.Errorf("disabled: %v %s", b.to, b.code())
	}
}

func TestRedeem(t *testing.T) {
	s, server := newService(t)
	const verifier, challenge = "verifier-verifier-verifier-verifier-verifier", "verifier-verifier-verifier-verifier-verifier"
	signIn := func(path string, pairs ...string) string {
		t.Helper()
		return browse(t, server, at(server, path, pairs...), "action", "sign_in", "user", gloria).query("code")
	}
	redeem := func(key string, pairs ...string) url.Values {
		return form("authorization_code", append([]string{"code", key, "redirect_uri", callback}, pairs...)...)
	}
	for _, c := range []struct {
		name, path string
		form       url.Values
		code       int
		kind       string
	}{
		{"no code", consented, redeem(""), 900144, "invalid_request"},
		{"no redirect", consented, redeem(signIn(consented), "redirect_uri", ""), 900144, "invalid_request"},
		{"other code", consented, redeem("1.x"), 70000, "invalid_grant"},
		{"other redirect", consented, redeem(signIn(consented), "redirect_uri", localhost), 500112, "invalid_grant"},
		{"other path", "organizations", redeem(signIn(consented)), 700005, "invalid_grant"},
		{"other tenant", without, redeem(signIn(consented)), 700005, "invalid_grant"},
		{"path by domain", "contoso.example", redeem(signIn(consented)), 0, ""},
		{"no verifier", consented, redeem(signIn(consented, "code_challenge", challenge)), 501481, "invalid_grant"},
		{"plain", consented, redeem(signIn(consented, "code_challenge", challenge), "code_verifier", verifier), 0, ""},
		{"plain as S256", consented, redeem(signIn(consented, "code_challenge", challenge, "code_challenge_method", "S256"), "code_verifier", verifier), 501481, "invalid_grant"},
		{"verifier without challenge", consented, redeem(signIn(consented), "code_verifier", verifier), 501481, "invalid_grant"},
		{"wrong secret", consented, redeem(signIn(consented), "client_secret", "x"), 7000215, "invalid_client"},
		{"no secret", consented, redeem(signIn(consented), "client_secret", ""), 7000218, "invalid_client"},
	} {
		a := exchange(t, server, c.path, c.form)
		if c.code == 0 && (a.Status != 200 || a.ID == "" || a.Refresh != "" || a.Scope != "openid profile") || c.code != 0 && (len(a.Codes) != 1 || a.Codes[0] != c.code || a.Error != c.kind) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
	key := signIn(consented)
	if a := exchange(t, server, consented, redeem(key, "client_info", "1")); a.Status != 200 || a.ClientInfo == "" {
		t.Errorf("first: %+v", a)
	}
	if a := exchange(t, server, consented, redeem(key)); a.Codes == nil || a.Codes[0] != 54005 {
		t.Errorf("again: %+v", a)
	}
	key = signIn(consented)
	s.Clock.Advance(codeLifetime + time.Second)
	if a := exchange(t, server, consented, redeem(key)); a.Codes == nil || a.Codes[0] != 70008 {
		t.Errorf("late: %+v", a)
	}
	key = signIn(consented)
	control(s, http.MethodPut, "tenants/"+consented, `{"service_principal":"absent"}`, nil)
	if a := exchange(t, server, consented, redeem(key)); a.Codes == nil || a.Codes[0] != 700016 {
		t.Errorf("deleted meanwhile: %+v", a)
	}
}

func TestRefresh(t *testing.T) {
	s, server := newService(t)
	code := browse(t, server, at(server, "organizations", "scope", "openid offline_access"), "action", "sign_in", "user", gloria).query("code")
	first := exchange(t, server, "organizations", form("authorization_code", "code", code, "redirect_uri", callback))
	if first.Refresh == "" || first.Scope != "openid" {
		t.Fatalf("%+v", first)
	}
	refresh := func(path, token string) int {
		t.Helper()
		a := exchange(t, server, path, form("refresh_token", "refresh_token", token))
		if a.Codes != nil {
			return a.Codes[0]
		}
		return 0
	}
	for _, c := range []struct {
		path, token string
		want        int
	}{{"organizations", first.Refresh, 0}, {consented, first.Refresh, 0}, {without, first.Refresh, 50034}, {consented, "x", 70000}} {
		if got := refresh(c.path, c.token); got != c.want {
			t.Errorf("%s %.5s: %d, want %d", c.path, c.token, got, c.want)
		}
	}
	control(s, http.MethodPut, "tenants/"+consented, `{"service_principal":"disabled"}`, nil)
	if got := refresh(consented, first.Refresh); got != 7000112 {
		t.Errorf("disabled: %d", got)
	}
	control(s, http.MethodPut, "tenants/"+consented, `{"service_principal":"enabled"}`, nil)
	s.Clock.Advance(refreshLifetime + time.Second)
	if got := refresh(consented, first.Refresh); got != 700082 {
		t.Errorf("unused for long: %d", got)
	}
}

// A client must refuse an id_token whose key is not for its tenant.
func TestKeysOfOthers(t *testing.T) {
	s, server := newService(t)
	ctx := oidc.ClientContext(t.Context(), server.Client())
	provider, err := oidc.NewProvider(ctx, server.URL+"/"+consented+"/v2.0")
	if err != nil {
		t.Fatal(err)
	}
	verify := func() error {
		code := browse(t, server, at(server, consented), "action", "sign_in", "user", gloria).query("code")
		a := exchange(t, server, consented, form("authorization_code", "code", code, "redirect_uri", callback))
		_, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: clientID}).Verify(context.WithoutCancel(ctx), a.ID)
		return err
	}
	if err := verify(); err != nil {
		t.Error(err)
	}
	for _, value := range []string{"unknown", "personal"} {
		if err := s.Faults.Set(faults.Fault{Knob: faults.EntraKey, Scope: consented, Value: value, Times: 1}); err != nil {
			t.Fatal(err)
		}
		if err := verify(); err == nil {
			t.Errorf("a token of a key %s was taken", value)
		}
	}
}

func TestWithoutRoleClaims(t *testing.T) {
	_, server := newService(t, func(c *Config) { c.Apps[0].GroupMembershipClaims = NoneClaims })
	code := browse(t, server, at(server, consented), "action", "sign_in", "user", gloria).query("code")
	a := exchange(t, server, consented, form("authorization_code", "code", code, "redirect_uri", callback))
	var c map[string]any
	provider, err := oidc.NewProvider(oidc.ClientContext(t.Context(), server.Client()), server.URL+"/"+consented+"/v2.0")
	if err != nil {
		t.Fatal(err)
	}
	id, err := provider.Verifier(&oidc.Config{ClientID: clientID}).Verify(oidc.ClientContext(t.Context(), server.Client()), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := id.Claims(&c); err != nil || c["wids"] != nil {
		t.Errorf("%v %v", c, err)
	}
}

func TestLogout(t *testing.T) {
	_, server := newService(t)
	address := server.URL + "/organizations/oauth2/v2.0/logout"
	if b := browse(t, server, address+"?state=x&post_logout_redirect_uri="+url.QueryEscape(callback)); b.to == nil || b.to.String() != callback+"?state=x" {
		t.Errorf("registered: %v", b.to)
	}
	if b := browse(t, server, address+"?post_logout_redirect_uri=https://evil.example/"); b.to != nil || b.name() != "signed_out" {
		t.Errorf("not registered: %v", b.to)
	}
}
