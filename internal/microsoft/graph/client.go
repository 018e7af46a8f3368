package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/fault"
)

const (
	version      = "/v1.0"
	maxAnswer    = 4 << 20 // bytes; 999 people with all that is asked for fit
	defaultQuiet = 2 * time.Second
	mostQuiet    = 2 * time.Minute
)

var (
	unavailable = fault.Unavailable("graph_unavailable", "Microsoft Graph does not answer")
	throttled   = fault.Unavailable("directory_throttled", "Microsoft Graph asks to slow down")
)

// client asks Graph.
type client struct {
	base    string
	http    *http.Client
	timeout time.Duration // of one request
	now     func() time.Time
}

// question is one request.
type question struct {
	name       string // for errors
	method     string // "": GET
	path       string // below the version, or a whole nextLink
	body       any    // JSON; nil: none
	eventual   bool   // an advanced query (facts/entra-graph-teams.md §2.4)
	permission string // what a 403 says is missing
}

// Failure is an answer of Graph's that is not a success, or none.
type Failure struct {
	Question string
	Status   int    // HTTP; 0 if there was no answer
	Code     string // error.code
	Message  string
	Request  string // request-id, which support asks for
	After    time.Duration
	lacking  string // the permission that a 403 is about
	cause    error
}

func (f *Failure) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %v", f.Question, f.cause)
	}
	return fmt.Sprintf("%s: HTTP %d %s %s (request %s)", f.Question, f.Status, f.Code, f.Message, f.Request)
}

func (f *Failure) Unwrap() error { return f.cause }

// RetryAfter is how long Graph wants to be left alone; 0 if it did not say.
func (f *Failure) RetryAfter() time.Duration { return f.After }

func retryAfterOf(err error) time.Duration {
	var f *Failure
	if !errors.As(err, &f) {
		return 0
	}
	return f.After
}

// classified says what a failure means (facts/entra-graph-teams.md §2.8): by
// status, because the codes of half of Graph are not documented.
func (f *Failure) classified() error {
	switch {
	case f.Status == http.StatusTooManyRequests:
		return throttled.Because(f)
	case f.Status == http.StatusForbidden:
		return fault.Forbidden("permission_missing", "the tenant has not granted "+f.lacking).Because(f)
	case f.Status == http.StatusNotFound:
		return fault.NotFound("graph_unknown", "Microsoft Graph knows nothing by that name").Because(f)
	case f.Status == 0, f.Status == http.StatusUnauthorized, f.Status == http.StatusRequestTimeout, f.Status >= 500 && f.Status != http.StatusNotImplemented:
		return unavailable.Because(f) // 401 comes and goes with good tokens too
	}
	return fault.Internal("graph_refused", "Microsoft Graph refuses the request").Because(f)
}

// ask puts a question; into takes the JSON of the answer. A 401 is tried once
// more: it is reported to come and go.
func (c *client) ask(ctx context.Context, token string, q question, into any) *Failure {
	f := c.once(ctx, token, q, into)
	if f != nil && f.Status == http.StatusUnauthorized {
		f = c.once(ctx, token, q, into)
	}
	return f
}

func (c *client) once(ctx context.Context, token string, q question, into any) *Failure {
	failed := func(err error) *Failure { return &Failure{Question: q.name, cause: err} }
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.request(ctx, q)
	if err != nil {
		return failed(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := c.http.Do(req)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return failed(err)
	case resp.StatusCode != http.StatusOK:
		return refusal(q, resp.StatusCode, resp.Header, answer, c.now())
	case len(answer) > maxAnswer:
		return failed(errors.New("the answer is too long"))
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return failed(err)
	}
	return nil
}

// request makes a question one of HTTP. A nextLink must lead to where the token
// belongs.
func (c *client) request(ctx context.Context, q question) (*http.Request, error) {
	method, url := q.method, c.base+version+q.path
	if method == "" {
		method = http.MethodGet
	}
	if strings.Contains(q.path, "://") {
		if !strings.HasPrefix(q.path, c.base+"/") {
			return nil, errors.New("the next page is said to be at another host")
		}
		url = q.path
	}
	var body io.Reader
	if q.body != nil {
		b, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.eventual {
		req.Header.Set("ConsistencyLevel", "eventual")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("client-request-id", uuid.NewString())
	return req, nil
}

// refusal reads an answer that is none; inside a batch it looks the same.
func refusal(q question, status int, h http.Header, body []byte, now time.Time) *Failure {
	f := &Failure{Question: q.name, Status: status, Request: h.Get("request-id"), lacking: q.permission}
	var told struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &told) == nil {
		f.Code = told.Error.Code
		f.Message = strings.ToValidUTF8(told.Error.Message[:min(len(told.Error.Message), 256)], "")
	}
	wait := h.Get("Retry-After")
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable && wait != "" {
		f.After = retryAfter(wait, now)
	}
	return f
}

// page is a list of Graph's.
type page[T any] struct {
	Value []T    `json:"value"`
	Next  string `json:"@odata.nextLink"`
}

// UnmarshalJSON demands that the list is there: an answer without one is not an
// empty list.
func (p *page[T]) UnmarshalJSON(b []byte) error {
	type plain page[T]
	var got plain
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	if got.Value == nil {
		return errors.New("the answer holds no list")
	}
	*p = page[T](got)
	return nil
}

// retryAfter reads seconds, also with a fraction, or a date; the header is
// known to be absent or 0 at times (facts/entra-graph-teams.md §2.7).
func retryAfter(text string, now time.Time) time.Duration {
	wait := defaultQuiet
	if s, err := strconv.ParseFloat(text, 64); err == nil && s > 0 {
		wait = time.Duration(min(s, mostQuiet.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(text); err == nil && at.After(now) {
		wait = at.Sub(now)
	}
	return min(wait, mostQuiet)
}
