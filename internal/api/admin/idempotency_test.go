package admin_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"tandem/internal/api/admin"
	"tandem/internal/fault"
)

type idempotency struct {
	mu      sync.Mutex
	claims  map[string]admin.Once
	answers map[string]admin.Answer
	err     error
}

func name(o admin.Once) string { return string(o.Key) + "/" + o.Name }

func (s *idempotency) Begin(_ context.Context, o admin.Once) (*admin.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if before, there := s.claims[name(o)]; there {
		if !bytes.Equal(before.Fingerprint, o.Fingerprint) {
			return nil, fault.Conflict("idempotency_reused", "the Idempotency-Key was used for another request")
		}
		if a, done := s.answers[name(o)]; done {
			return &a, nil
		}
		return nil, fault.Conflict("idempotency_running", "the request is being done")
	}
	s.claims[name(o)] = o
	return nil, nil
}
func (s *idempotency) Finish(_ context.Context, o admin.Once, a admin.Answer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[name(o)] = a
	return nil
}
func (s *idempotency) Abandon(_ context.Context, o admin.Once) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.claims, name(o))
	return nil
}

const newAgent = `{"tenant":"` + contoso + `","oid":"d7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02","name":"Clara Barbosa"}`

func TestOnce(t *testing.T) {
	w := newWorld(t)
	first := w.do(t, owner, "POST", "/v1/agents", newAgent, "Idempotency-Key", "a").want(http.StatusCreated)
	if first.Header().Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says it is a repetition")
	}
	again := w.do(t, owner, "POST", "/v1/agents", newAgent, "Idempotency-Key", "a").want(http.StatusCreated)
	if again.Header().Get("Idempotency-Replayed") != "true" || again.Body.String() != first.Body.String() ||
		again.Header().Get("Location") != first.Header().Get("Location") || again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
		t.Errorf("first %v %s\nagain %v %s", first.Header(), first.Body, again.Header(), again.Body)
	}
	if n := len(w.agents.things); n != 3 {
		t.Errorf("%d agents", n)
	}

	other := strings.Replace(newAgent, "Clara", "Carla", 1)
	w.do(t, owner, "POST", "/v1/agents", other, "Idempotency-Key", "a").problem(http.StatusConflict, "idempotency_reused")
	w.do(t, owner, "POST", "/v1/tenants", newAgent, "Idempotency-Key", "a").problem(http.StatusConflict, "idempotency_reused")
	w.do(t, contosoKey, "POST", "/v1/agents", other, "Idempotency-Key", "a").want(http.StatusCreated) // another key's names are its own
	w.do(t, owner, "POST", "/v1/agents", newAgent).want(http.StatusCreated)                           // without a name nothing is remembered
}

func TestOnceWithoutBody(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if a := w.do(t, owner, "POST", "/v1/calls/"+string(contosoCall)+"/hangup", "", "Idempotency-Key", "h").want(http.StatusAccepted); a.Body.Len() > 0 {
			t.Errorf("202 with %s", a.Body)
		}
	}
	if len(w.commands) != 1 {
		t.Errorf("hung up %d times", len(w.commands))
	}
}

// TestFailureGivesTheNameFree: what was refused did nothing and may be tried again.
func TestFailureGivesTheNameFree(t *testing.T) {
	w := newWorld(t)
	body := `{"tenant":"` + contoso + `"}`
	w.do(t, owner, "POST", "/v1/calls", `{"tenant":1}`, "Idempotency-Key", "c").want(http.StatusUnprocessableEntity)
	w.reqFunc = func(context.Context) error { return fault.Unavailable("database_away", "try again") }
	w.do(t, owner, "POST", "/v1/calls", body, "Idempotency-Key", "c").problem(http.StatusServiceUnavailable, "database_away")
	w.reqFunc = nil
	w.do(t, owner, "POST", "/v1/calls", body, "Idempotency-Key", "c").want(http.StatusCreated)
	w.do(t, owner, "POST", "/v1/calls", body, "Idempotency-Key", "c").want(http.StatusCreated)
	if len(w.plans) != 1 {
		t.Errorf("%d calls", len(w.plans))
	}
}

// TestSecretIsNotReplayed: a key is told once, and not kept for a repetition.
func TestSecretIsNotReplayed(t *testing.T) {
	w := newWorld(t)
	body := `{"name":"x","scopes":["calls.read"]}`
	a := w.do(t, owner, "POST", "/v1/keys", body, "Idempotency-Key", "k").want(http.StatusCreated)
	again := w.do(t, owner, "POST", "/v1/keys", body, "Idempotency-Key", "k")
	again.problem(http.StatusConflict, "shown_once")
	if again.Header().Get("Location") != a.Header().Get("Location") {
		t.Error("the repetition does not say where the key is")
	}
	for _, kept := range w.answers {
		if kept.Body != nil {
			t.Errorf("kept: %s", kept.Body)
		}
	}
}

func TestOneAtATime(t *testing.T) {
	w := newWorld(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	w.reqFunc = func(context.Context) error {
		close(inside)
		<-leave
		return nil
	}
	body := `{"tenant":"` + contoso + `"}`
	done := make(chan answer)
	go func() { done <- w.do(t, owner, "POST", "/v1/calls", body, "Idempotency-Key", "c") }()
	<-inside
	w.do(t, owner, "POST", "/v1/calls", body, "Idempotency-Key", "c").problem(http.StatusConflict, "idempotency_running")
	close(leave)
	(<-done).want(http.StatusCreated)
}

func TestBadIdempotencyKeys(t *testing.T) {
	w := newWorld(t)
	for _, key := range []string{strings.Repeat("x", 256), "a\tb", "ä"} {
		w.do(t, owner, "POST", "/v1/agents", newAgent, "Idempotency-Key", key).problem(http.StatusUnprocessableEntity, "idempotency_key_invalid")
	}
	big := `{"name":"` + strings.Repeat("x", 256<<10) + `"}`
	w.do(t, owner, "POST", "/v1/agents", big, "Idempotency-Key", "a").problem(http.StatusRequestEntityTooLarge, "body_too_large")
	w.idempotency.err = fault.Unavailable("database_away", "try again")
	w.do(t, owner, "POST", "/v1/agents", newAgent, "Idempotency-Key", "a").problem(http.StatusServiceUnavailable, "database_away")
	w.do(t, "", "POST", "/v1/agents", newAgent, "Idempotency-Key", "a").problem(http.StatusUnauthorized, "key_missing")
	if len(w.agents.things) != 2 {
		t.Error("something was done")
	}
}
