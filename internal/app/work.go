package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
)

const (
	dueEvery     = time.Second     // between looks for what has become due, unless somebody tells
	workWithin   = 4 * time.Minute // less than the lease of what was taken
	proofsAtOnce = 64              // each waits for a person, most of the time
)

// work does what onboarding has to do by itself. Proofs have places of their own,
// because people wait for them while looks come by the thousand.
func (a *App) work(ctx context.Context) {
	var lanes sync.WaitGroup
	lanes.Go(func() {
		run(ctx, lane[onboarding.LookRef]{
			what: "look", atOnce: a.cfg.Rechecks.AtOnce, woken: a.due.looks, due: a.onboarding.DueLooks, log: a.log,
			do: func(ctx context.Context, l onboarding.LookRef) error {
				_, err := a.onboarding.RunLook(ctx, l)
				return err
			},
		})
	})
	lanes.Go(func() {
		run(ctx, lane[onboarding.ProofRef]{
			what: "proof", atOnce: proofsAtOnce, woken: a.due.proofs, due: a.onboarding.DueProofs, log: a.log,
			do: func(ctx context.Context, p onboarding.ProofRef) error {
				_, err := a.onboarding.RunProof(ctx, p)
				return err
			},
		})
	})
	lanes.Wait()
}

// lane is work of one kind, of which so much is done at once.
type lane[T comparable] struct {
	what   string
	atOnce int
	woken  <-chan struct{}
	due    func(ctx context.Context, limit int) ([]T, error)
	do     func(ctx context.Context, one T) error
	log    *slog.Logger
}

// run does what is due until ctx ends. It is taken by a lease in the database, so
// every process may find the same: who comes second leaves it alone.
func run[T comparable](ctx context.Context, l lane[T]) {
	var running sync.WaitGroup
	defer running.Wait()
	tick := time.NewTicker(dueEvery)
	defer tick.Stop()
	busy, done := map[T]bool{}, make(chan T, l.atOnce)
	var found []T
	look := true // whether there may be something that was not found yet
	for {
		if look && len(found) == 0 && len(busy) < l.atOnce {
			var err error
			if found, err = l.due(ctx, l.atOnce); err != nil && ctx.Err() == nil {
				l.log.Warn("onboarding does not know what is to be done", "kind", l.what, "error", err)
			}
			look = len(found) == l.atOnce
		}
		for len(found) > 0 && len(busy) < l.atOnce {
			one := found[0]
			if found = found[1:]; busy[one] { // it is not marked as taken yet
				continue
			}
			busy[one] = true
			running.Go(func() {
				defer func() { done <- one }()
				ctx, cancel := context.WithTimeout(ctx, workWithin)
				defer cancel()
				if err := l.do(ctx, one); err != nil && ctx.Err() == nil {
					l.log.Warn("onboarding", "doing", l.what, "which", one, "error", err)
				}
			})
		}
		select {
		case one := <-done:
			delete(busy, one)
		case <-l.woken:
			look = true
		case <-tick.C:
			found, look = nil, true // others may have done it meanwhile
		case <-ctx.Done():
			return
		}
	}
}

// due tells the lanes of this process, at its moment, of what is to be done soon:
// people wait for it. Those of other processes find it within dueEvery.
type due struct{ looks, proofs chan struct{} }

func newDue() due { return due{make(chan struct{}, 1), make(chan struct{}, 1)} }

// soon is how far ahead a moment is kept here; later ones are found.
const soon = 10 * time.Second

func tell(lane chan<- struct{}, at time.Time) {
	in := time.Until(at)
	if at.IsZero() || in > soon {
		return
	}
	time.AfterFunc(in, func() {
		select {
		case lane <- struct{}{}:
		default: // it has been told already
		}
	})
}

// prompt is the store as onboarding uses it: what becomes due is begun at once.
type prompt struct {
	*postgres.Store
	due due
}

// StartProof implements onboarding.Store.
func (p prompt) StartProof(ctx context.Context, one tenant.Proof) (tenant.Proof, error) {
	one, err := p.Store.StartProof(ctx, one)
	tell(p.due.proofs, one.NextAt)
	return one, err
}

// ChangeProof implements onboarding.Store.
func (p prompt) ChangeProof(
	ctx context.Context, ref onboarding.ProofRef, change func(tenant.Proof) (tenant.Proof, error),
) (tenant.Proof, error) {
	one, err := p.Store.ChangeProof(ctx, ref, change)
	tell(p.due.proofs, one.NextAt)
	return one, err
}

// ChangeLook implements onboarding.Store.
func (p prompt) ChangeLook(
	ctx context.Context, ref onboarding.LookRef, change func(onboarding.Look) (onboarding.Look, error),
) (onboarding.Look, error) {
	one, err := p.Store.ChangeLook(ctx, ref, change)
	tell(p.due.looks, one.DueAt)
	return one, err
}
