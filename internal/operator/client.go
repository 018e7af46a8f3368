package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tandem/internal/fault"
)

// Client asks an admin API.
type Client struct {
	URL string // with or without /v1
	Key string
}

// maxAnswer is more than the largest document of a resource, in bytes.
const maxAnswer = 8 << 20

// Call is one request. A problem becomes an error with all that it says.
func (c Client) Call(ctx context.Context, method, path string, in any) (json.RawMessage, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	base := strings.TrimSuffix(strings.TrimRight(c.URL, "/"), "/v1")
	req, err := http.NewRequestWithContext(ctx, method, base+"/v1"+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := Patient().Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil && res.StatusCode >= http.StatusMultipleChoices {
		err = problem(res.StatusCode, raw)
	}
	return raw, err
}

// Patient is for one request.
func Patient() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
}

// problem is an answer of RFC 9457 as an error; fault.Conflict of a 409.
func problem(status int, raw []byte) error {
	var p struct {
		Code, Detail string
		Errors       []struct{ Location, Message string }
	}
	if json.Unmarshal(raw, &p) != nil || p.Detail == "" {
		return fmt.Errorf("the API answered %d; is the address right?", status)
	}
	text := p.Detail
	for _, e := range p.Errors {
		text += "\n  " + e.Location + ": " + e.Message
	}
	if status == http.StatusConflict {
		return fault.Conflict(p.Code, text)
	}
	return errors.New(text)
}
