package alone

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

const sippCalls = 50

// TestSIPp has SIPp call SIPp through the edge: a client and a server that share nothing
// with ours, and that fail at any message they do not expect.
func TestSIPp(t *testing.T) {
	bin, err := exec.LookPath("sipp")
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal("sipp is missing (Debian: sip-tester)")
	default:
		t.Skip("NOT RUN: sipp is missing (Debian: sip-tester)")
	}
	scenario, err := filepath.Abs("testdata/secure-uas.xml")
	if err != nil {
		t.Fatal(err)
	}
	at := unused(t)
	e := run(t, Options{NextHop: "sip:" + at})
	_, port, _ := net.SplitHostPort(at)
	called := sipp(t, bin, "-sf", scenario, "-p", port)
	caller := sipp(t, bin, "-sn", "uac", "-s", "+4930", "-p", portOf(t, unused(t)), "-r", "10", "-d", "100", e.Addrs()[0].UDP.String())
	caller()
	called()
	if n := e.parts[0].forward.Legs(); n != 0 {
		t.Errorf("%d legs are left", n)
	}
}

// sipp begins; what it returns waits for the end.
func sipp(t *testing.T, bin string, args ...string) (wait func()) {
	t.Helper()
	c, cancel := context.WithTimeout(context.Background(), 2*soon)
	dir := t.TempDir()
	problems := filepath.Join(dir, "problems")
	cmd := exec.CommandContext(c, bin, append([]string{
		"-m", strconv.Itoa(sippCalls), "-i", "127.0.0.1", "-mi", "127.0.0.1", "-mp", portOf(t, unused(t)), "-nostdin", "-trace_err", "-error_file", problems,
	}, args...)...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return func() {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			said, _ := os.ReadFile(problems)
			t.Errorf("SIPp %v: %v\n%s\n%s", args, err, out.String(), said)
		}
	}
}

// unused is an address that is free for UDP.
func unused(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.LocalAddr().String()
}

func portOf(t *testing.T, at string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
