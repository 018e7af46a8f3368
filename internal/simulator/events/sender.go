package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/signing"
)

// Defaults of Config.
const (
	defaultTimeout = 5 * time.Second
	tokenLifetime  = 5 * time.Minute
	// headStart is how long an event may take before the next one is sent [?].
	headStart = 250 * time.Millisecond
	// reorderPatience is how long a reordered event waits for one to overtake it.
	reorderPatience = time.Second
)

// Config is what a Sender needs.
type Config struct {
	Keys *signing.Keys
	// Issuer is the iss claim of tokens.
	Issuer string
	// Client posts; it trusts whom the caller lets it trust.
	Client *http.Client
	Clock  *clock.Clock
	Faults *faults.Book
	Logger *slog.Logger
	// Switches decide what is not known about callbacks; nil: the defaults.
	Switches *evidence.Switches
	// Attempts is how often a callback is tried in all; 0: as the switch
	// callback.retries says.
	Attempts int
	Timeout  time.Duration // of a callback, in real time; 0: five seconds
}

// Sender posts callbacks.
type Sender struct {
	Config
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	mu     sync.Mutex
	closed bool
	keep   time.Duration   // of tokens; see KeepTokens
	kept   map[string]kept // by audience
}

// NewSender returns a sender; Close it.
func NewSender(c Config) *Sender {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Sender{Config: c, ctx: ctx, cancel: cancel}
}

// Close gives up what is under way and waits for it.
func (s *Sender) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
}

type kept struct {
	token string
	made  time.Time
}

// KeepTokens has callbacks show the token of one before, until it is that old.
// Microsoft makes a new one for every event (facts/call-automation.md §11.2), and so
// does a Sender; but the signature takes more of the processor than all the rest of a
// callback, which who measures an application under load need not pay.
func (s *Sender) KeepTokens(keep time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep, s.kept = keep, map[string]kept{}
}

// signed makes a token with these claims, or finds one that is kept.
func (s *Sender) signed(audience string, now time.Time, claims map[string]any) (string, error) {
	s.mu.Lock()
	k, keep := s.kept[audience], s.keep
	s.mu.Unlock()
	if age := now.Sub(k.made); k.token != "" && age >= 0 && age < keep { // a fault may have turned the clock back
		return k.token, nil
	}
	token, err := s.Keys.Sign(claims)
	if err == nil && keep > 0 {
		s.mu.Lock()
		s.kept[audience] = kept{token, now}
		s.mu.Unlock()
	}
	return token, err
}

// spawn runs f in a goroutine that Close waits for; after Close it does not.
func (s *Sender) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.work.Go(f)
	}
	return !s.closed
}

// Event is one callback to be sent.
type Event struct {
	// Name is the type without its prefix, as in CallConnected.
	Name string
	// URL is where it goes.
	URL string
	// Time is stamped on it; zero means when it is pushed.
	Time time.Time
	// Source is source and subject, as in calling/callConnections/<id>.
	Source string
	Data   Object
}

// body returns the JSON array of one CloudEvent that goes over the wire
// (facts/observed-events.md §1, §2).
func (e Event) body(id string) ([]byte, error) {
	return encode([]Object{{
		{"id", id},
		{"source", e.Source},
		{"type", typePrefix + e.Name},
		{"data", e.Data},
		{"time", Timestamp(e.Time)},
		{"specversion", "1.0"},
		{"datacontenttype", "application/json"},
		{"subject", e.Source},
	}})
}

// letter is an event ready for the post: id and body stay the same when it is
// sent again.
type letter struct {
	Event
	body []byte
}

// Outbox sends the events of one call connection.
type Outbox struct {
	sender   *Sender
	audience string
	mu       sync.Mutex
	queue    []letter
	idle     chan struct{} // open while draining, else nil
	held     *letter
}

// Outbox returns a new outbox whose tokens are for the given immutable resource id.
func (s *Sender) Outbox(audience string) *Outbox {
	return &Outbox{sender: s, audience: audience}
}

// Push queues events; the first to be pushed is the first to be sent. It does
// not block.
func (o *Outbox) Push(list ...Event) {
	s := o.sender
	var ready []letter
	for _, e := range list {
		if e.Time.IsZero() {
			e.Time = time.Now()
		}
		body, err := e.body(uuid.NewString())
		if err != nil {
			s.Logger.Error("callback cannot be written", "event", e.Name, "error", err)
			continue
		}
		ready = append(ready, letter{Event: e, body: body})
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, ready...)
	if o.idle == nil && len(o.queue) > 0 && s.spawn(o.drain) {
		o.idle = make(chan struct{})
	}
}

// Flush waits until everything pushed so far has been sent or handed to the
// clock.
func (o *Outbox) Flush() {
	o.mu.Lock()
	idle := o.idle
	o.mu.Unlock()
	if idle != nil {
		<-idle
	}
}

// drain posts until the queue is empty.
func (o *Outbox) drain() {
	for {
		l, more := o.next()
		if !more {
			return
		}
		o.dispatch(l)
	}
}

func (o *Outbox) next() (letter, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 || o.sender.ctx.Err() != nil {
		close(o.idle)
		o.idle = nil
		return letter{}, false
	}
	l := o.queue[0]
	o.queue = o.queue[1:]
	return l, true
}

