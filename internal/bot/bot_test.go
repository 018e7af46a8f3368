package bot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// line is a socket of Microsoft's.
type line struct {
	heard  chan bridge.Heard
	lost   chan error
	said   chan []byte
	hushed chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newLine() *line {
	return &line{make(chan bridge.Heard, 10), make(chan error, 1), make(chan []byte, 1000), make(chan struct{}, 10), make(chan struct{}), sync.Once{}}
}

func (l *line) Hear(ctx context.Context) (bridge.Heard, error) {
	select {
	case h := <-l.heard:
		return h, nil
	case err := <-l.lost:
		return bridge.Heard{}, err
	case <-l.closed:
		return bridge.Heard{}, io.EOF
	case <-ctx.Done():
		return bridge.Heard{}, ctx.Err()
	}
}

func (l *line) Say(_ context.Context, pcm []byte) error {
	l.said <- append([]byte(nil), pcm...)
	return nil
}

func (l *line) Hush(context.Context) error {
	l.hushed <- struct{}{}
	return nil
}

func (l *line) Close(string) { l.once.Do(func() { close(l.closed) }) }

// world is all that a service has to do with.
type world struct {
	t      testing.TB
	s      *Service
	box    *secret.Box
	mu     sync.Mutex
	c      call.Call
	bot    tenant.Bot
	events chan call.Event
	refuse error                // what the bot asks for
	over   error                // of everything else
	conns  chan *websocket.Conn // that the bot took
	auth   chan string
	broken bool // the bot refuses
}

func (w *world) Call(context.Context, tenant.ID, call.ID) (call.Call, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.c, nil
}

func (w *world) Bot(_ context.Context, in tenant.ID, id tenant.BotID) (tenant.Bot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in != w.bot.Tenant || id != w.bot.ID {
		return tenant.Bot{}, fault.NotFound("bot_unknown", "there is no such bot")
	}
	return w.bot, nil
}

func (w *world) Ask(_ context.Context, _ call.ID, e call.Event) error {
	w.events <- e
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, asks := e.(call.BotAsked); asks {
		return w.refuse
	}
	return w.over
}

const botID tenant.BotID = "0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77"

func newWorld(t *testing.T) *world { return newWorldOf(t, nil) }

// newWorldOf has a bot of its own, if it is not nil.
func newWorldOf(t testing.TB, bot http.Handler) *world {
	w := &world{t: t, events: make(chan call.Event, 100), conns: make(chan *websocket.Conn, 10), auth: make(chan string, 10)}
	var err error
	if w.box, err = secret.ReadKeys(strings.NewReader(secret.NewKeyLine("test"))); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		broken := w.broken
		w.mu.Unlock()
		if bot != nil {
			bot.ServeHTTP(rw, r)
			return
		}
		if broken {
			rw.WriteHeader(http.StatusTeapot)
			return
		}
		conn, err := websocket.Accept(rw, r, nil)
		if err != nil {
			return
		}
		w.auth <- r.Header.Get("Authorization")
		w.conns <- conn
		<-served
	}))
	t.Cleanup(func() { close(served); server.Close() })
	w.bot = tenant.Bot{
		ID: botID, Tenant: "t", Name: "Helper", URL: "ws" + strings.TrimPrefix(server.URL, "http"), Language: "en-GB", DTMFClears: true,
		Secret: w.box.Seal([]byte("tdb_x"), tenant.BotContext("t", botID)),
	}
	w.c = call.Call{ID: "c", Tenant: "t", Phase: call.Connected, Caller: "+4930123", Called: "+4969100", Plan: call.Plan{Context: json.RawMessage(`{"ticket":1}`)}}
	w.c.Connection.ID, w.c.Connection.Resource = "conn", "eu-0"
	w.c.Stream = &call.Stream{ID: "k", Bot: botID, State: call.StreamStarting}
	w.s = New(Config{
		Store: w, Engine: w, Box: w.box, HTTP: server.Client(), Dial: patience, Pong: 50 * time.Millisecond, Grace: 20 * time.Millisecond, Watch: patience,
	})
	t.Cleanup(w.s.Close)
	return w
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// open lets a socket of Microsoft's in.
func (w *world) open() *line {
	w.t.Helper()
	serve, err := w.s.Expect(w.t.Context(), bridge.Socket{Call: "c", Resource: "eu-0", Connection: "conn"})
	if err != nil {
		w.t.Fatal(err)
	}
	l := newLine()
	done := make(chan struct{})
	go func() { defer close(done); serve(l) }()
	w.t.Cleanup(func() { l.Close(""); next(w.t, done) })
	l.heard <- bridge.Heard{Kind: bridge.SoundBegins}
	return l
}

