package audio

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var usualRates = []int{8000, 16000, 24000, 44100, 48000}

// A tone that both rates can hold is the same tone at the other rate, to a sample's part; one that the lower rate cannot hold is gone.
func TestResampleTones(t *testing.T) {
	for _, from := range usualRates {
		for _, to := range usualRates {
			t.Run(fmt.Sprint(from, " to ", to), func(t *testing.T) {
				for _, hertz := range []float64{200, 1000, 3400} {
					got := Resample(PCM{from, sine(hertz, 10000, from, from)}, to)
					want := sine(hertz, 10000, to, to)
					if got.Rate != to || len(got.Samples) != to {
						t.Fatalf("%d samples at %d", len(got.Samples), got.Rate)
					}
					worst := 0.0
					for i := to / 100; i < to-to/100; i++ { // the ends have silence beside them
						worst = max(worst, math.Abs(float64(got.Samples[i])-float64(want[i])))
					}
					if worst > 40 {
						t.Errorf("%.0f Hz is off by %.0f of 10000", hertz, worst)
					}
				}
				if to < from {
					hertz := float64(to) * 0.52
					if got := Resample(PCM{from, sine(hertz, 10000, from, from)}, to); level(got.Samples[to/100:to-to/100]) > 20 {
						t.Errorf("%.0f Hz comes back with %.0f", hertz, level(got.Samples))
					}
				}
			})
		}
	}
}

func TestResampleSpeech(t *testing.T) {
	speech := AgentSpeech()
	for _, r := range usualRates {
		back := Resample(Resample(speech, r), 8000)
		if m := Compare(speech.Samples, back.Samples, 8000); m.Correlation < 0.995 || m.Delay != 0 || math.Abs(m.Gain-1) > 0.01 {
			t.Errorf("by %d: %+v", r, m)
		}
		if d := Resample(speech, r).Duration() - speech.Duration(); d < 0 || d > time.Millisecond {
			t.Errorf("%d: longer by %v", r, d)
		}
	}
}

func TestResampleEdges(t *testing.T) {
	same := PCM{8000, []int16{1, 2, 3}}
	got := Resample(same, 8000)
	if !slices.Equal(got.Samples, same.Samples) {
		t.Errorf("same rate: %v", got.Samples)
	}
	got.Samples[0] = 9
	if same.Samples[0] != 1 {
		t.Error("shares its samples")
	}
	for _, p := range []PCM{{}, {8000, nil}, {0, []int16{1}}, {-1, []int16{1}}} {
		if got := Resample(p, 16000); len(got.Samples) != 0 || got.Rate != 16000 {
			t.Errorf("%v became %v", p, got)
		}
	}
	if got := Resample(same, 0); len(got.Samples) != 0 {
		t.Errorf("to nothing: %v", got)
	}
}

// Constants stay, whatever the rates, and nothing wraps.
func TestResampleAnyRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.IntRange(4000, 96000).Draw(t, "from"), rapid.IntRange(4000, 96000).Draw(t, "to")
		v := rapid.Int16().Draw(t, "value")
		got := Resample(PCM{from, slices.Repeat([]int16{v}, from/20)}, to)
		if n := (from/20*to + from - 1) / from; len(got.Samples) != n {
			t.Fatalf("%d samples, want %d", len(got.Samples), n)
		}
		if middle := got.Samples[len(got.Samples)/2]; math.Abs(float64(middle)-float64(v)) > 1 {
			t.Fatalf("%d became %d", v, middle)
		}
	})
}

func BenchmarkResample(b *testing.B) {
	in := PCM{44100, sine(1000, 10000, 44100, 10*44100)}
	for b.Loop() {
		Resample(in, 16000)
	}
}
