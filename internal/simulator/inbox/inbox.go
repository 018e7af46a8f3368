package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tandem/internal/simulator/clock"
)

// Path is what the URLs of all boxes begin with.
const Path = "/inbox/"

const (
	maxBody = 1 << 20
	maxWait = time.Minute
)

var boxName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Config is what a Service needs; all fields are required.
type Config struct {
	// Claims checks the signature of a callback's token and reads it.
	Claims func(token string) (map[string]any, error)
	Clock  *clock.Clock
}

// Service holds the boxes. Make it with New, Close it.
type Service struct {
	Config
	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	work    sync.WaitGroup
	boxes   []*box        // written to least recently first
	changed chan struct{} // closed and replaced with each message
}

// New returns a service without boxes: they are made as they are named.
func New(c Config) *Service {
	s := &Service{Config: c, changed: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close cuts the WebSockets and ends whoever waits. It may be called again.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
}

// begin keeps Close waiting until end is called; not after Close.
func (s *Service) begin() (end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false
	}
	s.work.Add(1)
	return s.work.Done, true
}

// Receiver takes messages below Path.
func (s *Service) Receiver() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{box}/{rest...}", s.socket)
	mux.HandleFunc("GET "+Path+"{box}", s.socket)
	mux.HandleFunc("OPTIONS "+Path+"{box}/{rest...}", s.handshake)
	mux.HandleFunc("OPTIONS "+Path+"{box}", s.handshake)
	mux.HandleFunc("POST "+Path+"{box}/{rest...}", s.receive)
	mux.HandleFunc("POST "+Path+"{box}", s.receive)
	return mux
}

// Control reads the boxes under /_sim/inbox.
func (s *Service) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/inbox", s.names)
	mux.HandleFunc("GET /_sim/inbox/{box}", s.read)
	mux.HandleFunc("DELETE /_sim/inbox/{box}", s.empty)
	return mux
}

// named checks the name of a box and answers 400 to a bad one.
func named(w http.ResponseWriter, r *http.Request) (string, bool) {
	name := r.PathValue("box")
	if !boxName.MatchString(name) {
		refuse(w, "the name of a box is 1 to 64 of A-Z a-z 0-9 . _ -")
		return "", false
	}
	return name, true
}

func refuse(w http.ResponseWriter, text string) {
	write(w, http.StatusBadRequest, map[string]string{"error": text})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// message is what is known of a request before its body.
func (s *Service) message(r *http.Request, kind string) Message {
	return Message{Kind: kind, Method: r.Method, URL: r.URL.RequestURI(), Headers: r.Header.Clone(), Token: s.token(r)}
}

func (s *Service) token(r *http.Request) *Token {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil
	}
	text, bearer := strings.CutPrefix(header, "Bearer ")
	if !bearer {
		return &Token{Error: "Authorization is no Bearer token"}
	}
	claims, err := s.Claims(text)
	if err != nil {
		return &Token{Error: err.Error()}
	}
	return &Token{Verified: true, Claims: claims}
}

// receive keeps a callback or an event, and answers Event Grid's handshake of
// both schemas (facts/call-automation.md §12).
func (s *Service) receive(w http.ResponseWriter, r *http.Request) {
	name, ok := named(w, r)
	if !ok {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuse(w, "the body cannot be read, or is longer than a megabyte")
		return
	}
	m := s.message(r, KindOther)
	if json.Valid(body) {
		m.Body = body
	} else {
		m.Text = string(body)
	}
	first := firstEvent(body)
	m.Type = first.kind()
	answer := map[string]string{}
	switch {
	case r.Header.Get("aeg-event-type") == "SubscriptionValidation":
		m.Kind = KindHandshake
		answer["validationResponse"] = first.Data.Code
	case r.Header.Get("aeg-event-type") != "" || m.Type == "Microsoft.Communication.IncomingCall":
		m.Kind = KindEvent
	case m.Type != "":
		m.Kind = KindCallback
	}
	s.put(name, m)
	write(w, http.StatusOK, answer)
}

