package sdp

import (
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"
)

// Security is what a side says about SRTP.
type Security int

const (
	// PlainOnly speaks RTP/AVP and refuses RTP/SAVP.
	PlainOnly Security = iota
	// SecureAllowed answers SRTP with SRTP and plain with plain; it offers plain.
	SecureAllowed
	// SecureOnly refuses plain RTP.
	SecureOnly
)

// Profile is what one side of the edge may negotiate.
type Profile struct {
	Codecs       []Codec // allowed, in the order in which they are offered
	Noise        bool    // comfort noise is offered and taken
	Security     Security
	InactiveHold bool   // every hold is written as a=inactive
	Lifetime     string // of the SRTP key, written after it; empty: none
}

// Far is the profile towards Microsoft (facts/direct-routing.md §8).
func Far(codecs ...Codec) Profile {
	return Profile{Codecs: codecs, Security: SecureOnly, InactiveHold: true, Lifetime: "2^31"}
}

// Near is the profile towards a peer.
func Near(security Security, codecs ...Codec) Profile {
	return Profile{Codecs: codecs, Security: security}
}

// Local is our end of a stream.
type Local struct {
	Address   netip.Addr // what peers are told
	Port      uint16
	RTCPPort  uint16
	Direction Direction // what we want; a held far leg: Inactive
	Key       Key       // ours; see [NewKey]. Used only if SRTP is agreed on
}

// NewKey makes a random key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails (crypto/rand)
	return k
}

// Stream is what offer and answer agreed on.
type Stream struct {
	Remote     netip.AddrPort
	RemoteRTCP netip.AddrPort
	NamesRTCP  bool  // see [Audio.NamesRTCP]
	Codec      Codec // PayloadType is the one that we send

	ReceivePayload uint8 // payload type in what we receive
	SendEvents     uint8 // telephone-event, 0: none
	ReceiveEvents  uint8
	SendNoise      uint8 // comfort noise, 0: none
	ReceiveNoise   uint8

	Direction Direction // what we may do
	Held      bool      // the other party put us on hold

	Secure    bool
	LocalKey  Key
	RemoteKey Key
	RemoteMKI []byte // carried by what we receive; nil: none
}

// The numbers we offer for telephone-event, the usual one, and comfort noise (RFC 3551 §6).
const (
	eventsPayload = 101
	noisePayload  = 13
)

// Offer describes our end under profile p.
func Offer(local Local, p Profile) *Description {
	d := &Description{Audio: describe(local, p)}
	d.Audio.Codecs = slices.Clone(p.Codecs)
	d.Audio.Events = eventsPayload
	if p.Noise {
		d.Audio.Noise = noisePayload
	}
	d.Audio.Direction = p.direction(local.Direction)
	if p.Security == SecureOnly {
		d.Audio.Protocol = "RTP/SAVP"
		d.Audio.Crypto = []Crypto{{Tag: 1, Suite: Suite, Key: local.Key, Lifetime: p.Lifetime}}
	}
	return d
}

func describe(local Local, p Profile) Audio {
	return Audio{
		Address:  local.Address,
		Port:     local.Port,
		RTCP:     netip.AddrPortFrom(local.Address, local.RTCPPort),
		Protocol: "RTP/AVP",
	}
}

// direction is how the profile writes d.
func (p Profile) direction(d Direction) Direction {
	if p.InactiveHold && d != SendRecv {
		return Inactive
	}
	return d
}

// Answer answers an offer (RFC 3264 §6). Errors are [*Error] of kind [Unacceptable].
func Answer(offer *Description, local Local, p Profile) (*Description, Stream, error) {
	theirs := &offer.Audio
	if theirs.Port == 0 {
		return nil, Stream{}, unacceptable("the audio stream is refused")
	}
	if theirs.Address.Is6() != local.Address.Is6() {
		return nil, Stream{}, unacceptable("the address is of the other family than ours")
	}
	crypto, err := p.secure(theirs)
	if err != nil {
		return nil, Stream{}, err
	}
	codec, ok := choose(theirs.Codecs, p.Codecs)
	if !ok {
		return nil, Stream{}, unacceptable("no common codec, offered: %s", names(theirs.Codecs))
	}
	ours := describe(local, p)
	ours.Protocol = theirs.Protocol
	ours.Codecs = []Codec{codec}
	ours.Events = theirs.Events
	if p.Noise {
		ours.Noise = theirs.Noise
	}
	ours.Direction = p.direction(theirs.Direction.Reverse() & local.Direction)

	s := Stream{
		Remote:         netip.AddrPortFrom(theirs.Address, theirs.Port),
		RemoteRTCP:     theirs.RTCP,
		NamesRTCP:      theirs.NamesRTCP,
		Codec:          codec,
		ReceivePayload: codec.PayloadType, // an answer keeps the numbers of the offer (RFC 3264 §6.1)
		SendEvents:     theirs.Events,
		ReceiveEvents:  theirs.Events,
		SendNoise:      ours.Noise,
		ReceiveNoise:   ours.Noise,
		Direction:      ours.Direction,
		Held:           theirs.Direction&RecvOnly == 0,
	}
	if crypto != nil {
		s.Secure, s.LocalKey, s.RemoteKey, s.RemoteMKI = true, local.Key, crypto.Key, crypto.MKI
		ours.Crypto = []Crypto{{Tag: crypto.Tag, Suite: Suite, Key: local.Key, Lifetime: p.Lifetime}}
	}
	return &Description{Audio: ours, lines: offer.lines, index: offer.index}, s, nil
}

