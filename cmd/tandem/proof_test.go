package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/dev"
	"tandem/internal/proof"
)

// proved is a proof of both forms in a folder, and its keys as they are published.
func proved(t *testing.T) (dir string, keys []byte) {
	t.Helper()
	seed, public := proof.NewKey(time.Now())
	s, err := proof.NewSigner(seed)
	if err != nil {
		t.Fatal(err)
	}
	r := proof.Report{At: time.Now().UTC(), Trunk: "e0.sbc.example.net"}
	r.Conclude(nil, "not made")
	dir = t.TempDir()
	for name, form := range map[string]func(proof.Report) ([]byte, error){"proof.json": s.JSON, "proof.html": s.HTML} {
		file, err := form(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if keys, err = json.Marshal(proof.Keys{Keys: []proof.PublicKey{public}}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys.json"), keys, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, keys
}

// execute runs the program and returns what it wrote.
func execute(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := root()
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	return out.String(), err
}

func TestVerifyProof(t *testing.T) {
	dir, keys := proved(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != proof.WellKnown {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(keys)
	}))
	defer server.Close()
	t.Setenv("TANDEM_URL", "")
	for _, file := range []string{"proof.json", "proof.html"} {
		path := filepath.Join(dir, file)
		for _, from := range [][]string{{"--key", filepath.Join(dir, "keys.json")}, {"--url", server.URL}, {"--url", server.URL + "/v1"}} {
			out, err := execute(t, append([]string{"proof", "verify", path}, from...)...)
			if err != nil || !strings.HasPrefix(out, "genuine: trunk e0.sbc.example.net") {
				t.Errorf("%s, %v: %q, %v", file, from, out, err)
			}
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		altered := filepath.Join(dir, "altered-"+file)
		if err := os.WriteFile(altered, []byte(strings.Replace(string(raw), "e0.sbc", "e1.sbc", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := execute(t, "proof", "verify", altered, "--url", server.URL); err == nil || out != "" {
			t.Errorf("%s altered: %q, %v", file, out, err)
		}
		if _, err := execute(t, "proof", "verify", path); err == nil || !strings.Contains(err.Error(), "--url") {
			t.Errorf("without an installation: %v", err)
		}
	}
}

// TestProveTrunk: a trunk of a stack is proved by its node, in a process of its own, and the
// files that come of it are genuine.
func TestProveTrunk(t *testing.T) {
	audio.TestShare(t)
	dir, out := t.TempDir(), t.TempDir()
	t.Cleanup(func() {
		if err := dev.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	r := runDev(t, dir)
	told, err := execute(t, "proof", "run", "--dev", dir, "--trunk", r.file.Simulator.Resources[0].TrunkFQDN, "--out", out, "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	var all []proofMade
	if err := json.Unmarshal([]byte(told), &all); err != nil || len(all) != 1 {
		t.Fatalf("%v\n%s", err, told)
	}
	for _, c := range all[0].Report.Checks {
		if c.State != proof.Passed && c.ID != proof.LiveCalls { // nobody has called
			t.Errorf("%s %s: %s", c.ID, c.State, c.Found)
		}
	}
	for _, file := range []string{all[0].JSON, all[0].HTML} {
		if text, err := execute(t, "proof", "verify", file, "--url", r.file.API.URL); err != nil || !strings.Contains(text, "partly: 20 passed, 0 failed, 1 not shown") {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	if _, err := execute(t, "proof", "run", "--dev", dir, "--trunk", "nowhere.example.net"); err == nil || !strings.Contains(err.Error(), "no such trunk") {
		t.Errorf("%v", err)
	}
	if err := r.end(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}
