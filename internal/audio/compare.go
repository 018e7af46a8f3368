package audio

import (
	"math"
	"time"
)

// Match is the outcome of [Compare].
type Match struct {
	// Correlation, 0 to 1, is how much of the heard audio is the sent audio, over the whole of what was sent, at the best alignment. Gain does not
	// change it. Below 0.5 it is most likely other audio, and the fields below mean little.
	Correlation float64
	// Delay is where the start of the sent audio lies in the heard audio; negative if hearing began later than the sent audio.
	Delay time.Duration
	// Gain is the factor from sent to heard.
	Gain float64
	// LongestGap is the longest stretch with sound in the sent audio that the heard audio lacks: silent, missing, or something else. The parts
	// before and after the heard audio count.
	LongestGap time.Duration
	// GapAt is where that stretch begins in the sent audio.
	GapAt time.Duration
	// Damaged is the sum of all such stretches. A repeated frame shows here and is too short for a gap.
	Damaged time.Duration
}

const (
	damageWindow = 5 * time.Millisecond // long enough for a correlation at 8 kHz, short enough to place an edge to ±1 ms
	damageStep   = time.Millisecond
	bridgePause  = 40 * time.Millisecond // a pause up to this long inside a damaged stretch belongs to it

	soundShare  = 0.02  // of the RMS of the loudest 20 ms: below it the sent audio has no sound worth missing
	followShare = 0.5   // share of a window's energy that must follow the sent audio
	quietShare  = 0.003 // of the expected power: -25 dB, the window is silent
)

// Compare aligns heard with sent, both at rate samples a second, and measures how well they agree. Silent sent audio matches nothing: Correlation 0.
// Memory is some 100 bytes a sample.
func Compare(sent, heard []int16, rate int) Match {
	if rate <= 0 || len(sent) == 0 {
		return Match{}
	}
	c := comparison{sent: sent, heard: heard, rate: rate}
	c.align()
	m := Match{Correlation: c.correlation, Delay: c.duration(c.offset), Gain: c.gain}
	gap, at, damaged := c.damage()
	m.LongestGap, m.GapAt, m.Damaged = c.duration(gap), c.duration(at), c.duration(damaged)
	return m
}

type comparison struct {
	sent, heard []int16
	rate        int

	offset      int // sent[i] corresponds to heard[i+offset]
	correlation float64
	gain        float64
}

func (c *comparison) duration(samples int) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(c.rate)
}

func (c *comparison) samples(d time.Duration) int {
	return max(1, int(d*time.Duration(c.rate)/time.Second))
}

// at is the heard sample that corresponds to sent[i]; silence where nothing was heard.
func (c *comparison) at(i int) float64 {
	if i += c.offset; i < 0 || i >= len(c.heard) {
		return 0
	}
	return float64(c.heard[i])
}

// align finds the offset with the largest normalised correlation.
func (c *comparison) align() {
	sentEnergy := energy(c.sent)
	if sentEnergy == 0 || energy(c.heard) == 0 {
		return
	}
	products := crossCorrelate(c.sent, c.heard)
	sums := make([]float64, len(c.heard)+1) // running energy of heard
	for i, s := range c.heard {
		sums[i+1] = sums[i] + float64(s)*float64(s)
	}
	window := func(offset int) float64 {
		from, to := max(0, offset), min(len(c.heard), offset+len(c.sent))
		return sums[to] - sums[from]
	}
	var loudest float64
	for offset := 1 - len(c.sent); offset < len(c.heard); offset++ {
		loudest = max(loudest, window(offset))
	}
	// A window that barely overlaps has little energy and may correlate by chance: it is judged against a tenth of the loudest one.
	var best float64
	for offset := 1 - len(c.sent); offset < len(c.heard); offset++ {
		score := products[offset+len(c.sent)-1] / math.Sqrt(max(window(offset), loudest/10))
		if score > best {
			best, c.offset = score, offset
		}
	}
	product := products[c.offset+len(c.sent)-1]
	if e := window(c.offset); e > 0 && product > 0 {
		c.correlation = min(1, product/math.Sqrt(e*sentEnergy))
		c.gain = product / sentEnergy
	}
}

// damage returns length and place of the longest damaged stretch and the sum of all, in samples.
func (c *comparison) damage() (longest, at, sum int) {
	step, window := c.samples(damageStep), c.samples(damageWindow)
	floor := c.loudest() * soundShare
	floor *= floor
	pause := c.samples(bridgePause)

	bad := make([]bool, len(c.sent)/step+1)
	var run stretch
	end := func() {
		length := run.length()
		sum += length
		if length > longest {
			longest, at = length, run.from
		}
		run = stretch{}
	}
	for from := 0; from < len(c.sent); from += step {
		to := min(len(c.sent), from+step)
		mid := (from + to) / 2
		sound, lost := c.judge(max(0, mid-window/2), min(len(c.sent), mid+window/2+1), floor)
		switch {
		case !sound:
			if run.open && from-run.to >= pause {
				end()
			}
		case lost:
			bad[from/step] = true
			run.add(from, to)
		default:
			end()
		}
	}
	end()

	if n, from := c.dead(bad, step, math.Sqrt(floor)/2); n > longest {
		longest, at = n, from
	}
	return longest, at, sum
}

// dead is the longest run of digital silence, to the sample, where the sent audio has sound above level. A run counts if the windows
// found most of it damaged (bad holds one verdict a step): a quiet passage is no gap.
func (c *comparison) dead(bad []bool, step int, level float64) (longest, at int) {
	silence := 9 + c.gain*level/2 // A-law's silence is ±8
	pause := c.samples(bridgePause)
	var run stretch
	damaged := 0
	end := func() {
		if n := run.length(); n > longest && 2*damaged*step > n {
			longest, at = n, run.from
		}
		run, damaged = stretch{}, 0
	}
	for i, s := range c.sent {
		if math.Abs(c.at(i)) >= silence {
			end()
			continue
		}
		if math.Abs(float64(s)) > level {
			if run.open && i-run.to >= pause {
				end()
			}
			run.add(i, i+1)
		}
		if run.open && i%step == 0 && bad[i/step] {
			damaged++
		}
	}
	end()
	return longest, at
}

// judge says of one window whether the sent audio has sound there, and if so, whether the heard audio fails to follow it.
func (c *comparison) judge(from, to int, floor float64) (sound, lost bool) {
	var ss, hh, sh float64
	for i := from; i < to; i++ {
		s, h := float64(c.sent[i]), c.at(i)
		ss += s * s
		hh += h * h
		sh += s * h
	}
	if ss <= floor*float64(to-from) {
		return false, false
	}
	if hh < quietShare*c.gain*c.gain*ss || sh <= 0 {
		return true, true
	}
	return true, sh*sh < followShare*ss*hh
}

// loudest is the RMS of the loudest 20 ms of the sent audio.
func (c *comparison) loudest() float64 {
	frame := c.samples(20 * time.Millisecond)
	var loudest float64
	for from := 0; from < len(c.sent); from += frame {
		part := c.sent[from:min(len(c.sent), from+frame)]
		loudest = max(loudest, energy(part)/float64(len(part)))
	}
	return math.Sqrt(loudest)
}

// stretch is a half-open range of samples under construction.
type stretch struct {
	from, to int
	open     bool
}

func (s *stretch) add(from, to int) {
	if !s.open {
		s.from, s.open = from, true
	}
	s.to = to
}

func (s *stretch) length() int { return s.to - s.from }

func energy(samples []int16) float64 {
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return sum
}
