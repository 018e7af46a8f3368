package secret

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	version   = 1
	keySize   = 32
	maxKeyID  = 32
	nonceSize = 12
)

// ErrSealed means that a sealed value does not open: another key, another
// context, or damage. Which of them is not told apart by the cipher.
var ErrSealed = errors.New("the sealed value does not open")

// Box seals and opens. It is safe for use by several goroutines.
type Box struct {
	first string // id of the key that seals
	keys  map[string]cipher.AEAD
}

// ReadKeys makes a Box from lines of "id base64(32 bytes)"; empty lines and
// lines that begin with # are skipped. The first key seals, all of them open.
// Errors name the line, never its content.
func ReadKeys(r io.Reader) (*Box, error) {
	b := &Box{keys: map[string]cipher.AEAD{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 2 {
			return nil, fmt.Errorf("line %d: want a key id and a key", n)
		}
		if err := b.add(words[0], words[1]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	if b.first == "" {
		return nil, errors.New("there is no key")
	}
	return b, nil
}

// NewKeyLine makes a line for a file of keys.
func NewKeyLine(id string) string {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return id + " " + base64.StdEncoding.EncodeToString(key) + "\n"
}

func (b *Box) add(id, encoded string) error {
	if len(id) > maxKeyID {
		return fmt.Errorf("a key id has at most %d characters", maxKeyID)
	}
	if _, twice := b.keys[id]; twice {
		return fmt.Errorf("the key id %q is there twice", id)
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) != keySize {
		return fmt.Errorf("key %q: want %d bytes in base64", id, keySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	if b.keys[id], err = cipher.NewGCM(block); err != nil {
		return err
	}
	if b.first == "" {
		b.first = id
	}
	return nil
}

// Seal encrypts a value and binds it to a context, which is not secret.
func (b *Box) Seal(plain []byte, context string) []byte {
	out := make([]byte, 0, 2+len(b.first)+nonceSize+len(plain)+16)
	out = append(out, version, byte(len(b.first)))
	out = append(out, b.first...)
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	header := len(out)
	out = append(out, nonce...)
	return b.keys[b.first].Seal(out, nonce, plain, additional(out[:header], context))
}

// Open decrypts what Seal made with the same context; else [ErrSealed].
func (b *Box) Open(sealed []byte, context string) ([]byte, error) {
	id, header, err := split(sealed)
	if err != nil {
		return nil, err
	}
	key, ok := b.keys[id]
	if !ok {
		return nil, fmt.Errorf("%w: the key %q is not in the file", ErrSealed, id)
	}
	nonce, ciphertext := sealed[header:header+nonceSize], sealed[header+nonceSize:]
	plain, err := key.Open(nil, nonce, ciphertext, additional(sealed[:header], context))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Rotate reseals a value with the first key; changed is false if it was sealed
// with that one already.
func (b *Box) Rotate(sealed []byte, context string) (resealed []byte, changed bool, err error) {
	id, _, err := split(sealed)
	if err != nil {
		return nil, false, err
	}
	if id == b.first {
		return sealed, false, nil
	}
	plain, err := b.Open(sealed, context)
	if err != nil {
		return nil, false, err
	}
	return b.Seal(plain, context), true, nil
}

// split reads the header: the key's id and where the nonce begins.
func split(sealed []byte) (id string, header int, err error) {
	if len(sealed) < 2 || sealed[0] != version {
		return "", 0, fmt.Errorf("%w: unknown form", ErrSealed)
	}
	header = 2 + int(sealed[1])
	if len(sealed) < header+nonceSize {
		return "", 0, fmt.Errorf("%w: too short", ErrSealed)
	}
	return string(sealed[2:header]), header, nil
}

func additional(header []byte, context string) []byte {
	return append(bytes.Clone(header), context...)
}
