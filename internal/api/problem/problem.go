// Package problem is the one form of every answer that is not a success (RFC 9457),
// for the admin API and the portal alike.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tandem/internal/fault"
)

// Type is the media type of a problem.
const Type = "application/problem+json"

// Problem is every answer that is not a success (RFC 9457). Its type is always
// about:blank and therefore left out; the kinds are told apart by code.
type Problem struct {
	Title     string    `json:"title" doc:"The HTTP status in words." example:"Not Found"`
	Status    int       `json:"status" doc:"The HTTP status." example:"404"`
	Code      string    `json:"code" doc:"What is wrong, for programs. Codes are stable." example:"agent_unknown"`
	Detail    string    `json:"detail,omitempty" doc:"What is wrong, for people." example:"there is no such agent"`
	Errors    []Mistake `json:"errors,omitempty" nullable:"false" doc:"Everything wrong with the request, at once."`
	RequestID string    `json:"request_id,omitempty" doc:"Names this request in the log of the installation." example:"2YQH4D3KPXJ5V6WZC7BNA2TFRM"`

	Header http.Header `json:"-"` // of the answer
}

// Mistake is one thing wrong with a request.
type Mistake struct {
	Location string `json:"location" doc:"Where: body, query, path or header, then the path inside." example:"body.agents[2]"`
	Message  string `json:"message" doc:"What is wrong there." example:"must be an agent's id, a UUID in lower case"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.Header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return Type }

// statuses is the one place where a kind of fault becomes an HTTP status.
var statuses = map[fault.Kind]int{
	fault.KindInvalid:         http.StatusUnprocessableEntity,
	fault.KindUnauthenticated: http.StatusUnauthorized,
	fault.KindForbidden:       http.StatusForbidden,
	fault.KindNotFound:        http.StatusNotFound,
	fault.KindConflict:        http.StatusConflict,
	fault.KindGone:            http.StatusGone,
	fault.KindExhausted:       http.StatusTooManyRequests,
	fault.KindUnavailable:     http.StatusServiceUnavailable,
	fault.KindInternal:        http.StatusInternalServerError,
}

// retryAfter says when to try again: what is away needs a moment, a limit on
// the rate is over within a second.
var retryAfter = map[int]time.Duration{
	http.StatusTooManyRequests:    time.Second,
	http.StatusServiceUnavailable: 2 * time.Second,
}

// New makes a problem; the title is the status in words.
func New(status int, code, detail string) *Problem {
	p := &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail, Header: http.Header{}}
	if d, ok := retryAfter[status]; ok {
		p.Header.Set("Retry-After", strconv.Itoa(int(d/time.Second)))
	}
	return p
}

// Of turns an error into what is shown of it: a fault as its kind has it, anything
// else as a failure of ours, of which nothing is told.
func Of(err error) *Problem {
	var shown *Problem
	if errors.As(err, &shown) {
		return shown
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		if errors.Is(err, context.DeadlineExceeded) {
			return New(http.StatusServiceUnavailable, "timeout", "the request took too long; try again")
		}
		f = fault.Internal("internal", "")
	}
	status, known := statuses[f.Kind]
	if !known || f.Kind == fault.KindInternal {
		return New(http.StatusInternalServerError, "internal", "something went wrong here; the request id finds it in our log")
	}
	p := New(status, fault.CodeOf(f), f.Msg)
	for _, x := range f.Fields {
		p.Errors = append(p.Errors, Mistake{Location: strings.TrimSuffix("body."+x.Path, "."), Message: x.Msg})
	}
	if status == http.StatusUnauthorized {
		p.Header.Set("WWW-Authenticate", `Bearer realm="tandem"`)
	}
	return p
}

// Write answers with the problem, where no framework does.
func (p *Problem) Write(w http.ResponseWriter) {
	for k, v := range p.Header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", Type)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone
}

// RetryAfter says whether answers with a status tell when to try again.
func RetryAfter(status int) bool { return retryAfter[status] > 0 }
