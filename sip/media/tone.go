package media

import (
	"math"
	"time"

	"tandem/internal/audio"
)

// ringback cadence: 425 Hz, 1 s on, 4 s off, at -16 dB of full scale.
const (
	ringFrequency = 425
	ringOn        = time.Second
	ringPeriod    = 5 * time.Second
	ringLevel     = 5200
)

// tones holds generated audio of one codec in frames of 20 ms, ready to be sent.
type tones struct {
	silence  []byte
	ringback [][]byte // the frames in which it sounds; the rest of the period is silence
}

func makeTones(codec Codec) *tones {
	encode, rate := audio.LinearToULaw, clockRate
	switch codec {
	case PCMA:
		encode = audio.LinearToALaw
	case G722:
		encode, rate = audio.NewG722Encoder().Encode, 2*clockRate
	}
	t := &tones{silence: make([]byte, frameSamples)}
	samples := make([]int16, rate/clockRate*frameSamples)
	encode(t.silence, samples)
	for n := range int(ringOn / frame) {
		for i := range samples {
			phase := float64(n*len(samples)+i) * ringFrequency / float64(rate)
			samples[i] = int16(ringLevel * math.Sin(2*math.Pi*phase))
		}
		encoded := make([]byte, frameSamples)
		encode(encoded, samples)
		t.ringback = append(t.ringback, encoded)
	}
	return t
}

// frame is the n-th frame of a tone since it began.
func (t *tones) frame(tone Tone, n int) []byte {
	if tone == Ringback {
		if n %= int(ringPeriod / frame); n < len(t.ringback) {
			return t.ringback[n]
		}
	}
	return t.silence
}
