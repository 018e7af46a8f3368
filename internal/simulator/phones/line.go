package phones

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

// maxHeard bounds what a phone remembers and what waits to be said, in samples:
// five minutes.
const maxHeard = 5 * 60 * mixer.WideRate

// Line is a phone's end of one call; to package acs it is what a SIP leg is.
type Line struct {
	book     *Book
	phone    *phone
	from, to string
	shown    string
	headers  map[string]string
	outbound bool // the application called the phone
	since    time.Time
	twin     *Line // of a call that comes back to its own resource
	ended    chan struct{}
	taken    chan error // the phone's decision

	// Guarded by Book.mu.
	state   string
	over    bool
	by      string
	status  int
	q850    int // of Reject; 0 otherwise
	port    *mixer.Port
	say     []int16
	place   int64 // ticks of conferences so far
	onDigit func(byte)
}

// decide takes or refuses a ringing call, once.
func (l *Line) decide(err error) bool {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	if l.over || l.state != "ringing" {
		return false
	}
	l.state = "talking"
	if err != nil {
		l.state = "refused"
	}
	l.taken <- err
	l.book.watches.Tell()
	return true
}

// end ends the line, and the one that it leads to.
func (l *Line) end(by string, status int) {
	if l.close(by, status) && l.twin != nil {
		l.twin.close("sbc", 0)
	}
}

// close ends the line, once.
func (l *Line) close(by string, status int) bool {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	if l.over {
		return false
	}
	l.over, l.by, l.status = true, by, status
	if l.port != nil {
		l.port.Leave()
	}
	l.phone.lines = slices.DeleteFunc(l.phone.lines, func(o *Line) bool { return o == l })
	close(l.ended)
	l.book.watches.Tell()
	return true
}

// From is the calling number.
func (l *Line) From() string { return l.from }

// To is the called number.
func (l *Line) To() string { return l.to }

// CallID is empty: there is no SIP.
func (l *Line) CallID() string { return "" }

// TrunkFQDN is empty.
func (l *Line) TrunkFQDN() string { return "" }

// CustomHeaders are the headers that the caller was placed with.
func (l *Line) CustomHeaders() map[string]string { return l.headers }

// Outbound says that the application called the phone.
func (l *Line) Outbound() bool { return l.outbound }

// Answer connects a placed call.
func (l *Line) Answer(context.Context) error {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	if l.over {
		return context.Canceled
	}
	l.state = "talking"
	l.book.watches.Tell()
	if t := l.twin; t != nil && t.state == "ringing" {
		t.state = "talking"
		t.taken <- nil
	}
	return nil
}

// Reject refuses a placed call.
func (l *Line) Reject(status, cause int, _ string) {
	l.book.mu.Lock()
	if !l.over {
		l.q850 = cause
	}
	l.book.mu.Unlock()
	l.end("microsoft", status)
}

// Bye ends the call from the service's side.
func (l *Line) Bye(int, string) { l.end("microsoft", 0) }

// Ended is closed when the call is over.
func (l *Line) Ended() <-chan struct{} { return l.ended }

// End says who ended it, as a SIP leg does.
func (l *Line) End() (by string, sipStatus, q850 int) {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	return l.by, l.status, cmp.Or(l.q850, 16)
}

// Attach joins the phone to the sound of a call; nil only takes it out.
func (l *Line) Attach(c *mixer.Conference) *mixer.Port {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	if l.port != nil {
		l.port.Leave()
		l.port = nil
	}
	if c != nil && !l.over {
		l.port = c.JoinWide(l.phone.number, l.tick)
	}
	return l.port
}

// tick hears a frame and says the next one.
func (l *Line) tick(frame []int16) {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	if l.over || l.port == nil {
		return
	}
	p := l.phone
	if p.latest == l {
		if p.heard = append(p.heard, frame...); len(p.heard) > maxHeard {
			p.heard = slices.Delete(p.heard, 0, len(p.heard)-maxHeard)
		}
	}
	l.across(frame)
	if n := min(len(l.say), mixer.WideSamples); n > 0 {
		l.port.WriteAt(l.place, l.say[:n]) // by the conference's ticks, as late as they are
		l.say = l.say[n:]
	}
	l.place++
}

// OnDigit hands over the keys that the phone presses.
func (l *Line) OnDigit(f func(digit byte)) {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	l.onDigit = f
}

// Press sends tones to the phone, which notes them.
func (l *Line) Press(_ context.Context, digits string) error {
	l.book.mu.Lock()
	over := l.over
	var press func(byte)
	if l.twin != nil {
		press = l.twin.onDigit
	}
	if l.phone.latest == l {
		l.phone.digits += digits
	}
	l.book.watches.Tell()
	l.book.mu.Unlock()
	if over {
		return context.Canceled
	}
	for _, d := range []byte(digits) {
		if press != nil {
			press(d)
		}
	}
	return nil
}

// Say makes the phone say something after what it is saying already.
func (l *Line) Say(pcm audio.PCM) {
	wide := audio.Resample(pcm, mixer.WideRate)
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	l.say = append(l.say, wide.Samples[:min(len(wide.Samples), maxHeard-len(l.say))]...)
}
