//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// installation is a directory with postgres and initdb.
type installation struct {
	dir   string
	major int
}

// find chooses the programs: those in binDir if it is given, else the first on
// the path, else the newest installed. A cluster that exists can be run by its
// own major version only (wanted; 0 is any).
func find(ctx context.Context, binDir string, wanted int, a account) (installation, error) {
	dirs := []string{binDir}
	if binDir == "" {
		dirs = candidates()
	}
	var found, tried []string
	for _, dir := range dirs {
		in, err := inspect(ctx, dir, a)
		switch {
		case err != nil:
			tried = append(tried, err.Error())
		case wanted != 0 && in.major != wanted, in.major < oldest:
			found = append(found, fmt.Sprintf("%d in %s", in.major, dir))
		default:
			return in, nil
		}
	}
	switch {
	case wanted != 0 && len(found) > 0:
		return installation{}, fmt.Errorf("the database was made by PostgreSQL %d, but here is only %s: "+
			"install postgresql-%d, or remove the data to begin anew", wanted, strings.Join(found, ", "), wanted)
	case binDir != "":
		return installation{}, fmt.Errorf("%s: %s: %w", binDir, strings.Join(append(tried, found...), "; "), ErrNoPostgres)
	case len(found) > 0:
		return installation{}, fmt.Errorf("too old: PostgreSQL %s: %w", strings.Join(found, ", "), ErrNoPostgres)
	}
	return installation{}, ErrNoPostgres
}

// candidates lists where PostgreSQL may be, best first.
func candidates() []string {
	var dirs []string
	if p, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(p); err == nil { // Debian's wrappers have no initdb beside them
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", // Debian, Red Hat
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", // Homebrew
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			continue // the patterns are constants
		}
		slices.SortFunc(matches, func(x, y string) int { return lastNumber(y) - lastNumber(x) })
		dirs = append(dirs, matches...)
	}
	return dirs
}

// lastNumber is the version in a path of candidates.
func lastNumber(path string) int {
	words := strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' })
	if len(words) == 0 {
		return 0
	}
	n, err := strconv.Atoi(words[len(words)-1])
	if err != nil {
		return 0
	}
	return n
}

func inspect(ctx context.Context, dir string, a account) (installation, error) {
	for _, program := range []string{"postgres", "initdb"} {
		if _, err := exec.LookPath(filepath.Join(dir, program)); err != nil {
			return installation{}, err
		}
	}
	if !a.reaches(dir) {
		return installation{}, fmt.Errorf("the account %s cannot reach %s", a.name, dir)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return installation{}, fmt.Errorf("ask %s/postgres for its version: %w", dir, err)
	}
	major, err := parseMajor(string(out))
	if err != nil {
		return installation{}, fmt.Errorf("%s/postgres: %w", dir, err)
	}
	return installation{dir: dir, major: major}, nil
}

// parseMajor reads "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", and
// "18beta1" in the place of the number.
func parseMajor(version string) (int, error) {
	words := strings.Fields(version)
	if len(words) < 3 {
		return 0, fmt.Errorf("version %q is not understood", strings.TrimSpace(version))
	}
	digits := words[2]
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = digits[:i]
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("version %q is not understood", strings.TrimSpace(version))
	}
	return n, nil
}

// clusterMajor is the major version of the cluster in data; 0 if there is none.
func clusterMajor(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("%s/PG_VERSION: %w", data, err)
	}
	return n, nil
}
