package voice

import "time"

// How speech is told from silence.
const (
	// loudness is the root mean square of a frame from which it is sound: -38 dB
	// of full scale, above the noise of lines and rooms, below quiet speech.
	loudness = 400
	// onset is how many loud frames in a row are speech and no click.
	onset = 3
	// minEndSilence keeps the pauses within words from ending an utterance.
	minEndSilence = 200 * time.Millisecond
	// maxUtterance ends sound without a pause, such as music on hold.
	maxUtterance = 30 * time.Second
)

// loud reports whether a frame is sound.
func loud(frame []int16) bool {
	var energy int64
	for _, s := range frame {
		energy += int64(s) * int64(s)
	}
	return len(frame) > 0 && energy >= loudness*loudness*int64(len(frame))
}

// detector finds the utterances in a participant's frames. Times are in ticks.
type detector struct {
	endSilence int64

	run      int64 // loud ticks in a row, before an utterance
	speaking bool
	deaf     bool // until the next pause
	from, to int64
}

type transition int

const (
	same transition = iota
	began
	ended // from and to say where the sound was, without the silence at its end
)

func (d *detector) hear(tick int64, loud bool) transition {
	if !d.speaking && !d.deaf {
		if d.run++; !loud {
			d.run = 0
		}
		if d.run < onset {
			return same
		}
		d.speaking, d.run = true, 0
		d.from, d.to = tick-onset+1, tick+1
		return began
	}
	if loud {
		d.to = tick + 1
	}
	quiet := tick+1-d.to >= d.endSilence
	if d.deaf {
		d.deaf = !quiet
		return same
	}
	if quiet || tick+1-d.from >= ticksOf(maxUtterance) {
		d.speaking = false
		return ended
	}
	return same
}

// cut gives up an utterance under way, to its end.
func (d *detector) cut() {
	d.deaf, d.speaking, d.run = d.speaking || d.deaf, false, 0
}

// ticksOf is how many ticks fill a time, rounded up.
func ticksOf(d time.Duration) int64 {
	return int64((d + FrameDuration - 1) / FrameDuration)
}
