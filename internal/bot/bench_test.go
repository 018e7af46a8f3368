package bot

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/coder/websocket"

	"tandem/internal/bridge"
	"tandem/internal/call"
)

// BenchmarkBridge is a frame's way to a bot that sends it back, and into the call
// again, beside the same bot asked without us.
func BenchmarkBridge(b *testing.B) {
	echo := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(rw, r, nil)
		if err != nil {
			return
		}
		for {
			kind, data, err := conn.Read(r.Context())
			if err != nil || kind == websocket.MessageBinary && conn.Write(r.Context(), kind, data) != nil {
				return
			}
		}
	})
	frame := bytes.Repeat([]byte{1, 200}, 320)
	b.Run("echo", func(b *testing.B) {
		server := httptest.NewServer(echo)
		defer server.Close()
		conn, _, err := websocket.Dial(b.Context(), server.URL, nil) //nolint:bodyclose // the library does
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.CloseNow() }()
		for b.Loop() {
			if err := conn.Write(b.Context(), websocket.MessageBinary, frame); err != nil {
				b.Fatal(err)
			}
			if _, data, err := conn.Read(b.Context()); err != nil || len(data) != len(frame) {
				b.Fatal(err)
			}
		}
	})
	b.Run("bridged", func(b *testing.B) {
		w := newWorldOf(b, echo)
		l := w.open()
		want[call.BotJoined](b, w.events)
		for b.Loop() {
			l.heard <- bridge.Heard{Kind: bridge.HeardSound, PCM: frame}
			if got := <-l.said; len(got) != len(frame) {
				b.Fatal(len(got))
			}
		}
	})
}
