package teams

import (
	"sync"
	"time"
)

// Audio of a conference: linear PCM, 8 kHz, in frames of 20 ms.
const (
	sampleRate   = 8000
	frameSamples = 160
)

// maxHeard bounds what is kept of one call: five minutes.
const maxHeard = 5 * 60 * sampleRate

// Room is the audio of a call. out is called with the mix of everybody else,
// one frame of 20 ms at a time.
type Room interface {
	Join(name string, out func(frame []int16)) Line
}

// Line is one party's place in a Room. WriteAt says the frame that belongs at
// place, counted in frames.
type Line interface {
	WriteAt(place int64, frame []int16)
	Leave()
}

// Session is a user being in a call.
type Session struct {
	directory *Directory
	user      *user
	call      string
	from      string
	since     time.Time
	left      func()
	done      chan struct{}
	once      sync.Once

	mu   sync.Mutex
	line Line
	said int64 // frames, silence before the speech included
}

// start joins the room.
func (s *Session) start(room Room) {
	if room == nil {
		return
	}
	line := room.Join(s.user.OID, s.hear)
	s.mu.Lock()
	s.line = line
	s.mu.Unlock()
	if s.Gone() { // left while joining
		line.Leave()
	}
}

// hear keeps what the user hears and says the user's next frame: the room's
// frames pace the speech, which therefore needs no clock of its own and cannot
// drift against the room.
func (s *Session) hear(frame []int16) {
	s.directory.record(s.user, s.call, frame)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line == nil || s.Gone() {
		return
	}
	if say := s.user.utter(s.said); say != nil {
		s.line.WriteAt(s.said, say)
	}
	s.said++
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
		s.mu.Lock()
		line := s.line
		s.mu.Unlock()
		if line != nil {
			line.Leave()
		}
		s.directory.forget(s)
	})
}
