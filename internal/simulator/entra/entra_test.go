package entra

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"go.uber.org/goleak"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/signing"
)

func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m)
}

const (
	consented = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	without   = "6c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	noRoles   = "7c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	clientID  = "b7c20000-0000-4000-8000-000000000001"
	scope     = "https://graph.microsoft.com/.default"
)

const (
	gloria = "0a000000-0000-4000-8000-000000000001" // Global Administrator of consented
	theo   = "0a000000-0000-4000-8000-000000000002" // Teams Administrator of without
	una    = "0a000000-0000-4000-8000-000000000003" // user of without
	peter  = "0a000000-0000-4000-8000-000000000004" // Privileged Role Administrator of without
	denis  = "0a000000-0000-4000-8000-000000000005" // disabled, of without
	cloe   = "0a000000-0000-4000-8000-000000000006" // Cloud Application Administrator of without
)

// crowd are the people by tenant.
type crowd map[string][]Person

func (c crowd) Members(tenant string) []Person { return c[tenant] }

const (
	callback  = "https://portal.example.com/entra/callback"
	localhost = "http://localhost/entra/callback"
	bare      = "https://bare.example.com"
)

// published are the keys of all services: making keys takes its time.
var published = sync.OnceValues(signing.NewCertified)

// newService starts a service; change may alter its configuration.
func newService(t *testing.T, change ...func(*Config)) (*Service, *httptest.Server) {
	t.Helper()
	keys, err := published()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	c := Config{
		Origin: "https://" + server.Listener.Addr().String(), Keys: keys, Faults: &faults.Book{}, Clock: clock.New(),
		Apps: []App{{ClientID: clientID, Name: "Tandem", Secret: "secret", RedirectURIs: []string{callback, localhost, bare}}},
		Tenants: []Tenant{
			{ID: consented, Name: "Contoso", Domain: "contoso.example", Roles: []string{"Presence.Read.All"}},
			{ID: without, Name: "Fabrikam", Domain: "fabrikam.example"},
			{ID: noRoles, Name: "Adatum", Roles: []string{}},
		},
		People: crowd{
			consented: {{OID: gloria, Name: "Gloria Hart", UPN: "gloria@contoso.example", Roles: []string{GlobalAdministrator}, Enabled: true}},
			without: {
				{OID: una, Name: "Una User", UPN: "una@fabrikam.example", Enabled: true},
				{OID: theo, Name: "Theo Lind", UPN: "theo@fabrikam.example", Roles: []string{TeamsAdministrator}, Enabled: true},
				{OID: peter, Name: "Peter Priv", UPN: "peter@fabrikam.example", Roles: []string{PrivilegedRoleAdministrator}, Enabled: true},
				{OID: denis, Name: "Denis Gone", UPN: "denis@fabrikam.example", Roles: []string{GlobalAdministrator}},
				{OID: cloe, Name: "Cloe Cloud", UPN: "cloe@fabrikam.example", Roles: []string{CloudApplicationAdministrator}, Enabled: true},
			},
		},
	}
	for _, f := range change {
		f(&c)
	}
	s := New(c)
	server.Config.Handler = s
	server.StartTLS()
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		s.Clock.Close()
		server.Client().CloseIdleConnections()
		server.Close()
	})
	return s, server
}

// The real client library is the judge of discovery and token endpoint.
func TestAzidentity(t *testing.T) {
	s, server := newService(t)
	pool := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DialContext: (&net.Dialer{}).DialContext}
	defer transport.CloseIdleConnections()
	cred, err := azidentity.NewClientSecretCredential(consented, clientID, "secret", &azidentity.ClientSecretCredentialOptions{
		ClientOptions: azcore.ClientOptions{
			Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: server.URL + "/"},
			Transport: &http.Client{Transport: transport}, Retry: policy.RetryOptions{MaxRetries: -1},
		},
		DisableInstanceDiscovery: true, AdditionallyAllowedTenants: []string{"*"},
	})
	if err != nil {
		t.Fatal(err)
	}
	get := func(tenant string) (Claims, error) {
		token, err := cred.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{scope}, TenantID: tenant})
		if err != nil {
			return Claims{}, err
		}
		return s.Verify(token.Token)
	}
	claims, err := get(consented)
	if err != nil || claims.Tenant != consented || claims.Audience != "https://graph.microsoft.com" || len(claims.Roles) != 1 {
		t.Errorf("claims %+v, %v", claims, err)
	}
	if claims, err = get(noRoles); err != nil || len(claims.Roles) != 0 {
		t.Errorf("without roles a token is issued all the same: %+v, %v", claims, err)
	}
	var failed *azidentity.AuthenticationFailedError
	if _, err = get(without); !errors.As(err, &failed) || !strings.Contains(err.Error(), "AADSTS700016") {
		t.Errorf("tenant without consent: %v", err)
	}
	if _, err = get("8c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"); err == nil || !strings.Contains(err.Error(), "90002") {
		t.Errorf("unknown tenant: %v", err)
	}
	s.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if _, err := get(consented); err == nil {
		t.Error("the library's cached token outlived its time")
	}
}

func TestTokenErrors(t *testing.T) {
	s, server := newService(t)
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {"secret"}, "scope": {scope + " openid offline_access profile"}}
	cases := []struct {
		name, tenant, key, value string
		fault                    string
		code, status             int
		kind                     string
	}{
		{"good", consented, "", "", "", 0, 200, ""},
		{"upper case tenant", strings.ToUpper(consented), "", "", "", 0, 200, ""},
		{"unknown tenant", "x", "", "", "", 90002, 400, "invalid_tenant"},
		{"no consent", without, "", "", "", 700016, 400, "unauthorized_client"},
		{"unknown app", consented, "client_id", "x", "", 700016, 400, "unauthorized_client"},
		{"wrong secret", consented, "client_secret", "x", "", 7000215, 401, "invalid_client"},
		{"wrong secret, no consent", without, "client_secret", "x", "", 7000215, 401, "invalid_client"},
		{"no secret", consented, "client_secret", "", "", 7000218, 401, "invalid_client"},
		{"bad scope", consented, "scope", "User.Read", "", 1002012, 400, "invalid_scope"},
		{"other grant", consented, "grant_type", "password", "", 70003, 400, "unsupported_grant_type"},
		{"fault", consented, "", "", "7000222", 7000222, 401, "invalid_client"},
		{"unlisted fault", consented, "", "", "999999", 999999, 400, "invalid_request"},
	}
	for _, c := range cases {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		if c.key != "" {
			form.Set(c.key, c.value)
		}
		if c.fault != "" {
			if err := s.Faults.Set(faults.Fault{Knob: faults.EntraError, Scope: consented, Value: c.fault, Times: 1}); err != nil {
				t.Fatal(err)
			}
		}
		res, err := server.Client().PostForm(server.URL+"/"+c.tenant+"/oauth2/v2.0/token", form)
		if err != nil {
			t.Fatal(err)
		}
		var body struct {
			Error, Description string
			Codes              []int  `json:"error_codes"`
			Token              string `json:"access_token"`
		}
		err = json.NewDecoder(res.Body).Decode(&body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != c.status || body.Error != c.kind {
			t.Errorf("%s: %d %+v %v", c.name, res.StatusCode, body, err)
			continue
		}
		if c.code == 0 {
			if _, err := s.Verify(body.Token); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if len(body.Codes) != 1 || body.Codes[0] != c.code {
			t.Errorf("%s: codes %v, want %d", c.name, body.Codes, c.code)
		}
	}
}
