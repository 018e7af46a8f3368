package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/internal/config"
	"tandem/internal/secret"
)

func TestFront(t *testing.T) {
	named := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
	}
	f := front(named("api"), named("pages"), true)
	for path, want := range map[string]string{
		"/v1/tenants": "api", "/v1": "api", "/openapi.json": "api", "/docs": "api", "/healthz": "api", "/readyz": "api", "/metrics": "api", "/.well-known/tandem-proof.json": "api", "/.well-known": "pages",
		"/": "pages", "/tenant": "pages", "/v1x": "pages", "/portal/session": "pages", "/assets/x.js": "pages", "//v1/tenants": "pages",
	} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = path
		f.ServeHTTP(rec, r)
		if rec.Body.String() != want || want == "api" && rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %v", path, rec.Body, rec.Header())
		}
	}
}

// The portal that app makes answers, with the web app that is in this binary.
func TestNewPortal(t *testing.T) {
	box, err := secret.ReadKeys(strings.NewReader(secret.NewKeyLine("k1")))
	if err != nil {
		t.Fatal(err)
	}
	a := &App{cfg: config.Config{ProviderName: "Acme", Microsoft: config.Microsoft{
		HomeTenant: "11111111-1111-4111-8111-111111111111", ClientID: "app", ClientSecret: "s",
	}}.WithDefaults("here")}
	registration, err := entraConfig(a.cfg.Microsoft, nil)
	if err != nil || registration.GraphScope != "https://graph.microsoft.com/.default" {
		t.Fatalf("%+v %v", registration.GraphScope, err)
	}
	p, err := a.newPortal(nil, box, registration)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/tenant", nil))
	if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "<title>Tandem</title>") || !strings.Contains(rec.Header().Get("Content-Security-Policy"), "form-action 'self' https://login.microsoftonline.com;") {
		t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
}

func TestCertificateFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.pem")
	if _, err := entraConfig(config.Microsoft{Certificate: file}, nil); err == nil || !strings.Contains(err.Error(), "microsoft.certificate") {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := entraConfig(config.Microsoft{Certificate: file}, nil); err != nil || string(c.Certificate) != "PEM" {
		t.Errorf("%s %v", c.Certificate, err)
	}
}
