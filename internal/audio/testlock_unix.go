//go:build unix && !solaris && !aix

package audio

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

func lockFile(path string) (unlock func(), err error) { return flock(path, syscall.LOCK_EX) }

// tryLockFile returns no unlock if somebody else has the lock.
func tryLockFile(path string) (unlock func(), err error) {
	unlock, err = flock(path, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return unlock, err
}

func flock(path string, how int) (unlock func(), err error) {
	// Opened without O_CREATE first: Linux forbids that flag on another user's file in a sticky directory (fs.protected_regular), even to root.
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o644)
	}
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil // closing releases the lock
}
