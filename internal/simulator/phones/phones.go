// Package phones is the telephone network beyond Communication Services: phones
// that exist only in the simulator. A caller placed through /_sim is one, and so
// is every number that an application calls and for which its resource has no
// voice route to an SBC: the real service would reach it through a number
// bought from Microsoft.
//
// A phone takes calls by itself unless told otherwise, says what it is told to
// say, presses keys, and remembers what it heard.
package phones

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/watch"
)

// What a phone does when it is called.
const (
	Accept  = "accept"
	Decline = "decline"
	Busy    = "busy"
	Never   = "never"
	Manual  = "manual" // until Answer or Refuse
)

// ErrUnknown is returned for phones that are not known, or not in a call.
var ErrUnknown = errors.New("no such phone, or no call on it")

// Refused is the error of a phone that did not take a call.
type Refused struct{ Status, Q850 int }

func (r *Refused) Error() string { return fmt.Sprintf("the phone refused with %d", r.Status) }

// SIP returns the status and the cause of RFC 3326.
func (r *Refused) SIP() (status, q850 int) { return r.Status, r.Q850 }

var (
	declined = &Refused{603, 21}
	busy     = &Refused{486, 17}
)

// keptPhones bounds how many phones without a call are remembered.
const keptPhones = 256

// Book holds the phones. Use New.
type Book struct {
	clock *clock.Clock

	mu     sync.Mutex
	phones map[string]*phone
	order  []*phone

	watches watch.List
}

type phone struct {
	number    string
	behaviour Behaviour
	lines     []*Line
	latest    *Line   // the last that began, also after its end
	heard     []int16 // of the latest call, 16 kHz
	digits    string  // tones that the latest call sent
}

// Behaviour is what a phone does when it is called, and after how long.
type Behaviour struct {
	Do    string        `json:"do"`
	After time.Duration `json:"after"`
}

// New returns an empty book.
func New(c *clock.Clock) *Book { return &Book{clock: c, phones: make(map[string]*phone)} }

// Watch reports changes of what List shows: changes has a value when something
// changed since the last one was taken. Call stop in the end.
func (b *Book) Watch() (changes <-chan struct{}, stop func()) { return b.watches.Watch() }

// phone finds a phone or makes one; with the lock held.
func (b *Book) phone(number string) *phone {
	p := b.phones[number]
	if p == nil {
		if len(b.order) >= keptPhones {
			b.forget()
		}
		p = &phone{number: number, behaviour: Behaviour{Do: Accept}}
		b.phones[number] = p
		b.order = append(b.order, p)
	}
	return p
}

// forget drops the oldest phone that is idle.
func (b *Book) forget() {
	if i := slices.IndexFunc(b.order, func(p *phone) bool { return len(p.lines) == 0 }); i >= 0 {
		delete(b.phones, b.order[i].number)
		b.order = slices.Delete(b.order, i, i+1)
	}
}

// Set says what a phone does from now on.
func (b *Book) Set(number string, behaviour Behaviour) error {
	if !slices.Contains([]string{Accept, Decline, Busy, Never, Manual}, behaviour.Do) {
		return fmt.Errorf("no such behaviour of a phone: %q", behaviour.Do)
	}
	if behaviour.After < 0 || behaviour.After > 24*time.Hour {
		return errors.New("after: want 0 to 24 h")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.phone(number).behaviour = behaviour
	b.watches.Tell()
	return nil
}

// Reset forgets all phones that have no call, and what the others are told.
func (b *Book) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watches.Tell()
	for _, p := range slices.Clone(b.order) {
		p.behaviour, p.heard, p.digits = Behaviour{Do: Accept}, nil, ""
		if len(p.lines) == 0 {
			delete(b.phones, p.number)
			b.order = slices.DeleteFunc(b.order, func(o *phone) bool { return o == p })
		}
	}
}

// View is a phone as /_sim shows it.
type View struct {
	Number    string    `json:"number"`
	Behaviour string    `json:"behaviour"`
	After     float64   `json:"after_seconds,omitempty"`
	Calls     []Talking `json:"calls"`
	// Digits are the tones that its latest call sent to it.
	Digits string `json:"digits,omitempty"`
}

// Talking is a call of a phone.
type Talking struct {
	// State is ringing, calling or talking; refused for the moment that it takes.
	State string            `json:"state"`
	With  string            `json:"with"`
	Shown string            `json:"shown,omitempty"`
	Since time.Time         `json:"since"`
	Extra map[string]string `json:"headers,omitempty"`
}

// List returns the phones, the oldest first.
func (b *Book) List() []View {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]View, 0, len(b.order))
	for _, p := range b.order {
		list = append(list, p.view())
	}
	return list
}

