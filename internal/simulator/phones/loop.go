package phones

import (
	"context"
	"time"

	"tandem/internal/simulator/mixer"
)

// Loop is a call to a number of a resource's own, through the telephone network
// and back: two lines, one for the call that dialled and one that comes in
// there (facts/observed-events.md §1). What is said into one is heard from the
// other, keys and hanging up included. Dial returns the outer line when the
// inner one is answered.
func (b *Book) Loop(ctx context.Context, c Call, offer func(incoming *Line)) (*Line, error) {
	b.mu.Lock()
	out := b.loose(&Line{from: c.From, to: c.To, shown: c.DisplayName, headers: c.Headers, outbound: true, state: "ringing"})
	in := b.loose(&Line{from: c.From, to: c.To, headers: c.Headers, state: "calling"})
	out.twin, in.twin = in, out
	b.mu.Unlock()
	offer(in)
	select {
	case <-out.taken: //nolint:errcheck // the inner line only answers, it does not refuse
		return out, nil
	case <-in.ended:
		_, status, q850 := in.End()
		out.end("sbc", status)
		return nil, &Refused{status, q850}
	case <-ctx.Done():
		in.end("sbc", 487)
		out.end("microsoft", 487)
		return nil, ctx.Err()
	}
}

// loose makes a line without a phone.
func (b *Book) loose(l *Line) *Line {
	l.book, l.phone, l.since = b, &phone{number: l.to}, time.Now()
	l.ended, l.taken = make(chan struct{}), make(chan error, 1)
	return l
}

// across hands what this line hears to its twin; with the lock held.
func (l *Line) across(frame []int16) {
	if t := l.twin; t != nil && !t.over && t.port != nil && len(t.say) < maxLag {
		t.say = append(t.say, frame...)
	}
}

// maxLag bounds what waits between twins, in samples: 200 ms.
const maxLag = mixer.WideRate / 5
