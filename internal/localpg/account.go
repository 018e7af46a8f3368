//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who runs the server.
type account struct {
	name     string
	uid, gid uint32
	switched bool // it is not who we are
}

// pickAccount is ourselves, or, for root, an account that PostgreSQL accepts.
func pickAccount() (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		u, err := user.LookupId(strconv.Itoa(uid))
		if err != nil { // initdb: could not look up effective user ID
			return account{}, fmt.Errorf("user id %d has no entry in the password file, which PostgreSQL insists on; "+
				"set DATABASE_URL to use another server: %w", uid, err)
		}
		return account{name: u.Username, uid: uint32(uid), gid: uint32(os.Getegid())}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return account{}, fmt.Errorf("account %s: %w", name, err)
		}
		return account{name: name, uid: uint32(uid), gid: uint32(gid), switched: true}, nil
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no account postgres or nobody to run it")
}

// reaches reports whether the account can walk to dir, whose last parts may
// not exist yet. It reads permission bits only; an access list can prove it
// wrong, and then PostgreSQL says so.
func (a account) reaches(dir string) bool {
	if !a.switched {
		return true
	}
	for {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			dir = real
			break
		}
		up := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || up == dir {
			return false
		}
		dir = up
	}
	for {
		st, err := os.Stat(dir)
		if err != nil || !a.enters(st) {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}

// enters looks at the one class of bits that applies (path_resolution(7)).
func (a account) enters(st fs.FileInfo) bool {
	uid, gid, ok := owner(st)
	switch {
	case !ok:
		return false
	case uid == a.uid:
		return st.Mode()&0o100 != 0
	case gid == a.gid:
		return st.Mode()&0o010 != 0
	}
	return st.Mode()&0o001 != 0
}

func owner(st fs.FileInfo) (uid, gid uint32, ok bool) {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return sys.Uid, sys.Gid, true
}

// give hands a file or directory of ours to the account.
func (a account) give(path string) error {
	if !a.switched {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}
