package mixer

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/internal/audio"
)

// speak writes all of samples, a frame every 20 ms from start on, and waits until it was mixed.
func speak(p *Port, start time.Time, samples []int16) {
	i := 0
	for frame := range slices.Chunk(samples, p.samples()) {
		at(start, time.Duration(i)*FrameDuration+time.Millisecond)
		p.Write(frame)
		i++
	}
	at(start, time.Duration(i+5)*FrameDuration+1)
}

// notes keeps what a tap gets.
type notes struct {
	mu    sync.Mutex
	ticks int
	heard map[string][]int16
}

func (n *notes) take(said []Said) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ticks++
	if n.heard == nil {
		n.heard = map[string][]int16{}
	}
	for _, s := range said {
		n.heard[s.Name] = append(n.heard[s.Name], s.Frame...)
	}
}

func (n *notes) read() (ticks int, heard map[string][]int16) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ticks, maps.Clone(n.heard)
}

// tone is a second of one frequency.
func tone(hertz float64, rate int) []int16 {
	out := make([]int16, rate)
	for i := range out {
		out[i] = int16(10000 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)))
	}
	return out
}

// level is the RMS of the middle half.
func level(samples []int16) float64 {
	middle := samples[len(samples)/4 : len(samples)*3/4]
	sum := 0.0
	for _, s := range middle {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(middle)))
}

// wide is speech with a whistle in the upper band.
func wide() []int16 {
	var j audio.BandJoiner
	out := j.Widen(audio.CustomerSpeech().Samples[:3*SampleRate])
	for i := range out {
		out[i] = out[i]/2 + int16(1500*math.Sin(2*math.Pi*6100*float64(i)/WideRate)*math.Sin(float64(i)/5000))
	}
	return out
}

func (c *Conference) joinAs(wide bool, name string, out func([]int16)) *Port {
	if wide {
		return c.JoinWide(name, out)
	}
	return c.Join(name, out)
}

func TestBothRates(t *testing.T) {
	const narrow = false
	speech := wide()
	var split audio.BandSplitter
	low, _ := split.Split(speech)
	var widen audio.BandJoiner
	tests := []struct {
		name     string
		from, to bool // wide?
		said     []int16
		want     []int16 // at the hearer's rate; nil is silence
	}{
		{"wide to wide, low tone", true, true, tone(1000, WideRate), tone(1000, WideRate)},
		{"wide to wide, high tone", true, true, tone(6000, WideRate), tone(6000, WideRate)},
		{"wide to wide, tone where the bands meet", true, true, tone(4100, WideRate), tone(4100, WideRate)},
		{"wide to wide, speech", true, true, speech, speech},
		{"wide to narrow, tone", true, narrow, tone(300, WideRate), tone(300, SampleRate)},
		{"wide to narrow, tone it cannot hear", true, narrow, tone(6000, WideRate), nil},
		{"wide to narrow, speech", true, narrow, speech, low},
		{"narrow to wide, tone", narrow, true, tone(300, SampleRate), tone(300, WideRate)},
		{"narrow to wide, speech", narrow, true, low, widen.Widen(low)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newConference(t)
				start := time.Now()
				var ear, own recorder
				c.joinAs(tt.to, "ear", ear.hear)
				mouth := c.joinAs(tt.from, "mouth", own.hear)
				speak(mouth, start, tt.said)
				c.Close()
				rate := map[bool]int{true: WideRate, false: SampleRate}
				if v := level(own.samples()); v != 0 || len(own.samples())%mouth.samples() != 0 {
					t.Errorf("hears itself with %.0f", v)
				}
				heard := ear.samples()
				if tt.want == nil {
					if v := level(heard); v > 30 {
						t.Errorf("heard %.0f", v)
					}
					return
				}
				m := audio.Compare(tt.want, heard, rate[tt.to])
				if m.Correlation < 0.99 || m.Gain < 0.97 || m.Gain > 1.03 || m.LongestGap > 0 {
					t.Errorf("heard %+v", m)
				}
				if strings.Contains(tt.name, "speech") && (m.Delay < 39*time.Millisecond || m.Delay > 63*time.Millisecond) {
					t.Errorf("heard after %v", m.Delay)
				}
				if frames := len(ear.times()); len(heard) != frames*rate[tt.to]/50 {
					t.Errorf("%d samples in %d frames", len(heard), frames)
				}
			})
		})
	}
}

