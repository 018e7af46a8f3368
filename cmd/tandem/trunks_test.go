package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tandem/internal/dev"
)

// trunksOf runs `tandem trunks …` against a stack.
func trunksOf(t *testing.T, dir string) func(want int, args ...string) string {
	return func(want int, args ...string) string {
		t.Helper()
		c := root()
		var out bytes.Buffer
		c.SetOut(&out)
		c.SetErr(&out)
		c.SetArgs(append([]string{"trunks", "--dev", dir}, args...))
		err := c.ExecuteContext(t.Context())
		code := 0
		if err != nil {
			code = 1
			out.WriteString(err.Error())
		}
		if e := (*exit)(nil); errors.As(err, &e) {
			code = e.code
		}
		if code != want {
			t.Fatalf("%v ended with %d, want %d: %s", args, code, want, out.String())
		}
		return out.String()
	}
}

// TestTrunks is a working day: export, change, plan, a domain that is not verified, apply,
// two operators, an edit in the portal, history, roll back, import.
func TestTrunks(t *testing.T) {
	dir := t.TempDir()
	t.Cleanup(func() {
		if err := dev.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	r := runDev(t, dir)
	trunks := trunksOf(t, dir)
	var f struct{ Items []struct{ ID string } }
	if err := json.Unmarshal([]byte(trunks(0, "history", "--json")), &f); err != nil || len(f.Items) != 2 {
		t.Fatalf("%+v, %v", f, err)
	}
	resource := strings.Fields(strings.Split(trunks(0, "history"), "\n")[2])[1] // of the first region, made first
	if out := trunks(0, "plan", "-r", resource); !strings.Contains(out, "Nothing to do") {
		t.Errorf("after the import: %s", out)
	}
	exported := trunks(0, "export", "-r", resource)
	fqdn := r.file.Simulator.Resources[0].TrunkFQDN
	if !strings.Contains(exported, fqdn) {
		t.Fatalf("exported %s", exported)
	}
	second := strings.Replace(fqdn, "e0.", "e9.", 1)
	file := filepath.Join(dir, "eu.yaml")
	document := strings.Replace(exported, "trunks:\n    - fqdn: "+fqdn, "trunks:\n    - fqdn: "+second+"\n      port: 5061\n    - fqdn: "+fqdn, 1)
	document = strings.Replace(document, "routes:\n", "routes:\n    - name: special\n      pattern: ^\\+49900\\d+$\n      trunks: ["+second+"]\n", 1)
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	out := trunks(2, "plan", file, "-r", resource, "--reason", "second node")
	for _, want := range []string{"+ trunk " + second + "\n    port: 5061\n", "+ route special\n    place: 1\n", "! Microsoft does not list the domain"} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan does not say %q:\n%s", want, out)
		}
	}
	if again := trunks(2, "apply", file, "-r", resource, "--dry-run"); !strings.Contains(again, "+ trunk "+second) {
		t.Error(again)
	}
	// Nobody has proved the domain.
	if out := trunks(3, "apply", file, "-r", resource); !strings.Contains(out, "is the domain of each new trunk verified") {
		t.Errorf("refused with %s", out)
	}
	prove(t, r, second)
	var a, b struct{ ID string }
	for _, p := range []*struct{ ID string }{&a, &b} { // two operators look at the same
		if err := json.Unmarshal([]byte(trunks(2, "plan", file, "-r", resource, "--json")), p); err != nil {
			t.Fatal(err)
		}
	}
	if out := trunks(0, "apply", "--plan", a.ID); !strings.Contains(out, "Applied: activating") {
		t.Error(out)
	}
	if out := trunks(3, "apply", "--plan", b.ID); !strings.Contains(out, "+ trunk "+second) || !strings.Contains(out, "plan again") {
		t.Errorf("the second operator hears %s", out)
	}
	if out := trunks(0, "plan", file, "-r", resource); !strings.Contains(out, "Nothing to do") {
		t.Error(out)
	}
	if out := trunks(0, "history", "-r", resource); !strings.Contains(out, "activating") || !strings.Contains(out, "second node") || strings.Count(out, "failed") != 2 {
		t.Error(out)
	}
	// Back to what was imported, which is the last one of the list.
	lines := strings.Split(strings.TrimSpace(trunks(0, "history", "-r", resource)), "\n")
	first := strings.Fields(lines[len(lines)-1])[0]
	if out := trunks(2, "rollback", first, "--dry-run"); !strings.Contains(out, "- trunk "+second) || !strings.Contains(out, "- route special") {
		t.Error(out)
	}
	trunks(0, "rollback", first, "--reason", "too early")
	if now := trunks(0, "export", "-r", resource); now != exported {
		t.Errorf("after rolling back:\n%s\nwant\n%s", now, exported)
	}
	if seen := trunks(0, "import", "-r", resource, "--dry-run"); seen != exported {
		t.Errorf("Microsoft has:\n%s\nwant\n%s", seen, exported)
	}
	if out := trunks(0, "import", "-r", resource); !strings.Contains(out, "Imported: ") {
		t.Error(out)
	}
	for want, args := range map[string][]string{
		"say which resource": {"plan"}, "no such resource": {"plan", "-r", "none"}, "no such file": {"plan", "none.yaml", "-r", resource}, "no such plan": {"rollback", "x"}, "no format": {"export", "-r", resource, "--format", "xml"},
	} {
		if out := trunks(1, args...); !strings.Contains(out, want) {
			t.Errorf("%v: %s", args, out)
		}
	}
	if err := r.end(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// prove is a person's work in the portal and at the name server.
func prove(t *testing.T, r *running, domain string) {
	t.Helper()
	of := fmt.Sprintf(`{"resource":%q,"domain":%q}`, r.file.Simulator.Resources[0].ImmutableID, domain)
	var told struct{ TXT string }
	if err := json.Unmarshal(control(t, r, "POST", "/sip/domains", of), &told); err != nil {
		t.Fatal(err)
	}
	control(t, r, "PUT", "/dns/"+domain, fmt.Sprintf(`{"txt":[%q]}`, told.TXT))
	control(t, r, "POST", "/sip/domains/verify", of)
}

func control(t *testing.T, r *running, method, path, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.file.Simulator.Control+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s, %v", method, path, res.StatusCode, raw, err)
	}
	return raw
}
