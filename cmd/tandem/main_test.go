package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/dev"
)

// mainEnv makes this test binary the program itself.
const mainEnv = "TANDEM_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainEnv) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// running is a `tandem dev` in a process of its own.
type running struct {
	file     dev.File
	database int // process id
	cmd      *exec.Cmd
	out, log bytes.Buffer // complete when it has ended
	ended    chan error
}

// runDev starts one in a directory on free ports and waits until it is ready.
func runDev(t *testing.T, dir string) *running {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{ended: make(chan error, 1)}
	// After a kill the file of the life before is there until the next one begins.
	if err := os.Remove(dev.Path(dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	r.cmd = exec.Command(self, "dev", "--dir", dir, "--listen", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--headless")
	r.cmd.Env = append(os.Environ(), mainEnv+"=1", "DATABASE_URL=")
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.cmd.Wait() }()
	t.Cleanup(func() { _ = r.cmd.Process.Kill() }) // if the test did not come to its end
	until(t, "dev.json", func() bool {
		select {
		case err := <-r.ended:
			t.Fatalf("it ended: %v: %s", err, r.log.String())
		default:
		}
		raw, err := os.ReadFile(dev.Path(dir))
		return err == nil && json.Unmarshal(raw, &r.file) == nil && r.file.Ready
	})
	r.database = postmaster(t, dir)
	return r
}

// end sends a signal and waits for the end of the process and of all it started.
func (r *running) end(t *testing.T, signal os.Signal) error {
	t.Helper()
	if err := r.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	limit := time.NewTimer(40 * time.Second)
	defer limit.Stop()
	var err error
	select {
	case err = <-r.ended:
	case <-limit.C:
		t.Fatalf("it does not end after %v", signal)
	}
	until(t, "the end of the database", func() bool { return errors.Is(syscall.Kill(r.database, 0), syscall.ESRCH) })
	u, parseErr := url.Parse(r.file.API.URL)
	if parseErr != nil {
		t.Fatal(parseErr)
	}
	if c, dialErr := net.Dial("tcp", u.Host); dialErr == nil {
		_ = c.Close()
		t.Errorf("somebody still listens at %s", u.Host)
	}
	return err
}

// postmaster is the process id of the database of a directory.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "pg.path"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(data)), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// until waits for what gives no sign of itself.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	limit, tick := time.NewTimer(3*time.Minute), time.NewTicker(20*time.Millisecond)
	defer limit.Stop()
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("%s: not in time", what)
		}
	}
}

// TestDev: what is asked to end ends well and leaves nothing behind; what is
// killed takes its database along; and each next start finds the same tenants.
func TestDev(t *testing.T) {
	dir := t.TempDir()
	t.Cleanup(func() {
		if err := dev.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	first := runDev(t, dir)
	if err := first.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("after SIGTERM: %v: %s", err, first.log.String())
	}
	if _, err := os.Stat(dev.Path(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("dev.json is left: %v", err)
	}
	for _, want := range []string{first.file.SIP.UDP, first.file.Peer.Number, "curl"} {
		if !strings.Contains(first.out.String(), want) {
			t.Errorf("the guide does not show %q:\n%s", want, first.out.String())
		}
	}
	if first.log.Len() > 0 {
		t.Errorf("an uneventful life is worth no warning:\n%s", first.log.String())
	}

	second := runDev(t, dir)
	if err := second.end(t, syscall.SIGKILL); err == nil {
		t.Error("a killed process ended well")
	}
	third := runDev(t, dir)
	if err := third.end(t, os.Interrupt); err != nil {
		t.Errorf("after SIGINT: %v: %s", err, third.log.String())
	}
	for _, r := range []*running{second, third} {
		if r.file.Tenants[0].ID != first.file.Tenants[0].ID || r.file.API.Key != first.file.API.Key {
			t.Errorf("a later start has other ids: %+v", r.file.Tenants)
		}
	}
}
