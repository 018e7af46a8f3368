package audio

import "math"

const (
	// sincZeros is how many zero crossings of the sinc are kept on either side.
	sincZeros = 32
	// passband is the share of the lower of the two bandwidths that passes. The rest is for the filter's slope.
	passband = 0.92
	// kaiserBeta gives some 70 dB of attenuation, which is more than speech in 16 bits shows.
	kaiserBeta = 7
)

// Resample converts p to rate samples a second, without delay. What the lower of the two rates cannot hold is filtered out. Any rates will do; the usual ones (8, 16, 24, 44.1
// and 48 kHz) need few phases of the filter and are fast. If a rate is not positive there is nothing to convert: the result is empty.
//
// The filter is a sinc under a Kaiser window, cut into one set of taps for each place that an output sample can have between two input samples.
func Resample(p PCM, rate int) PCM {
	out := PCM{Rate: rate}
	switch {
	case p.Rate <= 0 || rate <= 0 || len(p.Samples) == 0:
		return out
	case p.Rate == rate:
		out.Samples = append(out.Samples, p.Samples...)
		return out
	}
	common := gcd(p.Rate, rate)
	up, down := rate/common, p.Rate/common
	r := resampler{up: up, cutoff: passband * min(1, float64(up)/float64(down)), phases: map[int][]float64{}}
	out.Samples = make([]int16, (len(p.Samples)*up+down-1)/down)
	for i := range out.Samples {
		at := i * down // in units of 1/up of an input sample
		out.Samples[i] = r.sample(p.Samples, at/up, at%up)
	}
	return out
}

// resampler holds the taps of one pair of rates, made when first needed.
type resampler struct {
	up     int
	cutoff float64 // as a share of half the input rate
	phases map[int][]float64
}

// half is how many input samples the filter reaches to either side.
func (r *resampler) half() int { return int(math.Ceil(sincZeros / r.cutoff)) }

// sample is the value phase/up behind samples[at].
func (r *resampler) sample(samples []int16, at, phase int) int16 {
	taps, ok := r.phases[phase]
	if !ok {
		taps = r.taps(float64(phase) / float64(r.up))
		r.phases[phase] = taps
	}
	first := at - r.half() + 1 // belongs to taps[0]
	sum := 0.0
	for i := max(0, -first); i < len(taps) && first+i < len(samples); i++ {
		sum += taps[i] * float64(samples[first+i])
	}
	return clip(int(math.Round(sum)))
}

// taps is the filter for a place behind an input sample, from half-1 samples before that one to half behind it. Their sum is 1.
func (r *resampler) taps(behind float64) []float64 {
	half := r.half()
	taps := make([]float64, 2*half)
	sum := 0.0
	for i := range taps {
		x := float64(i-half+1) - behind
		taps[i] = sinc(r.cutoff*x) * kaiser(x/float64(half))
		sum += taps[i]
	}
	for i := range taps {
		taps[i] /= sum
	}
	return taps
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window, 1 in the middle, for x from -1 to 1.
func kaiser(x float64) float64 {
	return bessel(kaiserBeta*math.Sqrt(max(0, 1-x*x))) / bessel(kaiserBeta)
}

// bessel is the modified Bessel function of order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
