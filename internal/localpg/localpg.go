package localpg

import (
	"errors"
	"log/slog"
)

// ErrNoPostgres means that no usable PostgreSQL was found; its text names the cures.
var ErrNoPostgres = errors.New(`no PostgreSQL (15 or newer) was found on this machine; one of these helps:
  - Debian, Ubuntu:  apt-get install postgresql
  - macOS:           brew install postgresql@17
  - another server:  set DATABASE_URL=postgres://user:password@host/database`)

// ErrInUse means that another process runs the cluster of this directory.
var ErrInUse = errors.New("another process runs the database of this directory")

// Config says which cluster to run and how.
type Config struct {
	Dir     string       // names the cluster; made if it is missing
	BinDir  string       // where postgres and initdb are; "" looks for them
	Scratch bool         // for tests: faster, and nothing survives a crash of the machine
	Owned   func()       // called when nobody else can run the cluster any more, before it starts; may be nil
	Logger  *slog.Logger // gets the server's log at level Debug; nil discards it
}

// oldest is the oldest major version whose SQL we use.
const oldest = 15
