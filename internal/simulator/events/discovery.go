package events

import (
	"encoding/json"
	"net/http"
)

// Paths of the documents with which callbacks are verified.
const (
	ConfigurationPath = "/calling/.well-known/acsopenidconfiguration"
	KeysPath          = "/calling/keys"
)

// Discovery serves the OpenID configuration and the keys of callbacks
// (facts/call-automation.md §11.2); mount it on the issuer's origin.
func (s *Sender) Discovery() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+KeysPath, s.Keys)
	mux.HandleFunc("GET "+ConfigurationPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer":                                s.Issuer,
			"jwks_uri":                              s.Issuer + KeysPath,
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	return mux
}
