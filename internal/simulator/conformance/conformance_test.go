package conformance

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/audio"
	"tandem/internal/simulator"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/teams"
)

func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m)
}

const (
	contoso  = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	resource = "b9614373-fd0b-480c-8fd2-cb58b70eab9f"
	trunk    = "e0.eu.sbc.tandem.test"
)

// oldestNode is the first Node with the flags that are used here.
const oldestNode = 20

// limit is the time that one file of tests may take.
const limit = 5 * time.Minute

// people are the Teams users by what they do when rung; the tests know them by
// these names. Who accepts does so in a call, too, for tests follow each other
// quickly.
var people = map[string]teams.Profile{
	"ada":     {OID: "fc4ccb5f-8046-4812-803f-6c344a5d1560", Name: "Ada Lovelace", IgnoresBusy: true},
	"alan":    {OID: "0d3c1b6e-52fd-4f0e-8f3c-6a1f7f3f1a01", Name: "Alan Turing", IgnoresBusy: true},
	"dora":    {OID: "0d3c1b6e-52fd-4f0e-8f3c-6a1f7f3f1a02", Name: "Dora Declines", Behaviour: teams.Behaviour{Do: teams.Decline}},
	"nell":    {OID: "0d3c1b6e-52fd-4f0e-8f3c-6a1f7f3f1a03", Name: "Nell Never", Behaviour: teams.Behaviour{Do: teams.Never}},
	"manuela": {OID: "0d3c1b6e-52fd-4f0e-8f3c-6a1f7f3f1a04", Name: "Manuela Manual", Behaviour: teams.Behaviour{Do: teams.Manual}, IgnoresBusy: true},
	"otto":    {OID: "0d3c1b6e-52fd-4f0e-8f3c-6a1f7f3f1a05", Name: "Otto Offline", Client: teams.NoneOn},
	"uma":     {OID: "0d3c1b6e-52fd-4f0e-8f3c-6a1f7f3f1a06", Name: "Uma Unfederated", NotFederated: true},
}

// TestOfficialSDK runs each file of tests against a simulator of its own.
func TestOfficialSDK(t *testing.T) {
	node := program(t, "node")
	install(t)
	audio.TestShare(t)
	files, err := filepath.Glob("*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests of the SDK: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".test.mjs"), func(t *testing.T) {
			server, environment := start(t)
			judge(t, node, file, environment)
			unhandled(t, server)
		})
	}
}

// TestInferencesTurnedAround runs those files again in which the simulator
// decides something that nobody outside Microsoft knows, every decision taken
// the other way: what the tests demand must not rest on guesses.
func TestInferencesTurnedAround(t *testing.T) {
	node := program(t, "node")
	install(t)
	audio.TestShare(t)
	for _, name := range []string{"calls", "participants", "refusals"} {
		t.Run(name, func(t *testing.T) {
			server, environment := start(t)
			judge(t, node, name+".test.mjs", append(environment, "MSIM_TURN_INFERENCES=yes"))
			unhandled(t, server)
		})
	}
}

// judge runs one file of tests and shows what it says.
func judge(t *testing.T, node, file string, environment []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	run := exec.CommandContext(ctx, node, "--test", "--test-reporter=spec", file)
	run.Env = append(os.Environ(), environment...)
	run.WaitDelay = time.Second
	output, err := run.CombinedOutput()
	t.Logf("node --test %s\n%s", file, output)
	if err != nil {
		t.Errorf("the SDK's tests failed: %v", err)
	}
}

func unhandled(t *testing.T, server *simulator.Server) {
	t.Helper()
	if n := server.Unhandled(); n != 0 {
		t.Errorf("%d requests were not implemented", n)
	}
}

// start starts a simulator and returns what its tests need to know, as
// environment.
func start(t *testing.T) (*simulator.Server, []string) {
	t.Helper()
	dir := t.TempDir()
	ca, err := pki.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Loopback()
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(dir, "app.pem"), filepath.Join(dir, "app-key.pem")
	if err := pki.WriteFiles(cert, certFile, keyFile); err != nil {
		t.Fatal(err)
	}
	users := make([]teams.Profile, 0, len(people))
	oids := map[string]string{}
	for name, p := range people {
		p.Tenant = contoso
		users = append(users, p)
		oids[name] = p.OID
	}
	server, err := simulator.New(simulator.Config{
		CA:        ca,
		Resources: []simulator.Resource{{Name: "eu", Region: "eu", ImmutableID: resource, Trunks: []simulator.Trunk{{FQDN: trunk}}}},
		Tenants:   []simulator.Tenant{{ID: contoso, Name: "Contoso Airlines", Federation: []string{resource}}},
		Users:     users,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	list, err := json.Marshal(oids)
	if err != nil {
		t.Fatal(err)
	}
	eu := server.Resources()[0]
	return server, []string{
		"MSIM_ENDPOINT=" + eu.Endpoint,
		"MSIM_ACCESS_KEY=" + eu.AccessKey,
		"MSIM_RESOURCE=" + eu.Name,
		"MSIM_IMMUTABLE_ID=" + eu.ImmutableID,
		"MSIM_TOPIC=" + eu.Topic,
		"MSIM_CONTROL=" + server.Control(),
		"MSIM_ISSUER=" + server.CallbackIssuer(),
		"MSIM_CONFIGURATION=" + server.CallbackConfiguration(),
		"MSIM_USERS=" + string(list),
		"APP_CERT=" + certFile,
		"APP_KEY=" + keyFile,
		"NODE_EXTRA_CA_CERTS=" + ca.File(),
	}
}

// program finds a program; without it the test is skipped, or fails with
// CI=true.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed")
	}
	if name != "node" {
		return path
	}
	version, err := exec.CommandContext(t.Context(), path, "--version").Output()
	if err != nil {
		t.Fatalf("node --version: %v", err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(version)), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		missing(t, "node is "+strings.TrimSpace(string(version))+", too old")
	}
	return path
}

func missing(t *testing.T, what string) {
	t.Helper()
	text := "NOT RUN: Microsoft's SDK for JavaScript needs Node " + strconv.Itoa(oldestNode) + " or later with npm: " + what +
		"; sudo apt-get install nodejs npm"
	if os.Getenv("CI") == "true" {
		t.Fatal(text)
	}
	t.Skip(text)
}

// install fetches the SDK if the lock file is newer than what is there.
func install(t *testing.T) {
	t.Helper()
	npm := program(t, "npm")
	lock, err := os.Stat("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	// npm writes this file last.
	done, err := os.Stat(filepath.Join("node_modules", ".package-lock.json"))
	if err == nil && !done.ModTime().Before(lock.ModTime()) {
		return
	}
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	output, err := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput()
	if err != nil {
		t.Fatalf("npm ci: %v\n%s", err, output)
	}
}