// dispatch sends one letter, or does with it what a fault says.
func (o *Outbox) dispatch(l letter) {
	s := o.sender
	if _, struck := s.Faults.Take(faults.EventLose, l.Name); struck {
		s.Logger.Info("callback lost on purpose", "event", l.Name)
		return
	}
	if l.Name == CallDisconnected {
		if _, struck := s.Faults.Take(faults.LeaveSilent, o.audience); struck {
			s.Logger.Info("connection ended silently on purpose", "source", l.Source)
			return
		}
	}
	if value, struck := s.Faults.Take(faults.EventDelay, l.Name); struck {
		delay, err := time.ParseDuration(value)
		if err == nil {
			s.Clock.AfterFunc(delay, func() { o.attempt(l, 1) })
			return
		}
		s.Logger.Error("fault without a duration", "knob", faults.EventDelay, "value", value)
	}
	if _, struck := s.Faults.Take(faults.EventReorder, l.Name); struck && o.hold(l) {
		return
	}
	o.send(l)
	if _, struck := s.Faults.Take(faults.EventDuplicate, l.Name); struck {
		o.send(l)
	}
	o.release()
}

// send makes the first attempt and waits for its answer, but not for long: an
// application that answers late, or never, gets its next event all the same.
func (o *Outbox) send(l letter) {
	done := make(chan struct{})
	if !o.sender.spawn(func() { defer close(done); o.attempt(l, 1) }) {
		return
	}
	wait := time.NewTimer(headStart)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
	}
}

// hold keeps l until another event has been sent; only one can wait.
func (o *Outbox) hold(l letter) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held != nil {
		return false
	}
	o.held = &l
	o.sender.Clock.AfterFunc(reorderPatience, o.release)
	return true
}

func (o *Outbox) release() {
	o.mu.Lock()
	held := o.held
	o.held = nil
	o.mu.Unlock()
	if held != nil {
		o.send(*held)
	}
}

// attempt posts once; after a failure the next attempt waits n seconds and
// nobody waits for it.
func (o *Outbox) attempt(l letter, n int) {
	s := o.sender
	err := o.post(l)
	if err == nil || s.ctx.Err() != nil {
		return
	}
	if errors.Is(err, context.DeadlineExceeded) {
		// It was taken and not answered, as by some of Microsoft's samples, which
		// work with the real service; so it is not sent again [?].
		s.Logger.Info("callback was not answered in time", "event", l.Name)
		return
	}
	if n >= s.attempts() {
		s.Logger.Warn("callback given up", "event", l.Name, "attempts", n, "error", err)
		return
	}
	s.Logger.Info("callback will be tried again", "event", l.Name, "attempt", n, "error", err)
	s.Clock.AfterFunc(time.Duration(n)*time.Second, func() { o.attempt(l, n+1) })
}

// attempts is how often a callback is tried in all: at least once.
func (s *Sender) attempts() int {
	if s.Attempts > 0 {
		return s.Attempts
	}
	n, err := strconv.Atoi(s.Switches.Get(evidence.CallbackRetries))
	if err != nil {
		s.Logger.Error("switch without a number", "switch", evidence.CallbackRetries, "error", err)
	}
	return max(1, n)
}

func (o *Outbox) post(l letter) error {
	s := o.sender
	token, err := o.token(l.Name)
	if err != nil {
		return err
	}
	header := http.Header{}
	header.Set("Content-Type", s.Switches.Get(evidence.CallbackContentType))
	header.Set("Authorization", "Bearer "+token)
	res, err := send(s.ctx, s.Client, s.Timeout, http.MethodPost, l.URL, header, l.body)
	if err != nil {
		return fmt.Errorf("post a callback: %w", err)
	}
	if res.status < 200 || res.status > 299 {
		return fmt.Errorf("post a callback: answered %d", res.status)
	}
	return nil
}

// token makes the JWT of one attempt (facts/call-automation.md §11.2).
func (o *Outbox) token(name string) (string, error) {
	s := o.sender
	now := time.Now()
	audience := o.audience
	if _, struck := s.Faults.Take(faults.TokenAudience, name); struck {
		audience = uuid.NewString()
	}
	if _, struck := s.Faults.Take(faults.TokenExpired, name); struck {
		now = now.Add(-time.Hour)
	}
	claims := map[string]any{
		"iss": s.Issuer, "aud": audience,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(tokenLifetime).Unix(),
		"jti": uuid.NewString(),
	}
	if _, struck := s.Faults.Take(faults.TokenKey, name); struck {
		return s.Keys.SignUnpublished(claims)
	}
	return s.signed(audience, now, claims)
}

// reply is an application's answer.
type reply struct {
	status int
	header http.Header
	body   []byte // its first kilobytes
}

// send sends body and waits for the answer, at most for timeout of real time.
func send(ctx context.Context, client *http.Client, timeout time.Duration, method, url string, header http.Header, body []byte) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header = header
	res, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	r := reply{status: res.StatusCode, header: res.Header}
	r.body, err = io.ReadAll(io.LimitReader(res.Body, 16<<10))
	return r, err
}

// Token makes a JWT for an application's WebSocket, with issuer and keys of the
// callbacks (facts/call-automation.md §9).
func (s *Sender) Token(audience string, lifetime time.Duration) (string, error) {
	now := time.Now()
	return s.Keys.Sign(map[string]any{
		"iss": s.Issuer, "aud": audience, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(lifetime).Unix(), "jti": uuid.NewString(),
	})
}
