package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/simulator/clock"
)

// TokenLifetime is how long the token of the Authorization header is good [D].
const TokenLifetime = 24 * time.Hour

// Defaults of Config; all are inferred [?].
const (
	defaultTimeout      = 10 * time.Second
	defaultRetries      = 1
	defaultRetryAfter   = time.Second
	defaultQueue        = 5 * 50 // five seconds of audio
	defaultCloseTimeout = 2 * time.Second
)

// maxInbound is the longest frame taken from an application: some twenty
// seconds of audio, which nobody sends at once [?].
const maxInbound = 1 << 20

// Config says where a stream goes and what it carries: either Media or
// Transcription is set.
type Config struct {
	// URL is the transportUrl of the options, wss.
	URL string
	// AllowInsecure allows ws to a loopback address as well.
	AllowInsecure bool
	// Client connects; it trusts whom the caller lets it trust.
	Client *http.Client
	// Token returns the JWT of the Authorization header: issuer and keys of the
	// callbacks, good for TokenLifetime. It is asked at every attempt.
	Token func() (string, error)

	CallConnectionID string
	CorrelationID    string
	SubscriptionID   string

	Media         *Media
	Transcription *Transcription

	// OnAudio gets what a bidirectional stream's application says: mono at
	// 16 kHz, as many samples as came, as early as they came. The slice is the
	// callee's.
	OnAudio func(pcm16k []int16)
	// OnStop is called when the application wants what it sent before to be
	// heard no further.
	OnStop func()
	// OnState tells of streamConnectionInterrupted, then of
	// streamConnectionReestablished or of why there is no stream any more: then
	// it is the last call, and Done follows. Without retries the first is the
	// last.
	OnState func(detail string)

	// Retries is how often a lost connection is tried again: 0 is once, below 0
	// is never. Every loss counts anew, whatever its close code [?].
	Retries int
	// RetryAfter passes before each of these attempts, by Clock; 0: a second.
	RetryAfter time.Duration
	// Clock may be nil: real time.
	Clock *clock.Clock
	// Timeout is what one attempt may take; 0: ten seconds.
	Timeout time.Duration
	// CloseTimeout is what Close may take to deliver the rest and to part in
	// peace; 0: two seconds.
	CloseTimeout time.Duration
	// Queue is how many entries wait for a slow application, one being 20 ms of
	// audio or one other frame; 0: 250.
	Queue  int
	Logger *slog.Logger
}

// Media says what a media stream carries.
type Media struct {
	Unmixed bool // audioChannelType unmixed
	// Rate is 16000 (audioFormat pcm16KMono, also if 0) or 24000 (pcm24KMono).
	Rate          int
	Bidirectional bool // enableBidirectional
	DTMF          bool // enableDtmfTones
}

// Transcription says what a transcription carries.
type Transcription struct {
	Locale                string
	SpeechModelEndpointID string
	Intermediate          bool // enableIntermediateResults
}

// Counts is what became of frames so far.
type Counts struct {
	Sent    uint64 // frames written, metadata included
	Dropped uint64 // entries of the queue for which the application was too slow, or not connected
	Audio   uint64 // inbound frames that went to OnAudio
	Unknown uint64 // inbound frames of a kind this stream has no use for
	// Malformed counts inbound frames that could not be read.
	Malformed uint64
}

// Stream is one open connection and its successors. Every method may be called
// from any goroutine.
type Stream struct {
	config Config
	queue  *queue
	sender *sender
	done   chan struct{}
	err    error // once done is closed

	// life ends when there is no more waiting; open ends when Close is called.
	life, open context.Context
	kill, stop context.CancelFunc

	sent, audio, unknown, malformed atomic.Uint64
}

// Dial connects; ctx limits that alone. What is wrong with an error in the
// service's words is said by Detail. Close the stream.
func Dial(ctx context.Context, c Config) (*Stream, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	conn, err := c.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	s := &Stream{config: c, queue: newQueue(c.Queue), sender: newSender(c), done: make(chan struct{})}
	s.life, s.kill = context.WithCancel(context.Background())
	s.open, s.stop = context.WithCancel(s.life)
	go s.run(conn)
	return s, nil
}

