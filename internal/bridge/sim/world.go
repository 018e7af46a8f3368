package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"
)

// world is the virtual clock and everything that will happen.
type world struct {
	now   time.Time
	rng   *rand.Rand
	tasks tasks
	count int
	story []string
}

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func newWorld(seed uint64) *world {
	return &world{now: start, rng: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))}
}

// task is something that happens at a moment, in the name of a process (nil:
// the outside world, which cannot be killed).
type task struct {
	at  time.Time
	n   int // ties are broken by age
	who *process
	f   func()
}

type tasks []*task

func (t tasks) Len() int { return len(t) }
func (t tasks) Less(i, j int) bool {
	return t[i].at.Before(t[j].at) || t[i].at.Equal(t[j].at) && t[i].n < t[j].n
}
func (t tasks) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *tasks) Push(x any)   { *t = append(*t, x.(*task)) }
func (t *tasks) Pop() any {
	old := *t
	x := old[len(old)-1]
	*t = old[:len(old)-1]
	return x
}

// in schedules f; the returned function takes it back.
func (w *world) in(d time.Duration, who *process, f func()) (stop func()) {
	w.count++
	t := &task{at: w.now.Add(d), n: w.count, who: who, f: f}
	heap.Push(&w.tasks, t)
	return func() { t.f = nil }
}

// later schedules f after a random delay up to d.
func (w *world) later(d time.Duration, f func()) { w.in(w.upTo(d), nil, f) }

func (w *world) upTo(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(w.rng.Int64N(int64(d)))
}

// chance is true once in n times.
func (w *world) chance(n int) bool { return n > 0 && w.rng.IntN(n) == 0 }

func (w *world) tell(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf("%9.3fs  ", w.now.Sub(start).Seconds())+fmt.Sprintf(format, args...))
}

// killed unwinds the task in which its process dies.
type killed struct{ who *process }

// run performs tasks until none is left or the horizon is reached; check runs
// after each. Only periodic tasks may be left at the horizon.
func (w *world) run(horizon time.Duration, check func() error) error {
	for len(w.tasks) > 0 {
		t := heap.Pop(&w.tasks).(*task)
		if t.f == nil || t.who != nil && t.who.dead {
			continue
		}
		if t.at.Sub(start) > horizon {
			return nil
		}
		w.now = t.at
		w.perform(t)
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) perform(t *task) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case killed:
			w.tell("%s: kill -9", r.who.life)
			r.who.die()
		default:
			panic(r)
		}
	}()
	t.f()
}
