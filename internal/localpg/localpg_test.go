//go:build unix

package localpg_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"tandem/internal/localpg"
)

// helperDir makes the test binary a launcher that runs until it is killed.
const helperDir = "LOCALPG_HELPER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		helper(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// helper starts a server, tells its address, and waits for the end of its stdin.
func helper(dir string) {
	s, err := localpg.Start(context.Background(), localpg.Config{Dir: dir})
	if err != nil {
		_, _ = fmt.Fprintln(os.Stdout, "error:", strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	_, _ = fmt.Fprintln(os.Stdout, s.DSN())
	_, _ = os.Stdin.Read(make([]byte, 1))
	if err := s.Close(); err != nil {
		_, _ = fmt.Fprintln(os.Stdout, "error:", err)
	}
}

// start runs a server, which ends with the test and takes its data with it.
func start(t *testing.T, dir string) *localpg.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := localpg.Start(ctx, localpg.Config{Dir: dir, Scratch: t.Name() != "TestSecondStart"})
	if errors.Is(err, localpg.ErrNoPostgres) && os.Getenv("CI") != "true" {
		t.Skip("NOT RUN: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(s.DataDir()) // as root it is not below dir
	})
	return s
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

// TestSecondStart: what was written is there again, and quickly. The directory
// is long and, as root, below a 0700 one: both must not matter.
func TestSecondStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30), ".tandem")
	s := start(t, dir)
	query(t, s.DSN(), `WITH x AS (SELECT set_config('a.b', 'c', false)) SELECT current_database()::text FROM x`)
	conn, err := pgx.Connect(t.Context(), s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `CREATE TABLE kept AS SELECT 'yes' AS answer`); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())

	if _, err := localpg.Start(t.Context(), localpg.Config{Dir: dir}); !errors.Is(err, localpg.ErrInUse) {
		t.Fatalf("a second launcher: %v, want %v", err, localpg.ErrInUse)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sockets := socketsOf(t, s.DSN())
	if _, err := os.Stat(sockets); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there (%v)", sockets, err)
	}

	again := start(t, dir)
	if got := query(t, again.DSN(), `SELECT answer FROM kept`); got != "yes" {
		t.Errorf("got %q", got)
	}
	told, err := os.ReadFile(filepath.Join(dir, "pg.path"))
	if err != nil || strings.TrimSpace(string(told)) != again.DataDir() {
		t.Errorf("pg.path says %q (%v), the data lie in %s", told, err, again.DataDir())
	}
}

func socketsOf(t *testing.T, dsn string) string {
	t.Helper()
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Host
}

// TestServerKilled: the owner learns it, and the next start recovers.
// TestDirectoryDeleted: who deletes the directory begins anew, also where the
// database had to live elsewhere.
func TestDirectoryDeleted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".tandem")
	s := start(t, dir)
	conn, err := pgx.Connect(t.Context(), s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `CREATE TABLE kept (answer text)`); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if got := query(t, start(t, dir).DSN(), `SELECT count(*)::text FROM pg_tables WHERE tablename = 'kept'`); got != "0" {
		t.Error("the database of a deleted directory is still there")
	}
}

func TestServerKilled(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	pid := postmaster(t, s.DataDir())
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Exited()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := query(t, start(t, dir).DSN(), `SELECT 'up'`); got != "up" {
		t.Error(got)
	}
}

func postmaster(t *testing.T, data string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// TestLauncherKilled: nothing it leaves behind keeps the next one from starting.
func TestLauncherKilled(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir) // skips where there is no Postgres
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	cmd, _, told := launchHelper(t, os.Args[0], dir, nil)
	if strings.HasPrefix(told, "error:") {
		t.Fatal(told)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was killed
	if got := query(t, start(t, dir).DSN(), `SELECT 'up'`); got != "up" {
		t.Error(got)
	}
	_ = os.RemoveAll(socketsOf(t, told)) // the one thing that a killed launcher leaves
}

// TestStaleProcessID: the number in postmaster.pid belongs to somebody else now.
func TestStaleProcessID(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	pidFile := filepath.Join(s.DataDir(), "postmaster.pid")
	if err := os.WriteFile(pidFile, fmt.Appendf(nil, "%d\n%s\n", os.Getpid(), s.DataDir()), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := query(t, start(t, dir).DSN(), `SELECT 'up'`); got != "up" {
		t.Error(got)
	}
}

// TestOrdinaryUser runs a launcher as nobody when the test is root; otherwise
// every other test has shown it.
func TestOrdinaryUser(t *testing.T) {
	start(t, t.TempDir()) // skips where there is no Postgres
	if os.Geteuid() != 0 {
		return
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "launcher")
	for _, err := range []error{
		os.WriteFile(program, binary, 0o755), os.Chmod(dir, 0o755), os.Chmod(program, 0o755),
		os.Mkdir(filepath.Join(dir, "home"), 0o700), os.Chown(filepath.Join(dir, "home"), int(uid), int(uid)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd, stdin, told := launchHelper(t, program, filepath.Join(dir, "home"), &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)})
	if strings.HasPrefix(told, "error:") {
		t.Fatal(told)
	}
	if got := query(t, told, `SELECT 'up'`); got != "up" {
		t.Error(got)
	}
	_ = stdin.Close() // the sign to end
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "home", "pg", "PG_VERSION")); err != nil {
		t.Error(err)
	}
}

// launchHelper returns with what the launcher told: an address or an error.
func launchHelper(t *testing.T, program, dir string, as *syscall.Credential) (*exec.Cmd, io.Closer, string) {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), helperDir+"="+dir, "GOCOVERDIR="+os.TempDir())
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, stdin, strings.TrimSpace(line)
}

// TestOtherMajor: the data of another version are refused before anything runs.
func TestOtherMajor(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	version := filepath.Join(s.DataDir(), "PG_VERSION")
	if err := os.WriteFile(version, []byte("99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 99") {
		t.Errorf("got %v", err)
	}
}

func TestNoPostgres(t *testing.T) {
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: t.TempDir(), BinDir: t.TempDir()})
	if !errors.Is(err, localpg.ErrNoPostgres) {
		t.Fatalf("got %v", err)
	}
	for _, cure := range []string{"apt-get install", "brew install", "DATABASE_URL"} {
		if !strings.Contains(err.Error(), cure) {
			t.Errorf("%q does not name %s", err, cure)
		}
	}
}

// TestGivenUp: a start that nobody waits for any more leaves nothing.
func TestGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := localpg.Start(ctx, localpg.Config{Dir: t.TempDir()}); err == nil {
		t.Error("started under a cancelled context")
	}
}
