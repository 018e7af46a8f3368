//go:build unix

package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// place finds where the data of dir is, or can be.
func place(dir string, a account) (string, error) {
	sum := sha256.Sum256([]byte(dir))
	name := hex.EncodeToString(sum[:6])
	all := []string{filepath.Join(dir, "pg")}
	if a.switched {
		all = append(all, filepath.Join("/var/lib/tandem", name), filepath.Join(os.TempDir(), "tandem-pg-"+name))
	}
	return choose(all, a)
}

// choose takes the place that has a cluster already, else the first that can.
func choose(all []string, a account) (string, error) {
	for _, data := range all {
		if major, err := clusterMajor(data); err == nil && major != 0 && a.reaches(data) {
			if err := safe(data, a); err != nil {
				return "", err
			}
			return data, nil
		}
	}
	var problems []error
	for _, data := range all {
		err := prepare(data, a)
		if err == nil {
			return data, nil
		}
		problems = append(problems, err)
	}
	return "", fmt.Errorf("no place for the database: %w", errors.Join(problems...))
}

// prepare makes the parents of a new cluster, walkable for the account.
func prepare(data string, a account) error {
	parent := filepath.Dir(data)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	if !a.reaches(parent) {
		return fmt.Errorf("the account %s cannot reach %s", a.name, parent)
	}
	return safe(data, a)
}

// safe refuses a place that somebody else may have laid out for us, which is
// possible where everybody may write.
func safe(data string, a account) error {
	st, err := os.Lstat(data)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	uid, _, ok := owner(st)
	if !ok || !st.IsDir() || uid != a.uid && uid != 0 {
		return fmt.Errorf("%s is not a directory of %s", data, a.name)
	}
	return nil
}

// maxSocketPath is what a socket's address holds (unix(7)): 107 characters and
// a zero on Linux, 103 on macOS.
const maxSocketPath = 103

// socketDir makes a short private directory for the server's socket.
func socketDir(a account) (string, error) {
	const socket = "/.s.PGSQL.5432"
	for _, base := range []string{os.TempDir(), "/tmp"} {
		if len(base)+len("/tandem-pg-0123456789")+len(socket) > maxSocketPath || !a.reaches(base) {
			continue
		}
		dir, err := os.MkdirTemp(base, "tandem-pg-")
		if err != nil {
			return "", fmt.Errorf("make a directory for the socket: %w", err)
		}
		if err := a.give(dir); err != nil {
			return "", errors.Join(fmt.Errorf("make a directory for the socket: %w", err), os.Remove(dir))
		}
		return dir, nil
	}
	return "", fmt.Errorf("no short directory for the socket: TMPDIR is %s", strings.TrimSpace(os.TempDir()))
}