// secure decides on SRTP for what was offered; nil means plain RTP.
func (p Profile) secure(theirs *Audio) (*Crypto, error) {
	switch theirs.Protocol {
	case "RTP/AVP", "RTP/AVPF":
		if p.Security == SecureOnly {
			return nil, unacceptable("plain RTP is offered, SRTP is required")
		}
		return nil, nil // keys beside RTP/AVP are a wish we need not grant
	case "RTP/SAVP", "RTP/SAVPF":
		if p.Security == PlainOnly {
			return nil, unacceptable("SRTP is offered, plain RTP is required")
		}
		return pick(theirs.Crypto)
	}
	return nil, unacceptable("transport %s", theirs.Protocol)
}

// pick prefers a line without MKI over an earlier one with it (facts/direct-routing.md §8.2).
func pick(lines []Crypto) (*Crypto, error) {
	var chosen *Crypto
	for i := range lines {
		if lines[i].usable() && (chosen == nil || chosen.MKI != nil && lines[i].MKI == nil) {
			chosen = &lines[i]
		}
	}
	if chosen == nil {
		return nil, unacceptable("no usable a=crypto line with %s", Suite)
	}
	return chosen, nil
}

// Conclude evaluates the answer to our offer. Errors are [*Error]; an answer that breaks the rules of RFC 3264 is [Malformed], one that refuses
// the stream is [Unacceptable].
func Conclude(offer, answer *Description) (Stream, error) {
	ours, theirs := &offer.Audio, &answer.Audio
	if answer.index != offer.index || max(1, len(answer.lines)) != max(1, len(offer.lines)) {
		return Stream{}, malformed("the answer has other m= lines than the offer")
	}
	if theirs.Port == 0 {
		return Stream{}, unacceptable("the audio stream is refused")
	}
	if !strings.EqualFold(theirs.Protocol, ours.Protocol) {
		return Stream{}, malformed("%s answered with %s", ours.Protocol, theirs.Protocol)
	}
	codec, ok := choose(theirs.Codecs, ours.Codecs)
	if !ok {
		return Stream{}, unacceptable("no common codec, answered: %s", names(theirs.Codecs))
	}
	s := Stream{
		Remote:     netip.AddrPortFrom(theirs.Address, theirs.Port),
		RemoteRTCP: theirs.RTCP,
		NamesRTCP:  theirs.NamesRTCP,
		Codec:      codec,
		Direction:  ours.Direction & theirs.Direction.Reverse(),
		Held:       ours.Direction&SendOnly != 0 && theirs.Direction&RecvOnly == 0,
	}
	for _, c := range ours.Codecs {
		if c.Same(codec) {
			s.ReceivePayload = c.PayloadType
		}
	}
	if theirs.Events != 0 && ours.Events != 0 {
		s.SendEvents, s.ReceiveEvents = theirs.Events, ours.Events
	}
	if theirs.Noise != 0 && ours.Noise != 0 {
		s.SendNoise, s.ReceiveNoise = theirs.Noise, ours.Noise
	}
	if len(ours.Crypto) > 0 {
		crypto, err := pick(theirs.Crypto)
		if err != nil {
			return Stream{}, err
		}
		if !slices.ContainsFunc(ours.Crypto, func(c Crypto) bool { return c.Tag == crypto.Tag }) {
			return Stream{}, malformed("crypto tag %d was not offered", crypto.Tag)
		}
		s.Secure, s.LocalKey, s.RemoteKey, s.RemoteMKI = true, ours.Crypto[0].Key, crypto.Key, crypto.MKI
	}
	return s, nil
}

// Reoffer is the offer that keeps what was agreed on, s, of which d is our description:
// the same lines, ports, keys and payload types (RFC 3264 §8), with the direction we want.
func (d *Description) Reoffer(s Stream, want Direction, p Profile) *Description {
	again := *d
	codec := s.Codec
	codec.PayloadType = s.ReceivePayload
	again.Audio.Codecs, again.Audio.Events, again.Audio.Noise = []Codec{codec}, s.ReceiveEvents, s.ReceiveNoise
	again.Audio.Direction = p.direction(want)
	return &again
}

// choose is the first of theirs that is among allowed: the other party's preference counts.
func choose(theirs, allowed []Codec) (Codec, bool) {
	for _, c := range theirs {
		if slices.ContainsFunc(allowed, c.Same) {
			return c, true
		}
	}
	return Codec{}, false
}

func names(codecs []Codec) string {
	var out []string
	for _, c := range codecs {
		out = append(out, c.Name)
	}
	return strings.Join(out, ", ")
}
