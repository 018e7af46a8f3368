package audio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// sine is a tone of n samples.
func sine(hertz float64, amplitude float64, rate, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate))))
	}
	return out
}

func level(samples []int16) float64 { return math.Sqrt(energy(samples) / float64(len(samples))) }

// wideSpeech is speech with something above 4 kHz: noise that follows its envelope, as sibilants do.
func wideSpeech() []int16 {
	var j BandJoiner
	narrow := CustomerSpeech().Samples
	r := rand.New(rand.NewPCG(3, 4))
	low, high := make([]int32, len(narrow)), make([]int32, len(narrow))
	envelope := 0.0
	for i, v := range narrow {
		envelope += (math.Abs(float64(v)) - envelope) / 80
		low[i], high[i] = int32(v)/2, int32(envelope*0.4*(r.Float64()-0.5))
	}
	return j.Join(low, high)
}

func TestBands(t *testing.T) {
	const n = 16000
	for _, tt := range []struct {
		hertz     float64
		low, high float64 // level in each band, as a share of the tone's
	}{{300, 1, 0}, {1000, 1, 0}, {3000, 1, 0}, {5000, 0, 1}, {6500, 0, 1}, {7500, 0, 1}} {
		t.Run(fmt.Sprint(tt.hertz), func(t *testing.T) {
			var s BandSplitter
			var j BandJoiner
			in := sine(tt.hertz, 10000, 16000, n)
			low, high := s.Split(in)
			for name, band := range map[string]struct{ got, want float64 }{"low": {level(low) / level(in), tt.low}, "high": {level(high) / level(in), tt.high}} {
				if math.Abs(band.got-band.want) > 0.1 { // 24 taps are no steeper
					t.Errorf("%s band has %.3f, want %.0f", name, band.got, band.want)
				}
			}
			wide := func(band []int16) []int32 {
				out := make([]int32, len(band))
				for i, v := range band {
					out[i] = int32(v)
				}
				return out
			}
			out := j.Join(wide(low), wide(high))
			for i := 100; i < n; i++ {
				if d := math.Abs(float64(out[i]) - float64(in[i-22])); d > 150 { // 0.13 dB of 10000
					t.Fatalf("sample %d is %d, want %d", i, out[i], in[i-22])
				}
			}
		})
	}
}

func TestWiden(t *testing.T) {
	var j BandJoiner
	var s BandSplitter
	narrow := AgentSpeech().Samples
	wide := j.Widen(narrow)
	low, high := s.Split(wide)
	if m := Compare(narrow, low, 8000); m.Correlation < 0.999 || m.Gain < 0.98 || m.Gain > 1.02 {
		t.Errorf("low band %+v", m)
	}
	if share := level(high) / level(low); share > 0.05 {
		t.Errorf("high band has %.3f of the level", share)
	}
}

// Nothing overflows and pieces make no difference.
func TestBandsInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.SampledFrom([]int16{math.MinInt16, math.MaxInt16, 0, 1}), 2, 200).Draw(t, "samples")
		in = in[:len(in)&^1]
		cut := 2 * rapid.IntRange(0, len(in)/2).Draw(t, "cut")
		var one, two BandSplitter
		low, high := one.Split(in)
		a, b := two.Split(in[:cut])
		c, d := two.Split(in[cut:])
		if fmt.Sprint(low, high) != fmt.Sprint(append(a, c...), append(b, d...)) {
			t.Fatal("pieces differ from the whole")
		}
	})
}
