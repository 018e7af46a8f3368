package inbox

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/coder/websocket"
)

const (
	maxFrame = 1 << 20
	// keptSpeakers bounds the names in one summary.
	keptSpeakers = 64
)

// Stream is what came over one WebSocket so far.
type Stream struct {
	// Frames counts frames by kind; "unreadable" are those without one.
	Frames map[string]int `json:"frames"`
	// AudioBytes is decoded audio, Silent how many of its frames were marked so.
	AudioBytes int `json:"audio_bytes"`
	Silent     int `json:"silent"`
	// Echoed is how many frames were sent back.
	Echoed int `json:"echoed,omitempty"`
	// Speakers are the participants whose audio came, in order of appearance; a
	// mix has none.
	Speakers []string `json:"speakers,omitempty"`
	// Closed is how it ended: normally, or with what error.
	Closed string `json:"closed,omitempty"`
}

// frame is what the inbox looks at (facts/call-automation.md §9).
type frame struct {
	Kind  string `json:"kind"`
	Audio struct {
		Speaker string `json:"participantRawID"`
		Data    string `json:"data"`
		Silent  bool   `json:"silent"`
	} `json:"audioData"`
}

// socket accepts a WebSocket of media streaming or transcription.
func (s *Service) socket(w http.ResponseWriter, r *http.Request) {
	name, ok := named(w, r)
	if !ok {
		return
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Allow", "POST, OPTIONS")
		write(w, http.StatusMethodNotAllowed, map[string]string{"error": "send messages here by POST or WebSocket; read them at /_sim/inbox/" + name + " on the control address"})
		return
	}
	end, ok := s.begin()
	if !ok {
		write(w, http.StatusServiceUnavailable, map[string]string{"error": "the simulator is going away"})
		return
	}
	defer end()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(maxFrame)
	s.put(name, s.message(r, KindOpened))
	sum := &Stream{Frames: map[string]int{}}
	err = s.listen(s.ctx, name, conn, sum, r.URL.Query().Get("echo") == "1")
	sum.Closed = "normally"
	if websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		sum.Closed = err.Error()
	}
	s.put(name, Message{Kind: KindClosed, URL: r.URL.RequestURI(), Stream: sum})
}

// listen reads until the connection ends, which is its error.
func (s *Service) listen(ctx context.Context, name string, conn *websocket.Conn, sum *Stream, echo bool) error {
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var f frame
		if json.Unmarshal(text, &f) != nil || f.Kind == "" {
			sum.Frames["unreadable"]++
			continue
		}
		if f.Kind != "AudioData" {
			sum.Frames[f.Kind]++
			s.put(name, Message{Kind: KindFrame, Type: f.Kind, Body: text})
			continue
		}
		sum.hear(f)
		if !echo {
			continue
		}
		if err := conn.Write(ctx, websocket.MessageText, reply(f.Audio.Data)); err != nil {
			return err
		}
		sum.Echoed++
	}
}

// hear counts a frame of audio.
func (sum *Stream) hear(f frame) {
	sum.Frames[f.Kind]++
	sum.AudioBytes += base64.StdEncoding.DecodedLen(len(f.Audio.Data)) - strings.Count(f.Audio.Data, "=")
	if f.Audio.Silent {
		sum.Silent++
	}
	if who := f.Audio.Speaker; who != "" && len(sum.Speakers) < keptSpeakers && !slices.Contains(sum.Speakers, who) {
		sum.Speakers = append(sum.Speakers, who)
	}
}

// reply is audio as an application sends it, in the spelling of the JavaScript
// SDK (facts/call-automation.md §9) [K].
func reply(data string) []byte {
	text, _ := json.Marshal(map[string]any{"kind": "AudioData", "audioData": map[string]string{"data": data}}) // cannot fail
	return text
}
