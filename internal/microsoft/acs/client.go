package acs

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

const (
	apiVersion     = "2026-03-12"
	requestTimeout = 10 * time.Second
	maxAnswer      = 1 << 20 // bytes of a response that are read
)

// Config is what all clients share.
type Config struct {
	// HTTP carries the requests; nil uses http.DefaultTransport. Redirects are
	// never followed: a signed request is meant for one host.
	HTTP    *http.Client
	Timeout time.Duration // of one request; 0: ten seconds
	Now     func() time.Time
	Logger  *slog.Logger
	Metrics *Metrics
	// RecordingHosts are where recorded files are fetched; nil: [RecordingHosts].
	RecordingHosts []string
}

func (c Config) withDefaults() Config {
	var h http.Client
	if c.HTTP != nil {
		h = *c.HTTP
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.HTTP = &h
	if c.Timeout <= 0 {
		c.Timeout = requestTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	if c.RecordingHosts == nil {
		c.RecordingHosts = RecordingHosts()
	}
	return c
}

// Client does requests to one resource. Its methods do one request each (a list
// one per page) and return
//
//   - a fault of kind Unavailable, wrapping a [*Failure], if trying again may
//     help: throttled (429), 5xx, 408, no answer;
//   - a [*bridge.Refused] with the classified outcome otherwise; its class is
//     call.ClassGone for a call that Microsoft does not know any more.
type Client struct {
	cfg    Config
	origin *url.URL // scheme and host of the resource
	key    []byte
}

// NewClient makes a client of the resource at endpoint, such as
// https://contoso.communication.azure.com/, with one of its access keys (base64).
func NewClient(endpoint, accessKey string, cfg Config) (*Client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fault.Invalid("bad_endpoint", "the endpoint of an ACS resource is a URL without a path")
	}
	key, err := base64.StdEncoding.DecodeString(accessKey)
	if err != nil || len(key) == 0 {
		return nil, fault.Invalid("bad_access_key", "an ACS access key is base64") // without the text itself
	}
	return &Client{cfg: cfg.withDefaults(), origin: &url.URL{Scheme: u.Scheme, Host: u.Host}, key: key}, nil
}

// Once marks a request that must not be done twice: sent again with the same
// values it is answered without being repeated (facts/call-automation.md §4).
// The zero value sends no such headers.
type Once struct {
	ID        string // UUID
	FirstSent time.Time
}

// Failure is an answer that is not a success, or none at all.
type Failure struct {
	Operation string
	Status    int           // HTTP; 0 if there was no answer
	SubCode   int           // error.code, if it holds a number, as it mostly does
	Code      string        // error.code as sent
	Message   string        // error.message, or what was wrong with the connection
	Inner     string        // error.innererror.code, which the SIP routing API has
	InnerText string        // error.innererror.message
	After     time.Duration // Retry-After; 0 if not given
	Chain     string        // X-Microsoft-Skype-Chain-ID, which support asks for
	Ref       string        // X-Azure-Ref, likewise
	cause     error
}

func (f *Failure) Error() string {
	if f.Status == 0 && f.cause != nil {
		return fmt.Sprintf("%s: %s: %v", f.Operation, f.Message, f.cause)
	}
	if f.Status == 0 {
		return fmt.Sprintf("%s: %s", f.Operation, f.Message)
	}
	return fmt.Sprintf("%s: HTTP %d %s %s", f.Operation, f.Status, f.Code, f.Message)
}

func (f *Failure) Unwrap() error { return f.cause }

// RetryAfter is how long Microsoft wants to be left alone; 0 if it did not say.
func (f *Failure) RetryAfter() time.Duration { return f.After }

// passing reports whether the same request may succeed later.
func (f *Failure) passing() bool {
	return f.Status == 0 || f.Status == http.StatusRequestTimeout || f.Status == http.StatusTooManyRequests || f.Status >= 500
}

func (f *Failure) classified() error {
	if f.passing() {
		if f.Status == http.StatusTooManyRequests {
			return fault.Unavailable("acs_throttled", "Microsoft asks to slow down").Because(f)
		}
		return fault.Unavailable("acs_unavailable", "Microsoft's calling service does not answer").Because(f)
	}
	message := f.Message
	if f.SubCode == 0 && f.Code != "" {
		message = strings.TrimSpace(f.Code + " " + message)
	}
	return &bridge.Refused{Outcome: call.Outcome{
		Class: classify(f.Status, f.SubCode), Code: f.Status, SubCode: f.SubCode, Message: brief(message),
	}}
}

// gone reports whether err says that Microsoft does not know the call any more.
func gone(err error) bool {
	var refused *bridge.Refused
	return errors.As(err, &refused) && refused.Outcome.Class == call.ClassGone
}

// request is one request of the API.
type request struct {
	name   string // operation, for logs and metrics
	method string
	target string // escaped path and query
	once   Once
	body   any // nil: no body
}

// manner is what differs between the APIs of a resource.
type manner struct {
	contentType string               // of bodies
	judge       func(*Failure) error // classifies an answer
}

// ofCalls is the manner of Call Automation.
var ofCalls = manner{"application/json", (*Failure).classified}

// do sends r and decodes a successful answer into out, if there is one.
func (c *Client) do(ctx context.Context, r request, out any) error {
	return c.doIn(ctx, ofCalls, r, out)
}

func (c *Client) doIn(ctx context.Context, m manner, r request, out any) error {
	began := c.cfg.Now()
	failure := c.exchange(ctx, m, r, out)
	var err error
	if failure != nil {
		err = m.judge(failure)
		level := slog.LevelInfo // who handles the error logs it; this is for Microsoft's support
		if failure.Status == 0 {
			level = slog.LevelDebug
		}
		c.cfg.Logger.Log(ctx, level, "ACS request failed", "operation", r.name, "status", failure.Status,
			"code", failure.Code, "chain_id", failure.Chain, "azure_ref", failure.Ref, "host", c.origin.Host)
	}
	c.cfg.Metrics.request(r.name, verdict(err), c.cfg.Now().Sub(began))
	return err
}

func verdict(err error) string {
	switch {
	case err == nil:
		return "ok"
	case gone(err):
		return "gone"
	case fault.KindOf(err) == fault.KindUnavailable:
		return "unavailable"
	}
	return "refused"
}

func (c *Client) exchange(ctx context.Context, m manner, r request, out any) *Failure {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	failure := &Failure{Operation: r.name}
	broken := func(what string, err error) *Failure {
		failure.Status, failure.Message, failure.cause = 0, what, err
		return failure
	}
	req, err := c.prepare(ctx, m, r)
	if err != nil {
		return broken("the request cannot be made", err)
	}
	resp, err := c.cfg.HTTP.Do(req)
	if err != nil {
		return broken("no answer", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return broken("the answer broke off", err)
	}
	failure.Chain, failure.Ref = resp.Header.Get("X-Microsoft-Skype-Chain-ID"), resp.Header.Get("X-Azure-Ref")
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		if out == nil {
			return nil
		}
		if len(body) > maxAnswer {
			return broken("the answer is too long", nil)
		}
		if err := json.Unmarshal(body, out); err != nil {
			return broken("the answer cannot be read", err)
		}
		return nil
	}
	failure.Status = resp.StatusCode
	failure.After = retryAfter(resp.Header, c.cfg.Now())
	var told struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Inner   struct {
				Code    string `json:"code"`
				Message string `json:"message"`
			} `json:"innererror"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &told) == nil {
		failure.Code, failure.Message = told.Error.Code, brief(told.Error.Message)
		failure.Inner, failure.InnerText = told.Error.Inner.Code, brief(told.Error.Inner.Message)
		if n, err := strconv.Atoi(failure.Code); err == nil {
			failure.SubCode = n
		}
	}
	return failure
}

func (c *Client) prepare(ctx context.Context, m manner, r request) (*http.Request, error) {
	var body []byte
	if r.body != nil {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r.body); err != nil {
			return nil, err
		}
		body = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	}
	// Parsed from the escaped text, the URL keeps its spelling (RawPath), and
	// that is what gets signed.
	req, err := http.NewRequestWithContext(ctx, r.method, c.origin.String()+r.target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", m.contentType)
	}
	req.Header.Set("x-ms-client-request-id", uuid.NewString())
	if r.once.ID != "" {
		req.Header.Set("Repeatability-Request-ID", r.once.ID)
		req.Header.Set("Repeatability-First-Sent", r.once.FirstSent.UTC().Format(http.TimeFormat))
	}
	sign(req, body, c.key, c.cfg.Now())
	return req, nil
}

// target makes path and query of an operation.
func target(path string) string { return "/calling/" + path + "?api-version=" + apiVersion }

// segment escapes s as one path segment the way the SDKs do: ":" and "+" too.
func segment(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// retryAfter reads how long to wait, in any of the forms that the SDKs
// understand (facts/call-automation.md §4); 0 if there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	for _, name := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		if ms, err := strconv.ParseFloat(h.Get(name), 64); err == nil {
			return bounded(ms / 1000)
		}
	}
	text := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		return bounded(s)
	}
	if at, err := http.ParseTime(text); err == nil {
		return bounded(at.Sub(now).Seconds())
	}
	return 0
}

// bounded keeps absurd values from becoming absurd pauses: at most ten minutes.
func bounded(seconds float64) time.Duration {
	if !(seconds > 0) { // NaN too
		return 0
	}
	return time.Duration(min(seconds, 600) * float64(time.Second))
}
