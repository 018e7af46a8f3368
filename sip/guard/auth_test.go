package guard

import (
	"crypto/md5"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
	"pgregory.net/rapid"
)

// TestRightVectors holds the arithmetic against RFC 7616 §3.9.1.
func TestRightVectors(t *testing.T) {
	p := Peer{Username: "Mufasa"}
	p.MD5, p.SHA256 = HA1("Mufasa", "http-auth@example.org", "Circle of Life")
	c := digest.Credentials{
		Username: "Mufasa", Realm: "http-auth@example.org", URI: "/dir/index.html", QOP: "auth", Nc: 1,
		Nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", Cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
	}
	for algorithm, response := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"":        "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		"sha-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		c.Algorithm, c.Response = algorithm, response
		if !right(p, &c, "GET") {
			t.Errorf("%q: refused", algorithm)
		}
		if c.Response = strings.ToUpper(response); !right(p, &c, "GET") {
			t.Errorf("%q in capitals: refused", algorithm)
		}
		if right(p, &c, "PUT") {
			t.Errorf("%q: taken for another method", algorithm)
		}
		if right(Peer{Username: "Mufasa"}, &c, "GET") {
			t.Errorf("%q: taken without HA1", algorithm)
		}
	}
	// A peer without HA1 must not be one with an empty HA1.
	empty := digest.Credentials{URI: "/", Nonce: "n"}
	empty.Response = sum(md5.New, ":n:"+sum(md5.New, "GET:/"))
	if right(Peer{Username: "Mufasa"}, &empty, "GET") {
		t.Error("an empty HA1 was taken")
	}
}

// reply is how a client answers a challenge.
type reply struct {
	username, password, algorithm string
	count                         int
	old                           bool // RFC 2069: no qop
}

func joe() reply { return reply{username: "joe", password: "secret", algorithm: "MD5", count: 1} }

func theJoe() Peer { return withPassword(Peer{Name: "joe's"}, "joe", "secret") }

// offered is the challenge with an algorithm.
func offered(t testing.TB, r *Refusal, algorithm string) *digest.Challenge {
	t.Helper()
	if r == nil || r.Status != 401 {
		t.Fatalf("no challenge: %+v", r)
	}
	for _, h := range r.Headers {
		if h.Name() != "WWW-Authenticate" {
			t.Fatalf("a header %s", h.Name())
		}
		c, err := digest.ParseChallenge(h.Value())
		if err != nil {
			t.Fatal(err)
		}
		if c.Algorithm == algorithm {
			return c
		}
	}
	t.Fatalf("%s is not offered", algorithm)
	return nil
}

