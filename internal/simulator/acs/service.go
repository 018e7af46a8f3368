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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/teams"
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
}

// Room is the audio of one call.
type Room interface {
	// Sound is the conference that users join; nil is a call without sound.
	Sound() *mixer.Conference
	// Attach brings an answered leg into the room.
	Attach(Leg)
	Close()
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

// Config is what a Service needs; all fields down to NewRoom are required.
type Config struct {
	Sender    *events.Sender
	Grid      *events.Grid
	Directory *teams.Directory
	Clock     *clock.Clock
	Faults    *faults.Book
	Logger    *slog.Logger
	NewRoom   func() Room
	Resources []Resource
	// InsecureCallbacks allows callback URIs with http on loopback addresses.
	InsecureCallbacks bool
	// AnswerTime is how long an announced call waits for an answer; zero: 115 s.
	AnswerTime time.Duration
	// Seed of the order in which CallConnected and ParticipantsUpdated come.
	Seed uint64
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
	calls    []*call          // alive, oldest first
	offers   map[string]*call // by incomingCallContext, until the call ends
	attempts map[string]*attempt
}

// New returns a service; Close it.
func New(c Config) (*Service, error) {
	if c.AnswerTime == 0 {
		c.AnswerTime = defaultAnswerTime
	}
	s := &Service{
		Config: c, resources: make(map[string]*resource),
		dice:   mathrand.New(mathrand.NewPCG(c.Seed, c.Seed)),
		offers: make(map[string]*call), attempts: make(map[string]*attempt),
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
	s.Reset()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
}

// Reset ends every call, as if Microsoft's side had failed: legs get a BYE,
// the application hears nothing.
func (s *Service) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.calls) > 0 {
		c := s.calls[0]
		if c.state == offered || c.state == connecting {
			s.refuse(c, http.StatusServiceUnavailable, 41, "Service is being reset")
		}
		s.dissolve(c)
	}
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

// Offer takes a call that a trunk of the resource sent: announces it and lets
// the application decide. It returns at once; the answer to the leg follows.
// What Microsoft's proxy sends when no subscription takes the call, or nobody
// answers, is not known; 480 is emulated (facts/direct-routing.md §20).
func (s *Service) Offer(immutableID string, leg Leg) {
	if value, struck := s.Faults.Take(faults.LegReject, leg.TrunkFQDN()); struck {
		status, err := strconv.Atoi(value)
		if err != nil || status < 400 || status > 699 {
			status = http.StatusServiceUnavailable
		}
		leg.Reject(status, 31, "Set by the simulator's operator")
		return
	}
	s.offer(immutableID, leg)
}

func (s *Service) offer(immutableID string, leg Leg) (incomingCallContext string) {
	res := s.resources[strings.ToLower(immutableID)]
	if res == nil {
		leg.Reject(http.StatusForbidden, 57, "No trunk configuration for that FQDN")
		return ""
	}
	c := &call{
		resource: res, leg: leg, from: phone(leg.From()), to: phone(leg.To()), state: offered,
		correlationID: uuid.NewString(), serverCallID: newServerCallID(time.Now()), context: newContext(),
		born: time.Now(),
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		leg.Reject(http.StatusServiceUnavailable, 41, "Service is going away")
		return ""
	}
	s.calls = append(s.calls, c)
	s.offers[c.context] = c
	s.spawn(func() { s.watch(c) })
	c.unanswered = s.Clock.AfterFunc(s.AnswerTime, func() { s.abandon(c, "Nobody answered the IncomingCall event") })
	s.mu.Unlock()

	data := events.Object{
		{Key: "to", Value: c.to.announced()},
		{Key: "from", Value: c.from.announced()},
		{Key: "serverCallId", Value: c.serverCallID},
		{Key: "callerDisplayName", Value: ""},
	}
	if headers := leg.CustomHeaders(); len(headers) > 0 {
		data = append(data, events.Field{Key: "customContext", Value: events.Object{
			{Key: "sipHeaders", Value: headers}, {Key: "voipHeaders", Value: events.Object{}},
		}})
	}
	data = append(data,
		events.Field{Key: "incomingCallContext", Value: c.context},
		events.Field{Key: "correlationId", Value: c.correlationID},
	)
	subject := "/caller/" + c.from.raw() + "/recipient/" + c.to.raw()
	if s.Grid.Publish(events.Topic(res.Name), subject, events.IncomingCall, data) == 0 {
		s.Logger.Warn("no Event Grid subscription takes the call; 480 is a guess", "resource", res.Name)
		s.abandon(c, "No callee endpoints were found.")
	}
	return c.context
}

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
