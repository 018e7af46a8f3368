package admin

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"tandem/internal/api/problem"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// request is what is known of a request while it is served. One goroutine has it.
type request struct {
	id     string
	key    provider.KeyID      // or a person's object id
	tenant tenant.ID           // whose thing it is about; see concerns
	called string              // what people call that
	beside []*huma.ErrorDetail // what is wrong with the body beside what huma finds
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// observed gives each request its id, notes in the log what became of it, and
// turns a panic into an answer. Paths and queries stay out of the log, because
// they hold numbers; the route says enough.
func (s *server) observed(c *gin.Context) {
	start := s.cfg.Now()
	r := &request{id: rand.Text()}
	ctx := context.WithValue(c.Request.Context(), requestKey{}, r)
	c.Request = c.Request.WithContext(ctx)
	c.Header("X-Request-Id", r.id)
	defer func() {
		if broken := recover(); broken != nil {
			s.caught(c, r, broken)
		}
		s.log.LogAttrs(ctx, slog.LevelInfo, "request",
			slog.String("request", r.id), slog.String("method", c.Request.Method), slog.String("route", c.FullPath()),
			slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(c.Writer.Size(), 0)),
			slog.Duration("took", s.cfg.Now().Sub(start).Round(time.Microsecond)), slog.String("key", string(r.key)))
	}()
	c.Next()
}

// caught answers for a handler that panicked. An answer that has begun cannot
// be taken back; mostly the panic is huma's then, because the client has gone.
func (s *server) caught(c *gin.Context, r *request, broken any) {
	if broken == http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
		panic(broken)
	}
	c.Abort()
	if c.Writer.Written() {
		s.log.Warn("answer broken off", "request", r.id, "route", c.FullPath(), "error", fmt.Sprint(broken))
		return
	}
	s.log.Error("panic", "request", r.id, "route", c.FullPath(), "panic", fmt.Sprint(broken), "stack", string(debug.Stack()))
	p := problem.Of(fmt.Errorf("panic: %v", broken))
	p.RequestID = r.id
	p.Write(c.Writer)
}

// received takes the whole body in, which may be sound, before anything is done with it. The time for
// that is limited, and the limit is lifted then: net/http waits on the connection
// while a handler runs, and takes a deadline that comes for a client that has gone.
func (s *server) received(sound bool) func(huma.Context, func(huma.Context)) {
	most, within, tooLarge := int64(maxBody), readWithin, frameworkCodes[http.StatusRequestEntityTooLarge].detail
	if sound {
		most, within, tooLarge = tenant.MaxPromptUpload, uploadWithin, "a file of sound has at most 25 MB; leave out what is silent, or send it as mono with 16 kHz"
	}
	return func(ctx huma.Context, next func(huma.Context)) {
		g := humagin.Unwrap(ctx)
		_ = ctx.SetReadDeadline(time.Now().Add(within)) // not every server has it
		body, err := io.ReadAll(http.MaxBytesReader(nil, g.Request.Body, most))
		_ = ctx.SetReadDeadline(time.Time{})
		if err != nil {
			status := http.StatusRequestTimeout
			detail := frameworkCodes[status].detail
			if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
				status, detail = http.StatusRequestEntityTooLarge, tooLarge
			}
			g.Header("Connection", "close") // what else comes is not read
			s.refuse(ctx.Context(), problem.New(status, frameworkCodes[status].code, detail)).Write(g.Writer)
			return
		}
		g.Request.Body = io.NopCloser(bytes.NewReader(body))
		next(ctx)
	}
}

func (s *server) noRoute(c *gin.Context) {
	p := problem.New(http.StatusNotFound, "path_unknown", "there is no such path; /docs lists them")
	p.RequestID = requestOf(c.Request.Context()).id
	p.Write(c.Writer)
}

func (s *server) noMethod(c *gin.Context) { // gin has set Allow
	p := problem.New(http.StatusMethodNotAllowed, "method_unknown", "the path does not know this method")
	p.RequestID = requestOf(c.Request.Context()).id
	p.Write(c.Writer)
}
