package entra

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tandem/internal/fault"
)

// TestRedirectErrors: what a browser brings back (facts/entra-graph-teams.md
// §1.1, §1.2).
func TestRedirectErrors(t *testing.T) {
	for _, v := range []struct {
		query string
		kind  fault.Kind
		code  string
	}{
		{"code=x&state=y", fault.KindNone, ""},
		{"error=access_denied&error_description=AADSTS90094%3a+needs+approval", fault.KindForbidden, "admin_approval_needed"},
		{"error=access_denied&error_description=AADSTS90095%3a+requested", fault.KindForbidden, "admin_approval_needed"},
		{"error=interaction_required&error_description=AADSTS65001%3a+x", fault.KindForbidden, "admin_approval_needed"},
		{"error=consent_required&error_description=AADSTS65004%3a+declined&admin_consent=True", fault.KindForbidden, "consent_declined"},
		{"error=consent_required", fault.KindForbidden, "consent_declined"},
		{"error=access_denied&error_subcode=cancel", fault.KindForbidden, "cancelled"},
		{"error=access_denied", fault.KindForbidden, "cancelled"},
		{"error=permission_denied&error_description=The+admin+canceled+the+request", fault.KindForbidden, "cancelled"},
		{"error=access_denied&error_description=AADSTS53003%3a+x", fault.KindForbidden, "policy_blocked"},
		{"error=access_denied&error_description=AADSTS50105%3a+x", fault.KindForbidden, "user_not_assigned"},
		{"error=unauthorized_client&error_description=AADSTS7000112%3a+x", fault.KindForbidden, "app_disabled"},
		{"error=interaction_required&error_description=AADSTS50020%3a+x", fault.KindForbidden, "account_other"},
		{"error=login_required", fault.KindUnauthenticated, "sign_in_again"},
		{"error=interaction_required&error_description=AADSTS50076%3a+mfa", fault.KindUnauthenticated, "sign_in_again"},
		{"error=server_error", fault.KindUnavailable, "entra_unavailable"},
		{"error=temporarily_unavailable&error_description=AADSTS90033%3a+x", fault.KindUnavailable, "entra_unavailable"},
		{"error=access_denied&error_description=AADSTS1234567%3a+new", fault.KindForbidden, "sign_in_refused"},
		{"error=", fault.KindForbidden, "sign_in_refused"},
		{"error=%00%ff&error_description=" + strings.Repeat("x", 9999), fault.KindForbidden, "sign_in_refused"},
	} {
		q, err := url.ParseQuery(v.query)
		if err != nil {
			t.Fatal(err)
		}
		err = RedirectError(q)
		if fault.KindOf(err) != v.kind || fault.CodeOf(err) != v.code {
			t.Errorf("%s: %v", v.query, err)
		}
		if err != nil && (len(err.Error()) > 1200 || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: not for a log: %q", v.query, err)
		}
		var f *fault.Error
		if errors.As(err, &f) && f.Kind != fault.KindInternal && !strings.ContainsAny(f.Msg, ";:,") {
			t.Errorf("%s names no cure: %s", v.query, f.Msg)
		}
	}
}

func TestRedemptionRefusals(t *testing.T) {
	l := newLogin(t)
	refusal := func(oauth string, number int) string {
		return fmt.Sprintf(`{"error":%q,"error_description":"AADSTS%d: Some text.\r\nTrace ID: t","error_codes":[%d],"correlation_id":"corr"}`, oauth, number, number)
	}
	for _, v := range []struct{ name, body, code string }{
		{"code used", refusal("invalid_grant", 54005), "try_again"},
		{"code of long ago", refusal("invalid_grant", 70008), "sign_in_again"},
		{"other tenant", refusal("invalid_grant", 700005), "try_again"},
		{"new number", refusal("invalid_grant", 1234567), "try_again"},
		{"no consent", refusal("invalid_grant", 65001), "admin_approval_needed"},
		{"conditional access", refusal("invalid_grant", 53003), "policy_blocked"},
		{"our secret", refusal("invalid_client", 7000222), "credential_rejected"},
		{"registration", refusal("invalid_request", 50194), "sign_in_refused"},
		{"transient", refusal("temporarily_unavailable", 90033), "entra_unavailable"},
		{"no JSON", "<html>", "sign_in_refused"},
	} {
		l.refusal = v.body
		_, err := l.through(l.signIn(l.config()))
		if fault.CodeOf(err) != v.code || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", v.name, err)
		}
	}
}

