// Package signing holds the RSA keys with which a part of the simulated
// Microsoft signs its tokens, and the key set document that publishes them.
package signing

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// Keys signs with its newest key and publishes the newest two, so that tokens
// made before a rotation stay good.
type Keys struct {
	mu   sync.Mutex
	keys []jose.JSONWebKey
}

// New makes a first key.
func New() (*Keys, error) {
	k := &Keys{}
	if err := k.Rotate(); err != nil {
		return nil, err
	}
	return k, nil
}

func newKey() (jose.JSONWebKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("make a signing key: %w", err)
	}
	return jose.JSONWebKey{Key: key, KeyID: uuid.NewString(), Algorithm: string(jose.RS256), Use: "sig"}, nil
}

// Rotate signs with a new key from now on.
func (k *Keys) Rotate() error {
	key, err := newKey()
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = append(k.keys, key)
	if len(k.keys) > 2 {
		k.keys = k.keys[len(k.keys)-2:]
	}
	return nil
}

// Sign returns the claims as a compact RS256 JWT with kid in its header.
func (k *Keys) Sign(claims any) (string, error) {
	k.mu.Lock()
	key := k.keys[len(k.keys)-1]
	k.mu.Unlock()
	return sign(key, claims)
}

// SignUnpublished signs with a key that no key set will ever show.
func (k *Keys) SignUnpublished(claims any) (string, error) {
	key, err := newKey()
	if err != nil {
		return "", err
	}
	return sign(key, claims)
}

func sign(key jose.JSONWebKey, claims any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("make a signer: %w", err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return token, nil
}

// Verify checks the signature only and decodes the claims.
func (k *Keys) Verify(token string, claims any) error {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return fmt.Errorf("parse the token: %w", err)
	}
	if err := parsed.Claims(k.public(), claims); err != nil {
		return fmt.Errorf("verify the token: %w", err)
	}
	return nil
}

func (k *Keys) public() *jose.JSONWebKeySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	set := &jose.JSONWebKeySet{}
	for _, key := range k.keys {
		set.Keys = append(set.Keys, key.Public())
	}
	return set
}

// ServeHTTP answers with the key set (RFC 7517).
func (k *Keys) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(k.public())
}
