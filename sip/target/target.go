package target

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/sip/dialog"
)

// Set finds targets. Safe for concurrent use.
type Set struct {
	resolver *net.Resolver
	now      func() time.Time

	mu      sync.Mutex
	known   map[string]answer
	avoided map[string]time.Time // until when, by hop
	domains map[string]string    // of which URI an SRV target is
}

// answer is what a name server said, until it is old.
type answer struct {
	srv     []*net.SRV
	ips     []netip.Addr
	expires time.Time
}

// How long answers are kept, besides what name servers say.
const (
	maxKept     = time.Hour
	unknownKept = 30 * time.Second // without a TTL, as from a hosts file
	noneKept    = 5 * time.Second  // that there is none
	maxKnown    = 4096
)

// ErrNone is the failure of a name that leads nowhere.
var ErrNone = errors.New("target: the name has no address")

// New makes a set that asks a resolver; nil is the system's. now is time.Now if nil.
func New(r *net.Resolver, now func() time.Time) *Set {
	if r == nil {
		r = net.DefaultResolver
	}
	if now == nil {
		now = time.Now
	}
	return &Set{resolver: r, now: now, known: map[string]answer{}, avoided: map[string]time.Time{}, domains: map[string]string{}}
}

// Find lists where a request for uri may go, the best first. Hosts are addresses, but
// names for TLS.
func (s *Set) Find(ctx context.Context, uri string) ([]dialog.Hop, error) {
	hop, err := dialog.NextHop(uri, "UDP")
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(strings.Trim(hop.Host, "[]")); err == nil {
		return []dialog.Hop{hop}, nil
	}
	var all []dialog.Hop
	if !dialog.NamesPort(uri) {
		if all, err = s.services(ctx, hop, dialog.NamesTransport(uri)); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		if all, err = s.addresses(ctx, hop); err != nil {
			return nil, err
		}
	}
	s.order(all)
	return all, nil
}

// services are the targets of SRV records; none is no error.
func (s *Set) services(ctx context.Context, hop dialog.Hop, fixed bool) ([]dialog.Hop, error) {
	asks := []struct{ service, proto, transport string }{{"sip", "udp", "UDP"}, {"sip", "tcp", "TCP"}}
	switch {
	case hop.Transport == "TLS":
		asks[0].service, asks[0].proto, asks[0].transport = "sips", "tcp", "TLS"
		asks = asks[:1]
	case fixed && hop.Transport == "TCP":
		asks = asks[1:]
	case fixed:
		asks = asks[:1]
	}
	var all []dialog.Hop
	for _, a := range asks {
		found, err := s.ask(ctx, "_"+a.service+"._"+a.proto+"."+hop.Host, func(ctx context.Context, r *net.Resolver) (got answer, err error) {
			_, got.srv, err = r.LookupSRV(ctx, a.service, a.proto, hop.Host)
			return got, err
		})
		if err != nil {
			return nil, err
		}
		for _, record := range draw(found.srv) {
			name := strings.TrimSuffix(record.Target, ".")
			if name == "" {
				continue // "decidedly not available" (RFC 2782)
			}
			at := dialog.Hop{Host: name, Port: int(record.Port), Transport: a.transport}
			if a.transport == "TLS" {
				s.belongs(name, hop.Host)
			}
			hops, err := s.addresses(ctx, at)
			if err != nil && !errors.Is(err, ErrNone) {
				return nil, err
			}
			all = append(all, hops...)
		}
	}
	return all, nil
}

// addresses are the targets of a name at a port.
func (s *Set) addresses(ctx context.Context, hop dialog.Hop) ([]dialog.Hop, error) {
	if hop.Transport == "TLS" {
		return []dialog.Hop{hop}, nil
	}
	ips, err := s.ips(ctx, hop.Host)
	if err != nil {
		return nil, err
	}
	var all []dialog.Hop
	for _, ip := range ips {
		all = append(all, dialog.Hop{Host: ip.String(), Port: hop.Port, Transport: hop.Transport})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNone, hop.Host)
	}
	return all, nil
}

