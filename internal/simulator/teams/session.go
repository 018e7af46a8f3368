package teams

import (
	"math"
	"slices"
	"sync"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

// Audio of a user: linear PCM, 8 kHz, in frames of 20 ms. A person at a browser
// also has it at 16 kHz, if he was there when the user joined the call.
const (
	sampleRate   = mixer.SampleRate
	frameSamples = mixer.FrameSamples
)

const (
	// maxHeard bounds what is kept of one call: five minutes.
	maxHeard = 5 * 60 * sampleRate
	// maxSaid bounds what waits to be said.
	maxSaid = maxHeard
	// fallen is after how many frames without a word of the browser its voice
	// counts as silent.
	fallen = 25
)

// Session is a user being in a call.
type Session struct {
	Invitation
	directory *Directory
	user      *user
	since     time.Time
	port      *mixer.Port // nil without sound
	wide      bool        // what the port's frames are
	done      chan struct{}
	once      sync.Once

	// Guarded by Directory.mu.
	state
	told      state
	telling   bool
	recording bool

	mu     sync.Mutex
	said   int64 // frames, silence before the speech included
	say    []int16
	live   bool // a person has spoken: the scripted speech is over
	silent int  // frames since that person's last one

	heard        audio.BandSplitter
	widen        audio.BandJoiner // of what is said by script
	widenPerson  audio.BandJoiner
	narrowPerson audio.BandSplitter
}

// state is what whoever invited is told about.
type state struct{ muted, held bool }

// join puts whom the ring was for into the call; with Directory.mu held.
func (d *Directory) join(r *ring) *Session {
	s := &Session{Invitation: r.Invitation, directory: d, user: r.user, since: time.Now(), done: make(chan struct{})}
	if r.Room != nil {
		// Frames can come before port is set: hear waits for Directory.mu first.
		s.enter(r.Room)
		s.user.recording(s.Call) // from now on Heard answers, if only with silence
	}
	r.user.calls = append(r.user.calls, s)
	d.changed()
	return s
}

// enter takes a place in a conference, a wide one for a person at a browser; with
// Directory.mu held.
func (s *Session) enter(room *mixer.Conference) {
	if s.wide = s.user.voice != nil; s.wide {
		s.port = room.JoinWide(s.user.OID, s.hear)
	} else {
		s.port = room.Join(s.user.OID, s.hear)
	}
}

// Port is the user's place in the conference; nil without sound.
func (s *Session) Port() *mixer.Port {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.port
}

// Move takes the user into the sound of another call.
func (s *Session) Move(room *mixer.Conference) {
	s.directory.mu.Lock()
	defer s.directory.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.port == nil || s.Gone() {
		return
	}
	old := s.port
	s.enter(room)
	s.port.SetMuted(s.muted)
	s.port.SetHeld(s.held)
	old.Leave()
}

// SetRecording shows or hides the banner on the user's screen. Who joins later
// has a session, and so a banner, of his own.
func (s *Session) SetRecording(on bool) {
	s.directory.mu.Lock()
	defer s.directory.mu.Unlock()
	s.recording = on
	s.directory.changed()
}

// Say makes the user say this once, after what is still to be said, mixed with
// what he says himself. While he is muted or holds the call nobody hears it.
func (s *Session) Say(pcm audio.PCM) {
	if pcm.Rate <= 0 {
		return
	}
	samples := pcm.Samples
	if pcm.Rate != sampleRate {
		samples = audio.Resample(pcm, sampleRate).Samples
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	samples = samples[:min(len(samples), maxSaid-len(s.say))]
	s.say = append(slices.Clip(s.say), samples...)
}

// hear keeps what the user hears and says the user's next frame: the room's
// frames pace the speech, which therefore needs no clock of its own and cannot
// drift against the room. A person at a browser has a clock of his own; then
// speak says it.
func (s *Session) hear(frame []int16) {
	narrow := frame
	if len(frame) == mixer.WideSamples {
		s.mu.Lock() // after a Move the last frame of the old room may still be on its way
		narrow, _ = s.heard.Split(frame)
		s.mu.Unlock()
	}
	if v := s.directory.record(s, narrow); v != nil {
		v.hear(frame)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Gone() {
		return
	}
	s.silent++
	if s.live && s.silent <= fallen {
		return
	}
	var say []int16
	if !s.live {
		say = s.user.utter(s.said)
	}
	say = s.due(say)
	if say != nil && s.wide {
		say = s.widen.Widen(say)
	}
	if say != nil {
		s.port.WriteAt(s.said, say)
	}
	s.said++
}

// speak says what a person says, in place of the scripted speech.
func (s *Session) speak(place int64, frame []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.port == nil || s.Gone() {
		return
	}
	s.live, s.silent = true, 0
	switch wide := len(frame) > frameSamples; {
	case s.wide && !wide:
		frame = s.widenPerson.Widen(frame)
	case wide && !s.wide:
		frame, _ = s.narrowPerson.Split(frame)
	}
	say := s.due(nil)
	if say != nil && s.wide {
		say = s.widen.Widen(say)
	}
	s.port.WriteAt(place, sum(frame, say))
}

// due adds the next frame of what Say was given to a frame, both at 8 kHz; nil is
// silence.
func (s *Session) due(frame []int16) []int16 {
	if len(s.say) == 0 {
		return frame
	}
	next := make([]int16, frameSamples)
	s.say = s.say[copy(next, s.say):]
	return sum(next, frame)
}

// sum adds what is said at once; it has the length of the first.
func sum(a, b []int16) []int16 {
	if len(b) == 0 {
		return a
	}
	out := slices.Clone(a)
	for i, v := range b[:min(len(a), len(b))] {
		out[i] = int16(max(math.MinInt16, min(math.MaxInt16, int32(out[i])+int32(v))))
	}
	return out
}

// utter returns the n-th frame of what the user says, nil for silence.
func (u *user) utter(n int64) []int16 {
	speech := u.Speech.Samples
	at := int(n)*frameSamples - int(u.SpeakAfter.Seconds()*sampleRate)/frameSamples*frameSamples
	if len(speech) == 0 || at < 0 {
		return nil
	}
	if u.Loop {
		whole := (len(speech) + frameSamples - 1) / frameSamples * frameSamples
		at %= whole
	}
	if at >= len(speech) {
		return nil
	}
	frame := make([]int16, frameSamples)
	copy(frame, speech[at:])
	return frame
}

// record keeps what was heard and returns the browser that is to hear it too.
func (d *Directory) record(s *Session, frame []int16) *Voice {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := s.user.recording(s.Call); len(r.samples) < maxHeard {
		r.samples = append(r.samples, frame...)
	}
	if s.user.foremost() == s {
		return s.user.voice
	}
	return nil
}

// recording is where is kept what the user hears in a call; with Directory.mu held.
func (u *user) recording(call string) *recording {
	if i := slices.IndexFunc(u.heard, func(r *recording) bool { return r.call == call }); i >= 0 {
		return u.heard[i]
	}
	if len(u.heard) == keptCalls {
		u.heard = slices.Delete(u.heard, 0, 1)
	}
	r := &recording{call: call}
	u.heard = append(u.heard, r)
	return r
}

// Gone reports whether the user has left, by whatever way.
func (s *Session) Gone() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Leave takes the user out of the call; it may be called more than once.
func (s *Session) Leave() {
	s.once.Do(func() {
		close(s.done)
		if port := s.Port(); port != nil {
			port.Leave()
		}
		s.directory.forget(s)
	})
}
