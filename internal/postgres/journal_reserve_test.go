package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// TestReserveWithTheStep: a step that keeps somebody whom another call has is not
// written at all; one that may have him keeps him as a question of its own would.
func TestReserveWithTheStep(t *testing.T) {
	r := newRig(t)
	l1, c1 := r.open(t, r.t1, life("n1", 1))
	l2, c2 := r.open(t, r.t1, life("n1", 1))
	agent := tenant.AgentID(uuid.NewString())
	keeping := func(c call.Call) bridge.Step {
		s := next(c, call.Doubted{})
		s.After.Seq, s.Reserve = c.Seq+1, &bridge.Reserving{Agent: agent}
		return s
	}
	c1 = r.commit(t, l1, keeping(c1))
	if err := r.Commit(t.Context(), l2, keeping(c2)); !errors.Is(err, bridge.ErrTaken) {
		t.Fatalf("kept by two calls: %v", err)
	}
	if got := r.written(t, c2.ID); got != "1" {
		t.Errorf("of the second call are written %s", got)
	}
	r.commit(t, l1, keeping(c1)) // again is true again
	if ok, err := r.Reserve(t.Context(), r.t1, agent, c2.ID, ""); ok || err != nil {
		t.Errorf("reserved: %v, %v", ok, err)
	}
}

// TestReserveForWhoKeepsHim: a reservation gives way to the call it was made for.
func TestReserveForWhoKeepsHim(t *testing.T) {
	c := newCrew(t, 1)
	kept, err := c.store.CreateReservation(t.Context(), c.t1, c.agents[0].ID, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	l, of := c.open(t, c.t1, life("n1", 1))
	s := next(of, call.Doubted{})
	s.After.Seq, s.Reserve = of.Seq+1, &bridge.Reserving{Agent: c.agents[0].ID}
	if err := c.Commit(t.Context(), l, s); !errors.Is(err, bridge.ErrTaken) {
		t.Fatalf("kept in spite of a reservation: %v", err)
	}
	s.Reserve.By = kept.ID
	c.commit(t, l, s)
}

// TestReserveInDoubt: of a step that may have been written nothing is left, and so
// not the agent it kept.
func TestReserveInDoubt(t *testing.T) {
	r, line := doubtfulRig(t)
	l, c := r.open(t, r.t1, life("n1", 1))
	s := next(c, call.Doubted{})
	s.After.Seq, s.Reserve = c.Seq+1, &bridge.Reserving{Agent: tenant.AgentID(uuid.NewString())}
	line.loseAnswerTo(string(c.ID))
	journalFault(t, r.Commit(t.Context(), l, s), fault.KindUnavailable, "database_away")
	if n := r.count(t, `SELECT count(*) FROM reservation`); n != 1 {
		t.Fatalf("%d are kept: the test does not do what it says", n)
	}
	s.Reserve = nil
	r.commit(t, l, s)
	if n := r.count(t, `SELECT count(*) FROM reservation`); n != 0 {
		t.Error("an agent is kept whom nobody rings")
	}
}

// TestKnownKeys: a key that changed counts for nothing, in this process as in others.
func TestKnownKeys(t *testing.T) {
	here := newRig(t)
	there := openStore(t, here.db.Admin)
	there.RememberKeysFor(time.Hour)
	k, err := there.CreateKey(t.Context(), provider.Key{Name: "a", Scopes: []provider.Scope{provider.Everything}, Hash: hash("known")})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() provider.Key {
		t.Helper()
		got, err := there.KeyByHash(t.Context(), k.Hash)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	here.exec(t, `UPDATE api_key SET name = 'b'`)
	if got := ask().Name; got != "b" {
		t.Errorf("remembered although nobody listens: %s", got)
	}
	watching, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { there.WatchKeys(watching, slog.New(slog.DiscardHandler)) })
	defer wg.Wait()
	defer stop()
	asking := func(what string, is func() bool) {
		t.Helper()
		for late := time.Now().Add(time.Minute); !is(); { // each time the database is asked something
			if time.Now().After(late) {
				t.Fatalf("waited in vain until %s", what)
			}
		}
	}
	n := 0
	asking("it is remembered", func() bool {
		n++
		before := ask().Name
		here.exec(t, `UPDATE api_key SET name = $1`, fmt.Sprint("c", n)) // of this nobody is told
		return ask().Name == before
	})
	if err := here.store.RevokeKey(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	asking("the word of another process", func() bool {
		here.count(t, `SELECT 1`)
		return !ask().RevokedAt.IsZero()
	})
}
