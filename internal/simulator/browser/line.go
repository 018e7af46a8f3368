package browser

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/pion/webrtc/v4"
)

// Mouth is whom the person at the browser speaks for. WriteAt gets what the
// microphone hears, each frame of 20 ms with its place: 160 samples at 8 kHz or,
// where the browser has G.722, 320 at 16 kHz. After Close there are no more.
type Mouth interface {
	WriteAt(place int64, frame []int16)
	Close()
}

// Line is one browser.
type Line struct {
	id       string
	endpoint *Endpoint
	pc       *webrtc.PeerConnection
	speaker  speaker
	local    string
	started  chan struct{}
	closing  chan struct{}
	once     sync.Once

	mu    sync.Mutex
	mouth Mouth // set before started is closed
}

func newLine(e *Endpoint, pc *webrtc.PeerConnection) *Line {
	l := &Line{id: uuid.Must(uuid.NewV7()).String(), endpoint: e, pc: pc, started: make(chan struct{}), closing: make(chan struct{})}
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateClosed {
			l.Close()
		}
	})
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		e.work.Go(func() { l.listen(track) })
	})
	return l
}

// answer makes the answer; the only candidate is known when gathering ends.
func (l *Line) answer(ctx context.Context, offer string) error {
	if err := l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	sender, err := l.pc.AddTrack(&l.speaker)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	l.endpoint.work.Go(func() { // reports must be read, or they pile up
		for buf := make([]byte, 1500); ; {
			if _, _, err := sender.Read(buf); err != nil {
				return
			}
		}
	})
	answer, err := l.pc.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	gathered := webrtc.GatheringCompletePromise(l.pc)
	if err := l.pc.SetLocalDescription(answer); err != nil {
		return fmt.Errorf("%w: %w", ErrOffer, err)
	}
	select {
	case <-gathered:
	case <-l.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	if l.local = l.pc.LocalDescription().SDP; !strings.Contains(l.local, "\r\nm=audio ") || strings.Contains(l.local, "\r\nm=audio 0 ") {
		return fmt.Errorf("%w: it has no sound in G.722 or G.711", ErrOffer)
	}
	return nil
}

// ID names the line among all of the endpoint's.
func (l *Line) ID() string { return l.id }

// Answer is the SDP for the browser.
func (l *Line) Answer() string { return l.local }

// Start says for whom the person speaks; once. If the line is closed already, so
// is m.
func (l *Line) Start(m Mouth) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closing:
		m.Close()
	default:
		l.mouth = m
		close(l.started)
	}
}

// listen passes on what the microphone hears.
func (l *Line) listen(track *webrtc.TrackRemote) {
	select {
	case <-l.started:
	case <-l.closing:
		return
	}
	decode, scale := decoder(track.Codec().MimeType)
	p := places{scale: scale, write: l.mouth.WriteAt}
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return // closed
		}
		p.packet(packet.Timestamp, decode(packet.Payload))
	}
}

// Play lets the browser hear the next frame, of 160 samples at 8 kHz or of 320 at
// 16 kHz. Frames must come in the pace of a conference; pauses are heard as pauses.
func (l *Line) Play(frame []int16) { l.speaker.play(frame) }

// Close ends the line and its Mouth, without waiting for the browser. It may be
// called again.
func (l *Line) Close() {
	l.once.Do(func() {
		l.mu.Lock()
		close(l.closing)
		mouth := l.mouth
		l.mu.Unlock()
		if mouth != nil {
			mouth.Close()
		}
		go func() { // not here: this may be one of the connection's own callbacks
			defer l.endpoint.work.Done()
			defer l.endpoint.forget(l)
			if err := l.pc.GracefulClose(); err != nil {
				l.endpoint.logger.Debug("close a browser's line", "error", err)
			}
		}()
	})
}