// authorize makes an INVITE with the answer to a challenge.
func authorize(t testing.TB, challenge *digest.Challenge, c reply) *sipmsg.Request {
	t.Helper()
	copied := *challenge
	if c.old {
		copied.QOP = nil
	}
	answer, err := digest.Digest(&copied, digest.Options{
		Method: "INVITE", URI: "sip:+493012345@127.0.0.1", Username: c.username, Password: c.password, Count: c.count,
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.old {
		answer.Nc = 0
	}
	return withAuthorization(t, answer.String())
}

func withAuthorization(t testing.TB, values ...string) *sipmsg.Request {
	t.Helper()
	r := request(t, goodInvite)
	for _, v := range values {
		r.AppendHeader(sipmsg.NewHeader("Authorization", v))
	}
	return r
}

// challenged asks for a challenge from an address; time goes on, so it is a new one.
func (s *setup) challenged(t testing.TB, a netip.Addr, algorithm string) *digest.Challenge {
	t.Helper()
	s.pass(1)
	_, r := s.Authenticate(t.Context(), request(t, goodInvite), a)
	return offered(t, r, algorithm)
}

func (s *setup) expect(t testing.TB, what string, r *sipmsg.Request, a netip.Addr, cause Cause) {
	t.Helper()
	p, refusal := s.Authenticate(t.Context(), r, a)
	switch {
	case refusal == nil && (cause != "" || p.Name == ""):
		t.Fatalf("%s: taken as %q, want %q", what, p.Name, cause)
	case refusal != nil && (refusal.Cause != cause || p.Name != ""):
		t.Fatalf("%s: refused for %s, want %q", what, refusal.Cause, cause)
	}
}

// TestChallenge: both algorithms, MD5 first (doc.go), and who has no peer gets it too.
func TestChallenge(t *testing.T) {
	s := ready(t)
	_, r := s.Authenticate(t.Context(), request(t, goodInvite), stranger)
	if r == nil || r.Status != 401 || r.Cause != CauseChallenge || len(r.Headers) != 2 {
		t.Fatalf("got %+v", r)
	}
	for i, algorithm := range []string{"MD5", "SHA-256"} {
		c, err := digest.ParseChallenge(r.Headers[i].Value())
		if err != nil || c.Algorithm != algorithm || c.Realm != realm || !c.SupportsQOP("auth") || c.Stale {
			t.Errorf("%v in %s", err, r.Headers[i].Value())
		}
	}
}

func TestChallengeWithMD5Only(t *testing.T) {
	s := ready(t, theJoe())
	s.cfg.MD5Only = true
	_, r := s.Authenticate(t.Context(), request(t, goodInvite), stranger)
	if r == nil || len(r.Headers) != 1 || !strings.Contains(r.Headers[0].Value(), "algorithm=MD5") {
		t.Fatalf("got %+v", r)
	}
}

func TestByAddress(t *testing.T) {
	s := ready(t, theJoe(), byPrefix("carrier", "192.0.2.0/24"), byPrefix("here", "127.0.0.0/8", "::1/128"))
	invite := request(t, goodInvite)
	p, r := s.Authenticate(t.Context(), invite, netip.MustParseAddr("::ffff:192.0.2.7"))
	if r != nil || p.Name != "carrier" {
		t.Errorf("got %q, %+v", p.Name, r)
	}
	s.expect(t, "another address", invite, stranger, CauseChallenge)
	s.expect(t, "loopback", invite, netip.MustParseAddr("127.0.0.1"), CauseChallenge)
	s.expect(t, "loopback in IPv6's clothes", invite, netip.MustParseAddr("::ffff:127.0.0.1"), CauseChallenge)
	s.expect(t, "loopback of IPv6", invite, netip.MustParseAddr("::1"), CauseChallenge)
}

// TestDigest: answers to a challenge of ours.
func TestDigest(t *testing.T) {
	fixed := withPassword(byPrefix("fixed", "203.0.113.0/24"), "fixed", "secret")
	modern := theJoe()
	modern.Name, modern.Username, modern.MD5 = "modern", "modern", ""
	_, modern.SHA256 = HA1("modern", realm, "secret")
	for name, c := range map[string]struct {
		change func(*reply)
		cause  Cause
	}{
		"MD5":                            {func(*reply) {}, ""},
		"SHA-256":                        {func(c *reply) { c.algorithm = "SHA-256" }, ""},
		"without qop":                    {func(c *reply) { c.old = true }, ""},
		"without qop, SHA-256":           {func(c *reply) { c.old, c.algorithm = true, "SHA-256" }, ""},
		"a later count":                  {func(c *reply) { c.count = 0xabc }, ""},
		"wrong password":                 {func(c *reply) { c.password = "guess" }, CauseWrongDigest},
		"wrong password, SHA-256":        {func(c *reply) { c.password, c.algorithm = "guess", "SHA-256" }, CauseWrongDigest},
		"no password":                    {func(c *reply) { c.password = "" }, CauseWrongDigest},
		"unknown user":                   {func(c *reply) { c.username = "jim" }, CauseWrongDigest},
		"no user":                        {func(c *reply) { c.username = "" }, CauseWrongDigest},
		"another's address":              {func(c *reply) { c.username = "fixed" }, CauseWrongDigest},
		"an algorithm the peer has not":  {func(c *reply) { c.username = "modern" }, CauseWrongDigest},
		"the only algorithm of the peer": {func(c *reply) { c.username, c.algorithm = "modern", "SHA-256" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := ready(t, byPrefix("carrier", "192.0.2.0/24"), theJoe(), fixed, modern)
			answer := joe()
			c.change(&answer)
			s.expect(t, name, authorize(t, s.challenged(t, stranger, answer.algorithm), answer), stranger, c.cause)
		})
	}
}

// TestAuthorizationHeaders: which of several counts, and what cannot be read.
func TestAuthorizationHeaders(t *testing.T) {
	s := ready(t, theJoe())
	good := func() string {
		return authorize(t, s.challenged(t, stranger, "MD5"), joe()).GetHeader("Authorization").Value()
	}
	for name, c := range map[string]struct {
		values []string
		cause  Cause
	}{
		"of another realm":             {[]string{`Digest realm="other", username="joe", nonce="x", uri="sip:x", response="y"`}, CauseChallenge},
		"of another scheme":            {[]string{"Basic am9lOnNlY3JldA=="}, CauseChallenge},
		"another realm, then ours":     {[]string{`Digest realm="other", nonce="x"`, good()}, ""},
		"another scheme, then ours":    {[]string{"Basic am9lOnNlY3JldA==", good()}, ""},
		"scheme in capitals":           {[]string{strings.Replace(good(), "Digest", "DIGEST", 1)}, ""},
		"quoted qop":                   {[]string{strings.Replace(good(), "qop=auth", `qop="auth"`, 1)}, ""},
		"a quote that does not end":    {[]string{`Digest realm="tandem`}, CauseMalformed},
		"nothing but the scheme":       {[]string{"Digest"}, CauseMalformed},
		"a count that is no number":    {[]string{strings.Replace(good(), "nc=0", "nc=x", 1)}, CauseMalformed},
		"too long":                     {[]string{"Digest realm=\"" + strings.Repeat("x", 4096) + `"`}, CauseMalformed},
		"an unknown algorithm":         {[]string{strings.Replace(good(), "algorithm=MD5", "algorithm=SHA-512", 1)}, CauseWrongDigest},
		"auth-int":                     {[]string{strings.Replace(good(), "qop=auth", "qop=auth-int", 1)}, CauseWrongDigest},
		"count 0":                      {[]string{strings.Replace(good(), "nc=00000001", "nc=00000000", 1)}, CauseWrongDigest},
		"count below 0":                {[]string{strings.Replace(good(), "nc=00000001", "nc=-0000001", 1)}, CauseWrongDigest},
		"another count than was added": {[]string{strings.Replace(good(), "nc=00000001", "nc=00000002", 1)}, CauseWrongDigest},
	} {
		t.Run(name, func(t *testing.T) { s.expect(t, name, withAuthorization(t, c.values...), stranger, c.cause) })
	}
}

// TestNonces: whose they are, how long they live, and that each count is taken once.
func TestNonces(t *testing.T) {
	s := ready(t, theJoe())
	challenge := s.challenged(t, stranger, "MD5")
	at := func(count int) *sipmsg.Request {
		c := joe()
		c.count = count
		return authorize(t, challenge, c)
	}
	s.expect(t, "from another source", at(1), carrier, CauseChallenge)
	s.expect(t, "count 1", at(1), stranger, "")
	s.expect(t, "count 1 again", at(1), stranger, CauseStale)
	s.expect(t, "count 5", at(5), stranger, "")
	s.expect(t, "count 3", at(3), stranger, CauseStale)
	s.expect(t, "count 6", at(6), stranger, "")
	old := joe()
	old.old = true
	s.expect(t, "without count, after counts", authorize(t, challenge, old), stranger, CauseStale)
	s.pass(time.Minute)
	s.expect(t, "at the end of its life", at(7), stranger, "")
	s.pass(1)
	_, r := s.Authenticate(t.Context(), at(8), stranger)
	if r == nil || r.Cause != CauseStale || !offered(t, r, "SHA-256").Stale {
		t.Fatalf("after its life: %+v", r)
	}
	challenge = offered(t, r, "MD5")
	s.expect(t, "with the nonce of the stale answer", at(1), stranger, "")

	challenge = s.challenged(t, stranger, "MD5")
	s.pass(-time.Second)
	s.expect(t, "from the future", at(1), stranger, CauseStale)
	s.pass(time.Second)

	other := newSetup(t, func(c *Config) { c.Key = [32]byte{2} })
	challenge = other.challenged(t, stranger, "MD5")
	s.expect(t, "of another key", at(1), stranger, CauseChallenge)
	challenge.Nonce = "made up"
	s.expect(t, "made up", at(1), stranger, CauseChallenge)

	challenge = s.challenged(t, stranger, "MD5")
	s.expect(t, "without count", authorize(t, challenge, old), stranger, "")
	s.expect(t, "without count again", authorize(t, challenge, old), stranger, CauseStale)
}

// TestFullTable: with no place for another nonce everybody is asked again, rather than a
// replay let through; the end of their lives makes room.
func TestFullTable(t *testing.T) {
	s := ready(t, theJoe())
	used := authorize(t, s.challenged(t, stranger, "MD5"), joe())
	s.expect(t, "before", used, stranger, "")
	for i := len(s.nonces); i < maxNonces; i++ {
		if !s.spend(strconv.Itoa(i), 1) {
			t.Fatalf("nonce %d was not taken", i)
		}
	}
	s.pass(time.Second)
	s.expect(t, "a new nonce", authorize(t, s.challenged(t, stranger, "MD5"), joe()), stranger, CauseStale)
	s.expect(t, "a replay", used, stranger, CauseStale)
	if len(s.nonces) > maxNonces {
		t.Fatalf("%d nonces are kept", len(s.nonces))
	}
	s.pass(time.Minute)
	s.expect(t, "a minute later", authorize(t, s.challenged(t, stranger, "MD5"), joe()), stranger, "")
	if len(s.nonces) != 1 {
		t.Errorf("%d nonces are kept", len(s.nonces))
	}
}

// TestUserUnknownWithoutList: nobody is called wrong before the peers were read once.
func TestUserUnknownWithoutList(t *testing.T) {
	s := newSetup(t, nil, theJoe())
	s.peers.err = errors.New("away")
	answer := authorize(t, s.challenged(t, stranger, "MD5"), joe())
	_, r := s.Authenticate(t.Context(), answer, stranger)
	if r == nil || r.Status != 503 || r.Cause != CauseUnavailable || len(r.Headers) != 1 || r.Headers[0].Name() != "Retry-After" {
		t.Fatalf("got %+v", r)
	}
	s.peers.err = nil
	s.pass(askAgain)
	s.expect(t, "with the list", answer, stranger, "")
}

// TestNewUser: a user made a moment ago is found, and guessing names asks once a second.
func TestNewUser(t *testing.T) {
	s := ready(t)
	s.peers.list = []Peer{theJoe()}
	s.pass(askAgain)
	s.expect(t, "the new one", authorize(t, s.challenged(t, stranger, "MD5"), joe()), stranger, "")
	jim := joe()
	jim.username = "jim"
	for range 5 {
		s.expect(t, "guessed", authorize(t, s.challenged(t, stranger, "MD5"), jim), stranger, CauseWrongDigest)
	}
	if s.peers.asks != 2 {
		t.Errorf("asked %d times", s.peers.asks)
	}
}

// TestBan: wrong answers to our own nonces ban an address for new calls, for a while.
func TestBan(t *testing.T) {
	s := ready(t, byPrefix("carrier", "192.0.2.0/24"), theJoe())
	wrong := joe()
	wrong.password = "guess"
	fail := func(a netip.Addr, n int) {
		t.Helper()
		for range n {
			s.expect(t, "a guess", authorize(t, s.challenged(t, a, "MD5"), wrong), a, CauseWrongDigest)
		}
	}
	invite := request(t, goodInvite)

	fail(stranger, 9)
	s.expect(t, "the right one", authorize(t, s.challenged(t, stranger, "MD5"), joe()), stranger, "")
	fail(stranger, 9) // counted anew
	s.pass(5 * time.Minute)
	fail(stranger, 9) // those before are forgotten
	good := authorize(t, s.challenged(t, stranger, "MD5"), joe())
	fail(stranger, 1)
	s.expect(t, "banned", invite, stranger, CauseBanned)
	s.expect(t, "banned, with the right answer", good, stranger, CauseBanned)
	s.expect(t, "banned, in IPv6's clothes", invite, netip.AddrFrom16(stranger.As16()), CauseBanned)
	s.expect(t, "another source", invite, carrier, "")
	s.pass(5*time.Minute - 1)
	s.expect(t, "to the end", invite, stranger, CauseBanned)
	s.pass(1)
	s.expect(t, "after the ban", authorize(t, s.challenged(t, stranger, "MD5"), joe()), stranger, "")
	if !strings.Contains(s.log.String(), "banned a source") || strings.Contains(s.log.String(), "guess") {
		t.Errorf("the log says %s", s.log)
	}
}

// TestForgedSourcesBanNobody: only an answer to a nonce of ours proves who sends.
func TestForgedSourcesBanNobody(t *testing.T) {
	s := ready(t, byPrefix("carrier", "192.0.2.0/24"), theJoe())
	elsewhere := s.challenged(t, stranger, "MD5")
	wrong := joe()
	wrong.password = "guess"
	for range 100 {
		s.expect(t, "a nonce of another address", authorize(t, elsewhere, wrong), carrier, CauseChallenge)
		s.expect(t, "nonsense", withAuthorization(t, `Digest realm="`), carrier, CauseMalformed)
	}
	s.expect(t, "the peer", request(t, goodInvite), carrier, "")
	if len(s.failing) != 0 {
		t.Errorf("%d addresses are remembered", len(s.failing))
	}
}

// TestFailingIsBounded: the table of failures has an end, and its entries grow old.
func TestFailingIsBounded(t *testing.T) {
	s := ready(t)
	a := netip.MustParseAddr("10.0.0.0")
	for range maxFailing + 10 {
		a = a.Next()
		s.failed(a)
	}
	if len(s.failing) != maxFailing {
		t.Errorf("%d are remembered", len(s.failing))
	}
	s.pass(5 * time.Minute)
	s.failed(a.Next())
	if len(s.failing) != 1 {
		t.Errorf("%d are remembered five minutes later", len(s.failing))
	}
}

// TestNonceProperties: a nonce of ours verifies for its address and its life; one that
// was altered in any way never does.
func TestNonceProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newSetup(t, nil)
		address := rapid.Custom(func(r *rapid.T) netip.Addr {
			if rapid.Bool().Draw(r, "IPv4") {
				return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(r, "bytes")))
			}
			return netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(r, "bytes"))).Unmap()
		})
		a := address.Draw(r, "address")
		s.pass(time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(r, "made")))
		nonce := s.nonce(a)

		if b := address.Draw(r, "other address"); b != a && s.judge(nonce, b) != nonceForeign {
			r.Fatalf("%s was taken from %s", nonce, b)
		}
		altered := []byte(nonce)
		i := rapid.IntRange(0, len(altered)-1).Draw(r, "position")
		c := rapid.Byte().Draw(r, "byte")
		switch rapid.IntRange(0, 3).Draw(r, "how") {
		case 0:
			altered[i] = c
		case 1:
			altered = append(altered[:i], altered[i+1:]...)
		case 2:
			altered = append(altered[:i:i], append([]byte{c}, altered[i:]...)...)
		case 3: // base64 decoders skip these
			altered = append(altered[:i:i], append([]byte("\r\n"), altered[i:]...)...)
		}
		if string(altered) != nonce && s.judge(string(altered), a) != nonceForeign {
			r.Fatalf("%q, altered to %q, was taken", nonce, altered)
		}
		age := time.Duration(rapid.Int64Range(0, int64(2*time.Minute)).Draw(r, "age"))
		want := nonceGood
		if age > time.Minute {
			want = nonceStale
		}
		s.pass(age)
		if got := s.judge(nonce, a); got != want {
			r.Fatalf("after %s: %d", age, got)
		}
	})
}

