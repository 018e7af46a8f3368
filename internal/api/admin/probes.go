package admin

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"tandem/internal/fault"
)

// serveProbes adds what orchestrators and Prometheus ask for. They send no key;
// the answers hold nothing that would need one.
func (s *server) serveProbes(g *gin.Engine) {
	g.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	g.GET("/readyz", s.ready)
	if s.deps.Metrics != nil {
		g.GET("/metrics", gin.WrapH(s.deps.Metrics))
	}
}

// readiness is the answer of /readyz: what is away, and why if that may be told.
type readiness struct {
	Ready bool              `json:"ready"`
	Away  map[string]string `json:"away,omitempty"`
}

func (s *server) ready(c *gin.Context) {
	var away []Away
	if s.deps.Ready != nil {
		away = s.deps.Ready(c.Request.Context())
	}
	r := readiness{Ready: len(away) == 0, Away: map[string]string{}}
	for _, a := range away {
		r.Away[a.Name] = "away"
		var f *fault.Error
		if errors.As(a.Err, &f) {
			r.Away[a.Name] = f.Msg
		}
	}
	c.Header("Cache-Control", "no-store")
	if r.Ready {
		c.JSON(http.StatusOK, r)
		return
	}
	c.Header("Retry-After", "2")
	c.JSON(http.StatusServiceUnavailable, r)
}
