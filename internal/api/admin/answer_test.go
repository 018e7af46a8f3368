package admin_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"tandem/internal/api/problem"
)

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// do sends a request; headers come in pairs.
func (w *world) do(t testing.TB, key, method, path, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answer{rec, t}
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("got %d, want %d: %s", a.Code, status, a.Body)
	}
	return a
}

func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.Body.Bytes(), v); err != nil {
		a.t.Fatalf("%v: %s", err, a.Body)
	}
}

func (a answer) problem(status int, code string) problem.Problem {
	a.t.Helper()
	a.want(status)
	if ct := a.Header().Get("Content-Type"); ct != "application/problem+json" {
		a.t.Errorf("a problem is %s", ct)
	}
	var p problem.Problem
	a.into(&p)
	if p.Code != code || p.Status != status || p.RequestID == "" || p.RequestID != a.Header().Get("X-Request-Id") {
		a.t.Errorf("got %s, want code %s", a.Body, code)
	}
	return p
}
