package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// session is one pair of sockets: Microsoft's, and one after the other of the bot's.
type session struct {
	s     *Service
	c     call.Call // as it stood when it began
	k     call.Stream
	bot   tenant.Bot
	line  bridge.Line
	id    string
	queue *queue
	log   *slog.Logger

	heard atomic.Int64 // frames of Microsoft's
	gone  atomic.Value // why: Microsoft's side ended
}

// why a session ended.
type why string

const (
	botDone    why = "bot_done"   // it closed in peace
	botLost    why = "bot_lost"   // it cannot be reached any more
	botBroken  why = "bot_broken" // it cannot be asked: not registered any more, or its secret cannot be opened
	lineClosed why = "line_closed"
	lineLost   why = "line_lost"
	unwanted   why = "unwanted" // the call does not want it any more
	goingAway  why = "going_away"
)

type ending struct {
	why why
	err error
}

// run works until it is over.
func (x *session) run() ending {
	var err error
	if x.bot, err = x.s.cfg.Store.Bot(x.s.ctx, x.c.Tenant, x.k.Bot); err != nil {
		return ending{botBroken, err}
	}
	key, err := x.s.cfg.Box.Open(x.bot.Secret, tenant.BotContext(x.c.Tenant, x.bot.ID))
	if err != nil {
		return ending{botBroken, fault.Internal("bot_secret", "its secret cannot be opened")}
	}
	header := http.Header{"Authorization": {"Bearer " + string(key)}}
	conn, err := x.reach(header, x.k.Session != "")
	if err != nil {
		return x.unreached(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(x.s.ctx)) // the bot is told before all ends
	var beside sync.WaitGroup
	asks := make(chan call.BotAsked, maxAsks)
	beside.Go(func() { x.listen(ctx) })
	beside.Go(func() { x.watch(ctx) })
	beside.Go(func() { x.ask(asks) })
	defer func() {
		close(asks)
		x.line.Close("") // in peace, before the context breaks it
		cancel()
		beside.Wait()
	}()
	x.tell(call.BotJoined{Stream: x.k.ID, Session: x.id})
	for redials := 0; ; redials++ {
		err := x.converse(ctx, conn, asks)
		if w, over := x.gone.Load().(why); over {
			return ending{w, err}
		}
		if s := websocket.CloseStatus(err); s == websocket.StatusNormalClosure || s == websocket.StatusGoingAway {
			return ending{botDone, nil}
		}
		if redials == maxRedials {
			return ending{botLost, err}
		}
		x.log.Warn("the bot was lost; connecting again", "error", err)
		if conn, err = x.reach(header, true); err != nil {
			return x.unreached(err)
		}
	}
}

func (x *session) unreached(err error) ending {
	if x.s.ctx.Err() != nil {
		return ending{goingAway, nil}
	}
	return ending{botLost, err}
}

// reach connects to the bot and greets it.
func (x *session) reach(header http.Header, resumed bool) (conn *websocket.Conn, err error) {
	for try := range dialTries {
		if try > 0 {
			select {
			case <-time.After(x.s.cfg.Dial / 8):
			case <-x.s.ctx.Done():
				return nil, x.s.ctx.Err()
			}
		}
		if conn, err = x.greet(header, resumed); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

func (x *session) greet(header http.Header, resumed bool) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(x.s.ctx, x.s.cfg.Dial)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, x.bot.URL, &websocket.DialOptions{HTTPClient: x.s.cfg.HTTP, HTTPHeader: header}) //nolint:bodyclose // the library does
	if err != nil {
		if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			return nil, fault.Unavailable("bot_refused", fmt.Sprintf("it answered the handshake with %d", resp.StatusCode)).Because(err)
		}
		return nil, fault.Unavailable("bot_unreachable", "no WebSocket could be opened to its address").Because(err)
	}
	conn.SetReadLimit(maxMessage)
	if err := conn.Write(ctx, websocket.MessageText, encode(start(x.c, x.k, x.bot, resumed))); err != nil {
		_ = conn.CloseNow()
		return nil, fault.Unavailable("bot_unreachable", "it did not take the first message").Because(err)
	}
	return conn, nil
}

// listen takes what Microsoft sends, until its socket ends.
func (x *session) listen(ctx context.Context) {
	for {
		h, err := x.line.Hear(ctx)
		if err != nil {
			w, reason := lineLost, endLost
			if errors.Is(err, io.EOF) {
				w, reason = lineClosed, endStopped
			}
			x.end(w, reason)
			return
		}
		x.heard.Add(1)
		switch h.Kind {
		case bridge.HeardSound:
			x.s.metrics.toBot.Add(float64(len(h.PCM)))
			x.queue.sound(h.PCM)
		case bridge.HeardTone:
			if x.bot.DTMFClears {
				_ = x.line.Hush(ctx) // if that fails the next Hear does, too
			}
			x.queue.text(encode(map[string]string{"type": typeDTMF, "tone": h.Tone}))
		default: // of no interest to a bot
		}
	}
}

