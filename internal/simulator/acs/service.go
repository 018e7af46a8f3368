package acs

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/teams"
	"tandem/internal/simulator/voice"
)

// Defaults of Config.
const (
	// defaultAnswerTime is how long an announced call waits for the
	// application: the limit for establishing a PSTN call
	// (facts/call-automation.md §15).
	defaultAnswerTime = 115 * time.Second
	// defaultRingTime is the ring without invitationTimeoutInSeconds, about two
	// minutes by the text of 487/10004 (§6.2).
	defaultRingTime = 120 * time.Second
)

// Leg is the caller's leg of a call: an INVITE that reached Microsoft's SIP
// proxy and has been answered 100 so far.
type Leg interface {
	// From and To are E.164 numbers with their +.
	From() string
	To() string
	CallID() string
	TrunkFQDN() string
	// CustomHeaders holds userToUser and X-MS-Custom-… as they were sent.
	CustomHeaders() map[string]string
	// Answer sends 200 and returns when it is acknowledged.
	Answer(ctx context.Context) error
	Reject(status, cause int, phrase string)
	Bye(cause int, phrase string)
	// Ended is closed when the leg is over, however that came.
	Ended() <-chan struct{}
	// End tells after Ended who ended it ("sbc", "microsoft", "media") and with what.
	End() (by string, sipStatus, q850 int)
	// Attach joins an answered leg to the sound of a call, out of the one that
	// it was in; nil is a leg without sound.
	Attach(*mixer.Conference) *mixer.Port
	// OnDigit hands over the keys that the phone presses, from now on.
	OnDigit(func(digit byte))
	// Press sends tones to the phone and returns when they are sent.
	Press(ctx context.Context, digits string) error
}

// Resource is a simulated Communication Services resource.
type Resource struct {
	Name        string // also the last part of its Event Grid topic
	Region      string
	ImmutableID string
	AccessKey   string // base64
}

type resource struct {
	Resource
	key []byte
}

// Config is what a Service needs; all fields down to Resources are required.
type Config struct {
	Sender    *events.Sender
	Grid      *events.Grid
	Directory *teams.Directory
	Clock     *clock.Clock
	Faults    *faults.Book
	Switches  *evidence.Switches
	Logger    *slog.Logger
	// Client fetches files to play and opens WebSockets.
	Client *http.Client
	// Dial calls a phone number and returns when it answers; the error is a
	// Refusal where the phone or its network said no.
	Dial func(context.Context, Outbound) (Leg, error)
	// HasClient says whether a communication user has a client of his own, which Dial
	// calls by his raw id; nil: nobody has. Others are an application's to answer for.
	HasClient func(rawID string) bool
	Resources []Resource
	// Bearer checks an Entra token for Communication Services; nil refuses all.
	Bearer func(token string) error
	// Speaker speaks; its zero value works.
	Speaker *voice.Speaker
	// Storage is the origin of recorded files, as in https://127.0.0.1:8443.
	Storage string
	// InsecureCallbacks allows callback URIs, files and sockets without TLS on
	// loopback addresses.
	InsecureCallbacks bool
	// AnswerTime is how long an announced call waits for an answer; zero: 115 s.
	AnswerTime time.Duration
	// Seed of the order in which CallConnected and ParticipantsUpdated come.
	Seed uint64
	// Delays are how long things take that otherwise happen at once.
	Delays delays.Plan
}

// Service answers for all resources.
type Service struct {
	Config
	resources map[string]*resource
	ctx       context.Context
	cancel    context.CancelFunc
	work      sync.WaitGroup
	unhandled atomic.Int64

	mu       sync.Mutex
	closed   bool
	dice     *mathrand.Rand
	calls    []*call           // alive, oldest first
	offers   map[string]*offer // by incomingCallContext, until a while after the answer
	attempts map[string]*attempt
	forgetAt time.Time        // when attempts are looked through again
	ended    map[string]*call // by callConnectionId of legs that another leg has just ended
	files    []*file          // recorded, by documentId
	script   *voice.Script
}

// New returns a service; Close it.
func New(c Config) (*Service, error) {
	if c.AnswerTime == 0 {
		c.AnswerTime = defaultAnswerTime
	}
	s := &Service{
		Config: c, resources: make(map[string]*resource),
		dice:   mathrand.New(mathrand.NewPCG(c.Seed, c.Seed)),
		offers: make(map[string]*offer), attempts: make(map[string]*attempt), ended: make(map[string]*call), script: &voice.Script{},
	}
	if s.Speaker == nil {
		s.Speaker = &voice.Speaker{}
	}
	for _, r := range c.Resources {
		key, err := base64.StdEncoding.DecodeString(r.AccessKey)
		if err != nil || len(key) == 0 {
			return nil, fmt.Errorf("resource %s: access key is not base64", r.Name)
		}
		if uuid.Validate(r.ImmutableID) != nil {
			return nil, fmt.Errorf("resource %s: immutable id is not a GUID", r.Name)
		}
		r.ImmutableID = strings.ToLower(r.ImmutableID)
		s.resources[r.ImmutableID] = &resource{r, key}
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close ends every call without ceremony and waits for what runs.
func (s *Service) Close() {
	s.mu.Lock()
	s.reset()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
}

// Reset ends every call, as if Microsoft's side had failed: legs get a BYE,
// the application hears nothing, files are lost.
func (s *Service) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
}

func (s *Service) reset() {
	for len(s.calls) > 0 {
		c := s.calls[0]
		for _, o := range c.offers {
			if o.line != nil {
				s.spawn(func() { o.line.Reject(http.StatusServiceUnavailable, 41, "Service is being reset") })
			}
		}
		for _, leg := range c.legs {
			for _, j := range slices.Clone(leg.media.jobs) {
				s.drop(j)
			}
		}
		for _, r := range c.recordings {
			s.stopRecorder(r)
		}
		s.dissolve(c)
	}
	s.files = nil
	s.script.Reset()
}

// Unhandled is how many requests asked for something that the simulator does
// not implement.
func (s *Service) Unhandled() int { return int(s.unhandled.Load()) }

// Handler is the HTTP API of one resource.
func (s *Service) Handler(immutableID string) (http.Handler, error) {
	res := s.resources[strings.ToLower(immutableID)]
	if res == nil {
		return nil, errors.New("no such resource")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(res, w, r) }), nil
}

// spawn runs f in a goroutine that Close waits for. It needs s.mu.
func (s *Service) spawn(f func()) {
	if !s.closed {
		s.work.Go(f)
	}
}

// after runs f under the lock, which is held: at once, or later if that takes
// time here.
func (s *Service) after(delay time.Duration, f func()) {
	if delay == 0 {
		f()
		return
	}
	s.Clock.AfterFunc(delay, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

func newID() string { return uuid.NewString() }

// newContext makes an incomingCallContext: opaque, long, with the outline of a JWT.
func newContext() string {
	part := func(n int) string {
		raw := make([]byte, n)
		_, _ = rand.Read(raw) // never fails (crypto/rand)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return "eyJ" + part(60) + "." + part(1400) + "." + part(256)
}

// newServerCallID has the form of facts/observed-events.md §9.
func newServerCallID(now time.Time) string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	url := fmt.Sprintf("https://api.flightproxy.skype.com/api/v2/cp/conv-simulator.conv.skype.com/conv/%s?i=1-1-1-1&e=%d",
		base64.RawURLEncoding.EncodeToString(raw), now.UnixNano()/100+621355968000000000)
	return base64.StdEncoding.EncodeToString([]byte(url))
}
