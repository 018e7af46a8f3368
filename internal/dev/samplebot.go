package dev

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/audio"
)

// BotOptions are those of the sample bot.
type BotOptions struct {
	Secret string // that Tandem has to show; "": any
	// To is put into what the bot asks for when it wants a person: {"agents":["…"]}
	// or {"queue":"…"}; "" leaves it to who treats the call.
	To   json.RawMessage
	Name string // what that person's Teams shows
}

// SampleBot is a bot that needs no cloud: it greets with a recorded voice, falls
// silent when the caller speaks, says a tone to what it heard, and has a person come
// when the caller presses 0. It is meant to be copied: the protocol is in the
// comment of package bot. It tells on out what happens.
//
//	0  a person, please
//	1  the greeting once more
//	#  the bot leaves
//	*  the bot hangs up
type SampleBot struct {
	o   BotOptions
	mu  sync.Mutex // for out: there may be several calls
	out io.Writer
}

// NewSampleBot makes a bot, an http.Handler that takes the WebSockets of calls.
func NewSampleBot(o BotOptions, out io.Writer) *SampleBot { return &SampleBot{o: o, out: out} }

// RunSampleBot serves a bot at an address until ctx ends, and tells its URL first.
func RunSampleBot(ctx context.Context, address string, o BotOptions, out io.Writer) error {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: NewSampleBot(o, out), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	_, _ = fmt.Fprintf(out, "ws://%s\n", l.Addr())
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

func (b *SampleBot) tell(call, format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _ = fmt.Fprintf(b.out, "%s %s\n", call, fmt.Sprintf(format, args...))
}

// ServeHTTP implements http.Handler: one call.
func (b *SampleBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if b.o.Secret != "" && r.Header.Get("Authorization") != "Bearer "+b.o.Secret {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // answered
	}
	defer func() { _ = conn.CloseNow() }()
	c := botCall{b: b, conn: conn, ctx: r.Context()}
	if err := c.talk(); err != nil && websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		b.tell(c.id, "lost: %v", err)
	}
}

const (
	botRate  = 16000
	botFrame = botRate / 50 // samples in 20 ms
	// speaking is as loud as somebody who speaks is at least, and bargeIn for how
	// long he must, so that a click does not interrupt.
	speaking = 1000
	bargeIn  = 6 // frames
	quiet    = 25
)

// botCall is one call.
type botCall struct {
	b     *SampleBot
	conn  *websocket.Conn
	ctx   context.Context //nolint:containedctx // that of the request it is
	id    string
	until time.Time // when what was said is heard to its end
	loud  int       // frames in a row in which the caller speaks
	still int       // frames in a row since
	heard int       // frames in which the caller spoke, of what is not answered yet
	total int
	keys  string
}

// talk reads until somebody leaves.
func (c *botCall) talk() error {
	for {
		kind, data, err := c.conn.Read(c.ctx)
		if err != nil {
			return err
		}
		if kind == websocket.MessageBinary {
			if err := c.hear(data); err != nil {
				return err
			}
			continue
		}
		over, err := c.take(data)
		if err != nil || over {
			return err
		}
	}
}

// take does what a message says; over: nothing comes after it.
func (c *botCall) take(text []byte) (over bool, err error) {
	var m struct {
		Type, Call, Caller, Tone, Reason, Code, Message string
		Resumed                                         bool
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return false, err
	}
	switch m.Type {
	case "start":
		c.id = m.Call
		c.b.tell(c.id, "starts: %s", text)
		if !m.Resumed {
			return false, c.say(audio.AgentSpeech())
		}
	case "dtmf":
		c.keys += m.Tone
		c.b.tell(c.id, "key %s", m.Tone)
		return c.press(m.Tone)
	case "error":
		c.b.tell(c.id, "refused: %s, %s", m.Code, m.Message)
	case "end":
		c.b.tell(c.id, "ends: %s", m.Reason)
		return true, nil
	}
	return false, nil
}

func (c *botCall) press(key string) (over bool, err error) {
	switch key {
	case "0":
		wish := map[string]any{"type": "handover", "context": map[string]any{"keys": c.keys, "spoke_ms": 20 * c.total}}
		if len(c.b.o.To) > 0 {
			wish["to"] = c.b.o.To
		}
		if c.b.o.Name != "" {
			wish["display_name"] = c.b.o.Name
		}
		return false, c.send(wish)
	case "1":
		return false, c.say(audio.AgentSpeech())
	case "#":
		return true, c.conn.Close(websocket.StatusNormalClosure, "")
	case "*":
		return false, c.send(map[string]any{"type": "hang_up"})
	}
	return false, nil
}

// hear listens whether the caller speaks: that interrupts the bot, and is answered
// when it is over.
func (c *botCall) hear(pcm []byte) error {
	peak := 0
	for i := 0; i+1 < len(pcm); i += 2 {
		peak = max(peak, abs(int(int16(binary.LittleEndian.Uint16(pcm[i:]))))) //nolint:gosec // PCM is signed
	}
	if peak < speaking {
		c.loud = 0
		if c.still++; c.still == quiet && c.heard >= bargeIn {
			c.b.tell(c.id, "heard %d ms", 20*c.heard)
			c.heard = 0
			return c.say(tone(400 * time.Millisecond))
		}
		return nil
	}
	c.loud++
	c.heard++
	c.total++
	c.still = 0
	if c.loud == bargeIn && time.Now().Before(c.until) {
		c.until = time.Time{}
		c.b.tell(c.id, "interrupted")
		return c.send(map[string]any{"type": "clear"})
	}
	return nil
}

func abs(n int) int { return max(n, -n) }

// say sends all at once; Microsoft keeps it until it is heard.
func (c *botCall) say(p audio.PCM) error {
	p = audio.Resample(p, botRate)
	if c.until = time.Now().Add(p.Duration()); len(p.Samples) == 0 {
		return nil
	}
	raw := make([]byte, 0, 2*len(p.Samples))
	for _, s := range p.Samples {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(s)) //nolint:gosec // PCM is signed
	}
	for len(raw) > 0 {
		n := min(len(raw), 50*2*botFrame) // a second
		if err := c.conn.Write(c.ctx, websocket.MessageBinary, raw[:n]); err != nil {
			return err
		}
		raw = raw[n:]
	}
	return nil
}

func (c *botCall) send(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.b.tell(c.id, "asks: %s", strings.TrimSpace(string(text)))
	return c.conn.Write(c.ctx, websocket.MessageText, text)
}

// tone is 500 Hz, a triangle, which needs no table.
func tone(d time.Duration) audio.PCM {
	p := audio.PCM{Rate: botRate, Samples: make([]int16, int(d.Seconds()*botRate))}
	for i := range p.Samples {
		at := i % 32
		p.Samples[i] = int16(1000*abs(at-16) - 8000)
	}
	return p
}
