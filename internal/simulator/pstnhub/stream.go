package pstnhub

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtp"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

// receiver turns the SBC's packets into frames with a place. The RTP timestamp alone says where a sample belongs, so a lost packet is a gap, a packet that
// came out of order finds its place, and any packet size will do.
type receiver struct {
	started   bool
	ssrc      uint32
	highest   uint16 // sequence number
	base      uint32 // timestamp of the first sample of place 0
	next      uint32 // timestamp after the newest packet
	origin    int64  // place of base; a new stream takes one far away, which makes the mixer start a new count
	pending   []int16
	lost      uint64
	digits    string
	eventAt   uint32 // timestamp of the last key, which stands in all packets about it
	eventFrom uint32 // and its SSRC
	hadEvent  bool
	g722      *audio.G722Decoder // of the stream
	split     audio.BandSplitter // should the codec be wider than what the conference takes
	join      audio.BandJoiner   // should it be narrower
}

const (
	// A timestamp further away than this is a new stream and no gap.
	jump = 10 * mixer.SampleRate
	// Far is a distance in frames that no gap bridges.
	far = 1 << 20
)

// restart forgets the stream: what comes next goes to another conference.
func (r *receiver) restart() { r.started, r.pending = false, nil }

// packet takes audio to its place, and returns the key that a telephone-event says was pressed, 0 for none.
func (r *receiver) packet(m *media, p *rtp.Packet) (key byte) {
	if p.SSRC != r.ssrc {
		r.g722 = nil
	}
	if r.started && p.SSRC == r.ssrc {
		switch d := int16(p.SequenceNumber - r.highest); {
		case d > 0:
			r.lost += uint64(d - 1)
			r.highest = p.SequenceNumber
		case d < 0 && r.lost > 0:
			r.lost-- // late after all
		}
	}
	if int(p.PayloadType) == m.event {
		return r.event(p)
	}
	for _, c := range m.codecs {
		if c.payload != p.PayloadType {
			continue
		}
		r.audio(m, p, r.decode(c, p.Payload, m.wide))
		return 0
	}
	return 0
}

// event takes a key press (RFC 4733 §2.3). All packets of one press have the same timestamp, so one that is not newer than the last key's repeats it, or
// came late from the key before (§2.5).
func (r *receiver) event(p *rtp.Packet) (key byte) {
	if len(p.Payload) < 4 || int(p.Payload[0]) >= len(keys) {
		return 0
	}
	if d := int32(p.Timestamp - r.eventAt); r.hadEvent && p.SSRC == r.eventFrom && d <= 0 && d > -jump {
		return 0
	}
	r.hadEvent, r.eventAt, r.eventFrom = true, p.Timestamp, p.SSRC
	key = keys[p.Payload[0]]
	r.digits += string(key)
	return key
}

// decode makes one sample of each tick of the RTP clock, or two if wide.
func (r *receiver) decode(c codec, payload []byte, wide bool) []int16 {
	if c.name == "G722" {
		if r.g722 == nil {
			r.g722 = audio.NewG722Decoder()
		}
		samples := make([]int16, 2*len(payload))
		r.g722.Decode(samples, payload)
		if !wide {
			samples, _ = r.split.Split(samples)
		}
		return samples
	}
	samples := make([]int16, len(payload))
	if c.name == "PCMA" {
		audio.ALawToLinear(samples, payload)
	} else {
		audio.ULawToLinear(samples, payload)
	}
	if wide {
		samples = r.join.Widen(samples)
	}
	return samples
}

// encode makes a payload of a frame of either size.
func (s *sender) encode(c codec, frame []int16) []byte {
	payload := make([]byte, mixer.FrameSamples) // one byte a tick of the RTP clock
	if c.name == "G722" {
		if len(frame) == mixer.FrameSamples {
			frame = s.join.Widen(frame)
		}
		s.g722.Encode(payload, frame)
		return payload
	}
	if len(frame) == mixer.WideSamples {
		frame, _ = s.split.Split(frame)
	}
	if c.name == "PCMA" {
		audio.LinearToALaw(payload, frame)
	} else {
		audio.LinearToULaw(payload, frame)
	}
	return payload
}

func (r *receiver) audio(m *media, p *rtp.Packet, samples []int16) {
	rate := 1 // samples a tick of the RTP clock
	if m.wide {
		rate = mixer.WideRate / mixer.SampleRate
	}
	size := rate * mixer.FrameSamples
	gap := int32(p.Timestamp - r.next)
	if !r.started || p.SSRC != r.ssrc || gap > jump || gap < -jump {
		if !r.started || p.SSRC != r.ssrc {
			r.highest = p.SequenceNumber
		}
		r.started, r.ssrc, r.base, r.next, r.pending = true, p.SSRC, p.Timestamp, p.Timestamp, nil
		r.origin += far
		gap = 0
	}
	offset := p.Timestamp - r.base
	if gap < 0 { // late: whole frames still have a place
		if offset%mixer.FrameSamples == 0 && offset <= r.next-r.base {
			for i := 0; i+size <= len(samples); i += size {
				r.write(m, offset+uint32(i/rate), samples[i:i+size])
			}
		}
		return
	}
	if gap > 0 && len(r.pending) > 0 {
		r.write(m, r.next-r.base-uint32(len(r.pending)/rate), r.pending)
		r.pending = nil
	}
	if len(r.pending) == 0 {
		before := rate * int(offset%mixer.FrameSamples)
		r.pending = make([]int16, before, before+len(samples))
	}
	r.pending = append(r.pending, samples...)
	r.next = p.Timestamp + uint32(len(samples)/rate)
	at := r.next - r.base - uint32(len(r.pending)/rate)
	for len(r.pending) >= size {
		r.write(m, at, r.pending[:size])
		r.pending = r.pending[size:]
		at += mixer.FrameSamples
	}
}

func (r *receiver) write(m *media, offset uint32, frame []int16) {
	if m.party != nil {
		m.party.WriteAt(r.origin+int64(offset/mixer.FrameSamples), frame)
	}
}

// report is a compound of sender report and source description, not yet encrypted.
func (s *sender) report(now time.Time, packets uint32) []byte {
	const cname = "mp@pstnhub"
	b := binary.BigEndian.AppendUint32(nil, 0x80c80006) // version 2, SR, seven words
	b = binary.BigEndian.AppendUint32(b, s.ssrc)
	since1900 := uint64(now.Unix()) + 2_208_988_800
	b = binary.BigEndian.AppendUint32(b, uint32(since1900))
	b = binary.BigEndian.AppendUint32(b, uint32(uint64(now.Nanosecond())<<32/1_000_000_000))
	b = binary.BigEndian.AppendUint32(b, s.timestamp)
	b = binary.BigEndian.AppendUint32(b, packets)
	b = binary.BigEndian.AppendUint32(b, s.octets)
	chunk := binary.BigEndian.AppendUint32(nil, s.ssrc)
	chunk = append(chunk, 1, byte(len(cname)))
	chunk = append(chunk, cname...)
	chunk = append(chunk, make([]byte, 4-len(chunk)%4)...) // at least one zero ends the chunk
	b = binary.BigEndian.AppendUint32(b, 0x81ca0000|uint32(len(chunk)/4))
	return append(b, chunk...)
}
