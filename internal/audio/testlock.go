package audio

import (
	"os"
	"path/filepath"
)

// tester is the part of testing.TB that TestLock needs; naming it keeps the testing package out of the product.
type tester interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// TestLock lets one test at a time, of all packages and processes of this machine, work with real audio: pacing that competes for the processor tells
// nothing about the code. It waits for its turn and releases it in t.Cleanup. Taking it twice in one test waits for ever.
//
// The lock is an advisory one on a file in os.TempDir(), which the kernel releases when a test process dies. Systems without flock only
// exclude tests of the same process.
func TestLock(t tester) {
	t.Helper()
	unlock, err := lockFile(filepath.Join(os.TempDir(), "tandem-audio-test.lock"))
	if err != nil {
		t.Fatalf("audio lock: %v", err)
	}
	t.Cleanup(unlock)
}
