package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// The details of MediaStreaming* and Transcription* events
// (facts/call-automation.md §9) [D].
const (
	DetailStarted          = "subscriptionStarted"
	DetailStopped          = "subscriptionStopped"
	DetailLocaleUpdated    = "transcriptionLocaleUpdated" // transcription only
	DetailUnsuccessful     = "streamConnectionUnsuccessful"
	DetailInterrupted      = "streamConnectionInterrupted"
	DetailReestablished    = "streamConnectionReestablished"
	DetailURLMissing       = "streamUrlMissing"
	DetailShutdown         = "serviceShutdown"
	DetailSpeechServices   = "speechServicesConnectionError"
	DetailAuthentication   = "authenticationFailure"
	DetailBadRequest       = "badRequest"
	DetailTooManyRequests  = "tooManyRequests"
	DetailForbidden        = "forbidden"
	DetailTimeout          = "serviceTimeout"
	DetailInitialWebSocket = "initialWebSocketConnectionFailed" // media only
	DetailUnspecified      = "unspecifiedError"
)

// failure is an error with the service's word for it.
type failure struct {
	detail string
	text   string
	err    error
}

func (f *failure) Error() string {
	if f.err == nil {
		return "stream: " + f.text
	}
	return "stream: " + f.text + ": " + f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// Detail returns the documented detail for an error of Dial or Err; "" for nil.
// Only the names are documented; which failure has which is inferred from them
// [?]:
//
//	no URL                                   streamUrlMissing
//	no wss URL, or HTTP 400                  badRequest
//	HTTP 401, 403, 429                       authenticationFailure, forbidden, tooManyRequests
//	HTTP 408, 504, or no answer in time      serviceTimeout
//	any other HTTP status                    streamConnectionUnsuccessful
//	no connection, no trust, no WebSocket    initialWebSocketConnectionFailed; when it is not
//	                                         a media stream's first: streamConnectionUnsuccessful
//	connection lost, not to be tried again   streamConnectionInterrupted
//	anything else                            unspecifiedError
func Detail(err error) string {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.detail
	}
	return DetailUnspecified
}

// statusDetail maps HTTP statuses that refuse the handshake.
var statusDetail = map[int]string{
	http.StatusBadRequest:      DetailBadRequest,
	http.StatusUnauthorized:    DetailAuthentication,
	http.StatusForbidden:       DetailForbidden,
	http.StatusTooManyRequests: DetailTooManyRequests,
	http.StatusRequestTimeout:  DetailTimeout,
	http.StatusGatewayTimeout:  DetailTimeout,
}

// statusCure says what the application should look at.
var statusCure = map[int]string{
	http.StatusUnauthorized: "; it should accept a token signed by the callbacks' issuer",
	http.StatusNotFound:     "; it should serve a WebSocket at the path of transportUrl",
	http.StatusOK:           "; it should answer 101 Switching Protocols",
}

// connect makes one attempt; first says that there has been no connection yet.
func (c *Config) connect(ctx context.Context, first bool) (*websocket.Conn, error) {
	if err := c.checkURL(); err != nil {
		return nil, err
	}
	token, err := c.Token()
	if err != nil {
		return nil, &failure{detail: DetailUnspecified, text: "no token for the application", err: err}
	}
	header := http.Header{}
	header.Set("Authorization", "Bearer "+token)
	header.Set("x-ms-call-correlation-id", c.CorrelationID)
	header.Set("x-ms-call-connection-id", c.CallConnectionID)

	client := *c.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a token goes to transportUrl alone [?]
	}
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	conn, resp, err := websocket.Dial(limited, c.URL, &websocket.DialOptions{HTTPClient: &client, HTTPHeader: header}) //nolint:bodyclose // the library does
	if err == nil {
		return conn, nil
	}
	return nil, c.classify(ctx, first, resp, err)
}

// classify finds the service's word for a failed attempt.
func (c *Config) classify(ctx context.Context, first bool, resp *http.Response, err error) error {
	if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
		detail, known := statusDetail[resp.StatusCode]
		if !known {
			detail = DetailUnsuccessful
		}
		return &failure{detail: detail, text: fmt.Sprintf("%s answered the WebSocket handshake with %d%s", shown(c.URL), resp.StatusCode, statusCure[resp.StatusCode])}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return &failure{detail: DetailUnspecified, text: "connecting to " + shown(c.URL) + " was given up", err: ctx.Err()}
	}
	if timeout, ok := errors.AsType[net.Error](err); errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout() {
		return &failure{detail: DetailTimeout, text: fmt.Sprintf("%s did not answer the WebSocket handshake in time", shown(c.URL)), err: plain(err)}
	}
	detail := DetailUnsuccessful
	if first && c.Media != nil {
		detail = DetailInitialWebSocket
	}
	return &failure{detail: detail, text: "no WebSocket at " + shown(c.URL), err: plain(err)}
}

// plain removes the URL, which may hold a secret of the application's, from an
// error of the HTTP client.
func plain(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// checkURL allows wss, and ws to a loopback address if that is wanted.
func (c *Config) checkURL() error {
	if c.URL == "" {
		return &failure{detail: DetailURLMissing, text: "transportUrl is missing"}
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return &failure{detail: DetailBadRequest, text: "transportUrl is no URL", err: plain(err)}
	case u.Host == "":
		return &failure{detail: DetailBadRequest, text: "transportUrl names no host"}
	case strings.EqualFold(u.Scheme, "wss"):
		return nil
	case strings.EqualFold(u.Scheme, "ws") && c.AllowInsecure && loopback(u.Hostname()):
		return nil
	case strings.EqualFold(u.Scheme, "ws"):
		return &failure{detail: DetailBadRequest, text: shown(c.URL) + " is not encrypted; transportUrl must be wss"}
	}
	return &failure{detail: DetailBadRequest, text: fmt.Sprintf("transportUrl must be wss, not %s", u.Scheme)}
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback() || strings.EqualFold(host, "localhost")
}

// shown is a URL without what may be secret in it.
func shown(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "transportUrl"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
