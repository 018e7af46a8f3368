//go:build unix

package localpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// lock takes the lock that says who runs the cluster.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

// runner starts the programs of an installation as an account.
type runner struct {
	installation
	account account
	log     *slog.Logger
}

// command has a clean environment and a working directory that the account can
// read, which ours need not be.
func (r runner) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(r.dir, program), args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=" + locale(), "TZ=UTC", "HOME=/"}
	return cmd
}

func (r runner) asAccount(cmd *exec.Cmd) {
	if !r.account.switched {
		return
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: r.account.uid, Gid: r.account.gid}
}

// locale: byte order, so that an index never depends on the C library's version.
func locale() string {
	if runtime.GOOS == "darwin" { // has no C.UTF-8
		return "C"
	}
	return "C.UTF-8"
}

// initialize makes the cluster beside its place and moves it there when it is whole.
func (r runner) initialize(ctx context.Context, data, scratchDir string, scratch bool) error {
	began := time.Now()
	// Left by a start that was killed; the lock says that nobody works on it.
	half := data + ".new"
	if err := os.RemoveAll(half); err != nil {
		return err
	}
	if err := os.Mkdir(half, 0o700); err != nil {
		return err
	}
	if err := r.account.give(half); err != nil {
		return err
	}
	password := rand.Text()
	handed := filepath.Join(scratchDir, "password")
	if err := r.write(handed, password); err != nil {
		return err
	}
	defer func() { _ = os.Remove(handed) }()
	args := []string{
		"-D", half, "-U", superuser, "-A", "scram-sha-256", "--pwfile", handed,
		"-E", "UTF8", "--locale=" + locale(), "--data-checksums",
	}
	if scratch {
		args = append(args, "--no-sync")
	}
	cmd := r.command(ctx, "initdb", args...)
	r.asAccount(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the database cluster: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if err := r.write(filepath.Join(half, passwordFile), password); err != nil {
		return err
	}
	// An empty directory may stand there; anything else is not ours to remove.
	if err := os.Remove(data); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is in the way of the new database: %w", data, err)
	}
	if err := os.Rename(half, data); err != nil {
		return err
	}
	r.log.Info("made a database cluster", "dir", data, "version", r.major, "account", r.account.name, "took", time.Since(began))
	return nil
}

func (r runner) write(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	return errors.Join(err, f.Close(), r.account.give(path))
}

// endOrphan ends a server that an earlier life of ours left on the data. We
// hold the lock, so whoever runs there has lost its launcher.
func endOrphan(ctx context.Context, data string) error {
	pidFile := filepath.Join(data, "postmaster.pid")
	pid, err := readPID(pidFile)
	if err != nil || pid == 0 {
		return err
	}
	if !runs(pid, data) {
		// The number belongs to somebody else by now. PostgreSQL would refuse to
		// start if that process happens to be one of the same account.
		return os.Remove(pidFile)
	}
	// It is most likely on its way out already; asking twice does no harm.
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end the database that was left running (process %d): %w", pid, err)
	}
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond) // not our child: nothing tells us its end
	defer tick.Stop()
	for runs(pid, data) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the database that was left running (process %d) does not end: %w", pid, ctx.Err())
		}
	}
	return nil
}

// readPID is 0 if there is no such file.
func readPID(path string) (int, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid < 2 { // 0 and -1 would signal whole groups
		return 0, fmt.Errorf("%s does not begin with a process id", path)
	}
	return pid, nil
}

// runs reports whether the process is a server on these data, by its command
// line, which launch wrote.
func runs(pid int, data string) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil && runtime.GOOS != "linux" {
		line, err = exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	}
	return err == nil && strings.Contains(string(line), "postgres") && strings.Contains(string(line), data)
}
