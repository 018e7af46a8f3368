package mixer

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tandem/internal/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is a listener: it keeps what it hears and when.
type recorder struct {
	mu    sync.Mutex
	heard []int16
	at    []time.Time
}

func (r *recorder) hear(frame []int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, frame...)
	r.at = append(r.at, time.Now())
}

func (r *recorder) samples() []int16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard)
}

func (r *recorder) times() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.at)
}

func newConference(t testing.TB) *Conference {
	c := New(slog.New(slog.DiscardHandler))
	t.Cleanup(c.Close)
	return c
}

// at waits, in the test's synthetic time, until so long after start.
func at(start time.Time, after time.Duration) { <-time.After(time.Until(start.Add(after))) }

func frameOf(v int16) []int16 { return slices.Repeat([]int16{v}, FrameSamples) }

// levels reduces what was heard to one value a frame, which must be constant within it, and cuts silence at both ends.
func levels(t *testing.T, heard []int16) []int16 {
	t.Helper()
	var out []int16
	for frame := range slices.Chunk(heard, FrameSamples) {
		if slices.Min(frame) != slices.Max(frame) {
			t.Fatalf("frame %d is not one frame that was written", len(out))
		}
		out = append(out, frame[0])
	}
	for len(out) > 0 && out[0] == 0 {
		out = out[1:]
	}
	for len(out) > 0 && out[len(out)-1] == 0 {
		out = out[:len(out)-1]
	}
	return out
}

func TestNoDriftInAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConference(t)
		start := time.Now()
		var ear recorder
		c.Join("ear", ear.hear)
		mouth := c.Join("mouth", nil)
		const frames = 3000
		for i := range frames {
			at(start, time.Duration(i)*FrameDuration+7*time.Millisecond)
			mouth.Write(frameOf(int16(i + 1)))
		}
		at(start, 61*time.Second+time.Millisecond)

		times := ear.times()
		if len(times) != 3050 {
			t.Errorf("mixed %d frames in 61 s, want 3050", len(times))
		}
		for i, when := range times {
			if want := start.Add(time.Duration(i+1) * FrameDuration); !when.Equal(want) {
				t.Fatalf("frame %d at %v, want %v", i, when.Sub(start), want.Sub(start))
			}
		}
		got := levels(t, ear.samples())
		if len(got) != frames {
			t.Fatalf("heard %d frames, want %d", len(got), frames)
		}
		for i, v := range got {
			if v != int16(i+1) {
				t.Fatalf("frame %d is %d", i, v)
			}
		}
		first := slices.Index(ear.samples(), 1) / FrameSamples
		if delay := times[first].Sub(start.Add(7 * time.Millisecond)); delay < 40*time.Millisecond || delay > 60*time.Millisecond {
			t.Errorf("first frame was heard after %v", delay)
		}
		if s := mouth.Stats(); s != (Stats{Mixed: frames}) {
			t.Errorf("stats %+v", s)
		}
		c.Close()
	})
}

func TestMixMinus(t *testing.T) {
	tests := []struct {
		name  string
		said  []int16 // by each party
		heard []int16
	}{
		{"one speaker", []int16{1234, 0, 0}, []int16{0, 1234, 1234}},
		{"three speakers", []int16{100, 20, 3}, []int16{23, 103, 120}},
		{"saturation up", []int16{30000, 30000, 1}, []int16{30001, 30001, math.MaxInt16}},
		{"saturation down", []int16{-30000, -30000, -1}, []int16{-30001, -30001, math.MinInt16}},
		{"own voice does not saturate others", []int16{32767, 32767, -32768}, []int16{-1, -1, math.MaxInt16}},
		{"extreme", []int16{math.MinInt16, 0, 0}, []int16{0, math.MinInt16, math.MinInt16}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newConference(t)
				start := time.Now()
				ears := make([]recorder, len(tt.said))
				var ports []*Port
				for i := range tt.said {
					ports = append(ports, c.Join(fmt.Sprint(i), ears[i].hear))
				}
				for i, p := range ports {
					p.Write(frameOf(tt.said[i]))
				}
				at(start, 200*time.Millisecond+1)
				for i := range ears {
					got := levels(t, ears[i].samples())
					if want := tt.heard[i]; want == 0 && len(got) != 0 || want != 0 && !slices.Equal(got, []int16{want}) {
						t.Errorf("party %d heard %v, want %d", i, got, want)
					}
				}
				c.Close()
			})
		})
	}
}

