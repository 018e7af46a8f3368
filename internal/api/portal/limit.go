package portal

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	window       = time.Minute
	maxAddresses = 10_000 // that are told apart in a window; more share one count
)

// limiter counts by address, in windows of a minute. It holds a bounded number
// of counts and needs no cleaning up.
type limiter struct {
	most int
	now  func() time.Time

	mu     sync.Mutex
	since  time.Time
	counts map[netip.Prefix]int
}

func newLimiter(most int, now func() time.Time) *limiter {
	return &limiter{most: most, now: now, counts: map[netip.Prefix]int{}}
}

// over says whether the address has used up its share; it does not count.
func (l *limiter) over(a netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[l.slot(a)] >= l.most
}

// take counts one, and says whether it was within the share.
func (l *limiter) take(a netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := l.slot(a)
	if l.counts[slot] >= l.most {
		return false
	}
	l.counts[slot]++
	return true
}

// slot begins a new window when it is time, and finds where to count.
func (l *limiter) slot(a netip.Prefix) netip.Prefix {
	if now := l.now(); now.Sub(l.since) >= window {
		l.since = now
		clear(l.counts)
	}
	if _, known := l.counts[a]; !known && len(l.counts) >= maxAddresses {
		return netip.Prefix{}
	}
	return a
}

// address is whose share a request uses: the client's IPv4 address or IPv6
// network. TLS is mostly ended by a proxy beside us, which tells whom it serves;
// the word of others about that is not heard.
func address(r *http.Request) netip.Prefix {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	if a.IsLoopback() || a.IsPrivate() {
		all := r.Header.Values("X-Forwarded-For")
		if len(all) > 0 {
			last := all[len(all)-1]
			if told, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
				a = told
			}
		}
	}
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
