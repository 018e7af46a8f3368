package media

import (
	"math"
	"time"
)

// Quality is what somebody thinks of a call, by the E-model (ITU-T G.107).
type Quality struct {
	R   float64 // transmission rating: 93.2 at best; below 50 nearly everybody complains
	MOS float64 // mean opinion score, 1 to 4.41; 0: too little was heard to tell
}

// Constants of the E-model.
const (
	bestR       = 93.2  // all parameters of G.107 at their defaults: what narrowband can be
	lossHalf    = 25.1  // Bpl of G.711 with concealment of lost packets (G.113 appendix I), which everything has today
	annoying    = 177.3 // ms of delay from which on conversation suffers (Cole and Rosenbluth's fit of Idd)
	leastHeard  = 50    // packets: one second
	othersDelay = frame // to make a packet, besides what the network takes
)

// Quality rates what comes from this side: loss and jitter as we see them, and the delay of half a round trip, a jitter buffer of twice the jitter and one packet.
// Loss is taken for random (BurstR 1), and G.722 for as good as G.711, since the scale is that of narrowband: both flatter a little, and the same way always.
func (s StreamStats) Quality() Quality {
	if s.Packets < leastHeard {
		return Quality{}
	}
	lost := 100 * float64(s.Lost) / float64(s.Lost+s.Packets)
	return rate(lost, s.RTT/2+2*s.Jitter+othersDelay)
}

// rate is the E-model with what a voice relay can know: loss in per cent and delay from mouth to ear.
func rate(lost float64, delay time.Duration) Quality {
	ms := delay.Seconds() * 1000
	r := bestR - 95*lost/(lost+lossHalf) - 0.024*ms
	if ms > annoying {
		r -= 0.11 * (ms - annoying)
	}
	r = max(0, r)
	return Quality{R: r, MOS: max(1, 1+0.035*r+7e-6*r*(r-60)*(100-r))} // G.107 annex B; the cubic dips below 1 near 0
}

// Round gives both figures as people read them.
func (q Quality) Round() Quality {
	return Quality{R: math.Round(q.R*10) / 10, MOS: math.Round(q.MOS*100) / 100}
}
