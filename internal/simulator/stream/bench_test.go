package stream

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"tandem/internal/simulator/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is the time of the first frame of every test.
var start = time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("", 3600))

// application is an https server that takes WebSockets.
type application struct {
	*httptest.Server
	clock *clock.Clock
	// refuse answers a handshake itself and says so; nil takes all. It gets the
	// number of the handshake, from 1.
	refuse func(n int, w http.ResponseWriter) bool
	// hold keeps sockets unread until it is closed; nil reads at once.
	hold chan struct{}

	sockets chan *socket
	states  chan string
	heard   chan []int16
	stops   chan struct{}

	mu         sync.Mutex
	handshakes int
}

// socket is the application's end of one connection.
type socket struct {
	*websocket.Conn
	header http.Header
	texts  chan []byte
	ended  chan error // why reading ended
}

func newApplication(t *testing.T) *application {
	t.Helper()
	a := &application{
		clock: clock.New(), sockets: make(chan *socket, 8), states: make(chan string, 16),
		heard: make(chan []int16, 1024), stops: make(chan struct{}, 16),
	}
	var reading sync.WaitGroup
	a.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.handshakes++
		n := a.handshakes
		a.mu.Unlock()
		if a.refuse != nil && a.refuse(n, w) {
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		conn.SetReadLimit(1 << 20)
		c := &socket{Conn: conn, header: r.Header, texts: make(chan []byte, 1<<16), ended: make(chan error, 1)}
		reading.Go(func() {
			if a.hold != nil {
				<-a.hold
			}
			for {
				_, text, err := conn.Read(context.Background())
				if err != nil {
					c.ended <- err
					return
				}
				c.texts <- text
			}
		})
		a.sockets <- c
	}))
	t.Cleanup(func() {
		for len(a.sockets) > 0 {
			_ = (<-a.sockets).CloseNow()
		}
		reading.Wait()
		a.Client().CloseIdleConnections()
		a.Close()
		a.clock.Close()
	})
	return a
}

func (a *application) config() Config {
	return Config{
		URL: "wss" + a.URL[len("https"):] + "/media?secret=1", Client: a.Client(), Clock: a.clock,
		Token:            func() (string, error) { return "token", nil },
		CallConnectionID: "connection", CorrelationID: "correlation", SubscriptionID: "subscription",
		OnState: func(detail string) { a.states <- detail },
		OnAudio: func(pcm []int16) { a.heard <- pcm },
		OnStop:  func() { a.stops <- struct{}{} },
	}
}

// open dials and returns both ends.
func (a *application) open(t *testing.T, c Config) (*Stream, *socket) {
	t.Helper()
	s, err := Dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, await(t, a.sockets)
}

// await receives with a deadline.
func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// tries is how many handshakes there were.
func (a *application) tries() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.handshakes
}

// state waits for OnState.
func (a *application) state(t *testing.T, want string) {
	t.Helper()
	if got := await(t, a.states); got != want {
		t.Fatalf("state %s, want %s", got, want)
	}
}

// received is any frame of the service.
type received struct {
	text          string
	Kind          string
	AudioMetadata *struct {
		SubscriptionID, Encoding     string
		SampleRate, Channels, Length int
	}
	AudioData *struct {
		Timestamp        time.Time
		ParticipantRawID string
		Data             []byte
		Silent           *bool
	}
	DtmfData *struct{ Data string }
}

// samples are those of an AudioData.
func (r received) samples() []int16 {
	list := make([]int16, len(r.AudioData.Data)/2)
	for i := range list {
		list[i] = int16(uint16(r.AudioData.Data[2*i]) | uint16(r.AudioData.Data[2*i+1])<<8)
	}
	return list
}

// next waits for the next frame, which must be of a kind.
func (c *socket) next(t *testing.T, kind string) received {
	t.Helper()
	text := await(t, c.texts)
	r := received{text: string(text)}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if r.Kind != kind {
		t.Fatalf("got %s, want a frame of kind %s", text, kind)
	}
	return r
}

// say sends a text as the application.
func (c *socket) say(t *testing.T, text string) {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// constant is a frame of one value.
func constant(value int16) []int16 {
	frame := make([]int16, inputSamples)
	for i := range frame {
		frame[i] = value
	}
	return frame
}

// tick is the time of the n-th frame.
func tick(n int) time.Time { return start.Add(time.Duration(n) * 20 * time.Millisecond) }
