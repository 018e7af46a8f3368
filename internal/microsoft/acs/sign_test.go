package acs

import (
	"net/http"
	"testing"
	"time"
)

const emptyHash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

// The vectors of facts/call-automation.md §2.1.
func TestSignature(t *testing.T) {
	const (
		sdkDate = "Wed, 13 Apr 2022 18:09:12 GMT"
		sdkHost = "contoso.communicationservices.azure.com"
		ourDate = "Fri, 02 Jan 2026 03:04:05 GMT"
		ourHost = "contoso.communication.azure.com"
		cc      = "/calling/callConnections/18dea47f-b081-4107-9a5c-4300819d2c6c"
	)
	sdkKey := []byte{0xa7}
	ourKey := []byte("0123456789abcdef0123456789abcdef")
	for _, v := range []struct {
		key                        []byte
		method, target, date, host string
		want                       string
	}{
		{sdkKey, "GET", "/", sdkDate, sdkHost, "88MDmJhUR3m5QhFxb8ztShsSwlGrg7g/6XPnWf7QEO4="},
		{sdkKey, "GET", "/testPath", sdkDate, sdkHost, "RoCrHjw7fb9fpHSbqvRUY2xa8RBS0YvI1cxI1x8AS38="},
		{sdkKey, "GET", "/testPath?testQuery=yes", sdkDate, sdkHost, "il99+rd6V5O136roX/zVePCNle78HmvC4B7tu9zRH3I="},
		{ourKey, "GET", cc + "/participants/8%3Aorgid%3Afc4ccb5f-8046-4812-803f-6c344a5d1560?api-version=2026-03-12", ourDate, ourHost, "Ubd9GxRTXrdo5Yuq4smHnUySxWZi2s6KEh3oMFkr6Jo="},
		{ourKey, "GET", cc + "/participants/4%3A%2B14255550123?api-version=2026-03-12", ourDate, ourHost, "oN0tegELhLkceUi7UesDrUseSPxJxPelHK46aLFRTCo="},
		{ourKey, "POST", cc + ":terminate?api-version=2026-03-12", ourDate, ourHost, "LGh5g1bKLDMfa8mQ5PGvKg9fzkSkcN6dx3iXet4laoA="},
	} {
		if got := signature(v.key, v.method, v.target, v.date, v.host, emptyHash); got != v.want {
			t.Errorf("%s %s: %s, want %s", v.method, v.target, got, v.want)
		}
		at, err := http.ParseTime(v.date)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(v.method, "https://"+v.host+v.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		sign(req, nil, v.key, at.In(time.FixedZone("elsewhere", 3600)))
		want := "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=" + v.want
		if got := req.Header.Get("Authorization"); got != want {
			t.Errorf("%s %s: Authorization %s, want %s", v.method, v.target, got, want)
		}
		if req.Header.Get("x-ms-date") != v.date || req.Header.Get("x-ms-content-sha256") != emptyHash {
			t.Errorf("%s %s: headers %v", v.method, v.target, req.Header)
		}
	}
}

// Every request that the official SDK was seen to make carries the signature
// that we would have made.
func TestSignatureLikeTheSDK(t *testing.T) {
	raw := contract(t, "call-automation-sdk-wire-samples.json")
	if raw == nil {
		return
	}
	for _, s := range parse[sdkSamples](t, raw).Requests {
		host := s.Headers["x-ms-host"]
		if host == "" {
			host = s.Host
		}
		got := signature([]byte("0123456789abcdef0123456789abcdef"), s.Method, s.Path, s.Headers["x-ms-date"], host, s.Headers["x-ms-content-sha256"])
		want := "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=" + got
		if s.Headers["Authorization"] != want {
			t.Errorf("%s: we would sign %s, the SDK sent %s", s.Op, want, s.Headers["Authorization"])
		}
	}
}

type sdkSamples struct {
	Requests []struct {
		Op       string            `json:"op"`
		Method   string            `json:"method"`
		Path     string            `json:"path"`
		Host     string            `json:"host"`
		Headers  map[string]string `json:"headers"`
		BodyText string            `json:"bodyText"`
	} `json:"requests"`
}