func next[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no %T in time", *new(T))
	}
	panic("unreachable")
}

// peer is the bot's end of a connection, which is read all the time.
type peer struct {
	t     testing.TB
	conn  *websocket.Conn
	sound chan []byte
	texts chan map[string]any
	ended chan error
}

func (w *world) peer() *peer {
	w.t.Helper()
	p := &peer{w.t, next(w.t, w.conns), make(chan []byte, 1000), make(chan map[string]any, 100), make(chan error, 1)}
	if got := next(w.t, w.auth); got != "Bearer tdb_x" {
		w.t.Errorf("we come as %q", got)
	}
	go func() {
		for {
			kind, data, err := p.conn.Read(context.WithoutCancel(w.t.Context()))
			if err != nil {
				p.ended <- err
				return
			}
			if kind == websocket.MessageBinary {
				p.sound <- data
				continue
			}
			var m map[string]any
			_ = json.Unmarshal(data, &m)
			p.texts <- m
		}
	}()
	w.t.Cleanup(func() { _ = p.conn.CloseNow() })
	return p
}

func (p *peer) text(kind string) map[string]any {
	p.t.Helper()
	m := next(p.t, p.texts)
	if m["type"] != kind {
		p.t.Fatalf("the bot is told %v, want %s", m, kind)
	}
	return m
}

func (p *peer) send(text string) {
	p.t.Helper()
	if err := p.conn.Write(p.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) say(pcm []byte) {
	p.t.Helper()
	if err := p.conn.Write(p.t.Context(), websocket.MessageBinary, pcm); err != nil {
		p.t.Fatal(err)
	}
}

func want[E call.Event](t testing.TB, events <-chan call.Event) E {
	t.Helper()
	e := next(t, events)
	v, ok := e.(E)
	if !ok {
		t.Fatalf("%T %+v, want %T", e, e, v)
	}
	return v
}

// TestConversation: everything that passes, in both directions.
func TestConversation(t *testing.T) {
	w := newWorld(t)
	l := w.open()
	p := w.peer()
	m := p.text("start")
	if m["call"] != "c" || m["tenant"] != "t" || m["stream"] != "k" || m["caller"] != "+4930123" || m["language"] != "en-GB" || m["resumed"] != false ||
		m["context"].(map[string]any)["ticket"] != 1.0 || m["audio"].(map[string]any)["sample_rate"] != 16000.0 {
		t.Errorf("start is %v", m)
	}
	if j := want[call.BotJoined](t, w.events); j.Stream != "k" || j.Session == "" {
		t.Errorf("%+v", j)
	}
	l.heard <- bridge.Heard{Kind: bridge.HeardSound, PCM: []byte{1, 2, 3, 4}}
	if got := next(t, p.sound); string(got) != "\x01\x02\x03\x04" {
		t.Errorf("the bot hears %v", got)
	}
	l.heard <- bridge.Heard{Kind: bridge.HeardTone, Tone: "5"}
	if m := p.text("dtmf"); m["tone"] != "5" {
		t.Errorf("%v", m)
	}
	next(t, l.hushed) // as it is registered
	p.say([]byte{5, 6})
	if got := next(t, l.said); string(got) != "\x05\x06" {
		t.Errorf("the call hears %v", got)
	}
	p.send(`{"type":"clear"}`)
	next(t, l.hushed)
	p.send(`{"type":"context","context":{"flight":7}}`)
	if e := want[call.BotAsked](t, w.events); string(e.Told) != `{"flight":7}` || e.Stream != "k" || e.Handover != nil {
		t.Errorf("%+v", e)
	}
	p.send(`{"type":"handover","to":{"queue":"` + string(botID) + `"},"display_name":"Refund","context":[1]}`)
	if e := want[call.BotAsked](t, w.events); e.Handover == nil || string(e.Handover.Queue) != string(botID) || e.Handover.DisplayName != "Refund" || string(e.Told) != "[1]" {
		t.Errorf("%+v", e)
	}
	for text, code := range map[string]string{
		`{`: "unreadable", `{"type":"dance"}`: "unknown_type", `{"type":"context"}`: "invalid", `{"type":"handover","to":{"queue":"x"}}`: "invalid",
	} {
		if p.send(text); p.text("error")["code"] != code {
			t.Errorf("%s is not refused as %s", text, code)
		}
	}
	if p.say([]byte{1}); p.text("error")["code"] != "odd" {
		t.Error("half a sample was taken")
	}
	w.set(func() { w.refuse = fault.Conflict("not_permitted", "the bot's stream is over") })
	p.send(`{"type":"hang_up"}`)
	if e := want[call.BotAsked](t, w.events); !e.HangUp || p.text("error")["code"] != "not_permitted" {
		t.Errorf("%+v", e)
	}
	l.lost <- io.EOF // Microsoft closes in peace
	if m := p.text("end"); m["reason"] != "stopped" {
		t.Errorf("%v", m)
	}
	if err := next(t, p.ended); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("the bot's connection ended with %v", err)
	}
	if e := want[call.BotLeft](t, w.events); e.Outcome.Class != call.ClassEnded { // after the grace, if no other socket came
		t.Errorf("%+v", e)
	}
}