// ips are all addresses of a name; none is no error.
func (s *Set) ips(ctx context.Context, host string) ([]netip.Addr, error) {
	found, err := s.ask(ctx, host, func(ctx context.Context, r *net.Resolver) (got answer, err error) {
		got.ips, err = r.LookupNetIP(ctx, "ip", host)
		return got, err
	})
	return found.ips, err
}

// Address is the first address of a name, in one of the two families; [ErrNone] if it has none there.
func (s *Set) Address(ctx context.Context, host string, six bool) (netip.Addr, error) {
	ips, err := s.ips(ctx, host)
	if err != nil {
		return netip.Addr{}, err
	}
	if i := slices.IndexFunc(ips, func(a netip.Addr) bool { return a.Is6() == six }); i >= 0 {
		return ips[i], nil
	}
	return netip.Addr{}, fmt.Errorf("%w: %s", ErrNone, host)
}

// ask gives what is known, or asks. That there is no such name is an answer, too.
func (s *Set) ask(ctx context.Context, key string, lookup func(context.Context, *net.Resolver) (answer, error)) (answer, error) {
	s.mu.Lock()
	known, ok := s.known[key]
	s.mu.Unlock()
	if ok && s.now().Before(known.expires) {
		return known, nil
	}
	w := &watch{base: s.resolver, ttl: -1}
	got, err := lookup(ctx, w.resolver())
	kept := unknownKept
	var failure *net.DNSError
	switch {
	case errors.As(err, &failure) && failure.IsNotFound:
		got, kept = answer{}, noneKept
	case err != nil:
		if ok { // what was true a moment ago is better than nothing
			return known, nil
		}
		return answer{}, fmt.Errorf("target: %w", err)
	case w.least() >= 0:
		kept = min(w.least(), maxKept)
	}
	for i := range got.ips {
		got.ips[i] = got.ips[i].Unmap()
	}
	slices.SortStableFunc(got.ips, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() }) // IPv4 first: few carriers speak IPv6
	got.expires = s.now().Add(kept)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[key] = got
	return got, nil
}

// draw puts records in an order: by priority, and by chance within one, in proportion to
// the weights (RFC 2782).
func draw(records []*net.SRV) []*net.SRV {
	rest := slices.Clone(records)
	slices.SortStableFunc(rest, func(a, b *net.SRV) int { return int(a.Priority) - int(b.Priority) })
	for i := range rest {
		sum, last := 0, i
		for last < len(rest) && rest[last].Priority == rest[i].Priority {
			sum += int(rest[last].Weight) + 1 // a weight of 0 is a small chance
			last++
		}
		at := rand.IntN(sum) //nolint:gosec // balances load, hides nothing
		for j := i; j < last; j++ {
			if at -= int(rest[j].Weight) + 1; at < 0 {
				chosen := rest[j]
				copy(rest[i+1:j+1], rest[i:j])
				rest[i] = chosen
				break
			}
		}
	}
	return rest
}

// order puts who is avoided behind the others.
func (s *Set) order(all []dialog.Hop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	slices.SortStableFunc(all, func(a, b dialog.Hop) int {
		return later(now, s.avoided[key(a)]) - later(now, s.avoided[key(b)])
	})
}

func later(now, until time.Time) int {
	if now.Before(until) {
		return 1
	}
	return 0
}

func key(h dialog.Hop) string { return h.Transport + " " + strings.ToLower(h.String()) }

// Avoid has a target tried after the others for a while.
func (s *Set) Avoid(h dialog.Hop, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if len(s.avoided) >= maxKnown {
		for k, until := range s.avoided {
			if !now.Before(until) {
				delete(s.avoided, k)
			}
		}
	}
	if until := now.Add(d); until.After(s.avoided[key(h)]) {
		s.avoided[key(h)] = until
	}
}

// Answers has a target tried as ever.
func (s *Set) Answers(h dialog.Hop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.avoided, key(h))
}

// belongs notes for which domain a TLS target was found. Who serves two has to have
// them in one certificate.
func (s *Set) belongs(name, domain string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.domains) >= maxKnown {
		clear(s.domains)
	}
	s.domains[strings.ToLower(name)] = domain
}

// Domain is what the certificate of a TLS target has to be made out for.
func (s *Set) Domain(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.domains[strings.ToLower(name)]; ok {
		return d
	}
	return name
}
