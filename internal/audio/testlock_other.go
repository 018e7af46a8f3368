//go:build !unix || solaris || aix

package audio

import "sync"

var testMutexes sync.Map // of what would be the paths of files

func testMutex(path string) *sync.Mutex {
	m, _ := testMutexes.LoadOrStore(path, &sync.Mutex{})
	return m.(*sync.Mutex)
}

func lockFile(path string) (unlock func(), err error) {
	m := testMutex(path)
	m.Lock()
	return m.Unlock, nil
}

// tryLockFile returns no unlock if somebody else has the lock.
func tryLockFile(path string) (unlock func(), err error) {
	if m := testMutex(path); m.TryLock() {
		return m.Unlock, nil
	}
	return nil, nil
}
