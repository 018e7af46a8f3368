package checks

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

func TestCompose(t *testing.T) {
	o, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"}, cli.WithEnv([]string{"TANDEM_DATABASE_URL=postgres://x"}))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(t.Context()) // strict: it knows the schema
	if err != nil {
		t.Fatal(err)
	}
	s := p.Services["tandem"]
	if len(p.Services) != 3 || s.NetworkMode != "host" || !s.ReadOnly || s.DependsOn["migrate"].Condition != "service_completed_successfully" || s.Image != p.Services["migrate"].Image {
		t.Errorf("%+v", s)
	}
	if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
		t.Errorf("it builds from a file that is not there: %v", err)
	}
	for _, used := range s.Secrets {
		if variable := "TANDEM_" + strings.ToUpper(strings.Replace(used.Source, "client_secret", "microsoft_client_secret", 1)) + "_FILE"; s.Environment[variable] == nil || *s.Environment[variable] != "/run/secrets/"+used.Source {
			t.Errorf("secret %s is not what %s names", used.Source, variable)
		}
	}
	without, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := without.LoadProject(t.Context()); err == nil || !strings.Contains(err.Error(), "TANDEM_DATABASE_URL") {
		t.Errorf("without the address of the database: %v", err)
	}
}

// TestDockerfile: what it copies is there, it builds as make does, with the versions
// that go.mod and package.json name.
func TestDockerfile(t *testing.T) {
	text := read(t, "../Dockerfile")
	copied := regexp.MustCompile(`(?m)^COPY ([^-].*) \S+$`).FindAllStringSubmatch(text, -1)
	if len(copied) < 7 {
		t.Fatalf("%q", copied)
	}
	ignored := read(t, "../Dockerfile.dockerignore")
	for _, c := range copied {
		for source := range strings.FieldsSeq(c[1]) {
			if _, err := os.Stat(filepath.Join("../..", source)); err != nil {
				t.Errorf("COPY %s: %v", source, err)
			}
			if top, _, _ := strings.Cut(source, "/"); !strings.Contains(ignored, "\n!"+top+"\n") {
				t.Errorf("COPY %s: Dockerfile.dockerignore leaves it out", source)
			}
		}
	}
	build := regexp.MustCompile(`\$\(GO\) (build -trimpath -o bin/ \./cmd/\.\.\.)`).FindStringSubmatch(read(t, "../../Makefile"))
	if build == nil || !strings.Contains(text, "\nRUN go "+build[1]+"\n") {
		t.Errorf("the Makefile builds by %q, the Dockerfile otherwise", build)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../../go.mod"))[1]
	if !strings.Contains(text, "FROM golang:"+version+"-") {
		t.Errorf("go.mod wants Go %s", version)
	}
	node := regexp.MustCompile(`"node": ">=([\d.]+)"`).FindStringSubmatch(read(t, "../../web/package.json"))[1]
	if !strings.Contains(text, "FROM node:"+node+"-") {
		t.Errorf("package.json wants Node %s", node)
	}
	if last := text[strings.LastIndex(text, "FROM "):]; !strings.Contains(last, ":nonroot") || !strings.Contains(last, "USER 65532") {
		t.Error("it runs as root")
	}
}

// metrics are those that the product registers, with their labels; a test of
// internal/app keeps the file.
func metrics(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{"up": {}}
	lines := bufio.NewScanner(strings.NewReader(read(t, "testdata/metrics.txt")))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		all[f[0]] = f[1:]
	}
	return all
}

