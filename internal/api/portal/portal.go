package portal

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tandem/internal/api/problem"
	"tandem/internal/fault"
	"tandem/internal/secret"
)

// Deps is what the portal is made of.
type Deps struct {
	Sessions   Sessions
	Tenants    Tenants
	Onboarding Onboarding
	Audit      Audit
	Identity   Identity
	Roles      Roles
	Seal       *secret.Box // seals what sessions and journeys hold
	App        fs.FS       // the web app: index.html and what it loads
	Logger     *slog.Logger
}

// Config is what can be set about it.
type Config struct {
	BaseURL      string // of the portal, without a slash at its end: https, or http on a loopback host
	Authority    string // origin of Microsoft's sign-in
	HomeTenant   string // Entra tenant of the provider: its people with an app role are operators
	ProviderName string
	Key          [32]byte         // of the CSRF tokens
	Now          func() time.Time // time.Now if nil
}

// Portal is the handler.
type Portal struct {
	deps    Deps
	cfg     Config
	log     *slog.Logger
	base    *url.URL
	files   map[string]file
	index   []byte
	looks   *limiter // at invitations that do not exist
	trips   *limiter // that begin
	strays  *limiter // that come back and were never begun, as far as they are written down
	handler http.Handler
}

// New makes the portal.
func New(deps Deps, cfg Config) (*Portal, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || base.Path != "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fault.Invalid("portal_config", "the base of the portal must be an address without a path")
	}
	p := &Portal{
		deps: deps, cfg: cfg, log: deps.Logger, base: base,
		looks: newLimiter(20, cfg.Now), trips: newLimiter(60, cfg.Now), strays: newLimiter(10, cfg.Now),
	}
	if p.index, p.files, err = load(deps.App); err != nil {
		return nil, fmt.Errorf("load the web app: %w", err)
	}
	// Gin has one mode a process; the others write to standard output, which is not ours.
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.HandleMethodNotAllowed = true
	g.RedirectTrailingSlash = false
	g.Use(p.observed, p.guarded)
	g.NoRoute(p.app)
	g.NoMethod(func(c *gin.Context) {
		refuse(c, problem.New(http.StatusMethodNotAllowed, "method_unknown", "the path does not know this method"))
	})
	g.GET("/portal/invitations/:word", p.invitation)
	g.GET("/portal/session", p.session)
	g.GET("/portal/sign-in", p.signIn)
	g.GET("/portal/signed-in", p.signedIn)
	g.GET("/portal/consented", p.consented)
	g.POST("/portal/sign-out", p.signOut)
	p.handler = g
	return p, nil
}

// ServeHTTP implements http.Handler.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (p *Portal) secure() bool { return p.base.Scheme == "https" }

// redirectURI is one of the two that are registered.
func (p *Portal) redirectURI(path string) string { return p.cfg.BaseURL + path }

type requestKey struct{}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// observed gives each request its id, notes in the log what became of it, and
// turns a panic into an answer. Queries hold codes and states, paths hold words
// of invitations: the route says enough.
func (p *Portal) observed(c *gin.Context) {
	start, id := p.cfg.Now(), rand.Text()
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), requestKey{}, id))
	c.Header("X-Request-Id", id)
	defer func() {
		if broken := recover(); broken != nil {
			if broken == http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
				panic(broken)
			}
			c.Abort()
			p.log.Error("panic", "request", id, "route", c.FullPath(), "panic", fmt.Sprint(broken), "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				p.fail(c, fmt.Errorf("panic: %v", broken))
			}
		}
		p.log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
			slog.String("request", id), slog.String("method", c.Request.Method), slog.String("route", c.FullPath()),
			slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(c.Writer.Size(), 0)),
			slog.Duration("took", p.cfg.Now().Sub(start).Round(time.Microsecond)))
	}()
	c.Next()
}

// nothing is the policy of everything that is no page.
const nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is the policy of the app.
func (p *Portal) page(nonce string) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self' 'nonce-" + nonce + "'", "img-src 'self' data:", "font-src 'self'",
		"connect-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self' " + strings.TrimSuffix(p.cfg.Authority, "/"),
		"frame-ancestors 'none'",
	}, "; ")
}

// guarded sets what every answer says to browsers.
func (p *Portal) guarded(c *gin.Context) {
	c.Header("Content-Security-Policy", nothing)
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("Cross-Origin-Opener-Policy", "same-origin")
	c.Header("Cross-Origin-Resource-Policy", "same-origin")
	c.Header("Permissions-Policy", "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()")
	c.Header("Cache-Control", "no-store")
	if p.secure() {
		c.Header("Strict-Transport-Security", "max-age=31536000")
	}
	c.Next()
}