// event is what the inbox looks at in an event of either schema.
type event struct {
	Type      string `json:"type"`
	EventType string `json:"eventType"`
	Data      struct {
		Code string `json:"validationCode"`
	} `json:"data"`
}

func (e event) kind() string {
	if e.Type != "" {
		return e.Type
	}
	return e.EventType
}

// firstEvent reads an array of events, or a bare one; anything else is empty.
func firstEvent(body []byte) event {
	var list []event
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		return list[0]
	}
	var one event
	if json.Unmarshal(body, &one) != nil {
		return event{}
	}
	return one
}

// handshake agrees to the deliveries of whoever asks (CloudEvents' abuse
// protection).
func (s *Service) handshake(w http.ResponseWriter, r *http.Request) {
	name, ok := named(w, r)
	if !ok {
		return
	}
	s.put(name, s.message(r, KindHandshake))
	if origin := r.Header.Get("WebHook-Request-Origin"); origin != "" {
		w.Header().Set("WebHook-Allowed-Origin", origin)
		w.Header().Set("WebHook-Allowed-Rate", "*")
	}
	w.WriteHeader(http.StatusOK)
}

func (s *Service) names(w http.ResponseWriter, _ *http.Request) {
	type row struct {
		Name     string `json:"name"`
		Messages int    `json:"messages"`
		Last     int    `json:"last"`
		Dropped  int    `json:"dropped"`
	}
	s.mu.Lock()
	list := make([]row, 0, len(s.boxes))
	for _, b := range s.boxes {
		list = append(list, row{b.name, len(b.messages), b.last, b.dropped})
	}
	s.mu.Unlock()
	slices.SortFunc(list, func(a, b row) int { return strings.Compare(a.Name, b.Name) })
	write(w, http.StatusOK, list)
}

// contents is the answer to a reader; Last is what to give as after next time.
type contents struct {
	Messages []Message `json:"messages"`
	Last     int       `json:"last"`
	Dropped  int       `json:"dropped"`
}

// read answers with the messages after a number, and waits for the first one if
// there is none yet.
func (s *Service) read(w http.ResponseWriter, r *http.Request) {
	name, ok := named(w, r)
	if !ok {
		return
	}
	after, wait, err := window(r.URL.Query().Get("after"), r.URL.Query().Get("wait"))
	if err != nil {
		refuse(w, err.Error())
		return
	}
	end, ok := s.begin()
	if !ok {
		write(w, http.StatusServiceUnavailable, map[string]string{"error": "the simulator is going away"})
		return
	}
	defer end()
	limit := time.NewTimer(wait)
	defer limit.Stop()
	for {
		s.mu.Lock()
		c, changed := contents{Messages: []Message{}}, s.changed
		if b := s.box(name); b != nil {
			c = contents{Messages: b.after(after), Last: b.last, Dropped: b.dropped}
		}
		s.mu.Unlock()
		if len(c.Messages) > 0 || wait == 0 {
			write(w, http.StatusOK, c)
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			wait = 0
		case <-s.ctx.Done():
			wait = 0
		case <-r.Context().Done():
			return
		}
	}
}

// window reads after and wait; wait is a duration, as in 10s.
func window(after, wait string) (number int, d time.Duration, err error) {
	if after != "" {
		if number, err = strconv.Atoi(after); err != nil || number < 0 {
			return 0, 0, fmt.Errorf("after: want the number of a message, not %q", after)
		}
	}
	if wait != "" {
		if d, err = time.ParseDuration(wait); err != nil || d < 0 || d > maxWait {
			return 0, 0, fmt.Errorf("wait: want a duration up to %s, as in 10s, not %q", maxWait, wait)
		}
	}
	return number, d, nil
}

// empty forgets the messages of a box; numbers go on.
func (s *Service) empty(w http.ResponseWriter, r *http.Request) {
	name, ok := named(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	if b := s.box(name); b != nil {
		b.messages, b.bytes, b.dropped = nil, 0, 0
	}
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}
