package acs

import (
	"bytes"
	"context"
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
}

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
	refused := fault.Unauthenticated("bad_callback_token", "the callback's token is not good")
	scheme, raw, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || audience == "" {
		return refused
	}
	var cause error
	check := oidc.NewVerifier(v.issuer, v.keys, &oidc.Config{
		ClientID:             audience,
		SupportedSigningAlgs: []string{oidc.RS256},
		SkipExpiryCheck:      true, // done below, with leeway
	})
	token, err := check.Verify(context.WithValue(ctx, causeKey{}, &cause), strings.TrimSpace(raw))
	var transport *url.Error
	if errors.As(cause, &transport) || errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return fault.Unavailable("callback_keys_unavailable", "the keys of Microsoft's tokens cannot be had").Because(cause)
	}
	if err != nil {
		return refused.Because(err)
	}
	var claims struct {
		NotBefore float64 `json:"nbf"`
	}
	if err := token.Claims(&claims); err != nil {
		return refused.Because(err)
	}
	now := v.now()
	if now.After(token.Expiry.Add(tokenLeeway)) { // a token without exp too
		return refused.Because(fmt.Errorf("expired at %s", token.Expiry.UTC().Format(time.RFC3339)))
	}
	if claims.NotBefore > float64(now.Add(tokenLeeway).Unix()) {
		return refused.Because(errors.New("not good yet"))
	}
	return nil
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
