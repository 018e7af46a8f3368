package guard

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/internal/trunk"
)

// Peer is a neighbour of the near side.
type Peer struct {
	Name string // stable; what calls and logs say
	// Addresses it may send from. None means anywhere, which only a peer with a user name may.
	Addresses []netip.Prefix
	// Username of the digest; empty: the address alone authenticates it.
	Username string
	// MD5 and SHA256 are H(username:realm:password) in lower-case hex, for the
	// realm of the [Config]; an empty one is an algorithm the peer cannot use.
	MD5, SHA256 string
	MaxCalls    int // at once; 0: no limit
	// CallsPerSecond that it may begin, twice as many in a burst; 0: that of the [Config].
	CallsPerSecond int
	// Destinations are beginnings of the E.164 numbers that are dialled at it; empty: all. What else
	// the tenant's rules allow is refused here: a stolen account is good for the world's dearest numbers.
	Destinations []string
	// Loopback trusts 127.0.0.0/8 and ::1 among its Addresses, which every process of this
	// machine has: only who named them by hand can want that.
	Loopback bool

	// DialTo is the SIP URI at which it takes calls from us; empty: it does not. The
	// account is what we answer its challenges with.
	DialTo                     string
	DialUsername, DialPassword string

	FromOnly bool          // what it asserts of callers is neither believed nor told to it
	Numbers  trunk.Numbers // how it writes them
	Ping     time.Duration // between OPTIONS to DialTo; 0: none
	// CertificateName and CertificateFingerprints authenticate it: a DNS name in its client certificate, or
	// the SHA-256 of that in lower-case hex. If there are both, both have to fit. Its addresses alone do not.
	CertificateName         string
	CertificateFingerprints []string
}

// Fingerprint begins what a connection has proved by a certificate as such: the SHA-256 of it
// follows, in lower-case hex. What does not begin so is a DNS name that the roots vouch for.
const Fingerprint = "sha256:"

// certified reports whether the peer proves who it is by a client certificate.
func (p *Peer) certified() bool { return p.CertificateName != "" || len(p.CertificateFingerprints) > 0 }

// shows reports whether what a connection has proved is the peer's certificate.
func (p *Peer) shows(proved []string) bool {
	named := p.CertificateName == "" || slices.ContainsFunc(proved, func(n string) bool { return strings.EqualFold(n, p.CertificateName) })
	pinned := len(p.CertificateFingerprints) == 0 || slices.ContainsFunc(p.CertificateFingerprints, func(f string) bool { return slices.Contains(proved, Fingerprint+f) })
	return p.certified() && named && pinned
}

func (p *Peer) mayUse(a netip.Addr) bool {
	proves := p.Username != "" || p.certified()
	if len(p.Addresses) == 0 {
		return proves
	}
	if !proves && a.IsLoopback() && !p.Loopback {
		return false
	}
	return slices.ContainsFunc(p.Addresses, func(x netip.Prefix) bool { return x.Contains(a) })
}

// MayBeDialled reports whether a number is among the destinations of the peer.
func (p *Peer) MayBeDialled(number string) bool {
	return len(p.Destinations) == 0 || slices.ContainsFunc(p.Destinations, func(d string) bool { return strings.HasPrefix(number, d) })
}

// MayTransfer reports whether the peer may have us call somebody at it (REFER). A user name and
// its password alone are good for nothing there: who has stolen them would have us dial.
func (p *Peer) MayTransfer() bool {
	return p.DialTo != "" && (len(p.Addresses) > 0 || p.CertificateName != "" || len(p.Destinations) > 0)
}

// Named finds a peer by its name, among those known at this moment.
func (g *Guard) Named(name string) (Peer, bool) {
	for _, p := range g.list() {
		if p.Name == name {
			return p, true
		}
	}
	return Peer{}, false
}

// All are the peers known at this moment.
func (g *Guard) All() []Peer { return g.list() }

// Peers is where peers come from.
type Peers interface {
	// Peers lists all of them.
	Peers(ctx context.Context) ([]Peer, error)
}

