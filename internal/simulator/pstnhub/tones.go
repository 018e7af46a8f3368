package pstnhub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tandem/internal/simulator/mixer"
)

// keys are the events 0 to 15 of RFC 4733 §3.2.
const keys = "0123456789*#ABCD"

const (
	toneTicks   = 5             // 100 ms of 20 ms each
	repeatTicks = 2             // the last packet is sent three times in all, at the same pace (RFC 4733 §2.5.1.4)
	pressTicks  = 2 * toneTicks // from one key to the next, as long a pause as a tone

	// A conference that has not ticked for so long is closed.
	deaf = time.Second

	toneVolume = 10 // -10 dBm0
	toneEnd    = 0x80
)

var (
	errOnHold   = errors.New("the call is on hold, so nothing can be sent: resume it first")
	errNoEvents = errors.New("the SBC offers no telephone-event: it has to stand in its SDP")
)

// press is a row of keys that is to be sent.
type press struct {
	keys  []byte // events; the first is under way
	tick  int    // of the key under way
	start uint32 // timestamp of the key under way
	err   error
	done  chan struct{} // closed when all are sent, or with err
}

// OnDigit has f called with every key that the other side presses from now on ('0'..'9', '*', '#', 'A'..'D'), in order and once each. Nil stops that; a call may
// be running meanwhile. F must not block. Digits from before are in [Leg.Digits].
func (l *Leg) OnDigit(f func(digit byte)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onDigit = f
}

// keyed passes on a key. No lock is held, so that f may use the leg.
func (l *Leg) keyed(key byte) {
	l.mu.Lock()
	f := l.onDigit
	l.mu.Unlock()
	if f != nil {
		f(key)
	}
}

// Press presses keys towards the SBC, 100 ms each with a pause as long, as telephone-events (RFC 4733); in-band tones Microsoft does not have (facts/direct-routing.md
// §0.10). While a tone lasts the conference's audio is not sent. Press returns when all is sent; what is pressed meanwhile waits its turn. If ctx
// ends first, the tone under way ends at once and the rest is not sent. That and how long Microsoft's tones last is inferred [?].
func (l *Leg) Press(ctx context.Context, digits string) error {
	p := &press{done: make(chan struct{})}
	for _, d := range digits {
		event := strings.IndexRune(keys, d)
		if event < 0 {
			return fmt.Errorf("press %q: %q is no key: only %s are", digits, d, keys)
		}
		p.keys = append(p.keys, byte(event))
	}
	l.mu.Lock()
	m := l.media
	up := l.state == confirmed && m != nil
	l.mu.Unlock()
	if !up {
		return fmt.Errorf("press %q: %w", digits, ErrEnded)
	}
	if len(p.keys) == 0 {
		return nil
	}
	if err := m.press(ctx, p); err != nil {
		return fmt.Errorf("press %q: %w", digits, err)
	}
	return nil
}

// press waits for its turn and until the keys are sent. The conference's ticks drive that, as they drive the audio; outside of one our own do.
func (m *media) press(ctx context.Context, p *press) error {
	m.mu.Lock()
	m.presses = append(m.presses, p)
	m.mu.Unlock()
	own := time.NewTicker(mixer.FrameDuration)
	defer own.Stop()
	for {
		select {
		case <-p.done:
			return p.err
		case <-m.done:
			return ErrEnded
		case <-ctx.Done():
			m.withdraw(p)
			return ctx.Err()
		case <-own.C:
			m.mu.Lock()
			if len(m.presses) > 0 && m.presses[0] == p && (m.party == nil || time.Since(m.said) > deaf) {
				m.tick(nil)
			}
			m.mu.Unlock()
		}
	}
}

// tone sends the packet about a key that is due in this tick, and says whether it sounds, so that no audio is due. The lock is held.
func (m *media) tone() bool {
	if len(m.presses) == 0 {
		return false
	}
	p := m.presses[0]
	switch {
	case m.event < 0:
		m.settle(errNoEvents)
		return false
	case m.hold:
		m.settle(errOnHold)
		return false
	}
	if p.tick == 0 {
		p.start = m.sent.timestamp
	}
	p.tick++
	sounds := p.tick <= toneTicks+repeatTicks
	if sounds {
		m.sendKey(p, p.tick >= toneTicks)
	}
	if p.tick == pressTicks {
		p.tick, p.keys = 0, p.keys[1:]
		if len(p.keys) == 0 {
			m.settle(nil)
		}
	}
	return sounds
}

// sendKey reports on the key under way (RFC 4733 §2.3): it has lasted so far, or is over.
func (m *media) sendKey(p *press, over bool) {
	if m.silent() {
		return
	}
	flags := byte(toneVolume)
	if over {
		flags |= toneEnd
	}
	duration := min(p.tick, toneTicks) * mixer.FrameSamples
	m.send(uint8(m.event), p.start, p.tick == 1 && !over, []byte{p.keys[0], flags, byte(duration >> 8), byte(duration)})
}

// settle ends the first press.
func (m *media) settle(err error) {
	p := m.presses[0]
	p.err = err
	m.presses = m.presses[1:]
	close(p.done)
}

// withdraw takes back what is left of a press.
func (m *media) withdraw(p *press) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, other := range m.presses {
		if other != p {
			continue
		}
		if p.tick > 0 && p.tick < toneTicks && m.event >= 0 {
			for range 1 + repeatTicks {
				m.sendKey(p, true)
			}
		}
		m.presses = append(m.presses[:i:i], m.presses[i+1:]...)
		return
	}
}
