package acs

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"tandem/internal/simulator/evidence"
)

// maxSkew is how far x-ms-date may be from now; the service's limit is not
// documented [?].
const maxSkew = 5 * time.Minute

const signedHeaders = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="

// sign makes the signature of facts/call-automation.md §2.1 over the request
// target as it is sent.
func sign(key []byte, method, target, date, host, contentHash string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(method + "\n" + target + "\n" + date + ";" + host + ";" + contentHash))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// authorise checks who asks: the access key's signature or an Entra token
// (facts/call-automation.md §2).
func (s *Service) authorise(r *http.Request, body []byte, res *resource) error {
	if token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); isBearer {
		if s.Bearer == nil || s.Bearer(token) != nil {
			return failure{http.StatusUnauthorized, "7501", "The access token is invalid."}
		}
		return nil
	}
	skew := maxSkew
	if s.Switches.Get(evidence.HMACSkew) == "none" {
		skew = time.Since(time.Time{})
	}
	if !authentic(r, body, res.key, time.Now(), skew) {
		return failure{http.StatusUnauthorized, "7509", "HMAC-SHA256 validation failed"}
	}
	return nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// authentic reports whether a request is signed with the key. The raw request
// target is signed, so %3A and a bare colon are both good if they were signed
// as they were sent.
func authentic(r *http.Request, body, key []byte, now time.Time, skew time.Duration) bool {
	given, found := strings.CutPrefix(r.Header.Get("Authorization"), signedHeaders)
	if !found {
		return false
	}
	date := r.Header.Get("x-ms-date")
	at, err := http.ParseTime(date)
	if err != nil || at.Sub(now).Abs() > skew {
		return false
	}
	contentHash := hashOf(body)
	if r.Header.Get("x-ms-content-sha256") != contentHash {
		return false
	}
	host := r.Host
	if h := r.Header.Get("x-ms-host"); h != "" {
		host = h
	}
	want := sign(key, r.Method, r.RequestURI, date, host, contentHash)
	return hmac.Equal([]byte(given), []byte(want))
}

// Guard lets requests that carry the signature of a resource, or an Entra token,
// through to another API on the resource's port. Others are answered as Call
// Automation answers them.
func (s *Service) Guard(immutableID string, next http.Handler) (http.Handler, error) {
	res := s.resources[strings.ToLower(immutableID)]
	if res == nil {
		return nil, errors.New("no such resource")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			s.write(w, r, s.failed(nil, failure{http.StatusRequestEntityTooLarge, "8523", "The request body is too large."}))
			return
		}
		if err := s.authorise(r, body, res); err != nil {
			s.write(w, r, s.failed(nil, err))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	}), nil
}
