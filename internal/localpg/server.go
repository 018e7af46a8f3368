//go:build unix

package localpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Names inside the cluster.
const (
	superuser    = "tandem"
	database     = "tandem"
	passwordFile = "tandem.password" // in the data directory, so that it comes and goes with it
)

// How long a clean stop may take, and then an immediate one.
const (
	stopWithin = 15 * time.Second
	quitWithin = 5 * time.Second
)

// Server is a running PostgreSQL.
type Server struct {
	dsn, data, sockets string
	lock               *os.File
	cmd                *exec.Cmd
	exited             chan struct{} // closed when the process is gone
	waitErr            error         // how it went; read after exited
	tail               *logTail
	closeOnce          sync.Once
	closeErr           error
}

// Start makes the cluster if there is none and starts it. ctx bounds the start
// only; the server runs until Close. Errors: [ErrNoPostgres], [ErrInUse], a
// cluster of another major version, or what PostgreSQL said.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	a, err := pickAccount()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	s := &Server{exited: make(chan struct{})}
	if s.lock, err = lock(filepath.Join(dir, "pg.lock")); err != nil {
		return nil, err
	}
	if cfg.Owned != nil {
		cfg.Owned()
	}
	if err := s.start(ctx, cfg, dir, a); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, cfg Config, dir string, a account) error {
	var err error
	if s.data, err = place(dir, a); err != nil {
		return err
	}
	major, err := clusterMajor(s.data)
	if err != nil {
		return err
	}
	note := filepath.Join(dir, "pg.path")
	if _, err := os.Stat(note); errors.Is(err, fs.ErrNotExist) && major != 0 && filepath.Dir(s.data) != dir {
		// The directory was deleted and made anew: the cluster that it had
		// elsewhere is a left-over, of no use without what was deleted.
		cfg.Logger.Info("removing the database of a deleted directory", "data", s.data)
		if err := errors.Join(endOrphan(ctx, s.data), os.RemoveAll(s.data)); err != nil {
			return err
		}
		major = 0
	}
	if err := os.WriteFile(note, []byte(s.data+"\n"), 0o644); err != nil {
		return err
	}
	in, err := find(ctx, cfg.BinDir, major, a)
	if err != nil {
		return err
	}
	if s.sockets, err = socketDir(a); err != nil {
		return err
	}
	run := runner{installation: in, account: a, log: cfg.Logger}
	if major == 0 {
		if err := run.initialize(ctx, s.data, s.sockets, cfg.Scratch); err != nil {
			return err
		}
	} else if err := endOrphan(ctx, s.data); err != nil {
		return err
	}
	password, err := os.ReadFile(filepath.Join(s.data, passwordFile))
	if err != nil {
		return fmt.Errorf("read the database's password: %w", err)
	}
	s.dsn = dsn(s.sockets, strings.TrimSpace(string(password)), database)
	if err := s.launch(ctx, run, cfg.Scratch); err != nil {
		return err
	}
	return ensureDatabase(ctx, dsn(s.sockets, strings.TrimSpace(string(password)), "postgres"))
}

// DSN is the address of the database, with the rights of the cluster's owner.
func (s *Server) DSN() string { return s.dsn }

// DataDir is where the data lies.
func (s *Server) DataDir() string { return s.data }

// Exited is closed when the server is gone, wanted or not.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Close stops the server in a clean way and waits for its end.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		var problems []error
		if s.cmd != nil {
			problems = append(problems, s.stop())
		}
		if s.sockets != "" {
			problems = append(problems, os.RemoveAll(s.sockets))
		}
		problems = append(problems, s.lock.Close())
		s.closeErr = errors.Join(problems...)
	})
	return s.closeErr
}

// stop asks with rising urgency: SIGINT disconnects clients and writes a
// checkpoint, SIGQUIT leaves the rest to recovery.
func (s *Server) stop() error {
	for _, ask := range []struct {
		signal syscall.Signal
		within time.Duration
	}{{syscall.SIGINT, stopWithin}, {syscall.SIGQUIT, quitWithin}, {syscall.SIGKILL, quitWithin}} {
		if err := s.cmd.Process.Signal(ask.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop the database: %w", err)
		}
		timer := time.NewTimer(ask.within)
		select {
		case <-s.exited:
			timer.Stop()
			<-s.tail.done
			if ask.signal != syscall.SIGINT {
				return fmt.Errorf("the database stopped only by %s", ask.signal)
			}
			return s.waitErr
		case <-timer.C:
		}
	}
	return errors.New("the database does not stop")
}

func dsn(sockets, password, name string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, password), Path: "/" + name,
		RawQuery: url.Values{"host": {sockets}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// launch starts the server and waits until its log says that it is ready.
func (s *Server) launch(ctx context.Context, run runner, scratch bool) error {
	args := []string{
		"-D", s.data, "-k", s.sockets, "-p", "5432",
		"-c", "listen_addresses=", "-c", "unix_socket_permissions=0700",
		"-c", "shared_buffers=64MB", "-c", "max_connections=100",
		"-c", "lc_messages=C", "-c", "log_min_error_statement=panic", // statements stay out of the log
	}
	if scratch {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "max_connections=300", "-c", "autovacuum=off")
	}
	cmd := run.command(context.WithoutCancel(ctx), "postgres", args...)
	cmd.SysProcAttr = attributes()
	run.asAccount(cmd)
	// A file and not cmd.StderrPipe, so that Wait does not wait for readers.
	logs, stderr, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stderr, cmd.Stdout = stderr, stderr
	started := make(chan error, 1)
	go func() {
		// The kernel's "parent died" is about the thread that forked
		// (prctl(2), PR_SET_PDEATHSIG): keep it until the server is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		closeErr := stderr.Close()
		started <- errors.Join(err, closeErr)
		if err == nil {
			s.waitErr = ignoreExit(cmd.Wait())
			close(s.exited)
		}
	}()
	if err := <-started; err != nil {
		return errors.Join(fmt.Errorf("start the database: %w", err), logs.Close())
	}
	s.cmd = cmd
	s.tail = watch(logs, run.log)
	select {
	case <-s.tail.ready:
		return nil
	case <-s.tail.done: // it closed its log: it is ending
		<-s.exited
		return fmt.Errorf("the database did not start: %s", s.tail.String())
	case <-ctx.Done():
		return fmt.Errorf("the database is not ready: %w: %s", ctx.Err(), s.tail.String())
	}
}

// ignoreExit: how the process ended is told by its log, and after a signal of
// ours it is no error.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// logTail passes the server's log on and keeps its last lines for an error.
type logTail struct {
	ready, done chan struct{}
	mu          sync.Mutex
	last        []string
}

// watch ends when the server and its children have closed their log.
func watch(r io.ReadCloser, log *slog.Logger) *logTail {
	t := &logTail{ready: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		defer func() { _ = r.Close() }()
		isReady := false
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			line := lines.Text()
			log.Debug("postgres", "line", line)
			t.mu.Lock()
			t.last = append(t.last, line)
			if len(t.last) > 8 {
				t.last = t.last[1:]
			}
			t.mu.Unlock()
			if !isReady && strings.Contains(line, "database system is ready to accept connections") {
				isReady = true
				close(t.ready)
			}
		}
		_, _ = io.Copy(io.Discard, r) // a line too long must not block the server
	}()
	return t
}

func (t *logTail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.last, "; ")
}

// ensureDatabase makes our database in a new cluster.
func ensureDatabase(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, database).Scan(&there); err != nil {
		return fmt.Errorf("look for the database: %w", err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+database); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return nil
}
