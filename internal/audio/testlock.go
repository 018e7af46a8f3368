package audio

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// tester is the part of testing.TB that the locks need; naming it keeps the testing package out of the product.
type tester interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// TestLock gives a test that works with real audio the machine to itself, as far as others take this lock or [TestShare]: pacing that competes for the
// processor tells nothing about the code. It is for tests that keep a processor busy, with a browser or many calls, or that take the time. It waits for
// its turn and releases it in t.Cleanup. Taking it twice in one test waits for ever.
//
// The locks are advisory ones on files in os.TempDir(), which the kernel releases when a test process dies. Systems without flock only exclude tests of
// the same process.
func TestLock(t tester) {
	t.Helper()
	testPlaces().take(t, (*places).all)
}

// TestShare is [TestLock] for tests with a call or two, which mostly wait for the next frame: as many go on at once as the machine has processors.
func TestShare(t tester) {
	t.Helper()
	testPlaces().take(t, (*places).one)
}

func testPlaces() *places {
	return newPlaces(filepath.Join(os.TempDir(), "tandem-audio-test"), runtime.NumCPU())
}

// places are what tests of audio share, a processor each.
type places struct {
	door  string // held while somebody waits, so that who wants all is not passed by those who want one
	files []string
}

func newPlaces(prefix string, n int) *places {
	p := &places{door: prefix + ".lock"}
	for i := range n {
		p.files = append(p.files, fmt.Sprintf("%s.%d", prefix, i))
	}
	return p
}

func (p *places) take(t tester, which func(*places) (unlock func(), err error)) {
	t.Helper()
	unlock, err := p.wait(which)
	if err != nil {
		t.Fatalf("audio lock: %v", err)
	}
	t.Cleanup(unlock)
}

func (p *places) wait(which func(*places) (unlock func(), err error)) (unlock func(), err error) {
	leave, err := lockFile(p.door)
	if err != nil {
		return nil, err
	}
	defer leave()
	return which(p)
}

func (p *places) all() (unlock func(), err error) {
	var held []func()
	unlock = func() {
		for _, leave := range held {
			leave()
		}
	}
	for _, file := range p.files {
		leave, err := lockFile(file)
		if err != nil {
			unlock()
			return nil, err
		}
		held = append(held, leave)
	}
	return unlock, nil
}

func (p *places) one() (unlock func(), err error) {
	tick := time.NewTicker(20 * time.Millisecond) // the kernel does not tell which of several files is free
	defer tick.Stop()
	for {
		for _, file := range p.files {
			if unlock, err := tryLockFile(file); unlock != nil || err != nil {
				return unlock, err
			}
		}
		<-tick.C
	}
}
