package teams

import (
	"slices"
	"strings"
)

// Voice is a person at a browser who hears and speaks for a user, in whatever
// call the user talks in at the moment.
type Voice struct {
	id        string
	directory *Directory
	user      *user
	origin    int64
	hear      func(frame []int16)
	replaced  func()
}

// voicePlaces is how far apart the places of two voices are: the mixer begins a
// new count for the second one.
const voicePlaces = 1 << 32

// Voice gives the user a person's ears and mouth, until Close. hear is called
// with what the user hears while he is in a call, a frame of 20 ms at a time: 320
// samples at 16 kHz in calls that he joined with a voice, 160 at 8 kHz in others.
// It must not block. There is one voice a user: an earlier one
// is silenced and its replaced called, in a goroutine of its own.
func (d *Directory) Voice(oid, id string, hear func(frame []int16), replaced func()) (*Voice, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[strings.ToLower(oid)]
	if u == nil {
		return nil, ErrUnknown
	}
	if u.voice != nil {
		go u.voice.replaced()
	}
	d.voices++
	u.voice = &Voice{id: id, directory: d, user: u, origin: d.voices * voicePlaces, hear: hear, replaced: replaced}
	d.changed()
	return u.voice, nil
}

// WriteAt says the frame that belongs at place, counted in frames of 20 ms from
// any origin: 160 samples at 8 kHz or 320 at 16 kHz, whatever hear gets. The first one ends the scripted speech in that call.
func (v *Voice) WriteAt(place int64, frame []int16) {
	v.directory.mu.Lock()
	var s *Session
	if v.user.voice == v {
		s = v.user.foremost()
	}
	v.directory.mu.Unlock()
	if s != nil {
		s.speak(v.origin+place, frame)
	}
}

// Close ends the voice; the user is silent from then on. It may be called again.
func (v *Voice) Close() {
	v.directory.mu.Lock()
	defer v.directory.mu.Unlock()
	if v.user.voice == v {
		v.user.voice = nil
		v.directory.changed()
	}
}

// foremost is the call that the user talks in: the latest that is not on hold,
// else the latest.
func (u *user) foremost() *Session {
	for _, s := range slices.Backward(u.calls) {
		if !s.held {
			return s
		}
	}
	if n := len(u.calls); n > 0 {
		return u.calls[n-1]
	}
	return nil
}
