package dev_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/dev"
)

// TestStartedAgain: a directory keeps its installation, and the second start
// has little to do.
func TestStartedAgain(t *testing.T) {
	audio.TestShare(t) // it is timed
	o := dev.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", SIP: "127.0.0.1:0"}
	first, err := dev.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dev.Path(o.Dir)); err != nil {
		t.Error(err)
	}
	first.Close()
	if _, err := os.Stat(dev.Path(o.Dir)); !os.IsNotExist(err) {
		t.Errorf("dev.json after the end: %v", err)
	}

	began := time.Now()
	second := start(t, o)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the second start took %v", took)
	}
	if !reflect.DeepEqual(second.File.Tenants, first.File.Tenants) || len(second.File.Tenants) != 3 {
		t.Errorf("tenants were %+v\nand are %+v", first.File.Tenants, second.File.Tenants)
	}
	if second.File.Peer != first.File.Peer || second.File.API.Key != first.File.API.Key {
		t.Error("the credentials changed")
	}
	if sim := second.File.Simulator; sim.Callbacks != sim.Authority+"inbox/" {
		t.Errorf("callbacks go to %s", sim.Callbacks)
	}
	if status := second.ask(t, "GET", "/tenants/"+second.File.Tenants[0].ID, nil, nil); status != 200 {
		t.Errorf("the first tenant: %d", status)
	}
}

// TestPortInUse: whatever cannot listen is named, with its address, and what was
// started until then is gone.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packets.Close() }()
	dir := t.TempDir()
	t.Cleanup(func() { remove(t, dir) })
	for _, c := range []struct{ name, addr, listen, sip string }{
		{"SIP over TCP", taken.Addr().String(), "127.0.0.1:0", taken.Addr().String()},
		{"SIP over UDP", packets.LocalAddr().String(), "127.0.0.1:0", packets.LocalAddr().String()},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := dev.Start(t.Context(), dev.Options{Dir: dir, Listen: c.listen, SIP: c.sip})
			if err == nil {
				s.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), c.addr) || !strings.Contains(err.Error(), "address already in use") {
				t.Errorf("the error does not name %s: %v", c.addr, err)
			}
			if _, err := os.Stat(dev.Path(dir)); !os.IsNotExist(err) {
				t.Errorf("dev.json: %v", err)
			}
		})
	}
}

// deepBelowPrivate is a directory with a long path (a socket in it would be too
// long for its address) below one that only its owner may enter, as the home of
// root is.
func deepBelowPrivate(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "private", strings.Repeat("deep/", 8), strings.Repeat("x", 120))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if len(dir) < 150 {
		t.Fatalf("the path has only %d characters", len(dir))
	}
	return dir
}

// TestTwoSideBySide: stacks of two directories do not meet, wherever these are;
// two of one cannot be.
func TestTwoSideBySide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := start(t, dev.Options{Dir: dir}), start(t, dev.Options{Dir: deepBelowPrivate(t)})
	if one.File.API.Key == two.File.API.Key || one.File.Peer.Password == two.File.Peer.Password {
		t.Error("they share credentials")
	}
	for _, s := range []*stack{one, two} {
		if status := s.ask(t, "GET", "/tenants/"+s.File.Tenants[0].ID, nil, nil); status != 200 {
			t.Errorf("the first tenant: %d", status)
		}
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		phone := s.phone(t)
		_, c := s.place(t, phone, s.File.Tenants[0].Agents[0])
		if err := c.Hangup(ctx); err != nil {
			t.Error(err)
		}
		cancel()
	}
	third, err := dev.Start(t.Context(), dev.Options{Dir: dir, Listen: "127.0.0.1:0", SIP: "127.0.0.1:0"})
	if err == nil {
		third.Close()
		t.Fatal("a second stack started on a directory in use")
	}
	if !strings.Contains(err.Error(), "another process runs the database") {
		t.Errorf("the error says %v", err)
	}
	if _, err := os.Stat(dev.Path(dir)); err != nil {
		t.Errorf("the dev.json of the one that runs: %v", err)
	}
}
