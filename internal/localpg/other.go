//go:build !unix

package localpg

import (
	"context"
	"fmt"
)

// Server is a running PostgreSQL; on this system there is none.
type Server struct{}

// Start always fails on this system.
func Start(context.Context, Config) (*Server, error) {
	return nil, fmt.Errorf("a private database is not supported on this system: %w", ErrNoPostgres)
}

// DSN is empty.
func (*Server) DSN() string { return "" }

// DataDir is empty.
func (*Server) DataDir() string { return "" }

// Exited never closes.
func (*Server) Exited() <-chan struct{} { return nil }

// Close does nothing.
func (*Server) Close() error { return nil }