// Two wide speakers: each hears the other alone, a third hears the sum, and too much saturates.
func TestMixMinusWide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConference(t)
		start := time.Now()
		ears := make([]recorder, 4)
		low, high := c.JoinWide("low", ears[0].hear), c.JoinWide("high", ears[1].hear)
		c.JoinWide("wide", ears[2].hear)
		c.Join("narrow", ears[3].hear)
		go speak(low, start, tone(500, WideRate))
		speak(high, start, tone(5000, WideRate))
		both := tone(500, WideRate)
		for i, s := range tone(5000, WideRate) {
			both[i] += s
		}
		for i, v := range []struct {
			want []int16
			rate int
		}{{tone(5000, WideRate), WideRate}, {tone(500, WideRate), WideRate}, {both, WideRate}, {tone(500, SampleRate), SampleRate}} {
			if m := audio.Compare(v.want, ears[i].samples(), v.rate); m.Correlation < 0.99 || m.Gain < 0.97 || m.Gain > 1.03 {
				t.Errorf("party %d heard %+v", i, m)
			}
		}
		var loud [4]*Port
		for i := range loud {
			loud[i] = c.JoinWide("loud", nil)
		}
		for range 3 {
			for _, p := range loud {
				p.Write(slices.Repeat([]int16{math.MaxInt16}, WideSamples))
			}
		}
		at(time.Now(), 200*time.Millisecond)
		if heard := ears[2].samples(); slices.Max(heard[len(heard)-10*WideSamples:]) != math.MaxInt16 {
			t.Error("too much does not saturate")
		}
		c.Close()
	})
}

func TestHeld(t *testing.T) {
	for _, wide := range []bool{false, true} {
		t.Run(fmt.Sprint("wide=", wide), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newConference(t)
				var ears [2]recorder
				a, b := c.joinAs(wide, "a", ears[0].hear), c.joinAs(wide, "b", ears[1].hear)
				second := func(say ...*Port) (ticks, heardA, heardB float64) {
					from := []int{len(ears[0].samples()), len(ears[1].samples())}
					start := time.Now()
					for _, p := range say[1:] {
						go speak(p, start, tone(1000, 50*p.samples()))
					}
					speak(say[0], start, tone(1000, 50*say[0].samples()))
					heard := ears[0].samples()[from[0]:]
					return float64(len(heard) / a.samples()), level(heard), level(ears[1].samples()[from[1]:])
				}
				near := func(v, want float64) bool { return math.Abs(v-want) <= 0.03*want+1 }
				const one = 10000 / math.Sqrt2

				if _, onA, onB := second(a, b); !near(onA, one) || !near(onB, one) {
					t.Errorf("before: %.0f, %.0f", onA, onB)
				}
				a.SetHeld(true)
				if ticks, onA, onB := second(a, b); onA != 0 || onB != 0 || ticks < 50 {
					t.Errorf("held: %.0f, %.0f, %.0f frames", onA, onB, ticks)
				}
				whisperer := a.Whisper("music", nil)
				if _, onA, onB := second(a, b, whisperer); !near(onA, one) || onB != 0 {
					t.Errorf("held, with music: %.0f, %.0f", onA, onB)
				}
				a.SetHeld(false)
				if _, onA, onB := second(a, b); !near(onA, one) || !near(onB, one) {
					t.Errorf("after: %.0f, %.0f", onA, onB)
				}
				c.Close()
			})
		})
	}
}

