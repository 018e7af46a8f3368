package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childEnv makes the test binary msim itself, so that the tests have a process.
const childEnv = "MSIM_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// soon is when a test gives up; starting takes a fifth of a second on an idle
// machine.
const soon = 30 * time.Second

// anywhere are flags that disturb nobody.
func anywhere(t *testing.T, more ...string) []string {
	args := []string{"--dir", t.TempDir(), "--sip", "127.0.0.1:0"}
	for _, flag := range []string{"control", "authority", "graph", "dns", "acs", "tunnel-listen"} {
		args = append(args, "--"+flag, "127.0.0.1:0")
	}
	return append(args, more...)
}

// msim is a process with what it printed.
type msim struct {
	document
	cmd    *exec.Cmd
	stderr *output
	end    chan error
}

// output may be read while a process writes it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func child(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	return cmd
}

// start runs msim until it has printed its document.
func start(t *testing.T, more ...string) *msim {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	m := &msim{cmd: child(t, anywhere(t, more...)...), stderr: &output{}, end: make(chan error, 1)}
	m.cmd.Stdout, m.cmd.Stderr = in, m.stderr
	began := time.Now()
	err = m.cmd.Start()
	_ = in.Close()
	if err != nil {
		t.Fatal(err)
	}
	go func() { m.end <- m.cmd.Wait() }()
	t.Cleanup(func() { _ = m.cmd.Process.Kill() }) // it has ended by itself if all is well
	if err := out.SetReadDeadline(began.Add(soon)); err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(out).Decode(&m.document); err != nil {
		t.Fatalf("msim does not start: %v; it said\n%s", err, m.stderr)
	}
	t.Logf("answers after %d ms", time.Since(began).Milliseconds())
	return m
}

// stop demands that it ends well.
func (m *msim) stop(t *testing.T, how os.Signal) {
	t.Helper()
	if err := m.cmd.Process.Signal(how); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-m.end:
		if err != nil {
			t.Errorf("msim ended with %v; it said\n%s", err, m.stderr)
		}
	case <-time.After(soon):
		t.Fatalf("msim does not end; it said\n%s", m.stderr)
	}
}

// TestRuns starts it, finds that everything in the document answers, and ends it.
func TestRuns(t *testing.T) {
	m := start(t, "--acs-tls", "--insecure-callbacks", "--trunk", "e0.example.com:5071=127.0.0.9", "--trunk", "e1.example.com",
		"--route", `^\+49=e0.example.com,e1.example.com`, "--inference", "teams.busy=480/10037", "--tunnel", "http://127.0.0.1:9",
		"--user", "fc4ccb5f-8046-4812-803f-6c344a5d1560=Ada Lovelace", "--access-key", "c2VjcmV0")
	if m.ConnectionString != "endpoint="+m.Endpoint+";accesskey=c2VjcmV0" || m.AccessKey != "c2VjcmV0" || !strings.HasPrefix(m.Endpoint, "https://") {
		t.Errorf("connection string %s", m.ConnectionString)
	}
	if len(m.Users) != 1 || m.Users[0].Name != "Ada Lovelace" || m.Users[0].RawID != "8:orgid:"+m.Users[0].OID || m.Users[0].Tenant != m.Tenants[0].ID {
		t.Errorf("users %+v", m.Users)
	}
	if len(m.Identities) != 2 || !strings.HasPrefix(m.Identities[0], "8:acs:"+m.ImmutableID+"_") {
		t.Errorf("identities %v", m.Identities)
	}
	if len(m.Trunks) != 2 || len(m.SIPProxies) != 1 || m.App.ClientID == "" || m.App.Secret != "development" || len(m.Resources) != 1 || m.Tunnel == "" {
		t.Errorf("document %+v", m.document)
	}
	pem, err := os.ReadFile(m.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: soon}
	for _, c := range []struct {
		url    string
		status int
		text   string
	}{
		{m.Control + "/users", 200, "Ada Lovelace"},
		{m.Control + "/inferences", 200, `"name":"teams.busy","value":"480/10037"`},
		{m.Control + "/inbox/main", 200, `"messages":[]`},
		{m.Desk, 200, "<"},
		{m.Endpoint + "calling/callConnections/x", 401, "7509"},
		{m.CallbackConfig, 200, "jwks_uri"},
		{m.Authority + m.Tenants[0].ID + "/v2.0/.well-known/openid-configuration", 200, "issuer"},
		{m.Control + "/entra/tenants", 200, `"role_names":["Global Administrator"]`},
		{m.SignIn + "/organizations/oauth2/v2.0/authorize", 400, "AADSTS900144"},
		{m.Graph + "v1.0/x", 401, "InvalidAuthenticationToken"},
		{m.Callbacks + "main", 405, "POST"},
		{m.Tunnel, 502, "http://127.0.0.1:9"},
	} {
		res, err := client.Get(c.url)
		if err != nil {
			t.Error(err)
			continue
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != c.status || !strings.Contains(string(text), c.text) {
			t.Errorf("%s: %d %.200s, %v; want %d with %s", c.url, res.StatusCode, text, err, c.status, c.text)
		}
	}
	m.stop(t, syscall.SIGTERM)
	if !strings.Contains(m.stderr.String(), "the real service refuses them") {
		t.Errorf("no warning of insecure callbacks: %s", m.stderr)
	}
}

// TestIsTheSameAgain keeps authority and identities over a restart, and ends on
// an interrupt.
func TestIsTheSameAgain(t *testing.T) {
	dir := t.TempDir()
	first := start(t, "--dir", dir)
	ca, err := os.ReadFile(first.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	first.stop(t, os.Interrupt)
	second := start(t, "--dir", dir)
	if again, err := os.ReadFile(second.CAFile); err != nil || !bytes.Equal(ca, again) {
		t.Errorf("another authority, %v", err)
	}
	if first.Identities[0] != second.Identities[0] || first.ImmutableID != second.ImmutableID {
		t.Errorf("identities %v, then %v", first.Identities, second.Identities)
	}
	second.stop(t, os.Interrupt)
}

// TestPortInUse names the cure and exits 1.
func TestPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, flag := range []string{"acs", "control", "authority", "graph", "dns", "sip"} {
		cmd := child(t, anywhere(t, "--"+flag+"="+taken.Addr().String())...)
		if flag == "sip" { // a second value is added to the first
			cmd.Args = append(cmd.Args[:3:3], cmd.Args[5:]...)
		}
		text, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitFailure {
			t.Errorf("--%s: exit code %d, %v", flag, code, err)
		}
		for _, want := range []string{taken.Addr().String(), "already in use", "pass --" + flag + " with another port"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("--%s said\n%s\nwithout %q", flag, text, want)
			}
		}
	}
}

