//go:build unix

package localpg

import (
	"os"
	"path/filepath"
	"testing"
)

func TestParseMajor(t *testing.T) {
	for version, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 18beta1":                          18,
		"postgres (PostgreSQL) 17.2":                             17,
		"postgres (EnterpriseDB) x":                              0,
		"":                                                       0,
	} {
		got, err := parseMajor(version)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v", version, got, err)
		}
	}
}

func TestLastNumber(t *testing.T) {
	for path, want := range map[string]int{
		"/usr/lib/postgresql/15/bin": 15, "/opt/homebrew/opt/postgresql@17/bin": 17, "/usr/bin": 0,
	} {
		if got := lastNumber(path); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
}

// TestReaches: an account that is nobody's owner sees only what is open to all.
func TestReaches(t *testing.T) {
	base := t.TempDir()
	if err := os.Chmod(filepath.Dir(base), 0o755); err != nil { // go test makes it 0700
		t.Fatal(err)
	}
	open, closed := filepath.Join(base, "open"), filepath.Join(base, "closed")
	for dir, mode := range map[string]os.FileMode{open: 0o711, closed: 0o700} {
		if err := os.Mkdir(dir, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, "below"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(open, "link")
	if err := os.Symlink(filepath.Join(closed, "below"), link); err != nil {
		t.Fatal(err)
	}
	stranger := account{uid: 3999999, gid: 3999999, switched: true}
	for dir, want := range map[string]bool{
		filepath.Join(open, "below"):       true,
		filepath.Join(open, "not", "yet"):  true,
		filepath.Join(closed, "below"):     false,
		filepath.Join(closed, "new", "pg"): false,
		link:                               false,
	} {
		if got := stranger.reaches(dir); got != want {
			t.Errorf("%s: %v", dir, got)
		}
	}
	if ourselves := (account{}); !ourselves.reaches(closed) {
		t.Error("we do not reach our own directory")
	}
}

// TestSafe: where everybody may write, somebody may have been there before us.
func TestSafe(t *testing.T) {
	dir := t.TempDir()
	us := account{uid: uint32(os.Geteuid())}
	if err := safe(filepath.Join(dir, "missing"), us); err != nil {
		t.Error(err)
	}
	if err := safe(dir, us); err != nil {
		t.Error(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := safe(link, us); err == nil {
		t.Error("a link was taken for a directory of ours")
	}
}
