package entra

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// missing skips a test, or fails it where everything must be there.
func missing(t *testing.T, what, debian string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing; install it with: apt-get install %s", what, debian)
	}
	t.Skipf("NOT RUN: %s is missing (Debian: %s)", what, debian)
}

// What a person sees and presses, in Chromium. The parts are tests of
// testdata/browser; ONLY picks one by its name, SHOTS is a folder for pictures.
func TestInBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "chromium", "chromium")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node", "nodejs npm")
	}
	dir, err := filepath.Abs("testdata/browser")
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if installed, err := os.Stat(filepath.Join(dir, "node_modules/.package-lock.json")); err != nil || installed.ModTime().Before(lock.ModTime()) {
		npm, err := exec.LookPath("npm")
		if err != nil {
			missing(t, "npm", "npm")
		}
		cmd := exec.CommandContext(t.Context(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	_, server := newService(t)
	args := []string{"--test", "--test-reporter=spec", "--test-timeout=300000", "--test-concurrency=1"}
	if only := os.Getenv("ONLY"); only != "" {
		args = append(args, "--test-name-pattern="+only)
	}
	cmd := exec.CommandContext(t.Context(), node, append(args, "pages.test.mjs")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ENTRA="+server.URL, "CHROMIUM="+chromium, "CLIENT="+clientID, "TENANT="+without, "USER="+una, "ADMIN=peter@fabrikam.example")
	text, err := cmd.CombinedOutput()
	t.Logf("%s", text)
	if err != nil {
		t.Fatal(err)
	}
}
