package dev_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

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
	program(t, "jq", "jq")
	program(t, "curl", "curl")
	scripts, err := filepath.Glob("../../deploy/examples/*.sh")
	if err != nil {
		t.Fatal(err)
	}
	scripts = slices.DeleteFunc(scripts, func(path string) bool { return filepath.Base(path) == "lib.sh" })
	if len(scripts) == 0 {
		t.Fatal("there are no examples")
	}
	tandem := tandemProgram(t)
	audio.TestLock(t) // they keep the processor busy, and listen
	s, dir := inDirectory(t)
	if n := len(s.File.Tenants[0].Agents); n < 2*atOnce {
		t.Fatalf("%d agents", n)
	}
	people := make(chan int, atOnce)
	for i := range atOnce {
		people <- 2 * i
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".sh"), func(t *testing.T) {
			t.Parallel()
			agent := <-people
			defer func() { people <- agent }()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, script)
			cmd.Env = append(os.Environ(), "DEV_JSON="+dev.Path(dir), "TANDEM="+tandem, fmt.Sprintf("AGENT=%d", agent))
			cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it cleans up
			cmd.WaitDelay = 10 * time.Second
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
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
	args := []string{"build", "-o", path}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.CommandContext(t.Context(), "go", append(args, "tandem/cmd/tandem")...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
