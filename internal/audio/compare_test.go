package audio

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const rate = 8000

func ms(n int) int { return n * rate / 1000 }

// delayed puts n samples of silence in front.
func delayed(samples []int16, n int) []int16 {
	return append(make([]int16, n), samples...)
}

func amplified(samples []int16, gain float64) []int16 {
	out := make([]int16, len(samples))
	for i, s := range samples {
		out[i] = int16(max(-32768, min(32767, gain*float64(s))))
	}
	return out
}

// loudIn finds a place where n samples of sent audio have sound throughout, so that a cut there must be noticed in full.
func loudIn(t interface{ Fatalf(string, ...any) }, sent []int16, n int, skip int) int {
	c := comparison{sent: sent, rate: rate}
	floor := c.loudest() * soundShare * 3
	frame := ms(10)
	for from := ms(300); from+n < len(sent); from += ms(1) {
		loud := true
		for at := from - frame; loud && at < from+n; at += frame {
			part := sent[at : at+frame]
			loud = energy(part)/float64(frame) > floor*floor
		}
		if loud {
			if skip == 0 {
				return from
			}
			skip--
		}
	}
	t.Fatalf("no loud stretch of %d samples", n)
	return 0
}

func TestCompareClean(t *testing.T) {
	sent := CustomerSpeech().Samples
	m := Compare(sent, sent, rate)
	if m.Correlation < 0.9999 || m.Delay != 0 || m.LongestGap != 0 || m.Damaged != 0 {
		t.Errorf("with itself: %+v", m)
	}
}

func TestCompareProperties(t *testing.T) {
	sent := CustomerSpeech().Samples[:3*rate]
	rapid.Check(t, func(t *rapid.T) {
		delay := rapid.IntRange(0, rate).Draw(t, "delay")
		gain := rapid.Float64Range(0.1, 1.2).Draw(t, "gain")
		alaw := rapid.Bool().Draw(t, "A-law")
		cut := rapid.SampledFrom([]int{0, 0, 61, 80, 100, 250}).Draw(t, "cut ms")
		heard := amplified(sent, gain)
		code := make([]byte, len(heard))
		if alaw {
			LinearToALaw(code, heard)
			ALawToLinear(heard, code)
		} else {
			LinearToULaw(code, heard)
			ULawToLinear(heard, code)
		}
		from := 0
		if cut > 0 {
			from = loudIn(t, sent, ms(cut), rapid.IntRange(0, 20).Draw(t, "where"))
			clear(heard[from : from+ms(cut)])
		}
		m := Compare(sent, delayed(heard, delay), rate)
		if got := int(m.Delay * rate / time.Second); got < delay-1 || got > delay {
			t.Fatalf("delay %d, want %d samples", got, delay)
		}
		if cut == 0 {
			if m.Correlation < 0.98 || m.LongestGap > 20*time.Millisecond {
				t.Fatalf("whole audio: %+v", m)
			}
			return
		}
		if want := time.Duration(cut) * time.Millisecond; m.LongestGap < want-3*time.Millisecond || m.LongestGap > want+30*time.Millisecond {
			t.Fatalf("cut of %v at %v: %+v", want, time.Duration(from)*time.Second/rate, m)
		}
		if cut > 60 && m.LongestGap <= 60*time.Millisecond {
			t.Fatalf("cut of %d ms not over the limit: %+v", cut, m)
		}
	})
}

func TestCompareDefects(t *testing.T) {
	sent, other := CustomerSpeech().Samples, AgentSpeech().Samples
	at := loudIn(t, sent, ms(200), 0)
	noise := func(n int) []int16 {
		r := rand.New(rand.NewPCG(1, 2))
		out := make([]int16, n)
		for i := range out {
			out[i] = int16(r.IntN(4000) - 2000)
		}
		return out
	}
	splice := func(parts ...[]int16) []int16 { return slices.Concat(parts...) }
	for name, tc := range map[string]struct {
		heard []int16
		ok    func(Match) bool
	}{
		"nothing":              {nil, func(m Match) bool { return m.Correlation == 0 && m.LongestGap > 200*time.Millisecond }},
		"silence":              {make([]int16, len(sent)), func(m Match) bool { return m.Correlation == 0 && m.LongestGap > 200*time.Millisecond }},
		"the other's voice":    {other, func(m Match) bool { return m.Correlation < 0.4 }},
		"noise":                {noise(len(sent)), func(m Match) bool { return m.Correlation < 0.3 }},
		"both voices":          {mixed(sent, other), func(m Match) bool { return m.Correlation < 0.9 }},
		"backwards":            {backwards(sent), func(m Match) bool { return m.Correlation < 0.4 }},
		"hearing began late":   {sent[at+ms(100):], func(m Match) bool { return m.Delay < 0 && m.LongestGap > 100*time.Millisecond }},
		"ended early":          {sent[:at], func(m Match) bool { return m.LongestGap > 200*time.Millisecond }},
		"noise for 100 ms":     {splice(sent[:at], noise(ms(100)), sent[at+ms(100):]), func(m Match) bool { return m.LongestGap > 90*time.Millisecond && m.LongestGap < 130*time.Millisecond }},
		"frame inserted":       {splice(sent[:at], sent[at-ms(20):]), func(m Match) bool { return m.LongestGap > 60*time.Millisecond }},
		"frame left out":       {splice(sent[:at], sent[at+ms(20):]), func(m Match) bool { return m.LongestGap > 60*time.Millisecond }},
		"frame repeated":       {splice(sent[:at], sent[at-ms(20):at], sent[at+ms(20):]), func(m Match) bool { return m.Damaged > 8*time.Millisecond && m.LongestGap < 60*time.Millisecond }},
		"tone in front":        {splice(tone(2*rate), sent), func(m Match) bool { return m.Correlation > 0.99 && m.Delay == 2*time.Second }},
		"other audio after it": {splice(sent, other, other), func(m Match) bool { return m.Correlation > 0.99 && m.LongestGap == 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			if m := Compare(sent, tc.heard, rate); !tc.ok(m) {
				t.Errorf("got %+v", m)
			}
		})
	}
	if m := Compare(nil, sent, rate); m != (Match{}) {
		t.Errorf("nothing sent: %+v", m)
	}
	if m := Compare(make([]int16, rate), sent, rate); m.Correlation != 0 || m.LongestGap != 0 {
		t.Errorf("silence sent: %+v", m)
	}
}

func mixed(a, b []int16) []int16 {
	out := slices.Clone(a)
	for i := range min(len(a), len(b)) {
		out[i] = a[i]/2 + b[i]/2
	}
	return out
}

func backwards(a []int16) []int16 {
	out := slices.Clone(a)
	slices.Reverse(out)
	return out
}

func tone(n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16([]int{0, 9000, 0, -9000}[i%4])
	}
	return out
}

func BenchmarkCompare30s(b *testing.B) {
	var sent []int16
	for len(sent) < 30*rate {
		sent = append(append(sent, CustomerSpeech().Samples...), AgentSpeech().Samples...)
	}
	sent = sent[:30*rate]
	heard := delayed(sent, rate)
	for b.Loop() {
		Compare(sent, heard, rate)
	}
}
