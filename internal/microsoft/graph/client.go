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
	presencePath = "/v1.0/communications/getPresencesByUserId"
	maxAnswer    = 4 << 20 // bytes; 650 people with long status messages fit
	defaultQuiet = 2 * time.Second
	mostQuiet    = 2 * time.Minute
)

var (
	unavailable = fault.Unavailable("graph_unavailable", "Microsoft Graph does not answer")
	throttled   = fault.Unavailable("graph_throttled", "Microsoft Graph asks to slow down")
)

// person is one entry of the answer. The status message is personal text that
// is nobody's business here and is not read.
type person struct {
	ID           string `json:"id"`
	Availability string `json:"availability"`
	Activity     string `json:"activity"`
	Version      string `json:"sequenceNumber"`
}

// Failure is an answer of Graph's that is not a success, or none.
type Failure struct {
	Status  int    // HTTP; 0 if there was no answer
	Code    string // error.code
	Message string
	Request string // request-id, which support asks for
	After   time.Duration
	cause   error
}

func (f *Failure) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("getPresencesByUserId: %v", f.cause)
	}
	return fmt.Sprintf("getPresencesByUserId: HTTP %d %s %s (request %s)", f.Status, f.Code, f.Message, f.Request)
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
// status, because the codes of this part of Graph are not documented.
func (f *Failure) classified() error {
	switch {
	case f.Status == http.StatusTooManyRequests:
		return throttled.Because(f)
	case f.Status == http.StatusForbidden:
		return fault.Forbidden("permission_missing", "the tenant has not granted Presence.Read.All").Because(f)
	case f.Status == 0, f.Status == http.StatusUnauthorized, f.Status == http.StatusRequestTimeout, f.Status >= 500:
		return unavailable.Because(f) // 401 comes and goes with good tokens too
	}
	return fault.Internal("graph_refused", "Microsoft Graph refuses the request").Because(f)
}

// fetch asks about at most maxIDs people. A 401 is tried once more: it is
// reported to come and go.
func (p *Presence) fetch(ctx context.Context, token string, ids []string) ([]person, error) {
	list, failure := p.post(ctx, token, ids)
	if failure != nil && failure.Status == http.StatusUnauthorized {
		list, failure = p.post(ctx, token, ids)
	}
	if failure != nil {
		return nil, failure.classified()
	}
	return list, nil
}

func (p *Presence) post(ctx context.Context, token string, ids []string) ([]person, *Failure) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	body, err := json.Marshal(map[string][]string{"ids": ids})
	if err != nil {
		return nil, &Failure{cause: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.cfg.BaseURL+presencePath, bytes.NewReader(body))
	if err != nil {
		return nil, &Failure{cause: err}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("client-request-id", uuid.NewString())
	resp, err := p.cfg.HTTP.Do(req)
	if err != nil {
		return nil, &Failure{cause: err}
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, &Failure{cause: err}
	}
	if resp.StatusCode == http.StatusOK {
		list, err := decode(answer)
		if err != nil {
			return nil, &Failure{cause: err}
		}
		return list, nil
	}
	f := &Failure{Status: resp.StatusCode, Request: resp.Header.Get("request-id")}
	var told struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(answer, &told) == nil {
		f.Code = told.Error.Code
		f.Message = strings.ToValidUTF8(told.Error.Message[:min(len(told.Error.Message), 256)], "")
	}
	wait := resp.Header.Get("Retry-After")
	if f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable && wait != "" {
		f.After = retryAfter(wait, p.cfg.Now())
	}
	return nil, f
}

func decode(answer []byte) ([]person, error) {
	if len(answer) > maxAnswer {
		return nil, errors.New("the answer is too long")
	}
	var list struct {
		Value []person `json:"value"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, err
	}
	if list.Value == nil {
		return nil, errors.New("the answer holds no list")
	}
	return list.Value, nil
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
