package postgres_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"tandem/internal/localpg"
	"tandem/internal/postgres"
	"tandem/internal/testkit"
)

// line is a socket before a server's that can break at the worst moment.
type line struct {
	dir      string
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex
	target string // the server's socket
	worst  []byte // what the request says whose answer is lost
}

// newLine leads to the server of a DSN, which has its socket in a directory.
func newLine(t testing.TB, dsn string) *line {
	t.Helper()
	dir, err := os.MkdirTemp("", "line-") // short: a socket's path has some 100 characters
	if err != nil {
		t.Fatal(err)
	}
	l := &line{dir: dir}
	l.leadTo(t, dsn)
	if l.listener, err = net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432")); err != nil {
		t.Fatal(err)
	}
	l.wg.Go(func() {
		for {
			client, err := l.listener.Accept()
			if err != nil {
				return
			}
			l.wg.Go(func() { l.carry(client) })
		}
	})
	t.Cleanup(func() {
		_ = l.listener.Close()
		l.wg.Wait()
		_ = os.RemoveAll(dir)
	})
	return l
}

func (l *line) leadTo(t testing.TB, dsn string) {
	t.Helper()
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = filepath.Join(cfg.Host, ".s.PGSQL.5432")
}

// dsn is the given one by way of the line.
func (l *line) dsn(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("host", l.dir)
	u.RawQuery = q.Encode()
	return u.String()
}

// loseAnswerTo lets the next request that says so do its work, and breaks the
// connection before its answer arrives.
func (l *line) loseAnswerTo(request string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.worst = []byte(request)
}

// isWorst is true once.
func (l *line) isWorst(request []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.worst == nil || !bytes.Contains(request, l.worst) {
		return false
	}
	l.worst = nil
	return true
}

// readyForQuery ends every answer (PostgreSQL documentation, §55.7).
var readyForQuery = []byte{'Z', 0, 0, 0, 5}

func (l *line) carry(client net.Conn) {
	l.mu.Lock()
	target := l.target
	l.mu.Unlock()
	server, err := net.Dial("unix", target)
	if err != nil {
		_ = client.Close()
		return
	}
	hangUp := func() { _, _ = client.Close(), server.Close() }
	lost := make(chan struct{})
	l.wg.Go(func() {
		defer hangUp()
		buf := make([]byte, 1<<20)
		for {
			n, err := client.Read(buf)
			if err != nil {
				return
			}
			if l.isWorst(buf[:n]) {
				close(lost)
			}
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
		}
	})
	defer hangUp()
	buf := make([]byte, 1<<20)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		select {
		case <-lost:
			if bytes.Contains(buf[:n], readyForQuery) {
				return
			}
			continue
		default:
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// durable is a server of the test's own that keeps what it promised.
func durable(t testing.TB, dir string) *localpg.Server {
	t.Helper()
	testkit.Server(t) // skips where there is no PostgreSQL
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := localpg.Start(t.Context(), localpg.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), os.RemoveAll(s.DataDir())); err != nil {
			t.Error(err)
		}
	})
	return s
}

// durableRig is a rig on a server of its own, behind a line.
func durableRig(t testing.TB) (*rig, *line, *localpg.Server, string) {
	t.Helper()
	dir := t.TempDir()
	server := durable(t, dir)
	if err := postgres.Migrate(t.Context(), server.DSN()); err != nil {
		t.Fatal(err)
	}
	l := newLine(t, server.DSN())
	r := &rig{db: &testkit.Database{Admin: l.dsn(t, server.DSN())}, t1: newTenantID(), t2: newTenantID()}
	r.store = openStore(t, r.db.Admin)
	r.Journal = postgres.NewJournal(r.store, slog.New(slog.DiscardHandler))
	r.tenants(t)
	return r, l, server, dir
}
