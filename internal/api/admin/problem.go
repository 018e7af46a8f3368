package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/fault"
)

const problemType = "application/problem+json"

// Problem is every answer that is not a success (RFC 9457). Its type is always
// about:blank and therefore left out; the kinds are told apart by code.
type Problem struct {
	Title     string    `json:"title" doc:"The HTTP status in words." example:"Not Found"`
	Status    int       `json:"status" doc:"The HTTP status." example:"404"`
	Code      string    `json:"code" doc:"What is wrong, for programs. Codes are stable." example:"agent_unknown"`
	Detail    string    `json:"detail,omitempty" doc:"What is wrong, for people." example:"there is no such agent"`
	Errors    []Mistake `json:"errors,omitempty" nullable:"false" doc:"Everything wrong with the request, at once."`
	RequestID string    `json:"request_id,omitempty" doc:"Names this request in the log of the installation." example:"2YQH4D3KPXJ5V6WZC7BNA2TFRM"`

	header http.Header
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
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

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

func newProblem(status int, code, detail string) *Problem {
	p := &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail, header: http.Header{}}
	if d, ok := retryAfter[status]; ok {
		p.header.Set("Retry-After", strconv.Itoa(int(d/time.Second)))
	}
	return p
}

// classify turns an error into what is shown of it.
func classify(err error) *Problem {
	var shown *Problem
	if errors.As(err, &shown) {
		return shown
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		if errors.Is(err, context.DeadlineExceeded) {
			return newProblem(http.StatusServiceUnavailable, "timeout", "the request took too long; try again")
		}
		f = fault.Internal("internal", "")
	}
	status, known := statuses[f.Kind]
	if !known || f.Kind == fault.KindInternal {
		return newProblem(http.StatusInternalServerError, "internal", "something went wrong here; the request id finds it in our log")
	}
	p := newProblem(status, fault.CodeOf(f), f.Msg)
	for _, x := range f.Fields {
		p.Errors = append(p.Errors, Mistake{Location: strings.TrimSuffix("body."+x.Path, "."), Message: x.Msg})
	}
	if status == http.StatusUnauthorized {
		p.header.Set("WWW-Authenticate", `Bearer realm="tandem"`)
	}
	return p
}

// refuse is the one way from an error to an answer; errors of ours are logged
// here and nowhere else.
func (s *server) refuse(ctx context.Context, err error) *Problem {
	p := classify(err)
	p.RequestID = requestOf(ctx).id
	switch {
	case errors.Is(err, context.Canceled): // nobody waits for the answer
	case p.Status == http.StatusInternalServerError:
		s.log.ErrorContext(ctx, "request failed", "request", p.RequestID, "error", err)
	case p.Status == http.StatusServiceUnavailable:
		s.log.WarnContext(ctx, "request refused", "request", p.RequestID, "code", p.Code, "error", err)
	}
	return p
}

// writeProblem answers where huma does not.
func writeProblem(w http.ResponseWriter, p *Problem) {
	for k, v := range p.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone
}

// frameworkCodes names what huma itself refuses, by its status.
var frameworkCodes = map[int]struct{ code, detail string }{
	http.StatusBadRequest:            {"malformed", "the body is not what the content type says"},
	http.StatusNotAcceptable:         {"not_acceptable", "answers are application/json"},
	http.StatusRequestTimeout:        {"body_too_slow", "the body did not arrive in time"},
	http.StatusRequestEntityTooLarge: {"body_too_large", "a body has at most 256 kB"},
	http.StatusUnsupportedMediaType:  {"media_type_unsupported", "bodies are application/json"},
	http.StatusUnprocessableEntity:   {"request_invalid", "the request is not valid; errors lists everything"},
}

// translate gives huma's own errors our form. What was sent is not repeated in
// the answer, because it may be a secret.
func (s *server) translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	known, ok := frameworkCodes[m.Status]
	if !ok {
		return s.refuse(ctx.Context(), errors.New(m.Detail)), nil
	}
	p := newProblem(m.Status, known.code, known.detail)
	p.RequestID = requestOf(ctx.Context()).id
	p.Errors = told(m.Errors)
	return p, nil
}

// told are huma's findings as we tell them. The schema speaks before the domain
// and one word about a place is enough; if the body as a whole is wrong, nothing
// more can be said of its parts.
func told(found []*huma.ErrorDetail) []Mistake {
	var all []Mistake
	seen := map[string]bool{}
	for _, e := range found {
		if strings.HasPrefix(e.Message, "invalid date/time") { // what follows is Go's way to write a form
			e.Message = "must be a time in RFC 3339, such as 2026-11-22T09:30:00Z"
		}
		if seen[e.Location] || seen["body"] && strings.HasPrefix(e.Location, "body.") {
			continue
		}
		seen[e.Location] = true
		all = append(all, Mistake{Location: e.Location, Message: e.Message})
	}
	return all
}

// mistakes are the findings of the domain in the form that huma collects.
func mistakes(at *huma.PathBuffer, err error) []error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	all := make([]error, 0, len(f.Fields))
	for _, x := range f.Fields { // PathBuffer.With loses its place after an index
		all = append(all, &huma.ErrorDetail{Location: at.String() + "." + x.Path, Message: x.Msg})
	}
	return all
}

// inQuery says of the fields of a fault that they were in the query.
func inQuery(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	p := classify(err)
	p.Errors = nil
	for _, x := range f.Fields {
		p.Errors = append(p.Errors, Mistake{Location: "query." + x.Path, Message: x.Msg})
	}
	return p
}
