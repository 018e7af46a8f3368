package routing

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	newestPreview = "2024-11-15-preview"
	// supported is what the service said in 2023 [R], and the versions of the descriptions.
	supported = "2023-03-01, 2023-04-01-preview, " + newestPreview
	maxBody   = 1 << 20
)

// versions are those of the published descriptions (§1.1).
var versions = []string{
	"2021-05-01", "2023-03-01", "2021-05-01-preview", "2021-09-01-preview", "2022-09-01-preview", "2022-10-01-preview", "2023-01-01-preview",
	"2023-04-01-preview", newestPreview,
}

// Health is what the proxies make of a trunk, in the words of the preview (§1.2).
type Health struct {
	TLS, Ping, Overall string
	Reason             string // if inactive
}

// MarshalJSON writes the preview's form.
func (h Health) MarshalJSON() ([]byte, error) {
	type status struct {
		Status string `json:"status"`
		Reason string `json:"reason,omitempty"`
	}
	return json.Marshal(map[string]status{"tls": {Status: h.TLS}, "ping": {Status: h.Ping}, "overall": {h.Overall, h.Reason}})
}

// Service is the API of one resource. Who asks is checked before a request comes here
// (acs.Service.Guard).
type Service struct {
	id     string
	book   *Book
	health func(fqdn string) Health
	mux    *http.ServeMux
}

// NewService makes the API of a resource of the book. health is asked when a client wants it.
func NewService(b *Book, immutableID string, health func(fqdn string) Health) *Service {
	s := &Service{id: immutableID, book: b, health: health, mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /sip", s.answer(s.get))
	s.mux.HandleFunc("PATCH /sip", s.answer(s.patch))
	s.mux.HandleFunc("POST /sip:testRoutesWithNumber", s.answer(s.test))
	return s
}

// Serves reports whether a request is one of this API's.
func (s *Service) Serves(r *http.Request) bool {
	return r.URL.Path == "/sip" || strings.HasPrefix(r.URL.Path, "/sip:")
}

// ServeHTTP answers requests that Serves knows.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// answer is the only place that turns results and errors into HTTP.
func (s *Service) answer(do func(version string, r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		version := r.URL.Query().Get("api-version")
		var body any
		err := error(Refusal{http.StatusBadRequest, "UnsupportedApiVersion", "The api-version must be one of " + strings.Join(versions, ", ") + "."})
		if slices.Contains(versions, version) {
			body, err = do(version, r)
		}
		h := w.Header()
		h.Set("api-supported-versions", supported)
		h.Set("MS-CV", vector())
		h.Set("Strict-Transport-Security", "max-age=2592000")
		h.Set("X-Azure-Ref", "0"+strings.ReplaceAll(uuid.NewString(), "-", ""))
		h.Set("X-Cache", "CONFIG_NOCACHE")
		h.Set("X-Processing-Time", fmt.Sprintf("%dms", time.Since(begun).Milliseconds()))
		h.Set("Content-Type", "application/json; charset=utf-8")
		status := http.StatusOK
		if err != nil {
			status, body = failed(err)
			h.Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

// failed is the envelope of an error (§1.4).
func failed(err error) (int, any) {
	type failure struct {
		Code    string   `json:"code"`
		Message string   `json:"message"`
		Inner   *failure `json:"innererror,omitempty"`
	}
	f := failure{Code: "UnprocessableConfiguration", Message: "One or more request inputs are not valid."}
	r := Refusal{Status: http.StatusInternalServerError, Code: "InternalError", Text: err.Error()}
	_ = errors.As(err, &r)
	if r.Code != "" {
		f.Inner = &failure{Code: r.Code, Message: r.Text}
	}
	return r.Status, map[string]failure{"error": f}
}

// vector has the form of Microsoft's correlation vector.
func vector() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return base64.RawStdEncoding.EncodeToString(raw) + ".0"
}

// expandHealth is the one value of expand.
const expandHealth = "trunks/health"

func (s *Service) get(version string, r *http.Request) (any, error) {
	c, err := s.book.Stored(s.id)
	if err != nil {
		return nil, err
	}
	expand := r.URL.Query().Get("expand")
	if expand != "" && (expand != expandHealth || !preview(version)) {
		return nil, Refusal{http.StatusBadRequest, "InvalidRequest", "expand is " + expandHealth + ", from version " + newestPreview + " on."}
	}
	c = c.seenBy(version)
	if expand == expandHealth {
		for fqdn, t := range c.Trunks {
			t.Health = s.health(fqdn)
			c.Trunks[fqdn] = t
		}
	}
	return c, nil
}

// seenBy is a copy without what a version does not know.
func (c Configuration) seenBy(version string) Configuration {
	seen := Configuration{Trunks: make(map[string]Trunk, len(c.Trunks)), Routes: routesOf(c.Routes, version)}
	if preview(version) {
		seen.Domains = c.Domains
	}
	for fqdn, t := range c.Trunks {
		if !preview(version) {
			t = Trunk{SIPSignalingPort: t.SIPSignalingPort}
		} else if t.Enabled == nil {
			on := true
			t.Enabled = &on
		}
		seen.Trunks[fqdn] = t
	}
	return seen
}

func (s *Service) patch(version string, r *http.Request) (any, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/merge-patch+json" {
		return nil, Refusal{http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The Content-Type must be application/merge-patch+json."}
	}
	body, err := read(r)
	if err != nil {
		return nil, err
	}
	c, err := s.book.change(s.id, body, version)
	if err != nil {
		return nil, err
	}
	return c.seenBy(version), nil
}

func read(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, Refusal{http.StatusBadRequest, "InvalidRequest", "The request body cannot be read: " + err.Error()}
	}
	return body, nil
}

// called is what a route is matched against: digits with an optional plus.
var called = regexp.MustCompile(`^\+?[0-9]{1,32}$`)

// test says which routes of the configuration in the request match a number; what is
// stored does not matter.
func (s *Service) test(version string, r *http.Request) (any, error) {
	if !preview(version) {
		return nil, Refusal{http.StatusNotFound, "NotFound", "This operation is in version " + newestPreview + "."}
	}
	body, err := read(r)
	if err != nil {
		return nil, err
	}
	number := r.URL.Query().Get("targetPhoneNumber")
	if !called.MatchString(number) {
		return nil, Refusal{http.StatusBadRequest, "InvalidRequest", "targetPhoneNumber must be a number such as +11234567890."}
	}
	var c Configuration
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, Refusal{http.StatusBadRequest, "InvalidRequest", "The request body is not valid: " + err.Error()}
	}
	trunks := make(map[string]Trunk, len(c.Trunks))
	for fqdn, t := range c.Trunks {
		trunks[strings.ToLower(fqdn)] = t
	}
	c.Trunks, c.Routes = trunks, routesOf(c.Routes, version)
	if err := c.check(); err != nil {
		return nil, err
	}
	return map[string]any{"matchingRoutes": c.matching(number)}, nil
}
