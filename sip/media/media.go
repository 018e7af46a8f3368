package media

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"tandem/sip/srtp"
)

// Config configures a [Relay]. Address is required.
type Config struct {
	Address   netip.Addr // to bind to
	Advertise netip.Addr // what [Stream.Local] tells; zero: Address
	// Address6 and Advertise6 are the same for peers that speak IPv6; zero: none does.
	Address6, Advertise6 netip.Addr
	// PortMin and PortMax bound the ports used, both included. They should lie below the kernel's ephemeral range, or other programs get in the way. Which of
	// them are free is found out by binding. Both zero: 20000 to 32767.
	PortMin, PortMax uint16
	Workers          int // zero: 1
	Logger           *slog.Logger
	// NoMediaAfter is the time without RTP and without RTCP of a bridged side after which [Session.Lost] fires; twice as much after comfort noise, with
	// which the side has said that it will be silent. Zero: never.
	NoMediaAfter time.Duration
	// Rest is how long the ports of an ended session are not used for another one, so that late packets find nobody; zero: 2 s, negative: none.
	Rest time.Duration
	// ReportEvery is the interval of our RTCP; zero: 5 s, the fixed minimum of RFC 3550 §6.2.
	ReportEvery time.Duration
	// OnlyRelay sends nothing of our own accord: no silence in the place of a side that sends
	// nothing, and no RTCP to a side that has neither shown some nor named a port for it
	// ([Stream.WantsReports]). Microsoft ends calls without either;
	// others may take the one for the other side's audio, and the port of the other
	// for somebody else's.
	OnlyRelay bool
}

// Errors of this package.
var (
	ErrNoPorts     = errors.New("media: no free port pair in the range")
	ErrNoIPv6      = errors.New("media: no IPv6 address is configured")
	ErrClosed      = errors.New("media: closed")
	ErrUnsupported = errors.New("media: the relay needs Linux")
)

