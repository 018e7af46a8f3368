package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"time"
)

// A nonce is 8 bytes of time in nanoseconds and 16 of a MAC over it and the source address.
const (
	nonceTime = 8
	nonceMAC  = 16
)

type nonceState int

const (
	nonceForeign nonceState = iota // not ours, or made for another address
	nonceStale
	nonceGood
)

func (g *Guard) nonce(a netip.Addr) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(g.cfg.Now().UnixNano())) //nolint:gosec // after 1970
	return base64.RawURLEncoding.EncodeToString(append(b, g.mac(b, a)...))
}

func (g *Guard) mac(moment []byte, a netip.Addr) []byte {
	h := hmac.New(sha256.New, g.cfg.Key[:])
	h.Write(moment)
	address := a.As16()
	h.Write(address[:])
	return h.Sum(nil)[:nonceMAC]
}

func (g *Guard) judge(nonce string, a netip.Addr) nonceState {
	if len(nonce) != base64.RawURLEncoding.EncodedLen(nonceTime+nonceMAC) { // the decoder skips line breaks
		return nonceForeign
	}
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != nonceTime+nonceMAC || !hmac.Equal(b[nonceTime:], g.mac(b[:nonceTime], a)) {
		return nonceForeign
	}
	made := time.Unix(0, int64(binary.BigEndian.Uint64(b))) //nolint:gosec // the MAC is ours
	if age := g.cfg.Now().Sub(made); age < 0 || age > g.cfg.NonceLife {
		return nonceStale
	}
	return nonceGood
}

// used is the last nonce count of a nonce; 0 stands for an answer without qop.
type used struct {
	count int
	until time.Time
}

// spend takes the count of a nonce that was answered well; false if it was taken before.
func (g *Guard) spend(nonce string, count int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.cfg.Now()
	u, known := g.nonces[nonce]
	if known && count <= u.count {
		return false
	}
	if !known && !room(g.nonces, maxNonces, &g.swept.nonces, now, func(u used) bool { return now.After(u.until) }) {
		return false
	}
	g.nonces[nonce] = used{count: count, until: now.Add(g.cfg.NonceLife)}
	return true
}
