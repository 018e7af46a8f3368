package proof

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"tandem/internal/fault"
)

// WellKnown is where an installation publishes its keys (RFC 8615).
const WellKnown = "/.well-known/tandem-proof.json"

// Algorithm of the signatures (RFC 8032).
const Algorithm = "Ed25519"

// PublicKey is a key as it is published.
type PublicKey struct {
	ID        string     `json:"id"` // the first 16 hex digits of the key's SHA-256
	Algorithm string     `json:"algorithm"`
	Public    []byte     `json:"public"` // 32 bytes (RFC 8032), in base64
	MadeAt    time.Time  `json:"made_at"`
	RetiredAt *time.Time `json:"retired_at,omitempty"` // it signs nothing any more
}

// Keys is the document at [WellKnown], the newest key first.
type Keys struct {
	Keys []PublicKey `json:"keys"`
}

// Signer is a key that signs. Its zero value does not.
type Signer struct {
	id      string
	private ed25519.PrivateKey
}

// NewKey makes a key: its seed, which is secret, and what is published.
func NewKey(now time.Time) (seed []byte, public PublicKey) {
	seed = make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed)                                           // never fails (crypto/rand)
	key := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey) //nolint:forcetypeassert // crypto/ed25519 says so
	return seed, PublicKey{ID: keyID(key), Algorithm: Algorithm, Public: key, MadeAt: now.UTC().Truncate(time.Microsecond)}
}

func keyID(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// SealContext is what the seed of a key is sealed with.
func SealContext(id string) string { return "proof_key/" + id }

// NewSigner takes the seed of a key.
func NewSigner(seed []byte) (Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return Signer{}, fault.Internal("proof_key", "the key that signs proofs is damaged")
	}
	private := ed25519.NewKeyFromSeed(seed)
	return Signer{id: keyID(private[ed25519.SeedSize:]), private: private}, nil
}

// Signature is of the bytes of one form of a report.
type Signature struct {
	Algorithm string `json:"algorithm"`
	Key       string `json:"key"` // its id
	Value     []byte `json:"value"`
}

// message is what is signed: a signature of one form is none of the other.
func message(form string, body []byte) []byte {
	return append([]byte("tandem-proof 1 "+form+"\x00"), body...)
}

func (s Signer) sign(form string, body []byte) Signature {
	return Signature{Algorithm: Algorithm, Key: s.id, Value: ed25519.Sign(s.private, message(form, body))}
}

// ReadKeys reads the document at [WellKnown].
func ReadKeys(raw []byte) (Keys, error) {
	var k Keys
	if err := json.Unmarshal(raw, &k); err != nil || len(k.Keys) == 0 {
		return k, fault.Invalid("proof_keys", "these are no keys of proofs: take the document at "+WellKnown+" of the installation that made the proof")
	}
	for _, one := range k.Keys {
		if one.Algorithm == Algorithm && (len(one.Public) != ed25519.PublicKeySize || one.ID != keyID(one.Public)) {
			return k, fault.Invalid("proof_keys", "the key "+one.ID+" is damaged: fetch the document again")
		}
	}
	return k, nil
}

// check finds the key that signed a body; an error if none of them did.
func (k Keys) check(form string, body []byte, s Signature) (PublicKey, error) {
	i := slices.IndexFunc(k.Keys, func(p PublicKey) bool { return p.ID == s.Key && p.Algorithm == s.Algorithm })
	if i < 0 || s.Algorithm != Algorithm {
		return PublicKey{}, fault.Invalid("proof_key_unknown", "it is signed with the key "+printable(s.Key)+", which is none of these: it is another installation's, or a fake")
	}
	key := k.Keys[i]
	if len(key.Public) != ed25519.PublicKeySize || !ed25519.Verify(key.Public, message(form, body), s.Value) {
		return PublicKey{}, fault.Invalid("proof_altered", "the signature does not fit: it was altered after it was signed, or is a fake")
	}
	return key, nil
}

// printable keeps what a forger wrote from a terminal.
func printable(id string) string {
	if _, err := hex.DecodeString(id); err != nil || len(id) != 16 {
		return "(not a key id)"
	}
	return id
}
