package voice

import (
	"bytes"
	"fmt"
	"math"
	"sync"
	"time"

	"tandem/internal/audio"
)

// MaxChannels is how many speakers an unmixed recording keeps apart
// (facts/call-automation.md §10).
const MaxChannels = 5

// Recorder records a conference. Feed it from the conference's tap: [Recorder.Add]
// for everyone who spoke in a tick, then [Recorder.EndTick]. It keeps what was
// said, 32 kB a second and channel, and nothing of silence. Use [NewRecorder].
type Recorder struct {
	unmixed bool

	mu       sync.Mutex
	names    []string // of the channels; mixed has none
	sum      [][]int32
	channels [][][]int16 // by channel and tick; nil is silence
	ticks    int
	paused   bool
}

// NewRecorder starts a recording: mixed into one channel or, unmixed, with one
// for each of the first [MaxChannels] speakers. order names the speakers of the
// first channels by their raw ids (audioChannelParticipantOrdering,
// channelAffinity); an empty name leaves a channel to the next speaker who is not
// named.
func NewRecorder(unmixed bool, order []string) (*Recorder, error) {
	if !unmixed && len(order) > 0 {
		return nil, fmt.Errorf("a mixed recording has no order of channels")
	}
	if len(order) > MaxChannels {
		return nil, fmt.Errorf("%d channels are named, a recording has %d", len(order), MaxChannels)
	}
	r := &Recorder{unmixed: unmixed}
	if !unmixed {
		r.grow(1)
	}
	r.names = append(r.names, order...)
	r.grow(len(order))
	return r, nil
}

// grow makes sure that there are n channels.
func (r *Recorder) grow(n int) {
	for len(r.channels) < n {
		r.channels = append(r.channels, make([][]int16, r.ticks))
		r.sum = append(r.sum, nil)
	}
}

// Add takes what someone said in the tick under way; the frame is not kept.
func (r *Recorder) Add(name string, frame []int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.paused {
		return
	}
	c := r.channel(name)
	if c < 0 {
		return
	}
	if r.sum[c] == nil {
		r.sum[c] = make([]int32, FrameSamples)
	}
	for i, s := range frame[:min(len(frame), FrameSamples)] {
		r.sum[c][i] += int32(s)
	}
}

// channel is the place of a speaker; -1 if there is none left.
func (r *Recorder) channel(name string) int {
	if !r.unmixed {
		return 0
	}
	free := -1
	for c, n := range r.names {
		if n == name {
			return c
		}
		if n == "" && free < 0 {
			free = c
		}
	}
	if free >= 0 {
		r.names[free] = name
		return free
	}
	if len(r.names) == MaxChannels {
		return -1
	}
	r.names = append(r.names, name)
	r.grow(len(r.names))
	return len(r.names) - 1
}

// EndTick ends a tick: 20 ms more, unless paused.
func (r *Recorder) EndTick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.paused {
		r.ticks++
	}
	for c, sum := range r.sum {
		r.sum[c] = nil
		if r.paused {
			continue
		}
		var frame []int16
		if sum != nil {
			frame = make([]int16, FrameSamples)
			for i, v := range sum {
				frame[i] = int16(max(math.MinInt16, min(math.MaxInt16, v)))
			}
		}
		r.channels[c] = append(r.channels[c], frame)
	}
}

// SetPaused pauses or resumes; paused time is left out of the file.
func (r *Recorder) SetPaused(paused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.paused = paused
}

// Duration is how long the recording is.
func (r *Recorder) Duration() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(r.ticks) * FrameDuration
}

// Channels names the speakers of an unmixed recording, by channel; empty where
// nobody spoke yet. A mixed recording has none.
func (r *Recorder) Channels() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.names...)
}

// Piece is a part of a recording as a file.
type Piece struct {
	WAV   []byte
	Lasts time.Duration
}

// WAVs returns the recording so far in pieces of that length, the last one perhaps
// shorter; with 0, and when it is not longer, in one.
func (r *Recorder) WAVs(length time.Duration) ([]Piece, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	most := int(length / FrameDuration)
	if most <= 0 {
		most = max(r.ticks, 1)
	}
	var all []Piece
	for from := 0; from == 0 || from < r.ticks; from += most {
		to := min(from+most, r.ticks)
		wav, err := r.wav(from, to)
		if err != nil {
			return nil, err
		}
		all = append(all, Piece{wav, time.Duration(to-from) * FrameDuration})
	}
	return all, nil
}

// wav writes the ticks of a span: 16 kHz, 16 bit, one channel at least. It fails at
// 4 GB, which a WAV file cannot exceed: 37 hours of one channel, 7 of five. With
// r.mu held.
func (r *Recorder) wav(from, to int) ([]byte, error) {
	channels := make([][]int16, max(1, len(r.channels)))
	for c := range channels {
		channels[c] = make([]int16, (to-from)*FrameSamples)
		if c < len(r.channels) {
			for tick, frame := range r.channels[c][from:to] {
				copy(channels[c][tick*FrameSamples:], frame)
			}
		}
	}
	var file bytes.Buffer
	if err := audio.WriteChannels(&file, Rate, channels); err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	return file.Bytes(), nil
}
