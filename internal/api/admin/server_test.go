package admin_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// clocked notes until when a body may arrive.
type clocked struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

func (c *clocked) SetReadDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	return nil
}

// TestWorkIsNotHurried: a body has to arrive in time, but what is done with it may
// take its time. A deadline that is left behind ends the request's context.
func TestWorkIsNotHurried(t *testing.T) {
	w := newWorld(t)
	for name, header := range map[string][2]string{
		"json": {"Content-Type", "application/json"}, "once": {"Idempotency-Key", "x"}, "csv": {"Content-Type", "text/csv"},
	} {
		body := `{"items":[{"name":"` + name + `","home_region":"eu"}]}`
		if name == "csv" {
			body = "name,home_region\n" + name + ",eu\n"
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/invitations", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+owner)
		r.Header.Set(header[0], header[1])
		c := &clocked{ResponseRecorder: httptest.NewRecorder()}
		w.handler.ServeHTTP(c, r)
		if c.Code != http.StatusOK || len(c.deadlines) < 2 || c.deadlines[0].IsZero() {
			t.Errorf("%s: %d %v %s", name, c.Code, c.deadlines, c.Body)
			continue
		}
		for _, d := range c.deadlines[1:] {
			if !d.IsZero() {
				t.Errorf("%s: %v", name, c.deadlines)
			}
		}
	}
}

// TestOverTheWire: the same over a real connection, which has deadlines and
// sends headers only once.
func TestOverTheWire(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	send := func(method, path, body string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "bearer "+owner)
		r.Header.Set("Idempotency-Key", "x")
		res, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return res, string(all)
	}
	for i := range 2 {
		res, body := send("POST", "/v1/agents", newAgent) // without a Content-Type it is JSON
		if res.StatusCode != http.StatusCreated || (res.Header.Get("Idempotency-Replayed") == "true") != (i == 1) || !json.Valid([]byte(body)) {
			t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
		}
	}
	if res, body := send("DELETE", "/v1/numbers/"+theirNumber, ""); res.StatusCode != http.StatusNoContent || body != "" {
		t.Errorf("%d %q", res.StatusCode, body)
	}
	if res, body := send("POST", "/v1/calls/"+string(contosoCall)+"/terminate", "ignored"); res.StatusCode != http.StatusConflict {
		t.Errorf("%d %q", res.StatusCode, body) // the name x is the agent's
	}
	if res, _ := send("PUT", "/v1/agents", ""); res.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(res.Header.Get("Allow"), "POST") {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}