// FuzzCredentials: no header makes a peer out of a stranger, or the guard fall over.
func FuzzCredentials(f *testing.F) {
	seeds := ready(f, theJoe())
	f.Add(authorize(f, seeds.challenged(f, stranger, "MD5"), joe()).GetHeader("Authorization").Value())
	f.Add(authorize(f, seeds.challenged(f, stranger, "SHA-256"), joe()).GetHeader("Authorization").Value())
	for _, v := range []string{
		"", "Digest", "Digest ", "Basic eA==", `Digest realm="tandem.test"`, `Digest realm="tandem.test", nc=zz`, `Digest realm="tandem.test`,
		`Digest realm="tandem.test", username="joe", nonce="", response="", qop=auth, nc=00000001, cnonce="x"`, `Digest realm=tandem.test,,`,
	} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		s := newSetup(t, func(c *Config) { c.Key = [32]byte{7} }, theJoe())
		if err := s.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		p, r := s.Authenticate(t.Context(), withAuthorization(t, value), stranger)
		if r == nil {
			t.Fatalf("taken as %q", p.Name)
		}
		sound(t, r)
		if r.Status != 400 && r.Status != 401 || len(s.failing) != 0 || len(s.nonces) != 0 {
			t.Fatalf("status %d, %d failing, %d nonces", r.Status, len(s.failing), len(s.nonces))
		}
	})
}
