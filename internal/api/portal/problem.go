package portal

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"tandem/internal/fault"
)

// problem is every answer that is not a success (RFC 9457), in the form of the
// admin API's.
type problem struct {
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

var statuses = map[fault.Kind]int{
	fault.KindInvalid:         http.StatusUnprocessableEntity,
	fault.KindUnauthenticated: http.StatusUnauthorized,
	fault.KindForbidden:       http.StatusForbidden,
	fault.KindNotFound:        http.StatusNotFound,
	fault.KindConflict:        http.StatusConflict,
	fault.KindGone:            http.StatusGone,
	fault.KindExhausted:       http.StatusTooManyRequests,
	fault.KindUnavailable:     http.StatusServiceUnavailable,
}

// fail is the one way from an error to an answer.
func (p *Portal) fail(c *gin.Context, err error) {
	status, known := statuses[fault.KindOf(err)]
	var f *fault.Error
	if !known || !errors.As(err, &f) {
		p.logFailure(c, err)
		p.refuse(c, problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "something went wrong here; the request id finds it in our log"})
		return
	}
	switch status {
	case http.StatusServiceUnavailable:
		c.Header("Retry-After", "2")
		p.logFailure(c, err)
	case http.StatusTooManyRequests:
		c.Header("Retry-After", "60")
	}
	p.refuse(c, problem{Status: status, Code: fault.CodeOf(f), Detail: f.Msg})
}

func (p *Portal) logFailure(c *gin.Context, err error) {
	if c.Request.Context().Err() == nil { // else nobody waits for the answer
		p.log.ErrorContext(c.Request.Context(), "request failed", "request", requestID(c.Request.Context()), "route", c.FullPath(), "error", err)
	}
}

func (p *Portal) refuse(c *gin.Context, x problem) {
	x.Title, x.RequestID = http.StatusText(x.Status), requestID(c.Request.Context())
	c.Header("Content-Type", "application/problem+json")
	c.Status(x.Status)
	_ = json.NewEncoder(c.Writer).Encode(x) // the client is gone
}
