package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestEdge: the command says in one line where it listens, ends well when it is asked to,
// and says how to give what is missing.
func TestEdge(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	edge := func(args ...string) *exec.Cmd {
		c := exec.Command(self, append([]string{"edge"}, args...)...)
		c.Env = append(os.Environ(), mainEnv+"=1")
		return c
	}
	if out, err := edge("--listen", "udp:127.0.0.1:0").CombinedOutput(); err == nil || !strings.Contains(string(out), "--next-hop") {
		t.Errorf("without a next hop: %v: %s", err, out)
	}
	c := edge("--listen", "udp:127.0.0.1:0", "--listen", "tcp:127.0.0.1:0", "--allow", "127.0.0.0/8", "--next-hop", "sip:127.0.0.1:5083;transport=tls")
	var log bytes.Buffer
	c.Stderr = &log
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // if the test did not come to its end
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("it says nothing: %s", log.String())
	}
	if want := regexp.MustCompile(`^listening at udp:127\.0\.0\.1:\d+, tcp:127\.0\.0\.1:\d+, calls go to sip:127\.0\.0\.1:5083;transport=tls$`); !want.MatchString(lines.Text()) {
		t.Errorf("it says %q", lines.Text())
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() {
		t.Errorf("it says more: %q", lines.Text())
	}
	if err := c.Wait(); err != nil || log.Len() > 0 {
		t.Errorf("the end: %v: %s", err, log.String())
	}
}
