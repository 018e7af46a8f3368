package dev_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"tandem/sip/siptest"
)

// kamailio is Debian's with the configuration that we hand to providers: it
// answers the digest for a platform that has no account with us.
func (s *stack) kamailio(t *testing.T) {
	program, err := exec.LookPath("kamailio")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("kamailio is missing: apt-get install kamailio")
		}
		t.Skip("NOT RUN: kamailio is missing")
	}
	listen := unused(t, 1)
	ctx, stop := context.WithTimeout(t.Context(), 60*time.Second)
	defer stop()
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "-DD", "-E", "-f", "../../deploy/peers/kamailio/tandem.cfg", "-Y", t.TempDir(),
		"-A", fmt.Sprintf("TANDEM=%q", s.File.SIP.UDP), "-A", "LISTEN=udp:"+listen,
		"-A", fmt.Sprintf("ACCOUNT=%q", s.File.Peer.Username), "-A", fmt.Sprintf("PASSWORD=%q", s.File.Peer.Password))
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it ends by our signal
		if t.Failed() {
			t.Logf("kamailio: %s", log.String())
		}
	})
	phone, err := siptest.New(siptest.Config{Username: "platform"}) // no password: it cannot answer a challenge itself
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = phone.Close() })
	// The INVITE is repeated by the transaction until Kamailio listens.
	c, err := phone.Call(ctx, "sip:"+s.File.Peer.Number+"@"+listen, siptest.CallOptions{From: "+4930123456"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Answered(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "no call left at Microsoft", soon, func() bool { return len(s.calls(t)) == 0 })
}
