package voice

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"

	"tandem/internal/audio"
)

// levels are the channels of a recording as one value a tick; it fails if a tick
// has several.
func levels(t *testing.T, r *Recorder) [][]int16 {
	t.Helper()
	pieces, err := r.WAVs(0)
	if err != nil {
		t.Fatal(err)
	}
	rate, channels, err := audio.ReadChannels(bytes.NewReader(pieces[0].WAV))
	if err != nil || rate != Rate {
		t.Fatalf("rate %d, %v", rate, err)
	}
	var all [][]int16
	for c, samples := range channels {
		one := []int16{}
		for frame := range slices.Chunk(samples, FrameSamples) {
			if !slices.Equal(frame, frameOf(frame[0])) {
				t.Fatalf("channel %d, frame %d is not of one piece", c, len(one))
			}
			one = append(one, frame[0])
		}
		all = append(all, one)
	}
	return all
}

type saying map[string]int16

func TestRecorder(t *testing.T) {
	for _, c := range []struct {
		name    string
		unmixed bool
		order   []string
		ticks   []saying
		want    [][]int16
		names   []string
	}{
		{name: "nothing", want: [][]int16{{}}},
		{name: "nothing, unmixed", unmixed: true, want: [][]int16{{}}},
		{name: "mixed", ticks: []saying{{"a": 1, "b": 10}, {}, {"b": 20}, {"a": 30000, "b": 30000}, {"a": -30000, "b": -30000}},
			want: [][]int16{{11, 0, 20, 32767, -32768}}},
		{name: "unmixed, as they come", unmixed: true, ticks: []saying{{}, {"b": 1}, {"a": 2, "b": 3}, {}},
			want: [][]int16{{0, 1, 3, 0}, {0, 0, 2, 0}}, names: []string{"b", "a"}},
		{name: "unmixed, in order", unmixed: true, order: []string{"a", "b", "c"}, ticks: []saying{{"b": 1}, {"a": 2}},
			want: [][]int16{{0, 2}, {1, 0}, {0, 0}}, names: []string{"a", "b", "c"}},
		{name: "unmixed, an open place", unmixed: true, order: []string{"", "b"}, ticks: []saying{{"b": 1}, {"x": 2}, {"y": 3}},
			want: [][]int16{{0, 2, 0}, {1, 0, 0}, {0, 0, 3}}, names: []string{"x", "b", "y"}},
		{name: "unmixed, one too many", unmixed: true, order: []string{"a", "b", "c", "d", "e"}, ticks: []saying{{"f": 1}, {"e": 2}, {"f": 1}},
			want: [][]int16{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 2, 0}}, names: []string{"a", "b", "c", "d", "e"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewRecorder(c.unmixed, c.order)
			if err != nil {
				t.Fatal(err)
			}
			for _, tick := range c.ticks {
				for name, v := range tick {
					frame := frameOf(v)
					r.Add(name, frame)
					clear(frame) // it is not ours
				}
				r.EndTick()
			}
			if got := levels(t, r); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if got := r.Channels(); !slices.Equal(got, c.names) {
				t.Errorf("channels %v, want %v", got, c.names)
			}
			if got := r.Duration(); got != time.Duration(len(c.ticks))*FrameDuration {
				t.Errorf("lasts %v", got)
			}
		})
	}
}

func TestRecorderPauses(t *testing.T) {
	r, err := NewRecorder(true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range int16(10) {
		switch i {
		case 0, 5:
			r.SetPaused(true)
		case 3, 8:
			r.SetPaused(false)
		}
		r.Add("a", frameOf(i+1))
		if i == 4 {
			r.Add("b", frameOf(50))
		}
		r.EndTick()
	}
	if got, want := levels(t, r), [][]int16{{4, 5, 9, 10}, {0, 50, 0, 0}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := r.Duration(); got != 4*FrameDuration {
		t.Errorf("lasts %v", got)
	}
}

func TestRecorderRefuses(t *testing.T) {
	if _, err := NewRecorder(false, []string{"a"}); err == nil {
		t.Error("an order for a mixed recording")
	}
	if _, err := NewRecorder(true, make([]string, MaxChannels+1)); err == nil {
		t.Error("six channels")
	}
}
