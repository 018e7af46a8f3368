package acs

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// sign adds the headers of HMAC authentication (facts/call-automation.md §2.1).
// What is signed is the request target as it goes over the wire: the service
// checks the raw one, with percent-escapes as sent.
func sign(req *http.Request, body, key []byte, at time.Time) {
	sum := sha256.Sum256(body)
	hash := base64.StdEncoding.EncodeToString(sum[:])
	date := at.UTC().Format(http.TimeFormat)
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	req.Header.Set("x-ms-date", date)
	req.Header.Set("x-ms-content-sha256", hash)
	req.Header.Set("Authorization", "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="+
		signature(key, req.Method, req.URL.RequestURI(), date, host, hash))
}

func signature(key []byte, method, target, date, host, contentHash string) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(method + "\n" + target + "\n" + date + ";" + host + ";" + contentHash)) // never fails (hash.Hash)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