// Config configures a [Guard]. Realm and Key are required.
type Config struct {
	Realm  string
	Key    [32]byte // of nonces; the same on all nodes that share an address
	Silent bool     // unknown sources get no answer at all
	// MD5Only leaves SHA-256 out of the challenges, for peers that give up on a
	// response with a challenge they do not know (Debian's baresip 1.0 does).
	MD5Only bool

	// RequestsPerSecond of a source that no peer names and that has proved nothing yet, twice as many in a burst; 50, negative: no limit.
	RequestsPerSecond int
	CallsPerSecond    int // of a peer that has no limit of its own; 0: none

	Refresh   time.Duration // between looks at the peers; 5 s
	NonceLife time.Duration // 60 s
	Failures  int           // wrong answers until a ban; 10
	BanFor    time.Duration // 5 min
	Counted   time.Duration // how long a failure counts; 5 min

	Now    func() time.Time // time.Now
	Logger *slog.Logger
}

// Limits of what is remembered.
const (
	maxStrangers = 4096
	maxFailing   = 4096
	maxNonces    = 65536
	maxPaces     = 4096
	maxProved    = 4096

	provedFor = 10 * time.Minute

	strangerEvery = time.Minute // one answer and one line in the log per source
	refusals      = 50          // answers a second to strangers, all together
	askAgain      = time.Second // between unscheduled looks at the peers
	askTimeout    = 3 * time.Second
)

// Guard is safe for concurrent use.
type Guard struct {
	cfg   Config
	peers Peers
	log   *slog.Logger

	asking sync.Mutex    // held while the peers are asked for
	poke   chan struct{} // somebody unknown came

	mu          sync.Mutex
	known       []Peer
	asked       time.Time // when the list was last asked for, with success or not
	complete    bool      // it was had at least once
	strangers   map[netip.Addr]time.Time
	second      time.Time // of refused
	refused     int
	failing     map[netip.Addr]*record
	nonces      map[string]used
	paces       map[netip.Addr]*bucket   // of requests, by source
	proved      map[netip.Addr]time.Time // until when a source may send what it likes
	calls       map[string]*bucket       // by peer
	connections map[netip.Addr]int       // by network, of those that no peer names

	swept struct{ strangers, failing, nonces, paces, proved time.Time } // see room
}

// record is what an address did wrong.
type record struct {
	failures int
	last     time.Time
	until    time.Time // banned
}

// New makes a guard that knows nobody yet; see [Guard.Refresh].
func New(c Config, p Peers) (*Guard, error) {
	if c.Realm == "" || c.Key == [32]byte{} || p == nil {
		return nil, errors.New("guard: realm, key and peers are needed")
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.Refresh, 5*time.Second)
	def(&c.NonceLife, time.Minute)
	def(&c.BanFor, 5*time.Minute)
	def(&c.Counted, 5*time.Minute)
	if c.Failures <= 0 {
		c.Failures = 10
	}
	if c.RequestsPerSecond == 0 {
		c.RequestsPerSecond = 50
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Guard{
		cfg: c, peers: p, log: c.Logger,
		poke: make(chan struct{}, 1), strangers: map[netip.Addr]time.Time{}, failing: map[netip.Addr]*record{}, nonces: map[string]used{},
		paces: map[netip.Addr]*bucket{}, proved: map[netip.Addr]time.Time{}, calls: map[string]*bucket{}, connections: map[netip.Addr]int{},
	}, nil
}

// Run keeps the list of peers fresh until ctx ends.
func (g *Guard) Run(ctx context.Context) {
	tick := time.NewTicker(g.cfg.Refresh)
	defer tick.Stop()
	for {
		if err := g.Refresh(ctx); err != nil && ctx.Err() == nil {
			g.log.Warn("the list of peers could not be read, the last one is used", "error", err)
		}
		select {
		case <-tick.C:
		case <-g.poke:
		case <-ctx.Done():
			return
		}
	}
}

// Refresh asks for the peers now.
func (g *Guard) Refresh(ctx context.Context) error {
	g.asking.Lock()
	defer g.asking.Unlock()
	return g.refresh(ctx)
}

func (g *Guard) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	list, err := g.peers.Peers(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = g.cfg.Now()
	if err != nil {
		return err
	}
	g.known, g.complete = list, true
	return nil
}

// renew asks for the peers unless that was done a moment ago, and waits.
func (g *Guard) renew(ctx context.Context) {
	g.asking.Lock()
	defer g.asking.Unlock()
	if g.fresh() {
		return
	}
	if err := g.refresh(ctx); err != nil {
		g.log.Debug("the list of peers could not be read", "error", err)
	}
}

func (g *Guard) fresh() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cfg.Now().Sub(g.asked) < askAgain
}

