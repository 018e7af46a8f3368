package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/signing"
)

// Lifetimes of access tokens in minutes [S].
const (
	minLifetime     = 60
	maxLifetime     = 1440
	defaultLifetime = maxLifetime
)

const (
	maxBody = 64 << 10
	// keptDeletions bounds how many deleted or revoked ids are remembered.
	keptDeletions = 10_000
	prefix        = "/identities"
	// supported is what the service said in 2023 [R], and the version of the
	// description.
	supported = "2020-07-20-preview2, 2021-02-22-preview1, 2021-03-07, 2021-10-31-preview, 2021-11-01, 2022-06-01, 2022-10-01, 2023-10-01, 2025-06-30"
)

var (
	scopes  = []string{"chat", "voip", "chat.join", "chat.join.limited", "voip.join"}
	version = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(-preview\d*)?$`)
)

// Config is what a Service needs; all fields are required.
type Config struct {
	// ImmutableID is that of the resource whose users these are.
	ImmutableID string
	// Keys sign the access tokens.
	Keys  *signing.Keys
	Clock *clock.Clock
}

// Service makes users of one resource.
type Service struct {
	Config
	mux *http.ServeMux

	mu      sync.Mutex
	deleted []string // ids in lower case, oldest first
}

// New returns a service.
func New(c Config) *Service {
	c.ImmutableID = strings.ToLower(c.ImmutableID)
	s := &Service{Config: c, mux: http.NewServeMux()}
	s.mux.HandleFunc("POST "+prefix, s.answer(s.create))
	s.mux.HandleFunc("DELETE "+prefix+"/{id}", s.answer(s.remove))
	s.mux.HandleFunc("POST "+prefix+"/{id}/:issueAccessToken", s.answer(s.issue))
	s.mux.HandleFunc("POST "+prefix+"/{id}/:revokeAccessTokens", s.answer(s.revoke))
	return s
}

// ID is the raw id of a user of a resource.
func ID(immutableID, user string) string {
	return "8:acs:" + strings.ToLower(immutableID) + "_" + strings.ToLower(user)
}

// Serves reports whether a request is one of this API's.
func (s *Service) Serves(r *http.Request) bool {
	_, pattern := s.mux.Handler(r)
	return pattern != ""
}

// ServeHTTP answers requests that Serves knows.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// problem is an error with its HTTP status and code.
type problem struct {
	status     int
	code, text string
}

func (p problem) Error() string { return p.text }

func invalid(text string) error { return problem{http.StatusBadRequest, "InvalidRequest", text} }

// answer is the only place that turns results and errors into HTTP.
func (s *Service) answer(do func(*http.Request) (int, any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var status int
		var body any
		err := checkVersion(r)
		if err == nil {
			status, body, err = do(r)
		}
		if err != nil {
			p := problem{http.StatusInternalServerError, "InternalError", err.Error()}
			_ = errors.As(err, &p)
			status, body = p.status, map[string]any{"error": map[string]string{"code": p.code, "message": p.text}}
		}
		h := w.Header()
		h.Set("api-supported-versions", supported)
		h.Set("Request-Context", "appId=")
		h.Set("X-Cache", "CONFIG_NOCACHE")
		h.Set("X-Azure-Ref", "0"+strings.ReplaceAll(uuid.NewString(), "-", ""))
		if id := r.Header.Get("x-ms-client-request-id"); id != "" {
			h.Set("x-ms-client-request-id", id)
		}
		if body == nil {
			w.WriteHeader(status)
			return
		}
		h.Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

func checkVersion(r *http.Request) error {
	if !version.MatchString(r.URL.Query().Get("api-version")) {
		return invalid("The api-version parameter is missing or is no version: give one such as 2023-10-01.")
	}
	return nil
}

// wanted is the token that a request asks for. Creating names its scopes
// otherwise than issuing.
type wanted struct {
	Create  []string `json:"createTokenWithScopes"`
	Scopes  []string `json:"scopes"`
	Minutes *int     `json:"expiresInMinutes"`
}

func decode(r *http.Request) (wanted, error) {
	var body wanted
	err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&body)
	if err != nil && !errors.Is(err, io.EOF) {
		return body, invalid("The request body is not valid JSON: " + err.Error())
	}
	return body, nil
}

// token is CommunicationIdentityAccessToken.
type token struct {
	Token     string `json:"token"`
	ExpiresOn string `json:"expiresOn"`
}

func (s *Service) create(r *http.Request) (int, any, error) {
	body, err := decode(r)
	if err != nil {
		return 0, nil, err
	}
	id := ID(s.ImmutableID, uuid.NewString())
	result := struct {
		Identity map[string]string `json:"identity"`
		Token    *token            `json:"accessToken,omitempty"`
	}{Identity: map[string]string{"id": id}}
	if len(body.Create) > 0 {
		t, err := s.token(id, body.Create, body.Minutes)
		if err != nil {
			return 0, nil, err
		}
		result.Token = &t
	}
	return http.StatusCreated, result, nil
}

func (s *Service) issue(r *http.Request) (int, any, error) {
	id, err := s.known(r)
	if err != nil {
		return 0, nil, err
	}
	body, err := decode(r)
	if err != nil {
		return 0, nil, err
	}
	t, err := s.token(id, body.Scopes, body.Minutes)
	return http.StatusOK, t, err
}

// revoke has nothing to do: no part of the simulator takes the tokens of users.
func (s *Service) revoke(r *http.Request) (int, any, error) {
	_, err := s.known(r)
	return http.StatusNoContent, nil, err
}

func (s *Service) remove(r *http.Request) (int, any, error) {
	id, err := s.known(r)
	if err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleted = append(s.deleted, strings.ToLower(id))
	if len(s.deleted) > keptDeletions {
		s.deleted = slices.Delete(s.deleted, 0, 1)
	}
	return http.StatusNoContent, nil, nil
}

// known returns the id in the path, which must be of a user of this resource
// that has not been deleted.
func (s *Service) known(r *http.Request) (string, error) {
	id := r.PathValue("id")
	user, ours := strings.CutPrefix(strings.ToLower(id), "8:acs:"+s.ImmutableID+"_")
	if !ours || user == "" {
		return "", invalid("The identity is none of this resource: its users are 8:acs:" + s.ImmutableID + "_<guid>.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.deleted, strings.ToLower(id)) {
		return "", problem{http.StatusNotFound, "IdentityNotFound", "Provided identity doesn't exist."}
	}
	return id, nil
}

// token makes an access token. Its form is that of the tokens that Azure's
// portal hands out, which no document describes [?].
func (s *Service) token(id string, want []string, minutes *int) (token, error) {
	if len(want) == 0 {
		return token{}, invalid("scopes: at least one of " + strings.Join(scopes, ", ") + " is needed.")
	}
	for _, scope := range want {
		if !slices.Contains(scopes, scope) {
			return token{}, invalid(fmt.Sprintf("scopes: %q is none of %s.", scope, strings.Join(scopes, ", ")))
		}
	}
	lifetime := defaultLifetime
	if minutes != nil {
		lifetime = *minutes
	}
	if lifetime < minLifetime || lifetime > maxLifetime {
		return token{}, invalid(fmt.Sprintf("expiresInMinutes: want %d to %d.", minLifetime, maxLifetime))
	}
	now := s.Clock.Now()
	expires := now.Add(time.Duration(lifetime) * time.Minute).Truncate(time.Second)
	text, err := s.Keys.Sign(map[string]any{
		"skypeid": strings.TrimPrefix(id, "8:"), "scp": 1792, "csi": fmt.Sprint(now.Unix()), "exp": expires.Unix(), "iat": now.Unix(),
		"acsScope": strings.Join(want, ","), "resourceId": s.ImmutableID,
	})
	if err != nil {
		return token{}, fmt.Errorf("sign an access token: %w", err)
	}
	return token{Token: text, ExpiresOn: expires.UTC().Format("2006-01-02T15:04:05.0000000-07:00")}, nil
}