func TestCures(t *testing.T) {
	for _, c := range []struct{ flag, value, want string }{
		{"control", "192.0.2.1:0", "this machine has no such address: pass --control"},
		{"control", "nowhere", "pass --control an IP address and a port"},
		{"dns", "nowhere", "pass --dns an IP address and a port"},
	} {
		var stderr bytes.Buffer
		if code := execute(anywhere(t, "--"+c.flag, c.value), io.Discard, &stderr); code != exitFailure || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("--%s %s: %d\n%s", c.flag, c.value, code, &stderr)
		}
	}
}

// TestBadFlags exits 2 and says what was wanted.
func TestBadFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--trunk", "a.test=here"}, "want an IP address"},
		{[]string{"--trunk", "a.test:0"}, "port must be 1 to 65535"},
		{[]string{"--trunk", "a.test:x"}, "port must be 1 to 65535"},
		{[]string{"--trunk", "test"}, "at least two labels"},
		{[]string{"--route", "x"}, "want pattern=FQDN"},
		{[]string{"--route", "x="}, "want pattern=FQDN"},
		{[]string{"--route", "x=a.test"}, "add --trunk a.test"},
		{[]string{"--trunk", "a.test", "--route", "(=a.test"}, "voice route"},
		{[]string{"--subscribe", "http://127.0.0.1/x"}, "https only"},
		{[]string{"--subscribe", "Singing=https://127.0.0.1/x"}, "no event type"},
		{[]string{"--inference", "x"}, "want name=value"},
		{[]string{"--inference", "teams.busy=x"}, "486/8539 or 480/10037"},
		{[]string{"--inference", "x=y"}, "no switch"},
		{[]string{"--tenant", "x"}, "want name=value"},
		{[]string{"--tenant="}, "at least one"},
		{[]string{"--tenant-without-consent", "x"}, "want name=value"},
		{[]string{"--user", "x"}, "want name=value"},
		{[]string{"--user", "x=y"}, "object id"},
		{[]string{"--app", "x"}, "want name=value"},
		{[]string{"--access-key", "?"}, "base64"},
		{[]string{"--immutable-id", "?"}, "GUID"},
		{[]string{"--when-rung", "sing"}, "sing"},
		{[]string{"--delays", "sometimes"}, "sometimes"},
		{[]string{"--tunnel", "127.0.0.1:80"}, "want a URL"},
		{[]string{"--nonsense"}, "unknown flag"},
		{[]string{"argument"}, "unknown command"},
		{[]string{"evidence", "argument"}, "argument"},
	} {
		var stderr bytes.Buffer
		args := anywhere(t, c.args...)
		if c.args[0] == "evidence" {
			args = c.args
		}
		if code := execute(args, io.Discard, &stderr); code != exitUsage || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%v: %d\n%s", c.args, code, &stderr)
		}
	}
}

func TestSubscriptions(t *testing.T) {
	for _, c := range []struct{ text, url, types string }{
		{"https://a/b?c=d", "https://a/b?c=d", ""},
		{"IncomingCall=https://a/b?c=d", "https://a/b?c=d", "IncomingCall"},
		{"IncomingCall,Microsoft.Communication.CallEnded=https://a", "https://a", "IncomingCall CallEnded"},
	} {
		got, err := subscription(c.text)
		if err != nil || got.URL != c.url || strings.Join(got.Types, " ") != c.types {
			t.Errorf("%s: %+v, %v", c.text, got, err)
		}
	}
	m := start(t, "--subscribe", "") // as from a variable that is not set
	m.stop(t, syscall.SIGTERM)
}

// TestHelp lists every flag that the README tells of, and stays readable.
func TestHelp(t *testing.T) {
	var help bytes.Buffer
	if code := execute([]string{"--help"}, &help, io.Discard); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for word := range strings.FieldsFuncSeq(string(readme), func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz-", r) }) {
		if name, isFlag := strings.CutPrefix(word, "--"); isFlag && strings.Trim(name, "-") != "" && !foreign[name] && !strings.Contains(help.String(), "--"+name+" ") {
			t.Errorf("README.md tells of --%s, msim --help does not", name)
		}
	}
}

// foreign are flags of other programs in the README.
var foreign = map[string]bool{"cacert": true, "data": true, "help": true}

// TestEvidenceIsCurrent compares EVIDENCE.md with what the code says.
func TestEvidenceIsCurrent(t *testing.T) {
	var want bytes.Buffer
	if code := execute([]string{"evidence"}, &want, io.Discard); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	got, err := os.ReadFile("EVIDENCE.md")
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("EVIDENCE.md is not current (%v); renew it: go run ./cmd/msim evidence > cmd/msim/EVIDENCE.md", err)
	}
}
