package dev_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/dev"
	"tandem/internal/simulator"
)

// product is the product in a process of its own, which can be killed.
type product struct {
	app.Addrs
	cmd  *exec.Cmd
	logs *syncBuffer
	end  chan struct{} // closed when the process is gone
	err  error         // how it went; read after end
}

// spawn starts the product of a stack that was started without one. Whatever is
// left of it goes with the test.
func spawn(t testing.TB, c config.Config) *product {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tandem.yaml")
	if err := dev.WriteSettings(c, file); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	p := &product{cmd: exec.Command(self), logs: &syncBuffer{}, end: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), serveEnv+"="+file)
	p.cmd.Stdout, p.cmd.Stderr = in, p.logs
	err = p.cmd.Start()
	_ = in.Close()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.end)
		p.err = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.kill(t)
		if t.Failed() {
			t.Logf("the product said\n%s", p.logs)
		}
	})
	if err := out.SetReadDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(out).Decode(&p.Addrs); err != nil {
		p.kill(t)
		t.Fatalf("the product does not start: %v", err)
	}
	return p
}

// kill leaves it no time for anything.
func (p *product) kill(t testing.TB) {
	t.Helper()
	_ = p.cmd.Process.Kill() // it may be gone
	p.wait(t)
}

// stop asks it to end, and demands that it ends well.
func (p *product) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	p.wait(t)
	if p.err != nil {
		t.Errorf("the product ended badly: %v", p.err)
	}
}

func (p *product) wait(t testing.TB) {
	t.Helper()
	limit := time.NewTimer(40 * time.Second) // it drains for thirty
	defer limit.Stop()
	select {
	case <-p.end:
	case <-limit.C:
		_ = p.cmd.Process.Kill()
		t.Fatalf("the product does not end; it said\n%s", p.logs)
	}
}

// syncBuffer is a buffer that may be read while a process writes it.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// apart starts a stack whose product runs in a process of its own, always on
// the same addresses. What changes its configuration has a say before it starts.
func apart(t testing.TB, changes ...func(*stack)) (*stack, *product) {
	t.Helper()
	s := start(t, dev.Options{WithoutProduct: true})
	for _, addr := range []*string{
		&s.Config.HTTP.Listen, &s.Config.SIP.Near.UDP, &s.Config.SIP.Near.TCP, &s.Config.SIP.Near.TLS,
	} { // Microsoft knows the far side's already
		*addr = unused(t, 1)
	}
	for _, change := range changes {
		change(s)
	}
	p := spawn(t, s.Config)
	if err := s.Fill(t.Context(), p.API, int(p.SIP.Far.Port())); err != nil {
		t.Fatal(err)
	}
	s.File.SIP = dev.FileSIP{UDP: p.SIP.UDP.String(), Far: p.SIP.Far.String()}
	for _, r := range []string{"tandem-eu", "tandem-us"} {
		if err := s.Sim.Subscribe(t.Context(), simulator.Subscription{Resource: r, URL: app.GridURL(s.Config, r)}); err != nil {
			t.Fatal(err)
		}
	}
	return s, p
}
