package entra

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"tandem/internal/simulator/faults"
)

// personalAccounts is the tenant of those, for which organisations must not take
// a token (facts/entra-graph-teams.md §1.5).
const personalAccounts = "9188040d-6c67-4c5b-b112-36a304b66dad"

// tenantTemplate stands for the id in the issuer of a document for every tenant.
const tenantTemplate = "{tenantid}"

// struck answers as the fault entra.status says.
func (s *Service) struck(w http.ResponseWriter, scope string) bool {
	value, struck := s.Faults.Take(faults.EntraStatus, scope)
	if !struck {
		return false
	}
	a := faults.ParseAnswer(value)
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	write(w, a.Status, map[string]any{"error": "temporarily_unavailable", "error_description": "Set by the simulator's operator."})
	return true
}

// discovery is the OpenID configuration: of a tenant, with its id throughout
// even if it was asked for by domain, or of every tenant, with a template.
func (s *Service) discovery(w http.ResponseWriter, r *http.Request) {
	id, known := s.canonical(r.PathValue("tenant"))
	if !known {
		s.refuse(w, noTenant(r.PathValue("tenant")), r)
		return
	}
	if s.struck(w, id) {
		return
	}
	base, pages, issuer := s.Origin+"/"+id, s.Pages+"/"+id, s.issuer(id)
	if anyTenant(id) {
		issuer = s.issuer(tenantTemplate)
	}
	if value, struck := s.Faults.Take(faults.EntraIssuer, id); struck {
		issuer = value
	}
	write(w, http.StatusOK, map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                pages + "/oauth2/v2.0/authorize",
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"end_session_endpoint":                  pages + "/oauth2/v2.0/logout",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"claims_supported":                      []string{"sub", "iss", "cloud_instance_name", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email"},
		"request_uri_parameter_supported":       false,
		"http_logout_supported":                 true,
		"frontchannel_logout_supported":         true,
		"tenant_region_scope":                   nil,
		"cloud_instance_name":                   "microsoftonline.com",
		"cloud_graph_host_name":                 "graph.windows.net",
		"msgraph_host":                          "graph.microsoft.com",
	})
}

func (s *Service) issuer(tenant string) string { return s.Origin + "/" + tenant + "/v2.0" }

// keys is the key set. Each key names the issuer that it may sign for; common
// also has those of personal accounts (facts/entra-graph-teams.md §1.6).
func (s *Service) keys(w http.ResponseWriter, r *http.Request) {
	id, known := s.canonical(r.PathValue("tenant"))
	if !known {
		s.refuse(w, noTenant(r.PathValue("tenant")), r)
		return
	}
	if s.struck(w, id) {
		return
	}
	issuer := s.issuer(id)
	if anyTenant(id) {
		issuer = s.issuer(tenantTemplate)
	}
	list := entries(s.Keys.Public().Keys, issuer)
	if anyTenant(id) {
		personal, err := s.personal()
		if err != nil {
			s.refuse(w, problem{code: 90033}, r)
			return
		}
		list = append(list, entries(personal.Public().Keys, s.issuer(personalAccounts))...)
	}
	write(w, http.StatusOK, map[string]any{"keys": list})
}

// entries writes keys as Entra does, without alg and with the issuer.
func entries(keys []jose.JSONWebKey, issuer string) []map[string]any {
	list := make([]map[string]any, 0, len(keys))
	for _, key := range keys {
		key.Algorithm = ""
		text, err := key.MarshalJSON()
		if err != nil {
			continue // a public RSA key can be written
		}
		entry := map[string]any{}
		if json.Unmarshal(text, &entry) == nil {
			entry["issuer"], entry["cloud_instance_name"] = issuer, "microsoftonline.com"
			list = append(list, entry)
		}
	}
	return list
}

// instance tells a library where a tenant's configuration is, and that this host
// is one to trust.
func (s *Service) instance(w http.ResponseWriter, r *http.Request) {
	at, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	own := s.Origin[strings.Index(s.Origin, "://")+3:]
	if err != nil || at.Host != own {
		s.refuse(w, problem{code: 50049}, r)
		return
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(at.Path, "/"), "/")
	write(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": s.issuer(tenant) + "/.well-known/openid-configuration", "api-version": "1.1",
		"metadata": []map[string]any{{"preferred_network": own, "preferred_cache": own, "aliases": []string{own}}},
	})
}
