package postgres_test

import (
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
)

func TestIdempotency(t *testing.T) {
	s, db := open(t)
	ctx := t.Context()
	keys := make([]provider.KeyID, 2)
	for i, hash := range [][]byte{secret.Hash("a"), secret.Hash("b")} {
		k, err := s.CreateKey(ctx, provider.Key{Name: "k", Scopes: []provider.Scope{provider.Everything}, Hash: hash})
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = k.ID
	}
	claim := func(i int, print string) (*postgres.Remembered, error) {
		return s.ClaimRequest(ctx, keys[i], "name", []byte(print))
	}
	if got, err := claim(0, "p"); got != nil || err != nil {
		t.Fatalf("the first: %v, %v", got, err)
	}
	if got, err := claim(1, "q"); got != nil || err != nil {
		t.Errorf("another key's: %v, %v", got, err)
	}
	_, err := claim(0, "p")
	wantCode(t, "while it runs", err, "idempotency_running")
	_, err = claim(0, "other")
	wantCode(t, "another request", err, "idempotency_reused")
	if err := s.AbandonRequest(ctx, keys[0], "name"); err != nil {
		t.Error(err)
	}
	if got, err := claim(0, "p"); got != nil || err != nil {
		t.Errorf("after it was abandoned: %v, %v", got, err)
	}
	admin := connect(t, db.Admin)
	if _, err := admin.Exec(ctx, `UPDATE idempotency SET claimed_at = now() - interval '61 s'`); err != nil {
		t.Fatal(err)
	}
	if got, err := claim(0, "p"); got != nil || err != nil {
		t.Errorf("after its process died: %v, %v", got, err)
	}
	if err := s.FinishRequest(ctx, keys[0], "name", postgres.Remembered{Status: 201, Location: "/v1/x", Body: []byte("sealed")}); err != nil {
		t.Error(err)
	}
	if err := s.AbandonRequest(ctx, keys[0], "name"); err != nil { // too late
		t.Error(err)
	}
	if got, err := claim(0, "p"); err != nil || got == nil || got.Status != 201 || got.Location != "/v1/x" || string(got.Body) != "sealed" {
		t.Errorf("when it was done: %+v, %v", got, err)
	}
	// A person who signed in has no key; his object id is in its place.
	if got, err := s.ClaimRequest(ctx, nobody, "name", []byte("p")); got != nil || err != nil {
		t.Errorf("a person's: %v, %v", got, err)
	}
	if err := s.Engine().Sweep(ctx, time.Now().Add(49*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, err := claim(0, "other"); got != nil || err != nil {
		t.Errorf("after two days: %v, %v", got, err)
	}
}

// TestClaimRace: of many who ask at once, one does the work.
func TestClaimRace(t *testing.T) {
	s, _ := open(t)
	k, err := s.CreateKey(t.Context(), provider.Key{Name: "k", Scopes: []provider.Scope{provider.Everything}, Hash: secret.Hash("a")})
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 20)
	for range cap(results) {
		go func() {
			_, err := s.ClaimRequest(t.Context(), k.ID, "name", []byte("p"))
			results <- err
		}()
	}
	won := 0
	for range cap(results) {
		if err := <-results; err == nil {
			won++
		} else if fault.CodeOf(err) != "idempotency_running" {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d do the work", won)
	}
}
