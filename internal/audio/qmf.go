package audio

import "math"

// qmfTaps is one phase of the quadrature mirror filter of ITU-T G.722 (table 11): the coefficients 0, 2, … 22 of 24, times 8192. The other phase is the same
// backwards. The two phases together have a gain of 1 in the lower band.
var qmfTaps = [12]int{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

// qmfScale is the unit of the taps.
const qmfScale = 1 << 13

// BandSplitter splits a signal at 16 kHz into two bands of 0 to 4 and 4 to 8 kHz, each at 8 kHz; the upper one is mirrored, as in G.722. The lower band by
// itself is the signal at 8 kHz. It remembers what came before: one splitter a stream. The zero value is ready.
type BandSplitter struct {
	past [24]int // the oldest first
}

// Split returns half as many samples of each band; an odd last sample is left out. What a filter overshoots is clipped.
func (s *BandSplitter) Split(wide []int16) (low, high []int16) {
	low, high = make([]int16, len(wide)/2), make([]int16, len(wide)/2)
	for i := range low {
		l, h := s.pair(wide[2*i], wide[2*i+1])
		low[i], high[i] = clip((l+qmfScale/2)>>13), clip((h+qmfScale/2)>>13)
	}
	return low, high
}

// pair filters two samples; the results are times qmfScale.
func (s *BandSplitter) pair(first, second int16) (low, high int) {
	copy(s.past[:], s.past[2:])
	s.past[22], s.past[23] = int(first), int(second)
	a, b := s.phases()
	return a + b, a - b
}

func (s *BandSplitter) phases() (a, b int) {
	for i, tap := range &qmfTaps {
		a += s.past[23-2*i] * tap
		b += s.past[2*i] * tap
	}
	return a, b
}

// BandJoiner makes a signal at 16 kHz of the two bands of a [BandSplitter]. Splitting and joining together delay by 22 samples and are else transparent
// (within 0.1 dB). It remembers what came before: one joiner a stream. The zero value is ready.
type BandJoiner struct {
	past BandSplitter // differences and sums of the bands in turn, through the same two filters
}

// Join returns twice as many samples as there are in low. A nil high is silence. Bands may be louder than 16 bits, as sums are; the result is clipped.
func (j *BandJoiner) Join(low, high []int32) []int16 {
	wide := make([]int16, 2*len(low))
	for i, l := range low {
		h := 0
		if high != nil {
			h = int(high[i])
		}
		j.write(wide[2*i:], int(l), h)
	}
	return wide
}

// Widen brings a signal at 8 kHz to 16 kHz.
func (j *BandJoiner) Widen(narrow []int16) []int16 {
	wide := make([]int16, 2*len(narrow))
	for i, l := range narrow {
		j.write(wide[2*i:], int(l), 0)
	}
	return wide
}

func (j *BandJoiner) write(wide []int16, low, high int) {
	const half = qmfScale / 4
	first, second := j.pair(low, high)
	wide[0], wide[1] = clip((first+half)>>12), clip((second+half)>>12)
}

// pair makes two samples; the results are times qmfScale/2.
func (j *BandJoiner) pair(low, high int) (first, second int) {
	x := &j.past.past
	copy(x[:], x[2:])
	x[22], x[23] = low+high, low-high
	return j.past.phases()
}

func clip(v int) int16 { return int16(max(math.MinInt16, min(math.MaxInt16, v))) }