func TestConsent(t *testing.T) {
	l := newLogin(t)
	s := l.signIn(l.config())
	address, err := s.ConsentURL(t.Context(), strings.ToUpper(fabrikam), "st&te", "https://portal.example.net/portal/consented")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"client_id": {"app"}, "state": {"st&te"}, "redirect_uri": {"https://portal.example.net/portal/consented"},
		"scope": {"https://graph.microsoft.com/.default openid profile"},
	}
	if !strings.HasPrefix(address, l.URL+"/"+fabrikam+"/v2.0/adminconsent?") || u.Query().Encode() != want.Encode() {
		t.Error(address)
	}
	for _, bad := range []string{"", "organizations", "common", "../x", fabrikam + "/x"} {
		if _, err := s.ConsentURL(t.Context(), bad, "s", "r"); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for query, code := range map[string]string{
		"admin_consent=True&tenant=" + fabrikam:                                          "",
		"error=consent_required&error_description=AADSTS65004%3a+x&admin_consent=True":   "consent_declined", // an error counts even beside admin_consent=True (§1.1)
		"error=access_denied&error_subcode=cancel&admin_consent=True&tenant=" + fabrikam: "cancelled",
		"error=access_denied&error_description=AADSTS90094%3a+x&admin_consent=True":      "admin_approval_needed",
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if err := RedirectError(q); fault.CodeOf(err) != code {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestProve: past the cache each time, with the roles of the token.
func TestProve(t *testing.T) {
	a := newAuthority(t)
	roles := []string(nil)
	a.answer = func(string) (int, string) {
		payload, _ := json.Marshal(map[string]any{"roles": roles, "tid": fabrikam})
		return 200, fmt.Sprintf(`{"token_type":"Bearer","expires_in":3599,"access_token":"h.%s.s"}`, base64.RawURLEncoding.EncodeToString(payload))
	}
	s, err := New(Config{HomeTenant: home, ClientID: "app", ClientSecret: "hush", Authority: a.URL, HTTP: a.Client(), GraphScope: scope})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), fabrikam, scope); err != nil {
		t.Fatal(err)
	}
	if _, got, err := s.Prove(t.Context(), fabrikam); err != nil || got != nil || a.tokens != 2 {
		t.Errorf("%v %v after %d tokens", got, err, a.tokens)
	}
	roles = []string{"User.Read.All"}
	token, got, err := s.Prove(t.Context(), fabrikam)
	if err != nil || !slices.Equal(got, roles) || !strings.HasPrefix(token, "h.") || a.tokens != 3 {
		t.Errorf("%q %v %v after %d tokens", token, got, err, a.tokens)
	}
	a.answer = func(string) (int, string) { return 400, `{"error":"unauthorized_client","error_codes":[700016]}` }
	if _, _, err := s.Prove(t.Context(), fabrikam); fault.CodeOf(err) != "consent_missing" {
		t.Error(err)
	}
	if _, _, err := s.Prove(t.Context(), "organizations"); fault.KindOf(err) != fault.KindInvalid {
		t.Error(err)
	}
}

// App-only tokens by certificate and by assertion.
func TestTokenCredentials(t *testing.T) {
	certificate, pemFile := newCertificate(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("federated\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newAuthority(t)
	a.takes = func(form url.Values) bool {
		if form.Get("client_assertion_type") != assertionType {
			return false
		}
		if form.Get("client_assertion") == "federated" {
			return true
		}
		jws, err := jose.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.PS256})
		if err != nil {
			return false
		}
		_, err = jws.Verify(certificate.PublicKey)
		return err == nil
	}
	for name, c := range map[string]Config{"certificate": {Certificate: pemFile}, "assertion": {AssertionFile: file}} {
		c.HomeTenant, c.ClientID, c.Authority, c.HTTP = home, "app", a.URL, a.Client()
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Token(t.Context(), fabrikam, scope); err != nil || got != "token of "+fabrikam {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	s, err := New(Config{HomeTenant: home, ClientID: "app", Authority: a.URL, HTTP: a.Client(), AssertionFile: file + ".missing"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), fabrikam, scope); fault.CodeOf(err) != "credential_rejected" {
		t.Errorf("no file: %v", err)
	}
}

func time0() time.Time { return time.Unix(1795000000, 0) }

// FuzzIDToken: whatever comes as an id_token is refused without harm.
func FuzzIDToken(f *testing.F) {
	s := &SignIn{c: Config{ClientID: "app", Now: time0}, template: "https://login.example.com/{tenantid}/v2.0"}
	known := &keySet{template: s.template, now: time0, at: time0(), tried: time0(), keys: map[string]key{
		"k1": {JSONWebKey: jose.JSONWebKey{Key: signingKey().Public(), KeyID: "k1"}, issuer: s.template},
	}}
	for _, seed := range []string{"", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", `{"payload":"e30","signatures":[]}`, "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.e30.AA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if p, err := s.verify(t.Context(), known, raw, "n"); fault.KindOf(err) != fault.KindUnauthenticated || p.OID != "" {
			t.Errorf("%+v %v", p, err)
		}
		_ = rolesOf(raw)
	})
}

// FuzzClaims: whatever is signed makes a person only if everything holds.
func FuzzClaims(f *testing.F) {
	template := "https://login.example.com/{tenantid}/v2.0"
	f.Add(fabrikam, "https://login.example.com/"+fabrikam+"/v2.0", ada, "n", float64(time0().Unix()))
	f.Add("{tenantid}", template, ada, "n", float64(time0().Unix()))
	f.Fuzz(func(t *testing.T, tid, iss, oid, nonce string, exp float64) {
		c := claims{TenantID: tid, Issuer: iss, OID: oid, Nonce: nonce, Expires: &exp, IssuedAt: new(float64)}
		if c.check(template, "app", "n", []string{"app"}, time0()) == nil &&
			(nonce != "n" || !guid.MatchString(tid) || !guid.MatchString(oid) || iss != "https://login.example.com/"+strings.ToLower(tid)+"/v2.0" || exp < 1) {
			t.Errorf("%+v", c)
		}
	})
}

// FuzzKeySet: a key set is somebody else's document.
func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","use":"sig","kid":"a","n":"AQAB","e":"AQAB","issuer":"x"},{"kty":"oct","k":"AA"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := parseKeys(body, "t")
		if (err == nil) != (len(keys) > 0) {
			t.Errorf("%v %v", keys, err)
		}
		for id, k := range keys {
			if id == "" || k.issuer == "" || !k.IsPublic() {
				t.Errorf("%q: %+v", id, k)
			}
		}
	})
}