func TestSpeechPassesBitForBit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConference(t)
		start := time.Now()
		var agent, customer recorder
		a, b := c.Join("agent", agent.hear), c.Join("customer", customer.hear)
		fromAgent, fromCustomer := audio.AgentSpeech(), audio.CustomerSpeech()
		i := 0
		for ; i*FrameSamples < max(len(fromAgent.Samples), len(fromCustomer.Samples)); i++ {
			at(start, time.Duration(i)*FrameDuration)
			for _, v := range []struct {
				port   *Port
				speech []int16
			}{{a, fromAgent.Samples}, {b, fromCustomer.Samples}} {
				if from := i * FrameSamples; from < len(v.speech) {
					v.port.Write(v.speech[from:min(len(v.speech), from+FrameSamples)])
				}
			}
		}
		at(start, time.Duration(i+5)*FrameDuration+1)
		c.Close()
		for _, v := range []struct {
			name        string
			sent, heard []int16
		}{{"agent", fromCustomer.Samples, agent.samples()}, {"customer", fromAgent.Samples, customer.samples()}} {
			m := audio.Compare(v.sent, v.heard, SampleRate)
			if m.Correlation < 0.9999 || m.Damaged != 0 || m.Delay < 40*time.Millisecond || m.Delay > 60*time.Millisecond {
				t.Errorf("%s heard %+v", v.name, m)
			}
		}
	})
}

func TestJitterBuffer(t *testing.T) {
	type write struct {
		at    time.Duration
		level int16
		place int64 // with WriteAt if > 0
	}
	after := func(start time.Duration, from, to int16) (ws []write) {
		for i := from; i <= to; i++ {
			ws = append(ws, write{at: start + time.Duration(i-from)*FrameDuration, level: i})
		}
		return ws
	}
	steady := func(from, to int16, shift time.Duration) (ws []write) {
		return after(time.Duration(from-1)*FrameDuration+shift, from, to)
	}
	burst := func(from, to int16) (ws []write) {
		for i := from; i <= to; i++ {
			ws = append(ws, write{level: i})
		}
		return ws
	}
	ms := time.Millisecond
	tests := []struct {
		name   string
		writes []write
		heard  []int16 // 0 is a frame of silence
		stats  Stats
	}{
		{"steady", steady(1, 5, 0), []int16{1, 2, 3, 4, 5}, Stats{Mixed: 5}},
		{"late by less than the buffer", []write{{0, 1, 0}, {20 * ms, 2, 0}, {75 * ms, 3, 0}, {79 * ms, 4, 0}, {80 * ms, 5, 0}}, []int16{1, 2, 3, 4, 5}, Stats{Mixed: 5}},
		{
			"a stall keeps the alignment", slices.Concat(steady(1, 3, 0), []write{{160 * ms, 4, 0}, {160 * ms, 5, 0}, {160 * ms, 6, 0}, {160 * ms, 7, 0}, {160 * ms, 8, 0}, {160 * ms, 9, 0}}, steady(10, 12, 0)),
			[]int16{1, 2, 3, 0, 0, 0, 7, 8, 9, 10, 11, 12},
			Stats{Mixed: 9, Late: 3},
		},
		{"a pause starts afresh", slices.Concat(steady(1, 2, 0), steady(51, 53, 0)), slices.Concat([]int16{1, 2}, make([]int16, 48), []int16{51, 52, 53}), Stats{Mixed: 5}},
		{"a short pause costs a frame", slices.Concat(steady(1, 2, 0), steady(13, 16, 0)), slices.Concat([]int16{1, 2}, make([]int16, 11), []int16{14, 15, 16}), Stats{Mixed: 5, Late: 1}},
		{"a burst", burst(1, 11), []int16{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, Stats{Mixed: 11}},
		{"a burst too large", burst(1, 14), []int16{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, Stats{Mixed: 11, Early: 3}},
		{"a late first frame", slices.Concat(burst(1, 8), after(20*ms, 9, 14)), []int16{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, Stats{Mixed: 14}},
		{"places out of order", []write{{0, 1, 101}, {5 * ms, 3, 103}, {6 * ms, 2, 102}}, []int16{1, 2, 3}, Stats{Mixed: 3}},
		{"a lost place is silence", []write{{0, 1, 101}, {20 * ms, 2, 102}, {60 * ms, 4, 104}}, []int16{1, 2, 0, 4}, Stats{Mixed: 3}},
		{"a place that is over", []write{{0, 1, 101}, {20 * ms, 2, 102}, {60 * ms, 4, 104}, {120 * ms, 3, 103}}, []int16{1, 2, 0, 4}, Stats{Mixed: 3, Late: 1}},
		{"a pause by places", []write{{0, 1, 101}, {200 * ms, 11, 111}}, []int16{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11}, Stats{Mixed: 2}},
		{"a new count at once", []write{{0, 1, 101}, {0, 2, 102}, {0, 3, 9007}, {0, 4, 9008}}, []int16{1, 2, 3, 4}, Stats{Mixed: 4}},
		{"a new count", []write{{0, 1, 101}, {20 * ms, 2, 7}, {40 * ms, 3, 8}}, []int16{1, 2, 3}, Stats{Mixed: 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newConference(t)
				start := time.Now().Add(10 * time.Millisecond)
				var ear recorder
				c.Join("ear", ear.hear)
				mouth := c.Join("mouth", nil)
				var last time.Duration
				for _, w := range tt.writes {
					at(start, w.at)
					last = w.at
					if w.place > 0 {
						mouth.WriteAt(w.place, frameOf(w.level))
					} else {
						mouth.Write(frameOf(w.level))
					}
				}
				at(start, last+300*time.Millisecond)
				c.Close()
				if got := levels(t, ear.samples()); !slices.Equal(got, tt.heard) {
					t.Errorf("heard %v, want %v", got, tt.heard)
				}
				if s := mouth.Stats(); s != tt.stats {
					t.Errorf("stats %+v, want %+v", s, tt.stats)
				}
			})
		})
	}
}

// Whatever the times of writing, what is heard is an ordered selection of what was written.
func TestNeverReorders(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pauses := rapid.SliceOfN(rapid.IntRange(0, 90), 1, 60).Draw(rt, "pauses in ms")
		withPlaces := rapid.Bool().Draw(rt, "places")
		var heard []int16
		synctest.Test(t, func(t *testing.T) {
			c := newConference(t)
			var ear recorder
			c.Join("ear", ear.hear)
			mouth := c.Join("mouth", nil)
			for i, p := range pauses {
				<-time.After(time.Duration(p) * time.Millisecond)
				if withPlaces {
					mouth.WriteAt(int64(i), frameOf(int16(i+1)))
				} else {
					mouth.Write(frameOf(int16(i + 1)))
				}
			}
			<-time.After(300 * time.Millisecond)
			c.Close()
			heard = levels(t, ear.samples())
			s := mouth.Stats()
			if int(s.Mixed+s.Late+s.Early) != len(pauses) {
				rt.Fatalf("%d frames written, stats %+v", len(pauses), s)
			}
		})
		var last int16
		for _, v := range heard {
			if v != 0 && v <= last {
				rt.Fatalf("heard %v", heard)
			}
			last = max(last, v)
		}
		if len(heard) == 0 {
			rt.Fatal("heard nothing")
		}
	})
}

func TestMuteAndLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConference(t)
		start := time.Now()
		var ear, gone recorder
		c.Join("ear", ear.hear)
		mouth := c.Join("mouth", gone.hear)
		for i := range 30 {
			at(start, time.Duration(i)*FrameDuration+5*time.Millisecond)
			switch i {
			case 10:
				mouth.SetMuted(true)
			case 20:
				mouth.SetMuted(false)
			case 25:
				mouth.Leave()
				mouth.Leave()
			}
			mouth.Write(frameOf(int16(i + 1)))
		}
		at(start, time.Second+1)
		got := levels(t, ear.samples())
		muted := 0
		for _, v := range got {
			if v == 0 {
				muted++
			}
		}
		if muted != 10 {
			t.Errorf("heard %v: %d silent frames, want 10", got, muted)
		}
		if len(gone.times()) > 25 {
			t.Errorf("heard %d frames after leaving at the 25th", len(gone.times()))
		}
		if c.Parties() != 1 {
			t.Errorf("%d parties", c.Parties())
		}
		c.Close()
		c.Close()
		p := c.Join("late", func([]int16) { t.Error("closed conference speaks") })
		p.Write(frameOf(1))
		p.Leave()
	})
}

func TestPartiesComeAndGo(t *testing.T) {
	c := New(nil)
	t.Cleanup(c.Close)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 50 {
				heard := make(chan struct{}, 1)
				p := c.Join("guest", func([]int16) {
					select {
					case heard <- struct{}{}:
					default:
					}
				})
				p.Write(frameOf(int16(i)))
				p.WriteAt(int64(i), frameOf(int16(i)))
				if i%25 == 0 {
					<-heard
				}
				p.Leave()
			}
		})
	}
	wg.Wait()
	if n := c.Parties(); n != 0 {
		t.Errorf("%d parties left", n)
	}
}
