package admin

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"tandem/internal/fault"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed"
	maxIdempotencyKey = 255
	// settleWithin is the time to write down what was answered, also for a client
	// that has gone.
	settleWithin = 5 * time.Second
	// readWithin is the time a body may take to arrive.
	readWithin = 5 * time.Second
)

// once does a POST that has an Idempotency-Key once. With showOnce the answer
// holds a secret that is told a single time: it is not kept.
func (s *server) once(showOnce bool) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		name := ctx.Header(idempotencyHeader)
		if name == "" {
			next(ctx)
			return
		}
		g := humagin.Unwrap(ctx)
		o, err := s.claimOf(ctx, g, name)
		if err != nil {
			s.refuse(ctx.Context(), err).Write(g.Writer)
			return
		}
		answer, err := s.deps.Idempotency.Begin(ctx.Context(), o)
		switch {
		case err != nil:
			s.refuse(ctx.Context(), err).Write(g.Writer)
		case answer != nil:
			s.replay(ctx, g, *answer)
		default:
			s.perform(ctx, g, o, showOnce, next)
		}
	}
}

// claimOf reads the whole request.
func (s *server) claimOf(ctx huma.Context, g *gin.Context, name string) (Once, error) {
	if len(name) > maxIdempotencyKey || bytes.ContainsFunc([]byte(name), func(r rune) bool { return r < ' ' || r > '~' }) {
		return Once{}, fault.Invalid("idempotency_key_invalid", "an Idempotency-Key has 1 to 255 printable ASCII characters")
	}
	body, err := io.ReadAll(g.Request.Body)
	if err != nil {
		return Once{}, fmt.Errorf("read a body that was received: %w", err)
	}
	g.Request.Body = io.NopCloser(bytes.NewReader(body))

	// Keyed with the API key, of which the store has only the hash: from a
	// fingerprint nobody can find out a password that was in the body.
	c := callerOf(ctx.Context())
	mac := hmac.New(sha256.New, []byte(c.token))
	_, _ = fmt.Fprintf(mac, "%s\n%s\n%s\n%s\n", g.Request.Method, g.Request.URL.EscapedPath(), g.Request.URL.RawQuery, g.GetHeader("Content-Type"))
	_, _ = mac.Write(body)
	return Once{Key: c.ID, Name: name, Fingerprint: mac.Sum(nil)}, nil
}

func (s *server) replay(ctx huma.Context, g *gin.Context, a Answer) {
	g.Header(replayedHeader, "true")
	if a.Location != "" {
		g.Header("Location", a.Location)
	}
	if a.Body == nil && a.Status == http.StatusCreated {
		err := fault.Conflict("shown_once", "the first of these requests succeeded; its answer held a secret, which is shown once")
		s.refuse(ctx.Context(), err).Write(g.Writer)
		return
	}
	if a.Body != nil {
		g.Header("Content-Type", "application/json")
	}
	g.Writer.WriteHeader(a.Status)
	_, _ = g.Writer.Write(a.Body) // the client is gone
}

// perform holds the answer back until it is written down, so that whoever has
// seen it can rely on it.
func (s *server) perform(ctx huma.Context, g *gin.Context, o Once, showOnce bool, next func(huma.Context)) {
	held := &heldWriter{ResponseWriter: g.Writer}
	g.Writer = held
	settled := false
	detached := context.WithoutCancel(ctx.Context())
	defer func() {
		g.Writer = held.ResponseWriter
		if settled {
			return
		}
		d, cancel := context.WithTimeout(detached, settleWithin)
		defer cancel()
		if err := s.deps.Idempotency.Abandon(d, o); err != nil {
			s.log.Warn("idempotency key not given free", "request", requestOf(detached).id, "error", err)
		}
	}()
	next(ctx)
	if status := held.Status(); status >= 200 && status < 300 {
		a := Answer{Status: status, Location: held.Header().Get("Location"), Body: held.body.Bytes()}
		if showOnce {
			a.Body = nil
		}
		d, cancel := context.WithTimeout(detached, settleWithin)
		defer cancel()
		// It is done; that a repetition will not be known is no reason to say otherwise.
		if err := s.deps.Idempotency.Finish(d, o, a); err != nil {
			s.log.Error("answer not kept", "request", requestOf(detached).id, "error", err)
		}
		settled = true
	}
	_, _ = held.ResponseWriter.Write(held.body.Bytes()) // the client is gone
}

// heldWriter keeps a body back. Status and header go through: gin does not send
// them before the first byte.
type heldWriter struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (w *heldWriter) Write(b []byte) (int, error)       { return w.body.Write(b) }
func (w *heldWriter) WriteString(s string) (int, error) { return w.body.WriteString(s) }
func (w *heldWriter) WriteHeaderNow()                   {}
func (w *heldWriter) Flush()                            {}
