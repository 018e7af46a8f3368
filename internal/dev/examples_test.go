package dev_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/audio"
	"tandem/internal/dev"
)

// atOnce is how many examples run at the same time. More would take the processor
// from the sound in their calls.
const atOnce = 4

// TestExamples runs all that deploy/examples shows to a provider's engineers, some
// at once, each with people of its own. The test itself is not parallel: its
// examples would wait for their turn behind tests that wait for the audio lock.
func TestExamples(t *testing.T) {
	scripts, tandem := examples(t), tandemProgram(t)
	audio.TestLock(t) // they keep the processor busy, and listen
	s, dir := inDirectory(t)
	s.examples(t, dir, tandem, scripts, 30*time.Second, "LISTEN=yes")
	s.nothingLeft(t)
}

// TestExamplesAreListed: whoever looks for an example looks into README.md.
func TestExamplesAreListed(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../deploy/examples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range examples(t) {
		if name := exampleName(script); !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("README.md lacks `%s`", name)
		}
	}
}

// examples finds the scripts: whatever is in the folder is run.
func examples(t *testing.T) []string {
	t.Helper()
	program(t, "jq", "jq")
	program(t, "curl", "curl")
	scripts, err := filepath.Glob("../../deploy/examples/*.sh")
	if err != nil {
		t.Fatal(err)
	}
	scripts = slices.DeleteFunc(scripts, func(path string) bool { return exampleName(path) == "lib" })
	if len(scripts) == 0 {
		t.Fatal("there are no examples")
	}
	return scripts
}

func exampleName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".sh") }

// examples runs scripts until all are over; patience is how long any step of theirs may
// take, env what they get beside.
func (s *stack) examples(t *testing.T, dir, tandem string, scripts []string, patience time.Duration, env ...string) {
	t.Helper()
	if n := len(s.File.Tenants[0].Agents); n < 2*atOnce {
		t.Fatalf("%d agents", n)
	}
	people := make(chan int, atOnce)
	for i := range atOnce {
		people <- 2 * i
	}
	t.Run("rows", func(t *testing.T) { // ends when the last of them does
		for _, script := range scripts {
			t.Run(exampleName(script), func(t *testing.T) {
				t.Parallel()
				agent := <-people
				defer func() { people <- agent }()
				ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
				defer cancel()
				cmd := exec.CommandContext(ctx, script)
				cmd.Env = slices.Concat(os.Environ(), env, []string{
					"DEV_JSON=" + dev.Path(dir), "TANDEM=" + tandem, fmt.Sprintf("AGENT=%d", agent), fmt.Sprintf("PATIENCE=%d", int(patience.Seconds())),
				})
				cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it cleans up
				cmd.WaitDelay = 10 * time.Second
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	})
}

// nothingLeft waits until all is as if nobody had ever called: every call has ended
// with one record, Microsoft has no call and rings nobody, and no SIP leg is left.
func (s *stack) nothingLeft(t *testing.T) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), s.File.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.WithoutCancel(t.Context())) }()
	var left []string
	limit := time.Now().Add(time.Minute)
	for {
		left = nil
		var open, calls, records int
		err := db.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE phase <> 'ended'), count(*), (SELECT count(*) FROM cdr) FROM call`).Scan(&open, &calls, &records)
		if err != nil {
			t.Fatal(err)
		}
		if open > 0 || records != calls {
			left = append(left, fmt.Sprintf("%d of %d calls are not over, there are %d records", open, calls, records))
		}
		for _, c := range s.calls(t) {
			left = append(left, fmt.Sprintf("Microsoft has the call %+v", c))
		}
		for _, u := range s.Sim.Users().Users() {
			if len(u.Calls)+len(u.Ringing) > 0 {
				left = append(left, fmt.Sprintf("%s has calls %+v and is rung by %+v", u.Name, u.Calls, u.Ringing))
			}
		}
		_, metrics := s.plain(t, "/metrics")
		for line := range strings.Lines(metrics) {
			if strings.HasPrefix(line, "tandem_sip_legs{") && !strings.HasSuffix(strings.TrimSpace(line), " 0") {
				left = append(left, line)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("left behind:\n%s\nthe steps were\n%s", strings.Join(left, "\n"), s.story())
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// tandemProgram is the program under test: TANDEM, or built with what this test was
// built with, so that all but its main package is there already.
func tandemProgram(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("TANDEM"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "tandem")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "tandem/cmd/tandem").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
