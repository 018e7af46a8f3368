package guard

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
)

// Load tells when there is more to do than can be done in time. New calls are refused then,
// with 503, before anything is done for them; what there is goes on.
type Load struct {
	maxPending int64
	maxLag     time.Duration

	pending atomic.Int64 // offers at the engine
	late    atomic.Bool  // timers come late
	before  bool         // the last one did; only Watch knows
}

// NewLoad refuses calls while so many offers wait, or timers come so late twice in a row;
// below 0 how late they come is not watched.
func NewLoad(maxPending int, maxLag time.Duration) *Load {
	return &Load{maxPending: int64(maxPending), maxLag: maxLag}
}

// Begin counts an offer until the end is called.
func (l *Load) Begin() (end func()) {
	l.pending.Add(1)
	return func() { l.pending.Add(-1) }
}

// Refuses is the answer to a new call; nil: it may come.
func (l *Load) Refuses() *Refusal {
	if l.pending.Load() < l.maxPending && !l.late.Load() {
		return nil
	}
	return Later(CauseOverload, 1+rand.IntN(10), "overload") // not all at once again
}

// lagEvery is the time between looks at how late timers are.
const lagEvery = 250 * time.Millisecond

// Watch looks how late a timer comes, which shows that the processor, or the scheduler, does
// not keep up.
func (l *Load) Watch(ctx context.Context, log *slog.Logger) {
	if l.maxLag < 0 {
		return
	}
	timer := time.NewTimer(lagEvery)
	defer timer.Stop()
	for due := time.Now().Add(lagEvery); ; due = time.Now().Add(lagEvery) {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if lag := time.Since(due); l.Lagged(lag) {
			log.Warn("overload", "refusing", l.late.Load(), "lag", lag)
		}
		timer.Reset(lagEvery)
	}
}

// Lagged takes one lag, and reports whether calls are refused from now on or taken again.
// Twice in a row counts: a single stall is over when it is seen.
func (l *Load) Lagged(lag time.Duration) (changed bool) {
	is := lag > l.maxLag
	late := is && l.before
	l.before = is
	return l.late.Swap(late) != late
}

// Later is a refusal for now: another node, or the same one in seconds, may take the call.
func Later(cause Cause, seconds int, why string) *Refusal {
	return &Refusal{Status: sipmsg.StatusServiceUnavailable, Reason: dialog.Phrase(sipmsg.StatusServiceUnavailable), Cause: cause, Headers: []sipmsg.Header{
		sipmsg.NewHeader("Retry-After", strconv.Itoa(seconds)), dialog.Reason{Q850: 42, Text: why}.Header(),
	}}
}