func TestWhisper(t *testing.T) {
	for _, wide := range []bool{false, true} {
		t.Run(fmt.Sprint("wide=", wide), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newConference(t)
				var customerHears, agentHears, promptHears recorder
				var tapped notes
				customer, agent := c.joinAs(wide, "customer", customerHears.hear), c.joinAs(wide, "agent", agentHears.hear)
				prompt := customer.Whisper("prompt", promptHears.hear)
				c.Tap(tapped.take)
				if n := c.Parties(); n != 2 {
					t.Errorf("%d parties", n)
				}
				start := time.Now()
				go speak(prompt, start, tone(300, WideRate))
				go speak(agent, start, tone(500, 50*agent.samples()))
				speak(customer, start, tone(1000, 50*customer.samples()))
				rate := 50 * customer.samples()
				mixed := tone(300, rate)
				for i, s := range tone(500, rate) {
					mixed[i] += s
				}
				for name, v := range map[string]struct {
					want, heard []int16
					rate        int
				}{
					"customer": {mixed, customerHears.samples(), rate},
					"agent":    {tone(1000, rate), agentHears.samples(), rate},
					"prompt":   {tone(1000, WideRate), promptHears.samples(), WideRate},
				} {
					if m := audio.Compare(v.want, v.heard, v.rate); m.Correlation < 0.98 || m.Gain < 0.95 || m.Gain > 1.05 { // a part of a sample's delay is another phase
						t.Errorf("%s heard %+v", name, m)
					}
				}
				if _, heard := tapped.read(); len(heard) != 2 || len(heard["customer"]) != WideRate || len(heard["agent"]) != WideRate {
					t.Errorf("tapped %d, with the customer %d samples", len(heard), len(heard["customer"]))
				}

				// The prompt hears a held customer, and no muted one.
				for _, state := range []struct {
					held, muted, hears bool
				}{{true, false, true}, {false, true, false}, {true, true, false}} {
					customer.SetHeld(state.held)
					customer.SetMuted(state.muted)
					from, own := len(promptHears.samples()), len(customerHears.samples())
					speak(customer, time.Now(), tone(1000, 50*customer.samples()))
					if v := level(promptHears.samples()[from:]); (v > 5000) != state.hears || (v == 0) == state.hears {
						t.Errorf("%+v: prompt hears %.0f", state, v)
					}
					if v := level(customerHears.samples()[own:]); v != 0 {
						t.Errorf("%+v: customer hears itself with %.0f", state, v)
					}
				}

				customer.Leave()
				from := len(promptHears.times())
				prompt.Write(tone(1000, WideRate)[:WideSamples])
				speak(agent, time.Now(), tone(500, 1000))
				if n := len(promptHears.times()) - from; n != 0 || c.Parties() != 1 {
					t.Errorf("prompt goes on for %d frames without the customer; %d parties", n, c.Parties())
				}
				customer.Whisper("late", func([]int16) { t.Error("whispers to one who left") }).Write(tone(1000, 320))
				c.Close()
			})
		})
	}
}

// A whisperer that leaves is not heard any more and can be followed by another.
func TestWhispererLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConference(t)
		var ear recorder
		p := c.Join("customer", ear.hear)
		first, second := p.Whisper("first", nil), p.Whisper("second", nil)
		first.Leave()
		go speak(first, time.Now(), tone(1000, WideRate))
		speak(second, time.Now(), make([]int16, WideRate))
		if v := level(ear.samples()); v != 0 {
			t.Errorf("heard %.0f of one who left", v)
		}
		from := len(ear.samples())
		speak(second, time.Now(), tone(1000, WideRate))
		if v := level(ear.samples()[from:]); v < 5000 {
			t.Errorf("heard %.0f of the other", v)
		}
		c.Close()
	})
}

