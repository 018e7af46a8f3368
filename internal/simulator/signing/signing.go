// Package signing holds the RSA keys with which a part of the simulated
// Microsoft signs its tokens, and the key set document that publishes them.
package signing

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"tandem/internal/simulator/pki"
)

// Keys signs with its newest key and publishes the newest two, so that tokens
// made before a rotation stay good.
type Keys struct {
	certified bool

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

// NewCertified makes keys as Entra ID has them: two from the start, each with a
// self-signed certificate, so that the key set shows x5c and x5t
// (facts/entra-graph-teams.md §1.6).
func NewCertified() (*Keys, error) {
	k := &Keys{certified: true}
	for range 2 {
		if err := k.Rotate(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// certify gives the key a certificate and the thumbprint that names it.
func certify(key *jose.JSONWebKey) error {
	private := key.Key.(*rsa.PrivateKey)
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "accounts.accesscontrol.windows.net"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(5, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return fmt.Errorf("certify a signing key: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("certify a signing key: %w", err)
	}
	thumbprint := sha1.Sum(der) //nolint:gosec // x5t is SHA-1 (RFC 7517 §4.8)
	key.Certificates, key.CertificateThumbprintSHA1 = []*x509.Certificate{cert}, thumbprint[:]
	return nil
}

func newKey() (jose.JSONWebKey, error) {
	key, err := pki.NewKey()
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	return jose.JSONWebKey{Key: key, KeyID: uuid.NewString(), Algorithm: string(jose.RS256), Use: "sig"}, nil
}

// Rotate signs with a new key from now on.
func (k *Keys) Rotate() error {
	key, err := newKey()
	if err != nil {
		return err
	}
	if k.certified {
		if err := certify(&key); err != nil {
			return err
		}
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
	if err := parsed.Claims(k.Public(), claims); err != nil {
		return fmt.Errorf("verify the token: %w", err)
	}
	return nil
}

// Public is the key set that is published.
func (k *Keys) Public() *jose.JSONWebKeySet {
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
	_ = json.NewEncoder(w).Encode(k.Public())
}
