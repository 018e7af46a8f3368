package audio

import (
	"math"
	"time"
)

const (
	melodyNote  = 600 * time.Millisecond
	melodyLevel = 1800 // of a note at its beginning, of 32767: about -25 dB, below speech
)

// melodyNotes are in semitones from A (440 Hz): broken chords of C, A minor, F and G, up and down.
var melodyNotes = [...]int{
	-9, -5, -2, 3, -2, -5,
	-12, -9, -5, 0, -5, -9,
	-16, -12, -9, -4, -9, -12,
	-14, -10, -7, -2, -7, -10,
}

// Melody is a quiet tune for who waits, which may be played again and again: it begins and ends in silence. The caller owns the samples.
func Melody(rate int) PCM {
	note := int(melodyNote.Seconds() * float64(rate))
	p := PCM{Rate: rate, Samples: make([]int16, note*len(melodyNotes))}
	for n, semitones := range melodyNotes {
		f := 440 * math.Pow(2, float64(semitones)/12)
		for i := range note {
			t := float64(i) / float64(rate)
			left := float64(note-i) / float64(note)
			swell := min(1, t/0.01) * math.Exp(-3*t) * min(1, 10*left) // struck, dying away, and gone at its end
			wave := math.Sin(2*math.Pi*f*t) + 0.3*math.Sin(4*math.Pi*f*t)
			p.Samples[n*note+i] = int16(melodyLevel * swell * wave)
		}
	}
	return p
}
