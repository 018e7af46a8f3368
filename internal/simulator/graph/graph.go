// Package graph is the part of the simulated Microsoft Graph that this project
// asks: the presence of users (facts/entra-graph-teams.md §2.2, §2.8).
package graph

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// maxIDs is how many users one request may ask for.
const maxIDs = 650

// publicAudience is what tokens for the real Graph are made out to.
const publicAudience = "https://graph.microsoft.com"

// Config is what a Service needs.
type Config struct {
	// Origin is scheme and host of the service's own address; it is accepted
	// as audience of tokens beside the real one.
	Origin    string
	Tokens    *entra.Service
	Directory *teams.Directory
	Faults    *faults.Book
}

// Service answers as Graph v1.0.
type Service struct {
	Config
	mux      *http.ServeMux
	sequence atomic.Int64

	mu       sync.Mutex
	answered map[string]teams.Presence // by oid, the last one
}

// New returns a service.
func New(c Config) *Service {
	s := &Service{Config: c, mux: http.NewServeMux(), answered: map[string]teams.Presence{}}
	s.mux.HandleFunc("POST /v1.0/communications/getPresencesByUserId", s.presences)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, http.StatusNotFound, "ResourceNotFound", "Resource not found for the segment '"+strings.Trim(r.URL.Path, "/")+"'.")
	})
	return s
}

// ServeHTTP answers with the headers of Graph.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("request-id", uuid.NewString())
	if id := r.Header.Get("client-request-id"); id != "" {
		h.Set("client-request-id", id)
	}
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Simulator","Slice":"E","Ring":"1","ScaleUnit":"001","RoleInstance":"SIM0001"}}`)
	s.mux.ServeHTTP(w, r)
}

func (s *Service) presences(w http.ResponseWriter, r *http.Request) {
	claims, ok := s.authorise(w, r, "Presence.Read.All")
	if !ok {
		return
	}
	var req struct {
		IDs []string `json:"ids"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&req); err != nil {
		s.fail(w, r, http.StatusBadRequest, "BadRequest", "Unable to read JSON request payload.")
		return
	}
	if len(req.IDs) == 0 || len(req.IDs) > maxIDs {
		s.fail(w, r, http.StatusBadRequest, "BadRequest", fmt.Sprintf("The number of ids must be between 1 and %d.", maxIDs))
		return
	}
	list := make([]map[string]any, 0, len(req.IDs))
	for _, id := range req.IDs {
		if uuid.Validate(id) != nil {
			s.fail(w, r, http.StatusBadRequest, "BadRequest", "Invalid user id.")
			return
		}
		p, known := s.Directory.Presence(claims.Tenant, id)
		if !known {
			continue // users that are not there, or of another tenant, are left out
		}
		p = s.shown(id, p)
		list = append(list, map[string]any{
			"id": strings.ToLower(id), "availability": p.Availability, "activity": p.Activity, "statusMessage": nil,
			"outOfOfficeSettings": map[string]any{"isOutOfOffice": false, "message": nil},
			"sequenceNumber":      fmt.Sprintf("A%010d", s.sequence.Add(1)), "workLocation": nil,
		})
	}
	// No order is promised, so none is kept.
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	write(w, http.StatusOK, map[string]any{
		"@odata.context": publicAudience + "/v1.0/$metadata#Collection(microsoft.graph.presence)", "value": list,
	})
}

// shown returns the presence to answer for a user whose presence is now: that,
// or under presence.freeze the one that was answered before.
func (s *Service) shown(oid string, now teams.Presence) teams.Presence {
	oid = strings.ToLower(oid)
	s.mu.Lock()
	defer s.mu.Unlock()
	before, asked := s.answered[oid]
	if _, struck := s.Faults.Take(faults.PresenceFreeze, oid); struck && asked {
		return before
	}
	s.answered[oid] = now
	return now
}

// authorise checks the bearer token and its role; it answers itself when one of
// them is missing.
func (s *Service) authorise(w http.ResponseWriter, r *http.Request, role string) (entra.Claims, bool) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	claims, err := entra.Claims{}, error(nil)
	if found {
		claims, err = s.Tokens.Verify(token)
	}
	if !found || err != nil || (claims.Audience != publicAudience && claims.Audience != s.Origin) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
		s.fail(w, r, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure.")
		return claims, false
	}
	if value, struck := s.Faults.Take(faults.GraphStatus, claims.Tenant); struck {
		status, err := strconv.Atoi(value)
		if err != nil || status < 400 || status > 599 {
			status = http.StatusServiceUnavailable
		}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "10")
		}
		s.fail(w, r, status, codeOf(status), "Set by the simulator's operator.")
		return claims, false
	}
	if !slices.Contains(claims.Roles, role) {
		// The exact code of communications is not documented [?].
		s.fail(w, r, http.StatusForbidden, "Forbidden", "Missing role permissions on the request: "+role+".")
		return claims, false
	}
	return claims, true
}

func codeOf(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "TooManyRequests"
	case http.StatusUnauthorized:
		return "Unauthorized"
	case http.StatusServiceUnavailable:
		return "ServiceUnavailable"
	}
	return "UnknownError"
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	write(w, status, map[string]any{"error": map[string]any{
		"code": code, "message": message,
		"innerError": map[string]any{
			"date":       time.Now().UTC().Format(time.RFC3339)[:19],
			"request-id": w.Header().Get("request-id"), "client-request-id": r.Header.Get("client-request-id"),
		},
	}})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
