package graph

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

const (
	// publicAudience is what tokens for the real Graph are made out to.
	publicAudience = "https://graph.microsoft.com"
	// base is the version that is imitated.
	base        = "/v1.0"
	contentType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)

// Config is what a Service needs.
type Config struct {
	// Origin is scheme and host of the service's own address; it is accepted
	// as audience of tokens beside the real one.
	Origin    string
	Tokens    *entra.Service
	Directory *teams.Directory
	Faults    *faults.Book
	// Switches decides what is only inferred; nil: defaults.
	Switches *evidence.Switches
	// Clock is what throttling goes by; nil is real time.
	Clock *clock.Clock
	// Throttling switches Microsoft's limits on from the start.
	Throttling bool
	// Logger hears of what is not imitated; nil: nobody does.
	Logger *slog.Logger
}

// Service answers as Graph v1.0.
type Service struct {
	Config
	sequence  atomic.Int64
	unhandled atomic.Int64
	throttle  throttle

	mu       sync.Mutex
	answered map[string]teams.Presence // by oid, the last one
}

// New returns a service.
func New(c Config) *Service {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{Config: c, answered: map[string]teams.Presence{}}
	s.throttle.on.Store(c.Throttling)
	return s
}

// Unhandled is how many requests asked for something that is not implemented.
func (s *Service) Unhandled() int { return int(s.unhandled.Load()) }

// Throttling reports whether Microsoft's limits are in force.
func (s *Service) Throttling() bool { return s.throttle.on.Load() }

// SetThrottling switches Microsoft's limits on or off; what was used up is
// forgotten.
func (s *Service) SetThrottling(on bool) { s.throttle.set(on) }

func (s *Service) now() time.Time {
	if s.Clock == nil {
		return time.Now()
	}
	return s.Clock.Now()
}

// request is a request whose token is good.
type request struct {
	*http.Request
	claims entra.Claims
	tenant teams.Tenant
	args   []string    // the variable parts of the path
	header http.Header // of the answer
}

// may reports whether the token carries one of the roles.
func (r *request) may(roles []string) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(r.claims.Roles, role) })
}

// ServeHTTP answers with the headers of Graph.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("request-id", uuid.NewString())
	if id := r.Header.Get("client-request-id"); id != "" {
		h.Set("client-request-id", id)
	}
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Simulator","Slice":"E","Ring":"1","ScaleUnit":"001","RoleInstance":"SIM0001"}}`)
	h.Set("Content-Type", contentType)
	body, err := s.answer(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	_ = json.NewEncoder(w).Encode(body)
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	claims, err := s.authenticate(w, r)
	if err != nil {
		return nil, err
	}
	req := &request{Request: r, claims: claims, header: w.Header()}
	req.tenant, _ = s.Directory.Lookup(claims.Tenant)
	found, err := s.find(req)
	if err != nil {
		return nil, err
	}
	if !found.batch {
		if err := s.struck(req); err != nil {
			return nil, err
		}
	}
	if len(found.roles) > 0 && !req.may(found.roles) {
		return nil, found.denied()
	}
	if err := s.limit(req, found); err != nil {
		return nil, err
	}
	return found.do(s, req)
}

// authenticate checks the bearer token.
func (s *Service) authenticate(w http.ResponseWriter, r *http.Request) (entra.Claims, error) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	claims, err := entra.Claims{}, error(nil)
	if found {
		claims, err = s.Tokens.Verify(token)
	}
	if !found || err != nil || (claims.Audience != publicAudience && claims.Audience != s.Origin) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
		return claims, &problem{http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure."}
	}
	return claims, nil
}

// struck answers as the operator wishes.
func (s *Service) struck(r *request) error {
	value, struck := s.Faults.Take(faults.GraphStatus, r.claims.Tenant)
	if !struck {
		return nil
	}
	if _, _, more := strings.Cut(value, ";"); !more && (value == "429" || value == "503") {
		value += ";retry-after=10"
	}
	answer := faults.ParseAnswer(value)
	if !strings.HasPrefix(value, "500") && answer.Status == http.StatusInternalServerError {
		answer = faults.ParseAnswer("503;retry-after=10") // what cannot be read must strike, too
	}
	for name, values := range answer.Header {
		r.header[name] = values
	}
	return &problem{answer.Status, codeOf(answer.Status), "Set by the simulator's operator."}
}

func codeOf(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "TooManyRequests"
	case http.StatusUnauthorized:
		return "Unauthorized"
	case http.StatusServiceUnavailable:
		return "ServiceUnavailable"
	case http.StatusNotFound:
		return "NotFound"
	case http.StatusForbidden:
		return "Forbidden"
	}
	return "UnknownError"
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := &problem{http.StatusInternalServerError, "InternalServerError", "An internal error occurred."}
	if !errors.As(err, &p) {
		s.Logger.Error("graph", "error", err)
	}
	if p.status == http.StatusNotImplemented {
		s.unhandled.Add(1)
		s.Logger.Error("graph: not implemented", "method", r.Method, "path", r.URL.Path, "message", p.message)
	}
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"code": p.code, "message": p.message,
		"innerError": map[string]any{
			"date":       time.Now().UTC().Format(time.RFC3339)[:19],
			"request-id": w.Header().Get("request-id"), "client-request-id": r.Header.Get("client-request-id"),
		},
	}})
}
