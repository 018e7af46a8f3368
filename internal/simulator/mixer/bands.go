package mixer

import "math"

// voice is what one port says in one tick. No low band is silence.
type voice struct {
	low   []int16 // FrameSamples
	high  []int16 // likewise; nil for a narrow port
	whole []int16 // WideSamples as they were written; nil for a narrow port
}

// bands is a sum of voices.
type bands struct {
	low, high [FrameSamples]int32
}

func (b *bands) add(v voice) {
	for i, s := range v.low {
		b.low[i] += int32(s)
	}
	for i, s := range v.high {
		b.high[i] += int32(s)
	}
}

func (b *bands) remove(v voice) {
	for i, s := range v.low {
		b.low[i] -= int32(s)
	}
	for i, s := range v.high {
		b.high[i] -= int32(s)
	}
}

// narrow is the lower band as a frame.
func (b *bands) narrow() []int16 {
	frame := make([]int16, FrameSamples)
	for i, s := range b.low {
		frame[i] = int16(max(math.MinInt16, min(math.MaxInt16, s)))
	}
	return frame
}
