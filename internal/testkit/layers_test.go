package testkit_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers says for each package (or tree, ending in "/...") which packages of
// ours it may import. A package that is not here fails the test: decide where
// it belongs first. "leaves" and "domain" stand for their lists below.
var layers = map[string][]string{
	// leaves: nothing of ours
	"internal/fault":     {},
	"internal/audio":     {},
	"internal/secret":    {},
	"internal/config":    {},
	"internal/telemetry": {},
	"internal/localpg":   {},
	"internal/roomy":     {},
	"migrations":         {},
	"web":                {},

	// domain
	"internal/tenant":   {"internal/fault"},
	"internal/provider": {"internal/fault", "internal/tenant"},
	"internal/trunk":    {"internal/fault", "internal/tenant"},
	"internal/call":     {"internal/fault", "internal/tenant"},
	"internal/roster":   {"internal/fault", "internal/tenant", "internal/call"},
	"internal/flow":     {"internal/fault", "internal/tenant", "internal/call"},

	// engine
	"internal/bridge":     {"domain", "internal/roomy"},
	"internal/bridge/sim": {"domain", "internal/bridge"},
	"internal/check":      {"domain"},
	"internal/explain":    {"domain"},
	"internal/proof":      {"domain", "internal/check"},
	"internal/onboarding": {"domain", "internal/secret", "internal/check"},

	// adapters: never each other; those of HTTP share the form of a refusal
	"internal/api/problem":     {"internal/fault"},
	"internal/api/admin":       {"domain", "leaves", "engine", "internal/api/problem"},
	"internal/postgres":        {"domain", "leaves", "engine"},
	"internal/api/portal":      {"domain", "leaves", "engine", "internal/api/problem"},
	"internal/notify":          {"domain", "leaves", "engine"},
	"internal/job":             {"domain", "leaves", "engine"},
	"internal/recording":       {"domain", "leaves", "engine"},
	"internal/bot":             {"domain", "leaves", "engine"},
	"internal/microsoft/acs":   {"domain", "leaves", "engine"},
	"internal/microsoft/entra": {"domain", "leaves", "engine"},
	"internal/microsoft/graph": {"domain", "leaves", "engine"},
	"sip":                      {"domain", "leaves", "engine", "sip/..."},
	"sip/...":                  {"domain", "leaves", "engine", "sip/..."},
	"sip/siptest":              {"sip/sdp", "sip/media", "internal/audio"},

	// the simulator cannot agree with our mistakes
	"internal/simulator":     {"internal/audio", "internal/simulator/..."},
	"internal/simulator/...": {"internal/audio", "internal/simulator/..."},

	// at a terminal: it knows the API as its users do
	"internal/operator": {"internal/fault"},
	// plays Microsoft for a proof: app does not know it, and is handed what starts it
	"internal/proof/bench": {"domain", "leaves", "engine", "sip", "sip/...", "internal/simulator/..."},

	// wiring
	"internal/alone": {"domain", "leaves", "engine", "sip", "sip/..."},
	"internal/app":   {"domain", "leaves", "engine", "internal/api/...", "internal/postgres", "internal/microsoft/...", "internal/notify", "internal/job", "internal/recording", "internal/bot", "sip/...", "sip", "web"},
	"internal/dev":   {"domain", "leaves", "engine", "internal/app", "internal/simulator/...", "internal/simulator", "sip/siptest", "internal/postgres"},
	"cmd/tandem":     {"leaves", "internal/alone", "internal/operator", "internal/check", "internal/proof", "internal/proof/bench", "internal/app", "internal/dev", "internal/postgres"},
	"cmd/msim":       {"internal/simulator", "internal/simulator/..."},

	// imported by tests only
	"internal/testkit": {"domain", "leaves", "internal/postgres"},
}

var lists = map[string][]string{
	"leaves": {"internal/fault", "internal/audio", "internal/secret", "internal/config", "internal/telemetry", "internal/localpg", "internal/roomy", "migrations"},
	"domain": {"internal/fault", "internal/tenant", "internal/provider", "internal/trunk", "internal/call", "internal/roster", "internal/flow"},
	"engine": {"internal/bridge", "internal/check", "internal/explain", "internal/onboarding", "internal/proof"},
}

// onlyStandardLibrary are the packages that stay free of any dependency.
var onlyStandardLibrary = []string{"internal/fault", "internal/tenant", "internal/provider", "internal/trunk", "internal/call", "internal/roster", "internal/flow"}

// row finds the most exact row for a package.
func row(pkg string) (string, bool) {
	if _, ok := layers[pkg]; ok {
		return pkg, true
	}
	best := ""
	for k := range layers {
		if tree, ok := strings.CutSuffix(k, "/..."); ok && strings.HasPrefix(pkg, tree+"/") && len(k) > len(best) {
			best = k
		}
	}
	return best, best != ""
}

func allowed(pkg, imported string) bool {
	r, _ := row(pkg)
	for _, a := range layers[r] {
		for _, entry := range append([]string{a}, lists[a]...) {
			tree, isTree := strings.CutSuffix(entry, "/...")
			if entry == imported || isTree && strings.HasPrefix(imported, tree+"/") {
				return true
			}
		}
	}
	return false
}

func TestLayers(t *testing.T) {
	root := moduleRoot(t)
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); path != root && (strings.HasPrefix(n, ".") || n == "node_modules" || n == "testdata" || n == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		rel, _ := filepath.Rel(root, filepath.Dir(path))
		pkg := filepath.ToSlash(rel)
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		test := strings.HasSuffix(path, "_test.go")
		if _, known := row(pkg); !known && !test {
			t.Errorf("package %s is not in the table of layers: decide where it belongs", pkg)
		}
		seen[pkg] = true
		for _, imp := range file.Imports {
			checkImport(t, pkg, strings.TrimPrefix(path, root+"/"), imp.Path.Value, test)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 10 {
		t.Fatalf("found only %d packages: the test does not look at the module", len(seen))
	}
}

func checkImport(t *testing.T, pkg, file, quoted string, test bool) {
	t.Helper()
	path, err := strconv.Unquote(quoted)
	if err != nil {
		t.Fatal(err)
	}
	ours, isOurs := strings.CutPrefix(path, "tandem/")
	if !isOurs {
		first, _, _ := strings.Cut(path, "/")
		if !test && strings.Contains(first, ".") && slices.Contains(onlyStandardLibrary, pkg) {
			t.Errorf("%s: the domain uses only the standard library, not %s", file, path)
		}
		return
	}
	switch {
	case ours == "internal/testkit":
		if !test {
			t.Errorf("%s: only tests import testkit", file)
		}
	case test: // tests may use real neighbours
	case ours == pkg:
	case !allowed(pkg, ours):
		t.Errorf("%s: %s may not import %s", file, pkg, ours)
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above " + dir)
		}
		dir = parent
	}
}
