package voice

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

// line keeps what is written to it.
type line struct{ said []int16 }

func (l *line) WriteAt(_ int64, frame []int16) { l.said = append(l.said, frame...) }

func clip(n int, v int16) audio.PCM {
	return audio.PCM{Rate: Rate, Samples: slices.Repeat([]int16{v}, n)}
}

// turns plays until the player is done, at most so many ticks.
func turns(out func([]int16), most int, over func() bool) int {
	for i := range most {
		if over() {
			return i
		}
		out(nil)
	}
	return most
}

func TestPlayer(t *testing.T) {
	for _, c := range []struct {
		name  string
		clips []audio.PCM
		want  []int16
	}{
		{"nothing", nil, nil},
		{"empty clip", []audio.PCM{{Rate: Rate}}, nil},
		{"one frame", []audio.PCM{clip(320, 5)}, frameOf(5)},
		{"a part of a frame is filled up", []audio.PCM{clip(100, 5)}, slices.Concat(clip(100, 5).Samples, make([]int16, 220))},
		{"clips follow without a gap", []audio.PCM{clip(100, 1), {Rate: Rate}, clip(100, 2), clip(440, 3)},
			slices.Concat(clip(100, 1).Samples, clip(100, 2).Samples, clip(440, 3).Samples)},
		{"another rate", []audio.PCM{{Rate: 8000, Samples: slices.Repeat([]int16{7}, 160)}},
			audio.Resample(audio.PCM{Rate: 8000, Samples: slices.Repeat([]int16{7}, 160)}, Rate).Samples},
	} {
		t.Run(c.name, func(t *testing.T) {
			var endings []bool
			p, out := NewPlayer(c.clips, false, func(completed bool) { endings = append(endings, completed) })
			out(nil) // before the start nothing is lost
			var l line
			p.Start(&l)
			n := turns(out, 100, p.Ended)
			if !slices.Equal(l.said, c.want) {
				t.Errorf("said %v", l.said)
			}
			if want := len(c.want)/FrameSamples + drain + 1; n != want {
				t.Errorf("done after %d ticks, want %d", n, want)
			}
			out(nil)
			p.Stop()
			if !slices.Equal(endings, []bool{true}) {
				t.Errorf("endings %v", endings)
			}
		})
	}
}

func TestPlayerLoopsUntilStopped(t *testing.T) {
	var endings []bool
	p, out := NewPlayer([]audio.PCM{clip(200, 1), clip(200, 2)}, true, func(completed bool) { endings = append(endings, completed) })
	var l line
	p.Start(&l)
	turns(out, 10, p.Ended)
	p.Stop()
	p.Stop()
	out(nil)
	if !slices.Equal(endings, []bool{false}) {
		t.Errorf("endings %v", endings)
	}
	want := slices.Concat(clip(200, 1).Samples, clip(200, 2).Samples)
	if !slices.Equal(l.said, slices.Repeat(want, 8)) {
		t.Errorf("%d samples, not eight times both clips", len(l.said))
	}
}

func TestEmptyLoopEnds(t *testing.T) {
	p, out := NewPlayer(nil, true, nil)
	p.Start(&line{})
	if turns(out, 20, p.Ended) == 20 {
		t.Error("plays nothing for ever")
	}
}

func TestPlayerIsDoneOnce(t *testing.T) {
	for range 100 {
		var mu sync.Mutex
		endings := 0
		p, out := NewPlayer(nil, false, func(bool) {
			mu.Lock()
			defer mu.Unlock()
			endings++
		})
		p.Start(&line{})
		var wg sync.WaitGroup
		wg.Go(func() { turns(out, 20, p.Ended) })
		wg.Go(p.Stop)
		wg.Wait()
		if endings != 1 {
			t.Fatalf("%d endings", endings)
		}
	}
}

// In a real conference everybody has heard the whole clip before the player says
// that it is done, so that its port may leave then. The clip is made of constant
// frames, so that the rate of the port does not matter.
func TestPlayerInAConference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conference := mixer.New(nil)
		defer conference.Close()
		var mu sync.Mutex
		var heard []int16
		conference.Join("ear", func(frame []int16) {
			mu.Lock()
			defer mu.Unlock()
			if frame[0] != 0 {
				heard = append(heard, frame[0])
			}
		})
		var want []int16
		var clips []audio.PCM
		for v := range int16(20) {
			clips = append(clips, clip(FrameSamples, v+1))
			want = append(want, v+1)
		}
		done := make(chan bool, 1)
		p, out := NewPlayer(clips, false, func(completed bool) { done <- completed })
		port := conference.Join("player", out)
		p.Start(port)
		if !<-done {
			t.Error("was not completed")
		}
		port.Leave()
		<-time.After(time.Second)
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(heard, want) {
			t.Errorf("heard %v", heard)
		}
	})
}

// A conference that stalls is late with what is played, and leaves no hole in it.
func TestPlayedThroughAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := mixer.New(nil)
		var mu sync.Mutex
		var heard []int16
		ticks := 0
		room.JoinWide("ear", func(frame []int16) {
			mu.Lock()
			heard = append(heard, frame...)
			ticks++
			stall := ticks == 30
			mu.Unlock()
			if stall {
				<-time.After(300 * time.Millisecond)
			}
		})
		over := make(chan struct{})
		player, out := NewPlayer([]audio.PCM{clip(100*FrameSamples, 1000)}, false, func(bool) { close(over) })
		player.Start(room.JoinWide("prompt", out))
		<-over
		room.Close()
		mu.Lock()
		defer mu.Unlock()
		first := slices.IndexFunc(heard, func(s int16) bool { return s > 500 })
		last := len(heard) - 1
		for last > 0 && heard[last] < 500 {
			last--
		}
		for i, s := range heard[max(0, first):last] {
			if s < 500 {
				t.Fatalf("silence at sample %d of %d", i, last-first)
			}
		}
		if n := last - first; n < 99*FrameSamples {
			t.Errorf("%d samples were heard", n)
		}
	})
}
