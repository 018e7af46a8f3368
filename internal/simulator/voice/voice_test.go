package voice

import (
	"errors"
	"math"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/audio"
	"tandem/internal/simulator/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wantFailure checks that err tells the application r.
func wantFailure(t *testing.T, err error, r events.Result) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want %d/%d", err, r.Code, r.SubCode)
	}
	if f.Result != r {
		t.Errorf("got %v, want %d/%d %s", f, r.Code, r.SubCode, r.Message)
	}
	if f.Err == nil {
		t.Errorf("%v has no cause", f)
	}
}

// frequency of a note, by the times that it crosses zero upwards.
func frequency(samples []int16) float64 {
	crossings := 0
	for i := 1; i < len(samples); i++ {
		if samples[i-1] < 0 && samples[i] >= 0 {
			crossings++
		}
	}
	return float64(crossings) * Rate / float64(len(samples))
}

// sine is a note at a rate, for some time.
func sine(rate int, frequency float64, d time.Duration) []int16 {
	out := make([]int16, int(d)*rate/int(time.Second))
	for i := range out {
		out[i] = int16(10000 * math.Sin(2*math.Pi*frequency*float64(i)/float64(rate)))
	}
	return out
}

func frameOf(v int16) []int16 {
	f := make([]int16, FrameSamples)
	for i := range f {
		f[i] = v
	}
	return f
}

func rms(samples []int16) float64 {
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(max(1, len(samples))))
}

func TestResample(t *testing.T) {
	for _, rate := range []int{8000, 16000, 22050, 24000, 44100, 48000} {
		got := wide(audio.PCM{Rate: rate, Samples: sine(rate, 440, time.Second)}).Samples
		if len(got) != Rate {
			t.Errorf("%d Hz: %d samples for a second", rate, len(got))
			continue
		}
		if f := frequency(got); math.Abs(f-440) > 2 {
			t.Errorf("%d Hz: 440 Hz became %.1f", rate, f)
		}
		if r := rms(got); r < 6500 || r > 7200 {
			t.Errorf("%d Hz: level %.0f, was 7071", rate, r)
		}
	}
	if got := wide(audio.PCM{Samples: []int16{1, 2}}).Samples; got != nil {
		t.Errorf("rate 0 gives %v", got)
	}
	// A note that 16 kHz cannot carry mostly goes, rather than come back as another one.
	if r := rms(wide(audio.PCM{Rate: 48000, Samples: sine(48000, 15000, time.Second)}).Samples); r > 2500 {
		t.Errorf("15 kHz passes with level %.0f", r)
	}
}
