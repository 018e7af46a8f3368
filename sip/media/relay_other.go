//go:build !linux

package media

import (
	"net/netip"
	"time"
)

// Relay exists on Linux only; here [NewRelay] fails.
type Relay struct{}

// NewRelay fails with [ErrUnsupported].
func NewRelay(c Config) (*Relay, error) {
	if _, err := c.withDefaults(); err != nil {
		return nil, err
	}
	return nil, ErrUnsupported
}

// Close does nothing.
func (*Relay) Close() error { return nil }

// Open fails with [ErrUnsupported].
func (*Relay) Open(Codec) (*Session, error) { return nil, ErrUnsupported }

// Open6 fails with [ErrUnsupported].
func (*Relay) Open6(Codec) (*Session, error) { return nil, ErrUnsupported }

// Session exists on Linux only.
type Session struct{ near, far Stream }

// Near is the peer's side.
func (s *Session) Near() *Stream { return &s.near }

// Far is Microsoft's side.
func (s *Session) Far() *Stream { return &s.far }

// Bridge does nothing.
func (*Session) Bridge() {}

// Tone does nothing.
func (*Session) Tone(Side, Tone) {}

// Hold does nothing.
func (*Session) Hold(Side, bool) {}

// Music does nothing.
func (*Session) Music(Side, *Music) {}

// Park does nothing.
func (*Session) Park(Side, bool) {}

// Mute does nothing.
func (*Session) Mute(Side, bool) {}

// Use does nothing.
func (*Session) Use(Codec) {}

// Stats is empty.
func (*Session) Stats() (near, far StreamStats) { return near, far }

// Lost never yields.
func (*Session) Lost() <-chan Side { return nil }

// Forgive does nothing.
func (*Session) Forgive(Side) {}

// Press does nothing.
func (*Session) Press(Side, uint8, time.Duration) bool { return false }

// Pressed never yields.
func (*Session) Pressed() <-chan Press { return nil }

// Tap does nothing.
func (*Session) Tap(func(Passed)) {}

// Close does nothing.
func (*Session) Close() {}

// Stream exists on Linux only.
type Stream struct{}

// Local is not valid.
func (*Stream) Local() netip.AddrPort { return netip.AddrPort{} }

// Here is not valid.
func (*Stream) Here() netip.Addr { return netip.Addr{} }

// Connect fails with [ErrUnsupported].
func (*Stream) Connect(_, _ netip.AddrPort, _ *Crypto, _ PayloadTypes) error { return ErrUnsupported }

// Use does nothing.
func (*Stream) Use(Codec) {}

// Trust does nothing.
func (*Stream) Trust(netip.Addr) {}

// SetDirection does nothing.
func (*Stream) SetDirection(Direction) {}

// WantsReports does nothing.
func (*Stream) WantsReports() {}
