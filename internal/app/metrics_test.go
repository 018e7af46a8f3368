package app

import (
	"flag"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/config"
	"tandem/internal/simulator/pki"
	"tandem/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var update = flag.Bool("update", false, "write deploy/checks/testdata/metrics.txt anew")

// testApp is the product with an empty database and one trunk, not served.
func testApp(t *testing.T, o Options) *App {
	t.Helper()
	ca, err := pki.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue([]string{"e0.eu.sbc.example.net"}, []net.IP{net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	file, key := filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
	if err := pki.WriteFiles(cert, file, key); err != nil {
		t.Fatal(err)
	}
	const any = "127.0.0.1:0"
	c := config.Config{
		Development: true, DatabaseURL: config.Secret(testkit.Postgres(t).Admin), MasterKey: config.Secret(strings.Repeat("k", 40)), SealKeys: "k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		HTTP: config.HTTP{Listen: any, PublicListen: any, PublicURL: "https://127.0.0.1", PublicCert: file, PublicKey: key},
		SIP: config.SIP{
			Near: config.Near{UDP: any, TCP: any}, Media: config.Media{Address: "127.0.0.1"},
			Far: config.Far{Listen: any, Roots: ca.File(), Trunks: []config.Trunk{{FQDN: "e0.eu.sbc.example.net", Cert: file, Key: key}}},
		},
		Microsoft:  config.Microsoft{ClientID: "a", HomeTenant: "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10", ClientSecret: "s"},
		Recordings: config.Recordings{Store: "file://" + t.TempDir()},
	}.WithDefaults("test")
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return a
}

// TestMetrics: the list that dashboards and alerts are held against (deploy/checks) is
// what the product registers.
func TestMetrics(t *testing.T) {
	a := testApp(t, Options{})
	descriptions := make(chan *prometheus.Desc)
	go func() { a.metrics.Describe(descriptions); close(descriptions) }()
	form := regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`)
	var lines []string
	for d := range descriptions {
		m := form.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("not understood: %s", d)
		}
		if !strings.HasPrefix(m[1], "go_") {
			lines = append(lines, strings.TrimSpace(m[1]+" "+strings.ReplaceAll(m[2], ",", " ")))
		}
	}
	slices.Sort(lines)
	got := strings.Join(slices.Compact(lines), "\n") + "\n"
	const kept = "../../deploy/checks/testdata/metrics.txt"
	if *update {
		if err := os.WriteFile(kept, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(kept)
	if err != nil || string(want) != got {
		t.Errorf("%v: the metrics are not those of %s (go test ./internal/app -update):\n%s", err, kept, got)
	}
}