// end has the bot told, and what ends first is the reason.
func (x *session) end(w why, reason string) {
	if x.gone.CompareAndSwap(nil, w) {
		x.queue.end(encode(map[string]string{"type": typeEnd, "reason": reason}))
	}
}

// watch sees whether Microsoft still sends, and whether the call still wants it: its
// owner, who had Microsoft stop it, may be another process.
func (x *session) watch(ctx context.Context) {
	tick := time.NewTicker(x.s.cfg.Watch)
	defer tick.Stop()
	var before int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.s.ctx.Done():
			x.end(goingAway, endGoingAway)
			return
		case <-tick.C:
		}
		now := x.heard.Load()
		if now == before { // it sends fifty frames a second, silence too (facts/call-automation.md §9)
			x.end(lineLost, endLost)
			return
		}
		before = now
		c, err := x.s.cfg.Store.Call(ctx, x.c.Tenant, x.c.ID)
		if err == nil && (!streams(c) || c.Stream.ID != x.k.ID || c.Stream.Session != "" && c.Stream.Session != x.id) {
			x.end(unwanted, endStopped)
			return
		}
	}
}

// converse works with one socket of the bot's until it ends. The error says how.
func (x *session) converse(ctx context.Context, conn *websocket.Conn, asks chan<- call.BotAsked) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var beside sync.WaitGroup
	beside.Go(func() {
		if err := x.speakTo(ctx, conn); err != nil {
			cancel(err)
		}
	})
	beside.Go(func() {
		if err := x.ping(ctx, conn); err != nil {
			cancel(err)
		}
	})
	err := x.hearFrom(ctx, conn, asks)
	if cause := context.Cause(ctx); cause != nil && websocket.CloseStatus(err) == -1 {
		err = cause // who failed first knows better, unless it was for the bot's own goodbye
	}
	cancel(err)
	_ = conn.CloseNow()
	beside.Wait()
	return err
}

// speakTo sends what is queued, and parts after the last of it.
func (x *session) speakTo(ctx context.Context, conn *websocket.Conn) error {
	buf := make([]byte, 0, 1024)
	for {
		it, err := x.queue.next(ctx, buf)
		if err != nil {
			return err
		}
		kind := websocket.MessageBinary
		if it.text {
			kind = websocket.MessageText
		} else {
			buf = it.data
		}
		limited, cancel := context.WithTimeout(ctx, writeWithin)
		err = conn.Write(limited, kind, it.data)
		cancel()
		if err != nil {
			return fmt.Errorf("the bot took nothing for %s: %w", writeWithin, err)
		}
		if it.last {
			_ = conn.Close(websocket.StatusNormalClosure, "") // ends hearFrom as well
			return nil
		}
	}
}

func (x *session) ping(ctx context.Context, conn *websocket.Conn) error {
	tick := time.NewTicker(x.s.cfg.Pong)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		limited, cancel := context.WithTimeout(ctx, x.s.cfg.Pong)
		err := conn.Ping(limited)
		cancel()
		if err != nil {
			return fmt.Errorf("the bot does not answer pings: %w", err)
		}
	}
}

// hearFrom takes what the bot sends.
func (x *session) hearFrom(ctx context.Context, conn *websocket.Conn, asks chan<- call.BotAsked) error {
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if kind == websocket.MessageBinary {
			if len(data)%2 != 0 {
				x.queue.text(refusal(fault.Invalid("odd", "sound has 16 bits a sample, and this message an odd number of bytes")))
				continue
			}
			x.s.metrics.toCall.Add(float64(len(data)))
			_ = x.line.Say(ctx, data) // listen sees that the line is gone
			continue
		}
		clear, e, err := parse(x.k.ID, data)
		switch {
		case err != nil:
			x.queue.text(refusal(err))
		case clear:
			_ = x.line.Hush(ctx)
		default:
			select {
			case asks <- e:
			default:
				x.queue.text(refusal(fault.Exhausted("busy", "too much is asked for at once")))
			}
		}
	}
}

// maxAsks wait for the journal at once.
const maxAsks = 16

// ask hands on what the bot wants, in turn, also what it wanted last before it left.
func (x *session) ask(asks <-chan call.BotAsked) {
	for e := range asks {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(x.s.ctx), askWithin)
		err := x.s.cfg.Engine.Ask(ctx, x.c.ID, e)
		cancel()
		if err != nil {
			x.log.Info("what the bot asks for is refused", "error", err)
			x.queue.text(refusal(err))
		}
	}
}

// tell reports what happened to the call.
func (x *session) tell(e call.Event) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.s.ctx), askWithin)
	defer cancel()
	if err := x.s.cfg.Engine.Ask(ctx, x.c.ID, e); err != nil && fault.KindOf(err) != fault.KindNotFound {
		x.log.Warn("the call could not be told", "event", e.Kind(), "error", err)
	}
}

// leave tells that this pair of sockets is gone.
func (x *session) leave(o call.Outcome) {
	x.tell(call.BotLeft{Stream: x.k.ID, Session: x.id, Outcome: o})
}
