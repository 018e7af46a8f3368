package voice

import (
	"time"

	"tandem/internal/audio"
)

// The one format of this package: mono, linear 16 bit.
const (
	Rate          = 16000
	FrameDuration = 20 * time.Millisecond
	FrameSamples  = Rate / 50
)

// wide returns p at [Rate].
func wide(p audio.PCM) audio.PCM {
	if p.Rate == Rate {
		return p
	}
	return audio.PCM{Rate: Rate, Samples: resample(p.Samples, p.Rate)}
}

// resample brings samples from a rate to [Rate]: by lines between them upwards,
// by averages over the new, longer steps downwards, which keeps out most of what
// the lower rate cannot carry.
func resample(in []int16, rate int) []int16 {
	if rate <= 0 || len(in) == 0 {
		return nil
	}
	out := make([]int16, int64(len(in))*Rate/int64(rate))
	step := float64(rate) / Rate
	for i := range out {
		from := float64(i) * step
		if step <= 1 {
			out[i] = between(in, from)
			continue
		}
		out[i] = mean(in, from, from+step)
	}
	return out
}

// between is the value at a place between two samples.
func between(in []int16, at float64) int16 {
	i := int(at)
	if i+1 >= len(in) {
		return in[len(in)-1]
	}
	part := at - float64(i)
	return int16(float64(in[i])*(1-part) + float64(in[i+1])*part)
}

// mean is the mean of in from one place to another, counting samples at the ends
// by their share.
func mean(in []int16, from, to float64) int16 {
	var sum float64
	for i := int(from); i < len(in) && float64(i) < to; i++ {
		share := min(to, float64(i+1)) - max(from, float64(i))
		sum += share * float64(in[i])
	}
	return int16(sum / (to - from))
}
