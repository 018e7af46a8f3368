package inbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Bounds of what is kept; see the package comment.
const (
	maxBoxes    = 32
	maxMessages = 1000
	maxBytes    = 4 << 20
)

// Kinds of messages.
const (
	KindCallback  = "callback"
	KindEvent     = "event"     // by Event Grid
	KindHandshake = "handshake" // of an Event Grid subscription
	KindOpened    = "opened"    // a WebSocket
	KindFrame     = "frame"     // of a WebSocket, not audio
	KindClosed    = "closed"    // a WebSocket
	KindOther     = "other"
)

// Message is one thing that arrived.
type Message struct {
	// Number counts from 1 in each box.
	Number   int       `json:"number"`
	Received time.Time `json:"received"`
	Kind     string    `json:"kind"`
	// Type is the type of the first event inside, or the kind of a frame.
	Type    string      `json:"type,omitempty"`
	Method  string      `json:"method,omitempty"`
	URL     string      `json:"url,omitempty"`
	Headers http.Header `json:"headers,omitempty"`
	// Token is what the Authorization header was worth; nil without one.
	Token *Token `json:"token,omitempty"`
	// Body is the body if it is JSON, Text if not.
	Body json.RawMessage `json:"body,omitempty"`
	Text string          `json:"text,omitempty"`
	// Stream is set with messages of WebSockets.
	Stream *Stream `json:"stream,omitempty"`
}

// Token is a JWT of the service. Verified means that its signature is good for
// the published keys; audience and times are for the reader to judge.
type Token struct {
	Verified bool           `json:"verified"`
	Error    string         `json:"error,omitempty"`
	Claims   map[string]any `json:"claims,omitempty"`
}

// size is roughly what a message weighs in memory.
func (m *Message) size() int {
	n := 512 + len(m.Body) + len(m.Text) + len(m.URL)
	for name, values := range m.Headers {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

// box is guarded by the Service's mutex.
type box struct {
	name     string
	messages []Message
	bytes    int
	last     int // number of the newest message
	dropped  int
}

func (b *box) add(m Message) {
	b.last++
	m.Number = b.last
	b.messages = append(b.messages, m)
	b.bytes += m.size()
	for len(b.messages) > maxMessages || b.bytes > maxBytes && len(b.messages) > 1 {
		b.bytes -= b.messages[0].size()
		b.messages = slices.Delete(b.messages, 0, 1)
		b.dropped++
	}
}

func (b *box) after(number int) []Message {
	i, _ := slices.BinarySearchFunc(b.messages, number+1, func(m Message, n int) int { return m.Number - n })
	return append([]Message{}, b.messages[i:]...) // never null in JSON
}

// box finds a box, nil if nothing ever came for it; with the lock held.
func (s *Service) box(name string) *box {
	if i := slices.IndexFunc(s.boxes, func(b *box) bool { return b.name == name }); i >= 0 {
		return s.boxes[i]
	}
	return nil
}

// put adds a message to a box and wakes whoever waits.
func (s *Service) put(name string, m Message) {
	m.Received = s.Clock.Now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.box(name)
	if b == nil {
		b = &box{name: name}
	}
	s.boxes = append(slices.DeleteFunc(s.boxes, func(old *box) bool { return old == b }), b)
	if len(s.boxes) > maxBoxes {
		s.boxes = slices.Delete(s.boxes, 0, 1)
	}
	b.add(m)
	close(s.changed)
	s.changed = make(chan struct{})
}