// Phone returns one phone.
func (b *Book) Phone(number string) (View, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.phones[number]
	if p == nil {
		return View{}, ErrUnknown
	}
	return p.view(), nil
}

func (p *phone) view() View {
	v := View{Number: p.number, Behaviour: p.behaviour.Do, After: p.behaviour.After.Seconds(), Calls: []Talking{}, Digits: p.digits}
	for _, l := range p.lines {
		with := l.to
		if l.outbound {
			with = l.from
		}
		v.Calls = append(v.Calls, Talking{State: l.state, With: with, Shown: l.shown, Since: l.since, Extra: l.headers})
	}
	return v
}

// Place makes a phone call a number of a resource; the line rings there until
// the application answers.
func (b *Book) Place(from, to string, headers map[string]string) *Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.add(from, &Line{from: from, to: to, headers: headers, state: "calling"})
}

func (b *Book) add(number string, l *Line) *Line {
	p := b.phone(number)
	l.book, l.phone, l.since, l.ended, l.taken = b, p, time.Now(), make(chan struct{}), make(chan error, 1)
	p.lines = append(p.lines, l)
	p.latest, p.heard, p.digits = l, nil, ""
	b.watches.Tell()
	return l
}

// Call is a call to a phone.
type Call struct {
	From, To, DisplayName string
	Headers               map[string]string
}

// Dial calls a phone and returns when it answers. The error is a *Refused, or
// that of ctx.
func (b *Book) Dial(ctx context.Context, c Call) (*Line, error) {
	b.mu.Lock()
	l := b.add(c.To, &Line{from: c.From, to: c.To, shown: cmp.Or(c.DisplayName, c.From), headers: c.Headers, state: "ringing", outbound: true})
	do := l.phone.behaviour
	b.mu.Unlock()
	decide := func(err error) { l.decide(err) }
	switch do.Do {
	case Accept:
		defer b.clock.AfterFunc(do.After, func() { decide(nil) }).Stop()
	case Decline:
		defer b.clock.AfterFunc(do.After, func() { decide(declined) }).Stop()
	case Busy:
		defer b.clock.AfterFunc(do.After, func() { decide(busy) }).Stop()
	}
	select {
	case err := <-l.taken:
		if err != nil {
			l.end("sbc", err.(*Refused).Status) //nolint:errorlint,forcetypeassert // nothing else is sent
			return nil, err
		}
		return l, nil
	case <-l.ended:
		return nil, declined
	case <-ctx.Done():
		l.end("microsoft", 487)
		return nil, ctx.Err()
	}
}

// Answer takes the call that rings on a phone.
func (b *Book) Answer(number string) error { return b.settle(number, nil) }

// Refuse declines it.
func (b *Book) Refuse(number string) error { return b.settle(number, declined) }

func (b *Book) settle(number string, err error) error {
	l := b.line(number, func(l *Line) bool { return l.state == "ringing" })
	if l == nil || !l.decide(err) {
		return ErrUnknown
	}
	return nil
}

// HangUp ends the latest call of a phone.
func (b *Book) HangUp(number string) error {
	l := b.line(number, func(*Line) bool { return true })
	if l == nil {
		return ErrUnknown
	}
	l.end("sbc", 0)
	return nil
}

// Press presses keys in the latest call of a phone: 0-9 * # A-D.
func (b *Book) Press(number, digits string) error {
	for _, d := range []byte(digits) {
		if !isDigit(d) {
			return fmt.Errorf("%q is no key of a phone", d)
		}
	}
	l := b.line(number, func(l *Line) bool { return l.state == "talking" })
	if l == nil {
		return ErrUnknown
	}
	b.mu.Lock()
	press := l.onDigit
	b.mu.Unlock()
	for _, d := range []byte(digits) {
		if press != nil {
			press(d)
		}
	}
	return nil
}

func isDigit(d byte) bool {
	return d >= '0' && d <= '9' || d >= 'A' && d <= 'D' || d == '*' || d == '#'
}

// Heard returns what the phone heard in its latest call, 16 kHz, the last five
// minutes at most.
func (b *Book) Heard(number string) (audio.PCM, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.phones[number]
	if p == nil {
		return audio.PCM{}, ErrUnknown
	}
	return audio.PCM{Rate: mixer.WideRate, Samples: slices.Clone(p.heard)}, nil
}

// line finds the latest call of a phone that fits.
func (b *Book) line(number string, fits func(*Line) bool) *Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.phones[number]; p != nil {
		for _, l := range slices.Backward(p.lines) {
			if fits(l) {
				return l
			}
		}
	}
	return nil
}
