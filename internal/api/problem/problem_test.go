package problem

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"tandem/internal/fault"
)

func TestOf(t *testing.T) {
	own := New(http.StatusTeapot, "own", "x")
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
		header string // one that must be there
	}{
		"invalid":         {fault.Invalid("a", "x"), 422, "a", ""},
		"unauthenticated": {fault.Unauthenticated("a", "x"), 401, "a", "WWW-Authenticate"},
		"forbidden":       {fault.Forbidden("a", "x"), 403, "a", ""},
		"not found":       {fmt.Errorf("wrapped: %w", fault.NotFound("a", "x")), 404, "a", ""},
		"conflict":        {fault.Conflict("a", "x"), 409, "a", ""},
		"unavailable":     {fault.Unavailable("a", "x"), 503, "a", "Retry-After"},
		"too late":        {context.DeadlineExceeded, 503, "timeout", "Retry-After"},
		"ours":            {errors.New("password=secret"), 500, "internal", ""},
		"internal":        {fault.Internal("a", "secret"), 500, "internal", ""},
		"already one":     {fmt.Errorf("wrapped: %w", own), 418, "own", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			p := Of(c.err)
			p.Write(w)
			if w.Code != c.status || p.Code != c.code || p.Title != http.StatusText(c.status) || w.Header().Get("Content-Type") != Type {
				t.Errorf("%d %+v", w.Code, p)
			}
			if c.header != "" && w.Header().Get(c.header) == "" {
				t.Errorf("no %s", c.header)
			}
			if p.Code == "internal" && p.Detail != Of(errors.New("")).Detail {
				t.Errorf("tells %q", p.Detail)
			}
		})
	}
}

func TestFieldsArePlaces(t *testing.T) {
	f := fault.Invalid("a", "x")
	f.Fields = []fault.Field{{Path: "agents[2]", Msg: "m"}, {Msg: "n"}}
	if got := Of(f).Errors; len(got) != 2 || got[0] != (Mistake{"body.agents[2]", "m"}) || got[1] != (Mistake{"body", "n"}) {
		t.Errorf("%+v", got)
	}
}
