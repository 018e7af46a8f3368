package routing

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/evidence"
)

// Config is what a [Book] needs; Clock is required.
type Config struct {
	Clock    *clock.Clock
	Switches *evidence.Switches
	Delays   delays.Plan
	// Text asks a name server for the TXT records of a domain.
	Text func(ctx context.Context, domain string) ([]string, error)
	Seed uint64 // of the order of the trunks of a route
}

// Book has the configurations of all resources. It is safe for concurrent use.
type Book struct {
	Config

	mu    sync.Mutex
	dice  *mathrand.Rand
	all   map[string]*resource // by immutable id in small letters
	moved map[string]move      // by FQDN
}

type resource struct {
	id       string
	seed     version
	versions []version         // the last is the one that is stored
	proofs   map[string]string // domains to be proved, and by which text
	proved   map[string]bool
}

// version is a configuration and the time from which it is in force.
type version struct {
	Configuration
	from time.Time
}

// move is the last change of a trunk's resource.
type move struct {
	of   string    // the resource
	from time.Time // when its calls go there
}

// ErrUnknown is the failure of a resource or domain that there is not.
var ErrUnknown = errors.New("unknown")

// NewBook makes a book without resources.
func NewBook(c Config) *Book {
	return &Book{
		Config: c, all: map[string]*resource{}, moved: map[string]move{},
		dice: mathrand.New(mathrand.NewPCG(c.Seed, c.Seed)), //nolint:gosec // decides an order that a test wants again
	}
}

// Close ends the clock by which patterns are given up, which all books share; the next
// match starts it again.
func (b *Book) Close() { regexp2.StopTimeoutClock() }

// Add makes a resource with what it has from the start, which is in force at once. What its
// trunks need is proved.
func (b *Book) Add(immutableID string, c Configuration) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("resource %s: %w", immutableID, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	id := strings.ToLower(immutableID)
	for fqdn := range c.Trunks {
		for _, other := range b.all {
			if _, taken := other.seed.Trunks[fqdn]; taken {
				return fmt.Errorf("resource %s: trunk %s is another resource's", immutableID, fqdn)
			}
		}
	}
	if c.Trunks == nil {
		c.Trunks = map[string]Trunk{}
	}
	if c.Routes == nil {
		c.Routes = []Route{}
	}
	v := version{c, b.Clock.Now()}
	b.all[id] = &resource{id: id, seed: v, versions: []version{v}, proofs: map[string]string{}, proved: map[string]bool{}}
	for fqdn := range c.Trunks {
		b.all[id].proved[fqdn] = true
	}
	return nil
}

// Register adds a trunk as if it had been there from the start.
func (b *Book) Register(immutableID, fqdn string, port int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.all[strings.ToLower(immutableID)]
	if r == nil {
		return fmt.Errorf("%w resource %s", ErrUnknown, immutableID)
	}
	fqdn = strings.ToLower(fqdn)
	for _, other := range b.all { // a trunk is one resource's
		if other != r {
			other.forget(fqdn)
		}
	}
	delete(b.moved, fqdn)
	r.proved[fqdn] = true
	r.remember(fqdn, Trunk{SIPSignalingPort: port})
	return nil
}

func (r *resource) each(f func(*version)) {
	f(&r.seed)
	for i := range r.versions {
		f(&r.versions[i])
	}
}

func (r *resource) remember(fqdn string, t Trunk) {
	r.each(func(v *version) { v.Trunks = with(v.Trunks, fqdn, &t) })
}

func (r *resource) forget(fqdn string) {
	r.each(func(v *version) { v.Trunks = with(v.Trunks, fqdn, nil) })
}

// with is a copy of a map with one trunk more, or less.
func with(trunks map[string]Trunk, fqdn string, t *Trunk) map[string]Trunk {
	next := make(map[string]Trunk, len(trunks)+1)
	for name, is := range trunks {
		if name != fqdn {
			next[name] = is
		}
	}
	if t != nil {
		next[fqdn] = *t
	}
	return next
}

// Reset brings back what was there from the start.
func (b *Book) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.moved)
	for _, r := range b.all {
		r.versions = []version{r.seed}
		clear(r.proofs)
		clear(r.proved)
		for fqdn := range r.seed.Trunks {
			r.proved[fqdn] = true
		}
	}
}

func (r *resource) stored() Configuration { return r.versions[len(r.versions)-1].Configuration }

// current is the index of the version of a moment.
func (r *resource) current(now time.Time) int {
	for i := len(r.versions) - 1; i > 0; i-- {
		if !now.Before(r.versions[i].from) {
			return i
		}
	}
	return 0
}

// inForce is what holds at a moment.
func (r *resource) inForce(now time.Time) Configuration {
	return r.versions[r.current(now)].Configuration
}