// hasList reports whether the list was ever had.
func (g *Guard) hasList() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.complete
}

func (g *Guard) list() []Peer {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.known
}

// Verdict is what becomes of a packet.
type Verdict int

const (
	Pass   Verdict = iota // some peer may use that address
	Refuse                // answer 403, and forget it
	Drop                  // say nothing
	Ask                   // nobody known may use it, but the list is not fresh. It is asked for; see [Guard.AdmitAfterAsking]
)

// Admit looks at a source address. It never waits, and it counts and logs strangers.
func (g *Guard) Admit(a netip.Addr) Verdict {
	a = a.Unmap()
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.ContainsFunc(g.known, func(p Peer) bool { return p.mayUse(a) }) {
		return Pass
	}
	now := g.cfg.Now()
	if stale := now.Sub(g.asked) >= askAgain; stale || !g.complete {
		if stale {
			select {
			case g.poke <- struct{}{}:
			default:
			}
		}
		return Ask
	}
	if !g.note(a, "refused a source that no peer may use") {
		return Drop
	}
	if g.cfg.Silent {
		return Drop
	}
	if now.Sub(g.second) >= time.Second {
		g.second, g.refused = now, 0
	}
	if g.refused++; g.refused > refusals {
		return Drop
	}
	return Refuse
}

// AdmitAfterAsking is Admit for callers that may wait for the list of peers.
func (g *Guard) AdmitAfterAsking(ctx context.Context, a netip.Addr) Verdict {
	v := g.Admit(a)
	if v != Ask {
		return v
	}
	g.renew(ctx)
	if v = g.Admit(a); v == Ask {
		return Drop // the list cannot be had
	}
	return v
}

// byAddress finds the peer whose address authenticates it.
func byAddress(list []Peer, a netip.Addr) (Peer, bool) {
	for _, p := range list {
		if p.Username == "" && !p.certified() && p.mayUse(a) {
			return p, true
		}
	}
	return Peer{}, false
}

// byCertificate finds the peer of a client certificate. Where it may come from is a further
// condition.
func byCertificate(list []Peer, a netip.Addr, proved []string) (Peer, bool) {
	for _, p := range list {
		if p.shows(proved) && p.mayUse(a) {
			return p, true
		}
	}
	return Peer{}, false
}

func byUsername(list []Peer, name string) (Peer, bool) {
	for _, p := range list {
		if p.Username == name && name != "" {
			return p, true
		}
	}
	return Peer{}, false
}

// banned reports whether new calls of an address are refused.
func (g *Guard) banned(a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.failing[a]
	return r != nil && g.cfg.Now().Before(r.until)
}

// failed counts a wrong answer.
func (g *Guard) failed(a netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.cfg.Now()
	r := g.failing[a]
	if r == nil {
		if !room(g.failing, maxFailing, &g.swept.failing, now, func(r *record) bool {
			return now.Sub(r.last) >= g.cfg.Counted && !now.Before(r.until)
		}) {
			return
		}
		r = &record{}
		g.failing[a] = r
	}
	if now.Sub(r.last) >= g.cfg.Counted {
		r.failures = 0
	}
	r.last = now
	g.log.Warn("wrong digest", "source", a.String())
	if r.failures++; r.failures >= g.cfg.Failures {
		r.failures, r.until = 0, now.Add(g.cfg.BanFor)
		g.log.Warn("banned a source after wrong digests", "source", a.String(), "for", g.cfg.BanFor)
	}
}

func (g *Guard) succeeded(a netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.failing, a)
	g.prove(a, g.cfg.Now())
}
