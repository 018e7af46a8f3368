package teams

import (
	"slices"
	"time"
)

// Watch reports changes of what Users shows: changes has a value when something
// changed since the last one was taken. Call stop in the end.
func (d *Directory) Watch() (changes <-chan struct{}, stop func()) { return d.watches.Watch() }

// changed tells who watches; with Directory.mu held.
func (d *Directory) changed() {
	if d.PresenceLag > 0 {
		d.notePresences()
	}
	d.watches.Tell()
}

// noted is a presence from some moment on.
type noted struct {
	Presence
	since time.Time
}

// notePresences keeps what everybody's presence has been, as far back as it may
// be asked for.
func (d *Directory) notePresences() {
	now := d.clock.Now()
	for _, u := range d.users {
		p := u.presence()
		if n := len(u.past); n > 0 && u.past[n-1].Presence == p {
			continue
		}
		u.past = append(u.past, noted{p, now})
		for len(u.past) > 1 && !u.past[1].since.After(now.Add(-d.PresenceLag)) {
			u.past = u.past[1:]
		}
	}
}

// seen is the presence that others see: with PresenceLag an older one, down to
// the first.
func (d *Directory) seen(u *user) Presence {
	if d.PresenceLag == 0 || len(u.past) == 0 {
		return u.presence()
	}
	then := d.clock.Now().Add(-d.PresenceLag)
	for _, p := range slices.Backward(u.past) {
		if !p.since.After(then) {
			return p.Presence
		}
	}
	return u.past[0].Presence
}
