package portal

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"tandem/internal/api/problem"
)

// fail is the one way from an error to an answer; errors of ours are logged here
// and nowhere else.
func (p *Portal) fail(c *gin.Context, err error) {
	x := problem.Of(err)
	switch x.Status {
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		p.logFailure(c, err)
	case http.StatusTooManyRequests:
		x.Header.Set("Retry-After", "60") // the limits here are of a minute
	}
	refuse(c, x)
}

func (p *Portal) logFailure(c *gin.Context, err error) {
	if c.Request.Context().Err() == nil { // else nobody waits for the answer
		p.log.ErrorContext(c.Request.Context(), "request failed", "request", requestID(c.Request.Context()), "route", c.FullPath(), "error", err)
	}
}

func refuse(c *gin.Context, x *problem.Problem) {
	x.RequestID = requestID(c.Request.Context())
	x.Write(c.Writer)
}
