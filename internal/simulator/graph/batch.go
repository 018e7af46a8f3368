package graph

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxBatch is how many requests one batch may have (§2.6).
const maxBatch = 20

// part is one request of a batch.
type part struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

type partAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// batch answers several requests in any order. A request that depends on one that
// failed, or was not done for that reason itself, is a 424.
func (s *Service) batch(r *request) (any, error) {
	var req struct {
		Requests []part `json:"requests"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 4<<20)).Decode(&req); err != nil {
		return nil, refused("Invalid batch payload format.")
	}
	if err := checkBatch(req.Requests); err != nil {
		return nil, err
	}
	done := map[string]int{}
	answers := make([]partAnswer, 0, len(req.Requests))
	for _, p := range req.Requests {
		var a partAnswer
		if slices.ContainsFunc(p.DependsOn, func(id string) bool { return done[id] >= http.StatusBadRequest }) {
			a = partAnswer{Status: http.StatusFailedDependency, Body: json.RawMessage(`{"error":{"code":"FailedDependency","message":"A request that this one depends on failed."}}`)}
		} else {
			a = s.part(r, p)
		}
		a.ID = p.ID
		done[p.ID] = a.Status
		answers = append(answers, a)
	}
	rand.Shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
	return map[string]any{"responses": answers}, nil
}

func checkBatch(list []part) error {
	if len(list) == 0 || len(list) > maxBatch {
		return refused("The number of batch requests must be between 1 and 20.")
	}
	seen := map[string]bool{}
	for _, p := range list {
		u, err := url.Parse(p.URL)
		switch {
		case p.ID == "" || seen[p.ID]:
			return refused("Each batch request needs an id of its own.")
		case err != nil || p.URL == "" || u.IsAbs() || u.Host != "":
			return refused("The url of a batch request must be relative to the version.")
		case !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, strings.ToUpper(p.Method)):
			return refused("Invalid batch request method.")
		case len(p.Body) > 0 && !hasJSON(p.Headers):
			return refused("A batch request with a body needs a Content-Type header.")
		}
		for _, id := range p.DependsOn {
			if !seen[id] { // of those before it
				return refused("Invalid dependsOn of a batch request: " + id + ".")
			}
		}
		seen[p.ID] = true
	}
	return nil
}

func hasJSON(headers map[string]string) bool {
	for name, value := range headers {
		if strings.EqualFold(name, "Content-Type") && strings.HasPrefix(strings.ToLower(value), "application/json") {
			return true
		}
	}
	return false
}

// part does one request with the token of the whole.
func (s *Service) part(outer *request, p part) partAnswer {
	path := "/" + strings.TrimPrefix(p.URL, "/")
	if strings.HasPrefix(strings.ToLower(path), "/$batch") {
		return partAnswer{Status: http.StatusBadRequest, Body: json.RawMessage(`{"error":{"code":"BadRequest","message":"A batch cannot hold a batch."}}`)}
	}
	r, err := http.NewRequestWithContext(outer.Context(), strings.ToUpper(p.Method), base+path, bytes.NewReader(p.Body))
	if err != nil {
		return partAnswer{Status: http.StatusBadRequest, Body: json.RawMessage(`{"error":{"code":"BadRequest","message":"Invalid batch request."}}`)}
	}
	for name, value := range p.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", outer.Header.Get("Authorization"))
	w := &kept{header: http.Header{}, status: http.StatusOK}
	s.ServeHTTP(w, r)
	a := partAnswer{Status: w.status, Headers: map[string]string{}, Body: w.body.Bytes()}
	for name := range w.header {
		a.Headers[name] = w.header.Get(name)
	}
	a.Headers["Content-Type"] = "application/json"
	return a
}

// kept is an answer that is put into another one.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header { return k.header }

func (k *kept) WriteHeader(status int) { k.status = status }

func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }
