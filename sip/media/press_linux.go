package media

import (
	"encoding/binary"
	"time"
)

// Key presses of our own, sent as RFC 4733 has it: a packet every 20 ms, all with the
// timestamp of the beginning, the last one three times.
const (
	pressVolume = 10                    // -10 dBm0
	pressEnd    = 0x80                  // the E bit
	pressTimes  = 3                     // of the last packet (RFC 4733 §2.5.1.4)
	pressPause  = 2                     // frames between two keys
	pressLeast  = 40 * time.Millisecond // what receivers take for a key
	pressMost   = 8 * time.Second       // the duration has 16 bits of samples
	maxPresses  = 32                    // that wait
)

// press is a key to be pressed towards a side.
type press struct {
	event  uint8
	frames uint16 // how long
	done   uint16 // frames since it began, repetitions and pause included
	start  uint32 // timestamp
}

// Press presses a key, an event of RFC 4733 §3.2, towards a side, after those that are still
// sounding. What the other side says meanwhile is not heard. A side without
// telephone-event hears nothing of it.
func (s *Session) Press(side Side, event uint8, duration time.Duration) {
	frames := uint16(max(pressLeast, min(duration, pressMost)).Round(frame) / frame) // at most 400
	s.worker.post(func() {
		st := s.streams[side]
		if st.connected && st.types.Send.Events != 0 && st.direction&SendOnly != 0 && len(st.presses) < maxPresses {
			st.presses = append(st.presses, press{event: event, frames: frames})
		}
	})
}

// press sends the packet that is due for the key that sounds.
func (w *worker) press(st *Stream, now int64) {
	p := &st.presses[0]
	p.done++
	if p.done >= p.frames+pressTimes+pressPause {
		st.presses = st.presses[1:]
		return
	}
	if p.done >= p.frames+pressTimes {
		return
	}
	seq, ts := st.out.seq+1, p.start
	if p.done == 1 {
		seq, ts = st.out.next(now)
		p.start = ts
	}
	flags, sounding := byte(pressVolume), min(p.done, p.frames)
	if p.done >= p.frames {
		flags |= pressEnd
	}
	samples := uint32(sounding) * frameSamples
	st.out.advance(seq, ts, samples, now)
	st.out.synced = false
	st.fedAt = now
	w.emit(st, p.done == 1, st.types.Send.Events, seq, ts, binary.BigEndian.AppendUint16([]byte{p.event, flags}, uint16(samples))) // at most 64,000
}
