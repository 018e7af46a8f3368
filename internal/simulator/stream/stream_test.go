package stream

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// losses let the application close in one of the ways that happen.
var losses = map[string]func(*socket){
	"normal closure": func(c *socket) { _ = c.Close(websocket.StatusNormalClosure, "bye") },
	"going away":     func(c *socket) { _ = c.Close(websocket.StatusGoingAway, "") },
	"own code":       func(c *socket) { _ = c.Close(4000, "") },
	"broken":         func(c *socket) { _ = c.CloseNow() },
}

// patience is long enough not to pass while a test runs; clocks are advanced.
const patience = time.Hour

// A lost connection is made again in time, with metadata first. Sound of the
// interruption is lost, what else was said is not.
func TestReconnects(t *testing.T) {
	for name, lose := range losses {
		t.Run(name, func(t *testing.T) {
			a := newApplication(t)
			c := a.config()
			c.Media = &Media{DTMF: true}
			c.RetryAfter = patience
			s, app := a.open(t, c)
			app.next(t, "AudioMetadata")
			s.Audio(tick(0), nil)
			app.next(t, "AudioData")
			for round := range 2 {
				lose(app)
				a.state(t, DetailInterrupted)
				before := s.Counts().Dropped
				s.Audio(tick(1), nil)
				s.DTMF('7')
				s.Audio(tick(2), nil)
				a.clock.Advance(patience / 2)
				if a.tries() > round+1 {
					t.Error("tried again too soon")
				}
				a.clock.Advance(patience / 2)
				a.state(t, DetailReestablished)
				app = await(t, a.sockets)
				if lost := s.Counts().Dropped - before; lost != 2 {
					t.Errorf("round %d: %d entries were dropped, want 2", round, lost)
				}
				s.Audio(tick(3), nil)
				app.next(t, "AudioMetadata")
				if got := app.next(t, "DtmfData").DtmfData.Data; got != "7" {
					t.Errorf("digit %q", got)
				}
				if at := app.next(t, "AudioData").AudioData.Timestamp; !at.Equal(tick(3).Truncate(time.Millisecond)) {
					t.Errorf("audio of %s", at)
				}
			}
			s.Close()
			if got := websocket.CloseStatus(await(t, app.ended)); got != websocket.StatusNormalClosure {
				t.Errorf("closed with %d", got)
			}
		})
	}
}

// Retries that fail end the stream, with the last reason.
func TestRetriesFail(t *testing.T) {
	for _, row := range []struct {
		retries, status, handshakes int
		states                      []string
	}{
		{-1, 0, 1, []string{DetailInterrupted}},
		{0, 403, 2, []string{DetailInterrupted, DetailForbidden}},
		{1, 500, 2, []string{DetailInterrupted, DetailUnsuccessful}},
		{1, 0, 2, []string{DetailInterrupted, DetailUnsuccessful}},
		{3, 401, 4, []string{DetailInterrupted, DetailAuthentication}},
	} {
		a := newApplication(t)
		a.refuse = func(n int, w http.ResponseWriter) bool {
			if n == 1 {
				return false
			}
			if row.status == 0 {
				panic(http.ErrAbortHandler) // closes the connection
			}
			w.WriteHeader(row.status)
			return true
		}
		c := a.config()
		c.Media = &Media{}
		c.Retries = row.retries
		c.RetryAfter = time.Millisecond
		c.Clock = nil
		s, app := a.open(t, c)
		if s.Err() != nil {
			t.Error(s.Err())
		}
		_ = app.CloseNow()
		for _, want := range row.states {
			a.state(t, want)
		}
		await(t, s.Done())
		if got := row.states[len(row.states)-1]; Detail(s.Err()) != got {
			t.Errorf("%d retries: ended with %v, want %s", row.retries, s.Err(), got)
		}
		if a.tries() != row.handshakes || len(a.states) > 0 {
			t.Errorf("%d retries: %d handshakes, want %d; %d more states", row.retries, a.tries(), row.handshakes, len(a.states))
		}
		s.Audio(start, nil) // does nothing any more
		s.Close()
	}
}

// Without a word about it, a stream is tried again once after a second.
func TestDefaults(t *testing.T) {
	for retries, want := range map[int]int{0: 1, 1: 1, 5: 5, -1: 0, -9: 0} {
		options := &Media{}
		c := Config{Media: options, Client: http.DefaultClient, Token: func() (string, error) { return "", nil }, Retries: retries}
		if err := c.complete(); err != nil {
			t.Fatal(err)
		}
		if c.Retries != want || c.RetryAfter != time.Second || c.Timeout != 10*time.Second || c.CloseTimeout != 2*time.Second || c.Queue != 250 {
			t.Errorf("%d retries: %+v", retries, c)
		}
		if c.Media.Rate != 16000 || options.Rate != 0 {
			t.Errorf("rate %d, and the caller's is %d", c.Media.Rate, options.Rate)
		}
	}
}

