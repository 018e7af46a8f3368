package operator

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/internal/fault"
)

// answers is an API that says the same to everybody, and remembers the question.
type answers struct {
	status      int
	body        string
	asked, said string
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body) // what is missing of it, the test misses
	a.asked, a.said = r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"), string(raw)
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// at is what operates at an API, and what it writes. The address may have /v1, as that of
// dev.json, or not.
func at(t *testing.T, a *answers, suffix string) (*Trunks, *bytes.Buffer) {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	var out bytes.Buffer
	return &Trunks{API: Client{URL: server.URL + suffix, Key: "tdm_x"}, Out: &out, Resource: "eu-1"}, &out
}

func TestPlanIsAskedForAndShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "eu.yaml")
	if err := os.WriteFile(file, []byte("trunks:\n  - fqdn: a.example.net\nroutes: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const planned = `{"id":"p1","resource":"eu-1","changes":[{"text":"+ trunk a.example.net"}],"notes":[{"text":"no route names it"}]}`
	for _, suffix := range []string{"", "/", "/v1"} {
		a := &answers{status: http.StatusCreated, body: planned}
		o, out := at(t, a, suffix)
		o.Reason = "second node"
		if err := o.Plan(t.Context(), file); !errors.Is(err, ErrPending) {
			t.Errorf("a plan with changes ended with %v", err)
		}
		if a.asked != "POST /v1/plans Bearer tdm_x" || a.said != `{"document":{"routes":[],"trunks":[{"fqdn":"a.example.net"}]},"reason":"second node","resource":"eu-1"}` {
			t.Errorf("it asked %s: %s", a.asked, a.said)
		}
		if out.String() != "Plan p1 for resource eu-1\n\n+ trunk a.example.net\n\n! no route names it\n" {
			t.Errorf("it wrote %q", out.String())
		}
	}
	o, out := at(t, &answers{status: http.StatusCreated, body: `{"id":"p1"}`}, "")
	o.JSON = true
	if err := o.Plan(t.Context(), ""); err != nil || out.String() != "{\"id\":\"p1\"}\n" {
		t.Errorf("nothing to do, as JSON: %q, %v", out.String(), err)
	}
}

// TestRefusalsKeepTheirKind: a conflict is somebody's to look at, all that is wrong is told.
func TestRefusalsKeepTheirKind(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		kind   fault.Kind
		text   string
	}{
		"conflict":      {409, `{"code":"base_changed","detail":"plan again"}`, fault.KindConflict, "plan again"},
		"mistakes":      {422, `{"detail":"not valid","errors":[{"location":"routes[0].pattern","message":"must be one"},{"location":"trunks[1].fqdn","message":"twice"}]}`, fault.KindInternal, "not valid\n  routes[0].pattern: must be one\n  trunks[1].fqdn: twice"},
		"another place": {404, `<html>`, fault.KindInternal, "is the address right?"},
	} {
		o, _ := at(t, &answers{status: c.status, body: c.body}, "")
		if err := o.Plan(t.Context(), ""); fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
