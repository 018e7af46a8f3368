package acs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"tandem/internal/fault"
)

// Where the real service's tokens come from (facts/call-automation.md §11.2).
const (
	Issuer  = "https://acscallautomation.communication.azure.com"
	KeysURL = Issuer + "/calling/keys"
)

const (
	tokenLeeway  = time.Minute      // clocks differ; tokens live five minutes
	keysInterval = 10 * time.Second // between two fetches of the key set
	keysRetry    = time.Second      // after a failed one
	keysTimeout  = 5 * time.Second
	maxKeys      = 1 << 20 // bytes
)

// verifier checks the JWT of callbacks.
type verifier struct {
	issuer string
	keys   keySet
	now    func() time.Time

	mu   sync.Mutex
	good map[seenToken]span // tokens that were found good, for when
}

// seenToken names a token that came for an audience, by its hash.
type seenToken [sha256.Size]byte

// span is when a token is good, and when its signature was.
type span struct{ from, until, checked time.Time }

// holds allows for clocks that differ.
func (s span) holds(now time.Time) error {
	switch {
	case now.After(s.until.Add(tokenLeeway)): // a token without exp too
		return fmt.Errorf("expired at %s", s.until.UTC().Format(time.RFC3339))
	case s.from.After(now.Add(tokenLeeway)):
		return errors.New("not good yet")
	}
	return nil
}

const (
	trustFor = 5 * time.Minute // for how long a signature counts that was good: a key may be withdrawn
	maxSeen  = 4096            // tokens are remembered; then all are forgotten
)

func newVerifier(issuer, keysURL string, client *http.Client, now func() time.Time) *verifier {
	var transport http.RoundTripper
	if client != nil {
		transport = client.Transport
	}
	if transport == nil {
		transport = http.DefaultTransport
	}
	// The context is a bag of values for go-oidc, which ignores its end.
	ctx := oidc.ClientContext(context.Background(), &http.Client{
		Timeout:   keysTimeout,
		Transport: &keysFetcher{next: transport, now: now},
	})
	return &verifier{issuer: issuer, keys: keySet{oidc.NewRemoteKeySet(ctx, keysURL)}, now: now}
}

// verify checks an Authorization header: RS256 signature of a published key,
// issuer, audience, times. The error is of kind Unauthenticated, or Unavailable
// if the keys cannot be had.
func (v *verifier) verify(ctx context.Context, header, audience string) error {
	refused := badToken()
	scheme, raw, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || audience == "" {
		return refused
	}
	raw = strings.TrimSpace(raw)
	// Events come in bursts, and the same token may come with many: to check a
	// signature once is enough. Only its times pass.
	seen := seenToken(sha256.Sum256([]byte(audience + " " + raw)))
	v.mu.Lock()
	times, ok := v.good[seen]
	v.mu.Unlock()
	if ok = ok && v.now().Sub(times.checked) < trustFor; !ok {
		var err error
		if times, err = v.check(ctx, raw, audience); err != nil {
			return err
		}
	}
	if err := times.holds(v.now()); err != nil {
		return refused.Because(err)
	}
	if !ok {
		v.remember(seen, times)
	}
	return nil
}

func (v *verifier) remember(seen seenToken, times span) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.good == nil || len(v.good) >= maxSeen {
		v.good = map[seenToken]span{}
	}
	v.good[seen] = times
}

// check is verify without the times.
func (v *verifier) check(ctx context.Context, raw, audience string) (span, error) {
	refused := badToken()
	var cause error
	check := oidc.NewVerifier(v.issuer, v.keys, &oidc.Config{
		ClientID:             audience,
		SupportedSigningAlgs: []string{oidc.RS256},
		SkipExpiryCheck:      true, // done by holds, with leeway
	})
	token, err := check.Verify(context.WithValue(ctx, causeKey{}, &cause), raw)
	var transport *url.Error
	if errors.As(cause, &transport) || errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return span{}, fault.Unavailable("callback_keys_unavailable", "the keys of Microsoft's tokens cannot be had").Because(cause)
	}
	if err != nil {
		return span{}, refused.Because(err)
	}
	var claims struct {
		NotBefore float64 `json:"nbf"`
	}
	if err := token.Claims(&claims); err != nil {
		return span{}, refused.Because(err)
	}
	return span{from: time.Unix(int64(claims.NotBefore), 0), until: token.Expiry, checked: v.now()}, nil
}

func badToken() *fault.Error {
	return fault.Unauthenticated("bad_callback_token", "the callback's token is not good")
}

// keySet tells why a signature could not be checked: go-oidc's verifier keeps
// only the text of that error.
type keySet struct{ remote *oidc.RemoteKeySet }

type causeKey struct{}

func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, jwt)
	if cause, ok := ctx.Value(causeKey{}).(*error); ok {
		*cause = err
	}
	return payload, err
}

// keysFetcher fetches a key set at most once in an interval and answers with
// the last one in between: go-oidc asks for it at every unknown key id, and
// tokens with such ids cost whoever makes them up nothing.
type keysFetcher struct {
	next http.RoundTripper
	now  func() time.Time

	mu     sync.Mutex // go-oidc asks one at a time; a lock costs nothing
	at     time.Time
	body   []byte
	header http.Header
	err    error
}

func (k *keysFetcher) RoundTrip(req *http.Request) (*http.Response, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	interval := keysInterval
	if k.err != nil {
		interval = keysRetry
	}
	if k.at.IsZero() || k.now().Sub(k.at) >= interval {
		body, header, err := k.fetch(req)
		k.at, k.err = k.now(), err
		if err == nil {
			k.body, k.header = body, header
		}
	}
	if k.err != nil {
		return nil, k.err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: k.header.Clone(), Body: io.NopCloser(bytes.NewReader(k.body)), ContentLength: int64(len(k.body)), Request: req,
	}, nil
}

func (k *keysFetcher) fetch(req *http.Request) ([]byte, http.Header, error) {
	resp, err := k.next.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys))
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("the key set was answered with %d", resp.StatusCode)
	}
	return body, http.Header{"Content-Type": {"application/json"}}, nil
}