// The second of two retries may do.
func TestSecondRetry(t *testing.T) {
	a := newApplication(t)
	a.refuse = func(n int, w http.ResponseWriter) bool {
		if n == 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return n == 2
	}
	c := a.config()
	c.Transcription = &Transcription{Intermediate: true}
	c.Retries = 2
	c.RetryAfter = time.Millisecond
	c.Clock = nil
	s, app := a.open(t, c)
	_ = app.CloseNow()
	a.state(t, DetailInterrupted)
	a.state(t, DetailReestablished)
	app = await(t, a.sockets)
	app.next(t, "TranscriptionMetadata")
	s.Transcribed(Phrase{Text: "here again"})
	app.next(t, "TranscriptionData")
}

// Close does not wait for a retry that is due, or under way; nor is one told of.
func TestCloseWhileInterrupted(t *testing.T) {
	for _, underWay := range []bool{false, true} {
		a := newApplication(t)
		trying, ended := make(chan struct{}), make(chan struct{})
		a.refuse = func(n int, _ http.ResponseWriter) bool {
			if n > 1 {
				close(trying)
				<-ended
			}
			return n > 1
		}
		c := a.config()
		c.Media = &Media{}
		c.CloseTimeout, c.RetryAfter, c.Timeout = patience, patience, patience
		s, app := a.open(t, c)
		_ = app.CloseNow()
		a.state(t, DetailInterrupted)
		if underWay {
			a.clock.Advance(patience)
			await(t, trying)
		}
		s.Close()
		close(ended)
		if len(a.states) > 0 || s.Err() != nil {
			t.Errorf("%d more states, error %v", len(a.states), s.Err())
		}
	}
}

// An application that does not read blocks nobody; it loses the oldest frames,
// never the newest nor their order.
func TestSlowReader(t *testing.T) {
	a := newApplication(t)
	a.hold = make(chan struct{})
	c := a.config()
	c.Media = &Media{}
	c.Queue = 50
	s, app := a.open(t, c)
	const frames = 30000 // more than any socket buffer holds
	for n := range frames {
		s.Audio(tick(n), []Said{{RawID: "a", Frame: constant(1000)}})
	}
	dropped := s.Counts().Dropped
	if dropped == 0 {
		t.Fatal("nothing was dropped")
	}
	close(a.hold)
	app.next(t, "AudioMetadata")
	last := time.Time{}
	count := uint64(0)
	for !last.Equal(tick(frames - 1).Truncate(time.Millisecond)) {
		at := app.next(t, "AudioData").AudioData.Timestamp
		if !at.After(last) {
			t.Fatalf("%s after %s", at, last)
		}
		last = at
		count++
	}
	if got := s.Counts(); got.Dropped != dropped || count+dropped != frames {
		t.Errorf("%d came and %d were dropped of %d, counts %+v", count, dropped, frames, got)
	}
}

// Close leaves an application that never reads after CloseTimeout.
func TestCloseLeavesAStuckApplication(t *testing.T) {
	a := newApplication(t)
	a.hold = make(chan struct{})
	defer close(a.hold)
	c := a.config()
	c.Media = &Media{}
	c.CloseTimeout = 50 * time.Millisecond
	c.Queue = 1 << 15
	s, _ := a.open(t, c)
	for n := range c.Queue {
		s.Audio(tick(n), nil)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.Close()
	}()
	// The library's own patience is five seconds for each half of the handshake.
	select {
	case <-closed:
	case <-time.After(4 * time.Second):
		t.Error("Close waits for the application")
		<-closed
	}
	got := s.Counts()
	if got.Sent > uint64(c.Queue) {
		t.Errorf("all %d frames fitted into buffers: the test says nothing", got.Sent)
	}
	if got.Sent-1+got.Dropped != uint64(c.Queue) {
		t.Errorf("counts %+v do not add up to the %d frames and the metadata", got, c.Queue)
	}
}

// The closing handshake of an application is answered, and its code is kept.
func TestApplicationClosesInPeace(t *testing.T) {
	a := newApplication(t)
	c := a.config()
	c.Media = &Media{}
	c.Retries = -1
	s, app := a.open(t, c)
	app.next(t, "AudioMetadata")
	if err := app.Close(websocket.StatusGoingAway, ""); err != nil {
		t.Errorf("the closing handshake failed: %v", err)
	}
	a.state(t, DetailInterrupted)
	await(t, s.Done())
	if got := websocket.CloseStatus(s.Err()); got != websocket.StatusGoingAway {
		t.Errorf("%v does not say how it was closed", s.Err())
	}
}

// A frame longer than any audio of one message ends the connection rather than
// the simulator's memory.
func TestTooLongFrame(t *testing.T) {
	a := newApplication(t)
	c := a.config()
	c.Media = &Media{Bidirectional: true}
	c.Retries = -1
	s, app := a.open(t, c)
	_ = app.Write(t.Context(), websocket.MessageText, make([]byte, maxInbound+1)) // may break off
	a.state(t, DetailInterrupted)
	await(t, s.Done())
	if !errors.Is(s.Err(), websocket.ErrMessageTooBig) {
		t.Errorf("ended with %v", s.Err())
	}
}
