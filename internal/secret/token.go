package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

const (
	alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	// tokenLength: 62^24 is 142 bits, more than the 128 that nobody guesses.
	tokenLength = 24
)

// Token draws a secret of 142 bits behind a prefix that says what it is for.
// It has letters and digits only, so it needs no escaping anywhere.
func Token(prefix string) String {
	out := make([]byte, 0, len(prefix)+tokenLength)
	out = append(out, prefix...)
	var buf [64]byte
	for len(out) < cap(out) {
		_, _ = rand.Read(buf[:]) // never fails (crypto/rand)
		for _, x := range buf {
			// 248 is the largest multiple of 62 in a byte: every letter is as likely.
			if x < 248 && len(out) < cap(out) {
				out = append(out, alphabet[x%62])
			}
		}
	}
	return String(out)
}

// Key draws a key of 256 bits for signing, in base64 behind a prefix.
func Key(prefix string) String {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	return String(prefix + base64.StdEncoding.EncodeToString(key[:]))
}

// Hash is what is stored of a token. A plain SHA-256 is enough, because a token
// has more bits than can be tried; passwords of people would need more.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
