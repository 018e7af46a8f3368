package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

const (
	answerWithin = 15 * time.Second // Standard Webhooks, "Request timeouts"
	answerKept   = 1024             // bytes of an answer's body
)

// payload is the body of a webhook (Standard Webhooks, "Payload structure").
type payload struct {
	Type      provider.EventType `json:"type"`
	Timestamp time.Time          `json:"timestamp"`
	Tenant    tenant.ID          `json:"tenant,omitempty"`
	Data      json.RawMessage    `json:"data"`
}

// body is the same bytes in every attempt.
func body(e provider.Event) ([]byte, error) {
	return json.Marshal(payload{Type: e.Type, Timestamp: e.At.UTC(), Tenant: e.Of(), Data: e.Data})
}

// client speaks with other people's servers.
func client(g Guard, within time.Duration) *http.Client {
	return &http.Client{
		Timeout:       within,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:       nil, // a proxy would dial where we cannot look
			DialContext: g.dial, TLSHandshakeTimeout: dialWithin, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true, MaxIdleConns: 100, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: 32 << 10, DisableCompression: true,
		},
	}
}

// sent is one attempt and what the answer asked for.
type sent struct {
	provider.Attempt
	retryAfter time.Duration // 0: nothing
	stopped    bool          // we ended it ourselves, it says nothing about the receiver
}

// send makes one attempt. What fails is in the attempt; the error is for what is
// wrong on our side.
func (n *Notifier) send(ctx context.Context, w provider.Webhook, e provider.Event, overtakes provider.EventID) (sent, error) {
	var s sent
	s.At = n.now()
	secrets, err := n.secrets(w, s.At)
	if err != nil {
		return s, err
	}
	b, err := body(e)
	if err != nil {
		return s, err
	}
	signature, err := Sign(secrets, string(e.ID), s.At, b)
	if err != nil {
		return s, err
	}
	if w.Plain() && !n.cfg.Development {
		s.Error = "http is for development only: give the webhook an https URL"
		return s, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(b))
	if err != nil {
		s.Error = "the URL is not one"
		return s, nil //nolint:nilerr // it is told in the attempt
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "tandem-webhooks")
	r.Header.Set(headerID, string(e.ID))
	r.Header.Set(headerTimestamp, strconv.FormatInt(s.At.Unix(), 10))
	r.Header.Set(headerSignature, signature)
	if overtakes != "" {
		r.Header.Set(headerOvertakes, string(overtakes))
	}
	began := time.Now()
	defer func() { s.Took = time.Since(began) }()
	c := n.theirs
	if w.Tenant == "" {
		c = n.ours
	}
	res, err := c.Do(r)
	if err != nil {
		s.Error, s.stopped = why(err), ctx.Err() != nil
		s.Took = time.Since(began)
		return s, nil
	}
	defer func() { _ = res.Body.Close() }()
	s.Status = res.StatusCode
	s.retryAfter = retryAfter(res.Header.Get("Retry-After"), s.At)
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerKept))
	s.Answer = string(bytes.ToValidUTF8(answer, []byte("\uFFFD")))
	if err != nil { // the status has come, which is what counts
		s.Error = "the answer broke off"
	}
	s.Took = time.Since(began)
	return s, nil
}

// why says what went wrong without the URL, which may hold a secret.
func why(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return "no answer in time"
		}
		err = u.Err
	}
	var r refusal
	if errors.As(err, &r) {
		return r.Error()
	}
	return err.Error()
}

// retryAfter reads the header (RFC 9110 §10.2.3): seconds or a date.
func retryAfter(h string, now time.Time) time.Duration {
	if s, err := strconv.Atoi(h); err == nil && s > 0 {
		return min(time.Duration(min(s, int(retryAfterMost/time.Second)))*time.Second, retryAfterMost)
	}
	if t, err := http.ParseTime(h); err == nil {
		return min(max(t.Sub(now), 0), retryAfterMost)
	}
	return 0
}

// retryAfterMost is how long a receiver may ask us to wait.
const retryAfterMost = 24 * time.Hour

// secrets opens what signs at a moment, the current one first.
func (n *Notifier) secrets(w provider.Webhook, at time.Time) ([]secret.String, error) {
	sealed := [][]byte{w.Secret}
	if len(w.Previous) > 0 && at.Before(w.PreviousUntil) {
		sealed = append(sealed, w.Previous)
	}
	var all []secret.String
	for _, s := range sealed {
		plain, err := n.cfg.Box.Open(s, provider.WebhookContext(w.ID))
		if err != nil {
			return nil, err
		}
		all = append(all, secret.String(plain))
	}
	return all, nil
}