// TestEndings: who leaves, and what the call is told of it.
func TestEndings(t *testing.T) {
	for name, row := range map[string]struct {
		do   func(*world, *line, *peer)
		want call.Class // "": nothing
	}{
		"the bot closes": {func(_ *world, _ *line, p *peer) { _ = p.conn.Close(websocket.StatusNormalClosure, "") }, call.ClassEnded},
		"the bot is lost for good": {func(w *world, _ *line, p *peer) {
			w.set(func() { w.broken = true })
			_ = p.conn.CloseNow()
		}, call.ClassUnavailable},
		"Microsoft is lost": {func(_ *world, l *line, _ *peer) { l.lost <- errors.New("reset") }, call.ClassMedia},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			l := w.open()
			p := w.peer()
			p.text("start")
			j := want[call.BotJoined](t, w.events)
			row.do(w, l, p)
			if e := want[call.BotLeft](t, w.events); e.Outcome.Class != row.want || e.Session != j.Session || e.Stream != "k" {
				t.Errorf("%+v", e)
			}
			next(t, l.closed)
		})
	}
}

// TestLeavesWhileSpokenTo: sound that was on its way when the bot closed in peace cannot be
// sent any more, which is no loss of the bot.
func TestLeavesWhileSpokenTo(t *testing.T) {
	for range 30 {
		w := newWorld(t)
		w.s.cfg.Pong = patience // beside all the sound a ping takes its time
		l := w.open()
		p := w.peer()
		p.text("start")
		want[call.BotJoined](t, w.events)
		var beside sync.WaitGroup
		beside.Go(func() {
			for {
				select {
				case l.heard <- bridge.Heard{Kind: bridge.HeardSound, PCM: make([]byte, 640)}:
				case <-l.closed:
					return
				}
			}
		})
		beside.Go(func() {
			for {
				select {
				case <-p.sound:
				case <-l.closed:
					return
				}
			}
		})
		next(t, p.sound)
		_ = p.conn.Close(websocket.StatusNormalClosure, "")
		if e := want[call.BotLeft](t, w.events); e.Outcome.Class != call.ClassEnded || len(w.conns) != 0 {
			t.Fatalf("%+v, and %d connections more", e, len(w.conns))
		}
		beside.Wait()
	}
}

