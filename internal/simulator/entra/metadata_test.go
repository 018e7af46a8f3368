package entra

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/signing"
)

// get returns the status and the JSON of an address.
func get(t *testing.T, server *httptest.Server, path string, into any) (int, http.Header) {
	t.Helper()
	res, err := server.Client().Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return res.StatusCode, res.Header
}

func TestDiscovery(t *testing.T) {
	_, server := newService(t)
	for _, c := range []struct{ path, id, issuer string }{
		{consented, consented, consented},
		{strings.ToUpper(consented), consented, consented},
		{"contoso.example", consented, consented},
		{"Contoso.Example", consented, consented},
		{"organizations", "organizations", "{tenantid}"},
		{"common", "common", "{tenantid}"},
	} {
		var d map[string]any
		status, _ := get(t, server, "/"+c.path+"/v2.0/.well-known/openid-configuration?", &d)
		base := server.URL + "/" + c.id
		for name, want := range map[string]string{
			"issuer": server.URL + "/" + c.issuer + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
			"jwks_uri": base + "/discovery/v2.0/keys", "end_session_endpoint": base + "/oauth2/v2.0/logout",
		} {
			if status != 200 || d[name] != want {
				t.Errorf("%s: %d, %s is %v, want %s", c.path, status, name, d[name], want)
			}
		}
	}
	for _, path := range []string{"/fabrikam.test/v2.0/.well-known/openid-configuration", "/nobody/discovery/v2.0/keys"} {
		var refused struct {
			Error string
			Codes []int `json:"error_codes"`
		}
		if status, _ := get(t, server, path, &refused); status != 400 || refused.Error != "invalid_tenant" || len(refused.Codes) != 1 || refused.Codes[0] != 90002 {
			t.Errorf("%s: %d %+v", path, status, refused)
		}
	}
}

func TestPagesElsewhere(t *testing.T) {
	_, server := newService(t, func(c *Config) { c.Pages = "http://localhost:1" })
	var d map[string]any
	get(t, server, "/organizations/v2.0/.well-known/openid-configuration", &d)
	if d["authorization_endpoint"] != "http://localhost:1/organizations/oauth2/v2.0/authorize" || d["end_session_endpoint"] != "http://localhost:1/organizations/oauth2/v2.0/logout" || d["token_endpoint"] != server.URL+"/organizations/oauth2/v2.0/token" {
		t.Errorf("%v", d)
	}
}

// keySet is a key set as Entra writes it.
type keySet struct {
	Keys []struct {
		Kty, Use, Kid, X5t, Alg, Issuer string
		X5c                             []string
	}
}

// read fetches the key set of a tenant; each entry must be complete, and one that
// libraries take.
func (k *keySet) read(t *testing.T, server *httptest.Server, tenant string) {
	t.Helper()
	var raw json.RawMessage
	get(t, server, "/"+tenant+"/discovery/v2.0/keys", &raw)
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil {
		t.Fatal(err)
	}
	*k = keySet{}
	if err := json.Unmarshal(raw, k); err != nil {
		t.Fatal(err)
	}
	for i, key := range k.Keys {
		if key.Kty != "RSA" || key.Use != "sig" || key.Kid == "" || key.X5t == "" || len(key.X5c) != 1 || key.Alg != "" || !set.Keys[i].Valid() || !set.Keys[i].IsPublic() {
			t.Errorf("entry %+v", key)
		}
	}
}

func TestKeys(t *testing.T) {
	s, server := newService(t, func(c *Config) {
		keys, err := signing.NewCertified()
		if err != nil {
			t.Fatal(err)
		}
		c.Keys = keys // they are changed
	})
	var own, all keySet
	own.read(t, server, consented)
	all.read(t, server, "organizations")
	if len(own.Keys) != 2 || own.Keys[0].Issuer != server.URL+"/"+consented+"/v2.0" {
		t.Fatalf("keys of a tenant: %+v", own.Keys)
	}
	if len(all.Keys) != 4 || all.Keys[0].Issuer != server.URL+"/{tenantid}/v2.0" || all.Keys[3].Issuer != server.URL+"/"+personalAccounts+"/v2.0" {
		t.Fatalf("keys of all: %+v", all.Keys)
	}
	before := own.Keys[1].Kid
	if status := control(s, http.MethodPost, "keys/rotate", "", nil); status != http.StatusNoContent {
		t.Fatalf("rotate: %d", status)
	}
	own.read(t, server, consented)
	if len(own.Keys) != 2 || own.Keys[0].Kid != before || own.Keys[1].Kid == before {
		t.Errorf("after a rotation: %s is followed by %s, %s", before, own.Keys[0].Kid, own.Keys[1].Kid)
	}
}

func TestInstanceDiscovery(t *testing.T) {
	_, server := newService(t)
	host := strings.TrimPrefix(server.URL, "https://")
	var found struct {
		At       string `json:"tenant_discovery_endpoint"`
		Metadata []struct{ Aliases []string }
	}
	query := "/common/discovery/instance?api-version=1.1&authorization_endpoint=" + url.QueryEscape(server.URL+"/"+consented+"/oauth2/v2.0/authorize")
	if status, _ := get(t, server, query, &found); status != 200 || found.At != server.URL+"/"+consented+"/v2.0/.well-known/openid-configuration" || len(found.Metadata) != 1 || found.Metadata[0].Aliases[0] != host {
		t.Errorf("%d %+v", status, found)
	}
	var refused struct{ Error string }
	if status, _ := get(t, server, "/common/discovery/instance?authorization_endpoint=https://evil.example/x", &refused); status != 400 || refused.Error != "invalid_instance" {
		t.Errorf("of another host: %d %+v", status, refused)
	}
}

func TestFaultsOfMetadata(t *testing.T) {
	s, server := newService(t)
	for _, f := range []faults.Fault{
		{Knob: faults.EntraStatus, Scope: consented, Value: "429;retry-after=7", Times: 1},
		{Knob: faults.EntraIssuer, Scope: consented, Value: "https://evil.example/v2.0", Times: 1},
	} {
		if err := s.Faults.Set(f); err != nil {
			t.Fatal(err)
		}
	}
	path := "/" + consented + "/v2.0/.well-known/openid-configuration"
	var d map[string]any
	if status, h := get(t, server, path, &d); status != 429 || h.Get("Retry-After") != "7" {
		t.Errorf("%d %v", status, h)
	}
	if get(t, server, path, &d); d["issuer"] != "https://evil.example/v2.0" {
		t.Errorf("issuer %v", d["issuer"])
	}
	if get(t, server, path, &d); d["issuer"] != server.URL+"/"+consented+"/v2.0" {
		t.Errorf("issuer stays %v", d["issuer"])
	}
}
