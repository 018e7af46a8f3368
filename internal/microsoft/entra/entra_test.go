package entra

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	home     = "11111111-1111-4111-8111-111111111111"
	fabrikam = "22222222-2222-4222-8222-222222222222"
	contoso  = "33333333-3333-4333-8333-333333333333"
	scope    = "https://graph.example.com/.default"
)

// authority is Entra's sign-in host.
type authority struct {
	*httptest.Server
	mu     sync.Mutex
	tokens int
	answer func(tenant string) (status int, body string) // nil: a token
	takes  func(form url.Values) bool                    // a credential; nil: the secret
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		tenant := r.PathValue("tenant")
		if tenant == "99999999-9999-4999-8999-999999999999" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant not found."}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"issuer":"%[1]s/%[2]s/v2.0","authorization_endpoint":"%[1]s/%[2]s/oauth2/v2.0/authorize","token_endpoint":"%[1]s/%[2]s/oauth2/v2.0/token"}`, a.URL, tenant)
	})
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.tokens++
		w.Header().Set("Content-Type", "application/json")
		_ = r.ParseForm()
		if a.takes == nil && r.FormValue("client_secret") != "hush" || a.takes != nil && !a.takes(r.PostForm) || r.FormValue("grant_type") != "client_credentials" || !strings.HasPrefix(r.FormValue("scope"), "https://graph.example.com/.default") {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		if a.answer != nil {
			status, body := a.answer(r.PathValue("tenant"))
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
			return
		}
		_, _ = fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"token of %s"}`, r.PathValue("tenant"))
	})
	a.Server = httptest.NewTLSServer(mux)
	t.Cleanup(a.Close)
	return a
}

func (a *authority) source(t *testing.T) *Tokens {
	t.Helper()
	s, err := New(Config{HomeTenant: home, ClientID: "app", ClientSecret: "hush", Authority: a.URL + "/", HTTP: a.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTokenOfEachTenant(t *testing.T) {
	a := newAuthority(t)
	s := a.source(t)
	for range 2 { // the second time out of the cache
		for _, tenant := range []string{fabrikam, contoso} {
			got, err := s.Token(t.Context(), tenant, scope)
			if err != nil || got != "token of "+tenant {
				t.Errorf("%q %v", got, err)
			}
		}
	}
	if a.tokens != 2 {
		t.Errorf("%d token requests, want 2", a.tokens)
	}
}

// TestTokenHadTooEarly: a token that was had before the roles were granted is not
// kept for its hour, and costs Entra one request a minute at most.
func TestTokenHadTooEarly(t *testing.T) {
	a := newAuthority(t)
	roles := ""
	a.answer = func(string) (int, string) {
		payload := base64.RawURLEncoding.EncodeToString([]byte(`{"roles":[` + roles + `]}`))
		return 200, `{"token_type":"Bearer","expires_in":3599,"access_token":"h.` + payload + `.s"}`
	}
	now := time.Now()
	s, err := New(Config{
		HomeTenant: home, ClientID: "app", ClientSecret: "hush", Authority: a.URL, GraphScope: scope, HTTP: a.Client(),
		Roles: []string{"A", "B"}, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	carries := func(when string, requests int, want ...string) {
		t.Helper()
		for range 3 {
			token, err := s.Token(t.Context(), fabrikam, scope)
			if got := rolesOf(token); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %q %v", when, got, err)
			}
		}
		if a.tokens != requests {
			t.Errorf("%s: %d requests, want %d", when, a.tokens, requests)
		}
	}
	carries("nothing is granted", 2)
	roles = `"A"`
	carries("at once after the consent", 2)
	now = now.Add(renewEvery)
	carries("a minute later", 3, "A")
	roles = `"A","B"`
	if _, got, err := s.Prove(t.Context(), fabrikam); err != nil || len(got) != 2 {
		t.Errorf("%q %v", got, err)
	}
	carries("proved", 4, "A", "B")
	now = now.Add(30 * time.Minute)
	carries("half an hour later", 4, "A", "B")
	a.answer = func(string) (int, string) { return 503, "" }
	now = now.Add(29*time.Minute + 30*time.Second)
	if token, err := s.Token(t.Context(), fabrikam, scope); err != nil || len(rolesOf(token)) > 0 {
		t.Errorf("the newer one is over, and Entra is away: %q %v", rolesOf(token), err)
	}
}

func TestRefusals(t *testing.T) {
	a := newAuthority(t)
	refusal := func(oauth string, number int) string {
		return fmt.Sprintf(`{"error":%q,"error_description":"AADSTS%d: Some text.\r\nTrace ID: t","error_codes":[%d],"correlation_id":"corr"}`, oauth, number, number)
	}
	for _, v := range []struct {
		name   string
		status int
		body   string
		kind   fault.Kind
		code   string
	}{
		{"not consented", 400, refusal("unauthorized_client", 700016), fault.KindForbidden, "consent_missing"},
		{"not consented, delegated", 400, refusal("invalid_grant", 65001), fault.KindForbidden, "consent_missing"},
		{"number in the text only", 400, `{"error":"unauthorized_client","error_description":"AADSTS700016: x"}`, fault.KindForbidden, "consent_missing"},
		{"disabled", 401, refusal("unauthorized_client", 7000112), fault.KindForbidden, "app_disabled"},
		{"conditional access", 400, refusal("invalid_grant", 53003), fault.KindForbidden, "policy_blocked"},
		{"no subscription", 400, refusal("invalid_request", 650052), fault.KindForbidden, "service_missing"},
		{"national cloud", 400, refusal("invalid_request", 90038), fault.KindForbidden, "entra_other_cloud"},
		{"no tenant", 400, refusal("invalid_request", 90002), fault.KindNotFound, "entra_tenant_unknown"},
		{"secret expired", 401, refusal("invalid_client", 7000222), fault.KindInternal, "credential_rejected"},
		{"credential, unknown number", 401, refusal("invalid_client", 1234567), fault.KindInternal, "credential_rejected"},
		{"transient", 400, refusal("server_error", 90033), fault.KindUnavailable, "entra_unavailable"},
		{"transient, no number", 400, `{"error":"temporarily_unavailable"}`, fault.KindUnavailable, "entra_unavailable"},
		{"away", 503, `<html>`, fault.KindUnavailable, "entra_unavailable"},
		{"throttled", 429, ``, fault.KindUnavailable, "entra_unavailable"},
		{"new number", 400, refusal("invalid_request", 1111111), fault.KindInternal, "entra_refused"},
		{"no JSON", 400, `no`, fault.KindInternal, "entra_refused"},
	} {
		a.answer = func(string) (int, string) { return v.status, v.body }
		_, err := a.source(t).Token(t.Context(), fabrikam, scope)
		if fault.KindOf(err) != v.kind || fault.CodeOf(err) != v.code {
			t.Errorf("%s: %v (%s)", v.name, err, fault.KindOf(err))
			continue
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error is not for logs: %q", v.name, err)
		}
		var r *Refusal
		if errors.As(err, &r) && r.Correlation == "" && strings.Contains(v.body, "corr") {
			t.Errorf("%s: the correlation id is lost", v.name)
		}
	}
	_, err := a.source(t).Token(t.Context(), "99999999-9999-4999-8999-999999999999", scope)
	if fault.CodeOf(err) != "entra_tenant_unknown" {
		t.Errorf("tenant unknown at discovery: %v", err)
	}
}

func TestRecoversFromOneFailure(t *testing.T) {
	a := newAuthority(t)
	n := 0
	a.answer = func(string) (int, string) {
		if n++; n == 1 {
			return 503, ""
		}
		return 200, `{"token_type":"Bearer","expires_in":3599,"access_token":"second"}`
	}
	if got, err := a.source(t).Token(t.Context(), fabrikam, scope); err != nil || got != "second" {
		t.Errorf("%q %v", got, err)
	}
}

func TestNobodyThere(t *testing.T) {
	a := newAuthority(t)
	s := a.source(t)
	a.Close()
	if _, err := s.Token(t.Context(), fabrikam, scope); fault.CodeOf(err) != "entra_unavailable" {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, err := s.Token(ctx, fabrikam, scope); fault.KindOf(err) != fault.KindUnavailable {
		t.Error(err)
	}
}

// A host whose certificate nobody vouches for gets no secret.
func TestUntrustedAuthority(t *testing.T) {
	a := newAuthority(t)
	a.Config.ErrorLog = nil
	s, err := New(Config{HomeTenant: home, ClientID: "app", ClientSecret: "hush", Authority: a.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), fabrikam, scope); fault.CodeOf(err) != "entra_unavailable" || a.tokens > 0 {
		t.Errorf("%v after %d tokens", err, a.tokens)
	}
}

func TestBadSettings(t *testing.T) {
	for _, c := range []Config{
		{ClientID: "app", ClientSecret: "x"},
		{HomeTenant: home, ClientID: "app"},
	} {
		if _, err := New(c); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := New(Config{HomeTenant: home, ClientID: "app", ClientSecret: "x", Authority: "http://login.invalid"}); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("an authority without https: %v", err)
	}
	if got := (Config{ClientID: "app", ClientSecret: "hush"}).LogValue().String(); strings.Contains(got, "hush") {
		t.Error(got)
	}
	a := newAuthority(t)
	for _, tenant := range []string{"", "common", "organizations", "fabrikam.example.com", "../x"} {
		if _, err := a.source(t).Token(t.Context(), tenant, scope); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %v", tenant, err)
		}
	}
}