func (c Config) withDefaults() (Config, error) {
	if !c.Address.IsValid() {
		return c, errors.New("media: no address to bind to")
	}
	c.Address = c.Address.Unmap()
	if !c.Advertise.IsValid() {
		c.Advertise = c.Address
	}
	if c.Advertise.IsUnspecified() || c.Advertise.Is6() != c.Address.Is6() {
		return c, fmt.Errorf("media: %v cannot be advertised for %v", c.Advertise, c.Address)
	}
	if !c.Advertise6.IsValid() {
		c.Advertise6 = c.Address6
	}
	if c.Address6.IsValid() && (!c.Address6.Is6() || !c.Advertise6.Is6() || c.Advertise6.IsUnspecified()) {
		return c, fmt.Errorf("media: %v cannot be advertised for %v: both must be IPv6", c.Advertise6, c.Address6)
	}
	if c.PortMin == 0 && c.PortMax == 0 {
		c.PortMin, c.PortMax = 20000, 32767
	}
	if c.PortMin < 1 || int(c.PortMin)+c.pairStart()+1 > int(c.PortMax) {
		return c, fmt.Errorf("media: no port pair between %d and %d", c.PortMin, c.PortMax)
	}
	if c.Workers <= 0 {
		c.Workers = 1
	}
	if c.ReportEvery <= 0 {
		c.ReportEvery = reportEvery
	}
	if c.Rest == 0 {
		c.Rest = 2 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// pairStart is the distance from PortMin to the first even port.
func (c Config) pairStart() int { return int(c.PortMin & 1) }

// pairs is the number of port pairs in the range.
func (c Config) pairs() int { return (int(c.PortMax) - int(c.PortMin) - c.pairStart() + 1) / 2 }

// pair is the even port of pair i.
func (c Config) pair(i int) uint16 { return c.PortMin + uint16(c.pairStart()+2*i) } // within the range

// Codec is the codec of a side. All have 160 bytes and 160 units of timestamp in 20 ms.
type Codec int

// The codecs. Between those of G.711 the relay converts; G.722 is passed on to a side that has it as well.
const (
	PCMU Codec = iota
	PCMA
	G722 // its RTP clock is 8000 Hz, although it samples at 16000 (RFC 3551 §4.5.2)
)

// Side is one side of a session.
type Side int

// The sides.
const (
	Near Side = iota // the provider's peer
	Far              // Microsoft
)

func (s Side) String() string { return [...]string{"near", "far"}[s] }

func (s Side) other() Side { return 1 - s }

// Tone is audio that the relay makes itself.
type Tone int

const (
	// Silence is the default: packets all the same, since Microsoft ends calls without media.
	Silence Tone = iota
	// Ringback is the ringing tone of ETSI TR 101 041-2 as used in most of Europe: 425 Hz, 1 s on, 4 s off.
	Ringback
)

// Direction is a set of two bits from our point of view; the values are those of sdp.Direction.
type Direction uint8

// What a stream may do.
const (
	Inactive Direction = 0
	SendOnly Direction = 1
	RecvOnly Direction = 2
	SendRecv Direction = SendOnly | RecvOnly
)

// Key is an SRTP master key of 16 bytes followed by its salt of 14. It never shows in logs.
type Key [30]byte

// String hides the key.
func (Key) String() string { return "[key]" }

// GoString hides the key.
func (Key) GoString() string { return "[key]" }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue("[key]") }

// Crypto holds the keys of a stream with AES_CM_128_HMAC_SHA1_80.
type Crypto struct {
	Local     Key    // protects what we send
	Remote    Key    // protects what we receive
	RemoteMKI []byte // carried by every packet we receive; nil: none
}

func (c *Crypto) contexts() (in, out *srtp.Context, err error) {
	if in, err = c.Remote.context(c.RemoteMKI); err == nil {
		out, err = c.Local.context(nil)
	}
	return in, out, err
}

func (k Key) context(mki []byte) (*srtp.Context, error) {
	return srtp.New([srtp.KeySize]byte(k[:srtp.KeySize]), [srtp.SaltSize]byte(k[srtp.KeySize:]), mki)
}

func (c *Crypto) sameRemote(d *Crypto) bool {
	return c != nil && d != nil && c.Remote == d.Remote && bytes.Equal(c.RemoteMKI, d.RemoteMKI)
}

func (c *Crypto) sameLocal(d *Crypto) bool { return c != nil && d != nil && c.Local == d.Local }

// Numbers are the payload types of one direction of a stream. Events is that of telephone-event, Noise that of comfort noise; zero: not agreed on.
type Numbers struct{ Audio, Events, Noise uint8 }

// PayloadTypes are the payload types of a stream. They may differ by direction (RFC 3264 §5.1).
type PayloadTypes struct{ Receive, Send Numbers }

// Press is a key that one side pressed, as it told in the end (RFC 4733 §2.3).
type Press struct {
	From     Side
	Event    uint8 // 0 to 9, 10 is *, 11 is #, 12 to 15 are A to D
	Duration time.Duration
}

// Passed is a packet that was believed, or sent, as it is without SRTP. It is only lent.
type Passed struct {
	At            time.Time
	Side          Side
	Sent, RTCP    bool
	Local, Remote netip.AddrPort
	Packet        []byte
	Header        int // size of the RTP header: what comes after it is sound
}

// StreamStats tells what a stream has carried. Received figures count packets that were believed, sent figures those that the kernel took.
type StreamStats struct {
	Packets, Bytes uint64 // received; bytes of payload
	Lost           uint64 // gaps in their sequence numbers that were never filled
	Jitter         time.Duration
	First, Last    time.Time // when packets arrived; zero: none did
	RTCP           uint64    // reports received
	Keys           uint64    // key presses received

	SentPackets, SentBytes uint64

	// What the other end tells of our stream in its reports.
	RTT         time.Duration // between us and it; zero: not known
	LostThere   uint64        // of what we sent
	JitterThere time.Duration

	AuthFailures uint64 // SRTP or SRTCP that did not authenticate
	Replayed     uint64 // seen before, or too old to tell
	Foreign      uint64 // from an address that is not the peer's
	Unusable     uint64 // not RTP, or a payload type that was not agreed on

	Source netip.AddrPort // where their packets come from; zero: not learnt yet
	Moves  uint64         // how often that changed in the middle of a stream
}
