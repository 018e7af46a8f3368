package stream

import "math"

// Rates of the one audio format in and out, mono, 16 bit linear.
const (
	inputRate    = 16000
	highRate     = 24000
	inputSamples = inputRate / 50 // one frame
)

// The filter works at 48 kHz, the least common multiple of both rates: Kaiser's
// window, flat to 6.8 kHz, 60 dB down from 8 kHz. It delays by 1.5 ms.
const (
	filterRate   = 3 * inputRate
	filterLength = 145
	filterCutoff = 7400
	filterBeta   = 6
)

// resampler converts between 16 and 24 kHz without a seam between calls: what
// it returns does not depend on how its input was cut up. It is not safe for
// concurrent use.
type resampler struct {
	up, down int         // filterRate over the input rate, and over the output rate
	phases   [][]float64 // filter taps of each phase, latest sample last
	buffer   []float64   // input still needed, beginning with what came before
	next     int         // place of the next output, in steps of filterRate, in buffer
}

func newResampler(from, to int) *resampler {
	r := &resampler{up: filterRate / from, down: filterRate / to}
	r.phases = phases(r.up)
	past := len(r.phases[0]) - 1
	r.buffer = make([]float64, past)
	r.next = past * r.up
	return r
}

// phases cuts the filter into one short filter for each place between two input
// samples. Each passes a constant unchanged, or it would be heard as a tone.
func phases(up int) [][]float64 {
	taps := (filterLength + up - 1) / up
	list := make([][]float64, up)
	for phase := range list {
		filter := make([]float64, taps)
		var sum float64
		for i := range filter {
			filter[taps-1-i] = kernel(phase + i*up)
			sum += filter[taps-1-i]
		}
		for i := range filter {
			filter[i] /= sum
		}
		list[phase] = filter
	}
	return list
}

// kernel is the filter's impulse response, not normalised.
func kernel(i int) float64 {
	const middle = (filterLength - 1) / 2
	if i >= filterLength {
		return 0
	}
	x := float64(i - middle)
	sinc := 1.0
	if x != 0 {
		w := 2 * math.Pi * filterCutoff / filterRate * x
		sinc = math.Sin(w) / w
	}
	return sinc * bessel(filterBeta*math.Sqrt(1-(x/middle)*(x/middle)))
}

// bessel is the modified Bessel function of order zero, as its series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= (x / (2 * k)) * (x / (2 * k))
		sum += term
	}
	return sum
}

// run takes the next samples and returns those that they complete: three for
// two, or two for three.
func (r *resampler) run(in []int16) []int16 {
	for _, s := range in {
		r.buffer = append(r.buffer, float64(s))
	}
	out := make([]int16, 0, (len(in)*r.up+r.down-1)/r.down)
	taps := len(r.phases[0])
	for ; r.next/r.up < len(r.buffer); r.next += r.down {
		latest := r.next / r.up
		filter := r.phases[r.next%r.up]
		var sum float64
		for i, s := range r.buffer[latest+1-taps : latest+1] {
			sum += s * filter[i]
		}
		out = append(out, saturate(math.RoundToEven(sum)))
	}
	used := r.next/r.up - (taps - 1)
	r.buffer = r.buffer[:copy(r.buffer, r.buffer[used:])]
	r.next -= used * r.up
	return out
}

func saturate(x float64) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, x)))
}
