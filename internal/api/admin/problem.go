package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/api/problem"
	"tandem/internal/fault"
)

// refuse is the one way from an error to an answer; errors of ours are logged
// here and nowhere else.
func (s *server) refuse(ctx context.Context, err error) *problem.Problem {
	p := problem.Of(err)
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

// frameworkCodes names what huma itself refuses, by its status.
var frameworkCodes = map[int]struct{ code, detail string }{
	http.StatusBadRequest:            {"malformed", "the body is missing, or is not what the content type says"},
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
	p := problem.New(m.Status, known.code, known.detail)
	p.RequestID = requestOf(ctx.Context()).id
	found := m.Errors
	if m.Status == http.StatusUnprocessableEntity {
		found = append(found, requestOf(ctx.Context()).beside...)
	}
	p.Errors = told(found)
	return p, nil
}

// besides has the findings of the domain told beside those of the schema, if there
// are such. If there are none the handler tells them, with all that it finds itself.
func besides(ctx huma.Context, at *huma.PathBuffer, err error) {
	r := requestOf(ctx.Context())
	for _, m := range mistakes(at, err) {
		var d *huma.ErrorDetail
		if errors.As(m, &d) {
			d.Value = ofWhatWasSent
			r.beside = append(r.beside, d)
		}
	}
}

// finding is who found something, as the value of huma's detail: the domain, in what
// was sent and what that leaves out, or in what was sent alone.
type finding int

const (
	ofDomain finding = iota + 1
	ofWhatWasSent
)

// misread are the schema's words for what cannot be read into a body. Then huma fills
// no defaults in, and the domain finds fault with what nobody sent.
var misread = []string{"expected boolean", "expected integer", "expected number", "expected string", "expected array", "expected object"}

// told are huma's findings as we tell them. The schema speaks before the domain
// and one word about a place is enough; if it as a whole is wrong, nothing more can
// be said of its parts.
func told(found []*huma.ErrorDetail) []problem.Mistake {
	var all []problem.Mistake
	seen, wrong, unread := map[string]bool{}, map[string]bool{}, false
	for _, e := range found {
		if strings.HasPrefix(e.Message, "invalid date/time") { // what follows is Go's way to write a form
			e.Message = "must be a time in RFC 3339, such as 2026-11-22T09:30:00Z"
		}
		_, domain := e.Value.(finding)
		if domain && (unread && e.Value == ofDomain || within(wrong, e.Location)) || seen[e.Location] {
			continue
		}
		seen[e.Location] = true
		if !domain {
			wrong[e.Location], unread = true, unread || slices.Contains(misread, e.Message)
		}
		all = append(all, problem.Mistake{Location: e.Location, Message: e.Message})
	}
	return all
}

// within reports whether a place, or what it is a part of, is one of these.
func within(places map[string]bool, place string) bool {
	for place != "" {
		if places[place] {
			return true
		}
		place = place[:max(strings.LastIndexAny(place, ".["), 0)]
	}
	return false
}

// mistakes are the findings of the domain in the form that huma collects.
func mistakes(at *huma.PathBuffer, err error) []error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	all := make([]error, 0, len(f.Fields))
	for _, x := range f.Fields { // PathBuffer.With loses its place after an index
		all = append(all, &huma.ErrorDetail{Location: at.String() + "." + x.Path, Message: x.Msg, Value: ofDomain})
	}
	return all
}

// inQuery says of the fields of a fault that they were in the query.
func inQuery(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	p := problem.Of(err)
	p.Errors = nil
	for _, x := range f.Fields {
		p.Errors = append(p.Errors, problem.Mistake{Location: "query." + x.Path, Message: x.Msg})
	}
	return p
}
