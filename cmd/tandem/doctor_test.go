package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/internal/check"
)

// TestDoctor: a configuration with hardly anything in it is looked at as far as it
// goes, and all that is wrong is told, to people and to programs.
func TestDoctor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tandem.yaml")
	const text = "htpp: {listen: x}\nhttp: {listen: '127.0.0.1:0', public_listen: '127.0.0.1:0'}\n" +
		"sip:\n  far: {listen: '127.0.0.1:0', dns: '127.0.0.1:1', proxies: [sip.pstnhub.microsoft.com]}\n  near: {udp: '127.0.0.1:0', tcp: '127.0.0.1:0'}\n" +
		"development: true\nmicrosoft: {authority: 'https://127.0.0.1:1/', graph: 'https://127.0.0.1:1/'}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		c := root()
		c.SetOut(&out)
		c.SetArgs(append([]string{"doctor"}, args...))
		err := c.ExecuteContext(t.Context())
		return out.String(), err
	}
	out, err := run("--json", "--config", file)
	var r check.Report
	if err == nil || json.Unmarshal([]byte(out), &r) != nil || r.OK || !strings.Contains(err.Error(), "are failures") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"htpp.listen"`, `"database_url"`, `"sip.far.trunks"`, `"master_key"`, `"not-checked"`, `"dns.proxy"`} {
		if !strings.Contains(out, want) {
			t.Errorf("not told: %s\n%s", want, out)
		}
	}
	out, err = run("--config", file)
	if err == nil || !strings.HasPrefix(out, "FAIL         settings") || !strings.Contains(out, "→ correct it in the configuration file or the environment (TANDEM_DATABASE_URL)") || strings.Contains(out, "\nOK ") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _ = run("--all", "--config", file); !strings.Contains(out, "\nOK           port  http.listen") {
		t.Error(out)
	}
	if _, err := run("--config", filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "configuration file") {
		t.Errorf("%v", err)
	}
}
