package dev_test

import (
	"bytes"
	"context"
	"embed"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/dev"
)

//go:embed testdata/sipp
var scenarios embed.FS

// centre plays calls with SIPp.
type centre struct {
	*stack
	bin string
}

// sipp begins a scenario for some calls at once. What it returns waits for their
// end, and fails the test unless all of them go as the scenario says.
func (c *centre) sipp(t *testing.T, scenario, number, password string, calls int) (wait func()) {
	t.Helper()
	dir := t.TempDir()
	text := []byte("<?xml version=\"1.0\"?>\n<scenario name=\"" + scenario + "\">\n")
	for _, part := range []string{"dial.xml", scenario + ".xml"} {
		raw, err := scenarios.ReadFile("testdata/sipp/" + part)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, raw...)
	}
	file, messages, problems := filepath.Join(dir, "scenario.xml"), filepath.Join(dir, "messages"), filepath.Join(dir, "problems")
	if err := os.WriteFile(file, append(text, "</scenario>\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	host, port, err := net.SplitHostPort(unused(t, 4)) // SIPp takes the next ones for RTCP and video
	if err != nil {
		t.Fatal(err)
	}
	_, near, err := net.SplitHostPort(unused(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, c.bin, c.File.SIP.UDP, "-sf", file, "-s", number, "-au", c.File.Peer.Username, "-ap", password,
		"-m", strconv.Itoa(calls), "-r", strconv.Itoa(calls), "-i", host, "-mi", host, "-mp", port, "-p", near, "-nostdin",
		"-trace_msg", "-message_file", messages, "-trace_err", "-error_file", problems)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait = sync.OnceFunc(func() {
		if err := cmd.Wait(); err != nil {
			said, _ := os.ReadFile(problems)
			sent, _ := os.ReadFile(messages)
			t.Errorf("SIPp, %s: %v\n%s\n%s\n%s", scenario, err, out.String(), said, sent)
		}
	})
	t.Cleanup(wait)
	return wait
}

// records waits until no call is left and returns those that are over.
func (c *centre) records(t *testing.T, want int) []record {
	t.Helper()
	var list struct {
		Items []record `json:"items"`
	}
	eventually(t, "the records of the calls", soon, func() bool {
		list.Items = nil
		return c.ask(t, "GET", "/cdrs?limit=200", nil, &list) == 200 && len(list.Items) >= want
	})
	if len(list.Items) != want {
		t.Errorf("%d records, want %d", len(list.Items), want)
	}
	eventually(t, "no call left at Microsoft", soon, func() bool { return len(c.calls(t)) == 0 })
	return list.Items
}

// played is a scenario and how each of its calls must end.
type played struct {
	name, scenario, number, password string
	calls                            int
	meanwhile                        func(*testing.T)
	result, reason, by               string // of each record; none if empty
}

func newCentre(t *testing.T) *centre {
	t.Helper()
	bin := program(t, "sipp", "sip-tester")
	// SIPp sends no audio, which must not end the call before the want of an ACK does.
	return &centre{stack: start(t, dev.Options{LostAfter: time.Minute}), bin: bin}
}

// play runs scenarios one after the other.
func (c *centre) play(t *testing.T, scenarios ...played) {
	total := 0
	for _, x := range scenarios {
		t.Run(x.name, func(t *testing.T) {
			wait := c.sipp(t, x.scenario, x.number, x.password, x.calls)
			if x.meanwhile != nil {
				x.meanwhile(t)
			}
			wait()
			if x.result == "" {
				x.calls = 0
			}
			total += x.calls
			for _, r := range c.records(t, total)[:x.calls] { // the newest first
				if r.Result != x.result || r.Reason != x.reason || r.By != x.by {
					t.Errorf("the record says %s, %s by %s; want %s, %s by %s", r.Result, r.Reason, r.By, x.result, x.reason, x.by)
				}
			}
		})
	}
}

// TestSIPp has an old, strict and foreign client call in all the ways that end
// differently.
func TestSIPp(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	right, airline, bank := c.File.Peer.Password, c.File.Tenants[0].Number, c.File.Tenants[1].Number
	c.play(t,
		played{"five calls", "call", airline, right, 5, nil, "completed", "caller_hung_up", "caller"},
		played{"wrong password", "wrong-password", airline, "guessed", 1, nil, "", "", ""},
		played{"cancel", "cancel", bank, right, 1, nil, "abandoned", "caller_gave_up", "caller"},
		played{"agent hangs up", "far-bye", airline, right, 1, c.agentHangsUp, "completed", "agent_hung_up", "agent"},
		played{"lost ACK", "late-ack", airline, right, 1, nil, "completed", "caller_hung_up", "caller"},
	)
}

// TestSIPpWithoutACK takes the half minute after which the ACK is given up
// (RFC 3261 §13.3.1.4).
func TestSIPpWithoutACK(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	c.play(t, played{"no ACK", "no-ack", c.File.Tenants[0].Number, c.File.Peer.Password, 1, nil, "failed", "leg_lost", "tandem"})
}

// agentHangsUp waits until somebody talks, and ends that call in Teams.
func (c *centre) agentHangsUp(t *testing.T) {
	c.mu.Lock()
	over := map[call.ID]bool{}
	for _, o := range c.seen {
		over[o.Call.ID] = o.Call.Over()
	}
	c.mu.Unlock()
	o := c.await(t, "customer and agent connected", soon, func(o bridge.Observation) bool {
		return !over[o.Call.ID] && joined(o.Call) != ""
	})
	if err := c.Sim.Users().HangUp(joined(o.Call), ""); err != nil {
		t.Error(err)
	}
}
