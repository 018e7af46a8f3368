package voice

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"tandem/internal/audio"
)

// The sound that stands for speech where there is no speech: a mark of two notes
// and a short beep a word. Nobody takes it for a voice, and it is the same each
// time.
const (
	markHigh    = 1000 // Hz
	markLow     = 800
	beepNote    = 500
	markTime    = 150 * time.Millisecond // each of its notes
	beepTime    = 80 * time.Millisecond
	gapTime     = 60 * time.Millisecond // after the mark and after each beep
	tonesVolume = 8000
	tonesRamp   = 5 * time.Millisecond // at both ends of a note, against clicks
)

// tones returns the mark and a beep for each word.
func tones(text string) audio.PCM {
	gap := make([]int16, samples(gapTime))
	out := slices.Concat(note(markHigh, markTime), note(markLow, markTime), gap)
	beep := append(note(beepNote, beepTime), gap...)
	for range words(text) {
		out = append(out, beep...)
	}
	return audio.PCM{Rate: Rate, Samples: out}
}

func note(frequency float64, length time.Duration) []int16 {
	n, ramp := samples(length), float64(samples(tonesRamp))
	out := make([]int16, n)
	for i := range out {
		volume := tonesVolume * min(1, float64(i)/ramp, float64(n-i)/ramp)
		out[i] = int16(volume * math.Sin(2*math.Pi*frequency*float64(i)/Rate))
	}
	return out
}

// samples is how many samples fill a time.
func samples(d time.Duration) int { return int(d * Rate / time.Second) }

// words splits text at spaces; what has neither letter nor digit is no word.
func words(text string) []string {
	return slices.DeleteFunc(strings.Fields(text), func(word string) bool {
		return !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	})
}
