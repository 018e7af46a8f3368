package media

import (
	"encoding/binary"
	"time"
)

const (
	pressVolume  = 10 // -10 dBm0
	pressEnds    = 3  // packets that tell the end, should some get lost (RFC 4733 §2.5.1.4)
	longestPress = 8 * time.Second
	mostPresses  = 32 // that may wait
)

// pressing is a key press of our own on its way to a side.
type pressing struct {
	event   uint8
	packets int // to go, the repetitions of the end included
	samples uint16
	length  uint16
	begun   bool
	ts      uint32
	at      int64
}

// Press sends a key press to a side, in the place of audio while it lasts, one after the other if there are several. Without telephone-event on that side, on hold, or when
// too many wait, it does nothing and reports false.
func (s *Session) Press(to Side, event uint8, d time.Duration) bool {
	if event > 15 {
		return false
	}
	d = min(max(d, 2*frame), longestPress).Round(frame)
	taken := false
	st := s.streams[to]
	s.worker.do(func() {
		if taken = st.connected && st.types.Send.Events != 0 && st.direction&SendOnly != 0 && len(st.presses) < mostPresses; taken {
			frames := int(d / frame)
			st.presses = append(st.presses, pressing{event: event, packets: frames + pressEnds - 1, length: uint16(frames * frameSamples)}) // below 2^16
		}
	})
	return taken
}

// Pressed yields the keys that either side has pressed, once each. What nobody reads is lost. It is never closed.
func (s *Session) Pressed() <-chan Press { return s.pressed }

// press sends the next packet of a press of our own.
func (w *worker) press(st *Stream, now int64) {
	p := &st.presses[0]
	if !p.begun {
		_, p.ts = st.out.next(now)
		p.at = now
	}
	p.samples = min(p.samples+frameSamples, p.length)
	second := byte(pressVolume)
	if p.samples == p.length {
		second |= 0x80
	}
	payload := binary.BigEndian.AppendUint16([]byte{p.event, second}, p.samples)
	seq := st.out.event(p.ts, uint32(p.samples), p.at)
	w.emit(st, !p.begun, st.types.Send.Events, seq, p.ts, payload)
	p.begun = true
	if p.packets--; p.packets == 0 {
		st.presses = append(st.presses[:0], st.presses[1:]...)
	}
	st.fedAt = now
}

// saw notes the end of a key press that a side sent; it is told three times with one timestamp.
func (s *Session) saw(st *Stream, ts uint32, payload []byte) {
	if len(payload) < 4 || payload[1]&0x80 == 0 || st.sawPress && st.lastPress == ts {
		return
	}
	st.sawPress, st.lastPress = true, ts
	st.keys++
	d := time.Duration(binary.BigEndian.Uint16(payload[2:])) * time.Second / clockRate
	select {
	case s.pressed <- Press{From: st.side, Event: payload[0], Duration: d}:
	default:
	}
}
