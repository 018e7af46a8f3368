package admin_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
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
	if w.failure == nil { // which may be one that nothing else makes
		documented(t, r, rec.Code)
	}
	return answer{rec, t}
}

// statuses are those that the exported description tells of an operation.
type statuses []string

func (statuses) ServeHTTP(http.ResponseWriter, *http.Request) {}

// description finds the statuses of what is asked.
var description = sync.OnceValues(func() (*http.ServeMux, error) {
	file, err := os.ReadFile("../openapi.json")
	if err != nil {
		return nil, err
	}
	var doc struct {
		Paths map[string]map[string]struct{ Responses map[string]any }
	}
	err = json.Unmarshal(file, &doc)
	mux := http.NewServeMux()
	for path, methods := range doc.Paths {
		for method, op := range methods {
			mux.Handle(strings.ToUpper(method)+" "+path, statuses(slices.Collect(maps.Keys(op.Responses))))
		}
	}
	return mux, err
})

// documented holds each answer that a test gets against the description: clients are made from it.
func documented(t testing.TB, r *http.Request, status int) {
	t.Helper()
	mux, err := description()
	if err != nil {
		t.Fatal(err)
	}
	h, of := mux.Handler(r)
	if told, known := h.(statuses); known && !slices.Contains(told, strconv.Itoa(status)) {
		t.Errorf("%s %s answers %d, which the description of %s does not tell", r.Method, r.URL.Path, status, of)
	}
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