// Stored is the configuration that a resource was given last.
func (b *Book) Stored(immutableID string) (Configuration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.all[strings.ToLower(immutableID)]
	if r == nil {
		return Configuration{}, fmt.Errorf("%w resource %s", ErrUnknown, immutableID)
	}
	return r.stored(), nil
}

// change stores what a merge patch makes of a resource's configuration.
func (b *Book) change(immutableID string, body []byte, apiVersion string) (Configuration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.all[strings.ToLower(immutableID)]
	if r == nil {
		return Configuration{}, fmt.Errorf("%w resource %s", ErrUnknown, immutableID)
	}
	old := r.stored()
	next, err := Patch(old, body, apiVersion, func(fqdn string, domains map[string]Domain) error { return b.mayHave(r, fqdn, domains) })
	if err != nil {
		return old, err
	}
	now := b.Clock.Now()
	for fqdn := range next.Trunks {
		if last, had := b.moved[fqdn]; had && last.of != r.id {
			b.moved[fqdn] = move{r.id, now.Add(b.Delays[delays.TrunkMove])}
		}
	}
	for fqdn := range old.Trunks {
		if _, still := next.Trunks[fqdn]; !still {
			b.moved[fqdn] = move{r.id, now}
		}
	}
	r.versions = append(slices.Clone(r.versions[r.current(now):]), version{next, now.Add(b.Delays[delays.Routing])})
	return next, nil
}

// mayHave holds a new trunk against the domains that are proved, and the other resources
// (§1.7). The lock is held.
func (b *Book) mayHave(r *resource, fqdn string, domains map[string]Domain) error {
	for _, other := range b.all {
		if _, taken := other.stored().Trunks[fqdn]; taken && other != r {
			return errOther
		}
	}
	if b.Switches.Get(evidence.TrunkDomain) != "refused" {
		return nil
	}
	for _, name := range []string{fqdn, parent(fqdn)} {
		if _, ok := domains[name]; ok || r.proved[name] {
			return nil
		}
	}
	return errOther
}

// Trunk looks a trunk up as the proxies do: whose it is, and its port.
func (b *Book) Trunk(fqdn string) (immutableID string, port int, ok bool) {
	fqdn = strings.ToLower(fqdn)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.Clock.Now()
	for id, r := range b.all {
		t, has := r.inForce(now).Trunks[fqdn]
		if m, moves := b.moved[fqdn]; has && t.on() && (!moves || m.of != id || !now.Before(m.from)) {
			return id, t.SIPSignalingPort, true
		}
	}
	return "", 0, false
}

func (t Trunk) on() bool { return t.Enabled == nil || *t.Enabled }

// Route lists the trunks that a call of a resource to a number tries: those of the first
// route that matches, then those of the next (§1.6). Within a route chance decides.
func (b *Book) Route(immutableID, number string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.all[strings.ToLower(immutableID)]
	if r == nil {
		return nil
	}
	c := r.inForce(b.Clock.Now())
	var all []string
	for _, route := range c.matching(number) {
		list := slices.Clone(route.Trunks)
		if b.Switches.Get(evidence.TrunkOrder) == "shuffled" {
			b.dice.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		for _, fqdn := range list {
			fqdn = strings.ToLower(fqdn)
			if c.Trunks[fqdn].on() && !slices.Contains(all, fqdn) {
				all = append(all, fqdn)
			}
		}
	}
	return all
}

// AddDomain begins the proof that a resource's owner has a domain: the text is to become a
// TXT record of it.
func (b *Book) AddDomain(immutableID, domain string) (text string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.all[strings.ToLower(immutableID)]
	domain = strings.ToLower(domain)
	switch {
	case r == nil:
		return "", fmt.Errorf("%w resource %s", ErrUnknown, immutableID)
	case !isFQDN(domain):
		return "", fmt.Errorf("%q is no domain", domain)
	case r.proofs[domain] == "":
		raw := make([]byte, 16)
		_, _ = rand.Read(raw) // never fails (crypto/rand)
		r.proofs[domain] = "ms=" + hex.EncodeToString(raw)
	}
	return r.proofs[domain], nil
}

// VerifyDomain looks for the text in the domain's TXT records.
func (b *Book) VerifyDomain(ctx context.Context, immutableID, domain string) error {
	domain = strings.ToLower(domain)
	b.mu.Lock()
	r, text := b.all[strings.ToLower(immutableID)], ""
	if r != nil {
		text = r.proofs[domain]
	}
	b.mu.Unlock()
	if text == "" {
		return fmt.Errorf("%w domain %s: add it first", ErrUnknown, domain)
	}
	found, err := b.Text(ctx, domain)
	if err != nil {
		return fmt.Errorf("the TXT records of %s cannot be had: %w", domain, err)
	}
	if !slices.Contains(found, text) {
		return fmt.Errorf("%s has no TXT record %q", domain, text)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r.proved[domain] = true
	return nil
}