// TestRedial: a bot that was cut off is connected again, and knows it; not for ever.
func TestRedial(t *testing.T) {
	w := newWorld(t)
	w.open()
	p := w.peer()
	p.text("start")
	want[call.BotJoined](t, w.events)
	for range maxRedials {
		_ = p.conn.CloseNow()
		if p = w.peer(); p.text("start")["resumed"] != true {
			t.Error("the bot does not learn that it was here before")
		}
	}
	_ = p.conn.CloseNow()
	if e := want[call.BotLeft](t, w.events); e.Outcome.Class != call.ClassUnavailable {
		t.Errorf("%+v", e)
	}
}

// TestLostToPings: a bot that does not answer is gone, however alive its socket is.
func TestLostToPings(t *testing.T) {
	w := newWorld(t)
	w.open()
	next(t, w.conns) // nobody reads it, so nothing answers
	w.set(func() { w.broken = true })
	want[call.BotJoined](t, w.events)
	if e := want[call.BotLeft](t, w.events); e.Outcome.Class != call.ClassUnavailable {
		t.Errorf("%+v", e)
	}
}

// TestUnreachable: the call learns why, and not more than it may.
func TestUnreachable(t *testing.T) {
	for name, row := range map[string]struct {
		do   func(*world)
		want call.Outcome
	}{
		"refused":        {func(w *world) { w.broken = true }, call.Outcome{Class: call.ClassUnavailable, Message: "the bot cannot be reached: it answered the handshake with 418"}},
		"nobody listens": {func(w *world) { w.bot.URL = "ws://127.0.0.1:1" }, call.Outcome{Class: call.ClassUnavailable, Message: "the bot cannot be reached: no WebSocket could be opened to its address"}},
		"deleted":        {func(w *world) { w.bot.ID = "other" }, call.Outcome{Class: call.ClassMisconfigured, Message: "the bot cannot be used: there is no such bot"}},
		"another's secret": {func(w *world) { w.bot.Secret = w.box.Seal([]byte("x"), "other") },
			call.Outcome{Class: call.ClassMisconfigured, Message: "the bot cannot be used: its secret cannot be opened"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.set(func() { row.do(w) })
			l := w.open()
			if e := want[call.BotLeft](t, w.events); e.Outcome != row.want {
				t.Errorf("%+v", e.Outcome)
			}
			next(t, l.closed)
		})
	}
}

// TestExpect: only the connection of a call that wants a socket is let in.
func TestExpect(t *testing.T) {
	w := newWorld(t)
	good := bridge.Socket{Call: "c", Resource: "eu-0", Connection: "conn"}
	for name, row := range map[string]struct {
		x    bridge.Socket
		do   func()
		want fault.Kind
	}{
		"another connection": {bridge.Socket{Call: "c", Resource: "eu-0", Connection: "other"}, nil, fault.KindForbidden},
		"no connection":      {bridge.Socket{Call: "c", Resource: "eu-0"}, nil, fault.KindForbidden},
		"another resource":   {bridge.Socket{Call: "c", Resource: "na-0", Connection: "conn"}, nil, fault.KindForbidden},
		"nothing asked for":  {good, func() { w.c.Stream = nil }, fault.KindNotFound},
		"over":               {good, func() { w.c.Stream = &call.Stream{State: call.StreamFailed} }, fault.KindNotFound},
		"stopping":           {good, func() { w.c.Stream = &call.Stream{State: call.StreamRunning, Unwanted: true} }, fault.KindNotFound},
	} {
		before := w.c
		if row.do != nil {
			w.set(row.do)
		}
		if _, err := w.s.Expect(t.Context(), row.x); fault.KindOf(err) != row.want {
			t.Errorf("%s: %v", name, err)
		}
		w.set(func() { w.c = before })
	}
}

