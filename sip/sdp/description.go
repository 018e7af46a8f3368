package sdp

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Description is one SDP body, as far as it concerns us.
type Description struct {
	Origin Origin
	Audio  Audio

	lines []line // all m= lines of a parsed body; nil: only the audio line
	index int    // which of lines is Audio
}

// line is an m= line that is only mirrored.
type line struct{ media, proto, format string }

// Origin is the o= line. The address in it means nothing (RFC 4566 §5.2), Microsoft sends 127.0.0.1.
type Origin struct {
	ID, Version uint64
	Address     string
}

// Audio is the audio stream of a description.
type Audio struct {
	Address   netip.Addr // of the c= line that applies; 0.0.0.0 is an old way to hold
	Port      uint16     // 0: refused
	RTCP      netip.AddrPort
	NamesRTCP bool    // there was a=rtcp (RFC 3605): it means to get reports there
	Protocol  string  // RTP/AVP, RTP/SAVP, RTP/AVPF, RTP/SAVPF, or one that we refuse
	Codecs    []Codec // in order of preference, without telephone-event and comfort noise
	Events    uint8   // payload type of telephone-event/8000; 0: none
	Noise     uint8   // payload type of comfort noise (RFC 3389) at 8000 Hz; 0: none
	PTime     time.Duration
	Direction Direction
	Crypto    []Crypto // lines that could be read, in order
}

// Codec is one payload type of an audio stream.
type Codec struct {
	PayloadType uint8
	Name        string // as registered; compared without case
	Rate        int
}

// The codecs that are carried, with their static payload types (RFC 3551 §6).
var (
	PCMU = Codec{PayloadType: 0, Name: "PCMU", Rate: 8000}
	PCMA = Codec{PayloadType: 8, Name: "PCMA", Rate: 8000}
	G722 = Codec{PayloadType: 9, Name: "G722", Rate: 8000} // of the RTP clock
)

// Same tells whether two codecs are the same encoding, whatever their numbers.
func (c Codec) Same(other Codec) bool {
	return strings.EqualFold(c.Name, other.Name) && c.Rate == other.Rate
}

// Direction is a set of two bits, seen from the party whose description it is.
type Direction uint8

// The directions of RFC 4566 §6.
const (
	Inactive Direction = 0
	SendOnly Direction = 1
	RecvOnly Direction = 2
	SendRecv Direction = SendOnly | RecvOnly
)

func (d Direction) String() string {
	return [...]string{"inactive", "sendonly", "recvonly", "sendrecv"}[d&SendRecv]
}

// Reverse is the same direction seen from the other party.
func (d Direction) Reverse() Direction { return d&SendOnly<<1 | d&RecvOnly>>1 }

// Suite is the only SRTP protection we negotiate (facts/direct-routing.md §8.2).
const Suite = "AES_CM_128_HMAC_SHA1_80"

// Key is an SRTP master key of 16 bytes followed by its salt of 14. It never shows in logs.
type Key [30]byte

// String hides the key.
func (Key) String() string { return "[key]" }

// GoString hides the key.
func (Key) GoString() string { return "[key]" }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue("[key]") }

// Crypto is an a=crypto line (RFC 4568 §4).
type Crypto struct {
	Tag      int
	Suite    string
	Key      Key    // only for suites with 30 bytes of keying material
	Lifetime string // as written, e.g. 2^31; empty: default
	MKI      []byte // nil: packets carry none
}

func (c Crypto) usable() bool { return c.Suite == Suite }

// parseCrypto reads the value of an a=crypto attribute. Lines with several keys, with parameters that would change the protection, or
// with unknown suites are no error of the offer: they are not for us, ok is false.
func parseCrypto(value string) (c Crypto, ok bool) {
	fields := strings.Fields(value)
	if len(fields) != 3 {
		return c, false // session parameters such as UNENCRYPTED_SRTP are refused with their line (RFC 4568 §6.3)
	}
	if len(fields[0]) > 9 { // digits, without zeros before them (RFC 4568 §9.1)
		return c, false
	}
	tag, err := strconv.ParseUint(fields[0], 10, 32)
	if c.Tag = int(tag); err != nil || strconv.Itoa(c.Tag) != fields[0] {
		return c, false
	}
	c.Suite = fields[1]
	inline, found := strings.CutPrefix(fields[2], "inline:")
	if !found || strings.Contains(inline, ";") {
		return c, false
	}
	parts := strings.Split(inline, "|")
	key, err := base64.StdEncoding.DecodeString(parts[0])
	if err != nil || len(key) != len(c.Key) {
		return c, false
	}
	copy(c.Key[:], key)
	for _, part := range parts[1:] {
		value, length, isMKI := strings.Cut(part, ":")
		if !isMKI {
			c.Lifetime = part
			continue
		}
		if c.MKI, ok = mki(value, length); !ok {
			return c, false
		}
	}
	return c, true
}

// mki is the identifier as it stands in packets: value as a big-endian number of length bytes.
func mki(value, length string) ([]byte, bool) {
	v, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return nil, false
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 1 || n > 128 {
		return nil, false
	}
	out := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = byte(v)
		v >>= 8
	}
	return out, v == 0
}

func (c Crypto) attribute() string {
	value := fmt.Sprintf("%d %s inline:%s", c.Tag, c.Suite, base64.StdEncoding.EncodeToString(c.Key[:]))
	if c.Lifetime != "" {
		value += "|" + c.Lifetime
	}
	return value
}
