package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Store reads calls and bots.
type Store interface {
	// Call finds a call as it stands, of any tenant for "".
	Call(ctx context.Context, in tenant.ID, id call.ID) (call.Call, error)
	Bot(ctx context.Context, in tenant.ID, id tenant.BotID) (tenant.Bot, error)
}

// Engine takes what happened, and what bots want.
type Engine interface {
	Ask(ctx context.Context, id call.ID, command call.Event) error
}

// Config is what a Service needs. Zero durations are the defaults.
type Config struct {
	Store   Store
	Engine  Engine
	Box     *secret.Box
	HTTP    *http.Client // dials only what may be dialled; must not speak HTTP/2
	Logger  *slog.Logger
	Metrics prometheus.Registerer

	Dial  time.Duration // one try to reach a bot
	Pong  time.Duration // until a bot answers a ping
	Grace time.Duration // in which Microsoft may open another socket
	Watch time.Duration // between two looks whether the call still wants the stream
}

const (
	dialWithin  = 4 * time.Second
	pongWithin  = 10 * time.Second
	graceFor    = 6 * time.Second // Microsoft's second try is seen after a second
	watchEvery  = 15 * time.Second
	firstWithin = 10 * time.Second // Microsoft's first frame
	writeWithin = 5 * time.Second  // the bot may leave a message lying
	askWithin   = 10 * time.Second
	dialTries   = 2
	maxRedials  = 3
	// maxMessage is two seconds of sound.
	maxMessage = 64 << 10
)

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		of   *time.Duration
		unit time.Duration
	}{{&c.Dial, dialWithin}, {&c.Pong, pongWithin}, {&c.Grace, graceFor}, {&c.Watch, watchEvery}} {
		if *d.of == 0 {
			*d.of = d.unit
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Service joins sockets of Microsoft's with bots. It implements bridge.Media.
type Service struct {
	cfg     Config
	metrics metrics
	ctx     context.Context // ends when the process stops
	stop    context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	closed  bool
}

var _ bridge.Media = (*Service)(nil)

type metrics struct {
	sessions prometheus.Gauge
	ends     *prometheus.CounterVec
	toBot    prometheus.Counter
	toCall   prometheus.Counter
	dropped  prometheus.Counter
	words    *prometheus.CounterVec
}

// New makes a Service; close it.
func New(c Config) *Service {
	f := promauto.With(c.Metrics)
	s := &Service{cfg: c.withDefaults(), metrics: metrics{
		sessions: f.NewGauge(prometheus.GaugeOpts{Name: "tandem_bot_sessions", Help: "Calls whose sound is joined with a bot."}),
		ends: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_bot_ends_total", Help: "How sessions with bots ended.",
		}, []string{"why"}),
		toBot:  f.NewCounter(prometheus.CounterOpts{Name: "tandem_bot_heard_bytes_total", Help: "Sound of calls on its way to bots."}),
		toCall: f.NewCounter(prometheus.CounterOpts{Name: "tandem_bot_said_bytes_total", Help: "Sound of bots on its way to calls."}),
		dropped: f.NewCounter(prometheus.CounterOpts{
			Name: "tandem_bot_dropped_frames_total", Help: "20 ms of sound each that bots did not take in time.",
		}),
		words: f.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_transcript_phrases_total", Help: "Final phrases of transcriptions, by what became of them.",
		}, []string{"result"}),
	}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Close ends all sessions and waits until nothing runs. Bots are told that the
// process goes away; Microsoft opens its sockets elsewhere.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.running.Wait()
}

// begin counts something that Close waits for; false once it is closed.
func (s *Service) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

// Expect implements bridge.Media.
func (s *Service) Expect(ctx context.Context, x bridge.Socket) (func(bridge.Line), error) {
	c, err := s.cfg.Store.Call(ctx, "", x.Call)
	if err != nil {
		return nil, err
	}
	if x.Connection == "" || c.Connection.ID != x.Connection || c.Connection.Resource != x.Resource {
		return nil, fault.Forbidden("socket_foreign", "the socket is of another connection than the call's")
	}
	if !awaits(c) {
		return nil, fault.NotFound("socket_unwanted", "the call wants no socket now")
	}
	return func(l bridge.Line) { s.serve(c, l) }, nil
}

// awaits: one address is for both kinds of sockets, so which it is shows later.
func awaits(c call.Call) bool { return streams(c) || transcribes(c) }

func streams(c call.Call) bool { return !c.Over() && c.Stream != nil && c.Stream.Awaits() }

func transcribes(c call.Call) bool {
	return !c.Over() && c.Transcription != nil && c.Transcription.Awaits()
}

// serve finds out what a socket carries.
func (s *Service) serve(c call.Call, l bridge.Line) {
	if !s.begin() {
		return
	}
	defer s.running.Done()
	ctx, cancel := context.WithTimeout(s.ctx, firstWithin)
	first, err := l.Hear(ctx)
	cancel()
	log := s.cfg.Logger.With("call", c.ID, "tenant", c.Tenant)
	switch {
	case err != nil:
		log.Info("a socket of Microsoft's ended before it began", "error", err)
	case first.Kind == bridge.SoundBegins && streams(c):
		s.talk(c, l, log)
	case first.Kind == bridge.WordsBegin && transcribes(c):
		s.note(c, l, log)
	default:
		log.Warn("a socket of Microsoft's does not carry what is wanted")
	}
}

// talk joins a call with its bot until one of them leaves.
func (s *Service) talk(c call.Call, l bridge.Line, log *slog.Logger) {
	k := *c.Stream
	x := &session{s: s, c: c, k: k, line: l, id: uuid.NewString(), queue: newQueue(s.metrics.dropped.Inc), log: log.With("bot", k.Bot, "stream", k.ID)}
	s.metrics.sessions.Inc()
	end := x.run()
	s.metrics.sessions.Dec()
	s.metrics.ends.WithLabelValues(string(end.why)).Inc()
	x.log.Info("session with a bot is over", "why", end.why, "error", end.err)
	l.Close("")
	switch end.why {
	case botDone:
		x.leave(call.Outcome{Class: call.ClassEnded})
	case botLost, botBroken:
		o := call.Outcome{Class: call.ClassUnavailable, Message: "the bot cannot be reached"}
		if end.why == botBroken {
			o = call.Outcome{Class: call.ClassMisconfigured, Message: "the bot cannot be used"}
		}
		if end.err != nil {
			o.Message += ": " + shown(end.err)
		}
		x.leave(o)
	case lineClosed, lineLost:
		o := call.Outcome{Class: call.ClassEnded, Message: "Microsoft closed its socket"}
		if end.why == lineLost {
			o = call.Outcome{Class: call.ClassMedia, Message: "Microsoft's socket was lost"}
		}
		s.later(s.cfg.Grace, func() { x.leave(o) })
	case unwanted, goingAway:
	}
}

// later does something after a while, unless the process stops.
func (s *Service) later(d time.Duration, do func()) {
	if !s.begin() {
		return
	}
	go func() {
		defer s.running.Done()
		select {
		case <-time.After(d):
			do()
		case <-s.ctx.Done():
		}
	}()
}

// shown is an error as people of the tenant may read it: what a dialler says holds
// the bot's own address only.
func shown(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Msg
	}
	return fmt.Sprintf("%.200s", err.Error())
}