// TestUnwanted: when the call does not want it any more, which its owner at another
// process may have said, both sockets end.
func TestUnwanted(t *testing.T) {
	w := newWorld(t)
	w.s.cfg.Watch = 20 * time.Millisecond
	l := w.open()
	p := w.peer()
	p.text("start")
	want[call.BotJoined](t, w.events)
	w.set(func() { w.c.Stream = &call.Stream{ID: "k", Bot: botID, State: call.StreamStopping} })
	for sent := false; !sent; { // Microsoft speaks all the time, or it would be taken for lost
		select {
		case l.heard <- bridge.Heard{Kind: bridge.HeardSound, PCM: []byte{0, 0}}:
		case <-l.closed:
			sent = true
		}
	}
	if m := p.text("end"); m["reason"] != "stopped" && m["reason"] != "lost" {
		t.Errorf("%v", m)
	}
}

// TestSilence: Microsoft sends all the time; when it does not, it is lost.
func TestSilence(t *testing.T) {
	w := newWorld(t)
	w.s.cfg.Watch = 30 * time.Millisecond
	l := w.open()
	p := w.peer()
	p.text("start")
	want[call.BotJoined](t, w.events)
	if p.text("end")["reason"] != "lost" {
		t.Error("the bot does not learn why")
	}
	next(t, l.closed)
	if e := want[call.BotLeft](t, w.events); e.Outcome.Class != call.ClassMedia {
		t.Errorf("%+v", e)
	}
}

// TestClose: a process that stops tells the bot, and not the call: Microsoft opens
// its socket elsewhere.
func TestClose(t *testing.T) {
	w := newWorld(t)
	w.open()
	p := w.peer()
	p.text("start")
	want[call.BotJoined](t, w.events)
	w.s.Close()
	if p.text("end")["reason"] != "going_away" {
		t.Error("the bot does not learn why")
	}
	if len(w.events) > 0 {
		t.Errorf("the call is told %+v", <-w.events)
	}
}

// TestQueue: the oldest sound goes when there is no room, texts stay and go first.
func TestQueue(t *testing.T) {
	dropped := 0
	q := newQueue(func() { dropped++ })
	for i := range heldFrames + 7 {
		q.sound([]byte{byte(i)})
	}
	q.text([]byte("hello"))
	if dropped != 7 {
		t.Errorf("%d dropped", dropped)
	}
	ctx := t.Context()
	if it, err := q.next(ctx, nil); err != nil || !it.text || string(it.data) != "hello" {
		t.Errorf("%+v, %v", it, err)
	}
	for i := range heldFrames {
		if it, err := q.next(ctx, nil); err != nil || it.data[0] != byte(i+7) {
			t.Fatalf("frame %d is %v, %v", i, it.data, err)
		}
	}
	q.sound([]byte{1})
	q.end([]byte("bye"))
	q.end([]byte("another"))
	if it, err := q.next(ctx, nil); err != nil || !it.last || string(it.data) != "bye" {
		t.Errorf("%+v, %v", it, err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := newQueue(func() {}).next(gone, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzBot: whatever a bot says is understood or refused, and what is handed on is
// permitted in itself.
func FuzzBot(f *testing.F) {
	for _, text := range []string{
		`{"type":"clear"}`, `{"type":"context","context":{}}`, `{"type":"hang_up"}`, `{"type":"handover","to":{"agents":["x"]},"context":null}`, `{"type":1}`, `[]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		clear, e, err := parse("k", text)
		if err != nil {
			var m map[string]string
			if json.Unmarshal(refusal(err), &m) != nil || m["code"] == "" || m["code"] == "internal" {
				t.Errorf("%q is refused with %s", text, refusal(err))
			}
			return
		}
		var p fault.Problems
		if e.Check(&p); p.Err("", "") != nil {
			t.Errorf("%q became %+v: %v", text, e, p.Err("", ""))
		}
		if !clear && e.Handover == nil && !e.HangUp && len(e.Told) == 0 {
			t.Errorf("%q asks for nothing", text)
		}
	})
}