// checkQuery: Prometheus reads it, and each metric and label in it is the product's.
func checkQuery(t *testing.T, where, query string, known map[string][]string) {
	t.Helper()
	query = strings.ReplaceAll(query, "$__rate_interval", "5m")
	e, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	var has []string
	for _, selector := range parser.ExtractSelectors(e) {
		name := ""
		for _, m := range selector {
			if m.Name == labels.MetricName {
				name = m.Value
			}
		}
		own, ok := known[name]
		for _, suffix := range []string{"_bucket", "_count", "_sum"} {
			if base, cut := strings.CutSuffix(name, suffix); cut && !ok {
				own, ok = known[base]
			}
		}
		if !ok {
			t.Errorf("%s: the product has no metric %q", where, name)
		}
		has = append(append(has, own...), "le", "instance", "job")
		for _, m := range selector {
			if m.Name != labels.MetricName && !slices.Contains(has, m.Name) {
				t.Errorf("%s: %s has no label %s", where, name, m.Name)
			}
		}
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, l := range a.Grouping {
				if !slices.Contains(has, l) {
					t.Errorf("%s: it groups by %s, which nothing in it has", where, l)
				}
			}
		}
		return nil
	})
}

func TestAlerts(t *testing.T) {
	var file struct {
		Groups []struct {
			Name  string `json:"name"`
			Rules []struct {
				Alert       string            `json:"alert"`
				Expr        string            `json:"expr"`
				For         string            `json:"for"`
				Labels      map[string]string `json:"labels"`
				Annotations map[string]string `json:"annotations"`
			} `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.UnmarshalStrict([]byte(read(t, "../prometheus/alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	known, seen := metrics(t), map[string]bool{}
	for _, r := range file.Groups[0].Rules {
		checkQuery(t, r.Alert, r.Expr, known)
		if seen[r.Alert] || r.Annotations["summary"] == "" || r.Annotations["action"] == "" || r.Labels["severity"] != "page" && r.Labels["severity"] != "ticket" {
			t.Errorf("%+v", r)
		}
		seen[r.Alert] = true
	}
	if len(seen) < 10 {
		t.Errorf("only %d alerts", len(seen))
	}
}

func TestDashboard(t *testing.T) {
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "../grafana/tandem.json")), &board); err != nil {
		t.Fatal(err)
	}
	known, ids := metrics(t), map[int]bool{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			checkQuery(t, p.Title, target.Expr, known)
		}
		if ids[p.ID] || len(p.Targets) == 0 {
			t.Errorf("panel %d %q", p.ID, p.Title)
		}
		ids[p.ID] = true
	}
	if len(ids) < 10 {
		t.Errorf("only %d panels", len(ids))
	}
}

// TestTerraform: formatted as `terraform fmt` does, and with the permissions that the
// product asks for and no others.
func TestTerraform(t *testing.T) {
	files, _ := filepath.Glob("../terraform/*.tf")
	if len(files) < 3 {
		t.Fatal(files)
	}
	for _, file := range files {
		text := read(t, file)
		if _, problems := hclwrite.ParseConfig([]byte(text), file, hcl.InitialPos); problems.HasErrors() {
			t.Error(problems)
		}
		if string(hclwrite.Format([]byte(text))) != text {
			t.Errorf("%s is not formatted", file)
		}
	}
	if !strings.Contains(read(t, "../terraform/main.tf"), "THIS WAS NEVER APPLIED") {
		t.Error("it does not say that it was never applied")
	}
	names := regexp.MustCompile(`"([A-Za-z]+\.Read\.All)"`)
	asked := names.FindAllStringSubmatch(read(t, "../../internal/onboarding/ports.go"), -1)
	made := names.FindAllStringSubmatch(read(t, "../terraform/entra.tf"), -1)
	var want, got []string
	for _, m := range asked {
		want = append(want, m[1])
	}
	for _, m := range made {
		got = append(got, m[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) == 0 || !slices.Equal(want, got) {
		t.Errorf("the product asks for %v, the registration has %v", want, got)
	}
}

// TestUnit: the unit starts a command that there is, and gives calls time to end.
func TestUnit(t *testing.T) {
	text := read(t, "../systemd/tandem.service")
	for _, want := range []string{"\nExecStart=/usr/local/bin/tandem serve --config /etc/tandem/tandem.yaml\n", "\nTimeoutStopSec=45\n", "\nUser=tandem\n", "\n[Install]\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "[") && !strings.Contains(line, "=") {
			t.Errorf("no setting: %q", line)
		}
	}
}
