package stream

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sine is a tone of half the full scale.
func sine(hz float64, rate, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(16384 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return pcm
}

// However the input is cut up, the output is that of one piece, and complete.
func TestResamplingHasNoSeams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := inputRate, highRate
		if rapid.Bool().Draw(t, "down") {
			from, to = to, from
		}
		pcm := rapid.SliceOfN(rapid.Int16(), 0, 1200).Draw(t, "pcm")
		whole := newResampler(from, to).run(pcm)
		if want := (len(pcm)*to + from - 1) / from; len(whole) != want {
			t.Fatalf("%d samples make %d, want %d", len(pcm), len(whole), want)
		}
		r := newResampler(from, to)
		var pieces []int16
		for rest := pcm; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			pieces = append(pieces, r.run(rest[:n])...)
			rest = rest[n:]
		}
		if !slices.Equal(pieces, whole) {
			t.Fatal("the pieces differ from the whole")
		}
	})
}

// Tones that both rates can carry pass as they are, with nothing added; what
// only 24 kHz can carry does not come back as another tone.
func TestResamplingOfTones(t *testing.T) {
	for _, row := range []struct {
		from, to int
		hz       float64
		floor    float64 // dB that the rest is below the tone, or the whole below it if gone
		gone     bool
	}{
		{inputRate, highRate, 50, 60, false},
		{inputRate, highRate, 440, 60, false},
		{inputRate, highRate, 3400, 60, false},
		{inputRate, highRate, 6500, 40, false},
		{highRate, inputRate, 50, 60, false},
		{highRate, inputRate, 440, 60, false},
		{highRate, inputRate, 3400, 60, false},
		{highRate, inputRate, 6500, 40, false},
		{highRate, inputRate, 8500, 55, true},
		{highRate, inputRate, 11000, 55, true},
	} {
		r := newResampler(row.from, row.to)
		frame := row.from / 50
		var out []int16
		for piece := range slices.Chunk(sine(row.hz, row.from, row.from), frame) {
			out = append(out, r.run(piece)...)
		}
		var rest float64
		delay := float64(filterLength-1) / 2 / filterRate
		settled := out[row.to/50:]
		for i, s := range settled {
			want := 0.0
			if !row.gone {
				want = 16384 * math.Sin(2*math.Pi*row.hz*(float64(i+row.to/50)/float64(row.to)-delay))
			}
			rest += (float64(s) - want) * (float64(s) - want)
		}
		if db := 10 * math.Log10(16384*16384/2/(rest/float64(len(settled)))); db < row.floor {
			t.Errorf("%g Hz from %d to %d: %.1f dB, want %g", row.hz, row.from, row.to, db, row.floor)
		}
	}
}

// A constant stays one to the bit, and full scale does not wrap around.
func TestResamplingOfConstants(t *testing.T) {
	for _, to := range []int{inputRate, highRate} {
		from := inputRate + highRate - to
		for _, level := range []int16{0, 1, -1, 12345, math.MaxInt16, math.MinInt16} {
			out := newResampler(from, to).run(slices.Repeat([]int16{level}, 1000))
			for i, s := range out[100:] {
				if s != level {
					t.Fatalf("%d to %d: %d became %d at %d", from, to, level, s, i)
				}
			}
		}
	}
	// A jump overshoots.
	r := newResampler(inputRate, highRate)
	out := append(r.run(slices.Repeat([]int16{math.MinInt16}, 200)), r.run(slices.Repeat([]int16{math.MaxInt16}, 200))...)
	for i := 1; i < len(out); i++ {
		if out[i] < 0 && out[i-1] > 20000 {
			t.Fatalf("wrapped around at %d", i)
		}
	}
}

// What comes after a gap has nothing of what was before it.
func TestGapStartsAfresh(t *testing.T) {
	s := newSender(Config{Media: &Media{Rate: highRate}})
	loud := voice{frame: [inputSamples]int16(constant(20000))}
	first := decode(t, s.frames(entry{tick: 0, said: []voice{loud}})[0])
	next := decode(t, s.frames(entry{tick: 1, said: []voice{loud}})[0])
	afresh := decode(t, s.frames(entry{tick: 3, said: []voice{loud}})[0])
	if next[0] != 20000 || !slices.Equal(first, afresh) || slices.Equal(first, next) {
		t.Errorf("first %v, next %v, after the gap %v", first[:3], next[:3], afresh[:3])
	}
}
