package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/secret"
)

// The headers of a webhook (Standard Webhooks, "Webhook headers").
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// headerOvertakes names an earlier event of the same call that is still to come.
const headerOvertakes = "tandem-overtakes"

// key reads a signing secret: whsec_ and 24 to 64 bytes in base64.
func key(s secret.String) ([]byte, error) {
	k, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(s), provider.WebhookSecretPrefix))
	if err != nil || len(k) < 24 || len(k) > 64 {
		return nil, fault.Internal("webhook_secret", "a webhook's secret is not whsec_ and 24 to 64 bytes in base64: rotate it")
	}
	return k, nil
}

// Sign makes the value of webhook-signature: a signature by each secret, of
// which the receiver needs to know one.
func Sign(secrets []secret.String, id string, at time.Time, body []byte) (string, error) {
	all := make([]string, 0, len(secrets))
	for _, s := range secrets {
		k, err := key(s)
		if err != nil {
			return "", err
		}
		mac := hmac.New(sha256.New, k)
		_, _ = mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + ".")) // a hash takes everything
		_, _ = mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " "), nil
}
