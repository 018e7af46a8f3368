package bridge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tandem/internal/fault"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// Attendance is how some agents stood at a moment.
type Attendance struct {
	At      time.Time
	Agents  []roster.Verdict // as they are listed
	Trouble string           // what is wrong with what is known of them; "": nothing
}

const (
	// watchEvery is how often those who are watched are looked at.
	watchEvery = 2 * time.Second
	// maxWatches bounds how many choices of agents are watched at once. Who watches
	// the same shares one.
	maxWatches = 100
)

// Attendance tells how those who are looked at stand, whoever would ask for them.
func (b *Bridge) Attendance(ctx context.Context, t tenant.ID, w Wanted) (Attendance, error) {
	w.Everybody = true
	choice, err := b.registry.Choice(ctx, t, w)
	if err != nil {
		return Attendance{}, err
	}
	a := Attendance{Trouble: b.lookAt(ctx, t, &choice), At: b.world.Now()}
	for _, c := range choice.Agents {
		a.Agents = append(a.Agents, roster.Judge(c, a.At))
	}
	return a, nil
}

// watch is some agents who are looked at again and again, for all who watch them.
type watch struct {
	watchers []chan Attendance // of one place each, which holds the newest
	stop     context.CancelFunc
}

// Watch tells how those wanted stand, at first and then every few seconds, until
// ctx ends; who does not keep up gets the newest. The channel is closed when the
// process stops. fault.Exhausted if too many are watched.
func (b *Bridge) Watch(ctx context.Context, t tenant.ID, wanted Wanted) (<-chan Attendance, error) {
	first, err := b.Attendance(ctx, t, wanted)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprint(t, wanted)
	mine := make(chan Attendance, 1)
	mine <- first
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watches == nil || b.ctx.Err() != nil {
		close(mine)
		return mine, nil
	}
	w, known := b.watches[key]
	if !known {
		if len(b.watches) >= maxWatches {
			return nil, fault.Exhausted("watches_exhausted", "too many choices of agents are watched already: watch a queue or a group instead of single agents")
		}
		w = &watch{}
		var looking context.Context
		looking, w.stop = context.WithCancel(b.ctx)
		b.watches[key] = w
		b.world.Go(func() { b.look(looking, t, wanted, w) })
	}
	w.watchers = append(w.watchers, mine)
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		i := slices.Index(w.watchers, mine)
		if i < 0 {
			return
		}
		w.watchers = slices.Delete(w.watchers, i, i+1)
		if len(w.watchers) == 0 {
			w.stop()
			delete(b.watches, key)
		}
	})
	return mine, nil
}

// look looks at those of a watch until nobody watches any more. What cannot be read
// now is read the next time.
func (b *Bridge) look(ctx context.Context, t tenant.ID, wanted Wanted, w *watch) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		a, err := b.Attendance(ctx, t, wanted)
		if err != nil {
			continue
		}
		b.mu.Lock()
		for _, c := range w.watchers {
			select { // the newest takes the place of one that was not taken
			case <-c:
			default:
			}
			c <- a
		}
		b.mu.Unlock()
	}
}

// StopWatching ends all watches, for good.
func (b *Bridge) StopWatching() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.watches {
		w.stop()
		for _, c := range w.watchers {
			close(c)
		}
		w.watchers = nil
	}
	b.watches = nil
}
