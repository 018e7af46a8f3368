package browser

import (
	"strings"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"tandem/internal/simulator/mixer"
)

// resume is the pause after which a timestamp follows the clock and not the
// frame before.
const resume = 5 * mixer.FrameDuration

// speaker is the track towards the browser, in the best codec of the browser's.
type speaker struct {
	mu      sync.Mutex // frames may come from two conferences in turn
	out     webrtc.TrackLocalWriter
	encode  func([]int16) []byte
	header  rtp.Header
	playing time.Time // when the last frame was played
}

// Bind is called when the offer was answered.
func (s *speaker) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, ours := range codecs {
		for _, theirs := range c.CodecParameters() {
			if !strings.EqualFold(ours.MimeType, theirs.MimeType) {
				continue
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.out, s.encode = c.WriteStream(), encoder(ours.MimeType)
			s.header = rtp.Header{Version: 2, SSRC: uint32(c.SSRC()), PayloadType: uint8(theirs.PayloadType)}
			return theirs, nil
		}
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind is called when the line ends.
func (s *speaker) Unbind(webrtc.TrackLocalContext) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = nil
	return nil
}

// The names of the track and of its stream in the answer.
func (*speaker) ID() string                { return "call" }
func (*speaker) RID() string               { return "" }
func (*speaker) StreamID() string          { return "desk" }
func (*speaker) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

// play sends a frame.
func (s *speaker) play(frame []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out == nil {
		return
	}
	now := time.Now()
	passed := now.Sub(s.playing)
	s.header.Marker = passed > resume
	if s.header.Marker && !s.playing.IsZero() {
		s.header.Timestamp += uint32(passed/mixer.FrameDuration-1) * mixer.FrameSamples
	}
	s.playing = now
	// An error means that nobody is connected, yet or any more.
	_, _ = s.out.WriteRTP(&s.header, s.encode(frame))
	s.header.SequenceNumber++
	s.header.Timestamp += mixer.FrameSamples
}
