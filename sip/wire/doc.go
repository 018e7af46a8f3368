// Package wire is what lies between the sockets and the SIP stack: a guard that keeps strangers
// from it, answers to what it would drop without a word, and the memory of requests that
// were dealt with, so that a repetition costs next to nothing.
//
//	UDP       [Packets]: guard → repetition? → readable? → stack
//	TCP, TLS  [Listener]: guard → handshake → larger than the stack takes? → stack
//
// Sockets of Linux are read and written without the scheduler (socket_linux.go).
package wire

import (
	"context"
	"crypto/x509"
	"log/slog"
	"time"

	"tandem/internal/call"
	"tandem/sip/guard"
)

// Gate is what sockets need of the edge that they belong to.
type Gate struct {
	Context context.Context //nolint:containedctx // of the edge: it ends handshakes and questions
	Guard   *guard.Guard
	Roots   *x509.CertPool // of client certificates of peers
	Log     *slog.Logger
	// WriteWithin is the time in which who has connected has to take a message; 0: no limit.
	WriteWithin time.Duration
	Refused     func(call.Side, guard.Cause)
	Responded   func(side call.Side, status int)
	// Passed, if set, sees each message that was let in or sent. It must not block.
	Passed func(Passed)
}