func TestTap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConference(t)
		start := time.Now()
		var first, second notes
		stop := c.Tap(first.take)
		stopSecond := c.Tap(second.take)
		whole := wide()
		narrow := audio.AgentSpeech().Samples[:3*SampleRate]
		customer, agent, muted, held := c.JoinWide("customer", nil), c.Join("agent", nil), c.Join("muted", nil), c.JoinWide("held", nil)
		c.Join("silent", nil)
		muted.SetMuted(true)
		held.SetHeld(true)
		for _, v := range []struct {
			port *Port
			said []int16
		}{{agent, narrow}, {muted, narrow}, {held, whole}} {
			go speak(v.port, start, v.said)
		}
		speak(customer, start, whole)
		stopSecond()
		stopSecond()
		ticks, heard := first.read()
		before, _ := second.read()
		if len(heard) != 2 || ticks != 155 || before != ticks {
			t.Errorf("%d ticks, %d for the second, heard %d parties", ticks, before, len(heard))
		}
		if !slices.Equal(heard["customer"], whole) {
			t.Error("a wide party is not tapped as it spoke")
		}
		if m := audio.Compare(narrow, narrowed(heard["agent"]), SampleRate); m.Correlation < 0.99 || m.Gain < 0.97 || m.Gain > 1.03 {
			t.Errorf("narrow party %+v", m)
		}

		muted.SetMuted(false)
		held.SetHeld(false)
		go speak(muted, time.Now(), narrow[:SampleRate/5])
		speak(held, time.Now(), whole[:WideRate/5])
		_, heard = first.read()
		after, _ := second.read()
		const most = 9 * WideSamples // a short pause costs a frame
		if len(heard["muted"]) != most || len(heard["held"]) != most || after != before {
			t.Errorf("after muting and holding %d and %d samples; %d ticks after stop", len(heard["muted"]), len(heard["held"]), after-before)
		}
		c.Close()
		stop()
		c.Tap(func([]Said) { t.Error("tap of a closed conference") })()
	})
}

// The end of a word is still in the filter when its frame is over. It is heard, and not kept for the next word.
func TestEndOfAWideWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConference(t)
		var ear recorder
		c.JoinWide("ear", ear.hear)
		mouth, narrow := c.JoinWide("mouth", nil), c.Join("narrow", nil)
		var tapped notes
		c.Tap(tapped.take)
		click := make([]int16, WideSamples)
		click[WideSamples-1] = 20000
		speak(mouth, time.Now(), click)
		sum := 0
		for _, s := range ear.samples() {
			sum += int(s)
		}
		if sum < 19500 || sum > 20500 { // the filters leave a constant as it is, hence also the sum of a click
			t.Errorf("heard %d of 20000", sum)
		}
		from := len(ear.samples())
		speak(mouth, time.Now().Add(time.Second), make([]int16, 10*WideSamples))
		if v := slices.Max(ear.samples()[from:]); v != 0 {
			t.Errorf("silence begins with %d", v)
		}

		// Likewise where a tap makes narrow speech wide.
		narrow.Write(click[WideSamples-FrameSamples:])
		speak(narrow, time.Now().Add(time.Second), make([]int16, FrameSamples))
		if _, heard := tapped.read(); len(heard["narrow"]) != 2*WideSamples || slices.Max(heard["narrow"][WideSamples:]) != 0 {
			t.Errorf("tapped %d samples", len(heard["narrow"]))
		}
		c.Close()
	})
}

func narrowed(wide []int16) []int16 {
	var s audio.BandSplitter
	low, _ := s.Split(wide)
	return low
}

// An out function may do to the conference what it likes.
func TestCallbacksMayChangeEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConference(t)
		calls, whispers := 0, 0 // of the conference's goroutine
		ready := make(chan struct{})
		var p *Port
		var stop func()
		p = c.Join("a", func([]int16) {
			<-ready
			p.SetHeld(true)
			var w *Port
			w = p.Whisper("w", func([]int16) { whispers++; w.Leave() })
			p.SetHeld(false)
		})
		stop = c.Tap(func([]Said) {
			<-ready
			if calls++; calls == 10 {
				p.Leave()
				stop()
			}
		})
		close(ready)
		<-time.After(time.Second)
		if n := c.Parties(); n != 0 {
			t.Errorf("%d parties", n)
		}
		c.Close()
		if calls != 10 || whispers != 9 {
			t.Errorf("%d calls of the tap, %d of whisperers", calls, whispers)
		}
	})
}

func BenchmarkMix(b *testing.B) {
	for _, wide := range []bool{false, true} {
		b.Run(fmt.Sprint("wide=", wide), func(b *testing.B) {
			c := New(nil)
			defer c.Close()
			var ports []*Port
			for range 4 {
				ports = append(ports, c.joinAs(wide, "x", func([]int16) {}))
			}
			frame := tone(1000, WideRate)
			for b.Loop() {
				for _, p := range ports {
					p.Write(frame)
				}
				c.mix()
			}
		})
	}
}
