package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// The rates that [DecodeWAV] takes, in samples a second.
const (
	minRate = 8_000
	maxRate = 48_000
)

// neverFilledIn is from where on the length of a data chunk is that of a writer which could not seek: ffmpeg leaves 0xffffffff, sox 0x7ffff000.
const neverFilledIn = 0x7fff_0000

// ErrLong is the cause of an error of [DecodeWAV] about a file that is readable and plays for too long.
var ErrLong = errors.New("the sound is too long")

// DecodeWAV reads a RIFF/WAVE file as people have them: linear with 8, 16, 24 or 32 bits, floating point with 32 or 64, A-law or µ-law, plain or in
// the extensible form, from 8 to 48 kHz, mono, or stereo, which is mixed down. It plays for at most most, otherwise [ErrLong].
//
// Unlike [ReadWAV] it takes no file for whole that is not: one that was cut short, whose header contradicts itself, that holds no sound, or values
// that are no numbers. What it says of that is for the person whose file it is.
func DecodeWAV(raw []byte, most time.Duration) (PCM, error) {
	f, data, said, err := parseWAV(raw)
	if kind := kindOf(raw); err != nil && kind != "" {
		err = fmt.Errorf("%w: this is %s", ErrWAV, kind)
	}
	if err != nil {
		return PCM{}, err
	}
	if f.tag == wavExtensible {
		f.tag = f.sub
	}
	sample := wavSamples[[2]int{f.tag, f.bits}]
	switch {
	case sample == nil:
		return PCM{}, fmt.Errorf("%w: nobody here knows format tag %d with %d bits; linear with 16 bits (PCM) is good", ErrWAV, f.tag, f.bits)
	case f.channels != 1 && f.channels != 2:
		return PCM{}, fmt.Errorf("%w: it has %d channels; one or two are good", ErrWAV, f.channels)
	case f.rate < minRate || f.rate > maxRate:
		return PCM{}, fmt.Errorf("%w: it has %d samples a second; %d to %d are good", ErrWAV, f.rate, minRate, maxRate)
	case f.frame != f.channels*f.bits/8:
		return PCM{}, fmt.Errorf("%w: its header contradicts itself: %d bytes for %d channels of %d bits", ErrWAV, f.frame, f.channels, f.bits)
	case said > uint64(len(data)) && said < neverFilledIn:
		return PCM{}, fmt.Errorf("%w: it was cut short: %d of %d bytes of sound are there", ErrWAV, len(data), said)
	case len(data) < f.frame:
		return PCM{}, fmt.Errorf("%w: it holds no sound", ErrWAV)
	}
	frames := len(data) / f.frame
	if d := time.Duration(frames) * time.Second / time.Duration(f.rate); d > most {
		return PCM{}, fmt.Errorf("%w: it lasts %v, at most %v are allowed", ErrLong, d.Round(time.Second), most)
	}
	p := PCM{Rate: f.rate, Samples: make([]int16, frames)}
	for i := range p.Samples {
		sum := 0.0
		for c := range f.channels {
			sum += sample(data[i*f.frame+c*f.bits/8:])
		}
		v := math.Round(sum / float64(f.channels))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return PCM{}, fmt.Errorf("%w: sample %d is no number", ErrWAV, i)
		}
		p.Samples[i] = int16(max(math.MinInt16, min(math.MaxInt16, v)))
	}
	return p, nil
}

// wavSamples reads one sample in units of a 16-bit one, by format tag and bits.
var wavSamples = map[[2]int]func([]byte) float64{
	{wavLinear, 8}:  func(b []byte) float64 { return (float64(b[0]) - 128) * (1 << 8) },
	{wavLinear, 16}: func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) },
	{wavLinear, 24}: func(b []byte) float64 {
		return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 16)
	},
	{wavLinear, 32}: func(b []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 16) },
	{wavFloat, 32}: func(b []byte) float64 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) * (1 << 15)
	},
	{wavFloat, 64}: func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) * (1 << 15) },
	{wavALaw, 8}:   func(b []byte) float64 { return float64(alawTable[b[0]]) },
	{wavULaw, 8}:   func(b []byte) float64 { return float64(ulawTable[b[0]]) },
}

// kindOf says what a file is that somebody took for WAV, by how it begins; "" if nobody knows.
func kindOf(raw []byte) string {
	for _, k := range []struct {
		at          int
		begins, has string
	}{
		{0, "ID3", "MP3"}, {0, "OggS", "Ogg"}, {0, "fLaC", "FLAC"}, {4, "ftyp", "MPEG-4"}, {0, "FORM", "AIFF"}, {0, ".snd", "AU"}, {0, "#!AMR", "AMR"},
		{0, "RF64", "RF64"}, {0, "\x1aE\xdf\xa3", "WebM"}, {0, "--", "a form, not the file itself"},
	} {
		if end := k.at + len(k.begins); len(raw) >= end && string(raw[k.at:end]) == k.begins {
			return k.has
		}
	}
	if len(raw) >= 2 && raw[0] == 0xff && raw[1]&0xe0 == 0xe0 { // the sync word of MPEG audio
		return "MP3 or AAC"
	}
	return ""
}
