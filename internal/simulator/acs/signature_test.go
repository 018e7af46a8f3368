package acs

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// contract is contractText for tests that have nothing else to check.
func contract(t *testing.T, name string) []byte {
	t.Helper()
	text := contractText(name)
	if text == nil {
		t.Logf("%s is not here; the small samples of this package are all that is checked", name)
	}
	return text
}

// Vectors of facts/call-automation.md §2.1: three of Microsoft's Python SDK,
// three captured from the JavaScript SDK.
func TestSignatureVectors(t *testing.T) {
	const (
		python = "pw=="
		js     = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
		cc     = "/calling/callConnections/18dea47f-b081-4107-9a5c-4300819d2c6c"
	)
	vectors := []struct{ key, date, host, method, target, want string }{
		{python, "Wed, 13 Apr 2022 18:09:12 GMT", "contoso.communicationservices.azure.com", "GET", "/", "88MDmJhUR3m5QhFxb8ztShsSwlGrg7g/6XPnWf7QEO4="},
		{python, "Wed, 13 Apr 2022 18:09:12 GMT", "contoso.communicationservices.azure.com", "GET", "/testPath", "RoCrHjw7fb9fpHSbqvRUY2xa8RBS0YvI1cxI1x8AS38="},
		{python, "Wed, 13 Apr 2022 18:09:12 GMT", "contoso.communicationservices.azure.com", "GET", "/testPath?testQuery=yes", "il99+rd6V5O136roX/zVePCNle78HmvC4B7tu9zRH3I="},
		{js, "Fri, 02 Jan 2026 03:04:05 GMT", "contoso.communication.azure.com", "GET", cc + "/participants/8%3Aorgid%3Afc4ccb5f-8046-4812-803f-6c344a5d1560?api-version=2026-03-12", "Ubd9GxRTXrdo5Yuq4smHnUySxWZi2s6KEh3oMFkr6Jo="},
		{js, "Fri, 02 Jan 2026 03:04:05 GMT", "contoso.communication.azure.com", "GET", cc + "/participants/4%3A%2B14255550123?api-version=2026-03-12", "oN0tegELhLkceUi7UesDrUseSPxJxPelHK46aLFRTCo="},
		{js, "Fri, 02 Jan 2026 03:04:05 GMT", "contoso.communication.azure.com", "POST", cc + ":terminate?api-version=2026-03-12", "LGh5g1bKLDMfa8mQ5PGvKg9fzkSkcN6dx3iXet4laoA="},
	}
	for _, v := range vectors {
		key, err := base64.StdEncoding.DecodeString(v.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := sign(key, v.method, v.target, v.date, v.host, hashOf(nil)); got != v.want {
			t.Errorf("%s %s: %s, want %s", v.method, v.target, got, v.want)
		}
	}
}

// Every request captured from the official SDK must be taken for authentic and,
// where the operation is implemented, find its row.
func TestSDKRequests(t *testing.T) {
	text := contract(t, "call-automation-sdk-wire-samples.json")
	if text == nil {
		return
	}
	var samples struct {
		Requests []struct {
			Op, Method, Path, Host string
			Headers                map[string]string
			BodyText               string
			ExpectStatus           int
		}
	}
	if err := json.Unmarshal(text, &samples); err != nil || len(samples.Requests) == 0 {
		t.Fatalf("%d samples, %v", len(samples.Requests), err)
	}
	key := []byte("0123456789abcdef0123456789abcdef")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	matched := 0
	for _, q := range samples.Requests {
		r := httptest.NewRequest(q.Method, q.Path, strings.NewReader(q.BodyText))
		for name, value := range q.Headers {
			r.Header.Set(name, value)
		}
		r.Host, r.RequestURI = q.Host, q.Path
		if q.Headers["x-ms-host"] != "" {
			continue // signed for another host than it goes to, with a path only (§10)
		}
		if !authentic(r, []byte(q.BodyText), key, now, maxSkew) {
			t.Errorf("%s: signature is not taken", q.Op)
		}
		if op, _, _, _ := match(q.Method, r.URL.EscapedPath()); op != nil {
			matched++
			if op.status != q.ExpectStatus && op.name != "start_recording" { // 200 and 202 are both right
				t.Errorf("%s is %s: answers %d, the SDK wants %d", q.Op, op.name, op.status, q.ExpectStatus)
			}
		}
	}
	if matched < len(operations) {
		t.Errorf("only %d of the SDK's requests have a row", matched)
	}
}

func TestSignatureRefusals(t *testing.T) {
	key := []byte("secret")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	target := "/calling/callConnections:answer?api-version=2026-03-12"
	cases := []struct {
		name   string
		change func(r *http.Request)
		good   bool
	}{
		{"good", func(*http.Request) {}, true},
		{"four minutes old", func(r *http.Request) { resign(r, key, now.Add(-4*time.Minute)) }, true},
		{"six minutes old", func(r *http.Request) { resign(r, key, now.Add(-6*time.Minute)) }, false},
		{"six minutes ahead", func(r *http.Request) { resign(r, key, now.Add(6*time.Minute)) }, false},
		{"other key", func(r *http.Request) { resign(r, []byte("other"), now) }, false},
		{"no header", func(r *http.Request) { r.Header.Del("Authorization") }, false},
		{"bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, false},
		{"no date", func(r *http.Request) { r.Header.Del("x-ms-date") }, false},
		{"other target", func(r *http.Request) { r.RequestURI += "&x=1" }, false},
		{"other host", func(r *http.Request) { r.Host = "elsewhere" }, false},
		{"other method", func(r *http.Request) { r.Method = http.MethodPut }, false},
		{"other body", func(r *http.Request) { r.Header.Set("x-ms-content-sha256", hashOf([]byte("y"))) }, false},
	}
	for _, c := range cases {
		r := httptest.NewRequest(http.MethodPost, "http://res.test"+target, nil)
		r.RequestURI = target
		resign(r, key, now)
		c.change(r)
		if got := authentic(r, []byte("x"), key, now, maxSkew); got != c.good {
			t.Errorf("%s: authentic = %v", c.name, got)
		}
	}
}

func resign(r *http.Request, key []byte, at time.Time) {
	date := at.UTC().Format(http.TimeFormat)
	r.Header.Set("x-ms-date", date)
	r.Header.Set("x-ms-content-sha256", hashOf([]byte("x")))
	r.Header.Set("Authorization", signedHeaders+sign(key, r.Method, r.RequestURI, date, r.Host, hashOf([]byte("x"))))
}
