package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"
)

const keyBits = 2048

// used are the keys that NewKey hands out again. A simulator needs fewer than this,
// so that no two of its own are the same.
var used struct {
	sync.Mutex
	recycle bool
	keys    [12]*rsa.PrivateKey
	next    int
}

// Recycle has NewKey hand out the same few keys in turn from now on. It is for tests:
// to find the primes of a key takes a tenth of a second and more, and a process of
// tests starts simulators by the hundred.
func Recycle() {
	used.Lock()
	defer used.Unlock()
	used.recycle = true
}

// NewKey makes a private key.
func NewKey() (*rsa.PrivateKey, error) {
	used.Lock()
	defer used.Unlock()
	if !used.recycle {
		return makeKey()
	}
	k := &used.keys[used.next]
	used.next = (used.next + 1) % len(used.keys)
	if *k == nil {
		var err error
		if *k, err = makeKey(); err != nil {
			return nil, err
		}
	}
	return *k, nil
}

func makeKey() (*rsa.PrivateKey, error) {
	k, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return k, nil
}
