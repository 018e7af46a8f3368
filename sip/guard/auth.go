package guard

import (
	"context"
	"crypto/md5" //nolint:gosec // RFC 8760 keeps it for peers that know nothing better
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/netip"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// Algorithms as RFC 8760 spells them.
const (
	algMD5    = "MD5"
	algSHA256 = "SHA-256"
)

// Authenticate finds the peer that sent a request from a. certified is what its connection
// has proved by a client certificate: verified DNS names, and its [Fingerprint]. The refusal says what to answer.
func (g *Guard) Authenticate(ctx context.Context, r *sipmsg.Request, a netip.Addr, certified ...string) (Peer, *Refusal) {
	a = a.Unmap()
	if g.banned(a) {
		return Peer{}, refuse(sipmsg.StatusForbidden, "Forbidden", CauseBanned)
	}
	c, err := credentials(r, g.cfg.Realm)
	if err != nil {
		return Peer{}, refuse(sipmsg.StatusBadRequest, "Bad Authorization", CauseMalformed)
	}
	if c == nil {
		if p, ok := byCertificate(g.list(), a, certified); ok {
			return p, nil
		}
		if p, ok := byAddress(g.list(), a); ok {
			return p, nil
		}
		return Peer{}, g.challenge(a, false)
	}
	switch g.judge(c.Nonce, a) {
	case nonceForeign:
		return Peer{}, g.challenge(a, false)
	case nonceStale:
		return Peer{}, g.challenge(a, true)
	}
	p, ok := byUsername(g.list(), c.Username)
	if !ok { // perhaps it was made a moment ago
		g.renew(ctx)
		if p, ok = byUsername(g.list(), c.Username); !ok && !g.hasList() {
			return Peer{}, unavailable()
		}
	}
	// Who may not use the address is answered like who has the wrong password.
	if !right(p, c, string(r.Method)) || !ok || !p.mayUse(a) {
		g.failed(a)
		return Peer{}, refuse(sipmsg.StatusForbidden, "Forbidden", CauseWrongDigest)
	}
	if !g.spend(c.Nonce, c.Nc) {
		return Peer{}, g.challenge(a, true)
	}
	g.succeeded(a)
	return p, nil
}

// credentials are those for our realm; nil if there are none.
func credentials(r *sipmsg.Request, realm string) (*digest.Credentials, error) {
	for _, h := range r.GetHeaders("Authorization") {
		value := h.Value()
		if len(value) > 4096 {
			return nil, errors.New("credentials too long")
		}
		if scheme, _, _ := strings.Cut(value, " "); !strings.EqualFold(scheme, "Digest") {
			continue
		}
		c, err := digest.ParseCredentials(value)
		if err != nil {
			return nil, errors.New("credentials cannot be read") // the cause may hold a digest
		}
		if c.Realm == realm {
			return c, nil
		}
	}
	return nil, nil
}

// right compares the response with what the peer's HA1 gives (RFC 7616 §3.4.1).
func right(p Peer, c *digest.Credentials, method string) bool {
	ha1, h := p.MD5, md5.New
	switch {
	case strings.EqualFold(c.Algorithm, algSHA256):
		ha1, h = p.SHA256, sha256.New
	case c.Algorithm != "" && !strings.EqualFold(c.Algorithm, algMD5):
		return false
	}
	known := ha1 != ""
	ha2 := sum(h, method+":"+c.URI)
	var want string
	switch c.QOP {
	case "auth":
		if c.Nc <= 0 || c.Cnonce == "" {
			return false
		}
		want = sum(h, fmt.Sprintf("%s:%s:%08x:%s:auth:%s", ha1, c.Nonce, c.Nc, c.Cnonce, ha2))
	case "": // RFC 2069, still common
		if c.Nc != 0 {
			return false
		}
		want = sum(h, ha1+":"+c.Nonce+":"+ha2)
	default:
		return false
	}
	return subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(c.Response))) == 1 && known
}

func sum(h func() hash.Hash, s string) string {
	d := h()
	_, _ = d.Write([]byte(s)) // a hash never fails
	return hex.EncodeToString(d.Sum(nil))
}

// challenge is a 401 with a nonce for a.
func (g *Guard) challenge(a netip.Addr, stale bool) *Refusal {
	r := refuse(sipmsg.StatusUnauthorized, "Unauthorized", CauseChallenge)
	if stale {
		r.Cause = CauseStale
	}
	nonce := g.nonce(a)
	offered := []string{algMD5, algSHA256} // see doc.go
	if g.cfg.MD5Only {
		offered = offered[:1]
	}
	for _, algorithm := range offered {
		value := fmt.Sprintf(`Digest realm="%s", nonce="%s", algorithm=%s, qop="auth"`, g.cfg.Realm, nonce, algorithm)
		if stale {
			value += ", stale=true"
		}
		r.Headers = append(r.Headers, sipmsg.NewHeader("WWW-Authenticate", value))
	}
	return r
}

// HA1 makes what a [Peer] keeps of a password.
func HA1(username, realm, password string) (md5Hex, sha256Hex string) {
	s := username + ":" + realm + ":" + password
	return sum(md5.New, s), sum(sha256.New, s)
}
