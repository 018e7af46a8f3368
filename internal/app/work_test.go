package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestLane: what is due is begun, so much at once, each once, and what comes
// later when it is told of, or at the next tick.
func TestLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var waiting, begun []string
		goOn := map[string]chan struct{}{}
		add := func(names ...string) {
			mu.Lock()
			defer mu.Unlock()
			waiting = append(waiting, names...)
			for _, n := range names {
				goOn[n] = make(chan struct{})
			}
		}
		woken := make(chan struct{}, 1)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			run(ctx, lane[string]{
				what: "test", atOnce: 2, woken: woken, log: slog.New(slog.DiscardHandler),
				due: func(_ context.Context, limit int) ([]string, error) {
					mu.Lock()
					defer mu.Unlock()
					return slices.Clone(waiting[:min(limit, len(waiting))]), nil // whoever runs is found until he is done
				},
				do: func(ctx context.Context, name string) error {
					mu.Lock()
					begun = append(begun, name)
					done := goOn[name]
					mu.Unlock()
					select {
					case <-done:
					case <-ctx.Done():
					}
					mu.Lock()
					defer mu.Unlock()
					waiting = slices.DeleteFunc(waiting, func(n string) bool { return n == name })
					return errors.New("it fails")
				},
			})
		}()
		expect := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if slices.Sort(begun); !slices.Equal(begun, want) {
				t.Errorf("%s: begun are %v, want %v", when, begun, want)
			}
		}
		expect("nothing is due")
		add("a", "b", "c")
		expect("nobody looks")
		time.Sleep(dueEvery) //nolint:forbidigo // time of the bubble
		expect("at the tick", "a", "b")
		close(goOn["a"])
		expect("one is done", "a", "b", "c")
		time.Sleep(5 * dueEvery) //nolint:forbidigo // time of the bubble
		expect("while they run", "a", "b", "c")
		close(goOn["b"])
		close(goOn["c"])
		synctest.Wait()
		add("d")
		at := time.Now()
		tell(woken, at.Add(soon/2))
		tell(woken, at.Add(dueEvery/2))
		tell(woken, time.Time{})
		synctest.Wait()
		expect("before it is due", "a", "b", "c")
		time.Sleep(dueEvery / 2) //nolint:forbidigo // time of the bubble
		expect("at its moment", "a", "b", "c", "d")
		cancel()
		<-ended
	})
}