// complete checks the configuration and sets its defaults.
func (c *Config) complete() error {
	switch {
	case (c.Media == nil) == (c.Transcription == nil):
		return errors.New("stream: set either Media or Transcription")
	case c.Client == nil || c.Token == nil:
		return errors.New("stream: Client and Token must be set")
	}
	if c.Media != nil {
		media := *c.Media
		media.Rate = cmp.Or(media.Rate, inputRate)
		if media.Rate != inputRate && media.Rate != highRate {
			return fmt.Errorf("stream: audio at %d Hz is not offered; %d and %d are", media.Rate, inputRate, highRate)
		}
		c.Media = &media
	}
	c.Retries = max(0, cmp.Or(c.Retries, defaultRetries))
	c.RetryAfter = cmp.Or(c.RetryAfter, defaultRetryAfter)
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.CloseTimeout = cmp.Or(c.CloseTimeout, defaultCloseTimeout)
	c.Queue = cmp.Or(c.Queue, defaultQueue)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Close sends what is queued, closes normally and waits until nothing of the
// stream runs any more, callbacks included: do not call it from one, nor with
// a lock that one may want. It may be called again, and need not be called
// after Done.
func (s *Stream) Close() {
	s.queue.close()
	s.stop()
	patience := time.AfterFunc(s.config.CloseTimeout, s.kill)
	<-s.done
	patience.Stop()
}

// Done is closed when the stream has ended: by Close, or because its connection
// was lost for good.
func (s *Stream) Done() <-chan struct{} { return s.done }

// Err is why the stream ended by itself; nil before and after Close.
func (s *Stream) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Counts returns what became of frames so far.
func (s *Stream) Counts() Counts {
	return Counts{
		Sent: s.sent.Load(), Dropped: s.queue.lost(), Audio: s.audio.Load(),
		Unknown: s.unknown.Load(), Malformed: s.malformed.Load(),
	}
}

// run serves one connection after the other.
func (s *Stream) run(conn *websocket.Conn) {
	defer close(s.done)
	defer s.kill()
	defer s.queue.abandon()
	for {
		err := s.serve(conn)
		if s.open.Err() != nil {
			return
		}
		s.config.Logger.Info("stream interrupted", "url", shown(s.config.URL), "error", err)
		conn, err = s.reconnect(err)
		if s.open.Err() != nil {
			if conn != nil {
				_ = conn.CloseNow()
			}
			return
		}
		if err != nil {
			s.err = err
			s.config.Logger.Info("stream ended", "url", shown(s.config.URL), "error", err)
			s.state(Detail(err))
			return
		}
		s.queue.discardAudio()
		s.state(DetailReestablished)
	}
}

func (s *Stream) state(detail string) {
	if s.config.OnState != nil {
		s.config.OnState(detail)
	}
}

// reconnect says that the connection was lost and tries to make another; if it
// must not, the error is that of the loss.
func (s *Stream) reconnect(lost error) (*websocket.Conn, error) {
	err := error(&failure{detail: DetailInterrupted, text: "the connection was lost", err: lost})
	for attempt := range s.config.Retries {
		due, forget := s.after(s.config.RetryAfter)
		if attempt == 0 {
			s.state(DetailInterrupted) // with the clock already set, so that it can be advanced
		}
		select {
		case <-due:
		case <-s.open.Done():
			forget()
			return nil, err
		}
		var conn *websocket.Conn
		if conn, err = s.config.connect(s.open, false); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// after is time.After by the stream's clock; forget it when nobody waits.
func (s *Stream) after(d time.Duration) (due <-chan struct{}, forget func() bool) {
	c := make(chan struct{})
	run := func() { close(c) }
	if s.config.Clock == nil {
		return c, time.AfterFunc(d, run).Stop
	}
	return c, s.config.Clock.AfterFunc(d, run).Stop
}

// serve reads and writes until the connection breaks, or until everything is
// said after Close; then it parts with a normal closure.
func (s *Stream) serve(conn *websocket.Conn) error {
	ctx, broken := context.WithCancelCause(s.life)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		broken(s.read(ctx, conn))
	}()
	err := s.write(ctx, conn)
	if err == nil {
		_ = conn.Close(websocket.StatusNormalClosure, "")
	} else if cause := context.Cause(ctx); cause != nil {
		err = cause // the reader knows better why a write failed
	}
	broken(err)
	_ = conn.CloseNow()
	<-reading
	return err
}

// write sends the metadata and what is queued; nil means that the queue was
// closed and is empty.
func (s *Stream) write(ctx context.Context, conn *websocket.Conn) error {
	if err := s.put(ctx, conn, s.sender.metadata()); err != nil {
		return err
	}
	for {
		e, more, err := s.queue.next(ctx)
		if err != nil || !more {
			return err
		}
		for _, text := range s.sender.frames(e) {
			if err := s.put(ctx, conn, text); err != nil {
				s.queue.lose()
				return err
			}
		}
	}
}

func (s *Stream) put(ctx context.Context, conn *websocket.Conn, text []byte) error {
	if err := conn.Write(ctx, websocket.MessageText, text); err != nil {
		return err
	}
	s.sent.Add(1)
	return nil
}

// read takes what the application sends until the connection ends.
func (s *Stream) read(ctx context.Context, conn *websocket.Conn) error {
	conn.SetReadLimit(maxInbound)
	in := newReceiver(s)
	for {
		kind, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		in.take(kind, text)
	}
}
