package guard

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const realm = "tandem.test"

// source is a list of peers that counts how often it is asked for.
type source struct {
	list []Peer
	err  error

	mu   sync.Mutex
	asks int
}

func (s *source) Peers(context.Context) ([]Peer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks++
	return s.list, s.err
}

// setup is a guard with a clock that is moved by hand.
type setup struct {
	*Guard
	peers *source
	log   *strings.Builder
	now   time.Time
}

func (s *setup) pass(d time.Duration) { s.now = s.now.Add(d) }

func newSetup(t testing.TB, change func(*Config), peers ...Peer) *setup {
	t.Helper()
	s := &setup{peers: &source{list: peers}, log: &strings.Builder{}, now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
	c := Config{
		Realm: realm, Key: [32]byte{1}, Now: func() time.Time { return s.now },
		Logger: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	if change != nil {
		change(&c)
	}
	g, err := New(c, s.peers)
	if err != nil {
		t.Fatal(err)
	}
	s.Guard = g
	return s
}

// ready is a setup that has its list.
func ready(t testing.TB, peers ...Peer) *setup {
	t.Helper()
	s := newSetup(t, nil, peers...)
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func byPrefix(name string, prefixes ...string) Peer {
	p := Peer{Name: name}
	for _, x := range prefixes {
		p.Addresses = append(p.Addresses, netip.MustParsePrefix(x))
	}
	return p
}

func withPassword(p Peer, username, password string) Peer {
	p.Username = username
	p.MD5, p.SHA256 = HA1(username, realm, password)
	return p
}

var (
	carrier  = netip.MustParseAddr("192.0.2.7")
	stranger = netip.MustParseAddr("198.51.100.9")
)

func TestNewWantsItsConfig(t *testing.T) {
	key := [32]byte{1}
	for name, try := range map[string]func() (*Guard, error){
		"no realm": func() (*Guard, error) { return New(Config{Key: key}, &source{}) },
		"no key":   func() (*Guard, error) { return New(Config{Realm: realm}, &source{}) },
		"no peers": func() (*Guard, error) { return New(Config{Realm: realm, Key: key}, nil) },
	} {
		if _, err := try(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestAdmit: which addresses some peer may use.
func TestAdmit(t *testing.T) {
	anywhere := withPassword(Peer{Name: "anywhere"}, "joe", "secret")
	for name, c := range map[string]struct {
		peer Peer
		from string
		want Verdict
	}{
		"address of a peer":              {byPrefix("p", "192.0.2.0/24"), "192.0.2.7", Pass},
		"the same in IPv6's clothes":     {byPrefix("p", "192.0.2.0/24"), "::ffff:192.0.2.7", Pass},
		"IPv6":                           {byPrefix("p", "2001:db8::/32"), "2001:db8::7", Pass},
		"second prefix":                  {byPrefix("p", "203.0.113.1/32", "192.0.2.0/24"), "192.0.2.7", Pass},
		"another address":                {byPrefix("p", "192.0.2.0/24"), "198.51.100.9", Refuse},
		"neither address nor name":       {Peer{Name: "p"}, "192.0.2.7", Refuse},
		"loopback by address":            {byPrefix("p", "127.0.0.0/8"), "127.0.0.1", Refuse},
		"loopback by everything":         {byPrefix("p", "0.0.0.0/0", "::/0"), "127.0.0.1", Refuse},
		"loopback in IPv6's clothes":     {byPrefix("p", "0.0.0.0/0", "::/0"), "::ffff:127.0.0.1", Refuse},
		"loopback of IPv6":               {byPrefix("p", "::1/128"), "::1", Refuse},
		"anywhere with a password":       {anywhere, "198.51.100.9", Pass},
		"loopback with a password":       {withPassword(byPrefix("p", "127.0.0.0/8"), "joe", "x"), "127.0.0.1", Pass},
		"password, but another address":  {withPassword(byPrefix("p", "192.0.2.0/24"), "joe", "x"), "198.51.100.9", Refuse},
		"loopback, anywhere, a password": {anywhere, "::1", Pass},
	} {
		t.Run(name, func(t *testing.T) {
			s := ready(t, c.peer)
			if got := s.Admit(netip.MustParseAddr(c.from)); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

// TestStrangers: one 403 and one line in the log a minute, then silence.
func TestStrangers(t *testing.T) {
	s := ready(t, byPrefix("carrier", "192.0.2.0/24"))
	admit := func() Verdict { return s.AdmitAfterAsking(t.Context(), stranger) }
	if v := admit(); v != Refuse {
		t.Fatalf("first packet: %d", v)
	}
	for range 100 {
		if v := admit(); v != Drop {
			t.Fatalf("in the same second: %d", v)
		}
	}
	s.pass(59 * time.Second)
	if v := s.Admit(stranger); v != Ask { // perhaps a peer since
		t.Fatalf("with a list of a minute ago: %d", v)
	}
	if v := admit(); v != Drop {
		t.Fatalf("after 59 s: %d", v)
	}
	s.pass(time.Second)
	if v := admit(); v != Refuse {
		t.Fatalf("after a minute: %d", v)
	}
	if n := strings.Count(s.log.String(), "\n"); n != 2 {
		t.Errorf("%d lines in the log: %s", n, s.log)
	}
	if v := s.AdmitAfterAsking(t.Context(), carrier); v != Pass {
		t.Errorf("the peer: %d", v)
	}
}

func TestSilentSaysNothing(t *testing.T) {
	s := newSetup(t, func(c *Config) { c.Silent = true })
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := s.Admit(stranger); v != Drop {
		t.Errorf("got %d", v)
	}
	if n := strings.Count(s.log.String(), "\n"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
}

// TestManyStrangers: forged sources get a bounded number of answers and a bounded table.
func TestManyStrangers(t *testing.T) {
	s := ready(t)
	a, answers := netip.MustParseAddr("10.0.0.0"), 0
	for range maxStrangers + 100 {
		a = a.Next()
		switch s.Admit(a) {
		case Refuse:
			answers++
		case Drop:
		default:
			t.Fatal("neither refused nor dropped")
		}
	}
	if answers != refusals || len(s.strangers) != maxStrangers {
		t.Errorf("%d answers in one second, %d remembered", answers, len(s.strangers))
	}
	if n := strings.Count(s.log.String(), "\n"); n != maxStrangers {
		t.Errorf("%d lines in the log", n)
	}
	s.pass(strangerEvery)
	if v := s.AdmitAfterAsking(t.Context(), stranger); v != Refuse || len(s.strangers) != 1 {
		t.Errorf("a minute later: %d, %d remembered", v, len(s.strangers))
	}
}

// TestNoListYet: nobody is refused for good before the peers were read once.
func TestNoListYet(t *testing.T) {
	s := newSetup(t, nil, byPrefix("carrier", "192.0.2.0/24"))
	s.peers.err = errors.New("away")
	if v := s.Admit(carrier); v != Ask {
		t.Fatalf("got %d", v)
	}
	select {
	case <-s.poke:
	default:
		t.Error("nobody was sent for the list")
	}
	if v := s.AdmitAfterAsking(t.Context(), carrier); v != Drop || s.peers.asks != 1 {
		t.Fatalf("got %d after %d questions", v, s.peers.asks)
	}
	if v := s.AdmitAfterAsking(t.Context(), carrier); v != Drop || s.peers.asks != 1 {
		t.Fatalf("in the same second: %d after %d questions", v, s.peers.asks)
	}
	s.pass(askAgain)
	s.peers.err = nil
	if v := s.AdmitAfterAsking(t.Context(), carrier); v != Pass {
		t.Fatalf("with the list: %d", v)
	}
}

// TestPeersAway: the last list is used when a new one cannot be had.
func TestPeersAway(t *testing.T) {
	s := ready(t, byPrefix("carrier", "192.0.2.0/24"))
	s.peers.list, s.peers.err = nil, errors.New("away")
	s.pass(time.Hour)
	if err := s.Refresh(t.Context()); err == nil {
		t.Fatal("no error")
	}
	if v := s.Admit(carrier); v != Pass {
		t.Errorf("the peer: %d", v)
	}
	if v := s.AdmitAfterAsking(t.Context(), stranger); v != Refuse {
		t.Errorf("a stranger: %d", v)
	}
}

// TestNewPeer: a peer made a moment ago passes without waiting for the next look.
func TestNewPeer(t *testing.T) {
	s := ready(t)
	s.peers.list = []Peer{byPrefix("carrier", "192.0.2.0/24")}
	s.pass(askAgain)
	if v := s.AdmitAfterAsking(t.Context(), carrier); v != Pass || s.peers.asks != 2 {
		t.Errorf("got %d after %d questions", v, s.peers.asks)
	}
}

// TestRun looks every few seconds, at once when somebody unknown comes, and ends.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peers := &source{}
		g, err := New(Config{Realm: realm, Key: [32]byte{1}}, peers)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			g.Run(ctx)
		}()
		expect := func(when string, asks int) {
			t.Helper()
			synctest.Wait()
			peers.mu.Lock()
			defer peers.mu.Unlock()
			if peers.asks != asks {
				t.Fatalf("%s: asked %d times, want %d", when, peers.asks, asks)
			}
		}
		expect("at the start", 1)
		<-time.After(2 * time.Second)
		if v := g.Admit(stranger); v != Ask {
			t.Fatalf("got %d", v)
		}
		expect("after a stranger", 2)
		peers.mu.Lock()
		peers.err = errors.New("away")
		peers.mu.Unlock()
		<-time.After(4 * time.Second)
		expect("after five seconds", 3)
		<-time.After(5 * time.Second)
		expect("after ten seconds, although it was away", 4)
		cancel()
		<-done
	})
}
